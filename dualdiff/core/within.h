/* within.h: how many derivative calls the running thread is inside of, and the tags of those that run in any thread.
   Included by _core.pyx. */
#ifndef DD_WITHIN_H
#define DD_WITHIN_H

#include <stdlib.h>

#include "work.h"

DD_OF_THREAD int dd_within = 0;
DD_OF_THREAD int dd_lifted = 0;     /* guarded lifted functions that run */
DD_OF_THREAD int dd_through = 0;    /* rounding keeps derivatives */
DD_OF_THREAD unsigned int dd_rounded = 0; /* how often the user's code made a rounded number of a dual */
DD_OF_THREAD unsigned int dd_stopped = 0; /* how often it left a derivative out, or gave one of its own */
DD_OF_THREAD unsigned int dd_texts = 0; /* how often the text of a dual was made */
DD_OF_THREAD unsigned int dd_alike = 0;  /* how often a dual was found to be the number that it was compared with */
DD_OF_THREAD unsigned int dd_keyed = 0; /* how often an array of rounded numbers was made of one of duals */
DD_OF_THREAD unsigned int dd_compared = 0;  /* how often a number of a dual was compared with a plain one */
DD_OF_THREAD unsigned int dd_asked = 0;  /* how often code that is not lifted asked for the class of a dual */
DD_OF_THREAD unsigned int dd_objects = 0;    /* how often it was handed an array of objects, a text, or no hash, for a dual */
DD_OF_THREAD unsigned int dd_stepped = 0;    /* how often steps of a dual, or its place among numbers, were asked for */
DD_OF_THREAD int dd_redraws = 0;    /* runs of a function draw the same random numbers (transforms/randomness.py) */
DD_OF_THREAD int dd_calm = 0;       /* kinks raise nothing */

/* LostDerivativeErrors that the thread has made, less those that a library function of ours meant to catch */
DD_OF_THREAD unsigned int dd_lost = 0;

/* The tags of running calls, the latest last.  All threads share them, as a function may hand its duals to a pool of
   threads; the interpreter's lock is held wherever they are touched. */
static long long *dd_live_tags = NULL;
static size_t dd_live_count = 0, dd_live_room = 0;

static int dd_enter(long long tag)
{
    if (dd_live_count == dd_live_room) {
        size_t room = dd_live_room ? 2 * dd_live_room : 32;
        long long *tags = (long long *) realloc(dd_live_tags, room * sizeof(long long));
        if (tags == NULL)
            return -1;
        dd_live_tags = tags;
        dd_live_room = room;
    }
    dd_live_tags[dd_live_count++] = tag;
    return 0;
}

static void dd_leave(long long tag)
{
    size_t i = dd_live_count;
    while (i > 0 && dd_live_tags[i - 1] != tag)
        i--;
    if (i == 0)
        return;
    dd_live_count--;
    for (; i <= dd_live_count; i++)
        dd_live_tags[i - 1] = dd_live_tags[i];
}

static int dd_is_live(long long tag)
{
    size_t i;
    for (i = dd_live_count; i > 0; i--)
        if (dd_live_tags[i - 1] == tag)
            return 1;
    return 0;
}

#endif
