# SPDX-License-Identifier: Apache-2.0
"""Every table stands in the table of what the audit of rows covers, as the program has it; `python -m` prints it anew."""

from __future__ import annotations

from cocket.pipeline.operations.compared_rows import COMPARED, FOLLOWING
from cocket.pipeline.operations.derived_sets import DERIVED_SETS
from cocket.stores.base.table_shapes import TABLES
from cocket.stores.operations.protected import PROTECTED
from tests.house.source import ROOT

PAGE = ROOT / "docs" / "reference" / "ledger" / "audited-tables.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"

#: What is checked of tables that are neither compared by their columns nor as a set, or besides that.
CHECKED = {
    "leaf": "each leaf against its commitment and what is published; what its receipt promises by a MAC of its own",
    "cover": "against what is published: a row over leaves whose proof holds is named; what it says else, the tree proves",
    "record": "against the leaf that seals it; one that has no leaf is named",
    "record_body": "with its record or message, against the leaf that seals it",
    "record_body_other": "as `record_body`, of which it is a part; health tells of any row in it",
    "message": "content against its leaf; reading encrypted under a key outside the database; columns and sender against both",
    "identity": "against messages: that each is recognised by its content, and its newest version",
    "port_call": "as the newest version of the manifest states it",
    "heads": "MAC alone; the published checkpoint and its witnesses prove root and size",
    "era": "against a second copy of all its rows, under a MAC of its own; no head is signed on a row that does not agree",
    "consignment_message": "each part of each message is filed, in a dossier that is there",
    "permit": "what is taken of it against its uses",
    "case_file_key": "names of a file against the file",
    "row_shadow": "counted and summed as a set in each step",
    "row_difference": "compared with what each pass found, and `rows.noted` in the home",
    "place": "MAC alone but for the roster, the models in use and the audit's own places, of which a digest is in the home",
}

#: Why a table needs neither MAC nor records.
NOT_NEEDED = {
    "declaration_draft": "what traders fill in and have not sent: not sealed; encrypted, and bound to its id and sender",
    "device_batch": "what devices sent: sealed by digest when it is read, not compared",
    "device_told": "a cache of what devices sent; made again from `device_batch`",
    "event_delivery": "events that wait to be sent, by id alone; who is sent what is decided again by sealed documents",
    "event_receiver": "how sending to each endpoint goes: counts, and when it is tried again",
    "exchange_content": "messages to partners until they are answered, and answers given: encrypted, and compared with "
    "the sealed digest before they are sent",
    "exchange_nonce": "nonces of requests of the last two minutes; a request that came again is answered as before, "
    "and does nothing",
    "exchange_partner": "how sending to each partner goes: counts, and when it is tried again",
    "feed_file": "which files were imported; where a row was deleted its file is imported again, and recognised by its content",
    "feed_problem": "problems of files, reported to the operator; made again at the next scan",
    "health_write": "the test write of the health check",
    "history_value": "a copy of what the assessment worker learnt, made again from the log: each value is authenticated by its "
    "encryption, all together by a sum under the MAC of a place",
    "house": "marks of the instance, compared with the keys folder at each start",
    "house_key": "marks of the instance's keys, compared with the keys folder at each start",
    "lease": "who does what only one may do; runs out by itself",
    "refusal": "counts of what was refused, for auditors; no one is given anything by them",
    "role_state": "what each role says of itself every second",
    "screening_answer": "a cache: each answer bears a MAC, and one that does not agree is found again",
    "set_aside_key": "names of what is set aside; goes with it",
    "sign_in_bucket": "brakes of sign-in; fill up again by themselves",
    "sign_in_place": "addresses known of officers; one unknown is braked harder",
    "sign_in_tally": "counts of failed sign-ins, for the operator",
    "vessel_fix": "what AIS was heard; not sealed, evidence of an alert is in the alert",
    "vessel_name": "what vessels say of themselves; not sealed, as `vessel_fix`",
}


def table() -> str:
    """The table as the program has it."""
    macs = {one.table for one in PROTECTED if one.mac}
    compared = {one.protected.table: one for one in COMPARED}
    sets = {one.table: one.follows for one in DERIVED_SETS}
    lines = ["| table | MAC | compared with sealed records | bound as a set, or why not |", "|---|---|---|---|"]
    for name in TABLES:
        columns = "column by column" if name in compared else "–"
        if name in compared and not any(one.lasts for one in COMPARED if one.protected.table == name):
            columns += "; one that is gone is not missed"
        why = [f"as {sets[name]} has it"] if name in sets else []
        why += [text[name] for text in (CHECKED, NOT_NEEDED) if name in text]
        lines.append(f"| `{name}` | {'yes' if name in macs else '–'} | {columns} | {'; '.join(why) or '–'} |")
    return "\n".join(lines)


def uncovered() -> set[str]:
    """Tables of which nothing says how they are covered, or why not."""
    covered = {one.table for one in PROTECTED} | {one.protected.table for one in COMPARED}
    covered |= {one.table for one in DERIVED_SETS} | CHECKED.keys() | NOT_NEEDED.keys()
    return set(TABLES) - covered


def test_every_table_has_an_entry_and_none_is_said_to_be_needless_that_is_covered() -> None:
    assert uncovered() == set()
    covered = {one.protected.table for one in COMPARED} | {one.table for one in DERIVED_SETS}
    covered |= {one.table for one in PROTECTED}
    assert not NOT_NEEDED.keys() & covered
    assert set(TABLES) >= NOT_NEEDED.keys() | CHECKED.keys()
    assert {one.look for one in DERIVED_SETS} <= {one.look for one in FOLLOWING}


def test_the_page_has_the_table_of_the_program() -> None:
    _, _, rest = PAGE.read_text().partition(BEGIN + "\n")
    said, _, _ = rest.partition("\n" + END)
    assert said == table()


def test_a_new_table_without_an_entry_is_found(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(globals(), "TABLES", (*TABLES, "new_table"))
    assert uncovered() == {"new_table"}
    assert table() not in PAGE.read_text()


if __name__ == "__main__":
    print(table())
