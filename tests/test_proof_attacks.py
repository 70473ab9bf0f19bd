"""The table of docs/proof.md: attack, by whom noticed, when; what no other file shows is here."""
import re
from pathlib import Path

from house import ROOT
from rewriting import change, seal_anew
from test_proof_publishing import begun, claimed, found_against, keep, publish

from attribution.deeds import Actor
from attribution.faults import Code
from attribution.office import accounts
from attribution.proof import checks, publishing
from attribution.rule import instants
from attribution.service import Service


def test_a_deleted_tail_of_the_audit_log_is_exposed(service: Service, tmp_path: Path) -> None:
    """Whoever did something and deletes that he did: the entries were leaves."""
    begun(service)
    accounts.add(
        service.store, "mallory", "a poster on every wall", "office", instants.now(),
        campaign=service.campaign.id, by=Actor("test"),
    )
    kept = keep(tmp_path, "kept", publish(service).note)
    change(
        service, "audit", "delete from audit where n = (select max(n) from audit)",
        "update audit_head set n = n - 1, hash = (select hash from audit order by n desc limit 1)",
    )
    seal_anew(service)
    (service.settings.instance / "keys" / publishing.FILE).unlink()
    for number in range(30, 34):
        claimed(service, number, "N08")
    publish(service)
    assert found_against(service, kept) in ([Code.AGAINST_REWRITTEN], [Code.AGAINST_SHORTER])


def test_rows_brought_in_by_sql_and_rebuilt_are_exposed(service: Service, tmp_path: Path) -> None:
    """Forty claims of yesterday that nobody made, judged by the rule as if they were true."""
    begun(service)
    kept = keep(tmp_path, "kept", publish(service).note)
    with service.store.read() as connection:
        columns = list(connection.rows("select * from claim limit 1")[0])
    # Between the others by their times, so that they look as old.
    taken = ", ".join({"id": "id - 100000", "unit": "'N09'", "person": "person || 'x'"}.get(c, c)
                      for c in columns if c != "token")
    names = ", ".join(c for c in columns if c != "token")
    change(service, "claim", f"insert into claim ({names}) select {taken} from claim")
    checks.rebuild(service.ledger, instants.now(), Actor("test"))
    seal_anew(service)
    (service.settings.instance / "keys" / publishing.FILE).unlink()
    publish(service)
    assert [Code.AGAINST_REWRITTEN] == found_against(service, kept)


def test_each_row_of_the_table_is_a_test() -> None:
    text = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
    table = text.partition("| attack |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines()[2:] if line.startswith("| ")]
    assert len(rows) > 12
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    for row in rows:
        named = re.findall(r"`(test_\w+)`", row)
        assert named and not set(named) - there, row
