# ruff: noqa: E501 (a table reads better in whole lines; Chinese has its own signs)
"""
The words of `faults.Code` in Chinese, in the order of `fault_words_en`.

`console=` is for the browser, where it wants another sentence than the shell.
"""
from attribution.faults import Code
from qrgen.faults import Words

NEWER = "请用升级它的那个程序，或更新的；`attribution migrate` 只能往前"

WORDS: dict[Code, Words] = {
    # --- cli
    Code.USAGE_MISSING: Words("缺少 {name}", "用法见 `{typed} --help`"),
    Code.USAGE_NO_SUCH_CHOICE: Words("{name}：没有这个选项", "可以写：{choices}"),
    Code.USAGE_NO_NUMBER: Words("{name}：不是整数", "请写数字；用法见 `{typed} --help`"),
    Code.USAGE_NO_SUCH_OPTION: Words("`{typed}` 没有参数 {name}", "用法见 `{typed} --help`"),
    Code.USAGE_NEAR_OPTION: Words(
        "`{typed}` 没有参数 {name}", "您要写的是 {known} 吗？用法见 `{typed} --help`"
    ),
    Code.USAGE_NO_COMMAND: Words("`{typed}` 后面写的不是它的命令", "用法见 `{typed} --help`"),
    Code.USAGE_NO_SUCH_COMMAND: Words("`{typed}` 没有命令 {name}", "用法见 `{typed} --help`"),
    Code.USAGE_NEAR_COMMAND: Words(
        "`{typed}` 没有命令 {name}", "您要写的是 {known} 吗？用法见 `{typed} --help`"
    ),
    Code.USAGE_TAKES_NO_VALUE: Words("{name} 后面不带值", "请去掉等号和后面的内容"),
    Code.USAGE_NEEDS_VALUE: Words("{name} 后面要带一个值", "用法见 `{typed} --help`"),
    Code.USAGE_COMMAND_MISSING: Words("`{typed}` 后面要写一个命令", "用法见 `{typed} --help`"),
    Code.USAGE_TOO_MUCH: Words("`{typed}` 后面写多了", "用法见 `{typed} --help`"),
    Code.NO_INSTANCE: Words("{path}：不是实例文件夹", "请先运行 `attribution init` 建一个"),
    Code.NO_TIME: Words(
        "{option}：看不出是什么时间", "请写成 2022-10-11 或 2022-10-11T09:30:00+08:00"
    ),
    Code.PASSWORDS_DIFFER: Words("两次输入的密码不一样", "请两次输入同一个密码"),
    Code.NO_SUCH_SIGN_IN: Words("账号 {name!r} 不存在或密码不对", "账号见 `attribution user list`"),
    Code.PASSWORD_HANDED_OVER: Words(
        "{name!r} 的密码是别人设的，不能证明是本人", "请先用它登录一次管理后台，换成自己的密码"
    ),
    Code.KEEP_ONE_COPY: Words("--keep 至少为 1"),
    Code.COPY_INTO_ITSELF: Words("--from 和 --to 是同一个数据库", "请写两个不同的数据库"),
    Code.COPY_INTERRUPTED: Words("复制中断：{problem}", "请再运行同一条命令，会接着复制"),
    Code.COPY_DIFFERS: Words(
        "有 {tables} 张表不一致", "请停下源库上的服务，再运行同一条命令，会接着复制"
    ),
    Code.COPY_UNSOUND: Words("查出 {findings} 处问题", "请运行 `attribution check` 查看"),
    Code.NO_LEDGER_FILE: Words("{option}：文件 {path} 不存在", "请写账本文件的位置"),
    Code.NO_DATABASE_URL: Words(
        "{option}：不是数据库地址", "请写成 sqlite:///文件 或 postgresql://…"
    ),
    Code.MAP_NOT_A_PAIR: Words("--map {pair}：应写成 字段=表头", "字段有：{fields}"),
    Code.MAP_TWO_FIELDS: Words("--map {pair}：两边都是字段名", "请先在文件里改掉这一列的表头"),
    Code.MAP_TWICE: Words("--map 写了两次 {field}", "每个字段只写一次"),
    Code.NO_SUCH_SOURCE: Words("没有记过来源 {source!r}", "请先用 --map 写一次它的列"),
    Code.ACCEPT_NOT_A_LINE: Words("--accept {text}：不是行号", "请写成 --accept 17,204"),
    Code.TOTAL_NOT_A_PAIR: Words("--total {pair}：应写成 名称=数", "请写成 --total rows=200"),
    Code.NO_ATTACHMENT: Words("{path}：打不开（{problem}）", "请写扫描件的位置"),
    Code.NO_SEAL_KEYS: Words("没有 keys/seals.keys", "请运行 `attribution init` 生成"),
    Code.ANOTHER_CAMPAIGN: Words("{given!r} 不是本次活动", "本次活动是 {campaign}"),
    Code.CLAIMS_WITHOUT_FACTS: Words("--claims 和 --facts 要一起写", "请两个都写，或都不写"),
    Code.OUT_MISSING: Words("缺少 --out", "请写结果存到哪个文件：--out FILE.csv"),
    Code.POLICY_MISSING: Words("缺少 --policy", "可以写：{policies}"),
    Code.PARTNER_HAS_KEY: Words("{name} 已有密钥", "请运行 attribution partner rotate {name}"),
    Code.PARTNER_HAS_NO_KEY: Words("{name} 还没有密钥", "请运行 attribution partner add {name}"),
    Code.NOTHING_RUNS: Words("{instance} 上没有服务在运行", "请运行 `attribution serve` 启动"),
    Code.RUNS_ELSEWHERE: Words(
        "本实例的服务在另一台机器或容器 {host!r} 上运行",
        "请到那里运行，如 `docker compose exec zhuanma attribution reload`",
    ),
    Code.CANNOT_RELOAD: Words(
        "{address} 用的是 waitress，不能换工作进程", "请重启服务来读取新设置"
    ),
    Code.SERVICE_JUST_ENDED: Words("{address} 刚刚停了", "原因请看它的日志"),
    Code.SERVICE_OF_ANOTHER: Words("{address} 由另一个系统用户运行", "请用那个用户或 root 运行"),
    Code.SERVICE_ENDED: Words("{address} 在重新加载时停了", "原因请看它的日志"),
    Code.RELOAD_REFUSED: Words("{address} 照旧运行：{why}", "{advice}"),
    Code.RELOAD_SILENT: Words(
        "{address} 过了 {seconds} 秒还没说重新加载成没成",
        "请看它的日志；新进程应答之前，旧进程照常服务",
    ),

    # --- facts
    Code.FIELD_PHONE: Words("手机号"),
    Code.FIELD_REGISTERED_AT: Words("注册时间"),
    Code.FIELD_CARD_BOUND_AT: Words("绑卡时间"),
    Code.FIELD_FIRST_TXN_AT: Words("首笔交易时间"),
    Code.FIELD_AS_OF: Words("数据日期"),
    Code.TOTAL_ROWS: Words("行数"),
    Code.TOTAL_REGISTERED: Words("注册"),
    Code.TOTAL_BOUND: Words("绑卡"),
    Code.TOTAL_PAID: Words("交易"),
    Code.HEADING: Words("{column} {heading}"),
    Code.ROW_SHORT: Words("这一行不完整：只有 {cells} 格，表头有 {width} 格"),
    Code.ROW_LONG: Words("这一行有 {cells} 格，表头只有 {width} 格"),
    Code.ROW_PHONE: Words("不是11位手机号（{digits} 位数字）"),
    Code.ROW_TIME: Words("{field}不是时间（{shape}）"),
    Code.FEED_ROW: Words("{file} 第 {line} 行：{problems:;}", console="第 {line} 行：{problems:;}"),
    Code.FEED_ROWS: Words("{file}：{rows} 行中有 {refused} 行读不懂，整个文件都没有导入。", "请改好这些行，或向平台再要一次；确实不要这些行，逐行写明放过：--accept {lines}", console="{rows} 行中有 {refused} 行读不懂，整个文件都没有导入。请改好这些行再上传。"),
    Code.FEED_MISSING: Words("{file}：没有这个文件", "请写平台给的 CSV 或 XLSX 文件的路径"),
    Code.FEED_EMPTY: Words("{file}：这是空文件", "请向平台再要一次", console="这是空文件，请重新上传。"),
    Code.FEED_NO_ROWS: Words("{file}：表头下面没有数据", "请向平台要完整的文件", console="表头下面没有数据，请向平台要完整的文件。"),
    Code.FEED_NOT_CSV: Words("{file}：不是 CSV 文件：{problem}", "请另存为 CSV UTF-8", console="{problem}"),
    Code.FEED_QUOTES: Words("{file} 第 {line} 行：{problem}", "请检查这一行的引号，或重新导出", console="第 {line} 行：{problem}"),
    Code.FEED_NOT_TEXT: Words("{file}：不是文本文件", "请给 CSV 或 XLSX 文件", console="不是 CSV 或 XLSX 文件。"),
    Code.FEED_ENCODING: Words("{file}：不是 UTF-8，也不是 GB18030", "请在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”", console="看不懂文件的编码，请在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”。"),
    Code.FEED_NOT_XLSX: Words("{file}：这个 XLSX 打不开", "请在 Excel/WPS 里另存一次", console="这个 XLSX 打不开，请在 Excel/WPS 里另存一次。"),
    Code.FEED_DAMAGED_XLSX: Words("{file}：这个 XLSX 打不开（{problem}）", "请在 Excel/WPS 里另存一次", console="这个 XLSX 打不开，请在 Excel/WPS 里另存一次。"),
    Code.FEED_UNPACKS: Words("{file}：解压后超过 {most} MB", "请只把数据行复制到新表里，或另存为 CSV UTF-8", console="这个 XLSX 解压后超过 {most} MB，没有导入。请只把数据行复制到新表里，或另存为 CSV UTF-8。"),
    Code.FEED_ROWS_ALONE: Words("请只把数据行复制到新表里（表格很远的地方可能有一个多余的格子），或另存为 CSV UTF-8"),
    Code.FEED_READER_BROKE: Words("{file}：读这个文件时出了错", "请只把数据行复制到新表里（表格很远的地方可能有一个多余的格子），或另存为 CSV UTF-8", console="读这个文件时出了错，没有导入。请在 Excel/WPS 里另存一次；还不行请联系管理员。"),
    Code.FEED_COLUMN_TWICE: Words("{file} 第 1 行：有几列都像是{field}：{columns}", "请写明是哪一列：--map {name}=表头", console="有几列都像是{field}：{columns}。请在“列对应”里写明是哪一列。"),
    Code.FEED_COLUMN_MISSING: Words("{file} 第 1 行：找不到这几列：{fields}（各列是：{headings:;}）", "请写明表头：{option}表头；没有表头的文件，请先加一行：{names}", console="找不到这几列：{fields}。第1行各列是：{headings:;}。请在“列对应”里写表头；没有表头的文件，请先加一行表头。"),
    Code.FEED_LONG: Words("{file}：超过 {most} 行", "是不是选错了文件？", console="超过 {most} 行，是不是选错了文件？"),
    Code.FEED_CHANGED: Words("{file}：读的时候文件变了", "请再试一次", console="读的时候文件变了，请再试一次。"),
    Code.FEED_LINE_SOUND: Words("{file}：第 {line} 行没有问题", "只能放过报告里列出的行", console="第 {line} 行没有问题，不用放过。"),
    Code.FEED_TOTAL_UNKNOWN: Words("没有合计“{name}”", "可以用的：{names}"),
    Code.FEED_TOTAL_DIFFERS: Words("{file}：文件里{total}是 {found}，平台给的合计是 {told}", "文件不完整，请向平台再要一次", console="文件里是 {found}，平台给的合计是 {told}（{total}），文件不完整，请再要一次。"),
    Code.FEED_SECOND_PERSON: Words("本活动的对账文件要由第二个人确认。", "请用 --by 写您的账号，再请另一个人运行 `attribution feed confirm`"),
    Code.FEED_NOT_ASKED: Words("还没有人用批次号 {batch} 提交过这个文件。", "先由另一个人运行：attribution feed import 文件 --batch 批次号 --by 账号", console="还没有人提交过这个文件。"),
    Code.FEED_OWN_QUESTION: Words("这是 {by} 自己提出的，要由另一个人确认。", console="这是您自己提出的，要由另一个人批准。"),
    Code.FEED_LOSSES: Words("这个文件会减少或改动 {before} 个有效新用户中的 {gone} 个，所以没有导入。", "请先核对（--dry-run --report 文件）；确实无误，加 --allow-losses", console="这个文件会减少或改动 {before} 个有效新用户中的 {gone} 个，所以没有导入。请先核对；确实无误，勾选“允许大量减少”再试算。"),
    Code.FEED_GIVEN_UP: Words("这次导入停得太久，已经作废。", "请再试一次", console="这次导入停得太久，已经作废，请再试一次。"),
    Code.BATCH_TAKEN: Words("批次号 {batch} 已经用过。"),
    Code.BATCH_OTHER: Words("批次号 {batch} 已经用过，而内容不同。", "更正数据请另起一个批次号：--batch 批次号", console="批次号 {batch} 已经用过，而内容不同。更正数据请另起一个批次号。"),
    Code.DIFFERENCE_SETTLED: Words("后来的批次 {batch} 已对上"),
    Code.USERS_MISSING: Words("{file}：没有这个文件", "请写平台给的用户名单"),
    Code.USERS_ROWS: Words("{file}：有几行读不懂，整个名单都没有导入", "请改好这些行，或向平台再要一次"),
    Code.USERS_NO_ROWS: Words("{file}：表头下面没有数据", "请向平台再要一次名单"),
    Code.PARTNER_NAME: Words("{name} 不能作合作方的名字", "只能用小写字母、数字和 -"),
    Code.PARTNER_KEY_UNKNOWN: Words("没有在用的密钥 {key}", "请看 `attribution partner list`"),
    Code.SEAL_KEYS_MISSING: Words("没有 keys/seals.keys", "请运行 `attribution init` 生成"),
    Code.DIFFERENCE_UNKNOWN: Words("没有待查的差异 {difference}", "请看 `attribution feed differences`"),
    Code.HASH_OPTION: Words("--hash 写得不对", "请写 sha256:盐 或 sm3:盐"),
    Code.HASH_OTHER: Words(
        "这个文件的哈希算法和登记时用的不一样",
        "登记按 config.toml 的 [facts] 计算；请平台按同一算法重新提供",
    ),
    Code.COUNTS_ROWS: Words(
        "{file}：有 {count} 行看不懂，所以没有导入", "请改好后把整个文件再导入一次"
    ),
    Code.COUNTS_ROW: Words("{file}:{line}：{column}看不懂"),
    Code.COUNTS_MISSING: Words(
        "{file}：不是汇总数表",
        "请另存为 CSV UTF-8，要有 网点（或单位）、日期，以及 注册、绑卡、交易 中至少一列",
    ),
    Code.COUNTS_SOURCE: Words("--source 没有写数据来源，或写得太长", "请写平台的名称"),
    Code.COUNTS_PLACE: Words("单位或网点"),
    Code.MASKED_HEADLESS: Words(
        "有 {count} 名登记人没有留存号码前三位，无法按掩码对人",
        "请平台提供完整号码或哈希",
    ),

    # --- resident
    Code.SENDER_KIT: Words("one_time.sender 是 {sender}，而它的程序包没有安装", "请安装：pip install 'zhuanma[{sender}]'"),
    Code.OPTION_TIMEOUT: Words("config.toml：newness.timeout_s 要在 0.1 到 10 之间", "例如 timeout_s = 2"),
    Code.OPTION_URL: Words("config.toml：缺 newness.url", '请写 url = "https://…"'),
    Code.OPTION_SENDER_NEEDS: Words("config.toml：用 {sender} 发短信，缺 one_time.{option}", '请在 [one_time] 下写 {option} = "…"'),
    Code.OPTION_NO_KEY: Words("{file}：里面没有密钥", "请把平台给您的密钥写在里面"),
    Code.OPTION_NO_TABLE: Words("config.toml：{table} 是一节，不是一个值", "请另起一行写 [{table}]"),
    Code.OPTION_CHOICE: Words("config.toml：{option} 写的是{shape}", "只能是其中之一：{choices}"),
    Code.OPTION_UNKNOWN: Words("config.toml：没有设置 {table}.{option}", "可以用的：{known}"),
    Code.OPTION_NO_NUMBER: Words("config.toml：{option} 写的是{shape}", "请写整数，例如 {usual!r}"),
    Code.OPTION_NO_TEXT: Words("config.toml：{option} 写的是{shape}", "请写文字，例如 {usual!r}"),
    Code.OPTION_NO_RATE: Words("config.toml：limits.{option} 不是速率，写的是{shape}", '请这样写："60 per 10 minutes; 300 per day"'),

    # --- office
    Code.ACCOUNT_NAME: Words("账号名为 1 到 40 个字符，不能有空格和冒号。"),
    Code.ACCOUNT_ROLE: Words("没有角色 {role}", "可以用的角色：{roles}", console="请选一个角色。"),
    Code.ACCOUNT_TAKEN: Words("账号 {account} 已经有了。", "请看 `attribution user list`"),
    Code.ACCOUNT_UNKNOWN: Words("没有账号 {account}。", "请看 `attribution user list`"),
    Code.PASSWORD_SHORT: Words("密码至少 {least} 个字符。"),
    Code.PASSWORD_PLAIN: Words("密码不能含账号名，也不能总是重复几个字符。"),
    Code.PASSWORD_KINDS: Words("密码要含大写字母、小写字母、数字、符号中的至少三种。"),
    Code.ROLE_NEEDS_UNIT: Words("角色 {role} 要有单位", "请写一个单位，例如 --scope A01", console="这个角色要填至少一个单位编号。"),
    Code.ROLE_FOR_ALL: Words("角色 {role} 管所有单位", "请去掉 --scope", console="这个角色管所有单位，请不要填单位编号。"),
    Code.ROLE_OTHER_UNIT: Words("{unit} 不是角色 {role} 能管的单位", "要填 {kind} 类单位的编号", console="{unit} 不是这个角色能管的单位。"),
    Code.UNIT_UNKNOWN: Words("没有单位 {unit}。", "请看 `attribution units list`"),
    Code.UNIT_ISSUE_UNKNOWN: Words("{unit} 没有第 {issue} 期二维码。", "有第 1 期到第 {latest} 期"),
    Code.UNITS_FILE: Words("{problem}", "换发要用实例文件夹里的活动副本"),
    Code.ROW_UNKNOWN: Words("没有这个流水号的记录。", "请用 `attribution trace 后四位@日期` 查"),
    Code.CORRECTION_KIND: Words("没有更正 {kind}", "可以用的：{kinds}", console="请选更正的种类和原因。"),
    Code.CORRECTION_REASON: Words("没有原因 {reason}", "可以用的：{reasons}", console="请选更正的种类和原因。"),
    Code.CORRECTION_UNKNOWN: Words("没有更正 {correction}。", "请看 `attribution correct list`"),
    Code.CORRECTION_ANSWERED: Words("更正 {correction} 已由 {by} 处理过了。", console="这条更正已由 {by} 处理过了。"),
    Code.CORRECTION_WITHOUT_UNIT: Words("这种更正不用填单位。"),
    Code.CORRECTION_VAIN: Words("{kind} 现在不起作用：{reason}", "请看 `attribution trace`", console="这样更正现在不起作用，请先看清归属和原因。"),
    Code.CORRECTION_SAME: Words("现在的归属已经是 {stands}，不用更正。"),
    Code.NOTE_MISSING: Words("更正要有说明", "请写查了什么，依据什么", console="请写说明：查了什么，依据什么。"),
    Code.NOTE_NUMBER: Words("说明里有手机号", "请用后四位", console="说明里不要写手机号，用后四位。"),
    Code.ATTACHMENT: Words("附件要写它的 SHA-256", "64 位十六进制数字"),
    Code.OWN_QUESTION: Words("这是 {by} 自己提出的，要由另一个人批准。", console="这是您自己提出的，要由另一个人批准。"),
    Code.CLAIM_UNKNOWN: Words("{row} 不是登记的流水号。", "请写登记的流水号"),
    Code.CLAIM_WITHDRAWN: Words("这条登记已由本人撤回。"),
    Code.CLAIM_HELD: Words("这条登记已经在待核查。"),
    Code.CLAIM_NOT_HELD: Words("这条登记不在待核查。"),
    Code.APPEAL_EMPTY: Words("请写明是哪一笔，以及说明。"),
    Code.APPEAL_UNKNOWN: Words("没有这条申诉。"),
    Code.APPEAL_DECIDED: Words("这条申诉已由 {by} 处理过了。"),
    Code.APPEAL_DECIDED_MEANWHILE: Words("这条申诉刚由别人处理过了。"),
    Code.PERIOD_REQUEST_UNKNOWN: Words("没有这个锁定申请。", "请看 `attribution period list`"),
    Code.PERIOD_OWN_REQUEST: Words("这是 {by} 自己提出的，要由另一个人批准。", console="这是您自己提出的，要由另一个人批准。"),
    Code.PERIOD_LOCKED: Words("{day} 之前已经锁定。"),
    Code.PERIOD_UNKNOWN: Words("没有在 {day} 之前结束的一期。", "请看 `attribution period list`"),
    Code.PERIOD_NO_DAY: Words("一期要在一天结束时结束", "请写 --until 2026-11-01", console="请填一个日期。"),
    Code.PERIOD_SOON: Words("{day} 太早：对账文件在一期结束后七天内还可能来，请过了七天再锁定。", "请在 {since} 或以后锁定"),
    Code.TRACE_DAY: Words("{last4}@ 后面不是日期：{shape}", "请写 1234@2022-10-11"),
    Code.TRACE_WHAT: Words("{shape}：不是流水号，不是“后四位@日期”，也不是回执号", "例如 1234@2022-10-11 或 7K3F9-Q2M5X"),
    Code.TRACE_NOBODY: Words("没有找到这个人。", "流水号在 `attribution export claims` 的各列里"),

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
    Code.FACTS_TABLE: Words(
        "看不懂 [facts]",
        '请写 hash = "sha256"（或 "sm3"）、salt = "…"；盐在前面的，再写 salt_first = true',
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
    Code.RECIPE_MISSING: Words(
        "本活动采用哈希号码，但没有写明怎样计算",
        "请在 config.toml 写 [facts]：hash 和 salt，照平台给的填",
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
    Code.DAY_UNREADABLE: Words("请填一个日期。", "例如 2026-11-01"),
}
