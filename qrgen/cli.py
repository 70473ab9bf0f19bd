"""
``qrgen new | check | codes | posters | inspect``: the offline half, at the shell.

Nothing here talks to a network or a database. Exit 0 done, 1 the data is at fault, 2 the usage.
"""
import argparse
import csv
import io
import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path

from qrgen import new_command
from qrgen.campaign import KINDS, Campaign
from qrgen.choice import add_options, copies_of, formats_of, planned, words_of
from qrgen.extras import missing_for_print
from qrgen.fault_codes import Code, Term, UnitWord
from qrgen.faults import LANGUAGES
from qrgen.files import write_whole
from qrgen.formats import FORMATS
from qrgen.instance import (
    DEFAULT_URL,
    find_campaign,
    find_instance,
    former_keys,
    own_files,
    public_url,
    read_keys,
)
from qrgen.places import is_standard, messages_aside
from qrgen.posters import print_posters
from qrgen.registry import RegistryError, find_advice, find_unready, load_campaign
from qrgen.shell import (
    DATA_AT_FAULT,
    DONE,
    USAGE_AT_FAULT,
    DiskFault,
    Fault,
    language,
    progress_bar,
    run,
    show_advice,
    show_fault,
    show_hint,
    speak,
)

CODE_COLUMNS = ("code", "unit", "issue", "placement", "kind", "name", "url")

TO_STANDARD = "- is standard output; messages then go to standard error"

# A spreadsheet takes a cell that begins with one of these for a formula (ASVS 5.0, 1.2.10);
# Excel folds the full-width ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    # Ended by a supervisor it leaves as after Ctrl-C: no child and no half-made file behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return run("qrgen", _run, sys.argv[1:] if argv is None else argv)


def _run(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    speak(options.lang)
    try:
        status: int = options.func(options)
        return status
    except Fault as fault:
        # Told here, while the language that was asked for holds.
        show_fault("qrgen", fault)
        return fault.status
    finally:
        speak(None)


def check(options: argparse.Namespace) -> int:
    folder = find_campaign(find_instance(options.instance), options.folder or options.campaign)
    now = datetime.now(timezone.utc)
    if problems := find_unready(folder, now):
        raise RegistryError(folder, problems)
    campaign = load_campaign(folder)
    if missing_for_print():
        show_hint("qrgen", Fault(Code.LETTERS_UNCHECKED))
    counts = {
        kind: sum(unit.kind == kind and not unit.is_point for unit in campaign.units)
        for kind in KINDS
    }
    points = sum(unit.is_point for unit in campaign.units)
    target = sum(unit.target or 0 for unit in campaign.units if unit.kind == "area")
    if language() == "zh":
        told = "、".join(f"{UnitWord(kind).words('zh').cause} {n}" for kind, n in counts.items())
        told += f"、融资需求调查点 {points}" if points else ""
        _say(f"{campaign.title}（{campaign.id}）：{told}，任务数合计 {target}：没有发现问题")
    else:
        _say(
            f"{campaign.title} ({campaign.id}): "
            + ", ".join(f"{count} {kind}s" for kind, count in counts.items())
            + (f", {points} finance survey points" if points else "")
            + f", target {target}: no problem found"
        )
    for advice in find_advice(folder):
        show_advice("qrgen", advice.as_fault())
    return DONE


def codes(options: argparse.Namespace) -> int:
    campaign, keys, url = _inputs(options)
    posters = planned(campaign, options, url, keys)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CODE_COLUMNS)
    for poster in posters:
        unit, code = poster.unit, poster.code
        cells = (
            poster.signed, unit.id, str(code.issue), code.placement or "", unit.kind, unit.name,
            poster.url,
        )  # fmt: skip
        writer.writerow([formula_safe(cell) for cell in cells])
    # The BOM, or Excel takes the Chinese for something else.
    inputs = own_files(find_instance(options.instance), campaign.folder)
    with messages_aside(options.out):
        write_whole(options.out, text.getvalue().encode("utf-8-sig"), inputs)
        _say(f"{len(posters)} codes in {options.out}")
    return DONE


def posters(options: argparse.Namespace) -> int:
    if options.out is not None and is_standard(options.out):
        raise Fault(Code.OUT_NEEDS_FOLDER, status=USAGE_AT_FAULT, path=options.out)
    with messages_aside(options.book, options.zip):
        return _posters(options)


def _posters(options: argparse.Namespace) -> int:
    campaign, keys, url = _inputs(options)
    if url == DEFAULT_URL and not campaign.demo:
        show_hint("qrgen", Fault(Code.LOCAL_ADDRESS, url=DEFAULT_URL))
    chosen = planned(campaign, options, url, keys)
    formats = formats_of(options.format)
    copies = copies_of(options.copies, formats)
    if options.copies and not (options.book or options.zip or "handover" in formats):
        raise Fault(Code.COPIES_TOLD_NOWHERE, status=USAGE_AT_FAULT)

    def bar(done: Iterator[Path], total: int) -> Iterable[Path]:
        return progress_bar(done, total, "posters")

    made: list[str] = []
    faults: dict[str, Fault] = {}  # by cause: what all formats refuse is told once
    # One file of all is made whole or not at all; of single files each format that can be.
    together = options.book or options.zip
    for some in [formats] if together else [[name] for name in formats]:
        # Asked for everything at once, pictures are made as pictures.
        for_shop = len(formats) == 1 or any(FORMATS[name].suffix == ".pdf" for name in some)
        try:
            print_posters(
                campaign,
                chosen,
                options.out,
                formats=some,
                copies=copies,
                ordered=formats,
                book=options.book,
                archive=options.zip,
                inputs=own_files(find_instance(options.instance), campaign.folder),
                print_ready=options.print and for_shop,
                outline=options.outline and for_shop,
                verify=options.verify,
                progress=bar,
            )
            made += some
        except Fault as fault:
            if len(some) == len(formats) or fault.status == USAGE_AT_FAULT:
                raise
            faults[fault.cause] = fault
            if isinstance(fault, DiskFault):
                break  # nor would the next one fit
    if faults:
        raise Fault(
            Code.FORMATS_NOT_MADE, more=list(faults.values()), made=made or Term.NO_FORMAT,
            missing=[name for name in formats if name not in made],
        )
    checked = "each read back" if options.verify else "not read back"
    if "handover" in formats and len(formats) == 1:
        checked = "a list without codes"
    what = "poster" if formats == ["a4"] else "unit"
    many = f"{len(chosen)} {what}{'' if len(chosen) == 1 else 's'}"
    shape = "" if formats == ["a4"] else f" as {', '.join(formats)}"
    _say(f"{many}{shape} in {options.out or options.book}, {checked}")
    return DONE


def inspect(options: argparse.Namespace) -> int:
    # Posters are printed without.
    from qrgen.expected import expected_codes, not_found
    from qrgen.photos import read_files
    from qrgen.verdicts import Verdict, judge, read_standings

    campaign, keys, url = _inputs(options)
    former = former_keys(find_instance(options.instance))
    units = {unit.id: unit for unit in (*campaign.units, *campaign.former)}
    expected = expected_codes(words_of((options.expect or "").upper()), units)
    standings = read_standings(options.registry) if options.registry else None
    verdicts: list[Verdict] = []
    sound = True
    for file, pages in read_files(options.files):
        if not isinstance(pages, Fault) and not any(p.codes or p.unread or p.fault for p in pages):
            pages = Fault(Code.CODE_NOT_FOUND, path=file)
        if isinstance(pages, Fault):
            sound = False
            show_fault("qrgen", pages)
            continue
        for number, page in enumerate(pages, start=1):
            alone = len(options.files) == len(pages) == 1
            place = f"{file.name} p.{number}" if len(pages) > 1 else file.name
            where = "" if alone else f" [{place}]"
            for code in page.codes:
                verdicts.append(judge(code.text, keys, url, units, standings, former))
                over = " (stuck over another code)" if code.covers else ""
                _say(f"{verdicts[-1].line}{over}{where}")
            for fault in page.faults(file):
                sound = False
                show_fault("qrgen", fault)
    if standings is None and any(verdict.state == "genuine" for verdict in verdicts):
        show_advice("qrgen", Fault(Code.REVOKED_NOT_ASKED))
    if missing := not_found(expected, verdicts):
        raise Fault(Code.EXPECTED_MISSING, words=missing)
    sound = sound and all(verdict.state == "genuine" for verdict in verdicts)
    return DONE if sound else DATA_AT_FAULT


def formula_safe(cell: str) -> str:
    """Return *cell* so that no spreadsheet runs it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _inputs(options: argparse.Namespace) -> tuple[Campaign, tuple[str, ...], str]:
    instance = find_instance(options.instance)
    campaign = load_campaign(find_campaign(instance, options.campaign))
    return campaign, read_keys(instance, "codes"), public_url(instance, options.public_url)


def _say(line: str) -> None:
    print(line)


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--campaign", metavar="DIR", type=Path,
        help="campaign folder (default: the instance's, else the packaged one)",
    )  # fmt: skip
    common.add_argument(
        "--instance", metavar="DIR", type=Path,
        help="instance folder (default: $ZHUANMA_INSTANCE, else ./instance)",
    )  # fmt: skip
    common.add_argument(
        "--lang", choices=LANGUAGES, help="language of messages (default: the system's)"
    )
    address = argparse.ArgumentParser(add_help=False)
    address.add_argument(
        "--public-url", metavar="URL",
        help="address that is printed, like https://ysf.example.gov.cn "
        "(default: $ZHUANMA_PUBLIC_URL, else the instance's config.toml)",
    )  # fmt: skip
    choice = argparse.ArgumentParser(add_help=False)
    add_options(choice)

    parser = argparse.ArgumentParser(
        prog="qrgen",
        description="Signed QR codes and posters for every unit of a campaign. Works offline.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    new_command.add_parser(commands, common)

    one = commands.add_parser(
        "check", parents=[common], help="prove a campaign folder: every problem, file and line"
    )
    one.add_argument("folder", metavar="CAMPAIGN_DIR", nargs="?", type=Path)
    one.set_defaults(func=check)

    one = commands.add_parser(
        "codes", parents=[common, address, choice], help="write the signed codes as a CSV file"
    )
    one.add_argument("--out", metavar="FILE.csv", type=Path, required=True, help=TO_STANDARD)
    one.set_defaults(func=codes)

    one = commands.add_parser(
        "posters", parents=[common, address, choice], help="print one poster a unit, read back"
    )
    one.add_argument("--out", metavar="DIR", type=Path, help="may be left out with --book")
    one.add_argument(
        "--format", metavar="NAME[,NAME…]", default="a4",
        help="all, or of "
        + "; ".join(f"{made.name}: {made.about}" for made in FORMATS.values())
        + " (default: a4)",
    )  # fmt: skip
    one.add_argument(
        "--copies", metavar="N|NAME=N,…",
        help="how many of each sheet, or of each format's: pages in a book, else numbers on the "
        "job ticket and the list to sign",
    )  # fmt: skip
    one.add_argument(
        "--print", action="store_true",
        help="for a print shop: 3 mm bleed, crop marks, CMYK with the code in black alone",
    )  # fmt: skip
    one.add_argument("--outline", action="store_true", help="text as outlines (转曲)")
    for option, kind, help in (("book", "pdf", "in one PDF"), ("zip", "zip", "files in one zip")):
        one.add_argument(
            f"--{option}", metavar=f"FILE.{kind}", type=Path,
            help=f"also all {help}; - is standard output",
        )
    one.add_argument(
        "--no-verify", dest="verify", action="store_false",
        help="do not decode the symbols from the finished files",
    )  # fmt: skip
    one.set_defaults(func=posters)

    one = commands.add_parser(
        "inspect",
        parents=[common, address],
        help="say of each code in photos, PNGs or PDFs whether it is genuine",
    )
    one.add_argument(
        "--registry", metavar="FILE", type=Path,
        help="what `attribution units list` printed: tells revoked codes as well",
    )  # fmt: skip
    one.add_argument(
        "--expect", metavar="A01,N07-1-E1,…",
        help="units or single codes that must be found; says which are not, exit 1",
    )
    one.add_argument("files", metavar="FILE", nargs="+", type=Path)
    one.set_defaults(func=inspect)
    return parser


if __name__ == "__main__":
    sys.exit(main())
