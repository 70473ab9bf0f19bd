"""
What a unit pastes into a WeChat group: three short texts with the address of its own code.

No chain, no "received", no asking for a screenshot (the 2024 lists of the office for cyberspace, on
formalism at the fingertips): each is information that somebody may pass by.
"""
from qrgen.campaign import Campaign, Unit
from qrgen.words import texts_for


def texts_of(campaign: Campaign, unit: Unit, url: str) -> str:
    """
    Return the texts of *unit*, whose code leads to *url*, with a blank line between.

    A survey point has one of its own: nobody registers there.
    """
    words = texts_for(campaign, unit)
    ask = f"{words['hotline_label']} {campaign.hotline}。" if campaign.hotline else ""
    demo = f"【{words['demo']}】" if campaign.demo else ""
    if unit.is_point:
        return (
            f"{demo}【{unit.name}】{words['headline']}，{words['benefit']}。\r\n"
            f"想了解的点开：{url}\r\n{words['voluntary']}。{words['fraud']}{ask}\r\n"
        )
    return "\r\n\r\n".join((
        f"{demo}【{unit.name}】{words['headline']}，{words['benefit']}。\r\n想办的点开登记：{url}\r\n"
        f"{words['voluntary']}。{words['fraud']}",
        f"{demo}【{unit.name}】办云闪付四步：{words['step_1']}、{words['step_2']}、{words['step_3']}、"
        f"{words['step_4']}。\r\n从这里开始：{url}\r\n办到一半的，再点开就接着办。{ask}",
        f"{demo}【{unit.name}】家里老人要办的，可以到柜台，工作人员帮着办。{words['ready']}。"
        f"\r\n在手机上自己办：{url}\r\n{words['voluntary']}。",
    )) + "\r\n"
