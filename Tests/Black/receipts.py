#!/usr/bin/env python3
"""Receipts: what a run did, signed, without a value; checked without the service, by us and by an independent reader.

    python3 Tests/Black/receipts.py BINARY
"""

import base64
import hashlib
import json
import os
import secrets
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Spec", "verify_receipt.py")

DOCUMENTS = """
integration: outside
base_url: "http://PLACE"
methods:
  get:
    request: POST /x
    encrypt_response: true
    body: { json: '{"note": <<note>>}' }
    outputs: { token: response^token }
---
runbook: fetch
start: { public: { auth: none }, inputs: { note: request^note } }
variables: { note: { type: string }, token: { type: string } }
steps:
  get: { method: outside/get, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def verified(service, folder, text, key):
    path = rig.write(folder, "receipt", text)
    ours = service.cli("verify-receipt", path, "--public-key", key)
    theirs = subprocess.run([sys.executable, READER, path, key], capture_output=True, text=True)
    return ours, theirs


def openings(checks, service, folder, one, texts, key, statements, token):
    """Whoever is given a value and its salt sees that the run had it, without the service."""
    receipt = rig.write(folder, "one", texts[one])
    path = os.path.join(folder, "opening")
    for seq, name, holds in ((1, "request", None), (3, "response.body", token), (3, "variables.token", token),
                             (3, "response.headers", None)):
        said = service.must("reveal", "run", one, str(seq), name, "--reason", "auditor", "--opening", path)
        checks.check(name + ": its value is in the file alone, for its owner alone", token not in said
                     and os.stat(path).st_mode & 0o777 == 0o600, said)
        with open(path, encoding="utf-8") as file:
            opening = json.load(file)
        value = base64.b64decode(opening["base64"]).decode()
        checks.check(name + ": the value is the run's", holds is None or holds in value)
        code, output, errors = service.cli("verify-receipt", receipt, "--public-key", key, "--opening", path)
        checks.check(name + ": it opens the commitment", code == 0 and "opened: %s of line %d" % (name, seq) in errors, errors)
        checks.check(name + ": the value is not printed", token not in output + errors)
        theirs = subprocess.run([sys.executable, READER, receipt, key, "--opening", path], capture_output=True, text=True)
        checks.equal(name + ": the independent reader says so too", theirs.returncode, 0)
        commitment = statements[one]["events"][seq - 1]["values"][name]
        checks.equal(name + ": by the formula", hashlib.blake2b(
            base64.b64decode(opening["base64"]), key=bytes.fromhex(opening["salt"]), digest_size=32).hexdigest(), commitment)
        for what, changed in (("another value", dict(opening, base64=base64.b64encode(value.encode() + b"x").decode())),
                              ("another salt", dict(opening, salt="00" * 32)), ("another run", dict(opening, run="other")),
                              ("another line", dict(opening, seq=2)), ("another name", dict(opening, name="other"))):
            forged = rig.write(folder, "forged", json.dumps(changed))
            code, output, _ = service.cli("verify-receipt", receipt, "--public-key", key, "--opening", forged)
            checks.equal("%s: %s does not" % (name, what), (code, output), (1, ""))
            theirs = subprocess.run([sys.executable, READER, receipt, key, "--opening", forged], capture_output=True)
            checks.equal("%s: %s does not by the reader" % (name, what), theirs.returncode, 1)
    checks.equal("what is no opening is refused", service.cli(
        "verify-receipt", receipt, "--public-key", key, "--opening", receipt)[0], 2)
    code, _, errors = service.cli("reveal", "run", one, "3", "variables.other", "--reason", "auditor", "--opening", path + "2")
    checks.check("a value that the receipt has not is not opened", code == 1 and not os.path.exists(path + "2"), errors)
    alike = {"runbook": "alike", "variables": {"sum\u0085": {"from": "<<request^a>>"}, "sum\u009f": {"from": "<<request^b>>"}},
             "steps": {"d": {"end": "success"}}}
    service.must("import", rig.write(folder, "alike.json", json.dumps(alike)))
    run_of = service.http("POST", "/api/runbooks/alike/start", {"payload": {"a": "100", "b": "999"}}).json()["run_id"]
    service.ended(run_of)
    other = rig.write(folder, "alike", service.must("log", run_of, "--receipt"))
    stated = json.loads(service.must("verify-receipt", other, "--public-key", key))
    names = [name for name in stated["events"][0]["values"] if name.startswith("variables.")]
    checks.equal("names that look alike are told apart", names, ["variables.sum\ufffd", "variables.sum\ufffd#2"])
    for name, value in zip(names, ('"100"', '"999"')):
        service.must("reveal", "run", run_of, "1", name, "--reason", "auditor", "--opening", path)
        with open(path, encoding="utf-8") as file:
            checks.equal("and each is opened: " + value, base64.b64decode(json.load(file)["base64"]).decode(), value)
        code, _, errors = service.cli("verify-receipt", other, "--public-key", key, "--opening", path)
        checks.check("which the receipt holds: " + value, code == 0, errors)
    lines = service.http("GET", "/api/ledger/entries?from=0&limit=1000").body.decode().splitlines()
    labels = [entry["detail"].get("labels", []) for entry in map(json.loads, lines) if entry["kind"] == "disclosure"]
    checks.check("the ledger says that a commitment was opened", ["part opening of variables.token"] in labels, labels)
    service.must("policy", "put", "reader", rig.write(folder, "reader.hcl", 'path "api/runs/*" { capabilities = ["read"] }'))
    reader = service.must("token", "create", "--policy", "reader").split()[0]
    answer = service.http("POST", "/api/reveals/runs/" + one, {
        "seq": 3, "part": "response.body", "as": "opening", "reason": "look"}, token=reader)
    checks.check("who may not reveal gets none", answer.status == 403 and b"salt" not in answer.body, answer.status)


def run(checks, binary, folder):
    note, token = "note-" + secrets.token_hex(12), "token-" + secrets.token_hex(12)
    answers = []
    upstream = rig.Upstream(lambda received: answers.pop() if answers else (200, {"token": token}))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS.replace("PLACE", upstream.place)))
    key = service.must("ledger", "key").strip()

    def start():
        found = service.must("start", "fetch", "--input", rig.write(folder, "in.json", json.dumps({"note": note})))
        return next(word for word in found.split() if len(word) > 20)

    one, two = start(), start()
    for name in (one, two):
        checks.equal("a run ends", service.ended(name).get("state"), "succeeded")
    texts = {name: service.must("log", name, "--receipt") for name in (one, two)}
    statements = {}
    for name, text in texts.items():
        ours, theirs = verified(service, folder, text, key)
        checks.equal("the receipt verifies", ours[0], 0)
        checks.equal("the independent reader says so too", theirs.returncode, 0)
        checks.equal("both read the same statement", json.loads(ours[1]), json.loads(theirs.stdout))
        statements[name] = json.loads(ours[1])
        for secret in (note, token):
            checks.check("the receipt holds no value", secret not in text)
    statement = statements[one]
    checks.equal("the statement names the run", statement["run"], one)
    checks.equal("and its end", (statement["outcome"], statement.get("reason")), ("succeeded", None))
    checks.equal("and its events", [e["event"] for e in statement["events"]], ["started", "call-intended", "call-answered"])
    checks.equal("and the documents, the same for both runs", statement["documents"], statements[two]["documents"])
    answered = statement["events"][2]
    checks.equal("an answered call has its place", (answered["step"], answered["visit"], answered["attempt"]), ("get", 1, 1))
    checks.equal("and its status", answered["status"], 200)
    checks.equal(
        "and commitments to its values", sorted(answered["values"]),
        ["request.body", "request.headers", "request.url", "response.body", "response.headers", "variables.token"])
    commitments = [c for s in statements.values() for e in s["events"] for c in e.get("values", {}).values()]
    checks.equal("equal values of two runs, or of two places, cannot be told", len(set(commitments)), len(commitments))
    checks.equal("asked again, the receipt is the same", service.must("log", one, "--receipt"), texts[one])

    for name, changed in (
        ("another outcome", texts[one].replace('"outcome":"succeeded"', '"outcome":"failed"')),
        ("another run's statement", texts[two].split("\n\n")[0] + "\n\n" + texts[one].split("\n\n")[1]),
        ("no signature", texts[one].split("\n\n")[0] + "\n"),
        ("nothing", ""),
    ):
        ours, theirs = verified(service, folder, changed, key)
        checks.equal(name + ": refused", ours[0], 1)
        checks.check(name + ": with a sentence, of a receipt", "the receipt does not verify" in ours[2] and "head" not in ours[2], ours[2])
        checks.check(name + ": by the independent reader too", theirs.returncode != 0)

    openings(checks, service, folder, one, texts, key, statements, token)

    converted = rig.write(folder, "converted", texts[one].replace("\n", "\r\n"))
    code, _, errors = service.cli("verify-receipt", converted, "--public-key", key)
    checks.check("line ends that were converted are named", code == 1 and "carriage return" in errors and "head" not in errors, errors)
    stranger = rig.Service(binary, folder, data=os.path.join(folder, "stranger")).start()
    other = stranger.must("ledger", "key").strip()
    stranger.stop()
    code, _, errors = service.cli("verify-receipt", rig.write(folder, "one", texts[one]), "--public-key", other)
    checks.check("by another ledger's key: whose it is, and what to do", code == 1 and key.split("+")[0] in errors and "ledger key" in errors, errors)

    answers += [(500, {})] * 20
    failed = start()
    checks.equal("a run fails", service.ended(failed).get("state"), "failed")
    ours, _ = verified(service, folder, service.must("log", failed, "--receipt"), key)
    stated = json.loads(ours[1])
    checks.equal("its receipt says so", stated["outcome"], "failed")
    checks.check("and why", stated.get("reason"), stated)

    repeated = next(word for word in service.must("retry", failed).split() if len(word) > 20 and word != failed)
    service.ended(repeated)
    ours, theirs = verified(service, folder, service.must("log", repeated, "--receipt"), key)
    checks.equal("a repetition's receipt names the run that it repeats", json.loads(ours[1]).get("retry_of"), failed)
    checks.equal("and the independent reader reads that", json.loads(theirs.stdout).get("retry_of"), failed)
    checks.check("a receipt of no repetition names none", "retry_of" not in statement)

    made_up = rig.write(folder, "made-up.json", json.dumps({"get": {"status": 200, "body": {"token": "made-up"}}}))
    given = rig.write(folder, "in.json", json.dumps({"note": note}))
    before = {row["id"] for row in service.runs()}
    service.must("start", "fetch", "--dry-run", "--responses", made_up, "--input", given)
    dry = next(row["id"] for row in service.runs() if row["id"] not in before)
    checks.equal("a dry run with made-up answers ends well", service.ended(dry).get("state"), "succeeded")
    refused = service.cli("log", dry, "--receipt")
    checks.equal("it gets no receipt", (refused[0], refused[1]), (1, ""))
    checks.check("and a sentence says why", "dry run" in refused[2], refused[2])
    checks.equal("by the API neither", service.http("GET", "/api/runs/%s/receipt" % dry).status, 409)

    service.must("runs", "delete", one)
    checks.equal("a deleted run has no receipt any more", service.cli("log", one, "--receipt")[0], 1)
    service.stop()
    ours, _ = verified(service, folder, texts[one], key)
    checks.equal("a receipt outlives its run, and needs no service", ours[0], 0)


rig.main(run)
