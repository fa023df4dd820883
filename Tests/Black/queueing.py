#!/usr/bin/env python3
"""Runs that wait for their turn, and runs that cannot be written for a while: over the real binary, with another side that
is slow, pauses, kills and a disk that is full.

    python3 Tests/Black/queueing.py BINARY
"""

import collections
import json
import os
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DOCUMENTS = """
integration: other
base_url: http://PLACE
methods:
  count: { request: POST /count, body: { json: '{"from": <<cursor>>}' }, outputs: { cursor: response^next } }
  slow: { request: POST /slow, body: { json: '{"n": <<n>>}' }, outputs: { n: response^n } }
  out: { request: POST /out, body: { json: '{"n": <<n>>}' }, outputs: { n: response^n } }
  held: { request: POST /held, body: { json: '{"n": <<n>>}' } }
---
runbook: counter
mode: series
variables: { cursor: { type: integer, default: 0, persist: true } }
steps:
  count: { method: other/count, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: line
mode: series
variables: { n: { from: "<<request^n>>" } }
steps:
  fast: { condition: { left: n, op: equals, right: 0 }, then: done, else: slow }
  slow: { method: other/slow, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: deciding
variables: { n: { from: "<<request^n>>" } }
steps:
  look: { condition: { left: n, op: equals, right: 0 }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: rests-first
mode: series
variables: { n: { default: 1 } }
steps:
  rest: { sleep: 2s, then: slow }
  slow: { method: other/slow, then: done }
  done: { end: success }
---
runbook: hurried
mode: series
limits: { max_run_time: 3s }
variables: { n: { default: 1 } }
steps:
  slow: { method: other/slow, then: rest, else: failed }
  rest: { sleep: 1s, then: done }
  done: { end: success }
  failed: { end: failure }
---
runbook: too-slow
limits: { max_run_time: 1s }
variables: { n: { default: 9 } }
steps:
  slow: { method: other/slow, then: done }
  done: { end: success }
---
runbook: collects
mode: series
variables: { item: {}, seen: { persist: true, default: nothing } }
steps:
  each: { iterate: "<<request^list>>", outputs: { seen: response }, then: next, else: done }
  next: { next: each, then: done }
  done: { end: success }
---
runbook: tells
variables: { seen: { default: 7 } }
steps:
  hand: { start_runbook: told, variables: { seen: seen }, else: failed }
  failed: { end: failure }
---
runbook: told
mode: series
variables: { seen: {}, n: { default: 2 } }
steps:
  slow: { method: other/slow, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: out
variables: { n: { from: "<<request^n>>" } }
steps:
  out: { method: other/out, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: out-in-series
mode: series
variables: { n: { from: "<<request^n>>" }, last: { persist: true, default: -1 } }
steps:
  out: { method: other/out, outputs: { last: response^n }, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

# Over at once where `n` is 0, else in a call that hangs.
LOOKS = """\
steps:
  look: { condition: { left: n, op: equals, right: 0 }, then: done, else: held }
  held: { method: other/held, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""
# Runbooks of the service that has few places: three for all, two for each.
CROWDED = """
runbook: crowded
start: { public: { auth: none } }
variables: { n: { from: "<<request^n>>" } }
LOOKS
---
runbook: one-by-one
mode: series
variables: { n: { from: "<<request^n>>" } }
LOOKS
---
runbook: alone
limits: { max_parallel: 1 }
variables: { n: { from: "<<request^n>>" } }
LOOKS
---
runbook: beside
variables: { n: { from: "<<request^n>>" } }
steps:
  held: { method: other/held, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: picky
start: { public: { auth: none } }
variables: { pin: { TYPE encrypt: true } }
steps:
  done: { end: success }
""".replace("LOOKS\n", LOOKS)


class Other:
    """Answers after a while, or as soon as it is let."""

    def __init__(self):
        self.gate = threading.Event()
        self.gate.set()
        self.let = collections.defaultdict(threading.Event)
        self.seconds = 1.0
        self.lock = threading.Lock()
        self.running = 0
        self.most = 0
        self.server = rig.Upstream(self.answer)
        self.place = self.server.place

    def answer(self, received):
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            return self.work(received)
        finally:
            with self.lock:
                self.running -= 1

    def work(self, received):
        body = json.loads(received.body)
        if received.target == "/count":
            time.sleep(0.5)
            return 200, {"next": body["from"] + 5}
        if received.target == "/slow":
            time.sleep(9 if body["n"] == 9 else self.seconds)
        elif received.target == "/held":
            self.let[body["n"]].wait(60)
        else:
            self.gate.wait(60)
        return 200, {"n": body["n"]}

    def bodies(self, target):
        return [json.loads(received.body) for received in self.server.received if received.target == target]


def start(service, runbook, payload=None):
    answer = service.http("POST", "/api/runbooks/%s/start" % runbook, {"payload": payload})
    return answer.json()["run_id"]


def statistics(service, runbook):
    return service.http("GET", "/api/runbooks/%s/stats" % runbook).json()


def run(checks, binary, folder):
    other = Other()
    service = rig.Service(binary, folder, allow=(other.place,)).start()
    try:
        service.must("import", rig.write(folder, "all.yaml", DOCUMENTS.replace("PLACE", other.place)))
        counters(checks, service, other)
        order(checks, service)
        waiting(checks, service, other)
        figures(checks, service)
        times(checks, service)
        children(checks, service)
        repeated(checks, service)
        modes(checks, service, folder, other)
        limits(checks, service, folder, other)
        returning(checks, service, folder, other)
    finally:
        service.stop()
    settings(checks, binary, folder)
    places(checks, binary, folder, other)
    full(checks, binary, folder, other)
    other.server.stop()


def counters(checks, service, other):
    runs = [start(service, "counter") for _ in range(3)]
    ended = [service.ended(run, 30) for run in runs]
    checks.equal("three starts at once of a series end", [run["state"] for run in ended], ["succeeded"] * 3)
    checks.equal("each begins with what the one before kept", other.bodies("/count"),
                 [{"from": 0}, {"from": 5}, {"from": 10}])
    checks.check("and when that one is over",
                 all(one["ended_at"] <= next["started_at"] for one, next in zip(ended, ended[1:])), ended)
    runs = [start(service, "collects", {"list": [number]}) for number in (1, 2)]
    for identifier in runs:
        service.ended(identifier, 20)
    begun = [line for line in service.log(start_and_end(service, "collects", {"list": []})) if line["event"] == "started"]
    checks.equal("what a run kept that ended with its first commit is there", begun[0]["variables"]["seen"], "2")


def start_and_end(service, runbook, payload=None):
    identifier = start(service, runbook, payload)
    service.ended(identifier, 20)
    return identifier


def order(checks, service):
    first, second = start(service, "line", {"n": 1}), start(service, "line", {"n": 0})
    one, two = service.ended(first, 20), service.ended(second, 20)
    checks.check("a series keeps its order, whatever its runs have to do", one["ended_at"] <= two["started_at"], (one, two))
    service.must("runbook", "pause", "deciding")
    run = start(service, "deciding", {"n": 0})
    time.sleep(1)
    shown = service.run(run)
    checks.equal("a paused runbook begins nothing, not even a condition",
                 (shown["state"], shown["steps"], shown["started_at"]), ("queued", 0, None))
    service.must("runbook", "resume", "deciding")
    checks.equal("and does so when it is resumed", service.ended(run, 20)["state"], "succeeded")


def waiting(checks, service, other):
    first = start(service, "rests-first")
    second = start(service, "rests-first")
    third = start(service, "rests-first")
    shown = service.run(third)
    checks.equal("a run that waits has no step, and has not begun",
                 (shown["state"], shown["steps"], shown["started_at"], shown["waiting"]), ("queued", 0, None, None))
    checks.equal("its log says so", [line["event"] for line in service.log(third)], ["admitted"])
    checks.check("and so does the command", "waits for its turn" in service.must("log", third))
    service.kill()
    service.start()
    checks.equal("nothing of that changes with a kill",
                 (service.run(third)["state"], service.run(third)["steps"]), ("queued", 0))
    service.must("cancel", third)
    cancelled = service.ended(third, 20)
    checks.equal("one that is cancelled before its turn never began",
                 (cancelled["state"], cancelled["steps"], cancelled["started_at"]), ("cancelled", 0, None))
    one, two = service.ended(first, 30), service.ended(second, 30)
    checks.check("a sleep does not run out in the queue", span(two) >= 2.9, (one, two))
    checks.equal("events of a run that had to wait", [line["event"] for line in service.log(second)][:2],
                 ["admitted", "started"])


def span(run):
    """Seconds from beginning to end."""
    def seconds(text):
        clock = text.split("T")[1].rstrip("Z").split(":")
        return int(clock[0]) * 3600 + int(clock[1]) * 60 + float(clock[2])
    return (seconds(run["ended_at"]) - seconds(run["started_at"])) % 86400


def figures(checks, service):
    runs = [start(service, "line", {"n": 1}) for _ in range(3)]
    late = start(service, "line", {"n": 1})
    service.must("cancel", late)
    for identifier in runs + [late]:
        service.ended(identifier, 30)
    found = statistics(service, "line")
    checks.check("the execution time is that from the first step on", found["max_execution_ms"] < 1900, found)
    checks.equal("a run that never began is in no figure", (found["runs_last_day"], found["max_steps_executed"]), (5, 3))


def times(checks, service):
    runs = [start(service, "hurried") for _ in range(3)]
    ended = [service.ended(identifier, 30) for identifier in runs]
    checks.equal("the time that a run may take begins with its first step",
                 [(run["state"], run["failure"]) for run in ended], [("succeeded", None)] * 3)
    slow = service.ended(start(service, "too-slow"), 20)
    checks.equal("a call that the run's limit cuts short says so", (slow["state"], slow["failure"]), ("failed", "limit"))
    service.must("runbook", "pause", "hurried")
    run = start(service, "hurried")
    time.sleep(4)
    service.must("runbook", "resume", "hurried")
    checks.equal("and is not used up in a paused runbook", service.ended(run, 20)["state"], "succeeded")


def children(checks, service):
    parents = [start(service, "tells") for _ in range(2)]
    for parent in parents:
        service.ended(parent, 20)
    told = [[line for line in service.log(parent) if line["event"] == "handed-over"][0]["other_run"] for parent in parents]
    one, two = sorted((service.ended(child, 20) for child in told), key=lambda run: run["started_at"])
    checks.check("runs that runs start wait for their turn too", one["ended_at"] <= two["started_at"], (one, two))
    checks.equal("and end", (one["state"], two["state"]), ("succeeded", "succeeded"))


def repeated(checks, service):
    """Repetitions that have to wait: from the start, and from the failed step."""
    holding = start(service, "line", {"n": 1})
    queued = start(service, "line", {"n": 1})
    service.must("cancel", queued)
    service.ended(queued, 20)
    again = service.http("POST", "/api/runs/%s/retry" % queued, {"from": "start"}).json()["run_id"]
    checks.equal("a run that was cancelled before its turn is repeated with its request",
                 (service.ended(again, 20)["state"], service.ended(holding, 20)["state"]), ("succeeded", "succeeded"))
    rests = start(service, "rests-first")
    rig.eventually(lambda: service.run(rests)["waiting"], 10)
    service.must("cancel", rests)
    checks.equal("a run is cancelled in its sleep", service.ended(rests, 20)["state"], "cancelled")
    first = start(service, "rests-first")
    repetition = service.http("POST", "/api/runs/%s/retry" % rests, {"from": "failed-step"}).json()["run_id"]
    shown = service.run(repetition)
    checks.equal("a repetition that waits has no step of its own",
                 (shown["state"], shown["steps"], shown["started_at"]), ("queued", 0, None))
    one, two = service.ended(first, 20), service.ended(repetition, 20)
    checks.equal("and goes on", two["state"], "succeeded")
    checks.check("at its turn", one["ended_at"] <= two["started_at"], (one, two))
    checks.equal("with what was taken over, the wait, and what was its own",
                 [line["event"] for line in service.log(repetition)][:3], ["started", "admitted", "retried"])


def modes(checks, service, folder, other):
    """A run that is pinned to the documents of before does not bring their mode back."""
    other.seconds = 2.0
    old = start(service, "line", {"n": 1})
    text = "runbook: line\nmode: parallel\nvariables: { n: { from: \"<<request^n>>\" } }\nsteps:\n" \
        "  slow: { method: other/slow, then: done, else: failed }\n  done: { end: success }\n  failed: { end: failure }\n"
    service.must("import", "--into", "line", rig.write(folder, "parallel.yaml", text))
    before = len(other.bodies("/slow"))
    runs = [start(service, "line", {"n": 2}) for _ in range(3)]
    together = rig.eventually(lambda: len(other.bodies("/slow")) >= before + 3, 1.8)
    checks.check("runs go side by side as soon as their runbook says so", together, other.bodies("/slow")[before:])
    for identifier in runs + [old]:
        service.ended(identifier, 20)
    other.seconds = 1.0


def limits(checks, service, folder, other):
    """How many runs may be under way is what the runbook says now, also of those that are pinned to earlier documents."""
    text = "runbook: few\nvariables: { n: { from: \"<<request^n>>\" } }\nsteps:\n" \
        "  slow: { method: other/slow, then: done, else: failed }\n  done: { end: success }\n  failed: { end: failure }\n"
    service.must("import", rig.write(folder, "few.yaml", text))
    old = start(service, "few", {"n": 1})
    service.ended(old, 20)
    service.must("import", "--into", "few", rig.write(folder, "fewer.yaml", text + "limits: { max_parallel: 1 }\n"))
    other.seconds, other.most = 1.5, 0
    runs = [start(service, "few", {"n": 2})]
    runs.append(service.http("POST", "/api/runs/%s/retry" % old, {"from": "start"}).json()["run_id"])
    for identifier in runs:
        service.ended(identifier, 20)
    checks.equal("a repetition of a run from before the limit keeps to it", other.most, 1)
    before = len(other.bodies("/slow"))
    runs = [start(service, "few", {"n": 3}) for _ in range(4)]
    service.must("import", "--into", "few", rig.write(folder, "few.yaml", text))
    together = rig.eventually(lambda: len(other.bodies("/slow")) >= before + 4, 1.3)
    checks.check("runs that wait go on as soon as the limit is gone", together, other.bodies("/slow")[before:])
    for identifier in runs:
        service.ended(identifier, 20)
    other.seconds = 1.0


def returning(checks, service, folder, other):
    """Runs that sleep hold no place; when they go on they keep to the limit as those that begin do."""
    text = "runbook: naps\nlimits: { max_parallel: 1 }\nvariables: { n: { default: 4 } }\nsteps:\n" \
        "  rest: { sleep: 6s, then: slow }\n  slow: { method: other/slow, then: done, else: failed }\n" \
        "  done: { end: success }\n  failed: { end: failure }\n"
    service.must("import", rig.write(folder, "naps.yaml", text))
    other.seconds, other.most = 0.5, 0
    began = time.time()
    runs = [start(service, "naps") for _ in range(4)]
    states = [service.ended(identifier, 40)["state"] for identifier in runs]
    checks.equal("runs that sleep go on and succeed", states, ["succeeded"] * 4)
    checks.equal("no more of them at once than may be", other.most, 1)
    checks.check("and they slept beside one another", time.time() - began < 18, time.time() - began)
    other.seconds = 1.0


def settings(checks, binary, folder):
    """What a configuration may say of places."""
    for key in ("max_runs", "max_runs_per_runbook"):
        for value in ("0", "10001", "many"):
            path = rig.write(folder, "wrong.yaml", "retention_days: 30\n%s: %s\n" % (key, value))
            code, output, errors = rig.command(
                binary, "serve", "--dev", "--data", os.path.join(folder, "none"), "--config", path)
            checks.check("%s: %s is refused with its place and what it may be" % (key, value),
                         code == 2 and "wrong.yaml:2:" in errors and "`%s` is a number of runs from 1 to 10000" % key in errors,
                         (code, output, errors))


class Crowd:
    """A service with three places, two of them for one runbook, and calls that hang until each is let."""

    def __init__(self, binary, folder, other):
        self.folder = os.path.join(folder, "crowd")
        os.mkdir(self.folder)
        self.other = other
        config = rig.write(self.folder, "few.yaml", "max_runs: 3\nmax_runs_per_runbook: 2\n")
        self.service = rig.Service(binary, self.folder, arguments=("--dev", "--config", config), allow=(other.place,))
        self.service.start()
        place = DOCUMENTS.partition("---")[0].replace("PLACE", other.place)
        self.service.must("import", rig.write(self.folder, "crowd.yaml", place + "---" + CROWDED.replace("TYPE", "")))

    def start(self, runbook, number):
        return start(self.service, runbook, {"n": number})

    def public(self, runbook, number=0):
        return self.service.http("POST", "/api/automation/" + runbook, {"n": number}, token=None).json()["run_id"]

    def calls(self):
        return [body["n"] for body in self.other.bodies("/held")]

    def called(self, *numbers):
        """Whether these calls are out, and no other, also a moment later."""
        rig.eventually(lambda: len(self.calls()) >= len(numbers), 10)
        time.sleep(0.3)
        return self.calls() == list(numbers)

    def waits(self, *runs):
        """Whether these runs are taken in and have not begun."""
        return all(self.service.run(run)["state"] == "queued" and self.service.run(run)["started_at"] is None
                   and [line["event"] for line in self.service.log(run)] == ["admitted"] for run in runs)

    def let(self, number):
        self.other.let[number].set()


def places(checks, binary, folder, other):
    crowd = Crowd(binary, folder, other)
    service = crowd.service
    first, second = crowd.start("crowded", 1), crowd.start("crowded", 2)
    checks.check("two runs of a runbook are under way", crowd.called(1, 2), crowd.calls())
    third, fourth = crowd.start("crowded", 3), crowd.public("crowded", 4)
    checks.check("max_runs_per_runbook: further ones wait", crowd.called(1, 2) and crowd.waits(third, fourth), crowd.calls())
    for name, run in (("", crowd.start("crowded", 0)), (", publicly too", crowd.public("crowded"))):
        checks.equal("a run that calls nobody needs no place%s" % name, service.ended(run, 5)["state"], "succeeded")
        checks.equal("it has never waited%s" % name, [line["event"] for line in service.log(run)],
                     ["started", "condition-decided", "ended"])
    checks.check("and lets nobody else pass", crowd.called(1, 2) and crowd.waits(third, fourth), crowd.calls())
    beside, alone = crowd.start("beside", 5), crowd.start("alone", 6)
    checks.check("max_runs: another runbook gets the third place, and the next one none",
                 crowd.called(1, 2, 5) and crowd.waits(alone), crowd.calls())
    crowd.let(5)
    checks.equal("a place that is free", service.ended(beside, 10)["state"], "succeeded")
    checks.check("goes to a runbook that has one left, though others have waited longer",
                 crowd.called(1, 2, 5, 6) and crowd.waits(third, fourth), crowd.calls())
    crowd.let(1)
    checks.check("a place of the runbook goes to the first that waits for it",
                 crowd.called(1, 2, 5, 6, 3) and crowd.waits(fourth), crowd.calls())
    crowd.let(2)
    checks.check("and the next one to the second", crowd.called(1, 2, 5, 6, 3, 4), crowd.calls())
    another, over = crowd.start("alone", 7), crowd.start("alone", 0)
    for number in (3, 4):
        crowd.let(number)
    checks.equal("all of them end", [service.ended(run, 10)["state"] for run in (first, second, third, fourth)],
                 ["succeeded"] * 4)
    checks.check("limits.max_parallel: a second run waits beside free places, and one that calls nobody behind it",
                 crowd.called(1, 2, 5, 6, 3, 4) and crowd.waits(another, over), crowd.calls())
    crowd.let(6)
    checks.check("until the first is over", crowd.called(1, 2, 5, 6, 3, 4, 7) and crowd.waits(over), crowd.calls())
    crowd.let(7)
    checks.equal("then it ends", service.ended(over, 10)["state"], "succeeded")
    in_series(checks, crowd)
    misfit(checks, crowd)
    service.stop()


def in_series(checks, crowd):
    before = crowd.calls()
    holding, over = crowd.start("one-by-one", 8), crowd.start("one-by-one", 0)
    checks.check("in series, a run that calls nobody keeps its turn", crowd.called(*before, 8) and crowd.waits(over), crowd.calls())
    crowd.let(8)
    one, two = crowd.service.ended(holding, 10), crowd.service.ended(over, 10)
    checks.check("and ends after the one before", one["ended_at"] <= two["started_at"], (one, two))


def misfit(checks, crowd):
    """A sealed value that was entered before its variable had a type."""
    service = crowd.service
    service.must("set", "picky", "variable", "pin", input="seven-four-1-1")
    checks.equal("a sealed value of any kind", service.ended(crowd.public("picky"), 10)["state"], "succeeded")
    typed = "runbook: picky" + CROWDED.partition("runbook: picky")[2].replace("TYPE", "type: integer,")
    service.must("import", "--into", "picky", rig.write(crowd.folder, "typed.yaml", typed))
    for name, run in (("publicly", crowd.public("picky")), ("with a token", start(service, "picky"))):
        ended = service.ended(run, 10)
        checks.equal("a start %s fails where the value does not fit a type that came later" % name,
                     (ended["state"], ended["failure"], ended["steps"]), ("failed", "conversion", 0))
        log = service.log(run)
        checks.check("its log names the variable, %s" % name, log[0]["event"] == "start-failed"
                     and "what the variable `pin` begins with" in log[0]["detail"], log)
        checks.check("and not the value, %s" % name, "seven-four" not in json.dumps(log) + service.must("log", run), log)
    code, output, errors = service.cli("set", "picky", "variable", "pin", input="eight")
    checks.check("a new one that does not fit is refused", code != 0 and "`pin`" in errors and "eight" not in errors, errors)
    service.must("set", "picky", "variable", "pin", input="7411")
    checks.equal("one that fits lets the next run begin", service.ended(crowd.public("picky"), 10)["state"], "succeeded")


def full(checks, binary, folder, other):
    mount = os.path.join(folder, "small")
    os.mkdir(mount)
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", mount], capture_output=True, text=True, timeout=20)
    if made.returncode != 0:
        return checks.skip("full disk", made.stderr.strip() or "no tmpfs can be mounted")
    try:
        filled(checks, binary, folder, mount, other)
    finally:
        for service in list(rig.Service.running):
            service.kill()
        subprocess.run(["umount", mount], capture_output=True, timeout=20)


def fill(path):
    with open(path, "ab", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                pass


def filled(checks, binary, folder, mount, other):
    service = rig.Service(binary, folder, data=os.path.join(mount, "data"), allow=(other.place,)).start()
    service.must("import", rig.write(folder, "all.yaml", DOCUMENTS.replace("PLACE", other.place)))
    ballast = os.path.join(mount, "ballast")
    other.gate.clear()
    before = len(other.bodies("/out"))
    runs = [start(service, "out", {"n": number}) for number in range(20)]
    series = [start(service, "out-in-series", {"n": 100 + number}) for number in range(3)]
    checks.check("full disk: calls are out", rig.eventually(lambda: len(other.bodies("/out")) >= before + 21, 20))
    fill(ballast)
    other.gate.set()
    time.sleep(4)
    checks.check("full disk: the service lives on", service.process.poll() is None, service.said()[-600:])
    os.remove(ballast)
    ended = [service.ended(identifier, 60) for identifier in runs + series]
    checks.equal("full disk: answers that came meanwhile are kept, and every run goes on when there is space",
                 {(run["state"], run["failure"]) for run in ended}, {("succeeded", None)})
    calls = [body["n"] for body in other.bodies("/out")[before:]]
    checks.equal("full disk: nothing was sent twice", sorted(calls), list(range(20)) + [100, 101, 102])
    checks.equal("full disk: a series keeps its order", [number for number in calls if number >= 100], [100, 101, 102])
    resumed(checks, service, ballast, other)


def resumed(checks, service, ballast, other):
    """Killed with calls out, and started with so little space that what became of them cannot be written."""
    other.gate.clear()
    before = len(other.bodies("/out"))
    runs = [start(service, "out", {"n": 200 + number}) for number in range(20)]
    series = [start(service, "out-in-series", {"n": 300 + number}) for number in range(2)]
    rig.eventually(lambda: len(other.bodies("/out")) >= before + 21, 20)
    service.kill()
    other.gate.set()
    fill(ballast)
    for _ in range(12):
        os.truncate(ballast, max(0, os.path.getsize(ballast) - (64 << 10)))
        try:
            service.start()
            break
        except RuntimeError:
            continue
    else:
        return checks.check("full disk: it starts with little space", False, service.said()[-400:])
    fill(ballast)
    time.sleep(5)
    stood = [service.run(identifier).get("state") for identifier in runs + series]
    os.remove(ballast)
    ended = [service.ended(identifier, 60) for identifier in runs + series]
    print("         %d of %d runs could not be written before there was space" % (
        sum(state not in ("succeeded", "failed") for state in stood), len(stood)), flush=True)
    checks.equal("full disk: after a start on it, every run ends when there is space, without another start",
                 {run["state"] for run in ended} - {"succeeded", "failed"}, set())
    checks.equal("full disk: a run of a series that waited begins after that", ended[-1]["state"], "succeeded")


if __name__ == "__main__":
    rig.main(run)
