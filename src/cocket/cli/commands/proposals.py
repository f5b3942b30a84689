# SPDX-License-Identifier: Apache-2.0
"""`cocket proposals`: what waits for a second person: read it, approve or refuse it, withdraw it."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, json_line, out, print_lines, shown
from cocket.cli.commands.agreements import agreed_lines
from cocket.gate import make_key
from cocket.governance.proposals import Proposal
from cocket.pipeline.governance.agreements import proposed_agreement
from cocket.pipeline.governance.second_person import SecondPerson

app = typer.Typer(no_args_is_help=True, help="What waits for a second person: read, approve, refuse, withdraw.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="Id of the proposal.")]
DigestOption = Annotated[
    str, typer.Option("--digest", help="Digest of the proposal as you read it; its first 12 signs suffice.")
]

#: How a line of a difference is shown, by its kind.
_MARKS: Final = {"same": "  {}", "gone": "- {}", "new": "+ {}", "skipped": "… {} lines that are the same"}

#: Signs of a digest by which it is known (count), as pages show them.
_SIGNS: Final = 12


@app.command("list")
def list_proposals(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List what waits and you may approve, refuse or withdraw.

    Example:
        cocket proposals list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.second_person) as second:
        found = [one.proposal for one in second.waiting(operator())]
    if as_json:
        for one in found:
            json_line(one)
        return
    if not found:
        out.print("Nothing waits for you.")
        return
    table = Listing("id", "kind", "about", "proposed by", "since", "until", "digest")
    for one in found:
        when = [f"{at:%Y-%m-%d}" if at else "–" for at in (one.proposed, one.expires)]
        table.add_row(one.id, one.kind, shown(one.name), shown(one.proposer), *when, one.digest[:_SIGNS])
    out.print(table)


@app.command("show")
def show(
    wanted: IdArgument,
    full: Annotated[bool, typer.Option("--full", help="The text that is proposed, in full.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one proposal: what it would change, line by line, what is wanted, who proposed it and why, and how far it has got.

    Examples:
        cocket proposals show 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f

        cocket proposals show 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --full
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.second_person) as second:
        proposal = second.proposal(operator(), wanted).proposal
    _tell(proposal, as_json)
    if as_json or proposal.text is None:
        return
    if proposal.text.missing:
        _print(f"The text cannot be shown: {proposal.text.missing}")
    if (agreement := proposed_agreement(proposal.kind, proposal.text.after)) is not None:
        print_lines([agreement.title, *agreed_lines(agreement)])
    changes = () if agreement is not None and not proposal.text.before else proposal.text.changes
    for change in changes:
        _print(_MARKS[change.kind].format(shown(change.text)))
    if full:
        _print("as proposed, in full:")
        for line in proposal.text.after.splitlines():
            _print(shown(line))


@app.command("approve")
def approve(wanted: IdArgument, digest: DigestOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Approve what another proposed; with the last approval that it needs it is carried out. A secret is shown once.

    Example:
        cocket proposals approve 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --digest 4f0c2a91b7d3
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.second_person) as second:
        whole = _whole(second, wanted, digest)
        done = second.vote(operator(), wanted, whole, make_key)
    if as_json:
        json_line(done)
        return
    _tell(done.proposal, as_json)
    if done.secret:
        _print(f"Secret, shown this once: {done.secret}")


@app.command("refuse")
def refuse(
    wanted: IdArgument,
    digest: DigestOption,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is sealed.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Refuse what another proposed.

    Example:
        cocket proposals refuse 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f --digest 4f0c2a91b7d3 --reason "too wide"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.second_person) as second:
        whole = _whole(second, wanted, digest)
        _tell(second.vote(operator(), wanted, whole, make_key, refusal=reason).proposal, as_json)


@app.command("withdraw")
def withdraw(
    wanted: IdArgument,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is sealed.")] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Withdraw what you proposed yourself, before it is carried out.

    Example:
        cocket proposals withdraw 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.second_person) as second:
        _tell(second.withdraw(operator(), wanted, reason), as_json)


def tell_proposed(proposal: Proposal, as_json: bool) -> None:
    """Say that an act waits, and how a second person approves it."""
    if as_json:
        json_line(proposal)
        return
    _print(f"Recorded as proposal {proposal.id}; it waits until a second person approves it:")
    _print(f"cocket proposals approve {proposal.id} --digest {proposal.digest[:_SIGNS]}")


def _whole(second: SecondPerson, wanted: str, digest: str) -> str:
    """The whole digest that was read, if this is its beginning; else what was given, which is refused."""
    present = second.proposal(operator(), wanted).proposal.digest
    return present if len(digest) >= _SIGNS and present.startswith(digest) else digest


def _tell(proposal: Proposal, as_json: bool) -> None:
    if as_json:
        json_line(proposal)
        return
    _print(f"{proposal.kind}: {shown(proposal.name)} · {proposal.state}")
    _print(f"proposed by {shown(proposal.proposer)} · digest {proposal.digest}")
    if proposal.reason:
        _print(f"reason: {shown(proposal.reason)}")
    for name in sorted({*proposal.before, *proposal.after}):
        before, after = proposal.before.get(name, "–"), proposal.after.get(name, "–")
        _print(f"{name}: {shown(before)} → {shown(after)}")
    for vote in proposal.votes:
        said = "approved" if vote.approves else f"refused: {shown(vote.reason)}"
        _print(f"{vote.at:%Y-%m-%d %H:%M} UTC {shown(vote.by)} {said}")
    if proposal.outcome:
        _print(f"outcome: {shown(proposal.outcome)}")


def _print(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
