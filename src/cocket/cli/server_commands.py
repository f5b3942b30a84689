# SPDX-License-Identifier: Apache-2.0
"""The commands that need the server's parts, in the order in which `cocket --help` shows them."""

from __future__ import annotations

import typer

from cocket.cli import (
    anchor,
    audits,
    bench,
    classify,
    credential,
    credential_house,
    demo,
    devices,
    erase,
    feed,
    init,
    intelligence,
    lodge,
    people,
    results,
    risk,
    rules,
    screen,
    serve,
    simulate,
    standings,
    title_registrar,
    track,
    track_house,
    track_replay,
    witness,
)


def add_to(app: typer.Typer) -> None:
    """Add them to the application."""
    app.command("demo")(demo.demo)
    app.command("serve")(serve.serve)
    app.command("init")(init.init)
    app.command("status")(serve.status)
    app.command("feed")(feed.feed)
    app.command("lodge")(lodge.lodge)
    app.command("erase")(erase.erase)
    app.add_typer(people.key_app, name="key")
    app.add_typer(people.officer_app, name="officer")
    app.add_typer(devices.app, name="device")
    track.app.command("replay")(track_replay.replay)
    track.app.command("simulate")(track_replay.simulate)
    for name, command in track_house.COMMANDS:
        track.app.command(name)(command)
    app.add_typer(track.app, name="track")
    for name, group in {"risk": risk, "rules": rules, "screen": screen}.items():
        app.add_typer(group.app, name=name)
    app.command("classify")(classify.classify)
    app.add_typer(results.app, name="results")
    app.add_typer(intelligence.app, name="intelligence")
    app.add_typer(audits.app, name="audit")
    app.add_typer(standings.app, name="aeo")
    for name, command in credential_house.COMMANDS:
        credential.app.command(name)(command)
    app.add_typer(title_registrar.app, name="title")
    app.add_typer(anchor.app, name="anchor")
    app.add_typer(witness.app, name="witness")
    app.command("simulate")(simulate.simulate_command)
    app.command("bench")(bench.bench)
