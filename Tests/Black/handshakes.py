#!/usr/bin/env python3
"""Handshakes: every sender's way of asking whether an endpoint is its own, against the real program. What must come
back is computed here, by other means than the program's.

    python3 Tests/Black/handshakes.py BINARY
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import secrets
import subprocess
import sys
import time
import urllib.parse

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

KEY = secrets.token_hex(20)
SECOND_KEY = secrets.token_hex(20)
VERIFY = "verify-" + secrets.token_hex(8)
TOKEN = "tok_" + secrets.token_hex(12)
PLAIN = "text/plain; charset=utf-8"
JSON = "application/json"


def mac(key, data, form="hex"):
    tag = hmac.new(key.encode(), data, hashlib.sha256).digest()
    return tag.hex() if form == "hex" else base64.b64encode(tag).decode()


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def slack(key, body, prefix="X-Slack-Request-Timestamp", carrier="X-Slack-Signature"):
    now = str(int(time.time()))
    return [(prefix, now), (carrier, "v0=" + mac(key, b"v0:" + now.encode() + b":" + body))]


def zoom(key, body):
    return slack(key, body, "x-zm-request-timestamp", "x-zm-signature")


def twitch(key, body, kind):
    identifier = "e76c6bd4-55c9-4987-8304-" + secrets.token_hex(6)
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f") + "000Z"
    return [
        ("Twitch-Eventsub-Message-Id", identifier), ("Twitch-Eventsub-Message-Timestamp", now),
        ("Twitch-Eventsub-Message-Type", kind),
        ("Twitch-Eventsub-Message-Signature", "sha256=" + mac(key, (identifier + now).encode() + body))]


class Ed25519:
    """A key pair by openssl."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "discord-%s.pem" % secrets.token_hex(4))
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path], check=True)
        der = subprocess.run(
            ["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"], check=True,
            stdout=subprocess.PIPE).stdout
        self.public = der[-32:].hex()

    def headers(self, body, wrong=False):
        now = str(int(time.time()))
        message = self.path + ".message"
        with open(message, "wb") as file:
            file.write(now.encode() + body)
        signature = subprocess.run(
            ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", message], check=True,
            stdout=subprocess.PIPE).stdout
        if wrong:
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        return [("X-Signature-Timestamp", now), ("X-Signature-Ed25519", signature.hex())]


class Shake:
    """One profile. A request is (method, query, headers, body); an answer (status, type, body, headers)."""

    def __init__(self, profile, request, answer, auth="auth: none", key=None, extra="", verify=False, wrong=(),
                 event=None, needs_key=False):
        self.profile = profile
        self.request = request  # key -> request
        self.answer = answer  # key -> answer
        self.auth = auth
        self.key = key
        self.extra = extra
        self.verify = verify
        self.wrong = wrong  # functions from key to requests that must be refused
        self.event = event  # key -> request that starts a run
        self.needs_key = needs_key
        self.runbook = "shake-" + profile

    def document(self):
        verify = ", verify_token: { sealed: true }" if self.verify else ""
        return """
runbook: %s
start: { public: { %s, initial_verification: { challenge: %s%s%s } } }
steps: { done: { end: success } }
""" % (self.runbook, self.auth, self.profile, verify, self.extra)


def signed(scheme):
    return "auth: signature, scheme: %s, key: { sealed: true }" % scheme


def shakes(folder):
    quote = urllib.parse.quote
    graph = "Validation: Testing client application reachability for subscription Request-Id: " + secrets.token_hex(8)
    slack_body = compact({"token": "x", "challenge": TOKEN, "type": "url_verification"})
    slack_event = compact({"type": "event_callback", "event": secrets.token_hex(4)})
    zoom_body = compact({"event": "endpoint.url_validation", "payload": {"plainToken": TOKEN}})
    zoom_oracle = compact({"event": "endpoint.url_validation", "payload": {"plainToken": "v0:1:{}"}})
    zoom_event = compact({"event": "meeting.ended", "n": secrets.token_hex(4)})
    twitch_body = compact({"challenge": TOKEN, "subscription": {"type": "x"}})
    twitch_event = compact({"event": {"n": secrets.token_hex(4)}})
    xero_body = compact({"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "A"})
    xero_event = compact({"events": [{}], "firstEventSequence": 1, "lastEventSequence": 1})
    x_event = compact({"tweet_create_events": [secrets.token_hex(4)]})
    grid = [{"eventType": "Microsoft.EventGrid.SubscriptionValidationEvent", "data": {"validationCode": "512d38b6-c7"}}]
    monday_event = compact({"event": {"n": secrets.token_hex(4)}})
    discord = Ed25519(folder)
    ping = compact({"type": 1, "id": "1"})
    discord_event = compact({"type": 2, "id": secrets.token_hex(4)})
    markup = quote("<script>alert(1)</script>")

    def echo(name):
        return Shake(
            name, lambda key: ("GET", "challenge=" + TOKEN, [], None), lambda key: (200, PLAIN, TOKEN.encode(), {}),
            wrong=[lambda key: ("GET", "challenge=" + markup, [], None), lambda key: ("GET", "", [], None),
                   lambda key: ("GET", "challenge=a&challenge=b", [], None),
                   lambda key: ("GET", "challenge=" + "a" * 129, [], None),
                   lambda key: ("PUT", "challenge=" + TOKEN, [], None)])

    hub = "hub.mode=%s&hub.challenge=1158201444&hub.verify_token=%s"
    return [
        echo("challenge-token"), echo("dropbox"), echo("nylas"), echo("adobe-io"),
        Shake(
            "slack", lambda key: ("POST", "", slack(key, slack_body), slack_body),
            lambda key: (200, PLAIN, TOKEN.encode(), {}), signed("slack"), KEY, needs_key=True,
            wrong=[lambda key: ("POST", "", slack(key + "x", slack_body), slack_body),
                   lambda key: ("POST", "", [], slack_body)],
            event=lambda key: ("POST", "", slack(key, slack_event), slack_event)),
        Shake(
            "microsoft-graph", lambda key: ("POST", "validationToken=" + quote(graph), [], b""),
            lambda key: (200, PLAIN, graph.encode(), {}),
            wrong=[lambda key: ("POST", "validationToken=" + markup, [], b"")],
            event=lambda key: ("POST", "", [("Content-Type", JSON)], b'{"value":[]}')),
        Shake(
            "meta", lambda key: ("GET", hub % ("subscribe", VERIFY), [], None),
            lambda key: (200, PLAIN, b"1158201444", {}), verify=True, needs_key=True,
            wrong=[lambda key: ("GET", hub % ("subscribe", VERIFY + "x"), [], None),
                   lambda key: ("GET", hub % ("unsubscribe", VERIFY), [], None),
                   lambda key: ("GET", hub % ("subscribe", ""), [], None)]),
        Shake(
            "zoom", lambda key: ("POST", "", zoom(key, zoom_body), zoom_body),
            lambda key: (200, JSON, {"plainToken": TOKEN, "encryptedToken": mac(key, TOKEN.encode())}, {}),
            signed("zoom"), KEY, needs_key=True,
            wrong=[lambda key: ("POST", "", zoom(key, zoom_oracle), zoom_oracle),
                   lambda key: ("POST", "", [], zoom_body)],
            event=lambda key: ("POST", "", zoom(key, zoom_event), zoom_event)),
        Shake(
            "x-twitter", lambda key: ("GET", "crc_token=" + TOKEN, [], None),
            lambda key: (200, JSON, {"response_token": "sha256=" + mac(key, TOKEN.encode(), "base64")}, {}),
            signed("x-twitter"), KEY, needs_key=True,
            wrong=[lambda key: ("GET", "crc_token=" + quote('{"a":1}'), [], None),
                   # What the handshake would sign for anybody is no event, though the signature is right.
                   lambda key: ("POST", "", [
                       ("Content-Type", "application/x-www-form-urlencoded"),
                       ("x-twitter-webhooks-signature", "sha256=" + mac(key, b"a=1", "base64"))], b"a=1")],
            event=lambda key: ("POST", "", [
                ("x-twitter-webhooks-signature", "sha256=" + mac(key, x_event, "base64"))], x_event)),
        Shake(
            "okta", lambda key: ("GET", "", [("X-Okta-Verification-Challenge", TOKEN)], None),
            lambda key: (200, JSON, {"verification": TOKEN}, {}),
            wrong=[lambda key: ("GET", "", [("X-Okta-Verification-Challenge", "<b>")], None),
                   lambda key: ("GET", "", [("X-Okta-Verification-Challenge", "a")] * 2, None)]),
        Shake(
            "twitch",
            lambda key: ("POST", "", twitch(key, twitch_body, "webhook_callback_verification"), twitch_body),
            lambda key: (200, PLAIN, TOKEN.encode(), {}), signed("twitch"), KEY, needs_key=True,
            wrong=[lambda key: ("POST", "", twitch(key, twitch_body, "notification"), twitch_body),
                   lambda key: ("POST", "", twitch(key + "x", twitch_body, "webhook_callback_verification"), twitch_body)],
            event=lambda key: ("POST", "", twitch(key, twitch_event, "notification"), twitch_event)),
        Shake(
            "azure-event-grid", lambda key: ("POST", "", [("aeg-event-type", "SubscriptionValidation")], compact(grid)),
            lambda key: (200, JSON, {"validationResponse": "512d38b6-c7"}, {}),
            wrong=[lambda key: ("OPTIONS", "", [("WebHook-Request-Origin", "evil.example")], None)],
            event=lambda key: ("POST", "", [], b'[{"eventType":"other"}]')),
        Shake(
            "cloudevents", lambda key: ("OPTIONS", "", [("WebHook-Request-Origin", "events.example.org")], None),
            lambda key: (200, None, b"", {
                "WebHook-Allowed-Origin": "events.example.org", "WebHook-Allowed-Rate": "120", "Allow": "POST"}),
            extra=", settings: { allowed_origin: events.example.org }",
            wrong=[lambda key: ("OPTIONS", "", [("WebHook-Request-Origin", "evil.example")], None),
                   lambda key: ("OPTIONS", "", [], None)]),
        Shake(
            "monday", lambda key: ("POST", "", [], compact({"challenge": TOKEN})),
            lambda key: (200, JSON, {"challenge": TOKEN}, {}),
            wrong=[lambda key: ("POST", "", [], compact({"challenge": "<b>"}))],
            event=lambda key: ("POST", "", [], monday_event)),
        Shake(
            "discord", lambda key: ("POST", "", discord.headers(ping), ping), lambda key: (200, JSON, {"type": 1}, {}),
            signed("discord"), discord.public, needs_key=True,
            wrong=[lambda key: ("POST", "", discord.headers(ping, wrong=True), ping)],
            event=lambda key: ("POST", "", discord.headers(discord_event), discord_event)),
        Shake(
            "xero", lambda key: ("POST", "", [("x-xero-signature", mac(key, xero_body, "base64"))], xero_body),
            lambda key: (200, None, b"", {}), signed("xero"), KEY, needs_key=True,
            wrong=[lambda key: ("POST", "", [("x-xero-signature", mac(key + "x", xero_body, "base64"))], xero_body)],
            event=lambda key: ("POST", "", [("x-xero-signature", mac(key, xero_event, "base64"))], xero_event)),
    ]


def ask(service, runbook, request):
    method, query, headers, body = request
    path = "/api/automation/" + runbook + ("?" + query if query else "")
    return service.http(method, path, body, headers, token=None)


def judge(checks, name, found, answer):
    status, kind, body, headers = answer
    right = found.status == status and found.header("Content-Type") == kind
    right = right and (found.json() == body if isinstance(body, dict) else found.body == body)
    right = right and all(found.header(key) == value for key, value in headers.items())
    right = right and found.header("X-Content-Type-Options") == "nosniff"
    right = right and found.header("Cache-Control") == "no-store"
    # Each header once: a second one is another opinion.
    names = [key.lower() for key, _ in found.headers]
    right = right and len(names) == len(set(names))
    checks.check(name, right, (found.status, found.headers, found.body))


def each(checks, service, shake):
    name = shake.profile
    before = len(service.runs())

    def refused(request):
        found = ask(service, shake.runbook, request).without_date()
        unknown = ask(service, "no-such-runbook-%s" % secrets.token_hex(4), request).without_date()
        return found == unknown and found[0] == (401 if request[0] == "POST" else 405), found

    if shake.needs_key:
        holds, found = refused(shake.request(shake.key))
        checks.check(name + ": without what must be entered, the answer of an unknown id", holds, found)
    if shake.key:
        service.must("set", shake.runbook, "auth", "key", input=shake.key)
    if shake.verify:
        service.must("set", shake.runbook, "auth", "verify_token", input=VERIFY)
    for attempt in ("answered", "answered again"):
        judge(checks, name + ": " + attempt, ask(service, shake.runbook, shake.request(shake.key)), shake.answer(shake.key))
    for number, wrong in enumerate(shake.wrong):
        holds, found = refused(wrong(shake.key))
        checks.check("%s: wrong %d, the answer of an unknown id" % (name, number + 1), holds, found)
    checks.equal(name + ": no run of all that", len(service.runs()), before)
    if shake.event:
        checks.equal(name + ": an event starts a run", ask(service, shake.runbook, shake.event(shake.key)).status, 202)
    if shake.key == KEY:
        service.must("set", shake.runbook, "auth", "key", input=SECOND_KEY)
        judge(
            checks, name + ": answered under the new key", ask(service, shake.runbook, shake.request(SECOND_KEY)),
            shake.answer(SECOND_KEY))


def asana(checks, service, folder):
    """The secret comes with the handshake, and only while somebody waits for it."""
    service.must("import", rig.write(folder, "asana.yaml", """
runbook: shake-asana
start: { public: { %s, initial_verification: { challenge: asana } } }
steps: { done: { end: success } }
""" % signed("asana")))
    key = secrets.token_hex(32)
    other = secrets.token_hex(32)

    def hook(secret):
        return ask(service, "shake-asana", ("POST", "", [("X-Hook-Secret", secret)], b"{}"))

    unknown = ask(service, "no-such", ("POST", "", [("X-Hook-Secret", key)], b"{}")).without_date()
    checks.equal("asana: not awaited, the answer of an unknown id", hook(key).without_date(), unknown)
    service.must("runbook", "await", "shake-asana")
    found = service.http("GET", "/api/runbooks/shake-asana").json()["handshake"]
    checks.equal("asana: the view says that it waits", found["awaits_key"], True)
    judge(checks, "asana: the secret comes back", hook(key), (200, None, b"", {"X-Hook-Secret": key}))
    checks.equal("asana: a second secret is refused", hook(other).without_date(), unknown)
    checks.equal("asana: and so is the first one again", hook(key).without_date(), unknown)
    body = compact({"events": [secrets.token_hex(4)]})
    checks.equal(
        "asana: an event under the secret starts a run",
        ask(service, "shake-asana", ("POST", "", [("X-Hook-Signature", mac(key, body))], body)).status, 202)
    checks.equal(
        "asana: an event under the other does not",
        ask(service, "shake-asana", ("POST", "", [("X-Hook-Signature", mac(other, body))], body)).status, 401)
    code, _, errors = service.cli("runbook", "await", "shake-asana")
    checks.check("asana: an endpoint with a key does not wait for one", code != 0 and "has a key" in errors, errors)
    for what, credential in (("a list of keys", "keys: [{ name: main }]"), ("a secret", "key: { secret: kv/asana#k }")):
        code, _, errors = service.cli("import", rig.write(folder, "closed.yaml", """
runbook: shake-closed
start: { public: { auth: signature, scheme: asana, %s, initial_verification: { challenge: asana } } }
steps: { done: { end: success } }
""" % credential))
        checks.check("asana: with %s no key could come, so that nothing is imported" % what,
                     code != 0 and "D190" in errors and "key: { sealed: true }" in errors, errors)
    service.must("import", rig.write(folder, "silent.yaml", """
runbook: shake-silent
start: { public: { auth: bearer } }
steps: { done: { end: success } }
"""))
    code, _, errors = service.cli("runbook", "await", "shake-silent")
    checks.check("await: an endpoint without a handshake is told so, and not to remove a key",
                 code != 0 and "no handshake" in errors and "--clear" not in errors, errors)
    checks.check("asana: the key is nowhere in clear", not on_disk(service, key.encode()))


def on_disk(service, needle):
    for root, _, names in os.walk(service.data):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                if needle in file.read():
                    return True
    return False


CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
NOTIFIED = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
TOPIC = "arn:aws:sns:eu-central-1:123456789012:ours"


class Notifier:
    """What AWS SNS sends, signed by a certificate of our own making."""

    def __init__(self, folder):
        self.folder = folder
        self.address = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-%s.pem" % ("ab" * 16)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path("sns.key"), "-out",
             self.path("sns.pem"), "-days", "30", "-subj", "/CN=sns.amazonaws.com"], check=True,
            stderr=subprocess.DEVNULL)
        with open(self.path("sns.pem")) as file:
            self.certificate = file.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    # As long as those of AWS, whose tokens have 224 digits.
    LINK = "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=%s&Token=%s" % (TOPIC, "2336412f" * 28)

    def request(self, kind, topic=TOPIC, link=LINK):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        message = {
            "Type": kind, "MessageId": secrets.token_hex(8), "TopicArn": topic, "Message": "hello", "Timestamp": now,
            "Token": "t1", "SubscribeURL": link}
        fields = NOTIFIED if kind == "Notification" else CONFIRMED
        with open(self.path("sns.message"), "w") as file:
            file.write("".join("%s\n%s\n" % (name, message[name]) for name in fields))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.path("sns.key"), self.path("sns.message")], check=True,
            stdout=subprocess.PIPE).stdout
        message.update({
            "SignatureVersion": "2", "Signature": base64.b64encode(signature).decode(), "SigningCertURL": self.address})
        return ("POST", "", [("x-amz-sns-message-type", kind)], compact(message))


def sns(checks, service, folder):
    """A subscription is confirmed for one topic only, and only by an address of the sender's own."""
    notifier = Notifier(folder)
    public = """
runbook: %s
start:
  public:
    auth: signature
    scheme: aws-sns-v2
%s
    initial_verification: { challenge: aws-sns, settings: { topic_arn: "%s" } }
steps: { done: { end: success } }
"""
    pinned = "    keys: [ { name: pinned, key: { sealed: true }, url: '%s' } ]" % notifier.address
    service.must("import", rig.write(folder, "sns.yaml", public % ("shake-sns", pinned, TOPIC)))
    service.must("import", rig.write(folder, "fetched.yaml", public % ("shake-fetched", "    fetch_keys: true", TOPIC)))
    service.must("set", "shake-sns", "auth", "pinned", input=notifier.certificate)
    unknown = ask(service, "no-such", notifier.request("Notification")).without_date()
    checks.equal("sns: a notification of the topic starts a run",
                 ask(service, "shake-sns", notifier.request("Notification")).status, 202)
    checks.equal("sns: one of another topic, signed as well, does not", ask(
        service, "shake-sns", notifier.request("Notification", topic=TOPIC + "x")).without_date(), unknown)
    method, query, headers, body = notifier.request("Notification")
    more = json.dumps(dict(json.loads(body), MessageAttributes={"role": {"Type": "String", "Value": "admin"}}))
    answer = ask(service, "shake-sns", (method, query, headers, more.encode()))
    run = answer.json()["run_id"]
    checks.equal("sns: a notification with a field that nobody signed is the one without it", answer.status, 202)
    checks.check("sns: and that field reaches no run", b"MessageAttributes" not in json.dumps(service.log(run)).encode())
    code, _, errors = service.cli("import", rig.write(folder, "open.yaml", """runbook: shake-open
start: { public: { auth: signature, scheme: aws-sns-v2, fetch_keys: true } }
steps: { a: { end: success } }
"""))
    checks.check("sns: an endpoint that does not say its topic is refused, with what to add",
                 code != 0 and "topic_arn" in errors)
    before = len(service.runs())
    for name, request, reason in [
        ("a confirmation of another topic", notifier.request("SubscriptionConfirmation", topic=TOPIC + "x"),
         "expectation-failed"),
        ("a link to another host", notifier.request("SubscriptionConfirmation", link="https://evil.example/?Action=ConfirmSubscription&a"),
         "challenge-malformed"),
        ("a link to an address inside", notifier.request("SubscriptionConfirmation", link="https://169.254.169.254/"),
         "challenge-malformed"),
        ("a link that nobody answers here", notifier.request("SubscriptionConfirmation"), "challenge-not-followed"),
    ]:
        was = counted(service, reason)
        checks.equal("sns: %s, the answer of an unknown id" % name,
                     ask(service, "shake-sns", request).without_date(), unknown)
        checks.equal("sns: it is counted as " + reason, counted(service, reason), was + 1)
    checks.equal("sns: no run of all that", len(service.runs()), before)
    began = time.monotonic()
    for _ in range(20):
        found = ask(service, "shake-fetched", notifier.request("Notification")).without_date()
        if found != unknown:
            break
    checks.equal("sns: a certificate that cannot be fetched, the answer of an unknown id", found, unknown)
    checks.check("sns: and it is not tried each time", time.monotonic() - began < 15)


def counted(service, reason):
    text = service.http("GET", "/metrics").body.decode()
    found = [line for line in text.splitlines() if line.startswith('chancery_refusals_total{reason="%s"}' % reason)]
    return int(found[0].split()[-1]) if found else 0


def own(checks, service, folder):
    """A profile that the runbook holds itself."""
    service.must("import", rig.write(folder, "own.yaml", """
runbook: shake-own
start:
  public:
    auth: signature
    scheme: github
    key: { sealed: true }
    initial_verification:
      profile:
        method: PUT
        expect: [{in: header, name: X-Mode, equals: "mode-{flavour}"}]
        settings: {flavour: "[a-z]{1,16}"}
        token: {in: header, name: X-Ask, pattern: "[a-z0-9]{1,32}"}
        mac: {hash: sha512, encoding: base64}
        answer: {status: 201, headers: {X-Said: "{token}"}, json: {n: 7, proof: "p={mac}"}}
      settings: { flavour: mint }
steps: { done: { end: success } }
"""))
    service.must("set", "shake-own", "auth", "key", input=KEY)
    found = ask(service, "shake-own", ("PUT", "", [("X-Mode", "mode-mint"), ("X-Ask", "abc")], None))
    proof = base64.b64encode(hmac.new(KEY.encode(), b"abc", hashlib.sha512).digest()).decode()
    judge(checks, "own: answered", found, (201, JSON, {"n": 7, "proof": "p=" + proof}, {"X-Said": "abc"}))
    wrong = ask(service, "shake-own", ("PUT", "", [("X-Mode", "mode-mild"), ("X-Ask", "abc")], None))
    checks.equal("own: another mode is refused", wrong.status, 405)
    checks.equal("own: the view names it", service.http("GET", "/api/runbooks/shake-own").json()["handshake"], {
        "profile": "own", "other_methods": ["PUT"], "awaits_key": False})


def shared(checks, service, folder):
    """What one endpoint signs for anybody proves nothing at another one that has the same secret."""
    apart = secrets.token_hex(20)
    document = "runbook: %s\nstart: { public: { auth: signature, scheme: x-twitter, key: { secret: kv/x#key }%s } }\n" \
        "steps: { done: { end: success } }\n"
    service.must("kv", "put", "kv/x", "key=" + KEY)
    service.must("kv", "put", "kv/y", "key=" + apart)
    for name, more in (("x-shakes", ", initial_verification: { challenge: x-twitter }"), ("x-events", ""), ("x-apart", "")):
        text = document % (name, more)
        text = text.replace("kv/x#", "kv/y#") if name == "x-apart" else text
        service.must("import", rig.write(folder, name + ".yaml", text))
    asked = ask(service, "x-shakes", ("GET", "crc_token=123", [], None))
    signature = json.loads(asked.body)["response_token"]

    def event(name, body, signature):
        headers = [("Content-Type", "application/json"), ("x-twitter-webhooks-signature", signature)]
        return ask(service, name, ("POST", "", headers, body)).status

    checks.equal("shared: what was signed for anybody starts nothing, here and there",
                 [event("x-shakes", b"123", signature), event("x-events", b"123", signature)], [401, 401])
    body = b'{"n":1,"why":"no token looks like this"}'
    checks.equal("shared: an event is let in", event("x-events", body, "sha256=" + mac(KEY, body, "base64")), 202)
    checks.equal("shared: a secret of its own is not concerned",
                 event("x-apart", b"123", "sha256=" + mac(apart, b"123", "base64")), 202)
    notes = service.http("GET", "/api/runbooks/x-events").json().get("endpoint_notes", [])
    checks.check("shared: the authors are told", any("x-shakes" in note for note in notes), notes)


def keyless(checks, service, folder):
    """An endpoint that can let nobody in says what is missing."""
    document = "runbook: keyless\nstart: { public: { auth: signature, scheme: github, key: %s } }\nsteps: { done: { end: success } }\n"
    for key, words in (("{ sealed: true }", "chancery set keyless auth key"), ("{ secret: kv/none#k }", "chancery kv put kv/none k=-")):
        into = ["--into", "keyless"] if "none" in key else []
        service.must("import", *into, rig.write(folder, "keyless.yaml", document % key))
        notes = service.http("GET", "/api/runbooks/keyless").json().get("endpoint_notes", [])
        checks.check("keyless: " + words, any(words in note for note in notes), notes)
    service.must("kv", "put", "kv/none", "k=" + KEY)
    service.must("grant", "keyless")
    notes = service.http("GET", "/api/runbooks/keyless").json().get("endpoint_notes", [])
    checks.check("keyless: nothing is said of a key that is there", not any("cannot be used" in note for note in notes), notes)


def refusals(checks, service, folder):
    """Documents that ask for a handshake that cannot be."""
    for text, words in [
        ("auth: none, initial_verification: { challenge: slak }", "did you mean `slack`?"),
        ("auth: none, initial_verification: { challenge: slack }", "the endpoint's own must be slack"),
        ("auth: none, initial_verification: { challenge: meta }", "needs `verify_token`"),
        ("auth: none, initial_verification: { challenge: cloudevents }", "allowed_origin"),
        ("auth: none, initial_verification: { profile: { method: GET, answer: { text: '{token}' } } }", "a token that"),
    ]:
        document = "runbook: shake-bad\nstart: { public: { %s } }\nsteps: { done: { end: success } }\n" % text
        code, output, errors = service.cli("import", rig.write(folder, "bad.yaml", document))
        checks.check("refused on import: " + words, code != 0 and words in output + errors, output + errors)


def flood(checks, service):
    """Whoever asks without end gets answers with an end."""
    answers = [
        ask(service, "shake-dropbox", ("GET", "challenge=" + TOKEN, [], None)).status for _ in range(90)]
    checks.check(
        "a flood of handshakes is answered with 405 in the end", answers[0] == 200 and answers[-1] == 405,
        answers.count(200))
    checks.check("about one a second is", 40 <= answers.count(200) <= 75, answers.count(200))


def run(checks, binary, folder):
    service = rig.Service(binary, folder).start()
    table = shakes(folder)
    for shake in table:
        service.must("import", rig.write(folder, shake.profile + ".yaml", shake.document()))
    for shake in table:
        each(checks, service, shake)
    asana(checks, service, folder)
    sns(checks, service, folder)
    own(checks, service, folder)
    shared(checks, service, folder)
    keyless(checks, service, folder)
    refusals(checks, service, folder)
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"):
        found = ask(service, "shake-monday", (method, "", [], None))
        checks.equal("a runbook without a handshake by %s: 405, Allow: POST" % method,
                     (found.status, found.header("Allow")), (405, "POST"))
    flood(checks, service)
    metrics = service.http("GET", "/metrics").body.decode()
    checks.check("metrics count answers by profile", 'chancery_handshakes_total{profile="meta"} 2' in metrics, metrics)
    checks.check("and refusals by reason", 'chancery_refusals_total{reason="challenge-wrong"}' in metrics, metrics)
    text = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("each answer is in the ledger as a handshake", text.count('"handshake"') >= 40, text.count('"handshake"'))
    for secret in (KEY, SECOND_KEY, VERIFY, TOKEN):
        checks.check("nothing entered or sent is in the ledger or on disk", secret not in text and not on_disk(
            service, secret.encode()))
        checks.check("nor in what the service said", secret not in service.said())
    before = service.http("GET", "/api/runbooks/shake-meta").json()["handshake"]
    checks.equal("the view names the profile", before, {
        "profile": "meta", "other_methods": ["GET"], "awaits_key": False})
    service.stop()
    service = rig.Service(binary, folder, data=service.data).start()
    meta = [shake for shake in table if shake.profile == "meta"][0]
    judge(checks, "answered after a restart", ask(service, meta.runbook, meta.request(None)), meta.answer(None))


rig.main(run)
