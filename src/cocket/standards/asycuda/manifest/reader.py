# SPDX-License-Identifier: Apache-2.0
"""The file of a manifest, degroupage, co-loader's manifest or append → the model."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cocket.findings import Finding, Gathered
from cocket.model import BillOfLading, Extension, Manifest, Reading, Reference
from cocket.standards.asycuda.form import form_of
from cocket.standards.asycuda.manifest.fields import BILL, DEGROUPAGE, MANIFEST, MANIFEST_OUTLINE
from cocket.standards.asycuda.manifest.rules import Cargo, check
from cocket.standards.asycuda.manifest.tally import Tally
from cocket.standards.asycuda.mapping import in_order
from cocket.standards.asycuda.profiles import PREFIX, Dialect, Profile, choose
from cocket.standards.asycuda.sheet import Paper, Sheet
from cocket.standards.kind import Options, Source

NAME = "asycuda-awmds"

#: A house bill's master where a degroupage states it, though it goes without saying; and whether the house bill is
#: itself consolidated, which its level no longer tells.
MASTER = "Bol_id/Master_bol_ref_number"
CONSOLIDATED = "Consolidated_Cargo"

Kind = Literal["whole", "degroupage", "append", "co-loader"]

#: Root by kind. The root of an append is known by name only: no description of what is in it was found but that it
#: names the manifest and has bills, so it is read as a manifest is.
ROOTS: dict[Kind, str] = {"whole": "Awmds", "degroupage": "Awbolds", "append": "Awappend", "co-loader": "Awmcds"}

_KINDS = {root.lower(): kind for kind, root in ROOTS.items()}
_UNOFFICIAL = "AsycudaWorld_Manifest"
_OFFICES = ("General_segment/General_segment_id/Customs_office_code", "Master_bol/Customs_office_code")
_DIALECTS: dict[Dialect, tuple[str, ...]] = {
    "bangladesh": ("ctn_segment/Status", "ctn_segment/Seal_number", "Load_unload_place/Port_of_origin_code"),
    "generic": ("ctn_segment/Empty_Full", "ctn_segment/Marks1", "Load_unload_place/Place_of_loading_code"),
}


def recognises(source: Source) -> bool:
    """Whether a message is one of the four manifest files, or the unofficial one that is refused, by its root element.

    Source: UNCTAD manifest XML message description: roots `Awmds`, `Awbolds`, `Awmcds` and an append, no namespace.
    """
    namespace, name = source.root_name
    return namespace is None and name is not None and (name.lower() in _KINDS or is_unofficial(name))


def read(source: Source, options: Options) -> Reading:
    """Read and check one manifest or degroupage.

    Args:
        source: The message.
        options: How to read; a profile of another standard is as good as none.

    Returns:
        The reading. Its reference is office, voyage and day of departure, the key of a manifest; of a degroupage the
        number of its master bill as well, of a co-loader's manifest the carrier, of an append its first bill.

    Raises:
        SenderError: There is no such profile.

    Source: UNCTAD manifest XML message description.
    """
    root = str(source.root.tag)
    if is_unofficial(root):
        return Reading(standard=NAME, version=_UNOFFICIAL, outcome="refused", findings=(manifest_unofficial(root),))
    kind = kind_of(root)
    paper = Paper(source.root, MANIFEST_OUTLINE)
    profile = profile_of(paper, options)
    dialect = dialect_of(paper.seen, profile)
    form = msgspec.structs.replace(form_of(paper, source.root, source.data), profile=profile.name, dialect=dialect)
    habits = as_in_manifests(profile, dialect)
    head = read_head(paper, kind, habits, [form.as_extension(), *attributes_of(source.root)])
    rows = paper.sheet.tables.get("Bol_segment", [])
    document = msgspec.structs.replace(head, bills=tuple(read_bill(row, habits, head) for row in rows))
    findings = Gathered(options.limit)
    tally = Tally()
    repeated = frozenset(place for place, bill in enumerate(document.bills) if not tally.add(bill))
    findings.extend(check(Cargo(paper, rows, document, habits, tally, repeated)))
    first = document.bills[0] if document.bills else None
    return Reading(
        standard=NAME,
        version=f"{ROOTS[kind]} {dialect}",
        profile=PREFIX + profile.name,
        outcome="refused" if findings.has_error else "accepted",
        document=document,
        findings=findings.result(),
        reference=key_of(document, first),
    )


def as_in_manifests(profile: Profile, dialect: Dialect) -> Profile:
    """A country's habits, but for what all manifests have in common: dates are written as ISO 8601 has it.

    Source: UNCTAD manifest XML message description: dates yyyy-MM-dd.
    """
    return msgspec.structs.replace(profile, dialect=dialect, date_pattern="yyyy-mm-dd")


def is_unofficial(root: str) -> bool:
    """Whether a root is that of the wrapper which spreadsheet tools write, a different document.

    Source: five public writers of it; no description by UNCTAD has it.
    """
    return root.lower() == _UNOFFICIAL.lower()


def manifest_unofficial(root: str) -> Finding:
    """The finding on a file of those tools.

    Source: UNCTAD manifest XML message description, which has the roots expected.
    """
    return Finding(
        code="manifest-unofficial",
        severity="error",
        message="{found} is the format of spreadsheet tools, not of the host: use one of {expected}",
        location=f"/{root}[1]",
        expected=", ".join(ROOTS.values()),
        found=root,
    )


def kind_of(root: str) -> Kind:
    """What a file is, by its root.

    Source: UNCTAD manifest XML message description.
    """
    return _KINDS.get(root.lower(), "whole")


def profile_of(paper: Paper, options: Options) -> Profile:
    """The country's habits: those asked for, or those of the office.

    Raises:
        SenderError: There is no profile of the name asked for.

    Source: codes of customs offices begin with the country.
    """
    offices = (paper.sheet.values.get(path, "").strip() for path in _OFFICES)
    return choose(options.profile, next(filter(None, offices), None))


def dialect_of(seen: set[str], profile: Profile) -> Dialect:
    """The dialect whose tags stand in a paper; the country's where both or none do.

    Args:
        seen: Full paths of the elements met.
        profile: Habits of the country.

    Source: the tags that five public writers use for the same facts.
    """
    met = [dialect for dialect, tags in _DIALECTS.items() if any(f"Bol_segment/{tag}" in seen for tag in tags)]
    return met[0] if len(met) == 1 else profile.dialect


def attributes_of(root: Any) -> list[Extension]:
    """Attributes of the root, to be kept.

    Source: public files: some writers give the root an `id`.
    """
    return [Extension(f"@{name}", value) for name, value in root.attrib.items()]


def read_head(paper: Paper, kind: Kind, habits: Profile, extensions: list[Extension]) -> Manifest:
    """All of a manifest but its bills.

    Args:
        paper: The paper.
        kind: What file it is.
        habits: Habits of the country, as in manifests.
        extensions: What is kept beside what is read here.

    Source: UNCTAD manifest XML message description, general segment and master bill.
    """
    record = DEGROUPAGE if kind == "degroupage" else MANIFEST
    told = record.read(paper.sheet, habits, extensions)
    key = [told.get(name) for name in ("office.code", "voyage", "departed")]
    names = [Reference("MANIFEST", "/".join(map(str, key)))] if all(key) else []
    if told.get("master_id"):
        names.append(Reference("BL", told["master_id"]))
    told |= {"kind": kind, "references": tuple(names), "extensions": in_order(extensions)}
    return record.build(told)  # type: ignore[no-any-return]  # a Record builds its own class


def read_bill(sheet: Sheet, habits: Profile, head: Manifest) -> BillOfLading:
    """One bill.

    Args:
        sheet: Its sheet.
        habits: Habits of the country, as in manifests.
        head: The manifest it is of.

    Source: UNCTAD manifest XML message description, bill segment.
    """
    extensions: list[Extension] = []
    is_house = head.kind == "degroupage"
    told: dict[str, Any] = BILL.read(sheet, habits, extensions)
    if "master_id" in told and is_house:
        extensions.append(Extension(MASTER, sheet.values[MASTER]))
    elif head.master_id is not None:
        told["master_id"] = head.master_id
    if is_house or "master_id" in told:
        told["level"] = "house"
        if CONSOLIDATED in sheet.values and all(extension.path != CONSOLIDATED for extension in extensions):
            extensions.append(Extension(CONSOLIDATED, sheet.values[CONSOLIDATED]))
    codes = (row.values.get("HS_code", "").strip() for row in sheet.tables.get("HS_Compliance", ()))
    told["hs_codes"] = tuple(filter(None, codes))
    told["extensions"] = in_order(extensions)
    return BILL.build(told)  # type: ignore[no-any-return]  # a Record builds its own class


def key_of(head: Manifest, first: BillOfLading | None) -> str | None:
    """The reference of a file: the key of the manifest, and what tells its parts from it and from each other.

    Args:
        head: The manifest.
        first: Its first bill; None if it has none.

    Returns:
        The reference; None where the key is not complete.

    Source: UNCTAD manifest XML message description: office, voyage and day of departure are the key.
    """
    parts = [head.office.code, head.voyage, head.departed.isoformat() if head.departed else None]
    number = first.id if first else None
    if head.kind == "degroupage":
        parts.append(head.master_id)
    elif head.kind == "append":
        parts += [head.kind, number]
    elif head.kind == "co-loader":
        parts += [head.kind, head.carrier.id or head.carrier.name if head.carrier else number]
    return "/".join(part for part in parts if part) if all(parts) else None
