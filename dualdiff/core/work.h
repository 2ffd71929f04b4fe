/* work.h: counts of what derivative calls of the running thread have done.  Only differences mean anything: a run with one
   direction tells from them what others would cost (transforms/costs.py).  Included by engine.h and within.h. */
#ifndef DD_WORK_H
#define DD_WORK_H

#include "status.h"

#if defined(_MSC_VER)
#define DD_THREAD __declspec(thread)
#else
#define DD_THREAD _Thread_local
#endif
#define DD_OF_THREAD static DD_THREAD

typedef struct {
    long long scalars;      /* Duals made */
    long long arrays;       /* DualArrays made, views too */
    long long values;       /* elements of functions that are more than arithmetic */
    long long elements;     /* elements computed: for each direction, as all below */
    long long loops;        /* runs of neighbours in memory that they were computed in */
    long long shorts;       /* functions done in a short way that a recording does not have: selections, picks by index */
    long long picked;       /* elements picked, or written, by indices that are arrays */
    long long products;     /* multiplications in products of matrices */
    long long crossed;      /* products of two arrays that both have tangents */
    long long calls;        /* calls that Python code answered, and maps that it applied */
} dd_work;

extern DD_SHARED DD_THREAD dd_work dd_done;      /* in engine.c */

#endif
