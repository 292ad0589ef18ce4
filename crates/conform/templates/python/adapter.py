"""The library's adapter: what its system can do, how a request is translated for it, and the one place that calls it."""

import http.client
import json
import os
import sys

import pika

from jisr_wire import Adapter, Doubtful, NotDone

VERSION = "0.1.0"
CALL_TIMEOUT = float(os.environ.get("CALL_TIMEOUT", "10"))
LARGEST_ANSWER = 1024 * 1024

MANIFEST = {
    "department": "library",
    "titles": [{"text": "المكتبة العامة", "languageCode": "ar"}, {"text": "Public library", "languageCode": "en"}],
    "system": "Cards, 1998",
    "protocol": "HTTP and JSON, text in windows-1256",
    "json": True,
    "operations": [
        {
            "operation": "library-card",
            # A second POST makes a second card; a card is found by our reference.
            "effect": "EFFECT_LOOKUP",
            "callTimeout": f"{CALL_TIMEOUT}s",
            "endsWithin": f"{CALL_TIMEOUT * 1.5}s",
            "answerWithin": "3600s",
            "compensable": True,
            "compensationEffect": "EFFECT_IDEMPOTENT",
            "maxInFlight": 4,
            "retry": {"first": "1s", "max": "300s", "multiplierPercent": 200, "attempts": 12},
        }
    ],
}

BRANCHES = {"al-twar": "TW", "al-karama": "KR", "al-barsha": "BR"}


def lost(field, detail):
    return NotDone("MAPPING", "MAPPING_LOSS", detail, field)


def fits(text, length, field):
    """Text as the system can hold it: windows-1256, so long and no longer; never cut, never replaced."""
    if len(text) > length:
        raise lost(field, f"longer than {length} characters")
    for character in text:
        if ord(character) < 32:
            raise lost(field, f"holds U+{ord(character):04X}")
        try:
            character.encode("windows-1256")
        except UnicodeEncodeError:
            raise lost(field, f"holds U+{ord(character):04X}, which windows-1256 has not") from None
    return text


def required(field):
    return {
        "informationRequired": {
            "fields": [field],
            "reason": [
                {"text": "يرجى استكمال هذا الحقل، فهو مطلوب لدى المكتبة", "languageCode": "ar"},
                {"text": "Please fill in this field; the library requires it", "languageCode": "en"},
            ],
        }
    }


def reference(request):
    """The same for every attempt of a leg, and of no other."""
    return f"{request['transaction']}/{request['leg']}"


def card(request):
    """A request in the words of the system; pure. A dict with `informationRequired` where the customer is asked for more."""
    given = request.get("input", {})
    answers = given.get("answers", {})
    names = given.get("applicant", {}).get("person", {}).get("names", [])
    arabic = [name.get("fullName", "") for name in names if name.get("languageCode") == "ar"]
    if not arabic or not arabic[0]:
        return required("applicant.person.names")
    branch, years = answers.get("branch"), answers.get("years")
    if branch is None:
        return required("answers.branch")
    if branch not in BRANCHES:
        raise lost("answers.branch", "is none of " + ", ".join(BRANCHES))
    if years is None:
        return required("answers.years")
    if not isinstance(years, (int, float)) or years != int(years) or not 1 <= years <= 5:
        raise lost("answers.years", "must be a whole number from 1 to 5")
    return {
        "reference": reference(request),
        "holder": fits(arabic[0], 60, "applicant.person.names"),
        "branch": BRANCHES[branch],
        "years": int(years),
    }


def answer(found):
    """What the system has, in the words of the contract; pure."""
    if found["state"] == "REFUSED":
        return {"refused": {"code": found["code"], "reason": [{"text": found["text"], "languageCode": "ar"}]}}
    number = found["number"]
    return {
        "succeeded": {
            "outcome": {"card_no": number, "status": found["state"]},
            "legacyRefs": [{"system": "cards", "key": "card_no", "value": number}],
            "departmentStatus": [{"text": found["text"], "languageCode": "ar"}],
        }
    }


class Library:
    """The only place that speaks to the system. One call each; never a second try: that is the engine's."""

    def __init__(self, address):
        self.address = address

    def execute(self, request):
        wanted = card(request)
        if "informationRequired" in wanted:
            return wanted
        status, found = self.call("POST", "/cards", wanted)
        if status == 503:
            raise NotDone("TRANSIENT", "BUSY", "the system takes no requests now")
        if status == 400:
            raise NotDone("PERMANENT", "REJECTED", "the system calls the request malformed")
        if status not in (200, 201):
            raise Doubtful(f"HTTP {status}")
        return self.readable(found)

    def lookup(self, request):
        status, found = self.call("GET", f"/cards/{reference(request)}")
        if status == 404:
            return None
        if status != 200:
            raise Doubtful(f"HTTP {status}")
        return self.readable(found)

    def compensate(self, request):
        status, _ = self.call("DELETE", f"/cards/{reference(request)}")
        if status not in (200, 404):
            raise Doubtful(f"HTTP {status}")
        return {"succeeded": {"outcome": {"status": "WITHDRAWN"}}}

    def readable(self, found):
        try:
            return answer(found)
        except (KeyError, TypeError) as error:
            raise Doubtful(f"the answer cannot be read: {error!r}") from None

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.address, timeout=CALL_TIMEOUT)
        try:
            connection.connect()
        except OSError as error:
            raise NotDone("TRANSIENT", "CONNECT_FAILED", str(error)) from None
        try:
            text = None if body is None else json.dumps(body, ensure_ascii=False).encode("windows-1256")
            connection.request(method, path, text, {"Content-Type": "application/json; charset=windows-1256"})
            response = connection.getresponse()
            content = response.read(LARGEST_ANSWER + 1)
            if len(content) > LARGEST_ANSWER:
                raise Doubtful("the answer is too long")
            if response.status == 404:
                return 404, None
            # It answers in UTF-8 though it is asked in windows-1256; whatever is neither is not guessed at.
            return response.status, json.loads(content.decode("utf-8"))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Doubtful(f"no answer that can be read: {error!r}") from None
        finally:
            connection.close()


def adapter():
    """An instance as the environment says."""
    with open(os.environ["BROKER_PASSWORD_FILE"], encoding="utf-8") as file:
        password = file.read().rstrip("\r\n")
    username = os.environ["BROKER_USERNAME"]
    parameters = pika.URLParameters(os.environ["BROKER"])
    parameters.credentials = pika.PlainCredentials(username, password)
    parameters.heartbeat = 10
    verdict = None
    if os.path.exists(os.environ.get("VERDICT", "")):
        with open(os.environ["VERDICT"], encoding="utf-8") as file:
            verdict = json.load(file)
    begin_within = max(4 * CALL_TIMEOUT, 4)
    prefix = os.environ.get("BROKER_PREFIX", "")
    library = Library(os.environ["SYSTEM"])
    return Adapter(library, MANIFEST, VERSION, begin_within, parameters, username, prefix, verdict)


if __name__ == "__main__":
    sys.exit(adapter().run())
