"""YOLO on the pictures of one job."""

import numpy as np

from virtualptz.errors import PluginError
from virtualptz.model import MediaInfo
from virtualptz.protocols import BgrArray, Frame
from virtualptz.tracking.detection import BALL, Detections, DetectorSource

from .network import Found, NetworkSpec
from .options import YoloOptions
from .region import area_of
from .shared import Share, SharedNetworks, networks
from .tiling.panorama import Panorama, may_need_pieces

NAME = "yolo-bytetrack"
"""Who is said to have measured."""


class YoloDetector:
    """A `virtualptz.tracking.detection.Detector`. The network is shared with the process's other jobs."""

    def __init__(self, options: YoloOptions, shared: SharedNetworks = networks) -> None:
        """Loads the model where no other job has it; ConfigError or PluginError: what is wrong with it."""
        self._options = options
        self._share: Share = shared.acquire(NetworkSpec.of(options))
        network = self._share.network
        self._names = network.classes
        people = [number for number, name in network.classes.items() if name != BALL]
        self._panorama = Panorama(options.tiles, options.tile_budget, network.size, people)
        least = {BALL: options.ball_confidence}
        self._least = np.zeros(max(network.classes) + 1, np.float32)
        for number, name in network.classes.items():
            self._least[number] = least.get(name, options.confidence)

    def detect(self, frame: Frame) -> Detections:
        image = _checked(frame.image)
        area = area_of(self._options.region, image.shape[1], image.shape[0])
        found = self._panorama.find(image, area, frame.pts, self._share.run)
        return self._named(found)

    def reset(self) -> None:
        self._panorama.reset()

    def close(self) -> None:
        self._share.close()

    def width_for(self, media: MediaInfo | None) -> int:
        """Pixels across to ask for: what the network takes; all there are where pieces may be needed."""
        size = self._share.network.size
        if media is None or not may_need_pieces(self._options.tiles, media.video.width):
            return size
        return max(media.video.width, size)

    def _named(self, found: Found) -> Detections:
        numbers = found[:, 5].astype(np.int64)
        sure = found[:, 4] >= self._least[numbers]
        found, numbers = found[sure], numbers[sure]
        names = tuple(self._names[int(number)] for number in numbers)
        return Detections(np.ascontiguousarray(found[:, :4]), np.ascontiguousarray(found[:, 4]), names)


def source(options: YoloOptions) -> DetectorSource:
    """The tracking source `yolo`."""
    detector = YoloDetector(options)
    return DetectorSource(NAME, detector, options, detector.width_for)


def _checked(image: BgrArray) -> BgrArray:
    """One that the network cannot fail on: a fault there would be taken for its own."""
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise PluginError(f"a picture is of height x width x 3 bytes, not {image.shape} of {image.dtype}")
    # PyTorch warns of memory that it may not write to, though it does not.
    return image if image.flags.writeable else image.copy()
