import os
import subprocess
import sys

from virtualptz.jobs.children.footprint import resident, resident_of
from virtualptz.jobs.children.processes import Family

EATEN = 50_000_000


def test_the_memory_of_a_process_and_of_its_session() -> None:
    code = f"food = bytearray(b'x') * {EATEN}; print('full', flush=True); input()"
    eater = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert eater.stdout is not None
    eater.stdout.readline()
    for found in (resident([eater.pid]), resident_of(Family("of-nobody", eater.pid))):
        assert EATEN < found < EATEN + 30_000_000
    eater.communicate(b"\n")
    assert resident([eater.pid]) == 0
    assert resident_of(Family("of-nobody", eater.pid)) == 0


def test_what_several_take_is_added_up() -> None:
    one = resident([os.getpid()])
    assert one > 1_000_000
    assert resident([os.getpid(), os.getpid()]) > 1.9 * one
