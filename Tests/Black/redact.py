#!/usr/bin/env python3
"""`chancery redact`: forms, chunks, pass-through, line buffering, summary, faults, a reader that goes away.

    python3 Tests/Black/redact.py BINARY
"""

import base64
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig


def run(checks, binary, folder):
    one = secrets.token_urlsafe(24)
    two = secrets.token_hex(20)
    path = rig.write(folder, "secrets", one + "\n" + json.dumps({"name": "api_token", "value": two}) + "\n\n")
    os.chmod(path, 0o600)

    def redact(data, *options, file=path):
        done = subprocess.run([binary, "redact", "--secrets", file, *options], input=data, capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode()

    code, output, errors = redact(("a %s b %s c\n" % (one, two)).encode())
    text = output.decode()
    checks.check(
        "both secrets are masked, the rest is as it was",
        code == 0 and one not in text and two not in text and text.startswith("a \u2039secret-1\u00b7") and text.endswith(" c\n")
        and "\u2039api_token\u00b7" in text and not errors, (code, text, errors))
    for name, form in rig.forms(one).items():
        if name == "reversed":
            continue  # no form that programs give a secret; docs/spec/redaction-forms.md names it as lost
        code, output, errors = redact(b"<" + form + b">")
        checks.check("the form `%s` is masked" % name, code == 0 and form not in output and b"secret-1" in output, output)
    nested = base64.b64encode(b"header " + base64.b64encode(b"user:" + two.encode()))
    code, output, errors = redact(b"log: " + nested + b"\n")
    checks.check("base64 in base64 is opened and masked", nested not in output and b"api_token" in output, output)

    generator = random.Random(4711)
    noise = bytes(generator.randrange(256) for _ in range(300_000))
    code, output, _ = redact(noise)
    checks.check("bytes without a secret pass unchanged, whatever they are", code == 0 and output == noise)
    data = noise[:1000] + one.encode() + noise[1000:70_000] + two.encode() + noise[70_000:]
    whole = redact(data)[1]
    pieces = subprocess.Popen([binary, "redact", "--secrets", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    position = 0

    def feed():
        nonlocal position
        while position < len(data):
            step = generator.randrange(1, 9000)
            pieces.stdin.write(data[position:position + step])
            pieces.stdin.flush()
            position += step
        pieces.stdin.close()

    thread = threading.Thread(target=feed)
    thread.start()
    cut = pieces.stdout.read()
    thread.join()
    checks.check("the output is the same however the input is cut", pieces.wait(20) == 0 and cut == whole and one.encode() not in cut)

    code, output, errors = redact(("%s %s %s\n" % (two, one, two)).encode(), "--summary")
    lines = errors.splitlines()
    checks.check(
        "the summary counts by name, without values",
        len(lines) == 3 and lines[0].endswith(" 2") and lines[1].endswith(" 1") and "3 masks of 2 secrets" in lines[2]
        and one not in errors and two not in errors, errors)

    token = b"AKIA" + b"QYLPMN5HHHFPZAM2"
    code, output, errors = redact(b"key=%s %s\n" % (token, one.encode()), "--shapes", "--summary")
    checks.check(
        "with --shapes a well-known token is masked by its shape, beside the secrets",
        code == 0 and token not in output and one.encode() not in output and b"form\xe2\x80\xba" in output
        and len(errors.splitlines()) == 3, (output, errors))
    done = subprocess.run([binary, "redact", "--shapes"], input=noise, capture_output=True, timeout=60)
    checks.check("shapes alone pass other bytes unchanged", done.returncode == 0 and done.stdout == noise)
    done = subprocess.run([binary, "redact"], input=b"x", capture_output=True, timeout=60)
    checks.equal("without anything to mask it is wrong usage", done.returncode, 2)

    lines = subprocess.Popen(
        [binary, "redact", "--secrets", path, "--line-buffered"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    lines.stdin.write(b"first %s\n" % one.encode())
    lines.stdin.flush()
    checks.check("with --line-buffered a line leaves while the input goes on", lines.stdout.readline().startswith(b"first \xe2\x80\xb9secret-1"))
    lines.stdin.close()
    checks.equal("it ends with its input", lines.wait(20), 0)

    gone = subprocess.Popen([binary, "redact", "--secrets", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    gone.stdout.close()
    try:
        for _ in range(200):
            gone.stdin.write(b"x" * 65536)
    except BrokenPipeError:
        pass
    try:
        gone.stdin.close()
    except BrokenPipeError:
        pass
    code = gone.wait(20)
    checks.check("a reader that goes away ends it quietly", code in (0, -signal.SIGPIPE, 141) and not gone.stderr.read(), code)

    weak = rig.write(folder, "weak", "pw\n" + one + "\npassword\n{\"value\": 1}\n")
    os.chmod(weak, 0o600)
    code, output, errors = redact(b"text pw password\n", file=weak)
    checks.check(
        "weak secrets and broken lines are named by file and line, and nothing is read",
        code == 2 and output == b"" and all("weak:%d: error:" % n in errors for n in (1, 3, 4)) and one not in errors, errors)
    code, output, errors = redact(b"", file=os.path.join(folder, "nowhere"))
    checks.check("a file that is not there is named", code == 2 and "nowhere" in errors, errors)
    os.chmod(path, 0o644)
    code, output, errors = redact(b"x\n")
    checks.check("a file that others may read is warned of", code == 0 and "0600" in errors, errors)


rig.main(run)
