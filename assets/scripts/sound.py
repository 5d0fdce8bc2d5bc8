"""Makes the sound of the street: air, far traffic, birds, and the walker's steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
HERTZ = 48000


def shaped(count: int, *, seed: int, low: float, high: float, tilt: float) -> Floats:
    """Noise between two frequencies in hertz whose power falls by ``tilt`` per octave-like step; peak near 1."""
    rng = np.random.default_rng(seed)
    frequency = np.fft.rfftfreq(count, 1 / HERTZ)
    gate = 1 / (1 + (low / np.maximum(frequency, 1)) ** 4) / (1 + (frequency / high) ** 4)
    spectrum = np.fft.rfft(rng.standard_normal(count)) * gate / np.maximum(frequency, 20) ** tilt
    wave = np.fft.irfft(spectrum, count)
    return (wave / (3.5 * wave.std() + 1e-12)).astype(np.float32)


def step_sound(*, seed: int) -> Floats:
    """One shoe on stone: a heel thump, then the sole's rustle; a quarter of a second."""
    count = HERTZ // 4
    time = np.arange(count, dtype=np.float32) / HERTZ
    thump = np.sin(2 * np.pi * (95 + 60 * np.exp(-time / 0.012)) * time) * np.exp(-time / 0.03)
    click = shaped(count, seed=seed, low=900, high=4200, tilt=0.2) * np.exp(-time / 0.012)
    rustle = shaped(count, seed=seed + 1, low=1500, high=6000, tilt=0.4) * np.exp(-(((time - 0.09) / 0.035) ** 2))
    return (0.5 * thump + 0.6 * click + 0.14 * rustle).astype(np.float32)


def bird(*, seed: int) -> Floats:
    """A short far whistle."""
    rng = np.random.default_rng(seed)
    time = np.arange(HERTZ // 3, dtype=np.float32) / HERTZ
    pitch = 3100 + 500 * np.sin(2 * np.pi * rng.uniform(6, 11) * time) + rng.uniform(-300, 600) * time
    return (np.sin(2 * np.pi * np.cumsum(pitch) / HERTZ) * np.sin(np.pi * time * 3) ** 2).astype(np.float32)


def street_sound(seconds: float, steps: list[tuple[float, float, float]]) -> Floats:
    """The whole sound track, (2, N) at 48 kHz.

    Args:
        seconds: how long.
        steps: per footstep its time, loudness 0..1, and place from -1 left to 1 right.
    """
    count = round(seconds * HERTZ)
    sides = [
        0.05 * shaped(count, seed=1 + side, low=30, high=500, tilt=0.9)
        + 0.012 * shaped(count, seed=3 + side, low=400, high=6000, tilt=0.5)
        for side in (0, 1)
    ]
    sound = np.stack(sides)
    for number, (at, loud, place) in enumerate(steps):
        add(sound, step_sound(seed=100 + 2 * number) * 0.5 * loud, at, place)
    for number, at in enumerate((0.7, 1.05, 3.4, 3.9)):
        add(sound, bird(seed=200 + number) * 0.02, at, 0.6 - 0.9 * (number // 2))
    fade = np.clip(np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.08 * HERTZ), 0, 1)
    return (np.tanh(sound) * fade).astype(np.float32)


def add(sound: Floats, wave: Floats, at: float, place: float) -> None:
    """Mix a wave into (2, N) sound at a time, panned from -1 to 1 with equal power."""
    start = round(at * HERTZ)
    wave = wave[: max(sound.shape[1] - start, 0)]
    turn = (np.clip(place, -1, 1) + 1) * np.pi / 4
    sound[0, start : start + len(wave)] += np.cos(turn) * wave
    sound[1, start : start + len(wave)] += np.sin(turn) * wave
