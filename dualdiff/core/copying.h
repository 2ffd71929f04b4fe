/* copying.h: memcpy, but for where it crawls.
 *
 * The libc copies long runs by `rep movsb`.  On AMD's Zen 3 and 4 that takes a byte after the other where the target lies 1
 * to 15 bytes behind the source modulo a page: 14 times the time of other places (glibc's bug 30994).  Large arrays begin at
 * one place of their pages, so `y[1:] = x` of float64 always meets it.
 */
#ifndef DUALDIFF_COPYING_H
#define DUALDIFF_COPYING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__) && defined(__GNUC__)
#include <emmintrin.h>
#endif

#define DD_COPY_LONG 2048               /* bytes; memcpy takes no string instruction for fewer */

/* whether a copy would crawl */
static inline int dd_copy_crawls(const void *to, const void *from, size_t size)
{
#if defined(__SSE2__) && defined(__GNUC__)
    return size >= DD_COPY_LONG && ((((uintptr_t) to - (uintptr_t) from) & 4095) - 1) < 15;
#else
    (void) to; (void) from; (void) size;
    return 0;
#endif
}

#if defined(__SSE2__) && defined(__GNUC__)
#define DD_COPY_16(v, at) __m128i v = _mm_loadu_si128((const __m128i *) (at)); __asm__("" : "+x"(v))  /* or it becomes a memcpy */
static void dd_copy_by_16(char *to, const char *from, size_t size)
{
    size_t i;
    for (i = 0; i + 64 <= size; i += 64) {
        DD_COPY_16(a, from + i);
        DD_COPY_16(b, from + i + 16);
        DD_COPY_16(c, from + i + 32);
        DD_COPY_16(d, from + i + 48);
        _mm_storeu_si128((__m128i *) (to + i), a);
        _mm_storeu_si128((__m128i *) (to + i + 16), b);
        _mm_storeu_si128((__m128i *) (to + i + 32), c);
        _mm_storeu_si128((__m128i *) (to + i + 48), d);
    }
    memcpy(to + i, from + i, size - i);
}
#undef DD_COPY_16
#endif

/* size bytes; the two do not overlap */
static inline void dd_copy(void *to, const void *from, size_t size)
{
#if defined(__SSE2__) && defined(__GNUC__)
    if (dd_copy_crawls(to, from, size)) { dd_copy_by_16((char *) to, (const char *) from, size); return; }
#endif
    memcpy(to, from, size);
}

/* rows of size bytes with strides; the two do not overlap */
static inline void dd_copy_rows(int nd, const ptrdiff_t *dims, char *to, const ptrdiff_t *ts,
                                const char *from, const ptrdiff_t *fs, size_t size)
{
    ptrdiff_t i;
    if (nd == 0) { dd_copy(to, from, size); return; }
    for (i = 0; i < dims[0]; i++) dd_copy_rows(nd - 1, dims + 1, to + i * ts[0], ts + 1, from + i * fs[0], fs + 1, size);
}

#endif
