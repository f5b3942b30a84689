# SPDX-License-Identifier: Apache-2.0
"""The way in: no message is judged by another profile than the one asked for."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from cocket import standards
from cocket.errors import UnreadableError
from cocket.findings import render
from cocket.standards import Options
from cocket.standards._front import profile_names
from cocket.standards.streaming import check_stream, stream

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
EACH = [min((SAMPLES / folder.name).rglob("*.*")) for folder in sorted(SAMPLES.iterdir()) if folder.is_dir()]


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("profile", ["gb_cds", "", "asycuda:nowhere"])
def test_a_profile_that_there_is_not_refuses_any_message_and_names_those_there_are(path: Path, profile: str) -> None:
    reading = standards.read(path.read_bytes(), Options(profile=profile))
    assert (reading.outcome, reading.document) == ("refused", None)
    (finding,) = reading.findings
    assert finding.code == "profile-unknown"
    assert all(name in render(finding) for name in profile_names())


@pytest.mark.parametrize("path", EACH, ids=lambda path: path.parent.name)
def test_a_profile_refuses_messages_of_other_standards_and_no_others(path: Path) -> None:
    data = path.read_bytes()
    standard, _ = standards.recognise(data)
    for profile in profile_names():
        codes = {finding.code for finding in standards.read(data, Options(profile=profile)).findings}
        is_own = profile in standard.profiles
        assert ("profile-of-another-standard" in codes) is not is_own, profile
        assert "profile-unknown" not in codes


def test_a_large_message_read_in_parts_is_held_to_it_too() -> None:
    data = next((SAMPLES / "asycuda-awmds").rglob("*.xml")).read_bytes()
    assert check_stream(io.BytesIO(data)).outcome == "accepted"
    for profile, code in (("gb_cds", "profile-unknown"), ("gb-cds", "profile-of-another-standard")):
        assert [each.code for each in check_stream(io.BytesIO(data), Options(profile=profile)).findings] == [code]
        with pytest.raises(UnreadableError):
            stream(io.BytesIO(data), Options(profile=profile))
