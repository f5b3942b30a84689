# SPDX-License-Identifier: Apache-2.0
"""Habits of countries that run the same host system: data, not code, one file a country in `countries/`.

A file of one's own has the same form: `read_profile` takes its bytes and tells all that is wrong with it together,
`adopt` makes it known by its name. A door reads the file, never this room: a sender names a profile, not a path.

Source: public SAD files by country (29 of 31 seen) and published descriptions; each file says which.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any, Literal

import msgspec

from cocket.codes import currency
from cocket.errors import SenderError, SettingsError
from cocket.standards.asycuda.values import DateOrder, day, write_day

RateUnit = Literal["percent", "fraction"]
Dialect = Literal["generic", "bangladesh"]

PREFIX = "asycuda:"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TAG = re.compile(r"[A-Za-z_][\w.-]*(/[A-Za-z_][\w.-]*)*", re.ASCII)
_PATTERN_PLACES = re.compile("yyyy|yy|mm|m|dd|d")
_TRIED_DAY = date(2026, 12, 31)


class ReleaseTags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the customs release order of a country says what. "" is "not known".

    Of the published description only the names of four segments were read; a country that has the rest writes it here.

    Attributes:
        root: Tag of the root.
        containers: Repeated segment of a container, from the root.
        seals: Repeated segment or leaf of a seal, from the container.
        vehicles: Repeated segment of a vehicle, from the root.
        fields: Path from the root by attribute of `cocket.model.ReleaseOrder` (`id`, `disposition_code`, …).
        container_fields: Path from the container by attribute of `TransportEquipment`.
        seal_mark: Path from the seal to its mark; "" where the seal is a leaf.
        vehicle_fields: Path from the vehicle by attribute of `cocket.model.Vehicle`.
        dispositions: Meaning by disposition code; empty where the list is not known.
    """

    root: str = ""
    containers: str = "Container"
    seals: str = "Seals_segment/Seals"
    vehicles: str = "Vehicle"
    fields: dict[str, str] = {}
    container_fields: dict[str, str] = {}
    seal_mark: str = ""
    vehicle_fields: dict[str, str] = {}
    dispositions: dict[str, str] = {}


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How one country writes its files. None is "not known", never "no".

    Attributes:
        name: Name after `asycuda:`, in small letters, digits and hyphens.
        source: Where the habits are known from.
        offices: Beginnings of the codes of its customs offices (0..n).
        date_order: Whether month or day comes first.
        date_pattern: How it writes a date; see `cocket.standards.asycuda.values.write_day`.
        rate_unit: Whether a tax rate of 20 % is written `20` or `0.2`.
        currency: National currency, ISO 4217 letters.
        numeric_codes: Whether countries and currencies are written by their numeric codes.
        has_national_costs: Whether cost lines of an item are filled in national currency, so that they can be added.
        vat_codes: Tax codes of value added tax (0..n).
        invoice_codes: Codes of the commercial invoice among the attached documents (0..n).
        dialect: Which tags its manifests use.
        crlf: Whether lines of its files end in CR LF.
        release_order: Tags of its release orders.

    Source: public SAD files by country (29 of 31 seen), other traits from published descriptions; each country's file
    says which.
    """

    name: str
    source: str = ""
    offices: tuple[str, ...] = ()
    date_order: DateOrder | None = None
    date_pattern: str = "yyyy-mm-dd"
    rate_unit: RateUnit | None = None
    currency: str | None = None
    numeric_codes: bool = False
    has_national_costs: bool | None = None
    vat_codes: frozenset[str] = frozenset()
    invoice_codes: frozenset[str] = frozenset({"380", "N380"})
    dialect: Dialect = "generic"
    crlf: bool = False
    release_order: ReleaseTags = ReleaseTags()


def read_profile(data: bytes) -> Profile:
    """Read a profile from the content of a file.

    Args:
        data: TOML with the attributes of `Profile` as keys and those of `ReleaseTags` in a table `release_order`.

    Returns:
        The profile.

    Raises:
        SettingsError: It is no TOML or no profile; `problems` has all that is wrong, each with its key.

    Source: TOML 1.0; habits as in `Profile`.
    """
    try:
        told = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:  # neither UTF-8 nor TOML, or nested without end
        raise _not_a_profile(str(error)) from error
    problems = tuple(_problems(told, Profile))
    faulty = {re.split("[.: ]", problem, maxsplit=1)[0] for problem in problems}
    sound = {"name": "unnamed"} | {key: value for key, value in told.items() if key not in faulty}
    profile = msgspec.convert(sound, Profile)
    problems += tuple(_contradictions(profile))
    if problems:
        raise _not_a_profile(*problems)
    return profile


def _not_a_profile(*problems: str) -> SettingsError:
    message = f"This is not a profile: {'; '.join(problems)}."
    return SettingsError(message, code="profile-invalid", problems=problems)


def _problems(told: dict[str, Any], cls: type[Profile | ReleaseTags], under: str = "") -> Iterator[str]:
    """What is wrong with the keys and the kinds of their values."""
    fields = {field.name: field for field in msgspec.structs.fields(cls)}
    for key, value in told.items():
        if key not in fields:
            yield f"{under}{key} is not known; there are {', '.join(fields)}"
        elif fields[key].type is ReleaseTags and isinstance(value, dict):
            yield from _problems(value, ReleaseTags, f"{key}.")
        else:
            try:
                msgspec.convert(value, fields[key].type)
            except msgspec.ValidationError as error:
                yield f"{under}{key}: {error}"
    yield from (f"{under}{name} is missing" for name, field in fields.items() if field.required and name not in told)


def _contradictions(profile: Profile) -> Iterator[str]:
    """What is wrong with the values, each being of the right kind."""
    if not _NAME.fullmatch(profile.name):
        yield f"name: {profile.name!r} is not of small letters, digits and hyphens"
    if not all(office.strip() for office in profile.offices):
        yield "offices: an empty prefix would match every office"
    if profile.currency is not None and (
        (known := currency(profile.currency)) is None or not profile.currency.isalpha()
    ):
        yield f"currency: {profile.currency!r} is not in ISO 4217"
    elif profile.currency is not None and known is not None and known.letters != profile.currency:
        yield f"currency: {profile.currency!r} is written {known.letters}"
    places = {place[0] for place in _PATTERN_PLACES.findall(profile.date_pattern)}
    if places != {"y", "m", "d"}:
        yield f"date_pattern: {profile.date_pattern!r} does not have year, month and day"
    elif day(write_day(_TRIED_DAY, profile.date_pattern), profile.date_order) != _TRIED_DAY:
        yield f"date_pattern: {profile.date_pattern!r} is not read back where the order is {profile.date_order}"
    yield from tag_problems(profile.release_order)


def tag_problems(tags: ReleaseTags) -> Iterator[str]:
    """What is wrong with the tags of a release order, one sentence each (0..n).

    Source: XML 1.0 (5th edition) §2.3, names; ours for the rest.
    """
    from_root = {"root": tags.root, "containers": tags.containers, "seals": tags.seals, "vehicles": tags.vehicles}
    places = from_root | {"seal_mark": tags.seal_mark}
    for table in ("fields", "container_fields", "vehicle_fields"):
        places |= {f"{table}.{attribute}": path for attribute, path in getattr(tags, table).items()}
        known = RELEASE_ATTRIBUTES[table]
        for attribute in getattr(tags, table):
            if attribute not in known:
                yield f"release_order.{table}.{attribute} is not known; there are {', '.join(known)}"
    for key, path in places.items():
        if path and not _TAG.fullmatch(path):
            yield f"release_order.{key}: {path!r} is not a path of tags"
    if "/" in tags.root:
        yield f"release_order.root: {tags.root!r} is a path, not a tag"
    for one, other in _entangled(tags):
        yield f"release_order: {one!r} conflicts with {other!r}"
    yield from (f"release_order.{name} is empty" for name in ("containers", "seals", "vehicles") if not from_root[name])


def _entangled(tags: ReleaseTags) -> Iterator[tuple[str, str]]:
    """Paths beside each other of which one is the other, or leads through it."""
    groups = (
        (tags.containers, tags.vehicles, *tags.fields.values()),
        (tags.seals, *tags.container_fields.values()),
        tuple(tags.vehicle_fields.values()),
    )
    for group in groups:
        for position, one in enumerate(group):
            for other in group[:position]:
                first, second = f"{one}/".lower(), f"{other}/".lower()
                if first.startswith(second) or second.startswith(first):
                    yield other, one


#: What a release order may be told to say where, by table of `ReleaseTags`.
RELEASE_ATTRIBUTES = {
    "fields": (
        "id",
        "disposition_code",
        "office.code",
        "office.name",
        "issued",
        "declaration_id",
        "transport_document",
        "manifest",
        "custodian.id",
        "custodian.name",
        "consignee.id",
        "consignee.name",
    ),
    "container_fields": ("id", "type_code", "fullness_code", "gross_mass_kg", "packages", "goods_description"),
    "vehicle_fields": ("chassis_number", "make", "model", "year", "colour"),
}


def _built_in(name: str) -> Profile:
    path = files("cocket.standards.asycuda") / "countries" / f"{name}.toml"
    return read_profile(path.read_bytes())


#: Those that come with the package; `alphaland`, `betania` and `gammastan` are invented countries.
PROFILES: tuple[Profile, ...] = tuple(
    map(
        _built_in,
        (
            "generic",
            "albania",
            "grenada",
            "jamaica",
            "ivory-coast",
            "georgia",
            "bangladesh",
            "alphaland",
            "betania",
            "gammastan",
        ),
    )
)

GENERIC = PROFILES[0]

NAMES = tuple(PREFIX + profile.name for profile in PROFILES)

_BUILT_IN = {profile.name: profile for profile in PROFILES}
_ADOPTED: dict[str, Profile] = {}


def adopt(profile: Profile) -> str:
    """Make a profile known in this process, for a door to do before it takes messages.

    Args:
        profile: From `read_profile`. One of the same name is replaced; it goes before the built-in ones.

    Returns:
        The name to ask for it by, with prefix.

    Raises:
        SettingsError: It has the name of a built-in profile, whose verdicts it would change silently.

    Source: ours.
    """
    if profile.name in _BUILT_IN:
        raise _not_a_profile(f"name: {profile.name!r} is the name of a built-in profile")
    _ADOPTED[profile.name] = profile
    return PREFIX + profile.name


def known() -> tuple[Profile, ...]:
    """All profiles, the adopted ones first.

    Source: ours.
    """
    return (*_ADOPTED.values(), *PROFILES)


def choose(asked: str | None, office: str | None) -> Profile:
    """Find the profile to read a file by.

    Args:
        asked: Name the caller asked for; None, or the profile of another standard, to go by the office.
        office: Code of the customs office in the file; None where it has none.

    Returns:
        The profile asked for; else that of the longest office prefix; else `GENERIC`.

    Raises:
        SenderError: A profile of this standard was asked for and there is none of the name.

    Source: codes of customs offices begin with the country in all public files seen.
    """
    if asked is not None and asked.startswith(PREFIX):
        profile = by_name(asked.removeprefix(PREFIX))
        if profile is None:
            raise SenderError(
                f"There is no profile {asked}.",
                code="profile-unknown",
                expected=" ".join(PREFIX + profile.name for profile in known()),
                found=asked,
                hint="Leave it out to choose by the customs office.",
            )
        return profile
    found, longest = GENERIC, 0
    for profile in known() if office else ():
        for prefix in profile.offices:
            if len(prefix) > longest and office is not None and office.startswith(prefix):
                found, longest = profile, len(prefix)
    return found


def by_name(name: str | None) -> Profile | None:
    """The profile of a name without prefix; None if there is none."""
    return (_BUILT_IN.get(name) or _ADOPTED.get(name)) if name else None
