# SPDX-License-Identifier: Apache-2.0
"""A stretch of trade: who declares what, when, and with what in mind."""

from __future__ import annotations

import math
from bisect import bisect
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random

import msgspec

from cocket.simulation.fraud import HONEST_MISTAKE, Traces, chances_of_schemes, draw_traces, p_bayes
from cocket.simulation.parameters import Parameters
from cocket.simulation.people import HUBS, ORIGINS, Goods, Importer, People, Scheme, Seller

#: Value added tax on the customs value and the duty.
VAT = 0.20

#: National currency units for one US dollar; the invented country counts in the test currency of ISO 4217.
CURRENCY, USD_RATE = "XTS", 112

#: Mean and deviation of ln(usual value of an item in US dollars): about 18,000 in the middle.
_WORTH = (9.8, 0.9)

_NOISE = 0.08


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One goods item as declared.

    Attributes:
        goods: What it is declared as.
        text: The declarant's words.
        packages: Packages (count).
        gross_kg: Gross mass.
        net_kg: Net mass.
        usd: Invoice price in US dollars.
        preference: Code of the preference claimed; None if none.
    """

    goods: Goods
    text: str
    packages: int
    gross_kg: float
    net_kg: float
    usd: float
    preference: str | None

    @property
    def duty(self) -> float:
        """Rate of duty with the preference claimed."""
        return self.goods.duty * (0.4 if self.preference else 1.0)


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration, and the truth about it.

    Attributes:
        moment: When it is registered, UTC.
        importer: Who imports.
        days_in_trade: Days since the importer began; None for an old hand.
        seller: Who sells.
        broker: Position of the broker in the list of brokers.
        office: Position of the office.
        origin: Country of origin declared.
        export: Country of dispatch.
        lines: Goods items (1..n), the main one first.
        extra_packages: Packages that the bill of lading has over the declaration (count).
        extra_kg: Gross mass that it has over the declaration.
        scheme: What is wrong with it; None if honest.
        duty: Duty and tax withheld, national currency; 0 if honest.
        p_bayes: Best possible score, 0–1.
        is_mistaken: Whether an honest mistake would be found.
    """

    moment: datetime
    importer: Importer
    days_in_trade: float | None
    seller: Seller
    broker: int
    office: int
    origin: str
    export: str
    lines: tuple[Line, ...]
    extra_packages: int
    extra_kg: float
    scheme: Scheme | None
    duty: float
    p_bayes: float
    is_mistaken: bool


class _Plan(msgspec.Struct, frozen=True):
    """Who and what, before anybody decides to cheat."""

    day: float
    importer: Importer
    seller: Seller
    broker: int
    goods: tuple[Goods, ...]
    origin: str
    pull: float


def trade(parameters: Parameters, people: People) -> tuple[list[Trade], list[Trade]]:
    """The trade of a country.

    Args:
        parameters: Periods and numbers.
        people: Who trades.

    Returns:
        Declarations of the history (`history_size`) and of the live period (`size`), each in the order of time.
    """
    dice = Random(f"{parameters.seed}:trade")
    before, days = float(parameters.history_days), float(parameters.days)
    past = sorted(dice.uniform(0.0, before) for _ in range(parameters.history_size))
    live = sorted(dice.uniform(before, before + days) for _ in range(parameters.size))
    weights = list(accumulate(importer.weight for importer in people.importers))
    plans = [_plan(dice, people, weights, day) for day in past + live]
    base = _base([plan.pull for plan in plans], parameters.fraud_rate)
    zero = datetime.combine(parameters.start, datetime.min.time(), UTC) - timedelta(days=parameters.history_days)
    usual = {goods.hs + origin: dice.gauss(0.0, 0.2) for goods in people.goods for origin in ORIGINS}
    done = [_carry_out(dice, plan, 1.0 / (1.0 + math.exp(-base - plan.pull)), usual, zero) for plan in plans]
    return done[: len(past)], done[len(past) :]


def _plan(dice: Random, people: People, weights: list[float], day: float) -> _Plan:
    importer = _pick_importer(dice, people, weights, day)
    goods = [people.goods[dice.choice(importer.goods)]]
    if dice.random() < _NOISE:
        goods = [dice.choice(people.goods)]
    while len(goods) < 6 and dice.random() < 0.32:
        goods.append(people.goods[dice.choice(importer.goods)])
    seller = people.sellers[dice.choice(importer.sellers)]
    if dice.random() < _NOISE:
        seller = dice.choice(people.sellers)
    origin = seller.country if dice.random() < 0.85 else dice.choice(ORIGINS)
    broker = importer.broker if dice.random() < 0.85 else dice.randrange(len(people.brokers))
    is_new = importer.since >= 0 and day - importer.since < 60
    pull = importer.temptation + seller.temptation + 3.0 * goods[0].duty + 0.6 * is_new
    return _Plan(day, importer, seller, broker, tuple(goods), origin, pull)


def _pick_importer(dice: Random, people: People, weights: list[float], day: float) -> Importer:
    while True:
        importer = people.importers[bisect(weights, dice.random() * weights[-1])]
        if importer.since <= day:
            return importer


def _base(pulls: list[float], rate: float) -> float:
    """The log-odds at which the mean chance of fraud is the rate asked for."""
    low, high = -15.0, 5.0
    for _ in range(40):
        middle = (low + high) / 2
        mean = sum(1.0 / (1.0 + math.exp(-middle - pull)) for pull in pulls) / len(pulls)
        low, high = (middle, high) if mean < rate else (low, middle)
    return low


def _carry_out(dice: Random, plan: _Plan, prior: float, usual: dict[str, float], zero: datetime) -> Trade:
    chances = chances_of_schemes(plan.importer.scheme, bool(plan.goods[0].likeness))
    scheme = dice.choices(list(chances), list(chances.values()))[0] if dice.random() < prior else None
    traces = draw_traces(dice, scheme)
    lines = [_line(dice, plan, goods, traces if n == 0 else None, usual) for n, goods in enumerate(plan.goods)]
    more = dice.uniform(0.05, 0.40) if traces.is_paper_other else 0.0
    return Trade(
        moment=zero + timedelta(days=plan.day),
        importer=plan.importer,
        days_in_trade=plan.day - plan.importer.since if plan.importer.since >= 0 else None,
        seller=plan.seller,
        broker=plan.broker,
        office=plan.importer.office,
        origin=plan.origin,
        export=_export(dice, plan.origin, traces.route),
        lines=tuple(lines),
        extra_packages=round(more * lines[0].packages) if more > 0.15 else 0,
        extra_kg=more * sum(line.gross_kg for line in lines),
        scheme=scheme,
        duty=_withheld(dice, scheme, lines[0]),
        p_bayes=p_bayes(prior, chances, traces),
        is_mistaken=scheme is None and dice.random() < HONEST_MISTAKE,
    )


def _line(dice: Random, plan: _Plan, goods: Goods, traces: Traces | None, usual: dict[str, float]) -> Line:
    """One item; only the main one carries the traces, the others are honest."""
    seen = traces or draw_traces(dice, None)
    package_kg = goods.package_kg * math.exp(seen.package)
    packages = max(1, round(dice.lognormvariate(*_WORTH) / (goods.usd_kg * goods.package_kg)))
    gross = max(0.5, packages * package_kg)
    net = gross * dice.uniform(0.90, 0.98)
    price = goods.usd_kg * math.exp(usual[goods.hs + plan.origin] + seen.price)
    wants_preference = traces is not None and traces.has_preference
    return Line(
        goods=goods,
        text=_text(dice, goods, seen.is_text_odd),
        packages=packages,
        gross_kg=gross,
        net_kg=net,
        usd=max(1.0, price * net),
        preference="200" if wants_preference else None,
    )


def _text(dice: Random, goods: Goods, is_odd: bool) -> str:
    if not is_odd:
        return goods.text if dice.random() < 0.8 else f"{goods.text} assorted"
    vague = ("Goods as per invoice", "General merchandise", "Assorted goods", "Spare articles", "Various samples")
    return dice.choice(goods.likeness or vague) if dice.random() < 0.6 else dice.choice(vague)


def _export(dice: Random, origin: str, route: str) -> str:
    if route == "direct":
        return origin
    if route == "hub":
        return dice.choice(HUBS)
    return dice.choice([country for country in ORIGINS if country != origin])


def _withheld(dice: Random, scheme: Scheme | None, line: Line) -> float:
    """Duty and tax kept from the treasury by a scheme on the main item, national currency."""
    value = line.usd * USD_RATE
    full = line.duty + VAT * (1.0 + line.duty)
    if scheme is None:
        return 0.0
    if scheme == "undervaluation":
        return value * full * dice.uniform(0.3, 1.2)
    if scheme == "misclassification":
        return value * dice.uniform(0.05, 0.25) * (1.0 + VAT)
    if scheme == "short-declaration":
        return value * full * dice.uniform(0.25, 0.8)
    if scheme == "false-origin":
        return value * (line.goods.duty * 0.6 + 0.02) * (1.0 + VAT)
    return value * full * dice.uniform(0.5, 2.0)
