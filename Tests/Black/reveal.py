#!/usr/bin/env python3
"""Values shown to people: with a reason, once, on the record, by two where a policy wants two. Persons log in by password.

    python3 Tests/Black/reveal.py BINARY
"""

import json
import os
import secrets
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

TWO = """
path "v1/kv/data/vault/*" { capabilities = ["reveal", "read"] second_person = true }
path "api/runs/*" { capabilities = ["reveal", "read"] }
path "api/reveals" { capabilities = ["read"] }
path "api/reveals/*" { capabilities = ["update"] }
path "v1/auth/token/*" { capabilities = ["read", "update"] }
"""

RUNBOOK = """
runbook: fetch
variables: { token: { type: string }, note: { encrypt: true, hosts: ["PLACE"] } }
steps:
  get: { method: outside/get, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

INTEGRATION = """
integration: outside
base_url: "http://PLACE"
auth: { type: bearer, token: { sealed: true } }
methods:
  get:
    request: POST /x
    body: { json: '{"note": <<note>>}' }
    outputs: { token: response^token! }
    encrypt_response: true
"""


class Person:
    """Somebody who logged in: a home folder with the token of `login`."""

    def __init__(self, service, binary, folder, name, password):
        self.home = os.path.join(folder, "home-" + name)
        os.makedirs(self.home, exist_ok=True)
        self.service = service
        self.binary = binary
        self.name = name
        self.said = self.cli("login", "--user", name, input=password)

    def cli(self, *arguments, input="", address=None):
        environment = {k: v for k, v in os.environ.items() if k not in ("CHANCERY_TOKEN",)}
        environment.update(HOME=self.home, CHANCERY_ADDR=address or self.service.url, NO_COLOR="1")
        return rig.command(self.binary, *arguments, input=input, environment=environment)

    @property
    def file(self):
        return os.path.join(self.home, ".chancery-token")


def entries(service, action):
    lines = service.http("GET", "/api/ledger/entries?from=0&limit=1000").body.decode().splitlines()
    return [entry for entry in map(json.loads, lines) if entry.get("action") == action and entry["kind"] == "disclosure"]


def run(checks, binary, folder):
    answer_canary = "ANSWER-" + secrets.token_hex(12)
    credential = "CREDENTIAL-" + secrets.token_hex(12)
    note = "NOTE-" + secrets.token_hex(12)
    stored = "STORED-" + secrets.token_hex(12)

    def answer(received):
        return 200, {"token": answer_canary, "echo": credential, "sent": received.body.decode()}

    upstream = rig.Upstream(answer)
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    service.must("policy", "put", "two", rig.write(folder, "two.hcl", TWO))

    # Logging in.
    passwords = {name: "correct horse %s %s" % (name, secrets.token_hex(6)) for name in ("ann", "bob", "eve")}
    for name in ("ann", "bob"):
        service.must("user", "put", name, "--policy", "two", input=passwords[name] + "\n")
    service.must("user", "put", "eve", "--policy", "log-viewer", input=passwords["eve"])
    checks.equal("users are listed", service.must("user", "list").split(), ["ann", "bob", "eve"])
    ann, bob, eve = (Person(service, binary, folder, name, passwords[name]) for name in ("ann", "bob", "eve"))
    checks.check("a person logs in by password", ann.said[0] == 0 and "two" in ann.said[1], ann.said)
    checks.equal("the token is kept for its owner alone", os.stat(ann.file).st_mode & 0o777, 0o600)
    checks.check("no password and no token is in what login says",
                 not any(passwords["ann"] in text or open(ann.file).read().split()[0] in text for text in ann.said[1:]))
    wrong = Person(service, binary, folder, "mallory", "not the password of anybody")
    bad = wrong.cli("login", "--user", "ann", input="not the password of anybody")
    checks.check("a wrong password and an unknown user get one answer",
                 bad[0] == 1 and wrong.said[0] == 1 and bad[2] == wrong.said[2] and not os.path.exists(wrong.file),
                 (bad, wrong.said))
    pairs = [service.http("POST", "/v1/auth/userpass/login/" + name, {"password": "x" * 20}, token=None).without_date()
             for name in ("ann", "nobody", "NOT-A-NAME")]
    checks.check("to the byte", pairs[0] == pairs[1] == pairs[2] and pairs[0][0] == 400, pairs)
    other = rig.Service(binary, folder, data=os.path.join(folder, "other")).start()
    code, _, errors = ann.cli("runs", address=other.url)
    checks.check("a kept token goes to no other service", code == 2 and "is for" in errors, errors)
    other.stop()
    code, _, errors = eve.cli("user", "put", "eve", "--policy", "administrator", "--keep-password")
    checks.check("a person cannot give herself policies", code == 1 and "denied" in errors, errors)
    checks.check("a password that is too short is refused",
                 service.cli("user", "put", "tim", "--policy", "two", input="short")[0] == 1)

    # A secret, by two.
    service.must("kv", "put", "kv/vault/db", "password=-", input=stored)
    service.must("kv", "put", "kv/plain", "password=-", input=stored)
    code, output, errors = eve.cli("reveal", "kv", "kv/vault/db", "--reason", "look")
    checks.check("without the capability nothing is shown", code == 1 and stored not in output + errors, (code, errors))
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "password", "--reason", "incident 7")
    request = output.strip()
    checks.check("where a policy wants two, the first call asks", code == 0 and len(request) == 32 and stored not in output,
                 (code, output, errors))
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "password", "--request", request)
    checks.check("before the consent nothing is shown", code == 1 and "waiting" in errors and stored not in output, errors)
    checks.check("whoever asked cannot consent", ann.cli("reveal", "consent", request)[0] == 1)
    code, _, errors = service.cli("reveal", "consent", request)
    checks.check("root cannot consent", code == 1 and "root" in errors, errors)
    checks.check("who may not consent is refused", eve.cli("reveal", "consent", request)[0] == 1)
    code, output, errors = bob.cli("reveal", "list")
    checks.check("the second person sees who asks for what and why", all(
        word in output for word in (request, "user.ann", "v1/kv/data/vault/db", "incident 7")) and stored not in output, output)
    code, output, errors = bob.cli("reveal", "consent", request)
    checks.check("the second person consents, and sees nothing", code == 0 and stored not in output, (output, errors))
    code, output, errors = bob.cli("reveal", "kv", "kv/vault/db", "password", "--request", request)
    checks.check("the second person cannot have it shown", code == 1 and stored not in output, errors)
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "--request", request)
    checks.check("nor can more be shown than was asked for", code == 1 and stored not in output, errors)
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "password", "--request", request)
    checks.equal("then the value is shown", (code, output), (0, stored))
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "password", "--request", request)
    checks.check("once", code == 1 and "shown" in errors and stored not in output, errors)
    shown = entries(service, "reveal")
    checks.check("the ledger has it with the reason",
                 len(shown) == 1 and shown[0]["detail"]["reason"] == "incident 7" and shown[0]["detail"]["to"] == "human"
                 and shown[0]["actor"]["id"] == "user.ann" if shown else False, shown)
    checks.equal("and who consented", [entry["actor"]["id"] for entry in entries(service, "reveal-consent")], ["user.bob"])

    # Bound to the version; declined.
    request = ann.cli("reveal", "kv", "kv/vault/db", "--reason", "again")[1].strip()
    bob.cli("reveal", "consent", request)
    service.must("kv", "put", "kv/vault/db", "password=-", input=stored + "-new")
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "--request", request)
    checks.check("a consent does not hold for a newer version", code == 1 and stored not in output, (output, errors))
    request = ann.cli("reveal", "kv", "kv/vault/db", "--reason", "third")[1].strip()
    checks.equal("a request can be declined", bob.cli("reveal", "decline", request)[0], 0)
    checks.check("and is over then", bob.cli("reveal", "consent", request)[0] == 1
                 and ann.cli("reveal", "kv", "kv/vault/db", "--request", request)[0] == 1)

    # A request survives a restart, also what was consented to.
    request = ann.cli("reveal", "kv", "kv/vault/db", "password", "--reason", "restart")[1].strip()
    bob.cli("reveal", "consent", request)
    service.kill()
    service.start()
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "password", "--request", request)
    checks.equal("a consent survives a crash", (code, output), (0, stored + "-new"))
    service.kill()
    service.start()
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "password", "--request", request)
    checks.check("and so does that it was used", code == 1 and stored not in output, errors)

    # A narrower rule without second_person does not undo it.
    narrow = 'path "v1/kv/data/vault/db" { capabilities = ["reveal"] }\n'
    service.must("policy", "put", "narrow", rig.write(folder, "narrow.hcl", narrow))
    service.must("user", "put", "ann", "--policy", "two", "--policy", "narrow", "--keep-password")
    checks.check("other policies end the person's tokens", ann.cli("reveal", "list")[0] == 1)
    ann = Person(service, binary, folder, "ann", passwords["ann"])
    code, output, errors = ann.cli("reveal", "kv", "kv/vault/db", "--reason", "narrow")
    checks.check("second_person holds however narrow another rule is", code == 0 and stored not in output, output)

    # Alone, where the policies say nothing of two.
    code, output, errors = service.cli("reveal", "kv", "kv/plain", "password", "--reason", "alone")
    checks.equal("alone it is shown at once", (code, output), (0, stored))
    checks.check("a reason is needed", service.cli("reveal", "kv", "kv/plain")[0] == 2
                 and service.http("POST", "/api/reveals/kv/plain", {"reason": " "}).status == 400)
    checks.equal("no answer is kept by anybody",
                 service.http("POST", "/api/reveals/kv/plain", {"reason": "head"}).header("Cache-Control"), "no-store")

    # A run.
    service.must("import", rig.write(folder, "outside.yaml", INTEGRATION.replace("PLACE", upstream.place)),
                 rig.write(folder, "fetch.yaml", RUNBOOK.replace("PLACE", upstream.place)))
    service.must("set", "outside", "auth", "token", input=credential)
    service.must("set", "fetch", "variable", "note", input=note)
    service.must("grant", "fetch")
    said = service.must("start", "fetch")
    identifier = said.split("started run ")[1].split()[0]
    checks.equal("the run ends well", service.ended(identifier).get("state"), "succeeded")
    log = service.must("log", identifier)
    lines = service.log(identifier)
    seq = next((line["seq"] for line in lines if line["event"] == "call-answered"), 0)
    checks.check("its log shows none of the values",
                 seq > 0 and not any(value in log for value in (answer_canary, credential, note)), log)
    code, output, errors = ann.cli("reveal", "run", identifier, str(seq), "response.body", "--reason", "what came back")
    checks.check("the answer is shown to whoever may", code == 0 and answer_canary in output, (code, output, errors))
    checks.check("but neither the credential that it echoes nor the encrypted variable",
                 credential not in output and note not in output and "\u2039" in output, output)
    code, output, errors = ann.cli("reveal", "run", identifier, str(seq), "request.headers", "--reason", "headers")
    checks.check("a write-only credential is shown to nobody", code == 0 and credential not in output, (output, errors))
    code, output, errors = ann.cli("reveal", "run", identifier, str(seq), "variables.token", "--reason", "variable")
    checks.check("a variable taken from the answer is", code == 0 and answer_canary in output, (output, errors))
    opening = os.path.join(folder, "opening")
    for number, part in (("1", "variables.note"), (str(seq), "request.headers")):
        code, output, errors = ann.cli("reveal", "run", identifier, number, part, "--reason", "salt", "--opening", opening)
        checks.check("no commitment to %s is opened, where that is write-only" % part,
                     code == 1 and not os.path.exists(opening) and "shown to nobody" in errors, (output, errors))
    code, output, errors = ann.cli("reveal", "run", identifier, "1", "variables.note", "--reason", "variable")
    checks.check("an encrypted variable is not", code == 0 and note not in output, (output, errors))
    before = len(entries(service, "reveal"))
    code, output, errors = ann.cli("reveal", "run", identifier, "99", "response.body", "--reason", "nothing")
    checks.check("a line that is not there is said so, and nothing is recorded as shown",
                 code == 1 and len(entries(service, "reveal")) == before, errors)
    code, output, errors = eve.cli("reveal", "run", identifier, str(seq), "response.body", "--reason", "look")
    checks.check("a log viewer is refused", code == 1 and answer_canary not in output + errors, errors)
    checks.check("the log is as it was", service.must("log", identifier) == log)

    # The end of a login.
    checks.equal("logging out", ann.cli("logout")[0], 0)
    checks.check("removes the token", not os.path.exists(ann.file))
    service.must("user", "delete", "bob")
    checks.check("a deleted user's token is void", bob.cli("reveal", "list")[0] == 1)
    checks.check("and logs in no more", bob.cli("login", "--user", "bob", input=passwords["bob"])[0] == 1)
    service.must("user", "put", "eve", "--policy", "log-viewer", input="another password 12")
    checks.check("a new password ends the old one's tokens", eve.cli("runs")[0] == 1
                 and eve.cli("login", "--user", "eve", input=passwords["eve"])[0] == 1
                 and eve.cli("login", "--user", "eve", input="another password 12")[0] == 0)
    code, output, errors = service.cli("user", "show", "eve")
    checks.check("a login shows what it may, and no hash", code == 0 and "user.eve" in output and "log-viewer" in output, output)
    service.stop()
    folderful = b"".join(
        open(os.path.join(root, name), "rb").read() for root, _, names in os.walk(service.data) for name in names)
    said = service.said().encode()
    for name, value in (("a stored secret", stored), ("an answer", answer_canary), ("a credential", credential),
                        ("a variable", note), ("a password", passwords["ann"])):
        checks.check("%s is in no file and no output of the service" % name, value.encode() not in folderful + said)


rig.main(run)
