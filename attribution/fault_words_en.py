# ruff: noqa: E501 (a table reads better in whole lines)
"""The words of `faults.Code` in English: for the shell, logs and the API."""
from attribution.faults import Code
from qrgen.faults import Words

WORDS: dict[Code, Words] = {
    # --- facts --------------------------------------------------------------------------------
    Code.FIELD_PHONE: Words("phone"),
    Code.FIELD_REGISTERED_AT: Words("registered_at"),
    Code.FIELD_CARD_BOUND_AT: Words("card_bound_at"),
    Code.FIELD_FIRST_TXN_AT: Words("first_txn_at"),
    Code.FIELD_AS_OF: Words("as_of"),
    Code.TOTAL_ROWS: Words("rows"),
    Code.TOTAL_REGISTERED: Words("registered"),
    Code.TOTAL_BOUND: Words("bound"),
    Code.TOTAL_PAID: Words("paid"),
    Code.HEADING: Words("{column} {heading}"),
    Code.ROW_SHORT: Words("cut short: {cells} cells where the heading has {width}"),
    Code.ROW_LONG: Words("{cells} cells where the heading has {width}"),
    Code.ROW_PHONE: Words("phone: not a mobile number ({digits} digits)"),
    Code.ROW_TIME: Words("{field}: not a time ({shape})"),
    Code.FEED_ROW: Words("{file}:{line}: {problems:;}"),
    Code.FEED_ROWS: Words("{file}: {refused} of {rows} rows cannot be read, so nothing was taken in", "correct these rows, or ask the platform for the file again; to do without them, accept each: --accept {lines}"),
    Code.FEED_MISSING: Words("{file}: no such file", "give the path of the platform's CSV or XLSX file"),
    Code.FEED_EMPTY: Words("{file}: the file is empty", "ask the platform for it again"),
    Code.FEED_NO_ROWS: Words("{file}: no rows under the heading", "ask the platform for the file again"),
    Code.FEED_NOT_CSV: Words("{file}: not a CSV file: {problem}", "export it again as CSV UTF-8"),
    Code.FEED_QUOTES: Words("{file}:{line}: {problem}", "check the quotes on this line, or export again"),
    Code.FEED_NOT_TEXT: Words("{file}: not a text file", "give a CSV or XLSX file"),
    Code.FEED_ENCODING: Words("{file}: neither UTF-8 nor GB18030", "save it in Excel/WPS as “CSV UTF-8（逗号分隔）”"),
    Code.FEED_NOT_XLSX: Words("{file}: not a readable XLSX file", "save it again in Excel/WPS"),
    Code.FEED_DAMAGED_XLSX: Words("{file}: not a readable XLSX file: {problem}", "save it again in Excel/WPS"),
    Code.FEED_UNPACKS: Words("{file}: it unpacks to more than {most} MB", "copy the rows alone into a new workbook, or save it as CSV UTF-8"),
    Code.FEED_READER_BROKE: Words("{file}: its reader broke", "copy the rows alone into a new sheet, for a stray cell far below or to the right makes a sheet as large as it can be; or save it as CSV UTF-8"),
    Code.FEED_COLUMN_TWICE: Words("{file}:1: more than one column for {field} ({columns})", "name the right one: --map {name}=HEADING"),
    Code.FEED_COLUMN_MISSING: Words("{file}:1: no column for {fields} (headings: {headings:;})", "name it: {option}HEADING; a file without headings needs a first line of them: {names}"),
    Code.FEED_LONG: Words("{file}: more than {most} rows", "is this the right file?"),
    Code.FEED_CHANGED: Words("{file}: the file changed while it was read", "try again"),
    Code.FEED_LINE_SOUND: Words("{file}: line {line} is not malformed", "accept only lines that are reported"),
    Code.FEED_TOTAL_UNKNOWN: Words("no control total {name!r}", "they are {names}"),
    Code.FEED_TOTAL_DIFFERS: Words("{file}: {found} {total}, but the platform says {told}", "the file is not whole; ask the platform for it again"),
    Code.FEED_SECOND_PERSON: Words("this campaign lets a file count only when a second person confirms it", "name yourself with --by NAME; then another person runs `attribution feed confirm`"),
    Code.FEED_NOT_ASKED: Words("nobody asked for this file as batch {batch!r}", "first somebody else: attribution feed import FILE --batch ID --by NAME"),
    Code.FEED_OWN_QUESTION: Words("{by} asked for it, so another person confirms it"),
    Code.FEED_LOSSES: Words("the file would take away or move {gone} of {before} credits, so nothing was taken in", "look at the rows (--dry-run --report FILE); if they are right: --allow-losses"),
    Code.FEED_GIVEN_UP: Words("this import stood still for too long and was given up", "try again"),
    Code.BATCH_TAKEN: Words("batch {batch!r} was already taken in"),
    Code.BATCH_OTHER: Words("batch {batch!r} was already taken in with other content", "if this is a correction, give it a number of its own: --batch ID"),
    Code.DIFFERENCE_SETTLED: Words("settled by batch {batch}"),
    Code.USERS_MISSING: Words("{file}: no such file", "name the platform's list of users"),
    Code.USERS_ROWS: Words("{file}: rows cannot be read, so nothing was taken in", "correct these rows, or ask the platform for the list again"),
    Code.USERS_NO_ROWS: Words("{file}: no rows under the heading", "ask the platform for the list again"),
    Code.PARTNER_NAME: Words("{name!r} is no name for a partner", "lower case letters, digits, -"),
    Code.PARTNER_KEY_UNKNOWN: Words("no open key {key!r}", "see `attribution partner list`"),
    Code.SEAL_KEYS_MISSING: Words("there is no keys/seals.keys", "run `attribution init` to make one"),
    # --- end of facts -------------------------------------------------------------------------

    # --- resident -----------------------------------------------------------------------------
    Code.SENDER_KIT: Words("one_time.sender is {sender}, and its kit is not installed", "pip install 'zhuanma[{sender}]'"),
    # --- end of resident ----------------------------------------------------------------------
}
