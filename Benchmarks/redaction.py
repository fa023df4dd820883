"""S5: masking known secrets, ours and others, on the same data in the same run; a table at the end.
redaction.py SPEED [--binary CHANCERY] [--peers FOLDER] [--counts 10,1000,10000] [--mb 64] [--runs 3] [--keep FOLDER]

SPEED is the micro-benchmark: CHANCERY_BENCH=1 swift build -c release --product redaction-speed
CHANCERY is the release binary, for the pipe filter: without it those rows are left out.
FOLDER holds the drivers of the peers (redact_data.py, redact_tools.py, c/redact_scan.c): without it only ours is
measured, on data of our own. They need ripgrep, libhyperscan-dev, a C compiler and, if at hand, pyahocorasick.
Ours and Hyperscan are measured by processor time, programs by the clock.
"""
import argparse
import base64
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse

import bench

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("speed")
options.add_argument("--binary")
options.add_argument("--peers")
options.add_argument("--counts", default="10,1000,10000")
options.add_argument("--mb", type=int, default=64)
options.add_argument("--runs", type=int, default=3)
options.add_argument("--keep", help="a folder for the data, used again if it is there")
given = options.parse_args()
counts = [int(x) for x in given.counts.split(",")]
folder = given.keep or tempfile.mkdtemp(prefix="chancery-redaction-")
os.makedirs(folder, exist_ok=True)
rows = []


def note(what, count, figures, hits=None, unit="MB/s"):
    """One row of the table: median, least and most of the runs."""
    median, least, most = figures
    rows.append((what, count, median, least, most, unit))
    bench.report(bench="redaction", what=what, secrets=count, median=median, min=least, max=most, unit=unit, hits=hits)


def lines_of(command, **more):
    """The JSON lines a driver prints."""
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        print(f"{command[0]}: {done.stderr.strip()[:300]}", file=sys.stderr)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def make_data():
    """Secrets and a log of JSON lines: by the peers' driver, or alike."""
    log = f"{folder}/log.jsonl"
    if os.path.exists(log):
        return
    if given.peers:
        lines_of([sys.executable, f"{given.peers}/redact_data.py", "--dir", folder, "--counts", given.counts, "--mb",
                  str(given.mb)])
        return
    chance = random.Random(7)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" * 3 + "_-+/=.!@$%"
    secrets = ["".join(chance.choice(letters) for _ in range(chance.randint(20, 40))) for _ in range(max(counts))]
    for count in counts:
        with open(f"{folder}/secrets-{count}.txt", "w") as f:
            f.write("\n".join(secrets[:count]) + "\n")
    words = "request worker started finished payment deploy node lease commit timeout retry cache user order".split()
    block = "".join(json.dumps({
        "ts": f"2026-11-24T10:{chance.randint(10, 59)}:{chance.randint(10, 59)}.{chance.randint(0, 999999):06}Z",
        "msg": " ".join(chance.choice(words) for _ in range(chance.randint(3, 14))), "ms": chance.random() * 1000,
        "trace": f"{chance.getrandbits(128):032x}", "span": f"{chance.getrandbits(64):016x}",
        "path": f"/v1/{chance.choice(words)}/{chance.getrandbits(40)}",
        "sig": base64.b64encode(chance.randbytes(24)).decode()}) + "\n" for _ in range(30000))
    with open(log, "w") as f:
        for index in range(max(given.mb * (1 << 20) // len(block), 1)):
            f.write(block)
            f.write(f'{{"msg": "auth with {secrets[index % min(counts)]} failed"}}\n')


def make_hard(count):
    """What costs most: nothing but base64 or hexadecimal, gzip of gzip, and secrets of which every part is wrong."""
    chance = random.Random(3)
    log = open(f"{folder}/log.jsonl", "rb").read(8 << 20)
    # With more than 20 places text of the scope wholeForms is withheld, which costs nothing.
    lines, places = [], 0
    for line in log.split(b"\n"):
        places += b"auth with" in line
        if b"auth with" not in line or places <= 12:
            lines.append(line)
    log = b"\n".join(lines)
    texts = {"ordinary log": log}
    texts["all base64"] = base64.b64encode(chance.randbytes(6 << 20))
    texts["all hexadecimal"] = chance.randbytes(4 << 20).hex().encode()
    parts = [log[at:at + 4000] for at in range(0, 4 << 20, 4000)]
    texts["gzip of logs"] = b"".join(gzip.compress(part) for part in parts)
    texts["base64 of gzip of gzip of logs"] = b"".join(
        b'{"z":"' + base64.b64encode(gzip.compress(gzip.compress(part))) + b'"}\n' for part in parts)
    secrets = open(f"{folder}/secrets-{count}.txt").read().split("\n")[:-1]
    near, size = [], 0
    while size < 4 << 20:
        secret = chance.choice(secrets)
        # Every tenth character is another: windows of it are right, and no piece that is searched for.
        wrong = "".join("~" if at % 10 == 9 else c for at, c in enumerate(secret))
        text = chance.choice([wrong, base64.b64encode(wrong.encode()).decode(), wrong.encode().hex(),
                              urllib.parse.quote(wrong, safe="")])
        near.append(text)
        size += len(text) + 1
    texts["near misses"] = " ".join(near).encode()
    return texts


def ours(text, count, scope):
    with tempfile.NamedTemporaryFile(dir=folder) as f:
        f.write(text)
        f.flush()
        found = lines_of([given.speed, f"{folder}/secrets-{count}.txt", f.name, scope, "65536", str(given.runs)])
    if not found or found[0]["withheld"]:
        raise SystemExit("the scanner gave no figures, or withheld the text")
    return found[0]


def measure_ours(count):
    texts = make_hard(count)
    for scope, what in [("wholeForms", "ours, whole forms"), ("all", "ours, everything")]:
        for kind, text in texts.items():
            if scope == "wholeForms" and kind != "ordinary log":
                continue
            figures = ours(text, count, scope)
            note(f"{what}: {kind}", count, (figures["mb_s"], figures["mb_s_min"], figures["mb_s_max"]),
                 hits=figures["places"])
            if kind == "ordinary log" and scope == "all":
                note("ours: making the matcher", count, (figures["build_ms"],) * 3, unit="ms")
                note("ours: memory of the matcher", count, (figures["matcher_mb"],) * 3, unit="MB")
    # Linear: four times the text takes four times as long.
    rate = ours(texts["all base64"] * 4, count, "all")
    note("ours, everything: all base64, four times as long", count, (rate["mb_s"], rate["mb_s_min"], rate["mb_s_max"]))


def measure_pipe(count):
    """The filter between two pipes, against `cat`, run by turns."""
    log, taken = f"{folder}/log.jsonl", {"cat": [], "chancery redact": []}
    for _ in range(given.runs):
        for name, command in [("cat", "cat"), ("chancery redact", '"$1" redact --secrets "$2"')]:
            began = time.perf_counter()
            subprocess.run(["sh", "-c", f'cat "$0" | {command} | cat > /dev/null', log, given.binary,
                            f"{folder}/secrets-{count}.txt"], check=True)
            taken[name].append(os.path.getsize(log) / (time.perf_counter() - began) / 1e6)
    for name, rates in taken.items():
        note(f"pipe: cat | {name} | cat", count, tuple(round(f(rates), 1) for f in (bench.median, min, max)))


def measure_peers(count):
    scan = f"{folder}/redact_scan"
    if not os.path.exists(scan) and shutil.which("cc"):
        subprocess.run(["cc", "-O2", "-o", scan, f"{given.peers}/c/redact_scan.c", "-lhs"], check=False)
    if os.path.exists(scan):
        for line in lines_of([scan, f"{folder}/forms-{count}.txt", f"{folder}/log.jsonl", "65536", str(given.runs)]):
            rate = line["gb_per_cpu_s"]
            note("Hyperscan, search only, 4 forms", count,
                 tuple(round(rate[key] * 1000, 1) for key in ("median", "min", "max")), hits=line["hits"])
    only = "rg,str.replace,re" + (",pyahocorasick" if importable("ahocorasick") else "")
    for line in lines_of([sys.executable, f"{given.peers}/redact_tools.py", "--dir", folder, "--count", str(count),
                          "--runs", str(given.runs), "--limit", "30", "--python-mb", "8", "--only", only]):
        if "mb_s" in line:
            note(line["label"] + ", 4 forms", count, tuple(line["mb_s"][key] for key in ("median", "min", "max")),
                 hits=line["hits"])


def importable(module):
    return subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True).returncode == 0


def show():
    print("\n| | " + " | ".join(f"{count:,} secrets" for count in counts) + " |\n|---|" + "---|" * len(counts))
    for what in dict.fromkeys(row[0] for row in rows):
        cells = []
        for count in counts:
            found = [row for row in rows if row[:2] == (what, count)]
            cells.append("–" if not found else f"{found[0][2]:,g} {found[0][5]}")
        print(f"| {what} | " + " | ".join(cells) + " |")


make_data()
for count in counts:
    measure_ours(count)
    if given.binary:
        measure_pipe(count)
    if given.peers:
        measure_peers(count)
show()
if not given.keep:
    shutil.rmtree(folder, ignore_errors=True)
