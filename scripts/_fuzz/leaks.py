"""What no answer of the agent may hold."""

from collections.abc import Iterable, Sequence
from urllib.parse import unquote

AROUND = 60
"""Characters that are told of what stands beside a leak."""


def leaks(answer: Iterable[str], words: Sequence[str]) -> list[str]:
    """Where `answer` (its body, its headers) holds one of the words, as it is or percent-decoded.

    The words are no constants of a module: Hypothesis sends what it finds there, and answers repeat it.
    """
    found: list[str] = []
    for text in answer:
        for form in {text, unquote(text)}:
            for word in words:
                at = form.find(word)
                if at >= 0:
                    found.append(repr(form[max(0, at - AROUND) : at + len(word) + AROUND]))
    return found
