"""FFmpeg filters that a recipe may use, their arguments, and what they may be.

Listed is what takes one picture and gives one of the same size, opens no file, and makes of equal pictures equal
ones, whatever came before: an effect is a pure function. Options that would break one of these are left out, such as
``psfile`` of curves, temporal noise, and expressions that change with the time; numbers may be keyframes instead.

Source: ffmpeg -h filter=NAME (FFmpeg 8.1); every line is tried in the tests.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from composer.fields import Color
from composer.fields.arguments import Argument, Plain

_PLANES, _SHARE, _HALF, _BYTE = "planes=0..15i", "0..1", "-1..1", "0..65535i"
_EDGES = f"{_PLANES} scale=0..65535 delta=-65535..65535"
_LIMITS = " ".join(f"threshold{plane}={_BYTE}" for plane in range(4))
_LEVELS = " ".join(
    f"{c}{end}={_HALF if end[0] == 'i' else _SHARE}" for end in ("imin", "imax", "omin", "omax") for c in "rgb"
)
_KEEP = "none|lum|max|avg|sum|nrm|pwr"

#: One filter a line: a star where each pixel only depends on itself, then its options: ``a..b`` numbers, ``i`` whole
#: ones, ``a|b`` words, or a kind of text.
_TABLE = f"""
avgblur            sizeX=1..1024i sizeY=0..1024i {_PLANES}
bilateral          sigmaS=0..512 sigmaR=0..1 {_PLANES}
cas                strength=0..1
chromahold       * color=color similarity=0.00001..1 blend=0..1
chromanr           thres=1..200 sizew=1..100i sizeh=1..100i stepw=1..50i steph=1..50i threy=1..200 threu=1..200 threv=1..200 distance=manhattan|euclidean
chromashift        cbh=-255..255i cbv=-255..255i crh=-255..255i crv=-255..255i edge=smear|wrap
colorbalance     * rs={_HALF} gs={_HALF} bs={_HALF} rm={_HALF} gm={_HALF} bm={_HALF} rh={_HALF} gh={_HALF} bh={_HALF} pl=flag
colorchannelmixer * rr=-2..2 rg=-2..2 rb=-2..2 gr=-2..2 gg=-2..2 gb=-2..2 br=-2..2 bg=-2..2 bb=-2..2 pc={_KEEP} pa=0..1
colorcontrast    * rc={_HALF} gm={_HALF} by={_HALF} rcw=0..1 gmw=0..1 byw=0..1 pl=0..1
colorcorrect       rl={_HALF} bl={_HALF} rh={_HALF} bh={_HALF} saturation=-3..3 analyze=manual|average|minmax|median
colorize         * hue=0..360 saturation=0..1 lightness=0..1 mix=0..1
colorlevels        {_LEVELS} preserve={_KEEP}
colortemperature * temperature=1000..40000 mix=0..1 pl=0..1
convolution        0m=numbers 1m=numbers 2m=numbers 0rdiv=0..1000 1rdiv=0..1000 2rdiv=0..1000 0bias=0..65535 1bias=0..65535 2bias=0..65535 0mode=square|row|column 1mode=square|row|column 2mode=square|row|column
curves           * preset=none|color_negative|cross_process|darker|increase_contrast|lighter|linear_contrast|medium_contrast|negative|strong_contrast|vintage master=curve red=curve green=curve blue=curve all=curve interp=natural|pchip
dblur              angle=0..360 radius=0..8192 {_PLANES}
deband             1thr=0.00003..0.5 2thr=0.00003..0.5 3thr=0.00003..0.5 range=-512..512i blur=flag coupling=flag
deblock            block=4..512i alpha=0..1 beta=0..1 gamma=0..1 delta=0..1 {_PLANES}
deflate            {_LIMITS}
dilation           coordinates=0..255i {_LIMITS}
drawgrid           x=-65535..65535i y=-65535..65535i width=0..65535i height=0..65535i thickness=1..65535i color=color
edgedetect         high=0..1 low=0..1 mode=wires|colormix|canny
erosion            coordinates=0..255i {_LIMITS}
gblur              sigma=0..1024 sigmaV=-1..1024 steps=1..6i {_PLANES}
gradfun            strength=0.51..64 radius=4..32i
hflip
hsvhold          * hue=-360..360 sat={_HALF} val={_HALF} similarity=0.00001..1 blend=0..1
hue              * h=-360..360 s=-10..10 b=-10..10
huesaturation    * hue=-180..180 saturation={_HALF} intensity={_HALF} strength=0..100 rw=0..1 gw=0..1 bw=0..1 lightness=flag
inflate            {_LIMITS}
kirsch             {_EDGES}
lenscorrection     cx=0..1 cy=0..1 k1={_HALF} k2={_HALF} i=nearest|bilinear fc=color
limiter          * min={_BYTE} max={_BYTE} {_PLANES}
lutrgb           * r=formula g=formula b=formula
lutyuv           * y=formula u=formula v=formula
median             radius=1..127i radiusV=0..127i percentile=0..1 {_PLANES}
monochrome         cb={_HALF} cr={_HALF} size=0.1..10 high=0..1
negate           *
nlmeans            s=1..30 p=0..99i pc=0..99i r=0..99i rc=0..99i
noise              all_seed=0..2147483647i all_strength=0..100i c0_strength=0..100i c1_strength=0..100i c2_strength=0..100i all_flags=u|p|u+p
normalize          blackpt=color whitept=color independence=0..1 strength=0..1
pixelize           width=1..1024i height=1..1024i mode=avg|min|max
prewitt            {_EDGES}
pseudocolor      * preset=magma|inferno|plasma|viridis|turbo|cividis|range1|range2|shadows|highlights|solar|nominal|preferred|total|spectral|cool|heat|fiery|blues|green|helix index=0..2i opacity=0..1
removegrain        m0=0..24i m1=0..24i m2=0..24i
rgbashift          rh=-255..255i rv=-255..255i gh=-255..255i gv=-255..255i bh=-255..255i bv=-255..255i edge=smear|wrap
roberts            {_EDGES}
rotate             angle=-6.3..6.3 fillcolor=color bilinear=flag
scharr             {_EDGES}
selectivecolor   * correction_method=absolute|relative reds=numbers yellows=numbers greens=numbers cyans=numbers blues=numbers magentas=numbers whites=numbers neutrals=numbers blacks=numbers
shear              shx=-2..2 shy=-2..2 fillcolor=color interp=nearest|bilinear
sobel              {_EDGES}
swapuv           *
unsharp            luma_msize_x=3..13i luma_msize_y=3..13i luma_amount=-2..5 chroma_msize_x=3..13i chroma_msize_y=3..13i chroma_amount=-2..5
vibrance         * intensity=-2..2 rbal=-10..10 gbal=-10..10 bbal=-10..10 rlum=0..1 glum=0..1 blum=0..1 alternate=flag
vignette           angle=0..1.5707 x0=-65535..65535 y0=-65535..65535 mode=forward|backward aspect=0.01..100
yaepblur           radius=0..255i sigma=1..65535i {_PLANES}
"""

#: Set whatever is asked: what makes a filter of equal pictures equal ones.
_ALWAYS = {"vignette": (("dither", "0"),)}

#: What people look for and do not find here: why, and what does the same.
INSTEAD = {
    "atadenoise": "it looks at other frames; nlmeans or bilateral do not",
    "boxblur": "the FFmpeg inside PyAV is built without it; use avgblur, or the effect blur",
    "colorhold": "it gives back alpha; use chromahold or hsvhold",
    "colorkey": "it makes a matte; use mattes: {screen: {key: {color: ...}}}",
    "chromakey": "it makes a matte; use mattes: {screen: {key: {color: ...}}}",
    "crop": "it changes the size; use output: {frame: ...}",
    "drawbox": "use the effect solid with a region",
    "drawtext": "the FFmpeg inside PyAV is built without it",
    "eq": "the FFmpeg inside PyAV is built without it; use colorlevels, huesaturation or lutyuv",
    "exposure": "it works in floating point; use colorlevels or curves",
    "fade": "it counts frames; use the effect solid with opacity keyframes",
    "geq": "its formulas may change with the frame; use lutyuv or lutrgb",
    "grayworld": "it works in floating point; use colorcorrect with analyze: average",
    "histeq": "the FFmpeg inside PyAV is built without it; use normalize",
    "hqdn3d": "it looks at other frames, and the FFmpeg inside PyAV is built without it; use nlmeans or bilateral",
    "lut3d": "it opens a file",
    "movie": "it opens a file; name it under sources: and insert it",
    "overlay": "it takes two pictures; use the effect insert",
    "pad": "it changes the size; use output: {frame: ...}",
    "scale": "it changes the size; use output: {frame: ...}",
    "smartblur": "the FFmpeg inside PyAV is built without it; use bilateral or yaepblur",
    "subtitles": "it opens a file, and the FFmpeg inside PyAV is built without it",
    "tmix": "it looks at other frames",
    "vflip": "use the effect moviepy with MirrorY",
    "zoompan": "it changes the size; use output: {frame: ...}",
}

_NUMBERS = re.compile(r"-?\d+(\.\d+)?( +-?\d+(\.\d+)?)*")
_CURVE = re.compile(r"[01](\.\d+)?/[01](\.\d+)?( +[01](\.\d+)?/[01](\.\d+)?)*")
_FORMULA = re.compile(
    r"([-+*/^(),. ]|\d|\b(val|maxval|minval|negval|clipval|clip|min|max|abs|floor|ceil|round|sqrt|pow|exp|log|if|gt|gte|lt|lte|between|gammaval)\b)+"
)
_TEXTS = {
    "numbers": (_NUMBERS, "numbers with spaces between, such as '0 -1 0 -1 5 -1 0 -1 0'"),
    "curve": (_CURVE, "points from 0 to 1 with spaces between, such as '0/0 0.5/0.6 1/1'"),
    "formula": (_FORMULA, "a formula of val, such as 'val*1.2' or 'clip(val,16,200)'"),
}


@dataclass(frozen=True)
class Option:
    """One argument of a filter.

    Args:
        name: as FFmpeg calls it.
        kind: number, whole, words, flag, color, numbers, curve or formula.
        low: least number.
        high: largest number.
        words: what it can be.
    """

    name: str
    kind: str
    low: float = 0.0
    high: float = 0.0
    words: tuple[str, ...] = ()

    def text(self, value: Plain) -> str:
        """A value as FFmpeg takes it.

        Raises:
            ValueError: saying what was expected.
        """
        if self.kind in ("number", "whole"):
            return self._number(value)
        if self.kind == "flag" and isinstance(value, bool):
            return str(int(value))
        if self.kind == "words" and value in self.words:
            return str(value)
        if self.kind == "color" and isinstance(value, str):
            color = Color.parse(value)
            return "0x" + "".join(f"{part:02x}" for part in (*color.rgb, color.alpha))
        if self.kind in _TEXTS and isinstance(value, str) and _TEXTS[self.kind][0].fullmatch(value):
            return value
        raise ValueError(f"{self.name}: expected {self.expected}, got {value!r}")

    def _number(self, value: Plain) -> str:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not self.low <= float(value) <= self.high:  # type: ignore[arg-type]  # is a number
            raise ValueError(f"{self.name}: expected {self.expected}, got {value!r}")
        number = float(value)  # type: ignore[arg-type]  # likewise
        return str(round(number)) if self.kind == "whole" else f"{number:.9g}"

    @property
    def expected(self) -> str:
        """What it takes, in words."""
        if self.kind in ("number", "whole"):
            return f"a {'whole ' if self.kind == 'whole' else ''}number from {self.low:g} to {self.high:g}"
        known = {"flag": "true or false", "color": "a colour", "words": f"one of {', '.join(self.words)}"}
        return known.get(self.kind) or _TEXTS[self.kind][1]


@dataclass(frozen=True)
class FilterSpec:
    """One filter that a recipe may use.

    Args:
        name: as FFmpeg calls it.
        is_pointwise: whether each pixel only depends on itself, so that a part of the picture can be filtered alone.
        options: by name.
    """

    name: str
    is_pointwise: bool
    options: Mapping[str, Option]

    def settings(self, values: Mapping[str, Plain]) -> tuple[tuple[str, str], ...]:
        """Arguments as FFmpeg takes them.

        Args:
            values: by name.

        Raises:
            ValueError: an argument that it does not take, or a value that it cannot be.
        """
        for name in values:
            if name not in self.options:
                raise ValueError(f"{self.name} takes no {name!r}; {near(name, self.options) or 'it takes nothing'}")
        given = tuple((name, self.options[name].text(value)) for name, value in values.items())
        return (*_ALWAYS.get(self.name, ()), *given)

    def check(self, args: Mapping[str, Argument]) -> None:
        """Check every value that arguments are written with.

        Raises:
            ValueError: as ``settings`` does.
        """
        for name, argument in args.items():
            for value in argument.samples:
                self.settings({name: value})


def near(word: str, known: Mapping[str, object]) -> str:
    """A hint with the nearest known name, or with all of them when none is near."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}" if known else ""


def _option(text: str) -> Option:
    name, value = text.split("=")
    if match := re.fullmatch(r"(-?[\d.]+?)\.\.(-?[\d.]+)(i?)", value):
        return Option(name, "whole" if match[3] else "number", float(match[1]), float(match[2]))
    return Option(name, "words", words=tuple(value.split("|"))) if "|" in value else Option(name, value)


def _read(line: str) -> FilterSpec:
    name, *rest = line.split()
    options = [_option(text) for text in rest if text != "*"]
    return FilterSpec(name, "*" in rest, {option.name: option for option in options})


FILTERS: dict[str, FilterSpec] = {spec.name: spec for spec in map(_read, _TABLE.strip().splitlines())}
