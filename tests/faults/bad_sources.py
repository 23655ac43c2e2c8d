"""Sources that would lead to a canary, were they opened."""

import base64
from collections.abc import Iterator
from pathlib import Path

from ..core.test_uris import BAD_URLS

CALLS: dict[str, dict[str, object]] = {
    "/runner/probe": {"timeout_seconds": 2},
    "/runner/preview/start": {"profile": {}},
    "/runner/ingest/start": {"session_id": "5004", "profile": "fluid"},
}
PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{port}/x.ts\n#EXTINF:1,\n{file}\n",
    "list.M3U": "#EXTM3U\n{file}\n",
    "list.pls": "[playlist]\nFile1=http://127.0.0.1:{port}/x\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{file}'\n",
    "camera.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n",
    "film.mpd": "<MPD><Period><BaseURL>http://127.0.0.1:{port}/</BaseURL></Period></MPD>",
}
TO_THE_FILE = """
    concat:{file}|{file} concatf:{file} subfile,,start,0,end,9,,:{file} SUBFILE,,start,0,end,9,,:{file}
    crypto:{file} crypto+file:{file} async:{file} cache:{file} async:cache:{file} tee:{file} md5:{file}
    unix:{file} bluray:{file} file:crypto:{file} file:subfile,,start,0,end,9,,:{file} file://127.0.0.1{file}
    file:.{file} lavfi:movie={file} fd:{file} pipe:{file} file+crypto:{file} -i{file} --{file}
"""
TO_THE_PORT = """
    tcp: tls: gopher: gophers: ftp: sftp: smb: http+tcp: hls+http: hls+https: applehttp+http: crypto+http:
    async:http: cache:http: concat:http: subfile,,start,0,end,9,,:http: httpproxy: rtmpt: rtmpe: rtmpte:
    rtmpts: ffrtmphttp: ffrtmpcrypt: rtp: srtp: sctp: udplite: prompeg: icecast: mmsh: mmst: amqp: amqps:
    rist: zmq:tcp: ipfs: ws: wss: file:http: -http:
"""
TWISTED = """
    http:/{port} http:{port} http:\\\\{port} http://{port}/%0d%0aX:%20y http://{port}/%00
    http://user:a/b@{port}/ http://{port}:80/ http://-@{port}x/ srt://{port}?mode=caller&srt_filter=x
    srt://{port}?protocol_whitelist=file srt://user:pass@{port} udp://{port}?protocol_whitelist=file
    udp://user@{port} srt://{port}?mode=tee
"""


NAMED_INSIDE = """
    http://127.0.0.1:{port} http://localhost:{port} http://LOCALHOST.:{port} http://127.1:{port} http://0x7f.1:{port}
    http://2130706433:{port} http://0177.0.0.1:{port} http://[::1]:{port} http://[::ffff:127.0.0.1]:{port}
    http://0.0.0.0:{port} http://10.0.0.1@127.0.0.1:{port} http://10.0.0.1%40127.0.0.1:{port}
    http://127.0.0.1:{port}#@10.0.0.1 rtsp://127.0.0.1:{port}/x rtmp://localhost:{port}/x srt://127.0.0.1:{port}
"""
"""This machine, in every spelling: refused where `RUNNER_SOURCE_HOSTS` does not hold it."""


def corpus(file: Path, port: int, folder: Path) -> Iterator[str]:
    """Those of our own kind that would lead to the canaries, were they opened; then all the others."""
    for name, text in PLAYLISTS.items():
        (folder / name).write_text(text.format(file=file, port=port))
        (folder / f"{name}.mp4").symlink_to(folder / name)
        yield from (str(folder / name), f"file://{folder / name}", str(folder / f"{name}.mp4"))
    here = f"127.0.0.1:{port}"
    yield from (form.format(file=file) for form in TO_THE_FILE.split())
    yield from (f"{scheme}//{here}/x.ts" for scheme in TO_THE_PORT.split())
    yield from (form.format(port=here) for form in TWISTED.split())
    data = base64.b64encode(PLAYLISTS["list.m3u8"].format(file=file, port=port).encode()).decode()
    yield f"data:application/vnd.apple.mpegurl;base64,{data}"
    yield from (
        f"http://{here}/{end}" for end in ("a b", "a\tb", "a\r\nX: y", "a\x00", "a\x7f", "a\u2028", "a\\b")
    )
    yield from (f"rtmp://{here}/live swfUrl=http://{here}/ live=1", f" http://{here}/", f"http://{here}/ ")
    yield from BAD_URLS
