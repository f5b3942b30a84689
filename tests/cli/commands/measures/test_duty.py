# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cocket.cli import app
from tests.corpora import corpora
from tests.measures.test_tariff_table import MAPPING, TABLE

KEYS = {
    "code", "currency", "lines", "total", "payable", "at_least", "at_most", "suspended", "security", "repaid",
    "not_computable", "controls", "findings", "assumed", "decided_by",
}  # fmt: skip
ASKED = {"code": "0102.29.10", "date": "2026-03-01", "value": "1000", "quantities": {"KGM": 20}, "origin": "XB"}


def run(*arguments: str, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["measures", *arguments], input=stdin)
    return result.exit_code, result.stdout


def answers(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def tariff(tmp_path: Path) -> Path:
    """A tariff of ours, loaded once from a table and kept."""
    (tmp_path / "xa.csv").write_bytes(TABLE)
    (tmp_path / "xa.toml").write_bytes(MAPPING)
    kept = tmp_path / "xa.json"
    told = run("import", str(tmp_path / "xa.csv"), "--map", str(tmp_path / "xa.toml"), "--out", str(kept))
    assert told == (0, "xa: 2 lines, 8 measures\n")
    return kept


def test_each_question_has_one_answer_with_all_its_keys_and_a_bad_one_fails_alone(tariff: Path) -> None:
    lines = [json.dumps(ASKED), "nonsense", json.dumps({**ASKED, "code": "9999"}), json.dumps({"code": "01022990"})]
    code, text = run("duty", "--tariff", str(tariff), "-", stdin="\n".join(lines))
    assert code == 1
    first, *others = answers(text)
    assert all(set(one) == KEYS for one in (first, *others))
    assert [(line["kind"], line["base"], line["rate"], line["amount"], line["act"]) for line in first["lines"]] == [
        ("duty", "1000 XDC; 20 KGM", "10 % + 5 XDC / KGM", "200.00", "Act 1"),
        ("vat", "1200 XDC", "15 %", "180.00", "Act 1"),
    ]
    assert (first["total"], first["not_computable"], first["findings"]) == ("380.00", [], [])
    assert [[one["code"] for one in other["findings"]] for other in others] == [
        ["question-unreadable"],
        ["code-not-in-tariff"],
        ["question-unreadable"],
    ]
    assert [other["total"] for other in others] == [None, None, None]


def test_what_is_missing_is_named_and_is_no_error(tariff: Path) -> None:
    code, text = run("duty", "--tariff", str(tariff), "-", stdin=json.dumps({**ASKED, "quantities": {}}))
    (only,) = answers(text)
    assert (code, only["total"]) == (0, None)
    assert only["not_computable"][0]["missing"] == [{"reason": "quantity", "what": "KGM"}]


def test_numbers_may_be_strings_or_numbers_and_nothing_is_rounded_on_the_way(tariff: Path) -> None:
    asked = [
        '{"code":"01022910","date":"2026-09-01","value":1234567.89}',
        '{"code":"01022910","date":"2026-09-01","value":"1234567.89","preference":null,"procedure":4000}',
    ]
    _, text = run("duty", "--tariff", str(tariff), "-", stdin="\n".join(asked))
    assert [one["lines"][0]["amount"] for one in answers(text)] == ["148148.15", "148148.15"]


@pytest.mark.parametrize("wrong", ['"value":-1', '"value":"NaN"', '"quantities":{"KGM":-3}'])
def test_an_impossible_number_is_a_finding_and_no_sum(tariff: Path, wrong: str) -> None:
    question = '{"code":"01022910","date":"2026-03-01",' + wrong + "}"
    code, text = run("duty", "--tariff", str(tariff), "-", stdin=question)
    (only,) = answers(text)
    assert (code, only["total"], only["lines"]) == (1, None, [])
    assert [one["code"] for one in only["findings"]] == ["number-not-possible"]


def test_a_direct_question_is_explained_line_by_line(tariff: Path) -> None:
    code, text = run(
        "duty", "--tariff", str(tariff), "--code", "01022910", "--date", "2026-03-01", "--value", "1000",
        "--quantity", "KGM=20", "--with", '{"origin":"XB"}',
    )  # fmt: skip
    assert code == 0
    shown = text.splitlines()
    assert shown[:6] == [
        "01022910",
        "         200.00 XDC  duty MFN: 10 % + 5 XDC / KGM on 1000 XDC; 20 KGM",
        "                     Act 1, from 2026-01-01",
        "         180.00 XDC  vat VAT: 15 % on 1200 XDC",
        "                     Act 1, from 2026-01-01",
        "total 380.00 XDC",
    ]
    assert shown[6:] == [
        "assumed: release for home use, because no procedure is stated (procedure-not-stated)",
        "assumed: VAT is computed on value + duties + excise: the tariff does not state its base (base-by-default)",
        "assumed: amounts are in XDC, because no currency is stated (currency-not-stated)",
        "decided by: code 01022910; day 2026-03-01; origin XB",
    ]


def test_show_has_every_measure_of_a_code_and_fails_where_there_is_none(tariff: Path) -> None:
    code, text = run("show", "0102.29", "--tariff", str(tariff), "--json")
    assert code == 0
    assert [(one["code"], len(one["measures"])) for one in answers(text)] == [("01022910", 6), ("01022990", 2)]
    assert run("show", "77", "--tariff", str(tariff))[0] == 1


def test_check_fails_on_what_cannot_be_right(tariff: Path, tmp_path: Path) -> None:
    assert run("check", "--tariff", str(tariff))[0] == 0
    (tmp_path / "two.csv").write_bytes(TABLE + b"0102.29.10,again,NAR,13,,15,2026-09-01,,Act 3\n")
    code, text = run("check", "--tariff", str(tmp_path / "two.csv"), "--map", str(tmp_path / "xa.toml"), "--json")
    assert code == 1
    assert [one["code"] for one in answers(text)[0]["findings"]] == ["rates-overlap", "base-by-default"]


def test_what_cannot_be_right_is_said_on_loading(tmp_path: Path) -> None:
    wrong = '[[charges]]\nname = "PORT"\nkind = "fee"\nbase = "value"\nrate = "1 %"\nfloor = "9 XDC"\ncap = "8 XDC"\n'
    (tmp_path / "xa.csv").write_bytes(TABLE)
    (tmp_path / "xa.toml").write_bytes(MAPPING + b"\n" + wrong.encode())
    kept = tmp_path / "xa.json"
    code, text = run("import", str(tmp_path / "xa.csv"), "--map", str(tmp_path / "xa.toml"), "--out", str(kept))
    assert (code, text.splitlines()[0]) == (1, "error: PORT: its floor is above its cap")
    assert kept.exists()


def test_a_tariff_that_cannot_be_read_or_no_question_is_wrong_usage(tariff: Path, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    for arguments in (("duty", "--tariff", str(tariff)), ("show", "01")):
        assert run(*arguments)[0] == 2
    for missing in (tmp_path / "none", tmp_path / "other.json"):
        result = CliRunner().invoke(app, ["measures", "show", "01", "--tariff", str(missing)])
        assert result.exception is not None


def test_the_whole_japanese_schedule_and_single_chapters_answer_alike() -> None:
    folder = corpora("host", "japan-tariff")
    question = json.dumps(
        {"code": "0201.30-010", "date": "2026-08-01", "value": 1000, "origin": "AU", "preference": "CPTPP"}
    )
    found = [
        answers(run("duty", "--tariff", str(path), "-", stdin=question)[1])[0]
        for path in (folder, folder / "j_02_tariff_data.json")
    ]
    assert [one["total"] for one in found] == ["208.00", "208.00"]


def test_a_british_answer_alone_and_the_folder_with_its_exchange_rates_answer() -> None:
    folder = corpora("host", "uk-tariff", "xi")
    question = json.dumps(
        {"code": "0103921100", "date": "2021-03-01", "value": 1000, "origin": "JP", "quantities": {"KGM": 250}}
    )
    whole, alone = (
        answers(run("duty", "--tariff", str(path), "-", stdin=question)[1])[0]
        for path in (folder, folder / "commodities" / "0103921100.json")
    )
    assert whole["total"] is not None
    assert alone["total"] is None
    assert alone["not_computable"][0]["missing"] == [{"reason": "exchange-rate", "what": "EUR"}]


def test_the_case_that_holds_is_told_among_numbered_ones_and_said_with_an_option(tmp_path: Path) -> None:
    (tmp_path / "xa.csv").write_bytes(TABLE.replace(b",10 % + 5 XDC/KGM,", b",one of (2 % to 5 %; no concession),"))
    (tmp_path / "xa.toml").write_bytes(MAPPING)
    asked = ("duty", "--tariff", str(tmp_path / "xa.csv"), "--map", str(tmp_path / "xa.toml"), "--code", "01022910")
    asked += ("--date", "2026-03-01", "--value", "1000")
    code, text = run(*asked)
    assert code == 0
    for told in ("(1) MFN: 2 %: 20.00", "(2) MFN: 5 %: 50.00", "(3) MFN: no concession: –"):
        assert told in text
    assert "total" not in text
    code, text = run(*asked, "--case", "MFN: 3.1 %", "--json")
    assert (code, answers(text)[0]["lines"][0]["amount"]) == (0, "31.00")
    code, text = run(*asked, "--case", "MFN: 6 %", "--fact", "lactose-content=12", "--json")
    assert (code, answers(text)[0]["total"], answers(text)[0]["findings"][0]["code"]) == (
        0,
        None,
        "case-without-effect",
    )


def test_a_sum_is_explained_step_by_step(tariff: Path) -> None:
    options = (
        "--tariff",
        str(tariff),
        "--code",
        "01022910",
        "--date",
        "2026-03-01",
        "--value",
        "1000",
        "--quantity",
        "KGM=20",
    )
    code, text = run("duty", *options, "--explain")
    assert code == 0
    assert "base = value + duties + excise = 1000 + 200 = 1200" in text
    assert "380.00 = 200.00 duty + 180.00 VAT" in text
    assert "assumed: release for home use, because no procedure is stated (procedure-not-stated)" in text
    code, text = run("duty", *options, "--strict", "--json")
    (only,) = answers(text)
    assert (only["total"], only["at_least"], only["at_most"]) == (None, None, None), "bounds rest on what was assumed"
    assert {one["by"] for one in only["decided_by"]} == {"code", "day"}


def test_items_of_one_declaration_are_asked_together(tariff: Path) -> None:
    code, text = run(
        "duty", "--tariff", str(tariff), "-", stdin=json.dumps({"items": [ASKED, {**ASKED, "value": 500}]})
    )
    (only,) = answers(text)
    assert code == 0
    assert [one["total"] for one in only["items"]] == ["380.00", "247.50"]
    assert only["payable"] == {"duty": "350.00", "VAT": "277.50"}
    code, text = run("duty", "--tariff", str(tariff), "-", stdin=json.dumps({"items": []}))
    assert code == 1
    assert answers(text)[0]["findings"][0]["code"] == "question-unreadable"


def test_charges_of_a_country_are_listed_drawn_and_joined_to_a_tariff(tmp_path: Path) -> None:
    code, text = run("charges")
    assert code == 0
    assert len(text.splitlines()) >= 21
    code, text = run("charges", "br")
    assert "inside its own base yes" in text
    assert run("charges", "br", "--mermaid")[1].startswith("flowchart LR")
    assert run("charges", "br", "--svg", str(tmp_path / "br.svg")) == (0, "")
    assert (tmp_path / "br.svg").read_text().startswith("<svg")
    (tmp_path / "br.csv").write_text("Code,II\n84713012,14\n")
    mapping = 'name="br"\ncurrency="BRL"\ncode="Code"\n[[rates]]\ncolumn="II"\nkind="duty"\n'
    (tmp_path / "br.toml").write_text(mapping)
    tables = ("--tariff", str(tmp_path / "br.csv"), "--map", str(tmp_path / "br.toml"), "--charges", "br")
    asked = ("--code", "84713012", "--date", "2026-03-01", "--value", "1000", "--transport", "air", "--json")
    code, text = run("duty", *tables, *asked)
    (only,) = answers(text)
    assert [line["type"] for line in only["lines"]] == ["II", "PIS", "COFINS", "SISCOMEX"]
    assert run("charges", "zz")[0] != 0
    (tmp_path / "turned.toml").write_text(
        'name="x"\ncurrency="XDC"\nsource="s"\nas_of="2026"\n[[charges]]\nname="A"\nkind="vat"\nbase="A"\nact="Act 1"\n'
    )
    refused = CliRunner().invoke(app, ["measures", "charges", str(tmp_path / "turned.toml")])
    assert "A → A" in str(refused.exception)


def test_procedures_are_shown_as_a_table() -> None:
    code, text = run("procedures", "--json")
    assert code == 0
    assert {one["code"] for one in answers(text)} >= {"4", "42", "53", "6121", "7", "8", "ATA", "DRAWBACK"}
    assert "customs warehouse: duties suspended" in run("procedures")[1]


def test_a_declaration_is_computed_again_line_by_line(tmp_path: Path) -> None:
    law = parse_simulated()
    files, tariff_file = law(tmp_path)
    code, text = run("recompute", str(files[0]), "--json")
    assert (code, answers(text)[0]["findings"]) == (0, [])
    names = [one for pair in (("DOG", "duty"), ("TVS", "VAT")) for one in ("--name", "=".join(pair))]
    code, text = run("recompute", str(files[0]), "--tariff", str(tariff_file), *names, "--json")
    assert {line["agrees"] for line in answers(text)[0]["lines"]} == {True}
    assert code == 0
    code, text = run("recompute", str(files[1]), "--tariff", str(tariff_file), *names)
    assert code == 1
    assert "differs" in text
    assert run("recompute", str(tmp_path / "none.xml"))[0] != 0


def parse_simulated() -> Any:
    """Declarations of the synthetic country and its tariff, as files; one of them with a wrong amount."""
    from cocket import standards
    from cocket.measures.tariff import write_tariff
    from cocket.simulation import Parameters
    from cocket.simulation.law import tariff as law
    from cocket.simulation.papers import sad
    from cocket.simulation.people import settle
    from cocket.simulation.trade import trade

    def write(folder: Path) -> tuple[list[Path], Path]:
        parameters = Parameters(seed=1, size=3, history_size=0)
        people = settle(parameters)
        _, live = trade(parameters, people)
        content = standards.write(sad(live[0], 1, people.brokers[live[0].broker], None), "asycuda-sad")
        right, wrong, kept = folder / "right.xml", folder / "wrong.xml", folder / "law.json"
        right.write_bytes(content)
        start = content.index(b"<Duty_tax_amount>") + len(b"<Duty_tax_amount>")
        wrong.write_bytes(content[:start] + b"9" + content[start:])
        kept.write_bytes(write_tariff(law()))
        return [right, wrong], kept

    return write


def test_a_value_is_built_from_an_invoice(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("currency,from,rate\nUSD,2026-01-01,2\n")
    invoice = {
        "date": "2026-03-01", "currency": "USD", "terms": "FOB", "lines": [{"price": "1000"}],
        "amounts": {"freight": {"value": "80"}, "insurance": {"value": "6", "currency": "XDC"}},
    }  # fmt: skip
    options = ("build", "-", "--currency", "XDC", "--rates", str(tmp_path / "rates.csv"))
    code, text = run(*options, stdin=json.dumps(invoice))
    assert code == 0
    assert "line 1: 2,166.00 XDC CIF" in text
    code, text = run(*options, "--json", stdin=json.dumps({**invoice, "amounts": {}}))
    assert code == 1
    assert [one["what"] for one in answers(text)[0]["values"][0]["missing"]] == ["freight", "insurance"]
    assert run(*options, stdin="nonsense")[0] != 0
