# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Each version of the rule is kept, each credit names its own, and a stranger is found."""
import dataclasses
import hashlib
import io
import json
import re
import sys

import pytest
from console import add_everyone, signed_in
from factories import make_phone
from stores import KINDS, new_service
from test_contract_periods import Office
from visitors import claim, opened

from attribution import cli, judging
from attribution.office import trace
from attribution.proof import checks
from attribution.rule import instants
from attribution.rule import terms as rules
from attribution.rule.instants import HOUR
from attribution.store import registry, standings
from qrgen.shell import Fault


@pytest.fixture(params=KINDS)
def office(request, instance, tmp_path):
    with new_service(request.param, instance, tmp_path) as service:
        yield Office(service, tmp_path)


def versions(office):
    with office.store.read() as connection:
        return {row["version"]: row for row in registry.terms(connection, office.campaign.id)}


def used(office):
    with office.store.read() as connection:
        return {row["policy"] for row in standings.policies(connection, office.campaign.id)}


def found(office):
    return [f.detail for f in checks.check(office.ledger)
            if f.question == "terms_known"]


def test_contract_a_credit_names_the_version_it_was_decided_under(office):
    (first,) = versions(office)
    assert re.fullmatch(r"last_claim@[0-9a-f]{12}", first)
    office.claim(1, "N07", office.now - 2 * HOUR)
    office.file((1, office.now - HOUR))
    assert {first} == used(office)
    assert "last_claim" == json.loads(versions(office)[first]["terms"])["policy"]
    # Another policy, and a later end: each is a version of its own.
    changed = dataclasses.replace(office.campaign, policy="first_claim")
    office.campaign = changed
    office.claim(2, "N07", office.now - 2 * HOUR)
    office.file((2, office.now - HOUR))
    assert 2 == len(versions(office)) == len(used(office))
    later = dataclasses.replace(changed, settle_end=changed.settle_end.replace(year=2099))
    assert rules.version_of(judging.told_terms(later)) not in versions(office)
    assert [] == found(office)


def test_contract_a_credit_under_unknown_or_altered_terms_is_named(office):
    office.claim(1, "N07", office.now - 2 * HOUR)
    office.file((1, office.now - HOUR))
    with office.store.read() as connection:
        person = connection.one("select person, claim from credit")
    strange = {"campaign": office.campaign.id, "person": "q" * 64, "id": 7, "unit": "N08",
               "claim": person["claim"], "effective_at": 1, "decided_at": instants.now()}
    for policy in ("last_claim@000000000000", "last_claim"):
        row = {**strange, "policy": policy, "person": policy.ljust(64, "q"), "id": len(policy)}
        office.store.write(lambda c, row=row: standings.add_credits(c, [row]))
    told = found(office)
    assert 2 == len(told)
    assert any("unknown terms last_claim@000000000000" in one for one in told)
    forged = {"version": "last_claim@111111111111", "id": 9, "at": 1, "terms": "{}"}
    office.store.write(lambda c: registry.add_terms(c, office.campaign.id, forged))
    assert any("holds other terms" in one for one in found(office))


def test_the_versions_at_the_shell(service, instance, capsys):
    assert 0 == cli.main(["terms", "--instance", str(instance.folder)])
    out = capsys.readouterr().out
    assert "last_claim@" in out and "in force" in out and "verified_window" in out


def test_a_receipt_leads_to_its_claim(instance, capsys):
    with opened(instance) as (service, app):
        client = app.test_client()
        claim(client, service, make_phone(1), "N07")
        receipt = re.search(r'class="receipt">([0-9A-Z-]+)<', client.get("/receipt").text)
        assert receipt
        typed = receipt[1].lower().replace("-", "")
        pepper = service.settings.person_pepper
        (person,) = trace.find(service.ledger, typed, pepper)
        assert person == trace.find(service.ledger, receipt[1], pepper)[0]
        with pytest.raises(Fault, match="nobody"):
            trace.find(service.ledger, receipt[1])
        with pytest.raises(Fault, match="nobody"):
            trace.find(service.ledger, "ZZZZZ-ZZZZZ", pepper)
        with pytest.raises(Fault, match="nor a receipt"):
            trace.find(service.ledger, "what?", pepper)
    assert 0 == cli.main(["trace", receipt[1], "--instance", str(instance.folder)])
    assert "unit=N07" in capsys.readouterr().out


def test_a_correction_keeps_the_fingerprint_of_its_paper(service, tmp_path):
    office = Office(service, tmp_path)
    made = office.claim(1, "N07", office.now - 2 * HOUR)
    office.file((1, office.now - HOUR))
    add_everyone(service)
    visitor = signed_in(service, "office")
    paper = b"scan of a form with somebody's name"
    answer = visitor.post("/admin/corrections", {
        "row": str(made), "kind": "reverse", "reason": "appeal", "note": "表3", "to_unit": "",
        "attachment": (io.BytesIO(paper), "form.pdf")}, content_type="multipart/form-data")
    assert 302 == answer.status_code
    sha256 = hashlib.sha256(paper).hexdigest()
    assert sha256[:16] in visitor.text("/admin/corrections")
    with service.store.read() as connection:
        (row,) = connection.rows("select attachment, person from proposal")
    assert sha256 == row["attachment"]
    told = trace.trace(service.ledger, row["person"])
    assert any(sha256 in line for line in trace.lines(told))
    assert paper not in service.store.database.path.read_bytes()


def test_a_paper_at_the_shell(service, instance, tmp_path, capsys, monkeypatch):
    office = Office(service, tmp_path)
    made = office.claim(1, "N07", office.now - 2 * HOUR)
    office.file((1, office.now - HOUR))
    add_everyone(service)
    paper, other = tmp_path / "form.pdf", tmp_path / "other.pdf"
    paper.write_bytes(b"a form")
    other.write_bytes(b"another")

    def run(*argv):
        monkeypatch.setattr(sys, "stdin", io.StringIO("a poster on every wall\n"))
        return cli.main(["correct", *argv, "--instance", str(instance.folder)])

    asked = ("reverse", str(made), "--reason", "appeal", "--note", "表3", "--by", "office")
    assert 2 == run(*asked, "--attachment", str(tmp_path / "none.pdf"))
    assert 0 == run(*asked, "--attachment", str(paper))
    capsys.readouterr()
    for path, expected in ((paper, 1), (other, 0)):
        assert 0 == run("list", "--attachment", str(path))
        assert expected == capsys.readouterr().out.count("reverse")
