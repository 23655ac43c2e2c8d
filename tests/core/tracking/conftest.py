import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv("RUNNER_API_KEY", raising=False)
    monkeypatch.setenv("RUNNER_CONFIG", str(tmp_path_factory.mktemp("settings") / "none.toml"))
