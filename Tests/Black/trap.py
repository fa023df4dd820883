#!/usr/bin/env python3
"""Makes the service crash while secrets are in flight, in the ways in which a program traps, and asserts that nothing of
them is in what it prints, and that it left no core. Then the watcher alone, around a program that prints a secret and
crashes, which the service has no way to be made to do.

    python3 Tests/Black/trap.py BINARY          (its `conformance` must lie beside it)
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENT = """
integration: slow
base_url: http://PLACE
methods:
  call:
    request: POST /call
    headers: { X-Canary: { encrypt: true } }
    body: { json: '{"note": <<note>>}' }
    timeout: 20s
---
runbook: slow
start:
  public: { auth: signature, scheme: github, key: { secret: kv/hooks#slow } }
  inputs: { note: request^note! }
variables: { note: { type: string } }
steps:
  call: { method: slow/call, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def run(checks, binary, folder):
    held = {"seconds": 15}

    def answer(received):
        deadline = time.monotonic() + held["seconds"]
        while time.monotonic() < deadline and held["seconds"]:
            time.sleep(0.05)
        return 200, {"ok": True}

    upstream = rig.Upstream(answer)
    place = "127.0.0.1:%d" % upstream.port
    # A trap of Swift is SIGILL or SIGTRAP, one of C is SIGABRT, a wild pointer is SIGSEGV or SIGBUS.
    for number in (signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
        name = signal.Signals(number).name
        work = os.path.join(folder, name)
        os.mkdir(work)
        canaries = {part: "canary-%s-%s" % (part, os.urandom(12).hex()) for part in ("key", "header", "payload")}
        environment = {k: v for k, v in os.environ.items() if k != "SWIFT_BACKTRACE"}
        service = rig.Service(binary, work, allow=[place], environment=environment).start()
        with open("/proc/%d/environ" % service.inner, "rb") as file:
            checks.check(name + ": backtraces are off, whatever the caller's environment says",
                         b"SWIFT_BACKTRACE=enable=no" in file.read())
        service.must("kv", "put", "kv/hooks", "slow=-", input=canaries["key"])
        service.must("import", rig.write(work, "slow.yaml", DOCUMENT.replace("PLACE", place)))
        service.must("set", "slow/call", "header", "X-Canary", input=canaries["header"])
        before = len(upstream.received)
        body = json.dumps({"note": canaries["payload"]}).encode()
        started = service.webhook("slow", body, canaries["key"])
        checks.equal(name + ": a run is started", started.status, 202)
        out = rig.eventually(lambda: len(upstream.received) > before, 10)
        checks.check(name + ": its request is out, with the secrets in it", bool(out) and
                     canaries["header"] in str(upstream.received[-1].headers) and
                     canaries["payload"].encode() in upstream.received[-1].body)
        os.kill(service.inner, number)
        service.process.wait(20)
        checks.equal(name + ": the service ended by it", service.process.returncode, -int(number))
        said = service.said()
        for part, canary in canaries.items():
            checks.check("%s: the crash says nothing of the %s" % (name, part), canary not in said)
        checks.check(name + ": the watcher names it, and what it withheld",
                     "error: the service was ended by %s; withheld " % name in said, said[-400:])
        checks.check(name + ": what the service said of itself was passed on", "chancery is ready" in said, said)
        checks.check(name + ": no backtrace was printed", "Thread 0" not in said and " at /" not in said, said[-400:])
        cores = [f for f in os.listdir(work) + os.listdir(".") if f.startswith("core")]
        checks.equal(name + ": no core was left", cores, [])
        service.kill()
        held["seconds"] = 0
        again = rig.Service(binary, work, data=service.data, allow=[place]).start()
        run_id = started.json()["run_id"]
        checks.equal(name + ": the run goes on after it, as one whose outcome is unknown", again.ended(run_id)["failure"],
                     "end")
        reasons = [line.get("reason") for line in again.log(run_id) if line.get("event") == "call-failed"]
        checks.equal(name + ": its log says why", reasons, ["interrupted"])
        again.stop()
        held["seconds"] = 15
    held["seconds"] = 0
    watched(checks, os.path.join(os.path.dirname(binary), "conformance"), folder)


def watched(checks, probe, folder):
    ends = {"illegal": -signal.SIGILL, "abort": -signal.SIGABRT, "segment": -signal.SIGSEGV, "bus": -signal.SIGBUS,
            "fill": -signal.SIGABRT, "exit": 7}
    # What a trap of Swift is depends on the processor.
    for way in list(ends) + ["trap"]:
        canary = "canary-watch-" + os.urandom(12).hex()
        environment = dict(os.environ, SWIFT_BACKTRACE="enable=yes,color=no,interactive=no,timeout=30s")
        done = subprocess.run(
            [probe, "watch", way, canary], capture_output=True, timeout=120, cwd=folder, env=environment)
        said = done.stdout + done.stderr
        if way == "trap":
            checks.check("watched, trap: it ends by the signal", done.returncode in (-signal.SIGILL, -signal.SIGTRAP),
                         done.returncode)
        else:
            checks.equal("watched, %s: it ends in the same way" % way, done.returncode, ends[way])
        checks.equal("watched, %s: nothing of the canary comes out" % way, rig.hunt(said, {"canary": canary}), [])
        lines = done.stderr.decode().splitlines()
        checks.equal("watched, %s: what is framed comes out whole" % way, lines[:3],
                     ["framed before", "framed after", "x" * 10_000])
        number = re.search(r"withheld (\d+) bytes", lines[-1])
        least = len(canary) * (20_003 if way == "fill" else 3)
        checks.check("watched, %s: the rest is counted" % way, len(lines) == 4 and number and
                     least < int(number.group(1)), lines[3:])
        checks.equal("watched, %s: nothing on standard output" % way, done.stdout, b"")


if __name__ == "__main__":
    rig.main(run)
