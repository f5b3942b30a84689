# SPDX-License-Identifier: Apache-2.0
"""The answers of customs, from their tree to the model and back.

Source: ICS functional specification (DDNIA ICS), IE304 amendment accepted, IE305 amendment rejected, IE316 declaration
rejected, IE328 declaration registered, IE351 advanced intervention.
"""

from __future__ import annotations

from collections.abc import Iterator

from cocket.model import (
    AdditionalDocument,
    AdditionalInformation,
    CustomsOffice,
    Reference,
    Response,
    ResponseError,
    ResponseStatus,
)
from cocket.standards.ens.fields import MESSAGES, Message
from cocket.standards.ens.names import document_names, stated_names
from cocket.standards.ens.parts import (
    put_means,
    put_preparation,
    take_means,
    take_preparation,
    take_trader,
    trader_node,
)
from cocket.standards.ens.tree import (
    Node,
    branch,
    branches,
    lay_back,
    left_over,
    peek,
    put,
    put_group,
    put_groups,
    take,
    take_moment,
    take_whole,
)

_INTERVENTION = "CC351A"

#: When what was declared was accepted or refused, by message.
_ACCEPTED = {"CC304A": "AmeAccDatTimHEA111", "CC328A": "DecRegDatTimHEA115", "CC351A": "DecRegDatTimHEA115"}
_REJECTED = {"CC305A": "AmeRejDatTimHEA112", "CC316A": "DecRejDatTimHEA116"}

#: The reason for a rejection, coded and in words, by message.
_REASON_CODES = {"CC305A": "AmeRejMotCodHEA604"}
_REASON_TEXTS = {"CC305A": "AmeRejMotTexHEA605", "CC316A": "DecRejReaHEA252"}


def message_of(response: Response) -> Message | None:
    """Which message a response is to be written as; None if it is none of this standard.

    Source: ICS functional specification, message numbers.
    """
    return next((message for message in MESSAGES.values() if message.number == response.function_code), None)


def read_response(tree: Node, message: Message) -> Response:
    """Read an answer.

    Args:
        tree: Tree of the root element; what is read is taken out of it.
        message: Which one it is.

    Returns:
        The answer; what has no place in the model is in `extensions`. The items it names stay there, and give names
        of the consignment.

    Source: ICS functional specification, IE304, IE305, IE316, IE328, IE351.
    """
    header, name = branch(tree, "HEAHEA"), message.name
    reference, number = take(header, "RefNumHEA4"), take(header, "DocNumHEA5")
    names = (
        *stated_names("LRN", reference),
        *stated_names("MRN", number),
        *stated_names("UCR", peek(header, "ComRefNumHEA")),
        *(each for item in branches(tree, "GOOITEGDS") for each in _names_of_item(item)),
    )
    return Response(
        function_code=message.number,
        functional_reference=take(tree, "MesIdeMES19"),
        issued=take_preparation(tree),
        office=CustomsOffice(code=take(branch(tree, "CUSOFFFENT730"), "RefNumCUSOFFFENT731")),
        declaration_reference=reference,
        declaration_id=number,
        declaration_accepted=take_moment(header, _ACCEPTED[name]) if name in _ACCEPTED else None,
        declaration_rejected=take_moment(header, _REJECTED[name]) if name in _REJECTED else None,
        declarant=take_trader(tree, "PERLODSUMDEC"),
        agent=take_trader(tree, "TRAREP"),
        statuses=tuple(_interventions(tree, header)),
        errors=tuple(map(_error, branches(tree, "FUNERRER1"))),
        information=tuple(_reasons(header, name)),
        transport=take_means(header, nationality_in(message)),
        references=tuple(dict.fromkeys(names)),
        extensions=left_over(tree, message.group),
    )


def response_node(response: Response, message: Message) -> Node:
    """The tree of an answer, extensions back in their places.

    Args:
        response: What to write. The head of the message (sender, recipient, type) has no place in the model and is
            among the extensions.
        message: As which message.

    Returns:
        Tree of the root element.

    Source: ICS functional specification, IE304, IE305, IE316, IE328, IE351.
    """
    name = message.name
    node: Node = {}
    put(node, "MesIdeMES19", response.functional_reference)
    put_preparation(node, response.issued)
    header: Node = {}
    put(header, "RefNumHEA4", response.declaration_reference)
    put(header, "DocNumHEA5", response.declaration_id)
    for elements, when in ((_ACCEPTED, response.declaration_accepted), (_REJECTED, response.declaration_rejected)):
        if name in elements:
            put(header, elements[name], when)
    put_means(header, nationality_in(message), response.transport)
    _put_reason(header, name, response.information)
    if name == _INTERVENTION and response.statuses:
        put(header, "NotDatTimHEA104", response.statuses[0].effective)
        put_groups(node, "CUSINT632", map(_intervention_node, response.statuses))
    put_group(node, "HEAHEA", header)
    put_groups(node, "FUNERRER1", map(_error_node, response.errors))
    put_group(node, "TRAREP", trader_node("TRAREP", response.agent))
    put_group(node, "PERLODSUMDEC", trader_node("PERLODSUMDEC", response.declarant))
    if response.office.code is not None:
        put_group(node, "CUSOFFFENT730", {"RefNumCUSOFFFENT731": [response.office.code]})
    lay_back(node, response.extensions)
    return node


def nationality_in(message: Message) -> str:
    """The element that holds the nationality of the means of transport: two messages have one of their own for it.

    Source: ICS functional specification, IE328 and IE351.
    """
    own = "NatHEA001"
    header = message.group.fields["HEAHEA"].group
    return own if header and own in header.fields else "NatOfMeaOfTraCroHEA87"


def _names_of_item(item: Node) -> Iterator[Reference]:
    """The names an item gives. It is not taken: an answer repeats it from the declaration."""
    yield from stated_names("UCR", peek(item, "ComRefNumGIM1"))
    for each in branches(item, "PRODOCDC2"):
        paper = AdditionalDocument(type_code=peek(each, "DocTypDC21"), id=peek(each, "DocRefDC23"))
        yield from document_names((paper,))
    for each in branches(item, "CONNR2"):
        yield from stated_names("EQUIPMENT", peek(each, "ConNumNR21"))


def _reasons(header: Node, name: str) -> Iterator[AdditionalInformation]:
    code = take(header, _REASON_CODES[name]) if name in _REASON_CODES else None
    text = take(header, _REASON_TEXTS[name]) if name in _REASON_TEXTS else None
    if code or text:
        yield AdditionalInformation(code=code, text=text)


def _put_reason(header: Node, name: str, information: tuple[AdditionalInformation, ...]) -> None:
    for reason in information[:1]:
        if name in _REASON_CODES:
            put(header, _REASON_CODES[name], reason.code)
        if name in _REASON_TEXTS:
            put(header, _REASON_TEXTS[name], reason.text)


def _error(node: Node) -> ResponseError:
    return ResponseError(
        code=take(node, "ErrReaER13"),
        type_code=take(node, "ErrTypER11"),
        location=take(node, "ErrPoiER12"),
        found=take(node, "OriAttValER14"),
    )


def _error_node(error: ResponseError) -> Node:
    node: Node = {}
    put(node, "ErrTypER11", error.type_code)
    put(node, "ErrPoiER12", error.location)
    put(node, "ErrReaER13", error.code)
    put(node, "OriAttValER14", error.found)
    return node


def _interventions(tree: Node, header: Node) -> Iterator[ResponseStatus]:
    """What customs intends to do, for one item or for all, told once when."""
    found = branches(tree, "CUSINT632")
    effective = take_moment(header, "NotDatTimHEA104") if found else None
    for each in found:
        yield ResponseStatus(
            code=take(each, "CusIntCodCUSINT665"),
            effective=effective,
            item_number=take_whole(each, "IteNumConCUSINT668"),
            text=take(each, "CusIntTexCUSINT666"),
        )


def _intervention_node(status: ResponseStatus) -> Node:
    node: Node = {}
    put(node, "IteNumConCUSINT668", status.item_number)
    put(node, "CusIntCodCUSINT665", status.code)
    put(node, "CusIntTexCUSINT666", status.text)
    return node
