# SPDX-License-Identifier: Apache-2.0
"""Control orders, examinations, results and audits, on the pages, tested."""
