"""The audit log, for the checker's eyes."""
from flask import render_template

from attribution.office import audit
from attribution.store import audit_log
from attribution.web.console import access, audit_words
from attribution.web.console.access import allow, pages
from attribution.web.console.rows import PAGE, whole_number
from attribution.web.current import service

FILTERS = ("who", "what", "below")


@pages.get("/audit", endpoint="audits")
@allow("checker")
def audit_entries() -> str:
    """Show the newest entries, and whether the chain is whole."""
    chosen = access.remembered("audit", FILTERS)
    below = chosen.get("below", "")
    with service().store.read() as connection:
        rows = audit_log.latest(
            connection, who=chosen.get("who", ""), what=chosen.get("what", ""),
            below=whole_number(below, 10**15) if below else None, limit=PAGE,
        )
        kinds = audit_log.kinds(connection)
        head = audit_log.head(connection)
        oldest = audit_log.after(connection, 0, 1)
    return render_template(
        "admin/audit.html", rows=rows, chosen=chosen, title=audit_words.title, kinds=kinds,
        tell=audit_words.tell, head=head,
        faults=[fault.shown() for fault in audit.faults(service().store)],
        more=len(rows) == PAGE, oldest=oldest[0]["at"] if oldest else None,
    )
