"""The wire contract of an adapter (jisr.adapter.v1) on pika: announcing, fences, redeliveries, doubts, replies.

What must be right in every adapter is here; nothing here knows what a department is. Bodies are JSON. The rules are those of
proto/jisr/adapter/v1/leg.proto, and `jisr adapter conform` examines every one of them.
"""

import collections
import concurrent.futures
import functools
import json
import logging
import signal
import time
import uuid
from datetime import datetime, timedelta, timezone

import pika

log = logging.getLogger("adapter")

WIRE = 1
HEARTBEAT = 5.0
# Requests remembered: a copy made by a sender that did not know better follows within moments.
RECENT = 8192
LONGEST_DETAIL = 1000


class NotDone(Exception):
    """Certainly not done. `fault_class` is the end of a FAULT_CLASS_..., such as TRANSIENT or MAPPING."""

    def __init__(self, fault_class, code, detail="", field=""):
        super().__init__(code)
        self.said = {"failed": {"faultClass": "FAULT_CLASS_" + fault_class, "code": code}}
        if detail:
            self.said["failed"]["detail"] = detail[:LONGEST_DETAIL]
        if field:
            self.said["failed"]["field"] = field


class Doubtful(Exception):
    """The request may have reached the system: a time-out, a cut connection, an answer nobody can read."""


def now():
    return datetime.now(timezone.utc)


def written(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def read_time(text):
    """A time as protobuf's JSON has it, with up to nine digits of a second; the earliest there is for none."""
    if not text:
        return datetime.min.replace(tzinfo=timezone.utc)
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return moment + timedelta(microseconds=int((fraction + "000000")[:6]))


def seconds(text):
    return timedelta(seconds=float(text.rstrip("s")))


def failed(fault_class, code, detail=""):
    return NotDone(fault_class, code, detail).said


def in_doubt(certain_after, detail):
    return {"inDoubt": {"certainAfter": written(certain_after), "detail": detail[:LONGEST_DETAIL]}}


def step(operation, begin_within, kind, attempt, seen_before, fence, at, held):
    """What to do with a request that has arrived: a name of what to call, or what to say without calling.

    A call begins within `begin_within` of its request's coming, and never after its fence: so whoever is given the request after
    us knows from when on no call can begin any more.
    """
    late = at >= fence or held >= begin_within
    doubt = in_doubt(
        min(at + begin_within, fence) + seconds(operation["endsWithin"]),
        "the request was delivered before; what became of it is not known here",
    )
    expired = failed("EXPIRED", "EXPIRED", "too late to begin: no call was started")
    effect = operation["effect"]
    if kind == "REQUEST_KIND_LOOKUP" and effect == "EFFECT_LOOKUP":
        return "lookup"
    if kind == "REQUEST_KIND_EXECUTE":
        if seen_before and (late or effect != "EFFECT_IDEMPOTENT"):
            return doubt
        if late:
            return expired
        return "lookup_then_execute" if effect == "EFFECT_LOOKUP" and attempt > 1 else "execute"
    if kind == "REQUEST_KIND_COMPENSATE" and operation.get("compensable"):
        if seen_before and (late or operation["compensationEffect"] == "EFFECT_ONCE"):
            return doubt
        return expired if late else "compensate"
    return failed("UNSUPPORTED", "REQUEST_KIND_UNSUPPORTED")


class Adapter:
    """One instance. `department` answers `execute`, `lookup` and `compensate`, each with a LegReply's result as JSON."""

    def __init__(self, department, manifest, version, begin_within, parameters, username, prefix="", verdict=None):
        self.department, self.manifest, self.version = department, manifest, version
        self.begin_within = timedelta(seconds=begin_within)
        self.parameters, self.username, self.prefix, self.verdict = parameters, username, prefix, verdict
        self.name = manifest["department"]
        self.operations = {operation["operation"]: operation for operation in manifest["operations"]}
        self.instance = str(uuid.uuid4())
        self.most = max(operation["maxInFlight"] for operation in manifest["operations"])
        self.calls = concurrent.futures.ThreadPoolExecutor(self.most)
        self.recent = collections.OrderedDict()
        self.stopping = False
        self.under_way = 0

    def run(self):
        """Serves until SIGTERM or SIGINT, through every outage of the broker; then lets the calls under way finish."""
        for which in (signal.SIGTERM, signal.SIGINT):
            signal.signal(which, lambda *_: setattr(self, "stopping", True))
        while not self.stopping:
            try:
                self.serve(pika.BlockingConnection(self.parameters))
            except (pika.exceptions.AMQPError, OSError) as error:
                log.warning("the broker is not there, trying again: %r", error)
                time.sleep(1)
        self.calls.shutdown()

    def serve(self, connection):
        channel = connection.channel()
        channel.confirm_delivery()
        # What it promises must be known before its first reply is judged by it.
        self.announce(channel)
        channel.basic_qos(prefetch_count=2 * self.most)
        # Requests of an earlier connection come again: those of this one are counted by it alone.
        self.under_way = 0
        queue = f"{self.prefix}jisr.department.{self.name}"
        tag = channel.basic_consume(queue, functools.partial(self.arrived, connection))
        beat = time.monotonic()
        while not (self.stopping and self.under_way == 0):
            connection.process_data_events(time_limit=0.1)
            if self.stopping and tag:
                channel.basic_cancel(tag)
                tag = None
            if time.monotonic() - beat >= HEARTBEAT:
                beat = time.monotonic()
                alive = {"department": self.name, "instance": self.instance, "time": written(now())}
                self.send(channel, "jisr.adapter.alive.v1", {**alive, "inFlight": self.under_way})
        connection.close()

    def announce(self, channel):
        announcement = {
            "department": self.name,
            "adapterVersion": self.version,
            "instance": self.instance,
            "manifest": self.manifest,
            "time": written(now()),
        }
        if self.verdict:
            announcement["conformance"] = self.verdict
        self.send(channel, "jisr.adapter.announced.v1", announcement)

    def arrived(self, connection, channel, method, properties, body):
        """A request, on the connection's own thread. It is acknowledged once its last word is safe, and not before."""
        received, held_since = now(), time.monotonic()
        try:
            headers = properties.headers or {}
            if headers.get("jisr-wire") != WIRE or properties.type != "jisr.leg.requested.v1":
                raise ValueError("not a request of this version of the contract")
            request = json.loads(body.decode("utf-8"))
            fence, attempt = read_time(request.get("executeBefore")), int(request.get("attempt", 0))
            message_id = str(uuid.UUID(request["messageId"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return self.put_aside(channel, method, properties, body, str(error))
        seen_before = self.had(message_id) or method.redelivered or bool(headers.get("jisr-republished"))
        talk = Talk(self, channel, method, properties, request, received)
        operation = self.operations.get(request.get("operation", ""))
        if operation is None:
            return talk.last(failed("UNSUPPORTED", "OPERATION_UNKNOWN", "this adapter has no such operation"))

        def what():
            held = timedelta(seconds=time.monotonic() - held_since)
            kind = request.get("kind", "REQUEST_KIND_UNSPECIFIED")
            return step(operation, self.begin_within, kind, attempt, seen_before, fence, now(), held)

        first = what()
        if isinstance(first, dict):
            return talk.last(first)
        self.under_way += 1
        if first != "lookup":
            talk.say({"acknowledged": {}})
        future = self.calls.submit(self.act, operation, request, what)
        future.add_done_callback(
            lambda done: connection.add_callback_threadsafe(functools.partial(self.answered, talk, done))
        )

    def act(self, operation, request, what):
        """One call, on a thread of its own: (what is said, when it was called, when it answered)."""
        doing, called = what(), None
        try:
            if doing in ("lookup", "lookup_then_execute"):
                called = now()
                found = self.department.lookup(request)
                if found is not None:
                    return found, called, now()
                if doing == "lookup":
                    return failed("NOT_FOUND", "NOT_FOUND"), called, now()
                # Directly before the call, whatever came between.
                doing = what()
            if isinstance(doing, dict):
                return doing, None, None
            called = now()
            call = self.department.compensate if doing == "compensate" else self.department.execute
            return call(request), called, now()
        except NotDone as fault:
            return fault.said, called, now()
        except Exception as error:  # whatever it was, the call may have been made
            if not isinstance(error, Doubtful):
                log.exception("the adapter's code failed")
            if doing == "lookup" or doing == "lookup_then_execute":
                return failed("TRANSIENT", "LOOKUP_FAILED", str(error)), called, now()
            return in_doubt((called or now()) + seconds(operation["endsWithin"]), str(error)), called, None

    def answered(self, talk, done):
        self.under_way -= 1
        said, called, answered = done.result()
        talk.last(said, called, answered)

    def had(self, message_id):
        """Whether this request was here before. From now on it was."""
        if message_id in self.recent:
            return True
        self.recent[message_id] = None
        if len(self.recent) > RECENT:
            self.recent.popitem(last=False)
        return False

    def put_aside(self, channel, method, properties, body, reason):
        """What cannot be dealt with by anyone is kept, with the reason; and only then taken off the queue."""
        headers = {**(properties.headers or {}), "x-jisr-reason": reason[:LONGEST_DETAIL]}
        kept = pika.BasicProperties(
            content_type=properties.content_type, delivery_mode=2, headers=headers, type=properties.type,
            message_id=properties.message_id, user_id=self.username,
        )
        exchange = f"{self.prefix}jisr.from-department"
        channel.basic_publish(exchange, f"{self.name}.dead", body, kept, mandatory=True)
        channel.basic_ack(method.delivery_tag)

    def send(self, channel, kind, body, correlation=None, attempt=0, trace=None):
        """Returns once the broker has it."""
        moment, message_id = now(), body.get("messageId") or str(uuid.uuid4())
        headers = {
            "jisr-wire": WIRE, "jisr-attempt": attempt, **(trace or {}),
            "cloudEvents_specversion": "1.0", "cloudEvents_id": message_id, "cloudEvents_type": kind,
            "cloudEvents_source": f"/jisr/departments/{self.name}", "cloudEvents_time": written(moment),
        }
        properties = pika.BasicProperties(
            content_type="application/json", delivery_mode=2, headers=headers, type=kind, message_id=message_id,
            correlation_id=correlation, timestamp=int(moment.timestamp()), user_id=self.username,
        )
        text = json.dumps(body, ensure_ascii=False).encode("utf-8")
        exchange = f"{self.prefix}jisr.from-department"
        channel.basic_publish(exchange, f"{self.name}.reply", text, properties, mandatory=True)


class Talk:
    """One request and its replies."""

    def __init__(self, adapter, channel, method, properties, request, received):
        self.adapter, self.channel, self.method = adapter, channel, method
        self.request, self.received, self.sequence = request, received, 0
        headers = properties.headers or {}
        self.trace = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}

    def say(self, said, called=None, answered=None):
        self.sequence += 1
        request = self.request
        reply = {
            "messageId": str(uuid.uuid4()),
            "inReplyTo": request["messageId"],
            **{name: request[name] for name in ("transaction", "leg", "department", "attempt", "kind") if name in request},
            "sequence": self.sequence,
            "receivedTime": written(self.received),
            **said,
        }
        if called:
            reply["calledTime"] = written(called)
        if answered:
            reply["answeredTime"] = written(answered)
        correlation, attempt = request.get("transaction"), request.get("attempt", 0)
        self.adapter.send(self.channel, "jisr.leg.replied.v1", reply, correlation, attempt, self.trace)

    def last(self, said, called=None, answered=None):
        """The last word; the request is acknowledged once it is safe."""
        self.say(said, called, answered)
        self.channel.basic_ack(self.method.delivery_tag)
