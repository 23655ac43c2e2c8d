"""A Debian of the test's own, with a systemd that runs: debootstrap makes it, systemd-nspawn boots it."""

import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from ..e2e.processes import Peer, program, wait_for

PACKAGES = ("systemd", "systemd-sysv", "dbus", "ca-certificates", "openssl", "procps")
"""What a server has; what the page says is installed on top."""
PASSED_ON = ("PIP_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""Variables by which this machine reaches its package index."""
SWITCH_OFF = signal.SIGRTMIN + 4
"""systemd.special(7): for a first process, `poweroff.target`."""


def bootstrap(folder: Path, suite: str, mirror: str) -> None:
    """A Debian in a folder. Takes minutes, and the network."""
    made = ("--variant=minbase", f"--include={','.join(PACKAGES)}", suite, str(folder), mirror)
    subprocess.run([program("debootstrap"), *made], check=True, timeout=1800)
    (folder / "etc" / "apt" / "apt.conf.d" / "90unattended").write_text('APT::Get::Assume-Yes "true";\n')


class Machine:
    """On from its making until `stop`, in this machine's network."""

    def __init__(self, root: Path, log: Path, shown: Sequence[str] = ()) -> None:
        """`shown`: files and folders of this machine that it sees, read-only, at the same place."""
        # systemd is no first process everywhere: then nobody keeps a list of machines, or their units.
        apart = ("--register=no", "--keep-unit", "--console=pipe", "--resolv-conf=copy-host")
        # By which systemd keeps a unit from addresses; a container has none of it by default.
        filters = ("--system-call-filter=bpf", "--capability=CAP_BPF,CAP_NET_ADMIN,CAP_PERFMON")
        binds = [f"--bind-ro={path}" for path in shown]
        command = [
            program("systemd-nspawn"),
            "--quiet",
            "--boot",
            f"--directory={root}",
            *apart,
            *filters,
            *binds,
        ]
        self.root = root
        self._peer = Peer(command, log, env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self._first = wait_for("its first process", self._find_first)
        wait_for("the end of its boot", lambda: self._sh("systemctl is-system-running").returncode == 0, 120)

    def _find_first(self) -> psutil.Process | None:
        assert self._peer.running, self._peer.log.read_text(errors="replace")
        children = psutil.Process(self._peer.process.pid).children()
        return next((child for child in children if child.name() == "systemd"), None)

    def run(self, script: str) -> str:
        """What a shell of root's says there; AssertionError where the script fails."""
        done = self._sh(f"set -euo pipefail\n{script}")
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def _sh(self, script: str) -> "subprocess.CompletedProcess[str]":
        passed = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(PASSED_ON)]
        clean = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", *passed)
        return subprocess.run(
            [program("nsenter"), "--all", f"--target={self._first.pid}", "--", *clean, "bash", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def stop(self) -> None:
        """Switched off; what is left after that is pulled the plug of."""
        if self._first.is_running():
            self._first.send_signal(SWITCH_OFF)
            psutil.wait_procs([self._first], timeout=30)
        self._peer.stop()
