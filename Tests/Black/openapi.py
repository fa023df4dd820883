#!/usr/bin/env python3
"""The description at /api/openapi.json is true: every operation is called, and each answer (status, type, body) is held
against what the description says of it, key by key.

    python3 Tests/Black/openapi.py BINARY
"""

import base64
import copy
import json
import os
import re
import secrets
import socket
import sys
import threading
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INTEGRATION = """
integration: tickets
base_url: http://PLACE
auth: { type: bearer, token: { sealed: true } }
methods:
  open:
    request: POST /OPEN
    headers: { X-Team: { encrypt: true }, X-Kept: { secret: kv/tickets#key } }
    body: { json: '{"title": <<title>>, "note": <<note>>}' }
    outputs: { number: response^id }
    timeout: 10s
  plain: { request: GET /plain, auth: none, outputs: { seen: response^seen }, timeout: 10s }
  broken: { request: GET /broken, auth: none, timeout: 10s }
  busy: { request: GET /busy, auth: none, retry: { attempts: 3, backoff: 300s, retry_on: [503] } }
"""

OAUTH = """
integration: by-a-person
base_url: http://PLACE
auth:
  type: oauth2
  grant: authorization_code
  client_auth: none
  client_id: us
  token_url: http://PLACE/token
  authorization_url: https://sign-in.example/yes
  redirect_uri: http://127.0.0.1/back
methods:
  plain: { request: GET /plain }
"""

RUNBOOKS = """
runbook: reported
name: Report
group: desk
start:
  public: { auth: header_secret, header: X-Pass, secret: { sealed: true } }
  inputs: { title: request^title }
variables: { note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  open: { title: Open a ticket, method: tickets/open, then: look, else: failed }
  look: { condition: { left: number, op: has_value }, then: plain, else: failed }
  plain: { method: tickets/plain, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: quiet
steps:
  broken: { method: tickets/broken, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: asking
steps:
  ask: { method: tickets/plain, approval: { expires: 1h }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: held
steps:
  busy: { method: tickets/busy, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
""" + "".join(
    """---
runbook: answers-%d
start: { public: { auth: none, answer: %d } }
steps:
  look: { condition: { left: request^note, op: has_value }, then: done, else: done }
  done: { end: success }
""" % (status, status) for status in (200, 201, 204))

KEEPING = """
runbook: keeping
variables: { count: { default: 0, persist: true } }
steps:
  each: { iterate: "<<request^list>>", outputs: { count: response }, then: next, else: done }
  next: { next: each, then: done }
  done: { end: success }
"""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
KEYWORDS = {
    "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "format", "items", "maxItems", "maximum",
    "minItems", "minLength", "minimum", "properties", "required", "type",
}
TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def strict(data):
    """JSON in which no key stands twice."""

    def members(pairs):
        if len({key for key, _ in pairs}) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    return json.loads(data, object_pairs_hook=members)


def same(left, right):
    """Equality of JSON: true is not 1."""
    return type(left) is type(right) and left == right


class Description:
    def __init__(self, document):
        self.document = document
        self.schemas = document["components"]["schemas"]
        self.succeeded = set()

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield method, path, item[method]

    def operation(self, method, path):
        return self.document["paths"].get(path, {}).get(method.lower())

    def resolve(self, node):
        while "$ref" in node:
            found = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            node = found
        return node

    def unchecked(self):
        """Keywords anywhere in schemas that `faults` does not know."""
        found = set()

        def schema(node):
            if isinstance(node, bool):
                return
            found.update(set(node) - KEYWORDS)
            for key in ("items", "additionalProperties"):
                if key in node:
                    schema(node[key])
            for inner in list(node.get("properties", {}).values()) + node.get("anyOf", []):
                schema(inner)

        def walk(node):
            if isinstance(node, dict):
                for key, value in node.items():
                    if key in ("schema", "x-chancery-line"):
                        schema(value)
                    else:
                        walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)

        for one in self.schemas.values():
            schema(one)
        walk({key: value for key, value in self.document["components"].items() if key != "schemas"})
        walk(self.document["paths"])
        return found

    def faults(self, schema, value, place="$"):
        """What in the value is not as the schema says; nothing where all is."""
        if "$ref" in schema:
            return self.faults(self.resolve(schema), value, place)
        found = []
        if "anyOf" in schema:
            tried = [self.faults(one, value, place) for one in schema["anyOf"]]
            if all(tried):
                found.append("%s: none of %d schemas fits: %s" % (place, len(tried), min(tried, key=len)[0]))
        if "type" in schema:
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(TYPES[one](value) for one in types):
                return found + ["%s: %s is not %s" % (place, type(value).__name__, " or ".join(types))]
        if "const" in schema and not same(value, schema["const"]):
            found.append("%s: is not %r" % (place, schema["const"]))
        if "enum" in schema and not any(same(value, one) for one in schema["enum"]):
            found.append("%s: %r is none of the words" % (place, value))
        if isinstance(value, dict):
            found += self.object_faults(schema, value, place)
        if isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                found.append("%s: %d items" % (place, len(value)))
            for number, one in enumerate(value):
                found += self.faults(schema.get("items", {}), one, "%s[%d]" % (place, number))
        if isinstance(value, int) and not isinstance(value, bool):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append("%s: %d is out of bounds" % (place, value))
        if isinstance(value, str):
            if len(value) < schema.get("minLength", 0):
                found.append("%s: too short" % place)
            if schema.get("format") == "date-time" and not TIME.fullmatch(value):
                found.append("%s: %r is no time" % (place, value))
        return found

    def object_faults(self, schema, value, place):
        properties = schema.get("properties", {})
        found = ["%s: %s is missing" % (place, key) for key in schema.get("required", []) if key not in value]
        rest = schema.get("additionalProperties", True)
        for key, inner in value.items():
            if key in properties:
                found += self.faults(properties[key], inner, place + "." + key)
            elif rest is False:
                found.append("%s: %s is not described" % (place, key))
            elif rest is not True:
                found += self.faults(rest, inner, place + "." + key)
        return found

    def judge(self, method, path, answer):
        """What in an answer is not as the description says."""
        operation = self.operation(method, path)
        if operation is None:
            return ["%s %s is not described" % (method, path)]
        described = operation["responses"].get(str(answer.status))
        if described is None:
            return ["status %d is not described" % answer.status]
        described = self.resolve(described)
        found = ["no header %s" % name for name in described.get("headers", {}) if answer.header(name) is None]
        found += self.body_faults(method, described.get("content"), answer)
        if not found and 200 <= answer.status < 300:
            self.succeeded.add((method.lower(), path))
        return found

    def body_faults(self, method, content, answer):
        if method == "HEAD" or not content:
            return ["a body of %d bytes" % len(answer.body)] if answer.body else []
        kind = (answer.header("Content-Type") or "none").split(";")[0]
        if kind not in content:
            return ["the type %s is not described" % kind]
        try:
            if kind.endswith("json"):
                return self.faults(content[kind]["schema"], strict(answer.body))
            text = answer.body.decode()
            found = self.faults(content[kind]["schema"], text)
            if kind == "application/jsonl":
                if text and not text.endswith("\n"):
                    found.append("the last line has no end")
                for number, line in enumerate(text.splitlines() if text.isascii() else text.split("\n")[:-1]):
                    found += self.faults(content[kind]["x-chancery-line"], strict(line), "line %d" % (number + 1))
            return found
        except ValueError as fault:
            return ["not as its type says: %s" % fault]


class Caller:
    """Calls operations by their paths and holds the answers against the description."""

    def __init__(self, checks, service, description):
        self.checks = checks
        self.service = service
        self.description = description

    def __call__(
        self, name, status, method, path, values=(), query="", body=None, token=True, headers=(), described=None
    ):
        """`values` stand for the placeholders of `path`, in their order; `described` is the method whose description
        counts, where it is another one."""
        target = path
        for value in values:
            target = re.sub(r"\{[a-z]+\}", lambda _: urllib.parse.quote(value, safe=""), target, count=1)
        answer = self.service.http(method, target + query, body, headers, token=token)
        detail = (answer.status, answer.body[:300])
        if self.checks.check("%s: %d" % (name, status), answer.status == status, detail):
            found = self.description.judge(described or method, path, answer)
            self.checks.check(name + ": as described", not found, (found[:5], answer.body[:600]))
        return answer


def description_itself(checks, service):
    bare = service.http("GET", "/api/openapi.json", token=None)
    checks.check(
        "without a token there is no description",
        (bare.status, bare.json()) == (403, {"errors": ["permission denied"]}), (bare.status, bare.body[:200]))
    answer = service.http("GET", "/api/openapi.json")
    checks.equal("the description: the status", answer.status, 200)
    checks.equal("the description: its type", answer.header("Content-Type"), "application/json")
    checks.check(
        "the description: the same bytes again", service.http("GET", "/api/openapi.json").body == answer.body)
    return Description(strict(answer.body))


def control(checks, description):
    """The validator refuses what is wrong; the samples are answers as they should be."""
    run = {
        "id": "x", "runbook_id": "x", "runbook": None, "state": "running", "trigger": "api",
        "created_at": "2026-01-02T03:04:05.678Z", "started_at": None, "ended_at": None, "paused_at": None, "paused_by": None, "retry_of": None, "is_dry": False, "steps": 1,
        "waiting": {"reason": "retry", "until": "2026-01-02T03:04:05.678Z"}, "failure": None,
        "duration_ms": 12, "warnings": [],
    }
    schema = {"$ref": "#/components/schemas/Run"}
    checks.equal("control: a right run is right", description.faults(schema, run), [])
    wrong = {
        "an extra key": dict(run, extra=1),
        "an extra key further down": dict(run, waiting=dict(run["waiting"], extra=1)),
        "a missing key": {key: value for key, value in run.items() if key != "failure"},
        "a missing key further down": dict(run, waiting={"reason": "retry"}),
        "null where there is always a value": dict(run, state=None),
        "another type": dict(run, steps="1"),
        "true as a number": dict(run, steps=True),
        "a word that there is not": dict(run, trigger="cron"),
        "a time that is none": dict(run, created_at="yesterday"),
        "a number out of bounds": dict(run, steps=-1),
        "a list": [run],
    }
    for name, value in wrong.items():
        checks.check("control: refused: " + name, description.faults(schema, value) != [])
    for name, header in {"three parts": ["a", "b", "c"], "one part": ["a"], "a number": ["a", 1]}.items():
        checks.check(
            "control: refused: a header of " + name,
            description.faults({"$ref": "#/components/schemas/LogHeaders"}, [header]) != [])
    started = {"run_id": "x", "url": "x", "duplicate": False}
    checks.check(
        "control: refused: `false` where there is only `true`",
        description.faults({"$ref": "#/components/schemas/Started"}, started) != [])
    # And an answer as a whole.
    bytes_of = lambda value: json.dumps(value).encode()
    plain = [("Content-Type", "application/json")]
    cases = {
        "a status": rig.Answer(299, plain, bytes_of(run)),
        "a type": rig.Answer(200, [("Content-Type", "text/html")], bytes_of(run)),
        "no type": rig.Answer(200, [], bytes_of(run)),
        "a key twice": rig.Answer(200, plain, bytes_of(run)[:-1] + b',"steps":1}'),
        "no body": rig.Answer(200, plain, b""),
        "a sealed service without Retry-After": rig.Answer(
            503, [("Content-Type", "application/problem+json")],
            bytes_of({"type": "about:blank", "title": "Sealed", "status": 503, "detail": "x"})),
    }
    judge = Description(copy.deepcopy(description.document))
    right = rig.Answer(200, plain, bytes_of(run))
    checks.equal("control: a right answer is right", judge.judge("GET", "/api/runs/{id}", right), [])
    for name, answer in cases.items():
        checks.check("control: refused: an answer with %s" % name, judge.judge("GET", "/api/runs/{id}", answer) != [])


def closed(checks, call, description):
    """Whoever has no token gets one answer where the description demands one, and another where it does not."""
    for method, path, operation in description.operations():
        target = re.sub(r"\{[a-z]+\}", "x", path)
        answer = call.service.http(method.upper(), target, token=None)
        name = "%s %s without a token" % (method.upper(), path)
        if operation["security"]:
            found = description.judge(method.upper(), path, answer)
            refused = (answer.status, answer.json()) == (403, {"errors": ["permission denied"]})
            checks.check(name + ": 403", refused and not found, (answer.status, answer.body[:200], found))
        else:
            checks.check(name + ": not 403", answer.status != 403, answer.status)


def take_mail():
    while True:
        connection, _ = MAIL.accept()
        with connection, connection.makefile("rb") as stream:
            connection.sendall(b"220 here\r\n")
            for line in stream:
                connection.sendall(b"354 go\r\n" if line == b"DATA\r\n" else b"250 ok\r\n")
                while line == b"DATA\r\n" and stream.readline() != b".\r\n":
                    pass
                if line == b"DATA\r\n":
                    connection.sendall(b"250 taken\r\n")


MAIL = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=take_mail, daemon=True).start()


def documents(checks, call, place, folder):
    def imported(name, text, status=200, into=None):
        body = {"files": [{"name": "file.yaml", "text": text.replace("PLACE", place)}]}
        if into:
            body["into"] = into
        return call(name, status, "POST", "/api/import", body=body).json() or {}

    first = imported("import", INTEGRATION.replace("OPEN", "tickets") + "---" + RUNBOOKS)
    checks.equal("import: documents", len(first.get("imported", [])), 8)
    checks.equal("import: values that are missing", len(first.get("missing", [])), 4)
    checks.check("import: warnings", first.get("warnings"), first)
    checks.check("import: grants", first.get("granted"), first)
    imported("import of a faulty document", "runbook: x\nsteps: { a: { end: nowhere } }\n", 422)
    call("import of no JSON", 400, "POST", "/api/import", body=b"{{")
    call("import of no files", 400, "POST", "/api/import", body={})
    imported("import over another", RUNBOOKS.split("---")[1].replace("quiet", "other"), into="quiet")

    call("list of runbooks", 200, "GET", "/api/runbooks")
    for runbook in ("reported", "Report", "quiet", "answers-204"):
        call("runbook " + runbook, 200, "GET", "/api/runbooks/{id}", [runbook])
    call("no runbook", 404, "GET", "/api/runbooks/{id}", ["nonesuch"])
    call("list of integrations", 200, "GET", "/api/integrations")
    call("no integration", 404, "GET", "/api/integrations/{id}", ["nonesuch"])
    call("list of schemes", 200, "GET", "/api/schemes")
    call("a scheme", 200, "GET", "/api/schemes/{id}", ["mailgun"])
    call("no scheme", 404, "GET", "/api/schemes/{id}", ["nonesuch"])
    call("end of a scheme that is not one's own", 404, "DELETE", "/api/schemes/{id}", ["mailgun"])
    imported("import of a template", "template: told\nsubject: Failed\ntext: $-RUNBOOKNAME\n")
    call("list of templates", 200, "GET", "/api/templates")
    call("a template", 200, "GET", "/api/templates/{id}", ["told"])
    call("no template", 404, "GET", "/api/templates/{id}", ["nonesuch"])
    imported("import of a data source", "data_source: told\nsqlite: told.db\n")
    call("list of data sources", 200, "GET", "/api/data_sources")
    call("a data source", 200, "GET", "/api/data_sources/{id}", ["told"])
    call("no data source", 404, "GET", "/api/data_sources/{id}", ["nonesuch"])
    call("end of no data source", 404, "DELETE", "/api/data_sources/{id}", ["nonesuch"])
    call("end of a data source", 204, "DELETE", "/api/data_sources/{id}", ["told"])
    imported("import of an integration that nothing calls",
             "integration: spare\nbase_url: https://a.example\nmethods: { m: { request: GET /a } }\n")
    call("end of no integration", 404, "DELETE", "/api/integrations/{id}", ["nonesuch"])
    call("end of an integration", 204, "DELETE", "/api/integrations/{id}", ["spare"])
    imported("import of a runbook to delete", "runbook: spare\nsteps:\n  a: { end: success }\n")
    call("end of no runbook", 404, "DELETE", "/api/runbooks/{id}", ["nonesuch"])
    call("end of a runbook", 204, "DELETE", "/api/runbooks/{id}", ["spare"])
    server = {"host": "127.0.0.1", "port": 9, "tls": "tls", "user": "bot", "from": "a@example.org"}
    call("no mail server", 404, "GET", "/api/mail")
    call("a mail server without a password", 400, "PUT", "/api/mail", body=server)
    call("a mail server", 204, "PUT", "/api/mail", body={**server, "password": "a password of the mail server"})
    call("the mail server", 200, "GET", "/api/mail")
    call("a mail that cannot be sent", 409, "POST", "/api/mail/test", body={"to": "b@example.org"})
    call("a mail server on this machine", 204, "PUT", "/api/mail", body={
        "host": "127.0.0.1", "port": MAIL.getsockname()[1], "tls": "none", "from": "a@example.org"})
    call("a mail that is sent", 204, "POST", "/api/mail/test", body={"to": "b@example.org"})
    call("end of no template", 404, "DELETE", "/api/templates/{id}", ["nonesuch"])
    call("end of a template", 204, "DELETE", "/api/templates/{id}", ["told"])
    call("a mail to nobody", 400, "POST", "/api/mail/test", body={"to": "nobody"})
    call("end of the mail server", 204, "DELETE", "/api/mail")
    call("end of no mail server", 404, "DELETE", "/api/mail")
    call("a mail server again", 204, "PUT", "/api/mail", body={
        "host": "127.0.0.1", "port": MAIL.getsockname()[1], "tls": "none", "from": "a@example.org"})

    values = {
        "/api/runbooks/{id}/variables/{name}": ["reported", "note"],
        "/api/runbooks/{id}/auth/{name}": ["reported", "secret"],
        "/api/integrations/{id}/auth/{name}": ["tickets", "token"],
        "/api/integrations/{id}/methods/{method}/{kind}/{name}": ["tickets", "open", "header", "X-Team"],
    }
    states = lambda answer: sorted(one["state"] for one in (answer.json() or {}).get("parameters", []))
    found = call("integration before values are entered", 200, "GET", "/api/integrations/{id}", ["tickets"])
    checks.equal("its values are missing", states(found), ["missing", "missing"])
    entered = {path: secrets.token_hex(12) for path in values}
    for path, places in values.items():
        name = "/".join(places)
        call(name + " entered by POST", 204, "POST", path, places, body={"value": "first"})
        call(name + " cleared", 204, "DELETE", path, places)
        call(name + " cleared again", 404, "DELETE", path, places)
        call(name + " entered", 204, "PUT", path, places, body={"value": entered[path]})
        call(name + " entered empty", 400, "PUT", path, places, body={"value": ""})
        call(name + " entered as a number", 400, "PUT", path, places, body={"value": 1})
        call(name + " read", 405, "GET", path, places, described="PUT")
    found = call("integration with its values", 200, "GET", "/api/integrations/{id}", ["tickets"])
    checks.equal("its values are entered", states(found), ["entered", "entered"])

    test = "/api/methods/{integration}/{method}/test"
    call("a method tried out", 200, "POST", test, ["tickets", "open"], body={"variables": {"a": 1}})
    call("a method tried out with a text for variables", 400, "POST", test, ["tickets", "open"], body={"variables": "x"})
    call("an unknown method tried out", 404, "POST", test, ["tickets", "nonesuch"])
    call("authorisation of an integration that needs none", 409, "POST", "/api/integrations/{id}/authorize", ["tickets"])
    call("its end", 409, "POST", "/api/integrations/{id}/authorized", ["tickets"], body={"redirect": "x"})
    call("its end without an address", 400, "POST", "/api/integrations/{id}/authorized", ["tickets"], body={})
    found = imported("import of one that a person authorises", OAUTH)
    checks.equal("what is missing is a person's yes", [one["command"] for one in found.get("missing", [])],
                 ["chancery authorize by-a-person"])
    call("one that nobody has authorised", 200, "GET", "/api/integrations/{id}", ["by-a-person"])
    begun = call("its beginning", 200, "POST", "/api/integrations/{id}/authorize", ["by-a-person"])
    call("its end with another address", 400, "POST", "/api/integrations/{id}/authorized", ["by-a-person"],
         body={"redirect": "code=1&state=2"})
    state = urllib.parse.parse_qs(urllib.parse.urlsplit((begun.json() or {}).get("url", "")).query)["state"][0]
    call("its end", 204, "POST", "/api/integrations/{id}/authorized", ["by-a-person"],
         body={"redirect": "http://127.0.0.1/back?code=c&state=" + state})
    found = call("one that a person has authorised", 200, "GET", "/api/integrations/{id}", ["by-a-person"]).json() or {}
    checks.equal("its state", (found.get("authorization") or {}).get("state"), "authorized")
    call("list with one that a person has authorised", 200, "GET", "/api/integrations")

    grants = "/api/runbooks/{id}/grants"
    call("grant", 200, "POST", grants, ["reported"])
    call("grant of one", 200, "POST", grants, ["reported"], body={"secret": "kv/tickets"})
    call("grant to nothing", 404, "POST", grants, ["nonesuch"])
    call("a body over the limit", 413, "POST", grants, ["reported"], body=b" " * ((64 << 10) + 1))
    found = call("runbook with grants", 200, "GET", "/api/runbooks/{id}", ["reported"]).json() or {}
    checks.check("its grants", found.get("grants"), found)
    return entered["/api/runbooks/{id}/auth/{name}"]


def named_keys(checks, call):
    one, word = "/api/keys/{name}", "/api/keys/{name}/%s"
    call("no keys", 200, "GET", "/api/keys")
    call("a key", 201, "POST", one, ["orders"], body={"type": "aes256-gcm96", "rotation_period": 86400})
    call("the key again", 409, "POST", one, ["orders"], body={"type": "hmac"})
    call("a key of no type", 400, "POST", one, ["other"], body={"type": "des"})
    call("a derived key", 201, "POST", one, ["tenants"], body={"type": "hmac", "derived": True})
    call("a key for signing", 201, "POST", one, ["release"], body={"type": "ed25519"})
    call("a key for messages", 201, "POST", one, ["hooks"], body={"type": "ecdsa-p256", "purpose": "messages"})
    call("a post-quantum key", 201, "POST", one, ["later"], body={"type": "ml-dsa-65"})
    call("keys", 200, "GET", "/api/keys")
    for name in ("orders", "tenants", "release", "hooks", "later"):
        call("key " + name, 200, "GET", one, [name])
    call("no key", 404, "GET", one, ["nonesuch"])
    text = call("encrypt", 200, "POST", word % "encrypt", ["orders"], body={"plaintext": "AQID"}).json()["ciphertext"]
    checks.equal("decrypt: the same", call(
        "decrypt", 200, "POST", word % "decrypt", ["orders"], body={"ciphertext": text}).json()["plaintext"], "AQID")
    call("decrypt what is none", 400, "POST", word % "decrypt", ["orders"], body={"ciphertext": "vault:v1:AQID"})
    call("encrypt no base 64", 400, "POST", word % "encrypt", ["orders"], body={"plaintext": "?"})
    call("encrypt with a key for signing", 409, "POST", word % "encrypt", ["release"], body={"plaintext": "AQID"})
    call("rotate", 200, "POST", word % "rotate", ["orders"])
    call("config", 200, "POST", word % "config", ["orders"], body={"min_decryption_version": 2, "rotation_period": 0})
    call("config out of bounds", 400, "POST", word % "config", ["orders"], body={"min_decryption_version": 9})
    call("decrypt what is too old", 409, "POST", word % "decrypt", ["orders"], body={"ciphertext": text})
    call("trim", 200, "POST", word % "trim", ["orders"], body={"min_available_version": 2})
    text = call("sign", 200, "POST", word % "sign", ["release"], body={"message": "AQID"}).json()["signature"]
    for name, message, expected in (("verify", "AQID", True), ("verify another message", "AQIE", False)):
        found = call(name, 200, "POST", word % "verify", ["release"], body={"message": message, "signature": text})
        checks.equal(name, found.json()["valid"], expected)
    call("sign with a context", 200, "POST", word % "sign", ["tenants"], body={"message": "AQID", "context": "AQ=="})
    call("sign without the context", 400, "POST", word % "sign", ["tenants"], body={"message": "AQID"})
    text = call("sign a bare message", 200, "POST", word % "sign", ["hooks"],
                body={"message": "AQID", "algorithm": "ecdsa-p256-sha256"}).json()["signature"]
    bare = {"message": "AQID", "signature": text, "algorithm": "ecdsa-p256-sha256"}
    for form, signature in (("base64", text), ("hex", base64.b64decode(text).hex())):
        found = call("verify a bare signature in " + form, 200, "POST", word % "verify", ["hooks"],
                     body=dict(bare, signature=signature, signature_form=form, version=1))
        checks.equal("a bare signature in " + form, found.json(), {"valid": True, "version": 1})
    call("verify a bare signature without its algorithm", 400, "POST", word % "verify", ["hooks"],
         body={"message": "AQID", "signature": text})
    call("verify in no form", 400, "POST", word % "verify", ["hooks"], body=dict(bare, signature_form="text"))
    call("verify a version that is none", 409, "POST", word % "verify", ["hooks"], body=dict(bare, version=9))
    call("sign with a key of another type", 409, "POST", word % "sign", ["release"],
         body={"message": "AQID", "type": "hmac"})
    call("sign by no algorithm", 400, "POST", word % "sign", ["hooks"], body={"message": "AQID", "algorithm": "md5"})
    call("delete", 200, "DELETE", one, ["later"], body={"waiting_time": 86400})
    call("a deleted key", 409, "POST", word % "sign", ["later"], body={"message": "AQID"})
    call("restore", 200, "POST", word % "restore", ["later"])


def person(service, name):
    """The token of somebody who logged in and needs a second person for the secret `shown`."""
    text = """
path "v1/kv/data/shown" { capabilities = ["reveal"] second_person = true }
path "api/reveals/*" { capabilities = ["update"] }
"""
    service.http("PUT", "/v1/sys/policies/acl/shown", {"policy": text})
    password = secrets.token_hex(12)
    service.http("POST", "/v1/auth/userpass/users/" + name, {"password": password, "token_policies": ["shown"]})
    answer = service.http("POST", "/v1/auth/userpass/login/" + name, {"password": password}, token=None)
    return answer.json()["auth"]["client_token"]


def runs(checks, call, password):
    service = call.service
    start = "/api/runbooks/{id}/start"
    public = "/api/automation/{id}"

    def ended(name, answer, state):
        run = (answer.json() or {}).get("run_id", "none")
        checks.equal("%s: %s" % (name, state), service.ended(run).get("state"), state)
        call(name + ": the run", 200, "GET", "/api/runs/{id}", [run])
        call(name + ": the log", 200, "GET", "/api/runs/{id}/log", [run])
        call(name + ": the tree", 200, "GET", "/api/runs/{id}/tree", [run])
        call(name + ": the receipt", 200, "GET", "/api/runs/{id}/receipt", [run])
        return run

    passing = [("X-Pass", password), ("Content-Type", "application/json"), ("Idempotency-Key", "one")]
    body = {"title": "Disk"}
    answer = call("public start", 202, "POST", public, ["reported"], body=body, token=None, headers=passing)
    one = ended("public start", answer, "succeeded")
    answer = call("the same delivery", 202, "POST", public, ["reported"], body=body, token=None, headers=passing)
    checks.check("the same delivery is a duplicate", (answer.json() or {}).get("duplicate") is True, answer.body)
    call("public start, not let in", 401, "POST", public, ["reported"], body=body, token=None)
    call("public start, no JSON", 400, "POST", public, ["answers-200"], body=b"{{", token=None)
    call("public start with GET", 405, "GET", public, ["reported"], token=None, described="POST")
    for status in (200, 201, 204):
        runbook = "answers-%d" % status
        call("public start that answers %d" % status, status, "POST", public, [runbook], body=body, token=None)

    answer = call("start", 202, "POST", start, ["reported"], body={"payload": {"title": "Disk"}})
    ended("start", answer, "succeeded")
    answer = call("start without a body", 202, "POST", start, ["quiet"])
    ended("start without a body", answer, "failed")
    call("start of nothing", 404, "POST", start, ["nonesuch"])
    call("disable", 200, "POST", "/api/runbooks/{id}/disable", ["quiet"])
    call("start of a disabled runbook", 409, "POST", start, ["quiet"])
    call("enable", 200, "POST", "/api/runbooks/{id}/enable", ["quiet"])
    for kind, name in (("runbook", "quiet"), ("integration", "tickets"), ("scheme", "nonesuch"), ("template", "nonesuch")):
        base = "/api/%ss/{id}" % kind
        status = 404 if name == "nonesuch" else 200
        call("versions of a %s" % kind, status, "GET", base + "/versions", [name])
        call("difference of a %s" % kind, status, "GET", base + "/diff", [name], query="?from=1")
        call("difference of a %s and nothing" % kind, 400, "GET", base + "/diff", [name], query="?to=1")
        call("rollback of a %s to nothing" % kind, 404, "POST", base + "/rollback", [name], body={"revision": 900})
        call("rollback of a %s to no number" % kind, 400, "POST", base + "/rollback", [name], body={"revision": "x"})
    call("rollback of a runbook", 200, "POST", "/api/runbooks/{id}/rollback", ["quiet"], body={"revision": 1})
    again = INTEGRATION.replace("PLACE", "127.0.0.1:9").replace("integration: tickets", "integration: twice")
    for _ in range(2):
        call("import twice", 200, "POST", "/api/import", body={"files": [{"name": "file.yaml", "text": again}]})
    weak = {"scheme": "acme", "definition": {
        "signature": {"in": "header", "name": "X-Acme", "encoding": "hex"}, "algorithm": "hmac-sha256", "message": "acme:{body}"}}
    for notes in ("one", "two"):
        call("import of a scheme", 200, "POST", "/api/import",
             body={"files": [{"name": "file.json", "text": json.dumps(dict(weak, notes=notes))}]})
    call("versions of an own scheme", 200, "GET", "/api/schemes/{id}/versions", ["acme"])
    call("difference of an own scheme", 200, "GET", "/api/schemes/{id}/diff", ["acme"], query="?from=1&to=2")
    call("rollback of an own scheme", 200, "POST", "/api/schemes/{id}/rollback", ["acme"], body={"revision": 1})
    user = (
        "runbook: acme-user\nstart: { public: { auth: signature, scheme: acme, key: { sealed: true } } }\n"
        "steps: { a: { end: success } }\n")
    call("import of a runbook with an own scheme", 200, "POST", "/api/import", body={"files": [{"name": "u.yaml", "text": user}]})
    call("end of a scheme that is used", 409, "DELETE", "/api/schemes/{id}", ["acme"])
    call("end of its user", 204, "DELETE", "/api/runbooks/{id}", ["acme-user"])
    call("end of an own scheme", 204, "DELETE", "/api/schemes/{id}", ["acme"])
    for subject in ("first", "second"):
        mail = "template: kept\nsubject: %s\ntext: $-RUNBOOKNAME failed\n" % subject
        call("import of a template", 200, "POST", "/api/import", body={"files": [{"name": "t.yaml", "text": mail}]})
    call("versions of a template", 200, "GET", "/api/templates/{id}/versions", ["kept"])
    call("difference of a template", 200, "GET", "/api/templates/{id}/diff", ["kept"], query="?from=1&to=2")
    call("rollback of a template", 200, "POST", "/api/templates/{id}/rollback", ["kept"], body={"revision": 1})
    checks.check("the template is the first again", "first" in json.dumps(
        call("the template", 200, "GET", "/api/templates/{id}", ["kept"]).json()))
    for file in ("first.db", "second.db"):
        source = "data_source: kept\nsqlite: %s\n" % file
        call("import of a data source", 200, "POST", "/api/import", body={"files": [{"name": "d.yaml", "text": source}]})
    call("versions of a data source", 200, "GET", "/api/data_sources/{id}/versions", ["kept"])
    call("difference of a data source", 200, "GET", "/api/data_sources/{id}/diff", ["kept"], query="?from=1&to=2")
    call("rollback of a data source", 200, "POST", "/api/data_sources/{id}/rollback", ["kept"], body={"revision": 1})
    checks.check("the data source is the first again", "first.db" in json.dumps(
        call("the data source", 200, "GET", "/api/data_sources/{id}", ["kept"]).json()))
    call("rollback of an integration", 200, "POST", "/api/integrations/{id}/rollback", ["twice"], body={"revision": 1})
    call("a group", 200, "PUT", "/api/groups/{name}", ["night"])
    call("a group again", 409, "PUT", "/api/groups/{name}", ["night"])
    call("groups", 200, "GET", "/api/groups")
    call("rename of a group", 200, "POST", "/api/groups/{name}/rename", ["night"], body={"name": "day"})
    call("rename of a group to nothing", 400, "POST", "/api/groups/{name}/rename", ["day"], body={})
    call("runbooks of a group", 200, "GET", "/api/runbooks", query="?group=day")
    call("end of a group", 200, "DELETE", "/api/groups/{name}", ["day"])
    call("end of no group", 404, "DELETE", "/api/groups/{name}", ["day"])
    pinned = (
        "runbook: pinned\nstart: { public: { auth: signature, scheme: asana, key: { sealed: true }, "
        "initial_verification: { challenge: asana } } }\nsteps: { done: { end: success } }\n")
    call("import of a handshake", 200, "POST", "/api/import", body={"files": [{"name": "file.yaml", "text": pinned}]})
    call("await of a key", 200, "POST", "/api/runbooks/{id}/await", ["pinned"])
    call("await where no key comes", 409, "POST", "/api/runbooks/{id}/await", ["quiet"])
    found = call("runbook with a handshake", 200, "GET", "/api/runbooks/{id}", ["pinned"]).json() or {}
    checks.equal("its handshake", (found.get("handshake") or {}).get("awaits_key"), True)

    call("pause", 200, "POST", "/api/runbooks/{id}/pause", ["quiet"])
    waiting = (call("start of a paused runbook", 202, "POST", start, ["quiet"]).json() or {}).get("run_id", "none")
    found = call("a run of a paused runbook", 200, "GET", "/api/runs/{id}", [waiting]).json() or {}
    checks.equal("it says so", (found.get("waiting") or {}).get("reason"), "paused")
    call("pause of a run", 200, "POST", "/api/runs/{id}/pause", [waiting])
    call("resume", 200, "POST", "/api/runbooks/{id}/resume", ["quiet"])
    found = call("a run that is paused by itself", 200, "GET", "/api/runs/{id}", [waiting]).json() or {}
    checks.check("it says since when and by whom", found.get("paused_at") and found.get("paused_by"), found)
    found = call("list of paused runs", 200, "GET", "/api/runs", query="?paused=true").json() or {}
    checks.equal("it is the one", [each["id"] for each in found.get("runs", [])], [waiting])
    call("list of runs that are not paused", 400, "GET", "/api/runs", query="?paused=no")
    call("tree of a paused run", 200, "GET", "/api/runs/{id}/tree", [waiting])
    call("figures with a paused run", 200, "GET", "/api/runbooks/{id}/stats", ["quiet"])
    call("resume of a run", 200, "POST", "/api/runs/{id}/resume", [waiting])
    call("pause of a run that is not", 404, "POST", "/api/runs/{id}/pause", ["nonesuch"])
    call("resume of a run that is not", 404, "POST", "/api/runs/{id}/resume", ["nonesuch"])
    call("pause of nothing", 404, "POST", "/api/runbooks/{id}/pause", ["nonesuch"])
    checks.equal("it goes on", service.ended(waiting).get("state"), "failed")
    call("pause of a run that is over", 409, "POST", "/api/runs/{id}/pause", [waiting])
    call("resume of a run that is over", 409, "POST", "/api/runs/{id}/resume", [waiting])
    again = (call("retry", 202, "POST", "/api/runs/{id}/retry", [waiting], body={"from": "start"}).json() or {}).get(
        "run_id", "none")
    call("retry of a run that is not", 404, "POST", "/api/runs/{id}/retry", ["nonesuch"])
    call("retry from nowhere", 400, "POST", "/api/runs/{id}/retry", [waiting], body={"from": "there"})
    service.ended(again)
    call("log of a repeated run", 200, "GET", "/api/runs/{id}/log", [waiting])
    dry = "/api/runbooks/{id}/dry-run"
    tried = call("dry run", 200, "POST", dry, ["reported"], body={
        "payload": {"title": "Disk"}, "responses": {"open": {"status": 201, "body": {"number": 7}}}}).json() or {}
    call("log of a dry run", 200, "GET", "/api/runs/{id}/log", [tried.get("run_id", "none")])
    call("dry run with a failure", 200, "POST", dry, ["reported"], body={"responses": {"open": {"failure": "timeout"}}})
    call("dry run with an answer of another step", 400, "POST", dry, ["reported"], body={"responses": {"none": {"body": 1}}})
    call("dry run with answers that are none", 400, "POST", dry, ["reported"], body={"responses": []})
    call("dry run of nothing", 404, "POST", dry, ["nonesuch"])
    call("replay", 200, "POST", "/api/runs/{id}/replay", [waiting])
    call("replay of what is not", 404, "POST", "/api/runs/{id}/replay", ["nonesuch"])

    held = (call("start of a run that waits", 202, "POST", start, ["held"]).json() or {}).get("run_id", "none")
    rig.eventually(lambda: service.run(held).get("waiting"), 20)
    found = call("a run that waits", 200, "GET", "/api/runs/{id}", [held]).json() or {}
    checks.check("it says so", found.get("waiting"), found)
    call("list of runs, one waits", 200, "GET", "/api/runs")
    asking = (call("start of a run that asks", 202, "POST", start, ["asking"]).json() or {}).get("run_id", "none")
    rig.eventually(lambda: (service.run(asking).get("waiting") or {}).get("reason") == "approval", 20)
    found = call("a question", 200, "GET", "/api/approvals/{id}", [asking]).json() or {}
    reply = {"answer": "approve", "commitment": found.get("commitment")}
    call("its answer by who started it", 403, "POST", "/api/approvals/{id}", [asking], body=reply)
    service.must("user", "put", "eve", "--policy", "operator", input="a good password\n")
    eve = service.http("POST", "/v1/auth/userpass/login/eve", {"password": "a good password"}, token=None).json()
    token = eve["auth"]["client_token"]
    call("an answer about something else", 409, "POST", "/api/approvals/{id}", [asking],
         body=dict(reply, commitment="0"), token=token)
    call("its answer", 204, "POST", "/api/approvals/{id}", [asking], body=reply, token=token)
    service.ended(asking)
    call("no question", 409, "GET", "/api/approvals/{id}", [asking])
    call("redact", 200, "POST", "/api/redact", body={"text": "nothing to hide"})
    call("cancel", 202, "POST", "/api/runs/{id}/cancel", [held])
    checks.equal("it is cancelled", service.ended(held).get("state"), "cancelled")
    call("cancel again", 409, "POST", "/api/runs/{id}/cancel", [held])
    call("the log of a cancelled run", 200, "GET", "/api/runs/{id}/log", [held])

    secret = "/api/reveals/kv/{path}"
    service.http("POST", "/v1/kv/data/shown", {"data": {"key": "to be shown"}})
    found = call("a secret shown", 200, "POST", secret, ["shown"], body={"reason": "test"}).json() or {}
    checks.equal("it is the secret", found.get("value"), {"key": "to be shown"})
    call("a field shown", 200, "POST", secret, ["shown"], body={"reason": "test", "field": "key"})
    call("a field that is not there", 404, "POST", secret, ["shown"], body={"reason": "test", "field": "other"})
    call("no secret shown", 404, "POST", secret, ["other"], body={"reason": "test"})
    call("without a reason", 400, "POST", secret, ["shown"], body={})
    part = {"seq": 1, "part": "request.body", "reason": "test"}
    call("a part of a run shown", 200, "POST", "/api/reveals/runs/{id}", [one], body=part)
    call("a part as bytes", 200, "POST", "/api/reveals/runs/{id}", [one], body=dict(part, **{"as": "bytes"}))
    opening = {"seq": 1, "part": "request", "reason": "test", "as": "opening"}
    call("a value with its salt", 200, "POST", "/api/reveals/runs/{id}", [one], body=opening)
    call("a salt of no value", 404, "POST", "/api/reveals/runs/{id}", [one], body=dict(opening, part="other"))
    call("a part as what is none", 400, "POST", "/api/reveals/runs/{id}", [one], body=dict(part, **{"as": "file"}))
    call("a part that is none", 400, "POST", "/api/reveals/runs/{id}", [one], body=dict(part, part="body"))
    call("a line that is not there", 404, "POST", "/api/reveals/runs/{id}", [one], body=dict(part, seq=999))
    asker, second = person(service, "asker"), person(service, "second")
    asked = call("a secret asked for", 202, "POST", secret, ["shown"], body={"reason": "test"}, token=asker).json() or {}
    call("requests", 200, "GET", "/api/reveals")
    places = [asked.get("request", "none")]
    call("consent of whoever asked", 403, "POST", "/api/reveals/{id}/consent", places, token=asker)
    call("consent", 200, "POST", "/api/reveals/{id}/consent", places, token=second)
    call("consent again", 409, "POST", "/api/reveals/{id}/consent", places, token=second)
    call("decline", 200, "POST", "/api/reveals/{id}/decline", places, token=second)
    call("decline of nothing", 404, "POST", "/api/reveals/{id}/decline", ["0" * 32], token=second)

    page = call("a page of runs", 200, "GET", "/api/runs", query="?limit=1").json() or {}
    checks.check("there is a next page", page.get("next"), page)
    call("the next page", 200, "GET", "/api/runs", query="?limit=2&before=%s" % page.get("next"))
    call("runs of one runbook and state", 200, "GET", "/api/runs", query="?runbook=Report&state=succeeded")
    for query in ("limit=0", "limit=501", "state=lost", "before=x"):
        call("runs with " + query, 400, "GET", "/api/runs", query="?" + query)
    call("another method", 405, "PUT", "/api/runs", described="GET")
    call("no run", 404, "GET", "/api/runs/{id}", ["nonesuch"])
    call("no receipt", 404, "GET", "/api/runs/{id}/receipt", ["nonesuch"])
    call("no log", 404, "GET", "/api/runs/{id}/log", ["nonesuch"])
    call("no tree", 404, "GET", "/api/runs/{id}/tree", ["nonesuch"])
    call("the rest of a log", 200, "GET", "/api/runs/{id}/log", [one], query="?after=2")
    call("a log, followed", 200, "GET", "/api/runs/{id}/log", [one], query="?follow=true")
    if call.description.operation("delete", "/api/runs/{id}"):
        call("delete", 204, "DELETE", "/api/runs/{id}", [one])
        call("delete again", 404, "DELETE", "/api/runs/{id}", [one])


FAILING = """
runbook: failing
start: { schedule: { cron: "0 0 1 1 *", zone: Europe/Berlin } }
on_failure: { ticket_after: 1, notify: true, webhook: { url: "https://example.org/hook", key: kv/none#key } }
steps: { failed: { end: failure } }
"""


def accounts(checks, call):
    service = call.service
    call("import of what fails", 200, "POST", "/api/import", body={"files": [{"name": "file.yaml", "text": FAILING}]})
    service.http("POST", "/v1/auth/userpass/users/told", {
        "password": "a good password", "token_policies": ["operator"], "error_notifications": True,
        "email": "told@example.org"})
    answer = service.http("POST", "/v1/auth/userpass/login/told", {"password": "a good password"}, token=None)
    told = answer.json()["auth"]["client_token"]
    run = call("a start that fails", 202, "POST", "/api/runbooks/{id}/start", ["failing"]).json()["run_id"]
    service.ended(run)
    rig.eventually(lambda: service.http("GET", "/api/notifications", token=told).json()["notifications"], 20)
    call("figures", 200, "GET", "/api/runbooks/{id}/stats", ["failing"])
    call("figures of nothing", 404, "GET", "/api/runbooks/{id}/stats", ["nonesuch"])
    call("import of what keeps", 200, "POST", "/api/import", body={"files": [{"name": "keeps.yaml", "text": KEEPING}]})
    call("none kept", 200, "GET", "/api/runbooks/{id}/kept", ["keeping"])
    keeps = call("a start that keeps", 202, "POST", "/api/runbooks/{id}/start", ["keeping"], body={"payload": {"list": [1, 2]}})
    service.ended(keeps.json()["run_id"])
    kept = call("kept variables", 200, "GET", "/api/runbooks/{id}/kept", ["keeping"]).json()["kept"]
    checks.equal("the one that is kept", [one["name"] for one in kept], ["count"])
    call("kept variables of nothing", 404, "GET", "/api/runbooks/{id}/kept", ["nonesuch"])
    call("end of a kept variable", 204, "DELETE", "/api/runbooks/{id}/kept/{name}", ["keeping", "count"])
    call("end of no kept variable", 404, "DELETE", "/api/runbooks/{id}/kept/{name}", ["keeping", "count"])
    rig.eventually(
        lambda: any(i["attempts"] for i in service.http("GET", "/api/outbox").json()["items"] if i["due_at"]), 20)
    call("the outbox", 200, "GET", "/api/outbox")
    page = call("a page of the outbox", 200, "GET", "/api/outbox", query="?limit=1&runbook=failing").json()
    checks.check("there is a next page of it", page.get("next"), page)
    further = call("the page behind it", 200, "GET", "/api/outbox", query="?limit=500&runbook=failing&before=" + (page["next"] or "x")).json()
    whole = service.http("GET", "/api/outbox?limit=500&runbook=failing").json()["items"]
    checks.equal("together they are the list", [one["id"] for one in page["items"] + further["items"]], [one["id"] for one in whole])
    call("outbox before nothing", 400, "GET", "/api/outbox", query="?before=x")
    pending = call("what is pending", 200, "GET", "/api/outbox", query="?state=pending").json()["items"]
    checks.equal("a webhook without its key is pending", [one["action"] for one in pending], ["webhook"])
    call("outbox in no state", 400, "GET", "/api/outbox", query="?state=lost")
    call("retry", 204, "POST", "/api/outbox/{id}/retry", [pending[0]["id"]])
    call("retry of nothing", 404, "POST", "/api/outbox/{id}/retry", ["nonesuch"])
    call("notifications", 200, "GET", "/api/notifications", token=told)
    call("notifications of no login", 200, "GET", "/api/notifications", query="?unread=true")
    call("read by no login", 409, "POST", "/api/notifications/read")
    call("read of none", 404, "POST", "/api/notifications/read", body={"id": "nonesuch"}, token=told)
    call("read", 204, "POST", "/api/notifications/read", body={}, token=told)
    method = "/api/methods/{integration}/{method}/requests"
    found = call("calls of a method", 200, "GET", method, ["tickets", "open"]).json()
    checks.check("there are some", found["requests"], found)
    page = call("a page of calls", 200, "GET", method, ["tickets", "open"], query="?limit=1").json()
    further = call("calls behind a page", 200, "GET", method, ["tickets", "open"], query="?before=" + (page["next"] or "x")).json()
    checks.equal("a page goes on behind the one before", page["requests"] + further["requests"], found["requests"])
    call("calls before a time", 200, "GET", method, ["tickets", "open"], query="?limit=1&before=2026-01-01T00:00:00Z")
    call("calls before nothing", 400, "GET", method, ["tickets", "open"], query="?before=x")
    call("calls of no method", 404, "GET", method, ["tickets", "nonesuch"])
    call("runs by all filters", 200, "GET", "/api/runs",
         query="?trigger=api&reason=end&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z&step=x&text=word%20other")
    call("runs with a text without a word", 400, "GET", "/api/runs", query="?text=-")
    call("runs since nothing", 400, "GET", "/api/runs", query="?since=x")


def others(checks, call, place):
    service = call.service
    # Another URL: what was entered for the old one says so.
    text = INTEGRATION.replace("OPEN", "incidents").replace("PLACE", place)
    changed = call(
        "import with another URL", 200, "POST", "/api/import", body={"files": [{"name": "file.yaml", "text": text}]})
    missing = (changed.json() or {}).get("missing", [])
    checks.check("both URLs are named", any(one.get("bound_to") and one.get("url") for one in missing), missing)
    found = call("integration with another URL", 200, "GET", "/api/integrations/{id}", ["tickets"]).json() or {}
    checks.check(
        "its value says so", any(one["state"] == "url-changed" for one in found.get("parameters", [])), found)
    call("runbook whose methods changed", 200, "GET", "/api/runbooks/{id}", ["reported"])

    call("the ledger's head", 200, "GET", "/api/ledger/head")
    call("the ledger's key", 200, "GET", "/api/ledger/key")
    call("the ledger's entries", 200, "GET", "/api/ledger/entries", query="?from=0&limit=10000")
    call("ledger entries from nowhere", 400, "GET", "/api/ledger/entries", query="?from=x")
    call("numbers", 200, "GET", "/metrics")
    call("health", 200, "GET", "/health", token=None)
    call("health, head only", 200, "HEAD", "/health", token=None)
    call("the description", 200, "GET", "/api/openapi.json")
    bearer = [("Authorization", "Bearer " + service.token)]
    call("the description, token as a bearer", 200, "GET", "/api/openapi.json", token=None, headers=bearer)

    viewer = service.must("token", "create", "--policy", "log-viewer").split()[0]
    call("the description, for a role", 200, "GET", "/api/openapi.json", token=viewer)
    denied = call("import by a viewer", 403, "POST", "/api/import", body={"files": []}, token=viewer)
    checks.check("the refusal says what would allow it", b"api/import" in denied.body, denied.body[:300])

    checks.equal("seal", service.http("POST", "/v1/sys/seal").status, 204)
    call("health of a sealed service", 503, "GET", "/health", token=None)
    call("runs of a sealed service", 503, "GET", "/api/runs")
    call("a start at a sealed service", 503, "POST", "/api/automation/{id}", ["reported"], body={}, token=None)
    call("the description of a sealed service", 503, "GET", "/api/openapi.json")


def run(checks, binary, folder):
    def answer(received):
        if received.path in ("/tickets", "/incidents"):
            return 201, {"id": 4711}
        if received.path == "/plain":
            return 200, {"seen": "yes"}
        if received.path == "/token":
            return 200, {"access_token": "token-of-the-description"}
        return (503 if received.path == "/busy" else 404), {}

    upstream = rig.Upstream(answer)
    service = rig.Service(binary, folder, allow=[upstream.place, "127.0.0.1:%d" % MAIL.getsockname()[1]]).start()
    service.must("kv", "put", "kv/tickets", "key=-", "--hosts", upstream.place, input=secrets.token_hex(12))
    description = description_itself(checks, service)
    checks.equal("schemas use only what is checked here", description.unchecked(), set())
    control(checks, description)
    call = Caller(checks, service, description)
    closed(checks, call, description)
    password = documents(checks, call, upstream.place, folder)
    runs(checks, call, password)
    named_keys(checks, call)
    accounts(checks, call)
    others(checks, call, upstream.place)
    left = {(method, path) for method, path, _ in description.operations()} - description.succeeded
    checks.equal("every operation was called and answered as described", left, set())
    said = service.said()
    checks.check("the service printed no fault", "error" not in said.lower(), said[-500:])


if __name__ == "__main__":
    rig.main(run)
