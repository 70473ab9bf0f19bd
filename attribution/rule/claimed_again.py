"""
Which claim takes a person over: a unit's first claim of somebody whom another unit had claimed.

It is seen, not judged: with the later claim winning, a stall that helps somebody on whom another
gave up takes over as well as one that stands behind the other's queue. Only how many, how large
a share and how soon tells the two apart, and people decide that (`reports.takeovers`).
"""
from collections.abc import Iterable, Sequence

from attribution.rule.credit import Claim


def all_of(claims: Sequence[Claim]) -> list[tuple[Claim, Claim]]:
    """Return each of a person's *claims* that took them over, with the one before it."""
    found = ((claim, claim_before(claims, claim)) for claim in claims if not claim.withdrawn)
    return [(claim, before) for claim, before in found if before is not None]


def claim_before(earlier: Iterable[Claim], claim: Claim) -> Claim | None:
    """
    Return the latest of another unit's *earlier* claims that *claim* comes after.

    None where there is none, or *claim*'s unit had claimed the person before: who takes back
    whom they had brought takes nobody over. Withdrawn claims are nobody's.
    """
    standing = [
        one for one in earlier
        if not one.withdrawn and one.id != claim.id and (one.at, one.id) < (claim.at, claim.id)
    ]
    if any(one.unit == claim.unit for one in standing):
        return None
    return max(standing, key=lambda one: (one.at, one.id), default=None)
