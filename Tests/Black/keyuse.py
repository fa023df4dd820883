#!/usr/bin/env python3
"""Named keys at work for runbooks: they sign requests and receipts and check what endpoints receive, each operation granted
by itself. Signatures are checked by the openssl command with what `key show --public-key` prints.

    python3 Tests/Black/keyuse.py BINARY
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

READER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Spec", "verify_receipt.py")

KEYS = (("ed", "ed25519"), ("p256", "ecdsa-p256"), ("rsa", "rsa-2048"), ("mac", "hmac"))
METHODS = {
    "standard": "{ type: standard-webhooks, key: { named: ed }, algorithm: ed25519 }",
    "message": "{ type: rfc9421, key: { named: p256, version: 1 }, algorithm: ecdsa-p256-sha256 }",
    "token": "{ type: jwt, key: { named: rsa }, algorithm: rsa-v1_5-sha256, claims: '{\"sub\": \"<<order>>\"}' }",
    "recipe": "{ type: recipe, key: { named: mac }, header: X-Sig }",
}
AUTHOR = """
path "api/import" { capabilities = ["create"] }
path "api/runbooks/*" { capabilities = ["update"] }
path "api/integrations/*" { capabilities = ["update"] }
"""
ENDPOINTS = """
runbook: by-mac
start: { public: { auth: signature, scheme: github, key: { named: mac } } }
steps: { done: { end: success } }
---
runbook: by-pair
start:
  public:
    auth: http_signature
    http_signature: { keys: [{ name: pair, keyid: pair, algorithm: ed25519, key: { named: ed } }] }
steps: { done: { end: success } }
"""


def documents(place, methods=METHODS):
    text = "integration: out\nbase_url: http://%s\nmethods:\n" % place
    for name, signing in methods.items():
        text += "  %s:\n    request: POST /%s\n    body: { json: '{\"order\": \"<<order>>\"}' }\n    signing: %s\n" % (
            name, name, signing)
    names = list(methods)
    text += "---\nrunbook: send\nvariables: { order: { type: string, default: o-17 } }\nsteps:\n"
    for name, after in zip(names, names[1:] + ["done"]):
        text += "  %s: { method: out/%s, then: %s, else: failed }\n" % (name, name, after)
    return text + "  done: { end: success }\n  failed: { end: failure }\n"


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der(raw):
    def integer(data):
        data = data.lstrip(b"\0") or b"\0"
        data = b"\0" + data if data[0] & 0x80 else data
        return b"\x02" + bytes([len(data)]) + data

    body = integer(raw[:len(raw) // 2]) + integer(raw[len(raw) // 2:])
    return b"\x30" + bytes([len(body)]) + body


class Outsider:
    """Somebody who has the public halves and nothing else."""

    def __init__(self, service, folder):
        self.folder = folder
        self.service = service
        for name, kind in KEYS:
            if kind != "hmac":
                rig.write(folder, name + ".pem", service.must("key", "show", name, "--public-key"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def holds(self, name, message, signature):
        for part, data in (("message.bin", message), ("signature.bin", signature)):
            with open(self.path(part), "wb") as file:
                file.write(data)
        key, message, signature = self.path(name + ".pem"), self.path("message.bin"), self.path("signature.bin")
        if name == "ed":
            words = ["pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message, "-sigfile", signature]
        else:
            words = ["dgst", "-sha256", "-verify", key, "-signature", signature, message]
        return subprocess.run(["openssl"] + words, capture_output=True).returncode == 0

    def mac(self, message, version=None):
        path = self.path("to-mac.bin")
        with open(path, "wb") as file:
            file.write(message)
        options = ["--key-version", str(version)] if version else []
        return base64.b64decode(self.service.must("hmac", "mac", path, "--algorithm", "hmac-sha256", *options))

    def sign(self, message, *options):
        path = self.path("to-sign.bin")
        with open(path, "wb") as file:
            file.write(message)
        return base64.b64decode(self.service.must("sign", "ed", path, "--algorithm", "ed25519", *options))


def outgoing(checks, service, outsider, received):
    by_name = dict((entry.path.rsplit("/", 1)[1], entry) for entry in received)
    checks.equal("every method was called", sorted(by_name), sorted(METHODS))
    headers = lambda name: dict((key.lower(), value) for key, value in by_name[name].headers)
    found = headers("standard")
    text = ("%s.%s." % (found["webhook-id"], found["webhook-timestamp"])).encode() + by_name["standard"].body
    version, _, value = found["webhook-signature"].partition(",")
    checks.check("standard webhooks: openssl verifies", version == "v1a" and outsider.holds("ed", text, base64.b64decode(value)))
    found = headers("message")
    inner = found["signature-input"].partition("=")[2]
    checks.check("rfc9421: the receiver is told key and version", 'keyid="p256:1"' in inner, inner)
    base = '"@method": POST\n"@target-uri": http://%s/message\n"content-digest": %s\n"@signature-params": %s' % (
        found["host"], found["content-digest"], inner)
    raw = base64.b64decode(found["signature"].partition("=")[2].strip(":"))
    checks.check("rfc9421: openssl verifies", outsider.holds("p256", base.encode(), der(raw)))
    head, claims, signature = headers("token")["authorization"][7:].split(".")
    checks.equal("jwt: the header", json.loads(unpadded(head)), {"alg": "RS256", "typ": "JWT", "kid": "rsa:1"})
    checks.check("jwt: openssl verifies", outsider.holds("rsa", (head + "." + claims).encode(), unpadded(signature)))
    checks.equal("recipe: the service computes the same MAC", headers("recipe")["x-sig"],
                 outsider.mac(by_name["recipe"].body).hex())
    return [headers("token")["authorization"][7:], headers("recipe")["x-sig"], value]


def start(service, runbook="send"):
    found = service.must("start", runbook)
    return next(word for word in found.split() if len(word) > 20)


def ending(service, run):
    return service.ended(run).get("state"), json.dumps(service.log(run), ensure_ascii=False)


def grants(checks, service, folder, upstream):
    """An author may not grant; what he changes is suspended until somebody renews it."""
    service.must("policy", "put", "author", rig.write(folder, "author.hcl", AUTHOR))
    author = service.must("token", "create", "--policy", "author").split()[0]
    wanted = {"keys/ed#sign", "keys/p256#sign", "keys/rsa#sign", "keys/mac#hmac"}

    def imported(text, into="send"):
        body = {"files": [{"name": "d.yaml", "text": text}]}
        return service.http("POST", "/api/import", body, token=author)

    listed = service.must("grants", "send")
    checks.check("each operation is listed as granted", all(re.search(re.escape(one) + r"\s+active", listed) for one in wanted), listed)
    as_json = json.loads(service.must("grants", "send", "--json"))
    checks.check("and for machines, with the hosts", all(
        one["hosts"] == [upstream.place] for one in as_json if one["secret"] in wanted), as_json)
    changed = documents(upstream.place, dict(METHODS, recipe=METHODS["recipe"].replace("X-Sig", "X-Other")))
    body = {"files": [{"name": "d.yaml", "text": changed.partition("---")[0]}]}
    answer = service.http("POST", "/api/import", body, token=author)
    suspended = {one["secret"] for one in answer.json().get("suspended", [])} if answer.status == 200 else answer.body
    checks.check("an author's change suspends them", suspended >= wanted if isinstance(suspended, set) else False, suspended)
    listed = service.must("grants", "send")
    checks.check("and the list says so", all(re.search(re.escape(one) + r"\s+suspended", listed) for one in wanted), listed)
    count = len(upstream.received)
    state, log = ending(service, start(service))
    checks.check("a suspended key signs nothing", state == "failed" and len(upstream.received) == count, (state, log[-300:]))
    checks.check("and the log says what renews it",
                 "was edited after keys/ed#sign was granted to it; `chancery grant" in log, log[-400:])
    said = service.must("grant", "send", "keys/ed#sign")
    checks.check("one operation is granted by itself", "may use keys/ed#sign; what it makes may be sent to" in said, said)
    state, log = ending(service, start(service))
    checks.check("the next one is refused", state == "failed" and "keys/p256#sign" in log, log[-300:])
    service.must("grant", "send")
    checks.equal("all together let it run", ending(service, start(service))[0], "succeeded")
    code, _, errors = service.cli("grant", "send", "keys/ed#rotate")
    checks.check("no other operation can be granted", code == 2 and "sign, verify, encrypt, decrypt, hmac" in errors, errors)
    code, _, errors = service.cli("grant", "send", "keys/ed#decrypt")
    checks.check("nor one that it does not use", code == 1, errors)


def tokens(checks, service, outsider, folder, upstream):
    """A named key makes the tokens that authorise an integration."""
    document = (
        "integration: told\nbase_url: http://%s\nauth: { type: jwt, key: { named: rsa }, issuer: chancery, "
        "claims: '{\"order\": <<order>>}', header: X-Token, prefix: \"T \" }\nmethods: { go: { request: POST /told } }\n---\n"
        "runbook: tell\nvariables: { order: { default: o-18 } }\nsteps:\n  go: { method: told/go, then: done, else: failed }\n"
        "  done: { end: success }\n  failed: { end: failure }\n" % upstream.place)
    path = rig.write(folder, "told.yaml", document)
    checks.check("check says that the key signs", "chancery grant tell keys/rsa#sign" in service.must("check", "--missing", path))
    author = service.must("token", "create", "--policy", "author").split()[0]
    answer = service.http("POST", "/api/import", {"files": [{"name": "d.yaml", "text": document}]}, token=author)
    checks.equal("who may not grant may import it", answer.status, 200)
    count = len(upstream.received)
    state, log = ending(service, start(service, "tell"))
    checks.check("jwt auth: a key without its grant makes no token", state == "failed" and len(upstream.received) == count
                 and "keys/rsa#sign" in log, log[-300:])
    service.must("grant", "tell", "keys/rsa#sign")
    state, log = ending(service, start(service, "tell"))
    checks.equal("jwt auth: with it, it does", state, "succeeded")
    token = dict(upstream.received[-1].headers).get("X-Token", "")
    head, claims, signature = (token[2:] + "..").split(".")[:3]
    checks.equal("jwt auth: the header names key and version", json.loads(unpadded(head)), {"alg": "RS256", "typ": "JWT", "kid": "rsa:1"})
    said = json.loads(unpadded(claims))
    checks.equal("jwt auth: the claims", (said.get("iss"), said.get("order")), ("chancery", "o-18"))
    checks.check("jwt auth: openssl verifies", outsider.holds("rsa", (head + "." + claims).encode(), unpadded(signature)))
    checks.check("jwt auth: the token is not in the log", signature not in log)
    code, output, errors = service.cli("check", rig.write(folder, "swap.yaml", document.replace(
        "issuer: chancery", "grant: jwt_bearer, token_url: http://%s/token" % upstream.place)))
    checks.check("jwt auth: one that is exchanged needs another key", code == 1 and "exchanged" in output + errors, output)


def check_command(checks, service, folder, place):
    path = rig.write(folder, "check.yaml", documents(place))
    said = service.must("check", "--missing", path)
    checks.check("check lists what keys do, and the command that grants it",
                 "keys/mac#hmac" in said and "chancery grant send keys/ed#sign" in said, said)
    answer = json.loads(service.must("check", "--json", path))
    checks.equal("for machines too", answer["keys"], ["keys/ed#sign", "keys/mac#hmac", "keys/p256#sign", "keys/rsa#sign"])
    bad = documents(place, {"a": "{ type: sigv4, key: { named: mac }, access_key: A, region: b, service: c }"})
    code, output, _ = service.cli("check", rig.write(folder, "bad.yaml", bad))
    checks.check("SigV4 with a named key is refused, with the reason", code == 1 and "kv/PATH#FIELD" in output, output)


def unsuited(checks, service, folder, place):
    """An import holds what methods and steps have keys do against the keys that there are."""
    service.must("key", "create", "bound", "--type", "ed25519")

    def loaded(signing=None, step=None, auth="none"):
        method = "  m: { request: POST /unsuited, body: { text: hello }%s }\n" % (", signing: " + signing if signing else "")
        steps = "  one: %s\n" % (step or "{ method: unsuited/m, then: done, else: failed }")
        text = ("integration: unsuited\nbase_url: http://%s\nauth: %s\nmethods:\n%s---\nrunbook: unsuited\nsteps:\n%s"
                "  done: { end: success }\n  failed: { end: failure }\n" % (place, auth, method, steps))
        code, output, errors = service.cli("import", rig.write(folder, "unsuited-keys.yaml", text))
        return code, output + errors

    ends = ", then: done, else: failed }"
    for what, words, settings in (
            ("another type", ("D186", "does not sign by `hmac-sha256`", "`ed25519`"),
             {"signing": "{ type: standard-webhooks, key: { named: ed } }"}),
            ("another purpose", ("D186", "is for signing", "messages"),
             {"signing": "{ type: standard-webhooks, key: { named: bound }, algorithm: ed25519 }"}),
            ("a token of the integration", ("D186", "does not sign by `ed25519`", "`rsa-v1_5-sha256`"),
             {"auth": "{ type: jwt, key: { named: rsa }, algorithm: ed25519 }"}),
            ("a step's algorithm", ("D186", "does not sign by `hmac-sha256`", "`ecdsa-p256-sha256`"),
             {"step": "{ sign: { named: p256 }, algorithm: hmac-sha256, message: m" + ends}),
            ("a step's purpose", ("D186", "is for messages", "encryption"),
             {"step": "{ encrypt: { named: ed }, message: m" + ends})):
        code, said = loaded(**settings)
        checks.check("an import refuses a key of %s, and says what fits" % what, code == 1 and all(
            word in said for word in words), said)
    checks.equal("nothing of them is here", service.http("GET", "/api/runbooks/unsuited").status, 404)
    for what, word, settings in (
            ("that is not there", "--type hmac --purpose messages", {"signing": "{ type: recipe, key: { named: gone } }"}),
            ("of a version to come", "has no version 9 yet",
             {"signing": "{ type: recipe, key: { named: mac, version: 9 } }"})):
        code, said = loaded(**settings)
        checks.check("an import warns of a key " + what, code == 0 and "D186" in said and word in said, said)
        service.must("runbook", "delete", "unsuited")
        service.must("integration", "delete", "unsuited")


def broken(checks, service):
    """What is wrong with a key is said by the run that wanted it."""
    service.must("key", "delete", "mac", "--waiting", "1")
    state, log = ending(service, start(service))
    checks.check("a deleted key signs nothing", state == "failed" and "the key is deleted" in log, log[-300:])
    service.must("key", "restore", "mac")
    checks.equal("a restored one does", ending(service, start(service))[0], "succeeded")


def github(service, outsider, body, version=None):
    return service.http("POST", "/api/automation/by-mac", body,
                        headers=[("X-Hub-Signature-256", "sha256=" + outsider.mac(body, version).hex()),
                                 ("Content-Type", "application/json")], token=None).status


def signed(service, outsider, body, *options):
    digest = "sha-256=:%s:" % base64.b64encode(hashlib.sha256(body).digest()).decode()
    url = service.url + "/api/automation/by-pair"
    import time
    inner = '("@method" "@target-uri" "content-digest");created=%d;keyid="pair"' % int(time.time())
    base = '"@method": POST\n"@target-uri": %s\n"content-digest": %s\n"@signature-params": %s' % (url, digest, inner)
    value = base64.b64encode(outsider.sign(base.encode(), *options)).decode()
    return service.http("POST", "/api/automation/by-pair", body, headers=[
        ("Content-Digest", digest), ("Signature-Input", "sig1=" + inner), ("Signature", "sig1=:%s:" % value)],
        token=None).status


def incoming(checks, service, outsider, folder):
    service.must("import", rig.write(folder, "e.yaml", ENDPOINTS))
    said = service.must("import", rig.write(folder, "unsuited.yaml", """
runbook: by-wrong
start: { public: { auth: signature, scheme: github, key: { named: ed } } }
steps: { done: { end: success } }
"""))
    checks.check("an import says why an endpoint with a key of another type refuses, in the place of its start URL",
                 "no start from outside: " in said and "cannot check" in said and "start URL" not in said, said)
    service.must("runbook", "delete", "by-wrong")
    said = service.must("import", rig.write(folder, "inner.yaml", "runbook: inner\nsteps: { done: { end: success } }\n"))
    checks.check("and a runbook without a public start has no start URL there", "start URL" not in said, said)
    service.must("runbook", "delete", "inner")
    fresh = lambda: json.dumps({"n": secrets.token_hex(8)}).encode()
    accepted = (200, 202)
    checks.check("an endpoint checks by a named MAC key", github(service, outsider, fresh()) in accepted)
    checks.check("and by a named key pair", signed(service, outsider, fresh()) in accepted)
    body = fresh()
    answer = service.http("POST", "/api/automation/by-mac", body,
                          headers=[("X-Hub-Signature-256", "sha256=" + hmac.new(b"x", body, "sha256").hexdigest())], token=None)
    checks.check("nobody else's MAC", answer.status not in accepted, answer.status)
    for name in ("mac", "ed"):
        service.must("key", "rotate", name)
    checks.check("after a rotation the old version still counts", github(service, outsider, fresh(), 1) in accepted)
    checks.check("and the new one does", github(service, outsider, fresh(), 2) in accepted)
    checks.check("of the pair too", signed(service, outsider, fresh(), "--key-version", "1") in accepted
                 and signed(service, outsider, fresh()) in accepted)
    old = fresh()
    tag = outsider.mac(old, 1).hex()
    service.must("key", "config", "mac", "--min-decryption", "2")
    answer = service.http("POST", "/api/automation/by-mac", old, headers=[("X-Hub-Signature-256", "sha256=" + tag)], token=None)
    checks.check("a version below the least one does not", answer.status not in accepted, answer.status)
    service.must("key", "delete", "mac", "--waiting", "1")
    answer = service.http("POST", "/api/automation/by-mac", old, headers=[("X-Hub-Signature-256", "sha256=" + tag)], token=None)
    checks.check("a deleted key lets nobody in", answer.status not in accepted, answer.status)
    service.must("key", "restore", "mac")
    checks.check("a restored one does again", github(service, outsider, fresh()) in accepted)


def receipts(checks, service, folder, run):
    ledger = service.must("ledger", "key").strip()
    for name, kind in (("notary-ed", "ed25519"), ("notary-ec", "ecdsa-p384"), ("notary-rsa", "rsa-2048"), ("notary-pq", "ml-dsa-65")):
        service.must("key", "create", name, "--type", kind)
        text = service.must("log", run, "--receipt", "--key", name)
        path = rig.write(folder, name + ".receipt", text)
        key = rig.write(folder, name + ".pem", service.must("key", "show", name, "--public-key"))
        ours = service.cli("verify-receipt", path, "--key", name, "--key-file", key)
        checks.check(name + ": verifies offline", ours[0] == 0 and "keys/%s:1" % name in ours[2], ours)
        checks.equal(name + ": the ledger's signature too", service.cli("verify-receipt", path, "--public-key", ledger)[0], 0)
        checks.equal(name + ": and both together", service.cli(
            "verify-receipt", path, "--public-key", ledger, "--key", name, "--key-file", key)[0], 0)
        if kind != "ml-dsa-65":
            theirs = subprocess.run([sys.executable, READER, path, "--named", name, key], capture_output=True, text=True)
            checks.check(name + ": the independent reader says so", theirs.returncode == 0, theirs.stderr)
        changed = rig.write(folder, "changed.receipt", text.replace('"outcome":"succeeded"', '"outcome":"failed"'))
        checks.equal(name + ": another outcome does not verify", service.cli(
            "verify-receipt", changed, "--key", name, "--key-file", key)[0], 1)
    key, path = (os.path.join(folder, "notary-ed" + end) for end in (".pem", ".receipt"))
    checks.equal("not as another key", service.cli("verify-receipt", path, "--key", "notary-ec", "--key-file", key)[0], 1)
    service.must("key", "rotate", "notary-ed")
    newer = rig.write(folder, "newer.pem", service.must("key", "show", "notary-ed", "--public-key"))
    code, _, errors = service.cli("verify-receipt", path, "--key", "notary-ed", "--key-file", newer)
    checks.check("not by another version: it says which signed, and how to get that one", code == 1 and all(word in errors for word in (
        "keys/notary-ed:1", "key show notary-ed --public-key --key-version 1")) and "head" not in errors, errors)
    code, _, errors = service.cli("verify-receipt", path, "--key", "notary-ec", "--key-file", newer)
    checks.check("nor by a key that has no line: it says whose lines there are", code == 1 and "keys/notary-ed:1" in errors, errors)
    service.must("key", "create", "mac-signing", "--type", "hmac")
    for name, word in (("mac", "messages"), ("mac-signing", "no public half"), ("rsa", "messages"), ("nobody", "nobody")):
        code, output, errors = service.cli("log", run, "--receipt", "--key", name)
        checks.check("no receipt by " + name, code == 1 and not output and word in errors, errors)
    checks.equal("a key goes with a receipt", service.cli("log", run, "--key", "notary-ed")[0], 2)
    service.must("policy", "put", "reader", rig.write(folder, "reader.hcl", 'path "api/runs/*" { capabilities = ["read"] }'))
    reader = service.must("token", "create", "--policy", "reader").split()[0]
    place = "/api/runs/%s/receipt" % run
    checks.equal("who reads runs has the ledger's receipt", service.http("GET", place, token=reader).status, 200)
    checks.equal("and none by a key that he may not sign with", service.http("GET", place + "?key=notary-ed", token=reader).status, 403)


def run(checks, binary, folder):
    upstream = rig.Upstream(lambda received: (200, {}))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    for name, kind in KEYS:
        service.must("key", "create", name, "--type", kind, "--purpose", "messages")
    outsider = Outsider(service, folder)
    said = service.must("import", rig.write(folder, "d.yaml", documents(upstream.place)))
    checks.check("the import says what it granted", "send may use keys/mac#hmac; what it makes may be sent to" in said, said)
    first = start(service)
    checks.equal("the run succeeds", service.ended(first).get("state"), "succeeded")
    made = outgoing(checks, service, outsider, list(upstream.received))
    log = json.dumps([service.run(first), service.log(first)], ensure_ascii=False)
    checks.check("no signature or token is in the log", not [text for text in made if text in log])
    checks.check("a mask with the key's name stands there", "\u2039rsa" in log and "\u2039mac" in log, log[:600])
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(service.data, "chancery.db"), uri=True) as database:
        uses = [bytes(entry) for (entry,) in database.execute("SELECT entry FROM ledger") if b"sign-message" in bytes(entry)]
    checks.equal("each use is in the ledger", [name for name, _ in KEYS if not any(name.encode() in entry for entry in uses)], [])
    check_command(checks, service, folder, upstream.place)
    grants(checks, service, folder, upstream)
    tokens(checks, service, outsider, folder, upstream)
    unsuited(checks, service, folder, upstream.place)
    broken(checks, service)
    incoming(checks, service, outsider, folder)
    receipts(checks, service, folder, first)
    service.must("ledger", "verify")


rig.main(run)
