"""S3: runs of five steps, each a GET of 70 bytes on loopback, every step durable.
runs.py BINARY [SECONDS] [CONCURRENCY,…]

Runs are started by signed webhooks; a run counts when the service says that it has ended."""
import hashlib
import hmac
import http.client
import json
import sys
import threading
import time

import bench

binary = sys.argv[1]
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 5
levels = [int(x) for x in (sys.argv[3] if len(sys.argv) > 3 else "1,32").split(",") if x]
KEY = "benchmark-key-of-no-worth-4711"
upstream = bench.Upstream()
service = bench.Service(binary, allow=[f"127.0.0.1:{upstream.port}"])
service.start()
steps = "".join(f"  s{i}: {{ method: up/get, then: s{i + 1}, else: failed }}\n" for i in range(5))
document = f"""integration: up
base_url: http://127.0.0.1:{upstream.port}
methods:
  get: {{ request: GET /ok.json, outputs: {{ id: response^id }} }}
---
runbook: five
start: {{ public: {{ auth: signature, scheme: github, key: {{ secret: kv/bench#key }} }} }}
limits: {{ max_steps: 100 }}
steps:
{steps}  s5: {{ end: success }}
  failed: {{ end: failure }}
"""
with open(service.folder + "/five.yaml", "w") as f:
    f.write(document)
service.command("kv", "put", "kv/bench", "key=-", stdin=KEY)
service.command("import", service.folder + "/five.yaml")
token = service.token()
number = [0]
lock = threading.Lock()


def one(connection):
    with lock:
        number[0] += 1
        body = json.dumps({"n": number[0]}).encode()
    mac = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
    connection.request("POST", "/api/automation/five", body, {"X-Hub-Signature-256": "sha256=" + mac})
    return json.loads(connection.getresponse().read())["run_id"]


def state(connection, run):
    connection.request("GET", f"/api/runs/{run}/log?follow=true&after=1000000", headers={"X-Vault-Token": token})
    connection.getresponse().read()


def measure(level):
    """Runs a second: at 1 by waiting for each, else by keeping `level` starts in flight and counting what ended."""
    ended = [0]
    deadline = time.perf_counter() + seconds

    def worker():
        connection = http.client.HTTPConnection("127.0.0.1", service.port)
        while time.perf_counter() < deadline:
            run = one(connection)
            state(connection, run)
            with lock:
                ended[0] += 1

    before = service.cpu_seconds()
    began = time.perf_counter()
    threads = [threading.Thread(target=worker) for _ in range(level)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    return ended[0] / took, (service.cpu_seconds() - before) / (ended[0] * 5) * 1000


def drained(count):
    """Starts `count` runs as fast as they are taken, then waits until all have ended: runs a second over the whole."""
    before = service.cpu_seconds()
    began = time.perf_counter()

    def worker(share):
        connection = http.client.HTTPConnection("127.0.0.1", service.port)
        for _ in range(share):
            one(connection)

    threads = [threading.Thread(target=worker, args=(count // 8,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection = http.client.HTTPConnection("127.0.0.1", service.port)
    while time.perf_counter() - began < 120:
        left = 0
        for name in ("queued", "running"):
            connection.request("GET", f"/api/runs?state={name}&limit=1", headers={"X-Vault-Token": token})
            left += len(json.loads(connection.getresponse().read())["runs"])
        if left == 0:
            break
        time.sleep(0.02)
    took = time.perf_counter() - began
    return count / took, (service.cpu_seconds() - before) / (count * 5) * 1000


try:
    for level in levels:
        rates = [measure(level) for _ in range(3)]
        bench.report(what="S3", in_flight=level, runs_per_second=round(bench.median([r[0] for r in rates]), 1),
                     cpu_s_per_1000_steps=round(bench.median([r[1] for r in rates]), 3))
    rates = [drained(800) for _ in range(3)]
    bench.report(what="S3", in_flight="as many as the service takes", runs_per_second=round(bench.median([r[0] for r in rates]), 1),
                 cpu_s_per_1000_steps=round(bench.median([r[1] for r in rates]), 3))
finally:
    service.remove()
    upstream.remove()
