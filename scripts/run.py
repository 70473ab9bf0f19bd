"""
Start Zhuanma on this machine with one command: python3 scripts/run.py

The first time it makes .venv, an instance folder (keys, database, campaign, one
administrator), prints every poster, and serves. With --new it makes an empty one, and the
browser asks for a campaign. Run again, it starts what is there.
"""

import argparse
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
from environment import ROOT, Fault, program, say


def main() -> int:
    args = read_arguments()
    instance = find_instance(args.instance)
    # First what costs nothing to find out: nobody waits two minutes for a taken port.
    check_writable(instance)
    if not args.no_serve:
        check_port_free(args.host, args.port)

    environment.enter(environment.RUN_LOCK)

    os.environ["ZHUANMA_INSTANCE"] = str(instance)
    if is_to_choose(instance, args):
        serve(args, *(("--public-url", args.public_url) if args.public_url else ()))
        return 0
    make_instance(instance, args)
    if args.public_url:
        use_public_url(instance, args.public_url)
    print_posters(instance)
    tell_next_steps(instance, args)
    if not args.no_serve:
        serve(args)
    return 0


def serve(args: argparse.Namespace, *more: str) -> None:
    attribution = str(program("attribution"))
    environment.hand_over(
        [attribution, "serve", "--host", args.host, "--port", str(args.port), *more]
    )


def read_arguments() -> argparse.Namespace:
    parser = environment.parser(__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=port_number, default=8000, help="port to listen on (%(default)s)"
    )
    parser.add_argument(
        "--instance", metavar="DIR",
        help="home of keys, database, posters ($ZHUANMA_INSTANCE, else instance/ of the checkout)",
    )
    parser.add_argument(
        "--public-url", metavar="URL",
        help="the address the posters lead to, such as https://ysf.example.gov.cn",
    )
    parser.add_argument(
        "--as-written", action="store_true",
        help="keep the document's dates (2022) instead of moving them for a demonstration",
    )
    parser.add_argument(
        "--new", action="store_true",
        help="begin empty: make a campaign of your own, or the sample, in the browser",
    )
    parser.add_argument("--no-serve", action="store_true", help="make everything, serve nothing")
    return parser.parse_args()


def port_number(text: str) -> int:
    # The resolver takes a port modulo 65536, silently.
    if not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError("a port lies between 1 and 65535")
    return int(text)


def find_instance(given: str | None) -> Path:
    """Unlike the commands', the default does not depend on where one stands."""
    return Path(given or os.environ.get("ZHUANMA_INSTANCE") or ROOT / "instance").resolve()


def check_writable(instance: Path) -> None:
    try:
        instance.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=instance):
            pass
    except OSError as error:
        raise Fault(
            f"cannot write in {instance}: {error.strerror}",
            "name a folder that is yours with --instance DIR",
        ) from None


def check_port_free(host: str, port: int) -> None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform == "win32":  # where that option lets two programs share the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Fault(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            f"perhaps an earlier start still runs; stop it, or choose another: --port {port + 1}",
        ) from None


def is_to_choose(instance: Path, args: argparse.Namespace) -> bool:
    """Whether the browser asks what to begin with, now or since an earlier start."""
    from attribution.upkeep import setting_up

    if args.no_serve or not setting_up.is_due(instance):
        return False
    return bool(args.new) or (instance / setting_up.FOLDER).is_dir()


def make_instance(instance: Path, args: argparse.Namespace) -> None:
    """Let ``attribution init`` make what is missing; it tells the password itself."""
    command = [str(program("attribution")), "init"]
    if not args.as_written:
        command.append("--demo")
    public_url = args.public_url
    if not public_url and args.port != 8000 and not (instance / "config.toml").exists():
        # Otherwise the first posters would lead to a port where nobody answers.
        public_url = f"http://127.0.0.1:{args.port}"
    if public_url:
        command += ["--public-url", public_url]
    if subprocess.run(command).returncode:
        raise Fault(f"the instance in {instance} could not be made (the reason stands above)")


def use_public_url(instance: Path, given: str) -> None:
    """The option holds for this start, also where the instance was made for another address."""
    from qrgen.instance import public_url

    wanted, kept = public_url(instance, given), public_url(instance)
    os.environ["ZHUANMA_PUBLIC_URL"] = wanted
    if wanted != kept:
        say(f"note: {instance / 'config.toml'} says {kept}; write {wanted} there to keep it")


def print_posters(instance: Path) -> None:
    """Print all posters, unless those that are there show today's campaign, keys and URL."""
    folder, stamp = instance / "posters", instance / "posters.json"
    wanted = poster_fingerprint(instance)
    try:
        old = json.loads(stamp.read_text(encoding="utf-8"))
        names, unchanged = list(old["files"]), old["fingerprint"] == wanted
    except (OSError, ValueError, KeyError, TypeError):
        names, unchanged = [], False
    if unchanged and names and all((folder / name).exists() for name in names):
        say(f"posters: {len(names)} files in {folder}, still right")
        return

    say(f"posters: printing one for every unit into {folder}")
    from qrgen.replacing import new_folder, remove, replace_all

    fresh = new_folder("posters-", instance)
    try:
        # Its own closing line would name the folder that is gone a moment later.
        command = [str(program("qrgen")), "posters", "--out", str(fresh)]
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            raise Fault("the posters could not be printed (the reason stands above)")
        made = sorted(path.name for path in fresh.iterdir() if path.is_file())
        folder.mkdir(exist_ok=True)
        # All or none: one may be open in another program.
        replace_all([(fresh / name, folder / name) for name in made], fresh)
        # Only what we printed ourselves goes: a poster of a unit that left must not linger,
        # a file somebody laid beside them must.
        for name in sorted({*names} - {*made}):
            remove(folder / name)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    stamp.write_text(json.dumps({"fingerprint": wanted, "files": made}), encoding="utf-8")
    say(f"posters: {len(made)} files in {folder}, each symbol read back")


def poster_fingerprint(instance: Path) -> str:
    """What a poster depends on: campaign, signing keys, address, and how it is drawn."""
    from qrgen.instance import find_campaign, public_url, read_keys

    digest = hashlib.sha256()
    for part in (public_url(instance), *read_keys(instance, "codes")):
        digest.update(part.encode() + b"\0")
    for folder in (find_campaign(instance, None), ROOT / "qrgen"):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def tell_next_steps(instance: Path, args: argparse.Namespace) -> None:
    from qrgen.codes import Code, code_url, sign_code
    from qrgen.instance import find_campaign, public_url, read_keys
    from qrgen.registry import load_campaign

    campaign = load_campaign(find_campaign(instance, None))
    url = public_url(instance)
    here = f"http://127.0.0.1:{args.port}"
    # With a domain of its own, cookies and codes work only there; else right here.
    base = here if url.startswith(("http://127.", "http://localhost")) else url
    unit = campaign.units[0]
    signed = sign_code(Code(unit.id, unit.issue, None), read_keys(instance, "codes"))
    demo = " (演示: dates moved to today)" if campaign.demo else ""
    same = ["--instance", str(instance)] if instance != ROOT / "instance" else []
    same += ["--url", here] if args.port != 8000 else []
    if args.no_serve:
        say("nothing serves yet; the same command without --no-serve does")
    say(f"campaign: {campaign.short_title}, {len(campaign.units)} units{demo}")
    say(f"try: {code_url(base, signed)}  what a resident sees who scans the poster of {unit.name}")
    say(f"try: {base}/admin/  for staff")
    if url != here:
        say(f"note: the posters lead to {url}; this start listens on {args.host}:{args.port}")
    if campaign.demo:
        # Python from the Microsoft Store may come without `py`.
        python = "python3" if os.name != "nt" else "py" if shutil.which("py") else "python"
        say(f"try: {shell([python, 'scripts/platform_simulator.py', *same])}"
            "  in a second terminal: invented residents claim and earn credit")


def shell(command: list[str]) -> str:
    if os.name == "nt":
        return subprocess.list2cmdline(command)
    import shlex

    return shlex.join(command)


if __name__ == "__main__":
    sys.exit(environment.run_script(main))
