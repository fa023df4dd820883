#!/usr/bin/env python3
"""Runs are found by the words of their logs, as far as the one who asks may read them; and shown as a tree.

    python3 Tests/Black/logs.py BINARY
"""

import glob
import os
import secrets
import socket
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INTEGRATION = """
integration: outside
base_url: "http://PLACE"
auth: { type: bearer, token: { sealed: true } }
methods:
  open: { request: GET /open, outputs: { id: response^id } }
  closed: { request: GET /closed, encrypt_response: true }
  say: { request: POST /say, body: { json: '{"note": <<note>>}' } }
"""

RUNBOOK = """
runbook: fetch
variables: { note: { type: string, from: "request^note!" }, id: { type: string }, private: { encrypt: true, hosts: ["PLACE"] } }
steps:
  look: { method: outside/open, then: hidden, else: failed }
  hidden: { method: outside/closed, then: check, else: failed }
  check: { condition: { left: note, op: has_value }, then: pause, else: failed }
  pause: { sleep: 1ms, then: tell }
  tell: { method: outside/say, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

LOOP = """
runbook: loop
variables: { note: { type: string, from: "request^note!" }, person: { type: string } }
steps:
  users: { iterate: "<<request^users>>", outputs: { person: response^name }, then: say, else: done }
  say: { method: outside/say, then: following, else: failed }
  following: { next: users, then: on }
  on: { start_runbook: fetch, variables: { note: note }, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

LONG = """
runbook: long
limits: { max_steps: 100000 }
start: { inputs: { list: request^list, text: request^text }, public: { auth: none } }
steps:
  begin: { iterate: "<<list>>", outputs: { one: response, copy: text }, then: following, else: done }
  following: { next: begin, then: done }
  done: { end: success }
"""

WAITING = """
runbook: waiting
variables: { note: { type: string, from: "request^note!" } }
steps:
  pause: { sleep: 1h, then: done }
  done: { end: success }
"""

LIST_ALONE = 'path "api/runs" { capabilities = ["read"] }\n'
BUT_ONE = """
path "api/runs" { capabilities = ["read"] }
path "api/runs/*" { capabilities = ["read"] }
path "api/runs/RUN/log" { capabilities = ["deny"] }
"""


def word(prefix):
    return prefix + secrets.token_hex(8)


def run(checks, binary, folder):
    public, late, closed, header, credential, private = (
        word(x) for x in ("publicword", "lateword", "closedword", "headerword", "credential", "privatevalue"))

    def answer(received):
        if received.path == "/open":
            # Its answer is public, but for the credential that it was called with.
            return 200, {"id": public, "note": "Caf\u00e9 %s" % public.upper(), "echo": credential, "too": private}, [
                ("X-Trace", header)]
        if received.path == "/closed":
            return 200, {"hidden": closed}
        return 200, {"ok": True}

    upstream = rig.Upstream(answer)
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    for name, text in (("outside", INTEGRATION), ("fetch", RUNBOOK), ("loop", LOOP), ("waiting", WAITING)):
        service.must("import", rig.write(folder, name + ".yaml", text.replace("PLACE", upstream.place)))
    service.must("set", "outside", "auth", "token", input=credential)
    service.must("set", "fetch", "variable", "private", input=private)

    def start(runbook, ends=True, **payload):
        path = rig.write(folder, "payload.json", rig.json.dumps(payload))
        identifier = service.must("start", runbook, "--input", path).split("started run ")[1].split()[0]
        if ends:
            checks.equal("a run of %s ends" % runbook, service.ended(identifier).get("state"), "succeeded")
        return identifier

    def found(token=True, **query):
        answer = service.http("GET", "/api/runs?" + rig.urllib.parse.urlencode(query), token=token)
        return [x["id"] for x in answer.json()["runs"]] if answer.status == 200 else answer.status

    first, other = word("trigger"), word("trigger")
    run1 = start("fetch", note="%s grün" % first)
    run2 = start("fetch", note=other)

    # What is found, and what is not.
    checks.equal("a word of the request that started a run finds it", found(text=first), [run1])
    checks.equal("in any case", found(text=first.upper()), [run1])
    checks.equal("also with letters that are no ASCII", found(text="GRÜN " + first), [run1])
    checks.equal("a word of an answer finds both", found(text=public), [run2, run1])
    checks.equal("a word with an escaped letter too", found(text="café " + public, limit=1), [run2])
    checks.equal("a word of a header too", found(text=header), [run2, run1])
    checks.equal("words are found whole", found(text=public[:-1]), [])
    checks.equal("all of them must be there", found(text="%s %s" % (first, other)), [])
    checks.equal("a word beside a filter", found(text=public, runbook="loop"), [])
    checks.equal("a word beside a state", found(text=public, state="failed"), [])
    now = time.time()
    stamp = lambda seconds: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds))
    checks.equal("a word beside a time", found(text=public, since=stamp(-600), until=stamp(600)), [run2, run1])
    checks.equal("a word before that time", found(text=public, until=stamp(-86_400)), [])
    checks.equal("a word after that time", found(text=public, since=stamp(86_400)), [])
    for name, value in (("an encrypted answer", closed), ("a credential that an answer echoes", credential),
                        ("an encrypted variable", private), ("the reason of a mask", "credential")):
        checks.equal("no word of %s" % name, found(text=value), [])
    first2, last = word("trigger"), word("trigger")
    wordy = start("fetch", note=" ".join([first2] + ["filler%d" % number for number in range(600)] + [last]))
    checks.equal("a run of many words is found by its last one too", found(text=last), [wordy])
    checks.equal("by the first and the last", found(text="%s %s" % (first2, last), step="look"), [wordy])
    checks.equal("and not by a word that it does not have", found(text=word("trigger")), [])
    quoted = word("trigger")
    odd = start("fetch", note="\u2039" + quoted)
    checks.equal("a bracket that begins no mask hides nothing behind it", found(text=quoted), [odd])
    service.must("runs", "delete", odd, wordy)
    checks.equal("more words than may be asked for are refused", found(text=" ".join("word%d" % x for x in range(9))), 400)
    checks.equal("a text without a word is refused", found(text="- ?"), 400)
    for step in ("look", "hidden", "check", "pause", "tell"):
        checks.equal("a run is found by its step %s" % step, found(step=step, limit=1), [run2])
    checks.equal("not by a step that it did not come to", found(step="failed"), [])

    # Pages.
    page = service.http("GET", "/api/runs?limit=1&text=" + public).json()
    checks.equal("a page ends where it is full", ([x["id"] for x in page["runs"]], page["next"]), ([run2], run2))
    page = service.http("GET", "/api/runs?limit=1&text=%s&before=%s" % (public, page["next"])).json()
    checks.equal("the next one goes on", [x["id"] for x in page["runs"]], [run1])
    page = service.http("GET", "/api/runs?limit=1&text=%s&before=%s" % (public, run1)).json()
    checks.equal("and the last one says so", (page["runs"], page["next"]), ([], None))

    # A run that has not ended.
    waiting = start("waiting", ends=False, note=late)
    checks.check("a run that waits is found by its words",
                 rig.eventually(lambda: found(text=late) == [waiting], 20), found(text=late))
    checks.check("and by its step",
                 rig.eventually(lambda: service.run(waiting).get("waiting"), 20) and found(step="pause", limit=1) == [waiting],
                 found(step="pause"))
    service.must("cancel", waiting)
    service.ended(waiting)
    checks.equal("one that was cancelled too", found(text=late), [waiting])

    # Viewers.
    def viewer(name, text):
        service.must("policy", "put", name, rig.write(folder, name + ".hcl", text))
        return service.must("token", "create", "--policy", name).split()[-1]

    lister, partial = viewer("lister", LIST_ALONE), viewer("partial", BUT_ONE.replace("RUN", run1))
    checks.equal("who may read the list alone sees it", len(found(token=lister)), 3)
    checks.equal("and finds nothing by words", (found(token=lister, text=public), found(token=lister, step="look")),
                 (403, 403))
    checks.equal("who may not read one log does not find it", found(token=partial, text=public), [run2])
    checks.equal("nor by the word that it alone has", found(token=partial, text=first), [])
    code, output, errors = service.cli("runs", "--text", public)
    checks.check("the command finds them too", code == 0 and run1 in output and run2 in output, output + errors)

    # The tree.
    looped = start("loop", note="again", users=[{"name": "ann"}, {"name": "bob"}])
    tree = service.http("GET", "/api/runs/%s/tree" % looped).json()
    users = [x for x in tree["nodes"] if x.get("step") == "users"][0]
    checks.equal("an iteration holds its elements", [x["nodes"][0]["step"] for x in users["elements"]], ["say", "say"])
    call = users["elements"][1]["nodes"][0]["attempts"][0]["events"][-1]
    checks.equal("an attempt holds request and answer with time, size and length",
                 (call["request"]["method"], call["response"]["status"], call["request"]["size_up_to"],
                  "duration_ms" in call["response"], len(call["time"])), ("POST", 200, 64, True, 24))
    child = [x for x in tree["nodes"] if x.get("step") == "on"][0]["attempts"][0]["events"][-1]["other_run"]
    checks.equal("the run that it started is linked, and links back",
                 service.http("GET", "/api/runs/%s/tree" % child).json()["parent"], looped)
    text, childs = service.must("log", looped, "--tree"), service.must("log", child, "--tree")
    said = [x[14:] for x in service.must("log", looped).splitlines() if x[:2].isdigit() and x[2] == ":"]
    checks.equal("the text of a tree says what happened in the words of the log",
                 [x for x in (y.partition(": ")[2] or y for y in said) if x not in text and not x.startswith("next element")
                  and " after " not in x], [])
    checks.check("each of them", all(x in text for x in (
        "started through the API", "begins with 2 elements", "calling", "answered with 200", "no element is left",
        "hands over to run " + child)) and "started by run " + looped in childs and "slept" in childs, text + childs)
    checks.equal("and in no others", [x for x in ("call-", "iteration-", "handed-", "condition-", "wait-") if x in text + childs], [])
    text = service.must("log", run1, "--tree")
    checks.check("the text of a tree says why something is masked",
                 "masked for" in text and "look" in text and public in text, text)
    for name, value in (("answer", closed), ("credential", credential), ("variable", private)):
        checks.check("no tree shows the encrypted %s" % name,
                     value not in text and value not in service.must("log", run1, "--tree", "--json"))
    checks.equal("who may not read a log sees no tree",
                 service.http("GET", "/api/runs/%s/tree" % run1, token=partial).status, 403)

    # Server-sent events.
    answer = service.http("GET", "/api/runs/%s/log" % run1, headers=[("Accept", "text/event-stream")])
    events = [x.split("\n") for x in answer.body.decode().split("\n\n") if x]
    lines = service.log(run1)
    checks.equal("a log comes as events, each with its number and its line",
                 [(x[0], rig.json.loads(x[1][6:])) for x in events], [("id: %d" % x["seq"], x) for x in lines])
    checks.equal("of their type", (answer.status, answer.header("Content-Type")), (200, "text/event-stream"))
    answer = service.http("GET", "/api/runs/%s/log" % run1, headers=[
        ("Accept", "text/event-stream"), ("Last-Event-ID", str(lines[-2]["seq"]))])
    checks.equal("they go on behind the last one that was known", answer.body.decode().split("\n")[0],
                 "id: %d" % lines[-1]["seq"])
    answer = service.http("GET", "/api/runs/%s/log" % run1, headers=[
        ("Accept", "text/event-stream"), ("Last-Event-ID", str(lines[-1]["seq"]))])
    checks.equal("and say so where nothing follows", (answer.status, answer.body), (204, b""))

    # The log of a method has tests beside the calls of runs.
    service.must("test", "outside/open")
    logged = service.http("GET", "/api/methods/outside/open/requests").json()["requests"]
    checks.equal("a test of a method is logged", [(x["origin"], x["outcome"], x["run_id"], x["seq"]) for x in logged[:1]],
                 [("test", "status 200", None, None)])
    checks.check("the command says so", "(test)" in service.must("requests", "outside/open"))
    checks.equal("a method that there is not has no log",
                 service.http("GET", "/api/methods/outside/nonesuch/requests").status, 404)

    # Deletion.
    service.ended(child)
    service.must("runs", "delete", run2)
    checks.equal("a deleted run is found by nothing", found(text=public, runbook="fetch"), [child, run1])

    # On disk.
    checks.equal("it ends when asked to", service.stop(), 0)
    texts = b""
    for path in glob.glob(os.path.join(service.data, "**"), recursive=True):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                texts += file.read()
    for value in (public, first, other, late, closed, credential, private, header):
        checks.check("no file of the folder holds the word", value.encode() not in texts and value.encode().upper() not in texts)
    database = sqlite3.connect("file:%s/chancery.db?mode=ro" % service.data, uri=True)
    indexed = [x[0] for x in database.execute("SELECT run FROM search_entry ORDER BY run")]
    days = database.execute("SELECT count(*) FROM search_day").fetchone()[0]
    database.close()
    checks.check("each run but the deleted one has an entry",
                 run1 in indexed and waiting in indexed and run2 not in indexed and len(indexed) == 4, indexed)
    checks.check("the day has a key", days in (1, 2), days)
    service.start()
    checks.equal("after a restart they are found as before", found(text=public), [child, run1])
    run3 = start("fetch", note=first)
    checks.equal("and further ones under the same key", found(text=first), [run3, run1])
    upstream.stop()
    long(checks, binary, os.path.join(folder, "long"))


def long(checks, binary, folder):
    """A log of many megabytes: it comes piece by piece, the same in each form, and is cut where it cannot come to its end."""
    os.makedirs(folder)
    service = rig.Service(binary, folder).start()
    service.must("import", rig.write(folder, "long.yaml", LONG))
    payload = {"list": list(range(400)), "text": "a long text " * 2_000}
    answer = service.http("POST", "/api/runbooks/long/start", {"payload": payload})
    identifier = answer.json()["run_id"]
    path = "/api/runs/%s/log" % identifier
    checks.equal("a run of 400 elements ends", service.ended(identifier, 60)["state"], "succeeded")
    plain = service.http("GET", path, seconds=60)
    checks.check("its log has a line for each", plain.status == 200 and len(plain.body.splitlines()) > 400)
    checks.check("of several megabytes", len(plain.body) > 6_000_000, len(plain.body))
    checks.equal("which come in pieces", plain.header("Transfer-Encoding"), "chunked")
    checks.check("its first line is the first event", rig.json.loads(plain.body.split(b"\n", 1)[0])["seq"] == 1)
    checks.equal("and its last one the end", rig.json.loads(plain.body.splitlines()[-1])["event"], "ended")
    checks.check("a follower gets the same", service.http("GET", path + "?follow=true", seconds=60).body == plain.body)
    events = service.http("GET", path, headers=[("Accept", "text/event-stream")], seconds=60).body.splitlines()
    checks.check("events have the same lines",
                 [x[6:] for x in events if x.startswith(b"data: ")] == plain.body.splitlines())
    checks.equal("and their numbers", [int(x[4:]) for x in events if x.startswith(b"id: ")],
                 list(range(1, len(plain.body.splitlines()) + 1)))
    checks.check("the command prints them", service.must("log", identifier, "--json").encode().split() == plain.body.split())

    # The tree.
    trees = [service.http("GET", "/api/runs/%s/tree" % identifier, seconds=60) for _ in range(2)]
    checks.check("the tree of such a run has several megabytes", len(trees[0].body) > 6_000_000, len(trees[0].body))
    checks.equal("and comes in pieces, too", (trees[0].header("Transfer-Encoding"), trees[0].header("Content-Type")),
                 ("chunked", "application/json"))
    checks.check("the same each time", trees[0].body == trees[1].body)
    begun = [x for x in rig.json.loads(trees[0].body)["nodes"] if x.get("step") == "begin"]
    checks.equal("with all elements", [len(x["elements"]) for x in begun], [400])
    passed = service.must("log", identifier, "--tree", "--json")
    checks.check("the command passes it on", passed.encode() == trees[0].body + b"\n")
    checks.check("and shows it", "element 400:" in service.must("log", identifier, "--tree"))
    long_line(checks, service)
    crowded(checks, service, identifier)
    sealed(checks, service, folder, path, plain.body)
    service.kill()


def long_line(checks, service):
    """One line that comes in many pieces takes the command no longer than as many lines do."""
    line = rig.json.dumps({"event": "x", "text": "y" * 16_000_000}).encode()
    other = rig.Upstream(lambda received: (200, line + b"\n{}\n"))
    code, output, errors = service.cli("log", "x", "--json", "--address", "http://" + other.place)
    checks.check("a line of megabytes is printed", code == 0 and output.encode() == line + b"\n{}\n", (code, len(output), errors))
    other.stop()


def crowded(checks, service, run):
    """The command where the service has no place for a further follower, and with a tree that is too large to be shown."""
    line = lambda number, event, **more: rig.json.dumps(
        dict(more, seq=number, time="2026-01-02T03:04:05.678Z", run=run, event=event)).encode() + b"\n"
    asleep = line(1, "present", state="running", waiting="sleep", until="2026-01-02T04:00:00Z", again_ms=2_000)
    tree = b'{"run":"x","nodes":["' + b"x" * (65 << 20) + b'"]}'
    asked = []

    def answer(received):
        if received.path.endswith("/tree"):
            return 200, tree
        asked.append((time.monotonic(), received.query["after"]))
        if len(asked) < 4:
            return 200, (line(1, "started", trigger="api") if len(asked) == 1 else b"") + asleep
        return 200, line(2, "ended", state="succeeded", steps=1)

    other = rig.Upstream(answer)
    environment = dict(os.environ, CHANCERY_ADDR="http://" + other.place, CHANCERY_TOKEN=service.token, NO_COLOR="1",
                       HOME=service.home)
    code, output, errors = rig.command(service.binary, "log", run, "--follow", environment=environment)
    checks.equal("a follower for whom there is no place comes to the run's end", (code, "succeeded" in output), (0, True))
    checks.equal("and is told once how the run stands, and once why news are late",
                 (output.count("sleeps until"), errors.count("places")), (1, 1))
    pauses = [second[0] - first[0] for first, second in zip(asked, asked[1:])]
    checks.check("the service is asked when it said", len(pauses) == 3 and min(pauses) > 1.9, pauses)
    checks.equal("and for what is new", [x[1] for x in asked], [["0"], ["1"], ["1"], ["1"]])
    code, output, errors = rig.command(service.binary, "log", run, "--tree", environment=environment)
    checks.check("a tree that is too large to be shown is refused with what helps",
                 code == 1 and output == "" and "`chancery log %s` shows" % run in errors, (code, errors))
    code, output, errors = rig.command(service.binary, "log", run, "--tree", "--json", environment=environment)
    checks.check("and passed on as JSON", code == 0 and output.encode() == tree + b"\n", (code, len(output), errors))
    other.stop()


def sealed(checks, service, folder, path, whole):
    """Sealed while somebody reads slowly, and others follow a run that sleeps."""
    service.must("import", rig.write(folder, "waiting.yaml", WAITING))
    asleep = service.http("POST", "/api/runbooks/waiting/start", {"payload": {"note": "x"}}).json()["run_id"]
    checks.check("a run sleeps", rig.eventually(lambda: service.run(asleep).get("waiting"), 20))
    follower = rig.launch(
        [service.binary, "log", asleep, "--follow"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=dict(os.environ, CHANCERY_ADDR=service.url, CHANCERY_TOKEN=service.token, NO_COLOR="1", HOME=service.home))
    told = b""
    while b"sleeps until" not in told:
        line = follower.stdout.readline()
        if not line:
            break
        told += line
    request = "GET /api/runs/%s/log%s HTTP/1.1\r\nHost: x\r\nX-Vault-Token: %s\r\n%s\r\n"
    streams = []
    for query, header in (("?follow=true", ""), ("", "Accept: text/event-stream\r\n")):
        one = socket.create_connection(("127.0.0.1", service.port), 30)
        one.sendall((request % (asleep, query, service.token, header)).encode())
        streams.append([one, b""])
    for stream in streams:
        while b'"present"' not in stream[1]:
            more = stream[0].recv(65_536)
            if not more:
                break
            stream[1] += more
        checks.check("a follower is told that the run sleeps", b'"present"' in stream[1], stream[1])

    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        one.settimeout(30)
        one.connect(("127.0.0.1", service.port))
        one.sendall(("GET %s HTTP/1.1\r\nHost: x\r\nX-Vault-Token: %s\r\n\r\n" % (path, service.token)).encode())
        found = one.recv(1_000)
        checks.check("a log begins", b" 200 " in found[:20], found[:100])
        checks.equal("the service is sealed meanwhile", service.cli("operator", "seal")[0], 0)
        try:
            while True:
                more = one.recv(65_536)
                if not more:
                    break
                found += more
        except ConnectionResetError:
            pass
        checks.check("its log is cut, and does not end as if it were whole",
                     not found.endswith(b"0\r\n\r\n") and len(found) < len(whole), (len(found), found[-40:]))
    for one, found in streams:
        isOpen = False
        try:
            while True:
                more = one.recv(65_536)
                if not more:
                    break
                found += more
        except ConnectionResetError:
            pass
        except socket.timeout:
            isOpen = True
        checks.check("whoever follows is cut as well", not isOpen and not found.endswith(b"0\r\n\r\n"), (isOpen, found[-40:]))
        one.close()
    try:
        output, errors = follower.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        follower.kill()
        output, errors = follower.communicate()
    checks.check("the command says that the service is sealed, once it was for half a minute",
                 follower.returncode == 3 and b"is sealed" in errors and (told + output).count(b"sleeps until") == 1,
                 (follower.returncode, told + output, errors))


rig.main(run)
