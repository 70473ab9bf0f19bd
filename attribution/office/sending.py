"""
That something was not sent, and what follows: tried again, not tried again, or nobody knows.

The three are kept apart because two of the same are as bad as none: what may have arrived is
shown to somebody and not sent again by itself.
"""
from attribution.rule.instants import HOUR, MINUTE, Instant
from qrgen.faults import Fault

# After each try that failed; after the last one somebody has to look.
PAUSES: tuple[Instant, ...] = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 12 * HOUR)


class Unsent(Exception):
    """
    It did not arrive. The fault is safe to show: no address, no secret, no text of the other side.

    Args:
        final: Another try cannot help before somebody has changed something.
        pause: At least so long nothing more is to be sent there, in microseconds.
    """

    def __init__(self, fault: Fault, *, final: bool = False, pause: Instant = 0):
        super().__init__(fault.cause)
        self.fault = fault
        self.final = final
        self.pause = pause


class Unsure(Unsent):
    """It was handed over, and no answer came: it may have arrived."""
