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

from qrgen.shell import Fault

if TYPE_CHECKING:  # a twentieth of a second to load, and few campaigns have a picture
    from PIL import Image

# 7000 pixels square: what no printer shows of a logo. In memory it is 200 MB.
LARGEST_PIXELS = 50_000_000

# What a file may hold by its suffix. MPO is a JPEG as many telephones write it.
_FORMATS = {".png": ("PNG",), ".jpg": ("JPEG", "MPO"), ".jpeg": ("JPEG", "MPO")}
_AGAIN = "open it in a graphics program and save it again as PNG or JPEG"


def check_picture(file: Path) -> None:
    """
    Refuse a picture that could not be printed.

    Raises:
        Fault: It is damaged, too large, or not what its name says.
    """
    if file.suffix.lower() in _FORMATS:
        _opened(file)
    _check_drawing(file)


def save_in_inks(source: Path, target: Path) -> None:
    """
    Write the pixels of *source* to *target*, a JPEG in CMYK, upright and on white.

    Raises:
        Fault: As `check_picture`; or it has no pixels, being an SVG.
    """
    if source.suffix.lower() == ".svg":
        raise Fault(
            f"{source.name}: an SVG cannot be turned into four inks here",
            "for --print give the logo as PNG or JPEG, 600 pixels high or more",
        )
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
        f"{file.name} has more than {LARGEST_PIXELS // 1_000_000} million pixels",
        "save it smaller: 600 pixels in height are enough",
    )
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than the one that Pillow warns of.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(file)
        with image:
            wanted = _FORMATS[file.suffix.lower()]
            if image.format not in wanted:
                raise Fault(f"{file.name} is a {image.format}, not a {wanted[0]}", _AGAIN)
            if image.width * image.height > LARGEST_PIXELS:
                raise too_large
            image.load()
            return image
    except Image.DecompressionBombError:
        raise too_large from None
    except UnidentifiedImageError:
        raise Fault(f"{file.name} is empty, damaged or no picture", _AGAIN) from None
    except (OSError, SyntaxError, ValueError) as error:
        raise Fault(f"{file.name} is damaged ({error})", _AGAIN) from None


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
            remedy = _AGAIN
            if file.suffix.lower() == ".svg":
                remedy = "save it again as plain SVG in UTF-8, pictures embedded, or as PNG"
            raise Fault(f"{file.name} cannot be drawn: {why}", remedy) from None
