"""A stand-in for the Hugging Face hub: as much of its HTTP interface as pushing and fetching a small model uses.

The hub itself takes large files by other protocols, which are its library's affair.
"""

import base64
import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
TOKEN = "a-token"


class Hub(ThreadingHTTPServer):
    """Models by name, each a dictionary of files; whoever writes needs the token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answerer)
        self.models: dict[str, dict[str, bytes]] = {}
        self.private: set[str] = set()
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answerer(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *words: Any) -> None:
        self.server.asked.append(f"{self.command} {self.path}")

    def body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, content: Any, status: int = 200, **headers: str) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def refuse(self, status: int, reason: str) -> None:
        self.reply({"error": reason}, status, X_Error_Code=reason, X_Error_Message=reason)

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith("/api/models/"):
            name, _, rest = path.removeprefix("/api/models/").partition("/")
            model, _, rest = rest.partition("/")
            if (files := self.server.models.get(f"{name}/{model}")) is None:
                return self.refuse(404, "RepoNotFound")
            if rest.startswith("tree"):
                return self.reply(
                    [{"type": "file", "path": p, "size": len(d), "oid": COMMIT} for p, d in files.items()]
                )
            siblings = [{"rfilename": path} for path in files]
            return self.reply({"id": f"{name}/{model}", "sha": COMMIT, "siblings": siblings, "private": False})
        name, _, file = path.strip("/").partition(f"/resolve/{COMMIT}/")
        if name not in self.server.models:
            return self.refuse(404, "RepoNotFound")
        if (data := self.server.models[name].get(file)) is None:
            return self.refuse(404, "EntryNotFound")
        return self.reply(data, ETag=f'"{hashlib.sha256(data).hexdigest()}"', X_Repo_Commit=COMMIT)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        path, body = urlsplit(self.path).path, self.body()
        if path == "/api/validate-yaml":
            return self.reply({"errors": [], "warnings": []})
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.refuse(401, "Invalid username or password.")
        if path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked['organization']}/{asked['name']}"
            if name in self.server.models:
                return self.reply({"error": "You already created it", "url": f"{self.server.address}/{name}"}, 409)
            self.server.models[name] = {}
            if asked.get("visibility") == "private" or asked.get("private"):
                self.server.private.add(name)
            return self.reply({"url": f"{self.server.address}/{name}"})
        name, _, rest = path.removeprefix("/api/models/").rpartition("/")[0].rpartition("/")
        files = self.server.models[name]
        if rest == "preupload":
            modes = [{**each, "uploadMode": "regular", "shouldIgnore": False} for each in json.loads(body)["files"]]
            return self.reply({"files": modes})
        assert rest == "commit"
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
        address = f"{self.server.address}/{name}/commit/{COMMIT}"
        return self.reply({"commitUrl": address, "commitOid": COMMIT, "pullRequestUrl": None})


@contextmanager
def running() -> Iterator[Hub]:
    """A hub on a port of its own."""
    hub = Hub()
    thread = Thread(target=hub.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        thread.join()
        hub.server_close()
