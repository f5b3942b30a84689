# SPDX-License-Identifier: Apache-2.0
"""Where third-party samples are, for tests and benchmarks; they are never part of this repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "corpora"


def corpora_folder() -> Path | None:
    """The samples folder: `COCKET_CORPORA`, else the one beside the checkout; None if there is none."""
    folder = Path(os.environ.get("COCKET_CORPORA") or _BESIDE)
    return folder if folder.is_dir() else None


def corpora(*parts: str) -> Path:
    """A path inside the samples folder; skips the calling test, saying so, where it is absent."""
    folder = corpora_folder()
    if folder is None or not folder.joinpath(*parts).exists():
        pytest.skip(f"third-party samples are absent: {'/'.join(parts)}")
    return folder.joinpath(*parts)


def efti_reference() -> Path:
    """The folder of the public reference implementation of eFTI: `COCKET_EFTI_REFERENCE`, else among the samples; skips without."""
    named = os.environ.get("COCKET_EFTI_REFERENCE")
    folder = Path(named) if named else (corpora_folder() or Path()) / "efti-reference"
    if not (folder / "schema" / "xsd").is_dir():
        pytest.skip("the reference implementation of eFTI is absent: set COCKET_EFTI_REFERENCE to a checkout of it")
    return folder
