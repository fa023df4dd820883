#!/usr/bin/env python3
"""Senders that have us fetch: certificates of Amazon SNS and PayPal, and the link that confirms a subscription, all the way
through name, connection, TLS and chain, by the real binary.

It runs in namespaces of its own, where the senders' names lead to an address of this process and one certificate
authority of its own is the system's only one. Where the system allows no namespaces, it says so and skips.

    python3 Tests/Black/fetching.py BINARY
"""

import base64
import datetime
import http.server
import json
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import threading
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

INSIDE = "CHANCERY_TEST_NAMESPACE"
# An address of the sender's own network; nothing leaves the namespace.
ADDRESS = "52.94.5.10"
SNS, PAYPAL = "sns.eu-central-1.amazonaws.com", "api.paypal.com"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:ours"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
HOOK = "8PT597110X687430LKGECATA"

DOCUMENTS = """
runbook: sns
start:
  public:
    auth: signature
    scheme: aws-sns-v2
    fetch_keys: true
    initial_verification: { challenge: aws-sns, settings: { topic_arn: "%s" } }
steps: { done: { end: success } }
---
runbook: paypal
start: { public: { auth: signature, scheme: paypal, fetch_keys: true, settings: { webhook_id: %s } } }
steps: { done: { end: success } }
""" % (TOPIC, HOOK)


def openssl(*arguments, input=None):
    return subprocess.run(("openssl",) + arguments, input=input, capture_output=True, check=True).stdout


class Authority:
    """A root, and what it signs."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.certificate = self.path(name + ".pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.path(name + ".key"), "-out",
                self.certificate, "-days", "30", "-subj", "/CN=%s of these tests" % name)

    def path(self, name):
        return os.path.join(self.folder, name)

    def issue(self, host, name):
        """(path of the certificate with its root behind it, path of the key)"""
        key, request, found = (self.path(name + end) for end in (".key", ".csr", ".pem"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=" + host)
        extension = rig.write(self.folder, name + ".ext", "subjectAltName=DNS:%s\n" % host)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.path(self.name + ".key"),
                "-CAcreateserial", "-days", "20", "-extfile", extension, "-out", found)
        with open(found, "a") as chain, open(self.certificate) as root:
            chain.write(root.read())
        return found, key


class Sender:
    """Serves files at port 443 of the address, each name with its own certificate, and remembers what was asked."""

    def __init__(self, certificates):
        self.files, self.asked, self.lock = {}, [], threading.Lock()
        sender = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                place = (self.headers["Host"], self.path)
                with sender.lock:
                    sender.asked.append((place, sorted(name.lower() for name in self.headers)))
                content = sender.files.get(place)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_):
                pass

        contexts = {}
        for host, (certificate, key) in certificates.items():
            contexts[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            contexts[host].load_cert_chain(certificate, key)
        self.contexts = contexts
        front = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        front.load_cert_chain(*next(iter(certificates.values())))

        def choose(connection, name, _):
            if name in self.contexts:
                connection.context = self.contexts[name]

        front.sni_callback = choose
        self.server = http.server.ThreadingHTTPServer((ADDRESS, 443), Handler)
        self.server.socket = front.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def count(self, host, path):
        with self.lock:
            return sum(1 for place, _ in self.asked if place == (host, path))


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def signed(folder, key, text):
    path = rig.write(folder, "message", text)
    return base64.b64encode(openssl("dgst", "-sha256", "-sign", key, path)).decode()


def notification(folder, key, certificate, kind="Notification", topic=TOPIC, link=""):
    message = {"Type": kind, "MessageId": secrets.token_hex(8), "TopicArn": topic, "Message": "hello", "Timestamp": now(),
               "Token": "t1", "SubscribeURL": link}
    names = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    names = [name for name in names if kind != "Notification" or name not in ("SubscribeURL", "Token")]
    signature = signed(folder, key, "".join("%s\n%s\n" % (name, message[name]) for name in names))
    message.update({"SignatureVersion": "2", "Signature": signature, "SigningCertURL": certificate})
    return json.dumps(message).encode(), [("x-amz-sns-message-type", kind), ("Content-Type", "text/plain; charset=UTF-8")]


def amazon(checks, service, folder, sender, ours):
    path = "/SimpleNotificationService-%s.pem" % secrets.token_hex(16)
    certificate, key = ours.issue("sns.amazonaws.com", "signer")
    with open(certificate, "rb") as file:
        sender.files[(SNS, path)] = file.read()
    address = "https://%s%s" % (SNS, path)

    def send(content, headers):
        # A body of JSON under another type: as SNS sends it.
        headers = [("Content-Type", "application/json") if name == "Content-Type" else (name, value) for name, value in headers]
        return service.http("POST", "/api/automation/sns", content, headers, token=None)

    first = send(*notification(folder, key, address))
    checks.equal("sns: the certificate is fetched, and the notification starts a run", first.status, 202)
    found = [send(*notification(folder, key, address)).status for _ in range(5)]
    checks.equal("sns: further ones are let in by the same certificate", found, [202] * 5)
    checks.equal("sns: which was fetched once", sender.count(SNS, path), 1)
    asked = [names for place, names in sender.asked if place == (SNS, path)][0]
    checks.check("sns: nothing of ours was sent for it", not {"authorization", "cookie", "x-vault-token"} & set(asked), asked)
    forged, headers = notification(folder, key, address)
    checks.equal("sns: a changed message is refused", send(forged.replace(b"hello", b"hallo"), headers).status, 401)

    link = "/?Action=ConfirmSubscription&TopicArn=%s&Token=%s" % (TOPIC, secrets.token_hex(8))
    sender.files[(SNS, link)] = b"<ConfirmSubscriptionResponse/>"
    before = len(service.runs())
    answer = send(*notification(folder, key, address, "SubscriptionConfirmation", link="https://" + SNS + link))
    checks.equal("sns: a subscription is confirmed", (answer.status, answer.body), (200, b""))
    checks.equal("sns: by calling its link, once", sender.count(SNS, link), 1)
    checks.equal("sns: and no run starts", len(service.runs()), before)
    metrics = service.http("GET", "/metrics").body.decode()
    checks.check("sns: it is counted", 'chancery_handshakes_total{profile="aws-sns"} 1' in metrics, metrics)
    other = "/?Action=ConfirmSubscription&Token=other"
    sender.files[(SNS, other)] = b""
    answer = send(*notification(folder, key, address, "SubscriptionConfirmation", topic=TOPIC + "x", link="https://" + SNS + other))
    checks.equal("sns: another topic's is not", (answer.status, sender.count(SNS, other)), (401, 0))
    lost = "/?Action=ConfirmSubscription&Token=lost"
    answer = send(*notification(folder, key, address, "SubscriptionConfirmation", link="https://" + SNS + lost))
    checks.equal("sns: nor one whose link does not answer", (answer.status, sender.count(SNS, lost) > 0), (401, True))
    missing = "https://%s/SimpleNotificationService-%s.pem" % (SNS, "0" * 32)
    checks.equal("sns: a certificate that is not there lets nobody in", send(*notification(folder, key, missing)).status, 401)


def paypal(checks, service, folder, sender, ours, others):
    def send(chain, key, path):
        sender.files[(PAYPAL, path)] = chain
        body = json.dumps({"id": secrets.token_hex(6)}).encode()
        identifier, at = secrets.token_hex(8), now()
        text = "%s|%s|%s|%d" % (identifier, at, HOOK, zlib.crc32(body))
        headers = [
            ("PAYPAL-TRANSMISSION-SIG", signed(folder, key, text)), ("PAYPAL-TRANSMISSION-ID", identifier),
            ("PAYPAL-TRANSMISSION-TIME", at), ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
            ("PAYPAL-CERT-URL", "https://%s%s" % (PAYPAL, path)), ("Content-Type", "application/json")]
        return service.http("POST", "/api/automation/paypal", body, headers, token=None).status

    subject = "messageverificationcerts.paypal.com"
    for name, authority, host, status in (
        ("by a root that the system trusts", ours, subject, 202), ("by another root", others, subject, 401),
        ("for another name", ours, "api.paypal.com", 401),
    ):
        certificate, key = authority.issue(host, "paypal-" + secrets.token_hex(4))
        with open(certificate, "rb") as file:
            found = send(file.read(), key, "/v1/notifications/certs/CERT-" + secrets.token_hex(8))
        checks.equal("paypal: a certificate %s: its status" % name, found, status)


def run(checks, binary, folder):
    ours, others = Authority(folder, "ours"), Authority(folder, "others")
    hosts = rig.write(folder, "hosts", "127.0.0.1 localhost\n%s %s %s\n" % (ADDRESS, SNS, PAYPAL))
    for source, place in ((hosts, "/etc/hosts"), (ours.certificate, os.path.realpath(BUNDLE))):
        subprocess.run(["mount", "--bind", source, place], check=True)
    for words in (["link", "set", "lo", "up"], ["addr", "add", ADDRESS + "/32", "dev", "lo"]):
        subprocess.run(["ip"] + words, check=True)
    sender = Sender({host: ours.issue(host, host) for host in (SNS, PAYPAL)})
    service = rig.Service(binary, folder, arguments=("--dev", "--public-url", "http://hooks.test")).start()
    service.must("import", rig.write(folder, "d.yaml", DOCUMENTS))
    amazon(checks, service, folder, sender, ours)
    paypal(checks, service, folder, sender, ours, others)
    # The same names, when somebody else answers there.
    sender.contexts[SNS].load_cert_chain(*others.issue(SNS, "impostor"))
    path = "/SimpleNotificationService-%s.pem" % secrets.token_hex(16)
    certificate, key = others.issue("sns.amazonaws.com", "forger")
    with open(certificate, "rb") as file:
        sender.files[(SNS, path)] = file.read()
    content, headers = notification(folder, key, "https://%s%s" % (SNS, path))
    found = service.http("POST", "/api/automation/sns", content, headers, token=None).status
    checks.equal("who answers in the sender's place without its certificate is not believed",
                 (found, sender.count(SNS, path)), (401, 0))
    checks.equal("the service ends in good order", service.stop(), 0)


def enter():
    """Goes on in namespaces of its own, or says why not."""
    words = ["unshare", "--mount", "--net"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    lacking = [tool for tool in ("unshare", "ip", "mount") if shutil.which(tool) is None]
    if not os.path.exists(BUNDLE):
        lacking.append(BUNDLE)
    if lacking or subprocess.run(words + ["true"], capture_output=True).returncode != 0:
        print("skip   fetching: %s" % ("no " + ", ".join(lacking) if lacking else "the system allows no namespaces"))
        print("0 passed, 0 failed")
        sys.exit(0)
    os.execvpe("unshare", words + [sys.executable] + sys.argv, dict(os.environ, **{INSIDE: "1"}))


if os.environ.get(INSIDE) == "1":
    rig.main(run)
enter()
