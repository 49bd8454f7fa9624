"""Send a message by mail, through the server that the settings name."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from backend.domain.incidents import AlertSettings
from workers.webhooks import TIMEOUT_SECONDS, UndeliverableError

_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def send_mail(alerts: AlertSettings, page_id: str, title: str, text: str) -> None:
    """Send one mail to all; raises UndeliverableError where the server does not take it."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = title, alerts.mail_from, ", ".join(alerts.mail_to)
    mail["Message-ID"] = f"<{page_id}@floorbook.invalid>"
    mail.set_content(text)
    try:
        with _connect(alerts.smtp_url) as server:
            server.send_message(mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise UndeliverableError(f"{type(error).__name__}: {error}"[:300]) from None


def _connect(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise UndeliverableError("FLOORBOOK_SMTP_URL is not smtp://, smtp+tls:// or smtps://host")
    port, tls = parts.port or _PORTS[parts.scheme], ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(parts.hostname, port, timeout=TIMEOUT_SECONDS, context=tls)
    else:
        server = smtplib.SMTP(parts.hostname, port, timeout=TIMEOUT_SECONDS)
    if parts.scheme == "smtp+tls":
        server.starttls(context=tls)
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server
