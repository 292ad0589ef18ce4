"""The hospital's rules, the same behind both stacks. hl7apy checks every message against the tables of HL7 2.5.1."""

import datetime

from hl7apy.core import Message
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message

DUBAI = datetime.timezone(datetime.timedelta(hours=4))
# MSH-18 of what we can read.
CHARSETS = {"UNICODE UTF-8": "utf-8", "8859/6": "iso8859-6", "windows-1256": "cp1256"}
TABLE_0357 = {
    "101": "Required field missing",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}


class Refused(Exception):
    """A negative acknowledgement: MSA-1, table 0357, the place, our own code, the words."""

    def __init__(self, ack, code="", place="", own="", words=""):
        super().__init__(ack, code, own)
        self.ack, self.code, self.place, self.own, self.words = ack, code, place, own, words

    def err(self):
        if not (self.code or self.own):
            return ""
        code = f"{self.code}^{TABLE_0357[self.code]}^HL70357" if self.code else ""
        own = f"{self.own}^{self.own}^99MF" if self.own else ""
        return f"ERR||{self.place}|{code}|E|{own}|||{self.words}\r"


FAULTS = {
    "reject": Refused("AR", "207"),
    "security": Refused("AR", "", "", "MF-401", "انتهت صلاحية بيانات الدخول"),
    "locked": Refused("AE", "206"),
    "internal": Refused("AE", "207"),
    "malformed": Refused("AE", "101", "PID^1^8"),
    "refuse": Refused("AE", "", "", "MF-201", "يوجد طلب مفتوح"),
    "commit_error": Refused("CE"),
}


def encoding_of(block):
    """MSH-18 of a message as it came, which is ASCII that far."""
    header = block.split(b"\r", 1)[0].split(b"|")
    label = header[17].decode("ascii").strip() if len(header) > 17 else ""
    if label not in CHARSETS:
        raise Refused("AR", "103", "MSH^1^18")
    return CHARSETS[label]


def header(block):
    """(control id, enhanced mode) of a message, however broken the rest of it is."""
    fields = block.split(b"\r", 1)[0].split(b"|")
    text = [field.decode("ascii", "replace") for field in fields] + [""] * 20
    return text[9], text[14] == "AL"


def placer_of(block):
    """ORC-2.1 of a message as it came."""
    order = next(segment for segment in block.split(b"\r") if segment.startswith(b"ORC|"))
    return order.split(b"|")[2].split(b"^")[0].decode("ascii")


class Hospital:
    def __init__(self, ledger, chaos):
        self.ledger, self.chaos = ledger, chaos

    def take(self, text, planned):
        """The effect of one message. Raises Refused."""
        if planned in FAULTS:
            raise FAULTS[planned]
        try:
            message = parse_message(text, validation_level=1, find_groups=True)
            message.validate()
        except (HL7apyException, ValueError) as error:
            # What it says, for the developer who reads the test's log.
            raise Refused("AE", "101", "", "", f"hl7apy {type(error).__name__} {error}".replace("|", "/")) from error
        if message.name != "OMG_O19":
            raise Refused("AR", "200", "MSH^1^9")
        order = message.omg_o19_order
        placer = order.orc.orc_2.orc_2_1.to_er7()
        control_id = message.msh.msh_10.to_er7()
        state = self.ledger.state(placer)
        action = order.orc.orc_1.to_er7()
        if action == "CA":
            if state is None:
                raise Refused("AE", "204", "ORC^1^2")
            if state == "cancelled":
                raise Refused("AE", "", "", "MF-301", "الطلب ملغى من قبل")
            if state == "done" and self.chaos["done_is_final"]:
                raise Refused("AE", "", "", "MF-302", "صدرت نتيجة الفحص")
            self.ledger.cancel(placer)
            return
        if action != "NW":
            raise Refused("AE", "103", "ORC^1^1")
        patient = message.omg_o19_patient.pid
        if "N0000000" in patient.pid_3.to_er7():
            raise Refused("AE", "", "", "MF-202")
        self.ledger.order(placer, control_id, text)
        for kind in self.chaos["results"]:
            self.ledger.result(placer, kind, self.chaos["when"] == "before")


# What a result of each kind says: OBR-25, and what was observed.
FINAL = [
    ("CE", "MF-CONCLUSION^Conclusion^99MF", "FIT^Medically fit^99MF^FIT^لائق طبياً^99MF"),
    # What only the hospital may know.
    ("ST", "HIV^Serology^99MF", "سلبي"),
    ("ST", "MF-CERTIFICATE^Certificate^99MF", "MF-2026-{seq:06d}"),
    ("DT", "MF-VALID-UNTIL^Valid until^99MF", "20270301"),
]
UNFIT = [("CE", "MF-CONCLUSION^Conclusion^99MF", "UNFIT^Not fit^99MF^UNFIT^غير لائق^99MF"), ("ST", "TB^X-ray^99MF", "إيجابي")]
KINDS = {"P": ("P", FINAL[1:2]), "F": ("F", FINAL), "U": ("F", UNFIT), "X": ("X", []), "C": ("C", FINAL), "broken": ("F", [])}


def result(row, label):
    """A result as hl7apy writes it, checked against HL7 2.5.1."""
    status, observations = KINDS[row["kind"]]
    placer, seq = row["placer"], row["seq"]
    now = datetime.datetime.now(DUBAI).strftime("%Y%m%d%H%M%S%z")
    message = Message("ORU_R01", version="2.5.1", validation_level=1)
    message.msh.value = f"MSH|^~\\&|HIS|DHA|JISR|JISR|{now}||ORU^R01^ORU_R01|R{seq:09d}|P|2.5.1||||||{label}"
    report = message.add_group("ORU_R01_PATIENT_RESULT")
    order = report.add_group("ORU_R01_ORDER_OBSERVATION")
    order.add_segment("ORC").value = f"ORC|RE|{placer}^JISR|F{seq:08d}^HIS"
    order.add_segment("OBR").value = (
        f"OBR|1|{placer}^JISR|F{seq:08d}^HIS|MF-NEW^Medical fitness^99MF" + "|" * 18 + f"{now}|||{status}"
    )
    for number, (kind, code, value) in enumerate(observations, 1):
        group = order.add_group("ORU_R01_OBSERVATION")
        group.add_segment("OBX").value = f"OBX|{number}|{kind}|{code}||{value.format(seq=seq)}||||||{status}"
    message.validate()
    return message.to_er7()
