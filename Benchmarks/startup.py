"""S6: start-up to the first good answer, and idle memory.   startup.py BINARY [RUNS]"""
import sys
import time

import bench

binary = sys.argv[1]
runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
first, again, memory, watcher, own = [], [], [], [], []
for _ in range(runs):
    service = bench.Service(binary)
    first.append(service.start())
    service.stop()
    again.append(service.start())
    time.sleep(1)
    memory.append(service.resident_mb())
    watcher.append(service.memory_mb("VmRSS")[0])
    own.append(service.memory_mb("RssAnon")[0])
    service.remove()
bench.report(
    what="S6", runs=runs, first_start_ms=round(bench.median(first), 1), later_start_ms=round(bench.median(again), 1),
    idle_rss_mb=round(bench.median(memory), 1), of_it_watcher_mb=round(bench.median(watcher), 1),
    watcher_own_pages_mb=round(bench.median(own), 1))
