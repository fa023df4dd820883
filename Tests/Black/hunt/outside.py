"""An outside API that repeats whatever it was sent, and fails in every way that an API can fail: by status, in the middle
of a body, by broken framing, by redirect, by certificate, by silence."""

import base64
import gzip
import json
import os
import socket
import ssl
import struct
import subprocess
import threading
import time
import urllib.parse


class Received:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.path = target.split("?")[0]
        self.headers = headers
        self.body = body

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def echo(received, packs):
    """Everything that came in, as it was and in the forms in which programs write it."""
    text = json.dumps([received.headers, received.target, received.body.decode(errors="replace")])
    raw = text.encode()
    return {
        "headers": dict(received.headers), "target": received.target, "body": received.body.decode(errors="replace"),
        "all": text, "base64": base64.b64encode(raw).decode(), "url": base64.urlsafe_b64encode(b"x" + raw).decode(),
        "twice": base64.b64encode(base64.b64encode(raw)).decode(), "hex": raw.hex(), "percent": urllib.parse.quote(text),
        "packed": base64.b64encode(gzip.compress(raw)).decode() if packs else "", "token": received.header("Authorization")[7:],
        "half": received.header("Authorization")[7:], "escaped": [json.dumps(text)],
    }


class Outside:
    """Listens on loopback. `door` is the secret that `/token` gives out; `before(received)` is called with each request
    before it is answered."""

    #: What comes behind the first slash, and what the method that calls it is expected to end as.
    PLACES = {
        "echo": "answered", "status-400": "status 400", "status-404": "status 404", "status-500": "status 500",
        "status-503": "status 503", "reason": "status 502", "malformed": "parse", "cut": "failed", "reset": "failed",
        "huge": "too large", "gzip": "answered", "gzip-cut": "failed", "bomb": "too large", "redirect": "status 302",
        "away": "status 302", "chunked": "failed", "bad-status": "failed", "bad-header": "failed", "empty": "failed",
        "silent": "timeout", "not-text": "parse", "cookie": "answered",
    }

    def __init__(self, door, before=lambda received: None, place="127.0.0.1:0"):
        self.door = door
        self.before = before
        self.received = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self.secure = None
        #: Whether what is repeated is also compressed, whose length depends on what it holds.
        self.packs = True
        host, _, port = place.rpartition(":")
        self.host = host
        self.listener = self.listen(int(port))
        self.port = self.listener.getsockname()[1]
        self.place = "%s:%d" % (host, self.port)
        self.serve(self.listener, lambda connection: connection)

    def listen(self, port=0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((self.host, port))
        listener.listen(64)
        return listener

    def serve(self, listener, wrap):
        def accept():
            while not self.closing.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=self.talk, args=(connection, wrap), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()

    def with_wrong_certificate(self, folder, words, port=0):
        """A second door with TLS whose certificate nobody trusts and which says these words, as an error text might
        repeat them. Gives its place."""
        key, certificate = os.path.join(folder, "outside.key"), os.path.join(folder, "outside.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", key, "-out", certificate,
             "-subj", "/CN=%s.example.org" % words[:50]], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        listener = self.secure = self.listen(port)
        self.serve(listener, lambda connection: context.wrap_socket(connection, server_side=True))
        return "%s:%d" % (self.host, listener.getsockname()[1])

    def stop(self):
        self.closing.set()
        for listener in (self.listener, self.secure):
            if listener is not None:
                # Ends the waiting for a connection, too.
                listener.shutdown(socket.SHUT_RDWR)
                listener.close()

    # Talking.

    def talk(self, connection, wrap):
        try:
            connection.settimeout(30)
            connection = wrap(connection)
            stream = connection.makefile("rb")
            while True:
                received = self.read(stream)
                if received is None:
                    return
                with self.lock:
                    self.received.append(received)
                self.before(received)
                if not self.answer(received, connection):
                    return
        except (OSError, ValueError):
            pass  # the service was killed, or left
        finally:
            connection.close()

    @staticmethod
    def read(stream):
        line = stream.readline().decode(errors="replace").split()
        if len(line) != 3:
            return None
        headers = []
        while True:
            header = stream.readline().decode(errors="replace").rstrip("\r\n")
            if not header:
                break
            name, _, value = header.partition(":")
            headers.append((name, value.strip()))
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        return Received(line[0], line[1], headers, stream.read(length))

    def answer(self, received, connection):
        """Whether the connection stays."""
        place = received.path.split("/")[1]
        said = json.dumps(echo(received, self.packs)).encode()
        token = (received.header("Authorization") or received.header("X-Kept") or "none")[:200]
        head = lambda status, length, *more: ("HTTP/1.1 %s\r\n" % status + "".join(
            "%s: %s\r\n" % pair for pair in (
                ("Content-Type", "application/json"), ("X-Reflected", token), ("Content-Length", length)) + more
        ) + "\r\n").encode()
        whole = lambda status, body, *more: head(status, len(body), *more) + body
        door = json.dumps({"access": self.door, "more": [self.door], "deep": {"a": {"b": self.door}}}).encode()
        answers = {
            "token": whole("200 OK", door, ("Set-Cookie", "session=" + self.door), ("X-Door", self.door)),
            "echo": whole("200 OK", said),
            "reason": whole("502 " + token.replace("\r", ""), said),
            "malformed": whole("200 OK", b'{"token": "' + token.encode() + b'", ' + said[:-1]),
            "gzip": whole("200 OK", gzip.compress(said, 9 if self.packs else 0), ("Content-Encoding", "gzip")),
            "redirect": whole("302 Found", said, ("Location", "/echo?leak=" + urllib.parse.quote(token))),
            "away": whole("302 Found", said, ("Location", "http://127.0.0.1:9/?leak=" + urllib.parse.quote(token))),
            "not-text": whole("200 OK", b"\xff\xfe" + token.encode("utf-16-le") + b"\x00\xff" + said),
            "cookie": whole("200 OK", said, ("Set-Cookie", "s=" + urllib.parse.quote(token)), ("WWW-Authenticate", token)),
        }
        if place.startswith("status-"):
            status = place[7:]
            answers[place] = whole(status + " " + token.replace("\r", ""), said, ("Retry-After", "0"))
        if place in answers:
            connection.sendall(answers[place])
            return True
        self.fail(place, connection, head, said, token)
        return False

    def fail(self, place, connection, head, said, token):
        if place == "cut":
            connection.sendall(head("200 OK", len(said) + 5_000) + said)
        elif place == "reset":
            connection.sendall(head("200 OK", len(said) * 4) + said)
            time.sleep(0.05)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif place == "huge":
            piece = (said + b"\n") * (1 + (1 << 20) // len(said))
            connection.sendall(head("200 OK", len(piece) * 12))
            for _ in range(12):
                connection.sendall(piece)
        elif place == "gzip-cut":
            packed = gzip.compress(said + os.urandom(2_000))
            connection.sendall(head("200 OK", len(packed) // 2, ("Content-Encoding", "gzip")) + packed[:len(packed) // 2])
        elif place == "bomb":
            packed = gzip.compress(said * (1 + (64 << 20) // len(said)))
            connection.sendall(head("200 OK", len(packed), ("Content-Encoding", "gzip")) + packed)
        elif place == "chunked":
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(said) + said + b"\r\n"
                + token.encode() + b"\r\n")
        elif place == "bad-status":
            connection.sendall(b"HTTP/1.1 " + token.encode() + b"\r\n\r\n" + said)
        elif place == "bad-header":
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-" + token.encode() + b"\x00: 1\r\n\r\n" + said)
        elif place == "silent":
            self.closing.wait(20)
