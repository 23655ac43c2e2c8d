"""Pieces of sound: coded ones as a source sends them, and samples that somebody made."""

from dataclasses import dataclass

import av
import numpy as np

from virtualptz.protocols import Samples

from .sound_decoder import SoundDecoder

ADTS_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
LOW_COMPLEXITY = 2
AAC_FRAME = 1024


@dataclass(frozen=True, slots=True)
class SoundFormat:
    codec: str
    sample_rate: int
    channels: int
    profile: int = 0
    """AAC's audio object type; 0 for other codecs."""


@dataclass(frozen=True, slots=True)
class CodedSound:
    """One packet."""

    data: bytes
    format: SoundFormat
    pts: float
    duration: float
    packet: "av.Packet[av.AudioStream]"
    """As the source sent it, for its decoder."""
    decoder: SoundDecoder
    doubtful: bool = False
    """It may have been damaged on its way: to be copied only where it can be decoded."""

    def decode(self) -> list[av.AudioFrame]:
        """Packets of one source share a decoder: in their order, on one thread."""
        return self.decoder.decode(self.packet)


@dataclass(frozen=True, slots=True)
class DrawnSound:
    """Channels x samples, -1..1."""

    samples: Samples
    sample_rate: int
    pts: float

    @property
    def duration(self) -> float:
        return float(self.samples.shape[1] / self.sample_rate)

    def frame(self) -> av.AudioFrame:
        layout = "mono" if self.samples.shape[0] == 1 else "stereo"
        planar = np.ascontiguousarray(self.samples[:2], np.float32)
        frame = av.AudioFrame.from_ndarray(planar, format="fltp", layout=layout)
        frame.sample_rate = self.sample_rate
        return frame


def aac_format(data: bytes, extradata: bytes | None, plain: SoundFormat) -> tuple[bytes, SoundFormat]:
    """A raw AAC frame and its format, of a frame with an ADTS head or a stream with an AudioSpecificConfig.

    ISO/IEC 14496-3, 1.6.2.1 and 1.A.2.2.1. Without either, or with a config that goes on beyond the plain
    low-complexity one, the profile is 0: not to be copied under another head. So is that of frames which a
    damaged length made one packet of.
    """
    if extradata and len(extradata) >= 2:
        return data, _of_config(extradata, plain)
    if len(data) > 7 and data[0] == 0xFF and data[1] & 0xF6 == 0xF0:
        head = 7 if data[1] & 1 else 9
        length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
        single = data[6] & 3 == 0 and length == len(data)
        rate_index = data[2] >> 2 & 15
        known = single and rate_index < len(ADTS_RATES)
        rate = ADTS_RATES[rate_index] if known else plain.sample_rate
        channels = (data[2] & 1) << 2 | data[3] >> 6
        profile = (data[2] >> 6) + 1 if known and channels else 0
        return data[head:], SoundFormat("aac", rate, channels or plain.channels, profile)
    return data, plain


def _of_config(config: bytes, plain: SoundFormat) -> SoundFormat:
    profile, rate_index = config[0] >> 3, (config[0] & 7) << 1 | config[1] >> 7
    channels, frame_length_960 = config[1] >> 3 & 15, config[1] >> 2 & 1
    copies = profile == LOW_COMPLEXITY and rate_index < len(ADTS_RATES) and channels and not frame_length_960
    if not copies:
        return plain
    return SoundFormat("aac", ADTS_RATES[rate_index], channels, profile)
