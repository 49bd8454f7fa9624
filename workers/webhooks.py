"""Send a message to an address that somebody has set: signed, following no redirection, not into a private network.

The headers are those of Standard Webhooks (webhook-id, webhook-timestamp, webhook-signature), for which receivers have
libraries.
"""

import base64
import hashlib
import hmac
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443}
_OK = range(200, 300)


class UndeliverableError(Exception):
    """The message could not be sent; says why, without the address."""


class _Pinned(HTTPConnection):
    """A connection to one address that was looked at: the name is not resolved a second time."""

    def __init__(self, host: str, port: int, address: str, tls: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=TIMEOUT_SECONDS)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        """Connect to the address; the certificate must be that of the name."""
        plain = socket.create_connection((self._address, self.port), self.timeout)
        self.sock = plain if self._tls is None else self._tls.wrap_socket(plain, server_hostname=self.host)


def post_webhook(url: str, body: bytes, headers: Mapping[str, str], *, private_addresses: bool) -> None:
    """Post a body; raises UndeliverableError unless the answer is 2xx. A redirection is an answer like any other."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.username is not None:
        raise UndeliverableError("The address is not http(s)://host/… without a user")
    try:
        port = parts.port or _PORTS[parts.scheme]
        address = _address_of(parts.hostname, port, private_addresses=private_addresses)
        tls = ssl.create_default_context() if parts.scheme == "https" else None
        connection = _Pinned(parts.hostname, port, address, tls)
        try:
            target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
            connection.request("POST", target, body, {"Content-Type": "application/json", **headers})
            answer: HTTPResponse = connection.getresponse()
        finally:
            connection.close()
    except (OSError, ValueError, HTTPException) as error:
        raise UndeliverableError(f"{type(error).__name__}: {error}"[:300]) from None
    if answer.status not in _OK:
        raise UndeliverableError(f"The receiver answers {answer.status}")


def signature_headers(page_id: str, body: bytes, secret: str, timestamp: int) -> dict[str, str]:
    """Answer the headers by which the receiver knows us, and knows a message that comes a second time."""
    headers = {"Webhook-Id": page_id, "Webhook-Timestamp": str(timestamp)}
    if secret:
        signed = b"%s.%d.%s" % (page_id.encode(), timestamp, body)
        digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
        headers["Webhook-Signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _key(secret: str) -> bytes:
    """Answer the key: what follows whsec_ is Base64, anything else is taken as it is."""
    return base64.b64decode(secret.removeprefix("whsec_")) if secret.startswith("whsec_") else secret.encode()


def _address_of(host: str, port: int, *, private_addresses: bool) -> str:
    """Resolve a name once; raises UndeliverableError where any of its addresses is not public and none other may be."""
    found = [str(place[4][0]) for place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private_addresses and not all(_is_public(address) for address in found):
        raise UndeliverableError("The address is on this machine or in a private network")
    return found[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None) or parsed
    return bool(parsed.is_global and inner.is_global and not parsed.is_multicast)
