# SPDX-License-Identifier: Apache-2.0
"""An S3-compatible object store on this machine, by another implementation than the one that speaks to it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import httpx
import pytest


@contextlib.contextmanager
def bucket(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a service with one bucket, and credentials for it in the environment."""
    import boto3
    from moto.server import ThreadedMotoServer

    for variable, value in {
        "AWS_ACCESS_KEY_ID": "examiner",
        "AWS_SECRET_ACCESS_KEY": "of no value",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(variable, value)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        httpx.post(f"{endpoint}/moto-api/reset").raise_for_status()
        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=name)
        yield endpoint
    finally:
        server.stop()
