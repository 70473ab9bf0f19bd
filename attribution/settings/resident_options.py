"""
Settings of the resident's side, from the tables of config.toml, each with its reason.

`[newness]`, `[one_time]`, `[limits]` and `[review]`; docs/residents.md explains them.
Whatever is named and not known, or of the wrong kind, stops the start.
"""
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from attribution.faults import Code
from qrgen.shapes import is_word, shape_of
from qrgen.shell import Fault

T = TypeVar("T")

TABLES = ("newness", "one_time", "limits", "review")
SENDERS = ("off", "console", "http", "aliyun", "tencent")


@dataclass(frozen=True)
class Quotas:
    """All limits of one-time passwords; a value in config.toml replaces each."""

    # The carriers' own limits per number and signature: beyond
    # them a message is paid for and not delivered.
    per_minute: int = 1
    per_hour: int = 5
    per_day: int = 10
    # A stall's one tablet, on a market day; a household is far below.
    visitor_per_day: int = 200
    # A carrier's network may be half a county's: what one of them may take of the day's cost.
    network_per_day: int = 3000
    # What a day may cost: at 0.05 yuan a message, 250 yuan.
    all_per_day: int = 5000
    tries: int = 5  # 5 of 10^6: a guess hits once in 200 000 passwords
    lasts_s: int = 300  # ASVS 6.5.5 allows ten minutes; messages come within one


@dataclass(frozen=True)
class Signs:
    """How much of each sign is too much. 0 switches one off."""

    # A stall with three helpers registers a person every 20 seconds at best;
    # one every 10 seconds for ten minutes is a list being typed.
    per_code: int = 60
    # Reading two sentences and typing 11 digits takes longer than this...
    human_time_s: int = 2
    # ...and this many quicker ones at one code are no coincidence.
    too_fast: int = 30
    # Numbers within NEAR of each other: a block bought or made up together.
    in_a_row: int = 8
    # Between midnight and five, nobody stands at a stall.
    at_night: int = 20
    # Of those registered at a counter one in so many is asked about afterwards: of a hundred
    # that were made up ten are looked at.
    counter_sample: int = 10


@dataclass(frozen=True)
class Limits:
    """
    Rates as Flask-Limiter writes them. *storage*: ``memory://`` or ``redis://…``.

    Of claims only genuine ones count, each once, and what lies beyond is held for review.
    """

    storage: str = "memory://"
    # A village, a market, a bank's hall share one address, and a carrier's network (NAT)
    # may be the county's: two claims every second, some four times what 100 000 people in
    # two months come to in the busiest ten minutes of the busiest day.
    claims_per_network: str = "1200 per 10 minutes"
    # One phone registers a family; a helper's tablet at a stall, a queue.
    claims_per_visitor: str = "60 per 10 minutes; 300 per day"
    # Passwords that one form may ask for: slips, not a list of numbers to be rung up.
    claims_per_form: str = "20 per 10 minutes"
    # One code: more than the busiest stall; what lies below is held by [review].
    claims_per_code: str = "600 per 10 minutes"
    # One account at a counter: a customer every half minute of a market morning.
    claims_per_counter: str = "60 per 30 minutes; 300 per day"
    # Wrong receipts: nobody mistypes his own this often.
    rights_per_visitor: str = "20 per 10 minutes"
    rights_per_network: str = "120 per 10 minutes"
    # A partner's program: 300 000 people a minute in full requests.
    api_per_key: str = "300 per minute"
    # What nobody signed costs a look at the keys; a signed request does not count here.
    api_per_network: str = "600 per minute"


@dataclass(frozen=True)
class ResidentSettings:
    """Everything of the resident's side that may differ between two installations."""

    newness: str = "off"  # off | file | http
    newness_url: str = ""
    newness_timeout_s: float = 2.0
    sender: str = "off"
    sender_options: Mapping[str, str] = field(default_factory=dict)
    quotas: Quotas = field(default_factory=Quotas)
    limits: Limits = field(default_factory=Limits)
    review: Signs = field(default_factory=Signs)
    platform_key: str = field(default="", repr=False)
    message_key: str = field(default="", repr=False)


_OPTIONS = {
    "off": ((), ()),
    "console": ((), ()),
    "http": (("url",), ()),
    "aliyun": (("access_key", "signature", "template"), ("endpoint",)),
    "tencent": (("secret_id", "app_id", "signature", "template"), ("endpoint", "region")),
}


def read(values: Mapping[str, Any], instance: Path) -> ResidentSettings:
    """
    Return the settings in *values*, the content of config.toml.

    Raises:
        Fault: something is missing or wrong; the hint says what to do.
    """
    new, sms = _table(values, "newness"), _table(values, "one_time")
    mode = _choice(new.pop("mode", "off"), "newness.mode", ("off", "file", "http"))
    url = str(new.pop("url", ""))
    timeout = new.pop("timeout_s", 2.0)
    if not isinstance(timeout, int | float) or not 0.1 <= timeout <= 10:
        raise Fault(Code.OPTION_TIMEOUT)
    _nothing_else(new, "newness", "mode, url, timeout_s")
    if mode == "http" and not url.startswith(("http://", "https://")):
        raise Fault(Code.OPTION_URL)
    sender = _choice(sms.pop("sender", "off"), "one_time.sender", SENDERS)
    needed, optional = _OPTIONS[sender]
    options = {name: str(sms.pop(name)) for name in (*needed, *optional) if name in sms}
    missing = [name for name in needed if not options.get(name)]
    if missing:
        raise Fault(Code.OPTION_SENDER_NEEDS, option=missing[0], sender=sender)
    return ResidentSettings(
        newness=mode, newness_url=url, newness_timeout_s=float(timeout), sender=sender,
        sender_options=options,
        quotas=_filled(Quotas, sms, "one_time"),
        limits=_filled(Limits, _table(values, "limits"), "limits"),
        review=_filled(Signs, _table(values, "review"), "review"),
        platform_key=_given(instance, "platform") if mode == "http" else "",
        message_key=(
            _given(instance, "messages") if sender in ("http", "aliyun", "tencent") else ""
        ),
    )


def _given(instance: Path, name: str) -> str:
    """
    Return a secret that somebody else gave us; theirs to choose, so no length is asked.

    From ``$ZHUANMA_<NAME>_KEYS``, else the last line of ``keys/<name>.keys``.
    """
    text = os.environ.get(f"ZHUANMA_{name.upper()}_KEYS")
    path = instance / "keys" / f"{name}.keys"
    if text is None and path.is_file():
        text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in re.split(r"[\n,]", text or "")]
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:
        raise Fault(Code.OPTION_NO_KEY, file=path)
    return keys[-1]


def _table(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name, {})
    if not isinstance(table, dict):
        raise Fault(Code.OPTION_NO_TABLE, table=name)
    return dict(table)


def _choice(value: object, name: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise Fault(
            Code.OPTION_CHOICE, option=name, shape=shape_of(str(value)), choices=list(allowed)
        )
    return str(value)


def _nothing_else(table: Mapping[str, Any], name: str, known: str) -> None:
    if table:
        key = min(table)
        shown = key if is_word(key) else shape_of(key)
        raise Fault(Code.OPTION_UNKNOWN, table=name, option=shown, known=known)


def _filled(kind: type[T], table: dict[str, Any], name: str) -> T:
    """Return *kind* with the values in *table*, which must be of the defaults' types."""
    defaults: dict[str, Any] = {f.name: f.default for f in fields(kind)}  # type: ignore[arg-type]
    _nothing_else(
        {key: value for key, value in table.items() if key not in defaults},
        name, ", ".join(defaults),
    )
    for key, value in table.items():
        wanted = type(defaults[key])
        if type(value) is not wanted or (wanted is int and value < 0):
            raise Fault(
                Code.OPTION_NO_NUMBER if wanted is int else Code.OPTION_NO_TEXT,
                option=f"{name}.{key}", shape=shape_of(str(value)), usual=defaults[key],
            )
    if kind is Limits:
        # As they come they are sound, and the library that says so takes a tenth of a second.
        _check_rates({key: value for key, value in table.items() if value != defaults[key]})
    return kind(**table)


def _check_rates(table: Mapping[str, str]) -> None:
    for key, value in table.items():
        if key != "storage":
            from limits import parse_many

            try:
                parse_many(value)
            except ValueError:
                raise Fault(
                    Code.OPTION_NO_RATE, option=key, shape=shape_of(value)
                ) from None
