# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cocket.feeds import read_mapping
from cocket.feeds.decisions import DecisionMaker
from cocket.pipeline import HostRow

GENERAL: dict[str, Any] = {
    "INSTANCEID": 5, "IDE_CUO_COD": "XA110000", "IDE_REG_DAT": date(2026, 3, 9), "IDE_REG_SER": "C", "IDE_REG_NBR": 7,
}  # fmt: skip


def decided(**columns: Any) -> tuple[HostRow, list[str]]:
    mapping = read_mapping()
    rows, findings = DecisionMaker(mapping, mapping.streams[2]).make({"": [GENERAL | columns]})
    return rows[0], [finding.code for finding in findings]


def found(act: dict[str, Any], *lines: dict[str, Any]) -> tuple[HostRow, list[str]]:
    mapping = read_mapping()
    parts = {"": [{"INSTANCEID": 5} | act], "declaration": [GENERAL], "examination": list(lines)}
    rows, findings = DecisionMaker(mapping, mapping.streams[3]).make(parts)
    return rows[0], [finding.code for finding in findings]


@pytest.mark.parametrize("flag", [1, True, "1", "Y", Decimal(1)])
def test_the_lane_is_the_one_whose_flag_is_set(flag: Any) -> None:
    row, findings = decided(PTY_RED=0, PTY_YEL=flag, PTY_GRE=None, PTY_BLU=False, PTY_COL_DSC="Yellow")
    assert (row.reference.value, row.decision.lane, row.decision.override) == ("XA110000/2026/C/7", "yellow", None)
    assert not findings


def test_a_lane_now_that_differs_is_an_officers_override() -> None:
    row, _ = decided(PTY_GRE=1, PTY_COL_DSC="RED", PTY_COL_RSN="doubt")
    assert (row.decision.lane, row.decision.override, row.decision.override_reason) == ("green", "red", "doubt")


def test_of_several_flags_the_strictest_is_taken_and_told() -> None:
    row, findings = decided(PTY_GRE=1, PTY_RED=1)
    assert (row.decision.lane, findings) == ("red", ["host-lanes-several"])


def test_without_flags_the_lane_now_is_the_lane() -> None:
    assert decided(PTY_COL_DSC="Blue")[0].decision.lane == "blue"
    assert decided()[0].decision.lane is None


def test_a_lane_in_words_nobody_mapped_is_told_and_stays_unknown() -> None:
    row, findings = decided(PTY_COL_DSC="ROUGE")
    assert (row.decision.lane, findings) == (None, ["table-value"])


def test_the_lines_of_an_examination_are_added_up() -> None:
    act = {"ACT_TYP": "full", "ACT_RET_DAT": datetime(2026, 3, 12, 10, 0, tzinfo=UTC)}
    lines = ({"FRD_COD": None, "AMT": Decimal("0.10"), "CUR_COD": "XAD"}, {"FRD_COD": "07", "AMT": Decimal("0.20")})
    row, findings = found(act, *lines)
    assert (row.decision.found, row.decision.offence, row.decision.duty_recovered) == (True, "07", "0.30")
    assert (row.is_examined, row.depth, row.currency, row.returned) == (True, "full", "XAD", act["ACT_RET_DAT"])
    assert not findings


def test_lines_without_offence_and_amount_say_that_nothing_was_found() -> None:
    assert found({"ACT_TYP": "full"}, {"FRD_COD": None, "AMT": 0})[0].decision.found is False


def test_an_examination_without_lines_says_nothing_of_what_was_found() -> None:
    row, _ = found({"ACT_TYP": "full"})
    assert (row.is_examined, row.decision.found) == (True, None)


def test_not_examined_is_not_nothing_found() -> None:
    row, _ = found({"ACT_TYP": "not-examined"}, {"FRD_COD": None, "AMT": 0})
    assert (row.is_examined, row.decision.found) == (False, None)


def test_a_sum_with_a_line_that_cannot_be_read_is_unknown_and_told() -> None:
    row, findings = found({"ACT_TYP": "full"}, {"FRD_COD": "07", "AMT": "5"}, {"FRD_COD": None, "AMT": "much"})
    assert (row.decision.duty_recovered, row.decision.found, findings) == (None, True, ["table-value"])


def test_a_time_without_an_offset_is_in_the_zone_of_the_host() -> None:
    mapping = msgspec.structs.replace(read_mapping(), time_zone="Pacific/Auckland")
    rows, _ = DecisionMaker(mapping, mapping.streams[2]).make(
        {"": [GENERAL | {"PTY_DAT": datetime(2026, 3, 9, 12, 0)}]}
    )
    assert rows[0].decision.decided == datetime(2026, 3, 8, 23, 0, tzinfo=UTC)


def test_a_row_that_names_no_declaration_is_told() -> None:
    mapping = read_mapping()
    rows, findings = DecisionMaker(mapping, mapping.streams[2]).make({"": [GENERAL | {"IDE_REG_NBR": None}]})
    assert (rows, [finding.code for finding in findings]) == ([], ["table-key-missing"])


def test_which_criteria_mean_chance_is_said_in_the_mapping(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(
        'base = "asycuda-world"\nrandom = ["ALEA"]\n[decisions.columns]\ncriteria = "SEL_CRI"\npropensity = "SEL_PRB"\n',
        "utf-8",
    )
    mapping = read_mapping(file)
    maker = DecisionMaker(mapping, mapping.streams[2])
    told = [
        maker.make({"": [GENERAL | columns]})[0][0].decision
        for columns in ({"SEL_CRI": "R4;alea", "SEL_PRB": Decimal("0.05")}, {"SEL_CRI": "RANDOM"}, {"SEL_CRI": None})
    ]
    assert [(one.is_random, one.chance) for one in told] == [(True, 0.05), (False, None), (None, None)]
