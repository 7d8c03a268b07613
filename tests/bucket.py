"""A store of objects on this machine that speaks as much of S3's language as litdata's and pyarrow's clients use."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase, BytesIO
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

NAME = "bucket"
ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
"""Who one is there; `AWS_ENDPOINT_URL` and `AWS_ALLOW_HTTP` besides tell clients where it is."""


class Bucket:
    """What is stored in the only bucket, and at which address it can be had.

    Attributes:
        objects: by `bucket/key`.
        parts: of those that come in several, by the upload's name and number.
    """

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.address = ""

    @property
    def environment(self) -> dict[str, str]:
        """What a client must be told."""
        return ENVIRONMENT | {"AWS_ENDPOINT_URL": self.address, "AWS_ALLOW_HTTP": "true"}


@contextmanager
def served() -> Iterator[Bucket]:
    """Serves an empty one as long as the context lasts."""
    bucket = Bucket()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"bucket": bucket}))
    bucket.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="bucket")
    thread.start()
    try:
        yield bucket
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    bucket: Bucket

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name, query = self._asked()
        if name == NAME:
            self._answer(200, _listed(self.bucket, query) if query else b"", {"x-amz-bucket-region": "us-east-1"})
        elif (found := self.bucket.objects.get(name)) is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        elif (given := self.headers.get("Range")) is not None:
            first, _, last = given.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last or len(found)), len(found) - 1)
            about = {"Content-Range": f"bytes {begin}-{end}/{len(found)}", "ETag": _tag(found)}
            self._answer(206, found[begin : end + 1], about)
        else:
            self._answer(200, found, {"ETag": _tag(found)})

    def do_PUT(self) -> None:
        name, query = self._asked()
        content = self._content()
        if (source := self.headers.get("x-amz-copy-source")) is not None:
            self.bucket.objects[name] = content = self.bucket.objects[unquote(source).lstrip("/")]
            self._answer(200, f"<CopyObjectResult><ETag>{_tag(content)}</ETag></CopyObjectResult>".encode())
            return
        if "uploadId" in query:
            self.bucket.parts[query["uploadId"]][int(query["partNumber"])] = content
        elif "/" in name:
            self.bucket.objects[name] = content
        self._answer(200, b"", {"ETag": _tag(content)})

    def do_POST(self) -> None:
        name, query = self._asked()
        content = self._content()
        if "uploads" in query:
            upload = uuid.uuid4().hex
            self.bucket.parts[upload] = {}
            result = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        elif "uploadId" in query:
            parts = self.bucket.parts.pop(query["uploadId"])
            self.bucket.objects[name] = b"".join(parts[number] for number in sorted(parts))
            result = "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"
        else:  # many are deleted at once
            for key in content.decode().split("<Key>")[1:]:
                self.bucket.objects.pop(f"{name}/{key.partition('</Key>')[0]}", None)
            result = "<DeleteResult></DeleteResult>"
        self._answer(200, result.encode())

    def do_DELETE(self) -> None:
        name, _ = self._asked()
        self.bucket.objects.pop(name, None)
        self._answer(204, b"")

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        return unquote(parts.path).strip("/") if parts.path.count("/") < 2 else unquote(parts.path).lstrip("/"), query

    def _content(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = _joined(self.rfile)
            while self.rfile.readline().strip():
                pass
        else:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return _joined(BytesIO(content)) if "aws-chunked" in self.headers.get("Content-Encoding", "") else content

    def _answer(self, status: int, content: bytes, about: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Last-Modified": formatdate(usegmt=True), **(about or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _joined(pieces: BufferedIOBase) -> bytes:
    """Pieces that come each behind its length; an empty one is the last."""
    whole = b""
    while size := int(pieces.readline().partition(b";")[0], 16):
        whole += pieces.read(size)
        pieces.readline()
    return whole


def _tag(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


def _listed(bucket: Bucket, query: dict[str, str]) -> bytes:
    """The objects whose keys begin with a prefix; those behind the delimiter are folders."""
    prefix, cut = query.get("prefix", ""), query.get("delimiter", "")
    found, folders = "", set[str]()
    for key, content in sorted(bucket.objects.items()):
        bucket_name, _, key = key.partition("/")
        if bucket_name != NAME or not key.startswith(prefix):
            continue
        if cut and cut in key[len(prefix) :]:
            folders.add(prefix + key[len(prefix) :].partition(cut)[0] + cut)
            continue
        found += f"<Contents><Key>{escape(key)}</Key><Size>{len(content)}</Size>"
        found += f"<LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>{escape(_tag(content))}</ETag></Contents>"
    below = "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in sorted(folders))
    count = found.count("<Key>") + len(folders)
    space = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
    return (
        f"<ListBucketResult {space}><Name>{NAME}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{count}</KeyCount>"
        f"<MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{found}{below}</ListBucketResult>"
    ).encode()
