#!/usr/bin/env python3
"""Requests that are wrong in every way: each is refused as the contract says, starts nothing and tells nothing.

    python3 Tests/Black/badinput.py BINARY
"""

import json
import os
import re
import secrets
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENT = """
runbook: hooked
start:
  public: { auth: signature, scheme: github, key: { secret: kv/hooks#hooked } }
  inputs: { note: request^note }
variables: { note: { default: none } }
steps:
  look: { condition: { left: note, op: has_value }, then: done, else: empty }
  done: { end: success }
  empty: { end: success }
---
runbook: resting
start:
  public: { auth: signature, scheme: github, key: { secret: kv/hooks#hooked } }
steps:
  look: { condition: { left: request^note, op: has_value }, then: done, else: empty }
  done: { end: success }
  empty: { end: success }
"""


def raw(service, data, close_early=False, seconds=15):
    """Bytes on a connection; the bytes that come back, b"" when it was closed without an answer."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=seconds) as connection:
        try:
            connection.sendall(data)
            if close_early:
                return b""
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        found = b""
        try:
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return found
                found += piece
        except OSError:
            return found


def unshown_names(checks, service):
    """Names that a database cuts, or that pass for another line: refused, and nothing of them is left behind."""
    step = {"a": {"end": "success"}}
    for name in ("a\u0000b", "a\nb", "a\u009bb", "a\u2028b", "a\u202eb"):
        for document in ({"runbook": "unshown", "name": name, "steps": step}, {"runbook": "unshown", "group": name, "steps": step},
                         {"integration": "unshown", "name": name, "base_url": "https://a.example.com"}):
            found = service.http("POST", "/api/import", {"files": [{"name": "n.json", "text": json.dumps(document)}]})
            checks.check("a name with %r: refused, with its place and what helps" % name,
                         found.status == 422 and b"n.json:1:" in found.body and b"U+%04X" % ord(name[1]) in found.body
                         and b"D115" in found.body, (found.status, found.body[:300]))
        quoted = "".join("%%%02x" % byte for byte in name.encode())
        checks.check("a group of that name is none", service.http("PUT", "/api/groups/" + quoted).status in (400, 403, 404))
    checks.equal("nor is there one", service.http("GET", "/api/groups").json()["groups"], [])
    checks.equal("what reads all of them goes on", [service.http("GET", "/api/" + kind).status for kind in (
        "runbooks", "integrations", "groups", "runs")], [200] * 4)
    vendor = {"id": None, "name": "int\u0000x", "guid": "gg", "resourcebaseurl": "https://a.example.com", "authorizationtype": 0,
              "methods": []}
    found = service.http("POST", "/api/import", {"files": [{"name": "v.json", "text": json.dumps(vendor)}]})
    shown = service.http("GET", "/api/integrations").json()["integrations"]
    checks.check("a vendor document is taken, with a space there and a warning",
                 found.status == 200 and b"D115" in found.body and [one["name"] for one in shown] == ["int x"], (found.body, shown))


def status(data):
    parts = data.split(b" ", 2)
    return int(parts[1]) if len(parts) > 1 and parts[1][:3].isdigit() else None


def run(checks, binary, folder):
    key = secrets.token_hex(20)
    canary = "canary" + secrets.token_hex(12)
    service = rig.Service(binary, folder).start()
    service.must("kv", "put", "kv/hooks", "hooked=-", input=key)
    service.must("import", rig.write(folder, "hooked.yaml", DOCUMENT))
    service.must("runbook", "disable", "resting")
    good = b'{"note":"one"}'
    answer = service.webhook("hooked", good, key)
    checks.equal("control: a right start is accepted", answer.status, 202)
    service.ended(answer.json()["run_id"])
    before = [one["id"] for one in service.runs()]
    checks.equal("control: it is the one run", len(before), 1)
    path = "/api/automation/hooked"

    def post(body, headers, target=path):
        return service.http("POST", target, body, [("Content-Type", "application/json")] + headers, token=None)

    # One answer for every refusal.
    body = b'{"note":"two"}'
    right = ("X-Hub-Signature-256", rig.signature(body, key))
    reference = post(body, [("X-Hub-Signature-256", rig.signature(body, key + "x"))])
    checks.equal("a wrong key: the status", reference.status, 401)
    checks.check("a wrong key: the answer says nothing of the reason", len(reference.body) < 60, reference.body)
    digits = right[1][7:]
    flipped = digits[:-1] + ("0" if digits[-1] != "0" else "1")
    same = {
        "unknown id": (body, [right], "/api/automation/nonesuch"),
        "unknown id, long": (body, [right], "/api/automation/" + "n" * 200),
        "inactive runbook, right key": (body, [right], "/api/automation/resting"),
        "inactive runbook, wrong key": (
            body, [("X-Hub-Signature-256", rig.signature(body, "k"))], "/api/automation/resting"),
        "no signature": (body, [], path),
        "empty signature": (body, [("X-Hub-Signature-256", "")], path),
        "signature without its prefix": (body, [("X-Hub-Signature-256", digits)], path),
        "signature with another prefix": (body, [("X-Hub-Signature-256", "sha1=" + digits)], path),
        "signature cut": (body, [("X-Hub-Signature-256", "sha256=" + digits[:-2])], path),
        "signature with something behind it": (body, [("X-Hub-Signature-256", right[1] + "00")], path),
        "signature with one digit changed": (body, [("X-Hub-Signature-256", "sha256=" + flipped)], path),
        "signature that is no hex": (body, [("X-Hub-Signature-256", "sha256=" + "g" * 64)], path),
        "signature in another header": (body, [("X-Hub-Signature", right[1])], path),
        "signature of another body": (body + b" ", [right], path),
        "signature header twice, both right": (body, [right, right], path),
        "signature header twice, right and wrong": (
            body, [right, ("X-Hub-Signature-256", "sha256=" + "0" * 64)], path),
        "signature header twice, wrong and right": (
            body, [("X-Hub-Signature-256", "sha256=" + "0" * 64), right], path),
        "two signatures in one header": (
            body, [("X-Hub-Signature-256", "sha256=%s, %s" % ("0" * 64, right[1]))], path),
        "empty body, signature of another": (b"", [right], path),
        "a root token instead of a signature": (body, [("X-Vault-Token", service.token)], path),
        "a bearer token instead of a signature": (body, [("Authorization", "Bearer " + service.token)], path),
        "no JSON, not signed": (b"{{{{", [], path),
        "no UTF-8, not signed": (b"\xff\xfe\x00", [], path),
        "deep JSON, not signed": (b"[" * 100_000, [], path),
    }
    for name, (sent, headers, target) in same.items():
        found = post(sent, headers, target)
        checks.check(
            name + ": the same answer, byte for byte", found.without_date() == reference.without_date(),
            (found.status, found.headers, found.body[:200]))

    # Methods, before the id is looked up.
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
        known = service.http(method, path, token=None)
        unknown = service.http(method, "/api/automation/nonesuch", token=None)
        checks.check(
            "%s on a start: 405, Allow: POST" % method, known.status == 405 and known.header("Allow") == "POST",
            (known.status, known.headers))
        checks.check(
            "%s on a start: the same for an unknown id" % method, known.without_date() == unknown.without_date())

    # Bodies.
    huge = b'{"note":"' + b"x" * (1 << 20) + b'"}'
    found = post(huge, [("X-Hub-Signature-256", rig.signature(huge, key))])
    checks.equal("start with a body over 1 MiB", found.status, 413)
    found = raw(
        service, b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path.encode()
        + b"10000\r\n" + b"y" * 65536 + b"\r\n" + (b"10000\r\n" + b"y" * 65536 + b"\r\n") * 20 + b"0\r\n\r\n")
    checks.check("start with a chunked body over 1 MiB: 413 or cut off", status(found) in (413, None), found[:200])
    found = service.http("POST", "/v1/kv/data/big", b'{"data":{"a":"' + b"x" * (512 << 10) + b'"}}')
    checks.equal("secret with a body over 512 KiB", found.status, 413)
    found = service.http("PUT", "/api/runbooks/hooked/auth/key", b'{"value":"' + b"x" * (64 << 10) + b'"}')
    checks.equal("credential with a body over 64 KiB", found.status, 413)
    found = service.http("POST", "/api/import", b" " * ((4 << 20) + 1))
    checks.equal("import with a body over 4 MiB", found.status, 413)

    places = {
        "cut": b'{"data": {"a": "%s"' % canary.encode(),
        "a bare word": b'{"data": {"a": %s}}' % canary.encode(),
        "something behind it": b'{"data": {"a": "b"}} %s' % canary.encode(),
        "a key twice": b'{"data": {"%s": "a",\n "%s": "b"}}' % (canary.encode(), canary.encode()),
        "no UTF-8": b'{"data": {"a": "%s\xff"}}' % canary.encode(),
        "a control character": b'{"data": {"a": "%s\x01"}}' % canary.encode(),
        "half a surrogate": b'{"data": {"a": "%s\\ud800"}}' % canary.encode(),
        "too deep": b'{"data": ' + b"[" * 30_000 + b'"%s"' % canary.encode() + b"]" * 30_000 + b"}",
        "too deep, not closed": b"[" * 60_000,
        "nothing": b"",
    }
    for name, sent in places.items():
        for target in ("/v1/kv/data/bad", "/api/import"):
            found = service.http("POST", target, sent)
            checks.equal("JSON with %s, %s" % (name, target), found.status, 400)
            checks.check(
                "JSON with %s, %s: names line and column" % (name, target),
                re.search(rb"\b\d+:\d+\b|line \d+, column \d+", found.body), found.body[:300])
            checks.check(
                "JSON with %s, %s: echoes nothing" % (name, target), canary.encode() not in found.body, found.body[:300])
    for name, value in {
        "a list": [], "a number": 7, "data as text": {"data": canary}, 
        "data missing": {}, "files as text": {"files": canary}, "a file without text": {"files": [{"name": canary}]},
    }.items():
        for target in ("/v1/kv/data/bad", "/api/import"):
            found = service.http("POST", target, json.dumps(value).encode())
            checks.check(
                "%s, %s: refused, echoes nothing" % (name, target),
                found.status in (400, 422) and canary.encode() not in found.body, (found.status, found.body[:300]))
    found = service.http("GET", "/v1/kv/metadata/?list=true")
    checks.check("nothing of it was stored", b"bad" not in found.body and b"big" not in found.body, found.body[:200])

    # Half a request.
    head = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Hub-Signature-256: %s\r\n" % (
        path.encode(), rig.signature(body, key).encode())
    for number in range(10):
        raw(service, head + b"Content-Length: %d\r\n\r\n" % len(body) + body[: number + 1], close_early=True)
        raw(service, head[: 20 * number + 5], close_early=True)
    found = raw(service, head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
    checks.check("half a body, then the end: not accepted", status(found) in (None, 400, 401, 408), found[:200])
    for name, lines in {
        "two lengths": b"Content-Length: 14\r\nContent-Length: 15\r\n",
        "a length and chunks": b"Content-Length: 14\r\nTransfer-Encoding: chunked\r\n",
        "a negative length": b"Content-Length: -1\r\n",
        "a length that is no number": b"Content-Length: 1x\r\n",
        "an unknown transfer coding": b"Transfer-Encoding: gzip\r\n",
        "a header without a name": b": x\r\nContent-Length: 14\r\n",
        "a space before the colon": b"X-A : x\r\nContent-Length: 14\r\n",
    }.items():
        found = raw(service, head + lines + b"\r\n" + body)
        checks.check("%s: no start" % name, status(found) in (None, 400, 401, 411, 413, 501), found[:200])
    for name, sent in {
        "no HTTP": b"hello\r\n\r\n", "TLS on the plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
        "an HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }.items():
        found = raw(service, sent)
        checks.check("%s: 400 or closed" % name, status(found) in (None, 400, 404, 403, 405, 505), found[:200])

    # Heads.
    found = raw(service, b"GET /health HTTP/1.1\r\nHost: x\r\nX-Huge: " + b"h" * (1 << 20) + b"\r\n\r\n")
    checks.check("a header of 1 MiB: refused", status(found) in (None, 400, 413, 431), found[:200])
    found = raw(
        service, b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n")
    checks.check("5000 headers: refused", status(found) in (None, 400, 413, 431), found[:200])
    found = raw(service, b"GET /" + b"p" * (1 << 20) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    checks.check("a path of 1 MiB: refused", status(found) in (None, 400, 403, 413, 414, 431), found[:200])

    # Paths.
    bare = service.http("GET", "/api/runs", token=None)
    checks.equal("no token", bare.status, 403)
    checks.check("no token: `permission denied`", b"permission denied" in bare.body.lower(), bare.body)
    for target in (
        "/api/nonesuch", "/", "/api", "/api/", "/api/automation", "/api/runs/x/y/z", "/.git/config", "/admin",
        "/api/runs/nonesuch", "/api/runbooks/hooked", "/metrics", "/api//runs", "/api/%2e%2e/api/runs", "/api/../api/runs",
        "/api/runs%2f", "/api%2fruns", "/%00", "/api/runs%00", "/api/runs/..", "/%ff",
    ):
        found = service.http("GET", target, token=None)
        checks.check(
            "without a token, %s: as any other" % target, found.without_date() == bare.without_date(),
            (found.status, found.headers, found.body[:200]))
    for target in ("/v1/nonesuch", "/v1/kv/data/%2e%2e/x", "/v1/sys/policies/acl/x"):
        found = service.http("GET", target, token=None)
        checks.check(
            "without a token, %s: 403" % target,
            (found.status, found.json()) == (403, {"errors": ["permission denied"]}), (found.status, found.body[:200]))
    for token in ("", "x", "root", service.token + "x", service.token[:-1], "\x80\x81", "t" * 4000):
        found = service.http("GET", "/api/runs", token=None, headers=[("X-Vault-Token", token.encode("latin-1"))])
        checks.check(
            "a wrong token of %d characters: as without one" % len(token), found.without_date() == bare.without_date(),
            (found.status, found.body[:200]))
    for target in (
        "/api/automation/%2e%2e/hooked", "/api/automation/hooked%2fx", "/api/automation/../automation/hooked",
        "/api/automation/hooked/x", "/api/automation/", "/api/automation/%00", "/api/automation/hooked%00",
    ):
        found = post(body, [right], target)
        checks.check(
            "POST %s: refused" % target, found.status in (400, 401, 403, 404), (found.status, found.body[:200]))
    for target in ("/api/runbooks/%2e%2e", "/api/runbooks/hooked%2fstart", "/api/runs/..%2f..%2fledger", "/v1/kv/data/a/%2e%2e/b"):
        found = service.http("GET", target)
        checks.check("GET %s with a token: 400 or 404" % target, found.status in (400, 404), (found.status, found.body[:200]))
    found = service.http("DELETE", "/api/runs")
    checks.check(
        "a wrong method with a token: 405 with Allow", found.status == 405 and "GET" in (found.header("Allow") or ""),
        (found.status, found.headers))
    for query in ("limit=0", "limit=-1", "limit=x", "limit=99999999999999999999", "before=%s" % canary, "state=%s" % canary):
        found = service.http("GET", "/api/runs?" + query)
        checks.check(
            "GET /api/runs?%s: an answer without an echo" % query.split("=c")[0],
            found.status in (200, 400, 404) and canary.encode() not in found.body, (found.status, found.body[:200]))
    for name, verb, sent, said in (
        ("a misspelt member", "start", {"Payload": {}}, "`Payload` is no member of this body; it takes `payload`."),
        ("a bare body", "start", {"x": 1}, "`x` is no member of this body; it takes `payload`."),
        ("a list", "start", [1], "The body must be a JSON object; it takes `payload`."),
        ("a text", "start", b'"x"', "The body must be a JSON object; it takes `payload`."),
        ("what may be a secret", "start", {canary: 1}, "A name of 30 bytes is no member of this body; it takes `payload`."),
        ("misspelt answers", "dry-run", {"payload": 1, "response": {}}, "`response` is no member of this body; it takes "),
    ):
        found = service.http("POST", "/api/runbooks/hooked/" + verb, sent)
        checks.check("%s with %s: refused, and says what it takes" % (verb, name),
                     found.status == 400 and said in (found.json() or {}).get("detail", ""), (found.status, found.body[:300]))
    for target, said in {
        "/api/runs?foo=1": "`foo` is no parameter of this address; it takes `runbook`, `state`, ",
        "/api/runs?waiting=approval": "`waiting` is no parameter", "/api/runs?dry=true": "`dry` is no parameter",
        "/api/runs?state=running&state=failed": "`state` stands in the query more than once",
        "/api/runs?%s=1" % canary: "A name of 30 bytes is no parameter", "/api/runs?limit=%zz": "two hexadecimal digits",
        "/api/runs/x/log?after=abc": "`after` is a whole number from 0 on", "/api/runs/x/log?after=-1": "`after` is a whole number",
        "/api/runs/x/log?follow=yes": "`follow` is true, or is left out", "/api/runbooks/hooked?x=1": "it takes none",
        "/api/notifications?unread=1": "`unread` is true, or is left out",
    }.items():
        found = service.http("GET", target)
        checks.check("GET %s: refused, and says what it takes" % target.replace(canary, "CANARY"),
                     found.status == 400 and said in (found.json() or {}).get("detail", ""), (found.status, found.body[:300]))
    unshown_names(checks, service)
    every = [bare, reference, post(huge, []), service.http("GET", "/health", token=None)]
    checks.check(
        "each answer says no-store and nosniff",
        all(a.header("Cache-Control") == "no-store" and a.header("X-Content-Type-Options") == "nosniff" for a in every),
        [(a.status, a.headers) for a in every if not a.header("Cache-Control") or not a.header("X-Content-Type-Options")])
    checks.check("no answer names the server's program", all(a.header("Server") is None for a in every))

    # Afterwards.
    checks.equal("nothing started", [one["id"] for one in service.runs()], before)
    checks.check("the service lives", service.process.poll() is None)
    code, output, errors = service.cli("ledger", "verify")
    checks.check("the ledger verifies", code == 0, output + errors)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body
    checks.check("the ledger holds nothing of what was sent", canary.encode() not in entries)
    said = service.said()
    checks.check("the service printed nothing of what was sent", canary not in said and key not in said)
    checks.equal("a right start is still accepted", service.webhook("hooked", b'{"note":"three"}', key).status, 202)
    checks.equal("it ends when asked to", service.stop(), 0)


rig.main(run)
