"""Documents through which a secret can come in by every door, and be used in every place."""

import re

from .outside import Outside

#: Everything that a hunt makes begins with it.
PREFIX = "canary-"

#: Canaries by the door through which they come in.
NAMES = [
    "sealed query", "sealed header", "sealed form field", "sealed in the document", "encrypted variable",
    "encrypted variable in the document", "bearer credential", "basic credential", "key in a header", "key in the query",
    "credential in the document", "kv secret in a header", "kv secret in the query", "kv secret as a variable",
    "kv secret, older version", "kv secret, deleted", "encrypted answer", "encrypted request", "webhook key",
    "basic password", "header secret", "uri secret", "recipe key", "start key in the document", "presented wrongly",
    "faulty document", "certificate", "login password",
]

_ALL = """
    query: { key: { secret: kv/mirror#query } }
    headers: { X-Kept: { secret: kv/mirror#header }, X-Plain: plain, X-Access: "<<access!>>", X-Note: "<<note!>>" }
    body: { json: '{"access": <<access>>, "note": <<note>>, "said": "a <<noted!>> b", "kept": [<<kept>>]}' }"""

DOCUMENT = """
integration: identity
base_url: http://PLACE
methods:
  token:
    request: POST /token
    query: { tenant: { encrypt: true }, kept: { encrypt: true, value: "SEALED_IN_DOCUMENT" } }
    headers: { X-Client: { encrypt: true } }
    body: { form: { grant: client, password: { encrypt: true } } }
    outputs: { access: response^access!, cookie: "response_headers^Set-Cookie" }
    encrypt_response: true
    on_interrupt: retry
    timeout: 10s
---
integration: basic
base_url: http://PLACE
auth: { type: basic, username: user, password: { sealed: true } }
methods:
  use: { request: GET /echo, outputs: { seen: response^all! } }
---
integration: header
base_url: http://PLACE
auth: { type: api_key, header: X-Kept, prefix: "Key ", key: { sealed: true } }
methods:
  use: { request: GET /status-500 }
---
integration: query
base_url: http://PLACE
auth: { type: api_key, query: key, key: { sealed: true } }
methods:
  use: { request: GET /reset }
---
integration: clear
base_url: http://PLACE
auth: { type: bearer, token: "CREDENTIAL_IN_DOCUMENT" }
methods:
  use: { request: GET /malformed, outputs: { seen: response^token } }
---
integration: wrong
base_url: https://SECURE
auth: { type: bearer, token: { secret: kv/mirror#header } }
methods:
  use:
    request: POST /echo""" + _ALL + """
---
integration: nobody
base_url: http://CLOSED
methods:
  use:
    request: POST /echo""" + _ALL + """
---
integration: forbidden
base_url: http://169.254.169.254
methods:
  use:
    request: POST /echo""" + _ALL + """
---
integration: mirror
base_url: http://PLACE
auth: { type: bearer, token: { sealed: true } }
methods:
METHODS
  path:
    request: GET /echo/<<note!>>/<<access!>>
    outputs: { reflected: response^target! }
  xml:
    request: POST /echo
    body: { xml: '<a b="<<note>>"><<access>></a>' }
    outputs: { reflected: response^body! }
  text:
    request: POST /echo
    body: { text: "note <<note>> access <<access>>" }
    outputs: { number: { from: response^token, type: integer } }
  form:
    request: POST /echo
    body: { form: { note: "<<note>>", access: "x<<access!>>y" } }
    outputs: { nothing: response^nonesuch^deeper }
  again:
    request: POST /echo
    body: { json: '{"was": <<reflected>>}' }
  header:
    request: POST /echo
    headers: { X-Broken: "<<broken>>" }
  forward:
    request: POST /echo
    body: { json: '{"from": <<sent>>, "all": <<whole>>}' }
  gap:
    request: POST /echo
    headers: { X-Kept: { secret: kv/mirror#header }, X-Gap: "<<gap!>>" }
---
runbook: walk
start: { public: { auth: signature, scheme: github, key: { secret: kv/hooks#main } } }
variables:
  note: { encrypt: true, hosts: [HOSTS] }
  noted: { encrypt: true, hosts: [HOSTS], default: "VARIABLE_IN_DOCUMENT" }
  kept: { secret: kv/mirror#variable }
  broken: "line\\r\\nbreak"
limits: { max_steps: 200 }
steps:
  token: { title: Get a token, method: identity/token, then: STEPS
  done: { end: success }
  failed: { end: failure }
---
runbook: ask
start: { public: { auth: signature, recipe: { header: X-Sig, algorithm: sha256, digest: base64 }, key: { sealed: true } } }
variables: { note: { encrypt: true, hosts: [HOSTS] }, kept: { secret: kv/mirror#variable } }
steps:
  first: { condition: { left: note, op: equals, right: other }, then: more, else: second }
  second: { condition: { left: kept, op: contains, right: a }, then: more, else: more }
  more: { condition: { left: failure^reason, op: contains, right: x }, then: done, else: done }
  done: { end: failure }
---
runbook: gap
start: { public: { auth: basic, username: sender, password: { sealed: true } } }
variables: { gap: { type: string } }
steps:
  go: { method: mirror/gap, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: link
start: { public: { auth: uri_secret, parameter: pass, secret: { secret: kv/hooks#uri } } }
steps:
  go: { method: basic/use, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: held
steps:
  go: { method: mirror/silent, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
variables:
  note: { encrypt: true, hosts: [HOSTS], default: "VARIABLE_IN_DOCUMENT" }
  noted: x
  access: x
  kept: x
---
runbook: quiet
start:
  public: { auth: header_secret, header: X-Pass, secret: { sealed: true } }
  encrypt_request: true
  inputs: { sent: request^inner^secret, whole: request, named: "request_headers^X-Sent", asked: request_query^sent }
steps:
  go: { method: mirror/forward, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
---
runbook: clear
start: { public: { auth: header_secret, header: X-Pass, secret: "START_IN_DOCUMENT" } }
steps:
  go: { method: clear/use, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""

#: Documents with faults and a secret in each place where a fault can be: none of them may repeat it.
FAULTY = [
    'integration: f\nbase_url: http://SECRET@PLACE\nmethods: { a: { request: GET / } }\n',
    'integration: f\nbase_url: http://PLACE\nauth: { type: bearer, token: [ "SECRET" ] }\nmethods: {}\n',
    'integration: f\nbase_url: http://PLACE\nauth: { type: "SECRET" }\nmethods: {}\n',
    'integration: f\nbase_url: http://PLACE\nmethods: { a: { request: GET /, headers: { X: { encrypt: "SECRET" } } } }\n',
    'integration: f\nbase_url: http://PLACE\nmethods: { a: { request: GET /, headers: { X: { value: "SECRET", secret: no } } } }\n',
    'integration: f\nbase_url: http://PLACE\nmethods: { a: { request: POST /, body: { json: \'{"a": SECRET}\' } } }\n',
    'runbook: f\nvariables: { a: { encrypt: true, type: integer, default: "SECRET" } }\nsteps: { a: { end: nowhere } }\n',
    'runbook: f\nstart: { public: { auth: basic, password: "SECRET" } }\nsteps: { a: { end: success, oops: "SECRET" } }\n',
    'runbook: f\nsteps: { a: { condition: { left: "SECRET", op: "SECRET", right: "SECRET" } } }\n',
    'runbook: f\n\tsteps: "SECRET"\n', '{"runbook": "f", "steps": "SECRET",}', '"SECRET', 'SECRET: &a [*b]\n',
    '{"type": 2, "name": "x", "authorization": {"token": "SECRET"}, "methods": "SECRET"}',
]


PARTS = 6


def text(places, values, failures=None):
    """The documents for these places with these values written in clear. `failures` are places of the outside API, in the
    order in which the walk visits them."""
    failures = list(Outside.PLACES) if failures is None else failures
    methods, steps = [], []
    for name in failures:
        redirects = "\n    redirects: true" if name in ("redirect", "away") else ""
        timeout = "1s" if name == "silent" else "10s"
        methods.append(
            "  %s:\n    request: POST /%s%s\n    outputs: { reflected: response^all! }\n    timeout: %s%s"
            % (name, name, _ALL, timeout, redirects))
        steps.append(("at-" + name, "mirror/" + name))
    steps += [
        (name, method) for name, method in (
            ("path", "mirror/path"), ("xml", "mirror/xml"), ("text", "mirror/text"), ("form", "mirror/form"),
            ("again", "mirror/again"), ("header", "mirror/header"), ("wrong", "wrong/use"), ("nobody", "nobody/use"),
            ("forbidden", "forbidden/use"), ("with-basic", "basic/use"), ("with-header", "header/use"),
            ("with-query", "query/use"), ("with-clear", "clear/use"))
    ]
    # In parts, of which a run goes one: each failure that a value decides costs bits of the run's secrets, and when they are
    # spent the run ends.
    begins = [len(steps) * part // PARTS for part in range(PARTS)]
    first = "part-1, else: failed }\n"
    for part in range(1, PARTS):
        after = "part-%d" % (part + 1) if part + 1 < PARTS else steps[begins[0]][0]
        first += "  part-%d: { condition: { left: request^part, op: equals, right: %d }, then: %s, else: %s }\n" % (
            part, part, steps[begins[part]][0], after)
    for index, (name, method) in enumerate(steps):
        after = steps[index + 1][0] if index + 1 < len(steps) and index + 1 not in begins else "done"
        first += "  %s: { method: %s, then: %s, else: %s }\n" % (name, method, after, after)
    document = DOCUMENT.replace("METHODS", "\n".join(methods)).replace("STEPS", first.rstrip("\n"))
    hosts = ", ".join('"%s"' % places[name] for name in ("PLACE", "SECURE", "CLOSED"))
    document = document.replace("HOSTS", hosts)
    for name, place in places.items():
        document = document.replace(name, place)
    for pattern in (r"^(integration: )", r"^(runbook: )", r"(method: )", r"(secret: kv/)"):
        document = re.sub(pattern, r"\1" + PREFIX, document, flags=re.M)
    for name, value in values.items():
        document = document.replace(name, value)
    names = [name for name, _ in steps]
    return document, [names[begin:end] for begin, end in zip(begins, begins[1:] + [len(names)])]
