# SPDX-License-Identifier: Apache-2.0
"""What every standard in the house looks like from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

from cocket.errors import SenderError
from cocket.findings import Finding
from cocket.model import Document, Reading
from cocket.standards.parts import Streamed
from cocket.standards.types import require_least, require_types
from cocket.standards.xml import Limits

T = TypeVar("T")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How a message is to be read.

    Attributes:
        profile: Name of the profile to judge by; None lets the reader choose by the message itself. A name that there
            is not, or that is of another standard, refuses the message.
        package: A national information package to judge by, as its JSON; None for none.
        limit: Most findings to gather (count).
        lenient: Whether known slips are repaired, each with a finding, instead of refused.
        limits: What the message may measure at most; None for the usual limits of its syntax. Whoever raises them says
            that the sender is trusted with the memory and the time.

    Raises:
        SenderError: A value is of another type (`options-type`), or `limit` below 0 (`options-value`).
    """

    profile: str | None = None
    package: bytes | None = None
    limit: int = 100
    lenient: bool = False
    limits: Limits | None = None

    def __post_init__(self) -> None:
        """Refuse what would fail later, in the middle of a message."""
        require_types(
            self,
            profile=(str, type(None)),
            package=(bytes, type(None)),
            limit=(int,),
            lenient=(bool,),
            limits=(Limits, type(None)),
        )
        require_least(self, 0, "limit")


def options_of(given: Any, kind: type[T]) -> T:
    """The options given, or the usual ones for None.

    Raises:
        SenderError: They are of another kind (`options-type`).

    Source: ours.
    """
    if given is None:
        return cast(T, _usual(kind))  # type: ignore[arg-type]  # a class is hashable
    if not isinstance(given, kind):
        raise SenderError(
            "The options are of the wrong type.",
            code="options-type",
            expected=kind.__name__,
            found=type(given).__name__,
        )
    return given


@cache
def _usual(kind: type[T]) -> T:
    """The usual options, made and checked once: they never change."""
    return kind()


class Source(msgspec.Struct, frozen=True):
    """One message about to be read.

    Attributes:
        data: The bytes as received.
        root: Its root element if it is XML, parsed once by `cocket.standards.xml`; None otherwise.
        repairs: What was repaired in it before it was recognised (0..n); nothing unless reading is lenient.
        value: What it holds if it is JSON, parsed once by `cocket.standards.json`; None otherwise.
    """

    data: bytes
    root: Any  # etree._Element | None; msgspec cannot name lxml's class
    repairs: tuple[Finding, ...] = ()
    value: Any = None

    @property
    def root_name(self) -> tuple[str | None, str | None]:
        """Namespace and local name of the root element, None where there is none."""
        if self.root is None:
            return None, None
        namespace, _, name = str(self.root.tag).rpartition("}")
        return namespace[1:] or None, name


class Standard(msgspec.Struct, frozen=True, kw_only=True):
    """One message standard: a plug-in of this room.

    Attributes:
        name: Stable kebab-case name, such as `wco-dm`.
        title: Name for people.
        recognises: Whether a source is this standard's, by its looks alone.
        read: Source and options → reading; raises nothing but `CocketError`. Whether there is such a profile is `read_as`'s to say.
        write: Document → bytes; None if the standard is read only.
        profiles: Profiles it knows, the default first (1..n).
        stream: Bytes in order and options → a large message part by part; None if it is read only as a whole.
    """

    name: str
    title: str
    recognises: Callable[[Source], bool]
    read: Callable[[Source, Options], Reading]
    write: Callable[[Document], bytes] | None
    profiles: tuple[str, ...]
    stream: Callable[[Iterable[bytes], Options], Streamed] | None = None
