#!/usr/bin/env python3
"""Verifies a ledger export from docs/spec/ledger.md alone: an independent reader, without libraries.

  verify_ledger.py EXPORT [--key KEY]... [--since HEADFILE]...
  verify_ledger.py --vectors Tests/Vectors/ledger.json

Exit code 0: sound. 1: not sound, the finding is printed. 2: usage.
"""
import base64
import binascii
import hashlib
import json
import sys

# ---- Ed25519, RFC 8032 section 5.1, with Python's integers -------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def recover_x(y, sign):
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if x2 == 0:
        return None if sign else 0
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P != 0:
        x = x * SQRT_M1 % P
    if (x * x - x2) % P != 0:
        return None
    return P - x if x & 1 != sign else x


def decompress(data):
    """A point in extended coordinates; None for bytes that are no canonical point."""
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(a, b):
    k = (a[1] - a[0]) * (b[1] - b[0]) % P
    l = (a[1] + a[0]) * (b[1] + b[0]) % P
    m = 2 * a[3] * b[3] * D % P
    n = 2 * a[2] * b[2] % P
    e, f, g, h = l - k, n - m, n + m, l + k
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_verify(signature, message, public_key):
    if len(signature) != 64 or len(public_key) != 32:
        return False
    key = decompress(public_key)
    r = decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    # Points of small order verify almost anything; they are nobody's key.
    if same(multiply(8, key), (0, 1, 1, 0)) or same(multiply(8, r), (0, 1, 1, 0)):
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    return same(multiply(s, BASE), add(r, multiply(k, key)))


# ---- Heads, section 4 --------------------------------------------------------------------------------------------


class Refused(Exception):
    """The export or a head is not of its form, or a signature does not verify."""


def strict_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("base64") from None
    if base64.b64encode(data).decode() != text:
        raise Refused("base64")
    return data


def is_origin(text):
    return 1 <= len(text.encode()) <= 128 and all(0x21 <= ord(c) <= 0x7E and c != "+" for c in text)


def key_id(origin, public_key):
    return hashlib.sha256(origin.encode() + b"\n\x01" + public_key).digest()[:4]


def read_key(text):
    parts = text.split("+", 2)
    if len(parts) != 3 or not is_origin(parts[0]):
        raise Refused("key")
    data = strict_base64(parts[2])
    if len(data) != 33 or data[0] != 1 or key_id(parts[0], data[1:]).hex() != parts[1]:
        raise Refused("key")
    return parts[0], data[1:]


def read_head(text, keys):
    """(size, root) of a head that verifies."""
    data = text.encode()
    if len(data) > 65536 or any(byte < 0x20 and byte != 0x0A for byte in data):
        raise Refused("head")
    border = text.rfind("\n\n")
    if border < 1:
        raise Refused("head")
    body, signatures = text[: border + 1], text[border + 2 :]
    lines = body.split("\n")
    if len(lines) != 4 or lines[3] != "" or not is_origin(lines[0]):
        raise Refused("head")
    origin, size_text, root_text = lines[:3]
    if not (size_text.isascii() and size_text.isdigit()) or str(int(size_text)) != size_text:
        raise Refused("head")
    size, root = int(size_text), strict_base64(root_text)
    if size >= 2**64 or len(root) != 32 or (size == 0 and root != hashlib.sha256(b"").digest()):
        raise Refused("head")
    if not any(name == origin for name, _ in keys):
        raise Refused("origin")
    if not signatures.endswith("\n"):
        raise Refused("head")
    signature_lines = signatures[:-1].split("\n")
    if len(signature_lines) > 100:
        raise Refused("head")
    signed = False
    for line in signature_lines:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not parts[1] or "+" in parts[1] or len(parts[1].split()) != 1:
            raise Refused("head")
        blob = strict_base64(parts[2])
        if len(blob) < 5:
            raise Refused("head")
        for name, public_key in keys:
            if name == origin == parts[1] and blob[:4] == key_id(name, public_key):
                if not ed25519_verify(blob[4:], body.encode(), public_key):
                    raise Refused("signature")
                signed = True
    if not signed:
        raise Refused("unknown-key")
    return size, root


# ---- Rows, sections 2, 3 and 5 -----------------------------------------------------------------------------------


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    def __init__(self):
        self.size = 0
        self.subtrees = []

    def copy(self):
        other = Frontier()
        other.size, other.subtrees = self.size, list(self.subtrees)
        return other

    def append(self, new):
        rest = self.size
        while rest & 1:
            new = node(self.subtrees.pop(), new)
            rest >>= 1
        self.subtrees.append(new)
        self.size += 1

    def root(self):
        if not self.subtrees:
            return hashlib.sha256(b"").digest()
        root = self.subtrees[-1]
        for left in reversed(self.subtrees[:-1]):
            root = node(left, root)
        return root


def header(entry):
    """(seq, prev, where prev stands) of an entry, or None."""
    if len(entry) > 24576 or not entry.startswith(b'{"seq":'):
        return None
    end = 7
    while end < len(entry) and 0x30 <= entry[end] <= 0x39:
        end += 1
    digits = entry[7:end]
    if not digits or (digits[0] == 0x30 and len(digits) > 1) or int(digits) >= 2**64:
        return None
    if not entry[end:].startswith(b',"time":"'):
        return None
    start = end + 9 + 24
    if not entry[start:].startswith(b'","prev":"'):
        return None
    start += 10
    if entry[start + 44 : start + 46] != b'",':
        return None
    try:
        previous = strict_base64(entry[start : start + 44].decode("ascii"))
    except (Refused, UnicodeDecodeError):
        return None
    return (int(digits), previous, start) if len(previous) == 32 else None


def audit(rows, heads):
    """None for a sound ledger, else the finding as (word, row, size). `heads`: (size, root, was it kept outside)."""
    heads = sorted(heads, key=lambda head: (head[0], head[2]))
    position = 0
    confirmed = 0
    frontier = Frontier()
    last = bytes(32)

    def disagreement():
        nonlocal position, confirmed
        while position < len(heads) and heads[position][0] == frontier.size:
            size, root, kept = heads[position]
            position += 1
            if root != frontier.root():
                return ("not-a-continuation", None, size) if kept else ("rewritten", confirmed, size)
            confirmed = size
        return None

    finding = disagreement()
    for number, entry in enumerate(rows):
        read = header(entry)
        following = header(rows[number + 1]) if number + 1 < len(rows) else None
        has_following = number + 1 < len(rows)
        if finding:
            # A head disagrees with the rows so far: does this row know the one before?
            if number == 0 or read is None or (read[0] == number and read[1] == last):
                return finding
            return ("inserted" if read[0] == number - 1 else "changed", number - 1, None)
        if read is None:
            return ("changed", number, None)
        sequence, previous, start = read
        if sequence > number:
            for place in range(number + 1, len(rows)):
                other = header(rows[place])
                if other and other[0] == number:
                    if place + 1 < len(rows):
                        after = header(rows[place + 1])
                        moved = after is not None and after[0] == place + 1
                    else:
                        left = [size for size, _, _ in heads[position:]]
                        moved = not left or max(left) >= len(rows)
                    return ("reordered" if moved else "inserted", number, None)
            if has_following:
                aligned = following is not None and following[0] == number + 1
                return ("changed" if aligned else "deleted", number, None)
            short = any(size > len(rows) for size, _, _ in heads[position:])
            return ("deleted" if short else "changed", number, None)
        if sequence < number:
            if has_following and (following is None or following[0] == number + 1):
                return ("changed", number, None)
            if not has_following and any(size == len(rows) for size, _, _ in heads[position:]):
                return ("changed", number, None)
            mine = leaf(entry)
            twin = sequence + 1 == number and following and following[1] == mine and mine != last
            return ("inserted", sequence if twin else number, None)
        if previous != last:
            if confirmed >= number:
                return ("changed", number, None)
            if has_following:
                if following is None:
                    return ("changed", number - 1, None)
                if following[0] == number:
                    return ("inserted", number, None)
                return ("changed", number - 1 if following[1] == leaf(entry) else number, None)
            fixed = frontier.copy()
            fixed.append(leaf(entry[:start] + base64.b64encode(last) + entry[start + 44 :]))
            mine = any(size == fixed.size and root == fixed.root() for size, root, _ in heads[position:])
            return ("changed", number if mine else number - 1, None)
        last = leaf(entry)
        frontier.append(last)
        finding = disagreement()
    if finding:
        return finding
    for kept in (False, True):
        short = [size for size, _, is_kept in heads[position:] if is_kept == kept]
        if short:
            return ("rolled-back" if kept else "truncated", len(rows), max(short))
    return None


# ---- Exports, section 6 ------------------------------------------------------------------------------------------


def verify_export(data, keys, since):
    """(finding or None, number of rows, root, whether the export's own keys were used)."""
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    try:
        first = json.loads(lines[0].decode())
        if list(first) != ["ledger", "keys"] or first["ledger"] != 1 or first["ledger"] is True:
            raise Refused("export")
        own = [read_key(text) for text in first["keys"]]
    except (ValueError, IndexError, TypeError, AttributeError):
        raise Refused("export") from None
    used = keys or own
    heads = []
    count = 1
    while count < len(lines) and lines[count].startswith(b'{"head":'):
        try:
            line = json.loads(lines[count].decode())
            if list(line) != ["head"] or not isinstance(line["head"], str):
                raise Refused("export")
        except ValueError:
            raise Refused("export") from None
        heads.append((*read_head(line["head"], used), False))
        count += 1
    heads += [(*read_head(text, used), True) for text in since]
    rows = lines[count:]
    frontier = Frontier()
    for row in rows:
        frontier.append(leaf(row))
    return audit(rows, heads), len(rows), frontier.root(), not keys


# ---- Cases, Tests/Vectors/ledger.json ----------------------------------------------------------------------------


def edited(lines, edits):
    lines = list(lines)
    for edit in edits:
        at = edit.get("line")
        if edit["op"] == "delete":
            del lines[at]
        elif edit["op"] == "insert":
            lines.insert(at, edit["text"])
        elif edit["op"] == "replace":
            lines[at] = edit["text"]
        elif edit["op"] == "swap":
            lines[at], lines[edit["with"]] = lines[edit["with"]], lines[at]
        elif edit["op"] == "substitute":
            if edit["old"] not in lines[at]:
                raise SystemExit("a substitution has nothing to replace")
            lines[at] = lines[at].replace(edit["old"], edit["new"], 1)
        elif edit["op"] == "truncate":
            lines = lines[:at]
        else:
            raise SystemExit("unknown edit " + edit["op"])
    return lines


def run_vectors(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    known = ["format", "note", "seed", "key", "export", "heads", "cases", "proofs"]
    if list(vectors) != known or vectors["format"] != 1:
        raise SystemExit("the vectors have another format")
    keys = [read_key(vectors["key"])]
    failed = 0
    for case in vectors["cases"]:
        if set(case) - {"name", "edits", "since", "finding", "row", "size", "refused"}:
            raise SystemExit("unknown field in " + case["name"])
        data = "".join(line + "\n" for line in edited(vectors["export"], case["edits"])).encode()
        since = [vectors["heads"][name] for name in case.get("since", [])]
        try:
            finding = verify_export(data, keys, since)[0]
            found = {} if finding is None else {"finding": finding[0], "row": finding[1], "size": finding[2]}
        except Refused as refusal:
            found = {"refused": str(refusal)}
        expected = {name: case[name] for name in ("finding", "row", "size", "refused") if name in case}
        if expected:
            found = {name: value for name, value in found.items() if value is not None}
        if found != expected:
            failed += 1
            print(f"{case['name']}: expected {expected}, found {found}")
    for proof in vectors["proofs"]:
        if not verify_proof(proof):
            failed += 1
            print("proof does not verify:", proof)
    print(f"{len(vectors['cases'])} cases, {len(vectors['proofs'])} proofs, {failed} failed")
    return 1 if failed or not vectors["cases"] or not vectors["proofs"] else 0


def verify_proof(proof):
    """RFC 9162 sections 2.1.3.2 and 2.1.4.2."""
    path = [bytes.fromhex(text) for text in proof["path"]]
    if proof["kind"] == "inclusion":
        number, last, hashed = proof["index"], proof["size"] - 1, bytes.fromhex(proof["leaf"])
        for sibling in path:
            if last == 0:
                return False
            if number & 1 or number == last:
                hashed = node(sibling, hashed)
                while not number & 1 and number:
                    number, last = number >> 1, last >> 1
            else:
                hashed = node(hashed, sibling)
            number, last = number >> 1, last >> 1
        return last == 0 and hashed.hex() == proof["root"]
    number, last = proof["from"] - 1, proof["to"] - 1
    old, new = bytes.fromhex(proof["old"]), bytes.fromhex(proof["new"])
    if proof["from"] == proof["to"]:
        return not path and old == new
    while number & 1:
        number, last = number >> 1, last >> 1
    if number == 0:
        path.insert(0, old)
    if not path:
        return False
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            first, second = node(sibling, first), node(sibling, second)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            second = node(second, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and first == old and second == new


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--vectors":
        return run_vectors(arguments[1])
    files, keys, since = [], [], []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument in ("--key", "--since"):
            if not rest:
                print(__doc__, file=sys.stderr)
                return 2
            (keys if argument == "--key" else since).append(rest.pop(0))
        else:
            files.append(argument)
    if len(files) != 1 or files[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    with open(files[0], "rb") as file:
        data = file.read()
    kept = []
    for name in since:
        with open(name, encoding="utf-8", newline="") as file:
            kept.append(file.read())
    try:
        finding, rows, root, own = verify_export(data, [read_key(text) for text in keys], kept)
    except Refused as refusal:
        print(f"refused: {refusal}")
        return 1
    if finding:
        word, row, size = finding
        print(f"{word}" + (f", row {row}" if row is not None else "") + (f", head of size {size}" if size else ""))
        return 1
    print(f"sound: {rows} rows, root {base64.b64encode(root).decode()}")
    if own:
        print("note: verified with the export's own key; take the key from elsewhere to know whose ledger it is")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
