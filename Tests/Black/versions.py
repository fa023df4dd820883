#!/usr/bin/env python3
"""`chancery versions`, `diff` and `rollback`: every save keeps the one before, and no secret comes back with it.

    python3 Tests/Black/versions.py BINARY
"""

import concurrent.futures
import json
import os
import secrets
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INTEGRATION = """
integration: desk
name: Desk
base_url: http://PLACE
methods:
  open:
    request: POST /incidents
    headers: { X-Team: TEAM }
    body: { json: '{"title": <<title>>}' }
"""

RUNBOOK = """
runbook: report
name: NAME
group: night
start: { public: { auth: none } }
variables: { title: VALUE, note: "TITLE" }
steps:
  open: { method: desk/open, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def lost_methods(checks, service, folder):
    """A method that an active runbook calls stays: its deliveries would be lost."""
    def lamp(*methods):
        text = "integration: lamp\nbase_url: https://lamp.example.com\nmethods:\n"
        return rig.write(folder, "lamp.yaml", text + "".join("  %s: { request: GET /%s }\n" % (m, m) for m in methods))

    def light(method):
        return rig.write(folder, "light.yaml", "runbook: light\nsteps:\n  ask: { method: lamp/%s, then: done, else: dark }\n"
                         "  done: { end: success }\n  dark: { end: failure }\n" % method)

    service.must("import", lamp("dim"))
    service.must("import", lamp("dim", "on"), light("on"))
    for command in (("import", lamp("dim")), ("rollback", "lamp", "1")):
        code, _, errors = service.cli(*command)
        checks.check("%s: a method that an active runbook calls is not taken away, and the step is named" % command[0],
                     code == 1 and "`light/ask (lamp/on)`" in errors and "runbook disable" in errors, (code, errors))
    checks.equal("which is a conflict", service.http("POST", "/api/integrations/lamp/rollback", {"revision": 1}).status, 409)
    checks.check("the integration is as it was", '"on"' in service.must("export", "lamp"))
    service.must("import", "--into", "light", lamp("dim"), light("dim"))
    checks.check("with a runbook that does without, it goes", '"on"' not in service.must("export", "lamp"))
    service.must("rollback", "lamp", "2")
    service.must("import", "--into", "light", light("on"))
    service.must("runbook", "disable", "light")
    output = service.must("rollback", "lamp", "1")
    checks.check("of a runbook that is disabled it is a warning", "step ask calls lamp/on" in output, output)
    service.must("runbook", "delete", "light")
    service.must("integration", "delete", "lamp")


def run(checks, binary, folder):
    upstream = rig.Upstream(lambda received: (200, {"id": 7}))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    team, value, entered = ("%s-%s" % (name, secrets.token_hex(12)) for name in ("team", "value", "entered"))

    def integration(row):
        return rig.write(folder, "desk.yaml", INTEGRATION.replace("PLACE", upstream.place).replace("TEAM", row))

    def runbook(title, held, name="Report"):
        text = RUNBOOK.replace("TITLE", title).replace("VALUE", held).replace("NAME", name)
        return rig.write(folder, "report.yaml", text)

    def versions(kind, name):
        return json.loads(service.must("versions", kind, name, "--json"))["versions"]

    service.must("import", integration(team), runbook("one", value))
    checks.equal("a new document has one version, the current one",
                 [(v["revision"], v["is_current"]) for v in versions("runbook", "report")], [(1, True)])
    before = json.loads(service.must("runbooks", "--json"))["runbooks"][0]
    with open(runbook("two", value, name="Report 2"), encoding="utf-8") as file:
        text = file.read().replace("runbook: report", "runbook: elsewhere").replace("group: night", "group: far")
    service.must("import", "--into", "Report", rig.write(folder, "report.yaml", text))
    after = json.loads(service.must("runbooks", "--json"))["runbooks"]
    checks.equal("an import into a runbook keeps its id, start URL and group, whatever the file says",
                 [{key: found[key] for key in ("id", "start_url", "group")} for found in after],
                 [{key: before[key] for key in ("id", "start_url", "group")}])
    kept = versions("runbook", "report")
    checks.equal("a save keeps the one before, the newest first",
                 [(v["revision"], v["is_current"], v["name"]) for v in kept], [(2, True, "Report 2"), (1, False, "Report")])
    checks.check("each says who saved it and when", all(v["saved_by"] and v["saved_at"] for v in kept), kept)
    shown = service.must("versions", "runbook", "Report 2")
    checks.check("a name does as well as an id", "current" in shown and "Report 2" in shown, shown)

    difference = service.must("diff", "report", "1")
    checks.check("the difference is a unified diff", all(line in difference.splitlines() for line in (
        "--- runbook/report revision 1", "+++ runbook/report revision 2", '-  "name": "Report",', '+  "name": "Report 2",',
        '-      "default": "one"', '+      "default": "two"')), difference)
    backward = service.must("diff", "report", "2", "1").splitlines()
    checks.check("and goes both ways", '+      "default": "one"' in backward and '-      "default": "two"' in backward, backward)
    checks.equal("a revision and itself are equal", service.must("diff", "report", "2", "2"), "")
    checks.equal("a revision that is none is said so", service.cli("diff", "report", "9")[0], 1)
    checks.equal("a document that is none is said so", service.cli("versions", "runbook", "nonesuch")[0], 1)

    # What was in clear and is encrypted now.
    service.must("import", "--into", "report", runbook("three", "{ encrypt: true }"))
    service.must("set", "report", "variable", "title", input=entered)
    service.must("import", integration("{ encrypt: true }"))
    service.must("set", "desk/open", "header", "X-Team", input=entered)
    differences = [service.must("diff", "report", "1"), service.must("diff", "report", "1", "2"), service.must("diff", "desk", "1"),
                   service.must("diff", "desk", "1", "2")]
    checks.check("a value that was in clear before it was encrypted is a marker in every difference",
                 not any(secret in text for text in differences for secret in (team, value, entered)), differences)
    start_url = [line for line in service.must("runbooks").splitlines() if line.startswith("report")]

    service.must("runbook", "disable", "report")
    output = service.must("rollback", "report", "1")
    checks.check("a rollback is a new revision", "revision 5" in output, output)
    found = service.http("GET", "/api/runbooks/report").json()
    checks.equal("a runbook that was disabled stays so, and that is said",
                 (found["is_active"], "stays so" in output and "runbook enable report" in output), (False, True))
    service.must("runbook", "enable", "report")
    document = service.must("export", "runbook:report")
    checks.check("with the text of the old one", '"default": "one"' in document and '"name": "Report"' in document, document)
    checks.check("what was encrypted since stays so", not any(secret in document for secret in (team, value, entered)), document)
    checks.check("id, group and start URL stay", '"group": "night"' in document and len(start_url) == 1
                 and start_url[0].split("http")[-1].split()[0] in service.must("runbooks"), document)
    output = service.must("rollback", "desk", "1")
    exported = service.must("export", "desk")
    checks.check("an integration goes back as well, and its parameter stays sealed",
                 "revision 3" in output and team not in exported and '"sealed": true' in exported, output + exported)
    checks.equal("the current revision is nothing to go back to", service.cli("rollback", "desk", "3")[0], 1)

    lost_methods(checks, service, folder)
    service.must("group", "create", "empty")
    checks.equal("a group is created once", service.cli("group", "create", "empty")[0], 1)
    listed = {g["name"]: g["runbooks"] for g in json.loads(service.must("groups", "--json"))["groups"]}
    checks.equal("groups are those created and those of documents", listed, {"empty": 0, "night": 1})
    checks.check("a group is a filter", "report" in service.must("runbooks", "--group", "night")
                 and "report" not in service.must("runbooks", "--group", "empty"))
    checks.equal("a group keeps apart from another", service.cli("group", "rename", "night", "empty")[0], 1)
    service.must("group", "rename", "night", "day")
    checks.check("a renamed group keeps its members", "report" in service.must("runbooks", "--group", "day"))
    service.must("group", "delete", "day")
    document = service.must("export", "runbook:report")
    checks.check("members of a deleted group fall to no group", '"group"' not in document and '"default": "one"' in document, document)
    listed = [g["name"] for g in json.loads(service.must("groups", "--json"))["groups"]]
    checks.equal("and it is gone", listed, ["empty"])

    made = ["group %d" % number for number in range(12)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda name: service.http("PUT", "/api/groups/" + name.replace(" ", "%20")).status, made))
    listed = [g["name"] for g in json.loads(service.must("groups", "--json"))["groups"]]
    created = sorted(name for name, status in zip(made, answers) if status == 200)
    checks.equal("of groups that are created at once none is lost", sorted(listed), sorted(["empty"] + created))
    checks.check("and most of them are", len(created) >= 4 and set(answers) <= {200, 409}, answers)

    code, output, errors = service.cli("export", "--vendor", "desk")
    vendor = json.loads(output) if code == 0 else {}
    checks.check("an integration goes out in the vendor's form", vendor.get("resourcebaseurl", "").endswith(upstream.place)
                 and vendor.get("methods", [{}])[0].get("method") == 1, output + errors)
    code, output, errors = service.cli("export", "--vendor", "runbook:report")
    vendor = json.loads(output) if code == 0 else {}
    checks.check("a runbook does, and its steps name their methods", vendor.get("type") == 1 and len(vendor.get("steps", [])) == 3
                 and vendor["steps"][0].get("auto_action_type_guid") == "desk/open", output + errors)
    checks.check("no value is in it", not any(secret in output for secret in (team, value, entered)))
    checks.equal("several need a folder", service.cli("export", "--vendor", "--all")[0], 2)
    code, _, errors = service.cli("export", "--vendor", "--all", "--to", os.path.join(folder, "vendor"))
    other = rig.Service(binary, folder, data=os.path.join(folder, "other"), allow=[upstream.place]).start()
    checks.equal("and go into another service", (code, other.cli("import", *(
        os.path.join(folder, "vendor", name) for name in sorted(os.listdir(os.path.join(folder, "vendor")))))[0]), (0, 0))
    other.stop()

    viewer = service.must("token", "create", "--policy", "log-viewer").split()[0]
    environment = dict(os.environ, CHANCERY_ADDR=service.url, CHANCERY_TOKEN=viewer)
    for command in (("versions", "runbook", "report"), ("diff", "runbook:report", "1"), ("rollback", "runbook:report", "1")):
        checks.equal("%s needs a right" % command[0], rig.command(binary, *command, environment=environment)[0] != 0, True)

    service.must("operator", "rotate")
    checks.check("after a rotation old texts open", "note" in service.must("diff", "report", "1", "2"))

    for number in range(110):
        service.must("runbook", "enable" if number % 2 else "disable", "report")
    kept = versions("runbook", "report")
    checks.equal("the newest hundred are kept", (len(kept), kept[0]["revision"], kept[-1]["revision"]), (101, 118, 18))
    service.stop()
    with open(os.path.join(folder, "data", "chancery.db") if os.path.isdir(os.path.join(folder, "data")) else
              os.path.join(service.data, "chancery.db"), "rb") as file:
        content = file.read()
    checks.check("no version is in clear on disk", team.encode() not in content and value.encode() not in content)
    with sqlite3.connect("file:%s/chancery.db?mode=ro" % service.data, uri=True) as database:
        count = database.execute("SELECT count(*) FROM document_version WHERE kind = 'runbook'").fetchone()[0]
    checks.equal("and so many rows", count, 100)


if __name__ == "__main__":
    rig.main(run)
