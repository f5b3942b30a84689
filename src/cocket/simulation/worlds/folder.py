# SPDX-License-Identifier: Apache-2.0
"""A world on disk: what everybody may see beside a folder of its own for the truth.

`read_public` never opens the folder `truth`; whatever learns or scores uses it. `read_truth_of` opens nothing else; only
evaluations use it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import polars as pl

from cocket.errors import StoreError, UnreadableError
from cocket.simulation.worlds.hardness import Hardness, measure
from cocket.simulation.worlds.parameters import WORLD_VERSION, World
from cocket.simulation.worlds.run import Progress, Tables, make_tables

Format = Literal["parquet", "csv"]

PUBLIC = ("declarations", "selections", "results", "manifests", "tariff", "crossing")
_TRUTH = {"truth": "declarations", "schemes": "schemes"}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody may know of a world: `world.json` of its folder.

    Attributes:
        world: Name.
        version: `WORLD_VERSION` of the code that made it.
        digest: SHA-256 of version and parameters.
        seed: Seed.
        first_day: First day, ISO 8601.
        days: Length of the stretch.
        declarations: Declarations (count).
        threshold: Customs value under which clearance is simplified, national currency.
        format: `parquet` or `csv`.
    """

    world: str
    version: int
    digest: str
    seed: int
    first_day: str
    days: int
    declarations: int
    threshold: float
    format: Format


class Public(msgspec.Struct, frozen=True, kw_only=True):
    """The public tables of a folder; attributes as in `Tables`."""

    about: About
    declarations: pl.DataFrame
    selections: pl.DataFrame
    results: pl.DataFrame
    crossing: pl.DataFrame


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a run made: `about` of it, and how hard the world is."""

    about: About
    hardness: Hardness


def simulate_table(
    world: World, out: Path, progress: Progress | None = None, *, name: str, form: Format = "parquet"
) -> Made:
    """Make a world and write it down.

    Args:
        world: Its parameters; the same give the same tables.
        out: Folder to write to; made if absent.
        progress: Told how far it is; None to work in silence.
        name: Name of the world.
        form: `parquet` or `csv`.

    Returns:
        What was made. `out` then holds `world.json`, the public tables, and the folder `truth` with the truth about each
        declaration, the traders' schemes, the parameters and how hard the world is.

    Raises:
        StoreError: The folder cannot be written.
    """
    from cocket.simulation.worlds.market import THRESHOLD

    tables = make_tables(world, progress)
    hardness = measure(tables)
    about = About(world=name, version=WORLD_VERSION, digest=world.digest, seed=world.seed,
        first_day=world.start.isoformat(), days=world.days, declarations=world.size, threshold=THRESHOLD,
        format=form)  # fmt: skip
    try:
        _write(tables, out, form)
        (out / "world.json").write_bytes(_json(about))
        (out / "truth/parameters.json").write_bytes(_json(world))
        (out / "truth/hardness.json").write_bytes(_json(hardness))
    except OSError as error:
        raise StoreError(f"The world cannot be written to {out}: {error.strerror}.", code="simulation-write") from error
    return Made(about=about, hardness=hardness)


def read_public(folder: Path) -> Public:
    """The public tables of a world's folder, without a look at the truth.

    Raises:
        UnreadableError: The folder holds no world, or one of its tables cannot be read.
    """
    try:
        about = msgspec.json.decode((folder / "world.json").read_bytes(), type=About)
        tables = {
            name: _read(folder / f"{name}.{about.format}")
            for name in ("declarations", "selections", "results", "crossing")
        }
    except (OSError, msgspec.MsgspecError, pl.exceptions.PolarsError) as error:
        raise UnreadableError(f"{folder} contains no readable world: {error}", code="world-unreadable") from error
    return Public(about=about, **tables)


def read_truth_of(folder: Path) -> pl.DataFrame:
    """The truth about each declaration of a world's folder: `id, label, duty, scheme, p_bayes`. For evaluations only.

    Raises:
        UnreadableError: There is no such table.
    """
    for form in ("parquet", "csv"):
        path = folder / "truth" / f"declarations.{form}"
        if path.is_file():
            return _read(path)
    raise UnreadableError(f"{folder} contains no ground truth.", code="truth-unreadable")


def _write(tables: Tables, out: Path, form: Format) -> None:
    (out / "truth").mkdir(parents=True, exist_ok=True)
    places = {name: out / name for name in PUBLIC} | {name: out / "truth" / file for name, file in _TRUTH.items()}
    for name, place in places.items():
        table: pl.DataFrame = getattr(tables, name)
        if form == "csv":
            table.write_csv(place.with_suffix(".csv"), datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
        else:
            table.write_parquet(place.with_suffix(".parquet"), compression="zstd")


#: Columns of the tables that a reader of CSV would take for something else.
_TEXTS = (
    "id", "hs6", "to_hs6", "hs_edition", "from_edition", "to_edition", "preference", "transport_document", "manifest",
    "offence", "scheme", "rule",
)  # fmt: skip
_TIMES = ("registered", "examined", "returned", "arrived")


def _read(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    table = pl.read_csv(path, schema_overrides=dict.fromkeys(_TEXTS, pl.String), infer_schema_length=None)
    times = [
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC")
        for name in _TIMES
        if name in table.columns
    ]
    return table.with_columns(times)


def _json(value: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
