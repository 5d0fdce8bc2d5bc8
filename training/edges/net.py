"""The edges network: a tiny U-Net from a picture and two mattes to a change of the second one's logits."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from composer.mask.edge_net import PLANE_COUNT
from training.net import Residual

#: Channels at half, quarter and eighth of the picture: 0.14 M parameters in all.
WIDTHS = (20, 32, 48)


class EdgeUNet(nn.Module):
    """Planes in, changes in logits out, at the same size. Sides must be multiples of 8."""

    def __init__(self, widths: tuple[int, int, int] = WIDTHS) -> None:
        """Build the network with the channel counts given, finest level first."""
        super().__init__()
        half, quarter, eighth = widths
        self.down = nn.ModuleList(
            [
                # Two by two pixels become one: most of the cost is in the finest level.
                nn.Sequential(_layer(PLANE_COUNT, half, 4, stride=2), _layer(half, half, 3)),
                nn.Sequential(_layer(half, quarter, 3, stride=2), Residual(quarter)),
                nn.Sequential(
                    _layer(quarter, eighth, 3, stride=2), Residual(eighth, spread=2), Residual(eighth, spread=4)
                ),
            ]
        )
        self.narrow = nn.ModuleList(
            [nn.Conv2d(coarse, fine, 1) for fine, coarse in ((quarter, eighth), (half, quarter))]
        )
        self.up = nn.ModuleList(
            [_layer(quarter, quarter, 3), nn.Sequential(_layer(half, half, 3), _layer(half, half, 3))]
        )
        self.last = nn.Conv2d(half, 4, 1)
        # It begins as the guided filter.
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, planes: Tensor) -> Tensor:
        """Judge a batch.

        Args:
            planes: (N, 5, h, w) float32 from `composer.mask.edge_net.draft_of`.

        Returns:
            (N, h, w) float32, to be added to the guided filter's logits.
        """
        levels = [planes]
        for down in self.down:
            levels.append(down(levels[-1]))
        x = levels.pop()
        for narrow, up in zip(self.narrow, self.up, strict=True):
            x = functional.interpolate(narrow(x), scale_factor=2.0, mode="bilinear", align_corners=False)
            x = up(x + levels.pop())
        return functional.pixel_shuffle(self.last(x), 2)[:, 0]


def _layer(before: int, after: int, side: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, side, stride, padding=1, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    )
