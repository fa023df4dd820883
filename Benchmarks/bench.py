"""What the benchmarks share: the service under measurement, an upstream, figures. Standard library only."""
import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

PEERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers")


def arguments(description):
    """BINARY [SECONDS] [LEVELS] [--peers FOLDER] [--python PYTHON]: what every benchmark with peers takes. Without --peers
    those of Benchmarks/peers are taken."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("binary")
    parser.add_argument("seconds", nargs="?", type=float, default=4)
    parser.add_argument("levels", nargs="?", default="")
    parser.add_argument("--peers", default=PEERS, help="the folder with the drivers of the peers; else Benchmarks/peers")
    parser.add_argument("--python", default=sys.executable, help="the Python in which the peers are installed")
    return parser.parse_args()


def missing(options, drivers=(), modules=(), programs=()):
    """Why a peer cannot run: a sentence; None where it can."""
    for driver in drivers:
        if not os.path.exists(os.path.join(options.peers, driver)):
            return f"no {driver} in {options.peers}"
    for program in programs:
        if not shutil.which(program):
            return f"{program} is not installed"
    for module in modules:
        if subprocess.run([options.python, "-c", "import " + module], capture_output=True).returncode != 0:
            return f"{module} is not installed for {options.python}"
    return None


class Peer:
    """A server of others on loopback; ended by its process id, with what it started."""

    def __init__(self, command, port, env=None):
        self.port = port
        self.process = subprocess.Popen(
            command, env=dict(os.environ, **(env or {})), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.remove()
        raise SystemExit(f"{command[0]} did not start")

    def remove(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Service:
    """`serve --dev` on loopback in a temporary folder; ended by its process id."""

    def __init__(self, binary, allow=()):
        self.binary = binary
        self.folder = tempfile.mkdtemp(prefix="chancery-bench-")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments = [binary, "serve", "--dev", "--data", self.folder + "/data", "--listen", f"127.0.0.1:{self.port}"]
        for place in allow:
            self.arguments += ["--allow-egress", place]
        self.process = None

    def start(self):
        """Milliseconds from the start of the process to the first good answer of /health."""
        began = time.perf_counter()
        self.process = subprocess.Popen(self.arguments, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while time.perf_counter() - began < 30:
            try:
                with urllib.request.urlopen(self.url + "/health", timeout=1) as answer:
                    if answer.status == 200:
                        return (time.perf_counter() - began) * 1000
            except OSError:
                time.sleep(0.001)
        raise SystemExit("the service did not become ready")

    def token(self):
        with open(self.folder + "/data/dev/root-token") as f:
            return f.read().strip()

    def command(self, *arguments, stdin=""):
        env = dict(os.environ, CHANCERY_ADDR=self.url, CHANCERY_TOKEN=self.token())
        done = subprocess.run([self.binary, *arguments], input=stdin, env=env, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"{arguments[0]} failed: {done.stderr}")
        return done.stdout

    def processes(self):
        """The watcher and the service."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as f:
            return [self.process.pid] + [int(pid) for pid in f.read().split()]

    def cpu_seconds(self):
        sum = 0
        for pid in self.processes():
            with open(f"/proc/{pid}/stat") as f:
                fields = f.read().rsplit(") ", 1)[1].split()
            sum += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return sum

    def resident_mb(self):
        """Of both; pages of the program that both have are counted twice."""
        return sum(self.memory_mb("VmRSS"))

    def memory_mb(self, name):
        """A line of /proc/PID/status, for the watcher and for the service."""
        found = []
        for pid in self.processes():
            with open(f"/proc/{pid}/status") as f:
                found += [int(line.split()[1]) / 1024 for line in f if line.startswith(name + ":")]
        return found

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)

    def kill(self):
        """Both processes, by SIGKILL."""
        for pid in reversed(self.processes()):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(timeout=30)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Upstream:
    """nginx with one worker that answers 70 bytes of JSON."""

    def __init__(self, port=None):
        self.port = port or free_port()
        self.folder = tempfile.mkdtemp(prefix="chancery-upstream-")
        body = json.dumps({"id": 4711, "ok": True, "note": "x" * 33})
        with open(self.folder + "/nginx.conf", "w") as f:
            f.write(f"""
worker_processes 1; daemon off; pid {self.folder}/pid; error_log /dev/null;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {self.folder}; proxy_temp_path {self.folder};
  fastcgi_temp_path {self.folder}; uwsgi_temp_path {self.folder}; scgi_temp_path {self.folder};
  server {{ listen 127.0.0.1:{self.port}; location / {{ default_type application/json; return 200 '{body}'; }} }} }}
""")
        self.process = subprocess.Popen(["nginx", "-c", self.folder + "/nginx.conf"], stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise SystemExit("nginx did not start")

    def remove(self):
        self.process.terminate()
        self.process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)


def median(values):
    return statistics.median(values)


def ratio(ours, peer):
    return round(ours / peer, 3) if peer else None


def report(**figures):
    print(json.dumps(figures), flush=True)
