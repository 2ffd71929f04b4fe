"""What the planner has of recordings: their nodes in order."""
cimport cython


@cython.final
cdef class Tape:
    cdef readonly list order
    cdef Py_ssize_t *start
    cdef Py_ssize_t *parent         # -1: a constant, or a node that is not in the list
    cdef Py_ssize_t *last           # the last node that has this one as a parent; -1: none
    cdef int calm_, silent_         # -1: not asked yet
    cdef int *entry                 # of a tape with runs: an ENTRY's place in its run, A_RUN, or A_NODE; else NULL


cdef enum:
    A_NODE = -1
    A_RUN = -2
