"""Where a webhook may go: never into a network of ours, whatever the URL, the name server or a redirect say.

An endpoint's URL is input of a customer, and we would post to it from inside. Checking the text is not enough: a name
can resolve to a private address, to several, or to another one the second time. So a URL must have one of few shapes;
the name is resolved once; every address that it has must be public; and the connection goes to the address that was
checked. `ipaddress.is_global` is not enough for "public" either: it lets through NAT64 (``64:ff9b::a9fe:a9fe`` is the
metadata service), IPv4 in other IPv6 disguises, multicast and ranges reserved since.

A setting can allow networks beyond that (loopback on a developer's machine; empty in production). For hosts inside them
plain HTTP and any port will do.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address
type Network = ipaddress.IPv4Network | ipaddress.IPv6Network
type Resolver = Callable[[str], Sequence[str]]
"""From a host name to all its addresses, as text. Raises OSError when there are none."""

MAX_URL_LENGTH: Final = 2048

_DISGUISES_AND_RESERVED: Final[tuple[Network, ...]] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local use
        "2001::/23",  # protocol assignments: Teredo, ORCHID, …
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local, deprecated
        "192.88.99.0/24",  # 6to4 relays
    )
)
_HOST: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
# What name resolution takes for an IPv4 address in decimal, octal or hexadecimal ends in such a label.
_NUMBER: Final = re.compile(r"(?:\d+|0x[0-9a-f]*)")


class UnsafeTargetError(ValueError):
    """A webhook must not go there; the text says why, without the URL."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts, with the addresses that its host may be connected to (empty before it is pinned)."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()


def checked(url: str, allowed: Sequence[Network] = ()) -> Target:
    """Take a URL apart, if it has an acceptable shape; names are not resolved.

    Args:
        url: as the administrator gave it.
        allowed: networks beyond the public ones; when there are any, IP literals, ``http`` and other ports pass here
            and are judged when the target is pinned.

    Raises:
        UnsafeTargetError: it has not.
    """
    if len(url) > MAX_URL_LENGTH or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise UnsafeTargetError("a webhook URL is at most 2048 printable ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise UnsafeTargetError("that is not a URL") from error
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UnsafeTargetError("a webhook URL has no user, password or fragment")
    target = Target(parts.scheme, host, port or _default_port(parts.scheme), _path(parts.path, parts.query))
    if allowed and parts.scheme in ("http", "https") and (_literal(host) or _HOST.fullmatch(host)):
        return target
    if target.scheme != "https" or target.port != 443:
        raise UnsafeTargetError("a webhook goes to https, port 443")
    if not _HOST.fullmatch(host) or "." not in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise UnsafeTargetError("a webhook goes to a host with a full domain name, not to an address")
    return target


def pinned(url: str, resolve: Resolver, allowed: Sequence[Network] = ()) -> Target:
    """Resolve the host of a URL once, and give the target with addresses that a connection may use.

    Raises:
        UnsafeTargetError: the URL's shape is not acceptable, or any of the host's addresses is not.
        OSError: the host has no address.
    """
    target = checked(url, allowed)
    literal = _literal(target.host)
    addresses = [literal] if literal else [ipaddress.ip_address(text) for text in resolve(target.host)]
    if not addresses:
        raise OSError("the host has no address")
    inside = [any(address in network for network in allowed) for address in addresses]
    if not all(inside):
        # what only allowed networks excuse must not be reached through a name that also resolves to others
        checked(url)
        if not all(is_public(address) or excused for address, excused in zip(addresses, inside, strict=True)):
            raise UnsafeTargetError("the host has an address that is not public")
    return Target(target.scheme, target.host, target.port, target.path, tuple(map(str, addresses)))


def is_public(address: Address) -> bool:
    """Whether an address is one of somebody else's on the internet, and is written plainly."""
    if isinstance(address, ipaddress.IPv6Address) and (address.scope_id or address.ipv4_mapped):
        return False
    if any(address.version == network.version and address in network for network in _DISGUISES_AND_RESERVED):
        return False
    return address.is_global and not address.is_multicast


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _default_port(scheme: str) -> int:
    return {"https": 443, "http": 80}.get(scheme, 0)


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")
