"""Our own policies keep the contract that a plug-in author inherits."""

import pytest

from virtualptz.camera.policies.deadband import Deadband, DeadbandOptions
from virtualptz.camera.policies.lookahead import Lookahead, LookaheadOptions
from virtualptz.camera.policies.one_euro import OneEuro, OneEuroOptions
from virtualptz.camera.policies.spring import Spring, SpringOptions
from virtualptz.protocols import SmoothingPolicy
from virtualptz.testing.contract import PolicyLimits, SmoothingPolicyContract


class TestDeadband(SmoothingPolicyContract):
    limits = PolicyLimits(jerk_share=1.0, outlier_share=1.0, keeps_speed=False)

    def make(self) -> SmoothingPolicy:
        return Deadband(DeadbandOptions())


class TestOneEuro(SmoothingPolicyContract):
    limits = PolicyLimits(jerk_share=0.25)

    def make(self) -> SmoothingPolicy:
        return OneEuro(OneEuroOptions())


class TestSpring(SmoothingPolicyContract):
    limits = PolicyLimits(overshoot=0.035)

    def make(self) -> SmoothingPolicy:
        return Spring(SpringOptions())


class OfLookahead(SmoothingPolicyContract):
    seconds = 1.0

    def make(self) -> SmoothingPolicy:
        return Lookahead(LookaheadOptions(lookahead=self.seconds))


class TestLookahead(OfLookahead):
    pass


class TestShortLookahead(OfLookahead):
    limits = PolicyLimits(overshoot=0.025)
    seconds = 0.2


class TestLongLookahead(OfLookahead):
    seconds = 5.0


class TestNothing:
    def test_a_policy_that_never_moves_is_caught(self) -> None:
        class Frozen(SmoothingPolicyContract):
            def make(self) -> SmoothingPolicy:
                return Deadband(DeadbandOptions(min_delta_xy=1.0, min_delta_zoom=9.0))

        with pytest.raises(AssertionError, match="off 4 s after"):
            Frozen().test_it_settles_after_a_step()
