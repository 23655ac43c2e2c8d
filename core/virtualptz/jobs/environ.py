"""Which of the agent's environment its processes get: what programs need, and nothing that opens a door."""

from collections.abc import Iterable, Mapping

from ..logs import for_children
from ..settings import Settings, for_backends

NEEDED = (
    # The machine, the user, the language.
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE", "LC_*", "XDG_*"),
    # How programs and Python are started, and what they trust.
    *("LD_*", "PYTHON*", "VIRTUAL_ENV", "MALLOC_*", "GLIBC_TUNABLES", "SSL_CERT_*", "*_CA_BUNDLE"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    # Encoders, decoders and neural networks on whatever hardware there is.
    *("CUDA*", "NVIDIA_*", "NCCL_*", "ROC*", "HIP_*", "HSA_*", "ZE_*", "ONEAPI_*", "LIBVA_*", "VDPAU_*"),
    *("OMP_*", "KMP_*", "GOMP_*", "MKL_*", "OPENBLAS_*", "OPENCV_*", "TORCH*", "PYTORCH_*", "YOLO_*"),
    *("RUNNER_FFMPEG", "RUNNER_STATE_DIR"),
)
"""Names, with `*` at the end, or at the beginning, for whatever stands there."""
KEYS = frozenset({"RUNNER_API_KEY", "RUNNER_API_KEY_FILE"})
NEVER = KEYS | {"RUNNER_INGEST_OUTPUT_URI", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"}


MEMORY = {"MALLOC_ARENA_MAX": "2"}
"""For job processes, where nothing else is asked for. glibc gives threads up to eight arenas a core, and none
of them gives memory back to another: a job whose source is opened again and again, each time by new threads,
would hold the most that each arena ever held. Pictures come from pools, so two are no bottleneck."""


def environ_for_jobs(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """For job processes and probes: they are told all else in files."""
    return MEMORY | _environ_for_all(settings, environ)


def environ_for_workers(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """For detectors, which read the settings themselves. The key is for who starts them to add."""
    given = _those(settings.flags.as_environ(), ("*",))
    own = _environ_for_all(settings, environ) | _those(environ, ("RUNNER_*",)) | given
    return {**own, **for_children(settings.log_format, settings.log_level)}


def _environ_for_all(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    passed = _those(environ, (*NEEDED, *settings.pass_environment))
    return {**passed, **for_backends(settings), **for_children(settings.log_format, settings.log_level)}


def _those(environ: Mapping[str, str], patterns: Iterable[str]) -> dict[str, str]:
    whole = {pattern for pattern in patterns if "*" not in pattern}
    begins = tuple(pattern[:-1] for pattern in patterns if pattern.endswith("*"))
    ends = tuple(pattern[1:] for pattern in patterns if pattern.startswith("*"))
    return {
        name: value
        for name, value in environ.items()
        if name not in NEVER and (name in whole or name.startswith(begins) or name.endswith(ends))
    }
