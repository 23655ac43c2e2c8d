"""What was freed in between goes back to the machine."""

import subprocess
import sys

PIECES, PIECE_BYTES = 1500, 60_000
"""Each too small for the C library to take it from the machine by itself."""
HOLED = f"""
import ctypes, psutil
from virtualptz.jobs.process.spare_memory import SpareMemory
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
pieces = [libc.malloc({PIECE_BYTES}) for _ in range({PIECES})]
for piece in pieces:
    ctypes.memset(piece, 1, {PIECE_BYTES})
for number, piece in enumerate(pieces):
    if number % 50 and number < {PIECES} - 1:
        libc.free(piece)
resident = lambda: psutil.Process().memory_info().rss
before = resident()
SpareMemory().give_back()
early = resident()
SpareMemory(0.0).give_back()
print(before - early, early - resident())
"""


def test_what_is_free_between_what_is_used_goes_back_when_it_is_time() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOLED], capture_output=True, text=True, check=True, timeout=60
    )
    early, late = map(int, done.stdout.split())
    assert early < 1 << 20
    assert late > 0.8 * PIECES * PIECE_BYTES
