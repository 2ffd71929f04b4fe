/* pool.h: arrays for results, the large ones from blocks that were used before.
 *
 * A fresh large block costs a page fault for every 4 KiB, more than the arithmetic that fills it.
 * So freed blocks of DD_POOL_MIN bytes or more are kept, DD_POOL_BYTES in all at most, and handed
 * out again.  A block belongs to its array through a capsule; it comes back when the last view of
 * the array is gone.
 *
 * The blocks come from malloc itself: tracemalloc is told of them while an array owns them.
 *
 * Invariant: a block is either in the pool or owned by exactly one capsule.  All of it runs under
 * the interpreter lock.  Included by _core.pyx.
 */
#ifndef DUALDIFF_POOL_H
#define DUALDIFF_POOL_H

#include <stdlib.h>

#define DD_POOL_MIN (1 << 16)
#define DD_POOL_BYTES ((size_t) 48 << 20)
#define DD_POOL_N 16
#define DD_TRACE_DOMAIN 389047      /* NumPy's own, so that tracemalloc sees these arrays as NumPy's */

typedef struct { size_t size; } dd_block;       /* the header before the data */
#define DD_HEADER 64                            /* keeps the data aligned to a cache line */

static dd_block *dd_pool[DD_POOL_N];            /* oldest first */
static int dd_pool_n;
static size_t dd_pool_bytes;

static void dd_pool_remove(int i)
{
    dd_pool_bytes -= dd_pool[i]->size;
    memmove(&dd_pool[i], &dd_pool[i + 1], (size_t) (dd_pool_n - i - 1) * sizeof(dd_pool[0]));
    dd_pool_n--;
}

static void dd_pool_give(dd_block *b)
{
    if (b->size > DD_POOL_BYTES / 2) { free(b); return; }
    while (dd_pool_n && (dd_pool_n == DD_POOL_N || dd_pool_bytes + b->size > DD_POOL_BYTES)) {
        dd_block *old = dd_pool[0];
        dd_pool_remove(0);
        free(old);
    }
    dd_pool[dd_pool_n++] = b;
    dd_pool_bytes += b->size;
}

static dd_block *dd_pool_take(size_t size)
{
    int i;
    dd_block *b;
    for (i = dd_pool_n - 1; i >= 0; i--)
        if (dd_pool[i]->size >= size && dd_pool[i]->size - size <= size / 16) {
            b = dd_pool[i];
            dd_pool_remove(i);
            return b;
        }
    if (size > PY_SSIZE_T_MAX - DD_HEADER) return NULL;
    b = (dd_block *) malloc(size + DD_HEADER);
    if (b != NULL) b->size = size;
    return b;
}

static void dd_capsule_free(PyObject *capsule)
{
    dd_block *b = (dd_block *) PyCapsule_GetPointer(capsule, NULL);
    PyTraceMalloc_Untrack(DD_TRACE_DOMAIN, (uintptr_t) b);
    dd_pool_give(b);
}

/* An uninitialised C-contiguous array. */
static PyObject *dd_array(int nd, npy_intp *dims, int type)
{
    size_t size = type == NPY_DOUBLE ? 8 : 4;
    int i;
    dd_block *b;
    PyObject *capsule, *array;
    for (i = 0; i < nd; i++) {
        if (dims[i] == 0) { size = 0; break; }
        if ((size_t) dims[i] > PY_SSIZE_T_MAX / size) return PyErr_NoMemory();
        size *= (size_t) dims[i];
    }
    if (size < DD_POOL_MIN) return PyArray_EMPTY(nd, dims, type, 0);
    b = dd_pool_take(size);
    if (b == NULL) return PyErr_NoMemory();
    capsule = PyCapsule_New(b, NULL, dd_capsule_free);
    if (capsule == NULL) { dd_pool_give(b); return NULL; }
    PyTraceMalloc_Track(DD_TRACE_DOMAIN, (uintptr_t) b, b->size);
    array = PyArray_New(&PyArray_Type, nd, dims, type, NULL, (char *) b + DD_HEADER, 0,
                        NPY_ARRAY_CARRAY, NULL);
    if (array == NULL || PyArray_SetBaseObject((PyArrayObject *) array, capsule) < 0) {
        if (array == NULL) Py_DECREF(capsule);      /* SetBaseObject takes it even when it fails */
        Py_XDECREF(array);
        return NULL;
    }
    return array;
}

#endif
