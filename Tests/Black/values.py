#!/usr/bin/env python3
"""Arrays that outputs append to and objects that they make: in loops, between runs, across a kill, at their limit.

    python3 Tests/Black/values.py BINARY
"""

import json
import os
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CANARY = "tok-collected-551093"
DOCUMENTS = """
integration: api
base_url: http://PLACE
methods:
  item:
    request: GET /item
    query: { n: "<<n>>" }
    outputs:
      cards:
        append: true
        object:
          id: response^id
          title: { from: response^title, type: string }
          state: { from: response^state, value_mappings: { "1": open } }
          note: { from: response^note, default: null }
          at: { object: { place: "<<response^id>>/<<status>>" } }
  deep:
    request: GET /deep
    outputs: { pile: { from: response, append: true } }
  send:
    request: POST /send
    body: { json: '{"cards": <<cards>>}' }
  put:
    request: PUT /put
    query: { n: "<<n>>" }
    outputs: { id: { from: response^id, default: none }, said: response }
  key:
    request: GET /key
    encrypt_response: true
    outputs: { cards: { from: response^token!, append: true } }
---
runbook: collect
variables: { n: {}, cards: { type: array } }
steps:
  all: { iterate: "<<request^ids>>", outputs: { n: response }, then: get, else: failed }
  get: { method: api/item, then: next, else: failed }
  next: { next: all, then: send }
  send: { method: api/send, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: kept
variables: { n: { default: 9 }, cards: { type: array, persist: true } }
steps:
  get: { method: api/item, then: send, else: failed }
  send: { method: api/send, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: mixed
variables: { n: { default: 1 }, cards: { default: [] } }
steps:
  get: { method: api/item, then: key, else: failed }
  key: { method: api/key, then: send, else: failed }
  send: { method: api/send, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: deep
variables: { pile: { default: [1], persist: true } }
steps:
  get: { method: api/deep, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: compares
variables: { a: { from: "<<request^a>>" } }
steps:
  look:
    condition: [{ left: a, op: has_value }, { left: a, op: greater, right: 5 }]
    then: done
    else: done
  done: { end: success }
---
runbook: puts
variables: { n: { from: "request^n" }, id: {}, said: {} }
steps:
  put: { method: api/put, then: look, else: failed }
  look: { condition: { left: said^id, op: has_value }, then: failed, else: set }
  set: { condition: { left: id, op: in, right: "<<request^set>>" }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: full
variables: { n: { default: 1 }, cards: { from: "request^cards" } }
steps:
  get: { method: api/item, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


class Things:
    """GET /item?n= answers one thing; the third waits until it may."""

    def __init__(self):
        self.sent, self.asked = [], []
        self.arrived, self.go = threading.Event(), threading.Event()
        self.holds = False
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        if received.target == "/key":
            return 200, {"token": CANARY}
        if received.target.startswith("/put"):
            plain = [("Content-Type", "text/plain")]
            answers = {"1": (204, b"", plain), "2": (200, b"OK", plain), "3": (200, {"x": "text"})}
            return answers[received.target.partition("n=")[2]]
        if received.target == "/deep":
            return 200, json.loads("[" * 64 + "]" * 64)
        if received.target == "/send":
            self.sent.append(json.loads(received.body)["cards"])
            return 200, {}
        number = received.target.partition("n=")[2]
        self.asked.append(number)
        if number == "3" and self.holds:
            self.holds = False
            self.arrived.set()
            self.go.wait(60)
        # The text keeps numbers as they are written.
        return 200, {"id": int(number), "title": int(number) * 10, "state": int(number) % 2}


def card(number):
    return {"id": number, "title": str(number * 10), "state": "open" if number % 2 else 0, "note": None,
            "at": {"place": "%d/200" % number}}


def start(service, runbook, body):
    return service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": body}).json()["run_id"]


def run(checks, binary, folder):
    things = Things()
    place = "127.0.0.1:%d" % things.server.port
    service = rig.Service(binary, folder, allow=[place]).start()
    service.must("import", rig.write(folder, "values.yaml", DOCUMENTS.replace("PLACE", place)))
    for runbook in ("collect", "kept", "mixed", "full"):
        service.must("grant", runbook)

    identifier = start(service, "collect", {"ids": [1, 2]})
    checks.equal("a loop collects", service.ended(identifier)["state"], "succeeded")
    checks.equal("an object of each element, in order", things.sent[-1], [card(1), card(2)])

    things.holds = True
    identifier = start(service, "collect", {"ids": [1, 2, 3, 4]})
    checks.check("the third is asked", things.arrived.wait(60))
    service.kill()
    things.go.set()
    service.start()
    checks.equal("a killed run goes on", service.ended(identifier)["state"], "succeeded")
    checks.equal("with the array as it was", things.sent[-1], [card(1), card(2), card(3), card(4)])
    checks.equal("no answered element is asked again", (things.asked[2:].count("1"), things.asked[2:].count("2")), (1, 1))

    for count in (1, 2, 3):
        checks.equal("a kept array", service.ended(start(service, "kept", {}))["state"], "succeeded")
        checks.equal("grows from run to run", things.sent[-1], [card(9)] * count)

    identifier = start(service, "mixed", {})
    checks.equal("a run with a secret in its array ends", service.ended(identifier)["state"], "succeeded")
    log = json.dumps(service.log(identifier))
    checks.check("the secret is in no log, and the request with the array is removed from it",
                 CANARY not in log and "[removed: uses" in log, log[-900:])
    checks.equal("the host that gave it gets it back, beside what is public", things.sent[-1], [card(1), CANARY])

    for _ in (1, 2):
        identifier = start(service, "deep", {})
        checks.equal("an array that could not be read again is not made", service.ended(identifier)["state"], "failed")
        failed = [line for line in service.log(identifier) if line["event"] == "call-failed"]
        checks.equal("which is too large", [line["reason"] for line in failed], ["too-large"])
        checks.check("and names the variable and the limit", "`pile`" in failed[0]["detail"] and "64 levels" in failed[0]["detail"], failed)
        checks.equal("nothing of it is kept", service.http("GET", "/api/runbooks/deep/kept").json()["kept"], [])

    for number, kind in ((1, "nothing"), (2, "plain text"), (3, "an object without it")):
        for name, places in (("text with commas", "some, none"), ("a text that is an array", '["none"]')):
            identifier = start(service, "puts", {"n": number, "set": places})
            ended = service.ended(identifier)
            checks.equal("an answer of %s takes the default, in %s" % (kind, name), ended["state"], "succeeded")

    identifier = start(service, "compares", {"a": "hocuspocus"})
    checks.equal("what does not compare fails", service.ended(identifier)["failure"], "conversion")
    log = json.dumps(service.log(identifier))
    checks.check("and names row and side", "row 2 of the condition, the left side, `a`," in log, log[-600:])
    checks.check("in the list of events as people read it too", "row 2 of the condition" in service.must("log", identifier))

    code, output, errors = service.cli("export", "collect")
    checks.check("an export says what appends", code == 0 and "append" in output and "object" in output, errors)
    things.server.stop()


if __name__ == "__main__":
    rig.main(run)
