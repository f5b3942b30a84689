# SPDX-License-Identifier: Apache-2.0
"""Facts of an instance that is none."""

from __future__ import annotations

from cocket.governance.accountability import SOFTWARE, Facts, Family, HeadFact, ModelFacts, SealedFact, Table
from cocket.governance.accountability.frames import EVIDENCE

TABLE = Table(
    title="Office", columns=("Group", "Yield"), rows=(("PTA1", "8 of 400"),), cautions=("Yield says nothing.",)
)


def facts(*, without: tuple[str, ...] = ()) -> Facts:
    """One model that speaks, one family of rules, and every fact that there is."""
    known = {one.code: one for one in SOFTWARE}
    told = [
        known.get(code)
        or SealedFact(
            code=code, title=code.title(), lines=(f"What is so of {code}.",), kinds=("override",), records=3,
            tables=(TABLE,) if code == "fairness" else (),
        )
        for code in sorted(EVIDENCE)
    ]  # fmt: skip
    return Facts(
        administration="Customs of Alphaland",
        software="Cocket 0",
        head=HeadFact(log="alphaland.invalid/log", size=4096, root="ab" * 32, at="2026-11-30T00:00:00Z"),
        since="2025-11-30",
        until="2026-11-30",
        models=(
            ModelFacts(
                version="m1", role="champion", was_champion=True, begun="2026-03", ended=None, sha256="cd" * 32, purpose="Rank.",
                limits=("Not alone.",), data=("1,000 rows.",), measured=("p@5 0.300.",), acts=("2026-03 champion by a: good",),
            ),
        ),
        families=(
            Family(
                code="red", title="Rules that ask for an examination", title_nl="Regels die om controle van goederen vragen",
                is_in_use=True, is_tried=False, begun="2026-02", lines=("odd-weight (published; law).",),
            ),
        ),
        facts=tuple(one for one in told if one.code not in without),
    )  # fmt: skip
