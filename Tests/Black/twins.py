#!/usr/bin/env python3
"""Two services, driven the same way with different secrets of the same lengths: everything that they answer and print is
the same, after ids and times are put out of the way. So nothing of a secret shows, in whatever form.

    python3 Tests/Black/twins.py BINARY
"""

import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import canary
import rig
from hunt import tool, walk


class Twin:
    """One of the two, what it said by name, and what is drawn anew in it."""

    def __init__(self, checks, binary, folder, ports):
        os.makedirs(folder)
        self.hunt = canary.Hunt(checks, binary, folder, ports=ports)
        self.hunt.outside.packs = False
        self.said = {}

    def drive(self):
        hunt = self.hunt
        hunt.plant()
        routes = walk.RouteWalk(hunt.service, hunt.answers, hunt.disclosed)
        hunt.spare = hunt.service.must("token", "create", "--policy", "log-viewer").split()[0]
        hunt.drive()
        self.runs = [run["id"] for run in reversed(hunt.service.runs())]
        self.tokens = [hunt.service.token, hunt.spare] + [token for token in routes.callers.values() if isinstance(token, str)]
        routes.learn()
        seen = {}
        for method, pattern, discloses in walk.routes(hunt.service):
            if method.lower() not in walk.READING or discloses != "never":
                continue
            for caller, token in routes.callers.items():
                for target in routes.targets(pattern, few=caller != "root"):
                    found = hunt.service.http(method, target, token=token)
                    headers = sorted((name, value) for name, value in found.headers if name.lower() not in ("date", "content-length"))
                    text = "%d\n%s\n%s" % (found.status, json.dumps(headers), found.body.decode(errors="replace"))
                    seen["%s %s %s" % (caller, method, target)] = text
        for arguments in [("runbooks",), ("runs",), ("kv", "list")] + [("log", run) for run in self.runs]:
            code, output, errors = hunt.service.cli(*arguments)
            seen["chancery " + " ".join(arguments)] = "%d\n%s\n%s" % (code, output, errors)
        self.said = {self.normal(name): self.normal(text) for name, text in seen.items()}
        self.sizes = {path: os.path.getsize(os.path.join(hunt.service.data, path)) for path in ("run-keys", "seal/keyring")}

    def normal(self, text):
        """Without what is drawn anew in each service: ids, times, ports, hashes, and the characters of masks."""
        for number, run in enumerate(self.runs):
            text = text.replace(run, "RUN%d" % number)
        for token in self.tokens:
            text = text.replace(token, "TOKEN")
        for name, place in [*self.hunt.places.items(), ("SERVICE", "127.0.0.1:%d" % self.hunt.service.port)]:
            text = text.replace(place, name).replace(place.replace(":", "%3A"), name)
        if "ledger/entries" in text or text.startswith("200") and '"prev"' in text:
            text = self.ledger(text)
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME", text)
        text = re.sub(r"\d\d:\d\d:\d\d(\.\d+)?", "TIME", text)
        text = re.sub(r"·[0-9a-z-]{4}›", "·····›", text)
        text = re.sub(r'"(duration|average_execution|max_execution)_ms":[\d.]+', r'"\1_ms":N', text)
        text = re.sub(r"\b\d+(\.\d+)? ?m?s\b", "DURATION", text)
        text = re.sub(r"\b[0-9a-f]{16,}\b", "HEX", text)
        text = re.sub(r"  +", "  ", text)
        return re.sub(r"[A-Za-z0-9+/_-]{40,}={0,2}", "LONG", text)

    @staticmethod
    def ledger(text):
        """Of the ledger, what it says of runs: how often a client asked is chance."""
        kept = []
        for line in text.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            if isinstance(entry, dict) and entry.get("actor", {}).get("type") == "run":
                kept.append(json.dumps([entry[key] for key in ("kind", "actor", "action", "subject", "outcome")]))
        return "\n".join(sorted(kept))


#: Answers that count requests or bytes of this very service.
COUNTS = ("/metrics", "/api/ledger/head", "/api/ledger/key", "/v1/auth/token/lookup-self", "/v1/sys/key-status")


def differences(first, second):
    names = [name for name in first if not any(name.endswith(counted) for counted in COUNTS)]
    return [name for name in names if first[name] != second.get(name)]


def run(checks, binary, folder):
    # One after the other at the same places, so that no port or order of ports tells them apart.
    ports = [rig.free_port() for _ in range(4)]
    twins = []
    for name in ("first", "second"):
        twin = Twin(checks, binary, os.path.join(folder, name), ports)
        twin.drive()
        twin.hunt.outside.stop()
        checks.equal("the %s ends when asked to" % name, twin.hunt.service.stop(), 0)
        twins.append(twin)
    first, second = twins
    checks.check(
        "the secrets differ", not set(first.hunt.planted.values()) & set(second.hunt.planted.values()))
    checks.equal("the same things were asked", sorted(set(first.said) ^ set(second.said)), [])
    checks.check("much was asked", len(first.said) > 150, len(first.said))
    differ = differences(first.said, second.said)
    for name in differ[:5]:
        for left, right in zip(first.said[name].splitlines(), second.said.get(name, "").splitlines()):
            if left != right:
                at = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
                print("         %s\n         %s\n         %s" % (
                    name, left[max(0, at - 150):at + 100], right[max(0, at - 150):at + 100]), flush=True)
                break
    checks.equal("%d answers and outputs are the same, byte for byte" % len(first.said), differ, [])
    # The control: one secret shown in one answer, and one length, are differences.
    name = next(name for name in first.said if name.endswith("/log") and name.startswith("root") and "RUN" in name)
    leaking = dict(first.said)
    leaking[name] = leaking[name].replace("event", first.hunt.planted["bearer credential"][:3], 1)
    checks.equal("control: three characters of a secret in one log are seen", differences(leaking, second.said), [name])
    checks.equal("the sizes of key files are the same", first.sizes, second.sizes)


if __name__ == "__main__":
    rig.main(run)
