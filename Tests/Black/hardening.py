#!/usr/bin/env python3
"""What the service takes from itself before it serves: writing elsewhere, listening elsewhere, running programs.

    python3 Tests/Black/hardening.py BINARY          (its `conformance` must lie beside it)
"""

import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig


def threads(pid):
    """The status of each thread of a process."""
    found = []
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/status" % (pid, task)) as file:
            found.append(dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line))
    return found


def watching(checks, binary, folder, service):
    """The two processes of a service live and end together."""
    for name in ("SIGTERM", "SIGINT"):
        other = rig.Service(binary, folder, data=os.path.join(folder, name)).start()
        inner = other.inner
        os.kill(other.process.pid, getattr(signal, name))
        checks.equal(name + " to the watcher ends the service in order", other.process.wait(20), 0)
        checks.check(name + ": it says so", "chancery has stopped" in other.said(), other.said())
        checks.check(name + ": nothing is left", not rig.is_alive(inner))
    other = rig.Service(binary, folder, data=os.path.join(folder, "both")).start()
    for process in (other.inner, other.process.pid):
        os.kill(process, signal.SIGTERM)
    checks.equal("a signal to both is as one to the watcher", other.process.wait(20), 0)
    other = rig.Service(binary, folder, data=os.path.join(folder, "inner")).start()
    os.kill(other.inner, signal.SIGTERM)
    checks.equal("a signal to the service itself ends both in order", other.process.wait(20), 0)
    other = rig.Service(binary, folder, data=os.path.join(folder, "hang-up")).start()
    os.kill(other.process.pid, signal.SIGHUP)
    checks.equal("what ends the service by a signal ends the watcher by the same", other.process.wait(20), -signal.SIGHUP)
    checks.check("and is named", "error: the service was ended by SIGHUP; withheld 0 bytes" in other.said(), other.said())
    other = rig.Service(binary, folder, data=os.path.join(folder, "killed")).start()
    inner = other.inner
    os.kill(other.process.pid, signal.SIGKILL)
    other.process.wait(20)
    again = rig.Service(binary, folder, data=other.data).start()
    checks.check("a service whose watcher was killed is gone when the next one has begun", not rig.is_alive(inner))
    second = rig.Service(binary, folder, data=other.data)
    second.spawn()
    checks.equal("a folder that a living service has is refused", second.process.wait(20), 1)
    checks.check("and the refusal is said", "error: " in second.said(), second.said())
    again.kill()
    reader, writer = os.pipe()
    silent = rig.Service(binary, folder, data=os.path.join(folder, "unread"))
    os.close(reader)
    process = rig.launch([binary] + silent.arguments, stdin=subprocess.DEVNULL, stdout=writer, stderr=writer)
    os.close(writer)
    try:
        code = process.wait(20)
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait(20)
    checks.check("it ends where nobody reads what it says", code != 0, code)


def run(checks, binary, folder):
    service = rig.Service(binary, folder).start()
    said = [line for line in service.said().splitlines() if line.startswith("hardening: ")]
    checks.check("the service says what it took from itself", len(said) == 1, service.said())
    isConfined = "NOT confined" not in said[0]
    watcher = threads(service.process.pid)
    checks.equal("its watcher has one thread", [one.get("Name") for one in watcher], ["chancery-watch"])
    inner = threads(service.inner)
    checks.check("it has several threads", len(inner) > 2, len(inner))
    for name, statuses in (("watcher", watcher), ("service", inner)):
        if isConfined:
            checks.equal("every thread of the %s is confined in its system calls" % name,
                         {one.get("Seccomp") for one in statuses}, {"2"})
        checks.equal("no thread of the %s gains privileges" % name, {one.get("NoNewPrivs") for one in statuses}, {"1"})
    for process in (service.process.pid, service.inner):
        with open("/proc/%d/environ" % process, "rb") as file:
            checks.check("backtraces are off", b"SWIFT_BACKTRACE=enable=no" in file.read())
    watching(checks, binary, folder, service)
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
