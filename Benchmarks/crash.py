"""What open runs cost, and how soon all go on after a kill. Nothing to compare with: the peers resume nothing, or poll.

    crash.py BINARY [RUNS]                                        Needs nginx.

RUNS runs (10,000) sleep; the service is killed and started again: memory before, asleep and after. Then it is killed again
and stays away until the time of all of them has come: seconds from its start until each has made its call and ended."""
import http.client
import json
import sys
import threading
import time

import bench

binary = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
SLEEP = max(20, count // 200)
upstream = bench.Upstream()
service = bench.Service(binary, allow=[f"127.0.0.1:{upstream.port}"])
service.start()
with open(service.folder + "/d.yaml", "w") as f:
    f.write(f"""integration: up
base_url: http://127.0.0.1:{upstream.port}
methods:
  get: {{ request: GET /ok.json, outputs: {{ id: response^id }} }}
---
runbook: sleeper
variables: {{ id: {{}} }}
steps:
  rest: {{ sleep: {SLEEP}s, then: call }}
  call: {{ method: up/get, then: done, else: failed }}
  done: {{ end: success }}
  failed: {{ end: failure }}
""")
service.command("import", service.folder + "/d.yaml")
token = service.token()


def request(connection, method, path, body=None):
    connection.request(method, path, body, {"X-Vault-Token": token})
    return json.loads(connection.getresponse().read())


def start():
    """Starts all over eight connections; seconds that it took."""
    began = time.perf_counter()

    def worker():
        connection = http.client.HTTPConnection("127.0.0.1", service.port)
        for _ in range(count // 8):
            request(connection, "POST", "/api/runbooks/sleeper/start", b"{}")

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def open_runs(connection):
    return any(
        request(connection, "GET", f"/api/runs?state={state}&limit=1")["runs"] for state in ("queued", "running"))


try:
    time.sleep(1)
    before = service.memory_mb("VmRSS")[-1]
    took = start()
    due = time.perf_counter() + SLEEP
    asleep = service.memory_mb("VmRSS")[-1]
    service.kill()
    ready = service.start()
    time.sleep(1)
    again = service.memory_mb("VmRSS")[-1]
    service.kill()
    time.sleep(max(0, due - time.perf_counter()) + 1)
    began = time.perf_counter()
    overdue = service.start()
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    while open_runs(connection):
        if time.perf_counter() - began > 600:
            raise SystemExit("runs are still open after ten minutes")
        time.sleep(0.05)
    total = time.perf_counter() - began
    failed = request(connection, "GET", "/api/runs?state=failed&limit=1")["runs"]
    bench.report(
        what="crash", open_runs=count, started_per_second=round(count / took), service_mb_empty=round(before, 1),
        service_mb_asleep=round(asleep, 1), service_mb_after_restart=round(again, 1), restart_ms=round(ready),
        restart_overdue_ms=round(overdue), seconds_until_all_ended=round(total, 1), per_second=round(count / total),
        failed=len(failed))
finally:
    service.remove()
    upstream.remove()
