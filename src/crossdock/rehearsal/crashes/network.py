"""Hosts on one machine: network namespaces on a bridge, each with a cable that can be pulled.

Needs root and the programs `ip` and `bridge` (iproute2). A pulled cable is a disabled port of the
bridge: the host still has its link, and every packet vanishes without a word.
"""

import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crossdock.rehearsal.crashes.cable import Cable
from crossdock.rehearsal.crashes.report import CannotRun
from crossdock.testing.threaded_server import HOST

CLONE_NEWNET = 0x40000000
NAMESPACES = Path("/run/netns")
DISABLED, FORWARDING = "0", "3"
"""States of a bridge's port (bridge(8), `link set … state`)."""


@dataclass(frozen=True, slots=True)
class Host:
    """A namespace with an address of its own."""

    namespace: str
    address: str
    port: str
    """The bridge's end of its cable."""

    def pull_cable(self) -> None:
        _run("bridge", "link", "set", "dev", self.port, "state", DISABLED)

    def plug_in(self) -> None:
        _run("bridge", "link", "set", "dev", self.port, "state", FORWARDING)

    def listen(self, port: int) -> socket.socket:
        """A socket on this host's own loopback, for a relay to what runs on this machine."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            enter(self.namespace)
            found = socket.create_server((HOST, port), backlog=128)
            _setns(here)
        finally:
            os.close(here)
        return found


@dataclass(frozen=True, slots=True)
class Network:
    """The middle, which is this machine, and its hosts."""

    address: str
    range: str
    hosts: tuple[Host, ...]


@contextmanager
def network(hosts: int) -> Iterator[Network]:
    """So many hosts on a bridge. Raises CannotRun where namespaces cannot be made."""
    if os.geteuid() != 0:
        raise CannotRun("network namespaces need root")
    number = os.getpid() % 240 + 10
    bridge, middle = f"cdbr{number}", f"10.231.{number}"
    with ExitStack() as made:
        try:
            _ip("link", "add", bridge, "type", "bridge")
            made.callback(_ip, "link", "delete", bridge)
            _ip("addr", "add", f"{middle}.1/24", "dev", bridge)
            _ip("link", "set", bridge, "up")
            found = tuple(_host(made, bridge, f"{middle}.{n + 2}", n) for n in range(hosts))
        except RuntimeError as error:
            raise CannotRun(f"no network namespaces here: {error}") from error
        yield Network(f"{middle}.1", f"{middle}.0/24", found)


def _host(made: ExitStack, bridge: str, address: str, number: int) -> Host:
    namespace, port, inside = f"{bridge}-{number}", f"{bridge}p{number}", f"{bridge}i{number}"
    _ip("netns", "add", namespace)
    made.callback(_ip, "netns", "delete", namespace)
    _ip("link", "add", port, "type", "veth", "peer", "name", inside, "netns", namespace)
    _ip("link", "set", port, "master", bridge, "up")
    _ip("-n", namespace, "addr", "add", f"{address}/24", "dev", inside)
    _ip("-n", namespace, "link", "set", inside, "up")
    _ip("-n", namespace, "link", "set", "lo", "up")
    return Host(namespace, address, port)


def relays(host: Host, ports: list[int]) -> ExitStack:
    """The twins' ports of this machine, on the host's own loopback: another way than its cable."""
    running = ExitStack()
    for port in ports:
        running.enter_context(Cable((HOST, port), host.listen(port)))
    return running


def enter(namespace: str) -> None:
    """From now on this thread, and what it starts, is on that host. Raises OSError."""
    descriptor = os.open(NAMESPACES / namespace, os.O_RDONLY)
    try:
        _setns(descriptor)
    finally:
        os.close(descriptor)


def _setns(descriptor: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _ip(*words: str) -> None:
    _run("ip", *words)


def _run(program: str, *words: str) -> None:
    found = shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if found is None:
        raise CannotRun(f"the program {program} (iproute2) is missing")
    done = subprocess.run(  # noqa: S603 - programs of iproute2, our own words
        [found, *words], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{program} {' '.join(words)}: {done.stderr.strip()}")
