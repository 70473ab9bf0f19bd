"""What people uploaded and nobody decided on: files of numbers, which go with the people."""
import shutil

from attribution.settings import Settings


def remove(settings: Settings) -> None:
    """Remove every upload that waits, of whatever kind."""
    for folder in (settings.shared / "uploads").glob("*-*"):
        shutil.rmtree(folder, ignore_errors=True)
