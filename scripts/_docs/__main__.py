"""`scripts/docs write`: the pages and diagrams that are made of the code."""

import sys

from .page import ROOT
from .written import written


def main() -> int:
    for name, text in written().items():
        path = ROOT / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
