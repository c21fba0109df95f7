"""What a checkout's lessons teach, learned once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.xiaoer.knowledge.lessons import ANSWERS, ASKED, LESSON, meaning
from xiaoer.knowledge.anatomy import dissect
from xiaoer.knowledge.learning import learned_meaning, meaning_path
from xiaoer.knowledge.lessons import Lesson, read_lesson
from xiaoer.knowledge.meaning import Meaning, in_bytes, likeness
from xiaoer.knowledge.synonyms import default_synonyms
from xiaoer.knowledge.teaching import learn
from xiaoer.knowledge.text import normalise

LEARN = """
import sys
from pathlib import Path
from xiaoer.knowledge import learning, teaching
learn = teaching.learn
def noted(lessons, synonyms):
    print("learned", flush=True)
    return learn(lessons, synonyms)
teaching.learn = noted
print(len(learning.learned_meaning(Path(sys.argv[1])).keys))
"""


def about(learned: Meaning, text: str) -> np.ndarray:
    form = normalise(text)
    return learned.vector(form, dissect(form, default_synonyms()))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the lesson of a shop."""
    (tmp_path / "data/lessons").mkdir(parents=True)
    rows = zip(LESSON.questions, LESSON.answers, ASKED.values(), strict=True)
    lines = [
        "question\tanswer\tasked",
        *("\t".join([question, answer, "|".join(asked)]) for question, answer, asked in rows),
    ]
    for number in range(5):
        (tmp_path / f"data/lessons/shop{number}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_a_lesson_is_read_as_it_is_written(checkout: Path) -> None:
    assert read_lesson(checkout / "data/lessons/shop0.tsv") == LESSON


def test_the_same_lessons_teach_the_same() -> None:
    again = learn([LESSON] * 5, default_synonyms())
    assert again.keys.tolist() == meaning().keys.tolist()
    assert again.places.tolist() == meaning().places.tolist()


def test_what_is_kept_says_the_same(tmp_path: Path) -> None:
    meaning().save(tmp_path / "kept.npz")
    kept = Meaning.load(tmp_path / "kept.npz")
    assert kept.keys.tolist() == meaning().keys.tolist()
    assert about(kept, "几点上班").tolist() == about(meaning(), "几点上班").tolist()


def test_questions_are_near_the_entry_that_answers_them_in_words_it_does_not_have() -> None:
    entries = np.stack([in_bytes(about(meaning(), text)) for text in ASKED])
    answers = np.stack([in_bytes(about(meaning(), text)) for text in ANSWERS])
    for place, texts in enumerate(ASKED.values()):
        for text in texts:
            near = likeness(entries, about(meaning(), text)[None])
            assert near.shape == (1, 3)
            assert near.argmax() == place
            assert near.max() > 0.5
            assert likeness(answers, about(meaning(), text)[None]).argmax() == place


def test_an_unknown_text_is_near_nothing() -> None:
    entries = np.stack([in_bytes(about(meaning(), text)) for text in ASKED])
    assert likeness(entries, about(meaning(), "xyz")[None]).tolist() == [[0.0] * 3]


def test_what_nobody_else_says_teaches_nothing() -> None:
    seldom = Lesson(["邮费怎么收"], ["满八十包邮"], [("罕见", 0)])
    known = learn([LESSON] * 5 + [seldom], default_synonyms())
    assert about(known, "罕见").tolist() == [0.0] * known.places.shape[1]


def test_other_lessons_are_kept_elsewhere(checkout: Path) -> None:
    before = meaning_path(checkout)
    assert meaning_path(checkout) == before
    with (checkout / "data/lessons/shop0.tsv").open("a", encoding="utf-8") as file:
        file.write("发什么快递\t顺丰\t哪家寄\n")
    assert meaning_path(checkout) != before


def test_two_processes_that_learn_at_once_learn_once_and_clear_up(checkout: Path) -> None:
    (checkout / "models").mkdir()
    (checkout / "models/meaning-of-before.npz").write_bytes(b"old")
    started = [
        subprocess.Popen([sys.executable, "-c", LEARN, str(checkout)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sorted(len(words) for words in said) == [1, 2]
    assert said[0][-1] == said[1][-1] == str(len(learned_meaning(checkout).keys))
    assert [path.name for path in (checkout / "models").glob("meaning-*")] == [meaning_path(checkout).name]
