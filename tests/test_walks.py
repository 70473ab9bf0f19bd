"""What a walk may not do: reach past a person's browser, shell and paper, or leave a form out."""
import ast
from pathlib import Path

import pytest
from forms import AT_THE_END, FORMS, RESIDENT

from attribution.service import Service
from attribution.web.application import create_app

WALKS = sorted((Path(__file__).parent / "walks").glob("*.py"))


def test_there_are_walks() -> None:
    assert [path for path in WALKS if path.name.startswith("test_")]


@pytest.mark.parametrize("path", WALKS, ids=lambda path: path.name)
def test_nobody_in_a_walk_calls_a_function_of_the_product(path: Path) -> None:
    """A step that bypasses somebody's browser proves nothing of what they would have seen."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            names.append("an import by name")
    roots = {name.partition(".")[0] for name in names}
    assert set() == roots & {"attribution", "qrgen", "an import by name"}


def test_no_form_is_left_out_of_the_first_day(service: Service) -> None:
    """A form that nobody sends over HTTPS is found broken by whoever needs it first."""
    app = create_app(service.settings, service)
    there = {}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and not rule.endpoint.startswith("api."):
            roles = getattr(app.view_functions[rule.endpoint], "roles", RESIDENT)
            if "anyone" in roles:
                roles = frozenset(FORMS["/admin/me/password"])  # whoever has an account
            path = rule.rule.replace("<int:", "<").replace("<path:", "<")
            there[path] = frozenset(roles)
    assert {**FORMS, **AT_THE_END} == there
