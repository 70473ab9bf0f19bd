# ruff: noqa: E501 (a table reads better in whole lines; Chinese has its own signs)
"""The words of `faults.Code` in Chinese: for the shell, and for the console."""
from attribution.faults import Code
from qrgen.faults import Words

WORDS: dict[Code, Words] = {
    # --- office -------------------------------------------------------------------------------
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
    Code.NOTE_MISSING: Words("请写说明：查了什么，依据什么。"),
    Code.NOTE_NUMBER: Words("说明里不要写手机号，用后四位。"),
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
    # --- end of office ------------------------------------------------------------------------

    # --- proof
    Code.AUDIT_BROKEN: Words("审计日志不完整，不能导出：{faults}。请保护现场，联系系统管理员。"),
    Code.AUDIT_ENTRIES_MISSING: Words("缺第 {first} 到 {last} 条"),
    Code.AUDIT_ENTRY_CHANGED: Words("第 {entry} 条被改过"),
    Code.AUDIT_SEAL_DIFFERS: Words("末尾的链值和第 {entry} 条对不上"),

    # --- web ----------------------------------------------------------------------------------
    Code.DAY_UNREADABLE: Words("请填一个日期。", "例如 2026-11-01"),
    Code.PURPOSE_MISSING: Words("请写明用途：这张表里有个人信息，每次下载都要记录用途。"),
    # --- end of web ---------------------------------------------------------------------------
}
