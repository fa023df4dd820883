#!/usr/bin/env python3
"""Verifies the receipt of a run from docs/spec/receipts.md alone, and prints its statement.

    verify_receipt.py RECEIPT KEY
    verify_receipt.py RECEIPT KEY --opening FILE   and that the value in FILE is the one of its commitment
    verify_receipt.py RECEIPT --named NAME PEM     by the named key of this name, with the openssl command

Exit code 0: it is what the service signed. 1: it is not. 2: usage.
"""
import base64
import json
import hashlib
import os
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import verify_ledger


def verify(text, key):
    name, key_id, blob = key.split("+", 2)
    public = base64.b64decode(blob)[1:]
    body, _, lines = text.rpartition("\n\n")
    body += "\n"
    parts = body.split("\n")
    if len(parts) != 4 or parts[0] != "chancery run receipt v1" or parts[1] != name:
        return None
    for line in lines.split("\n"):
        words = line.split(" ")
        if len(words) == 3 and words[0] == "—" and words[1] == name:
            signature = base64.b64decode(words[2])
            if signature[:4].hex() == key_id and verify_ledger.ed25519_verify(signature[4:], body.encode(), public):
                return json.loads(parts[2])
    return None


def openssl(*arguments):
    return subprocess.run(("openssl",) + arguments, capture_output=True)


def prefixed(*fields):
    """LP of docs/spec/named-keys.md."""
    return b"".join(len(field).to_bytes(8, "big") + field for field in fields)


def key_type(pem):
    text = openssl("pkey", "-pubin", "-in", pem, "-noout", "-text").stdout.decode()
    if "ED25519" in text.upper():
        return "ed25519"
    curve = re.search(r"NIST CURVE: P-(\d+)", text)
    return "ecdsa-p" + curve.group(1) if curve else "rsa-" + re.search(r"\((\d+) bit", text).group(1)


def holds(kind, pem, message, signature):
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, part) for part in ("message", "signature")]
        for path, data in zip(paths, (message, signature)):
            with open(path, "wb") as file:
                file.write(data)
        words = ["-verify", pem, "-signature", paths[1], paths[0]]
        if kind == "ed25519":
            found = openssl("pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", paths[0], "-sigfile", paths[1])
        elif kind.startswith("rsa"):
            found = openssl("dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", *words)
        else:
            found = openssl("dgst", {"256": "-sha256", "384": "-sha384", "521": "-sha512"}[kind[7:]], *words)
        return found.returncode == 0


def verify_named(text, name, pem):
    """By a named key: the line keys/NAME:VERSION, and named-keys.md section 4."""
    body, _, lines = text.rpartition("\n\n")
    body += "\n"
    parts = body.split("\n")
    if len(parts) != 4 or parts[0] != "chancery run receipt v1":
        return None
    kind = key_type(pem)
    public = openssl("pkey", "-pubin", "-in", pem, "-outform", "DER").stdout
    for line in lines.split("\n"):
        match = re.fullmatch("— (keys/%s:([1-9][0-9]*)) (\\S+)" % re.escape(name), line)
        if not match:
            continue
        signer, version, blob = match.group(1), int(match.group(2)), base64.b64decode(match.group(3))
        identifier = hashlib.sha256(
            signer.encode() + b"\n\xff" + ("chancery named-key signature 1 %s\n" % kind).encode() + public).digest()[:4]
        signed = prefixed(
            b"chancery named-key signature 1", name.encode(), kind.encode(), version.to_bytes(8, "big"), body.encode())
        if blob[:4] == identifier and holds(kind, pem, signed, blob[4:]):
            return json.loads(parts[2])
    return None


def opens(opening, statement):
    """Whether an opening shows the value of a commitment (section Openings)."""
    if opening["run"] != statement["run"]:
        return False
    event = next((event for event in statement["events"] if event["seq"] == opening["seq"]), {})
    commitment = hashlib.blake2b(
        base64.b64decode(opening["base64"], validate=True), key=bytes.fromhex(opening["salt"]), digest_size=32).hexdigest()
    return event.get("values", {}).get(opening["name"]) == commitment


if __name__ == "__main__":
    opening = None
    if len(sys.argv) == 5 and sys.argv[3] == "--opening":
        with open(sys.argv[4], encoding="utf-8") as file:
            opening = json.load(file)
        del sys.argv[3:]
    if len(sys.argv) == 5 and sys.argv[2] == "--named":
        with open(sys.argv[1], encoding="utf-8") as file:
            statement = verify_named(file.read(), sys.argv[3], sys.argv[4])
    elif len(sys.argv) == 3:
        with open(sys.argv[1], encoding="utf-8") as file:
            statement = verify(file.read(), sys.argv[2])
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    if statement is None:
        print("the receipt does not verify")
        sys.exit(1)
    if opening is not None and not opens(opening, statement):
        print("the opening does not fit the receipt")
        sys.exit(1)
    print(json.dumps(statement))
