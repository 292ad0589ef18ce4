//! Things that do not exist, or not for this caller.

super::entries! {
    TRANSACTION_NOT_FOUND: NotFound, 404, No;
        clerk "لم يُعثر على المعاملة[ ذات الرقم المرجعي {reference_no}]. يُرجى مطابقة الرقم مع الإيصال وإعادة البحث.",
              "The transaction[ with reference number {reference_no}] was not found. Please compare the number with the receipt and search again.";
        it "تحقّق من اسم المعاملة[: {name}]. الرقم المرجعي للطباعة والبحث، وليس مفتاحًا.",
           "Check the transaction's name[: {name}]. The reference number is for print and search; it is no key.";
        operator "ابحث بالرقم المرجعي أو برقم طلب الجهة.",
                 "Search by the reference number or by the department's own number.";

    LEG_NOT_FOUND: NotFound, 404, No;
        clerk "لم يُعثر على هذه الخطوة من المعاملة. يُرجى تحديث الصفحة.",
              "This step of the transaction was not found. Please refresh the page.";
        it "لا توجد خطوة بهذا الاسم[: {name}]. اقرأ legs من المعاملة.",
           "There is no leg of this name[: {name}]. Read legs from the transaction.";
        operator "افتح المعاملة واختر الخطوة من قائمتها.",
                 "Open the transaction and choose the leg from its list.";

    SERVICE_NOT_FOUND: NotFound, 404, No;
        clerk "لا توجد خدمة بهذا الاسم. يُرجى اختيار الخدمة من القائمة.",
              "There is no such service. Please choose it from the list.";
        it "تحقّق من اسم الخدمة[: {name}]. تعرض ListServices الخدمات السارية.",
           "Check the service's name[: {name}]. ListServices shows those in force.";
        operator "إن كانت الخدمة جديدة فتأكد من تطبيق الدليل بالأمر jisr catalogue apply.",
                 "If the service is new, see that the catalogue was applied with jisr catalogue apply.";

    DEPARTMENT_NOT_FOUND: NotFound, 404, No;
        clerk "لا توجد جهة بهذا الاسم. يُرجى اختيار الجهة من القائمة.",
              "There is no such department. Please choose it from the list.";
        it "تحقّق من اسم الجهة[: {name}].",
           "Check the department's name[: {name}].";
        operator "تحقّق من ملفات الجهات في الدليل.",
                 "Check the departments' files of the catalogue.";

    CENTRE_NOT_FOUND: NotFound, 404, No;
        clerk "لا يوجد مركز خدمة بهذا الاسم. يُرجى اختيار المركز من القائمة.",
              "There is no such service centre. Please choose it from the list.";
        it "تحقّق من اسم المركز في channel.centre[: {name}].",
           "Check the centre's name in channel.centre[: {name}].";
        operator "إن كان المركز جديدًا فأضف ملفه إلى الدليل.",
                 "If the centre is new, add its file to the catalogue.";

    PARTY_NOT_FOUND: NotFound, 404, No;
        clerk "لا يوجد سجل لهذا المتعامل. يُرجى التحقق من الرقم أو تسجيله متعاملًا جديدًا.",
              "There is no record of this customer. Please check the number, or register a new customer.";
        it "تحقّق من اسم السجل[: {name}]، أو استدعِ Resolve بأحد أرقام التعريف.",
           "Check the record's name[: {name}], or call Resolve with one of the identifiers.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    EVIDENCE_NOT_FOUND: NotFound, 404, No;
        clerk "لم يُعثر على المستند في ملف المتعامل. يُرجى مسحه ضوئيًا وإرفاقه من جديد.",
              "The document was not found in the customer's file. Please scan and attach it again.";
        it "تحقّق من اسم المستند[: {name}]. تعرض ListEvidence المستندات المحفوظة.",
           "Check the document's name[: {name}]. ListEvidence shows those held.";
        operator "لا يلزم أي إجراء.",
                 "Nothing to do.";

    WEBHOOK_ENDPOINT_NOT_FOUND: NotFound, 404, No;
        clerk "لم يُعثر على عنوان الإشعارات. يُرجى إبلاغ الدعم الفني بالرمز {code}.",
              "The address for notices was not found. Please give technical support the code {code}.";
        it "لا توجد نقطة استقبال بهذا الاسم[: {name}].",
           "There is no webhook endpoint of this name[: {name}].";
        operator "راجع نقاط الاستقبال المسجّلة لهذا العميل.",
                 "Look at the endpoints registered for this client.";

    FAILURE_NOT_FOUND: NotFound, 404, No;
        clerk "لم يُعثر على هذا العطل، وربما جرت معالجته. يُرجى تحديث الصفحة.",
              "This failure was not found; it may have been dealt with. Please refresh the page.";
        it "لا يوجد عطل أو مجموعة أعطال بهذا الاسم[: {name}].",
           "There is no failure or failure group of this name[: {name}].";
        operator "حدّث قائمة الأعطال، فربما عالجه زميل.",
                 "Reload the list of failures: a colleague may have dealt with it.";

    JOB_NOT_FOUND: NotFound, 404, No;
        clerk "لم يُعثر على المهمة المطلوبة. يُرجى تحديث الصفحة.",
              "The job was not found. Please refresh the page.";
        it "لا توجد مهمة جماعية بهذا الاسم[: {name}].",
           "There is no bulk job of this name[: {name}].";
        operator "افتح قائمة المهام واختر منها.",
                 "Open the list of jobs and choose from it.";
}
