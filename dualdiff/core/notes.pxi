# notes.pxi: what is noted of the user's code while a derivative is being taken: what it has asked of duals, whether
# zeros met infinities, kinks; and what was done.  Included by _core.pyx.
#
# The notes are the thread's own (work.h), but for zeros and kinks.

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    PyObject *PyEval_GetGlobals()


cdef dd_thread *here() noexcept:
    """What the running thread is in, and what was noted of it, for the modules beside this one."""
    return &dd_here


cdef dd_work *work_place() noexcept:
    """What it has done."""
    return &dd_done


cdef long long *met_place() noexcept:
    """How often 0 times inf was met (guard.h)."""
    return <long long *> &dd_met


cdef long long *kinks_place() noexcept:
    """How often a kink was met in second order."""
    return <long long *> &dd_kinks


cdef int enter_call(long long tag) except -1:
    """The call of that tag is running."""
    if dd_enter(tag) < 0:
        raise MemoryError
    return 0


cdef void leave_call(long long tag) noexcept:
    """It is over."""
    dd_leave(tag)


cdef bint of_user() except -1:
    """Whether the code that runs is neither dualdiff's nor NumPy's nor SciPy's."""
    cdef PyObject *space = PyEval_GetGlobals()
    cdef PyObject *name
    if space is NULL:
        return False
    name = PyDict_GetItemWithError(<object> space, "__name__")
    return name is NULL or not (<object> name).startswith(("dualdiff", "numpy", "scipy"))


cdef int note_rounded() except -1:
    """Notes that a number without derivative, which may be a key, was made of a dual."""
    if dd_here.within and of_user():
        dd_here.rounded += 1
    return 0


cdef int note_compared(double x, double y, bint with_plain) except -1:
    """Notes that a number of a dual is compared, and where it is the plain one that it is compared with, or 0 where that is small.

    So it is where a result is found again: ``x == last``, ``abs(x - last) < 1e-12``.
    """
    dd_here.compared += 1
    if with_plain and (x == y or x == 0.0 and fabs(y) <= SMALL) and of_user():
        dd_here.alike += 1
    return 0


cdef int note_arrays_compared(object values, object found, int op) except -1:
    """The same of arrays: all elements are those that they are compared with, or all are 0."""
    cdef cnp.ndarray truths
    cdef bint first
    dd_here.compared += 1
    if not cnp.PyArray_CheckExact(found) or cnp.PyArray_TYPE(<cnp.ndarray> found) != cnp.NPY_BOOL:
        return 0
    truths = <cnp.ndarray> found
    if cnp.PyArray_SIZE(truths) == 0:
        return 0
    first = (<char *> cnp.PyArray_DATA(truths))[0]
    if op == Py_EQ:
        if not first or not truths.all():
            return 0
    elif op == Py_NE:
        if first or truths.any():
            return 0
    elif not cnp.PyArray_CheckExact(values) or (<cnp.ndarray> values).any():
        return 0
    if of_user():
        dd_here.alike += 1
    return 0


cdef double SMALL = 1e-3        # of the tolerances that numbers are compared with


def note_alike():
    """Notes that a dual was found to be the number that it was compared with, by a function of NumPy's or of math."""
    if dd_here.within:
        dd_here.alike += 1


def note_digits():
    """Notes that a number of a dual was rounded to digits, by a function of ours in the place of Python's or NumPy's."""
    if dd_here.within:
        dd_here.rounded += 1


def note_key():
    """Notes that an array of duals was rounded, to numbers that may be a key."""
    if dd_here.within:
        dd_here.keyed += 1


cdef inline void note_step() noexcept:
    if dd_here.within:
        dd_here.stepped += 1


def note_place():
    """Notes that the place of a dual among numbers was asked for (argmin, searchsorted), or that of a step (floor)."""
    note_step()


def notes_taken():
    """(texts, rounded numbers, rounded arrays, coincidences, comparisons of duals so far in this thread)."""
    return dd_here.texts, dd_here.rounded, dd_here.keyed, dd_here.alike, dd_here.compared


def note_stopped():
    """Notes that a derivative is left out on purpose, or another one given: it need not be what differences say."""
    dd_here.stopped += 1


def stopped_count():
    """How often that was so far."""
    return dd_here.stopped


cdef int note_asked() except -1:
    """Notes that the user's code has asked for the class of a dual."""
    if dd_here.within and not dd_here.lifted and of_user() and names_classes():
        dd_here.asked += 1
    return 0


cdef int note_shown() except -1:
    """Notes the text of a dual where it is no text of a number: one may be read out of it."""
    cdef unsigned int before = dd_here.objects
    note_objects()
    if dd_here.objects != before:
        dd_here.texts += 1
    return 0


def note_text_of():
    """The same, for NumPy's functions that print."""
    if dd_here.within and not dd_here.lifted:
        dd_here.texts += 1


cdef int note_objects() except -1:
    """Notes that an array of objects, a text or a pickle, that says other things than that of the numbers was made of a dual.

    Or that a dual has no hash.  The user's code may ask what it says, also through NumPy's.
    """
    cdef PyObject *space
    cdef PyObject *name
    if dd_here.within and not dd_here.lifted:
        space = PyEval_GetGlobals()
        if space is not NULL:
            name = PyDict_GetItemWithError(<object> space, "__name__")
            if name is NULL or not (<object> name).startswith("dualdiff"):
                dd_here.objects += 1
    return 0


cdef bint names_classes() except -1:
    """Whether the Python code that runs asks for classes: not NumPy, which looks for the class of each argument."""
    code = _sys._getframe().f_code
    return not ASKING.isdisjoint(code.co_names) or MATCH_CLASS in code.co_code[::2]


cdef int note_value() except -1:
    """Notes that the user's code takes the number of a dual: to leave its derivative out, or, in code that asks any object
    whether it has a `value`, to unwrap what is no quantity of its own; then the derivative is looked at."""
    if dd_here.within and of_user():
        names = _sys._getframe().f_code.co_names
        if UNWRAPPING.isdisjoint(names) or not KNOWING.isdisjoint(names):
            dd_here.stopped += 1
        else:
            dd_here.texts += 1
    return 0


cdef object UNWRAPPING = frozenset((
    "hasattr", "getattr", "AttributeError", "attrgetter", "dir", "vars", "__dict__", "isinstance", "type"))
cdef object KNOWING = frozenset(("Dual", "DualArray", "dualdiff"))     # code that knows what it unwraps
cdef object ASKING = frozenset(("isinstance", "issubclass", "__class__", "_abc_instancecheck", "getattr", "map", "filter"))
cdef object MATCH_CLASS = _opcode.opmap["MATCH_CLASS"]


cpdef bint is_pristine(x) except -1:
    """Whether nothing was written into x since it was made as an argument of the user's function."""
    if type(x) is DualArray:
        return (<DualArray> x).shared != 0 and (<DualArray> x).version == 0 or (<DualArray> x).tag_ == -1
    return True


def is_live(long long tag):
    """Whether the call of that tag is still running, in whatever thread; a tag of the user's own is always alive."""
    return tag < DD_FIRST_TAG or dd_is_live(tag)


def work_done():
    """What derivative calls of this thread have done so far: the counts of work.h, in their order."""
    return (dd_done.scalars, dd_done.arrays, dd_done.values, dd_done.elements, dd_done.loops, dd_done.shorts,
            dd_done.picked, dd_done.products, dd_done.crossed, dd_done.calls)


def take_back(tuple counts):
    """Sets the counts to what they were: what was done since was not for the run around it."""
    (dd_done.scalars, dd_done.arrays, dd_done.values, dd_done.elements, dd_done.loops, dd_done.shorts,
     dd_done.picked, dd_done.products, dd_done.crossed, dd_done.calls) = counts


def note_call():
    """Counts a call of NumPy's that Python code answers."""
    dd_done.calls += 1


def note_lost():
    """Counts a LostDerivativeError of this thread (called when one is made)."""
    dd_here.lost += 1


def lost_mark():
    """How many LostDerivativeErrors this thread has made: for `forget_lost`."""
    return dd_here.lost


def forget_lost(unsigned int mark):
    """Forgets those made since `lost_mark`: whoever tries one way and then another calls it in between."""
    dd_here.lost = mark


errors.note_lost = note_lost


# ---- zeros and kinks -----------------------------------------------------------------------------------------

cdef dict named_kinks = {}          # functions that are no rules: name -> the count when their kink was last met


def kinks_met():
    """How often a kink was met in second order so far."""
    return dd_kinks


def note_kink(str name):
    """Counts a kink of a function or rule of that name, met in second order."""
    place_ = place_of.get(name)
    if place_ is None:
        global_note()
        named_kinks[name] = dd_kinks
    else:
        dd_note_kink(place_)


cdef int global_note() except -1:
    dd_note_kink(DD_RULE_sign_)
    return 0


def kinks_since(long long before):
    """The names of the functions whose kinks were met since."""
    cdef int i
    found = [name for name, at in named_kinks.items() if at > before]
    for i in range(DD_NRULES):
        if dd_kink_at[i] > before and i != DD_RULE_sign_:
            found.append(dd_rules[i].name.decode())
    return found


def zeros_met():
    """How often 0 times inf was met so far; only a change of it means anything."""
    return dd_met


def meet_zero():
    """Counts that 0 times inf was met."""
    dd_meet(1)


def is_within():
    """Whether this thread is inside a derivative call."""
    return dd_here.within > 0


cdef bint is_constant_array(DualArray x) except -1:
    """Whether an array has met no dual."""
    sync(x)
    return x.tangent_ is None and cnp.PyArray_CheckExact(x.value_)


def as_exposed(DualArray x):
    """Notes that other objects have the memory of an array without tangents: it takes no dual from now on."""
    while x.base_ is not None:
        x = x.base_
    x.exposed = True


def check_exposed(DualArray x):
    """Raises where a dual is about to be written into an array whose memory other objects have."""
    while x.base_ is not None:
        x = x.base_
    if x.exposed:
        raise LostDerivativeError(EXPOSED)


cdef str EXPOSED = (
    "a dual is written into an array whose memory has been given out as it is (by x.view(dtype), x.data, x.ctypes, or as "
    "an array of another class), where its derivative could not follow; write into a copy, or take x.copy().view(dtype)")
