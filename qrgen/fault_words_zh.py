# ruff: noqa: E501 (a text reads better in one line)
"""The faults of `qrgen` in Chinese: for the shell and, where it differs, for the console."""
from collections.abc import Mapping

from qrgen.fault_codes import Code, Term, UnitWord
from qrgen.faults import FaultCode, Words

WORDS: Mapping[FaultCode, Words] = {
    UnitWord.AREA: Words("乡镇（社区）"),
    UnitWord.LINE: Words("对接明细"),
    UnitWord.DEPARTMENT: Words("部门"),
    UnitWord.BANK: Words("银行"),
    UnitWord.BRANCH: Words("网点"),

    # Term: shell: what the system says, and where
    Term.PERMISSION_DENIED: Words("没有权限"),
    Term.NOT_PERMITTED: Words("系统不允许这样做"),
    Term.MISSING: Words("没有这个文件或文件夹"),
    Term.FILE_EXISTS: Words("已经有同名的文件"),
    Term.IS_FOLDER: Words("这是一个文件夹"),
    Term.NOT_A_FOLDER: Words("路径里有一段不是文件夹"),
    Term.STANDARD_OUTPUT: Words("标准输出"),

    # Term: settings_file: what to write
    Term.CSV_CELL_TOO_LONG: Words("有一格超过 {most} 个字符，没有导入。多半是引号没有成对，请改好再上传。"),
    Term.CSV_QUOTES: Words("引号没有成对，没有导入。请改好，或在 Excel/WPS 里另存为“CSV UTF-8（逗号分隔）”再上传。"),
    Term.TEXT: Words('双引号里的文字，如 "…"'),
    Term.WORDS: Words('列表，如 ["…", "…"]'),
    Term.BOOLEAN: Words("true 或 false"),
    Term.NUMBER: Words("整数"),
    Term.BARE_NUMBER: Words("不带引号的整数"),
    Term.TIME: Words("带时区、不带引号的时间，如 2022-09-01T00:00:00+08:00"),
    Term.DATE: Words("不带引号的日期，如 2022-09-20"),
    Term.LINKS: Words("像 [links.ios] 这样的表"),
    Term.STAGES: Words("像 [[stages]] 这样的表"),
    Term.GOALS: Words("像 [[goals]] 这样的表"),
    Term.TEXTS_TABLE: Words("表 [texts]"),
    Term.EXPECT_TABLE: Words("表 [expect]"),
    Term.DESIGN_TABLE: Words("表 [design]"),
    Term.IN_TABLE: Words("{table} 里的一项（{shape}）"),

    # Term: own_rules
    Term.NO_LETTERS: Words("里面没有文字"),
    Term.END_MISSING: Words("末尾缺了一段"),

    # Term: proof: where, what was read, what to do
    Term.PAGE: Words("{file} 第 {page} 页"),
    Term.PICTURE: Words("{file} 的图"),
    Term.AT_SIZE: Words("{where}缩小到 {share:.0%} 时"),
    Term.AND_MORE: Words("{texts} 等（另有 {count} 个）"),
    Term.NO_CODE: Words("没有二维码"),
    Term.NOTHING: Words("什么都没有"),
    Term.CORRECT_TEMPLATE: Words("请改好活动文件夹里的模板"),
    Term.REPORT_IT: Words("什么都没有写出；这是程序的错，请报告给开发者"),

    # Term: words: whose
    Term.CAMPAIGN: Words("活动"),

    # tables
    Term.IS_WEB_PAGE: Words("网页（HTML）", "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”再发"),
    Term.IS_WEB_ARCHIVE: Words("存下来的网页（MHTML）", "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”再发"),
    Term.IS_XML_TABLE: Words("Excel 2003 的 XML 表格", "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”再发"),
    Term.IS_XML: Words("XML 文件", "请导出为 XLSX 或 CSV 再发"),
    Term.IS_JSON: Words("程序之间的应答（JSON），常常是平台报的错", "请重新登录平台，导出为 XLSX 或 CSV 再发"),
    Term.IS_PDF: Words("PDF", "请对方发 XLSX 或 CSV"),
    Term.IS_DOCUMENT: Words("文字文档（Word、WPS）", "请把表格复制到 Excel 或 WPS 的新表里，存为 .xlsx 再发"),
    Term.IS_SLIDES: Words("演示文稿", "请把表格复制到 Excel 或 WPS 的新表里，存为 .xlsx 再发"),
    Term.IS_NUMBERS: Words("苹果 Numbers 或 Pages 的文稿", "请在 Numbers 里选“文件 → 导出为 → Excel”再发"),
    Term.IS_PICTURE: Words("图片", "请对方发 XLSX 或 CSV"),
    Term.IS_ARCHIVE: Words("压缩包（ZIP、RAR、7z）", "请先解压，再发里面的表格"),
    Term.IS_OLD_OFFICE: Words("很旧的办公软件的文件", "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”再发"),
    Term.ERRORS_LOOK_EMPTY: Words("这种文件里，出错的格子（#N/A）和没算出结果的公式看起来都是空的；如果表里可能有，请另存为 .xlsx 再发"),

    # Term: apart, photos, units_apart: what to do about a file that its reader did not survive
    Term.SEND_UNITS: Words("请发本活动的 units.csv，每个单位一行"),
    Term.PHOTO_AGAIN: Words("请重新拍照，或缩小后存为 PNG 或 JPEG 再发"),

    # Term: cli
    Term.NO_FORMAT: Words("一种也没有"),

    # shell
    Code.DISK_FULL: Words(
        "磁盘满了",
        "请腾出空间，再执行同一条命令",
        console="服务器的磁盘满了，请联系管理员。",
    ),
    Code.DISK_FULL_AT: Words(
        "磁盘满了：{path}",
        "请腾出空间，再执行同一条命令",
        console="服务器的磁盘满了，请联系管理员。",
    ),
    Code.DISK_READ_ONLY: Words(
        "磁盘只能读，不能写",
        "请写另一个磁盘上的文件夹",
        console="实例文件夹不能写入，请联系管理员。",
    ),
    Code.DISK_READ_ONLY_AT: Words(
        "磁盘只能读，不能写：{path}",
        "请写另一个磁盘上的文件夹",
        console="实例文件夹不能写入，请联系管理员。",
    ),
    Code.DISK_BROKEN: Words(
        "磁盘读写出错",
        "请看看磁盘是否接好、有没有坏，或写另一个磁盘上的文件夹",
    ),
    Code.DISK_BROKEN_AT: Words(
        "磁盘读写出错：{path}",
        "请看看磁盘是否接好、有没有坏，或写另一个磁盘上的文件夹",
    ),
    Code.NO_TEMPORARY_FOLDER: Words(
        "没有可写的临时文件夹",
        "请腾出空间，或用 TMPDIR 指定一个有空间的文件夹",
        console="服务器的磁盘满了，请联系管理员。",
    ),
    Code.FILE_ERROR: Words("{path}：{why}"),
    Code.INTERRUPTED: Words("已中断"),

    # files
    Code.NO_SUCH_FILE: Words("{path}：没有这个文件"),
    Code.EXCEL_WORKBOOK: Words(
        "{file}：这是 Excel 工作簿，不是 CSV 文件",
        "请在 Excel 或 WPS 里另存为“CSV UTF-8（逗号分隔）”",
    ),
    Code.NO_TEXT: Words(
        "{file}：不是 UTF-8 或 GB18030 的文字",
        "请另存为“CSV UTF-8”（.toml 文件存为 UTF-8）",
    ),
    Code.TOML_WIDE: Words(
        "{file}:{line}: 第 {column} 个字符是中文输入法打的 {letter}",
        "请切换到英文输入法，改成 {plain}",
    ),
    Code.NO_TOML: Words(
        "{file}:{line}: 写法不对（{what}）",
        "文字要放在双引号里；日期和数字不加引号",
    ),

    # places
    Code.READER_STOPPED: Words(
        "{path}：读这个管道的程序已经停了",
        "请重新启动读的程序，再执行同一条命令",
    ),
    Code.PIPE_UNREAD: Words(
        "{path}：没有程序在读这个管道",
        "请先启动读的程序，再执行同一条命令",
    ),
    Code.CANNOT_WRITE: Words(
        "{path}：不能写到这里（{why}）",
        "请写一个您有权写的文件夹",
        console="实例文件夹不能写入，请联系管理员。",
    ),
    Code.CANNOT_WRITE_NO_FOLDER: Words(
        "{path}：不能写到这里（{why}）",
        "请先建好文件夹，或写另一个",
        console="实例文件夹不能写入，请联系管理员。",
    ),
    Code.OUT_IS_FOLDER: Words("{path}：这是一个文件夹", "请写文件名"),
    Code.OUT_IS_DISK: Words("{path}：这是一个磁盘，上面的内容会丢失", "请写文件名"),
    Code.OUT_IS_SOCKET: Words("{path}：这是一个套接字，不能写文件", "请写文件名或管道"),
    Code.OUT_IS_INPUT: Words("{path}：这条命令正要读这个文件", "请把结果写到另一个文件"),
    Code.OUT_IS_INPUT_TOO: Words(
        "{path}：这条命令正要读这个文件（就是 {other}）",
        "请把结果写到另一个文件",
    ),

    # replacing
    Code.FILE_HELD: Words(
        "{path}：这个文件正在别的程序里打开着",
        "请在那个程序（WPS、Excel、Acrobat 等）里关掉它，再执行同一条命令",
        console="服务器上有文件正被别的程序打开，请联系管理员。",
    ),
    Code.FILES_HELD: Words(
        "有 {count} 个文件正在别的程序里打开着，一个也没有替换",
        "请在那些程序里关掉它们，再执行同一条命令",
        console="服务器上有文件正被别的程序打开，请联系管理员。",
    ),

    # stage
    Code.FOLDER_BUSY: Words(
        "{folder}：另一次打印正在往这个文件夹里写",
        "请等它结束，或写另一个文件夹",
    ),

    # instance
    Code.NO_CAMPAIGN: Words(
        "{folder}：这个文件夹里没有 campaign.toml",
        "请写放着 campaign.toml 和 units.csv 的文件夹",
    ),
    Code.NO_KEY_FILE: Words(
        "{path}：没有这个密钥文件",
        "请执行 attribution init（用自己的活动时加 --campaign 文件夹）",
    ),
    Code.NO_KEY: Words(
        "{where}：里面没有密钥",
        "请执行 attribution init（用自己的活动时加 --campaign 文件夹）",
    ),
    Code.KEY_SHORT: Words(
        "{where}：密钥不足 {least} 个字符",
        "请删掉这一行（没有别的内容时删掉整个文件），再执行 attribution init",
    ),
    Code.KEY_REPEATS: Words(
        "{where}：密钥总是重复几个字符",
        "请删掉这一行（没有别的内容时删掉整个文件），再执行 attribution init",
    ),
    Code.KEY_PLACEHOLDER: Words(
        "{where}：这是占位的文字，不是密钥",
        "请删掉这一行（没有别的内容时删掉整个文件），再执行 attribution init",
    ),
    Code.NO_ADDRESS: Words(
        "{source}：不是网址，而是{shape}",
        "请写成 https://ysf.example.gov.cn 这样：http 或 https，加主机名，不带路径",
    ),
    Code.ADDRESS_SCHEME: Words(
        "{source} 不以 http:// 或 https:// 开头",
        "请写成 https://ysf.example.gov.cn 这样：http 或 https，加主机名，不带路径",
    ),
    Code.ADDRESS_TOO_LONG: Words(
        "{source} 除了主机名和端口还有别的",
        "请写成 https://ysf.example.gov.cn 这样：http 或 https，加主机名，不带路径",
    ),
    Code.ADDRESS_NOT_ASCII: Words(
        "{source}：主机名含有非 ASCII 字符",
        "中文域名请写成 xn-- 的形式：{ascii}",
    ),
    Code.ADDRESS_HOST: Words(
        "{source} 的主机名或端口不对",
        "请写成 https://ysf.example.gov.cn 这样：http 或 https，加主机名，不带路径",
    ),

    # campaign, registry
    Code.PROBLEM: Words(
        "{file}:{line}: {problem}",
        "{problem:hint}",
        console="第 {line} 行：{problem}",
    ),
    Code.CAMPAIGN_PROBLEMS: Words(
        "{folder}：这个活动有 {count} 处不对",
        "请改好，再执行 qrgen check",
        console="这个文件里有 {count} 处不对，没有导入。请改好再上传。",
    ),

    # settings_file
    Code.NO_CAMPAIGN_FILE: Words("{path}：没有这个文件", "请从自带的活动复制 {name}，再修改"),
    Code.TOML_SLIP: Words("写法不对（{what}）", "文字要放在双引号里；日期和数字不加引号"),
    Code.TOML_SIGN: Words(
        "第 {column} 个字符是中文输入法打的 {letter}",
        "请切换到英文输入法，改成 {plain}",
    ),
    Code.STAGE_ENDS_FIRST: Words("{key}：阶段的结束早于开始", "请把两个日期对调"),
    Code.NO_COLOUR: Words("{key} 不是颜色：{shown}", '请写成 "#0d4a5a" 这样'),
    Code.KEY_EMPTY: Words("{key} 是空的", "请写上文字，或删掉这一行"),
    Code.NO_LIST_OF_TEXTS: Words("{key} 不是文字的列表", "请写：{wanted}"),
    Code.NO_CHOICE: Words("{key} 写的是 {shown}", "请写 {wanted:or}"),
    Code.NO_OFFSET: Words("{key} 没有写时区", "请在时间后面写上 +08:00"),
    Code.DATE_IS_TIME: Words("{key} 是时间", "请只写日期，如 2022-09-20"),
    Code.KEY_MISSING: Words("缺 {key}", "请写：{wanted:or}"),
    Code.KEY_OF_WRONG_TYPE: Words("{key} 的写法不对", "请写：{wanted:or}"),
    Code.KEY_MISSPELT: Words("不认识 {key} 这一项", "是不是 {near}？"),
    Code.KEY_UNKNOWN: Words("不认识 {key} 这一项", "请删掉"),
    Code.UNFINISHED: Words("{key} 还没有填", "请写{wanted}"),

    # units_file
    Code.CSV_UNREADABLE: Words("不能当作 CSV 读（{why}）", '引号要成对："…"'),
    Code.FILE_EMPTY: Words(
        "文件是空的",
        "第一行要写各列的名称：{columns}",
        console="这是空文件，请重新上传。",
    ),
    Code.SHEETS_WITH_ROWS: Words("不止一个工作表里有内容：{sheets}", "文件里请只留单位那一张工作表"),
    Code.CELL_WITHOUT_VALUE: Words("{letter} 列的格子出错了，或者公式没有算出结果", "请把结果直接写在格子里"),
    Code.HEADING_UNKNOWN: Words("不认识 {letter} 列的表头：{shape}", "可以用的列：{columns}"),
    Code.COLUMN_TWICE: Words("{column} 列写了两次", "请删掉一列"),
    Code.COLUMN_MISSING: Words("缺 {column} 列", "第一行要写各列的名称：{columns}"),
    Code.STRAY_CELL: Words(
        "{letter} 列的内容（{shape}）没有表头",
        "名称里有逗号时要加引号；否则请删掉这一格",
    ),
    Code.TOTALS_ROW: Words("这一行像是合计", "请删掉：合计由程序计算"),
    Code.KIND_UNKNOWN: Words("kind（类别）写的是{shape}", "请写其中一个：{kinds}"),
    Code.MODE_UNKNOWN: Words("mode（方式）写的是{shape}", "请留空，或写 {modes}"),
    Code.STATE_UNKNOWN: Words("state（状态）写的是{shape}", "请留空，或写 closed、merged"),
    Code.PURPOSE_UNKNOWN: Words("purpose（用途）写的是{shape}", "请留空，或写 finance"),
    Code.ID_EMPTY: Words("没有写编号", "请用下一个没用过的编号，如 {letter}01"),
    Code.ID_MALFORMED: Words(
        "编号 {id} 的写法不对",
        "这一类的编号是 {letter} 加两到四位数字，如 {letter}01",
    ),
    Code.TARGET_EMPTY: Words("没有写任务数", "请写要求的新用户数"),
    Code.TARGET_OF_NONE: Words(
        "{kind}没有自己的任务数",
        "请清空这一格：只有乡镇（社区）和对接明细有任务数",
    ),
    Code.TARGET_ZERO: Words("任务数是 0", "请写要求的数，至少是 1"),
    Code.ISSUE_OUT_OF_RANGE: Words("版次写的是 {issue}", "版次是 1 到 9999 的数"),
    Code.CODE_ROUNDED: Words(
        "区划代码被 Excel 改成了近似数",
        "请先把这一列设为文本格式，再重新输入数字",
    ),
    Code.CODE_MALFORMED: Words(
        "区划代码不是 6、9 或 12 位数字，而是{shape}",
        "请查统计用区划代码，或把这一格留空",
    ),
    Code.NO_WHOLE_NUMBER: Words("{column} 不是整数，而是{shape}", "请只写数字，如 650"),

    # placements
    Code.PLACEMENT_OF_NONE: Words("单位 {unit} 不在 units.csv 里", "请写单位的编号或名称"),
    Code.NO_PLACEMENT: Words(
        "张贴点写的是{shape}",
        "请写一到四位数字或字母（不用 I、L、O、U），如 1、2、3",
    ),
    Code.PLACEMENT_TWICE: Words(
        "{unit} 的张贴点 {number} 在第 {first} 行已经有了",
        "张贴点印在纸上，每个只用一次：请用下一个没用过的",
    ),
    Code.LABEL_TOO_LONG: Words("名称太长，印不下：{shape}", "最多 20 个字"),
    Code.LABEL_GLYPHS: Words("名称里有字体印不出的字：{letters}", "请改正"),

    # rules
    Code.ENDS_FIRST: Words("活动的结束早于开始", "请把 start 和 end 对调"),
    Code.MARK_AFTER_END: Words(
        "mark_time 晚于活动结束，那就没有人算新用户",
        "一般和 start 相同",
    ),
    Code.SETTLES_BEFORE_END: Words("settle_end 早于活动结束", "请在结束后留几天给最后的用户"),
    Code.ID_TWICE: Words(
        "编号 {id} 在第 {first} 行已经用了",
        "编号印在纸上，不能重复使用：请用下一个没用过的",
    ),
    Code.NAME_EMPTY: Words("没有写名称", "请写要印出来的名称"),
    Code.NAME_TWICE: Words(
        "这个名称已经是第 {first} 行的单位",
        "请删掉其中一行，或写不同的名称",
    ),
    Code.ALIAS_TWICE: Words(
        "有一个别名已经是第 {first} 行的单位",
        "请删掉其中一行，或写不同的名称",
    ),
    Code.CODE_OF_NONE: Words("{kind}没有区划代码", "请清空这一格"),
    Code.CODE_PREFIX: Words(
        "区划代码不以 {prefix} 开头",
        "请改正，或修改 campaign.toml 里的 expect.official_code_prefix",
    ),
    Code.CODE_TWICE: Words("这个区划代码在第 {first} 行已经有了", "请改正其中一个"),
    Code.AREA_COLUMN: Words("乡镇（社区）没有{column}", "请清空这一格"),
    Code.UNIT_COLUMN: Words("{kind}没有{column}", "请清空这一格"),
    Code.LINE_OF_NONE: Words("没有写{kind}", "请写{kind}的编号"),
    Code.LINE_OF_NO_UNIT: Words(
        "{id} 不是本文件里的{kind}",
        "请写本文件里一个{kind}的编号或名称",
    ),
    Code.BRANCH_EMPTY: Words("没有写网点", "请写要印出来的网点名称"),
    Code.LINE_TWICE: Words("这个乡镇（社区）和网点在第 {first} 行已经有了", "请删掉其中一行"),
    Code.COUNT_DIFFERS: Words(
        "应有 {wanted} 个{kind}，units.csv 里是 {found} 个",
        "请在 units.csv 里加行或删行，或改正这里的数",
    ),
    Code.TARGETS_OF_AREAS: Words(
        "各乡镇（社区）的任务数加起来是 {found}，应为 {wanted}",
        "请改正 units.csv 里的任务数，或这里的数",
        console="各乡镇区的任务数加起来是 {found}，应为 {wanted}。",
    ),
    Code.TARGETS_OF_LINES: Words(
        "各条对接明细的任务数加起来是 {found}，应为 {wanted}",
        "请改正 units.csv 里的任务数，或这里的数",
        console="各条对接明细的任务数加起来是 {found}，应为 {wanted}。",
    ),
    Code.LINES_DO_NOT_ADD_UP: Words(
        "任务数是 {target}，它的对接明细加起来是 {found}",
        "请改正乡镇（社区）或其中一条对接明细的任务数",
    ),
    Code.BANK_FORBIDDEN: Words(
        "{word}不参加本活动",
        "请删掉这一行（见 campaign.toml 里的 expect.forbidden_banks）",
    ),
    Code.SLOGAN_LONG: Words("{key} 有 {count} 个字", "电子屏标语一条最多 {most} 个字"),
    Code.LED_LETTERS: Words("电子屏字库里没有：{letters}", "请换个说法"),
    Code.KEY_SAYS: Words("{key} 里有“{word}”", "请改成自愿的说法：不强迫，也不付钱"),
    Code.POSTER_SAYS: Words("海报上会有“{word}”", "请改成自愿的说法：不强迫，也不付钱"),
    Code.TEXT_BREAKS: Words("{key} 里有换行之类的字符", "请写成一行"),
    Code.TEXT_TOO_WIDE: Words(
        "{key} 有 {width:.0f} 个字宽，印刷品上只放得下 {most:.0f} 个",
        "请写短一些；两个拉丁字母算一个字",
    ),
    Code.OLD_STEP: Words(
        "{key} 对不上现在海报和网页的四步",
        "四步是：一、扫码登记，二、下载并用同一号码注册，三、绑本人银行卡，四、付一笔。"
        "请删掉这一行，或用自己的话写这一步",
    ),
    Code.NOBODY_TO_RING: Words(
        "没有写咨询电话 hotline，同意书上没有可问的人，还不算完整",
        '开始登记前请写上：hotline = "0797-5321000"；网页、海报和同意书上都会有',
    ),
    Code.NO_HOST: Words(
        "allowed_hosts 里不是主机名，而是{shape}",
        "请只写主机名，用小写，不带 https://",
    ),
    Code.NO_HTTPS_ADDRESS: Words("{key} 不是 https 网址，而是{shape}", "请写完整：https://…"),
    Code.HOST_NOT_ALLOWED: Words(
        "{key} 指向的主机不在允许之列",
        "请把它的主机名加到 allowed_hosts 里",
    ),
    Code.LINK_MISSING: Words(
        "这个单位要直接跳转，但没有链接",
        "请填链接，或在 mode（方式）列写 page",
    ),
    Code.FINANCE_POINT: Words(
        "融资需求调查点要通向融资平台，没有写是哪一个",
        "请在 link（链接）写 [links] 里的代号，例如 platform",
    ),
    Code.FINANCE_KIND: Words(
        "融资需求调查点的类别是部门，没有任务数",
        "请在 kind（类别）写 部门，或清空用途",
    ),
    Code.TEXT_GLYPHS: Words(
        "{key} 里有字体印不出的字：{letters}",
        "请改正这个字，或把有这个字的字体放进本文件夹的 fonts/",
    ),
    Code.NAME_GLYPHS: Words(
        "名称里有字体印不出的字：{letters}",
        "请改正这个字，或把有这个字的字体放进本文件夹的 fonts/",
    ),
    Code.NAME_BREAKS: Words("名称、网点或领域里有换行或特殊的空白", "请删掉：海报会自己分行"),
    Code.NAME_LOST_LETTER: Words(
        "名称、网点或领域里有保存时丢掉的字",
        "请重新输入，存为“CSV UTF-8”，不要存为普通 CSV",
    ),

    # readiness
    Code.WINDOW_ENDED: Words(
        "活动在 {last} 已经结束",
        "请重新写 start、end、mark_time、settle_end",
        console="活动在 {last} 已经结束，请改起止日期。",
    ),
    Code.STAGE_OUTSIDE: Words(
        "{key}（{day}）不在活动时间 {first} 至 {last} 之内",
        "请改日期",
        console="有一个阶段（{day}）不在活动时间 {first} 至 {last} 之内，请改日期。",
    ),
    Code.SAMPLE_SAYS: Words("{key} 还是样例里另一个县的内容", "请写本县的"),
    Code.SAMPLE_CODES: Words(
        "有 {count} 个乡镇（社区）的区划代码还是样例那个县的",
        "请写本县的代码，或把这一列留空",
    ),
    Code.SAMPLE_UNITS: Words(
        "有 {count} 个乡镇（社区）还是样例里另一个县的",
        "请换成本县的单位；qrgen new 可以从任务表生成",
    ),
    Code.SAMPLE_BRANCHES: Words(
        "有 {count} 条对接明细的{kind}还是样例里另一个县的",
        "请写本县的",
    ),
    Code.NAME_DAMAGED: Words(
        "名称的位置写的是 {text}：{damage}",
        "请先把这一列设为“文本”，再重新输入名称",
    ),
    Code.NAMES_NEAR: Words("第 {lines} 行的名称很像", "是同一个就改成一样的写法"),
    Code.BANKS_NEAR: Words("第 {lines} 行好像是同一家银行", "只留一行，其他叫法写进“别名”"),

    # own_rules
    Code.POOR_CONTRAST: Words(
        "{text} 在 {ground} 上的对比度是 {ratio:.1f}，要有 4.5 才看得清",
        "请把深色改得更深，或把浅色改得更浅",
    ),
    Code.PICTURE_MISSING: Words(
        "活动文件夹里没有文件 {name}",
        "请把它放在 campaign.toml 旁边，只写文件名",
    ),
    Code.NO_PICTURE: Words("{name} 不是图片", "请用 SVG、PNG 或 JPEG"),
    Code.FONT_UNREADABLE: Words(
        "这个字体读不了：{why}",
        "请重新复制字体（.ttf、.otf 或 .ttc），或删掉这个文件",
    ),
    Code.DEAD_LINK: Words("这个链接指向的文件不存在", "请把文件本身放在这里"),
    Code.TEMPLATE_IS_FOLDER: Words("这是一个文件夹", "模板是文件：请把它移到上一层"),
    Code.TEMPLATE_UNUSED: Words(
        "没有这个名称的规格，也没有模板引用它",
        "是不是 {near}.typ？不是的话，请引用它或删掉它",
    ),
    Code.NO_FOLDER: Words("{name} 不是文件夹", "请建文件夹 {name}，把文件放进去"),

    # artwork, pictures
    Code.TEMPLATE_UNREADABLE: Words(
        "templates/{file} 读不了：{why}",
        "每个模板都是一个文件：请改正，或删掉它",
    ),
    Code.SVG_IN_INKS: Words(
        "{file}：这里不能把 SVG 转成四色",
        "用 --print 时，标志请给 PNG 或 JPEG，高 600 像素以上",
    ),
    Code.PICTURE_TOO_LARGE: Words(
        "{file} 超过 {millions} 百万像素",
        "请缩小再存：高 600 像素就够了",
    ),
    Code.PICTURE_OF_OTHER_KIND: Words(
        "{file} 是 {found}，不是 {wanted}",
        "请用图片软件打开，另存为 PNG 或 JPEG",
    ),
    Code.PICTURE_UNKNOWN: Words(
        "{file} 是空的、坏了，或不是图片",
        "请用图片软件打开，另存为 PNG 或 JPEG",
    ),
    Code.PICTURE_DAMAGED: Words("{file} 坏了（{why}）", "请用图片软件打开，另存为 PNG 或 JPEG"),
    Code.PICTURE_NOT_DRAWN: Words(
        "{file} 画不出来：{why}",
        "请用图片软件打开，另存为 PNG 或 JPEG",
    ),
    Code.SVG_NOT_DRAWN: Words(
        "{file} 画不出来：{why}",
        "请另存为 UTF-8 的普通 SVG（图片嵌入其中），或存为 PNG",
    ),

    # codewords, symbols
    Code.NO_QR_CODE: Words("{text}：不能做成二维码（{why}）"),
    Code.UNREADABLE_CODE: Words("{text}：做出的二维码读不回来", "请换一个短些的网址"),

    # proof
    Code.PAGES_DIFFER: Words("{file}：有 {found} 页，应为 {wanted} 页", "{remedy}"),
    Code.BELOW_GRADE_B: Words(
        "{where}：{text} 的纠错余量是 {share:.0%}，B 级要 {least:.0%}",
        "{remedy}",
    ),
    Code.MODULES_TOO_SMALL: Words(
        "{where}：二维码每格 {width:.2f} 毫米，手机要 {least} 毫米",
        "请印大一些的规格，或换一个短些的网址",
    ),
    Code.CODES_MISSING: Words(
        "{where}应有 {wanted} 个二维码，读得出 {found} 个；缺的第一个是 {first}",
        "{remedy}",
    ),
    Code.READS_OTHERWISE: Words("{where}应是 {wanted}，读出来是 {found}", "{remedy}"),

    # printer, press
    Code.FILE_TOO_LARGE: Words("{file}：有 {size} 字节，超过 {most}", "标志简单些，文件就小些"),
    Code.SYMBOL_TOO_LARGE: Words(
        "{format}：{poster} 的二维码要 {needed:g} 毫米，这个规格只有 {width:g} 毫米",
        "请印大一些的规格，或用短些的网址，二维码就粗些",
    ),
    Code.TEXT_TOO_SMALL: Words(
        "{format}：{what} 只能印成 {size:.1f} 磅，这个规格最小要 {least:g} 磅",
        "请写短一些（texts. 在 campaign.toml，name 和 label 在表里），或印大一些的规格",
    ),
    Code.PRINTER_ENDED: Words(
        "打印的进程被外部结束了（信号 {signal}）",
        "可能是内存不够：请关掉别的程序，或一次少印一些",
    ),

    # extras
    Code.PRINT_NOT_INSTALLED: Words(
        "这台机器没有装打印组件：缺 {modules}",
        "请安装：pip install \"zhuanma[print]\"，或按 requirements.lock 安装",
        console="这台服务器没有装打印组件，不能生成海报和图片。请系统管理员执行"
        " pip install \"zhuanma[print]\"，然后重启服务。",
    ),
    Code.LETTERS_UNCHECKED: Words(
        "没有检查字体里有没有这些字：这台机器没有装打印组件",
        "没有试字体和图片，因为这台机器没有装打印组件；请在打印海报的机器上再检查一次",
    ),

    # typesetter
    Code.TEMPLATE_FAILS: Words(
        "本活动的模板编译不了：{place}：{what}",
        "请在活动文件夹的 templates/ 里改正；那里的 parts.typ 要从这个版本的改起",
    ),

    # words
    Code.POSTER_GLYPHS: Words(
        "{whose}：没有字体能印 {letters}",
        "请改正这个字，或把有这个字的字体放进活动文件夹的 fonts/",
    ),
    Code.POSTERS_GLYPHS: Words(
        "{count} 张海报里有字体印不出的字",
        "请改正这个字，或把有这个字的字体放进活动文件夹的 fonts/",
    ),

    # new_command
    Code.TABLE_UNFIT: Words(
        "{file}：有 {count} 处不对，什么都没有写",
        "请改好表再来，或用 --bank、--with-hidden、--accept-total 回答",
    ),
    Code.BANK_ANSWER: Words("--bank 要写成 叫法=银行", "--bank 农行=农业银行"),

    # demo
    Code.TARGET_EXISTS: Words("{path}：已经有了", "请换一个文件夹，或把它移走"),

    # verdicts
    Code.NO_STANDING: Words(
        "{file}:{line}: 不是编号、类别、名称、版次、状态这五列",
        "请用 attribution units list > 文件 生成",
    ),

    # posters
    Code.NO_POSTERS: Words("没有要打印的单位", "请看看 --units 和 --kind"),
    Code.NOWHERE_TO_PRINT: Words("没有写打印到哪里", "请写 --out 文件夹 或 --book 文件.pdf"),
    Code.ZIP_WITHOUT_FILES: Words("zip 打包的是单个文件", "请同时写 --out 文件夹"),
    Code.FORMAT_IS_PICTURE: Words(
        "{format} 是图片：没有合订本，也没有印刷版",
        "请去掉 --book、--print 和 --outline，或选纸质规格",
    ),
    Code.OPTION_IS_FOLDER: Words("{option} {path}：这是一个文件夹", "请写文件名"),
    Code.NAME_TAKEN: Words(
        "{option} {path}：这次打印的另一个文件用了这个名称",
        "请写另一个文件名",
    ),
    Code.FOLDER_FOR_FILE: Words(
        "{path}：要放文件的地方有一个文件夹",
        "请把它移走，或打印到另一个文件夹",
    ),

    # cli
    Code.OUT_NEEDS_FOLDER: Words(
        "--out {path}：有许多文件，要写一个文件夹",
        "要在标准输出上得到一个文件，请用 --book -，不写 --out",
    ),
    Code.LOCAL_ADDRESS: Words(
        "这些二维码指向 {url}",
        "这些二维码指向 {url}，手机打不开；打印前请用 --public-url 写明服务的网址",
    ),
    Code.FORMAT_UNKNOWN: Words(
        "--format：没有 {format!r} 这种规格",
        "请从这些里选：{formats}，或写 all",
    ),
    Code.COPIES_TOLD_NOWHERE: Words(
        "--copies：这次生成的东西里没有地方写份数", "请加上 --book、--zip 或 handover 规格"
    ),
    Code.COPIES_NO_NUMBER: Words(
        "--copies 要 1 到 {most} 的数字", "例如 3，或 a4=2,sticker=5"
    ),
    Code.FORMATS_NOT_MADE: Words("已做好：{made}；没做成：{missing}"),
    Code.CODE_NOT_FOUND: Words(
        "{path}：没有找到二维码",
        "请在光线好的地方从正面拍，把整个二维码拍进去",
    ),
    Code.CODE_UNREAD: Words(
        "{path}：有像二维码的地方，读不出来",
        "请走近一些，从正面把整个码拍进去，重新拍",
    ),
    Code.EXPECTED_UNKNOWN: Words(
        "--expect：没有叫 {words} 的单位或码",
        "请写单位编号，或码下面印的编号，如 {example} 或 {example}-1-E1",
    ),
    Code.EXPECTED_MISSING: Words(
        "没有找到：{words}",
        "请到这些地方重新拍；原处要是别人的码，就是被贴码盖住了",
    ),
    Code.REVOKED_NOT_ASKED: Words(
        "只按签名和名册判断；没有核对后台撤销了哪些码",
        "请用 attribution units list > 文件 生成名单，交给 --registry；或在后台“巡查”页查",
    ),
    Code.UNITS_UNKNOWN: Words(
        "{option}：没有编号或名称为 {units} 的单位",
        "编号像 {example} 这样，写在 units.csv 里",
    ),
    Code.NO_UNITS: Words("{option}：没有编号或名称为 {units} 的单位"),
    Code.NOTHING_CHOSEN: Words(
        "没有选中任何单位", "请看看 --units、--kind、--area、--bank 和 --place"
    ),
    Code.NO_PLACEMENTS: Words(
        "--placements：本活动没有 placements.csv",
        "请在 {folder} 里写一个：unit,number,label",
    ),

    # decode
    Code.NOT_READABLE: Words(
        "{path}：不是图片也不是 PDF，或者坏了（{why}）",
        "能读 PNG、JPEG、WebP、BMP、TIFF、GIF 和 PDF",
        console="{path}：不是图片也不是 PDF，或者坏了。请重新拍，存为 JPEG 或 PNG 再传。",
    ),
    Code.PDF_UNREADABLE: Words(
        "{path}：这个 PDF 打不开（{why}）",
        "请重新生成，或去掉密码再存",
        console="{path}：这个 PDF 打不开。请重新生成，或去掉密码再存。",
    ),
    Code.PAGE_UNREADABLE: Words(
        "{path}：第 {page} 页坏了，没有读；其他页都读了",
        "请重新生成这个文件，或另发这一页的照片",
    ),
    Code.HEIC_NOT_INSTALLED: Words(
        "{path}：这张照片是 HEIC 格式，这里读不了",
        '请在 iPhone 的“设置 → 相机 → 格式”里选“兼容性最佳”再拍，或把照片截屏后发截图；也可以 pip install "zhuanma[heic]"',
        console="{path}：这张照片是 HEIC 格式，这里读不了。请在 iPhone 的“设置 → 相机 → 格式”里选“兼容性最佳”再拍，或把照片截屏后传截图。",
    ),
    Code.PHOTO_TOO_LARGE: Words(
        "{path}：图太大", "请缩小一半再发", console="{path}：图太大，请缩小一半再传。"
    ),
    Code.TOO_MANY_PAGES: Words("{path}：超过 {most} 页", "请分几次发"),

    # tables
    Code.TABLE_EMPTY: Words("{file}：文件是空的", "请对方重新发一份"),
    Code.TABLE_OTHER: Words("{file}：不管叫什么名字，这其实是{kind}", "{kind:hint}"),
    Code.TABLE_LOCKED: Words("{file}：文件加了密码", "请用密码在 Excel 或 WPS 里打开，去掉密码（文件 → 信息 → 保护工作簿 → 用密码进行加密，清空），保存后再发"),
    Code.TABLE_NO_TEXT: Words("{file}：既不是工作簿，也不是文字", "请发 XLSX 或 CSV"),
    Code.TABLE_ENCODING: Words("{file}：文字坏了，不是 UTF-8、UTF-16 或 GB18030", "请对方重新发一份；或者在 Excel 或 WPS 里打开，逐行看过，再另存为“CSV UTF-8”"),
    Code.TABLE_LINE_LONG: Words("{file}：有一行没有尽头", "是不是发错了文件？请对方发 XLSX 或 CSV"),
    Code.TABLE_QUOTES: Words("{file}:{line}：{problem}", "请看这一行的引号，或者重新导出为 XLSX"),
    Code.TABLE_WIDE_LINE: Words("{file}:{line}：超过 {most} 格", "请看这一行和上一行的引号，或者重新导出为 XLSX"),
    Code.TABLE_DAMAGED: Words("{file}：工作簿坏了", "请在 Excel 或 WPS 里打开，另存一次再发；那里也打不开，请对方重新发"),
    Code.TABLE_UNPACKS: Words("{file}：解开以后超过 {most} MB", "请只把数据行复制到新工作簿里，或另存为“CSV UTF-8”"),
    Code.TABLE_TEXTS: Words("{file}：格子里的文字一共超过 {most} MB", "请只把数据行复制到新工作簿里，或另存为“CSV UTF-8”"),
    Code.TABLE_DOCTYPE: Words("{file}：工作簿里有文档类型声明，表格软件不会这样写", "请在 Excel 或 WPS 里打开，另存一次再发"),
    Code.TABLE_FAR_CELL: Words("{file}：工作表 {sheet} 里离表格很远的 {cell} 有一个格子", "请删掉那一格所在的整行和整列，或者只把数据行复制到新表里"),

    # apart
    Code.NOT_READ: Words("{path}：{why}", "{remedy}", console="{why}"),
    Code.READERS_BUSY: Words(
        "正在读别的文件，请等一分钟再试",
        console="系统正在读别的文件，请等1分钟再试。",
    ),
    Code.READER_NOT_STARTED: Words(
        "读文件的进程启动不了（{why}）",
        console="系统正在读别的文件，请等1分钟再试。",
    ),
    Code.READER_BROKE: Words(
        "读的时候出了错",
        console="读这个文件时出了错，没有导入。请在 Excel/WPS 里另存一次；还不行请联系管理员。",
    ),
    Code.READER_BROKE_AT: Words(
        "读的时候出了错（{where}）",
        console="读这个文件时出了错，没有导入。请在 Excel/WPS 里另存一次；还不行请联系管理员。",
    ),
    Code.READER_BROKE_WITH: Words(
        "读的时候出了错（状态 {number}）",
        console="读这个文件时出了错，没有导入。请在 Excel/WPS 里另存一次；还不行请联系管理员。",
    ),
    Code.READER_FLOODED: Words(
        "内容太多，读不了",
        console="这个文件太大，读的时间太长，没有导入。请分成几个文件，或另存为 CSV UTF-8。",
    ),
    Code.READER_TAKES_COMPUTING: Words(
        "读它的计算超过 {seconds} 秒",
        console="这个文件太大，读的时间太长，没有导入。请分成几个文件，或另存为 CSV UTF-8。",
    ),
    Code.READER_TAKES_LONG: Words(
        "读它的时间超过 {seconds:g} 秒",
        console="这个文件太大，读的时间太长，没有导入。请分成几个文件，或另存为 CSV UTF-8。",
    ),
    Code.READER_TAKES_MEMORY: Words(
        "读它要用的内存超过 {megabytes} MB",
        console="读这个文件要用的内存超过 {megabytes} MB，没有导入。表格很远的地方可能有一个多余的格子，请只把数据行复制到新表里，或另存为 CSV UTF-8。",
    ),
    Code.READER_DIED: Words(
        "读它要用的内存超过 {megabytes} MB，或者它坏了（{signal}）",
        console="读这个文件要用的内存超过 {megabytes} MB，没有导入。表格很远的地方可能有一个多余的格子，请只把数据行复制到新表里，或另存为 CSV UTF-8。",
    ),
}
