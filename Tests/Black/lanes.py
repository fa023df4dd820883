#!/usr/bin/env python3
"""The express lane and the router answer alike: each request is sent so that the lane takes it, and so that it must not.

    python3 Tests/Black/lanes.py BINARY
"""

import json
import os
import secrets
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
runbook: signed
start: { public: { auth: signature, scheme: github, key: { secret: kv/hooks#signed } } }
steps: { done: { end: success } }
---
runbook: open
start: { public: { auth: none, answer: 201 } }
steps: { done: { end: success } }
---
runbook: quiet
start: { public: { auth: none, answer: 204 } }
steps: { done: { end: success } }
---
runbook: inner
steps: { done: { end: success } }
"""


class Wire:
    """A connection of its own, written to byte by byte if need be."""

    def __init__(self, service):
        host, port = service.url.rpartition("//")[2].split(":")
        self.socket = socket.create_connection((host, int(port)), 20)
        self.file = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """(status, headers without the date, body) of the next answer; None at the end."""
        line = self.file.readline()
        if not line:
            return None
        headers = []
        while True:
            header = self.file.readline().strip()
            if not header:
                break
            name, _, value = header.decode().partition(": ")
            if name.lower() != "date":
                headers.append((name.lower(), value))
        size = int(dict(headers).get("content-length", 0))
        return int(line.split()[1]), sorted(headers), self.file.read(size)

    def close(self):
        self.file.close()
        self.socket.close()


def request(path, body, headers=(), method="POST", chunked=False):
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: a"] + ["%s: %s" % header for header in headers]
    if chunked:
        # The lane takes bodies of announced length alone.
        sent = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
        lines.append("Transfer-Encoding: chunked")
    else:
        sent = body
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent


def alike(answer):
    """What two answers must have in common: run ids are each run's own."""
    if answer is None:
        return None
    status, headers, body = answer
    try:
        value = json.loads(body)
    except ValueError:
        value = body
    if isinstance(value, dict) and "run_id" in value:
        value = sorted(value)
    return status, [(n, v if n not in ("location", "content-length") else "") for n, v in headers], value


def run(checks, binary, folder):
    service = rig.Service(binary, folder).start()
    key = secrets.token_hex(16)
    service.must("kv", "put", "kv/hooks", "signed=-", input=key)
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS))
    service.must("grant", "signed")
    ids = {row["name"]: row["id"] for row in service.http("GET", "/api/runbooks").json()["runbooks"]}
    body = lambda: json.dumps({"n": secrets.token_hex(8)}).encode()

    def place(name):
        return "/api/automation/" + ids.get(name, name)

    def signed(content, key=key):
        return [("X-Hub-Signature-256", rig.signature(content, key)), ("Content-Type", "application/json")]

    def both(name, path, content, headers=()):
        found = []
        for chunked in (False, True):
            content_of = content() if callable(content) else content
            given = headers(content_of) if callable(headers) else list(headers)
            wire = Wire(service)
            wire.send(request(path, content_of, given, chunked=chunked))
            found.append(alike(wire.answer()))
            wire.close()
        checks.equal("%s: both lanes answer alike" % name, found[0], found[1])
        return found[0][0]

    cases = [
        ("a signed start", 202, place("signed"), body, signed),
        ("a forged one", 401, place("signed"), body, lambda b: signed(b, "another")),
        ("one without a signature", 401, place("signed"), body, ()),
        ("an unknown id", 401, place("nonesuch"), body, signed),
        ("an internal runbook", 401, place("inner"), body, signed),
        ("an open start", 201, place("open"), body, [("Content-Type", "application/json")]),
        ("an open start that answers nothing", 204, place("quiet"), body, [("Content-Type", "application/json")]),
        ("a start with a query", 201, place("open") + "?a=1&b=%20", body, [("Content-Type", "application/json")]),
        ("a body that is no JSON", 400, place("open"), b"{", [("Content-Type", "application/json")]),
        ("a malformed idempotency key", 400, place("open"), body, [("Idempotency-Key", "a b")]),
        ("no body", 201, place("open"), b"", ()),
        ("a path with an escape", 403, "/api/automation/a%2Fb", body, ()),
        ("a longer path", 403, place("open") + "/more", body, ()),
        ("an empty id", 403, "/api/automation/", body, ()),
    ]
    for name, status, path, content, headers in cases:
        checks.equal(name + ": its status", both(name, path, content, headers), status)

    token = [("Authorization", "Bearer " + service.token), ("Content-Type", "application/json")]
    both("a request with a token", place("open"), body, token)

    # One connection, both lanes by turns, sent ahead: answers come in the order of the requests.
    wire = Wire(service)
    plan = [("signed", False), ("open", True), ("signed", False), ("quiet", False), ("open", True), ("signed", True)] * 8
    sent = b""
    for name, chunked in plan:
        content = body()
        sent += request(place(name), content, signed(content), chunked=chunked)
    wire.send(sent)
    statuses = [wire.answer()[0] for _ in plan]
    checks.equal("requests sent ahead are answered in their order", statuses, [{"signed": 202, "open": 201, "quiet": 204}[n] for n, _ in plan])
    wire.close()

    wire = Wire(service)
    content = body()
    for byte in request(place("signed"), content, signed(content)):
        wire.send(bytes([byte]))
    checks.equal("a request that comes byte by byte is answered", wire.answer()[0], 202)
    wire.send(request(place("open"), body(), [("Connection", "close"), ("Content-Type", "application/json")]))
    checks.equal("the same connection takes another", wire.answer()[0], 201)
    checks.equal("and is closed where that was asked for", wire.answer(), None)
    wire.close()

    wire = Wire(service)
    content = body()
    wire.send(request(place("signed"), content, signed(content)))
    wire.socket.shutdown(socket.SHUT_WR)
    found = wire.answer()
    checks.equal("a sender that says that nothing more comes is answered", found and found[0], 202)
    checks.equal("and the connection ends", wire.answer(), None)
    wire.close()

    wire = Wire(service)
    wire.send(request(place("open"), b"x" * 100)[:-50])
    wire.socket.shutdown(socket.SHUT_WR)
    found = wire.answer()
    checks.equal("half a body is answered with 400", found and found[0], 400)
    wire.close()
    before = len(service.runs())
    content = body()
    same = request(place("signed"), content, signed(content))
    wires = [Wire(service) for _ in range(16)]
    for wire in wires:
        wire.send(same)
    found = {json.loads(wire.answer()[2])["run_id"] for wire in wires}
    for wire in wires:
        wire.close()
    checks.equal("sixteen equal requests at once start one run", (len(found), len(service.runs()) - before), (1, 1))
    large = Wire(service)
    large.send(request(place("open"), b"", [])[:-2].replace(b"Content-Length: 0", b"Content-Length: 99999999") + b"\r\n")
    checks.equal("a body that is too large is refused before it is read", large.answer()[0], 413)
    large.close()


rig.main(run)
