# SPDX-License-Identifier: Apache-2.0
"""The segments of one message put in their groups, each judged by its table as it comes.

A segment that the message has elsewhere is taken where it comes, with a warning, and with it those that belong to its
group; one that the message does not have at all, or that should have come before, is an error.

Source: ISO 9735-1 §8; UN/EDIFACT directories, segment tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from cocket.findings import Finding, Gathered
from cocket.standards.edifact.checks import CHECKS
from cocket.standards.edifact.findings import finding
from cocket.standards.edifact.nodes import Node, hang
from cocket.standards.edifact.patterns import explain, pattern_of
from cocket.standards.edifact.separators import Separators, plain, split
from cocket.standards.edifact.tables import Directory, Element, Group, Slot, Structure

_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")


class _Scope:
    """A group that is open."""

    __slots__ = ("counts", "group", "node", "resume")

    def __init__(self, group: Group, node: Node, resume: Slot | None = None) -> None:
        self.group = group
        self.node = node
        self.counts = [0] * len(group.members)
        self.resume = resume


def parse(raw: str, separators: Separators, at: tuple[int, int]) -> Node:
    """One segment from its text.

    Args:
        raw: The text without terminator.
        separators: Of the interchange.
        at: Line and column (1-based).

    Source: ISO 9735-1 §7, §8.
    """
    release, repetition = separators.release, separators.repetition
    if (release is None or release not in raw) and (repetition is None or repetition not in raw):
        tag, *elements = raw.split(separators.element)
        colon = separators.component
        return Node(tag, [each.split(colon) if colon in each else each for each in elements], *at)
    tag, *elements = split(raw, separators.element, release)
    node = Node(tag, [], *at)
    for number, element in enumerate(elements, 1):
        first, *others = split(element, repetition, release) if repetition else [element]
        node.values.append(_components(first, separators))
        for place, other in enumerate(others, 2):
            node.repeats = node.repeats or {}
            node.repeats[number, place] = _components(other, separators)
    return node


def _components(text: str, separators: Separators) -> list[str]:
    return [plain(each, separators.release) for each in split(text, separators.component, separators.release)]


class Specs:
    """The tables of the segments of one release, made ready for one set of separators.

    Args:
        directory: Where they are.
        release: Such as `95B`.
        separators: Of the interchange.
    """

    def __init__(self, directory: Directory, release: str, separators: Separators) -> None:
        self._directory, self._release, self.separators = directory, release, separators
        self._made: dict[str, tuple[re.Pattern[str], tuple[Element, ...]] | None] = {}

    def of(self, tag: str) -> tuple[re.Pattern[str], tuple[Element, ...]] | None:
        """Pattern and table of a segment; None if the release does not have it.

        Source: UN/EDIFACT directories, segment directory.
        """
        try:
            return self._made[tag]
        except KeyError:
            elements = self._directory.segment(tag, self._release)
            made = None if elements is None else (pattern_of(tag, elements, self.separators), elements)
            self._made[tag] = made
            return made


class Building:
    """One message on its way to a tree.

    Args:
        name: Message type, for findings.
        structure: Its segment table.
        specs: The segments of its release.
        told: Takes the findings.
    """

    def __init__(self, name: str, structure: Structure, specs: Specs, told: Gathered) -> None:
        self.root = Node("", [])
        self.count = 0
        self._name = name
        self._structure = structure
        self._specs = specs
        self._told = told
        self._state = structure.start
        self._scopes = [_Scope(structure.whole, self.root)]
        self._misplaced: set[str] = set()
        self._beside_count = 0
        #: Told of each group of the message itself as it ends; the stream takes it from there.
        self.on_end: Callable[[Node], None] | None = None

    def feed(self, raw: str, line: int, column: int) -> Node:
        """Take the next segment.

        Args:
            raw: Its text without terminator.
            line: Where it begins (1-based).
            column: Where it begins (1-based).

        Source: ISO 9735-1 §8.
        """
        self.count += 1
        node = parse(raw, self._specs.separators, (line, column))
        tag = node.tag
        spec = self._specs.of(tag)
        if spec is None:
            self._unknown(node)
            return node
        if spec[0].fullmatch(raw) is None:
            self._told.extend(explain(node, spec[1], self._specs.separators))
        check = CHECKS.get(tag)
        if check is not None:
            self._told.extend(check(node, self._specs.separators.decimal))
        slots = self._state.following.get(tag)
        if slots is None or not self._place(node, slots):
            self._misplace(node)
        return node

    def _place(self, node: Node, slots: tuple[Slot, ...]) -> bool:
        """Put a segment in the first slot that has room; whether there is one, full or not, among the open groups."""
        chosen = None
        for slot in slots:
            place = self._open(slot.group)
            if place < 0:
                continue
            has_room = self._scopes[place].counts[slot.place] < slot.most
            if has_room or chosen is None:
                chosen = slot, place
            if has_room:
                break
        if chosen is None:
            return False
        slot, place = chosen
        if len(self._scopes) > place + 1:
            self._close(place + 1, node)
        scope = self._scopes[place]
        scope.counts[slot.place] += 1
        if scope.counts[slot.place] == slot.most + 1:
            self._tell("edifact-segment-repeated", node, str(slot.most))
        self._hang(scope.node, slot.name, node, slot)
        return True

    def _hang(self, parent: Node, name: str, node: Node, slot: Slot) -> None:
        node.slot = self._state = slot
        hang(parent, name, node)
        if slot.opens is not None:
            self._scopes.append(_Scope(slot.opens, node))

    def _open(self, group: Group | None) -> int:
        """Which open scope is a group's; -1 if none is, or only beyond one that stands where it should not."""
        place = len(self._scopes) - 1
        while self._scopes[place].group is not group:
            if self._scopes[place].resume is not None or place == 0:
                return -1
            place -= 1
        return place

    def _misplace(self, node: Node) -> None:
        """Take a segment that the message has, but not here."""
        while True:
            foreign = next((n for n in range(len(self._scopes) - 1, 0, -1) if self._scopes[n].resume), None)
            if foreign is None:
                break
            resume = self._scopes[foreign].resume
            self._close(foreign, node)
            self._state = resume or self._state
            slots = self._state.following.get(node.tag)
            if slots is not None and self._place(node, slots):
                return
        slot = self._structure.elsewhere.get(node.tag)
        if slot is None:
            self._unknown(node)
            return
        if node.tag == "BGM" and "BGM" in (self.root.kids or {}):
            self._tell("edifact-segment-repeated", node, "1")
        if node.tag not in self._misplaced:
            self._misplaced.add(node.tag)
            self._tell("edifact-segment-place", node)
        before = self._state
        self._hang(self._scopes[-1].node, self._beside(node), node, slot)
        if slot.opens is None:
            self._state = before
        else:
            self._scopes[-1].resume = before

    def _unknown(self, node: Node) -> None:
        code = "edifact-segment-unknown"
        if not node.tag:
            code = "edifact-segment-empty"
        elif _TAG.fullmatch(node.tag) is None:
            code = "edifact-tag"
        self._tell(code, node)
        hang(self._scopes[-1].node, self._beside(node), node)

    def _beside(self, node: Node) -> str:
        """Name of a segment without a place: by the last one directly in the innermost group, and counted."""
        self._beside_count += 1
        is_direct = self._state.group is self._scopes[-1].group
        return f"{self._state.name if is_direct else ''}>{self._beside_count:05d}.{node.tag}"

    def _close(self, upto: int, node: Node) -> None:
        """End the groups from a place on; what is missing in them is told where the next segment stands."""
        while len(self._scopes) > upto:
            scope = self._scopes.pop()
            self._miss(scope, node)
            if len(self._scopes) == 1 and self.on_end:
                self.on_end(scope.node)

    def _miss(self, scope: _Scope, node: Node) -> None:
        for slot in scope.group.mandatory:
            if not scope.counts[slot.place]:
                self._told.add(
                    finding(
                        "edifact-segment-missing",
                        (node.line, node.column),
                        node.tag,
                        slot.tag,
                        message=self._name,
                    )
                )

    def end(self, last: Node) -> None:
        """End the message.

        Args:
            last: Its last segment.

        Source: ISO 9735-1 §8, mandatory segments.
        """
        self._close(1, last)
        self._miss(self._scopes[0], last)

    def _tell(self, code: str, node: Node, expected: str | None = None) -> None:
        told: Finding = finding(
            code, (node.line, node.column), node.tag[:3], expected, node.tag or None, message=self._name
        )
        self._told.add(told)
