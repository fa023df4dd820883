#!/usr/bin/env python3
"""Drives the binary by the transcripts of Tests/Transcripts and compares every word that it says.

    python3 Tests/Black/transcripts.py BINARY [NAME...]

A transcript is text:

    # a comment
    @serve ARGUMENTS     starts a second service, on SECOND_ADDR, and waits until it answers
    @stop                ends that service
    @kill                ends it without warning (SIGKILL)
    @type TEXT           the next command runs at a terminal, where TEXT and a line end are typed; several of them
                         answer one question each
    @background COMMAND  given to /bin/sh, and not waited for
    @join                waits for that command; what follows is its output and exit code
    $ COMMAND            given to /bin/sh in a fresh folder; what follows is its output, both streams as one
    ? N                  its exit code, where it is not 0

In output, `[..]` stands for any text within a line, and a line `[...]` for any lines, also none. Blank lines at the end
of output do not count. Every transcript has a development service of its own on CHANCERY_ADDR with the root token in
CHANCERY_TOKEN, unless it begins with `@alone`. Each wait is bounded; services are ended by their process id.
"""

import http.server
import json
import os
import pty
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.dirname(os.path.dirname(HERE))
TRANSCRIPTS = os.path.join(CHECKOUT, "Tests", "Transcripts")
COMMAND_SECONDS = 60
START_SECONDS = 30
STOP_SECONDS = 20


class Upstream(http.server.BaseHTTPRequestHandler):
    """The outside API of the documents: a token endpoint, a ticket system, and two that misbehave."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/oauth/token":
            query = urllib.parse.parse_qs(url.query)
            known = query.get("tenant_key") == ["tenant-key-5e1f0c77"]
            known = known and self.headers.get("X-Client-Secret") == "client-secret-9b2d41aa"
            self.answer(200, {"access_token": "access-token-77aa10c3"}) if known else self.answer(401, {})
        elif url.path == "/incidents":
            known = self.headers.get("Authorization") == "Bearer access-token-77aa10c3"
            known = known and json.loads(body)["opened_with"] == "access-token-77aa10c3"
            self.answer(201, {"id": 4711}) if known else self.answer(403, {})
        elif url.path == "/slow":
            time.sleep(3)
            self.answer(200, {"done": True})
        elif url.path == "/escape":
            self.answer(200, {"text": "\x1b]0;owned\x07 \u202e"}, raw=True)
        else:
            self.answer(503, {"error": "out of order"})

    def answer(self, status, value, raw=False):
        data = json.dumps(value, ensure_ascii=not raw).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        try:
            self.end_headers()
            self.wfile.write(data)
        except BrokenPipeError:
            self.close_connection = True  # the service was killed while it waited

    def log_message(self, *arguments):
        pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Service:
    """One `chancery serve`, ended by its process id."""

    def __init__(self, binary, folder, port, arguments, environment, log):
        self.log = log
        scheme = "https" if "--tls-cert" in arguments else "http"
        self.address = f"{scheme}://127.0.0.1:{port}"
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                [binary, "serve", "--listen", f"127.0.0.1:{port}"] + arguments, cwd=folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def wait(self):
        limit = time.monotonic() + START_SECONDS
        # Whether it answers is all that is asked here; the transcripts ask who it is.
        trusting = ssl._create_unverified_context()
        while time.monotonic() < limit:
            if self.process.poll() is not None:
                raise RuntimeError(f"the service ended with code {self.process.returncode}:\n{self.said()}")
            try:
                urllib.request.urlopen(self.address + "/health", timeout=2, context=trusting).read()
                return
            except urllib.error.HTTPError:
                return  # sealed, or not initialised: it answers
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"the service did not answer within {START_SECONDS} s:\n{self.said()}")

    def said(self):
        with open(self.log, errors="replace") as text:
            return text.read()[-4000:]

    def end(self, sign=signal.SIGTERM):
        if self.process.poll() is None:
            os.kill(self.process.pid, sign)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.kill(self.process.pid, signal.SIGKILL)
                self.process.wait(STOP_SECONDS)
                raise RuntimeError(f"the service did not end within {STOP_SECONDS} s")


class Step:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line
        self.expected, self.code = [], 0


def parse(path):
    steps = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file.read().split("\n"), 1):
            if line.startswith("$ "):
                steps.append(Step("run", line[2:], number))
            elif line.startswith("@"):
                steps.append(Step(line.split()[0], line.partition(" ")[2], number))
            elif line.startswith("# "):
                continue
            elif line.startswith("? ") and steps:
                steps[-1].code = int(line[2:])
            elif steps and steps[-1].kind in ("run", "@join"):
                steps[-1].expected.append(line)
            elif line.strip():
                raise ValueError(f"{path}:{number}: output without a command")
    for step in steps:
        while step.expected and not step.expected[-1].strip():
            step.expected.pop()
    return steps


def matches(expected, output):
    pattern = ""
    for line in expected:
        if line == "[...]":
            pattern += r"(?:[^\n]*\n)*?"
        else:
            pattern += "[^\n]*".join(re.escape(part) for part in line.split("[..]")) + "\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in output)) is not None


class Transcript:
    def __init__(self, binary, path, upstream_port):
        self.path, self.upstream_port = path, upstream_port
        self.steps = parse(path)
        self.folder = tempfile.mkdtemp(prefix="chancery-transcript-")
        self.work = os.path.join(self.folder, "work")
        self.binary = os.path.join(self.folder, "bin", "chancery")
        os.makedirs(os.path.dirname(self.binary))
        os.makedirs(os.path.join(self.folder, "tmp"))
        os.symlink(os.path.abspath(binary), self.binary)
        self.first = self.second = self.background = None
        self.typed = []
        self.passed = self.failed = 0
        self.ports = (free_port(), free_port())
        self.environment = {
            "PATH": os.path.dirname(self.binary) + ":/usr/local/bin:/usr/bin:/bin",
            "HOME": self.folder,
            "TMPDIR": os.path.join(self.folder, "tmp"),
            "LC_ALL": "C.UTF-8",
            "CHANCERY_ADDR": f"http://127.0.0.1:{self.ports[0]}",
            "SECOND_ADDR": f"http://127.0.0.1:{self.ports[1]}",
            "SECOND_TLS_ADDR": f"https://127.0.0.1:{self.ports[1]}",
            "UPSTREAM": f"127.0.0.1:{upstream_port}",
        }
        # Where the toolchain's run-time libraries lie, on machines that say so.
        if "LD_LIBRARY_PATH" in os.environ:
            self.environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]

    def copy_documents(self):
        os.makedirs(self.work)
        for folder in ("Tests/Transcripts/documents", "Examples/demo", "policies"):
            source = os.path.join(CHECKOUT, folder)
            for name in sorted(os.listdir(source)):
                with open(os.path.join(source, name), "rb") as file:
                    data = file.read()
                data = data.replace(b"127.0.0.1:9000", f"127.0.0.1:{self.upstream_port}".encode())
                with open(os.path.join(self.work, name), "wb") as file:
                    file.write(data)

    def start_first(self):
        data = os.path.join(self.folder, "data")
        arguments = ["--dev", "--data", data, "--allow-egress", f"127.0.0.1:{self.upstream_port}"]
        log = os.path.join(self.folder, "first.log")
        self.first = Service(self.binary, self.work, self.ports[0], arguments, self.environment, log)
        self.first.wait()
        with open(os.path.join(data, "dev", "root-token")) as file:
            self.environment["CHANCERY_TOKEN"] = file.read().strip()

    def start_second(self, arguments):
        log = os.path.join(self.folder, "second.log")
        words = arguments.replace("$UPSTREAM", self.environment["UPSTREAM"]).split()
        self.second = Service(self.binary, self.work, self.ports[1], words, self.environment, log)
        self.second.wait()

    def execute(self, step):
        if step.kind == "@serve":
            self.start_second(step.text)
        elif step.kind == "@stop":
            self.second.end()
        elif step.kind == "@kill":
            self.second.end(signal.SIGKILL)
        elif step.kind == "@type":
            self.typed.append(step.text)
        elif step.kind == "@background":
            self.background = subprocess.Popen(
                ["/bin/sh", "-c", step.text], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        elif step.kind == "@join":
            output, _ = self.background.communicate(timeout=COMMAND_SECONDS)
            return self.compare(step, output, self.background.returncode)
        elif step.kind == "run":
            return self.check(step)
        return None

    def check(self, step):
        try:
            if self.typed:
                typed, self.typed = self.typed, []
                return self.compare(step, *self.at_terminal(step.text, typed))
            result = subprocess.run(
                ["/bin/sh", "-c", step.text], cwd=self.work, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired:
            return f"it did not end within {COMMAND_SECONDS} s"
        return self.compare(step, result.stdout, result.returncode)

    def at_terminal(self, command, typed):
        """Runs the command with a terminal for all three streams; types when it has asked for something, a line for each
        question."""
        master, slave = pty.openpty()
        environment = dict(self.environment, TERM="xterm")
        process = subprocess.Popen(
            ["/bin/sh", "-c", command], cwd=self.work, env=environment, stdin=slave, stdout=slave, stderr=slave)
        os.close(slave)
        output, asked, answered = b"", 0, 0
        limit = time.monotonic() + COMMAND_SECONDS
        while time.monotonic() < limit:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    piece = os.read(master, 4096)
                except OSError:
                    piece = b""  # Linux says EIO when nobody has the terminal open any more
                if not piece:
                    break
                output += piece
                asked += output.endswith(b": ")
            if answered < min(asked, len(typed)):
                os.write(master, typed[answered].encode() + b"\n")
                answered += 1
        else:
            os.kill(process.pid, signal.SIGKILL)
        os.close(master)
        return output.replace(b"\r\n", b"\n"), process.wait(STOP_SECONDS)

    def compare(self, step, output, code):
        lines = output.decode("utf-8", "backslashreplace").split("\n")
        while lines and not lines[-1].strip():
            lines.pop()
        complaints = []
        if code != step.code:
            complaints.append(f"exit code {code}, expected {step.code}")
        if not matches(step.expected, lines):
            shown = ["output:"] + ["  | " + line for line in lines]
            complaints += shown + ["expected:"] + ["  | " + line for line in step.expected]
        return "\n".join(complaints) or None

    def run(self):
        try:
            self.copy_documents()
            if not any(step.kind == "@alone" for step in self.steps):
                self.start_first()
            for step in self.steps:
                complaint = self.execute(step)
                if complaint is None:
                    self.passed += step.kind in ("run", "@join")
                else:
                    self.failed += 1
                    print(f"{os.path.relpath(self.path, CHECKOUT)}:{step.line}: {step.text}\n{complaint}\n")
        except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as fault:
            self.failed += 1
            print(f"{os.path.relpath(self.path, CHECKOUT)}: {fault}\n")
        finally:
            self.tidy()

    def tidy(self):
        if self.background and self.background.poll() is None:
            self.background.kill()
            self.background.wait(STOP_SECONDS)
        for service in (self.first, self.second):
            try:
                if service:
                    service.end()
            except RuntimeError as fault:
                self.failed += 1
                print(f"{os.path.relpath(self.path, CHECKOUT)}: {fault}\n")
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    names = sys.argv[2:]
    paths = sorted(
        os.path.join(TRANSCRIPTS, name) for name in os.listdir(TRANSCRIPTS) if name.endswith(".txt"))
    paths = [path for path in paths if not names or os.path.basename(path)[:-4] in names]
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    passed = failed = 0
    for path in paths:
        transcript = Transcript(sys.argv[1], path, upstream.server_address[1])
        transcript.run()
        passed += transcript.passed
        failed += transcript.failed
    upstream.shutdown()
    print(f"{passed} passed, {failed} failed")
    # No transcript at all would be no test at all.
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
