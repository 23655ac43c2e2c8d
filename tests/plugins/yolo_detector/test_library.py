"""What Ultralytics does to a process, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .network import need, weights


def run(code: str, **environ: str) -> str:
    """What the code prints; warnings are errors in it, and so is a word on stderr."""
    need("ultralytics")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("YOLO_", "OMP_"))}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**clean, **environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def test_what_it_sets_for_the_whole_process_is_put_back(tmp_path: Path) -> None:
    code = """
import os, signal, sys
import cv2, numpy
cv2.setNumThreads(2)
def state():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    threads = cv2.getNumThreads(), os.environ.get("OMP_NUM_THREADS")
    return threads, numpy.get_printoptions(), handlers, sys.excepthook
before = state()
from virtualptz_yolo import library
library.ultralytics()
assert state() == before, (state(), before)
print(os.environ["YOLO_OFFLINE"], os.environ["YOLO_AUTOINSTALL"], os.environ["YOLO_CONFIG_DIR"])
"""
    folder = tmp_path / "state"
    said = run(code, RUNNER_STATE_DIR=str(folder))
    assert said == f"true false {folder}/ultralytics\n"
    assert folder.stat().st_mode & 0o777 == 0o700


def test_whoever_set_a_switch_knows_better(tmp_path: Path) -> None:
    code = """
import os
from virtualptz_yolo import library
library.ultralytics()
print(os.environ["YOLO_CONFIG_DIR"])
"""
    mine = tmp_path / "mine"
    assert run(code, RUNNER_STATE_DIR=str(tmp_path / "state"), YOLO_CONFIG_DIR=str(mine)) == f"{mine}\n"


FAKE_TORCHVISION = """
import types
def nms(boxes, scores, limit):
    {body}
ops = types.SimpleNamespace(nms=nms)
"""
CODE = """
import logging, sys
said = []
class Keep(logging.Handler):
    def emit(self, record):
        said.append(record.getMessage())
logging.getLogger("virtualptz_yolo").addHandler(Keep())
logging.getLogger("virtualptz_yolo").propagate = False
import numpy as np
from virtualptz.errors import PluginError
from virtualptz_yolo import library
from virtualptz_yolo.network import Network, NetworkSpec
try:
    for _ in range(2):
        network = Network(NetworkSpec({weights!r}, imgsz=320))
    print(library.torchvision_works(), len(network.run([np.zeros((64, 64, 3), np.uint8)])), *said, sep="|")
except PluginError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "raise NotImplementedError(\"Could not run 'torchvision::nms' with the 'CUDA' backend\")",
            "False|1|torchvision and torch do not match (NotImplementedError: Could not run "
            "'torchvision::nms' with the 'CUDA' backend): using Ultralytics' own NMS\n",
        ),
        ("import torch; return torch.zeros(0, dtype=torch.int64)", "True|1\n"),
        ("raise ValueError('something else')", "torchvision does not work: ValueError: something else\n"),
    ],
)
def test_a_torchvision_whose_operators_do_not_load_is_done_without(
    tmp_path: Path, body: str, said: str
) -> None:
    """Said once, and only of that fault."""
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(FAKE_TORCHVISION.format(body=body))
    code = CODE.format(weights=str(weights()))
    assert run(code, PYTHONPATH=str(tmp_path), RUNNER_STATE_DIR=str(tmp_path / "state")) == said


def test_one_that_does_not_even_import_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')"
    )
    code = CODE.format(weights=str(weights()))
    said = run(code, PYTHONPATH=str(tmp_path), RUNNER_STATE_DIR=str(tmp_path / "state"))
    assert said.startswith(
        "False|1|torchvision and torch do not match (RuntimeError: operator torchvision::nms"
    )
    assert said.count("do not match") == 1


def test_the_plug_in_is_loaded_without_it(tmp_path: Path) -> None:
    code = """
import sys
from virtualptz.plugins import PluginHost
statuses = {status.name: status for status in PluginHost.load().statuses}
print(statuses["yolo"].state, sorted({"torch", "ultralytics"} & sys.modules.keys()))
"""
    assert run(code, RUNNER_STATE_DIR=str(tmp_path)) == "loaded []\n"
