# SPDX-License-Identifier: Apache-2.0
"""The whole protocol: paired seeds of unseen worlds, each strategy on the same world, baselines, the public set."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import msgspec

from cocket.errors import SettingsError, StoreError
from cocket.simulation.protocol.baselines import Row, compare
from cocket.simulation.protocol.figures import Figures, Looks, Mean, figures_of, looks_of, mean_of
from cocket.simulation.protocol.public import PublicRow, public_rows
from cocket.simulation.protocol.rounds import Plan, Strategy, play
from cocket.simulation.protocol.unseen import TUNED, UNCOUNTED, draw_world
from cocket.simulation.worlds.hardness import Hardness
from cocket.simulation.worlds.parameters import WORLD_VERSION

#: Called with the parts done and the parts in all.
Progress = Callable[[int, int], None]

#: What is asked of a figure that stands beside another.
SHOWN = "shown beside"

#: World → strategies played in it, and the share of weeks in which the host's results teach.
PLAYED: dict[str, tuple[tuple[Strategy, ...], float]] = {
    "stable": (("exploit", "adaptive"), 0.15),
    "drift": (("exploit", "adaptive"), 0.15),
    "collapse": (("exploit", "adaptive"), 0.28),
    "noise": (("adaptive",), 0.15),
}


class Protocol(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be run.

    Attributes:
        seeds: Seeds of unseen worlds (1..n); eight and more give intervals worth having.
        size: Declarations a world whose weeks are played (count).
        table: Declarations of the stable world whose table all learn at once (count).
        worlds: Worlds to play.
        baselines: Whether others learn the stable world's table too.
        budget: Share of a week's declarations examined (0–1).
        public: Folder of the public set; None to leave it out.
        rivals: Other ways to explore, played in every world beside ours (0..n).
    """

    seeds: tuple[int, ...] = tuple(range(TUNED + 1, TUNED + 9))
    size: int = 40_000
    table: int = 80_000
    worlds: tuple[str, ...] = tuple(PLAYED)
    baselines: bool = True
    budget: float = 0.05
    public: str | None = None
    rivals: tuple[Strategy, ...] = ()

    def strategies(self, world: str) -> tuple[Strategy, ...]:
        """What is played in a world: ours, then the rivals (1..n)."""
        ours = PLAYED[world][0]
        return (*ours, *(one for one in self.rivals if one not in ours))

    @property
    def digest(self) -> str:
        """Of all that a part depends on beside its world and seed, hexadecimal."""
        settings = msgspec.json.encode((WORLD_VERSION, self.size, self.table, self.baselines, self.budget, self.rivals))
        return hashlib.sha256(settings).hexdigest()[:12]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One world of one seed: how hard it is, figures by strategy, looks of the last of ours; of the stable world also the
    rows of the baselines, and how hard the `table` they learnt is.
    """

    world: str
    seed: int
    thrown: int
    hardness: Hardness
    figures: dict[str, Figures]
    looks: Looks
    baselines: tuple[Row, ...] = ()
    table: Hardness | None = None
    absent: tuple[str, ...] = ()


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """A world of a seed that was left out, and `why` in words."""

    world: str
    seed: int
    why: str


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A figure against what is asked of it: `asked` in words, `mean` over seeds, whether it `holds`."""

    name: str
    asked: str
    mean: Mean
    holds: bool


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What the protocol found.

    Attributes:
        version: Edition of the worlds.
        protocol: What was run.
        claims: Figures against what is asked.
        means: World → strategy → figure → mean over seeds.
        baselines: Way → figure → mean over seeds, stable world.
        absent: Baselines left out for want of a library.
        public: The public set's rows; nothing is claimed from them.
        parts: Every world of every seed that counts.
        skipped: Those left out, for no draw around the world counted.
    """

    version: int
    protocol: Protocol
    claims: tuple[Claim, ...]
    means: dict[str, dict[str, dict[str, Mean]]]
    baselines: dict[str, dict[str, Mean]]
    absent: tuple[str, ...]
    public: tuple[PublicRow, ...]
    parts: tuple[Part, ...]
    skipped: tuple[Skipped, ...] = ()


def evaluate(protocol: Protocol, progress: Progress | None = None, jobs: int = 1, keep: Path | None = None) -> Report:
    """Run the protocol; a seed of which no world counts is skipped and told in the report.

    Args:
        protocol: What is to be run.
        progress: Told how far it is; None to work in silence.
        jobs: Processes (count).
        keep: Folder for parts that are done: a later run of the same code goes on from them. None to keep none.

    Raises:
        StoreError: The folder cannot be written.
    """
    tasks = [(protocol, name, seed, keep) for seed in protocol.seeds for name in protocol.worlds]
    done: list[Part | Skipped] = []

    def step(part: Part | Skipped) -> None:
        done.append(part)
        if progress is not None:
            progress(len(done), len(tasks))

    if jobs > 1:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
            os.environ.setdefault(name, "1")
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            for part in pool.map(_part, tasks):
                step(part)
    else:
        for task in tasks:
            step(_part(task))
    public = public_rows(Path(protocol.public)) if protocol.public else ()
    return report_of(protocol, done, public)


def report_of(protocol: Protocol, done: Sequence[Part | Skipped], public: tuple[PublicRow, ...]) -> Report:
    """Gather the parts into a report."""
    parts = [part for part in done if isinstance(part, Part)]
    means: dict[str, dict[str, dict[str, Mean]]] = {
        world: {
            strategy: _means([part.figures[strategy] for part in parts if part.world == world])
            for strategy in protocol.strategies(world)
        }
        for world in protocol.worlds
    }
    rows: dict[str, list[Row]] = {}
    for part in parts:
        for row in part.baselines:
            rows.setdefault(row.name, []).append(row)
    figures = ("p5", "to_bayes", "p10", "recall10", "rev5", "auc")
    return Report(
        version=WORLD_VERSION,
        protocol=protocol,
        claims=_claims(parts, rows),
        means=means,
        baselines={
            name: {figure: mean_of([getattr(row, figure) for row in those]) for figure in figures}
            for name, those in rows.items()
        },
        absent=tuple(sorted({name for part in parts for name in part.absent})),
        public=public,
        parts=tuple(parts),
        skipped=tuple(each for each in done if isinstance(each, Skipped)),
    )


def _part(task: tuple[Protocol, str, int, Path | None]) -> Part | Skipped:
    _, name, seed, _ = task
    try:
        return _kept_part(task)
    except SettingsError as error:
        if error.code != UNCOUNTED:
            raise
        return Skipped(world=name, seed=seed, why=str(error))


def _kept_part(task: tuple[Protocol, str, int, Path | None]) -> Part:
    protocol, name, seed, keep = task
    if keep is None:
        return _play_part(protocol, name, seed)
    place = keep / f"{name}-{seed}-{protocol.digest}.json"
    try:
        return msgspec.json.decode(place.read_bytes(), type=Part)
    except (OSError, msgspec.MsgspecError):
        part = _play_part(protocol, name, seed)
    try:
        keep.mkdir(parents=True, exist_ok=True)
        place.write_bytes(msgspec.json.encode(part))
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror}.", code="file-unwritable") from error
    return part


def _play_part(protocol: Protocol, name: str, seed: int) -> Part:
    drawn = draw_world(name, seed, protocol.size)
    has_table = protocol.baselines and name == "stable"
    table = draw_world(name, seed, protocol.table) if has_table else None
    ours, warm = PLAYED[name]
    plan = Plan(budget=protocol.budget, warm=warm)
    figures: dict[str, Figures] = {}
    looks: Looks | None = None
    for strategy in protocol.strategies(name):
        played = play(drawn.tables, strategy, plan, seed)
        figures[strategy] = figures_of(drawn.world, drawn.tables, played)
        if strategy in ours:
            looks = looks_of(drawn.tables, played)
    rows, absent = compare(table.tables, seed) if table else ((), ())
    if looks is None:
        raise ValueError(name)
    return Part(world=name, seed=seed, thrown=drawn.thrown, hardness=drawn.hardness, figures=figures, looks=looks,
        baselines=rows, absent=absent, table=table.hardness if table else None)  # fmt: skip


def _means(figures: Sequence[Figures]) -> dict[str, Mean]:
    names = [name for name in Figures.__struct_fields__ if name != "fifth_hits"]
    means = {name: mean_of([getattr(each, name) for each in figures]) for name in names}
    weeks = [_weeks(each) for each in figures]
    if any(math.isfinite(week) for week in weeks):
        means["weeks_to_fifth_hit"] = mean_of(weeks)
    return means


#: Weeks that a scheme never found five times is counted with.
_NEVER = 60.0


def _weeks(figures: Figures) -> float:
    """Median weeks to the fifth hit over the schemes that started, unfinished ones counted as never; NaN without any."""
    weeks = sorted(_NEVER if week is None else week for week in figures.fifth_hits.values())
    if not weeks:
        return float("nan")
    return (weeks[(len(weeks) - 1) // 2] + weeks[len(weeks) // 2]) / 2


def _claims(parts: Sequence[Part], rows: dict[str, list[Row]]) -> tuple[Claim, ...]:
    claims = []
    ours = [row.to_bayes for row in rows.get("layered (ours)", [])]
    if ours:
        mean = mean_of(ours)
        claims.append(
            Claim(
                name="Stable: hits over the best possible score's, top 5 %, both knowing the host's results",
                asked="≥ 0.95",
                mean=mean,
                holds=_at_least(0.95)(mean),
            )
        )
    for name, asked, world, figure, holds in _ASKED:
        those = [part for part in parts if part.world == world]
        if those:
            mean = mean_of([figure(part) for part in those])
            claims.append(Claim(name=name, asked=asked, mean=mean, holds=holds(mean)))
    clean, dirty = rows.get("layered (ours)", []), rows.get("ours, 5% of results flipped", [])
    if clean and dirty:
        mean = mean_of([one.recall10 - other.recall10 for one, other in zip(clean, dirty, strict=True)])
        claims.append(
            Claim(
                name="Poisoning: 5 % of results flipped",
                asked="≤ 0.05 of top-decile recall",
                mean=mean,
                holds=_at_most(0.05)(mean),
            )
        )
    return tuple(claims)


def _of(figure: str, strategy: str = "adaptive") -> Callable[[Part], float]:
    return lambda part: float(getattr(part.figures[strategy], figure))


def _difference(figure: str) -> Callable[[Part], float]:
    return lambda part: _of(figure)(part) - _of(figure, "exploit")(part)


def _at_least(value: float) -> Callable[[Mean], bool]:
    return lambda mean: mean.value is not None and mean.value >= value


def _at_most(value: float) -> Callable[[Mean], bool]:
    return lambda mean: mean.value is not None and mean.value <= value


Asked = tuple[str, str, str, Callable[[Part], float], Callable[[Mean], bool]]

_ASKED: tuple[Asked, ...] = (
    ("Stable, week after week: the same, ours knowing its own results alone", SHOWN, "stable", _of("to_bayes"),
     lambda _: True),
    ("Stable: adaptive − exploit, hits over all", "≥ −1 SE", "stable", _difference("norm_pre"),
     lambda mean: mean.value is not None and mean.value >= -(mean.se or 0.0)),
    ("Stable: precision over the best frontier's at equal revenue", "≥ 0.95", "stable", _of("frontier"), _at_least(0.95)),
    ("Stable: calibration error", "≤ 0.02", "stable", _of("ece"), _at_most(0.02)),
    ("Stable: the same without the random quota", SHOWN, "stable", _of("ece_biased"), lambda _: True),
    ("Stable: mean |p − best p| among the selected", "≤ 0.05", "stable", _of("gap"), _at_most(0.05)),
    ("Stable: the same without the random quota", SHOWN, "stable", _of("gap_biased"), lambda _: True),
    ("Drift: hits over a selector's that knows the truth", "≥ 0.75", "drift", _of("norm_pre"), _at_least(0.75)),
    ("Drift: the same of the best possible score", SHOWN, "drift", _of("bayes_pre"), lambda _: True),
    ("Drift: revenue over a selector's that knows the truth", "≥ 0.70", "drift", _of("norm_rev"), _at_least(0.70)),
    ("Drift: median weeks to a new scheme's fifth hit, adaptive − exploit", "≤ 1", "drift",
     lambda part: _weeks(part.figures["adaptive"]) - _weeks(part.figures["exploit"]), _at_most(1.0)),
    ("Collapse: adaptive over exploit-only, hits", "≥ 3", "collapse",
     lambda part: part.figures["adaptive"].norm_pre / max(1e-9, part.figures["exploit"].norm_pre), _at_least(3.0)),
)  # fmt: skip
