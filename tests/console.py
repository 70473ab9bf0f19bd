"""A browser-less visitor of the console: signs in, sends forms with their token."""
import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from attribution import deeds, two_people
from attribution.deeds import Actor
from attribution.office import accounts
from attribution.rule import instants
from attribution.service import Service
from attribution.web.application import create_app

PASSWORD = "a poster on every wall"
SCOPES = {"area": ["A01"], "department": ["D01"], "bank": ["B01"]}


def add_everyone(service: Service) -> None:
    """Add an account of each role, called as the role is."""
    for role in accounts.ROLES:
        accounts.add(
            service.store, role, PASSWORD, role, instants.now(), SCOPES.get(role, []),
            campaign=service.campaign.id, by=Actor("test"),
        )


def need_two(service: Service) -> None:
    """Switch the rule of two on, as a campaign that is no demonstration does."""
    deeds.do(
        service.store, Actor("test"), instants.now(),
        lambda doing: two_people.turn_on(doing, service.campaign.id),
    )


class Visitor:
    """One browser."""

    def __init__(self, service: Service):
        self.client: FlaskClient = create_app(service.settings, service).test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, **more)

    def text(self, path: str) -> str:
        return self.get(path).get_data(as_text=True)

    def token(self) -> str:
        page = self.text("/admin/me")
        if 'name="csrf_token"' not in page:
            page = self.text("/admin/login")
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found
        return found[1]

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **more)

    def sign_in(self, name: str, password: str = PASSWORD, query: str = "") -> TestResponse:
        return self.post(f"/admin/login{query}", {"name": name, "password": password})


def signed_in(service: Service, name: str) -> Visitor:
    visitor = Visitor(service)
    assert 302 == visitor.sign_in(name).status_code
    return visitor
