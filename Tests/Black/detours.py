#!/usr/bin/env python3
"""Nobody gains a right by a detour: not by trying a method out, by starting a runbook from another, by a name in the place of
an id, by `--into`, a schedule, or a public start that nobody signs; and no secret is guessed through failures.

    python3 Tests/Black/detours.py BINARY
"""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

KEY = "BANK-KEY-0123456789abcdef"
PUBLIC = "http://chancery.example"
DOCUMENTS = """
integration: bank
name: Bank
base_url: http://PLACE
methods:
  pay: { request: POST /pay, headers: { X-Key: { secret: kv/bank#key } }, body: { json: '{"amount": <<amount>>, "to": <<recipient>>}' } }
  ask: { request: POST /ask, headers: { X-Key: { secret: kv/bank#key } }, body: { json: '{"what": <<what>>}' } }
---
runbook: payroll
name: Payroll
variables: { recipient: { default: "finance@corp" }, amount: { from: "<<request^amount>>" } }
steps:
  pay: { method: bank/pay, approval: { required: 1 }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: fixed
name: Fixed one
variables: { recipient: { default: "finance@corp" }, amount: { default: 1 }, note: {}, hint: { default: 1, input: true } }
steps:
  pay: { method: bank/pay, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: asks
variables: { what: { default: balance } }
steps:
  ask: { method: bank/ask, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: quick
variables: { x: {} }
steps: { done: { end: success } }
"""


class Caller:
    def __init__(self, service, folder, name, text=None):
        if text is not None:
            service.must("policy", "put", name, rig.write(folder, name + ".hcl", text))
        self.service = service
        self.token = service.must("token", "create", "--policy", name).split()[0]

    def http(self, method, path, body=None):
        return self.service.http(method, path, body, token=self.token)

    def imports(self, text, into=None):
        body = {"files": [{"name": "f.yaml", "text": text}]}
        if into:
            body["into"] = into
        return self.http("POST", "/api/import", body)


def bodies(upstream):
    with upstream.lock:
        return [(one.path, json.loads(one.body or b"null")) for one in upstream.received]


def tried(checks, service, upstream, author):
    """`chancery test` uses what a runbook was granted."""
    path = "/api/methods/bank/pay/test"
    answer = author.http("POST", path, {"variables": {"amount": 1, "recipient": "evil@x"}})
    checks.equal("a method whose calls are approved is not tried out", answer.status, 409)
    root = service.http("POST", path, {"variables": {"amount": 1, "recipient": "evil@x"}})
    checks.equal("by nobody", root.status, 409)
    answer = author.http("POST", "/api/methods/bank/ask/test", {"variables": {"what": "evil"}})
    checks.equal("one with a granted secret needs the capability grant", answer.status, 403)
    checks.check("and the answer says on what", "api/runbooks/asks/grants" in answer.body.decode(), answer.body)
    checks.equal("nothing was sent", bodies(upstream), [])
    answer = service.http("POST", "/api/methods/bank/ask/test", {"variables": {"what": "balance"}})
    checks.equal("who may grant may try it", (answer.status, bodies(upstream)), (200, [("/ask", {"what": "balance"})]))
    service.must("runbook", "disable", "asks")
    answer = service.http("POST", "/api/methods/bank/ask/test", {"variables": {"what": "balance"}})
    checks.check("a disabled runbook lends nothing", answer.json().get("failure") or answer.status != 200, answer.body)
    service.must("runbook", "enable", "asks")


def overridden(checks, service, upstream, author):
    """A constant is part of what was granted."""
    before = len(bodies(upstream))
    text = 'runbook: %s\nvariables: { r: { default: "evil@x" }, n: { default: 999 } }\nsteps:\n  go: { start_runbook: fixed, variables: { %s } }\n'
    author.imports(text % ("trick", "recipient: r, amount: n"))
    run = author.http("POST", "/api/runbooks/trick/start", {}).json()["run_id"]
    ended = service.ended(run)
    log = json.dumps(service.log(run))
    checks.check("constants of another runbook are not replaced", ended["state"] == "failed" and "not-startable" in log and "recipient" in log, log[-400:])
    checks.equal("and nothing was sent", len(bodies(upstream)), before)
    author.imports(text % ("fair", "note: n, hint: n"))
    run = author.http("POST", "/api/runbooks/fair/start", {}).json()["run_id"]
    checks.equal("a variable without a value of its own, or declared as an input, is handed over", service.ended(run)["state"], "succeeded")
    sent = lambda: bodies(upstream)[before:] == [("/pay", {"amount": 1, "to": "finance@corp"})]
    checks.check("and the runbook does what was granted", rig.eventually(sent, 20), bodies(upstream)[before:])


def named(checks, service, folder, upstream):
    policy = """
path "api/import" { capabilities = ["create", "update"] }
path "api/runbooks" { capabilities = ["create", "read", "list"] }
path "api/runbooks/+" { capabilities = ["read", "update"] }
path "api/runbooks/+/start" { capabilities = ["start"] }
path "api/runbooks/fixed/start" { capabilities = ["deny"] }
"""
    caller = Caller(service, folder, "byname", policy)
    for name in ("fixed", '"Fixed one"'):
        answer = caller.imports("runbook: t3\nsteps:\n  go: { start_runbook: %s }\n" % name)
        checks.equal("the right to start is asked about by id: %s" % name, answer.status, 403)
    allowed = service.http("POST", "/api/import", {"files": [{"name": "f", "text": 'runbook: t4\nsteps:\n  go: { start_runbook: "Fixed one" }\n'}]})
    stored = service.must("export", "t4")
    checks.check("what is stored is the id", allowed.status == 200 and '"start_runbook": "fixed"' in stored, stored)
    nostart = """
path "api/import" { capabilities = ["create", "update"] }
path "api/runbooks" { capabilities = ["create", "read", "list"] }
path "api/runbooks/+" { capabilities = ["read", "update"] }
"""
    caller = Caller(service, folder, "nostart", nostart)
    fixed = DOCUMENTS.split("---")[2].replace("name: Fixed one", 'name: Fixed one\nstart: { schedule: [{ cron: "* * * * *" }] }')
    checks.equal("a schedule needs the right to start", caller.imports(fixed, into="fixed").status, 403)
    plain = DOCUMENTS.split("---")[2]
    checks.equal("other changes do not", caller.imports(plain, into="fixed").status, 200)


def into(checks, service, author, upstream):
    text = "integration: int-7\nname: Payments\nbase_url: http://%s\nmethods:\n  m: { request: GET /real }\n" % upstream.place
    service.http("POST", "/api/import", {"files": [{"name": "f", "text": text}]})
    author.imports("runbook: own\nsteps:\n  d: { end: success }\n")
    bad = "runbook: own\nsteps:\n  d: { end: success }\n---\nintegration: Payments\nname: zz\nbase_url: http://evil.example\nmethods:\n  m: { request: GET /stolen }\n"
    checks.equal("an integration does not take another one's name for an id, by --into either", author.imports(bad, into="own").status, 409)


def approved(checks, service, folder, upstream):
    """Whoever wrote the runbook that a nameless caller started does not approve what came of it."""
    for name, policies in (("ann", ("runbook-author", "operator")), ("bob", ("operator",))):
        service.must("user", "put", name, *[word for policy in policies for word in ("--policy", policy)],
                     input="correct horse battery staple 9\n")
    tokens = {}
    for name in ("ann", "bob"):
        answer = service.http("POST", "/v1/auth/userpass/login/" + name, {"password": "correct horse battery staple 9"}, token=None)
        tokens[name] = answer.json()["auth"]["client_token"]
    door = 'runbook: door\nstart: { public: { auth: none } }\nvariables: { n: { default: 5 } }\nsteps:\n  go: { start_runbook: payroll, variables: { amount: n } }\n'
    answer = service.http("POST", "/api/import", {"files": [{"name": "f", "text": door}]}, token=tokens["ann"])
    checks.equal("an author may write a public runbook that starts it", answer.status, 200)
    before = len(bodies(upstream))
    service.http("POST", "/api/automation/door", b"{}", headers=[("Content-Type", "application/json")], token=None)

    def waiting():
        return [one for one in service.runs() if one["runbook_id"] == "payroll" and one.get("waiting")]

    checks.check("the request waits for somebody", rig.eventually(lambda: waiting(), 30))
    place = "/api/approvals/" + waiting()[0]["id"]
    for name, status in (("ann", 403), ("bob", 204)):
        question = service.http("GET", place, token=tokens[name]).json()
        answer = service.http("POST", place, {"answer": "approve", "commitment": question["commitment"]}, token=tokens[name])
        checks.equal("%s, who %s it, answers" % (name, "wrote" if name == "ann" else "did not write"), answer.status, status)
    checks.check("then it leaves", rig.eventually(lambda: len(bodies(upstream)) == before + 1, 30))


def guessed(checks, service, folder):
    """What failures tell is counted, of variables and of the request itself, and then the run ends."""
    for name, source, more in (
            ("request", "request^pin", {}),
            ("variable", "pin", {"inputs": {"pin": "request^pin"}})):
        steps = {}
        for number in range(40):
            steps["g%d" % number] = {
                "start_runbook": "quick", "else": "g%d" % (number + 1) if number < 39 else "failed",
                "variables": {"x": {"from": source, "type": "integer", "value_mappings": {"pin-%04d" % number: "1"}}}}
        steps["failed"] = {"end": "failure"}
        document = {"runbook": "guess-" + name, "start": dict({"public": {"auth": "none"}, "encrypt_request": True}, **more), "steps": steps}
        if more:
            document["variables"] = {"pin": {"encrypt": True}}
        service.must("import", rig.write(folder, name + ".json", json.dumps(document)))
        answer = service.http("POST", "/api/automation/guess-" + name, b'{"pin": "pin-0033"}',
                              headers=[("Content-Type", "application/json")], token=None)
        ended = service.ended(answer.json()["run_id"])
        checks.equal("%s: a run of guesses ends" % name, (ended["state"], ended["failure"]), ("failed", "declassification-limit"))
        checks.check("%s: after eight of them" % name, ended["steps"] <= 9, ended)


def recounted(checks, service, folder):
    """Bits are not forgotten when a run is let go and taken up again."""
    service.must("key", "create", "seal", "--type", "ed25519")
    signatures = [service.must("sign", "seal", rig.write(folder, "m", "%s %04d" % (PUBLIC, number))).strip() for number in range(14)]
    document = {
        "runbook": "bits", "start": {"public": {"auth": "none"}, "encrypt_request": True, "inputs": {"pin": "request^pin"}},
        "variables": {"pin": {"encrypt": True}, "lists": {"default": [signatures[:7], signatures[7:]]}, "one": {}},
        "steps": {
            "outer": {"iterate": "<<lists>>", "then": "inner", "else": "failed"},
            "inner": {"iterate": "<<response>>", "outputs": {"one": "response"}, "then": "ask", "else": "failed"},
            "ask": {"verify": {"named": "seal"}, "message": "<<halo_url>> <<pin>>", "signature": "<<one>>", "then": "found", "else": "again"},
            "again": {"next": "inner", "then": "rest"}, "rest": {"sleep": "6s", "then": "more"}, "more": {"next": "outer", "then": "failed"},
            "found": {"end": "success"}, "failed": {"end": "failure"}}}
    service.must("import", rig.write(folder, "bits.json", json.dumps(document)))
    service.must("grant", "bits")
    answer = service.http("POST", "/api/automation/bits", b'{"pin": "0012"}', headers=[("Content-Type", "application/json")], token=None)
    ended = service.ended(answer.json()["run_id"], 60)
    checks.equal("a check that names the service's address counts again after a pause", (ended["state"], ended["failure"]), ("failed", "declassification-limit"))


def chained(checks, service, folder):
    """Runs that start one another have the bits of one run: across a kill, in a repetition, and in a dry run."""
    asks = ["a", "b", "c", "rest"]
    steps = {asks[n]: {"condition": {"left": "pin", "op": "equals", "right": "no-%d" % n}, "then": "found", "else": asks[n + 1]} for n in range(3)}
    steps["rest"] = {"sleep": "6s", "then": "on"}
    steps["on"] = {"start_runbook": "chain", "variables": {"pin": "pin"}, "else": "failed"}
    steps["found"], steps["failed"] = {"end": "success"}, {"end": "failure"}
    document = {
        "runbook": "chain", "start": {"public": {"auth": "none"}, "encrypt_request": True, "inputs": {"pin": "request^pin"}},
        "variables": {"pin": {"encrypt": True}}, "steps": steps}
    service.must("import", rig.write(folder, "chain.json", json.dumps(document)))
    service.http("POST", "/api/automation/chain", b'{"pin": "pin-12"}', headers=[("Content-Type", "application/json")], token=None)

    def links(is_dry=False):
        found = [one for one in service.runs() if one["runbook_id"] == "chain" and one["is_dry"] == is_dry]
        return sorted(found, key=lambda one: one["id"])

    asleep = lambda: len(links()) == 2 and (links()[1]["waiting"] or {}).get("reason") == "sleep"
    checks.check("a chain: the second run waits", rig.eventually(asleep, 30), links())
    service.kill()
    service.start()
    over = lambda: len(links()) > 2 and all(one["ended_at"] for one in links())
    checks.check("a chain ends", rig.eventually(over, 40), links())
    ends = [(one["state"], one["failure"], one["steps"]) for one in links()]
    checks.equal("when the bits of one run are spent", ends, [("succeeded", None, 5), ("succeeded", None, 5), ("failed", "declassification-limit", 3)])
    answer = service.http("POST", "/api/runs/%s/retry" % links()[-1]["id"], {"from": "start"})
    again = service.ended(answer.json()["run_id"], 30)
    checks.equal("a repetition of its last run has what that one had", (again["state"], again["failure"], again["steps"]), ("failed", "declassification-limit", 3))
    checks.check("so has a replay of it", "the same" in service.must("replay", links()[-1]["id"]))
    answer = service.http("POST", "/api/runbooks/chain/dry-run", {"payload": {"pin": "pin-12"}})
    ends = [(one["state"], one["failure"]) for one in links(is_dry=True)]
    checks.equal("a dry run of it ends so too", (answer.status, ends), (200, [("succeeded", None)] * 2 + [("failed", "declassification-limit")]))


LENGTHS = """
integration: long
base_url: http://PLACE
methods:
  login: { request: POST /login, encrypt_response: true, outputs: { sess: "response^session" } }
  url: { request: GET /long, query: { x: "<<pad>><<sess>>" } }
  header: { request: GET /long, headers: { X-P: "<<pad>><<sess>>" } }
---
runbook: lengths
variables: { sess: {}, pad: {} }
steps:
  login: { method: long/login, then: each, else: failed }
  each: { iterate: "<<request^pads>>", outputs: { pad: response }, then: probe, else: failed }
  probe: { method: long/METHOD, then: next, else: next }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
"""


def lengths(checks, service, folder, upstream):
    """A URL or headers that are too long to be sent for a secret's length are counted as any failure that a value decides."""
    for method, most, says in (("url", 16_384, "the URL has more than 16384 bytes"),
                               ("header", 65_536, "the headers of the request have more than 65536 bytes")):
        document = LENGTHS.replace("PLACE", upstream.place).replace("METHOD", method)
        name = "lengths-" + method
        service.must("import", rig.write(folder, "long.yaml", document.replace("runbook: lengths", "runbook: " + name)))
        service.must("grant", name)
        run = service.http("POST", "/api/runbooks/%s/start" % name, {"payload": {"pads": ["a" * (most - 4)] * 12}}).json()["run_id"]
        ended = service.ended(run, 60)
        checks.equal("a run that measures a secret by the %s ends" % method, (ended["state"], ended["failure"]), ("failed", "declassification-limit"))
        log = service.must("log", run)
        checks.check("and is told what is too long", says in log and "too-large" in log, log[-2000:])


def begun(checks, service, folder):
    """Once the bits are spent, no run that is started with a secret tells by not beginning what the secret is."""
    steps = {"c%d" % n: {"condition": {"left": "pin", "op": "equals", "right": "no-%d" % n}, "then": "found", "else": "c%d" % (n + 1)} for n in range(8)}
    steps["c8"] = {"start_runbook": "typed", "variables": {"n": "pin"}, "else": "failed"}
    steps["found"], steps["failed"] = {"end": "success"}, {"end": "failure"}
    documents = [
        {"runbook": "typed", "variables": {"n": {"type": "integer"}}, "steps": {"done": {"end": "success"}}},
        {"runbook": "asker", "start": {"public": {"auth": "none"}, "encrypt_request": True, "inputs": {"pin": "request^pin"}},
         "variables": {"pin": {"encrypt": True}}, "steps": steps}]
    for document in documents:
        service.must("import", rig.write(folder, document["runbook"] + ".json", json.dumps(document)))
    service.http("POST", "/api/automation/asker", b'{"pin": "pin-12"}', headers=[("Content-Type", "application/json")], token=None)
    started = lambda: [one for one in service.runs() if one["runbook_id"] == "typed" and one["ended_at"]]
    checks.check("a run is started with what is left of it", rig.eventually(started, 30), service.runs()[:3])
    checks.equal("which does not say why it cannot begin", [(one["state"], one["failure"]) for one in started()], [("failed", "declassification-limit")])


KEEPS = """
integration: gate
base_url: http://PLACE
methods:
  login: { request: POST /login, body: { json: '{"k": 1}' }, encrypt_response: true, outputs: { sess: "response^session" } }
  use: { request: POST /use, body: { json: '{"s": <<sess>>}' } }
  gist: { request: POST /public-gist, body: { json: '{"s": <<sess>>}' } }
---
runbook: keeps
variables: { sess: { encrypt: true, persist: true } }
steps:
  login: { method: gate/login, then: use, else: failed }
  use: { method: gate/use, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def kept(checks, service, folder, upstream, author):
    """What a run left behind for the next one goes no further than the grant says now."""
    service.must("import", rig.write(folder, "keeps.yaml", KEEPS.replace("PLACE", upstream.place)))
    service.must("grant", "keeps")
    run = service.http("POST", "/api/runbooks/keeps/start", {}).json()["run_id"]
    checks.equal("a run keeps a value", service.ended(run)["state"], "succeeded")
    before = len(bodies(upstream))
    for encrypt in ("encrypt: true,", ""):
        text = "runbook: keeps\nvariables: { sess: { %s persist: true } }\nsteps:\n  gist: { method: gate/gist, then: done, else: failed }\n" % encrypt \
            + "  done: { end: success }\n  failed: { end: failure }\n"
        checks.equal("an author may change the runbook", author.imports(text, into="keeps").status, 200)
        run = author.http("POST", "/api/runbooks/keeps/start", {}).json()["run_id"]
        checks.equal("and the kept value goes nowhere", service.ended(run)["state"], "failed")
    checks.equal("nothing was sent", len(bodies(upstream)), before)


def forgotten(checks, service, folder, upstream):
    """What was moved out of a document is not shown by its older texts."""
    text = "integration: dd\nbase_url: http://%s\nmethods:\n  a: { request: POST /a, headers: { X-Team: %s } }\n"
    for value in ("CLEAR-VALUE-12345", "{ secret: kv/bank#key }"):
        service.must("import", rig.write(folder, "dd.yaml", text % (upstream.place, value)))
    shown = service.must("diff", "dd", "1")
    checks.check("a value that was moved into the store is in no diff", "CLEAR-VALUE" not in shown, shown)
    vendor = {"id": 5, "guid": "aaaa", "name": "Vend", "resourcebaseurl": "http://" + upstream.place, "authorizationtype": 2, "methods": []}
    keys = ("bearertoken", "access_token", "new_bearer_token", "new_api_key", "headervalue", "password", "refresh_token", "private_key")
    vendor.update((key, "CANARY-%s-123456" % key) for key in keys)
    service.must("import", rig.write(folder, "v.json", json.dumps(vendor)))
    found = service.http("GET", "/api/integrations/vend").body.decode() + service.must("export", "--vendor", "vend")
    checks.equal("credentials of a vendor's document are not kept in it", [key for key in keys if "CANARY-" + key in found], [])


def run(checks, binary, folder):
    upstream = rig.Upstream(lambda received: (200, {"ok": 1, "session": "session-canary-77123-quiet"}))
    service = rig.Service(binary, folder, allow=[upstream.place], arguments=("--dev", "--public-url", PUBLIC)).start()
    service.must("kv", "put", "kv/bank", "key=-", input=KEY)
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS.replace("PLACE", upstream.place)))
    for name in ("payroll", "fixed", "asks"):
        service.must("grant", name)
    author = Caller(service, folder, "runbook-author")
    tried(checks, service, upstream, author)
    overridden(checks, service, upstream, author)
    named(checks, service, folder, upstream)
    into(checks, service, author, upstream)
    approved(checks, service, folder, upstream)
    guessed(checks, service, folder)
    recounted(checks, service, folder)
    chained(checks, service, folder)
    lengths(checks, service, folder, upstream)
    begun(checks, service, folder)
    forgotten(checks, service, folder, upstream)
    kept(checks, service, folder, upstream, author)
    service.must("ledger", "verify")
    upstream.stop()


rig.main(run)
