#!/usr/bin/env python3
"""Answers that are files: taken as they are, described, passed on byte for byte, sealed, capped, and gone with their run.

    python3 Tests/Black/files.py BINARY
"""

import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CANARY = b"canary-in-a-file-7741"
DOCUMENTS = """
integration: store
base_url: http://PLACE
methods:
  get:
    request: GET /get/<<which>>
    response: file
    outputs:
      name: response^name!
      type: response^type!
      size: response^size
      content: response^content
  small: { request: GET /get/small, response: file, max_response_bytes: 4, outputs: { content: response^content } }
  put:
    request: POST /put
    headers: { X-Name: "<<name>>", X-Size: "<<size>>", X-Type: "<<type>>" }
    body: { file: "<<content>>", type: application/pdf }
  inside:
    request: POST /inside
    body: { json: '{"content": <<content>>}' }
  sealed:
    request: GET /get/plain
    response: file
    encrypt_response: true
    outputs: { content: response^content }
---
runbook: pass
variables: { which: { from: request^which }, name: {}, type: {}, size: {}, content: {} }
steps:
  get: { method: store/get, then: put, else: failed }
  put: { method: store/put, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: json
variables: { which: { from: request^which }, name: {}, type: {}, size: {}, content: {} }
steps:
  get: { method: store/get, then: put, else: failed }
  put: { method: store/inside, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: capped
variables: { content: {} }
steps:
  get: { method: store/small, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: hidden
variables: { name: { default: x }, size: { default: 1 }, type: { default: t }, content: {} }
steps:
  get: { method: store/sealed, then: put, else: failed }
  put: { method: store/put, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

KNOWS = """
runbook: knows
variables: { which: { from: request^which }, word: { secret: kv/known#word }, name: {}, type: {}, size: {}, content: {} }
steps:
  get: { method: store/get, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

BINARY = bytes(range(256)) * 16 + CANARY + b"\r\n\0\xff\xfe"
BIG = os.urandom(9 << 20)
FILES = {
    "binary": (BINARY, [("Content-Type", "application/pdf; x=y"), ("Content-Disposition", 'attachment; filename="../in voice.pdf"')]),
    "plain": (CANARY, [("Content-Type", "text/plain")]),
    "json": (b'{"a": 1.50 }', [("Content-Disposition", "attachment; filename=a.json")]),
    "empty": (b"", [("Content-Type", "nonsense")]),
    "big": (BIG, [("Content-Type", "video/mp4")]),
    "huge": (b"x" * ((10 << 20) + 1), []),
    "small": (b"12345", []),
}


def run(checks, binary, folder):
    put, inside = [], []

    def answer(received):
        if received.target == "/put":
            put.append((received.body, dict(received.headers)))
            return 200, {}
        if received.target == "/inside":
            inside.append(received.body)
            return 200, {}
        return (200,) + FILES[received.target.split("/")[2]]

    upstream = rig.Upstream(answer)
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    service.must("import", rig.write(folder, "files.yaml", DOCUMENTS.replace("PLACE", upstream.place)))
    for runbook in ("pass", "json", "capped", "hidden"):
        service.must("grant", runbook)

    def started(runbook, which="plain"):
        answer = service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": {"which": which}})
        identifier = answer.json()["run_id"]
        return service.ended(identifier, 120), identifier

    described = {"binary": ("in voice.pdf", "application/pdf"), "plain": (None, "text/plain"),
                 "json": ("a.json", "application/json"), "big": (None, "video/mp4")}
    for which, (name, kind) in described.items():
        ended, identifier = started("pass", which)
        content = FILES[which][0]
        checks.equal("%s: the run succeeds" % which, ended["state"], "succeeded")
        body, headers = put[-1]
        checks.check("%s: it is passed on byte for byte" % which, body == content, (len(body), len(content)))
        checks.equal("%s: under the type that the method says" % which, headers["Content-Type"], "application/pdf")
        checks.equal("%s: described" % which, (headers["X-Name"], headers["X-Size"], headers["X-Type"]),
                     (name or "null", str(len(content)), kind))
        log = json.dumps(service.log(identifier), ensure_ascii=False)
        checks.check("%s: the log has the description" % which, '\\"size\\":%d' % len(content) in log or '"size": %d' % len(content) in log, log[:500])
        if which == "binary":
            checks.check("bytes that are no text are not in the log", CANARY.decode() not in log and "not text" in log, log[-900:])
            binary_run = identifier
    ended, _ = started("pass", "empty")
    checks.check("an empty file of no type is a file", put[-1][0] == b"" and put[-1][1]["X-Type"] == "application/octet-stream", put[-1])

    ended, identifier = started("pass", "huge")
    checks.check("a file over ten megabytes is refused by its size", ended["state"] == "failed"
                 and "too-large" in json.dumps(service.log(identifier)), json.dumps(service.log(identifier))[-400:])
    checks.check("and the limit is named with its setting", "`max_response_bytes` of the method" in json.dumps(service.log(identifier)),
                 json.dumps(service.log(identifier))[-400:])
    ended, identifier = started("capped")
    checks.check("and over what the method says", ended["state"] == "failed"
                 and "too-large" in json.dumps(service.log(identifier)), ended)
    count = len(inside)
    ended, identifier = started("json", "binary")
    checks.check("bytes that are no text go into no JSON", ended["state"] == "failed" and len(inside) == count, ended)
    ended, identifier = started("json", "plain")
    checks.equal("text does, as a string", json.loads(inside[-1]), {"content": CANARY.decode()})

    ended, identifier = started("hidden")
    checks.check("an encrypted file is passed on to its own host", ended["state"] == "succeeded" and put[-1][0] == CANARY, ended)
    log = json.dumps(service.log(identifier), ensure_ascii=False)
    checks.check("and is in no log", CANARY.decode() not in log and "[removed" in log, log[-600:])

    replayed(checks, service, folder, binary_run, put, upstream.place)
    gotten(checks, service, folder, binary_run, identifier)
    checks.equal("it ends when asked to", service.stop(), 0)
    found = []
    for root, _, names in os.walk(service.data):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                data = file.read()
            found += [name for needle in (CANARY, BIG[1000:1040]) if needle in data]
    checks.equal("no byte of a file stands in clear in the data folder", found, [])
    upstream.stop()


TYPED = """
runbook: typed
variables: { which: { from: request^which }, name: {}, type: {}, size: {}, content: {}, told: { type: string } }
steps:
  get: { method: store/get, outputs: { OUTPUT }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

ONLY_TYPED = """
integration: only
base_url: http://PLACE
methods:
  get: { request: GET /get/<<which>>, response: file }
---
""" + TYPED.replace("runbook: typed", "runbook: only-typed").replace("store/get", "only/get")


def replayed(checks, service, folder, run, put, place):
    """Bytes are kept in variables alone: what decides a run anew takes them from there."""
    said = service.must("replay", run)
    checks.check("a run with a file is replayed to the same end", "the same" in said, said)
    count = len(put)
    again = service.http("POST", "/api/runbooks/pass/dry-run", {"payload": {"which": "binary"}, "replay": run})
    again = again.json()["run_id"]
    checks.equal("a dry run over its answers takes the file", service.run(again)["state"], "succeeded")
    checks.equal("and sends nothing", len(put), count)
    lengths = lambda run: [json.loads(line["response"]["body"])["size"] for line in service.log(run)
                           if line["event"] == "call-answered" and "size" in line["response"]["body"]]
    checks.equal("of the size that it had", lengths(again), lengths(run))

    def made(name, text):
        service.must("import", rig.write(folder, name + ".yaml", text))
        service.must("grant", name)
        answer = service.http("POST", "/api/runbooks/%s/start" % name, {"payload": {"which": "plain"}})
        checks.equal(name + ": a run", service.ended(answer.json()["run_id"])["state"], "succeeded")
        return answer.json()["run_id"]

    run = made("typed", TYPED.replace("OUTPUT", 'told: "it is <<response^content>>"'))
    checks.check("other outputs of the bytes are decided anew from a variable that has them", "the same" in service.must("replay", run))
    changed = TYPED.replace("OUTPUT", 'told: "it was <<response^content>>"')
    service.must("import", "--into", "typed", rig.write(folder, "changed.yaml", changed))
    code, said, _ = service.cli("replay", run)
    checks.check("changed ones differ by their value", code == 1 and "value" in said, said)

    text = ONLY_TYPED.replace("PLACE", place)
    run = made("only-typed", text.replace("OUTPUT", 'told: "it is <<response^content>>"'))
    checks.check("without such a variable the same output sets the same", "the same" in service.must("replay", run))
    changed = text.split("---")[1].replace("OUTPUT", 'told: "it was <<response^content>>"')
    service.must("import", "--into", "only-typed", rig.write(folder, "changed.yaml", changed))
    code, said, _ = service.cli("replay", run)
    checks.check("and a changed one has no value", code == 1 and "unresolved" in said, said)
    again = service.http("POST", "/api/runbooks/only-typed/dry-run", {"payload": {"which": "plain"}, "replay": run})
    log = json.dumps(service.log(again.json()["run_id"]))
    checks.check("the log says why", "no log keeps a file" in log, log[-600:])


def gotten(checks, service, folder, run, hidden):
    """Out of a run, by whoever may have it revealed, on the record."""
    place = os.path.join(folder, "out.pdf")
    seq = next(line["seq"] for line in service.log(run) if line["event"] == "call-answered")
    said = service.must("reveal", "run", run, str(seq), "variables.content", "--file", place, "--reason", "invoice 7")
    with open(place, "rb") as file:
        checks.check("a file comes out byte for byte", file.read() == BINARY, said)
    checks.equal("for whoever had it written alone", os.stat(place).st_mode & 0o777, 0o600)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("the ledger has the reason", "invoice 7" in entries)
    seq = next(line["seq"] for line in service.log(hidden) if line["event"] == "call-answered")
    service.must("reveal", "run", hidden, str(seq), "variables.content", "--file", place, "--reason", "again")
    with open(place, "rb") as file:
        checks.equal("an encrypted one too", file.read(), CANARY)
    os.remove(place)
    viewer = service.must("token", "create", "--policy", "log-viewer").split()[0]
    order = {"reason": "x", "seq": seq, "part": "variables.content", "as": "bytes"}
    checks.equal("not for who may only read logs", service.http("POST", "/api/reveals/runs/" + hidden, order, token=viewer).status, 403)
    service.must("kv", "put", "kv/known", "word=" + CANARY.decode())
    service.must("import", rig.write(folder, "knows.yaml", KNOWS))
    service.must("grant", "knows")
    answer = service.http("POST", "/api/runbooks/knows/start", {"payload": {"which": "plain"}})
    knows = answer.json()["run_id"]
    checks.equal("a run that knows a secret", service.ended(knows)["state"], "succeeded")
    seq = next(line["seq"] for line in service.log(knows) if line["event"] == "call-answered")
    order = dict(order, seq=seq)
    answer = service.http("POST", "/api/reveals/runs/" + knows, order)
    checks.check("one in which a stored secret stands comes out for nobody", answer.status == 409 and CANARY not in answer.body, answer.body)
    count = lambda: service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().count('"disclosure"')
    before = count()
    service.http("POST", "/api/reveals/runs/" + knows, order)
    checks.equal("and is not recorded as shown", count(), before)
    checks.equal("another form is none", service.http("POST", "/api/reveals/runs/" + knows, dict(order, **{"as": "file"})).status, 400)


if __name__ == "__main__":
    rig.main(run)
