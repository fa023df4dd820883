#!/usr/bin/env python3
"""Runs that are repeated, runbooks that are paused, runs that only show what would happen: over the real binary, with
another side that counts what reaches it.

    python3 Tests/Black/retry.py BINARY
"""

import json
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INTEGRATION = """
integration: other
base_url: %s
methods:
  open: { request: POST /open, body: { json: '{"title": <<title>>}' }, outputs: { number: "response^number" }, idempotency: header Idempotency-Key }
  post: { request: POST /post, headers: { X-Note: { encrypt: true } }, body: { json: '{"number": <<number>>, "title": <<title>>}' }, idempotency: header Idempotency-Key }
  item: { request: POST /item, body: { json: '{"item": <<item>>}' } }
  pay: { request: POST /pay, body: { json: '{"title": <<title>>}' } }
  page: { request: POST /page, body: { json: '{"title": <<title>>, "cursor": <<cursor>>}' }, outputs: { cursor: "response^title", seen: { from: "response^title", append: true } } }
  mark: { request: POST /mark, body: { json: '{"title": <<title>>, "seen": <<seen>>}' }, outputs: { seen: { from: "response^marked", append: true } } }
  slow: { request: POST /slow, body: { json: '{"title": <<title>>}' } }
  again: { request: POST /again, body: { json: '{"title": <<title>>}' }, retry: { attempts: 2, backoff: 30s, retry_on: ["503"] } }
"""

RUNBOOKS = """
runbook: two-steps
variables: { title: { from: "<<request^title>>" }, number: {} }
on_failure: { disable_after: 90 }
steps:
  open: { method: other/open, then: post, else: failed }
  post: { method: other/post, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: items
variables: { item: {} }
steps:
  each: { iterate: "<<request^list>>", outputs: { item: response }, then: one, else: failed }
  one: { method: other/item, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: asks
variables: { title: { from: "<<request^title>>" } }
steps:
  pay: { method: other/pay, approval: { required: 1, expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: parent
variables: { title: { from: "<<request^title>>" } }
steps:
  hand: { start_runbook: child, variables: { title: title }, else: failed }
  failed: { end: failure }
---
runbook: child
variables: { title: {} }
steps:
  pay: { method: other/pay, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: relay
variables: { title: { from: "<<request^title>>" } }
steps:
  open: { method: other/open, then: again, else: failed }
  again: { start_runbook: relay, variables: { title: title }, else: failed }
  failed: { end: failure }
---
runbook: nap
variables: { title: { from: "<<request^title>>" } }
steps:
  rest: { sleep: 8s, then: open }
  open: { method: other/open, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: line
mode: series
variables: { title: { from: "<<request^title>>" } }
steps:
  slow: { method: other/slow, then: open, else: failed }
  open: { method: other/open, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: sync
mode: series
variables: { title: { from: "<<request^title>>" }, cursor: { default: 0, persist: true }, seen: { default: [], persist: true } }
steps:
  page: { method: other/page, then: mark, else: failed }
  mark: { method: other/mark, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: breaks
variables: { nothing: {} }
steps:
  look: { condition: { left: nothing, op: equals, right: "1" }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

NOTE = "a-note-nobody-sees-4711"


class Other:
    """Counts what reaches it, and answers as it is told."""

    def __init__(self):
        self.calls = []
        self.status = {}
        self.failing = None
        self.gate = threading.Event()
        self.gate.set()
        self.lock = threading.Lock()
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        with self.lock:
            self.calls.append((received.target, json.loads(received.body or b"null"),
                               {key.lower(): value for key, value in dict(received.headers).items()}))
            count = len(self.at(received.target))
        if received.target == "/slow":
            self.gate.wait(30)
        if self.failing and self.failing(*self.calls[-1][:2]):
            return 500, {}
        title = (json.loads(received.body or b"null") or {}).get("title")
        return self.status.get(received.target, 200), {"number": 40 + count, "title": title, "marked": "m%s" % title}

    def at(self, target):
        return [call for call in self.calls if call[0] == target]

    def bodies(self, target):
        return [body for _, body, _ in self.at(target)]


def start(service, name, payload=None):
    answer = service.http("POST", "/api/runbooks/%s/start" % name, {"payload": payload})
    return answer.json()["run_id"]


def retry(service, run, *arguments):
    return service.must("retry", run, *arguments).split("repeated by run ")[1].split()[0]


def run(checks, binary, folder):
    other = Other()
    url = "http://127.0.0.1:%d" % other.server.port
    service = rig.Service(binary, folder, allow=("127.0.0.1:%d" % other.server.port,)).start()
    service.must("import", rig.write(folder, "other.yaml", INTEGRATION % url))
    service.must("import", rig.write(folder, "all.yaml", RUNBOOKS))
    service.must("set", "other/post", "header", "X-Note", input=NOTE + "\n")
    from_failed_step(checks, service, other)
    from_start(checks, service, other)
    kept_values(checks, service, other)
    refusals(checks, service, other)
    latest(checks, service, other, folder)
    rights(checks, service, other)
    by_id_alone(checks, service, other, folder)
    changed_documents(checks, service, other, folder)
    changed_children(checks, service, other, folder)
    changed_secrets(checks, service, other, folder)
    handed_secrets(checks, service, other, folder)
    hosts_of_now(checks, service, other, folder)
    other_credentials(checks, service, other, folder, url)
    other_shapes(checks, service, other)
    killed(checks, service, other)
    sleeps_again(checks, service)
    pauses(checks, service, other)
    single(checks, service, other)
    checks.equal("it ends when asked to", service.stop(), 0)
    other.server.stop()


def from_failed_step(checks, service, other):
    other.status["/post"] = 500
    old = start(service, "two-steps", {"title": "disk"})
    checks.equal("a step fails", service.ended(old)["state"], "failed")
    other.status["/post"] = 200
    new = retry(service, old)
    found = service.ended(new)
    checks.equal("from the failed step it succeeds", (found["state"], found["retry_of"]), ("succeeded", old))
    checks.equal("what was done is not done again", len(other.at("/open")), 1)
    checks.equal("what failed is sent once more, with the same values", other.bodies("/post"),
                 [{"number": 41, "title": "disk"}] * 2)
    checks.equal("with its encrypted header", {call[2].get("x-note") for call in other.at("/post")}, {NOTE})
    keys = [call[2]["idempotency-key"] for call in other.at("/post")]
    checks.check("under another idempotency key", len(set(keys)) == 2, keys)
    events = [line["event"] for line in service.log(new)]
    checks.equal("its log", events, ["started", "call-intended", "call-answered", "retried", "call-intended",
                                     "call-answered", "ended"])
    checks.equal("names the old one", service.log(new)[3]["other_run"], old)
    checks.equal("whose log names the new one", service.log(old)[-1].get("retries"), [new])
    checks.check("as people read it", "repeated by " + new in service.must("log", old))
    checks.check("the header stays hidden", NOTE not in json.dumps(service.log(new)))
    checks.equal("steps are those of its own", found["steps"], 2)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    checks.equal("the ledger says who", sum('"retry"' in line and new in line for line in entries), 1)
    again = retry(service, old)
    checks.check("an old run can be repeated again", service.ended(again)["state"] == "succeeded" and again != new)
    first = service.http("POST", "/api/runs/%s/retry" % old, {}, [("Idempotency-Key", "one")]).json()
    second = service.http("POST", "/api/runs/%s/retry" % old, {}, [("Idempotency-Key", "one")]).json()
    checks.equal("one order under one key", (second["run_id"], second.get("duplicate")), (first["run_id"], True))
    service.ended(first["run_id"])
    order = lambda *keys: service.http("POST", "/api/runs/%s/retry" % old, {}, [("Idempotency-Key", key) for key in keys])
    service.must("runbook", "disable", "two-steps")
    checks.equal("also once the runbook is disabled", order("one").json().get("run_id"), first["run_id"])
    checks.equal("which a new order is told", order("two").status, 409)
    service.must("runbook", "enable", "two-steps")
    checks.equal("two keys are none", order("three", "four").status, 400)
    begun = json.loads(service.must("retry", old, "--idempotency-key", "by-hand", "--json"))["run_id"]
    said = service.must("retry", old, "--idempotency-key", "by-hand")
    checks.check("the command takes a key too, and names the run of the first order", begun in said and "already" in said, said)
    service.ended(begun)
    begun = json.loads(service.must(
        "start", "two-steps", "--input", "-", "--idempotency-key", "once", "--json", input='{"title": "once"}'))["run_id"]
    said = service.must("start", "two-steps", "--input", "-", "--idempotency-key", "once", input='{"title": "once"}')
    checks.check("so does a start", begun in said and "started before" in said, (begun, said))
    checks.equal("which is followed to its end when it is asked for again", service.cli(
        "start", "two-steps", "--idempotency-key", "once", "--follow")[0], 0)
    checks.equal("and nothing was started twice", [call for call in other.bodies("/open") if call == {"title": "once"}],
                 [{"title": "once"}])
    checks.check("another key is another order", begun not in service.must(
        "start", "two-steps", "--input", "-", "--idempotency-key", "twice", "--follow", input='{"title": "twice"}'))
    for key in ("", "two words", "k" * 256, "\u00e9"):
        code, _, errors = service.cli("start", "two-steps", "--idempotency-key", key)
        checks.check("a key that no header could carry is wrong usage", code == 2 and "visible ASCII" in errors, (key, code, errors))
    checks.equal("a dry run has no use for one", service.cli("start", "two-steps", "--dry-run", "--idempotency-key", "k")[0], 2)


def from_start(checks, service, other):
    before = len(other.at("/open"))
    other.status["/post"] = 500
    old = start(service, "two-steps", {"title": "from the start"})
    service.ended(old)
    other.status["/post"] = 200
    new = retry(service, old, "--from", "start")
    checks.equal("from the start it succeeds", service.ended(new)["state"], "succeeded")
    checks.equal("with the request of the old one", other.bodies("/open")[before:], [{"title": "from the start"}] * 2)
    checks.equal("and names it", service.log(new)[0].get("retry_of"), old)
    succeeded = retry(service, new, "--from", "start", "--latest")
    checks.equal("a run that succeeded too", service.ended(succeeded)["state"], "succeeded")


def kept_values(checks, service, other):
    """A cursor and a list that are kept: a repetition takes neither back, and puts behind the list what it appends itself."""
    other.status["/mark"] = 500
    first = start(service, "sync", {"title": 100})
    checks.equal("it fails behind the page", service.ended(first)["state"], "failed")
    other.status["/mark"] = 200
    for title in (200, 300):
        checks.equal("others go on", service.ended(start(service, "sync", {"title": title}))["state"], "succeeded")
    checks.equal("the first is repeated", service.ended(retry(service, first))["state"], "succeeded")
    checks.equal("with the list that it had", other.bodies("/mark")[-1], {"title": 100, "seen": [100]})
    checks.equal("another one begins", service.ended(start(service, "sync", {"title": 400}))["state"], "succeeded")
    checks.equal("with the newest cursor", other.bodies("/page")[-1], {"title": 400, "cursor": 300})
    checks.equal("and with all that was collected", other.bodies("/mark")[-1]["seen"],
                 [100, 200, "m200", 300, "m300", "m100", 400])
    service.kill()
    service.start()
    checks.equal("also after a kill", service.ended(start(service, "sync", {"title": 500}))["state"], "succeeded")
    checks.equal("the cursor is the newest", other.bodies("/page")[-1]["cursor"], 400)
    kept = service.http("GET", "/api/runbooks/sync/kept").json()["kept"]
    checks.equal("what is kept is listed", [(one["name"], one["is_used"]) for one in kept], [("cursor", True), ("seen", True)])
    checks.check("since when", all(one["kept_at"] for one in kept), kept)
    shown = service.must("runbook", "kept", "sync")
    checks.check("no value is shown", "cursor" in shown and "m500" not in shown and "m500" not in json.dumps(kept), shown)
    service.must("runbook", "kept", "sync", "--clear", "cursor")
    checks.equal("one is cleared", service.ended(start(service, "sync", {"title": 600}))["state"], "succeeded")
    checks.equal("and begins anew", (other.bodies("/page")[-1]["cursor"], len(other.bodies("/mark")[-1]["seen"])), (0, 11))
    code, _, said = service.cli("runbook", "kept", "sync", "--clear", "nothing")
    checks.check("what is not kept cannot be cleared", code == 1 and "nothing" in said, said)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    checks.equal("the ledger says so once", sum('"runbook:sync/kept/cursor"' in line for line in entries), 1)


def refusals(checks, service, other):
    run = start(service, "two-steps", {"title": "fine"})
    service.ended(run)
    code, _, said = service.cli("retry", run)
    checks.check("no failed step", code == 1 and "--from start" in said, said)
    run = start(service, "breaks")
    service.ended(run)
    checks.equal("a condition that could not be decided is a failed step",
                 service.ended(retry(service, run))["failure"], "unresolved")
    other.gate.clear()
    held = start(service, "line", {"title": "held"})
    rig.eventually(lambda: other.at("/slow"), 20)
    code, _, said = service.cli("retry", held)
    checks.check("not before it has ended", code == 1 and "not ended" in said, said)
    other.gate.set()
    service.ended(held)
    service.must("runs", "delete", run)
    checks.equal("nor when it is shredded", service.cli("retry", run)[0], 1)
    other.status["/post"] = 500
    run = start(service, "two-steps", {"title": "x"})
    service.ended(run)
    service.must("runbook", "disable", "two-steps")
    code, _, said = service.cli("retry", run)
    checks.check("nor of a disabled runbook", code == 1 and "disabled" in said, said)
    service.must("runbook", "enable", "two-steps")
    other.status["/post"] = 200


def latest(checks, service, other, folder):
    """With the documents of now where they fit: the failed step may be another one, what was done before it may not."""
    other.status["/post"] = 500
    old = start(service, "two-steps", {"title": "latest"})
    service.ended(old)
    mine = "runbook: two-steps" + RUNBOOKS.split("runbook: two-steps")[1].split("---")[0]
    changed = mine.replace("post: { method: other/post,", "post: { method: other/pay,")
    service.must("import", "--into", "two-steps", rig.write(folder, "changed.yaml", changed))
    new = retry(service, old, "--latest")
    checks.equal("another failed step", service.ended(new)["state"], "succeeded")
    checks.equal("is the one that is done", other.bodies("/pay"), [{"title": "latest"}])
    other.calls = [call for call in other.calls if call[0] != "/pay"]
    changed = mine.replace("number: {}", "number: { default: 666 }")
    service.must("import", "--into", "two-steps", rig.write(folder, "changed.yaml", changed))
    code, _, said = service.cli("retry", old, "--latest")
    checks.check("a value of its own is not replaced by what was taken over", code == 1 and "--latest" in said, said)
    service.must("import", "--into", "two-steps", rig.write(folder, "changed.yaml", mine))
    other.status["/post"] = 200
    checks.equal("the old documents fit always", service.ended(retry(service, old))["state"], "succeeded")


def rights(checks, service, other):
    other.status["/post"] = 500
    run = start(service, "two-steps", {"title": "whose"})
    service.ended(run)
    other.status["/post"] = 200
    for name, policy, expected in (("vera", "log-viewer", 403), ("olga", "operator", 202)):
        service.must("user", "put", name, "--policy", policy, input="a good password\n")
        token = service.http("POST", "/v1/auth/userpass/login/" + name, {"password": "a good password"},
                             token=None).json()["auth"]["client_token"]
        checks.equal("a %s repeats a run" % policy, service.http("POST", "/api/runs/%s/retry" % run, {}, token=token).status,
                     expected)
        checks.equal("a %s pauses" % policy, service.http("POST", "/api/runbooks/two-steps/pause", {}, token=token).status,
                     expected if expected == 403 else 200)
    service.must("runbook", "resume", "two-steps")
    checks.check("all of them end", rig.eventually(lambda: all(
        each["state"] not in ("running", "queued") for each in service.runs()), 30))


PAYS = """
runbook: pays
name: Pays one
variables: { title: { from: "<<request^title>>" } }
steps:
  pay: { method: other/pay, %s then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

SECRET = "harbour-2031-meadow-17"

KEEPS = """
runbook: keeps
variables: { title: { secret: kv/keeps#token }, number: {} }
steps:
  open: { method: other/open, then: post, else: failed }
  post: { method: other/post, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

HANDS = """
runbook: hands
variables: { title: { secret: kv/hands#token }, number: {} }
steps:
  open: { method: other/open, then: hand, else: failed }
  hand: { start_runbook: takes, variables: { title: title }, else: failed }
  failed: { end: failure }
---
runbook: takes
variables: { title: {} }
steps:
  pay: { method: other/pay, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

HIDES = """
runbook: hides
start: { public: { auth: none }, encrypt_request: true }
variables: { title: { encrypt: true, from: "<<request^title>>" }, number: {%s} }
steps:
  open: { method: other/open, then: post, else: failed }
  post: { method: other/post, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

THIRD = """
integration: third
base_url: %s
%s
methods:
  open: { request: POST /open, body: { json: '{"title": <<title>>}' }, outputs: { number: "response^number" } }
  post: { request: POST /post, body: { json: '{"number": <<number>>}' } }
"""

CREDENTIALS = """
runbook: credentials
variables: { title: { from: "<<request^title>>" }, number: {} }
steps:
  open: { method: third/open, then: post, else: failed }
  post: { method: third/post, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def token_with(service, folder, name, policy):
    service.must("policy", "put", name, rig.write(folder, name + ".hcl", policy))
    return service.must("token", "create", "--policy", name).split()[0]


def failed_run(service, other, name, place, payload=None):
    """A run that failed at a call of `place`, which answers again."""
    other.status[place] = 500
    run = start(service, name, payload)
    service.ended(run)
    other.status[place] = 200
    return run


def by_id_alone(checks, service, other, folder):
    service.must("import", rig.write(folder, "pays.yaml", PAYS % ""))
    run = failed_run(service, other, "pays", "/pay", {"title": "mine"})
    token = token_with(service, folder, "not-this-one", """
path "api/runbooks/+/start" { capabilities = ["start"] }
path "api/runbooks/pays/start" { capabilities = ["deny"] }
path "api/runs/*" { capabilities = ["read", "update", "list"] }
""")
    answer = service.http("POST", "/api/runs/%s/retry" % run, {"from": "start"}, token=token)
    checks.equal("who may not start it by its id does not repeat it by its name", answer.status, 403)


def changed_documents(checks, service, other, folder):
    """Old documents know nothing of what was added since, and new ones ask other questions: both are for who may grant."""
    run = failed_run(service, other, "pays", "/pay", {"title": "approved"})
    service.must("import", "--into", "pays", rig.write(folder, "pays.yaml", PAYS % "approval: { required: 1 },"))
    paid = len(other.at("/pay"))
    token = service.must("token", "create", "--policy", "operator").split()[0]
    for body in ({"from": "start"}, {"from": "failed-step"}, {"from": "start", "latest": True}):
        answer = service.http("POST", "/api/runs/%s/retry" % run, body, token=token)
        checks.check("an operator does not repeat a run of changed documents: %s" % body,
                     answer.status == 403 and b"capability grant" in answer.body, answer.body)
    for body in ({"from": "start"}, {"from": "failed-step"}):
        answer = service.http("POST", "/api/runs/%s/retry" % run, body)
        checks.check("an approval that was added is passed by for nobody: %s" % body,
                     answer.status == 409 and b"approval" in answer.body, answer.body)
    new = retry(service, run, "--from", "start", "--latest")
    checks.check("with the documents of now it is asked for", rig.eventually(
        lambda: (service.run(new)["waiting"] or {}).get("reason") == "approval", 20))
    service.must("cancel", new)
    service.ended(new)
    checks.equal("nothing is paid", len(other.at("/pay")), paid)
    service.must("import", "--into", "pays", rig.write(folder, "pays.yaml", PAYS % ""))
    answer = service.http("POST", "/api/runs/%s/retry" % run, {}, token=token)
    checks.equal("with the documents of the run again, an operator does", answer.status, 202)
    checks.equal("and it pays", service.ended(answer.json()["run_id"])["state"], "succeeded")
    other.calls = [call for call in other.calls if call[0] != "/pay"]


def changed_children(checks, service, other, folder):
    """What a run recorded is handed to no runbook that was changed since, but by who may grant to it."""
    run = start(service, "parent", {"title": "handed to whom"})
    service.ended(run)
    token = service.must("token", "create", "--policy", "operator").split()[0]
    answer = service.http("POST", "/api/runs/%s/retry" % run, {"from": "start"}, token=token)
    checks.equal("a run that starts another is repeated by an operator", answer.status, 202)
    service.ended(answer.json()["run_id"])
    child = "runbook: child" + RUNBOOKS.split("runbook: child\n")[1].split("---")[0].replace("variables", "\nvariables", 1)
    changed = child.replace("variables: { title: {} }", "variables: { title: {}, other: { default: 1 } }")
    service.must("import", "--into", "child", rig.write(folder, "child.yaml", changed))
    answer = service.http("POST", "/api/runs/%s/retry" % run, {"from": "start"}, token=token)
    checks.check("not when the other was changed since",
                 answer.status == 403 and b"api/runbooks/child/grants" in answer.body, answer.body)
    checks.equal("but by who may grant", service.ended(retry(service, run, "--from", "start"))["state"], "succeeded")
    service.must("import", "--into", "child", rig.write(folder, "child.yaml", child))
    rig.eventually(lambda: all(each["ended_at"] for each in service.runs()), 20)
    other.calls = [call for call in other.calls if call[0] != "/pay"]


def changed_secrets(checks, service, other, folder):
    """A repetition from the failed step sends no value that was replaced, and none to where it may not go any more."""
    service.must("kv", "put", "kv/keeps", "token=" + SECRET)
    service.must("import", rig.write(folder, "keeps.yaml", KEEPS))
    service.must("grant", "keeps")
    run = failed_run(service, other, "keeps", "/post")
    posted = len(other.at("/post"))
    checks.equal("with the same secret it goes on", service.ended(retry(service, run))["state"], "succeeded")
    checks.equal("and sends it", other.bodies("/post")[posted:][0]["title"], SECRET)
    posted = len(other.at("/post"))
    place = "127.0.0.1:%d" % other.server.port
    for said, arguments in (("another value", ("token=another-" + SECRET,)),
                            ("other hosts", ("--hosts", "127.0.0.1:9", "--hosts", place, "token=" + SECRET))):
        service.must("kv", "put", "kv/keeps", *arguments)
        code, _, words = service.cli("retry", run)
        checks.check("not with %s" % said, code == 1 and "`title` was changed since" in words, words)
    checks.equal("nothing was sent", len(other.at("/post")), posted)
    checks.equal("but from the start", service.ended(retry(service, run, "--from", "start"))["state"], "succeeded")


def handed_secrets(checks, service, other, folder):
    """A stored secret that a run handed over is read anew by nobody but that run: its child alone is not repeated with it."""
    child = lambda: max(run["id"] for run in service.runs() if run["runbook_id"] == "takes")
    service.must("kv", "put", "kv/hands", "token=handed-" + SECRET)
    service.must("import", rig.write(folder, "hands.yaml", HANDS))
    service.must("grant", "hands")
    parent = start(service, "hands")
    service.ended(parent)
    first = child()
    checks.equal("a run has the secret that another one handed over", service.ended(first)["state"], "succeeded")
    checks.equal("and sends it", other.bodies("/pay")[-1]["title"], "handed-" + SECRET)
    paid = len(other.at("/pay"))
    service.must("kv", "put", "kv/hands", "token=other-" + SECRET)
    code, _, words = service.cli("retry", first, "--from", "start")
    checks.check("by itself it is not repeated with a secret that was replaced",
                 code == 1 and "`title` was handed over" in words and SECRET not in words, words)
    checks.equal("nothing is sent", len(other.at("/pay")), paid)
    service.ended(retry(service, parent, "--from", "start"))
    rig.eventually(lambda: child() != first, 20)
    service.ended(child())
    checks.equal("the run that hands it over takes it as it is now", [body["title"] for body in other.bodies("/pay")[paid:]],
                 ["other-" + SECRET])
    other.calls = [call for call in other.calls if call[0] != "/pay"]


def hosts_of_now(checks, service, other, folder):
    """What came in encrypted goes where the grant lets it go today, not where it let it go then."""
    service.must("import", rig.write(folder, "hides.yaml", HIDES % ""))
    service.must("grant", "hides")
    run = failed_run(service, other, "hides", "/post", {"title": "a-title-nobody-sees"})
    checks.equal("while it is granted it goes on", service.ended(retry(service, run))["state"], "succeeded")
    # The one has the capability grant, the other has not.
    service.must("import", "--into", "hides", rig.write(folder, "hides.yaml", HIDES % " default: 1 "))
    service.must("grant", "hides")
    author = service.must("token", "create", "--policy", "runbook-author").split()[0]
    files = {"files": [{"name": "hides.yaml", "text": HIDES % ""}], "into": "hides"}
    checks.equal("an author edits it back", service.http("POST", "/api/import", files, token=author).status, 200)
    posted = len(other.at("/post"))
    new = retry(service, run)
    checks.equal("without a grant to these documents it fails", service.ended(new)["state"], "failed")
    checks.equal("and nothing leaves", len(other.at("/post")), posted)
    # What a step sends is the request itself here, and no variable that gets its hosts anew.
    shows = HIDES.replace("runbook: hides", "runbook: shows").replace("encrypt: true, from", "from")
    service.must("import", rig.write(folder, "shows.yaml", shows % ""))
    service.must("grant", "shows")
    run = failed_run(service, other, "shows", "/post", {"title": "a-title-nobody-sees"})
    again = service.ended(retry(service, run, "--from", "start"))
    checks.equal("from the start too while it is granted", again["state"], "succeeded")
    service.must("import", "--into", "shows", rig.write(folder, "shows.yaml", shows % " default: 1 "))
    service.must("grant", "shows")
    sent = len(other.at("/open")), len(other.at("/post"))
    for beginning in ("failed-step", "start"):
        again = service.ended(retry(service, run, "--from", beginning))
        checks.equal("by documents whose grant is gone it fails from the %s" % beginning, again["state"], "failed")
        told = [line.get("reason") for line in service.log(again["id"])]
        checks.check("for want of the grant", "not-granted" in told, told)
    checks.equal("and the request goes nowhere", (len(other.at("/open")), len(other.at("/post"))), sent)


def other_credentials(checks, service, other, folder, url):
    """With --latest, what was done under other credentials is not taken for the same."""
    service.must("import", rig.write(folder, "third.yaml", THIRD % (url, "")))
    service.must("import", rig.write(folder, "credentials.yaml", CREDENTIALS))
    run = failed_run(service, other, "credentials", "/post", {"title": "whose"})
    authorized = THIRD % (url, "auth: { type: bearer, token: { secret: kv/keeps#token } }")
    service.must("import", rig.write(folder, "third.yaml", authorized))
    code, _, said = service.cli("retry", run, "--latest")
    checks.check("an integration that authorises itself otherwise", code == 1 and "are others" in said, said)


def other_shapes(checks, service, other):
    # An iteration goes on at the element that failed.
    sent = len(other.at("/item"))
    other.failing = lambda target, body: body == {"item": 2} and len(other.bodies("/item")) < 3
    old = start(service, "items", {"list": [1, 2, 3]})
    state = service.ended(old)["state"]
    checks.equal("an element fails", (state, other.bodies("/item")[sent:]), ("failed", [{"item": 1}, {"item": 2}]))
    new = retry(service, old)
    checks.equal("the rest is done", service.ended(new)["state"], "succeeded")
    checks.equal("from that element on", other.bodies("/item")[sent:], [{"item": i} for i in (1, 2, 2, 3)])
    # Approvals are asked anew.
    asked = start(service, "asks", {"title": "money"})
    rig.eventually(lambda: (service.run(asked)["waiting"] or {}).get("reason") == "approval", 20)
    service.must("cancel", asked)
    service.ended(asked)
    new = retry(service, asked)
    checks.check("a question is asked anew",
                 rig.eventually(lambda: (service.run(new)["waiting"] or {}).get("reason") == "approval", 20))
    checks.equal("nothing has left", other.bodies("/pay"), [])
    service.must("cancel", new)
    service.ended(new)
    # Whoever started the first run approves no repetition of it.
    tokens = {}
    for name in ("ann", "bob"):
        service.must("user", "put", name, "--policy", "operator", input="a good password\n")
        tokens[name] = service.http("POST", "/v1/auth/userpass/login/" + name, {"password": "a good password"},
                                    token=None).json()["auth"]["client_token"]
    first = service.http("POST", "/api/runbooks/asks/start", {"payload": {"title": "hers"}}, token=tokens["ann"])
    first = first.json()["run_id"]
    rig.eventually(lambda: (service.run(first)["waiting"] or {}).get("reason") == "approval", 20)
    service.must("cancel", first)
    service.ended(first)
    second = retry(service, retry_of_cancelled(service, first))
    rig.eventually(lambda: (service.run(second)["waiting"] or {}).get("reason") == "approval", 20)
    reply = {"answer": "approve", "commitment": service.http("GET", "/api/approvals/" + second).json()["commitment"]}
    checks.equal("not by who started the first one",
                 service.http("POST", "/api/approvals/" + second, reply, token=tokens["ann"]).status, 403)
    checks.equal("but by another", service.http("POST", "/api/approvals/" + second, reply, token=tokens["bob"]).status, 204)
    checks.equal("then it leaves", service.ended(second)["state"], "succeeded")
    other.calls = [call for call in other.calls if call[0] != "/pay"]
    # A child run keeps what it was given.
    other.status["/pay"] = 500
    parent = start(service, "parent", {"title": "handed"})
    service.ended(parent)
    child = [line for line in service.log(parent) if line["event"] == "handed-over"][0]["other_run"]
    checks.equal("a child fails", service.ended(child)["state"], "failed")
    other.status["/pay"] = 200
    for beginning in ("failed-step", "start"):
        new = retry(service, child, "--from", beginning)
        checks.equal("a child is repeated from %s" % beginning, service.ended(new)["state"], "succeeded")
    checks.equal("with what it was given", other.bodies("/pay"), [{"title": "handed"}] * 3)


def retry_of_cancelled(service, run):
    new = retry(service, run)
    rig.eventually(lambda: (service.run(new)["waiting"] or {}).get("reason") == "approval", 20)
    service.must("cancel", new)
    service.ended(new)
    return new


def killed(checks, service, other):
    """Killed right after the order: the new run is there once, and goes on."""
    other.status["/post"] = 500
    old = start(service, "two-steps", {"title": "killed"})
    service.ended(old)
    opened, posted = len(other.at("/open")), len(other.at("/post"))
    other.status["/post"] = 200
    answer = service.http("POST", "/api/runs/%s/retry" % old, {"from": "failed-step"})
    service.kill()
    service.start()
    new = answer.json()["run_id"]
    checks.equal("after a kill it goes on", service.ended(new, 30)["state"], "succeeded")
    checks.equal("there is one", [each["id"] for each in service.runs() if each["retry_of"] == old], [new])
    checks.equal("nothing before the failed step is done again", len(other.at("/open")), opened)
    keys = {call[2]["idempotency-key"] for call in other.at("/post")[posted:]}
    checks.equal("and what is sent twice has one key", len(keys), 1)


def pauses(checks, service, other):
    before = len(other.at("/slow"))
    other.gate.clear()
    first = start(service, "line", {"title": 0})
    rig.eventually(lambda: len(other.at("/slow")) == before + 1, 20)
    opened = len(other.at("/open"))
    said = service.must("runbook", "pause", "line")
    checks.check("it says so", "paused" in said, said)
    rest = [start(service, "line", {"title": number}) for number in (1, 2, 3)]
    other.gate.set()
    checks.check("the call that is out is recorded", rig.eventually(
        lambda: "call-answered" in [line["event"] for line in service.log(first)], 20))
    checks.check("the run waits at its next step", rig.eventually(
        lambda: (service.run(first)["waiting"] or {}).get("reason") == "paused", 20))
    checks.equal("so do the others", {(service.run(each)["state"], service.run(each)["waiting"]["reason"])
                                     for each in rest}, {("queued", "paused")})
    figures = service.http("GET", "/api/runbooks/line/stats").json()
    checks.equal("the figures say so", (figures["is_paused"], figures["runs_waiting"]), (True, 3))
    checks.check("the list says so", "active, paused" in service.must("runbooks"))
    service.kill()
    service.start()
    checks.equal("after a kill too", service.run(first)["waiting"]["reason"], "paused")
    rest.append(start(service, "line", {"title": 4}))
    checks.equal("a start is taken", service.run(rest[-1])["state"], "queued")
    service.must("cancel", rest[1])
    checks.equal("one that waits can be cancelled", service.ended(rest[1], 20)["state"], "cancelled")
    checks.equal("nothing has left", (len(other.at("/open")), len(other.at("/slow"))), (opened, before + 1))
    service.must("runbook", "resume", "line")
    states = [service.ended(each, 30)["state"] for each in [first, rest[0], rest[2], rest[3]]]
    checks.equal("then all go on", states, ["succeeded"] * 4)
    checks.equal("in their order", [body["title"] for body in other.bodies("/open")[opened:]], [0, 1, 3, 4])
    checks.equal("each call once", [body["title"] for body in other.bodies("/slow")[before:]], [0, 1, 3, 4])


def single(checks, service, other):
    """One run is paused, held across a kill, and goes on; others are not."""
    paused = lambda run: (service.run(run)["waiting"] or {}).get("reason") == "paused"
    other.gate.clear()
    slow, opened = len(other.at("/slow")), len(other.at("/open"))
    first = start(service, "line", {"title": 10})
    rig.eventually(lambda: len(other.at("/slow")) == slow + 1, 20)
    said = service.must("pause", first)
    checks.check("a run is paused", "is paused" in said, said)
    second = start(service, "line", {"title": 11})
    other.gate.set()
    checks.check("the call that is out is recorded", rig.eventually(
        lambda: "call-answered" in [line["event"] for line in service.log(first)], 20))
    found = service.run(first)
    checks.equal("it is running, and waits for nobody but us", (found["state"], paused(first), found["waiting"]["until"]), ("running", True, None))
    checks.check("it says since when and by whom", found["paused_at"] and found["paused_by"], found)
    checks.check("so does its log", "paused since" in service.must("log", first) and "paused since" in service.must("log", first, "--tree"))
    checks.check("and the list", "waiting: paused" in service.must("runs", "--paused") and second not in service.must("runs", "--paused"))
    figures = service.http("GET", "/api/runbooks/line/stats").json()
    checks.equal("and the figures", (figures["is_paused"], figures["runs_paused"], figures["runs_waiting"]), (False, 1, 1))
    metrics = service.http("GET", "/metrics").body.decode()
    checks.check("and the gauges", "chancery_runs_paused 1" in metrics)
    checks.equal("in series mode it holds the line", service.run(second)["state"], "queued")
    free = start(service, "two-steps", {"title": "free"})
    checks.equal("another runbook's run goes on", service.ended(free, 20)["state"], "succeeded")
    opened += 1
    service.kill()
    service.start()
    checks.check("after a kill it is paused", rig.eventually(lambda: paused(first), 10), service.run(first))
    checks.equal("and nothing has left", (len(other.at("/open")), len(other.at("/slow"))), (opened, slow + 1))
    service.must("pause", first)
    said = service.must("resume", first)
    checks.check("it is resumed", "is not paused" in said, said)
    checks.equal("it goes on where it was", [service.ended(each, 30)["state"] for each in (first, second)], ["succeeded"] * 2)
    checks.equal("each call once", [body["title"] for body in other.bodies("/slow")[slow:]], [10, 11])
    checks.equal("it is paused no more", (service.run(first)["paused_at"], service.run(first)["waiting"]), (None, None))
    for verb in ("pause", "resume"):
        checks.equal("%s of a run that is over" % verb, service.http("POST", "/api/runs/%s/%s" % (first, verb)).status, 409)
    queued(checks, service, other, paused)
    slept(checks, service, other, paused)
    relayed(checks, service, other, paused)
    rights_of_pauses(checks, service, other)


def queued(checks, service, other, paused):
    """One that has not begun is passed by others, and can be cancelled where it stands."""
    other.gate.clear()
    slow = len(other.at("/slow"))
    runs = [start(service, "line", {"title": 20 + number}) for number in range(4)]
    rig.eventually(lambda: len(other.at("/slow")) == slow + 1, 20)
    for each in runs[1:3]:
        service.must("pause", each)
    other.gate.set()
    checks.equal("others pass a paused run that has not begun", service.ended(runs[3], 20)["state"], "succeeded")
    checks.equal("it stands", [(service.run(each)["state"], paused(each)) for each in runs[1:3]], [("queued", True)] * 2)
    service.must("cancel", runs[1])
    checks.equal("a paused run can be cancelled", service.ended(runs[1], 20)["state"], "cancelled")
    service.kill()
    service.start()
    service.must("resume", runs[2])
    checks.equal("the other one goes on", service.ended(runs[2], 20)["state"], "succeeded")
    checks.equal("in this order", [body["title"] for body in other.bodies("/slow")[slow:]], [20, 23, 22])


def sleeps_again(checks, service):
    """A repetition of a run that was cancelled in its sleep sleeps for the whole time again."""
    def until(run):
        rig.eventually(lambda: (service.run(run)["waiting"] or {}).get("reason") == "sleep", 20)
        return service.run(run)["waiting"]["until"]

    old = start(service, "nap", {"title": 50})
    before = until(old)
    time.sleep(1.5)
    service.must("cancel", old)
    checks.equal("a run that sleeps is cancelled", service.ended(old, 20)["state"], "cancelled")
    new = retry(service, old)
    checks.check("its repetition sleeps anew", until(new) > before, before)
    service.must("cancel", new)
    checks.equal("and is cancelled too", service.ended(new, 20)["state"], "cancelled")


def slept(checks, service, other, paused):
    """Sleeps and approvals go on while a run is paused; what they let go on, stays."""
    opened = len(other.at("/open"))
    run = start(service, "nap", {"title": 30})
    rig.eventually(lambda: (service.run(run)["waiting"] or {}).get("reason") == "sleep", 20)
    until = service.run(run)["waiting"]["until"]
    service.must("pause", run)
    checks.check("a run that sleeps is paused", paused(run))
    service.kill()
    service.start()
    now = lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 2))
    checks.check("its time comes", rig.eventually(lambda: now() > until, 30))
    checks.equal("and it begins nothing", (paused(run), len(other.at("/open"))), (True, opened))
    asked = start(service, "asks", {"title": 31})
    rig.eventually(lambda: (service.run(asked)["waiting"] or {}).get("reason") == "approval", 20)
    paid = len(other.at("/pay"))
    service.must("pause", asked)
    token = service.http("POST", "/v1/auth/userpass/login/olga", {"password": "a good password"}, token=None).json()["auth"]["client_token"]
    question = service.http("GET", "/api/approvals/" + asked, token=token).json()
    answer = service.http("POST", "/api/approvals/" + asked, {"answer": "approve", "commitment": question["commitment"]}, token=token)
    checks.equal("a paused run takes an approval", answer.status, 204)
    service.kill()
    service.start()
    checks.equal("and does not go on by it", (paused(asked), len(other.at("/pay"))), (True, paid))
    for each in (run, asked):
        service.must("resume", each)
    checks.equal("both go on", [service.ended(each, 20)["state"] for each in (run, asked)], ["succeeded"] * 2)
    checks.equal("each call once", (len(other.at("/open")), len(other.at("/pay"))), (opened + 1, paid + 1))


def relayed(checks, service, other, paused):
    """A run that is paused, or cancelled, while it hands over: what it starts is, so that the chain stands."""
    links = lambda: [each for each in service.runs() if each["runbook_id"] == "relay"]
    for verb, status in (("pause", 200), ("cancel", 202)):
        taken = 0
        for title in range(40):
            before = {each["id"] for each in links()}
            start(service, "relay", {"title": title})
            while True:
                open_ones = [each["id"] for each in links() if each["id"] not in before and not each["ended_at"]]
                if not open_ones:
                    break
                if service.http("POST", "/api/runs/%s/%s" % (open_ones[0], verb), {}).status == status:
                    taken += 1
                    break
            else:
                continue
            own = lambda: [each for each in links() if each["id"] not in before]
            stands = lambda: paused(own()[0]["id"]) if verb == "pause" else own()[0]["state"] == "cancelled"
            if open_ones and not rig.eventually(stands, 5):
                checks.check("a %s stops the chain" % verb, False, own()[:3])
                return
            length, opened = len(own()), len(other.at("/open"))
            time.sleep(0.1)
            if (len(own()), len(other.at("/open"))) != (length, opened):
                checks.check("a %s holds the chain" % verb, False, own()[:3])
                return
            service.http("POST", "/api/runs/%s/cancel" % own()[0]["id"], {})
            rig.eventually(lambda: all(each["ended_at"] for each in own()), 10)
            if taken == 8:
                break
        checks.check("a %s of a run that hands over holds for what it starts, eight times" % verb, taken == 8, taken)


def rights_of_pauses(checks, service, other):
    """As those of `cancel`, and on record as that is."""
    run = start(service, "nap", {"title": 40})
    for policy, status in (("operator", 200), ("log-viewer", 403)):
        token = service.must("token", "create", "--policy", policy).split()[0]
        found = [service.http("POST", "/api/runs/%s/%s" % (run, verb), {}, token=token).status for verb in ("pause", "resume")]
        checks.equal("a %s pauses runs as he cancels them" % policy, found, [status] * 2)
    service.must("cancel", run)
    lines = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    entries = [json.loads(line) for line in lines if "runs/" + run in line]
    found = sorted((entry["action"], entry["outcome"]) for entry in entries if entry["kind"] == "run-event")
    checks.equal("the ledger says so", found, [("cancel", "ok"), ("pause", "ok"), ("resume", "ok")])


if __name__ == "__main__":
    rig.main(run)
