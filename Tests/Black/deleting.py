#!/usr/bin/env python3
"""Deleting runbooks, integrations and data sources: what stands in the way is named, what belongs to them goes, what their
runs left stays.

    python3 Tests/Black/deleting.py BINARY
"""

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

    # Rights: to read and to change is not to delete.
    policy = 'path "api/*" {\n  capabilities = ["create", "read", "update", "list"]\n}\n'
    service.must("policy", "put", "no-end", rig.write(folder, "no-end.hcl", policy))
    token = service.must("token", "create", "--policy", "no-end").split()[0]
    for path in ("/api/runbooks/worker", "/api/integrations/api", "/api/data_sources/spare"):
        checks.equal("%s wants the capability delete" % path, service.http(
            "DELETE", path, None, [("X-Vault-Token", token)], token=None).status, 403)
    service.stop()
    upstream.stop()


if __name__ == "__main__":
    rig.main(run)
