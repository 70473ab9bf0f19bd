"""A ZIP of some files, the same bytes for the same files; a list of them with their SHA-256."""
import hashlib
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from attribution.rule.instants import Instant, to_datetime

# ZIP knows no earlier day; when a file was made stands in the file.
_DAY = (1980, 1, 1, 0, 0, 0)
_FILE = 0o100600 << 16


@dataclass(frozen=True)
class PackedFile:
    """
    One file of a pack.

    Args:
        about: What it is, and of which moment, for the list.
    """

    name: str
    content: bytes
    about: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def packed(parts: Iterable[PackedFile], at: Instant | None = None, mode: int = _FILE) -> bytes:
    """
    Return the ZIP of *parts*, in their order.

    Args:
        at: The time of each in it; None: none, for it stands in the file.
        mode: Who may read what is unpacked, as `zipfile.ZipInfo.external_attr`.
    """
    time = _DAY if at is None else _clock(at)
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            info = zipfile.ZipInfo(part.name, time)
            info.external_attr, info.compress_type = mode, zipfile.ZIP_DEFLATED
            info.create_system = 3  # on Windows as elsewhere
            archive.writestr(info, part.content)
    return file.getvalue()


def _clock(at: Instant) -> tuple[int, int, int, int, int, int]:
    moment = to_datetime(at)
    return (
        max(moment.year, _DAY[0]), moment.month, moment.day, moment.hour, moment.minute,
        moment.second,
    )


def again(content: bytes) -> bytes:
    """Return the ZIP *content* (a DOCX, say) without the times at which its files were made."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return packed([PackedFile(name, archive.read(name)) for name in archive.namelist()])


def listed(parts: Sequence[PackedFile], head: Sequence[str]) -> PackedFile:
    """Return the list of *parts*: what each is, its size, its SHA-256."""
    lines = [*head, ""]
    for part in parts:
        lines += [part.name, f"  {part.about}", f"  {len(part.content):,} 字节",
                  f"  SHA-256 {part.sha256}", ""]
    return PackedFile("文件清单.txt", ("\ufeff" + "\r\n".join(lines)).encode())
