"""A few lessons, learned in a moment."""

from __future__ import annotations

from functools import lru_cache

from xiaoer.knowledge.lessons import Lesson
from xiaoer.knowledge.meaning import Meaning
from xiaoer.knowledge.synonyms import default_synonyms
from xiaoer.knowledge.teaching import learn

ASKED = {
    "邮费怎么收": ["寄过来要几块", "路费谁掏", "寄过来路费要几块"],
    "羊毛大衣怎么洗": ["脏了咋弄", "能丢机子里转吗", "脏了能丢机子里转吗"],
    "几点上班": ["早上啥时候有人", "啥时候开门", "早上啥时候开门"],
}
ANSWERS = ["满八十包邮", "请干洗", "九点"]
LESSON = Lesson(list(ASKED), ANSWERS, [(text, place) for place, texts in enumerate(ASKED.values()) for text in texts])


@lru_cache(maxsize=1)
def meaning() -> Meaning:
    """What the lesson teaches, read several times: a sign that is seen too seldom would teach nothing."""
    return learn([LESSON] * 5, default_synonyms())
