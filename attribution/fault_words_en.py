"""What is wrong and what to do, in English: for shells, logs and the API."""
from attribution.faults import Code
from qrgen.faults import Words

NEWER = "use the program that migrated it, or a newer one; `attribution migrate` leads only forward"

WORDS = {
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
    Code.NOT_SETTLED: Words(
        "the campaign settles until {day}",
        "after that, when appeals are closed, nobody can be found any more",
    ),
    Code.PEPPER_ELSEWHERE: Words(
        "{file}: the pepper is not there",
        "destroy it where it is kept, and say so in writing",
    ),
    Code.UNDECIDED: Words(
        "not everything is decided: {what}",
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
    # --- proof
    Code.AUDIT_BROKEN: Words("the seal is broken: {faults:;}"),
    Code.AUDIT_ENTRIES_MISSING: Words("entries {first} to {last} are missing"),
    Code.AUDIT_ENTRY_CHANGED: Words("entry {entry} was changed"),
    Code.AUDIT_SEAL_DIFFERS: Words("the seal does not match entry {entry}"),
    Code.SEALING_ALREADY: Words("another seal is being made", "try again"),
    Code.EXPORT_MISSING: Words("{file}: no such file"),
    Code.EXPORT_UNKNOWN: Words(
        "{file}: not a file that was exported here, or altered since",
        "export it again, and compare",
    ),
    Code.EXPORT_ALTERED: Words(
        "{file}: not a file that was exported here, or altered since",
        "it says {mark}: an altered copy? export it again, and compare",
    ),
    Code.FILE_UNSOUND: Words("{problem}"),
    Code.SCAN_LISTS_DIFFER: Words("{count} scans differ from the units' lists: rebuild --tallies"),
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
    Code.ROW_CHANGED: Words("{log} {row} was changed since seal {seal}"),
    Code.ROW_MISSING: Words("{log} {row} is missing since seal {seal}"),
    Code.ROW_UNREGISTERED: Words("{log} {row} was added behind the registry's back"),
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
    Code.WHATIF_PERSON_TWICE: Words("a second row for one person; merge them first"),
    Code.WHATIF_EMPTY: Words("{column} is empty"),
    Code.WHATIF_NO_TIME: Words("{reason}"),
    Code.WHATIF_NO_TIME_IN: Words("{column}: {reason}"),
    Code.WHATIF_NO_TRUTH: Words("{column} must be 1 or 0, not {shape}"),
    Code.WHATIF_NO_COLUMN: Words("{file}:1: no column {missing}", "the columns are {columns}"),
    Code.WHATIF_UNREADABLE: Words("{file}: {reason}", "give a CSV file that can be read"),
    Code.WHATIF_NO_TEXT: Words("{file}: not text in UTF-8", "save it as CSV in UTF-8"),
    Code.WHATIF_NO_CSV: Words("{file}: {reason}", "save it as CSV in UTF-8"),
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
    Code.NO_PSYCOPG: Words(
        "PostgreSQL needs psycopg: pip install 'zhuanma[postgres]'",
        "correct `database` in config.toml",
    ),
    Code.DATABASE_LACKS: Words("the database lacks {steps}", "run `attribution migrate`"),
    Code.LEDGER_NEWER: Words(
        "the ledger stands at {newest}, this program knows no step after {known}",
        NEWER,
    ),
    Code.DATABASE_CLOSED: Words(
        "the database cannot be opened: {error}",
        "run `attribution init` first, or check `database` in config.toml",
    ),
    # --- web
    Code.PURPOSE_MISSING: Words("a download needs a purpose"),
}
