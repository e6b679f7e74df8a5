"""The kinds of values that settings have: each reads what people write and says what it takes.

Every reader accepts a string (environment, command line); those of lists a list too (TOML).
"""

import grp
import ipaddress
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import idna
from pydantic import BeforeValidator, PlainValidator, SecretStr
from pydantic_settings import NoDecode

MASK = "••••"


@dataclass(frozen=True, slots=True)
class Takes:
    """The words that follow "it takes" in messages and documentation; marks a kind of value."""

    words: str


class Endpoint(NamedTuple):
    """A TCP address to listen on, `host:port` or `[::1]:port`; port 0: any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class UnixSocket(NamedTuple):
    """A unix socket to listen on, `unix:/path`."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


class Mode(int):
    """The permissions of a file; as text in octal, `0660`."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"{self:04o}"


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _items(value: object) -> list[str]:
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    if not isinstance(value, list | tuple):
        raise ValueError("not a list")  # noqa: TRY004 - pydantic turns only ValueError into a report
    return [str(item).strip() for item in value]


def read_endpoint(text: str) -> Endpoint:
    """Read `host:port`. The host is a name, an IPv4 address, or an IPv6 address in brackets.

    Raises ValueError for anything else.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon or not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
        raise ValueError("no port from 0 to 65535")
    if host.startswith("[") and host.endswith("]"):
        return Endpoint(str(ipaddress.IPv6Address(host[1:-1])), int(port))
    if host.replace(".", "").isdecimal():
        return Endpoint(str(ipaddress.IPv4Address(host)), int(port))
    labels = host.removesuffix(".").split(".")
    if not all(label.replace("-", "").replace("_", "").isalnum() for label in labels):
        raise ValueError("no host")
    return Endpoint(host, int(port))


def _endpoints(value: object) -> tuple[Endpoint, ...]:
    endpoints = tuple(read_endpoint(item) for item in _items(value))
    if not endpoints:
        raise ValueError("none")
    if len({endpoint for endpoint in endpoints if endpoint.port}) < sum(
        bool(e.port) for e in endpoints
    ):
        raise ValueError("one of them twice")
    return endpoints


def _optional_endpoints(value: object) -> tuple[Endpoint, ...]:
    return _endpoints(value) if _items(value) else ()


def _sockets(value: object) -> tuple[Endpoint | UnixSocket, ...]:
    return tuple(
        UnixSocket(item.removeprefix("unix:")) if item.startswith("unix:/") else read_endpoint(item)
        for item in _items(value)
    )


def _file_mode(value: object) -> Mode:
    # Text alone: a number in TOML could mean octal to one reader and decimal to the next.
    if not isinstance(value, str) or not re.fullmatch("0?[0-7]{3}", value.strip()):
        raise ValueError("not an octal mode")
    return Mode(value.strip(), 8)


def _group(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - pydantic turns only ValueError into a report
    name = value.strip()
    if re.fullmatch("[0-9]{1,9}", name) or not name:
        return name
    try:
        grp.getgrnam(name)
    except KeyError as error:
        raise ValueError("no such group") from error
    return name


def _optional_file(value: object) -> Path | None:
    return _optional_folder(value)


def _yes_or_no(value: object) -> object:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("neither")  # noqa: TRY004 - pydantic turns only ValueError into a report
    return value


def _networks(value: object) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(item) for item in _items(value))


def _nameservers(value: object) -> tuple[Endpoint, ...]:
    return tuple(dict.fromkeys(_nameserver(item) for item in _items(value)))


def _nameserver(text: str) -> Endpoint:
    try:
        return Endpoint(str(ipaddress.ip_address(text)), 53)
    except ValueError:
        host, port = read_endpoint(text)
    if not port:
        raise ValueError("no port")
    # An address, as nobody could look up the name of who looks up names.
    return Endpoint(str(ipaddress.ip_address(host)), port)


def _server_names(value: object) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(item.lower() for item in _items(value)))
    if not all(re.fullmatch("[a-z0-9_](?:[a-z0-9._-]*[a-z0-9])?", name) for name in names):
        raise ValueError("not a name")
    return names


def _domains(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_mail_domain(item) for item in _items(value)))


def _mail_domain(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - pydantic turns only ValueError into a report
    domain = idna.encode(value.strip().removesuffix("."), uts46=True).decode("ascii").lower()
    *parents, top = domain.split(".")
    if not parents or top.isdecimal():
        raise ValueError("not a full domain name")
    return domain


def _database_url(value: object) -> SecretStr:
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - pydantic turns only ValueError into a report
    text = value.strip()
    if text:
        parts = urlsplit(text)
        if parts.scheme not in {"postgresql", "postgres"} or not text.startswith(
            f"{parts.scheme}://"
        ):
            raise ValueError("another scheme")
        if (
            parts.fragment
            or not parts.path.strip("/")
            or (parts.port is not None and not parts.port)
        ):
            raise ValueError("no database")
    return SecretStr(text)


def _relay_url(value: object) -> SecretStr:
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise ValueError("not text")  # noqa: TRY004 - pydantic turns only ValueError into a report
    text = value.strip()
    if text:
        parts = urlsplit(text)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("not a mail server")
        if parts.path.strip("/") or parts.query or parts.fragment or parts.port == 0:
            raise ValueError("more than a mail server")
    return SecretStr(text)


def _folder(value: object) -> Path:
    if not isinstance(value, str | os.PathLike) or not (text := str(value)).strip() or "\0" in text:
        raise ValueError("not a path")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError("no such home folder") from error


def _optional_folder(value: object) -> Path | None:
    return None if value is None or value == "" else _folder(value)


def _choice(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _whole_number(value: object) -> object:
    # Pydantic would take `true` for 1, "1.0" for 1 and 1_0 for 10.
    if isinstance(value, bool | float) or (
        isinstance(value, str) and not value.strip().isdecimal()
    ):
        raise ValueError("not a whole number")
    return value


WholeNumber = Annotated[int, BeforeValidator(_whole_number)]
Choice = BeforeValidator(_choice)
MailDomain = Annotated[
    str, BeforeValidator(_mail_domain), Takes("a full domain name, such as `dropbox.example`")
]
Folder = Annotated[Path, BeforeValidator(_folder), Takes("the path of a folder")]
OptionalFolder = Annotated[
    Path | None, BeforeValidator(_optional_folder), Takes("the path of a folder, or nothing")
]
DatabaseUrl = Annotated[
    SecretStr,
    BeforeValidator(_database_url),
    Takes(
        "`postgresql://user:password@host/database`, special characters in it percent-encoded, "
        "or nothing for the embedded Postgres"
    ),
]
RelayUrl = Annotated[
    SecretStr,
    BeforeValidator(_relay_url),
    Takes(
        "`smtp://user:password@host:587`, or `smtps://` for TLS from the first byte, special "
        "characters in it percent-encoded, or nothing"
    ),
]
# NoDecode: pydantic-settings would read the variable of a tuple as JSON.
Endpoints = Annotated[
    tuple[Endpoint, ...],
    NoDecode,
    BeforeValidator(_endpoints),
    Takes(
        "a comma-separated list of `host:port`, IPv6 as `[::1]:port`, each once, "
        "port 0 for any free one"
    ),
]
OptionalEndpoints = Annotated[
    tuple[Endpoint, ...],
    NoDecode,
    BeforeValidator(_optional_endpoints),
    Takes("a comma-separated list of `host:port`, or nothing"),
]
Sockets = Annotated[
    tuple[Endpoint | UnixSocket, ...],
    NoDecode,
    BeforeValidator(_sockets),
    Takes("a comma-separated list of `host:port` and `unix:/path`, or nothing"),
]
FileMode = Annotated[
    Mode, PlainValidator(_file_mode), Takes("an octal mode as text, such as `0660`")
]
Group = Annotated[
    str,
    BeforeValidator(_group),
    Takes("the name or number of a group of this machine, or nothing"),
]
OptionalFile = Annotated[
    Path | None, BeforeValidator(_optional_file), Takes("the path of a file, or nothing")
]
YesOrNo = Annotated[bool, BeforeValidator(_yes_or_no), Takes("`true` or `false`")]
Nameservers = Annotated[
    tuple[Endpoint, ...],
    NoDecode,
    BeforeValidator(_nameservers),
    Takes(
        "a comma-separated list of IP addresses, with `:port` where it is not 53, IPv6 then as "
        "`[::1]:53`, or nothing"
    ),
]
ServerNames = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(_server_names),
    Takes("a comma-separated list of names, such as `mx.corp.example`, or nothing"),
]
Domains = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(_domains),
    Takes("a comma-separated list of full domain names, such as `corp.example`, or nothing"),
]
Networks = Annotated[
    tuple[Network, ...],
    NoDecode,
    BeforeValidator(_networks),
    Takes("a comma-separated list of networks, such as `10.0.0.0/8,fd00::/8`, or nothing"),
]


def mask_url(url: str) -> str:
    """Return the URL with the passwords in it replaced, wherever a Postgres URL may carry one."""
    parts = urlsplit(url)
    netloc = parts.netloc
    user_info, at, host = netloc.rpartition("@")
    if ":" in user_info:
        netloc = f"{user_info.partition(':')[0]}:{MASK}{at}{host}"
    query = "&".join(
        f"{key}={MASK if 'password' in key.lower() else value}"
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
    )
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def as_text(value: object) -> str:
    """Return a value as a person would write it in the environment, secrets masked."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, SecretStr):
        return mask_url(value.get_secret_value())
    if isinstance(value, Iterable) and not isinstance(value, str | Endpoint | UnixSocket):
        return ",".join(str(item) for item in value)
    return str(value)
