# SPDX-License-Identifier: Apache-2.0
"""Importers linked by what they share: how many stand behind one telephone, and how large the ring has grown."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from cocket.risk.keyed import Form, Held, Keyed, Tables, taking_over

#: An importer, telephone or address: the name of the group and what it is.
Node = tuple[str, ...]


class _State(msgspec.Struct, array_like=True):
    parent: dict[Node, Node]
    members: dict[Node, int]
    known: list[tuple[Node, Node]]
    sharing: dict[Node, int]


#: How they are written down, three of them beside what else there is of an importer, telephone or address.
_PARENT = Form("rp", Node, Node, group="k")
_MEMBERS = Form("rm", Node, int, group="k")
_SHARING = Form("rs", Node, int, group="k")
_KNOWN = Form("rk", tuple[Node, Node], bool)


class Rings:
    """Who shares what with whom, as it becomes known. Importers and what they share are named by keys.

    Args:
        most: Members at which a ring is no longer counted on; its size stays there.
        tables: What it keeps its tables in; None keeps all in memory.
    """

    def __init__(self, most: int, tables: Tables | None = None) -> None:
        self._most = most
        tables = tables or Tables()
        self._parent: Keyed[Node, Node] = tables.table(_PARENT)
        self._members: Keyed[Node, int] = tables.table(_MEMBERS)
        self._known: Keyed[tuple[Node, Node], bool] = tables.table(_KNOWN)
        self._sharing: Keyed[Node, int] = tables.table(_SHARING)

    def see(self, importer: Node, shared: Node) -> bool:
        """Take note that an importer has a telephone or an address; gives whether that is new."""
        if self._known.get((importer, shared)):
            return False
        self._known[importer, shared] = True
        self._sharing[shared] = self.sharing(shared) + 1
        one, other = self._root(importer, 1), self._root(shared, 0)
        if one != other:
            self._parent[other] = one
            self._members[one] = min(self._most, (self._members.get(one) or 0) + self._members.pop(other, 0))
        return True

    def sharing(self, shared: Node) -> int:
        """Importers seen with a telephone or an address (count)."""
        return self._sharing.get(shared) or 0

    def size(self, *nodes: Node) -> int:
        """Importers in the largest ring that any of some importers, telephones and addresses belongs to, at most `most`.

        Returns:
            0 if none was seen before.
        """
        roots = (self._root(node, 0) for node in nodes if self._parent.get(node) is not None)
        return max((self._members.get(root) or 0 for root in roots), default=0)

    def snapshot(self) -> bytes:
        """All of it as MessagePack bytes; `restore` gives an equal one."""
        return msgspec.msgpack.encode(
            _State(
                dict(self._parent.items()),
                dict(self._members.items()),
                sorted(pair for pair, _ in self._known.items()),
                dict(self._sharing.items()),
            )
        )

    @classmethod
    def restore(cls, data: bytes, most: int) -> Rings:
        """The rings of a snapshot.

        Raises:
            msgspec.MsgspecError: It is none.
        """
        rings, state = cls(most), msgspec.msgpack.decode(data, type=_State)
        rings._parent, rings._members = Held.of(state.parent), Held.of(state.members)
        rings._sharing = Held.of(state.sharing)
        rings._known = Held.of(dict.fromkeys(state.known, True))
        return rings

    def take_over(self, other: Rings) -> Iterator[None]:
        """Take over everything from rings that are all in memory; yields after each value."""
        yield from taking_over(self._parent, other._parent)
        yield from taking_over(self._members, other._members)
        yield from taking_over(self._known, other._known)
        yield from taking_over(self._sharing, other._sharing)

    def _root(self, node: Node, weight: int) -> Node:
        parent = self._parent
        above = parent.get(node)
        if above is None:
            parent[node] = node
            self._members[node] = weight
            return node
        path, root = [node], above
        while root != path[-1]:
            path.append(root)
            root = parent.get(root) or root
        for one in path[:-2]:
            parent[one] = root
        return root
