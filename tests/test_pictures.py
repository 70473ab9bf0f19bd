"""A county's logo and mark: told in time when they cannot be printed."""
import io
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from factories import design_campaign
from PIL import Image

from qrgen.artwork import TEMPLATES, template_folder
from qrgen.registry import find_problems, load_campaign
from qrgen.shell import Fault


def noise(form: str) -> bytes:
    """Return a picture that no cut leaves whole."""
    kept = io.BytesIO()
    Image.effect_noise((60, 40), 60).save(kept, form)
    return kept.getvalue()


def svg(inside: str, before: str = "") -> bytes:
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()


def bomb() -> bytes:
    """Return the head of a PNG that says it has 15000 by 12000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 15000, 12000, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
        + noise("PNG")[33:]
    )  # fmt: skip


# Each entity ten times the one before: a billion laughs in a kilobyte.
BILLION = "<!DOCTYPE svg [<!ENTITY e0 'lol'>{}]>".format(
    "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
)
PICTURES_AT_FAULT = [
    pytest.param("logo.png", b"", "is empty, damaged or no picture", id="empty"),
    pytest.param("logo.png", b"junk" * 99, "is empty, damaged or no picture", id="junk"),
    pytest.param("logo.png", noise("PNG")[:700], "is damaged", id="cut"),
    pytest.param("logo.png", noise("PNG")[:-14], "cannot be drawn|is damaged", id="end cut"),
    pytest.param("logo.jpg", noise("JPEG")[:700], "is damaged", id="JPEG cut"),
    pytest.param("logo.png", noise("GIF"), "is a GIF, not a PNG", id="GIF"),
    pytest.param("logo.jpg", noise("PNG"), "is a PNG, not a JPEG", id="PNG as JPEG"),
    pytest.param("logo.png", bomb(), "has more than 50 million pixels", id="bomb"),
    pytest.param("logo.svg", b"<svg", "cannot be drawn", id="broken SVG"),
    pytest.param("logo.svg", b"", "cannot be drawn", id="empty SVG"),
    pytest.param(
        "logo.svg", svg('<image href="/etc/x.png" width="5" height="5"/>'),
        "failed to load linked image", id="linked",
    ),
    pytest.param(
        "logo.svg", svg('<image href="https://a.cn/x.png" width="5" height="5"/>'),
        "failed to load linked image", id="linked far away",
    ),
    pytest.param(
        "logo.svg", svg('<image href="other.png" width="5" height="5"/>'),
        "failed to load linked image", id="linked beside",
    ),
    pytest.param("logo.svg", svg("<text>&e9;</text>", BILLION), "entity", id="entities"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "cause"), PICTURES_AT_FAULT)
def test_picture_that_cannot_be_printed_is_told_with_its_line(
    tmp_path: Path, name: str, content: bytes, cause: str
) -> None:
    """Before the print, which would end in a traceback, or at the print shop."""
    Image.new("L", (9, 9)).save(tmp_path / "other.png")
    folder = design_campaign(tmp_path, logo=name)
    (folder / name).write_bytes(content)
    [problem] = find_problems(folder)
    line = (folder / "campaign.toml").read_text("utf-8").splitlines()[problem.line - 1]
    assert ("campaign.toml", f'logo = "{name}"') == (problem.file, line)
    assert problem.cause.startswith(name)
    assert re.search(cause, problem.cause)
    assert problem.remedy


@pytest.mark.parametrize("print_ready", [False, True])
@pytest.mark.parametrize("content", [noise("PNG")[:700], noise("GIF"), bomb(), b""])
def test_picture_that_is_changed_after_the_check_is_no_traceback(
    tmp_path: Path, print_ready: bool, content: bytes
) -> None:
    """Somebody lays another there while the posters wait."""
    Image.new("L", (9, 9)).save(tmp_path / "mark.png")
    campaign = load_campaign(design_campaign(tmp_path, mark="mark.png"))
    (tmp_path / "mark.png").write_bytes(content)
    with pytest.raises(Fault, match=r"^mark\.png"), template_folder(campaign, print_ready):
        pass


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.PNG", noise("PNG"), id="PNG"),
        pytest.param("a.jpeg", noise("JPEG"), id="JPEG"),
        pytest.param("a.jpg", noise("MPO"), id="JPEG of a telephone's"),
        pytest.param(
            "a.svg",
            svg(
                '<a href="https://a.cn/"><rect width="5" height="5"/></a>',
                '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
                '"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">',
            ),
            id="SVG as Illustrator writes it",
        ),
    ],
)
def test_sound_picture_is_no_problem(tmp_path: Path, name: str, content: bytes) -> None:
    """Whichever program made it."""
    (tmp_path / name).write_bytes(content)
    assert [] == find_problems(design_campaign(tmp_path, logo=name, mark=name))


def test_campaign_without_a_picture_does_not_wait_for_pillow(tmp_path: Path) -> None:
    """`check` is run twenty times an evening."""
    folder = design_campaign(tmp_path)
    code = (
        "import sys; from pathlib import Path; from qrgen.registry import find_problems; "
        f"find_problems(Path({str(folder)!r})); sys.exit('PIL' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=TEMPLATES.parent.parent)
