"""Templates are data: those that come with the product are sound, and what is wrong with another is said."""

import pytest

from pipeline.fields.template import library, read_library
from samples.papers_birth import BIRTH
from samples.papers_business import BUSINESS
from samples.papers_land import LAND
from samples.papers_residence import RESIDENCE
from schemas.errors import BadTemplate

COMMON = """
[labels]
full_name = ["Họ và tên"]
nothing = ["Giới tính"]
[headings]
mother = ["Họ và tên mẹ"]
[kinds]
titles = ["Quyết định"]
[signatures]
letters = ["Chủ tịch"]
"""
SOUND = 'code = "don"\nshape = "form"\nowner = ["applicant"]\n[[person]]\nrole = "applicant"\nnames = ["Tôi tên là"]\n'


def test_every_paper_of_the_samples_has_its_template() -> None:
    known = {paper for template in library().templates for paper in template.papers}
    drawn = {item.component.code for procedure in (BIRTH, BUSINESS, LAND, RESIDENCE) for item in procedure.templates}
    assert drawn == known


def test_a_sound_template_is_read() -> None:
    (template,) = read_library({"common.toml": COMMON, "don.toml": SOUND}).templates
    assert template.owner == ("applicant",)
    assert [label.folded for label in template.labels] == ["hovatenme", "toitenla", "gioitinh", "hovaten"]
    assert ("chutich", "") in template.signers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code = ", "TOML"),
        ('code = "don"', "thiếu: shape"),
        (SOUND + 'colour = "red"\n', "khóa lạ: colour"),
        ("owned = 1\n" + SOUND, "khóa lạ: owned"),
        (SOUND.replace('"form"', '"poem"'), "shape"),
        (SOUND.replace('["applicant"]', '["buyer"]'), "vai buyer"),
        (SOUND.replace('["Tôi tên là"]', '"Tôi tên là"'), "names phải là list"),
        (SOUND + '[[label]]\nkind = "shoe_size"\nrole = ""\ntexts = ["Cỡ giày"]\n', "shoe_size"),
    ],
)
def test_what_is_wrong_with_a_template_is_said(text: str, said: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        read_library({"common.toml": COMMON, "don.toml": text})
    assert "don.toml" in caught.value.message
    assert said in caught.value.message


def test_two_templates_of_one_code_are_refused() -> None:
    with pytest.raises(BadTemplate, match="cùng mã: don"):
        read_library({"common.toml": COMMON, "don.toml": SOUND, "khac.toml": SOUND})
    with pytest.raises(BadTemplate, match=r"common\.toml"):
        read_library({"don.toml": SOUND})
    with pytest.raises(BadTemplate, match=r"common\.toml.*thiếu: labels"):
        read_library({"common.toml": COMMON.replace("[labels]", "[label]"), "don.toml": SOUND})
