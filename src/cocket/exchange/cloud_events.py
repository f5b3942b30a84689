# SPDX-License-Identifier: Apache-2.0
"""Events as others read them: CloudEvents 1.0 in JSON, and the AsyncAPI document that describes them.

Source: CloudEvents 1.0.2, JSON event format (structured mode); AsyncAPI 3.0.0.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from cocket.governance.events import CATALOGUE, EVENT_TYPES, PING, Audience, Thing, link_of, subject_of

#: Media type of one event in structured mode.
MEDIA_TYPE: Final = "application/cloudevents+json"

#: What stands before the last words of a type in the subject of the message bus.
BUS_PREFIX: Final = "cocket.events"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event before it is addressed.

    Attributes:
        id: The same however often it is sent, and for every subscription; no two events of a source have the same.
        source: Which house tells it, as a URI reference.
        type: A name of the catalogue, or that of the test.
        identity: Our id of the thing that it is about.
        at: When it happened, UTC.
    """

    id: str
    source: str
    type: str
    identity: str
    at: datetime


def thing_of(name: str) -> Thing:
    """What an event of a type is about."""
    return "webhook" if name == PING else EVENT_TYPES[name].thing


def write_event(told: Told, audience: Audience) -> bytes:
    """An event as JSON: the thing by its id, when, and where to ask for it; nothing else.

    Returns:
        The same bytes for the same event and audience.
    """
    thing = thing_of(told.type)
    when = told.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    data: dict[str, str] = {"id": told.identity, "time": when}
    if (link := link_of(thing, told.identity, audience)) is not None:
        data["link"] = link
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": told.id,
            "source": told.source,
            "type": told.type,
            "subject": subject_of(thing, told.identity),
            "time": when,
            "datacontenttype": "application/json",
            "data": data,
        }
    )


def source_of(log_origin: str) -> str:
    """Which house tells an event, by the name of its first log."""
    return f"//{log_origin}"


def bus_subject(name: str) -> str:
    """Subject of a type on the message bus, such as `cocket.events.message.received`."""
    return f"{BUS_PREFIX}.{name.removeprefix('org.cocket.')}"


def write_async_api(version: str) -> dict[str, Any]:
    """The description of every event, as AsyncAPI 3.0: by webhook, and on the message bus.

    Args:
        version: Version of the program.
    """
    names = {one.name: one.name.removeprefix("org.cocket.").replace(".", "-") for one in CATALOGUE}
    messages = {
        names[one.name]: {
            "name": one.name,
            "title": one.words,
            "contentType": MEDIA_TYPE,
            "summary": f"{one.words}. For: {', '.join(one.audiences)}.",
            "payload": {"$ref": f"#/components/schemas/{names[one.name]}"},
        }
        for one in CATALOGUE
    }
    messages["ping"] = {
        "name": PING,
        "title": "A test that the subscriber asked for",
        "contentType": MEDIA_TYPE,
        "payload": {"$ref": "#/components/schemas/ping"},
    }
    types = {**{names[one.name]: one.name for one in CATALOGUE}, "ping": PING}
    channels: dict[str, Any] = {
        "webhook": {
            "address": None,
            "title": "An endpoint of the subscriber's, registered with us",
            "description": (
                "POST, one event a request, in order for each endpoint, at least once. Signed as Standard Webhooks 1.0: webhook-id is "
                "the id of the event, webhook-timestamp the moment of the attempt, webhook-signature v1 (HMAC-SHA256) or v1a (Ed25519)."
            ),
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types},
            "bindings": {"http": {"bindingVersion": "0.3.0"}},
        }
    }
    operations: dict[str, Any] = {
        "sendToWebhook": {
            "action": "send",
            "channel": {"$ref": "#/channels/webhook"},
            "messages": [{"$ref": f"#/channels/webhook/messages/{name}"} for name in types],
            "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
        }
    }
    for one in CATALOGUE:
        name = names[one.name]
        channels[name] = {
            "address": bus_subject(one.name),
            "title": one.words,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {"nats": {"bindingVersion": "0.1.0"}},
        }
        operations[f"publish-{name}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{name}"},
            "messages": [{"$ref": f"#/channels/{name}/messages/{name}"}],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of Cocket",
            "version": version,
            "description": "CloudEvents 1.0 with ids, times and links; what a thing holds is asked for at its link.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": MEDIA_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": {"event": _EVENT, **{name: _of_type(kind) for name, kind in types.items()}},
        },
    }


_EVENT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
    "additionalProperties": False,
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "The same however often the event is sent: drop one you had."},
        "source": {"type": "string", "format": "uri-reference", "description": "The installation that it comes from."},
        "type": {"type": "string"},
        "subject": {"type": "string", "description": "What it is about, such as messages/ and an id."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
        "datacontenttype": {"const": "application/json"},
        "data": {
            "type": "object",
            "required": ["id", "time"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string", "description": "Our id of the thing."},
                "time": {"type": "string", "format": "date-time"},
                "link": {"type": "string", "description": "Path of the HTTP API where the thing is asked for."},
            },
        },
    },
}


def _of_type(name: str) -> dict[str, Any]:
    return {"allOf": [{"$ref": "#/components/schemas/event"}, {"properties": {"type": {"const": name}}}]}
