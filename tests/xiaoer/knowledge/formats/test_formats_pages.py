"""Markdown and pages of products say entries too."""

from __future__ import annotations

import pytest

from xiaoer.knowledge.formats.model import Sheet, UnreadableFile
from xiaoer.knowledge.formats.reading import read_file
from xiaoer.knowledge.model import EntryStatus, Layer


def markdown(text: str) -> Sheet:
    return read_file("知识.md", text.encode())


def page(body: str, head: str = "<title>羊毛大衣</title>") -> Sheet:
    return read_file("商品.html", f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>".encode())


def said(sheet: Sheet) -> list[tuple[str, str]]:
    assert sheet.problems == []
    return [(row.question, row.answer) for row in sheet.rows]


def test_headings_with_text_below() -> None:
    sheet = markdown(
        "# 羊毛大衣\n\n## 怎么洗\n相似问法：能机洗吗｜可以水洗吗\n- 相似问法: 洗涤\n\n请**干洗**，<b>勿</b>[暴晒](http://a.cn)：\n\n"
        "1. 先刷\n2. 再洗\n   - 轻\n\n## 物流\n\n### 几天到\n两天\n"
    )
    assert [(row.number, row.question, row.similar_questions, row.answer, row.product) for row in sheet.rows] == [
        (
            3, "怎么洗", ("能机洗吗", "可以水洗吗", "洗涤"),
            "请干洗，<b>勿</b>暴晒（http://a.cn）：\n1. 先刷\n2. 再洗\n- 轻", "羊毛大衣",
        ),
        (15, "几天到", (), "两天", "羊毛大衣"),
    ]  # fmt: skip


def test_pairs_of_question_and_answer() -> None:
    sheet = markdown("# 常见问题\n**Q1:** 包邮吗\n**A1:** 包\n再说\n\n问：几天到？\n相似问法：多久\n答：两天\n")
    assert said(sheet) == [("包邮吗", "包\n再说"), ("几天到？", "两天")]
    assert [(row.product, row.similar_questions) for row in sheet.rows] == [("", ()), ("", ("多久",))]


def test_tables_and_the_head_of_a_text() -> None:
    sheet = markdown(
        "---\n商品: 大衣\n层级：紧急\n状态: 草稿\n标签: x\n---\n| 答案 | 问题 | 商品 |\n|---|---|---|\n"
        "| 包 | 包邮吗 | |\n| 不 | 会掉色吗 | 围巾 |\n"
    )
    assert [(row.number, row.question, row.answer, row.product, row.layer, row.status) for row in sheet.rows] == [
        (9, "包邮吗", "包", "大衣", Layer.EMERGENCY, EntryStatus.DRAFT),
        (10, "会掉色吗", "不", "围巾", Layer.EMERGENCY, EntryStatus.DRAFT),
    ]


def test_a_heading_without_an_answer_is_given_back() -> None:
    sheet = markdown("## 几天到\n\n## 包邮吗\n包\n")
    assert [row.question for row in sheet.rows] == ["包邮吗"]
    assert [(row.number, [(e.row, e.column, e.reason) for e in row.errors]) for row in sheet.problems] == [
        (1, [(1, "答案", "不能为空")])
    ]


def test_attributes() -> None:
    sheet = page(
        "<h1>大衣 新款</h1><ul class='attributes-list'><li>材质：<b>棉</b>100%</li><li>无冒号</li></ul>"
        "<dl><dt>产地</dt><dd>杭州</dd></dl><table><tr><td>季节</td><td>冬</td><td>厚薄</td><td>加厚</td></tr></table>"
        "<table><tr><th>参数</th><th>值</th></tr><tr><td>领型</td><td>翻领</td></tr></table><ul><li>首页：1</li></ul>",
        head="<meta property='og:title' content='羊毛大衣'><title>别的</title>",
    )
    assert sorted(said(sheet)) == sorted(
        [
            ("羊毛大衣的材质是什么", "材质：棉100%。"),
            ("羊毛大衣的产地是什么", "产地：杭州。"),
            ("羊毛大衣的季节是什么", "季节：冬。"),
            ("羊毛大衣的厚薄是什么", "厚薄：加厚。"),
            ("羊毛大衣的领型是什么", "领型：翻领。"),
        ]
    )
    assert {(row.layer, row.product) for row in sheet.rows} == {(Layer.PRODUCT, "羊毛大衣")}


def test_a_table_of_sizes_is_one_entry() -> None:
    sheet = page(
        "<table><caption>尺码表</caption><tr><th>尺码</th><th>胸围</th><th>衣长</th></tr>"
        "<tr><td>M</td><td>100</td><td rowspan='2'>65</td></tr><tr><td>L</td><td>104</td></tr></table>"
    )
    assert said(sheet) == [("羊毛大衣的尺码表是什么", "M：胸围 100，衣长 65\nL：胸围 104，衣长 65")]


def test_frequent_questions() -> None:
    sheet = page(
        "<details><summary>Q：能退吗</summary><p>七天内。</p><p>要吊牌</p></details>\n"
        "<h2>多久发货？</h2><p>两天<br>内</p><h2>关于我们</h2><p>老店</p>\n"
        "<dl><dt>会缩水吗？</dt><dd>不会</dd></dl>\n"
        "<div itemtype='https://schema.org/Question'><b itemprop='name'>有货吗</b>"
        "<div itemprop='acceptedAnswer'><p itemprop='text'>有</p></div></div>\n"
        '<script type="application/ld+json">{"@graph":[{"@type":"FAQPage","mainEntity":{"@type":"Question",'
        '"name":"包邮吗","acceptedAnswer":{"text":"<p>包<script>x</script></p>"}}}]}</script>'.replace(
            "<script>x</script>", ""
        )
    )
    assert said(sheet) == [
        ("能退吗", "七天内。\n要吊牌"),
        ("多久发货？", "两天\n内"),
        ("会缩水吗？", "不会"),
        ("有货吗", "有"),
        ("包邮吗", "包"),
    ]


def test_nothing_hidden_is_text() -> None:
    sheet = page(
        "<h2>几天到？</h2><p>两天<script>alert(1)</script><style>p{}</style><!-- 秘 --></p><p hidden>一</p>"
        "<p style='color:red; DISPLAY : none'>二</p><p aria-hidden='true'>三</p><template>四</template>"
        "<dl hidden><dt>进价</dt><dd>9</dd></dl>"
    )
    assert said(sheet) == [("几天到？", "两天")]


@pytest.mark.parametrize(
    ("head", "product"),
    [
        ("<title>羊毛大衣 - 天猫Tmall.com</title>", "羊毛大衣"),
        ("<title>羊毛大衣-加厚</title>", "羊毛大衣-加厚"),
        ('<script type=\'application/ld+json\'>{"@type":["Product"],"name":"大衣"}</script>', "大衣"),
        ("", ""),
    ],
)
def test_the_name_of_the_product(head: str, product: str) -> None:
    (row,) = page("<dl><dt>产地</dt><dd>杭州</dd></dl>", head).rows
    assert (row.product, row.question) == (product, f"{product}的产地是什么" if product else "产地是什么")


def test_a_table_of_knowledge_in_a_page() -> None:
    sheet = page("<table><tr><th>问题</th><th>答案</th></tr><tr><td>包邮吗</td><td>包</td></tr></table>")
    assert said(sheet) == [("包邮吗", "包")]


@pytest.mark.parametrize("name", ["a.md", "a.html"])
def test_a_text_without_questions(name: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_file(name, "只是文字".encode())
    assert caught.value.reason == "没有找到问题和答案"
