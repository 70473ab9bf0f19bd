# mypy: allow-untyped-defs, allow-untyped-calls, allow-incomplete-defs
"""Hashed and masked numbers at the signed door: what the campaign allows, and no more."""
import dataclasses

import pytest
from test_api import Partner, count
from test_grades import ALL, County, done, hashed, masked

from attribution.master import Master
from attribution.rule.instants import iso_text
from attribution.web.application import create_app


class Allowing(Master):
    """One campaign, whatever its revision."""

    def __init__(self, campaign):
        self.campaign = campaign

    def at(self, version):
        return self.campaign


@pytest.fixture
def county(service, tmp_path):
    return County(service, tmp_path)


def pushed(county, grades, *rows, what="facts", **more):
    service = dataclasses.replace(county.service, master=Allowing(
        dataclasses.replace(county.service.campaign, grades=grades)
    ))
    partner = Partner(service, create_app(service.settings, service).test_client())
    names = ("registered_at", "card_bound_at", "first_txn_at")
    items = [
        {"phone": phone, **more,
         **{name: iso_text(county.base + at) for name, at in zip(names, times, strict=True)}}
        for phone, *times in rows
    ]
    return partner.post(what, {"items": items})


@pytest.mark.parametrize(("written", "grade"), [(hashed, "hash"), (masked, "masked")])
def test_a_hash_and_digits_credit_where_the_campaign_allows_them(county, written, grade):
    county.claims(1)
    answer = pushed(county, ALL, done(written(1)))
    assert [{"index": 0, "status": "accepted"}] == answer.get_json()["results"]
    assert ("N07", grade) == county.credited(1)
    assert county.is_sound()


@pytest.mark.parametrize(("written", "words"), [
    (hashed, "phone: this campaign takes no hashed numbers"),
    (masked, "phone: this campaign takes no masked numbers"),
])
def test_what_the_campaign_does_not_allow_is_refused_by_name(county, written, words):
    """And nothing of it is kept: a partner is told at once, whom a file's note might not reach."""
    answer = pushed(county, ("number",), done(written(1)))
    assert [words] == answer.get_json()["results"][0]["problems"]
    assert 0 == count(county.service, "fact")


def test_two_who_share_the_digits_credit_nobody(county):
    county.claims(1)
    county.claims(10_001)
    assert masked(1) == masked(10_001)
    assert 1 == pushed(county, ALL, done(masked(1))).get_json()["accepted"]
    assert not county.credited(1) and not county.credited(10_001)
    assert [(0, "ambiguous", "several_claimants")] == county.differences()


def test_a_long_name_of_the_partners_is_refused_and_not_cut(county):
    county.claims(1)
    answer = pushed(county, ALL, done(masked(1)), ref="r" * 65)
    assert [{"index": 0, "status": "refused",
             "problems": ["ref: must be a text of at most 64 characters"]}
            ] == answer.get_json()["results"]
    answer = pushed(county, ALL, done(masked(1)), what="lookups", ref="r" * 65)
    assert "refused" == answer.get_json()["results"][0]["status"]
