"""
The ledger of one campaign: the store that holds its rows, and what the campaign says.

Whatever judges, counts or corrects needs both, and never one of another; so they travel
as one value.
"""
from dataclasses import dataclass

from attribution.store import Store
from qrgen.registry import Campaign


@dataclass(frozen=True)
class Ledger:
    """The rows of *campaign* in *store*."""

    store: Store
    campaign: Campaign
