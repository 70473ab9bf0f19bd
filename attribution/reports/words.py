"""The words of the ledger's short values, for tables that leave the house and for pages alike."""

# Why somebody is no credit (`rule.credit.Reason`), in words.
REASONS = {
    "not_registered_yet": "尚未注册",
    "registered_before": "活动前已注册",
    "registered_after": "活动结束后注册",
    "no_claim": "无登记（自然新增）",
    "held": "登记待核查",
    "withdrawn": "本人已撤回",
    "claim_expired": "登记后太久才注册",
    "claim_after": "注册在先、登记在后",
    "outside_campaign": "不在活动时间内",
    "not_bound_yet": "尚未绑卡",
    "no_transaction_yet": "尚未完成交易",
    "settled_too_late": "完成过晚",
    "reversed": "已更正撤销",
}


# By what of the number the platform spoke of somebody (`rule.people.Grade`).
GRADES = {"number": "号码", "hash": "哈希", "masked": "掩码"}

# Apps and devices that a page was opened with (`resident.user_agents`).
APPS = {
    "wecom": "企业微信", "wechat": "微信", "alipay": "支付宝", "dingtalk": "钉钉",
    "unionpay": "云闪付", "bank": "银行 App", "qq": "QQ", "douyin": "抖音", "toutiao": "今日头条",
    "kuaishou": "快手", "weibo": "微博", "baidu": "百度", "uc": "UC 浏览器", "quark": "夸克",
    "sogou": "搜狗", "qqbrowser": "QQ 浏览器", "harmony": "鸿蒙手机", "ios": "苹果手机",
    "android": "安卓手机", "desktop": "电脑", "other": "其他", "counter": "柜台协助",
}

# Why a scan is kept and does not count.
FLAGS = {
    "head": "只问不看", "prefetch": "预加载", "preview": "链接预览", "crawler": "搜索引擎",
    "program": "程序访问", "headless": "程序访问",
}
