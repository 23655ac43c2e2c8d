"""The states of a job: examples, and properties that hold whatever happens in whatever order."""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from virtualptz.jobs.supervision.states import Aired, Gone, Life, Refused, Spoke, Started, StopAsked, after
from virtualptz.model import JobOutcome

OUTCOMES = st.builds(JobOutcome, st.sampled_from(("stopped", "failed")), st.none() | st.text(max_size=8))


def test_a_crash_is_a_restart_and_not_an_end() -> None:
    life = after(after(Life(), Started()), Spoke())
    assert (life.stage, life.phase) == ("live", "connecting")
    life = after(life, Gone("killed by signal 11"))
    assert (life.stage, life.state, life.restarts, life.phase) == ("waiting", "running", 1, "reconnecting")
    assert life.last_error == "killed by signal 11"


def test_a_stop_ends_the_job_when_its_process_has_gone() -> None:
    life = after(after(Life(), Started()), StopAsked())
    assert (life.stage, life.state, life.phase) == ("stopping", "running", "draining")
    life = after(life, Gone("killed"))
    assert (life.stage, life.state, life.phase) == ("ended", "stopped", "ended")


def test_the_process_says_itself_how_the_job_ended() -> None:
    life = after(Life(), Gone(outcome=JobOutcome("failed", "not media")))
    assert (life.state, life.last_error, life.wanted) == ("failed", "not media", False)


def test_a_refused_start_is_no_restart() -> None:
    assert after(after(Life(), Started()), Refused()) == Life()


def test_what_failed_after_it_was_on_air_is_a_restart() -> None:
    life = after(after(after(Life(), Started()), Aired()), Gone(outcome=JobOutcome("failed", "not media")))
    assert (life.stage, life.state, life.restarts, life.wanted) == ("waiting", "running", 1, True)
    assert life.last_error == "not media"
    assert after(life, Gone(outcome=JobOutcome("stopped"))).state == "stopped"
    assert after(after(life, StopAsked()), Gone(outcome=JobOutcome("failed"))).state == "failed"


class JobLife(RuleBasedStateMachine):
    """The supervisor's side of the bargain is in the preconditions; the rest holds by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()
        self.process = False
        self.crashes = 0
        self.stop_asked = False
        self.aired = False
        self.outcome: JobOutcome | None = None

    @precondition(lambda self: not self.process and self.life.stage != "ended")
    @rule()
    def start(self) -> None:
        self.life, self.process = after(self.life, Started()), True

    @precondition(lambda self: self.process)
    @rule()
    def speak(self) -> None:
        self.life = after(self.life, Spoke())
        assert self.life.stage == ("stopping" if self.stop_asked else "live")

    @precondition(lambda self: self.process)
    @rule()
    def air(self) -> None:
        if self.life.stage != "ended":
            self.aired = True
        self.life = after(self.life, Aired())

    @rule()
    def stop(self) -> None:
        if self.life.stage != "ended":
            self.stop_asked = True
        self.life = after(self.life, StopAsked())

    @precondition(lambda self: self.process)
    @rule(error=st.none() | st.text(max_size=8))
    def crash(self, error: str | None) -> None:
        self.process = False
        self.crashes += not self.stop_asked
        self.life = after(self.life, Gone(error))
        assert self.life.stage == ("ended" if self.stop_asked else "waiting")

    @precondition(lambda self: self.process)
    @rule()
    def refuse(self) -> None:
        self.process = False
        self.life = after(self.life, Refused())

    @precondition(lambda self: self.life.stage != "ended")
    @rule(outcome=OUTCOMES)
    def end(self, outcome: JobOutcome) -> None:
        self.process = False
        self.life = after(self.life, Gone(outcome=outcome))
        if outcome.state == "failed" and self.aired and not self.stop_asked:
            self.crashes += 1
            assert self.life.stage == "waiting"
        else:
            self.outcome = outcome
            assert self.life.stage == "ended"

    @precondition(lambda self: self.life.stage == "ended")
    @rule(event=st.sampled_from((Started(), Spoke(), Aired(), StopAsked(), Refused(), Gone("late"))))
    def come_too_late(self, event: Started | Spoke | Aired | StopAsked | Refused | Gone) -> None:
        assert after(self.life, event) == self.life

    @invariant()
    def a_wanted_job_ends_by_its_own_word_alone(self) -> None:
        if self.life.stage == "ended" and not self.stop_asked:
            assert self.life.outcome == self.outcome
            assert self.outcome is not None

    @invariant()
    def ended_means_unwanted_and_with_an_outcome(self) -> None:
        assert (self.life.stage == "ended") == (self.life.outcome is not None)
        assert (self.life.state == "running") == (self.life.outcome is None)
        assert self.life.wanted == (self.life.stage not in ("stopping", "ended"))

    @invariant()
    def every_crash_counts_once(self) -> None:
        assert self.life.restarts == self.crashes

    @invariant()
    def a_stop_is_never_forgotten(self) -> None:
        if self.stop_asked:
            assert self.life.stage in ("stopping", "ended")


TestJobLife = JobLife.TestCase
