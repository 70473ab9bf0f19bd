# ruff: noqa: E501 (a table reads better in whole lines; Chinese has its own signs)
"""The words of `faults.Code` in Chinese: for the shell, and for the console."""
from attribution.faults import Code
from qrgen.faults import Words

WORDS: dict[Code, Words] = {
    # --- facts --------------------------------------------------------------------------------
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
    # --- end of facts -------------------------------------------------------------------------

    # --- resident -----------------------------------------------------------------------------
    Code.SENDER_KIT: Words("one_time.sender 是 {sender}，而它的程序包没有安装", "请安装：pip install 'zhuanma[{sender}]'"),
    # --- end of resident ----------------------------------------------------------------------
}
