"""S8: what runs, secrets, ledger entries and tokens cost as they become more, ten times more at each level. Needs nginx.

    growth.py BINARY [LEVELS] [--only runs,secrets,tokens]        LEVELS: 3,4,5,6 are a thousand to a million.

For each kind a service with a folder of its own is filled from level to level and measured at each: medians, in
milliseconds, one request at a time. The last line of each kind gives the exponent by which each cost grows (0: not at all; 1:
with the number), by least squares, and the largest memory."""
import argparse
import json
import math
import multiprocessing
import re
import secrets
import socket
import time

import bench
import chains

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("binary")
parser.add_argument("levels", nargs="?", default="3,4,5,6")
parser.add_argument("--only", default="runs,secrets,tokens")
options = parser.parse_args()
levels = [10 ** int(x) for x in options.levels.split(",")]
upstream = bench.Upstream()


def timed(body, count=200):
    """Milliseconds: the median."""
    times = []
    for number in range(count):
        began = time.perf_counter()
        body(number)
        times.append((time.perf_counter() - began) * 1000)
    return round(bench.median(times), 3)


def send(connection, method, path, token, content=None):
    body = None if content is None else json.dumps(content).encode()
    connection.request(method, path, body, {"X-Vault-Token": token})
    answer = connection.getresponse()
    found = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{method} {path}: {answer.status} {found[:200]}")
    return json.loads(found) if found else {}


class Filler:
    """One connection for filling, where what the client costs would be most of it: the bytes are sent as they stand."""

    def __init__(self, runs, token):
        self.socket = socket.create_connection(("127.0.0.1", runs.service.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Vault-Token: {token}\r\nContent-Length: "

    def post(self, path, body):
        """The body of the answer, which must be one of success and of a told length."""
        self.socket.sendall(f"POST {path}{self.head}{len(body)}\r\n\r\n{body}".encode())
        found = b""
        while (end := found.find(b"\r\n\r\n")) < 0 or len(found) < end + 4 + self.length(found[:end]):
            more = self.socket.recv(65536)
            if not more:
                raise SystemExit(f"POST {path}: the connection ended")
            found += more
        if not found.startswith(b"HTTP/1.1 2"):
            raise SystemExit(f"POST {path}: {found[:200]}")
        return found[end + 4:]

    @staticmethod
    def length(head):
        return int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head + b"\r\ncontent-length: 0")[1])


WORKERS = 32


def each(runs, token, first, last, body):
    """`body(filler, number)` for each number, in processes with a connection each; what was not None."""
    results = multiprocessing.get_context("fork").SimpleQueue()

    def work(share):
        filler = Filler(runs, token)
        found = [body(filler, number) for number in range(first + share, last, WORKERS)]
        results.put([x for x in found if x is not None])

    workers = [multiprocessing.get_context("fork").Process(target=work, args=(x,)) for x in range(WORKERS)]
    for worker in workers:
        worker.start()
    found = [x for _ in workers for x in results.get()]
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise SystemExit("a worker failed")
    return found


def exponent(points):
    """The slope of log cost over log number."""
    pairs = [(math.log(n), math.log(max(cost, 1e-6))) for n, cost in points]
    mean_x, mean_y = (sum(p[i] for p in pairs) / len(pairs) for i in (0, 1))
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    return round(sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread, 2) if spread else None


def verify(service):
    began = time.perf_counter()
    service.command("ledger", "verify")
    return round((time.perf_counter() - began) * 1000, 1)


def measure(kind, fill, costs):
    service = bench.Service(options.binary, allow=[f"127.0.0.1:{upstream.port}"])
    service.start()
    try:
        runs = chains.Chains(service)
        runs.prepare(upstream.port)
        token = service.token()
        points, memory = {}, []
        before = 0
        for level in levels:
            began = time.perf_counter()
            fill(runs, token, before, level)
            before = level
            found = costs(runs, token, level)
            found["ledger_verify_ms"] = verify(service)
            memory.append(round(sum(service.memory_mb("VmHWM"))))
            for name, cost in found.items():
                points.setdefault(name, []).append((level, cost))
            bench.report(what="S8", kind=kind, number=level, filled_in_s=round(time.perf_counter() - began),
                         folder_mb=chains.folder_mb(service.folder), most_resident_mb=memory[-1], **found)
        bench.report(what="S8", kind=kind, most_resident_mb=memory[-1],
                     exponents={name: exponent(found) for name, found in points.items()})
    finally:
        service.remove()


def fill_runs(runs, _, __, level):
    runs.fill(level)


def cost_runs(runs, token, level):
    connection = runs.connect()
    return dict(
        list_ms=timed(lambda _: send(connection, "GET", "/api/runs?limit=50", token)),
        list_of_runbook_ms=timed(lambda _: send(connection, "GET", "/api/runs?limit=50&runbook=chain7", token)),
        start_ms=timed(lambda x: runs.post(connection, "chain0", {"note": f"{level}-{x}", "kind": "bad"})),
        search_ms=timed(lambda _: send(connection, "GET", "/api/runs?limit=50&text=nosuchword", token), 50))


def fill_secrets(runs, token, first, last):
    def one(filler, x):
        filler.post(f"/v1/kv/data/many/{x // 100}/{x}", '{"data": {"value": "%s"}}' % secrets.token_hex(16))

    each(runs, token, first, last, one)


def cost_secrets(runs, token, level):
    connection = runs.connect()
    return dict(
        read_ms=timed(lambda x: send(
            connection, "GET", "/v1/kv/data/many/%d/%d" % (x * 7919 % level // 100, x * 7919 % level), token)),
        write_ms=timed(lambda x: send(
            connection, "POST", f"/v1/kv/data/more/{level}/{x}", token, {"data": {"value": "x"}})),
        list_of_100_ms=timed(lambda x: send(
            connection, "GET", "/v1/kv/metadata/many/%d?list=true" % (x * 31 % (level // 100)), token)))


TOKENS = []


def fill_tokens(runs, token, first, last):
    """Keeps a few thousand of them, from all over."""
    kept_of = max(1, (last - first) // 3_000)

    def one(filler, number):
        made = filler.post("/v1/auth/token/create", '{"policies": ["log-viewer"]}')
        return json.loads(made)["auth"]["client_token"] if number % kept_of == 0 else None

    TOKENS.extend(each(runs, token, first, last, one))


def cost_tokens(runs, token, level):
    connection = runs.connect()
    return dict(
        authenticate_ms=timed(lambda x: send(
            connection, "GET", "/v1/auth/token/lookup-self", TOKENS[x * 7919 % len(TOKENS)])),
        create_ms=timed(lambda _: send(
            connection, "POST", "/v1/auth/token/create", token, {"policies": ["log-viewer"]})))


KINDS = {"runs": (fill_runs, cost_runs), "secrets": (fill_secrets, cost_secrets), "tokens": (fill_tokens, cost_tokens)}
try:
    for name in options.only.split(","):
        measure(name, *KINDS[name])
finally:
    upstream.remove()
