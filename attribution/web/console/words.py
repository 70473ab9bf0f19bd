"""The console's words for what the program keeps as short values; what is not listed is shown."""
from attribution.facts import bad_rows, notes, row_words
from attribution.office import patrols
from attribution.reports import difference_table, exports
from attribution.reports.words import APPS as APPS
from attribution.reports.words import FLAGS, REASONS
from attribution.rule.stated import VOID, Stated, stated_text
from attribution.web.console import old_rows

FIELDS = {
    "phone": "手机号", "registered_at": "注册时间", "card_bound_at": "绑卡时间",
    "first_txn_at": "首笔交易时间", "as_of": "数据日期",
}
TOTALS = {"rows": "总行数", "registered": "注册人数", "bound": "绑卡人数", "paid": "交易人数"}

# What a filter of rows lets through, by its short value.
STATES = {
    "counted": "计数", "flagged": "不计数", "withdrawn": "已撤回", "held": "待核查",
    "valid": "正常", "first": "每人算一次", "credited": "有效新用户", "registered": "已注册",
    "bound": "已绑卡", "matched": "相符", "waiting": "待完成", "organic": "自然新增或与本活动无关",
    "ruled_out": "登记过，按规则不算",
    **exports.REASONS, **difference_table.STATES, **patrols.STATES,
}
# What posters there are: what each is called, and what it is for.
FORMATS = {
    "a4": ("A4 海报", "贴墙、贴窗口"), "a3": ("A3 海报", "大厅、宣传栏"),
    "tent": ("桌牌", "折成三棱柱，两面都能扫"), "howto": ("四步办理图", "放柜台，A4"),
    "badge": ("胸牌", "90×130 毫米，一人一张"), "badges": ("胸牌拼版", "一张 A4 四枚"),
    "sticker": ("贴纸", "一张 A4 十六枚"),
    "sticker80": ("方形贴纸", "80 毫米，一枚一页"), "screen": ("电子屏", "1920×1080 图片"),
    "share": ("微信群图片", "1080 宽"), "contact": ("一览表", "同类单位的码印在一起，核对用"),
    "handover": ("领用登记表", "发码时签字"), "rules": ("二维码使用规则", "自己设计前请看"),
    "svg": ("二维码 SVG", "自己设计印刷品，附规则"), "png": ("二维码 PNG", "自己做屏幕图，附规则"),
}
# Which progress tables there are, as the pages call them.
BY = {"area": "按乡镇", "bank": "按银行→网点", "line": "按网点", "department": "按部门"}

# Why the rule judged somebody anew (`judging.apply`).
CAUSES = {
    "feed_correction": "平台文件更正", "late_claim": "后来的登记",
    "same_digits": "尾号相同的人登记",
    "hold": "登记被暂缓", "release": "登记被放行", "withdrawn": "本人撤回",
    "erased": "本人要求删除",
    "campaign_terms": "日期或规则改变后重算", "unit_state": "单位变更后重算",
    "rule_2": "规则第二版重算",
}

# Why a row of a feed is where it is, with why nobody is credited.
ROW_REASONS = {**REASONS, **row_words.ROW_REASONS}


def client(name: str) -> str:
    """Return how the office calls an app or a device."""
    return APPS.get(name, name)


def flag(name: str) -> str:
    """Return why a scan does not count."""
    return FLAGS.get(name, name)


def difference(reason: str) -> str:
    """Return why a row of a feed is in its category."""
    if reason in ROW_REASONS:
        return ROW_REASONS[reason]
    if bad_rows.faults_of(reason) is None:
        return old_rows.cells(reason)
    return bad_rows.shown(reason)


def step(value: Stated | None) -> str:
    """Return when a step was done: a time, a day, or that it was undone."""
    return "已撤销" if value == VOID else stated_text(value)


def note(text: str) -> str:
    """Return the note of a difference, the rule's own in Chinese."""
    return old_rows.note(notes.shown(text))
