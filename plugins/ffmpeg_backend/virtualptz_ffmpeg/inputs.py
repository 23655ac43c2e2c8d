"""How each kind of source is opened: protocols, demuxers and decoders from allow-lists, quick to start.

Every protocol and format that FFmpeg could reach from a source is named here; what is not is refused by
FFmpeg itself, also when a playlist or a redirect asks for it.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from virtualptz.errors import MediaError

FILE_FORMATS = "mov,matroska,webm,flv,mpegts,mpeg,mpegvideo,avi,asf,mxf,ogg,nut,gif,h264,hevc,m4v,ivf"
HTTP_FORMATS = "hls,mpegts,mov,flv,live_flv,matroska,webm,mpjpeg,aac,mp3,ac3,eac3,webvtt,h264,hevc"
VIDEO_DECODERS = (
    "h264,hevc,av1,libdav1d,vp8,vp9,libvpx,libvpx-vp9,mpeg1video,mpeg2video,mpeg4,mjpeg,vc1,wmv3,gif,prores,"
    "dnxhd,ffv1,rawvideo"
)
AUDIO_DECODERS = (
    "aac,aac_latm,mp3,mp3float,mp2,mp2float,ac3,eac3,opus,libopus,vorbis,flac,alac,adpcm_g722,adpcm_g726,"
    "pcm_alaw,pcm_mulaw,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_f32le,pcm_u8,pcm_bluray,pcm_dvd"
)
DECODERS = frozenset(f"{VIDEO_DECODERS},{AUDIO_DECODERS}".split(","))

QUICK = {"analyzeduration": "1000000", "probesize": "1000000", "fpsprobesize": "6"}
"""One second of looking, at most: formats that announce their streams need less."""
PATIENT = {"analyzeduration": "4000000", "probesize": "5000000", "fpsprobesize": "6"}
"""MPEG-TS says nothing before its next keyframe, which may be seconds away."""
TS = {"merge_pmt_versions": "1"}
"""A program that is announced anew goes on in the streams that there are, whatever their new numbers."""
_FIFO = {"fifo_size": "50000", "overrun_nonfatal": "1", "buffer_size": "4194304"}
"""It is counted in packets of 188 bytes: nine megabytes; a lost packet is no reason to end."""


@dataclass(frozen=True)
class InputKind:
    """What `av.open` is told about one scheme."""

    protocols: str
    formats: str
    format: str | None = None
    live: bool = True
    options: dict[str, str] = field(default_factory=dict)

    def av_options(self) -> dict[str, str]:
        lists = {
            "protocol_whitelist": self.protocols,
            "format_whitelist": self.formats,
            "codec_whitelist": ",".join(sorted(DECODERS)),
        }
        return {**self.options, **lists}


FILE = InputKind("file", FILE_FORMATS, live=False)
SRT = InputKind("", "mpegts", "mpegts", options={**TS, **PATIENT})
"""The bytes come through a pipe: no protocol of FFmpeg's is open at all."""
_OWN = {"http_persistent": "0", "http_multiple": "0"}
"""FFmpeg has no connections that it could use again, or several of."""
HTTP = InputKind("", HTTP_FORMATS, options={**_OWN, **TS, **PATIENT})
"""What FFmpeg wants is fetched for it: no protocol of its own is open at all."""
UDP = InputKind("udp", "mpegts", "mpegts", options={**_FIFO, **TS, **PATIENT})
RTMP = InputKind("rtmp,tcp", "flv,live_flv", "live_flv", options={"tcp_nodelay": "1", **QUICK})
"""TLS is for `rtmp_input`."""
RTSP = InputKind(
    "http,tcp,rtsp,rtsps",
    "rtsp,sdp,rtp,mpegts",
    "rtsp",
    options={"rtsp_transport": "http", "max_delay": "200000", **QUICK},
)
"""RTP in the connection itself, and that to nobody but this process (`rtsp_entrance`)."""
KINDS = {
    "rtmp": RTMP,
    "rtmps": RTMP,
    "rtsp": RTSP,
    "rtsps": RTSP,
    "http": HTTP,
    "https": HTTP,
    "udp": UDP,
    "srt": SRT,
}


def kind_of(source: str) -> InputKind:
    """Raises MediaError for a scheme that this backend does not open."""
    if source.startswith("/") or "://" not in source:
        return FILE
    scheme = urlsplit(source).scheme.lower()
    if scheme == "file":
        return FILE
    try:
        return KINDS[scheme]
    except KeyError:
        raise MediaError(f"no way to open a source of the scheme {scheme!r}", retryable=False) from None
