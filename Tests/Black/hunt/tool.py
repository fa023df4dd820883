"""The search: `canaryhunt`, and the folder of everything that a service said."""

import json
import os
import re
import secrets
import string
import subprocess


def canary():
    """28 random characters; the specials make percent encoding and escapes differ from the clear text."""
    letters = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(26))
    return letters[:9] + "~" + letters[9:18] + "." + letters[18:]


class Search:
    """`canaryhunt search` with the canaries of one hunt, which lie in a file outside everything that is searched."""

    SECONDS = 900

    def __init__(self, binary, folder, canaries):
        self.tool = os.path.join(os.path.dirname(binary), "canaryhunt")
        self.file = os.path.join(folder, "canaries.jsonl")
        self.names = list(canaries)
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            for name, value in canaries.items():
                file.write(json.dumps({"name": name, "value": value}) + "\n")

    def run(self, *arguments, input=None):
        """The lines of finds and the summary. What could not be searched is an error, never nothing."""
        done = subprocess.run(
            [self.tool, "search", "--canaries", self.file, *arguments], input=input, capture_output=True,
            timeout=self.SECONDS)
        if done.returncode not in (0, 1):
            raise RuntimeError("canaryhunt: " + done.stderr.decode(errors="replace"))
        lines = done.stdout.decode(errors="replace").splitlines()
        return lines[:-1], lines[-1]

    def paths(self, *paths, exceptions=()):
        spared = [argument for path in exceptions for argument in ("--except", path)]
        return self.run(*spared, *paths)

    def process(self, identifier):
        return self.run("--process", str(identifier))

    def bytes(self, data):
        return self.run("-", input=data)[0]


class Surfaces:
    """Everything that was answered or printed, one file each, so that a find names where it was said."""

    def __init__(self, folder):
        self.folder = folder
        self.count = 0
        os.makedirs(folder, exist_ok=True)

    def keep(self, name, data):
        self.count += 1
        # What it was asked with may be a secret: a name is no surface of the service.
        safe = re.sub(r"[^A-Za-z0-9._-]+", "_", " ".join(word for word in name.split() if len(word) < 20))[:120]
        with open(os.path.join(self.folder, "%05d-%s" % (self.count, safe)), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode(errors="replace"))

    def answer(self, name, found):
        """An answer with its status and headers. Gives it back."""
        head = "\n".join("%s: %s" % (key, value) for key, value in found.headers)
        self.keep(name, b"%d\n%s\n\n%s" % (found.status, head.encode(errors="replace"), found.body))
        return found
