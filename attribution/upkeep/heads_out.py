"""
The newest head, sent each day to whom the campaign names: banks, the audit office.

As a file and not in the letter's body, where programs between would wrap it. Keeping it is all
that is asked of whoever receives it.
"""
from attribution.office import outbox
from attribution.office.letters import Attachment
from attribution.proof import publishing
from attribution.rule.instants import Instant, local_text
from attribution.service import Service
from attribution.store.engine.database import Connection

_BODY = """附件是{title}公开日志今天的检查点（到第 {size} 条为止）。请整份存好，一个字都不要改。

以后县里拿出的任何数字，都应当与它衔接。核验办法：
python3 verify.py --log {url} --state 留底.txt --key 密钥.txt

密钥照纸质密钥单抄。说“历史被改写”或“变短”时，请把两份都保存好，告诉审计。
"""


def send(service: Service, now: Instant) -> int:
    """
    Put the newest head into the queue for each address in ``[notices] copies``, once a day.

    Returns:
        To how many addresses it goes.

    Raises:
        Fault: no head is shown any more; nothing is sent.
    """
    settings, campaign = service.settings, service.campaign
    if not settings.notices.copies:
        return 0
    found = publishing.keep_up(service.ledger, settings, now, on_demand=True)
    if found is None:
        return 0
    day, size = local_text(now)[:10], found.checkpoint.size

    def put(connection: Connection) -> int:
        return outbox.put_file(
            connection, settings, lambda: service.store.next_id(now), now,
            subject=f"checkpoint {day}", title=f"{campaign.short_title} 存证 {day}",
            body=_BODY.format(title=campaign.short_title, size=size, url=settings.public_url),
            attachment=Attachment(f"checkpoint-{day}-{size}.txt", found.note),
        )

    return service.store.write(put)
