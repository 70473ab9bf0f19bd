"""
What a person can put right in the service, by code. The words stand beside: `fault_words_en`
and `fault_words_zh`, in the sections and the order of this file.

Who needs to know which fault it was asks its code and its data, never its text.
"""
from qrgen.faults import FaultCode


class Code(FaultCode):
    """Which fault it is."""

    # --- office -------------------------------------------------------------------------------
    ACCOUNT_NAME = "account_name"
    ACCOUNT_ROLE = "account_role"
    ACCOUNT_TAKEN = "account_taken"
    ACCOUNT_UNKNOWN = "account_unknown"
    PASSWORD_SHORT = "password_short"  # noqa: S105 (a code, no password)
    PASSWORD_PLAIN = "password_plain"  # noqa: S105 (a code, no password)
    PASSWORD_KINDS = "password_kinds"  # noqa: S105 (a code, no password)
    ROLE_NEEDS_UNIT = "role_needs_unit"
    ROLE_FOR_ALL = "role_for_all"
    ROLE_OTHER_UNIT = "role_other_unit"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_ISSUE_UNKNOWN = "unit_issue_unknown"
    UNITS_FILE = "units_file"
    ROW_UNKNOWN = "row_unknown"
    CORRECTION_KIND = "correction_kind"
    CORRECTION_REASON = "correction_reason"
    CORRECTION_UNKNOWN = "correction_unknown"
    CORRECTION_ANSWERED = "correction_answered"
    CORRECTION_WITHOUT_UNIT = "correction_without_unit"
    CORRECTION_VAIN = "correction_vain"
    CORRECTION_SAME = "correction_same"
    NOTE_MISSING = "note_missing"
    NOTE_NUMBER = "note_number"
    ATTACHMENT = "attachment"
    OWN_QUESTION = "own_question"
    CLAIM_UNKNOWN = "claim_unknown"
    CLAIM_WITHDRAWN = "claim_withdrawn"
    CLAIM_HELD = "claim_held"
    CLAIM_NOT_HELD = "claim_not_held"
    APPEAL_EMPTY = "appeal_empty"
    APPEAL_UNKNOWN = "appeal_unknown"
    APPEAL_DECIDED = "appeal_decided"
    APPEAL_DECIDED_MEANWHILE = "appeal_decided_meanwhile"
    PERIOD_REQUEST_UNKNOWN = "period_request_unknown"
    PERIOD_OWN_REQUEST = "period_own_request"
    PERIOD_LOCKED = "period_locked"
    PERIOD_UNKNOWN = "period_unknown"
    PERIOD_NO_DAY = "period_no_day"
    PERIOD_SOON = "period_soon"
    TRACE_DAY = "trace_day"
    TRACE_WHAT = "trace_what"
    TRACE_NOBODY = "trace_nobody"
    # --- end of office ------------------------------------------------------------------------

    # --- proof
    AUDIT_BROKEN = "audit_broken"
    AUDIT_ENTRIES_MISSING = "audit_entries_missing"
    AUDIT_ENTRY_CHANGED = "audit_entry_changed"
    AUDIT_SEAL_DIFFERS = "audit_seal_differs"

    # --- web ----------------------------------------------------------------------------------
    DAY_UNREADABLE = "day_unreadable"
    PURPOSE_MISSING = "purpose_missing"
    # --- end of web ---------------------------------------------------------------------------
