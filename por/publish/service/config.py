"""proofs.toml: which files are handed out, where it listens, who says who is asking, and how much is answered."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from por import documents, files
from por.errors import InputError, UsageError
from por.lines import Places, lines

SYMMETRIC = ("HS256", "HS384", "HS512")
ASYMMETRIC = ("EdDSA", "Ed25519", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")

Algorithm = Literal[
    "EdDSA", "Ed25519", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512",
    "HS256", "HS384", "HS512",
]  # fmt: skip
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=1024)]


class ProofsTable(documents.Document):
    """[proofs]: the files of all proofs, as paths or patterns."""

    files: Annotated[documents.Rows[Text], Field(min_length=1, max_length=1000)]
    look_seconds: Annotated[int, Field(ge=1, le=3600)] = 5


class ListenTable(documents.Document):
    """[listen]: where it is asked, and by whom."""

    address: Text = "127.0.0.1:7281"
    watch: Text | None = None
    exposed: bool = False
    proxies: Annotated[documents.Rows[Text], Field(max_length=100)] = Field(default_factory=list)
    client_header: HeaderName | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    socket_mode: Annotated[str, Field(pattern=r"^0[0-7]{3}$")] = "0660"


class TokenTable(documents.Document):
    """[auth.token]: a signed token (JWT) from the exchange's sign-in."""

    issuer: Text
    audience: Text
    algorithms: Annotated[documents.Rows[Algorithm], Field(min_length=1)]
    keys: Text | None = None
    secret_file: Text | None = None
    claim: Text = "sub"
    type: Text | None = None
    header: HeaderName = "Authorization"
    leeway_seconds: Annotated[int, Field(ge=0, le=120)] = 30
    longest_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600


class HeaderTable(documents.Document):
    """[auth.header]: the account id as a header that only the proxy before us can set."""

    name: HeaderName
    secret_header: HeaderName | None = None
    secret_file: Text | None = None


class AuthTable(documents.Document):
    """[auth]: exactly one of them."""

    token: TokenTable | None = None
    header: HeaderTable | None = None


class LimitsTable(documents.Document):
    """[limits]: what is answered; 0 lifts a rate."""

    customer_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 12
    customer_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 6
    address_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 120
    address_burst: Annotated[int, Field(ge=1, le=1_000_000)] = 60
    connections: Annotated[int, Field(ge=1, le=100_000)] = 1024
    request_seconds: Annotated[int, Field(ge=1, le=300)] = 10
    answer_seconds: Annotated[int, Field(ge=1, le=300)] = 30
    idle_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    end_seconds: Annotated[int, Field(ge=1, le=300)] = 30


class ConfigDocument(documents.Document):
    """proofs.toml."""

    proofs: ProofsTable
    listen: ListenTable = ListenTable()
    auth: AuthTable = AuthTable()
    limits: LimitsTable = LimitsTable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen: a path of a Unix socket, or an IP address and a port (0: any that is free)."""

    path: Path | None = None
    host: str = ""
    port: int = 0

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.path is not None or ipaddress.ip_address(self.host).is_loopback

    def __str__(self) -> str:
        if self.path is not None:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """proofs.toml, checked; relative paths in it are meant from `base`."""

    base: Path
    proofs: ProofsTable
    listen: ListenTable
    limits: LimitsTable
    token: TokenTable | None
    header: HeaderTable | None
    address: Address
    watch: Address | None
    proxies: tuple[Network, ...]


def load_config(path: Path) -> Config:
    """Read proofs.toml. UsageError when it would hand out proofs to anybody; InputError names the line of a fault."""
    base, where = path.absolute().parent, path.name
    text = files.read_text(path)
    value = documents.read_toml(text, where=where)
    places = Places(lines(text), where)
    doc = documents.read(ConfigDocument, value, where=where, places=places)
    address = _address(doc.listen.address, base, places("listen", "address"))
    watch = _address(doc.listen.watch, base, places("listen", "watch")) if doc.listen.watch else None
    config = Config(
        base=base,
        proofs=doc.proofs,
        listen=doc.listen,
        limits=doc.limits,
        token=doc.auth.token,
        header=doc.auth.header,
        address=address,
        watch=watch,
        proxies=tuple(_network(row, places("listen", "proxies", at)) for at, row in enumerate(doc.listen.proxies)),
    )
    _check_auth(config, where)
    _check_reach(config, where)
    if config.token is not None:
        _check_algorithms(config.token, places("auth", "token", "algorithms"))
    return config


def _check_auth(config: Config, where: str) -> None:
    if (config.token is None) == (config.header is None):
        raise UsageError(
            f"{where}: auth: {'nothing says' if config.token is None else 'two things say'} who is asking",
            code="auth-missing",
            hint="set up [auth.token] or [auth.header]: without it anybody could have anybody's proof",
        )
    header = config.header
    if header is None:
        return
    if (header.secret_header is None) != (header.secret_file is None):
        raise UsageError(
            f"{where}: auth.header: secret_header and secret_file go together",
            code="auth-missing",
            hint="name both the header in which the proxy sends the secret, and the file that holds it",
        )
    names = {header.name.lower(), (header.secret_header or "").lower(), (config.listen.client_header or "").lower()}
    if len(names - {""}) < 1 + bool(header.secret_header) + bool(config.listen.client_header):
        raise UsageError(
            f"{where}: auth.header: one header would mean two things",
            code="auth-missing",
            hint="give the account, the secret and the client's address a header each",
        )
    if header.secret_file is None and config.address.path is None and not _names_some(config.proxies):
        raise UsageError(
            f"{where}: auth.header: whoever reaches {config.address} could name any account",
            code="auth-spoofable",
            hint="listen on unix:PATH, or name the proxy in listen.proxies, or share a secret with it (secret_file)",
        )


def _names_some(proxies: tuple[Network, ...]) -> bool:
    """Tell whether proxies are named at all, and none of them is everybody (0.0.0.0/0)."""
    return bool(proxies) and all(network.prefixlen for network in proxies)


def _check_reach(config: Config, where: str) -> None:
    for name, address in (("address", config.address), ("watch", config.watch)):
        if address is not None and not address.local and not (config.listen.exposed and name == "address"):
            raise UsageError(
                f"{where}: listen.{name}: {address} is reached from other machines, without TLS",
                code="listen-exposed",
                hint="listen on 127.0.0.1 or unix:PATH behind a proxy with TLS"
                + (", or say exposed = true" if name == "address" else ""),
            )
    if config.watch is not None and config.watch.path is not None:
        raise InputError(
            f"{where}: listen.watch: {config.watch} is no IP address, by which the two are told apart",
            code="listen-address",
            hint="write 127.0.0.1:7282",
        )
    if config.listen.client_header and not (config.address.local or _names_some(config.proxies)):
        raise UsageError(
            f"{where}: listen.client_header: whoever reaches {config.address} could name any address",
            code="auth-spoofable",
            hint="name the proxy in listen.proxies, or leave client_header out",
        )


def _check_algorithms(token: TokenTable, place: str) -> None:
    symmetric = {name in SYMMETRIC for name in token.algorithms}
    if symmetric == {True} and token.secret_file and not token.keys:
        return
    if symmetric == {False} and token.keys and not token.secret_file:
        return
    raise UsageError(
        f"{place}: HS256 and its like go with secret_file, all others with keys, and never both",
        code="auth-algorithm",
        hint="a public key taken for a secret would let anybody sign; prefer EdDSA or ES256 with keys",
    )


def _address(text: str, base: Path, place: str) -> Address:
    if text.startswith("unix:") and len(text) > 5:
        return Address(path=base / text[5:])
    host, colon, port = text.rpartition(":")
    try:
        bracketed = host.startswith("[") and host.endswith("]")
        host = str(ipaddress.ip_address(host[1:-1] if bracketed else host))
        if not (colon and port.isascii() and port.isdigit() and int(port) < 1 << 16):
            raise ValueError
    except ValueError:
        raise InputError(
            f"{place}: {text[:60]!r} is no address to listen on",
            code="listen-address",
            hint="write 127.0.0.1:7281, [::1]:7281 or unix:PATH",
        ) from None
    return Address(host=host, port=int(port))


def _network(text: str, place: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise InputError(
            f"{place}: {text[:60]!r} is no IP address or network",
            code="listen-address",
            hint="write 10.0.0.5 or 10.0.0.0/28",
        ) from None
