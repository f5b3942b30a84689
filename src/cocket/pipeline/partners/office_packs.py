# SPDX-License-Identifier: Apache-2.0
"""The pack that an office takes along for when the line is down, and what comes back of it by laptop or on paper.

What comes back goes the way of any result. An order has one result of a pack, whoever enters it: entered again, the same is
known, and another is shown and not recorded. Where the order changed meanwhile, the result is kept beside what stands.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from cocket.control import OFFENCES, PackageCount
from cocket.errors import CocketError, PolicyError, ProofError, SenderError, StoreError
from cocket.exchange.office_packs import (
    DRAWN,
    OfficePack,
    OfficeResult,
    PackContainer,
    PackFile,
    PackItem,
    PackOrder,
    check_results,
    read_code,
    read_results,
    result_id,
    same_finding,
    seal_pack,
    write_code,
)
from cocket.exchange.paper_photos import read_paper_photo
from cocket.findings import render
from cocket.governance import Principal
from cocket.ledger import Signer
from cocket.model import Amount
from cocket.pipeline.base.access import NotFoundError, Service
from cocket.pipeline.base.agency_holds import KeptHold, kept_holds
from cocket.pipeline.base.document_files import DocumentFiles, Place
from cocket.pipeline.base.office_pack_files import (
    PACK,
    AgainResult,
    Came,
    FoundForm,
    KeptPack,
    PackedOrder,
    PackLine,
    PackResult,
    PackStanding,
    PaperForm,
    PhotoTaken,
    ResultOutcome,
    TakenResult,
)
from cocket.pipeline.base.wiring import Stores
from cocket.pipeline.control.officer_acts import Acts, OrderMovedError
from cocket.pipeline.control.views import FromDevice, NewResult, OrderBasis
from cocket.pipeline.partners.outages import kept_at, seen_at
from cocket.pipeline.queries.pocket import PocketOrder, PocketOrders
from cocket.pipeline.risk.rules import Rules
from cocket.pipeline.screening.lists import Screening
from cocket.stores.base.database import Connection

#: Longest time for which a pack is good (hours).
LONGEST_HOURS: Final = 72

#: Entries of a pack that are kept beside the first result of an order (count).
_MOST_AGAIN: Final = 1_000

_Back = tuple[dict[str, TakenResult], tuple[AgainResult, ...]]

#: Why a result is refused that was made at no time of its pack.
_TIME: Final = "it was made before or after the time for which the pack was good, or in the future"

#: How an earlier result came, as words of a sentence.
_CAME: Final[dict[Came, str]] = {
    "laptop": "from a laptop",
    "slip": "from a printed result",
    "paper": "from a paper form",
}

_MOVED: Final = {
    "taken-over": "the order is with another officer now",
    "declaration-changed": "the declaration was amended, replaced or cancelled",
    "declaration-added": "another declaration came to the consignment and counts now; the one in the pack was not amended",
    "declaration-gone": "the declaration in the pack belongs to another consignment now; it was not amended",
    "result-stands": "another result stands",
    "order-closed": "the order is closed",
}


class OfficePacks(Service):
    """Packs of offices.

    Args:
        stores: The stores of this process.
        pocket: Gives the orders.
        acts: Records results.
        about: Rules and lists in force.
    """

    def __init__(self, stores: Stores, pocket: PocketOrders, acts: Acts, about: tuple[Rules, Screening]) -> None:
        super().__init__(stores)
        self._files = DocumentFiles(stores)
        self._pocket = pocket
        self._acts = acts
        self._rules, self._lists = about

    def make_pack(self, principal: Principal, office: str, hours: int, passphrase: str) -> bytes:
        """The pack of an office as a file; each order in it is a look, and all is sealed before it is returned.

        Args:
            principal: Who has it made.
            office: Customs office that it is for.
            hours: How long it is good (1..72).
            passphrase: Under which it is encrypted; it is not kept.

        Raises:
            PolicyError: The principal may not.
            SenderError: The office, the hours or the passphrase cannot be.
        """
        office = office.strip().upper()
        self._access.require(principal, "continuity:keep", kept_at(office))
        if not (office.isascii() and office.isalnum() and len(office) <= 20):
            raise SenderError("The office is a code of letters and digits.", code="office", found=office[:40])
        if not 1 <= hours <= LONGEST_HOURS:
            raise SenderError(f"The hours are 1 to {LONGEST_HOURS}.", code="pack-hours")
        now = datetime.now(UTC)
        carried = self._pocket.of_office(principal, office)
        if not carried and not self._is_known(office):
            raise SenderError(
                "Nothing was ever declared at this office, and no one works there.",
                code="pack-office",
                found=office,
                hint="See that the code of the office is right: a pack for another has no orders.",
            )
        name = secrets.token_hex(4).upper()
        signer = Signer.generate(f"office-pack-{name}")
        with self._stores.database.transaction() as connection:
            holds = kept_holds(self._stores, connection, [UUID(one.line.id) for one in carried])
        pack = OfficePack(
            id=name,
            office=office,
            administration=self._stores.settings.administration,
            made=now,
            until=now + timedelta(hours=hours),
            orders=tuple(
                _order(
                    number,
                    write_code(name, number, self._mac(name, office, number, one)),
                    one,
                    _held(holds.get(UUID(one.line.id), ())),
                )
                for number, one in enumerate(carried, 1)
            ),
            rules=self._rules_in_force(principal),
            lists=self._lists_in_force(principal),
            skey=signer.skey,
        )  # fmt: skip
        statement, body = seal_pack(pack, passphrase, self._stores.settings.log_origin, secrets.token_bytes(DRAWN))
        kept = KeptPack(
            id=name,
            office=office,
            made=now,
            until=pack.until,
            vkey=signer.verifier.vkey,
            orders=tuple(
                PackedOrder(number=one.number, order=one.order, title=one.title, basis=one.basis) for one in pack.orders
            ),
            by=principal.id,
        )
        with self._stores.database.transaction() as connection:
            record = self._files.write(connection, PACK, name, (kept, principal.id), Place(state="kept", office=office))
            self._access.seal(connection, *([record] if record is not None else []))
        file = PackFile(statement=statement, signature=self._stores.sealer.sign(statement), body=body)
        return msgspec.json.encode(file)

    def packs(self, principal: Principal) -> tuple[KeptPack, ...]:
        """Packs that this principal may know of, the newest first (0..n). The look is sealed.

        Raises:
            PolicyError: The principal may see none.
        """
        self._access.require(principal, "continuity:read", seen_at(principal.office or ""))
        with self._stores.database.transaction() as connection:
            every = self._files.every(connection, PACK, KeptPack)
            found = [one for one in every if self._access.may(principal, "continuity:read", seen_at(one.office))]
            self._access.seal(connection, self._access.record(principal, "continuity", ("packs",)))
        return tuple(sorted(found, key=lambda one: (one.made, one.id), reverse=True))

    def pack(self, principal: Principal, name: str) -> PackStanding:
        """How a pack stands: of each order what came for it by gateway, by laptop and on paper. The look is sealed.

        Raises:
            NotFoundError: There is no such pack that this principal may know of.
        """
        kept = self._kept(principal, name)
        with self._stores.database.transaction() as connection:
            messages = {
                one.order: self._stores.messages.get(connection, UUID(of))
                for one in kept.orders
                if (of := one.basis.get("declaration"))
            }
            dossiers = self._stores.orders.consignments_of(connection, [UUID(one.order) for one in kept.orders])
        lines = []
        for one in kept.orders:
            message = messages.get(one.order)
            is_brought = message is not None and message.door == "gateway"
            lines.append(
                PackLine(
                    number=one.number,
                    order=one.order,
                    title=one.title,
                    consignment=str(dossiers.get(UUID(one.order), "")),
                    declaration=one.basis.get("declaration") or "",
                    gateway=message.actor if message is not None and is_brought else "",
                    taken=kept.taken.get(one.order),
                    again=tuple(more for more in kept.again if more.order == one.order),
                )
            )
        return PackStanding(
            id=kept.id, office=kept.office, made=kept.made, until=kept.until, by=kept.by, lines=tuple(lines)
        )

    def take_in(self, principal: Principal, content: bytes) -> tuple[PackResult, ...]:
        """Take in the results of a laptop, each once; what came of each, in order (0..500).

        Args:
            principal: Who hands them in; each is recorded as his.
            content: The file of results.

        Raises:
            NotFoundError: There is no such pack that this principal may know of.
            SenderError: It is no such file, was changed, or names another office or order; nothing is recorded.
        """
        return self._take_file(principal, content, "laptop")

    def take_photo(self, principal: Principal, content: bytes) -> PhotoTaken:
        """Take in a photo or a scan of paper forms: which forms are in it, and what came of the results that laptops printed as codes.

        Args:
            principal: Who hands it in.
            content: JPEG, PNG, WebP or TIFF.

        Raises:
            SenderError: It is no picture, or holds no code of a form.
            SettingsError: This installation has nothing that reads photos.
        """
        found = read_paper_photo(content)
        forms: list[FoundForm] = []
        results: list[PackResult] = []
        for code in found.codes:
            try:
                form = self.paper_form(principal, code)
                before = form.pack.taken.get(form.order.order)
                forms.append(FoundForm(code=code, title=form.order.title, before=before))
            except (NotFoundError, SenderError) as error:
                forms.append(FoundForm(code=code, words=error.message))
        for slip in found.slips:
            try:
                results += self._take_file(principal, slip, "slip")
            except (NotFoundError, SenderError) as error:
                results.append(PackResult(order="", title="", outcome="refused", words=error.message))
        return PhotoTaken(
            forms=tuple(forms), results=tuple(results), foreign=found.foreign, unreadable=found.unreadable
        )

    def paper_form(self, principal: Principal, code: str) -> PaperForm:
        """The order of a paper form by its code, with what came back of it already and who holds the goods. The look is sealed.

        Raises:
            NotFoundError: There is no such pack that this principal may know of.
            SenderError: The code cannot be one, or this house did not make it: the form was forged or altered, or the code mistyped.
        """
        asked = read_code(code)
        kept = self._kept(principal, asked.pack)
        order = next((one for one in kept.orders if one.number == asked.number), None)
        if order is not None:
            mac = self._mac(kept.id, kept.office, order.number, order)
            if hmac.compare_digest(read_code(write_code(kept.id, order.number, mac)).mac, asked.mac):
                with self._stores.database.transaction() as connection:
                    held = self._held_now(connection, [order.order]).get(order.order, ())
                return PaperForm(pack=kept, order=order, held_by=held)
        raise SenderError(
            "The code of this form was not made by this instance: it was mistyped, or the form was altered or forged. Nothing was "
            "recorded.",
            code="paper-forged",
            found=f"{asked.pack}-{asked.number}",
        )

    def take_paper(self, principal: Principal, code: str, entered: OfficeResult) -> PackResult:
        """Take in what stands on a paper form; what came of it.

        Args:
            principal: Who enters it.
            code: Code of the form.
            entered: What stands on it; the order is that of the code.

        Raises:
            NotFoundError: There is no such pack that this principal may know of.
            SenderError: The code cannot be one, or was not made by this house.
        """
        form = self.paper_form(principal, code)
        entered = msgspec.structs.replace(entered, order=form.order.order)
        return self._with_holds([self._take(principal, form.pack, form.order, (entered, "paper", ""))])[0]

    # Within

    def _is_known(self, office: str) -> bool:
        """Whether anything was declared at an office, or anybody is bound to it."""
        with self._stores.database.transaction() as connection:
            return office in self._stores.consignments.offices(connection) or office in self._stores.people.offices(
                connection
            )

    def _mac(self, pack: str, office: str, number: int, order: PocketOrder | PackedOrder) -> bytes:
        """What shows that this house made a paper form: for one order of one pack, under a key that never leaves the house (16 bytes)."""
        if isinstance(order, PackedOrder):
            of, title = order.order, order.title
        else:
            of, title = order.line.order.id if order.line.order else "", order.line.title
        return bytes.fromhex(self._stores.sealer.subject("office-paper", pack, office, str(number), of, title))

    def _take_file(self, principal: Principal, content: bytes, came: Came) -> tuple[PackResult, ...]:
        file = read_results(content)
        said = file.statement
        kept = self._kept(principal, said.officepack)
        try:
            check_results(file, kept.vkey)
        except ProofError as error:
            raise SenderError(error.message, code=error.code) from error
        if said.office != kept.office:
            raise SenderError("The results are of another office than their pack.", code="results-office")
        known = {one.order: one for one in kept.orders}
        if strange := [one.order for one in said.results if one.order not in known]:
            raise SenderError("There is no such order in this pack.", code="pack-order", found=strange[0])
        taken = [self._take(principal, kept, known[one.order], (one, came, said.series)) for one in said.standing()]
        return self._with_holds(taken)

    def _with_holds(self, results: Sequence[PackResult]) -> tuple[PackResult, ...]:
        """Results with who holds the goods now."""
        with self._stores.database.transaction() as connection:
            held = self._held_now(connection, [one.order for one in results])
        return tuple(msgspec.structs.replace(one, held_by=held.get(one.order, ())) for one in results)

    def _held_now(self, connection: Connection, orders: Iterable[str]) -> dict[str, tuple[tuple[str, str], ...]]:
        """Who holds the goods of orders, by order; orders of goods that nobody holds are left out."""
        dossiers = {
            name: order.consignment
            for name in dict.fromkeys(orders)
            if (order := self._stores.orders.get_order(connection, UUID(name))) is not None
        }
        holds = kept_holds(self._stores, connection, list(dossiers.values()))
        found = {name: _held(holds.get(dossier, ())) for name, dossier in dossiers.items()}
        return {name: held for name, held in found.items() if held}

    def _kept(self, principal: Principal, name: str) -> KeptPack:
        with self._stores.database.transaction() as connection:
            kept = self._files.read(connection, PACK, name[:40], KeptPack)
            if kept is None or not self._access.may(principal, "continuity:read", seen_at(kept.office)):
                raise NotFoundError("There is no such pack of an office.")
            kept = self._files.read_sealed(connection, PACK, name, KeptPack)
            self._access.seal(connection, self._access.record(principal, "continuity", (f"pack {name}",)))
        if kept is None:
            raise NotFoundError("There is no such pack of an office.")
        return kept

    def _take(
        self, principal: Principal, kept: KeptPack, order: PackedOrder, what: tuple[OfficeResult, Came, str]
    ) -> PackResult:
        result, came, series = what
        before = kept.taken.get(order.order)
        if before is not None:
            is_same = same_finding(before.result) == same_finding(result)
            outcome: ResultOutcome = "same" if is_same else "other"
            words = (
                f"entered {_CAME[before.came]} by {before.by} on {before.at:%Y-%m-%d %H:%M} UTC: {_told(before.result)}"
            )
            if not is_same:
                words = f"this says {_told(result)}; another was {words}. Amend that one if it is wrong"
            if (before.came, before.series, before.result) != (came, series, result):
                self._besides(principal, kept, _again(principal, order, what, outcome))
            return PackResult(order=order.order, title=order.title, outcome=outcome, words=words)
        since = kept.made - timedelta(minutes=1)  # what is written on paper is to the minute
        if not since <= result.made <= min(kept.until, datetime.now(UTC) + timedelta(minutes=5)):
            return self._refused(principal, kept, order, what, _TIME)
        if result.offence is not None and result.offence not in OFFENCES:
            return self._refused(principal, kept, order, what, f"there is no class of offence {result.offence}")
        basis = msgspec.convert(order.basis, OrderBasis)
        device = FromDevice(id=result_id(kept.id, order.order), made=result.made, basis=basis)
        counted = None if result.counted is None else PackageCount(counted=result.counted)
        new = NewResult(
            depth=result.depth, found=result.found, offence=result.offence, packages=counted, note=result.note or None
        )
        outcome, words = "recorded", ""
        if basis.examiner not in (None, principal.id):
            words = f"the order is assigned to {basis.examiner}; recorded under the name of {principal.id}, who handed it in"
        try:
            self._acts.record_result(principal, order.order, new, device)
        except OrderMovedError as moved:
            outcome, words = "beside", "; ".join(_MOVED[one] for one in moved.moved)
            try:
                self._acts.keep_beside(principal, order.order, new, device, "ask")
            except StoreError:
                raise
            except CocketError as error:
                return self._refused(principal, kept, order, what, f"{words}; {_said(error)}")
        except StoreError:
            raise
        except CocketError as error:
            return self._refused(principal, kept, order, what, _said(error))
        taken = TakenResult(
            result=result, outcome=outcome, came=came, words=words, series=series, by=principal.id, at=datetime.now(UTC)
        )
        self._change(
            principal, kept, lambda now: ({**now.taken, order.order: now.taken.get(order.order, taken)}, now.again)
        )
        return PackResult(order=order.order, title=order.title, outcome=outcome, words=words)

    def _refused(
        self,
        principal: Principal,
        kept: KeptPack,
        order: PackedOrder,
        what: tuple[OfficeResult, Came, str],
        words: str,
    ) -> PackResult:
        """Keep what is refused with the pack, and why, so that it is seen there."""
        self._besides(principal, kept, _again(principal, order, what, "refused", words))
        return PackResult(order=order.order, title=order.title, outcome="refused", words=words)

    def _besides(self, principal: Principal, kept: KeptPack, came: AgainResult) -> None:
        self._change(principal, kept, lambda now: (now.taken, _with(now.again, came)))

    def _change(self, principal: Principal, kept: KeptPack, how: Callable[[KeptPack], _Back]) -> None:
        """Write down what came back of a pack, and seal it."""
        with self._stores.database.transaction() as connection:
            now = self._files.read(connection, PACK, kept.id, KeptPack, to_change=True) or kept
            taken, again = how(now)
            made = msgspec.structs.replace(now, taken=taken, again=again)
            record = self._files.write(
                connection, PACK, kept.id, (made, principal.id), Place(state="kept", office=kept.office)
            )
            if record is not None:
                self._access.seal(connection, record)

    def _rules_in_force(self, principal: Principal) -> tuple[tuple[str, str], ...] | None:
        try:
            written = self._rules.written(principal)
        except PolicyError:
            return None
        return tuple((one.code, one.says or "") for one in written if one.state == "published")

    def _lists_in_force(self, principal: Principal) -> tuple[tuple[str, str, int], ...] | None:
        try:
            return tuple((one.name, one.version, one.entries) for one in self._lists.lists(principal))
        except PolicyError:
            return None


def _again(
    principal: Principal,
    order: PackedOrder,
    what: tuple[OfficeResult, Came, str],
    outcome: ResultOutcome,
    words: str = "",
) -> AgainResult:
    """What came besides, and recorded nothing."""
    result, came, _ = what
    at = datetime.now(UTC)
    return AgainResult(
        order=order.order, result=result, outcome=outcome, came=came, words=words, by=principal.id, at=at
    )


def _with(before: Sequence[AgainResult], one: AgainResult) -> tuple[AgainResult, ...]:
    """What came besides, with one more; the same by the same way is counted."""
    made = list(before)
    for at, known in enumerate(made):
        if (known.order, known.came, known.result, known.outcome) == (one.order, one.came, one.result, one.outcome):
            made[at] = msgspec.structs.replace(known, words=one.words, times=known.times + 1, at=one.at)
            return tuple(made)
    return (*made, one)[-_MOST_AGAIN:]


def _held(holds: Iterable[KeptHold]) -> tuple[tuple[str, str], ...]:
    """Agencies that hold goods, each with the legal basis that it names."""
    return tuple(dict.fromkeys((one.hold.agency, one.hold.law) for one in holds if one.hold.is_held))


def _order(number: int, code: str, carried: PocketOrder, held_by: tuple[tuple[str, str], ...]) -> PackOrder:
    line = carried.line
    advice = line.advice
    basis = carried.basis
    return PackOrder(
        number=number,
        order=line.order.id if line.order else "",
        code=code,
        title=line.title,
        trader=line.trader,
        goods=line.goods,
        lane=line.order.lane if line.order else "",
        examiner=basis.examiner,
        due=line.order.due if line.order else None,
        advice=tuple(_filled(one.message, one.arguments) for one in advice.reasons) if advice else (),
        model=" · ".join(filter(None, (advice.model_version, advice.rules_version))) if advice else "",
        items=tuple(
            PackItem(
                number=one.number,
                description=one.declared.description,
                classification=one.declared.classification,
                origin=one.declared.origin,
                quantity=f"{one.declared.quantity.value:f} {one.declared.quantity.unit}"
                if one.declared.quantity
                else None,
                value=_money(one.declared.value) if one.declared.value else None,
            )
            for one in carried.items
        ),
        left_out=carried.left_out,
        containers=tuple(
            PackContainer(number=one.number, seals=tuple(dict.fromkeys((*one.declared, *one.other))))
            for one in carried.containers
        ),
        packages=carried.packages,
        basis=msgspec.to_builtins(basis),
        held_by=held_by,
    )


def _money(value: Amount) -> str:
    return f"{value.value:f} {value.currency}" if value.currency else f"{value.value:f}"


def _filled(sentence: str, arguments: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda place: arguments.get(place[1], place[0]), sentence)


def _told(result: OfficeResult) -> str:
    found = {True: "an irregularity found", False: "nothing found", None: "nothing known yet"}[result.found]
    return f"{result.depth}, {found}" + (f", {result.offence}" if result.offence else "")


def _said(error: CocketError) -> str:
    findings = getattr(error, "findings", ())
    return "; ".join((error.message, *(render(one) for one in findings)))
