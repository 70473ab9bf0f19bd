"""
The process that answers: workers, their start and their end, and the log they write.
"""
