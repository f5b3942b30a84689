# SPDX-License-Identifier: Apache-2.0
"""Habits of countries that run the same host system: data, not code.

Source: public SAD files by country (29 of 31 seen) and published descriptions; which trait is from where stands on
the documentation page of this standard.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from cocket.errors import SenderError
from cocket.standards.asycuda.values import DateOrder

RateUnit = Literal["percent", "fraction"]
Dialect = Literal["generic", "bangladesh"]

PREFIX = "asycuda:"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How one country writes its files. None is "not known", never "no".

    Attributes:
        name: Name after `asycuda:`.
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

    Source: public SAD files by country (29 of 31 seen), other traits from published descriptions; see the
    documentation page of this standard for which.
    """

    name: str
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


#: Nothing is known of the country: what the file itself does not settle stays None.
GENERIC = Profile(name="generic")

#: `alphaland`, `betania` and `gammastan` are invented countries on codes that ISO 3166 leaves to users.
PROFILES: tuple[Profile, ...] = (
    GENERIC,
    Profile(
        name="albania",
        offices=("AL",),
        date_order="month-first",
        date_pattern="m/d/yy",
        rate_unit="fraction",
        currency="ALL",
        has_national_costs=True,
        vat_codes=frozenset({"TVS"}),
    ),
    Profile(
        name="grenada",
        offices=("GD",),
        date_order="month-first",
        date_pattern="m/d/yy",
        rate_unit="percent",
        currency="XCD",
        has_national_costs=False,
        vat_codes=frozenset({"VAT"}),
        invoice_codes=frozenset({"380", "N380", "DC05"}),
    ),
    Profile(
        name="jamaica", offices=("JM",), date_order="month-first", date_pattern="m/d/yy", rate_unit=None, currency="JMD"
    ),
    Profile(name="ivory-coast", offices=("CI",), currency="XOF", invoice_codes=frozenset({"380", "N380", "0007"})),
    Profile(name="georgia", currency="GEL", numeric_codes=True),
    Profile(name="bangladesh", currency="BDT", dialect="bangladesh"),
    Profile(
        name="alphaland",
        offices=("XA",),
        date_order="month-first",
        date_pattern="mm/dd/yyyy",
        rate_unit="fraction",
        has_national_costs=True,
        vat_codes=frozenset({"TVS"}),
    ),
    Profile(
        name="betania",
        offices=("XB",),
        date_order="month-first",
        date_pattern="m/d/yy",
        rate_unit="percent",
        has_national_costs=True,
        vat_codes=frozenset({"VAT"}),
    ),
    Profile(
        name="gammastan",
        offices=("XC",),
        date_order="day-first",
        date_pattern="dd/mm/yyyy",
        rate_unit="percent",
        has_national_costs=True,
    ),
)

_BY_NAME = {profile.name: profile for profile in PROFILES}
_BY_OFFICE = sorted(((o, p) for p in PROFILES for o in p.offices), key=lambda pair: -len(pair[0]))

NAMES = tuple(PREFIX + profile.name for profile in PROFILES)


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
                expected=" ".join(NAMES),
                found=asked,
                hint="Leave it out to choose by the customs office.",
            )
        return profile
    if office:
        for prefix, profile in _BY_OFFICE:
            if office.startswith(prefix):
                return profile
    return GENERIC


def by_name(name: str | None) -> Profile | None:
    """The profile of a name without prefix; None if there is none."""
    return _BY_NAME.get(name) if name else None
