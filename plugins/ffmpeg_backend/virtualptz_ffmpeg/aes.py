"""Segments that are encrypted as a whole (AES-128 in CBC mode, RFC 8216), by FFmpeg's own library.

Python has no AES. FFmpeg would ask for `crypto+https:`, and open the connection below it by itself.
"""

import ctypes
from functools import cache
from pathlib import Path
from typing import Protocol

from virtualptz.errors import MediaError

BLOCK = 16


class Readable(Protocol):
    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


class Decrypted:
    """Hands on what `coded` holds. Raises MediaError where FFmpeg's library is not to be found."""

    def __init__(self, coded: Readable, key: bytes, iv: bytes) -> None:
        if len(key) != BLOCK or len(iv) != BLOCK:
            raise MediaError("the key of an encrypted part is not one of AES-128")
        self._coded = coded
        self._library = _library()
        self._state = self._library.av_aes_alloc()
        self._library.av_aes_init(self._state, key, 8 * BLOCK, 1)
        self._iv = ctypes.create_string_buffer(iv, BLOCK)
        self._rest = self._clear = b""
        """What is no whole block yet, and what nobody has asked for."""
        self._ended = False

    def read(self, size: int) -> bytes:
        while not self._ended and len(self._clear) <= BLOCK:  # the last block's end may be padding
            data = self._coded.read(size)
            self._ended = not data
            data = self._rest + data
            whole = len(data) // BLOCK * BLOCK
            self._rest = data[whole:]
            self._clear += self._decrypted(data[:whole])
            if self._ended:
                self._clear = _unpadded(self._clear)
        count = min(size, len(self._clear) if self._ended else len(self._clear) - BLOCK)
        found, self._clear = self._clear[:count], self._clear[count:]
        return found

    def close(self) -> None:
        self._coded.close()
        self._library.av_free(self._state)
        self._state, self._ended, self._clear = None, True, b""

    def _decrypted(self, data: bytes) -> bytes:
        clear = ctypes.create_string_buffer(len(data))
        self._library.av_aes_crypt(self._state, clear, data, len(data) // BLOCK, self._iv, 1)
        return clear.raw


def _unpadded(clear: bytes) -> bytes:
    return clear[: -clear[-1]] if clear and 0 < clear[-1] <= BLOCK else clear


@cache
def _library() -> ctypes.CDLL:
    """The one that PyAV has loaded into this process, wherever it lies."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.split(maxsplit=5)[-1]
        if Path(path).name.startswith("libavutil"):
            library, pointer = ctypes.CDLL(path), ctypes.c_void_p
            library.av_aes_alloc.restype = pointer
            library.av_aes_init.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
            text, count = ctypes.c_char_p, ctypes.c_int
            library.av_aes_crypt.argtypes = [pointer, pointer, text, count, pointer, count]
            library.av_free.argtypes = [pointer]
            return library
    raise MediaError("encrypted HLS is not supported by this build of FFmpeg's libraries", retryable=False)
