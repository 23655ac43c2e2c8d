"""What other pages say of the benchmarks, in the benchmarks' own words."""

import re

from .page import ROOT

BENCHMARKS = ROOT / "docs" / "benchmarks.md"
_MARK = re.compile(r"(<!-- quoted from benchmarks: (\w+) -->\n).*?(<!-- end of quote -->)", re.DOTALL)
_SERVED = re.compile(r"^\| agent: job, publisher, preview, frames .* \| ([\d.]+) \|", re.MULTILINE)


def quoting(page: str) -> str:
    """A page of docs/ with what it quotes as the benchmarks have it now."""
    results = BENCHMARKS.read_text()
    return _MARK.sub(
        lambda mark: f"{mark[1]}{_quoted(mark[2], results)}\n{mark[3]}", (ROOT / "docs" / page).read_text()
    )


def _quoted(name: str, results: str) -> str:
    """The sentence and the tables of one benchmark; ValueError where there is none of this name."""
    if name == "share":
        return _share(results)
    found = re.search(rf"<!-- {name} -->\n## .*?\n(.*?)\nMeasured ", results, re.DOTALL)
    if found is None:
        raise ValueError(f"docs/benchmarks.md has no results of {name!r}")
    return found[1].partition("\n### ")[0].strip()


def _share(results: str) -> str:
    found = _SERVED.search(results)
    if found is None:
        raise ValueError("docs/benchmarks.md has no line of a served job's cost")
    milliseconds = float(found[1])
    return (
        f"One job takes {milliseconds:g} ms of processor time a picture: at 30 pictures a second "
        f"{milliseconds * 30 / 1000:.2f} of a core, at 60 {milliseconds * 60 / 1000:.2f}."
    )
