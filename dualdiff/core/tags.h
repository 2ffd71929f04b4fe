/* tags.h: what the number of a derivative call says of its duals.  Included by engine.h and _core.pxd. */
#ifndef DUALDIFF_TAGS_H
#define DUALDIFF_TAGS_H

#define DD_FIRST_TAG (1LL << 40)         /* tags below are the user's own */

/* the scheme of a tag's rows (second.h), which its three lowest bits hold; 0 for plain directions */
static inline int dd_kind_of(long long tag) { return tag >= DD_FIRST_TAG ? (int) (tag & 7) : 0; }

#endif
