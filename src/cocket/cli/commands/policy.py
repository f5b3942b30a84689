# SPDX-License-Identifier: Apache-2.0
"""`cocket policy`: who may do what; what another policy would change, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from cocket.cli.base.files import read_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, Listing, complain, json_line, out, progress, shown
from cocket.errors import SettingsError
from cocket.findings.words import counted
from cocket.gate import make_key
from cocket.governance import Policy, PolicyDifference, compare_policies, schema_text, shipped_policy
from cocket.governance.policy_difference import change_lines, told
from cocket.governance.policy_schema import YES_OR_NO
from cocket.governance.policy_trial import Trial
from cocket.pipeline.governance.look_pages import LookFilter, LookPage
from cocket.pipeline.governance.policies import IN_FORCE, SHIPPED, LookExplained, PolicyDraft
from cocket.pipeline.governance.second_person import Given

app = typer.Typer(no_args_is_help=True, help="Who may do what: policies, their differences, decisions explained.")

_NAMES: Final = (
    "A file of Cedar rules; `shipped`, the policy that Cocket comes with; or, of the instance, `in-force`, the number of a version, "
    "the name of a draft."
)

_DAYS: Final = ["%Y-%m-%d"]

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; it is sealed under your name.")]

SinceOption = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="From when it is to be in force, UTC; at once."
    ),
]

PolicyArgument = Annotated[
    str,
    typer.Argument(metavar="POLICY", help=_NAMES),
]


@app.callback()
def _group() -> None:
    """Who may do what: policies, their differences, decisions explained."""


@app.command("show")
def show(
    wanted: PolicyArgument = SHIPPED,
    schema: Annotated[
        bool, typer.Option("--schema", help="The schema instead: every role, action, fact and purpose.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a policy, by itself the one that Cocket comes with; or the schema that every policy is checked against.

    Examples:
        cocket policy show > draft.cedar

        cocket policy show in-force

        cocket policy show --schema
    """
    if schema:
        text, told = schema_text(), {"schema": schema_text()}
    else:
        with _policies_named((wanted,), home) as (policy,):
            text, told = policy.text, {"digest": policy.digest, "text": policy.text}
    if as_json:
        json_line(told)
    else:
        typer.echo(text, nl=False)


@app.command("check")
def check(wanted: PolicyArgument, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check a policy: its syntax, unknown roles, actions, facts and purposes, and an id for each rule.

    Exit 2 if it is broken; every problem is named.

    Example:
        cocket policy check draft.cedar
    """
    with _policies_named((wanted,), home) as (policy,):
        pass
    if as_json:
        json_line({"digest": policy.digest, "rules": [one.id for one in policy.rules]})
        return
    out.print(f"{counted(len(policy.rules), 'rule')}; nothing is wrong with it.", highlight=False)
    out.print(f"Digest: {policy.digest}", highlight=False, soft_wrap=True)


@app.command("compare")
def compare(
    before: Annotated[str, typer.Argument(metavar="A", help=_NAMES)],
    after: Annotated[str, typer.Argument(metavar="B", help="Likewise; its effect is what is shown.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show exactly what B allows and A does not, and the other way: over every role, action and combination of facts.

    Widened and narrowed are shown apart, each with its circumstances; where a prohibition that both have refuses anyway, that is
    left out. Exit 1 if they differ in what they allow.

    Examples:
        cocket policy compare shipped draft.cedar

        cocket policy compare draft-1.cedar draft-2.cedar --json
    """
    with _policies_named((before, after), home) as (first, second), progress("Comparing actions") as step:
        found = compare_policies(first, second, tell=step)
    if as_json:
        json_line(found)
    else:
        print_difference(found)
    if not found.is_empty:
        raise typer.Exit(1)


@app.command("put")
def put(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of Cedar rules.")],
    name: Annotated[str, typer.Option("--name", help="Name of the draft: small letters, digits and hyphens.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Keep a draft in the instance, sealed; another text of the same name takes its place, and is to be tried again.

    Example:
        cocket policy put draft.cedar --name comments
    """
    text = _text_of(file)
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        _draft(policies.put_draft(operator(), name, text), as_json)


@app.command("list")
def list_(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """List the versions of the policy, which of them is in force, and drafts.

    Example:
        cocket policy list
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        found = policies.overview(operator())
    if as_json:
        json_line(found)
        return
    number = found.in_force.number if found.in_force else None
    kept = "the policy that Cocket comes with" if number is None else f"version {number}"
    out.print(f"In force: {kept}, digest {found.digest}", highlight=False, soft_wrap=True)
    if found.versions:
        table = Listing("version", "in force from", "drafted by", "approved by", "digest", "reason")
        for one in found.versions:
            words = f"{one.reason} (text of version {one.again})" if one.again else one.reason
            table.add_row(
                str(one.number), f"{one.in_force:%Y-%m-%d %H:%M}", shown(one.proposer), shown(one.approver),
                one.digest[:12], shown(words),
            )  # fmt: skip
        out.print(table)
    if found.drafts:
        table = Listing("draft", "by", "written", "digest", "tried on")
        for draft in found.drafts:
            tried = f"{draft.trial.looks:,} accesses" if draft.trial else "not yet"
            table.add_row(draft.name, shown(draft.author), f"{draft.written:%Y-%m-%d %H:%M}", draft.digest[:12], tried)
        out.print(table)


@app.command("try")
def try_(
    wanted: Annotated[
        str, typer.Argument(metavar="POLICY", help="Name of a draft, number of a version, or a file of Cedar rules.")
    ],
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_DAYS, help="Accesses from this day on, UTC; all before too.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_DAYS, help="Accesses up to this day, included, UTC.")
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Try a policy on past accesses: whom it would have refused, and what was withheld that it would have shown.

    Each sealed access holds the facts as they were then; by them it is decided again. Accesses sealed before facts were sealed
    are counted apart. Requests that were refused as a whole are not sealed, so whom a policy newly admits is known from them
    only as far as parts were withheld; cocket policy compare shows it for every case there can be. What came of a draft is kept
    with it.

    Examples:
        cocket policy try comments

        cocket policy try draft.cedar --from 2026-11-01 --to 2026-11-30 --json
    """
    span = (_moment(since), _moment(until + timedelta(days=1) - timedelta(microseconds=1) if until else None))
    with (
        open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies,
        progress("Trying it on leaves of the log") as step,
    ):
        is_draft = not _is_file(wanted) and not wanted.isdecimal() and wanted not in (SHIPPED, IN_FORCE)
        if is_draft:
            found = policies.try_draft(operator(), wanted, span, step).trial
        else:
            policy = _of_file(Path(wanted)) if _is_file(wanted) else policies.policy(operator(), wanted)
            found = policies.try_policy(operator(), policy, span, step)
    if found is None:
        raise SettingsError("The draft was changed meanwhile.", hint="Try it again.")
    if as_json:
        json_line(found)
    else:
        _print_trial(found)


@app.command("propose")
def propose(
    name: Annotated[str, typer.Argument(metavar="DRAFT", help="Name of a draft that was tried.")],
    reason: ReasonOption,
    since: SinceOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a draft: a second person approves its digest on the page of what waits, and it is in force from then or later.

    A draft that would allow more to a role of whoever proposes or approves it is refused.

    Example:
        cocket policy propose comments --reason "comments across offices" --from 2026-12-15T06:00
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        _proposed(policies.propose(operator(), name, _from(since), reason, make_key), as_json)


@app.command("put-back")
def put_back(
    number: Annotated[int, typer.Argument(metavar="VERSION", min=1, help="Number of an earlier version.")],
    reason: ReasonOption,
    since: SinceOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose the text of an earlier version again, as a new version; a second person approves it as any other.

    Example:
        cocket policy put-back 1 --reason "version 2 refuses the night shift"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        _proposed(policies.put_back(operator(), number, _from(since), reason, make_key), as_json)


@app.command("recover")
def recover(reason: ReasonOption, home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Put the policy that Cocket comes with in force at once, where the one in force lets no one send, draft or approve.

    It is sealed under your name as a version that no one approved, and health says so until another is published.

    Example:
        cocket policy recover --reason "version 3 forbids everything"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        version = policies.recover(operator(), reason)
    if as_json:
        json_line(version)
    else:
        out.print(f"Version {version.number} is in force: the policy that Cocket comes with.", highlight=False)


@app.command("explain")
def explain(
    look: Annotated[
        str | None,
        typer.Argument(
            metavar="[ACCESS]", help="Id of its sealed record, or index of its leaf; without it the newest are listed."
        ),
    ] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain one access: which policy decided it, by which rules, on which facts, and for which purpose.

    Examples:
        cocket policy explain

        cocket policy explain 019ab7c2-7d2e-7c1e-a9d3-2f4b6c1d0e9f
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        if look is not None:
            found = policies.explain(operator(), look)
            json_line(found) if as_json else _print_explained(found)
            return
        page = policies.looks(operator())
    _print_looks(page, as_json)


@app.command("looks")
def looks(
    who: Annotated[str, typer.Option("--who", help="Officer or key.")] = "",
    role: Annotated[str, typer.Option("--role", help="One of his roles.")] = "",
    what: Annotated[str, typer.Option("--what", help="What was disclosed, such as dossier.")] = "",
    purpose: Annotated[str, typer.Option("--for", help="Purpose of the access.")] = "",
    case: Annotated[str, typer.Option("--in-case", help="Case that was named with it.")] = "",
    subject: Annotated[str, typer.Option("--of", help="Id of an object that was disclosed.")] = "",
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    before: Annotated[int | None, typer.Option("--before", help="Those below this leaf; a page ends with it.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """List accesses, the newest first, 50 at a time, narrowed by who, role, what, purpose, case, object and day.

    Examples:
        cocket policy looks --who lupe --from 2026-11-01

        cocket policy looks --of 01a21032-dbd8-7236-9320-ac0953c99041 --json
    """
    wanted = LookFilter(
        who=who,
        role=role,
        what=what,
        purpose=purpose,
        case=case,
        subject=subject,
        first=first.date() if first else None,
        last=last.date() if last else None,
    )
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        page = policies.looks(operator(), wanted, before)
    _print_looks(page, as_json)


def _print_looks(page: LookPage, as_json: bool) -> None:
    if as_json:
        json_line(page)
        return
    table = Listing("access", "at", "who", "what", "purpose", "case", whole=("access",))
    for line in page.lines:
        table.add_row(
            line.id, f"{line.at:%Y-%m-%d %H:%M}", shown(line.who), shown(line.what), line.purpose, shown(line.case)
        )
    out.print(table)
    if page.unread:
        out.print(f"{page.unread:,} can no longer be opened, and may be so too.", highlight=False)
    if page.destroyed is not None:
        gone = page.destroyed
        out.print(
            f"Accesses of {counted(gone.days, 'day')} up to {gone.until} were destroyed under the retention schedule: "
            f"{shown('; '.join(gone.laws))}.",
            highlight=False,
        )
    if page.next is not None:
        out.print(f"{page.searched:,} accesses were searched; older ones: --before {page.next}", highlight=False)


@contextmanager
def _policies_named(names: tuple[str, ...], home: Path | None) -> Iterator[tuple[Policy, ...]]:
    """Policies by name: of a file, `shipped`, or of the instance, which is opened only for these."""
    if all(one == SHIPPED or _is_file(one) or "." in one for one in names):
        yield tuple(shipped_policy() if one == SHIPPED else _of_file(Path(one)) for one in names)
        return
    with open_service(settings_of(**home_option(home)), lambda one: one.governance.policies) as policies:
        yield tuple(_of_file(Path(one)) if _is_file(one) else policies.policy(operator(), one) for one in names)


def _is_file(name: str) -> bool:
    return name != SHIPPED and Path(name).is_file()


def _text_of(file: Path) -> str:
    try:
        return read_file(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is not a text file.", problems=("not UTF-8",)) from error


def _of_file(file: Path) -> Policy:
    """The policy of a file.

    Raises:
        SettingsError: It is broken, or not a text.
    """
    text = _text_of(file)
    try:
        return Policy(text)
    except SettingsError as error:
        for problem in error.problems:
            complain(problem)
        raise


def _moment(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day is not None else None


def _from(since: datetime | None) -> datetime:
    return _moment(since) or datetime.now(UTC)


def _draft(draft: PolicyDraft, as_json: bool) -> None:
    if as_json:
        json_line(draft)
    else:
        out.print(f"Draft {draft.name} kept; digest {draft.digest}", highlight=False, soft_wrap=True)


def _proposed(done: Given, as_json: bool) -> None:
    if as_json:
        json_line(done.proposal)
        return
    after = done.proposal.after
    out.print("Recorded; it waits until a second person approves it.", highlight=False)
    out.print(f"Digest of the text: {after['digest']}", highlight=False, soft_wrap=True)
    freed = f" It allows more to: {after['freed']}." if after["freed"] else ""
    out.print(f"In force from {after['in_force']} at the earliest.{freed}", highlight=False)


def _print_trial(found: Trial) -> None:
    """Say what a trial found."""
    tried = found.looks - found.without_facts
    out.print(f"{tried:,} accesses tried; {found.without_facts:,} have no facts sealed.", highlight=False)
    if found.sees_from is not None:
        out.print(
            f"Records of accesses before {found.sees_from} were destroyed under the retention schedule; of those days only what is kept "
            "was tried.",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    out.print(
        f"{found.refused_whole:,} would have been refused, {found.refused_in_part:,} in part; "
        f"{found.admitted:,} would have shown more.",
        highlight=False,
    )
    if not found.lines:
        return
    table = Listing("roles", "action", "would be", "accesses", "people", "by rules", "for example")
    for line in found.lines:
        first = line.examples[0] if line.examples else None
        example = f"{shown(first.who)}, {first.at:%Y-%m-%d %H:%M}, {shown(first.what)}: {first.look}" if first else ""
        table.add_row(
            line.roles or "no role", line.action, line.way, f"{line.looks:,}", f"{line.people:,}", ", ".join(line.rules),
            example,
        )  # fmt: skip
    out.print(table)


def _print_explained(found: LookExplained) -> None:
    """Say why an access was allowed."""
    who = f"{shown(found.who)} ({', '.join(found.roles) or 'no role'})"
    case = f", case {shown(found.case)}" if found.case else ""
    out.print(f"{who} accessed: {shown(found.what)}, {found.at:%Y-%m-%d %H:%M:%S} UTC", highlight=False, markup=False)
    out.print(f"Purpose: {found.purpose}{case}", highlight=False, markup=False)
    out.print(
        f"Of: {', '.join(map(shown, found.subjects)) or 'nothing in particular'}", highlight=False, soft_wrap=True
    )
    if not found.decisions:
        out.print(
            "Sealed before decisions were sealed with accesses: no facts and no policy are known.", highlight=False
        )
        return
    known = {None: "its text is not known here", 0: "the policy that Cocket comes with"}
    out.print(
        f"Policy: {known.get(found.version, f'version {found.version}')}, digest {found.policy}",
        highlight=False,
        soft_wrap=True,
    )
    for one in found.decisions:
        verdict = "allowed" if one.is_allowed else "refused, and that part withheld"
        facts = told(
            {**{name: (name in one.facts,) for name in YES_OR_NO if name in one.facts}, "purpose": (one.purpose,)}
        )
        out.print(f"\n{one.action}: {verdict} ({facts})", highlight=False, markup=False, soft_wrap=True)
        for rule in one.rules:
            words = " ".join(rule.words.split())
            out.print(f"  {rule.id}{': ' + words if words else ''}", highlight=False, markup=False, soft_wrap=True)
        if one.again is not None and one.again is not one.is_allowed:
            out.print("  The same policy decides otherwise of these facts today.", style="bold red")
        if one.today is not one.is_allowed:
            out.print(
                f"  By the policy in force now it would be {'allowed' if one.today else 'refused'}.", highlight=False
            )


def print_difference(found: PolicyDifference) -> None:
    """Say what differs, in words."""
    if found.is_empty:
        words = f"; {counted(len(found.reworded), 'rule')} differ in words" if found.reworded else ""
        out.print(f"Both allow the same in all {found.rows:,} rows{words}.", highlight=False)
        return
    for way, title in (("widened", "Allowed by the second alone"), ("narrowed", "Allowed by the first alone")):
        lines = list(change_lines(found, "widened" if way == "widened" else "narrowed"))
        if not lines:
            out.print(f"{title}: nothing.", highlight=False)
            continue
        table = Listing("roles", "action", "when", "rows", title=f"{title} ({way})", title_justify="left")
        for roles, action, whens, rows in lines:
            table.add_row(shown(roles), action, "; or ".join(whens), f"{rows:,}")
        out.print(table)
    out.print(f"Rules that differ: {', '.join(found.reworded)}", highlight=False, markup=False)
    out.print(
        f"{found.rows:,} rows (roles × actions × facts), of which {found.decided:,} had to be decided.", highlight=False
    )
