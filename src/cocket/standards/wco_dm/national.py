# SPDX-License-Identifier: Apache-2.0
"""National information packages as data: which elements of the declaration a country uses, how often, with what codes.

A package only narrows what the message allows. It is JSON:

    {"package": "xa-import", "version": "1", "edition": "3.6", "base": "wco-dm",
     "elements": {"GoodsShipment/Destination/CountryCode": {"cardinality": "1..1", "codes": ["XA"]},
                  "GoodsShipment/Payer": {"cardinality": "0..0"},
                  "FunctionalReferenceID": {"cardinality": "1..1", "format": "an..22"}}}

A cardinality counts within each class around the element that is there: what is asked of a class that is absent is
not asked, unless the class itself is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from lxml import etree

from cocket.errors import SettingsError
from cocket.findings import Finding
from cocket.model import Declaration
from cocket.standards.wco_dm.fields import CLASSES, DECLARATION, DECLARATION_NAMESPACE, Field
from cocket.standards.wco_dm.places import location_of, pointer_of
from cocket.standards.wco_dm.profile import PROFILES, Profile
from cocket.standards.xml import text_of

EDITION = "3.6"

_SHOWN = 200

_IN = f"{{{DECLARATION_NAMESPACE}}}"
_CARDINALITY = re.compile(r"(?P<least>\d{1,3})\.\.(?P<most>\d{1,5}|n)")
_FORMAT = re.compile(r"(?P<characters>an|a|n)(?P<upto>\.\.)?(?P<size>\d{1,5})")
_CHARACTERS = {"an": r"[^\r\n]", "a": "[A-Za-z]", "n": "[0-9]"}

_MESSAGES = {
    "package-element-missing": "package {package} requires {expected} here",
    "package-element-forbidden": "package {package} does not use {found}",
    "package-element-repeated": "package {package} allows {expected} of these, found {found}",
    "package-code-unknown": "{found} is not one of the codes of package {package}: {expected}",
    "package-value-format": "{found} does not have the format {expected} of package {package}",
}


class Narrowing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a package narrows one element.

    Attributes:
        cardinality: Fewest and most occurrences in the class around it, such as `1..1`, `0..n`; `0..0` for one that
            is not used; None if the message decides.
        format: WCO format such as `an..22`; None if the message decides.
        codes: The only values allowed; empty if the format decides.
    """

    cardinality: str | None = None
    format: str | None = None
    codes: tuple[str, ...] = ()


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A national information package.

    Attributes:
        package: Its name, which the reading bears as its profile.
        version: Its version.
        edition: Edition of the WCO Data Model whose names it uses.
        base: Profile whose rules apply too.
        elements: Paths of names below the declaration and how each is narrowed (1..n).
    """

    package: str
    version: str = "1"
    edition: str = EDITION
    base: str = "wco-dm"
    elements: dict[str, Narrowing]


def load_package(content: bytes) -> Profile:
    """Read a national information package.

    Args:
        content: The package as JSON.

    Returns:
        The profile that judges by it, and by the rules of its base.

    Raises:
        SettingsError: It is not a package, or names what the message does not have; `problems` lists all of it.

    Source: WCO Data Model 3.6, information packages: usage, cardinality and codes of the Data Model's elements.
    """
    try:
        package = msgspec.json.decode(content, type=Package)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError("This is not an information package.", problems=(str(error),)) from error
    problems = tuple(_problems(package))
    if problems:
        raise SettingsError(f"The information package {package.package} is not valid.", problems=problems)
    base = PROFILES[package.base]

    def check(document: Declaration, declaration: etree._Element) -> Iterator[Finding]:
        for path, narrowing in package.elements.items():
            yield from _check(package.package, declaration, path, narrowing)
        yield from base.check(document, declaration)

    return Profile(name=package.package, check=check)


def _problems(package: Package) -> Iterator[str]:
    if package.edition != EDITION:
        yield f"edition {package.edition} is not read, only {EDITION}"
    if package.base not in PROFILES:
        yield f"base {package.base} is not one of {', '.join(PROFILES)}"
    for path, narrowing in package.elements.items():
        field = _field(path)
        if field is None:
            yield f"{path} is not an element of the declaration"
            continue
        if narrowing.cardinality is not None and not _CARDINALITY.fullmatch(narrowing.cardinality):
            yield f"{path}: {narrowing.cardinality} is not a cardinality"
        if narrowing.format is not None and not _FORMAT.fullmatch(narrowing.format):
            yield f"{path}: {narrowing.format} is not a format"
        if field.block and (narrowing.format or narrowing.codes):
            yield f"{path} is a class, which has neither format nor codes"


def _field(path: str) -> Field | None:
    kind, field = DECLARATION, None
    for name in path.split("/"):
        field = kind.fields.get(name)
        if field is None or (field.block is None and not path.endswith(name)):
            return None
        kind = CLASSES[field.block] if field.block else kind
    return field


def _check(package: str, declaration: etree._Element, path: str, narrowing: Narrowing) -> Iterator[Finding]:
    around, _, name = path.rpartition("/")
    parents = declaration.findall("/".join(_IN + step for step in around.split("/"))) if around else [declaration]
    field = _field(path)
    for parent in parents:
        found = parent.findall(_IN + name)
        if narrowing.cardinality and field:
            yield from _check_count(package, parent, found, narrowing.cardinality, field)
        for element in found:
            yield from _check_value(package, element, narrowing)


def _check_count(
    package: str, parent: etree._Element, found: list[etree._Element], cardinality: str, field: Field
) -> Iterator[Finding]:
    least, _, most = cardinality.partition("..")
    stated = [element for element in found if len(element) or text_of(element).strip()]
    if len(stated) < int(least):
        pointer = f"{pointer_of(parent)}/{field.wco_id}"
        yield _finding("package-element-missing", parent, package, pointer=pointer, expected=field.name)
    if most != "n" and len(found) > int(most):
        code = "package-element-forbidden" if most == "0" else "package-element-repeated"
        shown = field.name if most == "0" else str(len(found))
        yield _finding(code, found[int(most)], package, expected=most, found=shown)


def _check_value(package: str, element: etree._Element, narrowing: Narrowing) -> Iterator[Finding]:
    text = text_of(element[0] if len(element) else element).strip()
    if narrowing.codes and text not in narrowing.codes:
        yield _finding("package-code-unknown", element, package, expected=", ".join(narrowing.codes), found=text)
    shape = _FORMAT.fullmatch(narrowing.format or "")
    if shape:
        least = "0" if shape["upto"] else shape["size"]
        if not re.fullmatch(f"{_CHARACTERS[shape['characters']]}{{{least},{shape['size']}}}", text):
            yield _finding("package-value-format", element, package, expected=narrowing.format, found=text)


def _finding(code: str, element: etree._Element, package: str, **found: str | None) -> Finding:
    shown = {name: None if value is None else value[:_SHOWN] for name, value in found.items()}
    return Finding(
        code=code,
        severity="error",
        message=_MESSAGES[code],
        pointer=shown.get("pointer") or pointer_of(element),
        location=location_of(element),
        expected=shown.get("expected"),
        found=shown.get("found"),
        arguments={"package": package},
    )
