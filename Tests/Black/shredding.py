#!/usr/bin/env python3
"""A deleted run cannot be opened again: not from the folder, and not with a copy of the database from before.

    python3 Tests/Black/shredding.py BINARY
"""

import os
import secrets
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENT = """
runbook: plain
variables: { note: { type: string, from: "request^note!" } }
steps:
  look: { condition: { left: note, op: has_value }, then: done, else: done }
  done: { end: success }
"""


def run(checks, binary, folder):
    canary = "PAYLOAD-" + secrets.token_hex(12)
    service = rig.Service(binary, folder).start()
    service.must("import", rig.write(folder, "plain.yaml", DOCUMENT))
    payload = rig.write(folder, "payload.json", '{"note": "%s"}' % canary)
    said = service.must("start", "plain", "--input", payload)
    doomed = said.split("started run ")[1].split()[0]
    kept = service.must("start", "plain", "--input", payload).split("started run ")[1].split()[0]
    for identifier in (doomed, kept):
        checks.equal("a run ends", service.ended(identifier).get("state"), "succeeded")
    checks.check("its log shows what it was given", canary in service.must("log", doomed))
    checks.equal("it ends when asked to", service.stop(), 0)
    before = os.path.join(folder, "before")
    shutil.copytree(service.data, before)

    service.start()
    head = rig.write(folder, "head", service.must("ledger", "head"))
    service.must("runs", "delete", doomed)
    code, output, errors = service.cli("log", doomed)
    checks.check("a deleted run is not there", code == 1 and canary not in output + errors, output + errors)
    checks.check("another one still is", canary in service.must("log", kept))
    code, output, errors = service.cli("runs", "delete", doomed)
    checks.check("it is not deleted twice", code == 1, output + errors)
    checks.check("the list goes on without it", doomed not in service.must("runs"))
    service.must("ledger", "verify", "--since", head)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check(
        "the ledger says who deleted it",
        any('"action":"delete"' in line and doomed in line for line in entries.splitlines()))
    checks.equal("it ends when asked to", service.stop(), 0)

    # The rest of the folder as it is now, the database from before: a restored backup.
    restored = os.path.join(folder, "restored")
    shutil.copytree(service.data, restored)
    for name in ("chancery.db", "chancery.db-wal", "chancery.db-shm"):
        path = os.path.join(restored, name)
        if os.path.exists(path):
            os.remove(path)
        if os.path.exists(os.path.join(before, name)):
            shutil.copy(os.path.join(before, name), path)
    shows(checks, binary, folder, restored, doomed, canary, False, "beside the current run keys")
    # The control: with the run keys from before, the same database shows it.
    shows(checks, binary, folder, before, doomed, canary, True, "beside the run keys from before")


def shows(checks, binary, folder, data, identifier, canary, expected, where):
    service = rig.Service(binary, folder, data=data).start()
    code, output, errors = service.cli("log", identifier)
    checks.equal("a copy of the database %s shows the run: %s" % (where, expected), canary in output + errors, expected)
    listed = service.http("GET", "/api/runs/" + identifier).body.decode()
    checks.check("its row holds nothing of it %s" % where, canary not in listed)
    service.stop()


rig.main(run)
