"""
What a print shop is told, in the file and on the job ticket alike.
"""

SLUG_MM = 10.0  # of parts.typ: outside the trim, for crop marks
BLEED_MM = 3.0

# Registered by name with the ICC: Japan Color 2001 Coated, what coated stock in China is most
# often proofed against. Named, not embedded.
CONDITION = "JC200103"

# The spot colour of the line that a cutter follows; most look for this name.
CUT_INK = "CutContour"
