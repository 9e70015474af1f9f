"""Memory straight from the system, given back to it as soon as the array is let go.

The C library keeps what large arrays took, up to twice the largest, in case somebody wants it again: with tables that
grow and are laid anew that was a tenth of all that dedup used.
"""

from __future__ import annotations

import mmap
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


def room(shape: tuple[int, ...], kind: type[T]) -> NDArray[T]:
    """An array of noughts."""
    count = int(np.prod(shape))
    # private: a forked child that packs a snapshot must not see what is changed meanwhile
    data = mmap.mmap(-1, max(1, count * np.dtype(kind).itemsize), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(data, dtype=kind, count=count).reshape(shape)
