"""How long to wait after failures in a row."""


def paused(first: float, failures: int, longest: float) -> float:
    """Seconds before the next try: `first`, doubled with each further failure, at most `longest`."""
    return float(min(first * 2 ** min(max(failures - 1, 0), 20), longest))
