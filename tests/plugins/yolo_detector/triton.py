"""A Triton server on this machine's CPU, with the network behind it."""

import json
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from ...e2e.processes import Peer, missing, wait_for
from ...ports import free_port

NAME = "hall"
SERVER = Path(sys.prefix) / "triton" / "pytriton" / "tritonserver"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# Tensors go over as DLPack: it was built for numpy 1, and takes numpy 2's arrays for empty ones.
BACKEND = """
import sys

sys.path.insert(0, {packages!r})  # of the environment that has the runtime
import numpy
import onnxruntime
import triton_python_backend_utils as triton


class TritonPythonModel:
    def initialize(self, args):
        self.network = onnxruntime.InferenceSession({network!r}, providers=["CPUExecutionProvider"])

    def execute(self, requests):
        return [self.answer(triton.get_input_tensor_by_name(each, "images")) for each in requests]

    def answer(self, pictures):
        [found] = self.network.run(None, {{"images": numpy.from_dlpack(pictures)}})
        return triton.InferenceResponse([triton.Tensor.from_dlpack("output0", found)])
"""
CONFIG = """
backend: "python"
max_batch_size: 0
input [{ name: "images" data_type: TYPE_FP32 dims: [-1, 3, -1, -1] }]
output [{ name: "output0" data_type: TYPE_FP32 dims: [-1, -1, -1] }]
"""
PARAMETER = 'parameters {{ key: "metadata" value: {{ string_value: {} }} }}\n'


class Triton:
    """Serves an ONNX network under `NAME`, as the page on detection says that it is set up."""

    def __init__(self, folder: Path, network: Path, metadata: dict[str, str] | None) -> None:
        self._folder = folder
        self.http, self.grpc = free_port(), free_port()
        self._peer: Peer | None = None
        version = folder / "models" / NAME / "1"
        version.mkdir(parents=True)
        packages = sysconfig.get_path("purelib")
        (version / "model.py").write_text(BACKEND.format(packages=packages, network=str(network)))
        told = "" if metadata is None else PARAMETER.format(json.dumps(str(metadata)))
        (version.parent / "config.pbtxt").write_text(CONFIG + told)
        self._make_backend()

    def _make_backend(self) -> None:
        """Its Python backend, with the interpreter of this Python's version beside it."""
        stub = SERVER / "python_backend_stubs" / PYTHON / "triton_python_backend_stub"
        if not stub.exists():
            missing(f"a Triton server for Python {PYTHON}")
        backend = self._folder / "backends" / "python"
        backend.mkdir(parents=True)
        for path in (stub, *(SERVER / "backends" / "python").iterdir()):
            (backend / path.name).symlink_to(path)

    def start(self) -> None:
        arguments = [
            str(SERVER / "bin" / "tritonserver"),
            f"--model-repository={self._folder / 'models'}",
            f"--backend-directory={self._folder / 'backends'}",
            "--http-address=127.0.0.1",
            f"--http-port={self.http}",
            "--grpc-address=127.0.0.1",
            f"--grpc-port={self.grpc}",
            "--allow-metrics=false",
        ]
        self._peer = Peer(arguments, self._folder / "server.log")
        self._peer.wait_port(self.http, 60)
        wait_for("the server's model", self._ready, 60)

    def _ready(self) -> bool:
        return httpx2.get(f"http://127.0.0.1:{self.http}/v2/health/ready").is_success

    def kill(self) -> None:
        assert self._peer is not None
        self._peer.kill()

    def at(self, scheme: str) -> str:
        return f"{scheme}://127.0.0.1:{self.http if scheme == 'http' else self.grpc}/{NAME}"


@contextmanager
def triton(folder: Path, network: Path, metadata: dict[str, str] | None) -> Iterator[Triton]:
    server = Triton(folder, network, metadata)
    server.start()
    try:
        yield server
    finally:
        server.kill()
