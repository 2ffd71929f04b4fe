"""Chemical equilibria, and implicit Euler steps of stiff kinetics."""

import numpy as np

from .base import RootProblem


def carbonate():
    """Logs of H2CO3, HCO3, CO3, H, OH in water at equilibrium; far starts leave the range of exp."""

    def fun(x):
        a, b, c, h, oh = np.exp(x)
        return np.array([
            np.log(b * h / a) - np.log(4.3e-7),
            np.log(c * h / b) - np.log(4.7e-11),
            np.log(h * oh) - np.log(1e-14),
            (a + b + c) / 1e-3 - 1,
            (h - oh - b - 2 * c) / 1e-3 + 1e-3,
        ])  # fmt: skip

    return RootProblem("carbonate in logs", fun, np.log([1e-4, 1e-4, 1e-4, 1e-3, 1e-3]), "Stumm and Morgan")


def carbonate_far():
    """The same from 1 mol/l of everything."""
    return RootProblem("carbonate in logs, far", carbonate().fun, np.zeros(5), "")


def combustion():
    """Combustion of propane in air, reduced to five element variables."""
    r5, r6, r7, r8, r9, r10 = 0.193, 4.106217e-4, 5.451766e-4, 4.49750e-7, 3.40735e-5, 9.615e-7

    def fun(y):
        a, b, c, d, e = y
        return np.array([
            a * b + a - 3 * e,
            2 * a * b + a + 2 * r10 * b**2 + b * c**2 + r7 * b * c + r9 * b * d + r8 * b - 10 * e,
            2 * b * c**2 + r7 * b * c + 2 * r5 * c**2 + r6 * c - 8 * e,
            r9 * b * d + 2 * d**2 - 40 * e,
            a * b + a + r10 * b**2 + b * c**2 + r7 * b * c + r9 * b * d + r8 * b + r5 * c**2 + r6 * c + d**2 - 1,
        ])  # fmt: skip

    return RootProblem("combustion", fun, np.array([1e-4, 40.0, 0.1, 1.0, 0.05]), "Meintjes and Morgan 1990")


def combustion_far():
    """The same from ones."""
    return RootProblem("combustion, far", combustion().fun, np.ones(5), "")


HIRES_Y0 = np.array([1.0, 0, 0, 0, 0, 0, 0, 0.0057])


def hires_rates(y):
    """High irradiance responses of photomorphogenesis: 8 species (Schaefer 1975); y may be (8, batch)."""
    a, b, c, d, e, f, g, h = y
    return np.stack([
        -1.71 * a + 0.43 * b + 8.32 * c + 0.0007,
        1.71 * a - 8.75 * b,
        -10.03 * c + 0.43 * d + 0.035 * e,
        8.32 * b + 1.71 * c - 1.12 * d,
        -1.745 * e + 0.43 * f + 0.43 * g,
        -280 * f * h + 0.69 * d + 1.71 * e - 0.43 * f + 0.69 * g,
        280 * f * h - 1.81 * g,
        -280 * f * h + 1.81 * g,
    ])  # fmt: skip


POLLU_Y0 = np.zeros(20)
POLLU_Y0[[1, 3, 6, 7, 8, 16]] = 0.2, 0.04, 0.1, 0.3, 0.01, 0.007
POLLU_K = (
    0.35, 26.6, 12300.0, 8.6e-4, 8.2e-4, 15000.0, 1.3e-4, 24000.0, 16500.0, 9000.0, 0.022, 12000.0, 1.88, 16300.0,
    4.8e6, 3.5e-4, 0.0175, 1e8, 4.44e11, 1240.0, 2.1, 5.78, 0.0474, 1780.0, 3.12,
)  # fmt: skip


def pollu_rates(y):
    """An air pollution model: 20 species, 25 reactions (Verwer 1994)."""
    k = POLLU_K
    r1, r2, r3, r4, r5 = k[0] * y[0], k[1] * y[1] * y[3], k[2] * y[4] * y[1], k[3] * y[6], k[4] * y[6]
    r6, r7, r8, r9 = k[5] * y[6] * y[5], k[6] * y[8], k[7] * y[8] * y[5], k[8] * y[10] * y[1]
    r10, r11, r12, r13 = k[9] * y[10] * y[0], k[10] * y[12], k[11] * y[9] * y[1], k[12] * y[13]
    r14, r15, r16, r17 = k[13] * y[0] * y[5], k[14] * y[2], k[15] * y[3], k[16] * y[3]
    r18, r19, r20, r21 = k[17] * y[15], k[18] * y[15], k[19] * y[16] * y[5], k[20] * y[18]
    r22, r23, r24, r25 = k[21] * y[18], k[22] * y[0] * y[3], k[23] * y[18] * y[0], k[24] * y[19]
    return np.stack([
        -(r1 + r10 + r14 + r23 + r24) + r2 + r3 + r9 + r11 + r12 + r22 + r25,
        -r2 - r3 - r9 - r12 + r1 + r21,
        -r15 + r1 + r17 + r19 + r22,
        -r2 - r16 - r17 - r23 + r15,
        -r3 + 2 * r4 + r6 + r7 + r13 + r20,
        -r6 - r8 - r14 - r20 + r3 + 2 * r18,
        -r4 - r5 - r6 + r13,
        r4 + r5 + r6 + r7,
        -r7 - r8,
        -r12 + r7 + r9,
        -r9 - r10 + r8 + r11,
        r9,
        -r11 + r10,
        -r13 + r12,
        r14,
        -r18 - r19 + r16,
        -r20,
        r20,
        -r21 - r22 - r24 + r23 + r25,
        -r25 + r24,
    ])  # fmt: skip


def robertson_rates(y):
    """Three species, rates from 0.04 to 3e7 (Robertson 1966)."""
    a, b, c = y
    return np.stack([-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2])


def implicit_step(name, rates, old, dt):
    """(y - old) - dt rates(y) = 0."""
    return RootProblem(name, lambda y: y - old - dt * rates(y), old.copy(), "IVP test set")


def equilibrium():
    """Ten species of a combustion of propane, in square roots (Meintjes and Morgan), scaled as published."""
    k, p, R = (0.193, 2.597e-3, 3.448e-3, 1.799e-5, 2.155e-4, 3.846e-5), 40.0, 10.0

    def fun(x):
        n = x**2            # amounts
        total = np.sum(n)
        s = np.sqrt(p / total)
        return np.array([
            n[0] + n[3] - 3,
            2 * n[0] + n[1] + n[3] + n[6] + n[7] + n[8] + 2 * n[9] - R,
            2 * n[1] + 2 * n[4] + n[5] + n[6] - 8,
            2 * n[2] + n[8] - 4 * R,
            k[0] * n[1] * n[3] - n[0] * n[4],
            k[1] * np.sqrt(n[1] * n[3]) - np.sqrt(n[0]) * n[5] * s,
            k[2] * np.sqrt(n[0] * n[1]) - np.sqrt(n[3]) * n[6] * s,
            k[3] * n[0] - n[3] * n[7] * p / total,
            k[4] * n[0] * np.sqrt(n[2]) - n[3] * n[8] * s,
            k[5] * n[0] ** 2 - n[3] ** 2 * n[9] * p / total,
        ])  # fmt: skip

    return RootProblem("combustion, ten species", fun, np.sqrt([2.0, 3, 20, 1, 1, 0.1, 0.1, 0.1, 0.1, 1]), "MINPACK-2")


def small():
    """All of them."""
    robertson = np.array([1.0, 0.0, 0.0])
    return [
        carbonate(), carbonate_far(), combustion(), combustion_far(), equilibrium(),
        implicit_step("HIRES step 1", hires_rates, HIRES_Y0, 1.0),
        implicit_step("HIRES step 100", hires_rates, HIRES_Y0, 100.0),
        implicit_step("POLLU step 1", pollu_rates, POLLU_Y0, 1.0),
        implicit_step("POLLU step 60", pollu_rates, POLLU_Y0, 60.0),
        implicit_step("Robertson step 1e4", robertson_rates, robertson, 1e4),
    ]  # fmt: skip
