# SPDX-License-Identifier: Apache-2.0
"""Every public use case of an instance is called by a door."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Annotated, get_args, get_origin, get_type_hints

from cocket.pipeline import instance
from cocket.pipeline.base.access import Service
from cocket.workbench.base import given
from tests.house.source import PACKAGE

DOORS = ("api", "cli", "feeds", "ingress", "workbench")

#: Public for another service that is handed this one, or for the instance itself.
WITHIN = {
    "control.officer_acts.bases",
    "control.contests.looks_open",
    "control.contests.opening",
    "control.contests.shared_since",
    "control.contests.waiting",
    "control.questions.waiting",
    "tracking.alerts.views",
    "tracking.places.fence",
    "tracking.places.corridor",
    "tracking.journeys.begin",
    "tracking.journeys.mark_handed_over",
    "tracking.guarantees.lock",
    "tracking.guarantees.release",
    "intake.messages.close",
    "queries.mirror.own_records",
    "intake.messages.read_many",
    "intake.messages.store_read",
    "intake.messages.take_decided",  # within the decision of a supervisor on an entry of a gateway
    "queries.pocket.of_office",
    "governance.accounts.change_officer",
    "governance.accounts.put_without_password",
    "governance.accounts.show_password",
    "queries.emergencies.to_review",
    "governance.accounts.weigh",
    "governance.second_person.asks",
    *(  # what a second person confirms is done by the service that it is about
        f"{service}.{act}"
        for service in (
            "consignment.links",
            "control.officer_acts",
            "governance.administration",
            "operations.set_aside",
            "risk.intelligence",
            "risk.joint_tables",
            "risk.models",
            "screening.lists",
        )
        for act in ("require", "present", "check", "carry_out")
    ),
}

#: What is given the whole instance, to hand each part of a door the services that it works with.
COMPOSING = {
    "api/rest.py build_rest",
    "api/server.py __init__",
    "api/server.py build_app",
    "api/server.py run",
    "cli/base/instance_access.py open_service",
    "cli/demonstration/acts.py __init__",  # plays every officer of a country
    "cli/roles/roles.py _with_house",
    "cli/roles/roles.py run",
    "feeds/lodging.py destination_of",
    "workbench/app.py build_app",
    "workbench/base/given.py _given",
    "workbench/base/visits.py workbench_of",
}

#: Topics of pages to others that these show beside their own: what is set aside stands with the message and the dossier, what
#: the advice is worth with the results; signing out lets go of the files that a person gave for a review; and an override,
#: a list, a rule, intelligence or what is set aside may wait for a second person. An agreement has on its page what
#: a partner gave under it.
BESIDE = {
    "consignment": {"control", "credentials", "governance", "operations", "partners", "trials"},
    "control": {"governance", "risk"},
    "governance": {"credentials", "partners", "risk"},
    "intake": {"credentials", "measures", "operations"},
    "operations": {"governance"},
    "risk": {"governance"},
    "screening": {"governance"},
}


def use_cases() -> set[str]:
    """Public methods of every service, as `topic.service.method`."""
    found = set()
    for name, kind in vars(instance).items():
        if is_dataclass(kind) and name.endswith("Services"):
            services = get_type_hints(kind)
            for field in fields(kind):
                found |= {
                    f"{name.removesuffix('Services').lower()}.{field.name}.{method}"
                    for method, what in inspect.getmembers(services[field.name], inspect.isfunction)
                    if not method.startswith("_")
                }
    return found


def service_classes() -> Iterator[type]:
    """Classes of every service of an instance."""
    for name, kind in vars(instance).items():
        if is_dataclass(kind) and name.endswith("Services"):
            yield from get_type_hints(kind).values()


def inherited(kinds: Iterable[type]) -> set[str]:
    """Services that inherit more than the stores and the access that every service works with."""
    return {kind.__name__ for kind in kinds if kind.__mro__[1:] not in ((object,), (Service, object))}


def names_of_services() -> dict[str, str]:
    """Name of a class of a service, or of a dependency of pages on it, to `topic.service`."""
    named = {}
    for name, kind in vars(instance).items():
        if is_dataclass(kind) and name.endswith("Services"):
            for service, its in get_type_hints(kind).items():
                named[its.__name__] = f"{name.removesuffix('Services').lower()}.{service}"
    dependencies = {
        name: get_args(one)[0].__name__ for name, one in vars(given).items() if get_origin(one) is Annotated
    }
    return named | {f"given.{name}": named[its] for name, its in dependencies.items()}


def called(texts: Iterable[str]) -> set[str]:
    """What these programs reach, as `topic.service.method`: by its place in an instance, or of a service handed over."""
    named, found = names_of_services(), set()
    trees = [ast.parse(text) for text in texts]
    fields: dict[str, set[str]] = {}
    for tree in trees:
        _annotated(fields, tree, named, ast.AnnAssign)
    for tree in trees:
        kept = {name: set(held) for name, held in fields.items()}
        _annotated(kept, tree, named, ast.arg)
        _assigned(kept, tree, set(named.values()))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                owner = ast.unparse(node.value).split(".")
                found |= {f"{service}.{node.attr}" for service in kept.get(owner[-1], ())}
                found.add(".".join((*owner[-2:], node.attr)))
    return found


def _annotated(
    kept: dict[str, set[str]], tree: ast.AST, named: dict[str, str], kind: type[ast.arg] | type[ast.AnnAssign]
) -> None:
    """Note which services fields or parameters hold, by their annotations."""
    for node in ast.walk(tree):
        if isinstance(node, kind) and node.annotation is not None:
            name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
            for one in ast.walk(node.annotation):
                if isinstance(one, ast.Name | ast.Attribute) and (service := named.get(ast.unparse(one))):
                    kept.setdefault(name, set()).add(service)


def _assigned(kept: dict[str, set[str]], tree: ast.AST, known: set[str]) -> None:
    """Note which services variables and fields hold, by what they are set to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.withitem) and node.optional_vars is not None:
            _bind(kept, node.optional_vars, node.context_expr, known)
        elif isinstance(node, ast.Assign):
            _bind(kept, node.targets[0], node.value, known)


def _bind(kept: dict[str, set[str]], target: ast.expr, value: ast.expr, known: set[str]) -> None:
    """Note what a variable holds, or each of several."""
    if (
        isinstance(value, ast.Call)
        and ast.unparse(value.func) == "open_service"
        and isinstance(value.args[-1], ast.Lambda)
    ):
        value = value.args[-1].body
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts, strict=True):
            _bind(kept, one, its, known)
        return
    place = ast.unparse(value).split(".")
    held = {".".join(place[-2:])} & known | kept.get(place[-1], set())
    if held:
        kept.setdefault(ast.unparse(target).split(".")[-1], set()).update(held)


def without_a_door(cases: Iterable[str], reached: set[str]) -> set[str]:
    """Use cases that nothing reaches; in a table of acts a service is called by that name."""
    return {one for one in cases if one not in reached and f"service.{one.rpartition('.')[2]}" not in reached}


def given_whole(room: str) -> set[str]:
    """Functions of a door that are given a whole instance, as `file function`."""
    found = set()
    for path in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                hints = [one.annotation for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
                if any(one is not None and "Instance" in _names(one) for one in hints):
                    found.add(f"{path.relative_to(PACKAGE)} {node.name}")
    return found


def _names(annotation: ast.expr) -> set[str]:
    return {
        ast.unparse(one).split(".")[-1] for one in ast.walk(annotation) if isinstance(one, ast.Name | ast.Attribute)
    }


def reached_by_pages(topic: str, texts: Iterable[str]) -> set[str]:
    """Topics, other than its own, whose services the pages of a topic depend on."""
    named = names_of_services()
    return {
        named[name].split(".")[0]
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute) and (name := ast.unparse(node)) in named
    } - {topic}


def test_every_use_case_has_a_door() -> None:
    cases = use_cases()
    reached = called(path.read_text(encoding="utf-8") for room in DOORS for path in (PACKAGE / room).rglob("*.py"))
    assert "intake.messages.take_many" in cases
    assert without_a_door(cases, reached) == WITHIN


def test_a_use_case_without_a_door_is_found() -> None:
    reached = called(
        [
            "instance.risk.rules.rules(principal)",
            "def close(alerts: given.Alerts) -> None:\n    alerts.close_alert(principal)",
            "with open_service(settings, lambda one: one.risk.models) as models:\n    models.model_acts(principal)",
        ]
    )
    cases = {"risk.rules.rules", "tracking.alerts.close_alert", "risk.models.model_acts"}
    assert without_a_door(cases, reached) == set()
    assert without_a_door({"risk.rules.forget", "control.rules.rules"}, reached) == {
        "risk.rules.forget",
        "control.rules.rules",
    }


def test_only_what_composes_a_door_is_given_the_whole_instance() -> None:
    assert set().union(*map(given_whole, DOORS)) == COMPOSING


def test_pages_depend_on_services_of_their_own_topic() -> None:
    pages = PACKAGE / "workbench"
    topics = {path.name: path for path in pages.iterdir() if path.is_dir() and (path / "__init__.py").is_file()}
    reached = {
        topic: reached_by_pages(topic, (one.read_text(encoding="utf-8") for one in path.rglob("*.py"))) - {"queries"}
        for topic, path in topics.items()
        if topic != "base"
    }
    assert {topic: others for topic, others in reached.items() if others} == BESIDE
    assert "tracking" in reached


def test_a_page_that_depends_on_another_topic_is_found() -> None:
    page = "def values(visit: SignedIn, doubts: given.Doubts, alerts: given.Alerts) -> Response: ..."
    assert reached_by_pages("measures", [page]) == {"tracking"}


def test_no_service_inherits_another() -> None:
    assert len(list(service_classes())) > 30
    assert inherited(service_classes()) == set()
    assert [name for name, _ in inspect.getmembers(Service, inspect.isfunction)] == ["__init__"]


def test_a_service_that_inherits_another_is_found() -> None:
    class Journeys(Service):
        """Journeys."""

    class Alerts(Journeys):
        """Alerts."""

    assert inherited([Journeys, Alerts]) == {"Alerts"}
