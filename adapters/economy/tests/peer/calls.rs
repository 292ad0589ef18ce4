//! What the procedures do when nothing goes wrong: issued, renewed, revoked, refused, and each only once.

use jisr_adapter::{Adapter, Answer};
use prost_types::value::Kind;

use super::world::{Dialect, World, answer, issue, licensed, on_both, outcome, reference, renew};

on_both! {
    a_licence_is_issued_once_however_often_it_is_asked_for,
    attempts_at_the_same_time_leave_one_licence,
    a_licence_is_renewed_once_and_the_renewal_taken_back_once,
    revoking_is_repeatable_and_nothing_to_revoke_is_revoked,
    the_departments_no_is_an_answer_and_leaves_nothing_behind,
    what_the_department_asks_for_is_given_under_the_same_reference,
    a_reference_that_stands_for_something_else_is_not_taken_over,
}

async fn a_licence_is_issued_once_however_often_it_is_asked_for(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let request = issue(1, &["4711001"]);
    let first = licensed(&adapter, &request).await;
    assert_eq!(licensed(&adapter, &request).await, first);
    assert_eq!(licensed(&world.adapter(), &request).await, first, "another instance");
    let ours = reference(&request);
    assert_eq!(world.licensing.applications(), [ours.clone()]);
    // What the citizen wrote, as it should be there.
    assert_eq!(world.licensing.application(&ours, "trade_name_ar"), "بقالة النخيل، الفرع ب");
    assert_eq!(world.licensing.application(&ours, "owner_name_ar"), "مريم راشد سيف المنصوري");
    assert_eq!(world.licensing.application(&ours, "makani_no"), "2652391457");
    assert_eq!(world.licensing.application(&ours, "licence_no"), outcome(&first, "trade_licence_no"));
    let arabic = first.department_status.iter().find(|text| text.language_code == "ar").unwrap();
    assert_eq!(arabic.text, "تم إصدار الرخصة");
}

async fn attempts_at_the_same_time_leave_one_licence(dialect: Dialect) {
    let world = World::new(dialect).await;
    let request = issue(2, &["6201001"]);
    let attempts = (0..8).map(|_| {
        let (adapter, request) = (world.adapter(), request.clone());
        tokio::spawn(async move { licensed(&adapter, &request).await })
    });
    let mut answers = Vec::new();
    for attempt in attempts.collect::<Vec<_>>() {
        answers.push(attempt.await.unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(world.licensing.applications(), [reference(&request)]);
}

async fn a_licence_is_renewed_once_and_the_renewal_taken_back_once(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let request = renew(3, "780123");
    let renewed = licensed(&adapter, &request).await;
    assert_eq!(outcome(&renewed, "expiry_date"), "2028-03-01");
    assert_eq!(licensed(&adapter, &request).await, renewed);
    let until = || world.licensing.sql("SELECT expires_on FROM licence WHERE licence_no = 780123");
    assert_eq!(until(), "2028-03-01");
    adapter.compensate(&request).await.unwrap();
    adapter.compensate(&request).await.unwrap();
    assert_eq!(until(), "2026-03-01");
}

async fn revoking_is_repeatable_and_nothing_to_revoke_is_revoked(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    for (number, activity) in [(4, "4711001"), (5, "5610001")] {
        let request = issue(number, &[activity]);
        adapter.execute(&request).await.unwrap();
        let Ok(Answer::Succeeded(revoked)) = adapter.compensate(&request).await else { panic!("{activity}") };
        assert!(outcome(&revoked, "revoked_time").ends_with("+04:00"));
        assert_eq!(adapter.compensate(&request).await, Ok(Answer::Succeeded(revoked)), "{activity}");
        let refused = adapter.execute(&request).await;
        assert!(matches!(&refused, Ok(Answer::Refused(refused)) if refused.code == "REVOKED"), "{refused:?}");
    }
    let live = "SELECT count(*) FROM licence WHERE licence_no > 800000 AND revoked_at IS NULL";
    assert_eq!(world.licensing.sql(live), "0");
    let Ok(Answer::Succeeded(nothing)) = adapter.compensate(&issue(6, &["4711001"])).await else { panic!() };
    assert!(nothing.outcome.unwrap().fields.is_empty());
}

async fn the_departments_no_is_an_answer_and_leaves_nothing_behind(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let mut reserved = issue(7, &["4711001"]);
    answer(&mut reserved, "trade_name_ar", Kind::StringValue("مطعم البحر الأحمر".to_owned()));
    for (request, code, words) in [
        (issue(8, &["4711001", "1234567"]), "EC202", "رمز أحد الأنشطة"),
        (issue(9, &["9200001"]), "EC203", "غير مسموح"),
        (reserved, "TRADE_NAME_RESERVED", "محجوز"),
        (renew(10, "999999"), "EC211", "غير موجود"),
        (renew(11, "780199"), "EC212", "موقوفة"),
    ] {
        let refused = match adapter.execute(&request).await {
            Ok(Answer::Refused(refused)) => refused,
            other => panic!("{code}: {other:?}"),
        };
        assert_eq!(refused.code, code);
        assert!(
            refused.reason.iter().any(|said| said.language_code == "ar" && said.text.contains(words)),
            "{refused:?}"
        );
    }
    assert_eq!(world.licensing.applications(), [""; 0]);
    assert_eq!(world.licensing.sql("SELECT count(*) FROM reserved_name"), "1");
}

async fn what_the_department_asks_for_is_given_under_the_same_reference(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let mut request = issue(12, &["4711001"]);
    answer(&mut request, "legal_form", Kind::StringValue("limited-liability-company".to_owned()));
    let Ok(Answer::InformationRequired(asked)) = adapter.execute(&request).await else { panic!() };
    assert_eq!(asked.fields, ["answers.capital"]);
    answer(&mut request, "capital", Kind::StringValue("300000.00".to_owned()));
    licensed(&adapter, &request).await;
    assert_eq!(world.licensing.applications(), [reference(&request)]);
    assert_eq!(world.licensing.application(&reference(&request), "capital"), "300000.00");
}

async fn a_reference_that_stands_for_something_else_is_not_taken_over(dialect: Dialect) {
    let world = World::new(dialect).await;
    let adapter = world.adapter();
    let request = issue(13, &["4711001"]);
    licensed(&adapter, &request).await;
    let mut other = request.clone();
    answer(&mut other, "trade_name_ar", Kind::StringValue("اسم آخر".to_owned()));
    let (class, code) = super::world::not_done(&adapter, &other).await;
    assert_eq!((class.as_str(), code.as_str()), ("permanent", "EC409"));
}
