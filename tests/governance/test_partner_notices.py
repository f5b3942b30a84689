# SPDX-License-Identifier: Apache-2.0
"""Notices to partners as files: what is taken, what is refused and why, and when one is overdue."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cocket.errors import UnreadableError
from cocket.governance.agreements import read_agreement
from cocket.governance.partner_notices import (
    NOTICE_KINDS,
    STATES,
    USUAL_DAYS,
    checked,
    is_overdue,
    names_of_notice,
    read_notices,
)
from tests.governance.agreements.given import TEXT

SEIZURE = '[[notice]]\nreference = "S-1"\nday = 2026-03-02\noffence = "narcotics"\n'
REQUEST = (
    '[[notice]]\nreference = "A-1"\nday = 2026-03-02\nauthority = "XA"\nmeasure = "copies"\nobject = "value"\n'
    'reason = "doubt"\nlaw = "Article 6"\n'
)


def test_a_request_without_a_day_is_due_after_the_usual_time_and_overdue_the_day_after() -> None:
    (one,) = read_notices(REQUEST.encode(), "assistance")
    assert (one.state, one.due) == ("asked", date(2026, 3, 2) + timedelta(days=USUAL_DAYS))
    assert [is_overdue(one, "asked", one.due + timedelta(days=days)) for days in (0, 1)] == [False, True]
    assert not is_overdue(one, "answered", date(2030, 1, 1))
    (moved,) = read_notices(
        '\ufeff[[notice]]\nreference = "T"\nday = 2026-03-02\nmovements = ["26XA1"]\ndue = 2026-03-05'.encode(),
        "transit",
    )
    assert (moved.state, is_overdue(moved, "departed", date(2026, 3, 6))) == ("departed", True)
    assert not is_overdue(moved, "arrived", date(2026, 3, 6))
    assert names_of_notice(moved) == (("MRN", "26XA1"),)


REFUSED = {
    "no TOML": ("[[notice", "TOML"),
    "nothing in it": ("", "[[notice]]"),
    "something else beside": ('title = "x"\n' + SEIZURE, "[[notice]]"),
    "a field that its kind has not": (SEIZURE + 'law = "x"', "law"),
    "a field that nothing has": (SEIZURE + 'colour = "x"', "colour"),
    "a state that its kind has not": (SEIZURE + 'state = "asked"', "state"),
    "no offence": (SEIZURE.replace('offence = "narcotics"', ""), "offence"),
    "no reference": (SEIZURE.replace("S-1", " "), "reference"),
    "a reference twice": (SEIZURE + SEIZURE, "same reference"),
    "characters that do not print": (SEIZURE.replace("narcotics", "a\\u0007b"), "print"),
    "too long": (SEIZURE.replace("narcotics", "n" * 300), "longer"),
    "a code of letters": (SEIZURE + 'hs = "tea"', "digits"),
    "less than nothing": (SEIZURE + "quantity = -1", "negative"),
    "no number": (SEIZURE + "quantity = nan", "quantity"),
    "a day in quotes": (SEIZURE.replace("2026-03-02", '"yesterday"'), "notice 1"),
    "too many values": (SEIZURE + f"ucrs = {['x'] * 300}", "more than"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_wrong_is_refused_whole_in_words(case: str) -> None:
    text, word = REFUSED[case]
    with pytest.raises(UnreadableError, match=word.replace("[", r"\[")):
        read_notices(text.encode(), "seizure")


def test_what_follows_a_request_says_about_which_and_a_request_does_not() -> None:
    (one,) = read_notices(REQUEST.encode(), "assistance")
    import msgspec

    for wrong in ({"about": "A-0"}, {"state": "answered"}):
        with pytest.raises(UnreadableError, match="about which"):
            checked(msgspec.structs.replace(one, **wrong))  # type: ignore[arg-type]
    assert set(STATES) == set(NOTICE_KINDS)


def signed(text: str) -> bytes:
    countries = 'country = "XB"\nown_country = "XA"\nbegins'
    return (TEXT.replace("begins", countries, 1) + f"\n[signed]\n{text}\n").encode()


KEY = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="


def test_an_agreement_names_how_signed_messages_are_exchanged() -> None:
    found = read_agreement(signed(f'url = "https://customs.example/"\nkeys = ["{KEY}"]')).signed
    assert found is not None
    assert (found.url, found.keys, found.receipts) == ("https://customs.example", (KEY,), ())
    assert read_agreement(TEXT.encode()).signed is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "needs the keys"),
        ('keys = ["short"]', "Ed25519"),
        (f'keys = ["{KEY}"]\nurl = "customs.example"', "address"),
        (f'keys = ["{KEY}"]\nurl = "https://a@customs.example"', "address"),
        (f'keys = ["{KEY}"]\nlog = "a+b+c"', "go together"),
        (f'keys = ["{KEY}"]\nreceipts = ["x"]', "public key"),
        (f'keys = ["{KEY}"]\ncertificates = ["AB"]', "SHA-256"),
        (f"keys = {[KEY] * 2}\nhost = 1", "not known"),
        ("keys = 5", "list of words"),
    ],
)
def test_what_is_wrong_with_the_signed_way_is_said(text: str, word: str) -> None:
    with pytest.raises(UnreadableError, match=word):
        read_agreement(signed(text))


def test_signed_messages_need_both_countries_and_senders() -> None:
    with pytest.raises(UnreadableError, match="own_country"):
        read_agreement((TEXT + f'\n[signed]\nkeys = ["{KEY}"]\n').encode())
