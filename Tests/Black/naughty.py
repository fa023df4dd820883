#!/usr/bin/env python3
"""The big list of naughty strings through each place of a request, to an echoing host, and back through its answer into
variables: each comes back as it was, or its step fails by the reason that the place has for it.

    python3 Tests/Black/naughty.py BINARY
"""

import json
import os
import sys
import urllib.parse
import xml.etree.ElementTree
import xml.sax.saxutils

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

# What the list leaves out, with what each place says.
MORE = ["a\r\nX-Injected: 1", "a\nb", "\rb", "a\0b", "\x7f", "\ufffe", "..", "%252e%252e", "a;b", "a\\b", "a/b", "<<s>>", "\\<<s>>"]
CHUNK = 24
PLACES = ["json", "text", "form", "header", "path", "xml"]

DOCUMENTS = """
integration: echo
base_url: http://PLACE
methods:
  json:
    request: POST /json/<<i>>
    query: { q: "<<s>>" }
    body: { json: '{"v": <<s>>, "w": "in <<s>> side", "<<s>>k": 1}' }
  text:
    request: POST /text/<<i>>
    body: { text: "<<s>>" }
    response: text
  form:
    request: POST /form/<<i>>
    body: { form: { before: "1", f: "<<s>>", after: "2" } }
  header:
    request: GET /header/<<i>>
    headers: { X-Value: "<<s>>" }
  path:
    request: GET /path/<<i>>/<<s>>/end
  xml:
    request: POST /xml/<<i>>
    body: { xml: "<r a='<<s>>'><s><<s>></s></r>" }
    response: xml
  report:
    request: POST /report
    body: { json: '{"json": <<json>>, "text": <<text>>, "form": <<form>>, "header": <<header>>, "path": <<path>>, "xml": <<xml>>}' }
---
runbook: naughty
limits: { max_steps: 20000, max_visits: 5000, max_run_time: 30m }
variables: { i: {}, s: {}, json: { default: [] }, text: { default: [] }, form: { default: [] }, header: { default: [] },
  path: { default: [] }, xml: { default: [] } }
steps:
  all: { iterate: "<<request^strings>>", outputs: { i: response^i, s: response^s }, then: json, else: failed }
  json: { method: echo/json, outputs: { json: { append: true, object: { i: i, s: response^back! } } }, then: text, else: failed }
  text: { method: echo/text, outputs: { text: { append: true, object: { i: i, s: "response!" } } }, then: form, else: failed }
  form: { method: echo/form, outputs: { form: { append: true, object: { i: i, s: response^back! } } }, then: header, else: failed }
  header: { method: echo/header, outputs: { header: { append: true, object: { i: i, s: response^back! } } }, then: path, else: path }
  path: { method: echo/path, outputs: { path: { append: true, object: { i: i, s: response^back! } } }, then: xml, else: xml }
  xml: { method: echo/xml, outputs: { xml: { append: true, object: { i: i, s: response^r^s! } } }, then: next, else: next }
  next: { next: all, then: report }
  report: { method: echo/report, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


def decoded(text):
    return urllib.parse.unquote(text, errors="strict")


def refusals(text):
    """By place, whether the table of interpolation refuses the text there."""
    header = any((ord(c) < 32 and c != "\t") or ord(c) == 127 for c in text)
    xml_text = any((ord(c) < 32 and c not in "\t\n\r") or c in "\ufffe\uffff" for c in text)
    form, path = text.encode(), len(text.encode()) > 4096
    for _ in range(4):
        try:
            shown = form.decode()
        except UnicodeDecodeError:
            path = True
            break
        path = path or shown in ("", ".", "..") or any(c in "/\\;" or ord(c) < 32 or 127 <= ord(c) <= 159 for c in shown)
        after = urllib.parse.unquote_to_bytes(form)
        if after == form:
            break
        form = after
    else:
        path = True
    return {"header": header, "xml": xml_text, "path": path}


class Echo:
    def __init__(self, checks, strings):
        self.checks, self.strings = checks, strings
        self.seen, self.reports, self.wrong = set(), [], []
        self.server = rig.Upstream(self.answer)

    def answer(self, received):
        if received.target == "/report":
            self.reports.append(json.loads(received.body))
            return 200, {}
        parts = received.target.partition("?")[0].split("/")
        place, index = parts[1], int(parts[2])
        wanted = self.strings[index]
        self.seen.add((place, index))
        headers = dict(received.headers)
        if "X-Injected" in headers:
            self.wrong.append(("injected", index))
        back = self.taken(place, received, parts, headers, wanted)
        # Spaces and tabs at the ends of a header's value are not part of it (RFC 9110 section 5.5).
        if back != (wanted.strip(" \t") if place == "header" else wanted):
            self.wrong.append((place, index, back))
        if place == "text":
            return 200, back.encode(), [("Content-Type", "text/plain; charset=utf-8")]
        if place == "xml":
            escaped = xml.sax.saxutils.escape(back, {"\r": "&#13;", "\n": "&#10;"})
            return 200, ("<r><s>%s</s></r>" % escaped).encode(), [("Content-Type", "application/xml")]
        return 200, json.dumps({"back": back}, ensure_ascii=index % 2 == 0).encode()

    def taken(self, place, received, parts, headers, wanted):
        if place == "json":
            body = json.loads(received.body)
            query = received.target.partition("?")[2]
            pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
            if pairs != [("q", wanted)] or body.get("w") != "in %s side" % wanted or body.get(wanted + "k") != 1:
                self.wrong.append(("around", place, pairs))
            return body["v"]
        if place == "text":
            return received.body.decode()
        if place == "form":
            pairs = urllib.parse.parse_qsl(received.body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict")
            if [name for name, _ in pairs] != ["before", "f", "after"]:
                self.wrong.append(("around", place, pairs))
            return dict(pairs)["f"]
        if place == "header":
            return headers["X-Value"].encode("latin-1").decode().strip(" \t")
        if place == "path":
            if len(parts) != 5 or parts[4] != "end":
                self.wrong.append(("around", place, parts))
            return decoded(parts[3])
        element = xml.etree.ElementTree.fromstring(received.body)
        inner = element.find("s").text or ""
        if element.get("a") != inner:
            self.wrong.append(("around", place, inner))
        return inner


def run(checks, binary, folder):
    vectors = os.path.join(os.environ.get("CHANCERY_VECTORS", ""), "naughty-strings", "blns.json")
    if not os.path.exists(vectors):
        reason = "vectors are absent: naughty-strings/blns.json (set CHANCERY_VECTORS to the folder that holds them)"
        if os.environ.get("CHANCERY_VECTORS_REQUIRED") == "1":
            return checks.check(reason, False)
        return checks.skip("naughty strings", reason)
    with open(vectors, encoding="utf-8") as file:
        strings = json.load(file)
    checks.equal("the whole list", len(strings), 515)
    strings += MORE
    echo = Echo(checks, strings)
    service = rig.Service(binary, folder, allow=[echo.server.place]).start()
    service.must("import", rig.write(folder, "naughty.yaml", DOCUMENTS.replace("PLACE", echo.server.place)))
    service.must("grant", "naughty")
    reasons = {}
    for first in range(0, len(strings), CHUNK):
        items = [{"i": index, "s": strings[index]} for index in range(first, min(first + CHUNK, len(strings)))]
        started = service.http("POST", "/api/runbooks/naughty/start", {"payload": {"strings": items}})
        checks.equal("strings from %d are taken" % first, started.status, 202 if started.status == 202 else 200)
        identifier = started.json()["run_id"]
        checks.equal("the run with them ends", service.ended(identifier, 240)["state"], "succeeded")
        for line in service.log(identifier):
            text = json.dumps(line)
            if "conversion" in text:
                reasons[first] = reasons.get(first, 0) + 1
    checks.equal("every string arrived as it is, in its place and nothing beside it", echo.wrong[:3], [])
    back = {place: {} for place in PLACES}
    for report in echo.reports:
        for place in PLACES:
            back[place].update({item["i"]: item["s"] for item in report[place]})
    refused = 0
    for place in PLACES:
        expected = {}
        for index, text in enumerate(strings):
            if refusals(text).get(place, False):
                refused += 1
                continue
            expected[index] = text.strip(" \t") if place == "header" else text
        lost = sorted(index for index in expected if back[place].get(index) != expected[index])
        checks.equal("%s: each string comes back through the answer" % place, [strings[index] for index in lost][:3], [])
        over = sorted(set(back[place]) - set(expected))
        checks.equal("%s: what the place cannot take is refused, and never sent" % place,
                     [strings[index] for index in over][:3] + [one for one in echo.seen if one[0] == place and one[1] not in expected][:3], [])
    checks.check("each refusal is in the log by its reason", sum(reasons.values()) >= refused > 20, (reasons, refused))
    echo.server.stop()


if __name__ == "__main__":
    rig.main(run)
