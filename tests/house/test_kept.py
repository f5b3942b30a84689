# SPDX-License-Identifier: Apache-2.0
"""Every kind of sealed record is of a class of retention, or kept for a reason that is stated; none is forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cocket.governance.retention import CLASSES, kept_homes
from cocket.stores.operations.retention import CONTINUITY_FILES, PARTNER_FILES, PILOT_ANSWER
from tests.house.source import File, package_files

#: Where the kind is not written at the call: file → the kinds that it seals there.
ELSEWHERE = {
    "pipeline/base/document_files.py": (),  # those of its callers
    "pipeline/base/set_aside.py": ("set-aside", "set-aside-retry", "set-aside-worked", "set-aside-closed"),
    "pipeline/control/correspondence.py": ("contest", "question"),
    "pipeline/control/host_decisions.py": ("host-lane", "host-result"),
    "pipeline/control/officer_acts.py": ("release", "reopen"),
    "pipeline/credentials/self_assessments.py": ("self-assessment", "self-assessment-submitted"),
    "pipeline/governance/emergency_files.py": ("emergency-opened", "emergency-ended", "emergency-reviewed"),
    "pipeline/governance/sign_in.py": (
        "officer", "officer-temporary", "officer-enabled", "officer-disabled", "password", "key", "key-revoked",
    ),
    "pipeline/measures/doubts.py": ("doubt-asked",),
    "pipeline/measures/permits.py": ("agency-hold", "agency-release"),
    "pipeline/operations/row_mac_upgrade.py": ("rows-adopted", "messages-adopted", "eras-adopted"),
    "pipeline/partners/joint.py": ("joint-table", "joint-given-days"),
    "pipeline/partners/one_record.py": ("one-record-object", "one-record-event", "one-record-request"),
    "pipeline/risk/rule_deeds.py": ("rule",),
    "pipeline/risk/rules.py": ("rule",),
    "pipeline/screening/lists.py": ("screening-clearance", "screening-confirmation"),
    "pipeline/tracking/alert_evaluation.py": ("seal-event", "seal-event-refuted", "journey-arrival"),
    "pipeline/trials/lesson_deed.py": ("use-case-shared", "lessons-year"),
}  # fmt: skip


class _Names:
    """What constants of the package stand for, followed through imports."""

    def __init__(self, files: dict[str, File]) -> None:
        self._files = files
        self._known = {path: dict(_constants(file.tree)) for path, file in files.items()}

    def of(self, path: str, name: str) -> str | None:
        told = self._known[path].get(name)
        if isinstance(told, str):
            return told
        if isinstance(told, ast.Name):
            return self.of(path, told.id)
        for node in ast.walk(self._files[path].tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("cocket."):
                for one in node.names:
                    if (one.asname or one.name) == name:
                        base = node.module.removeprefix("cocket.").replace(".", "/")
                        other = next((p for p in (f"{base}.py", f"{base}/__init__.py") if p in self._files), None)
                        return self.of(other, one.name) if other is not None and other != path else None
        return None


def _constants(tree: ast.Module) -> Iterator[tuple[str, str | ast.Name]]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = list(zip(target.elts, value.elts, strict=False)) if both else [(target, value)]  # type: ignore[attr-defined]
        else:
            continue
        for target, value in pairs:
            if isinstance(target, ast.Name) and isinstance(value, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield target.id, value.value


def _arguments(file: File) -> Iterator[ast.expr]:
    """What stands for the kind wherever a record is made, or a document written."""
    for node in ast.walk(file.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        what, on = node.func.attr, ast.unparse(node.func.value).lower()
        if what == "record" and "sealer" in on and node.args:
            yield node.args[0]
        elif what in ("write", "keep") and on.endswith(("files", "documents", ")")) and len(node.args) >= 4:
            yield node.args[1]


def kinds_in(files: dict[str, File]) -> tuple[dict[str, str], set[str]]:
    """Kinds that are sealed → a file that does, and files where the kind of one is not written."""
    names, found, unwritten = _Names(files), {}, set()
    for path, file in files.items():
        if not path.startswith("pipeline/"):  # nothing else seals
            continue
        for told in _arguments(file):
            for one in (told.body, told.orelse) if isinstance(told, ast.IfExp) else (told,):
                kind = _kind(names, path, one)
                if kind is None:
                    unwritten.add(path)
                else:
                    found[kind] = path
    return found, unwritten


def _kind(names: _Names, path: str, told: ast.expr) -> str | None:
    if isinstance(told, ast.Constant):
        return str(told.value)
    if isinstance(told, ast.JoinedStr) and isinstance(told.values[0], ast.Constant):
        return str(told.values[0].value)
    return names.of(path, told.id) if isinstance(told, ast.Name) else None


def _files() -> dict[str, File]:
    return {file.path: file for file in package_files()}


def test_every_sealed_kind_has_a_class_or_a_reason_to_be_kept() -> None:
    found, unwritten = kinds_in(_files())
    assert unwritten - ELSEWHERE.keys() == set(), "say in ELSEWHERE which kinds these files seal"
    found |= {kind: path for path, kinds in ELSEWHERE.items() for kind in kinds}
    assert len(found) > 120
    homes = kept_homes()
    assert {kind: path for kind, path in found.items() if homes.of(kind) is None} == {}, "say so in homes.toml"


def test_a_kind_that_nobody_placed_is_found() -> None:
    text = 'NEW: Final = "brand-new"\nclass A:\n    def keep(self):\n        self._files.write(c, NEW, n, b)\n'
    made = File("pipeline/partners/planted.py", text)
    found, _ = kinds_in({made.path: made})
    assert found == {"brand-new": made.path} and kept_homes().of("brand-new") is None


def test_no_kind_has_two_homes_and_none_is_named_that_is_not_sealed() -> None:
    homes = kept_homes()
    every = [kind for kinds in homes.classes.values() for kind in kinds] + [k for one in homes.kept for k in one.kinds]
    assert sorted(set(every)) == sorted(every)
    found, _ = kinds_in(_files())
    sealed = {*found, *(kind for kinds in ELSEWHERE.values() for kind in kinds)}
    ghosts = [one for one in every if not any(k == one or (one[-1] == "*" and k.startswith(one[:-1])) for k in sealed)]
    assert ghosts == []


def test_classes_and_the_files_that_are_erased_by_them_are_the_same() -> None:
    homes = kept_homes()
    assert homes.classes.keys() <= CLASSES.keys() and CLASSES.keys() - homes.classes.keys() == {"message", "draft"}
    assert set(homes.classes["partner-record"]) == set(PARTNER_FILES)
    assert set(homes.classes["continuity"]) == set(CONTINUITY_FILES)
    assert homes.classes["pilot-answer"] == (PILOT_ANSWER,)
