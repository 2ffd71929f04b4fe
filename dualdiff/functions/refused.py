"""Functions of NumPy that have no derivative: why, and what to write instead.

"""

import numpy as np

from .base import REFUSED

FILES = "it writes numbers to a file; save x.value, and the tangents beside it if they are needed"
DATES = "it is about dates, which have no derivative"
BITS = "it works on the bits of integers, which have no derivative; convert with x.astype(np.uint8)"
INDICES = "it computes with indices, which are integers; convert with x.astype(int)"

for _reason, _names in (
    (FILES, ("save", "savez", "savez_compressed", "savetxt")),
    (DATES, ("busday_count", "busday_offset", "is_busday", "datetime_as_string")),
    (BITS, ("packbits", "unpackbits")),
    (INDICES, ("ravel_multi_index", "unravel_index")),
):
    for _name in _names:
        REFUSED[getattr(np, _name)] = _reason
