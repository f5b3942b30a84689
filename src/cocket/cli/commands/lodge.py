# SPDX-License-Identifier: Apache-2.0
"""`cocket lodge`: send messages to an HTTP door and print their receipts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.output import JsonOption, complain, json_line, out, progress
from cocket.errors import PartnerError, SettingsError

_OUTCOMES = {202: "accepted", 422: "refused", 400: "unreadable", 409: "conflict"}


def lodge(
    files: Annotated[list[Path], typer.Argument(help="Messages in any supported standard.", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="Address of the server, such as http://127.0.0.1:8460.")],
    sender: Annotated[
        str | None, typer.Option("--sender", help="Sender to send for; the key's own if not given.")
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", envvar="COCKET_KEY", help="API key; preferably in COCKET_KEY.")
    ] = None,
    receipts: Annotated[
        Path | None, typer.Option("--receipts", help="Folder to save each receipt to, as FILE.receipt.json.")
    ] = None,
    json_lines: JsonOption = False,
) -> None:
    """Lodge messages over HTTP and print what each was answered.

    Sending the same file again is safe: it gets the same receipt. An office's gateway that cannot reach customs answers
    "provisional", with a receipt saved as FILE.provisional.json; send the file again later for the receipt of customs.

    Examples:
        COCKET_KEY=… cocket lodge declaration.xml --to http://127.0.0.1:8460

        cocket lodge out/*.xml --to http://127.0.0.1:8460 --sender GB123456789000 --receipts receipts/
    """
    if not key:
        raise SettingsError("No API key was given.", hint="Set COCKET_KEY, or give --key.")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/xml"}
    if sender:
        headers["Cocket-Sender"] = sender
    if receipts:
        receipts.mkdir(parents=True, exist_ok=True)
    worst = 0
    with (
        httpx.Client(base_url=to, headers=headers, timeout=30.0, trust_env=False) as client,
        progress("lodging", len(files)) as step,
    ):
        for done, path in enumerate(files, start=1):
            status, body = _send(client, path)
            worst = max(worst, _report(path, status, body, json_lines))
            for name in ("receipt", "provisional"):
                if receipts and name in body:
                    (receipts / f"{path.name}.{name}.json").write_text(json.dumps(body[name]), "utf-8")
            step(done)
    raise typer.Exit(worst)


def _send(client: httpx.Client, path: Path) -> tuple[int, dict[str, Any]]:
    try:
        answer = client.post("/v1/messages", content=read_file(path))
        body = answer.json()
    except httpx.HTTPError as error:
        raise PartnerError(
            f"The server does not answer: {error}.", hint="Check that cocket serve runs at this address."
        ) from error
    except ValueError as error:
        raise PartnerError(f"The server answered {answer.status_code}, but not with JSON.") from error
    return answer.status_code, body


def _report(path: Path, status: int, body: dict[str, Any], json_lines: bool) -> int:
    outcome = _OUTCOMES.get(status, "failed")
    if outcome == "accepted" and "provisional" in body:  # an office's gateway answered
        outcome = str(body["outcome"])
    if json_lines:
        json_line({"file": str(path), "status": status, **body})
    elif outcome == "failed":
        complain(f"{path}: {status} {body.get('error', {}).get('message', '')}")
    else:
        index = body.get("receipt", {}).get("promise", {}).get("index", "–")
        place = (
            f"entry {body.get('sequence', '–')}" if outcome == "provisional" else f"{body.get('id', '')}  leaf {index}"
        )
        out.print(f"{path}  {outcome}  {place}", markup=False, highlight=False, soft_wrap=True)
        for finding in body.get("findings", ()):
            out.print(f"    {finding['severity']}: {finding['message']}", markup=False, highlight=False, soft_wrap=True)
    return 0 if status == 202 and outcome != "held" else 1
