#!/usr/bin/env python3
"""README's "Five minutes by hand", block by block as it stands there: the stand-in, the service, what is entered, the
webhook, and what is read afterwards. Only the two ports are free ones.

    python3 Tests/Black/tour.py BINARY
"""

import os
import re
import signal
import subprocess
import sys
import urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import rig

CHECKOUT = os.path.dirname(os.path.dirname(HERE))


def blocks():
    """The indented blocks of the section, without their indentation, up to its first sub-section."""
    with open(os.path.join(CHECKOUT, "README.md"), encoding="utf-8") as file:
        section = file.read().split("\n## Five minutes by hand\n")[1].split("\n## ")[0].split("\n### ")[0]
    found, last = [], ""
    for line in section.split("\n"):
        if line.startswith("    "):
            if last is not None:
                found.append([])
            found[-1].append(line[4:])
            last = None
        else:
            last = line
    return ["\n".join(block) + "\n" for block in found]


class Tour:
    def __init__(self, binary, folder):
        self.folder = os.path.join(folder, "work")
        self.outside, self.own = rig.free_port(), rig.free_port()
        self.address = "http://127.0.0.1:%d" % self.own
        os.makedirs(os.path.join(folder, "bin"))
        os.symlink(binary, os.path.join(folder, "bin", "chancery"))
        examples = os.path.join(self.folder, "Examples", "demo")
        os.makedirs(examples)
        for name in os.listdir(os.path.join(CHECKOUT, "Examples", "demo")):
            with open(os.path.join(CHECKOUT, "Examples", "demo", name), encoding="utf-8") as file:
                rig.write(examples, name, self.placed(file.read()))
        self.environment = dict(
            os.environ, PATH=os.path.join(folder, "bin") + ":" + os.environ["PATH"], HOME=folder, NO_COLOR="1",
            CHANCERY_ADDR=self.address)
        self.environment.pop("CHANCERY_TOKEN", None)
        self.terminals = []

    def placed(self, text):
        text = text.replace("127.0.0.1:9000", "127.0.0.1:%d" % self.outside)
        text = text.replace('("127.0.0.1", 9000)', '("127.0.0.1", %d)' % self.outside)
        return text.replace("127.0.0.1:8200", "127.0.0.1:%d" % self.own)

    def open(self, block, name):
        """A terminal in which something goes on running; what it says is in a file."""
        path = os.path.join(self.folder, name + ".said")
        with open(path, "wb") as said:
            process = rig.launch(
                ["bash", "-c", self.placed(block)], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True)
        self.terminals.append(process)
        return path

    def type(self, *parts):
        """What is typed into the third terminal: its exit code and all that is said, ended by the first failure."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", self.placed("".join(parts))], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
        return done.returncode, done.stdout.decode(errors="replace")

    def answers(self):
        try:
            with urllib.request.urlopen(self.address + "/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def end(self):
        for process in self.terminals:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, sign)
                    try:
                        process.wait(rig.STOP_SECONDS)
                    except subprocess.TimeoutExpired:
                        pass


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def run(checks, binary, folder):
    found = blocks()
    begins = ["cat > api.py", "chancery serve --dev", "export CHANCERY_TOKEN", "body=", "chancery runs"]
    if not checks.check("README has its five blocks", len(found) == 5 and all(
            block.startswith(words) for block, words in zip(found, begins)), [block[:40] for block in found]):
        return
    stand_in, serve, enter, webhook, look = found
    tour = Tour(binary, folder)
    try:
        outside = tour.open(stand_in, "stand-in")
        said = tour.open(serve.rstrip("\n") + " --listen 127.0.0.1:%d\n" % tour.own, "service")
        checks.check("the service answers", rig.eventually(tour.answers, rig.START_SECONDS), read(said)[-800:])
        code, output = tour.type(enter)
        checks.check("everything is entered and imported", code == 0 and "imported runbook open-incident" in output, output)
        token = enter.split("\n")[0] + "\n"
        code, output = tour.type(token, webhook)
        identifier = re.search(r'"run_id":\s*"([^"]+)"', output)
        if not checks.check("the webhook is answered with 202 and the run's id",
                            code == 0 and re.search(r"HTTP/1\.1 202", output) and identifier, output):
            return
        identifier = identifier.group(1)
        code, output = tour.type(token, look.replace("RUN", identifier))
        checks.check("what happened can be read, and the evidence verified", code == 0, output)
        checks.check("the run succeeds", "succeeded" in output and "failed" not in output, output)
        checks.check("the search finds it", output.count(identifier) >= 2, output)
        called = read(outside)
        checks.check("the incident was opened", '"POST /incidents' in called and called.count('"POST ') == 2, called)
        changed = webhook.replace("sha256=$signature", "sha256=$(printf %s $signature | tr 0-9a-f 1-9a-f0)")
        changed = changed.replace("Disk full", "Disk full.")
        code, output = tour.type(token, changed)
        checks.check("with another signature it is 401, and no word why",
                     code == 0 and "HTTP/1.1 401" in output and "run_id" not in output, output)
    finally:
        tour.end()


if __name__ == "__main__":
    rig.main(run)
