"""Receivers of alerts on this machine: a webhook and a mail server, each keeping what it was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import StreamRequestHandler, TCPServer


@dataclass
class Sink:
    """What arrived, and with which statuses to answer first; then with 204."""

    url: str = ""
    received: list[tuple[Message, bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


@contextmanager
def webhook_sink() -> Iterator[Sink]:
    sink = Sink()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = sink.statuses.pop(0) if sink.statuses else 204
            if status == 204:
                sink.received.append((self.headers, body))
            self.send_response(status)
            self.send_header("Location", sink.url)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with _served(HTTPServer(("127.0.0.1", 0), Door)) as port:
        sink.url = f"http://127.0.0.1:{port}/hook"
        yield sink


@contextmanager
def mail_sink() -> Iterator[tuple[str, list[str]]]:
    mails: list[str] = []

    class Door(StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 sink\r\n")
            for line in iter(self.rfile.readline, b""):
                word = line[:4].upper().strip()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    with _served(TCPServer(("127.0.0.1", 0), Door)) as port:
        yield f"smtp://127.0.0.1:{port}", mails


@contextmanager
def _served(server: TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
