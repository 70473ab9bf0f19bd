"""
Sessions of staff: begun, ended, refused, each with its entry.

A session stands in the ledger under the digest of what its cookie holds, so that a copied
cookie is worth nothing once it ended here. Whether a password is right, `accounts` says.
"""
from attribution import deeds
from attribution.deeds import Actor, Doing, Kind
from attribution.rule.instants import Instant
from attribution.store import Store, staff


def begin(
    store: Store, by: Actor, id: str, now: Instant, *, client: str, earlier: str = ""
) -> None:
    """
    Begin the session *id* of the account that acts.

    Args:
        client: What kind of browser it is in (`user_agents`).
        earlier: The session that the same browser brought along; it ends.
    """

    def act(doing: Doing) -> None:
        if earlier:
            staff.end_session(doing.connection, earlier, now)
        staff.add_session(doing.connection, id, by.name, now, by.network, client)
        doing.enter(Kind.SIGN_IN, f"account {by.name}", client=client)

    deeds.do(store, by, now, act)


def end(store: Store, by: Actor, id: str, now: Instant) -> None:
    """End the session *id*: its account signs out."""

    def act(doing: Doing) -> None:
        staff.end_session(doing.connection, id, now)
        doing.enter(Kind.SIGN_OUT, f"account {by.name}")

    deeds.do(store, by, now, act)


def end_some(store: Store, by: Actor, name: str, start: str, now: Instant) -> int:
    """End the sessions of *name* whose id begins with *start*; return how many."""

    def act(doing: Doing) -> int:
        ended = staff.end_one_session(doing.connection, name, start, now)
        if ended:
            doing.enter(Kind.SESSION_END, f"account {name}", sessions=ended)
        return ended

    return deeds.do(store, by, now, act)


def end_everywhere(store: Store, by: Actor, name: str, now: Instant) -> None:
    """End every session of *name*."""

    def act(doing: Doing) -> None:
        ended = staff.end_everywhere(doing.connection, name, now)
        own = by.name == name
        doing.enter(
            Kind.SIGN_OUT_EVERYWHERE if own else Kind.SESSION_END, f"account {name}",
            sessions=ended,
        )

    deeds.do(store, by, now, act)


def refuse(store: Store, network: str, name: str, now: Instant, *, blocked: bool = False) -> None:
    """
    Enter that somebody was not let in as *name*.

    Args:
        network: The digest of where it came from.
        blocked: The password was not looked at, after too many failures.
    """
    kind = Kind.SIGN_IN_BLOCKED if blocked else Kind.SIGN_IN_FAILED
    deeds.note(store, Actor("-", network), now, kind, f"account {name}")


def prove(store: Store, id: str, now: Instant) -> None:
    """Note that who is in the session *id* has just proved once more to be its owner."""
    store.write(lambda c: staff.prove_session(c, id, now))


def unproved(store: Store, by: Actor, now: Instant, *, blocked: bool = False) -> None:
    """Enter that whoever is in a session of *by* could not prove to be its owner."""
    more = {"blocked": True} if blocked else {}
    deeds.note(store, by, now, Kind.NOT_PROVED, f"account {by.name}", **more)
