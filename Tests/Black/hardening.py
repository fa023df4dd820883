#!/usr/bin/env python3
"""What the service takes from itself before it serves: writing elsewhere, listening elsewhere, running programs.

    python3 Tests/Black/hardening.py BINARY          (its `conformance` must lie beside it)
"""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig


def run(checks, binary, folder):
    service = rig.Service(binary, folder).start()
    pid = service.process.pid
    said = [line for line in service.said().splitlines() if line.startswith("hardening: ")]
    checks.check("the service says what it took from itself", len(said) == 1, service.said())
    statuses = []
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as file:
            statuses.append(dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line))
    checks.check("it has several threads", len(statuses) > 2, len(statuses))
    if "NOT confined" not in said[0]:
        checks.equal("every thread is confined in its system calls", {one.get("Seccomp") for one in statuses}, {"2"})
    checks.equal("no thread gains privileges", {one.get("NoNewPrivs") for one in statuses}, {"1"})
    with open("/proc/%d/environ" % pid, "rb") as file:
        checks.check("backtraces are off", b"SWIFT_BACKTRACE=enable=no" in file.read())
    checks.equal("it ends when asked to", service.stop(), 0)

    data = os.path.join(folder, "confined")
    os.mkdir(data)
    victim = data + "-victim"
    rig.write(folder, "confined-victim", "x")
    port = rig.free_port()
    probe = os.path.join(os.path.dirname(binary), "conformance")
    done = subprocess.run([probe, "confine", data, str(port)], capture_output=True, text=True, timeout=20)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    version = int(found.get("landlock", "0"))
    if version > 0:
        for name in ("write-inside", "rename-inside", "read-outside", "listen-own", "thread"):
            checks.equal("confined, it still can: " + name, found.get(name), "yes")
        for name in ("write-outside", "remove-outside") + (("listen-other",) if version >= 4 else ()):
            checks.equal("confined, it cannot: " + name, found.get(name), "13")
        checks.check("what lies outside is untouched", os.path.exists(victim) and not os.path.exists(data + "-outside"))
    else:
        checks.skip("files", "this kernel has no Landlock (%d)" % version)
    if found.get("seccomp") == "1":
        checks.equal("confined, it runs no program", found.get("program"), "1")
    else:
        checks.skip("system calls", "this kernel has no seccomp")
    # The control: without confinement all of it works.
    free = subprocess.run(
        [sys.executable, "-c", "open(%r, 'w').close()" % (data + "-outside")], capture_output=True, timeout=20)
    checks.check("control: without confinement the same write works", free.returncode == 0 and os.path.exists(data + "-outside"))


rig.main(run)
