# SPDX-License-Identifier: Apache-2.0
"""Habits of countries are data, chosen by name or by the customs office."""

from __future__ import annotations

from datetime import date

import pytest

from cocket.errors import SenderError
from cocket.standards.asycuda import MANIFEST, SAD
from cocket.standards.asycuda.profiles import GENERIC, NAMES, PROFILES, by_name, choose
from cocket.standards.asycuda.values import day, write_day
from tests.standards.asycuda_samples import changed, read, sample

OFFICE = "Identification/Office_segment/Customs_clearance_office_code"


def test_the_office_chooses_the_country() -> None:
    assert choose(None, "ALDRR1").name == "albania"
    assert choose(None, "XBSGO").name == "betania"
    assert choose(None, "00155") is GENERIC
    assert choose(None, None) is GENERIC


def test_a_profile_asked_for_goes_before_the_office() -> None:
    assert choose("asycuda:grenada", "ALDRR1").name == "grenada"
    assert choose("wco-dm", "ALDRR1").name == "albania"


def test_a_profile_that_does_not_exist_is_the_sender_s_error() -> None:
    with pytest.raises(SenderError) as caught:
        read(sample("awbolds"), "asycuda:atlantis")
    assert caught.value.code == "profile-unknown"
    assert caught.value.expected is not None
    assert "asycuda:albania" in caught.value.expected


def test_both_standards_know_every_profile_the_generic_one_first() -> None:
    assert SAD.profiles == MANIFEST.profiles == NAMES
    assert NAMES[0] == "asycuda:generic"
    assert [by_name(name.removeprefix("asycuda:")) for name in NAMES] == list(PROFILES)
    assert by_name(None) is None


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_a_country_reads_the_dates_it_writes(profile: object) -> None:
    for when in (date(2026, 3, 4), date(2026, 12, 31)):
        assert day(write_day(when, profile.date_pattern), profile.date_order) == when  # type: ignore[attr-defined]


def test_a_profile_settles_what_is_ambiguous_without() -> None:
    data = sample("numeric-codes")
    assert read(data).document.status.registered is None  # type: ignore[union-attr]
    day_first = read(data, "asycuda:gammastan")
    assert day_first.document.status.registered == date(2026, 4, 3)  # type: ignore[union-attr]
    assert day_first.profile == "asycuda:gammastan"
    assert day_first.findings == ()


def test_a_paper_is_written_back_by_the_profile_it_was_read_by() -> None:
    data = sample("numeric-codes")
    reading = read(data, "asycuda:gammastan")
    assert SAD.write is not None
    assert reading.document is not None
    assert SAD.write(reading.document) == data


def test_an_office_of_no_known_country_leaves_both_readings_open() -> None:
    data = changed(sample("import-alphaland"), {OFFICE: "QQ110", "Identification/*/Date[text()]": "03/04/2026"})
    reading = read(data)
    assert reading.profile == "asycuda:generic"
    ambiguous = [finding for finding in reading.findings if finding.code == "asycuda-date-ambiguous"]
    assert len(ambiguous) == 3
    assert {finding.severity for finding in ambiguous} == {"warning"}
