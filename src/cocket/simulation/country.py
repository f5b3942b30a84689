# SPDX-License-Identifier: Apache-2.0
"""One run of a synthetic country: papers for the host and from the traders, its past, and the truth apart."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import msgspec

from cocket.errors import StoreError
from cocket.model import BillOfLading, Declaration
from cocket.risk import Case, PastCase, facts_of
from cocket.simulation.host import Decision, Result, decide, examine
from cocket.simulation.papers import (
    Transport,
    bill,
    containers,
    manifest,
    own_reference,
    sad,
    vessel_of,
    wco_declaration,
)
from cocket.simulation.parameters import Parameters
from cocket.simulation.people import OFFICES, PORTS, People, settle
from cocket.simulation.trade import CURRENCY, Trade, trade
from cocket.standards import write

#: Called with the work done and the work in all.
Progress = Callable[[int, int], None]

_SERIAL = "C"
_BILLS_A_MANIFEST = 14

_LANES = ("office", "year", "serial", "number", "lane", "decided", "override", "override_reason", "criteria")
_RESULTS = ("examined_on", "depth", "found", "offence", "duty_recovered", "currency", "returned")
_KEY = _LANES[:4]
_TRUTH = ("id", "label", "duty", "scheme", "p_bayes")


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run made.

    Attributes:
        world: Name of the world.
        seed: Seed.
        history: Declarations of the past (count).
        history_frauds: Of them fraudulent (count).
        declarations: Declarations in the host's folder (count).
        lodged: Declarations for traders to lodge themselves (count).
        manifests: Manifests in the host's folder (count).
        frauds: Fraudulent ones among the live declarations (count).
        examined: Live declarations that the host sent to examination (count).
    """

    world: str
    seed: int
    history: int
    history_frauds: int
    declarations: int
    lodged: int
    manifests: int
    frauds: int
    examined: int


class _Filed(msgspec.Struct, frozen=True, kw_only=True):
    """One declaration with its number, and what the host did with it; a trader's own has no decision."""

    id: str
    trade: Trade
    number: int
    decision: Decision | None
    result: Result | None


def simulate(
    parameters: Parameters, out: Path, progress: Progress | None = None, *, world: str = "alphaland"
) -> Summary:
    """Make a stretch of trade and write it down.

    Args:
        parameters: The country and the stretch; the same parameters give the same bytes.
        out: Folder to write to; made if absent.
        progress: Told how far it is; None to work in silence.
        world: Name of the world, for the summary.

    Returns:
        What was made. `out` then holds `host/` (manifests, SADs, lanes, results), `lodge/` (WCO declarations with their
        senders), `history/` (the past as a table) and, apart from all that, `truth/`.

    Raises:
        StoreError: The folder cannot be written.
    """
    people = settle(parameters)
    past, live = trade(parameters, people)
    dice = Random(f"{parameters.seed}:host")
    numbers: Counter[tuple[int, int]] = Counter()
    own = Random(f"{parameters.seed}:lodged")
    history = [_file(dice, each, numbers, parameters) for each in past]
    present = [
        _lodged(each, n) if own.random() < parameters.lodged_directly else _file(dice, each, numbers, parameters)
        for n, each in enumerate(live, start=1)
    ]
    step = _Step(progress, len(history) + len(present))
    try:
        _write_history(out / "history", people, history, step)
        manifests = _write_papers(out, people, present, Random(f"{parameters.seed}:cargo"), step)
        _write_host_tables(out / "host", present)
        _write_truth(out / "truth", history, present)
    except OSError as error:
        raise StoreError(
            f"The simulation cannot be written to {out}: {error.strerror}.", code="simulation-write"
        ) from error
    return Summary(
        world=world,
        seed=parameters.seed,
        history=len(history),
        history_frauds=sum(each.trade.scheme is not None for each in history),
        declarations=sum(each.decision is not None for each in present),
        lodged=sum(each.decision is None for each in present),
        manifests=manifests,
        frauds=sum(each.trade.scheme is not None for each in present),
        examined=sum(each.decision is not None and each.decision.final == "red" for each in present),
    )


class _Step:
    """Counts the work done and tells of it now and then."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self) -> None:
        self._done += 1
        if self._progress is not None and (self._done % 250 == 0 or self._done == self._total):
            self._progress(self._done, self._total)


def _file(dice: Random, each: Trade, numbers: Counter[tuple[int, int]], parameters: Parameters) -> _Filed:
    """Register a declaration at the host and let it decide."""
    key = (each.office, each.moment.year)
    numbers[key] += 1
    decision = decide(dice, each, parameters.random_share)
    name = f"{OFFICES[each.office].code}/{each.moment.year}/{_SERIAL}/{numbers[key]}"
    return _Filed(
        id=name, trade=each, number=numbers[key], decision=decision, result=examine(dice, each, decision.final)
    )


def _lodged(each: Trade, number: int) -> _Filed:
    """A declaration that its trader lodges himself; no host has seen it yet."""
    return _Filed(id=own_reference(each, number), trade=each, number=number, decision=None, result=None)


def _write_history(folder: Path, people: People, filed: Sequence[_Filed], step: _Step) -> None:
    encode = msgspec.json.Encoder(decimal_format="string").encode
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "declarations.ndjson").open("wb") as lines:
        for each in filed:
            lines.write(encode(_past_case(people, each)) + b"\n")
            step()
    results = ((each.id, *_result_row(each.result)) for each in filed if each.result)
    _write_table(folder / "results.csv", ("id", *_RESULTS), results)


def _past_case(people: People, each: _Filed) -> PastCase:
    declaration = sad(each.trade, each.number, people.brokers[each.trade.broker], None)
    facts = facts_of(declaration, each.id, each.trade.moment)
    lines = each.trade.lines
    facts = msgspec.structs.replace(
        facts,
        bill_gross_kg=sum(line.gross_kg for line in lines) + each.trade.extra_kg,
        bill_packages=float(sum(line.packages for line in lines) + each.trade.extra_packages),
    )
    return PastCase(
        case=Case(facts=facts, differences=differences_of(each.trade)),
        lane=each.decision.final if each.decision else None,
        propensity=each.decision.propensity if each.decision else None,
    )


def differences_of(each: Trade) -> tuple[str, ...]:
    """What the cross-checks of the dossier will say of declaration and bill of lading."""
    packages = ("bill-packages-differ",) if each.extra_packages else ()
    return (*packages, "bill-gross-differs") if each.extra_kg else packages


def _write_papers(out: Path, people: People, filed: Sequence[_Filed], dice: Random, step: _Step) -> int:
    """Write manifests and declarations; gives the number of manifests."""
    for name in ("host/manifest", "host/sad", "lodge"):
        (out / name).mkdir(parents=True, exist_ok=True)
    senders = []
    voyages = _voyages(filed)
    for number, group in enumerate(voyages, start=1):
        office, arrival = group[0].trade.office, group[0].trade.moment - timedelta(hours=20)
        vessel = vessel_of(office, number)
        bills: list[BillOfLading] = []
        for line, each in enumerate(group, start=1):
            transport = Transport(
                bill=f"CKT{number:04d}{line:04d}",
                manifest=f"{arrival:%Y} {number}",
                vessel=vessel,
                equipment=containers(dice, each.trade),
                loading=PORTS[each.trade.export],
            )
            bills.append(bill(each.trade, line, transport))
            sender = _write_declaration(out, people, each, transport)
            senders += [sender] if sender else []
            step()
        paper = manifest(office, number, arrival, tuple(bills), vessel)
        (out / f"host/manifest/{number:04d}.xml").write_bytes(write(paper, "asycuda-awmds"))
    _write_table(out / "lodge/senders.csv", ("file", "sender"), sorted(senders))
    return len(voyages)


def _voyages(filed: Sequence[_Filed]) -> list[list[_Filed]]:
    """Consignments of one office that come together, in the order of time."""
    groups: list[list[_Filed]] = []
    for office in range(len(OFFICES)):
        here = [each for each in filed if each.trade.office == office]
        groups += [here[start : start + _BILLS_A_MANIFEST] for start in range(0, len(here), _BILLS_A_MANIFEST)]
    return sorted(groups, key=lambda group: group[0].trade.moment)


def _write_declaration(out: Path, people: People, each: _Filed, transport: Transport) -> tuple[str, str] | None:
    """Write one declaration where it belongs; gives file and sender of one that its trader lodges himself."""
    document: Declaration
    if each.decision is not None:
        document = sad(each.trade, each.number, people.brokers[each.trade.broker], transport)
        file = f"{OFFICES[each.trade.office].code}-{each.trade.moment.year}-{_SERIAL}-{each.number:06d}.xml"
        (out / "host/sad" / file).write_bytes(write(document, "asycuda-sad"))
        return None
    document = wco_declaration(each.trade, each.number, transport)
    file = each.id.replace("/", "-") + ".xml"
    (out / "lodge" / file).write_bytes(write(document, "wco-dm"))
    return file, each.trade.importer.id


def _write_host_tables(folder: Path, filed: Sequence[_Filed]) -> None:
    registered = [each for each in filed if each.decision is not None]
    lanes = (
        (*each.id.split("/"), each.decision.lane, _time(each.decision.decided), each.decision.override or "",
         each.decision.override_reason or "", ";".join(each.decision.criteria))
        for each in registered if each.decision
    )  # fmt: skip
    _write_table(folder / "selectivity.csv", _LANES, lanes)
    results = ((*each.id.split("/"), *_result_row(each.result)) for each in registered if each.result)
    _write_table(folder / "results.csv", (*_KEY, *_RESULTS), results)


def _result_row(result: Result | None) -> tuple[str, ...]:
    if result is None:
        return ("",) * len(_RESULTS)
    found = "" if result.found is None else str(result.found).lower()
    recovered = "" if result.found is None else f"{result.duty_recovered:.2f}"
    return (
        result.examined.date().isoformat(),
        result.depth,
        found,
        result.offence or "",
        recovered,
        CURRENCY if recovered else "",
        _time(result.returned),
    )


def _write_truth(folder: Path, history: Sequence[_Filed], present: Sequence[_Filed]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, filed in (("history", history), ("live", present)):
        rows = (
            (each.id, str(int(each.trade.scheme is not None)), f"{each.trade.duty:.2f}", each.trade.scheme or "",
             f"{each.trade.p_bayes:.6f}")
            for each in filed
        )  # fmt: skip
        _write_table(folder / f"{name}.csv", _TRUTH, rows)


def _write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _time(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat()
