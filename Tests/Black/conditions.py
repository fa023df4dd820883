#!/usr/bin/env python3
"""Conditions at the start: each gives one clear line on standard error, an exit code other than 0, and leaves the data
as it was. Then sealing and unsealing, and a full disk.

    python3 Tests/Black/conditions.py BINARY
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENT = """
runbook: plain
start:
  public: { auth: signature, scheme: github, key: { secret: kv/hooks#plain } }
  inputs: { note: request^note! }
variables: { note: { type: string } }
steps:
  look: { condition: { left: note, op: has_value }, then: done, else: empty }
  done: { end: success }
  empty: { end: success }
"""

HELD = """
integration: held
base_url: http://PLACE
methods:
  look: { request: GET /look, timeout: 30s }
  book: { request: POST /book }
---
runbook: held
steps:
  look: { method: held/look, then: book, else: failed }
  book: { method: held/book, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def state_of(folder):
    """What a data folder holds: a digest per file; for the database its content, since SQLite may move pages between
    its files whenever one is opened. The empty lock file is nobody's data."""
    found = rig.digest_of(folder)
    for name in list(found):
        if name == "lock" or name.endswith(("-wal", "-shm")):
            del found[name]
    if "chancery.db" in found:
        with tempfile.TemporaryDirectory(prefix="chancery-black-") as scratch:
            for name in ("chancery.db", "chancery.db-wal"):
                if os.path.exists(os.path.join(folder, name)):
                    shutil.copy(os.path.join(folder, name), scratch)
            try:
                database = sqlite3.connect(os.path.join(scratch, "chancery.db"))
                content = "\n".join(database.iterdump()) + repr(database.execute("PRAGMA user_version").fetchall())
                database.close()
                found["chancery.db"] = hashlib.sha256(content.encode(errors="replace")).hexdigest()
            except sqlite3.DatabaseError:
                pass  # not a database: its bytes count
    return found


def is_clear(errors):
    """One line says what is wrong; indented lines below it may say what to do. Nothing else is printed."""
    lines = [line for line in errors.splitlines() if line.strip()]
    return (
        bool(lines) and lines[0].startswith("error: ") and len(lines[0]) < 400 and len(lines) <= 2
        and all(line.startswith("  ") for line in lines[1:]))


def refused(checks, name, binary, arguments, data=None, words=(), never=()):
    """`serve` with these arguments ends by itself, says why in one line, and changes nothing. `words` are in the line,
    `never` are not."""
    before = state_of(data) if data and os.path.isdir(data) else None
    code, output, errors = rig.command(binary, "serve", *arguments, seconds=20)
    ended = checks.check(name + ": ends with a code other than 0", code not in (0, -9), "code %d" % code)
    checks.check(
        name + ": one clear line", is_clear(errors) and not output and all(word in errors for word in words),
        repr((errors + output)[-700:]))
    for word in never:
        checks.check("%s: it does not say `%s`" % (name, word), word not in errors, repr(errors[-300:]))
    if ended:
        for line in errors.splitlines():
            print("         " + line, flush=True)
    if before is not None:
        checks.equal(name + ": the data folder is as it was", state_of(data), before)


def listen(port=None, host="127.0.0.1"):
    return ["--listen", "%s:%d" % (host, port or rig.free_port())]


def starting(checks, binary, folder):
    place = lambda name: os.path.join(folder, name)

    # A development folder with something in it, used below and copied from.
    service = rig.Service(binary, folder, data=place("dev")).start()
    service.must("kv", "put", "kv/hooks", "plain=-", input=secrets.token_hex(16))
    refused(
        checks, "folder in use by a running service", binary, ["--dev", "--data", place("dev")] + listen(),
        words=[place("dev")])
    checks.equal("folder in use: the running service goes on", service.http("GET", "/health").status, 200)
    taken = service.port
    refused(checks, "port taken", binary, ["--dev", "--data", place("second")] + listen(taken), words=[str(taken)])
    checks.equal("port taken: the running service goes on", service.http("GET", "/health").status, 200)
    checks.equal("the service ends when asked to", service.stop(), 0)

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused(
            checks, "port taken by another program", binary,
            ["--dev", "--data", place("dev")] + listen(other.getsockname()[1]), words=[str(other.getsockname()[1])])

    rig.write(folder, "file", "a file, not a folder\n")
    refused(checks, "data folder is a file", binary, ["--dev", "--data", place("file")] + listen(), never=["does not exist"])
    with open(place("file")) as file:
        checks.equal("data folder is a file: it is as it was", file.read(), "a file, not a folder\n")
    refused(checks, "parent is a file", binary, ["--dev", "--data", place("file") + "/below"] + listen())
    refused(checks, "parent cannot be written", binary, ["--dev", "--data", "/proc/chancery-black"] + listen())

    os.mkdir(place("empty"))
    refused(checks, "not initialised, empty folder", binary, ["--data", place("empty")] + listen(), data=place("empty"))
    refused(checks, "not initialised, no folder", binary, ["--data", place("absent")] + listen())
    checks.check("not initialised, no folder: none was made", not os.path.exists(place("absent")))
    code, _, errors = rig.command(
        binary, "operator", "init", "--data", place("empty"), "--key-file", place("empty.key"))
    checks.check("not initialised: it can be initialised afterwards", code == 0, errors)

    for name, damage in (("newer database", newer), ("not a database", garbage), ("cut database", cut)):
        copy = place(name.replace(" ", "-"))
        shutil.copytree(place("dev"), copy)
        damage(os.path.join(copy, "chancery.db"))
        refused(checks, name, binary, ["--dev", "--data", copy] + listen(), data=copy, never=["SQLite reported error"])

    refused(
        checks, "--dev on all addresses", binary, ["--dev", "--data", place("dev")] + listen(host="0.0.0.0"),
        data=place("dev"))
    for number, address in enumerate(("0.0.0.0", "[::]", "192.0.2.1")):
        refused(
            checks, "plain HTTP on %s" % address, binary, ["--data", place("dev")] + listen(host=address), data=place("dev"))

    # A folder with a key file.
    code, output, errors = rig.command(
        binary, "operator", "init", "--data", place("real"), "--key-file", place("real.key"))
    checks.check("operator init", code == 0 and len(output.split()) == 1, errors)
    root = output.strip()
    code, output, errors = rig.command(
        binary, "operator", "init", "--data", place("other"), "--key-file", place("other.key"))
    checks.check("operator init of another folder", code == 0, errors)
    refused(
        checks, "wrong key file", binary, ["--data", place("real"), "--key-file", place("other.key")] + listen(),
        data=place("real"))
    refused(
        checks, "key file is none", binary, ["--data", place("real"), "--key-file", place("file")] + listen(),
        data=place("real"))
    refused(
        checks, "no key file", binary, ["--data", place("real"), "--key-file", place("absent.key")] + listen(),
        data=place("real"))
    before = state_of(place("real"))
    code, output, errors = rig.command(
        binary, "operator", "init", "--data", place("real"), "--key-file", place("third.key"))
    checks.check("operator init a second time is refused", code not in (0, -9) and not output, errors + output)
    checks.equal("operator init a second time changes nothing", state_of(place("real")), before)
    refused(
        checks, "--dev on a folder with a key file", binary, ["--dev", "--data", place("real")] + listen(),
        data=place("real"))
    # Seals that somebody changed.
    code, output, errors = rig.command(
        binary, "operator", "init", "--data", place("phrase"), "--passphrase", input="words drawn by lot\n")
    checks.check("operator init with a passphrase", code == 0 and len(output.split()) == 1, errors)
    for name, cost in (("64 GiB of memory", (3, 64 << 20)), ("four milliards of passes", ((1 << 32) - 1, 262144))):
        copy = place("phrase-" + name.replace(" ", "-"))
        shutil.copytree(place("phrase"), copy)
        seal = next(file for file in os.listdir(os.path.join(copy, "seal")) if file.endswith(".seal"))
        with open(os.path.join(copy, "seal", seal), "r+b") as file:
            file.seek(54)
            file.write(struct.pack(">II", *cost))
        refused(
            checks, "seal that asks for " + name, binary, ["--data", copy] + listen(), data=copy,
            words=[seal, "%d passes over %d KiB" % cost])
    return root


def newer(path):
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=99")
    database.commit()
    database.close()


def garbage(path):
    for suffix in ("-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    with open(path, "wb") as file:
        file.write(b"this is no database\n" * 600)


def cut(path):
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) // 2 // 4096 * 4096)


def without_dev(checks, binary, folder):
    """A development folder served without --dev starts sealed, or is refused with one line; it never opens itself."""
    data = os.path.join(folder, "dev")
    service = rig.Service(binary, folder, data=data, arguments=())
    try:
        service.start(healthy=(200, 503))
    except RuntimeError:
        with open(service.errors) as file:
            said = file.read()
        checks.check("without --dev on a development folder: refused with one clear line", is_clear(said), repr(said))
        return
    checks.equal("without --dev on a development folder: sealed", service.http("GET", "/health", token=None).status, 503)
    checks.equal("without --dev on a development folder: it ends when asked to", service.stop(), 0)


def sealing(checks, binary, folder, root):
    key = secrets.token_hex(16)
    service = rig.Service(
        binary, folder, data=os.path.join(folder, "real"), arguments=(),
        environment={k: v for k, v in os.environ.items() if not k.startswith("CHANCERY_")})
    service.token = root
    service.start(healthy=(503,))
    body = b'{"note":"x"}'

    def closed(when):
        answer = service.webhook("plain", body, key)
        checks.check(
            "sealed %s: a start is answered 503 with Retry-After" % when,
            answer.status == 503 and (answer.header("Retry-After") or "").isdigit(), (answer.status, answer.headers))
        again = service.webhook("nonesuch", body, key)
        checks.check(
            "sealed %s: so is one of an unknown runbook, byte for byte" % when,
            again.without_date() == answer.without_date())
        answer = service.http("GET", "/api/runs")
        checks.check(
            "sealed %s: so is the API" % when, answer.status == 503 and answer.header("Retry-After"), answer.status)
        checks.equal(
            "sealed %s: health says so" % when, service.http("GET", "/health", token=None).json(),
            {"initialized": True, "sealed": True})
        code, _, errors = service.cli("runs")
        checks.check("sealed %s: the client says so, code 3" % when, code == 3 and errors.strip(), (code, errors))

    closed("at the start")
    code, output, errors = service.cli("operator", "unseal", "--key-file", os.path.join(folder, "other.key"))
    checks.check("unseal with a wrong key file is refused", code != 0 and errors.strip(), (code, output, errors))
    checks.equal("it is still sealed", service.http("GET", "/health", token=None).status, 503)
    code, output, errors = service.cli("operator", "unseal", "--key-file", os.path.join(folder, "real.key"))
    checks.check("unseal", code == 0, output + errors)
    checks.equal("health after unseal", service.http("GET", "/health", token=None).status, 200)
    service.must("kv", "put", "kv/hooks", "plain=-", input=key)
    service.must("import", rig.write(folder, "plain.yaml", DOCUMENT))
    answer = service.webhook("plain", body, key)
    checks.equal("a start after unseal", answer.status, 202)
    if answer.status == 202:
        checks.equal("its run succeeds", service.ended(answer.json()["run_id"]).get("state"), "succeeded")
    code, output, errors = service.cli("operator", "seal")
    checks.check("seal", code == 0, output + errors)
    closed("again")
    code, output, errors = service.cli("operator", "unseal", "--key-file", os.path.join(folder, "real.key"))
    checks.check("unseal again", code == 0, output + errors)
    checks.equal("a start after the second unseal", service.webhook("plain", b'{"note":"y"}', key).status, 202)
    said = service.must("operator", "rotate")
    checks.check("rotate begins a new term", "term is now 2" in said, said)
    service.must("kv", "put", "kv/later", "key=-", input=key)
    checks.equal("a value of the new term is read", service.must("kv", "get", "kv/later", "key"), key)
    checks.equal("a value of the old term is read", service.must("kv", "get", "kv/hooks", "plain"), key)
    checks.equal("a start after the rotation", service.webhook("plain", b'{"note":"z"}', key).status, 202)
    held(checks, service, folder)
    code, output, errors = service.cli("ledger", "verify")
    checks.check("the ledger verifies", code == 0, output + errors)
    checks.equal("it ends when asked to", service.stop(), 0)


def held(checks, service, folder):
    """Sealed while a call is out: its answer is not recorded, nothing more begins, and after the unseal the run goes on
    as after a kill."""
    released = threading.Event()

    def answer(received):
        if received.path == "/look":
            released.wait(20)
        return 200, {}

    upstream = rig.Upstream(answer)
    # The service was started without this destination: it is started anew with it.
    checks.equal("it ends when asked to, unsealed", service.stop(), 0)
    service.arguments += ["--allow-egress", upstream.place]
    service.start(healthy=(503,))
    key_file = os.path.join(folder, "real.key")
    service.must("operator", "unseal", "--key-file", key_file)
    service.must("import", rig.write(folder, "held.yaml", HELD.replace("PLACE", upstream.place)))
    run = re.search(r"started run (\S+)", service.must("start", "held")).group(1)

    def seen(path):
        with upstream.lock:
            return sum(1 for received in upstream.received if received.path == path)

    checks.check("a call is out", rig.eventually(lambda: seen("/look") == 1, 20))
    service.must("operator", "seal")
    released.set()
    checks.check("nothing begins while sealed", not rig.eventually(lambda: seen("/book") > 0, 1))
    service.must("operator", "unseal", "--key-file", key_file)
    checks.equal("the run goes on after the unseal", service.ended(run, 20).get("state"), "succeeded")
    checks.equal("the call that must not be repeated was made once", seen("/book"), 1)
    checks.check("the new term is there after a restart", '"term":2' in service.http("GET", "/v1/sys/key-status").body.decode())
    upstream.stop()


def lost(checks, binary, folder):
    """The keys are there and the database that they belong to is not: that is for an operator to decide about, and
    no reason to begin a new, empty one in silence."""
    place = lambda name: os.path.join(folder, name)
    for name, lose in (("database lost", os.remove), ("database emptied", lambda path: os.truncate(path, 0))):
        copy = place(name.replace(" ", "-"))
        shutil.copytree(place("real"), copy)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(os.path.join(copy, "chancery.db" + suffix)):
                os.remove(os.path.join(copy, "chancery.db" + suffix))
        lose(os.path.join(copy, "chancery.db"))
        refused(checks, name, binary, ["--data", copy, "--key-file", place("real.key")] + listen())


def tampered(checks, binary, folder):
    """Somebody wrote to the database while the service was stopped."""
    place = lambda name: os.path.join(folder, name)
    for name, statement, words in (
        ("a ledger entry is cut off", "DELETE FROM ledger WHERE position = (SELECT max(position) FROM ledger)", ["ledger"]),
        ("a ledger entry is changed", "UPDATE ledger SET entry = CAST(replace(CAST(entry AS TEXT), '\"outcome\":\"', "
            "'\"outcome\":\"x') AS BLOB) WHERE position = 3", ["ledger", "row"]),
        ("the ledger is emptied", "DELETE FROM ledger", ["ledger"]),
        ("a policy is deleted", "DELETE FROM policy WHERE name = 'operator'", ["policy"]),
        ("a policy is put under another name", "UPDATE policy SET name = 'other' WHERE name = 'operator'", ["policy"]),
    ):
        copy = place(name.replace(" ", "-"))
        shutil.copytree(place("real"), copy)
        database = sqlite3.connect(os.path.join(copy, "chancery.db"))
        changed = database.execute(statement).rowcount
        database.commit()
        database.close()
        checks.check(name + ": the change took", changed != 0)
        # What was read up to a checkpoint is not read again: without it every entry is.
        database = sqlite3.connect(os.path.join(copy, "chancery.db"))
        database.execute("DELETE FROM setting WHERE name = 'anchor-checkpoint'")
        database.commit()
        database.close()
        refused(checks, name, binary, ["--data", copy, "--key-file", place("real.key")] + listen(), copy, words)


def clock(checks, binary, folder):
    """A clock that went back: the newest reading of an earlier process lies in the future."""
    service = rig.Service(binary, folder, data=os.path.join(folder, "clock"))
    service.start()
    key = secrets.token_hex(16)
    service.must("kv", "put", "kv/hooks", "plain=-", input=key)
    service.must("import", rig.write(folder, "plain.yaml", DOCUMENT))
    checks.equal("a start before", service.webhook("plain", b'{"note":"1"}', key).status, 202)
    checks.equal("it ends when asked to", service.stop(), 0)
    database = sqlite3.connect(os.path.join(service.data, "chancery.db"))
    checks.check("the clock was noted", database.execute("SELECT count(*) FROM noted_time").fetchone()[0] == 1)
    database.execute("UPDATE noted_time SET at = at + 3600000")
    database.commit()
    database.close()
    service.start()
    said = service.said()
    checks.check("it warns that the clock went back", "warning: the clock says" in said and "--accept-clock" in said, said)
    answer = service.webhook("plain", b'{"note":"2"}', key)
    checks.check(
        "no start from outside is let in", answer.status == 503 and answer.header("Retry-After"), (answer.status, answer.body))
    unknown = service.webhook("nonesuch", b'{"note":"2"}', key)
    checks.equal("nor told apart from an unknown one", unknown.without_date(), answer.without_date())
    checks.check("metrics say so", "chancery_clock_behind 1" in service.http("GET", "/metrics").body.decode())
    checks.check("a start by token goes", "started run" in service.must("start", "plain"))
    checks.equal("it ends when asked to", service.stop(), 0)
    service.arguments.append("--accept-clock")
    service.start()
    checks.equal("after --accept-clock a start is let in", service.webhook("plain", b'{"note":"3"}', key).status, 202)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("the ledger has the alarm", '"kind":"clock"' in entries and '"action":"alarm"' in entries)
    checks.check("the ledger has the acceptance", '"action":"accept","subject":"clock"' in entries)
    checks.equal("it ends when asked to", service.stop(), 0)
    service.arguments.remove("--accept-clock")
    service.start()
    checks.equal("the acceptance holds", service.webhook("plain", b'{"note":"4"}', key).status, 202)
    service.stop()


def memory(checks, binary, folder):
    """A limit on locked memory that is too low. Who is root must lose the right to pass it first."""
    tools = [shutil.which("setpriv"), shutil.which("prlimit")]
    if not all(tools):
        checks.skip("locked memory", "setpriv or prlimit is not there")
        return
    limited = [tools[0], "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock", tools[1], "--memlock=65536:65536", binary]
    data = os.path.join(folder, "real")
    arguments = ["serve", "--data", data, "--key-file", os.path.join(folder, "real.key")] + listen()
    before = state_of(data)
    done = subprocess.run(limited + arguments, capture_output=True, text=True, timeout=20)
    if "Operation not permitted" in done.stderr:
        checks.skip("locked memory", done.stderr.strip())
        return
    checks.check(
        "too little locked memory: one clear line", done.returncode == 1 and is_clear(done.stderr)
        and "--allow-unlocked-memory" in done.stderr, (done.returncode, done.stderr[-400:]))
    checks.equal("the data folder is as it was", state_of(data), before)
    process = subprocess.Popen(
        limited + arguments + ["--allow-unlocked-memory"], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        seen = []
        for line in process.stderr:
            seen.append(line)
            if "is ready" in line:
                break
        checks.check(
            "it begins when that is allowed, and says so", any("may reach swap" in line for line in seen), seen)
    finally:
        process.terminate()
        process.wait(20)


def full_disk(checks, binary, folder):
    mount = os.path.join(folder, "small")
    os.mkdir(mount)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount], capture_output=True, text=True, timeout=20)
    if made.returncode != 0:
        checks.skip("full disk", made.stderr.strip() or "no tmpfs can be mounted")
        return
    try:
        filled(checks, binary, folder, mount)
    finally:
        for service in list(rig.Service.running):
            service.kill()
        subprocess.run(["umount", mount], capture_output=True, timeout=20)


def filled(checks, binary, folder, mount):
    key = secrets.token_hex(16)
    service = rig.Service(binary, folder, data=os.path.join(mount, "data")).start()
    service.must("kv", "put", "kv/hooks", "plain=-", input=key)
    service.must("import", rig.write(folder, "plain.yaml", DOCUMENT))
    acknowledged = []
    count = 0

    def start(size=20_000):
        nonlocal count
        count += 1
        body = json.dumps({"note": "%06d" % count + "n" * size}).encode()
        answer = service.webhook("plain", body, key, [("X-GitHub-Event", "push")])
        if answer.status == 202:
            acknowledged.append(answer.json()["run_id"])
        return answer

    checks.equal("full disk: a start before", start(10).status, 202)
    ballast = os.path.join(mount, "ballast")
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            pass
        try:
            while True:
                file.write(b"\0" * 512)
        except OSError:
            pass
    refusals = []
    deadline = time.monotonic() + 40
    while len(refusals) < 8 and time.monotonic() < deadline:
        answer = start()
        if answer.status != 202:
            refusals.append(answer)
    checks.check(
        "full disk: starts are answered with 5xx", refusals and all(a.status >= 500 for a in refusals),
        [a.status for a in refusals])
    print("         %s" % sorted({(a.status, a.body.decode()) for a in refusals}), flush=True)
    checks.check(
        "full disk: the answer tells nothing of the inside",
        not any(word in a.body.lower() for a in refusals for word in (b"sqlite", b"swift", mount.encode())),
        refusals[0].body if refusals else "")
    checks.check("full disk: the service lives on", service.process.poll() is None, service.said()[-600:])
    service.kill()
    try:
        service.start()
        checks.check("full disk: killed and started on the full disk, it lives", True)
    except RuntimeError:
        said = service.said().split("has stopped")[-1]
        said = said[said.rfind("error: "):] if "error: " in said else said
        checks.check("full disk: killed and started on the full disk, it says why", is_clear(said), said[-500:])
        print("         " + said.strip(), flush=True)
    os.remove(ballast)
    if service.process.poll() is not None:
        service.start()
    last = rig.eventually(lambda: start(10).status == 202, 20, pause=0.3)
    checks.check("full disk: with space again, starts are accepted", last, service.said()[-600:])
    states = {identifier: service.ended(identifier, 20).get("state") for identifier in acknowledged}
    checks.equal(
        "full disk: what was acknowledged succeeded, and nothing was lost",
        {i: s for i, s in states.items() if s != "succeeded"}, {})
    checks.equal("full disk: what was refused did not start", len(service.runs()), len(acknowledged))
    code, output, errors = service.cli("ledger", "verify")
    checks.check("full disk: the ledger verifies", code == 0, output + errors)
    service.kill()
    service.start()
    states = {identifier: service.ended(identifier, 20).get("state") for identifier in acknowledged}
    checks.equal(
        "full disk: the same after a kill and a new start", {i: s for i, s in states.items() if s != "succeeded"}, {})
    code, output, errors = service.cli("ledger", "verify")
    checks.check("full disk: the ledger verifies after a new start", code == 0, output + errors)
    checks.equal("full disk: it ends when asked to", service.stop(), 0)


def run(checks, binary, folder):
    root = starting(checks, binary, folder)
    without_dev(checks, binary, folder)
    sealing(checks, binary, folder, root)
    lost(checks, binary, folder)
    tampered(checks, binary, folder)
    clock(checks, binary, folder)
    memory(checks, binary, folder)
    full_disk(checks, binary, folder)


rig.main(run)
