"""The console on PostgreSQL: every page's SQL is one text for both engines."""
import io
import re

import pytest
from console import add_everyone, signed_in
from factories import make_phone

from attribution.office import audit
from attribution.reports import alarms
from attribution.rule import instants
from attribution.rule.instants import HOUR, MINUTE, local_text
from attribution.rule.people import identify
from attribution.service import Service
from attribution.store import log


@pytest.fixture
def service(postgres_service: Service) -> Service:
    return postgres_service


def test_the_console_says_the_same_on_postgresql(service: Service) -> None:
    add_everyone(service)
    now = instants.now()
    person = identify(make_phone(1), service.settings.person_pepper)
    claim = log.ClaimRow(
        7, service.campaign.id, person.digest, now - HOUR, "N07", 1, None, None, False,
        person.last4, "c", "n", "wechat", token="t",
    )
    scan = log.Scan(7, service.campaign.id, now - HOUR, "N07", 1, None, "n", "ios")
    with service.store.transaction() as connection:
        log.add_scans(connection, [scan])
        log.add_claim(connection, claim)
        log.add_claim_event(
            connection, service.campaign.id, person.digest, 7, id=8, at=now, kind="held",
            reason="r", by_whom="rule",
        )
    office, checker = signed_in(service, "office"), signed_in(service, "checker")
    times = [local_text(now - HOUR // 2 + n * MINUTE) for n in (0, 5, 9)]
    body = f"phone,registered_at,card_bound_at,first_txn_at\n{make_phone(1)},{','.join(times)}\n"
    sent = {"file": (io.BytesIO(body.encode()), "day.csv")}
    path = office.post("/admin/feeds", sent, content_type="multipart/form-data").headers["Location"]
    assert "共 1 行" in office.text(path)
    office.post(path, {"deed": "confirm"})
    assert 1 == len(alarms.find(service.ledger, now))
    office.post("/admin/held", {"id": "7", "note": "ok", "deed": "release", "sure": "1"})
    target = re.search(r'href="(/admin/corrections/[0-9]+)"', checker.text("/admin/corrections"))
    assert target
    assert 302 == checker.post(target[1], {"deed": "approve"}).status_code
    for what in ("scans", "claims", "attribution", "credits"):
        assert "共 1 行" in office.text(f"/admin/rows?what={what}&unit=N07"), what
    for state in ("valid", "held", "withdrawn"):
        page = office.text(f"/admin/rows?what=claims&state={state}")
        assert ("共 1 行" in page) == (state == "valid")
    for path in ("/admin/", "/admin/table?view=bank", "/admin/units/N07", "/admin/me",
                 "/admin/users", "/admin/users/bank", "/admin/posters", "/admin/posters/jobs",
                 "/admin/differences?category=conflict&batch=day", "/admin/batches/day",
                 "/admin/erasures?about=7", "/admin/guide", "/admin/table?view=matrix",
                 "/admin/rows?what=attribution&batch=day&state=matched&codes=N07,A01",
                 "/admin/rows?what=claims&state=first",
                 "/admin/export/claims.xlsx?purpose=x&heads=1"):
        assert 200 == office.get(path).status_code, path
    office.post("/admin/units/N07/contacts", {"name": "a", "duty": "b", "reach": "c"})
    office.post("/admin/units/N07/placements", {"placement": "E1", "label": "东门"})
    office.post("/admin/units/N07/reissue")
    assert "东门" in office.text("/admin/units/N07")
    office.post("/admin/appeals", {"unit": "N07", "about": "7", "note": "n"})
    link = re.search(r"/admin/appeals/[0-9]+", checker.text("/admin/appeals"))
    assert link and make_phone(1)[-4:] in checker.text(link[0])
    assert 302 == checker.post(link[0], {"deed": "refuse", "note": "n"}).status_code
    assert "已驳回" in office.text("/admin/appeals")
    office.post("/admin/erasures", {"row": "7", "note": "n"})
    assert "待执行" in office.text("/admin/erasures")
    office.post("/admin/erasures/run")
    assert "已删除" in office.text("/admin/erasures")
    office.post("/admin/users/bank", {"deed": "unlock"})
    assert "日志链完整" in checker.text("/admin/audit")
    assert [] == audit.faults(service.store)
