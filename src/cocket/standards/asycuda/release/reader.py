# SPDX-License-Identifier: Apache-2.0
"""The file of a release order → the model."""

from __future__ import annotations

import re

import msgspec

from cocket.findings import Gathered
from cocket.model import Extension, Reading, Reference, ReleaseOrder
from cocket.standards.asycuda.form import form_of
from cocket.standards.asycuda.mapping import in_order
from cocket.standards.asycuda.profiles import PREFIX, Profile, choose, known
from cocket.standards.asycuda.release.layout import TAGS_PATH, Layout, shown
from cocket.standards.asycuda.release.rules import Order, check
from cocket.standards.asycuda.sheet import Paper
from cocket.standards.kind import Options, Source

NAME = "asycuda-release"

_NO_LETTER = re.compile(r"[\W_]+")
_ORDER = "releaseorder"


def recognises(source: Source) -> bool:
    """Whether a message is a release order: by a root that some profile names, or that is called so in any spelling.

    Source: UNCTAD Customs Release Order XML message description 4.2.2. Of the root only the name of the message is
    known: how it is spelled was not read.
    """
    namespace, name = source.root_name
    return namespace is None and name is not None and (_owner(name) is not None or _ORDER in _letters(name))


def _letters(name: str) -> str:
    return _NO_LETTER.sub("", name).lower()


def _owner(root: str) -> Profile | None:
    """The profile whose release orders have this root; None if none or several have it."""
    owners = [profile for profile in known() if profile.release_order.root.lower() == root.lower()]
    return owners[0] if len(owners) == 1 else None


def read(source: Source, options: Options) -> Reading:
    """Read and check one release order.

    Args:
        source: The message.
        options: How to read; a profile of another standard is as good as none, and then the root tells the country.

    Returns:
        The reading; its reference is the number of the order.

    Raises:
        SenderError: There is no such profile.

    Source: UNCTAD Customs Release Order XML message description 4.2.2, as far as it is known; the profile's tags.
    """
    is_asked = options.profile is not None and options.profile.startswith(PREFIX)
    profile = choose(options.profile, None) if is_asked else _owner(source.root_name[1] or "") or choose(None, None)
    tags = shown(profile.release_order, source.root)
    layout = Layout(tags)
    paper = Paper(source.root, layout.outline)
    form = msgspec.structs.replace(form_of(paper, source.root, source.data), profile=profile.name)
    extensions = [form.as_extension(), Extension(TAGS_PATH, msgspec.json.encode(tags).decode())]
    extensions += [Extension(f"@{name}", value) for name, value in source.root.attrib.items()]
    told = layout.record.read(paper.sheet, profile, extensions)
    told["extensions"] = in_order(extensions)
    document: ReleaseOrder = layout.record.build(told)
    document = msgspec.structs.replace(document, references=_references(document))
    findings = Gathered(options.limit)
    findings.extend(check(Order(paper, profile, tags)))
    return Reading(
        standard=NAME,
        profile=PREFIX + profile.name,
        outcome="refused" if findings.has_error else "accepted",
        document=document,
        findings=findings.result(),
        reference=document.id,
    )


def _references(order: ReleaseOrder) -> tuple[Reference, ...]:
    """The papers that are released, and the containers."""
    found = [Reference("SAD", order.declaration_id)] if order.declaration_id else []
    if order.transport_document:
        found.append(Reference("BL", order.transport_document))
    if order.manifest:
        found.append(Reference("MANIFEST", order.manifest, order.office.code))
    found += [Reference("EQUIPMENT", unit.id) for unit in order.equipment]
    return tuple(dict.fromkeys(found))
