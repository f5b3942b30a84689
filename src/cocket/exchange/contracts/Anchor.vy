# pragma version 0.4.3
# SPDX-License-Identifier: Apache-2.0
"""
@title Anchor
@notice Heads of transparency logs, put where none of the administrations that keep them can take them back.
        Each log (origin) has one keeper, who alone may add heads of it, each larger than the one before.
        The contract does not check that heads are consistent with each other: witnesses and monitors do.
@dev An origin is named by the SHA-256 of its text. Inclusion is checked as RFC 9162 section 2.1.3.2 says.
"""

event Appointed:
    origin: indexed(bytes32)
    keeper: indexed(address)

event Anchored:
    origin: indexed(bytes32)
    size: indexed(uint64)
    root: bytes32

struct Head:
    root: bytes32
    time: uint64

# Who appoints the keeper of an origin that has none. For a consortium this is an account that its members share.
registrar: public(immutable(address))

keeper_of: public(HashMap[bytes32, address])
size_of: public(HashMap[bytes32, uint64])
head_at: public(HashMap[bytes32, HashMap[uint64, Head]])


@deploy
def __init__(registrar_: address):
    assert registrar_ != empty(address), "nobody"
    registrar = registrar_


@external
def appoint(origin: bytes32, keeper: address):
    """
    @notice Give an origin its first keeper, or, as its keeper, hand it over to another.
    """
    kept_by: address = self.keeper_of[origin]
    if kept_by == empty(address):
        assert msg.sender == registrar, "not the registrar"
    else:
        assert msg.sender == kept_by, "not the keeper"
    assert keeper != empty(address), "nobody"
    self.keeper_of[origin] = keeper
    log Appointed(origin=origin, keeper=keeper)


@external
def anchor(origin: bytes32, size: uint64, root: bytes32):
    """
    @notice Add a head. Nothing is ever taken back, and no size has two roots.
    """
    assert msg.sender == self.keeper_of[origin], "not the keeper"
    assert size > self.size_of[origin], "not larger"
    self.size_of[origin] = size
    self.head_at[origin][size] = Head(root=root, time=convert(block.timestamp, uint64))
    log Anchored(origin=origin, size=size, root=root)


@external
@view
def includes(origin: bytes32, size: uint64, index: uint64, leaf: bytes32, path: DynArray[bytes32, 64]) -> bool:
    """
    @notice Whether a leaf stands at an index below the head of a size that is anchored here.
    @param leaf The leaf's hash, SHA-256 of a zero byte and the entry.
    @param path The hashes beside the way from leaf to root, leaf first.
    """
    head: Head = self.head_at[origin][size]
    if head.time == 0 or index >= size:
        return False
    place: uint256 = convert(index, uint256)
    last: uint256 = convert(size - 1, uint256)
    node: bytes32 = leaf
    for sibling: bytes32 in path:
        if last == 0:
            return False
        if place % 2 == 1 or place == last:
            node = sha256(concat(0x01, sibling, node))
            for _: uint256 in range(64):
                if place % 2 == 1 or place == 0:
                    break
                place = place // 2
                last = last // 2
        else:
            node = sha256(concat(0x01, node, sibling))
        place = place // 2
        last = last // 2
    return last == 0 and node == head.root
