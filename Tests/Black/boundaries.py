#!/usr/bin/env python3
"""What one user of the service must not be able to do through another's rights, and what a sender must not be able to
start: grants, names, ids, imports, changed URLs, bodies that cannot be read.

    python3 Tests/Black/boundaries.py BINARY
"""

import json
import os
import re
import secrets
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig


class Caller:
    """Somebody with a token of his own."""

    def __init__(self, service, name, policies, text=None):
        self.service = service
        if text is not None:
            path = rig.write(os.path.dirname(service.data), name + ".hcl", text)
            service.must("policy", "put", name, path)
            policies = [name]
        arguments = [argument for policy in policies for argument in ("--policy", policy)]
        self.token = service.must("token", "create", *arguments).split()[0]

    def http(self, method, path, body=None):
        headers = [("X-Vault-Token", self.token)]
        payload = None if body is None else json.dumps(body).encode()
        return self.service.http(method, path, payload, headers, token=None)

    def imports(self, text, into=None):
        body = {"files": [{"name": "f.yaml", "text": text}]}
        if into:
            body["into"] = into
        return self.http("POST", "/api/import", body)


def started(answer):
    return (answer.json() or {}).get("run_id", "")


def run(checks, binary, folder):
    def answer(received):
        return 503 if received.path == "/busy" else 200, {"token": "ENCRYPTED-ANSWER-" + "5" * 12}

    upstream = rig.Upstream(answer)
    elsewhere = rig.Upstream(lambda received: (200, {}))
    service = rig.Service(binary, folder, allow=[upstream.place, elsewhere.place]).start()
    root = Caller(service, "root", ["administrator", "security-team", "runbook-author", "operator"])
    author = Caller(service, "author", ["runbook-author"])
    places = {"UP": upstream.place, "ELSEWHERE": elsewhere.place}

    def text(template):
        for name, place in places.items():
            template = template.replace(name, place)
        return template

    def arrived(where):
        with where.lock:
            return [(received.target, received.headers, received.body) for received in where.received]

    grants(checks, service, root, author, text, lambda: arrived(elsewhere))
    suspended(checks, service, root, author, text, lambda: arrived(elsewhere))
    names(checks, service, root, author)
    methods(checks, service, root, author, text)
    replacing(checks, service, root)
    changed_url(checks, service, root, text, lambda: arrived(upstream))
    reach(checks, service, folder, text)
    bodies(checks, service, root)
    sealed(checks, service, root)
    waiting(checks, service, root, text)
    redacts(checks, service, root)
    damaged(checks, service, root)
    silent(checks, service)
    checks.equal("it ends when asked to", service.stop(), 0)
    upstream.stop()
    elsewhere.stop()


TICKETS = """
integration: tickets
base_url: http://UP
methods: { list: { request: GET /list } }
"""

NICE = """
integration: mine
base_url: http://ELSEWHERE
methods: { send: { request: POST /take, headers: { X-Take: { secret: kv/prod#key } } } }
---
runbook: nice-book
steps:
  a: { method: tickets/list, then: b }
  b: { method: mine/send, then: done }
  done: { end: success }
"""


def grants(checks, service, root, author, text, arrived):
    """An import grants what its own files ask for, not what another's runbook asks for that calls the same method."""
    secret = "PROD-" + secrets.token_hex(12)
    service.must("kv", "put", "kv/prod", "key=-", input=secret)
    checks.equal("the shared integration is imported", root.imports(text(TICKETS)).status, 200)
    answer = author.imports(text(NICE))
    suspended = [one["secret"] for one in (answer.json() or {}).get("suspended", [])]
    checks.check("an author's import is suspended", answer.status == 200 and "kv/prod" in suspended, answer.body)
    checks.equal("an author grants nothing", author.http("POST", "/api/runbooks/nice-book/grants").status, 403)
    again = root.imports(text(TICKETS).replace("/list }", "/list2 }"))
    granted = [one["runbook"] for one in (again.json() or {}).get("granted", [])]
    checks.check("importing what it calls grants it nothing", again.status == 200 and not granted, again.body)
    ended = service.ended(started(author.http("POST", "/api/runbooks/nice-book/start")))
    checks.equal("its run is not given the secret", ended.get("failure"), "not-granted")
    checks.check("the secret did not leave", secret not in repr(arrived()), arrived())
    checks.equal("somebody who may grants it", root.http("POST", "/api/runbooks/nice-book/grants").status, 200)
    third = root.imports(text(TICKETS).replace("/list }", "/list3 }"))
    renewed = [one["secret"] for one in (third.json() or {}).get("granted", [])]
    checks.check("what was granted is renewed with the method", "kv/prod" in renewed, third.body)


OWN = """
integration: own
base_url: http://UP
methods:
  login: { request: GET /login, encrypt_response: true, outputs: { tok: response^token! } }
---
integration: other
base_url: http://ELSEWHERE
methods: { send: { request: POST /send, body: { json: '{"x": "BODY"}' } } }
---
runbook: own-book
steps:
  a: { method: own/login, then: b }
  b: { method: other/send, then: done }
  done: { end: success }
"""


def suspended(checks, service, root, author, text, arrived):
    """What a call brought back encrypted goes nowhere once an edit has suspended the runbook's own right."""
    checks.equal("the runbook is imported and granted", root.imports(text(OWN)).status, 200)
    edited = text(OWN).replace('"BODY"', "<<tok>>")
    checks.equal("an author edits where it goes", author.imports(edited, "own-book").status, 200)
    ended = service.ended(started(author.http("POST", "/api/runbooks/own-book/start")))
    checks.equal("the run is stopped", ended.get("failure"), "not-granted")
    checks.check("the answer did not leave", "ENCRYPTED-ANSWER" not in repr(arrived()), arrived())


NAMED = """
runbook: deploy-prod
name: Deploy Production
variables: { note: { type: string } }
steps:
  a: { condition: { left: note, op: has_value }, then: done, else: done }
  done: { end: success }
"""


def names(checks, service, root, author):
    """A policy decides about the document, whichever of its names the address has."""
    checks.equal("a runbook with a name is imported", root.imports(NAMED).status, 200)
    limited = Caller(
        service, "limited", [],
        'path "api/runbooks/*" { capabilities = ["read", "start", "update"] }\n'
        'path "api/runbooks/deploy-prod" { capabilities = ["deny"] }\n'
        'path "api/runbooks/deploy-prod/*" { capabilities = ["deny"] }\n')
    for address in ("deploy-prod", "Deploy%20Production"):
        for method, end in (("GET", ""), ("POST", "/start"), ("POST", "/disable")):
            path = "/api/runbooks/%s%s" % (address, end)
            checks.equal("a deny on the id holds for %s %s" % (method, path), limited.http(method, path).status, 403)
    checks.equal("its name leads to it", root.http("GET", "/api/runbooks/Deploy%20Production").status, 200)
    hijack = author.imports(NAMED.replace("deploy-prod", "Deploy Production").replace("name: Deploy Production", "name: x"))
    checks.check("no id may be another runbook's name", hijack.status in (409, 422), (hijack.status, hijack.body))
    hijack = author.imports(NAMED.replace("deploy-prod", "mine-4711").replace("Deploy Production", "deploy-prod"))
    checks.check("no name may be another runbook's id", hijack.status == 409, (hijack.status, hijack.body))


BANK = """
integration: bank
base_url: http://UP
methods:
  pay: { id: bank/pay, request: POST /pay, headers: { X-Route: { encrypt: true } } }
"""


def methods(checks, service, root, author, text):
    """Sealed values belong to a method's id: no other integration gets at them by taking it."""
    checks.equal("an integration with a method id is imported", root.imports(text(BANK)).status, 200)
    path = "/api/integrations/bank/methods/pay/header/X-Route"
    checks.equal("its value is entered", root.http("PUT", path, {"value": "bank-route-0123456789"}).status, 204)
    for name, method_id in (("the same", "bank/pay"), ("another spelling of the", "BANK/PAY")):
        stolen = author.imports(text(BANK).replace("integration: bank", "integration: thief").replace("bank/pay", method_id))
        checks.check("%s method id is refused" % name, stolen.status == 409, (stolen.status, stolen.body))


def replacing(checks, service, root):
    """Importing over a document needs the right to change it; importing does not enable what was disabled."""
    limited = Caller(
        service, "importer", [],
        'path "api/import" { capabilities = ["create", "update"] }\n'
        'path "api/runbooks/*" { capabilities = ["read", "start"] }\n')
    answer = limited.imports(NAMED, "deploy-prod")
    checks.check("replacing needs update", answer.status == 403, (answer.status, answer.body))
    editor = Caller(
        service, "editor", [],
        'path "api/import" { capabilities = ["create", "update"] }\n'
        'path "api/runbooks/+" { capabilities = ["read", "update"] }\n')
    checks.equal("it is disabled", root.http("POST", "/api/runbooks/deploy-prod/disable").status, 200)
    checks.equal("an editor replaces it", editor.imports(NAMED, "deploy-prod").status, 200)
    shown = root.http("GET", "/api/runbooks/deploy-prod").json()
    checks.equal("it is still disabled", shown.get("is_active"), False)


URLS = """
integration: bound
base_url: http://UP
methods:
  ask: { request: GET /p1, query: { k: { encrypt: true } } }
---
runbook: bound-book
steps:
  a: { method: bound/ask, then: done }
  done: { end: success }
"""


def changed_url(checks, service, root, text, arrived):
    """A value that was entered for a URL is gone when the URL changes, and does not come back with it."""
    value = "BOUND-" + secrets.token_hex(12)
    one = text(URLS)
    two = one.replace("/p1", "/p2")
    checks.equal("a method with an encrypted parameter is imported", root.imports(one).status, 200)
    path = "/api/integrations/bound/methods/ask/query/k"
    checks.equal("its value is entered", root.http("PUT", path, {"value": value}).status, 204)
    ended = service.ended(started(root.http("POST", "/api/runbooks/bound-book/start")))
    checks.equal("it is sent", ended.get("state"), "succeeded")
    integration = lambda document: document.split("---")[0]
    for name, document in (("to another URL", two), ("back", one)):
        answer = root.imports(integration(document))
        missing = (answer.json() or {}).get("missing", [])
        checks.check(
            "changing the URL %s asks for the value and names both URLs" % name,
            len(missing) == 1 and "/p1" in missing[0].get("bound_to", "") and "/p" in missing[0].get("url", ""),
            answer.body)
        root.http("POST", "/api/runbooks/bound-book/grants")
        ended = service.ended(started(root.http("POST", "/api/runbooks/bound-book/start")))
        checks.equal("the method refuses to run after %s" % name, ended.get("failure"), "url-changed")
    sent = [target for target, _, _ in arrived() if value in target]
    checks.equal("it was sent once, before the change", len(sent), 1)
    checks.equal("it is entered again", root.http("PUT", path, {"value": value}).status, 204)
    ended = service.ended(started(root.http("POST", "/api/runbooks/bound-book/start")))
    checks.equal("it is sent again", ended.get("state"), "succeeded")


REACH = """
integration: ga
base_url: http://UP
methods: { send: { request: "GET /<<token>>" } }
---
integration: gb
base_url: http://ELSEWHERE
methods: { ping: { request: GET /ping } }
---
runbook: reach
start:
  public: { auth: signature, scheme: github, key: { secret: kv/hook-key#key } }
variables: { token: { secret: kv/reach#token } }
steps:
  a: { method: ga/send, then: b }
  b: { method: gb/ping, then: done }
  done: { end: success }
"""


def reach(checks, service, folder, text):
    """A grant pins the hosts to which the steps send a value, and no others."""
    service.must("kv", "put", "kv/hook-key", "key=-", input=secrets.token_hex(16))
    service.must("kv", "put", "kv/reach", "token=-", input=secrets.token_hex(16))
    said = service.must("import", rig.write(folder, "reach.yaml", text(REACH)))
    lines = {word: line for line in said.splitlines() for word in ("kv/hook-key", "kv/reach") if "may use " + word in line}
    checks.check("the endpoint's key is sent nowhere", "is sent nowhere" in lines.get("kv/hook-key", ""), said)
    checks.check(
        "the variable may be sent where a step sends it",
        lines.get("kv/reach", "").endswith("may be sent to " + text("UP")), said)

    # Hosts of a secret are written without their port, as the example's head has it.
    def hosts():
        return {one["secret"]: one["hosts"] for one in service.http("GET", "/api/runbooks/typed").json()["grants"]}

    service.must("kv", "put", "kv/typed", "token=-", "--hosts", "api.example.com", input=secrets.token_hex(16))
    said = service.must("import", rig.write(folder, "typed.yaml", TYPED))
    checks.check("a host without its port is the one at 443", any(
        "may use kv/typed" in line and line.endswith("may be sent to api.example.com:443") for line in said.splitlines()), said)
    checks.equal("and the runbook shows the same", hosts().get("kv/typed"), ["api.example.com:443"])
    service.must("kv", "put", "kv/typed", "token=-", "--hosts", "api.example.com:8443", input=secrets.token_hex(16))
    checks.equal("a host that the secret does not allow is not shown", hosts().get("kv/typed"), [])
    said = service.must("grant", "typed", "kv/typed")
    checks.check("nor told when it is granted", "is sent nowhere" in said, said)


TYPED = """
integration: gc
base_url: https://api.example.com
methods: { send: { request: "GET /<<token>>" } }
---
runbook: typed
variables: { token: { secret: kv/typed#token } }
steps:
  a: { method: gc/send, then: done }
  done: { end: success }
"""

OPEN = """
runbook: open
start: { public: { auth: header_secret, header: X-Secret, secret: { secret: kv/open#key } } }
steps:
  a: { condition: { left: halo_url, op: has_value }, then: done, else: done }
  done: { end: success }
"""


def bodies(checks, service, root):
    """A sender who is let in, with a body that cannot be read."""
    key = secrets.token_hex(20)
    service.must("kv", "put", "kv/open", "key=-", input=key)
    answer = root.imports(OPEN)
    checks.equal("an endpoint with a secret in a header is imported", answer.status, 200)
    before = len(service.runs())

    def send(body, kind="application/json"):
        return service.http(
            "POST", "/api/automation/open", body, [("X-Secret", key), ("Content-Type", kind)], token=None)

    for name, body in (
        ("two keys of one name", b'{"a":1,"a":2}'), ("bytes that are no UTF-8", b"\xff\xfe"),
        ("text that is no JSON", b"a=b"), ("2,000 nested lists", b"[" * 2000 + b"]" * 2000), ("half an object", b'{"a":'),
        ("two values", b"{} {}"),
    ):
        answer = send(body)
        checks.check("%s: 400" % name, answer.status == 400 and b"body" in answer.body, (answer.status, answer.body))
    checks.equal("a broken form: 400", send(b"a=%zz", "application/x-www-form-urlencoded").status, 400)
    checks.equal("nothing was started", len(service.runs()), before)
    for name, body, kind in (
        ("JSON", b'{"a":1}', "application/json"), ("no body", b"", "application/json"),
        ("a form", b"a=1&b=x+y", "application/x-www-form-urlencoded"),
    ):
        checks.equal("%s: 202" % name, send(body, kind).status, 202)


SEALED = """
runbook: sealed-open
start: { public: { auth: none }, encrypt_request: true }
steps:
  done: { end: success }
"""


def sealed(checks, service, root):
    """Of an encrypted start nothing shows, nor how many fields its query, its form and its headers have."""
    checks.equal("an encrypted endpoint is imported", root.imports(SEALED).status, 200)
    begun = [("Content-Type", "application/x-www-form-urlencoded")]
    for query, body, more in (
        ("", b"a=1", [("X-One", "1")]),
        ("?user=ann&role=admin&role=x", b"a=1&b=2&b=3", [("X-One", "1"), ("X-Two", "2")]),
    ):
        answer = service.http("POST", "/api/automation/sealed-open" + query, body, begun + more, token=None)
        checks.equal("it starts", answer.status, 202)
    shown = []
    for run in service.runs():
        if run["runbook_id"] == "sealed-open":
            service.ended(run["id"])
            first = service.log(run["id"])[0]
            checks.check("its query is one mask", re.fullmatch("\u2039[^\u203a]*\u203a", first.get("query", "")), first)
            # The four characters of a mask are the run's own.
            text = re.sub("\u00b7....\u203a", "\u203a", json.dumps(first.get("request"), ensure_ascii=False))
            checks.check("its form is removed", "[removed:" in text, text)
            shown.append(text)
    checks.check("two starts look alike", len(shown) == 2 and shown[0] == shown[1], shown)


RETRY = """
integration: later
base_url: http://UP
methods: { ask: { request: GET /busy, retry: { attempts: 3, backoff: 300s, retry_on: [503] } } }
---
runbook: later
steps:
  a: { method: later/ask, then: done }
  done: { end: success }
"""


def waiting(checks, service, root, text):
    """A run that waits says why and until when."""
    checks.equal("a method with retries is imported", root.imports(text(RETRY)).status, 200)
    identifier = started(root.http("POST", "/api/runbooks/later/start"))
    found = rig.eventually(lambda: service.run(identifier).get("waiting"), 10) or {}
    checks.check(
        "a run that waits for its next attempt says so", found.get("reason") == "retry" and found.get("until"),
        service.run(identifier))
    said = service.must("runs")
    checks.check("so does the list", "waiting: retry" in said, said)
    service.must("cancel", identifier)
    ended = service.ended(identifier, 20)
    checks.equal("it waits no more once it is over", (ended.get("state"), ended.get("waiting")), ("cancelled", None))


def damaged(checks, service, root):
    """A stored value that was changed from outside: the caller is told that it cannot be opened, the ledger why."""
    import sqlite3

    service.must("kv", "put", "kv/broken", "key=-", input=secrets.token_hex(16))
    database = sqlite3.connect(os.path.join(service.data, "chancery.db"))
    row = database.execute("SELECT fields FROM secret WHERE path = 'kv/broken'").fetchone()
    flipped = bytes(row[0][:-1]) + bytes([row[0][-1] ^ 1])
    database.execute("UPDATE secret SET fields = ? WHERE path = 'kv/broken'", (flipped,))
    database.commit()
    database.close()
    code, output, errors = service.cli("kv", "get", "kv/broken")
    checks.check("it cannot be opened, and says so", code != 0 and "cannot be opened" in errors, (code, output, errors))
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check(
        "the ledger has the row and the reason",
        any("kv/broken" in line and "tag mismatch" in line for line in entries.splitlines()), entries[-600:])


def redacts(checks, service, root):
    """Text is masked for what the caller may read, and for nothing else: or it would confirm guesses."""
    secret = "REDACT-" + secrets.token_hex(12)
    service.must("kv", "put", "kv/shared/one", "key=-", input=secret)
    ours = Caller(
        service, "shipper", [],
        'path "api/redact" { capabilities = ["update"] }\npath "v1/kv/data/shared/*" { capabilities = ["read"] }\n')
    theirs = Caller(
        service, "guesser", [],
        'path "api/redact" { capabilities = ["update"] }\npath "v1/kv/data/other/*" { capabilities = ["read"] }\n')
    guess = {"text": "line one %s line two" % secret}
    answer = ours.http("POST", "/api/redact", guess)
    shown = (answer.json() or {}).get("text", "")
    checks.check(
        "who may read a secret has it masked", answer.status == 200 and secret not in shown and "\u2039" in shown
        and shown.startswith("line one ") and shown.endswith(" line two"), answer.body)
    answer = theirs.http("POST", "/api/redact", guess)
    checks.equal("who may not gets his text back", (answer.json() or {}).get("text"), guess["text"])
    checks.equal("and it says how many were searched for", (answer.json() or {}).get("secrets"), 0)
    checks.equal("without the capability nothing", root_less(service).http("POST", "/api/redact", guess).status, 403)


def root_less(service):
    return Caller(service, "nobody", [], 'path "api/runbooks" { capabilities = ["read"] }\n')


def silent(checks, service):
    """Without a token nobody gets a body read, however many connections announce one."""
    held = []
    for _ in range(64):
        connection = socket.create_connection(("127.0.0.1", service.port), 10)
        connection.sendall(
            b"POST /api/import HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 4194304\r\n\r\n")
        held.append(connection)
    begun = time.monotonic()
    answer = service.http("POST", "/api/runbooks/deploy-prod/enable", b"{}")
    checks.check(
        "others are answered while 64 bodies are announced and not sent",
        answer.status in (200, 204) and time.monotonic() - begun < 20, answer.status)
    first = held[0]
    first.settimeout(20)
    said = first.recv(4096)
    checks.check("who announced one without a token is turned away before it", b" 403 " in said.split(b"\r\n")[0], said[:80])
    for connection in held:
        connection.close()


rig.main(run)
