"""The greeks of many options at once: delta, vega, theta, rho in one forward pass, gamma in a second one."""

import numpy as np
from common import run
from scipy.special import ndtr

import dualdiff as dd


def call(spot, volatility, time, rate, strike=100.0):
    """The price of a European call after Black and Scholes; arrays are options side by side."""
    root = volatility * np.sqrt(time)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * time) / root
    return spot * ndtr(d1) - strike * np.exp(-rate * time) * ndtr(d1 - root)


def main(options=1_000_000):
    """Prices and greeks; each option depends on its own numbers only, so a direction of ones serves all."""
    spot = np.linspace(50.0, 150.0, options)
    at = (spot, np.full(options, 0.2), np.full(options, 1.0), np.full(options, 0.03))
    unit = tuple(np.stack([np.full(options, float(i == j)) for i in range(4)]) for j in range(4))
    price, greeks = dd.jvp(call, at, unit)
    delta = dd.jvp(call, at, (np.ones(options), None, None, None))[1]
    gamma = dd.jvp(lambda s: dd.jvp(lambda u: call(u, *at[1:]), (s,), (np.ones(options),))[1], (spot,),
                   (np.ones(options),))[1]  # fmt: skip
    d1 = (np.log(spot / 100) + (0.03 + 0.02)) / 0.2
    error = max(np.max(np.abs(greeks[0] - ndtr(d1))),
                np.max(np.abs(gamma - np.exp(-d1**2 / 2) / np.sqrt(2 * np.pi) / (spot * 0.2))))  # fmt: skip
    return {"options": options, "spot": spot, "price": price, "greeks": greeks, "gamma": gamma,
            "error of delta, gamma": float(error),
            "same delta": str(bool(np.array_equal(delta, greeks[0])))}  # fmt: skip


def draw(figure, found):
    """Delta, gamma, vega over the spot price."""
    ax = figure.subplots()
    some = slice(None, None, max(1, len(found["spot"]) // 500))
    ax.plot(found["spot"][some], found["greeks"][0][some], label="delta")
    ax.plot(found["spot"][some], found["gamma"][some] * 20, label="gamma x 20")
    ax.plot(found["spot"][some], found["greeks"][1][some] / 50, label="vega / 50")
    ax.set(xlabel="spot price", title="Greeks of a call with strike 100")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
