#!/usr/bin/env python3
"""Runbooks that start by themselves: each slot once, whatever is killed; missed ones are counted and made up for by one.

    python3 Tests/Black/schedules.py BINARY
"""

import os
import sqlite3
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

RUNBOOK = """
runbook: nightly
start: { schedule: { cron: "* * * * *", zone: Europe/Berlin } }
steps: { done: { end: success } }
"""

FAULTS = [
    ("start: { schedule: { cron: \"61 * * * *\" } }", "minute: a number from 0 to 59 is expected"),
    ("start: { schedule: { cron: \"0 0 30 2 *\" } }", "it names a day that never comes"),
    ("start: { schedule: { cron: \"0 6 * * *\", zone: Europe/Nowhere } }", "there is no time zone"),
    ("start: { schedule: [{ cron: \"@daily\" }, { cron: \"@daily\" }] }", "stands here twice"),
    ("start: { encrypt_request: true }", "`public` or `schedule` is missing here"),
]


def run(checks, binary, folder):
    for number, (start, sentence) in enumerate(FAULTS):
        path = rig.write(folder, "fault%d.yaml" % number, "runbook: r\n%s\nsteps: { a: { end: success } }\n" % start)
        code, output, errors = rig.command(binary, "check", path)[:3]
        checks.check("refused: " + start, code == 1 and sentence in output + errors, output + errors)

    service = rig.Service(binary, folder).start()
    service.must("import", rig.write(folder, "nightly.yaml", RUNBOOK))
    view = service.http("GET", "/api/runbooks/nightly/stats").json()["schedules"][0]
    checks.check("the next start is shown", view["next"] is not None and view["last"] is None)



    service.stop()

    # As if the document had been there for an hour, and the service asleep over it.
    change(service, "UPDATE document SET updated_at = updated_at - 3600000")
    service.start()
    rig.eventually(lambda: service.runs(), 20)
    runs = service.runs()
    slot, missed = slots(service)
    made_up(checks, "slots that were slept through are counted and made up for once", runs, missed, 60)
    checks.equal("by the schedule", runs[-1]["trigger"], "schedule")
    checks.check("listed by trigger", runs[-1]["id"] in service.must("runs", "--trigger", "schedule"))
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    checks.check("the ledger says how many were missed", any("%d missed" % missed in line for line in entries))

    # Killed and started again, many times: a slot that was started is not started again.
    for _ in range(4):
        service.kill()
        service.start()
        rig.eventually(lambda: service.http("GET", "/health").status == 200, 20)
    passed = (slots(service)[0] - slot) // 60000
    checks.equal("no slot starts twice", len(service.runs()), 1 + passed - (slots(service)[1] - missed))

    # Asleep for ten slots more.
    service.kill()
    change(service, "UPDATE schedule_slot SET slot = slot - 600000")
    before, missed = database(service).execute("SELECT count(*) FROM run").fetchone()[0], slots(service)[1]
    service.start()
    rig.eventually(lambda: len(service.runs()) > before, 20)
    made_up(checks, "and again after another sleep", service.runs()[: len(service.runs()) - before],
            slots(service)[1] - missed, 10)
    view = service.http("GET", "/api/runbooks/nightly/stats").json()["schedules"][0]
    checks.equal("the figures show what was missed", view["missed"], slots(service)[1])

    service.must("runbook", "disable", "nightly")
    count = len(service.runs())
    service.stop()
    change(service, "UPDATE document SET updated_at = updated_at - 3600000")
    change(service, "UPDATE schedule_slot SET slot = slot - 600000")
    service.start()
    other = service.must("import", rig.write(folder, "other.yaml", RUNBOOK.replace("nightly", "other")))
    checks.check("a document brings no starts of the time before it", "other" in other)
    service.stop()
    service.start()
    checks.equal("a disabled runbook does not start",
                 len([run for run in service.runs() if run["runbook_id"] == "nightly"]), count)
    checks.equal("it ends when asked to", service.stop(), 0)


def made_up(checks, name, runs, missed, least):
    """One start for all that were missed; the turn of a minute meanwhile may bring another."""
    checks.check(name, 1 <= len(runs) <= 2 and least - 1 <= missed <= least + 1, (len(runs), missed))


def database(service):
    return sqlite3.connect(os.path.join(service.data, "chancery.db"))


def change(service, statement):
    with database(service) as open_database:
        open_database.execute(statement)


def slots(service):
    return database(service).execute("SELECT slot, missed FROM schedule_slot WHERE runbook = 'nightly'").fetchone()


rig.main(run)
