#!/usr/bin/env python3
"""The keyring is rotated while the service works: everything moves to the new term, and everything still opens.

    python3 Tests/Black/rotation.py BINARY
"""

import os
import secrets
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
integration: outside
base_url: "http://PLACE"
auth: { type: bearer, token: { sealed: true } }
methods:
  get:
    request: POST /x
    headers: { X-Team: { encrypt: true }, X-Kept: { secret: kv/outside#key } }
    body: { json: '{"note": <<note>>}' }
    outputs: { token: response^token! }
---
runbook: fetch
start: { public: { auth: header_secret, header: X-Pass, secret: { sealed: true } } }
variables: { token: { type: string }, note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  get: { method: outside/get, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

# docs/spec/envelope.md: the term is bytes 5 to 8 of an envelope.
TABLES = {
    "bundle": "text", "document": "text", "document_version": "text", "login": "record", "policy": "text", "reveal": "record", "sealed_row": "value",
    "secret": "fields", "token": "record",
}


def terms(data):
    """How many rows of each table are under which term."""
    found = {}
    with sqlite3.connect("file:%s/chancery.db?mode=ro" % data, uri=True) as database:
        for table, column in TABLES.items():
            for (envelope,) in database.execute("SELECT %s FROM %s WHERE %s IS NOT NULL" % (column, table, column)):
                key = (table, int.from_bytes(envelope[5:9], "big"))
                found[key] = found.get(key, 0) + 1
    return found


def older(data, term):
    return {key: count for key, count in terms(data).items() if key[1] != term}


def run(checks, binary, folder):
    upstream = rig.Upstream(lambda received: (200, {"token": "answer"}))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    values = {name: name.upper() + "-" + secrets.token_hex(12) for name in ("header", "token", "note", "pass", "kept")}
    service.must("kv", "put", "kv/outside", "key=-", input="old")
    service.must("kv", "put", "kv/outside", "key=-", input=values["kept"])
    service.must("import", rig.write(folder, "all.yaml", DOCUMENTS.replace("PLACE", upstream.place)))
    service.must("runbook", "disable", "fetch")
    service.must("runbook", "enable", "fetch")
    service.must("set", "outside/get", "header", "X-Team", input=values["header"])
    service.must("set", "outside", "auth", "token", input=values["token"])
    service.must("set", "fetch", "variable", "note", input=values["note"])
    service.must("set", "fetch", "auth", "secret", input=values["pass"])
    service.must("grant", "fetch")
    service.must("user", "put", "ann", "--policy", "two", input="a password of ann")
    service.http("PUT", "/v1/sys/policies/acl/two", {
        "policy": 'path "v1/kv/data/*" { capabilities = ["reveal"] second_person = true }'})
    ann = service.http("POST", "/v1/auth/userpass/login/ann", {"password": "a password of ann"}, token=None)
    ann = ann.json()["auth"]["client_token"]
    asked = service.http("POST", "/api/reveals/kv/outside", {"reason": "rotation"}, token=ann)
    checks.equal("a request waits", asked.status, 202)
    for number in range(150):
        service.http("POST", "/v1/kv/data/many/%d" % number, {"data": {"key": "value %d" % number}})

    def works(when):
        upstream.received.clear()
        answer = service.http("POST", "/api/automation/fetch", b"{}", [("X-Pass", values["pass"]), ("Idempotency-Key", when.replace(" ", "-"))],
                              token=None)
        identifier = (answer.json() or {}).get("run_id", "none")
        checks.equal("a run that uses everything ends well %s" % when, service.ended(identifier).get("state"), "succeeded")
        sent = upstream.received[-1] if upstream.received else None
        headers = dict(sent.headers) if sent else {}
        checks.check("and sends what was entered %s" % when,
                     sent is not None and headers.get("X-Team") == values["header"] and headers.get("X-Kept") == values["kept"]
                     and headers.get("Authorization") == "Bearer " + values["token"] and values["note"].encode() in sent.body,
                     headers.keys())
        checks.equal("a login opens %s" % when,
                     service.http("POST", "/v1/auth/userpass/login/ann", {"password": "a password of ann"}, token=None).status, 200)
        checks.check("secrets are read %s" % when, service.must("kv", "get", "kv/many/149", "key") == "value 149")
        return identifier

    first = works("before")
    checks.equal("before, all is under the first term", set(term for _, term in terms(service.data)), {1})
    checks.equal("every table has rows", {table for table, _ in terms(service.data)}, set(TABLES))
    service.must("operator", "rotate")
    checks.check("all moves to the second term", rig.eventually(lambda: not older(service.data, 2), 60), older(service.data, 2))
    status = rig.eventually(
        lambda: (lambda data: data if data.get("resealed_term") == 2 else None)(
            service.http("GET", "/v1/sys/key-status").json()["data"]), 30)
    checks.check("the service says so", status and status["term"] == 2, status)
    works("after")
    checks.check("an older run is shown as before", any(line["event"] == "call-answered" for line in service.log(first)))
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("the ledger has the move, and that everything opened",
                 '"action":"reseal"' in entries and "do not open" not in entries)

    # Killed in the middle, again and again: it goes on.
    for _ in range(3):
        service.must("operator", "rotate")
        service.kill()
        service.start()
    newest = service.http("GET", "/v1/sys/key-status").json()["data"]["term"]
    checks.equal("five terms", newest, 5)
    works("with rows under several terms")
    service.must("operator", "rotate")
    checks.check("after kills all comes to the newest term", rig.eventually(lambda: not older(service.data, 6), 90),
                 older(service.data, 6))
    works("after kills")

    # A row that is not what the ledger has stops the service before anything could vouch for it.
    service.stop()
    with sqlite3.connect(os.path.join(service.data, "chancery.db")) as database:
        database.execute("UPDATE policy SET text = (SELECT text FROM policy WHERE name = 'operator') WHERE name = 'log-viewer'")
    service.spawn()
    checks.check("a service whose policy was changed does not start", service.process.wait(rig.START_SECONDS) != 0)
    checks.check("and says which", "`policy`" in service.said(), service.said()[-400:])


rig.main(run)
