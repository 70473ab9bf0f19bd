"""
The instance is for the account that serves: on Windows by its list of who may, elsewhere by modes.

A new folder on Windows hands its parent's rights down, and below ``C:\\`` these let every account
of the machine read: keys, ledger, waiting files. So inheritance is turned off, and the account,
the system and the administrators are named; what is made inside has the same from then on.
And a folder that a cloud service keeps copies of is private to nobody.
"""
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

# Whole names of folders, as the services make them; OneDrive's of an office are "OneDrive - …".
_CLOUDS = {
    "onedrive": "OneDrive", "icloud drive": "iCloud", "iclouddrive": "iCloud",
    "mobile documents": "iCloud", "cloudstorage": "iCloud", "dropbox": "Dropbox",
    "google drive": "Google Drive", "nutstore": "坚果云", "我的坚果云": "坚果云",
    "baidusyncdisk": "百度网盘", "百度网盘同步空间": "百度网盘",
    "wpsdrive": "WPS", "wps云盘": "WPS",
}
_ONEDRIVE = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")

# Well known on every Windows, in whatever language: the system, and the administrators.
_SYSTEM, _ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"

Run = Callable[[list[str]], bytes]


def make_private(folder: Path) -> None:
    """
    Let nobody but this account (and who runs the machine) use *folder*, or what will be in it.

    Raises:
        OSError: that cannot be done.
    """
    if sys.platform == "win32":
        shut_on_windows(folder, _output_of)
    else:
        folder.chmod(0o700)


def shut_on_windows(folder: Path, run: Run) -> None:
    """As `make_private`, by ``icacls``, which every Windows has; *run* starts it."""
    # By its number: a name may be Chinese, and these programs write another code page than we.
    found = re.search(rb"S-1-[0-9-]+", run(["whoami", "/user", "/fo", "csv", "/nh"]))
    if found is None:
        raise OSError(None, "whoami does not tell this account's number", str(folder))
    command = ["icacls", str(folder), "/inheritance:r", "/q"]
    for who in (found[0].decode("ascii"), _SYSTEM, _ADMINISTRATORS):
        command += ["/grant:r", f"*{who}:(OI)(CI)F"]
    run(command)


def cloud_of(folder: Path, environ: Mapping[str, str] | None = None) -> str | None:
    """Return the name of the cloud service that copies *folder* away; None for none we know."""
    environ = os.environ if environ is None else environ
    places = [folder, *folder.parents]
    homes = {os.path.normcase(environ[name]) for name in _ONEDRIVE if environ.get(name)}
    if any(os.path.normcase(place) in homes for place in places):
        return "OneDrive"
    for place in places:
        name = place.name.lower().partition(" - ")[0]
        if name in _CLOUDS:
            return _CLOUDS[name]
    return None


def _output_of(command: list[str]) -> bytes:
    try:
        return subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
        ).stdout
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise OSError(None, f"{command[0]} failed", command[1]) from error
