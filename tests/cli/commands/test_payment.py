# SPDX-License-Identifier: Apache-2.0
"""Payment as an operator has it: asked, written as slip and order, imported from the bank, assigned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from cocket.pipeline import AssessmentWorker, Instance, open_stores
from cocket.settings import Settings
from cocket.stores.postgres.server import EmbeddedPostgres
from tests.cli.commands.test_people import cocket
from tests.houses import envelope, officer, trader
from tests.messages import declaration
from tests.statements import PAYEE, camt, detail, entry, law

NOWHERE = "01a21032-dbd8-7236-9320-ac0953c99041"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("house")
    assert cocket("init", "--home", str(home)).returncode == 0
    (home / "tariff.json").write_bytes(law())
    with EmbeddedPostgres(home / "postgres", durable=False) as server:  # so that no command starts it
        stores = open_stores(Settings(home=home), server.dsn)
        stores.database.migrate()
        instance = Instance(stores)
        instance.intake.messages.take_many([envelope(declaration("CLI1"))], principal=trader("ACME"))
        desk = AssessmentWorker(stores)
        desk.open()
        while desk.turn():
            pass
        (found,) = instance.queries.records.find(officer("supervisor"), "CLI1", None)
        instance.close()
        yield {"COCKET_HOME": str(home), "CONSIGNMENT": found.id}


def test_a_consignment_is_asked_for_paid_and_shown(place: dict[str, str], tmp_path: Path) -> None:
    home, consignment = Path(place["COCKET_HOME"]), place["CONSIGNMENT"]
    lacking = cocket("payment", "advise", consignment, **place)
    assert (lacking.returncode, "payment.toml" in lacking.stderr) == (2, True), lacking.stderr
    (home / "payment.toml").write_text(PAYEE)
    assert cocket("payment", "show", consignment, **place).returncode == 1
    strict = cocket("payment", "advise", consignment, "--strict", **place)
    assert strict.returncode == 1 and "assumed" in strict.stderr and "statistical value" in strict.stderr, strict
    asked = cocket("payment", "advise", consignment, "--json", **place)
    assert asked.returncode == 0, asked.stderr
    advice = json.loads(asked.stdout)["advice"]
    shown = cocket("payment", "show", consignment, **place).stdout
    assert "not paid" in shown and "Finance Act 2026, s. 3" in shown and "assumed: the statistical value" in shown
    slip, data, order = tmp_path / "slip.pdf", tmp_path / "slip.json", tmp_path / "order.xml"
    assert cocket("payment", "slip", consignment, "--out", str(slip), "--language", "fr", **place).returncode == 0
    assert b"Avis de paiement" in slip.read_bytes()
    told = json.loads(cocket("payment", "slip", consignment, "--out", str(data), "--json", **place).stdout)
    assert told == {"consignment": consignment, "out": str(data), "bytes": data.stat().st_size}
    assert json.loads(data.read_bytes())["advice"]["total"] == advice["total"]
    made = cocket(
        "payment",
        "order",
        consignment,
        "--account",
        "GB33 BUKB 2020 1555 5555 55",
        "--name",
        "A",
        "--out",
        str(order),
        **place,
    )
    assert made.returncode == 0, made.stderr
    assert etree.parse(str(order)).findtext(".//{*}EndToEndId") == advice["reference"]
    file = tmp_path / "bank.xml"
    file.write_bytes(camt(entry("1.00", "C1", detail(advice["reference"])), entry("2.00", "C2", detail(free="what"))))
    first = cocket("payment", "import", str(file), **place)
    assert first.returncode == 1 and "paid in part" in first.stdout and "assign it" in first.stdout, first
    again = cocket("payment", "import", str(file), "--json", **place)
    assert again.returncode == 0
    assert [one["outcome"] for one in json.loads(again.stdout)["entries"]] == ["repeat", "repeat"]
    (waiting,) = [json.loads(line) for line in cocket("payment", "unmatched", "--json", **place).stdout.splitlines()]
    done = cocket("payment", "assign", waiting["id"], advice["reference"], "--reason", "he telephoned", **place)
    assert done.returncode == 0, done.stderr
    assert cocket("payment", "unmatched", **place).stdout.strip() == "Every payment counts for an advice."
    assert "paid in part" in cocket("payment", "show", consignment, **place).stdout
    assert "For no advice was more paid" in cocket("payment", "overpaid", **place).stdout
    file.write_bytes(camt(entry(advice["total"], "C3", detail(advice["reference"]))))
    assert "paid more than asked for" in cocket("payment", "import", str(file), **place).stdout
    (over,) = (json.loads(line) for line in cocket("payment", "overpaid", "--json", **place).stdout.splitlines())
    assert over["consignment"] == consignment and over["reference"] == advice["reference"]
    refund = tmp_path / "refund.xml"
    words = ("payment", "refund", consignment, "--account", "4711", "--name", "A", "--out", str(refund))
    assert cocket(*words, **place).returncode == 2, "a reason is needed"
    made = cocket(*words, "--reason", "paid twice", "--json", **place)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["bytes"] == refund.stat().st_size
    assert etree.parse(str(refund)).findtext(".//{*}InstdAmt") == over["over"]
    assert "refunded to the payer" in cocket("payment", "show", consignment, **place).stdout
    assert "For no advice was more paid" in cocket("payment", "overpaid", **place).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("show", NOWHERE), "There is no such consignment."),
        (("assign", NOWHERE, "RF1", "--reason", "x"), "There is no such payment."),
        (("import", "none.xml"), "none.xml cannot be read"),
        (("slip", NOWHERE, "--out", "x.txt"), ".pdf or .json"),
        (("order", NOWHERE, "--account", "1", "--out", "x", "--date", "soon"), "soon is not a date"),
    ],
)
def test_what_cannot_be_done_is_said(place: dict[str, str], words: tuple[str, ...], says: str) -> None:
    done = cocket("payment", *words, **place)
    assert (done.returncode, says in done.stderr) == (2, True), done.stderr
