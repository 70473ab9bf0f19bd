"""
What other accounts of the machine may do to the instance: nothing.

Whoever reads the keys can sign codes and undo digests; whoever writes them makes every poster
void. Files copied by hand, out of an archive or by another account, lose the modes they were
made with, so each start looks, takes away what others may, and says that they could have
looked. What belongs to somebody else cannot be mended here: he can open it again.
"""
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attribution.faults import Code
from attribution.settings import Settings
from attribution.upkeep.private import cloud_of, make_private
from qrgen.faults import Fault, Said
from qrgen.shell import language

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def shut(settings: Settings, me: int | None = None) -> Iterator[str]:
    """
    Take away what others may do to keys, ledger and waiting files; yield what was changed.

    Args:
        me: The user that the service runs as; None for this process's.

    Raises:
        Fault: a key belongs to somebody who is neither we nor root.
    """
    instance = settings.instance
    if cloud := cloud_of(instance.resolve()):
        yield f"warning: {Said(Code.IN_A_CLOUD, folder=instance, cloud=cloud).told(language())}"
    if sys.platform == "win32":  # no modes there: one list of who may, handed down
        try:
            make_private(instance)
        except OSError as error:
            yield f"warning: others may use {instance}, and this cannot be changed: {error}"
    else:
        yield from _shut_by_modes(settings, os.geteuid() if me is None else me)


def _shut_by_modes(settings: Settings, me: int) -> Iterator[str]:
    keys = settings.instance / "keys"
    for path in _keys(keys):
        owner = path.stat().st_uid
        if me != 0 and owner not in (me, 0):
            raise Fault(Code.KEY_OF_ANOTHER, file=path, owner=owner, me=me)
    # Looked at before anything is changed: what lies in a shut folder was out of reach.
    looked_at = [(path, path.stat(), _reached(path, settings)) for path in _ours(settings)]
    for path, found, reached in looked_at:
        mode = stat.S_IMODE(found.st_mode)
        # Root may hand a key to the service's group, so that the service cannot write it.
        handed = found.st_uid == 0 != me and not mode & (stat.S_IRWXO | stat.S_IWGRP)
        if not mode & _OTHERS or handed:
            continue
        with suppress(OSError):
            path.chmod(mode & ~_OTHERS)
        if not reached:
            continue
        if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            yield f"warning: others may use {path} (mode {mode:04o}), and this cannot be changed"
        else:
            yield f"warning: others could use {path} (mode {mode:04o}); now only its owner may"


def _keys(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.keys"), *folder.glob("log.*")])


def _reached(path: Path, settings: Settings) -> bool:
    """Whether other accounts come as far as *path* through the folders that are ours."""
    tops = (settings.instance, settings.shared)
    while path not in tops:
        path = path.parent
        if not path.stat().st_mode & (stat.S_IXGRP | stat.S_IXOTH):
            return False
    return True


def _ours(settings: Settings) -> Iterator[Path]:
    """Yield what others have no business with, as far as it exists."""
    instance, shared = settings.instance, settings.shared
    fixed = [
        instance, instance / "keys", instance / "config.toml", shared / "uploads", shared / "jobs"
    ]
    yield from (path for path in fixed if path.exists())
    yield from _keys(instance / "keys")
    yield from sorted(instance.glob("ledger.db*"))
