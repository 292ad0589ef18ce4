//! The checks of the suite: their names, which verdicts list, and what each asks, for people.

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name, the same in every version of the suite that has it.
    pub name: &'static str,
    /// What it asks, in Arabic.
    pub ar: &'static str,
    /// What it asks, in English.
    pub en: &'static str,
}

macro_rules! checks {
    ($($constant:ident = $name:literal, $ar:literal, $en:literal;)*) => {
        $(pub(crate) const $constant: Check = Check { name: $name, ar: $ar, en: $en };)*

        /// Every check, in the order in which they are made.
        pub const CHECKS: &[Check] = &[$($constant),*];
    };
}

checks! {
    ANNOUNCED = "announced", "يعلن الموصِّل عن نفسه عند بدئه", "it announces itself when it starts";
    MANIFEST = "manifest", "بيانه صالح ومتسق", "its manifest is sound";
    CASES = "cases", "لكل عملية حالات: منجزة، وقيمة لا يمكن نقلها", "every operation has cases: one that is done, one with a value that does not fit";
    CASE = "case", "كل حالة من حالات المؤلف تنتهي كما كُتب", "each of the author's cases ends as written";
    LATER = "later-answer", "ما ينجز لاحقاً تصل إجابته من تلقاء نفسها", "what goes on at the department is answered by itself, later";
    UNMAPPABLE = "unmappable", "قيمة لا يمكن نقلها: عطل MAPPING باسم الحقل، ولا أثر", "a value that does not fit: MAPPING with its field, and no effect";
    UNKNOWN_OPERATION = "unknown-operation", "عملية مجهولة: UNSUPPORTED", "an operation nobody knows: UNSUPPORTED";
    UNKNOWN_KIND = "unknown-kind", "طلب بلا نوع: UNSUPPORTED", "a request of no kind: UNSUPPORTED";
    UNKNOWN_FIELDS = "unknown-fields", "الحقول المجهولة تُتجاهل", "fields of a later version are passed over";
    PACKED = "packed", "طلبات في رسالة واحدة: يُنجز كلٌّ منها مرة", "requests that travel as one are done once each";
    OVERSIZE = "oversize", "نصوص طويلة جداً لا تُقطع ولا تعطل الموصِّل", "texts far too long are neither cut nor the end of it";
    ODD_CHARACTERS = "odd-characters", "محارف لا يعرفها النظام لا تُستبدل", "characters the system cannot hold are not replaced";
    FENCE = "fence", "بعد الموعد الأخير لا يبدأ شيء: EXPIRED", "nothing is begun after the fence: EXPIRED";
    REDELIVERED = "redelivered", "إعادة التسليم تتبع عقد الأثر", "a redelivery is dealt with as the effect contract says";
    REPUBLISHED = "republished", "إعادة الإرسال كإعادة التسليم", "a message sent again is dealt with as a redelivery";
    REDELIVERED_LATE = "redelivered-late", "إعادة تسليم بعد الموعد: IN_DOUBT", "a redelivery after the fence: IN_DOUBT";
    COPY = "copy", "نسخة من طلب منجز لا تُحدث أثراً ثانياً", "a copy of a request that was done has no second effect";
    SECOND_ATTEMPT = "second-attempt", "محاولة ثانية لما أُنجز لا تُحدث أثراً ثانياً", "a second attempt at what was done has no second effect";
    LOOKUP_KNOWN = "lookup-known", "الاستعلام عما أُنجز يجده", "a look-up finds what was done";
    LOOKUP_UNKNOWN = "lookup-unknown", "الاستعلام عما لم يحدث: NOT_FOUND", "a look-up of what was not done: NOT_FOUND";
    COMPENSATE = "compensate", "التراجع ينجح", "what was done is undone";
    COMPENSATE_AGAIN = "compensate-again", "تكرار التراجع يتبع عقده", "a repeated undoing is dealt with as its contract says";
    COMPENSATE_NOTHING = "compensate-nothing", "التراجع عما لم يحدث ينجح", "undoing what was not done succeeds";
    ACKNOWLEDGED = "acknowledged", "ما لا يُكرر يُعلن قبل استدعائه", "what must not happen twice is acknowledged before the call";
    DEAD_SYSTEM = "dead-system", "نظام متوقف: عطل عابر بلا أثر، ثم يُنجز", "the system is down: transient and no effect; done once it is back";
    SLOW_SYSTEM = "slow-system", "نظام بطيء: لا إجابة كاذبة، وأثر واحد", "the system is slow: no untrue answer, and one effect";
    LOST_ANSWER = "lost-answer", "إجابة ضائعة: لا إجابة كاذبة، وأثر واحد", "the answer is lost: no untrue answer, and one effect";
    GARBAGE_ANSWER = "garbage-answer", "إجابة بلا معنى: لا إجابة كاذبة، وأثر واحد", "the answer is garbage: no untrue answer, and one effect";
    BAD_CHARSET = "bad-charset", "محارف تالفة في الإجابة لا تُستبدل", "letters of no character set in the answer are not replaced";
    HUGE_ANSWER = "huge-answer", "إجابة لا تنتهي لا تعطل الموصِّل", "an answer without end is not the end of it";
    GARBAGE_BODY = "garbage-body", "رسالة بلا معنى تُوضع جانباً", "a message that is no request is put aside";
    WRONG_VERSION = "wrong-version", "رسالة بإصدار آخر من العقد تُوضع جانباً", "a message of another version of the contract is put aside";
    KILLED = "killed-in-call", "قتله أثناء استدعاء: يعود الطلب وينتهي مرة واحدة", "killed in mid-call: the request comes again and ends once";
    TERMINATED = "terminated-in-call", "إيقافه أثناء استدعاء: يتوقف في وقته وينتهي الطلب مرة واحدة", "told to end in mid-call: it ends in time, and the request ends once";
    ANNOUNCED_ANEW = "announced-anew", "كل بدء نسخة جديدة", "each start is another instance";
    TRACE = "trace", "سياق التتبع يعود في كل رد", "the trace context comes back in every reply";
    REPLIES = "replies", "كل رد مكتوب كما في العقد", "every reply is written as the contract has it";
    ONE_ANSWER = "one-answer", "لكل طلب رد أخير واحد", "every request has one last word";
    HEARTBEAT = "heartbeat", "لا يصمت أكثر من ثلاثين ثانية", "it is never silent for 30 s";
    NOTHING_LEFT = "nothing-left", "لا يبقى طلب لم يُقرّ باستلامه", "no request is left unacknowledged";
}
