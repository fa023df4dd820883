"""S1 by stage: where the service's processor time goes while it takes signed webhooks, as a table by room.

    stages.py BINARY [SECONDS] [CONNECTIONS]       Needs perf and wrk.

Each sample is charged to the innermost frame that belongs to a room of ours or to a library of the list below; so what
the runtime, the allocator and the kernel do is charged to whoever asked for it. SQLite keeps no frame pointers: what cannot be
charged on the writer's thread is its."""
import collections
import hashlib
import hmac
import os
import re
import subprocess

import bench

options = bench.arguments(__doc__)
seconds = int(options.seconds)
connections = options.levels or "64"
KEY = b"benchmark-key-of-no-worth-4711"
ROOMS = {
    "Server", "Webhooks", "Runner", "RunEngine", "Runbooks", "Labels", "Redaction", "Keyring", "Cryptography", "Ledger",
    "Storage", "SQLiteStore", "Encodings", "Access", "Egress", "Destinations",
}
LIBRARIES = {
    "NIOCore": "NIO", "NIOPosix": "NIO", "NIOHTTP1": "NIO", "NIOHTTPTypes": "NIO", "NIOHTTPTypesHTTP1": "NIO",
    "HTTPTypes": "NIO", "HummingbirdCore": "NIO", "GRDB": "GRDB", "Dispatch": "Dispatch",
}
# In a mangled name every module that takes part stands with its length before it; the first is the function's own.
MODULE = re.compile(r"(\d+)([A-Z][A-Za-z0-9]*)")


def module(symbol):
    if not symbol.startswith(("$s", "$S")):
        return "NIO" if symbol.startswith("c_nio_") else None
    for length, text in MODULE.findall(symbol):
        name = text[:int(length)]
        if name in ROOMS:
            return name
        if name in LIBRARIES:
            return LIBRARIES[name]
    return None


def stage(thread, frames):
    for symbol, library in frames:
        if "libsqlite3" in library:
            return "SQLite"
        found = module(symbol)
        if found:
            return found
    if "NIO" in thread:
        return "NIO"
    return "SQLite" if "overcommit" in thread else "tasks and threads"


service = bench.Service(options.binary)
service.start()
try:
    with open(service.folder + "/null.yaml", "w") as f:
        f.write("runbook: nothing\nstart: { public: { auth: signature, scheme: github, key: { secret: kv/bench#key } } }\n"
                "steps: { done: { end: success } }\n")
    service.command("kv", "put", "kv/bench", "key=-", stdin=KEY.decode())
    service.command("import", service.folder + "/null.yaml")
    with open(service.folder + "/load", "w") as f:
        for i in range(25_000 * seconds):
            body = ('{"n":1%08d,"note":"' % i + "x" * 960 + '"}').encode()
            f.write("1%08d " % i + hmac.new(KEY, body, hashlib.sha256).hexdigest() + "\n")
    with open(service.folder + "/load.lua", "w") as f:
        f.write("""
local list = {}
for line in io.lines(os.getenv("LOAD_FILE")) do list[#list + 1] = line end
local next, filler = 0, string.rep("x", 960)
request = function()
  next = next % #list + 1
  local n, mac = list[next]:match("^(%d+) (%x+)$")
  return wrk.format("POST", "/api/automation/nothing", {["X-Hub-Signature-256"] = "sha256=" .. mac,
    ["Content-Type"] = "application/json"}, '{"n":' .. n .. ',"note":"' .. filler .. '"}')
end
""")
    record = subprocess.Popen(
        ["perf", "record", "-q", "-F", "1000", "--call-graph", "fp", "-p", str(service.processes()[1]), "-o",
         service.folder + "/perf.data", "--", "sleep", str(seconds)], stderr=subprocess.DEVNULL)
    before = service.cpu_seconds()
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "-s", service.folder + "/load.lua", service.url],
        env=dict(os.environ, LOAD_FILE=service.folder + "/load"), text=True, capture_output=True)
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    micro = (service.cpu_seconds() - before) / requests * 1e6
    record.wait()
    text = subprocess.run(
        ["perf", "script", "-i", service.folder + "/perf.data", "-F", "comm,ip,sym,dso"], text=True, capture_output=True).stdout
    stages = collections.Counter()
    for block in text.split("\n\n"):
        lines = block.strip("\n").split("\n")
        frames = [m.groups() for m in (re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line) for line in lines[1:]) if m]
        if frames:
            stages[stage(lines[0], frames)] += 1
    samples = sum(stages.values())
    for name, count in stages.most_common():
        bench.report(what="S1 by stage", connections=int(connections), stage=name,
                     share=round(count / samples, 3), cpu_us_per_request=round(count / samples * micro, 1))
    bench.report(what="S1 by stage", connections=int(connections), stage="all", samples=samples,
                 cpu_us_per_request=round(micro, 1))
finally:
    service.remove()
