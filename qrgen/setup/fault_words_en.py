"""What is said of a table from which a campaign is made, in English."""
from collections.abc import Mapping

from qrgen.faults import FaultCode, Words
from qrgen.setup.fault_codes import Code, Damage

WORDS: Mapping[FaultCode, Words] = {
    Damage.ERROR: Words("an error of the spreadsheet"),
    Damage.FORMULA: Words("a formula that was not worked out"),
    Damage.DATE: Words("the spreadsheet made a date of it"),
    Damage.SCIENTIFIC: Words("the spreadsheet made a power of ten of it"),
    Damage.NUMBER: Words("a bare number, and no name"),
    Damage.LOST: Words("a letter was lost in saving"),

    # opening
    Code.NO_TABLE: Words(
        "no table of targets was found: it has a column of areas, and one of targets or banks",
        "send it with its headings, as Excel or CSV",
    ),
    Code.TABLE_TOO_LONG: Words(
        "the table has more than {most} rows, which no county has", "send the table alone"
    ),
    Code.SEND_TABLE: Words("save the table as .xlsx, or copy and paste it"),

    # recognising: notes
    Code.SHEET_HIDDEN: Words("the sheet is hidden and was not read"),
    Code.SHEET_PASSED: Words("no table was found on the sheet"),
    Code.COLUMNS_LEFT: Words("columns that are not taken: {columns}"),
    Code.COLUMN_HIDDEN: Words("the hidden column {name} is not taken"),
    Code.TOTAL_LEFT: Words("totals, and no units: rows {rows}"),
    Code.NOTE_LEFT: Words("a note, and no unit: {words}"),
    Code.ROLLED_UP: Words("{area} is the sum {number} of what stands below it, and no target"),
    Code.UNIT_WAN: Words("numbers are in ten thousands and were multiplied"),
    Code.NO_BANKS: Words("no column of banks: only areas are made"),
    Code.EXCLUDED: Words("banks that take no part, as the table says: {banks}"),
    Code.NOTHING_ASKED: Words("{area} has neither target nor bank and was left out"),

    # recognising: questions
    Code.ROW_HIDDEN: Words(
        "the row of {area} is hidden and does not count", "--with-hidden takes it in"
    ),
    Code.TOTAL_UNKNOWN: Words(
        "the total is a formula that was not worked out and cannot be compared",
        "look at the sum below, or open and save the table in Excel",
    ),
    Code.ONE_BANK: Words(
        "are {words} and {bank} one bank?",
        "--bank {words}={bank} says yes, --bank {words}={words} no",
    ),
    Code.WHICH_TARGET: Words(
        "several columns of numbers: {name} was taken, not {others}",
        "delete the columns that are not meant",
    ),

    # understanding: problems
    Code.NO_AREA: Words("the row has no area", "write its name"),
    Code.NAME_DAMAGED: Words("'{text}' stands here: {damage}", "write what was meant"),
    Code.NO_AMOUNT: Words("'{text}' stands here, which is no number", "write a whole number: 850"),
    Code.AMOUNT_ZERO: Words("the target is 0", "write one, or delete the row"),
    Code.AMOUNT_MISSING: Words("{branch} has no target", "write it"),
    Code.AMOUNT_LARGE: Words("the target {number} is too large", "are numbers in ten thousands?"),
    Code.BANK_UNKNOWN: Words("{branch} tells no bank", "write the bank"),
    Code.BANK_EXCLUDED: Words(
        "the table says that {bank} takes no part, and here it does", "correct one of both"
    ),
    Code.BRANCH_TWICE: Words("{branch} stands twice in one area", "delete one"),
    Code.AREA_SUM: Words(
        "the lines of {area} add up to {lines}, its target is {target}", "correct one of both"
    ),
    Code.AREA_TWO_TARGETS: Words("{area} has several targets: {numbers}", "leave one"),
    Code.TOTAL_DIFFERS: Words(
        "the table states a total of {stated}, its areas add up to {found}",
        "correct a target, or confirm the sum",
    ),
    Code.HIDDEN_COUNTED: Words(
        "the stated total {stated} counts hidden rows: {found} without them, {hidden} in them",
        "--with-hidden takes them in, --accept-total leaves it at {found}",
    ),
    Code.PART_DIFFERS: Words(
        "{name} is {stated}, its rows add up to {found}", "correct one of both"
    ),
    Code.DEPARTMENT_TWICE: Words("department {name} stands twice", "delete one"),
    Code.ID_TAKEN: Words(
        "the id {id} cannot be used", "it is {letter} and two to four digits, each once"
    ),
    Code.NEAR_NAMES: Words("{one} and {other} look alike: are they one?", "write them alike"),
}
