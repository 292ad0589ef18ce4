"""A foreign peer for tests: an AMQP 1.0 container by Apache Qpid Proton that settles messages as the link's address says.

    python settling.py --port PORT [--until-stdin-closes]

prints `listening`. A message sent to the address `accepted`, `rejected CONDITION`, `released`, `modified` or `failed` is
settled so; to `silent` never; to `detached` the link is closed instead, to `cut` the connection. A link to `refused` is
closed at once, one to `full` gets no credit. Who receives from `samples` gets the messages of SAMPLES; how each was settled
is printed.
"""

import argparse
import os
import sys
import threading

sys.dont_write_bytecode = True

from proton import Condition, Delivery, Message
from proton.handlers import MessagingHandler
from proton.reactor import Container

CHARSET = "windows-1256"
ARABIC = "مطعم بوابة الجسر"


def message(body, count=0, **properties):
    made = Message(body=body, inferred=True, id="m", correlation_id="c", **properties)
    made.delivery_count = count
    made.first_acquirer = count == 0
    return made.encode()


SAMPLES = [
    ("legacy", message(ARABIC.encode(CHARSET), content_type="text/plain; charset=" + CHARSET)),
    ("again", message(ARABIC.encode("utf-8"), count=2, content_type="text/plain; charset=utf-8")),
    ("mislabelled", message(ARABIC.encode("utf-8"), content_type="text/plain; charset=" + CHARSET)),
    ("value", message(ARABIC)),
    ("number", message(17)),
    ("large", message(b"x" * 100_000)),
    ("undecodable", b"\xde\xad\xbe\xef"),
]


class Settling(MessagingHandler):
    def __init__(self, port):
        super().__init__(prefetch=0, auto_accept=False, auto_settle=False)
        self.port = port

    def on_start(self, event):
        event.container.listen("127.0.0.1:%d" % self.port)
        print("listening", flush=True)

    def on_link_opening(self, event):
        link = event.link
        link.source.copy(link.remote_source)
        if link.is_receiver and link.remote_target.address == "refused":
            # Without a target (AMQP 1.0, part 2, section 2.6.3).
            link.condition = Condition("amqp:not-found", "no such queue")
            link.open()
            link.close()
            return
        link.target.copy(link.remote_target)
        link.open()
        if link.is_receiver and link.remote_target.address != "full":
            link.flow(10)

    def on_sendable(self, event):
        if event.link.source.address != "samples" or getattr(event.link, "sent", False):
            return
        event.link.sent = True
        for name, encoded in SAMPLES:
            event.link.delivery(name)
            event.link.stream(encoded)
            event.link.advance()

    def on_message(self, event):
        self.settle(event.delivery, event.link.remote_target.address)

    def settle(self, delivery, address):
        what, _, condition = address.partition(" ")
        states = {"accepted": Delivery.ACCEPTED, "rejected": Delivery.REJECTED, "released": Delivery.RELEASED,
                  "modified": Delivery.MODIFIED, "failed": Delivery.MODIFIED}
        if what in states:
            if condition:
                delivery.local.condition = Condition(condition, "as you wish")
            delivery.local.failed = what == "failed"
            delivery.update(states[what])
            delivery.settle()
        elif what == "detached":
            delivery.link.condition = Condition("amqp:resource-deleted", "the queue is gone")
            delivery.link.close()
        elif what == "cut":
            delivery.connection.transport.close_tail()
            delivery.connection.transport.close_head()

    def on_delivery(self, event):
        # What becomes of the samples.
        delivery = event.delivery
        if event.link.is_sender and delivery.updated:
            condition = delivery.remote.condition
            why = " %s %s" % (condition.name, condition.description) if condition else ""
            print("settled", delivery.tag, delivery.remote_state, why.strip(), flush=True)
            delivery.settle()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--until-stdin-closes", action="store_true")
    arguments = parser.parse_args()
    threading.Thread(target=Container(Settling(arguments.port)).run, daemon=True).start()
    if arguments.until_stdin_closes:
        sys.stdin.read()
        os._exit(0)
    threading.Event().wait()


main()
