#!/usr/bin/env python3
"""Dry runs and replays, over the real binary, with another side that counts: nothing may reach it.

    python3 Tests/Black/dryrun.py BINARY
"""

import json
import os
import sqlite3
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INTEGRATION = """
integration: other
base_url: %s
auth: { type: bearer, token: { secret: kv/other#token } }
methods:
  open: { request: POST /open, body: { json: '{"title": <<title>>}' }, outputs: { number: "response^number" } }
  open-any: { request: POST /open, body: { json: '{}' } }
  post: { request: POST /post, headers: { X-Note: { encrypt: true } }, body: { json: '{"number": <<number>>, "secret": <<hidden>>}' } }
  item: { request: POST /item, body: { json: '{"item": <<item>>}' } }
  plain: { request: GET /plain }
---
integration: elsewhere
base_url: http://127.0.0.1:9
methods:
  call: { request: GET /nothing }
---
integration: tokens
base_url: %s
auth: { type: oauth2, grant: client_credentials, token_url: "%s/token", client_id: me, client_secret: { secret: kv/other#client } }
methods:
  call: { request: GET /with-token }
"""

RUNBOOKS = """
runbook: two-steps
variables: { title: { from: "<<request^title>>" }, number: {}, hidden: { encrypt: true, default: "HIDDEN" }, count: { default: 0, persist: true } }
on_failure: { disable_after: 1, notify: true, webhook: { url: "%s/failed", key: kv/hook#key } }
steps:
  open: { method: other/open, then: big, else: failed }
  big: { condition: { left: number, op: greater, right: 40 }, then: rest, else: failed }
  rest: { sleep: 2h, then: post }
  post: { method: other/post, approval: { required: 2, expires: 1h }, then: hand, else: failed }
  hand: { start_runbook: child, variables: { item: number }, else: failed }
  failed: { end: failure }
---
runbook: child
variables: { item: {} }
steps:
  one: { method: other/item, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: gives
variables: { title: { from: "<<request^title>>" }, number: {} }
steps:
  open: { method: other/open, then: hand, else: failed }
  hand: { start_runbook: child, variables: { item: number }, else: failed }
  failed: { end: failure }
---
runbook: loop
variables: { item: {} }
steps:
  each: { iterate: "<<request^list>>", outputs: { item: response }, then: one, else: failed }
  one: { method: other/item, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: blocked
steps:
  call: { method: elsewhere/call, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: with-token
steps:
  call: { method: tokens/call, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: simple
variables: { title: { from: "<<request^title>>" }, number: {} }
steps:
  open: { method: other/open, then: big, else: failed }
  big: { condition: { left: number, op: greater, right: LIMIT }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

TOKEN, NOTE, HIDDEN, CLIENT = "bearer-token-8812", "an-encrypted-note-4711", "a-hidden-default-3344", "client-secret-9931"


class Other:
    def __init__(self):
        self.calls = []
        self.released = threading.Event()
        self.refuses = True
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        self.calls.append((received.target, received.body))
        if received.target == "/late":
            self.released.wait(20)
        if self.refuses and received.target == "/busy/token":
            return 503, b"<html>down for a moment</html>"
        if self.refuses and received.target == "/denying/token":
            return 400, {"error": "invalid_client", "error_description": "not this one"}
        return 200, {"number": 41, "access_token": "t", "token_type": "bearer"}


def run(checks, binary, folder):
    other = Other()
    url = "http://127.0.0.1:%d" % other.server.port
    sources = os.path.join(folder, "sources")
    os.mkdir(sources)
    with sqlite3.connect(os.path.join(sources, "people.db")) as database:
        database.executescript("create table people (id integer, team text, mail text); insert into people values (7, 'ops', 'bob@example.org')")
    service = rig.Service(
        binary, folder, allow=("127.0.0.1:%d" % other.server.port,), arguments=("--dev", "--sqlite-folder", sources)).start()
    service.must("kv", "put", "kv/other", "token=" + TOKEN, "client=" + CLIENT)
    service.must("kv", "put", "kv/hook", "key=whsec_" + "a" * 44)
    service.must("import", rig.write(folder, "other.yaml", INTEGRATION % (url, url, url)))
    documents = (RUNBOOKS % url).replace("HIDDEN", HIDDEN)
    service.must("import", rig.write(folder, "all.yaml", documents.replace("LIMIT", "40")))
    service.must("set", "other/post", "header", "X-Note", input=NOTE + "\n")
    for name in ("two-steps", "child", "loop", "with-token", "simple"):
        service.must("grant", name)
    unanswered(checks, service, other)
    answered(checks, service, other, folder)
    guarded(checks, service, other)
    by_recording(checks, service, other, folder, documents)
    recorded_failures(checks, service, other, folder)
    recorded_refusals(checks, service, other, folder)
    guesses(checks, service)
    secret_questions(checks, service, folder)
    rights(checks, service)
    at_once(checks, service)
    statements_and_keys(checks, service, other, folder)
    beginnings_and_ends(checks, service, folder)
    kept_beginnings(checks, service, folder)
    service.kill()
    service.start()
    kept = [run for run in service.runs() if run["is_dry"]]
    checks.check("dry runs are there after a kill, all ended", kept and all(run["ended_at"] for run in kept))
    checks.equal("it ends when asked to", service.stop(), 0)
    other.server.stop()


def dry(service, name, *arguments, payload=None):
    body = {} if payload is None else {"payload": payload}
    for key, value in zip(arguments[::2], arguments[1::2]):
        body[key] = value
    return service.http("POST", "/api/runbooks/%s/dry-run" % name, body)


def unanswered(checks, service, other):
    answer = dry(service, "two-steps", payload={"title": "disk"})
    checks.equal("a dry run answers when it has ended", answer.status, 200)
    run = answer.json()["run_id"]
    found = service.run(run)
    checks.equal("without answers it takes the failure edge",
                 (found["state"], found["failure"], found["is_dry"]), ("failed", "end", True))
    log = service.log(run)
    failed = [line for line in log if line["event"] == "call-failed"]
    checks.equal("with this reason", [line["reason"] for line in failed], ["dry-run"])
    checks.check("the request is shown as it would be sent", failed[0]["request"]["url"].endswith("/open")
                 and failed[0]["request"]["body"] == '{"title": "disk"}', failed)
    checks.check("the log says what it is", log[0].get("dry_run") is True and log[-1].get("dry_run") is True)
    checks.check("so does the list", "dry run" in service.must("runs"))
    nothing_happened(checks, service, other)


def answered(checks, service, other, folder):
    answers = {"open": {"status": 200, "body": {"number": 44}}, "post": {"body": {}}, "one": {"text": "fine"}}
    path = rig.write(folder, "answers.json", json.dumps(answers))
    payload = rig.write(folder, "payload.json", '{"title": "disk"}')
    said = service.must("run", "two-steps", "--dry-run", "--input", payload, "--responses", path)
    checks.check("the command shows it", "nothing has left" in said and "POST" in said and "succeeded" in said, said)
    for secret in (TOKEN, NOTE, HIDDEN):
        checks.check("no secret is shown", secret not in said)
    run = said.split("dry run ")[1].split(":")[0]
    events = [line["event"] for line in service.log(run)]
    checks.equal("the way of the answers", events, [
        "started", "call-intended", "call-answered", "condition-decided", "wait-elapsed", "approval-asked",
        "approval-given", "approval-given", "call-intended", "call-answered", "handed-over", "ended"])
    given = [line["login"] for line in service.log(run) if line["event"] == "approval-given"]
    checks.check("approvals are noted as none", all("dry run" in name for name in given), given)
    child = [line for line in service.log(run) if line["event"] == "handed-over"][0]["other_run"]
    found = service.run(child)
    checks.equal("the child ran dry too", (found["state"], found["is_dry"], found["trigger"]),
                 ("succeeded", True, "runbook"))
    shown = [line for line in service.log(child) if line["event"] == "call-answered"][0]["request"]["body"]
    checks.equal("with what it was handed", shown, '{"item": 44}')
    looped = dry(service, "loop", "responses", {"one/1": {"body": 1}, "one/2": {"status": 503}}, payload={"list": [5, 6]})
    reasons = [line.get("reason") for line in service.log(looped.json()["run_id"]) if line["event"] == "call-failed"]
    checks.equal("answers by visit", reasons, ["status 503"])
    for wrong in ([], {"one": 5}, {"one": {"status": 7}}, {"one": {"other": 1}}):
        checks.equal("answers that are none", dry(service, "loop", "responses", wrong).status, 400)
    nothing_happened(checks, service, other)


def guarded(checks, service, other):
    run = dry(service, "blocked", "responses", {"call": {"body": 1}}).json()["run_id"]
    reasons = [line.get("reason") for line in service.log(run) if line["event"] == "call-failed"]
    checks.equal("the guard decides as always", reasons, ["blocked"])
    run = dry(service, "with-token", "responses", {"call": {"body": 1}}).json()["run_id"]
    checks.equal("no token is fetched", service.run(run)["state"], "succeeded")
    nothing_happened(checks, service, other)


def nothing_happened(checks, service, other):
    checks.equal("nothing has reached the other side", other.calls, [])
    figures = service.http("GET", "/api/runbooks/two-steps/stats").json()
    checks.equal("no figure, no streak", (figures["runs_last_day"], figures["average_steps_executed"],
                                         figures["failures_in_a_row"]), (0, None, 0))
    checks.equal("nothing is to be told", service.http("GET", "/api/outbox").json()["items"], [])
    checks.check("nothing is disabled", service.http("GET", "/api/runbooks/two-steps").json()["is_active"])
    checks.equal("no call is logged", service.http("GET", "/api/methods/other/open/requests").json()["requests"], [])


def by_recording(checks, service, other, folder, documents):
    real = service.http("POST", "/api/runbooks/simple/start", {"payload": {"title": "real"}}).json()["run_id"]
    checks.equal("a real run", service.ended(real)["state"], "succeeded")
    sent = len(other.calls)
    run = dry(service, "simple", "replay", real, payload={"title": "real"}).json()["run_id"]
    checks.equal("answers of a run that was", service.run(run)["state"], "succeeded")
    checks.equal("not those of another runbook's", dry(service, "loop", "replay", real).status, 409)
    checks.equal("nor of none", dry(service, "simple", "replay", "0" * 26).status in (400, 404), True)
    said = service.must("replay", real)
    checks.check("a replay decides the same", "the same" in said, said)
    failed = service.http("POST", "/api/runbooks/loop/start", {"payload": {"list": [1, 2, 3]}}).json()["run_id"]
    service.ended(failed)
    sent = len(other.calls)
    checks.check("of an iteration too", "the same" in service.must("replay", failed))
    # Another limit: the condition is decided otherwise.
    changed = documents.replace("LIMIT", "99")
    only = "runbook: simple" + changed.split("runbook: simple")[1]
    service.must("import", "--into", "simple", rig.write(folder, "changed.yaml", only))
    code, said, _ = service.cli("replay", real)
    checks.check("with another document it says where it differs first",
                 code == 1 and "condition-decided of `big`" in said and "not met" in said, said)
    checks.check("not with the documents of that time", "the same" in service.must("replay", real, "--pinned"))
    token = service.must("token", "create", "--policy", "operator").split()[0]
    answer = service.http("POST", "/api/runs/%s/replay" % real, {}, token=token)
    checks.check("whoever may not grant asks no new question about a run",
                 answer.status == 403 and b"capability grant" in answer.body, answer.body)
    checks.equal("but the old ones", service.http(
        "POST", "/api/runs/%s/replay" % real, {"pinned": True}, token=token).json()["same"], True)
    answer = service.http("POST", "/api/runbooks/simple/dry-run", {"replay": real}, token=token)
    checks.check("nor by a dry run over its answers",
                 answer.status == 403 and b"capability grant" in answer.body, answer.body)
    report = service.http("POST", "/api/runs/%s/replay" % real, {}).json()
    checks.equal("the answer names it", (report["same"], report["difference"]["step"]), (False, "big"))
    checks.equal("nothing was sent for any of it", len(other.calls), sent)
    given = service.http("POST", "/api/runbooks/gives/start", {"payload": {"title": "given"}}).json()["run_id"]
    service.ended(given)
    rig.eventually(lambda: all(each["ended_at"] for each in service.runs()), 20)
    run = dry(service, "gives", "replay", given, payload={"title": "given"}).json()["run_id"]
    child = [line for line in service.log(run) if line["event"] == "handed-over"][0]["other_run"]
    checks.equal("a runbook that is started gets no recorded answer", service.run(child)["state"], "failed")
    only = "runbook: child" + documents.split("runbook: child\n")[1].split("---")[0].replace("variables", "\nvariables", 1)
    service.must("import", "--into", "child", rig.write(folder, "child.yaml", only.replace("else: failed", "else: done")))
    answer = service.http("POST", "/api/runbooks/gives/dry-run", {"replay": given}, token=token)
    checks.check("nor is it handed anything once it was changed, but by who may grant",
                 answer.status == 403 and b"api/runbooks/child/grants" in answer.body, answer.body)
    checks.equal("who does", dry(service, "gives", "replay", given, payload={"title": "given"}).status, 200)
    service.must("import", "--into", "child", rig.write(folder, "child.yaml", only))
    service.must("runs", "delete", real)
    checks.equal("a shredded run is not replayed", service.cli("replay", real)[0], 1)


NO_ANSWER = """
integration: silent
base_url: %s
methods:
  call: { request: GET /late, timeout: 1s }
---
runbook: unanswered
steps:
  call: { method: silent/call, retry: { attempts: 2, backoff: 1s, retry_on: [timeout] }, then: done, else: why }
  why: { condition: { left: failure^reason, op: equals, right: timeout }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


NO_TOKEN = """
integration: busy
base_url: URL
auth: { type: oauth2, token_url: "URL/busy/token", client_id: me, client_secret: { secret: kv/other#client } }
methods:
  call: { request: GET /never }
---
integration: denying
base_url: URL
auth: { type: oauth2, token_url: "URL/denying/token", client_id: me, client_secret: { secret: kv/other#client } }
methods:
  call: { request: GET /never }
---
runbook: tokenless
steps:
  busy: { method: busy/call, retry: { attempts: 2, backoff: 1s, retry_on: [5xx] }, then: failed, else: is-busy }
  is-busy: { condition: { left: failure^reason, op: equals, right: token status 503 }, then: denied, else: failed }
  denied: { method: denying/call, retry: { attempts: 2, backoff: 1s, retry_on: [5xx] }, then: failed, else: is-denied }
  is-denied: { condition: { left: failure^reason, op: equals, right: token invalid_client }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def recorded_refusals(checks, service, other, folder):
    """That there was no token is recorded as well, and decides the same way again, whatever the server would say by now."""
    service.must("import", rig.write(folder, "tokenless.yaml", NO_TOKEN.replace("URL", "http://127.0.0.1:%d" % other.server.port)))
    service.must("grant", "tokenless")
    real = service.http("POST", "/api/runbooks/tokenless/start", {"payload": {}}).json()["run_id"]
    checks.equal("a run that gets no token goes on by its failure edges", service.ended(real, 60)["state"], "succeeded")
    decisive = lambda run: [(line["event"], line.get("step"), line.get("reason"), line.get("met")) for line in service.log(run)
                            if line["event"] in ("call-failed", "condition-decided", "ended")]
    checks.equal("which are recorded with the server's answer, and each repetition",
                 [entry[1:3] for entry in decisive(real) if entry[0] == "call-failed"],
                 [("busy", "token status 503")] * 2 + [("denied", "token invalid_client")])
    tokens = [target for target, _ in other.calls if target.endswith("/token")]
    checks.equal("the server was asked for each", tokens, ["/busy/token"] * 2 + ["/denying/token"])
    other.refuses, sent = False, len(other.calls)
    said = service.must("replay", real)
    checks.check("a replay decides the same without a token", "the same" in said, said)
    checks.check("and with the documents of that time", "the same" in service.must("replay", real, "--pinned"))
    again = dry(service, "tokenless", "replay", real, payload={}).json()["run_id"]
    checks.equal("a dry run over the refusals goes the same way", decisive(again), decisive(real))
    checks.equal("and nobody was asked for a token", len(other.calls), sent)


def recorded_failures(checks, service, other, folder):
    """That no answer came is recorded as an answer is."""
    service.must("import", rig.write(folder, "unanswered.yaml", NO_ANSWER % ("http://127.0.0.1:%d" % other.server.port)))
    service.must("grant", "unanswered")
    real = service.http("POST", "/api/runbooks/unanswered/start", {"payload": {}}).json()["run_id"]
    checks.equal("a run whose calls have no answer", service.ended(real, 60)["state"], "succeeded")
    reasons = lambda run: [(line["event"], line.get("reason")) for line in service.log(run)
                           if line["event"] in ("call-failed", "condition-decided", "ended")]
    checks.equal("takes the failure edge for it", [pair[1] for pair in reasons(real) if pair[0] == "call-failed"], ["timeout"] * 2)
    sent = len(other.calls)
    run = dry(service, "unanswered", "replay", real, payload={}).json()["run_id"]
    checks.equal("a dry run over it goes the same way", reasons(run), reasons(real))
    checks.equal("and sends nothing", len(other.calls), sent)
    other.released.set()


def guesses(checks, service):
    """An answer that somebody gives is his own input: it tells him no more of secrets than a payload does."""
    body = {"number": 44, "guesses": ["wonder"] + [HIDDEN] * 80}
    run = dry(service, "two-steps", "responses", {"open": {"body": body}}, payload={"title": "x"}).json()["run_id"]
    shown = [line for line in service.log(run) if line["event"] == "call-answered"][0]["response"]["body"]
    checks.check("guesses in a given answer are withheld as such", "the input names many secrets" in shown
                 and "wonder" not in shown, shown[:300])


HIDES = """
runbook: hides
variables: { pin: { encrypt: true, from: "<<request^pin>>"%s } }
steps:
  done: { end: success }
"""

COLLECTS = """
runbook: collects
variables: { item: {}, code: { encrypt: true } }
steps:
  each: { iterate: "<<request^list>>", outputs: { item: response }, then: one, else: failed }
  one: { method: other/open-any, outputs: { code: "response^number" }, then: next, else: failed }
  next: { next: each, then: done }
  done: { title: Collected %d, end: success }
  failed: { end: failure }
"""


def secret_questions(checks, service, folder):
    """Of secret values a replay says that something differs, not what; and each question costs a bit."""
    service.must("import", rig.write(folder, "hides.yaml", HIDES % ""))
    run = service.http("POST", "/api/runbooks/hides/start", {"payload": {"pin": "0037"}}).json()["run_id"]
    service.ended(run)
    service.must("import", "--into", "hides", rig.write(
        folder, "hides.yaml", HIDES % ', value_mappings: { "0037": "other" }'))
    difference = service.http("POST", "/api/runs/%s/replay" % run, {}).json()["difference"]
    checks.equal("a secret value differs, and no more is told",
                 (difference["recorded"], difference["now"]), ("a value", "differs"))
    service.must("import", rig.write(folder, "collects.yaml", COLLECTS % 1))
    runs = {}
    for count in (3, 12):
        payload = {"list": list(range(count))}
        runs[count] = service.http("POST", "/api/runbooks/collects/start", {"payload": payload}).json()["run_id"]
        checks.equal("a run that sets secret values", service.ended(runs[count])["state"], "succeeded")
    service.must("import", "--into", "collects", rig.write(folder, "collects.yaml", COLLECTS % 2))
    checks.equal("a few questions are answered",
                 service.http("POST", "/api/runs/%s/replay" % runs[3], {}).json()["difference"], None)
    difference = service.http("POST", "/api/runs/%s/replay" % runs[12], {}).json()["difference"]
    checks.equal("when the bits are spent it ends", (difference or {}).get("now"), "declassification-limit")
    checks.check("not so over the documents of then", "the same" in service.must("replay", runs[12], "--pinned"))


def at_once(checks, service):
    """Each dry run holds all of its events: only a few are under way at once."""
    service.must("import", rig.write(service.home, "turns.yaml", """
runbook: turns
steps:
  a: { method: other/open-any, then: a, else: failed }
  failed: { end: failure }
"""))
    body = {"responses": {"a": {"body": {"number": 1, "x": "y" * 400_000}}}}
    statuses = []

    def one():
        statuses.append(service.http("POST", "/api/runbooks/turns/dry-run", body).status)

    threads = [threading.Thread(target=one) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    checks.check("more than a few dry runs at once are turned away", 503 in statuses and 200 in statuses
                 and set(statuses) == {200, 503}, statuses)
    checks.equal("afterwards there is room", dry(service, "blocked").status, 200)


def rights(checks, service):
    service.must("user", "put", "vera", "--policy", "log-viewer", input="a good password\n")
    token = service.http("POST", "/v1/auth/userpass/login/vera", {"password": "a good password"},
                         token=None).json()["auth"]["client_token"]
    checks.equal("who may not start may not try out",
                 service.http("POST", "/api/runbooks/simple/dry-run", {}, token=token).status, 403)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    checks.check("the ledger has dry runs", sum('"dry-run"' in line for line in entries) >= 5)
    checks.check("and replays", any('"replay"' in line and "differs at event" in line for line in entries))


LOOKS_UP = """
data_source: crm
sqlite: people.db
---
runbook: looks-up
variables: { team: { from: "<<request^team>>" }, mail: {}, proof: {}, version: {}, sealed: {}, item: {} }
steps:
  find: { sql: crm, query: "select id, mail from people where team = <<team>>", outputs: { mail: "response[0]^mail" }, then: sign, else: failed }
  sign: { sign: { named: deploy }, message: "<<mail>>", outputs: { proof: response^signature, version: response^key_version }, then: check, else: failed }
  check: { verify: { named: deploy }, message: "<<mail>>", signature: "<<proof>>", then: seal, else: forged }
  seal: { encrypt: { named: data }, message: "<<mail>>", outputs: { sealed: response^ciphertext }, then: open, else: failed }
  open: { decrypt: { named: data }, ciphertext: "<<sealed>>", outputs: { item: response^plaintext }, then: big, else: failed }
  big: { condition: { left: team, op: has_value }, then: tell, else: failed }
  tell: { method: other/item, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
  forged: { end: failure }
"""

SIGNED, SEALED, PLAIN = "given-signature-5512", "given-ciphertext-6623", "given-plaintext-7734"
GIVEN = {
    "find": {"body": [{"id": 1, "mail": "ann@example.org"}]}, "sign": {"body": {"signature": SIGNED, "key_version": 3}},
    "check": {"body": {"valid": True}}, "seal/1": {"body": {"ciphertext": SEALED}}, "open": {"body": {"plaintext": PLAIN}},
    "tell": {"body": {}}}


def statements_and_keys(checks, service, other, folder):
    """Answers for statements and steps of keys: taken as if they had come, and nothing reaches a database or a key."""
    before = len(other.calls)
    for key, kind in (("deploy", "ed25519"), ("data", "aes256-gcm96")):
        service.must("key", "create", key, "--type", kind)
    source, runbook = LOOKS_UP.split("---")
    service.must("import", rig.write(folder, "source.yaml", source))
    author = service.must("token", "create", "--policy", "runbook-author").split()[0]
    answer = service.http("POST", "/api/import", {"files": [{"name": "f.yaml", "text": runbook}]}, token=author)
    checks.equal("an author imports it", answer.status, 200)
    start = lambda answers: dry(service, "looks-up", "responses", answers, payload={"team": "ops"}).json()["run_id"]
    last = lambda run: [line.get("reason") for line in service.log(run) if line["event"] in ("call-failed", "step-failed")][-1:]
    checks.equal("no right to a key, no answer of it", last(start(GIVEN)), ["not-granted"])
    service.must("grant", "looks-up")
    checks.equal("a statement without an answer", last(start({})), ["dry-run"])
    checks.equal("a step of a key without an answer", last(start({"find": GIVEN["find"]})), ["dry-run"])
    run = start(GIVEN)
    checks.equal("with them it goes its way", [line["event"] for line in service.log(run)], [
        "started", "call-intended", "call-answered", "performed", "performed", "performed", "performed", "condition-decided",
        "call-intended", "call-answered", "ended"])
    checks.equal("to its end", service.run(run)["state"], "succeeded")
    shown = json.dumps(service.log(run))
    checks.equal("and hides what keys make, as it would", [each for each in (SIGNED, SEALED, PLAIN) if each in shown], [])
    for answer, name, reason, state in (
            ({"failure": "sql 23505"}, "find", "sql 23505", "failed"), ({"failure": "timeout"}, "find", "timeout", "failed"),
            ({"body": {"valid": False}}, "check", "not-verified", "failed"), ({"failure": "not-verified"}, "open", "not-verified", "failed"),
            ({"failure": "tls"}, "tell", "tls", "failed"), ({"failure": "disconnected"}, "tell", "disconnected", "failed"),
            ({"failure": "disconnected"}, "find", "disconnected", "failed"),
            ({"failure": "token invalid_client"}, "tell", "token invalid_client", "failed")):
        run = start({**GIVEN, name: answer})
        checks.equal("a failure that is given: %s, %s" % (name, reason), (last(run), service.run(run)["state"]), ([reason], state))
    run = start({**GIVEN, "find": {"body": []}})
    checks.equal("outputs of rows that are not there", last(run), ["unresolved"])
    for answers, said in (
            ({"PLANTED-NAME": {"body": 1}}, "neither in the runbook"), ({"find/0": GIVEN["find"]}, "neither in the runbook"),
            ({"big": {"body": 1}}, "takes no answer"), ({"find": {"body": {"id": 1}}}, "an array with an object for each row"),
            ({"find": {"body": [1]}}, "for each row"), ({"find": {"status": 200, "body": []}}, "`body` alone"),
            ({"find": {"failure": "not-verified"}}, "the database's code"), ({"sign": {"body": {"ciphertext": "x"}}}, "the text `signature`"),
            ({"sign": {"body": {"signature": "x", "key_version": 0}}}, "key_version"), ({"sign": {"text": "x"}}, "the text `signature`"),
            ({"check": {"body": True}}, "valid"), ({"open": {"body": {"plaintext": "x", "key_version": 1}}}, "the text `plaintext`"),
            ({"tell": {"body": 1, "text": "x"}}, "or `text`"), ({"tell": {"failure": "PLANTED-NAME"}}, "timeout"),
            ({"tell": {"failure": "token PLANTED-NAME"}}, "why there is no token"),
            ({"find": {"failure": "token invalid_client"}}, "the database's code"),
            ({"tell": {"failure": "tls", "status": 200}}, "alone")):
        answer = dry(service, "looks-up", "responses", answers, payload={"team": "ops"})
        text = answer.body.decode()
        checks.check("refused: %s" % json.dumps(answers), answer.status == 400 and said in json.loads(text)["detail"] and "PLANTED" not in text,
                     (answer.status, text))
    checks.check("no key was used", not any('"keys/' in line for line in ledger(service) if '"sign"' in line or '"decrypt"' in line))
    checks.equal("and nothing left", len(other.calls), before)
    recorded_steps(checks, service, other, folder)


def ledger(service):
    return service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()


def recorded_steps(checks, service, other, folder):
    """The same from a run that was made."""
    run = service.http("POST", "/api/runbooks/looks-up/start", {"payload": {"team": "ops"}}).json()["run_id"]
    checks.equal("a run with a database and keys", service.ended(run)["state"], "succeeded")
    used, sent = sum('"decrypt"' in line for line in ledger(service)), len(other.calls)
    checks.check("uses its keys", used > 0, used)
    again = dry(service, "looks-up", "replay", run, payload={"team": "none"}).json()["run_id"]
    checks.equal("its rows and what its keys made are taken by a dry run", service.run(again)["state"], "succeeded")
    other_outputs(checks, service, folder, run)
    checks.equal("nor does a replay", (sum('"decrypt"' in line for line in ledger(service)), len(other.calls)), (used, sent))


def other_outputs(checks, service, folder, run):
    """Outputs of statements are taken anew; of what a key made nothing is kept but what the same output set."""
    checks.check("it is replayed to the same end", "the same" in service.must("replay", run))
    runbook = LOOKS_UP.split("---")[1]
    for old, new, step in (
            ('"response[0]^mail"', '"response[0]^id"', "find"), ("response^key_version", "response^signature", "sign")):
        service.must("import", "--into", "looks-up", rig.write(folder, "f.yaml", runbook.replace(old, new)))
        difference = service.http("POST", "/api/runs/%s/replay" % run, {}).json()["difference"] or {}
        checks.equal("with another output it differs at `%s`" % step, difference.get("step"), step)
        checks.check("not with the documents of then", "the same" in service.must("replay", run, "--pinned"))
    checks.check("what a key made has no other output", "unresolved" in difference.get("now", ""), difference)
    service.must("grant", "looks-up")
    again = dry(service, "looks-up", "replay", run, payload={"team": "ops"}).json()["run_id"]
    reasons = [(line["step"], line["reason"]) for line in service.log(again) if line["event"] == "step-failed"]
    checks.equal("nor in a dry run", reasons, [("sign", "unresolved")])


THRESHOLD = """
runbook: threshold
variables: { least: { default: LEAST }, kept: { default: 1, persist: true }, number: { from: "<<request^number>>" } }
limits: { max_run_time: 4s }
steps:
  call: { method: other/plain, then: big, else: failed }
  big: { condition: { left: number, op: greater, right: "<<least>>" }, then: done, else: failed }
  done: { end: success }
  failed: { end: OUTCOME }
---
runbook: rests
steps:
  rest: { sleep: 5s, then: done }
  done: { end: success }
---
runbook: naps
limits: { max_run_time: LONGEST }
steps:
  one: { sleep: 20h, then: two }
  two: { sleep: 20h, then: done }
  done: { end: success }
"""


def beginnings_and_ends(checks, service, folder):
    """What a document begins with and how it ends is decided by the documents of now, at the times of then."""
    def install(least, outcome, longest="24h"):
        for text in THRESHOLD.split("---"):
            text = text.replace("LEAST", least).replace("OUTCOME", outcome).replace("LONGEST", longest)
            name = text.split("runbook: ")[1].split()[0]
            into = ("--into", name) if name in [each["id"] for each in service.http("GET", "/api/runbooks").json()["runbooks"]] else ()
            service.must("import", *into, rig.write(folder, name + ".yaml", text))

    install("10", "failure")
    service.must("grant", "threshold")
    run = service.http("POST", "/api/runbooks/threshold/start", {"payload": {"number": 7}}).json()["run_id"]
    checks.equal("a number that is not enough", service.ended(run)["failure"], "end")
    later = service.http("POST", "/api/runbooks/rests/start", {}).json()["run_id"]
    service.ended(later, 20)
    checks.check("a run is the same when its time is long over", "the same" in service.must("replay", run))
    install("5", "failure")
    report = service.http("POST", "/api/runs/%s/replay" % run, {}).json()
    checks.equal("another default is another beginning", (report["same"], (report["difference"] or {}).get("now")),
                 (False, "least has another value"))
    install("10", "success")
    report = service.http("POST", "/api/runs/%s/replay" % run, {}).json()
    checks.equal("another end is told", (report["same"], (report["difference"] or {}).get("now")), (False, "the run succeeds"))
    checks.check("neither with the documents of then", "the same" in service.must("replay", run, "--pinned"))

    ended = dry(service, "naps").json()["run_id"]
    checks.equal("waits of a dry run count for its time", service.run(ended)["failure"], "limit")
    install("10", "success", "41h")
    ended = dry(service, "naps").json()["run_id"]
    checks.equal("where it is enough it ends well", service.run(ended)["state"], "succeeded")
    checks.check("as late as if it had waited", service.log(ended)[-1]["duration_ms"] >= 40 * 3600 * 1000, service.log(ended)[-1])


RECALLS = """
runbook: recalls
variables: { n: { persist: true, from: "<<request^n>>" } }
steps:
  call: { method: other/plain, outputs: { n: "response^number" }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def kept_beginnings(checks, service, folder):
    """What a request may set and did not stays what the run before had left: it stands in no document."""
    service.must("import", rig.write(folder, "recalls.yaml", RECALLS))
    service.must("grant", "recalls")
    for payload, said in (({"n": 1}, "a variable that is kept and was set by the request"), ({}, "one that was not set begins as it was kept")):
        run = service.http("POST", "/api/runbooks/recalls/start", {"payload": payload}).json()["run_id"]
        checks.equal("a run of a runbook that keeps what it is asked with", service.ended(run)["state"], "succeeded")
        answer = service.must("replay", run)
        checks.check("%s: the same" % said, "the same" in answer, answer)


if __name__ == "__main__":
    rig.main(run)
