# SPDX-License-Identifier: Apache-2.0
"""The examiner's pocket: one page for a phone that works without a network, and what its script fetches and sends.

The page holds words and no data. Orders, results and files come and go as JSON; what the script sends twice is recorded
once, and what no longer fits its order comes back with both sides, for a person to decide.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter
from msgspec import Meta
from starlette.responses import Response

from cocket.codes.unit import unit as unit_of
from cocket.control import Confirmed, ExaminedItem, PackageCount, SeenContainer, SeenGoods, SeenSeal
from cocket.control.entry import (
    CLASSIFICATION,
    COUNTRY,
    CURRENCY,
    FIGURE,
    FILE_KINDS,
    MOST_FILES,
    MOST_NOTE,
    MOST_PIXELS,
    MOST_WORDS,
    RULES,
    known_codes,
)
from cocket.control.offences import Offence
from cocket.errors import CocketError, SenderError
from cocket.findings import Finding
from cocket.gate import check_words, texts_of
from cocket.pipeline import ResultView
from cocket.pipeline.control.officer_acts import OrderMovedError
from cocket.pipeline.control.views import (
    Answer,
    FromDevice,
    NewEvidence,
    NewFile,
    NewResult,
    OrderBasis,
)
from cocket.pipeline.queries.pocket import PocketItem, PocketOrder
from cocket.risk.suspicion import NAMES as SUSPICIONS
from cocket.risk.suspicion import about
from cocket.workbench.base import formats, given
from cocket.workbench.base.guard import HIDDEN, SentFile, SentForm, SignedIn
from cocket.workbench.base.labels import CHOSEN, DEPTHS, LANES, _
from cocket.workbench.base.offence_labels import OFFERED
from cocket.workbench.base.rendering import STATIC, clause_in, sentence_in
from cocket.workbench.base.visits import Visit, status_of
from cocket.workbench.control.pocket_labels import MOVED, SAID

routes = APIRouter()

_CONFLICT: Final = 409

#: What the page needs a camera for is its own; the other pages ask for none.
_CAMERA: Final = {"permissions-policy": "camera=(self), geolocation=(), microphone=()"}

_Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")]
_Line = Annotated[str, Meta(min_length=1, max_length=MOST_WORDS, pattern=r"^[^\x00-\x1f\x7f]*\Z")]
_Number = Annotated[str, Meta(pattern=rf"^{FIGURE}\Z")]
_Count = Annotated[int, Meta(ge=0, le=10_000_000)]
_Moment = Annotated[datetime, Meta(tz=True)]


class SentItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a device says was found of one item; what it leaves out is as declared."""

    item: Annotated[int, Meta(ge=1, le=99_999)]
    quantity: _Number | None = None
    unit: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,8}\Z")] | None = None
    value: _Number | None = None
    currency: Annotated[str, Meta(pattern=rf"^{CURRENCY}\Z")] | None = None
    classification: Annotated[str, Meta(pattern=rf"^{CLASSIFICATION}\Z")] | None = None
    origin: Annotated[str, Meta(pattern=rf"^{COUNTRY}\Z")] | None = None
    description: _Line | None = None


class SentResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A result as a device sends it; see `NewResult` and `FromDevice`.

    Attributes:
        files: Records of files that were sent before (0..n).
        answer: What its examiner says of it and the one that stood in its way; None as long as there was none.
    """

    id: _Id
    made: _Moment
    basis: OrderBasis
    depth: Literal["documents", "scan", "partial", "full", "not-examined"]
    found: bool | None
    offence: Offence | None = None
    items: Annotated[tuple[SentItem, ...], Meta(max_length=500)] = ()
    containers: Annotated[tuple[SeenContainer, ...], Meta(max_length=500)] = ()
    seals: Annotated[tuple[SeenSeal, ...], Meta(max_length=1000)] = ()
    counted: _Count | None = None
    opened: _Count | None = None
    files: Annotated[tuple[_Id, ...], Meta(max_length=MOST_FILES)] = ()
    note: Annotated[str, Meta(max_length=MOST_NOTE)] | None = None
    confirmed: Annotated[tuple[Confirmed, ...], Meta(max_length=500)] = ()
    answer: Answer | None = None


class _SentFileHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: _Id
    name: _Line
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    kind: Literal["photo", "paper", "x-ray"] = "photo"
    taken: _Moment | None = None
    verdict: Literal["clear", "suspicious", "inconclusive"] | None = None


@routes.get("/pocket")
def page(visit: SignedIn) -> Response:
    """The page, which holds no data of any order and of nobody."""
    visit.require("queue:read", visit.principal.office)
    return _with_camera(
        visit.page(
            "control/pocket",
            said=_said(visit),
            offences={name: visit.say(text) for name, text in OFFERED.items()},
            entry=_entry(visit),
        )
    )


@routes.get("/pocket/worker.js")
def worker() -> Response:
    """The service worker of the page and of nothing else; its address never changes, so browsers ask each time."""
    text = (STATIC / "pocket-worker.js").read_bytes()
    headers = {"cache-control": "no-cache", "service-worker-allowed": "/pocket"}
    return Response(text, media_type="text/javascript", headers=headers)


@routes.get("/pocket/orders.json")
def orders(visit: SignedIn, pocket: given.Pocket, known: str = "") -> Response:
    """Orders to do; of those that the device has already, the version alone."""
    try:
        versions, new = pocket.orders(visit.principal, frozenset(known.split(",")))
    except CocketError as error:
        return _refused(visit, error)
    told = {
        "csrf": visit.officer.csrf,
        "officer": {"id": visit.officer.id, "name": visit.officer.name},
        "key": pocket.key(visit.principal),
        "now": datetime.now(UTC).isoformat(),
        "versions": versions,
        "orders": [_order(visit, one) for one in new],
    }
    return _json(told)


@routes.post("/pocket/orders/{order_id}/files")
def take_file(sent: SentFile, officer_acts: given.OfficerActs, order_id: str) -> Response:
    """Keep a photograph or another file; the same one sent twice is kept once."""
    visit = sent.visit
    try:
        head = msgspec.convert(dict(visit.request.query_params), _SentFileHead)
        kept = officer_acts.add_file(
            visit.principal, order_id, NewFile(**msgspec.structs.asdict(head), content=sent.body)
        )
    except msgspec.ValidationError as error:
        return _json({"code": "malformed", "said": f"{error}."}, 422)
    except CocketError as error:
        return _refused(visit, error)
    return _json({"record": kept.record, "place": formats.number(kept.place), "type": kept.type})


@routes.post("/pocket/orders/{order_id}/results")
def take_result(sent: SentForm, officer_acts: given.OfficerActs, pocket: given.Pocket, order_id: str) -> Response:
    """Record a result once; where its order has changed meanwhile, give both sides and record nothing."""
    visit = sent.visit
    try:
        told = msgspec.json.decode(sent.body, type=SentResult)
        check_words(texts_of(msgspec.to_builtins(told)), HIDDEN)
        device = FromDevice(id=told.id, made=told.made, basis=told.basis)
        if told.answer is not None:
            record = officer_acts.keep_beside(visit.principal, order_id, _new(told), device, told.answer)
            return _json({"record": record, "kept": "beside"})
        result = officer_acts.record_result(visit.principal, order_id, _new(told), device)
    except OrderMovedError as moved:
        return _moved(visit, pocket, order_id, moved)
    except msgspec.DecodeError as error:
        return _json({"code": "malformed", "said": f"{error}."}, 422)
    except CocketError as error:
        return _refused(visit, error)
    return _json({"record": result.id, "kept": "result"})


@routes.get("/consignments/{consignment_id}/files/{record_id}")
def picture(visit: SignedIn, officer_acts: given.OfficerActs, consignment_id: str, record_id: str) -> Response:
    """The picture that is shown of a file, drawn anew from it; the file itself is given out as evidence."""
    content, kind = officer_acts.picture(visit.principal, consignment_id, record_id)
    return Response(content, media_type=kind)


def _new(told: SentResult) -> NewResult:
    """A result in the form of every door."""
    counted = None if told.counted is None else PackageCount(counted=told.counted, opened=told.opened)
    return NewResult(
        depth=told.depth,
        found=told.found,
        offence=told.offence,
        items=tuple(ExaminedItem(item=one.item, found=_found(one)) for one in told.items),
        containers=told.containers,
        seals=told.seals,
        packages=counted,
        evidence=tuple(NewEvidence(name="", record=record) for record in told.files),
        note=told.note or None,
        confirmed=told.confirmed,
    )


def _found(one: SentItem) -> SeenGoods:
    return msgspec.convert(
        {
            "quantity": {"value": one.quantity, "unit": one.unit} if one.quantity else None,
            "value": {"value": one.value, "currency": one.currency} if one.value else None,
            "classification": one.classification,
            "origin": one.origin,
            "description": one.description,
        },
        SeenGoods,
        strict=False,
    )


def _moved(visit: Visit, pocket: given.Pocket, order_id: str, moved: OrderMovedError) -> Response:
    """What stands in the way of a result, as it is now."""
    try:
        dossier, carried = pocket.order(visit.principal, order_id)
    except CocketError as error:
        return _refused(visit, error)
    order = carried.line.order
    standing = next((one for one in dossier.results if one.id == carried.basis.result), None)
    told = {
        "code": moved.code,
        "moved": [visit.say(MOVED[one], name=carried.basis.examiner or "–") for one in moved.moved],
        "may_record": carried.basis.result is None and order is not None and order.status == "open",
        "order": _order(visit, carried),
        "standing": _standing(visit, standing) if standing else None,
    }
    return _json(told, _CONFLICT)


def _standing(visit: Visit, result: ResultView) -> dict[str, Any]:
    return {
        "officer": result.officer,
        "at": result.at.isoformat(),
        "outcome": "irregular" if result.found else "conform" if result.found is False else "pending",
        "offence": visit.say(OFFERED.get(result.offence or "", "")) or None,
        "depth": visit.say(DEPTHS[result.depth][0]) if result.depth in DEPTHS else result.depth,
        "counted": result.packages.counted if result.packages else None,
        "files": len(result.evidence),
        "note": result.note,
    }


def _order(visit: Visit, carried: PocketOrder) -> dict[str, Any]:
    """An order as the page shows it, every sentence in the reader's language."""
    line, language = carried.line, visit.language
    order, advice = line.order, line.advice
    head = advice.head if advice else None
    look = None
    if head and head.suspicion:
        space = "\u00a0" if language.tag == "fr" else ""
        look = f"{visit.say(SUSPICIONS[head.suspicion.kind])}{space}: {clause_in(head.suspicion, language)}"
    elif advice and advice.is_random:
        look = visit.say(_("Drawn at random: examine in full"))
    stake = None
    if head and head.stake.is_threat:
        stake = visit.say(_("A threat, not a matter of money"))
    elif head and head.stake.amount:
        at = head.stake
        figure = f"{about(Decimal(head.stake.amount)):f}" if at.is_about else head.stake.amount
        amount = formats.decimal(formats.money(figure, at.currency), language)
        if not at.currency:
            amount += f" {language.translate(_('(currency not known)'))}"
        stake = visit.say(_("about {amount} at stake") if at.is_about else _("{amount} at stake"), amount=amount)
    because = [sentence_in(one, language) for one in advice.because] if advice else []
    if advice and advice.host_result:
        because.append(sentence_in(advice.host_result, language, visit.clock))
    lane = order.lane if order else "red"
    return {
        "id": order.id if order else "",
        "version": carried.version,
        "consignment": line.id,
        "title": line.title,
        "trader": line.trader,
        "goods": line.goods,
        "office": line.office,
        "lane": lane,
        "letter": LANES[lane][1],
        "lane_name": visit.say(LANES[lane][0]),
        "due": order.due.isoformat() if order and order.due else None,
        "examiner": order.examiner if order else None,
        "look": look or visit.say(CHOSEN[advice.chosen_by if advice else "rule"]),
        "because": because,
        "stake": stake,
        "tasks": [sentence_in(one, language) for one in order.look_for] if order else [],
        "items": [_item(visit, one) for one in carried.items],
        "left_out": carried.left_out,
        "containers": [
            {"number": box.number, "seals": list(dict.fromkeys((*box.declared, *box.other)))}
            for box in carried.containers
        ],
        "packages": carried.packages,
        "basis": msgspec.to_builtins(carried.basis),
    }


def _item(visit: Visit, item: PocketItem) -> dict[str, Any]:
    said, language = item.declared, visit.language

    quantity = said.quantity and formats.decimal(formats.number(f"{said.quantity.value:f}"), language)
    value = said.value and formats.decimal(formats.money(f"{said.value.value:f}", said.value.currency), language)
    if said.value and not said.value.currency:
        value = f"{value}\u00a0{language.translate(_('(currency not known)'))}"
    return {
        "number": item.number,
        "goods": said.description,
        "code": said.classification,
        "origin": said.origin,
        "quantity": f"{said.quantity.value:f}" if said.quantity else None,
        "quantity_said": f"{quantity}\u00a0{_unit(said.quantity.unit)}".rstrip("\u00a0") if said.quantity else None,
        "units": [[one.code, _unit(one.code), f"{one.of_declared:f}"] for one in item.units],
        "unit": said.quantity.unit if said.quantity else None,
        "value": f"{said.value.value:f}" if said.value else None,
        "value_said": value,
        "currency": said.value.currency if said.value else None,
    }


def _unit(code: str | None) -> str:
    """A unit as people write it; its code where it has no sign."""
    known = unit_of(code) if code else None
    return (known.symbol if known else None) or code or ""


def _refused(visit: Visit, error: CocketError) -> Response:
    """Why something is not recorded, in words, as JSON."""
    findings: tuple[Finding, ...] = error.findings if isinstance(error, SenderError) else ()
    said = [sentence_in(one, visit.language) for one in findings] or [visit.say(error.message)]
    if error.hint:
        said.append(visit.say(error.hint))
    status = 422 if findings else status_of(error)
    return _json({"code": findings[0].code if findings else error.code, "said": " ".join(said)}, status)


def _json(told: dict[str, Any], status: int = 200) -> Response:
    return Response(msgspec.json.encode(told), status_code=status, media_type="application/json")


def _with_camera(response: Response) -> Response:
    response.headers.update(_CAMERA)
    return response


def _said(visit: Visit) -> dict[str, str]:
    """Every sentence that the script may say, in the reader's language."""
    return {name: visit.say(sentence) for name, sentence in SAID.items()}


def _entry(visit: Visit) -> dict[str, Any]:
    """What the script checks as it is typed and added: the rules of results, codes, and what a file must be."""
    rules = [{**msgspec.to_builtins(rule), "message": visit.say(rule.message)} for rule in RULES]
    files = {
        "kinds": msgspec.to_builtins(FILE_KINDS),
        "most_bytes": visit.workbench.settings.max_file_bytes,
        "most_pixels": MOST_PIXELS,
        "most": MOST_FILES,
    }
    return {"rules": rules, "known": known_codes(), "figure": FIGURE, "files": files}
