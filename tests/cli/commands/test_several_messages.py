# SPDX-License-Identifier: Apache-2.0
"""Commands on a file of several messages: each message counts, or the file is refused in words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cocket import standards
from cocket.cli.commands.check import _with_codes
from cocket.cli.commands.manifest import _papers
from cocket.cli.commands.measures.duty import _declarations
from cocket.cli.commands.measures.permits import _declared
from cocket.cli.commands.track.manifests import _calls
from cocket.codes import read_codebook
from cocket.errors import SettingsError
from cocket.model import Manifest
from cocket.pipeline.risk.given_sheet import take
from cocket.pipeline.risk.monthly_review import MonthFiles, _read_month
from tests.pipeline.intake.test_endpoint_checks import BILLS, DECLARATION, declarations

BOTH = declarations("CUS71", "9", "71", "72").replace(b":202611210805:", b":202511210805:")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    file = tmp_path / "two.edi"
    file.write_bytes(BOTH)
    return file


def test_codes_of_the_second_are_looked_at() -> None:
    first, second = BOTH.split(b"UNH+2+")
    reading = standards.read(first + b"UNH+2+" + second.replace(b":USD", b":QQZ"))
    assert reading.outcome == "accepted"
    told = _with_codes(reading, read_codebook()).findings
    assert [one for one in told if one.found == "QQZ"]


def test_duties_of_each_are_computed_and_named(two: Path) -> None:
    assert [name for name, _ in _declarations([str(two)])] == [f"{two} (1)", f"{two} (2)"]


def test_permits_of_several_are_refused_in_words(two: Path) -> None:
    with pytest.raises(SettingsError, match="holds 2 messages"):
        _declared(str(two), date(2025, 11, 21))


def test_a_manifest_behind_a_declaration_is_found(tmp_path: Path) -> None:
    file = tmp_path / "both.edi"
    file.write_bytes(DECLARATION.replace(b"CUS21B01", b"CUS21B77") + BILLS)
    assert [call.what for _, call in _calls([file])] != []
    papers, is_read = _papers([file], datetime.now(UTC), as_json=False)
    assert is_read
    assert [(one.message_id, isinstance(one.document, Manifest)) for one in papers] == [
        (str(file), False),
        (f"{file} (2)", True),
    ]


def test_a_review_counts_each() -> None:
    taken = take([("two.edi", BOTH)])
    assert [one.rows for one in taken.sheet.files] == [2]
    assert taken.sheet.needs.declarations == 2
    month = _read_month(MonthFiles(name="m", messages=[("two.edi", BOTH)], rows=()), lambda *_: None)
    assert month.counts["declarations"] == 2
