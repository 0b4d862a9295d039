"""Draws that do not depend on each other: taking one fault away leaves all others as they were."""

import hashlib
from collections import Counter


class Draws:
    """A number for every question, from the seed, the question and how often it was asked."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._asked: Counter[str] = Counter()

    def of(self, question: str) -> tuple[str, float]:
        """Its name (the question and its ordinal) and a number in [0, 1)."""
        self._asked[question] += 1
        name = f"{question}#{self._asked[question]}"
        return name, fraction(f"{self._seed}:{name}")


def fraction(text: str) -> float:
    """A number in [0, 1) that only the text decides."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48
