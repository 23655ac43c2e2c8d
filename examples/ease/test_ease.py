"""The rules that every policy keeps, on the golden traces."""

from virtualptz.testing.contract import PolicyLimits, SmoothingPolicyContract
from vptz_ease import Ease, EaseOptions


class TestEase(SmoothingPolicyContract):
    limits = PolicyLimits()

    def make(self) -> Ease:
        return Ease(EaseOptions())
