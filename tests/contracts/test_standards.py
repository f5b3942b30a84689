# SPDX-License-Identifier: Apache-2.0
"""The contract suite of the standards: every one in `STANDARDS`, over every sample of ours."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from cocket import standards
from cocket.model import Declaration, Manifest, Reading
from cocket.standards import STANDARDS, Options, Source, Standard
from tests.contracts.standard import (
    keeps_the_unknown,
    keeps_what_it_reads,
    reading_of,
    survives_mutations,
)

SAMPLES = Path(__file__).resolve().parents[1] / "samples"

#: Samples of what is neither XML nor EDIFACT; JSON beside other samples is no message.
_SUFFIXES = {
    "certificate": (".json", ".sd-jwt"),
    **dict.fromkeys(("epcis", "dcsa", "one-record", "uncefact"), (".json",)),
}

#: Standards whose messages are JSON forms of our own.
_FORMS = ("postal-", "low-value", "express-", "fal-")


def samples_of(standard: Standard) -> list[Path]:
    """Our samples of a standard, under its name."""
    is_form = standard.name.startswith(_FORMS)
    suffixes = (".json",) if is_form else _SUFFIXES.get(standard.name, (".xml", ".edi", ".txt"))
    return sorted(path for path in (SAMPLES / standard.name).rglob("*") if path.suffix in suffixes)


CASES = [pytest.param(s, path, id=f"{s.name}/{path.stem}") for s in STANDARDS for path in samples_of(s)]
EACH = [pytest.param(standard, id=standard.name) for standard in STANDARDS]


@pytest.mark.parametrize(("standard", "path"), CASES)
def test_a_sample_is_recognised_as_its_own_standard(standard: Standard, path: Path) -> None:
    assert standards.recognise(path.read_bytes())[0].name == standard.name


@pytest.mark.parametrize(("standard", "path"), CASES)
def test_what_is_read_and_written_reads_the_same(standard: Standard, path: Path) -> None:
    keeps_what_it_reads(standard, path.read_bytes())


@pytest.mark.parametrize(("standard", "path"), CASES)
def test_unknown_fields_survive(standard: Standard, path: Path) -> None:
    keeps_the_unknown(standard, path.read_bytes())


@pytest.mark.parametrize("standard", EACH)
def test_two_thousand_mutations_raise_only_errors_of_ours(standard: Standard) -> None:
    survives_mutations(standard, [path.read_bytes() for path in samples_of(standard)], 2000, seed=1)


@pytest.mark.parametrize("standard", EACH)
def test_reading_leaves_no_trace_between_messages(standard: Standard) -> None:
    data = [path.read_bytes() for path in samples_of(standard)]
    alone = [reading_of(standard, one) for one in data]
    assert [reading_of(standard, one) for one in reversed(data)] == alone[::-1]


# ── Controls: a standard that breaks a promise is found ──────────────────────────────────────────────────────────────

SAMPLE = b"<Toy><Id>A</Id><Mass>12</Mass><Place>X</Place></Toy>"


def toy(**changes: object) -> Standard:
    """A standard of three fields that keeps every promise, unless changed."""

    def read(source: Source, options: Options) -> Reading:
        root = source.root
        fields = {child.tag: child.text for child in root if isinstance(child.tag, str)}
        return Reading(
            outcome="accepted",
            document=Declaration(id=fields.get("Id"), type_code=";".join(f"{k}={v}" for k, v in fields.items())),
        )

    def write(document: Declaration | Manifest) -> bytes:
        fields = [part.partition("=") for part in (document.type_code or "").split(";")]  # type: ignore[union-attr]
        return ("<Toy>" + "".join(f"<{k}>{v}</{k}>" for k, _, v in fields) + "</Toy>").encode()

    whole = Standard(name="toy", title="Toy", recognises=lambda _: True, read=read, write=write, profiles=("toy",))
    return msgspec.structs.replace(whole, **changes)


def test_a_toy_that_keeps_its_promises_passes() -> None:
    keeps_what_it_reads(toy(), SAMPLE)
    keeps_the_unknown(toy(), SAMPLE)
    survives_mutations(toy(), [SAMPLE], 200, seed=1)


def test_a_writer_that_loses_a_field_is_found() -> None:
    forgetful = toy(write=lambda _: b"<Toy><Id>A</Id></Toy>")
    with pytest.raises(AssertionError, match="reads differently"):
        keeps_what_it_reads(forgetful, SAMPLE)
    with pytest.raises(AssertionError, match="lost"):
        keeps_the_unknown(forgetful, SAMPLE)


def test_a_reader_that_trips_is_found() -> None:
    def trips(source: Source, options: Options) -> Reading:
        return Reading(outcome="accepted", document=Declaration(items_declared=int(source.root.findtext("Mass"))))

    with pytest.raises(AssertionError, match="raised"):
        survives_mutations(toy(read=trips), [SAMPLE], 200, seed=1)


def test_a_reader_that_refuses_without_a_finding_is_found() -> None:
    with pytest.raises(AssertionError, match="outcome against findings"):
        survives_mutations(toy(read=lambda *_: Reading(outcome="refused")), [SAMPLE], 20, seed=1)
