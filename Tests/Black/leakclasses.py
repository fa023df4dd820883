#!/usr/bin/env python3
"""Those of the leak classes of docs/leak-classes.md that show only from outside: short secrets, debug levels, cut texts, the
service's own tokens, masks as an oracle, masks that reach a run, masks that are written back.

    python3 Tests/Black/leakclasses.py BINARY
"""

import base64
import json
import os
import re
import secrets
import string
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig
from hunt import outside, tool

DOCUMENT = """
integration: api
base_url: http://PLACE
auth: { type: bearer, token: { sealed: true } }
methods:
  echo:
    request: POST /echo
    headers: { X-Key: { encrypt: true }, X-Kept: { secret: kv/a#one } }
    body: { json: '{"note": <<note>>}' }
    outputs: { seen: response^all!, twice: response^twice! }
  again:
    request: POST /echo
    auth: none
    body: { json: '{"seen": <<seen>>, "twice": <<twice>>, "note": "<<note!>>"}' }
  cut:
    request: POST /echo
    auth: none
    headers: { X-Kept: { secret: kv/a#one } }
    max_response_bytes: LIMIT
  plain: { request: GET /echo, auth: none }
  away:
    request: POST /echo
    auth: none
    body: { text: "<<note>>" }
---
integration: elsewhere
base_url: http://OTHER
methods:
  take: { request: POST /echo, body: { json: '{"twice": <<twice>>, "note": <<note>>}' } }
---
runbook: main
variables: { note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  echo: { method: api/echo, then: again, else: failed }
  again: { method: api/again, then: plain, else: failed }
  plain: { method: api/plain, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: elsewhere
variables: { note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  echo: { method: api/echo, then: take, else: failed }
  take: { method: elsewhere/take, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: cut
steps:
  cut: { method: api/cut, then: done, else: done }
  done: { end: success }
---
runbook: told
start: { public: { auth: none }, inputs: { a: request^a } }
variables: { kept: { secret: kv/a#one }, note: { secret: kv/b#two }, third: { secret: kv/c#three }, more: { secret: kv/d#four } }
steps:
  look: { condition: { left: a, op: has_value }, then: done, else: done }
  done: { end: success }
"""

# A secret is put into a name, into what selects, and into another value; then it is asked for what is there.
# The step that makes values of the secret and looks for guesses in them, without its edges.
ASK = """  ask:
    method: maker/ping
    outputs:
      made: '{"<<pin>>": "hit"}'
GUESSES      pair: '[{"<<pin>>": 1, "4711": 2}, "wrong"]'
      same: { from: "pair[1]", default: right }
      other: '[{"<<pin>>": 1, "4712": 2}, "wrong"]'
      differs: { from: "other[1]", default: right }
      whole: { object: { list: list } }
      last: { from: "whole^list[419]", default: no }
      beyond: { from: "whole^list[420]", default: no }
""".replace("GUESSES", "".join('      g%d: { from: "made^%d", default: no }\n' % (n, n) for n in range(4708, 4714)))
GUESSING = """
integration: maker
base_url: http://MAKER
methods:
  get: { request: GET /get, encrypt_response: true, outputs: { list: response^list } }
  ping: { request: GET /ping }
---
integration: listener
base_url: http://OTHER
methods:
  tell: { request: POST /echo, body: { json: '{"hit": <<g4711>>}' } }
---
runbook: guessing
variables: { pin: { secret: kv/pin#v }, list: {}, whole: {} }
steps:
  get: { method: maker/get, then: ask, else: failed }
ASK    then: tell
    else: failed
  tell: { method: listener/tell, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: counting
variables: { pin: { secret: kv/pin#v }, list: {}, whole: {} }
steps:
  get: { method: maker/get, then: ask, else: failed }
ASK    then: each
    else: failed
  each: { iterate: "<<whole^list>>", batch: 100, outputs: { one: response }, then: next, else: failed }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
""".replace("ASK", ASK)


class Rig:
    def __init__(self, checks, binary, folder):
        self.checks = checks
        self.folder = folder
        self.values = {name: tool.canary() for name in ("key", "token", "note", "one", "two", "three", "four")}
        self.outside = outside.Outside(self.values["key"])
        self.other = outside.Outside(self.values["key"])
        self.maker = rig.Upstream(lambda _: (200, {"list": list(range(420))}))
        # Every level of logging that libraries read from an environment.
        self.loud = dict(
            os.environ, LOG_LEVEL="trace", SWIFT_LOG_LEVEL="trace", DEBUG="*", NIO_DEBUG="1", CHANCERY_LOG_LEVEL="trace",
            SQLITE_TRACE="1", SSLKEYLOGFILE=os.path.join(folder, "keylog"), SWIFT_BACKTRACE="enable=yes",
            MALLOC_TRACE=os.path.join(folder, "mtrace"))
        self.service = rig.Service(
            binary, folder, allow=[self.outside.place, self.other.place, self.maker.place],
            environment=self.loud).start()

    def text(self, limit=100_000):
        return DOCUMENT.replace("PLACE", self.outside.place).replace("OTHER", self.other.place).replace("LIMIT", str(limit))

    def imports(self, text, into=None):
        """All documents, or with `into` the integrations, and then the content of one runbook."""
        if into is None:
            return self.service.http("POST", "/api/import", {"files": [{"name": "f.yaml", "text": text}]})
        parts = text.split("---\n")
        integrations = "---\n".join(part for part in parts if "integration:" in part.split("\n", 2)[0] + part.split("\n", 2)[1])
        found = self.imports(integrations)
        if found.status != 200:
            return found
        runbook = next(part for part in parts if part.startswith("runbook: " + into))
        return self.service.http("POST", "/api/import", {"files": [{"name": "f.yaml", "text": runbook}], "into": into})

    def run(self, runbook, payload=None):
        body = {} if payload is None else {"payload": payload}
        found = self.service.http("POST", "/api/runbooks/%s/start" % runbook, body).json() or {}
        return self.service.ended(found.get("run_id", ""))

    def log(self, run):
        return self.service.http("GET", "/api/runs/%s/log" % run["id"]).body.decode()

    def received(self):
        with self.outside.lock:
            return "\n".join(r.target + json.dumps(r.headers) + r.body.decode(errors="replace") for r in self.outside.received)


def planted(one):
    values, service = one.values, one.service
    for path, name in (("kv/a", "one"), ("kv/b", "two"), ("kv/c", "three"), ("kv/d", "four")):
        service.must("kv", "put", path, name + "=-", "--hosts", one.outside.place, input=values[name])
    one.checks.equal("import", one.imports(one.text()).status, 200)
    service.must("set", "api/echo", "header", "X-Key", input=values["key"])
    service.must("set", "api", "auth", "token", input=values["token"])
    for runbook in ("main", "elsewhere"):
        service.must("set", runbook, "variable", "note", input=values["note"])
    for runbook in ("main", "elsewhere", "cut", "told"):
        service.must("grant", runbook)


def marker(one):
    """Class 14: what runs works with values; a mask is for eyes only."""
    checks, values = one.checks, one.values
    run = one.run("main")
    # Read while and after it runs: a viewer changes nothing.
    log = one.log(run)
    checks.equal("class 14: the run succeeds", run.get("state"), "succeeded")
    checks.check("class 14: the log shows masks", "‹" in log and "[removed: " in log, log[-500:])
    again = one.run("main")
    checks.equal("class 14: and again, after its log was read", again.get("state"), "succeeded")
    sent = one.received()
    for mark in ("‹", "\\u2039", "%E2%80%B9", "[removed", "[withheld", "•"):
        checks.check("class 14: the other side never received %s" % mark, mark not in sent)
    for name in ("key", "token", "note", "one"):
        checks.check("class 14: it received the value itself: " + name, values[name] in sent)
    bodies = [json.loads(r.body) for r in one.outside.received if r.body and b"twice" in r.body]
    decoded = base64.b64decode(base64.b64decode(bodies[0]["twice"])).decode()
    checks.check("class 14: what one call answered goes into the next one unchanged", values["key"] in decoded)


def own_tokens(one):
    """Class 11: the service's own tokens go nowhere."""
    sent = one.received()
    tokens = [one.service.token] + [one.service.must("token", "create", "--policy", "operator").split()[0]]
    one.checks.check("class 11: no token of the service was sent outside", not any(token in sent for token in tokens))
    one.checks.check("class 11: nor anything of its form", "hvs." not in sent)


def twice(one):
    """Class 13: what is encoded twice on purpose is stopped by where it may go."""
    run = one.run("elsewhere")
    one.checks.equal("class 13: a run that sends it to another host fails", run.get("state"), "failed")
    log = one.log(run)
    one.checks.check("class 13: because it is not granted", '"reason":"not granted"' in log or "not-granted" in log, log[-600:])
    one.checks.equal("class 13: nothing was sent there", len(one.other.received), 0)


def cuts(one):
    """Class 9: an answer is cut inside a secret; what is left of it must not show."""
    checks, secret = one.checks, one.values["one"]
    shown = []
    whole = None
    for limit in (None, 60, 100, 140, 180, 220, 260, 300, 400, 600):
        one.imports(one.text(limit or 100_000), into="cut")
        one.service.must("grant", "cut")
        log = one.log(one.run("cut"))
        if limit is None:
            whole = log
        shown += [count for count in range(6, len(secret)) if secret[:count] in log][:1]
    checks.check("class 9: control: the answer holds the secret, masked", "answered" in whole and "‹" in whole, whole[-400:])
    checks.equal("class 9: no beginning of it is shown, wherever an answer is cut", shown, [])
    one.imports(one.text(), into="main")
    one.service.must("grant", "main")


def levels(one):
    """Class 8: no environment makes the service say more."""
    said = one.service.said()
    one.checks.check("class 8: no value at any level", not any(value in said for value in one.values.values()))
    one.checks.check("class 8: and not much at all", len(said.splitlines()) < 40, said[-600:])
    for name in ("keylog", "mtrace"):
        one.checks.check("class 8: no file %s was written" % name, not os.path.exists(os.path.join(one.folder, name)))


def oracle(one):
    """Class 12: a mask tells neither length nor value, and guessing in bulk is noticed."""
    checks, service, values = one.checks, one.service, one.values
    widths = set()
    for count in (12, 27, 61):
        letters = string.ascii_letters + string.digits
        service.must("set", "main", "variable", "note", input="".join(secrets.choice(letters) for _ in range(count)))
        lines = [json.loads(line) for line in one.log(one.run("main")).splitlines()]
        started = next(line for line in lines if line["event"] == "started")
        widths.add(len(started["variables"]["note"]))
    checks.equal("class 12: the mask of 12, 27 and 61 characters has one width", len(widths), 1)
    service.must("set", "main", "variable", "note", input=values["note"])
    service.must("grant", "main")
    guesses = [values[name] for name in ("one", "two", "three", "four")]
    body = json.dumps({"a": guesses}).encode()
    found = service.http("POST", "/api/automation/told", body, [("Content-Type", "application/json")], token=None)
    run = service.ended((found.json() or {}).get("run_id", ""))
    log = one.log(run)
    checks.check("class 12: an input that names many secrets is withheld whole", "withheld" in log, log[:900])
    checks.check("class 12: and no guess shows as right or wrong", not any(guess in log for guess in guesses))
    wrong = tool.canary()
    reader = service.must("token", "create", "--policy", "log-viewer").split()[0]
    asked = [
        service.http("POST", "/api/redact", {"text": "is it %s?" % guess}, token=reader).body.replace(guess.encode(), b"G")
        for guess in (values["one"], wrong)
    ]
    checks.equal("class 12: whoever may not read a secret learns nothing from the filter", asked[0], asked[1])


def guesses(one):
    """Class 12: what is found in a value that was made of a secret is masked as what is not found, and goes no further."""
    checks, service = one.checks, one.service
    text = GUESSING.replace("MAKER", one.maker.place).replace("OTHER", one.other.place)
    service.must("kv", "put", "kv/pin", "v=-", "--hosts", one.maker.place, input="4711")
    checks.equal("class 12: documents that guess are imported", one.imports(text).status, 200)
    for runbook in ("guessing", "counting"):
        service.must("grant", runbook)
    sent = len(one.other.received)
    run = one.run("guessing")
    lines = [json.loads(line) for line in one.log(run).splitlines()]
    found = next(line["variables"] for line in lines if line["event"] == "call-answered" and line["step"] == "ask")
    for names in (["g%d" % n for n in range(4708, 4714)], ["same", "differs"], ["last", "beyond"]):
        shown = {json.dumps(found[name], ensure_ascii=False) for name in names}
        checks.check("class 12: right and wrong look alike: %s" % ", ".join(names), len(shown) == 1 and "‹" in shown.pop(), found)
    checks.check("class 12: what a guess found is not sent where the secret may not go",
                 run.get("state") == "failed" and "not-granted" in json.dumps(lines), lines[-2:])
    checks.equal("class 12: nothing of it was sent there", len(one.other.received), sent)
    counted = one.run("counting")
    checks.equal("class 12: a secret array inside an object is counted as it is by itself",
                 (counted.get("state"), counted.get("failure")), ("failed", "declassification-limit"))
    checks.check("class 12: and its length is in no line", '"count":420' not in one.log(counted).replace(" ", ""))


def short(one):
    """Class 3: a secret of one letter neither shows nor destroys the log."""
    checks, service = one.checks, one.service
    service.must("set", "main", "variable", "note", input="e")
    run = one.run("main")
    lines = [json.loads(line) for line in one.log(run).splitlines()]
    checks.equal("class 3: a run with a secret of one letter succeeds", run.get("state"), "succeeded")
    started = next(line for line in lines if line["event"] == "started")
    checks.check("class 3: its label masks it", started["variables"]["note"].strip('"').startswith("‹"), started)
    plain = next(line for line in lines if line["event"] == "call-answered" and line["step"] == "plain")
    body = plain["response"]["body"]
    checks.check("class 3: other text keeps that letter", body.count("e") > 10, body[:300])
    service.must("set", "main", "variable", "note", input=one.values["note"])


def written_back(one):
    """Class 15: a blank or a mask that comes back means: keep."""
    checks, service, values = one.checks, one.service, one.values
    log = one.log(one.run("main"))
    mask = re.search("‹[^›]*›", log).group()
    places = ("/api/runbooks/main/variables/note", "/api/integrations/api/auth/token", "/api/integrations/api/methods/echo/header/X-Key")
    for text in ("", "********", "•••••••", mask, "[removed: uses note]"):
        for place in places:
            found = service.http("PUT", place, {"value": text})
            checks.equal("class 15: %r at %s is refused" % (text[:12], place.rsplit("/", 1)[1]), found.status, 400)
        marked = one.text().replace("{ sealed: true }", json.dumps(text)).replace(
            "X-Key: { encrypt: true }", "X-Key: { encrypt: true, value: %s }" % json.dumps(text)).replace(
            "note: { encrypt: true,", "note: { encrypt: true, default: %s," % json.dumps(text))
        found = one.imports(marked, into="main")
        checks.check("class 15: a document with %r is imported" % text[:12], found.status == 200, found.body[:400])
        before = len(one.outside.received)
        checks.equal("class 15: the run still succeeds", one.run("main").get("state"), "succeeded")
        with one.outside.lock:
            sent = json.dumps([[r.headers, r.body.decode(errors="replace")] for r in one.outside.received[before:]])
        checks.check(
            "class 15: and sends what was entered", all(values[name] in sent for name in ("key", "token", "note")))
    service.must("set", "api", "auth", "token", "--clear")
    failed = one.run("main")
    checks.equal("class 15: cleared is cleared, and only by saying so", failed.get("state"), "failed")


def run(checks, binary, folder):
    one = Rig(checks, binary, folder)
    planted(one)
    marker(one)
    own_tokens(one)
    twice(one)
    cuts(one)
    oracle(one)
    guesses(one)
    short(one)
    levels(one)
    written_back(one)
    one.outside.stop()
    one.other.stop()
    one.maker.stop()
    checks.equal("it ends when asked to", one.service.stop(), 0)


if __name__ == "__main__":
    rig.main(run)
