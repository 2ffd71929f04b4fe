"""Prints what takes the installed NumPy's SIMD loops beyond its baseline away, for NPY_DISABLE_CPU_FEATURES.

Names differ between versions (AVX2, AVX512_SKX, ...; X86_V3, X86_V4, ... from NumPy 2.4 on). One that this processor
lacks, that is in the baseline or that NumPy does not know would be refused, so NumPy itself is asked.
"""

from numpy._core import _multiarray_umath as umath

print(" ".join(name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)))
