# replay.pxi: Step, one prepared sum of products over float64 arrays.  Included by _core.pyx.


@cython.final
cdef class Step:
    """target = (or +=) sum_i coefficient_i * source_i, prepared once and run many times.

    Parameters
    ----------
    target : ndarray of float64, shape (k, ...)
        Written to.  Where it has stride 0 (a broadcast view) an adding step sums over it.
    terms : list of (coefficient, source)
        A coefficient is a float or a float64 array that broadcasts to the sources' shape without
        the leading k; a source is a float64 array that broadcasts to the run's shape.
    add : bool
        Add to the target instead of replacing it.
    shape : tuple
        The shape to run over, (k, ...); target and sources are broadcast to it.
    """

    cdef dd_step s
    cdef list keep
    cdef bint ready

    def __init__(self, cnp.ndarray target, list terms, bint add, tuple shape):
        cdef int i, j, nd = len(shape)
        cdef cnp.ndarray a
        cdef dd_term *term
        if nd > 24:
            raise ShapeError(f"arrays of {nd} dimensions are not supported")
        if len(terms) > 12:
            raise ShapeError(f"a step takes at most 12 terms, got {len(terms)}")
        self.ready = False
        self.keep = []
        self.s.nd = nd
        self.s.nterms = len(terms)
        self.s.add = add
        for i in range(nd):
            self.s.dims[i] = shape[i]
        a = self.fitting(target, shape)
        if not cnp.PyArray_ISWRITEABLE(target):
            raise ShapeError("the target of a step is read-only")
        self.s.o = cnp.PyArray_BYTES(a)
        for i in range(nd):
            self.s.os[i] = cnp.PyArray_STRIDE(a, i)
        for j in range(len(terms)):
            coefficient, source = terms[j]
            term = &self.s.term[j]
            term.both = 0
            a = self.fitting(source, shape)
            term.t = cnp.PyArray_BYTES(a)
            for i in range(nd):
                term.ts[i] = cnp.PyArray_STRIDE(a, i)
            if cnp.PyArray_CheckExact(coefficient):
                a = self.fitting(coefficient, shape[1:])
                term.c = cnp.PyArray_BYTES(a)
                term.cs[0] = 0
                for i in range(1, nd):
                    term.cs[i] = cnp.PyArray_STRIDE(a, i - 1)
                term.finite = bool(np.isfinite(coefficient).all())
            else:
                term.c = NULL
                for i in range(nd):
                    term.cs[i] = 0
                term.number = coefficient
                term.finite = isfinite(term.number)
        dd_step_prepare(&self.s)
        self.ready = True

    cdef cnp.ndarray fitting(self, object array, tuple shape):
        if (not cnp.PyArray_CheckExact(array) or cnp.PyArray_TYPE(<cnp.ndarray> array) != cnp.NPY_DOUBLE
                or not cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray> array)):
            raise InputError("a step takes float64 arrays")
        if (<object> array).shape != shape:
            array = np.broadcast_to(array, shape)
        self.keep.append(array)
        return <cnp.ndarray> array

    cpdef run(self):
        """Runs the step."""
        if not self.ready:
            raise InputError("this step was not prepared; make it by Step(target, terms, add, shape)")
        if self.s.nd and self.s.dims[0] > 4096:
            with nogil:
                dd_step_run(&self.s)
        else:
            dd_step_run(&self.s)


def run_steps(list steps):
    """Runs prepared steps, and calls everything else in the list."""
    for step in steps:
        if type(step) is Step:
            (<Step> step).run()
        else:
            step()
