#!/usr/bin/env python3
"""Makes runs with the service that have every kind of event, and writes each as a file: its documents, its key (of a
service that is thrown away), its events as they were stored, and how it ended. `RecordedHistoriesTests` reads them.

    python3 Tests/Histories/record.py BINARY FOLDER
"""

import argparse
import json
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(os.path.dirname(HERE), part) for part in ("Black", "Spec")]
import read_folder
import rig

DOCUMENTS = """
integration: other
base_url: http://PLACE
methods:
  open: { request: POST /open, body: { json: '{"title": <<title>>}' }, outputs: { number: "response^number" }, encrypt_response: true }
  post: { request: POST /post, headers: { X-Note: { encrypt: true } }, body: { json: '{"number": <<number>>}' } }
  item: { request: POST /item, body: { json: '{"item": <<item>>}' } }
  busy: { request: GET /busy, retry: { attempts: 2, backoff: 10ms, retry_on: ["503"] } }
  pay: { request: POST /pay, body: { json: '{"title": <<title>>}' } }
---
runbook: calls
variables: { title: { from: "<<request^title>>" }, number: {}, hidden: { encrypt: true, default: "a hidden value" } }
steps:
  open: { method: other/open, then: known, else: failed }
  known: { condition: { left: number, op: greater, right: 3 }, then: rest, else: failed }
  rest: { sleep: 1s, then: post }
  post: { method: other/post, then: sign, else: failed }
  sign: { sign: { named: seal }, message: "<<title>>", outputs: { number: response^signature }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: attempts
steps:
  busy: { method: other/busy, then: done, else: why }
  why: { condition: { left: "<<failure^reason>>", op: equals, right: status 503 }, then: failed, else: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: loop
variables: { item: {} }
steps:
  each: { iterate: "<<request^list>>", outputs: { item: response }, then: one, else: failed }
  one: { method: other/item, then: next, else: failed }
  next: { next: each, then: hand }
  hand: { start_runbook: child, variables: { item: item }, else: failed }
  failed: { end: failure }
---
runbook: child
variables: { item: {}, nothing: {} }
steps:
  look: { condition: { left: nothing, op: equals, right: item }, then: done, else: done }
  done: { end: success }
---
runbook: asks
variables: { title: { from: "<<request^title>>" } }
steps:
  pay: { method: other/pay, approval: { required: 1, expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: over
steps:
  again: { end: failure-retry }
---
runbook: typed
variables: { count: { type: integer, from: "<<request^count>>" } }
steps:
  done: { end: success }
---
runbook: signs
variables: { made: {} }
steps:
  sign: { sign: { named: other }, message: "x", outputs: { made: response^signature }, then: done, else: done }
  done: { end: success }
---
runbook: line
mode: series
variables: { title: { from: "<<request^title>>" }, last: { persist: true, default: none } }
steps:
  rest: { sleep: 2s, then: post }
  post: { method: other/pay, outputs: { last: response^number }, then: done, else: done }
  done: { end: success }
---
runbook: sleeps
steps:
  rest: { sleep: 2h, then: done }
  done: { end: success }
"""


class Other:
    def __init__(self):
        self.status = {"/busy": 503}
        self.server = rig.Upstream(lambda received: (self.status.get(received.target, 200), {"number": 41}))


def make(service, other):
    """The runs by the names of their files."""
    def start(name, payload=None, token=True):
        return service.http("POST", "/api/runbooks/%s/start" % name, {"payload": payload}, token=token).json()["run_id"]

    def login(name):
        service.must("user", "put", name, "--policy", "operator", input="a good password\n")
        answer = service.http("POST", "/v1/auth/userpass/login/" + name, {"password": "a good password"}, token=None)
        return answer.json()["auth"]["client_token"]

    runs = {}
    runs["calls"] = start("calls", {"title": "disk"})
    runs["attempts"] = start("attempts")
    runs["loop"] = start("loop", {"list": [1, "two", {"three": 3}]})
    runs["start-failed"] = start("typed", {"count": "no number"})
    runs["step-failed"] = service.http("POST", "/api/runbooks/signs/dry-run", {}).json()["run_id"]
    runs["restarted"] = service.http("POST", "/api/runbooks/over/dry-run", {}).json()["run_id"]
    runs["cancelled"] = start("sleeps")
    rig.eventually(lambda: service.run(runs["cancelled"])["waiting"], 20)
    service.must("cancel", runs["cancelled"])
    start("line", {"title": "first"})
    runs["queued"] = start("line", {"title": "second"})
    runs["queued-cancelled"] = start("line", {"title": "third"})
    service.must("cancel", runs["queued-cancelled"])
    ann, bob = login("ann"), login("bob")
    for name, answer in (("approved", "approve"), ("refused", "refuse")):
        run = runs[name] = start("asks", {"title": name}, token=ann)
        rig.eventually(lambda: (service.run(run)["waiting"] or {}).get("reason") == "approval", 20)
        question = service.http("GET", "/api/approvals/" + run).json()
        service.http("POST", "/api/approvals/" + run, {"answer": answer, "commitment": question["commitment"]}, token=bob)
    for run in list(runs.values()):
        service.ended(run, 60)
    runs["child"] = [line for line in service.log(runs["loop"]) if line["event"] == "handed-over"][0]["other_run"]
    service.ended(runs["child"])
    other.status["/post"] = 500
    failed = runs["failed"] = start("calls", {"title": "again"})
    service.ended(failed)
    other.status["/post"] = 200
    runs["retried"] = service.http("POST", "/api/runs/%s/retry" % failed, {}).json()["run_id"]
    service.ended(runs["retried"])
    return runs


def export(data, runs, folder):
    copy = tempfile.mkdtemp()
    opened = read_folder.Folder(data, copy, argparse.Namespace(passphrase_file=None, key_file=None))
    kinds = set()
    for name, identifier in sorted(runs.items()):
        (run,) = opened.rows("SELECT * FROM run WHERE id = ?", identifier)
        (bundle,) = opened.rows("SELECT text FROM bundle WHERE id = ?", run["bundle"])
        text = opened.open(bundle["text"], "document", "bundle", run["bundle"], "text", ["bundle", run["bundle"]], 1)
        events = opened.rows("SELECT * FROM run_event WHERE run = ? ORDER BY sequence", identifier)
        kinds |= {event["kind"] for event in events}
        record = {
            "format": 1, "run": identifier, "runbook": run["runbook"], "trigger": run["trigger"],
            "created_at": run["created_at"], "bundle": run["bundle"], "documents": text.decode(),
            "key": opened.run_keys.key(run["key_slot"], run["key_generation"]).hex(),
            "events": [{"sequence": event["sequence"], "kind": event["kind"], "at": event["at"],
                        "event": event["event"].hex(),
                        "values": event["run_values"].hex() if event["run_values"] is not None else None}
                       for event in events],
            "end": {"state": run["state"], "steps": run["steps"], "failure": run["failure"],
                    "ended_at": run["ended_at"]},
        }
        with open(os.path.join(folder, name + ".json"), "x") as file:
            json.dump(record, file, indent=1)
            file.write("\n")
    opened.database.close()
    shutil.rmtree(copy)
    missing = set(read_folder.EVENTS) - kinds
    if missing:
        raise SystemExit("record: no run has an event of the kind " + ", ".join(sorted(missing)))


def main():
    binary, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder)
    work = tempfile.mkdtemp()
    other = Other()
    service = rig.Service(binary, work, allow=(other.server.place,)).start()
    service.must("key", "create", "seal", "--type", "ed25519")
    service.must("key", "create", "other", "--type", "ed25519")
    service.must("import", rig.write(work, "all.yaml", DOCUMENTS.replace("PLACE", other.server.place)))
    service.must("set", "other/post", "header", "X-Note", input="an encrypted note\n")
    service.must("grant", "calls")
    runs = make(service, other)
    if service.stop() != 0:
        raise SystemExit("record: the service did not end well")
    other.server.stop()
    export(service.data, runs, folder)
    shutil.rmtree(work)
    print("%d histories in %s" % (len(runs), folder))


if __name__ == "__main__":
    main()
