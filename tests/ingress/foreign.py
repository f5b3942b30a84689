# SPDX-License-Identifier: Apache-2.0
"""Programs that others made, as devices: mosquitto_pub, curl, openssl s_client, and a shell that speaks to a socket."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.ingress.doors import connect, packet, puback, publish

PATIENCE_S = 60

#: Writes standard input to a socket, says in hexadecimal the first bytes that come back, then ends.
_SHELL = 'exec 3<>"/dev/tcp/127.0.0.1/$1" && cat >&3 && head -c "$2" <&3 | od -An -v -tx1'


class Answer(NamedTuple):
    """What a program made of a message: whether it was acknowledged, and what it was told (or printed)."""

    is_acknowledged: bool
    told: str


def program(name: str) -> str:
    """Where a program is; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _run(words: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(words, input=given, capture_output=True, timeout=PATIENCE_S, check=False)


class Programs(NamedTuple):
    """The programs, pointed at the doors of a house.

    Attributes:
        ports: Door → port.
        root: File with the root of the doors' certificates.
    """

    ports: dict[str, int]
    root: Path

    def mosquitto(self, device: str, key: str, payload: bytes, *, topic: str = "", version: str = "mqttv5") -> Answer:
        """Publish at QoS 1; acknowledged if it ends with 0."""
        words = [program("mosquitto_pub"), "-h", "localhost", "-p", str(self.ports["mqtt"]), "--cafile", str(self.root)]
        words += ["-V", version, "-u", device, "-P", key, "-q", "1", "-t", topic or f"iot/{device}/telemetry", "-s"]
        done = _run(words, payload)
        return Answer(done.returncode == 0, (done.stdout + done.stderr).decode())

    def curl(self, device: str, key: str, body: bytes, kind: str = "application/x-ndjson") -> Answer:
        """Post a batch; acknowledged if the answer is 202."""
        words = [program("curl"), "-sS", "--max-time", "30", "--cacert", str(self.root), "-u", f"{device}:{key}"]
        words += ["-H", f"Content-Type: {kind}", "--data-binary", "@-", "-w", "\n%{http_code}"]
        done = _run([*words, f"https://localhost:{self.ports['http']}/v1/device-messages"], body)
        told, _, status = done.stdout.decode().rpartition("\n")
        return Answer(status == "202", f"{status} {told}{done.stderr.decode()}")

    def openssl(self, device: str, key: str, payload: bytes) -> Answer:
        """Write the bytes of MQTT 3.1.1 through `openssl s_client`; acknowledged if PUBACK is among what comes back."""
        words = [program("openssl"), "s_client", "-quiet", "-verify_return_error", "-CAfile", str(self.root)]
        words += ["-verify_hostname", "localhost", "-connect", f"127.0.0.1:{self.ports['mqtt']}"]
        said = connect(device, device, key) + publish(f"iot/{device}/telemetry", 7, payload) + packet(0xE0, b"")
        done = _run(words, said)
        return Answer(puback(7) in done.stdout, done.stdout.hex(" "))

    def socket(self, door: str, frame: bytes, answer: bytes) -> Answer:
        """Write a frame to a bare TCP door from a shell; acknowledged if these bytes are in what comes back."""
        done = _run([program("bash"), "-c", _SHELL, "bash", str(self.ports[door]), "64" if not answer else "20"], frame)
        told = " ".join(done.stdout.decode().split())
        return Answer(bool(answer) and answer.hex(" ") in told, told)
