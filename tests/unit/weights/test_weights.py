"""Model files: looked up in order, fetched with resume, checked by size and hash, refused in words."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from composer.cli.app import app
from composer.errors import Cancelled, InputError, ModelUnavailable
from composer.weights import MODELS, download, find_weights, model_file, registry, user_folder, verify, weight_folders

CONTENT = bytes(range(256)) * 4000


class Server:
    """Serves CONTENT on this machine, with faults on demand."""

    def __init__(self):
        self.content, self.breaks_after, self.claims, self.ranges, self.asked = CONTENT, [], None, True, []
        self.fails, self.paths, self.shift = [], ["/file"], 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                server.answer(self)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, request):
        wanted = request.headers.get("Range")
        self.asked.append(wanted)
        if request.path not in self.paths or self.fails:
            request.send_error(self.fails.pop(0) if self.fails else 404)
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranges else 0
        start = max(0, start - self.shift)
        body = self.content[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        if self.claims != "nothing":
            request.send_header("Content-Length", str(self.claims or len(body)))
        request.end_headers()
        stop = self.breaks_after.pop(0) if self.breaks_after else len(body)
        request.wfile.write(body[:stop])

    @property
    def address(self):
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server():
    serving = Server()
    yield serving
    serving.close()


@pytest.fixture
def model(server):
    return replace(
        MODELS[0],
        name="toy",
        file="toy.pth",
        url=f"{server.address}/file",
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        mirrors=(),
    )


@pytest.fixture
def mirror():
    serving = Server()
    serving.paths = ["/models/toy.pth"]
    yield serving
    serving.close()


def test_a_download_arrives_whole_under_its_name_and_tells_its_progress(model, tmp_path):
    told = []
    path = download(model, tmp_path / "new", progress=told.append)
    assert path.read_bytes() == CONTENT
    assert [item.name for item in path.parent.iterdir()] == ["toy.pth"]
    assert told[-1].done == told[-1].total == len(CONTENT)


def test_a_connection_that_breaks_off_is_resumed_where_it_broke(model, server, tmp_path):
    server.breaks_after = [300_000, 400_000]
    assert download(model, tmp_path, pause=0).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", "bytes=700000-"]


def test_a_server_without_ranges_starts_over_and_still_ends_well(model, server, tmp_path):
    server.breaks_after, server.ranges = [300_000], False
    assert download(model, tmp_path, pause=0).read_bytes() == CONTENT


def test_a_server_that_goes_on_somewhere_else_is_asked_for_the_whole(model, server, tmp_path):
    server.breaks_after, server.shift = [300_000], 7
    assert download(model, tmp_path, pause=0).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-", None]


def test_a_server_that_keeps_breaking_off_is_given_up_and_what_came_is_kept(model, server, tmp_path):
    server.breaks_after = [1000, 1000, 1000]
    with pytest.raises(ModelUnavailable, match=r"3 attempts failed.*3000 of 1024000"):
        download(model, tmp_path, attempts=3, pause=0)
    assert (tmp_path / "toy.pth.part").stat().st_size == 3000
    assert not (tmp_path / "toy.pth").exists()


def test_a_server_that_lies_about_the_size_is_refused_before_anything_is_written(model, server, tmp_path):
    server.claims = len(CONTENT) + 7
    with pytest.raises(ModelUnavailable, match="offers 1024007 bytes, the file has 1024000"):
        download(model, tmp_path, pause=0)
    assert not any(tmp_path.iterdir())


def test_a_server_whose_size_is_no_number_is_refused(model, server, tmp_path):
    server.claims = "many"
    with pytest.raises(ModelUnavailable, match="offers many bytes, which is no number"):
        download(model, tmp_path, pause=0)
    assert not any(tmp_path.iterdir())


def test_a_server_that_names_no_size_and_sends_too_much_is_cut_off(model, server, tmp_path):
    server.claims, server.content = "nothing", CONTENT + b"more"
    with pytest.raises(ModelUnavailable, match="sends more than the 1024000 bytes"):
        download(model, tmp_path, pause=0)
    assert not any(tmp_path.iterdir())


def test_a_server_that_names_no_size_and_sends_too_little_is_asked_for_the_rest(model, server, tmp_path):
    server.claims, server.breaks_after = "nothing", [300_000]
    assert download(model, tmp_path, pause=0).read_bytes() == CONTENT
    assert server.asked == [None, "bytes=300000-"]


def test_a_server_in_trouble_is_tried_again(model, server, tmp_path):
    server.fails = [500, 503]
    assert download(model, tmp_path, pause=0).read_bytes() == CONTENT
    assert len(server.asked) == 3


class TestMirror:
    """A mirror is tried first; whatever it does, what arrives is the file of the registry or nothing."""

    def fetched(self, model, mirror, folder):
        return download(model, folder, mirror=f"{mirror.address}/models/", attempts=2, pause=0).read_bytes()

    def test_it_is_asked_for_the_file_by_its_registry_name(self, model, server, mirror, tmp_path):
        assert self.fetched(model, mirror, tmp_path) == CONTENT
        assert (len(mirror.asked), server.asked) == (1, [])

    @pytest.mark.parametrize("fails", [[404], [500, 502]], ids=["missing", "in trouble"])
    def test_one_without_the_file_is_passed_over(self, fails, model, server, mirror, tmp_path):
        mirror.fails = list(fails)
        assert self.fetched(model, mirror, tmp_path) == CONTENT
        assert (len(mirror.asked), len(server.asked)) == (len(fails), 1)

    def test_one_with_another_file_is_passed_over(self, model, mirror, tmp_path):
        mirror.content = bytes(len(CONTENT))
        assert self.fetched(model, mirror, tmp_path) == CONTENT

    def test_one_that_offers_another_size_is_passed_over(self, model, mirror, tmp_path):
        mirror.claims = 7
        assert self.fetched(model, mirror, tmp_path) == CONTENT

    def test_the_next_server_goes_on_where_it_broke_off(self, model, server, mirror, tmp_path):
        mirror.breaks_after = [100_000, 100_000]
        assert self.fetched(model, mirror, tmp_path) == CONTENT
        assert server.asked == ["bytes=200000-"]

    def test_a_wrong_beginning_from_it_costs_a_second_start_and_no_more(self, model, server, mirror, tmp_path):
        mirror.content, mirror.breaks_after = bytes(len(CONTENT)), [100_000, 100_000]
        assert self.fetched(model, mirror, tmp_path) == CONTENT
        assert server.asked == ["bytes=200000-", None]

    def test_places_in_the_registry_come_after_the_first(self, model, server, mirror, tmp_path):
        server.fails = [404]
        known = replace(model, mirrors=(f"{mirror.address}/models/toy.pth",))
        assert download(known, tmp_path, pause=0).read_bytes() == CONTENT
        assert len(mirror.asked) == 1

    def test_where_nobody_has_it_each_is_named_with_its_reason(self, model, server, mirror, tmp_path):
        server.fails, mirror.content = [404], bytes(len(CONTENT))
        with pytest.raises(ModelUnavailable, match=r"127.0.0.1:\d+: what came is not the file.*127.0.0.1:\d+: .*404"):
            self.fetched(model, mirror, tmp_path)
        assert not any(tmp_path.iterdir())

    @pytest.mark.parametrize("way", ["option", "environment"])
    def test_the_command_takes_it_as_an_option_or_from_the_environment(self, way, model, mirror, tmp_path):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(registry, "MODELS", (replace(model, url=f"{model.url}-gone"),))
            address = f"{mirror.address}/models"
            asked = ["models", "download", "toy", "--weights", str(tmp_path)]
            given = ["--mirror", address] if way == "option" else []
            result = CliRunner().invoke(app, asked + given, env={"COMPOSER_MIRROR": None if given else address})
        assert result.exit_code == 0, result.output
        assert (tmp_path / "toy.pth").read_bytes() == CONTENT

    @pytest.mark.parametrize(
        "address", ["/mnt/models", "file:///mnt/models", "ftp://host/models", "http://[host", "http://host/\u00e4"]
    )
    def test_a_folder_is_no_mirror_and_the_hint_says_what_it_is(self, address, model, tmp_path):
        with pytest.raises(InputError) as refusal:
            download(model, tmp_path, mirror=address)
        assert "--weights FOLDER" in refusal.value.hint


def test_a_wrong_file_of_the_right_size_is_thrown_away(model, server, tmp_path):
    server.content = bytes(len(CONTENT))
    with pytest.raises(ModelUnavailable, match=r"not the file.*sha256"):
        download(model, tmp_path, pause=0)
    assert not any(tmp_path.iterdir())


def test_a_missing_file_is_not_tried_again_and_the_hint_names_the_way_out(model, server, tmp_path):
    with pytest.raises(ModelUnavailable, match="404") as refusal:
        download(replace(model, url=f"{model.url}-gone"), tmp_path, pause=0)
    assert len(server.asked) == 1
    assert "--weights" in refusal.value.hint


def test_a_download_stopped_by_the_user_goes_on_next_time(model, server, tmp_path):
    with pytest.raises(Cancelled):
        download(model, tmp_path, cancelled=lambda: True)
    have = (tmp_path / "toy.pth.part").stat().st_size
    assert 0 < have < len(CONTENT)
    assert download(model, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1] == f"bytes={have}-"


def test_a_file_already_there_is_checked_and_not_fetched_again(model, server, tmp_path):
    (tmp_path / "toy.pth").write_bytes(CONTENT)
    assert download(model, tmp_path) == tmp_path / "toy.pth"
    assert server.asked == []
    (tmp_path / "toy.pth").write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ModelUnavailable, match="sha256"):
        download(model, tmp_path)


def test_verify_says_how_long_a_file_is_and_should_be(model, tmp_path):
    (tmp_path / "toy.pth").write_bytes(b"short")
    with pytest.raises(ModelUnavailable, match="5 bytes long, toy has 1024000"):
        verify(model, tmp_path / "toy.pth")


def test_folders_are_looked_through_in_the_order_given_then_environment_then_cache(model, tmp_path):
    environ = {"COMPOSER_WEIGHTS": str(tmp_path / "env"), "HOME": str(tmp_path)}
    folders = weight_folders(tmp_path / "given", environ=environ)
    assert folders == (tmp_path / "given", tmp_path / "env", user_folder(environ))
    assert find_weights(model, folders) is None
    for folder in reversed(folders):
        folder.mkdir(parents=True)
        (folder / "toy.pth").write_bytes(CONTENT)
        assert find_weights(model, folders) == folder / "toy.pth"


def test_a_file_of_the_wrong_size_is_passed_over(model, tmp_path):
    for name, content in (("first", b"short"), ("second", CONTENT)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "toy.pth").write_bytes(content)
    assert find_weights(model, (tmp_path / "first", tmp_path / "second")) == tmp_path / "second" / "toy.pth"


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.name)
def test_every_registry_entry_is_complete(entry):
    for address in (entry.url, *entry.mirrors):
        assert address.startswith("https://")
        assert Path(address).name == entry.file
    assert len(entry.sha256) == 64
    assert int(entry.sha256, 16) > 0
    assert entry.size > 1_000_000
    assert entry.licence
    assert entry.purpose


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ModelUnavailable) as refusal:
        model_file("sam_vit_x")
    assert "sam_vit_b" in refusal.value.hint
