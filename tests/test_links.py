"""The tokens in addresses: nobody guesses one, and neither it nor a receipt leads to the other."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.resident.links import LENGTH, Links, NoPage, new_token, read_token
from attribution.resident.receipts import receipt_of
from qrgen.instance import PACKAGED_CAMPAIGN
from qrgen.registry import load_campaign

CROCKFORD = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@given(st.integers(0, 2**63 - 1))
def test_a_token_is_the_same_every_time_and_another_for_every_page(claim: int) -> None:
    links = Links("k" * 32, "c")
    token = links.steps(claim)
    assert token == links.steps(claim) and LENGTH == len(token) and set(token) <= CROCKFORD
    others = {
        links.steps(claim + 1), Links("k" * 32, "d").steps(claim),
        Links("l" * 32, "c").steps(claim), links.password(str(claim), "f", 0), new_token(),
    }
    assert token not in others and 5 == len(others)


def test_a_token_has_nothing_of_the_receipt_of_its_claim() -> None:
    campaign = load_campaign(PACKAGED_CAMPAIGN)
    receipt = receipt_of(campaign, 7, "k" * 32).replace("-", "")
    token = Links("k" * 32, campaign.id).steps(7)
    assert receipt not in token and token[:10] != receipt


def test_a_token_is_read_as_people_copy_it() -> None:
    links = Links("k" * 32, "c")
    token = links.steps(7)
    dressed = [token.lower(), f"{token}.", f"{token})", token.replace("0", "O").replace("1", "l")]
    assert {links.digest_of(token)} == {links.digest_of(text) for text in dressed}


@pytest.mark.parametrize("text", [
    "", "0" * 19, "0" * 21, "U" * 20, "0" * 19 + "专", "0" * 19 + "/", "0" * 300, "../" * 7,
])
def test_what_can_be_no_token_has_no_page(text: str) -> None:
    assert read_token(text) is None
    with pytest.raises(NoPage):
        Links("k" * 32, "c").digest_of(text)
