#!/usr/bin/env python3
"""Runs and lines of the log of calls that grow old: days pass for the service by a clock that is put on from outside, a
library loaded before the others that adds to the wall clock. The program knows nothing of it.

    python3 Tests/Black/retention.py BINARY
"""

import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

DAY, HOUR = 86_400, 3_600
CLOCK = """
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift(void) {
  const char *text = getenv("CLOCK_SHIFT_SECONDS");
  return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) time->tv_sec += shift();
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
"""
DOCUMENTS = """
integration: api
base_url: http://PLACE
methods:
  plain: { request: GET /plain }
  brief: { request: GET /brief, retention_days: 3 }
  kept: { request: GET /kept, retention_days: 40 }
"""
RUNBOOK = """---
runbook: NAME
DAYS
steps:
  one: { method: api/plain, then: two }
  two: { method: api/brief, then: three }
  three: { method: api/kept, then: done }
  done: { end: success }
"""
# A run of each, and the days that its document keeps it for.
RUNBOOKS = {"two": "retention_days: 2", "standard": "", "long": "retention_days: 300"}
METHODS = ("plain", "brief", "kept")


def compiled(folder):
    """The library, or None where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("clang")
    if not compiler:
        return None
    source, library = rig.write(folder, "clock.c", CLOCK), os.path.join(folder, "clock.so")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True, timeout=60)
    return library


class Ageing:
    """A service, and how far its clock is put forward."""

    def __init__(self, checks, binary, folder, library, place):
        self.checks, self.library = checks, library
        self.config = rig.write(folder, "config.yaml", "request_log_days: 500\n")
        self.service = rig.Service(binary, folder, arguments=("--dev", "--config", self.config), allow=[place])
        self.runs = {}

    def start(self, seconds):
        self.service.environment = dict(os.environ, LD_PRELOAD=self.library, CLOCK_SHIFT_SECONDS=str(seconds))
        self.service.start()

    def after(self, seconds):
        """A service that did at this time what it does once a minute, and as the last thing before it ends."""
        self.start(seconds)
        if not self.checks.equal("it ends when asked to", self.service.stop(), 0):
            raise RuntimeError(self.service.said()[-2000:])
        self.start(seconds)

    def left(self):
        """Runs that are there, by their runbooks' names, and how many calls each method's log has."""
        service = self.service
        there = [name for name, run in self.runs.items() if service.http("GET", "/api/runs/" + run).status == 200]
        logs = [name for name, run in self.runs.items() if service.http("GET", "/api/runs/%s/log" % run).status == 200]
        calls = {name: len(service.http("GET", "/api/methods/api/%s/requests?limit=100" % name).json()["requests"])
                 for name in METHODS}
        return there, logs, calls

    def expect(self, what, seconds, runs, **calls):
        self.after(seconds)
        self.checks.equal(what, self.left(), (runs, runs, calls))


def run(checks, binary, folder):
    library = compiled(folder)
    if library is None:
        return checks.skip("days that pass", "there is no C compiler (cc or clang)")
    upstream = rig.Upstream(lambda received: (200, {"ok": True}))
    ageing = Ageing(checks, binary, folder, library, upstream.place)
    service = ageing.service
    ageing.start(0)
    text = DOCUMENTS.replace("PLACE", upstream.place) + "".join(
        RUNBOOK.replace("NAME", name).replace("DAYS", days) for name, days in RUNBOOKS.items())
    service.must("import", rig.write(folder, "all.yaml", text))
    for name in RUNBOOKS:
        ageing.runs[name] = service.http("POST", "/api/runbooks/%s/start" % name).json()["run_id"]
    checks.equal("a run of each runbook ends",
                 [service.ended(run, 20)["state"] for run in ageing.runs.values()], ["succeeded"] * 3)
    service.stop()

    ageing.start(DAY)
    late = service.http("POST", "/api/runbooks/long/start").json()["run_id"]
    service.ended(late, 20)
    said = service.run(late)["created_at"]
    wanted = time.strftime("%Y-%m-%d", time.gmtime(time.time() + DAY))
    checks.check("the control: the service believes the clock that is put on", said.startswith(wanted), (said, wanted))
    service.must("runs", "delete", late)
    service.stop()

    everything = ["two", "standard", "long"]
    ageing.expect("two days less an hour: nothing is old", 2 * DAY - HOUR, everything, plain=3, brief=3, kept=3)
    service.stop()
    ageing.expect("two days: the run of the runbook with two days goes, with its log; calls of a method with days of its own stay",
                  2 * DAY + HOUR, ["standard", "long"], plain=2, brief=3, kept=3)
    service.stop()
    ageing.expect("three days: calls of the method with three go, and their runs stay",
                  3 * DAY + HOUR, ["standard", "long"], plain=2, brief=0, kept=3)
    checks.check("and what was sent is in their logs all the same",
                 "/brief" in service.must("log", ageing.runs["standard"]), service.must("log", ageing.runs["standard"]))
    service.stop()
    ageing.expect("thirty days less an hour: nothing else", 30 * DAY - HOUR, ["standard", "long"], plain=2, brief=0, kept=3)
    service.stop()
    ageing.expect("thirty days: the run of a runbook that says nothing", 30 * DAY + HOUR, ["long"], plain=1, brief=0, kept=3)
    service.stop()
    ageing.expect("forty days: calls of the method with forty, also of runs that went before and of one that stays",
                  40 * DAY + HOUR, ["long"], plain=1, brief=0, kept=0)
    service.stop()
    rig.write(folder, "config.yaml", "retention_days: 50\nrequest_log_days: 45\n")
    ageing.expect("the configuration's request_log_days hold where a method says nothing",
                  45 * DAY + HOUR, ["long"], plain=0, brief=0, kept=0)
    service.stop()
    ageing.expect("and its retention_days where a runbook says more", 50 * DAY + HOUR, [], plain=0, brief=0, kept=0)
    entries = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode().splitlines()
    deleted = [name for name, run in ageing.runs.items()
               if any('"action":"delete"' in entry and "runs/" + run in entry for entry in entries)]
    checks.equal("each deletion is in the ledger", deleted, everything)
    service.must("ledger", "verify")
    checks.equal("it ends when asked to", service.stop(), 0)
    upstream.stop()


rig.main(run)
