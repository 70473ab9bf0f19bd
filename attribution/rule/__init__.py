"""
The rule of credit, and the words it is made of. Pure: imports nothing of ours.

`instants` and `people` are the two kinds of value everything else is about, and `stated` is what
a row says of a step: an instant, a day, or that it does not stand; `terms` are what
a campaign lays down; `credit` gives the one credited unit or the one reason why there is none;
`masked` tells who alone can be meant by a few digits; `newness` says what an answer of the
platform means. No database, no web, no clock: the same claims and facts give the same credit
for ever, in whatever order they came.
"""
