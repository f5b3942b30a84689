# SPDX-License-Identifier: Apache-2.0
"""Pages that speak of the code as a whole hold what they say: the floor plan, the walks and the glossary."""

from __future__ import annotations

import importlib
import re

import pytest

from cocket.risk.features import NAMES, ROW_NAMES
from scripts.draw_floor_plan import PAGE, drawn
from tests.house.source import PACKAGE, ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
_NAME = re.compile(r"`([a-z_]+(?:\.\w+)+)`")


def is_there(name: str) -> bool:
    """Whether a dotted name below the package can be reached."""
    parts = f"cocket.{name}".split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def own_words(text: str) -> list[str]:
    """Words of the section on our own terms, in the order of the page."""
    section = text.split("## Terms of Cocket")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (.+?) \|", section, re.MULTILINE)[1:]
    return [
        re.sub(r" \[.*?\]|`", "", word) for cell in cells for word in re.split(r", ", cell) if not word.startswith("-")
    ]


def unused(words: list[str], texts: str) -> list[str]:
    """Words that stand nowhere in these texts, in one or several, with any of blank, hyphen and underscore between."""
    return [word for word in words if not re.search(_loose(word), texts, re.IGNORECASE)]


def _loose(word: str) -> str:
    return r"(?<![a-z])" + r"[\s_-]?".join(map(re.escape, re.split(r"[\s_-]", word)))


def test_the_floor_plan_is_drawn_from_the_contract() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert drawn(text) == text, "python scripts/draw_floor_plan.py draws it anew"
    assert "`queries`" in text


def test_a_floor_plan_that_is_behind_is_found() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("`queries`", "`reading_room`")
    assert drawn(text) != text


def test_every_name_of_the_walks_is_in_the_code() -> None:
    names = _NAME.findall((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    wrong = [name for name in names if name.split(".")[0] != "instance" and not is_there(name)]
    assert len(names) > 20
    assert wrong == []


@pytest.mark.parametrize("name", ["pipeline.instance.House", "pipeline.turn.Turn", "nowhere.at_all"])
def test_a_name_that_is_gone_is_found(name: str) -> None:
    assert not is_there(name)


def test_every_word_of_ours_is_used() -> None:
    words = own_words(GLOSSARY.read_text(encoding="utf-8"))
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.cedar")]
    texts = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert {"lane", "instance", "dossier"} <= set(words)
    assert unused(words, texts) == []


def test_a_word_that_nobody_uses_is_found() -> None:
    assert unused(["lane", "zweckverband"], "the lane of an order") == ["zweckverband"]


def test_every_room_has_its_line_on_the_floor_plan() -> None:
    lines = (
        (ROOT / "docs" / "floor-plan.md").read_text("utf-8").split("| room | what it is for |")[1].split("## Topics")[0]
    )
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py") and not path.name.startswith("__")}
    assert {"ledger", "languages", "settings"} <= rooms
    assert sorted(room for room in rooms if f"`{room}`" not in lines and room != "py") == []


def test_the_page_on_risk_counts_the_numbers_as_the_code_has_them() -> None:
    page = (ROOT / "docs" / "explanation" / "risk" / "assessment.md").read_text("utf-8")
    assert f"**Features.** {len(ROW_NAMES)} numbers about a goods item" in page
    others = re.search(r"and three numbers more\s+\(([^)]*)\)", page)
    assert others is not None
    assert set(re.findall(r"`(\w+)`", others[1])) == set(NAMES) - set(ROW_NAMES)
