"""
The instance folder: keys, settings, the campaign in use. One place knows where they lie.

Nothing starts with a default secret: a key is made by chance or the command stops.
"""
import ipaddress
import os
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qrgen.fault_codes import Code
from qrgen.files import read_text, read_toml
from qrgen.replacing import sync_number
from qrgen.shapes import shape_of
from qrgen.shell import USAGE_AT_FAULT, Fault

# 32 hexadecimal digits are 128 bits; make_keys writes twice that.
KEY_LENGTH = 32

DEFAULT_URL = "http://127.0.0.1:8000"
PACKAGED_CAMPAIGN = Path(__file__).parent / "campaigns" / "xingguo-2022"

_PLACEHOLDERS = ("change", "placeholder", "secret", "example", "password", "your-", "your_")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_host = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def find_instance(given: str | Path | None = None) -> Path:
    """Return the instance folder: *given*, else ``$ZHUANMA_INSTANCE``, else ``./instance``."""
    return Path(given or os.environ.get("ZHUANMA_INSTANCE") or "instance")


def find_campaign(instance: Path, given: str | Path | None = None) -> Path:
    """
    Return the campaign folder: *given*, else the instance's, else the packaged one.

    Raises:
        Fault: *given* is not a folder with a ``campaign.toml`` in it.
    """
    if given:
        folder = Path(given)
        if not (folder / "campaign.toml").is_file():
            raise Fault(Code.NO_CAMPAIGN, status=USAGE_AT_FAULT, folder=folder)
        return folder
    own = instance / "campaign"
    return own if own.is_dir() else PACKAGED_CAMPAIGN


def own_files(instance: Path, campaign: Path) -> list[Path]:
    """Return what commands read in both folders, and no output of theirs may replace."""
    return [
        instance / "config.toml",
        *(instance / "keys").glob("*.keys"),
        *(instance / "keys").glob("log.*"),  # the key of the public log, and its last head
        *(campaign / name for name in ("campaign.toml", "units.csv", "placements.csv")),
    ]


def read_settings(instance: Path) -> dict[str, Any]:
    """
    Return what ``config.toml`` in *instance* says; ``{}`` when there is none.

    Raises:
        Fault: It is no TOML; the cause names file and line.
    """
    path = instance / "config.toml"
    return read_toml(path) if path.is_file() else {}


def public_url(instance: Path, given: str | None = None) -> str:
    """
    Return the address that is printed: ``scheme://host[:port]``, lower case, no path.

    *given*, else ``$ZHUANMA_PUBLIC_URL``, else ``public_url`` in ``config.toml``, else the
    address of a service on this computer.

    Raises:
        Fault: It is no such address. It is printed on paper, so it is never guessed at.
    """
    if given:
        return _checked_url(given, "--public-url", USAGE_AT_FAULT)
    if from_env := os.environ.get("ZHUANMA_PUBLIC_URL"):
        return _checked_url(from_env, "ZHUANMA_PUBLIC_URL")
    from_file = read_settings(instance).get("public_url")
    if from_file is not None:
        return _checked_url(str(from_file), f"{instance / 'config.toml'}: public_url")
    return DEFAULT_URL


def read_keys(instance: Path, name: str) -> tuple[str, ...]:
    """
    Return the secrets called *name*, oldest first; the last one signs.

    From ``$ZHUANMA_<NAME>_KEYS`` (separated by commas), else ``keys/<name>.keys`` in
    *instance*: one a line, ``#`` begins a comment.

    Raises:
        Fault: There is none, or one is too short or a placeholder.
    """
    variable = f"ZHUANMA_{name.upper()}_KEYS"
    path = instance / "keys" / f"{name}.keys"
    given = os.environ.get(variable)
    if given is not None:
        entries = [(variable, key.strip()) for key in given.split(",")]
        where = variable
    elif path.is_file():
        entries = [
            (f"{path}:{number}", line.strip())
            for number, line in enumerate(read_text(path).splitlines(), start=1)
        ]
        where = str(path)
    else:
        raise Fault(Code.NO_KEY_FILE, path=path)
    keys = [(place, key) for place, key in entries if key and not key.startswith("#")]
    if not keys:
        raise Fault(Code.NO_KEY, where=where)
    for place, key in keys:
        _refuse_weak(place, key)
    return tuple(key for _, key in keys)


def former_keys(instance: Path) -> tuple[str, ...]:
    """Return the code keys of earlier campaigns, by which an old poster is told; () for none."""
    there = "ZHUANMA_FORMER_KEYS" in os.environ or (instance / "keys" / "former.keys").is_file()
    return read_keys(instance, "former") if there else ()


def make_keys(instance: Path, name: str) -> None:
    """
    Make ``keys/<name>.keys`` with one key by chance, for its owner's eyes only.

    A file that is there is left alone: overwriting it would void every poster it signed.
    """
    folder = instance / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)  # mkdir's mode is cut by the umask, and the folder may have been there
    try:
        # O_EXCL: of two commands at once one makes the key, the other finds it.
        handle = os.open(folder / f"{name}.keys", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
        file.write(
            "# One key a line, oldest first; the last one signs. To renew, add a line below.\n"
            "# Deleting a line voids whatever it signed.\n"
            f"{secrets.token_hex(32)}\n"
        )
        file.flush()
        sync_number(file.fileno())


def _refuse_weak(where: str, key: str) -> None:
    # Never with the key itself: the fault ends up in logs.
    if len(key) < KEY_LENGTH:
        raise Fault(Code.KEY_SHORT, where=where, least=KEY_LENGTH)
    if len(set(key)) < 8:
        raise Fault(Code.KEY_REPEATS, where=where)
    if any(word in key.lower() for word in _PLACEHOLDERS):
        raise Fault(Code.KEY_PLACEHOLDER, where=where)


def _checked_url(text: str, source: str, status: int = 1) -> str:
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        shape = shape_of(text)
        raise Fault(Code.NO_ADDRESS, status=status, source=source, shape=shape) from None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise Fault(Code.ADDRESS_SCHEME, status=status, source=source)
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise Fault(Code.ADDRESS_TOO_LONG, status=status, source=source)
    if not host.isascii():
        raise Fault(
            Code.ADDRESS_NOT_ASCII, status=status, source=source, ascii=_ascii_form(host)
        )
    if not _is_host(host) or port == 0:
        raise Fault(Code.ADDRESS_HOST, status=status, source=source)
    shown = f"[{host}]" if ":" in host else host
    tail = "" if port is None or port == _DEFAULT_PORTS[parts.scheme] else f":{port}"
    return f"{parts.scheme}://{shown}{tail}"


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    return len(host) <= 253 and _host.fullmatch(host) is not None


def _ascii_form(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return "xn--…"
