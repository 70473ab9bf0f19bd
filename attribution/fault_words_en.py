# ruff: noqa: E501 (a table reads better in whole lines)
"""The words of `faults.Code` in English: for the shell, logs and the API."""
from attribution.faults import Code
from qrgen.faults import Words

NEWER = "use the program that migrated it, or a newer one; `attribution migrate` leads only forward"

WORDS: dict[Code, Words] = {
    # --- cli
    Code.USAGE_MISSING: Words("{name} is missing", "see `{typed} --help`"),
    Code.USAGE_NO_SUCH_CHOICE: Words("{name}: no such choice", "it is one of {choices}"),
    Code.USAGE_NO_NUMBER: Words("{name}: not a whole number", "write digits; see `{typed} --help`"),
    Code.USAGE_NO_SUCH_OPTION: Words("`{typed}` has no option {name}", "see `{typed} --help`"),
    Code.USAGE_NEAR_OPTION: Words(
        "`{typed}` has no option {name}", "did you mean {known}? see `{typed} --help`"
    ),
    Code.USAGE_NO_COMMAND: Words(
        "what follows `{typed}` is none of its commands", "see `{typed} --help`"
    ),
    Code.USAGE_NO_SUCH_COMMAND: Words("`{typed}` has no command {name}", "see `{typed} --help`"),
    Code.USAGE_NEAR_COMMAND: Words(
        "`{typed}` has no command {name}", "did you mean {known}? see `{typed} --help`"
    ),
    Code.USAGE_TAKES_NO_VALUE: Words("{name} takes no value", "leave out what follows the ="),
    Code.USAGE_NEEDS_VALUE: Words("{name} needs a value", "see `{typed} --help`"),
    Code.USAGE_COMMAND_MISSING: Words("`{typed}` needs a command", "see `{typed} --help`"),
    Code.USAGE_TOO_MUCH: Words("more words than `{typed}` takes", "see `{typed} --help`"),
    Code.NO_INSTANCE: Words("{path}: not an instance folder", "make one with `attribution init`"),
    Code.SETUP_WAITS: Words(
        "there is no campaign yet: open {address} and give the set-up key {key}",
        "whoever has the key makes the campaign and its accounts, so keep it to yourself",
    ),
    Code.NO_TIME: Words(
        "{option}: {problem}", "write 2022-10-11 or 2022-10-11T09:30:00+08:00"
    ),
    Code.PASSWORDS_DIFFER: Words("the two passwords differ", "type the same one twice"),
    Code.NO_SUCH_SIGN_IN: Words(
        "no account {name!r} with this password", "see `attribution user list`"
    ),
    Code.PASSWORD_HANDED_OVER: Words(
        "somebody else made the password of {name!r}, so it proves nobody",
        "sign in to the console with it once, and choose another there",
    ),
    Code.TWO_AT_THE_SHELL: Words("this takes two people: {subject}", "both are there: --by ACCOUNT --second ACCOUNT; the password of each is asked for"),
    Code.KEEP_ONE_COPY: Words("--keep must be at least 1"),
    Code.COPY_INTO_ITSELF: Words("--from and --to are the same database", "name two"),
    Code.COPY_INTERRUPTED: Words(
        "the copy was interrupted: {problem}", "run the same command again; it goes on"
    ),
    Code.COPY_DIFFERS: Words(
        "{tables} tables differ",
        "stop the service on the source and run the same command again; it goes on",
    ),
    Code.COPY_UNSOUND: Words("{findings} findings", "see `attribution check`"),
    Code.NO_LEDGER_FILE: Words("{option}: {path} does not exist", "name the ledger's file"),
    Code.NO_DATABASE_URL: Words("{option}: {problem}", "write sqlite:///FILE or postgresql://…"),
    Code.TARGET_PAIR: Words("a target is not of the form UNIT=N", "write for example A01=1500"),
    Code.MAP_NOT_A_PAIR: Words("--map {pair}: not FIELD=HEADING", "the fields are {fields}"),
    Code.MAP_TWO_FIELDS: Words(
        "--map {pair}: both sides are fields", "rename the column in the file"
    ),
    Code.MAP_TWICE: Words("--map names {field} twice", "name each field once"),
    Code.OPTION_NOT_A_PAIR: Words("{option} {pair}: not FIELD=…", "the fields are {fields}"),
    Code.EPOCH_UNIT: Words("--epoch {pair}: neither seconds nor milliseconds", "write s or ms: --epoch registered_at=s"),
    Code.NO_SUCH_SOURCE: Words("no source {source!r}", "name its columns once with --map"),
    Code.ACCEPT_NOT_A_LINE: Words("--accept {text}: not a line number", "write --accept 17,204"),
    Code.TOTAL_NOT_A_PAIR: Words("--total {pair}: not NAME=N", "write --total rows=200"),
    Code.NO_ATTACHMENT: Words("{path}: {problem}", "name the scanned paper"),
    Code.NO_SEAL_KEYS: Words("there is no keys/seals.keys", "run `attribution init` to make one"),
    Code.ANOTHER_CAMPAIGN: Words("{given!r} is not this campaign", "it is {campaign}"),
    Code.CLAIMS_WITHOUT_FACTS: Words(
        "--claims and --facts belong together", "give both, or neither"
    ),
    Code.OUT_MISSING: Words("--out is missing", "name the file for the answer: --out FILE.csv"),
    Code.POLICY_MISSING: Words("--policy is missing", "one of {policies}"),
    Code.PARTNER_HAS_KEY: Words("{name} has a key", "attribution partner rotate {name}"),
    Code.PARTNER_HAS_NO_KEY: Words("{name} has no key yet", "attribution partner add {name}"),
    Code.NOTHING_RUNS: Words("no service runs on {instance}", "start one with `attribution serve`"),
    Code.RUNS_ELSEWHERE: Words(
        "the service of this instance runs on {host!r}, another machine or container",
        "give the command there, such as `docker compose exec zhuanma attribution reload`",
    ),
    Code.CANNOT_RELOAD: Words(
        "{address} cannot renew its workers: it runs on waitress, or on Windows",
        "restart it to load the settings",
    ),
    Code.SERVICE_JUST_ENDED: Words("{address} has just ended", "its log may say why"),
    Code.SERVICE_OF_ANOTHER: Words(
        "{address} is another user's", "give the command as that user, or as root"
    ),
    Code.SERVICE_ENDED: Words("{address} ended while it reloaded", "its log may say why"),
    Code.RELOAD_REFUSED: Words("{address} goes on as it was: {why}", "{advice}"),
    Code.RELOAD_SILENT: Words(
        "{address} has not said within {seconds} s what became of the reload",
        "see its log; the old workers go on until new ones answer",
    ),

    # --- facts
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
    Code.ROW_WORD: Words("{field}: “{word}” is no time, and no word for “not yet” that we know"),
    Code.ROW_NO_DAY: Words("{field}: a time without its day; if the day stands in another column, name both: --map {name}=#N --time-column {name}=#M"),
    Code.ROW_TWO_DAYS: Words("{field}: its date and its time stand for two days"),
    Code.ROW_DAY_OR_MONTH: Words("{field}: in a date that ends with its year (05/06/2026) nobody knows which number is the month; have it exported as 2026-06-05"),
    Code.ROW_SHORT_YEAR: Words("{field}: in a date with a year of two digits (20-NOV-26) nobody knows which number is the year; have it exported as 2026-11-20, with four digits of the year"),
    Code.ROW_SECONDS: Words("{field}: a number of ten digits; if it counts the seconds since 1970: --epoch {name}=s"),
    Code.ROW_MILLISECONDS: Words("{field}: a number of thirteen digits; if it counts the milliseconds since 1970: --epoch {name}=ms"),
    Code.ROW_ERROR: Words("{field}: an error of the spreadsheet's (#N/A, #REF!)"),
    Code.ROW_UNCALCULATED: Words("{field}: a formula that was never calculated"),
    Code.ROW_MASKED: Words("phone: its digits are hidden"),
    Code.ROW_HASHED: Words("phone: a digest and no number"),
    Code.ROW_TOTAL: Words("a total of {said}, and {found} were read; if it is of something else, accept its line"),
    Code.ROW_AHEAD: Words("{field}: more than a day ahead of the clock"),
    Code.FEED_ROW: Words("{file}:{line}: {problems:;}"),
    Code.FEED_ROWS: Words("{file}: {refused} of {rows} rows cannot be read, so nothing was taken in", "correct these rows, or ask the platform for the file again; to do without them, accept each: --accept {lines}"),
    Code.FEED_MISSING: Words("{file}: no such file", "give the path of the platform's CSV or XLSX file"),
    Code.FEED_EMPTY: Words("{file}: the file is empty", "ask the platform for it again"),
    Code.FEED_NO_ROWS: Words("{file}: no rows under the heading", "ask the platform for the file again"),
    Code.FEED_ROWS_ALONE: Words("copy the rows alone into a new sheet, for a stray cell far below or to the right makes a sheet as large as it can be; or save it as CSV UTF-8"),
    Code.FEED_READER_BROKE: Words("{file}: its reader broke", "copy the rows alone into a new sheet, for a stray cell far below or to the right makes a sheet as large as it can be; or save it as CSV UTF-8"),
    Code.FEED_COLUMN_TWICE: Words("{file}:{row}: more than one column for {field} ({columns})", "name the right one by its position: {option}#{first}"),
    Code.FEED_COLUMN_MISSING: Words("{file}:{row}: no column for {fields} (headings: {headings:;})", "name it, by heading or position: {option}HEADING or {option}#2; headings that stand further down: --heading-row N; a file without any: --heading-row 0 and every column by position, or a first line: {names}"),
    Code.FEED_COLUMN_NOT_THERE: Words("{file}: there is no column for --map {name}, the table has {width}", "columns count from #1: --map {name}=#1"),
    Code.FEED_SHEET_UNKNOWN: Words("{file}: no such sheet", "its sheets are {sheets}; by position: --sheet 1"),
    Code.FEED_HEADING_ROW_NONE: Words("{file}: nothing stands in row {row}", "name the row of the headings as the spreadsheet counts it: --heading-row 1"),
    Code.FEED_MASKED: Words("{file}: the platform hid digits of the numbers (138****1234) in {rows} rows, so nothing was taken in", "ask the platform for whole numbers; nobody can be found by these"),
    Code.FEED_HASHED: Words("{file}: digests stand in place of the numbers in {rows} rows, so nothing was taken in", "ask the platform for whole numbers; nobody can be found by these"),
    Code.FEED_UNCALCULATED: Words("{file}: formulas without their values, in {rows} rows; a program made this workbook and nobody has opened it since", "open it in Excel or WPS, save it as .xlsx, and import that"),
    Code.TABLE_COLUMNS: Words("{file}: no sheet that is shown has the columns {columns}", "write them above the table, each once"),
    Code.TABLE_COLUMN_TWICE: Words("{file}: more than one column for {columns}", "take the others out, or rename them"),
    Code.TABLE_MERGED: Words("{file}:{row}: one cell of {column} stands for several rows", "in Excel or WPS: take the merging back, fill each row, and save"),
    Code.ACCEPT_MANY: Words("more than {most} lines to let go", "mend the file, or ask for it again"),
    Code.FEED_MERGED: Words("{file}: on sheet {sheet} cells of the list are merged over several rows ({areas}), and all but the first are empty, which would read as 'not yet'", "in Excel or WPS: select them, take the merging back, fill each row (select, Ctrl+D), save, and import that"),
    Code.FEED_HIDDEN_ALONE: Words("{file}: no sheet that is shown has the list; a hidden one has: {sheet}", "if it is the right one: --sheet {number}"),
    Code.FEED_ONE_COLUMN: Words("{file}:{row}: all in one column: no separator of those we know (comma, tab, semicolon, |, ^, ~) parts it", "open it in Excel or WPS (Data, Text to Columns), save it as .xlsx, and import that"),
    Code.FEED_LONG: Words("{file}: more than {most} rows", "is this the right file?"),
    Code.FEED_CHANGED: Words("{file}: the file changed while it was read", "try again"),
    Code.FEED_LINE_SOUND: Words("{file}: line {line} is not malformed", "accept only lines that are reported"),
    Code.FEED_TOTAL_UNKNOWN: Words("no control total {name!r}", "they are {names}"),
    Code.FEED_AS_OF_AHEAD: Words(
        "the business date {as_of} is more than a day ahead of the clock",
        "give the day that the file speaks of",
    ),
    Code.FEED_TOTAL_DIFFERS: Words("{file}: {found} {total}, but the platform says {told}", "the file is not whole; ask the platform for it again"),
    Code.FEED_SECOND_PERSON: Words("this campaign lets a file count only when a second person confirms it", "name yourself with --by NAME; then another person runs `attribution feed confirm`"),
    Code.FEED_NOT_ASKED: Words("nobody asked for this file as batch {batch!r}", "first somebody else: attribution feed import FILE --batch ID --by NAME"),
    Code.FEED_OWN_QUESTION: Words("{by} asked for it, so another person confirms it"),
    Code.FEED_LOSSES: Words("the file would take away or move {gone} of {before} credits (by rows {lines} among others), so nothing was taken in", "look at the rows (--dry-run --report FILE); if they are right: --allow-losses"),
    Code.FEED_GIVEN_UP: Words("this import stood still for too long and was given up", "try again"),
    Code.BATCH_TAKEN: Words("batch {batch!r} was already taken in"),
    Code.BATCH_OTHER: Words("batch {batch!r} was already taken in with other content", "if this is a correction, give it a number of its own: --batch ID"),
    Code.NOTE_SHEETS: Words("sheets that were read: {sheets}"),
    Code.NOTE_SHEET_NO_HEADINGS: Words("sheet {sheet} was not read: no such headings in its first rows; to read it: --sheet {number} --heading-row N"),
    Code.NOTE_SHEET_HIDDEN: Words("sheet {sheet} was not read: it is hidden; if it belongs to it: --sheet {number}"),
    Code.NOTE_SHEET_NOT_CHOSEN: Words("sheet {sheet} was not read: another was chosen"),
    Code.NOTE_SHEET_UNREAD: Words("sheet {sheet} was not read: it is hidden, or has not these columns"),
    Code.NOTE_SHEET_EMPTY: Words("sheet {sheet} is empty"),
    Code.NOTE_HEADING: Words("the headings stand in row {row}"),
    Code.NOTE_NO_HEADINGS: Words("no headings: every column as it was named by its position"),
    Code.NOTE_ABOVE: Words("passed over above the headings: rows {lines}"),
    Code.NOTE_COLUMNS_UNUSED: Words("columns that were not read: {columns}"),
    Code.NOTE_PAIR: Words("{field}: the date is column {day}, the time column {clock}"),
    Code.NOTE_SHANGHAI: Words("{count} {count:time|times} without a zone, taken as Beijing time"),
    Code.NOTE_DAYS: Words("{field}: {count} {count:date|dates} without a time, kept as {count:a day|days}"),
    Code.NOTE_DAY_NUMBERS: Words("{field}: {count} {count:number|numbers} read as a spreadsheet counts days"),
    Code.NOTE_DIGITS: Words("{field}: {count} {count:number|numbers} read as written dates (20261128)"),
    Code.NOTE_EPOCH: Words("{field}: {count} {count:number|numbers} read as counted from 1970"),
    Code.NOTE_UTC: Words("{field}: {count} {count:time|times} taken as UTC, as the heading says"),
    Code.NOTE_SHORT_YEARS: Words("{field}: {count} {count:date|dates} with two digits of the year (28-NOV-26) read as day, month, year of this century (others in the file can be read no other way)"),
    Code.NOTE_PLACEHOLDERS: Words("{field}: {count} {count:time|times} before 2010, of no meaning (1970 and 1900 are how systems write “not yet”)"),
    Code.NOTE_TOTAL: Words("row {line} is a total, and agrees with what was read"),
    Code.NOTE_TOTAL_UNKNOWN: Words("row {line} is a total of nothing that we read"),
    Code.NOTE_FOOTERS: Words("rows that are about the file and nobody in it: {lines}"),
    Code.NOTE_HEADINGS_AGAIN: Words("the headings stand again in rows {lines}"),
    Code.NOTE_HIDDEN_ROWS: Words("{count} hidden {count:row was|rows were} read like all others"),
    Code.NOTE_HIDDEN_COLUMNS: Words("hidden columns that were read: {columns}"),
    Code.NOTE_ERRORS_LOOK_EMPTY: Words("sheet {sheet}: in a file of this kind an error (#N/A) and a formula without its value look like an empty cell, \"not yet\"; if there may be any, save it as .xlsx in Excel or WPS and import that"),
    Code.NOTE_MASKED: Words("the platform hid digits of the numbers (138****1234) in {count} {count:row|rows}; this campaign lets no such row credit anybody, so ask for whole numbers"),
    Code.NOTE_HASHED: Words("digests stand in place of the numbers in {count} {count:row|rows}; this campaign lets no such row credit anybody, so ask for whole numbers"),
    Code.DIFFERENCE_SETTLED: Words("settled by batch {batch}"),
    Code.USERS_MISSING: Words("{file}: no such file", "name the platform's list of users"),
    Code.USERS_ROWS: Words("{file}: rows cannot be read, so nothing was taken in", "correct these rows, or ask the platform for the list again"),
    Code.USERS_NO_ROWS: Words("{file}: no rows under the heading", "ask the platform for the list again"),
    Code.PARTNER_NAME: Words("{name!r} is no name for a partner", "lower case letters, digits, -"),
    Code.PARTNER_KEY_UNKNOWN: Words("no open key {key!r}", "see `attribution partner list`"),
    Code.SEAL_KEYS_MISSING: Words("there is no keys/seals.keys", "run `attribution init` to make one"),
    Code.DIFFERENCE_UNKNOWN: Words("no open difference {difference}", "see `attribution feed differences`"),
    Code.SETTLE_ONE_OR_EVERY: Words("which differences?", "name one by its number, or say --every, with --category, --reason or --batch"),
    Code.HASH_OPTION: Words("--hash: not a recipe", "write sha256:SALT or sm3:SALT"),
    Code.HASH_OTHER: Words(
        "the hashes of this file are made otherwise than those of the claims",
        "claims are known by [facts] in config.toml; ask the platform for a file by that recipe",
    ),
    Code.COUNTS_ROWS: Words(
        "{file}: {count} {count:row|rows} cannot be read, so nothing was taken in",
        "correct them and send the whole file again",
    ),
    Code.COUNTS_ROW: Words("{file}:{line}: {column} is not understood"),
    Code.COUNTS_MISSING: Words(
        "{file}: no table of counts",
        "save it as CSV UTF-8 with place, day and at least one of registered, bound, paid",
    ),
    Code.COUNTS_SOURCE: Words("--source: who counted is missing, or too long", "name the platform"),
    Code.COUNTS_PLACE: Words("the unit or branch"),
    Code.FIGURE_SUBJECT: Words("no goal of this campaign", "its goals are {goals}"),
    Code.FIGURE_NUMBER: Words("no number of people or households", "write whole digits"),
    Code.FIGURE_DAY: Words("the day is to come", "name the day of which the figure is"),
    Code.FIGURE_SOURCE: Words("who counted is missing, or too long", "name the source: at most 60 characters"),
    Code.FIGURE_AREA: Words("the area"),
    Code.FIGURE_HOUSEHOLDS: Words("households"),
    Code.FIGURE_USERS: Words("existing users"),
    Code.FIGURE_SOURCE_COLUMN: Words("the source"),
    Code.FIGURES_COLUMNS: Words(
        "{file}: no table of a survey",
        "it needs the area and at least one of 户数 (households) and 原有用户 (existing users)",
    ),
    Code.FIGURES_ROWS: Words(
        "{file}: {count} {count:row|rows} cannot be read, so nothing was taken in",
        "correct them and send the whole file again",
    ),
    Code.FIGURES_ROW: Words("{file}:{line}: {column} is not understood"),
    Code.MASKED_HEADLESS: Words(
        "{count} {count:claimant|claimants} cannot be told by the first three digits, so no masked"
        " number is matched",
        "ask the platform for whole numbers or hashes",
    ),

    # --- resident
    Code.SENDER_KIT: Words("one_time.sender is {sender}, and its kit is not installed", "pip install 'zhuanma[{sender}]'"),
    Code.OPTION_TIMEOUT: Words("config.toml: newness.timeout_s must be 0.1 to 10", "write timeout_s = 2"),
    Code.OPTION_URL: Words("config.toml: newness.url is missing", 'write url = "https://…"'),
    Code.OPTION_SENDER_NEEDS: Words("config.toml: one_time.{option} is missing for the sender {sender}", 'write {option} = "…" under [one_time]'),
    Code.OPTION_NO_KEY: Words("{file}: there is no key in it", "write the key that the platform gave you there"),
    Code.OPTION_NO_TABLE: Words("config.toml: {table} is a table", "begin it with a line [{table}]"),
    Code.OPTION_CHOICE: Words("config.toml: {option} is {shape}", "write one of {choices}"),
    Code.OPTION_UNKNOWN: Words("config.toml: unknown setting {table}.{option}", "the settings are {known}"),
    Code.OPTION_NO_NUMBER: Words("config.toml: {option} is {shape}", "write a whole number, such as {usual!r}"),
    Code.OPTION_NO_TEXT: Words("config.toml: {option} is {shape}", "write text, such as {usual!r}"),
    Code.OPTION_NO_RATE: Words("config.toml: limits.{option} is no rate, but {shape}", 'write it like "60 per 10 minutes; 300 per day"'),

    # --- office
    Code.LAPSES_NOBODY: Words("no claim is waiting to lapse"),
    Code.LAPSES_NEXT: Words(
        "next to lapse, at {at}: the claims of {count} {count:person|persons},"
        " of which {credits} could still become a credit"
    ),
    Code.LAPSES_NOT_BEFORE: Words("nothing lapses before {at}"),
    Code.WAIT_SETTLED: Words("no file of the platform reaches {at}, the end of the settlement"),
    Code.WAIT_APPEALS: Words("{count} {count:appeal waits|appeals wait} for an answer"),
    Code.WAIT_FILES: Words("{count} {count:file waits|files wait} to be taken in"),
    Code.WAIT_ROWS: Words(
        "{count} {count:row|rows} of files lead to nobody and {count:is an open difference|are open differences}"
    ),
    Code.WAIT_HELD: Words("{count} {count:claim is|claims are} held"),
    Code.WAIT_CORRECTIONS: Words("{count} {count:correction waits|corrections wait} for an answer"),
    Code.WAIT_DIFFERENCES: Words("{count} {count:difference is|differences are} open"),
    Code.WAIT_PERIODS: Words("{count} {count:period waits|periods wait} to be locked"),
    Code.ACCOUNT_NAME: Words(
        "an account name has 1 to {most} letters and digits of one script, nothing invisible, no long number",
        "Latin or Chinese letters, with - _ . between",
    ),
    Code.ACCOUNT_ROLE: Words("no role {role!r}", "the roles are {roles}"),
    Code.ACCOUNT_TAKEN: Words("the account {account!r} exists already", "see `attribution user list`"),
    Code.ACCOUNT_ALIKE: Words("{account!r} could be taken for the account {other!r}"),
    Code.ACCOUNT_LAST: Words(
        "{account!r} is the last open account of the role {role}",
        "make another first: without it nobody could do what the role is for",
    ),
    Code.REAL_NAME: Words("a person's name has at most {most} characters and no number in it"),
    Code.SUCCESSOR_UNFIT: Words(
        "{successor!r} cannot take over from {account!r}",
        "a successor is another open account of the same role, for all of the same units",
    ),
    Code.ACCOUNT_UNKNOWN: Words("no account {account!r}", "see `attribution user list`"),
    Code.PASSWORD_LONG: Words("a password has at most {most} characters; this one is longer"),
    Code.PASSWORD_SHORT: Words("a password has at least {least} characters"),
    Code.PASSWORD_PLAIN: Words("a password is not the account's name and not one character again and again"),
    Code.PASSWORD_KINDS: Words("a password holds three kinds of capitals, small letters, digits and signs"),
    Code.PASSWORD_COMMON: Words(
        "a password is not one of those that are tried first",
        "take a sentence of your own, or four words that do not belong together",
    ),
    Code.ROLE_NEEDS_UNIT: Words("the role {role} needs a unit", "name one, such as --scope A01"),
    Code.ROLE_FOR_ALL: Words("the role {role} is for all units", "leave --scope out"),
    Code.ROLE_OTHER_UNIT: Words("{unit} is no unit for the role {role}", "it takes ids of {kind}s"),
    Code.UNIT_UNKNOWN: Words("no unit {unit}", "see `attribution units list`"),
    Code.UNIT_ISSUE_UNKNOWN: Words("{unit} has no issue {issue}", "its issues are 1 to {latest}"),
    Code.UNIT_UNKNOWN_ON: Words("there is no unit {unit} on {day}", "see `attribution units list` and `attribution units history`"),
    Code.UNIT_NOT_ACTIVE: Words("{unit} is closed or merged on {day}", "see `attribution units history {unit}`"),
    Code.UNIT_NO_SUCH_KIND: Words("{unit} is no {kind}", "see `attribution units list`"),
    Code.UNIT_KIND: Words("there is no such kind of unit", "it is one of {kinds}"),
    Code.UNIT_ID: Words("{unit} is no id of this kind", "write {letter} and two to four digits, or leave it out"),
    Code.UNIT_EXISTS: Words("{unit} was given to a unit before", "an id is never used twice; leave it out and the next one is taken"),
    Code.UNIT_LINE_HALF: Words("a line needs its area and its bank", "give --area and --bank"),
    Code.UNIT_HAS_LINES: Words("{unit} still has lines: {lines}", "merge it into another unit, or give --with-lines to close them too"),
    Code.UNIT_INTO_ITSELF: Words("{unit} cannot be merged into itself", "name another unit with --into"),
    Code.UNIT_OTHER_KIND: Words("{unit} and {into} are of two kinds", "merge it into a unit of its own kind"),
    Code.UNIT_ENDS_LATER: Words("{unit} itself is closed or merged from {day} on", "merge it into a unit that stays"),
    Code.UNIT_NAME: Words("this is no name of a unit", "write 1 to {longest} characters"),
    Code.UNIT_NAME_TAKEN: Words("{unit} has this name", "two units must not be called the same"),
    Code.UNIT_WITHOUT_TARGET: Words("{unit} is of a kind that has no target", "targets are of areas and lines"),
    Code.UNIT_TARGET: Words("this is no target for {unit}", "write a whole number from 1 to {most}"),
    Code.UNITS_UNCHANGED: Words("the units are so already on that day", "see `attribution units history`"),
    Code.NO_DAY: Words("{option}: not a day", "write 2022-10-11"),
    Code.UNITS_RENAMED_OR_REPLACED: Words("other names, and nobody says what they mean: {units}", "say --renamed A01,A02 for the same unit under a new name (`all` for every one), --replaced A01 for another unit in its place"),
    Code.UNIT_NOT_RENAMED: Words("{unit} has no other name in this table", "name only units whose name changes"),
    Code.SETTINGS_UNCHANGED: Words("the campaign says so already", "see `attribution campaign show`"),
    Code.SETTING_VALUE: Words("this is no value for {name}", "write it as in campaign.toml: text, true, a number, [\"a\", \"b\"], a time as 2022-12-31T00:00:00+08:00"),
    Code.CAMPAIGN_ID_STAYS: Words("another campaign's id", "an id never changes; the next campaign begins with `attribution init --instance NEW --from THIS`"),
    Code.INSTANCE_HAS_CAMPAIGN: Words("{folder} says {id!r}, and this instance keeps the ledger of {known!r}", "one instance is one campaign: put the id back, or begin the next one with `attribution init --instance NEW --from THIS`"),
    Code.NO_OLD_INSTANCE: Words("{folder} is no instance: it has no keys", "name the folder of the campaign before this one"),
    Code.NEXT_SAME_ID: Words("{id!r} is the id of an earlier campaign", "name another with --id"),
    Code.NEXT_THERE: Words("{folder} has {name} already", "the next campaign begins in an empty folder: name one with --instance"),
    Code.NEXT_NO_START: Words("--from needs the next campaign's first day", "add --start 2027-01-01; all other dates move with it"),
    Code.FORMER_TABLE: Words("config.toml: [[former]] takes id, name and last = 2026-12-31", "`attribution init --from` writes it"),
    Code.FOLDER_NOT_OURS: Words("{folder}: not an export of this campaign as it was written", "name an empty folder; what was edited by hand comes in with `attribution campaign import`"),
    Code.UNITS_FILE: Words("{problem}", "re-issuing needs the campaign copy in the instance folder"),
    Code.ROW_UNKNOWN: Words("no claim, credit or fact has this number", "see `attribution trace LAST4@DATE`"),
    Code.CORRECTION_KIND: Words("no correction {kind!r}", "they are {kinds}"),
    Code.CORRECTION_REASON: Words("no reason {reason!r}", "they are {reasons}"),
    Code.CORRECTION_UNKNOWN: Words("no correction {correction}", "see `attribution correct list`"),
    Code.CORRECTION_ANSWERED: Words("correction {correction} was {answer} by {by}"),
    Code.CORRECTION_WITHOUT_UNIT: Words("{kind} names no unit"),
    Code.CORRECTION_VAIN: Words("{kind} has no effect now: {reason}", "see `attribution trace`"),
    Code.CORRECTION_SAME: Words("{kind} would change nothing: {stands}"),
    Code.NOTE_MISSING: Words("a correction needs a note", "say what was found, and on what paper"),
    Code.NOTE_NUMBER: Words("the note holds a phone number", "name the person by the last four digits"),
    Code.ATTACHMENT: Words("an attachment is named by its SHA-256", "64 hexadecimal digits"),
    Code.OWN_QUESTION: Words("{by} asked for it, so another person answers"),
    Code.CLAIM_UNKNOWN: Words("{row} is not a claim", "name the claim to {kind}"),
    Code.CLAIM_WITHDRAWN: Words("claim {claim} was withdrawn by its person"),
    Code.CLAIM_HELD: Words("claim {claim} is held already"),
    Code.CLAIM_NOT_HELD: Words("claim {claim} is not held"),
    Code.APPEAL_EMPTY: Words("an appeal needs what it is about, and a note"),
    Code.APPEAL_UNKNOWN: Words("no appeal {appeal}"),
    Code.APPEAL_DECIDED: Words("appeal {appeal} was decided by {by}"),
    Code.APPEAL_DECIDED_MEANWHILE: Words("appeal {appeal} was decided by somebody else"),
    Code.PERIOD_REQUEST_UNKNOWN: Words("no request {request}", "see `attribution period list`"),
    Code.PERIOD_OWN_REQUEST: Words("{by} asked for it, so another person approves it"),
    Code.PERIOD_LOCKED: Words("everything before {day} is locked already"),
    Code.PERIOD_UNKNOWN: Words("no period ends before {day}", "see `attribution period list`"),
    Code.PERIOD_NO_DAY: Words("a period ends with a day", "write --until 2026-11-01"),
    Code.PERIOD_SOON: Words("{day} is too soon: the platform's files may come for a week after", "lock it from {since} on"),
    Code.ACCOUNT_WORD: Words("{account} would be {role}: such an account takes an approver's word", "an approver of another line gives it: --voucher ACCOUNT; where nobody can: --alone (it counts for two after seven days, and everybody is told)"),
    Code.ACCOUNT_NO_VOUCHER: Words("{account} cannot give its word for this", "an open account of office or checker, with a password of its own, which is not about itself"),
    Code.SECOND_ROLE: Words("{account} may not approve: its role is neither office nor checker"),
    Code.SECOND_MADE: Words("{account} cannot answer what {by} asked: one of the two made the other's account, or gave it its role or last password", "somebody else approves; docs/duties.md says how a county gets a second person"),
    Code.SECOND_LATER: Words("{account} cannot answer this: it was made, opened or given another password or role after the request, at {at}", "somebody else approves, or it is asked for again"),
    Code.SECOND_ALONE: Words("{account} does not count for two before {until}: {by} made or opened it without anybody's word", "somebody else asks and approves until then"),
    Code.SECOND_SAME_WORD: Words("{account} cannot answer what {other} asked: behind both accounts stands {by}", "somebody else approves; docs/duties.md says how a county gets a second person"),
    Code.TWO_NEEDED: Words("this takes two people: {subject}", "name yourself with --by ACCOUNT; then another runs `attribution request approve`"),
    Code.REQUEST_UNKNOWN: Words("no request {request}", "see `attribution request list`"),
    Code.REQUEST_ANSWERED: Words("request {request} was answered before: {answer}"),
    Code.REQUEST_NOT_YOURS: Words("request {request} was asked by {by}: only they take it back"),
    Code.REQUEST_ROLE: Words("an account of {role} cannot ask for this"),
    Code.REQUEST_KIND: Words("nobody here can carry out what was asked for: {kind}", "a newer program asked for it; run that one"),
    Code.REQUEST_OVERTAKEN: Words("request {request} is overtaken: what it would change is otherwise now", "refuse it, and let it be asked for again"),
    Code.TRACE_DAY: Words("{last4}@: not a time: {shape}", "write 1234@2022-10-11"),
    Code.TRACE_WHAT: Words("{shape}: neither a row's number, nor LAST4@DATE, nor a receipt", "e.g. 1234@2022-10-11 or 7K3F9-Q2M5X"),
    Code.TRACE_NOBODY: Words("nobody is found by this", "see the id columns of `attribution export claims`"),
    Code.SEARCH_DAY: Words("what stands behind the four digits is no day", "write 1234 2022-10-11, or 1234 10-11 for the last 11 October"),
    Code.SEARCH_NUMBER: Words("a whole phone number finds nobody: none is kept", "the last four digits, with a day: 1234 2022-10-11"),

    # --- reports
    Code.ALARMS_NO_TABLE: Words(
        "alarms must be a table",
        "write [alarms] and the thresholds below it",
    ),
    Code.ALARM_UNKNOWN: Words("[alarms] has no {name}", "it has {names}"),
    Code.ALARM_OUT_OF_RANGE: Words(
        "alarms.{name} must be a whole number from {least} to {most}, not {shape}",
        "correct it in config.toml",
    ),
    Code.WHATIF_ROWS: Words("the files cannot be judged as they are", "correct these lines"),
    Code.WHATIF_ROW: Words("{file}:{line}: {problem}"),
    Code.WHATIF_PERSON_TWICE: Words("a second row for one person, and no column as_of that says which is later"),
    Code.WHATIF_EMPTY: Words("{column} is empty"),
    Code.WHATIF_NO_TIME: Words("{reason}"),
    Code.WHATIF_NO_TIME_IN: Words("{column}: {reason}"),
    Code.WHATIF_NO_TRUTH: Words("{column} must be 1 or 0, not {shape}"),
    Code.WHATIF_NO_COLUMN: Words("{file}:1: no column {missing}", "the columns are {columns}"),
    Code.WHATIF_BROKEN: Words("{column} holds an error, or a formula without its value"),

    # --- proof
    Code.AUDIT_BROKEN: Words("the seal is broken: {faults:;}"),
    Code.AUDIT_ENTRIES_MISSING: Words("entries {first} to {last} are missing"),
    Code.AUDIT_ENTRY_CHANGED: Words("entry {entry} was changed"),
    Code.AUDIT_SEAL_DIFFERS: Words("the seal does not match entry {entry}"),
    Code.SEALING_ALREADY: Words("another seal is being made", "try again"),
    Code.LOG_KEY_MISSING: Words(
        "there is no keys/log.key, so nothing can be signed",
        "bring it back; a new instance gets one by `attribution init`, a lost one is followed by"
        " `attribution proof keys --renew`",
    ),
    Code.LOG_KEY_BROKEN: Words(
        "{where}: not a key of the log", "bring the copy back that was kept with the other keys"
    ),
    Code.LOG_KEY_ELSEWHERE: Words(
        "the log's key is given by ZHUANMA_LOG_KEY, and cannot be renewed there",
        "put it into keys/log.key, renew it, and take the file's lines over",
    ),
    Code.LOG_LAST_BROKEN: Words(
        "{file}: not the head that was published last",
        "find out who wrote there; a copy of the head is with whoever it was sent to",
    ),
    Code.LOG_HEAD_UNSOUND: Words(
        "the tree of the public log does not lead to its own head of {size} leaves",
        "stop, keep the ledger as it is, and restore a sound copy",
    ),
    Code.LOG_SHORTER: Words(
        "the public log has {size} leaves, and a head of {last} was published: no head is shown",
        "an older copy was restored? Bring the newer ledger back; docs/proof.md",
    ),
    Code.LOG_REWRITTEN: Words(
        "the first {size} leaves of the public log are not those that were published: no head is"
        " shown",
        "somebody rewrote the ledger: keep it as it is, and ask those who keep heads",
    ),
    Code.LOG_NOT_BEGUN: Words(
        "the public log has no head yet", "the service makes one within minutes, or `attribution seal`"
    ),
    Code.AGAINST_UNREADABLE: Words(
        "{file}: neither a signed head nor a bundle of one", "give the file that was sent, unaltered"
    ),
    Code.AGAINST_FOREIGN: Words(
        "{file}: not signed by this log's key (of {origin})",
        "a key that was changed is on an older sheet; else the file is not ours",
    ),
    Code.AGAINST_SHORTER: Words(
        "{file} tells of {last} leaves, the ledger has {size}: it was shortened, or is an older copy"
    ),
    Code.AGAINST_REWRITTEN: Words(
        "{file} does not fit: the ledger was rewritten, after leaf {since} and before leaf {until}"
    ),
    Code.AGAINST_ROW: Words("{file}: leaf {index} was {core}, and is another now"),
    Code.ROW_WITHOUT_LEAF: Words("no row {index} that can be shown", "a number below the log's size"),
    Code.UNIT_OR_INDEX: Words(
        "of what?", "say --unit ID, or --tlog-proof INDEX for a single row"
    ),
    Code.EXPORT_MISSING: Words("{file}: no such file"),
    Code.EXPORT_UNKNOWN: Words(
        "{file}: not a file that was exported here, or altered since",
        "export it again, and compare",
    ),
    Code.EXPORT_ALTERED: Words(
        "{file}: not a file that was exported here, or altered since",
        "it says {mark}: an altered copy? export it again, and compare",
    ),
    Code.EXPORT_FILE_ALTERED: Words(
        "{file}: an altered copy: this ledger gave no such file out, and continues the head of"
        " {size} leaves that the file carries",
        "export it again, and compare",
    ),
    Code.EXPORT_LEDGER_ALTERED: Words(
        "{file}: the ledger was altered: it does not continue the head of {size} leaves that the"
        " file carries, which is signed by this log",
        "keep file and ledger as they are; `attribution check --against` with other heads says"
        " since when",
    ),
    Code.FILE_UNSOUND: Words("{problem}"),
    Code.SCAN_LISTS_DIFFER: Words("{count} scans differ from the units' lists: rebuild --tallies"),
    Code.CHECK_STOPPED: Words(
        "{what} was not asked to its end: what it reads cannot be read any more ({why})",
    ),
    Code.NOTHING: Words("nothing"),
    Code.NO_UNIT: Words("None"),
    Code.PERSON_OF_NOTHING: Words("person {person} has no claim and no fact"),
    Code.STANDING_DIFFERS: Words("person {person} stands as {kept}, by the rule {due}"),
    Code.CREDIT_LOG_DIFFERS: Words(
        "person {person} stands as {kept}, the credit log says {logged}",
    ),
    Code.CREDIT_WITHOUT_CLAIM: Words("credit {credit} of {unit}: there is no such claim"),
    Code.CREDIT_WITHOUT_FACT: Words("credit {credit} of {unit}: there is no fact"),
    Code.CREDIT_TWICE: Words("credit {credit} of {unit}: a second one for the person"),
    Code.CORRECTION_BY_ONE: Words(
        "adjustment {adjustment} ({kind}) is not what two people agreed on",
    ),
    Code.ONE_BEHIND_TWO: Words("{what} {number}: asked by {asked_by}, answered by {answered_by}, who may be one: {why}"),
    Code.ACCOUNT_BY_NOBODY: Words("account {account}: no deed gave it what it has ({why})"),
    Code.FILE_BY_ONE: Words("batch {batch} was taken in by {by} alone, though two were needed"),
    Code.RESTORED_BY_ONE: Words("audit entry {entry}: {by} put a copy in the ledger's place alone, though two were needed"),
    Code.TWO_CORRECTION: Words("correction"),
    Code.TWO_FILE: Words("file"),
    Code.TWO_PERIOD: Words("period"),
    Code.TWO_REQUEST: Words("request"),
    Code.TALLY_DIFFERS: Words("{kind} of {unit} on {day}: kept {kept}, is {due}"),
    Code.ROLL_UPS_DIFFER: Words("{kind} by area, by bank and by unit: {sums}"),
    Code.TERMS_CHANGED: Words("campaign_terms {version} holds other terms"),
    Code.TERMS_UNKNOWN: Words("credit {credit}: {count} decided under unknown terms {terms}"),
    Code.PERIOD_INCOMPLETE: Words("period_lock {until}: {found} numbers, it locked {rows}"),
    Code.PERIOD_GAP: Words(
        "period_lock {until} begins at {since}, the one before ends at {before}",
    ),
    Code.SECOND_STEP_OPEN: Words(
        "the second step of {account} is not sealed: run `attribution migrate`",
    ),
    Code.SECOND_STEP_FOREIGN: Words(
        "the second step of {account} is sealed under another key: bring keys/second.keys"
        " back, or run `attribution user second-step-off NAME`",
    ),
    Code.SEAL_MISSING: Words("seal {seal} is missing"),
    Code.SEAL_BEFORE_MISSING: Words("seal {seal} the seal before it is missing"),
    Code.SEAL_UNCHAINED: Words("seal {seal} is not chained to the seal before it"),
    Code.SEAL_OF_NO_DIGEST: Words("seal {seal} names no digest: {digest}"),
    Code.SEAL_CHANGED: Words("seal {seal} was changed, or is not of this instance's keys"),
    Code.SEAL_PAGES_CHANGED: Words("seal {seal} its pages were changed"),
    Code.SEAL_OF_NO_LOG: Words("seal {seal} seals a log {log!r} that is not there"),
    Code.ROW_ADDED: Words("{log} {row} was added after its time was sealed"),
    Code.ROW_CHANGED: Words("{log} {row} was changed since it was sealed as leaf {leaf}"),
    Code.ROW_MISSING: Words("{log} {row} is missing since it was sealed as leaf {leaf}"),
    Code.OLD_ROW_CHANGED: Words("{log} {row} was changed since seal {seal}"),
    Code.OLD_ROW_MISSING: Words("{log} {row} is missing since seal {seal}"),
    Code.HEAD_DIFFERS: Words("the head of {size} leaves is not that of the tree"),
    Code.HEAD_UNSIGNED: Words("the head of {size} leaves is not signed by this log's keys"),
    Code.TILE_CHANGED: Words("tile {level}/{tile} of the log was changed or is missing"),
    Code.LEAF_OF_NO_ROW: Words("leaf {leaf} is of no row any more ({count} leaves in all)"),
    Code.LEAF_TWICE: Words("{log} {row} has leaf {leaf}, which is another's or in no head"),
    Code.UNIT_COUNT_DIFFERS: Words(
        "unit {unit} on {day}: {kept} rows of {log} were counted, {due} have leaves"
    ),
    Code.ROW_UNREGISTERED: Words("{log} {row} was added behind the registry's back"),

    # --- upkeep
    Code.LEDGER_NO_FILE: Words(
        "this ledger is not a file",
        "use the database server's own tools: docs/deploy.md",
    ),
    Code.COPY_IS_LEDGER: Words("{file} is the ledger itself", "choose another file"),
    Code.COPY_UNWRITABLE: Words(
        "{file}: {error}",
        "choose a folder that exists, with room for a copy",
    ),
    Code.COPY_MISSING: Words("no file {file}", "name a file that `attribution backup` wrote"),
    Code.LEDGER_IN_USE: Words(
        "the ledger is in use",
        "stop the service and every command first, then try again",
    ),
    Code.RESTORE_FAILED: Words("{file}: {reason}", "see that the disk has room for two copies"),
    Code.COPY_FOREIGN: Words("{file} holds no unit of this campaign", "is it the right file?"),
    Code.COPY_NO_LEDGER: Words("{file} is no sound ledger: {error}"),
    Code.BACKUP_UNSOUND: Words(
        "{file} is not sound: {question}: {finding}",
        "{count} findings in all; try an older copy",
    ),
    Code.COPIES_FOLDER_MISSING: Words(
        "{folder}: no such folder",
        "make it, on another disk than the ledger",
    ),
    Code.SOURCE_NEWER: Words(
        "the source is of a newer program: the ledger stands at {newest}, this program knows"
        " no step after {known}",
        NEWER,
    ),
    Code.TARGET_NEWER: Words(
        "the target is of a newer program: the ledger stands at {newest}, this program knows"
        " no step after {known}",
        NEWER,
    ),
    Code.SOURCE_LACKS: Words("the source lacks {steps}", "run `attribution migrate` on it first"),
    Code.TARGET_FURTHER: Words(
        "the target has {there} rows of {table}, the source only {here}",
        "the target is further than the source: are --from and --to the wrong way round?",
    ),
    Code.KEY_OF_ANOTHER: Words(
        "{file} belongs to another account of this machine (uid {owner})",
        "chown {me} {file}",
    ),
    Code.INSTANCE_UNWRITABLE: Words("{folder}: {reason}", "choose a folder that can be written"),
    Code.IN_A_CLOUD: Words(
        "{folder} lies in a folder that {cloud} copies away: keys and ledger leave this machine,"
        " and a copied ledger is half of one",
        "move it to a folder that is copied by nobody, and name it with --instance DIR",
    ),
    Code.NOT_SETTLED: Words(
        "the campaign settles until {at}",
        "after that, when appeals are closed, nobody can be found any more",
    ),
    Code.PEPPER_ELSEWHERE: Words(
        "{file}: the pepper is not there",
        "destroy it where it is kept, and say so in writing",
    ),
    Code.UNDECIDED: Words(
        "not everything is decided: {what:;}",
        "decide it first; afterwards nobody can be found any more",
    ),
    Code.NOT_DISTRIBUTABLE: Words(
        "the tables cannot be distributed: {error}",
        "connect to the coordinator of a Citus cluster; docs/scale.md",
    ),
    Code.NOT_POSTGRESQL: Words(
        "--citus is for PostgreSQL",
        "set `database` to a coordinator's URL",
    ),

    # --- serving
    Code.WORKERS_TOO_FEW: Words("--workers must be at least 1"),
    Code.WORKER_SILENT: Words(
        "a new worker does not answer within {seconds} s",
        "see whether the database answers, and whether memory is short",
    ),
    Code.WORKER_ENDED: Words(
        "a new worker ended before it answered ({how})",
        "its last lines in the log may say why; memory may be short",
    ),
    Code.TLS_UNUSABLE: Words(
        "tls_certificate and tls_key cannot be used: {reason}",
        "both are PEM: the certificate with its chain, and its own key without a password",
    ),
    Code.TLS_UNREADABLE: Words(
        "tls_certificate or tls_key cannot be read: {reason}",
        "let the service's user read {certificate} and {key}",
    ),
    Code.TLS_NEEDS_GRANIAN: Words(
        "this system has no granian, and waitress speaks no TLS",
        "take tls_certificate out of config.toml and put a web server in front",
    ),
    Code.UNFORESEEN: Words(
        "{kind}: {text}",
        "an error of the program, or of what it needs; `attribution check` may say more",
    ),
    Code.UNFORESEEN_FILE: Words("{file}: {reason}"),
    Code.CANNOT_LISTEN: Words(
        "cannot listen on {address}: {reason}",
        "give an address of this machine and a port from 1 to 65535",
    ),
    Code.PORT_TAKEN: Words(
        "cannot listen on {address}: {reason}",
        "an earlier start still runs, or another program: stop it, or choose another port with"
        " --port {other}",
    ),
    Code.PORT_PRIVILEGED: Words(
        "cannot listen on {address}: {reason}",
        "ports below 1024 are the administrator's: choose one above, such as --port 8000, with"
        " a web server in front",
    ),
    Code.ADDRESS_ELSEWHERE: Words(
        "cannot listen on {address}: {reason}",
        "name an address of this machine with --host",
    ),

    # --- settings
    Code.SETTING_UNKNOWN: Words("{file}: unknown setting {name}", "the settings are {names}"),
    Code.SETTING_NO_TEXT: Words("config.toml: {name} must be text", 'write {name} = "…"'),
    Code.SETTING_NO_CHOICE: Words("config.toml: {name} is {shape}", "write one of {choices}"),
    Code.SETTING_NO_NUMBER: Words(
        "{name} must be a whole number from {least} to {most}, not {shape}",
        "correct {name} in config.toml or the environment",
    ),
    Code.SETTING_NO_NETWORKS: Words(
        "config.toml: {name} must be a list of addresses or networks, not {given}",
        'write {name} = ["10.1.2.3", "10.1.4.0/24"]',
    ),
    Code.SETTING_NO_HOSTS: Words(
        "known_hosts must be a list of hosts, or host:port, without https://",
        'write known_hosts = ["ysf.example.gov.cn"] in config.toml',
    ),
    Code.SETTING_FILE_MISSING: Words("{name}: no file {file}", "correct {name} in config.toml"),
    Code.SHARED_FOLDER_MISSING: Words(
        "shared_folder: no folder {folder}",
        "make it, the same for all nodes, mode 0700",
    ),
    Code.TLS_HALF: Words(
        "tls_certificate and tls_key belong together",
        "set both in config.toml, or neither",
    ),
    Code.DIGEST_UNKNOWN: Words(
        "digest must be one of {digests}, not {shape}",
        'set digest = "sha256" in config.toml',
    ),
    Code.DIGEST_MISSING: Words(
        "this Python's OpenSSL does not offer {digest}",
        'set digest = "sha256" in config.toml',
    ),
    Code.FACTS_TABLE: Words(
        "[facts] is not understood",
        'write hash = "sha256" (or "sm3"), salt = "…" and, where the salt comes first,'
        " salt_first = true",
    ),
    Code.NODES_NEED_REDIS: Words(
        "nodes = {nodes}, but no redis_url: each node would count its own limits",
        'set redis_url = "redis://…" in config.toml, the same on every node',
    ),
    Code.NODES_NEED_SERVER: Words(
        "nodes = {nodes}, but the database is a file of this machine",
        'set database = "postgresql://…"; `attribution copy` moves the ledger',
    ),
    Code.NO_ENGINE: Words(
        "no database engine for {scheme}: use sqlite:///FILE or postgresql://…",
        "correct `database` in config.toml",
    ),
    Code.RECIPE_MISSING: Words(
        "the campaign lets hashed numbers count, and nothing says how they are hashed",
        "write [facts] into config.toml: hash and salt, as the platform names them",
    ),
    Code.NO_PSYCOPG: Words(
        "PostgreSQL needs psycopg: pip install 'zhuanma[postgres]'",
        "correct `database` in config.toml",
    ),
    Code.URL_AT: Words("an @ in the password of the database's URL is written %40", "correct `database` in config.toml"),
    Code.URL_POOL_SIZE: Words("pool_size in the database's URL is a number from 1 to 500", "correct `database` in config.toml"),
    Code.URL_PREPARE: Words("prepare_threshold in the database's URL is a number or none", "correct `database` in config.toml"),
    Code.URL_UNREADABLE: Words("the database's URL cannot be read: {why}", "correct `database` in config.toml"),
    Code.DATABASE_LACKS: Words("the database lacks {steps}", "run `attribution migrate`"),
    Code.LEDGER_OTHER_RULE: Words(
        "people in this ledger were judged by an earlier rule of credit",
        "run `attribution migrate`",
    ),
    Code.JUDGE_AGAIN_MOVES: Words(
        "{moved} people would count otherwise by rule {rule}; nobody was judged yet",
        "read {file}, then run `attribution migrate --judge-again`",
    ),
    Code.LEDGER_NEWER: Words(
        "the ledger stands at {newest}, this program knows no step after {known}",
        NEWER,
    ),
    Code.DATABASE_CLOSED: Words(
        "the database cannot be opened: {error}",
        "run `attribution init` first, or check `database` in config.toml",
    ),

    # --- web
    Code.TYPED_ABOUT: Words("what it is about"),
    Code.TYPED_BATCH: Words("the batch"),
    Code.TYPED_CHOICE: Words("a choice"),
    Code.TYPED_DUTY: Words("the duty"),
    Code.TYPED_NAME: Words("the name"),
    Code.TYPED_NOTE: Words("the note"),
    Code.TYPED_PLACE: Words("the place"),
    Code.TYPED_PURPOSE: Words("the purpose"),
    Code.TYPED_REACH: Words("how to reach them"),
    Code.TYPED_SOURCE: Words("the source"),
    Code.CALLED_BACK_OUTCOME: Words("no such outcome of a call back", "choose {known}"),
    Code.CALLED_BACK_WHOM: Words("claim {claim} was not taken at a counter", "choose one from the list"),
    Code.PATROL_EMPTY: Words("there is no photograph", "take one, or choose some"),
    Code.PATROL_TOO_MANY: Words("{count} photographs at once, at most {most}", "send them in parts"),
    Code.TYPED_TOO_LONG: Words(
        "{field} has {count} characters, at most {most} are kept",
        "say it shorter; nothing was changed",
    ),
    Code.PURPOSE_MISSING: Words("a download needs a purpose"),
    Code.TYPED_NO_NUMBER: Words("this is no number of people", "write a whole number, for example 1450"),
    Code.TYPED_NO_DAY: Words("{field}: not a day", "write 2026-11-01"),
    Code.NO_UNITS_CHOSEN: Words("no unit is ticked", "tick the units that are to have an account, {most} at most"),
    Code.DAY_UNREADABLE: Words("the day cannot be read", "write 2026-11-01"),
}
