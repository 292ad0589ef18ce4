"""What goes wrong, and how often: set over HTTP while the peer runs, drawn from one seeded generator."""

import random
import threading

# Each kind, in the order in which it is drawn; at most one happens per call.
BEFORE = ("reset_before_execute", "busy", "refuse", "malformed")
AFTER = ("cut_after_execute", "cut_mid_answer", "garbage", "huge", "wrong_charset", "server_error")
DEFAULTS = {
    **{kind: 0.0 for kind in BEFORE + AFTER},
    "seed": 0,
    # Stop after this many injected faults; null for never.
    "limit": None,
    # The operations that faults and delays are for; null for all.
    "operations": None,
    # Milliseconds to wait before executing, and between executing and answering, and the share of calls that wait.
    "slow_before_ms": 0,
    "slow_after_ms": 0,
    "slow_probability": 1.0,
    # Share of submissions that stay PENDING, until FindNoc was asked this many times.
    "pending": 0.0,
    "pending_finds": 1,
}


class Chaos:
    def __init__(self):
        self._lock = threading.Lock()
        self._settings = dict(DEFAULTS)
        self._random = random.Random(0)
        self._counts = {}
        self._running = 0
        self._peak = 0

    def set(self, changes):
        """Applies changes; `{"reset": true}` first returns to the defaults. Unknown names are an error."""
        changes = dict(changes)
        with self._lock:
            settings = dict(DEFAULTS) if changes.pop("reset", False) else dict(self._settings)
            unknown = set(changes) - set(DEFAULTS)
            if unknown:
                raise ValueError("unknown: " + ", ".join(sorted(unknown)))
            settings.update(changes)
            self._settings = settings
            self._random = random.Random(settings["seed"])
            self._counts = {}
            self._peak = self._running

    def state(self):
        with self._lock:
            return {**self._settings, "counts": dict(self._counts), "running": self._running, "peak": self._peak}

    def __getitem__(self, name):
        with self._lock:
            return self._settings[name]

    def plan(self, operation):
        """Draws the fate of one call: (fault or None, seconds before, seconds after)."""
        with self._lock:
            settings = self._settings
            self._count(operation)
            if settings["operations"] is not None and operation not in settings["operations"]:
                return None, 0.0, 0.0
            slow = self._random.random() < settings["slow_probability"]
            before = settings["slow_before_ms"] / 1000 if slow else 0.0
            after = settings["slow_after_ms"] / 1000 if slow else 0.0
            for kind in BEFORE + AFTER:
                if self._random.random() < settings[kind]:
                    if settings["limit"] is not None and self._counts.get("faults", 0) >= settings["limit"]:
                        break
                    self._count("faults")
                    self._count(kind)
                    return kind, before, after
            return None, before, after

    def chance(self, name):
        with self._lock:
            return self._random.random() < self._settings[name]

    def enter(self):
        with self._lock:
            self._running += 1
            self._peak = max(self._peak, self._running)

    def leave(self):
        with self._lock:
            self._running -= 1

    def _count(self, name):
        self._counts[name] = self._counts.get(name, 0) + 1
