#!/usr/bin/env python3
"""Makes runs with the service that have every kind of event with and without every key that may be missing, and writes each
as a file: its documents, its key (of a service that is thrown away), its events as they were stored, and how it ended.
`RecordedHistoriesTests` reads them. What stands in the folder already stays as it is: only what is missing is added.

    python3 Tests/Histories/record.py BINARY FOLDER
"""

import argparse
import json
import os
import shutil
import socket
import sqlite3
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
  read: { request: GET /read }
---
integration: nobody
base_url: http://CLOSED
methods:
  call: { request: GET /nobody }
---
data_source: people
sqlite: people.db
access: read_write
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
---
runbook: guesses
variables: { pin: { encrypt: true, default: "4711" } }
steps:
  ask: { condition: { left: pin, op: equals, right: "1" }, then: failed, else: hand }
  hand: { start_runbook: child, else: failed }
  failed: { end: failure }
---
runbook: guesses-in-turn
variables: { pin: { encrypt: true, default: "4711" } }
steps:
  ask: { condition: { left: pin, op: equals, right: "1" }, then: failed, else: hand }
  hand: { start_runbook: turns, else: failed }
  failed: { end: failure }
---
runbook: turns
mode: series
variables: { item: {} }
steps:
  rest: { sleep: 3s, then: call }
  call: { method: other/busy, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: rests
steps:
  rest: { sleep: 1s, then: call }
  call: { method: other/busy, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: reaches-nobody
steps:
  call: { method: nobody/call, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: reads
steps:
  call: { method: other/read, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: sends-nothing
variables: { item: {} }
steps:
  call: { method: other/item, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: asks-often
steps:
  call: { method: other/busy, approval: { required: 1, expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: statements
variables: { rows: {} }
steps:
  put: { sql: people, query: "insert into people (name) values (<<request^name>>)", then: get, else: failed }
  get: { sql: people, query: "select name from people where name = <<request^name>>", outputs: { rows: response }, then: bad, else: failed }
  bad: { sql: people, query: "select nothing from people", then: failed, else: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: asked-statement
steps:
  put: { sql: people, query: "insert into people (name) values (<<request^name>>)", approval: { required: 1, expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
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

    def asked(run, answer, token):
        """Answers the question that a run waits with."""
        rig.eventually(lambda: (service.run(run)["waiting"] or {}).get("reason") == "approval", 20)
        question = service.http("GET", "/api/approvals/" + run).json()
        reply = {"answer": answer, "commitment": question["commitment"]}
        service.http("POST", "/api/approvals/" + run, reply, token=token)

    def other_run(run):
        return [line for line in service.log(run) if line["event"] == "handed-over"][0]["other_run"]

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
        asked(run, answer, bob)
    more(runs, start, asked, ann, bob, service)
    for run in list(runs.values()):
        service.ended(run, 60)
    for name, parent in (("child", "loop"), ("spent", "guesses"), ("spent-queued", "guesses-in-turn")):
        runs[name] = other_run(runs[parent])
        service.ended(runs[name])
    other.status["/post"] = 500
    failed = runs["failed"] = start("calls", {"title": "again"})
    service.ended(failed)
    other.status["/post"] = 200
    runs["retried"] = service.http("POST", "/api/runs/%s/retry" % failed, {}).json()["run_id"]
    service.ended(runs["retried"])
    start("turns")
    runs["retried-queued"] = service.http("POST", "/api/runs/%s/retry" % runs["turn-failed"], {}).json()["run_id"]
    service.ended(runs["retried-queued"], 60)
    return runs


def more(runs, start, asked, ann, bob, service):
    """What a run hands on of its bits, statements, a run that is paused, and answers that do not come."""
    runs["empty-loop"] = start("loop", {"list": []})
    runs["no-answer"] = start("reaches-nobody")
    runs["read"] = start("reads")
    runs["not-sent"] = start("sends-nothing")
    runs["paused"] = start("rests")
    service.must("pause", runs["paused"])
    rig.eventually(lambda: (service.run(runs["paused"])["waiting"] or {}).get("reason") == "paused", 20)
    service.must("resume", runs["paused"])
    runs["guesses"] = start("guesses")
    runs["turn-failed"] = start("turns")
    runs["guesses-in-turn"] = start("guesses-in-turn")
    runs["statements"] = start("statements", {"name": "Ada"})
    for name, runbook, payload in (("approved-often", "asks-often", None), ("approved-statement", "asked-statement", {"name": "Bob"})):
        runs[name] = start(runbook, payload, token=ann)
        asked(runs[name], "approve", bob)


def keys_of(event):
    """The kind, and each key that may be missing: whether it is there. `request/body` is a key within."""
    found = set()
    for key in read_folder.EVENTS[event["kind"]]:
        if key.endswith("?"):
            found.add((event["kind"], key[:-1], key[:-1] in event))
    if "request" in event:
        found.add((event["kind"], "request/body", "body" in event["request"]))
    return found


def wanted():
    """What the histories must hold together. A request is missing only where there was none, so not beside an answer."""
    wanted = set()
    for kind, keys in read_folder.EVENTS.items():
        for key in keys:
            if key.endswith("?"):
                wanted |= {(kind, key[:-1], True), (kind, key[:-1], False)}
    return wanted - {("call-answered", "request", False)} | {
        ("call-answered", "request/body", True), ("call-answered", "request/body", False)}


def export(data, runs, folder):
    """Writes the histories that are not there yet."""
    copy = tempfile.mkdtemp()
    opened = read_folder.Folder(data, copy, argparse.Namespace(passphrase_file=None, key_file=None))
    kinds, keys, written = set(), set(), 0
    for name, identifier in sorted(runs.items()):
        (run,) = opened.rows("SELECT * FROM run WHERE id = ?", identifier)
        (bundle,) = opened.rows("SELECT text FROM bundle WHERE id = ?", run["bundle"])
        text = opened.open(bundle["text"], "document", "bundle", run["bundle"], "text", ["bundle", run["bundle"]], 1)
        events = opened.rows("SELECT * FROM run_event WHERE run = ? ORDER BY sequence", identifier)
        key = opened.run_keys.key(run["key_slot"], run["key_generation"])
        for event in events:
            place = "%s/%d" % (identifier, event["sequence"])
            read = json.loads(opened.open(
                event["event"], "run-event", "run_event", place, "event", [identifier], event["sequence"], run_key=key))
            kinds.add(read["kind"])
            keys |= keys_of(read)
        record = {
            "format": 1, "run": identifier, "runbook": run["runbook"], "trigger": run["trigger"],
            "created_at": run["created_at"], "bundle": run["bundle"], "documents": text.decode(), "key": key.hex(),
            "events": [{"sequence": event["sequence"], "kind": event["kind"], "at": event["at"],
                        "event": event["event"].hex(),
                        "values": event["run_values"].hex() if event["run_values"] is not None else None}
                       for event in events],
            "end": {"state": run["state"], "steps": run["steps"], "failure": run["failure"],
                    "ended_at": run["ended_at"]},
        }
        path = os.path.join(folder, name + ".json")
        if os.path.exists(path):
            continue
        written += 1
        with open(path, "x") as file:
            json.dump(record, file, indent=1)
            file.write("\n")
    opened.database.close()
    shutil.rmtree(copy)
    missing = set(read_folder.EVENTS) - kinds
    if missing:
        raise SystemExit("record: no run has an event of the kind " + ", ".join(sorted(missing)))
    missing = ["%s %s `%s`" % (kind, "with" if isThere else "without", key) for kind, key, isThere in sorted(wanted() - keys)]
    if missing:
        raise SystemExit("record: no run has an event " + ", ".join(missing))
    return written


def main():
    binary, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    work = tempfile.mkdtemp()
    other = Other()
    files = os.path.join(work, "files")
    os.mkdir(files)
    database = sqlite3.connect(os.path.join(files, "people.db"))
    database.execute("create table people (name text)")
    database.close()
    # Bound and not listened to: whoever calls there is refused, and nobody else gets the port meanwhile.
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))
    nobody = "127.0.0.1:%d" % closed.getsockname()[1]
    service = rig.Service(
        binary, work, arguments=("--dev", "--sqlite-folder", files), allow=(other.server.place, nobody)).start()
    service.must("key", "create", "seal", "--type", "ed25519")
    service.must("key", "create", "other", "--type", "ed25519")
    service.must("import", rig.write(work, "all.yaml", DOCUMENTS.replace("PLACE", other.server.place).replace("CLOSED", nobody)))
    service.must("set", "other/post", "header", "X-Note", input="an encrypted note\n")
    for runbook in ("calls", "guesses", "guesses-in-turn", "statements", "asked-statement"):
        service.must("grant", runbook)
    runs = make(service, other)
    if service.stop() != 0:
        raise SystemExit("record: the service did not end well")
    other.server.stop()
    closed.close()
    written = export(service.data, runs, folder)
    shutil.rmtree(work)
    print("%d histories, %d of them new in %s" % (len(runs), written, folder))


if __name__ == "__main__":
    main()
