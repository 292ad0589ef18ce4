//! Requests that are right in themselves and do not fit how things stand.

super::entries! {
    DUPLICATE_TRANSACTION: AlreadyExists, 409, No;
        clerk "قُدّم هذا الطلب من قبل[ بالرقم المرجعي {reference_no}] وما زال قيد المعالجة. يُرجى متابعته بدل تقديمه مرة أخرى.",
              "This application was made before[ under reference number {reference_no}] and is still on its way. Please follow that one instead of applying again.";
        it "توجد معاملة قائمة للمتعامل والخدمة والموضوع نفسها[: {name}]. اعرضها بدل إنشاء أخرى.",
           "A live transaction has the same customer, service and subject[: {name}]. Show it instead of making another.";
        operator "لا يلزم أي إجراء. إن كان الطلبان مختلفين حقًا فراجع قاعدة التكرار لدى الخدمة.",
                 "Nothing to do; if the two really differ, look at the service's rule for duplicates.";

    ALREADY_EXISTS: AlreadyExists, 409, No;
        clerk "هذا السجل موجود من قبل. يُرجى استخدام السجل القائم.",
              "This record exists already. Please use the one that is there.";
        it "يوجد مورد بهذا الاسم أو العنوان[: {name}].",
           "A resource of this name or address exists[: {name}].";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    STATE_TRANSITION_NOT_ALLOWED: FailedPrecondition, 400, AfterReading;
        clerk "لا يمكن تنفيذ هذا الإجراء في الحالة الحالية للمعاملة[، وهي: {state}]. يُرجى تحديث الصفحة والاطلاع على حالتها.",
              "This cannot be done as the transaction now stands[: {state}]. Please refresh the page and look at its state.";
        it "الإجراء المطلوب[ {command}] غير مسموح به في هذه الحالة. الحالات النهائية لا تتغير؛ أنشئ معاملة جديدة مرتبطة بها.",
           "The state does not allow this command[ ({command})]. Final states never change: submit a new, linked transaction.";
        operator "راجع الخط الزمني للمعاملة قبل أي تدخل.",
                 "Look at the transaction's timeline before you step in.";

    PAYMENT_NOT_SETTLED: FailedPrecondition, 400, AfterReading;
        clerk "لم تُسدَّد الرسوم المستحقة[ وقدرها {amount}]، أو لم يكتمل سدادها بعد. يُرجى تحصيلها أو انتظار تأكيد الدفع.",
              "The fees due[, {amount},] have not been paid, or the payment is not final yet. Please collect them or wait for the confirmation.";
        it "سجّل الدفع بالإجراء RecordPayment بحالة نهائية من ISO 20022 قبل المتابعة.",
           "Record the payment with RecordPayment, in a final ISO 20022 status, before going on.";
        operator "تحقّق من بوابة الدفع إذا دُفعت الرسوم ولم يصل التأكيد.",
                 "If it was paid and no confirmation came, look at the payment gateway.";

    PAYMENT_MISMATCH: FailedPrecondition, 400, AfterReading;
        clerk "المبلغ المدفوع لا يطابق الرسوم المستحقة[ وقدرها {amount}]. يُرجى مراجعة المبلغ والعملة.",
              "The amount paid is not the amount due[, which is {amount}]. Please check amount and currency.";
        it "طابق المبلغ والعملة مع fees في المعاملة. تُحسب المبالغ بالوحدات الصحيحة لا بالكسور العشرية.",
           "Match amount and currency with the transaction's fees. Amounts are exact, never floating point.";
        operator "راجع إيصال الدفع مع الجهة، ولا تعدّل الرسوم يدويًا.",
                 "Go through the receipt with the department; do not alter fees by hand.";

    EVIDENCE_MISSING: FailedPrecondition, 400, No;
        clerk "ينقص الطلب مستند مطلوب أو أكثر[: {evidence}]. يُرجى إرفاقه ثم إعادة الإرسال.",
              "One or more required documents are missing[: {evidence}]. Please attach them and send again.";
        it "تسرد preconditions المستندات الناقصة. اعرض متطلبات الخدمة من الدليل قبل الإرسال.",
           "The preconditions list what is missing. Show the service's requirements from the catalogue before sending.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    NOT_ELIGIBLE: FailedPrecondition, 400, No;
        clerk "لا تنطبق شروط الخدمة على المتعامل[: {rule}]. يُرجى اطلاعه على الشروط والخدمات البديلة.",
              "The customer does not meet the conditions of this service[: {rule}]. Please show the conditions and other services open to them.";
        it "تحقّق من customer_category وشروط الأهلية في الدليل قبل عرض الخدمة.",
           "Check customer_category and the catalogue's eligibility rules before offering the service.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    SERVICE_NOT_OPEN: FailedPrecondition, 400, No;
        clerk "لا تُستقبل طلبات هذه الخدمة حاليًا[. تُفتح في {open_time}]. يُرجى إبلاغ المتعامل بذلك.",
              "This service takes no applications at present[; it opens on {open_time}]. Please tell the customer.";
        it "الخدمة خارج مدة سريانها أو موقوفة. اعرض الخدمات السارية فقط من ListServices.",
           "The service is outside its period or withdrawn. Offer only what ListServices shows as in force.";
        operator "راجع مدة سريان الخدمة في الدليل مع الجهة المالكة.",
                 "Check the service's period in the catalogue with its owner.";

    CONFIRMATION_REQUIRED: FailedPrecondition, 400, No;
        clerk "هذا الإجراء لا يمكن التراجع عنه. يُرجى كتابة الاسم المطلوب[ ({expected})] لتأكيده.",
              "This cannot be undone. Please type the name asked for[ ({expected})] to confirm it.";
        it "أرسل حقل التأكيد مطابقًا لاسم ما سيتأثر بالإجراء.",
           "Send the confirmation field with the exact name of what will be affected.";
        operator "راجع ما سيتأثر، ثم أعد الأمر مع --confirm=<الاسم>.",
                 "Go over what will be affected, then repeat with --confirm=<name>.";

    ETAG_MISMATCH: Aborted, 409, AfterReading;
        clerk "عُدّلت هذه المعاملة من مستخدم آخر بعد فتحها. يُرجى تحديث الصفحة ثم إعادة التعديل إن لزم.",
              "Someone else changed this after you opened it. Please refresh the page and make your change again if it is still needed.";
        it "اقرأ المورد من جديد، وأعد التعديل عليه، وأرسل etag الجديد.",
           "Read the resource again, redo the change on it and send the new etag.";
        operator "حدّث الصفحة ثم قرّر من جديد.",
                 "Reload, then decide anew.";

    REQUEST_IN_PROGRESS: Aborted, 409, Same;
        clerk "الطلب نفسه قيد التنفيذ الآن. يُرجى الانتظار[ مدة {retry_after}] وعدم إرساله مرة أخرى من البداية.",
              "The same request is being carried out now. Please wait[ {retry_after}] and do not start it over.";
        it "أعد إرسال الطلب نفسه بالمعرّف request_id نفسه بعد المهلة المبيّنة؛ تصلك الإجابة الأولى.",
           "Send the same request with the same request_id after the delay given; the first answer is returned.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";
}
