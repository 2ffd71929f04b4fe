"""Draws the pictures of docs/examples.md: `python docs/gallery.py [name ...]` runs the examples, all or those named."""

import importlib
import io
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent / "examples"


def main(names):
    """One small PNG for each example."""
    from PIL import Image

    sys.path[:0] = [str(HERE.parent), str(EXAMPLES)]
    common = importlib.import_module("common")
    for name in names or sorted({path.stem for path in EXAMPLES.glob("*.py")} - {"common"}):
        module, picture = importlib.import_module(name), io.BytesIO()
        common.save(module.draw, module.main(), picture)
        # a palette: a third of the bytes
        Image.open(picture).convert("RGB").quantize(64).save(HERE / "gallery" / f"{name}.png", optimize=True)
        print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
