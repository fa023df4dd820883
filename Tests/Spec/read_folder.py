#!/usr/bin/env python3
"""An independent reader of a whole data folder, written from docs/spec with Python's standard library alone: it opens
every envelope of a stopped service, deriving each key and each place from what is stored.

  read_folder.py DATA [--key-file FILE | --passphrase-file FILE] [--expect-file FILE]
                 [--base-url INTEGRATION=TEXT]... [--request METHOD_ID=TEXT]...

    --expect-file  JSON, a list of {"place": …, "value": …}: these plaintexts must be there. A place is TABLE/ROW/COLUMN,
                   of a secret with #FIELD, of a run's value with the key that names it:
                     sealed_row/method:people/find/query/tenant       secret/kv/hooks/1/fields#main
                     sealed_row/runbook:main/variable/note            run_event/RUN/3/response/body
                     document/integration/people/text                 policy/operator/text
    --base-url, --request   read a document as if it said this

Prints counts, never a value. Exit code 1 at the first thing that docs/spec does not explain. Nothing in the folder is
written to: the database is copied first, so a service that is running may be seen half-way.
"""
import argparse
import hashlib
import ipaddress
import json
import os
import re
import shutil
import sqlite3
import struct
import sys
import tempfile
import unicodedata

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import verify_ledger  # noqa: E402
from read_envelope import blake2b, fields, Keyring, NoArgon2, Refused, RunKeys, open_envelope, read_file  # noqa: E402


class Unexplained(Exception):
    """Something that the specification does not explain: where, and what. Never a value."""


class BadURL(Exception):
    """A URL or template that url-binding.md refuses; the text is the rule."""


# --- url-binding.md §1: canonical form ------------------------------------------------------------------------------

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
SEGMENT = UNRESERVED | frozenset(b"!$&'()*+,;=:@")
LIMIT = 16384


def check_characters(data):
    """§1.1, but for the length and the spaces at the ends."""
    if any(ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F for c in data):
        raise BadURL("control character")
    if "\\" in data:
        raise BadURL("backslash")
    if "#" in data:
        raise BadURL("fragment")


def normalise_segment(text):
    """§1.5 for a path segment."""
    data, out, at = text.encode(), "", 0
    while at < len(data):
        byte, at = data[at], at + 1
        if byte == 0x25:
            digits = data[at:at + 2]
            if not re.fullmatch(rb"[0-9A-Fa-f]{2}", digits):
                raise BadURL("broken escape")
            byte, at = int(digits, 16), at + 2
            plain = byte in UNRESERVED
        else:
            plain = byte in SEGMENT
        out += chr(byte) if plain else "%%%02X" % byte
    return out


def ipv6_text(packed):
    pieces = struct.unpack(">8H", packed)
    start, length, at = 0, 1, 0
    while at < 8:
        end = at
        while end < 8 and pieces[end] == 0:
            end += 1
        if end - at > length:
            start, length = at, end - at
        at = max(end, at + 1)
    words = ["%x" % piece for piece in pieces]
    if length < 2:
        return ":".join(words)
    return ":".join(words[:start]) + "::" + ":".join(words[start + length:])


def stands_in_label(character):
    """§1.4: neither changed nor removed by NFKC case folding, nor of the categories that are refused."""
    ignorable = re.compile(
        "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", character).casefold())
    category = unicodedata.category(character)
    return folded == character and not ignorable.match(character) and category[0] not in "CZ"


def canonical_host(text):
    """§1.4."""
    if text.startswith("["):
        if not text.endswith("]") or ":" not in text or "%" in text:
            raise BadURL("IPv6 host")
        try:
            return "[%s]" % ipv6_text(ipaddress.IPv6Address(text[1:-1]).packed)
        except ValueError:
            raise BadURL("IPv6 host") from None
    host = "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
    if not re.fullmatch(r"[a-z0-9._-]+", host):
        raise BadURL("host character")
    labels = host.split(".")
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        if len(labels) != 4 or not all(re.fullmatch(r"0|[1-9][0-9]{0,2}", x) and int(x) < 256 for x in labels):
            raise BadURL("numeric host")
        return host
    if len(host) > 253:
        raise BadURL("host length")
    for label in labels:
        if not 1 <= len(label) <= 63 or label.startswith("-") or label.endswith("-"):
            raise BadURL("host label")
        if label.startswith("xn--"):
            try:
                scalars = label[4:].encode().decode("punycode")
                if scalars.isascii() or scalars.encode("punycode") != label[4:].encode():
                    raise BadURL("A-label")
                if not all(c.isascii() or c in "\u00df\u03c2" or stands_in_label(c) for c in scalars):
                    raise BadURL("A-label")
            except UnicodeError:
                raise BadURL("A-label") from None
    return host


def canonical_origin(text):
    """Scheme, host and port of `scheme://authority` (§1.2 to §1.4). Where http is allowed, the configuration says."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?]*)", text)
    scheme = match and match.group(1).lower()
    if scheme not in ("http", "https"):
        raise BadURL("scheme")
    authority = match.group(2)
    if "@" in authority:
        raise BadURL("credentials")
    host, port = authority, None
    split = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", authority)
    if split is None:
        raise BadURL("host")
    host, port = split.groups()
    if port is None:
        number = 443 if scheme == "https" else 80
    elif re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) <= 65535:
        number = int(port)
    else:
        raise BadURL("port")
    if not host:
        raise BadURL("empty host")
    return scheme, canonical_host(host), number


# --- url-binding.md §2 and §3: templates ----------------------------------------------------------------------------
# A text with placeholders is a list of one-character strings and, for each placeholder, a tuple with its name.

def scan(text):
    if len(text.encode()) > LIMIT:
        raise BadURL("too long")
    if text.startswith(" ") or text.endswith(" "):
        raise BadURL("surrounding space")
    tokens, at, literals = [], 0, ""
    while at < len(text):
        if text.startswith("\\<<", at):
            tokens += ["<", "<"]
            at += 3
        elif text.startswith("<<", at):
            match = re.compile(r"<<([^<>\x00-\x1f\x7f]+)>>").match(text, at)
            if match is None:
                raise BadURL("broken placeholder")
            tokens.append((match.group(1),))
            at = match.end()
        else:
            tokens.append(text[at])
            literals += text[at]
            at += 1
    check_characters(literals)
    return tokens


def split(tokens, separator):
    groups = [[]]
    for token in tokens:
        if token == separator:
            groups.append([])
        else:
            groups[-1].append(token)
    return groups


def pieces_of(tokens):
    """Runs of literal text, each normalised by itself, and placeholders."""
    pieces = []
    for token in tokens:
        if isinstance(token, tuple):
            pieces.append(token)
        elif pieces and isinstance(pieces[-1], str):
            pieces[-1] += token
        else:
            pieces.append(token)
    return [piece if isinstance(piece, tuple) else normalise_segment(piece) for piece in pieces]


class Template:
    """A base URL joined with a resource, for a method with encrypted values (whole segments only)."""

    def __init__(self, base, resource):
        if not base:
            raise BadURL("empty")
        tokens = scan(base)
        if "?" in tokens:
            raise BadURL("query in the base")
        text = "".join(token if isinstance(token, str) else "\x00" for token in tokens)
        mark = text.find("://")
        slash = text.find("/", mark + 3) if mark >= 0 else -1
        head = text if slash < 0 else text[:slash]
        if "\x00" in head:
            raise BadURL("placeholder before the path")
        self.scheme, self.host, self.port = canonical_origin(head)
        base_path = [] if slash < 0 else split(tokens[slash + 1:], "/")
        tokens = scan(resource)
        path = tokens[:tokens.index("?")] if "?" in tokens else tokens
        for pair in split(tokens[len(path) + 1:], "&"):
            if any(isinstance(token, tuple) for token in split(pair, "=")[0]):
                raise BadURL("placeholder in the name of a query pair")
        if "://" in "".join(token if isinstance(token, str) else "\x00" for token in path):
            raise BadURL("resource that is no path")
        if path:
            if base_path and not base_path[-1]:
                base_path.pop()
            added = split(path, "/")
            if len(added) > 1 and not added[0]:
                added.pop(0)
            base_path += added
        if len(base_path) > 256:
            raise BadURL("too many segments")
        self.segments = self.resolve(base_path)

    @staticmethod
    def resolve(parts):
        segments = []
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            pieces = pieces_of(part)
            if len(pieces) > 1:
                raise BadURL("mixed segment")
            segment = pieces[0] if pieces else ""
            if segment == "..":
                if segments and isinstance(segments.pop(), tuple):
                    raise BadURL("dot segment after a placeholder")
            if segment in (".", ".."):
                if not last:
                    continue
                segment = ""
            elif segment == "" and not last:
                raise BadURL("empty segment")
            segments.append(segment)
        return segments or [""]

    @property
    def canonical_text(self):
        lines = ["chancery url-template 1", "scheme " + self.scheme, "host " + self.host, "port %d" % self.port]
        lines += ["variable " + s[0] if isinstance(s, tuple) else "literal " + s for s in self.segments]
        return "".join(line + "\n" for line in lines)

    @property
    def shown(self):
        """For people, as in the column `bound_to`; bound to nothing."""
        port = "" if self.port == {"https": 443, "http": 80}[self.scheme] else ":%d" % self.port
        path = "/".join("<<%s>>" % s[0] if isinstance(s, tuple) else s for s in self.segments)
        return "%s://%s%s/%s" % (self.scheme, self.host, port, path)


def check_examples():
    """The examples of url-binding.md, so that this reader cannot drift from the page without saying so."""
    template = Template("HTTPS://API.example.com:443/v1/", "/users/<<ticket^user_id>>/keys?page=1")
    text = (
        "chancery url-template 1\nscheme https\nhost api.example.com\nport 443\nliteral v1\nliteral users\n"
        "variable ticket^user_id\nliteral keys\n")
    same = [
        template.canonical_text == text, len(text) == 129,
        Template("HTTPS://API.Example.com:443", "").shown == "https://api.example.com/",
        Template("https://h.example/a/%2E%2e/%7Ejoe", "").shown == "https://h.example/~joe",
        Template("https://h.example/é", "?f[x]=it's").shown == "https://h.example/%C3%A9",
        Template("https://[2001:DB8:0::1]:8443/", "").shown == "https://[2001:db8::1]:8443/",
        Template("https://h.example/%25%32%65", "").shown == "https://h.example/%252e",
    ]
    if not all(same):
        raise Unexplained("url-binding.md: its examples: %r" % same)
    for base, resource in (
        ("https://good.example\\@evil.example", ""), ("http://127.1", ""), ("https://good.example%2f@evil", ""),
        ("https://h.example./", ""), ("https:/h.example", ""), ("https://h.example:0443/", ""), ("https://u@h/", ""),
        ("https://h/<<a>>/", "../b"), ("https://<<a>>/", ""), ("https://h/a?b", ""), ("https://h/", "a//b"),
        ("https://h/", "x-<<a>>"), ("https://h/", "%2<<a>>"), ("https://h/", "https://evil/"), ("https://h/", "a#b"),
    ):
        try:
            Template(base, resource)
        except BadURL:
            continue
        raise Unexplained("url-binding.md: %s + %s is not refused" % (base, resource))


# --- labels.md §2 and §3: values ------------------------------------------------------------------------------------

class Fields:
    """Reads fields and numbers; raises ValueError where one is cut short."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def field(self):
        end = self.at + 8
        if end > len(self.data):
            raise ValueError("cut short")
        count = struct.unpack(">Q", self.data[self.at:end])[0]
        if count > len(self.data) - end:
            raise ValueError("cut short")
        self.at = end + count
        return self.data[end:self.at]

    def number(self):
        field = self.field()
        if len(field) != 8:
            raise ValueError("no number")
        return struct.unpack(">Q", field)[0]

    def text(self):
        return self.field().decode("utf-8")

    def end(self):
        if self.at != len(self.data):
            raise ValueError("bytes left over")


ORIGINS = {"param": 3, "response": 1, "trigger": 0, "variable": 1, "secret": 2, "credential": 2, "named-key": 2}
MASKED, REMOVES = 1, 2


def host_place(text):
    """labels.md §1: the canonical host and port of an entry in a list of hosts; without a port it is 443."""
    if re.fullmatch(r"sqlite:[A-Za-z][^.]*", text):
        return canonical_host(text.removeprefix("sqlite:") + SQLITE), 1
    return canonical_origin("https://" + text)[1:]


def host_text(place):
    host, port = place
    return "sqlite:" + host.removesuffix(SQLITE) if port == 1 and host.endswith(SQLITE) else "%s:%d" % place


SQLITE = ".sqlite.invalid"


def read_label(data):
    """Origins (with their rules) and hosts (None is any); refuses what is not in canonical order."""
    fields, origins, kinds = Fields(data), [], list(ORIGINS)
    count = fields.number()
    if count > 4096:
        raise ValueError("too many origins")
    for _ in range(count):
        rule, word = fields.number(), fields.text()
        # 16 and more: an origin that only chose the value.
        if rule not in (0, 1, 2, 16, 17, 18) or word not in ORIGINS:
            raise ValueError("unknown rule or origin")
        names = [fields.text() for _ in range(ORIGINS[word])]
        if any(len(name.encode()) > 256 for name in names):
            raise ValueError("name too long")
        order = [unicodedata.normalize("NFC", name) for name in names]
        if word == "secret":
            if not re.fullmatch(r"0|[1-9][0-9]*", names[1]):
                raise ValueError("version of a secret")
            order[1] = int(names[1])
        origins.append((kinds.index(word), order, (word, *names), rule))
    if any(a[:2] >= b[:2] for a, b in zip(origins, origins[1:])):
        raise ValueError("origins out of order")
    word, hosts = fields.field(), None
    if word == b"only":
        count = fields.number()
        if count > 4096:
            raise ValueError("too many hosts")
        hosts = [fields.text() for _ in range(count)]
        try:
            places = [host_place(text) for text in hosts]
        except BadURL:
            raise ValueError("host") from None
        if [host_text(place) for place in places] != hosts:
            raise ValueError("host")
        if any(a >= b for a, b in zip(places, places[1:])):
            raise ValueError("hosts out of order")
    elif word != b"any":
        raise ValueError("hosts")
    fields.end()
    return {origin: rule for _, _, origin, rule in origins}, hosts


class Value:
    def __init__(self, data):
        fields = Fields(data)
        labels = [fields.field() for _ in range(self.bounded(fields.number(), data))]
        if len(set(labels)) != len(labels):
            raise ValueError("a label twice")
        self.labels = [read_label(label) for label in labels]
        inner = Fields(fields.field())
        fields.end()
        form, self.content = inner.number(), inner.field()
        self.base, self.trace = self.place(inner.number()), self.place(inner.number())
        last = 0
        for _ in range(self.bounded(inner.number(), data)):
            start, end, label = inner.number(), inner.number(), inner.number()
            self.place(label)
            if not last <= start <= end <= len(self.content):
                raise ValueError("span")
            last = end
        inner.end()
        if form == 1:
            if self.content != self.content.strip(b" \t\r\n"):
                raise ValueError("white space around JSON")
            read_json(self.content)
        elif form != 2:
            raise ValueError("form")

    @staticmethod
    def bounded(count, data):
        if count > len(data):
            raise ValueError("count")
        return count

    def labels_are_secret(self):
        return any(rule % 16 != 0 for origins, _ in self.labels for rule in origins.values())

    def place(self, number):
        if number >= len(self.labels):
            raise ValueError("place of a label")
        return self.labels[number]


def read_json(data, unique=False):
    def no_constant(_):
        raise ValueError("not RFC 8259")

    def pairs(found):
        if unique and len({name for name, _ in found}) != len(found):
            raise ValueError("a name twice")
        return dict(found)

    return json.loads(data.decode("utf-8"), parse_constant=no_constant, object_pairs_hook=pairs)


# --- run-history.md §3: events --------------------------------------------------------------------------------------

ADDRESS = {"step": str, "visit": int, "attempt": int}
EVENTS = {
    "admitted": {"roots": "ids", "variables": "ids", "spent?": "spent"},
    "started": {"roots": "ids", "variables": "ids", "spent?": "spent"},
    "start-failed": {"reason": "reason"},
    "condition-decided": {**ADDRESS, "met": bool},
    "condition-failed": {**ADDRESS, "reason": "reason"},
    "call-intended": ADDRESS,
    "call-answered": {**ADDRESS, "request?": "request", "response": "response", "variables": "ids"},
    "call-failed": {**ADDRESS, "reason": "reason", "request?": "request", "response?": "response"},
    "performed": {**ADDRESS, "variables": "ids"},
    "step-failed": {**ADDRESS, "reason": "reason"},
    "iteration-began": {**ADDRESS, "count": int, "items": "id", "element?": "id", "variables": "ids"},
    "iteration-advanced": {**ADDRESS, "element?": "id", "variables": "ids"},
    "handed-over": {**ADDRESS, "run": str},
    "approval-asked": {**ADDRESS, "request": "request", "commitment": str, "attempts?": int},
    "approval-given": {**ADDRESS, "by": str},
    "approval-refused": {**ADDRESS, "by": str},
    "retried": {"run": str},
    "wait-elapsed": ADDRESS,
    "restarted": {},
    "cancelled": {},
}
REQUEST = {"method": str, "url": "id", "headers": "id", "body?": "id"}
RESPONSE = {"status": int, "headers": "id", "body": "id", "duration": int}
WORDS = {
    **dict.fromkeys((
        "timeout", "dns", "connect", "tls", "blocked", "parse", "too-large", "interrupted", "disconnected", "sealed", "url-changed",
        "declassification-limit", "not-verified", "history"), {}),
    # Until when the server is not asked again, where it was asked.
    **dict.fromkeys(("token " + why for why in (
        "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
        "invalid_scope", "access_denied", "unsupported_response_type", "server_error", "temporarily_unavailable",
        "unreadable", "type", "lifetime", "form", "not-authorized", "timeout", "dns", "connect", "tls", "blocked",
        "too-large", "interrupted", "busy")), {"name?": str}),
    "unresolved": {"name": str}, "conversion": {"name": str}, "not-granted": {"name": str}, "limit": {"name": str},
    "dry-run": {},
    **dict.fromkeys(("sql " + code for code in ("libpq5", "folder", "file", "login", "superuser", "columns", "failed", "unknown")),
                    {"name": str}),
    "not-startable": {"name": str}, "not-approved": {"name": str},
    "missing-edge": {"name": str, "outcome": str}, "end": {"name": str},
}


def check_until(time):
    if time is not None and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z", time):
        raise ValueError("time of a reason")


def check_spent(spent, at):
    """What the runs that led here let out: `{"steps":N,"bits":[{"origin":[…],"bits":N}]}`, sorted, each origin once."""
    check_keys(spent, {"steps": int}, at + "/", [])
    rows = spent.get("bits")
    if not isinstance(rows, list) or len(rows) > 1024 or (not rows and not spent["steps"]):
        raise ValueError(at + "/bits")
    seen = []
    for row in rows:
        check_keys(row, {"bits": int}, at + "/bits/", [])
        origin = row.get("origin")
        if not 1 <= row["bits"] <= 255 or not isinstance(origin, list) or not origin or any(type(each) is not str for each in origin):
            raise ValueError(at + "/bits")
        if origin[0] not in ORIGINS or len(origin) - 1 != ORIGINS[origin[0]] or origin in seen:
            raise ValueError(at + "/bits: no origin, or one that stands twice")
        if seen and list(ORIGINS).index(origin[0]) < list(ORIGINS).index(seen[-1][0]):
            raise ValueError(at + "/bits: not sorted")
        seen.append(origin)


def check_keys(value, keys, path, ids):
    """Types of the keys of §3; collects (place, id) in `ids`. Keys that are not known are passed over."""
    if not isinstance(value, dict):
        raise ValueError(path + " is no object")
    for key, kind in keys.items():
        name = key.rstrip("?")
        if name not in value:
            if key.endswith("?"):
                continue
            raise ValueError(path + name + " is missing")
        found, at = value[name], path + name
        if kind in (int, "id"):
            if type(found) is not int or found < 0 or (kind == "id" and found > 2**32 - 2):
                raise ValueError(at)
            if kind == "id":
                ids.append((at, found))
        elif kind in (str, bool):
            if type(found) is not kind:
                raise ValueError(at)
        elif kind == "ids":
            if not isinstance(found, dict) or list(found) != sorted(found):
                raise ValueError(at)
            for inner in found:
                check_keys({"id": found[inner]}, {"id": "id"}, at + "/", numbers := [])
                ids += [("%s/%s" % (at, inner), number) for _, number in numbers]
        elif kind == "spent":
            check_spent(found, at)
        elif kind == "request":
            check_keys(found, REQUEST, at + "/", ids)
        elif kind == "response":
            check_keys(found, RESPONSE, at + "/", ids)
        elif kind == "reason":
            check_keys(found, {"word": str}, at + "/", ids)
            word = found["word"]
            if re.fullmatch(r"sql ([0-9A-Z]{5}|SQLITE_[A-Z0-9]+)", word):
                check_keys(found, {"name": str}, at + "/", ids)
            elif not re.fullmatch(r"status [0-9]{3}", word):
                if re.fullmatch(r"token status [0-9]{3}", word):
                    word = "token busy"
                if word not in WORDS:
                    raise ValueError("word of a reason")
                check_keys(found, WORDS[word], at + "/", ids)
                if word.startswith("token "):
                    check_until(found.get("name"))


# --- the folder -----------------------------------------------------------------------------------------------------

TABLES = {
    "run", "run_event", "bundle", "document", "document_version", "sealed_row", "secret", "secret_grant", "token", "policy", "reveal", "login", "named_key",
    "named_key_version", "integration_token", "replay", "replay_kept",
    "ledger", "ledger_state", "setting", "noted_time",
    "failure_streak", "outbox", "notification", "run_tally", "schedule_slot", "request_log", "runbook_pause",
    "kept_variable", "approval", "past_grant",
    "search_day", "search_entry", "search_segment", "search_posting",
}


def leaf(entry):
    return hashlib.sha256(b"\x00" + entry).hexdigest()


def compact(pairs):
    return json.dumps(pairs, separators=(",", ":"), ensure_ascii=False).encode()


def words_of(text):
    """search-index.md §2."""
    text = re.sub(
        "\u2039((?:[^\u2039\u203a\x00-\x7f]|[0-9A-Za-z_./:^~-])*\u00b7[0-9a-z]{4}|)\u203a",
        lambda match: " " if len(match.group(1).encode()) <= 54 else match.group(0), text)
    if text.lstrip(" \t\r\n")[:1] in ("{", "[", '"'):
        def read(match):
            character = chr(int(match.group(1), 16)) if match.group(1) else " "
            return " " if 0xD800 <= ord(character) <= 0xDFFF else character
        text = re.sub(r"\\(?:u([0-9A-Fa-f]{4})|.)", read, text, flags=re.DOTALL)
    found, word, count = [], "", 0
    for character in text + " ":
        if unicodedata.category(character)[0] in "LMN":
            word, count = word + character.lower(), count + 1
            continue
        if 2 <= count <= 64:
            found.append(word)
        word, count = "", 0
    return found


class Folder:
    def __init__(self, path, copy, arguments):
        self.path, self.arguments = path, arguments
        self.counts, self.found, self.opened = {}, {}, set()
        seal = os.path.join(path, "seal")
        seals = [read_file(seal, name) for name in sorted(os.listdir(seal)) if name.endswith(".seal")]
        try:
            if arguments.passphrase_file:
                self.keyring = Keyring(
                    None, seals, read_file(seal, "keyring"), passphrase=read_file(arguments.passphrase_file))
            else:
                key_file = arguments.key_file or os.path.join(seal, "dev.key")
                self.keyring = Keyring(read_file(key_file).decode("ascii"), seals, read_file(seal, "keyring"))
            self.run_keys = None
            if os.path.exists(os.path.join(path, "run-keys")):
                self.run_keys = RunKeys(self.keyring, read_file(path, "run-keys"))
        except (NoArgon2, Refused) as refusal:
            raise Unexplained("seal: %s" % refusal) from None
        # Opening a database with a write-ahead log may write to it.
        for name in ("chancery.db", "chancery.db-wal"):
            if os.path.exists(os.path.join(path, name)):
                shutil.copyfile(os.path.join(path, name), os.path.join(copy, name))
        self.database = sqlite3.connect(os.path.join(copy, "chancery.db"))
        self.database.row_factory = sqlite3.Row

    def rows(self, query, *values):
        return self.database.execute(query, values).fetchall()

    def open(self, envelope, purpose, table, row, column, context, version, run_key=None):
        """The plaintext; remembered at its place."""
        place = "%s/%s/%s" % (table, row, column)
        where = {"purpose": purpose, "table": table, "row": row, "column": column, "version": version,
                 "context": [field.encode().hex() for field in context]}
        try:
            plaintext = open_envelope(envelope, where, self.keyring, run_key)
        except Refused as refusal:
            raise Unexplained("%s: does not open: %s" % (place, refusal)) from None
        self.opened.add(hashlib.sha256(envelope).digest())
        return plaintext

    def count(self, kind, number=1):
        self.counts[kind] = self.counts.get(kind, 0) + number

    def value(self, data, place):
        try:
            return Value(data)
        except (ValueError, BadURL) as fault:
            raise Unexplained("%s: no value of labels.md §3: %s" % (place, type(fault).__name__)) from None

    def holds(self, place, truth, what):
        if not truth:
            raise Unexplained("%s: %s" % (place, what))

    def json(self, data, place):
        try:
            return read_json(data, unique=True)
        except (ValueError, RecursionError):
            raise Unexplained(place + ": not one JSON value") from None

    # Documents and bundles.

    def read_documents(self):
        self.methods, self.runbooks, self.trusts = {}, {}, {}
        for row in self.rows("SELECT * FROM document ORDER BY kind, id"):
            kind, name = row["kind"], row["id"]
            place = "document/%s/%s/text" % (kind, name)
            text = self.open(
                row["text"], "document", "document", "%s/%s" % (kind, name), "text", [kind, name], row["revision"])
            document = self.json(text, place)
            self.holds(place, document.get(kind) == name, "is not the document of its row")
            self.found[place] = text
            self.count("documents (%s)" % kind)
            if kind == "integration":
                self.read_methods(document)
            elif kind == "runbook":
                self.runbooks[name] = document
        for row in self.rows("SELECT * FROM document_version ORDER BY kind, id, revision"):
            kind, name, revision = row["kind"], row["id"], row["revision"]
            place = "document_version/%s/%s/%d/text" % (kind, name, revision)
            text = self.open(row["text"], "document", "document", "%s/%s" % (kind, name), "text", [kind, name], revision)
            self.holds(place, self.json(text, place).get(kind) == name, "is not the document of its row")
            self.count("earlier saves of documents")
        for integration in self.arguments.base_url:
            self.holds("--base-url", integration in {m[0] for m in self.methods.values()}, "no such integration")
        self.holds("--request", set(self.arguments.request) <= set(self.methods), "no such method")
        self.bundles = set()
        for row in self.rows("SELECT * FROM bundle"):
            place = "bundle/%s/text" % row["id"]
            text = self.open(row["text"], "document", "bundle", row["id"], "text", ["bundle", row["id"]], 1)
            bundle = self.json(text, place)
            self.holds(place, hashlib.sha256(text).hexdigest() == row["id"], "its id is not its digest")
            self.holds(place, list(bundle) in (
                ["runbook", "integrations"], ["runbook", "integrations", "data_sources"]), "its keys")
            sources = [source.get("data_source") for source in bundle.get("data_sources", [])]
            self.holds(place, sources == sorted(sources) and ("data_sources" not in bundle or sources), "its data sources")
            self.bundles.add(row["id"])
            self.count("bundles")

    def read_methods(self, document):
        integration = document["integration"]
        self.trusts[integration] = document.get("trust", "")
        base = self.arguments.base_url.get(integration, document.get("base_url", ""))
        for name, method in document.get("methods", {}).items():
            identifier = method.get("id", "%s/%s" % (integration, name))
            self.holds("document/integration/%s" % integration, identifier not in self.methods, "a method id twice")
            request = self.arguments.request.get(identifier, method.get("request", ""))
            http_method, _, resource = request.partition(" ")
            body = method.get("body")
            form = body.get("form", {}) if isinstance(body, dict) else {}
            rows = {
                (kind, row)
                for kind, value in (("query", method.get("query", {})), ("header", method.get("headers", {})),
                                    ("form", form))
                for row in self.sealed_names(value)
            }
            self.methods[identifier] = (integration, base, http_method, resource, rows)

    @staticmethod
    def sealed_names(rows):
        listed = rows.items() if isinstance(rows, dict) else [(row.get("name"), row) for row in rows]
        return [name for name, row in listed if isinstance(row, dict) and (row.get("sealed") or row.get("encrypt"))]

    # Table sealed_row.

    def read_sealed_rows(self):
        for row in self.rows("SELECT * FROM sealed_row ORDER BY owner, kind, name"):
            owner, identifier = row["owner"].split(":", 1)
            column = "%s/%s" % (row["kind"], row["name"])
            place = "sealed_row/%s/%s" % (row["owner"], column)
            if owner == "method":
                self.read_parameter(row, identifier, place)
            elif (owner, row["kind"]) == ("runbook", "variable"):
                plain = self.sealed(row, "variable", [identifier, row["name"]])
                value = self.value(plain, place)
                origin = {("variable", row["name"]): REMOVES}
                self.holds(place, value.base[0] == origin, "its label is not that of the variable")
                self.found[place] = value.content
                self.count("sealed rows (variable)")
            elif owner in ("runbook", "integration", "mail") and row["kind"] == "auth":
                plain = self.sealed(row, "credential", [owner, identifier, row["name"]])
                if owner == "integration":
                    value = self.value(plain, place)
                    origin = {("credential", identifier, row["name"]): MASKED}
                    self.holds(place, value.base[0] == origin, "its label is not that of the credential")
                    plain = value.content
                self.found[place] = plain
                self.count("sealed rows (credential of %s)" % owner)
            else:
                raise Unexplained(place + ": a kind that docs/spec does not name")

    def sealed(self, row, purpose, context):
        self.holds("sealed_row/" + row["owner"], row["value"] is not None, "there is no value")
        generation = row["generation"]
        return self.open(
            row["value"], purpose, "sealed_row", row["owner"], "%s/%s" % (row["kind"], row["name"]),
            context + [str(generation)], generation)

    def read_parameter(self, row, method, place):
        self.holds(place, row["kind"] in ("query", "header", "form"), "kind of a parameter")
        known = self.methods.get(method)
        template = None
        if known and (row["kind"], row["name"]) in known[4]:
            try:
                template = Template(known[1], known[3])
            except BadURL as rule:
                raise Unexplained("%s: the URL of its method is refused: %s" % (place, rule)) from None
        self.holds(place, template is not None, "no document has an encrypted row of this name")
        if row["value"] is None:
            self.count("parameters deleted when their URL changed")
            return
        plain = self.sealed(row, "parameter", [
            method, row["kind"], row["name"], known[2], self.trust(known[0])[0], template.canonical_text])
        bound = "%s %s%s" % (known[2], template.shown, self.trust(known[0])[1])
        self.holds(place, row["bound_to"] == bound, "what it is bound to, in clear")
        self.holds(place, plain[:1] in (b"\x01", b"\x02"), "its first byte")
        self.found[place] = plain[1:]
        self.count("parameters (%s, %s)" % (row["kind"], "as it is" if plain[0] == 1 else "template"))

    # Secrets, policies, tokens.

    def read_secrets(self):
        for row in self.rows("SELECT * FROM secret ORDER BY path, version"):
            path, version = row["path"], row["version"]
            place = "secret/%s/%d/fields" % (path, version)
            value = self.value(
                self.open(row["fields"], "kv-secret", "secret", "%s/%d" % (path, version), "fields",
                          [path, str(version)], version), place)
            origins, hosts = value.base
            self.holds(place, origins == {("secret", path, str(version)): MASKED}, "its label is not its own")
            self.holds(place, hosts == self.hosts_in_clear(row["hosts"], place),
                       "the hosts in clear are not those of its label")
            fields = self.json(value.content, place)
            self.holds(place, isinstance(fields, dict), "no object")
            for name, field in fields.items():
                text = field if isinstance(field, str) else compact(field).decode()
                self.found["%s#%s" % (place, name)] = text.encode()
            self.count("key/value secrets")

    @staticmethod
    def hosts_in_clear(text, place):
        """run-history.md §7: one a line, as somebody wrote them."""
        if text is None:
            return None
        try:
            return [host_text(one) for one in sorted({host_place(line) for line in text.split("\n") if line})]
        except BadURL:
            raise Unexplained(place + ": a host in clear that is none") from None

    def read_policies(self):
        for row in self.rows("SELECT * FROM policy ORDER BY name"):
            name = row["name"]
            text = self.open(row["text"], "policy", "policy", name, "text", [name], row["revision"])
            self.found["policy/%s/text" % name] = text
            self.count("policies")

    def read_persons(self):
        """Logins, and requests to have a value shown: all of a record repeats its row's key."""
        for table, purpose, key in (("reveal", "reveal-record", "id"), ("login", "login-record", "name")):
            for row in self.rows("SELECT * FROM %s" % table):
                text = self.open(row["record"], purpose, table, row[key], "record", [], row["revision"])
                self.holds("%s/%s" % (table, row[key]), json.loads(text)[key] == row[key], "another one's record")
                self.found["%s/%s/record" % (table, row[key])] = text
                self.count("logins" if table == "login" else "reveal requests")

    def trust(self, integration):
        """The trust settings of an integration, and what the bindings of its values end in."""
        text = self.trusts.get(integration, "")
        if not text:
            return "system-roots", ""
        digest = hashlib.sha256(text.encode()).hexdigest()
        return "system-roots+" + digest, " trusting " + digest[:16]

    def read_integration_tokens(self):
        """Tokens of authorisation servers: times, then the texts with their labels."""
        for row in self.rows("SELECT * FROM integration_token ORDER BY integration"):
            name, generation = row["integration"], row["generation"]
            place = "integration_token/%s/record" % name
            plain = self.open(
                row["record"], "integration-token", "integration_token", name, "record",
                [name, row["settings"], str(generation)], generation)
            reader = Fields(plain)
            obtained, expires = reader.number(), reader.number()
            access, refresh = reader.field(), reader.field()
            reader.end()
            self.holds(place, expires == 0 or obtained < expires, "its times")
            value = self.value(access, place)
            self.holds(place, value.base[0] == {("credential", name, "access_token"): MASKED}, "its label")
            self.found[place] = value.content
            if refresh:
                value = self.value(refresh, place)
                self.holds(place, value.base[0] == {("credential", name, "refresh_token"): MASKED}, "its label")
                self.found["integration_token/%s/refresh" % name] = value.content
            self.count("tokens of integrations")

    def read_kept_variables(self):
        """The last values of variables that are kept between runs, with their labels."""
        for row in self.rows("SELECT * FROM kept_variable ORDER BY runbook, name"):
            runbook, name = row["runbook"], row["name"]
            place = "kept_variable/%s/%s" % (runbook, name)
            plain = self.open(
                row["value"], "persisted-variable", "kept_variable", "%s/%s" % (runbook, name), "value",
                [runbook, name], 1)
            self.found[place] = self.value(plain, place).content
            self.count("kept variables")

    def read_named_keys(self):
        """The record of a key, and the material of each of its versions, bound to the key's id."""
        for row in self.rows("SELECT * FROM named_key"):
            name = row["name"]
            place = "named_key/%s" % name
            record = self.json(self.open(
                row["record"], "named-key-record", "named_key", name, "record", [name], row["revision"]), place)
            self.holds(place, record["name"] == name, "another one's record")
            self.count("named keys")
            numbers = [v["version"] for v in record["versions"]]
            stored = []
            for version in self.rows(
                    "SELECT * FROM named_key_version WHERE name = '%s' ORDER BY number" % name):
                number = version["number"]
                stored.append(number)
                material = self.open(
                    version["material"], "named-key-material", "named_key_version", "%s/%d" % (name, number),
                    "material", [record["id"], str(number)], 1)
                self.found["named_key_version/%s/%d/material" % (name, number)] = material
            self.holds(place, stored == numbers, "versions without material, or material without a version")

    def read_tokens(self):
        keys = ["format", "accessor", "parent", "entity", "display_name", "policies", "root", "created_at",
                "expires_at", "uses"]
        hashes = set()
        for row in self.rows("SELECT * FROM token"):
            identifier = row["hash"].hex()
            place = "token/%s/record" % identifier
            record = self.json(
                self.open(row["record"], "token-record", "token", identifier, "record", [], 1), place)
            self.holds(place, list(record) == keys and record["format"] == 1, "the keys of its record")
            for column in ("created_at", "expires_at"):
                self.holds(place, record[column] == row[column], "%s in clear is not that of the record" % column)
            accessor = self.keyring.keyed_hash("accessor-hash", record["accessor"].encode())
            self.holds(place, accessor == row["accessor_hash"], "the hash of its accessor")
            hashes.add(row["hash"])
            self.count("token records")
        root = os.path.join(self.path, "dev", "root-token")
        if os.path.exists(root):
            text = read_file(root).strip()
            self.holds("dev/root-token", self.keyring.keyed_hash("token-hash", text) in hashes, "no row has its hash")
            self.count("root token of the folder, found by its hash")

    # Runs.

    def read_runs(self):
        known, committed = set(), self.commitments()
        self.steps, self.variables = {}, {}
        for row in self.rows("SELECT * FROM run ORDER BY id"):
            run, place = row["id"], "run/" + row["id"]
            known.add(run)
            self.holds(place, row["bundle"] in self.bundles, "its bundle is missing")
            self.holds(place, self.run_keys is not None, "there is no file run-keys")
            try:
                key = self.run_keys.key(row["key_slot"], row["key_generation"])
            except Refused as refusal:
                raise Unexplained("%s: its key: %s" % (place, refusal)) from None
            digests = self.read_events(run, key)
            self.holds(
                place, committed.get(run, []) == digests, "its events are not those that the ledger commits to")
            self.count("runs (%s)" % row["state"])
        for row in self.rows("SELECT DISTINCT run FROM run_event"):
            self.holds("run_event/" + row["run"], row["run"] in known, "events without a run")

    def commitments(self):
        found = {}
        for row in self.rows("SELECT entry FROM ledger ORDER BY position"):
            entry = self.json(row["entry"], "ledger")
            actor = entry.get("actor", {})
            if entry.get("kind") == "run-event" and actor.get("type") == "run" and "commitment" in entry:
                found.setdefault(actor["id"], []).append(entry["commitment"])
        return found

    def read_events(self, run, key):
        values, digests, last_id, standing, kinds = {}, [], -1, None, []
        rows = self.rows("SELECT * FROM run_event WHERE run = ? ORDER BY sequence", run)
        for expected, row in enumerate(rows, 1):
            sequence = row["sequence"]
            place = "run_event/%s/%d" % (run, sequence)
            self.holds(place, sequence == expected, "the sequence is not %d" % expected)
            name = "%s/%d" % (run, sequence)
            if row["run_values"] is not None:
                plain = self.open(
                    row["run_values"], "run-value", "run_event", name, "run_values", [run], sequence, key)
                try:
                    fields = Fields(plain)
                    for _ in range(Value.bounded(fields.number(), plain)):
                        identifier = fields.number()
                        self.holds(place, identifier == last_id + 1, "its values are not numbered in order")
                        last_id = identifier
                        values[identifier] = self.value(fields.field(), place)
                    fields.end()
                except ValueError as fault:
                    raise Unexplained("%s/run_values: %s" % (place, fault)) from None
                self.count("envelopes of run values")
            event = self.json(
                self.open(row["event"], "run-event", "run_event", name, "event", [run], sequence, key), place)
            digests.append(hashlib.sha256(row["event"]).hexdigest())
            standing = self.check_event(event, place, values, standing, kinds)
            kinds.append(event["kind"])
            self.holds(place, (event["kind"], event["at"]) == (row["kind"], row["at"]), "kind or time in clear")
            self.count("run events")
        self.count("run values", len(values))
        return digests

    # search-index.md: each entry's tokens hold those of its run's steps, and words of variables that are wholly public.

    def read_search(self):
        days = {row["day"]: row for row in self.rows("SELECT * FROM search_day")}
        entries = {}
        for row in self.rows("SELECT * FROM search_entry ORDER BY run"):
            run, place, data = row["run"], "search_entry/" + row["run"], row["tokens"]
            self.holds(place, run in self.steps, "an entry without a run")
            self.holds(place, row["day"] in days and row["day"] == self.day(run), "its day")
            tokens = [int.from_bytes(data[x:x + 3], "big") for x in range(0, len(data), 3)]
            self.holds(place, len(data) % 3 == 0 and tokens == sorted(set(tokens)), "its tokens are not growing")
            entries[run] = (row["segment"], row["day"], set(tokens))
            day = days[row["day"]]
            try:
                key = self.run_keys.key(day["key_slot"], day["key_generation"])
            except Refused as refusal:
                raise Unexplained("search_day/%d: its key: %s" % (row["day"], refusal)) from None
            key = blake2b(key, 32, fields(b"chancery run context v1", b"search-token", str(row["day"]).encode()))
            for step in self.steps[run]:
                self.holds(place, self.token(key, b"step", step) in tokens, "a step is missing")
                self.count("steps that runs are found by")
            for text in self.variables.get(run, ()):
                words = [word for word in words_of(text) if self.token(key, b"word", word) in tokens]
                self.count("words of variables that runs are found by", len(words))
        for row in self.rows("SELECT * FROM search_segment"):
            place = "search_segment/%d" % row["segment"]
            text = row["runs"].decode("ascii")
            runs = [text[x:x + 26] for x in range(0, len(text), 26)]
            self.holds(place, runs == sorted(set(runs)) and 1 <= len(runs) <= 1024 and runs[-1] == row["newest"], "its runs")
            expected = {}
            for at, run in enumerate(runs):
                segment, day, tokens = entries.get(run, (row["segment"], row["day"], set()))
                self.holds(place, (segment, day) == (row["segment"], row["day"]), "a run of another segment")
                for token in tokens:
                    expected.setdefault(token, []).append(at)
            self.holds(place, row["removed"] == sum(run not in entries for run in runs), "how many runs are gone")
            found = {}
            for one in self.rows("SELECT * FROM search_posting WHERE segment = ?", row["segment"]):
                data = one["places"]
                found[one["token"]] = [int.from_bytes(data[x:x + 2], "big") for x in range(0, len(data), 2)]
            gone = {at for at, run in enumerate(runs) if run not in entries}
            found = {token: left for token, at in found.items() if (left := [x for x in at if x not in gone])}
            self.holds(place, found == expected, "its places do not follow from the entries")
            self.count("segments of the index")

    @staticmethod
    def day(run):
        digits = "0123456789abcdefghjkmnpqrstvwxyz"
        bits = 0
        for character in run[:10]:
            bits = bits << 5 | digits.index(character)
        return (bits >> 2) // 86_400_000

    @staticmethod
    def token(key, kind, text):
        return int.from_bytes(blake2b(key, 32, fields(kind, text.encode()))[:3], "big")

    def check_event(self, event, place, values, standing, kinds):
        """One event after those of these kinds; gives back the address of the call that is out, or None."""
        ids = []
        try:
            check_keys(event, {"kind": str, "at": int}, "", ids)
            self.holds(place, event["kind"] in EVENTS, "a kind that is not one of §3")
            keys = ["kind", "at"] + [name.rstrip("?") for name in EVENTS[event["kind"]]]
            order = [key for key in event if key in keys]
            self.holds(place, order == [key for key in keys if key in event], "the order of its keys")
            check_keys(event, EVENTS[event["kind"]], "", ids)
            if (event.get("spent") or {}).get("bits"):
                self.count("beginnings with spent bits")
        except ValueError as fault:
            raise Unexplained("%s: %s" % (place, fault)) from None
        for at, identifier in ids:
            self.holds(place, identifier in values, "%s names a value that has not come" % at)
            self.found["%s/%s" % (place, at)] = values[identifier].content
            if at.startswith("variables/") and not values[identifier].labels_are_secret():
                self.variables.setdefault(place.split("/")[1], []).append(values[identifier].content.decode("utf-8", "replace"))
        self.steps.setdefault(place.split("/")[1], set()).update([event["step"]] if "step" in event else [])
        self.check_headers(event, place, values)
        kind = event["kind"]
        begins = ("started", "start-failed")
        if kinds[-1:] == ["admitted"]:
            allowed = begins if kinds == ["admitted"] else ("retried",)
            self.holds(place, kind in allowed + ("cancelled",), "follows on a run that waits for its turn")
            self.count("runs that waited for their turn")
        elif not kinds:
            self.holds(place, kind in begins + ("admitted",), "the first event says that the run began, or waits")
        else:
            self.holds(place, kind not in begins, "a run begins once")
        address = (event.get("step"), event.get("visit"), event.get("attempt"))
        if kind in ("call-answered", "call-failed") and standing is not None:
            self.holds(place, address == standing, "is about another call than the one that is out")
        elif kind not in ("call-failed", "cancelled"):
            self.holds(place, standing is None and kind != "call-answered", "does not fit the call that is out")
        return address if kind == "call-intended" else None

    def check_headers(self, event, place, values):
        """The forms of §4."""
        if "request" in event:
            sent = self.json(values[event["request"]["headers"]].content, place)
            self.holds(place, set(sent) == {"removing", "headers"} and all(
                len(pair) == 2 and all(isinstance(text, str) for text in pair) for pair in sent["headers"]),
                "the form of the headers of its request")
        came = [event.get("response", {}).get("headers")]
        came += [event.get("roots", {}).get(name) for name in ("request_headers", "request_query")]
        for identifier in came:
            if identifier is not None:
                found = self.json(values[identifier].content, place)
                self.holds(place, isinstance(found, dict) and all(
                    isinstance(text, str) for value in found.values()
                    for text in (value if isinstance(value, list) else [value])), "the form of headers that came")

    # The ledger, and its anchors (ledger.md §2.1).

    def read_ledger(self):
        """The whole ledger against its newest signed head, under the public key that the keyring's seed gives."""
        seed = hashlib.sha512(self.keyring.context_key(self.keyring.installation_key, "ledger-head", [])).digest()
        scalar = int.from_bytes(seed[:32], "little") & ((1 << 254) - 8) | (1 << 254)
        x, y, z, _ = verify_ledger.multiply(scalar, verify_ledger.BASE)
        inverse = pow(z, verify_ledger.P - 2, verify_ledger.P)
        x, y = x * inverse % verify_ledger.P, y * inverse % verify_ledger.P
        public = (y | (x & 1) << 255).to_bytes(32, "little")
        entries = [bytes(row["entry"]) for row in self.rows("SELECT entry FROM ledger ORDER BY position")]
        heads = [row["head"] for row in self.rows("SELECT head FROM ledger_state") if row["head"] is not None]
        self.holds("ledger_state", len(heads) == 1, "there is no signed head")
        origin, size = heads[0].split("\n")[:2]
        lines = [compact({"ledger": 1, "keys": []}), compact({"head": heads[0]})] + entries
        try:
            finding = verify_ledger.verify_export(b"".join(x + b"\n" for x in lines), [(origin, public)], [])[0]
        except verify_ledger.Refused as refusal:
            raise Unexplained("ledger: refused: %s" % refusal) from None
        self.holds("ledger", finding is None, finding)
        for entry in entries[int(size):]:
            summary = self.json(entry, "ledger")["kind"] == "refusal-summary"
            self.holds("ledger", summary, "entries after its newest head")
        key = self.rows("SELECT value FROM setting WHERE name = 'ledger-key'")
        text = key[0]["value"] if key else ""
        text = text.decode() if isinstance(text, bytes) else text
        self.holds("setting/ledger-key", verify_ledger.read_key(text) == (origin, public), "another key signs")
        self.count("ledger entries", len(entries))

    def read_anchors(self):
        anchors = {}
        for row in self.rows("SELECT entry FROM ledger ORDER BY position"):
            entry = self.json(row["entry"], "ledger")
            if entry.get("kind") == "anchor":
                for one in entry["detail"]["rows"]:
                    anchors[one["table"], one["row"]] = (int(one["version"]), one["envelope"])
        if not anchors:
            return
        standing = {place: at for place, at in anchors.items() if at != (0, "00" * 32)}
        for place, at in self.anchored():
            self.holds("%s/%s" % place, standing.pop(place, None) == at, "is not as its newest anchor says")
            self.count("rows as anchored in the ledger")
        for place in standing:
            raise Unexplained("%s/%s: anchored, and not there" % place)

    def anchored(self):
        def digest(envelope):
            return hashlib.sha256(envelope).hexdigest()

        def place(table, row):
            plain = len(row) <= 128 and re.fullmatch(r"[A-Za-z0-9._/-]*", row)
            return table, row if plain else "leaf:" + leaf(row.encode())

        def text(value):
            return "" if value is None else str(value)

        for r in self.rows("SELECT * FROM document"):
            yield place("document", "%s/%s" % (r["kind"], r["id"])), (r["revision"], leaf(compact({
                "kind": r["kind"], "id": r["id"], "name": r["name"], "revision": text(r["revision"]),
                "active": "true" if r["is_active"] else "false", "text": digest(r["text"])})))
        for r in self.rows("SELECT * FROM secret_grant"):
            yield place("grant", "%s//%s" % (r["runbook"], r["secret_path"])), (1, leaf(compact({
                "runbook": r["runbook"], "secret": r["secret_path"], "material": r["material"], "hosts": r["hosts"],
                "granted_at": text(r["granted_at"]), "granted_by": r["granted_by"]})))
        for r in self.rows("SELECT * FROM policy"):
            yield place("policy", r["name"]), (r["revision"], leaf(compact({
                "name": r["name"], "revision": text(r["revision"]), "text": digest(r["text"])})))
        for r in self.rows("SELECT * FROM reveal"):
            yield place("reveal", r["id"]), (r["revision"], leaf(compact({
                "id": r["id"], "revision": text(r["revision"]), "expires_at": text(r["expires_at"]),
                "record": digest(r["record"])})))
        for r in self.rows("SELECT * FROM login"):
            yield place("login", r["name"]), (r["revision"], leaf(compact({
                "name": r["name"], "revision": text(r["revision"]), "record": digest(r["record"])})))
        for r in self.rows("SELECT * FROM named_key"):
            yield place("named_key", r["name"]), (r["revision"], leaf(compact({
                "name": r["name"], "revision": text(r["revision"]), "record": digest(r["record"])})))
        for r in self.rows("SELECT * FROM token"):
            yield place("token", r["hash"].hex()), (1, leaf(compact({
                "hash": r["hash"].hex(), "accessor": r["accessor_hash"].hex(), "expires_at": text(r["expires_at"]),
                "remaining_uses": text(r["remaining_uses"]), "revoked": "true" if r["is_revoked"] else "false",
                "record": digest(r["record"])})))

    # Nothing sealed is left over.

    def read_rest(self):
        tables = {row[0] for row in self.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self.holds("chancery.db", tables <= TABLES, "unknown tables: %s" % sorted(tables - TABLES))
        for table in sorted(tables):
            for row in self.rows('SELECT * FROM "%s"' % table):
                for column in row.keys():
                    cell = row[column]
                    if isinstance(cell, bytes) and cell[:3] == b"CHE":
                        self.holds(
                            "%s, column %s" % (table, column), hashlib.sha256(cell).digest() in self.opened,
                            "an envelope whose place docs/spec does not name")
                        self.count("envelopes in all")

    def read(self):
        self.read_documents()
        self.read_sealed_rows()
        self.read_secrets()
        self.read_policies()
        self.read_tokens()
        self.read_persons()
        self.read_named_keys()
        self.read_integration_tokens()
        self.read_kept_variables()
        self.read_runs()
        self.read_search()
        self.read_ledger()
        self.read_anchors()
        self.read_rest()

    def check_expected(self, path):
        with open(path, encoding="utf-8") as file:
            expected = json.load(file)
        for case in expected:
            self.holds(case["place"], case["place"] in self.found, "expected, and nothing is there")
            self.holds(case["place"], self.found[case["place"]] == case["value"].encode(), "holds something else")
        self.count("expected plaintexts, found", len(expected))


def assignments(texts, parser):
    for text in texts:
        if "=" not in text:
            parser.error("NAME=TEXT, not " + text)
    return dict(text.split("=", 1) for text in texts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="the data folder of a service that is stopped")
    parser.add_argument("--expect-file")
    parser.add_argument("--key-file", help="the key file of a seal that is no development seal")
    parser.add_argument("--passphrase-file", help="a file that holds the passphrase and nothing else (needs libargon2)")
    parser.add_argument("--base-url", action="append", default=[], metavar="INTEGRATION=TEXT")
    parser.add_argument("--request", action="append", default=[], metavar="METHOD_ID=TEXT")
    arguments = parser.parse_args()
    arguments.base_url = assignments(arguments.base_url, parser)
    arguments.request = assignments(arguments.request, parser)
    try:
        check_examples()
        with tempfile.TemporaryDirectory(prefix="chancery-read-") as copy:
            folder = Folder(arguments.data, copy, arguments)
            folder.read()
            if arguments.expect_file:
                folder.check_expected(arguments.expect_file)
            folder.database.close()
    except Unexplained as fault:
        print("read_folder: " + str(fault), file=sys.stderr)
        return 1
    except (OSError, sqlite3.Error) as fault:
        print("read_folder: %s: %s" % (type(fault).__name__, fault), file=sys.stderr)
        return 1
    for kind in sorted(folder.counts):
        print("%6d  %s" % (folder.counts[kind], kind))
    return 0


if __name__ == "__main__":
    sys.exit(main())
