# SPDX-License-Identifier: Apache-2.0
"""Habits of countries are data, chosen by name or by the customs office."""

from __future__ import annotations

from datetime import date

import pytest

from cocket.errors import SenderError, SettingsError
from cocket.standards.asycuda import SAD, profiles
from cocket.standards.asycuda.profiles import GENERIC, NAMES, PROFILES, adopt, by_name, choose, known, read_profile
from cocket.standards.asycuda.values import day, write_day
from tests.standards.asycuda_samples import EACH, changed, read, sample

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


def test_every_standard_of_the_host_knows_every_profile_the_generic_one_first() -> None:
    assert {standard.profiles for standard in EACH} == {NAMES}
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


# ── A profile of one's own ───────────────────────────────────────────────────────────────────────────────────────────

OWN = b"""
name = "ownland"
source = "our own office"
offices = ["XBSG", "XY"]
date_order = "day-first"
date_pattern = "dd.mm.yyyy"
rate_unit = "percent"
currency = "XCD"
vat_codes = ["MWS"]
"""


@pytest.fixture
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has adopted nothing."""
    monkeypatch.setattr(profiles, "_ADOPTED", {})


def test_a_file_of_a_country_says_where_its_habits_are_from() -> None:
    assert all(profile.source for profile in PROFILES)


def test_a_profile_is_read_from_a_file() -> None:
    own = read_profile(OWN)
    assert (own.name, own.offices, own.date_order) == ("ownland", ("XBSG", "XY"), "day-first")
    assert (own.vat_codes, own.invoice_codes) == (frozenset({"MWS"}), frozenset({"380", "N380"}))


def test_all_that_is_wrong_with_a_profile_is_told_together() -> None:
    wrong = b"""
name = "Own Land"
offices = "XY"
date_order = "month-first"
date_pattern = "dd/mm/yyyy"
currency = "QQQ"
colour = "red"
[release_order]
root = "A/B"
seals = ""
[release_order.fields]
id = "Head"
manifest = "Head/Number"
nonsense = "X"
"""
    with pytest.raises(SettingsError) as caught:
        read_profile(wrong)
    keys = ("name", "offices", "date_pattern", "currency", "colour", "release_order")
    assert {key for key in keys if any(problem.startswith(key) for problem in caught.value.problems)} == set(keys)
    assert sum(problem.startswith("release_order") for problem in caught.value.problems) == 4
    assert all(problem in str(caught.value) for problem in caught.value.problems)


@pytest.mark.parametrize("data", [b"\xff", b"= 1", b"", b"name = 1", b"[" * 5000])
def test_what_is_no_profile_is_an_error_of_settings(data: bytes) -> None:
    with pytest.raises(SettingsError) as caught:
        read_profile(data)
    assert caught.value.problems


@pytest.mark.usefixtures("_clean")
def test_an_adopted_profile_is_chosen_by_name_and_by_office() -> None:
    assert adopt(read_profile(OWN)) == "asycuda:ownland"
    assert choose("asycuda:ownland", None).name == "ownland"
    assert choose(None, "XY1").name == "ownland"
    assert choose(None, "XBSGO").name == "ownland"
    assert choose(None, "XBXX").name == "betania"
    assert known()[0].name == "ownland"


@pytest.mark.usefixtures("_clean")
def test_a_paper_is_read_and_written_by_an_adopted_profile() -> None:
    adopt(read_profile(OWN))
    data = changed(sample("numeric-codes"), {"Identification/Registration/Date": "04.03.2026"})
    reading = read(data, "asycuda:ownland")
    assert reading.document.status.registered == date(2026, 3, 4)  # type: ignore[union-attr]
    assert SAD.write(reading.document).count(b"04.03.2026") == 1  # type: ignore[misc, arg-type]


@pytest.mark.usefixtures("_clean")
def test_a_built_in_profile_cannot_be_replaced() -> None:
    with pytest.raises(SettingsError, match="is the name of a built-in profile"):
        adopt(read_profile(b'name = "albania"'))


@pytest.mark.usefixtures("_clean")
def test_a_sender_names_a_profile_and_never_a_file() -> None:
    with pytest.raises(SenderError):
        choose("asycuda:/etc/profile.toml", None)
