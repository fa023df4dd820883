"""S3: runs of five steps, each a GET of 70 bytes on loopback, every step durable. In the same run: DBOS on SQLite, Huey
(which resumes nothing), and plain httpx, with nothing durable.

    runs.py BINARY [SECONDS] [CONCURRENCY,…] [--peers FOLDER] [--python PYTHON]       Needs nginx.

Runs are started by signed webhooks; a run counts when the service says that it has ended."""
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import threading
import time

import bench

options = bench.arguments(__doc__)
seconds = options.seconds
levels = [int(x) for x in (options.levels or "1,32").split(",")]
KEY = "benchmark-key-of-no-worth-4711"
upstream = bench.Upstream()
service = bench.Service(options.binary, allow=[f"127.0.0.1:{upstream.port}"])
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


PEERS = [
    ("dbos_sqlite", "engine_dbos.py", "dbos", [], 60), ("dbos_sqlite_wal", "engine_dbos.py", "dbos", ["--wal"], 100),
    ("huey", "engine_huey.py", "huey", [], 100), ("httpx", "engine_dbos.py", "dbos", ["--plain"], 300),
]


def peer_rates(level):
    """Workflows a second of each peer that is there: medians of three."""
    rates = {}
    for name, driver, module, arguments, count in PEERS:
        why = bench.missing(options, [driver], [module])
        if why:
            print(f"left out: {name} ({why})")
            continue
        done = subprocess.run(
            [options.python, os.path.join(options.peers, driver), "--url", f"http://127.0.0.1:{upstream.port}/ok.json",
             "--workflows", str(count), "--concurrency", str(level), "--runs", "3", *arguments],
            env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"), text=True, capture_output=True, timeout=300)
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode != 0 or not lines:
            print(f"left out: {name} (it failed at {level} in flight)")
            continue
        rates[name] = json.loads(lines[-1])["workflows_per_s"]["median"]
    return rates


def figures(rates, peers):
    rate = bench.median([r[0] for r in rates])
    result = dict(runs_per_second=round(rate, 1), cpu_s_per_1000_steps=round(bench.median([r[1] for r in rates]), 3))
    for name, other in peers.items():
        result[name + "_per_second"] = other
        result["to_" + name] = bench.ratio(rate, other)
    return result


try:
    for level in levels:
        rates = [measure(level) for _ in range(3)]
        bench.report(what="S3", in_flight=level, **figures(rates, peer_rates(level)))
    rates = [drained(1600) for _ in range(3)]
    bench.report(what="S3", in_flight="as many as the service takes", **figures(rates, {}))
finally:
    service.remove()
    upstream.remove()
