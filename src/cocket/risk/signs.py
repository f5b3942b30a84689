# SPDX-License-Identifier: Apache-2.0
"""What an assessment rests on, as facts: what this declaration shows, what the trader's earlier ones showed, what results told.

Each fact has numbers that differ as they are written, and the evidence that they are taken from. Signs of which no single
declaration can be named (found rates of a heading, counts of a seller) are facts without evidence, for `ground` to count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from cocket.risk.features import ROW_NAMES, Entry, Look
from cocket.risk.features.traces import TRACES
from cocket.risk.suspicion import OF_OFFENCE, Exhibit, Fact, Kind, TraderRecord
from cocket.risk.trail import CLEAN, FOUND, MOST_ROWS, OWN, PAST, TraderPast

if TYPE_CHECKING:
    from cocket.risk.assessment import Assessment, Basis
    from cocket.risk.models import Model

#: How far from what is usual a figure must stand to be told (ln): a tenth, and of packages a fifth.
_TENTH, _FIFTH = math.log(1.1), math.log(1.2)

#: The same of a trader's earlier declarations, where several are told in one breath.
_FIFTH_UNDER, _THIRD = math.log(0.8), math.log(1.3)

#: Rarity of a route, and unlikeliness of a word (ln), from which they are told.
_RARE, _ODD_WORD = 0.98, -1.0

#: Part of its distance from what is usual that a figure keeps, at most, under another heading that explains it.
_EXPLAINED: Final = 0.5

#: How much better words fit another heading for it to be named (ln).
_OTHER_HEADING: Final = 1.0

#: Pieces of evidence that one fact names at most (count).
_MOST_EVIDENCE: Final = 100

#: Trace → features of trees that say the same of this declaration.
_OWN_FEATURES: Final[dict[str, tuple[str, ...]]] = {
    "price": ("price_gap", "price_position", "shortfall_at_reference", "own_price_gap", "price_proved_gap"),
    "package": ("package_gap", "package_position", "own_package_gap", "own_package_value_gap", "package_proved_gap"),
    "tare": ("tare_gap", "own_tare_gap"),
    "threshold": (
        "under_threshold", "just_under_threshold", "parted_by_consignee", "parted_by_address", "parted_by_goods", "address_burst",
    ),
    "bill": ("bill_differs", "bill_gross_gap", "bill_packages_gap"),
    "preference": ("preference",),
    "route": ("route_rarity",),
    "words": (
        "text_fit", "text_least_fit", "text_oddity", "text_unknown", "text_meant_gain", "meant_tax_gain", "meant_goods_fit",
        "meant_code_corrections",
    ),
    "same bill": ("bill_rows_30_days",),
    "new number": ("number_new",),
}  # fmt: skip

#: The same of the trader's earlier ones.
_PAST_FEATURES: Final[dict[str, tuple[str, ...]]] = {
    "price": ("phone_price_habit",),
    "package": ("phone_package_habit",),
    "words": ("phone_text_habit",),
    "route": ("phone_route_habit",),
    "bill": ("phone_bill_habit",),
}

#: And of what results told of him.
_RESULT_FEATURES: Final = (
    "importer_rate", "phone_rate", "address_rate", "importer_hs_rate", "importer_examined", "phone_examined", "phone_found",
    "importer_value_correction", "importer_quantity_correction", "importer_code_corrections",
)  # fmt: skip

#: Trace → what it makes suspicious.
_KINDS: Final[dict[str, Kind]] = {
    "price": "value",
    "package": "quantity",
    "tare": "quantity",
    "threshold": "value",
    "bill": "quantity",
    "preference": "origin",
    "route": "origin",
    "words": "code",
}

#: What a bill of lading says otherwise than the declaration: the code and sentence of the cross-check of a dossier, which a
#: table has nobody to make; the figures of both.
_BILL: Final = (
    ("bill-gross-differs", "{found} kg gross are declared, the bill of lading has {expected} kg", "gross_kg", "bill_gross_kg"),
    ("bill-packages-differ", "{found} packages are declared, the bill of lading has {expected}", "packages", "bill_packages"),
)  # fmt: skip

#: What tells of it, as signs are called, and how far apart the figures must be (share).
_OF_BILL: Final = frozenset({OWN + "bill", "bill_differs", "bill_gross_gap", "bill_packages_gap"})
_APART: Final = 0.01

_EPOCH: Final = date(1970, 1, 1)


class _Sign(msgspec.Struct, frozen=True):
    """How one trace of an earlier declaration is told: when it shows, the sentence, and what it showed in per cent, if any."""

    shows: Callable[[float], bool]
    message: str
    percent: Callable[[float], float] | None = None


#: That preferences were claimed is nothing to hold against a trader, so it has no sentence.
#: A sentence over several declarations tells how many, of how many, and the least of what they showed.
_PAST_SIGNS: Final[dict[str, _Sign]] = {
    "price": _Sign(
        lambda ln: ln <= _FIFTH_UNDER,
        "Value per kg {percent_count} % or more under the usual in {some_count} of this trader's {all_count} declarations",
        lambda ln: 100.0 * (1.0 - math.exp(ln)),
    ),
    "package": _Sign(
        lambda ln: abs(ln) >= _THIRD,
        "Mass per package {percent_count} % or more off the usual in {some_count} of this trader's {all_count} declarations",
        lambda ln: 100.0 * (math.exp(abs(ln)) - 1.0),
    ),
    "tare": _Sign(
        lambda ln: abs(ln) >= _TENTH,
        "Gross by net mass {percent_count} % or more off the usual in {some_count} of this trader's {all_count} declarations",
        lambda ln: 100.0 * (math.exp(abs(ln)) - 1.0),
    ),
    "threshold": _Sign(
        lambda share: 0.8 < share <= 1.0,
        "Value just under the threshold of simplified clearance in {some_count} of this trader's {all_count} declarations",
    ),
    "bill": _Sign(
        lambda flag: flag > 0.0,
        "Bill of lading and declaration disagreed in {some_count} of this trader's {all_count} declarations",
    ),
    "route": _Sign(
        lambda rarity: rarity >= _RARE,
        "Sent from a country that goods of that origin seldom come from: {some_count} of this trader's {all_count} declarations",
    ),
    "words": _Sign(
        lambda fit: fit <= _ODD_WORD,
        "Described in words seldom used under that heading: {some_count} of this trader's {all_count} declarations",
    ),
    "same bill": _Sign(
        lambda flag: flag > 0.0,
        "Declared on a bill of lading used before: {some_count} of this trader's {all_count} declarations",
    ),
    "new number": _Sign(
        lambda flag: flag > 0.0, "Under a new importer's number: {some_count} of this trader's {all_count} declarations"
    ),
}


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What signs are told with: the message of the declaration, and the national currency; None where not known."""

    declaration: str | None = None
    currency: str | None = None


def signs_of(
    assessment: Assessment, basis: Basis, model: Model | None, around: Around, pushed: Sequence[float] | None = None
) -> tuple[Fact, ...]:
    """Everything that moved an assessment, as facts with their evidence.

    Args:
        assessment: As `assess` gave it.
        basis: What it rests on.
        model: The model that made it; None if rules alone spoke, whose facts do not weigh.
        around: What they are told with.
        pushed: `model.contributions` of it, where somebody has them already.

    Returns:
        Facts, some with nothing to open (0..n).

    Raises:
        SettingsError: The model is another one than made the assessment.
    """
    papers = (Exhibit(source="paper", id=around.declaration),) if around.declaration else ()
    if model is None or assessment.degraded or basis.place is None:
        return tuple(_by_rules(assessment, basis, papers, around.currency))
    model.must_be(assessment.model_version)
    row = tuple(map(assessment.features.get, ROW_NAMES))
    pushes = dict(zip(ROW_NAMES, model.contributions(row) if pushed is None else pushed, strict=True))
    parts = model.parts(basis.seen, basis.place)
    # what trees take back of the evidence, or add to it, they take of each of its parts alike
    moved = parts.whole - parts.base
    scale = min(2.0, max(0.0, pushes.pop("evidence", 0.0) / moved)) if abs(moved) > 1e-6 else 0.0
    weights = {name: weight * scale for name, weight in parts.weights.items()}
    told = (
        *_results(weights, basis, pushes),
        *_earlier(weights, basis, pushes),
        *_present((weights, pushes), basis, papers, around.currency),
        *_newcomer(assessment, basis, pushes, papers),
    )
    return (
        *map(_as_it_reads, told),
        *(Fact(code=name, message=name, weight=weight) for name, weight in weights.items()),
        *(Fact(code=name, message=name, weight=push) for name, push in pushes.items()),
    )


def _as_it_reads(fact: Fact) -> Fact:
    """A fact that speaks the way its sentence reads; one that a model takes the other way has nothing an officer could follow.

    That examinations found nothing is no reason to examine, nor is a value above the usual one to suspect a low one; and
    what is odd does not speak for a trader.
    """
    if fact.weight is None or fact.speaks_against == _reads_against(fact):
        return fact
    return msgspec.structs.replace(fact, evidence=())


def _reads_against(fact: Fact) -> bool:
    if fact.code == OWN + "price":
        mine, usual = (float(fact.arguments[name].partition(" ")[0]) for name in ("mine_money", "usual_money"))
        return mine > usual
    return fact.code == CLEAN


def with_bill(signs: Sequence[Fact], entry: Entry) -> list[Fact]:
    """The signs of an item; where what they say of the bill of lading speaks for a find, as the fact of what it states.

    For doors without papers to cross-check; where there are any, `conflicts_of` says it of them.
    """
    weight = sum(fact.weight or 0.0 for fact in signs if fact.code in _OF_BILL)
    told = [fact for fact in signs if fact.code not in _OF_BILL]
    for code, message, name, of_bill in _BILL:
        mine, other = getattr(entry, name), getattr(entry, of_bill)
        if weight > 0.0 and mine and other and abs(other / mine - 1.0) > _APART:
            arguments = {"found": f"{mine:.10g}", "expected": f"{other:.10g}"}
            evidence = (Exhibit(source="values", id=entry.id),)
            told.append(
                Fact(code=code, message=message, arguments=arguments, kind="quantity", weight=weight, evidence=evidence)
            )
            break
    return told


def kind_of(families: Mapping[str, float]) -> Kind | None:
    """What the offences that a model takes for likeliest make suspicious; None if they name nothing."""
    parts: dict[Kind, float] = {}
    for family, part in families.items():
        named = OF_OFFENCE.get(family)
        if named is not None:
            parts[named] = parts.get(named, 0.0) + part
    return max(parts, key=lambda one: parts[one], default=None)


def day_of(day: float) -> str:
    """A day number as ISO 8601."""
    return (_EPOCH + timedelta(days=math.floor(day))).isoformat()


def _taken(named: dict[str, float], *names: str) -> float:
    """The sum of some contributions, which are then spoken for."""
    return sum(named.pop(name, 0.0) for name in names)


def _results(weights: dict[str, float], basis: Basis, pushes: dict[str, float]) -> Iterator[Fact]:
    """What examinations of this trader found, and those that found nothing."""
    if not basis.seen.known:  # most traders were never examined, and their rows need not be read
        return
    past = basis.seen.before(MOST_ROWS)
    results, record = _results_of(past), _record(past, basis.seen.first_day())
    if record is None:
        return
    found = {owner: one for owner, one in results.items() if one[1] is not None}
    clean = {owner: one for owner, one in results.items() if one[1] is None}
    rates = _taken(pushes, *_RESULT_FEATURES)
    if found:
        yield Fact(
            code=FOUND,
            message="Examinations of this trader since {since_day}: {found_count} of {all_count} irregular",
            arguments={
                "since_day": record.first_day,
                "found_count": str(record.irregular),
                "all_count": str(record.results),
            },
            kind=_carried_by([offence for _, offence in found.values() if offence]),
            weight=_taken(weights, FOUND) + max(0.0, rates),
            evidence=_in_order(found),
        )
    if clean:
        yield Fact(
            code=CLEAN,
            message="Examinations of this trader that found nothing: {clean_count}, the last on {last_day}",
            arguments={"clean_count": str(len(clean)), "last_day": day_of(max(day for day, _ in clean.values()))},
            weight=_taken(weights, CLEAN) + (rates if not found else min(0.0, rates)),
            evidence=_in_order(clean),
        )


def _carried_by(offences: Sequence[str]) -> Kind | None:
    """What results make suspicious: what more than half of the finds were of; None if there is no such thing."""
    kinds = [OF_OFFENCE.get(offence) for offence in offences]
    return next((one for one in dict.fromkeys(kinds) if one and 2 * kinds.count(one) > len(kinds)), None)


def _results_of(past: TraderPast) -> dict[str, tuple[float, str | None]]:
    """Each declaration of the trader that was examined, with the day its result came back and the offence, if any."""
    results: dict[str, tuple[float, str | None]] = {}
    for told in past.told:
        owner = past.owners[told.place]
        if owner not in results or told.offence is not None:
            results[owner] = (told.returned, told.offence)
    return results


def record_of(basis: Basis) -> TraderRecord | None:
    """What results had said of the trader of a case; None where none had come back."""
    seen = basis.seen
    return _record(seen.before(MOST_ROWS), seen.first_day()) if seen.known else None


def _record(past: TraderPast, since: float | None) -> TraderRecord | None:
    results = _results_of(past)
    if not results:
        return None
    days = [returned for returned, _ in results.values()]
    return TraderRecord(
        results=len(results),
        irregular=sum(offence is not None for _, offence in results.values()),
        first_day=day_of(min(days)),
        last_day=day_of(max(days)),
        declared_since=day_of(past.days[0] if since is None else since),
    )


def _in_order(results: Mapping[str, tuple[float, str | None]]) -> tuple[Exhibit, ...]:
    latest = sorted(results.items(), key=lambda one: (-one[1][0], one[0]))[:_MOST_EVIDENCE]
    return tuple(
        Exhibit(
            source="consignment", id=owner, day=day_of(day), note="{what_offence}", arguments={"what_offence": offence}
        )
        if offence
        else Exhibit(source="consignment", id=owner, day=day_of(day), note="nothing found")
        for owner, (day, offence) in latest
    )


def _earlier(weights: dict[str, float], basis: Basis, pushes: dict[str, float]) -> Iterator[Fact]:
    """What this trader's earlier declarations showed, trace by trace."""
    past = basis.seen.before(MOST_ROWS)
    for place, name in enumerate(TRACES):
        if name not in _PAST_SIGNS:
            continue
        sign = _PAST_SIGNS[name]
        shown = _showing(past, place, sign)
        if not shown:
            continue
        weight = _taken(weights, PAST + name) + _taken(pushes, *_PAST_FEATURES.get(name, ()))
        arguments = {"some_count": str(len(shown)), "all_count": str(len(set(past.owners)))}
        if sign.percent:
            least = min(sign.percent(figure) for _, figure in shown.values())
            arguments["percent_count"] = str(math.floor(least + 1e-9))
        yield Fact(
            code=PAST + name,
            message=sign.message,
            arguments=arguments,
            kind=_KINDS.get(name),
            weight=weight,
            evidence=tuple(_shown(owner, day, figure, sign) for owner, (day, figure) in shown.items())[
                -_MOST_EVIDENCE:
            ][::-1],
        )


def _showing(past: TraderPast, place: int, sign: _Sign) -> dict[str, tuple[float, float]]:
    """Declarations whose trace shows, each once with the figure that shows most, oldest first."""
    shown: dict[str, tuple[float, float]] = {}
    for day, owner, step in zip(past.days, past.owners, past.steps, strict=True):
        figure = step.traces[place]
        if math.isfinite(figure) and sign.shows(figure) and (owner not in shown or abs(figure) > abs(shown[owner][1])):
            shown[owner] = (day, figure)
    return shown


def _shown(owner: str, day: float, figure: float, sign: _Sign) -> Exhibit:
    if sign.percent is None:
        return Exhibit(source="consignment", id=owner, day=day_of(day))
    return Exhibit(
        source="consignment",
        id=owner,
        day=day_of(day),
        note="{off_percent} % off the usual",
        arguments={"off_percent": f"{sign.percent(figure):.0f}"},
    )


def _newcomer(
    assessment: Assessment, basis: Basis, pushes: dict[str, float], papers: tuple[Exhibit, ...]
) -> Iterator[Fact]:
    """That the importer has only just begun, where the rule says so."""
    if "importer-new" not in assessment.rules:
        return
    past = basis.seen.before(MOST_ROWS)
    weight = _taken(pushes, "importer_days", "importer_count")
    if past.days:
        yield Fact(
            code="importer-new",
            message="The importer's first declaration known here is of {first_day}",
            arguments={"first_day": day_of(past.days[0])},
            weight=weight,
            evidence=(Exhibit(source="consignment", id=past.owners[0], day=day_of(past.days[0])),),
        )
    else:
        yield Fact(
            code="importer-new",
            message="No earlier declaration of this importer is known here",
            weight=weight,
            evidence=papers,
        )


def _present(
    named: tuple[dict[str, float], dict[str, float]], basis: Basis, papers: tuple[Exhibit, ...], currency: str | None
) -> Iterator[Fact]:
    """What the item that scored worst shows by itself."""
    place, (weights, pushes) = basis.place or 0, named
    looked = basis.seen.looked
    number = str(looked.facts.items[place].number or place + 1)
    for name in TRACES:
        fact = _of_item(name, _Item(looked.looks[place], number, currency), papers, looked.facts.id)
        if fact is not None:
            weight = _taken(weights, OWN + name) + _taken(pushes, *_OWN_FEATURES[name])
            kind = "code" if _is_of_other_goods(name, looked.looks[place]) else fact.kind
            yield msgspec.structs.replace(fact, weight=weight, kind=kind)


def _is_of_other_goods(trace: str, look: Look) -> bool:
    """Whether a figure that is off for the declared heading is nearly usual under the one that the words mean."""
    names = {"price": ("unit_price", "price_gap"), "package": ("package_mass", "package_gap")}.get(trace)
    if names is None:
        return False
    figure, gap = names
    other = abs(look.figures[figure] - look.figures[f"{figure}_meant"])
    return bool(other < _EXPLAINED * abs(look.figures[gap]))


def _by_rules(
    assessment: Assessment, basis: Basis, papers: tuple[Exhibit, ...], currency: str | None
) -> Iterator[Fact]:
    """What rules alone say of the item each is about: the same facts, without a weight."""
    looks, items = basis.seen.looked.looks, basis.seen.looked.facts.items
    by_number = {
        str(item.number or place): look for place, (look, item) in enumerate(zip(looks, items, strict=True), start=1)
    }
    wanted = {"value-under-peers": "price", "mass-per-package-odd": "package", "route-odd": "route"}
    for reason in assessment.reasons:
        if reason.code not in wanted or not looks:
            continue
        number = reason.arguments.get("item", "")
        look = by_number.get(number, looks[0])
        fact = _of_item(wanted[reason.code], _Item(look, number or "1", currency), papers, assessment.id)
        if fact is not None:
            yield fact
    for fact in _results({}, basis, {}):
        if fact.code == FOUND:
            yield msgspec.structs.replace(fact, weight=None)


class _Item(msgspec.Struct, frozen=True):
    """An item: how it looks, its number as people say it, and the national currency."""

    look: Look
    number: str
    currency: str | None


def _of_item(name: str, item: _Item, papers: tuple[Exhibit, ...], consignment: str) -> Fact | None:
    """What one trace of an item says, where it can be told with figures that differ as they are written."""
    make = _ITEM_SIGNS.get(name)
    told = make(item) if make else None
    if told is None:
        return None
    message, arguments = told
    more = (Exhibit(source="values", id=consignment),) if name == "price" else ()
    return Fact(
        code=OWN + name,
        message=message,
        arguments={"item": item.number, **arguments},
        kind=_KINDS.get(name),
        evidence=(*papers, *more) if papers else (),
    )


_Told = tuple[str, dict[str, str]]


def _price(item: _Item) -> _Told | None:
    mine, usual = item.look.figures["unit_price"], item.look.figures["unit_price_level"]
    message = "Item {item}: value per kg {mine_money}, for such goods usually {usual_money}"
    return _pair((mine, usual, _TENTH), message, ("money", f" {item.currency}" if item.currency else ""))


def _package(item: _Item) -> _Told | None:
    mine, usual = item.look.figures["package_mass"], item.look.figures["package_mass_usual"]
    message = "Item {item}: {mine_kg} a package, for such goods usually {usual_kg}"
    return _pair((mine, usual, _FIFTH), message, ("kg", ""))


def _tare(item: _Item) -> _Told | None:
    mine, usual = item.look.figures["tare"], item.look.figures["tare_usual"]
    if not (math.isfinite(mine) and math.isfinite(usual)) or abs(mine - usual) < _TENTH:
        return None
    written = f"{100 * math.exp(-mine):.0f}", f"{100 * math.exp(-usual):.0f}"
    message = "Item {item}: net mass is {mine_count} % of gross mass, for such goods usually {usual_count} %"
    return (message, {"mine_count": written[0], "usual_count": written[1]}) if written[0] != written[1] else None


def _pair(figures: tuple[float, float, float], message: str, form: tuple[str, str]) -> _Told | None:
    """Two figures (ln) beside each other; None where one is not known, or they do not lie so far apart as to be told."""
    (mine, usual, least), (suffix, unit) = figures, form
    if not (math.isfinite(mine) and math.isfinite(usual)) or abs(mine - usual) < least:
        return None
    one, other = _written(math.exp(mine)), _written(math.exp(usual))
    return (message, {f"mine_{suffix}": one + unit, f"usual_{suffix}": other + unit}) if one != other else None


def _written(figure: float) -> str:
    """A figure with three digits that count, never in powers of ten."""
    digits = max(0, 2 - math.floor(math.log10(figure))) if figure > 0 else 0
    return f"{figure:.{min(digits, 6)}f}"


def _words(item: _Item) -> _Told | None:
    fit, entry = item.look.figures["text_oddity"], item.look.entry
    if not entry.description or "hs4" not in item.look.keys:
        return None
    meant, gain = item.look.keys.get("meant"), item.look.figures["text_meant_gain"]
    if meant is not None and gain >= _OTHER_HEADING:
        message = "Item {item} is described as “{words}”: words usual under heading {other}, not under {heading}"
        heading = str(item.look.keys["hs4"][1])
        return message, {"words": entry.description[:120], "heading": heading, "other": str(meant[1])}
    if not (math.isfinite(fit) and fit <= _ODD_WORD):
        return None
    message = "Item {item} is described as “{words}”: words seldom used under heading {heading}"
    return message, {"words": entry.description[:120], "heading": str(item.look.keys["hs4"][1])}


def _route(item: _Item) -> _Told | None:
    rarity, entry = item.look.figures["route_rarity"], item.look.entry
    if not (math.isfinite(rarity) and rarity >= _RARE) or not entry.origin or not entry.export_country:
        return None
    share = f"{100 * (1.0 - rarity):.1f}"
    message = "Goods of origin {origin} sent from {country}: about {share_count} % of those of that origin are"
    return message, {"origin": entry.origin, "country": entry.export_country, "share_count": share}


def _preference(item: _Item) -> _Told | None:
    entry = item.look.entry
    if not entry.preference or not entry.origin:
        return None
    message = "Item {item}: preference {code} is claimed for origin {origin}: the proof of origin is to be seen"
    return message, {"code": entry.preference, "origin": entry.origin}


def _threshold(item: _Item) -> _Told | None:
    share = item.look.figures["under_threshold"]
    if not (math.isfinite(share) and 0.8 < share <= 1.0):
        return None
    message = "Item {item}: the value is {share_count} % of the threshold of simplified clearance"
    return message, {"share_count": f"{100 * share:.0f}"}


def _new_number(item: _Item) -> _Told | None:
    if item.look.figures["number_new"] != 1.0:
        return None
    return "The importer's number is new, its telephone number is known from others", {}


_ITEM_SIGNS: Final[dict[str, Callable[[_Item], _Told | None]]] = {
    "price": _price,
    "package": _package,
    "tare": _tare,
    "words": _words,
    "route": _route,
    "preference": _preference,
    "threshold": _threshold,
    "new number": _new_number,
}
