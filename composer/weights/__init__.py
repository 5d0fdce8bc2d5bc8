"""Where model files come from: registry, download, verification."""

from composer.weights.download import download
from composer.weights.locate import find_weights, sha256_of, user_folder, verify, weight_folders
from composer.weights.registry import MODELS, ModelFile, model_file

__all__ = [
    "MODELS",
    "ModelFile",
    "download",
    "find_weights",
    "model_file",
    "sha256_of",
    "user_folder",
    "verify",
    "weight_folders",
]
