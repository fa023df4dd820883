#!/usr/bin/env python3
"""Kills the service with SIGKILL at random moments while runs are started and under way, and asserts at the end that
nothing that was acknowledged is lost and nothing that must not happen twice happened twice.

    python3 Tests/Black/kill9.py BINARY [SEED]
"""

import json
import os
import random
import re
import secrets
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

STARTS = 24
SENDERS = 3
KILLS = 12

DOCUMENT = """
integration: chain
base_url: http://PLACE
methods:
  look:
    request: GET /look/<<delivery>>
    outputs: { seen: response^seen }
    timeout: 20s
  book:
    request: POST /book/<<delivery>>
    body: { json: '{"delivery": <<delivery>>}' }
    timeout: 20s
---
runbook: chain
start:
  public: { auth: signature, scheme: github, key: { secret: kv/hooks#chain } }
  inputs: { delivery: request^delivery! }
variables: { delivery: { type: string } }
steps:
  one: { method: chain/look, then: two, else: lost }
  two: { method: chain/look, then: book, else: lost }
  book: { method: chain/book, then: four, else: failed }
  four: { method: chain/look, then: five, else: lost }
  five: { method: chain/look, then: done, else: lost }
  done: { end: success }
  failed: { end: failure }
  lost: { end: failure }
---
integration: busy
base_url: http://PLACE
methods:
  ask:
    request: GET /busy
    retry: { attempts: 5, backoff: 600s, retry_on: [503] }
  look:
    request: GET /hold
    timeout: 60s
  book:
    request: POST /booked
---
runbook: held
steps:
  look: { method: busy/look, then: book, else: failed }
  book: { method: busy/book, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: patient
steps:
  ask: { method: busy/ask, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def run(checks, binary, folder):
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else secrets.randbelow(1_000_000)
    chance = random.Random(seed)
    print("seed %d" % seed, flush=True)
    key = secrets.token_hex(20)
    pause = random.Random(seed + 1)

    released = threading.Event()

    def answer(received):
        if received.path == "/hold":
            released.wait(40)
            return 200, {}
        time.sleep(pause.uniform(0.005, 0.06))
        return (503 if received.path == "/busy" else 200), {"seen": True}

    upstream = rig.Upstream(answer)
    document = rig.write(folder, "chain.yaml", DOCUMENT.replace("PLACE", upstream.place))
    service = rig.Service(binary, folder, allow=[upstream.place]).start()
    service.must("kv", "put", "kv/hooks", "chain=-", input=key)
    service.must("import", document)
    service.must("ledger", "verify")
    head = rig.write(folder, "head", service.must("ledger", "head"))

    acknowledged = {}
    unanswered = set()
    refused = []
    stopping = threading.Event()

    def send(delivery):
        body = json.dumps({"delivery": delivery}).encode()
        try:
            given = service.webhook("chain", body, key, [("X-GitHub-Event", "push")], seconds=10)
        except Exception:
            unanswered.add(delivery)
            return False
        value = given.json() or {}
        if given.status == 202:
            acknowledged[delivery] = value["run_id"]
            return True
        if given.status == 503 and given.header("Retry-After") == "1":
            # It listens and has not read everything yet: come again, it says, as to a connection that it did not take.
            return False
        refused.append((given.status, given.body[:200]))
        return False

    def sender(which):
        """Starts runs over the whole time; one that was not answered is delivered again, as senders do."""
        for number in range(which, STARTS, SENDERS):
            delivery = "d%03d" % number
            while not stopping.is_set():
                if send(delivery):
                    break
                stopping.wait(0.1)
            stopping.wait(pause.uniform(0.3, 1.4))

    threads = [threading.Thread(target=sender, args=(which,), daemon=True) for which in range(SENDERS)]
    for thread in threads:
        thread.start()
    restarts = []
    orphans = []
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.02, 0.9))
        inner = service.inner
        service.kill()
        if chance.random() < 0.4:
            # Killed again while it is still waking up.
            service.spawn()
            time.sleep(chance.uniform(0.01, 0.5))
            service.kill()
        begun = time.monotonic()
        service.start()
        restarts.append(time.monotonic() - begun)
        if rig.is_alive(inner):
            orphans.append(inner)
    checks.equal("the service started again after each kill", len(restarts), KILLS)
    checks.equal("no killed service lived on without its watcher", orphans, [])
    deadline = time.monotonic() + 90
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    checks.equal("every start was acknowledged in the end", len(acknowledged), STARTS)
    stopping.set()
    for thread in threads:
        thread.join(20)
    checks.equal("no start was refused", refused, [])

    finals = {delivery: service.ended(identifier, 60) for delivery, identifier in acknowledged.items()}
    listed = service.runs()
    known = {one["id"] for one in listed}
    checks.equal("no acknowledged start is lost", sorted(set(acknowledged.values()) - known), [])
    checks.equal("each delivery has a run of its own", len(set(acknowledged.values())), len(acknowledged))
    checks.equal("a delivery that came again started nothing", len(listed), len(acknowledged))
    unended = {one["id"]: one["state"] for one in finals.values() if one.get("state") not in ("succeeded", "failed")}
    checks.equal("every acknowledged run has ended", unended, {})
    odd = []
    interrupted = 0
    for delivery, one in finals.items():
        if one.get("state") != "failed":
            continue
        events = service.log(one["id"])
        said = [event for event in events if "interrupted" in json.dumps(event)]
        if said and all(event.get("step") in ("book", None, "failed") for event in said):
            interrupted += 1
        else:
            odd.append((delivery, one.get("failure"), events[-4:]))
    checks.equal("runs failed only with `interrupted` at the step that must not be repeated", odd, [])

    posts = {}
    looks = {}
    with upstream.lock:
        for received in upstream.received:
            target = posts if received.method == "POST" else looks
            target[received.path] = target.get(received.path, 0) + 1
    checks.equal("no call arrived twice that must not be repeated", {p: n for p, n in posts.items() if n > 1}, {})
    missing = [d for d, one in finals.items() if one.get("state") == "succeeded" and posts.get("/book/" + d) != 1]
    checks.equal("each run that succeeded made its call", missing, [])
    few = [d for d, one in finals.items() if one.get("state") == "succeeded" and looks.get("/look/" + d, 0) < 4]
    checks.equal("each run that succeeded made its other calls", few, [])

    gaps = []
    for one in finals.values():
        numbers = [event["seq"] for event in service.log(one["id"])]
        if numbers != sorted(set(numbers)):
            gaps.append(one["id"])
    checks.equal("the log of each run is in order, without a line twice", gaps, [])
    code, output, errors = service.cli("ledger", "verify")
    checks.check("the ledger verifies", code == 0, errors + output)
    code, output, errors = service.cli("ledger", "verify", "--since", head)
    checks.check("the ledger goes on from the head kept before the kills", code == 0, errors + output)
    cancels(checks, service, upstream)
    stops(checks, service, upstream, released)
    checks.equal("it ends when asked to", service.stop(), 0)
    upstream.stop()
    print(
        "       %d runs, %d interrupted, %d deliveries unanswered at first, slowest start %.1f s"
        % (len(acknowledged), interrupted, len(unanswered), max(restarts)), flush=True)


def cancels(checks, service, upstream):
    """Runs that wait ten minutes for their next attempt: a request to end one is answered at once, and holds after a
    kill that follows it."""
    ids = [re.search(r"started run (\S+)", service.must("start", "patient")).group(1) for _ in range(3)]

    def asked():
        with upstream.lock:
            return sum(1 for received in upstream.received if received.path == "/busy") >= 3

    checks.check("three runs wait for their next attempt", rig.eventually(asked, 20))
    service.must("cancel", ids[0])
    checks.equal("a waiting run ends when it is cancelled", service.ended(ids[0], 20).get("state"), "cancelled")
    service.must("cancel", ids[1])
    service.kill()
    service.start()
    checks.equal("a cancel holds after a kill", service.ended(ids[1], 20).get("state"), "cancelled")
    checks.equal("the run that nobody cancelled goes on", service.run(ids[2]).get("state"), "running")
    code, _, errors = service.cli("cancel", ids[0])
    checks.check("a run that is over is not cancelled again", code != 0 and "ended already" in errors, errors)


def stops(checks, service, upstream, released):
    """A service that is told to end while a call is out: the call has a while to come back, and is repeated where it does
    not."""

    def held(count):
        with upstream.lock:
            return sum(1 for received in upstream.received if received.path == "/hold") >= count

    def booked():
        with upstream.lock:
            return sum(1 for received in upstream.received if received.path == "/booked")

    def start():
        return re.search(r"started run (\S+)", service.must("start", "held")).group(1)

    one = start()
    checks.check("a call is out", rig.eventually(lambda: held(1), 20))
    timer = threading.Timer(1.0, released.set)
    timer.start()
    checks.equal("it ends when asked to while a call is out", service.stop(), 0)
    timer.join()
    service.start()
    checks.equal("the run goes on after a stop", service.ended(one, 30).get("state"), "succeeded")
    checks.check("the call that came back in time was not repeated", not held(2))
    checks.equal("the next call was made once", booked(), 1)
    released.clear()
    two = start()
    checks.check("another call is out", rig.eventually(lambda: held(2), 20))
    checks.equal("it ends though the call does not come back", service.stop(), 0)
    released.set()
    service.start()
    checks.equal("the run whose call was cut off goes on", service.ended(two, 30).get("state"), "succeeded")
    checks.check("the call that did not come back was repeated", held(3))
    checks.equal("each next call was made once", booked(), 2)


rig.main(run)
