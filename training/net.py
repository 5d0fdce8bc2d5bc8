"""The motion network: a small U-Net from measured motion planes to "this moves by itself"."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from composer.mask.motion_features import INPUT_COUNT

#: Channels at full, half, quarter and eighth of the input grid: 1.0 M parameters in all.
WIDTHS = (20, 40, 72, 112)


class MotionUNet(nn.Module):
    """Planes in at half the working size, logits out at the working size.

    Sides of the input must be multiples of 8.
    """

    def __init__(self, widths: tuple[int, int, int, int] = WIDTHS) -> None:
        """Build the network with the channel counts given, finest level first."""
        super().__init__()
        full, half, quarter, eighth = widths
        self.down = nn.ModuleList(
            [
                nn.Sequential(_layer(INPUT_COUNT, full + 4), _layer(full + 4, full)),
                nn.Sequential(_layer(full, half, stride=2), Residual(half)),
                nn.Sequential(_layer(half, quarter, stride=2), Residual(quarter)),
                nn.Sequential(
                    _layer(quarter, eighth, stride=2),
                    Residual(eighth, spread=2),
                    WholePicture(eighth),
                    Residual(eighth, spread=4),
                    WholePicture(eighth),
                ),
            ]
        )
        self.up = nn.ModuleList(
            [
                nn.Sequential(_layer(fine + coarse, fine), _layer(fine, fine))
                for fine, coarse in ((quarter, eighth), (half, quarter), (full, half))
            ]
        )
        self.last = nn.Conv2d(full, 4, 1)

    def forward(self, planes: Tensor) -> Tensor:
        """Judge a batch.

        Args:
            planes: (N, 35, h, w) float32 from `normalise`.

        Returns:
            (N, 2h, 2w) float32 logits.
        """
        levels = [planes]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        for up in self.up:
            x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(torch.cat([x, levels.pop()], dim=1))
        return functional.pixel_shuffle(self.last(x), 2)[:, 0]


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, channels: int, *, spread: int = 1) -> None:
        """Build with the dilation ``spread`` in the first convolution."""
        super().__init__()
        self.body = nn.Sequential(
            _layer(channels, channels, spread=spread),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Add the body to its input."""
        return functional.relu(x + self.body(x))


class WholePicture(nn.Module):
    """Tells every place what the whole picture holds on average and at most."""

    def __init__(self, channels: int) -> None:
        """Build for the channel count given."""
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2 * channels, channels, 1), nn.ReLU(), nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Add the summary's message to every place."""
        mean = x.mean((2, 3), keepdim=True)
        most = x.amax((2, 3), keepdim=True)
        # Spelled out because OpenCV 5.0 folds a broadcast sum into the convolution and fails.
        return x + self.body(torch.cat([mean, most], dim=1)).expand_as(x)


def _layer(before: int, after: int, *, stride: int = 1, spread: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, stride, padding=spread, dilation=spread, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
