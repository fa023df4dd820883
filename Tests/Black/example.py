#!/usr/bin/env python3
"""The guide's worked example as it stands in Examples/ask-openai.yaml, against a completions API and an outside desk on
loopback; and every other document of Examples reads without a fault.

    python3 Tests/Black/example.py BINARY
"""

import glob
import json
import os
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

KEY = "the key of the hook"
ANSWER = 'Use "ls -la".\n<b>Then</b> \\ it\u2019s done: \u00fc\U0001f600'


class Completions:
    """The shape of POST /v1/completions; busy once."""

    def __init__(self):
        self.asked = []
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        self.asked.append(received)
        if len(self.asked) == 1:
            return 429, {"error": {"message": "Rate limit reached", "type": "requests"}}
        return 200, {
            "id": "cmpl-1", "object": "text_completion", "created": 1589478378, "model": "gpt-3.5-turbo-instruct",
            "choices": [{"text": ANSWER, "index": 0, "logprobs": None, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}}


class Desk:
    """POST /api/actions as the outside instance answers it: an array in, the object with its id out, 201."""

    def __init__(self):
        self.posted = []
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        body = json.loads(received.body)
        self.posted.append((received, body))
        if received.target != "/api/actions" or not isinstance(body, list) or "ticket_id" not in body[0]:
            return 400, {"ClassName": "System.Exception", "Message": "no ticket"}
        return 201, dict(body[0], id=len(self.posted), who="API", hiddenfromuser=False)


def run(checks, binary, folder):
    completions, desk = Completions(), Desk()
    with open("Examples/ask-openai.yaml") as file:
        text = file.read()
    places = []
    for address, server in (("https://api.openai.com", completions.server), ("https://desk.example.com", desk.server)):
        checks.check("the example calls " + address, address in text)
        places.append("127.0.0.1:%d" % server.port)
        text = text.replace(address, "http://" + places[-1])
    text = text.replace("backoff: 2s", "backoff: 200ms")
    service = rig.Service(binary, folder, allow=places).start()
    service.must("kv", "put", "kv/openai", "token=tok-openai-8472", "--hosts", places[0])
    service.must("kv", "put", "kv/desk", "token=tok-desk-1193", "--hosts", places[1])
    service.must("kv", "put", "kv/hooks/ask-openai", "key=" + KEY)
    service.must("import", rig.write(folder, "ask.yaml", text))
    service.must("grant", "ask-openai")

    question = 'How do I list "all" files?\n<<Prompt>> & more'
    body = json.dumps({"note": question, "ticket_id": 2048}).encode()
    answer = service.webhook("ask-openai", body, KEY)
    checks.equal("the start is accepted", answer.status, 202)
    identifier = answer.json()["run_id"]
    checks.equal("the run succeeds", service.ended(identifier)["state"], "succeeded")
    checks.equal("the first answer was 429, so it asked twice", len(completions.asked), 2)
    asked = completions.asked[-1]
    checks.equal("the question arrives as it was written", json.loads(asked.body)["prompt"], question)
    checks.equal("with the integration's token", dict(asked.headers).get("Authorization"), "Bearer tok-openai-8472")
    checks.equal("one answer is posted", len(desk.posted), 1)
    received, posted = desk.posted[0]
    checks.equal("to the ticket, with the answer as it came", posted,
                 [{"ticket_id": 2048, "outcome": "Answer", "note_html": ANSWER}])
    checks.equal("with the desk's token", dict(received.headers).get("Authorization"), "Bearer tok-desk-1193")
    log = json.dumps(service.log(identifier))
    checks.check("no token is in the log", "tok-openai" not in log and "tok-desk" not in log)
    forged = service.http("POST", "/api/automation/ask-openai", body, [("X-Hub-Signature-256", "sha256=" + "0" * 64)], token=None)
    checks.equal("a forged start is refused", forged.status, 401)
    checks.equal("the same delivery starts nothing more", service.webhook("ask-openai", body, KEY).json().get("run_id"), identifier)
    checks.equal("and posts nothing more", len(desk.posted), 1)

    for path in sorted(glob.glob("Examples/*.yaml") + glob.glob("Examples/demo/*.yaml")):
        code, output, errors = rig.command(binary, "check", path)
        checks.equal("%s reads without an error" % path, code, 0)
    written = {}
    for path in sorted(glob.glob("Examples/*.yaml") + glob.glob("Examples/demo/*.yaml")):
        with open(path) as file:
            for secret in re.findall(r"chancery kv put (\S+)", file.read()):
                written.setdefault(secret, []).append(path)
    checks.check("each example writes secrets of its own, since a write replaces all fields",
                 len(written) > 4 and all(len(paths) == 1 for paths in written.values()), written)
    code, output, errors = rig.command(binary, "check", *sorted(glob.glob("Examples/vendor/*.json")))
    checks.check("the vendor's documents read without an error", code == 0, errors + output)
    completions.server.stop()
    desk.server.stop()


if __name__ == "__main__":
    rig.main(run)
