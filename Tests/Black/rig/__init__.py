"""What the black-box scripts share: the service as a child process, an outside API on loopback, HTTP, the client
commands, and the search for secrets. Every wait has a deadline; processes are ended by their id."""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

START_SECONDS = 30
STOP_SECONDS = 20
COMMAND_SECONDS = 60
HTTP_SECONDS = 20


class Checks:
    """One line per check, and the sum as the last line."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, holds, detail=""):
        if holds:
            self.passed += 1
            print("ok     " + name, flush=True)
        else:
            self.failed += 1
            print("FAILED " + name + (": " + str(detail) if detail != "" else ""), flush=True)
        return bool(holds)

    def equal(self, name, found, expected):
        return self.check(name, found == expected, "found %r, expected %r" % (found, expected))

    def skip(self, name, reason):
        print("skip   %s: %s" % (name, reason), flush=True)

    def end(self):
        print("%d passed, %d failed" % (self.passed, self.failed), flush=True)
        return 1 if self.failed else 0


def main(run):
    """Runs `run(checks, binary, folder)` in a folder that is removed afterwards, and exits."""
    if len(sys.argv) < 2 or not os.access(sys.argv[1], os.X_OK):
        print("usage: python3 %s BINARY" % os.path.basename(sys.argv[0]), file=sys.stderr)
        sys.exit(2)
    checks = Checks()
    folder = tempfile.mkdtemp(prefix="chancery-black-")
    try:
        run(checks, os.path.abspath(sys.argv[1]), folder)
    except Exception as fault:
        import traceback

        traceback.print_exc()
        checks.check("the script runs to its end", False, "%s: %s" % (type(fault).__name__, fault))
    finally:
        for service in list(Service.running):
            service.kill()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(checks.end())


def eventually(condition, seconds, pause=0.05):
    """The first true value of `condition`, or its last one when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() >= deadline:
            return value
        time.sleep(pause)


def free_port(host="127.0.0.1"):
    with socket.socket() as listener:
        listener.bind((host, 0))
        return listener.getsockname()[1]


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def digest_of(folder):
    """One digest per file below `folder`, by path."""
    found = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, folder)] = hashlib.sha256(file.read()).hexdigest()
    return found


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return values[0] if values else None

    def json(self):
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def without_date(self):
        return (self.status, [(k.lower(), v) for k, v in self.headers if k.lower() != "date"], self.body)


class Service:
    """The service as a child process. Its streams go to files."""

    running = []
    number = 0

    def __init__(self, binary, folder, data=None, arguments=("--dev",), allow=(), port=None, environment=None):
        Service.number += 1
        self.binary = binary
        self.data = data or os.path.join(folder, "data")
        self.port = port or free_port()
        self.url = "http://127.0.0.1:%d" % self.port
        self.output = os.path.join(folder, "service-%d.out" % Service.number)
        self.errors = os.path.join(folder, "service-%d.err" % Service.number)
        self.arguments = ["serve", "--data", self.data, "--listen", "127.0.0.1:%d" % self.port] + list(arguments)
        for place in allow:
            self.arguments += ["--allow-egress", place]
        self.environment = environment
        self.process = None
        self._token = None

    def spawn(self):
        with open(self.output, "ab") as output, open(self.errors, "ab") as errors:
            self.process = launch(
                [self.binary] + self.arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                env=self.environment)
        Service.running.append(self)

    def start(self, healthy=(200,)):
        self.spawn()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            try:
                if self.http("GET", "/health", token=None).status in healthy:
                    return self
            except OSError:
                pass
            except http.client.HTTPException:
                pass
            time.sleep(0.03)
        said = self.said()
        self.kill()
        raise RuntimeError("the service did not become ready; it said: " + said[-2000:])

    @property
    def home(self):
        """Where client commands keep the token of `login`: never the home folder of whoever runs the tests."""
        return os.path.dirname(self.data)

    @property
    def inner(self):
        """The id of the service itself; `process` is its watcher."""
        found = children(self.process.pid)
        if len(found) != 1:
            raise RuntimeError("the service has %d processes below it" % len(found))
        return found[0]

    def said(self):
        text = ""
        for path in (self.output, self.errors):
            with open(path, errors="replace") as file:
                text += file.read()
        return text

    @property
    def token(self):
        if self._token is None:
            with open(os.path.join(self.data, "dev", "root-token")) as file:
                self._token = file.read().strip()
        return self._token

    @token.setter
    def token(self, value):
        self._token = value

    def kill(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)
        if self in Service.running:
            Service.running.remove(self)

    def stop(self):
        """Asks it to end; the exit code, or None when it had to be killed."""
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        self.kill()
        return code

    def connection(self, seconds):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)

    def http(self, method, path, body=None, headers=(), token=True, seconds=HTTP_SECONDS):
        """One request on a connection of its own. `token`: True is the root token, None is none."""
        connection = self.connection(seconds)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            if token:
                connection.putheader("X-Vault-Token", self.token if token is True else token)
            for name, value in headers:
                connection.putheader(name, value)
            if isinstance(body, (dict, list)):
                body = json.dumps(body).encode()
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders()
            if body is not None:
                try:
                    connection.send(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # answered before everything was sent
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def webhook(self, runbook, body, key, headers=(), seconds=HTTP_SECONDS):
        return self.http(
            "POST", "/api/automation/" + runbook, body, [("Content-Type", "application/json")] + list(headers)
            + [("X-Hub-Signature-256", signature(body, key))], token=None, seconds=seconds)

    def cli(self, *arguments, input=""):
        """A client command: (exit code, output, errors)."""
        environment = dict(
            os.environ, CHANCERY_ADDR=self.url, CHANCERY_TOKEN=self.token, NO_COLOR="1", HOME=self.home)
        return command(self.binary, *arguments, input=input, environment=environment)

    def must(self, *arguments, input=""):
        code, output, errors = self.cli(*arguments, input=input)
        if code != 0:
            raise RuntimeError("`chancery %s` ended with %d: %s" % (" ".join(arguments[:3]), code, errors + output))
        return output

    def runs(self):
        found = []
        before = ""
        while True:
            page = self.http("GET", "/api/runs?limit=200" + before).json()
            found += page["runs"]
            if not page.get("next"):
                return found
            before = "&before=" + urllib.parse.quote(str(page["next"]))

    def run(self, identifier):
        return self.http("GET", "/api/runs/" + identifier).json()

    def ended(self, identifier, seconds=60):
        """The run when it has ended, or as it is when the time is over."""
        last = {}

        def look():
            last["run"] = self.run(identifier)
            return last["run"].get("state") in ("succeeded", "failed", "cancelled")

        eventually(look, seconds)
        return last["run"]

    def log(self, identifier):
        lines = self.http("GET", "/api/runs/%s/log" % identifier).body.splitlines()
        return [json.loads(line) for line in lines if line.strip()]


def children(pid):
    """Ids of the processes that a process started, and that have not ended."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = status_of(name)
            if fields and fields[0] != "Z" and int(fields[1]) == pid:
                found.append(int(name))
    return found


def is_alive(pid):
    fields = status_of(pid)
    return bool(fields) and fields[0] != "Z"


def status_of(pid):
    """State and parent of a process; none where there is no such process."""
    try:
        with open("/proc/%s/stat" % pid) as file:
            return file.read().rsplit(") ", 1)[1].split()[:2]
    except OSError:
        return None


def launch(arguments, **options):
    """Starts a process; a binary that is just being replaced is tried again."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return subprocess.Popen(arguments, **options)
        except (FileNotFoundError, PermissionError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def command(binary, *arguments, input="", environment=None, seconds=COMMAND_SECONDS):
    process = launch(
        [binary] + list(arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment)
    try:
        output, errors = process.communicate(input.encode() if isinstance(input, str) else input, seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        return -9, output.decode(errors="replace"), errors.decode(errors="replace")
    return process.returncode, output.decode(errors="replace"), errors.decode(errors="replace")


def signature(body, key, prefix="sha256="):
    return prefix + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


class Received:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.path = target.split("?")[0]
        self.query = urllib.parse.parse_qs(target.partition("?")[2])
        self.headers = headers
        self.body = body


class Upstream:
    """An outside API on loopback. `answer(received)` gives (status, body bytes or JSON value) or with headers."""

    def __init__(self, answer):
        upstream = self
        self.received = []
        self.lock = threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                received = Received(self.command, self.path, list(self.headers.items()), body)
                with upstream.lock:
                    upstream.received.append(received)
                result = answer(received)
                status, value = result[0], result[1]
                headers = result[2] if len(result) > 2 else []
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                try:
                    self.send_response(status)
                    if not any(name.lower() == "content-type" for name, _ in headers):
                        self.send_header("Content-Type", "application/json")
                    for name, text in headers:
                        self.send_header(name, text)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass  # the service was killed

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = take

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, address):
                pass  # the other side was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.place = "127.0.0.1:%d" % self.port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def json_escaped(secret, upper):
    template = "\\u%04X" if upper else "\\u%04x"
    return "".join(template % ord(character) for character in secret).encode()


def forms(secret):
    """Every form in which a secret is looked for: name and bytes."""
    raw = secret.encode()
    found = {
        "clear": raw,
        "hex": raw.hex().encode(),
        "hex upper": raw.hex().upper().encode(),
        "percent": "".join("%%%02X" % byte for byte in raw).encode(),
        "percent lower": "".join("%%%02x" % byte for byte in raw).encode(),
        "json": json_escaped(secret, False),
        "json upper": json_escaped(secret, True),
        "utf-16 little": secret.encode("utf-16-le"),
        "utf-16 big": secret.encode("utf-16-be"),
        "reversed": raw[::-1],
    }
    quoted = urllib.parse.quote(secret, safe="").encode()
    if quoted != raw:
        found["percent as needed"] = quoted
    for shift in range(3):
        # What surrounds the secret decides only about characters at both ends: those are left off.
        for name, encode in (("base64", base64.b64encode), ("base64url", base64.urlsafe_b64encode)):
            text = encode(b"\0" * shift + raw)
            start = (0, 2, 3)[shift]
            tail = (shift + len(raw)) % 3
            text = text.rstrip(b"=")
            text = text[start:len(text) - (1 if tail else 0)]
            found["%s at %d" % (name, shift)] = text
    return found


def embedded(secret):
    """A text for each form with the secret in it as others would write it, for the positive control."""
    raw = secret.encode()
    texts = {name: b"before " + value + b" after" for name, value in forms(secret).items()}
    for shift in range(3):
        texts["base64 at %d" % shift] = base64.b64encode(b"xyz"[:shift] + raw + b" and more")
        texts["base64url at %d" % shift] = base64.urlsafe_b64encode(b"xyz"[:shift] + raw + b" and more")
    return texts


def hunt(data, secrets):
    """Names and forms of the secrets that `data` holds."""
    found = []
    for name, secret in secrets.items():
        for form, value in forms(secret).items():
            if value in data:
                found.append("%s (%s)" % (name, form))
    return found
