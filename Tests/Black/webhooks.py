#!/usr/bin/env python3
"""Every signature scheme over HTTP, against the real binary: a delivery as the sender makes it is let in once, and
answered with the first run when it comes again; a forged one and an old one are refused, all with the same bytes. Requests
are made from accepted cases of the vectors (CHANCERY_VECTORS), signed anew with keys and times of ours by signing.py.
Then: keys that rotate, a scheme of one's own, equal requests at once, and the limit of what is remembered.

  webhooks.py BINARY
"""

import base64
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig
import signing

DAYS = 8 * 86_400


def vectors():
    """The parsed vectors, or None with a reason."""
    folder = os.environ.get("CHANCERY_VECTORS", "")
    path = os.path.join(folder, "webhooks.json")
    if not folder or not os.path.exists(path):
        return None, "vectors are absent: webhooks.json (set CHANCERY_VECTORS to the folder that holds them)"
    with open(path, encoding="utf-8") as file:
        return json.load(file), None


def document(name, public, extra=""):
    return "runbook: %s\nstart:\n  public: %s\nsteps: { a: { end: success } }\n%s" % (name, json.dumps(public), extra)


class Endpoints:
    def __init__(self, service, folder):
        self.service = service
        self.folder = folder

    def add(self, name, public, keys):
        """Imports a runbook with this endpoint and enters its keys."""
        path = rig.write(self.folder, name + ".yaml", document(name, public))
        self.service.must("import", path)
        for key_name, text in keys.items():
            self.service.must("set", name, "auth", key_name, input=text)

    def url(self, name):
        return "http://hooks.test/api/automation/" + name

    def send(self, name, delivery):
        query = "?" + delivery.query if delivery.query else ""
        return self.service.http(
            delivery.method, "/api/automation/" + name + query, delivery.body, delivery.headers, token=None)


def one_scheme(checks, endpoints, name, scheme, case, folder, refusals):
    encoding = case["keys"][0]["encoding"]
    key = signing.Key(scheme, encoding, folder, name)
    public = {"auth": "signature", "scheme": name, "settings": dict(case.get("config", {}))}
    if name.startswith("aws-sns"):
        # Messages of all customers are signed alike: an endpoint says whose it takes.
        public["settings"]["topic_arn"] = json.loads(base64.b64decode(case["body_b64"]))["TopicArn"]
    if "key_url" in scheme:
        key.url = case["keys"][0]["url"]
        public["keys"] = [{"name": "key", "url": key.url}]
    if not public["settings"]:
        del public["settings"]
    endpoints.add(name, public, {"key": key.text})

    def delivery(now=None, with_key=key):
        return signing.Delivery(
            scheme, case, with_key, endpoints.url(name), now or time.time(), case.get("config"))

    right = delivery()
    first = endpoints.send(name, right)
    checks.equal(name + ": the sender's delivery is let in", first.status, 202)
    if scheme["algorithm"] != "token":
        again = endpoints.send(name, right)
        same = again.status == 202 and again.json() == dict(first.json() or {}, duplicate=True)
        checks.check(name + ": the same delivery again is answered with the first run", same, again.body)
    forged = endpoints.send(name, delivery().forged())
    checks.equal(name + ": a forged delivery is refused", forged.status, 401)
    refusals.append(forged)
    other = signing.Key(scheme, encoding, folder, name + "-other")
    other.url = key.url
    refusals.append(endpoints.send(name, delivery(with_key=other)))
    checks.equal(name + ": one signed with another key is refused", refusals[-1].status, 401)
    if "timestamp" in scheme:
        for offset, word in ((-DAYS, "old"), (DAYS, "early")):
            refusals.append(endpoints.send(name, delivery(now=time.time() + offset)))
            checks.equal("%s: a delivery eight days %s is refused" % (name, word), refusals[-1].status, 401)


def every_scheme(checks, endpoints, found, folder):
    cases = {}
    for case in found["cases"]:
        if case["expected"] == "accept" and "recipe" not in found["schemes"][case["scheme"]]:
            cases.setdefault(case["scheme"], case)
    refusals = [endpoints.service.http("POST", "/api/automation/nobody", b"{}", token=None)]
    for name, case in sorted(cases.items()):
        one_scheme(checks, endpoints, name, found["schemes"][name], case, folder, refusals)
    checks.equal("schemes that were tried", len(cases), 39)
    different = {answer.without_date()[0:1] + (tuple(answer.without_date()[1]), answer.body) for answer in refusals}
    checks.equal("all %d refusals have the same bytes, those of an unknown endpoint too" % len(refusals), len(different), 1)


HUB = {"signature": {"in": "header", "name": "X-Hub-Signature-256", "tag": "sha256=", "encoding": "hex"},
       "algorithm": "hmac-sha256", "message": "{body}"}
RECIPE = {"signature": {"in": "header", "name": "X-Signature", "encoding": "hex"}, "algorithm": "hmac-sha256",
          "values": {"id": {"in": "header", "name": "X-Request-Id"}}, "message": "{id}{body}"}


def case_of(body, headers=()):
    return {"method": "POST", "url": "http://x/", "headers": [["Content-Type", "application/json"]] + list(headers),
            "body_b64": base64.b64encode(body).decode()}


def hub(endpoints, name, key, body):
    return endpoints.send(
        name, signing.Delivery(HUB, case_of(body), key, endpoints.url(name), time.time(), fresh=False))


def the_recipe(checks, endpoints, folder):
    """Both forms of the recipe, with a signed header that has no pattern."""
    for framing in ("none", "lengths"):
        name = "recipe-" + framing
        key = signing.Key(RECIPE, "utf8", folder, name)
        recipe = {"header": "X-Signature", "signed_headers": ["X-Request-Id"], "framing": framing}
        endpoints.add(name, {"auth": "signature", "recipe": recipe}, {"key": key.text})

        def send(sent_id, body, signed):
            headers = [("X-Request-Id", sent_id), ("X-Signature", key.sign(signed).hex())]
            return endpoints.service.http("POST", "/api/automation/" + name, body, headers, token=None).status

        framed = b"chancery-recipe-1\nx-request-id:4:abcd\n:2:42"
        signed = b"abcd42" if framing == "none" else framed
        checks.equal("recipe, framing %s: a delivery is let in" % framing, send("abcd", b"42", signed), 202)
        moved = send("abc", b'1', b"abc1" if framing == "lengths" else b"abc2")
        checks.equal("recipe, framing %s: another text is refused" % framing, moved, 401)
        # The last character of the header becomes the first of the body.
        moved = send("abc", b"842", b"abc842" if framing == "none" else b"chancery-recipe-1\nx-request-id:4:abc8\n:2:42")
        checks.equal("recipe, framing %s: a byte moved into the body" % framing, moved, 202 if framing == "none" else 401)


def own_scheme(checks, endpoints, folder):
    service = endpoints.service
    weak = {"scheme": "acme", "definition": {
        "signature": {"in": "header", "name": "X-Acme", "encoding": "hex"}, "algorithm": "hmac-sha1",
        "message": "acme:{body}"}}
    key = signing.Key(dict(weak["definition"]), "utf8", folder, "acme")
    path = rig.write(folder, "acme.json", json.dumps(weak))
    output = service.must("import", path)
    checks.check("own scheme: the import says that a warning is not accepted", "accept_warnings" in output, output)
    endpoints.add("acme-hook", {"auth": "signature", "scheme": "acme"}, {"key": key.text})

    def send():
        delivery = signing.Delivery(
            weak["definition"], case_of(b"{}"), key, endpoints.url("acme-hook"), time.time())
        return endpoints.send("acme-hook", delivery)

    unconfirmed = send()
    checks.equal("own scheme: an unconfirmed warning refuses everything", unconfirmed.status, 401)
    checks.check("own scheme: the list of runbooks says why", "webhook.sha1" in service.must("runbooks"))
    rig.write(folder, "acme.json", json.dumps(dict(weak, accept_warnings=["webhook.sha1"])))
    service.must("import", path)
    checks.equal("own scheme: confirmed, it lets its sender in", send().status, 202)
    listed = service.must("schemes")
    checks.check("own scheme: it is listed beside ours", "acme" in listed and "standard-webhooks" in listed)
    shown = service.must("schemes", "acme")
    checks.check("own scheme: it is shown with its warning", "webhook.sha1" in shown and "acme:{body}" in shown, shown)
    exported = service.must("export", "acme-hook")
    checks.check("own scheme: it is exported with the runbook that uses it", '"scheme": "acme"' in exported, exported)
    taken = rig.write(folder, "taken.json", json.dumps(dict(weak, scheme="github", accept_warnings=["webhook.sha1"])))
    code, output, errors = service.cli("import", taken)
    checks.check("own scheme: a name of ours is refused", code == 1 and "replaces_built_in" in output + errors, errors)


def rotation(checks, endpoints, folder):
    service = endpoints.service
    old, new, late = (signing.Key(HUB, "utf8", folder, "rotation-%d" % number) for number in range(3))
    keys = [
        {"name": "old", "not_after": "2020-01-01T00:00:00Z"}, {"name": "new"},
        {"name": "late", "not_before": "2120-01-01T00:00:00Z"}]
    endpoints.add(
        "rotation", {"auth": "signature", "scheme": "github", "keys": keys},
        {"old": old.text, "new": new.text, "late": late.text})
    checks.equal("rotation: a key that has ended is refused", hub(endpoints, "rotation", old, b"[1]").status, 401)
    checks.equal("rotation: a key that has not begun is refused", hub(endpoints, "rotation", late, b"[2]").status, 401)
    checks.equal("rotation: the key between them is let in", hub(endpoints, "rotation", new, b"[3]").status, 202)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("rotation: the ledger names the key that fitted", ", key new" in entries)
    checks.check("rotation: and counts the keys that did not", "key-out-of-date" in entries)
    checks.check("rotation: the list of runbooks says that a key has ended", "has ended" in service.must("runbooks"))


def at_once(checks, endpoints, folder):
    """Equal requests at the same moment: exactly one run."""
    key = signing.Key(HUB, "utf8", folder, "at-once")
    endpoints.add("at-once", {"auth": "signature", "scheme": "github"}, {"key": key.text})
    for round_number in range(5):
        body = b'{"round": %d}' % round_number
        answers = []
        barrier = threading.Barrier(16)

        def send():
            barrier.wait()
            answers.append(hub(endpoints, "at-once", key, body))

        threads = [threading.Thread(target=send) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = [answer.json() or {} for answer in answers]
        fresh = [one for one in found if not one.get("duplicate")]
        checks.check(
            "at once: of 16 equal requests one starts a run, and all name it (round %d)" % round_number,
            len(found) == 16 and len(fresh) == 1 and len({one.get("run_id") for one in found}) == 1, found)
    mine = [run for run in endpoints.service.runs() if run["runbook"] == "at-once"]
    checks.equal("at once: there are as many runs as rounds", len(mine), 5)


def the_limit(checks, endpoints, folder):
    service = endpoints.service
    key = signing.Key(HUB, "utf8", folder, "limit")
    endpoints.add("limit", {"auth": "signature", "scheme": "github", "replay_limit": 2}, {"key": key.text})
    first = hub(endpoints, "limit", key, b"[1]")
    checks.equal("limit: the first two are let in", [first.status, hub(endpoints, "limit", key, b"[2]").status], [202, 202])
    refused = hub(endpoints, "limit", key, b"[3]")
    unknown = service.http("POST", "/api/automation/nobody", b"{}", token=None)
    checks.check("limit: the third is refused like everything else", refused.without_date() == unknown.without_date(),
                 refused.body)
    again = hub(endpoints, "limit", key, b"[1]")
    checks.equal("limit: a repetition is still answered with its run", (again.json() or {}).get("run_id"),
                 first.json()["run_id"])
    checks.check("limit: the list of runbooks raises an alarm", "ALARM" in service.must("runbooks"))
    metrics = service.http("GET", "/metrics").body.decode()
    checks.check("limit: so do the metrics", "chancery_endpoints_at_replay_limit 1" in metrics, metrics)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("limit: and the ledger has the reason", "replay-cap-reached" in entries)
    path = rig.write(folder, "limit.yaml", document(
        "limit", {"auth": "signature", "scheme": "github", "replay_limit": 3}))
    service.must("import", "--into", "limit", path)
    checks.equal("limit: raised, it lets one more in", hub(endpoints, "limit", key, b"[3]").status, 202)
    off = signing.Key(HUB, "utf8", folder, "off")
    endpoints.add("off", {"auth": "signature", "scheme": "github", "replay": "off"}, {"key": off.text})
    runs = {hub(endpoints, "off", off, b"[1]").json()["run_id"] for _ in range(3)}
    checks.equal("replay off: the same bytes start a run each time", len(runs), 3)


def a_short_key(checks, endpoints, folder):
    """What is told of a key that can be guessed: it is taken, since the sender may offer no other."""
    service = endpoints.service
    weak, strong = "k3y-of-fifteen-", "k3y-of-sixteen-b"
    service.must("import", rig.write(folder, "short.yaml", document("short", {"auth": "signature", "scheme": "github"})))
    note = "The key `key` has fewer than 16 bytes: whoever sees one request can try keys."
    said = service.must("set", "short", "auth", "key", input=weak)
    checks.equal("short key: `set` takes it and says what that means", said.splitlines(),
                 ["auth key of short is entered", "note: " + note])
    checks.check("short key: the list of runbooks says so too", note in service.must("runbooks"), service.must("runbooks"))
    answer = service.webhook("short", b"{}", weak)
    checks.equal("short key: the endpoint takes what it signed", answer.status, 202)
    policy = rig.write(folder, "enter.hcl", 'path "api/runbooks/short/auth/key" { capabilities = ["update"] }\n')
    service.must("policy", "put", "enter", policy)
    token = service.must("token", "create", "--policy", "enter").split()[0]
    code, output, errors = rig.command(
        service.binary, "set", "runbook:short", "auth", "key", input=weak,
        environment=dict(os.environ, CHANCERY_ADDR=service.url, CHANCERY_TOKEN=token, NO_COLOR="1", HOME=service.home))
    checks.check("short key: whoever may not read the runbook enters it, and is told nothing of it",
                 code == 0 and "entered" in output and "note" not in output + errors, (code, output, errors))
    said = service.must("set", "short", "auth", "key", input=strong)
    checks.equal("a key of sixteen bytes: nothing more to say", said.splitlines(), ["auth key of short is entered"])
    checks.check("and nothing in the list", note not in service.must("runbooks"))
    standard = document("short-standard", {"auth": "signature", "scheme": "standard-webhooks"})
    service.must("import", rig.write(folder, "standard.yaml", standard))
    said = service.must("set", "short-standard", "auth", "key", input="whsec_" + base64.b64encode(b"x" * 23).decode())
    checks.check("short key: one of Standard Webhooks is told what that wants", "note: The key `key` has not the 24 to 64 bytes" in said,
                 said)


class Laggard(threading.Thread):
    """Sends the head of a signed start and then a byte now and then, or nothing more, until the service has had enough."""

    SECONDS = 90

    def __init__(self, service, pause):
        super().__init__(daemon=True)
        self.port = service.port
        self.pause = pause
        self.lasted = None
        self.answer = b""
        self.start()

    def run(self):
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.port), timeout=self.SECONDS) as connection:
            connection.sendall(
                b"POST /api/automation/slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: 1000\r\n\r\n{")
            try:
                while time.monotonic() - began < self.SECONDS:
                    if self.pause:
                        connection.settimeout(self.pause)
                    try:
                        self.answer += connection.recv(4096)
                        break
                    except socket.timeout:
                        if not self.pause:
                            break
                        connection.sendall(b" ")
            except OSError:
                pass  # cut off
        self.lasted = time.monotonic() - began


def run(checks, binary, folder):
    service = rig.Service(
        binary, folder, arguments=("--dev", "--public-url", "http://hooks.test")).start()
    endpoints = Endpoints(service, folder)
    laggards = {"a body that stops half-way": Laggard(service, None), "a body of one byte a second": Laggard(service, 1)}
    found, reason = vectors()
    if found is None:
        if os.environ.get("CHANCERY_VECTORS_REQUIRED") == "1":
            checks.check("every scheme", False, reason)
        else:
            checks.skip("every scheme", reason)
    else:
        every_scheme(checks, endpoints, found, folder)
    the_recipe(checks, endpoints, folder)
    own_scheme(checks, endpoints, folder)
    rotation(checks, endpoints, folder)
    at_once(checks, endpoints, folder)
    the_limit(checks, endpoints, folder)
    a_short_key(checks, endpoints, folder)
    for name, laggard in laggards.items():
        laggard.join(Laggard.SECONDS + 10)
        in_time = laggard.lasted is not None and laggard.lasted < 30
        checks.check("%s is cut off, and starts nothing" % name, in_time and b" 202 " not in laggard.answer,
                     (laggard.lasted, laggard.answer[:100]))
    checks.equal("the service ends in good order", service.stop(), 0)


if __name__ == "__main__":
    rig.main(run)
