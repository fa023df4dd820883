#!/usr/bin/env python3
"""Whoever has no right to anything cannot keep anybody from anything: announced bodies, trickled bodies, refusals from an
address that others share; and what HTTP asks of a connection, in both lanes.

    python3 Tests/Black/floods.py BINARY
"""

import json
import os
import secrets
import socket
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
runbook: hub
start: { public: { auth: signature, scheme: github } }
steps: { done: { end: success } }
---
runbook: secret
start: { public: { auth: header_secret, header: X-Key } }
steps: { done: { end: success } }
---
runbook: quiet
start: { public: { auth: none, answer: 204 } }
steps: { done: { end: success } }
"""


class Held:
    """Connections that each announce a body and send a part of it."""

    def __init__(self, service, path, number, announced=1 << 20, sent=b"{", headers=()):
        self.sockets = []
        lines = ["POST %s HTTP/1.1" % path, "Host: x", "Content-Length: %d" % announced]
        lines += ["%s: %s" % header for header in headers]
        for _ in range(number):
            one = socket.create_connection(("127.0.0.1", service.port), 20)
            one.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + sent)
            self.sockets.append(one)

    def close(self):
        for one in self.sockets:
            one.close()


class Trickle(threading.Thread):
    """Sends a byte every half second, until the service answers."""

    def __init__(self, service, path, headers=()):
        super().__init__(daemon=True)
        self.held = Held(service, path, 1, headers=headers)
        self.lasted, self.answer = None, b""
        self.start()

    def run(self):
        one, began = self.held.sockets[0], time.monotonic()
        one.settimeout(0.5)
        while time.monotonic() - began < 45 and not self.answer:
            try:
                self.answer = one.recv(4096)
                break
            except socket.timeout:
                try:
                    one.sendall(b" ")
                except OSError:
                    break
            except OSError:
                break
        self.lasted = time.monotonic() - began


def everything(port, data, seconds=8):
    """All bytes of a connection, and whether the other side ended it."""
    with socket.create_connection(("127.0.0.1", port), 20) as one:
        one.settimeout(seconds)
        one.sendall(data)
        found = b""
        try:
            while True:
                more = one.recv(65536)
                if not more:
                    return found, True
                found += more
        except socket.timeout:
            return found, False


def announced_bodies(checks, service, ids, key):
    def hub(number):
        return service.webhook(ids["hub"], b"[%d]" % number, key).status

    checks.equal("a right delivery is let in", hub(0), 202)
    own = Held(service, "/api/automation/" + ids["hub"], 64)
    checks.equal("while 64 bodies are announced at its endpoint", [hub(n) for n in (1, 2)], [202, 202])
    others = [Held(service, "/api/automation/nobody%d" % n, 64) for n in range(4)]
    checks.equal("while 256 more are announced at others", [hub(n) for n in (3, 4)], [202, 202])
    escaped = Held(service, "/api/automation/%68ub", 64)
    logins = Held(service, "/v1/auth/userpass/login/x", 64, announced=60_000)
    checks.equal("and by the router's way, and at doors", hub(5), 202)
    checks.equal("holders of tokens have room too", service.http("POST", "/api/check", {"documents": []}).status != 503, True)
    given = service.cli("token", "create", "--policy", "reader")
    checks.check("and can make tokens", given[0] == 0 and given[1].startswith("hvs."), given)
    for held in [own, escaped, logins] + others:
        held.close()


def large_bodies(checks, service, ids, key):
    """Bytes that are here: a caller has his share and no more, and others have theirs."""
    ours, other = [("X-Forwarded-For", "203.0.113.7")], [("X-Forwarded-For", "203.0.113.8")]
    path = "/api/automation/" + ids["hub"]
    for name, place in (("express lane", path), ("router", "/api/automation/%%%02x%s" % (ord(ids["hub"][0]), ids["hub"][1:]))):
        held = Held(service, place, 12, sent=b"{" * ((1 << 20) - 1), headers=ours)

        def refused():
            found = []
            for one in held.sockets:
                one.settimeout(0.05)
                try:
                    found.append(one.recv(4096))
                except OSError:
                    pass
            return found

        found = rig.eventually(refused, 20) or []
        checks.check("%s: who sends more than his share is turned away" % name,
                     found and all(b" 503 " in one and b"Retry-After" in one for one in found if one), found)
        checks.equal("%s: somebody else is not" % name, service.webhook(ids["hub"], b"[%d, 77]" % len(name), key, other).status, 202)
        held.close()
        again = lambda: service.webhook(ids["hub"], b"[%d, 78]" % len(name), key, ours).status == 202
        checks.check("%s: and he is let in again when he has let go" % name, rig.eventually(again, 20))


def shared_address(checks, service, ids, key):
    address = [("X-Forwarded-For", "203.0.113.5")]
    wrong = [service.webhook(ids["hub"], b"[2]", "wrong" * 5, address) for _ in range(70)]
    statuses = [answer.status for answer in wrong]
    checks.equal("forgeries are refused, and then told to wait", (statuses[0], statuses[-1]), (401, 429))
    checks.check("with a time", wrong[-1].header("Retry-After"), wrong[-1].headers)
    right = service.webhook(ids["hub"], b"[3]", key, address)
    checks.equal("a right signature from the same address is let in", right.status, 202)
    escaped = "/api/automation/%%%02x%s" % (ord(ids["hub"][0]), ids["hub"][1:])
    headers = address + [("Content-Type", "application/json"), ("X-Hub-Signature-256", rig.signature(b"[4]", key))]
    checks.equal("by the router's way too", service.http("POST", escaped, b"[4]", headers, token=None).status, 202)
    forged = address + [("X-Hub-Signature-256", rig.signature(b"[4]", "wrong" * 5))]
    checks.equal("where a forgery has to wait as well", service.http("POST", escaped, b"[4]", forged, token=None).status, 429)

    def guess(secret):
        headers = [("X-Forwarded-For", "203.0.113.6"), ("X-Key", secret), ("Content-Type", "application/json")]
        return service.http("POST", "/api/automation/" + ids["secret"], b"{}", headers, token=None).status

    guesses = [guess("guess-%d" % number) for number in range(70)]
    checks.equal("who guesses at a secret is held back", (guesses[0], guesses[-1]), (401, 429))
    checks.equal("also when he has guessed it", guess("k" * 32), 429)
    elsewhere = [("X-Forwarded-For", "203.0.113.60"), ("X-Key", "k" * 32), ("Content-Type", "application/json")]
    checks.equal("whoever knows it is let in elsewhere",
                 service.http("POST", "/api/automation/" + ids["secret"], b"{}", elsewhere, token=None).status, 202)


def connections(checks, service, ids, key):
    body = b'{"x":"%s"}'
    name = ids["hub"]
    lanes = {"express lane": "/api/automation/" + name, "router": "/api/automation/%%%02x%s" % (ord(name[0]), name[1:])}

    def post(path, version, *headers):
        content = body % secrets.token_hex(8).encode()
        lines = ["POST %s HTTP/%s" % (path, version), "Host: x", "Content-Type: application/json",
                 "X-Hub-Signature-256: " + rig.signature(content, key), "Content-Length: %d" % len(content), *headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    for lane, path in lanes.items():
        for what, version, header in (
            ("Connection: close", "1.1", "Connection: close"), ("Connection: Close", "1.1", "Connection: Close"),
            ("a list with CLOSE", "1.1", "Connection: x, CLOSE"), ("HTTP/1.0", "1.0", "X-A: b"),
        ):
            found, ended = everything(service.port, post(path, version, header) + post(path, "1.1"))
            answered = found.count(b"HTTP/1.")
            checks.equal("%s: %s ends the connection behind one answer" % (lane, what), (ended, answered), (True, 1))
            checks.check("%s: %s: the answer says so" % (lane, what), b"connection: close" in found.lower(), found[:300])
        found, ended = everything(service.port, post(path, "1.0", "Connection: keep-alive") + post(path, "1.0"))
        checks.equal("%s: HTTP/1.0 that asks for it is kept" % lane, (ended, found.count(b" 202 ")), (True, 2))
        checks.check("%s: and answered in its version" % lane, found.startswith(b"HTTP/1.0 202"), found[:40])
    token = b"X-Vault-Token: " + service.token.encode() + b"\r\n"
    content = b'{"to":"be followed"}'
    run = service.webhook(name, content, key).json()["run_id"]
    follow = "GET /api/runs/%s/log?follow=true HTTP/1.%d\r\nHost: x\r\nAccept: text/event-stream\r\n"
    for minor in (0, 1):
        streamed, ended = everything(service.port, (follow % (run, minor)).encode() + token + b"Connection: close\r\n\r\n")
        checks.check("a stream in HTTP/1.%d ends with its connection" % minor,
                     ended and b" 200 " in streamed[:20] and b"be followed" in streamed, streamed[:300])
        checks.equal("which HTTP/1.0 never has in chunks", b"chunked" in streamed.lower(), minor == 1)

    # HEAD: whatever the answer, nothing stands between it and the next one.
    for what, target, headers, status in (
        ("of a start", lanes["express lane"], b"", b" 405 "), ("of a start by its escaped name", lanes["router"], b"", b" 405 "),
        ("of an unknown start", "/api/automation/nobody", b"", b" 405 "), ("of the health", "/health", b"", b" 200 "),
        ("without a token", "/api/runs", b"", b" 403 "), ("with a token", "/api/runs", token, b" 405 "),
        ("of nothing", "/nonesuch", token, b" 404 "),
    ):
        head = b"HEAD %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (target.encode(), headers)
        found, ended = everything(service.port, head + b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        first, _, rest = found.partition(b"\r\n\r\n")
        checks.check("HEAD %s has no content" % what, status in first and rest.startswith(b"HTTP/1.1 200") and ended, found[:400])
        if target == "/health":
            length = [line for line in first.lower().split(b"\r\n") if line.startswith(b"content-length: ")]
            checks.check("and the length that GET has", length and int(length[0].split()[1]) == len(rest.partition(b"\r\n\r\n")[2]), found)
    found, ended = everything(service.port, b"GARBAGE\r\n\r\n")
    checks.check("what is no HTTP ends the connection", ended, found[:100])
    over = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n" % lanes["express lane"].encode()
    found, ended = everything(service.port, over + b"x" * 100_000)
    checks.check("a body that is too large is refused unread, and the connection ends", ended and b" 413 " in found, found[:100])


def run(checks, binary, folder):
    service = rig.Service(binary, folder, arguments=(
        "--dev", "--config", rig.write(folder, "c.yaml", "trusted_proxies: [127.0.0.0/8]\n"))).start()
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS))
    ids = {row["name"]: row["id"] for row in service.http("GET", "/api/runbooks").json()["runbooks"]}
    key = secrets.token_hex(16)
    service.must("set", "hub", "auth", "key", input=key)
    service.must("set", "secret", "auth", "secret", input="k" * 32)
    service.must("policy", "put", "reader", rig.write(folder, "p", 'path "api/runs/*" { capabilities = ["read"] }\n'))
    hub = ids["hub"]
    trickles = {
        "express lane": Trickle(service, "/api/automation/" + hub),
        "router": Trickle(service, "/api/automation/%%%02x%s" % (ord(hub[0]), hub[1:])),
        "with a token": Trickle(service, "/api/import", [("X-Vault-Token", service.token)]),
    }
    connections(checks, service, ids, key)
    announced_bodies(checks, service, ids, key)
    shared_address(checks, service, ids, key)
    large_bodies(checks, service, ids, key)
    for name, trickle in trickles.items():
        trickle.join(60)
        checks.check("%s: a body of a byte now and then is cut off in seconds" % name,
                     trickle.lasted is not None and trickle.lasted < 25 and b" 400 " in trickle.answer,
                     (trickle.lasted, trickle.answer[:100]))
    checks.equal("the service ends in good order", service.stop(), 0)


rig.main(run)
