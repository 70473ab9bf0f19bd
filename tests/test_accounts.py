"""Who may sign in: passwords, second steps, guesses, and the units an account is for."""
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
import stores
from argon2 import PasswordHasher

from attribution.deeds import Actor
from attribution.office import accounts, passwords, signing_in, totp
from attribution.office.signing_in import Blocked
from attribution.office.turnstile import Full, Turnstile
from attribution.rule import instants
from attribution.rule.instants import MINUTE, SECOND
from attribution.service import Service
from attribution.store import registry, staff
from qrgen.shell import Fault

PASSWORD = "a poster on every wall"


@pytest.fixture
def clerk(service: Service) -> Service:
    accounts.add(service.store, "clerk", PASSWORD, "area", instants.now(), ["A01"],
                 by=Actor("test"), campaign=service.campaign.id)
    return service


def guess(service: Service, network: str, word: str = "wrong", **more: object) -> str:
    try:
        found = signing_in.attempt(
            service.store, "clerk", word, more.pop("now", instants.now()),  # type: ignore[arg-type]
            network=network, **more,  # type: ignore[arg-type]
        )
    except Blocked:
        return "blocked"
    return "in" if found else "out"


def test_guesses_are_stopped_before_the_password_is_looked_at(clerk: Service) -> None:
    told = [guess(clerk, "net1") for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK + 1)]
    assert ["out"] * signing_in.PER_ACCOUNT_AND_NETWORK + ["blocked"] == told
    assert "blocked" == guess(clerk, "net1", PASSWORD)


def test_a_longer_text_is_not_cut_down_to_a_password(clerk: Service) -> None:
    """A password of the greatest length opens; with one more letter behind it, it does not."""
    longest = (PASSWORD * 50)[: passwords.LONGEST]
    accounts.set_password(clerk.store, "clerk", longest, instants.now(), by=Actor("clerk"))
    assert "in" == guess(clerk, "net1", longest)
    assert "out" == guess(clerk, "net1", longest + "x")


def test_another_network_is_not_stopped_by_the_guesses_of_one(clerk: Service) -> None:
    for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK + 3):
        guess(clerk, "net1")
    assert "in" == guess(clerk, "net2", PASSWORD)


def test_an_outsider_cannot_lock_out_a_device_that_was_inside(
    clerk: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many networks he has: only strangers wait."""
    monkeypatch.setattr(signing_in, "PER_ACCOUNT", 4)
    for number in range(5):
        guess(clerk, f"net{number}")
    assert "blocked" == guess(clerk, "new", PASSWORD)
    assert "in" == guess(clerk, "new", PASSWORD, device="known")


def test_a_known_device_has_limits_of_its_own(clerk: Service) -> None:
    told = [guess(clerk, "n", device="stolen") for _ in range(signing_in.PER_DEVICE + 1)]
    assert "blocked" == told[-1]


def test_one_network_cannot_try_many_accounts(
    clerk: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "PER_NETWORK", 3)
    for name in ("a", "b", "c"):
        signing_in.attempt(clerk.store, name, "wrong", instants.now(), network="spray")
    assert "blocked" == guess(clerk, "spray", PASSWORD)


def test_the_window_passes_and_success_forgives(clerk: Service) -> None:
    now = instants.now()
    for _ in range(6):
        guess(clerk, "net1", now=now)
    later = now + signing_in.WINDOW + MINUTE
    assert "in" == guess(clerk, "net1", PASSWORD, now=later)
    assert ["out"] * 5 == [guess(clerk, "net1", now=later) for _ in range(5)]


def test_the_second_step_follows_rfc_6238() -> None:
    """The RFC's own vectors (appendix B, SHA-1), cut to six digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert digits == totp.code(secret, at * SECOND)


def test_a_second_step_opens_once(clerk: Service) -> None:
    secret, now = totp.new_secret(), instants.now()
    clerk.store.write(lambda c: staff.set_totp(c, "clerk", secret))
    digits = totp.code(secret, now)
    assert "out" == guess(clerk, "n", PASSWORD, now=now)
    assert "in" == guess(clerk, "n", PASSWORD, now=now, step=digits)
    assert "out" == guess(clerk, "n", PASSWORD, now=now, step=digits)
    assert "out" == guess(clerk, "n", PASSWORD, now=now, step="１２３")


def test_what_is_refused_counts_only_where_it_was_refused(clerk: Service) -> None:
    """Else a thousand tries at one name shut the door to the whole network, and to strangers."""
    for _ in range(200):
        guess(clerk, "net1")
    told = signing_in.counted_as("clerk", "")
    assert [
        (f"account:{told}", 5), ("network:net1", 5), (f"pair:{told}:net1", 200)
    ] == counted(clerk)
    now = instants.now()
    other = signing_in.attempt(clerk.store, "other", "wrong", now, network="net1")
    assert other is None  # looked at, not blocked


def counted(service: Service) -> list[tuple[str, int]]:
    with service.store.read() as connection:
        found = connection.rows("select key, failures from throttle order by key")
    return [(row["key"], row["failures"]) for row in found]


def test_names_without_end_leave_no_rows_without_end(
    clerk: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing_in, "PER_NETWORK", 4)
    for number in range(100):
        with contextlib.suppress(Blocked):
            signing_in.attempt(clerk.store, f"n{number}", "w", instants.now(), network="spray")
    assert 1 + 4 + 4 == len(counted(clerk))
    assert ("network:spray", 100) in counted(clerk)


def test_only_the_first_refusal_of_a_window_is_one_to_enter(clerk: Service) -> None:
    now = instants.now()

    def tries(at: int) -> list[bool]:
        found = []
        for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK + 20):
            try:
                signing_in.attempt(clerk.store, "clerk", "wrong", at, network="net1")
            except Blocked as blocked:
                found.append(blocked.first)
        return found

    assert [True] + [False] * 19 == tries(now)
    assert [True] + [False] * 19 == tries(now + signing_in.WINDOW + MINUTE)


def test_a_try_that_found_no_place_is_no_try(
    clerk: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "HASHING", Turnstile(inside=1, waiting=0, wait_s=0))
    with passwords.HASHING.passing():
        for _ in range(signing_in.PER_ACCOUNT_AND_NETWORK + 3):
            with pytest.raises(Full):
                guess(clerk, "net1", PASSWORD)
        with pytest.raises(Full):
            accounts.set_password(
                clerk.store, "clerk", "another long password", instants.now(), by=Actor("test")
            )
    assert {0} == {failures for _, failures in counted(clerk)}
    assert "in" == guess(clerk, "net1", PASSWORD)


def test_a_second_step_is_counted_by_account_from_wherever_it_is_guessed(clerk: Service) -> None:
    """Who has the password, and a thousand networks, has no thousand tries at six digits."""
    secret, now = totp.new_secret(), instants.now()
    clerk.store.write(lambda c: staff.set_totp(c, "clerk", secret))
    right = totp.code(secret, now)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    told = [
        guess(clerk, f"net{n}", PASSWORD, now=now, step=wrong)
        for n in range(signing_in.PER_STEP + 1)
    ]
    assert ["out"] * signing_in.PER_STEP + ["blocked"] == told
    assert "blocked" == guess(clerk, "elsewhere", PASSWORD, now=now, step=right)
    # Its owner, at a browser that was inside before, is not kept out by that.
    assert "in" == guess(clerk, "elsewhere", PASSWORD, now=now, step=right, device="own")


def test_what_is_typed_as_a_name_is_not_kept(clerk: Service) -> None:
    """Now and then it is a password."""
    typed = "my very own passphrase"
    signing_in.attempt(clerk.store, typed, "w", instants.now(), network="n", name_key="k" * 32)
    assert counted(clerk) and not [key for key, _ in counted(clerk) if typed in key]
    told = {signing_in.counted_as(typed, key) for key in ("", "k" * 32)}
    assert 2 == len(told)
    assert f"account:{signing_in.counted_as(typed, 'k' * 32)}" in dict(counted(clerk))


@pytest.mark.parametrize("kind", stores.KINDS)
def test_a_second_step_is_not_to_be_guessed_inside_either(kind: str, tmp_path: Path) -> None:
    """A borrowed session must not try a million codes to take the second step away."""
    secret, now, ann = totp.new_secret(), instants.now(), signing_in.counted_as("ann", "")
    right = totp.code(secret, now)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    with stores.new_store(kind, tmp_path) as store:
        told = [signing_in.prove_step(store, "ann", secret, wrong, now) for _ in range(4)]
        assert [False] * 4 == told
        assert signing_in.prove_step(store, "ann", secret, right, now)
        # Spent, for the door as well.
        assert not signing_in.prove_step(store, "ann", secret, right, now)
        for _ in range(signing_in.PER_STEP - 1):
            assert not signing_in.prove_step(store, "ann", secret, wrong, now)
        with pytest.raises(Blocked):
            signing_in.prove_step(store, "ann", secret, right, now)
        assert not signing_in.prove_step(store, "bob", secret, wrong, now)
        with store.read() as connection:
            shut = [row["key"] for row in staff.failures(connection, ann, now - MINUTE)]
        assert [f"step:{ann}"] == shut
        assert 1 == store.write(lambda c: staff.unlock(c, ann))


@pytest.mark.parametrize(
    ("rule", "password", "fit"),
    [
        pytest.param("length", "short", False, id="short"),
        pytest.param("length", "aaaaaaaaaaaaaaaaaaaa", False, id="one letter"),
        pytest.param("length", "clerk is my password", False, id="the name in it"),
        pytest.param("length", "我们县的海报贴在每一面墙上都好看", True, id="a phrase"),
        pytest.param("mixed", "abcdefgh", False, id="one kind"),
        pytest.param("mixed", "Kx7qm2Pw", True, id="three kinds"),
        pytest.param("mixed", "P@ssw0rd2024", False, id="in every list"),
        pytest.param("mixed", "Abcd1234!", False, id="rows of letters and digits"),
        pytest.param("length", "passwordpassword", False, id="a common one twice"),
        pytest.param("length", "1qaz2wsx3edc4rfv", False, id="columns of keys"),
        pytest.param("length", "zhuanma123456789", False, id="the product's name"),
        pytest.param("length", "我爱你我爱你我爱你我爱你我爱你吧", False, id="five times the same"),
        pytest.param("length", "Abcdefg8", False, id="mixed but short"),
    ],
)
def test_password_rules(rule: str, password: str, fit: bool) -> None:
    assert fit == (passwords.problem(password, rule, "clerk") is None)


@pytest.mark.parametrize("rule", list(passwords.RULES))
def test_a_made_password_passes_every_rule(rule: str) -> None:
    assert all(
        passwords.problem(passwords.new(), rule) is None for _ in range(50)
    )


@pytest.mark.parametrize(
    ("role", "scopes", "cause"),
    [
        ("area", [], "needs a unit"),
        ("area", ["B01"], "no unit for the role"),
        ("bank", ["A01"], "no unit for the role"),
        ("department", ["X99"], "no unit 'X99'"),
        ("office", ["A01"], "for all units"),
        ("king", [], "no role"),
    ],
)
def test_a_role_takes_only_its_units(
    service: Service, role: str, scopes: list[str], cause: str
) -> None:
    with pytest.raises(Fault, match=cause):
        accounts.add(
            service.store, "new", PASSWORD, role, instants.now(), scopes,
            by=Actor("test"), campaign=service.campaign.id,
        )
    assert accounts.find(service.store, "new") is None


@pytest.mark.parametrize("name", ["", " a", "a b", "a:b", "x" * 41, "a\tb"])
def test_names_that_would_confuse_a_session_are_refused(service: Service, name: str) -> None:
    with pytest.raises(Fault, match="an account name"):
        accounts.add(service.store, name, PASSWORD, "viewer", instants.now(), by=Actor("test"))


def test_a_scope_holds_the_unit_and_its_lines(service: Service) -> None:
    with service.store.read() as connection:
        snapshot = registry.read(connection, service.campaign.id)

    def seen(role: str, *scopes: str) -> frozenset[str] | None:
        account = accounts.Account("x", role, 0, frozenset(scopes))
        return accounts.visible(account, snapshot)

    lines: Callable[[str, str], set[str]] = lambda field, id: {  # noqa: E731
        unit.id for unit in snapshot.units.values() if getattr(unit, field) == id
    }
    assert frozenset({"A01", *lines("area", "A01")}) == seen("area", "A01")
    assert frozenset({"B01", *lines("bank", "B01")}) == seen("bank", "B01")
    assert frozenset({"N01"}) == seen("bank", "N01")
    assert frozenset({"D01"}) == seen("department", "D01")
    assert frozenset() == seen("area")  # never everything
    assert seen("office") is None and seen("viewer") is None


def test_an_unknown_name_costs_what_a_wrong_password_costs(
    real_hashes: tuple[PasswordHasher, str],
) -> None:
    """The hash that unknown names are tried against is written down; it must keep up."""
    hasher, nobody = real_hashes
    assert not hasher.check_needs_rehash(nobody)
    assert hasher.verify(nobody, "nobody's password")
