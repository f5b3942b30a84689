# SPDX-License-Identifier: Apache-2.0
"""Every exception of ours descends from `CocketError` and is called one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator

import cocket
from cocket.errors import CocketError, SenderError


def own_exceptions() -> Iterator[type[BaseException]]:
    """Every exception class that a module of the package defines."""
    for found in pkgutil.walk_packages(cocket.__path__, "cocket."):
        if not found.name.endswith("__main__") and ".migrations." not in found.name:
            module = importlib.import_module(found.name)
            for value in vars(module).values():
                if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == found.name:
                    yield value


def strays(exceptions: Iterable[type[BaseException]]) -> list[str]:
    """Exceptions outside the family, or under a name that hides what they are."""
    return sorted(
        f"{each.__module__}.{each.__qualname__}"
        for each in exceptions
        if not issubclass(each, CocketError) or not each.__name__.endswith("Error")
    )


def test_every_exception_is_of_the_family() -> None:
    found = list(own_exceptions())
    assert SenderError in found
    assert strays(found) == []


def test_a_stray_exception_is_found() -> None:
    stranger = type("StrangerError", (ValueError,), {})
    misnamed = type("Refusal", (SenderError,), {})
    good = type("GoodError", (SenderError,), {})
    assert [name.rpartition(".")[2] for name in strays((stranger, misnamed, good))] == ["Refusal", "StrangerError"]
