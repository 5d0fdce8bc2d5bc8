"""The few modules of segment-anything and timm that are used, loaded without the packages around them.

Both packages import torchvision as they start, for helpers that Composer never calls, and timm its thousand other
networks too. So the modules wanted are loaded by themselves, in a tenth of a second, wherever torch runs.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from composer.errors import ModelUnavailable

#: Shapes of the tensors of a state dict.
Shapes = Mapping[str, tuple[int, ...]]

#: What each kind of network needs importable.
SAM_MODULES = ("torch", "segment_anything")
MOBILE_MODULES = (*SAM_MODULES, "timm")
#: How to get them.
INSTALL_LINE = 'pip install "composer-video[sam]"'


def are_installed(modules: tuple[str, ...]) -> bool:
    """Whether modules can be imported; imports none.

    Args:
        modules: top-level names.
    """
    return all(importlib.util.find_spec(module) is not None for module in modules)


def modeling() -> Any:
    """segment_anything.modeling under a name of our own, without the package around it.

    Raises:
        ModelUnavailable: the installed package has no such part.
    """
    alias = "composer_segment_anything_modeling"
    if alias in sys.modules:
        return sys.modules[alias]
    folder = _folder("segment_anything") / "modeling"
    spec = importlib.util.spec_from_file_location(
        alias, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ModelUnavailable("segment-anything has no modeling package", hint=INSTALL_LINE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[alias] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[alias]
        raise
    return module


def tiny_vit() -> Any:
    """The class ``TinyVit`` of timm.

    Raises:
        ModelUnavailable: the installed timm has no such network.
    """
    loaded = sys.modules.get("timm.models.tiny_vit")
    if loaded is not None:
        return loaded.TinyVit
    try:
        with _standing_in(_shells(_folder("timm"))):
            return importlib.import_module("timm.models.tiny_vit").TinyVit
    except (ImportError, AttributeError) as error:
        raise ModelUnavailable(f"the installed timm has no TinyViT: {error}", hint=INSTALL_LINE) from error


def _shells(folder: Path) -> dict[str, ModuleType]:
    """Packages whose own start is passed over, holding what TinyViT takes from them."""
    import torch  # noqa: PLC0415  # optional and slow to import

    # Layers that TinyViT does not have are told by this class; it is never made.
    frozen = type("FrozenBatchNorm2d", (torch.nn.Module,), {})
    return {
        "timm": _shell("timm", folder, __version__=""),
        "timm.models": _shell("timm.models", folder / "models"),
        "timm.data": _shell("timm.data", folder / "data", IMAGENET_DEFAULT_MEAN=(), IMAGENET_DEFAULT_STD=()),
        "torchvision": _shell("torchvision"),
        "torchvision.ops": _shell("torchvision.ops"),
        "torchvision.ops.misc": _shell("torchvision.ops.misc", FrozenBatchNorm2d=frozen),
    }


def _shell(name: str, folder: Path | None = None, **names: object) -> ModuleType:
    shell = ModuleType(name)
    shell.__path__ = [] if folder is None else [str(folder)]
    vars(shell).update(names)
    return shell


@contextmanager
def _standing_in(shells: Mapping[str, ModuleType]) -> Iterator[None]:
    """Import with these in place of the real packages; afterwards both packages are as if nobody had touched them."""
    before = _family()
    for name in before:
        del sys.modules[name]
    sys.modules.update(shells)
    try:
        yield
    finally:
        for name in _family():
            del sys.modules[name]
        sys.modules.update(before)


def _family() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("timm", "torchvision")}


def _folder(package: str) -> Path:
    return Path(cast("str", cast("Any", importlib.util.find_spec(package)).origin)).parent


def numbered(shapes: Shapes, prefix: str) -> int:
    """How many numbered parts a state dict has under a prefix.

    Args:
        shapes: of its tensors.
        prefix: such as ``image_encoder.blocks.``.

    Example:
        >>> numbered({"a.0.weight": (1,), "a.11.weight": (1,), "b.12": (1,)}, "a.")
        12
    """
    return 1 + max(int(key[len(prefix) :].split(".")[0]) for key in shapes if key.startswith(prefix))
