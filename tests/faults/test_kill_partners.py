# SPDX-License-Identifier: Apache-2.0
"""kill -9 while what comes from others is being written: the file of a laptop's results, a photo of paper, a sum with partners."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from cocket.exchange.office_packs import OfficePack, OfficeResult, open_pack, write_slip
from cocket.gateway import ResultFile
from cocket.pipeline.operations.row_audit import RowAudit
from cocket.pipeline.queries.views import QueueFilter
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration

WORDS = "nine boats at the quay"
KILLED = -9

#: A laptop that writes one result down, and ends at one place of that: with half of it in the file, with all of it, where the file is
#: put in place, or once it is there.
LAPTOP = """
import os, signal, sys
from pathlib import Path
import msgspec
from cocket.exchange.office_packs import OfficePack, OfficeResult
from cocket.gateway import ResultFile
pack = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=OfficePack)
flush, put, place = os.fsync, os.replace, sys.argv[4]
def die(): os.kill(os.getpid(), signal.SIGKILL)
def flushed(handle):
    if place == "half": os.ftruncate(handle, os.fstat(handle).st_size // 2)
    if place in ("half", "whole"): die()
    flush(handle)
def placed(*names):
    if place == "before": die()
    put(*names)
    if place == "after": die()
os.fsync, os.replace = flushed, placed
ResultFile(Path(sys.argv[2]), pack).add(msgspec.json.decode(sys.argv[3], type=OfficeResult))
"""

#: A house that takes a photo in, and ends where it would write down what came of it.
HOUSE = """
import os, signal, sys
from pathlib import Path
import msgspec
from cocket.pipeline import Instance, open_stores
from cocket.pipeline.partners.office_packs import OfficePacks
from cocket.settings import Settings
from tests.houses import officer
OfficePacks._change = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
settings = msgspec.json.decode(sys.argv[1], type=Settings, dec_hook=lambda kind, value: kind(value))
packs = Instance(open_stores(settings, sys.argv[2])).partners.packs
packs.take_photo(officer("supervisor", sys.argv[4]), Path(sys.argv[3]).read_bytes())
"""


def run(script: str, *arguments: str) -> int:
    """Run a script in a process of its own; how it ended."""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=60,
        check=False,
    ).returncode


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    made = build(tmp_path_factory.mktemp("house"), red_per_day=1000)
    made.house.intake.messages.take_many(
        [envelope(declaration(f"R{number}")) for number in range(4)], principal=trader("ACME")
    )
    made.desk()
    yield made
    made.house.close()


@pytest.fixture(scope="module")
def pack(built: Built) -> OfficePack:
    [office] = {one.office for one in built.house.queries.records.queue(officer(), QueueFilter(state="all")).lines}
    content = built.house.partners.packs.make_pack(officer("supervisor", office), office or "", 24, WORDS)
    return open_pack(content, WORDS, [built.stores.sealer.receipt_vkey], datetime.now(UTC))


def result(pack: OfficePack, place: int, note: str) -> OfficeResult:
    return OfficeResult(order=pack.orders[place].order, made=datetime.now(UTC), depth="full", found=False, note=note)


def test_a_kill_while_writing_the_laptops_file_loses_nothing_that_was_written_down(
    pack: OfficePack, tmp_path: Path
) -> None:
    given, file = tmp_path / "pack.json", tmp_path / "laptop" / "done.json"
    given.write_bytes(msgspec.json.encode(pack))
    kept = ResultFile(file, pack)
    kept.add(result(pack, 0, "first"))
    for place in ("half", "whole", "before", "after"):
        new, before = msgspec.json.encode(result(pack, 1, f"killed {place}")).decode(), kept.written()
        assert run(LAPTOP, str(given), str(file), new, place) == KILLED
        after = kept.written()
        assert before is not None and after is not None
        assert after.results[: len(before.results)] == before.results
        assert len(after.results) - len(before.results) == int(place == "after"), place
    assert run(LAPTOP, str(given), str(file), msgspec.json.encode(result(pack, 2, "again")).decode(), "never") == 0
    done = kept.written()
    assert done is not None and [one.note for one in done.results] == ["first", "killed after", "again"]
    assert [path.name for path in file.parent.iterdir()] == ["done.json"], "what was torn is cleared away"


def test_a_kill_while_a_photo_is_taken_in_records_its_result_once(
    built: Built, pack: OfficePack, tmp_path: Path
) -> None:
    segno = pytest.importorskip("segno")
    pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    order, who = pack.orders[0], officer("supervisor", pack.office)
    entered = msgspec.structs.replace(result(pack, 0, "as declared"), number=1)
    photo = tmp_path / "photo.png"
    segno.make(write_slip(pack, entered, "0A1B2C3D").decode(), error="m").save(str(photo), scale=6, border=6)
    settings = msgspec.json.encode(built.settings, enc_hook=str).decode()
    assert run(HOUSE, settings, built.dsn, str(photo), pack.office) == KILLED
    assert built.house.partners.packs.pack(who, pack.id).lines[0].taken is None, "it ended before it was written down"
    assert results_of(built, order.order) == 1
    (again,) = built.house.partners.packs.take_photo(who, photo.read_bytes()).results
    assert again.outcome == "recorded", again.words
    (known,) = built.house.partners.packs.take_photo(who, photo.read_bytes()).results
    assert known.outcome == "same"
    assert results_of(built, order.order) == 1
    audit = RowAudit(built.stores)
    while audit.step() is None:
        pass
    assert list(audit.differences()) == []


def results_of(built: Built, order: str) -> int:
    """Sealed results of an order (count)."""
    with built.stores.database.transaction() as connection:
        row = connection.execute(
            "select count(*) from record r join control_order o on o.consignment = r.about where r.kind = 'result' and o.id::text = %s",
            (order,),
        ).fetchone()
    return int(row[0]) if row else 0
