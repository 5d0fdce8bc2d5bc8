"""One composite by one program, in a process of its own, so that its peak memory is its own.

    python benchmarks/compositing/contestants.py NAME FOLDER BACKGROUND OUTPUT

NAME is composer, moviepy or plain; FOLDER holds what media.py made; BACKGROUND is still or moving. Prints one
JSON line with the seconds from after the imports until the file is closed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

THREADS = 2
RECIPE = """composer: 1
sources: {{plate: plate.mp4, behind: {behind}}}
mattes: {{subject: {{file: matte.mkv}}}}
edits: [background: {{source: behind, keep: subject, clean_edges: {clean}}}]
output: {{video: {{codec: h264, quality: 20, preset: veryfast}}, audio: none}}
"""


def background(folder: Path, kind: str) -> Path:
    return folder / {"still": "still.png", "moving": "moving.mp4"}[kind]


def composer(folder: Path, kind: str, output: Path, *, clean: bool = True) -> Callable[[], None]:
    from composer.render import render_recipe  # noqa: PLC0415 - each process loads one contestant

    recipe = folder / f"{output.stem}.yaml"
    recipe.write_text(RECIPE.format(behind=background(folder, kind).name, clean=str(clean).lower()))
    return lambda: render_recipe(recipe, output=output, use_cache=False)


def composer_plain_edges(folder: Path, kind: str, output: Path) -> Callable[[], None]:
    return composer(folder, kind, output, clean=False)


def moviepy(folder: Path, kind: str, output: Path) -> Callable[[], None]:
    from moviepy import CompositeVideoClip, ImageClip, VideoFileClip  # noqa: PLC0415 - each process loads one contestant

    def work() -> None:
        plate = VideoFileClip(str(folder / "plate.mp4"), audio=False)
        matte = VideoFileClip(str(folder / "matte.mkv"), audio=False).to_mask()
        picture = background(folder, kind)
        if kind == "still":
            behind = ImageClip(str(picture)).resized(plate.size).with_duration(plate.duration)
        else:
            behind = VideoFileClip(str(picture), audio=False)
        clip = CompositeVideoClip([behind, plate.with_mask(matte)]).with_duration(plate.duration)
        clip.write_videofile(
            str(output),
            fps=plate.fps,
            codec="libx264",
            preset="veryfast",
            threads=THREADS,
            ffmpeg_params=["-crf", "20", "-pix_fmt", "yuv420p"],
            audio=False,
            logger=None,
        )

    return work


def plain(folder: Path, _kind: str, output: Path) -> Callable[[], None]:
    import av  # noqa: PLC0415 - each process loads one contestant

    def work() -> None:
        with av.open(str(folder / "plate.mp4")) as source, av.open(str(output), "w") as target:
            video = source.streams.video[0]
            video.thread_type = "AUTO"
            video.codec_context.thread_count = THREADS
            options = {"preset": "veryfast", "crf": "20", "threads": str(THREADS)}
            stream = target.add_stream("libx264", rate=video.average_rate, options=options)
            stream.width, stream.height, stream.pix_fmt = video.width, video.height, "yuv420p"
            for frame in source.decode(video):
                frame.pict_type = 0
                target.mux(stream.encode(frame))
            target.mux(stream.encode())

    return work


CONTESTANTS = {
    "composer": composer,
    "composer_plain_edges": composer_plain_edges,
    "moviepy": moviepy,
    "plain": plain,
}


def ffmpeg_command(
    folder: Path, kind: str, output: Path, *, binary: str, size: tuple[int, int], frames: int
) -> list[str]:
    """The same composite as a filter graph: maskedmerge with the matte brought to chroma size once a frame."""
    width, height = size
    if kind == "still":
        behind = f"[2:v]scale={width}:{height},format=yuv420p,loop=loop=-1:size=1,setpts=N/25/TB[behind]"
    else:
        behind = "[2:v]null[behind]"
    graph = ";".join(
        [
            "[1:v]split[full][half]",
            f"[half]scale={width // 2}:{height // 2}:flags=area,split[u][v]",
            "[full][u][v]mergeplanes=0x001020:yuv420p[mask]",
            behind,
            "[behind][0:v][mask]maskedmerge[out]",
        ]
    )
    inputs = ["plate.mp4", "matte.mkv", background(folder, kind).name]
    named = [part for name in inputs for part in ("-threads", str(THREADS), "-i", str(folder / name))]
    video = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-threads", str(THREADS)]
    head = [binary, "-v", "error", "-y", "-filter_complex_threads", str(THREADS)]
    return [*head, *named, "-filter_complex", graph, "-map", "[out]", "-frames:v", str(frames), *video, str(output)]


if __name__ == "__main__":
    name, folder, kind, output = sys.argv[1:]
    work = CONTESTANTS[name](Path(folder), kind, Path(output))
    started = time.perf_counter()
    work()
    print(json.dumps({"seconds": time.perf_counter() - started}))
