"""What is logged and counted, and what is not."""

import json
import logging
import sys

from captioner.serving.web.logs import JsonLines
from tests.serving.conftest import photo


def test_a_request_is_a_line_that_tells_nothing_of_the_photo_or_the_question(client, caplog):
    caplog.set_level(logging.INFO, "captioner.serving")
    client.post("/v1/ask?question=what+is+my+secret", content=photo())
    (record,) = [record for record in caplog.records if record.name == "captioner.serving"]
    line = json.loads(JsonLines().format(record))
    assert set(line) == {"time", "level", "event", "method", "path", "status", "bytes", "seconds"}
    assert (line["event"], line["method"], line["path"], line["status"]) == ("request", "POST", "/v1/ask", 200)
    assert line["bytes"] == len(photo())


def test_a_failure_is_a_line_too():
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "failed", None, sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["event"]) == ("error", "failed")
    assert line["traceback"].endswith("ValueError: why")


def test_requests_batches_and_places_are_counted(client):
    client.post("/v1/caption", content=photo())
    client.post("/v1/caption", content=b"x")
    client.get("/secret/path")
    counted = client.get("/metrics").text
    assert 'captioner_requests_total{path="/v1/caption",status="200"} 1.0' in counted
    assert 'captioner_requests_total{path="/v1/caption",status="422"} 1.0' in counted
    assert 'captioner_requests_total{path="unknown",status="404"} 1.0' in counted
    assert 'captioner_batch_photos_count{work="say"} 1.0' in counted
    assert "captioner_places_taken 0.0" in counted
    assert "secret" not in counted
