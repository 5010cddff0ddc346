"""Makes a sealer from settings: the agency's key, or the development PKI where none is configured."""

from pathlib import Path

from pyhanko.sign.timestamps import TimeStamper

from pipeline.ports import Clock
from pipeline.sign.authority import Authority
from pipeline.sign.block import Typeface, Wording
from pipeline.sign.keys import SealKey, is_development, load_certificates, load_key
from pipeline.sign.pki import locate
from pipeline.sign.seal import PadesSealer
from pipeline.sign.timestamp import DevelopmentStamper, GuardedStamper, over_http
from pipeline.sign.trust import DevelopmentRevocations, FetchedRevocations, Trust
from schemas.errors import DevelopmentKeyRefused, SettingsError
from schemas.settings import Mode, SealSettings

FORM = "Sao y"


def build_sealer(settings: SealSettings, mode: Mode, pki_folder: Path, clock: Clock) -> PadesSealer:
    """Make a sealer of the configured key, or of the development PKI where none is configured.

    Raises:
        SettingsError: a setting is wrong or missing, or there is no development PKI yet.
        DevelopmentKeyRefused: in production mode, with a development key or root.
        SealKeyUnavailable: the key cannot be used.
    """
    if mode is Mode.PRODUCTION:
        _require_production(settings)
    authority = None if _needs_no_development_pki(settings) else Authority(pki_folder)
    key = _load_key(settings, pki_folder)
    trust = _trust(settings, key, authority, clock)
    if mode is Mode.PRODUCTION and (key.development or any(is_development(root) for root in trust.roots)):
        raise DevelopmentKeyRefused("Khóa hoặc gốc tin cậy của PKI thử nghiệm không được dùng ở chế độ production")
    wording = Wording(
        form=FORM, agency=settings.agency or key.agency, converter=settings.converter, development=key.development
    )
    typeface = Typeface()
    typeface.require("".join(wording.paragraphs(clock())))
    stamper = _stamper(settings, authority, clock)
    return PadesSealer(key=key, wording=wording, trust=trust, stamper=stamper, clock=clock, typeface=typeface)


def _needs_no_development_pki(settings: SealSettings) -> bool:
    return bool(settings.key and settings.trust_roots and settings.tsa_url)


def _require_production(settings: SealSettings) -> None:
    if not settings.key:
        raise DevelopmentKeyRefused("Chế độ production cần khóa thật của cơ quan trong SOHOA_SEAL_KEY")
    if not (settings.trust_roots and settings.tsa_url):
        raise SettingsError("Chế độ production cần SOHOA_TRUST_ROOTS và SOHOA_TSA_URL")


def _load_key(settings: SealSettings, pki_folder: Path) -> SealKey:
    if not settings.key:
        pki = locate(pki_folder)
        return load_key(str(pki.key), pki.chain, settings.pin)
    if not settings.certificate:
        raise SettingsError("Có SOHOA_SEAL_KEY thì phải có SOHOA_SEAL_CERT")
    return load_key(settings.key, Path(settings.certificate), settings.pin)


def _trust(settings: SealSettings, key: SealKey, authority: Authority | None, clock: Clock) -> Trust:
    if settings.trust_roots or authority is None:
        roots = load_certificates(Path(settings.trust_roots))
        return Trust(roots, key.chain, FetchedRevocations(clock))
    roots = (authority.certificate("root"),)
    return Trust(roots, (authority.certificate("issuing"),), DevelopmentRevocations(authority, clock))


def _stamper(settings: SealSettings, authority: Authority | None, clock: Clock) -> TimeStamper | None:
    if settings.tsa_url:
        return over_http(settings.tsa_url, settings.tsa_timeout_s)
    return GuardedStamper(DevelopmentStamper(authority, clock)) if authority else None
