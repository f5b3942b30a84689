# SPDX-License-Identifier: Apache-2.0
"""Worlds in other styles than `worlds`, to challenge what was made for those: heavy tails, hubs, labels only where lanes looked.

Nothing here shares a line with the worlds that models were tuned on. `ports` is a country of few very large traders who are
honest; `bazaar` one of many small ones behind shared addresses and brokers' telephones, in which cheats come and go. `delta` is drawn by
another hand, `delta.py`: free texts, quantities misstated in three ways, parts of one consignment to invented names.
Truth is told beside the tables and never in them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from cocket.risk.features import COLUMN_NAMES, Terms
from cocket.risk.features.batch import CORRECTED
from cocket.risk.models.learning import past_of, raw_answers
from cocket.simulation import delta
from cocket.simulation.protocol.baselines import LEARNERS, Split
from cocket.simulation.protocol.graph import NODES, nodes_of, spread
from cocket.simulation.protocol.leaves import learn, leaves_of

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Dice = np.random.Generator

#: Goods by heading: words, usual value per kg, usual kg per package, rate of duty.
_GOODS: Final = {
    "620342": ("MENS TROUSERS COTTON", 14.0, 20.0, 0.25),
    "640399": ("LEATHER SHOES", 22.0, 15.0, 0.30),
    "851712": ("MOBILE TELEPHONES", 160.0, 8.0, 0.05),
    "870323": ("USED CARS PETROL", 6.0, 1200.0, 0.40),
    "330499": ("COSMETIC CREAMS", 11.0, 12.0, 0.20),
    "392690": ("PLASTIC HOUSEHOLD ARTICLES", 3.5, 18.0, 0.15),
    "100630": ("RICE MILLED", 0.6, 50.0, 0.10),
    "847130": ("PORTABLE COMPUTERS", 120.0, 10.0, 0.0),
    "940360": ("WOODEN FURNITURE", 4.0, 60.0, 0.20),
    "220830": ("WHISKY BOTTLED", 9.0, 14.0, 0.60),
    "401110": ("TYRES NEW PASSENGER CARS", 3.8, 90.0, 0.15),
    "300490": ("MEDICAMENTS RETAIL", 45.0, 9.0, 0.0),
}
_CODES: Final = tuple(_GOODS)
#: Places of goods that pay little, as which others are declared.
_CHEAP: Final = (2, 6, 7, 11)
_ORIGINS: Final = ("CN", "IN", "TR", "DE", "AE", "VN", "US", "BR")
_TERMS: Final = Terms(threshold=1000.0)
_OFFENCES: Final = ("undervaluation", "classification", "origin", "quantity", "splitting")


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """One world.

    Attributes:
        entries: Declarations as `train_layered` takes them, in the order of `day`.
        results: Results of those that lanes or chance sent to examination.
        found: What an examination of each would find `(n,)`.
        duty: What it would recover, national currency `(n,)`.
        chance: Chance of a find, given everything its maker knows but the dice `(n,)`.
        kinds: Offence that each is in truth, found or not; empty of what is regular `(n,)`.
    """

    entries: pl.DataFrame
    results: pl.DataFrame
    found: Flags
    duty: Floats
    chance: Floats
    kinds: NDArray[np.str_]


class _Style(msgspec.Struct, frozen=True, kw_only=True):
    """How a country is drawn."""

    traders: int
    tail: float
    cheats: float
    shared: float
    moves: float
    random_share: float


_STYLES: Final = {
    "ports": _Style(traders=500, tail=1.1, cheats=0.2, shared=0.05, moves=0.0, random_share=0.02),
    "bazaar": _Style(traders=1400, tail=1.8, cheats=0.25, shared=0.5, moves=0.5, random_share=0.03),
}

#: Ours when it learns what an examination of every earlier declaration would have found; and the simple orders.
_EVERY: Final = "ours, every label known"
_SIMPLE: Final = ("importer-rate", "value", "random")

#: Names of the worlds.
CHALLENGES: Final = (*_STYLES, "delta")


def challenge(name: str, seed: int, size: int = 12_000, days: int = 240) -> Challenge:
    """Draw a world.

    Args:
        name: One of `CHALLENGES`.
        seed: Seed; it determines the whole output.
        size: Declarations (count).
        days: Days they are spread over (count).
    """
    if name == "delta":
        return _delta(seed, size, days)
    style, dice = _STYLES[name], np.random.default_rng([seed, len(name)])
    firms = _firms(style, dice)
    weight = 1.0 + dice.pareto(style.tail, style.traders)
    giants = np.argsort(-weight)[: max(3, style.traders // 100)]
    firms["cheats"][giants] = False
    who = dice.choice(style.traders, size=size, p=weight / weight.sum())
    day = 20_000.0 + np.sort(dice.uniform(0, days, size))
    active = (day >= firms["from"][who]) & (day < firms["until"][who])
    dares = np.where(firms["cheats"][who] & active, firms["dares"][who], 0.006)
    is_fraud = dice.random(size) < dares
    table, duty, corrected = _declared(who, is_fraud, firms, dice)
    sight = np.array([0.85, 0.6, 0.7, 0.8, 0.65])[firms["offence"][who]]
    found = is_fraud & (dice.random(size) < sight)
    ids = [f"{name[0]}{number:06d}" for number in range(size)]
    entries = pl.DataFrame({"id": ids, "day": day, **table})
    results = _with_corrections(_results(entries, (found, duty, firms["offence"][who]), style, dice), ids, corrected)
    kinds = np.where(is_fraud, np.array(_OFFENCES)[firms["offence"][who]], "")
    return Challenge(
        entries=entries,
        results=results,
        found=found,
        duty=np.where(found, duty, 0.0),
        chance=dares * sight,
        kinds=kinds,
    )


def _delta(seed: int, size: int, days: int) -> Challenge:
    """The third world: lanes look at some chapters, some origins and large values with a chance each, and chance at the rest."""
    rows, dice = delta.shipments(seed, size, days), np.random.default_rng([seed, 815])
    kinds = np.array([row.way or "" for row in rows])
    found = np.array([dice.random() < delta.SIGHT.get(kind, 0.0) for kind in kinds])
    duty = np.array([row.duty for row in rows])
    entries = pl.DataFrame([row.stated for row in rows])
    chapter, origin, value = (entries[name].to_numpy() for name in ("hs", "origin", "value"))
    watched = np.isin([each[:2] for each in chapter], dice.choice(sorted({each[:2] for each in chapter}), 4, False))
    sent_to = np.isin(origin, dice.choice(sorted(set(origin)), 3, False))
    odds = 0.01 + 0.12 * watched + 0.08 * sent_to + 0.2 * (value > np.quantile(value, 0.97))
    random_share = 0.02
    sent = dice.random(len(rows)) < odds
    looked = np.flatnonzero(sent | (dice.random(len(rows)) < random_share))
    results = pl.DataFrame(
        {
            "id": entries["id"].gather(looked),
            "returned": entries["day"].to_numpy()[looked] + dice.uniform(1, 15, len(looked)),
            "found": found[looked],
            "offence": [kind if hit else None for kind, hit in zip(kinds[looked], found[looked], strict=True)],
            "duty_recovered": np.where(found, duty, 0.0)[looked],
            "propensity": np.where(sent, 1.0, random_share)[looked],
        }
    )
    corrected = {name: [row.corrected.get(name) for row in rows] for name in CORRECTED}
    return Challenge(
        entries=entries,
        results=_with_corrections(results, entries["id"].to_list(), corrected),
        found=found,
        duty=np.where(found, duty, 0.0),
        chance=np.array([row.dares * delta.SIGHT.get(row.way or "", 0.7) for row in rows]),
        kinds=kinds,
    )


def _firms(style: _Style, dice: Dice) -> dict[str, Any]:
    n = style.traders
    starts = np.where(dice.random(n) < style.moves, dice.uniform(20_000, 20_200, n), 0.0)
    shared = dice.random(n) < style.shared
    return {
        "cheats": dice.random(n) < style.cheats,
        "dares": dice.beta(4, 6, n),
        "offence": dice.integers(0, len(_OFFENCES), n),
        "from": starts,
        "until": np.where(starts > 0, starts + dice.exponential(90, n), np.inf),
        "goods": dice.integers(0, len(_CODES), (n, 2)),
        "origin": dice.integers(0, len(_ORIGINS), n),
        "level": dice.normal(0, 0.25, n),
        "address": np.where(shared, dice.integers(0, 4, n), 1000 + np.arange(n)),
        "phone": np.where(shared, dice.integers(0, 3, n), 1000 + np.arange(n)),
        "broker": dice.integers(0, 12, n),
        "seller": dice.integers(0, 3 * n, (n, 3)),
    }


def _declared(
    who: Any, is_fraud: Flags, firms: dict[str, Any], dice: Dice
) -> tuple[dict[str, Any], Floats, dict[str, list[Any]]]:
    """What is declared, what each evasion is worth, and how an examination would correct each row."""
    size = len(who)
    code = firms["goods"][who, dice.integers(0, 2, size)]
    usual = np.array([_GOODS[each][1] for each in _CODES])[code]
    heft = np.array([_GOODS[each][2] for each in _CODES])[code]
    rate = np.array([_GOODS[each][3] for each in _CODES])[code]
    packages = np.maximum(1, dice.lognormal(3.2, 1.0, size).astype(int))
    mass = packages * heft * dice.lognormal(0, 0.15, size)
    price = usual * np.exp(firms["level"][who] + dice.normal(0, 0.2, size))
    true_value = mass * price
    offence = np.where(is_fraud, firms["offence"][who], -1)
    value = np.where(offence == 0, true_value * dice.uniform(0.35, 0.75, size), true_value)
    declared = code.copy()
    declared[offence == 1] = dice.choice(_CHEAP, int((offence == 1).sum()))
    counted = np.where(offence == 3, np.maximum(1, (packages * dice.uniform(0.4, 0.7, size)).astype(int)), packages)
    kg = np.where(offence == 3, mass * dice.uniform(0.5, 0.8, size), mass)
    value = np.where(offence == 3, value * kg / mass, value)
    part = offence == 4
    value = np.where(part, dice.uniform(0.86, 0.999, size) * 1000.0, value)
    kg = np.where(part, value / price, kg)
    counted = np.where(part, np.maximum(1, (kg / heft).astype(int)), counted)
    origin = np.where(offence == 2, 3, firms["origin"][who])
    paid = np.array([_GOODS[each][3] for each in _CODES])[declared]
    duty = np.maximum(true_value * rate - value * np.where(offence == 2, 0.0, paid), 0.02 * true_value)
    words = np.array([_GOODS[each][0] for each in _CODES])
    labels = np.array([f"LOT {each}" for each in dice.integers(100, 999, size)])
    return (
        {
            "office": np.array(["NORTH", "SOUTH", "AIR"])[who % 3],
            "importer": [f"I{each:05d}" for each in who],
            "importer_address": [f"{each} QUAY ROAD" for each in firms["address"][who]],
            "importer_phone": [f"+99 {each:07d}" for each in firms["phone"][who]],
            "declarant": [f"B{each:02d}" for each in firms["broker"][who]],
            "seller": [f"S{each:05d}" for each in firms["seller"][who, dice.integers(0, 3, size)]],
            "origin": np.array(_ORIGINS)[origin],
            "export_country": np.array(_ORIGINS)[firms["origin"][who]],
            "hs": np.array(_CODES)[declared],
            "description": [f"{one} {two}" for one, two in zip(words[code], labels, strict=True)],
            "preference": np.where(offence == 2, "300", "100"),
            "value": value,
            "duty_and_tax": value * np.where(offence == 2, 0.0, paid) + 0.1 * value,
            "net_kg": kg,
            "gross_kg": kg * 1.08,
            "packages": counted,
        },
        np.where(is_fraud, duty, 0.0),
        {
            "value_ratio": _over(true_value / value, part),
            "quantity_ratio": _over(mass / kg, part),
            "found_hs": [_CODES[true] if true != false else None for true, false in zip(code, declared, strict=True)],
            "found_origin": [_ORIGINS[true] if true != false else None
                             for true, false in zip(firms["origin"][who], origin, strict=True)],
        },
    )  # fmt: skip


def _over(ratio: Floats, part: Flags) -> list[float | None]:
    """Found over declared, where it is more; None of what is only a part of a consignment."""
    return [float(one) if one > 1.0001 and not parted else None for one, parted in zip(ratio, part, strict=True)]


def _with_corrections(results: pl.DataFrame, ids: list[str], corrected: dict[str, list[Any]]) -> pl.DataFrame:
    """Results with how finds were corrected."""
    every = pl.DataFrame({"id": ids, **corrected}, schema={"id": pl.String, **CORRECTED})
    told = results.join(every, on="id", how="left", maintain_order="left")
    return told.with_columns(
        pl.when(pl.col("found")).then(pl.col(name)).otherwise(None).alias(name) for name in CORRECTED
    )


def _results(entries: pl.DataFrame, truth: tuple[Flags, Floats, Any], style: _Style, dice: Dice) -> pl.DataFrame:
    """A host's lanes look at some goods, some origins and large values; chance draws a little of the rest."""
    found, duty, offence = truth
    size = len(entries)
    hs, origin, value = entries["hs"].to_numpy(), entries["origin"].to_numpy(), entries["value"].to_numpy()
    watched = np.isin(hs, ["870323", "220830", "640399"]) & np.isin(origin, ["AE", "CN", "TR"])
    large = value > np.quantile(value, 0.97)
    sent = (watched | large) & (dice.random(size) < 0.7)
    drawn = ~sent & (dice.random(size) < style.random_share)
    looked = np.flatnonzero(sent | drawn)
    return pl.DataFrame(
        {
            "id": entries["id"].gather(looked),
            "returned": entries["day"].to_numpy()[looked] + dice.uniform(1, 12, len(looked)),
            "found": found[looked],
            "offence": [
                _OFFENCES[kind] if hit else None for kind, hit in zip(offence[looked], found[looked], strict=True)
            ],
            "duty_recovered": np.where(found, duty, 0.0)[looked],
            "propensity": np.where(sent, 1.0, style.random_share)[looked],
        }
    )


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an order finds in the first 5 % of later declarations.

    Attributes:
        name: Which: `true rate` (of each trader, which nobody knows), `ours`, `ours by duty` (chance and value),
            `importer-rate`, `value`, `random`, public methods that learnt the same, and `ours, every label known`, which learnt
            what an examination of every earlier declaration would have found.
        found: Share with a find (0–1); `spread` its standard error.
        spread: See `found`.
        revenue: Share of all that could be recovered (0–1).
        kinds: Offence → share of all such later declarations, found by an examination or not, that are among the first (0–1).
    """

    name: str
    found: float
    spread: float
    revenue: float
    kinds: dict[str, float]


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A world judged.

    Attributes:
        world: Its style; `seed` its seed.
        finds: Finds learnt from (count).
        orders: Each order.
        absent: Methods whose library is absent.
    """

    world: str
    seed: int
    finds: int
    orders: tuple[Order, ...]
    absent: tuple[str, ...] = ()

    @property
    def reached(self) -> float | None:
        """Part of the way from the best simple order to ours with every label known that ours goes (1 is all of it, below 0 is
        worse than the simple one); None where that was not asked, or there is no way to go.
        """
        found = {one.name: one.found for one in self.orders}
        if _EVERY not in found:
            return None
        simple = max(found[name] for name in _SIMPLE)
        way = found[_EVERY] - simple
        return (found["ours"] - simple) / way if way > 0 else None


def judge(name: str, seed: int, size: int, *, methods: bool = False) -> Judged:
    """Play a world, let everything learn from results returned in its first 70 %, and measure on what comes later.

    Args:
        name: One of `CHALLENGES`.
        seed: Seed; it determines the whole output.
        size: Declarations (count).
        methods: Whether public methods learn the same, too, and ours with every label known.

    Raises:
        SettingsError: The world holds too few finds to learn from.
    """
    world = challenge(name, seed, size)
    past = past_of(world.entries, world.results, _TERMS)
    cut = past.rows.day[int(0.7 * len(past.rows.day))]
    taught, later = np.flatnonzero(past.returned <= cut), past.rows.day > cut
    ours = raw_answers(past, taught)
    value = past.features["ln_value"]
    scores = {
        "true rate": world.chance,
        "ours": ours,
        "ours by duty": np.log(1.0 / (1.0 + np.exp(-ours))) + 0.5 * value,
        "importer-rate": np.nan_to_num(past.features["importer_rate"]),
        "value": value,
        "random": np.random.default_rng(seed).random(len(value)),
    }
    of_later, absent = {each: score[later] for each, score in scores.items()}, []
    if methods:
        of_later[_EVERY] = _every_label(world, float(cut))[later]
        split = Split(past=past, taught=taught, later=later, label=world.found, duty=world.duty)
        nodes = nodes_of(world.entries, _TERMS)
        of_later["label spreading"] = spread(nodes, past.place[taught], past.found[taught], ~later)[later]
        of_later["DATE-style, without neural stage"] = _leaves(split, nodes, seed)[later]
        for method, learner in LEARNERS.items():
            try:
                of_later[method] = learner(split, seed)
            except ImportError:
                absent.append(method)
    return Judged(
        world=name,
        seed=seed,
        finds=int(past.found[taught].sum()),
        orders=tuple(_order(each, score, world, later) for each, score in of_later.items()),
        absent=tuple(absent),
    )


def _leaves(split: Split, nodes: tuple[Any, ...], seed: int) -> Floats:
    """Log-odds of all rows by leaves of boosted trees, weighed for each importer and heading."""
    features = np.column_stack([split.past.features[name] for name in COLUMN_NAMES])
    order = split.taught[np.argsort(split.past.returned[split.taught], kind="stable")]
    place, found = split.past.place[order], split.past.found[order]
    leaves = leaves_of(features[place], found.astype(np.float64), features, seed)
    owners = nodes[NODES.index("importer")], nodes[NODES.index("hs4")]
    return learn(leaves, owners, (place, found), seed)


def _every_label(world: Challenge, cut: float) -> Floats:
    """Log-odds of all rows by ours, had every declaration been examined and every result returned within a day."""
    names = ("id", "returned", "found", "offence", "duty_recovered")
    day = world.entries["day"].to_numpy()
    kinds = [str(kind) if found else None for kind, found in zip(world.kinds, world.found, strict=True)]
    columns = (world.entries["id"], day + 1.0, world.found, kinds, world.duty)
    past = past_of(world.entries, pl.DataFrame(dict(zip(names, columns, strict=True))), _TERMS)
    return raw_answers(past, np.flatnonzero(past.returned <= cut))


def _order(name: str, score: Floats, world: Challenge, later: Flags) -> Order:
    found, duty, kinds = world.found[later], world.duty[later], world.kinds[later]
    first = np.argsort(-score, kind="stable")[: max(1, round(0.05 * len(score)))]
    share = float(found[first].mean())
    return Order(
        name=name,
        found=share,
        spread=float(np.sqrt(share * (1 - share) / len(first))),
        revenue=float(duty[first].sum() / max(1.0, duty.sum())),
        kinds={
            kind: float((kinds[first] == kind).sum() / (kinds == kind).sum()) for kind in _OFFENCES if kind in kinds
        },
    )
