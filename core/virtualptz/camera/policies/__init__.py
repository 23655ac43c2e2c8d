"""Smoothing policies that come with the agent: a plug-in like any other."""

from collections.abc import Iterable
from typing import Any

from ... import hookimpl
from ...model import Extension
from ...protocols import SmoothingPolicy
from .deadband import Deadband, DeadbandOptions
from .lookahead import Lookahead, LookaheadOptions
from .one_euro import OneEuro, OneEuroOptions
from .spring import Spring, SpringOptions


@hookimpl
def vptz_smoothing_policies() -> Iterable[Extension[SmoothingPolicy, Any]]:
    yield Extension("deadband", DeadbandOptions, Deadband)
    yield Extension("lookahead", LookaheadOptions, Lookahead)
    yield Extension("one_euro", OneEuroOptions, OneEuro)
    yield Extension("spring", SpringOptions, Spring)
