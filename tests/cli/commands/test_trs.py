# SPDX-License-Identifier: Apache-2.0
"""`cocket trs report` on a table of another system."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cocket.cli.app import app
from cocket.errors import SenderError

TABLE = """consignment,kind,at,source,lane
A1,lodgement,2026-11-03 08:10,host,red
A1,release,2026-11-04T16:40:00+03:00,host,
A2,lodgement,2026-11-03 09:00,host,green
A2,released,2026-11-03 09:20,host,
"""


def test_a_table_is_measured_and_its_wrong_rows_are_named(tmp_path: Path) -> None:
    file = tmp_path / "stamps.csv"
    file.write_text(TABLE, "utf-8")
    given = ["trs", "report", str(file), "--zone", "Africa/Nairobi", "--as-of", "2026-11-06T12:00", "--json"]
    told = CliRunner().invoke(app, given, catch_exceptions=False)
    assert told.exit_code == 0
    found = json.loads(told.stdout)
    assert found["file"]["problems"] == [{"row": 5, "code": "kind", "found": "released"}]
    assert found["study"]["as_of"] == "2026-11-06T09:00:00Z"
    times = next(one for one in found["study"]["whole"]["times"] if one["segment"] == "lodgement-release")
    assert times["elapsed"][0] == 32.5 * 3600 and times["timed"] == 1


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"consignment,kind,at,source\n\xff\xfe", b"consignment,kind,at,source\n\0"]
)
def test_what_is_no_table_of_stamps_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "stamps.csv"
    file.write_bytes(content)
    with pytest.raises(SenderError):
        CliRunner().invoke(app, ["trs", "report", str(file)], catch_exceptions=False)
