"""The rows of a unit that its bundle shows, by key: what brought it credit, and took it away."""
from attribution.store.engine.database import Connection, Row
from attribution.store.export_pages import Filter

PAGE = 2000

# Log -> from where, and on what condition. Of claim_event those about the unit's claims. What
# befell the log itself, and what the retention job took away, is told to every unit.
_FROM = {
    "scan": (Filter(unit=":unit").from_scans(), "unit = :unit"),
    "claim": ("from claim where campaign = :campaign", "unit = :unit"),
    "credit": ("from credit where campaign = :campaign", "unit = :unit"),
    "adjustment": (
        "from adjustment where campaign = :campaign", "(to_unit = :unit or from_unit = :unit)"
    ),
    "claim_event": (
        "from claim_event where campaign = :campaign",
        "claim in (select id from claim where campaign = :campaign and unit = :unit)",
    ),
    "unit_change": ("from unit_change where campaign = :campaign", "unit = :unit"),
    "unit_count": ("from unit_count where campaign = :campaign", "unit = :unit"),
    "retention_run": ("from retention_run where campaign = :campaign", "log = 'scan'"),
    "log_event": ("from log_event where campaign = :campaign", "1 = 1"),
}
LOGS = tuple(_FROM)


def keys_after(
    connection: Connection, campaign: str, log: str, unit: str, after: int
) -> list[int]:
    """Return the keys of the next rows of *unit* in *log*, one of LOGS, after *after*."""
    head, of_unit = _FROM[log]
    found: list[Row] = connection.rows(
        f"select id {head} and {of_unit} and id > :after order by id limit :limit",
        {"campaign": campaign, "unit": unit, "after": after, "limit": PAGE},
    )
    return [int(row["id"]) for row in found]

