#!/usr/bin/env python3
"""An independent reader of what Chancery's named keys make, written from docs/spec/named-keys.md with Python's standard
library and the openssl command (which verifies the signatures). Slow, and not in constant time: it proves the
specification, it guards nothing.

  read_named_keys.py Tests/Vectors/named-keys.json
      checks every case of the vectors; exit code 1 when one is not as it should be
"""
import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
import tempfile

from read_envelope import chacha20_block, poly1305, xchacha20poly1305_open


class Refused(Exception):
    """A text that must not be accepted."""


def lp(*fields):
    joined = b""
    for field in fields:
        if isinstance(field, int):
            field = field.to_bytes(8, "big")
        elif isinstance(field, str):
            field = field.encode()
        joined += len(field).to_bytes(8, "big") + field
    return joined


def hkdf_sha256(key, info, count):
    prk = hmac.new(bytes(32), key, hashlib.sha256).digest()
    block, output, number = b"", b"", 1
    while len(output) < count:
        block = hmac.new(prk, block + info + bytes([number]), hashlib.sha256).digest()
        output, number = output + block, number + 1
    return output[:count]


# --- AES-256-GCM (FIPS 197, SP 800-38D) ------------------------------------------------------------------------------

def make_sbox():
    p = q = 1
    box = [0] * 256
    while True:
        p = (p ^ (p << 1) ^ (0x1B if p & 0x80 else 0)) & 0xFF
        q ^= q << 1
        q ^= q << 2
        q ^= q << 4
        q &= 0xFF
        if q & 0x80:
            q ^= 0x09
        x = q ^ rot8(q, 1) ^ rot8(q, 2) ^ rot8(q, 3) ^ rot8(q, 4)
        box[p] = (x ^ 0x63) & 0xFF
        if p == 1:
            box[0] = 0x63
            return box


def rot8(value, count):
    return ((value << count) | (value >> (8 - count))) & 0xFF


SBOX = make_sbox()


def double(value):
    return ((value << 1) ^ (0x1B if value & 0x80 else 0)) & 0xFF


def aes256_rounds(key):
    words = [list(key[at:at + 4]) for at in range(0, 32, 4)]
    constant = 1
    for at in range(8, 60):
        word = list(words[at - 1])
        if at % 8 == 0:
            word = [SBOX[b] for b in word[1:] + word[:1]]
            word[0] ^= constant
            constant = double(constant)
        elif at % 8 == 4:
            word = [SBOX[b] for b in word]
        words.append([a ^ b for a, b in zip(words[at - 8], word)])
    return [sum(words[4 * r:4 * r + 4], []) for r in range(15)]


def aes256(rounds, block):
    state = [a ^ b for a, b in zip(block, rounds[0])]
    for number in range(1, 15):
        state = [SBOX[b] for b in state]
        state = [state[(4 * (i // 4) + 5 * (i % 4)) % 16] for i in range(16)]
        if number < 14:
            mixed = []
            for column in range(0, 16, 4):
                a = state[column:column + 4]
                every = a[0] ^ a[1] ^ a[2] ^ a[3]
                mixed += [a[i] ^ every ^ double(a[i] ^ a[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, rounds[number])]
    return bytes(state)


def ghash(key, data):
    h, y = int.from_bytes(key, "big"), 0
    for at in range(0, len(data), 16):
        x, z = y ^ int.from_bytes(data[at:at + 16], "big"), 0
        v = h
        for bit in range(127, -1, -1):
            if x >> bit & 1:
                z ^= v
            v = (v >> 1) ^ (0xE1 << 120 if v & 1 else 0)
        y = z
    return y.to_bytes(16, "big")


def aes256gcm_open(key, nonce, sealed, data):
    rounds = aes256_rounds(key)
    ciphertext, tag = sealed[:-16], sealed[-16:]

    def padded(text):
        return text + bytes(-len(text) % 16)

    lengths = (8 * len(data)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
    s = ghash(aes256(rounds, bytes(16)), padded(data) + padded(ciphertext) + lengths)
    if bytes(a ^ b for a, b in zip(s, aes256(rounds, nonce + b"\0\0\0\1"))) != tag:
        return None
    stream = b"".join(
        aes256(rounds, nonce + (2 + at // 16).to_bytes(4, "big")) for at in range(0, len(ciphertext), 16))
    return bytes(a ^ b for a, b in zip(ciphertext, stream))


def chacha20poly1305_open(key, nonce, sealed, data):
    ciphertext, tag = sealed[:-16], sealed[-16:]

    def padded(text):
        return text + bytes(-len(text) % 16)

    lengths = len(data).to_bytes(8, "little") + len(ciphertext).to_bytes(8, "little")
    if poly1305(chacha20_block(key, 0, nonce)[:32], padded(data) + padded(ciphertext) + lengths) != tag:
        return None
    stream = b"".join(chacha20_block(key, 1 + at // 64, nonce) for at in range(0, len(ciphertext), 64))
    return bytes(a ^ b for a, b in zip(ciphertext, stream))


CIPHERS = {
    "aes256-gcm96": (12, aes256gcm_open),
    "chacha20-poly1305": (12, chacha20poly1305_open),
    "xchacha20-poly1305": (24, xchacha20poly1305_open),
}


# --- the formats ----------------------------------------------------------------------------------------------------

def parse(text):
    found = re.fullmatch(r"chancery:v([1-9][0-9]{0,9}):([A-Za-z0-9+/]*={0,2})", text)
    if not found or int(found[1]) >= 1 << 32:
        raise Refused("malformed")
    try:
        value = base64.b64decode(found[2], validate=True)
    except ValueError:
        raise Refused("malformed") from None
    if base64.b64encode(value).decode() != found[2]:
        raise Refused("malformed")
    return int(found[1]), value


def secret(case):
    material = bytes.fromhex(case["material"])
    if case.get("context") is None:
        return material
    info = lp("chancery named-key derivation 1", case["name"], case["type"], case["version"],
              bytes.fromhex(case["context"]))
    return hkdf_sha256(material, info, 32)


def decrypt(case):
    version, value = parse(case["text"])
    count, opener = CIPHERS[case["type"]]
    if version != case["version"] or len(value) < count + 16:
        raise Refused("cannot be opened")
    data = lp("chancery named-key ciphertext 1", case["name"], case["type"], version, bytes.fromhex(case["data"]))
    plaintext = opener(secret(case), value[:count], value[count:], data)
    if plaintext is None:
        raise Refused("cannot be opened")
    return plaintext


def verify(case):
    version, signature = parse(case["text"])
    if version != case["version"]:
        raise Refused("another version")
    message = lp("chancery named-key signature 1", case["name"], case["type"], version, bytes.fromhex(case["message"]))
    if case["type"] == "hmac":
        if not hmac.compare_digest(hmac.new(secret(case), message, hashlib.sha256).digest(), signature):
            raise Refused("another tag")
        return
    with tempfile.TemporaryDirectory() as folder:
        paths = {}
        for name, content in (("key", bytes.fromhex(case["public_key"])), ("message", message), ("sig", signature)):
            paths[name] = os.path.join(folder, name)
            with open(paths[name], "wb") as file:
                file.write(content)
        key = ["-keyform", "DER"]
        if case["type"] == "ed25519":
            command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["key"], *key, "-rawin",
                       "-in", paths["message"], "-sigfile", paths["sig"]]
        else:
            digest = {"ecdsa-p384": "-sha384", "ecdsa-p521": "-sha512"}.get(case["type"], "-sha256")
            options = []
            if case["type"].startswith("rsa-"):
                options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32",
                           "-sigopt", "rsa_mgf1_md:sha256"]
            command = ["openssl", "dgst", digest, *options, "-verify", paths["key"], *key,
                       "-signature", paths["sig"], paths["message"]]
        if subprocess.run(command, capture_output=True).returncode != 0:
            raise Refused("another signature")


def main(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    if vectors["format"] != "chancery named-key vectors 1":
        sys.exit("read_named_keys: not these vectors")
    count = wrong = 0
    for case in vectors["ciphertexts"] + vectors["signatures"]:
        count += 1
        try:
            if "data" in case:
                outcome = decrypt(case).hex()
                expected = case.get("plaintext")
            else:
                verify(case)
                outcome, expected = True, case["valid"]
        except Refused:
            outcome, expected = None, (case.get("plaintext") if "data" in case else case["valid"] or None)
        if outcome != expected:
            wrong += 1
            print("read_named_keys: wrong:", case["what"])
    print(f"read_named_keys: {count} cases, {wrong} wrong")
    sys.exit(1 if wrong or count == 0 else 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
