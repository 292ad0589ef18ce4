"""Adapters that are wrong on purpose: the Python template with one of its rules broken, or several.

Run as `wrong.py <folder of the template> <wrong>,<wrong>`; the conformance suite must find each of them.
"""

import sys

folder, wrongs = sys.argv[1], sys.argv[2].split(",")
sys.path.insert(0, folder)

import adapter as library  # noqa: E402
import jisr_wire  # noqa: E402


def executes_redeliveries():
    right = jisr_wire.step

    def step(operation, begin_within, kind, attempt, seen_before, *more):
        return right(operation, begin_within, kind, attempt, False, *more)

    jisr_wire.step = step


def ignores_fences():
    right = jisr_wire.read_time
    jisr_wire.read_time = lambda text: right(text) + jisr_wire.timedelta(hours=1)


def loses_the_trace():
    right = jisr_wire.Talk.say

    def say(self, *what):
        self.trace = {}
        right(self, *what)

    jisr_wire.Talk.say = say


def acknowledges_before_replying():
    right = jisr_wire.Adapter.arrived

    def arrived(self, connection, channel, method, *rest):
        channel.basic_ack(method.delivery_tag)
        channel_without = type("Channel", (), {"__getattr__": lambda _, name: getattr(channel, name)})()
        channel_without.basic_ack = lambda _: None
        return right(self, connection, channel_without, method, *rest)

    jisr_wire.Adapter.arrived = arrived


def denies_what_may_have_happened():
    right = library.Library.call

    def call(self, *what):
        try:
            return right(self, *what)
        except library.Doubtful as doubt:
            raise library.NotDone("TRANSIENT", "NO_ANSWER", str(doubt)) from None

    library.Library.call = call


def never_compares_operations():
    right = jisr_wire.Adapter.__init__

    def init(self, *what):
        right(self, *what)
        known = self.operations
        self.operations = type("Any", (dict,), {"get": lambda _, __: next(iter(known.values()))})()

    jisr_wire.Adapter.__init__ = init


for wrong in wrongs:
    globals()[wrong]()
sys.exit(library.adapter().run())
