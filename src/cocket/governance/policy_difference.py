# SPDX-License-Identifier: Apache-2.0
"""How two policies differ, exactly: over every role, every action and every combination of facts that can be.

What a rule does not read cannot change what it decides. So of each action only those facts are varied that some rule about it
reads, purposes that no such rule names are taken together, and so are roles that no such rule tells apart; each combination
that is left is decided by both policies, and counted as often as it stands in the whole table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import product
from typing import Any, Final, Literal, NamedTuple, Protocol

import msgspec

from cocket.governance.policy import Decision, Facts, Policy, PolicyRule
from cocket.governance.policy_schema import STATED, YES_OR_NO
from cocket.governance.principal import ACTIONS, ROLES

#: Facts, the purpose last.
_FACTS: Final = (*YES_OR_NO, "purpose")

#: Values of one fact that no rule tells apart; a combination of them; and several combinations at once.
_Values = tuple[bool | str, ...]
_Place = tuple[_Values, ...]
_Cube = tuple[tuple[_Values, ...], ...]

#: Circumstances: for each fact that counts, the values that it may have.
Circumstances = dict[str, tuple[bool | str, ...]]

#: Fact → what it says where it is true, and where it is not.
WORDS: Final[dict[str, tuple[str, str]]] = {
    "own": ("of a sender that the key may act for", "of a sender that the key may not act for"),
    "in_office": ("of the actor's office, or of the whole instance", "of another office"),
    "at_same_office": ("of the very office that the actor is bound to", "not of the office that the actor is bound to"),
    "concerns_actor": ("about the actor", "not about the actor"),
    "has_reason": ("with a reason in words", "without a reason"),
    "needs_second": ("where a second person is asked for", "where no second person is asked for"),
    "has_second": ("with a second person", "without a second person"),
    "has_case": ("with a case named", "without a case named"),
}

#: What else is said of circumstances.
IN_EVERY_CASE: Final = "in every case"
FOR_PURPOSES: Final = "for {purposes}"
NO_PURPOSE: Final = "no known purpose"
NO_ROLE: Final = "no role"


class Say(Protocol):
    """Says a sentence in the reader's language."""

    def __call__(self, sentence: str, **places: object) -> str:
        """The sentence, its places filled in."""


def in_english(sentence: str, **places: object) -> str:
    """The sentence as it stands, its places filled in."""
    return sentence.format(**places)


class PolicyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What changes for one role and one action, one way.

    Attributes:
        role: The role; empty for whoever has none. Several with `+` for one actor who has them all.
        action: The action.
        when: In which circumstances (1..n): any one of them, and of each all of its facts; one without facts is always.
        in_short: The same, but where a prohibition that both policies have refuses anyway, either may be told (1..n).
        rows: In how many rows of the whole table.
        before: Rules that decided before, sorted (1..n).
        after: Rules that decide then, sorted (1..n).
    """

    role: str
    action: str
    when: tuple[Circumstances, ...]
    in_short: tuple[Circumstances, ...]
    rows: int
    before: tuple[str, ...]
    after: tuple[str, ...]


class PolicyDifference(msgspec.Struct, frozen=True, kw_only=True):
    """How two policies differ.

    Attributes:
        before: Digest of the first.
        after: Digest of the second.
        rows: Rows of the whole table: roles, actions, and combinations of facts that can be.
        decided: Rows that had to be decided to know them all, by each policy.
        widened: What the second allows and the first does not (0..n).
        narrowed: What the first allows and the second does not (0..n).
        reworded: Rules of the same id in both whose scope or conditions differ, and rules that only one has, sorted (0..n).
    """

    before: str
    after: str
    rows: int
    decided: int
    widened: tuple[PolicyChange, ...]
    narrowed: tuple[PolicyChange, ...]
    reworded: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether both allow the same, whatever their words are."""
        return not self.widened and not self.narrowed


class _Decided(NamedTuple):
    """One combination of facts for one role and action, decided by both policies.

    Attributes:
        names: Facts that count.
        place: Their values.
        weight: In how many rows of the whole table it stands.
        first: What the one policy decides.
        second: What the other decides.
        is_refused_alike: Whether prohibitions that both have, word for word, refuse it.
    """

    names: tuple[str, ...]
    place: _Place
    weight: int
    first: Decision
    second: Decision
    is_refused_alike: bool


def compare_policies(
    before: Policy,
    after: Policy,
    actors: Iterable[tuple[str, ...]] = (),
    tell: Callable[[int, int], object] = lambda done, total: None,
) -> PolicyDifference:
    """Compare two policies over the whole table.

    Args:
        before: The one.
        after: The other.
        actors: Further sets of roles that one actor has together (0..n); each role by itself, and none, are always compared.
        tell: Told how many of how many actions are compared.

    Raises:
        SettingsError: A rule of one cannot be worked out in some circumstances.
    """
    roles: list[tuple[str, ...]] = [(), *((role,) for role in ROLES)]
    roles += [one for one in dict.fromkeys(tuple(sorted(set(one))) for one in actors) if one not in roles]
    widened, narrowed, decided = list[PolicyChange](), list[PolicyChange](), 0
    for number, action in enumerate(ACTIONS, 1):
        tell(number, len(ACTIONS))
        first, second = (_about(policy, action) for policy in (before, after))
        if first.keys() == second.keys():
            continue  # the same rules decide it, word for word
        unchanged = {one.id for words, one in first.items() if words in second}
        rules = [*first.values(), *second.values()]
        values = _values(rules)
        rows = list(_rows(values))
        kinds = _alike(roles, frozenset[str]().union(*(one.roles for one in rules)))
        decided += len(rows) * len(kinds)
        for alike in kinds:
            asked = [(alike[0], action, facts) for facts, _ in rows]
            table = [
                _Decided(tuple(values), _place(facts, values), weight, one, two, not one.allowed and not two.allowed
                         and one.reasons == two.reasons and unchanged.issuperset(one.reasons))
                for (facts, weight), one, two in zip(rows, before.decide_all(asked), after.decide_all(asked), strict=True)
            ]  # fmt: skip
            for into, is_wider in ((widened, True), (narrowed, False)):
                changed = [one for one in table if one.first.allowed is not is_wider and one.second.allowed is is_wider]
                into += [_change(role, action, changed, table) for role in alike if changed]
    return PolicyDifference(
        before=before.digest,
        after=after.digest,
        rows=len(roles) * len(ACTIONS) * sum(weight for _, weight in _rows({})),
        decided=decided,
        widened=tuple(widened),
        narrowed=tuple(narrowed),
        reworded=_reworded(before, after),
    )


def _about(policy: Policy, action: str) -> dict[str, PolicyRule]:
    """Rules of a policy that can decide on an action, by their words."""
    return {words: one for one, words in policy.worded() if one.actions is None or action in one.actions}


def _place(facts: Facts, values: Mapping[str, tuple[_Values, ...]]) -> _Place:
    return tuple(next(some for some in classes if getattr(facts, name) in some) for name, classes in values.items())


def _values(rules: Sequence[PolicyRule]) -> dict[str, tuple[_Values, ...]]:
    """Fact that some rule reads → classes of its values that no rule tells apart."""
    read = reduce(
        lambda known, one: known | (frozenset(_FACTS) if one is None else one),
        [r.facts for r in rules],
        frozenset[str](),
    )
    values: dict[str, tuple[_Values, ...]] = {name: ((True,), (False,)) for name in YES_OR_NO if name in read}
    if "purpose" in read:
        is_whole = any(one.facts is None for one in rules)
        named = set(STATED) if is_whole else frozenset[str]().union(*(one.purposes for one in rules))
        others = tuple(one for one in STATED if one not in named)
        values["purpose"] = (*((one,) for one in STATED if one in named), *((others,) if others else ()))
    return values


def _alike(roles: Sequence[tuple[str, ...]], named: frozenset[str]) -> list[list[tuple[str, ...]]]:
    """Actors in kinds that no rule tells apart, by the roles and groups that rules name."""
    kinds: dict[frozenset[str], list[tuple[str, ...]]] = {}
    for held in roles:
        groups = {name for role in held for name in (role, *ROLES[role])}
        kinds.setdefault(named & groups, []).append(held)
    return list(kinds.values())


def _rows(values: Mapping[str, tuple[_Values, ...]]) -> Iterator[tuple[Facts, int]]:
    """Each combination of facts that can be, and in how many rows of the whole table it stands."""
    whole: dict[str, tuple[_Values, ...]] = dict.fromkeys(YES_OR_NO, ((False, True),))
    whole |= {"purpose": (STATED,), **values}
    near = [(here, same) for here in whole["in_office"] for same in whole["at_same_office"]]
    rest = [name for name in _FACTS if name not in ("in_office", "at_same_office")]
    for (here, same), others in product(near, product(*(whole[name] for name in rest))):
        pairs = [(one, two) for one in here for two in same if one or not two]  # who is at his office is in it
        if pairs:
            chosen: dict[str, Any] = {name: some[0] for name, some in zip(rest, others, strict=True)}
            facts = Facts(in_office=bool(pairs[0][0]), at_same_office=bool(pairs[0][1]), **chosen)
            yield facts, reduce(lambda count, some: count * len(some), others, len(pairs))


def _change(role: tuple[str, ...], action: str, changed: Sequence[_Decided], table: Sequence[_Decided]) -> PolicyChange:
    """One change, told exactly, and once more without what prohibitions that stay as they are refuse anyway."""
    wanted = {one.place for one in changed}
    stays = {one.place for one in table if one.is_refused_alike}
    values = [sorted({one.place[index] for one in table}, key=str) for index in range(len(table[0].place))]
    impossible = set(product(*values)) - {one.place for one in table}
    names = table[0].names
    return PolicyChange(
        role="+".join(role),
        action=action,
        when=_described(names, values, wanted, impossible),
        in_short=_described(names, values, wanted, impossible | stays),
        rows=sum(one.weight for one in changed),
        before=tuple(sorted({reason for one in changed for reason in one.first.reasons})),
        after=tuple(sorted({reason for one in changed for reason in one.second.reasons})),
    )


def _described(
    names: Sequence[str], values: Sequence[Sequence[_Values]], wanted: set[_Place], free: set[_Place]
) -> tuple[Circumstances, ...]:
    """Circumstances that hold all the wanted combinations, none but those and free ones, in few words."""
    places = list(range(len(names)))
    orders = [places[turn:] + places[:turn] for turn in places] or [places]
    few = min(
        (_cover(values, wanted, free, order) for order in orders),
        key=lambda found: (len(found), _facts_told(found, values)),
    )
    return tuple(
        {
            name: tuple(value for some in chosen for value in some)
            for name, chosen, every in zip(names, cube, values, strict=True)
            if len(chosen) < len(every)
        }
        for cube in few
    )


def _facts_told(cubes: Sequence[_Cube], values: Sequence[Sequence[_Values]]) -> int:
    return sum(len(chosen) < len(every) for cube in cubes for chosen, every in zip(cube, values, strict=True))


def _cover(
    values: Sequence[Sequence[_Values]], wanted: set[_Place], free: set[_Place], order: Sequence[int]
) -> list[_Cube]:
    """Cubes over the wanted places, each as wide as it can be in this order of its sides."""
    good, left, found = wanted | free, set(wanted), list[_Cube]()
    while left:
        cube: list[tuple[_Values, ...]] = [(value,) for value in min(left, key=str)]
        for side in order:
            for value in values[side]:
                if value not in cube[side]:
                    wider = [*cube[:side], (*cube[side], value), *cube[side + 1 :]]
                    cube = wider if set(product(*wider)) <= good else cube
        left -= set(product(*cube))
        found.append(tuple(cube))
    return found


def _reworded(before: Policy, after: Policy) -> tuple[str, ...]:
    one, two = ({rule.id: words for rule, words in policy.worded()} for policy in (before, after))
    return tuple(sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name)))


def told(when: Circumstances, say: Say = in_english, named: Callable[[str], str] = str) -> str:
    """Circumstances in words, such as `of another office, for oversight`; `in every case` where no fact counts.

    Args:
        when: Circumstances.
        say: Says a sentence in the reader's language, its places filled in.
        named: Name of a purpose in that language.
    """
    words = []
    for name, values in when.items():
        if name == "purpose":
            purposes = (say(NO_PURPOSE) if one == STATED[-1] else named(str(one)) for one in values)
            words.append(say(FOR_PURPOSES, purposes=" / ".join(purposes)))
        else:
            words.append(say(WORDS[name][0 if values[0] else 1]))
    return ", ".join(words) or say(IN_EVERY_CASE)


def change_lines(
    difference: PolicyDifference,
    way: Literal["widened", "narrowed"],
    say: Say = in_english,
    named: Callable[[str], str] = str,
) -> Iterator[tuple[str, str, tuple[str, ...], int]]:
    """Changes of one way as lines: roles, action, circumstances in words (1..n), rows; roles that change alike stand together.

    Args:
        difference: What two policies differ in.
        way: Which changes.
        say: As for `told`.
        named: As for `told`.
    """
    together: dict[tuple[str, tuple[str, ...]], list[PolicyChange]] = {}
    for one in getattr(difference, way):
        words = tuple(told(when, say, named) for when in one.in_short)
        together.setdefault((one.action, words), []).append(one)
    for (action, words), changes in together.items():
        roles = ", ".join(one.role or say(NO_ROLE) for one in changes)
        yield roles, action, words, sum(one.rows for one in changes)
