# SPDX-License-Identifier: Apache-2.0
"""A node that answers badly, of another chain, too slowly, or that changes its mind: clear errors, and in bounded time."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from cocket.errors import CocketError, PartnerError, SettingsError
from cocket.exchange import chain as chains
from cocket.exchange.chain import Chain, NodeError, node_at
from cocket.exchange.title_chain import TokenRegistry
from tests.exchange.chains import ACCOUNTS, anvil, artefacts, in_process_chain

Answer = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def send(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def node(answer: Answer) -> Iterator[str]:
    """A node that answers as it is told."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            try:
                answer(self, asked)
            except (BrokenPipeError, ConnectionResetError):
                return

        def log_message(self, *words: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def raw(body: bytes) -> Answer:
    return lambda handler, asked: send(handler, body)


def result(value: Any) -> Answer:
    return lambda handler, asked: send(
        handler, json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": value}).encode()
    )


BAD = {
    "nothing": raw(b""),
    "a page": raw(b"<html>welcome</html>"),
    "half": raw(b'{"id": 1, "result'),
    "no text": raw(b'{"id": 1, "result": "\xff"}'),
    "a list": raw(b"[]"),
    "depth": raw(b"[" * 100_000),
    "another question's answer": raw(b'{"jsonrpc": "2.0", "id": 99, "result": "0x1"}'),
    "neither result nor error": raw(b'{"jsonrpc": "2.0", "id": 1}'),
    "an error": raw(b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "no such method"}}'),
    "an odd error": raw(b'{"jsonrpc": "2.0", "id": 1, "error": 7}'),
    "an odd result": result({"number": 1}),
    "words": result("many"),
    "null": result(None),
}


@pytest.mark.parametrize("name", BAD)
def test_an_answer_that_is_none_is_an_error_of_ours(name: str) -> None:
    with node(BAD[name]) as url, node_at(url) as ask, pytest.raises(PartnerError):
        Chain(ask)


@pytest.mark.parametrize(
    "value", [None, [], "0x", "zz", {"number": "0x1"}, {"number": "x", "hash": "", "timestamp": ""}, 7]
)
def test_a_block_a_receipt_logs_or_code_of_no_such_form_are_errors_of_ours(value: Any) -> None:
    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        result("0x1" if asked["method"] == "eth_chainId" else value)(handler, asked)

    with node(answer) as url, node_at(url) as ask:
        chain = Chain(ask)
        questions = [chain.newest_block, lambda: chain.logs(["0x"], [], 0, 1), lambda: chain.newest_block(behind=3)]
        for question in questions:
            if value == [] and question is questions[1]:
                continue
            with pytest.raises(PartnerError):
                question()


def test_a_node_of_another_chain_is_refused() -> None:
    with node(result("0x89")) as url, node_at(url) as ask:
        assert Chain(ask, expected_id=137).chain_id == 137
        with pytest.raises(PartnerError, match="another chain") as refused:
            Chain(ask, expected_id=1)
    assert (refused.value.code, refused.value.expected, refused.value.found) == ("chain-other", "1", "137")


def test_a_node_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_ANSWER_SECONDS", 0.3)

    def drip(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            time.sleep(0.05)

    start = time.monotonic()
    with node(drip) as url, node_at(url) as ask, pytest.raises(PartnerError) as refused:
        Chain(ask)
    assert refused.value.code == "chain-slow"
    assert time.monotonic() - start < 20


def test_a_node_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_TIMEOUT_SECONDS", 0.2)
    with node(lambda handler, asked: time.sleep(1)) as url, node_at(url) as ask, pytest.raises(PartnerError) as refused:
        Chain(ask)
    assert refused.value.code == "chain-unreachable"


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_MOST_BYTES", 1000)
    with node(raw(b" " * 100_000)) as url, node_at(url) as ask, pytest.raises(PartnerError, match="too long"):
        Chain(ask)


def test_where_nobody_listens_that_is_said() -> None:
    with node(result("0x1")) as url:
        pass
    with node_at(url) as ask, pytest.raises(PartnerError, match="does not answer"):
        Chain(ask)


def test_what_is_no_address_of_a_node_is_refused() -> None:
    for url in ("ftp://node", "node:8545", ""):
        with pytest.raises(SettingsError), node_at(url):
            pass


def test_a_transaction_that_is_never_taken_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "_WAIT_SECONDS", 0.2)
    with anvil("--no-mining") as url, node_at(url) as ask, pytest.raises(PartnerError) as refused:
        Chain(ask).send(ACCOUNTS[0], ACCOUNTS[1].address, b"")
    assert refused.value.code == "chain-slow"
    assert refused.value.hint


def test_a_chain_that_is_reorganised_while_it_is_read_is_found_out() -> None:
    """The node replaces its newest blocks between two questions: what was read is of two histories, and is refused."""
    with anvil() as url, node_at(url) as ask:
        chain = Chain(ask)
        tokens = TokenRegistry.deploy(chain, ACCOUNTS[0], artefacts(), "Bills", "BL")
        asked: list[str] = []

        def turning(method: str, parameters: Any) -> Any:
            if method == "eth_getCode":
                asked.append(method)
                if len(asked) == 2:
                    ask("anvil_reorg", [1, []])
            return ask(method, parameters)

        reading = TokenRegistry(Chain(turning), tokens.address)
        with pytest.raises(PartnerError) as refused:
            reading.read("5b" * 32)
        assert refused.value.code in ("chain-reorganised", "chain")
        assert reading.read("5b" * 32).title.standing == "unissued"


def test_a_run_of_blocks_too_long_to_ask_for_is_refused_at_once() -> None:
    with node(result("0x1")) as url, node_at(url) as ask, pytest.raises(PartnerError, match="too many blocks"):
        Chain(ask).logs(["0x"], [], 0, 1 << 40)


def test_a_contracts_words_are_told_and_nothing_else_of_the_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"code": 3, "message": "x" * 5000, "data": "0xzz"}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": told}).encode()
    with node(raw(body)) as url, node_at(url) as ask, pytest.raises(NodeError) as refused:
        Chain(ask)
    assert isinstance(refused.value, CocketError)
    assert len(str(refused.value)) < 400


def test_a_chain_within_the_process_leaves_the_depth_to_which_anything_else_may_recurse() -> None:
    limit = sys.getrecursionlimit()
    in_process_chain()
    assert sys.getrecursionlimit() == limit
