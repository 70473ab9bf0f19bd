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
    DIFFERENCE_SETTLED = "difference_settled"  # stands in the ledger, as ROW_… do
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
    OPTION_TIMEOUT = "option_timeout"
    OPTION_URL = "option_url"
    OPTION_SENDER_NEEDS = "option_sender_needs"
    OPTION_NO_KEY = "option_no_key"
    OPTION_NO_TABLE = "option_no_table"
    OPTION_CHOICE = "option_choice"
    OPTION_UNKNOWN = "option_unknown"
    OPTION_NO_NUMBER = "option_no_number"
    OPTION_NO_TEXT = "option_no_text"
    OPTION_NO_RATE = "option_no_rate"
    # --- end of resident ----------------------------------------------------------------------
