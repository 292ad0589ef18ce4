//! Who may not, and why.

super::entries! {
    CREDENTIALS_MISSING: Unauthenticated, 401, AfterSigningIn;
        clerk "يلزم تسجيل الدخول أولًا. يُرجى تسجيل الدخول ثم إعادة المحاولة.",
              "You need to sign in first. Please sign in and try again.";
        it "أرسل رمز وصول في ترويسة Authorization أو اتصل بشهادة عميل.",
           "Send an access token in the Authorization header, or connect with a client certificate.";
        operator "لا يلزم أي إجراء. إن كان النظام جديدًا فتأكد من تسجيله.",
                 "Nothing to do; if the client is new, see that it is registered.";

    TOKEN_INVALID: Unauthenticated, 401, AfterSigningIn;
        clerk "تعذّر التحقق من تسجيل دخولك. يُرجى تسجيل الخروج ثم الدخول من جديد.",
              "Your sign-in could not be verified. Please sign out and sign in again.";
        it "تحقّق من مُصدر الرمز والجهة المقصودة به وتوقيعه (RFC 9068)، ومن ضبط ساعة الخادم.",
           "Check the token's issuer, audience and signature (RFC 9068), and the clock of the machine that made it.";
        operator "تأكد من أن مفاتيح JWKS الخاصة بالمُصدر محدّثة ويمكن الوصول إليها.",
                 "See that the issuer's JWKS keys are current and reachable.";

    TOKEN_EXPIRED: Unauthenticated, 401, AfterSigningIn;
        clerk "انتهت مدة تسجيل دخولك. يُرجى تسجيل الدخول من جديد ثم إعادة الإرسال.",
              "Your sign-in has expired. Please sign in again and send once more.";
        it "جدّد رمز الوصول قبل انتهائه، ثم أعد إرسال الطلب نفسه بالمعرّف request_id نفسه.",
           "Renew the access token before it ends, then send the same request with the same request_id.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    CERTIFICATE_NOT_MAPPED: Unauthenticated, 401, No;
        clerk "هذا النظام غير مسجّل لدينا. يُرجى إبلاغ الدعم الفني بالرمز {code}.",
              "This system is not registered with us. Please give technical support the code {code}.";
        it "الشهادة سليمة، لكنها غير مرتبطة بأي عميل[: {subject}]. اطلب من المشغّل تسجيلها.",
           "The certificate is good but belongs to no client[: {subject}]. Ask the operator to register it.";
        operator "سجّل اسم صاحب الشهادة للعميل إن كان معروفًا لديك، وإلا فارفضه.",
                 "Register the certificate's subject for its client if you know it; otherwise leave it refused.";

    SERVICE_NOT_GRANTED: PermissionDenied, 403, No;
        clerk "هذه الخدمة غير متاحة من خلال هذا النظام. يُرجى توجيه المتعامل إلى القناة المخصصة لها.",
              "This service is not offered through this system. Please direct the customer to the channel that offers it.";
        it "لا يملك نظامكم إذنًا لهذه الخدمة[: {service}]. استدعِ ListAllowedServices لمعرفة المتاح لكم.",
           "Your system has no grant for this service[: {service}]. ListAllowedServices shows what it may call.";
        operator "إن وافقت الجهة المالكة للخدمة فأضف إذنًا بالأمر jisr grant allow.",
                 "If the service's owner agrees, add a grant with jisr grant allow.";

    ROLE_NOT_GRANTED: PermissionDenied, 403, No;
        clerk "صلاحياتك لا تسمح بهذا الإجراء. يُرجى الرجوع إلى المسؤول.",
              "Your role does not allow this. Please ask your supervisor.";
        it "يتطلب هذا الإجراء دورًا أعلى[: {role}].",
           "This needs a higher role[: {role}].";
        operator "اطلب من مدير النظام تنفيذ الإجراء أو منحك الدور المطلوب.",
                 "Ask an administrator to do it, or to grant you the role.";

    ACCESS_DENIED: PermissionDenied, 403, No;
        clerk "لا يمكنك الاطلاع على هذه البيانات أو تعديلها. يُرجى مراجعة المركز الذي قدّم الطلب.",
              "You may not see or change this. Please turn to the centre where the application was made.";
        it "المورد يخص عميلًا آخر، أو أن العملية غير مشمولة بالإذن.",
           "The resource belongs to another client, or the grant does not cover the operation.";
        operator "راجع الأذون بالأمر jisr grant list. لا توسّعها دون موافقة الجهة المالكة.",
                 "Look at the grants with jisr grant list; widen none without the owner's consent.";

    ASSURANCE_TOO_LOW: PermissionDenied, 403, No;
        clerk "تتطلب هذه الخدمة تحققًا أقوى من هوية المتعامل. يُرجى قراءة بطاقة الهوية بالقارئ أو استخدام الهوية الرقمية.",
              "This service needs stronger proof of the customer's identity. Please read the ID card in the reader or use the digital identity.";
        it "مستوى التحقق المرسل أدنى من المطلوب للخدمة[ ({required})]. أعد التحقق ثم أرسل النتيجة.",
           "The verification sent is weaker than the service requires[ ({required})]. Verify again and send the result.";
        operator "لا يلزم أي إجراء. تأكد من عمل قارئ البطاقات في المركز إذا تكرر الخطأ.",
                 "Nothing to do; if it recurs at one centre, see whether its card reader works.";
}
