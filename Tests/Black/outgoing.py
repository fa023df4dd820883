#!/usr/bin/env python3
"""Signatures on both sides of the service, checked by code that shares nothing with it: the standard library and the
openssl command. Outgoing: a method for each form of `signing`, whose receiver recomputes the signature from the bytes
that arrived. Incoming: an endpoint that wants HTTP message signatures (RFC 9421).

    python3 Tests/Black/outgoing.py BINARY
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

METHODS = {
    "standard": """
      type: standard-webhooks
      key: kv/keys#standard""",
    "standard_ed": """
      type: standard-webhooks
      key: kv/keys#ed25519
      algorithm: ed25519""",
    "recipe": """
      type: recipe
      key: kv/keys#text
      header: X-Sig
      timestamp_header: X-Time
      timestamp: unix
      signed_headers: [X-Time, X-Order]
      message: "{lengths}{body}"
      value: "t={timestamp},v1={signature}" """,
    "message": """
      type: rfc9421
      key: kv/keys#text
      keyid: mac-1
      tag: app
      nonce: true
      lifetime: 1m
      components: ["@method", "@target-uri", "@authority", "@query", content-digest, content-type, x-order]""",
    "message_p256": """
      type: rfc9421
      key: kv/keys#p256
      algorithm: ecdsa-p256-sha256
      keyid: p256
      components: ["@method", "@path", content-digest]
      content_digest: sha-512""",
    "token": """
      type: jwt
      key: kv/keys#text
      keyid: k1
      lifetime: 2m
      claims: '{"iss": "us", "sub": "<<order>>", "n": 5}'""",
    "token_rsa": """
      type: jwt
      key: kv/keys#rsa
      algorithm: rsa-v1_5-sha256
      header: X-Token
      prefix: ""
      claims: '{"sub": "<<order>>"}'""",
    "aws": """
      type: sigv4
      key: kv/keys#aws
      access_key: AKIDEXAMPLE
      region: us-east-1
      service: execute-api
      session_token: kv/keys#session""",
    "aws_object": """
      type: sigv4
      key: kv/keys#aws
      access_key: AKIDEXAMPLE
      region: us-east-1
      service: s3
      session_token: kv/keys#session""",
}

# Characters that a URL may have as they are, and that AWS wants escaped in what is signed.
FOLDERS = {"aws_object": "dt=2024-01-01/a,b@c+d:e!(f)/"}

ENDPOINT = """
runbook: signed
start:
  public:
    auth: http_signature
    http_signature:
      keys:
        - { name: mac, keyid: mac-1, algorithm: hmac-sha256, key: { secret: kv/hooks#mac } }
        - { name: pair, keyid: ed-1, algorithm: ed25519, encoding: spki-base64, key: { secret: kv/hooks#ed } }
steps:
  done: { end: success }
"""


# A token of one host that comes back from it, and from another one, without the word before it.
ECHO = """
integration: minting
base_url: http://OWN
auth: { type: jwt, key: { secret: kv/minting#key }, algorithm: hmac-sha256, encoding: utf8, issuer: me, lifetime: 1h }
methods:
  echo: { request: GET /echo, outputs: { seen: "response^seen" } }
---
integration: elsewhere
base_url: http://OTHER
methods:
  later: { request: GET /later, outputs: { seen: "response^seen" } }
  out: { request: POST /out, body: { json: '{"x": <<seen>>}' } }
---
runbook: echoed
variables: { seen: {} }
steps:
  a: { method: minting/echo, then: pause, else: failed }
  pause: { sleep: 1ms, then: b }
  b: { method: elsewhere/later, then: c, else: failed }
  c: { method: elsewhere/out, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def documents(place):
    text = "integration: out\nbase_url: http://%s/base\nmethods:\n" % place
    for name, signing in METHODS.items():
        text += "  %s:\n    request: POST /%s%s?a=1&b=two%%20words\n" % (name, FOLDERS.get(name, ""), name)
        text += "    headers: { X-Order: <<order>> }\n"
        text += "    body: { json: '{\"order\": \"<<order>>\"}' }\n    signing:%s\n" % signing
    names = list(METHODS)
    text += "---\nrunbook: send\nvariables: { order: { type: string, default: o-17 } }\nsteps:\n"
    for name, after in zip(names, names[1:] + ["done"]):
        text += "  %s: { method: out/%s, then: %s, else: failed }\n" % (name, name, after)
    return text + "  done: { end: success }\n  failed: { end: failure }\n"


def openssl(*arguments, input=None):
    return subprocess.run(("openssl",) + arguments, input=input, capture_output=True, check=True).stdout


def holds(*arguments):
    return subprocess.run(("openssl",) + arguments, capture_output=True).returncode == 0


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Keys:
    """Every key of the test; the private ones of others never reach the service, and those of ours never leave it."""

    def __init__(self, folder):
        self.folder = folder
        self.standard = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.text = "text-" + secrets.token_hex(20)
        self.aws = secrets.token_urlsafe(30)
        self.session = "session" + secrets.token_hex(20)
        self.mac = "mac-" + secrets.token_hex(20)
        for name, options in [
            ("ed25519", ("-algorithm", "ed25519")), ("ed", ("-algorithm", "ed25519")),
            ("p256", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")),
            ("rsa", ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")),
        ]:
            openssl("genpkey", *options, "-out", self.path(name))
            openssl("pkey", "-in", self.path(name), "-pubout", "-out", self.path(name + ".pub"))

    def path(self, name):
        return os.path.join(self.folder, name + ".pem")

    def private(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def is_signature(self, name, message, signature, der=None):
        paths = [os.path.join(self.folder, part) for part in ("message.bin", "signature.bin")]
        for path, data in zip(paths, (message, signature)):
            with open(path, "wb") as file:
                file.write(data)
        if name.startswith("ed"):
            return holds(
                "pkeyutl", "-verify", "-pubin", "-inkey", self.path(name + ".pub"), "-rawin", "-in", paths[0],
                "-sigfile", paths[1])
        return holds("dgst", "-sha256", "-verify", self.path(name + ".pub"), "-signature", paths[1], paths[0])

    def sign(self, name, message):
        path = os.path.join(self.folder, "to-sign.bin")
        with open(path, "wb") as file:
            file.write(message)
        return openssl("pkeyutl", "-sign", "-inkey", self.path(name), "-rawin", "-in", path)


def der(raw):
    """r and s, as openssl wants them."""
    half = len(raw) // 2

    def integer(data):
        data = data.lstrip(b"\0") or b"\0"
        data = b"\0" + data if data[0] & 0x80 else data
        return b"\x02" + bytes([len(data)]) + data

    body = integer(raw[:half]) + integer(raw[half:])
    return b"\x30" + bytes([len(body)]) + body


def base_of(received, inner, authority):
    """The signature base of a request, from the covered components as they are written."""
    headers = {}
    for name, value in received.headers:
        headers.setdefault(name.lower(), []).append(value.strip())
    path, _, query = received.target.partition("?")
    derived = {
        "@method": received.method, "@target-uri": "http://%s%s" % (authority, received.target),
        "@authority": authority, "@path": path, "@query": "?" + query,
    }
    lines = []
    for component in re.findall(r'"([^"]+)"', inner[1:inner.index(")")]):
        value = derived[component] if component.startswith("@") else ", ".join(headers[component])
        lines.append('"%s": %s' % (component, value))
    return "\n".join(lines + ['"@signature-params": ' + inner]).encode()


def check_message(checks, name, received, authority, verify, digest):
    headers = dict((key.lower(), value) for key, value in received.headers)
    inner = headers["signature-input"].partition("=")[2]
    signature = base64.b64decode(headers["signature"].partition("=")[2].strip(":"))
    checks.check(name + ": the signature is over what arrived", verify(base_of(received, inner, authority), signature))
    algorithm = hashlib.sha256 if digest == "sha-256" else hashlib.sha512
    expected = "%s=:%s:" % (digest, base64.b64encode(algorithm(received.body).digest()).decode())
    checks.equal(name + ": the digest is the body's", headers.get("content-digest"), expected)
    return inner


def check_sigv4(checks, what, service, received, keys, authority):
    headers = dict((key.lower(), " ".join(value.split())) for key, value in received.headers)
    match = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(\d{8})/us-east-1/%s/aws4_request, "
        r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})" % service, headers["authorization"])
    if not checks.check(what + ": the header has its form", match is not None):
        return
    day, signed, found = match.groups()
    path, _, query = received.target.partition("?")
    # AWS: every byte but unreserved characters and the slash is escaped; of the escaped path once more, but for S3.
    path = urllib.parse.quote(urllib.parse.unquote(path) if service == "s3" else path, safe="/-_.~")
    pairs = sorted(tuple((pair + "=").split("=")[:2]) for pair in query.split("&"))
    lines = "".join("%s:%s\n" % (name, headers[name]) for name in signed.split(";"))
    canonical = "\n".join([
        received.method, path, "&".join("%s=%s" % pair for pair in pairs), lines, signed,
        hashlib.sha256(received.body).hexdigest()])
    scope = "%s/us-east-1/%s/aws4_request" % (day, service)
    text = "\n".join([
        "AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + keys.aws).encode()
    for part in (day, "us-east-1", service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    checks.equal(what + ": the signature is right", found, hmac.new(key, text.encode(), hashlib.sha256).hexdigest())
    checks.check(what + ": host, date and token are signed",
                 {"host", "x-amz-date", "x-amz-security-token"} <= set(signed.split(";")))
    checks.equal(what + ": the session token is sent", headers.get("x-amz-security-token"), keys.session)
    checks.equal(what + ": the host is the one that was called", headers["host"], authority)


def check_outgoing(checks, received, keys, authority):
    by_name = dict((entry.path.rsplit("/", 1)[1], entry) for entry in received)
    checks.equal("every method was called once", sorted(by_name), sorted(METHODS))

    for name in ("standard", "standard_ed"):
        entry = by_name[name]
        headers = dict((key.lower(), value) for key, value in entry.headers)
        text = ("%s.%s." % (headers["webhook-id"], headers["webhook-timestamp"])).encode() + entry.body
        version, _, value = headers["webhook-signature"].partition(",")
        value = base64.b64decode(value)
        if name == "standard":
            key = base64.b64decode(keys.standard[6:])
            checks.check("standard: v1", version == "v1" and value == hmac.new(key, text, hashlib.sha256).digest())
        else:
            checks.check("standard_ed: v1a", version == "v1a" and keys.is_signature("ed25519", text, value))
        checks.check(name + ": the time is now", abs(int(headers["webhook-timestamp"]) - time.time()) < 60)

    entry = by_name["recipe"]
    headers = dict((key.lower(), value) for key, value in entry.headers)
    text = b"chancery-recipe-1\n"
    for header in ("x-time", "x-order"):
        text += ("%s:%d:%s\n" % (header, len(headers[header]), headers[header])).encode()
    text += (":%d:" % len(entry.body)).encode() + entry.body
    mac = hmac.new(keys.text.encode(), text, hashlib.sha256).hexdigest()
    checks.equal("recipe: the header is right", headers["x-sig"], "t=%s,v1=%s" % (headers["x-time"], mac))

    inner = check_message(
        checks, "message", by_name["message"], authority,
        lambda base, found: found == hmac.new(keys.text.encode(), base, hashlib.sha256).digest(), "sha-256")
    form = r'\(.*\);created=(\d+);expires=(\d+);keyid="mac-1";alg="hmac-sha256";nonce="[\w-]{22}";tag="app"'
    match = re.fullmatch(form, inner)
    checks.check("message: parameters", match and int(match.group(2)) == int(match.group(1)) + 60, inner)
    check_message(
        checks, "message_p256", by_name["message_p256"], authority,
        lambda base, found: len(found) == 64 and keys.is_signature("p256", base, der(found)), "sha-512")

    for name, header, prefix in (("token", "authorization", "Bearer "), ("token_rsa", "x-token", "")):
        entry = by_name[name]
        value = dict((key.lower(), value) for key, value in entry.headers)[header]
        checks.check(name + ": the prefix", value.startswith(prefix))
        head, claims, signature = value[len(prefix):].split(".")
        text = (head + "." + claims).encode()
        claims = json.loads(unpadded(claims))
        if name == "token":
            right = unpadded(signature) == hmac.new(keys.text.encode(), text, hashlib.sha256).digest()
            checks.equal("token: the header", json.loads(unpadded(head)), {"alg": "HS256", "typ": "JWT", "kid": "k1"})
            checks.equal("token: claims", [claims["iss"], claims["sub"], claims["n"]], ["us", "o-17", 5])
        else:
            right = keys.is_signature("rsa", text, unpadded(signature))
        checks.check(name + ": the signature is right", right)
        lifetime = 120 if name == "token" else 300
        checks.check(name + ": it lives briefly", claims["exp"] - claims["iat"] == lifetime and claims["jti"])
    check_sigv4(checks, "aws", "execute-api", by_name["aws"], keys, authority)
    check_sigv4(checks, "aws_object", "s3", by_name["aws_object"], keys, authority)
    checks.check("aws_object: the path is sent as the document has it", FOLDERS["aws_object"] in by_name["aws_object"].target,
                 by_name["aws_object"].target)


REFUSED = {
    "a claim of the service": ("type: jwt, key: kv/keys#text, claims: '{\"exp\": 1}'", "exp"),
    "a header that is not there": ("type: recipe, key: kv/keys#text, signed_headers: [X-None]", "X-None"),
    "a component that is not there": ("type: rfc9421, key: kv/keys#text, components: [x-none]", "x-none"),
    "a component of answers": ("type: rfc9421, key: kv/keys#text, components: ['@status']", "@status"),
    "a header of the connection": ("type: recipe, key: kv/keys#text, header: Host", "Host"),
    "a time in a header of the connection": ("type: recipe, key: kv/keys#text, timestamp_header: Content-Length", "Content-Length"),
    "the header of the id": ("type: standard-webhooks, key: kv/keys#text", "webhook-id"),
    "the date of AWS": ("type: sigv4, key: kv/keys#text, access_key: a, region: b, service: c", "x-amz-date"),
}


def check_refused(checks, service, folder, place):
    for what, (signing, name) in REFUSED.items():
        text = ("integration: refused\nbase_url: http://%s\nmethods:\n  m:\n    request: POST /x\n"
                "    headers: { Webhook-Id: a, X-Amz-Date: b }\n    body: { text: hello }\n    signing: { %s }\n") % (
                    place, signing)
        code, output, errors = service.cli("check", rig.write(folder, "refused.yaml", text))
        checks.check("refused by check: " + what, code != 0 and name in output + errors, output + errors)


def check_log(checks, service, run, received, keys):
    log = json.dumps([service.run(run), service.log(run)], ensure_ascii=False)
    seen = [keys.text, keys.standard[6:], keys.aws, keys.session]
    for entry in received:
        for name, value in entry.headers:
            if name.lower() in ("signature", "webhook-signature", "x-sig", "authorization", "x-token"):
                seen.append(value.rsplit(",", 1)[-1].rsplit("=", 1)[-1] if name.lower() == "x-sig" else value)
    checks.check("neither keys nor signatures nor tokens are in the log", not [text for text in seen if text in log])
    checks.check("a mask of the key stands where a signature stood", "\u2039keys" in log)


def check_incoming(checks, service, keys):
    path = "/api/automation/signed"
    url = service.url + path

    def send(key, body=b'{"a":1}', signed=None, keyid=None, created=None, label="sig1", digest=None):
        digest = digest or "sha-256=:%s:" % base64.b64encode(hashlib.sha256(body).digest()).decode()
        keyid = keyid or ("mac-1" if key == "mac" else "ed-1")
        inner = '("@method" "@target-uri" "content-digest");created=%d;keyid="%s"' % (created or time.time(), keyid)
        base = '"@method": POST\n"@target-uri": %s\n"content-digest": %s\n"@signature-params": %s' % (
            signed or url, digest, inner)
        if key == "mac":
            value = hmac.new(keys.mac.encode(), base.encode(), hashlib.sha256).digest()
        else:
            value = keys.sign(key, base.encode())
        headers = [
            ("Content-Type", "application/json"), ("Content-Digest", digest),
            ("Signature-Input", label + "=" + inner),
            ("Signature", "%s=:%s:" % (label, base64.b64encode(value).decode()))]
        return service.http("POST", path, body, headers, token=None), headers, body

    accepted, headers, body = send("mac")
    checks.equal("a signed message starts a run", accepted.status, 202)
    again = service.http("POST", path, body, headers, token=None)
    checks.check("the same message again starts none", again.status == 202 and again.json().get("duplicate") is True)
    checks.equal("an Ed25519 signature starts a run", send("ed", b'{"b":2}')[0].status, 202)
    refused = {
        "another address": send("mac", signed="http://127.0.0.1:1" + path)[0],
        "another key": send("ed", keyid="mac-1")[0], "an unknown keyid": send("mac", keyid="who")[0],
        "a digest of another body": send("mac", digest="sha-256=:%s:" % base64.b64encode(bytes(32)).decode())[0],
        "an old signature": send("mac", created=time.time() - 400)[0],
        "no signature": service.http("POST", path, b"{}", [("Content-Type", "application/json")], token=None),
        "an endpoint that is not there": service.http("POST", "/api/automation/none", b"{}", token=None),
    }
    for name, answer in refused.items():
        checks.equal("refused: " + name, answer.status, 401)
    checks.equal("every refusal is one answer", len({repr(answer.without_date()) for answer in refused.values()}), 1)


def check_echo(checks, service, folder, own, other, tokens):
    """A token that the service made is known by itself: it is masked where it comes back, and goes to its host only."""
    service.must("kv", "put", "kv/minting", "key=-", input=secrets.token_hex(24))
    service.must("import", rig.write(folder, "echo.yaml", ECHO.replace("OWN", own.place).replace("OTHER", other.place)))
    service.must("grant", "echoed")
    identifier = re.search(r"started run (\S+)", service.must("start", "echoed")).group(1)
    checks.equal("a run that sends an echoed token on fails", service.ended(identifier).get("state"), "failed")
    token = tokens[-1]
    log = service.log(identifier)
    refused = [line for line in log if line.get("step") == "c" and "not-granted" in str(line.get("reason"))]
    checks.check("a token that comes back without `Bearer` goes to no other host",
                 refused and not [sent for sent in other.received if sent.path == "/out"], log)
    values = [line["variables"]["seen"] for line in log if line.get("variables", {}).get("seen")]
    checks.check("one mask stands for it, whoever it comes from", len(values) == 2 and all(
        re.fullmatch('"?\u2039[^\u203a]*\u203a"?', value) for value in values), values)
    pieces = [token[at:at + 24] for at in range(0, len(token) - 24, 8)]
    for view in ("log", "tree"):
        shown = service.http("GET", "/api/runs/%s/%s" % (identifier, view)).body.decode()
        checks.check("no piece of it is in the " + view, not [piece for piece in pieces if piece in shown])


def run(checks, binary, folder):
    keys = Keys(folder)
    tokens = []

    def echo(received):
        token = dict((name.lower(), value) for name, value in received.headers).get("authorization", "")
        if token:
            tokens.append(token.replace("Bearer ", ""))
        return 200, {"seen": tokens[-1]} if received.path in ("/echo", "/later") else {}

    own = rig.Upstream(echo)
    other = rig.Upstream(echo)
    upstream = rig.Upstream(lambda received: (200, {}))
    service = rig.Service(binary, folder, allow=[upstream.place, own.place, other.place])
    service.arguments += ["--public-url", service.url]
    service.start()
    service.must("kv", "put", "kv/hooks", "mac=-", input=keys.mac)
    fields = {
        "standard": keys.standard, "text": keys.text, "aws": keys.aws, "session": keys.session,
        "ed25519": keys.private("ed25519"), "p256": keys.private("p256"), "rsa": keys.private("rsa"),
    }
    put = service.http("POST", "/v1/kv/data/keys", {"data": fields})
    checks.check("the keys are stored", put.status in (200, 204), put.body)
    # As openssl writes it; the Base64 alone would do as well.
    with open(keys.path("ed.pub")) as file:
        pem = file.read()
    put = service.http("POST", "/v1/kv/data/hooks", {"data": {"mac": keys.mac, "ed": pem}})
    checks.check("the endpoint's keys are stored", put.status in (200, 204), put.body)
    service.must("import", rig.write(folder, "out.yaml", documents(upstream.place)))
    service.must("import", rig.write(folder, "signed.yaml", ENDPOINT))
    identifier = re.search(r"started run (\S+)", service.must("start", "send")).group(1)
    ended = service.ended(identifier)
    checks.equal("the run succeeds", ended.get("state"), "succeeded")
    check_outgoing(checks, upstream.received, keys, upstream.place)
    check_log(checks, service, identifier, upstream.received, keys)
    check_refused(checks, service, folder, upstream.place)
    check_incoming(checks, service, keys)
    check_echo(checks, service, folder, own, other, tokens)
    service.stop()
    for server in (upstream, own, other):
        server.stop()


if __name__ == "__main__":
    rig.main(run)
