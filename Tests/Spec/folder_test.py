#!/usr/bin/env python3
"""Makes a data folder with the service and has `read_folder.py`, which knows docs/spec only, open all of it; then
changes the folder, or what the documents say, and expects the reader to notice.

    python3 Tests/Spec/folder_test.py BINARY
"""

import json
import os
import shutil
import sqlite3
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Black"))
import rig

READER = os.path.join(HERE, "read_folder.py")
READER_SECONDS = 60

# The base URL is not written canonically, and has to be read as if it were.
BASE = "HTTP://PLACE/v1/%7Ejoe/./x/../people/"
SAME_BASE = "http://PLACE/v1/~joe/people"

DOCUMENT = """
integration: people
base_url: BASE
auth: { type: bearer, token: { sealed: true } }
methods:
  find:
    request: POST /find
    query: { tenant: { encrypt: true } }
    headers: { X-Client: { encrypt: true } }
    body: { form: { grant: client, password: { encrypt: true } } }
    outputs: { who: response^user^id! }
    encrypt_response: true
    retry: { attempts: 2, backoff: 10ms, retry_on: [503] }
    timeout: 10s
  keys:
    id: keys-of-one
    request: GET /users/<<who>>/keys?page=1
    query: { tenant: { encrypt: true } }
    headers: { X-Client: { encrypt: true }, X-Kept: { secret: kv/people#header }, X-Note: "<<note!>>" }
    timeout: 10s
---
runbook: main
start: { public: { auth: basic, username: sender, password: { sealed: true } } }
variables: { note: { encrypt: true, hosts: ["PLACE"] }, who: { type: string } }
steps:
  find: { method: people/find, then: keys, else: failed }
  keys: { method: people/keys, then: known, else: failed }
  known: { condition: { left: who, op: has_value }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: nowhere
start: internal
steps:
  only: { condition: { left: request^there, op: has_value }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: hands-on
variables: { pin: { encrypt: true } }
steps:
  ask: { condition: { left: pin, op: has_value }, then: on, else: on }
  on: { start_runbook: nowhere, else: failed }
  failed: { end: failure }
---
data_source: crm
sqlite: people.db
---
template: news
subject: It has ended
text: As it was.
---
runbook: asks
variables: { token: { secret: kv/desk#token }, rows: {} }
steps:
  ask: { sql: crm, query: "select <<token>> as it", outputs: { rows: response }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

VALUES = {
    "sealed_row/method:people/find/query/tenant": "tenant-of-find-é+&=",
    "sealed_row/method:people/find/header/X-Client": "client of find, 0123456789",
    "sealed_row/method:people/find/form/password": "password-" + "x" * 300,
    "sealed_row/method:keys-of-one/query/tenant": "tenant-of-keys",
    "sealed_row/method:keys-of-one/header/X-Client": "client of <<who>>, a template",
    "sealed_row/integration:people/auth/token": "bearer-credential-1",
    "sealed_row/runbook:main/auth/password": "basic-password-1",
    "sealed_row/runbook:main/variable/note": "the encrypted variable",
    "secret/kv/people/1/fields#header": "first-version-of-the-secret",
    "secret/kv/people/2/fields#header": "second-version-of-the-secret",
    "secret/kv/desk/1/fields#token": "token-for-a-file-and-a-desk",
}
SET = {
    "sealed_row/method:people/find/query/tenant": ("people/find", "query", "tenant"),
    "sealed_row/method:people/find/header/X-Client": ("people/find", "header", "X-Client"),
    "sealed_row/method:people/find/form/password": ("people/find", "form", "password"),
    "sealed_row/method:keys-of-one/query/tenant": ("people/keys", "query", "tenant"),
    "sealed_row/method:keys-of-one/header/X-Client": ("people/keys", "header", "X-Client"),
    "sealed_row/integration:people/auth/token": ("people", "auth", "token"),
    "sealed_row/runbook:main/auth/password": ("main", "auth", "password"),
    "sealed_row/runbook:main/variable/note": ("main", "variable", "note"),
}
ANSWER = {"user": {"id": "joe ~1"}, "more": "an answer that is sealed"}


def run(checks, binary, folder):
    said = []

    def read(data, *arguments):
        code, output, errors = rig.command(sys.executable, "-B", READER, data, *arguments, seconds=READER_SECONDS)
        said.append(output + errors)
        return code, output, errors

    # A folder with one of everything.
    def answer(received):
        first = sum(r.path == received.path for r in list(upstream.received)) == 1
        if received.path.endswith("/find") and first:
            return 503, {"later": True}
        return 200, ANSWER

    upstream = rig.Upstream(answer)
    files = os.path.join(folder, "files")
    os.makedirs(files)
    sqlite3.connect(os.path.join(files, "people.db")).executescript("create table people (id integer)")
    service = rig.Service(
        binary, folder, arguments=("--dev", "--sqlite-folder", files), allow=[upstream.place]).start()
    base, same = BASE.replace("PLACE", upstream.place), SAME_BASE.replace("PLACE", upstream.place)

    def documents(base_url):
        return DOCUMENT.replace("BASE", base_url).replace("PLACE", upstream.place)

    for version in (1, 2):
        value = rig.write(folder, "value", VALUES["secret/kv/people/%d/fields#header" % version])
        service.must("kv", "put", "kv/people", "header=@" + value, "--hosts", upstream.place)
    # Hosts as people write them: without the port that is meant, in other letters, and a file.
    service.must("kv", "put", "kv/desk", "token=-", "--hosts", "sqlite:crm", "--hosts", "Desk.example.com",
                 input=VALUES["secret/kv/desk/1/fields#token"])
    service.must("import", rig.write(folder, "documents.yaml", documents(base)))
    replaced = "sealed_row/method:people/find/query/tenant"
    service.must("set", *SET[replaced], input="an older value, entered before")
    old = envelope_of(service.data, replaced)
    for place, arguments in SET.items():
        service.must("set", *arguments, input=VALUES[place])
    service.must("set", "hands-on", "variable", "pin", input="0000 of the pin")
    for runbook in ("main", "nowhere", "hands-on", "asks"):
        service.must("grant", runbook)
    service.must("runbook", "disable", "main")
    service.must("runbook", "enable", "main")
    # Two versions and one that was trimmed; the reader finds the material of those that the record names.
    service.must("key", "create", "orders", "--type", "xchacha20-poly1305")
    service.must("key", "create", "release", "--type", "ecdsa-p256")
    for _ in range(2):
        service.must("key", "rotate", "orders")
    service.must("key", "config", "orders", "--min-decryption", "2")
    service.must("key", "trim", "orders", "--below", "2")
    runs = {}
    for runbook, state in (("main", "succeeded"), ("nowhere", "failed"), ("hands-on", "succeeded"),
                           ("asks", "succeeded")):
        started = service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": {"asked": "by hand"}})
        checks.equal(runbook + " is accepted", started.status, 202)
        runs[runbook] = started.json()["run_id"]
        ended = service.ended(runs[runbook])
        checks.check("%s: %s" % (runbook, state), ended.get("state") == state, ended.get("failure"))
    main = runs["main"]
    kinds = [row["event"] for row in service.log(main)]
    answered = 1 + max(index for index, kind in enumerate(kinds) if kind == "call-answered")
    targets = [r.target for r in list(upstream.received)]
    checks.check(
        "the other side was called at the canonical URL",
        "/v1/~joe/people/users/joe%20~1/keys?page=1&tenant=tenant-of-keys" in targets, targets[-1:])
    checks.equal("the service ends when asked to", service.stop(), 0)

    # The reader opens all of it.
    expected = dict(VALUES)
    expected["run_event/%s/1/variables/note" % main] = VALUES["sealed_row/runbook:main/variable/note"]
    expected["run_event/%s/1/variables/token" % runs["asks"]] = VALUES["secret/kv/desk/1/fields#token"]
    expected["run_event/%s/1/roots/request" % main] = '{"asked": "by hand"}'
    expected["run_event/%s/%d/response/body" % (main, answered)] = json.dumps(ANSWER)
    # What is bound to the URL leaves an empty span in what the log keeps.
    expected["run_event/%s/%d/request/url" % (main, answered)] = same + "/users/joe%20~1/keys?page=1&tenant="

    def expectation(name, cases):
        return rig.write(folder, name, json.dumps([{"place": p, "value": v} for p, v in cases.items()]))

    everything = expectation("expected.json", expected)
    before = rig.digest_of(service.data)
    code, output, errors = read(service.data, "--expect-file", everything)
    checks.check("the folder is opened, and everything expected is in its place", code == 0, errors)
    print("".join("         %s\n" % line for line in output.splitlines()), end="", flush=True)
    checks.equal("the reader changed nothing in the folder", rig.digest_of(service.data), before)
    counts = {kind: int(number) for number, kind in (line.split(None, 1) for line in output.splitlines())}
    for kind, least in (
        ("parameters (query, as it is)", 2), ("parameters (header, as it is)", 1),
        ("parameters (header, template)", 1), ("parameters (form, as it is)", 1), ("sealed rows (variable)", 1),
        ("sealed rows (credential of integration)", 1), ("sealed rows (credential of runbook)", 1),
        ("key/value secrets", 2), ("documents (integration)", 1),
        ("documents (runbook)", 2), ("documents (data_source)", 1), ("documents (template)", 1), ("earlier saves of documents", 2), ("bundles", 2), ("policies", 5), ("token records", 1),
        ("named keys", 2), ("runs (succeeded)", 1),
        ("runs (failed)", 2), ("beginnings with spent bits", 1), ("run events", 9), ("run values", 10),
        ("expected plaintexts, found", len(expected)),
    ):
        checks.check("at least %d: %s" % (least, kind), counts.get(kind, 0) >= least, counts.get(kind))
    sealed = envelopes(service.data)
    checks.equal("every envelope of the database was opened", counts.get("envelopes in all"), len(sealed))
    checks.check("control: envelopes are counted", len(sealed) > 30, len(sealed))

    # It can fail: expectations.
    def refused(name, found, *words):
        code, _, errors = found
        checks.check(name, code == 1 and all(word in errors for word in words), "%s: %s" % (code, errors.strip()))

    note = "sealed_row/runbook:main/variable/note"
    refused("another value than expected is noticed", read(
        service.data, "--expect-file", expectation("other.json", {note: VALUES[note] + "."})), "holds something else")
    refused("a value that is not there is noticed", read(
        service.data, "--expect-file", expectation("other.json", {note + "s": VALUES[note]})), "nothing is there")

    # What the documents say is what the key is derived from.
    closed = ("sealed_row/method:", "does not open: commitment-mismatch")
    host, port = upstream.place.split(":")
    for name, text in (
        ("path", same + "s"), ("longer path", same + "/x"), ("letter case of the path", same.replace("joe", "Joe")),
        ("port", "http://%s:%d/v1/~joe/people" % (host, int(port) + 1)), ("host", same.replace(host, "localhost")),
        ("scheme", same.replace("http:", "https:")),
    ):
        refused(
            "another base URL, %s: does not open" % name, read(service.data, "--base-url", "people=" + text), *closed)
    one = "keys-of-one="
    for name, text in (
        ("HTTP method", "HEAD /users/<<who>>/keys"), ("variable", "GET /users/<<note>>/keys"),
        ("variable's spelling", "GET /users/<<who!>>/keys"), ("literal for a variable", "GET /users/who/keys"),
        ("literal like a variable", "GET /users/\\<<who>>/keys"), ("slash at the end", "GET /users/<<who>>/keys/"),
    ):
        refused("another request, %s: does not open" % name, read(service.data, "--request", one + text), *closed)
    refused("a request that is no canonical URL is refused", read(
        service.data, "--request", one + "GET /users/<<who>>/../keys"), "is refused: dot segment after a placeholder")
    odd = "hTTp://%s/./V1/../v1/%%7ejo%%65/people/" % upstream.place
    for name, arguments in (
        ("base URL", ("--base-url", "people=" + same)), ("base URL, with escapes", ("--base-url", "people=" + odd)),
        ("request", ("--request", one + "GET users/<<who>>/x/%2E%2e/key%73?page=2")),
    ):
        code, _, errors = read(service.data, *arguments, "--expect-file", everything)
        checks.check("another spelling of the same %s: opens" % name, code == 0, errors)

    # One bit of an envelope, wherever it is.
    copy = os.path.join(folder, "copy")

    def changed(name, statements, *words):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(service.data, copy)
        database = sqlite3.connect(os.path.join(copy, "chancery.db"))
        with database:
            for statement, values in statements:
                count = database.execute(statement, values).rowcount
                assert count > 0, statement
        database.close()
        refused(name, read(copy, "--expect-file", everything), *words)

    for table, column in (
        ("sealed_row", "value"), ("secret", "fields"), ("document", "text"), ("bundle", "text"), ("policy", "text"),
        ("token", "record"), ("run_event", "event"), ("run_event", "run_values"),
    ):
        envelope = next(e for t, c, e in sealed if (t, c) == (table, column))
        update = 'UPDATE "%s" SET "%s" = ? WHERE "%s" = ?' % (table, column, column)
        for part, at in (("commitment", 9), ("nonce", 41), ("ciphertext", 65), ("tag", len(envelope) - 1)):
            if table != "sealed_row" and part in ("commitment", "nonce"):
                continue
            flipped = bytearray(envelope)
            flipped[at] ^= 1
            changed("one bit of the %s in %s.%s" % (part, table, column), [(update, (bytes(flipped), envelope))],
                    table, "does not open: ")
    for name, file, at in (
        ("the keyring", os.path.join("seal", "keyring"), -1), ("the file of run keys", "run-keys", 200),
    ):
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(service.data, copy)
        with open(os.path.join(copy, file), "r+b") as opened:
            content = bytearray(opened.read())
            content[at] ^= 1
            opened.seek(0)
            opened.write(content)
        refused("one bit of " + name, read(copy))

    # Whole envelopes in other places, and rows taken away.
    value = "UPDATE sealed_row SET value = ? WHERE owner = ? AND kind = ? AND name = ?"
    find, keys = ("method:people/find", "query", "tenant"), ("method:keys-of-one", "query", "tenant")
    changed("an older value put back into its row", [(value, (old, *find))], "does not open: ")
    other = envelope_of(service.data, "sealed_row/method:keys-of-one/query/tenant")
    changed("another method's value", [(value, (other, *find))], "does not open: ")
    changed("a value under another generation", [
        ("UPDATE sealed_row SET generation = generation + 1 WHERE owner = ? AND kind = ? AND name = ?", keys)],
        "does not open: ")
    changed("another method's id", [("UPDATE sealed_row SET owner = 'method:people/keys' WHERE owner = ?", keys[:1])],
            "no document has an encrypted row")
    changed("hosts of a secret, in clear", [("UPDATE secret SET hosts = 'evil.example:443' WHERE version = 2", ())],
            "the hosts in clear")
    event = "UPDATE run_event SET sequence = ? WHERE run = ? AND sequence = ?"
    changed("two events exchanged", [(event, (999, main, 2)), (event, (2, main, 3)), (event, (3, main, 999))],
            "does not open: ")
    changed("an event taken out", [("DELETE FROM run_event WHERE run = ? AND sequence = 2", (main,))],
            "the sequence is not 2")
    changed("the last event taken away", [(
        "DELETE FROM run_event WHERE run = ? AND sequence = (SELECT max(sequence) FROM run_event WHERE run = ?)",
        (main, main))], "the ledger commits to")
    changed("values taken away", [("UPDATE run_event SET run_values = NULL WHERE run = ? AND sequence = 1", (main,))],
            "a value that has not come")
    changed("another run's key", [("UPDATE run SET key_slot = key_slot + 1 WHERE id = ?", (main,))], main)
    changed("the kind of an event, in clear", [(
        "UPDATE run_event SET kind = 'cancelled' WHERE run = ? AND sequence = 2", (main,))], "kind or time in clear")
    changed("the tokens that a run is found by", [(
        "UPDATE search_entry SET tokens = zeroblob(3) WHERE run = ?", (main,))], "a step is missing")
    changed("a run's place in the index", [(
        "INSERT INTO search_segment (segment, day, newest, removed, runs)"
        " SELECT 1, day, run, 0, CAST(run AS BLOB) FROM search_entry WHERE run = ?", (main,))], "a run of another segment")
    changed("another day's key", [("UPDATE search_day SET key_slot = key_slot - 1", ())], "search_")
    changed("an entry of the ledger", [(
        "UPDATE ledger SET entry = CAST(replace(CAST(entry AS TEXT), 'policy-write', 'policy-grown') AS BLOB)"
        " WHERE position = 1", ())], "ledger: ")
    changed("an envelope where none belongs", [(
        "INSERT INTO setting (name, value) VALUES ('x', ?)", (old,))], "an envelope whose place")

    # The same by the service: the document is imported with another URL.
    service.start()
    edited = documents(base.replace("people", "persons")).split("---")[0]
    service.must("import", rig.write(folder, "people.yaml", edited))
    checks.equal("it ends again", service.stop(), 0)
    code, output, errors = read(service.data)
    checks.check("the document was changed: its 5 values are gone", code == 0 and all(
        "     %d  %s\n" % line in output for line in (
            (5, "parameters deleted when their URL changed"), (2, "sealed rows (variable)"))), errors + output)
    code, _, errors = read(service.data, "--expect-file", everything)
    checks.check("and they are not found any more", code == 1 and "nothing is there" in errors, errors)

    # It says places and counts, never a value.
    shown = "\n".join(said).encode()
    checks.check("control: the reader named places", b"sealed_row/method:" in shown)
    hidden = {**VALUES, "answer": ANSWER["more"]}
    checks.equal("nothing that was read is in what it printed", rig.hunt(shown, hidden), [])
    upstream.stop()


def connect(data):
    return sqlite3.connect("file:%s?mode=ro" % os.path.join(data, "chancery.db"), uri=True)


def envelope_of(data, place):
    owner, kind, name = place.removeprefix("sealed_row/").rsplit("/", 2)
    database = connect(data)
    row = database.execute(
        "SELECT value FROM sealed_row WHERE owner = ? AND kind = ? AND name = ?", (owner, kind, name)).fetchone()
    database.close()
    return row[0]


def envelopes(data):
    """Table, column and bytes of everything in the database that begins as an envelope does."""
    found = []
    database = connect(data)
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        cursor = database.execute('SELECT * FROM "%s"' % table)
        names = [column[0] for column in cursor.description]
        for row in cursor:
            found += [(table, name, cell) for name, cell in zip(names, row)
                      if isinstance(cell, bytes) and cell[:3] == b"CHE"]
    database.close()
    return found


rig.main(run)
