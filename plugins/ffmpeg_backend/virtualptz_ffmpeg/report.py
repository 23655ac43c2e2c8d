"""What a publishing process says of its connection. Imports nothing of ours: the process starts with it."""

import json
from dataclasses import asdict, dataclass

CALLING, GREETED = b"calling\n", b"greeted\n"
"""How far an attempt has come, where the protocol lets one know: the server is being called; it has answered,
and may now ask others about us."""
ACKNOWLEDGED = b"acknowledged "
"""Before how many bytes the server has acknowledged since the process began."""


@dataclass(frozen=True)
class Report:
    connected: bool
    reason: str = ""
    refused: bool = False
    """It was reached, and does not want us."""

    def line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> "Report | None":
        """Of our own publishing process. An empty line is a mere sign of life, and a word is none either."""
        return cls(**json.loads(line)) if line.startswith(b"{") else None

    @classmethod
    def parse_progress(cls, line: bytes) -> "Report | None":
        """Of ffmpeg's `-progress`: with the first bytes written, the connection stands."""
        name, _, value = line.strip().partition(b"=")
        return cls(True) if name == b"total_size" and value.isdigit() and int(value) else None
