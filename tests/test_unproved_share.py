"""How many of a unit's registrations went on without a message: shown to the office."""
import pytest
from conftest import Instance
from console import add_everyone, signed_in
from factories import make_phone
from test_one_time import CONSOLE, password_in
from visitors import Fields, claim, opened, send


def test_the_office_sees_each_units_share_without_a_message(
    instance: Instance, capfd: pytest.CaptureFixture[str]
) -> None:
    with opened(instance, CONSOLE) as (service, app):
        add_everyone(service)
        for number, way in ((1, "skip"), (500, "proved"), (900, "both"), (1300, "proved")):
            client = app.test_client()
            step = Fields(claim(client, service, make_phone(number)).text).values["step"]
            password = password_in(capfd.readouterr().err)
            if way != "proved":
                send(client, "/claim/prove", {"step": step, "skip": "yes"})
            if way != "skip":
                send(client, "/claim/prove", {"step": step, "password": password})
        office = signed_in(service, "office")
        assert "没有用短信核实的登记</dt><dd>1 / 4（25%）" in office.text("/admin/units/N07")
        assert "没有用短信核实" not in office.text("/admin/units/N08")
