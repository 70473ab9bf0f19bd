"""
What a person can put right in the service, by code. The words stand beside: `fault_words_en`
and `fault_words_zh`, in the sections and the order of this file.

Who needs to know which fault it was asks its code and its data, never its text.
"""
from qrgen.faults import FaultCode


class Code(FaultCode):
    """Which fault it is."""

    # --- facts --------------------------------------------------------------------------------
    # The columns of a file and the control totals, as parts of what is said of them.
    FIELD_PHONE = "field_phone"
    FIELD_REGISTERED_AT = "field_registered_at"
    FIELD_CARD_BOUND_AT = "field_card_bound_at"
    FIELD_FIRST_TXN_AT = "field_first_txn_at"
    FIELD_AS_OF = "field_as_of"
    TOTAL_ROWS = "total_rows"
    TOTAL_REGISTERED = "total_registered"
    TOTAL_BOUND = "total_bound"
    TOTAL_PAID = "total_paid"
    HEADING = "heading"
    # Why a row cannot be read. These stand in the ledger, so their values and data stay.
    ROW_SHORT = "row_short"
    ROW_LONG = "row_long"
    ROW_PHONE = "row_phone"
    ROW_TIME = "row_time"
    FEED_ROW = "feed_row"
    FEED_ROWS = "feed_rows"
    FEED_MISSING = "feed_missing"
    FEED_EMPTY = "feed_empty"
    FEED_NO_ROWS = "feed_no_rows"
    FEED_NOT_CSV = "feed_not_csv"
    FEED_QUOTES = "feed_quotes"
    FEED_NOT_TEXT = "feed_not_text"
    FEED_ENCODING = "feed_encoding"
    FEED_NOT_XLSX = "feed_not_xlsx"
    FEED_DAMAGED_XLSX = "feed_damaged_xlsx"
    FEED_UNPACKS = "feed_unpacks"
    FEED_READER_BROKE = "feed_reader_broke"
    FEED_COLUMN_TWICE = "feed_column_twice"
    FEED_COLUMN_MISSING = "feed_column_missing"
    FEED_LONG = "feed_long"
    FEED_CHANGED = "feed_changed"
    FEED_LINE_SOUND = "feed_line_sound"
    FEED_TOTAL_UNKNOWN = "feed_total_unknown"
    FEED_TOTAL_DIFFERS = "feed_total_differs"
    FEED_SECOND_PERSON = "feed_second_person"
    FEED_NOT_ASKED = "feed_not_asked"
    FEED_OWN_QUESTION = "feed_own_question"
    FEED_LOSSES = "feed_losses"
    FEED_GIVEN_UP = "feed_given_up"
    BATCH_TAKEN = "batch_taken"
    BATCH_OTHER = "batch_other"
    DIFFERENCE_UNKNOWN = "difference_unknown"
    USERS_MISSING = "users_missing"
    USERS_ROWS = "users_rows"
    USERS_NO_ROWS = "users_no_rows"
    PARTNER_NAME = "partner_name"
    PARTNER_KEY_UNKNOWN = "partner_key_unknown"
    SEAL_KEYS_MISSING = "seal_keys_missing"
    # --- end of facts -------------------------------------------------------------------------

    # --- resident -----------------------------------------------------------------------------
    SENDER_KIT = "sender_kit"
    # --- end of resident ----------------------------------------------------------------------

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
