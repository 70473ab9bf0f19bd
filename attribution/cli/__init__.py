"""
The `attribution` command: one verb for each thing an operator does.

Exit status: 0 done, 1 the data is at fault, 2 the usage is. Errors go to stderr
as a cause and a hint (`qrgen.shell`); a password is printed once, at its making.
"""
import argparse
import getpass
import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from attribution.cli import backup, copy, daily, feed, ledger, partner, period, reload, residents
from attribution.cli.tools import Opened, instant_of, own_paths, settings_of, who
from attribution.deeds import Actor
from attribution.office import accounts, second_steps, units
from attribution.proof import checks, export_seals, seals
from attribution.reports import exports, progress
from attribution.rule import instants
from attribution.service import open_service
from attribution.store import Store, StoreError, cluster, staff
from attribution.store.engine.database import height
from attribution.store.export_pages import Filter
from attribution.upkeep import file_modes
from attribution.upkeep.housekeeping import keep_up
from attribution.upkeep.new_instance import initialise
from qrgen.cli import TO_STANDARD
from qrgen.files import open_output
from qrgen.instance import find_instance
from qrgen.places import is_standard, messages_aside
from qrgen.shell import Fault, progress_bar, run


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    # Copies, downloads, uploads: whatever a command or the service writes is its owner's alone.
    before = os.umask(0o077)
    try:
        return run("attribution", _main, sys.argv[1:] if argv is None else argv)
    finally:
        os.umask(before)


def _main(argv: Sequence[str]) -> int | None:
    options = _parser().parse_args(argv)
    result: int | None = options.action(options)
    return result


def _init(options: argparse.Namespace) -> None:
    instance = find_instance(options.instance)
    made = initialise(
        instance, instants.now(), campaign=options.campaign, demo=options.demo,
        public_url=options.public_url, admin=options.admin,
    )
    if not made.steps and not made.told:
        print(f"{instance} is complete; nothing was changed")
    for step in made.steps:
        print(f"made {step}")
    for told in made.told:
        print(told)
    if made.password:
        print(f"administrator: {made.admin}")
        print(f"password: {made.password}")
        print("shown this once; `attribution user password` sets another")


def _serve(options: argparse.Namespace) -> None:
    from attribution.serving import server

    with Opened(options) as here:
        settings = here.settings
        for told in file_modes.shut(settings):
            print(f"attribution: {told}", file=sys.stderr)
        try:
            keep_up(here.ledger, instants.now())
            for told in second_steps.prepare(here.store, settings):
                print(f"attribution: {told}", file=sys.stderr)
            settings = settings_of(options)  # with a key that was made just now
        except StoreError as error:  # another start will do; what it prepares is months ahead
            print(f"attribution: warning: {error}", file=sys.stderr)
    if options.public_url:  # for as long as this service runs; else config.toml is read again
        os.environ["ZHUANMA_PUBLIC_URL"] = settings.public_url
    server.serve(settings, options.host, options.port, options.workers)


def _migrate(options: argparse.Namespace) -> None:
    if options.citus_sql:
        print("".join(f"{statement};\n" for statement in cluster.statements()), end="")
        return
    service = open_service(settings_of(options), migrating=True)
    try:
        if options.citus:
            _distribute(service.store)
        keep_up(service.ledger, instants.now())
        for told in second_steps.prepare(service.store, service.settings):
            print(told)
    finally:
        service.close()
    print("the database is up to date")


def _distribute(store: Store) -> None:
    if store.database.dialect != "postgresql":
        raise Fault("--citus is for PostgreSQL", "set `database` to a coordinator's URL", 2)
    try:
        for table in cluster.distribute(store.database):
            print(f"distributed {table}")
    except StoreError as error:
        raise Fault(
            f"the tables cannot be distributed: {error}",
            "connect to the coordinator of a Citus cluster; docs/scale.md",
        ) from None


def _user_add(options: argparse.Namespace) -> None:
    password = accounts.new_password() if options.generate else _asked_password()
    with Opened(options) as here:
        accounts.add(
            here.store, options.name, password, options.role, instants.now(),
            [unit for text in options.scope for unit in text.split(",") if unit],
            by=Actor(who()), rule=here.settings.password_rule, campaign=here.campaign.id,
            handed_over=options.generate,
        )
    print(f"added {options.name}" + (f", password: {password}" if options.generate else ""))


def _user_password(options: argparse.Namespace) -> None:
    password = accounts.new_password() if options.generate else _asked_password()
    with Opened(options) as here:
        accounts.set_password(
            here.store, options.name, password, instants.now(), by=Actor(who()),
            rule=here.settings.password_rule, handed_over=options.generate,
        )
    print(f"changed the password of {options.name}" + (f": {password}" if options.generate else ""))


def _user_close(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        accounts.close(here.store, options.name, instants.now(), by=Actor(who()))
    print(f"closed {options.name}; all its sessions ended")


def _user_second_step_off(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        accounts.set_second_step(here.store, options.name, None, instants.now(), by=Actor(who()))
    print(f"{options.name} signs in with the password alone, until a second step is set up again")


def _user_list(options: argparse.Namespace) -> None:
    with Opened(options) as here, here.store.read() as connection:
        scopes = staff.all_scopes(connection)
        for row in staff.accounts(connection):
            units_of = ",".join(scopes.get(row["name"], []))
            state = "closed" if row["closed_at"] is not None else "open"
            print(f"{row['name']}\t{row['role']}\t{state}\t{instants.local_text(row['created_at'])}\t{units_of}")


def _units_import(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        planned = units.plan(here.ledger)
        for unit in planned.added:
            print(f"+ {unit.id} {unit.name}")
        for before, after in planned.changed:
            print(f"~ {before.id} {before.name}" + (
                f" -> {after.name}" if before.name != after.name else ""
            ))
        for unit in planned.closed:
            print(f"- {unit.id} {unit.name} (closed)")
        if not planned:
            print("the units are as in the file; nothing to change")
        elif not options.dry_run:
            units.import_units(here.ledger, instants.now(), Actor(who()))


def _units_list(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        for unit, state in units.listing(here.ledger):
            print(f"{unit.id}\t{unit.kind}\t{unit.name}\t{unit.issue}\t{state}")


def _units_revoke(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        issue, added = units.revoke(
            here.ledger, options.unit, options.issue, instants.now(), Actor(who())
        )
    print(f"{options.unit}-{issue} " + ("is revoked" if added else "was revoked before"))


def _units_reissue(options: argparse.Namespace) -> None:
    with Opened(options) as here:
        issue = units.reissue(here.ledger, options.unit, instants.now(), Actor(who()))
    print(f"{options.unit}-{issue} is the code to print now:")
    print(f"qrgen posters --units {options.unit} --out DIR")


def _export(options: argparse.Namespace) -> None:
    export = exports.EXPORTS[options.what]
    chosen = Filter(
        instant_of(options.since, "--since"), instant_of(options.until, "--until"), options.unit
    )
    now = instants.now()
    out = Path(options.out)
    with messages_aside(out), Opened(options) as here:
        chosen = replace(
            chosen, period=progress.last_days(now, 7), share=progress.pace(here.campaign, now).share
        )
        # What leaves is sealed before it does, and says so.
        seals.seal_now(here.ledger, here.settings, now)
        seal = seals.latest_text(here.ledger)
        mark = f"{seal} · {instants.local_text(now)} {who()} 导出" if seal else ""
        blocks = progress_bar(
            export.blocks(here.store, here.campaign.id, chosen), label=export.name, size=height
        )
        content = (
            exports.write_csv(
                export, blocks, encoding=options.encoding, language=options.headings, mark=mark
            )
            if options.format == "csv"
            else exports.stream_xlsx(export, blocks, language=options.headings, mark=mark)
        )
        digest = hashlib.sha256()
        with open_output(out, own_paths(here.settings), folders=False) as file:
            # Before the first byte leaves, for a pipe gives nothing back.
            here.store.write(
                lambda c: staff.add_audit(
                    c, here.store.next_id(now), now, who(), "export", f"{export.name} {chosen}"
                )
            )
            for block in content:
                digest.update(block)
                file.write(block)
        if here.settings.seal_keys:
            name = f"{export.name}.{options.format}" if is_standard(out) else out.name
            given = export_seals.seal_given(
                here.ledger, here.settings.seal_keys, digest.hexdigest(), name,
                now, who(), here.settings.digest,
            )
            print(f"sealed {name}: sha256 {given['sha256']}, seal {given['seal']}")


def _check(options: argparse.Namespace) -> int:
    with Opened(options) as here:
        found = checks.check(
            here.ledger, here.settings.seal_keys, here.settings.second_keys
        )
    for finding in found:
        print(f"{finding.question}: {finding.detail}")
    print("the ledger is sound" if not found else f"{len(found)} findings")
    return 1 if found else 0


def _rebuild(options: argparse.Namespace) -> int:
    with Opened(options) as here:
        if options.check:
            differing = [person for person, _ in checks.differing(here.ledger)]
            for person in differing:
                print(f"person {person[:12]} stands otherwise than the rule says")
            print(f"{len(differing)} differences")
            return 1 if differing else 0
        if options.tallies:
            checks.rebuild_tallies(here.ledger)
            print("the tallies are counted afresh")
            return 0
        changed = checks.rebuild(here.ledger, instants.now())
        print(f"{changed} standings changed; the tallies are counted afresh")
    return 0


def _asked_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("password: ")
    if first != getpass.getpass("again: "):
        raise Fault("the two passwords differ", "type the same one twice", 2)
    return first


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--instance", metavar="DIR", help="the instance folder (default: ./instance)"
    )
    common.add_argument(
        "--campaign", metavar="DIR", help="the campaign folder (default: the instance's)"
    )
    parser = argparse.ArgumentParser(
        prog="attribution", description="Scans, claims, facts and credits of one campaign."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, action: object, help: str, within=commands):  # type: ignore[no-untyped-def]
        made = within.add_parser(name, parents=[common], help=help, description=help)
        made.set_defaults(action=action)
        return made

    def group(name: str, help: str):  # type: ignore[no-untyped-def]
        made = commands.add_parser(name, help=help, description=help)
        return made.add_subparsers(title="commands", required=True, metavar="COMMAND")

    init = command("init", _init, "make an instance: keys, campaign, database, administrator")
    init.add_argument(
        "--demo", action="store_true", help="move the campaign's dates to begin 30 days ago"
    )
    init.add_argument("--public-url", metavar="URL", help="the address printed in the codes")
    init.add_argument(
        "--admin", metavar="NAME", default="admin", help="the administrator's account"
    )

    serve = command("serve", _serve, "answer scans and claims")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument(
        "--workers", type=int, metavar="N", help="processes (default: one a core, at most 4)"
    )
    serve.add_argument("--public-url", metavar="URL", help="the address printed in the codes")

    reload.install(command)
    backup.register(command, settings_of)
    migrate = command("migrate", _migrate, "bring the database up to date")
    migrate.add_argument(
        "--citus", action="store_true",
        help="and distribute its tables over the nodes of a Citus cluster",
    )
    migrate.add_argument(
        "--citus-sql", action="store_true", help="only print the statements that would"
    )
    command("check", _check, "ask the questions whose answer must be none")
    rebuild = command("rebuild", _rebuild, "judge everyone again from the log")
    rebuild.add_argument(
        "--check", action="store_true", help="only compare; exit 1 if anything differs"
    )
    rebuild.add_argument("--tallies", action="store_true", help="only count afresh")

    user = group("user", "staff accounts")
    add = command("add", _user_add, "add an account", user)
    add.add_argument("name")
    add.add_argument("--role", choices=accounts.ROLES, default="office")
    add.add_argument("--scope", metavar="UNIT", action="append", default=[],
                     help="a unit the account is for, such as A01; again for more")
    password = command("password", _user_password, "change a password", user)
    password.add_argument("name")
    for made in (add, password):
        made.add_argument(
            "--generate", action="store_true", help="make a password to hand over, and print it"
        )
    command("close", _user_close, "close an account", user).add_argument("name")
    command(
        "second-step-off", _user_second_step_off,
        "ask an account for its password alone: the phone, or the key of second steps, is lost",
        user,
    ).add_argument("name")
    command("list", _user_list, "list the accounts", user)

    unit = group("units", "units and their codes")
    imported = command("import", _units_import, "take the units of the campaign's units.csv", unit)
    imported.add_argument("--dry-run", action="store_true", help="only show what would change")
    command("list", _units_list, "list units and the state of their codes", unit)
    revoke = command("revoke", _units_revoke, "revoke a unit's code for good", unit)
    revoke.add_argument("unit")
    revoke.add_argument("--issue", type=int, help="which issue (default: the current one)")
    reissue = command("reissue", _units_reissue, "revoke a code and number the next one", unit)
    reissue.add_argument("unit")

    feeds_group = group("feed", "the platform's files")
    feed.install(command, feeds_group)

    residents.register(command, group, Opened, who)

    export = command("export", _export, "download a log or the progress table")
    export.add_argument("what", choices=list(exports.EXPORTS))
    export.add_argument("--format", choices=["csv", "xlsx"], default="csv")
    export.add_argument("--out", required=True, metavar="FILE", help=TO_STANDARD)
    export.add_argument("--since", metavar="TIME")
    export.add_argument("--until", metavar="TIME", help="exclusive")
    export.add_argument("--unit", metavar="ID")
    export.add_argument("--encoding", choices=["utf-8-sig", "gb18030"], default="utf-8-sig")
    export.add_argument("--headings", choices=["zh", "en"], default="zh")

    copy.add_commands(command)

    daily.install(command)
    ledger.install(command, group)
    period.install(command, group("period", "periods whose numbers are closed"))
    partner.install(command, group("partner", "keys of those who push facts"))
    return parser

