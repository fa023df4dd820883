"""Many finished runs, made by the service itself: each start of a chain of runbooks makes a hundred runs that start one
another, with variables, labels, ledger entries and tokens as any run has them."""
import hashlib
import hmac
import http.client
import json
import os
import random
import threading
import time

KEY = "benchmark-key-of-no-worth-4711"
RUNBOOKS = 20
CHAIN = 100
WORDS = ["word%05d" % x for x in range(20_000)]

VARIABLES = "variables: { note: { type: string, from: \"request^note!\" }, kind: { type: string, from: \"request^kind!\" } }"
DOCUMENT = "".join(f"""
runbook: chain{x}
start: {{ public: {{ auth: signature, scheme: github, key: {{ secret: kv/bench#key }} }} }}
{VARIABLES}
steps:
  look: {{ condition: {{ left: kind, op: equals, right: bad }}, then: failed, else: on }}
  on: {{ start_runbook: chain{x}, variables: {{ note: note, kind: kind }}, else: done }}
  done: {{ end: success }}
  failed: {{ end: failure }}
---""" for x in range(RUNBOOKS))
STEPS = "".join(f"  s{i}: {{ method: up/get, then: s{i + 1}, else: failed }}\n" for i in range(5))
FIVE = f"""
integration: up
base_url: http://127.0.0.1:PORT
methods:
  get: {{ request: GET /ok.json, outputs: {{ id: response^id }} }}
---
runbook: five
start: {{ public: {{ auth: signature, scheme: github, key: {{ secret: kv/bench#key }} }} }}
limits: {{ max_steps: 100 }}
steps:
{STEPS}  s5: {{ end: success }}
  failed: {{ end: failure }}
"""



class Chains:
    def __init__(self, service):
        self.service = service
        self.headers = {"X-Vault-Token": service.token()}

    def prepare(self, port):
        """Documents: the chains, and `five` with five calls of the upstream at this port."""
        with open(self.service.folder + "/lists.yaml", "w") as f:
            f.write(DOCUMENT + FIVE.replace("PORT", str(port)))
        self.service.command("kv", "put", "kv/bench", "key=-", stdin=KEY)
        self.service.command("import", self.service.folder + "/lists.yaml")

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.service.port)

    def get(self, connection, path):
        connection.request("GET", path, headers=self.headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:200]}")
        return json.loads(body)

    def post(self, connection, runbook, content):
        """The id of the run that was started; None where the service is busy."""
        body = json.dumps(content).encode()
        mac = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
        connection.request("POST", "/api/automation/" + runbook, body, {"X-Hub-Signature-256": "sha256=" + mac})
        answer = connection.getresponse()
        found = answer.read()
        return json.loads(found).get("run_id") if answer.status < 300 else None

    def count(self):
        """Runs that were started in the last week, over all chains."""
        connection = self.connect()
        return sum(self.get(connection, f"/api/runbooks/chain{x}/stats")["runs_last_week"] for x in range(RUNBOOKS))

    def fill(self, count):
        """Starts chains on eight connections, as fast as they are taken, until there are so many runs; seconds."""
        left = [max(0, count - self.count()) // CHAIN]
        began = time.perf_counter()
        mark = time.time()
        lock = threading.Lock()

        def worker(seed):
            choice = random.Random(seed)
            connection = self.connect()
            while True:
                with lock:
                    if left[0] <= 0:
                        return
                    left[0] -= 1
                    number = left[0]
                # One word is in all runs, one in a tenth, ten are rare; some chains end with their first run.
                words = ["everywhere"] + (["often"] if number % 10 == 0 else [])
                words += [WORDS[min(int(choice.paretovariate(0.4)), len(WORDS)) - 1] for _ in range(10)]
                content = {"note": " ".join(words) + f" {mark} {seed} {number}", "kind": "good"}
                while self.post(connection, "chain%d" % (number % RUNBOOKS), content) is None:
                    time.sleep(0.05)
                if number % 5 == 0:
                    self.post(connection, "chain%d" % (number % RUNBOOKS), dict(content, kind="bad"))

        threads = [threading.Thread(target=worker, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection = self.connect()
        while any(self.get(connection, f"/api/runs?state={x}&limit=1")["runs"] for x in ("queued", "running")):
            time.sleep(0.2)
        return time.perf_counter() - began


def folder_mb(folder):
    return round(sum(
        os.path.getsize(os.path.join(root, x)) for root, _, names in os.walk(folder) for x in names) / 1e6)
