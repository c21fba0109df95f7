from __future__ import annotations

from collections import Counter

from xiaoer.evaluation.matrix import html


def test_the_page_shows_every_pair_and_escapes_names() -> None:
    page = html(Counter({("greet", "greet"): 3, ("greet", "<b>"): 1, ("none", ""): 2}), "Intents of <x>")

    assert "<title>Intents of &lt;x&gt;</title>" in page
    assert "<b>" not in page
    assert 'title="greet → greet: 3 of 4">3</td>' in page
    assert 'title="greet → &lt;b&gt;: 1 of 4">1</td>' in page
    assert 'title="none → (nothing): 2 of 2">2</td>' in page
    assert page.count('class="right"') == 2
