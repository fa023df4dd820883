#!/usr/bin/env python3
"""SQL steps over the real binary, with a real SQLite file and a real PostgreSQL server: what is sent comes back as it was,
nothing of it is ever SQL, and what a source does not allow does not happen.

    python3 Tests/Black/sql.py BINARY
"""

import glob
import json
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

CANARY = "row-canary-7741-quiet-harbour"
SECRET = "sent-secret-5502-bright-lantern"
PASSWORD = "pg-Password-9913-tall'\\ \"meadow"
HOSTILE = [
    "'; drop table people; --", "' or '1'='1", "\\'; drop table people; --", "$$; drop table people; $$", "$1", "?1",
    "\"; select 1; --", "*/ drop table people; /*", "1); delete from people; --", "%' union select secret from people --",
    "\u2019 or 1=1 --", "''''", "\\", "'", "e'\\''", "<<request^v>>", "null", "", " ", "\u0000".replace("\u0000", "\u0001"),
    "\U0001f512\u0301", "x" * 10000,
]


def naughty():
    """The list of naughty strings, where it is there, and ours."""
    folder = os.environ.get("CHANCERY_VECTORS", "")
    found = []
    for path in sorted(glob.glob(os.path.join(folder, "naughty-strings", "blns.json"))) if folder else []:
        with open(path, encoding="utf-8") as file:
            read = json.load(file)
        found += [text for text in read if isinstance(text, str)]
    if folder and not found:
        raise RuntimeError("the list of naughty strings is empty")
    return HOSTILE + found


class Postgres:
    """A cluster of our own in a folder of its own, on loopback, with TLS by an authority of our own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="chancery-pg-")
        self.port = rig.free_port()
        self.process = None
        self.user = None
        if os.geteuid() == 0:
            self.user = "postgres" if any(one.pw_name == "postgres" for one in pwd.getpwall()) else "nobody"
        self.path = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1] if glob.glob("/usr/lib/postgresql/*/bin") else ""

    def tool(self, name):
        return os.path.join(self.path, name) if self.path else name

    def as_user(self):
        if not self.user:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "cwd": self.folder}

    def own(self):
        if not self.user:
            return
        entry = pwd.getpwnam(self.user)
        for place, _, names in os.walk(self.folder):
            os.chown(place, entry.pw_uid, entry.pw_gid)
            for name in names:
                os.chown(os.path.join(place, name), entry.pw_uid, entry.pw_gid)

    def certificates(self):
        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60)
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        rig.write(self.folder, "ext", "subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
        openssl("req", "-x509", "-subj", "/CN=Test authority", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem", *key)
        openssl("req", "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr", *key)
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30",
                "-extfile", "ext", "-out", "server.crt")
        os.chmod(os.path.join(self.folder, "server.key"), 0o600)
        with open(os.path.join(self.folder, "ca.pem"), encoding="ascii") as file:
            return file.read()

    def start(self):
        trust = self.certificates()
        rig.write(self.folder, "password", "boss-password\n")
        os.chmod(self.folder, 0o700)
        self.own()
        data = os.path.join(self.folder, "data")
        subprocess.run(
            [self.tool("initdb"), "-D", data, "-U", "boss", "--pwfile", os.path.join(self.folder, "password"),
             "--auth=scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"],
            check=True, capture_output=True, timeout=120, **self.as_user())
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "", "fsync": "off",
                    "ssl": "on", "ssl_cert_file": os.path.join(self.folder, "server.crt"),
                    "ssl_key_file": os.path.join(self.folder, "server.key"), "logging_collector": "off"}
        arguments = [self.tool("postgres"), "-D", data]
        for name, value in settings.items():
            arguments += ["-c", "%s=%s" % (name, value)]
        with open(os.path.join(tempfile.gettempdir(), "chancery-pg-%d.log" % os.getpid()), "wb") as log:
            self.log = log.name
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.as_user())
        if not rig.eventually(lambda: self.sql("select 1", check=False) == "1", 60):
            with open(self.log, encoding="utf-8", errors="replace") as file:
                raise RuntimeError("PostgreSQL did not begin: " + file.read()[-1500:])
        return trust

    def sql(self, text, check=True):
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.port), "-U", "boss", "-d", "postgres",
             "-v", "ON_ERROR_STOP=1"], input=text, text=True, capture_output=True, timeout=60,
            env=dict(os.environ, PGPASSWORD="boss-password", PGSSLMODE="require"))
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.process:
            os.unlink(self.log)


def people(path):
    database = sqlite3.connect(path)
    database.executescript(
        "create table people (id integer primary key, name text, score real, photo blob, secret text);"
        "create table marks (mark text unique);")
    database.executemany("insert into people values (?, ?, ?, ?, ?)", [
        (1, "Ann O'Hara", 1.5, b"\x00\xff", CANARY), (2, "Bob", 1e20, None, "s2"), (3, "Cy", None, None, "s3"),
        (9007199254740993, "Dee", 0.1, None, "s4")])
    database.commit()
    database.close()


PG_SETUP = """
create role reader login password '%(password)s';
create role filer login noinherit password '%(password)s';
create role climber login noinherit password '%(password)s';
create role between;
grant pg_read_server_files to filer;
grant boss to between;
grant between to climber;
create table people (id bigint primary key, name text, score numeric, photo bytea, ok boolean, doc jsonb, secret text);
insert into people values (1, 'Ann O''Hara', 1.50, '\\x00ff', true, '{"a": [1, 2.50]}', '%(canary)s'),
  (2, 'Bob', 12345678901234567890.5, null, false, null, 's2'), (9007199254740993, 'Dee', 'NaN', null, null, '"x"', 's4');
create table marks (mark text unique);
grant select, insert, update, delete on people, marks to reader;
"""


def runbook(name, source, query, step="", variables="", start=""):
    return """---
runbook: %s
%s
variables: { found: {}, rows: {} %s }
steps:
  ask: { sql: %s, query: %s, outputs: { found: response, rows: "response_headers^rows" }, %s then: tell, else: failed }
  tell: { method: out/tell, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
""" % (name, start, variables, source, json.dumps(query), step)


class Rig:
    def __init__(self, checks, binary, folder):
        self.checks = checks
        self.folder = folder
        self.outside = rig.Upstream(lambda received: (200, {}))
        self.files = os.path.join(folder, "files")
        os.makedirs(os.path.join(self.files, "crm"))
        self.database = os.path.join(self.files, "crm", "people.db")
        people(self.database)
        self.postgres = Postgres()
        self.trust = self.postgres.start()
        self.postgres.sql(PG_SETUP % {"password": PASSWORD.replace("'", "''"), "canary": CANARY})
        self.service = rig.Service(
            binary, folder, arguments=("--dev", "--sqlite-folder", self.files),
            allow=[self.outside.place, "localhost:%d" % self.postgres.port, "127.0.0.1:%d" % self.postgres.port]).start()
        self.service.must("kv", "put", "kv/pg", "password=-", input=PASSWORD)
        self.service.must("kv", "put", "kv/boss", "password=-", input="boss-password")
        self.service.must("import", rig.write(folder, "sources.yaml", self.sources()))

    def sources(self):
        def server(name, host="localhost", user="reader", secret="pg", tls="trust: %s" % json.dumps(self.trust), more=""):
            return ("data_source: %s\npostgres: { host: %s, port: %d, database: postgres, user: %s, "
                    "password: { secret: kv/%s#password }, %s }\n%s" % (
                        name, host, self.postgres.port, user, secret, tls, more))
        listed = [
            "integration: out\nbase_url: http://%s\nmethods:\n  tell: { request: POST /tell, "
            "body: { json: '{\"found\": <<found>>, \"rows\": <<rows>>}' } }\n" % self.outside.place,
            "data_source: crm\nsqlite: crm/people.db\n",
            "data_source: crmw\nsqlite: crm/people.db\naccess: read_write\n",
            "data_source: few\nsqlite: crm/people.db\nmax_rows: 3\n",
            "data_source: small\nsqlite: crm/people.db\nmax_bytes: 60\n",
            "data_source: wide\nsqlite: crm/people.db\nmax_bytes: 16000000\n",
            "data_source: brief\nsqlite: crm/people.db\ntimeout: 1s\n",
            "data_source: gone\nsqlite: crm/none.db\n", "data_source: link\nsqlite: crm/link.db\n",
            "data_source: hard\nsqlite: crm/hard.db\n",
            server("pg"), server("pgw", more="access: read_write\n"), server("pgfew", more="max_rows: 3\n"),
            server("pgsmall", more="max_bytes: 60\n"), server("pgbrief", more="timeout: 1s\n"),
            server("pgplain", host="127.0.0.1", tls="tls: 'off'"), server("pgname", host="127.0.0.1"),
            server("pgroots", tls="port: %d" % self.postgres.port).replace(", port: %d }" % self.postgres.port, " }"),
            server("pgboss", user="boss", secret="boss"), server("pgbad", secret="boss"),
            server("pgbossw", user="boss", secret="boss", more="access: read_write\n"), server("pgfiler", user="filer"),
            server("pgfilerw", user="filer", more="access: read_write\n"),
            server("pgclimb", user="climber", more="access: read_write\n"),
        ]
        return "---\n".join(listed)

    def install(self, *documents):
        text = "".join(documents)
        said = self.service.must("import", rig.write(self.folder, "r.yaml", text))
        for line in text.splitlines():
            if line.startswith("runbook: "):
                self.service.must("grant", line.split()[1])
        return said

    def go(self, name, payload=None):
        """State, what was told, and the log."""
        before = len(self.outside.received)
        answer = self.service.http("POST", "/api/runbooks/%s/start" % name, {"payload": payload or {}})
        run = answer.json()["run_id"]
        state = self.service.ended(run).get("state")
        told = [json.loads(one.body) for one in self.outside.received[before:]]
        return state, (told[-1] if told else None), json.dumps(self.service.log(run), ensure_ascii=False)

    def fails(self, what, name, reason, payload=None):
        state, told, log = self.go(name, payload)
        self.checks.check("%s: %s" % (what, reason), state == "failed" and told is None and '"%s"' % reason in log, log[-500:])
        return log

    def counts(self):
        database = sqlite3.connect(self.database)
        own = [database.execute("select count(*) from " + table).fetchone()[0] for table in ("people", "marks")]
        database.close()
        return own, self.postgres.sql("select count(*) from people; select count(*) from marks").split()


def values(checks, this):
    """What is sent comes back byte for byte, whatever it is, and is never SQL."""
    texts = naughty()
    checks.check("there are texts to send", len(texts) > 20, len(texts))
    query = "select " + ", ".join("<<request^v[%d]>> as a%d" % (index, index) for index in range(100))
    inside = "select " + ", ".join("'<<request^v[%d]>>' as a%d" % (index, index) for index in range(100))
    this.install(
        *[runbook("%s-%s" % (kind, source), source, text)
          for source in ("crm", "pg") for kind, text in (("values", query), ("inside", inside))],
        runbook("named-crm", "crm", "select id from people where name = <<request^v>>"),
        runbook("named-pg", "pg", "select id from people where name = <<request^v>>"),
        runbook("like-crm", "crm", "select id from people where name like '%<<request^v>>' and '%''' = '%'''"),
        runbook("like-pg", "pg", "select id from people where name like '%<<request^v>>' and '%''' = '%'''"))
    before = this.counts()
    for source in ("crm", "pg"):
        for first in range(0, len(texts), 100):
            sent = (texts[first:first + 100] + [""] * 100)[:100]
            for kind in ("values", "inside"):
                state, told, log = this.go("%s-%s" % (kind, source), {"v": sent})
                found = [told["found"][0]["a%d" % index] for index in range(100)] if told else log[-400:]
                checks.equal("texts %d… %s at %s" % (first, kind, source), (state, found), ("succeeded", sent))
        for text in HOSTILE:
            if this.go("named-" + source, {"v": text})[1] != {"found": [], "rows": "0"}:
                checks.check("a hostile name finds nothing at %s" % source, False, text)
        checks.equal("a name with a quote is found at %s" % source,
                     this.go("named-" + source, {"v": "Ann O'Hara"})[1], {"found": [{"id": 1}], "rows": "1"})
        checks.equal("and within a string at %s" % source, this.go("like-" + source, {"v": "O'Hara"})[1]["found"], [{"id": 1}])
    checks.equal("nothing was changed by any of them", this.counts(), before)
    typed = "select <<request^i>> + 1 as i, <<request^d>> as d, <<request^b>> as b, <<request^n>> as n, <<request^o>> as o"
    this.install(runbook("typed-crm", "crm", typed), runbook("typed-pg", "pg", typed.replace("<<request^n>>", "<<request^n>>::text")))
    payload = '{"payload": {"i": 9007199254740992, "d": 1.50, "b": true, "n": null, "o": {"k": [1, "x"]}}}'
    for source, d, b in (("crm", "1.5", 1), ("pg", "1.50", True)):
        before = len(this.outside.received)
        answer = this.service.http("POST", "/api/runbooks/typed-%s/start" % source, payload.encode())
        this.service.ended(answer.json()["run_id"])
        body = this.outside.received[-1].body.decode() if len(this.outside.received) > before else "{}"
        row = json.loads(body, parse_float=str)["found"][0]
        checks.equal("types at %s" % source, (row["i"], row["d"], row["b"], row["n"], json.loads(row["o"])),
                     (9007199254740993, d, b, None, {"k": [1, "x"]}))
    for source, expected in (("crm", "failed"), ("pg", "succeeded")):
        payload = '{"payload": {"i": 1, "d": 3.14159265358979323846, "b": true, "n": null, "o": {}}}'
        answer = this.service.http("POST", "/api/runbooks/typed-%s/start" % source, payload.encode())
        run = answer.json()["run_id"]
        checks.equal("a number of many digits at %s" % source, this.service.ended(run)["state"], expected)
        log = json.dumps(this.service.log(run))
        checks.check("is sent with all of them or not at all (%s)" % source,
                     ('"conversion"' in log and "digits" in log) if source == "crm"
                     else b"3.14159265358979323846" in this.outside.received[-1].body, log[-400:])
    this.install(runbook("rows-crm", "crm", "select id, score, photo from people order by id"),
                 runbook("rows-pg", "pg", "select id, score, photo, ok, doc from people order by id"))
    this.go("rows-crm")
    body = this.outside.received[-1].body.decode()
    checks.check("SQLite's numbers and bytes", '{"id":1,"score":1.5,"photo":"AP8="}' in body and "9007199254740993" in body
                 and "1e+20" in body and '"score":null' in body, body)
    this.go("rows-pg")
    body = this.outside.received[-1].body.decode()
    checks.check("PostgreSQL's numbers, bytes, booleans and JSON",
                 '"score":1.50,"photo":"AP8=","ok":true,"doc":{"a": [1, 2.50]}' in body
                 and "12345678901234567890.5" in body and '"score":"NaN"' in body, body)
    state, _, log = this.go("values-pg", {"v": ["nul \u0000 here"] * 100})
    checks.check("PostgreSQL has no NUL, and that is said", state == "failed" and "U+0000" in log and '"conversion"' in log, log[-300:])


def refusals(checks, this):
    """What a source that may only be read refuses, and what no step may send."""
    def refused(text, code):
        status, output, errors = this.service.cli("import", rig.write(this.folder, "bad.yaml", text))
        checks.check("refused at import: %s" % text.split("query: ")[1][:50], status != 0 and "[%s]" % code in output + errors,
                     output + errors)
    for source in ("crm", "pg"):
        for query in ("delete from people", "update people set name = <<request^v>>", "pragma query_only = off",
                      "attach 'x' as y", "copy people to program 'id'", "set session role boss", "begin", "commit",
                      "create table x (a)", "drop table people", "vacuum", "select 1; select 2",
                      "select * from <<request^v>>", "select 1 from people order by <<request^v>>", "select \"<<request^v>>\"",
                      "select 1 -- <<request^v>>", "select x_<<request^v>> from people"):
            refused(runbook("bad", source, query), "D200")
    for source in ("crm", "crmw", "pg", "pgw"):
        for query in ("select 1 as a into stolen", "select 1 as insert into stolen", "(select 1 as a into temp stolen)",
                      "with x as (select 1 as a) select a into stolen from x", "select (1) merge into stolen"):
            refused(runbook("bad", source, query), "D200")
    refused(runbook("bad", "nowhere", "select 1"), "D201")
    exported = os.path.join(this.postgres.folder, "exported")
    this.install(
        runbook("cte-pg", "pg", "with d as (delete from people returning id) select * from d"),
        runbook("lock-pg", "pg", "select id from people for update"),
        runbook("set-pg", "pg", "select set_config('transaction_read_only', 'off', true) as a"),
        runbook("file-pg", "pg", "select pg_read_file('/etc/passwd') as a"),
        runbook("next-pg", "pg", "select nextval('s') as a"),
        runbook("boss-pgw", "pgbossw", "select lo_export(lo_from_bytea(0, 'x'), '%s') as a" % exported),
        runbook("filer-pg", "pgfiler", "select pg_read_file('/etc/passwd') as a"),
        runbook("filer-pgw", "pgfilerw", "select set_config('role', 'pg_read_server_files', true) as a"),
        runbook("climb-pgw", "pgclimb", "select set_config('role', 'boss', true) as a"),
        runbook("boss-pg", "pgboss", "select 1 as a"), runbook("bad-pg", "pgbad", "select 1 as a"),
        runbook("load-crm", "crm", "select load_extension('x') as a"),
        runbook("pragma-crm", "crm", "select * from pragma_table_info('people')"),
        runbook("schema-crm", "crmw", "insert into sqlite_master values (1, 2, 3, 4, 5)"),
        runbook("twice-crm", "crm", "select id, id from people"), runbook("twice-pg", "pg", "select id, id from people"),
        runbook("no-crm", "crm", "select * from nothing"), runbook("no-pg", "pg", "select * from nothing"),
        runbook("gone", "gone", "select 1 as a"), runbook("link", "link", "select 1 as a"), runbook("hard", "hard", "select 1 as a"))
    this.postgres.sql("create sequence s; grant usage on s to reader")
    os.symlink(this.database, os.path.join(this.files, "crm", "link.db"))
    os.link(os.path.join(this.service.data, "chancery.db"), os.path.join(this.files, "crm", "hard.db"))
    before = this.counts()
    for name, reason in (("cte-pg", "sql 25006"), ("lock-pg", "sql 25006"), ("set-pg", "sql 25001"),
                         ("file-pg", "sql 42501"), ("next-pg", "sql 25006"), ("boss-pg", "sql superuser"), ("boss-pgw", "sql superuser"),
                         ("filer-pg", "sql superuser"), ("filer-pgw", "sql superuser"), ("climb-pgw", "sql superuser"), ("bad-pg", "sql login"),
                         ("load-crm", "sql SQLITE_ERROR"), ("pragma-crm", "sql SQLITE_ERROR"), ("schema-crm", "sql SQLITE_AUTH"),
                         ("twice-crm", "sql columns"), ("twice-pg", "sql columns"), ("no-crm", "sql SQLITE_ERROR"),
                         ("no-pg", "sql 42P01"), ("gone", "sql file"), ("link", "sql file"), ("hard", "sql file")):
        log = this.fails("refused", name, reason)
        checks.check("%s says nothing of the database's own text" % name, "does not exist" not in log and "denied" not in log, log)
    checks.equal("nothing was changed by any of them", this.counts(), before)
    checks.equal("and nothing written at the server", os.path.exists(exported), False)
    os.unlink(os.path.join(this.files, "crm", "hard.db"))


def changes(checks, this):
    for source, own in (("crmw", 0), ("pgw", 1)):
        this.install(runbook("mark-" + source, source, "insert into marks (mark) values (<<request^v>>) returning mark"),
                     runbook("many-" + source, source, "insert into marks (mark) select <<request^v>> || id from people returning mark"))
        checks.equal("a source that may be written is at %s" % source,
                     this.go("mark-" + source, {"v": HOSTILE[0]})[1], {"found": [{"mark": HOSTILE[0]}], "rows": "1"})
        log = this.fails("the same mark again", "mark-" + source, "sql 23505" if own else "sql SQLITE_CONSTRAINT", {"v": HOSTILE[0]})
        checks.check("the log does not show the value", "drop table" not in log.replace("\\", "").replace(json.dumps(HOSTILE[0]), ""), log)
    checks.equal("both have one mark", [counts[1] for counts in this.counts()], [1, "1"])
    insert = json.dumps("insert into marks (mark) values (<<request^v>>) returning mark")
    for source in ("crmw", "pgw"):
        for kind, step, reason in (("plain", "", "conversion"), ("sealed", "encrypt_response: true,", "sql failed")):
            name = "unusable-%s-%s" % (kind, source)
            this.install("---\nrunbook: %s\nvariables: { n: { type: integer } }\nsteps:\n"
                         "  ask: { sql: %s, query: %s, %s outputs: { n: 'response[0]^mark' }, then: done, else: failed }\n"
                         "  done: { end: success }\n  failed: { end: failure }\n" % (name, source, insert, step))
            log = this.fails("an answer of which no output can be made, %s at %s" % (kind, source), name, reason, {"v": name})
            checks.check("%s: that it may have been the answer is said" % name,
                         kind == "plain" or "an answer that could not be used" in log, log[-500:])
    checks.equal("and nothing of it was kept", [counts[1] for counts in this.counts()], [1, "1"])


def bounds(checks, this):
    endless = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) as n from n"
    hoard = "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n order by x desc"
    this.install(
        runbook("few-crm", "few", "select id from people"), runbook("few-pg", "pgfew", "select generate_series(1, 4) as n"),
        runbook("three-crm", "few", "select id from people limit 3"), runbook("small-crm", "small", "select name from people"),
        runbook("small-pg", "pgsmall", "select repeat('x', 100) as t"), runbook("big-crm", "crm", "select zeroblob(100000000) as z"),
        runbook("endless-crm", "brief", endless), runbook("endless-pg", "pgbrief", endless),
        runbook("series-pg", "pgbrief", "select count(*) as n from generate_series(1, 100000000000)"),
        runbook("sleep-pg", "pgbrief", "select pg_sleep(60)::text as n"),
        runbook("step-crm", "crm", endless, step="timeout: 300ms,"), runbook("hoard-crm", "crm", hoard, step="timeout: 20s,"))
    for name, key in (("few-crm", "max_rows"), ("few-pg", "max_rows"), ("small-crm", "max_bytes"), ("small-pg", "max_bytes"),
                      ("big-crm", "max_bytes")):
        log = this.fails("a bound", name, "too-large")
        checks.check("the bound of %s is named" % name, "`%s` of the data source" % key in log, log[-500:])
    this.install(
        runbook("twicekey-pg", "pg", """select '{"a":1,"a":2}'::json as j"""),
        runbook("nested-pg", "pg", "select (repeat('[', 40) || repeat(']', 40))::json as j"),
        runbook("deep-pg", "pg", "select (repeat('[', 66) || repeat(']', 66))::json as j"))
    log = this.fails("JSON with a key twice is no string", "twicekey-pg", "conversion")
    checks.check("its column and what helps are named", "column `j`" in log and "::jsonb" in log, log[-500:])
    log = this.fails("JSON of too many levels is no string", "deep-pg", "too-large")
    checks.check("its column and the limit are named", "column `j`" in log and "64 levels" in log, log[-500:])
    nested = this.go("nested-pg")[1]
    checks.check("JSON of fewer stays JSON", nested and isinstance(nested["found"][0]["j"], list), nested)
    checks.equal("as many as are allowed", this.go("three-crm")[1]["rows"], "3")
    runs = [this.service.http("POST", "/api/runbooks/%s/start" % name, {}).json()["run_id"]
            for name in ("endless-crm", "endless-pg", "series-pg", "sleep-pg", "step-crm") * 2]
    answered = [this.service.http("GET", "/health", token=None, seconds=5).status for _ in range(20)]
    checks.equal("the service answers meanwhile", set(answered), {200})
    for run in runs:
        state = this.service.ended(run).get("state")
        log = json.dumps(this.service.log(run))
        checks.check("an endless statement is cut off", state == "failed" and '"timeout"' in log, log[-300:])
        checks.check("and where its limit stands is said", "of its data source" in log, log[-300:])
    state, _, log = this.go("hoard-crm")
    checks.check("one that hoards memory, too", state == "failed" and ('"too-large"' in log or '"timeout"' in log), log[-300:])
    checks.check("nothing runs on at the server", rig.eventually(lambda: this.postgres.sql(
        "select count(*) from pg_stat_activity where application_name = 'chancery' and state <> 'idle'") == "0", 10))


def peak(pid, restart=False):
    """The most memory that the process had since the last restart of the count, in megabytes; who may not restart it sees
    the most that it ever had, of which a later statement can only add less."""
    if restart and os.access("/proc/%d/clear_refs" % pid, os.W_OK):
        with open("/proc/%d/clear_refs" % pid, "w", encoding="ascii") as file:
            file.write("5")
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        return next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmHWM"))


def memory(checks, this):
    """However much one row holds, the service never has more than a small multiple of what the source allows."""
    def columns(count, size):
        return "select " + ", ".join("hex(zeroblob(%d)) as a%d" % (size, index) for index in range(count))
    nested = "select length(b0)" + "".join(" + length(b%d)" % index for index in range(1, 90)) + " as n from (%s limit 1)"
    this.install(
        runbook("row-crm", "crm", columns(300, 1000000)), runbook("row-wide", "wide", columns(150, 8000000)),
        runbook("inner-crm", "crm", nested % columns(90, 1000000).replace("as a", "as b")),
        runbook("hundred-crm", "crm", columns(100, 400000)),
        runbook("row-pg", "pg", "select repeat('x', 500000000) as a"),
        runbook("columns-pg", "pg", "select " + ", ".join("repeat('x', 8000000) as a%d" % index for index in range(60))),
        runbook("row-pgplain", "pgplain", "select repeat('x', 500000000) as a"),
        runbook("most-crm", "crm", "select hex(zeroblob(499990)) as a"),
        runbook("most-pg", "pg", "select repeat('x', 999980) as a"),
        runbook("bytes-pg", "pg", "select decode(repeat('ff', 740000), 'hex') as a"))
    for name, most in (("row-crm", 150), ("row-wide", 250), ("inner-crm", 150), ("hundred-crm", 150), ("row-pg", 350),
                       ("columns-pg", 350), ("row-pgplain", 100)):
        before = peak(this.service.inner, restart=True)
        this.fails("a row of hundreds of megabytes", name, "too-large")
        more = peak(this.service.inner) - before
        checks.check("%s takes less than %d MB more" % (name, most), more < most, "%d MB" % more)
    for name, size in (("most-crm", 999980), ("most-pg", 999980), ("bytes-pg", 986668)):
        told = this.go(name)[1]
        checks.equal("as much as is allowed comes: %s" % name, told and len(told["found"][0]["a"]), size)
    checks.check("nothing runs on at the server", rig.eventually(lambda: this.postgres.sql(
        "select count(*) from pg_stat_activity where application_name = 'chancery' and state <> 'idle'") == "0", 10))


def secrecy(checks, this):
    this.service.must("kv", "put", "kv/elsewhere", "v=-", "--hosts", "api.example.com:443", input=SECRET)
    this.service.must("kv", "put", "kv/here", "v=-", "--hosts", "sqlite:crm", "--hosts",
                      "localhost:%d" % this.postgres.port, input=SECRET)
    hidden = ", s: { secret: kv/%s#v }"
    for source in ("crm", "pg"):
        this.install(
            runbook("hidden-" + source, source, "select secret from people where id = 1", step="encrypt_response: true,"),
            runbook("elsewhere-" + source, source, "select <<s>> as a", variables=hidden % "elsewhere"),
            runbook("here-" + source, source, "select 'x<<s>>' as a", variables=hidden % "here"))
        state, told, log = this.go("hidden-" + source)
        checks.equal("an encrypted answer is used at %s" % source, (state, told and told["found"]), ("succeeded", [{"secret": CANARY}]))
        checks.check("and is not in the log", CANARY not in log and "removed" in log and "select secret from people" in log, log[-600:])
        log = this.fails("a secret for another host at %s" % source, "elsewhere-" + source, "not-granted")
        checks.check("the refusal names where it would go", ("sqlite:crm" if source == "crm" else "localhost:") in log and SECRET not in log, log)
        state, told, log = this.go("here-" + source)
        # The answer holds the secret, so it may go where the secret may: not to the method.
        checks.check("what comes back of a secret is one", state == "failed" and told is None and "not-granted" in log
                     and SECRET not in log, log[-500:])
    one_bit(checks, this, hidden % "here")
    hosts = {one["secret"]: one["hosts"] for one in json.loads(this.service.must("grants", "hidden-pg", "--json"))}
    checks.equal("the password is granted for its server", hosts["kv/pg"], ["localhost:%d" % this.postgres.port])
    this.install(runbook("clear-crm", "crm", "select name from people where id = <<request^v>>"))
    log = this.go("clear-crm", {"v": 2})[2]
    checks.check("the log has the statement with its placeholders, and how much came",
                 "where id = <<request^v>>" in log and '["rows", "1"]' in log and "duration_ms" in log, log)


def one_bit(checks, this, secret):
    """However a statement with something secret fails, the same is recorded: a code chosen by its digits would spell it."""
    queries = {
        "pg": {"22P02": "select ('a' || %s)::int as a", "22012": "select 1 / (length(%s) * 0) as a",
               "2201F": "select sqrt(-length(%s)) as a", "42P01": "select (%s || 'x')::regclass::text as a",
               "too-large": "select repeat(%s, 100000) as a", "columns": "select %s as a, 1 as a"},
        "crm": {"SQLITE_ERROR": "select json('{' || %s) as a", "too-large": "select replace(hex(zeroblob(900000)), '0', %s) as a",
                "conversion": "select cast(x'ff' as text) || %s as a", "columns": "select %s as a, 1 as a"},
    }
    for source, kinds in queries.items():
        for kind, query in kinds.items():
            plain = kind if kind in ("too-large", "conversion") else "sql " + kind
            name = "%s-%s" % (source, kind.lower().replace("_", "-"))
            this.install(runbook("bit-" + name, source, query % "<<s>>", variables=secret),
                         runbook("code-" + name, source, query % "<<request^v>>"))
            log = this.fails("with a secret argument, where it would be %s" % plain, "bit-" + name, "sql failed")
            checks.check("%s: neither code nor kind is in the log" % name,
                         not any('"%s"' % one in log for one in (kind, plain, "reason_code")) and plain not in log, log[-500:])
            this.fails("with a clear one", "code-" + name, plain, {"v": SECRET})
    this.install(runbook("bit-rows", "pg", "select 1 / (length(secret) * 0) as a from people", step="encrypt_response: true,"),
                 runbook("bit-login", "pgbad", "select <<s>> as a", variables=secret))
    this.fails("by rows that are encrypted", "bit-rows", "sql failed")
    this.fails("what is known before anything is sent stays", "bit-login", "sql login")


def encryption(checks, this):
    this.install(*[runbook("tls-" + source, source, "select ssl::text as tls from pg_stat_ssl where pid = pg_backend_pid()")
                   for source in ("pg", "pgplain", "pgname", "pgroots")])
    checks.equal("TLS with a verified name", this.go("tls-pg")[1]["found"], [{"tls": "true"}])
    checks.equal("without TLS on loopback", this.go("tls-pgplain")[1]["found"], [{"tls": "false"}])
    this.fails("another name than the certificate's", "tls-pgname", "tls")
    this.fails("an authority that the system does not know", "tls-pgroots", "tls")


def killed(checks, this):
    this.install(runbook("again-pg", "pg", "select pg_sleep(3)::text || 'x' as a"),
                 runbook("once-pg", "pgw", "insert into marks (mark) values (<<request^v>>) returning pg_sleep(3)::text || 'x' as a"),
                 runbook("retry-pg", "pgw", "insert into marks (mark) values (<<request^v>>) returning pg_sleep(3)::text || 'x' as a",
                         step="on_interrupt: retry,"))
    runs = {name: this.service.http("POST", "/api/runbooks/%s/start" % name, {"payload": {"v": name}}).json()["run_id"]
            for name in ("again-pg", "once-pg", "retry-pg")}
    out = "select count(*) from pg_stat_activity where application_name = 'chancery' and query like '%pg_sleep%'"
    checks.check("all three are out", rig.eventually(lambda: this.postgres.sql(out) == "3", 20))
    this.service.kill()
    this.service.start()
    for name, state in (("again-pg", "succeeded"), ("once-pg", "failed"), ("retry-pg", "succeeded")):
        ended = this.service.ended(runs[name]).get("state")
        log = json.dumps(this.service.log(runs[name]))
        checks.check("%s after a kill: %s" % (name, state), ended == state and (state != "failed" or '"interrupted"' in log), log[-400:])
    checks.equal("what was cut off left nothing", this.postgres.sql("select mark from marks where mark like '%-pg'"), "retry-pg")


def approved(checks, this):
    """People agree to a statement with its values; what only reads is tried again, what changes is not."""
    service = this.service
    service.must("user", "put", "ann", "--policy", "operator", input="a good password\n")
    answer = service.http("POST", "/v1/auth/userpass/login/ann", {"password": "a good password"}, token=None)
    ann = answer.json()["auth"]["client_token"]
    insert = "insert into marks (mark) values (<<request^v>>) returning mark"
    secret = "insert into marks (mark) values (<<s>>) returning 1 as a"
    ask = "approval: { expires: 1h },"
    hidden = ", s: { secret: kv/marked#v }"
    service.must("kv", "put", "kv/marked", "v=-", "--hosts", "sqlite:crmw", "--hosts", "localhost:%d" % this.postgres.port,
                 input=SECRET)

    def asked(name, payload):
        run = service.http("POST", "/api/runbooks/%s/start" % name, {"payload": payload}).json()["run_id"]
        rig.eventually(lambda: (service.run(run)["waiting"] or {}).get("reason") == "approval", 20)
        return run, service.http("GET", "/api/approvals/" + run).json()

    def give(run, question, answer="approve"):
        reply = {"answer": answer, "commitment": question["commitment"]}
        return service.http("POST", "/api/approvals/" + run, reply, token=ann).status

    def marks(source, mark):
        if source == "pgw":
            return int(this.postgres.sql("select count(*) from marks where mark = '%s'" % mark))
        database = sqlite3.connect(this.database)
        try:
            return database.execute("select count(*) from marks where mark = ?", (mark,)).fetchone()[0]
        finally:
            database.close()

    for source in ("crmw", "pgw"):
        this.install(runbook("asks-" + source, source, insert, step=ask),
                     runbook("hides-" + source, source, secret, step=ask, variables=hidden))
        run, question = asked("asks-" + source, {"v": "agreed"})
        log = json.dumps(service.log(run))
        checks.check("people see the statement and its values, at " + source,
                     "values (<<request^v>>)" in log and '["request^v", "agreed"]' in log, log[-600:])
        checks.equal("nothing was sent to " + source, marks(source, "agreed"), 0)
        checks.equal("another statement's answer is none", give(run, {"commitment": "0" * 64}), 409)
        checks.equal("one agrees", give(run, question), 204)
        checks.equal("then it is carried out at " + source, service.ended(run).get("state"), "succeeded")
        checks.equal("once", marks(source, "agreed"), 1)
        other, second = asked("asks-" + source, {"v": "refused"})
        checks.check("the commitment is to the values", second["commitment"] != question["commitment"])
        give(other, second, "refuse")
        service.ended(other)
        checks.equal("a refusal keeps it from " + source, marks(source, "refused"), 0)
        run, question = asked("hides-" + source, {})
        checks.check("a secret value is masked in the question", SECRET not in json.dumps(service.log(run)))
        give(run, question, "refuse")
        service.ended(run)
    again = "retry: { attempts: 3, backoff: 10ms }, timeout: 1s,"
    slow = "select pg_sleep(3)::text as a"
    this.install(runbook("slow-pg", "pg", slow, step=again), runbook("slow-pgw", "pgw", slow, step=again))
    for name, attempts in (("slow-pg", 3), ("slow-pgw", 1)):
        log = json.loads(this.go(name)[2])
        reasons = [line.get("reason") for line in log if line["event"] == "call-failed"]
        checks.equal("%s is tried so often" % name, reasons, ["timeout"] * attempts)
    _, said, _ = service.cli("start", "asks-crmw", "--dry-run", "--input", rig.write(this.folder, "v.json", '{"v": "dry"}'))
    checks.check("a dry run asks", "approved by (dry run, 1)" in said, said)
    checks.equal("and sends nothing", marks("crmw", "dry"), 0)


def documents(checks, this):
    """The source's own pages, its versions, and an export that reads back."""
    answer = this.service.http("GET", "/api/data_sources").json()
    checks.check("the list", {"id": "crm", "kind": "sqlite", "access": "read_only"}.items() <= answer["data_sources"][1].items()
                 or any(one["id"] == "crm" for one in answer["data_sources"]), answer)
    text = this.service.must("export", "hidden-pg")
    checks.check("an export brings the source and no password", "data_source" in text and "kv/pg#password" in text and PASSWORD not in text)
    with open(os.path.join(this.folder, "sources.yaml"), encoding="utf-8") as file:
        changed = file.read().replace("data_source: pg\npostgres: { host: localhost", "data_source: pg\npostgres: { host: 127.0.0.1")
    author = ('path "api/import" { capabilities = ["create"] }\npath "api/data_sources/*" { capabilities = ["update"] }\n'
              'path "api/integrations/*" { capabilities = ["update"] }\n')
    this.service.must("policy", "put", "author", rig.write(this.folder, "author.hcl", author))
    token = this.service.must("token", "create", "--policy", "author").split()[0]
    answer = this.service.http("POST", "/api/import", {"files": [{"name": "s.yaml", "text": changed}]}, token=token)
    checks.equal("an author may change a source", answer.status, 200)
    log = this.fails("and the password does not follow it to another host", "hidden-pg", "not-granted")
    checks.check("which says what helps", "chancery grant" in log, log)


def everything(folder):
    data = b""
    for place, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                data += file.read()
    return data


def run(checks, binary, folder):
    this = Rig(checks, binary, folder)
    try:
        values(checks, this)
        refusals(checks, this)
        changes(checks, this)
        bounds(checks, this)
        memory(checks, this)
        secrecy(checks, this)
        encryption(checks, this)
        killed(checks, this)
        approved(checks, this)
        documents(checks, this)
        held = everything(this.service.data) + this.service.said().encode()
        checks.equal("neither rows, secrets nor passwords are in the data folder or in what was printed",
                     rig.hunt(held, {"the row": CANARY, "the secret": SECRET, "the password": PASSWORD}), [])
        this.service.must("ledger", "verify")
        this.service.stop()
        status, output, errors = rig.command(binary, "serve", "--data", this.service.data, "--listen", "127.0.0.1:0",
                                             "--dev", "--sqlite-folder", this.folder)
        checks.check("a folder that holds the service's own data is refused", status != 0 and "own data" in output + errors, errors)
    finally:
        this.postgres.stop()
        this.outside.stop()


rig.main(run)
