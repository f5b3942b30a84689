# SPDX-License-Identifier: Apache-2.0
"""A message as received, made safe to read."""

from __future__ import annotations

from cocket.workbench.base.safe_text import readable


def test_text_lines_and_tabs_are_shown_as_they_are() -> None:
    assert readable("<a>\r\n\té – 貨物</a>\n".encode()).text == "<a>\n\té – 貨物</a>\n"


def test_characters_that_hide_or_turn_text_are_shown_and_not_obeyed() -> None:
    assert readable("a\u202eb\u200bc\x00d\x1be".encode()).text == "a‹U+202E›b‹U+200B›c‹U+0000›d‹U+001B›e"


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert readable(b"a\xff\xfeb").text == "a\ufffd\ufffdb"


def test_only_the_beginning_of_a_long_message_is_shown() -> None:
    shown = readable(b"x" * 70_000)
    assert (len(shown.text), shown.size, shown.is_cut) == (65_536, 70_000, True)
    assert not readable(b"x" * 65_536).is_cut
