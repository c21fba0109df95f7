"""Which attributes a question asks for."""

from __future__ import annotations

import pytest

from actions.attributes import asked_attributes, is_general, wordings

COAT = {"材质": "羊毛90% 羊绒10%", "产地": "浙江嘉兴", "洗涤": "建议干洗", "是否加绒": "不加绒", "起球": "少量浮毛"}
PHONE = {"电池": "6000mAh", "充电": "44W", "防水": "IP54", "兼容": "安卓8.0 iOS 13以上", "充电接口": "Type-C"}


@pytest.mark.parametrize(
    ("text", "attributes", "expected"),
    [
        ("材质和产地", COAT, ["材质", "产地"]),
        ("什么面料", COAT, ["材质"]),
        ("哪里生产的", COAT, ["产地"]),
        ("可以机洗嘛", COAT, ["洗涤"]),
        ("加绒了吗", COAT, ["是否加绒"]),
        ("会起球么", COAT, ["起球"]),
        ("续航多久", PHONE, ["电池"]),
        ("怕水吗", PHONE, ["防水"]),
        ("支持ＩＯＳ吗", PHONE, ["兼容"]),
        ("TYPE-C的吗", PHONE, ["充电", "充电接口"]),
        ("M码多重", PHONE, []),
        ("好看吗", COAT, []),
        ("", COAT, []),
    ],
)
def test_questions_find_their_attributes(text: str, attributes: dict[str, str], expected: list[str]) -> None:
    assert asked_attributes(text, attributes) == {name: attributes[name] for name in expected}


def test_general_questions() -> None:
    assert is_general("这款怎么样")
    assert is_general("介绍一下")
    assert not is_general("什么材质")


def test_every_wording_is_written_as_it_is_looked_for() -> None:
    for group in wordings().groups:
        assert group.names
        assert all(word == "".join(word.lower().split()) for word in group.asked)
