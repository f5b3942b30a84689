# SPDX-License-Identifier: Apache-2.0
"""Benchmarks are of a checkout: the command runs there, and says so where the package alone is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.curve import Restart, Size, drawn, picture
from benchmarks.figures import distinct, sample_declarations
from benchmarks.hs_words import bench_hs_words, read_products, read_rulings
from benchmarks.intake import roles
from benchmarks.many_dossiers import Kept, multiply
from benchmarks.statements import Statement, figures
from cocket.errors import SettingsError
from cocket.pipeline import NewResult, QueueFilter
from tests.house.source import PACKAGE
from tests.houses import build, envelope, officer, trader

BENCH = "import sys; from cocket.cli import main; sys.argv = ['cocket', 'bench', *sys.argv[1:]]; main()"


def bench(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", BENCH, *words], capture_output=True, text=True, check=False, env={**os.environ, **more}
    )


def test_a_checkout_has_the_benchmarks() -> None:
    told = bench("nothing")
    assert "nothing" in told.stderr
    assert "installed package" not in told.stderr
    assert "intake" in bench("--help").stdout


def test_the_package_alone_says_where_they_are(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "site-packages"
    shutil.copytree(PACKAGE, site / "cocket", ignore=shutil.ignore_patterns("__pycache__", "static"))
    told = bench("intake", "--seconds", "5", "--json", PYTHONPATH=str(site))
    assert told.returncode == 2
    assert "Run cocket bench from a checkout" in told.stderr


def test_statements_are_told_of_one_declaration_and_none_is_lost() -> None:
    told = list(figures([Statement(f"select {n}", 20, 10, 1.0, 500) for n in range(30)], 10))
    assert (told[0].name, told[0].value, told[0].note) == (
        "  select 0",
        100.0,
        "2.000 calls, 1.00 rows, 50 bytes of WAL",
    )
    assert (told[-2].name, told[-2].value) == ("  5 further statements", 500.0)
    assert (told[-1].name, told[-1].value) == ("statements of a declaration", 3000.0)


def test_the_cost_of_a_declaration_is_told_by_role() -> None:
    told = list(roles({"api": 0.003, "assessment": 0.001, "log": 0.0, "postgres": 0.004}, 4))
    assert [(one.name, round(one.value), one.note) for one in told] == [
        ("  role api", 750, "38% of the CPU"),
        ("  role assessment", 250, "12% of the CPU"),
        ("  role log", 0, "0% of the CPU"),
        ("  role postgres", 1000, "50% of the CPU"),
    ]


RULINGS = "\n".join(
    json.dumps(
        {
            "messages": [
                {"role": "user", "content": f"What is the HTS US Code for {goods}?"},
                {"role": "assistant", "content": f"HTS US Code -> {codes}\nReasoning -> heading 9999.99 is not meant"},
            ]
        }
    )
    for goods, codes in (
        ("roasted coffee beans", "0901.21.0045"),
        ("two machines", "8477.10.9015; 8480.71.8045"),
        ("a gift", "9811.00"),
    )
).encode()

PRODUCT = json.dumps(
    {
        "product_name": "Dragon pendant",
        "product_attributes": json.dumps({"Material": "Copper", "Brand Name": "None"}),
        "cate_lv1_desc": "Jewelry",
        "hs_code": "7117199000",
    }
).encode()


def test_rulings_and_products_are_read_in_the_form_of_their_authors() -> None:
    coffee, machines, gift = read_rulings(RULINGS)
    assert (coffee.text, coffee.hs6) == ("roasted coffee beans", frozenset({"090121"}))
    assert machines.hs6 == frozenset({"847710", "848071"})
    assert gift.hs6 == frozenset()  # chapter 98 is no part of the Harmonized System
    (pendant,) = read_products(PRODUCT + b"\n")
    assert (pendant.text, pendant.hs6) == ("Dragon pendant Jewelry Material Copper", frozenset({"711719"}))


def test_benchmarks_of_words_count_what_is_among_the_first_and_learn_nothing_of_what_they_ask(tmp_path: Path) -> None:
    (tmp_path / "atlas_test.jsonl").write_bytes(RULINGS)
    learnt = {"coffee, roasted": "090121", "tea": "090230", "presses": "848071", "roasted coffee beans": "210112"}
    (tmp_path / "search_references.json").write_text(json.dumps(learnt), encoding="utf-8")
    figures = {one.name: one for one in bench_hs_words(1.0, tmp_path)}
    assert figures["learnt"].value == 3  # a phrase with the very words of a question is left out
    assert figures["ATLAS, rulings: asked"].value == 2
    assert "1 without a code" in figures["ATLAS, rulings: asked"].note
    assert figures["ATLAS, rulings: HS6, first 1"].value == 0.5
    assert figures["ATLAS, rulings: HS2, first 10"].value >= figures["ATLAS, rulings: HS6, first 10"].value


def test_without_benchmarks_of_words_nothing_is_measured_and_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COCKET_CORPORA", str(tmp_path))
    (skipped,) = bench_hs_words(1.0)
    assert skipped.name == "skipped" and "atlas_test.jsonl" in skipped.note
    with pytest.raises(SettingsError, match="no benchmark"):
        list(bench_hs_words(1.0, tmp_path))


def test_copies_of_a_day_are_dossiers_of_their_own_that_agree_with_what_is_sealed(tmp_path: Path) -> None:
    first = build(tmp_path / "day", red_per_day=1000, yellow_per_day=1000, random_share=0.5)
    shutil.copytree(tmp_path / "day" / "keys", tmp_path / "many" / "keys")
    lodged = [envelope(one) for one in islice(distinct(sample_declarations(3)), 3)]
    first.house.intake.messages.take_many(lodged, principal=trader("ACME"))
    first.desk()
    head, everything = officer("supervisor"), QueueFilter(state="all")
    order = next(
        one.order for one in first.house.queries.records.queue(head, everything).lines if one.order is not None
    )
    first.house.control.officer_acts.record_result(
        head, order.id, NewResult(depth="full", found=True, offence="origin")
    )
    built = build(tmp_path / "many")
    assert multiply(Kept(first.stores, first.dsn), Kept(built.stores, built.dsn), 3) == 9
    records = built.house.queries.records
    lines = records.queue(head, everything).lines
    assert len({one.title for one in lines}) == len({one.received.date() for one in lines}) * 3 == 9
    done = 0
    for line in lines:
        dossier = records.dossier(head, line.id)
        assert line.title.split()[-1] in [value for _, value in dossier.references] and not line.differences
        done += sum(one.found is True for one in dossier.results)
    assert done == 3
    assert len(set(built.house.queries.records.assessment_progress())) == 1
    with built.stores.database.transaction() as connection:
        assert connection.execute("select count(*) from row_difference").fetchone() == (0,)
        leaf = connection.execute("select max(idx) + 1 - count(*) from leaf").fetchone()
        assert leaf == connection.execute("select coalesce(sum(upto - first), 0) from cover").fetchone()
        found = connection.execute("select count(*) from pg_indexes where indexname = 'consignment_words'").fetchone()
        assert found == (1,)
    built.house.close()


def size(dossiers: int, cost: float, rows: int) -> Size:
    """A size as it might have been measured."""
    took = Restart(seconds=2.5, processor=2.0, rows=rows, leaves=6 * dossiers)
    return Size(
        dossiers=dossiers,
        leaves=6 * dossiers,
        on="2026-12-01",
        cores=2,
        load=1.5,
        rate=500.0,
        cost={"assessment": cost, "postgres": 1000.0},
        memory={"assessment": 40 * 2**20, "mapped history": dossiers * 2**10, "postgres": 30 * 2**20},
        tables={"record": 4_000 * dossiers, "message": 2_000 * dossiers},
        rows={"record": 3 * dossiers, "message": dossiers},
        files={"keys": 300 * dossiers},
        restarts={"after a clean stop": took, "after its history was lost": took},
        pages={"queue": (30.0, 20.0)},
    )


def test_the_page_of_growing_instances_has_a_column_a_size_and_lines_as_multiples_of_the_smallest() -> None:
    found = [size(2_000, 800.0, 1_000), size(10_000, 1_000.0, 20_000)]
    page = drawn(found)
    assert "| all together | 1,800 | 2,000 |" in page
    assert "| – rows read | 1,000 | 20,000 |" in page
    assert "| tables with their indexes | 6,000 | 6,000 |" in page
    assert "| queue | 30 (20) | 30 (20) |" in page
    svg = picture(found)
    assert svg.count("<polyline") == 6
    assert (
        "rows read after a clean stop ×20" in svg
        and "CPU a declaration ×1.1" in svg
        and "disk a dossier, tables ×1<" in svg
    )


def test_other_references_begin_at_another_number() -> None:
    samples = sample_declarations(2)
    assert not {*islice(distinct(samples), 10)} & {*islice(distinct(samples, 10), 10)}
