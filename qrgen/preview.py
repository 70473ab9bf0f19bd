"""
A poster as a picture to look at while its campaign is still being written.

By the press and the template that print it, so that what is seen is what will be printed; but
the symbol is not read back, and no file is left to anybody.
"""
import tempfile
from contextlib import closing
from pathlib import Path

from qrgen.artwork import template_folder
from qrgen.campaign import Campaign
from qrgen.extras import need_print
from qrgen.fonts import RARE_FAMILY, font_folders
from qrgen.formats import FORMATS
from qrgen.plan import Poster
from qrgen.posters import lay_rare_letters
from qrgen.press import Order, Press
from qrgen.sheets import document
from qrgen.words import check_glyphs


def draw_poster(campaign: Campaign, poster: Poster, format_name: str = "a4") -> bytes:
    """
    Return *poster* as a PNG, whatever its format prints.

    Raises:
        Fault: a letter that no font has, or a template of the county's that is refused.
    """
    need_print()
    kind = FORMATS[format_name]
    letters = check_glyphs(campaign, [poster])
    with tempfile.TemporaryDirectory() as folder, closing(Press(1, 1)) as press, \
            template_folder(campaign, False) as root:
        laid = lay_rare_letters(campaign, letters, root)
        rare = (laid,) if laid else ()
        families = (RARE_FAMILY,) if laid else ()
        sheet = Path(folder) / "poster.png", document(campaign, kind, [poster], False, families)
        order = Order(
            root, (*font_folders(campaign.folder), *rare), verify=False,
            own_templates=(campaign.folder / "templates").is_dir(),
        )
        (made,) = press.print_sheets(order, iter([[sheet]]))
        return made.read_bytes()
