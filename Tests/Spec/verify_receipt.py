#!/usr/bin/env python3
"""Verifies the receipt of a run from docs/spec/receipts.md alone, and prints its statement.

    verify_receipt.py RECEIPT KEY

Exit code 0: it is what the service signed. 1: it is not. 2: usage.
"""
import base64
import json
import os
import sys

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


if __name__ == "__main__":
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    with open(sys.argv[1], encoding="utf-8") as file:
        statement = verify(file.read(), sys.argv[2])
    if statement is None:
        print("the receipt does not verify")
        sys.exit(1)
    print(json.dumps(statement))
