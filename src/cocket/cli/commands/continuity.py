# SPDX-License-Identifier: Apache-2.0
"""`cocket continuity`: gateways of offices, what waits of them for an officer, and the register of outages."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.instance_access import home_option, open_service, settings_of
from cocket.cli.base.operator_principal import operator
from cocket.cli.base.output import HomeOption, JsonOption, complain, json_line, out, shown
from cocket.cli.base.output import note as tell
from cocket.control import OFFENCES, OLD
from cocket.errors import SettingsError
from cocket.exchange.gateway_calls import WHYS
from cocket.exchange.office_packs import OfficePack, OfficeResult, check_entry, open_pack
from cocket.exchange.paper_photos import is_picture
from cocket.gate import Door, listen, serve
from cocket.gateway import PackDesk, ResultFile, pack_page
from cocket.languages import language as language_of
from cocket.pipeline.base.gateway_files import Gateway, HeldEntry, stranded_words
from cocket.pipeline.base.office_pack_files import PackLine, PackResult, PhotoTaken, back_of, pack_line
from cocket.pipeline.base.outage_files import REGIMES, Outage, Regime
from cocket.pipeline.partners.outages import NewOutage

app = typer.Typer(
    name="continuity",
    no_args_is_help=True,
    help="When the line is down: gateways, packs and paper forms of offices, what waits for an officer, and outages.",
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in words; it is recorded.", show_default=False)]
MomentOption = Annotated[
    str | None, typer.Option(metavar="MOMENT", help="Such as 2026-11-25T06:10Z; now if not given.")
]


PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase; asked for if not given.")
]


def _offence(value: str | None) -> str | None:
    """A class that is offered.

    Raises:
        typer.BadParameter: It is none.
    """
    if value is not None and value not in _OFFENCES:
        raise typer.BadParameter(f"There is no such class of offence. Choose one of: {', '.join(_OFFENCES)}.")
    return value


_OFFENCES = tuple(one for one in OFFENCES if one not in OLD)
OffenceOption = Annotated[
    str | None,
    typer.Option(
        "--offence",
        metavar="CLASS",
        callback=_offence,
        help=f"Class of the gravest offence: {', '.join(_OFFENCES)}.",
    ),
]
_KEY_HELP = "Receipt key of the instance, as a vkey line or a file of it; repeatable."

#: What came of a result, in words.
OUTCOMES = {
    "recorded": "recorded",
    "beside": "kept beside what stands",
    "same": "known already",
    "other": "another result is recorded",
    "refused": "not recorded",
}

#: Ways by which a result comes, in words.
_WAYS = {"laptop": "file of a laptop", "slip": "printed result", "paper": "paper form"}


#: What was decided of an entry, and what came of one that was accepted then, in words.
_DECIDED = {"taken-in": "accepted", "left": "left as it is"}
_CAME_OF = {
    "same": ", customs had it already,",
    "refused": ", but refused by the checks,",
    "conflict": ", but refused since its reference belongs to another message,",
}


class Depth(Enum):
    """How deep it was examined."""

    DOCUMENTS = "documents"
    SCAN = "scan"
    PARTIAL = "partial"
    FULL = "full"
    NOT_EXAMINED = "not-examined"


class Decision(Enum):
    """What becomes of an entry that waits."""

    TAKE = "take"
    LEAVE = "leave"


@app.command("register-gateway")
def register(
    vkey: Annotated[str, typer.Argument(metavar="VKEY", help="Public key that cocket gateway init printed.")],
    office: Annotated[str, typer.Option("--office", help="Customs office where it stands.", show_default=False)],
    key: Annotated[
        str,
        typer.Option(
            "--key", help="Name of its API key; it may bring messages of the key's senders.", show_default=False
        ),
    ],
    late_hours: Annotated[
        int, typer.Option("--late-hours", help="What the gateway received longer ago is shown to an officer.")
    ] = 24,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Register the gateway of an office; again for another API key, or for another office while nothing was brought yet.

    Example:
        cocket continuity register-gateway alpha-gate+1f2e3d4c+AQ… --office XAPRT001 --key alpha-gate
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        made = gateways.register_gateway(operator(), vkey, office, key, late_hours)
    _tell_gateway(made, json_lines)


@app.command("gateways")
def list_gateways(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List gateways, and how far their entries have come; the look is sealed. Exit 1 if one is forked or refused.

    Example:
        cocket continuity gateways
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        found = gateways.gateways(operator())
    if not found and not json_lines:
        out.print("No gateway is registered.")
    for one in found:
        _tell_gateway(one, json_lines)
    if any(one.state == "forked" or (one.state == "active" and one.refused is not None) for one in found):
        raise typer.Exit(1)


@app.command("end-gateway")
def end(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the gateway.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Take nothing of a gateway any more.

    Example:
        cocket continuity end-gateway alpha-gate --reason "replaced after the flood"
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        made = gateways.end_gateway(operator(), name, reason)
    _tell_gateway(made, json_lines)


@app.command("held")
def list_held(
    is_settled: Annotated[bool, typer.Option("--settled", help="Those that were decided instead.")] = False,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List entries of gateways that wait for an officer, oldest first; the look is sealed. Exit 1 if one waits.

    Example:
        cocket continuity held
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        found = gateways.held_entries(operator(), is_settled=is_settled)
    if not found and not json_lines:
        out.print("Nothing waits." if not is_settled else "Nothing was decided yet.")
    for one in found:
        _tell_held(one, json_lines)
    if found and not is_settled:
        raise typer.Exit(1)


@app.command("settle")
def settle(
    held: Annotated[str, typer.Argument(metavar="ENTRY", help="Gateway and number, such as alpha-gate-17.")],
    decision: Annotated[Decision, typer.Argument(help="take: accept it after all; leave: leave it as it is.")],
    reason: ReasonOption,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Decide what becomes of an entry that waits.

    Example:
        cocket continuity settle alpha-gate-17 leave --reason "lodged on paper, form 12"
    """
    wanted = "taken-in" if decision is Decision.TAKE else "left"
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.gateways) as gateways:
        made = gateways.settle_entry(operator(), held, "taken-in" if wanted == "taken-in" else "left", reason)
    _tell_held(made, json_lines)


@app.command("open-outage")
def open_outage(
    system: Annotated[list[str], typer.Option("--system", help="What is down; repeatable.", show_default=False)],
    reason: ReasonOption,
    office: Annotated[str, typer.Option("--office", help="Office that it is at; all if not given.")] = "",
    begins: MomentOption = None,
    regime: Annotated[
        list[str] | None,
        typer.Option(
            "--regime",
            help="PROCEDURE=ends-on-paper or PROCEDURE=captured-later; procedures are import, export, transit, entry and other. "
            "What is not named is captured later.",
        ),
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Enter an outage, which allows to go on without the systems; print the number to quote.

    Example:
        cocket continuity open-outage --office XAPRT001 --system line --regime transit=ends-on-paper --reason "cable cut"
    """
    new = NewOutage(
        office=office,
        begins=_moment(begins),
        systems=tuple(system),
        regimes=dict(map(_regime, regime or ())),
        reason=reason,
    )
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.outages) as outages:
        made = outages.open_outage(operator(), new)
    _tell_outage(made, json_lines)


@app.command("close-outage")
def close_outage(
    outage: Annotated[str, typer.Argument(metavar="OUTAGE", help="Its number.")],
    ends: MomentOption = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """End an outage.

    Example:
        cocket continuity close-outage XAPRT001-2026-1
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.outages) as outages:
        made = outages.close_outage(operator(), outage, _moment(ends))
    _tell_outage(made, json_lines)


@app.command("outages")
def list_outages(home: HomeOption = None, json_lines: JsonOption = False) -> None:
    """List outages, the newest first; the look is sealed.

    Example:
        cocket continuity outages
    """
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.outages) as outages:
        found = outages.outages(operator())
    if not found and not json_lines:
        out.print("No outage is entered.")
    for one in found:
        _tell_outage(one, json_lines)


@app.command("pack")
def pack(
    office: Annotated[str, typer.Option("--office", help="Customs office that it is for.", show_default=False)],
    into: Annotated[Path, typer.Option("--out", help="File to write.", show_default=False)],
    passphrase: PassphraseOption = None,
    hours: Annotated[int, typer.Option("--hours", help="How long it is good (1 to 72).")] = 24,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Make the signed pack of an office: its open orders with advice, the rules and lists in force. Each order in it is a look.

    Example:
        cocket continuity pack --office XAPRT001 --out alpha.pack --passphrase-file words.txt
    """
    words = _passphrase(passphrase)
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.packs) as packs:
        content = packs.make_pack(operator(), office, hours, words)
    write_file(into, content)
    if json_lines:
        json_line({"file": str(into), "bytes": len(content)})
    else:
        out.print(shown(f"{into}: the pack of {office}, good for {hours} hours."), markup=False, highlight=False)


@app.command("open")
def open_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack.")],
    key: Annotated[list[str], typer.Option("--key", help=_KEY_HELP, show_default=False)],
    passphrase: PassphraseOption = None,
    page: Annotated[
        Path | None, typer.Option("--page", help="Also write it as one page to read and to print its paper forms.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="Language of the page, such as fr.")] = "en",
    json_lines: JsonOption = False,
) -> None:
    """Open a pack without an instance and without a line; refused in words if it is expired, changed or of another instance.

    Example:
        cocket continuity open alpha.pack --key house.vkey --passphrase-file words.txt --page alpha.html
    """
    opened = _opened(file, key, passphrase)
    if page is not None:
        write_file(page, pack_page(opened, language_of(language)).encode())
    if not json_lines:
        out.print(f"Pack {opened.id} of {opened.office}, good until {opened.until:%Y-%m-%d %H:%M} UTC.")
    for one in opened.orders:
        if json_lines:
            json_line(one)
        else:
            told = f"{one.number}  {one.lane}  {one.title}  {one.trader or 'trader unknown'}  {one.code}"
            out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


@app.command("note")
def note(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack.")],
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the order in the pack.")],
    key: Annotated[list[str], typer.Option("--key", help=_KEY_HELP, show_default=False)],
    results: Annotated[Path, typer.Option("--results", help="File of results; made, or added to.", show_default=False)],
    passphrase: PassphraseOption = None,
    depth: Annotated[Depth, typer.Option("--depth", help="How deep it was examined.")] = Depth.FULL,
    found: Annotated[
        bool | None, typer.Option("--found/--not-found", help="Whether something is wrong; not known if not given.")
    ] = None,
    offence: OffenceOption = None,
    counted: Annotated[int | None, typer.Option("--counted", min=0, help="Packages counted.")] = None,
    words: Annotated[str, typer.Option("--note", help="Words for the file.")] = "",
    json_lines: JsonOption = False,
) -> None:
    """Write down a result while the line is down, in a file signed with the key of the pack.

    Example:
        cocket continuity note alpha.pack 1 --key house.vkey --passphrase-file words.txt --results done.json --depth full --not-found
    """
    opened = _opened(file, key, passphrase)
    order = next((one for one in opened.orders if one.number == number), None)
    if order is None:
        raise SettingsError("There is no order of that number in this pack.", found=str(number))
    now = datetime.now(UTC)
    new = OfficeResult(
        order=order.order, made=now, depth=depth.value, found=found, offence=offence, counted=counted, note=words
    )  # fmt: skip
    check_entry(opened, order, new, now)
    made = ResultFile(results, opened).add(new)
    if json_lines:
        json_line(made)
    else:
        told = f"{order.title}: written down in {results} as entry {made.number}."
        out.print(shown(told), markup=False, highlight=False, soft_wrap=True)


@app.command("desk")
def desk(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack.")],
    key: Annotated[list[str], typer.Option("--key", help=_KEY_HELP, show_default=False)],
    results: Annotated[Path, typer.Option("--results", help="File of results; made, or added to.", show_default=False)],
    passphrase: PassphraseOption = None,
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 takes a free one.")] = 8471,
) -> None:
    """Open a pack in the browser of this machine, without an instance and without a line; until it is stopped.

    It shows orders with their advice, rules, lists and the model, takes results in by form, and prints paper forms and results
    with their codes. It listens on 127.0.0.1 alone and answers only the browser that opens the printed address first.

    Example:
        cocket continuity desk alpha.pack --key house.vkey --passphrase-file words.txt --results done.json
    """
    opened = _opened(file, key, passphrase)
    written = ResultFile(results, opened)
    written.written()  # refused now rather than at the first form, where it is of another pack or was changed
    token = secrets.token_urlsafe(24)
    socket = listen("127.0.0.1", port)
    address = f"http://127.0.0.1:{socket.getsockname()[1]}/open/{token}"
    try:
        serve(Door(PackDesk(opened, written, token), socket), started=lambda: tell(f"Open {address}"))
    finally:
        socket.close()


@app.command("take-in")
def take_in(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File of results of a laptop, or a photo or scan of paper forms.")
    ],
    depth: Annotated[
        Depth | None, typer.Option("--depth", help="Of a photo of one paper form: how deep it was examined.")
    ] = None,
    made: Annotated[str | None, typer.Option("--made", help="When, such as 2026-11-25T06:10Z.")] = None,
    found: Annotated[
        bool | None, typer.Option("--found/--not-found", help="Whether something is wrong; not known if not given.")
    ] = None,
    offence: OffenceOption = None,
    counted: Annotated[int | None, typer.Option("--counted", min=0, help="Packages counted.")] = None,
    words: Annotated[str, typer.Option("--note", help="Words for the file.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Accept the results of a laptop, each once: its file, or a photo of paper. Exit 1 if one is not recorded as the result of its order.

    A photo (JPEG, PNG, WebP, TIFF) may hold several sheets. Results that a laptop printed are recorded as they are. A form that was
    filled by hand is found by its code; what stands on it is given by options where the photo holds one form, else entered by
    `cocket continuity paper CODE`.

    Examples:
        cocket continuity take-in done.json

        cocket continuity take-in form.jpg --depth full --not-found --made 2026-11-25T06:10Z
    """
    content = read_file(file)
    if not is_picture(content):
        if depth is not None or made is not None:
            raise SettingsError("What was found is given by options for a photo of a paper form alone.", code="take-in")
        with open_service(settings_of(**home_option(home)), lambda one: one.partners.packs) as packs:
            results = packs.take_in(operator(), content)
        _tell_results(results, json_lines)
        return
    if depth is not None and made is None:
        raise SettingsError("Say when it was examined.", code="take-in", expected="--made 2026-11-25T06:10Z")
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.packs) as packs:
        photo = packs.take_photo(operator(), content)
        good = [one for one in photo.forms if not one.words]
        results = photo.results
        if depth is not None and len(photo.forms) == 1 and good:
            entered = OfficeResult(
                order="", made=_moment(made) or datetime.now(UTC), depth=depth.value, found=found, offence=offence, counted=counted,
                note=words,
            )  # fmt: skip
            results += (packs.take_paper(operator(), good[0].code, entered),)
            photo = msgspec.structs.replace(photo, forms=())
    _tell_photo(photo, json_lines, is_given=depth is not None)
    _tell_results(results, json_lines)
    if photo.forms or photo.unreadable:
        raise typer.Exit(1)


@app.command("paper")
def paper(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the paper form, as printed or scanned.")],
    depth: Annotated[Depth, typer.Option("--depth", help="How deep it was examined.", show_default=False)],
    made: Annotated[str, typer.Option("--made", help="When, such as 2026-11-25T06:10Z.", show_default=False)],
    found: Annotated[
        bool | None, typer.Option("--found/--not-found", help="Whether something is wrong; not known if not given.")
    ] = None,
    offence: OffenceOption = None,
    counted: Annotated[int | None, typer.Option("--counted", min=0, help="Packages counted.")] = None,
    words: Annotated[str, typer.Option("--note", help="Words for the file.")] = "",
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """Enter what stands on a paper form, once. Exit 1 if it is not recorded as the result of its order.

    Example:
        cocket continuity paper 1A2B3C4D-7-ABCD-EFGH-IJKL-MNOP --depth full --not-found --made 2026-11-25T06:10Z
    """
    entered = OfficeResult(
        order="", made=_moment(made) or datetime.now(UTC), depth=depth.value, found=found, offence=offence, counted=counted,
        note=words,
    )  # fmt: skip
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.packs) as packs:
        result = packs.take_paper(operator(), code, entered)
    _tell_results((result,), json_lines)


@app.command("packs")
def list_packs(
    name: Annotated[
        str | None, typer.Argument(metavar="PACK", help="Id of a pack: how each of its orders stands.")
    ] = None,
    home: HomeOption = None,
    json_lines: JsonOption = False,
) -> None:
    """List packs that were given out, and how many results came back; or what came for each order of one. The look is sealed.

    Examples:
        cocket continuity packs

        cocket continuity packs 1A2B3C4D
    """
    if name is not None:
        with open_service(settings_of(**home_option(home)), lambda one: one.partners.packs) as packs:
            standing = packs.pack(operator(), name)
        if json_lines:
            json_line(standing)
            return
        for line in standing.lines:
            out.print(shown(_told_line(line)), markup=False, highlight=False, soft_wrap=True)
        return
    with open_service(settings_of(**home_option(home)), lambda one: one.partners.packs) as packs:
        every = packs.packs(operator())
    if not every and not json_lines:
        out.print("No pack was made.")
    for one in every:
        if json_lines:
            json_line(pack_line(one))
        else:
            backs = back_of(one)
            text = f"{one.id}  {one.office}  until {one.until:%Y-%m-%d %H:%M} UTC  {backs.recorded} of {len(one.orders)} results recorded"
            text += f"; {backs.beside} kept beside what stands" if backs.beside else ""
            text += f"; {backs.compare} with another result to compare" if backs.compare else ""
            text += f"; {backs.refused} not recorded" if backs.refused else ""
            out.print(shown(text), markup=False, highlight=False, soft_wrap=True)


def _told_line(one: PackLine) -> str:
    by = f"declaration by gateway {one.gateway}" if one.gateway else "declaration over the line"
    besides = [
        f"{_WAYS[more.came]} ({': '.join(filter(None, (OUTCOMES[more.outcome], more.words)))})" for more in one.again
    ]
    if one.taken is None:
        how, ways = "no result yet", besides
    else:
        how = "one result" if one.taken.outcome == "recorded" else "one result, kept beside"
        ways = [_WAYS[one.taken.came], *besides]
    came = f": {', besides '.join(ways)}" if ways else ""
    return f"{one.number}  {one.title}  {by if one.declaration else 'no declaration'}  {how}{came}"


def _tell_photo(photo: PhotoTaken, json_lines: bool, *, is_given: bool) -> None:
    if json_lines:
        json_line(photo)
        return
    for one in photo.forms:
        if one.words:
            told = f"{one.code}  not accepted: {one.words}"
        elif one.before is not None:
            told = f"{one.title}  has a result already, entered by {one.before.by}; code {one.code}"
        else:
            told = f"{one.title}  enter what stands on it: cocket continuity paper {one.code} --depth … --made …"
        out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
    if is_given and photo.forms:
        complain("The photo does not hold one good form alone, so that nothing was recorded from the options.")
    if photo.foreign:
        complain(f"{photo.foreign} other codes in the photo are of no form.")
    if photo.unreadable:
        complain(f"{photo.unreadable} codes in the photo cannot be read: take it again, closer, sharp and flat.")


def _opened(file: Path, keys: list[str], passphrase: Path | None) -> OfficePack:
    lines = [
        line for key in keys for line in (read_file(Path(key)).decode() if Path(key).exists() else key).split() if line
    ]
    return open_pack(read_file(file), _passphrase(passphrase), lines, datetime.now(UTC))


def _passphrase(file: Path | None) -> str:
    if file is None and not sys.stdin.isatty():
        words = sys.stdin.readline().strip()
        if not words:
            raise SettingsError(
                "There is no terminal at which the passphrase can be asked for.",
                hint="Name its file: --passphrase-file",
            )
        return words
    if file is None:
        return str(typer.prompt("Passphrase", hide_input=True))
    return read_file(file).decode("utf-8", "replace").strip()


def _tell_results(found: tuple[PackResult, ...], json_lines: bool) -> None:
    for one in found:
        if json_lines:
            json_line(one)
        else:
            told = f"{one.title}  {OUTCOMES[one.outcome]}" + (f": {one.words}" if one.words else "")
            held = ", ".join(f"{agency} ({law})" if law else agency for agency, law in one.held_by)
            told += f"; held by {held}, which alone releases the goods" if held else ""
            out.print(shown(told), markup=False, highlight=False, soft_wrap=True)
    if any(one.outcome not in ("recorded", "same") for one in found):
        raise typer.Exit(1)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError("This is not a moment.", expected="such as 2026-11-25T06:10Z", found=text[:40]) from error
    if moment.tzinfo is None:
        raise SettingsError("The moment needs its time zone.", expected=f"such as {text[:20]}Z", found=text[:40])
    return moment


def _regime(text: str) -> tuple[str, Regime]:
    procedure, _, name = text.partition("=")
    for one in REGIMES:
        if one == name:
            return procedure, one
    raise SettingsError("This is not a regime.", expected="such as transit=ends-on-paper", found=text[:60])


def _tell_gateway(one: Gateway, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    counts = ", ".join(f"{number} {outcome}" for outcome, number in one.counts.items()) or "nothing brought yet"
    clock = f"; its clock is off by {one.clock_off_seconds} s" if abs(one.clock_off_seconds) >= 120 else ""
    why = f" ({one.why})" if one.why else ""
    waits = one.newest - one.last
    coming = f"; {waits} still to come when it came last" if waits > 0 and one.state == "active" else ""
    refused = f"; refused: {one.refused.words}" if one.refused is not None else ""
    out.print(
        shown(
            f"{one.name}  {one.office}  {one.state}{why}  key {one.key}  up to entry {one.last}: {counts}{coming}{clock}{refused}"
        ),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    if stranded := stranded_words(one):
        out.print(shown(f"  {stranded}"), markup=False, highlight=False, soft_wrap=True)


def _tell_held(one: HeldEntry, json_lines: bool) -> None:
    if json_lines:
        json_line({name: value for name, value in _shown_held(one).items() if value not in ("", None)})
        return
    came = _CAME_OF.get(one.outcome or "accepted", "")
    ending = f"  {_DECIDED[one.settled]}{came} by {one.by}: {one.words}" if one.settled else ""
    told = f"{one.id}  {WHYS[one.why]}  sender {one.sender or 'not known'}  captured {one.captured:%Y-%m-%d %H:%M} UTC"
    out.print(shown(f"{told}{ending}"), markup=False, highlight=False, soft_wrap=True)


def _shown_held(one: HeldEntry) -> dict[str, object]:
    return {
        "id": one.id, "gateway": one.gateway, "office": one.office, "sequence": one.sequence, "why": one.why, "sender": one.sender,
        "key": one.key, "captured": one.captured.isoformat(), "came": one.came.isoformat(), "message": one.message,
        "outage": one.outage, "settled": one.settled, "outcome": one.outcome, "words": one.words, "by": one.by if one.settled else "",
    }  # fmt: skip


def _tell_outage(one: Outage, json_lines: bool) -> None:
    if json_lines:
        json_line(one)
        return
    until = f"{one.ends:%Y-%m-%d %H:%M} UTC" if one.ends is not None else "it lasts"
    regimes = "".join(f"; {procedure} {regime.replace('-', ' ')}" for procedure, regime in one.regimes.items())
    told = (
        f"{one.id}  {one.office or 'all offices'}  {one.begins:%Y-%m-%d %H:%M} UTC to {until}  {', '.join(one.systems)}"
    )
    out.print(
        shown(f"{told}{regimes}  allowed by {one.allowed_by}: {one.reason}"),
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
