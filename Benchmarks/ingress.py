"""S1 and S2: signed webhooks of 1 KB, each with a body of its own (a repeated one would be a replay), under wrk; then
forged ones. In the same run, in turns: nginx, which answers and does nothing; FastAPI, which verifies and writes to SQLite
(synchronous); adnanh/webhook, which verifies and runs /bin/true.

    ingress.py BINARY [SECONDS] [CONNECTIONS,…] [--peers FOLDER] [--python PYTHON]       Needs wrk and nginx."""
import hashlib
import hmac
import os
import re
import subprocess

import bench

options = bench.arguments(__doc__)
seconds = int(options.seconds)
levels = (options.levels or "1,16,64").split(",")
KEY = b"benchmark-key-of-no-worth-4711"
COUNT = 80_000

service = bench.Service(options.binary)
upstream = bench.Upstream()
service.start()
with open(service.folder + "/null.yaml", "w") as f:
    f.write("runbook: nothing\nstart: { public: { auth: signature, scheme: github, key: { secret: kv/bench#key } } }\n"
            "steps: { done: { end: success } }\n")
service.command("kv", "put", "kv/bench", "key=-", stdin=KEY.decode())
service.command("import", service.folder + "/null.yaml")

LUA = """
local list = {}
for line in io.lines(os.getenv("LOAD_FILE")) do list[#list + 1] = line end
local next = tonumber(os.getenv("LOAD_FROM"))
local path, forged = os.getenv("LOAD_PATH"), os.getenv("LOAD_FORGED")
local filler = string.rep("x", 960)
request = function()
  next = next % #list + 1
  local n, mac = list[next]:match("^(%d+) (%x+)$")
  if forged then mac = mac:reverse() end
  local body = '{"n":' .. n .. ',"note":"' .. filler .. '"}'
  return wrk.format("POST", path, {["X-Hub-Signature-256"] = "sha256=" .. mac,
    ["X-GitHub-Delivery"] = n, ["Content-Type"] = "application/json"}, body)
end
"""
with open(service.folder + "/load.lua", "w") as f:
    f.write(LUA)
used = 0


def batch(round_number):
    """A file of fresh bodies: their numbers and signatures."""
    path = f"{service.folder}/load-{round_number}"
    with open(path, "w") as f:
        for i in range(COUNT):
            n = f"{round_number:04d}{i:08d}"
            n = str(int("1" + n))
            body = ('{"n":' + n + ',"note":"' + "x" * 960 + '"}').encode()
            f.write(n + " " + hmac.new(KEY, body, hashlib.sha256).hexdigest() + "\n")
    return path


def peers():
    """Servers of others, by name: port, path of good and of forged requests, status of a refusal."""
    found = {}
    why = bench.missing(options, ["fastapi_receiver.py"], ["fastapi", "uvicorn"])
    if why:
        print(f"left out: FastAPI + SQLite ({why})")
    else:
        port = bench.free_port()
        peer = bench.Peer(
            [options.python, "-m", "uvicorn", "fastapi_receiver:app", "--app-dir", options.peers, "--port", str(port),
             "--no-access-log", "--log-level", "warning"], port,
            dict(RECEIVER_DB=service.folder + "/fastapi.db", RECEIVER_SECRET=KEY.decode(), PYTHONDONTWRITEBYTECODE="1"))
        found["fastapi"] = (peer, "/hooks/t", "/hooks/t")
    why = bench.missing(options, ["webhook_hooks.json.in"], programs=["webhook"])
    if why:
        print(f"left out: adnanh/webhook ({why})")
    else:
        with open(options.peers + "/webhook_hooks.json.in") as source, open(service.folder + "/hooks.json", "w") as hooks:
            hooks.write(source.read().replace("@SECRET@", KEY.decode()))
        port = bench.free_port()
        peer = bench.Peer(
            ["webhook", "-hooks", service.folder + "/hooks.json", "-ip", "127.0.0.1", "-port", str(port)], port)
        # It answers when its command has ended: else it would only put off the work.
        found["webhook"] = (peer, "/hooks/sync", "/hooks/t")
    return found


def wrk(port, path, level, load, forged=False, duration=seconds):
    """Requests a second, processor time of our service a request (in microseconds), and how many were answered otherwise
    than they should be (nginx answers 200 to all)."""
    env = dict(os.environ, LOAD_FILE=load, LOAD_FROM="0", LOAD_PATH=path)
    if forged:
        env["LOAD_FORGED"] = "1"
    before = service.cpu_seconds()
    done = subprocess.run(["wrk", "-t1", f"-c{level}", f"-d{duration}", "-s", service.folder + "/load.lua",
                           f"http://127.0.0.1:{port}"], env=env, text=True, capture_output=True)
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return rate, (service.cpu_seconds() - before) / max(1, requests) * 1e6, int(errors.group(1)) if errors else 0, requests


def series(name, forged):
    """Three rounds at each level, all servers in turn in each."""
    number = 0
    for level in levels:
        ours, cpu, others = [], [], {"nginx": []}
        for _ in range(3):
            number += 1
            load = batch(number)
            rate, micro, errors, requests = wrk(service.port, "/api/automation/nothing", level, load, forged)
            if errors != (requests if forged else 0):
                raise SystemExit(f"{errors} of {requests} {'forged' if forged else 'signed'} webhooks were not accepted")
            ours.append(rate)
            cpu.append(micro)
            others["nginx"].append(wrk(upstream.port, "/", level, load, forged, 2)[0])
            for other, (peer, good, bad) in running.items():
                rate, _, errors, requests = wrk(peer.port, bad if forged else good, level, load, forged, 2)
                if errors != (requests if forged else 0):
                    raise SystemExit(f"{other}: {errors} of {requests} were not accepted")
                others.setdefault(other, []).append(rate)
        figures = {}
        for other, rates in others.items():
            figures[other + "_per_second"] = round(bench.median(rates))
            figures["to_" + other] = bench.ratio(bench.median(ours), bench.median(rates))
        bench.report(what=name, connections=int(level), per_second=round(bench.median(ours)),
                     cpu_us_per_request=round(bench.median(cpu), 1), **figures)


running = {}
try:
    running = peers()
    series("S1", forged=False)
    series("S2", forged=True)
finally:
    service.remove()
    upstream.remove()
    for peer, _, _ in running.values():
        peer.remove()
