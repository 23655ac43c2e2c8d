"""A quadratic program that is solved again and again with other bounds."""

import daqp
import numpy as np

from ...errors import VirtualPtzError
from .horizon import Array

SOFT = 8
"""daqp's mark of a constraint that gives way where otherwise there would be no solution."""


class QuadraticProgram:
    """min x'Hx/2 + f'x with lower <= Ax <= upper, by daqp (Arnstroem, Bemporad and Axehill 2022).

    The factors of H and A are computed once. A bound that cannot be kept is missed by as little as possible.
    Each solution depends on the arguments of its own call alone.
    """

    def __init__(self, hessian: Array, constraints: Array) -> None:
        rows = len(constraints)
        self._sense = np.full(rows, SOFT, dtype=np.int32)
        self._model = daqp.Model()
        self._model.settings = {"primal_tol": 1e-7}
        anything = np.full(rows, 1e30)
        self._model.setup(hessian, np.zeros(len(hessian)), constraints, anything, -anything, self._sense)

    def solve(self, linear: Array, lower: Array, upper: Array) -> Array:
        # Naming the sense anew forgets which constraints were active: the same question, the same answer.
        self._model.update(f=linear, bupper=upper, blower=lower, sense=self._sense)
        solution, _, outcome, _ = self._model.solve()
        if outcome <= 0:
            raise VirtualPtzError(f"no optimal path: daqp ended with {outcome}")
        return np.asarray(solution)
