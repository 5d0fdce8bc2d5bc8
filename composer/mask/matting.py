"""Closed-form matting in a band: alpha is locally an affine function of colour, and near what the matte said already.

    minimise  a' L a + weight |a - before|^2  over the band, with everything outside it held

L is the matting Laplacian of Levin et al.; pymatting (the extra ``fine``) computes it and the incomplete Cholesky
factor that makes conjugate gradients quick. The second term keeps a solution from drifting: without it closed form
does worse than the edges network where subject and background are alike (docs/edges.md). Where the picture is flat it
has nothing to say, and the matte is held firmly.

Only the pixels of the band are unknowns. The Laplacian is put together from tiles, whose seams do not show, since
every row is computed whole; a band of more pixels than ``MOST_UNKNOWN`` is solved on a smaller picture.

Source: Levin, Lischinski and Weiss, "A Closed-Form Solution to Natural Image Matting", TPAMI 2008; Jones and Plassmann,
"An improved incomplete Cholesky factorization", 1995, by way of pymatting.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import ModelUnavailable
from composer.mask.band import REACH_SIDE
from composer.mask.refine import Guide, brought_up
from composer.values import Box, Size

Picture = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]

INSTALL_LINE = "pip install 'composer-video[fine]'"
#: Weight of what the matte said before, how many times more it weighs where it said none or all, and the Laplacian's
#: own regularisation: the best of what was tried on generated composites (2026-11-25). A tenth of the weight lets haze
#: spread, ten times keeps the old edge; without the second, hands and other thin parts of the wall's colour melt away.
PRIOR, SURER, SMOOTH = 3e-3, 4.0, 1e-6
#: Weight where nothing is to be seen, the variance of colour (0..1 scale) below which that is so, and the side of the
#: window it is taken in, in pixels of a picture 640 long. Costs 1.5 % of the gain on generated composites, whose noise
#: is mostly above it, and keeps a dark coat before a dark wall from turning into a haze as wide as the band.
HELD, FLAT, WINDOW = 1.0, 1e-4, 9
#: Solutions are a little hazy: within this of none and all they are taken to mean it.
HAZE = 0.05
#: Side of a tile; its Laplacian takes 400 bytes a pixel.
TILE = 256
#: Unknowns that are solved for at once, and what each takes: 155 MB for 54,000 of them (measured 2026-11-25).
MOST_UNKNOWN, UNKNOWN_BYTES = 150_000, 3000
#: Entries of the factor below this share are dropped, and how many per unknown there may be at most.
_DROPPED, _ENTRIES = 1e-4, 200
_TOLERANCE = 1e-5


def is_installed() -> bool:
    """Whether pymatting can be imported; does not import it."""
    return importlib.util.find_spec("pymatting") is not None


def check_installed(what: str) -> None:
    """Refuse what needs pymatting where it is not.

    Args:
        what: asks for it, for the message.

    Raises:
        ModelUnavailable: pymatting is not installed; the hint has the line that installs it.
    """
    if not is_installed():
        raise ModelUnavailable(f"{what} needs pymatting, which is not installed", hint=INSTALL_LINE)


def solved(picture: Picture, alpha: Map, band: Mask, *, most: int = MOST_UNKNOWN) -> Map:
    """Decide the band of a matte.

    Args:
        picture: (H, W, 3) uint8 RGB.
        alpha: (H, W) float32 0..1: held outside the band, a hint inside.
        band: (H, W) bool, the unknown pixels.
        most: unknowns to solve for at once; a larger band is solved on a smaller picture.

    Returns:
        (H, W) float32 0..1; outside the band what came in.
    """
    count = int(np.count_nonzero(band))
    if count == 0:
        return alpha
    if count > most:
        return _solved_smaller(picture, alpha, band, share=float(np.sqrt(most / count)), most=most)
    inside = _around(band).slices
    weight = _weight(picture[inside], alpha[inside], side=WINDOW * max(band.shape) / REACH_SIDE)[band[inside]]
    found = _solution(picture[inside], alpha[inside].astype(np.float64), band[inside], weight)
    result = alpha.copy()
    result[inside][band[inside]] = np.clip((found - HAZE) / (1 - 2 * HAZE), 0, 1)
    return result


def _around(band: Mask) -> Box:
    """The box of the band and the pixels that its rows reach."""
    left, top, width, height = cv2.boundingRect(band.view(np.uint8))
    return Box(left - 2, top - 2, left + width + 2, top + height + 2).snapped(Size(band.shape[1], band.shape[0]))


def _solved_smaller(picture: Picture, alpha: Map, band: Mask, *, share: float, most: int) -> Map:
    """The same on a reduced picture, brought up along the edges of the full one."""
    height, width = band.shape
    size = (max(1, int(width * share)), max(1, int(height * share)))
    small, matte = (cv2.resize(plane, size, interpolation=cv2.INTER_AREA) for plane in (picture, alpha))
    open_ = cv2.resize(band.view(np.uint8), size, interpolation=cv2.INTER_NEAREST).view(np.bool_)
    answer = solved(np.asarray(small, np.uint8), np.asarray(matte, np.float32), open_, most=2 * most)
    guide = Guide(picture, np.asarray(small, np.float32) / np.float32(255))
    window, part = Box.whole(guide.small_size), Box.whole(guide.size)
    return np.where(band, brought_up(guide, answer, window, part), alpha)


def _weight(picture: Picture, alpha: Map, *, side: float) -> NDArray[np.float64]:
    """How much what the matte said counts, (H, W): more where it was sure, most where the picture is flat."""
    window = (2 * max(2, int(side / 2)) + 1,) * 2
    colours = picture.astype(np.float32) / np.float32(255)
    spread = cv2.blur(colours * colours, window) - cv2.blur(colours, window) ** 2
    variance = np.maximum(spread.sum(axis=2), 0).astype(np.float64)
    sure = (2 * alpha.astype(np.float64) - 1) ** 2
    return PRIOR * (1 + SURER * sure) + HELD * (FLAT / (variance + FLAT)) ** 2


def _solution(
    picture: Picture, alpha: NDArray[np.float64], band: Mask, weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Alpha of the band's pixels, row by row; ``weight`` is theirs."""
    from pymatting import cg, ichol  # noqa: PLC0415  # an extra, and seconds to import
    from scipy import sparse  # noqa: PLC0415  # comes with it

    laplacian = _laplacian(picture, band)
    before = alpha[band]
    system = laplacian[:, np.flatnonzero(band)] + sparse.diags(weight, format="csr")
    right = weight * before - laplacian @ np.where(band, 0, alpha).ravel()
    matrix = system.tocsc()
    factor = ichol(matrix, discard_threshold=_DROPPED, max_nnz=_ENTRIES * len(before))
    return np.asarray(cg(matrix, right, x0=before, rtol=_TOLERANCE, M=factor), np.float64)


def _laplacian(picture: Picture, band: Mask) -> Any:
    """The rows of the matting Laplacian that belong to the band, (unknowns, H * W), sparse."""
    from pymatting import cf_laplacian  # noqa: PLC0415  # an extra, and seconds to import
    from scipy import sparse  # noqa: PLC0415  # comes with it

    height, width = band.shape
    number = np.cumsum(band.ravel()).reshape(band.shape) - 1
    rows, columns, values = [], [], []
    for core, part in _tiles(band):
        own = band[part].copy()
        piece = cf_laplacian(picture[part] / 255.0, SMOOTH, 1, ~own)
        own[~core] = False
        entries = piece[np.flatnonzero(own)].tocoo()
        some = entries.data != 0
        across = part[1].stop - part[1].start
        down, right = np.divmod(entries.col[some], across)
        rows.append(number[part][own][entries.row[some]])
        columns.append((down + part[0].start) * width + right + part[1].start)
        values.append(entries.data[some])
    places = (np.concatenate(rows), np.concatenate(columns))
    return sparse.csr_matrix((np.concatenate(values), places), (int(number[-1, -1]) + 1, height * width))


def _tiles(band: Mask) -> Iterator[tuple[Mask, tuple[slice, slice]]]:
    """Tiles that hold some of the band: which of a tile's pixels are its own, and the tile with two pixels around."""
    height, width = band.shape
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            if band[top : top + TILE, left : left + TILE].any():
                y0, x0 = max(0, top - 2), max(0, left - 2)
                part = slice(y0, min(height, top + TILE + 2)), slice(x0, min(width, left + TILE + 2))
                own = np.zeros((part[0].stop - y0, part[1].stop - x0), np.bool_)
                own[top - y0 : top - y0 + TILE, left - x0 : left - x0 + TILE] = True
                yield own, part
