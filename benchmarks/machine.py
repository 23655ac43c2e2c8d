"""The machine that the figures are of."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import av
import psutil
from tests.e2e.processes import ffmpeg


def describe() -> list[tuple[str, str]]:
    """Name and value of what the figures depend on; no path, no host name."""
    return [
        ("CPU", f"{_cpu()}, {os.cpu_count()} logical CPUs"),
        ("Memory", f"{psutil.virtual_memory().total / 2**30:.1f} GiB"),
        (
            "System",
            f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}",
        ),
        ("FFmpeg in the agent", f"{av.ffmpeg_version_info} (PyAV {version('av')} wheel)"),
        ("FFmpeg command line", ffmpeg_version()),
    ]


def ffmpeg_version() -> str:
    """The first words of `ffmpeg -version`."""
    printed = subprocess.run([ffmpeg(), "-version"], capture_output=True, text=True, timeout=30, check=True)
    return printed.stdout.split("Copyright")[0].removeprefix("ffmpeg version").strip()


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
