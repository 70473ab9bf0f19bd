# ruff: noqa: E501 (a text reads better in one line)
"""The faults of `qrgen` in English, in the order of `qrgen.fault_codes`."""
from collections.abc import Mapping

from qrgen.fault_codes import Code, Term, UnitWord
from qrgen.faults import FaultCode, Words

WORDS: Mapping[FaultCode, Words] = {
    UnitWord.AREA: Words("area"),
    UnitWord.LINE: Words("line"),
    UnitWord.DEPARTMENT: Words("department"),
    UnitWord.BANK: Words("bank"),
    UnitWord.BRANCH: Words("branch"),

    # Term: shell: what the system says, and where
    Term.PERMISSION_DENIED: Words("Permission denied"),
    Term.NOT_PERMITTED: Words("Operation not permitted"),
    Term.MISSING: Words("No such file or directory"),
    Term.FILE_EXISTS: Words("File exists"),
    Term.IS_FOLDER: Words("Is a directory"),
    Term.NOT_A_FOLDER: Words("Not a directory"),
    Term.STANDARD_OUTPUT: Words("standard output"),

    # Term: settings_file: what to write
    Term.CSV_CELL_TOO_LONG: Words("field larger than field limit ({most})"),
    Term.CSV_QUOTES: Words("{said}"),
    Term.TEXT: Words('text between double quotes, like "…"'),
    Term.WORDS: Words('a list like ["…", "…"]'),
    Term.BOOLEAN: Words("true or false"),
    Term.NUMBER: Words("a whole number"),
    Term.BARE_NUMBER: Words("a whole number without quotes"),
    Term.TIME: Words(
        "a time with its offset and without quotes, like 2022-09-01T00:00:00+08:00",
    ),
    Term.DATE: Words("a date without quotes: 2022-09-20"),
    Term.LINKS: Words("tables like [links.ios]"),
    Term.STAGES: Words("tables like [[stages]]"),
    Term.GOALS: Words("tables like [[goals]]"),
    Term.TEXTS_TABLE: Words("a table [texts]"),
    Term.EXPECT_TABLE: Words("a table [expect]"),
    Term.DESIGN_TABLE: Words("a table [design]"),
    Term.IN_TABLE: Words("{table}.{shape}"),

    # Term: own_rules
    Term.NO_LETTERS: Words("it has no letters"),
    Term.END_MISSING: Words("its end is missing"),

    # Term: proof: where, what was read, what to do
    Term.PAGE: Words("{file}: page {page}"),
    Term.PICTURE: Words("{file}: the picture"),
    Term.AT_SIZE: Words("{where}, at {share:.0%} of its size,"),
    Term.AND_MORE: Words("{texts} and {count} more"),
    Term.NO_CODE: Words("no code"),
    Term.NOTHING: Words("nothing"),
    Term.CORRECT_TEMPLATE: Words("correct the template in the campaign folder"),
    Term.REPORT_IT: Words(
        "nothing was written; this is a fault of the program: please report it",
    ),

    # Term: words: whose
    Term.CAMPAIGN: Words("the campaign"),

    # tables
    Term.IS_WEB_PAGE: Words("a web page (HTML)", "open it in Excel or WPS, choose Save As, type 'Excel Workbook (*.xlsx)', and send that"),
    Term.IS_WEB_ARCHIVE: Words("a saved web page (MHTML)", "open it in Excel or WPS, choose Save As, type 'Excel Workbook (*.xlsx)', and send that"),
    Term.IS_XML_TABLE: Words("an XML Spreadsheet of Excel 2003", "open it in Excel or WPS, choose Save As, type 'Excel Workbook (*.xlsx)', and send that"),
    Term.IS_XML: Words("an XML file", "export the list as XLSX or CSV, and send that"),
    Term.IS_JSON: Words("an answer between programs (JSON), often an error of the platform's", "open the platform's page again, sign in, and export the list as XLSX or CSV"),
    Term.IS_PDF: Words("a PDF", "ask for the list as XLSX or CSV"),
    Term.IS_DOCUMENT: Words("a text document (Word, WPS)", "copy the table into a new sheet of Excel or WPS, save it as .xlsx, and send that"),
    Term.IS_SLIDES: Words("a presentation", "copy the table into a new sheet of Excel or WPS, save it as .xlsx, and send that"),
    Term.IS_NUMBERS: Words("a document of Apple's Numbers or Pages", "in Numbers choose File, Export To, Excel, and send that"),
    Term.IS_PICTURE: Words("a picture", "ask for the list as XLSX or CSV"),
    Term.IS_ARCHIVE: Words("an archive (ZIP, RAR, 7z)", "unpack it, and send the table in it"),
    Term.IS_OLD_OFFICE: Words("a file of a very old office program", "open it in Excel or WPS, choose Save As, type 'Excel Workbook (*.xlsx)', and send that"),
    Term.ERRORS_LOOK_EMPTY: Words("in a file of this kind an error (#N/A) and a formula without its value look like an empty cell; save it as .xlsx if there may be any"),

    # Term: apart, photos, units_apart: what to do about a file that its reader did not survive
    Term.SEND_UNITS: Words("send the units.csv of the campaign, with one line for each unit"),
    Term.PHOTO_AGAIN: Words("take the photo again, or send it smaller, as PNG or JPEG"),

    # Term: cli
    Term.NO_FORMAT: Words("no format"),

    # shell
    Code.DISK_FULL: Words(
        "the disk is full",
        "free some space and give the same command again",
    ),
    Code.DISK_FULL_AT: Words(
        "the disk is full: {path}",
        "free some space and give the same command again",
    ),
    Code.DISK_READ_ONLY: Words("the disk is read-only", "name a folder on another disk"),
    Code.DISK_READ_ONLY_AT: Words(
        "the disk is read-only: {path}",
        "name a folder on another disk",
    ),
    Code.DISK_BROKEN: Words(
        "the disk fails to read or write",
        "see that it is well connected and sound, or name a folder on another disk",
    ),
    Code.DISK_BROKEN_AT: Words(
        "the disk fails to read or write: {path}",
        "see that it is well connected and sound, or name a folder on another disk",
    ),
    Code.NO_TEMPORARY_FOLDER: Words(
        "no folder for temporary files can be written",
        "free some space, or let TMPDIR name a folder that has some",
    ),
    Code.FILE_ERROR: Words("{path}: {why}"),
    Code.INTERRUPTED: Words("interrupted"),

    # files
    Code.NO_SUCH_FILE: Words("{path}: there is no such file"),
    Code.EXCEL_WORKBOOK: Words(
        "{file}: this is an Excel workbook, not a CSV file",
        "in Excel or WPS choose Save As, type 'CSV UTF-8 (comma delimited)'",
    ),
    Code.NO_TEXT: Words(
        "{file}: this is not text in UTF-8 or GB18030",
        "save it again as 'CSV UTF-8' (a .toml file: as UTF-8)",
    ),
    Code.TOML_WIDE: Words(
        "{file}:{line}: character {column} is {letter}, as a Chinese keyboard types it",
        "write {plain} there, with the keyboard set to English",
    ),
    Code.NO_TOML: Words(
        "{file}:{line}: {what}",
        "text stands between double quotes; dates and numbers without any",
    ),

    # places
    Code.READER_STOPPED: Words(
        "{path}: who was reading from this pipe has stopped",
        "start the program that reads again, then give the same command",
    ),
    Code.PIPE_UNREAD: Words(
        "{path}: nobody reads from this pipe",
        "start the program that reads, then give the same command",
    ),
    Code.CANNOT_WRITE: Words("{path}: cannot write here: {why}", "name a folder that is yours"),
    Code.CANNOT_WRITE_NO_FOLDER: Words(
        "{path}: cannot write here: {why}",
        "make the folder first, or name another",
    ),
    Code.OUT_IS_FOLDER: Words("{path}: this is a folder", "name a file"),
    Code.OUT_IS_DISK: Words(
        "{path}: this is a disk, and what is on it would be lost",
        "name a file",
    ),
    Code.OUT_IS_SOCKET: Words(
        "{path}: this is a socket, which takes no file",
        "name a file or a pipe",
    ),
    Code.OUT_IS_INPUT: Words(
        "{path}: this command reads this very file",
        "name another file for the answer",
    ),
    Code.OUT_IS_INPUT_TOO: Words(
        "{path}: this command reads this very file, which is {other}",
        "name another file for the answer",
    ),

    # replacing
    Code.FILE_HELD: Words(
        "{path}: another program has this file open",
        "close it in the other program (WPS, Excel, Acrobat …) and give the same command again",
    ),
    Code.FILES_HELD: Words(
        "{count} files are open in other programs; nothing was replaced",
        "close them there and give the same command again",
    ),

    # stage
    Code.FOLDER_BUSY: Words(
        "{folder}: another run is printing into this folder",
        "wait for it, or name another folder",
    ),

    # instance
    Code.NO_CAMPAIGN: Words(
        "{folder}: there is no campaign.toml in this folder",
        "name the folder that holds campaign.toml and units.csv",
    ),
    Code.NO_KEY_FILE: Words(
        "{path}: there is no such key file",
        "run `attribution init` (--campaign DIR for a campaign of your own)",
    ),
    Code.NO_KEY: Words(
        "{where}: there is no key in it",
        "run `attribution init` (--campaign DIR for a campaign of your own)",
    ),
    Code.KEY_SHORT: Words(
        "{where}: the key is shorter than {least} characters",
        "delete the line (the file, if nothing else is in it) and run `attribution init`",
    ),
    Code.KEY_REPEATS: Words(
        "{where}: the key repeats a few characters over and over",
        "delete the line (the file, if nothing else is in it) and run `attribution init`",
    ),
    Code.KEY_PLACEHOLDER: Words(
        "{where}: the key is a placeholder, not a secret",
        "delete the line (the file, if nothing else is in it) and run `attribution init`",
    ),
    Code.NO_ADDRESS: Words(
        "{source}: no address, but {shape}",
        "write it like https://ysf.example.gov.cn: http or https, a host, no path",
    ),
    Code.ADDRESS_SCHEME: Words(
        "{source} does not begin with http:// or https://",
        "write it like https://ysf.example.gov.cn: http or https, a host, no path",
    ),
    Code.ADDRESS_TOO_LONG: Words(
        "{source} has more than a host and a port",
        "write it like https://ysf.example.gov.cn: http or https, a host, no path",
    ),
    Code.ADDRESS_NOT_ASCII: Words(
        "{source}: the host is not ASCII",
        "write a Chinese domain in its xn-- form: {ascii}",
    ),
    Code.ADDRESS_HOST: Words(
        "{source} has no proper host name or port",
        "write it like https://ysf.example.gov.cn: http or https, a host, no path",
    ),

    # campaign, registry
    Code.PROBLEM: Words("{file}:{line}: {problem}", "{problem:hint}"),
    Code.CAMPAIGN_PROBLEMS: Words(
        "{folder}: {count} {count:problem|problems} in this campaign",
        "put them right and run `qrgen check` again",
    ),

    # settings_file
    Code.NO_CAMPAIGN_FILE: Words(
        "{path}: there is no such file",
        "copy {name} from a packaged campaign and change it",
    ),
    Code.TOML_SLIP: Words(
        "{what}",
        "text stands between double quotes; dates and numbers without any",
    ),
    Code.TOML_SIGN: Words(
        "character {column} is {letter}, as a Chinese keyboard types it",
        "write {plain} there, with the keyboard set to English",
    ),
    Code.STAGE_ENDS_FIRST: Words("{key} the stage ends before it begins", "swap the dates"),
    Code.NO_COLOUR: Words("{key} is no colour: {shown}", 'write it like "#0d4a5a"'),
    Code.KEY_EMPTY: Words("{key} is empty", "write the text, or delete the line"),
    Code.NO_LIST_OF_TEXTS: Words("{key} is no list of texts", "write {wanted}"),
    Code.NO_CHOICE: Words("{key} is {shown}", "write {wanted:or}"),
    Code.NO_OFFSET: Words("{key} has no offset", "write +08:00 behind the time"),
    Code.DATE_IS_TIME: Words("{key} is a time", "write the date only: 2022-09-20"),
    Code.KEY_MISSING: Words("{key} is missing", "write {wanted:or}"),
    Code.KEY_OF_WRONG_TYPE: Words("{key} is of the wrong type", "write {wanted:or}"),
    Code.KEY_MISSPELT: Words("{key} is not a key we know", "did you mean {near}?"),
    Code.KEY_UNKNOWN: Words("{key} is not a key we know", "delete it"),
    Code.UNFINISHED: Words("{key} is not filled in yet", "write {wanted}"),

    # units_file
    Code.CSV_UNREADABLE: Words("not readable as CSV: {why}", 'close the quotes: "…"'),
    Code.FILE_EMPTY: Words("the file is empty", "the first line names the columns: {columns}"),
    Code.SHEETS_WITH_ROWS: Words("rows stand on more than one sheet: {sheets}", "leave the sheet of the units alone in the file"),
    Code.CELL_WITHOUT_VALUE: Words("the cell in column {letter} is an error or a formula that was never worked out", "write the value itself there"),
    Code.HEADING_UNKNOWN: Words(
        "the heading of column {letter} is not one we know: {shape}",
        "columns are {columns}",
    ),
    Code.COLUMN_TWICE: Words("column {column} stands there twice", "delete one of them"),
    Code.COLUMN_MISSING: Words(
        "column {column} is missing",
        "the first line names the columns: {columns}",
    ),
    Code.STRAY_CELL: Words(
        "what is in {letter} ({shape}) stands in no column",
        "a name with a comma in it needs quotes; else delete the cell",
    ),
    Code.TOTALS_ROW: Words("this looks like a row of totals", "delete it: sums are computed"),
    Code.KIND_UNKNOWN: Words("kind is {shape}", "write one of {kinds}"),
    Code.MODE_UNKNOWN: Words("mode is {shape}", "leave it empty, or {modes}"),
    Code.STATE_UNKNOWN: Words("state is {shape}", "leave it empty, or write closed or merged"),
    Code.PURPOSE_UNKNOWN: Words("purpose is {shape}", "leave it empty, or write finance"),
    Code.ID_EMPTY: Words("the id is empty", "give it the next free number, like {letter}01"),
    Code.ID_MALFORMED: Words(
        "id {id} is not well-formed",
        "an id of this kind is {letter} and two to four digits, like {letter}01",
    ),
    Code.TARGET_EMPTY: Words("the target is empty", "write the number of new users asked for"),
    Code.TARGET_OF_NONE: Words(
        "a {kind} has no target of its own",
        "empty the cell: only areas and lines are given numbers",
    ),
    Code.TARGET_ZERO: Words("the target is 0", "write the number asked for, 1 or more"),
    Code.ISSUE_OUT_OF_RANGE: Words("issue is {issue}", "an issue is a number from 1 to 9999"),
    Code.CODE_ROUNDED: Words(
        "Excel has rounded the official code",
        "format the column as text (文本) first, then type the digits again",
    ),
    Code.CODE_MALFORMED: Words(
        "the official code is not 6, 9 or 12 digits, but {shape}",
        "look the area up in the statistical codes, or leave the cell empty",
    ),
    Code.NO_WHOLE_NUMBER: Words(
        "{column} is not a whole number, but {shape}",
        "write digits only, like 650",
    ),

    # placements
    Code.PLACEMENT_OF_NONE: Words(
        "unit {unit} is no unit of units.csv",
        "write the unit's id or its name",
    ),
    Code.NO_PLACEMENT: Words(
        "number is no placement, but {shape}",
        "one to four digits or letters without I, L, O, U: 1, 2, 3",
    ),
    Code.PLACEMENT_TWICE: Words(
        "{unit} has number {number} already on line {first}",
        "numbers are printed on paper, so each is used once: take the next free one",
    ),
    Code.LABEL_TOO_LONG: Words("the label is too long to print: {shape}", "20 letters at most"),
    Code.LABEL_GLYPHS: Words(
        "the label has letters no font can print: {letters}",
        "correct it",
    ),

    # rules
    Code.ENDS_FIRST: Words("the campaign ends before it begins", "swap start and end"),
    Code.MARK_AFTER_END: Words(
        "mark_time lies after the end, so nobody could be new",
        "as a rule it equals start",
    ),
    Code.SETTLES_BEFORE_END: Words(
        "settle_end lies before the end",
        "give the last users some days after the end",
    ),
    Code.ID_TWICE: Words(
        "id {id} is already used on line {first}",
        "ids are printed on paper, so they are never reused: take the next free one",
    ),
    Code.NAME_EMPTY: Words("the name is empty", "write the name as it should be printed"),
    Code.NAME_TWICE: Words(
        "the name already names the unit on line {first}",
        "delete one of the two rows, or give them different names",
    ),
    Code.ALIAS_TWICE: Words(
        "an alias already names the unit on line {first}",
        "delete one of the two rows, or give them different names",
    ),
    Code.CODE_OF_NONE: Words("a {kind} has no official code", "empty the cell"),
    Code.CODE_PREFIX: Words(
        "the official code does not begin with {prefix}",
        "correct it, or change expect.official_code_prefix in campaign.toml",
    ),
    Code.CODE_TWICE: Words("the official code is already on line {first}", "correct one"),
    Code.AREA_COLUMN: Words("an area has no {column}", "empty the cell"),
    Code.UNIT_COLUMN: Words("a {kind} has no {column}", "empty the cell"),
    Code.LINE_OF_NONE: Words("the {kind} is empty", "write the id of the {kind}"),
    Code.LINE_OF_NO_UNIT: Words(
        "{kind} {id} is no {kind} in this file",
        "write the id or the name of a row whose kind is {kind}",
    ),
    Code.BRANCH_EMPTY: Words("the branch is empty", "write the branch as it should be printed"),
    Code.LINE_TWICE: Words(
        "this area and branch are already on line {first}",
        "delete one of the two rows",
    ),
    Code.COUNT_DIFFERS: Words(
        "{wanted} {kind}s are expected, units.csv has {found}",
        "add or delete rows in units.csv, or correct the number here",
    ),
    Code.TARGETS_OF_AREAS: Words(
        "the targets of the areas add up to {found}, expected are {wanted}",
        "correct the targets in units.csv, or the number here",
    ),
    Code.TARGETS_OF_LINES: Words(
        "the targets of the lines add up to {found}, expected are {wanted}",
        "correct the targets in units.csv, or the number here",
    ),
    Code.LINES_DO_NOT_ADD_UP: Words(
        "the target is {target}, its lines add up to {found}",
        "correct the target of the area or of one of its lines",
    ),
    Code.BANK_FORBIDDEN: Words(
        "{word} takes no part in this campaign",
        "delete the row (see expect.forbidden_banks in campaign.toml)",
    ),
    Code.SLOGAN_LONG: Words("{key}: {count} characters", "a line on a screen has at most {most}"),
    Code.LED_LETTERS: Words("no letters for an LED screen: {letters}", "write the slogan with other words"),
    Code.KEY_SAYS: Words(
        "{key} says {word!r}",
        "say it as an offer: nobody is pressed or paid",
    ),
    Code.POSTER_SAYS: Words(
        "the poster would say {word!r}",
        "say it as an offer: nobody is pressed or paid",
    ),
    Code.TEXT_BREAKS: Words("{key} holds a line break or the like", "write it on one line"),
    Code.TEXT_TOO_WIDE: Words(
        "{key} is {width:.0f} letters wide, printed matter has room for {most:.0f}",
        "say it shorter; two Latin letters count as one",
    ),
    Code.OLD_STEP: Words(
        "{key} is not of the four steps as paper and page number them now",
        "1 register by the code, 2 download and sign up with the same number, 3 bind a card,"
        " 4 pay once: leave the line out, or say that step in words of your own",
    ),
    Code.NOBODY_TO_RING: Words(
        "hotline is not set, so the consent names nobody to ask: it is unfinished",
        'before the first claim write whom to ring: hotline = "0797-5321000"; it stands on every'
        " page, on paper and in the consent",
    ),
    Code.NO_HOST: Words(
        "allowed_hosts holds no host name, but {shape}",
        "write the host alone, in lower case, without https://",
    ),
    Code.NO_HTTPS_ADDRESS: Words(
        "{key} is no https address, but {shape}",
        "write it in full: https://…",
    ),
    Code.HOST_NOT_ALLOWED: Words(
        "{key} leads to a host which is not allowed",
        "add its host to allowed_hosts",
    ),
    Code.LINK_MISSING: Words(
        "this unit redirects, but it has no link",
        "fill in the link, or write page in the mode column",
    ),
    Code.FINANCE_POINT: Words(
        "a finance survey point leads to the finance platform, and none is named",
        "write a key of [links] as its link, like platform",
    ),
    Code.FINANCE_KIND: Words(
        "a finance survey point is a department, which has no target",
        "write department as its kind, or empty its purpose",
    ),
    Code.TEXT_GLYPHS: Words(
        "{key} has letters no font can print: {letters}",
        "correct the letter, or put a font that has it into fonts/ of this folder",
    ),
    Code.NAME_GLYPHS: Words(
        "the name has letters no font can print: {letters}",
        "correct the letter, or put a font that has it into fonts/ of this folder",
    ),
    Code.NAME_BREAKS: Words(
        "the name, branch or sector holds a line break or an odd blank inside",
        "delete it: the poster finds its own lines",
    ),
    Code.NAME_LOST_LETTER: Words(
        "the name, branch or sector holds a letter that was lost in saving",
        "type it again and save as 'CSV UTF-8', not as plain CSV",
    ),

    # readiness
    Code.WINDOW_ENDED: Words(
        "the campaign ended on {last}", "set start, end, mark_time and settle_end anew"
    ),
    Code.STAGE_OUTSIDE: Words(
        "{key}, {day}, is outside of the campaign, {first} to {last}", "correct the day"
    ),
    Code.SAMPLE_SAYS: Words(
        "{key} is still that of the sample, another county's", "write your own"
    ),
    Code.SAMPLE_CODES: Words(
        "official codes of {count} {count:area|areas} are still those of the sample's county",
        "write your own, or leave the column empty",
    ),
    Code.SAMPLE_UNITS: Words(
        "{count} {count:area is|areas are} still the sample's, another county's",
        "write your own units; `qrgen new` makes them from your table",
    ),
    Code.SAMPLE_BRANCHES: Words(
        "the {kind} of {count} {count:line is|lines are} still the sample's, another county's",
        "write your own",
    ),
    Code.NAME_DAMAGED: Words(
        "instead of a name {text} stands there: {damage}",
        "type the name again, in a column that is formatted as text",
    ),
    Code.NAMES_NEAR: Words("the names of lines {lines} look alike", "are they one? write them alike"),
    Code.BANKS_NEAR: Words(
        "lines {lines} name one bank, it seems", "leave one row, with the other names as aliases"
    ),

    # own_rules
    Code.POOR_CONTRAST: Words(
        "{text} on {ground} has a contrast of {ratio:.1f}; people need 4.5",
        "make the darker colour darker, or the lighter one lighter",
    ),
    Code.PICTURE_MISSING: Words(
        "there is no file {name} in the campaign folder",
        "lay it beside campaign.toml and write its name only",
    ),
    Code.NO_PICTURE: Words("{name} is no picture", "SVG, PNG or JPEG"),
    Code.FONT_UNREADABLE: Words(
        "this font cannot be read: {why}",
        "copy the font again (.ttf, .otf or .ttc), or delete the file",
    ),
    Code.DEAD_LINK: Words("this link leads nowhere", "lay the file itself there"),
    Code.TEMPLATE_IS_FOLDER: Words("this is a folder", "a template is a file: move it up"),
    Code.TEMPLATE_UNUSED: Words(
        "no format is called that, and no template imports it",
        "did you mean {near}.typ? Else import it, or delete it",
    ),
    Code.NO_FOLDER: Words(
        "{name} is no folder",
        "make a folder {name} and lay the files into it",
    ),

    # artwork, pictures
    Code.TEMPLATE_UNREADABLE: Words(
        "templates/{file} cannot be read: {why}",
        "each template is a file: correct this one, or delete it",
    ),
    Code.SVG_IN_INKS: Words(
        "{file}: an SVG cannot be turned into four inks here",
        "for --print give the logo as PNG or JPEG, 600 pixels high or more",
    ),
    Code.PICTURE_TOO_LARGE: Words(
        "{file} has more than {millions} million pixels",
        "save it smaller: 600 pixels in height are enough",
    ),
    Code.PICTURE_OF_OTHER_KIND: Words(
        "{file} is a {found}, not a {wanted}",
        "open it in a graphics program and save it again as PNG or JPEG",
    ),
    Code.PICTURE_UNKNOWN: Words(
        "{file} is empty, damaged or no picture",
        "open it in a graphics program and save it again as PNG or JPEG",
    ),
    Code.PICTURE_DAMAGED: Words(
        "{file} is damaged ({why})",
        "open it in a graphics program and save it again as PNG or JPEG",
    ),
    Code.PICTURE_NOT_DRAWN: Words(
        "{file} cannot be drawn: {why}",
        "open it in a graphics program and save it again as PNG or JPEG",
    ),
    Code.SVG_NOT_DRAWN: Words(
        "{file} cannot be drawn: {why}",
        "save it again as plain SVG in UTF-8, pictures embedded, or as PNG",
    ),

    # codewords, symbols
    Code.NO_QR_CODE: Words("{text!r}: cannot be a QR code: {why}"),
    Code.UNREADABLE_CODE: Words(
        "{text!r} gives no QR code that can be read back",
        "choose a shorter address",
    ),

    # proof
    Code.PAGES_DIFFER: Words("{file}: {found} pages, expected {wanted}", "{remedy}"),
    Code.BELOW_GRADE_B: Words(
        "{where}: {text} keeps {share:.0%} of its error correction, grade B needs {least:.0%}",
        "{remedy}",
    ),
    Code.MODULES_TOO_SMALL: Words(
        "{where}: modules of {width:.2f} mm; telephones need {least} mm",
        "print a larger format, or choose a shorter address",
    ),
    Code.CODES_MISSING: Words(
        "{where} should hold {wanted} codes, {found} can be read; the first that is missing is {first}",
        "{remedy}",
    ),
    Code.READS_OTHERWISE: Words(
        "{where} should hold {wanted}, it reads as {found}",
        "{remedy}",
    ),

    # printer, press
    Code.FILE_TOO_LARGE: Words(
        "{file}: {size} bytes, more than {most}",
        "a simpler logo makes it smaller",
    ),
    Code.SYMBOL_TOO_LARGE: Words(
        "{format}: {poster} needs a symbol of {needed:g} mm, the format has {width:g} mm",
        "print a larger format, or use a shorter address: it makes a coarser symbol",
    ),
    Code.TEXT_TOO_SMALL: Words(
        "{format}: {what} would come out at {size:.1f} pt, this format has {least:g} pt at least",
        "say it shorter (texts. in campaign.toml, name and label in the tables), or print a larger"
        " format",
    ),
    Code.PRINTER_ENDED: Words(
        "a process that prints was ended from outside, by signal {signal}",
        "perhaps there is too little memory: close other programs, or print fewer at once",
    ),

    # extras
    Code.PRINT_NOT_INSTALLED: Words(
        "this installation cannot print: {modules} not installed",
        "install the extra: pip install \"zhuanma[print]\", or what requirements.lock lists",
    ),
    Code.LETTERS_UNCHECKED: Words(
        "whether the fonts have every letter was not checked: this installation cannot print",
        "letters and pictures were not tried, for this installation cannot print; check again"
        " where posters are printed",
    ),

    # typesetter
    Code.TEMPLATE_FAILS: Words(
        "a template of this campaign does not compile: {place}: {what}",
        "correct it in the templates/ of the campaign folder; a parts.typ there must be made from this release's",
    ),

    # words
    Code.POSTER_GLYPHS: Words(
        "{whose}: no font can print {letters}",
        "correct the letter, or put a font that has it into fonts/ of the campaign folder",
    ),
    Code.POSTERS_GLYPHS: Words(
        "{count} posters have letters no font can print",
        "correct the letter, or put a font that has it into fonts/ of the campaign folder",
    ),

    # new_command
    Code.TABLE_UNFIT: Words(
        "{file}: {count} {count:problem|problems}; nothing was written",
        "correct the table, or answer by --bank, --with-hidden, --accept-total",
    ),
    Code.BANK_ANSWER: Words("--bank wants WORD=BANK", "--bank 农行=农业银行"),

    # demo
    Code.TARGET_EXISTS: Words(
        "{path}: is there already",
        "choose another folder, or move it away",
    ),

    # verdicts
    Code.NO_STANDING: Words(
        "{file}:{line}: not id, kind, name, issue, state",
        "make the file with `attribution units list > FILE`",
    ),

    # posters
    Code.NO_POSTERS: Words("there is no unit to print", "look at --units and --kind"),
    Code.NOWHERE_TO_PRINT: Words("nowhere to print to", "give --out DIR or --book FILE.pdf"),
    Code.ZIP_WITHOUT_FILES: Words("a zip packs the single files", "give --out DIR as well"),
    Code.FORMAT_IS_PICTURE: Words(
        "{format} is a picture: it has no book and no print version",
        "leave out --book, --print and --outline, or choose a format on paper",
    ),
    Code.OPTION_IS_FOLDER: Words("{option} {path}: this is a folder", "name a file"),
    Code.NAME_TAKEN: Words(
        "{option} {path}: another file of this run has that name",
        "name another file",
    ),
    Code.FOLDER_FOR_FILE: Words(
        "{path}: a folder stands where a file is to be put",
        "move it away, or name another folder to print into",
    ),

    # cli
    Code.OUT_NEEDS_FOLDER: Words(
        "--out {path}: many files need a folder",
        "for one file on standard output: --book - without --out",
    ),
    Code.LOCAL_ADDRESS: Words(
        "these codes lead to {url}",
        "these codes lead to {url}, which no telephone reaches; name the service with --public-url before printing",
    ),
    Code.FORMAT_UNKNOWN: Words(
        "--format: there is no format {format!r}",
        "choose from {formats}, or all",
    ),
    Code.COPIES_TOLD_NOWHERE: Words(
        "--copies: nothing that is made would say the number",
        "give --book, --zip or the format handover as well",
    ),
    Code.COPIES_NO_NUMBER: Words(
        "--copies takes numbers from 1 to {most}", "like 3, or a4=2,sticker=5"
    ),
    Code.FORMATS_NOT_MADE: Words("made: {made}; not made: {missing}"),
    Code.CODE_NOT_FOUND: Words(
        "{path}: no QR code found",
        "take the photo from the front, in good light, the whole code in the picture",
    ),
    Code.CODE_UNREAD: Words(
        "{path}: something looks like a code and cannot be read",
        "take the photo again from nearer, from the front, with the whole code in it",
    ),
    Code.EXPECTED_UNKNOWN: Words(
        "--expect: no unit or code is called {words}",
        "name units, or codes as they stand below the symbol: {example} or {example}-1-E1",
    ),
    Code.EXPECTED_MISSING: Words(
        "not found: {words}",
        "photograph these again; where a stranger's code hangs in their place, it was pasted over",
    ),
    Code.REVOKED_NOT_ASKED: Words(
        "genuine by signature and registry; what the service has revoked was not asked",
        "give --registry the file that `attribution units list > FILE` makes, or use the console's page",
    ),
    Code.UNITS_UNKNOWN: Words(
        "{option}: no unit is called {units}",
        "ids look like {example}; they stand in units.csv",
    ),
    Code.NO_UNITS: Words("{option}: no unit is called {units}"),
    Code.NOTHING_CHOSEN: Words(
        "no unit is chosen", "look at --units, --kind, --area, --bank and --place"
    ),
    Code.NO_PLACEMENTS: Words(
        "--placements: this campaign has no placements.csv",
        "write one into {folder}: unit,number,label",
    ),

    # decode
    Code.NOT_READABLE: Words(
        "{path}: neither a picture nor a PDF, or damaged ({why})",
        "PNG, JPEG, WebP, BMP, TIFF, GIF and PDF can be read",
    ),
    Code.PDF_UNREADABLE: Words(
        "{path}: this PDF cannot be opened ({why})",
        "make it again, or save it without a password",
    ),
    Code.PAGE_UNREADABLE: Words(
        "{path}: page {page} is damaged and was not read; the others were",
        "make the file again, or send a photo of that page",
    ),
    Code.HEIC_NOT_INSTALLED: Words(
        "{path}: this photo is HEIC, which cannot be read here",
        'on the iPhone: Settings, Camera, Formats, Most Compatible; or send a screenshot of it; or pip install "zhuanma[heic]"',
    ),
    Code.PHOTO_TOO_LARGE: Words("{path}: the picture is too large", "send it at half the size"),
    Code.TOO_MANY_PAGES: Words("{path}: more than {most} pages", "send it in parts"),

    # tables
    Code.TABLE_EMPTY: Words("{file}: the file is empty", "ask for it again"),
    Code.TABLE_OTHER: Words("{file}: this is {kind}, whatever it is called", "{kind:hint}"),
    Code.TABLE_LOCKED: Words("{file}: the file is locked by a password", "open it with the password in Excel or WPS, take the password away (File, Info, Protect Workbook, Encrypt with Password: empty it), save it, and send that"),
    Code.TABLE_NO_TEXT: Words("{file}: neither a workbook nor a text", "send the list as XLSX or CSV"),
    Code.TABLE_ENCODING: Words("{file}: the text is damaged: neither UTF-8, UTF-16 nor GB18030", "ask for it again; or open it in Excel or WPS, look at every row, and save it as 'CSV UTF-8'"),
    Code.TABLE_LINE_LONG: Words("{file}: it has a line without end", "is this the right file? ask for the list as XLSX or CSV"),
    Code.TABLE_QUOTES: Words("{file}:{line}: {problem}", "look at the quotes of this row, or export the list again as XLSX"),
    Code.TABLE_WIDE_LINE: Words("{file}:{line}: more than {most} cells", "look at the quotes of this row and the one before, or export the list again as XLSX"),
    Code.TABLE_DAMAGED: Words("{file}: the workbook is damaged", "open it in Excel or WPS, save it again, and send that; if it does not open there, ask for it again"),
    Code.TABLE_UNPACKS: Words("{file}: it unpacks to more than {most} MB", "copy the rows alone into a new workbook, or save it as 'CSV UTF-8'"),
    Code.TABLE_TEXTS: Words("{file}: the texts of its cells are more than {most} MB", "copy the rows alone into a new workbook, or save it as 'CSV UTF-8'"),
    Code.TABLE_DOCTYPE: Words("{file}: the workbook has a document type, which no program of spreadsheets writes", "open it in Excel or WPS, save it again, and send that"),
    Code.TABLE_FAR_CELL: Words("{file}: sheet {sheet}: a cell stands far beyond the table, at {cell}", "delete that cell's whole row and column, or copy the rows alone into a new sheet"),

    # apart
    Code.NOT_READ: Words("{path}: {why}", "{remedy}"),
    Code.READERS_BUSY: Words("other files are being read; try again in a minute"),
    Code.READER_NOT_STARTED: Words("no process could be started to read it ({why})"),
    Code.READER_BROKE: Words("its reader broke"),
    Code.READER_BROKE_AT: Words("its reader broke ({where})"),
    Code.READER_BROKE_WITH: Words("its reader broke (status {number})"),
    Code.READER_FLOODED: Words("it holds more than can be taken in"),
    Code.READER_TAKES_COMPUTING: Words("reading it takes more than {seconds} s of computing"),
    Code.READER_TAKES_LONG: Words("reading it takes longer than {seconds:g} s"),
    Code.READER_TAKES_MEMORY: Words("reading it takes more than {megabytes} MB of memory"),
    Code.READER_DIED: Words(
        "reading it takes more than {megabytes} MB of memory, or it is damaged ({signal})",
    ),
}
