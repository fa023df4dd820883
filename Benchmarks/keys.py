#!/usr/bin/env python3
"""What one use of a named key costs, with `openssl speed` in the same run. A JSON line for each type and use.

    python3 Benchmarks/keys.py KEY-SPEED-BINARY [SECONDS]
"""
import json
import re
import subprocess
import sys

# Our type: what openssl calls it. Its figures are for signing and verifying 32 bytes, and for 1024 bytes of a cipher.
PAIRS = {"ed25519": "ed25519", "ecdsa-p256": "ecdsap256", "ecdsa-p384": "ecdsap384", "ecdsa-p521": "ecdsap521",
         "rsa-2048": "rsa2048", "rsa-3072": "rsa3072", "rsa-4096": "rsa4096"}
CIPHERS = {"aes256-gcm96": ["-evp", "aes-256-gcm"], "chacha20-poly1305": ["-evp", "chacha20-poly1305"],
           "hmac": ["-hmac", "sha256"]}


def speed(words, seconds):
    return subprocess.run(["openssl", "speed", "-mr", "-seconds", seconds] + words, capture_output=True, text=True).stdout


def pair(name, seconds):
    """Microseconds to sign and to verify."""
    line = next(line for line in speed([name], seconds).splitlines() if re.match(r"\+F[246]:", line))
    return {"sign": float(line.split(":")[-2]) * 1e6, "verify": float(line.split(":")[-1]) * 1e6}


def cipher(words, seconds):
    """Microseconds for 1024 bytes."""
    line = next(line for line in speed(["-bytes", "1024"] + words, seconds).splitlines() if line.startswith("+F:"))
    return 1024 / float(line.split(":")[-1]) * 1e6


def main():
    binary, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "1"
    peers = {}
    for line in subprocess.run([binary, seconds], capture_output=True, text=True, check=True).stdout.splitlines():
        found = json.loads(line)
        name = found["type"]
        if name in PAIRS and name not in peers:
            peers[name] = pair(PAIRS[name], seconds)
        elif name in CIPHERS and name not in peers:
            peers[name] = dict.fromkeys(("encrypt", "decrypt", "sign", "verify"), cipher(CIPHERS[name], seconds))
        peer = peers.get(name, {}).get(found["use"])
        if peer:
            found["openssl_us"] = round(peer, 2)
        print(json.dumps(found), flush=True)


main()
