# SPDX-License-Identifier: Apache-2.0
"""A policy that is too large or too deep is refused in words; none ends the process, on small stacks neither."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cocket.errors import SettingsError
from cocket.governance import Policy, policy, shipped_policy
from cocket.governance import policy_bounds as bounds
from cocket.governance.policy_bounds import bounds_broken

REPEATED = {
    "round": lambda n: "(" * n + "true" + ")" * n,
    "square": lambda n: "[" * n + "1" + "]" * n + " == 1",
    "braces": lambda n: "{a:" * n + "1" + "}" * n + " == 1",
    "not": lambda n: "!" * n + "true",
    "minus": lambda n: "-" * n + "1 == 1",
    "not round": lambda n: "!(" * n + "true" + ")" * n,
    "minus round": lambda n: "-(" * n + "1" + ")" * n + " == 1",
    "dot": lambda n: "context" + ".a" * n,
    "index": lambda n: "context" + '["a"]' * n,
    "call": lambda n: "context" + ".contains(1)" * n,
    "call in call": lambda n: "[1].contains(" * n + "1" + ")" * n,
    "function": lambda n: "decimal(" * n + '"1"' + ")" * n + " == 1",
    "in": lambda n: "principal" + " in principal" * n,
    "and": lambda n: "true" + " && true" * n,
    "or": lambda n: "true" + " || true" * n,
    "plus": lambda n: "1" + " + 1" * n + " == 1",
    "times": lambda n: "1" + " * 1" * n + " == 1",
    "equal": lambda n: "1" + " == 1" * n,
    "if": lambda n: "if " * n + "true" + " then true else true" * n,
    "then": lambda n: "if true then " * n + "true" + " else true" * n,
    "else": lambda n: "if true then true else " * n + "true",
    "has": lambda n: "context" + " has a" * n,
    "has path": lambda n: "context has a" + ".a" * n,
    "like": lambda n: '"a"' + ' like "a"' * n,
    "is": lambda n: "principal" + " is Actor" * n,
    "and after round": lambda n: "(" * 8 + "true" + (" && true" * (n // 8) + ")") * 8,
    "conditions": lambda n: "true } " + "unless { false } " * n + "unless { false",
    "members": lambda n: "[" + ",".join(["1"] * n) + "].contains(1)",
}

#: Read in a thread whose stack is a sixteenth of the usual one.
IN_A_SMALL_THREAD = """
import random, sys, threading
from cocket.errors import SettingsError
from cocket.governance import Policy

PARTS = ["(", "(", "[", "{", "{a:", ")", "]", "}", "!", "-", ".own", " && ", " || ", " + ", " * ", " == ", " in ", " has a", " like ",
         " is Actor in ", "if ", " then ", " else ", "context", "true", "1", '"a"', '"', "//", "\\n", "\\r", ",", ";",
         "principal", "[1].contains("]
WRAPS = [("(", ")"), ("!(", ")"), ("-(", ")"), ("[", "]"), ("{a: ", "}"), ("[1].contains(", ")"), ("if ", " then true else true"),
         ("if true then true else ", ""), ("(", " && context.own)"), ("", ".own"), ("", " || true"), ("(true || ", ")"), ('decimal(', ')')]

def read(words):
    try:
        Policy('@id("deep") permit (principal, action, resource) when { ' + words + " };")
    except SettingsError:
        return 0
    return 1

def go():
    chance = random.Random(5)
    for _ in range(300):
        words = "true"
        for _ in range(int(2 ** chance.uniform(0, 11))):
            first, last = chance.choice(WRAPS)
            words = first + words + last
        read(words)
        read("".join(chance.choice(PARTS) for _ in range(int(2 ** chance.uniform(0, 12)))))
    full = sum(read(words) for words in DEEP)
    print("alive", full)

DEEP = ["(" * 11 + "true" + ")" * 11, "(" * 11 + "true" + " && true" * 85 + ")" * 11, "!(" * 11 + "true" + " && true" * 70 + ")" * 11,
        "if true then true else " * 11 + "true" + " && true" * 95]
threading.stack_size(512 * 1024)
thread = threading.Thread(target=go)
thread.start()
thread.join()
"""


def rule_of(words: str) -> str:
    return f'@id("deep") permit (principal, action, resource) when {{ {words} }};'


@pytest.mark.parametrize("name", REPEATED)
@pytest.mark.parametrize("times", [1_000, 10_000, 100_000])
def test_what_makes_a_rule_deep_is_refused_before_the_engine_reads_it(
    name: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "cedar", lambda: pytest.fail("the engine was asked"))
    with pytest.raises(SettingsError) as refused:
        Policy("\n" + rule_of(REPEATED[name](times)))
    [problem] = refused.value.problems
    assert problem.startswith(("line 2: ", "longer than 400,000 bytes"))


def test_no_nesting_ends_a_process_on_a_small_stack() -> None:
    done = subprocess.run([sys.executable, "-c", IN_A_SMALL_THREAD], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "alive 4"), done.stderr[-2_000:]


def test_the_control_without_bounds_the_process_ends() -> None:
    unbound = "from cocket.governance import policy\npolicy.bounds_broken = lambda text: None\n"
    deep = IN_A_SMALL_THREAD.replace('"(" * 11', '"(" * 1000').replace('")" * 11', '")" * 1000')
    program = unbound + deep.replace("range(300)", "range(0)")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode < 0


def test_texts_and_notes_do_not_count() -> None:
    deep = "(" * 1_000
    assert bounds_broken(rule_of(f'"{deep}" == "\\"{deep}\n{deep}\\\\"') + f"// {deep}\n") is None
    assert bounds_broken(f"// a note ends here\r{deep}") == "line 1: nested deeper than 12 levels"
    assert bounds_broken(f'"a" {deep} "b"') == "line 1: nested deeper than 12 levels"
    assert bounds_broken(f'"\\\\" {deep} "b"') == "line 1: nested deeper than 12 levels"
    assert bounds_broken("(](](](](](](](](](](](](](](](]") == "line 1: nested deeper than 12 levels"
    assert bounds_broken(f'"never ended {deep}') == "line 1: nested deeper than 12 levels"


def test_what_the_engine_would_write_again_and_again_is_refused() -> None:
    assert bounds_broken(rule_of("context has a.b")) == "line 1: `has` takes one name, not a path of names"
    assert bounds_broken(rule_of("(principal is Actor in principal) is Actor")) == (
        "line 1: `is` is asked of a name, not of what stands in brackets"
    )
    assert bounds_broken(rule_of("context has own && principal is Actor")) is None


def test_too_many_rules_are_refused_and_a_thousand_are_read() -> None:
    rules = [f'@id("rule-{at}") permit (principal, action, resource);\n' for at in range(1_001)]
    assert len(Policy("".join(rules[:1_000])).rules) == 1_000
    assert bounds_broken("".join(rules)) == "line 1001: more than 1,000 rules"
    assert bounds_broken("permit " * 50_001) == "line 1: more than 50,000 words and signs"


def test_the_policy_of_the_house_is_well_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, times in {
        "LONGEST_POLICY": 10,
        "MOST_RULES": 5,
        "MOST_WORDS": 5,
        "DEEPEST": 3,
        "LONGEST_CHAIN": 5,
    }.items():
        monkeypatch.setattr(bounds, name, getattr(bounds, name) // times)
        assert bounds_broken(shipped_policy().text) is None, name
