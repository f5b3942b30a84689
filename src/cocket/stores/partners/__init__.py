# SPDX-License-Identifier: Apache-2.0
"""Rows of the exchange with partner administrations: what waits to be sent, nonces that were taken, how sending goes."""
