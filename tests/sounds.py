"""Sound for the tests: files with known samples, and what ffmpeg's own meter says of them."""

from __future__ import annotations

import re
import subprocess
import wave

import imageio_ffmpeg
import numpy as np

RATE = 48_000


def written_wav(path, samples, *, rate=RATE):
    """(C, N) values from -1 to 1 as 16-bit PCM."""
    whole = np.atleast_2d(samples)
    with wave.open(str(path), "wb") as out:
        out.setparams((whole.shape[0], 2, rate, whole.shape[1], "NONE", ""))
        out.writeframes((whole.T * 32768).round().clip(-32768, 32767).astype("<i2").tobytes())
    return path


def sine(hertz, decibels, seconds, *, rate=RATE):
    """(N,) a tone whose peak is so many decibels of full scale."""
    return 10 ** (decibels / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def ebur128(path):
    """Integrated loudness and true peak of a file, as ffmpeg measures them."""
    words = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(path)]
    asked = ["-filter_complex", "[0:a]ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run([*words, *asked], capture_output=True, text=True, check=True).stderr
    loud = re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1]
    return float(loud), float(re.findall(r"Peak:\s+(-?[\d.]+) dBFS", said)[-1])
