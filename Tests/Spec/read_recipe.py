#!/usr/bin/env python3
"""An independent reader of the configurable recipe and of the names of deliveries, written from sections 7 and 8 of
docs/spec/webhook-schemes.md with Python's standard library alone.

  read_recipe.py Tests/Vectors/recipes.json
      checks every case of the vectors; exit code 1 when one is not as it should be
"""
import base64
import hashlib
import hmac
import json
import sys


def signed_bytes(recipe, headers, body):
    """Section 7: the values of the signed headers and the body, joined without separators or framed."""
    values = []
    for name in recipe["headers_to_sign"]:
        found = [value.strip(" \t") for key, value in headers if key.lower() == name.lower()]
        if len(found) != 1 or not found[0]:
            raise ValueError("a signed header must occur once and not be empty")
        values.append((name.lower().encode("ascii"), found[0].encode("utf-8")))
    if recipe.get("framing", "none") == "none":
        return b"".join(value for _, value in values) + body
    text = b"chancery-recipe-1\n"
    for name, value in values:
        text += b"%s:%d:%s\n" % (name, len(value), value)
    return text + b":%d:%s" % (len(body), body)


def take_apart(text):
    """Section 7.1 read backwards: the only values and body that framed bytes can stand for."""
    head = b"chancery-recipe-1\n"
    if not text.startswith(head):
        raise ValueError("first line")
    at = len(head)
    values = []
    while True:
        colon = text.index(b":", at)
        name = text[at:colon]
        end = text.index(b":", colon + 1)
        digits = text[colon + 1:end]
        if not digits.isdigit() or (digits[:1] == b"0" and digits != b"0"):
            raise ValueError("length")
        start, length = end + 1, int(digits)
        value = text[start:start + length]
        if len(value) != length:
            raise ValueError("cut off")
        at = start + length
        if not name:
            if at != len(text):
                raise ValueError("bytes behind the body")
            return values, value
        if text[at:at + 1] != b"\n":
            raise ValueError("no line feed behind a value")
        values.append((name, value))
        at += 1


def lengths_prefixed(*fields):
    return b"".join(len(field).to_bytes(8, "big") + field for field in fields)


def check(case):
    recipe = case["recipe"]
    body = base64.b64decode(case["body_b64"])
    text = signed_bytes(recipe, case["headers"], body)
    wrong = []
    if text.hex() != case["signed_hex"]:
        wrong.append("signed bytes")
    digest = hmac.new(case["key"].encode(), text, recipe.get("algorithm", "sha256")).digest()
    written = digest.hex() if recipe.get("digest", "hex") == "hex" else base64.b64encode(digest).decode()
    if recipe.get("prefix", "") + written != case["signature"]:
        wrong.append("signature")
    key = hashlib.sha256(lengths_prefixed(case["endpoint"].encode(), b"scheme:halo-signature", text)).hexdigest()
    if key != case["replay_key"]:
        wrong.append("replay key")
    if recipe.get("framing", "none") == "lengths":
        values, found = take_apart(text)
        if found != body or [name.decode() for name, _ in values] != [n.lower() for n in recipe["headers_to_sign"]]:
            wrong.append("taking apart")
    return wrong


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    if not cases:
        sys.exit("no cases")
    faults = 0
    for case in cases:
        wrong = check(case)
        if wrong:
            faults += 1
            print("FAILED %s: %s" % (case["id"], ", ".join(wrong)))
    print("%d recipes read, %d wrong" % (len(cases), faults))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
