import pytest
from hypothesis import settings

# The first example of a match computes a passage of it, on a machine that may be busy.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv("RUNNER_API_KEY", raising=False)
    monkeypatch.setenv("RUNNER_CONFIG", str(tmp_path_factory.mktemp("settings") / "none.toml"))
