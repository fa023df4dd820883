#!/usr/bin/env python3
"""`chancery redact`: forms, chunks, pass-through, line buffering, summary, faults, a reader that goes away.

    python3 Tests/Black/redact.py BINARY
"""

import base64
import json
import os
import pty
import random
import re
import secrets
import signal
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig


def unlike_words(make):
    """A random text that hardly looks like words: a blind set refuses the few that do."""
    while True:
        text = make()
        words = sum(len(word) for word in re.findall("[A-Za-z][a-z]{3,}|[A-Z]{4,}", text))
        if 2 * words <= sum(character.isalpha() for character in text):
            return text


def blind(checks, binary, folder, one, two):
    """Blind sets: made once from the secrets, then searched for without them."""

    def call(*arguments, data=b""):
        done = subprocess.run([binary, "redact", *arguments], input=data, capture_output=True, timeout=60)
        return done.returncode, done.stdout, done.stderr.decode()

    known = rig.write(folder, "known", one + "\n" + json.dumps({"name": "api_token", "value": two}) + "\n")
    os.chmod(known, 0o600)
    made, key = os.path.join(folder, "set"), os.path.join(folder, "set.key")
    code, output, errors = call("--make-patterns", made, "--secrets", known)
    checks.check("a blind set is made, with its key beside it", code == 0 and b"2 secrets" in output and not errors, (output, errors))
    checks.check(
        "both files are for the owner alone, and nothing else is left",
        all(os.stat(path).st_mode & 0o777 == 0o600 for path in (made, key))
        and not [name for name in os.listdir(folder) if name.endswith(".new")])
    data = open(made, "rb").read() + open(key, "rb").read()
    forms = [form for secret in (one, two) for form in rig.forms(secret).values()]
    checks.check("neither holds a secret in any form, or a name", not any(form in data for form in forms) and b"api_token" not in data)
    before = open(made, "rb").read()
    code, output, errors = call("--make-patterns", made, "--secrets", known, "--key-file", key + "2")
    checks.check(
        "a set that is there is not overwritten, and no key is left",
        code == 2 and "not overwritten" in errors and open(made, "rb").read() == before and not os.path.exists(key + "2"), errors)
    code, _, errors = call("--make-patterns", made + "2", "--secrets", known, "--key-file", key)
    checks.check("nor is a key", code == 2 and "not overwritten" in errors and not os.path.exists(made + "2"), errors)

    text = ("a %s b %s %s c\n" % (one, two, one)).encode()
    code, output, errors = call("--patterns", made, "--summary", data=text)
    lines = errors.splitlines()
    checks.check(
        "it is searched for without the secrets, and the summary counts by number",
        code == 0 and one.encode() not in output and two.encode() not in output and output.count(b"\xe2\x80\xb9blind-1\xc2\xb7") == 2
        and lines[0].endswith(" 2") and lines[1].endswith(" 1") and "3 masks of 2 secrets" in lines[2], (output, errors))
    for name, form in rig.forms(one).items():
        if name in ("reversed",):
            continue
        code, output, _ = call("--patterns", made, "--pattern-key", key, data=b"<" + form + b">")
        checks.check("the set finds the form `%s`" % name, code == 0 and form not in output and b"blind-1" in output, output)
    reader = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Spec", "read_patterns.py")
    noise = random.Random(5).randbytes(3000)
    text = noise[:900] + one.encode() + noise[900:] + base64.b64encode(two.encode()) + b"\n" + json.dumps(one + "\"" + two).encode()
    read = subprocess.run([sys.executable, reader, "--patterns", made, "--pattern-key", key], input=text, capture_output=True)
    code, output, _ = call("--patterns", made, data=text)
    checks.check("the independent reader masks the same", code == 0 and read.returncode == 0 and read.stdout == output and b"blind-2" in output)

    named = os.path.join(folder, "named")
    code, _, _ = call("--make-patterns", named, "--secrets", known, "--names", "--key-file", os.path.join(folder, "other"))
    token = b"AKIA" + b"QYLPMN5HHHFPZAM2"
    other = secrets.token_urlsafe(24)
    more = rig.write(folder, "more", json.dumps({"name": "known_one", "value": other}))
    os.chmod(more, 0o600)
    code, output, errors = call(
        "--patterns", named, "--pattern-key", os.path.join(folder, "other"), "--secrets", more, "--shapes", "--line-buffered",
        data=b"%s %s %s\n" % (two.encode(), other.encode(), token))
    checks.check(
        "names if asked for; with secrets and shapes in one pass",
        code == 0 and all(part in output for part in (b"api_token\xc2\xb7", b"known_one\xc2\xb7", b"form\xe2\x80\xba"))
        and not any(part in output for part in (two.encode(), other.encode(), token)), (output, errors))

    code, output, errors = call("--patterns", made, "--pattern-key", os.path.join(folder, "other"), data=text)
    checks.check("another set's key is refused, and nothing is written", code == 2 and not output and "another blind set" in errors, errors)
    code, output, errors = call("--patterns", made, "--pattern-key", made, data=text)
    checks.check("what is no key is refused", code == 2 and not output and "no key file" in errors, errors)
    for name, content, part in [
            ("cut", before[:-1], "cut off"), ("version", before[:15] + b"\x02" + before[16:], "version 2"),
            ("altered", before[:50] + bytes([before[50] ^ 1]) + before[51:], "altered"), ("empty", b"", "no blind set")]:
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(content)
        code, output, errors = call("--patterns", path, "--pattern-key", key, data=text)
        checks.check("a set is refused: %s" % name, code == 2 and not output and part in errors, errors)
    code, _, errors = call("--patterns", os.path.join(folder, "nowhere"), "--pattern-key", key)
    checks.check("a set that is not there is named", code == 2 and "nowhere" in errors, errors)
    plain = rig.write(folder, "plain", "short\n" + one + "\nCorrectHorseBatteryStaple-2024-MarketingTeam!\n" + "0123456789" * 8 + "\n")
    os.chmod(plain, 0o600)
    code, output, errors = call("--make-patterns", made + "3", "--secrets", plain)
    checks.check(
        "passwords and short secrets are refused by line and reason, without their values, and nothing is written",
        code == 2 and not os.path.exists(made + "3") and not os.path.exists(made + "3.key")
        and "plain:1: error: the secret has 5 bytes" in errors and "plain:3: error: the secret looks like a password" in errors
        and "plain:4: error:" in errors and "plain:2:" not in errors and "Battery" not in errors and one not in errors, errors)
    for arguments in (["--make-patterns", made + "4"], ["--names", "--shapes"], ["--pattern-key", key, "--shapes"],
                      ["--make-patterns", made + "4", "--secrets", known, "--shapes"]):
        checks.equal("wrong usage: %s" % " ".join(arguments[:1] + arguments[-1:]).replace(folder, ""), call(*arguments)[0], 2)


def run(checks, binary, folder):
    one = unlike_words(lambda: secrets.token_urlsafe(24))
    two = unlike_words(lambda: secrets.token_hex(20))
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

    everything = subprocess.Popen(
        [binary, "redact", "--secrets", path, "--shapes"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    everything.stdin.write(b"y" * 120_000)
    everything.stdin.flush()
    everything.stdout.read(1000)
    everything.stdout.close()
    try:
        for _ in range(200):
            everything.stdin.write(b"y" * 65536)
        everything.stdin.close()
    except BrokenPipeError:
        pass
    code = everything.wait(20)
    checks.check("so it does in the middle of the output", code in (0, -signal.SIGPIPE, 141) and not everything.stderr.read(), code)

    # On a terminal a line is there before the input goes on, without an option.
    leader, follower = pty.openpty()
    terminal = subprocess.Popen([binary, "redact", "--secrets", path], stdin=subprocess.PIPE, stdout=follower)
    os.close(follower)
    terminal.stdin.write(b"seen %s\nnot yet" % one.encode())
    terminal.stdin.flush()
    shown = b""
    while not shown.endswith(b"\n"):
        shown += os.read(leader, 1000)
    checks.check(
        "on a terminal each line is written at once", shown.startswith(b"seen \xe2\x80\xb9secret-1") and b"not yet" not in shown, shown)
    terminal.stdin.close()
    checks.check("and what has no line end at the end", os.read(leader, 1000) == b"not yet" and terminal.wait(20) == 0)
    os.close(leader)

    blind(checks, binary, folder, one, two)

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
