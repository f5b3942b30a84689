# SPDX-License-Identifier: Apache-2.0
"""Sentences that come with their places filled in, as the text of an error does: they are known again by their form.

An error says one English sentence, which logs, the command line and other programs read. A page that shows it finds the
sentence here, and says it in the reader's language with the same values.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Final

#: Sentences with places that pages show filled in.
FILLED: Final = (
    "Not allowed: {action}.",
    "Nothing of {view} is disclosed to this role.",
    "There is no valid key {name}.",
    "There is no officer {name}.",
    "There is a key {name} already.",
    "Notices are sent to addresses of the administration alone: {domains}.",
    "It may be valid for at most {days} days.",
    "It must run in shadow for {days} days first.",
    "The order is with {examiner} already.",
    "This order is assigned to {examiner}; take it over first.",
    "{examiner} may not examine {consignment}.",
    "A comment has at most {count} characters.",
    "A case can be put off for {days} days at most.",
    "Give the view a name of at most {count} characters.",
    "You have {count} views; remove one first.",
    "No officer who may see this consignment is called @{name}. Use the name of signing in.",
    "A table has at most {count} devices.",
    "The table cannot be read: {problem}.",
    "Line {number} is not a shift such as: {example}",
    "The payment is in {currency}, and the advice is in {other}.",
    "No charges of {country} are known.",
    "This is not a permit matrix: {problem}",
    "{name} has no second factor.",
    "There is no agreement {name} that could be ended.",
    "The key {name} has expired; give a new one.",
    "The key {name} has {count} secrets that are good; the former ends first.",
    "There is no scope {name}.",
    "The policy is broken: {problem}",
    "This has changed since it was proposed: {names}.",
    "The heading of the table is not right ({problem}).",
    "The table has more than {count} rows.",
    "The table cannot be read as CSV in UTF-8: {problem}.",
    "{name} is already suspended.",
    "{name} is not suspended.",
    "An account acts for at most {count} senders, each named in at most {length} printable characters.",
    "A key is bound to a name of at most {count} characters that can be seen.",
    "The key {name} is bound to that already.",
    "The key {name} is bound to {count} certificates or names; take one away first.",
    "The key {name} is not bound to {value}.",
    "The name {value} is not well-formed as {part}.",
    "The certificate has expired: {day}.",
    # Why an event was not delivered, and what is wrong with the address of a webhook.
    "The receiver says that the endpoint is gone (410).",
    "It was paused.",
    "The webhook is not active.",
    "The address is not a URL.",
    "The address is too long, or has characters that a URL has not.",
    "The address must start with https://.",
    "The address needs a host, and no user, password or fragment.",
    "The address leads to a network that is not open to webhooks.",
    "The certificate of the receiver does not hold.",
    "The receiver cannot be reached.",
    "The receiver broke off before it answered.",
    "The name of the receiver is not known.",
    "It answered with status {status}.",
    "It answered with status {status}: {words}.",
    "No answer within {seconds} seconds.",
    "No attempt succeeded since {time} UTC.",
    "The former secret can stay good for at most {count} hours.",
    # What the language of rules says against a condition.
    "unknown name {name}; available: {names}",
    "unknown function {name}; available: {names}",
    "unknown group {name}; available: {names}",
    "unknown list {name}; available: {names}",
    "it gives {kind}, not true or false",
    "it is longer than {count} characters",
    "it iterates over the items more than {count} times",
    "iterations over the items must not be nested",
    "items have no {name}; they have {names}",
    "there is no feature {name}; it is now {other}",
    "there is no feature {name}",
    "a window is a number of days from 1 to {count}, not {days}",
    "it cannot be read from line {line}, character {place} on; found: {found}",
    "it cannot be read; found: {found}",
    "it compares or combines values of different kinds, which must first be converted; found: {found}",
    "it uses {name}, which is not known or not used so; found: {found}",
    "the function {name} cannot use a value that it is given; found: {found}",
    "it divides by zero; found: {found}",
    "it cannot be evaluated; found: {found}",
    # What was left out of a list, and why a list is none.
    "line {number}: {why}",
    "no reference number or no name",
    "no name",
    "no kind {kind}",
    "no entity as JSON; found: {found}",
    "The list has no entry that can be read ({why}).",
    "The list is not valid CSV in UTF-8: {found}.",
    "The list is not well-formed XML: {found}.",
    # What is wrong with the log of another administration.
    "It shows a head over {count} entries, after one over {before}.",
    "The two do not belong to one history.",
    "The head over {count} entries is not consistent with the one over {before}.",
    "Entry {entry} is the first that differs.",
    "It signed two roots for size {count}.",
    "It has no checkpoint.",
    "It cannot be read.",
    "It is missing.",
    "Its files changed while they were read.",
    "It has {count} bytes, not {expected}.",
    "It ends in the middle of an entry.",
    "Its last entry is followed by extra data.",
    "Entry {entry} differs from that of the tree.",
    "Its hash differs from that of the tree.",
    "It differs from the level below, and no hash above confirms either.",
    "No hash above confirms it, and the level below does not help.",
    "No new head for {hours} hours.",
    "No head has met its quorum for {hours} hours.",
    "The checkpoint is for {name}, the key for {other}.",
    "No known key signed this.",
    "{name} signed twice.",
    "The signature of {name} is not valid.",
    "{name} cosigned twice.",
    "The cosignature of {name} has no time.",
    "The cosignature of {name} is not valid.",
    "The checkpoint of {name} is not signed by that log.",
    "A checkpoint has three lines or more, none empty.",
    "The checkpoint's root hash is not 32 bytes.",
    "The checkpoint's size is not a plain number.",
    "The note is too long.",
    "The note is not UTF-8.",
    "The note has no signatures below its text, or does not end with a line.",
    "A signature line of the note is malformed.",
    "{path} is missing.",
    "{path} has the wrong length.",
    "{path} does not contain whole entries.",
    "The log preceding {name} has no checkpoint.",
    "The published head is not signed by {name} with this instance's key.",
    # What verifying a certificate or a document of title found.
    "A value was altered, added or taken away since it was wrapped.",
    "A value was added or taken away since it was wrapped.",
    "An invalid document has no status.",
    "It does not show whether it was issued and is still valid.",
    "It has no status list, so it cannot be withdrawn before it expires.",
    "It is current.",
    "It is not a well-formed credential.",
    "It is not a well-formed presentation.",
    "Its hash does not lead to the stated root.",
    "Neither suspended nor withdrawn by the issuer's current list.",
    "No value was changed after wrapping.",
    "The presentation contains no readable credential.",
    "The status list says what is not known here.",
    "This is not an OpenAttestation document of version 2 or 3.",
    "It expired on {day}.",
    "It is not signed with a key of its stated issuer, {name}.",
    "It is not valid before {day}.",
    "It was suspended by its issuer (list of {age}).",
    "It was withdrawn by its issuer (list of {age}).",
    "Its issuer is identified by {how}, which cannot be queried here.",
    "Its status is recorded on a chain, at {place}.",
    "Nothing proves that {name} issued it in this form.",
    "Signed with a key of {name}.",
    "Signed with {suite} by {name}.",
    "The document carries {count} proofs.",
    "The available status list is not current.",
    "The contexts are not those that were signed.",
    "The key is not listed among the issuer's keys.",
    "The key was revoked.",
    "The signature does not verify with this key over this document.",
    "The signature does not verify with this key over this token.",
    "The status list is not signed by its stated issuer.",
    "The token has expired.",
    "The registry has no such title.",
    "The title is in force.",
    "The title was surrendered to its issuer and is not in force now.",
    "The title was surrendered and burned: it is no longer in force and never will be.",
    "It had been surrendered, and was restored.",
    "The state of its title is not known.",
    # Why a notice could not be sent.
    "The address cannot be written in an e-mail.",
    "The mail server at {host} does not accept the user or the password.",
    "The mail server at {host} does not offer TLS, and nothing is sent without it.",
    "The mail server at {host} does not answer.",
    "The certificate of the mail server at {host} does not hold: {found}.",
    "The mail server at {host} takes no messages from us: {found}",
    "The mail server refused the address: {found}",
    "The mail server refused the message: {found}",
    "The webhook does not answer.",
    "The webhook answered with status {status}.",
    "The gateway for short messages does not answer.",
    "The gateway for short messages answered with status {status}.",
    # What was set aside, and why.
    "Internal error: {name} in {place} (mark {mark}).",
    "Leaf {leaf} ({id} of {kind}) does not match what was sealed. {why}",
    "The stored bytes differ from the sealed ones.",
    "Its opening does not match its commitment.",
    "Leaf {leaf} was erased and can no longer be decrypted.",
    "What the receipt of leaf {leaf} promises was changed in the database; the receipt given at first stands, and no other one is signed.",
    "The content of message {id} of {day} is lost: its key was not in the copy of the keys from which this instance was restored.",
    "The {table} {key} does not agree with its sealed record; nothing was done.",
    "orders that expired",
    "port calls of a manifest that was filed late",
    "port calls of a manifest, which cannot be read",
    "port calls of manifest {name}, which cannot be evaluated",
    "what several devices show together",
    "leaf {leaf} of the log",
    "leaf {leaf}",
    "dossier {id}, to be assessed again: {found}",
    "row of the host on {kind} {name}",
    "message from {name}, refused when it was stored",
    "{standard} from {name}, refused when it was stored",
    # Why nothing can be computed by a tariff, and other files of an instance.
    "This installation has no tariff.",
    "Load one with {command}.",
    "Load it again with {command}.",
    "The charges are not valid: {found}.",
    "The charges cannot be read: {found}.",
    "The charge {name} is not valid: {found}.",
    "The base {name} cannot be read: {found}.",
    "{path} is not valid: {found}",
    "{path} cannot be read: {found}.",
    "{path} cannot be written: {found}.",
    # Why nothing goes to a partner administration.
    "The agreement {name} with {other} was ended on {day}.",
    "The agreement {name} with {other} was ended on {day}: {why}.",
    "The agreement {name} with {other} expired on {day}.",
    "The agreement {name} with {other} begins on {day}.",
    "The agreement {name} does not name keys for signed messages any more.",
    "The partner answers: {why}",
    # What a partner administration's records say otherwise, in the reason of an assessment.
    "The partner's export says {theirs_kg} net, the import {ours_kg}",
    "The partner's import says {theirs_kg} net, the export {ours_kg}",
    "The partner's export says {theirs_kg} gross, the import {ours_kg}",
    "The partner's import says {theirs_kg} gross, the export {ours_kg}",
    "The partner's export says {theirs_count} packages, the import {ours_count}",
    "The partner's import says {theirs_count} packages, the export {ours_count}",
    "The partner's export says {theirs_count} {unit}, the import {ours_count}",
    "The partner's import says {theirs_count} {unit}, the export {ours_count}",
    "The partner's export has the price {theirs_money}, the import {ours_money}",
    "The partner's import has the price {theirs_money}, the export {ours_money}",
    "The partner's export has the value {theirs_money} free on board, the import {ours_money} without freight and insurance",
    "The partner's import has the value {theirs_money} without freight and insurance, the export {ours_money} free on board",
    "The partner's export has the goods under {theirs}, the import under {ours}: another heading",
    "The partner's import has the goods under {theirs}, the export under {ours}: another heading",
    "The partner's export has the goods under {theirs}, the import under {ours}: the same heading, a question of classification",
    "The partner's import has the goods under {theirs}, the export under {ours}: the same heading, a question of classification",
    "The partner's export has the origin {theirs}, the import {ours}",
    "The partner's import has the origin {theirs}, the export {ours}",
)

#: Places of these sentences whose values are sentences of their own.
SENTENCES_WITHIN: Final = frozenset({"why"})

#: Places whose values may be anything, several sentences too; all others stay within one.
_OF_ANY_LENGTH: Final = SENTENCES_WITHIN | {"found", "problem", "names", "domains"}

_PLACE: Final = re.compile(r"\{(\w+)\}")


_Form = tuple[re.Pattern[str], str]


@cache
def _forms() -> dict[str, tuple[_Form, ...]]:
    """Each sentence as a pattern, by its first word, those with the most words of their own first; under the empty word
    those that begin with a value, which are among those of every word too.
    """
    found: dict[str, list[_Form]] = {"": []}
    for sentence in sorted(FILLED, key=lambda sentence: len(_PLACE.sub("", sentence)), reverse=True):
        parts = _PLACE.split(sentence)
        text = "".join(_value(part) if place % 2 else re.escape(part) for place, part in enumerate(parts))
        word, blank, _ = parts[0].partition(" ")
        form = re.compile(text, re.DOTALL), sentence
        key = word if blank else ""
        for each in found.values() if not key else [found.setdefault(key, list(found[""]))]:
            each.append(form)
    return {word: tuple(forms) for word, forms in found.items()}


def _value(name: str) -> str:
    """What may fill a place."""
    return f"(?P<{name}>.+?)" if name in _OF_ANY_LENGTH else rf"(?P<{name}>(?:(?!\.\s[A-Z]).)+?)"


@lru_cache(maxsize=4096)
def known_again(text: str) -> tuple[str, dict[str, str]] | None:
    """The sentence that a text was filled from, and what fills its places; None for a text that is none of these."""
    forms = _forms()
    for pattern, sentence in forms.get(text.partition(" ")[0], forms[""]):
        found = pattern.fullmatch(text)
        if found is not None:
            return sentence, found.groupdict()
    return None
