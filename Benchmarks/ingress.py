"""S1 and S2: signed webhooks of 1 KB, each with a body of its own (a repeated one would be a replay), under wrk; then
forged ones.   ingress.py BINARY [SECONDS] [CONNECTIONS,…]   Needs wrk and nginx (the peer, measured in the same run)."""
import hashlib
import hmac
import json
import os
import re
import subprocess
import sys

import bench

binary = sys.argv[1]
seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 4
levels = (sys.argv[3] if len(sys.argv) > 3 else "1,16,64").split(",")
KEY = b"benchmark-key-of-no-worth-4711"
COUNT = 60_000

service = bench.Service(binary)
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
  return wrk.format("POST", path, {["X-Hub-Signature-256"] = "sha256=" .. mac, ["Content-Type"] = "application/json"}, body)
end
local bad = 0
response = function(status) if status ~= tonumber(os.getenv("LOAD_STATUS")) then bad = bad + 1 end end
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


def wrk(port, path, level, load, forged=False):
    env = dict(os.environ, LOAD_FILE=load, LOAD_FROM="0", LOAD_PATH=path, LOAD_STATUS="401" if forged else "202")
    if forged:
        env["LOAD_FORGED"] = "1"
    before = service.cpu_seconds()
    done = subprocess.run(["wrk", "-t1", f"-c{level}", f"-d{seconds}", "-s", service.folder + "/load.lua",
                           f"http://127.0.0.1:{port}"], env=env, text=True, capture_output=True)
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout).group(1))
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return rate, (service.cpu_seconds() - before) / max(1, requests) * 1e6, int(errors.group(1)) if errors else 0, requests


try:
    number = 0
    for level in levels:
        ours, cpu, peer = [], [], []
        for _ in range(3):
            number += 1
            load = batch(number)
            rate, micro, errors, requests = wrk(service.port, "/api/automation/nothing", level, load)
            if errors:
                raise SystemExit(f"{errors} of {requests} signed webhooks were not accepted")
            ours.append(rate)
            cpu.append(micro)
            peer.append(wrk(upstream.port, "/", level, load)[0])
        bench.report(what="S1", connections=int(level), accepted_per_second=round(bench.median(ours)),
                     cpu_us_per_request=round(bench.median(cpu)), nginx_per_second=round(bench.median(peer)),
                     ratio=round(bench.median(ours) / bench.median(peer), 3))
    for level in levels:
        load = batch(0)
        ours = [wrk(service.port, "/api/automation/nothing", level, load, forged=True) for _ in range(3)]
        bench.report(what="S2", connections=int(level), refused_per_second=round(bench.median([r[0] for r in ours])),
                     cpu_us_per_request=round(bench.median([r[1] for r in ours])))
finally:
    service.remove()
    upstream.remove()
