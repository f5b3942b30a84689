# SPDX-License-Identifier: Apache-2.0
"""Importers linked by what they share: how many stand behind one telephone, and how large the ring has grown."""

from __future__ import annotations

import msgspec

#: An importer, telephone or address: the name of the group and what it is.
Node = tuple[str, ...]


class _State(msgspec.Struct, array_like=True):
    parent: dict[Node, Node]
    members: dict[Node, int]
    known: list[tuple[Node, Node]]
    sharing: dict[Node, int]


class Rings:
    """Who shares what with whom, as it becomes known. Importers and what they share are named by keys.

    Args:
        most: Members at which a ring is no longer counted on; its size stays there.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._parent: dict[Node, Node] = {}
        self._members: dict[Node, int] = {}
        self._known: set[tuple[Node, Node]] = set()
        self._sharing: dict[Node, int] = {}

    def see(self, importer: Node, shared: Node) -> bool:
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

    def sharing(self, shared: Node) -> int:
        """Importers seen with a telephone or an address (count)."""
        return self._sharing.get(shared, 0)

    def size(self, *nodes: Node) -> int:
        """Importers in the largest ring that any of some importers, telephones and addresses belongs to, at most `most`.

        Returns:
            0 if none was seen before.
        """
        return max((self._members[self._root(node, 0)] for node in nodes if node in self._parent), default=0)

    def snapshot(self) -> bytes:
        """All of it as MessagePack bytes; `restore` gives an equal one."""
        return msgspec.msgpack.encode(_State(self._parent, self._members, sorted(self._known), self._sharing))

    @classmethod
    def restore(cls, data: bytes, most: int) -> Rings:
        """The rings of a snapshot.

        Raises:
            msgspec.MsgspecError: It is none.
        """
        rings, state = cls(most), msgspec.msgpack.decode(data, type=_State)
        rings._parent, rings._members, rings._sharing = state.parent, state.members, state.sharing
        rings._known = set(state.known)
        return rings

    def _root(self, node: Node, weight: int) -> Node:
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
