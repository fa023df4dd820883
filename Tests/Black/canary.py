#!/usr/bin/env python3
"""The canary hunt: plants a secret at every door, uses all of them in runs that fail in every way, kills the service at
every step, and looks for each secret, in every form, in all that the service stores, answers and prints.

    python3 Tests/Black/canary.py BINARY

`canaryhunt` beside BINARY searches; docs/canary-hunt.md says how to run it by hand, also against a service that is there.
"""

import base64
import gzip
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig
from hunt import documents, live, outside, tool, walk

P = documents.PREFIX

#: What holds a secret by design, by its path in the data folder: a development folder's own key and token.
EXCEPTIONS = (os.path.join("dev", "root-token"), os.path.join("seal", "dev.key"))

#: Secrets that reach the other side, each in a request of its own kind.
SENT = (
    "sealed query", "sealed header", "sealed form field", "sealed in the document", "encrypted variable",
    "encrypted variable in the document", "bearer credential", "key in a header", "key in the query",
    "credential in the document", "kv secret in a header", "kv secret in the query", "kv secret as a variable",
    "encrypted answer", "encrypted request",
)


class Hunt:
    """One service, what it is told, and all that it says."""

    def __init__(self, checks, binary, folder, there=None, ports=None):
        """`there` are the options of a service that is there; without it, one of its own is started. `ports` fixes those of
        the outside API, its TLS, a closed one and the service."""
        self.checks = checks
        self.binary = binary
        self.folder = folder
        self.planted = {name: tool.canary() for name in documents.NAMES}
        self.kill_at = None
        ports = ports or (0, 0, rig.free_port(), None)
        place = there.listen if there else "127.0.0.1:%d" % ports[0]
        self.outside = outside.Outside(self.planted["encrypted answer"], self.before, place)
        secure = self.outside.with_wrong_certificate(folder, self.planted["certificate"], ports[1])
        self.places = {"PLACE": self.outside.place, "SECURE": secure, "CLOSED": "127.0.0.1:%d" % ports[2]}
        if there:
            self.service = live.LiveService(binary, there.address, there.token, folder)
        else:
            self.service = rig.Service(binary, folder, allow=list(self.places.values()), port=ports[3]).start()
        self.searched = {**self.planted, "root token": self.service.token}
        self.answers = tool.Surfaces(os.path.join(folder, "answers"))
        self.said = tool.Surfaces(os.path.join(folder, "said"))
        self.disclosed = tool.Surfaces(os.path.join(folder, "disclosed"))
        self.snapshots = 0
        self.cli = walk.CommandWalk(self.service, self.said, self.disclosed)
        self.search = tool.Search(binary, folder, self.searched)

    def before(self, received):
        """Called with each request to the outside, before it is answered: here the service dies where it is told to."""
        if self.kill_at is not None and received.path.split("/")[1] == self.kill_at:
            self.kill_at = None
            # The service first: it outlives its watcher by a moment, in which it could get as far as the next request.
            for pid in (self.service.inner, self.service.process.pid):
                if pid:
                    os.kill(pid, signal.SIGKILL)

    def write(self, name, text):
        path = os.path.join(self.folder, "documents")
        os.makedirs(path, exist_ok=True)
        return rig.write(path, name, text)

    # Planting.

    def plant(self):
        planted = self.planted

        def put(path, **fields):
            arguments = ["%s=@%s" % (name, self.write("value-" + name, value)) for name, value in fields.items()]
            hosts = [argument for place in self.places.values() for argument in ("--hosts", place)]
            self.cli.must("kv", "put", path, *arguments, *hosts)

        put("kv/" + P + "mirror", query=planted["kv secret, older version"], header=planted["kv secret, older version"], variable="x")
        put("kv/" + P + "mirror", query=planted["kv secret in the query"], header=planted["kv secret in a header"],
            variable=planted["kv secret as a variable"])
        put("kv/" + P + "hooks", main=planted["webhook key"], uri=planted["uri secret"])
        put("kv/" + P + "gone", value=planted["kv secret, deleted"])
        self.cli.must("kv", "delete", "kv/" + P + "gone")
        text, self.steps = documents.text(self.places, {
            "SEALED_IN_DOCUMENT": planted["sealed in the document"],
            "VARIABLE_IN_DOCUMENT": planted["encrypted variable in the document"],
            "CREDENTIAL_IN_DOCUMENT": planted["credential in the document"],
            "START_IN_DOCUMENT": planted["start key in the document"],
        })
        path = self.write("documents.yaml", text)
        self.cli("check", path)
        self.cli.must("import", path)
        self.cli("import", path, "--json")
        for arguments, name in (
            ((P + "identity/token", "query", "tenant"), "sealed query"),
            ((P + "identity/token", "header", "X-Client"), "sealed header"),
            ((P + "identity/token", "form", "password"), "sealed form field"),
            ((P + "walk", "variable", "note"), "encrypted variable"), ((P + "ask", "variable", "note"), "encrypted variable"),
            ((P + "mirror", "auth", "token"), "bearer credential"), ((P + "basic", "auth", "password"), "basic credential"),
            ((P + "header", "auth", "key"), "key in a header"), ((P + "query", "auth", "key"), "key in the query"),
            ((P + "gap", "auth", "password"), "basic password"), ((P + "quiet", "auth", "secret"), "header secret"),
            ((P + "ask", "auth", "key"), "recipe key"),
        ):
            self.cli.must("set", *arguments, input=planted[name])
        for runbook in ("walk", "ask", "gap", "link", "held", "quiet", "clear"):
            self.cli.must("grant", P + runbook)
            self.cli.must("grants", P + runbook)

    # Driving.

    def start(self, runbook, body=b'{"n":1}', headers=(), query=""):
        return self.answers.answer(
            "start-" + runbook, self.service.http("POST", "/api/automation/" + runbook + query, body, headers, token=None))

    def started(self, runbook, *arguments, **named):
        found = self.start(runbook, *arguments, **named)
        self.checks.check(runbook + ": accepted", found.status == 202, (found.status, found.body[:200]))
        return (found.json() or {}).get("run_id", "")

    def ended(self, name, run, state):
        one = self.service.ended(run, 120)
        if not self.checks.equal("%s: %s" % (name, state), one.get("state"), state):
            print("         %s" % one.get("failure"), flush=True)
            for line in self.service.log(run)[-3:]:
                print("         " + json.dumps(line)[:600], flush=True)

    def walk_run(self, part=0):
        # No two deliveries are the same, so that none is taken for a repetition.
        body = json.dumps({"n": self.answers.count, "part": part}).encode()
        signature = rig.signature(body, self.planted["webhook key"])
        return self.started(P + "walk", body, [("X-Hub-Signature-256", signature)])

    def drive(self):
        planted, checks = self.planted, self.checks
        log, self.walked = [], []
        for part, steps in enumerate(self.steps):
            run = self.walk_run(part)
            if part == 0:
                self.first = run
            self.ended("every failure in turn", run, "succeeded")
            self.walked.append(run)
            lines = self.service.log(run)
            visited = [line["step"] for line in lines if line["event"] in ("call-answered", "call-failed")]
            checks.equal("every step was tried", visited, ["token"] + steps)
            log += lines
        found = {line["step"]: line.get("reason", "answered") for line in log if line["event"] in ("call-answered", "call-failed")}
        for place, expected in outside.Outside.PLACES.items():
            outcome = found.get("at-" + place)
            fits = outcome != "answered" if expected == "failed" else expected in str(outcome).replace("-", " ")
            checks.check("the outside API at /%s: %s" % (place, expected), fits, outcome)
        basic = base64.b64encode(("sender:" + planted["basic password"]).encode()).decode()
        self.ended(
            "a variable without a value", self.started(P + "gap", b"{}", [("Authorization", "Basic " + basic)]), "failed")
        secret = planted["encrypted request"]
        inner = json.dumps({"inner": {"secret": secret}, secret: [secret]}).encode()
        self.ended(
            "an encrypted request",
            self.started(P + "quiet", inner, [("X-Pass", planted["header secret"]), ("X-Sent", secret)], "?sent=" + secret),
            "succeeded")
        self.started(P + "link", query="?pass=" + urllib.parse.quote(planted["uri secret"]))
        digest = hmac.new(planted["recipe key"].encode(), b'{"n":1}', hashlib.sha256).digest()
        self.ended("conditions on a secret", self.started(P + "ask", headers=[("X-Sig", base64.b64encode(digest).decode())]), "failed")
        self.started(P + "clear", headers=[("X-Pass", planted["start key in the document"])])
        held = (self.service.http("POST", "/api/runbooks/" + P + "held/start", {}).json() or {}).get("run_id", "")
        rig.eventually(lambda: any(r.path == "/silent" and "held" for r in list(self.outside.received)), 15)
        asked = [line.get("commitment", "") for line in self.service.log(held) if line["event"] == "approval-asked"]
        self.cli("approve", held, "--request", (asked or [""])[-1][:12])
        self.cli("refuse", held, "--request", (asked or [""])[-1][:12])
        self.cli("cancel", held)
        self.service.ended(held)
        by_hand = self.service.http("POST", "/api/runbooks/" + P + "quiet/start", {"payload": {"inner": {"secret": secret}}})
        self.service.ended((self.answers.answer("start-by-hand", by_hand).json() or {}).get("run_id", ""))

    def mistreat(self):
        """Wrong requests to every route, with what nobody may repeat in every part of them."""
        wrong, http = self.planted["presented wrongly"], self.service.http
        self.start(P + "walk", headers=[("X-Hub-Signature-256", "sha256=" + wrong)])
        self.start(P + "walk", ('{"x":"%s"' % wrong).encode(), [("X-Hub-Signature-256", rig.signature(b"", wrong))])
        encoded = base64.b64encode(("sender:" + wrong).encode()).decode()
        self.start(P + "gap", b"{}", [("Authorization", "Basic " + encoded)])
        self.start(P + "quiet", b"{}", [("X-Pass", wrong)])
        self.start(P + "link", b"{}", query="?pass=" + wrong)
        self.start(wrong, b"{}")
        bodies = ('{"value": "%s"' % wrong, '{"value": ["%s"], "data": "%s"}' % (wrong, wrong), '{"%s": 1}' % wrong, wrong,
                  '{"key": "%s", "text": 1, "files": [{"name": "x", "text": "%s"}]}' % (wrong, wrong))
        for method, pattern, _ in walk.routes(self.service):
            if method in ("GET", "HEAD", "LIST", "OPTIONS", "DELETE") or pattern.endswith(("/revoke-self", "/seal", "/rotate", "/disable")):
                continue
            target = pattern.replace("{path*}", "canary").replace("{id}", P + "walk")
            target = target if "{" not in target else "/".join("x" if "{" in part else part for part in target.split("/"))
            for body in bodies:
                found = http(method, target, body.encode(), [("X-Wrong", wrong)])
                self.answers.answer("wrong-%s-%s" % (method, target), found)
        # Paths are names, and stand in the ledger; what else a request holds does not.
        for target in ("/api/runs?state=" + wrong, "/api/runs?before=" + wrong, "/v1/kv/metadata/?list=" + wrong):
            self.answers.answer("wrong-place", http("GET", target))
        self.answers.answer("wrong-token", http("GET", "/api/runs", token=wrong))
        self.answers.answer("wrong-bearer", http("GET", "/api/runs", token=None, headers=[("Authorization", "Bearer " + wrong)]))
        for number, text in enumerate(documents.FAULTY):
            text = text.replace("PLACE", self.outside.place).replace("SECRET", self.planted["faulty document"])
            path = self.write("faulty-%d.yaml" % number, text)
            for command in (("check", path), ("check", path, "--json"), ("import", path)):
                code, _, _ = self.cli(*command)
                self.checks.check("faulty document %d: %s refuses it" % (number, command[0]), code != 0, code)

    def kill_everywhere(self):
        """Runs of all parts, and a kill with the request of each of their steps out; the folder as each kill left it."""
        for part, names in enumerate(self.steps):
            places = [name[3:] for name in names if name[:3] == "at-" and name[3:] in outside.Outside.PLACES]
            if places:
                self.kill_in(part, ["token"] + places if part == 0 else places)

    def kill_in(self, part, steps):
        self.kill_at = steps[0]
        run = self.walk_run(part)
        for number, step in enumerate(steps):
            ended = rig.eventually(lambda: self.service.process.poll() is not None, 60)
            if not self.checks.check("killed with a request to /%s out" % step, ended):
                break
            self.service.kill()
            self.snapshot("killed-at-" + step)
            self.kill_at = steps[number + 1] if number + 1 < len(steps) else None
            self.service.spawn()
        self.kill_at = None
        rig.eventually(self.is_healthy, rig.START_SECONDS)
        self.checks.check(
            "after the last one the run goes on to its end", self.service.ended(run, 120).get("state") in ("succeeded", "failed"))

    def is_healthy(self):
        try:
            return self.service.http("GET", "/health", token=None).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def snapshot(self, name):
        self.snapshots += 1
        target = os.path.join(self.folder, "snapshots", name)
        shutil.copytree(self.service.data, target)
        for path in EXCEPTIONS:
            os.remove(os.path.join(target, path))

    def commands(self):
        """Every command once more or for the first time, rightly and wrongly."""
        cli, planted = self.cli, self.planted
        wrong = planted["presented wrongly"]
        for arguments in (
            ("runbooks",), ("runbooks", "--json"), ("runs",), ("runs", "list", "--json"), ("log", self.first), ("log", self.first, "--tree"),
            ("log", self.first, "--tree", "--json"), ("runs", "--text", "nonesuch"),
            ("log", self.first, "--json"), ("log", self.first, "--receipt"), ("verify-receipt", "nonesuch", "--public-key", "x"), ("kv", "list"), ("ledger", "head"), ("ledger", "key"), ("ledger", "verify"),
            ("runbook", "disable", P + "gap"), ("runbook", "enable", P + "gap"), ("operator", "status"), ("operator", "rotate"),
            ("runbook", "pause", P + "gap"), ("runbook", "resume", P + "gap"), ("runbook", "resume", "nonesuch"),
            ("pause", self.first), ("resume", self.first), ("pause", "nonesuch"), ("resume", "nonesuch"), ("runs", "--paused"),
            ("retry", self.first), ("retry", self.first, "--from", "start", "--latest"), ("retry", "nonesuch"),
            ("retry", "nonesuch", "--idempotency-key", "k"), ("start", "nonesuch", "--idempotency-key", "two " + wrong),
            ("replay", self.first), ("replay", self.first, "--pinned", "--json"), ("replay", "nonesuch"),
            ("start", P + "walk", "--dry-run"), ("run", P + "walk", "--dry-run", "--replay", self.first), ("start", P + "walk", "--dry-run", "--json"),
            ("start", P + "walk", "--dry-run", "--replay", wrong), ("start", P + "walk", "--dry-run", "--responses", "nonesuch"),
            ("start", "nonesuch"), ("log", "nonesuch"), ("log", "nonesuch", "--tree"), ("cancel", "nonesuch"), ("runs", "delete", "nonesuch", "--yes"),
            ("serve", "--data", self.service.data, "--listen", "127.0.0.1:1"),
            ("token", "create", "--policy", "log-viewer", "--uses", "1"),
            ("kv", "put", "kv/x", wrong), ("kv", "put", "kv/x", "--" + wrong), ("set", P + "walk", "variable", "note", wrong),
            ("grant", "nonesuch"), ("operator", "unseal", "--key-file", "nonesuch"), ("operator", "unseal", "--passphrase"),
            ("ledger", "verify", "--public-key", wrong),
            ("operator", "init", "--data", self.service.data, "--key-file", os.path.join(self.folder, "new.key")),
            ("operator", "seal-add", "--data", self.service.data, "--with-passphrase", "--passphrase"),
            ("operator", "seal-remove", "--data", self.service.data, "nonesuch"), ("operator", "seals", "--data", self.service.data),
            ("runbook", "stats", P + "walk"), ("runbook", "stats", "nonesuch", "--json"),
            ("runbook", "kept", P + "walk"), ("runbook", "kept", P + "walk", "--json"), ("runbook", "kept", P + "walk", "--clear", "nonesuch"), ("runbook", "kept", "nonesuch"), ("outbox",), ("outbox", "list", "--json"), ("outbox", "--before", wrong),
            ("outbox", "retry", "nonesuch"), ("notifications",), ("notifications", "list", "--json"), ("notifications", "read"),
            ("notifications", "read", "nonesuch"), ("requests", "nonesuch/nonesuch"), ("requests", P + "mirror/nonesuch"),
            ("runs", "list", "--trigger", "schedule", "--reason", "timeout", "--step", "nonesuch", "--since", wrong),
            ("runbook", "await", P + "walk"), ("runbook", "await", "nonesuch"), ("schemes",), ("schemes", "github"), ("schemes", "nonesuch"),
            ("test", "nonesuch/call"), ("test", "nonesuch/call", "--variable", "a=" + wrong, "--secret-variable", "b"),
            ("authorize", "nonesuch"), ("templates",), ("templates", "nonesuch"), ("mail", "show"), ("mail", "test", "a@example.org"),
            ("mail", "set", "--host", "127.0.0.1", "--port", "9", "--tls", "tls", "--user", "bot", "--from", "a@example.org"),
            ("mail", "show", "--json"), ("mail", "test", "a@example.org"), ("mail", "delete"), ("template", "delete", "nonesuch"),
            ("versions", "runbook", P + "gap"), ("versions", "integration", "nonesuch", "--json"),
            ("diff", "runbook:" + P + "gap", "1"), ("diff", "runbook:" + P + "gap", "1", "2"), ("diff", P + "gap", wrong),
            ("rollback", "runbook:" + P + "gap", "1"), ("rollback", "nonesuch", "1"),
            ("groups",), ("groups", "--json"), ("group", "create", "night"), ("group", "rename", "night", "day"), ("group", "delete", "day"),
            ("runbook", "delete", "nonesuch"), ("integration", "delete", "nonesuch"), ("data-source", "delete", "nonesuch"),
            ("scheme", "delete", "nonesuch"), ("scheme", "delete", "github"),
            ("integrations",), ("integrations", "nonesuch"), ("integrations", "--json"), ("data-sources",), ("data-sources", "nonesuch"),
            ("group", "delete", "nonesuch"), ("runbooks", "--group", "nonesuch"),
        ):
            cli(*arguments, input=wrong + "\n" + wrong + "\n")
        for answers in ({wrong: {"body": 1}}, {"nonesuch": {"failure": wrong}}):
            cli("start", P + "walk", "--dry-run", "--responses", self.write("answers.json", json.dumps(answers)))
        cli("kv", "get", "kv/" + P + "mirror", discloses=True)
        cli("kv", "get", "kv/" + P + "mirror", "--field", "header", discloses=True)
        policy = self.write("policy.hcl", 'path "api/*" { capabilities = ["read"] }\n')
        cli("policy", "check", policy)
        cli("policy", "put", "canary", policy)
        secret = self.write("secret", planted["kv secret in a header"] + "\n")
        os.chmod(secret, 0o600)
        cli("redact", "--secrets", secret, "--summary", input="a %s b" % planted["kv secret in a header"])
        cli("exec", "--env", "X=kv/" + P + "mirror#header", "--", "sh", "-c", "echo $X; echo $X >&2; echo $X | base64; exit 3")
        # Persons: a password goes in, a token comes back; values are shown to whoever may have them shown.
        password = planted["login password"]
        cli("user", "put", "canary-user", "--policy", "log-viewer", input=password + "\n")
        cli("user", "list")
        cli("user", "show", "canary-user")
        cli("login", "--user", "canary-user", input=wrong)
        cli("login", "--user", "canary-user", input=password)
        cli("logout")
        cli("reveal", "kv", "kv/" + P + "mirror", "--reason", "canary", discloses=True)
        cli("reveal", "kv", "kv/" + P + "mirror", "header", "--reason", "canary", discloses=True)
        for part in ("request.body", "request.headers", "response.body", "variables.note"):
            for seq in ("1", "3"):
                cli("reveal", "run", self.first, seq, part, "--reason", "canary", discloses=True)
        cli("reveal", "kv", "kv/" + P + "mirror", "--reason", "line\nbreak " + wrong)
        cli("reveal", "list")
        for verb in ("consent", "decline"):
            cli("reveal", verb, "0" * 32)
        # Named keys: what is encrypted goes in and comes out, and is nowhere meanwhile.
        for name, kind in (("canary-data", "xchacha20-poly1305"), ("canary-sign", "ed25519"), ("canary-mac", "hmac")):
            cli("key", "create", name, "--type", kind)
        text = cli("encrypt", "canary-data", input=planted["kv secret in a header"])[1]
        cli("decrypt", "canary-data", input=text, discloses=True)
        cli("decrypt", "canary-data", input=wrong)
        signature = self.write("signature", cli("sign", "canary-sign", input=planted["webhook key"])[1])
        cli("verify", "canary-sign", "--signature", signature, input=planted["webhook key"])
        cli("verify", "canary-sign", "--signature", signature, input=wrong)
        cli("hmac", "canary-mac", input=planted["recipe key"])
        cli("key", "create", "canary-bare", "--type", "hmac", "--purpose", "messages")
        bare = self.write("bare", cli("hmac", "canary-bare", "--algorithm", "hmac-sha256", input=planted["recipe key"])[1])
        for given in (planted["recipe key"], wrong):
            cli("verify", "canary-bare", "--signature", bare, "--algorithm", "hmac-sha256", input=given)
        for arguments in (("list",), ("show", "canary-sign"), ("rotate", "canary-data"),
                          ("config", "canary-data", "--min-decryption", "2"), ("trim", "canary-data", "--below", "2"),
                          ("delete", "canary-mac"), ("restore", "canary-mac")):
            cli("key", *arguments)
        cli("export", "--all")
        cli("export", "--all", "--to", os.path.join(self.folder, "exported"))
        cli("user", "delete", "canary-user")
        payload = self.write("payload.json", json.dumps({"inner": {"secret": planted["encrypted request"]}}))
        cli("start", P + "quiet", "--input", payload, "--follow")
        cli("token", "revoke-self", "--token-file", self.write("token", self.spare))
        known = set(self.cli.commands())
        missing = {leaf for leaf in known if leaf[:2] not in cli.called and leaf != ("operator", "seal")}
        self.checks.equal("every command of the help was called", sorted(missing), [])
        self.checks.check("control: the help names the commands", len(known) > 20, known)


def controls(checks, hunt):
    """The search finds what is planted, in every form and in every kind of place, before its zero counts."""
    lines, summary = hunt.search.run("--plant")
    checks.check("control: every canary is found in every form that the tool knows", not lines and " plants found" in summary, summary)
    print("         " + summary, flush=True)
    # Forms written by other hands than the tool's.
    forms = os.path.join(hunt.folder, "forms")
    os.mkdir(forms)
    expected = set()
    for number, (name, secret) in enumerate(hunt.searched.items()):
        for form, text in rig.embedded(secret).items():
            with open(os.path.join(forms, "%d-%s" % (number, form.replace(" ", "_"))), "wb") as file:
                file.write(text)
            expected.add((os.path.basename(file.name), name))
    lines, _ = hunt.search.paths(forms)
    met = {(line.split(":")[0], line.split(": ", 1)[1].rsplit(" (", 1)[0]) for line in lines}
    checks.equal("control: %d other writings of them are found" % len(expected), sorted(expected - met), [])
    shutil.rmtree(forms)
    secret, name = hunt.planted["webhook key"], "webhook key"
    sinks = os.path.join(hunt.folder, "sinks")
    os.mkdir(sinks)

    def found(what, *arguments, **options):
        lines, _ = hunt.search.run(*arguments, **options)
        checks.check("control: found " + what, any(": %s (" % name in line for line in lines), lines)

    # A database whose long rows are spread over pages, before and after its log is written back.
    database = sqlite3.connect(os.path.join(sinks, "a.db"), isolation_level=None)
    database.execute("PRAGMA journal_mode = wal").fetchall()
    database.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    sql = lambda statement, *values: database.execute(statement, values).fetchall()
    sql("CREATE TABLE t (a BLOB)")
    across = 0
    for shift in range(0, 4096, 14):
        sql("DELETE FROM t")
        sql("PRAGMA wal_checkpoint(TRUNCATE)")
        sql("INSERT INTO t VALUES (?)", b"." * (3_000 + shift) + secret.encode() + b"." * (9_000 - shift))
        with open(os.path.join(sinks, "a.db-wal"), "rb") as file:
            if secret.encode() in file.read():
                continue
        across += 1
        found("across two pages in the log of a database", sinks)
        sql("PRAGMA wal_checkpoint(TRUNCATE)")
        found("across two pages of a database", sinks)
        break
    checks.equal("control: a row across two pages was really made", across, 1)
    database.close()
    shutil.rmtree(sinks)
    os.mkdir(sinks)
    with open(os.path.join(sinks, "packed.gz"), "wb") as file:
        file.write(gzip.compress(b"x" * 500 + secret.encode() + os.urandom(500)))
    found("in a compressed file", sinks)
    shutil.rmtree(sinks)
    os.mkdir(sinks)
    open(os.path.join(sinks, secret), "w").close()
    found("in the name of a file", sinks)
    found("on standard input", "-", input=b"x" + base64.b64encode(b"12" + secret.encode()))
    for what, arguments, environment in (
        ("in a command line", ["sleep", "30", secret], {}), ("in an environment", ["sleep", "30"], {"X": secret}),
    ):
        if what == "in a command line":
            arguments = ["sh", "-c", "sleep 30", secret]
        process = subprocess.Popen(arguments, env={**os.environ, **environment})
        found(what, "--process", str(process.pid))
        process.kill()
        process.wait()
    # The place that matters, and an exception is a path, not a name.
    for path in () if isinstance(hunt.service, live.LiveService) else ("control", os.path.join("dev", "root-token.old")):
        with open(os.path.join(hunt.service.data, path), "wb") as file:
            file.write(base64.b64encode(b"x" + secret.encode()))
        found("in the data folder at " + path, hunt.service.data, "--except", EXCEPTIONS[0])
        os.remove(os.path.join(hunt.service.data, path))
    for surface in (hunt.answers, hunt.said):
        surface.keep("control", secret)
        found("in what was kept of " + os.path.basename(surface.folder), surface.folder)
        os.remove(os.path.join(surface.folder, "%05d-control" % surface.count))


def run_there(checks, binary, folder, there):
    """The hunt in a service that is there: doors, failures and answers; nothing is killed or sealed."""
    hunt = Hunt(checks, binary, folder, there)
    controls(checks, hunt)
    hunt.plant()
    routes = walk.RouteWalk(hunt.service, hunt.answers, hunt.disclosed, roles=())
    hunt.drive()
    reached(checks, hunt)
    hunt.mistreat()
    routes.walk("there")
    for surface, what in ((hunt.answers, "answers"), (hunt.said, "outputs of commands")):
        checks.equal("no canary in %d %s" % (surface.count, what), hunt.search.paths(surface.folder)[0], [])
    for path in there.search:
        lines, summary = hunt.search.paths(path, exceptions=there.exceptions)
        checks.equal("no canary in " + path, lines, [])
        print("         " + summary, flush=True)
    for process in there.process:
        checks.equal("no canary in process %d" % process, hunt.search.process(process)[0], [])
    hunt.outside.stop()


def reached(checks, hunt):
    """The other side really got the secrets, and nothing else of ours."""
    with hunt.outside.lock:
        received = list(hunt.outside.received)
    got = b"\n".join(r.target.encode() + b"\n" + json.dumps(r.headers).encode() + b"\n" + r.body for r in received)
    got += b"\n" + urllib.parse.unquote_to_bytes(got)
    for name in SENT:
        checks.check("the other side received: " + name, hunt.planted[name].encode() in got)
    marks = ("‹", "\\u2039", "[removed", "[withheld")
    checks.equal("no mask reached the other side", [mark for mark in marks if mark.encode() in got], [])
    checks.check("no token of the service reached the other side", b"hvs." not in got)


def run(checks, binary, folder):
    there = live.options(sys.argv[2:])
    if there:
        return run_there(checks, binary, folder, there)
    began = time.monotonic()
    hunt = Hunt(checks, binary, folder)
    checks.equal("canaries differ", len(set(hunt.searched.values())), len(documents.NAMES) + 1)
    controls(checks, hunt)
    hunt.plant()
    routes = walk.RouteWalk(hunt.service, hunt.answers, hunt.disclosed)
    hunt.spare = hunt.service.must("token", "create", "--policy", "log-viewer").split()[0]
    hunt.searched.update({"token of " + name: token for name, token in routes.callers.items() if name in walk.ROLES})
    hunt.search = tool.Search(binary, folder, hunt.searched)

    def nothing(where, *paths, exceptions=(), spared=()):
        lines, summary = hunt.search.paths(*paths, exceptions=exceptions)
        checks.equal("no canary in " + where, lines, [])
        print("         " + summary, flush=True)

    hunt.drive()
    reached(checks, hunt)
    hunt.mistreat()
    routes.walk("running")
    checks.equal("no route answers with a fault", routes.refused, [])
    read = {(method, pattern) for method, pattern, _ in walk.routes(hunt.service) if method.lower() in walk.READING}
    checks.equal("every route that can be read was read", read - routes.walked, set())
    hunt.commands()
    log = "\n".join(json.dumps(line, ensure_ascii=False) for run in hunt.walked for line in hunt.service.log(run))
    checks.check("control: the log shows masks, reasons and the rest", all(part in log for part in ("‹", "[removed: ", "/malformed")))
    lines, summary = hunt.search.process(hunt.service.process.pid)
    checks.equal("no canary in the command line and environment of the service", lines, [])
    nothing("the data folder, while it runs", hunt.service.data, exceptions=EXCEPTIONS)
    hunt.kill_everywhere()
    nothing("%d folders as kills left them" % hunt.snapshots, os.path.join(folder, "snapshots"))
    checks.equal("the service is sealed", hunt.cli("operator", "seal")[0], 0)
    routes_while_sealed(hunt, routes)
    nothing("the data folder, while it is sealed", hunt.service.data, exceptions=EXCEPTIONS)
    hunt.service.kill()
    hunt.service.start()
    routes.walk("restarted")
    checks.equal("it ends when asked to", hunt.service.stop(), 0)
    nothing("the data folder, after its end", hunt.service.data, exceptions=EXCEPTIONS)
    for surface, what in ((hunt.answers, "answers"), (hunt.said, "outputs of commands")):
        nothing("%d %s" % (surface.count, what), surface.folder)
    lines, _ = hunt.search.paths(hunt.disclosed.folder)
    shown = {line.split(": ", 1)[1].rsplit(" (", 1)[0] for line in lines}
    allowed = {"kv secret in a header", "kv secret in the query", "kv secret as a variable", "webhook key", "uri secret"}
    checks.equal("what routes that disclose give out is what they are asked for, and they do", shown, allowed)
    printed = hunt.service.said().encode()
    checks.check("control: the service printed something", b"ready" in printed, printed[:200])
    checks.equal("no canary in what the service printed", hunt.search.bytes(printed), [])
    hunt.outside.stop()
    print("         %d answers, %d requests outside, %d s" % (
        hunt.answers.count, len(hunt.outside.received), time.monotonic() - began), flush=True)


def routes_while_sealed(hunt, routes):
    for method, pattern in sorted(routes.walked):
        for target in routes.targets(pattern, few=True):
            hunt.answers.answer("sealed-" + target, hunt.service.http(method, target))


if __name__ == "__main__":
    rig.main(run)
