"""
Settings: read once, frozen, and complete or not at all.

A service that starts half-configured prints codes that nobody can verify, or
digests under a key that is lost tomorrow; so every secret must be there, long
and not a placeholder, before anything listens.
"""
import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from attribution.faults import Code
from attribution.rule.people import DIGESTS, Recipe, check_digest
from attribution.settings.former import Former, read_former
from attribution.settings.hosts import is_host
from attribution.settings.mailing import TABLES as NOTICE_TABLES
from attribution.settings.mailing import NoticeSettings, read_notices
from attribution.settings.resident_options import TABLES, ResidentSettings
from attribution.settings.resident_options import read as read_resident
from attribution.settings.thresholds import Thresholds, read_thresholds
from qrgen import instance as instances
from qrgen.faults import Fault
from qrgen.shapes import shape_of, word_or_shape

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KNOWN = {
    "public_url", "known_hosts", "database", "digest", "trusted_proxies", "form_max_age_s",
    "tls_certificate", "tls_key", "metrics_from",
    "password_rule", "second_step_roles", "session_idle_s", "session_max_s",
    "nodes", "redis_url", "shared_folder", "alarms", "facts", "snapshots", "exchange",
    "former", *TABLES, *NOTICE_TABLES,
}


# Whose accounts may be made to sign in with a second step: every role there is.
STEP_ROLES = ("office", "checker", "accounts", "area", "department", "bank", "viewer")


@dataclass(frozen=True)
class Settings:
    """Everything that may differ between two installations."""

    instance: Path
    campaign_folder: Path
    public_url: str
    database: str  # a URL, see store.open_store
    code_keys: tuple[str, ...]
    form_keys: tuple[str, ...]
    session_keys: tuple[str, ...]
    person_pepper: str
    digest: str = "sha256"
    # Of daily seals and partners' secrets. Empty on an instance made before them.
    seal_keys: tuple[str, ...] = ()
    # Of second steps at sign-in. Empty on an instance made before them.
    second_keys: tuple[str, ...] = ()
    # How many machines serve the same ledger. Above one, what a visitor may do in a
    # minute is counted in Redis; a count in each machine's memory would be no limit.
    nodes: int = 1
    redis_url: str = ""
    # Where uploads wait for a decision and posters for their download; with several nodes,
    # a folder that all of them see. None: the instance folder.
    shared_folder: Path | None = None
    # How many proxies of ours stand in front; their X-Forwarded-* is believed.
    trusted_proxies: int = 0
    # Other names under which we are asked: say of posters printed before public_url changed.
    known_hosts: tuple[str, ...] = ()
    # A form older than this must be opened again. A day, because people fill
    # it in at the counter, put the phone away and finish in the evening.
    form_max_age_s: int = 86_400
    # PEM files, to speak TLS without a web server in front; both or none.
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    # Who may read /metrics besides this machine.
    metrics_from: tuple[Network, ...] = ()
    # "length": 15 characters, any. "mixed": 8, of three kinds, as 等保 inspectors ask.
    password_rule: str = "length"  # noqa: S105 (a rule, no password)
    # The roles that have to sign in with a second step; who has none sets it up first.
    second_step_roles: tuple[str, ...] = ()
    # Which snapshots the day's job takes by itself: weekly, daily, none.
    snapshots: str = "weekly"
    # Whether the day's job makes the packs of all units: weekly, of each week's snapshot; none.
    exchange: str = "none"
    # Staff are signed out after this long without, and at most this long with, activity.
    session_idle_s: int = 1_800
    session_max_s: int = 43_200
    resident: ResidentSettings = field(default_factory=ResidentSettings)
    alarms: Thresholds = field(default_factory=Thresholds)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    # How the platform hashes numbers, where it gives nothing else. A digest under the pepper
    # of each claimant's hash is kept; without this none is.
    recipe: Recipe | None = None
    # Campaigns before this one, and the keys of their codes: an old poster is told as one.
    former: tuple[Former, ...] = ()
    former_keys: tuple[str, ...] = ()

    @property
    def shared(self) -> Path:
        """The folder of files that several requests, and nodes, have to do with."""
        return self.shared_folder or self.instance

    @property
    def secure(self) -> bool:
        """Whether visitors come over TLS."""
        return self.public_url.startswith("https://")


def load_settings(
    instance: Path,
    *,
    campaign: str | None = None,
    public_url: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """
    Return the settings of *instance*: options, then environment, then config.toml.

    Raises:
        Fault: something is missing or wrong; the hint says what to do.
    """
    environ = os.environ if environ is None else environ
    values = instances.read_settings(instance)
    unknown = sorted(set(values) - _KNOWN)
    if unknown:
        raise Fault(
            Code.SETTING_UNKNOWN, file=instance / "config.toml", name=word_or_shape(unknown[0]),
            names=sorted(_KNOWN),
        )
    database = environ.get("ZHUANMA_DATABASE") or _text(values, "database", "")
    if not database:
        database = f"sqlite:///{(instance / 'ledger.db').resolve().as_posix()}"
    digest = environ.get("ZHUANMA_DIGEST") or _text(values, "digest", "sha256")
    if digest not in DIGESTS:
        raise Fault(Code.DIGEST_UNKNOWN, digests=list(DIGESTS), shape=shape_of(digest))
    try:
        check_digest(digest)
    except ValueError:
        raise Fault(Code.DIGEST_MISSING, digest=digest) from None
    nodes = _number(environ.get("ZHUANMA_NODES", values.get("nodes", 1)), "nodes", 1, 1000)
    redis_url = environ.get("ZHUANMA_REDIS_URL") or _text(values, "redis_url", "")
    if nodes > 1 and not redis_url:
        raise Fault(Code.NODES_NEED_REDIS, nodes=nodes)
    if nodes > 1 and database.startswith("sqlite:"):
        raise Fault(Code.NODES_NEED_SERVER, nodes=nodes)
    return Settings(
        instance=instance,
        campaign_folder=instances.find_campaign(instance, campaign),
        public_url=instances.public_url(instance, public_url),
        database=database,
        code_keys=instances.read_keys(instance, "codes"),
        form_keys=instances.read_keys(instance, "forms"),
        session_keys=instances.read_keys(instance, "sessions"),
        # One for the whole campaign: digests cannot be made anew without numbers.
        person_pepper=instances.read_keys(instance, "person")[0],
        digest=digest,
        seal_keys=_later_keys(instance, environ, "seals"),
        second_keys=_later_keys(instance, environ, "second"),
        nodes=nodes,
        redis_url=redis_url,
        trusted_proxies=_number(
            environ.get("ZHUANMA_TRUSTED_PROXIES", values.get("trusted_proxies", 0)),
            "trusted_proxies", 0, 8,
        ),
        metrics_from=_networks(values, "metrics_from"),
        known_hosts=_hosts(environ, values),
        form_max_age_s=_number(
            values.get("form_max_age_s", 86_400), "form_max_age_s", 60, 604_800
        ),
        password_rule=_one_of(values, "password_rule", ("length", "mixed")),
        snapshots=_one_of(values, "snapshots", ("weekly", "daily", "none")),
        exchange=_one_of(values, "exchange", ("none", "weekly")),
        second_step_roles=_some_of(values, "second_step_roles", STEP_ROLES),
        session_idle_s=_number(
            values.get("session_idle_s", 1_800), "session_idle_s", 60, 86_400
        ),
        session_max_s=_number(
            values.get("session_max_s", 43_200), "session_max_s", 300, 604_800
        ),
        resident=read_resident(values, instance),
        shared_folder=_shared(instance, environ, values),
        alarms=read_thresholds(values.get("alarms", {})),
        notices=read_notices(values, instance),
        recipe=_recipe(values.get("facts", {})),
        former=read_former(values),
        former_keys=instances.former_keys(instance),
        **_tls(instance, values),
    )


def _tls(instance: Path, values: Mapping[str, Any]) -> dict[str, Path]:
    found = {}
    for name in ("tls_certificate", "tls_key"):
        text = _text(values, name, "")
        if text:
            found[name] = instance / text  # an absolute path stays as it is
            if not found[name].is_file():
                raise Fault(Code.SETTING_FILE_MISSING, name=name, file=found[name])
    if len(found) == 1:
        raise Fault(Code.TLS_HALF)
    return found


def _hosts(environ: Mapping[str, str], values: Mapping[str, Any]) -> tuple[str, ...]:
    given = environ.get("ZHUANMA_KNOWN_HOSTS")
    found = values.get("known_hosts", []) if given is None else given.split(",")
    hosts = [host.strip() for host in found if isinstance(host, str)] if found else []
    if not isinstance(found, list) or len(hosts) != len(found) or not all(map(is_host, hosts)):
        raise Fault(Code.SETTING_NO_HOSTS)
    return tuple(hosts)


def _shared(
    instance: Path, environ: Mapping[str, str], values: Mapping[str, Any]
) -> Path | None:
    text = environ.get("ZHUANMA_SHARED_FOLDER") or _text(values, "shared_folder", "")
    if not text:
        return None
    folder = instance / text  # an absolute path stays as it is
    if not folder.is_dir():
        raise Fault(Code.SHARED_FOLDER_MISSING, folder=folder)
    return folder


def _recipe(table: object) -> Recipe | None:
    """Return how numbers are hashed, by ``[facts]``: ``hash``, ``salt``, ``salt_first``."""
    if not isinstance(table, dict) or table.keys() - {"hash", "salt", "salt_first"}:
        raise Fault(Code.FACTS_TABLE)
    if not table:
        return None
    name, salt, first = table.get("hash"), table.get("salt"), table.get("salt_first", False)
    if name not in DIGESTS or not isinstance(salt, str) or type(first) is not bool:
        raise Fault(Code.FACTS_TABLE)
    try:
        check_digest(name)
    except ValueError:
        raise Fault(Code.DIGEST_MISSING, digest=name) from None
    return Recipe(name, salt, first)


def _later_keys(instance: Path, environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return the keys called *name*, which an instance of the first release does not have."""
    given = f"ZHUANMA_{name.upper()}_KEYS" in environ
    if not given and not (instance / "keys" / f"{name}.keys").is_file():
        return ()
    return instances.read_keys(instance, name)


def _text(values: Mapping[str, Any], name: str, default: str) -> str:
    value = values.get(name, default)
    if not isinstance(value, str):
        raise Fault(Code.SETTING_NO_TEXT, name=name)
    return value


def _networks(values: Mapping[str, Any], name: str) -> tuple[Network, ...]:
    texts = values.get(name, [])
    try:
        if not isinstance(texts, list):
            raise ValueError
        # As text: a bare number is an address to ipaddress.
        return tuple(ipaddress.ip_network(str(text)) for text in texts)
    except ValueError:
        raise Fault(Code.SETTING_NO_NETWORKS, name=name, given=repr(texts)) from None


def _one_of(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> str:
    value = _text(values, name, allowed[0])
    if value not in allowed:
        raise Fault(
            Code.SETTING_NO_CHOICE, name=name, shape=shape_of(value), choices=list(allowed)
        )
    return value


def _some_of(values: Mapping[str, Any], name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    found = values.get(name, [])
    wrong = [one for one in found if one not in allowed] if isinstance(found, list) else [found]
    if wrong:
        raise Fault(
            Code.SETTING_NO_CHOICE, name=name, shape=shape_of(str(wrong[0])), choices=list(allowed)
        )
    return tuple(found)


def _number(value: object, name: str, least: int, most: int) -> int:
    try:
        number = int(str(value))
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise Fault(
            Code.SETTING_NO_NUMBER, name=name, least=least, most=most, shape=shape_of(str(value))
        )
    return number
