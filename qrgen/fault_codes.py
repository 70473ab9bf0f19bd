"""
Which faults there are in `qrgen`, in sections by module: the words stand beside it.

A code is raised with the data that its words use; what to say of it in English and in Chinese
is in ``fault_words_en.py`` and ``fault_words_zh.py``, in the same order.
"""
from qrgen.faults import FaultCode


class UnitWord(FaultCode):
    """A kind of unit (`qrgen.campaign.KINDS`), or the branch of a line, as a word in a fault."""

    AREA = "area"
    LINE = "line"
    DEPARTMENT = "department"
    BANK = "bank"
    BRANCH = "branch"


class Term(FaultCode):
    """A part of a fault that depends on the language: a place, a remedy, what is wanted."""

    # shell: what the system says, and where
    PERMISSION_DENIED = "permission_denied"
    NOT_PERMITTED = "not_permitted"
    MISSING = "missing"
    FILE_EXISTS = "file_exists"
    IS_FOLDER = "is_folder"
    NOT_A_FOLDER = "not_a_folder"
    STANDARD_OUTPUT = "standard_output"

    # what the csv module says
    CSV_CELL_TOO_LONG = "csv_cell_too_long"
    CSV_QUOTES = "csv_quotes"

    # settings_file: what to write
    TEXT = "text"
    WORDS = "words"
    BOOLEAN = "boolean"
    NUMBER = "number"
    BARE_NUMBER = "bare_number"
    TIME = "time"
    DATE = "date"
    LINKS = "links"
    STAGES = "stages"
    GOALS = "goals"
    TEXTS_TABLE = "texts_table"
    EXPECT_TABLE = "expect_table"
    DESIGN_TABLE = "design_table"
    IN_TABLE = "in_table"

    # own_rules
    NO_LETTERS = "no_letters"
    END_MISSING = "end_missing"

    # proof: where, what was read, what to do
    PAGE = "page"
    PICTURE = "picture"
    AT_SIZE = "at_size"
    AND_MORE = "and_more"
    NO_CODE = "no_code"
    NOTHING = "nothing"
    CORRECT_TEMPLATE = "correct_template"
    REPORT_IT = "report_it"

    # words: whose
    CAMPAIGN = "campaign"

    # tables: what a file is that is none, and what is told of one
    IS_WEB_PAGE = "is_web_page"
    IS_WEB_ARCHIVE = "is_web_archive"
    IS_XML_TABLE = "is_xml_table"
    IS_XML = "is_xml"
    IS_JSON = "is_json"
    IS_PDF = "is_pdf"
    IS_DOCUMENT = "is_document"
    IS_SLIDES = "is_slides"
    IS_NUMBERS = "is_numbers"
    IS_PICTURE = "is_picture"
    IS_ARCHIVE = "is_archive"
    IS_OLD_OFFICE = "is_old_office"
    ERRORS_LOOK_EMPTY = "errors_look_empty"

    # apart, photos, units_apart: what to do about a file that its reader did not survive
    SEND_UNITS = "send_units"
    PHOTO_AGAIN = "photo_again"

    # cli
    NO_FORMAT = "no_format"


class Code(FaultCode):
    """What a person can put right."""

    # shell
    DISK_FULL = "disk_full"
    DISK_FULL_AT = "disk_full_at"
    DISK_READ_ONLY = "disk_read_only"
    DISK_READ_ONLY_AT = "disk_read_only_at"
    DISK_BROKEN = "disk_broken"
    DISK_BROKEN_AT = "disk_broken_at"
    NO_TEMPORARY_FOLDER = "no_temporary_folder"
    FILE_ERROR = "file_error"
    INTERRUPTED = "interrupted"

    # files
    NO_SUCH_FILE = "no_such_file"
    EXCEL_WORKBOOK = "excel_workbook"
    NO_TEXT = "no_text"
    TOML_WIDE = "toml_wide"
    NO_TOML = "no_toml"

    # places
    READER_STOPPED = "reader_stopped"
    PIPE_UNREAD = "pipe_unread"
    CANNOT_WRITE = "cannot_write"
    CANNOT_WRITE_NO_FOLDER = "cannot_write_no_folder"
    OUT_IS_FOLDER = "out_is_folder"
    OUT_IS_DISK = "out_is_disk"
    OUT_IS_SOCKET = "out_is_socket"
    OUT_IS_INPUT = "out_is_input"
    OUT_IS_INPUT_TOO = "out_is_input_too"

    # replacing
    FILE_HELD = "file_held"
    FILES_HELD = "files_held"

    # stage
    FOLDER_BUSY = "folder_busy"

    # instance
    NO_CAMPAIGN = "no_campaign"
    NO_KEY_FILE = "no_key_file"
    NO_KEY = "no_key"
    KEY_SHORT = "key_short"
    KEY_REPEATS = "key_repeats"
    KEY_PLACEHOLDER = "key_placeholder"
    NO_ADDRESS = "no_address"
    ADDRESS_SCHEME = "address_scheme"
    ADDRESS_TOO_LONG = "address_too_long"
    ADDRESS_NOT_ASCII = "address_not_ascii"
    ADDRESS_HOST = "address_host"

    # campaign, registry
    PROBLEM = "problem"
    CAMPAIGN_PROBLEMS = "campaign_problems"

    # settings_file
    NO_CAMPAIGN_FILE = "no_campaign_file"
    TOML_SLIP = "toml_slip"
    TOML_SIGN = "toml_sign"
    STAGE_ENDS_FIRST = "stage_ends_first"
    NO_COLOUR = "no_colour"
    KEY_EMPTY = "key_empty"
    NO_LIST_OF_TEXTS = "no_list_of_texts"
    NO_CHOICE = "no_choice"
    NO_OFFSET = "no_offset"
    DATE_IS_TIME = "date_is_time"
    KEY_MISSING = "key_missing"
    KEY_OF_WRONG_TYPE = "key_of_wrong_type"
    KEY_MISSPELT = "key_misspelt"
    KEY_UNKNOWN = "key_unknown"
    UNFINISHED = "unfinished"

    # units_file
    CSV_UNREADABLE = "csv_unreadable"
    FILE_EMPTY = "file_empty"
    SHEETS_WITH_ROWS = "sheets_with_rows"
    CELL_WITHOUT_VALUE = "cell_without_value"
    HEADING_UNKNOWN = "heading_unknown"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    STRAY_CELL = "stray_cell"
    TOTALS_ROW = "totals_row"
    KIND_UNKNOWN = "kind_unknown"
    MODE_UNKNOWN = "mode_unknown"
    STATE_UNKNOWN = "state_unknown"
    PURPOSE_UNKNOWN = "purpose_unknown"
    ID_EMPTY = "id_empty"
    ID_MALFORMED = "id_malformed"
    TARGET_EMPTY = "target_empty"
    TARGET_OF_NONE = "target_of_none"
    TARGET_ZERO = "target_zero"
    ISSUE_OUT_OF_RANGE = "issue_out_of_range"
    CODE_ROUNDED = "code_rounded"
    CODE_MALFORMED = "code_malformed"
    NO_WHOLE_NUMBER = "no_whole_number"

    # placements
    PLACEMENT_OF_NONE = "placement_of_none"
    NO_PLACEMENT = "no_placement"
    PLACEMENT_TWICE = "placement_twice"
    LABEL_TOO_LONG = "label_too_long"
    LABEL_GLYPHS = "label_glyphs"

    # rules
    ENDS_FIRST = "ends_first"
    MARK_AFTER_END = "mark_after_end"
    SETTLES_BEFORE_END = "settles_before_end"
    ID_TWICE = "id_twice"
    NAME_EMPTY = "name_empty"
    NAME_TWICE = "name_twice"
    ALIAS_TWICE = "alias_twice"
    CODE_OF_NONE = "code_of_none"
    CODE_PREFIX = "code_prefix"
    CODE_TWICE = "code_twice"
    AREA_COLUMN = "area_column"
    UNIT_COLUMN = "unit_column"
    LINE_OF_NONE = "line_of_none"
    LINE_OF_NO_UNIT = "line_of_no_unit"
    BRANCH_EMPTY = "branch_empty"
    LINE_TWICE = "line_twice"
    COUNT_DIFFERS = "count_differs"
    TARGETS_OF_AREAS = "targets_of_areas"
    TARGETS_OF_LINES = "targets_of_lines"
    LINES_DO_NOT_ADD_UP = "lines_do_not_add_up"
    BANK_FORBIDDEN = "bank_forbidden"
    SLOGAN_LONG = "slogan_long"
    LED_LETTERS = "led_letters"
    KEY_SAYS = "key_says"
    POSTER_SAYS = "poster_says"
    TEXT_BREAKS = "text_breaks"
    TEXT_TOO_WIDE = "text_too_wide"
    OLD_STEP = "old_step"
    NOBODY_TO_RING = "nobody_to_ring"
    NO_HOST = "no_host"
    NO_HTTPS_ADDRESS = "no_https_address"
    HOST_NOT_ALLOWED = "host_not_allowed"
    LINK_MISSING = "link_missing"
    FINANCE_POINT = "finance_point"
    FINANCE_KIND = "finance_kind"
    TEXT_GLYPHS = "text_glyphs"
    NAME_GLYPHS = "name_glyphs"
    NAME_BREAKS = "name_breaks"
    NAME_LOST_LETTER = "name_lost_letter"

    # readiness
    WINDOW_ENDED = "window_ended"
    STAGE_OUTSIDE = "stage_outside"
    SAMPLE_SAYS = "sample_says"
    SAMPLE_CODES = "sample_codes"
    SAMPLE_UNITS = "sample_units"
    SAMPLE_BRANCHES = "sample_branches"
    NAME_DAMAGED = "name_damaged"
    NAMES_NEAR = "names_near"
    BANKS_NEAR = "banks_near"

    # own_rules
    POOR_CONTRAST = "poor_contrast"
    PICTURE_MISSING = "picture_missing"
    NO_PICTURE = "no_picture"
    FONT_UNREADABLE = "font_unreadable"
    DEAD_LINK = "dead_link"
    TEMPLATE_IS_FOLDER = "template_is_folder"
    TEMPLATE_UNUSED = "template_unused"
    NO_FOLDER = "no_folder"

    # artwork, pictures
    TEMPLATE_UNREADABLE = "template_unreadable"
    SVG_IN_INKS = "svg_in_inks"
    PICTURE_TOO_LARGE = "picture_too_large"
    PICTURE_OF_OTHER_KIND = "picture_of_other_kind"
    PICTURE_UNKNOWN = "picture_unknown"
    PICTURE_DAMAGED = "picture_damaged"
    PICTURE_NOT_DRAWN = "picture_not_drawn"
    SVG_NOT_DRAWN = "svg_not_drawn"

    # codewords, symbols
    NO_QR_CODE = "no_qr_code"
    UNREADABLE_CODE = "unreadable_code"

    # proof
    PAGES_DIFFER = "pages_differ"
    BELOW_GRADE_B = "below_grade_b"
    MODULES_TOO_SMALL = "modules_too_small"
    CODES_MISSING = "codes_missing"
    READS_OTHERWISE = "reads_otherwise"

    # printer, press
    FILE_TOO_LARGE = "file_too_large"
    SYMBOL_TOO_LARGE = "symbol_too_large"
    TEXT_TOO_SMALL = "text_too_small"
    PRINTER_ENDED = "printer_ended"

    # extras
    PRINT_NOT_INSTALLED = "print_not_installed"
    LETTERS_UNCHECKED = "letters_unchecked"

    # typesetter
    TEMPLATE_FAILS = "template_fails"

    # words
    POSTER_GLYPHS = "poster_glyphs"
    POSTERS_GLYPHS = "posters_glyphs"

    # new_command
    TABLE_UNFIT = "table_unfit"
    BANK_ANSWER = "bank_answer"

    # demo
    TARGET_EXISTS = "target_exists"

    # verdicts
    NO_STANDING = "no_standing"

    # posters
    NO_POSTERS = "no_posters"
    NOWHERE_TO_PRINT = "nowhere_to_print"
    ZIP_WITHOUT_FILES = "zip_without_files"
    FORMAT_IS_PICTURE = "format_is_picture"
    OPTION_IS_FOLDER = "option_is_folder"
    NAME_TAKEN = "name_taken"
    FOLDER_FOR_FILE = "folder_for_file"

    # cli
    OUT_NEEDS_FOLDER = "out_needs_folder"
    LOCAL_ADDRESS = "local_address"
    FORMAT_UNKNOWN = "format_unknown"
    COPIES_TOLD_NOWHERE = "copies_told_nowhere"
    COPIES_NO_NUMBER = "copies_no_number"
    FORMATS_NOT_MADE = "formats_not_made"
    CODE_NOT_FOUND = "code_not_found"
    CODE_UNREAD = "code_unread"
    EXPECTED_UNKNOWN = "expected_unknown"
    EXPECTED_MISSING = "expected_missing"
    REVOKED_NOT_ASKED = "revoked_not_asked"
    UNITS_UNKNOWN = "units_unknown"
    NO_UNITS = "no_units"
    NOTHING_CHOSEN = "nothing_chosen"
    NO_PLACEMENTS = "no_placements"

    # decode
    NOT_READABLE = "not_readable"
    PDF_UNREADABLE = "pdf_unreadable"
    PAGE_UNREADABLE = "page_unreadable"
    HEIC_NOT_INSTALLED = "heic_not_installed"
    PHOTO_TOO_LARGE = "photo_too_large"
    TOO_MANY_PAGES = "too_many_pages"

    # tables
    TABLE_EMPTY = "table_empty"
    TABLE_OTHER = "table_other"
    TABLE_LOCKED = "table_locked"
    TABLE_NO_TEXT = "table_no_text"
    TABLE_ENCODING = "table_encoding"
    TABLE_LINE_LONG = "table_line_long"
    TABLE_QUOTES = "table_quotes"
    TABLE_WIDE_LINE = "table_wide_line"
    TABLE_DAMAGED = "table_damaged"
    TABLE_UNPACKS = "table_unpacks"
    TABLE_TEXTS = "table_texts"
    TABLE_DOCTYPE = "table_doctype"
    TABLE_FAR_CELL = "table_far_cell"

    # apart
    NOT_READ = "not_read"
    READERS_BUSY = "readers_busy"
    READER_NOT_STARTED = "reader_not_started"
    READER_BROKE = "reader_broke"
    READER_BROKE_AT = "reader_broke_at"
    READER_BROKE_WITH = "reader_broke_with"
    READER_FLOODED = "reader_flooded"
    READER_TAKES_COMPUTING = "reader_takes_computing"
    READER_TAKES_LONG = "reader_takes_long"
    READER_TAKES_MEMORY = "reader_takes_memory"
    READER_DIED = "reader_died"
