# SPDX-License-Identifier: Apache-2.0
"""What the holder of a certificate does with it, without an instance: a key of their own, and showing a part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from cocket.cli.base.files import read_file, write_file
from cocket.cli.base.output import AlwaysJsonOption, JsonOption, json_line, out, shown
from cocket.cli.commands.credential.verify import AudienceOption, NonceOption, challenge_of
from cocket.credentials import Contexts, SigningKey, sd_jwt, selective
from cocket.errors import SettingsError, UnreadableError
from cocket.pipeline.base.secret_files import make_secret, read_secret
from cocket.standards.certificates import is_sd_jwt, read_json


def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File of the secret key.")],
    _as_json: AlwaysJsonOption = False,
) -> None:
    """Make a holder's secret key, if there is none, and print its public half as JWK (P-256), to be given to the issuer.

    Example:
        cocket credential key trader.key > trader.jwk
    """
    make_secret(file)
    json_line(SigningKey("P-256", read_secret(file)).public.jwk)


def present(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A certificate of the form sd-jwt or vc-selective.")],
    shows: Annotated[
        list[str] | None,
        typer.Option("--show", metavar="NAME", help="What to show: a claim, or a JSON Pointer in a vc-selective."),
    ] = None,
    key_file: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="The holder's secret key, if it is bound to one.")
    ] = None,
    nonce: NonceOption = None,
    audience: AudienceOption = None,
    to: Annotated[Path | None, typer.Option("--to", help="File to write it to; standard output if not given.")] = None,
    json_lines: JsonOption = False,
) -> None:
    """Show parts of a certificate, as its holder: what is not named, and may be kept back, stays hidden.

    Who asked gives a nonce and says who they are; with the key of an sd-jwt both are signed.

    Examples:
        cocket credential present aeo.sd-jwt --show number --show trader --key trader.key --nonce 7f3a91 --audience https://port.example

        cocket credential present aeo.json --show /credentialSubject/number --to shown.json
    """
    data, named, asked = read_file(file), shows or [], challenge_of(nonce, audience)
    if (key_file is None) != (asked is None):
        raise SettingsError("--key goes with --nonce and --audience.", hint="Give all three, or none.")
    if is_sd_jwt(data):
        holder = SigningKey("P-256", read_secret(key_file)) if key_file else None
        answer = (asked, datetime.now(UTC)) if asked else None
        made = sd_jwt.present(data.decode("ascii").strip(), named, holder, answer)
    elif asked is not None:
        raise SettingsError("Only an SD-JWT can show that its holder holds a key.")
    else:
        document = read_json(data)
        if not isinstance(document, dict):
            raise UnreadableError(f"{file} is not a certificate.", code="paper-form")
        made = msgspec.json.encode(selective.derive(document, named, Contexts())).decode()
    if to is not None:
        write_file(to, made.encode())
    if json_lines:
        json_line({"file": str(to) if to else None, "shown": named, "presented": made})
    elif to is None:
        typer.echo(made)
    else:
        out.print(f"What is to be shown is in {shown(str(to))}.", markup=False, highlight=False, soft_wrap=True)


COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (("key", key), ("present", present))
