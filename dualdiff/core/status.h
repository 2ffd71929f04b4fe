/* status.h: the floating-point status in NumPy's meaning, SIMD by run-time dispatch, names that C files share. */
#ifndef DUALDIFF_STATUS_H
#define DUALDIFF_STATUS_H

/* what the C files of one extension share, and nobody else sees */
#if defined(__GNUC__)
#define DD_SHARED __attribute__((visibility("hidden")))
#else
#define DD_SHARED
#endif

/* SIMD beyond the baseline by run-time dispatch, where compiler and libc have it */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) \
    && !defined(__SANITIZE_ADDRESS__)
#define DD_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define DD_CLONES
#endif

/* before a loop whose operands are the same element or do not meet */
#if defined(__clang__)
#define DD_IVDEP _Pragma("clang loop vectorize(assume_safety)")
#elif defined(__GNUC__)
#define DD_IVDEP _Pragma("GCC ivdep")
#elif defined(_MSC_VER)
#define DD_IVDEP __pragma(loop(ivdep))
#else
#define DD_IVDEP
#endif

#if defined(__SSE2__) && (defined(__GNUC__) || defined(_MSC_VER))
#include <xmmintrin.h>
#define DD_INVALID 0x01
#define DD_DIVIDE 0x04
#define DD_OVERFLOW 0x08
#define DD_UNDERFLOW 0x10
#define DD_FLAGS (DD_INVALID | DD_DIVIDE | DD_OVERFLOW | DD_UNDERFLOW)
static inline void dd_clear_flags(void) { _mm_setcsr(_mm_getcsr() & ~0x3fu); }
static inline int dd_get_flags(void) { return (int) (_mm_getcsr() & DD_FLAGS); }
#else
#include <fenv.h>
#define DD_INVALID FE_INVALID
#define DD_DIVIDE FE_DIVBYZERO
#define DD_OVERFLOW FE_OVERFLOW
#define DD_UNDERFLOW FE_UNDERFLOW
#define DD_FLAGS (DD_INVALID | DD_DIVIDE | DD_OVERFLOW | DD_UNDERFLOW)
static inline void dd_clear_flags(void) { feclearexcept(FE_ALL_EXCEPT); }
static inline int dd_get_flags(void) { return fetestexcept(DD_FLAGS); }
#endif

#endif
