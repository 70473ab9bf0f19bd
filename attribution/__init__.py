"""
From a scan to a credit that can be proved. Each package's docstring is its page.

From the rim to the rule, and each knows only what stands below it: `cli`, `serving`, `web`;
`upkeep`; `proof`; `reports`; `office`; `service` (settings, campaign and store, opened
together); `settings`, `resident`, `facts`; `deeds` (an act and its audit entry) and `judging`
(the rule, applied); `ledger`; `store` (all SQL); `rule`, which is pure.
"""

__version__ = "0.1.0"
