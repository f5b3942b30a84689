# SPDX-License-Identifier: Apache-2.0
"""What the checks of the house measured, as metrics: figures of the house as a whole, whoever of its processes is asked."""

from __future__ import annotations

from typing import Final

from prometheus_client import Metric

from cocket.pipeline.operations.health import ROLES, Check, Health

#: Figure of a check → name of the metric, and what it is. A figure of several is told apart by a label of our own.
FIGURES: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("disk", "home_free_mb"): ("cocket_disk_home_free_bytes", "Free space on the disk of the home folder."),
    ("disk", "database_free_mb"): ("cocket_disk_database_free_bytes", "Free space on the disk of our own database."),
    ("database", "database_mb"): ("cocket_database_size_bytes", "Size of the database."),
    ("learning", "history_mb"): ("cocket_history_size_bytes", "Room that the risk history takes on the disk."),
    ("advice", "leaves_behind"): (
        "cocket_advice_leaves_behind",
        "Leaves that the assessment worker has not processed yet.",
    ),
    ("advice", "oldest_seconds"): (
        "cocket_advice_oldest_seconds",
        "Age of the oldest message that the assessment worker has not processed; 0 if there is none.",
    ),
    ("head", "leaves"): ("cocket_log_leaves", "Leaves of the log, padding entries included."),
    ("head", "leaves_signed"): ("cocket_log_leaves_signed", "Leaves that a signed head includes."),
    ("head", "oldest_seconds"): (
        "cocket_log_oldest_waiting_seconds",
        "Age of the oldest message that no signed head includes; 0 if there is none.",
    ),
    ("head", "head_age_seconds"): ("cocket_log_head_age_seconds", "Age of the newest signed head."),
    ("leaves", "missing"): ("cocket_log_leaves_missing", "Leaves found missing from the database."),
    ("devices", "rows"): ("cocket_device_rows", "Rows of device messages stored so far."),
    ("devices", "rows_behind"): ("cocket_device_rows_behind", "Rows that the tracker has not processed yet."),
    ("canary", "age_seconds"): ("cocket_canary_age_seconds", "Time since the last canary was sent."),
    ("canary", "dealt_with"): ("cocket_canary_dealt_with", "Whether the last canary was processed: 1 if it was."),
    ("feed-files", "not_taken"): ("cocket_feed_files_not_taken", "Host files that were not imported."),
    ("backup", "age_hours"): ("cocket_backup_age_seconds", "Age of the newest backup."),
    ("models", "refused"): ("cocket_models_refused", "Models whose role was refused."),
}

#: The same, of checks that are one a role.
ROLE_FIGURES: Final[dict[str, tuple[str, str]]] = {
    "silent_seconds": (
        "cocket_role_silent_seconds",
        "Time since the last heartbeat, of the process silent for longest.",
    ),
    "failures": ("cocket_role_failures_in_a_row", "Consecutive failures, of the process with the most."),
    "processes": ("cocket_role_processes", "Known processes."),
}

#: The same, of checks whose figures are each of one kind: label and metric.
BY_LABEL: Final[dict[str, tuple[str, tuple[str, str]]]] = {
    "orders": ("lane", ("cocket_orders_open", "Control orders waiting for officers.")),
    "set-aside": ("role", ("cocket_set_aside_open", "Items set aside, waiting for an operator.")),
}

_STATES: Final = {"well": 0.0, "degraded": 1.0, "failed": 2.0}
_WORDS: Final = {"ready": 0.0, "degraded": 1.0, "not-ready": 2.0}

#: What figures are in → what their metrics are in, by the ending of its name.
_UNITS: Final = {"_mb": 2**20, "_hours": 3600}


def house_metrics(health: Health) -> list[Metric]:
    """The figures of every check, and how each stands."""
    state = Metric("cocket_health", "State of the instance: 0 ready, 1 degraded, 2 not ready.", "gauge")
    state.add_sample("cocket_health", {}, _WORDS[health.word])
    checks = Metric("cocket_check_state", "State of a check: 0 well, 1 degraded, 2 failed.", "gauge")
    found = {state.name: state, checks.name: checks}
    for check in health.checks:
        checks.add_sample(checks.name, {"check": check.name}, _STATES[check.state])
        for figure, value in check.figures.items():
            _add(found, check, figure, value)
    return list(found.values())


def _add(found: dict[str, Metric], check: Check, figure: str, value: float) -> None:
    labels: dict[str, str] = {}
    if check.name in ROLES:
        named = ROLE_FIGURES.get(figure)
        labels = {"role": check.name}
    elif check.name in BY_LABEL:
        label, named = BY_LABEL[check.name]
        labels = {label: figure}
    else:
        named = FIGURES.get((check.name, figure))
    if named is not None:
        name, says = named
        metric = found.setdefault(name, Metric(name, says, "gauge"))
        factor = next((by for ending, by in _UNITS.items() if figure.endswith(ending)), 1)
        metric.add_sample(name, labels, value * factor)
