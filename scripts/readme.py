"""
Put deploy/nginx.conf into both READMEs, between the marks: python3 scripts/readme.py

One text in two places drifts apart, and the one that nobody runs is the one that is wrong:
the README's block once refused every file above 1 MB. Tests run the file and compare.
"""

import re
import sys

import environment
from environment import ROOT, say

READMES = ("README.md", "README.zh-CN.md")
SHOWN = "deploy/nginx.conf"


def main() -> int:
    for name in READMES:
        page = ROOT / name
        text = page.read_text(encoding="utf-8")
        fresh = with_block(text)
        if fresh != text:
            page.write_text(fresh, encoding="utf-8", newline="\n")
            say(f"{name}: shows today's {SHOWN}")
    return 0


def with_block(text: str) -> str:
    """Return *text* with the file between the marks, which must be there once."""
    shown = (ROOT / SHOWN).read_text(encoding="utf-8")
    begin, end = f"<!-- {SHOWN} -->\n", "<!-- end -->"
    fresh, places = re.subn(
        f"({re.escape(begin)}).*?({re.escape(end)})",
        lambda found: f"{found[1]}```nginx\n{shown}```\n{found[2]}", text, flags=re.DOTALL,
    )
    if places != 1:
        raise environment.Fault(f"the marks of {SHOWN} stand {places} times", f"write {begin}{end}")
    return fresh


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
