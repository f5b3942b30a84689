# SPDX-License-Identifier: Apache-2.0
"""`python -m cocket`."""

from cocket.cli import main

if __name__ == "__main__":
    main()
