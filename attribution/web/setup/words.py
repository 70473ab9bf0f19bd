"""The words of the pages that make a new campaign."""
import re

from qrgen.faults import Said

LABELS = {
    "title": "活动全称", "short_title": "活动简称", "document": "文号", "basis": "上级文件",
    "issuer": "发文单位", "address": "扫码网址", "first_day": "第一天",
    "last_day": "最后一天（含当天）",
    "settle_day": "绑卡、交易认到哪一天（含当天）", "hotline": "咨询电话",
    "texts.headline": "标题", "texts.benefit": "好处", "texts.use": "用处",
    "texts.scan": "扫码做什么",
    "texts.scan_why": "为什么要填", "texts.voluntary": "自愿说明", "texts.fraud": "防骗提醒",
    "design.ink": "正文颜色", "design.deep": "主色", "design.gold": "点缀色",
    "design.alarm": "提醒色", "design.soft": "浅底色", "design.grey": "小字颜色",
    "logo": "标志图片",
    "hosts": "允许的网站",
}

WRONG = {
    "needed": "还没有填。",
    "no_day": "看不懂这个日期，请写成 2026-09-01 或 2026年9月1日。",
    "before_first": "早于第一天，请改后面的日期。",
    "before_last": "早于活动的最后一天，请往后改。",
    "over": "这一天已经过去，活动一发布就结束了。请改成以后的日期。",
    "outside": "不在活动日期之内，请改日期。",
    "no_number": "请只写数字，如 40000。",
    "no_address": "请写成 https://ysf.example.gov.cn 这样：http 或 https，加主机名，后面不带路径。",
    "no_https": "请写完整的 https:// 网址。",
    "host_not_allowed": "这个网站不在下面“允许的网站”里。确实要链接到它，请把它加进去。",
}

# A key of `campaign.toml`, as rules name it.
_KEY = re.compile(r"(?:texts|design)\.[a-z_0-9]+|\b(?:title|short_title|document|issuer|hotline)\b")


def plain(wrong: Said) -> str:
    """Return what a rule found, with the names of these pages in the place of a file's keys."""
    text = "。".join(filter(None, (wrong.shown(), wrong.advice("zh")))) + "。"
    return _KEY.sub(lambda found: f"“{LABELS.get(found[0], found[0])}”", text).replace("。。", "。")
