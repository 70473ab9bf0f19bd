"""What is typed about a contact person, where they stand: read, checked field by field, done."""
from dataclasses import dataclass, field, replace

from flask import request

from attribution.office import places
from attribution.rule import instants
from attribution.web.console import access, typed
from attribution.web.current import service
from qrgen.faults import Fault
from qrgen.texts import clean

# Field -> how many characters it may have.
MOST = {"name": 40, "duty": 60, "reach": 60}


@dataclass(frozen=True)
class TypedContact:
    """
    One contact as it was typed.

    Args:
        was: Whom it corrects: their name until now; '' for somebody new.
        wrong: Field -> what is wrong with it.
    """

    was: str
    values: dict[str, str]
    drop: bool = False
    wrong: dict[str, str] = field(default_factory=dict)


def read() -> TypedContact:
    """Return what the form says, with what is wrong."""
    form, wrong = request.form, {}
    values = {name: clean(form.get(name, "")) for name in MOST}
    drop = form.get("deed") == "drop"
    # Who removes somebody need not have filled in what is right.
    was = clean(form.get("was", "")) or (values["name"] if drop else "")
    for name, most in MOST.items():
        try:
            typed.text(name, most)
        except Fault as fault:
            if not drop:
                wrong[name] = fault.shown()
    if not drop and not values["name"]:
        wrong["name"] = "请填姓名。"
    return TypedContact(was, values, drop, wrong)


def do(unit: str, sent: TypedContact) -> TypedContact:
    """Do what was *sent*; returns it with what is wrong after all."""
    ledger, now, by, values = service().ledger, instants.now(), access.actor(), sent.values
    if sent.drop:
        places.drop_contact(ledger, unit, sent.was, now, by)
        return sent
    if not places.put_contact(
        ledger, unit, values["name"], values["duty"], values["reach"], now, by, was=sent.was
    ):
        return replace(sent, wrong={"name": "已经有一位同名的联系人。"})
    return sent
