"""
What of a campaign the rule takes: its days, and the policy by which a claim wins.

The terms have a version, by which every credit says under what it was decided: the name of
the policy, and a digest of all that is in them.
"""
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from attribution.rule.instants import DAY, HOUR, MINUTE, Instant

# Which rule of credit `credit.py` is: 2 tells days from instants, knows void and placeholders,
# and takes ``settle_end`` itself as too late. Standings say by which they were made.
RULE = 2

# A claim may follow the registration by this much: the platform's clock and
# ours differ, and the form is often sent while the app is already registering.
SKEW = 5 * MINUTE


@dataclass(frozen=True)
class Policy:
    """How the winner is found: which claim, and how long one stays good."""

    latest: bool  # the latest eligible claim wins; else the earliest
    verified_window: Instant
    unverified_window: Instant


# Why last and not first: with no one-time password, "first" lets
# one unit type a roster on day one and own every later registration.
POLICIES = {
    "last_claim": Policy(True, 30 * DAY, 7 * DAY),
    "first_claim": Policy(False, 30 * DAY, 7 * DAY),
    "registration_only": Policy(True, 24 * HOUR, 24 * HOUR),
}


@dataclass(frozen=True)
class Terms:
    """What of the campaign the rule needs. ``end`` and ``settle_end`` are exclusive."""

    start: Instant
    end: Instant
    mark_time: Instant
    settle_end: Instant
    policy: Policy


def told(policy: str, terms: Terms, lesser: Sequence[str] = ()) -> str:
    """
    Return *terms*, under the policy of that name, as JSON: what a version stands for.

    Args:
        lesser: What counts besides whole numbers (`people.GRADES`); as nothing where none does.
    """
    return json.dumps(
        {
            "rule": RULE, "policy": policy, "start": terms.start, "end": terms.end,
            "mark_time": terms.mark_time, "settle_end": terms.settle_end, "skew": SKEW,
            **{name: getattr(terms.policy, name) for name in
               ("latest", "verified_window", "unverified_window")},
            **({"grades": list(lesser)} if lesser else {}),
        },
        sort_keys=True,
    )


def version_of(told: str) -> str:
    """Return the name of the version that is *told*: its policy, and a digest of all."""
    return f"{json.loads(told)['policy']}@{digest_of(told)}"


def digest_of(told: str) -> str:
    """Return what a version's name holds of what is *told*."""
    return hashlib.sha256(told.encode()).hexdigest()[:12]
