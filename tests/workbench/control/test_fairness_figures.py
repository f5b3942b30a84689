# SPDX-License-Identifier: Apache-2.0
"""The comparison of groups on the director's page and in the terminal: the same digits, and what follows."""

from __future__ import annotations

from cocket.cli.commands.risk.fairness import lines_of
from cocket.governance import Principal
from cocket.risk.effort import of_hundred
from cocket.risk.fairness import CAUTIONS, FOLLOWS
from tests.simulators.workbench_figures import fairness_view
from tests.workbench.conftest import Enter, said

HEAD = Principal(id="head.c", kind="officer", roles=("supervisor",))


def test_page_and_terminal_agree_and_say_what_follows(enter: Enter) -> None:
    page, terminal = said(enter("head.c").get("/statistics")), "\n".join(lines_of(fairness_view(HEAD)))
    offices = {one.name: one for one in fairness_view(HEAD).dimensions[1].groups}
    assert [offices[name].follows for name in ("PTA1", "PTA2", "PTA3")] == ["lower-bar", "higher-bar", "too-few"]
    for name in ("PTA1", "PTA2"):
        assert offices[name].margin.share is not None
        value, low, high = of_hundred(offices[name].margin.share)
        assert f"{value} {low} to {high}" in page and f"{value} of 100 ({low} to {high})" in terminal
        assert FOLLOWS[offices[name].follows] in page and FOLLOWS[offices[name].follows] in terminal
    assert FOLLOWS["too-few"] in page and "too few" in page
    assert all(caution in page and caution in terminal for caution in CAUTIONS)


def test_an_officer_of_one_office_sees_that_alone(enter: Enter) -> None:
    page = said(enter("officer.a").get("/statistics"))
    part = page[page.index("Are traders held to the same bar?") :]
    assert "PTA1" in part and "PTA2" not in part[: part.index("Results recorded")]
