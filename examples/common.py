"""What the examples share: --plot FILE.png."""

import argparse


def run(main, draw):
    """Runs main(), prints what it returns, and draws it where --plot asks."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--plot", metavar="FILE.png", help="where the picture goes (needs matplotlib)")
    options = parser.parse_args()
    found = main()
    for name, value in found.items():
        if isinstance(value, (int, float, str)):
            print(f"{name:24} {value:.6g}" if isinstance(value, float) else f"{name:24} {value}")
    if options.plot:
        save(draw, found, options.plot)


def save(draw, found, file):
    """Draws into a file."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    draw(figure, found)
    figure.savefig(file, dpi=110)
