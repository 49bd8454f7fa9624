"""Free ports on loopback, remembered per data folder."""

import contextlib
import json
import os
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"


def family_of(host: str) -> socket.AddressFamily:
    """Answer the kind of address that a host's number is."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Answer whether a server could listen there now."""
    with socket.socket(family_of(host)) as probe:
        if os.name == "posix":  # a port in TIME_WAIT is free; on Windows the option means something else
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def is_listening(port: int, host: str = LOOPBACK) -> bool:
    """Answer whether something accepts connections there: quick, and no proof that it is ours or ready."""
    with socket.socket(family_of(host)) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0


def free_port(preferred: int | None = None, host: str = LOOPBACK, *, not_among: Iterable[int] = ()) -> int:
    """Answer the preferred port when it is free, else one that the system picks."""
    taken = set(not_among)
    if preferred and preferred not in taken and is_free(preferred, host):
        return preferred
    while True:
        with socket.socket(family_of(host)) as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def assign_ports(memory: Path, wanted: Mapping[str, int | None], host: str = LOOPBACK) -> dict[str, int]:
    """Give each name its port of last time where that is free, else the wanted one (None: any), and remember it."""
    known: dict[str, int] = {}
    with contextlib.suppress(OSError, ValueError):
        known = json.loads(memory.read_text())
    ports: dict[str, int] = {}
    for name, preferred in wanted.items():
        remembered = known.get(name)
        candidate = remembered if remembered and is_free(remembered, host) else preferred
        ports[name] = free_port(candidate, host, not_among=ports.values())
    memory.parent.mkdir(parents=True, exist_ok=True)
    memory.write_text(json.dumps(ports))
    return ports
