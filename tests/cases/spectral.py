"""numpy.fft in several dimensions, Hermitian symmetry, shifts; pipelines with complex intermediates."""

import numpy as np
from support import points

from .base import const, kinked

X = points(5)
X6 = points(6)
A = points(3, 4)
T = points(2, 3, 4)

for _fft in (np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn, np.fft.rfft2, np.fft.rfftn):
    kinked(_fft, lambda x, fft=_fft: fft(x * x), A)
    kinked(_fft, lambda x, fft=_fft: fft(x, s=(2, 5), axes=(0, 1), norm="ortho"), A)
    kinked(_fft, lambda x, fft=_fft: fft(x, axes=(1, 0), norm="forward"), T)
for _fft in (np.fft.irfft2, np.fft.irfftn):
    kinked(_fft, lambda x, fft=_fft: fft(x * x * (1 + 2j)), A)
    kinked(_fft, lambda x, fft=_fft: fft(x, s=(2, 5), axes=(0, 1), norm="ortho"), A)
    kinked(_fft, lambda x, fft=_fft: fft(x * 1j + x, axes=(1, 0), norm="forward"), T)
kinked(np.fft.fftn, lambda x: np.fft.fftn(x, axes=(0, 2)), T)
kinked(np.fft.rfftn, lambda x: np.fft.irfftn(np.fft.rfftn(x * x), s=x.shape, axes=(0, 1, 2)), T)
kinked(np.fft.ifftn, lambda x: np.real(np.fft.ifftn(np.fft.fftn(x) * const(x, 3, 4))), A)
kinked(np.fft.hfft, lambda x: np.fft.hfft(x + 1j * x * x), X)
kinked(np.fft.hfft, lambda x: np.fft.hfft(x * 1j, n=5, axis=0, norm="ortho"), A)
kinked(np.fft.ihfft, lambda x: np.fft.ihfft(x * x), X)
kinked(np.fft.ihfft, lambda x: np.fft.ihfft(x, n=6, axis=0, norm="forward"), A)
for _shift in (np.fft.fftshift, np.fft.ifftshift):
    kinked(_shift, lambda x, shift=_shift: shift(x * x), X)
    kinked(_shift, lambda x, shift=_shift: shift(x, axes=1), A)
    kinked(_shift, lambda x, shift=_shift: shift(np.fft.fft2(x)), A)
kinked(np.fft.rfft, lambda x: np.abs(np.fft.rfft(x)) ** 2, X6)
kinked(np.fft.rfft, lambda x: np.angle(np.fft.rfft(x)[1:3]), X6)
kinked(np.fft.fft, lambda x: np.abs(np.fft.fft(x * np.exp(1j * x))) ** 2 * np.fft.fftfreq(6).astype(x.dtype), X6)
