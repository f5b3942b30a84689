# SPDX-License-Identifier: Apache-2.0
"""Which lines an auditor looks at: drawn in proportion to their value from a seed committed to beforehand.

Lines worth an interval or more are all taken (`certain`); the others stand on a scale one after the other, each as long as
its value, and every interval from a drawn start on one is taken (`money`); lines whose value is unknown or not above zero
have a part of their own, drawn with equal chances (`unvalued`). Lines of one declaration stand together on the scale, so
the chance that any of them is taken is exact.
Source: Arens and Loebbecke, Applications of statistical sampling to auditing, 1981 (monetary-unit sampling, systematic
selection); Horvitz and Thompson, JASA 47, 1952.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from math import prod
from typing import Literal

import msgspec

from cocket.control.draw import commit_seed, draw_number
from cocket.errors import ProofError

Stratum = Literal["certain", "money", "unvalued"]


class AuditedLine(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One goods line that may be drawn.

    Attributes:
        consignment: Stable id of the consignment.
        item: Goods item (1-based).
        hs: Commodity code; None if not stated.
        value: Customs value, national currency; None if not stated.
    """

    consignment: str
    item: int
    hs: str | None = None
    value: Decimal | None = None

    @property
    def name(self) -> str:
        """Consignment and item, by which a line is found."""
        return f"{self.consignment}/{self.item}"


class SampledLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was drawn, and the chance it had (above 0, at most 1)."""

    line: AuditedLine
    stratum: Stratum
    probability: float


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A sample, as it is sealed.

    Attributes:
        commitment: Commitment to the seed it was drawn with.
        population: SHA-256 over all lines it was drawn from, as `population_digest` has it.
        size: Lines there were to draw from (count).
        wanted: Lines asked for (count).
        interval: Length of an interval, national currency; None if no line has a value.
        lines: Lines drawn, by consignment and item (0..n).
        chances: Consignment → chance that any of its lines was drawn (above 0, at most 1), of those with a line drawn.
    """

    commitment: str
    population: str
    size: int
    wanted: int
    interval: Decimal | None
    lines: tuple[SampledLine, ...]
    chances: dict[str, float]


def draw_sample(lines: Iterable[AuditedLine], wanted: int, seed: bytes) -> Sample:
    """Draw lines.

    Args:
        lines: All lines of the trader's period, each once (0..n).
        wanted: How many to draw (count, at least 1); one more where both kinds of part need one.
        seed: Secret seed of this audit, committed to beforehand.

    Returns:
        The sample; the same lines and seed always give the same.
    """
    population = sorted(lines, key=lambda line: (line.consignment, line.item))
    valued = [line for line in population if line.value is not None and line.value > 0]
    unvalued = [line for line in population if line.value is None or line.value <= 0]
    apart = min(len(unvalued), max(1, round(wanted * len(unvalued) / len(population)))) if unvalued else 0
    by_money = max(1, wanted - apart) if valued else 0
    certain, others, interval = _certain(valued, by_money)
    taken = [SampledLine(line=line, stratum="certain", probability=1.0) for line in certain]
    if interval is not None:
        taken += _along_the_scale(others, interval, seed)
    taken += _by_lot(unvalued, apart, seed)
    taken.sort(key=lambda one: (one.line.consignment, one.line.item))
    return Sample(
        commitment=commit_seed(seed),
        population=population_digest(population),
        size=len(population),
        wanted=wanted,
        interval=interval,
        lines=tuple(taken),
        chances=_chances({one.line.consignment for one in taken}, population, interval, apart),
    )


def population_digest(lines: Iterable[AuditedLine]) -> str:
    """SHA-256 over lines as `consignment/item value`, each with a line feed, by consignment and item; 64 hex digits."""
    ordered = sorted(lines, key=lambda line: (line.consignment, line.item))
    text = "".join(f"{line.name} {'-' if line.value is None else format(line.value, 'f')}\n" for line in ordered)
    return hashlib.sha256(text.encode()).hexdigest()


def verify_sample(sample: Sample, lines: Sequence[AuditedLine], seed: bytes) -> Sample:
    """Check a sample after its seed was told.

    Args:
        sample: As it was sealed.
        lines: The lines it is said to have been drawn from.
        seed: The seed as told.

    Returns:
        The sample, checked.

    Raises:
        ProofError: The seed is not the one committed to, the lines are others, or other lines should have been drawn.
    """
    again = draw_sample(lines, sample.wanted, seed)
    for code, due, given in (
        ("seed-other", sample.commitment, again.commitment),
        ("population-other", sample.population, again.population),
        ("sample-other", _names(again), _names(sample)),
    ):
        if due != given:
            raise ProofError("The sample does not follow from seed and lines.", code=code, expected=due, found=given)
    if again != sample:
        raise ProofError("The sample's probabilities do not follow from seed and lines.", code="chances-other")
    return sample


def estimate(sample: Sample, additional: Mapping[str, Decimal]) -> Decimal | None:
    """Additional duty of the whole period, as far as a sample can tell: each finding weighed by one over its chance.

    Args:
        sample: The sample.
        additional: Additional duty of each line that was concluded on, by the line's name; 0 where nothing was found.

    Returns:
        The estimate, to the cent; None while a line of the sample is not concluded on.
    """
    if not sample.lines or any(one.line.name not in additional for one in sample.lines):
        return None
    whole = sum((additional[one.line.name] / Decimal(one.probability) for one in sample.lines), Decimal(0))
    return whole.quantize(Decimal("0.01"))


def _certain(valued: list[AuditedLine], wanted: int) -> tuple[list[AuditedLine], list[AuditedLine], Decimal | None]:
    """Lines worth an interval or more, the others, and the interval; taking some out shortens it, until none is left."""
    certain: list[AuditedLine] = []
    others = valued
    while others and wanted > len(certain):
        interval = _sum(others) / (wanted - len(certain))
        large = [line for line in others if _value(line) >= interval]
        if not large:
            return certain, others, interval
        certain += large
        others = [line for line in others if _value(line) < interval]
    return certain, others, None


def _along_the_scale(others: list[AuditedLine], interval: Decimal, seed: bytes) -> list[SampledLine]:
    mark, end, taken = Decimal(draw_number(seed, "audit sample start")) * interval, Decimal(0), []
    for line in others:
        end += _value(line)
        if mark < end:
            taken.append(SampledLine(line=line, stratum="money", probability=float(_value(line) / interval)))
            mark += interval
    return taken


def _by_lot(unvalued: list[AuditedLine], places: int, seed: bytes) -> list[SampledLine]:
    in_order = sorted(unvalued, key=lambda line: draw_number(seed, f"audit sample {line.name}"))
    chance = places / len(unvalued) if unvalued else 0.0
    return [SampledLine(line=line, stratum="unvalued", probability=chance) for line in in_order[:places]]


def _chances(wanted: set[str], population: list[AuditedLine], interval: Decimal | None, apart: int) -> dict[str, float]:
    """Chance of each consignment: by the length of its lines on the scale, and by the lots of those without a value."""
    lengths: dict[str, Decimal] = dict.fromkeys(wanted, Decimal(0))
    lots: dict[str, int] = dict.fromkeys(wanted, 0)
    all_lots = 0
    for line in population:
        is_lot = line.value is None or line.value <= 0
        all_lots += is_lot
        if line.consignment in wanted:
            lots[line.consignment] += is_lot
            lengths[line.consignment] += Decimal(0) if is_lot else _value(line)
    chances = {}
    for one in sorted(wanted):
        is_sure = bool(lengths[one]) and (interval is None or lengths[one] >= interval)
        on_scale = 1.0 if is_sure else float(lengths[one] / interval) if interval else 0.0
        missed = prod((all_lots - apart - n) / (all_lots - n) for n in range(lots[one]))
        chances[one] = 1 - (1 - on_scale) * missed
    return chances


def _names(sample: Sample) -> str:
    return " ".join(one.line.name for one in sample.lines)


def _value(line: AuditedLine) -> Decimal:
    return line.value or Decimal(0)


def _sum(lines: Iterable[AuditedLine]) -> Decimal:
    return sum((_value(line) for line in lines), Decimal(0))
