#!/usr/bin/env python3
"""Documents of the vendor over the real binary: requests are signed as they say, checked by the receiver with the standard
library; statements go to a real SQLite file with their values beside them; what is not known does not run; and what was
imported goes out and into another service as the same. An endpoint that was closed here does not go out as an open one.

    python3 Tests/Black/vendor.py BINARY
"""

import base64
import email.utils
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

KEY = "vendor-key-" + secrets.token_hex(16)
HOSTILE = ["' or '1'='1", "'; drop table people; --", "''", "\\", "<<request^who>>", "\u2019 or 1=1 --"]


def method(guid, name, **keys):
    return dict({
        "guid": guid, "name": name, "method": 1, "requesttype": 1, "path": "/tell", "authorizationtype": -1,
        "requestbody": '{"rows": <<found>>, "who": "<<who!>>"}',
        "headers": [{"key": "X-Order", "value": "<<order>>", "type": 1}, {"id": 3}],
    }, **keys)


def integration(name, place, guid, **keys):
    return dict({
        "id": None, "name": name, "resourcebaseurl": "http://" + place, "authorizationtype": 6, "headername": "X-Sig",
        "signature_prefix": "v1=", "digest": "base64", "timestamp_verification_header": "X-Time",
        "headers_to_sign": [{"key": "X-Order", "value": ""}, {}, {"key": "X-Time"}],
        "methods": [method(guid, "Tell", log_retention_policy_days=7)],
    }, **keys)


def step(number, kind, action, *edges, **keys):
    return dict({
        "step_id": number, "name": "Step %d" % number, "isstart": number == 1, "steptype": kind, "auto_action": action,
        "actions": [
            {"start_step": number, "end_step": end, "seq": seq, "approval_result": 2 - seq, "action_name": name}
            for seq, (end, name) in enumerate(edges, 1)],
    }, **keys)


def runbook(name, statement, guid):
    return {
        "id": None, "type": 1, "name": name, "active": True, "runbook_start_type": 1, "inbound_authentication_type": 0,
        "flow_chart_json": "{\"nodes\": [1]}", "events": [],
        "input_variables": [
            {"key": "who", "value": "<<request^who>>", "data_type": 2}, {"key": "order", "value": "<<request^order>>"}],
        "steps": [
            step(1, 2, 18, (2, "Successful"), (9, "Unsuccessful"), message=statement,
                 output_variables=[{"key": "found", "value": "response", "type": 3}]),
            step(2, 2, 6, (8, "Successful Response (200 - 299)"), (9, "Unsuccessful Response"), auto_action_type=None,
                 auto_action_type_guid=guid),
            step(8, 3, 0, isend=True), step(9, 3, 1, isend=True)],
    }


def people(path):
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE people (name TEXT, note TEXT)")
    database.executemany("INSERT INTO people VALUES (?, ?)", [(text, "note") for text in HOSTILE] + [("ann", "n")])
    database.commit()
    database.close()


def signed(checks, received):
    headers = dict((key.lower(), value) for key, value in received.headers)
    message = (headers["x-order"] + headers["x-time"]).encode() + received.body
    mac = base64.b64encode(hmac.new(KEY.encode(), message, hashlib.sha256).digest()).decode()
    checks.equal("the signature is the recipe's, over what arrived", headers.get("x-sig"), "v1=" + mac)
    sent = email.utils.parsedate_to_datetime(headers["x-time"]).timestamp()
    checks.check("and the time is now, as RFC 1123 writes it", abs(sent - time.time()) < 60, headers["x-time"])


def closed(checks, service, folder):
    """An open endpoint is given a secret here, goes out in the vendor's form, and comes in elsewhere."""
    open_one = {
        "id": None, "type": 1, "name": "Open", "active": True, "runbook_start_type": 1, "inbound_authentication_type": 0,
        "auto_disable_attempts": 0, "input_variables": [
            {"key": "note", "value": "", "data_type": 2}, {"key": "kind", "value": "status"}],
        "steps": [
            step(1, 2, 21, (2, "Sleep Finished"), duration=1), dict(step(2, 3, 0), name="End"),
            dict(step(3, 3, 0), name="End 4"), dict(step(4, 3, 1), name="End")],
    }
    code, output, errors = service.cli("import", rig.write(folder, "open.json", json.dumps(open_one)))
    checks.check("names and words of the vendor's stop no import", code == 0, output + errors)
    native = json.loads(service.must("export", "Open"))
    checks.equal("a word that is the name of a root is a constant, and an empty text is one",
                 {name: one.get("default") for name, one in native["variables"].items()}, {"note": "", "kind": "status"})
    checks.equal("the endpoint is open", native["start"]["public"]["auth"], "none")
    native["start"]["public"].update(auth="header_secret", header="X-Key", secret={"sealed": True})
    native["on_failure"] = {"disable_after": 5}
    service.must("import", "--into", "Open", rig.write(folder, "closed.json", json.dumps(native)))
    code, exported, errors = service.cli("export", "--vendor", "Open")
    document = json.loads(exported)
    checks.check("once it has a secret it goes out without the number that opens it",
                 "inbound_authentication_type" not in document, exported)
    checks.check("and what cannot be said is named", "start.public" in errors, errors)
    checks.equal("what was set here goes out over what was kept", document.get("auto_disable_attempts"), 5)
    document.update(id=None, name="Again")
    service.cli("import", rig.write(folder, "again.json", json.dumps(document)))
    identity = [one["id"] for one in service.http("GET", "/api/runbooks").json()["runbooks"] if one["name"] == "Again"]
    checks.equal("it comes in again", len(identity), 1)
    for one in identity:
        answer = service.http("POST", "/api/automation/" + one, {}, token=None)
        checks.check("and starts nothing for whoever asks", answer.status not in (200, 201, 202, 204), str(answer.status))
    service.must("runbook", "delete", "Open")
    service.must("runbook", "delete", "Again")


def spelled(checks, service, folder):
    """Numbers, flags and blank lines as a genuine export may have them: nothing is refused, and what runs is what they say."""
    mappings = [{"input": "", "output": "none", "sequence": "1"}, {}, {"output": "lost"}]
    condition = {"tablename": "runbookvariable", "fieldname": "<<v>>", "type": 0.0, "value_type": "string",
                 "value_string": "none"}
    document = {
        "id": None, "type": 1.0, "name": "Spelled", "active": "True", "infinite_loop_threshold": 5.0,
        "log_retention_policy_days": "7", "notify_on_failure": 0, "auto_disable_attempts": "often",
        "input_variables": [
            {"key": "v", "value": "<<request^x>>", "value_mappings": mappings}, {}, {"value": "no key"},
            {"key": "truth", "value": "True", "data_type": 5}, {"key": "code", "value": "007", "data_type": "3"},
            {"key": "share", "value": "1.", "data_type": 4}, {"key": "n", "value": "5.0", "data_type": 3, "persist": 1}],
        "steps": [
            {}, step(1, 1, 6, (2, "yes"), (3, "no"), step_conditions=[{}, condition]),
            dict(step(2, 3, 0), actions=[{}]), dict(step(3, "3", 1.0), name="Failed")],
    }
    code, output, errors = service.cli("import", rig.write(folder, "spelled.json", json.dumps(document)))
    said = output + errors
    checks.check("no spelling refuses an import", code == 0, said)
    for sentence in [
        "the value of `code` does not convert to its `data_type`, integer", "the value of `share` does not convert",
        "`auto_disable_attempts` of the runbook is no whole number", "row 3 of `input_variables` of the runbook has no key",
        "row 3 of `value_mappings` of row 1 of `input_variables` has no `input`",
    ]:
        checks.check("the import says: " + sentence, sentence in said, said)
    for key in ["`infinite_loop_threshold`", "`log_retention_policy_days`", "`persist`", "`active`", "`notify_on_failure`"]:
        checks.check("and nothing of what is honoured: " + key, key not in said, said)
    native = json.loads(service.must("export", "Spelled"))
    checks.equal("constants have their types, or none", {
        name: (one.get("type"), one.get("default")) for name, one in native["variables"].items() if name != "v"}, {
            "truth": ("boolean", True), "code": (None, "007"), "share": (None, "1."), "n": ("integer", 5)})
    started = service.http("POST", "/api/runbooks/Spelled/start", {"payload": {"x": ""}})
    ended = service.ended(started.json()["run_id"]) if started.status == 202 else {"state": started.body}
    checks.equal("a blank line maps nothing over what is mapped", ended.get("state"), "succeeded")
    exported = json.loads(service.must("export", "--vendor", "Spelled"))
    for key in document:
        if key not in ("id", "steps", "input_variables"):
            checks.equal("it goes out as it came: " + key, repr(exported.get(key)), repr(document[key]))
    checks.equal("with its blank lines", [exported["steps"][0], exported["steps"][1]["step_conditions"][0],
                                          exported["input_variables"][1:3]], [{}, {}, [{}, {"value": "no key"}]])
    checks.equal("and its values", [one.get("value") for one in exported["input_variables"][3:]],
                 ["True", "007", "1.", "5.0"])
    checks.equal("mappings too", exported["input_variables"][0]["value_mappings"], mappings)
    service.must("runbook", "delete", "Spelled")


def odd(checks, service, folder):
    """What an import took and nobody could read again: it is read, named, and goes out as it came; nothing else suffers."""
    def document(name, *steps, **keys):
        return dict({"id": None, "type": 1, "name": name, "active": True, "input_variables": [
            {"key": "v", "value": "x"}, {"key": "list", "value": "[]", "data_type": 1}], "steps": list(steps)}, **keys)

    ends = [step(8, 3, 0), step(9, 3, 1)]
    doubled = [{"key": "a", "value": "<<v>>"}, {"key": "a", "value": "<<list>>"}]
    runs = {
        "Two edges": (True, document("Two edges", step(1, 2, 21, (8, "a"), (9, "b"), duration=5), *ends)),
        "Back": (True, document("Back", step(1, 2, 12, (2, "a"), (8, "b"), message="<<list>>"),
                                step(2, 2, 13, (8, "a"), (1, "b")), *ends)),
        "Handed": (True, document("Handed", step(1, 2, 24, (8, "a"), start_new_runbook_id="Two edges"), *ends)),
        "Twice": (False, document("Twice", step(1, 2, 24, start_new_runbook_id="Two edges",
                                               runbook_variable_mappings=doubled), *ends)),
        "Appended": (False, document("Appended", step(
            1, 2, 24, start_new_runbook_id="Two edges",
            runbook_variable_mappings=[{"key": "a", "value": "<<v>>", "addtoarray": True}]), *ends)),
        "Constant": (False, document("Constant", step(
            1, 2, 24, start_new_runbook_id="Two edges",
            runbook_variable_mappings=[{"key": "a", "value": "Open"}, {"key": "b", "value": "5"}]), *ends)),
        "Written": (False, document("Written", step(1, 2, 12, (2, "a"), (8, "b"), message='["a","b"]'),
                                    step(2, 2, 13, (8, "a"), (-98, "b")), *ends)),
        "Reserved": (False, document("Reserved", step(1, 3, 0), input_variables=[{"key": "status", "value": "x"}])),
        "Time": (False, document("Time", step(1, 3, 0), runbook_start_type=1, inbound_authentication_type=0,
                                 timestamp_verification_header="X: A")),
    }
    for name, (is_active, one) in runs.items():
        code, output, errors = service.cli("import", rig.write(folder, "odd.json", json.dumps(one)))
        checks.check("%s: it is imported" % name, code == 0, output + errors)
        listed = service.http("GET", "/api/runbooks")
        checks.equal("%s: the list is there" % name, listed.status, 200)
        states = {each["name"]: each["is_active"] for each in listed.json().get("runbooks", [])}
        checks.equal("%s: active or not" % name, states.get(name), is_active)
        checks.check("%s: nothing is unreadable" % name, "unreadable" not in listed.json(), listed.body)
        exported = json.loads(service.must("export", "--vendor", name))
        kept = {key: exported.get(key) for key in one if key not in ("id", "steps", "input_variables")}
        checks.equal("%s: it goes out as it came" % name, kept, {key: one[key] for key in kept})
        for before, after in zip(one["steps"], exported["steps"]):
            for key in ("actions", "runbook_variable_mappings", "message"):
                if key in before and not (key == "runbook_variable_mappings" and name == "Handed"):
                    value = after.get(key)
                    if key == "runbook_variable_mappings":
                        value = [{each: row[each] for each in row if each in ("key", "value") or row[each]} for row in value]
                        value = [{each: row[each] for each in row if row[each] != []} for row in value]
                    checks.equal("%s: %s of a step too" % (name, key), value, before[key])
    code, _, errors = service.cli("import", rig.write(folder, "same.json", json.dumps(
        document("Time", step(1, 3, 0)))))
    there = [one["id"] for one in service.http("GET", "/api/runbooks").json()["runbooks"] if one["name"] == "Time"]
    checks.check("a name that is taken is told with the id that has it", code != 0 and there[0] in errors, errors)
    for name in reversed(list(runs)):
        service.must("runbook", "delete", name)


def run(checks, binary, folder):
    files = os.path.join(folder, "files")
    os.makedirs(files)
    people(os.path.join(files, "people.db"))
    upstream = rig.Upstream(lambda received: (200, {}))

    def serve(data=None):
        return rig.Service(
            binary, folder, data=data, arguments=("--dev", "--sqlite-folder", files), allow=[upstream.place]).start()

    service = serve()
    known = rig.write(folder, "known.json", json.dumps(
        integration("Known", upstream.place, "guid-known", algorithm="HMAC-SHA256", new_client_secret=KEY)))
    unknown = rig.write(folder, "unknown.json", json.dumps(
        integration("Unknown", upstream.place, "guid-unknown", algorithm=1, new_client_secret=KEY)))
    ask = rig.write(folder, "ask.json", json.dumps(
        runbook("Ask", "SELECT name FROM people -- all\nWHERE name = '<<who!>>'", "guid-known")))
    bad = rig.write(folder, "bad.json", json.dumps(
        runbook("Bad", "SELECT name\nFROM <<who!>>", "guid-known")))
    code, output, errors = service.cli("import", known, unknown, ask, bad)
    checks.check("all are imported", code == 0, output + errors)
    said = output + errors
    for sentence in [
        "`algorithm` `1` is not known", "the values of step `step-1` cannot be sent as parameters, at line 2, column 6",
        "there is no data source `vendor`: the runbook is imported inactive", "`new_client_secret` stands in clear",
    ]:
        checks.check("the import says: " + sentence, sentence in said, said)
    checks.check("and no secret", KEY not in said)
    listed = {one["name"]: one["is_active"] for one in service.http("GET", "/api/runbooks").json()["runbooks"]}
    checks.equal("both runbooks are inactive", listed, {"Ask": False, "Bad": False})
    checks.check("without its source one cannot be enabled",
                 "data source" in service.cli("runbook", "enable", "Ask")[2])

    service.must("import", rig.write(folder, "source.yaml", "data_source: vendor\nsqlite: people.db\n"))
    service.must("runbook", "enable", "Ask")
    service.must("grant", "Ask")
    _, _, errors = service.cli("runbook", "enable", "Bad")
    checks.check("a statement whose values are names stays out, by name and place",
                 "step-1" in errors and "line 2, column 6" in errors, errors)

    for who in HOSTILE:
        before = len(upstream.received)
        started = service.http("POST", "/api/runbooks/Ask/start", {"payload": {"who": who, "order": "o-1"}})
        ended = service.ended(started.json()["run_id"]) if started.status == 202 else {"state": started.body}
        if not checks.equal("a run with %r succeeds" % who, ended.get("state"), "succeeded"):
            continue
        received = upstream.received[before:]
        checks.equal("finds that very row and no other", json.loads(received[0].body)["rows"], [{"name": who}])
        signed(checks, received[0])
    database = sqlite3.connect(os.path.join(files, "people.db"))
    checks.equal("and the table is whole", database.execute("SELECT count(*) FROM people").fetchone()[0], len(HOSTILE) + 1)
    database.close()

    closed(checks, service, folder)
    spelled(checks, service, folder)
    odd(checks, service, folder)
    before = len(upstream.received)
    code, output, errors = service.cli("test", "unknown/tell", "--variable", "who=a")
    checks.check("a method whose signature is not known whole is not sent",
                 code != 0 and "`algorithm` `1` is not known" in output + errors
                 and len(upstream.received) == before, output + errors)

    exported = os.path.join(folder, "exported")
    code, _, errors = service.cli("export", "--vendor", "--all", "--to", exported)
    checks.check("all go out", code == 0, errors)
    names = sorted(os.listdir(exported))
    texts = {name: open(os.path.join(exported, name), encoding="utf-8").read() for name in names}
    checks.check("without the key", KEY not in "".join(texts.values()))
    documents = [json.loads(text) for text in texts.values()]
    unknowns = [one for one in documents if one.get("name") == "Unknown"]
    checks.equal("what is not known goes out as it came", [(one["algorithm"], one["headers_to_sign"]) for one in unknowns],
                 [(1, [{"key": "X-Order", "value": ""}, {}, {"key": "X-Time"}])])
    days = [one["methods"][0].get("log_retention_policy_days") for one in documents if "methods" in one]
    checks.equal("and so do the days of a method's log", days, [7, 7])
    other = serve(os.path.join(folder, "other"))
    other.must("import", rig.write(folder, "source2.yaml", "data_source: vendor\nsqlite: people.db\n"))
    code, _, errors = other.cli("import", *[os.path.join(exported, name) for name in names])
    checks.check("and into another service", code == 0, errors)
    again = os.path.join(folder, "again")
    other.must("export", "--vendor", "--all", "--to", again)
    other_texts = {name: open(os.path.join(again, name), encoding="utf-8").read() for name in sorted(os.listdir(again))}
    checks.equal("from which they come as the same", other_texts, texts)
    upstream.stop()


if __name__ == "__main__":
    rig.main(run)
