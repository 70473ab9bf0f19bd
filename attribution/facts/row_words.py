"""Why a row of a file is where it is (`categories.categorise`), in the office's words."""

# Besides why the rule gives nobody a credit, which has its own (reports.exports.REASONS).
ROW_REASONS = {
    "in_the_future": "时间在将来", "bound_before_registered": "绑卡早于注册",
    "paid_before_registered": "交易早于注册", "registered_at_differs": "注册时间和以前给的不同",
    "card_bound_at_differs": "绑卡时间和以前给的不同",
    "first_txn_at_differs": "首笔交易时间和以前给的不同",
    "registered_at_void": "平台撤销了注册", "card_bound_at_void": "平台撤销了绑卡",
    "first_txn_at_void": "平台撤销了首笔交易（退款）",
    "placeholder": "时间早于2010年，不算",
    "step_no_longer_stated": "以前给过的步骤，这次没有再给", "credited": "有效新用户",
    "several_claimants": "不止一名登记人是这几位号码", "several_rows": "同一登记人可能对应好几行",
    "forgotten_claimant": "登记过的人，登记已到期清除，找不回来",
    "no_registration": "掩码号码没有注册时间", "hash_not_allowed": "本活动不采用哈希号码",
    "masked_not_allowed": "本活动不采用掩码号码",
}
