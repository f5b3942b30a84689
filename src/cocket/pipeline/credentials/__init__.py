# SPDX-License-Identifier: Apache-2.0
"""Certificates, titles and traders' standing, in the pipeline."""
