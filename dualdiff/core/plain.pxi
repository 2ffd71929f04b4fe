# plain.pxi: the frequent case of a recording: plain arguments, and one plain result.
#
# Each function does what transforms/recording.py would do in Python, or returns None: then Python does it.
# Included by _calls.pyx.


def record_plain(f, tuple primals, dict kwargs, double limit):
    """One run of f on recorded arguments, which are float64 or float32 arrays or Python floats.

    Parameters
    ----------
    f : callable
    primals, kwargs : tuple, dict
    limit : float
        Bytes that the recording may keep.

    Returns
    -------
    tuple or None
        (the nodes, shapes and types of the arguments, whether all are Python numbers, result, tag, window, kinks that
        were met); None where an argument is something else, before f has run.
    """
    cdef Py_ssize_t i, n = len(primals)
    cdef list nodes = [None] * n, shapes = [None] * n, dtypes = [None] * n, duals = [None] * n
    cdef long long tag, kinks = KINKS[0]
    cdef bint numbers = True
    cdef object window = None
    cdef Node node
    for x in primals:
        if not PyFloat_CheckExact(x) and not (plain_real(x) and cnp.PyArray_SIZE(<cnp.ndarray> x)):
            return None
    tag = new_tag()
    for i in range(n):
        x = primals[i]
        if PyFloat_CheckExact(x):
            node = zero_node(no_shape, FLOAT)
            duals[i] = dual_generic(x, node, tag)
        else:
            numbers = False
            node = zero_node((<object> x).shape, float_type(cnp.PyArray_TYPE(<cnp.ndarray> x)))
            duals[i] = new_array(x, node, tag, None, None, True)
        nodes[i], shapes[i], dtypes[i] = node, node.shape, node.dtype
    if limit < 1e300:
        window = window_of(nodes, limit)
    try:
        result = call_within(f, tuple(duals), kwargs, tag)
    finally:
        if window is not None:
            window.close()
        let_copies_go()
    kinked = kinks_since(kinks) if KINKS[0] != kinks and here().within == 0 else no_shape
    return nodes, shapes, dtypes, numbers, result, tag, window, kinked


def plain_result(result, long long tag):
    """(value, node) of a result that is one recorded array or number over plain numbers; None for another one."""
    cdef DualArray x
    cdef Dual d
    if type(result) is DualArray:
        x = <DualArray> result
        sync(x)
        if x.tag_ != tag or type(x.tangent_) is not Node or not plain_real(x.value_):
            return None
        return x.value_.copy() if root_shared(x) else x.value_, x.tangent_
    if type(result) is Dual:
        d = <Dual> result
        if d.k < -1 and d.tag_ == tag:
            node_of(d)
        if d.k == -1 and d.tag_ == tag and type(<object> d.gt) is Node and PyFloat_Check(<object> d.gv):
            return <object> d.gv, <object> d.gt
    return None
