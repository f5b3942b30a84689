# SPDX-License-Identifier: Apache-2.0
"""Names by which DCSA's papers and events find their consignment.

Source: DCSA's definitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from cocket.model import Reference
from cocket.model.party import ReferenceKind


def named(references: Iterator[Reference]) -> tuple[Reference, ...]:
    """Names, each once, by kind and value (0..n)."""
    return tuple(sorted(set(references), key=lambda name: (name.kind, name.value)))


def reference(kind: ReferenceKind, value: str | None) -> Iterator[Reference]:
    """A name, if there is a value."""
    if value:
        yield Reference(kind, value)
