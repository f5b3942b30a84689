# SPDX-License-Identifier: Apache-2.0
"""How large and how deeply nested a policy may be; looked at before the policy engine reads it.

The engine goes down the tree of a rule on the stack of the thread, and a tree that is too deep ends the whole process, where no
exception helps. So the depth is bounded from above by the tokens alone, without a tree.
"""

from __future__ import annotations

import re
from typing import Final

#: Longest policy that is read (bytes): the one of the house has less than a tenth of it.
LONGEST_POLICY: Final = 400_000

#: Most rules in a policy.
MOST_RULES: Final = 1_000

#: Most words and signs in a policy; a tenth of it is the policy of the house.
MOST_WORDS: Final = 50_000

#: Most members of one list: the engine's time grows faster than a list.
MOST_MEMBERS: Final = 500

#: Deepest nesting of brackets and of `if`; on a stack of 512 KiB the engine ends the process between 30 and 40 brackets.
DEEPEST: Final = 12

#: Longest chain of operators, with those of what is nested in it; on such a stack the process ends between 800 and 1,000.
LONGEST_CHAIN: Final = 100

#: Notes end with either character that ends a line, texts may go over lines; both as the lexer of Cedar 4 has them.
_TOKEN: Final = re.compile(r'//[^\n\r]*|"(?:\\.|[^"\\])*"|[A-Za-z_][A-Za-z0-9_]*|&&|\|\||::|[=!<>]=|[^\s\w]')

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}

_LINKS: Final = frozenset(
    ("&&", "||", "+", "-", "*", "/", "%", "!", ".", "==", "!=", "<=", ">=", "<", ">", "in", "has", "like", "is", "when", "unless")
)  # fmt: skip


def bounds_broken(text: str) -> str | None:
    """What is too large, too deep or too costly in a policy, with its line; None where the engine may read it.

    What stands in texts and notes does not count. A list is as deep as its deepest member.

    Args:
        text: The rules, in Cedar's syntax; they need not be right.
    """
    if len(text.encode("utf-8", "surrogatepass")) > LONGEST_POLICY:
        return f"longer than {LONGEST_POLICY:,} bytes"
    rules = words = 0
    frames = [_Frame("")]
    before, again = "", ""
    for found in _TOKEN.finditer(text):
        token = found.group()
        if token.startswith("//"):
            continue
        words += 1
        problem = f"more than {MOST_WORDS:,} words and signs" if words > MOST_WORDS else None
        problem = problem or _passed(frames, token) or _copied(again, before, token)
        if token == ";" and len(frames) == 1:
            rules += 1
            problem = problem or (f"more than {MOST_RULES:,} rules" if rules > MOST_RULES else None)
        if problem:
            return f"line {1 + text.count(chr(10), 0, found.start())}: {problem}"
        again, before = before, token
    return None


class _Frame:
    """What stands between two brackets: how deep its members before this one were, and how deep this one is."""

    def __init__(self, opening: str) -> None:
        self.opening = opening
        self.deepest = self.longest = 0
        self.ifs = self.links = 0
        self.below_deep = self.below_long = 0
        self.members = 1

    def depth(self) -> int:
        return max(self.deepest, self.ifs + self.below_deep)

    def length(self) -> int:
        return max(self.longest, self.links + self.below_long)

    def end_member(self) -> None:
        self.deepest, self.longest = self.depth(), self.length()
        self.ifs = self.links = self.below_deep = self.below_long = 0
        self.members += 1


def _passed(frames: list[_Frame], token: str) -> str | None:
    """Count a token; what it makes too deep or too long, None where nothing is."""
    top = frames[-1]
    if token in _CLOSING:
        top.links += 1
        frames.append(_Frame(token))
    elif len(frames) > 1 and token == _CLOSING[top.opening]:
        frames.pop()
        below, top = top, frames[-1]
        top.below_deep = max(top.below_deep, 1 + below.depth())
        top.below_long = max(top.below_long, below.length())
    elif token == "," or (token == ";" and len(frames) == 1):
        top.end_member()
        if token == ";":
            frames[0] = _Frame("")
    elif token == "if":
        top.ifs += 1
    elif token in _LINKS:
        top.links += 1
    above = len(frames) - 1
    if above + top.depth() > DEEPEST:
        return f"nested deeper than {DEEPEST} levels"
    if top.length() > LONGEST_CHAIN:
        return f"a chain of more than {LONGEST_CHAIN} operators"
    if top.members > MOST_MEMBERS:
        return f"a list of more than {MOST_MEMBERS} members"
    return None


def _copied(again: str, before: str, token: str) -> str | None:
    """Words for which the engine writes what stands before them more than once: nested, they double its work each time."""
    if token == "." and again == "has":
        return "`has` takes one name, not a path of names"
    if token == "is" and before in (")", "]", "}"):
        return "`is` is asked of a name, not of what stands in brackets"
    return None
