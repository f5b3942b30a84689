# SPDX-License-Identifier: Apache-2.0
"""Learned models: one file a model and edition; a new edition is a new file.

In: rows of features. Out: chances that an examination finds something, with contributions that add up to them.
LightGBM and NumPy are imported where they are used, so that a parent process that only imports may fork.
"""

from cocket.risk.models.boosted_v1 import Card, Model, ModelFile
from cocket.risk.models.training import train

__all__ = ["Card", "Model", "ModelFile", "train"]
