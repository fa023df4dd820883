"""S7: lists and searches of runs over HTTP, with many finished runs in the folder, quiet and while S3 runs. Needs nginx.

    lists.py BINARY [RUNS] [--folder FOLDER] [--samples N] [--load N]

The runs are made by the service itself (chains.py). With --folder they are kept there, and measured again without being made
when there are enough. Afterwards the folder is opened anew and its ledger verified."""
import argparse
import calendar
import os
import threading
import time

import bench
import chains

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary")
parser.add_argument("runs", nargs="?", type=int, default=1_000_000)
parser.add_argument("--folder", help="where the data folder is kept; without it a temporary one is removed at the end")
parser.add_argument("--samples", type=int, default=300, help="requests of each kind")
parser.add_argument("--load", type=int, default=8, help="runs of S3 in flight while measuring again")
options = parser.parse_args()

# A folder that is kept has documents that name the upstream's port.
kept_port = os.path.join(options.folder, "port") if options.folder else None
port = int(open(kept_port).read()) if kept_port and os.path.exists(kept_port) else None
upstream = bench.Upstream(port)
service = bench.Service(options.binary, allow=[f"127.0.0.1:{upstream.port}"])
if options.folder:
    os.rmdir(service.folder)
    service.folder = options.folder
    os.makedirs(options.folder, exist_ok=True)
    service.arguments[service.arguments.index("--data") + 1] = options.folder + "/data"
start_ms = service.start()
runs = chains.Chains(service)


def stamp(text, seconds):
    base = calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(base + seconds))


def queries():
    connection = runs.connect()
    newest = runs.get(connection, "/api/runs?limit=1&runbook=chain0")["runs"][0]
    page = "limit=50"
    older = newest
    for _ in range(5):
        older = runs.get(connection, "/api/runs?limit=500&runbook=chain7&before=" + older["id"])["runs"][-1]
    start, end = stamp(older["created_at"], -5), stamp(older["created_at"], 0)
    return {
        "first page": page,
        "page behind a run": page + "&before=" + older["id"],
        "runbook": page + "&runbook=chain7",
        "state": page + "&state=failed",
        "runbook and state": page + "&runbook=chain5&state=failed",
        "trigger": page + "&trigger=api",
        "reason": page + "&reason=end",
        "time": page + f"&since={start}&until={end}",
        "step": page + "&step=failed",
        "text in all": page + "&text=everywhere",
        "text in a tenth": page + "&text=often",
        "text, rare": page + "&text=word04711",
        "text, nowhere": page + "&text=nosuchword",
        "two words": page + "&text=often+word00003",
        "text and runbook": page + "&text=often&runbook=chain0",
        "text, state and time": page + f"&text=everywhere&state=failed&since={start}",
    }


def measure(load):
    connection = runs.connect()
    for name, query in queries().items():
        times, rows = [], 0
        for _ in range(options.samples):
            began = time.perf_counter()
            rows = len(runs.get(connection, "/api/runs?" + query)["runs"])
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        bench.report(what="S7", query=name, rows=rows, s3_in_flight=load, p50_ms=round(times[len(times) // 2], 1),
                     p99_ms=round(times[int(len(times) * 0.99)], 1))


def loaded(level):
    """The same while runs of five calls are started and waited for."""
    stop = threading.Event()
    done = [0]

    def worker(seed):
        connection = runs.connect()
        number = 0
        while not stop.is_set():
            number += 1
            run = runs.post(connection, "five", {"n": f"{seed}-{number}-{time.time()}"})
            if run:
                connection.request("GET", f"/api/runs/{run}/log?follow=true&after=1000000", headers=runs.headers)
                connection.getresponse().read()
                done[0] += 1

    threads = [threading.Thread(target=worker, args=(seed,)) for seed in range(level)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    measure(level)
    stop.set()
    for thread in threads:
        thread.join()
    bench.report(what="S7", s3_runs_per_second=round(done[0] / (time.perf_counter() - began), 1))


try:
    if port is None:
        runs.prepare(upstream.port)
        if kept_port:
            with open(kept_port, "w") as file:
                file.write(str(upstream.port))
    took = runs.fill(options.runs)
    bench.report(what="S7", runs=runs.count(), made_in_s=round(took), started_in_ms=round(start_ms),
                 folder_mb=chains.folder_mb(service.folder), resident_mb=[round(x) for x in service.memory_mb("VmRSS")])
    measure(0)
    loaded(options.load)
    service.stop()
    ready = service.start()
    began = time.perf_counter()
    service.command("ledger", "verify")
    bench.report(what="S7", opened_again_ms=round(ready), verified_s=round(time.perf_counter() - began, 1),
                 resident_mb=[round(x) for x in service.memory_mb("VmRSS")])
finally:
    if options.folder:
        service.stop()
    else:
        service.remove()
    upstream.remove()
