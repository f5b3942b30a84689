# SPDX-License-Identifier: Apache-2.0
"""The one way to LightGBM and NumPy: imported on use, never before a fork."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cocket.errors import SettingsError

#: Features of one case in the order of `FEATURES`, None where unknown, `(n_features,)`.
Row = tuple[float | None, ...]


def lightgbm() -> Any:
    """The LightGBM module.

    Raises:
        SettingsError: It is not installed, or the machine lacks its system library.
    """
    try:
        import lightgbm as module
    except (ImportError, OSError) as error:
        raise SettingsError(
            f"LightGBM cannot be used here: {error}",
            code="lightgbm-missing",
            hint="Install it with `pip install cocket[risk]`; on Debian it also needs libgomp1.",
        ) from error
    return module


def matrix(rows: Sequence[Row]) -> Any:
    """Rows as a NumPy array of floats, None as NaN, which LightGBM takes for missing; `(n_rows, n_features)`."""
    import numpy as np

    return np.array(rows, dtype=np.float64)
