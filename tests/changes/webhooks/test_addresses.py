"""No webhook reaches a network of ours: by its URL, by name resolution, or by a disguised address."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.changes.webhooks.addresses import UnsafeTargetError, checked, is_public, pinned

PUBLIC = "93.184.215.14"
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 - refused here, not listened on
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::5db8:d70e",
    "64:ff9b:1::a9fe:a9fe",
    "100::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.row("WHK-04")
@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_WHK_04_addresses_of_ours_and_their_disguises_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_addresses_of_others_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.row("WHK-04")
@given(st.ip_addresses(v=4))
def test_WHK_04_no_way_to_write_an_ipv4_address_as_ipv6_makes_it_public(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for prefix in ("::", "::ffff:0:0", "64:ff9b::"):
        assert not is_public(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number))
    assert not is_public(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))


@pytest.mark.row("WHK-04")
@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "127.1",
        "0x7f.1",
        "[::1]",
        "[64:ff9b::a9fe:a9fe]",
        "localhost",
        "metadata",
        "example.com.0x7f",
        "example..com",
        "exa mple.com",
        "-example.com",
        "xn--.",
        "münchen.example",
    ],
)
def test_WHK_04_only_full_domain_names_pass_as_hosts(host: str) -> None:
    with pytest.raises(UnsafeTargetError):
        checked(f"https://{host}/hook")


@pytest.mark.row("WHK-12", "WHK-13")
@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://example.com:8443/",
        "https://example.com:22/",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com@evil.example/",
        "https://example.com/#fragment",
        "https://example.com/\r\nX-Injected: 1",
        "https://example.com/a b",
        "https://example.com\\@evil.example/",
        "https://example.com:port/",
        "https:///path",
        "//example.com/",
        "example.com",
        "",
        "https://example.com/" + "a" * 2048,
    ],
)
def test_WHK_12_WHK_13_urls_of_another_shape_are_refused_without_repeating_them(url: str) -> None:
    with pytest.raises(UnsafeTargetError) as refusal:
        checked(url)

    assert "example" not in str(refusal.value)


def test_a_plain_https_url_passes_and_is_pinned_to_its_addresses() -> None:
    target = pinned("https://Hooks.Example.com./in?tenant=7", lambda _host: [PUBLIC, "2606:4700:4700::1111"])

    assert (target.scheme, target.host, target.port, target.path) == ("https", "hooks.example.com", 443, "/in?tenant=7")
    assert target.addresses == (PUBLIC, "2606:4700:4700::1111")


@pytest.mark.row("WHK-06")
@pytest.mark.parametrize("other", ["169.254.169.254", "::1", "64:ff9b::a9fe:a9fe"])
def test_WHK_06_one_private_address_among_several_is_enough_to_refuse(other: str) -> None:
    for answer in ([PUBLIC, other], [other, PUBLIC]):
        with pytest.raises(UnsafeTargetError):
            pinned("https://example.com/", {"example.com": answer}.__getitem__)


@pytest.mark.row("WHK-05")
def test_WHK_05_a_name_is_resolved_once_so_a_second_answer_cannot_matter() -> None:
    answers = iter([[PUBLIC], ["169.254.169.254"]])

    assert pinned("https://example.com/", lambda _host: next(answers)).addresses == (PUBLIC,)
    assert next(answers) == ["169.254.169.254"]


def test_a_host_without_addresses_is_not_found() -> None:
    with pytest.raises(OSError, match="no address"):
        pinned("https://example.com/", lambda _host: [])


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/hook", "http://[::1]:8080/", "https://127.0.0.1/"])
def test_allowed_networks_excuse_scheme_port_and_literal(url: str) -> None:
    assert pinned(url, lambda _host: [], LOOPBACK).addresses


def test_allowed_networks_excuse_nothing_else() -> None:
    def both(_host: str) -> list[str]:
        return ["127.0.0.1", "10.0.0.1"]

    for url in ("http://10.0.0.1/", "https://10.0.0.1/", "http://169.254.169.254/latest"):
        with pytest.raises(UnsafeTargetError):
            pinned(url, lambda _host: [], LOOPBACK)
    for url in ("http://localhost:8080/", "https://example.com/"):
        with pytest.raises(UnsafeTargetError):
            pinned(url, both, LOOPBACK)
    with pytest.raises(UnsafeTargetError):
        pinned("http://example.com/", lambda _host: [PUBLIC], LOOPBACK)
