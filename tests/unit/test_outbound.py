"""Requests to addresses that others chose: only to the internet, and to networks that the operator named."""

import socket
from ipaddress import ip_network
from typing import Any

import pytest

from ledger.alerts import outbound
from ledger.alerts.outbound import NotDelivered, post
from tests.receiver import receiving

HERE = [ip_network("127.0.0.0/8")]


def resolved(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Let any name be of these addresses: the first answer of DNS is the first of them, and so on."""

    def getaddrinfo(_host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def unconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects fails the test."""

    def connect(*_: object) -> None:
        pytest.fail("it was connected to")

    monkeypatch.setattr(socket, "create_connection", connect)


@pytest.mark.usefixtures("unconnected")
@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104
        *("224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
        *("fd00:ec2::254", "::ffff:169.254.169.254", "2002:a9fe:a9fe::", "64:ff9b::a9fe:a9fe"),
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_no_address_of_a_network_of_ones_own_is_connected_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    resolved(monkeypatch, address)
    with pytest.raises(NotDelivered, match="an address that is not allowed"):
        post("https://hooks.example.com/", b"{}", {})
    resolved(monkeypatch, "93.184.215.14", address)
    with pytest.raises(NotDelivered, match="an address that is not allowed"):
        post("https://hooks.example.com/", b"{}", {})


@pytest.mark.usefixtures("unconnected")
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "localhost", "[::1]", "017700000001"])
def test_nor_is_it_by_another_way_to_write_it(host: str) -> None:
    with pytest.raises(NotDelivered):
        post(f"https://{host}/", b"{}", {})


@pytest.mark.usefixtures("unconnected")
def test_without_tls_only_named_networks_are_sent_to(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(monkeypatch, "93.184.215.14")
    with pytest.raises(NotDelivered, match="not allowed"):
        post("http://hooks.example.com/", b"{}", {}, HERE)


def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that has another address when it is asked for again."""
    asked: list[str] = []
    connected: list[object] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "169.254.169.254"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(address: object, _timeout: float) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotDelivered, match=r"hooks\.example\.com: ConnectionRefusedError"):
        post("https://hooks.example.com/", b"{}", {})
    assert (asked, connected) == (["hooks.example.com"], [("93.184.215.14", 443)])


def test_what_is_sent_arrives_with_its_path_and_headers() -> None:
    with receiving() as receiver:
        post(receiver.url, b'{"a": 1}', {"webhook-id": "x"}, HERE)
        [received] = receiver.received
    assert (received.path, received.body) == ("/hook?key=kept-to-itself", b'{"a": 1}')
    assert (received.headers["webhook-id"], received.headers["content-type"]) == ("x", "application/json")


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
def test_anything_but_2xx_is_not_delivered_and_redirects_are_not_followed(status: int) -> None:
    with receiving() as receiver, receiving() as elsewhere:
        receiver.status, receiver.location = status, elsewhere.url
        with pytest.raises(NotDelivered, match=f"answered {status}"):
            post(receiver.url, b"{}", {}, HERE)
        assert elsewhere.received == []


def test_a_receiver_that_takes_too_long_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "DEADLINE", 0.05)
    with receiving() as receiver:
        receiver.delay = 30
        with pytest.raises(NotDelivered):
            post(receiver.url, b"{}", {}, HERE)
        receiver.delay = 0


def test_an_error_has_nothing_of_the_address_but_its_host() -> None:
    with receiving() as receiver:
        receiver.status = 500
        with pytest.raises(NotDelivered) as raised:
            post(receiver.url, b"{}", {}, HERE)
    assert str(raised.value) == "127.0.0.1: answered 500"
    assert raised.value.__cause__ is None
