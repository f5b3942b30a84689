# SPDX-License-Identifier: Apache-2.0
"""`cocket subject`: answers to persons and traders who ask what is held about them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, json_line, out, shown
from cocket.governance.subject_access import write_export_html
from cocket.pipeline.queries.subject_access import PARTS

app = typer.Typer(
    name="subject", no_args_is_help=True, help="Answers to persons and traders who ask what is held about them."
)


@app.callback()
def _group() -> None:
    """Answers to persons and traders who ask what is held about them."""


@app.command("export")
def export(
    subject: Annotated[str, typer.Argument(metavar="ID", help="Number or name of the person or trader, or a sender.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; made if it is not there.")],
    reason: Annotated[str, typer.Option("--reason", help="On whose request; sealed.")],
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Write everything that is held about a person or trader and may be given: subject.json, subject.html, own messages, papers.

    Consignments in which the subject takes part, its own messages as it sent them, results, doubts, payments, standings, questions and
    contests with their papers, self-assessments, drafts by id alone, keys, and who looked, in which role and for which purpose. What
    the law exempts is in no answer, and no answer says whether there is any. The answer is itself sealed.

    Example:
        cocket subject export XA990000000101 answer --reason "request of 3 March, by post"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.subjects) as subjects:
        made, files = subjects.export(operator(), subject, reason)
    written = {
        "subject.json": msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n",
        "subject.html": write_export_html(made),
        **files,
    }
    for name, content in written.items():
        write_file(folder / name, content)
    counts = {name: len(getattr(made, name)) for name in PARTS}
    if json_lines:
        json_line({"folder": str(folder), "subject": made.subject, "files": sorted(written), **counts})
        return
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    out.print(shown(f"{folder}: {len(written)} files about {made.subject}: {told}"), markup=False, highlight=False)
