"""Changes bytes of saved programs and loads them: ``python tests/fuzz/saved.py 10000 [seed]``, from the repository.

What comes of a file must be an error of dualdiff's or numbers; a crash ends the process.
"""

import collections
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from programs.test_saving import FUNCTIONS, content_of, mutated, tried  # noqa: E402


def main(count, seed=0):
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        files = [(content_of(name, Path(folder)), points[0]) for name, (_, points) in FUNCTIONS.items()]
    met = collections.Counter()
    for _ in range(count):
        content, x = files[int(generator.integers(len(files)))]
        met[tried(mutated(content, generator), x)] += 1
    print(f"{count} files: {met[False]} refused or raised, {met[True]} ran")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
