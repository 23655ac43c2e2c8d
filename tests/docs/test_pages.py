"""What pages promise: the same commands in both languages, a picture, links that hold on the site too."""

import posixpath
import re
from pathlib import Path

import cv2
import pytest
from scripts._docs.site import BROUGHT, fitted, place_of

from ..architecture import ROOT
from .shell import PAGES, blocks, commands

ITALIAN = ROOT / "docs" / "it" / "quick-start.md"


def all_commands(page: Path) -> list[list[str]]:
    return [command for block in blocks(page) for command in commands(block.text)]


def without_remarks(page: Path) -> list[str]:
    """The lines of the shell, with what is said about them taken away."""
    lines = [line for block in blocks(page) for line in block.text.splitlines()]
    return [re.sub(r"\s+# .*$", "", line) for line in lines]


def test_the_italian_quick_start_has_the_readme_s_commands() -> None:
    readme = ROOT / "README.md"
    assert len(all_commands(readme)) >= 6
    assert all_commands(ITALIAN) == all_commands(readme)
    assert without_remarks(ITALIAN) == without_remarks(readme)


@pytest.mark.parametrize("page", ["README.md", "docs/it/quick-start.md"])
def test_the_picture_is_there_and_small(page: str) -> None:
    found = re.search(r"^!\[[^\]]+\]\((\S+)\)$", (ROOT / page).read_text(), re.MULTILINE)
    assert found is not None
    picture = (ROOT / page).parent / found[1]
    assert picture.stat().st_size < 300_000
    shown = cv2.imread(str(picture))
    assert shown is not None
    assert shown.shape[:2] == (360, 1292)


PROJECT_PAGES = {place_of(str(page.relative_to(ROOT))) for page in PAGES}


@pytest.mark.parametrize(
    ("page", "link", "there"),
    [
        ("plugins.md", "[x](../examples/README.md)", "[x](examples/README.md)"),
        ("how-to/gpu-box.md", "[x](../detection.md#yolo)", "[x](../detection.md#yolo)"),
        ("index.md", "[x](docs/api.md#the-camera)", "[x](api.md#the-camera)"),
        ("index.md", "[x](CONTRIBUTING.md)", "[x](CONTRIBUTING.md)"),
        ("it/quick-start.md", "[x](../../README.md)", "[x](../index.md)"),
        ("examples/README.md", "[x](../docs/plugins.md)", "[x](../plugins.md)"),
        ("examples/README.md", "[ease](ease)", "ease (`examples/ease`)"),
        ("index.md", "[the text](LICENSE)", "the text (`LICENSE`)"),
        ("index.md", "[x](https://example.org)", "[x](https://example.org)"),
        ("api.md", "[x](#here)", "[x](#here)"),
        ("api.md", "[x](missing.md)", "[x](missing.md)"),
    ],
)
def test_links_lead_to_the_same_page_on_the_site(page: str, link: str, there: str) -> None:
    assert fitted(link, page, PROJECT_PAGES) == there


def test_every_page_has_its_place_on_the_site() -> None:
    nav = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    placed = re.findall(r": (\S+\.md)$", nav, re.MULTILINE)
    assert len(placed) == len(set(placed))
    docs = {posixpath.relpath(str(page), str(ROOT / "docs")) for page in (ROOT / "docs").rglob("*.md")}
    assert set(placed) == docs | set(BROUGHT.values())


@pytest.mark.parametrize("script", ["scripts/docs", "scripts/check"])
def test_a_link_that_leads_nowhere_ends_the_build(script: str) -> None:
    """MkDocs counts no warnings that it is told not to print."""
    (line,) = re.findall(r"mkdocs build.*", (ROOT / script).read_text())
    assert line.removesuffix(" ;;") == "mkdocs build --strict"
