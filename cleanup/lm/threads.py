"""How many threads a model may use in this process.

By itself a model takes all cores.  Where each core has a process of its own, threads would only wait for one
another.
"""

from __future__ import annotations

import os
import sys

# What numpy's libraries read when they are loaded.
_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_limit = 0


def use_one() -> None:
    """From now on, models that are loaded in this process use one thread; what the user has set stays."""
    global _limit  # noqa: PLW0603 - threads are an affair of the whole process
    _limit = 1
    if "numpy" not in sys.modules:
        for variable in _VARIABLES:
            os.environ.setdefault(variable, "1")


def limit() -> int:
    """How many threads a model may use; 0 where it may take what it likes."""
    return _limit
