# SPDX-License-Identifier: Apache-2.0
"""A device that speaks MQTT: one topic to write to, nothing to read, and PUBACK once a message is durable."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from cocket.errors import CocketError, StoreError
from cocket.ingress import mqtt_packets as packets
from cocket.ingress import mqtt_properties as properties
from cocket.ingress.connection import Connection, Desk
from cocket.ingress.mqtt_packets import Connect
from cocket.ingress.mqtt_properties import PacketError
from cocket.pipeline.tracking.device_register import Admission

#: What a packet has beside its payload, at most: topic, properties, headers.
_AROUND_PAYLOAD = 1024
_ALIASES = 4

#: Reasons of MQTT 5 for refusals that are not of MQTT.
_REASONS = {
    "device-slow": properties.TOO_SLOW,
    "device-taken-over": properties.TAKEN_OVER,
    "device-ended": properties.ADMINISTRATIVE,
    "device-connections": properties.TOO_MANY,
    "stopping": properties.STOPPING,
}


class MqttConnection(Connection):
    """A connection of MQTT 3.1.1 or 5.

    Args:
        desk: What it shares with others.
    """

    name = "mqtt"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._level = 0
        self._has_connected = False
        self._topic = b""
        self._aliases: set[int] = set()
        self._pending: dict[int, bytes] = {}
        self._will: bytes | None = None
        self._most = desk.bounds.hello_bytes

    def read(self, data: bytes) -> int:
        """Read whole packets, as `Connection.read`."""
        at = 0
        while not self.is_held:
            found = packets.split(data, at, self._most)
            if found is None:
                break
            first, body, end = found
            self._take(first, data, body, end)
            at = end
        return at

    def _take(self, first: int, data: bytes, at: int, end: int) -> None:
        kind = first >> 4
        if not self._has_connected:
            if kind != packets.CONNECT:
                raise PacketError("The first packet is not CONNECT.", properties.PROTOCOL)
            self._connect(data, at, end)
        elif kind == packets.PUBLISH:
            self._publish(first, data, at, end)
        elif kind == packets.PINGREQ:
            if at != end:
                raise PacketError("PINGREQ has no body.")
            self.write(packets.PINGRESP)
        elif kind == packets.SUBSCRIBE:
            self.write(packets.write_suback(packets.read_subscribe(data, at, end, self._level), self._level))
        elif kind == packets.UNSUBSCRIBE:
            self.write(packets.write_unsuback(packets.read_unsubscribe(data, at, end, self._level), self._level))
        elif kind == packets.DISCONNECT:
            reason = packets.read_disconnect(data, at, end, self._level)
            if reason != 0x04:  # only "disconnect with will message" leaves the will to be kept
                self._will = None
            self.end()
        else:
            raise PacketError("A device connects once.", properties.PROTOCOL)

    def _connect(self, data: bytes, at: int, end: int) -> None:
        self._level = data[at + 6] if data[at + 6 : at + 7] in (b"\x04", b"\x05") else 4
        connect = packets.read_connect(data, at, end)
        self._has_connected = True
        if connect.authentication is not None:
            raise PacketError("Extended authentication is not supported.", properties.BAD_METHOD)
        self.ask(self._let_in(connect))

    async def _let_in(self, connect: Connect) -> None:
        """Find out who this is, and answer.

        Raises:
            PacketError: It is nobody that may come in, or its will is not its own to leave.
        """
        admission = await self._admission(connect)
        topic = admission.source.topic.encode()
        if connect.will is not None:
            if connect.will[0] != topic:
                raise PacketError("The will's topic does not belong to the device.", properties.NOT_AUTHORIZED)
            self._will = connect.will[1]
        self._topic = topic
        bounds = self.desk.bounds
        self._most = bounds.payload_bytes + _AROUND_PAYLOAD
        most = round(bounds.idle_seconds)
        keep_alive = connect.keep_alive if 0 < connect.keep_alive <= most / 1.5 else 0
        client_id = connect.client_id or f"auto-{secrets.token_hex(8)}"
        self.admit(admission, client_id, 1.5 * keep_alive if keep_alive else bounds.idle_seconds)
        offered = b""
        if connect.level == 5:
            offered = self._offer(None if keep_alive else round(most / 1.5), None if connect.client_id else client_id)
        self.write(packets.write_connack(connect.level, properties.SUCCESS, offered) or b"")

    async def _admission(self, connect: Connect) -> Admission:
        """The device by its certificate, else by its name and key.

        Raises:
            PacketError: There is none.
        """
        register, certificate = self.desk.register, self.certificate
        if certificate is not None:
            admission = await asyncio.to_thread(register.by_certificate, certificate)
            if admission and connect.user not in (None, admission.source.device):
                admission = None
        elif connect.user is not None and connect.password is not None:
            key = connect.password.decode("latin-1")
            admission = await asyncio.to_thread(register.by_key, connect.user, key)
        else:
            raise PacketError("A certificate, or a device's name and key, is required.", properties.NOT_AUTHORIZED)
        if admission is None:
            raise PacketError("No active device has these credentials.", properties.BAD_KEY)
        return admission

    def _offer(self, keep_alive: int | None, client_id: str | None) -> bytes:
        """What the door does and does not do, as properties of CONNACK.

        Source: OASIS MQTT 5.0 §3.2.2.3.
        """
        bounds = self.desk.bounds
        found = [
            bytes((properties.SESSION_EXPIRY, 0, 0, 0, 0)),
            bytes((properties.RECEIVE_MAXIMUM,)) + bounds.in_flight.to_bytes(2, "big"),
            bytes((properties.MAXIMUM_QOS, 1, properties.RETAIN_AVAILABLE, 0)),
            bytes((properties.MAXIMUM_PACKET_SIZE,)) + self._most.to_bytes(4, "big"),
            bytes((properties.TOPIC_ALIAS_MAXIMUM, 0, _ALIASES)),
            bytes((properties.WILDCARDS_AVAILABLE, 0)),
            bytes((properties.IDENTIFIERS_AVAILABLE, 0, properties.SHARED_AVAILABLE, 0)),
        ]
        if keep_alive is not None:
            found.append(bytes((properties.SERVER_KEEP_ALIVE,)) + min(keep_alive, 65535).to_bytes(2, "big"))
        if client_id is not None:
            found.append(
                bytes((properties.ASSIGNED_CLIENT_ID,)) + len(client_id).to_bytes(2, "big") + client_id.encode()
            )
        return b"".join(found)

    def _publish(self, first: int, data: bytes, at: int, end: int) -> None:
        publish = packets.read_publish(first, data, at, end, self._level)
        self._check_topic(publish.topic, publish.alias)
        if len(publish.payload) > self.desk.bounds.payload_bytes:
            raise PacketError("The message is too large.", properties.TOO_LARGE)
        number = publish.id
        if not number:
            self.put(publish.payload, 0)
            return
        before = self._pending.get(number)
        if before is not None:
            if not publish.is_again or before != publish.payload:
                raise PacketError("A packet identifier is already in use.", properties.ID_IN_USE)
            return  # sent again while it waits: it is acknowledged once, when it is durable
        if publish.is_again and self._was_kept(publish.payload):
            self.write(packets.write_pubacks([number]))
            return
        self._pending[number] = publish.payload
        self.put(publish.payload, number)

    def _was_kept(self, payload: bytes) -> bool:
        device = self.admission.source.device if self.admission else ""
        return self.desk.intake.recent.has(device, hash(payload))

    def _check_topic(self, topic: bytes, alias: int) -> None:
        """Let the device's own topic pass, by name or by an alias it was given, and no other.

        Raises:
            PacketError: It is another one.
        """
        if alias > _ALIASES or (not topic and alias not in self._aliases):
            raise PacketError("A topic alias is not defined.", properties.ALIAS)
        if topic and topic != self._topic:
            text, _ = properties.read_text(len(topic).to_bytes(2, "big") + topic, 0, len(topic) + 2)
            packets.check_topic(text)
            raise PacketError(f"The topic {text[:80]!a} does not belong to the device.", properties.NOT_AUTHORIZED)
        if topic and alias:
            self._aliases.add(alias)

    def confirm(self, tokens: list[Any]) -> bytes:
        """PUBACK for messages that are durable; there is none at QoS 0."""
        device = self.admission.source.device if self.admission else ""
        numbers = [number for number in tokens if number]
        for number in numbers:
            self.desk.intake.recent.note(device, hash(self._pending.pop(number)))
        return packets.write_pubacks(numbers)

    def farewell(self, error: CocketError) -> bytes:
        """CONNACK with a reason before the device was let in, DISCONNECT with one afterwards where MQTT has it."""
        reason = (
            properties.UNAVAILABLE if isinstance(error, StoreError) else _REASONS.get(error.code, properties.MALFORMED)
        )
        if isinstance(error, PacketError):
            reason = error.reason
        if self._level and self.admission is None:
            return packets.write_connack(self._level, reason) or b""
        return packets.write_disconnect(reason) if self._level == 5 else b""

    def lost(self) -> None:
        """Keep the will of a device that has not taken its leave."""
        if self._will is not None and self.admission is not None:
            self.desk.intake.put(self.admission.source, self._will, self, None)
