"""Learning what texts are about from questions and the entries that answer them.

Vectors of questions are drawn to those of the entry that answers them and away from the shop's other entries: the
contrastive loss of van den Oord et al., *Representation learning with contrastive predictive coding*, 2018, with the
other entries of the same shop as negatives, which are what the search must tell the right one from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from xiaoer.knowledge.anatomy import dissect
from xiaoer.knowledge.lessons import Lesson
from xiaoer.knowledge.meaning import Meaning, signs
from xiaoer.knowledge.postings import places_among
from xiaoer.knowledge.synonyms import Synonyms
from xiaoer.knowledge.text import normalise

Signs = tuple[np.ndarray, np.ndarray]
"""Hashes of what tells what a text is about, and how much each counts, as ``signs`` gives them."""

LEAST = 5
"""In how many texts of the lessons a sign stands at least; rarer ones teach nothing that holds elsewhere."""

DIMENSIONS = 256

SPREAD = 0.05
"""Standard deviation of the vectors at the beginning: signs are unlike each other until they are drawn together."""

EPOCHS = 7

RATE = 0.01
"""Step of the optimiser at the beginning; it falls to nothing."""

TEMPERATURE = 0.1
"""What cosines are divided by: how much nearer the right entry has to be than the others."""

DROPPED = 0.3
"""Share of a text's signs that are left out each time, so that no sign alone decides."""

ANSWERS = 0.7
"""What the nearness of an entry's answer counts, against that of its question."""


def learn(lessons: Sequence[Lesson], synonyms: Synonyms) -> Meaning:
    """Learn from lessons; the same lessons give the same meanings.

    Args:
        lessons: Some dozens of shops.
        synonyms: Words that count as one.
    """
    cut = [_cut(lesson, synonyms) for lesson in lessons]
    having = Counter(int(key) for parts in cut for part in parts for hashes, _ in part for key in hashes)
    keys = np.array(sorted(key for key, texts in having.items() if texts >= LEAST), dtype=np.uint32)
    data = [
        (*(_sparse(part, keys) for part in parts), tf.constant([place for _, place in lesson.asked], dtype=tf.int64))
        for parts, lesson in zip(cut, lessons, strict=True)
    ]
    chance = np.random.default_rng(0)
    places = tf.Variable(chance.normal(scale=SPREAD, size=(len(keys), DIMENSIONS)).astype(np.float32))
    study = _study(places, steps=EPOCHS * len(data))
    for epoch in range(EPOCHS):
        for turn, number in enumerate(chance.permutation(len(data))):
            study(*data[number], tf.constant([epoch, 3 * turn], dtype=tf.int64))
    return Meaning(keys, places.numpy().astype(np.float16))


def _study(places: tf.Variable, *, steps: int) -> Callable[..., None]:
    """Return what draws the vectors of the signs to what one lesson teaches, a step each time it is called.

    Args:
        places: The vectors, shape ``(signs, dimensions)``.
        steps: How often it will be called.
    """
    falling = tf.keras.optimizers.schedules.PolynomialDecay(RATE, steps, 0.0)
    optimizer = tf.keras.optimizers.legacy.Adam(falling)
    texts = tf.SparseTensorSpec([None, places.shape[0]], tf.float32)

    def about(rows: tf.SparseTensor, seeds: tf.Tensor) -> tf.Tensor:
        kept = tf.nn.experimental.stateless_dropout(rows.values, DROPPED, seeds)
        summed = tf.sparse.sparse_dense_matmul(tf.SparseTensor(rows.indices, kept, rows.dense_shape), places)
        return tf.math.l2_normalize(summed, axis=1)

    @tf.function(input_signature=[texts, texts, texts, tf.TensorSpec([None], tf.int64), tf.TensorSpec([2], tf.int64)])
    def study(
        asked: tf.SparseTensor, questions: tf.SparseTensor, answers: tf.SparseTensor, right: tf.Tensor, seeds: tf.Tensor
    ) -> None:
        with tf.GradientTape() as tape:
            wanted = about(asked, seeds)
            fits = tf.matmul(wanted, about(questions, seeds + 1), transpose_b=True)
            fits += ANSWERS * tf.matmul(wanted, about(answers, seeds + 2), transpose_b=True)
            missed = tf.nn.sparse_softmax_cross_entropy_with_logits(right, fits / TEMPERATURE)
            loss = tf.reduce_mean(missed)
        optimizer.apply_gradients([(tape.gradient(loss, places), places)])

    return study  # type: ignore[no-any-return]


def _cut(lesson: Lesson, synonyms: Synonyms) -> tuple[list[Signs], list[Signs], list[Signs]]:
    def of(text: str) -> Signs:
        form = normalise(text)
        return signs(form, dissect(form, synonyms))

    asked = [of(text) for text, _ in lesson.asked]
    return asked, [of(text) for text in lesson.questions], [of(text) for text in lesson.answers]


def _sparse(texts: Sequence[Signs], keys: np.ndarray) -> tf.SparseTensor:
    """Return texts as rows over the known signs, shape ``(len(texts), len(keys))``."""
    rows, columns, counts = [], [], []
    for number, (hashes, counted) in enumerate(texts):
        known, places = places_among(keys, hashes)
        order = np.argsort(places)
        rows.append(np.full(len(known), number))
        columns.append(places[order])
        counts.append(counted[known[order]])
    indices = np.stack([np.concatenate(rows), np.concatenate(columns)], axis=1).astype(np.int64)
    return tf.SparseTensor(indices, np.concatenate(counts).astype(np.float32), (len(texts), len(keys)))
