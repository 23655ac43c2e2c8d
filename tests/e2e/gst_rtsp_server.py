"""GStreamer's RTSP server for the tests, run by a Python that has PyGObject.

gst_rtsp_server.py PORT play FILE [USER PASSWORD [CERTIFICATE]]: serves FILE (MP4, H.264 and AAC) as /stream.
With a certificate, and its key, by TLS, and the login is a digest.
gst_rtsp_server.py PORT wrap FILE: the same, with RTP time stamps that pass 2^32 after six seconds.
gst_rtsp_server.py PORT record FILE: takes what is published to /stream into FILE (Matroska, PCM sound:
the depayloader stamps only the first of the AAC frames in a packet, a decoder stamps them all).
gst_rtsp_server.py PORT patient FILE: the same, and waits a second for what is late, not a fifth of one.
"""

import importlib
import signal
import sys
from typing import Any

gi: Any = importlib.import_module("gi")
gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
Gio: Any = importlib.import_module("gi.repository.Gio")
GLib: Any = importlib.import_module("gi.repository.GLib")
Gst: Any = importlib.import_module("gi.repository.Gst")
GstRtsp: Any = importlib.import_module("gi.repository.GstRtsp")
GstRtspServer: Any = importlib.import_module("gi.repository.GstRtspServer")

PLAY = (
    '( filesrc location="{file}" ! qtdemux name=demux '
    "demux.video_0 ! queue ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 {video}"
    "demux.audio_0 ! queue ! aacparse ! rtpmp4gpay name=pay1 pt=97 {audio})"
)
WRAP_SECONDS = 6
PATIENT_MS = 1000
OFFSET = "timestamp-offset={} "
RATES = {"video": 90_000, "audio": 48_000}
"""RTP's clocks, ticks a second: RFC 6184, and for AAC the sample rate, RFC 3640."""
RECORD = (
    "( matroskamux name=mux streamable=true "
    '! filesink location="{file}" buffer-mode=unbuffered sync=false async=false '
    "rtph264depay name=depay0 ! h264parse config-interval=-1 ! video/x-h264,alignment=au ! queue ! mux. "
    "rtpmp4gdepay name=depay1 ! aacparse ! avdec_aac ! audioconvert "
    "! audio/x-raw,format=S16LE ! queue ! mux. )"
)


def factory(mode: str, file: str) -> Any:
    made = GstRtspServer.RTSPMediaFactory()
    if mode in ("record", "patient"):
        if mode == "patient":
            made.set_latency(PATIENT_MS)
        made.set_transport_mode(GstRtspServer.RTSPTransportMode.RECORD)
        made.set_launch(RECORD.format(file=file))
    else:
        wraps = {name: OFFSET.format((1 << 32) - WRAP_SECONDS * rate) for name, rate in RATES.items()}
        plain = dict.fromkeys(RATES, "")
        made.set_launch(PLAY.format(file=file, **(wraps if mode == "wrap" else plain)))
    made.set_shared(True)
    return made


def protect(server: Any, made: Any, user: str, password: str, certificate: str = "") -> None:
    """Whoever asks for anything under /stream must log in."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", user)
    if certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role(user)
    permissions.add_permission_for_role(user, "media.factory.access", True)
    permissions.add_permission_for_role(user, "media.factory.construct", True)
    made.set_permissions(permissions)


def main(port: str, mode: str, file: str, *login: str) -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    made = factory(mode, file)
    if login:
        protect(server, made, *login)
    server.get_mount_points().add_factory("/stream", made)
    server.attach(None)
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    loop.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
