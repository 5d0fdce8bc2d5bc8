"""Write a trained checkpoint of the edges network as ONNX; see training/export.py.

python -m training.edges.export --checkpoint scratch/edges/checkpoint.pt --out assets/weights/edges.onnx
"""

from __future__ import annotations

import argparse
from pathlib import Path

from composer.mask.edge_net import PLANE_COUNT
from training.edges.net import EdgeUNet
from training.export import averaged, write_onnx


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    digest = write_onnx(averaged(EdgeUNet(), args.checkpoint), args.out, planes=PLANE_COUNT)
    print(f"{args.out}: {args.out.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
