"""How pages of the project become pages of the site (hooks of MkDocs).

On a hosting site a link leads from file to file. The site has the pages of docs/, and some from outside
of it; links between them are made to fit, and one to another file of the project becomes its name.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
BROUGHT = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "examples/README.md": "examples/README.md",
}
"""Pages from outside of docs/: their place in the project, and on the site."""
_LINK = re.compile(r"(?P<text>!?\[[^\]\n]*(?:\n[^\]\n]*)?\])\((?P<target>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for source, page in BROUGHT.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """The page with its links as the site needs them."""
    return fitted(markdown, page.file.src_uri, {file.src_uri for file in files})


def fitted(markdown: str, page: str, pages: set[str]) -> str:
    """`page` is where it is on the site, as are `pages`."""

    def fit(link: re.Match[str]) -> str:
        text, target, anchor = link["text"], link["target"], link["anchor"] or ""
        if not target or "://" in target:
            return link[0]
        there = posixpath.normpath(posixpath.join(posixpath.dirname(in_project(page)), target))
        if (place := place_of(there)) in pages:
            return f"{text}({posixpath.relpath(place, posixpath.dirname(page) or '.')}{anchor})"
        if (ROOT / there).exists() and not there.startswith("docs/"):
            return f"{text[1:-1]} (`{there}`)" if text[1:-1].strip("`") != there else f"`{there}`"
        return link[0]

    return _LINK.sub(fit, markdown)


def in_project(page: str) -> str:
    """Where a page of the site is in the project."""
    brought = {site: source for source, site in BROUGHT.items()}
    return brought.get(page, f"docs/{page}")


def place_of(file: str) -> str:
    """Where a file of the project is on the site, if it is there."""
    return BROUGHT.get(file, file.removeprefix("docs/"))
