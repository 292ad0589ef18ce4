//! Requests that are wrong in themselves.

super::entries! {
    FIELD_INVALID: InvalidArgument, 400, No;
        clerk "بعض البيانات ناقصة أو غير صحيحة. يُرجى تصحيح الحقول المبيّنة ثم إعادة الإرسال.",
              "Some details are missing or not correct. Please correct the fields shown and send again.";
        it "تسرد field_violations كل حقل مخالف وسببه. تحقّق من البيانات وفق مخطط نموذج الخدمة قبل إرسالها.",
           "field_violations lists each field and what is wrong. Check against the service's form schema before sending.";
        operator "لا يلزم أي إجراء. إذا تكرر الخطأ من نظام واحد فأبلغ فريقه باسم الحقل.",
                 "Nothing to do. If it keeps coming from one front end, tell its team which field it is.";

    FILTER_INVALID: InvalidArgument, 400, No;
        clerk "تعذّر فهم شروط البحث. يُرجى تبسيطها وإعادة المحاولة.",
              "The search conditions could not be understood. Please simplify them and try again.";
        it "اكتب المرشّح وفق AIP-160 بالحقول الموثّقة لهذه القائمة فقط[. موضع الخطأ: {position}].",
           "Write the filter as AIP-160 over the fields documented for this list only[; the error is at {position}].";
        operator "لا يلزم أي إجراء. صحّح شروط البحث.",
                 "Nothing to do; correct the filter.";

    IDENTIFIER_MALFORMED: InvalidArgument, 400, No;
        clerk "رقم التعريف غير مكتوب بالصيغة الصحيحة. يُرجى مطابقته مع الوثيقة الأصلية وإعادة إدخاله.",
              "The identification number is not in the right form. Please compare it with the document and enter it again.";
        it "تحقّق من صيغة الرقم وفق نظام ترقيمه[ ({scheme})]. لا ترسل أصفارًا لمن لا يحمل بطاقة، بل اترك الحقل.",
           "Check the number against its scheme[ ({scheme})]. Do not send zeros for people without a card: leave it out.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    PAGE_TOKEN_MISMATCH: InvalidArgument, 400, No;
        clerk "تعذّر عرض الصفحة التالية. يُرجى إعادة البحث من البداية.",
              "The next page cannot be shown. Please start the search again.";
        it "يرتبط رمز الصفحة بمرشّح القائمة وترتيبها والمستخدم الذي طلبها، ولا يصلح مع غيرها. ابدأ القائمة بلا page_token.",
           "A page token holds only for the filter, order and caller it was made for. Start the list without page_token.";
        operator "لا يلزم أي إجراء. حدّث القائمة.",
                 "Nothing to do; reload the list.";

    RESUME_TOKEN_INVALID: InvalidArgument, 400, AfterReading;
        clerk "انقطعت متابعة المعاملة. يُرجى تحديث الصفحة لعرض حالتها الحالية.",
              "Following the transaction was interrupted. Please refresh the page to see where it stands.";
        it "رمز الاستئناف غير معروف أو أقدم من السجل المحفوظ. اقرأ المعاملة ثم ابدأ المتابعة بلا رمز.",
           "The resume token is unknown or older than the feed kept. Get the transaction, then watch without a token.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    REQUEST_ID_REUSED: InvalidArgument, 422, No;
        clerk "سبق استخدام رقم هذا الطلب لبيانات أخرى، ولم تُحفظ البيانات الجديدة. يُرجى إعادة إدخالها في طلب جديد.",
              "This request's number was used before with other details; the new ones were not saved. Please enter them again as a new request.";
        it "أنشئ request_id جديدًا لكل طلب جديد، ولا تكرره إلا عند إعادة إرسال الطلب نفسه دون أي تغيير.",
           "Make a new request_id for every new request; repeat one only to send exactly the same request again.";
        operator "لا يلزم أي إجراء. أبلغ فريق النظام المرسِل إذا تكرر الخطأ.",
                 "Nothing to do; if it recurs, tell the front end's team.";

    MESSAGE_MALFORMED: InvalidArgument, 400, No;
        clerk "تعذّرت قراءة الطلب. يُرجى إعادة المحاولة، وإن تكرر الخطأ فأبلغ الدعم الفني بالرمز {code}.",
              "The request could not be read. Please try again; if it happens again, give technical support the code {code}.";
        it "نص الرسالة ليس JSON صحيحًا أو لا يطابق وصف الرسالة[: {detail}].",
           "The body is not valid JSON or protobuf for this method[: {detail}].";
        operator "لا يلزم أي إجراء. أبلغ فريق النظام المرسِل إذا تكرر الخطأ.",
                 "Nothing to do; if it recurs, tell the front end's team.";

    MESSAGE_TOO_LARGE: InvalidArgument, 413, No;
        clerk "حجم الطلب أكبر من المسموح به. يُرجى تقليل البيانات المرفقة أو تقسيمها.",
              "The request is larger than allowed. Please attach less, or send it in parts.";
        it "تجاوزت الرسالة الحد الأقصى للحجم[ وهو {max_bytes} بايت]. ارفع ملفات المستندات إلى المخزن وأرسل مرجعها وبصمتها فقط.",
           "The message is over the limit[ of {max_bytes} bytes]. Upload documents to the store; send only reference and digest.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    CONTENT_TYPE_UNSUPPORTED: InvalidArgument, 415, No;
        clerk "تعذّرت قراءة الطلب بسبب صيغته. يُرجى إبلاغ الدعم الفني بالرمز {code}.",
              "The request came in a form that cannot be read. Please give technical support the code {code}.";
        it "أرسل application/json أو application/grpc[ بدلًا من {content_type}].",
           "Send application/json or application/grpc[ instead of {content_type}].";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    METHOD_NOT_FOUND: Unimplemented, 404, No;
        clerk "الوظيفة المطلوبة غير متاحة. يُرجى إبلاغ الدعم الفني بالرمز {code}.",
              "This function is not available. Please give technical support the code {code}.";
        it "لا يوجد مسار أو إجراء بهذا الاسم[: {method}]. راجع وصف OpenAPI أو خدمة reflection.",
           "There is no such path or method[: {method}]. See the OpenAPI document or server reflection.";
        operator "تحقّق من توافق إصدار النظام المرسِل مع إصدار الخادم.",
                 "Check that the front end's release fits the server's.";

    METHOD_NOT_ALLOWED: Unimplemented, 405, No;
        clerk "الوظيفة المطلوبة غير متاحة بهذه الطريقة. يُرجى إبلاغ الدعم الفني بالرمز {code}.",
              "This function is not available in this way. Please give technical support the code {code}.";
        it "المسار موجود، لكنه لا يقبل طريقة HTTP هذه[. المقبول: {allow}].",
           "The path exists but not for this HTTP method[; allowed: {allow}].";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";
}
