# ruff: noqa: E501 (a table reads better in whole lines; Chinese has its own signs)
"""
The words of `faults.Code` in Chinese, in the order of `fault_words_en`.

`console=` is for the browser, where it wants another sentence than the shell.
"""
from attribution.faults import Code
from qrgen.faults import Words

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
    Code.NO_SUCH_ACCOUNT: Words("没有账号 {name!r}", "账号见 `attribution user list`"),
    Code.CITUS_NEEDS_POSTGRESQL: Words(
        "--citus 只用于 PostgreSQL", "请把 `database` 设为协调节点的地址"
    ),
    Code.CITUS_REFUSES: Words(
        "各表无法分布到节点上：{problem}", "请连接 Citus 集群的协调节点；见 docs/scale.md"
    ),
    Code.KEEP_ONE_COPY: Words("--keep 至少为 1", "请至少保留一份备份"),
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
    Code.NO_OPEN_DIFFERENCE: Words(
        "没有待查的差异 {difference}", "请运行 `attribution feed differences` 查看"
    ),
    Code.NO_ATTACHMENT: Words("{path}：打不开（{problem}）", "请写扫描件的位置"),
    Code.NO_SEAL_KEYS: Words("没有 keys/seals.keys", "请运行 `attribution init` 生成"),
    Code.ANOTHER_CAMPAIGN: Words("{given!r} 不是本次活动", "本次活动是 {campaign}"),
    Code.CLAIMS_WITHOUT_FACTS: Words("--claims 和 --facts 要一起写", "请两个都写，或都不写"),
    Code.OUT_MISSING: Words("缺少 --out", "请写结果存到哪个文件：--out FILE.csv"),
    Code.POLICY_MISSING: Words("缺少 --policy", "可以写：{policies}"),
    Code.PARTNER_HAS_KEY: Words("{name} 已有密钥", "请运行 attribution partner rotate {name}"),
    Code.PARTNER_HAS_NO_KEY: Words("{name} 还没有密钥", "请运行 attribution partner add {name}"),
    Code.NO_OPEN_KEY: Words("没有在用的密钥 {key!r}", "请运行 `attribution partner list` 查看"),
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
    Code.FEED_NOT_CSV: Words("{file}：不是 CSV 文件：{problem}", "请另存为 CSV UTF-8"),
    Code.FEED_QUOTES: Words("{file} 第 {line} 行：{problem}", "请检查这一行的引号，或重新导出", console="第 {line} 行：{problem}"),
    Code.FEED_NOT_TEXT: Words("{file}：不是文本文件", "请给 CSV 或 XLSX 文件", console="不是 CSV 或 XLSX 文件。"),
    Code.FEED_ENCODING: Words("{file}：不是 UTF-8，也不是 GB18030", "请在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”", console="看不懂文件的编码，请在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”。"),
    Code.FEED_NOT_XLSX: Words("{file}：这个 XLSX 打不开", "请在 Excel/WPS 里另存一次", console="这个 XLSX 打不开，请在 Excel/WPS 里另存一次。"),
    Code.FEED_DAMAGED_XLSX: Words("{file}：这个 XLSX 打不开（{problem}）", "请在 Excel/WPS 里另存一次", console="这个 XLSX 打不开，请在 Excel/WPS 里另存一次。"),
    Code.FEED_UNPACKS: Words("{file}：解压后超过 {most} MB", "请只把数据行复制到新表里，或另存为 CSV UTF-8", console="这个 XLSX 解压后超过 {most} MB，没有导入。请只把数据行复制到新表里，或另存为 CSV UTF-8。"),
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
}
