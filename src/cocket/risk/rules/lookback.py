# SPDX-License-Identifier: Apache-2.0
"""Rules tried on the past: every declaration met again on its own day, with what was known then and nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from cocket.risk.assessment import fired as python_rules
from cocket.risk.features import measure
from cocket.risk.history import History
from cocket.risk.indicators import INDICATORS
from cocket.risk.past import Past, PastCase
from cocket.risk.rules.figures import RANDOM, Looked, Named, RuleFigures, is_drawn, measure_rules
from cocket.risk.rules.hints import Hint, hints_from_past, hints_in_text, probes_of, without_probes
from cocket.risk.rules.rule import Rule
from cocket.risk.rules.rulebook import Rulebook, day_of
from cocket.risk.rules.view import Seen

#: Told how many declarations are done, and of how many.
Progress = Callable[[int, int], None]

#: Hits named in a back-test, so that an analyst can look at them.
_MOST_NAMED = 20
_OFTEN = 500


class BackTest(msgspec.Struct, frozen=True, kw_only=True):
    """One rule tried on the past.

    Attributes:
        code: The rule.
        digest: Of its wording; another wording needs another test.
        first_day: First day of the past it was tried on; None if there was none.
        last_day: Last day.
        declarations: Declarations it was tried on (count).
        figures: What it would have been worth.
        per_day: Hits a day.
        known: Share of its examined hits on which a rule in force had fired anyway (0–1); None if none was examined.
        newest: Ids of its latest hits (0..20).
        newest_found: Of these, ids of those that examination had found irregular.
        newest_clear: Of these, ids of those where examination had found nothing.
        added_per_day: Of its hits a day, those for which it asks something and on which no rule in force had fired; None in
            records of before.
        hints: What fools its author (0..n).
    """

    code: str
    digest: str
    first_day: date | None
    last_day: date | None
    declarations: int
    figures: RuleFigures
    per_day: float
    known: float | None
    newest: tuple[str, ...]
    newest_found: tuple[str, ...] = ()
    newest_clear: tuple[str, ...] = ()
    added_per_day: float | None = None
    hints: tuple[Hint, ...] = ()


def look_back(
    past: Past,
    rules: Rulebook,
    host_hits: Mapping[str, tuple[str, ...]] | None = None,
    duties: Mapping[str, float] | None = None,
    progress: Progress | None = None,
) -> list[Looked]:
    """Meet the past again under some rules.

    Args:
        past: Cases in the order of their days, and results.
        rules: Rules in CEL; their dates are not heeded, so that a new rule meets old cases.
        host_hits: Id → codes of the host's own rules that fired; None where it does not tell.
        duties: Id → duty recovered, national currency; those without are unknown.
        progress: Told how far it is; None to work in silence.

    Returns:
        One entry a case, in order; hits of our Python rules, of the host's, and of `rules`.
    """
    history = History()
    for outcome in past.outcomes.values():
        history.learn(outcome)
    looked = []
    tells = any(RANDOM in codes for codes in (host_hits or {}).values())
    for number, each in enumerate(past.cases, start=1):
        facts = each.case.facts
        met = history.look(facts)
        measured = measure(each.case, met.looks)
        seen = Seen(case=each.case, features=measured.values, windows=history.windows, now=met.day)
        fired = rules.read(seen, heed_dates=False)
        ours = tuple(reason.code for reason in python_rules(each.case, measured))
        outcome_of = past.outcomes.get(facts.id)
        looked.append(
            Looked(
                id=facts.id,
                day=facts.day,
                hits=(*ours, *fired.codes, *(host_hits or {}).get(facts.id, ())),
                undecided=fired.undecided,
                is_examined=outcome_of is not None,
                is_drawn=outcome_of is not None and is_drawn(each.propensity, (host_hits or {}).get(facts.id), tells),
                found=bool(outcome_of and outcome_of.found),
                duty=(duties or {}).get(facts.id),
                chance=each.propensity,
                held_days=outcome_of.returned - facts.day if outcome_of else None,
            )
        )
        history.take(met)
        history.count(facts)
        if progress and number % _OFTEN == 0:
            progress(number, len(past.cases))
    if progress:
        progress(len(past.cases), len(past.cases))
    return looked


def back_test(rule: Rule, looked: Sequence[Looked], today: date, others: Iterable[str] = ()) -> BackTest:
    """What a rule would have been worth.

    Args:
        rule: The rule; `looked` must have been made with it.
        looked: The past, as `look_back` gave it.
        today: Day on which it is asked.
        others: Codes of rules in force; what they found the rule would not have found anew.
    """
    (figures,) = measure_rules(looked, [Named(code=rule.code, kind="cel", expires=rule.expires)], today)
    hits = [case for case in looked if rule.code in case.hits]
    examined = [case for case in hits if case.is_examined]
    newest = hits[-_MOST_NAMED:]
    in_force = set(others) - {rule.code}
    days = [case.day for case in looked]
    span = (max(days) - min(days) + 1) if days else 1.0
    return BackTest(
        code=rule.code,
        digest=rule.digest,
        first_day=day_of(min(days)) if days else None,
        last_day=day_of(max(days)) if days else None,
        declarations=len(looked),
        figures=figures,
        per_day=len(hits) / span,
        known=sum(bool(in_force & set(case.hits)) for case in examined) / len(examined) if examined else None,
        newest=tuple(case.id for case in newest),
        newest_found=tuple(case.id for case in newest if case.found),
        newest_clear=tuple(case.id for case in newest if case.is_examined and not case.found),
        added_per_day=rule.share * sum(not in_force & set(case.hits) for case in hits) / span,
    )


def try_rule(
    rule: Rule,
    past: Past,
    today: date,
    in_force: Sequence[Rule] = (),
    duties: Mapping[str, float] | None = None,
) -> BackTest:
    """Try a rule on the past, beside the rules that are built in, each part of it too, so that what fools its author is seen.

    Args:
        rule: The rule.
        past: Cases in the order of their days, and results.
        today: Day on which it is asked.
        in_force: Rules that count already.
        duties: Id → duty recovered, national currency; those without are unknown.

    Raises:
        SettingsError: Its condition does not hold.
    """
    probes = probes_of(rule)
    others = [one for one in in_force if one.code != rule.code]
    met = look_back(past, Rulebook([rule, *others, *probes.rules]), duties=duties)
    hints = (*hints_in_text(rule.when), *hints_from_past(rule, probes, met))
    codes = [*(one.code for one in others), *(one.code for one in INDICATORS)]
    return msgspec.structs.replace(back_test(rule, without_probes(probes, met), today, codes), hints=hints)


def lanes_as_rules(past: Past) -> dict[str, tuple[str, ...]]:
    """The host's lanes as rules of its own, where it does not tell which rule fired.

    Returns:
        Id → `host-red`, `host-yellow`, `host-blue`; `host-random` where chance alone chose red, `host-officer` where an
        officer did. Green is no rule.
    """
    return {one.case.facts.id: (_as_rule(one),) for one in past.cases if one.lane is not None and one.lane != "green"}


def _as_rule(one: PastCase) -> str:
    if one.lane == "red" and one.propensity is None:
        return "host-officer"
    return "host-random" if one.lane == "red" and one.propensity != 1.0 else f"host-{one.lane}"


def read_duties(results: bytes) -> dict[str, float]:
    """Duty recovered by id, from the table of results that `read_past` takes; what cannot be read is left out."""
    found = {}
    for row in csv.DictReader(io.StringIO(results.decode("utf-8", "replace"))):
        try:
            found[row["id"]] = float(row["duty_recovered"])
        except (KeyError, TypeError, ValueError):
            continue
    return found
