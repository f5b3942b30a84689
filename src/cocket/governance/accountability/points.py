# SPDX-License-Identifier: Apache-2.0
"""Documents as points, each with its answer and where that comes from; and the same as a page without any script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, Literal

import msgspec

from cocket.governance.accountability.answers import Answers
from cocket.governance.accountability.facts import Facts, Table

#: Who answers a point: sealed facts, a person, both, or nobody since it does not apply.
By = Literal["facts", "person", "both", "not-applicable"]

#: The same in words, where a person has answered and where not.
_STANDS: Final[dict[tuple[By, bool], str]] = {
    ("facts", True): "from facts",
    ("facts", False): "from facts; these facts are not known here",
    ("person", True): "answered by a person",
    ("person", False): "TO BE FILLED BY A PERSON",
    ("both", True): "from facts, completed by a person",
    ("both", False): "from facts; TO BE COMPLETED BY A PERSON",
    ("not-applicable", True): "not applicable",
    ("not-applicable", False): "not applicable",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A point as a law or frame asks it.

    Attributes:
        id: Number in it.
        title: What it asks, in our own words.
        by: Who answers it.
        facts: Codes of the facts that do (0..n).
        question: What a person is asked; None where none is.
        lines: What is so of every instance (0..n), such as why it does not apply.
    """

    id: str
    title: str
    by: By
    facts: tuple[str, ...] = ()
    question: str | None = None
    lines: tuple[str, ...] = ()


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A point with its answer.

    Attributes:
        id: Number in the law or frame.
        title: What it asks.
        by: Who answers it.
        stands: How it stands, in words.
        is_open: Whether something is missing.
        lines: What facts say (0..n).
        facts: Codes of these (0..n).
        key: Key of the question in the file of answers; None where no person is asked.
        question: That question.
        answer: What a person answered; None if nobody did.
        tables: Figures (0..n).
    """

    id: str
    title: str
    by: By
    stands: str
    is_open: bool
    lines: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    key: str | None = None
    question: str | None = None
    answer: str | None = None
    tables: tuple[Table, ...] = ()


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document of the kit: name of its files, title, what it rests on, and its points."""

    name: str
    title: str
    basis: tuple[str, ...]
    points: tuple[Point, ...]

    @property
    def open(self) -> tuple[Point, ...]:
        """Points at which something is missing (0..n)."""
        return tuple(one for one in self.points if one.is_open)


def answered(asked: Sequence[Asked], facts: Facts, answers: Answers, prefix: str) -> tuple[Point, ...]:
    """Points with what facts and a person say of them.

    Args:
        asked: What is asked.
        facts: What is known.
        answers: What a person answered.
        prefix: Of the keys of its questions.
    """
    return tuple(_point(one, facts, answers, f"{prefix}.{one.id}") for one in asked)


def _point(asked: Asked, facts: Facts, answers: Answers, key: str) -> Point:
    known = [one for one in map(facts.of, asked.facts) if one is not None]
    answer = answers.of(key) if asked.question else None
    is_answered = {
        "facts": len(known) == len(asked.facts),
        "person": answer is not None,
        "both": answer is not None and len(known) == len(asked.facts),
        "not-applicable": True,
    }[asked.by]
    return Point(
        id=asked.id,
        title=asked.title,
        by=asked.by,
        stands=_STANDS[asked.by, is_answered],
        is_open=not is_answered,
        lines=(*asked.lines, *(line for one in known for line in one.lines)),
        facts=tuple(one.code for one in known),
        key=key if asked.question else None,
        question=asked.question,
        answer=answer,
        tables=tuple(table for one in known for table in one.tables),
    )


_STYLE: Final = """body{font:15px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b}
h2{font-size:1.1rem;margin:1.6rem 0 .2rem;border-top:1px solid #bbb;padding-top:.6rem}
.stands{font-size:.85rem;color:#555}.open{color:#9a1b1b;font-weight:bold}
table{border-collapse:collapse;font-size:.85rem;margin:.5rem 0}th,td{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;
vertical-align:top}caption{text-align:left;font-weight:bold}blockquote{margin:.3rem 0;padding:.2rem .8rem;border-left:3px solid #888}
"""


def write_html(document: Document, facts: Facts) -> bytes:
    """A document as a page that needs nothing else."""
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(document.title)}</title>',
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(document.title)}</h1>",
        *_paragraphs((*stands_on(facts), *document.basis)),
        f"<p><b>{len(document.open)} of {len(document.points)} points are open.</b></p>",
    ]
    for point in document.points:
        mark = "open" if point.is_open else "stands"
        parts.append(
            f'<section><h2>{escape(point.id)} · {escape(point.title)}</h2><p class="{mark}">{escape(point.stands)}</p>'
        )
        parts += _paragraphs(point.lines)
        parts += [_table(table) for table in point.tables]
        if point.question:
            parts.append(f"<p><i>{escape(point.question)}</i> <code>{escape(point.key or '')}</code></p>")
        if point.answer:
            parts.append(f"<blockquote>{escape(point.answer)}</blockquote>")
        parts.append("</section>")
    return ("\n".join(parts) + "\n</body></html>\n").encode()


def stands_on(facts: Facts) -> tuple[str, ...]:
    """What a document stands on, in words."""
    if facts.head is None:
        head = "No head of the log is signed yet: nothing of this can be proved to others."
    else:
        head = f"It stands on the head of {facts.head.log} over {facts.head.size:,} entries, root {facts.head.root}, of {facts.head.at}."
    return (
        f"{facts.administration}; {facts.software}; figures of {facts.since} to {facts.until}.",
        head,
        f"SHA-256 of all facts: {facts.digest}.",
    )


def _paragraphs(lines: Iterable[str]) -> list[str]:
    return [f"<p>{escape(line)}</p>" for line in lines]


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in table.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    cautions = "".join(_paragraphs(table.cautions))
    return f"<table><caption>{escape(table.title)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{cautions}"
