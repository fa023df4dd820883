#!/usr/bin/env python3
"""Mails of failed runs, against a real SMTP server: what arrives, what never leaves in clear, what is tried again.

    python3 Tests/Black/mail.py BINARY
"""

import base64
import email
import email.policy
import os
import socket
import ssl
import subprocess
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import rig

USER = "bot@example.org"
PASSWORD = "Mail-Password-7f31ä"
SERVER_TEXT = "SERVERTEXT-51e0"

INTEGRATION = """
integration: other
base_url: %s
methods:
  call: { request: POST /work, outputs: { got: response^ok }, body: { json: '{"a": 1}' } }
"""

TEMPLATE = """
template: failed
subject: "Failed: $-RUNBOOKNAME $-RUNBOOKNOTES"
text: |
  $-RUNBOOKID of $-RUNBOOKGROUPNAME, logs for $-RUNBOOKLOGRETENTIONDAYS days
  .
  $-RUNBOOKNOTES
html: "<p title='$-RUNBOOKNOTES'>$-RUNBOOKID</p>"
"""

NOTES = "<script>alert('x')</script> $-RUNBOOKID\\r\\n.\\r\\nMAIL FROM:<evil@example.org>\\r\\n"
NAME = "evil Bcc: victim@example.org ü €😀 =?UTF-8?Q?x?= and a name that is longer than one encoded word can be"

RUNBOOK = """
runbook: %s
name: "%s"
notes: "%s"
group: desk
on_failure: { email: { to: %s, template: %s } }
steps:
  work: { method: other/call, then: done, else: failed }
  done: { end: success }
  failed: { end: failure }
"""


class MailServer:
    """One thread a connection. What it does next is set from outside."""

    def __init__(self, folder, implicit=False):
        self.implicit = implicit
        self.offers_tls = True
        self.mechanisms = "PLAIN LOGIN"
        self.recipient_codes = []
        # What is said when a mail is over, and then the connection closes; None says nothing.
        self.verdicts = []
        self.injects = False
        self.hangs = False
        self.mails = []
        self.clear = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.use(folder, "server")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def use(self, folder, name):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key"))

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.guarded, args=(connection,), daemon=True).start()

    def guarded(self, connection):
        try:
            connection.settimeout(90)
            if self.implicit:
                connection = self.context.wrap_socket(connection, server_side=True)
            self.serve(connection, self.implicit)
        except (OSError, ValueError, EOFError):
            pass
        finally:
            connection.close()

    def serve(self, connection, secure):
        stream = connection.makefile("rb")

        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        def line():
            read = stream.readline()
            if not read.endswith(b"\r\n"):
                raise EOFError
            if not secure:
                self.clear.append(read)
            return read[:-2].decode()

        if not secure or self.implicit:
            say("220-%s\r\n220 ready" % SERVER_TEXT)
        sender = recipient = user = None
        while True:
            command = line()
            word = command.split(" ")[0].upper()
            if word == "EHLO":
                lines = ["here", "SIZE 1000000"]
                if self.offers_tls and not secure:
                    lines.append("STARTTLS")
                if secure:
                    lines.append("AUTH " + self.mechanisms)
                say("\r\n".join("250%s%s" % ("-" if at + 1 < len(lines) else " ", text) for at, text in enumerate(lines)))
            elif word == "STARTTLS":
                if self.injects:
                    connection.sendall(b"220 go\r\n250 AUTH PLAIN\r\n")
                    line()
                    continue
                say("220 go")
                self.serve(self.context.wrap_socket(connection, server_side=True), True)
                return
            elif word == "AUTH":
                if command.startswith("AUTH PLAIN "):
                    _, name, password = base64.b64decode(command[11:]).decode().split("\0")
                else:
                    say("334 VXNlcm5hbWU6")
                    name = base64.b64decode(line()).decode()
                    say("334 UGFzc3dvcmQ6")
                    password = base64.b64decode(line()).decode()
                user = name if (name, password) == (USER, PASSWORD) else None
                say("235 ok" if user else "535 %s no" % SERVER_TEXT)
            elif word == "MAIL":
                sender = command
                say("250 ok")
            elif word == "RCPT":
                recipient = command
                say("%d %s" % (self.recipient_codes.pop(0), SERVER_TEXT) if self.recipient_codes else "250 ok")
            elif word == "DATA":
                say("354 go")
                data = b""
                while True:
                    read = stream.readline()
                    if not read.endswith(b"\r\n"):
                        raise EOFError
                    if read == b".\r\n":
                        break
                    data += read[1:] if read.startswith(b".") else read
                self.mails.append((sender, recipient, user, data))
                if self.verdicts:
                    verdict = self.verdicts.pop(0)
                    if verdict:
                        connection.sendall(verdict)
                    stream.close()
                    connection.close()
                    return
                if self.hangs:
                    stream.read()
                    return
                say("250 taken")
            elif word == "QUIT":
                say("221 bye")
                return
            else:
                say("500 what")


class Patience:
    """Commands that wait for others longer than a minute, at a service of their own, beside everything else."""

    def __init__(self, binary, folder):
        self.silent = socket.create_server(("127.0.0.1", 0))
        self.came, self.told = threading.Event(), threading.Event()
        self.upstream = rig.Upstream(self.answer)
        place = "127.0.0.1:%d" % self.silent.getsockname()[1]
        self.service = rig.Service(
            binary, folder, data=os.path.join(folder, "patient"), allow=(place, self.upstream.place)).start()
        self.service.must("mail", "set", "--host", "127.0.0.1", "--port", place.split(":")[1], "--tls", "starttls",
                          "--from", "a@example.org")
        self.service.must("import", rig.write(
            folder, "slow.yaml", "integration: slow\nbase_url: http://%s\nmethods:\n  call: { request: POST /slow, timeout: 2m }\n"
            % self.upstream.place))
        self.ended = {}
        self.threads = [self.begin("test", "slow/call")]
        self.came.wait(30)
        # The service's own limit for a mail is a minute: the call, which began before, is answered when that is over.
        self.threads.append(self.begin("mail", "test", "soc@example.org"))

    def answer(self, _received):
        self.came.set()
        self.told.wait(110)
        return 200, {"ok": True}

    def begin(self, *arguments):
        def work():
            environment = dict(
                os.environ, CHANCERY_ADDR=self.service.url, CHANCERY_TOKEN=self.service.token, NO_COLOR="1",
                HOME=self.service.home)
            self.ended[arguments[0]] = rig.command(self.service.binary, *arguments, environment=environment, seconds=170)
            if arguments[0] == "mail":
                self.told.set()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def check(self, checks):
        for thread in self.threads:
            thread.join()
        code, output, errors = self.ended["test"]
        checks.check("a call of more than a minute is waited for", code == 0 and "status 200" in output, output + errors)
        checks.equal("it was made once", len(self.upstream.received), 1)
        code, _, errors = self.ended["mail"]
        checks.check("a mail server that says nothing is told of by the service", code == 1 and "took too long" in errors, errors)
        self.service.stop()
        self.upstream.stop()
        self.silent.close()


def unsure(checks, service):
    """A service that hangs up: what may have had an effect is not to be given once more just so."""
    def accept(listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            # All of the request, so that the end is no reset.
            stream = connection.makefile("rb")
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            stream.read(length)
            stream.close()
            connection.close()

    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    url = "http://127.0.0.1:%d" % listener.getsockname()[1]
    code, _, errors = service.cli("test", "other/call", "--address", url)
    checks.check("a test that lost its answer does not say to try again",
                 code == 3 and "Try again" not in errors and "all the same" in errors, errors)
    code, _, errors = service.cli("mail", "show", "--address", url)
    checks.check("what only reads does", code == 3 and "Try again" in errors, errors)
    listener.close()


def certificates(folder):
    def openssl(*arguments):
        subprocess.run(("openssl",) + arguments, cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Test CA",
            "-keyout", "ca.key", "-out", "ca.pem")
    for name, names in (("server", "DNS:localhost,IP:127.0.0.1"), ("other", "DNS:other.example,IP:127.0.0.2"),
                        ("address", "IP:127.0.0.1")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=mail", "-keyout", name + ".key", "-out", name + ".csr")
        rig.write(folder, name + ".ext", "subjectAltName=" + names)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-days", "30", "-extfile", name + ".ext", "-out", name + ".pem")


def run(checks, binary, folder):
    certificates(folder)
    upstream = rig.Upstream(lambda received: (500, {"ok": False}))
    server, implicit = MailServer(folder), MailServer(folder, implicit=True)
    places = ["127.0.0.1:%d" % port for port in (upstream.port, server.port, implicit.port)]
    service = rig.Service(binary, folder, allow=tuple(places + ["localhost:%d" % server.port])).start()
    ca = os.path.join(folder, "ca.pem")
    patience = Patience(binary, folder)

    def mail_set(*more, port=None, password=PASSWORD, tls="starttls", user=USER, host="127.0.0.1"):
        arguments = ["mail", "set", "--host", host, "--port", str(port or server.port), "--tls", tls, "--from",
                     "chancery@example.org", *more]
        if user:
            arguments += ["--user", user]
        return service.cli(*arguments, input=password + "\n" if password else "")

    def outbox(**query):
        path = "/api/outbox?limit=500" + "".join("&%s=%s" % pair for pair in query.items())
        return [item for item in service.http("GET", path).json()["items"] if item["action"] == "mail"]

    def item(run):
        return [one for one in outbox() if one["run_id"] == run][0]

    def fail(name="shaky"):
        identifier = service.must("start", name).split("started run ")[1].split()[0]
        checks.equal("the run ends", service.ended(identifier).get("state"), "failed")
        return identifier

    def tried(run, state, attempts=1):
        rig.eventually(lambda: item(run)["state"] == state and item(run)["attempts"] >= attempts, 20)
        return item(run)["state"], item(run)["problem"]

    # Documents.
    code, output, errors = service.cli("check", rig.write(folder, "bad.yaml", TEMPLATE.replace("$-RUNBOOKID of", "$-RUNBOKID of")))
    checks.check("an unknown variable is refused by name", code == 1 and "$-RUNBOKID" in output + errors
                 and "did you mean `$-RUNBOOKID`?" in output + errors, output + errors)
    service.must("import", rig.write(folder, "other.yaml", INTEGRATION % ("http://127.0.0.1:%d" % upstream.port)))
    warned = service.cli("import", rig.write(folder, "shaky.yaml", RUNBOOK % ("shaky", NAME, NOTES, "soc@example.org", "failed")))
    checks.check("a template that is not there is a warning", warned[0] == 0 and "template" in warned[1] + warned[2], warned)
    service.must("import", rig.write(folder, "failed.yaml", TEMPLATE))
    service.must("import", rig.write(folder, "person.yaml", RUNBOOK % ("person", "Person", "n", "ana", "failed")))
    service.must("import", rig.write(folder, "lost.yaml", RUNBOOK % ("lost", "Lost", "n", "nobody-here", "failed")))
    service.must("user", "put", "ana", "--policy", "log-viewer", "--email", "ana@example.org", input="a good password\n")
    checks.check("templates are listed and shown", "Failed: $-RUNBOOKNAME" in service.must("templates")
                 and '"subject"' in service.must("templates", "failed"))
    exported = service.must("export", "shaky")
    checks.check("a runbook is exported with its template", '"template": "failed"' in exported, exported)

    # Without a server it waits.
    first = fail()
    checks.equal("a mail without a server waits", tried(first, "waiting"), ("waiting", "no-mail-server"))
    for arguments in (("show",), ("test", "soc@example.org"), ("delete",)):
        code, _, errors = service.cli("mail", *arguments)
        checks.check("without a server each command says how to name one", code == 1 and "chancery mail set" in errors, errors)
    code, _, errors = service.cli("outbox", "retry", item(first)["id"])
    checks.check("what waits is not retried, and says what it waits for",
                 code == 1 and "waits for a mail server" in errors and "chancery mail set" in errors, errors)
    unsure(checks, service)

    # Settings.
    code, _, errors = mail_set(tls="none", user=None, host="mail.example.org", port=25)
    checks.check("in clear only on this machine", code != 0 and "machine" in errors, errors)
    code, _, errors = mail_set(tls="none")
    checks.check("nobody logs in in clear", code != 0 and "clear" in errors, errors)
    checks.check("what was refused is not there", service.cli("mail", "show")[0] == 1)

    # A password that is wrong: final, with the code alone.
    checks.equal("set with a wrong password", mail_set("--trust", ca, password="wrong")[0], 0)
    checks.equal("a wrong password is final", tried(first, "failed"), ("failed", "reply 535 to authentication"))
    checks.equal("the test says so", service.cli("mail", "test", "soc@example.org")[0], 1)
    checks.equal("nothing was taken", server.mails, [])
    checks.equal("set with the right one", mail_set("--trust", ca)[0], 0)
    service.must("mail", "test", "soc@example.org")
    service.must("outbox", "retry", item(first)["id"])
    checks.equal("it is sent", tried(first, "done"), ("done", None))
    checks.equal("two mails came", len(server.mails), 2)
    sender, recipient, user, data = server.mails[-1]
    checks.equal("the envelope", (sender, recipient, user),
                 ("MAIL FROM:<chancery@example.org>", "RCPT TO:<soc@example.org>", USER))
    checks.check("lines are short, ASCII and end alike",
                 data.isascii() and b"\r" not in data.replace(b"\r\n", b"") and b"\n" not in data.replace(b"\r\n", b"")
                 and max(map(len, data.split(b"\r\n"))) <= 78)
    parsed = email.message_from_bytes(data, policy=email.policy.default)
    checks.equal("no defects", (list(parsed.defects), [list(part.defects) for part in parsed.iter_parts()]), ([], [[], []]))
    checks.equal("its headers", sorted(parsed.keys()), sorted(
        ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]))
    # A name has no line breaks; notes have some, with what would be headers of their own.
    subject = "Failed: %s %s" % (NAME, NOTES.replace("\\r\\n", ""))
    checks.equal("the subject is one line", parsed["Subject"], subject)
    text = parsed.get_body(("plain",)).get_content().replace("\r\n", "\n")
    notes = NOTES.replace("\\r\\n", "\n")
    checks.equal("the text", text, "shaky of desk, logs for 30 days\n.\n%s\n" % notes)
    html = parsed.get_body(("html",)).get_content()
    checks.check("the html is escaped", "<script>" not in html and "&lt;script&gt;alert(&#39;x&#39;)" in html
                 and html.startswith("<p title='") and html.rstrip().endswith("'>shaky</p>"), html)
    checks.equal("its type", (parsed.get_content_type(), parsed["To"], parsed["From"]),
                 ("multipart/alternative", "soc@example.org", "chancery@example.org"))
    checks.equal("nothing but EHLO and STARTTLS went in clear",
                 {line.split()[0] for line in server.clear}, {b"EHLO", b"STARTTLS"})

    # Recipients.
    second = fail("person")
    checks.equal("a login gets its mail", tried(second, "done"), ("done", None))
    checks.equal("at its address", server.mails[-1][1], "RCPT TO:<ana@example.org>")
    checks.equal("a login that is not there", tried(fail("lost"), "failed"), ("failed", "no-address"))

    # Codes.
    server.recipient_codes = [451]
    third = fail()
    checks.equal("4xx is tried again", tried(third, "pending"), ("pending", "reply 451 to recipient"))
    service.must("outbox", "retry", item(third)["id"])
    checks.equal("and is sent then", tried(third, "done"), ("done", None))
    server.recipient_codes = [550]
    checks.equal("5xx is final", tried(fail(), "failed"), ("failed", "reply 550 to recipient"))

    # What the server says when the mail is over: once it has taken it, nothing counts that follows.
    count = len(server.mails)
    server.verdicts = [b"250 taken\r\n421 closing\r\n"]
    checks.equal("a mail that was taken is done", tried(fail(), "done"), ("done", None))
    server.verdicts = [b"251 taken\r\n"]
    checks.equal("with any code of 2xx", tried(fail(), "done"), ("done", None))
    checks.equal("each came once", len(server.mails) - count, 2)
    server.verdicts = [None]
    code, _, errors = service.cli("mail", "test", "soc@example.org")
    checks.check("of a connection that ends before it, nobody says that nothing was sent",
                 code == 1 and "it may arrive" in errors and "not sent" not in errors and "not reached" not in errors, errors)

    # A template that is not there when a mail is sent.
    code, output, errors = service.cli(
        "import", rig.write(folder, "bare.yaml", RUNBOOK % ("bare", "Bare", "n", "soc@example.org", "late")))
    checks.check("the import says what becomes of the mail", code == 0 and "no-template" in output + errors
                 and "chancery outbox retry" in output + errors, output + errors)
    bare = fail("bare")
    checks.equal("without its template a mail fails for good", tried(bare, "failed"), ("failed", "no-template"))
    service.must("import", rig.write(folder, "late.yaml", "template: late\nsubject: A\ntext: B\n"))
    service.must("outbox", "retry", item(bare)["id"])
    checks.equal("a retry sends it when there is one", tried(bare, "done"), ("done", None))
    code, _, errors = service.cli("outbox", "retry", item(bare)["id"])
    checks.check("what is done is not retried", code == 1 and "is done" in errors, errors)

    # The list goes on behind its page.
    shown = service.must("outbox", "--limit", "2")
    checks.check("a page says what follows it", "older ones: chancery outbox --limit 2 --before " in shown, shown)
    place = shown.split("--before ")[1].split()[0]
    whole = [one["id"] for one in service.http("GET", "/api/outbox?limit=500").json()["items"]]
    behind = service.must("outbox", "--limit", "500", "--before", place)
    checks.check("and what follows is the rest", all((one in behind) == (at >= 2) for at, one in enumerate(whole)), behind)
    checks.equal("a place that is none is refused", service.cli("outbox", "--before", "x")[0], 1)

    # A server that offers no TLS, or says things before it.
    seen = len(server.mails)
    server.clear.clear()
    server.offers_tls = False
    fourth = fail()
    checks.equal("without STARTTLS nothing is sent", tried(fourth, "pending"), ("pending", "no-starttls"))
    server.offers_tls, server.injects = True, True
    checks.equal("a reply before TLS that nobody asked for", tried(fail(), "pending"), ("pending", "unasked-reply"))
    server.injects = False
    server.use(folder, "other")
    checks.equal("a certificate of another name", tried(fail(), "pending"), ("pending", "tls"))
    server.use(folder, "server")
    checks.equal("nothing was taken", len(server.mails), seen)
    checks.equal("nothing but EHLO and STARTTLS went in clear",
                 {line.split()[0] for line in server.clear}, {b"EHLO", b"STARTTLS"})
    for one in outbox(state="pending"):
        service.must("outbox", "retry", one["id"])
    rig.eventually(lambda: not outbox(state="pending"), 20)
    checks.equal("later all are sent", outbox(state="pending"), [])

    # A server that hangs holds nothing up; killed meanwhile, the mail comes again under its id.
    server.hangs = True
    count = len(server.mails)
    fifth = fail()
    rig.eventually(lambda: len(server.mails) > count, 20)
    fail("lost")
    checks.equal("it is under way", item(fifth)["state"], "pending")
    service.kill()
    server.hangs = False
    service.start()
    checks.equal("after a kill it is sent", tried(fifth, "done"), ("done", None))
    identifiers = [email.message_from_bytes(mail[3])["Message-ID"] for mail in server.mails[count:]]
    checks.check("under the same id", len(identifiers) == 2 and len(set(identifiers)) == 1, identifiers)

    # The password belongs to the server.
    code, _, errors = mail_set("--keep-password", "--trust", ca, port=implicit.port, tls="tls")
    checks.check("another port needs the password again", code != 0 and "password" in errors, errors)
    code, _, errors = mail_set("--keep-password")
    checks.check("other trust as well", code != 0 and "password" in errors, errors)
    checks.equal("the same server keeps it", mail_set("--keep-password", "--trust", ca)[0], 0)
    service.must("mail", "test", "soc@example.org")
    shown = service.must("mail", "show") + service.must("mail", "show", "--json")
    checks.check("it is not shown", PASSWORD not in shown and USER in shown, shown)
    checks.equal("TLS from the first byte", mail_set("--trust", ca, port=implicit.port, tls="tls")[0], 0)
    implicit.mechanisms = "LOGIN"
    service.must("mail", "test", "soc@example.org")
    checks.equal("with AUTH LOGIN", [mail[2] for mail in implicit.mails], [USER])
    checks.equal("without the roots", mail_set(port=implicit.port, tls="tls")[0], 0)
    code, _, errors = service.cli("mail", "test", "soc@example.org")
    checks.check("its certificate is not trusted", code == 1 and "certificate" in errors, errors)
    server.use(folder, "address")
    checks.equal("by name", mail_set("--trust", ca, host="localhost")[0], 0)
    code, _, errors = service.cli("mail", "test", "soc@example.org")
    checks.check("a certificate of the address alone is not one of the name", code == 1 and "certificate" in errors, errors)
    server.use(folder, "server")
    service.must("mail", "test", "soc@example.org")
    checks.equal("in clear on this machine", mail_set(tls="none", user=None, password=None, host="localhost")[0], 0)
    service.must("mail", "test", "soc@example.org")
    checks.equal("nobody logged in", server.mails[-1][2], None)
    for wrong in ("a@b@c", "x@example.org>\r\nRCPT TO:<y@example.org", "<x@example.org>", "x"):
        checks.equal("no address", service.http("POST", "/api/mail/test", {"to": wrong}).status, 400)

    # Deleting: nothing that a runbook still asks for.
    code, _, errors = service.cli("template", "delete", "failed")
    checks.check("a template that is named stays", code == 1 and "runbooks" in errors.lower(), errors)
    code, _, errors = service.cli("mail", "delete")
    checks.check("so does the server while somebody asks for mails", code == 1 and "runbooks" in errors.lower(), errors)
    service.must("import", rig.write(folder, "spare.yaml", "template: spare\nsubject: A\ntext: B\n"))
    service.must("template", "delete", "spare")
    checks.check("a template that nobody names goes", "spare" not in service.must("templates"))
    checks.equal("once", service.cli("template", "delete", "spare")[0], 1)
    service.must("import", rig.write(folder, "spare.yaml", "template: spare\nsubject: C\ntext: D\n"))
    checks.check("and may come again, as a new one", '"C"' in service.must("templates", "spare"))
    viewer = service.must("token", "create", "--policy", "operator").split()[0]
    for path in ("/api/mail", "/api/templates/spare"):
        checks.equal("deleting needs a right", service.http("DELETE", path, token=viewer).status, 403)
    spare = rig.Service(binary, folder, data=os.path.join(folder, "spare")).start()
    checks.equal("no server is no server", spare.cli("mail", "delete")[0], 1)
    spare.must("mail", "set", "--host", "localhost", "--port", "9", "--tls", "none", "--from", "a@example.org")
    code, _, errors = spare.cli("mail", "test", "b@example.org")
    checks.check("in clear it must be allowed by name", code == 1 and "--allow-egress localhost:9" in errors
                 and "http" not in errors, errors)
    spare.must("mail", "delete")
    checks.equal("a server that nobody asks for goes", spare.cli("mail", "show")[0], 1)
    spare.must("mail", "set", "--host", "localhost", "--port", "9", "--tls", "none", "--from", "b@example.org")
    checks.check("and may be set again", "b@example.org" in spare.must("mail", "show"))
    spare.stop()

    patience.check(checks)

    # Secrets and texts of others.
    checks.equal("set once more", mail_set("--trust", ca)[0], 0)
    ledger = service.http("GET", "/api/ledger/entries?from=0&limit=10000").body.decode()
    checks.check("the ledger has no text of the server", SERVER_TEXT not in ledger and "reply 550" in ledger)
    checks.equal("it ends when asked to", service.stop(), 0)
    needles = [PASSWORD.encode(), base64.b64encode(PASSWORD.encode())[:-4], SERVER_TEXT.encode()]
    found = []
    for root, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(root, name), "rb") as file:
                content = file.read()
            found += [(name, needle) for needle in needles if needle in content]
    checks.equal("no password and no text of the server in any file", found, [])
    upstream.stop()


rig.main(run)
