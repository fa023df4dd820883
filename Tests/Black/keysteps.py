#!/usr/bin/env python3
"""Steps that named keys do, over the real binary: what a run signs and encrypts is verified and decrypted by the commands
and by openssl, and the other way round; grants, labels, the ledger and a kill.

    python3 Tests/Black/keysteps.py BINARY
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CARD = "card-4929-1234-5678-0017-hidden"
KEYS = (("data", "xchacha20-poly1305", None), ("seal", "ed25519", "signing"), ("pq", "ml-dsa-65", "signing"),
        ("bare", "ed25519", "messages"), ("mac", "hmac", "messages"))
DOCUMENTS = """
integration: out
base_url: http://PLACE
methods:
  keep: { request: POST /keep, body: { json: '{"sealed": <<sealed>>, "proof": <<proof>>, "order": <<order>>}' } }
  tell: { request: POST /tell, body: { json: '{"plain": <<plain>>}' } }
  tags: { request: POST /tags, body: { json: '{"ed": <<ed>>, "tag": <<tag>>, "quantum": <<quantum>>}' } }
  bytes: { request: POST /bytes, body: { json: '{"plain": <<plain>>}' } }
  judged: { request: POST /judged, body: { json: '{"order": <<order>>}' } }
---
runbook: protect
start: { public: { auth: signature, scheme: github, key: { secret: kv/hook#key } }, encrypt_request: true,
         inputs: { card: request^card, order: request^order } }
variables: { card: { encrypt: true }, order: {}, sealed: {}, proof: {} }
steps:
  encrypt: { encrypt: { named: data }, message: "<<card>>", associated_data: "order <<order>>",
             outputs: { sealed: response^ciphertext }, then: sign, else: failed }
  sign: { sign: { named: seal }, message: "<<sealed>>", outputs: { proof: response^signature }, then: keep, else: failed }
  keep: { method: out/keep, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: unpack
variables: { sealed: { from: "<<request^sealed>>" }, proof: { from: "<<request^proof>>" },
             order: { from: "<<request^order>>" }, plain: {} }
steps:
  verify: { verify: { named: seal }, message: "<<sealed>>", signature: "<<proof>>", then: decrypt, else: why }
  decrypt: { decrypt: { named: data }, ciphertext: "<<sealed>>", associated_data: "order <<order>>",
             outputs: { plain: response^plaintext }, then: tell, else: why }
  tell: { method: out/tell, then: done, else: failed }
  why: { condition: { left: "<<failure^reason>>", op: equals, right: not-verified }, then: forged, else: failed }
  done: { end: success }
  forged: { end: failure }
  failed: { end: failure }
---
runbook: signatures
variables: { text: { from: "<<request^text>>" }, ed: {}, tag: {}, quantum: {} }
steps:
  ed: { sign: { named: bare }, algorithm: ed25519, message: "<<text>>", outputs: { ed: response^signature }, then: mac,
        else: failed }
  mac: { sign: { named: mac }, algorithm: hmac-sha256, signature_form: hex, message: "<<text>>",
         outputs: { tag: response^signature }, then: quantum, else: failed }
  quantum: { sign: { named: pq }, message: "<<text>>", outputs: { quantum: response^signature }, then: check, else: failed }
  check: { verify: { named: bare }, algorithm: ed25519, message: "<<text>>", signature: "<<ed>>", then: check-mac, else: failed }
  check-mac: { verify: { named: mac }, algorithm: hmac-sha256, signature_form: hex, message: "<<text>>",
               signature: "<<tag>>", then: check-quantum, else: failed }
  check-quantum: { verify: { named: pq }, message: "<<text>>", signature: "<<quantum>>", then: tags, else: failed }
  tags: { method: out/tags, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: bytes
variables: { sealed: { from: "<<request^sealed>>" }, plain: {} }
steps:
  open: { decrypt: { named: data }, ciphertext: "<<sealed>>", encoding: base64, outputs: { plain: response^plaintext },
          then: bytes, else: failed }
  bytes: { method: out/bytes, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: texts
variables: { sealed: { from: "<<request^sealed>>" }, plain: {} }
steps:
  open: { decrypt: { named: data }, ciphertext: "<<sealed>>", outputs: { plain: response^plaintext }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: oracle
start: { public: { auth: signature, scheme: github, key: { secret: kv/hook#key } }, encrypt_request: true,
         inputs: { list: request^list } }
variables: { list: { encrypt: true }, one: { encrypt: true }, order: { default: o } }
steps:
  each: { iterate: "<<list>>", outputs: { one: response }, then: ask, else: failed }
  ask: { verify: { named: seal }, message: "guess", signature: "<<one>>", then: next, else: next }
  next: { next: each, then: done }
  done: { end: success }
  failed: { end: failure }
"""


class Outside:
    def __init__(self):
        self.server = rig.Upstream(lambda received: (200, {}))
        self.place = self.server.place

    def bodies(self, target):
        return [json.loads(one.body) for one in self.server.received if one.path == target]


def start(service, runbook, payload):
    answer = service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": payload})
    return answer.json()["run_id"]


def hooked(service, runbook, payload):
    answer = service.webhook(runbook, json.dumps(payload).encode(), "hook-key-0123456789abcdef")
    return answer.json()["run_id"]


def state(service, run):
    ended = service.ended(run)
    return ended.get("state"), ended.get("failure")


def everything(folder):
    data = b""
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                data += file.read()
    return data


def protected(checks, service, outside, folder):
    run = hooked(service, "protect", {"card": CARD, "order": "o-9"})
    checks.equal("a run encrypts and signs", state(service, run), ("succeeded", None))
    kept = outside.bodies("/keep")[-1]
    checks.check("what left is a ciphertext", kept["sealed"].startswith("chancery:v1:") and CARD not in json.dumps(kept), kept)
    aad = rig.write(folder, "aad", "order o-9")
    plain = service.must("decrypt", "data", rig.write(folder, "c", kept["sealed"]), "--associated-data", aad)
    checks.equal("the command decrypts it", plain, CARD)
    other = rig.write(folder, "aad2", "order o-8")
    checks.equal("not for another order", service.cli("decrypt", "data", rig.write(folder, "c", kept["sealed"]),
                                                      "--associated-data", other)[0], 1)
    proof = rig.write(folder, "s", kept["proof"])
    checks.equal("the command verifies the signature", service.cli(
        "verify", "seal", rig.write(folder, "m", kept["sealed"]), "--signature", proof)[0], 0)
    log = json.dumps([service.run(run), service.log(run)], ensure_ascii=False)
    checks.check("neither plaintext, ciphertext nor signature is in the log",
                 not [text for text in (CARD, kept["sealed"], kept["proof"]) if text in log], log[-800:])
    checks.check("the steps are", '"encrypt"' in log and '"sign"' in log, log[:400])
    return kept


def unpacked(checks, service, outside, kept):
    run = start(service, "unpack", kept)
    checks.equal("another run verifies and decrypts", state(service, run), ("succeeded", None))
    checks.equal("and sends the plaintext", outside.bodies("/tell")[-1], {"plain": CARD})
    log = json.dumps([service.run(run), service.log(run)], ensure_ascii=False)
    checks.check("which is in no log, though its start was open", CARD not in log)
    for name, change in (("signature", {"proof": kept["proof"][:-4] + "AAA="}), ("message", {"sealed": kept["sealed"][:-4] + "AAA="}),
                         ("text", {"proof": "none"}), ("nothing", {"proof": ""}), ("order", {"order": "o-8"})):
        run = start(service, "unpack", dict(kept, **change))
        log = json.dumps(service.log(run), ensure_ascii=False) if state(service, run) else ""
        checks.check("another %s takes the failure edge: not-verified" % name,
                     state(service, run) == ("failed", "end") and "not-verified" in log and "forged" in log, log[-500:])
    checks.equal("nothing more was sent", len(outside.bodies("/tell")), 1)


def others(checks, service, outside, folder):
    text = "a text, \u00fcml\u00e4ut and all"
    run = start(service, "signatures", {"text": text})
    checks.equal("bare and bound signatures are made and verified", state(service, run), ("succeeded", None))
    made = outside.bodies("/tags")[-1]
    key, message, signature = (os.path.join(folder, name) for name in ("bare.pem", "t", "sig"))
    rig.write(folder, "bare.pem", service.must("key", "show", "bare", "--public-key"))
    for path, data in ((message, text.encode()), (signature, base64.b64decode(made["ed"]))):
        with open(path, "wb") as file:
            file.write(data)
    openssl = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", message,
                              "-sigfile", signature], capture_output=True)
    checks.equal("openssl verifies the bare one", openssl.returncode, 0)
    mac = service.must("hmac", "mac", message, "--algorithm", "hmac-sha256").strip()
    checks.equal("the command computes the same MAC", base64.b64decode(mac).hex(), made["tag"])
    checks.equal("and the post-quantum one verifies", service.cli(
        "verify", "pq", message, "--signature", rig.write(folder, "pq", made["quantum"]))[0], 0)
    raw = bytes(range(256))
    path = os.path.join(folder, "raw")
    with open(path, "wb") as file:
        file.write(raw)
    sealed = service.must("encrypt", "data", path).strip()
    run = start(service, "bytes", {"sealed": sealed})
    checks.equal("bytes that are no text come out in base 64",
                 (state(service, run), outside.bodies("/bytes")[-1:]),
                 (("succeeded", None), [{"plain": base64.b64encode(raw).decode()}]))
    run = start(service, "texts", {"sealed": sealed})
    checks.equal("as a text they do not", state(service, run), ("failed", "end"))
    log = json.dumps(service.log(run))
    checks.check("and what helps is said", "`encoding: base64` gives its bytes" in log, log[-500:])
    service.must("key", "rotate", "data")
    run = start(service, "bytes", {"sealed": sealed})
    checks.equal("an older version still opens", state(service, run), ("succeeded", None))
    service.must("key", "config", "data", "--min-decryption", "2")
    run = start(service, "bytes", {"sealed": sealed})
    checks.equal("one below the least does not", state(service, run), ("failed", "end"))
    service.must("key", "config", "data", "--min-decryption", "1")


def grants(checks, service, folder):
    listed = service.must("grants", "unpack")
    checks.check("each operation is granted by itself",
                 "keys/data#decrypt" in listed and "keys/seal#verify" in listed and "keys/data#encrypt" not in listed, listed)
    hosts = {one["secret"]: one["hosts"] for one in json.loads(service.must("grants", "unpack", "--json"))}
    checks.equal("what is decrypted may go where its steps send it", len(hosts["keys/data#decrypt"]), 1)
    checks.equal("a check makes nothing that goes anywhere", hosts["keys/seal#verify"], [])
    author = 'path "api/import" { capabilities = ["create"] }\npath "api/runbooks/*" { capabilities = ["update"] }\n'
    service.must("policy", "put", "author", rig.write(folder, "author.hcl", author))
    token = service.must("token", "create", "--policy", "author").split()[0]
    text = "runbook: thief\nvariables: { c: { from: '<<request^c>>' }, p: {} }\nsteps:\n  open: { decrypt: { named: data }, " \
           "ciphertext: '<<c>>', outputs: { p: response^plaintext }, then: done, else: failed }\n  done: { end: success }\n" \
           "  failed: { end: failure }\n"
    answer = service.http("POST", "/api/import", {"files": [{"name": "t.yaml", "text": text}]}, token=token)
    checks.equal("an author may write such a runbook", answer.status, 200)
    run = start(service, "thief", {"c": "chancery:v1:AAAA"})
    log = json.dumps(service.log(run)) if state(service, run) else ""
    checks.check("and the key does nothing for it", "not-granted" in log and "chancery grant thief keys/data#decrypt" in log, log[-400:])


def broken(checks, service, kept):
    service.must("key", "delete", "seal", "--waiting", "1")
    run = start(service, "unpack", kept)
    log = json.dumps(service.log(run)) if state(service, run) else ""
    checks.check("a deleted key fails the step, and says so", "the key is deleted" in log, log[-300:])
    service.must("key", "restore", "seal")


def counted(checks, service):
    """Each check of something secret lets one bit out; after eight of them the run is told no more."""
    run = hooked(service, "oracle", {"list": ["guess-%d" % number for number in range(12)]})
    checks.equal("a run cannot ask a key about a secret as often as it likes", state(service, run), ("failed", "declassification-limit"))
    log = service.log(run)
    asked = [line for line in log if line.get("step") == "ask" and "not-verified" in json.dumps(line)]
    checks.check("eight bits at most", 0 < len(asked) <= 8, len(asked))


def run(checks, binary, folder):
    outside = Outside()
    service = rig.Service(binary, folder, allow=[outside.place]).start()
    for name, kind, purpose in KEYS:
        service.must("key", "create", name, "--type", kind, *(["--purpose", purpose] if purpose else []))
    service.must("kv", "put", "kv/hook", "key=-", input="hook-key-0123456789abcdef")
    said = service.must("import", rig.write(folder, "d.yaml", DOCUMENTS.replace("PLACE", outside.place)))
    checks.check("the import says what it granted", "protect may use keys/data#encrypt" in said, said)
    for name in ("protect", "oracle", "unpack", "bytes", "texts", "signatures"):
        service.must("grant", name)
    kept = protected(checks, service, outside, folder)
    unpacked(checks, service, outside, kept)
    others(checks, service, outside, folder)
    grants(checks, service, folder)
    broken(checks, service, kept)
    counted(checks, service)
    service.kill()
    service.start()
    run = start(service, "unpack", kept)
    checks.equal("after a kill it works as before", state(service, run), ("succeeded", None))
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(service.data, "chancery.db"), uri=True) as database:
        entries = [bytes(entry) for (entry,) in database.execute("SELECT entry FROM ledger")]
    for word, key in (("encrypt", "data"), ("decrypt", "data"), ("sign", "seal"), ("sign-message", "mac"), ("verify", "seal")):
        found = [entry for entry in entries if word.encode() in entry and key.encode() in entry and b"run" in entry]
        checks.check("the ledger has what a run had %s %s" % (key, word), found)
    checks.check("control: it has none of what no run did", not [entry for entry in entries if b"decrypt" in entry and b"seal" in entry])
    leaked = rig.hunt(everything(service.data), {"the card": CARD})
    checks.equal("the plaintext is nowhere in the data folder", leaked, [])
    service.must("ledger", "verify")
    outside.server.stop()


rig.main(run)
