"""The model files that Composer knows: where they come from, how large, which hash, whose licence."""

from __future__ import annotations

from dataclasses import dataclass

from composer.errors import ModelUnavailable


@dataclass(frozen=True)
class ModelFile:
    """One downloadable file of weights.

    Args:
        name: how commands and recipes call it.
        file: name on disk.
        url: where it is published.
        size: bytes.
        sha256: of the whole file, in hexadecimal.
        licence: of the weights.
        purpose: what it is good for, in one line.
        mirrors: other places where the same file is published.
    """

    name: str
    file: str
    url: str
    size: int
    sha256: str
    licence: str
    purpose: str
    mirrors: tuple[str, ...] = ()


_SAM = "https://dl.fbaipublicfiles.com/segment_anything/"
# The commit is named, so that the file stays the one whose hash is written below.
_MOBILE = "https://github.com/ChaoningZhang/MobileSAM/raw/f706ad9c4eb7f219c00d9050e46328518ffb65d2/weights/"

# Sizes and hashes: published by their authors and found equal in two or more independent public registries
# (read 2026-11-22); every download is checked against them.
MODELS = (
    ModelFile(
        "mobile_sam",
        "mobile_sam.pt",
        f"{_MOBILE}mobile_sam.pt",
        40728226,
        "6dbb90523a35330fedd7f1d3dfc66f995213d81b29a5ca8108dbcdd4e37d6c2f",
        "Apache-2.0",
        "MobileSAM: Segment Anything with a small encoder, for a CPU; coarser than the others",
        ("https://huggingface.co/dhkim2810/MobileSAM/resolve/main/mobile_sam.pt",),
    ),
    ModelFile(
        "sam_vit_b",
        "sam_vit_b_01ec64.pth",
        f"{_SAM}sam_vit_b_01ec64.pth",
        375042383,
        "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
        "Apache-2.0",
        "Segment Anything, base: sharp outlines; some 10 s of a CPU core a frame, fine on any GPU",
    ),
    ModelFile(
        "sam_vit_l",
        "sam_vit_l_0b3195.pth",
        f"{_SAM}sam_vit_l_0b3195.pth",
        1249524607,
        "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
        "Apache-2.0",
        "Segment Anything, large: better on thin and cluttered things; for a GPU",
    ),
    ModelFile(
        "sam_vit_h",
        "sam_vit_h_4b8939.pth",
        f"{_SAM}sam_vit_h_4b8939.pth",
        2564550879,
        "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
        "Apache-2.0",
        "Segment Anything, huge: the best outlines; for a GPU with 8 GB",
    ),
)


def model_file(name: str) -> ModelFile:
    """The entry of a name.

    Example:
        >>> model_file("sam_vit_b").size
        375042383
    """
    for model in MODELS:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in MODELS)
    raise ModelUnavailable(f"no model is called {name!r}", hint=f"known are {known}")
