"""Verdicts as they are remembered: a list in JSON that ends where all that follows is as in a plain new story, packed.

They are packed one by one, with a dictionary of what most of them have (Zstandard, RFC 8878): of ids and rules little
more than what is their own remains.
"""

from __future__ import annotations

from typing import Any

import orjson
import zstandard

from pipeline.model import Verdict

_USUAL = (
    b'"urn:newsml:http://","tag:",null,{"signal":"update","series":"urn:newsml:'
    b'"],"correction","killed":true,"head",null,{"also":{"first":"","behind":-1,"sources":["'
    b'"]}},"kill","correction","duplicate","older-version","same-id","update","version","marked","corrected",'
    b'"reworked","same-figures","expanded","flash-filled","headline","killed-before",null,'
    b'{"numbers":[1,1,1],"names":[2,2,2],"headline":1.0,"also":{"first":"'
    b'"behind":0,"sources":["]}},"duplicate","contained","duplicate","near","duplicate","exact","'
    b'",null,1.0,1.0,1,""]["urn:newsml:20'
)
_FORM = zstandard.ZstdCompressionParameters(
    format=zstandard.FORMAT_ZSTD1_MAGICLESS, window_log=16, chain_log=10, hash_log=12, search_log=3, min_match=3,
    strategy=zstandard.STRATEGY_LAZY, write_content_size=1, write_dict_id=0,
)  # fmt: skip
_DICTIONARY = zstandard.ZstdCompressionDict(_USUAL, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
_packer = zstandard.ZstdCompressor(dict_data=_DICTIONARY, compression_params=_FORM)
_unpacker = zstandard.ZstdDecompressor(dict_data=_DICTIONARY, format=zstandard.FORMAT_ZSTD1_MAGICLESS)

WORTH_IT = 64
"""Bytes from which on a list is packed; shorter ones are an id and little else."""
_BRACKET = b"["


def packed(verdict: Verdict, version: str) -> bytes:
    """What a story was told, and the version that the feed gave it."""
    listed = _listed(verdict, version)
    return _packer.compress(listed) if len(listed) >= WORTH_IT else listed


def _listed(v: Verdict, version: str) -> bytes:
    plain = v.status == "new" and v.cluster == v.id and v.rule == "new" and not version and v.position == 1
    if plain and not v.of and not v.similarity and not v.containment:
        if v.thread == v.id and not v.evidence:
            return orjson.dumps([v.id])
        return orjson.dumps([v.id, _less(v.thread, v.id), v.evidence])
    return orjson.dumps(
        [
            v.id, _less(v.thread, v.cluster), v.evidence, v.status, v.rule, v.of, _less(v.cluster, v.of or v.id),
            v.similarity, v.containment, v.position, version,
        ]
    )  # fmt: skip


def _less(value: str, usual: str) -> str | None:
    return None if value == usual else value


def _values(data: bytes) -> list[Any]:
    """The list. (What is packed never begins with a bracket: there Zstandard has a bit that is always 0.)"""
    values: list[Any] = orjson.loads(data if data[:1] == _BRACKET else _unpacker.decompress(data))
    return values


def unpacked(data: bytes) -> Verdict:
    """The verdict again."""
    values = _values(data)
    if len(values) == 1:
        id = values[0]
        return Verdict("new", id, "", id, id, rule="new")
    if len(values) == 3:
        id, thread, evidence = values
        return Verdict("new", id, "", id, id if thread is None else thread, rule="new", evidence=evidence)
    id, thread, evidence, status, rule, of, cluster, similarity, containment, position, _ = values
    if cluster is None:
        cluster = of or id
    if thread is None:
        thread = cluster
    return Verdict(status, id, of, cluster, thread, similarity, containment, rule, evidence, position)


def version(data: bytes) -> str:
    """The version alone."""
    values = _values(data)
    return str(values[-1]) if len(values) > 3 else ""
