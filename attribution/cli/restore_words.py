"""What `attribution restore` says before anything is replaced."""
from collections.abc import Iterator

from attribution.rule.instants import local_text
from attribution.upkeep.restore_plan import Apart, Plan

# What people's money and careers hang on, first.
_WORDS = {
    "claim": "claims", "fact": "facts of the platform's", "credit": "credits",
    "adjustment": "corrections", "proposal": "corrections asked for",
    "proposal_answer": "approvals and refusals of corrections", "period_lock": "locks of periods",
    "request_answer": "approvals and refusals of requests",
    "feed_confirmation": "approvals of files", "batch": "files of facts",
    "erasure_asked": "wishes to be erased", "retention_run": "records of erasures and deletions",
    "claim_event": "withdrawals and holds", "appeal": "appeals",
    "appeal_answer": "answers to appeals",
    "unit_change": "changes of units", "setting_change": "changes of settings",
    "hand": "hands behind accounts", "partner_key": "partners' keys",
    "partner_revocation": "revocations of partners' keys", "scan": "scans",
    "audit": "audit entries", "export_seal": "exports given out",
}
_FIRST = list(_WORDS)


def lines(plan: Plan) -> Iterator[str]:
    """Yield what *plan* would do, line by line."""
    if not plan.readable:
        yield "there is no ledger here that can be read: what this copy lacks is not known"
    elif not plan.away and not plan.back:
        yield "the copy has all rows of the ledger that is here"
    if plan.away:
        yield "would be taken away, for the copy lacks it:"
        yield from map(_rows, _ordered(plan.away))
    if plan.accounts:
        yield f"  accounts: {', '.join(plan.accounts)}"
    if plan.back:
        yield "would come back, and was deleted since:"
        yield from map(_rows, _ordered(plan.back))
    if plan.earlier:
        yield f"accounts that would be as they were: {', '.join(plan.earlier)}"
    if plan.readable:
        yield "passwords, second steps and sessions would be those of the copy"
    if plan.erased.everybody:
        yield f"shredded since: everybody; the copy names {plan.erased.number} persons,"
        yield "who are shredded again at once"
    elif plan.erased.number:
        yield f"erased since: {plan.erased.number} persons of the copy; erased again at once"
    if plan.stretch is None:
        yield f"the public log ends with {plan.leaves} leaves there; no ledger here continues it"
    elif plan.stretch.last > plan.stretch.first:
        yield (
            f"leaves {plan.stretch.first} to {plan.stretch.last} of the public log would lose their"
            " rows, which a leaf will say"
        )
    reached = plan.leaves if plan.stretch is None else plan.stretch.last
    if plan.published > reached:
        yield (
            f"keys/log.last: {plan.published} leaves were published, and no head of fewer is shown:"
            f" the restored ledger will have {reached}"
        )


def _ordered(rows: tuple[Apart, ...]) -> list[Apart]:
    return sorted(rows, key=lambda row: (
        _FIRST.index(row.log) if row.log in _WORDS else len(_FIRST), row.log
    ))


def _rows(rows: Apart) -> str:
    word = _WORDS.get(rows.log, rows.log.replace("_", " "))
    if rows.first is None or rows.last is None:
        return f"  {word}: {rows.number}"
    return f"  {word}: {rows.number}, {local_text(rows.first)} to {local_text(rows.last)}"
