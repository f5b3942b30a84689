# SPDX-License-Identifier: Apache-2.0
"""A crew's members are told to end at the worst moments."""

from __future__ import annotations

import subprocess
import sys

PATIENCE_S = 60

#: A parent whose handler raises, as that of a house coming up, and a child told to end while the fork's hooks still run.
TOLD_AT_BIRTH = """
import os, signal, time
from cocket.cli.base.process_supervisor import Crew, check_apart

def on_signal(number, frame):
    raise KeyboardInterrupt

def tell_the_child():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.01)

signal.signal(signal.SIGTERM, on_signal)
os.register_at_fork(after_in_child=tell_the_child)
crew = Crew(print)
crew.add("sleeper", lambda is_stopping: print("told" if is_stopping.wait(20) else "not told", flush=True))
print(os.waitpid(crew.pids["sleeper"], 0)[1])
check_apart(lambda: print("never begun", flush=True))
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_member_told_to_end_while_it_is_being_born_ends_in_its_own_way() -> None:
    run = subprocess.run(
        [sys.executable, "-c", TOLD_AT_BIRTH], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert run.stdout.split("\n") == ["told", "0", ""]
    assert run.stderr.count("Traceback") == 1, "only the parent's own end is told"
    assert run.stderr.rstrip().endswith("KeyboardInterrupt")
