"""A softmax classifier of two layers: backpropagation by hand, and w'J of each layer, which is the same.

The gradient of a chain is w' J_3 J_2 J_1.  Going from the left, each product is a vector: that is backpropagation.
"""

import numpy as np
from common import run

import dualdiff as dd

RNG = np.random.default_rng(0)


def hidden(W, X):
    """First layer."""
    return np.tanh(X @ W)


def scores(V, H):
    """Second layer."""
    return H @ V


def cross_entropy(S, Y):
    """Mean of -log softmax at the right class."""
    shifted = S - np.max(S, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(shifted), axis=1)) - np.sum(Y * shifted, axis=1))


def by_hand(W, V, X, Y):
    """The gradients as a textbook has them."""
    H = np.tanh(X @ W)
    S = H @ V
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    dS = (P - Y) / len(X)
    return X.T @ ((dS @ V.T) * (1 - H**2)), H.T @ dS


def by_layers(W, V, X, Y):
    """The same, one vjp for each layer."""
    H, back_hidden = dd.vjp(lambda W: hidden(W, X), W)
    S, back_scores = dd.vjp(scores, V, H)
    _, back_loss = dd.vjp(lambda S: cross_entropy(S, Y), S)
    dV, dH = back_scores(back_loss(1.0))
    return back_hidden(dH), dV


def main(steps=200):
    """Trains three spirals by gradient descent, and compares the three gradients."""
    angle = np.linspace(0.2, 4, 60)
    X = np.concatenate([np.stack([angle * np.cos(angle + i * 2.1), angle * np.sin(angle + i * 2.1)], 1)
                        for i in range(3)]) / 4 + 0.02 * RNG.standard_normal((180, 2))  # fmt: skip
    Y = np.repeat(np.eye(3), 60, axis=0)
    W, V = RNG.standard_normal((2, 20)) * 2, RNG.standard_normal((20, 3)) * 0.3
    whole = dd.value_and_grad(lambda W, V: cross_entropy(scores(V, hidden(W, X)), Y), argnums=(0, 1))
    history, worst = [], 0.0
    for _ in range(steps):
        loss, gradients = whole(W, V)
        for other in (by_hand(W, V, X, Y), by_layers(W, V, X, Y)):
            worst = max(worst, *(np.max(np.abs(a - b)) for a, b in zip(gradients, other, strict=True)))
        history.append(loss)
        W, V = W - 2.0 * gradients[0], V - 2.0 * gradients[1]
    return {"history": np.array(history), "loss": float(history[-1]), "largest difference": float(worst)}


def draw(figure, found):
    """The loss."""
    ax = figure.subplots()
    ax.semilogy(found["history"])
    ax.set(xlabel="step", ylabel="cross entropy", title=f"three gradients agree to {found['largest difference']:.0e}")


if __name__ == "__main__":
    run(main, draw)
