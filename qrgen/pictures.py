"""
A county's logo and mark: whether they can be drawn, and the same in inks as on a screen.

They come from anywhere, so they are looked at before anything is printed: by Pillow, which
turns them into inks, and by typst, which draws them and forgives other damage than Pillow.
"""
import shutil
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from qrgen.extras import missing_for_print
from qrgen.fault_codes import Code
from qrgen.shell import Fault

if TYPE_CHECKING:  # a twentieth of a second to load, and few campaigns have a picture
    from PIL import Image

# 7000 pixels square: what no printer shows of a logo. In memory it is 200 MB.
LARGEST_PIXELS = 50_000_000

# What a file may hold by its suffix. MPO is a JPEG as many telephones write it.
_FORMATS = {".png": ("PNG",), ".jpg": ("JPEG", "MPO"), ".jpeg": ("JPEG", "MPO")}


def check_picture(file: Path) -> None:
    """
    Refuse a picture that could not be printed.

    Raises:
        Fault: It is damaged, too large, or not what its name says.
    """
    if file.suffix.lower() in _FORMATS:
        _opened(file)
    if not missing_for_print():  # else nothing draws it here
        _check_drawing(file)


def save_in_inks(source: Path, target: Path) -> None:
    """
    Write the pixels of *source* to *target*, a JPEG in CMYK, upright and on white.

    Raises:
        Fault: As `check_picture`; or it has no pixels, being an SVG.
    """
    if source.suffix.lower() == ".svg":
        raise Fault(Code.SVG_IN_INKS, file=source.name)
    from PIL import Image, ImageOps

    # As typst draws it: the way up that the camera noted, and 16 bits of grey as 8. Pillow's
    # own conversion clips those, and nearly all becomes white.
    image = ImageOps.exif_transpose(_opened(source))
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda grey: grey * (1 / 257)).convert("L")
    rgba = image.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    ground.alpha_composite(rgba)
    ground.convert("RGB").convert("CMYK").save(target, "JPEG", quality=95, subsampling=0)


def _opened(file: Path) -> "Image.Image":
    """Return the picture in *file*, loaded."""
    from PIL import Image, UnidentifiedImageError

    too_large = Fault(
        Code.PICTURE_TOO_LARGE, file=file.name, millions=LARGEST_PIXELS // 1_000_000
    )
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than the one that Pillow warns of.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file)
        with image:
            wanted = _FORMATS[file.suffix.lower()]
            if image.format not in wanted:
                raise Fault(
                    Code.PICTURE_OF_OTHER_KIND, file=file.name, found=image.format,
                    wanted=wanted[0],
                )
            if image.width * image.height > LARGEST_PIXELS:
                raise too_large
            image.load()
            return image
    except Image.DecompressionBombError:
        raise too_large from None
    except UnidentifiedImageError:
        raise Fault(Code.PICTURE_UNKNOWN, file=file.name) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise Fault(Code.PICTURE_DAMAGED, file=file.name, why=str(error)) from None


def _check_drawing(file: Path) -> None:
    import typst

    # In a folder of its own, as a template finds it: what an SVG links to is not there.
    with tempfile.TemporaryDirectory(prefix="qrgen-") as root:
        picture = f"picture{file.suffix.lower()}"
        shutil.copyfile(file, Path(root, picture))
        main = Path(root, "main.typ")
        main.write_text(f'#image("{picture}")', encoding="utf-8")
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
        try:
            typst.query(str(main), "<none>", root=root, font_paths=fonts)  # writes nothing
        except RuntimeError as error:
            why = str(error)
            for ours in ("failed to compile document: ", root, f" in {picture}"):
                why = why.replace(ours, "")
            if file.suffix.lower() == ".svg":
                raise Fault(Code.SVG_NOT_DRAWN, file=file.name, why=why) from None
            raise Fault(Code.PICTURE_NOT_DRAWN, file=file.name, why=why) from None
