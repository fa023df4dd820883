#!/usr/bin/env python3
"""The express lane and the router answer alike: each request is sent so that the lane takes it, and so that it must not.

    python3 Tests/Black/lanes.py BINARY
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import sys
import time

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
---
runbook: full
start: { public: { auth: signature, scheme: github, key: { secret: kv/hooks#signed }, replay_limit: 1 } }
steps: { done: { end: success } }
---
runbook: asked
start: { public: { auth: none, initial_verification: { challenge: monday } } }
steps: { done: { end: success } }
---
runbook: password
start: { public: { auth: basic, username: me, password: { secret: kv/hooks#signed } } }
steps: { done: { end: success } }
---
runbook: in-header
start: { public: { auth: header_secret, header: X-Pass, secret: { secret: kv/hooks#signed } } }
steps: { done: { end: success } }
---
runbook: in-uri
start: { public: { auth: uri_secret, parameter: pass, secret: { secret: kv/hooks#signed } } }
steps: { done: { end: success } }
---
runbook: message
start:
  public:
    auth: http_signature
    http_signature: { keys: [{ name: mac, keyid: mac-1, algorithm: hmac-sha256, key: { secret: kv/hooks#signed } }] }
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
    return status, [(n, v if n not in ("location", "content-length", "retry-after") else "") for n, v in headers], value


def run(checks, binary, folder):
    service = rig.Service(binary, folder, arguments=(
        "--dev", "--public-url", "http://hooks.test",
        "--config", rig.write(folder, "c.yaml", "trusted_proxies: [127.0.0.0/8]\n"))).start()
    key = secrets.token_hex(16)
    service.must("kv", "put", "kv/hooks", "signed=-", input=key)
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS))
    for name in ("signed", "full", "password", "in-header", "in-uri", "message"):
        service.must("grant", name)
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

    def basic(user, password):
        return [("Authorization", "Basic " + base64.b64encode(("%s:%s" % (user, password)).encode()).decode())]

    def message(name, content, key=key):
        digest = "sha-256=:%s:" % base64.b64encode(hashlib.sha256(content).digest()).decode()
        inner = '("@method" "@target-uri" "content-digest");created=%d;keyid="mac-1"' % time.time()
        base = '"@method": POST\n"@target-uri": http://hooks.test%s\n"content-digest": %s\n"@signature-params": %s' % (
            place(name), digest, inner)
        mac = base64.b64encode(hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()).decode()
        return [("Content-Digest", digest), ("Signature-Input", "sig=" + inner), ("Signature", "sig=:%s:" % mac),
                ("Content-Type", "application/json")]

    known, kept = body(), body()
    first = service.http("POST", place("signed"), known, signed(known), token=None)
    checks.equal("a delivery is let in", first.status, 202)
    checks.equal("and one that fills its endpoint", service.http("POST", place("full"), kept, signed(kept), token=None).status, 202)
    keyed = [("Idempotency-Key", "same"), ("Content-Type", "application/json")]
    checks.equal("and one with an idempotency key", service.http("POST", place("open"), b"{}", keyed, token=None).status, 201)
    echo = b'{"challenge":"3f2504e0"}'
    json_type = [("Content-Type", "application/json")]
    cases = [
        ("a delivery that comes again", 202, place("signed"), known, signed),
        ("a start with the same idempotency key", 201, place("open"), body, keyed),
        ("a delivery that finds its endpoint full", 401, place("full"), body, signed),
        ("one that comes again there", 202, place("full"), kept, signed),
        ("a handshake", 200, place("asked"), echo, json_type),
        ("a handshake that is wrong", 401, place("asked"), b'{"challenge":"<b>"}', json_type),
        ("an event where there is a handshake", 202, place("asked"), body, json_type),
        ("a right password", 202, place("password"), body, basic("me", key)),
        ("a wrong password", 401, place("password"), body, basic("me", key + "x")),
        ("another user", 401, place("password"), body, basic("you", key)),
        ("a right secret in a header", 202, place("in-header"), body, [("X-Pass", key)]),
        ("a wrong secret in a header", 401, place("in-header"), body, [("X-Pass", "x" + key)]),
        ("a secret twice", 401, place("in-header"), body, [("X-Pass", key), ("X-Pass", key)]),
        ("a right secret in the address", 202, place("in-uri") + "?a=b&pass=" + key, body, ()),
        ("a wrong secret in the address", 401, place("in-uri") + "?pass=" + key[1:], body, ()),
        ("a signed message", 202, place("message"), body, lambda content: message("message", content)),
        ("a message for another address", 401, place("message"), body, lambda content: message("signed", content)),
        ("a message with another body", 401, place("message"), body, lambda content: message("message", content + b" ")),
    ]
    for name, status, path, content, headers in cases:
        checks.equal(name + ": its status", both(name, path, content, headers), status)
    again = Wire(service)
    again.send(request(place("signed"), known, signed(known)))
    checks.equal("a repetition names the first run", json.loads(again.answer()[2]), dict(first.json(), duplicate=True))
    again.close()

    crowded = [("X-Forwarded-For", "203.0.113.9")]
    flood = Wire(service)
    for _ in range(61):
        flood.send(request(place("in-header"), b"{}", crowded))
        flood.answer()
    flood.close()
    for name, path, headers in (
        ("a guess too many", place("in-header"), [("X-Pass", "x")]), ("the right one from there", place("in-header"), [("X-Pass", key)])
    ):
        checks.equal(name + ": its status", both(name, path, body, crowded + headers), 429)

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
    checks.check("the service is sealed", service.http("PUT", "/v1/sys/seal").status in (200, 204))
    for name, path, headers in (
        ("a signed start at a sealed service", place("signed"), signed), ("an unknown id there", place("nonesuch"), signed)
    ):
        checks.equal(name + ": its status", both(name, path, body, headers), 503)


rig.main(run)
