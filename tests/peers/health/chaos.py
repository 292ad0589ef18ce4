"""What goes wrong: set over HTTP while the peer runs, counted so that a test says exactly how often."""

import threading

# At most one of these happens to a message that comes: before it is looked at, and behind its effect.
BEFORE = ("reset_before", "reject", "security", "locked", "internal", "malformed", "refuse", "commit_error")
AFTER = (
    "cut_after", "half_frame", "no_end", "garbage", "huge", "wrong_charset", "other_ack", "silent", "stranger_first", "split",
    "two_acks", "internal_after",
)
DEFAULTS = {
    # One of the names above; null for none.
    "fault": None,
    # It happens so often, then no more; null for always.
    "times": 1,
    # Milliseconds between the effect and the acknowledgement.
    "slow_ms": 0,
    # Where results are sent: a port on loopback.
    "results_to": None,
    # What becomes of an order: kinds of results in the order in which they are sent (see hospital.py).
    "results": ["F"],
    # When they leave: "held" (until POST /release), "after" the acknowledgement or "before" it.
    "when": "after",
    # Whether an order that has its result can no longer be cancelled.
    "done_is_final": False,
    # MSH-18 of results, and the character set they are written in, which need not be the same.
    "result_label": "UNICODE UTF-8",
    "result_encoding": "utf-8",
}


class Chaos:
    def __init__(self):
        self._lock = threading.Lock()
        self._settings = dict(DEFAULTS)
        self._counts = {}

    def set(self, changes):
        """Applies changes; `{"reset": true}` first returns to the defaults. Unknown names are an error."""
        changes = dict(changes)
        with self._lock:
            settings = {**DEFAULTS, "results_to": self._settings["results_to"]} if changes.pop("reset", False) else dict(self._settings)
            unknown = set(changes) - set(DEFAULTS)
            if unknown:
                raise ValueError("unknown: " + ", ".join(sorted(unknown)))
            settings.update(changes)
            if settings["fault"] not in (None, *BEFORE, *AFTER):
                raise ValueError("unknown fault: " + str(settings["fault"]))
            self._settings = settings
            self._counts = {}

    def state(self):
        with self._lock:
            return {**self._settings, "counts": dict(self._counts)}

    def __getitem__(self, name):
        with self._lock:
            return self._settings[name]

    def fault(self, names):
        """The fault to inflict now, if it is one of these and not used up."""
        with self._lock:
            name, times = self._settings["fault"], self._settings["times"]
            if name not in names or (times is not None and self._counts.get(name, 0) >= times):
                return None
            self._counts[name] = self._counts.get(name, 0) + 1
            return name
