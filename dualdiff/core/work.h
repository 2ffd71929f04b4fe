/* work.h: what derivative calls of the running thread have done, and what it is in.  Of counts only differences mean
   anything: a run with one direction tells from them what others would cost (transforms/costs.py).  Included by engine.h,
   within.h and _core.pxd. */
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

typedef struct {
    int within;             /* derivative calls that it is inside of */
    int lifted;             /* guarded lifted functions that run */
    int through;            /* rounding keeps derivatives */
    int redraws;            /* runs of a function draw the same random numbers (transforms/randomness.py) */
    int calm;               /* kinks raise nothing */
    unsigned int rounded;   /* how often the user's code made a rounded number of a dual */
    unsigned int stopped;   /* how often it left a derivative out, or gave one of its own */
    unsigned int texts;     /* how often the text of a dual was made */
    unsigned int alike;     /* how often a dual was found to be the number that it was compared with */
    unsigned int keyed;     /* how often an array of rounded numbers was made of one of duals */
    unsigned int compared;  /* how often a number of a dual was compared with a plain one */
    unsigned int asked;     /* how often code that is not lifted asked for the class of a dual */
    unsigned int objects;   /* how often it was handed an array of objects, a text, or no hash, for a dual */
    unsigned int stepped;   /* how often steps of a dual, or its place among numbers, were asked for */
    unsigned int lost;      /* LostDerivativeErrors that it has made, less those that a library function of ours meant to
                               catch */
} dd_thread;

extern DD_SHARED DD_THREAD dd_work dd_done;      /* in engine.c */

#endif
