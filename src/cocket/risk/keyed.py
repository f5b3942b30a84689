# SPDX-License-Identifier: Apache-2.0
"""Values by key: all in memory, or in a store of which only what was used lately is in memory.

The parts of the history keep what grows with traders, goods and words in such tables. Without a store a table is a plain
`dict`. With one it is a `Table`: a value is read when it is asked for, and what was put stays in memory until the caller has
written it to the store. Whoever changes a value in place says so by `changed`, before the key is asked for again.

A declaration asks some two hundred times, nearly always for what is in memory. So `get` and `changed` of either are methods of
`dict` itself, without a line of Python between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from types import GenericAlias
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar, cast

import msgspec

from cocket.errors import StoreError

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

#: Longest key as it is stored (bytes); of a longer one its digest stands there, and the key with the value.
LONGEST_KEY: Final = 480

#: Begins what a digest stands for; no key written as MessagePack begins so.
_DIGEST: Final = b"\xc1"

_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.decode


class Entries(Protocol):
    """A store of bytes by bytes."""

    def get(self, key: bytes, /) -> bytes | None:
        """What stands under a key; None if nothing does."""

    def items(self, prefix: bytes, /) -> Iterator[tuple[bytes, bytes]]:
        """Everything whose key begins so (0..n)."""


class Keyed(Protocol[K, V]):
    """What a part of the history keeps its values in: a `Held`, or a `Table`."""

    @property
    def get(self) -> Callable[[K], V | None]:
        """Gives the value of a key, which stays the table's; None if there is none. Not to be kept: it changes."""

    @property
    def changed(self) -> Callable[[K, V], None]:
        """Takes note that the value of a key, which `get` gave or `__setitem__` took, was changed in place. Not to be kept."""

    def __setitem__(self, key: K, value: V, /) -> None: ...
    def pop(self, key: K, default: V, /) -> V:
        """Remove a key; its value, or the default if there was none."""

    def items(self) -> Iterable[tuple[K, V]]:
        """Every key and value (0..n)."""


class Held(dict[K, V]):
    """Values by key, all in memory."""

    changed = dict.__setitem__

    @classmethod
    def of(cls, values: Mapping[K, V]) -> Keyed[K, V]:
        """Those of a mapping."""
        return cast("Keyed[K, V]", cls(values))


def taking_over(mine: Keyed[K, V], theirs: Keyed[K, V]) -> Iterator[None]:
    """Put every value of one table into another; yields after each, so that what was put can be written meanwhile."""
    for key, value in theirs.items():
        mine[key] = value
        yield


class Form(NamedTuple):
    """How a table writes itself down.

    Attributes:
        name: Name of the table, a letter or two; unique in the store.
        key: Type of its keys, that which its entry in the store begins with.
        value: Type of its values as they are written.
        told: Makes what is written of a value; None where that is the value.
        made: Makes the value of a key of what is written; None likewise.
        beside: Whether keys are pairs of a word and a key, stored beside what other tables hold of the latter.
        group: Letter before the keys of tables that are stored beside each other; empty for the table's own name.
    """

    name: str
    key: Any
    value: Any
    told: Callable[[Any], Any] | None = None
    made: Callable[[Any, Any], Any] | None = None
    beside: bool = False
    group: str = ""


class Tables:
    """The tables of one history.

    Args:
        store: What they are kept in; None keeps all in memory.
        most: Values that are kept in memory beside those that are not written yet (count, at least 2).
    """

    def __init__(self, store: Entries | None = None, most: int = 2) -> None:
        self.store = store
        self.most = most
        self._half = max(1, most // 2)
        self._young = 0
        self._tables: list[Table[Any, Any]] = []

    def table(self, form: Form) -> Any:
        """A new table, empty or with what the store has of it: `Keyed[K, V]`."""
        if self.store is None:
            return Held()
        table: Table[Any, Any] = Table(self, self.store, form)
        self._tables.append(table)
        return table

    @property
    def held(self) -> int:
        """Values in memory, those apart that are not written yet; also counts what is known to be absent."""
        return sum(table.held for table in self._tables)

    @property
    def unsaved(self) -> int:
        """Values that were put or removed since `saved` (count)."""
        return sum(table.unsaved for table in self._tables)

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """What was put since `saved`, as it is to be stored; None for what was removed."""
        for table in self._tables:
            yield from table.changes()

    def saved(self) -> None:
        """Take note that the store has the changes."""
        for table in self._tables:
            table.saved()

    def grown(self) -> None:
        """Take note of one value more in memory; what was not used of late goes."""
        self._young += 1
        if self._young >= self._half:
            self._young = 0
            for table in self._tables:
                table.age()


class Table(Generic[K, V]):
    """Values by key of one part of a history, in a store.

    What is in memory are two generations: what was used since the last change of generations, and before it.

    Args:
        tables: Those it belongs to.
        store: What it is kept in.
        form: How it is written down.

    Attributes:
        get: Gives the value of a key, which stays the table's; None if there is none.
        changed: Takes note that the value of a key was changed in place.
    """

    get: Callable[[K], V | None]
    changed: Callable[[K, V], None]

    def __init__(self, tables: Tables, store: Entries, form: Form) -> None:
        self._tables, self._store, self._form = tables, store, form
        self._old: dict[K, V | None] = {}
        self._prefix = (form.group or form.name).encode() + b"\x00"
        self._suffix = form.name.encode()
        self._ends: dict[str, tuple[bytes, int]] = {}
        self._values: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(form.value)
        self._with_key: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
            GenericAlias(tuple, (form.key, form.value))
        )
        self._begin_generation()
        self.saved()

    def __setitem__(self, key: K, value: V, /) -> None:
        self._put(key, value)

    def pop(self, key: K, default: Any = None, /) -> Any:
        """Remove a key; its value, or the default if there was none."""
        value = self.get(key)
        if value is None:
            return default
        self._put(key, None)
        return value

    def items(self) -> Iterator[tuple[K, V]]:
        """Every key and value (0..n); the table must not be changed meanwhile."""
        for name, data in self._store.items(self._prefix):
            found = self._read_item(name, data)
            if found is not None and found[0] not in self._changed:
                yield found
        for key, value in self._changed.items():
            if value is not None:
                yield key, value

    @property
    def held(self) -> int:
        """Values in memory (count)."""
        return len(self._young) + len(self._old)

    @property
    def unsaved(self) -> int:
        """Keys that were put or removed since `saved` (count)."""
        return len(self._changed)

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """What was put since `saved`; None for what was removed."""
        told = self._form.told
        for key, value in self._changed.items():
            name, is_whole = self._name(key)
            if value is None:
                yield name, None
            else:
                written = told(value) if told else value
                yield name, _encode(written if is_whole else (self._parts(key)[0], written))

    def saved(self) -> None:
        """Take note that the store has the changes."""
        self._changed: dict[K, V | None] = {}
        self.changed = self._changed.__setitem__

    def age(self) -> None:
        """Let what was not used for a generation go."""
        self._old = self._young
        self._begin_generation()

    def _begin_generation(self) -> None:
        self._young: dict[K, V | None] = _Generation(self._load)
        self.get = self._young.__getitem__

    def _load(self, key: K) -> V | None:
        value: V | None
        if key in self._old:
            value = self._old.pop(key)
        elif key in self._changed:
            value = self._changed[key]
        else:
            value = self._read(key)
        self._young[key] = value
        self._tables.grown()
        return value

    def _put(self, key: K, value: V | None) -> None:
        is_new = key not in self._young
        self._young[key] = self._changed[key] = value
        if is_new:
            self._old.pop(key, None)
            self._tables.grown()

    def _read(self, key: K) -> V | None:
        name, is_whole = self._name(key)
        data = self._store.get(name)
        return None if data is None else self._made(key, self._written(data, is_whole=is_whole)[1])

    def _made(self, key: K, written: Any) -> Any:
        return self._form.made(key, written) if self._form.made else written

    def _written(self, data: bytes, *, is_whole: bool) -> tuple[Any, Any]:
        """What is written, and before it the own key where the entry's name does not tell it."""
        try:
            return (None, self._values.decode(data)) if is_whole else self._with_key.decode(data)
        except msgspec.MsgspecError as error:
            raise StoreError(
                f"A value of the risk history cannot be read: {error}.", code="history-unreadable"
            ) from error

    def _parts(self, key: K) -> tuple[Any, str]:
        """The key as entries are ordered by it, and the word beside it."""
        if self._form.beside:
            word, own = key  # type: ignore[misc]
            return own, word  # type: ignore[has-type]
        return key, ""

    def _name(self, key: K) -> tuple[bytes, bool]:
        """Under what a key stands in the store, and whether it can be read from that."""
        own, word = self._parts(key)
        end = self._ends.get(word)
        if end is None:
            behind = self._suffix + b"\x00" + word.encode()
            end = self._ends[word] = behind + bytes((len(behind),)), LONGEST_KEY - len(behind) - len(self._prefix) - 1
        data = _encode(own)
        is_whole = len(data) <= end[1]
        if not is_whole:
            data = _DIGEST + hashlib.sha256(data).digest()
        return self._prefix + data + end[0], is_whole

    def _read_item(self, name: bytes, data: bytes) -> tuple[K, V] | None:
        """Key and value of an entry; None of one of another table stored beside."""
        start = len(self._prefix)
        end = len(name) - 1 - name[-1]
        table, _, word = name[end:-1].partition(b"\x00")
        if table != self._suffix:
            return None
        is_whole = name[start : start + 1] != _DIGEST
        own, written = self._written(data, is_whole=is_whole)
        if is_whole:
            own = _decode(name[start:end], type=self._form.key)
        key: Any = (word.decode(), own) if self._form.beside else own
        return key, self._made(key, written)


class _Generation(dict[K, "V | None"]):
    """Values that were used since it began; one that is asked for and not there is loaded into it."""

    __slots__ = ("_load",)

    def __init__(self, load: Callable[[K], V | None]) -> None:
        self._load = load

    def __missing__(self, key: K) -> V | None:
        return self._load(key)
