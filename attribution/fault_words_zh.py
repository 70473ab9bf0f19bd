"""
What is said of each of `faults.Code` in Chinese, in the order of `fault_words_en`.

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
}
