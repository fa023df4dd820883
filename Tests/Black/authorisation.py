#!/usr/bin/env python3
"""How calls of integrations are authorised, against an authorisation server and hosts of the test's own: every grant of
OAuth 2, expiry, rotation, one request for many runs, errors, kills; tokens that the service signs itself; client
certificates. What is kept in the data folder is searched for every token that was ever given.

    python3 Tests/Black/authorisation.py BINARY
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import re
import secrets
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CLIENT = "client:one+two"
SECRET = "s3cret %&=" + secrets.token_hex(12)
PASSWORD = "pass:" + secrets.token_hex(12)


SETS = {
    "latin": ("text/plain; charset=ISO-8859-1", b"caf\xe9 \x80"),
    "utf16": ('text/plain; charset="utf-16"', "\ufeffcaf\u00e9".encode("utf-16-be")),
    "unknown": ("text/plain; charset=koi8-r", b"\xf0\xd2\xc9"),
    "none": ("text/plain", b"caf\xe9"),
    "marked": ("application/json", b"\xef\xbb\xbf" + '{"a": "caf\u00e9"}'.encode()),
    "latin-json": ("application/json; charset=iso-8859-1", b'{"a": "caf\xe9"}'),
    "wrong-json": ("application/json; charset=iso-8859-1", '{"a": "caf\u00e9"}'.encode()),
    "twice": ("application/json", b'{"a": 1, "a": 2}'),
}


class Server:
    """An authorisation server and an API that takes its tokens. Each name has tokens of its own."""

    def __init__(self):
        self.lock = threading.Lock()
        self.valid = {}
        self.given = []
        self.requests = []
        self.refresh = {}
        self.codes = {}
        self.life = {}
        self.delay = {}
        self.faults = {}
        self.outages = {}
        self.refusals = {}
        self.gate = threading.Event()
        self.held = {}
        self.upstream = rig.Upstream(self.answer)
        self.place = self.upstream.place

    def answer(self, received):
        parts = received.path.strip("/").split("/")
        if parts[0] == "oauth":
            return self.token(parts[1], received)
        header = dict((key.lower(), value) for key, value in received.headers)
        if parts[0] == "echo":
            return 200, {"headers": header, "query": received.query, "body": received.body.decode()}
        if parts[0] == "raw":
            kinds = {
                "xml": b"<?xml version='1.0'?><order id='17'><line n='1'>one</line><line n='2'>two</line></order>",
                "evil": b"<!DOCTYPE order [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><order>&x;</order>",
                "json": b'{"a": 1}'}
            return 200, kinds[parts[1]], [("Content-Type", "application/octet-stream")]
        if parts[0] == "set":
            return 200, SETS[parts[1]][1], [("Content-Type", SETS[parts[1]][0])]
        name = parts[1]
        with self.lock:
            good = header.get("authorization", header.get("x-token", ""))
            if good.split(" ")[-1] in self.valid.get(name, set()):
                return 200, {"ok": True, "note": "echo " + good}
        return 401, {"error": "the token is not valid"}

    def token(self, name, received):
        form = dict(urllib.parse.parse_qsl(received.body.decode(), keep_blank_values=True))
        header = dict((key.lower(), value) for key, value in received.headers)
        with self.lock:
            self.requests.append((name, form, header))
        if name == "slow":
            self.gate.wait(45)
            return 200, {"access_token": "late-" + secrets.token_hex(8)}
        if self.outages.get(name):
            return self.outages[name].pop(0)
        if name in self.faults:
            return self.faults[name]
        if name in self.refusals and form.get("grant_type") == "refresh_token":
            return self.refusals[name]
        if name in self.delay:
            time.sleep(self.delay[name])
        if name in self.held:
            self.held[name].wait(25)
        client = self.client(form, header)
        if client == "wrong":
            return 401, {"error": "invalid_client", "error_description": "the secret was " + form.get("x", SECRET)}
        grant = form.get("grant_type")
        if grant == "password" and (form.get("username"), form.get("password")) != ("ann", PASSWORD):
            return 400, {"error": "invalid_grant"}
        with self.lock:
            if grant == "refresh_token":
                if self.refresh.get(name) != form.get("refresh_token"):
                    return 400, {"error": "invalid_grant"}
            if grant == "authorization_code":
                expected = self.codes.pop(form.get("code"), None)
                if expected is None or expected["redirect"] != form.get("redirect_uri"):
                    return 400, {"error": "invalid_grant"}
                challenge = expected["challenge"]
                if challenge is not None:
                    made = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                    if base64.urlsafe_b64encode(made).decode().rstrip("=") != challenge:
                        return 400, {"error": "invalid_grant"}
            token = "at-%s-%s" % (name, secrets.token_hex(16))
            self.valid[name] = {token}
            self.given.append(token)
            answer = {"access_token": token, "token_type": "Bearer"}
            if name == "named":
                answer = {"tok": token}
            if name in self.life:
                answer["expires_in"] = self.life[name]
            if name.startswith("rotating") or grant == "authorization_code" or (
                    grant == "refresh_token" and name.startswith("code")):
                self.refresh[name] = "rt-%s-%s" % (name, secrets.token_hex(16))
                self.given.append(self.refresh[name])
                answer["refresh_token"] = self.refresh[name]
        return 200, answer

    def client(self, form, header):
        if "client_secret" in form:
            return "body" if (form["client_id"], form["client_secret"]) == (CLIENT, SECRET) else "wrong"
        if header.get("authorization", "").startswith("Basic "):
            pair = base64.b64decode(header["authorization"][6:]).decode().split(":")
            found = tuple(urllib.parse.unquote_plus(part) for part in pair)
            return "basic" if found == (CLIENT, SECRET) else "wrong"
        return "none" if form.get("client_id") == CLIENT or "assertion" in form else "wrong"

    def of(self, name):
        with self.lock:
            return [(form, header) for found, form, header in self.requests if found == name]

    def revoke(self, name):
        with self.lock:
            self.valid[name] = set()


def oauth(place, name, settings=""):
    return """
integration: {name}
base_url: http://{place}/api/{name}
auth:
  type: oauth2
  token_url: http://{place}/oauth/{name}/token
  client_id: "{client}"
{settings}
methods:
  call: {{ request: POST /call, outputs: {{ ok: response^ok }} }}
---
runbook: run-{name}
steps:
  one: {{ method: {name}/call, then: done, else: failed }}
  done: {{ end: success }}
  failed: {{ end: failure }}
""".format(name=name, place=place, client=CLIENT, settings=settings)


def failure_of(service, identifier):
    for line in service.log(identifier):
        found = re.search(r'"(token [a-z0-9 _-]+)"', json.dumps(line))
        if found:
            return found.group(1)
    return None


class Test:
    def __init__(self, checks, service, server, folder):
        self.checks, self.service, self.server, self.folder = checks, service, server, folder
        self.serial = 0

    def load(self, text):
        self.serial += 1
        self.service.must("import", rig.write(self.folder, "doc-%d.yaml" % self.serial, text))

    def add(self, name, settings="", secret=SECRET):
        self.load(oauth(self.server.place, name, settings))
        if secret is not None:
            self.service.must("set", "integration:" + name, "auth", "client_secret", input=secret)

    def start(self, name):
        return re.search(r"started run (\S+)", self.service.must("start", "run-" + name)).group(1)

    def run(self, name):
        identifier = self.start(name)
        return self.service.ended(identifier), identifier

    def succeeds(self, what, name):
        run, identifier = self.run(name)
        if not self.checks.equal(what, run.get("state"), "succeeded"):
            print(json.dumps(self.service.log(identifier))[-1500:], flush=True)
        return identifier

    def fails(self, what, name, word):
        run, identifier = self.run(name)
        self.checks.equal(what, (run.get("state"), failure_of(self.service, identifier)), ("failed", word))
        return identifier


def grants(test):
    checks, service, server = test.checks, test.service, test.server
    server.life["plain"] = 3600
    test.add("plain", "  scope: read write\n  parameters: { audience: 'https://a.example/x y' }")
    first = test.succeeds("client credentials: a run succeeds", "plain")
    test.succeeds("client credentials: the next one as well", "plain")
    asked = server.of("plain")
    checks.equal("client credentials: one token request for both", len(asked), 1)
    form, header = asked[0]
    checks.equal(
        "client credentials: the form is what RFC 6749 has", form,
        {"grant_type": "client_credentials", "scope": "read write", "audience": "https://a.example/x y"})
    checks.check("client credentials: id and secret were encoded before basic", server.client(form, header) == "basic")
    checks.equal("client credentials: it asks for JSON", header.get("accept"), "application/json")
    log = json.dumps([service.run(first), service.log(first)])
    checks.check("no token and no secret is in the log", not [text for text in server.given + [SECRET] if text in log])
    checks.check("a mask stands where the token stood", "\u2039access_token" in json.dumps(
        service.log(first), ensure_ascii=False))

    test.add("named", "  client_auth: body\n  token_name: tok\n  expires: 10m\n  header: X-Token\n  prefix: ''")
    test.succeeds("a token of another name, in another header", "named")
    checks.equal("the secret is in the body", server.client(*server.of("named")[0]), "body")

    test.load(oauth(server.place, "rotating", "  grant: password\n  username: ann"))
    service.must("set", "integration:rotating", "auth", "client_secret", input=SECRET)
    service.must("set", "integration:rotating", "auth", "password", input=PASSWORD)
    server.life["rotating"] = 1
    test.succeeds("password: a run succeeds", "rotating")
    before = server.refresh["rotating"]
    time.sleep(1.1)
    test.succeeds("password: a run after the end succeeds", "rotating")
    asked = server.of("rotating")
    checks.equal("password: the second request refreshes", [form["grant_type"] for form, _ in asked],
                 ["password", "refresh_token"])
    checks.equal("password: with the token that was given", asked[1][0].get("refresh_token"), before)
    time.sleep(1.1)
    test.succeeds("password: and again, with the rotated one", "rotating")
    checks.check("password: rotation is followed", server.of("rotating")[2][0]["refresh_token"] != before)
    with server.lock:
        server.refresh["rotating"] = "withdrawn"
    time.sleep(1.1)
    test.succeeds("password: a withdrawn refresh token is given up, and the grant used again", "rotating")
    checks.equal("password: in this order", [form["grant_type"] for form, _ in server.of("rotating")[3:]],
                 ["refresh_token", "password"])


def fallbacks(test):
    """What follows where a refresh gives no token: the grant where it may work, and the refresh token stays where it may."""
    checks, service, server = test.checks, test.service, test.server

    def asked(name):
        return [form["grant_type"] for form, _ in server.of(name)]

    def add(name):
        test.load(oauth(server.place, name, "  grant: password\n  username: ann"))
        service.must("set", "integration:" + name, "auth", "client_secret", input=SECRET)
        service.must("set", "integration:" + name, "auth", "password", input=PASSWORD)
        server.life[name] = 3600
        test.succeeds(name + ": a run succeeds", name)
        server.revoke(name)

    passing = {
        "page": (200, b"<html>no such grant here</html>", [("Content-Type", "text/html")]),
        "large": (200, b"<!-- " + b"x" * 100_000),
        "client": (400, {"error": "unauthorized_client"}), "grant": (400, {"error": "unsupported_grant_type"}),
        "request": (400, {"error": "invalid_request"}), "scope": (400, {"error": "invalid_scope"}),
        "denied": (403, {"error": "access_denied"}), "odd": (400, {"error": "no word of the RFC"}),
    }
    for word, answer in passing.items():
        name = "rotating-" + word
        add(name)
        before = server.refresh[name]
        server.refusals[name] = answer
        test.succeeds("a refresh that is answered by %s: the grant is used again" % word, name)
        checks.equal("%s: in this order" % word, asked(name), ["password", "refresh_token", "password"])
        del server.refusals[name]
        server.revoke(name)
        test.succeeds("%s: and the refresh token that came with it after that" % word, name)
        last = server.of(name)[-1][0]
        checks.check("%s: which is another one" % word,
                     last["grant_type"] == "refresh_token" and last["refresh_token"] != before, last["grant_type"])
    staying = {"busy": (503, {"error": "temporarily_unavailable"}, "temporarily_unavailable"),
               "error": (400, {"error": "server_error"}, "server_error"),
               "unknown": (401, {"error": "invalid_client"}, "invalid_client")}
    for word, (status, answer, reason) in staying.items():
        name = "rotating-" + word
        add(name)
        before = server.refresh[name]
        server.refusals[name] = (status, answer)
        test.fails("a refresh that is answered by %s: the run fails" % reason, name, "token " + reason)
        checks.equal("%s: the grant is not tried" % reason, asked(name), ["password", "refresh_token"])
        del server.refusals[name]
        time.sleep(1.1)
        test.succeeds("%s: a run after it succeeds" % reason, name)
        last = server.of(name)[-1][0]
        checks.equal("%s: with the refresh token of before" % reason, (last["grant_type"], last.get("refresh_token")),
                     ("refresh_token", before))


def refused(test):
    checks, service, server = test.checks, test.service, test.server
    server.life["again"] = 3600
    test.add("again")
    test.succeeds("a token that is good", "again")
    server.revoke("again")
    test.succeeds("a 401 brings another token, and the request is sent once more", "again")
    checks.equal("two token requests", len(server.of("again")), 2)
    logged = service.http("GET", "/api/methods/again/(token)/requests").json()["requests"]
    checks.equal("both stand in the request log", [(x["origin"], x["outcome"], x["run_id"]) for x in logged],
                 [("token", "status 200", None)] * 2)
    calls = [entry for entry in server.upstream.received if entry.path == "/api/again/call"]
    checks.equal("three requests of the method", len(calls), 3)

    # A host that takes no token: two requests, one more token, and the 401 is the outcome.
    test.load(oauth(server.place, "never").replace("/api/never", "/api/nobody"))
    service.must("set", "integration:never", "auth", "client_secret", input=SECRET)
    run, identifier = test.run("never")
    checks.check("always 401: the run fails", run.get("state") == "failed" and "status 401" in json.dumps(
        service.log(identifier)))
    checks.equal("always 401: two tokens, no more", len(server.of("never")), 2)


def withheld(test):
    """While a token is fetched the call has not begun: whatever ends the run, or the service, meanwhile, it never leaves; and
    the fetch goes on for the others."""
    checks, service, server = test.checks, test.service, test.server

    def add(name, old="", new=""):
        server.life[name] = 3600
        server.held[name] = threading.Event()
        test.load(oauth(server.place, name).replace(old, new) if old else oauth(server.place, name))
        service.must("set", "integration:" + name, "auth", "client_secret", input=SECRET)

    def asked(name, count):
        return rig.eventually(lambda: len(server.of(name)) == count, 20)

    def calls(name):
        return len([entry for entry in server.upstream.received if entry.path == "/api/%s/call" % name])

    add("stop-cancel")
    identifier = test.start("stop-cancel")
    checks.check("cancel: the token is being fetched", asked("stop-cancel", 1))
    service.must("cancel", identifier)
    checks.equal("cancel: the run ends at once", service.ended(identifier, 10).get("state"), "cancelled")
    server.held["stop-cancel"].set()
    test.succeeds("cancel: the next run has the token", "stop-cancel")
    checks.equal("cancel: which was fetched all the same", len(server.of("stop-cancel")), 1)
    checks.equal("cancel: and one request of the method leaves, the second run's", calls("stop-cancel"), 1)

    add("stop-limit", "steps:", "limits: { max_run_time: 2s }\nsteps:")
    identifier = test.start("stop-limit")
    ended = service.ended(identifier, 10)
    told = json.dumps([ended, service.log(identifier)])
    checks.check("limit: the run ends with its time", ended.get("state") == "failed" and "limit" in told, told[-800:])
    server.held["stop-limit"].set()

    add("stop-timeout", "request: POST /call,", "request: POST /call, timeout: 1s,")
    began = time.time()
    test.fails("timeout: the call waits no longer than it may take", "stop-timeout", "token timeout")
    checks.check("timeout: whatever a token request may take", time.time() - began < 8, time.time() - began)
    server.held["stop-timeout"].set()

    add("stop-kill")
    identifier = test.start("stop-kill")
    checks.check("kill: the token is being fetched", asked("stop-kill", 1))
    service.kill()
    # What the killed service asked for is never answered: a token of it would end the next one's.
    server.held["stop-kill"] = threading.Event()
    service.start()
    checks.check("kill: the run goes on, and asks again", asked("stop-kill", 2))
    server.held["stop-kill"].set()
    checks.equal("kill: it succeeds", service.ended(identifier, 30).get("state"), "succeeded")
    checks.check("kill: nothing was interrupted", "interrupted" not in json.dumps(service.log(identifier)))
    checks.equal("kill: one request of the method left", calls("stop-kill"), 1)

    add("stop-renewal")
    server.held["stop-renewal"].set()
    test.succeeds("renewal: a run succeeds", "stop-renewal")
    server.revoke("stop-renewal")
    server.held["stop-renewal"] = threading.Event()
    identifier = test.start("stop-renewal")
    checks.check("renewal: after a 401 another token is being fetched", asked("stop-renewal", 2))
    service.must("cancel", identifier)
    ended = service.ended(identifier, 10)
    checks.check("renewal: the 401 is the outcome", ended.get("state") == "failed" and "status 401" in json.dumps(
        service.log(identifier)), ended)
    server.held["stop-renewal"].set()
    test.succeeds("renewal: the next run has the new token", "stop-renewal")
    checks.equal("renewal: nothing was sent a second time", calls("stop-renewal"), 3)
    checks.equal("renewal: no request of a run that was over left", (calls("stop-limit"), calls("stop-timeout")), (0, 0))


def many(test):
    checks, service, server = test.checks, test.service, test.server
    server.life["many"] = 3600
    server.delay["many"] = 0.5
    test.add("many")
    identifiers = []
    lock = threading.Lock()

    def start():
        answer = service.http("POST", "/api/runbooks/run-many/start", {})
        with lock:
            identifiers.append(answer.json()["run_id"])

    threads = [threading.Thread(target=start) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [service.ended(identifier).get("state") for identifier in identifiers]
    checks.equal("fifty runs at once succeed", states.count("succeeded"), 50)
    checks.equal("with one token request", len(server.of("many")), 1)
    server.revoke("many")
    identifiers.clear()
    threads = [threading.Thread(target=start) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = [service.ended(identifier).get("state") for identifier in identifiers]
    checks.equal("fifty runs with a withdrawn token succeed", states.count("succeeded"), 50)
    checks.equal("with one more", len(server.of("many")), 2)


def faults(test):
    checks, service, server = test.checks, test.service, test.server
    test.add("wrong", secret="another secret")
    identifier = test.fails("a wrong client", "wrong", "token invalid_client")
    log = json.dumps(service.log(identifier))
    checks.check("nothing of the server's own words is in the log", "the secret was" not in log and SECRET not in log)
    test.fails("a second run right after it", "wrong", "token invalid_client")
    checks.equal("asks nobody", len(server.of("wrong")), 1)
    service.must("set", "integration:wrong", "auth", "client_secret", input=SECRET)
    test.succeeds("the right secret is tried at once", "wrong")
    server.faults.update({
        "huge": (200, {"access_token": "a" * 100_000}),
        "text": (200, b"no JSON"),
        "mac": (200, {"access_token": "abc-123-abc-123", "token_type": "mac"}),
        "lines": (200, {"access_token": "abc\r\nX-Evil: 1"}),
        "strange": (400, {"error": "something_else " + SECRET}),
        "moved": (302, {}, [("Location", "http://%s/oauth/plain/token" % server.place)]),
        "minus": (200, {"access_token": "abc-123-abc-123", "expires_in": -5}),
        "hour": (200, {"access_token": "abc-123-abc-123", "expires_in": "1 hour"}),
        "long": (200, {"access_token": "a" * 20_000}),
        "marked": (200, b"\xef\xbb\xbf" + json.dumps({"access_token": "marked-123-marked-123"}).encode()),
        "scope": (400, {"error": "invalid_scope"}),
    })
    for name, word in [
        ("huge", "too-large"), ("text", "unreadable"), ("mac", "type"), ("lines", "form"), ("hour", "lifetime"), ("long", "form"),
        ("strange", "status 400"), ("moved", "status 302"), ("minus", "lifetime"), ("scope", "invalid_scope"),
    ]:
        test.add(name)
        test.fails("an answer that is " + name, name, "token " + word)
    server.valid["marked"] = {"marked-123-marked-123"}
    server.given.append("marked-123-marked-123")
    test.add("marked")
    test.succeeds("an answer behind a mark of the byte order is read", "marked")
    closed = "127.0.0.1:%d" % rig.free_port()
    test.load(oauth(server.place, "blocked").replace("token_url: http://" + server.place, "token_url: https://" + closed))
    service.must("set", "integration:blocked", "auth", "client_secret", input=SECRET)
    test.fails("a token URL that the guard refuses", "blocked", "token blocked")


def outages(test):
    """An outage of the authorisation server: `retry` gets over it, and a credential that was put right is tried at once."""
    checks, service, server = test.checks, test.service, test.server
    server.outages["shaky"] = [(503, {"error": "temporarily_unavailable"}), (503, b"<html>down for a moment</html>")]
    test.load(oauth(server.place, "shaky").replace(
        "request: POST /call,", "request: POST /call, retry: { attempts: 3, backoff: 1s, retry_on: [5xx] },"))
    service.must("set", "integration:shaky", "auth", "client_secret", input=SECRET)
    identifier = test.succeeds("a method that asks for it is repeated until there is a token", "shaky")
    checks.equal("with a token request for each attempt", len(server.of("shaky")), 3)
    log = json.dumps(service.log(identifier))
    checks.check("both reasons stand in the log", "token temporarily_unavailable" in log and "token status 503" in log, log)
    calls = [entry for entry in server.upstream.received if entry.path == "/api/shaky/call"]
    checks.equal("and one request of the method", len(calls), 1)
    server.outages["limited"] = [(429, b"slow down")]
    test.load(oauth(server.place, "limited").replace(
        "request: POST /call,", "request: POST /call, retry: { attempts: 2, retry_on: [5xx, timeout, connect] },"))
    service.must("set", "integration:limited", "auth", "client_secret", input=SECRET)
    test.fails("what its retry_on does not name is not repeated", "limited", "token status 429")
    checks.equal("one token request then", len(server.of("limited")), 1)

    service.must("kv", "put", "kv/oauth", "secret=-", input="not the secret")
    server.life["kept"] = 3600
    test.load(oauth(server.place, "kept", "  client_secret: { secret: kv/oauth#secret }"))
    until = None
    for failures in (1, 2, 3, 4):
        if failures > 1:
            rig.eventually(lambda: now() > until, 30)
        identifier = test.fails("wrong secret of the store, run %d" % failures, "kept", "token invalid_client")
        found = re.search(r"not asked again until (\S+?),", json.dumps(service.log(identifier)))
        if not checks.check("the log says until when nobody is asked, run %d" % failures, found is not None):
            return
        until = found.group(1)
    asked = len(server.of("kept"))
    checks.equal("each of them asked", asked, 4)
    service.must("kv", "put", "kv/oauth", "secret=-", input=SECRET)
    service.must("grant", "run-kept")
    test.succeeds("after the right one is put and granted, a run succeeds", "kept")
    checks.check("before the rest is over", now() < until, (now(), until))
    checks.equal("with one token request", len(server.of("kept")), asked + 1)


def changed_meanwhile(test):
    """A secret that is changed while the old one is being refused: nobody who has the new one waits for that."""
    checks, service, server = test.checks, test.service, test.server
    service.must("kv", "put", "kv/turned", "secret=-", input="not the secret")
    server.life["turned"] = 3600
    server.held["turned"] = threading.Event()
    test.load(oauth(server.place, "turned", "  client_secret: { secret: kv/turned#secret }"))
    service.must("grant", "run-turned")
    first = test.start("turned")
    rig.eventually(lambda: len(server.of("turned")) == 1, 20)
    service.must("kv", "put", "kv/turned", "secret=-", input=SECRET)
    second = test.start("turned")
    server.held["turned"].set()
    checks.equal("a secret that is changed meanwhile: who had the old one is refused", (
        service.ended(first).get("state"), failure_of(service, first)), ("failed", "token invalid_client"))
    checks.equal("who has the new one asks at once", (
        service.ended(second).get("state"), failure_of(service, second)), ("succeeded", None))
    checks.equal("with one token request for each", len(server.of("turned")), 2)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def moved(test, thief):
    """Whoever may edit documents and knows no secret: where can he have them sent?"""
    checks, service, server = test.checks, test.service, test.server
    server.life["pinned"] = 3600
    test.add("pinned")
    test.succeeds("before the edit", "pinned")
    before = len(server.of("pinned"))
    text = oauth(server.place, "pinned")
    for what, edited in [
        ("another base URL", text.replace("base_url: http://%s" % server.place, "base_url: http://%s" % thief.place)),
        ("another token URL", text.replace("token_url: http://%s" % server.place, "token_url: http://%s" % thief.place)),
    ]:
        path = rig.write(test.folder, "edited.yaml", edited)
        code, _, errors = service.cli("import", "--into", "run-pinned", path)
        if code != 0:
            code, _, errors = service.cli("import", path)
        if not checks.check("the edit is stored: " + what, code == 0, errors[-300:]):
            continue
        run, _ = test.run("pinned")
        checks.equal("the run fails: " + what, run.get("state"), "failed")
        seen = json.dumps([(entry.headers, entry.body.decode()) for entry in thief.received])
        checks.check("neither token nor secret went there: " + what,
                     not [text for text in server.given + [SECRET] if text in seen])
    # Back as it was: the token of before opens no more, and a new one is had.
    service.must("import", "--into", "run-pinned", rig.write(test.folder, "back.yaml", text))
    test.succeeds("put back, a run succeeds", "pinned")
    checks.check("with a token request of its own", len(server.of("pinned")) > before)


def standing(service, name):
    """How the authorisation of an integration by a person stands."""
    return service.http("GET", "/api/integrations/" + name).json().get("authorization") or {}


def codes(test):
    checks, service, server = test.checks, test.service, test.server
    for name, pkce, auth in (("code", True, "none"), ("code2", False, "basic")):
        server.life[name] = 3600
        settings = (
            "  grant: authorization_code\n  client_auth: %s\n  authorization_url: http://%s/yes?prompt=login\n"
            "  redirect_uri: http://127.0.0.1:9/back\n  scope: a b\n" % (auth, server.place)
            + ("" if pkce else "  pkce: false\n"))
        test.add(name, settings, secret=None if auth == "none" else SECRET)
        documents = oauth(server.place, name, settings)
        said = service.must("check", "--missing", rig.write(test.folder, "unsaid.yaml", documents))
        checks.check(name + ": check names the command", "  chancery authorize %s\n" % name in said, said)
        checks.equal(name + ": it is not authorised", standing(service, name)["state"], "missing")
        failed = test.fails(name + ": before a person said yes", name, "token not-authorized")
        checks.check(name + ": the log names the command", "`chancery authorize %s`" % name in json.dumps(service.log(failed)),
                     service.log(failed)[-2:])
        begun = service.http("POST", "/api/integrations/%s/authorize" % name)
        if not checks.equal(name + ": it is begun", begun.status, 200):
            print(begun.body, flush=True)
            continue
        url = begun.json()["url"]
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        checks.equal(name + ": the address asks for a code", (
            query["response_type"], query["client_id"], query["redirect_uri"], query["scope"], query["prompt"],
            query.get("code_challenge_method")),
            ("code", CLIENT, "http://127.0.0.1:9/back", "a b", "login", "S256" if pkce else None))
        code = "code-" + secrets.token_hex(12)
        server.codes[code] = {"redirect": "http://127.0.0.1:9/back", "challenge": query.get("code_challenge")}

        def finish(text):
            return service.http("POST", "/api/integrations/%s/authorized" % name, {"redirect": text})

        back = "http://127.0.0.1:9/back?" + urllib.parse.urlencode({"code": code, "state": query["state"]})
        checks.equal(name + ": another state is refused", finish(back.replace(query["state"], "x" * 43)).status, 400)
        checks.equal(name + ": another address is refused", finish(
            back.replace("127.0.0.1:9/", "127.0.0.1:8/")).status, 400)
        done = finish(back)
        checks.check(name + ": the code is taken", done.status == 204, done.body)
        checks.equal(name + ": and not twice", finish(back).status, 400)
        test.succeeds(name + ": a run succeeds", name)
        server.revoke(name)
        test.succeeds(name + ": a refused token is refreshed", name)
        checks.equal(name + ": in this order", [form["grant_type"] for form, _ in server.of(name)],
                     ["authorization_code", "refresh_token"])
    # A grant that needs a person brings nothing by itself: what the refresh met is what is told, and its token stays.
    server.refusals["code"] = (400, {"error": "unsupported_grant_type"})
    server.revoke("code")
    test.fails("code: a refresh that is refused is told as it is", "code", "token unsupported_grant_type")
    checks.equal("code: nobody is asked for a code meanwhile", len(server.of("code")), 3)
    del server.refusals["code"]
    time.sleep(1.1)
    test.succeeds("code: and its token is good later, without a person", "code")
    checks.equal("code: as it was", server.of("code")[-1][0]["grant_type"], "refresh_token")
    # A person says no; and the command, which reads the address from standard input.
    begun = service.http("POST", "/api/integrations/code/authorize").json()["url"]
    state = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(begun).query))["state"]
    answer = service.http("POST", "/api/integrations/code/authorized", {
        "redirect": "http://127.0.0.1:9/back?error=access_denied&error_description=%s&state=%s" % (
            urllib.parse.quote(SECRET), state)})
    checks.check("a person's no is told by its code",
                 answer.status == 409 and b"access_denied" in answer.body and SECRET.encode() not in answer.body,
                 answer.body)
    command = subprocess.Popen(
        [service.binary, "authorize", "code"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, CHANCERY_ADDR=service.url, CHANCERY_TOKEN=service.token, NO_COLOR="1", HOME=service.home))
    shown = command.stdout.readline().decode() + command.stdout.readline().decode()
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(shown.split()[-1]).query))
    code = "code-" + secrets.token_hex(12)
    server.codes[code] = {"redirect": "http://127.0.0.1:9/back", "challenge": query.get("code_challenge")}
    output, errors = command.communicate(
        ("http://127.0.0.1:9/back?code=%s&state=%s\n" % (code, query.get("state"))).encode(), 60)
    checks.check("chancery authorize", command.returncode == 0 and b"is authorised" in output, errors)
    test.succeeds("and a run succeeds", "code")
    edited(test, "code2", documents.split("---")[0])


def edited(test, name, text):
    """An edit that makes a person's yes useless says so at once, and what is put back is good again."""
    checks, service, server = test.checks, test.service, test.server
    good = standing(service, name)
    checks.check("it is authorised", good.get("state") == "authorized" and good.get("token_at") and "command" not in good, good)
    checks.check("so the list says", "authorised, with a token of" in service.must("integrations"), service.must("integrations"))
    back = rig.write(test.folder, "yes.yaml", text)
    checks.check("the same again asks for nothing", "chancery authorize" not in service.must("import", back))
    for what, changed in [
            ("another base_url", text.replace("/api/" + name, "/other/" + name)), ("another scope", text.replace("scope: a b", "scope: a"))]:
        said = service.must("import", rig.write(test.folder, "no.yaml", changed))
        checks.check(what + ": the import names the command, with the reason",
                     "  chancery authorize %s   (its base_url, trust or auth" % name in said, said)
        checks.equal(what + ": its state", standing(service, name).get("state"), "changed")
        said = service.must("integrations")
        checks.check(what + ": so the list says", "not authorised" in said and "; chancery authorize " + name in said, said)
        _, _, errors = service.cli("integrations", name)
        checks.check(what + ": and the document is shown with a note", "note: not authorised" in errors, errors)
        failed = test.fails(what + ": a run fails", name, "token not-authorized")
        log = json.dumps(service.log(failed))
        checks.check(what + ": and names the command", "`chancery authorize %s`" % name in log and "not any more" in log, log[-900:])
        service.must("import", back)
        checks.equal(what + ": put back, it is authorised", standing(service, name).get("state"), "authorized")
        test.succeeds(what + ": and a run succeeds", name)
    # The server has taken back what it gave: the run that meets that forgets it.
    server.revoke(name)
    server.refusals[name] = (400, {"error": "invalid_grant"})
    run, _ = test.run(name)
    checks.equal("a run without its token fails", run.get("state"), "failed")
    checks.equal("then it is as if nobody had said yes", standing(service, name).get("state"), "missing")
    del server.refusals[name]


def shared(test):
    """What is to be entered is named so that `set` knows what is meant, also where a runbook has the integration's name."""
    checks, service = test.checks, test.service
    path = rig.write(test.folder, "shared.yaml", """
integration: shared
base_url: https://a.example
auth: { type: bearer }
methods: { m: { request: GET /x } }
---
runbook: r-shared
name: shared
start: { public: { auth: header_secret, header: X-Pass, secret: { sealed: true } } }
steps: { done: { end: success } }
""")
    command = "chancery set integration:shared auth token"
    for what, said in (("check", service.must("check", "--missing", path)), ("import", service.must("import", path))):
        checks.check(what + ": the printed command says which of two is meant", "  %s\n" % command in said, said)
        checks.check(what + ": and does so only where it must", "  chancery set r-shared auth secret\n" in said, said)
    listed = service.http("GET", "/api/integrations/shared").json()["parameters"]
    checks.equal("so does the API", [one["command"] for one in listed], [command])
    service.must(*command.split()[1:], input="a-token-of-the-twin")
    checks.equal("and it works", service.http("GET", "/api/integrations/shared").json()["parameters"][0]["state"], "entered")


def signed(test):
    checks, service, server = test.checks, test.service, test.server
    key = os.path.join(test.folder, "signer.pem")
    subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", key],
                   check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], check=True, capture_output=True).stdout
    rig.write(test.folder, "signer.pub", public.decode())
    with open(key) as file:
        private = file.read()

    def claims_of(token):
        head, body, mark = token.split(".")
        paths = [os.path.join(test.folder, name) for name in ("jwt.txt", "jwt.sig")]
        with open(paths[0], "w") as file:
            file.write(head + "." + body)
        with open(paths[1], "wb") as file:
            file.write(base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)))
        good = subprocess.run(["openssl", "dgst", "-sha256", "-verify", os.path.join(test.folder, "signer.pub"),
                               "-signature", paths[1], paths[0]], capture_output=True).returncode == 0
        decode = lambda text: json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return good, decode(head), decode(body)

    settings = """
  type: jwt
  keyid: k1
  issuer: me
  audience: https://api.example
  lifetime: 1m
%s
"""
    text = oauth(server.place, "jwt").replace("base_url: http://%s/api/jwt" % server.place,
                                              "base_url: http://%s/echo" % server.place)
    text = re.sub(r"auth:\n.*?\nmethods:", "auth:" + (settings % "  subject: <<who>>\n  claims: '{\"n\": 5}'").replace(
        "\\", "\\\\") + "methods:", text, flags=re.S)
    text = text.replace("outputs: { ok: response^ok }", "outputs: { sent: response^headers^authorization }")
    text = text.replace("steps:", "variables: { who: { type: string, default: ann } }\nsteps:")
    test.load(text)
    service.must("set", "integration:jwt", "auth", "key", input=private)
    identifier = test.succeeds("jwt: a run succeeds", "jwt")
    sent = [entry for entry in server.upstream.received if entry.path == "/echo/call"][-1]
    token = dict((k.lower(), v) for k, v in sent.headers)["authorization"]
    good, head, body = claims_of(token[7:])
    checks.check("jwt: the signature is right", token.startswith("Bearer ") and good)
    checks.equal("jwt: header and claims", (head, body["iss"], body["sub"], body["aud"], body["n"]),
                 ({"alg": "RS256", "typ": "JWT", "kid": "k1"}, "me", "ann", "https://api.example", 5))
    checks.equal("jwt: it lives as long as it says", body["exp"] - body["iat"], 60)
    checks.check("jwt: it is not in the log", token[7:] not in json.dumps(service.log(identifier)))

    # A method that signs its requests itself is authorised by the token all the same, and may sign it.
    put = service.http("POST", "/v1/kv/data/both", {"data": {"key": "a key of the method's own signature"}})
    checks.check("jwt: the key of a method is stored", put.status in (200, 204), put.body)
    both = text.replace("integration: jwt", "integration: both").replace("run-jwt", "run-both").replace("jwt/", "both/")
    signing = ("signing: { type: recipe, key: kv/both#key, header: X-Sig, signed_headers: [Authorization], "
               "message: '{headers}{body}' }, outputs: {")
    test.load(both.replace("outputs: {", signing))
    service.must("set", "integration:both", "auth", "key", input=private)
    test.succeeds("jwt: a method with a signature of its own", "both")
    sent = dict((k.lower(), v) for k, v in [
        entry for entry in server.upstream.received if entry.path == "/echo/call"][-1].headers)
    token = sent.get("authorization", "")
    mac = hmac.new(b"a key of the method's own signature", token.encode(), hashlib.sha256).hexdigest()
    checks.check("jwt: the token goes with it", token.startswith("Bearer ") and claims_of(token[7:])[0], sorted(sent))
    checks.equal("jwt: and is what was signed", sent.get("x-sig"), mac)
    code, output, errors = service.cli("check", rig.write(
        test.folder, "twice.yaml", both.replace(
            "outputs: {", signing.replace("[Authorization]", "[]").replace("X-Sig", "Authorization"))))
    checks.check("jwt: both in one header are refused", code != 0 and "D105" in output + errors
                 and "already has" in output + errors, output + errors)

    text = re.sub(
        r"auth:\n.*?\nmethods:",
        ("auth:" + settings % "  subject: svc\n  grant: jwt_bearer\n  token_url: http://%s/oauth/bearer/token\n  scope: s"
         % server.place).replace("\\", "\\\\") + "methods:", oauth(server.place, "bearer"), flags=re.S)
    test.load(text)
    service.must("set", "integration:bearer", "auth", "key", input=private)
    server.life["bearer"] = 3600
    test.succeeds("jwt bearer: a run succeeds", "bearer")
    test.succeeds("jwt bearer: the next one as well", "bearer")
    asked = server.of("bearer")
    checks.equal("jwt bearer: one token request", len(asked), 1)
    good, _, body = claims_of(asked[0][0]["assertion"])
    checks.check("jwt bearer: the assertion is right", good and body["iss"] == "me" and body["sub"] == "svc")
    checks.equal("jwt bearer: the form", (asked[0][0]["grant_type"], asked[0][0]["scope"]),
                 ("urn:ietf:params:oauth:grant-type:jwt-bearer", "s"))
    server.given.append(asked[0][0]["assertion"])


def kill_and_search(test):
    checks, service, server = test.checks, test.service, test.server
    asked = len(server.of("plain"))
    service.kill()
    service.start()
    test.succeeds("after a kill: a run succeeds", "plain")
    checks.equal("after a kill: without another token request", len(server.of("plain")), asked)
    found = []
    needles = [text.encode() for text in server.given + [SECRET, PASSWORD]]
    for root, _, names in os.walk(service.data):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                data = file.read()
            found += [name for needle in needles if needle in data]
    checks.equal("no token and no secret stands in clear in the data folder", found, [])
    checks.check("nor in what the service said", not [text for text in needles if text in service.said().encode()])


class MutualTLS:
    """A host that demands a certificate of its own authority."""

    def __init__(self, folder):
        self.folder = folder
        self.make()
        import http.server
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                certificate = self.connection.getpeercert()
                name = dict(pair[0] for pair in certificate["subject"])["commonName"] if certificate else None
                seen.append((name, id(self.connection), self.headers.get("Authorization")))
                data = json.dumps({"name": name}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        # Connections that came, whatever became of their handshake.
        self.shaken = 0
        self.accept, self.server.get_request = self.server.get_request, self.counted
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("host.crt"), self.path("host.key"))
        context.load_verify_locations(self.path("ca.crt"))
        context.verify_mode = ssl.CERT_REQUIRED
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.place = "127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def counted(self):
        self.shaken += 1
        return self.accept()

    def path(self, name):
        return os.path.join(self.folder, name)

    def text(self, *names):
        return "".join(open(self.path(name)).read() for name in names)

    def openssl(self, *arguments):
        subprocess.run(("openssl",) + arguments, check=True, capture_output=True)

    def make(self):
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        self.openssl("req", "-x509", *curve, "-keyout", self.path("ca.key"), "-out", self.path("ca.crt"), "-subj",
                     "/CN=test authority", "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE")
        for name, extension in (("host", "subjectAltName=IP:127.0.0.1"), ("anna", "extendedKeyUsage=clientAuth"),
                                ("bert", "extendedKeyUsage=clientAuth"), ("gone", "extendedKeyUsage=clientAuth")):
            self.openssl("req", *curve, "-keyout", self.path(name + ".key"), "-out", self.path(name + ".csr"), "-subj",
                         "/CN=" + name)
            rig.write(self.folder, name + ".ext", extension)
            self.openssl("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.crt"), "-CAkey",
                         self.path("ca.key"), "-CAcreateserial", "-days", "-1" if name == "gone" else "20", "-extfile", self.path(name + ".ext"),
                         "-out", self.path(name + ".crt"))


def indented(text, spaces):
    return "".join(" " * spaces + line + "\n" for line in text.strip().splitlines())


def mutual(test, host):
    checks, service = test.checks, test.service

    def document(name, auth, trust=True):
        return (
            "integration: %s\nbase_url: https://%s\n%s%smethods:\n  who: { request: GET /who, outputs: { name: "
            "response^name } }\n---\nrunbook: run-%s\nsteps:\n  one: { method: %s/who, then: done, else: failed }\n"
            "  done: { end: success }\n  failed: { end: failure }\n" % (
                name, host.place, auth, "trust: |\n" + indented(host.text("ca.crt"), 2) if trust else "", name, name))

    with_key = "auth: { type: mtls }\n"
    test.load(document("anna", with_key))
    code, _, errors = service.cli("set", "integration:anna", "auth", "key", input=host.text("anna.crt", "bert.key"))
    checks.check("mtls: a key of another certificate is refused", code != 0 and "does not belong" in errors, errors)
    service.must("set", "integration:anna", "auth", "key", input=host.text("anna.crt", "anna.key"))
    identifier = test.succeeds("mtls: a run succeeds", "anna")
    checks.equal("mtls: the host sees the certificate", host.seen[-1][0], "anna")
    log = json.dumps(service.log(identifier))
    body = host.text("anna.key").splitlines()[1]
    checks.check("mtls: the key is not in the log", body not in log)

    test.load(document("bert", "auth:\n  type: certificate\n  certificate: |\n" + indented(host.text("bert.crt"), 4)))
    service.must("set", "integration:bert", "auth", "key", input=host.text("bert.key"))
    test.succeeds("mtls: another integration, the certificate in its document", "bert")
    checks.equal("mtls: is somebody else", host.seen[-1][0], "bert")
    test.succeeds("mtls: the first one again", "anna")
    checks.equal("mtls: is itself", host.seen[-1][0], "anna")
    pairs = {}
    for name, connection, _ in host.seen:
        pairs.setdefault(connection, set()).add(name)
    checks.check("mtls: no connection serves two", all(len(names) == 1 for names in pairs.values()))

    put = service.http("POST", "/v1/kv/data/tls", {"data": {
        "crt": host.text("anna.crt"), "key": host.text("anna.key"), "token": "a-token-beside"}})
    checks.check("the certificate is stored", put.status in (200, 204), put.body)
    test.load(document("carl", "auth:\n  type: mtls\n  certificate: { secret: kv/tls#crt }\n  key: { secret: kv/tls#key }\n"))
    test.succeeds("mtls: chain and key of the store", "carl")

    beside = "auth: { type: bearer, token: { secret: kv/tls#token } }\nclient_certificate:\n  certificate: |\n"
    test.load(document("frid", beside + indented(host.text("bert.crt"), 4)))
    code, _, errors = service.cli("set", "integration:frid", "auth", "client_key", input=host.text("anna.key"))
    checks.check("beside a token: a key of another certificate is refused", code != 0 and "does not belong" in errors, errors)
    service.must("set", "integration:frid", "auth", "client_key", input=host.text("bert.key"))
    test.succeeds("beside a token: a run succeeds", "frid")
    checks.equal("beside a token: the host sees both", host.seen[-1][0::2], ("bert", "Bearer a-token-beside"))

    for name, auth in (("gus", "auth:\n  type: certificate\n  certificate: |\n" + indented(host.text("gone.crt"), 4)),
                       ("gwen", with_key)):
        test.load(document(name, auth))
        service.must("set", "integration:" + name, "auth", "key", input=host.text(
            *(["gone.key"] if name == "gus" else ["gone.crt", "gone.key"])))
        before = len(host.seen), host.shaken
        run, identifier = test.run(name)
        log = json.dumps(service.log(identifier))
        checks.check("mtls: a certificate that has ended is refused by name: " + name, run.get("state") == "failed"
                     and "the client certificate of %s, which has ended on " % name in log, log[-400:])
        checks.equal("mtls: and no host sees it: " + name, (len(host.seen), host.shaken), before)

    test.load(document("dora", "auth: none\n"))
    run, identifier = test.run("dora")
    checks.equal("mtls: without a certificate nobody is let in", run.get("state"), "failed")
    test.load(document("emil", with_key, trust=False))
    service.must("set", "integration:emil", "auth", "key", input=host.text("anna.crt", "anna.key"))
    run, identifier = test.run("emil")
    checks.check("trust: only the integration that names the root trusts it", run.get("state") == "failed"
                 and '"tls"' in json.dumps(service.log(identifier)), json.dumps(service.log(identifier))[-400:])


def tries(test):
    """`chancery test`."""
    checks, service, server = test.checks, test.service, test.server
    output = service.must("test", "plain/call")
    checks.check("test: status and outputs", "status 200" in output and "output ok = true" in output, output)
    checks.check("test: the token that the host repeats is masked",
                 not [text for text in server.given if text in output] and "\u2039" in output, output)
    test.load("""
integration: tried
base_url: http://%s/echo
methods:
  open:
    request: POST /open/<<id>>
    headers: { X-Note: <<note>> }
    body: { json: '{"id": <<id>>, "note": <<note>>}' }
    outputs: { note: response^headers^x-note }
  closed:
    request: POST /closed
    body: { text: "<<note>>" }
    encrypt_response: true
    outputs: { body: response^body }
""" % server.place)
    note = "note-" + secrets.token_hex(12)
    output = service.must("test", "tried/open", "--variable", "id=17", "--secret-variable", "note", input=note)
    received = [entry for entry in server.upstream.received if entry.path == "/echo/open/17"][-1]
    checks.equal("test: the request is the real one", json.loads(received.body), {"id": 17, "note": note})
    checks.check("test: a secret variable is masked wherever it comes back", note not in output and "note" in output, output)
    output = service.must("test", "tried/closed", "--secret-variable", "note", input=note)
    checks.check("test: of an encrypted answer names and types are shown",
                 note not in output and '"query":{' in output and '"body":"string"' in output, output)
    test.load("""
integration: sealing
base_url: http://%s/echo
methods:
  call:
    request: POST /sealing
    body: { text: "<<note>>" }
    outputs: { body: response^body }
---
runbook: seals-answers
variables: { note: { from: "<<request^note>>" }, body: {} }
steps:
  ask: { method: sealing/call, encrypt_response: true, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
""" % server.place)
    clear = "clear-" + secrets.token_hex(12)
    output = service.must("test", "sealing/call", "--variable", "note=" + json.dumps(clear))
    checks.check("test: what a step that calls the method seals is not shown either",
                 clear not in output and '"query":{' in output and '"body":"string"' in output, output)
    code, _, errors = service.cli("test", "tried/open", "--variable", "id=17")
    checks.check("test: a missing value is named, and how it is given", code == 1 and "note" in errors and "--variable" in errors, errors)
    test.load("""
integration: rooted
base_url: http://%s/echo
methods:
  roots:
    request: POST /rooted/<<ticket^id>>
    body: { json: '{"id": <<ticket^id>>, "a": <<request^a>>, "b": <<request_query^b>>, "why": <<failure^reason>>}' }
    outputs: { sent: response^body }
""" % server.place)
    record = "client-" + secrets.token_hex(12)
    values = {"ticket": {"id": 31}, "request": {"a": [1]}, "request_query": {"b": "x"}, "failure": {"reason": "timeout"}}
    given = [part for name, value in values.items() for part in ("--variable", "%s=%s" % (name, json.dumps(value)))]
    output = service.must("test", "rooted/roots", *given)
    received = [entry for entry in server.upstream.received if entry.path == "/echo/rooted/31"]
    checks.equal("test: records, the request and a failure have values that stand in for them",
                 [json.loads(entry.body) for entry in received],
                 [{"id": 31, "a": [1], "b": "x", "why": "timeout"}])
    checks.check("test: the answer is taken as without them", "output sent" in output, output)
    for name in ("response", "response_headers", "status", "halo_url"):
        answer = service.http("POST", "/api/methods/rooted/roots/test", {"variables": dict(values, **{name: 200})})
        checks.check("test: nothing stands in for " + name,
                     answer.status == 400 and b"response_headers" in answer.body, answer.body)
    test.load("""
integration: whole
base_url: http://%s/echo
methods:
  record: { request: POST /whole, body: { text: "<<client>>" } }
""" % server.place)
    output = service.must("test", "whole/record", "--secret-variable", "client", input=record)
    received = [entry for entry in server.upstream.received if entry.path == "/echo/whole"][-1]
    checks.check("test: a secret stands in for a record, and is masked where it comes back",
                 received.body == record.encode() and record not in output, output)
    answer = service.http("POST", "/api/methods/tried/none/test")
    checks.equal("test: an unknown method is none", answer.status, 404)
    ledger = "".join(
        service.http("GET", "/api/ledger/entries?from=%d&limit=1000" % first).body.decode()
        for first in range(0, 4000, 1000))
    checks.check("test: it is in the ledger", "tried/closed" in ledger, ledger[-300:])


def simple(test):
    """The kinds that write one value: where it stands on the wire, and that no log shows it."""
    checks, service, server = test.checks, test.service, test.server
    credential = "cred-" + secrets.token_hex(12)
    put = service.http("POST", "/v1/kv/data/signing", {"data": {"key": credential}})
    checks.check("the signing key is stored", put.status in (200, 204), put.body)
    kinds = {
        "kheader": ("{ type: api_key, header: X-Key, prefix: 'Key ' }", "key"),
        "kquery": ("{ type: api_key, query: key }", "key"),
        "bearer1": ("{ type: bearer }", "token"),
        "basic1": ("{ type: basic, username: 'ann b' }", "password"),
        "signed1": ("{ type: signature, signing: { type: recipe, key: kv/signing#key, header: X-Sig } }", None),
    }
    for name, (auth, field) in kinds.items():
        test.load("""
integration: {name}
base_url: http://{place}/echo/{name}
auth: {auth}
methods:
  call: {{ request: "POST /c?x=1", body: {{ text: hello }}, outputs: {{ all: response^headers }} }}
  bare: {{ request: POST /bare, auth: none, body: {{ text: hello }} }}
---
runbook: run-{name}
steps:
  one: {{ method: {name}/call, then: two, else: failed }}
  two: {{ method: {name}/bare, then: done, else: failed }}
  done: {{ end: success }}
  failed: {{ end: failure }}
""".format(name=name, place=server.place, auth=auth))
        if field:
            service.must("set", "integration:" + name, "auth", field, input=credential)
        identifier = test.succeeds(name + ": a run succeeds", name)
        received = [entry for entry in server.upstream.received if entry.path == "/echo/%s/c" % name][-1]
        header = dict((key.lower(), value) for key, value in received.headers)
        mac = __import__("hmac").new(credential.encode(), b"hello", hashlib.sha256).hexdigest()
        expected = {
            "kheader": header.get("x-key") == "Key " + credential,
            "kquery": received.query == {"x": ["1"], "key": [credential]},
            "bearer1": header.get("authorization") == "Bearer " + credential,
            "basic1": header.get("authorization") == "Basic " + base64.b64encode(
                ("ann b:" + credential).encode()).decode(),
            "signed1": header.get("x-sig") == mac,
        }
        checks.check(name + ": it stands where it belongs", expected[name], header)
        bare = [entry for entry in server.upstream.received if entry.path == "/echo/%s/bare" % name][-1]
        seen = json.dumps([bare.headers, bare.target])
        checks.check(name + ": a method with auth: none does without", credential not in seen and "x-sig" not in seen.lower())
        log = json.dumps(service.log(identifier))
        checks.check(name + ": no log shows it", not [
            text for text in (credential, base64.b64encode(("ann b:" + credential).encode()).decode(), mac) if text in log])


def bodies(test):
    """What a request carries: each kind with values of several types, and its content type."""
    checks, service, server = test.checks, test.service, test.server
    text = 'a "b" <c> & d=e\n\u00e9'
    kinds = {
        "json": ("{ json: '{\"t\": <<t>>, \"n\": <<n>>, \"s\": \"x-<<t!>>\", \"o\": <<o>>}' }", "application/json"),
        "xml": ("{ xml: '<a b=\"<<n>>\"><<t>></a>' }", "application/xml"),
        "form": ("{ form: { t: <<t>>, n: <<n>>, o: <<o>> } }", "application/x-www-form-urlencoded"),
        "text": ("{ text: 'n=<<n>> t=<<t>>' }", "text/plain"),
        "none": ("none", None),
    }
    document = "\nintegration: bodies\nbase_url: http://%s/echo/bodies\nmethods:\n" % server.place
    for name, (body, _) in kinds.items():
        document += "  %s: { request: POST /%s, body: %s }\n" % (name, name, body)
    document += "  charset: { request: POST /charset, body: { json: '{}' }, content_type_charset: true }\n"
    document += "  text-charset: { request: POST /text-charset, body: { text: x }, content_type_charset: true }\n"
    test.load(document)
    variables = ["--variable", "t=" + json.dumps(text), "--variable", "n=12.50", "--variable", 'o={"k": [1, "\u00e9"]}']
    found = {}
    for name in list(kinds) + ["charset", "text-charset"]:
        service.must("test", "bodies/" + name, *variables)
        found[name] = [entry for entry in server.upstream.received if entry.path == "/echo/bodies/" + name][-1]
    for name, (_, kind) in kinds.items():
        header = dict((key.lower(), value) for key, value in found[name].headers)
        checks.equal("body %s: its content type" % name, header.get("content-type"), kind)
    sent = found["json"].body.decode()
    checks.equal("body json: types are kept", json.loads(sent), {
        "t": text, "n": 12.5, "s": "x-" + text, "o": {"k": [1, "\u00e9"]}})
    checks.check("body json: a number keeps its digits", '"n": 12.50' in sent, sent)
    parsed = __import__("xml.etree.ElementTree").etree.ElementTree.fromstring(found["xml"].body.decode())
    checks.equal("body xml: values are escaped", (parsed.get("b"), parsed.text), ("12.50", text))
    checks.equal("body form: values are encoded", urllib.parse.parse_qs(found["form"].body.decode()),
                 {"t": [text], "n": ["12.50"], "o": ['{"k": [1, "\u00e9"]}']})
    checks.equal("body text: as it is", found["text"].body.decode(), "n=12.50 t=" + text)
    checks.equal("body none: nothing", found["none"].body, b"")
    test.load("""
integration: answers
base_url: http://%s/raw
methods:
  xml: { request: GET /xml, response: xml, outputs: { id: "response^order^@id", second: "response^order^line[1]^#text!" } }
  evil: { request: GET /evil, response: xml, outputs: { id: "response^order" } }
  text: { request: GET /json, response: text, outputs: { all: response! } }
""" % server.place)
    output = service.must("test", "answers/xml")
    checks.check("answer xml: paths lead into it", 'output id = "17"' in output and 'output second = "two"' in output, output)
    code, output, errors = service.cli("test", "answers/evil")
    checks.check("answer xml: a document type is refused", code == 1 and "parse" in errors, errors)
    checks.check("answer xml: and named, with its place", "1:1: a document type is not read" in output + errors, output + errors)
    output = service.must("test", "answers/text")
    checks.check("answer text: it is taken as it is", 'output all = {"a": 1}' in output, output)
    header = dict((key.lower(), value) for key, value in found["charset"].headers)
    checks.equal("content_type_charset", header.get("content-type"), "application/json; charset=utf-8")
    header = dict((key.lower(), value) for key, value in found["text-charset"].headers)
    checks.equal("content_type_charset of a text", header.get("content-type"), "text/plain; charset=utf-8")
    test.load("""
integration: sets
base_url: http://%s/set
methods:
  text: { request: GET /<<set>>, response: text, outputs: { all: response! } }
  any: { request: GET /<<set>>, outputs: { all: response! } }
  inside: { request: GET /<<set>>, outputs: { a: response^a } }
  status: { request: GET /<<set>>, outputs: { code: status } }
""" % server.place)
    for name, method, code, shown in (
            ("latin", "text", 0, "output all = caf\u00e9 \u20ac"), ("latin", "any", 0, "output all = caf\u00e9 \u20ac"),
            ("utf16", "text", 0, "output all = caf\u00e9"), ("unknown", "text", 1, "parse"), ("none", "any", 1, "parse"),
            ("none", "status", 0, "output code = 200"), ("marked", "inside", 0, 'output a = "caf\u00e9"'),
            ("latin-json", "inside", 0, 'output a = "caf\u00e9"'), ("wrong-json", "inside", 0, 'output a = "caf\u00e9"'),
            ("twice", "inside", 1, "already has this key"), ("twice", "any", 1, "already has this key"), ("twice", "text", 0, '{"a": 1, "a": 2}'),
            ("twice", "status", 0, "output code = 200")):
        found_code, output, errors = service.cli("test", "sets/" + method, "--variable", "set=" + name)
        checks.check("answer in a character set: %s, %s" % (name, method), found_code == code and shown in output + errors,
                     output + errors)


def run(checks, binary, folder):
    server = Server()
    tls = os.path.join(folder, "tls")
    os.mkdir(tls)
    host = MutualTLS(tls)
    thief = rig.Upstream(lambda received: (200, {"access_token": "x-token-of-the-thief", "ok": True}))
    service = rig.Service(binary, folder, allow=[server.place, host.place, thief.place])
    service.start()
    test = Test(checks, service, server, folder)
    test.add("slow")
    slow = test.start("slow")
    grants(test)
    fallbacks(test)
    refused(test)
    withheld(test)
    many(test)
    faults(test)
    outages(test)
    changed_meanwhile(test)
    moved(test, thief)
    codes(test)
    signed(test)
    mutual(test, host)
    simple(test)
    shared(test)
    bodies(test)
    tries(test)
    checks.equal("a server that does not answer", (
        service.ended(slow, 60).get("state"), failure_of(service, slow)), ("failed", "token timeout"))
    server.gate.set()
    kill_and_search(test)
    checks.equal("the service ends when asked to", service.stop(), 0)
    reader = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Spec", "read_folder.py")
    code, output, errors = rig.command(sys.executable, "-B", reader, service.data)
    checks.check("an independent reader opens every token", code == 0 and "tokens of integrations" in output, errors[-500:])
    server.upstream.stop()
    thief.stop()


if __name__ == "__main__":
    rig.main(run)
