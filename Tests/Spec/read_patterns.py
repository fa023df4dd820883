#!/usr/bin/env python3
"""An independent reader of blind pattern sets, written from docs/spec/blind-patterns.md (and the sections of
redaction-forms.md that it names) with Python's standard library alone. Slow: it proves the specification.

  read_patterns.py Tests/Vectors/patterns.json
      checks every case of the vectors; exit code 1 when one is not as it should be
  read_patterns.py --patterns FILE --pattern-key FILE < text
      writes the text with the set's secrets masked
"""
import argparse
import hashlib
import html.entities
import json
import re
import sys

SHORT = {0, 2, 3, 4, 5}
BASE64 = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
BASE32 = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz234567")
HEX = set(b"0123456789abcdefABCDEF")
NAMES = {name[:-1]: ord(text) for name, text in html.entities.html5.items()
         if name.endswith(";") and len(text) == 1 and ord(text) < 128}


class Refused(Exception):
    """A file that must not be used; the text is the reason."""


def ceil(number, divisor):
    return -(-number // divisor)


# --- the set --------------------------------------------------------------------------------------------------------

class Set:
    def __init__(self, data, key_file):
        found = re.fullmatch(rb"chancery blind key 1 ([0-9a-f]{64})\n?", key_file)
        if not found:
            raise Refused("notAKey")
        self.key = bytes.fromhex(found.group(1).decode())
        if data[:15] != b"chancery blind\n" or len(data) < 16:
            raise Refused("notASet")
        if data[15] != 1:
            raise Refused("otherVersion")
        if len(data) < 72:
            raise Refused("truncated")
        count = int.from_bytes(data[32:36], "big")
        name_bytes = int.from_bytes(data[36:40], "big")
        if count > 10000:
            raise Refused("tooLarge")
        end = 40 + 155 * count
        if len(data) != end + name_bytes + 32:
            raise Refused("truncated" if len(data) < end + name_bytes + 32 else "tooLong")
        if data[16:32] != self.h("key id", count=16):
            raise Refused("otherKey")
        if data[-32:] != self.h("set", data[:-32], count=32):
            raise Refused("altered")
        names = self.names(data[end:-32], count)
        windows = self.h("windows", count=16)
        self.factors = [int.from_bytes(part, "big") | 1 for part in (windows[:8], windows[8:])]
        self.rows = {}
        self.masks = []
        self.secrets = []
        for number in range(count):
            record = data[40 + 155 * number:195 + 155 * number]
            rounded, flag = int.from_bytes(record[:2], "big"), record[2]
            if not 16 <= rounded <= 4096 or rounded % 4 or flag > 1:
                raise Refused("badRecord")
            self.secrets.append((rounded, flag))
            pad = self.h("filter pad", number, count=24)
            for form in range(8):
                row = record[3 + 19 * form:22 + 19 * form]
                value = int.from_bytes(row[:3], "big") ^ int.from_bytes(pad[3 * form:3 * form + 3], "big")
                self.rows.setdefault((form in SHORT, value & 0xFFFFF), []).append((number, form, row[3:]))
            bits = int.from_bytes(self.h("pseudonym", number, count=16)[:3], "big")
            letters = "0123456789abcdefghjkmnpqrstvwxyz"
            pseudonym = "".join(letters[bits >> shift & 31] for shift in (0, 5, 10, 15))
            name = names[number] if names else "blind-%d" % (number + 1)
            self.masks.append(("\u2039%s\u00b7%s\u203a" % (name, pseudonym)).encode())

    def h(self, label, *fields, count):
        state = hashlib.blake2b(key=self.key, digest_size=count)
        for field in (label.encode(), *fields):
            field = field.to_bytes(8, "big") if isinstance(field, int) else field
            state.update(len(field).to_bytes(8, "big") + field)
        return state.digest()

    @staticmethod
    def names(data, count):
        names = []
        while data:
            names.append(data[1:1 + data[0]].decode())
            data = data[1 + data[0]:]
        if names and len(names) != count:
            raise Refused("badRecord")
        return names

    def value(self, window):
        window = window.lower().replace(b"-", b"+").replace(b"_", b"/")
        factor = self.factors[0 if len(window) == 4 else 1]
        return int.from_bytes(window, "big") * factor % 2**64 >> 44


# --- forms ----------------------------------------------------------------------------------------------------------

def length(form, n):
    if form in (2, 3, 4):
        a = form - 2
        return 8 * (a + n) // 6 - ceil(8 * a, 6)
    return n if form == 0 else 8 * n // 5 if form == 5 else 2 * n


def place(form, rounded):
    o = rounded // 2 - 4
    if form in (2, 3, 4):
        a = form - 2
        return ceil(8 * (a + o), 6) - ceil(8 * a, 6)
    return o if form == 0 else ceil(8 * o, 5) if form == 5 else 2 * o


def can_be(form, text, flag):
    if form == 0:
        return flag == 0 or all(byte > 0x20 and byte != 0x7F for byte in text)
    if form in (6, 7):
        return not any(text[7 - form::2]) and all(byte < 0x80 for byte in text[form - 6::2])
    return set(text) <= (HEX if form == 1 else BASE32 if form == 5 else BASE64)


def hashed(form, text):
    return text.replace(b"-", b"+").replace(b"_", b"/") if form in (2, 3, 4) else text.lower()


# --- views: bytes, and for each the range of the text it came from ---------------------------------------------------

def unwrapped(view):
    output, breaking = [], False
    for byte, source in view:
        breaking = byte in b"\n\r" or breaking and byte in b" \t"
        if not breaking:
            output.append((byte, source))
    return output


def escape(text):
    """The escape at the beginning of the text: how long it is, and what it stands for."""
    found = re.match(rb"%([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})", text)
    if found:
        return found.end(), bytes([int(found.group(1) or found.group(2), 16)])
    found = re.match(rb"\\u([0-9a-fA-F]{4})(?:\\u([0-9a-fA-F]{4}))?", text)
    if found:
        first = int(found.group(1), 16)
        second = int(found.group(2) or b"0", 16)
        if not 0xD800 <= first < 0xE000:
            return 6, chr(first).encode()
        if first < 0xDC00 <= second < 0xE000:
            return 12, chr(0x10000 + (first - 0xD800 << 10) + second - 0xDC00).encode()
        return None
    if text[:1] == b"\\" and len(text) > 1:
        letters = {98: 8, 102: 12, 110: 10, 114: 13, 116: 9}
        if text[1] in letters:
            return 2, bytes([letters[text[1]]])
        if text[1] >= 0x7F or bytes([text[1]]).isalnum() or text[1] in b"%&" and escape(text[1:]):
            return None
        return 2, text[1:2]
    found = re.match(rb"&#(?:[xX]([0-9a-fA-F]{1,7})|([0-9]{1,7}));", text)
    if found:
        number = int(found.group(1), 16) if found.group(1) else int(found.group(2))
        if number > 0x10FFFF or 0xD800 <= number < 0xE000:
            return None
        return found.end(), chr(number).encode()
    found = re.match(rb"&([A-Za-z]{1,7});", text)
    if found and found.group(1).decode() in NAMES:
        return found.end(), bytes([NAMES[found.group(1).decode()]])
    return None


def unescaped(view):
    text = bytes(byte for byte, _ in view)
    output, position = [], 0
    while position < len(text):
        found = escape(text[position:position + 12]) if text[position] in b"%\\&" else None
        if found:
            source = (position, position + found[0])
            output += [(byte, source) for byte in found[1]]
            position += found[0]
        else:
            output.append(view[position])
            position += 1
    return output


# --- search ---------------------------------------------------------------------------------------------------------

def occurrences(blind, view):
    text = bytes(byte for byte, _ in view)
    for width in (4, 8):
        for window in range(len(text) - width + 1):
            value = blind.value(text[window:window + width])
            for number, form, tag in blind.rows.get((width == 4, value), []):
                rounded, flag = blind.secrets[number]
                start = window - place(form, rounded)
                for n in range(max(rounded - 3, 16), rounded + 1):
                    end = start + length(form, n)
                    if start < 0 or end > len(text) or not can_be(form, text[start:end], flag):
                        continue
                    if blind.h("form", form, hashed(form, text[start:end]), count=16) == tag:
                        found = widened(view, text, form, n, start, end)
                        if found:
                            yield found[0], -found[1], number
                        break


def widened(view, text, form, n, start, end):
    if view[end - 1][1][1] - view[start][1][0] > 8 * (end - start) + 64:
        return None

    def touches(left, index, wanted):
        return (0 <= left and left + 1 < len(view) and text[index] in wanted
                and view[left][1][1] == view[left + 1][1][0] and view[index][1][1] - view[index][1][0] <= 16)

    digits = BASE32 if form == 5 else BASE64
    if form in (3, 4) and touches(start - 1, start - 1, digits):
        start -= 1
    a = form - 2 if form in (2, 3, 4) else 0
    if form in (2, 3, 4) and (a + n) % 3 or form == 5 and 8 * n % 5:
        if touches(end - 1, end, digits):
            end += 1
    padding = -(a + n) % 3 if form in (2, 3, 4) else -ceil(8 * n, 5) % 8 if form == 5 else 0
    while padding and touches(end - 1, end, b"="):
        end += 1
        padding -= 1
    return view[start][1][0], view[end - 1][1][1]


def redact(blind, text):
    view = [(byte, (index, index + 1)) for index, byte in enumerate(text)]
    found = set(occurrences(blind, unwrapped(view))) | set(occurrences(blind, unwrapped(unescaped(view))))
    output, covered = b"", 0
    for start, negative_end, number in sorted(found):
        if start >= covered:
            output += text[covered:start] + blind.masks[number]
        covered = max(covered, -negative_end)
    return output + text[covered:]


# --- vectors --------------------------------------------------------------------------------------------------------

def check_vectors(path):
    with open(path, "rb") as file:
        vectors = json.load(file)
    cases = wrong = 0
    for entry in vectors["sets"]:
        data, key = bytes.fromhex(entry["set"]), entry["key_file"].encode()
        try:
            blind, reason = Set(data, key), None
        except Refused as refusal:
            blind, reason = None, str(refusal)
        cases += 1
        if reason != entry.get("refusal"):
            wrong += 1
            print("%s: %s, should be %s" % (entry["name"], reason, entry.get("refusal")))
        for case in entry.get("texts", []):
            cases += 1
            masked = redact(blind, bytes.fromhex(case["text"])) if blind else b""
            if masked != bytes.fromhex(case["masked"]):
                wrong += 1
                print("%s, %s: masked otherwise" % (entry["name"], case["name"]))
    print("read_patterns: %d cases, %d wrong" % (cases, wrong))
    return 1 if wrong or not cases else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors", nargs="?", help="a vector file to check")
    parser.add_argument("--patterns", help="a blind set")
    parser.add_argument("--pattern-key", help="its key file")
    arguments = parser.parse_args()
    if arguments.vectors:
        return check_vectors(arguments.vectors)
    if not (arguments.patterns and arguments.pattern_key):
        parser.error("a vector file, or --patterns and --pattern-key")
    try:
        with open(arguments.patterns, "rb") as data, open(arguments.pattern_key, "rb") as key:
            blind = Set(data.read(), key.read())
    except Refused as refusal:
        print("refused: %s" % refusal, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(redact(blind, sys.stdin.buffer.read()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
