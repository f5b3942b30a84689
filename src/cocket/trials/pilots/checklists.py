# SPDX-License-Identifier: Apache-2.0
"""What readers of trials ask of every report, and what a registry of trials asks: each answered from what was sealed, or said not to be.

The questions are in our own words.

Source: Hemming et al., Reporting of stepped wedge cluster randomised trials: extension of the CONSORT 2010 statement (2018); AEA RCT
Registry, fields of a registration.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cocket.languages import Language
from cocket.trials.pilots.protocol import PilotProtocol


def _(text: str) -> str:
    """Marks a sentence for translation."""
    return text


MEASURES: Final[dict[str, str]] = {
    "finds": _("irregularities found, of all consignments declared"),
    "hits": _("irregularities found, of those examined"),
    "examined": _("examinations, of all consignments declared"),
}

DESIGNS: Final[dict[str, str]] = {
    "shadow": _("Shadow: nothing changes, advice is compared with what was done"),
    "wedge": _("Stepped wedge: offices switch one after another, in an order drawn by lot"),
    "days": _("By day: each day in each office is drawn by lot"),
    "consignments": _("By consignment: each is drawn by lot"),
}

#: Where the report answers: key → heading of its section.
WHERE: Final[dict[str, str]] = {
    "says": _("What it says"),
    "planned": _("What was planned"),
    "found": _("What was found"),
    "done": _("What was done"),
    "cost": _("What it cost"),
    "unknown": _("What was not measured"),
    "proof": _("What proves it"),
}

#: Item → question.
CONSORT: Final[dict[str, str]] = {
    "title": _("The title and design say how arms were made"),
    "question": _("The question, and what is already known"),
    "steps": _("Which office switches when"),
    "changes": _("Changes after the start, with reasons"),
    "offices": _("Which offices take part, and how they were chosen"),
    "treatment": _("What is done in each arm"),
    "measure": _("The primary measure, defined beforehand"),
    "size": _("How the size was found: base, effect, likeness within offices"),
    "looks": _("Planned looks, and rules to stop"),
    "draw": _("How the draw was made and kept from being foreseen"),
    "who": _("Who planned, drew and assigned"),
    "blind": _("Who did not know the arm"),
    "method": _("Method of analysis, and how the course of time is taken out"),
    "dates": _("Dates of each period"),
    "flow": _("Offices and consignments in each arm, and those left out"),
    "baseline": _("What offices were like before the first switch"),
    "effect": _("The effect with its interval"),
    "icc": _("How alike outcomes of an office turned out to be"),
    "missing": _("What is missing, and what it could change"),
    "harm": _("Harm and side effects"),
    "limits": _("Limits of the pilot"),
    "elsewhere": _("Whether it would hold elsewhere"),
    "registered": _("Registration, and where the protocol can be read"),
    "funding": _("Who paid for it"),
    "ethics": _("Ethics, and how people were informed"),
}

#: Item → section of the report that answers it; items that no part answers are left out.
_ANSWERED_IN: Final[dict[str, str]] = {
    "title": "planned",
    "question": "planned",
    "steps": "planned",
    "changes": "planned",
    "offices": "planned",
    "treatment": "planned",
    "measure": "planned",
    "size": "planned",
    "looks": "planned",
    "draw": "planned",
    "who": "planned",
    "method": "planned",
    "dates": "planned",
    "flow": "done",
    "effect": "says",
    "missing": "found",
    "harm": "found",
    "limits": "unknown",
    "registered": "proof",
    "funding": "cost",
    "ethics": "planned",
}

#: Fields of a registry of trials.
REGISTRY: Final[dict[str, str]] = {
    "title": _("Title"),
    "where": _("Where"),
    "state": _("Status"),
    "keywords": _("Keywords"),
    "abstract": _("Summary"),
    "days": _("First and last day"),
    "primary": _("Primary outcomes"),
    "secondary": _("Secondary outcomes"),
    "design": _("Design of the experiment"),
    "method": _("How and by what unit chance decides"),
    "clustered": _("Whether whole offices are drawn"),
    "clusters": _("Planned number of offices"),
    "observations": _("Planned number of consignments"),
    "arms": _("Planned number in each arm"),
    "power": _("Smallest effect that can be found"),
    "approval": _("Approval by a board for ethics"),
    "versions": _("Versions of models and rules that were frozen"),
    "commitment": _("Commitment to the draw"),
}


def consort(record: Any, language: Language) -> tuple[tuple[str, str, str], ...]:
    """The checklist of a `PilotRecord`: question, answer or "not stated", where in the report (as many as `CONSORT`)."""
    answers, rows = _answers(record, language), []
    for name, question in CONSORT.items():
        told, where = answers.get(name, ""), _ANSWERED_IN.get(name)
        place = language.translate(WHERE[where]) if told and where else "–"
        rows.append((language.translate(question), told or language.say("not stated"), place))
    return tuple(rows)


def registration(record: Any, administration: str, language: Language) -> tuple[tuple[str, str], ...]:
    """The fields of a registration of a `PilotRecord`: name, what the sealed plan says or "not stated" (as many as `REGISTRY`)."""
    first, newest = record.versions[0], record.protocol
    plan, say = newest.plan, language.say
    clusters = len(plan.offices)
    whole = round(plan.cell_size * plan.periods * clusters)
    told = {
        "title": plan.title,
        "where": administration,
        "state": say("stopped")
        if newest.stopped
        else say("ended")
        if record.looks[-1].result.is_final
        else say("running"),
        "abstract": f"{plan.question} {plan.treatment}",
        "days": f"{plan.first} – {plan.last}",
        "primary": _measure(newest, language),
        "design": _design(newest, language),
        "method": _drawn(newest, language),
        "clustered": say("yes") if plan.design == "wedge" else say("no"),
        "clusters": str(clusters),
        "observations": f"{whole:,}",
        "arms": _in_arms(newest, whole),
        "power": f"{plan.effect * 100:g} / 100" + (f" ({newest.power.power:.0%})" if newest.power else ""),
        "approval": plan.ethics,
        "versions": "; ".join(f"{name}: {value}" for name, value in sorted(plan.frozen.items())),
        "commitment": first.commitment,
    }
    return tuple((language.translate(label), told.get(name) or say("not stated")) for name, label in REGISTRY.items())


def _answers(record: Any, language: Language) -> dict[str, str]:
    first, newest, last = record.versions[0], record.protocol, record.looks[-1]
    plan, result, say = newest.plan, record.looks[-1].result, language.say
    effect, arms = result.effect, {one.arm: one for one in result.arms}
    stops = ", ".join(f"{one.code} {one.limit:g}" for one in plan.stop)
    fired = ", ".join(one.code for one in result.stops)
    is_missing = result.best is not None and result.worst is not None
    return {
        "title": f"{plan.title}. {_design(newest, language)}",
        "question": plan.question,
        "steps": "; ".join(
            f"{office} {step + 1}" for office, step in sorted(newest.steps_of.items(), key=lambda one: one[1])
        ),
        "changes": "; ".join(f"{', '.join(one.fields)}: {one.reason}" for one in newest.changes) or say("None"),
        "offices": ", ".join(plan.offices),
        "treatment": plan.treatment,
        "measure": _measure(newest, language),
        "size": f"{plan.base * 100:g}, {plan.effect * 100:g} / 100; ICC {plan.spread.icc:g}, CAC {plan.spread.cac:g}. {plan.basis}",
        "looks": f"{', '.join(map(str, plan.looks))}; {stops}" if plan.looks else stops,
        "draw": _drawn(newest, language) + " " + first.commitment if plan.design != "shadow" else "",
        "who": first.by,
        "method": _method(newest, language),
        "dates": ", ".join(str(plan.start_of(period)) for period in range(plan.periods)),
        "flow": "; ".join(f"{len(_in(last.data.cells, arm))} × {one.consignments}" for arm, one in arms.items())
        + (f"; − {sum(last.data.left_out.values())}" if last.data.left_out else ""),
        "effect": "" if effect is None else f"{effect.value * 100:.2f} / 100",
        "missing": f"{sum(one.missing for one in arms.values())}"
        + (f"; {(result.worst or 0) * 100:.2f} – {(result.best or 0) * 100:.2f} / 100" if is_missing else ""),
        "harm": fired or say("No rule says stop"),
        "limits": say("given below the heading"),
        "registered": f"{record.sealed[0].place} · {record.sealed[0].sha256}",
        "ethics": plan.ethics,
    }


def _in(cells: Sequence[object], arm: str) -> set[str]:
    return {str(getattr(one, "name", "")) for one in cells if getattr(one, "arm", "") == arm}


def _measure(protocol: PilotProtocol, language: Language) -> str:
    return language.translate(MEASURES[protocol.plan.measure])


def _design(protocol: PilotProtocol, language: Language) -> str:
    return language.translate(DESIGNS[protocol.plan.design])


def _drawn(protocol: PilotProtocol, language: Language) -> str:
    if protocol.plan.design == "shadow":
        return language.say("Nothing is drawn: everything is treated as before.")
    return language.say("By a seed whose hash was sealed before the first day and that no person chooses.")


def _method(protocol: PilotProtocol, language: Language) -> str:
    methods = {
        "wedge": language.say(
            "Means of office and period, both taken out; tested by the orders that could have been drawn."
        ),
        "days": language.say("Means of office and day, both taken out; tested by other draws of the days."),
        "consignments": language.say("Difference of two shares, with Newcombe's interval."),
        "shadow": language.say("Shares of what was examined, with Wilson's intervals."),
    }
    return methods[protocol.plan.design]


def _in_arms(protocol: PilotProtocol, whole: int) -> str:
    plan = protocol.plan
    if plan.design == "shadow":
        return ""
    share = plan.share
    if plan.design == "wedge":
        cells = sum(plan.periods - step for step in protocol.steps_of.values())
        share = cells / (plan.periods * len(plan.offices))
    return f"{round(whole * share):,} / {whole - round(whole * share):,}"
