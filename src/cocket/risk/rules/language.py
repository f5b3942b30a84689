# SPDX-License-Identifier: Apache-2.0
"""The language of rules: CEL, with what is declared, the features, and functions over history, lists and likeness.

A condition can read nothing but the case it is given, has no loops but over the items of the declaration, one deep, and
its patterns run in linear time; so it ends, soon, whoever wrote it. What is unknown makes a condition neither true nor
false: then the rule does not fire, and that is counted.

Source: Common Expression Language, language definition (github.com/google/cel-spec).
"""

from __future__ import annotations

import re
from typing import Any, Final

from cocket.errors import SettingsError
from cocket.risk.features import EVIDENCE, NAMES, RENAMED
from cocket.risk.rules.rule import Rule
from cocket.risk.rules.view import FUNCTIONS, ITEM_FIELDS, VARIABLES, Lists, View
from cocket.risk.windows import GROUPS, MOST_DAYS

#: Longest condition (characters), and most walks over the items in one.
_LONGEST, _MOST_WALKS = 2_000, 8

#: Functions of CEL itself that a condition may use.
_OF_CEL: Final = frozenset(
    {
        "all", "contains", "double", "endsWith", "exists", "exists_one", "existsOne", "filter", "has", "int", "map",
        "matches", "max", "min", "size", "startsWith", "string",
    }
)  # fmt: skip
_WALKS: Final = ("all", "exists", "exists_one", "existsOne", "filter", "map")

#: What the evaluator raises where a value is absent or of another kind.
_EVALUATION = (TypeError, LookupError, ValueError, ArithmeticError, RuntimeError)

_TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
_WALK = re.compile(rf"\.\s*(?:{'|'.join(_WALKS)})\s*\(\s*(\w+)\s*,")
_CALL = re.compile(r"(?<!\w)(\w+)\s*\(")
_BOUND = re.compile(r"\b(?:seen|worth|examined|found)\s*\(\s*('[^']*'|\"[^\"]*\")\s*,\s*([^,()]+)")
_FEATURE = re.compile(r"(?<![\w.])features\s*(?:\.\s*|\[\s*['\"])(\w+)")
_LIST = re.compile(r"\b(?:on_list|hs_on_list|like_list)\s*\(\s*('[^']*'|\"[^\"]*\")")


class Condition:
    """A condition that was checked and made ready.

    Args:
        text: The condition.
        lists: Lists it may use.

    Raises:
        SettingsError: It is not one; `problems` tells what is wrong.
    """

    def __init__(self, text: str, lists: Lists) -> None:
        program = _compiled(text)
        problems = [*_problems(text, program), *_list_problems(text, lists)]
        if problems:
            raise _refused(text, *problems)
        self.text = text
        self._program, self._lists = program, lists
        self._try_out()

    def holds(self, view: View) -> bool | None:
        """Whether it is true of a case; None where that cannot be told of what is known."""
        view.use(self._lists)
        try:
            said = self._program.execute(view.context)
        except _EVALUATION:
            # CEL has no unknown: reading what is absent is an error of evaluation.
            return None
        return said if isinstance(said, bool) else None

    def _try_out(self) -> None:
        """Have it speak of a specimen in which everything is known."""
        view = View()
        view.use(self._lists)
        try:
            said = self._program.execute(view.context)
        except _EVALUATION as error:
            raise _refused(self.text, _told(error)) from error
        if not isinstance(said, bool):
            raise _refused(self.text, f"it gives {type(said).__name__}, not true or false")


class Ready:
    """A rule with its condition made ready.

    Args:
        rule: The rule.

    Raises:
        SettingsError: Its condition does not hold.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        try:
            self.condition = Condition(rule.when, rule.lists)
        except SettingsError as error:
            problems = tuple(f"{rule.code}: {problem}" for problem in error.problems)
            raise SettingsError("; ".join(problems) + ".", code="rule-condition", problems=problems) from error


def _compiled(text: str) -> Any:
    if len(text) > _LONGEST:
        raise _refused(text, f"it is longer than {_LONGEST} characters")
    try:
        import cel
    except ImportError as error:
        raise SettingsError(
            "Rules need a package that is not installed: common-expression-language.",
            code="part-missing",
            hint="Install it with `pip install cocket[risk]`.",
        ) from error
    try:
        return cel.compile(text)
    except ValueError as error:
        raise _refused(text, _told(error)) from error


def _problems(text: str, program: Any) -> list[str]:
    bare = _TEXT.sub('""', text)
    walked = _WALK.findall(bare)
    unknown = sorted(set(program.variables()) - VARIABLES.keys() - set(walked))
    problems = [f"unknown name {name}; available: {', '.join(VARIABLES)}" for name in unknown]
    called = set(_CALL.findall(bare)) - {"in"}
    problems += [
        f"unknown function {name}; available: {', '.join(sorted(FUNCTIONS.keys() | _OF_CEL))}"
        for name in sorted(called - FUNCTIONS.keys() - _OF_CEL)
    ]
    if len(walked) > _MOST_WALKS:
        problems.append(f"it iterates over the items more than {_MOST_WALKS} times")
    if _is_nested(bare):
        problems.append("iterations over the items must not be nested")
    problems += [
        f"items have no {field}; they have {', '.join(ITEM_FIELDS)}"
        for name in dict.fromkeys(walked)
        for field in dict.fromkeys(re.findall(rf"(?<![\w.]){name}\s*\.\s*(\w+)(?!\s*\()", bare))
        if field not in ITEM_FIELDS
    ]
    return problems + _feature_problems(text) + _window_problems(text)


def _feature_problems(text: str) -> list[str]:
    """Features that there are not, those of before with the one that stands for them now."""
    named = dict.fromkeys(_FEATURE.findall(text))
    return [
        f"there is no feature {name}" + (f"; it is now {RENAMED[name]}" if name in RENAMED else "")
        for name in named
        if name not in NAMES or name == EVIDENCE.name
    ]


def _window_problems(text: str) -> list[str]:
    problems = []
    for group, days in _BOUND.findall(text):
        if group[1:-1] not in GROUPS:
            problems.append(f"unknown group {group[1:-1]}; available: {', '.join(GROUPS)}")
        if not days.strip().isdecimal() or not 1 <= int(days) <= MOST_DAYS:
            problems.append(f"a window is a number of days from 1 to {MOST_DAYS}, not {days.strip()}")
    return problems


def _list_problems(text: str, lists: Lists) -> list[str]:
    named = (name[1:-1] for name in _LIST.findall(text))
    return [f"unknown list {name}; available: {', '.join(lists) or 'none'}" for name in named if name not in lists]


def _is_nested(bare: str) -> bool:
    """Whether a walk stands inside the brackets of another; the text's strings are blanked."""
    ends: list[int] = []
    for walk in _WALK.finditer(bare):
        start, depth = bare.index("(", walk.start()), 0
        if ends and start < ends[-1]:
            return True
        for place in range(start, len(bare)):
            depth += (bare[place] == "(") - (bare[place] == ")")
            if depth == 0:
                ends.append(place)
                break
    return False


def _refused(text: str, *problems: str) -> SettingsError:
    return SettingsError(
        "The condition is not valid: " + "; ".join(problems) + ".",
        code="rule-condition",
        found=text[:200],
        problems=problems,
    )


#: What the evaluator's own texts say, and what that is in words; the more particular first.
_KINDS: Final = (
    (re.compile(r"(?:Failed to parse .*?ERROR: <input>:)?(?P<line>\d+):(?P<place>\d+): (?P<found>.*)", re.DOTALL),
     "it cannot be read from line {line}, character {place} on; found: {found}"),
    (re.compile(r"Failed to parse .*", re.DOTALL), "it cannot be read; found: {found}"),
    (re.compile(r"(?:No such overload|Unsupported operation)\b.*", re.DOTALL),
     "it compares or combines values of different kinds, which must first be converted; found: {found}"),
    (re.compile(r"Undefined variable or function: '(?P<name>[^']+)'.*", re.DOTALL),
     "it uses {name}, which is not known or not used so; found: {found}"),
    (re.compile(r"Function '(?P<name>[^']+)' error.*", re.DOTALL),
     "the function {name} cannot use a value that it is given; found: {found}"),
    (re.compile(r"(?:division|remainder|modulus) by zero.*", re.DOTALL), "it divides by zero; found: {found}"),
)  # fmt: skip


def _told(error: Exception) -> str:
    """What the evaluator has against a condition: of what kind it is, and in its own words what it found."""
    found = _first_line(error)
    for form, says in _KINDS:
        if kind := form.fullmatch(found):
            return says.format_map({"found": found, **kind.groupdict()})
    return f"it cannot be evaluated; found: {found}"


def _first_line(error: Exception) -> str:
    text = str(error.args[0]) if error.args else str(error)
    lines = [line.strip(" |^.") for line in text.splitlines()]
    told = next((line for line in lines if line.startswith("ERROR:")), lines[0] if lines else "")
    return told.removeprefix("ERROR: <input>:")[:200]
