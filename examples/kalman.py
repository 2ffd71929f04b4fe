"""An extended Kalman filter: a car that turns, seen by a radar (distance and angle).  Both Jacobians are dualdiff's."""

import numpy as np
from common import run

import dualdiff as dd

DT = 0.1
Q = np.diag([1e-3, 1e-3, 1e-4, 1e-2, 1e-3])
R = np.diag([0.1, 0.02]) ** 2


def move(s):
    """One step of (x, y, heading, speed, turn rate)."""
    x, y, heading, speed, turn = s
    forward = DT * speed
    return np.array([x + forward * np.cos(heading), y + forward * np.sin(heading), heading + DT * turn, speed, turn])


def see(s):
    """Distance and angle from the origin."""
    return np.array([np.hypot(s[0], s[1]), np.arctan2(s[1], s[0])])


def main(steps=150):
    """Filters a simulated track."""
    rng = np.random.default_rng(1)
    truth = [np.array([3.0, 1.0, 0.3, 1.0, 0.25])]
    for _ in range(steps):
        truth.append(move(truth[-1]))
    seen = [see(s) + rng.standard_normal(2) * np.sqrt(np.diag(R)) for s in truth]
    step, look = dd.value_and_jacobian(move), dd.value_and_jacobian(see)
    s, P = np.array([seen[0][0] * np.cos(seen[0][1]), seen[0][0] * np.sin(seen[0][1]), 0.0, 0.5, 0.0]), np.eye(5)
    track = []
    for z in seen[1:]:
        s, F = step(s)
        P = F @ P @ F.T + Q * DT
        expected, H = look(s)
        gain = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
        surprise = z - expected
        surprise[1] = (surprise[1] + np.pi) % (2 * np.pi) - np.pi
        s, P = s + gain @ surprise, (np.eye(5) - gain @ H) @ P
        track.append(s)
    truth, track = np.array(truth[1:]), np.array(track)
    points = np.array([[r * np.cos(a), r * np.sin(a)] for r, a in seen[1:]])
    late = slice(steps // 2, None)
    return {"truth": truth, "track": track, "points": points,
            "error of the radar": float(np.sqrt(np.mean((points - truth[:, :2])[late] ** 2))),
            "error of the filter": float(np.sqrt(np.mean((track - truth)[late, :2] ** 2)))}  # fmt: skip


def draw(figure, found):
    """The track."""
    ax = figure.subplots()
    ax.plot(*found["points"].T, ".", color="0.7", label="radar")
    ax.plot(*found["truth"][:, :2].T, "k--", label="truth")
    ax.plot(*found["track"][:, :2].T, label="filter")
    ax.set(title="Extended Kalman filter", aspect="equal")
    ax.legend()


if __name__ == "__main__":
    run(main, draw)
