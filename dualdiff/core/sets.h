/* sets.h: index sets with numbers, for sparsity patterns.
 *
 * A pattern is an array of set numbers: element i depends on the inputs in set number i.  So what moves
 * elements moves numbers, and only a sum has to unite sets.  Equal sets have equal numbers (each set is
 * looked up by its content before it gets a number), so a result that depends on everything costs one
 * set, however many elements it has.
 *
 *     number 0        the empty set
 *     numbers 1..n    {0}, ..., {n-1}
 *
 * A set is a sorted run of `items`.  The union of two sets merges their runs; the union of many marks
 * bits, and a second level of bits says which words were touched.
 *
 * Invariant: a function that returns -1 ran out of memory and has changed nothing that can be seen.
 * Callers check that numbers are in range.  No Python in here.  Included by _sparse.pyx.
 */
#ifndef DUALDIFF_SETS_H
#define DUALDIFF_SETS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef int64_t dd_int;

#define DD_CACHE_SIZE 16384     /* unions of two that are remembered; a power of 2 */

typedef struct { dd_int a, b, found; } dd_union;

typedef struct {
    dd_int universe;            /* n */
    dd_int count, room;         /* sets */
    dd_int used, space;         /* items */
    dd_int *start;              /* set s is items[start[s]] up to items[start[s + 1]] */
    uint64_t *sum;              /* of the mixed items: finds a set by its content */
    int32_t *items;
    dd_int *table, mask;        /* set numbers by content, 0 where free; its size less 1 */
    dd_union *cache;
    uint64_t *bits, *marks;     /* scratch: a bit for each item, and one for each word of those */
    dd_int words;
    dd_int *seen, stamp;        /* scratch: sets already taken into the current union */
} dd_sets;

static inline uint64_t dd_mix(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static inline int dd_lowest_bit(uint64_t x)
{
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_ctzll(x);
#else
    int i = 0;
    while (!(x & 1)) { x >>= 1; i++; }
    return i;
#endif
}

static inline dd_int dd_set_size(const dd_sets *s, dd_int a) { return s->start[a + 1] - s->start[a]; }

static void dd_sets_free(dd_sets *s)
{
    free(s->start); free(s->sum); free(s->items); free(s->table); free(s->cache);
    free(s->bits); free(s->marks); free(s->seen);
    memset(s, 0, sizeof *s);
}

/* Memory for `more` further items after those in use. */
static int dd_sets_reserve(dd_sets *s, dd_int more)
{
    dd_int space = s->space;
    int32_t *items;
    if (s->used + more <= space) return 0;
    while (space < s->used + more) space += space / 2 + 1024;
    items = realloc(s->items, (size_t) space * sizeof *items);
    if (items == NULL) return -1;
    s->items = items;
    s->space = space;
    return 0;
}

/* Memory for one further set. */
static int dd_sets_reserve_set(dd_sets *s)
{
    dd_int room = s->room + s->room / 2 + 1024;
    void *p;
    if (s->count < s->room) return 0;
    if ((p = realloc(s->start, (size_t) (room + 1) * sizeof *s->start)) == NULL) return -1;
    s->start = p;
    if ((p = realloc(s->sum, (size_t) room * sizeof *s->sum)) == NULL) return -1;
    s->sum = p;
    if ((p = realloc(s->seen, (size_t) room * sizeof *s->seen)) == NULL) return -1;
    s->seen = p;
    memset(s->seen + s->room, 0, (size_t) (room - s->room) * sizeof *s->seen);
    s->room = room;
    return 0;
}

static void dd_sets_enter(dd_sets *s, dd_int a)
{
    dd_int h = (dd_int) (s->sum[a] & (uint64_t) s->mask);
    while (s->table[h]) h = (h + 1) & s->mask;
    s->table[h] = a;
}

/* The table with twice as many places, where it is half full. */
static int dd_sets_widen(dd_sets *s)
{
    dd_int a, size = s->mask + 1, *table;
    if (2 * s->count < size) return 0;
    while (2 * s->count >= size) size *= 2;
    table = calloc((size_t) size, sizeof *table);
    if (table == NULL) return -1;
    free(s->table);
    s->table = table;
    s->mask = size - 1;
    for (a = 1; a < s->count; a++) dd_sets_enter(s, a);
    return 0;
}

/* The number of the `length` items that stand after those in use. */
static dd_int dd_sets_number(dd_sets *s, dd_int length, uint64_t sum)
{
    dd_int h, a;
    if (length == 0) return 0;
    if (length == 1) return s->items[s->used] + (dd_int) 1;
    if (dd_sets_widen(s) || dd_sets_reserve_set(s)) return -1;
    for (h = (dd_int) (sum & (uint64_t) s->mask); (a = s->table[h]) != 0; h = (h + 1) & s->mask)
        if (s->sum[a] == sum && dd_set_size(s, a) == length
                && !memcmp(s->items + s->start[a], s->items + s->used, (size_t) length * sizeof *s->items))
            return a;
    a = s->count++;
    s->table[h] = a;
    s->sum[a] = sum;
    s->used += length;
    s->start[a + 1] = s->used;
    return a;
}

static int dd_sets_init(dd_sets *s, dd_int n)
{
    dd_int i, size = 1024;
    memset(s, 0, sizeof *s);
    s->universe = n;
    s->room = n + 1024;
    s->space = n + 1024;
    while (size < 4 * (n + 1)) size *= 2;
    s->mask = size - 1;
    s->words = n / 64 + 1;
    s->start = malloc((size_t) (s->room + 1) * sizeof *s->start);
    s->sum = malloc((size_t) s->room * sizeof *s->sum);
    s->items = malloc((size_t) s->space * sizeof *s->items);
    s->table = calloc((size_t) size, sizeof *s->table);
    s->cache = calloc(DD_CACHE_SIZE, sizeof *s->cache);
    s->bits = calloc((size_t) s->words, sizeof *s->bits);
    s->marks = calloc((size_t) (s->words / 64 + 1), sizeof *s->marks);
    s->seen = calloc((size_t) s->room, sizeof *s->seen);
    if (!s->start || !s->sum || !s->items || !s->table || !s->cache || !s->bits || !s->marks || !s->seen) {
        dd_sets_free(s);
        return -1;
    }
    s->start[0] = s->start[1] = 0;
    s->sum[0] = 0;
    for (i = 0; i < n; i++) {
        s->items[i] = (int32_t) i;
        s->start[i + 2] = i + 1;
        s->sum[i + 1] = dd_mix((uint64_t) i);
        dd_sets_enter(s, i + 1);
    }
    s->count = n + 1;
    s->used = n;
    return 0;
}

/* a united with b. */
static dd_int dd_sets_join(dd_sets *s, dd_int a, dd_int b)
{
    dd_int c, la, lb, length;
    int32_t *p, *pend, *q, *qend, *o;
    uint64_t sum;
    dd_union *known;
    if (a == b || b == 0) return a;
    if (a == 0) return b;
    if (a > b) { c = a; a = b; b = c; }
    known = s->cache + (dd_mix((uint64_t) a * 0x9E3779B1u ^ (uint64_t) b) & (DD_CACHE_SIZE - 1));
    if (known->a == a && known->b == b) return known->found;
    la = dd_set_size(s, a);
    lb = dd_set_size(s, b);
    if (dd_sets_reserve(s, la + lb)) return -1;
    p = s->items + s->start[a];
    pend = p + la;
    q = s->items + s->start[b];
    qend = q + lb;
    o = s->items + s->used;
    sum = s->sum[a];
    while (p < pend && q < qend) {
        int32_t x = *p, y = *q;
        if (y < x) sum += dd_mix((uint64_t) y);
        *o++ = x < y ? x : y;
        p += x <= y;
        q += y <= x;
    }
    if (p < pend) {
        memcpy(o, p, (size_t) (pend - p) * sizeof *o);
        o += pend - p;
    }
    for (; q < qend; q++) {
        sum += dd_mix((uint64_t) *q);
        *o++ = *q;
    }
    length = o - (s->items + s->used);
    c = length == la ? a : length == lb ? b : dd_sets_number(s, length, sum);
    if (c >= 0) { known->a = a; known->b = b; known->found = c; }
    return c;
}

/* The union of `count` sets. */
static dd_int dd_sets_unite(dd_sets *s, const dd_int *sets, dd_int count)
{
    dd_int i, first = 0, second = 0, others = 0, previous = 0, low = s->words, high = -1, m;
    uint64_t sum = 0;
    int32_t *o;
    for (i = 0; i < count; i++) {
        dd_int a = sets[i];
        if (a == 0 || a == first || a == second) continue;
        if (!first) first = a;
        else if (!second) second = a;
        else { others = 1; break; }
    }
    if (!others) return dd_sets_join(s, first, second);
    s->stamp++;
    for (i = 0; i < count; i++) {
        dd_int j, a = sets[i], stop;
        if (a == 0 || a == previous || s->seen[a] == s->stamp) continue;
        s->seen[a] = s->stamp;
        previous = a;
        stop = s->start[a + 1];
        for (j = s->start[a]; j < stop; j++) {
            int32_t x = s->items[j];
            dd_int w = x >> 6;
            s->bits[w] |= (uint64_t) 1 << (x & 63);
            s->marks[w >> 6] |= (uint64_t) 1 << (w & 63);
        }
        if (s->start[a] < stop) {
            dd_int one = s->items[s->start[a]] >> 12, last = s->items[stop - 1] >> 12;
            if (one < low) low = one;
            if (last > high) high = last;
        }
    }
    /* how many, then the items themselves; the scratch is left clean either way */
    for (m = low, count = 0; m <= high; m++) {
        uint64_t mark = s->marks[m];
        for (; mark; mark &= mark - 1) {
            uint64_t word = s->bits[m * 64 + dd_lowest_bit(mark)];
            for (; word; word &= word - 1) count++;
        }
    }
    i = dd_sets_reserve(s, count);
    o = s->items + s->used;
    for (m = low; m <= high; m++) {
        uint64_t mark = s->marks[m];
        s->marks[m] = 0;
        for (; mark; mark &= mark - 1) {
            dd_int w = m * 64 + dd_lowest_bit(mark);
            uint64_t word = s->bits[w];
            s->bits[w] = 0;
            if (i == 0)
                for (; word; word &= word - 1) {
                    int32_t x = (int32_t) (w * 64 + dd_lowest_bit(word));
                    sum += dd_mix((uint64_t) x);
                    *o++ = x;
                }
        }
    }
    return i ? -1 : dd_sets_number(s, count, sum);
}

/* Forgets the sets that are not wanted.  wanted[a] != 0 says which are; it becomes their new number.
 * The empty set and the sets of one item stay as they are. */
static void dd_sets_keep(dd_sets *s, dd_int *wanted)
{
    dd_int a, count = s->universe + 1, used = s->universe;
    for (a = 0; a < count; a++) wanted[a] = a;
    for (a = count; a < s->count; a++) {
        dd_int from = s->start[a], length = s->start[a + 1] - from;
        if (!wanted[a]) continue;
        memmove(s->items + used, s->items + from, (size_t) length * sizeof *s->items);
        s->sum[count] = s->sum[a];
        used += length;
        wanted[a] = count++;
        /* start[count] may be start[a + 1], which is read next as the start of a + 1 */
        s->seen[wanted[a]] = used;
    }
    for (a = s->universe + 1; a < count; a++) s->start[a + 1] = s->seen[a];
    s->count = count;
    s->used = used;
    memset(s->seen, 0, (size_t) s->room * sizeof *s->seen);
    s->stamp = 0;
    memset(s->cache, 0, DD_CACHE_SIZE * sizeof *s->cache);
    memset(s->table, 0, (size_t) (s->mask + 1) * sizeof *s->table);
    for (a = 1; a < count; a++) dd_sets_enter(s, a);
}

#endif
