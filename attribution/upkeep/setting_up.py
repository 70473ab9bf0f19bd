"""
An installation that has no campaign yet: who may set it up, its drafts, and its end.

Whoever reaches an empty installation first would own it, so nobody does without the set-up key:
made by chance, told where the service was started and kept beside the drafts, for the account
that serves. No address is trusted instead, not even this machine's own: behind a proxy all the
world comes from there. What is shown meanwhile rests on a trial home with keys of its own, so
that no preview is ever a genuine code; the real keys are made by publishing, and by nothing
before it.
"""
import hashlib
import hmac
import json
import os
import secrets
import shutil
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from attribution.office.first_people import Slip
from attribution.settings import Settings, load_settings
from attribution.upkeep.new_instance import make_folder
from qrgen import instance as instances
from qrgen.files import write_whole
from qrgen.replacing import discard

FOLDER = "setup"

# Without 0 O 1 I L: it is typed off a window. 16 of 31 are 79 bits.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS = 4

_writing = threading.Lock()


def is_due(instance: Path) -> bool:
    """
    Whether *instance* waits to be set up in a browser.

    Not where keys or a ledger are named elsewhere: such a node lacks its keys, not a campaign.
    """
    if (instance / FOLDER).is_dir():
        return True
    if any(name in os.environ for name in ("ZHUANMA_CODES_KEYS", "ZHUANMA_DATABASE")):
        return False
    return not any((instance / name).exists() for name in ("keys", "campaign", "ledger.db")) and (
        "database" not in instances.read_settings(instance)
    )


def begin(instance: Path, public_url: str | None = None) -> Settings:
    """
    Make what setting up needs; return the settings to serve with until then.

    Raises:
        Fault: the folder cannot be written, or its ``config.toml`` is wrong.
    """
    make_folder(instance)
    home = instance / FOLDER
    home.mkdir(mode=0o700, exist_ok=True)
    trial = trial_of(instance)
    for name in ("codes", "forms", "sessions", "person", "seals"):
        instances.make_keys(trial, name)
    config = instance / "config.toml"
    if config.is_file():  # certificate, proxies and names are true already
        shutil.copyfile(config, trial / "config.toml")
    else:
        discard(trial / "config.toml")
    if not (home / "key").exists():
        letters = [secrets.choice(_ALPHABET) for _ in range(4 * _GROUPS)]
        groups = ["".join(letters[i : i + 4]) for i in range(0, len(letters), 4)]
        _write(home / "key", "-".join(groups))
    settings = load_settings(trial, public_url=public_url)
    return replace(settings, instance=instance, campaign_folder=instance / "campaign")


def trial_of(instance: Path) -> Path:
    """Return the home of what is only shown, which ends with setting up."""
    return instance / FOLDER / "trial"


def told_address(instance: Path) -> str | None:
    """Return the address that codes will hold, where the settings say it already."""
    if "ZHUANMA_PUBLIC_URL" in os.environ or instances.read_settings(instance).get("public_url"):
        return instances.public_url(instance)
    return None


def keep_address(instance: Path, address: str) -> None:
    """Write *address* into a ``config.toml`` that is there and says none; a new one has it."""
    config = instance / "config.toml"
    if config.is_file() and told_address(instance) is None:
        text = config.read_text(encoding="utf-8")
        write_whole(config, f'public_url = "{address}"\n{text}'.encode())


def key_of(instance: Path) -> str:
    """Return the set-up key, as it is told."""
    return (instance / FOLDER / "key").read_text(encoding="utf-8")


def fits(instance: Path, told: str) -> bool:
    """Whether somebody *told* the set-up key, however they wrote it."""
    typed = "".join(letter for letter in told.upper() if letter.isalnum())
    return hmac.compare_digest(
        typed.encode(), key_of(instance).replace("-", "").encode()
    )


def mark_of(instance: Path) -> str:
    """Return what a session keeps of the key: not the key."""
    return hashlib.sha256(key_of(instance).encode()).hexdigest()


def end(instance: Path) -> None:
    """Take away all that setting up needed."""
    # First what says that it is due: what a crash leaves of the rest does nothing.
    gone = instance / f"{FOLDER}-{secrets.token_hex(4)}"
    if (instance / FOLDER).is_dir():
        (instance / FOLDER).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


# --- drafts -------------------------------------------------------------------------------


@dataclass(frozen=True)
class KeptDraft:
    """
    What was filled in so far.

    Args:
        form: What was typed, field by field.
        table: What was understood of a table, and corrected since; JSON.
        revision: One more with each change.
    """

    form: dict[str, str] = field(default_factory=dict)
    table: dict[str, Any] = field(default_factory=dict)
    revision: int = 0


class Drafts:
    """The draft of an *instance*: a private file, the same for everybody with the key."""

    def __init__(self, instance: Path):
        self.folder = instance / FOLDER / "draft"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._file = instance / FOLDER / "draft.json"
        self._slips = instance / FOLDER / "slips.json"

    def read(self) -> KeptDraft:
        """Return the draft; an empty one at first."""
        try:
            return KeptDraft(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return KeptDraft()

    def keep(
        self, form: dict[str, str] | None = None, table: dict[str, Any] | None = None
    ) -> KeptDraft:
        """Keep *form*, *table* or both; return the draft as it is then."""
        with _writing:
            there = self.read()
            made = replace(
                there, form=there.form if form is None else form,
                table=there.table if table is None else table,
            )
            if made != there:
                made = replace(made, revision=there.revision + 1)
                _write(self._file, json.dumps(made.__dict__, ensure_ascii=False))
            return made

    # --- the slips of the first people, until they are handed over ------------------------

    def keep_slips(self, slips: list[Slip]) -> None:
        """Keep *slips* until each was printed; nothing else does."""
        _write(self._slips, json.dumps([slip.__dict__ for slip in slips]))

    def slips(self) -> list[Slip] | None:
        """Return those that were not printed yet; None before anything is published."""
        try:
            return [Slip(**plain) for plain in json.loads(self._slips.read_text("utf-8"))]
        except FileNotFoundError:
            return None

    def drop_slip(self, name: str) -> None:
        """Forget the slip of the account *name*."""
        with _writing:
            self.keep_slips([slip for slip in self.slips() or [] if slip.name != name])


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    write_whole(path, text.encode())
