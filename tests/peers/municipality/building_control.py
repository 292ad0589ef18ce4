"""Building control as it has run since 2001: spyne's SOAP 1.1, document/literal, WS-Security UsernameToken."""

import base64
import hashlib
import hmac
import threading
from datetime import datetime, timedelta, timezone

from spyne import Application, ComplexModel, Date, DateTime, Decimal, Fault, Integer, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

NAMESPACE = "urn:municipality:building-control:2001"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
DUBAI = timezone(timedelta(hours=4))
CLOCK_TOLERANCE = timedelta(minutes=5)


def text(length, minimum=1):
    return Unicode(min_len=minimum, max_len=length, min_occurs=1, nillable=False)


class NocResult(ComplexModel):
    __namespace__ = NAMESPACE
    nocNumber = Unicode(min_occurs=0)
    status = Unicode(values=["APPROVED", "REFUSED", "PENDING"], min_occurs=1)
    remarksAr = Unicode(min_occurs=0)
    remarksEn = Unicode(min_occurs=0)
    issueDate = DateTime(min_occurs=0)
    withdrawnDate = DateTime(min_occurs=0)


class WithdrawResult(ComplexModel):
    __namespace__ = NAMESPACE
    withdrawnDate = DateTime(min_occurs=1)


def fault(side, code, arabic, english):
    return Fault(f"{side}.{code}", f"{arabic} / {english}", detail={"code": code, "textAr": arabic, "textEn": english})


def local_now():
    return datetime.now(DUBAI).replace(tzinfo=None, microsecond=0)


def as_result(row):
    def date(name):
        return datetime.fromisoformat(row[name]) if row.get(name) else None

    return NocResult(
        nocNumber=row["noc_number"],
        status=row["status"],
        remarksAr=row["remarks_ar"],
        remarksEn=row["remarks_en"],
        issueDate=date("issue_date"),
        withdrawnDate=date("withdrawn_date"),
    )


def approved(seq):
    return {
        "status": "APPROVED",
        "noc_number": f"BC-{local_now().year}-{seq:06d}",
        "issue_date": local_now().isoformat(),
        "remarks_ar": "تمت الموافقة على الطلب",
        "remarks_en": "The application is approved",
    }


def decision(fields, pending):
    """The rules of the house: what becomes of a well-formed application."""

    def decide(seq):
        if fields.get("floors", 0) > 100:
            return {
                "status": "REFUSED",
                "noc_number": None,
                "issue_date": None,
                "remarks_ar": "عدد الطوابق يتجاوز الحد المسموح به",
                "remarks_en": "The number of floors exceeds the permitted limit",
            }
        if pending:
            return {
                "status": "PENDING",
                "noc_number": None,
                "issue_date": None,
                "remarks_ar": "قيد الدراسة",
                "remarks_en": "Under review",
            }
        return approved(seq)

    return decide


RULES = {
    ("plotNo", "999"): ("BC-201", "قطعة الأرض محل نزاع", "The plot is under dispute"),
    ("plotNo", "000"): ("BC-202", "رقم قطعة الأرض غير مسجل", "The plot number is not registered"),
    ("tradeLicenceNo", "999"): ("BC-203", "الرخصة التجارية موقوفة", "The trade licence is suspended"),
    ("premisesNo", "999"): ("BC-204", "الوحدة مؤجرة بعقد سارٍ", "The premises are let already"),
}


def submit(call, fields, requested):
    """Executes a submission of any kind, always anew, under the rules of the house."""
    if requested.tzinfo is not None:
        raise fault("Client", "BC-501", "التاريخ يجب أن يكون بتوقيت محلي بلا منطقة", "The date must carry no zone")
    if call.planned_fault == "refuse":
        raise fault("Client", "BC-201", "قطعة الأرض محل نزاع", "The plot is under dispute")
    for (name, begins), refusal in RULES.items():
        if fields.get(name, "").startswith(begins):
            raise fault("Client", *refusal)
    fields["requestDate"] = requested.isoformat()
    peer = call.peer
    decide = decision(fields, peer.chaos.chance("pending"))
    return as_result(peer.ledger.submit(fields["ourReference"], decide, fields))


class BuildingControl(ServiceBase):
    """`ctx.udc` is the peer: its ledger, chaos and credentials."""

    @rpc(
        text(80),
        text(200),
        text(200, minimum=0),
        Unicode(pattern=r"784-\d{4}-\d{7}-\d", min_occurs=1, nillable=False),
        Unicode(pattern=r"\d{3}-\d{4}", min_occurs=1, nillable=False),
        Unicode(values=["V", "C", "I"], min_occurs=1, nillable=False),
        Integer(ge=1, le=200, min_occurs=1, nillable=False),
        Decimal(12, 2, gt=0, min_occurs=1, nillable=False),
        text(2000),
        DateTime(min_occurs=1, nillable=False),
        _in_variable_names={
            "reference": "ourReference",
            "name_ar": "applicantNameAr",
            "name_en": "applicantNameEn",
            "emirates_id": "emiratesId",
            "plot": "plotNo",
            "building_type": "buildingType",
            "area": "builtAreaSqm",
            "work": "workDescriptionAr",
            "requested": "requestDate",
        },
        _returns=NocResult,
    )
    def SubmitNoc(
        ctx, reference, name_ar, name_en, emirates_id, plot, building_type, floors, area, work, requested
    ):
        fields = {
            "ourReference": reference,
            "applicantNameAr": name_ar,
            "applicantNameEn": name_en,
            "emiratesId": emirates_id,
            "plotNo": plot,
            "buildingType": building_type,
            "floors": int(floors),
            "builtAreaSqm": str(area),
            "workDescriptionAr": work,
        }
        return submit(ctx.udc, fields, requested)

    @rpc(
        text(80),
        text(200),
        text(200, minimum=0),
        Unicode(pattern=r"\d{6,9}", min_occurs=1, nillable=False),
        Unicode(values=["R", "C", "B", "G", "K"], min_occurs=1, nillable=False),
        Integer(ge=0, le=5000, min_occurs=1, nillable=False),
        Unicode(values=["", "G", "E", "C"], min_occurs=1, nillable=False),
        text(300, minimum=0),
        Unicode(pattern=r"(\d{10})?", min_occurs=1, nillable=False),
        DateTime(min_occurs=1, nillable=False),
        _in_variable_names={
            "reference": "ourReference",
            "name_ar": "establishmentNameAr",
            "name_en": "establishmentNameEn",
            "licence": "tradeLicenceNo",
            "activity": "activityCode",
            "fuel": "fuelCode",
            "makani": "makaniNo",
            "requested": "requestDate",
        },
        _returns=NocResult,
    )
    def SubmitFoodPermit(
        ctx, reference, name_ar, name_en, licence, activity, seats, fuel, address, makani, requested
    ):
        fields = {
            "ourReference": reference,
            "establishmentNameAr": name_ar,
            "establishmentNameEn": name_en,
            "tradeLicenceNo": licence,
            "activityCode": activity,
            "seats": int(seats),
            "fuelCode": fuel,
            "address": address,
            "makaniNo": makani,
        }
        return submit(ctx.udc, fields, requested)

    @rpc(
        text(80),
        text(200),
        text(200, minimum=0),
        Unicode(values=["EID", "LIC"], min_occurs=1, nillable=False),
        text(20),
        Unicode(pattern=r"\d{9}", min_occurs=1, nillable=False),
        Date(min_occurs=1, nillable=False),
        Date(min_occurs=1, nillable=False),
        Decimal(11, 2, gt=0, min_occurs=1, nillable=False),
        Unicode(values=["", "R", "C", "I"], min_occurs=1, nillable=False),
        DateTime(min_occurs=1, nillable=False),
        _in_variable_names={
            "reference": "ourReference",
            "name_ar": "tenantNameAr",
            "name_en": "tenantNameEn",
            "id_type": "tenantIdType",
            "id_no": "tenantId",
            "premises": "premisesNo",
            "start": "startDate",
            "end": "endDate",
            "rent": "annualRent",
            "usage": "usageCode",
            "requested": "requestDate",
        },
        _returns=NocResult,
    )
    def SubmitTenancy(
        ctx, reference, name_ar, name_en, id_type, id_no, premises, start, end, rent, usage, requested
    ):
        fields = {
            "ourReference": reference,
            "tenantNameAr": name_ar,
            "tenantNameEn": name_en,
            "tenantIdType": id_type,
            "tenantId": id_no,
            "premisesNo": premises,
            "startDate": start.isoformat(),
            "endDate": end.isoformat(),
            "annualRent": str(rent),
            "usageCode": usage,
        }
        return submit(ctx.udc, fields, requested)

    @rpc(text(80), _in_variable_names={"reference": "ourReference"}, _returns=NocResult)
    def FindNoc(ctx, reference):
        peer = ctx.udc.peer
        enough = peer.chaos["pending_finds"]
        row = peer.ledger.find(reference, lambda seq, finds: approved(seq) if finds > enough else None)
        if row is None:
            raise unknown_reference()
        return as_result(row)

    @rpc(
        text(80),
        text(500),
        _in_variable_names={"reference": "ourReference", "reason": "reasonAr"},
        _returns=WithdrawResult,
    )
    def WithdrawNoc(ctx, reference, reason):
        date = ctx.udc.peer.ledger.withdraw(reference, reason, local_now().isoformat())
        if date is None:
            raise unknown_reference()
        return WithdrawResult(withdrawnDate=datetime.fromisoformat(date))


def unknown_reference():
    return fault("Client", "BC-404", "لا توجد معاملة بهذا المرجع", "No application under this reference")


class Guard:
    """Checks the UsernameToken; remembers nonces for as long as their time stamp is accepted."""

    def __init__(self, username, password):
        self._username = username
        self._password = password
        self._nonces = {}
        self._lock = threading.Lock()

    def check(self, headers):
        security = next((header for header in headers or [] if header.tag == WSSE + "Security"), None)
        token = None if security is None else security.find(WSSE + "UsernameToken")
        if token is None or not self._accepts(token):
            raise fault("Client", "BC-401", "اسم المستخدم أو كلمة المرور غير صحيحة", "Wrong user name or password")

    def _accepts(self, token):
        password = token.find(WSSE + "Password")
        if token.findtext(WSSE + "Username") != self._username or password is None:
            return False
        shown = password.text or ""
        if not password.get("Type", "").endswith("#PasswordDigest"):
            return hmac.compare_digest(shown.encode(), self._password.encode())
        created = token.findtext(WSU + "Created") or ""
        nonce = base64.b64decode(token.findtext(WSSE + "Nonce") or "")
        expected = base64.b64encode(hashlib.sha1(nonce + created.encode() + self._password.encode()).digest())
        return hmac.compare_digest(shown.encode(), expected) and self._is_fresh(nonce, created)

    def _is_fresh(self, nonce, created):
        try:
            instant = datetime.fromisoformat(created)
        except ValueError:
            return False
        now = datetime.now(timezone.utc)
        if instant.tzinfo is None or abs(now - instant) > CLOCK_TOLERANCE:
            return False
        with self._lock:
            if len(self._nonces) > 100_000:
                self._nonces = {known: until for known, until in self._nonces.items() if until > now}
            if nonce in self._nonces:
                return False
            self._nonces[nonce] = instant + CLOCK_TOLERANCE
        return True


def application(guard):
    """The WSGI application. `environ['peer.call']` is the call at hand."""
    app = Application(
        [BuildingControl],
        NAMESPACE,
        name="BuildingControl",
        in_protocol=Soap11(validator="lxml"),
        out_protocol=Soap11(),
    )

    def on_call(ctx):
        call = ctx.transport.req_env["peer.call"]
        ctx.udc = call
        guard.check(ctx.in_header_doc)
        if call.planned_fault == "busy":
            raise fault("Server", "BC-901", "النظام مشغول حالياً", "The system is busy")
        if call.planned_fault == "malformed":
            raise fault("Client", "BC-502", "الطلب غير مطابق للصيغة المعتمدة", "The message does not match the format")

    app.event_manager.add_listener("method_call", on_call)
    return WsgiApplication(app, max_content_length=1024 * 1024)
