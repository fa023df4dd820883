#!/usr/bin/env python3
"""Loops, sleeps, chains of runs, series, kept variables and approvals, over the real binary and across kills.

    python3 Tests/Black/engine.py BINARY
"""

import json
import os
import socket
import sqlite3
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
integration: other
base_url: http://PLACE
methods:
  say:
    request: POST /say
    body: { json: '{"user": <<person>>, "role": <<role>>}' }
  batch:
    request: POST /batch
    body: { json: '{"names": <<names>>}' }
  count:
    request: POST /count
    body: { json: '{"from": <<cursor>>}' }
    outputs: { cursor: response^next }
  flaky: { request: GET /flaky }
  pay:
    request: POST /pay
    headers: { X-Key: { encrypt: true } }
    body: { json: '{"amount": <<amount>>}' }
  put:
    request: PUT /put
    body: { json: '{}' }
    retry: { attempts: 3, backoff: 10ms, retry_on: [5xx] }
  post:
    request: POST /post
    body: { json: '{}' }
    retry: { attempts: 3, backoff: 10ms, retry_on: [5xx] }
  slow:
    request: POST /slow
    body: { json: '{"number": <<number>>}' }
---
runbook: loops
variables: { person: {}, role: {} }
steps:
  users: { iterate: "<<request^users>>", outputs: { person: response^name }, then: roles, else: empty }
  roles: { iterate: "<<response^roles>>", outputs: { role: response }, then: say, else: next-user }
  say: { method: other/say, then: next-role, else: failed }
  next-role: { next: roles, then: next-user }
  next-user: { next: users, then: done }
  done: { end: success }
  empty: { end: failure }
  failed: { end: failure }
---
runbook: batches
variables: { names: {} }
steps:
  all: { iterate: "<<request^names>>", batch: 2, outputs: { names: response }, then: send, else: done }
  send: { method: other/batch, then: more, else: failed }
  more: { next: all, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: quick
steps:
  done: { end: success }
---
runbook: sleeper
steps:
  rest: { sleep: 8s, then: done }
  done: { end: success }
---
runbook: long-sleeper
steps:
  rest: { sleep: 2h, then: done }
  done: { end: success }
---
runbook: parent
variables: { amount: { default: 7 }, secret: { encrypt: true, default: "hidden-in-parent" } }
steps:
  go: { start_runbook: child, variables: { person: amount, role: secret }, else: not-started }
  not-started: { condition: { left: "<<failure^reason>>", op: equals, right: not-startable }, then: noticed, else: failed }
  noticed: { end: success }
  failed: { end: failure }
---
runbook: child
variables: { person: {}, role: {} }
steps:
  say: { condition: { left: person, op: equals, right: 7 }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: itself
steps:
  again: { start_runbook: itself }
---
runbook: counter
variables: { cursor: { type: integer, default: 0, persist: true } }
steps:
  count: { method: other/count, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: in-series
mode: series
variables: { number: { from: "<<request^number>>" } }
steps:
  slow: { method: other/slow, then: rest, else: failed }
  rest: { sleep: 1s, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: payment
variables: { amount: { from: "<<request^amount>>" } }
steps:
  pay: { method: other/pay, approval: { required: 2, from: [ann, bob, cleo], expires: 1h }, then: done, else: why }
  why: { condition: { left: "<<failure^reason>>", op: equals, right: not-approved }, then: refused, else: failed }
  done: { end: success }
  refused: { end: failure }
  failed: { end: failure }
---
runbook: both
variables: { amounts: { default: [1, 1000000] }, amount: { default: 0 } }
steps:
  each: { iterate: "<<amounts>>", outputs: { amount: response }, then: pay, else: failed }
  pay: { method: other/pay, approval: { required: 1, expires: 1h }, then: more, else: refused }
  more: { next: each, then: done }
  done: { end: success }
  refused: { end: failure }
  failed: { end: failure }
---
runbook: repeated
variables: { amount: { default: 3 } }
steps:
  each: { iterate: "<<request^items>>", then: pay, else: failed }
  pay: { method: other/pay, approval: { required: 1, expires: 1h }, then: more, else: refused }
  more: { next: each, then: done }
  done: { end: success }
  refused: { end: failure }
  failed: { end: failure }
---
runbook: inner
variables: { amount: { default: 7 } }
steps:
  pay: { method: other/pay, approval: { required: 1, expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: outer
variables: { amount: { default: 1 } }
steps:
  look: { method: other/flaky, then: go, else: failed }
  go: { start_runbook: inner, else: failed }
  failed: { end: failure }
---
runbook: hasty
variables: { amount: { default: 1 } }
steps:
  pay: { method: other/pay, approval: { expires: 1s }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: paused
steps:
  put: { method: other/put, approval: { expires: 2s }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: approved-put
steps:
  put: { method: other/put, approval: { expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: approved-post
steps:
  put: { method: other/post, approval: { expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: too-long
steps:
  rest: { sleep: 72h, then: done }
  done: { end: success }
---
runbook: starts-over
steps:
  again: { end: failure-retry }
---
runbook: rests-long
steps:
  rest: { sleep: 1h, then: done }
  done: { end: success }
---
runbook: takes-over
steps:
  on: { start_runbook: quick, else: done }
  done: { end: success }
"""

BROKEN = """
integration: broken
base_url: http://PLACE
methods:
  get: { request: GET /get, retry: { attempts: 3, backoff: 10ms } }
  post: { request: POST /post, body: { json: '{}' }, retry: { attempts: 3, backoff: 10ms } }
  declared:
    request: POST /declared
    body: { json: '{}' }
    idempotency: header Idempotency-Key
    retry: { attempts: 3, backoff: 10ms }
"""


class Other:
    def __init__(self):
        self.calls = []
        self.lock = threading.Lock()
        self.running = 0
        self.most = 0
        self.flaky = 200
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        body = json.loads(received.body or b"{}")
        with self.lock:
            self.calls.append((received.target, body, dict(received.headers)))
            self.running += 1
            self.most = max(self.most, self.running)
        if received.target == "/slow":
            time.sleep(0.2)
        with self.lock:
            self.running -= 1
        if received.target in ("/put", "/post"):
            # Refused once, so that a repetition shows.
            return (503 if len(self.bodies(received.target)) % 2 else 200), {}
        if received.target == "/flaky":
            return self.flaky, {}
        if received.target == "/count":
            return 200, {"next": body["from"] + 5}
        return 200, {"ok": True}

    def bodies(self, target):
        return [body for called, body, _ in self.calls if called == target]


def start(service, runbook, payload=None):
    arguments = ["start", runbook]
    if payload is not None:
        answer = service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": payload})
        return answer.json()["run_id"]
    return service.must(*arguments).split("started run ")[1].split()[0]


def run(checks, binary, folder):
    other = Other()
    place = "127.0.0.1:%d" % other.server.port
    service = rig.Service(binary, folder, allow=(place,)).start()
    service.must("import", rig.write(folder, "engine.yaml", DOCUMENTS.replace("PLACE", place)))
    service.must("set", "other/pay", "header", "X-Key", input="the-payment-key-4711\n")
    for name in ("parent", "payment", "both", "repeated", "inner", "outer", "hasty"):
        service.must("grant", name)
    loops(checks, service, other)
    sleeps(checks, service, folder)
    chains(checks, service)
    idempotent(checks, service)
    kept(checks, service, other)
    series(checks, service, other)
    approvals(checks, service, other, folder)
    too_late(checks, service, other)
    limits(checks, service)
    broken(checks, service, folder)
    leaked = rig.hunt(
        everything(service.data), {"the parent's variable": "hidden-in-parent", "the payment key": "the-payment-key-4711"})
    checks.equal("nothing secret is in the data folder", leaked, [])
    checks.check("the ledger holds", service.cli("ledger", "verify")[0] == 0)
    other.server.stop()


def loops(checks, service, other):
    users = [{"name": "a", "roles": ["x", "y"]}, {"name": "b", "roles": []}, {"name": "c", "roles": ["z"]}]
    ended = service.ended(start(service, "loops", {"users": users}))
    checks.equal("nested loops end", (ended["state"], ended.get("failure")), ("succeeded", None))
    checks.equal("each role of each user, in order", [(b["user"], b["role"]) for b in other.bodies("/say")],
                 [("a", "x"), ("a", "y"), ("c", "z")])
    empty = service.ended(start(service, "loops", {"users": []}))
    checks.equal("an empty array takes `else`", (empty["state"], empty["failure"]), ("failed", "end"))
    wrong = service.ended(start(service, "loops", {"users": "none"}))
    checks.equal("what is no array fails the run", wrong["state"], "failed")
    checks.check("and says why", wrong["failure"] in ("parse", "conversion"), wrong)
    checks.equal("batches", service.ended(start(service, "batches", {"names": list("abcde")}))["state"], "succeeded")
    checks.equal("arrays of two, the last one shorter", [b["names"] for b in other.bodies("/batch")],
                 [["a", "b"], ["c", "d"], ["e"]])
    many = start(service, "batches", {"names": list(range(1200))})
    ended = service.ended(many)
    checks.equal("a loop stops at the limit of steps", (ended["state"], ended["failure"]), ("failed", "limit"))
    huge = start(service, "batches", {"names": [0] * 100_001})
    ended = service.ended(huge)
    checks.equal("an array of too many elements is refused", (ended["state"], ended["failure"]), ("failed", "limit"))


def sleeps(checks, service, folder):
    began = time.time()
    sleeping = start(service, "sleeper")
    checks.check("it sleeps", rig.eventually(lambda: (service.run(sleeping)["waiting"] or {}).get("reason") == "sleep", 10))
    service.kill()
    service.start()
    ended = service.ended(sleeping, 30)
    took = time.time() - began
    checks.equal("it wakes after a kill", ended["state"], "succeeded")
    checks.check("at its time, neither earlier nor from the start", 7.9 <= took < 15.5, took)
    before = resident(service)
    many = [start(service, "long-sleeper") for _ in range(200)]
    checks.equal("a run goes on beside 200 that sleep", service.ended(start(service, "quick"))["state"], "succeeded")
    print("     200 sleeping runs: %+d KiB resident" % (resident(service) - before))
    service.must("cancel", many[7])
    checks.equal("a sleeping run is cancelled at once", service.ended(many[7], 10)["state"], "cancelled")
    service.kill()
    service.start()
    states = {service.run(each)["state"] for each in many[:3]}
    checks.equal("they sleep on after a kill", states, {"running"})
    checks.equal("and others run", service.ended(start(service, "quick"))["state"], "succeeded")


def everything(folder):
    content = b""
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                content += file.read()
    return content


def resident(service):
    with open("/proc/%d/status" % service.inner) as file:
        return int(next(line for line in file if line.startswith("VmRSS")).split()[1])


def chains(checks, service):
    parent = start(service, "parent")
    checks.equal("a run that hands over succeeds", service.ended(parent)["state"], "succeeded")
    handed = [line for line in service.log(parent) if line["event"] == "handed-over"]
    checks.equal("its log names the other run", len(handed), 1)
    child = handed[0]["other_run"]
    checks.equal("which got its variable with its type", service.ended(child)["state"], "succeeded")
    begun = service.log(child)[0]
    checks.equal("and names the first one", (begun["trigger"], begun["other_run"]), ("runbook", parent))
    checks.check("an encrypted value stays hidden there", "hidden-in-parent" not in json.dumps(service.log(child)))
    service.must("runbook", "disable", "child")
    checks.equal("a disabled runbook takes the failure edge", service.ended(start(service, "parent"))["state"], "succeeded")
    service.must("runbook", "enable", "child")
    first = start(service, "itself")
    checks.check("a runbook that starts itself comes to an end", rig.eventually(lambda: chain_ended(service), 60))
    chain = [run for run in service.runs() if run["runbook"] == "itself"]
    failed = [run for run in chain if run["state"] == "failed"]
    checks.equal("after 100 further runs", (len(chain), [run["failure"] for run in failed]), (101, ["limit"]))
    checks.check("the first of them is there", any(run["id"] == first for run in chain))


def chain_ended(service):
    chain = [run for run in service.runs() if run["runbook"] == "itself"]
    return any(run["state"] == "failed" for run in chain)


def idempotent(checks, service):
    def begin(key, runbook="quick", token=True):
        answer = service.http(
            "POST", "/api/runbooks/%s/start" % runbook, {}, [("Idempotency-Key", key)], token=token)
        return answer.status, (answer.json() or {}).get("run_id"), bool((answer.json() or {}).get("duplicate"))

    first = begin("order-1")
    checks.equal("a start with a key is a run", (first[0], first[2]), (202, False))
    checks.equal("the same key again is the same run", begin("order-1"), (202, first[1], True))
    service.kill()
    service.start()
    checks.equal("also after a kill", begin("order-1"), (202, first[1], True))
    checks.check("another key is another run", begin("order-2")[1] != first[1])
    checks.check("the key of one runbook is not that of another", begin("order-1", "long-sleeper")[1] != first[1])
    checks.equal("a key that cannot be remembered is refused", begin("with space")[0], 400)


def kept(checks, service, other):
    for _ in range(3):
        checks.equal("a run that keeps a variable", service.ended(start(service, "counter"))["state"], "succeeded")
        if _ == 1:
            service.kill()
            service.start()
    checks.equal("each begins where the last one ended, across a kill", [b["from"] for b in other.bodies("/count")],
                 [0, 5, 10])


def series(checks, service, other):
    other.most = 0
    runs = [start(service, "in-series", {"number": number}) for number in range(6)]
    rig.eventually(lambda: len(other.bodies("/slow")) >= 2, 30)
    service.kill()
    # The other side may still answer a call of the process that is gone.
    rig.eventually(lambda: other.running == 0, 10)
    service.start()
    for each in runs:
        checks.check("a run in series ends", service.ended(each, 60)["state"] in ("succeeded", "failed"))
    numbers = [b["number"] for b in other.bodies("/slow")]
    checks.equal("in the order of their triggers, across a kill", sorted(set(numbers), key=numbers.index), list(range(6)))
    checks.equal("never two at once", other.most, 1)


def approvals(checks, service, other, folder):
    tokens = {}
    for name in ("ann", "bob", "cleo", "dan"):
        service.must("user", "put", name, "--policy", "operator", input="a good password\n")
        answer = service.http(
            "POST", "/v1/auth/userpass/login/" + name, {"password": "a good password"}, token=None)
        tokens[name] = answer.json()["auth"]["client_token"]

    def question(run):
        rig.eventually(lambda: (service.run(run)["waiting"] or {}).get("reason") == "approval", 20)
        return service.http("GET", "/api/approvals/" + run).json()

    def answer(run, name, commitment, what="approve"):
        return service.http(
            "POST", "/api/approvals/" + run, {"answer": what, "commitment": commitment}, token=tokens.get(name, True)
        ).status

    asking = "runbook: named\nsteps:\n  put: { method: other/put, approval: { from: %s }, then: done, else: done }\n  done: { end: success }\n"
    for names, expected in (("[]", "names nobody"), ("[ann, BOB]", "no login can be named `BOB`")):
        code, said, errors = service.cli("import", rig.write(folder, "named.yaml", asking % names))
        checks.check("an approval from %s is not imported" % names, code != 0 and expected in said + errors, errors)
    said = service.cli("import", rig.write(folder, "named.yaml", asking % "[ann, ghost]"))
    checks.check("a login that may approve and that there is not is warned of",
                 said[0] == 0 and "there is no login `ghost`" in said[1] + said[2] and "`ann`" not in said[1] + said[2], said)

    asked = service.http(
        "POST", "/api/runbooks/payment/start", {"payload": {"amount": 100}}, token=tokens["ann"]).json()["run_id"]
    open_question = question(asked)
    checks.equal("the question says what it needs", (open_question["required"], open_question["given"]), (2, []))
    checks.equal("nothing has left", other.bodies("/pay"), [])
    shown = [line for line in service.log(asked) if line["event"] == "approval-asked"]
    checks.check("people see the request", "100" in json.dumps(shown) and "the-payment-key" not in json.dumps(shown), shown)
    commitment = open_question["commitment"]
    checks.equal("not the one who started it", answer(asked, "ann", commitment), 403)
    checks.equal("not one whom the step does not name", answer(asked, "dan", commitment), 403)
    made = service.http("POST", "/v1/auth/token/create", {"policies": ["operator"], "entity": "bob", "display_name": "bob"})
    tokens["made"] = (made.json().get("auth") or {}).get("client_token", "")
    checks.check("a token can be made", tokens["made"], made.body)
    checks.equal("not a token that was made, whatever its name", answer(asked, "made", commitment), 403)
    checks.equal("not about another request", answer(asked, "bob", "0" * 64), 409)
    checks.equal("one agrees", answer(asked, "bob", commitment), 204)
    checks.equal("and not twice", answer(asked, "bob", commitment), 409)
    checks.check("one of two is there", rig.eventually(lambda: question(asked)["given"] == ["bob"], 10))
    service.kill()
    service.start()
    checks.equal("still nothing has left, after a kill", other.bodies("/pay"), [])
    service.token = tokens["cleo"]
    code, _, errors = service.cli("approve", asked)
    checks.check("the command wants to know which request is meant", code == 2 and "--request" in errors, errors)
    code, _, errors = service.cli("approve", asked, "--request", "0" * 12)
    checks.check("and answers no other one", code == 1 and "another request" in errors, errors)
    checks.check("the log names the request", commitment[:12] in service.must("log", asked))
    said = service.must("approve", asked, "--request", commitment[:12])
    service.token = None
    checks.check("the command says what was approved", "pay" in said and "approved" in said, said)
    checks.equal("then it leaves", service.ended(asked, 30)["state"], "succeeded")
    checks.equal("once", other.bodies("/pay"), [{"amount": 100}])
    keys = [headers.get("x-key") or headers.get("X-Key") for target, _, headers in other.calls if target == "/pay"]
    checks.equal("with its encrypted header", keys, ["the-payment-key-4711"])

    refused = service.http(
        "POST", "/api/runbooks/payment/start", {"payload": {"amount": 5}}, token=tokens["ann"]).json()["run_id"]
    named = question(refused)["commitment"]
    service.token = tokens["bob"]
    service.must("refuse", refused, "--request", named)
    service.token = None
    checks.equal("a refusal takes the failure edge", service.ended(refused, 20)["failure"], "end")

    undone = service.http(
        "POST", "/api/runbooks/payment/start", {"payload": {"amount": 8}}, token=tokens["ann"]).json()["run_id"]
    commitment = question(undone)["commitment"]
    answer(undone, "bob", commitment)
    checks.check("one of two has agreed", rig.eventually(lambda: question(undone)["given"] == ["bob"], 10))
    checks.equal("whoever has agreed can still refuse", answer(undone, "bob", commitment, "refuse"), 204)
    checks.equal("and the request does not leave", service.ended(undone, 20)["failure"], "end")

    both = service.http("POST", "/api/runbooks/payment/start", {"payload": {"amount": 9}}, token=tokens["ann"]).json()["run_id"]
    commitment = question(both)["commitment"]
    service.must("pause", both)
    checks.equal("answers are taken in a pause", [
        answer(both, "bob", commitment), answer(both, "cleo", commitment), answer(both, "cleo", commitment, "refuse"),
        answer(both, "cleo", commitment), answer(both, "bob", commitment)], [204, 204, 204, 409, 409])
    service.must("resume", both)
    checks.equal("one refusal weighs more than all who agreed", service.ended(both, 20)["failure"], "end")
    checks.equal("no refused request has left", other.bodies("/pay"), [{"amount": 100}])

    looped = service.http("POST", "/api/runbooks/both/start", {}, token=tokens["ann"]).json()["run_id"]
    seen = question(looped)["commitment"]
    answer(looped, "bob", seen)
    rig.eventually(lambda: (question(looped) or {}).get("commitment", seen) != seen, 20)
    service.token = tokens["cleo"]
    code, _, errors = service.cli("approve", looped, "--request", seen[:12])
    service.token = None
    checks.check("what was looked at is answered, not what is asked by now", code == 1 and "another request" in errors, errors)
    service.must("cancel", looped)

    sent = len(other.bodies("/pay"))
    repeated = service.http(
        "POST", "/api/runbooks/repeated/start", {"payload": {"items": [1, 2]}}, token=tokens["ann"]).json()["run_id"]
    seen = question(repeated)["commitment"]
    answer(repeated, "bob", seen)
    rig.eventually(lambda: len(other.bodies("/pay")) > sent and service.run(repeated)["waiting"], 20)
    checks.check("the next visit asks for itself, also where its request is the same", question(repeated)["commitment"] != seen)
    checks.equal("an answer that is sent again is none to it", answer(repeated, "bob", seen), 409)
    checks.equal("whoever looked at it agrees to it", answer(repeated, "cleo", question(repeated)["commitment"]), 204)
    checks.equal("then the run goes on", service.ended(repeated, 20)["state"], "succeeded")
    checks.equal("each request has left once", other.bodies("/pay")[sent:], [{"amount": 3}, {"amount": 3}])

    other.flaky = 500
    started = service.http("POST", "/api/runbooks/outer/start", {}, token=tokens["ann"]).json()["run_id"]
    service.ended(started, 20)
    other.flaky = 200
    again = service.http("POST", "/api/runs/%s/retry" % started, {"from": "start"}, token=tokens["bob"]).json()["run_id"]
    service.ended(again, 20)
    child = [one["id"] for one in service.runs() if one["runbook_id"] == "inner"][0]
    commitment = question(child)["commitment"]
    checks.equal("whoever started the run that was repeated does not agree to what its child asks",
                 [answer(child, "ann", commitment), answer(child, "bob", commitment)], [403, 403])
    checks.equal("somebody else does", answer(child, "cleo", commitment), 204)
    service.ended(child, 20)

    hidden = service.http("POST", "/api/runbooks/inner/start", {}, token=tokens["ann"]).json()["run_id"]
    answer(hidden, "bob", question(hidden)["commitment"], "refuse")
    service.ended(hidden, 20)
    again = service.http("POST", "/api/runs/%s/retry" % hidden, {"from": "start"}, token=tokens["bob"]).json()["run_id"]
    commitment = question(again)["commitment"]
    checks.equal("nor of one that is repeated", answer(again, "ann", commitment), 403)
    checks.equal("the run that is repeated is deleted", service.http("DELETE", "/api/runs/" + hidden).status, 204)
    checks.equal("and nobody can be told from who started it", [answer(again, name, commitment) for name in ("ann", "cleo")],
                 [403, 403])
    service.must("cancel", again)

    left = len(other.bodies("/pay"))
    changed = service.http(
        "POST", "/api/runbooks/payment/start", {"payload": {"amount": 6}}, token=tokens["ann"]).json()["run_id"]
    commitment = question(changed)["commitment"]
    service.must("set", "other/pay", "header", "X-Key", input="another-payment-key\n")
    answer(changed, "bob", commitment)
    answer(changed, "cleo", commitment)
    checks.equal("a request that is another by now does not leave", service.ended(changed, 20)["failure"], "end")
    reasons = [line.get("reason") for line in service.log(changed) if line["event"] == "call-failed"]
    checks.equal("and the log says so", reasons, ["not-approved"])
    checks.equal("nothing more has left", len(other.bodies("/pay")), left)
    late = start(service, "hasty")
    checks.equal("an answer that does not come in time is a refusal", service.ended(late, 20)["failure"], "end")
    checks.equal("a run that waits for nothing has no question", service.http("GET", "/api/approvals/" + late).status, 409)


def ledger(service):
    text, rows = "", 0
    while True:
        page = service.http("GET", "/api/ledger/entries?from=%d&limit=1000" % rows).body.decode()
        text += page
        rows += page.count("\n")
        # Looking is an entry as well: there is always another one.
        if page.count("\n") < 1000:
            return text


def too_late(checks, service, other):
    """An answer that comes when the time is over counts for nothing, also where the run cannot notice the time."""
    answer = service.http("POST", "/v1/auth/userpass/login/ann", {"password": "a good password"}, token=None)
    ann = answer.json()["auth"]["client_token"]

    def ask(runbook):
        run = start(service, runbook)
        checks.check(runbook + " asks", rig.eventually(
            lambda: (service.run(run)["waiting"] or {}).get("reason") == "approval", 20))
        return run, service.http("GET", "/api/approvals/" + run).json()

    def give(run, question):
        return service.http(
            "POST", "/api/approvals/" + run, {"answer": "approve", "commitment": question["commitment"]}, token=ann)

    before = len(other.bodies("/put"))
    run, question = ask("paused")
    service.must("runbook", "pause", "paused")
    time.sleep(2.2)
    said = give(run, question)
    checks.check("an answer that comes too late is refused with the time", said.status == 409 and b"ended at" in said.body,
                 said.body)
    checks.check("and the ledger says so", '"too-late"' in ledger(service))
    service.must("runbook", "resume", "paused")
    checks.equal("the run fails after the pause", service.ended(run, 20)["failure"], "end")
    checks.equal("for want of an answer", [x["reason"] for x in service.log(run) if x["event"] == "call-failed"], [])
    checks.equal("and nothing has left", len(other.bodies("/put")), before)
    text = service.must("log", run)
    checks.check("the log says that nobody agreed", "nobody agreed in time" in text, text)

    run, question = ask("paused")
    service.must("runbook", "pause", "paused")
    checks.equal("an answer in time counts", give(run, question).status, 204)
    time.sleep(2.2)
    service.must("runbook", "resume", "paused")
    checks.equal("also where the run takes it up later", service.ended(run, 20)["state"], "succeeded")

    before = len(other.bodies("/put"))
    run, question = ask("approved-put")
    checks.equal("the question says how often the request may leave", question["attempts"], 3)
    give(run, question)
    checks.equal("a PUT is repeated under its approval", service.ended(run, 20)["state"], "succeeded")
    checks.equal("until it is answered", len(other.bodies("/put")) - before, 2)
    run, question = ask("approved-post")
    checks.equal("a POST may leave once", question["attempts"], 1)
    give(run, question)
    checks.equal("a POST is not repeated under its approval", service.ended(run, 20)["failure"], "end")
    checks.equal("it left once", len(other.bodies("/post")), 1)


def followed(checks, service, run):
    """A run that sleeps for an hour, followed a few seconds before it has taken a quarter of one."""
    presents = []

    def follow():
        answer = service.http("GET", "/api/runs/%s/log?follow=true" % run, seconds=60)
        presents.extend(x for x in map(json.loads, answer.body.splitlines()) if x["event"] == "present")

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    due = lambda: service.run(run)["warnings"]
    checks.equal("a run that has not taken long is not warned about", due(), [])
    checks.check("until it has", rig.eventually(due, 20))
    time.sleep(1)
    service.must("cancel", run)
    follower.join(20)
    checks.equal("whoever follows it is told when that time has come, though nothing else happens, and once",
                 [(x["waiting"], "warning" in x) for x in presents], [("sleep", False), ("sleep", True)])


def limits(checks, service):
    run = start(service, "too-long")
    checks.equal("a sleep that is longer than a run fails at once", service.ended(run, 10)["failure"], "limit")
    run = start(service, "starts-over")
    waits = lambda: (service.run(run)["waiting"] or {}).get("reason") == "restart"
    checks.check("a run waits to begin again", rig.eventually(waits, 20))
    for form in ((), ("--tree",)):
        text = service.must("log", run, *form)
        checks.check("its log says so %s" % (form,), "before it starts over" in text, text)
    line = service.log(run)[-1]
    checks.equal("and its lines", (line["event"], line["waiting"], "until" in line), ("present", "restart", True))
    rests = start(service, "rests-long")
    rig.eventually(lambda: service.run(rests)["waiting"], 10)
    # The time is set back by hand: nobody waits fifteen minutes here.
    service.stop()
    database = sqlite3.connect(os.path.join(service.data, "chancery.db"))
    database.execute("UPDATE run SET started_at = started_at - 1000000 WHERE id = ?", (run,))
    database.execute("UPDATE run SET started_at = ? WHERE id = ?", (int(time.time() * 1000) - 900000 + 8000, rests))
    database.commit()
    database.close()
    service.start()
    followed(checks, service, rests)
    warning = "The execution time is longer than 15 minutes."
    for form in ((), ("--tree",)):
        text = service.must("log", run, *form)
        checks.check("a run that takes long is warned about while it runs %s" % (form,), warning in text, text)
    checks.equal("and in its lines", service.log(run)[-1].get("warning"), warning)
    service.must("cancel", run)
    service.ended(run, 20)
    checks.equal("a run that has ended has no present", [x for x in service.log(run) if x["event"] == "present"], [])
    parent = start(service, "takes-over")
    service.ended(parent, 20)
    child = [x["other_run"] for x in service.log(parent) if x["event"] == "handed-over"][0]
    text = service.must("log", parent)
    checks.check("a log names the run that it hands over to", "hands over to run " + child in text, text)
    service.ended(child, 20)
    text = service.must("log", child)
    checks.check("and that one names the first", "started by run " + parent in text, text)


def broken(checks, service, folder):
    """The other side closes, sends half an answer, or resets."""
    hits = []
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(20)
    place = "127.0.0.1:%d" % listener.getsockname()[1]
    how = [""]

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            received = connection.recv(65536)
            hits.append(received.split(b" ")[1].decode())
            if how[0] == "half":
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
            if how[0] == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    service.stop()
    service.arguments += ["--allow-egress", place]
    service.start()
    runbooks = "".join(
        "---\nrunbook: broken-%s\nsteps:\n  a: { method: broken/%s, then: d, else: f }\n"
        "  d: { end: success }\n  f: { end: failure }\n" % (name, name) for name in ("get", "post", "declared"))
    service.must("import", rig.write(folder, "broken.yaml", BROKEN.replace("PLACE", place) + runbooks))
    for how[0] in ("close", "half", "reset"):
        for name, attempts in (("get", 3), ("declared", 3), ("post", 1)):
            before = len(hits)
            run = start(service, "broken-" + name)
            service.ended(run, 20)
            reasons = [x["reason"] for x in service.log(run) if x["event"] == "call-failed"]
            checks.equal("%s, %s: every attempt says that the connection broke" % (how[0], name),
                         reasons, ["disconnected"] * attempts)
            checks.equal("%s, %s: repeated where that is safe" % (how[0], name), len(hits) - before, attempts)
    text = service.must("log", run)
    checks.check("the log says what is not known, and of no stop", "is not known here" in text and "stopped" not in text, text)
    listener.close()


if __name__ == "__main__":
    rig.main(run)
