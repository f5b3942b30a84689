# SPDX-License-Identifier: Apache-2.0
"""Damaged archives: every door that unpacks one says so in its own error, whatever `zipfile` raises."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable
from random import Random

import pytest

from cocket.codes.importing.sources import Source, grids, unpacked
from cocket.errors import CocketError
from cocket.pipeline.risk.given_sheet import take
from cocket.standards.edifact.directory import tables_of

_TABLE = b"declaration,lane\n" + b"\n".join(b"26PK%03d,red" % number for number in range(40))
_WORKBOOK = ("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml")


def _archive(method: int, names: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for name in names:
            packed.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), _TABLE, compress_type=method)
    return out.getvalue()


def _damaged(dice: Random, whole: bytes) -> bytes:
    """Some bytes exchanged, most of them in the list of members at the end; at times cut off."""
    data = bytearray(whole)
    for _ in range(dice.randint(1, 8)):
        back = int(dice.expovariate(1 / 80)) if dice.random() < 0.6 else dice.randrange(len(data))
        data[max(0, len(data) - 1 - back)] = dice.choice((0, 1, 255, dice.randrange(256)))
    return bytes(data[: dice.randint(1, len(data))] if dice.random() < 0.1 else data)


def _review(data: bytes) -> None:
    assert take([("given", data)]).sheet.files


def _codes(data: bytes) -> None:
    for one in unpacked(Source("given", data)):
        grids(one)


def _directory(data: bytes) -> None:
    tables_of(data, ("CUSDEC",))


@pytest.mark.parametrize("door", [_review, _codes, _directory])
@pytest.mark.parametrize("names", [("a.csv", "folder/b.csv"), _WORKBOOK], ids=["files", "workbook"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_archive_raises_nothing_foreign(
    door: Callable[[bytes], None], names: tuple[str, ...], method: int
) -> None:
    dice, whole = Random(method), _archive(method, names)
    for _ in range(250):
        try:
            door(_damaged(dice, whole))
        except CocketError:
            continue


@pytest.mark.parametrize("door", [_review, _codes, _directory])
def test_a_member_whose_name_is_empty_is_no_other_error(door: Callable[[bytes], None]) -> None:
    data = _archive(zipfile.ZIP_STORED, ("@",)).replace(b"@", b"\0")  # a name ends at its first zero
    with contextlib.suppress(CocketError):
        door(data)
