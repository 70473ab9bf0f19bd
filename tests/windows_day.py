"""A day of an office on Windows, for `as_windows.py`: prints JSON of what came of it."""
import json
import sys
import threading
from pathlib import Path

from attribution import cli
from attribution.deeds import Actor
from attribution.rule import instants
from attribution.service import open_service
from attribution.serving import listening
from attribution.settings import load_settings
from attribution.store.engine.database import Busy
from attribution.store.engine.writer_queue import WriterQueue
from attribution.upkeep import backup, restoring, running
from attribution.web.application import create_app
from qrgen import cli as qrgen
from qrgen.codes import Code, sign_code
from qrgen.faults import Fault

place = Path(sys.argv[1])
instance = place / "instance 专码"
told: dict[str, object] = {}

told["init"] = cli.main(["init", "--instance", str(instance), "--demo"])
out = place / "海报 posters"
told["posters"] = [
    qrgen.main([
        "posters", "--instance", str(instance), "--out", str(out), "--unit", "A01",
    ])
    for _ in range(2)
]
told["printed"] = sorted(path.relative_to(out).as_posix() for path in out.rglob("*"))

settings = load_settings(instance, environ={})
service = open_service(settings)
app = create_app(settings, service)
code = sign_code(Code("A01", 1, None), settings.code_keys)
told["scan"] = app.test_client().get(f"/q/{code}").status_code
told["copied"] = backup.backup(service, place / "copy.db", instants.now(), Actor("test")).size > 0
try:
    restoring.restore(settings, place / "copy.db", instants.now(), Actor("test"))
except Fault as fault:
    told["in use"] = fault.cause
service.close()
told["restored"] = restoring.restore(
    settings, place / "copy.db", instants.now(), Actor("test")
) is not None
told["left beside"] = sorted(path.name for path in instance.glob(".part*"))

first, second = WriterQueue(place / "x.door"), WriterQueue(place / "x.door")
first.enter(5)
try:
    second.enter(0.05)
except Busy:
    told["second writer"] = "waits"
threading.Timer(0.1, first.leave).start()
second.enter(60)
second.leave()

with listening.listen("127.0.0.1", 0) as listener:
    port = listener.getsockname()[1]
    try:
        listening.listen("127.0.0.1", port).close()
    except Fault as fault:
        told["second start"] = fault.code.value

record = running.here("http://127.0.0.1", settings.campaign_folder, renews=False)
with running.told(instance, record):
    told["running"] = len(running.found(instance))
    told["reload"] = cli.main(["reload", "--instance", str(instance)])
told["running after"] = len(running.found(instance))
print(json.dumps(told))
