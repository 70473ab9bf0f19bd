"""What is wrong and what to do, in Chinese: for shells, and for the console where it says so."""
from attribution.faults import Code
from qrgen.faults import Words

NEWER = "请用升级它的那个程序，或更新的；`attribution migrate` 只能往前"

WORDS = {
    # --- upkeep
    Code.LEDGER_NO_FILE: Words(
        "账本不是一个文件",
        "请用数据库服务器自己的备份工具，见 docs/deploy.md",
    ),
    Code.COPY_IS_LEDGER: Words("{file} 就是账本本身", "请换一个文件"),
    Code.COPY_UNWRITABLE: Words("{file}：{error}", "请选一个已有的、放得下一份备份的文件夹"),
    Code.COPY_MISSING: Words("没有文件 {file}", "请写 `attribution backup` 写出的文件"),
    Code.LEDGER_IN_USE: Words("账本正在使用", "请先停掉服务和所有命令，再试一次"),
    Code.RESTORE_FAILED: Words("{file}：{reason}", "请看磁盘是否放得下两份账本"),
    Code.COPY_FOREIGN: Words("{file} 里没有本活动的单位", "请看是不是拿错了文件"),
    Code.COPY_NO_LEDGER: Words("{file} 不是完好的账本：{error}"),
    Code.BACKUP_UNSOUND: Words(
        "{file} 有问题：{question}：{finding}",
        "一共 {count} 处，请换一份更早的备份",
    ),
    Code.COPIES_FOLDER_MISSING: Words(
        "没有文件夹 {folder}",
        "请建好它，不要和账本放在同一块磁盘上",
    ),
    Code.SOURCE_NEWER: Words(
        "来源账本由更新的程序升级过：账本在 {newest}，本程序只认到 {known}",
        NEWER,
    ),
    Code.TARGET_NEWER: Words(
        "目标账本由更新的程序升级过：账本在 {newest}，本程序只认到 {known}",
        NEWER,
    ),
    Code.SOURCE_LACKS: Words("来源账本还没有升级：{steps}", "请先对它运行 `attribution migrate`"),
    Code.TARGET_FURTHER: Words(
        "表 {table}：目标有 {there} 行，来源只有 {here} 行",
        "目标比来源还新：--from 和 --to 是不是写反了？",
    ),
    Code.KEY_OF_ANOTHER: Words(
        "{file} 属于这台机器的另一个账户（uid {owner}）",
        "chown {me} {file}",
    ),
    Code.INSTANCE_UNWRITABLE: Words("{folder}：{reason}", "请选一个能写入的文件夹"),
    Code.NOT_SETTLED: Words(
        "本活动结算到 {day} 为止",
        "请在那以后、申诉都办完了再做；做完以后谁也查不到了",
    ),
    Code.PEPPER_ELSEWHERE: Words("{file}：密钥不在这里", "请在存放它的地方销毁，并书面写明"),
    Code.UNDECIDED: Words("还有事情没有办完：{what}", "请先办完；做完以后谁也查不到了"),
    Code.NOT_DISTRIBUTABLE: Words(
        "数据表不能分布：{error}",
        "请连到 Citus 集群的协调节点，见 docs/scale.md",
    ),
    Code.NOT_POSTGRESQL: Words("--citus 只用于 PostgreSQL", "请把 `database` 设为协调节点的地址"),
    # --- proof
    Code.AUDIT_BROKEN: Words("审计日志不完整，不能导出：{faults:;}。请保护现场，联系系统管理员。"),
    Code.AUDIT_ENTRIES_MISSING: Words("缺第 {first} 到 {last} 条"),
    Code.AUDIT_ENTRY_CHANGED: Words("第 {entry} 条被改过"),
    Code.AUDIT_SEAL_DIFFERS: Words("末尾的链值和第 {entry} 条对不上"),
    Code.SEALING_ALREADY: Words("正在做另一个封印", "请再试一次"),
    Code.EXPORT_MISSING: Words("没有文件 {file}"),
    Code.EXPORT_UNKNOWN: Words(
        "{file}：不是从这里导出的文件，或者导出后被改过",
        "请再导出一次，两份对比",
    ),
    Code.EXPORT_ALTERED: Words(
        "{file}：不是从这里导出的文件，或者导出后被改过",
        "它写着 {mark}：是不是改过的副本？请再导出一次，两份对比",
    ),
    Code.FILE_UNSOUND: Words("账本文件有问题：{problem}"),
    Code.SCAN_LISTS_DIFFER: Words("{count} 次扫码和各单位的清单不一致：请运行 rebuild --tallies"),
    Code.NOTHING: Words("没有"),
    Code.NO_UNIT: Words("没有单位"),
    Code.PERSON_OF_NOTHING: Words("{person} 既没有登记，也没有事实"),
    Code.STANDING_DIFFERS: Words("{person} 现在记为 {kept}，按规则应为 {due}"),
    Code.CREDIT_LOG_DIFFERS: Words("{person} 现在记为 {kept}，归属记录是 {logged}"),
    Code.CREDIT_WITHOUT_CLAIM: Words("{unit} 的归属 {credit}：没有这条登记"),
    Code.CREDIT_WITHOUT_FACT: Words("{unit} 的归属 {credit}：没有事实"),
    Code.CREDIT_TWICE: Words("{unit} 的归属 {credit}：同一个人的第二条"),
    Code.CORRECTION_BY_ONE: Words("更正 {adjustment}（{kind}）不是两个人一致同意的"),
    Code.TALLY_DIFFERS: Words("{unit} 在 {day} 的 {kind}：记的是 {kept}，应为 {due}"),
    Code.ROLL_UPS_DIFFER: Words("{kind} 按乡镇、按银行、按单位加起来不一样：{sums}"),
    Code.TERMS_CHANGED: Words("规则版本 {version} 的内容变了"),
    Code.TERMS_UNKNOWN: Words("归属 {credit}：有 {count} 条按不认识的规则 {terms} 判定"),
    Code.PERIOD_INCOMPLETE: Words("到 {until} 为止的一期：有 {found} 个数，锁定时是 {rows} 个"),
    Code.PERIOD_GAP: Words("到 {until} 为止的一期从 {since} 开始，上一期到 {before} 为止"),
    Code.SECOND_STEP_OPEN: Words("{account} 的两步验证没有加密：请运行 `attribution migrate`"),
    Code.SECOND_STEP_FOREIGN: Words(
        "{account} 的两步验证用的是另一把密钥：请把 keys/second.keys 放回来，或运行"
        " `attribution user second-step-off NAME`",
    ),
    Code.SEAL_MISSING: Words("缺第 {seal} 号封印"),
    Code.SEAL_BEFORE_MISSING: Words("第 {seal} 号封印之前缺一个封印"),
    Code.SEAL_UNCHAINED: Words("第 {seal} 号封印和前一个接不上"),
    Code.SEAL_OF_NO_DIGEST: Words("第 {seal} 号封印没有写明算法：{digest}"),
    Code.SEAL_CHANGED: Words("第 {seal} 号封印被改过，或者不是用本实例的密钥做的"),
    Code.SEAL_PAGES_CHANGED: Words("第 {seal} 号封印的内容被改过"),
    Code.SEAL_OF_NO_LOG: Words("第 {seal} 号封印里有不存在的表 {log!r}"),
    Code.ROW_ADDED: Words("{log} {row} 是封印以后补进去的"),
    Code.ROW_CHANGED: Words("{log} {row} 在第 {seal} 号封印以后被改过"),
    Code.ROW_MISSING: Words("{log} {row} 在第 {seal} 号封印以后不见了"),
    Code.ROW_UNREGISTERED: Words("{log} {row} 是绕过登记加进去的"),
    # --- reports
    Code.ALARMS_NO_TABLE: Words("alarms 要写成一节", "请写 [alarms]，下面写各个界限"),
    Code.ALARM_UNKNOWN: Words("[alarms] 里没有 {name}", "可以写 {names}"),
    Code.ALARM_OUT_OF_RANGE: Words(
        "alarms.{name} 要写 {least} 到 {most} 的整数",
        "请在 config.toml 里改好",
    ),
    Code.WHATIF_ROWS: Words("这两个文件现在没法判定", "请改好这些行"),
    Code.WHATIF_ROW: Words("{file} 第 {line} 行：{problem}"),
    Code.WHATIF_PERSON_TWICE: Words("同一个人有第二行，请先合并"),
    Code.WHATIF_EMPTY: Words("{column} 是空的"),
    Code.WHATIF_NO_TIME: Words("时间读不懂：{reason}"),
    Code.WHATIF_NO_TIME_IN: Words("{column} 的时间读不懂：{reason}"),
    Code.WHATIF_NO_TRUTH: Words("{column} 要写 1 或 0"),
    Code.WHATIF_NO_COLUMN: Words("{file} 第 1 行没有这几列：{missing}", "各列是 {columns}"),
    Code.WHATIF_UNREADABLE: Words("{file}：{reason}", "请给一个能读的 CSV 文件"),
    Code.WHATIF_NO_TEXT: Words("{file}：不是 UTF-8 的文字", "请另存为 CSV UTF-8"),
    Code.WHATIF_NO_CSV: Words("{file}：不是 CSV：{reason}", "请另存为 CSV UTF-8"),
    # --- serving
    Code.WORKERS_TOO_FEW: Words("--workers 至少是 1"),
    Code.WORKER_SILENT: Words(
        "新的工作进程 {seconds} 秒内没有应答",
        "请看数据库是否应答、内存是否不够",
    ),
    Code.WORKER_ENDED: Words(
        "新的工作进程没有应答就结束了（{how}）",
        "原因可能在日志最后几行；也可能是内存不够",
    ),
    Code.TLS_UNUSABLE: Words(
        "tls_certificate 和 tls_key 不能用：{reason}",
        "两个都要是 PEM：证书带上证书链，密钥是它自己的、不设密码",
    ),
    Code.TLS_UNREADABLE: Words(
        "tls_certificate 或 tls_key 读不了：{reason}",
        "请让服务的账户能读 {certificate} 和 {key}",
    ),
    Code.TLS_NEEDS_GRANIAN: Words(
        "这个系统没有 granian，而 waitress 不支持 TLS",
        "请从 config.toml 里去掉 tls_certificate，在前面放一个网页服务器",
    ),
    Code.UNFORESEEN: Words(
        "{kind}：{text}",
        "程序或它依赖的东西出了错；`attribution check` 也许能说明更多",
    ),
    Code.UNFORESEEN_FILE: Words("{file}：{reason}"),
    Code.CANNOT_LISTEN: Words(
        "不能在 {address} 上监听：{reason}",
        "请写这台机器的地址和 1 到 65535 的端口",
    ),
    Code.PORT_TAKEN: Words(
        "不能在 {address} 上监听：{reason}",
        "以前启动的服务还在运行，或者是别的程序：请停掉它，或用 --port {other} 换一个端口",
    ),
    Code.PORT_PRIVILEGED: Words(
        "不能在 {address} 上监听：{reason}",
        "1024 以下的端口归管理员：请换大一些的，例如 --port 8000，前面放一个网页服务器",
    ),
    Code.ADDRESS_ELSEWHERE: Words(
        "不能在 {address} 上监听：{reason}",
        "请用 --host 写这台机器的地址",
    ),
    # --- settings
    Code.SETTING_UNKNOWN: Words("{file}：没有设置 {name}", "可以设置 {names}"),
    Code.SETTING_NO_TEXT: Words("config.toml：{name} 要写成文字", '请写 {name} = "…"'),
    Code.SETTING_NO_CHOICE: Words("config.toml：{name} 写得不对", "可以写 {choices}"),
    Code.SETTING_NO_NUMBER: Words(
        "{name} 要写 {least} 到 {most} 的整数",
        "请在 config.toml 或环境变量里改好 {name}",
    ),
    Code.SETTING_NO_NETWORKS: Words(
        "config.toml：{name} 要写地址或网段的列表，不能是 {given}",
        '请写 {name} = ["10.1.2.3", "10.1.4.0/24"]',
    ),
    Code.SETTING_NO_HOSTS: Words(
        "known_hosts 要写主机名（可带端口）的列表，不带 https://",
        '请在 config.toml 里写 known_hosts = ["ysf.example.gov.cn"]',
    ),
    Code.SETTING_FILE_MISSING: Words("{name}：没有文件 {file}", "请在 config.toml 里改好 {name}"),
    Code.SHARED_FOLDER_MISSING: Words(
        "shared_folder：没有文件夹 {folder}",
        "请建好它，所有节点用同一个，权限 0700",
    ),
    Code.TLS_HALF: Words(
        "tls_certificate 和 tls_key 要一起写",
        "请在 config.toml 里两个都写，或都不写",
    ),
    Code.DIGEST_UNKNOWN: Words(
        "digest 只能是 {digests}",
        '请在 config.toml 里写 digest = "sha256"',
    ),
    Code.DIGEST_MISSING: Words(
        "这个 Python 的 OpenSSL 没有 {digest}",
        '请在 config.toml 里写 digest = "sha256"',
    ),
    Code.NODES_NEED_REDIS: Words(
        "nodes = {nodes}，却没有 redis_url：各节点会各数各的限额",
        '请在每个节点的 config.toml 里写同一个 redis_url = "redis://…"',
    ),
    Code.NODES_NEED_SERVER: Words(
        "nodes = {nodes}，数据库却是这台机器上的文件",
        '请写 database = "postgresql://…"；用 `attribution copy` 搬账本',
    ),
    Code.NO_ENGINE: Words(
        "没有 {scheme} 这种数据库：请写 sqlite:///FILE 或 postgresql://…",
        "请在 config.toml 里改好 `database`",
    ),
    Code.NO_PSYCOPG: Words(
        "PostgreSQL 需要 psycopg：pip install 'zhuanma[postgres]'",
        "请装好它，或在 config.toml 里改好 `database`",
    ),
    Code.DATABASE_LACKS: Words(
        "数据库要升级：{steps}",
        "请运行 `attribution migrate`",
        console="数据库要升级，请联系管理员。",
    ),
    Code.LEDGER_NEWER: Words("账本在 {newest}，本程序只认到 {known}", NEWER),
    Code.DATABASE_CLOSED: Words(
        "数据库打不开：{error}",
        "请先运行 `attribution init`，或看 config.toml 里的 `database`",
    ),
    # --- web
    Code.PURPOSE_MISSING: Words("请写明用途：这张表里有个人信息，每次下载都要记录用途。"),
}
