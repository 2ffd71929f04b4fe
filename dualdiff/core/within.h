/* within.h: what the running thread is in (work.h), and the tags of the calls that run in any thread.
   Included by _core.pyx. */
#ifndef DD_WITHIN_H
#define DD_WITHIN_H

#include <stdlib.h>

#include "work.h"

DD_OF_THREAD dd_thread dd_here;

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
