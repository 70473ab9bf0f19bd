"""What is said of a file that is worked off in the background."""
from attribution.facts.intake import Aim
from attribution.office.feed_jobs import FeedWork

_PHASES = {
    "starting": "正在开始",
    "reading": "第一步：读文件，逐行检查",
    "judging": "第二步：逐人试算，看归属会怎样变",
    "counting": "第三步：已经计入账本，正在逐段写入",
}

_AIMS = {
    Aim.TRY.value: "试算", Aim.PLAN.value: "提交", Aim.CONFIRM.value: "导入",
    Aim.TAKE.value: "导入",
}


def aim(work: FeedWork) -> str:
    """Return what is being done: 试算, 提交, 导入."""
    return _AIMS[work.order.aim]


def phase(work: FeedWork) -> str:
    """Return what it is at, in words."""
    return _PHASES[work.phase]


def count(work: FeedWork) -> str:
    """Return how many rows of how many; of a workbook nobody knows before it is read."""
    if work.phase == "starting":
        return ""
    if not work.total:
        return f"已读 {work.done:,} 行"
    about = "约 " if work.phase == "reading" else ""
    return f"{work.done:,} / {about}{max(work.total, work.done):,} 行"


def ending(work: FeedWork) -> str:
    """Return how it ended where that was not its end; '' where it was."""
    if work.state == "stopped":
        return f"{aim(work)}已取消，没有计入任何一行。"
    if work.state == "lost":
        return f"{aim(work)}中途断了（服务重启，或进程被结束），没有计入任何一行。请再来一次。"
    if work.state == "failed" and work.order.aim != Aim.TRY.value:
        return f"{aim(work)}没有成功，没有计入任何一行：{work.problem}"
    return ""
