# SPDX-License-Identifier: Apache-2.0
"""Damaged files: whatever is done to them, they are read or refused, and what was read can be written."""

from __future__ import annotations

import pytest

from cocket.errors import CocketError
from cocket.standards import Options, Source, Standard
from cocket.standards.asycuda import C71, LICENCE, MANIFEST, RELEASE, SAD
from cocket.standards.xml import parse_xml
from tests.contracts.standard import mutants
from tests.standards.asycuda_samples import SAMPLES


@pytest.mark.parametrize("standard", [SAD, MANIFEST, C71, LICENCE, RELEASE], ids=lambda standard: standard.name)
def test_two_thousand_damaged_files_are_read_and_written_or_refused(standard: Standard) -> None:
    assert standard.write is not None
    originals = [path.read_bytes() for path in sorted((SAMPLES / standard.name).glob("*.xml"))]
    taken = 0
    for mutant in mutants(originals, 2000, seed=4):
        try:
            source = Source(mutant, parse_xml(mutant))
            reading = standard.read(source, Options())
            assert reading.document is not None
            again = standard.write(reading.document)
        except CocketError:
            continue
        taken += 1
        assert standard.read(Source(again, parse_xml(again)), Options()).document == reading.document
    assert taken > 500
