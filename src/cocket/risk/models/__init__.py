# SPDX-License-Identifier: Apache-2.0
"""Learned models: one file a model and edition; a new edition is a new file.

In: rows of features. Out: chances that an examination finds something, with contributions that add up to them.
LightGBM, NumPy and Polars are imported where they are used, so that a parent process that only imports may fork, and an
installation without them still has its rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocket.errors import SettingsError

if TYPE_CHECKING:
    from typing import TypeAlias

    from cocket.risk.models.layered_v1 import LayeredFile, LayeredModel
    from cocket.risk.models.learning import Origin
    from cocket.risk.past import Past

    #: A loaded model of the edition that assessment workers speak with; a name for checkers of types alone.
    Model: TypeAlias = LayeredModel

__all__ = ["load_model", "train"]


def load_model(data: bytes) -> Model:
    """Load a model file and have it pass its own test.

    Args:
        data: What `LayeredFile.to_bytes` gave.

    Raises:
        ProofError: The file was changed, or this machine's LightGBM answers otherwise than the trainer's.
        SettingsError: It is no model file, or one for other features, or LightGBM is not installed.
    """
    try:
        from cocket.risk.models.layered_v1 import LayeredModel
    except ImportError as error:
        raise _missing(error) from error
    return LayeredModel.load(data)


def train(past: Past, origin: Origin | None = None, threshold: float | None = None) -> LayeredFile:
    """Train a model on the past.

    Args:
        past: Cases with results; only examined ones teach what is found, all of them what is usual.
        origin: Where it comes from; None leaves that open.
        threshold: Value under which clearance is simplified, national currency; None looks for it in the values.

    Raises:
        SettingsError: The past holds too few findings to learn from, or LightGBM is not installed.
    """
    try:
        from cocket.risk.models.tables import train_on_past
    except ImportError as error:
        raise _missing(error) from error
    return train_on_past(past, origin, threshold)


def _missing(error: ImportError) -> SettingsError:
    return SettingsError(
        f"Models need a package that is not installed: {error.name}.",
        code="part-missing",
        hint="Install it with `pip install cocket[risk]`.",
    )
