#!/usr/bin/env python3
"""What failed runs in a row ask for: once for each crossing, across kills; and what can be seen of it.

    python3 Tests/Black/failures.py BINARY
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INTEGRATION = """
integration: other
base_url: %s
methods:
  call: { request: POST /work, outputs: { got: response^ok }, body: { json: '{"a": 1}' } }
"""

RUNBOOK = """
runbook: shaky
on_failure:
  disable_after: 4
  ticket_after: 2
  notify: true
  webhook: { url: "%s/failed", key: kv/hook#key }
steps:
  work: { method: other/call, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

KEY = base64.b64encode(b"k" * 32).decode()


class Other:
    """Answers as it is told, and keeps the notifications."""

    def __init__(self):
        self.status = 500
        self.hook_status = 204
        self.hooks = []
        self.held = []
        self.release = threading.Event()
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        if received.target == "/failed":
            self.hooks.append(received)
            return self.hook_status, b""
        if received.target == "/held":
            self.held.append(received)
            if len(self.held) == 1:
                return 500, b""
            self.release.wait(25)
            return 204, b""
        return self.status, {"ok": True}


def run(checks, binary, folder):
    other = Other()
    url = "http://127.0.0.1:%d" % other.server.port
    service = rig.Service(binary, folder, allow=("127.0.0.1:%d" % other.server.port,)).start()
    service.must("kv", "put", "kv/hook", "key=whsec_" + KEY)
    service.must("import", rig.write(folder, "other.yaml", INTEGRATION % url))
    service.must("import", rig.write(folder, "shaky.yaml", RUNBOOK % url))
    service.must("grant", "shaky")
    service.must("user", "put", "ana", "--policy", "log-viewer", "--error-notifications", input="a good password\n")
    service.must("user", "put", "ben", "--policy", "log-viewer", input="a good password\n")

    def fail(state="failed"):
        identifier = service.must("start", "shaky").split("started run ")[1].split()[0]
        checks.equal("the run ends", service.ended(identifier).get("state"), state)
        return identifier

    def outbox(**query):
        path = "/api/outbox?limit=500" + "".join("&%s=%s" % pair for pair in query.items())
        return service.http("GET", path).json()["items"]

    first = fail()
    rig.eventually(lambda: len(other.hooks) == 1, 20)
    checks.equal("one failed run is posted", len(other.hooks), 1)
    verify_hook(checks, other.hooks[0], first)
    checks.equal("the streak counts", stats(service)["failures_in_a_row"], 1)
    checks.equal("no ticket before the second", [i for i in outbox() if i["action"] == "ticket"], [])

    # Killed with the webhook refused: nothing is asked for twice, and nothing is lost.
    other.hook_status = 500
    second = fail()
    service.kill()
    service.start()
    other.hook_status = 204
    tickets = [item for item in outbox() if item["action"] == "ticket"]
    checks.equal("the second opens one ticket, which waits for the desk",
                 [(i["run_id"], i["state"], i["failures"]) for i in tickets], [(second, "waiting", 2)])
    for item in outbox(state="pending"):
        service.must("outbox", "retry", item["id"])
    rig.eventually(lambda: not outbox(state="pending"), 20)
    identifiers = [header(hook, "webhook-id") for hook in other.hooks if header(hook, "webhook-id").startswith(second)]
    checks.check("the webhook is posted again under the same id", len(identifiers) >= 1 and len(set(identifiers)) == 1)
    shown = service.must("outbox")
    checks.check("the command shows the outbox", "ticket" in shown and "webhook" in shown and "waiting" in shown)

    # A success begins a new streak.
    other.status = 200
    fail("succeeded")
    checks.equal("a success ends the streak", stats(service)["failures_in_a_row"], 0)
    other.status = 500
    for _ in range(3):
        fail()
    service.kill()
    service.start()
    checks.equal("the streak survives a kill", stats(service)["failures_in_a_row"], 3)
    fourth = fail()
    rig.eventually(lambda: not active(service), 20)
    checks.check("the fourth failed run in a row disables it", not active(service))
    code, _, errors = service.cli("start", "shaky")
    checks.check("a disabled runbook does not start", code == 1 and "disabled" in errors, errors)
    disabling = [item for item in outbox() if item["action"] == "disable"]
    checks.equal("once", [(i["run_id"], i["state"]) for i in disabling], [(fourth, "done")])
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    checks.equal("the ledger has it once", sum('"auto-disable"' in line for line in entries), 1)
    tickets = [item["run_id"] for item in outbox() if item["action"] == "ticket"]
    checks.equal("each streak opened one ticket", len(tickets), 2)

    service.must("runbook", "enable", "shaky")
    checks.equal("enabling begins anew", stats(service)["failures_in_a_row"], 0)
    fail()
    checks.check("one more failed run does not disable it", active(service))
    notifications(checks, service, outbox)
    figures(checks, service)
    repeated(checks, service, folder)
    under_way(checks, service, folder, other, url)
    hanging(checks, service, folder)
    checks.equal("it ends when asked to", service.stop(), 0)
    other.server.stop()


def under_way(checks, service, folder, other, url):
    """A retry of what is just being delivered delivers nothing twice."""
    service.must("import", rig.write(
        folder, "held.yaml", "runbook: held\non_failure: { webhook: { url: \"%s/held\", key: kv/hook#key } }\n"
        "steps: { f: { end: failure } }\n" % url))
    service.must("grant", "held")
    service.http("POST", "/api/runbooks/held/start", {})

    def item():
        return service.http("GET", "/api/outbox?runbook=held").json()["items"][0]

    checks.check("the second attempt is under way", rig.eventually(lambda: len(other.held) == 2, 30))
    checks.equal("after one", item()["attempts"], 1)
    service.must("outbox", "retry", item()["id"])
    other.release.set()
    checks.check("it is done by that attempt", rig.eventually(lambda: item()["state"] == "done", 20), item())
    checks.equal("and was delivered by no other", (item()["attempts"], len(other.held)), (2, 2))


def hanging(checks, service, folder):
    """Deliveries to somebody who does not answer hold up neither what is done inside the service nor those of others."""
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(64)
    port = silent.getsockname()[1]
    service.stop()
    service.arguments += ["--allow-egress", "127.0.0.1:%d" % port]
    service.start()
    simple = "runbook: %s\non_failure: { %s }\nsteps: { f: { end: failure } }\n"
    hook = 'webhook: { url: "http://127.0.0.1:%d/x", key: kv/hook#key }' % port
    for name, settings in (("hangs", hook), ("plain", "disable_after: 1"), ("again", "disable_after: 1, " + hook)):
        service.must("import", rig.write(folder, name + ".yaml", simple % (name, settings)))
        service.must("grant", name)

    def begin(name):
        return service.http("POST", "/api/runbooks/%s/start" % name, {})

    for _ in range(40):
        begin("hangs")
    one = begin("plain").json()["run_id"]
    service.ended(one, 10)
    # Held at once: whatever starts from here on waits, and does not run.
    later = begin("plain")
    checks.check("a runbook is disabled though deliveries of another one hang",
                 rig.eventually(lambda: not service.http("GET", "/api/runbooks/plain").json()["is_active"], 5))
    checks.check("and none of its runs ran meanwhile",
                 later.status == 409 or service.run(later.json()["run_id"])["state"] == "queued", later.body)
    begin("again")
    checks.check("also one whose own delivery hangs",
                 rig.eventually(lambda: not service.http("GET", "/api/runbooks/again").json()["is_active"], 5))
    if later.status == 202:
        service.must("cancel", later.json()["run_id"])
    checks.check("a runbook with webhooks that are pending is deleted", rig.eventually(
        lambda: service.cli("runbook", "delete", "hangs")[0] == 0, 20))
    left = service.http("GET", "/api/outbox?runbook=hangs&limit=500").json().get("items")
    checks.check("they are given up, and say why", bool(left) and all(
        (one["state"], one["problem"]) == ("failed", "runbook-deleted") for one in left), left)
    silent.close()


def repeated(checks, service, folder):
    """Whoever lost the answer to an order gives it again, and is told the run, though its runbook was disabled by that."""
    text = "runbook: told\non_failure: { disable_after: 1, %s }\nsteps: { f: { end: failure } }\n"
    settings = "notify: [ana, ghost], email: { to: nobody, template: none }"
    _, output, errors = service.cli("import", rig.write(folder, "told.yaml", text % settings))
    told = output + errors
    checks.check("logins that there are not are warned of", "no login `ghost`" in told and "no login `nobody`" in told
                 and "no login `ana`" not in told, told)
    for url, sentence in (("http://127.0.0.1:9/<<a>>", "holds no placeholder"), ("http://u:p@127.0.0.1:9/", "no user and no password"),
                          ("http://127.0.0.1:9/?a=b", "has no query")):
        wrong = rig.write(folder, "never.yaml", text.replace("told", "never") % ('webhook: { url: "%s", key: kv/hook#key }' % url))
        code, output, errors = service.cli("import", wrong)
        checks.check("a webhook that can never work is refused: " + sentence, code != 0 and sentence in output + errors, output + errors)

    def order(*keys):
        return service.http("POST", "/api/runbooks/told/start", {}, [("Idempotency-Key", key) for key in keys])

    first = order("z1").json()["run_id"]
    service.ended(first)
    checks.check("the run disables its runbook", rig.eventually(
        lambda: not service.http("GET", "/api/runbooks/told").json()["is_active"], 10))
    again = order("z1")
    checks.equal("the same order is told its run", (again.status, again.json().get("run_id"), again.json().get("duplicate")),
                 (202, first, True))
    checks.equal("another one that the runbook is disabled", order("z2").status, 409)
    twice = order("z1", "z1")
    checks.equal("two keys are none", (twice.status, twice.json().get("field")), (400, "Idempotency-Key"))

    def view():
        return service.http("GET", "/api/runbooks/told").json()

    refused = order("z3").body.decode()
    checks.check("the refusal says what disabled it, and what helps",
                 "after a failed run" in refused and "chancery runbook enable told" in refused, refused)
    checks.equal("so does the runbook", view().get("disabled_after_failures"), 1)
    listed = service.must("runbooks")
    checks.check("and the list", "Disabled after a failed run" in listed, listed)
    _, output, errors = service.cli("import", "--into", "told", rig.write(folder, "told.yaml", text % settings))
    checks.check("an import that enables it says so", "this import enables it" in output + errors, output + errors)
    checks.equal("nothing is told of it any more", (view()["is_active"], "disabled_after_failures" in view()), (True, False))
    service.must("runbook", "disable", "told")
    _, _, errors = service.cli("start", "told")
    checks.check("nor of one that somebody disabled", "disabled_after_failures" not in view() and "failed run" not in errors
                 and "chancery runbook enable told" in errors, errors)


def verify_hook(checks, hook, run):
    timestamp = header(hook, "webhook-timestamp")
    signed = ("%s.%s." % (header(hook, "webhook-id"), timestamp)).encode() + hook.body
    mac = base64.b64encode(hmac.new(base64.b64decode(KEY), signed, hashlib.sha256).digest()).decode()
    checks.equal("it is signed", header(hook, "webhook-signature"), "v1," + mac)
    body = json.loads(hook.body)
    checks.equal("it says what failed", (body["type"], body["data"]["run_id"], body["data"]["failures_in_a_row"]),
                 ("runbook.failed", run, 1))


def header(received, name):
    return dict((key.lower(), value) for key, value in received.headers).get(name)


def stats(service):
    return service.http("GET", "/api/runbooks/shaky/stats").json()


def active(service):
    return service.http("GET", "/api/runbooks/shaky").json()["is_active"]


def notifications(checks, service, outbox):
    rig.eventually(lambda: not [i for i in outbox(state="pending") if i["action"] == "notify"], 20)
    failed = len([run for run in service.runs() if run["state"] == "failed"])

    def told(name, query=""):
        answer = service.http("POST", "/v1/auth/userpass/login/" + name, {"password": "a good password"}, token=None)
        token = answer.json()["auth"]["client_token"]
        headers = [("X-Vault-Token", token)]
        return headers, service.http("GET", "/api/notifications?limit=500" + query, headers=headers, token=None).json()

    headers, mine = told("ana")
    checks.equal("a login with the preference has one for each failed run", len(mine["notifications"]), failed)
    checks.equal("a login without it has none", told("ben")[1]["notifications"], [])
    one = mine["notifications"][0]["id"]
    answer = service.http("POST", "/api/notifications/read", {"id": one}, headers=headers, token=None)
    checks.equal("one is marked as read", answer.status, 204)
    checks.equal("and is not among the unread", len(told("ana", "&unread=true")[1]["notifications"]), failed - 1)
    service.http("POST", "/api/notifications/read", {}, headers=headers, token=None)
    checks.equal("all are marked as read", told("ana", "&unread=true")[1]["notifications"], [])
    checks.check("a token without a login has none", "no notifications" in service.must("notifications"))
    service.must("user", "delete", "ana")
    service.must("user", "put", "ana", "--policy", "log-viewer", "--error-notifications", input="a good password\n")
    checks.equal("a later login of the name has none of them", told("ana")[1]["notifications"], [])


def figures(checks, service):
    runs = [run for run in service.runs() if run["runbook_id"] == "shaky"]
    view = stats(service)
    steps = [run["steps"] for run in runs]
    times = [run["duration_ms"] for run in runs]
    checks.equal("runs in the last day", view["runs_last_day"], len(runs))
    checks.equal("runs in the last week", view["runs_last_week"], len(runs))
    checks.equal("the most steps", view["max_steps_executed"], max(steps))
    checks.equal("the longest time", view["max_execution_ms"], max(times))
    checks.check("the mean of steps", abs(view["average_steps_executed"] - sum(steps) / len(steps)) < 0.001)
    checks.check("the mean of times", abs(view["average_execution_ms"] - sum(times) / len(times)) < 0.001)
    before = {key: view[key] for key in view if key != "at"}
    service.must("runs", "delete", runs[0]["id"])
    after = {key: value for key, value in stats(service).items() if key != "at"}
    checks.equal("figures do not depend on what is kept of the runs", after, before)
    checks.check("the command shows them", "runs in the last day: %d" % len(runs) in service.must("runbook", "stats", "shaky"))
    calls = service.http("GET", "/api/methods/other/call/requests?limit=500").json()["requests"]
    checks.equal("the calls of the method are logged, but for the deleted run's", len(calls), len(runs) - 1)
    checks.check("with their outcome", {call["outcome"] for call in calls} <= {"status 200", "status 500"})
    checks.check("the command shows them", "status 500" in service.must("requests", "other/call"))
    words = {run["failure"] for run in runs if run["state"] == "failed"}
    listed = service.http("GET", "/api/runs?reason=%s&step=work&limit=500" % words.pop()).json()["runs"]
    checks.check("runs are found by reason and step", listed and all(run["state"] == "failed" for run in listed))


rig.main(run)
