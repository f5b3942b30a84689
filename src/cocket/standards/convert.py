# SPDX-License-Identifier: Apache-2.0
"""From one standard to another through the model, with an account of every value of the source.

Read → carry to the target's kind of paper → write → read back with the target's own reader → account. Values that the
target has no room for are taken out and told as lost; values that it asks for and the source does not state are told
as missing, and never invented.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import msgspec
from lxml import etree

from cocket.errors import SenderError, UnreadableError
from cocket.findings import Finding, render
from cocket.model import Declaration, Document, Reading
from cocket.standards._front import STANDARDS, draft, read_as, recognise, source_of
from cocket.standards.accounts import Beside, Trial, Value, values_of
from cocket.standards.air_passages import AIR_PASSAGES
from cocket.standards.edifact import bytes_of, taken_out, view_of
from cocket.standards.ens.fields import MESSAGES
from cocket.standards.ens.tree import element_of as ens_element
from cocket.standards.ens.writer import declaration_node as ens_node
from cocket.standards.ens.writer import message_of
from cocket.standards.json import looks_like_json, write_json
from cocket.standards.json_view import taken_from
from cocket.standards.kind import Options, Source, Standard, options_of
from cocket.standards.leaves import element_of as leaves_element
from cocket.standards.ncts.tables import shape_of as ncts_shape
from cocket.standards.ncts.writer import declaration_leaves as ncts_leaves
from cocket.standards.ncts.writer import message_of as ncts_message
from cocket.standards.passages import CARRIES, PASSAGES, Carried, is_same
from cocket.standards.suiting import suited
from cocket.standards.types import require_types
from cocket.standards.views import elements_of, elements_of_source, messages_of, source_again
from cocket.standards.wco_dm import draft as wco_draft
from cocket.standards.xml import LIMITS, Limits, parse_xml, written_name

#: Findings enough to have all of one message.
_ALL = 10_000

#: Endings of the codes that say a value, or an element around one, has no room where it stands.
_MISFITS = ("-unexpected", "-repeated", "-length", "-digits", "-format", "-code-unknown", "-value-missing")
#: Endings of the codes that say something is not there; so does `-no-` within one.
_MISSING = ("-missing", "-incomplete")

#: Standards whose messages can ask for a change of an earlier one, beside making a new one.
_AMENDABLE = ("wco-dm", "ens", "ncts")

#: Codes of EDIFACT that say the same of a value which has the form and cannot be.
_EDIFACT_MISFITS = ("-location", "-check-digit", "-equipment-number", "-date", "-date-format", "-quantity", "-number")

#: Endings that say the same of a value of JSON.
_JSON_MISFITS: tuple[str, ...] = (
    *(*_MISFITS, *_EDIFACT_MISFITS),
    *("-type", "-pattern", "-code", "-range", "-decimal", "-count", "-country", "-currency"),
)

#: A misfit taken out may let another be seen; each time there is less left.
_ROUNDS = 20


class ConvertOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to convert.

    Attributes:
        partial: Whether a message is given even if it lacks what its standard asks for.
        bill: Number of the bill of a manifest to convert; None for all, or the only one.
        profile: Profile to read the source by; None lets the message decide.
        lenient: Whether known slips of the source are repaired.
        package: A national information package to read the source by, as its JSON; None for none.
        limits: What the message may measure at most; None for the usual limits of its syntax.

    Raises:
        SenderError: A value is of another type (`options-type`).
    """

    partial: bool = False
    bill: str | None = None
    profile: str | None = None
    lenient: bool = False
    package: bytes | None = None
    limits: Limits | None = None

    def __post_init__(self) -> None:
        """Refuse what would fail later, in the middle of a message."""
        text, flag = (str, type(None)), (bool,)
        require_types(
            self,
            partial=flag,
            bill=text,
            profile=text,
            lenient=flag,
            package=(bytes, type(None)),
            limits=(Limits, type(None)),
        )


class Lost(msgspec.Struct, frozen=True):
    """One value of the source that the target does not have.

    Attributes:
        path: Where it stands, as an absolute XPath with a predicate on every step and the source's prefixes.
        value: The text as it stands, without outer white space.
        reason: Why, as a sentence.
    """

    path: str
    value: str
    reason: str


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """What came of converting a message.

    Attributes:
        source: Name of the standard it was in.
        target: Name of the standard it was to be in.
        outcome: `accepted` if the target's own reader accepts the message, else `refused`.
        message: The message as UTF-8; None if it is refused and no partial one was asked for.
        values: Values of the source (count): `recovered` and those in `lost` together.
        recovered: Values that the target has again (count).
        lost: The others, in the order of the source (0..n).
        findings: What the target asks for and the source does not state (`convert-missing`), and what else the
            target's reader has to say (0..n).
        further: The same of each further message that came in the same bytes, in order (0..n): a message and an
            account of its own each. One that the target cannot carry has no message, and all its values are lost.
    """

    source: str
    target: str
    outcome: str
    message: bytes | None
    values: int
    recovered: int
    lost: tuple[Lost, ...]
    findings: tuple[Finding, ...]
    further: tuple[Conversion, ...] = ()


class Pair(msgspec.Struct, frozen=True):
    """Two standards that carry the same thing.

    Attributes:
        source: Name of the standard to convert from.
        target: Name of the standard to convert to.
        carries: What goes over, in words.
    """

    source: str
    target: str
    carries: str


def pairs() -> tuple[Pair, ...]:
    """The pairs of standards between which messages can be converted, in the order of `STANDARDS` (1..n).

    Source: `cocket.standards.passages`.
    """
    return tuple(
        Pair(source.name, target.name, way[1])
        for source in STANDARDS
        for target in STANDARDS
        if source is not target and target.write and (way := _way(source.name, target.name))
    )


def convert(data: bytes, to: str, options: ConvertOptions | None = None) -> Conversion:
    """Convert a message to another standard, and every further message that came in the same bytes.

    Args:
        data: The message as received; an interchange of EDIFACT, a file of Cargo-IMP or a list of items may have several.
        to: Name of the standard wanted.
        options: How to convert; None for the defaults.

    Returns:
        The first message with the account of what it has of the source, and those of the others in `further`.
        Converted to its own standard, a message is written anew.

    Raises:
        UnreadableError: The message is none of any standard.
        SenderError: It is refused by its own standard (`findings` say why; `partial` takes it all the same), or the
            two standards do not carry the same kind of document.

    Source: the two standards; `cocket.standards.passages` for what they have in common.
    """
    options = options_of(options, ConvertOptions)
    target = _target(to)
    standard, source = recognise(data, lenient=options.lenient, limits=options.limits)
    whole = read_as(standard, source, _reading(options))
    _readable(whole, is_partial=options.partial)
    if not whole.further:
        return _converted(standard, source, target, options)
    first, *others = messages_of(source, standard.name)
    further = tuple(_converted_further(each, target, options) for each in others)
    return msgspec.structs.replace(_converted(standard, first, target, options), further=further)


def _reading(options: ConvertOptions) -> Options:
    """How the source is read."""
    return Options(profile=options.profile, package=options.package, lenient=options.lenient, limits=options.limits)


def _converted_further(source: Source, target: Standard, options: ConvertOptions) -> Conversion:
    """A message behind the first, which may be of another type; what cannot be converted is lost, and told as that."""
    standard = next(each for each in STANDARDS if each.recognises(source))
    try:
        return _converted(standard, source, target, options)
    except SenderError as error:
        values = list(values_of(elements_of_source(source), standard.name))
        said = Finding(code=error.code, severity="error", message="{said}", arguments={"said": error.message})
        return Conversion(
            source=standard.name,
            target=target.name,
            outcome="refused",
            message=None,
            values=len(values),
            recovered=0,
            lost=tuple(Lost(each.path, each.text, error.message) for each in values),
            findings=(said, *error.findings),
        )


def _converted(standard: Standard, source: Source, target: Standard, options: ConvertOptions) -> Conversion:
    """One message."""
    job = _Job(standard, source, target, options)
    reading = read_as(standard, source, job.reading_options)
    document = _readable(reading, is_partial=options.partial)
    carried = job.carry(document, reading)
    written, misfits = _drafted(target, carried.document), list[Value]()
    if standard is not target:
        written, misfits = _fitted(target, written, options.limits)
    back = target.read(source_of(written, limits=options.limits), Options(limit=_ALL, limits=options.limits))
    trial = Trial(job.root, standard.name, job.again, carried.rows)
    values, there = trial.values, [*values_of(elements_of(written, options.limits), target.name), *misfits]
    became = _rewritten(values, there) if standard is target else trial.outcome(there)
    recovered = {path for path, value in became.items() if value.misfit is None}
    reasons = _Reasons(target, became, Beside(document))
    lost = tuple(Lost(each.path, each.text, reasons.of(each)) for each in values if each.path not in recovered)
    return Conversion(
        source=standard.name,
        target=target.name,
        outcome=back.outcome,
        message=written if back.outcome == "accepted" or options.partial else None,
        values=len(values),
        recovered=len(recovered),
        lost=lost,
        findings=tuple(_told(back)),
    )


class _Job:
    """One message on its way to another standard, as often as it is gone."""

    def __init__(self, standard: Standard, source: Source, target: Standard, options: ConvertOptions) -> None:
        way = _way(standard.name, target.name)
        if way is None:
            raise _no_way(standard.name, target.name)
        self._standard, self._target, self._way = standard, target, way[0]
        self._source = source
        #: The message as elements, which a trial changes.
        self.root = elements_of_source(source)
        self._bill = options.bill
        self.reading_options = _reading(options)

    def carry(self, document: Document, reading: Reading) -> Carried:
        """The document as the target's kind of paper, told as the target tells it."""
        if self._standard is self._target:
            return Carried(document)
        is_amendment = reading.function == "amendment" and self._target.name in _AMENDABLE
        if reading.function != "original" and not is_amendment:
            raise SenderError(
                f"This is the {reading.function} of an earlier message, which {self._target.name} cannot express.",
                code="convert-other-thing",
                found=reading.function,
            )
        carried = self._way(document, self._bill)
        return msgspec.structs.replace(carried, document=suited(carried.document, self._target.name))

    def again(self) -> list[Value] | None:
        """The values of the target, the source having been changed; None if it cannot be converted any more."""
        try:
            source = source_again(self._source, self.root)
            reading = read_as(self._standard, source, self.reading_options)
            if reading.document is None:
                return None
            carried = self.carry(reading.document, reading)
            drafted = _drafted(self._target, carried.document)
            written, misfits = _fitted(self._target, drafted, self.reading_options.limits)
        except SenderError:
            return None
        return [*values_of(elements_of(written, self.reading_options.limits), self._target.name), *misfits]


def _way(source: str, target: str) -> tuple[Callable[[Document, str | None], Carried], str] | None:
    kinds = CARRIES.get(source), CARRIES.get(target)
    if source == target or (kinds[0] is not None and kinds[0] == kinds[1]):
        return is_same, "everything that both formats support"
    return (PASSAGES | AIR_PASSAGES).get(kinds)  # type: ignore[arg-type]  # a standard that carries nothing known has no way


def _target(name: str) -> Standard:
    standard = next((each for each in STANDARDS if each.name == name and each.write), None)
    if standard is None:
        known = ", ".join(each.name for each in STANDARDS if each.write)
        raise SenderError(
            f"No standard named {name} can be written.", code="convert-unknown", expected=known, found=name
        )
    return standard


def _no_way(source: str, target: str) -> SenderError:
    others = ", ".join(pair.target for pair in pairs() if pair.source == source)
    return SenderError(
        f"A message of {source} and one of {target} do not carry the same kind of document.",
        code="convert-no-way",
        expected=others or None,
        found=target,
        hint=f"It can be converted to: {others}." if others else "It can be converted to no other standard.",
    )


def _readable(reading: Reading, *, is_partial: bool) -> Document:
    if reading.document is None or (reading.outcome == "refused" and not is_partial):
        message = f"The message is refused by its own standard, {reading.standard}."
        raise SenderError(message, code="convert-refused", findings=reading.findings)
    return reading.document


# Writing ---------------------------------------------------------------------------------------------------------------


def _drafted(target: Standard, document: Document) -> bytes:
    """The message, even where its writer would refuse it because a value does not fit or one is missing."""
    loosely = _DRAFTS.get(target.name)
    try:
        if loosely and isinstance(document, Declaration):
            return etree.tostring(loosely(document), encoding="UTF-8", xml_declaration=True)
        return draft(document, target)
    except ValueError as error:  # lxml's word for a character or a name that XML has no way to write
        raise SenderError("The message contains text that XML does not allow.", found=str(error)) from error


def _ens_draft(document: Declaration) -> etree._Element:
    return ens_element(ens_node(document), MESSAGES[message_of(document)])


def _ncts_draft(document: Declaration) -> etree._Element:
    return leaves_element(ncts_leaves(document), ncts_shape("6").outline, ncts_message(document))


_DRAFTS: dict[str, Callable[[Declaration], etree._Element]] = {
    "wco-dm": wco_draft,
    "ens": _ens_draft,
    "ncts": _ncts_draft,
}


def _fitted(target: Standard, written: bytes, limits: Limits | None) -> tuple[bytes, list[Value]]:
    """A message without what its standard has no room for, and what that was (0..n)."""
    if target.name.startswith("edifact-"):
        return _fitted_edifact(target, written, limits)
    if looks_like_json(written):
        return _fitted_json(target, written, limits)
    misfits: list[Value] = []
    if target.name not in _DRAFTS:
        return written, misfits
    for _ in range(_ROUNDS):
        root = parse_xml(written, limits or LIMITS)
        _sweep(root)
        found = target.read(Source(written, root), Options(limit=_ALL, limits=limits)).findings
        faults = [each for each in found if each.severity == "error" and each.code.endswith(_MISFITS)]
        places = [(place, fault) for fault in faults if (place := _find(root, fault.location or "")) is not None]
        for (element, attribute), fault in places:
            why = render(fault)
            misfits += [Value("", text.strip(), misfit=why) for text in _taken_out(element, attribute)]
        written = etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)
        if not places:
            break
    return written, misfits


def _fitted_edifact(target: Standard, written: bytes, limits: Limits | None) -> tuple[bytes, list[Value]]:
    misfits: list[Value] = []
    for _ in range(_ROUNDS):
        root, before = view_of(written), len(misfits)
        for fault in target.read(source_of(written, limits=limits), Options(limit=_ALL, limits=limits)).findings:
            if fault.severity == "error" and fault.code.endswith((*_MISFITS, *_EDIFACT_MISFITS)):
                why = render(fault)
                misfits += [Value("", text.strip(), misfit=why) for text in taken_out(root, fault.location or "")]
        if len(misfits) == before:
            break
        written = bytes_of(root)
    return written, misfits


def _fitted_json(target: Standard, written: bytes, limits: Limits | None) -> tuple[bytes, list[Value]]:
    misfits: list[Value] = []
    for _ in range(_ROUNDS):
        source, before = source_of(written, limits=limits), len(misfits)
        try:
            found = target.read(source, Options(limit=_ALL)).findings
        except UnreadableError as error:
            raise _too_little(target) from error
        faults = [each for each in found if each.severity == "error" and each.code.endswith(_JSON_MISFITS)]
        for fault in reversed(faults):  # the last of a list first, so that the others keep their places
            why = render(fault)
            misfits += [Value("", text, misfit=why) for text in taken_from(source.value, fault.location or "")]
        if len(misfits) == before:
            break
        written = write_json(source.value)
    return written, misfits


def _too_little(target: Standard) -> SenderError:
    message = f"The message has too little content for {target.title}."
    return SenderError(message, code="convert-too-little", hint="A bill needs its number.")


def _sweep(root: etree._Element) -> None:
    """Take out the elements that hold nothing."""
    for element in reversed(list(root.iterdescendants())):
        parent = element.getparent()
        if parent is not None and not (len(element) or element.attrib or (element.text or "").strip()):
            parent.remove(element)


def _find(root: etree._Element, location: str) -> tuple[etree._Element, str | None] | None:
    """The element of an absolute XPath, and the attribute it may end in; None if there is none, or it is the root."""
    first, *steps = location.removeprefix("/").split("/")
    element, attribute = root, None
    if first != f"{written_name(root)}[1]" or not steps:
        return None
    for step in steps:
        if step.startswith("@"):
            attribute = step[1:]
            break
        name, _, place = step.removesuffix("]").partition("[")
        same = [child for child in element if written_name(child) == name]
        if not place.isdecimal() or int(place) > len(same):
            return None
        element = same[int(place) - 1]
    return element, attribute


def _taken_out(element: etree._Element, attribute: str | None) -> Iterator[str]:
    """Take out an element or an attribute; gives the texts that go."""
    parent = element.getparent()
    if attribute is not None and attribute in element.attrib:
        yield str(element.attrib.pop(attribute))
    elif parent is not None:
        for each in element.iter():
            yield from (str(text) for text in (*each.attrib.values(), each.text or "") if str(text).strip())
        parent.remove(element)


# The account -----------------------------------------------------------------------------------------------------------


class _Reasons:
    def __init__(self, target: Standard, became: dict[str, Value], beside: Beside) -> None:
        self._target = target.name
        self._became = became
        self._beside = beside

    def of(self, value: Value) -> str:
        """Why a value is not in the target."""
        became = self._became.get(value.path)
        if became and became.misfit:
            return f"it does not fit into {self._target}: {became.misfit}"
        if self._beside.has(value):
            return "it is specific to its standard: the model has no place for it"
        return f"{self._target} does not support it in this form"


def _rewritten(values: list[Value], written: list[Value]) -> dict[str, Value]:
    """The values that a message written anew in its own standard has where they stood."""
    left = Counter((_inside(each.path), each.text) for each in written)
    found = {}
    for value in values:
        place = (_inside(value.path), value.text)
        if left[place]:
            left[place] -= 1
            found[value.path] = value
    return found


def _inside(path: str) -> str:
    """The last two steps of a path, without prefixes: what an envelope around a message does not change."""
    return "/".join(step.rpartition(":")[2] for step in path.split("/")[-2:])


def _told(back: Reading) -> Iterator[Finding]:
    """What the target's reader says, a value that is missing being told as such."""
    for finding in back.findings:
        is_missing = finding.code.endswith(_MISSING) or "-no-" in finding.code
        if finding.severity == "error" and is_missing:
            yield msgspec.structs.replace(
                finding,
                code="convert-missing",
                expected=finding.expected or _inside(finding.location or finding.code),
                message="the source does not state a required value: {expected} ({rule})",
                arguments={"rule": finding.code, "said": render(finding)},
            )
        else:
            yield finding
