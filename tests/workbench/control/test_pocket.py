# SPDX-License-Identifier: Apache-2.0
"""The examiner's pocket over a real house: what it fetches, what it sends twice, and what no longer fits its order."""

from __future__ import annotations

import html
import io
import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from cocket.control.entry import RULES
from cocket.settings import Settings
from cocket.workbench import build_app
from tests.houses import Built, build, envelope, officer, trader
from tests.messages import declaration
from tests.simulators.virus_scanner import EICAR, clamd
from tests.workbench.base.test_real_instance import kinds, text_of
from tests.workbench.conftest import served

PASSWORD = "seal and cord and wax"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Built]:
    made = build(tmp_path, random_share=0.0)
    lodged = [envelope(declaration(f"R{number}")) for number in range(2)]
    made.house.intake.messages.take_many(lodged, principal=trader("ACME"))
    made.desk()
    for line in made.house.queries.records.queue(officer(), _all()).lines:
        made.house.control.officer_acts.override(officer(), line.id, "red", "seen in the yard")
    for name in ("officer.a", "officer.b"):
        made.house.governance.accounts.put_officer(name, name.title(), "officer", None, PASSWORD)
    made.house.governance.accounts.put_officer("auditor", "Auditor", "auditor", None, PASSWORD)
    yield made
    made.house.close()


def _all() -> Any:
    from cocket.pipeline.queries.views import QueueFilter

    return QueueFilter(state="all")


@pytest.fixture
def address(built: Built) -> Iterator[str]:
    with served(build_app(built.house)) as address:
        yield address


class Device:
    """A phone: an examiner's session, and what its script sends."""

    def __init__(self, address: str, name: str = "officer.a") -> None:
        self.http = httpx.Client(base_url=address, headers={"origin": address})
        assert self.http.post("/sign-in", data={"name": name, "password": PASSWORD}).status_code == 303
        self.told = self.http.get("/pocket/orders.json").json()
        self.headers = {"x-csrf-token": self.told.get("csrf", "")}

    @property
    def order(self) -> dict[str, Any]:
        return dict(self.told["orders"][0])

    def result(self, order: str | None = None, **given: Any) -> dict[str, Any]:
        """A result of an order, the first of this phone if none is named, as the order stands."""
        (basis,) = (one["basis"] for one in self.told["orders"] if one["id"] == (order or self.order["id"]))
        made = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        return {"id": str(uuid.uuid4()), "made": made, "basis": basis, "depth": "full", "found": False, **given}

    def send(self, result: dict[str, Any], order: str | None = None) -> httpx.Response:
        path = f"/pocket/orders/{order or self.order['id']}/results"
        return self.http.post(path, json=result, headers=self.headers)

    def send_file(self, content: bytes, **given: str) -> httpx.Response:
        told = {"id": str(uuid.uuid4()), "name": "doors.jpg", "sha256": sha256(content).hexdigest(), **given}
        path = f"/pocket/orders/{self.order['id']}/files"
        return self.http.post(path, params=told, content=content, headers=self.headers)

    @property
    def dossier(self) -> str:
        return self.http.get(f"/consignments/{self.order['consignment']}").text


@pytest.fixture
def device(address: str) -> Iterator[Device]:
    made = Device(address)
    yield made
    made.http.close()


def photo(colour: str = "teal", kind: str = "JPEG", **saved: Any) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(written, kind, **saved)
    return written.getvalue()


def scan(**changed: Any) -> bytes:
    """A secondary capture of a scanner: a gradient of 12 bits, with the head that DICOM asks for."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    told = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    told.SOPClassUID, told.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    told.Modality, told.Manufacturer, told.StudyDate = "DX", "Scanners Ltd", "20261128"
    told.Rows, told.Columns, told.SamplesPerPixel, told.PhotometricInterpretation = 64, 96, 1, "MONOCHROME2"
    told.BitsAllocated, told.BitsStored, told.HighBit, told.PixelRepresentation = 16, 12, 11, 0
    told.PixelData = (np.arange(64 * 96, dtype="<u2") % 4096).tobytes()
    for name, value in changed.items():
        setattr(told, name, value)
    written = io.BytesIO()
    pydicom.dcmwrite(written, told, enforce_file_format=True)
    return written.getvalue()


def test_an_order_comes_whole_once_and_each_is_a_look_of_its_own(device: Device, built: Built) -> None:
    order = device.order
    assert order["items"][0]["quantity_said"] == "9\u202f000\u00a0m²"
    assert order["items"][0]["value_said"] == "EUR\u00a012\u202f000"
    assert order["items"][0]["units"] == [["MTK", "m²", "1"]]
    assert order["basis"]["declaration"] and order["basis"]["result"] is None
    looks = [body for body in built.bodies("look") if b'"what":"order"' in body]
    assert len(looks) == len(device.told["orders"]) == 2
    again = device.http.get("/pocket/orders.json", params={"known": ",".join(device.told["versions"])}).json()
    assert again["versions"] == device.told["versions"] and again["orders"] == []
    assert len([body for body in built.bodies("look") if b'"what":"order"' in body]) == 2


def test_the_page_holds_no_data_and_alone_may_use_the_camera(device: Device) -> None:
    page = device.http.get("/pocket")
    assert device.order["title"] not in page.text and "Officer.A" not in page.text and "csrf-" not in page.text
    assert "camera=(self)" in page.headers["permissions-policy"]
    assert page.headers.get_list("permissions-policy") == [page.headers["permissions-policy"]]
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "camera=()" in device.http.get("/queue").headers["permissions-policy"]
    worker = device.http.get("/pocket/worker.js")
    assert worker.headers["service-worker-allowed"] == "/pocket"


def test_a_result_sent_twice_is_recorded_once(device: Device, built: Built) -> None:
    told = device.result(counted=None, seals=[], note="clean")
    first, second = device.send(told), device.send(told)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert kinds(built).count("result") == 1
    assert "Nothing found" in text_of(device.dossier)


def test_the_moment_of_the_device_is_when_it_was_examined(device: Device, built: Built) -> None:
    made = (datetime.now(UTC) - timedelta(hours=3)).astimezone().isoformat(timespec="seconds")
    assert device.send(device.result(made=made)).status_code == 200
    (body,) = built.bodies("result")
    assert datetime.fromisoformat(json.loads(body)["examined"]) == datetime.fromisoformat(made)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    second = device.told["orders"][1]
    answer = device.send(device.result(made=tomorrow, basis=second["basis"]), order=second["id"])
    assert answer.status_code == 422 and "before the examination" in answer.json()["said"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"items": [{"item": 1, "quantity": "34", "unit": "CARTONS"}], "found": True, "offence": "quantity"}, "result-item-unit"),
        ({"containers": [{"number": "CKTU3715180", "state": "other"}]}, "result-equipment"),
        ({"seals": [{"number": "AL1", "state": "cut"}]}, "result-equipment"),
        ({"counted": 3, "opened": 5}, "result-packages"),
        ({"depth": "not-examined", "found": None, "counted": 3, "note": "rain"}, "result-unseen"),
        ({"found": True}, "result-offence"),
        ({"files": ["00000000-0000-0000-0000-000000000000"]}, "evidence-record"),
        ({"depth": "deep"}, "malformed"),
        ({"unknown": 1}, "malformed"),
        ({"note": "opened\0"}, "control-character"),
        ({"containers": [{"number": "CKTU\x0c3715180", "state": "other"}]}, "control-character"),
        ({"items": [{"item": 1, "quantity": "3,5"}]}, "malformed"),
    ],
)  # fmt: skip
def test_the_house_refuses_in_words_what_the_page_would_not_send(
    device: Device, built: Built, given: dict[str, Any], code: str
) -> None:
    answer = device.send(device.result(**given))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["said"].endswith((".", "fr")) or len(answer.json()["said"]) > 20
    assert "result" not in kinds(built)


def test_what_was_asked_and_kept_is_recorded_and_shown_and_nothing_else_is(device: Device, built: Built) -> None:
    item = {"item": 1, "quantity": "90000000", "unit": "MTK"}
    asked = [{"code": "result-ask-quantity", "of": "1"}, {"code": "result-ask-value", "of": "1"}]
    told = device.result(items=[item], found=True, offence="quantity", confirmed=asked)
    assert device.send(told).status_code == 200
    (body,) = built.bodies("result")
    assert json.loads(body)["confirmed"] == [{"code": "result-ask-quantity", "of": "1"}]
    assert "Asked, and kept by the examiner: The quantity found of item 1 is" in text_of(device.dossier)


def test_a_result_without_the_question_is_recorded_without_the_answer(device: Device, built: Built) -> None:
    assert device.send(device.result(counted=0)).status_code == 422  # as many are declared
    item = {"item": 1, "value": "1", "currency": "XTS"}
    assert device.send(device.result(items=[item], found=True, offence="undervaluation")).status_code == 200
    (body,) = built.bodies("result")
    assert b"confirmed" not in body and b'"currency":"XTS"' in body


def test_the_page_is_given_the_rules_of_entry_and_every_condition_names_what_is_known(device: Device) -> None:
    found = re.search(r'data-entry="([^"]*)"', device.http.get("/pocket").text)
    assert found is not None
    entry = json.loads(html.unescape(found[1]))
    assert [one["code"] for one in entry["rules"]] == [rule.code for rule in RULES]
    assert entry["files"]["most_bytes"] == Settings().max_file_bytes and "KE" in entry["known"]["countries"]


def test_a_counted_difference_is_no_nothing_found(device: Device, built: Built) -> None:
    declared = device.order["packages"]
    assert declared is not None
    answer = device.send(device.result(counted=declared + 1))
    assert (answer.status_code, answer.json()["code"]) == (422, "result-counted")
    assert f"{declared + 1} packages were counted and {declared} are declared" in answer.json()["said"]
    told = device.result(counted=declared + 1, opened=2, found=True, offence="quantity")
    assert device.send(told).status_code == 200
    assert f"{declared + 1} packages counted, {declared} declared. Packages opened: 2" in text_of(device.dossier)


def test_a_photo_is_sealed_shown_anew_and_given_out_as_it_was(device: Device, built: Built) -> None:
    taken = photo(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    own = str(uuid.uuid4())
    first, second = device.send_file(taken, id=own), device.send_file(taken, id=own)
    assert first.status_code == 200 and first.json() == second.json()
    record = first.json()["record"]
    assert kinds(built).count("evidence") == 1
    assert device.send(device.result(found=True, offence="quantity", files=[record])).status_code == 200
    page = device.dossier
    assert f"Sealed, leaf {first.json()['place']}" in text_of(page) and "doors.jpg" in page
    where = f"/consignments/{device.order['consignment']}"
    looks = kinds(built).count("look")
    shown = device.http.get(f"{where}/files/{record}")
    assert shown.headers["content-type"] == "image/jpeg" and b"Exif" not in shown.content
    assert Image.open(io.BytesIO(shown.content)).size == (320, 240)
    kept = device.http.get(f"{where}/evidence/{record}")
    assert kept.content == taken and kept.headers["content-type"] == "application/octet-stream"
    assert kinds(built).count("look") == looks + 2
    blobs = [path for path in built.settings.blobs_folder.rglob("*") if path.is_file()]
    assert len(blobs) == 2
    assert all(taken[:64] not in path.read_bytes() and path.stat().st_mode & 0o77 == 0 for path in blobs)


def test_a_scanner_image_comes_with_its_verdict(device: Device) -> None:
    sent = device.send_file(scan(), name="rear.dcm", kind="x-ray", verdict="suspicious")
    assert sent.status_code == 200 and sent.json()["type"] == "application/dicom"
    said = text_of(device.dossier)
    assert "rear.dcm · X-ray or scanner image · Suspicious" in said and "Scanners Ltd" in said
    shown = device.http.get(f"/consignments/{device.order['consignment']}/files/{sent.json()['record']}")
    picture = Image.open(io.BytesIO(shown.content))
    assert (shown.headers["content-type"], picture.size, picture.mode) == ("image/png", (96, 64), "L")
    assert picture.getextrema() == (0, 255)


def test_sixteen_bits_of_a_tiff_are_shown_too(device: Device) -> None:
    written = io.BytesIO()
    Image.fromarray((np.arange(60 * 80, dtype="uint16") * 13).reshape(60, 80)).save(written, "TIFF")
    sent = device.send_file(written.getvalue(), name="x.tif", kind="x-ray", verdict="clear")
    shown = device.http.get(f"/consignments/{device.order['consignment']}/files/{sent.json()['record']}")
    assert shown.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<script>alert(1)</script>", "file-type"),
        (photo()[:200], "file-broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "file-broken"),
        (b"II*\0" + b"\xff" * 60, "file-broken"),
        (b"\0" * 128 + b"DICM" + b"\xff" * 80, "file-broken"),
        (scan(Rows=60000, Columns=60000), "file-pixels"),
        (b"GIF89a" + b"\0" * 20, "file-type"),
        (b"PK\x03\x04" + b"\0" * 40, "file-type"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 40, "file-type"),
        (b"", "file-type"),
    ],
)
def test_what_is_no_file_of_a_kind_that_is_taken_is_refused_and_nothing_is_left(
    device: Device, built: Built, content: bytes, code: str
) -> None:
    answer = device.send_file(content, name="doors.jpg")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "evidence" not in kinds(built)
    assert not built.settings.blobs_folder.exists()


def test_a_file_that_changed_after_it_was_taken_is_refused(device: Device, built: Built) -> None:
    answer = device.send_file(photo(), sha256=sha256(photo("red")).hexdigest())
    assert (answer.status_code, answer.json()["code"]) == (422, "evidence-digest")
    assert "evidence" not in kinds(built)


def test_a_file_is_shown_to_the_virus_scanner_first(tmp_path: Path, short: Path) -> None:
    with clamd(short / "clamd") as scanner:
        made = build(tmp_path / "home", virus_check=f"clamd:{scanner.path}", random_share=0.0)
        made.house.intake.messages.take_many([envelope(declaration("R1"))], principal=trader("ACME"))
        made.desk()
        (line,) = made.house.queries.records.queue(officer(), _all()).lines
        made.house.control.officer_acts.override(officer(), line.id, "red", "seen in the yard")
        made.house.governance.accounts.put_officer("officer.a", "A", "officer", None, PASSWORD)
        with served(build_app(made.house)) as address:
            device = Device(address)
            bad = device.send_file(b"%PDF-1.7\n" + EICAR)
            assert (bad.status_code, bad.json()["code"]) == (422, "file-virus") and "Eicar" in bad.json()["said"]
            assert device.send_file(b"%PDF-1.7\nclean").status_code == 200
            assert scanner.asked == 2
            scanner.stop()
            away = device.send_file(b"%PDF-1.7\nlater")
            assert (away.status_code, away.json()["code"]) == (503, "virus-check")
        made.house.close()


def test_two_results_for_one_order_are_both_kept_and_nothing_is_overwritten(
    device: Device, address: str, built: Built
) -> None:
    other = Device(address, "officer.b")
    assert (
        other.send(other.result(found=True, offence="classification", note="perfume"), device.order["id"]).status_code
        == 200
    )
    told = device.result(depth="scan", note="looked fine")
    answer = device.send(told)
    assert answer.status_code == 409
    conflict = answer.json()
    assert "A result of this order is recorded already." in conflict["moved"] and not conflict["may_record"]
    assert (conflict["standing"]["officer"], conflict["standing"]["offence"]) == ("officer.b", "Wrong code")
    assert kinds(built).count("result") == 1
    kept = device.send({**told, "answer": "ask"})
    assert kept.status_code == 200 and kept.json()["kept"] == "beside"
    assert device.send({**told, "answer": "ask"}).json() == kept.json()
    assert kinds(built).count("result-beside") == 1 and kinds(built).count("result") == 1
    said = text_of(device.dossier)
    assert "A second result : Nothing found · Scan The head of office decides between the two" in said
    assert "looked fine" in said and "perfume" in said
    assert "officer.a kept a second result beside" in said
    other.http.close()


def test_an_order_that_was_taken_over_comes_back_with_both_sides(device: Device) -> None:
    told = device.result()
    told["basis"] = {**told["basis"], "examiner": "somebody.else"}
    conflict = device.send(told)
    assert conflict.status_code == 409 and conflict.json()["may_record"]
    assert conflict.json()["moved"] == ["The order is now with –."]
    told["basis"] = conflict.json()["order"]["basis"]
    assert device.send(told).json()["kept"] == "result"


def test_nobody_keeps_a_second_result_where_nothing_changed(device: Device, built: Built) -> None:
    answer = device.send(device.result(answer="note"))
    assert (answer.status_code, answer.json()["code"]) == (422, "result-beside")
    assert "result-beside" not in kinds(built)


def test_who_may_not_record_sends_neither_results_nor_files(device: Device, address: str, built: Built) -> None:
    auditor = Device(address, "auditor")
    order = device.order["id"]
    assert auditor.send(device.result(), order).status_code == 403
    sent = auditor.http.post(
        f"/pocket/orders/{order}/files",
        params={"id": str(uuid.uuid4()), "name": "a.jpg", "sha256": sha256(photo()).hexdigest()},
        content=photo(),
        headers=auditor.headers,
    )
    assert sent.status_code == 403
    assert not {"result", "evidence"} & set(kinds(built))
    auditor.http.close()


def test_what_another_site_or_session_sends_is_not_taken(device: Device, built: Built) -> None:
    told, path = device.result(), f"/pocket/orders/{device.order['id']}/results"
    assert device.http.post(path, json=told, headers={"x-csrf-token": "no"}).status_code == 403
    crossed = {**device.headers, "sec-fetch-site": "cross-site"}
    assert device.http.post(path, json=told, headers=crossed).status_code == 403
    assert "result" not in kinds(built)


def test_an_officer_of_another_office_sees_neither_order_nor_photo(device: Device, address: str, built: Built) -> None:
    record = device.send_file(photo()).json()["record"]
    built.house.governance.accounts.put_officer("far", "Far", "officer", "ZZ9", PASSWORD)
    far = Device(address, "far")
    assert far.told["orders"] == []
    where = f"/consignments/{device.order['consignment']}"
    assert far.http.get(f"{where}/files/{record}").status_code == 404
    assert far.http.get(f"{where}/evidence/{record}").status_code == 404
    assert far.send(device.result(), device.order["id"]).status_code == 404
    far.http.close()


def test_figures_are_written_and_refused_in_the_readers_language(address: str) -> None:
    device = Device(address)
    device.http.headers["accept-language"] = "fr"
    order = device.http.get("/pocket/orders.json").json()["orders"][0]
    assert order["lane_name"] == "Rouge"
    device.told["orders"] = [order]
    given = {"items": [{"item": 1, "quantity": "34", "unit": "CARTONS"}], "found": True, "offence": "quantity"}
    assert "ne se compare pas" in device.send(device.result(**given)).json()["said"]
    assert "Mes ordres" in device.http.get("/pocket").text
