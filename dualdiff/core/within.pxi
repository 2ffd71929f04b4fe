# within.pxi: runs of the function of a derivative call, and what is known of it.  Included by _calls.pyx.
#
# The count is the thread's own, and a call counts itself in and out around the one run of the user's
# function.  A run ends before its call does, also by an exception, so the count cannot be left wrong.
# Nothing of a derivative depends on it: only whether dualdiff.numpy makes an array that could take one.

cdef object FLOAT64 = np.float64
cdef object FUNCTION = types_.FunctionType


def call_within(f, tuple args, dict kwargs, long long tag):
    """f(*args, **kwargs), known to the thread as the function of the derivative call of that tag.

    The tag is alive while f runs, and dead from then on.  A LostDerivativeError that f has caught itself is raised
    at the end all the same, as the derivative went on without what was lost.  Where f raises, a lifted copy of it may
    take its place (lifting/auto.py), now and in later calls.
    """
    cdef dd_thread *at = here()
    cdef dd_work *work = work_place()
    cdef unsigned int lost = at.lost, objects = at.objects
    cdef unsigned int asked = at.asked, made = at.texts, rounded = at.rounded, alike = at.alike, stopped = at.stopped
    cdef unsigned int compared = at.compared, keyed = at.keyed, stepped = at.stepped
    cdef long long scalars = work.scalars, arrays = work.arrays, calls = work.calls, values = work.values
    cdef int reason, known
    cdef long long met, kinks
    if lifted_by_code:
        f = counterpart(f)
    try:
        result = run_within(f, args, kwargs, tag)
    except Exception as error:
        found = hook_function("rescue", (f, args, kwargs, tag, error), {})
        if found is None:
            raise
        at.lost = lost
        return found[0]
    if not auto_lifting or listener is not None:
        return result
    reason = 0
    if type(result) is not Dual and type(result) is not DualArray and (
            type(result) is float or type(result) is int or type(result) is FLOAT64
            or cnp.PyArray_CheckExact(result) and cnp.PyArray_TYPE(<cnp.ndarray> result) != cnp.NPY_OBJECT):
        reason = BECAUSE_CONSTANT       # no derivative at all: or a branch that f takes on plain numbers only was not taken
    if at.asked != asked:       # isinstance(x, float), case float(): no on a dual, so f may have gone another way
        reason |= BECAUSE_ASKED
    if at.objects != objects:   # np.asarray(x).dtype, str(x)[0], hash(x): another answer
        reason |= BECAUSE_OBJECTS
    if at.stopped == stopped:
        if at.texts != made:    # a text may have been a key, under which a number without derivative was found
            reason |= BECAUSE_TEXT
        if at.rounded != rounded:       # so may a rounded number
            reason |= BECAUSE_ROUNDED
        if at.keyed != keyed:
            reason |= BECAUSE_KEYED
        if at.alike != alike:   # and an earlier result, under the number of the call before
            reason |= BECAUSE_ALIKE
    if at.compared != compared:
        reason |= BECAUSE_COMPARED
    if at.stepped != stepped:
        reason |= BECAUSE_STEPPED
    if reason & (BECAUSE_ROUNDED | BECAUSE_KEYED) and not at.within:
        # what was found under a key is no longer computed: so less was done than in the call that was looked at
        done = (work.scalars - scalars, work.arrays - arrays, work.calls - calls, work.values - values)
        if hook_function("is_other_work", (f, done), {}):
            reason |= BECAUSE_OTHER
    if not reason & (BECAUSE_CONSTANT | BECAUSE_TEXT | BECAUSE_ALIKE | BECAUSE_OTHER):
        known = what_is_known(f, 0, False)
        if known == KNOWN and not reason & (BECAUSE_ASKED | BECAUSE_OBJECTS):
            return result
        if known & KNOWN and not known & KNOWN_TO_DRAW and agrees(f, args, kwargs, result):
            if known & KNOWN_OTHERWISE:
                what_is_known(f, 0, True)
            return result
    met, kinks = MET[0], KINKS[0]
    result = hook_function("doubt", (f, args, kwargs, tag, result, reason), {})
    MET[0], KINKS[0] = met, kinks       # a run on plain numbers may take derivatives of its own
    return result


cdef enum:
    BECAUSE_CONSTANT = 1
    BECAUSE_ASKED = 2
    BECAUSE_TEXT = 4
    BECAUSE_ROUNDED = 8
    BECAUSE_ALIKE = 16
    BECAUSE_COMPARED = 32
    BECAUSE_KEYED = 64
    BECAUSE_OTHER = 128
    BECAUSE_OBJECTS = 256
    BECAUSE_STEPPED = 512
    KNOWN = 1               # the function was compared with itself on plain numbers
    KNOWN_TO_ASK = 2        # and is in each call: it asks what is not heard, as type(x) and hasattr
    KNOWN_TO_DRAW = 4       # it draws random numbers
    KNOWN_OTHERWISE = 8     # with other switches in its closure, defaults or self

because = (BECAUSE_CONSTANT, BECAUSE_ASKED, BECAUSE_TEXT, BECAUSE_ROUNDED, BECAUSE_ALIKE, BECAUSE_COMPARED, BECAUSE_KEYED,
           BECAUSE_OTHER, BECAUSE_OBJECTS, BECAUSE_STEPPED)
"""The bits of a reason, for lifting/auto.py."""

cdef dict checked_ids = {}
checked = checked_ids
"""id of a code object or class -> (it, whether it is dualdiff's, whether it asks or draws (`known_to`), the switches with
which it was compared), of functions whose value on duals was once compared with that on plain numbers; lifting/auto.py
writes it."""

known_to = (KNOWN_TO_ASK, KNOWN_TO_DRAW)

cdef bint auto_lifting = True


def set_auto_lifting(bint on):
    """Whether functions are looked at and lifted without being asked (automatic.py)."""
    global auto_lifting
    auto_lifting = on


cdef enum:
    FEW_SWITCHES = 24       # of a function: it is told apart by the first of them
    MANY_SWITCHES = 64      # ways to set them: more are no switches, but the number of a call

cdef struct Switches:
    int n
    PyObject *held[FEW_SWITCHES]        # owned: what an object says it holds may be gone when it has said so


cdef void drop_switches(Switches *switches) noexcept:
    while switches.n:
        switches.n -= 1
        Py_XDECREF(switches.held[switches.n])


cdef int what_is_known(f, int depth, bint note) except -1:
    """KNOWN, and more, of a function, with what a wrapper of ours calls, that was compared with itself on plain numbers; else 0.

    note: its switches as they are now are noted as compared.
    """
    cdef Switches switches
    switches.n = 0
    try:
        return known_with(unbound(f, &switches), &switches, depth, note)
    finally:
        drop_switches(&switches)


def is_known(f):
    """Whether a function, with what a wrapper of ours calls, was compared with itself on plain numbers."""
    return what_is_known(f, 0, False) != 0


cdef int known_with(f, Switches *switches, int depth, bint note) except -1:
    """`what_is_known` of what is no method, with the switches that its methods and partial functions have."""
    cdef PyObject *place
    cdef PyObject *closure
    cdef tuple entry
    cdef int known, found = KNOWN
    if type(f) is FUNCTION:
        place = PyDict_GetItemWithError(checked_ids, <Py_ssize_t> PyFunction_GetCode(f))
        if place is NULL:
            return 0
        entry = <tuple> place
        if entry[1]:
            closure = PyFunction_GetClosure(f)
            if closure is not NULL and depth < 8:
                for cell in <tuple> closure:
                    if PyCell_GET(cell) is NULL:
                        continue
                    x = <object> PyCell_GET(cell)
                    if type(x) is FUNCTION or type(x) is types_.MethodType or isinstance(x, PARTIAL):
                        known = what_is_known(x, depth + 1, note)
                        if not known:
                            return 0
                        found |= known
            return found
        switches_of(f, switches, 0)
    elif isinstance(f, LiftedFunction):
        return found
    else:
        place = PyDict_GetItemWithError(checked_ids, <Py_ssize_t> Py_TYPE(<PyObject *> f))
        if place is NULL:
            attributes = getattr(f, "__dict__", None)
            if depth < 8 and type(attributes) is dict and "f" in attributes and type(f).__module__.startswith("dualdiff"):
                return what_is_known(attributes["f"], depth + 1, note)      # its class stands for no function
            return 0
        entry = <tuple> place
        if not entry[1]:
            attributes_of(f, switches)
    found |= <int> entry[2]
    if switches.n and not is_among(switches, <list> entry[3], note):
        found |= KNOWN_OTHERWISE
    return found


cdef object unbound(f, Switches *switches):
    """The function behind bound methods and partial ones."""
    while True:
        if type(f) is types_.MethodType:
            attributes_of(f.__self__, switches)
            f = f.__func__
        elif isinstance(f, PARTIAL):        # also what transforms return (transforms/derived.py)
            parts_held(f.args, switches, 0)
            parts_held(tuple((<dict> f.keywords).values()), switches, 0)
            f = f.func
        else:
            return f


cdef bint is_among(Switches *switches, list compared, bint note) except -1:
    """Whether switches are set as they were in a call that was compared."""
    cdef tuple other
    cdef int i
    for other in compared:
        if len(other) == switches.n:
            for i in range(switches.n):
                if <PyObject *> other[i] != switches.held[i]:
                    break
            else:
                return True
    if len(compared) >= MANY_SWITCHES:
        return True
    if note:
        compared.append(tuple([<object> switches.held[i] for i in range(switches.n)]))
    return False


cdef int switches_of(f, Switches *switches, int depth) except -1:
    """What a function is told by its closure and defaults: truths, integers, texts and code as they are, else the class."""
    cdef PyObject *held = PyFunction_GetClosure(f)
    cdef PyObject *x
    if held is not NULL:
        for cell in <tuple> held:
            x = PyCell_GET(cell)
            if x is not NULL:
                switch_in(<object> x, switches, depth)
    held = PyFunction_GetDefaults(f)
    if held is not NULL:
        parts_held(<tuple> held, switches, depth)
    held = PyFunction_GetKwDefaults(f)
    if held is not NULL:
        parts_held(tuple((<dict> held).values()), switches, depth)
    return 0


cdef int parts_held(tuple parts, Switches *switches, int depth) except -1:
    for x in parts:
        switch_in(x, switches, depth)
    return 0


cdef int switch_in(x, Switches *switches, int depth) except -1:
    cdef PyObject *found
    if switches.n >= FEW_SWITCHES:
        return 0
    if type(x) is FUNCTION:
        found = PyFunction_GetCode(x)
    elif (type(x) is bool or type(x) is int or type(x) is str or x is None or isinstance(x, type)
          or type(type(x)) is ENUM_TYPE):
        found = <PyObject *> x
    else:
        found = <PyObject *> Py_TYPE(<PyObject *> x)
    Py_INCREF(<object> found)
    switches.held[switches.n] = found
    switches.n += 1
    if type(x) is FUNCTION and depth < 3:
        switches_of(x, switches, depth + 1)
    return 0


cdef int attributes_of(x, Switches *switches) except -1:
    """The same of the attributes of an object, behind its class."""
    switch_in(type(x), switches, 3)
    attributes = getattr(x, "__dict__", None)
    if type(attributes) is dict:
        for y in (<dict> attributes).values():
            switch_in(y, switches, 3)
    return 0


def note_switches(f, list compared):
    """Notes how the switches of a function that is not ours are set, as `checked` keeps it."""
    cdef Switches switches
    switches.n = 0
    try:
        f = unbound(f, &switches)
        if type(f) is FUNCTION:
            switches_of(f, &switches, 0)
        else:
            attributes_of(f, &switches)
        return switches.n == 0 or is_among(&switches, compared, True)
    finally:
        drop_switches(&switches)


cdef object ENUM_TYPE = type(_enum.Enum)


cdef bint agrees(f, tuple args, dict kwargs, result) except -1:
    """Whether f on the plain numbers of its arguments has the value of its result on duals, as far as that is seen at once.

    Not where the two could agree by chance (0, 1 and other whole numbers), or where a number is not finite.
    """
    cdef dd_thread *at = here()
    cdef dd_work *work = work_place()
    cdef list plain
    cdef unsigned int lost = at.lost
    cdef bint telling = False
    cdef int same
    cdef dd_work done = work[0]
    cdef long long met = MET[0], kinks = KINKS[0]
    if kwargs:
        return False
    plain = []
    for x in args:
        if type(x) is Dual:
            x = bare(x)
        elif type(x) is DualArray:
            if not is_pristine(x):
                return False
            x = bare(x)
        if cnp.PyArray_CheckExact(x):
            x = cnp.PyArray_NewCopy(<cnp.ndarray> x, cnp.NPY_KEEPORDER)
        elif not is_simple(Py_TYPE(<PyObject *> x)):
            return False
        plain.append(x)
    try:
        wanted = calm(f, tuple(plain))
        same = same_numbers(result, wanted, &telling)
    except Exception:
        same = False
    MET[0], KINKS[0] = met, kinks
    work[0] = done
    if at.lost != lost:
        at.lost = lost
        return False
    return same and telling


cdef bint same_numbers(found, wanted, bint *telling) except -1:
    """Whether results are equal but for rounding; telling is set where a number is not whole, so no chance has made it."""
    cdef double x, y
    cdef cnp.ndarray a, b
    cdef Py_ssize_t i
    found = bare(found)
    if PyFloat_Check(found) and PyFloat_Check(wanted):
        return same_doubles(PyFloat_AS_DOUBLE(found), PyFloat_AS_DOUBLE(wanted), telling)
    if cnp.PyArray_CheckExact(found) and cnp.PyArray_CheckExact(wanted):
        a, b = <cnp.ndarray> found, <cnp.ndarray> wanted
        if not cnp.PyArray_SAMESHAPE(a, b) or cnp.PyArray_TYPE(b) != cnp.NPY_DOUBLE or not (
                cnp.PyArray_IS_C_CONTIGUOUS(a) and cnp.PyArray_IS_C_CONTIGUOUS(b)):
            return False
        if cnp.PyArray_TYPE(a) == cnp.NPY_DOUBLE:
            for i in range(cnp.PyArray_SIZE(a)):
                if not same_doubles((<double *> cnp.PyArray_DATA(a))[i], (<double *> cnp.PyArray_DATA(b))[i], telling):
                    return False
            return True
        if cnp.PyArray_TYPE(a) != cnp.NPY_OBJECT:
            return False
        for i in range(cnp.PyArray_SIZE(a)):
            x_ = bare(<object> (<PyObject **> cnp.PyArray_DATA(a))[i])
            if not PyFloat_Check(x_) or not same_doubles(
                    PyFloat_AS_DOUBLE(x_), (<double *> cnp.PyArray_DATA(b))[i], telling):
                return False
        return True
    if type(found) is type(wanted) and (type(found) is tuple or type(found) is list) and len(found) == len(wanted):
        for x_, y_ in zip(found, wanted):
            if not same_numbers(x_, y_, telling):
                return False
        return True
    return False


cdef inline bint same_doubles(double x, double y, bint *telling) noexcept:
    if x != floor(x):
        telling[0] = True
    return fabs(x - y) <= 1e-9 * fabs(y)        # not of nan and inf


cdef object PARTIAL = _functools.partial


cpdef object run_within(f, tuple args, dict kwargs, long long tag):
    """`call_within` of f as it is."""
    cdef dd_thread *at = here()
    cdef unsigned int lost = at.lost
    if listener is not None:
        listener(f, args, kwargs)
    if at.redraws and not at.within:
        hook_function("redraw", (), {})
    enter_call(tag)
    at.within += 1
    try:
        result = f(*args, **kwargs)
    except BaseException as error:
        if isinstance(error, Exception):
            hook_function("explain", (error,), {})
        if at.lost != lost:
            if type(error) is NotSecondOrder:   # f runs again
                at.lost = lost
            else:
                errors.tell_swallowed(error)
        raise
    finally:
        at.within -= 1
        leave_call(tag)
        if texts and not at.within:
            texts.clear()
    if at.lost != lost:
        at.lost = lost
        raise errors.swallowed()
    return result


def set_redraws(bint on):
    """Whether each run of a function by this thread begins where the first drew its random numbers; what was set before."""
    cdef bint before = here().redraws
    here().redraws = on
    return before


def may_draw(f):
    """Whether a function draws random numbers, or was not compared yet."""
    cdef int known
    if type(f) is not FUNCTION and type(f).__module__.startswith("dualdiff"):
        return True         # what is known of the class of ours stands for no function
    known = what_is_known(f, 0, False)
    return known == 0 or known & KNOWN_TO_DRAW != 0


cdef dict lifted_by_code = {}
lifted_codes = lifted_by_code
"""id of a code object -> (it, packages), of functions that take duals only as lifted copies; lifting/auto.py writes it.

By identity, as the hash of a code object takes as long as a small derivative."""


cdef object counterpart(f):
    """The lifted copy of f, if it needs one."""
    if type(f) is LiftedFunction or type(f) is FUNCTION and <Py_ssize_t> <void *> f.__code__ not in lifted_by_code:
        return f
    return hook_function("counterpart", (f,), {})


cdef object listener = None


def listen(function):
    """function(f, args, kwargs) is called before each run of a derivative call's function; None: nothing is."""
    global listener
    listener = function


def calm(f, tuple args, dict kwargs={}):
    """f(*args, **kwargs), in which no derivative call raises KinkMet."""
    here().calm += 1
    try:
        return f(*args, **kwargs)
    finally:
        here().calm -= 1


class ZeroTimesInfinity(Exception):
    """A run of a function met 0 times inf (internal): its tangents must be taken again with reachability."""


class KinkMet(ZeroTimesInfinity):
    """A run of the outermost call's function met a kink in second order (internal); its argument: the count before."""


def call_watched(f, tuple args, dict kwargs, long long tag):
    """`call_within`, but raises ZeroTimesInfinity where a tangent of 0 met an infinite partial in the run, KinkMet
    where the run of an outermost call met a kink in second order."""
    cdef long long before = MET[0], kinks = KINKS[0]
    result = call_within(f, args, kwargs, tag)
    if KINKS[0] != kinks and here().within == 0 and here().calm == 0:
        raise KinkMet(kinks)
    if MET[0] != before:
        raise ZeroTimesInfinity
    return result
