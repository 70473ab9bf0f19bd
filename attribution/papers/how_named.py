"""
How far a campaign's papers name units and rank them, and the law that this keeps to.

Both are the county's own to decide, and internal unless it says off: what the papers hold is for
whoever leads and counts the work, and for nobody's judgement of people. Off means off in every
paper: then units are told of by how many stand where, and no figure is of one of them.
"""
from dataclasses import dataclass

from qrgen.campaign import Campaign

INTERNAL = "内部资料 不得转发公开"

# Which law, in a sentence, for whoever holds the paper.
LAW = (
    "国办函〔2026〕12号《政务移动互联网应用程序规范化管理办法》要求：不得强制打卡、积分排名，"
    "不得强制下载或考核、通报安装使用率，不得评比点赞转发和学习时长，不得重复填表，不得借机经营；"
    "2024年网信部门整治“指尖上的形式主义”的清单也要求：工作群不搞接龙、不要求“收到请回复”、"
    "不以截图留痕，数据不用来通报排名。"
)
OUR_WAY = (
    "所以这份材料只供领导小组成员单位掌握进度、安排工作：由人发送，系统不往任何群里发；"
    "不得转发公开，不要求回复，不作为考核依据；只有单位的合计数，没有任何居民和工作人员个人的信息。"
)


@dataclass(frozen=True)
class Telling:
    """What papers may say of single units: their names and figures, and their ranks."""

    naming: bool = True
    ranking: bool = True

    @classmethod
    def of(cls, campaign: Campaign) -> "Telling":
        """Return what *campaign* allows."""
        return cls(campaign.naming != "off", campaign.ranking != "off")

    @property
    def ranks(self) -> bool:
        """Whether ranks are told: of those who are not named there are none."""
        return self.naming and self.ranking
