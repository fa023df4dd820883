#!/usr/bin/env python3
"""Runs against an outside that means harm, and documents that are made to be slow: each is bounded and says why, and the
service goes on answering others meanwhile.

    python3 Tests/Black/limits.py BINARY
"""

import gzip
import json
import os
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CASES = ("gigabyte", "claimed", "endless", "chunks", "drip", "silent", "bomb", "headers", "million", "values", "deep", "wide")
MEMORY = 400 << 20  # bytes that the whole of it may add to the service


def documents(place):
    text = "integration: bad\nbase_url: http://%s\nmethods:\n" % place
    for name in CASES:
        # What is large and comes to its end has time, also where all of it comes at once.
        seconds = 30 if name in ("bomb", "million", "values", "deep", "wide") else 4
        text += "  %s: { request: GET /%s, timeout: %ds, outputs: { got: 'response^a' } }\n" % (name, name, seconds)
    text += "  brim: { request: GET /brim, timeout: 60s, max_response_bytes: 33554432, outputs: { got: response } }\n"
    text += "  tokens: { request: GET /tokens, timeout: 60s, outputs: { got: 'response^0' } }\n"
    text += "  items: { request: GET /million, timeout: 20s, outputs: { got: response } }\n"
    text += "  patient: { request: GET /silent, timeout: 60s }\n"
    for name in CASES:
        text += "---\nrunbook: %s\nvariables: { got: {} }\nsteps:\n  call: { method: bad/%s, then: done, else: why }\n" % (name, name)
        text += "  why: { condition: { left: '<<failure^reason>>', op: has_value }, then: failed, else: failed }\n"
        text += "  done: { end: success }\n  failed: { end: failure }\n"
    for name in ("brim", "tokens"):
        text += "---\nrunbook: %s\nvariables: { got: {} }\nsteps:\n  call: { method: bad/%s, then: done, else: failed }\n" % (name, name)
        text += "  done: { end: success }\n  failed: { end: failure }\n"
    text += """---
runbook: items
variables: { got: {}, one: {} }
steps:
  call: { method: bad/items, then: each, else: failed }
  each: { iterate: "<<got^list>>", outputs: { one: response }, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: double
variables: { d0: { from: "request^x" } }
steps:
  nap: { sleep: 100ms, then: each }
  each: { iterate: "<<request^list>>", outputs: { %s }, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: hurried
steps:
  call: { method: bad/patient, timeout: 500ms, retry: { attempts: 2, backoff: 100ms, retry_on: [timeout] }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: circle
steps:
  again: { condition: { left: a, op: equals, right: a }, then: also, else: also }
  also: { condition: { left: a, op: equals, right: b }, then: again, else: again }
variables: { a: { default: 1 } }
---
runbook: ping
steps: { other: { start_runbook: pong } }
---
runbook: pong
steps: { other: { start_runbook: ping } }
---
runbook: storm
steps: { again: { start_runbook: storm } }
---
runbook: fine
steps: { done: { end: success } }
""" % ", ".join('d%d: "<<d%d>><<d%d>>"' % (number, number - 1, number - 1) for number in range(1, 41))
    return text


class Harm:
    """A server that answers as nobody should."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.place = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.ended = threading.Event()
        self.sent = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while not self.ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            head = b""
            while b"\r\n\r\n" not in head:
                data = connection.recv(65536)
                if not data:
                    return
                head += data
            self.answer(connection, head.split(b" ")[1].decode().strip("/"))
        except OSError:
            pass
        finally:
            connection.close()

    def answer(self, connection, name):
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        block = b"x" * 65536

        def body(data, more=b""):
            connection.sendall(start + more + b"Content-Length: %d\r\n\r\n" % len(data) + data)

        if name == "gigabyte":
            connection.sendall(start + b"Content-Length: 1073741824\r\n\r\n")
            for _ in range(16384):
                self.sent += len(block)
                connection.sendall(block)
        elif name == "claimed":
            connection.sendall(start + b"Content-Length: 9223372036854775807\r\n\r\n{}")
            self.ended.wait(30)
        elif name == "endless":
            connection.sendall(start + b"Connection: close\r\n\r\n")
            while not self.ended.is_set():
                connection.sendall(block)
        elif name == "chunks":
            connection.sendall(start + b"Transfer-Encoding: chunked\r\n\r\n")
            while not self.ended.is_set():
                connection.sendall(b"1\r\nx\r\n" * 1000)
        elif name == "drip":
            connection.sendall(start + b"Content-Length: 1000000\r\n\r\n")
            while not self.ended.wait(0.2):
                connection.sendall(b" ")
        elif name == "silent":
            self.ended.wait(30)
        elif name == "bomb":
            body(gzip.compress(b'{"a":"' + b"x" * (200 << 20) + b'"}', 1), b"Content-Encoding: gzip\r\n")
        elif name == "headers":
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not self.ended.is_set():
                connection.sendall(b"X-A: " + b"y" * 4000 + b"\r\n")
        elif name == "million":
            body(b'{"list":[' + b",".join(b"%d" % number for number in range(1_000_000)) + b"]}")
        elif name == "values":
            body(b'{"list":[' + b"1," * 2_000_000 + b"1]}")
        elif name == "deep":
            body(b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}")
        elif name == "brim":
            # With what it is kept as, it is about what a run may hold.
            body(b'{"a":"' + b"x" * (33554300 - 8) + b'"}')
        elif name == "tokens":
            body(b"[" + b",".join([b'{"id_token":1}'] * 100_000) + b"]")
        elif name == "wide":
            body(b"{" + b",".join(b'"k%d":0' % number for number in range(400_000)) + b"}")
        else:
            body(b"{}")

    def stop(self):
        self.ended.set()
        self.listener.close()


class Meanwhile:
    """Somebody else, who starts and looks at runs all the while."""

    def __init__(self, service):
        self.service = service
        self.ended = threading.Event()
        self.good, self.bad = 0, []
        self.thread = threading.Thread(target=self.work)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def work(self):
        while not self.ended.wait(0.1):
            try:
                answers = [self.service.http("GET", "/api/runbooks"), self.service.http("POST", "/api/runbooks/fine/start", {})]
            except OSError as error:
                self.bad.append(repr(error))
                continue
            wrong = [answer.status for answer in answers if answer.status not in (200, 202)]
            self.bad += wrong
            self.good += not wrong


def resident(service):
    with open("/proc/%d/status" % service.inner) as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


def start(service, runbook):
    return service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": {}}).json()["run_id"]


def answers(checks, service, harm):
    """What comes back from outside."""
    expected = {"gigabyte": "too-large", "claimed": ("too-large", "timeout"), "endless": ("too-large", "timeout"),
                "chunks": ("too-large", "timeout"), "drip": "timeout", "silent": "timeout", "bomb": "too-large",
                "headers": ("too-large", "connect", "timeout"), "million": "unresolved", "values": "too-large", "deep": "too-large",
                "wide": "unresolved"}
    before = resident(service)
    with Meanwhile(service) as meanwhile:
        runs = [(name, start(service, name)) for name in CASES]
        for name, run in runs:
            ended = service.ended(run, 60)
            log = service.log(run)
            reasons = [line["reason"]["word"] if isinstance(line.get("reason"), dict) else line.get("reason")
                       for line in log if line.get("reason")]
            words = expected[name] if isinstance(expected[name], tuple) else (expected[name],)
            checks.check("%s: ends with a reason (%s)" % (name, reasons[:1]),
                         ended.get("state") == "failed" and any(str(reason).split(":")[0].split(" ")[0].startswith(words) for reason in reasons[:1]),
                         (ended, reasons))
    checks.check("others were answered meanwhile, each time", meanwhile.good > 3 and not meanwhile.bad, (meanwhile.good, meanwhile.bad[:3]))
    checks.check("the gigabyte was not taken", harm.sent < 256 << 20, harm.sent)
    grown = resident(service) - before
    print("       memory grew by %d MB" % (grown >> 20))
    checks.check("memory grew by %d MB at most" % (MEMORY >> 20), grown < MEMORY, grown >> 20)
    # What is as large as it may be, or has much that is sensitive: one after the other, and not counted above.
    with Meanwhile(service) as meanwhile:
        for name in ("brim", "tokens"):
            ended = service.ended(start(service, name), 60)
            checks.check("%s: it ends" % name, ended.get("state") in ("succeeded", "failed"), ended)
    checks.check("others were answered then, too", meanwhile.good > 0 and not meanwhile.bad, (meanwhile.good, meanwhile.bad[:3]))


def loops(checks, service):
    """Runs that would never end, and runs that start runs."""
    run = start(service, "hurried")
    ended = service.ended(run, 30)
    attempts = [line.get("attempt") for line in service.log(run) if line["event"] == "call-failed"]
    checks.equal("a step has a time and repetitions of its own", (ended["state"], attempts), ("failed", [1, 2]))
    before = resident(service)
    with Meanwhile(service) as meanwhile:
        run = service.http("POST", "/api/runbooks/double/start", {"payload": {"x": "y" * 1024, "list": [1]}}).json()["run_id"]
        doubled = service.ended(run, 60)
        checks.check("forty outputs that double one another are refused by what a run may hold",
                     doubled.get("state") == "failed" and any(
                         line.get("reason") == "too-large" and "67108864 bytes" in line["detail"] for line in service.log(run)),
                     (doubled, service.log(run)[-2:]))
    grown = resident(service) - before
    checks.check("before they are made: memory grew by %d MB at most" % (MEMORY >> 20), grown < MEMORY, grown >> 20)
    checks.check("others were answered while it tried", meanwhile.good > 0 and not meanwhile.bad, (meanwhile.good, meanwhile.bad[:3]))
    with Meanwhile(service) as meanwhile:
        run = start(service, "items")
        items = service.ended(run, 120)
        checks.check("an array of a million items is refused",
                     items["state"] == "failed" and any(line.get("reason") == "limit" and "100000 elements" in line["detail"]
                                                        for line in service.log(run) if line.get("step") == "each"), items)
        circle = service.ended(start(service, "circle"))
        checks.equal("a loop without progress meets a limit", (circle["state"], circle.get("failure")), ("failed", "limit"))
        for name in ("ping", "storm"):
            before = len(service.runs())
            start(service, name)
            last = {}

            def over():
                mine = [one for one in service.runs() if one["runbook"] in (("ping", "pong") if name == "ping" else (name,))]
                last["runs"] = mine
                return mine and all(one["state"] in ("succeeded", "failed") for one in mine) and any(one["state"] == "failed" for one in mine)

            checks.check("%s: the chain ends" % name, rig.eventually(over, 120), len(last["runs"]))
            checks.check("after a hundred runs or so", 90 <= len(last["runs"]) <= 105, len(last["runs"]))
            checks.check("%s: the last one says why" % name, [one for one in last["runs"] if one.get("failure") in ("limit", "not-startable")],
                         [one for one in last["runs"] if one["state"] == "failed"])
    checks.check("others were answered meanwhile, each time", meanwhile.good > 0 and not meanwhile.bad, (meanwhile.good, meanwhile.bad[:3]))


# Name: status, type, body, and the reason of the step that takes it with a word of its sentence; none where it is taken.
BODIES = {
    "twice": (200, "application/json", b'{"id":7,"id":8}', "parse", "already has this key"),
    "half": (201, "application/hal+json; charset=utf-8", b'{"id":"\\ud800"}', "parse", "surrogate"),
    "cut": (200, "application/json", b'{"id":', "parse", "stops too early"),
    "levels": (200, "text/plain", b'{"id":' + b"[" * 64 + b"]" * 64 + b"}", "too-large", "more than 64 levels"),
    "values": (200, "text/plain", b"[" + b"1," * 2_000_000 + b"1]", "too-large", "more than 2000000 values"),
    "error": (500, "application/json", b'{"id":7,"id":8}', "status 500", ""),
    "plain": (200, "text/plain", b'{ accepted', None, '{ accepted'),
    "empty": (200, "application/json", b"", None, ""),
    "large": (200, "application/json", json.dumps({"id": 7, "rows": [1] * 200_001}).encode(), None, {"id": 7, "rows": [1] * 200_001}),
    "long": (200, "application/json", json.dumps({"id": 7, "text": "x" * (2 << 20)}).encode(), None, {"id": 7, "text": "x" * (2 << 20)}),
}
ODD = """
integration: odd
base_url: http://%s
methods:
  take: { request: GET /body/<<name>>, outputs: { all: response } }
  unread: { request: GET /body/<<name>>, outputs: { code: status } }
  send: { request: POST /echo, body: { json: '{"all": <<all>>}' } }
  large: { request: GET /large, outputs: { text: "response^text" } }
  post: { request: POST /post, body: { text: "<<text>>" } }
  echo: { request: POST /echo-back, body: { text: "<<text>>" } }
---
runbook: crowd
variables: { turns: { default: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] } }
steps:
  large: { method: odd/large, then: each, else: failed }
  each: { iterate: <<turns>>, then: post, else: done }
  post: { method: odd/post, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: chorus
variables: { turns: { default: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] } }
steps:
  large: { method: odd/large, then: each, else: failed }
  each: { iterate: <<turns>>, then: echo, else: done }
  echo: { method: odd/echo, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: odd
variables: { name: { from: "request^name!" }, all: {} }
steps:
  take: { method: odd/take, then: send, else: failed }
  send: { method: odd/send, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


LARGE = "z" * 8_000_000


def odd_answer(received):
    if received.target == "/large":
        return 200, {"text": LARGE}
    if received.target == "/echo-back":
        return 200, received.body, [("Content-Type", "text/plain")]
    if not received.target.startswith("/body/"):
        return 200, {}
    status, kind, body = BODIES[received.target.split("/")[-1]][:3]
    return status, body, [("Content-Type", kind)]


def bodies(checks, service, folder, other):
    """An answer that is no JSON, or too much of it, is never taken for a text; whatever decides about it says the same."""
    def taken(run):
        return [(line["reason"], line.get("detail", "")) for line in service.log(run) if line.get("step") == "take" and line.get("reason")]

    service.must("import", rig.write(folder, "odd.yaml", ODD % other.place))
    for name, (_, kind, body, reason, word) in BODIES.items():
        payload = {"name": name}
        run = service.http("POST", "/api/runbooks/odd/start", {"payload": payload}).json()["run_id"]
        ended = service.ended(run, 60)
        found = taken(run)
        if reason is None:
            sent = [json.loads(one.body)["all"] for one in other.received if one.target == "/echo"][-1:]
            checks.check("%s: it is taken" % name, ended["state"] == "succeeded" and sent == [word], (ended, found, str(sent)[:80]))
        else:
            checks.check("%s: the step fails with %s" % (name, reason),
                         ended["state"] == "failed" and len(found) == 1 and found[0][0] == reason and word in found[0][1], (ended, found))
        code, output, errors = service.cli("test", "odd/take", "--variable", "name=" + name)
        checks.check("%s: a test says the same" % name, code == (0 if reason is None else 1) and (reason or "") in output + errors,
                     (code, (output + errors)[-300:]))
        said = service.cli("replay", run)
        checks.check("%s: a replay decides the same" % name, said[0] == 0 and "the same" in said[1], said)
        asked = [{"replay": run, "payload": payload}]
        if name not in ("values", "large", "long", "error"):
            asked.append({"payload": payload, "responses": {"take": {"headers": {"Content-Type": kind}, "text": body.decode()}}})
        for question in asked:
            dry = service.http("POST", "/api/runbooks/odd/dry-run", question).json()["run_id"]
            service.ended(dry)
            checks.equal("%s: and a dry run" % name, [one[0] for one in taken(dry)], [] if reason is None else [reason])
    for runbook, target in (("crowd", "/post"), ("chorus", "/echo-back")):
        run = start(service, runbook)
        ended = service.ended(run, 120)
        calls = [line for line in service.log(run) if line.get("step") in ("post", "echo") and line["event"] in ("call-answered", "call-failed")]
        sent = len([one for one in other.received if one.target == target])
        recorded = [line for line in calls if (line.get("response") or {}).get("status") == 200]
        checks.check("%s: the run ends where it holds too much" % runbook,
                     ended["state"] == "failed" and calls and calls[-1].get("reason") == "too-large", (ended, len(calls)))
        checks.equal("%s: what was sent is recorded with its status, to the last one" % runbook, len(recorded), sent)
        before = len([one for one in other.received if one.target == target])
        if runbook == "crowd":
            again = service.http("POST", "/api/runs/%s/retry" % run, {"from": "failed-step"}).json()["run_id"]
            service.ended(again, 120)
            checks.equal("a request that cannot be recorded is not sent, however often it is repeated",
                         len([one for one in other.received if one.target == target]), before)
    code, output, errors = service.cli("test", "odd/unread", "--variable", "name=twice")
    checks.check("what reads no body is not asked what is in it", code == 0 and "output code = 200" in output, output + errors)


def imports(checks, service, folder):
    """Documents that are made to be large or slow."""
    def check(name, text, *words):
        path = rig.write(folder, name + ".yaml", text)
        code, output, errors = service.cli("check", path)
        said = output + errors
        checks.check("%s: `check` ends" % name, code in (0, 1, 2) and code >= 0, (code, said[:200]))
        for word in words:
            checks.check("%s: and says `%s`" % (name, word), word in said, said[:300])
        answer = service.http("POST", "/api/import", {"files": [{"name": name + ".yaml", "text": text}]}) if len(text) < 30 << 20 else None
        if answer is not None:
            checks.check("%s: an import is answered" % name, answer.status in (200, 400, 413, 422), answer.status)
        return code, said

    template = "integration: big\nbase_url: https://a.example\nmethods:\n  m: { request: POST /, body: { text: '%s' } }\n"
    check("template", template % ("<<a>> " * (10 << 20 >> 3)))
    check("quotes", "integration: big\nbase_url: https://a.example\nmethods:\n  m:\n    request: POST /\n    body: { json: '%s' }\n" % (
        "[" * 100_000))
    steps = "runbook: many\nsteps:\n" + "".join("  s%d: { condition: [], then: s%d, else: s%d }\n" % (n, n + 1, n + 1) for n in range(10_000))
    code, said = check("steps", steps + "  s10000: { end: success }\n")
    if code == 0:
        ended = service.ended(start(service, "many"), 60)
        checks.equal("ten thousand steps meet the limit of steps", (ended["state"], ended.get("failure")), ("failed", "limit"))
    path = "response" + "^a" * 20_000
    check("path", "integration: p\nbase_url: https://a.example\nmethods:\n  m: { request: GET /, outputs: { v: '%s' } }\n" % path)
    aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join("%s: &%s [%s]\n" % (c, c, ",".join(["*" + p] * 9)) for p, c in zip("abcdefgh", "bcdefghi"))
    check("aliases", "runbook: r\nnotes: |\n  x\n" + aliases)
    pattern = """scheme: slow
signature: { in: header, name: X-Sig, encoding: hex, pattern: '(a+)+(a+)+(a+)+$' }
message: [body]
algorithm: hmac-sha256
"""
    check("pattern", pattern)


def run(checks, binary, folder):
    harm = Harm()
    other = rig.Upstream(odd_answer)
    service = rig.Service(binary, folder, allow=[harm.place, other.place]).start()
    service.must("import", rig.write(folder, "d.yaml", documents(harm.place)))
    answers(checks, service, harm)
    loops(checks, service)
    bodies(checks, service, folder, other)
    imports(checks, service, folder)
    checks.equal("a good run still ends well", service.ended(start(service, "fine"))["state"], "succeeded")
    service.must("ledger", "verify")
    checks.equal("it ends when asked to", service.stop(), 0)
    harm.stop()
    other.stop()


rig.main(run)
