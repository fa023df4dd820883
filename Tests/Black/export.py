#!/usr/bin/env python3
"""`chancery export`: what comes out goes in again and is the same, without a value.

    python3 Tests/Black/export.py BINARY
"""

import json
import os
import secrets
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
integration: tickets
name: "Tickets: \\"quoted\\" – ünïcode, 123"
notes: |
  two lines
  and a tab\tand # no comment
base_url: http://PLACE
auth: { type: bearer, token: { sealed: true } }
methods:
  open:
    request: POST /incidents/<<queue>>
    headers: { X-Team: { encrypt: true }, X-Kept: { secret: kv/tickets#key }, X-Plain: "no: yes" }
    query: { number: "007", flag: "true", empty: "" }
    body: { json: '{"title": <<title>>, "amount": 1.10}' }
    outputs: { number: response^id }
---
integration: unused
base_url: http://PLACE
methods: { look: { request: GET / } }
---
runbook: report
name: Report
start:
  public: { auth: header_secret, header: X-Pass, secret: { sealed: true } }
  inputs: { title: request^title }
variables: { queue: "0012", note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  open: { method: tickets/open, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


RECIPE = {"scheme": "acme", "notes": "ours", "definition": {
    "about": {"title": "Acme Ltd", "page": "https://acme.example/hooks", "key": "in the console of Acme",
              "notes": ["first note", "second note"]},
    "recipe": {"header": "X-Acme", "digest": "base64"}}}


def recipe(checks, service, other, folder):
    """A scheme that is a recipe keeps what it says of its sender."""
    service.must("import", rig.write(folder, "recipe.json", json.dumps(RECIPE)))
    shown = service.must("schemes", "acme")
    checks.check("a recipe is shown with what it says of its sender", all(line in shown.splitlines() for line in (
        "sender: Acme Ltd", "described at: https://acme.example/hooks", "key: in the console of Acme", "note: first note",
        "note: second note")), shown)
    checks.check("and listed with the sender's name", "Acme Ltd" in service.must("schemes"))
    exported = service.must("export", "scheme:acme")
    checks.equal("what was imported is what is exported", json.loads(exported), RECIPE)
    other.must("import", rig.write(folder, "recipe-again.json", exported))
    checks.equal("and it comes out of another service the same, byte for byte", other.must("export", "scheme:acme"), exported)


def run(checks, binary, folder):
    upstream = rig.Upstream(lambda received: (200, {"id": 7}))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    service.must("import", rig.write(folder, "all.yaml", DOCUMENTS.replace("PLACE", upstream.place)))
    values = {name: name.upper() + "-" + secrets.token_hex(12) for name in ("header", "token", "variable", "pass")}
    service.must("set", "tickets/open", "header", "X-Team", input=values["header"])
    service.must("set", "tickets", "auth", "token", input=values["token"])
    service.must("set", "report", "variable", "note", input=values["variable"])
    service.must("set", "report", "auth", "secret", input=values["pass"])

    text = service.must("export", "report")
    checks.check("a runbook comes with the integrations that it calls, and no other",
                 '"integration": "tickets"' in text and '"runbook": "report"' in text and "unused" not in text, text)
    whole = service.must("export", "--all")
    checks.check("all means all", "unused" in whole and whole.count("\n---\n") == 2, whole)
    checks.check("no value is in it", not any(value in whole for value in values.values()))
    checks.check("write-only places say so", whole.count('"sealed": true') >= 2, whole)
    checks.equal("the same documents, exported by file", sorted(
        os.path.basename(line) for line in service.must("export", "--all", "--to", os.path.join(folder, "out")).split()),
        ["integration-tickets.json", "integration-unused.json", "runbook-report.json"])
    code, _, errors = service.cli("export", "--all", "--to", os.path.join(folder, "out"))
    checks.check("files that are there are left alone", code == 1 and "nothing was written" in errors, errors)
    checks.equal("unless they are to be replaced", service.cli("export", "--all", "--to", os.path.join(folder, "out"), "--force")[0], 0)
    for name in os.listdir(os.path.join(folder, "out")):
        with open(os.path.join(folder, "out", name), encoding="utf-8") as file:
            checks.check("%s is JSON" % name, isinstance(json.load(file), dict))

    other = rig.Service(binary, folder, data=os.path.join(folder, "other"), allow=[upstream.place]).start()
    code, output, errors = other.cli("import", rig.write(folder, "again.yaml", whole))
    checks.check("it goes in again, and what is to be entered is listed",
                 code == 0 and all(word in output for word in ("X-Team", "token", "note", "secret")), output + errors)
    checks.equal("and comes out the same, byte for byte", other.must("export", "--all"), whole)
    third = rig.Service(binary, folder, data=os.path.join(folder, "third"), allow=[upstream.place]).start()
    third.must("import", *(os.path.join(folder, "out", name) for name in sorted(os.listdir(os.path.join(folder, "out")))))
    checks.equal("so do the files", third.must("export", "--all"), whole)
    recipe(checks, service, other, folder)

    code, _, errors = service.cli("export", "nothing")
    checks.check("a name that is none is said so", code == 1 and "nothing" in errors, errors)
    checks.equal("a wrong use is one", service.cli("export")[0], 2)
    viewer = service.must("token", "create", "--policy", "log-viewer").split()[0]
    code, output, errors = rig.command(
        binary, "export", "report", environment=dict(os.environ, CHANCERY_ADDR=service.url, CHANCERY_TOKEN=viewer))
    checks.check("who may not read a document cannot export it", code == 1 and "denied" in errors and not output, errors)


rig.main(run)
