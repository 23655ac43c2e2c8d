import pytest

from virtualptz.errors import ConfigError
from virtualptz.model import TrackingUpdate
from virtualptz.tracking.worker.runner_client import RunnerClient, RunnerRefusedError, RunnerUnreachableError

from .agent import Agent

UPDATE = TrackingUpdate(tracking_confidence=0.5, source="detector-worker", target_x=0.25)


def test_a_push_sends_what_is_known_and_no_more(agent: Agent) -> None:
    with RunnerClient(agent.url, "secret") as client:
        client.push_tracking("job-1", UPDATE)
    (call,) = agent.calls
    assert call.path == "/runner/tracking/update"
    assert call.authorization == "Bearer secret"
    assert call.body == {
        "job_id": "job-1",
        "tracking_confidence": 0.5,
        "source": "detector-worker",
        "target_x": 0.25,
    }


def test_without_a_key_none_is_sent(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        client.push_tracking("job-1", UPDATE)
    assert agent.calls[0].authorization is None


def test_one_connection_is_kept_for_all_calls(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        for _ in range(5):
            client.push_tracking("job-1", UPDATE)
            client.job_status("job-1")
    assert len({call.connection for call in agent.calls}) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((404, {"detail": "unknown job"}), "404 unknown job"),
        ((422, {"detail": [{"loc": ["body", "x"], "msg": "too large"}]}), "422 .*too large"),
        ((500, "<html>oops\n\n</html>"), "500 <html>oops </html>"),
        ((307, ""), "307"),
    ],
)
def test_a_refusal_says_why_on_one_line(agent: Agent, answer: tuple[int, str], says: str) -> None:
    agent.answers["/runner/tracking/update"] = [answer]
    with RunnerClient(agent.url) as client, pytest.raises(RunnerRefusedError, match=f"^{says}") as refused:
        client.push_tracking("job-1", UPDATE)
    assert "\n" not in str(refused.value)


def test_an_answer_that_is_no_agent_s_is_said_to_be_none(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        for answer in ("hello", "[]"):
            agent.answers["/runner/job/status"] = [(200, answer)]
            with pytest.raises(RunnerUnreachableError, match="is this a runner agent"):
                client.job_status("job-1")
        agent.answers["/runner/ingest/start"] = [(200, {"state": "running"})]
        with pytest.raises(RunnerUnreachableError, match="names no job_id"):
            client.start_ingest(session_id="s", source="x", profile="fluid", replica_index=0)


def test_nobody_there_and_nobody_answering_are_told_apart(agent: Agent) -> None:
    with RunnerClient("http://127.0.0.1:1") as client, pytest.raises(RunnerUnreachableError, match="refused"):
        client.job_status("job-1")
    agent.hang.set()
    with RunnerClient(agent.url, answer_seconds=0.3) as client:
        with pytest.raises(RunnerUnreachableError, match="no answer in time"):
            client.job_status("job-1")
        agent.hang.clear()


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:9001", "ftp://host", "http://", "http://host:port", "file:///etc", "http://[::1"]
)
def test_an_address_that_cannot_be_called_is_refused_before_any_call(url: str) -> None:
    with pytest.raises(ConfigError, match="must look like"):
        RunnerClient(url)


@pytest.mark.parametrize("key", ["two words", "new\nline", "schlüssel", "\x00"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigError) as refused:
        RunnerClient("http://127.0.0.1:9001", key)
    assert key not in str(refused.value)
