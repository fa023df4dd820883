#!/usr/bin/env python3
"""Deleting runbooks, integrations, data sources and schemes: what stands in the way is named, what belongs to them goes,
what their runs left stays, and a scheme in the place of one of ours gives it back.

    python3 Tests/Black/deleting.py BINARY
"""

import json
import os
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CANARY = "sealed-variable-771930"
DOCUMENTS = """
integration: api
base_url: http://PLACE
auth: { type: bearer, token: sealed }
methods:
  get: { request: GET /get, headers: { X-Key: { sealed: true, encrypt: true } } }
---
data_source: spare
sqlite: spare.db
---
runbook: worker
start: { schedule: { cron: "0 0 1 1 *" }, public: { auth: header_secret, header: X-Secret } }
variables:
  pin: { encrypt: true }
  word: { secret: kv/word#w }
  count: { type: integer, default: 1, persist: true }
steps:
  get: { method: api/get, outputs: { count: status }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: chief
steps:
  hand: { start_runbook: worker, else: failed }
  failed: { end: failure }
---
runbook: slow
steps:
  wait: { sleep: 1h, then: done }
  done: { end: success }
"""
KEY = "a key of forty characters, for endpoints"
OWN = """
scheme: NAME
MOREdefinition:
  signature: { in: header, name: X-Hub-Signature-256, tag: "sha256=", encoding: hex }
  algorithm: hmac-sha256
  message: "own:{body}"
---
runbook: RUNBOOK
start: { public: { auth: signature, scheme: NAME, key: { sealed: true } } }
steps: { done: { end: success } }
"""
LENT = "llamaword-quagga-4417-okapi"
MASKED = """
integration: open
base_url: http://PLACE
methods: { get: { request: GET /get } }
---
integration: closed
base_url: http://PLACE
auth: { type: bearer, token: { secret: kv/lent#token } }
methods: { tell: { request: POST /tell, body: { json: '{"m": 1}' } } }
""" + "".join("""---
runbook: %s
steps:
  get: { method: open/get, then: done, else: tell }
  tell: { method: closed/tell, then: done, else: done }
  done: { end: success }
""" % name for name in ("lent1", "lent2"))
TABLES = {"document": "id", "document_version": "id", "secret_grant": "runbook", "kept_variable": "runbook",
          "schedule_slot": "runbook", "runbook_pause": "runbook", "failure_streak": "runbook", "run_tally": "runbook"}


def rows(service, name):
    """How many rows each table has of a document."""
    database = sqlite3.connect("file:%s?mode=ro" % os.path.join(service.data, "chancery.db"), uri=True)
    try:
        found = {table: database.execute("SELECT count(*) FROM %s WHERE %s = ?" % (table, column), (name,)).fetchone()[0]
                 for table, column in TABLES.items()}
        found["sealed_row"] = database.execute(
            "SELECT count(*) FROM sealed_row WHERE owner IN (?, ?)",
            ("runbook:" + name, "integration:" + name)).fetchone()[0]
        found["sealed_parameter"] = database.execute(
            "SELECT count(*) FROM sealed_row WHERE owner LIKE 'method:%'").fetchone()[0]
        return found
    finally:
        database.close()


def refused(checks, service, name, arguments, *words):
    code, _, errors = service.cli(*arguments)
    checks.check(name, code == 1 and all(word in errors for word in words), (code, errors))


def deliver(service, runbook, body, own=False):
    """A delivery signed as GitHub signs, or as the schemes of ours here do."""
    signed = b"own:" + body if own else body
    return service.http("POST", "/api/automation/" + runbook, body, [
        ("Content-Type", "application/json"), ("X-Hub-Signature-256", rig.signature(signed, KEY))], token=None).status


def schemes(checks, service, folder):
    """One of one's own stays while an endpoint has no other; one in the place of ours gives it back."""
    for name, more, runbook in (("own", "", "hook"), ("github", "replaces_built_in: true\n", "pushed")):
        text = OWN.replace("NAME", name).replace("MORE", more).replace("RUNBOOK", runbook)
        service.must("import", rig.write(folder, name + ".yaml", text))
        service.must("set", runbook, "auth", "key", input=KEY)
    refused(checks, service, "a scheme that an endpoint uses stays, and the runbook is named",
            ("scheme", "delete", "own"), "`hook`", "another scheme")
    checks.equal("which is a conflict", service.http("DELETE", "/api/schemes/own").status, 409)
    checks.equal("it judges as before", deliver(service, "hook", b"{}", own=True), 202)

    checks.equal("a scheme in the place of ours takes what fits it", deliver(service, "pushed", b"[1]", own=True), 202)
    checks.equal("and no delivery of GitHub's", deliver(service, "pushed", b"[2]"), 401)
    said = service.must("scheme", "delete", "github")
    checks.check("it is deleted, though an endpoint names it", "github" in said, said)
    checks.equal("ours judges again: GitHub's delivery is taken", deliver(service, "pushed", b"[2]"), 202)
    checks.equal("and what fitted the other is not", deliver(service, "pushed", b"[3]", own=True), 401)
    shown = service.http("GET", "/api/schemes/github").json()
    checks.equal("it is shown as ours", (shown["origin"], "revision" in shown), ("built-in", False))
    checks.check("the endpoint has nothing in its way", "endpoint_fault" not in [
        each for each in service.http("GET", "/api/runbooks").json()["runbooks"] if each["id"] == "pushed"][0])
    refused(checks, service, "ours itself is not there to be deleted", ("scheme", "delete", "github"), "own scheme")
    checks.equal("which is not found", service.http("DELETE", "/api/schemes/github").status, 404)

    service.must("runbook", "delete", "hook")
    service.must("scheme", "delete", "own")
    checks.equal("a scheme that no endpoint uses goes", service.http("GET", "/api/schemes/own").status, 404)
    checks.check("it is in no list", "own" not in [
        scheme["name"] for scheme in service.http("GET", "/api/schemes").json()["schemes"]])
    gone = [rows(service, name) for name in ("own", "github")]
    checks.check("the earlier saves go too", not any(each["document"] or each["document_version"] for each in gone), gone)
    text = OWN.replace("NAME", "own").partition("---\n")[2].replace("RUNBOOK", "hook")
    refused(checks, service, "nothing that names it can be imported", ("import", rig.write(folder, "hook.yaml", text)),
            "there is no signature scheme")
    lines = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    entries = [json.loads(line) for line in lines if line.strip()]
    checks.equal("each is in the ledger", sorted(
        entry["subject"] + " " + entry["outcome"] for entry in entries
        if (entry["kind"], entry["action"]) == ("document", "delete") and entry["subject"].startswith("scheme/")),
        ["scheme/github revision 1", "scheme/own revision 1"])


def masked(checks, service, folder, place):
    """A value of a granted secret that came with a request stays masked, whatever becomes of the runbook and the secret."""
    service.must("kv", "put", "kv/lent", "token=-", "--hosts", place, input=LENT)
    service.must("import", rig.write(folder, "masked.yaml", MASKED.replace("PLACE", place)))
    runs = {name: service.http("POST", "/api/runbooks/%s/start" % name, {"payload": {"p": LENT}}).json()["run_id"]
            for name in ("lent1", "lent2")}
    checks.equal("both runs end", [service.ended(each)["state"] for each in runs.values()], ["succeeded"] * 2)

    def shown():
        found = [each["id"] for each in service.http("GET", "/api/runs?text=llamaword").json()["runs"]]
        return [(LENT in service.must("log", each) or LENT in service.must("log", each, "--tree", "--json"), each in found)
                for each in runs.values()]

    hidden = [(False, False)] * 2
    checks.equal("a granted secret in a request is masked, and no word of it finds the run", shown(), hidden)
    service.must("runbook", "delete", "lent1")
    checks.equal("it stays masked when the runbook is deleted, which takes the grant away", shown(), hidden)
    for number in (2, 3):
        service.must("kv", "put", "kv/lent", "token=-", "--hosts", place, input="another-value-88271-number-%d" % number)
    checks.equal("and when the secret is rotated", shown(), hidden)
    service.kill()
    service.start()
    checks.equal("and after a restart", shown(), hidden)
    service.must("kv", "delete", "kv/lent")
    checks.equal("a secret that is deleted is not there to be looked for; its words were never indexed",
                 shown(), [(True, False)] * 2)


def run(checks, binary, folder):
    upstream = rig.Upstream(lambda received: (200, {"ok": True}))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    service.must("kv", "put", "kv/word", "w=-", input="a stored word")
    service.must("import", rig.write(folder, "all.yaml", DOCUMENTS.replace("PLACE", upstream.place)))
    service.must("set", "worker", "variable", "pin", input=CANARY)
    service.must("set", "worker", "auth", "secret", input="an endpoint secret")
    service.must("set", "api", "auth", "token", input="a bearer token")
    service.must("set", "api/get", "header", "X-Key", input="a key of the method")
    service.must("grant", "worker")

    service.must("runbook", "pause", "worker")
    first = service.http("POST", "/api/runbooks/worker/start").json()["run_id"]
    refused(checks, service, "a runbook that another one starts stays, and is named",
            ("runbook", "delete", "worker"), "`chief`")
    service.must("runbook", "delete", "chief")
    checks.equal("one that nothing starts goes", service.http("GET", "/api/runbooks/chief").status, 404)
    refused(checks, service, "a runbook with a run that is not over stays", ("runbook", "delete", "worker"), "not over")
    service.must("runbook", "resume", "worker")
    ended = service.ended(first)
    checks.equal("the run ends", ended["state"], "succeeded")
    service.must("runbook", "pause", "worker")
    before = rows(service, "worker")
    checks.check("there is much that belongs to it", all(before[table] for table in (
        "document", "secret_grant", "kept_variable", "runbook_pause", "run_tally", "sealed_row")), before)

    refused(checks, service, "an integration that a runbook calls stays, and the runbook is named",
            ("integration", "delete", "api"), "`worker`")
    log = service.log(first)
    service.must("runbook", "delete", "worker")
    left = rows(service, "worker")
    checks.check("all that belonged to it is gone", not any(left[table] for table in left if table != "sealed_parameter"), left)
    checks.equal("its run stays", service.run(first)["state"], "succeeded")
    checks.equal("with its log", [line["event"] for line in service.log(first)], [line["event"] for line in log])
    listed = service.http("GET", "/api/runs?runbook=worker").json()
    checks.equal("and is found by the runbook's id", [one["id"] for one in listed.get("runs", [])], [first])
    checks.check("by the commands too", first in service.must("runs", "--runbook", "worker")
                 and "empty" in service.must("outbox", "--runbook", "worker"))
    for path in ("runs", "outbox"):
        checks.equal("of one that never was there is no list: " + path,
                     service.http("GET", "/api/%s?runbook=nonesuch" % path).status, 404)
    checks.check("it is in no list", "worker" not in service.must("runbooks"))
    for method, path in (("GET", "/api/runbooks/worker"), ("POST", "/api/runbooks/worker/start"),
                         ("GET", "/api/runbooks/worker/stats"), ("GET", "/api/runbooks/worker/versions"),
                         ("DELETE", "/api/runbooks/worker")):
        checks.equal("%s %s is 404" % (method, path), service.http(method, path).status, 404)
    checks.equal("its endpoint answers as if there were none", service.http(
        "POST", "/api/automation/worker", b"{}", [("X-Secret", "an endpoint secret")], token=None).status, 401)
    refused(checks, service, "a deleted runbook is not there a second time", ("runbook", "delete", "worker"), "no runbook")
    refused(checks, service, "a run of it cannot be repeated", ("retry", first), "not there")

    hold = service.http("POST", "/api/runbooks/slow/start").json()["run_id"]
    service.must("integration", "delete", "api")
    gone = rows(service, "api")
    checks.check("an integration goes with what was entered for it and its methods",
                 not any(gone[table] for table in ("document", "sealed_row", "sealed_parameter")), gone)
    checks.check("it is in no list", "api" not in service.must("integrations"))
    checks.check("a data source is listed, shown and deleted", "spare" in service.must("data-sources")
                 and "spare.db" in service.must("data-sources", "spare"))
    service.must("data-source", "delete", "spare")
    checks.check("it is gone", "spare" not in service.must("data-sources"))
    schemes(checks, service, folder)
    masked(checks, service, folder, upstream.place)
    ledger = service.must("ledger", "show", "--json") if service.cli("ledger", "show", "--json")[0] == 0 else ""
    checks.check("the ledger verifies", service.cli("ledger", "verify")[0] == 0 or ledger != "", "verify")

    # The id is free: what comes under it begins anew.
    service.must("import", rig.write(folder, "all.yaml", DOCUMENTS.replace("PLACE", upstream.place).partition(
        "---\nrunbook: slow")[0]))
    service.must("runbook", "disable", "worker")
    view = service.http("GET", "/api/runbooks/worker").json()
    checks.check("a runbook of the id is a new one, not paused", (view["revision"], view["is_paused"]) == (2, False), view)
    missing = service.cli("check", "--missing", folder + "/all.yaml")
    checks.check("nothing that was entered is there again", rows(service, "worker")["sealed_row"] == 0, missing)
    service.must("cancel", hold)
    service.ended(hold)
    service.kill()
    service.start()
    checks.equal("a restart finds no fault", service.run(first)["state"], "succeeded")
    checks.equal("and ours still judges", deliver(service, "pushed", b"[4]"), 202)

    # Rights: to read and to change is not to delete.
    policy = 'path "api/*" {\n  capabilities = ["create", "read", "update", "list"]\n}\n'
    service.must("policy", "put", "no-end", rig.write(folder, "no-end.hcl", policy))
    token = service.must("token", "create", "--policy", "no-end").split()[0]
    for path in ("/api/runbooks/worker", "/api/integrations/api", "/api/data_sources/spare", "/api/schemes/own"):
        checks.equal("%s wants the capability delete" % path, service.http(
            "DELETE", path, None, [("X-Vault-Token", token)], token=None).status, 403)
    service.stop()
    upstream.stop()


if __name__ == "__main__":
    rig.main(run)
