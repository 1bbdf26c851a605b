"""Trying a methodology before it is filed, and comparing two by the same acts. Nothing is signed or sent."""

from oracles.trying.comparing import Comparison, compare
from oracles.trying.data import TrialData, open_data
from oracles.trying.plot import comparison_svg
from oracles.trying.trial import Trial, try_methodology

__all__ = ["Comparison", "Trial", "TrialData", "compare", "comparison_svg", "open_data", "try_methodology"]
