"""Settings: read once, unknown ones refused, secrets masked, all of them documented."""

from pathlib import Path

import pytest

from schemas import settings
from schemas.errors import SettingsError
from schemas.settings import Mode, Secret


def test_defaults_need_no_environment() -> None:
    found = settings.read({})
    assert found.place.mode is Mode.DEVELOPMENT
    assert found.station.max_pages == 3_000


def test_values_are_parsed_by_their_type() -> None:
    found = settings.read(
        {
            "SOHOA_MODE": "production",
            "SOHOA_MAX_PAGES": "7",
            "SOHOA_STABLE_S": "0.5",
            "SOHOA_DATA_DIR": "/x",
            "PATH": "?",
        }
    )
    assert (found.place.mode, found.station.max_pages, found.station.stable_s) == (Mode.PRODUCTION, 7, 0.5)
    assert found.place.data_dir == Path("/x")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SOHOA_NO_SUCH", "1"),
        ("SOHOA_MAX_PAGES", "viele"),
        ("SOHOA_MAX_PAGES", "-1"),
        ("SOHOA_MODE", "test"),
        ("SOHOA_STABLE_S", "nan"),
        ("SOHOA_STABLE_S", "inf"),
    ],
)
def test_what_is_wrong_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings.read({name: value})


def test_secrets_do_not_show() -> None:
    found = settings.read({"SOHOA_SEAL_PIN": "1234", "SOHOA_DATABASE_URL": "postgresql://u:geheim@h/d"})
    assert found.seal.pin == "1234"
    assert "1234" not in repr(found)
    assert "geheim" not in repr(found)
    assert isinstance(found.seal.pin, Secret)


def test_every_setting_is_in_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    for variable, default, meaning in settings.describe():
        assert f"| `{variable}` | {f'`{default}`' if default else ''} | {meaning} |" in text
