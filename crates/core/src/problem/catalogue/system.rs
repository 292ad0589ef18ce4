//! Limits, outages and faults: nothing the clerk did.

super::entries! {
    RATE_LIMITED: ResourceExhausted, 429, Same;
        clerk "عدد الطلبات كبير الآن. يُرجى الانتظار[ مدة {retry_after}] ثم إعادة المحاولة.",
              "There are too many requests just now. Please wait[ {retry_after}] and try again.";
        it "تجاوز نظامكم حد الطلبات[ ({limit})]. أبطئ الإرسال والتزم بالمهلة المبيّنة مع زيادة عشوائية.",
           "Your system is over its budget[ ({limit})]. Slow down, keep to the delay given and add random spread.";
        operator "انظر أي عميل يتجاوز حصته ولماذا قبل رفعها.",
                 "See which client is over its budget, and why, before you raise it.";

    DEPARTMENT_BACKLOG: ResourceExhausted, 429, Same;
        clerk "لدى الجهة[ ({department})] طلبات كثيرة بانتظار المعالجة ولا يمكن استقبال المزيد الآن. يُرجى إعادة المحاولة[ بعد {retry_after}].",
              "The department[ ({department})] has so many applications waiting that no more can be taken now. Please try again[ in {retry_after}].";
        it "بلغت قائمة انتظار الجهة حدها الأقصى. أعد إرسال الطلب نفسه بعد المهلة المبيّنة.",
           "The department's queue is at its limit. Send the same request again after the delay given.";
        operator "تحقّق من عمل نظام الجهة ومحوّلها، ثم من حد قائمة الانتظار.",
                 "See whether the department's system and adapter work, then look at the queue's limit.";

    JOURNAL_DOWN: Unavailable, 503, Same;
        clerk "الخدمة غير متاحة مؤقتًا ولم يُحفظ الطلب. يُرجى إعادة المحاولة[ بعد {retry_after}].",
              "The service is down for the moment and the request was not saved. Please try again[ in {retry_after}].";
        it "أعد إرسال الطلب نفسه بالمعرّف request_id نفسه؛ لن يُنفّذ مرتين.",
           "Send the same request with the same request_id; it will not be carried out twice.";
        operator "تحقّق من قاعدة بيانات السجل: الاتصال والمساحة والأقفال.",
                 "Check the journal's database: connection, disk space, locks.";

    SHUTTING_DOWN: Unavailable, 503, Same;
        clerk "يُعاد تشغيل الخادم الآن. يُرجى إعادة المحاولة[ بعد {retry_after}].",
              "The server is being restarted. Please try again[ in {retry_after}].";
        it "أعد الاتصال بخادم آخر وأرسل الطلب نفسه بالمعرّف request_id نفسه.",
           "Connect to another server and send the same request with the same request_id.";
        operator "لا يلزم أي إجراء إن كان الإيقاف مقصودًا.",
                 "Nothing to do if the stop was meant.";

    DEADLINE_EXCEEDED: DeadlineExceeded, 504, Same;
        clerk "تأخّر الرد أكثر من المتوقع، وقد يكون الطلب قد حُفظ. يُرجى إعادة الإرسال من الشاشة نفسها، فلن يتكرر الطلب.",
              "The answer took too long, and the request may have been saved. Please send it again from the same screen: it will not be doubled.";
        it "أعد إرسال الطلب نفسه بالمعرّف request_id نفسه وبمهلة أطول.",
           "Send the same request with the same request_id and a longer deadline.";
        operator "راجع زمن الحفظ في السجل وحمل الخادم.",
                 "Look at the journal's commit time and the server's load.";

    LEGACY_FAULT: Internal, 500, No;
        clerk "حدث خلل في نظام الجهة[ ({department})] ويجري التعامل معه. لا حاجة إلى تقديم الطلب من جديد.",
              "The department's system[ ({department})] had a fault, which is being dealt with. There is no need to apply again.";
        it "ردّ نظام الجهة بخلل فني[ ({fault})]. التفاصيل محفوظة في السجل لدى المشغّل.",
           "The department's system answered with a technical fault[ ({fault})]. The operator's log has the details.";
        operator "افتح مجموعة الأعطال، وأبلغ الجهة، ثم أعد الإرسال بعد الإصلاح.",
                 "Open the failure group, tell the department, and redrive once it is repaired.";

    MAPPING_LOSS: Internal, 500, No;
        clerk "لا يستطيع نظام الجهة حفظ أحد الرموز المدخلة[ في الحقل {field}]. يُرجى إعادة كتابته بحروف وأرقام عادية.",
              "The department's system cannot hold one of the characters entered[ in the field {field}]. Please type it again in plain letters and digits.";
        it "لا مقابل لهذه القيمة في ترميز الجهة[: الحقل {field}][، الرمز {character}]. لا تُستبدل بعلامة استفهام.",
           "The value has no place in the department's code page[: field {field}][, character {character}]. It is never replaced by a question mark.";
        operator "صحّح البيانات مع المتعامل أو وسّع جدول التحويل، ثم أعد الإرسال.",
                 "Have the value corrected with the customer or extend the mapping, then redrive.";

    INTERNAL: Internal, 500, Same;
        clerk "حدث خطأ غير متوقع. يُرجى إعادة المحاولة، وإن تكرر فأبلغ الدعم الفني بالرمز {code}.",
              "Something unexpected went wrong. Please try again; if it happens again, give technical support the code {code}.";
        it "الخطأ لدينا. أعد إرسال الطلب نفسه بالمعرّف request_id نفسه، وأرسل لنا رقم التتبع إن تكرر.",
           "The error is ours. Send the same request with the same request_id; if it recurs, send us the trace id.";
        operator "ابحث في السجل برقم التتبع، فالسبب مكتوب فيه.",
                 "Search the log by the trace id: the cause is written there.";
}
