# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from types import BuiltinMethodType, MethodWrapperType
from typing import Any

import msgspec
import pytest

from cocket.errors import StoreError
from cocket.risk import Corrected, Facts, History, Outcome
from cocket.risk import trail as trail_module
from cocket.risk.features import Terms
from cocket.risk.features import online as online_module
from cocket.risk.features import words as words_module
from cocket.risk.keyed import LONGEST_KEY, Form, Tables
from cocket.risk.trail import Trail
from cocket.risk.windows import keys_of
from tests.risk.given import facts, item

LONG = "A very long street, " * 40


class InADict(dict[bytes, bytes]):
    """A store in a dict, which counts what is read."""

    reads = 0

    def get(self, key: bytes, default: Any = None, /) -> Any:
        self.reads += 1
        return super().get(key, default)

    def items(self, prefix: bytes = b"", /) -> Any:
        yield from [(key, self[key]) for key in sorted(self) if key.startswith(prefix)]


def write(history: History, store: InADict) -> None:
    for key, value in history.changes():
        if value is None:
            store.pop(key, None)
        else:
            store[key] = value
    history.saved()


def some_trade(seed: int, size: int) -> Iterator[tuple[Facts, Outcome | None]]:
    """Declarations in the order of their arrival, some of an earlier day, with what examinations found of some."""
    dice = Random(seed)
    day = 20_000.0
    for number in range(size):
        day += dice.choice((0.0, 0.1, dice.expovariate(2.0), dice.choice((0.0, 0.0, 0.0, 35.0, 200.0))))
        who = dice.randrange(25)
        items = tuple(
            item(
                number=place + 1,
                hs=dice.choice(("61091000", "61102000", "84137000", "87032300", None)),
                origin=dice.choice(("XB", "XC", None)),
                value=Decimal(round(dice.lognormvariate(10, 1))),
                net_mass_kg=dice.choice((None, dice.lognormvariate(4, 1))),
                words=tuple(dice.sample(("COTTON", "SHIRTS", "PUMPS", "STEEL", "CARS", f"ITEM{number % 40}"), 2)),
            )
            for place in range(dice.choice((1, 1, 2, 3)))
        )
        one = facts(
            f"d{number:05d}",
            day - dice.choice((0.0, 0.0, 0.0, 1.0, 150.0)),
            importer=dice.choice((f"A{who}", None)),
            importer_name=f"Trader {who // 2}",
            importer_address=dice.choice((f"{who // 3} Harbour Road", LONG + str(who // 3))),
            declarant=f"B{who % 4}",
            seller=dice.choice((f"S{dice.randrange(9)}", None)),
            transport_document=dice.choice((f"T{number // 3}", None)),
            items=items,
        )
        found = dice.random() < 0.4
        outcome = Outcome(
            facts=one,
            found=found,
            returned=day + dice.choice((0.0, 2.0, 40.0)),
            offence=dice.choice(("undervaluation", "classification", None)) if found else None,
            corrected={1: Corrected(value_ratio=1.5, hs="84137000")} if found and dice.random() < 0.5 else {},
        )
        yield one, outcome if dice.random() < 0.3 else None


def seen(history: History, one: Facts) -> list[Any]:
    """Everything that is looked up of a declaration, which the history has after that."""
    looked = history.look(one)
    past = history.trail.of(looked.trader)
    told = [look.row for look in looked.looks]
    rows = list(zip(past.days, past.owners, past.steps, strict=True))
    sums = [
        history.windows.sum(key, figure, one.day, days)
        for key in keys_of(one)
        for figure in ("declared", "value", "examined", "found")
        for days in (7, 180)
    ]
    history.take(looked)
    history.count(one)
    return [repr(told), repr(rows), past.told, past.moved, past.known(looked.day), sums]


def unordered(value: Any) -> Any:
    """A snapshot, in which it does not matter in what order things were put."""
    if isinstance(value, bytes):
        try:
            return unordered(msgspec.msgpack.decode(value, strict=False))
        except (msgspec.MsgspecError, TypeError):
            return value
    if isinstance(value, dict):
        return {repr(key): unordered(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [unordered(each) for each in value]
    return repr(value)


def told_of(history: History) -> Any:
    state = msgspec.msgpack.decode(history.snapshot())
    memory = msgspec.msgpack.decode(state["memory"], type=online_module._State)
    words = msgspec.msgpack.decode(memory.words, type=words_module._State)
    trail = Trail.restore(state["trail"])
    pasts = {
        trader: (list(past.days), list(past.owners), repr(list(past.steps)), past.told, past.moved)
        for trader, past in trail._pasts.items()
    }
    rings = msgspec.msgpack.decode(memory.rings, strict=False)
    others = msgspec.structs.replace(memory, words=b"", rings=b"")
    return [
        {name: unordered(getattr(others, name)) for name in others.__struct_fields__},
        unordered(msgspec.to_builtins(words, str_keys=False)),
        sorted(map(repr, unordered_rings(rings))),
        pasts,
        state["windows"],
        [state[name] for name in ("day", "told", "threshold")],
        repr(state["pending"]),
    ]


def unordered_rings(rings: Any) -> list[Any]:
    return [sorted(each.items()) if isinstance(each, dict) else sorted(each) for each in rings]


@pytest.mark.parametrize(("seed", "most"), [(1, 2), (2, 50), (3, 50), (4, 1_000), (5, 100_000)])
def test_a_history_over_a_store_gives_bit_for_bit_what_one_in_memory_gives(seed: int, most: int) -> None:
    dice, store = Random(seed), InADict()
    whole, kept = History(), History(None, store, most)
    waiting: list[Outcome] = []
    for one, outcome in some_trade(seed, 500):
        assert seen(kept, one) == seen(whole, one)
        assert kept.held <= most
        waiting += [outcome] if outcome else []
        if dice.random() < 0.2:
            for each in waiting:
                for history in (whole, kept):
                    history.learn(each)
            waiting = []
        if dice.random() < 0.1:
            write(kept, store)
        if dice.random() < 0.03:
            write(kept, store)
            kept = History(None, store, most)
    assert told_of(kept) == told_of(whole)
    write(kept, store)
    assert kept.unsaved == 0
    assert told_of(History(None, store, most)) == told_of(whole)


@pytest.mark.parametrize("most", [2, 100_000])
def test_a_history_in_memory_is_taken_over_into_a_store_and_goes_on_there(most: int) -> None:
    trade = list(some_trade(9, 300))
    whole, source, store = History(), History(), InADict()
    for history in (whole, source):
        history.go_by(1_000.0)
        for one, outcome in trade[:250]:
            history.observe(one)
            if outcome:
                history.learn(outcome)
    kept = History(None, store, most)
    pauses = []

    def pause() -> None:
        pauses.append(kept.unsaved)
        write(kept, store)

    kept.take_over(source, pause)
    write(kept, store)
    assert len(pauses) > 2
    assert max(pauses) < 1_500
    kept = History(None, store, most)
    assert told_of(kept) == told_of(whole)
    for one, _ in trade[250:]:
        assert seen(kept, one) == seen(whole, one)
    assert told_of(kept) == told_of(whole)


def test_what_is_absent_is_asked_for_once_while_it_is_remembered() -> None:
    store = InADict()
    table = Tables(store, 100).table(Form("x", str, int))
    assert [table.get("a"), table.get("a"), table.pop("a", 7)] == [None, None, 7]
    assert store.reads == 1
    table["a"] = 1
    assert (table.get("a"), store.reads) == (1, 1)


def test_what_is_at_hand_is_given_and_noted_by_methods_of_dict() -> None:
    store = InADict()
    for table in (Tables(store, 4).table(Form("x", str, list[int])), Tables().table(Form("x", str, list[int]))):
        table["a"] = [1]
        for method in (table.get, table.changed):
            assert isinstance(method, BuiltinMethodType | MethodWrapperType)
            assert isinstance(method.__self__, dict)


def test_a_value_changed_in_place_is_written_though_it_was_let_go_of_meanwhile() -> None:
    store = InADict()
    tables = Tables(store, 2)
    table = tables.table(Form("x", str, list[int]))
    table["a"] = [1]
    store.update((key, value) for key, value in tables.changes() if value is not None)
    tables.saved()
    value = table.get("a")
    for other in "bcdefg":
        table.get(other)
    value.append(2)
    table.changed("a", value)
    assert table.get("a") is value
    store.update((key, value) for key, value in tables.changes() if value is not None)
    assert Tables(store, 2).table(Form("x", str, list[int])).get("a") == [1, 2]


def test_what_was_removed_and_not_written_yet_is_not_read_again() -> None:
    store = InADict()
    tables = Tables(store, 2)
    table = tables.table(Form("x", str, int))
    table["a"], table["b"] = 1, 2
    store.update((key, value) for key, value in tables.changes() if value is not None)
    tables.saved()
    assert table.pop("a") == 1
    for other in "cdefgh":
        table.get(other)
    assert (table.get("a"), table.pop("a", 5), dict(table.items())) == (None, 5, {"b": 2})
    assert [value for _, value in tables.changes()] == [None]


def test_keys_of_any_length_and_tables_beside_each_other_are_told_apart() -> None:
    store = InADict()
    forms = [
        Form("x", tuple[str, ...], int, group="k"),
        Form("xy", tuple[str, ...], int, group="k"),
        Form("z", tuple[str, ...], int, beside=True, group="k"),
    ]
    keys = [("a",), ("a", ""), ("a", "b"), ("", "a"), ("a", LONG), ("a", LONG + "b"), ("é\x00", "x\x00")]
    keys += [("n" * length,) for length in range(LONGEST_KEY - 40, LONGEST_KEY + 10)]
    tables = Tables(store, 2)
    one, two, three = [tables.table(form) for form in forms]
    for number, key in enumerate(keys):
        one[key], two[key] = number, -number
        three["price", key], three["", key] = number + 1, number + 2
    store.update((key, value) for key, value in tables.changes() if value is not None)
    assert len(store) == 4 * len(keys)
    assert max(map(len, store)) <= LONGEST_KEY
    again = Tables(store, 2)
    one, two, three = [again.table(form) for form in forms]
    assert dict(one.items()) == {key: number for number, key in enumerate(keys)}
    for number, key in enumerate(keys):
        assert (one.get(key), two.get(key)) == (number, -number)
        assert (three.get(("price", key)), three.get(("", key))) == (number + 1, number + 2)


def test_a_value_of_a_store_that_is_none_is_refused() -> None:
    store = InADict()
    table = Tables(store, 2).table(Form("x", str, int))
    tables = Tables(store, 2)
    tables.table(Form("x", str, str))["a"] = "text"
    store.update((key, value) for key, value in tables.changes() if value is not None)
    with pytest.raises(StoreError, match="risk history"):
        table.get("a")
    for head in (b"", b"\x81\xa3day\x01"):
        with pytest.raises(StoreError, match="head"):
            History(None, InADict({b"\x00head": head}), 2)


def test_a_row_of_a_trader_that_is_missing_is_told_and_not_taken_for_another() -> None:
    store = InADict()
    history = History(None, store, 2)
    for number in range(20):
        history.observe(facts(f"c{number}", 100.0 + number))
    write(history, store)
    rows = [key for key, _ in store.items(b"ro\x00")]
    assert len(rows) == 3
    del store[rows[1]]
    history = History(None, store, 2)
    past = history.trail.of(history.look(facts("next", 130.0)).trader)
    assert (len(past.days), past.owners[19], past.owners[-20]) == (20, "c19", "c0")
    with pytest.raises(StoreError, match="missing"):
        past.owners[8]
    with pytest.raises(IndexError):
        past.owners[20]


def test_terms_of_another_kind_make_another_edition_and_another_threshold_does_not() -> None:
    assert History.edition() == History.edition(Terms(threshold=5.0)) == History.edition(Terms())
    assert History.edition(Terms(half_life_days=90.0)) != History.edition()


@pytest.mark.parametrize("is_stored", [True, False])
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 40])
@pytest.mark.parametrize("again", [None, "first", "last"])
def test_a_trader_is_read_back_only_as_far_as_is_asked(is_stored: bool, size: int, again: str | None) -> None:
    store = InADict()
    history = History(None, store, 2) if is_stored else History()
    for number in range(size):
        history.observe(facts(f"c{number}", 100.0 + number))
    if is_stored:
        write(history, store)
        history = History(None, store, 2)
    name = {None: "next", "first": "c0", "last": f"c{size - 1}"}[again]
    seen = history.trail.seen(history.look(facts(name, 200.0), is_again=again is not None))
    others = [f"c{number}" for number in range(size) if f"c{number}" != name]
    store.reads = 0
    assert list(seen.before(10).owners) == others[-10:]
    assert store.reads <= 4
    assert seen.earlier(10) == len(others[:-10])
    assert seen.first_day() == (100.0 + int(others[0][1:]) if others else None)


def test_a_result_of_long_ago_is_found_without_looking_at_each_row_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    store, many = InADict(), 600
    history = History(store=store)
    for number in range(many):
        history.observe(facts(id=f"D{number}", day=20_000.0 + number, importer="1"))
    write(history, store)
    looks: list[int] = []
    read = trail_module._StoredPast.rows

    def counted(past: Any, start: int, stop: int) -> Any:
        looks.append(stop - start)
        return read(past, start, stop)

    monkeypatch.setattr(trail_module._StoredPast, "rows", counted)
    first = facts(id="D0", day=20_000.0, importer="1")
    history.learn(Outcome(facts=first, found=True, returned=20_000.0 + many))
    history.advance(20_000.0 + many)
    assert sum(looks) < 200, "its day leads there"
