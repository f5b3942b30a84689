# SPDX-License-Identifier: Apache-2.0
"""A client that others made: mosquitto_pub against the real door, by certificate and by key, in both versions."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cocket.pipeline.tracking.device_certificates import endpoint_files
from tests.ingress.doors import Opened


def mosquitto_pub(doors: Opened, *words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("mosquitto_pub")
    if program is None:
        pytest.skip("mosquitto_pub is not installed (package mosquitto-clients)")
    place = ["-h", "localhost", "-p", str(doors.ports["mqtt"]), "--cafile", str(endpoint_files(doors.settings).root)]
    return subprocess.run([program, *place, "-q", "1", *words], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
def test_mosquitto_pub_is_acknowledged_by_key_and_by_certificate(doors: Opened, version: str) -> None:
    keyed, certified = f"keyed-{version}", f"certified-{version}"
    doors.add(keyed)
    doors.add(certified, has_certificate=True)
    folder = doors.folder / certified
    proof = ["--cert", str(folder / f"{certified}.pem"), "--key", str(folder / f"{certified}.key")]
    for device, words in ((keyed, ["-u", keyed, "-P", doors.keys[keyed]]), (certified, proof)):
        done = mosquitto_pub(doors, "-V", version, *words, "-t", f"iot/{device}/telemetry", "-m", '{"seq":1}')
        assert done.returncode == 0, done.stderr
        assert doors.payloads(device) == [b'{"seq":1}']


def test_mosquitto_pub_to_a_foreign_topic_is_not_acknowledged(doors: Opened) -> None:
    doors.add("wanderer")
    done = mosquitto_pub(doors, "-u", "wanderer", "-P", doors.keys["wanderer"], "-t", "iot/home/telemetry", "-m", "{}")
    assert done.returncode != 0
    assert doors.payloads("wanderer") == []
