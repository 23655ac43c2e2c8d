import os
import time
from pathlib import Path

import pytest

from tests.core.distributions import POLICY, Site
from virtualptz.errors import ConfigError
from virtualptz.jobs.supervision.trying import try_out


async def tried(site: Site, *names: str, seconds: float = 30.0) -> dict[str, str]:
    return await try_out(names, {**os.environ, "PYTHONPATH": str(site.folder)}, seconds=seconds)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


async def test_one_that_works_and_one_that_does_not(site: Site) -> None:
    site.install("good", POLICY)
    site.install("bad", "raise RuntimeError('no')")
    assert await tried(site, "good", "bad") == {"bad": "RuntimeError: no"}


async def test_one_that_kills_its_process(site: Site) -> None:
    site.install("lethal", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(ConfigError, match=r"plug-in lethal: loading it.*killed by signal 11"):
        await tried(site, "lethal")


async def test_one_that_hangs(site: Site, tmp_path: Path) -> None:
    site.install(
        "sleepy",
        f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(600)",
    )
    begin = time.monotonic()
    with pytest.raises(ConfigError, match="plug-in sleepy: loading it takes longer than 5 s"):
        await tried(site, "sleepy", seconds=5.0)
    assert time.monotonic() - begin < 60
    assert not Path(f"/proc/{(tmp_path / 'pid').read_text()}").exists()


async def test_others_are_not_touched(site: Site) -> None:
    site.install("bystander", "raise RuntimeError('no')")
    assert await tried(site, "policies") == {}
