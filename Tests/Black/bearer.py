#!/usr/bin/env python3
"""Public starts that take tokens of this service: who is let in, what a start costs a token whose uses are counted, whose
Idempotency-Key it is, and that no token comes into a record.

    python3 Tests/Black/bearer.py BINARY
"""

import json
import os
import re
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
runbook: taken
start: { public: { auth: bearer } }
steps: { done: { end: success } }
---
runbook: other
start: { public: { auth: bearer } }
steps: { done: { end: success } }
---
runbook: open
start: { public: { auth: none } }
steps: { done: { end: success } }
"""

STARTER = 'path "api/runbooks/%s/start" { capabilities = ["start"] }\n'
LEAVER = 'path "v1/auth/token/revoke-self" { capabilities = ["update"] }\n'
READER = 'path "api/runs/*" { capabilities = ["read"] }\n'


def run(checks, binary, folder):
    service = rig.Service(binary, folder, arguments=("--dev", "--public-url", "http://hooks.test")).start()
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS))
    ids = {row["name"]: row["id"] for row in service.http("GET", "/api/runbooks").json()["runbooks"]}
    service.must("policy", "put", "starter", rig.write(folder, "starter", STARTER % ids["taken"]))
    service.must("policy", "put", "reader", rig.write(folder, "reader", READER))
    unknown = service.http("POST", "/api/automation/nobody", b"{}", token=None)

    def token(*arguments, policy="starter"):
        return service.must("token", "create", "--policy", policy, *arguments).strip().split()[0]

    def start(token, body=b"{}", key=None, runbook="taken", scheme="Bearer "):
        headers = [("Content-Type", "application/json")]
        if token:
            headers.append(("Authorization", scheme + token))
        if key:
            headers.append(("Idempotency-Key", key))
        return service.http("POST", "/api/automation/" + ids[runbook], body, headers, token=None)

    def refused(name, answer):
        checks.equal(name + ": refused with the bytes of every refusal", answer.without_date(), unknown.without_date())

    def count():
        return len(service.runs())

    alice, bob = token("--name", "alice"), token("--name", "bob")
    checks.equal("a token that may start the runbook starts it", start(alice).status, 202)
    checks.equal("in whatever case the scheme is written", start(alice, scheme="bEARER ").status, 202)
    refused("no token", start(None))
    refused("no such token", start("hvs." + "a" * 24))
    refused("a token with a character more", start(alice + "a"))
    refused("a token that may start another runbook", start(alice, runbook="other"))
    refused("a token that may only read", start(token(policy="reader")))
    basic = service.http("POST", "/api/automation/" + ids["taken"], b"{}", [("Authorization", "Basic " + alice)], token=None)
    refused("a token by another scheme", basic)
    vault = service.http("POST", "/api/automation/" + ids["taken"], b"{}", [("X-Vault-Token", alice)], token=None)
    refused("a token in the header of the API", vault)
    short = token("--ttl", "1s")
    checks.check("a token that has expired is refused", rig.eventually(lambda: start(short).status == 401, 20))
    refused("and as all are", start(short))
    service.must("policy", "put", "leaver", rig.write(folder, "leaver", STARTER % ids["taken"] + LEAVER))
    gone = token(policy="leaver")
    checks.equal("a token starts the runbook", start(gone).status, 202)
    revoked = rig.command(binary, "token", "revoke-self", environment=dict(
        os.environ, CHANCERY_ADDR=service.url, CHANCERY_TOKEN=gone, NO_COLOR="1", HOME=service.home))
    checks.equal("a token is revoked", revoked[0], 0)
    refused("a token that was revoked", start(gone))
    checks.check("none of these started anything", all(r["runbook"] != "other" for r in service.runs()))

    # Whose Idempotency-Key it is.
    one, two = start(alice, b'{"who":1}', "order-1"), start(bob, b'{"who":2}', "order-1")
    checks.equal("two holders choose the same Idempotency-Key", (one.status, two.status), (202, 202))
    checks.check("each starts a run of his own", one.json()["run_id"] != two.json()["run_id"])
    checks.check("and neither is told of a repetition", "duplicate" not in two.json())
    again = start(alice, b'{"who":1}', "order-1").json()
    checks.equal("the same holder is told the first run", again, dict(one.json(), duplicate=True))
    checks.equal("a malformed key is told as that", start(alice, b"{}", "a b").status, 400)

    # What a start costs.
    once = token("--uses", "1")
    checks.equal("a body that cannot be read", start(once, b"{bad").status, 400)
    checks.equal("a malformed Idempotency-Key", start(once, b"{}", "a b").status, 400)
    refused("a start that the token may not do", start(once, runbook="other"))
    first = start(once, b'{"n":1}', "once")
    checks.equal("cost no use: the one use starts the run", first.status, 202)
    lost = start(once, b'{"n":1}', "once")
    checks.equal("whoever lost the answer and asks again is told the run", (lost.status, lost.json()),
                 (202, dict(first.json(), duplicate=True)))
    before = count()
    refused("another start with the spent token", start(once, b'{"n":1}'))
    refused("another start with another key", start(once, b'{"n":1}', "twice"))
    refused("the same key at another runbook", start(once, b'{"n":1}', "once", runbook="other"))
    checks.equal("none of which starts a run", count(), before)
    checks.equal("nor can the spent token do anything else", service.http("GET", "/api/runs", token=once).status, 403)
    three = token("--uses", "3")
    repeated = [start(three, b"{}", "same").status for _ in range(5)]
    checks.equal("repetitions cost no use", repeated, [202] * 5)
    checks.equal("so that the others are left", [start(three).status for _ in range(3)], [202, 202, 401])
    many = token("--uses", "5")
    answers, barrier = [], threading.Barrier(16)

    def race():
        barrier.wait()
        answers.append(start(many).status)

    before = count()
    threads = [threading.Thread(target=race) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    checks.equal("of sixteen starts at once a token of five uses has five", sorted(answers), [202] * 5 + [401] * 11)
    checks.equal("and there are five runs more", count() - before, 5)

    # No token comes into a record.
    reader = token(policy="reader")
    for name, headers in (
        ("a token that may not start it", [("Authorization", "Bearer " + reader)]),
        ("a token in the header of the API", [("X-Vault-Token", reader)]),
        ("a spent token", [("Authorization", "Bearer " + once)]),
        ("a revoked token", [("Authorization", "bearer " + gone)]),
        ("a token that may start it", [("Authorization", "Bearer " + alice)]),
    ):
        answer = service.http("POST", "/api/automation/" + ids["open"], b"{}", headers + [("X-Mark", "kept")], token=None)
        log = service.log(answer.json()["run_id"])
        names = [header[0].lower() for header in log[0]["request"]["headers"]]
        checks.check("%s is cut from an open start" % name, answer.status == 202 and "x-mark" in names
                     and not {"authorization", "x-vault-token"} & set(names), names)
        checks.check("and stands nowhere in its log", not re.search("hvs[.][A-Za-z0-9]{24}", json.dumps(log)))
    foreign = service.http(
        "POST", "/api/automation/" + ids["open"], b"{}", [("Authorization", "Bearer of-another")], token=None)
    names = [header[0] for header in service.log(foreign.json()["run_id"])[0]["request"]["headers"]]
    checks.check("a token of another service stays", "Authorization" in names, names)
    checks.equal("the service ends in good order", service.stop(), 0)
    found = []
    for root, _, names in os.walk(service.data):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                found += rig.hunt(file.read(), {"alice": alice, "reader": reader, "once": once, "gone": gone})
    checks.check("and no token stands in its folder", not found, found)


rig.main(run)
