# SPDX-License-Identifier: Apache-2.0
"""The command line: `cocket COMMAND`, the same JSON as HTTP with `--json`, progress on stderr.

Exit 0 is good, 1 a finding of severity error or a failed check, 2 a usage error or something unreadable.
Commands that need the server's parts load them when called, so that checking and proving need the core alone.
"""

from cocket.cli.app import app, main

__all__ = ["app", "main"]
