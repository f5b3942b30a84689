# SPDX-License-Identifier: Apache-2.0
"""One run of a world: everything drawn, judged and gathered into tables; the truth in tables of its own."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import polars as pl

from cocket.simulation.people import HUBS, ORIGINS
from cocket.simulation.worlds.host import DEPTHS, LANES, OFFENCES, RULE_NAMES, Control, control, offence, tells
from cocket.simulation.worlds.judge import Evidence, judge
from cocket.simulation.worlds.likelihood import log_ratios
from cocket.simulation.worlds.market import CARRIERS, LEFT_OF_DUTY, OFFICES, VAT, Market, open_market
from cocket.simulation.worlds.parameters import World
from cocket.simulation.worlds.play import Floats, Ints, Play, cast, dice
from cocket.simulation.worlds.trade import Plan, Trade, carry_out, plan_trade, propensities
from cocket.simulation.worlds.traders import Traders, scheme_name, settle_traders
from cocket.simulation.worlds.words import describe, register_importers, register_others

#: Called with the work done and the work in all.
Progress = Callable[[int, int], None]

_STEPS = 6
_MICROSECONDS_A_DAY = 86_400_000_000

#: Editions of the Harmonized System before and after a change.
EDITIONS = ("2017", "2022")


class Tables(msgspec.Struct, frozen=True, kw_only=True):
    """A world as tables; their columns are described in docs/reference/simulation-table.md.

    Attributes:
        declarations: What was declared, in the order of time.
        selections: Lane of each declaration.
        results: What came back from examinations.
        manifests: What the carriers told.
        tariff: Rates, and what goods are called.
        crossing: Codes of the older edition that have another in the newer one.
        truth: The truth about each declaration.
        schemes: Who ran which scheme in which season; of the truth too.
    """

    declarations: pl.DataFrame
    selections: pl.DataFrame
    results: pl.DataFrame
    manifests: pl.DataFrame
    tariff: pl.DataFrame
    crossing: pl.DataFrame
    truth: pl.DataFrame
    schemes: pl.DataFrame


class _Drawn(msgspec.Struct, frozen=True, kw_only=True):
    world: World
    market: Market
    play: Play
    traders: Traders
    plan: Plan
    trade: Trade
    control: Control
    order: Ints
    ids: pl.Series

    def moment(self, days: Floats) -> pl.Series:
        """Days since the start as times, UTC; null where infinite. In the order of time."""
        day = days[self.order]
        offset = (self.world.start.toordinal() - 719_163) * _MICROSECONDS_A_DAY
        known = np.isfinite(day)
        micros = (np.where(known, day, 0.0) * _MICROSECONDS_A_DAY).astype(np.int64) + offset
        times = pl.Series(micros).cast(pl.Datetime("us", "UTC"))
        return pl.select(pl.when(pl.Series(known)).then(times)).to_series()

    def named(self, names: tuple[str, ...] | list[str], places: Ints) -> pl.Series:
        """Names by their places, in the order of time."""
        return pl.Series(list(names), dtype=pl.String).gather(places[self.order])


def make_tables(world: World, progress: Progress | None = None) -> Tables:
    """Draw a world and judge it.

    Args:
        world: Its parameters; the same give the same tables.
        progress: Told how far it is; None to work in silence.
    """
    done = iter(range(1, _STEPS + 1))

    def step() -> None:
        if progress is not None:
            progress(next(done), _STEPS)

    market, play = open_market(world), cast(world)
    traders = settle_traders(world, market, play)
    step()
    plan = plan_trade(world, market, traders)
    trade = carry_out(world, market, traders, play, plan)
    step()
    seen = control(world, traders, play, (plan, trade))
    order = np.argsort(trade.day, kind="stable")
    drawn = _Drawn(world=world, market=market, play=play, traders=traders, plan=plan, trade=trade, control=seen,
        order=order, ids=_ids(world))  # fmt: skip
    step()
    p_bayes = _judged(drawn)
    step()
    declarations, manifests = _declarations(drawn)
    step()
    tables = Tables(
        declarations=declarations,
        selections=_selections(drawn),
        results=_results(drawn),
        manifests=manifests,
        tariff=_tariff(market),
        crossing=_crossing(market),
        truth=_truth(drawn, p_bayes),
        schemes=_schemes(drawn),
    )
    step()
    return tables


def _ids(world: World) -> pl.Series:
    width = len(str(world.size))
    return pl.select(pl.format("D{}", pl.int_range(1, world.size + 1).cast(pl.String).str.zfill(width))).to_series()


def _judged(drawn: _Drawn) -> Floats:
    plan, trade, play, traders = drawn.plan, drawn.trade, drawn.play, drawn.traders
    tells_fraud, tells_honest = tells(drawn.world, play, traders, (trade, drawn.control))
    evidence = Evidence(
        day=trade.day,
        trader=plan.trader,
        season=plan.season,
        propensity=propensities(plan, drawn.market, play),
        log_ratio=log_ratios(drawn.market, play, plan, trade, traders.region[plan.trader]),
        returned=drawn.control.returned,
        tells_fraud=tells_fraud,
        tells_honest=tells_honest,
    )
    return judge(drawn.world, play, traders, evidence)


def _declarations(drawn: _Drawn) -> tuple[pl.DataFrame, pl.DataFrame]:
    market, plan, trade, order = drawn.market, drawn.plan, drawn.trade, drawn.order
    edition = (trade.day >= drawn.world.edition_changes * drawn.world.days).astype(np.int64)
    duty = market.duty[plan.goods] * np.where(trade.preference, LEFT_OF_DUTY, 1.0)
    kinds = len(market.duty)
    table = pl.DataFrame(
        {
            "id": drawn.ids,
            "registered": drawn.moment(trade.day),
            "office": drawn.named(OFFICES, drawn.control.office),
            **_parties(drawn),
            "origin": drawn.named(ORIGINS, plan.origin),
            "export_country": drawn.named((*ORIGINS, *HUBS), trade.export),
            "hs_edition": drawn.named(EDITIONS, edition),
            "hs6": drawn.named([*market.hs6[0], *market.hs6[1]], plan.goods + edition * kinds),
            "description": pl.Series(describe(drawn.world, market, (plan.goods, trade.text, plan.season))).gather(
                order
            ),
            "preference": drawn.named(("", "200"), trade.preference.astype(np.int64)).replace("", None),
            "value": trade.value[order],
            "freight": _freight(drawn)[order],
            "net_kg": trade.net_kg[order],
            "gross_kg": trade.gross_kg[order],
            "packages": trade.packages[order],
            "duty_rate": duty[order],
            "tax_rate": np.full(len(order), VAT),
            "duty_and_tax": np.round(trade.value * (duty + VAT * (1.0 + duty)), 2)[order],
        }
    )
    carried = _carried(drawn)
    own = carried.select("carrier", "transport_document", "bill_line", "bill_gross_kg", "bill_packages")
    return pl.concat([table, own], how="horizontal"), carried


def _parties(drawn: _Drawn) -> dict[str, pl.Series]:
    """Importer, declarant and seller as written."""
    traders, plan, trade = drawn.traders, drawn.plan, drawn.trade
    pairs, place = np.unique(plan.trader * 10_000 + trade.importer, return_inverse=True)
    importers = register_importers(drawn.world, traders, pairs // 10_000)
    brokers = register_others(drawn.world, "brokers", traders.brokers, "B")
    sellers = register_others(drawn.world, "sellers", len(traders.seller_origin), "S")
    authorised = (traders.kind == 1).astype(np.int64)[plan.trader]
    return {
        "importer": drawn.named(importers.id, place),
        "importer_name": drawn.named(importers.name, place),
        "importer_address": drawn.named(importers.address, place),
        "importer_phone": drawn.named(importers.telephone, place),
        "importer_is_authorised": drawn.named(("false", "true"), authorised) == "true",
        "declarant": drawn.named(brokers.id, trade.broker),
        "seller": drawn.named(sellers.id, trade.seller),
        "seller_name": drawn.named(sellers.name, trade.seller),
        "seller_country": drawn.named(ORIGINS, traders.seller_origin[trade.seller]),
    }


def _freight(drawn: _Drawn) -> Floats:
    draw = dice(drawn.world.seed, "freight")
    cost: Floats = np.round(14.0 * drawn.trade.gross_kg**0.85 * np.exp(draw.normal(0, 0.3, len(drawn.order))), 2)
    return cost


def _carried(drawn: _Drawn) -> pl.DataFrame:
    """Lines of the bills of lading; each part of a consignment is a line of one bill, told when it is declared."""
    trade, order = drawn.trade, drawn.order
    draw = dice(drawn.world.seed, "cargo")
    n = len(order)
    bill = np.cumsum(~trade.same_bill) - 1
    line = np.arange(n) - np.flatnonzero(~trade.same_bill)[bill] + 1
    more = np.where(trade.bill_differs, draw.uniform(0.05, 0.45, n), 0.0)
    gross = np.round(trade.gross_kg * (1.0 + more), 2)
    packages = np.where(more > 0.15, np.ceil(trade.packages * (1.0 + more)), trade.packages).astype(np.int64)
    voyage = np.floor(trade.day / 3.0).astype(np.int64) * 100 + drawn.market.carrier[trade.export]
    numbers = draw.permutation(int(bill[-1]) + 1) + 1
    return pl.DataFrame(
        {
            "transport_document": pl.Series(numbers[bill][order]).cast(pl.String).str.zfill(8),
            "bill_line": line[order],
            "manifest": pl.Series(voyage[order]).cast(pl.String).str.zfill(6),
            "carrier": drawn.named(CARRIERS, drawn.market.carrier[trade.export]),
            "loading_country": drawn.named((*ORIGINS, *HUBS), trade.export),
            "arrived": drawn.moment(np.maximum(trade.day - 0.8, 0.0)),
            "bill_gross_kg": gross[order],
            "bill_packages": packages[order],
        }
    )


def _selections(drawn: _Drawn) -> pl.DataFrame:
    seen, order = drawn.control, drawn.order
    return pl.DataFrame(
        {
            "id": drawn.ids,
            "lane": drawn.named(LANES, seen.lane),
            "rule": drawn.named(RULE_NAMES, seen.rule).replace("", None),
            "propensity": seen.propensity[order],
            "officer": pl.select(
                pl.format("{}-{}", drawn.named(OFFICES, seen.office), pl.Series(seen.officer[order] + 1))
            ).to_series(),
        }
    )


def _results(drawn: _Drawn) -> pl.DataFrame:
    seen, trade, order = drawn.control, drawn.trade, drawn.order
    kinds = np.where(seen.found, offence(trade.way), 0)
    is_known = pl.Series((seen.depth > 1)[order])
    table = pl.DataFrame(
        {
            "id": drawn.ids,
            "examined": drawn.moment(seen.examined),
            "returned": drawn.moment(seen.returned),
            "depth": drawn.named(DEPTHS, seen.depth),
            "officers": seen.officers[order],
            "minutes": seen.minutes[order],
            "found": pl.select(pl.when(is_known).then(pl.Series(seen.found[order]))).to_series(),
            "offence": drawn.named(("", *OFFENCES), kinds).replace("", None),
            "duty_recovered": pl.select(pl.when(is_known).then(pl.Series(seen.recovered[order]))).to_series(),
        }
    )
    return table.filter(pl.col("depth") != "").sort("returned", "id")


def _tariff(market: Market) -> pl.DataFrame:
    n = len(market.duty)
    return pl.DataFrame(
        {
            "hs_edition": [EDITIONS[0]] * n + [EDITIONS[1]] * n,
            "hs6": [*market.hs6[0], *market.hs6[1]],
            "description": [f"{a} or {b}, {q}" for a, b, q in market.words] * 2,
            "duty_rate": np.tile(market.duty, 2),
            "preference_rate": np.tile(market.duty * LEFT_OF_DUTY, 2),
        }
    )


def _crossing(market: Market) -> pl.DataFrame:
    moved = np.flatnonzero(market.redrawn).tolist()
    return pl.DataFrame(
        {
            "from_edition": [EDITIONS[0]] * len(moved),
            "hs6": [market.hs6[0][each] for each in moved],
            "to_edition": [EDITIONS[1]] * len(moved),
            "to_hs6": [market.hs6[1][each] for each in moved],
        },
        schema={"from_edition": pl.String, "hs6": pl.String, "to_edition": pl.String, "to_hs6": pl.String},
    )


def _truth(drawn: _Drawn, p_bayes: Floats) -> pl.DataFrame:
    way = drawn.trade.way
    names = [scheme_name(each) for each in range(len(drawn.play.mix))]
    return pl.DataFrame(
        {
            "id": drawn.ids,
            "label": (way > 0)[drawn.order],
            "duty": drawn.trade.cost[drawn.order],
            "scheme": drawn.named(names, way).replace("", None),
            "p_bayes": p_bayes[drawn.order],
            "offence": drawn.named(("", *OFFENCES), np.where(way > 0, offence(way), 0)).replace("", None),
            "would_find": drawn.control.would_find[drawn.order],
            "would_take": drawn.control.would_take[drawn.order],
            "would_minutes": drawn.control.would_minutes[drawn.order],
            "would_officers": drawn.control.officers[drawn.order],
        }
    )


def _schemes(drawn: _Drawn) -> pl.DataFrame:
    """One row a trader and season with a scheme; a trader is named by his place, and by all his importer numbers."""
    trader, season = np.nonzero(drawn.traders.way)
    way = drawn.traders.way[trader, season]
    return pl.DataFrame(
        {
            "trader": trader,
            "season": season,
            "first_day": season * drawn.world.season_days,
            "scheme": [scheme_name(int(each)) for each in way],
            "region": drawn.traders.region[trader],
        }
    )
