# SPDX-License-Identifier: Apache-2.0
"""Texts that hide, run or deceive are refused, in whatever language plain words are written."""

from __future__ import annotations

import pytest

from cocket.errors import SenderError
from cocket.trials.lessons.texts import checked_text

HOSTILE = {
    "text-markup": (
        "<script>alert(1)</script>", "a < b <img src=x onerror=y>", "</p>", "<!-- -->", "{{ 7*7 }}", "{% raw %}", "go javascript:alert(1)",
        "DATA:text/html;base64,x",
    ),
    "text-hidden": (
        "plain\u202eevil", "zero\u200bwidth", "bell\x07", "soft\u00adhyphen", "\ufefffirst", "tag\U000e0041", "iso\u2067late",
        "nul\x00", "escape\x1b[2J",
    ),
    "text-lookalike": ("p\u0430ypal", "admin\u0456strator", "cust\u03bfms"),
    "text-marks": ("Z" + "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308",),
    "text-length": ("", "x" * 201),
}  # fmt: skip

PLAIN = (
    "Importations déclarées à l'arrivée : 5 % en moins.",
    "أخطاء في الأوزان، ٥٪ من التصاريح",
    "Таможенная декларация",
    "a < b and b > a, 3 µm, Ω",
    "see https://customs.example/report",
    "two\nlines",
    "हिन्दी में पाठ",
)


@pytest.mark.parametrize(("code", "text"), [(code, text) for code, texts in HOSTILE.items() for text in texts])
def test_a_hostile_text_is_refused_by_its_own_rule(code: str, text: str) -> None:
    with pytest.raises(SenderError) as raised:
        checked_text("lesson", text, 200, least=1)
    assert raised.value.code == code
    assert raised.value.message.isprintable()


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_of_any_script_are_taken_as_they_are(text: str) -> None:
    assert checked_text("lesson", f"  {text} ", 200) == text
