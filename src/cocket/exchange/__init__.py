# SPDX-License-Identifier: Apache-2.0
"""The post room: what leaves the house for other systems: advice for the host, as files it may import, and tables.

In: advice. Out: one small CSV file a declaration, in a folder of its own, written whole or not at all and the same to
the byte where the advice is the same. What may leave, and its record in the book, is for `pipeline` to see to.
"""

from cocket.exchange.advice_files import (
    HostAdvice,
    HostHold,
    advice_file,
    check_target,
    holds_file,
    put_below,
    put_file,
)

__all__ = ["HostAdvice", "HostHold", "advice_file", "check_target", "holds_file", "put_below", "put_file"]
