"""Every route that can be read, under every role, and every command: what they answer is kept to be searched. Routes come
from the service's own description and commands from its own help, so that a new one joins by itself."""

import re
import urllib.parse

from . import documents

READING = ("get", "head", "list", "options")
ROLES = ("administrator", "security-team", "runbook-author", "operator", "log-viewer")


def routes(service):
    """(METHOD, pattern, what it discloses) of every route, writing ones as well."""
    document = service.http("GET", "/api/openapi.json").json()
    found = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                found.append((method.upper(), path, operation["x-chancery-discloses"]))
    for entry in document["x-chancery-vault-routes"]:
        found += [(method, entry["pattern"], entry["discloses"]) for method in entry["methods"]]
    return found


class RouteWalk:
    """Calls what can be read. `known` are the values of placeholders by what stands before them in the path."""

    def __init__(self, service, answers, disclosed, roles=ROLES):
        self.service = service
        self.answers = answers
        self.disclosed = disclosed
        self.known = {}
        self.refused = []
        self.walked = set()
        self.callers = {"root": True, "nobody": None, "a wrong token": "hvs." + "x" * 24}
        for role in roles:
            self.callers[role] = service.must("token", "create", "--policy", role).split()[0]

    def learn(self):
        """Names of everything that is there now."""
        service = self.service
        runs = [run["id"] for run in service.runs()]
        folder = (service.http("GET", "/v1/kv/metadata/?list=true").json() or {}).get("data", {}).get("keys", [])
        self.known = {
            "runbooks": [one["id"] for one in service.http("GET", "/api/runbooks").json()["runbooks"]] + ["nonesuch"],
            "integrations":
                [one["id"] for one in service.http("GET", "/api/integrations").json()["integrations"]] + ["nonesuch"],
            "schemes": ["github", "nonesuch"], "runs": runs + ["nonesuch"], "data": folder + ["nonesuch"], "metadata": ["", *folder], "acl": [*ROLES, "nonesuch"],
            "automation": [documents.PREFIX + "walk", "nonesuch"],
        }

    QUERIES = {
        "/api/runs": ("", "?state=failed", "?runbook=" + documents.PREFIX + "walk", "?limit=1", "?limit=x"),
        "/api/runs/{id}/log": ("", "?after=2", "?follow=true"),
        "/api/ledger/entries": ("", "?from=0&limit=10000", "?from=x"),
        "/v1/kv/metadata/{path*}": ("", "?list=true"),
    }

    def targets(self, pattern, few):
        """Addresses for a pattern; `few` for roles that see the same as another one."""
        match = re.search(r"\{[^}]*\}", pattern)
        queries = self.QUERIES.get(pattern, ("",))
        if not match:
            return [pattern + query for query in queries]
        before = [part for part in pattern[:match.start()].split("/") if part][-1]
        values = self.known.get(before, ["x"])
        if few:
            values, queries = values[:2] + values[-1:], queries[:1]
        found = []
        for number, value in enumerate(values):
            target = pattern.replace(match.group(), urllib.parse.quote(value, safe=""), 1)
            found += [re.sub(r"\{[^}]*\}", "x", target) + query for query in (queries if number < 4 else queries[:1])]
        return found

    def walk(self, stage):
        self.learn()
        for method, pattern, discloses in routes(self.service):
            if method.lower() not in READING:
                continue
            for caller, token in self.callers.items():
                for target in self.targets(pattern, few=caller != "root"):
                    found = self.service.http(method, target, token=token)
                    place = self.answers if discloses == "never" or found.status != 200 else self.disclosed
                    place.answer("%s-%s-%s-%s" % (stage, caller, method, target), found)
                    if caller == "root":
                        self.walked.add((method, pattern))
                        if found.status >= 500:
                            self.refused.append((method, target, found.status))


class CommandWalk:
    """Runs commands and keeps what they print, on both streams."""

    def __init__(self, service, said, disclosed):
        self.service = service
        self.said = said
        self.disclosed = disclosed
        self.called = set()
        self.codes = {}

    def __call__(self, *arguments, input="", discloses=False):
        code, output, errors = self.service.cli(*arguments, input=input)
        name = "-".join(one for one in arguments if len(one) < 20)
        place = self.disclosed if discloses and code == 0 else self.said
        place.keep(name + "-output", output)
        self.said.keep(name + "-errors", errors)
        self.codes[arguments] = code
        for count in (1, 2):
            self.called.add(arguments[:count])
        return code, output, errors

    def must(self, *arguments, input=""):
        code, output, errors = self(*arguments, input=input)
        if code != 0:
            raise RuntimeError("`chancery %s` ended with %d: %s" % (" ".join(arguments[:4]), code, errors + output))
        return output

    def commands(self, above=()):
        """Every command, as the help has them."""
        _, output, _ = self.service.cli(*above, "--help")
        self.said.keep("-".join(("help",) + above), output)
        inner = []
        for block in re.findall(r"^[A-Z ]*SUBCOMMANDS:\n((?:(?:  .*)?\n)*)", output, re.M):
            inner += re.findall(r"^  ([a-z][a-z-]*)(?: \(default\))?(?:\s|$)", block, re.M)
        if not inner:
            return [above]
        return [leaf for name in inner for leaf in self.commands(above + (name,))]
