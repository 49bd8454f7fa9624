"""Settings come from `FLOORBOOK_*` variables, once, here; nobody else reads the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from backend.domain.incidents import AlertSettings

_REQUESTS, _SIGN_INS = 20_000, 300


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the parts are and how they behave. Built by `from_environment`, or by hand in a test."""

    mongo_url: str
    redis_url: str
    warehouse_url: str
    mongo_database: str = "floorbook"
    signing_key_path: Path | None = None
    """The built-in issuer's key (PEM, EC P-256); None: tokens of the built-in issuer are neither made nor taken."""
    oidc_issuer: str | None = None
    oidc_jwks_url: str | None = None
    oidc_audience: str = "floorbook"
    secure_cookies: bool = False
    max_body_bytes: int = 2 * 1024 * 1024
    max_note_chars: int = 100_000
    requests_per_10_seconds: int = _REQUESTS
    """Of one caller, or of one address that has not signed in."""
    sign_ins_per_minute: int = _SIGN_INS
    """From one address; a single account locks long before."""
    inbox_keep_days: int = 30
    erase_quiet_after_days: int | None = None
    """People of whom nothing was heard for so many days are erased; None: nobody is, unless asked for."""
    log_json: bool = True
    log_level: str = "INFO"
    assets_dir: Path | None = None
    """The front-end packages fetched at set-up (a node_modules folder)."""
    exports_dir: Path | None = None
    """Where export jobs put their files, shared by API and workers; None: a folder of this user's under the system's
    temporary one."""
    checks_path: Path | None = None
    """A shop's own checks of the tables (TOML), beside and in place of those that come with this version."""
    monitors_path: Path | None = None
    """A shop's own limits and schedules of the monitors (TOML)."""
    alerts: AlertSettings = field(default_factory=AlertSettings)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read `FLOORBOOK_*`; raises KeyError naming the variable that is missing."""

        def path(name: str) -> Path | None:
            return Path(environ[name]) if environ.get(name) else None

        def number(name: str, default: int) -> int:
            return max(1, int(environ.get(name) or default))

        return cls(
            mongo_url=environ["FLOORBOOK_MONGO_URL"],
            redis_url=environ["FLOORBOOK_REDIS_URL"],
            warehouse_url=environ["FLOORBOOK_WAREHOUSE_URL"],
            mongo_database=environ.get("FLOORBOOK_MONGO_DATABASE", "floorbook"),
            signing_key_path=path("FLOORBOOK_SIGNING_KEY"),
            oidc_issuer=environ.get("FLOORBOOK_OIDC_ISSUER"),
            oidc_jwks_url=environ.get("FLOORBOOK_OIDC_JWKS_URL"),
            oidc_audience=environ.get("FLOORBOOK_OIDC_AUDIENCE", "floorbook"),
            secure_cookies=environ.get("FLOORBOOK_SECURE_COOKIES", "") == "1",
            requests_per_10_seconds=number("FLOORBOOK_REQUESTS_PER_10_SECONDS", _REQUESTS),
            sign_ins_per_minute=number("FLOORBOOK_SIGN_INS_PER_MINUTE", _SIGN_INS),
            erase_quiet_after_days=_days(environ, "FLOORBOOK_ERASE_QUIET_AFTER_DAYS"),
            log_json=environ.get("FLOORBOOK_LOG_FORMAT", "json") == "json",
            log_level=environ.get("FLOORBOOK_LOG_LEVEL", "INFO"),
            assets_dir=path("FLOORBOOK_ASSETS"),
            exports_dir=path("FLOORBOOK_EXPORTS"),
            checks_path=path("FLOORBOOK_CHECKS"),
            monitors_path=path("FLOORBOOK_MONITORS"),
            alerts=_alerts(environ),
        )


def _alerts(environ: Mapping[str, str]) -> AlertSettings:
    """Read whom to tell of troubles; lists are parted by spaces."""
    return AlertSettings(
        webhooks=tuple(environ.get("FLOORBOOK_ALERT_WEBHOOKS", "").split()),
        secret=environ.get("FLOORBOOK_ALERT_SECRET", ""),
        private_addresses=environ.get("FLOORBOOK_ALERT_PRIVATE_ADDRESSES", "") == "1",
        smtp_url=environ.get("FLOORBOOK_SMTP_URL", ""),
        mail_from=environ.get("FLOORBOOK_ALERT_MAIL_FROM") or "floorbook@localhost",
        mail_to=tuple(environ.get("FLOORBOOK_ALERT_MAIL_TO", "").split()),
    )


def _days(environ: Mapping[str, str], name: str) -> int | None:
    """Read a number of days; raises ValueError below one, where a slip would forget everybody."""
    if not environ.get(name):
        return None
    if (days := int(environ[name])) < 1:
        raise ValueError(f"{name} must be at least 1 day, not {days}.")
    return days
