/* within.h: how many derivative calls the running thread is inside of.  Included by _core.pyx. */
#ifndef DD_WITHIN_H
#define DD_WITHIN_H

#if defined(_MSC_VER)
static __declspec(thread) int dd_within = 0;
#else
static _Thread_local int dd_within = 0;
#endif

#endif
