"""The agent as that machine's service."""

from virtualptz.client import RunnerClient

from ..architecture import ROOT
from ..docs.shell import blocks
from ..e2e.processes import wait_for
from .debian import Machine

PAGE = ROOT / "docs" / "deploy.md"
PLACE = "/root/virtualptz"
"""Where the machine has this project."""
ENDLESS = "journalctl -u virtualptz -f"
URL = "http://127.0.0.1:9001"


def commands() -> tuple[str, str]:
    """The page's own: the installation, and what root's profile gets."""
    install, profile = (block.text for block in blocks(PAGE)[:2])
    kept = [line for line in install.splitlines() if not line.startswith(ENDLESS)]
    assert len(kept) == len(install.splitlines()) - 1
    return "\n".join(kept), profile


class Service:
    """Installed as the page says, and started."""

    def __init__(self, machine: Machine) -> None:
        install, self._profile = commands()
        self.machine = machine
        machine.run(f"cd {PLACE}\n{install}")
        key = (machine.root / "etc/virtualptz/api-keys").read_text().strip()
        self.runner = RunnerClient(URL, key)
        self.wait_answer()

    def sh(self, script: str) -> str:
        """As root with the page's profile, in the project's folder."""
        return self.machine.run(f"cd {PLACE}\n{self._profile}\n{script}")

    @property
    def pid(self) -> int:
        """As the machine counts; 0 where no agent runs."""
        return int(self.tells("MainPID"))

    def tells(self, what: str) -> str:
        """One of the properties that systemd has of it."""
        return self.machine.run(f"systemctl show --value --property {what} virtualptz").strip()

    def journal(self) -> str:
        return self.machine.run("journalctl --boot --no-pager --unit virtualptz")

    def wait_answer(self, *, but: int = 0, timeout: float = 60.0) -> None:
        """For an agent that answers; not the one of the process `but`."""
        wait_for("another agent", lambda: self.pid not in (0, but), timeout)
        wait_for("its answer", lambda: self.tells("ActiveState") == "active", timeout)

    def settings(self, text: str) -> None:
        (self.machine.root / "etc/virtualptz/runner.toml").write_text(text)

    def close(self) -> None:
        self.runner.close()
