"""
From which figures on the office is told: `[alarms]` of config.toml.

Each is a county's to choose, with a default that a small campaign can live with; what an
alarm does with it stands in `reports.alarms`.
"""
from dataclasses import dataclass

from attribution.faults import Code
from qrgen.shapes import shape_of, word_or_shape
from qrgen.shell import Fault


@dataclass(frozen=True)
class Thresholds:
    """How much is too much; `[alarms]` of config.toml. 0 switches an alarm off."""

    # A code that was scanned this often a day over a week, and not at all for some days.
    busy_a_day: int = 5
    quiet_days: int = 2
    # Below this many claims a share means nothing.
    enough_claims: int = 20
    # Claims per hundred scans above this were not made by scanning.
    most_claims_percent: int = 90
    # Registrations per claim below this part of the others' are out of line.
    least_registered_percent: int = 25
    # Effective new users per claim below this part of the others' are, too.
    least_effective_percent: int = 25
    # Persons whom another unit had claimed, of a unit's own: from so many and this share on.
    takeovers: int = 10
    most_taken_percent: int = 20
    # The platform's file comes every day; a weekend is forgiven.
    feed_days: int = 3


_RANGES = {
    "busy_a_day": (0, 10_000), "quiet_days": (1, 30), "enough_claims": (1, 100_000),
    "most_claims_percent": (0, 1000), "least_registered_percent": (0, 100),
    "least_effective_percent": (0, 100), "feed_days": (0, 60),
    "takeovers": (1, 100_000), "most_taken_percent": (0, 100),
}


def read_thresholds(values: object) -> Thresholds:
    """
    Return the thresholds in *values*, the table `[alarms]`.

    Raises:
        Fault: one is unknown or out of range; the hint says what may stand there.
    """
    if not isinstance(values, dict):
        raise Fault(Code.ALARMS_NO_TABLE)
    for name, value in values.items():
        if name not in _RANGES:
            raise Fault(Code.ALARM_UNKNOWN, name=word_or_shape(name), names=list(_RANGES))
        least, most = _RANGES[name]
        if type(value) is not int or not least <= value <= most:
            raise Fault(
                Code.ALARM_OUT_OF_RANGE, name=name, least=least, most=most,
                shape=shape_of(str(value)),
            )
    return Thresholds(**values)
