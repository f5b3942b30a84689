# SPDX-License-Identifier: Apache-2.0
"""What the account of one bill has to say.

Each check is a function named after its code; its first paragraph is the text for the officer. A check says nothing
where a paper does not say. Findings name both papers: the manifest with its bill, and the declarations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

import msgspec

from cocket.consignment import agreement
from cocket.consignment.manifest_control.accounts import Account
from cocket.consignment.manifest_control.stock import end_of, plus, sound
from cocket.consignment.manifest_control.write_offs import WriteOff
from cocket.consignment.sides import as_number
from cocket.findings import Finding, Severity

TRANSHIPMENT, EXPORT = "28", "22"
_LONGEST = 200


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the office asks for; national law sets it.

    Attributes:
        undeclared_days: Days after arrival within which goods are to be declared (count).
        landing_days: Days after arrival within which landings are to be reported (count).
        notice_hours: Hours before arrival by which a manifest is to be handed in.
    """

    undeclared_days: int = 21
    landing_days: int = 3
    notice_hours: int = 24


class Sight(msgspec.Struct, frozen=True, gc=False):
    """One account and what a check needs beside it.

    Attributes:
        account: The account.
        manifest: What people call the manifest.
        arrives: Day of arrival; None where not stated.
        now: The present moment.
        terms: What the office asks for.
    """

    account: Account
    manifest: str
    arrives: date | None
    now: datetime
    terms: Terms

    def is_past(self, days: int) -> bool:
        """Whether more than so many days have passed since the day of arrival."""
        return self.arrives is not None and self.now >= end_of(self.arrives) + timedelta(days=days)


Check = Callable[[Sight], Iterable[Finding]]


def bill_short_landed(sight: Sight) -> Iterable[Finding]:
    """Less was landed of the bill than the manifest had before arrival.

    Source: Revised Kyoto Convention, specific annex A, chapter 1 (unloading of goods against the cargo
    declaration); UNCTAD ASYCUDA World, outturn of the manifest.
    """
    packages, mass = _landing(sight.account)
    if (packages is not None and packages < 0) or (packages is None and mass is not None and mass < 0):
        yield _landed_otherwise(
            sight, "bill-short-landed", "{found} were landed under bill {bill}, manifest {manifest} had {expected}"
        )


def bill_over_landed(sight: Sight) -> Iterable[Finding]:
    """More was landed of the bill than the manifest had before arrival, or the manifest did not have it at all.

    Source: as `bill_short_landed`.
    """
    packages, mass = _landing(sight.account)
    if (packages is not None and packages > 0) or (packages is None and mass is not None and mass > 0):
        yield _landed_otherwise(
            sight, "bill-over-landed", "{found} were landed under bill {bill}, manifest {manifest} had {expected}"
        )


def declared_more_than_manifested(sight: Sight) -> Iterable[Finding]:
    """One declaration alone takes more from the bill than the bill has.

    Source: Revised Kyoto Convention, General Annex, standards 3.30 and 3.31; ASYCUDA World writes a transport document
    off by packages and gross mass, and not below nought. Masses within 1 % or 1 kg agree: the tolerance is ours.
    """
    account = sight.account
    stock, mass = _stock(account)
    for one in account.counted:
        if stock is not None and one.packages is not None and one.packages > stock:
            yield _over(sight, (one,), f"{one.packages} packages", f"{stock} packages")
        elif _is_heavier(one.gross_mass_kg, mass):
            yield _over(sight, (one,), f"{as_number(one.gross_mass_kg)} kg", f"{as_number(mass)} kg")


def bill_used_twice(sight: Sight) -> Iterable[Finding]:
    """Several declarations use the bill, and together they take more from it than it has.

    Part shipments add up to the bill and are none of this.

    Source: as `declared_more_than_manifested`.
    """
    account = sight.account
    if account.state != "over" or len({one.message_id for one in account.counted}) < 2:
        return
    stock, mass = _stock(account)
    if stock is not None and (taken := sum(sound(one.packages) or 0 for one in account.counted)) > stock:
        found, expected = f"{taken} packages", f"{stock} packages"
    else:
        total = sum((sound(one.gross_mass_kg) or Decimal(0) for one in account.counted), Decimal(0))
        if not _is_heavier(total, mass):
            return
        found, expected = f"{as_number(total)} kg", f"{as_number(mass)} kg"
    yield finding_on(
        sight,
        "bill-used-twice",
        "declarations {declarations} together write off {found} from bill {bill} of manifest {manifest}, which has {expected}",
        found=found,
        expected=expected,
        declarations=_titles(account.counted),
    )


def master_used_beside_houses(sight: Sight) -> Iterable[Finding]:
    """The master is declared, and houses under it are declared too, together more than the master has.

    Source: rules given to carriers (Bangladesh): of a degroupage the packages and gross mass equal the master's, so
    master and houses are the same goods.
    """
    account = sight.account
    if account.houses and account.counted and account.state == "over":
        yield finding_on(
            sight,
            "master-used-beside-houses",
            "master {bill} of manifest {manifest} is declared by {declarations} and so are its house bills: {found} packages "
            "in all, it has {expected}",
            found=str(account.packages_written),
            expected=_text(account.line.stock_packages),
            declarations=_titles(account.counted),
        )


def bill_undeclared(sight: Sight) -> Iterable[Finding]:
    """Nobody has declared the bill within the days that goods may wait after arrival.

    Source: Revised Kyoto Convention, specific annex A, chapter 2 (time limit of temporary storage); the number of days is national law.
    """
    if _waits(sight) and sight.account.state == "open" and not sight.account.houses:
        yield _waiting(
            sight,
            "bill-undeclared",
            "nothing of bill {bill} of manifest {manifest} is declared, {days} days after arrival",
        )


def bill_partly_declared(sight: Sight) -> Iterable[Finding]:
    """Part of the bill is still not declared after the days that goods may wait.

    Source: as `bill_undeclared`.
    """
    if _waits(sight) and sight.account.state == "partly" and not sight.account.houses:
        yield _waiting(
            sight,
            "bill-partly-declared",
            "{left} of bill {bill} of manifest {manifest} are not declared, {days} days after arrival",
            "info",
            left=_left(sight.account),
            declarations=_titles(sight.account.counted),
        )


def write_off_not_split(sight: Sight) -> Iterable[Finding]:
    """A declaration names this bill among others and does not say how much of each it takes.

    Source: SAD box 40 and WCO Data Model, PreviousDocument 99A: one previous document an item, or its quantity.
    """
    for one in sight.account.counted:
        if one.packages is None and one.gross_mass_kg is None:
            yield finding_on(
                sight,
                "write-off-not-split",
                "declaration {declarations} does not state how much it writes off from bill {bill} of manifest {manifest}",
                "info",
                declarations=one.title,
            )


def package_kind_not_on_bill(sight: Sight) -> Iterable[Finding]:
    """Packages of a kind are declared that the bill does not have.

    Carriers write one kind for a mixed load: a bill of one kind is held only against declarations of one kind.

    Source: WCO Data Model, Packaging 93A, TypeCode 141; lists of kinds are national, so this may be a habit of writing.
    """
    billed = {kind for kind, _ in sight.account.line.kinds if kind}
    declared = {kind for one in sight.account.counted for kind, _ in one.kinds if kind}
    if len(billed) == 1 < len(declared):
        return
    if billed and (strange := declared - billed):
        yield finding_on(
            sight,
            "package-kind-not-on-bill",
            "packages {found} are declared by {declarations}, bill {bill} of manifest {manifest} has {expected}",
            "info",
            found=", ".join(sorted(strange)),
            expected=", ".join(sorted(billed)),
            declarations=_titles(sight.account.counted),
        )


def quantity_negative(sight: Sight) -> Iterable[Finding]:
    """A quantity below nought stands on the bill or on a declaration; it is taken as not stated.

    Source: quantities are counts and masses; a negative write-off would give stock back that was never there.
    """
    account = sight.account
    line = account.line
    on_bill = (line.packages, line.gross_mass_kg, line.landed_packages, line.landed_mass_kg)
    if any(quantity is not None and quantity < 0 for quantity in on_bill):
        yield finding_on(sight, "quantity-negative", "bill {bill} of manifest {manifest} has a negative quantity")
    for one in account.write_offs:
        if any(quantity is not None and quantity < 0 for quantity in (one.packages, one.gross_mass_kg)):
            yield finding_on(
                sight,
                "quantity-negative",
                "declaration {declarations} writes off a negative quantity from bill {bill} of manifest {manifest}",
                declarations=one.title,
            )


def transhipment_declared_import(sight: Sight) -> Iterable[Finding]:
    """A bill that is only transhipped here is declared for import.

    Source: Revised Kyoto Convention, specific annex E, chapter 2 (transhipment): the goods leave again.
    """
    imports = tuple(one for one in sight.account.write_offs if one.flow == "import")
    if sight.account.line.nature == TRANSHIPMENT and imports:
        yield finding_on(
            sight,
            "transhipment-declared-import",
            "bill {bill} of manifest {manifest} is for transhipment, but {declarations} declares it for import",
            declarations=_titles(imports),
        )


def transhipment_without_onward(sight: Sight) -> Iterable[Finding]:
    """No manifest takes the transhipped goods on, and the days that they may wait are over.

    Source: Revised Kyoto Convention, specific annex E, chapter 2 (transhipment: time limit for the goods to leave).
    """
    account = sight.account
    is_waiting = account.line.nature == TRANSHIPMENT and not account.elsewhere.onward and not account.counted
    if is_waiting and sight.is_past(sight.terms.undeclared_days):
        yield _waiting(
            sight,
            "transhipment-without-onward",
            "no outgoing manifest has bill {bill} of manifest {manifest}, {days} days after arrival",
        )


#: All checks of one account, in the order in which they are told.
CHECKS: tuple[Check, ...] = (
    bill_short_landed,
    bill_over_landed,
    declared_more_than_manifested,
    bill_used_twice,
    master_used_beside_houses,
    bill_undeclared,
    bill_partly_declared,
    transhipment_declared_import,
    transhipment_without_onward,
    quantity_negative,
    write_off_not_split,
    package_kind_not_on_bill,
)


def check_account(sight: Sight) -> tuple[Finding, ...]:
    """Run every check on one account.

    Args:
        sight: The account and what is known beside it.

    Returns:
        Findings in the order of `CHECKS` (0..n), none an `error`.
    """
    return tuple(finding for check in CHECKS for finding in check(sight))


def finding_on(sight: Sight, code: str, message: str, severity: Severity = "warning", **values: str | None) -> Finding:
    """A finding on one bill, with the manifest and the bill named.

    Args:
        sight: The account.
        code: Code of the check.
        message: Sentence with places.
        severity: How grave.
        **values: `expected`, `found` and further arguments; None is left out.
    """
    said = {name: value[:_LONGEST] for name, value in values.items() if value is not None}
    return Finding(
        code=code,
        severity=severity,
        message=message,
        expected=said.pop("expected", None),
        found=said.pop("found", None),
        arguments={"bill": sight.account.line.title, "manifest": sight.manifest, **said},
    )


def _landing(account: Account) -> tuple[int | None, Decimal | None]:
    """Landed less manifested, in packages and kg; masses within the tolerance are equal; None where nothing was told."""
    line = account.line
    packages = mass = None
    if line.landed_packages is not None and line.packages is not None:
        packages = line.landed_packages - line.packages
    if line.landed_mass_kg is not None and line.gross_mass_kg is not None:
        is_same = agreement.same_mass(line.landed_mass_kg, line.gross_mass_kg)
        mass = Decimal(0) if is_same else line.landed_mass_kg - line.gross_mass_kg
    if packages == 0:
        packages = None  # as many packages: the mass tells
    return packages, mass


def _landed_otherwise(sight: Sight, code: str, message: str) -> Finding:
    line = sight.account.line
    if line.landed_packages is not None and line.packages is not None and line.landed_packages != line.packages:
        found, expected = f"{line.landed_packages} packages", f"{line.packages} packages"
    else:
        found, expected = f"{as_number(line.landed_mass_kg)} kg", f"{as_number(line.gross_mass_kg)} kg"
    return finding_on(sight, code, message, found=found, expected=expected)


def _stock(account: Account) -> tuple[int | None, Decimal | None]:
    """What the bill has, here and on other manifests that bring a part of it."""
    line, elsewhere = account.line, account.elsewhere
    packages = plus(line.stock_packages, elsewhere.packages)
    return packages, plus(line.stock_mass_kg, elsewhere.gross_mass_kg)


def _is_heavier(one: Decimal | None, other: Decimal | None) -> bool:
    return one is not None and other is not None and one > other and agreement.same_mass(one, other) is False


def _over(sight: Sight, declarations: Iterable[WriteOff], found: str, expected: str) -> Finding:
    return finding_on(
        sight,
        "declared-more-than-manifested",
        "declaration {declarations} writes off {found} from bill {bill} of manifest {manifest}, which has {expected}",
        found=found,
        expected=expected,
        declarations=_titles(declarations),
    )


def _waits(sight: Sight) -> bool:
    """Whether goods that come in should be declared by now; goods that go out or on are not waiting for that."""
    return sight.account.line.nature not in (EXPORT, TRANSHIPMENT) and sight.is_past(sight.terms.undeclared_days)


def _waiting(sight: Sight, code: str, message: str, severity: Severity = "warning", **values: str | None) -> Finding:
    days = (sight.now.date() - sight.arrives).days if sight.arrives else 0
    return finding_on(sight, code, message, severity, days=str(days), **values)


def _left(account: Account) -> str | None:
    if account.packages_left:
        return f"{account.packages_left} packages"
    return "some" if account.mass_left_kg is None else f"{as_number(account.mass_left_kg)} kg"


def _titles(declarations: Iterable[WriteOff]) -> str:
    return ", ".join(dict.fromkeys(one.title for one in declarations))


def _text(count: int | None) -> str | None:
    return None if count is None else str(count)
