# within.pxi: whether a derivative is being taken, and the array-making functions that ask.
# Included by _core.pyx.
#
# The count is the thread's own, and a call counts itself in and out around the one run of the user's
# function.  A run ends before its call does, also by an exception, so the count cannot be left wrong.
# Nothing of a derivative depends on it: only whether dualdiff.numpy makes an array that could take one.

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(object, object) except? NULL
    PyObject *PyEval_GetGlobals()
    PyObject *PyFunction_GetCode(object)
    PyObject *PyFunction_GetClosure(object)
    PyObject *PyFunction_GetDefaults(object)
    PyObject *PyFunction_GetKwDefaults(object)
    PyObject *PyCell_GET(object)


cdef extern from "vectorcall.h":
    ctypedef PyObject *(*vectorcallfunc)(PyObject *, PyObject *const *, size_t, PyObject *)
    void dd_add_vectorcall(PyTypeObject *, Py_ssize_t)

cdef extern from "Python.h":
    PyTypeObject *Py_TYPE(PyObject *)
    Py_ssize_t PyVectorcall_NARGS(size_t) nogil
    object PyVectorcall_Call(object, tuple, dict)
    PyObject *PyObject_Vectorcall(PyObject *, PyObject **, size_t, PyObject *)
    object called "PyObject_Vectorcall" (PyObject *, PyObject **, size_t, PyObject *)
    int PyErr_ExceptionMatches(object)
    void PyErr_Fetch(PyObject **, PyObject **, PyObject **)
    void PyErr_Restore(PyObject *, PyObject *, PyObject *)


cdef inline PyObject *op_of(object x) noexcept:
    return <PyObject *> x


cdef inline PyObject *new_reference(object x) noexcept:
    Py_INCREF(x)
    return <PyObject *> x


cdef tuple tuple_of(PyObject **args, Py_ssize_t n):
    return tuple([<object> args[i] for i in range(n)])


cdef dict dict_of(PyObject **args, PyObject *names):
    """Keyword arguments as they lie behind the others."""
    cdef Py_ssize_t i
    if names is NULL:
        return {}
    return {(<tuple> names)[i]: <object> args[i] for i in range(len(<tuple> names))}


cdef object FLOAT64 = np.float64
cdef object FUNCTION = types_.FunctionType


def call_within(f, tuple args, dict kwargs, long long tag):
    """f(*args, **kwargs), known to the thread as the function of the derivative call of that tag.

    The tag is alive while f runs, and dead from then on.  A LostDerivativeError that f has caught itself is raised
    at the end all the same, as the derivative went on without what was lost.  Where f raises, a lifted copy of it may
    take its place (lifting/auto.py), now and in later calls.
    """
    global dd_lost
    cdef unsigned int lost = dd_lost, objects = dd_objects
    cdef unsigned int asked = dd_asked, made = dd_texts, rounded = dd_rounded, alike = dd_alike, stopped = dd_stopped
    cdef unsigned int compared = dd_compared, keyed = dd_keyed, stepped = dd_stepped
    cdef long long scalars = dd_done.scalars, arrays = dd_done.arrays, calls = dd_done.calls, values = dd_done.values
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
        dd_lost = lost
        return found[0]
    if not auto_lifting or listener is not None:
        return result
    reason = 0
    if type(result) is not Dual and type(result) is not DualArray and (
            type(result) is float or type(result) is int or type(result) is FLOAT64
            or cnp.PyArray_CheckExact(result) and cnp.PyArray_TYPE(<cnp.ndarray> result) != cnp.NPY_OBJECT):
        reason = BECAUSE_CONSTANT       # no derivative at all: or a branch that f takes on plain numbers only was not taken
    if dd_asked != asked:       # isinstance(x, float), case float(): no on a dual, so f may have gone another way
        reason |= BECAUSE_ASKED
    if dd_objects != objects:   # np.asarray(x).dtype, str(x)[0], hash(x): another answer
        reason |= BECAUSE_OBJECTS
    if dd_stopped == stopped:
        if dd_texts != made:    # a text may have been a key, under which a number without derivative was found
            reason |= BECAUSE_TEXT
        if dd_rounded != rounded:       # so may a rounded number
            reason |= BECAUSE_ROUNDED
        if dd_keyed != keyed:
            reason |= BECAUSE_KEYED
        if dd_alike != alike:   # and an earlier result, under the number of the call before
            reason |= BECAUSE_ALIKE
    if dd_compared != compared:
        reason |= BECAUSE_COMPARED
    if dd_stepped != stepped:
        reason |= BECAUSE_STEPPED
    if reason & (BECAUSE_ROUNDED | BECAUSE_KEYED) and not dd_within:
        # what was found under a key is no longer computed: so less was done than in the call that was looked at
        done = (dd_done.scalars - scalars, dd_done.arrays - arrays, dd_done.calls - calls, dd_done.values - values)
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
    met, kinks = dd_met, dd_kinks
    result = hook_function("doubt", (f, args, kwargs, tag, result, reason), {})
    (&dd_met)[0], (&dd_kinks)[0] = met, kinks       # a run on plain numbers may take derivatives of its own
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
                    if type(x) is FUNCTION or type(x) is types_.MethodType:
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
        elif type(f) is PARTIAL:
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
    global dd_lost
    cdef list plain
    cdef unsigned int lost = dd_lost
    cdef bint telling = False
    cdef int same
    cdef dd_work done = dd_done
    cdef long long met = dd_met, kinks = dd_kinks
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
    (&dd_met)[0], (&dd_kinks)[0] = met, kinks
    (&dd_done)[0] = done
    if dd_lost != lost:
        dd_lost = lost
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
    global dd_rounded
    if dd_within and of_user():
        dd_rounded += 1
    return 0


cdef int note_compared(double x, double y, bint with_plain) except -1:
    """Notes that a number of a dual is compared, and where it is the plain one that it is compared with, or 0 where that is small.

    So it is where a result is found again: ``x == last``, ``abs(x - last) < 1e-12``.
    """
    global dd_alike, dd_compared
    dd_compared += 1
    if with_plain and (x == y or x == 0.0 and fabs(y) <= SMALL) and of_user():
        dd_alike += 1
    return 0


cdef int note_arrays_compared(object values, object found, int op) except -1:
    """The same of arrays: all elements are those that they are compared with, or all are 0."""
    global dd_alike, dd_compared
    cdef cnp.ndarray truths
    cdef bint first
    dd_compared += 1
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
        dd_alike += 1
    return 0


cdef double SMALL = 1e-3        # of the tolerances that numbers are compared with


def note_alike():
    """Notes that a dual was found to be the number that it was compared with, by a function of NumPy's or of math."""
    global dd_alike
    if dd_within:
        dd_alike += 1


def note_digits():
    """Notes that a number of a dual was rounded to digits, by a function of ours in the place of Python's or NumPy's."""
    global dd_rounded
    if dd_within:
        dd_rounded += 1


def note_key():
    """Notes that an array of duals was rounded, to numbers that may be a key."""
    global dd_keyed
    if dd_within:
        dd_keyed += 1


cdef inline void note_step() noexcept:
    global dd_stepped
    if dd_within:
        dd_stepped += 1


def note_place():
    """Notes that the place of a dual among numbers was asked for (argmin, searchsorted), or that of a step (floor)."""
    note_step()


def notes_taken():
    """(texts, rounded numbers, rounded arrays, coincidences, comparisons of duals so far in this thread)."""
    return dd_texts, dd_rounded, dd_keyed, dd_alike, dd_compared


def note_stopped():
    """Notes that a derivative is left out on purpose, or another one given: it need not be what differences say."""
    global dd_stopped
    dd_stopped += 1


def stopped_count():
    """How often that was so far."""
    return dd_stopped


cdef int note_asked() except -1:
    """Notes that the user's code has asked for the class of a dual."""
    global dd_asked
    if dd_within and not dd_lifted and of_user() and names_classes():
        dd_asked += 1
    return 0


cdef int note_shown() except -1:
    """Notes the text of a dual where it is no text of a number: one may be read out of it."""
    global dd_texts
    cdef unsigned int before = dd_objects
    note_objects()
    if dd_objects != before:
        dd_texts += 1
    return 0


def note_text_of():
    """The same, for NumPy's functions that print."""
    global dd_texts
    if dd_within and not dd_lifted:
        dd_texts += 1


cdef int note_objects() except -1:
    """Notes that an array of objects, a text or a pickle, that says other things than that of the numbers was made of a dual.

    Or that a dual has no hash.  The user's code may ask what it says, also through NumPy's.
    """
    global dd_objects
    cdef PyObject *space
    cdef PyObject *name
    if dd_within and not dd_lifted:
        space = PyEval_GetGlobals()
        if space is not NULL:
            name = PyDict_GetItemWithError(<object> space, "__name__")
            if name is NULL or not (<object> name).startswith("dualdiff"):
                dd_objects += 1
    return 0


cdef bint names_classes() except -1:
    """Whether the Python code that runs asks for classes: not NumPy, which looks for the class of each argument."""
    code = _sys._getframe().f_code
    return not ASKING.isdisjoint(code.co_names) or MATCH_CLASS in code.co_code[::2]


cdef int note_value() except -1:
    """Notes that the user's code takes the number of a dual: to leave its derivative out, or, in code that asks any object
    whether it has a `value`, to unwrap what is no quantity of its own; then the derivative is looked at."""
    global dd_stopped, dd_texts
    if dd_within and of_user():
        names = _sys._getframe().f_code.co_names
        if UNWRAPPING.isdisjoint(names) or not KNOWING.isdisjoint(names):
            dd_stopped += 1
        else:
            dd_texts += 1
    return 0


cdef object UNWRAPPING = frozenset((
    "hasattr", "getattr", "AttributeError", "attrgetter", "dir", "vars", "__dict__", "isinstance", "type"))
cdef object KNOWING = frozenset(("Dual", "DualArray", "dualdiff"))     # code that knows what it unwraps
cdef object ASKING = frozenset(("isinstance", "issubclass", "__class__", "_abc_instancecheck", "getattr", "map", "filter"))
cdef object MATCH_CLASS = _opcode.opmap["MATCH_CLASS"]


cpdef object run_within(f, tuple args, dict kwargs, long long tag):
    """`call_within` of f as it is."""
    global dd_within, dd_lost
    cdef unsigned int lost = dd_lost
    if listener is not None:
        listener(f, args, kwargs)
    if dd_redraws and not dd_within:
        hook_function("redraw", (), {})
    if dd_enter(tag) < 0:
        raise MemoryError
    dd_within += 1
    try:
        result = f(*args, **kwargs)
    except BaseException as error:
        if isinstance(error, Exception):
            hook_function("explain", (error,), {})
        if dd_lost != lost:
            if type(error) is NotSecondOrder:   # f runs again
                dd_lost = lost
            else:
                errors.tell_swallowed(error)
        raise
    finally:
        dd_within -= 1
        dd_leave(tag)
        if texts and not dd_within:
            texts.clear()
    if dd_lost != lost:
        dd_lost = lost
        raise errors.swallowed()
    return result


def set_redraws(bint on):
    """Whether each run of a function by this thread begins where the first drew its random numbers; what was set before."""
    global dd_redraws
    cdef bint before = dd_redraws
    dd_redraws = on
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


def is_pristine(x):
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
    global dd_lost
    dd_lost += 1


def lost_mark():
    """How many LostDerivativeErrors this thread has made: for `forget_lost`."""
    return dd_lost


def forget_lost(unsigned int mark):
    """Forgets those made since `lost_mark`: whoever tries one way and then another calls it in between."""
    global dd_lost
    dd_lost = mark


errors.note_lost = note_lost


cdef object listener = None
cdef dict named_kinks = {}          # functions that are no rules: name -> the count when their kink was last met


def listen(function):
    """function(f, args, kwargs) is called before each run of a derivative call's function; None: nothing is."""
    global listener
    listener = function


def calm(f, tuple args, dict kwargs={}):
    """f(*args, **kwargs), in which no derivative call raises KinkMet."""
    global dd_calm
    dd_calm += 1
    try:
        return f(*args, **kwargs)
    finally:
        dd_calm -= 1


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


class ZeroTimesInfinity(Exception):
    """A run of a function met 0 times inf (internal): its tangents must be taken again with reachability."""


class KinkMet(ZeroTimesInfinity):
    """A run of the outermost call's function met a kink in second order (internal); its argument: the count before."""


def call_watched(f, tuple args, dict kwargs, long long tag):
    """`call_within`, but raises ZeroTimesInfinity where a tangent of 0 met an infinite partial in the run, KinkMet
    where the run of an outermost call met a kink in second order."""
    cdef long long before = dd_met, kinks = dd_kinks
    result = call_within(f, args, kwargs, tag)
    if dd_kinks != kinks and dd_within == 0 and dd_calm == 0:
        raise KinkMet(kinks)
    if dd_met != before:
        raise ZeroTimesInfinity
    return result


def zeros_met():
    """How often 0 times inf was met so far; only a change of it means anything."""
    return dd_met


def meet_zero():
    """Counts that 0 times inf was met."""
    dd_meet(1)


def is_within():
    """Whether this thread is inside a derivative call."""
    return dd_within > 0


cdef bint is_constant_array(DualArray x) except -1:
    """Whether an array has met no dual."""
    sync(x)
    return x.tangent_ is None and cnp.PyArray_CheckExact(x.value_)


cdef int holds_dual(object x) except -1:
    """2 if x is a dual with tangents, or holds one anywhere (a list, tuple or object array).  Else the sum of 1 if there
    are arrays that have met no dual, and 4 if there are arrays with tangents that have no elements."""
    cdef int found = 0, here
    if type(x) is Dual:
        return 2
    if type(x) is DualArray:
        if is_constant_array(<DualArray> x):
            return 1
        return 4 if cnp.PyArray_CheckExact((<DualArray> x).value_) and (<DualArray> x).value_.size == 0 else 2
    if type(x) is list:
        for e in <list> x:
            if not PyFloat_CheckExact(e):
                here = holds_dual(e)
                if here == 2:
                    return 2
                found |= here
        return found
    if isinstance(x, tuple):
        for e in <tuple> x:
            here = holds_dual(e)
            if here == 2:
                return 2
            found |= here
        return found
    if cnp.PyArray_Check(x) and cnp.PyArray_TYPE(<cnp.ndarray> x) == cnp.NPY_OBJECT:
        for e in (<cnp.ndarray> x).flat:
            if type(e) is Dual or type(e) is DualArray:
                return 2
    return found


cdef int any_of(PyObject **args, Py_ssize_t n) except -1:
    """`holds_dual` of n arguments together."""
    cdef int found = 0, here
    cdef Py_ssize_t i
    for i in range(n):
        if Py_TYPE(args[i]) is <PyTypeObject *> float or Py_TYPE(args[i]) is <PyTypeObject *> int:
            continue
        here = holds_dual(<object> args[i])
        if here == 2:
            return 2
        found |= here
    return found


def find_duals(x):
    """2 if nested lists and tuples hold a dual with tangents; 1 if only arrays that have met none, 4 and 5 if arrays with
    tangents but without elements besides; else 0."""
    return holds_dual(x)


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


cdef object as_buffer(object array, PyObject **args, Py_ssize_t n, bint new):
    """A new float array as one that can take derivatives; memory that somebody else has stays as it is."""
    cdef cnp.ndarray v
    cdef int type_
    cdef Py_ssize_t i
    if not cnp.PyArray_CheckExact(array):
        return array
    v = <cnp.ndarray> array
    type_ = cnp.PyArray_TYPE(v)
    if type_ == cnp.NPY_OBJECT and holds_dual(v):       # of something with __array__, as np.poly1d
        return hook_function("asdual", (v,), {})
    if type_ != cnp.NPY_DOUBLE and type_ != cnp.NPY_FLOAT and type_ != cnp.NPY_CDOUBLE and type_ != cnp.NPY_CFLOAT:
        return array
    if not cnp.PyArray_ISBEHAVED(v):
        return array
    if not new:
        if cnp.PyArray_BASE(v) != NULL:
            return array
        for i in range(n):
            if args[i] is <PyObject *> array:
                return array
    return make_array(array, None, -1)


@cython.final
cdef class Drop:
    """A function of NumPy in the drop-in namespace.

    plain : NumPy's own function, called where no argument holds a dual.
    dual : what is called where one does.
    makes : whether an array that plain returns must be able to take derivatives inside a derivative call:
        0 no; 1 if its memory is new; 2 its memory is always new.
    """

    cdef vectorcallfunc vectorcall
    cdef object plain
    cdef object dual
    cdef int makes
    cdef str home
    cdef dict __dict__

    def __init__(self, plain, dual, int makes, str module, str name):
        self.vectorcall = <vectorcallfunc> drop_call
        self.plain = plain
        self.dual = dual
        self.makes = makes
        self.__wrapped__ = plain
        self.home = module
        self.__name__ = self.__qualname__ = name
        self.__doc__ = plain.__doc__

    def __call__(self, *args, **kwargs):
        return PyVectorcall_Call(self, args, kwargs)

    def __getattr__(self, str name):
        return getattr(self.plain, name)        # __module__, and what else tools ask a function for

    def __repr__(self):
        return f"<dualdiff.numpy's {self.__name__}>"

    def __reduce__(self):
        return drop_of, (self.home, self.__name__)


cdef tuple MAY_BE_OF_DUALS = (TypeError, ValueError, AttributeError)


cdef PyObject *drop_call(PyObject *op, PyObject **args, size_t nargsf, PyObject *names) except NULL:
    cdef Drop self = <Drop> op
    cdef Py_ssize_t i, n = PyVectorcall_NARGS(nargsf), all_ = n + (0 if names is NULL else len(<tuple> names))
    cdef PyObject *result
    cdef PyObject *error[3]
    cdef int found
    if dd_within:
        found = any_of(args, all_)
        if found == 1:
            return new_reference(hook_function(
                "constants", (self.plain, tuple_of(args, n), dict_of(args + n, names), self.dual), {}))
        if found:
            return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
        if not self.makes:
            return PyObject_Vectorcall(op_of(self.plain), args, nargsf, names)
        array = called(op_of(self.plain), args, nargsf, names)
        if names is not NULL and "out" in <tuple> names:
            if args[n + (<tuple> names).index("out")] is <PyObject *> array:
                return new_reference(array)
        return new_reference(as_buffer(array, args, n, self.makes == 2))
    for i in range(n):
        if Py_TYPE(args[i]) is <PyTypeObject *> Dual or Py_TYPE(args[i]) is <PyTypeObject *> DualArray:
            return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
    result = PyObject_Vectorcall(op_of(self.plain), args, nargsf, names)
    if result is NULL:
        if not PyErr_ExceptionMatches(MAY_BE_OF_DUALS):
            return NULL
        PyErr_Fetch(&error[0], &error[1], &error[2])
        if any_of(args, all_) != 2:
            PyErr_Restore(error[0], error[1], error[2])
            return NULL
        for i in range(3):      # duals in a list, which somebody made outside of any call
            Py_XDECREF(error[i])
        return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
    if (self.makes and cnp.PyArray_CheckExact(<object> result)
            and cnp.PyArray_TYPE(<cnp.ndarray> result) == cnp.NPY_OBJECT and any_of(args, all_)):
        Py_XDECREF(result)
        return new_reference(self.dual(*tuple_of(args, n), **dict_of(args + n, names)))
    return result


def drop_of(module, name):
    """Finds a pickled function of a drop-in namespace again."""
    import importlib

    return getattr(importlib.import_module(module), name)
