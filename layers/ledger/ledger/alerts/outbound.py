"""Requests to addresses that others chose, which must not lead into the stack's own network."""

import socket
import ssl
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Timer
from urllib.parse import urlsplit

TIMEOUT = 5.0
"""Seconds in which a receiver has to accept a connection."""
DEADLINE = 10.0
"""Seconds in which it has to have answered."""
_NAT64 = ip_network("64:ff9b::/96")

type Network = IPv4Network | IPv6Network


class NotDelivered(Exception):
    """A receiver was not reached, or did not answer 2xx. The text has nothing of the address but its host."""


def post(url: str, body: bytes, headers: Mapping[str, str], private: Sequence[Network] = ()) -> None:
    """Send a JSON body. Returns once it is answered 2xx, otherwise raises NotDelivered.

    Only addresses of the internet are connected to, and those of the networks in `private`, without TLS only these.
    The name is resolved once, and what is checked is what is connected to. Redirects are not followed.
    """
    parts = urlsplit(url)
    host, is_plain = parts.hostname or "", parts.scheme == "http"
    port = parts.port or (80 if is_plain else 443)
    try:
        address = _address(host, port, private, is_plain=is_plain)
        with _connection(address, host, port, is_plain=is_plain) as connection:
            cut = Timer(DEADLINE, _shut, [connection])
            cut.start()
            try:
                status = _exchange(connection, host, _target(url), body, headers)
            finally:
                cut.cancel()
    except (OSError, HTTPException, UnicodeError) as error:
        raise NotDelivered(f"{host}: {type(error).__name__}") from None
    if not 200 <= status < 300:
        raise NotDelivered(f"{host}: answered {status}")


def _connection(address: str, host: str, port: int, *, is_plain: bool) -> socket.socket:
    """A connection to an address, which in TLS still has to prove that it is the host's."""
    connection = socket.create_connection((address, port), TIMEOUT)
    if is_plain:
        return connection
    context = ssl.create_default_context()
    return context.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)


def _exchange(connection: socket.socket, host: str, target: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a request by a connection, and return the status of the answer, whose body is not read."""
    if isinstance(connection, ssl.SSLSocket):
        connection.do_handshake()
    http = HTTPConnection(host)
    http.sock = connection
    http.request("POST", target, body, {"Content-Type": "application/json", "User-Agent": "usage-ledger", **headers})
    return http.getresponse().status


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _address(host: str, port: int, private: Sequence[Network], *, is_plain: bool) -> str:
    """The first address of a host, if that and all others may be connected to. Raises NotDelivered or OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(sockaddr[0]) for *_, sockaddr in found]
    for address in map(ip_address, addresses):
        is_named = any(address in network for network in private)
        if not is_named and (is_plain or not _is_public(address)):
            raise NotDelivered(f"{host}: an address that is not allowed")
    return addresses[0]


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an address of the internet, and none that stands for another one."""
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64
    ):
        return False
    return address.is_global and not address.is_multicast


def _shut(connection: socket.socket) -> None:
    """End whatever waits for this connection."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
