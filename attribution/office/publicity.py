"""The publicity of the campaign as it is now, with the codes that are valid now (宣传标语)."""
from collections.abc import Collection
from io import BytesIO
from typing import IO

from attribution import master
from attribution.service import Service
from qrgen.campaign import Unit
from qrgen.codes import Code, code_url
from qrgen.publicity import pack


def write(service: Service, file: IO[bytes], only: Collection[str] | None) -> int:
    """
    Write the ZIP into *file*; return how many files it holds.

    Args:
        only: Whose texts for groups are in it; None: all units'.

    Raises:
        Fault: a slogan cannot be shown, by its key.
    """
    campaign, snapshot = service.campaign, service.scans.snapshot()
    urls: dict[Unit, str] = {}
    for unit in campaign.units:
        known = snapshot.units.get(unit.id)
        if known is None or (only is not None and unit.id not in only):
            continue
        code = Code(unit.id, known.issue)
        if (unit.id, known.issue) not in snapshot.revoked:
            urls[unit] = code_url(service.settings.public_url, service.scans.sign(code))
    # A ZIP goes back to write sizes, which a pipe cannot.
    whole = BytesIO()
    count = pack.write(campaign, urls, whole, _forbidden(service))
    file.write(whole.getvalue())
    return count


def _forbidden(service: Service) -> tuple[str, ...]:
    """Return the words that nothing of the campaign may say."""
    with service.store.read() as connection:
        values = master.read(connection, service.campaign.id).values
    return tuple(values.get("expect.forbidden_words", ()))
