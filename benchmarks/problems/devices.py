"""Circuits, reactors, mechanisms."""

import numpy as np

from .base import RootProblem


def diode_chain(n, volts=5.0, start=0.6):
    """A ladder of resistors with a diode to ground at each node: exponentials of 40 times the voltage."""

    def fun(v):
        V = np.concatenate([[volts], v, [0.0]])
        return (2 * v - V[:-2] - V[2:]) / 100 + 1e-12 * np.expm1(v / 0.025)

    return RootProblem("diode chain", fun, np.full(n, start), "")


def transistor():
    """The transistor amplifier's operating point: Ebers-Moll at 0.026 V (from the IVP test set, steady)."""

    def g(u):
        return 1e-6 * np.expm1(u / 0.026)

    def fun(y):
        r = 9000.0
        return np.array([
            y[0] / 1000.0 - y[1] * 1e-9,
            y[1] / r - 6 / r + y[1] / r + 0.01 * g(y[1] - y[2]),
            y[2] / r - g(y[1] - y[2]),
            y[3] / r - 6 / r + 0.99 * g(y[1] - y[2]),
            y[4] / r - 6 / r + y[4] / r + 0.01 * g(y[4] - y[5]),
            y[5] / r - g(y[4] - y[5]),
            y[6] / r - 6 / r + 0.99 * g(y[4] - y[5]),
            y[7] / r - y[6] * 1e-9,
        ])  # fmt: skip

    return RootProblem("transistor amplifier", fun, np.array([0, 3, 3, 6, 3, 3, 6, 0.0]), "IVP test set")


def stirred_tank():
    """A non-isothermal reactor near ignition: conversion and temperature, Arrhenius."""

    def fun(x):
        c, T = x
        k = 7.2e10 * np.exp(-8750 / T)
        return np.array([(1 - c) - k * c, (350 - T) + 209.0 * k * c + 2.09 * (305 - T)])

    return RootProblem("stirred tank", fun, np.array([0.5, 350.0]), "Uppal, Ray and Poore 1974")


def heart_dipole():
    """Two dipoles from their moments: eight equations."""
    m = (0.485, -0.0019, -0.0581, 0.015, 0.105, 0.0406, 0.167, -0.399)

    def fun(x):
        a, b, c, d, t, u, v, w = x
        return np.array([
            a + b - m[0],
            c + d - m[1],
            t * a + u * b - v * c - w * d - m[2],
            v * a + w * b + t * c + u * d - m[3],
            a * (t**2 - v**2) - 2 * c * t * v + b * (u**2 - w**2) - 2 * d * u * w - m[4],
            c * (t**2 - v**2) + 2 * a * t * v + d * (u**2 - w**2) + 2 * b * u * w - m[5],
            a * t * (t**2 - 3 * v**2) + c * v * (v**2 - 3 * t**2)
            + b * u * (u**2 - 3 * w**2) + d * w * (w**2 - 3 * u**2) - m[6],
            c * t * (t**2 - 3 * v**2) - a * v * (v**2 - 3 * t**2)
            + d * u * (u**2 - 3 * w**2) - b * w * (w**2 - 3 * u**2) - m[7],
        ])  # fmt: skip

    x0 = np.array([0.299, 0.186, -0.0273, 0.0254, -0.474, 0.474, -0.0892, 0.0892])
    return RootProblem("human heart dipole", fun, x0, "MINPACK-2")


def linkage():
    """A planar arm with three joints that must reach a point with a given angle, in degrees."""

    def fun(q):
        a = np.cumsum(np.deg2rad(q))
        return np.array([
            np.sum(np.array([2.0, 1.5, 1.0]) * np.cos(a)) - 2.5,
            np.sum(np.array([2.0, 1.5, 1.0]) * np.sin(a)) - 2.0,
            a[2] - np.pi / 2,
        ])  # fmt: skip

    return RootProblem("robot arm", fun, np.array([10.0, 10.0, 10.0]), "")


def pipes():
    """Heads in a small water network: flow goes as the 0.54th power of the difference in head."""
    ends = np.array([[0, 1], [1, 2], [0, 2], [2, 3], [3, 4], [1, 4], [4, 5], [3, 5], [2, 5]])
    k = np.array([0.02, 0.01, 0.015, 0.02, 0.01, 0.02, 0.01, 0.01, 0.005])
    demand = np.array([0.03, 0.02, 0.04, 0.02, 0.03])

    def fun(h):
        H = np.concatenate([[50.0], h])
        d = H[ends[:, 0]] - H[ends[:, 1]]
        q = k * np.sign(d) * np.abs(d) ** 0.54
        net = np.array([np.sum(q[ends[:, 1] == i]) - np.sum(q[ends[:, 0] == i]) for i in range(1, 6)])
        return net - demand

    return RootProblem("water network", fun, np.array([49.0, 48, 47, 46, 45]), "Hazen-Williams")


def state_equation():
    """Peng-Robinson: liquid and vapour volume and the pressure at equal fugacity; F takes logs of differences."""
    a, b, T = 0.45724 * 8.314**2 * 304.1**2 / 7.38e6, 0.0778 * 8.314 * 304.1 / 7.38e6, 270.0
    kappa = 0.37464 + 1.54226 * 0.225 - 0.26992 * 0.225**2
    alpha = (1 + kappa * (1 - np.sqrt(T / 304.1))) ** 2

    def pressure(v):
        return 8.314 * T / (v - b) - a * alpha / (v**2 + 2 * b * v - b**2)

    def fugacity(v, p):
        z = p * v / (8.314 * T)
        s = 2**0.5
        return z - 1 - np.log(z - p * b / (8.314 * T)) - a * alpha / (2 * s * b * 8.314 * T) * np.log(
            (v + (1 + s) * b) / (v + (1 - s) * b)
        )

    def fun(x):
        vl, vg, p = x[0] * 1e-5, x[1] * 1e-4, x[2] * 1e6
        return np.array([pressure(vl) / 1e6 - x[2], pressure(vg) / 1e6 - x[2], fugacity(vl, p) - fugacity(vg, p)])

    return RootProblem("CO2 at 270 K", fun, np.array([4.6, 5.5, 3.0]), "Peng and Robinson 1976")


def small():
    """A few unknowns each, and a short chain."""
    return [
        diode_chain(50), transistor(), stirred_tank(), heart_dipole(), linkage(), pipes(), state_equation(),
    ]  # fmt: skip


def large():
    """The chain, long."""
    return [diode_chain(2000)]
