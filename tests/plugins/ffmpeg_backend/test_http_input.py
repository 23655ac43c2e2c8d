"""What is read of HTTP servers, as whole files, as streams and as playlists."""

import gc
import logging
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path

import pytest

from tests.media.clip import Clip, write
from tests.media.remux import remux
from virtualptz.errors import MediaError, MediaTimeoutError
from virtualptz.model import SourceOptions

from .http_site import SEGMENTS, Files, Site, pictures_of, playlist, site
from .stage import CLIP, backend, everything

ALL = SEGMENTS * CLIP.frames


@pytest.mark.parametrize("name", ["list.m3u8", "master.m3u8"])
def test_a_playlist_is_read_to_its_end_over_few_connections(web: Path, name: str) -> None:
    with site(web) as server:
        assert pictures_of(server.at(name)) == ALL
    paths = [path for path, _, _ in server.asked]
    assert paths[0] == f"/{name}"
    assert {"/0.ts", "/1.ts", "/2.ts"} <= set(paths)
    assert {host for _, _, host in server.asked} == {f"127.0.0.1:{server.server_port}"}
    assert len({port for _, port, _ in server.asked}) < len(paths), "connections are used again"


def test_nothing_is_asked_for_packed_and_what_is_packed_is_refused(web: Path) -> None:
    with site(web) as server:
        pictures_of(server.at("list.m3u8"))
        assert {said["Accept-Encoding"] for said in server.headers} == {"identity"}
        server.answers = lambda asked: asked.answer(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
        with pytest.raises(MediaError, match="packs what it was not asked to"):
            pictures_of(server.at("clip.ts"))


def test_a_connection_that_was_hung_up_meanwhile_is_made_anew(web: Path) -> None:
    def short(asked: Files) -> bool:
        if asked.path.endswith("1.ts"):
            asked.close_connection = True
        return False

    with site(web) as server:
        server.answers = short
        assert pictures_of(server.at("list.m3u8")) == ALL


def test_a_playlist_is_known_by_its_type_where_its_name_says_nothing(web: Path) -> None:
    def live(asked: Files) -> bool:
        if asked.path != "/live?id=7":
            return False
        return asked.answer(
            200, {"Content-Type": "application/vnd.apple.mpegurl"}, (web / "list.m3u8").read_bytes()
        )

    with site(web) as server:
        server.answers = live
        assert pictures_of(server.at("live?id=7")) == ALL


@pytest.mark.parametrize("name", ["list.m3u8", "master.m3u8"])
def test_a_playlist_elsewhere_names_what_is_there(web: Path, name: str) -> None:
    with site(web) as first, site(web) as second:
        first.leads_to = second.at("").rstrip("/")
        assert pictures_of(first.at(f"moved/{name}")) == ALL
    assert [path for path, _, _ in first.asked] == [f"/moved/{name}"]
    assert {"/0.ts", "/1.ts", "/2.ts"} <= {path for path, _, _ in second.asked}


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_segment_that_is_missing_is_left_out(
    web: Path, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with site(web) as server, caplog.at_level(logging.WARNING):
        server.answers = lambda asked: "1.ts" in asked.path and asked.answer(status, {"Location": "/1.ts"})
        assert pictures_of(server.at("list.m3u8")) == ALL - CLIP.frames
    assert sum("a part of the source is left out" in record.message for record in caplog.records) == 1


def test_a_segment_that_breaks_off_ends_there(web: Path) -> None:
    def half(asked: Files) -> bool:
        data = (web / "1.ts").read_bytes()
        asked.close_connection = "1.ts" in asked.path
        return "1.ts" in asked.path and asked.answer(
            200, {"Content-Length": str(len(data))}, data[: len(data) // 2]
        )

    with site(web) as server:
        server.answers = half
        assert ALL - CLIP.frames < pictures_of(server.at("list.m3u8")) < ALL


def test_a_live_playlist_goes_on_past_what_is_missing(web: Path) -> None:
    """Its window moves on each time it is asked for; the second of its segments is never there."""
    served = [0]

    def live(asked: Files) -> bool:
        if asked.path.endswith("live.m3u8"):
            served[0] += 1
            names = [f"{number}.ts" for number in range(5)][: served[0]]
            text = playlist(*names).replace("DURATION:3", "DURATION:1").replace("EXTINF:3", "EXTINF:0.5")
            ends = served[0] >= 5
            return asked.answer(200, {}, (text if ends else text.replace("#EXT-X-ENDLIST\n", "")).encode())
        asked.path = "/gone.ts" if "1.ts" in asked.path else "/clip.ts"
        return False

    with site(web) as server:
        server.answers = live
        assert pictures_of(server.at("live.m3u8")) == 4 * CLIP.frames


def test_names_of_all_kinds_are_asked_for(web: Path) -> None:
    names = [
        "citt\u00e0 1.ts",
        "\udcff\udcfe.ts",
        "a%20b.ts?x=\u00e9&y=%C3%A9",
        "/" + "\u00e9" * 400 + ".ts",
    ]

    def any_name(asked: Files) -> bool:
        if asked.path == "/all.m3u8":
            return asked.answer(200, {}, playlist(*names).encode("utf-8", "surrogateescape"))
        asked.path = "/clip.ts"
        return False

    with site(web) as server:
        server.answers = any_name
        assert pictures_of(server.at("all.m3u8")) == len(names) * CLIP.frames
        assert pictures_of(server.at("citt\u00e0.ts")) == CLIP.frames
    asked = [path for path, _, _ in server.asked]
    assert asked[1:4] == ["/citt%C3%A0%201.ts", "/%FF%FE.ts", "/a%20b.ts?x=%C3%A9&y=%C3%A9"]
    assert asked[-1] == "/citt%C3%A0.ts"


def test_a_playlist_without_end_is_not_read(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualptz_ffmpeg.playlist.LONGEST", 100)
    with site(web) as server, pytest.raises(MediaError, match="its playlist has no end"):
        backend().probe(server.at("list.m3u8"), 5)


def test_parts_of_files_are_segments_too(web: Path, tmp_path: Path) -> None:
    size = (web / "clip.ts").stat().st_size
    half = size // 376 * 188
    shutil.copy(web / "clip.ts", tmp_path)
    parts = f"#EXT-X-BYTERANGE:{half}@0\nclip.ts\n#EXTINF:1,\n#EXT-X-BYTERANGE:{size - half}@{half}\nclip.ts"
    (tmp_path / "list.m3u8").write_text(playlist(parts, head="#EXT-X-VERSION:4\n"))
    with site(tmp_path) as server:
        server.answers = Files.part
        assert pictures_of(server.at("list.m3u8")) == CLIP.frames
    wanted = [f"bytes=0-{half - 1}", f"bytes={half}-{size - 1}"]
    assert [said.get("Range") for said in server.headers[1:]] == wanted


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Too large to be kept while an index is looked for, which is at the end."""
    folder = tmp_path_factory.mktemp("films")
    clip = Clip(width=640, height=360, fps=Fraction(30), seconds=8, snow=30)
    remux(write(folder / "film.mkv", clip), folder / "film.mp4")
    return folder


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_a_film_is_read_in_parts(films: Path, name: str) -> None:
    with site(films) as server:
        server.answers = Files.part
        assert pictures_of(server.at(name)) == 240
    if name == "film.mp4":
        assert len(server.asked) == 3, "its beginning, its index, and again its beginning"


def test_a_film_whose_index_is_at_its_end_needs_a_server_that_sends_parts(films: Path) -> None:
    with site(films) as server:
        assert pictures_of(server.at("film.mkv")) == 240
        with pytest.raises(
            MediaError, match=r"cannot send parts of a file, and this file's index is"
        ) as caught:
            pictures_of(server.at("film.mp4"))
    assert not caught.value.retryable


def test_who_says_it_sends_parts_and_does_not_is_found_out(films: Path) -> None:
    def whole(asked: Files) -> bool:
        data = (films / "film.mp4").read_bytes()
        return asked.answer(200, {"Accept-Ranges": "bytes"}, data)

    with site(films) as server:
        server.answers = whole
        with pytest.raises(MediaError, match="cannot send parts of a file"):
            pictures_of(server.at("film.mp4"))


def test_a_film_that_breaks_off_has_not_ended(films: Path) -> None:
    def half(asked: Files) -> bool:
        data = (films / "film.mkv").read_bytes()
        asked.close_connection = True
        return asked.answer(200, {"Content-Length": str(len(data))}, data[: len(data) // 2])

    with site(films) as server:
        server.answers = half
        with pytest.raises(MediaError, match=r"reading .* the connection broke off") as caught:
            pictures_of(server.at("film.mkv"))
    assert caught.value.retryable


@contextmanager
def endless(web: Path, goes_on: Callable[[Files], object]) -> Iterator[Site]:
    """A live stream: the clip, and then whatever."""

    def stream(asked: Files) -> bool:
        asked.send_response(200)
        asked.end_headers()
        asked.wfile.write((web / "clip.ts").read_bytes())
        asked.wfile.flush()
        goes_on(asked)
        asked.close_connection = True
        return True

    with site(web) as server:
        server.answers = stream
        yield server


def test_what_has_come_is_handed_on_at_once(web: Path) -> None:
    over = threading.Event()
    with endless(web, lambda _: over.wait(20)) as server:
        began = time.monotonic()
        source = backend().open_source(server.at("live"), SourceOptions(open_timeout=20, read_timeout=20))
        pictures = 0
        while pictures < CLIP.frames - 10:  # the demuxer keeps the last, whose end it has not seen
            pictures += type(source.read()).__name__ == "YuvPicture"
        assert time.monotonic() - began < 10
        threading.Timer(0.3, source.close).start()
        while source.read() is not None:
            pass
        assert time.monotonic() - began < 15, "closing ends what waits"
        over.set()


def dripping(asked: Files) -> None:
    """Something always comes, and never a picture."""
    with suppress(OSError):  # until whoever asked has gone
        for _ in range(60):
            asked.wfile.write(b"\x47\x1f\xff\x10" + bytes(20))
            time.sleep(0.1)


@pytest.mark.parametrize("goes_on", [lambda _: time.sleep(4), dripping], ids=["silent", "dripping"])
def test_a_stream_that_brings_nothing_more_is_given_up_in_time(
    web: Path, goes_on: Callable[[Files], object]
) -> None:
    with endless(web, goes_on) as server:
        source = backend().open_source(server.at("live"), SourceOptions(open_timeout=20, read_timeout=1))
        last = [time.monotonic()]

        def read_on() -> None:
            while source.read() is not None:
                last[0] = time.monotonic()

        with pytest.raises(MediaTimeoutError):
            read_on()
        assert 0.9 < time.monotonic() - last[0] < 3
        source.close()


@pytest.mark.parametrize(
    "begins", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"]
)
def test_a_segment_whose_server_never_comes_to_the_point_is_given_up_in_time(
    web: Path, begins: bytes
) -> None:
    def drip(asked: Files) -> bool:
        if "1.ts" not in asked.path:
            return False
        asked.close_connection = True
        with suppress(OSError):  # until whoever asked has gone
            asked.wfile.write(begins)
            for _ in range(60):
                asked.wfile.write(b"x\n" if begins.endswith(b"0\r\n") else b"x")
                time.sleep(0.1)
        return True

    with site(web) as server:
        server.answers = drip
        source = backend().open_source(server.at("list.m3u8"), SourceOptions(read_timeout=1))
        began = time.monotonic()
        with pytest.raises(MediaTimeoutError):
            everything(source)
        assert time.monotonic() - began < 4
        source.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_does_not_answer_is_told(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MediaError, match="Connection refused") as caught:
        backend().probe(f"{scheme}://127.0.0.1:{port}/x", 5)
    assert caught.value.retryable


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_nobody_knows_is_told(scheme: str) -> None:
    with pytest.raises(MediaError, match="the host's name cannot be looked up") as caught:
        backend().probe(f"{scheme}://no-such-name.invalid/x", 8)
    assert caught.value.retryable


@pytest.mark.parametrize(
    "says",
    [
        b"nonsense\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 999 secret77\r\n\r\n",
    ],
)
def test_who_does_not_speak_http_is_told(says: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(says)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(MediaError, match=r"does not answer as HTTP asks|broke off|answers 999") as caught:
            backend().probe(f"http://127.0.0.1:{server.getsockname()[1]}/x", 5)
        thread.join()
    assert "secret77" not in str(caught.value)


def test_who_leads_in_circles_is_told(web: Path) -> None:
    with site(web) as server:
        server.answers = lambda asked: asked.answer(302, {"Location": asked.path})
        with pytest.raises(MediaError, match="from one address to the next, without end"):
            backend().probe(server.at("clip.ts"), 5)
        assert len(server.asked) < 20


def test_sources_that_nobody_closed_harm_nobody(web: Path) -> None:
    """PyAV itself would free twice what they have open, and end the process."""
    with site(web) as server:
        for _ in range(3):
            source = backend().open_source(server.at("list.m3u8"), SourceOptions())
            assert source.read() is not None
            del source
            gc.collect()
