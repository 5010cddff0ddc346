"""Intake's parser: whatever comes in, a dossier or a `BadDossier` comes out."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.intake import parse_dossier, read_dossiers
from pipeline.store.records.dossiers import from_json, to_json
from schemas.errors import BadDossier

SAMPLES = json.loads((Path(__file__).parents[2] / "samples" / "dossiers.json").read_text(encoding="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("value", SAMPLES, ids=lambda value: value["code"])
def test_samples_are_read_and_come_back_from_the_table_as_they_were(value: Any) -> None:
    dossier = parse_dossier(value)
    assert from_json(json.loads(json.dumps(to_json(dossier)))) == dossier


@given(VALUES)
def test_any_json_is_refused_or_read(value: Any) -> None:
    with pytest.raises(BadDossier):
        parse_dossier(value)


@given(st.sampled_from(SAMPLES), st.data())
def test_one_wrong_field_is_refused_without_naming_the_person(sample: dict[str, Any], data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(sorted(set(sample) - {"procedure_name", "field_name", "agency_name"})))
    wrong: object = data.draw(st.sampled_from([None, 7, "", []]))
    with pytest.raises(BadDossier) as caught:
        parse_dossier(sample | {field: wrong})
    assert sample["owner"]["name"] not in caught.value.message
    assert sample["owner"]["identity_no"] not in caught.value.message


@given(st.sampled_from(SAMPLES), st.text(min_size=1, max_size=10))
def test_unknown_and_missing_fields_are_refused(sample: dict[str, Any], name: str) -> None:
    with pytest.raises(BadDossier):
        parse_dossier(sample | {f"{name}?": 1})
    with pytest.raises(BadDossier):
        parse_dossier({key: value for key, value in sample.items() if key != "owner"})


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_read(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.mktemp("intake") / "hoso.json"
    file.write_bytes(data)
    try:
        assert read_dossiers(file) == []
    except BadDossier as error:
        assert error.message  # noqa: PT017 - either outcome is right
