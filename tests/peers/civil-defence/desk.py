"""A foreign peer for tests: civil defence's inspection desk, an AMQP 1.0 client by Apache Qpid Proton.

    python desk.py --db FILE --broker amqp://127.0.0.1:PORT --user NAME --password-file FILE [--until-stdin-closes]

prints `listening PORT` when it reads its queue. On that port it serves, for the tests alone, `GET`/`POST /control`
(see DEFAULTS) and `GET /records` (see cases.py). Its messages are described in adapters/civil-defence/README.md; they are
read and written here without any code of the project.
"""

import argparse
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# The folder belongs to the repository: nothing is left behind in it.
sys.dont_write_bytecode = True

from cases import Cases
from proton import Message, Terminus
from proton.handlers import MessagingHandler
from proton.reactor import ApplicationEvent, Container, EventInjector, LinkOption

REQUESTS = "/queue/cd.inspection.requests"
DECISIONS = "/queue/cd.inspection.decisions"
CHARSET = "windows-1256"
HUGE = 1024 * 1024

DEFAULTS = {
    # Nobody reads the requests: they wait in the queue.
    "closed": False,
    # Cases are taken and not decided yet.
    "hold": False,
    # When decisions that were held go out, the newest goes first.
    "reverse": False,
    # Milliseconds before a request is handled.
    "slow_ms": 0,
    # What happens to the next `limit` messages of that kind: lose, duplicate, garbage, half, huge, wrong_charset, foreign.
    "decision": None,
    "answer": None,
    "limit": 1,
}
FAULTS = (None, "lose", "duplicate", "garbage", "half", "huge", "wrong_charset", "foreign")


class Durable(LinkOption):
    """Queues outlive their broker."""

    def apply(self, link):
        (link.target if link.is_sender else link.source).durability = Terminus.DELIVERIES


def write(verb, fields):
    lines = ["CDI/1 " + verb] + ["%s=%s" % (key, value) for key, value in fields.items() if value]
    return "\r\n".join(lines + ["END=%d" % len(lines), ""])


def read(text):
    lines = text.split("\r\n")
    if lines[-1] != "" or lines[-2] != "END=%d" % (len(lines) - 2):
        raise ValueError("cut")
    edition, verb = lines[0].split(" ")
    if edition != "CDI/1":
        raise ValueError("another edition")
    return verb, dict(line.split("=", 1) for line in lines[1:-2])


def judge(request):
    """What the inspectors find depends on the plot."""
    parcel = request.get("PARCEL", "")
    if parcel.startswith("999"):
        return "FAILED"
    if parcel.startswith("888") and "CONTACT" not in request:
        return "MORE"
    if parcel.startswith("777"):
        return "ERROR"
    return "PASSED"


def report(case, now, decided):
    number = "CD-2026-%06d" % case["seq"]
    fields = {"REF": case["reference"], "STATE": case["state"], "CASE": number, "DATE": now}
    if not decided:
        fields.update(STATE="OPEN", TEXT_AR="بانتظار زيارة المفتش", TEXT_EN="An inspector will visit")
    elif case["state"] == "PASSED":
        fields.update(CERT="FS-%06d" % case["seq"], VALID_TO="2027-11-24",
                      TEXT_AR="المنشأة مستوفية لاشتراطات الوقاية من الحريق", TEXT_EN="The premises meet the fire safety rules")
    elif case["state"] == "FAILED":
        fields.update(CODE="F-17", TEXT_AR="مخرج الطوارئ مسدود", TEXT_EN="The emergency exit is blocked")
    elif case["state"] == "MORE":
        fields.update(ASK="CONTACT", TEXT_AR="يرجى ذكر مسؤول التواصل عند المعاينة", TEXT_EN="Please name whom to call")
    else:
        fields.update(CODE="E-07", TEXT_EN="The message cannot be used")
    return fields


class Desk(MessagingHandler):
    def __init__(self, arguments, cases, settings, ready):
        super().__init__(prefetch=10, auto_accept=False, auto_settle=True)
        self.arguments, self.cases, self.settings, self.ready = arguments, cases, settings, ready
        self.injector = EventInjector()
        self.connection, self.senders, self.malformed = None, {}, 0

    def on_start(self, event):
        self.container = event.container
        self.container.selectable(self.injector)
        self.on_settings(event)

    def on_settings(self, _event):
        """After a change of settings, in the thread that owns the connection."""
        if self.settings["closed"]:
            if self.connection is not None:
                self.connection.close()
            self.connection, self.senders = None, {}
            self.ready.set()
            return
        if self.connection is None:
            with open(self.arguments.password_file) as file:
                password = file.read().strip()
            self.connection = self.container.connect(
                self.arguments.broker, user=self.arguments.user, password=password, allowed_mechs="PLAIN",
                sasl_enabled=True, allow_insecure_mechs=True, heartbeat=10)
            self.container.create_receiver(self.connection, REQUESTS, options=Durable())
        self.send_decisions()

    def on_link_opened(self, event):
        if event.link.is_receiver:
            self.ready.set()

    def on_message(self, event):
        time.sleep(self.settings["slow_ms"] / 1000)
        message = event.message
        try:
            verb, request = read(bytes(message.body).decode(CHARSET))
            reference = request["REF"]
        except (ValueError, KeyError, TypeError):
            self.malformed += 1
            self.reject(event.delivery)
            return
        if verb == "INSPECT":
            self.cases.inspect(reference, judge(request), request, str(message.id))
        elif verb == "WITHDRAW":
            fields = {"REF": reference, "STATE": "UNKNOWN"}
            if self.cases.latest(reference):
                fields.update(STATE="WITHDRAWN", DATE=self.cases.withdraw(reference, self.now()))
            self.reply(message, fields)
        elif verb == "STATUS":
            self.reply(message, self.status(reference))
        # What is done is durable: only now is the request gone from the queue.
        self.accept(event.delivery)
        self.send_decisions()

    def status(self, reference):
        case, withdrawn = self.cases.latest(reference), self.cases.withdrawal(reference)
        if case is None:
            return {"REF": reference, "STATE": "UNKNOWN"}
        if withdrawn:
            return {"REF": reference, "STATE": "WITHDRAWN", "DATE": withdrawn}
        return report(case, self.now(), case["decided"])

    def send_decisions(self):
        if self.settings["hold"] or self.connection is None:
            return
        cases = self.cases.undecided()
        for case in reversed(cases) if self.settings["reverse"] else cases:
            self.cases.decide(case["seq"])
            self.send("decision", DECISIONS, case["reference"], write("DECISION", report(case, self.now(), True)))

    def reply(self, question, fields):
        if question.reply_to:
            self.send("answer", question.reply_to, question.correlation_id, write("ANSWER", fields))

    def send(self, kind, address, correlation_id, text):
        fault = self.draw(kind)
        if fault == "lose":
            return
        body = text.encode(CHARSET)
        if fault == "garbage":
            body = b"\x00\x01<html>503</html>"
        elif fault == "half":
            body = body[: len(body) // 2]
        elif fault == "huge":
            body = body.replace(b"END=", b"PADDING=" + b"x" * HUGE + b"\r\nEND=")
        elif fault == "wrong_charset":
            body = text.encode("utf-8")
        elif fault == "foreign":
            body = text.replace("REF=", "REF=SOMEBODY-ELSES-").encode(CHARSET)
        if address not in self.senders:
            self.senders[address] = self.container.create_sender(self.connection, address, options=Durable())
        for _ in range(2 if fault == "duplicate" else 1):
            self.senders[address].send(Message(
                body=body, inferred=True, durable=True, id="CD-%d" % time.time_ns(), correlation_id=correlation_id,
                content_type="text/plain; charset=" + CHARSET))

    def draw(self, kind):
        fault = self.settings[kind]
        if fault is None or self.settings["limit"] <= 0:
            return None
        self.settings["limit"] -= 1
        return fault

    @staticmethod
    def now():
        return time.strftime("%Y-%m-%d %H:%M", time.gmtime(time.time() + 4 * 3600))


def serve(desk):
    class Handler(BaseHTTPRequestHandler):
        def answer(self, value):
            body = json.dumps(value, ensure_ascii=False).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            if self.path == "/records":
                self.answer({**desk.cases.records(), "malformed": desk.malformed})
            else:
                self.answer(desk.settings)

        def do_POST(self):
            changes = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if changes.pop("reset", False):
                changes = {**DEFAULTS, **changes}
            if set(changes) - set(DEFAULTS) or not {changes.get("decision"), changes.get("answer")} <= set(FAULTS):
                self.send_error(400)
                return
            desk.settings.update(changes)
            desk.ready.clear()
            desk.injector.trigger(ApplicationEvent("settings"))
            self.answer(desk.settings)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main():
    parser = argparse.ArgumentParser()
    for name in ("--db", "--broker", "--user", "--password-file"):
        parser.add_argument(name, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true")
    arguments = parser.parse_args()
    ready = threading.Event()
    desk = Desk(arguments, Cases(arguments.db), dict(DEFAULTS), ready)
    port = serve(desk)
    threading.Thread(target=Container(desk).run, daemon=True).start()
    if not ready.wait(60):
        sys.exit("the broker gives no link")
    print("listening", port, flush=True)
    if arguments.until_stdin_closes:
        sys.stdin.read()
        os._exit(0)
    threading.Event().wait()


main()
