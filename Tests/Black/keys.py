#!/usr/bin/env python3
"""Named keys through the command line and the API: made, used, rotated, trimmed, deleted, refused.

    python3 Tests/Black/keys.py BINARY
"""

import base64
import os
import secrets
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

POLICY = """
path "api/keys/orders/encrypt" { capabilities = ["update"] }
path "api/keys/release/verify" { capabilities = ["update"] }
"""


def encode(text):
    return base64.b64encode(text.encode()).decode()


def use(checks, service, folder, name, kind):
    """A key for encryption, of one type."""
    message = "attack at dawn " + secrets.token_hex(8)
    service.must("key", "create", name, "--type", kind)
    text = service.must("encrypt", name, rig.write(folder, "message", message)).strip()
    checks.check(kind + ": a text that says its version", text.startswith("chancery:v1:"), text)
    checks.equal(kind + ": opens again", service.must("decrypt", name, input=text + "\n"), message)
    service.must("key", "rotate", name)
    checks.equal(kind + ": after a rotation too", service.must("decrypt", name, rig.write(folder, "text", text)), message)
    newer = service.must("encrypt", name, input=message).strip()
    checks.check(kind + ": the newest version encrypts", newer.startswith("chancery:v2:"), newer)
    data = rig.write(folder, "associated", "invoice 7")
    bound = service.must("encrypt", name, "--associated-data", data, input=message).strip()
    checks.equal(kind + ": opens with its data", service.must("decrypt", name, "--associated-data", data, input=bound), message)
    changed = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    for what, given in (("with other data", bound), ("changed", changed), ("as another version", text.replace("v1", "v2")),
                        ("of nothing", "hello"), ("of no version", text.replace("v1", "v9"))):
        code, output, errors = service.cli("decrypt", name, input=given)
        checks.check(kind + ": refused " + what, code == 1 and not output and message not in errors, (code, output, errors))
    service.must("key", "config", name, "--min-decryption", "2")
    checks.equal(kind + ": an old version is refused", service.cli("decrypt", name, input=text)[0], 1)
    service.must("key", "trim", name, "--below", "2")
    code, _, errors = service.cli("key", "config", name, "--min-decryption", "1")
    checks.check(kind + ": what is trimmed does not come back", code == 1 and "min_decryption_version" in errors.lower(), errors)
    checks.equal(kind + ": the kept one opens", service.must("decrypt", name, input=newer), message)


def sign(checks, service, folder, name, kind):
    message = "release " + secrets.token_hex(8)
    service.must("key", "create", name, "--type", kind)
    text = service.must("hmac" if kind == "hmac" else "sign", name, input=message).strip()
    path = rig.write(folder, "signature", text + "\n")
    checks.equal(kind + ": verifies", service.cli("verify", name, "--signature", path, input=message)[0], 0)
    checks.equal(kind + ": another message does not", service.cli("verify", name, "--signature", path, input=message + "x")[0], 1)
    other = rig.write(folder, "other", text.replace("chancery:v1:", "chancery:v1:AAAA"))
    checks.equal(kind + ": another signature does not", service.cli("verify", name, "--signature", other, input=message)[0], 1)
    code, _, errors = service.cli("encrypt", name, input=message)
    checks.check(kind + ": it does not encrypt", code == 1 and "signing" in errors, errors)
    service.must("key", "rotate", name)
    checks.equal(kind + ": an old signature verifies", service.cli("verify", name, "--signature", path, input=message)[0], 0)


def messages(checks, service, folder):
    """A bare signature, checked by another program."""
    service.must("key", "create", "hooks", "--type", "ecdsa-p256", "--purpose", "messages")
    message = rig.write(folder, "bare", "bare message")
    signature = os.path.join(folder, "bare.sig")
    with open(signature, "wb") as file:
        file.write(base64.b64decode(service.must("sign", "hooks", message, "--algorithm", "ecdsa-p256-sha256")))
    key = rig.write(folder, "key.pem", service.must("key", "show", "hooks", "--public-key"))
    found = subprocess.run(
        ["openssl", "dgst", "-sha256", "-verify", key, "-signature", signature, message], capture_output=True, text=True)
    checks.check("openssl verifies a bare signature", found.returncode == 0, found.stdout + found.stderr)
    code, _, errors = service.cli("sign", "hooks", message)
    checks.check("a key for messages signs nothing else", code == 1 and "messages" in errors, errors)
    code, _, errors = service.cli("sign", "hooks", message, "--algorithm", "rsa-pss-sha256")
    checks.check("nor by another algorithm", code == 1, errors)


def bare(checks, service, folder):
    """What a key for messages makes is verified by the command that the help names."""
    message = rig.write(folder, "m.txt", "message " + secrets.token_hex(8))
    ways = (("bare-mac", "hmac", "hmac-sha256"), ("bare-ed", "ed25519", "ed25519"),
            ("bare-ec", "ecdsa-p384", "ecdsa-p384-sha384-p1363"), ("bare-rsa", "rsa-2048", "rsa-pss-sha256"))
    for name, kind, way in ways:
        service.must("key", "create", name, "--type", kind, "--purpose", "messages")
        text = service.must("hmac" if kind == "hmac" else "sign", name, message, "--algorithm", way)
        path = rig.write(folder, "bare.sig", text)
        code, output, errors = service.cli("verify", name, message, "--signature", path, "--algorithm", way)
        checks.equal(way + ": verifies", (code, output), (0, "signed by version 1 of %s\n" % name))
        code, _, _ = service.cli("verify", name, "--signature", path, "--algorithm", way, input="another")
        checks.equal(way + ": another message does not", code, 1)
        as_hex = rig.write(folder, "bare.hex", base64.b64decode(text).hex())
        checks.equal(way + ": verifies as hex", service.cli(
            "verify", name, message, "--signature", as_hex, "--algorithm", way, "--signature-form", "hex")[0], 0)
        service.must("key", "rotate", name)
        code, output, _ = service.cli("verify", name, message, "--signature", path, "--algorithm", way)
        checks.check(way + ": after a rotation the version that made it is found", code == 0 and "version 1" in output, output)
        checks.equal(way + ": not by the other version", service.cli(
            "verify", name, message, "--signature", path, "--algorithm", way, "--key-version", "2")[0], 1)
        service.must("key", "config", name, "--min-decryption", "2")
        checks.equal(way + ": nor once its own is retired", service.cli(
            "verify", name, message, "--signature", path, "--algorithm", way)[0], 1)
        code, _, errors = service.cli("verify", name, message, "--signature", path)
        checks.check(way + ": without an algorithm it says that one is wanted", code == 1 and "algorithm" in errors, errors)
    code, _, errors = service.cli("verify", "bare-ed", message, "--signature", path, "--algorithm", "hmac-sha256")
    checks.check("not by an algorithm of another type", code == 1 and "ed25519" in errors, errors)
    service.must("key", "create", "bound", "--type", "ed25519")
    code, _, errors = service.cli("verify", "bound", message, "--signature", path, "--algorithm", "ed25519")
    checks.check("nor by a key for signing", code == 1 and "signing" in errors, errors)


def options(checks, service, folder):
    """A command takes what it does something with, and nothing else."""
    service.must("key", "create", "told", "--type", "aes256-gcm96", "--rotate-after", "30")
    text = service.must("encrypt", "told", "--key-version", "1", input="x")
    code, output, _ = service.cli("decrypt", "told", "--key-version", "77", input=text)
    checks.equal("decrypt takes no version: the text says it", (code, output), (2, ""))
    service.must("key", "create", "pair", "--type", "ed25519")
    path = rig.write(folder, "pair.sig", service.must("sign", "pair", input="x"))
    code, output, _ = service.cli("verify", "pair", "--signature", path, "--key-version", "9", input="x")
    checks.equal("verify takes none for a signature that says it", (code, output), (2, ""))
    code, output, errors = service.cli("hmac", "pair", input="x")
    checks.check("hmac signs with no key of another type", code == 1 and not output and "ed25519, not hmac" in errors, (output, errors))
    many = str(2 ** 63 // 86400 + 1)
    for words in (("create", "never", "--type", "hmac", "--rotate-after", many), ("config", "told", "--rotate-after", many),
                  ("delete", "told", "--waiting", many)):
        code, _, errors = service.cli("key", *words)
        checks.check("key %s: more days than can be counted are refused" % words[0], code == 2 and many in errors, errors)
    checks.equal("and nothing came of them", (service.http("GET", "/api/keys/never").status,
                 service.http("GET", "/api/keys/told").json()["rotation_period"]), (404, 30 * 86400))
    shown = {name: service.must("key", "show", name) for name in ("told", "tenants", "pair")}
    checks.check("key show says when a key rotates", "every 30 days" in shown["told"] and "by hand" in shown["pair"], shown)
    derived = {name: [line.split()[3] for line in text.splitlines() if line.startswith(name)] for name, text in shown.items()}
    checks.equal("and whether it is derived", derived, {"told": ["no"], "tenants": ["yes"], "pair": ["no"]})


def derived(checks, service):
    service.must("key", "create", "tenants", "--type", "aes256-gcm96", "--derived")
    text = service.must("encrypt", "tenants", "--context", "a", input="for a").strip()
    checks.equal("a context opens its own", service.must("decrypt", "tenants", "--context", "a", input=text), "for a")
    checks.equal("and no other's", service.cli("decrypt", "tenants", "--context", "b", input=text)[0], 1)
    code, _, errors = service.cli("decrypt", "tenants", input=text)
    checks.check("without one it says that one is wanted", code == 1 and "context" in errors, errors)


def deletion(checks, service):
    service.must("key", "create", "gone", "--type", "hmac")
    service.must("key", "delete", "gone", "--waiting", "1")
    code, _, errors = service.cli("sign", "gone", input="x")
    checks.check("a deleted key does nothing", code == 1 and "deleted" in errors, errors)
    checks.equal("it cannot be made anew meanwhile", service.cli("key", "create", "gone", "--type", "hmac")[0], 1)
    service.must("key", "restore", "gone")
    service.must("sign", "gone", input="x")
    for days in ("0", "367"):
        checks.equal("%s days are refused" % days, service.cli("key", "delete", "gone", "--waiting", days)[0], 1)


def who(checks, service, binary, folder):
    service.must("policy", "put", "narrow", rig.write(folder, "narrow.hcl", POLICY))
    token = service.must("token", "create", "--policy", "narrow").split()[0]
    outcomes = {}
    for key in ("orders", "release"):
        for word, body in (("encrypt", {"plaintext": encode("x")}), ("sign", {"message": encode("x")}),
                           ("decrypt", {"ciphertext": "chancery:v1:AAAA"}), ("rotate", {}),
                           ("verify", {"message": encode("x"), "signature": "chancery:v1:AAAA"})):
            answer = service.http("POST", "/api/keys/%s/%s" % (key, word), body, token=token)
            outcomes[key, word] = answer.status
    allowed = {place for place, status in outcomes.items() if status != 403}
    checks.equal("each use has a path of its own", allowed, {("orders", "encrypt"), ("release", "verify")})
    checks.equal("a key is not read by it", service.http("GET", "/api/keys/orders", token=token).status, 403)
    for name in ("A", "..%2fx", "-a", "a" * 65, "a%20b"):
        status = service.http("POST", "/api/keys/" + name, {"type": "hmac"}).status
        checks.check("no key is called %s" % name[:8], status in (400, 404), status)
    for body in ({"type": "des"}, {}, {"type": "hmac", "extra": 1}, {"type": "hmac", "derived": "yes"}, b"[]", b'"x"',
                 {"type": "hmac", "purpose": "encryption"}, {"type": "ed25519", "derived": True},
                 {"type": "hmac", "rotation_period": 5}):
        answer = service.http("POST", "/api/keys/never", body)
        checks.equal("refused: %s" % (body,), answer.status, 400)
    checks.equal("nothing was made of that", service.http("GET", "/api/keys/never").status, 404)


def run(checks, binary, folder):
    service = rig.Service(binary, folder).start()
    for number, kind in enumerate(("aes256-gcm96", "chacha20-poly1305", "xchacha20-poly1305")):
        use(checks, service, folder, "orders" if number == 0 else "data-%d" % number, kind)
    for number, kind in enumerate(("ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "hmac",
                                   "ml-dsa-65", "ml-dsa-87")):
        sign(checks, service, folder, "release" if number == 0 else "signer-%d" % number, kind)
    messages(checks, service, folder)
    derived(checks, service)
    options(checks, service, folder)
    bare(checks, service, folder)
    deletion(checks, service)
    who(checks, service, binary, folder)
    listed = service.must("key", "list").split()
    checks.check("all are listed", {"orders", "release", "hooks", "tenants", "gone"} <= set(listed), listed)
    text = service.must("encrypt", "orders", input="over a restart").strip()
    uses = lambda: service.http("GET", "/api/keys/orders").json()["versions"][-1]["uses"]
    before = uses()
    checks.check("uses are on record before they happen", before >= 1024, before)
    service.kill()
    service.start()
    checks.equal("keys outlive a crash", service.must("decrypt", "orders", input=text), "over a restart")
    service.must("encrypt", "orders", input="x")
    checks.check("and forget no use", uses() > before, (before, uses()))
    service.must("operator", "rotate")
    checks.check("keys move to another term of the keyring", rig.eventually(
        lambda: service.must("decrypt", "orders", input=text) == "over a restart", 10))
    service.must("ledger", "verify")


rig.main(run)
