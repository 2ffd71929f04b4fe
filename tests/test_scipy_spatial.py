"""dualdiff.scipy.spatial: distances, hulls, neighbours, rotations, by points, weights and parameters."""

import numpy as np
import pytest
import scipy.spatial
import scipy.spatial.distance
import scipy.spatial.transform
from scipy_rows import Rows

import dualdiff as dd
from dualdiff.errors import UnsupportedError
from dualdiff.scipy import spatial

ROWS = Rows(spatial, scipy.spatial)
G = np.random.default_rng(0)
P, Q = G.standard_normal((5, 3)), G.standard_normal((4, 3))
WEIGHTS, METRIC = np.array([0.5, 1.2, 0.3]), np.array([[2, 0.3, 0.1], [0.3, 1, 0.2], [0.1, 0.2, 1.5]])
QUAT, VECTOR, VECTORS = np.array([0.3, -0.5, 0.4, 0.9]), np.array([0.3, -0.6, 1.1]), G.standard_normal((4, 3))
TURN = [0.1, 0.2, 0.3]
METRICS = ("euclidean", "sqeuclidean", "cityblock", "chebyshev", "canberra", "braycurtis", "cosine", "correlation", "minkowski",
           "seuclidean", "mahalanobis")  # fmt: skip


def rotation(m):
    """Rotation of a module, which may be the package alone."""
    return m.transform.Rotation


def tables():
    add = ROWS.add
    for k in METRICS:
        add(f"cdist {k}", lambda m, a, b, k=k: m.distance.cdist(a, b, k), P, Q, h=2.0**-14, second=k in ("euclidean", "cosine"))
        add(f"pdist {k}", lambda m, a, k=k: m.distance.pdist(a, k), P, h=2.0**-14)
        if k in ("seuclidean", "mahalanobis"):
            continue
        add(k, lambda m, a, b, k=k: getattr(m.distance, k)(a, b), P[0], P[1])
        if k != "chebyshev":
            add(f"{k} w", lambda m, a, b, w, k=k: getattr(m.distance, k)(a, b, w=w), P[0], P[1], WEIGHTS)
            add(f"cdist {k} w", lambda m, a, b, w, k=k: m.distance.cdist(a, b, k, w=w), P, Q, WEIGHTS, h=2.0**-14)
    add("cdist minkowski 3", lambda m, a, b: m.distance.cdist(a, b, "minkowski", p=3), P, Q)
    add("minkowski 3", lambda m, a, b: m.distance.minkowski(a, b, 3), P[0], P[1])
    add("correlation uncentred", lambda m, a, b: m.distance.correlation(a, b, centered=False), P[0], P[1])
    add("seuclidean", lambda m, a, b, v: m.distance.seuclidean(a, b, v), P[0], P[1], WEIGHTS)
    add("mahalanobis", lambda m, a, b, v: m.distance.mahalanobis(a, b, v), P[0], P[1], METRIC)
    add("jensenshannon", lambda m, a, b: m.distance.jensenshannon(a, b, 2.0), np.abs(P[0]), np.abs(P[1]))
    add("jensenshannon axis", lambda m, a: m.distance.jensenshannon(a[:4], np.abs(Q), axis=1, keepdims=True), np.abs(P))
    add("cdist jensenshannon", lambda m, a, b: m.distance.cdist(a, b, "jensenshannon"), np.abs(P), np.abs(Q))
    add("squareform", lambda m, a: m.distance.squareform(a), np.arange(1.0, 7.0))
    add("squareform back", lambda m, a: m.distance.squareform(a, checks=False), np.abs(METRIC))
    add("directed_hausdorff", lambda m, a, b: m.distance.directed_hausdorff(a, b)[0], P, Q)
    add("cdist callable", lambda m, a, b: m.distance.cdist(a, b, lambda u, v: np.sum((u - v) ** 4)), P, Q)
    add("distance_matrix", lambda m, a, b: m.distance_matrix(a, b), P, Q)
    for p in (1, 3, np.inf):
        add(f"minkowski_distance {p}", lambda m, a, b, p=p: m.minkowski_distance(a, b, p), P[:4], Q)
        add(f"minkowski_distance_p {p}", lambda m, a, b, p=p: m.minkowski_distance_p(a, b, p), P[:4], Q)
    add("geometric_slerp", lambda m, t: m.geometric_slerp([1.0, 0, 0], [0, 1.0, 0], t), np.array([0.1, 0.7]))
    for d in (2, 3):
        add(f"ConvexHull {d}", lambda m, a: (m.ConvexHull(a).volume, m.ConvexHull(a).area), G.standard_normal((12, d)), second=d == 3)
    add("KDTree", lambda m, a, b: m.KDTree(a).query(b, k=2)[0], P, Q)
    add("KDTree far", lambda m, a, b: np.minimum(m.KDTree(a).query(b, distance_upper_bound=1.0)[0], 5.0), P, Q)
    add("cKDTree", lambda m, b: m.cKDTree(P).query(b)[0], Q)
    add("procrustes", lambda m, a, b: m.procrustes(a, b), P[:4], Q)
    # rotations
    for way in ("as_quat", "as_matrix", "as_rotvec", "as_mrp", "magnitude"):
        add(f"from_quat {way}", lambda m, x, way=way: getattr(rotation(m).from_quat(x), way)(), QUAT, second=way == "as_matrix")
        add(f"from_rotvec {way}", lambda m, x, way=way: getattr(rotation(m).from_rotvec(x), way)(), VECTOR, second=way == "as_rotvec")
        add(f"from_rotvecs {way}", lambda m, x, way=way: getattr(rotation(m).from_rotvec(x), way)(), VECTORS)
        add(f"from_rotvec small {way}", lambda m, x, way=way: getattr(rotation(m).from_rotvec(x), way)(), VECTOR * 0.01, h=2.0**-14)
        add(f"from_matrix {way}", lambda m, x, way=way: getattr(rotation(m).from_matrix(x), way)(),
            scipy.spatial.transform.Rotation.from_rotvec(VECTOR).as_matrix())  # fmt: skip
        add(f"from_mrp {way}", lambda m, x, way=way: getattr(rotation(m).from_mrp(x), way)(), VECTOR / 3)
        add(f"from_euler {way}", lambda m, x, way=way: getattr(rotation(m).from_euler("xyz", x, degrees=True), way)(), VECTOR * 40)
    for way in ("as_matrix", "as_rotvec"):
        add(f"from_rotvec 0 {way}", lambda m, x, way=way: getattr(rotation(m).from_rotvec(x), way)(), VECTOR * 0, second=True)
    for seq in ("xyz", "ZXZ", "zxz", "YXZ", "XYX"):
        add(f"as_euler {seq}", lambda m, x, seq=seq: rotation(m).from_rotvec(x).as_euler(seq, degrees=True), VECTOR)
        add(f"from_euler {seq}", lambda m, x, seq=seq: rotation(m).from_euler(seq, x).as_matrix(), VECTOR)
    add("from_euler x", lambda m, x: rotation(m).from_euler("x", x).as_matrix(), 0.4)
    add("from_euler XY", lambda m, x: rotation(m).from_euler("XY", x).as_matrix(), VECTORS[:, :2])
    add("product", lambda m, x: (rotation(m).from_rotvec(x) * rotation(m).from_rotvec(TURN)).as_matrix(), VECTOR)
    add("product of plain", lambda m, x: (rotation(m).from_rotvec(TURN) * rotation(m).from_rotvec(x)).as_matrix(), VECTOR)
    add("inverse", lambda m, x: rotation(m).from_rotvec(x).inv().as_matrix(), VECTOR)
    add("power", lambda m, x: (rotation(m).from_rotvec(x) ** 2.5).as_matrix(), VECTOR)
    add("apply", lambda m, x, v: rotation(m).from_rotvec(x).apply(v), VECTOR, VECTORS, second=True)
    add("apply inverse", lambda m, x, v: rotation(m).from_rotvec(x).apply(v, inverse=True), VECTOR, VECTOR)
    add("apply many", lambda m, x, v: rotation(m).from_rotvec(x).apply(v), VECTORS, VECTORS[::-1].copy())
    add("apply plain", lambda m, v: rotation(m).from_rotvec(TURN).inv().apply(v), VECTORS)
    add("concatenate", lambda m, x: rotation(m).concatenate([rotation(m).from_rotvec(x), rotation(m).from_rotvec(TURN)]).as_matrix(), VECTOR)
    add("index", lambda m, x: rotation(m).from_rotvec(x)[1:3].as_matrix(), VECTORS)
    add("Slerp", lambda m, x, t: m.transform.Slerp([0, 1.0, 2, 3], rotation(m).from_rotvec(x))(t).as_matrix(), VECTORS, np.array([0.3, 1.7]))
    add("Slerp time", lambda m, t: m.transform.Slerp([0, 1.0], rotation(m).from_rotvec(VECTORS[:2]))(t).as_matrix(), 0.3)
    add("align_vectors", lambda m, a, b: (lambda r: (r[0].as_matrix(), r[1]))(rotation(m).align_vectors(a, b)),
        VECTORS, VECTORS[:, ::-1] * [1.0, 1.1, -0.9])  # fmt: skip
    for name, a, b in (("two", VECTORS[:2], VECTORS[2:]), ("mirrored", VECTORS, VECTORS * [1.0, 1.1, -0.9]), ("flat", P[:, :3] * [1.0, 1.0, 0.0], P[:, :3] * [1.0, -1.1, 0.0])):
        add(f"align_vectors {name}", lambda m, a, b, w: (lambda r: (r[0].as_matrix(), r[1]))(rotation(m).align_vectors(a, b, w)),
            a, b, np.linspace(1.0, 2.0, len(a)), second=name == "two")  # fmt: skip
    for order in ("extrinsic", "intrinsic"):
        add(f"from_davenport {order}", lambda m, x, order=order: rotation(m).from_davenport(np.eye(3)[[2, 0, 1]] * 2, order, x).as_matrix(), VECTOR, second=True)
        add(f"from_davenport degrees {order}", lambda m, x, order=order: rotation(m).from_davenport(np.eye(3)[[2, 0]], order, x, True).as_quat(), VECTORS[:, :2] * 40)
    add("from_davenport one", lambda m, n, x: rotation(m).from_davenport(n, "e", x).as_matrix(), VECTOR, 0.4)
    add("from_davenport many", lambda m, x: rotation(m).from_davenport([1.0, 1.0, 0.0], "e", x).as_matrix(), VECTOR[:, None])
    add("mean", lambda m, x: rotation(m).from_rotvec(x).mean().as_matrix(), VECTORS, second=True)
    if tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 17):       # older ones take no single rotation
        add("mean of one", lambda m, x: rotation(m).from_rotvec(x).mean().as_quat(), VECTOR)
    add("mean weights", lambda m, x, w: rotation(m).from_rotvec(x).mean(w).as_rotvec(), VECTORS, np.linspace(1.0, 2.0, len(VECTORS)))
    add("mean of plain", lambda m, w: rotation(m).from_rotvec(VECTORS).mean(w).as_quat(), np.linspace(1.0, 2.0, len(VECTORS)))
    spline = np.array([0.0, 1.0, 2.5, 3.0])
    add("RotationSpline", lambda m, t: m.transform.RotationSpline(spline, rotation(m).from_rotvec(VECTORS))(t).as_matrix(), np.array([0.3, 1.7, 2.6]), second=True)
    add("RotationSpline one", lambda m, t: m.transform.RotationSpline(spline, rotation(m).from_rotvec(VECTORS))(t).as_rotvec(), 1.2)


tables()


@pytest.mark.parametrize(("row", "i"), ROWS.params(), ids=ROWS.ids())
def test_spatial(row, i):
    ROWS.check(row, i)


def test_refused_by_name():
    for call in (lambda x: spatial.Delaunay(x), lambda x: spatial.Voronoi(x), lambda x: spatial.distance.hamming(x[0], x[1]),
                 lambda x: spatial.distance.cdist(x, x, "jaccard"), lambda x: spatial.ConvexHull(x).equations,
                 lambda x: spatial.transform.Rotation.from_rotvec(x).reduce(),
                 lambda x: spatial.transform.RotationSpline([0.0, 1, 2, 3][: len(x)], spatial.transform.Rotation.from_rotvec(x))):  # fmt: skip
        with pytest.raises(UnsupportedError):
            dd.jvp(call, (P,), (P,))


def test_plain_objects_are_scipys():
    assert isinstance(spatial.transform.Rotation.from_rotvec(TURN), scipy.spatial.transform.Rotation)
    assert isinstance(spatial.ConvexHull(P), scipy.spatial.ConvexHull) and isinstance(spatial.KDTree(P), scipy.spatial.KDTree)
    assert isinstance(scipy.spatial.transform.Rotation.from_rotvec(TURN), spatial.transform.Rotation)


def test_every_name_is_there():
    for ours, theirs in ((spatial, scipy.spatial), (spatial.distance, scipy.spatial.distance),
                         (spatial.transform, scipy.spatial.transform)):  # fmt: skip
        assert [name for name in theirs.__all__ if not hasattr(ours, name)] == []
