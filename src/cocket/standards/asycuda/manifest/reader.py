# SPDX-License-Identifier: Apache-2.0
"""The file of a manifest or degroupage → the model."""

from __future__ import annotations

from typing import Any

import msgspec

from cocket.findings import Gathered
from cocket.model import BillOfLading, Extension, Manifest, Reading, Reference
from cocket.standards.asycuda.form import form_of
from cocket.standards.asycuda.manifest.fields import BILL, DEGROUPAGE, MANIFEST, MANIFEST_OUTLINE
from cocket.standards.asycuda.manifest.rules import Cargo, check
from cocket.standards.asycuda.mapping import in_order
from cocket.standards.asycuda.profiles import PREFIX, Dialect, Profile, choose
from cocket.standards.asycuda.sheet import Paper, Sheet
from cocket.standards.kind import Options, Source

NAME = "asycuda-awmds"

#: A house bill's master where a degroupage states it, though it goes without saying; and whether the house bill is
#: itself consolidated, which its level no longer tells.
MASTER = "Bol_id/Master_bol_ref_number"
CONSOLIDATED = "Consolidated_Cargo"

_ROOTS = {"awmds": "Awmds", "awmcds": "Awmcds", "awbolds": "Awbolds"}
_DEGROUPAGE = "Awbolds"
_OFFICES = ("General_segment/General_segment_id/Customs_office_code", "Master_bol/Customs_office_code")
_DIALECTS = {
    "bangladesh": ("ctn_segment/Status", "ctn_segment/Seal_number", "Load_unload_place/Port_of_origin_code"),
    "generic": ("ctn_segment/Empty_Full", "ctn_segment/Marks1", "Load_unload_place/Place_of_loading_code"),
}


def recognises(source: Source) -> bool:
    """Whether a message is a manifest, a degroupage or a co-loader's manifest, by its root element.

    Source: UNCTAD manifest XML message description: roots `Awmds`, `Awbolds`, `Awmcds`, no namespace.
    """
    namespace, name = source.root_name
    return namespace is None and name is not None and name.lower() in _ROOTS


def read(source: Source, options: Options) -> Reading:
    """Read and check one manifest or degroupage.

    Args:
        source: The message.
        options: How to read; a profile of another standard is as good as none.

    Returns:
        The reading. Its reference is office, voyage and day of departure, the key of a manifest; of a degroupage the
        number of its master bill as well.

    Raises:
        SenderError: There is no such profile.

    Source: UNCTAD manifest XML message description.
    """
    paper = Paper(source.root, MANIFEST_OUTLINE)
    root = _ROOTS.get(paper.root.lower(), "Awmds")
    offices = (paper.sheet.values.get(path, "").strip() for path in _OFFICES)
    profile = choose(options.profile, next(filter(None, offices), None))
    dialect = _dialect(paper, profile)
    form = msgspec.structs.replace(form_of(paper, source.root, source.data), profile=profile.name, dialect=dialect)
    habits = as_in_manifests(profile, dialect)
    attributes = [Extension(f"@{name}", value) for name, value in source.root.attrib.items()]
    document = _manifest(paper, root, habits, [form.as_extension(), *attributes])
    findings = Gathered(options.limit)
    findings.extend(check(Cargo(paper, paper.sheet.tables.get("Bol_segment", []), document, habits)))
    return Reading(
        standard=NAME,
        version=f"{root} {dialect}",
        profile=PREFIX + profile.name,
        outcome="refused" if findings.has_error else "accepted",
        document=document,
        findings=findings.result(),
        reference=_key(document, root),
    )


def as_in_manifests(profile: Profile, dialect: Dialect) -> Profile:
    """A country's habits, but for what all manifests have in common: dates are written as ISO 8601 has it.

    Source: UNCTAD manifest XML message description: dates yyyy-MM-dd.
    """
    return msgspec.structs.replace(profile, dialect=dialect, date_pattern="yyyy-mm-dd")


def _manifest(paper: Paper, root: str, profile: Profile, extensions: list[Extension]) -> Manifest:
    record = DEGROUPAGE if root == _DEGROUPAGE else MANIFEST
    told = record.read(paper.sheet, profile, extensions)
    rows = paper.sheet.tables.get("Bol_segment", ())
    told["bills"] = tuple(_bill(row, profile, told.get("master_id"), root) for row in rows)
    told["extensions"] = in_order(extensions)
    key = [told.get(name) for name in ("office.code", "voyage", "departed")]
    names = [Reference("MANIFEST", "/".join(map(str, key)))] if all(key) else []
    if told.get("master_id"):
        names.append(Reference("BL", told["master_id"]))
    return record.build(told | {"references": tuple(names)})  # type: ignore[no-any-return]  # a Record builds its own class


def _bill(sheet: Sheet, profile: Profile, master: str | None, root: str) -> BillOfLading:
    extensions: list[Extension] = []
    told: dict[str, Any] = BILL.read(sheet, profile, extensions)
    if "master_id" in told and root == _DEGROUPAGE:
        extensions.append(Extension(MASTER, sheet.values[MASTER]))
    elif master is not None:
        told["master_id"] = master
    if root == _DEGROUPAGE or "master_id" in told:
        told["level"] = "house"
        if CONSOLIDATED in sheet.values and all(extension.path != CONSOLIDATED for extension in extensions):
            extensions.append(Extension(CONSOLIDATED, sheet.values[CONSOLIDATED]))
    codes = (row.values.get("HS_code", "").strip() for row in sheet.tables.get("HS_Compliance", ()))
    told["hs_codes"] = tuple(filter(None, codes))
    told["extensions"] = in_order(extensions)
    return BILL.build(told)  # type: ignore[no-any-return]  # a Record builds its own class


def _dialect(paper: Paper, profile: Profile) -> Dialect:
    """The dialect whose tags stand in the paper; the country's where both or none do."""
    met = [dialect for dialect, tags in _DIALECTS.items() if any(f"Bol_segment/{tag}" in paper.seen for tag in tags)]
    return met[0] if len(met) == 1 else profile.dialect  # type: ignore[return-value]  # the keys are dialects


def _key(document: Manifest, root: str) -> str | None:
    parts = [document.office.code, document.voyage, document.departed and document.departed.isoformat()]
    if root == _DEGROUPAGE:
        parts.append(document.master_id)
    return "/".join(part for part in parts if part) if all(parts) else None
