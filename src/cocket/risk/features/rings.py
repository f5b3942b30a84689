# SPDX-License-Identifier: Apache-2.0
"""Importers linked by what they share: how many stand behind one telephone, and how large the ring has grown."""

from __future__ import annotations


class Rings:
    """Who shares what with whom, as it becomes known. Importers and what they share are named by any hashable.

    Args:
        most: Members at which a ring is no longer counted on; its size stays there.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._parent: dict[object, object] = {}
        self._members: dict[object, int] = {}
        self._known: set[tuple[object, object]] = set()
        self._sharing: dict[object, int] = {}

    def see(self, importer: object, shared: object) -> bool:
        """Take note that an importer has a telephone or an address; gives whether that is new."""
        if (importer, shared) in self._known:
            return False
        self._known.add((importer, shared))
        self._sharing[shared] = self._sharing.get(shared, 0) + 1
        one, other = self._root(importer, 1), self._root(shared, 0)
        if one != other:
            self._parent[other] = one
            self._members[one] = min(self._most, self._members[one] + self._members.pop(other))
        return True

    def sharing(self, shared: object) -> int:
        """Importers seen with a telephone or an address (count)."""
        return self._sharing.get(shared, 0)

    def size(self, *nodes: object) -> int:
        """Importers in the largest ring that any of some importers, telephones and addresses belongs to, at most `most`.

        Returns:
            0 if none was seen before.
        """
        return max((self._members[self._root(node, 0)] for node in nodes if node in self._parent), default=0)

    def _root(self, node: object, weight: int) -> object:
        parent = self._parent
        if node not in parent:
            parent[node] = node
            self._members[node] = weight
            return node
        root = node
        while parent[root] != root:
            root = parent[root]
        while parent[node] != root:
            parent[node], node = root, parent[node]
        return root
