#!/usr/bin/env python3
"""Plants a canary wherever a secret can be, drives runs that use all of them, and then looks for each of them, in every
form, in all that the service stores, answers and prints.

    python3 Tests/Black/canary.py BINARY
"""

import base64
import json
import os
import secrets
import string
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

NAMES = [
    "webhook key", "sealed query", "sealed header", "sealed form field", "encrypted variable", "bearer credential",
    "kv secret in a header", "encrypted answer", "encrypted request", "basic password", "header secret", "uri secret",
    "kv secret in the query", "presented wrongly",
]

DOCUMENT = """
integration: identity
base_url: http://PLACE
methods:
  token:
    request: POST /token
    query: { tenant: { encrypt: true } }
    headers: { X-Client: { encrypt: true } }
    body: { form: { grant: client, password: { encrypt: true } } }
    outputs: { access: response^access! }
    encrypt_response: true
    timeout: 10s
---
integration: mirror
base_url: http://PLACE
auth: { type: bearer, token: { sealed: true } }
methods:
  use:
    request: POST /mirror
    query: { key: { secret: kv/mirror#query } }
    headers: { X-Kept: { secret: kv/mirror#header }, X-Plain: plain, X-Access: "<<access!>>" }
    body: { json: '{"access": <<access>>, "note": <<note>>}' }
    outputs: { reflected: response }
    timeout: 10s
  variable:
    request: POST /mirror
    headers: { X-Note: "<<note!>>" }
    body: { json: '{"note": <<note>>, "quoted": "a <<note!>> b"}' }
    timeout: 10s
  plain:
    request: GET /mirror
    outputs: { reflected: response^all!, status_text: "response_headers^X-Reflected" }
    timeout: 10s
  again:
    request: POST /mirror
    body: { json: '{"was": <<reflected>>}' }
    timeout: 10s
  broken:
    request: GET /broken
    query: { key: { secret: kv/mirror#query } }
    headers: { X-Kept: { secret: kv/mirror#header } }
    timeout: 10s
  slow:
    request: GET /slow
    headers: { X-Kept: { secret: kv/mirror#header } }
    timeout: 20s
  gap:
    request: POST /mirror
    headers: { X-Kept: { secret: kv/mirror#header }, X-Gap: "<<gap!>>" }
    body: { json: '{"note": <<note>>}' }
    timeout: 10s
  forward:
    request: POST /mirror
    body: { json: '{"from": <<sent>>}' }
    timeout: 10s
---
runbook: main
start: { public: { auth: signature, scheme: github, key: { secret: kv/hooks#main } } }
variables: { note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  token: { method: identity/token, then: use, else: failed }
  use: { method: mirror/use, then: variable, else: failed }
  variable: { method: mirror/variable, then: plain, else: failed }
  plain: { method: mirror/plain, then: again, else: failed }
  again: { method: mirror/again, then: broken, else: failed }
  broken: { method: mirror/broken, then: done, else: known }
  known: { condition: { left: failure^reason, op: contains, right: "500" }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: gap
start: { public: { auth: basic, username: sender, password: { sealed: true } } }
variables: { note: { encrypt: true, hosts: ["PLACE"] }, gap: { type: string } }
steps:
  go: { method: mirror/gap, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: slow
start: { public: { auth: uri_secret, parameter: pass, secret: { secret: kv/hooks#uri } } }
steps:
  go: { method: mirror/slow, then: more, else: failed }
  more: { method: mirror/slow, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: quiet
start:
  public: { auth: header_secret, header: X-Pass, secret: { sealed: true } }
  encrypt_request: true
  inputs: { sent: request^inner^secret }
steps:
  go: { method: mirror/forward, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def canary():
    """28 random characters; the specials make percent encoding and escapes differ from the clear text."""
    letters = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(26))
    return letters[:9] + "~" + letters[9:18] + "." + letters[18:]


def run(checks, binary, folder):
    planted = {name: canary() for name in NAMES}
    checks.check("canaries differ", len(set(planted.values())) == len(NAMES))

    def answer(received):
        if received.path == "/token":
            return 200, {"access": planted["encrypted answer"], "more": [planted["encrypted answer"]]}
        if received.path == "/slow":
            time.sleep(2)
            return 200, {"slow": True}
        headers = {name: value for name, value in received.headers}
        text = json.dumps([headers, received.target, received.body.decode(errors="replace")])
        token = headers.get("Authorization", "")
        value = {
            "headers": headers, "target": received.target, "body": received.body.decode(errors="replace"), "all": text,
            "base64": base64.b64encode(text.encode()).decode(), "url": base64.urlsafe_b64encode(b"x" + text.encode()).decode(),
            "hex": text.encode().hex(), "percent": urllib.parse.quote(text), "token": token[7:], "half": token[7:],
            "escaped": [json.dumps(text)],
        }
        status = 500 if received.path == "/broken" else 200
        return status, value, [("X-Reflected", token[:200])]

    upstream = rig.Upstream(answer)
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    searched = {**planted, "root token": service.token}

    # Planting.
    def put(path, **fields):
        names, arguments = [], []
        for name, value in fields.items():
            arguments.append("%s=@%s" % (name, rig.write(folder, "value-" + name, value)))
        return service.must("kv", "put", path, *arguments, "--hosts", upstream.place)

    printed = [put("kv/hooks", main=planted["webhook key"], uri=planted["uri secret"])]
    printed.append(put("kv/mirror", query=planted["kv secret in the query"], header=planted["kv secret in a header"]))
    documents = rig.write(folder, "documents.yaml", DOCUMENT.replace("PLACE", upstream.place))
    printed.append(service.must("import", documents))
    for arguments, name in (
        (("identity/token", "query", "tenant"), "sealed query"),
        (("identity/token", "header", "X-Client"), "sealed header"),
        (("identity/token", "form", "password"), "sealed form field"),
        (("main", "variable", "note"), "encrypted variable"),
        (("gap", "variable", "note"), "encrypted variable"),
        (("mirror", "auth", "token"), "bearer credential"),
        (("gap", "auth", "password"), "basic password"),
        (("quiet", "auth", "secret"), "header secret"),
    ):
        printed.append(service.must("set", *arguments, input=planted[name]))
    for runbook in ("main", "gap", "slow", "quiet"):
        printed.append(service.must("grant", runbook))

    # Runs.
    answers = []

    def keep(found):
        answers.append(found)
        return found

    def start(runbook, body, headers=(), query=""):
        return keep(service.http("POST", "/api/automation/" + runbook + query, body, headers, token=None))

    def finished(name, found, state):
        value = found.json() or {}
        if not checks.equal(name + ": accepted", found.status, 202):
            return None
        one = service.ended(value["run_id"])
        checks.equal(name + ": " + state, one.get("state"), state)
        if one.get("state") != state:
            print("         %s" % one.get("failure"), flush=True)
            for line in service.log(value["run_id"])[-4:]:
                print("         " + json.dumps(line)[:600], flush=True)
        return value["run_id"]

    body = b'{"n":1}'
    signed = [("X-Hub-Signature-256", rig.signature(body, planted["webhook key"]))]
    finished("main", start("main", body, signed), "succeeded")
    basic = base64.b64encode(("sender:" + planted["basic password"]).encode()).decode()
    finished("a variable without a value", start("gap", b"{}", [("Authorization", "Basic " + basic)]), "failed")
    secret_body = json.dumps({"inner": {"secret": planted["encrypted request"]}, planted["encrypted request"]: 1}).encode()
    finished("encrypted request", start("quiet", secret_body, [("X-Pass", planted["header secret"])]), "succeeded")
    found = start("slow", b"{}", query="?pass=" + urllib.parse.quote(planted["uri secret"]))
    checks.equal("slow: accepted", found.status, 202)
    if found.status == 202:
        slow = found.json()["run_id"]
        rig.eventually(lambda: any(r.path == "/slow" for r in list(upstream.received)), 15)
        printed.append(service.must("cancel", slow))
        checks.equal("slow: cancelled", service.ended(slow).get("state"), "cancelled")
    found = keep(service.http("POST", "/api/runbooks/main/start", {"payload": {"x": 1}}))
    finished("main, started by hand", found, "succeeded")

    # Wrong requests, with what nobody may repeat in them.
    wrong = planted["presented wrongly"]
    start("main", body, [("X-Hub-Signature-256", "sha256=" + wrong)])
    start("main", ('{"x":"%s"' % wrong).encode(), [("X-Hub-Signature-256", rig.signature(b"", wrong))])
    start("gap", b"{}", [("Authorization", "Basic " + base64.b64encode(("sender:" + wrong).encode()).decode())])
    start("quiet", b"{}", [("X-Pass", wrong)])
    start("slow", b"{}", query="?pass=" + wrong)
    start("nonesuch", b"{}", query="?pass=" + wrong)
    for path in ("/v1/kv/data/x", "/api/import", "/api/runbooks/main/start", "/api/runbooks/main/variables/note"):
        for method in ("POST", "PUT"):
            for sent in ('{"value": "%s"' % wrong, '{"value": %s}' % wrong, '{"value": ["%s"]}' % wrong, wrong):
                keep(service.http(method, path, sent.encode()))
    keep(service.http("PUT", "/api/runbooks/main/variables/nonesuch", {"value": wrong}))
    keep(service.http("PUT", "/api/integrations/mirror/auth/nonesuch", {"value": wrong}))
    keep(service.http("GET", "/api/runs", token=wrong))
    keep(service.http("GET", "/api/runs", token=None, headers=[("Authorization", "Bearer " + wrong)]))
    for runbook in ("gap", "slow"):
        printed.append(service.must("runbook", "disable", runbook))
    start("gap", b"{}", [("Authorization", "Basic " + basic)])
    keep(service.http("POST", "/api/runbooks/gap/start", {}))

    # The other side really got them.
    got = b"\n".join(
        r.target.encode() + b"\n" + json.dumps(r.headers).encode() + b"\n" + r.body for r in list(upstream.received))
    got += b"\n" + urllib.parse.unquote_to_bytes(got)
    for name in (
        "sealed query", "sealed header", "sealed form field", "encrypted variable", "bearer credential",
        "kv secret in a header", "kv secret in the query", "encrypted answer", "encrypted request",
    ):
        checks.check("the other side received: " + name, planted[name].encode() in got)

    # Positive control: in each form, each is found.
    missed = []
    control = os.path.join(folder, "control")
    for name, secret in searched.items():
        for form, text in rig.embedded(secret).items():
            with open(control, "wb") as file:
                file.write(text)
            with open(control, "rb") as file:
                if not any(found.startswith(name + " (") for found in rig.hunt(file.read(), {name: secret})):
                    missed.append((name, form))
    os.remove(control)
    checks.equal("control: every canary is found in every form", missed, [])
    with open(os.path.join(service.data, "control"), "wb") as file:
        file.write(base64.b64encode(b"x" + planted["webhook key"].encode()))
    checks.check("control: one in the data folder is found", search(service.data, searched)[1])
    os.remove(os.path.join(service.data, "control"))

    # The answers of the routes that give nothing out.
    runs = service.runs()
    paths = [
        "/api/runbooks", "/api/integrations", "/api/runs", "/api/runs?state=failed", "/api/ledger/head", "/api/ledger/key",
        "/api/ledger/entries?from=0&limit=10000", "/health", "/metrics", "/v1/sys/init", "/v1/sys/seal-status",
        "/v1/auth/token/lookup-self", "/v1/kv/metadata/?list=true", "/v1/kv/metadata/kv?list=true",
        "/v1/sys/policies/acl?list=true", "/api/nonesuch",
    ]
    paths += ["/api/runbooks/" + name for name in ("main", "gap", "slow", "quiet", "nonesuch")]
    paths += ["/api/integrations/" + name for name in ("identity", "mirror")]
    for one in runs:
        paths += ["/api/runs/" + one["id"], "/api/runs/%s/log" % one["id"], "/api/runs/%s/log?after=2" % one["id"]]
    refused = []
    for path in paths:
        found = keep(service.http("GET", path))
        if found.status != 200 and "nonesuch" not in path and "policies" not in path and "metadata" not in path:
            refused.append((path, found.status))
    checks.equal("the routes answer", refused, [])
    leaks = set()
    for found in answers:
        head = json.dumps(found.headers).encode()
        leaks |= set(rig.hunt(head + b"\n" + found.body, searched))
    checks.equal("no canary in %d answers" % len(answers), sorted(leaks), [])
    for one in runs:
        for arguments in (("log", one["id"]), ("log", one["id"], "--json")):
            printed.append(service.must(*arguments))
    for arguments in (("runs",), ("runbooks",), ("kv", "list"), ("ledger", "head")):
        printed.append(service.must(*arguments))
    shown = "\n".join(printed)
    checks.check(
        "control: the logs show what the other side answered, masked", '"X-Plain": "plain"' in shown and "‹" in shown)
    checks.equal("no canary in what the client printed", rig.hunt("\n".join(printed).encode(), searched), [])

    # The process and the disk.
    for name in ("cmdline", "environ"):
        content = b""
        for process in (service.process.pid, service.inner):
            with open("/proc/%d/%s" % (process, name), "rb") as file:
                content += file.read()
        checks.check("control: /proc/PID/%s can be read" % name, content)
        checks.equal("no canary in /proc/PID/" + name, rig.hunt(content, searched), [])
    files, found = search(service.data, searched)
    checks.equal("no canary in %d files of the data folder, while it runs" % files, found, [])
    code, output, errors = service.cli("ledger", "verify")
    checks.check("the ledger verifies", code == 0, output + errors)
    service.kill()
    files, found = search(service.data, searched)
    checks.equal("no canary in %d files of the data folder, after a kill" % files, found, [])
    service.start()
    checks.equal("after a new start: health", service.http("GET", "/health", token=None).status, 200)
    checks.equal("it ends when asked to", service.stop(), 0)
    files, found = search(service.data, searched)
    checks.equal("no canary in %d files of the data folder, after an end" % files, found, [])
    said = service.said().encode()
    checks.check("control: the service printed something", b"ready" in said, said[:200])
    checks.equal("no canary in what the service printed", rig.hunt(said, searched), [])
    upstream.stop()


def search(folder, searched):
    """Files and finds. The root token and the key of a development folder are there by design."""
    files, found = 0, []
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if os.path.relpath(path, folder) in (os.path.join("dev", "root-token"), os.path.join("seal", "dev.key")):
                continue
            files += 1
            with open(path, "rb") as file:
                found += ["%s in %s" % (hit, name) for hit in rig.hunt(file.read() + name.encode(), searched)]
    return files, found


rig.main(run)
