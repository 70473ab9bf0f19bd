"""
A poster as a picture to look at while its campaign is still being written.

By the press that prints it, so that what is seen is what will be printed; but unread, and never
kept as a file of anybody's.
"""
import io
import tempfile
from pathlib import Path

from qrgen.campaign import Campaign
from qrgen.plan import Poster
from qrgen.posters import print_posters

# Beside its form an A4 poster at this many times 72 points an inch shows its small words.
SCALE = 1.25


def draw_poster(campaign: Campaign, poster: Poster, scale: float = SCALE) -> bytes:
    """
    Return *poster* as a PNG.

    Raises:
        Fault: as `print_posters`.
    """
    import pypdfium2  # type: ignore[import-untyped]

    with tempfile.TemporaryDirectory() as folder:
        (made,) = print_posters(campaign, [poster], Path(folder), verify=False)
        document = pypdfium2.PdfDocument(made)
        try:
            page = document[0]
            picture = page.render(scale=scale).to_pil()
            page.close()
        finally:
            document.close()
    buffer = io.BytesIO()
    picture.quantize(128).save(buffer, "PNG")
    return buffer.getvalue()
