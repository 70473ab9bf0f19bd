"""
Locks on a file by which processes of one machine know of each other; they end with the process.

Unix has flock. Windows has LockFileEx, which the standard library shows only as far as
``msvcrt.locking`` goes (alone, or not at all, and a wait of ten seconds), so it is called by
its own name. There the lock keeps others from *reading* the bytes as well: so what is locked
is one byte far behind the end of the file, which nobody reads.
"""
import sys
from typing import IO

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _AT_ONCE, _ALONE = 1, 2  # LOCKFILE_FAIL_IMMEDIATELY, LOCKFILE_EXCLUSIVE_LOCK
    _LOCK_VIOLATION, _IO_PENDING = 33, 997

    class _Place(ctypes.Structure):
        """OVERLAPPED: where the locked byte lies."""

        _fields_ = (
            ("Internal", ctypes.c_void_p), ("InternalHigh", ctypes.c_void_p),
            ("Offset", wintypes.DWORD), ("OffsetHigh", wintypes.DWORD),
            ("hEvent", wintypes.HANDLE),
        )

    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.LockFileEx.argtypes = (
        wintypes.HANDLE, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD,
        ctypes.POINTER(_Place),
    )
    _kernel.LockFileEx.restype = wintypes.BOOL
    _kernel.UnlockFileEx.argtypes = (
        wintypes.HANDLE, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, ctypes.POINTER(_Place),
    )
    _kernel.UnlockFileEx.restype = wintypes.BOOL

    def _place() -> _Place:
        return _Place(Offset=0, OffsetHigh=0x4000_0000)

    def take(file: IO[bytes], *, exclusive: bool = True, wait: bool = False) -> None:
        how = (_ALONE if exclusive else 0) | (0 if wait else _AT_ONCE)
        handle = msvcrt.get_osfhandle(file.fileno())
        if not _kernel.LockFileEx(handle, how, 0, 1, 0, ctypes.byref(_place())):
            number = ctypes.get_last_error()
            if number in (_LOCK_VIOLATION, _IO_PENDING):
                raise BlockingIOError(number, "locked by another process")
            raise ctypes.WinError(number)

    def let_go(file: IO[bytes]) -> None:
        handle = msvcrt.get_osfhandle(file.fileno())
        _kernel.UnlockFileEx(handle, 0, 1, 0, ctypes.byref(_place()))

else:
    import fcntl

    def take(file: IO[bytes], *, exclusive: bool = True, wait: bool = False) -> None:
        """
        Lock *file*: alone, or together with others who do not want it alone.

        Args:
            wait: Stand in the system's queue, for as long as it takes.

        Raises:
            BlockingIOError: somebody holds it otherwise.
        """
        how = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        fcntl.flock(file, how | (0 if wait else fcntl.LOCK_NB))

    def let_go(file: IO[bytes]) -> None:
        """Unlock *file*; to close it does too."""
        fcntl.flock(file, fcntl.LOCK_UN)
