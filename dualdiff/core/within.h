/* within.h: how many derivative calls the running thread is inside of.  Included by _core.pyx. */
#ifndef DD_WITHIN_H
#define DD_WITHIN_H

#if defined(_MSC_VER)
static __declspec(thread) int dd_within = 0;
static __declspec(thread) int dd_calm = 0;       /* kinks raise nothing */
#else
static _Thread_local int dd_within = 0;
static _Thread_local int dd_calm = 0;       /* kinks raise nothing */
#endif

#endif
