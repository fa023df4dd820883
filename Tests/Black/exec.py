#!/usr/bin/env python3
"""`chancery exec`: secrets in a program's environment, its output masked, its exit code kept.

    python3 Tests/Black/exec.py BINARY
"""

import base64
import os
import secrets
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig


def run(checks, binary, folder):
    service = rig.Service(binary, folder).start()
    value = secrets.token_urlsafe(24)
    service.must("kv", "put", "kv/prod", "password=-", input=value)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHANCERY_")}
    environment.update({"CHANCERY_ADDR": service.url, "CHANCERY_TOKEN": service.token, "KEPT": "as it was"})

    def execute(*command, env=("PASSWORD=kv/prod#password",), options=(), address=None):
        arguments = [binary, "exec"] + [part for one in env for part in ("--env", one)] + list(options) + ["--", *command]
        done = subprocess.run(
            arguments, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, env=dict(environment, **({"CHANCERY_ADDR": address} if address else {})))
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    code, output, errors = execute("sh", "-c", "printf '%s' \"$PASSWORD\" | sha256sum; echo \"$KEPT [$CHANCERY_TOKEN]\"")
    import hashlib
    checks.check(
        "the program has the value, and not the token of the service",
        code == 0 and hashlib.sha256(value.encode()).hexdigest() in output and "as it was []" in output, (code, output, errors))
    code, output, errors = execute("sh", "-c", "echo out $PASSWORD; echo err $PASSWORD >&2; printf %s $PASSWORD | base64")
    checks.check(
        "what it prints is masked, on both ways and encoded",
        code == 0 and value not in output + errors and base64.b64encode(value.encode()).decode() not in output
        and output.startswith("out \u2039PASSWORD\u00b7") and errors.startswith("err \u2039PASSWORD\u00b7"), (code, output, errors))
    checks.equal("its exit code is kept", execute("sh", "-c", "exit 7")[0], 7)
    checks.equal("a program that a signal ends gives 128 and its number", execute("sh", "-c", "kill -9 $$")[0], 137)
    code, output, errors = execute("sh", "-c", "cat; true")
    checks.equal("a program that reads standard input gets its end", (code, output), (0, ""))
    big = execute("sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo $PASSWORD")
    checks.check("much output passes whole", big[0] == 0 and big[1].count("x") >= 3000000 and value not in big[1], big[0])

    code, output, errors = execute("true", env=("PASSWORD=kv/prod#nofield",))
    checks.check("a field that is not there is named, and nothing runs", code == 1 and "no field nofield" in errors, errors)
    code, output, errors = execute("true", env=("PASSWORD=kv/none#x",))
    checks.check("so is a secret", code == 1 and "no secret kv/none" in errors, errors)
    for wrong in ("PASSWORD", "PASSWORD=kv/prod", "1X=kv/prod#password", "=kv/prod#password"):
        code, output, errors = execute("true", env=(wrong,))
        checks.check("`--env %s` is wrong usage" % wrong, code == 2 and errors.strip(), (code, errors))
    code, output, errors = execute("no-such-program-here")
    checks.check("a program that is not there is named", code == 1 and "no-such-program-here" in errors and value not in errors, errors)
    code, output, errors = execute("true", address="http://127.0.0.1:1")
    checks.equal("without the service nothing runs", code, 3)

    started = subprocess.Popen(
        [binary, "exec", "--env", "PASSWORD=kv/prod#password", "--line-buffered", "--", "sh", "-c",
         "trap 'echo caught; exit 5' TERM; echo ready; while :; do sleep 0.1; done"],
        env=environment, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    first = started.stdout.readline()
    started.send_signal(signal.SIGTERM)
    rest = started.stdout.read()
    checks.equal("a request to end reaches the program", (first, rest, started.wait(20)), (b"ready\n", b"caught\n", 5))
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("each reading is in the ledger", entries.count("v1/kv/data/prod") >= 7)
    held = subprocess.Popen(
        [binary, "exec", "--env", "PASSWORD=kv/prod#password", "--", "cat"], env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL)

    def lines():
        found = []
        for process in os.listdir("/proc"):
            try:
                with open("/proc/%s/cmdline" % process, "rb") as file:
                    found.append(file.read())
            except OSError:
                pass
        return found

    checks.check("the program runs", rig.eventually(lambda: b"cat\0" in lines(), 20))
    checks.check("no command line holds the value", not any(value.encode() in line for line in lines()))
    held.stdin.close()
    checks.equal("it ends with its input", held.wait(20), 0)
    checks.equal("it ends when asked to", service.stop(), 0)


rig.main(run)
