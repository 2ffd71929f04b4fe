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
    both : bool
        A coefficient of 0 gives 0 also beside an infinite source (backwards), not only a source of 0.
    """

    cdef dd_step s
    cdef list keep
    cdef bint ready

    def __init__(self, cnp.ndarray target, list terms, bint add, tuple shape, bint both=False):
        cdef int i, j, nd = len(shape)
        cdef dd_term *term
        cdef bint finite, nonzero
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
        if not cnp.PyArray_ISWRITEABLE(target):
            raise ShapeError("the target of a step is read-only")
        self.s.o = self.fitting(target, nd, 0, self.s.os)
        for j in range(len(terms)):
            coefficient, source = terms[j]
            term = &self.s.term[j]
            term.t = self.fitting(source, nd, 0, term.ts)
            if cnp.PyArray_CheckExact(coefficient):
                term.cs[0] = 0
                term.c = self.fitting(coefficient, nd, 1, term.cs)
                look(<cnp.ndarray> coefficient, &finite, &nonzero)
            else:
                term.c = NULL
                for i in range(nd):
                    term.cs[i] = 0
                term.number = coefficient
                finite = isfinite(term.number)
                nonzero = term.number != 0
            term.both = both and not nonzero
            term.finite = finite and not term.both
        dd_step_prepare(&self.s)
        self.ready = True

    cdef char *fitting(self, object array, int nd, int skip, cnp.npy_intp *strides) except? NULL:
        """The data of an operand, and its strides broadcast to the run's axes from `skip` on."""
        cdef cnp.ndarray a
        cdef int i, lead
        if (not cnp.PyArray_CheckExact(array) or cnp.PyArray_TYPE(<cnp.ndarray> array) != cnp.NPY_DOUBLE
                or not cnp.PyArray_ISBEHAVED_RO(<cnp.ndarray> array)):
            raise InputError("a step takes float64 arrays")
        a = <cnp.ndarray> array
        lead = nd - cnp.PyArray_NDIM(a)
        for i in range(skip, nd):
            strides[i] = 0
            if i < lead or cnp.PyArray_DIM(a, i - lead) == 1 and self.s.dims[i] != 1:
                continue
            if cnp.PyArray_DIM(a, i - lead) != self.s.dims[i]:
                lead = -1
                break
            strides[i] = cnp.PyArray_STRIDE(a, i - lead)
        if lead < skip:
            raise ShapeError(f"an array of shape {(<object> a).shape} does not fit the axes of a step, "
                             f"{tuple([self.s.dims[i] for i in range(skip, nd)])}")
        self.keep.append(a)
        return cnp.PyArray_BYTES(a)

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
