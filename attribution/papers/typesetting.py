"""
A paper as PDF by typst, in a process of its own, for typst keeps all that it has ever laid out.

What it reads is plain data; no fonts but ours, and of letters that these lack a face cut for the
occasion (`qrgen.rare`), so that a paper is the same on every machine and each time.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from qrgen.extras import need_print
from qrgen.fonts import FAMILY, RARE_FAMILY, font_folders, rare_letters


def pdf_of(template: Path, data: dict[str, Any]) -> bytes:
    """
    Return what *template* makes of *data*, which it reads as ``sys.inputs.data``.

    Raises:
        Fault: printing is not installed.
        RuntimeError: the template does not compile: a bug of ours.
    """
    need_print()
    with tempfile.TemporaryDirectory(prefix="paper-") as name:
        folder = Path(name)
        fonts, families = [str(one) for one in font_folders()], [FAMILY]
        told = json.dumps(data, ensure_ascii=False)
        if letters := rare_letters(told):
            from qrgen.rare import lay_rare  # a quarter of a second to load

            lay_rare(letters, folder / "rare")
            fonts.append(str(folder / "rare"))
            families.append(RARE_FAMILY)
        made = folder / "paper.pdf"
        order = {
            "template": str(template), "fonts": fonts, "out": str(made),
            "data": json.dumps({**data, "families": families}, ensure_ascii=False),
        }
        path = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        done = subprocess.run(
            [sys.executable, "-m", "attribution.papers.typesetting"],
            input=json.dumps(order).encode("ascii"), capture_output=True, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode("utf-8", "replace").strip())
        return made.read_bytes()


def main() -> None:
    import typst

    order = json.load(sys.stdin)
    found = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=order["fonts"]
    )
    template = Path(order["template"])
    typst.Compiler(root=str(template.parent), font_paths=found).compile(
        input=str(template), output=order["out"], format="pdf",
        sys_inputs={"data": order["data"]}, pdf_tags=False,
    )


if __name__ == "__main__":
    main()
