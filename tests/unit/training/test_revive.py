"""An exported network read back answers as before and can be trained on."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch")

from composer.mask.motion_features import INPUT_COUNT  # noqa: E402
from training.export import export  # noqa: E402
from training.net import MotionUNet  # noqa: E402
from training.revive import revived  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def planes_drawn(count):
    return np.random.default_rng(3).normal(0, 1, (count, INPUT_COUNT, 32, 48)).astype(np.float32)


def exported(folder):
    """A network whose normalisations have seen something, and its file."""
    torch.manual_seed(0)
    net = MotionUNet()
    with torch.no_grad():
        for _ in range(3):
            net(torch.from_numpy(planes_drawn(4)))
    torch.save({"average": net.state_dict()}, folder / "checkpoint.pt")
    export(folder / "checkpoint.pt", folder / "net.onnx")
    return net.eval(), folder / "net.onnx"


def test_it_answers_as_before_and_its_layers_are_normalised_on_the_examples(tmp_path):
    before, path = exported(tmp_path)
    planes = planes_drawn(20)
    after = revived(path, planes)
    with torch.no_grad():
        given = torch.from_numpy(planes[:2])
        np.testing.assert_allclose(after(given), before(given), atol=2e-2)
        # In training the batch's own statistics count; they are those that were measured.
        after.train()
        trained = after(torch.from_numpy(planes))
        after.eval()
        np.testing.assert_allclose(trained, after(torch.from_numpy(planes)), atol=0.05)


def test_a_file_with_another_network_is_refused_by_name(tmp_path):
    layer = torch.nn.Conv2d(INPUT_COUNT, 3, 1)
    path = tmp_path / "other.onnx"
    torch.onnx.export(layer, (torch.zeros(1, INPUT_COUNT, 8, 8),), str(path), opset_version=17, dynamo=False)
    with pytest.raises(ValueError, match=r"other\.onnx holds another network"):
        revived(path, planes_drawn(2))
