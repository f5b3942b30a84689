# SPDX-License-Identifier: Apache-2.0
"""Screening finds who is listed, says why, weighs weak aliases down, and leaves others alone."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

import msgspec
import pytest

from benchmarks.coined_names import SPOILERS, Coiner, coined_list, own_words
from cocket.screening import (
    Cleared,
    Hit,
    ListedName,
    ListEntry,
    Screener,
    Subject,
    WatchList,
    apply_clearances,
    read_list,
)
from tests.corpora import corpora


def entry(id: str, *names: str, weak: str | None = None, kind: str = "person", **more: object) -> ListEntry:
    listed = [ListedName(name) for name in names] + ([ListedName(weak, is_weak=True, is_alias=True)] if weak else [])
    return msgspec.convert({"id": id, "kind": kind, "names": msgspec.to_builtins(listed), **more}, ListEntry)


LIST = WatchList(
    name="own",
    format="csv",
    version="1",
    entries=(
        entry("1", "TEODOR KRANZMAYER", weak="The Carpenter", numbers=("AB12345678",)),
        entry("2", "BLACKWATER DRILLING COMPANY LTD", kind="organisation"),
        entry("3", "SEA FERN", kind="vessel", numbers=("IMO9123456",)),
        entry("4", "tank shell", kind="goods"),
        entry("5", "MARIA ESPERANZA OLIVEIRA DA COSTA"),
    ),
)
SCREENER = Screener([LIST])


def hits(name: str, what: str = "party", *numbers: str) -> list[Hit]:
    return list(SCREENER.screen(msgspec.convert({"what": what, "name": name, "numbers": numbers}, Subject)))


def codes(hit: Hit) -> set[str]:
    return {reason.code for reason in hit.reasons}


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Teodor Kranzmayer", "1"),
        ("Kranzmayer, Teodor", "1"),
        ("Teodor Kranzmayr", "1"),
        ("Theodor Krantzmayer", "1"),
        ("Теодор Кранцмайер", "1"),
        ("Blackwater Drilling Co.", "2"),
        ("BLACK WATER DRILLING", "2"),
        ("Maria Oliveira da Costa", "5"),
    ],
)
def test_a_listed_name_is_found_however_it_is_written(name: str, id: str) -> None:
    assert [hit.id for hit in hits(name)] == [id]


@pytest.mark.parametrize(
    "name", ["Teodor Hellmann", "Blackwater Ltd", "Northern Drilling Company Ltd", "Costa", "!", ""]
)
def test_others_are_left_alone(name: str) -> None:
    assert hits(name) == []


def test_a_hit_says_which_words_made_it_one() -> None:
    (hit,) = hits("Teodor Kranzmayr")
    assert codes(hit) == {"word-same", "word-sound"}
    assert {reason.arguments.get("listed") for reason in hit.reasons} == {"teodor", "kranzmayer"}


def test_a_weak_alias_counts_less_and_says_so() -> None:
    (strong,), (weak,) = hits("Teodor Kranzmayer"), hits("The Carpenter")
    assert weak.score < strong.score and "weak-alias" in codes(weak)
    assert hits("The Carpentier") == []


def test_look_alike_letters_hide_nobody() -> None:
    (hit,) = hits("Те\u043edor Kranzm\u0430yer")
    assert hit.id == "1" and "look-alike-letters" in codes(hit)


def test_a_number_alone_is_enough() -> None:
    (hit,) = hits("Somebody Else", "party", "AB12345678")
    assert (hit.id, hit.score, codes(hit)) == ("1", 1.0, {"same-number"})


def test_a_vessel_is_no_party_and_a_party_no_vessel() -> None:
    assert [hit.id for hit in hits("Sea Fern", "vessel")] == ["3"]
    assert hits("Sea Fern") == [] and hits("Teodor Kranzmayer", "vessel") == []
    assert [hit.id for hit in hits("", "vessel", "IMO9123456")] == ["3"]


def test_goods_words_are_found_side_by_side_in_a_description() -> None:
    assert [hit.id for hit in hits("120 mm tank shells, inert", "goods")] == ["4"]
    assert hits("shells for a fish tank", "goods") == [] and hits("tank", "goods") == []


def test_an_empty_house_of_lists_finds_nobody() -> None:
    assert Screener([]).screen(Subject("party", "Teodor Kranzmayer")) == ()


def test_the_version_changes_with_every_list_and_with_nothing_else() -> None:
    other = msgspec.structs.replace(LIST, version="2")
    assert Screener([LIST]).version == SCREENER.version != Screener([other]).version


def test_a_cleared_match_stays_cleared_until_the_entry_changes() -> None:
    subject = Subject("party", "Teodor  KRANZMAYER")
    (hit,) = SCREENER.screen(subject)
    word = Cleared(
        subject=Subject("party", "teodor kranzmayer").key,
        list="own",
        entry="1",
        fingerprint=hit.fingerprint,
        officer="ann",
        ground="other birth date",
        at=datetime(2031, 1, 1, tzinfo=UTC),
    )
    (screened,) = apply_clearances(subject, [hit], [word])
    assert screened.cleared == word and screened.lapsed is None
    (again,) = apply_clearances(subject, [msgspec.structs.replace(hit, fingerprint="other")], [word])
    assert again.cleared is None and again.lapsed == word
    (another,) = apply_clearances(Subject("party", "T. Kranzmayer"), [hit], [word])
    assert another.cleared is None and another.lapsed is None


def crowded() -> Screener:
    """A list on which `ali hasan` and `omar` stand in many names, and `vukotrin belamorsk` in one."""
    crowd = [
        f"{given} {chr(97 + i % 26)}{chr(97 + i // 26)}zuvor" for i in range(600) for given in ("Ali", "Hasan", "Omar")
    ]
    names = [*crowd, "Ali Hasan Omar", "Vukotrin Peskavin Belamorsk", "Tavorin Steel Ltd"]
    entries = tuple(entry(str(place), name) for place, name in enumerate(names))
    return Screener([WatchList(name="crowd", format="csv", version="1", entries=entries)])


def test_common_words_alone_are_no_ground_where_others_are_missing() -> None:
    found = crowded()

    def matched(name: str) -> list[str]:
        return [hit.matched for hit in found.screen(Subject("party", name))]

    assert matched("Hasan Omar Ali") == ["Ali Hasan Omar"]
    assert matched("Ali Omar") == []
    assert matched("Vukotrin Belamorsk") == ["Vukotrin Peskavin Belamorsk"]


def test_an_entry_of_many_aliases_makes_none_of_its_words_common() -> None:
    aliases = [f"Vukotrin {letter}elamorsk" for letter in "bcdfghjklmnp"]
    alone = Screener(
        [WatchList(name="x", format="csv", version="1", entries=(entry("1", *aliases, "Vukotrin Pes Olm"),))]
    )
    crowd = tuple(entry(str(place), name) for place, name in enumerate([*aliases, "Vukotrin Pes Olm"]))
    many = Screener([WatchList(name="x", format="csv", version="1", entries=crowd)])
    scores = [
        max((hit.score for hit in each.screen(Subject("party", "Vukotrin Olm"))), default=0) for each in (alone, many)
    ]
    assert scores[0] > scores[1]


def test_a_slip_is_no_excuse_for_another_trade() -> None:
    found = crowded()
    hit = [one.matched for one in found.screen(Subject("party", "Tavorun Steel Ltd"))]
    assert hit == ["Tavorin Steel Ltd"]
    assert found.screen(Subject("party", "Tavorun Textiles Ltd")) == ()


def test_many_at_once_are_screened_as_each_alone() -> None:
    names = ["Teodor Kranzmayr", "Nobody At All", "Blackwater Drilling"] * 60
    subjects = [Subject("party", name) for name in names]
    assert SCREENER.screen_all(subjects) == [SCREENER.screen(subject) for subject in subjects]


def test_spoilt_names_of_a_large_list_are_found_and_few_others_alerted() -> None:
    coiner, chance = Coiner(77), Random(77)
    listed = coiner.names(8_000)
    screener = Screener([coined_list(listed)])
    for way, spoil in SPOILERS.items():
        chosen = chance.sample(range(len(listed)), 300)
        found = screener.screen_all([Subject("party", spoil(chance, listed[place][1])) for place in chosen])
        recall = sum(str(p) in {hit.id for hit in several} for p, several in zip(chosen, found, strict=True)) / 300
        assert recall >= 0.97, way
    others = coiner.names(600, {own_words(name) for _, name in listed})
    alerted = sum(bool(several) for several in screener.screen_all([Subject("party", name) for _, name in others]))
    assert alerted / 600 <= 0.01


def test_the_published_list_is_found_by_its_aliases_and_by_names_out_of_order() -> None:
    read = read_list("un", corpora("host", "unsc-list", "UN_consolidated.xml").read_bytes())
    screener, chance = Screener([read]), Random(3)
    asked = [(one.id, name.text) for one in chance.sample(read.entries, 300) for name in one.names]
    asked += [(one.id, SPOILERS["shuffle"](chance, one.name)) for one in chance.sample(read.entries, 200)]
    found = screener.screen_all([Subject("party", name) for _, name in asked])
    missed = [name for (id, name), several in zip(asked, found, strict=True) if id not in {hit.id for hit in several}]
    assert len(missed) <= 0.02 * len(asked), missed
