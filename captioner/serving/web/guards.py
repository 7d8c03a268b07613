"""What every request passes: by which name the server was called, which page asked, and HEAD as GET without a body."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self

from fastapi.responses import JSONResponse
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOSNIFF = {"X-Content-Type-Options": "nosniff"}
ANY = "*"
HERE = ("localhost", "127.0.0.1", "[::1]")
EVERYWHERE = ("0.0.0.0", "::")
AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@/?#\s]+)(:\d*)?")


@dataclass(frozen=True)
class Hosts:
    """The names by which the server may be called.

    A page from elsewhere can point its own name at this machine (DNS rebinding), and its browser would then let it read
    the answers. Its name still stands in the Host header.

    Attributes:
        names: known names, small letters.
        addresses: whether every IP address is known too: nobody can point one elsewhere.
        pages: names whose pages may ask although they call the server by another one.
    """

    names: frozenset[str]
    addresses: bool = False
    pages: frozenset[str] = frozenset()

    @classmethod
    def at(cls, host: str, allowed: Iterable[str] = ()) -> Self:
        """Those of a server that listens at `host`, and those that somebody allowed.

        Raises:
            ValueError: a name is none.
        """
        extra = set()
        for each in allowed:
            name = ANY if each == ANY else _name(each)
            if name is None or (name != ANY and ":" in each.replace(name, "")):
                raise ValueError(f"--allow-host {each!r} is no name of a server; give it as in captions.example, or *")
            extra.add(name)
        bound = f"[{host}]" if ":" in host else host
        return cls(frozenset({*HERE, bound.lower(), *extra}), host in EVERYWHERE, frozenset(extra))

    def known(self, authority: str) -> bool:
        """Whether a Host header, with or without a port, is one of them."""
        name = _name(authority)
        return ANY in self.names or (name is not None and (name in self.names or (self.addresses and _is_ip(name))))

    def may_ask(self, origin: str, authority: str) -> bool:
        """Whether a page from `origin` may ask a server that it calls by `authority`: its own, and allowed ones."""
        asking = origin.lower().partition("://")[2]
        return ANY in self.pages or asking == authority.lower() or _name(asking) in self.pages


OWN = Hosts(frozenset(HERE))


def _name(authority: str) -> str | None:
    """The name in `name:port`, in small letters; None if that is no authority."""
    found = AUTHORITY.fullmatch(authority.lower())
    return found[1].removesuffix(".") if found else None


def _is_ip(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


class Guarded:
    """Wraps the application.

    Args:
        app: the application.
        hosts: the names by which it may be called.
    """

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self.app, self.hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        head, begun = scope["method"] == "HEAD", False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                for name, value in NOSNIFF.items():
                    MutableHeaders(scope=message).setdefault(name, value)
            elif head:
                message = {**message, "body": b""}
            await send(message)

        try:
            if head:
                scope["method"] = "GET"
            await (self._refusal(Headers(scope=scope)) or self.app)(scope, receive, guarded)
        except asyncio.CancelledError:  # clients that leave never get here: the server ends, and waits no longer
            if begun:
                raise
            await JSONResponse({"error": "the server is ending; try again later"}, 503)(scope, receive, guarded)
        finally:
            if head:
                scope["method"] = "HEAD"

    def _refusal(self, headers: Headers) -> ASGIApp | None:
        """What is answered to a request for somebody else."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self.hosts.known(host):
            sentence = f"this server is not called {host[:100]!r}; start it with --allow-host and that name if it is"
            return JSONResponse({"error": sentence}, 421)
        if origin is not None and not self.hosts.may_ask(origin, host):
            sentence = f"pages of {origin[:100]!r} may not ask this server; --allow-host and that name lets them"
            return JSONResponse({"error": sentence}, 403)
        return None
