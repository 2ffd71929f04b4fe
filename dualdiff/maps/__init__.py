"""Linear maps, the tangents that go through them, and the patterns of both.

    linear        the operations, once: what they do to tangents, and their transposes to cotangents
    spaces        what they are written in: stacks of directions, patterns, values; places of elements
    base          what a map is: apply, transpose, reach, its share of second order; of an operation, push and pull
    elementwise   sums of products with partials: what a rule becomes
    moves         reshapes, transposes, broadcasts, indices; writes puts into places, joins together
    matrices      derivatives of inverses, solutions, Cholesky factors, in any kind of matrices
    products      sums and products with matrices; spectral: given by a function and its adjoint
    tangents      tags, directions, what is pushed through a map
    sparsity      patterns through maps

Importing this package tells the core the classes of the maps that it makes itself.

Imports: core.
"""

from ..core import install_maps
from .elementwise import Elementwise
from .joins import Concatenate, Stacked
from .moves import Broadcast, Index, Permute, Reshape
from .products import MatMul, Sum
from .writes import SetIndex, SetView

__all__: list[str] = []

install_maps(
    Elementwise, Index, SetIndex, SetView, Sum, Reshape, Permute, Concatenate, MatMul, Broadcast, Stacked
)  # fmt: skip
