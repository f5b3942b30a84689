# SPDX-License-Identifier: Apache-2.0
"""`cocket demo`: a synthetic country through the real doors, from its papers to sealed, explained advice."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.host_data import feed_principal
from cocket.cli.base.instance_access import make_home, settings_of
from cocket.cli.base.output import JsonOption, err, json_line, out, progress
from cocket.cli.commands.init import write_settings
from cocket.cli.demonstration.acts import PEOPLE, TRAVELLERS, Acts
from cocket.cli.demonstration.agencies import WHO
from cocket.cli.demonstration.country import make_country, write_law
from cocket.cli.demonstration.journeys import Scene
from cocket.cli.demonstration.neighbour import Neighbour
from cocket.cli.demonstration.parts import lodge_all, prove, read_senders, wait_for_assessment
from cocket.cli.demonstration.summary import show_summary
from cocket.cli.roles.serving import Serving
from cocket.errors import StoreError
from cocket.feeds import Destination, FeedReport, FolderFeed, destination_of
from cocket.gate import make_key
from cocket.governance import Principal
from cocket.pipeline import open_instance, public_keys
from cocket.pipeline.credentials.issuing_keys import issuer_did
from cocket.pipeline.governance.sign_in import SignInService
from cocket.settings import Settings

#: Where a trained model waits for its register.
_MODEL = "model.cocket"
_ANYWAY = "a demo shows how a model is used, however good it is"

_ROLES = ("api", "assessment", "log", "workbench", "tracker")


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after the summary instead of serving the workbench.")
    ] = False,
    size: Annotated[
        int,
        typer.Option(
            "--size",
            min=20,
            max=20_000,
            help="Declarations of the synthetic country; the past that its model learns from stays as long.",
        ),
    ] = 300,
    home: Annotated[Path, typer.Option("--home", help="Folder that keeps the demo's state.")] = Path("var/demo"),
    json_lines: JsonOption = False,
) -> None:
    """Show a whole instance at work on a synthetic country, then serve the workbench.

    Makes a country with known frauds; feeds its SAD and manifest files, lodges its WCO declarations over HTTP; each is
    answered, sealed, linked, scored and given a lane in shadow beside the host's. The country has a tariff, permits,
    authorised traders and intelligence; officers examine, ask about a value and plan audits; lorries
    are followed, and one seal is opened on the way. Verifies a proof offline,
    and says what our advice would have found. A second run goes on with the same state. Events are sent to webhooks and by e-mail
    where COCKET_EVENT_WEBHOOKS is set.

    Examples:
        cocket demo

        cocket demo --once --size 1000 --home /tmp/demo
    """
    started = time.monotonic()
    settings = settings_of(
        home=home, log_origin="demo.cocket.invalid/alphaland/2026", administration="Alphaland Customs", red_per_day=20
    )
    make_home(settings)
    write_settings(settings)
    country = make_country(home, size)
    write_law(settings, country)
    _train(settings, home)
    with Serving(settings, roles_of(settings), takes_any_port=True) as serving:
        _promote(home)
        house = open_instance(settings, serving.dsn)
        key = _make_people(house.governance.accounts, home)
        acts = Acts(house, home, country)
        scene = Scene((house.queries.records, house.tracking), serving, country, TRAVELLERS)
        anna, _, sione = TRAVELLERS
        neighbour = Neighbour(house.credentials, house.tracking, (anna, sione), issuer_did(settings))
        acts.before_papers()
        report = _feed(destination_of(house), settings, home / "country" / "host")
        lodged = lodge_all(serving.addresses["api"], key, home / "country" / "lodge")
        first_lane = wait_for_assessment(house.queries.records, serving, report)
        done = acts.after_papers(scene.play, lambda: scene.exchange(neighbour))
        proof = prove(serving.addresses["api"], key, lodged, settings)
        summary = show_summary(
            house.queries.records,
            house.consignment.manifests,
            country,
            (report, lodged, done, proof),
            out if not json_lines else None,
        )
        house.close()
        took = {"seconds": round(time.monotonic() - started, 1), "seconds_to_lanes": round(first_lane - started, 1)}
        if json_lines:
            json_line({**msgspec.to_builtins(summary), **took})
        else:
            out.print(f"\nTotal time: {took['seconds']:.0f} s.", highlight=False)
        if not once:
            _serve(serving, home)


def roles_of(settings: Settings) -> tuple[str, ...]:
    """The roles that a demo runs (1..n); events are sent where the settings say so, as `cocket serve` does."""
    return (*_ROLES, "events") if settings.sends_to_others else _ROLES


def _train(settings: Settings, home: Path) -> None:
    """A model from the country's past, once; in a process of its own, so that this one can still fork."""
    if (home / _MODEL).exists() or settings.models_folder.exists():
        return
    err.print("training a model on the country's past", highlight=False)
    history = str(settings.first_history_file)
    _risk("trained", "train", str(home / "country"), "--out", str(home / _MODEL), "--history", history)


def _promote(home: Path) -> None:
    """Let the trained model speak, once: registered and made champion in the house, both sealed in its log."""
    if (home / _MODEL).exists():
        reason = "first model of the demo, trained on the country's past"
        _risk(
            "promoted",
            "register",
            str(home / _MODEL),
            "--role",
            "champion",
            "--reason",
            reason,
            "--anyway",
            _ANYWAY,
            "--home",
            str(home),
        )
        (home / _MODEL).unlink()


def _risk(done_what: str, *arguments: str) -> None:
    """Run `cocket risk` in a process of its own."""
    command = [sys.executable, "-m", "cocket", "risk", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise StoreError(f"The model could not be {done_what}: {done.stderr.strip()[-500:]}")


def _make_people(accounts: SignInService, home: Path) -> str:
    """Officers of each role and a key for the traders, once; their secrets are kept for the demo alone."""
    file = home / "sign-in.json"
    senders = sorted(set(read_senders(home / "country" / "lodge").values()))
    if file.exists():
        key: str = json.loads(file.read_text("utf-8"))["key"]
        return key
    password = secrets.token_urlsafe(9)
    for name, shown, role in PEOPLE:
        accounts.put_officer(name, shown, role, None, password)
    key = make_key("demo-traders")
    accounts.add_key(key, "Traders of Alphaland", ["trader"], senders)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"password": password, "people": [p[0] for p in PEOPLE], "key": key}), "utf-8")
    return key


def _feed(destination: Destination, settings: Settings, folder: Path) -> FeedReport:
    principal: Principal = feed_principal(settings.feed_sender)
    feed = FolderFeed(destination, folder, principal, settings.feed_sender)
    with progress("importing the host's files") as step:
        return feed.once(lambda path, answer, done, total: step(done, total))


def _serve(serving: Serving, home: Path) -> None:
    word = json.loads((home / "sign-in.json").read_text("utf-8"))
    keys = public_keys(serving.settings)
    out.print(f"\nWorkbench  {serving.addresses['workbench']}", highlight=False)
    roles = {name: role for name, _shown, role in PEOPLE} | WHO
    people = ", ".join(f"{name} ({roles[name]})" if name in roles else name for name in word["people"])
    out.print(f"Sign in as {people}   password {word['password']}", highlight=False, soft_wrap=True)
    out.print(
        f"HTTP API  {serving.addresses['api']}   API documents {serving.addresses['admin']}/docs", highlight=False
    )
    out.print(f"Log        {serving.settings.log_folder}   key {keys['log']}", highlight=False, soft_wrap=True)
    out.print("Ctrl-C ends it.", highlight=False)
    serving.until_stopped()
