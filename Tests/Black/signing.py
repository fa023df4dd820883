"""Signs webhooks as their senders do: from the description of a scheme alone (the `schemes` of the vectors), with Python's
standard library and the openssl command. Shares nothing with the service, so that both must read the description alike.
"""

import base64
import datetime
import email.utils
import hashlib
import hmac
import json
import os
import re
import secrets
import subprocess
import urllib.parse
import zlib


class Key:
    """A key of the kind that a scheme wants: what is entered at the service, and how the sender signs with it."""

    def __init__(self, scheme, encoding, folder, name):
        self.scheme = scheme
        self.algorithm = scheme["algorithm"]
        self.url = None
        strip = scheme.get("key", {}).get("strip", "")
        self.path = os.path.join(folder, name + ".pem")
        if self.algorithm.startswith("hmac") or self.algorithm == "token":
            self.secret = secrets.token_bytes(32)
            if encoding == "utf8":
                self.secret = ("s3cret-" + secrets.token_hex(16)).encode()
                self.text = self.secret.decode()
            elif encoding == "hex":
                self.text = self.secret.hex()
            else:
                self.text = base64.b64encode(self.secret).decode()
        elif self.algorithm == "ed25519":
            openssl("genpkey", "-algorithm", "ed25519", "-out", self.path)
            public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-32:]
            self.text = public.hex() if encoding.endswith("hex") else base64.b64encode(public).decode()
        elif self.algorithm.startswith("ecdsa"):
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.path)
            self.text = base64.b64encode(openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")).decode()
        else:
            self.text = openssl(
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path, "-days", "2", "-subj",
                "/CN=webhooks.test", "-addext", "basicConstraints=CA:FALSE").decode()
        self.text = strip + self.text

    def sign(self, message):
        if self.algorithm == "token":
            return self.secret
        if self.algorithm.startswith("hmac-"):
            return hmac.new(self.secret, message, self.algorithm[5:]).digest()
        message_path = self.path + ".message"
        with open(message_path, "wb") as file:
            file.write(message)
        if self.algorithm == "ed25519":
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message_path)
        return openssl("dgst", "-sha256", "-sign", self.path, message_path)


def openssl(*arguments):
    done = subprocess.run(["openssl"] + list(arguments), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode:
        raise RuntimeError("openssl %s: %s" % (arguments[0], done.stderr.decode(errors="replace")))
    return done.stdout


class Delivery:
    """A request of a sender, made from an accepted case of the vectors: its headers and body, but a time of ours, an
    address of ours and a signature by a key of ours."""

    def __init__(self, scheme, case, key, url, now, settings=None, fresh=True):
        self.scheme = scheme
        self.key = key
        self.url = url
        self.method = case["method"]
        self.settings = settings or {}
        self.query = urllib.parse.urlsplit(case["url"]).query
        self.body = base64.b64decode(case["body_b64"]) * case.get("body_repeat", 1)
        ours = {"host", "content-length", "connection"}
        self.headers = [(name, value.strip(" \t")) for name, value in case["headers"] if name.lower() not in ours]
        self.values = {}
        if fresh:
            self.body = self._unlike(self.body)
        self._write(now)
        self.sign()

    @staticmethod
    def _unlike(body):
        """The body with something of its own, so that no two deliveries of a test are the same."""
        mark = secrets.token_hex(8)
        try:
            value = json.loads(body)
        except ValueError:
            return body + (b"&" if b"=" in body else b"") + b"mark=" + mark.encode() if body else body
        if not isinstance(value, dict):
            return body
        value["chancery_mark"] = mark
        for name in ("id", "event_id", "notification_id", "MessageId"):
            if name in value and isinstance(value[name], str):
                value[name] = mark
        return json.dumps(value).encode()

    # --- values -----------------------------------------------------------------------------------------------------

    def _write(self, now):
        """The time as the scheme writes it, and ids that are no longer than theirs."""
        time = self.scheme.get("timestamp")
        for name, source in self.scheme.get("values", {}).items():
            if time and name == time["value"]:
                self._put(source, written(now, time["format"]))
            elif source["in"] == "config":
                self.values[name] = self.settings[source["name"]]
                continue
            elif name == "token" and source["in"] == "json":
                self._put(source, secrets.token_hex(25))
            self.values[name] = self._get(source)

    def _put(self, source, text):
        place, name = source["in"], source["name"]
        if place == "json":
            value = json.loads(self.body)
            inner = value
            parts = name.split("/")[1:]
            for part in parts[:-1]:
                inner = inner[part]
            old = inner.get(parts[-1])
            inner[parts[-1]] = int(text) if isinstance(old, int) else text
            self.body = json.dumps(value).encode()
            return
        if place != "header":
            raise RuntimeError("cannot put into " + place)
        old = self.header(name)
        if "split" in source:
            parts = [p for p in (old or "").split(source["split"]) if p and not p.startswith(source["tag"])]
            text = source["split"].join([source["tag"] + text] + parts)
        else:
            text = source.get("tag", "") + text
        self.set(name, text)

    def _get(self, source):
        place, name = source["in"], source["name"]
        if place == "header":
            text = self.header(name)
            if "split" in source:
                text = [p for p in text.split(source["split"]) if p.startswith(source["tag"])][0]
            return text[len(source.get("tag", "")):]
        if place == "json":
            value = json.loads(self.body)
            for part in name.split("/")[1:]:
                value = value[part]
            return str(value)
        return dict(urllib.parse.parse_qsl(self.query))[name]

    def header(self, name):
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else None

    def set(self, name, text):
        self.headers = [(key, value) for key, value in self.headers if key.lower() != name.lower()] + [(name, text)]

    # --- the signature ----------------------------------------------------------------------------------------------

    @property
    def called(self):
        return self.url + ("?" + self.query if self.query else "")

    def message(self, template):
        return b"".join(
            self._part(name) if name else literal.encode()
            for literal, name in re.findall(r"([^{}]+)|\{([^}]*)\}", template))

    def _part(self, name):
        if name in self.values:
            return self.values[name].encode()
        return {
            "body": lambda: self.body,
            "method": lambda: self.method.encode(),
            "url": lambda: self.called.encode(),
            "sha256hex(body)": lambda: hashlib.sha256(self.body).hexdigest().encode(),
            "crc32(body)": lambda: str(zlib.crc32(self.body)).encode(),
            "form-sorted(body)": self._form,
            "hubspot(url)": self._unescaped,
            "sns(body)": self._notification,
        }[name]()

    def _form(self):
        pairs = urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=bool(self.body))
        return "".join(name + value for name, value in sorted(set(pairs), key=lambda p: (p[0].encode(), p[1].encode()))).encode()

    def _unescaped(self):
        text = self.called
        for escape in "3A 2F 3F 40 21 24 27 28 29 2A 2C 3B".split():
            text = re.sub("%" + escape, chr(int(escape, 16)), text, flags=re.IGNORECASE)
        return text.encode()

    def _notification(self):
        value = json.loads(self.body)
        names = {
            "Notification": ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"],
        }.get(value["Type"], ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"])
        return "".join("%s\n%s\n" % (name, value[name]) for name in names if name in value).encode()

    def sign(self):
        for expected in self.scheme.get("expect", []):
            if expected["in"] == "query":
                self.query = urllib.parse.urlencode({expected["name"]: self.message(expected["equals"]).decode()})
        if self.key.url:
            self._put(self.scheme["key_url"], self.key.url)
        digest = self.key.sign(self.message(self.scheme.get("message", "")))
        source = self.scheme["signature"]
        written_digest = {
            "hex": digest.hex, "base64": lambda: base64.b64encode(digest).decode(), "text": digest.decode,
        }[source["encoding"]]()
        if source["in"] == "header-family":
            self.headers = [h for h in self.headers if not h[0].lower().startswith(source["name"].lower())]
            self.set(source["name"] + "1", written_digest)
        else:
            self._put(source, written_digest)
        self.written = written_digest

    def forged(self):
        """The same with one character of its signature changed."""
        wrong = ("b" if self.written[0] != "b" else "c") + self.written[1:]
        source = self.scheme["signature"]
        if source["in"] == "header-family":
            self.set(source["name"] + "1", wrong)
        else:
            self._put(source, wrong)
        return self


def written(now, form):
    moment = datetime.datetime.fromtimestamp(now, datetime.timezone.utc)
    return {
        "unix": lambda: str(int(now)),
        "unix-ms": lambda: str(int(now * 1000)),
        "rfc3339": lambda: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "rfc1123": lambda: email.utils.format_datetime(moment, usegmt=True),
    }[form]()
