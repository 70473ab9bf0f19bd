"""
The worker processes: granian's, but for how they begin, change and are missed.

Granian (2.8) renews its workers without asking whether the new ones can start: a slip in
the settings and SIGHUP ended the service for good, and a worker that took longer than
its pause left a gap. Its hooks cannot veto. So here

- all workers take visitors from one socket (`listening`), which the parent holds: who
  comes while there is no worker waits instead of being refused;
- a reload first lets a child try the settings (`preflight`), then starts all new workers,
  and stops the old ones only once every new one answers: until then nothing has changed;
  the old ones first leave the door to the new (`leaving`);
- a worker that dies is replaced, at most once in AGAIN_S; the service ends only when the
  last one died and no other can start, and then says why.

What is overridden has no promise of granian's: the version is pinned, and a test holds
the signatures. Workers are forked, for they inherit the socket and the pipe on which they
say that they answer.
"""
import asyncio
import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

from granian._granian import SocketHolder
from granian.constants import SSLProtocols
from granian.server.mp import MPServer, WorkerProcess

from attribution.faults import Code
from attribution.serving import listening
from attribution.serving.leaving import Leaving
from attribution.serving.preflight import preflight, unforeseen
from attribution.serving.wanted import Connection, finish_when_closed
from attribution.settings import Settings
from qrgen.faults import Fault

log = logging.getLogger("attribution")

# Phones of before 2019 speak no 1.3, which is what granian asks for unless told.
TLS_MIN = SSLProtocols.tls12

# How long a child may take until it answers; a machine that swaps takes its time.
BOOT_S = 120.0

# A worker that dies as soon as it serves is not started again more often than this.
AGAIN_S = 5.0

# Tells a worker that others take its place, and how long before it is told to end.
# Windows has neither the signal nor a reload.
LEAVE = getattr(signal, "SIGUSR1", signal.SIGTERM)
LEAVE_S = 1.0

# Elsewhere a worker is spawned: there is one, told to end by a pipe (`wanted`), for no signal is.
FORKED = sys.platform != "win32"

# How long the parent looks away at most, between two looks at its workers.
GLANCE_S = 1.0


class Owner(Protocol):
    """Who is told what becomes of the workers."""

    def serving(self) -> None:
        """They answer, for the first time."""

    def renewed(self, begun: float) -> None:
        """New ones took over; *begun* is when that began, on the monotonic clock."""

    def refused(self, begun: float, fault: Fault) -> None:
        """New ones could not; the old ones go on."""


class Stopped(Exception):
    """The service was told to stop while it waited for a child."""


class Workers(MPServer):
    """
    Granian's server with our own socket, start, reload and replacement.

    Args:
        listener: The socket that all workers share.
        settings: Reads the settings anew; may raise a Fault.
        first: How many to begin with, until they are renewed; None for as many as ever.
        owner: Is told what becomes of the workers.
        options: Granian's own.
    """

    def __init__(
        self, target: str, listener: socket.socket, settings: Callable[[], Settings],
        owner: Owner, *, first: int | None = None, **options: Any,
    ):
        super().__init__(target, ssl_protocol_min=TLS_MIN, **options)
        self._listener = listener
        self._settings = settings
        self._owner = owner
        self._first = first
        self._not_before = 0.0  # when the dead may be replaced again
        self._wanted: Connection | None = None  # our end of the pipe of a spawned worker
        # Why the service ended by itself; None when it was told to, or still runs.
        self.fault: Fault | None = None

    # --- what granian calls ---------------------------------------------------------------

    def _init_shared_socket(self) -> None:
        # Its types know only what its own way puts there.
        shared: Any = self
        holder: Any = SocketHolder
        shared._ssp = None
        shared._sfd = self._listener.fileno()
        # On Windows a worker is spawned, is sent the socket itself, and makes a holder of it.
        shared._shd = holder(shared._sfd, False, listening.BACKLOG) if FORKED else None
        shared._sso = self._listener

    def _spawn_workers(self, spawn_target: Any, target_loader: Any) -> None:
        try:
            slots = range(self._first or self.workers)
            self.wrks.extend(self._begun(slots, spawn_target, target_loader))
        except Stopped:
            return
        except Fault as fault:
            self._give_up(fault)
            return
        self._owner.serving()

    def _serve_loop(self, spawn_target: Any, target_loader: Any) -> None:
        while not self.interrupt_signal:
            # Looks by itself now and then: who waits for a child may be told late.
            self.main_loop_interrupt.wait(GLANCE_S)
            self.main_loop_interrupt.clear()
            self.interrupt_children.clear()
            try:
                if not self.interrupt_signal:
                    self._replace_the_dead(spawn_target, target_loader)
                if self.reload_signal and not self.interrupt_signal:
                    self._reload(spawn_target, target_loader)
            except Stopped:
                break
        self.interrupt_children.clear()

    def _reload(self, spawn_target: Any, target_loader: Any) -> None:
        # Cleared first: a signal that comes from now on asks for another round.
        self.reload_signal = False
        begun = time.monotonic()
        try:
            self._try_settings()
            settings = self._settings()
            self.build_ssl_context(
                settings.tls_certificate, settings.tls_key, None, TLS_MIN, None, [], False
            )
            fresh = self._begun(range(self.workers), spawn_target, target_loader)
        except Fault as fault:
            log.error(
                "reload refused, the workers go on as they were: %s", fault.cause,
                extra={"hint": fault.hint, "more": [one.cause for one in fault.more]},
            )
            self._owner.refused(begun, fault)
            return
        old, self.wrks[:] = list(self.wrks), fresh
        self._let_leave(old)
        self._end(old)
        self._owner.renewed(begun)

    def _stop_workers(self) -> None:
        self._end(self.wrks)
        self.wrks.clear()

    # --- our own --------------------------------------------------------------------------

    def _try_settings(self) -> None:
        """Load all that a worker loads, in a child: what it leaves in memory is not ours."""
        hearing, saying = multiprocessing.Pipe(duplex=False)
        child = multiprocessing.Process(target=_try, args=(saying, self._settings), daemon=True)
        child.start()
        saying.close()
        try:
            self._hear(hearing, child)
        finally:
            child.kill()
            child.join()

    def _begun(
        self, slots: Iterable[int], spawn_target: Any, target_loader: Any
    ) -> list[WorkerProcess]:
        """
        Start a worker for each of *slots* and return them once all answer.

        Raises:
            Fault: one cannot; then none is left.
            Stopped: see there.
        """
        begun: list[tuple[WorkerProcess, Connection]] = []
        try:
            for slot in slots:
                hearing, saying = multiprocessing.Pipe(duplex=False)
                wanted = self._new_wanted()
                worker = self._spawn_worker(
                    idx=slot, target=spawn_target,
                    callback_loader=partial(_load, saying, wanted, self._listener, target_loader),
                )
                worker.start()
                saying.close()
                if wanted is not None:
                    wanted.close()
                begun.append((worker, hearing))
            for worker, hearing in begun:
                self._hear(hearing, worker.inner)
        except (Fault, Stopped):
            for worker, _ in begun:
                worker.kill()
                worker.join()
            raise
        return [worker for worker, _ in begun]

    def _new_wanted(self) -> Connection | None:
        """Return the end of a new pipe for a spawned worker, and keep the other; else None."""
        if FORKED:
            return None
        wanted, self._wanted = multiprocessing.Pipe(duplex=False)
        return wanted

    def _hear(self, hearing: Connection, child: Any) -> None:
        """Wait until *child* says that it is well; raise the Fault that it says instead."""
        until = time.monotonic() + BOOT_S
        with hearing:
            while not hearing.poll(0.1):
                if self.interrupt_signal:
                    raise Stopped
                if time.monotonic() > until:
                    raise Fault(Code.WORKER_SILENT, seconds=f"{BOOT_S:.0f}")
            try:
                told = hearing.recv()
            except EOFError:
                child.join(BOOT_S)
                raise Fault(Code.WORKER_ENDED, how=_ending(child)) from None
        if told is not None:
            assert isinstance(told, Fault)
            raise told

    def _replace_the_dead(self, spawn_target: Any, target_loader: Any) -> None:
        dead = [slot for slot, worker in enumerate(self.wrks) if not worker.is_alive()]
        if not dead or time.monotonic() < self._not_before:
            return
        for slot in dead:
            log.error("a worker ended unasked (%s)", _ending(self.wrks[slot].inner))
        self._not_before = time.monotonic() + AGAIN_S
        try:
            fresh = self._begun(dead, spawn_target, target_loader)
        except Fault as fault:
            if len(dead) == len(self.wrks):
                self._give_up(fault)
            else:
                log.error("no new worker: %s", fault.cause, extra={"hint": fault.hint})
            return
        for slot, worker in zip(dead, fresh, strict=True):
            self.wrks[slot] = worker

    def _let_leave(self, workers: list[WorkerProcess]) -> None:
        """Let *workers* take nobody new, and give them the time to close what they have."""
        for worker in workers:
            if worker.is_alive():
                worker.interrupt_by_parent = True
                os.kill(worker._id(), LEAVE)
        until = time.monotonic() + LEAVE_S
        while time.monotonic() < until and not self.interrupt_signal:
            time.sleep(0.05)

    def _end(self, workers: list[WorkerProcess]) -> None:
        """Let *workers* finish what they took; kill who is not done in time."""
        for worker in workers:
            worker.interrupt_by_parent = True
            if FORKED:
                worker.terminate()
        if self._wanted is not None:
            self._wanted.close()
        until = time.monotonic() + float(self.workers_kill_timeout or 0)
        for worker in workers:
            worker.join(max(0.0, until - time.monotonic()))
            if worker.is_alive():
                worker.kill()
                worker.join()

    def _give_up(self, fault: Fault) -> None:
        log.error("no worker can start: %s", fault.cause, extra={"hint": fault.hint})
        self.fault = fault
        self.interrupt_signal = True
        self.main_loop_interrupt.set()


def _load(
    saying: Connection, wanted: Connection | None, listener: socket.socket,
    load: Callable[[], Any],
) -> Any:
    """Load the application in a worker; say why not, or that the worker answers."""
    # The parent's handlers, inherited, would only set flags that nobody here looks at.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    with _telling(saying):
        application = load()
    loop = asyncio.get_event_loop()

    def answering() -> None:
        saying.send(None)
        saying.close()

    # Run by the loop's first turn, which granian begins when it has begun to accept.
    loop.call_soon(answering)
    if wanted is not None:
        finish_when_closed(wanted, loop)
        return application
    leaving = Leaving(application, listener.fileno())
    loop.add_signal_handler(LEAVE, leaving.begin)
    return leaving


def _try(saying: Connection, settings: Callable[[], Settings]) -> None:
    """Try the settings in a child of its own."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # Counts nothing that this service did.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    with _telling(saying):
        preflight(settings())
    saying.send(None)


class _telling:
    """What goes wrong in the block is said to the parent, and ends this process."""

    def __init__(self, saying: Connection):
        self._saying = saying

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None:
            return
        if not isinstance(error, Fault):
            log.error("a new worker cannot start", exc_info=error)
            error = unforeseen(error)
        self._saying.send(error)
        # And not by an exception, for threads of a service half opened would keep it here.
        os._exit(1)


def _ending(child: Any) -> str:
    """Say how *child*, a process, ended."""
    code = child.exitcode
    if code is None:
        return "unknown"
    return f"signal {-code}" if code < 0 else f"exit status {code}"


def use_fork() -> None:
    """Let processes be forked, which is no longer the default everywhere."""
    if FORKED:
        multiprocessing.set_start_method("fork", force=True)
