"""
What can be said of a table from which a campaign is made: notes, questions, problems.

The words stand beside it, in ``fault_words_en.py`` and ``fault_words_zh.py``, in this order.
"""
from qrgen.faults import FaultCode


class Damage(FaultCode):
    """What a spreadsheet has made of a name."""

    ERROR = "error"
    FORMULA = "formula"
    DATE = "date"
    SCIENTIFIC = "scientific"
    NUMBER = "number"
    LOST = "lost"


class Code(FaultCode):
    """What the reader assumed, asks, or cannot take."""

    # opening
    NO_TABLE = "no_table"
    TABLE_TOO_LONG = "table_too_long"
    SEND_TABLE = "send_table"

    # recognising: notes
    SHEET_HIDDEN = "sheet_hidden"
    SHEET_PASSED = "sheet_passed"
    COLUMNS_LEFT = "columns_left"
    COLUMN_HIDDEN = "column_hidden"
    TOTAL_LEFT = "total_left"
    NOTE_LEFT = "note_left"
    ROLLED_UP = "rolled_up"
    UNIT_WAN = "unit_wan"
    NO_BANKS = "no_banks"
    EXCLUDED = "excluded"
    NOTHING_ASKED = "nothing_asked"

    # recognising: questions
    ROW_HIDDEN = "row_hidden"
    TOTAL_UNKNOWN = "total_unknown"
    ONE_BANK = "one_bank"
    WHICH_TARGET = "which_target"

    # understanding: problems
    NO_AREA = "no_area"
    NAME_DAMAGED = "name_damaged"
    NO_AMOUNT = "no_amount"
    AMOUNT_ZERO = "amount_zero"
    AMOUNT_MISSING = "amount_missing"
    AMOUNT_LARGE = "amount_large"
    BANK_UNKNOWN = "bank_unknown"
    BANK_EXCLUDED = "bank_excluded"
    BRANCH_TWICE = "branch_twice"
    AREA_SUM = "area_sum"
    AREA_TWO_TARGETS = "area_two_targets"
    TOTAL_DIFFERS = "total_differs"
    HIDDEN_COUNTED = "hidden_counted"
    PART_DIFFERS = "part_differs"
    DEPARTMENT_TWICE = "department_twice"
    ID_TAKEN = "id_taken"
    NEAR_NAMES = "near_names"
