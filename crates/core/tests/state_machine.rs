//! Properties of the state machines over random plans, promises, replies, operators and clocks.

#![allow(clippy::unwrap_used)] // the helpers of a test may panic like the test itself

use std::collections::HashSet;
use std::time::Duration;

use jisr_core::case::{
    Actor, ActorKind, Answer, Case, Change, Command, Decision, Leg, Reply, RequestKind, Verdict, advance, decide,
};
use jisr_core::fault::{Fault, FaultClass};
use jisr_core::name::{DepartmentId, LegId, OperationId};
use jisr_core::policy::{Effect, Policy, Retry};
use jisr_core::state::{LegState, TransactionState};
use jisr_core::text::LocalizedText;
use jisr_core::time::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn actor() -> Actor {
    Actor::new(ActorKind::FrontEnd, "test")
}

/// `dependencies[i]` are bits over the legs before leg `i`.
fn plan(dependencies: &[u8]) -> Vec<Leg> {
    dependencies
        .iter()
        .enumerate()
        .map(|(index, bits)| {
            let on = (0..index).filter(|other| bits & (1 << other) != 0).map(|other| u16::try_from(other).unwrap());
            Leg::planned(
                LegId::new(format!("leg-{index}")).unwrap(),
                DepartmentId::new("municipality").unwrap(),
                OperationId::new("building-noc").unwrap(),
                on.collect(),
            )
        })
        .collect()
}

fn policy(effect: Effect, compensable: bool) -> Policy {
    Policy { effect, compensable, compensation_effect: effect, ..Policy::CAREFUL }
}

fn begin(dependencies: &[u8], policy: &Policy) -> Case {
    let expire = Some(START.plus(Duration::from_secs(40_000)));
    advance(Case::new(plan(dependencies), START, expire), policy, &Command::Begin, actor(), START).unwrap().case
}

fn verdicts() -> impl Strategy<Value = Verdict> {
    let fault = |class| Fault::new(class, "TEST");
    prop_oneof![
        Just(Verdict::Acknowledged),
        Just(Verdict::InProgress { note: LocalizedText::default() }),
        Just(Verdict::Succeeded(Answer::default())),
        Just(Verdict::Succeeded(Answer::default())),
        Just(Verdict::Refused { code: "NO".into(), text: LocalizedText::bilingual("مرفوض", "refused") }),
        Just(Verdict::InformationRequired { text: LocalizedText::default() }),
        Just(Verdict::Failed(fault(FaultClass::Transient))),
        Just(Verdict::Failed(fault(FaultClass::Permanent))),
        Just(Verdict::Failed(fault(FaultClass::Expired))),
        Just(Verdict::Failed(fault(FaultClass::NotFound))),
        Just(Verdict::InDoubt {
            certain_after: START.plus(Duration::from_secs(60)),
            fault: fault(FaultClass::Transient)
        }),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    /// A reply of the leg, for the last attempt less `behind`.
    Reply {
        leg: u16,
        behind: u32,
        sequence: u32,
        kind: Option<RequestKind>,
        verdict: Verdict,
    },
    Command(Command),
    /// Lets time pass to the next wake-up.
    Sleep,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let kind = prop_oneof![
        6 => Just(None),
        1 => Just(Some(RequestKind::Execute)),
        1 => Just(Some(RequestKind::Lookup)),
        1 => Just(Some(RequestKind::Compensate)),
    ];
    let note = LocalizedText::default;
    let step = prop_oneof![
        12 => (0..5u16, prop_oneof![5 => Just(0u32), 1 => 1..3u32], 0..4u32, kind, verdicts())
            .prop_map(|(leg, behind, sequence, kind, verdict)| Step::Reply { leg, behind, sequence, kind, verdict }),
        3 => Just(Step::Sleep),
        1 => Just(Step::Command(Command::Cancel { note: note() })),
        1 => Just(Step::Command(Command::ProvideInformation)),
        1 => Just(Step::Command(Command::RequirePayment)),
        1 => Just(Step::Command(Command::RecordPayment)),
        1 => Just(Step::Command(Command::Suspend { note: note() })),
        2 => Just(Step::Command(Command::Resume)),
        1 => (0..5u16).prop_map(move |leg| Step::Command(Command::Redrive { leg, note: note() })),
        1 => (0..5u16).prop_map(move |leg| Step::Command(Command::Skip { leg, note: note() })),
    ];
    prop::collection::vec(step, 0..40)
}

fn effects() -> impl Strategy<Value = Policy> {
    (prop_oneof![Just(Effect::Idempotent), Just(Effect::Lookup), Just(Effect::Once)], any::<bool>())
        .prop_map(|(effect, compensable)| policy(effect, compensable))
}

/// Gives one step and checks everything that must hold of any step.
fn take(case: &Case, policy: &Policy, step: &Step, now: &mut Timestamp) -> Case {
    let command = match step {
        Step::Command(command) => command.clone(),
        Step::Sleep => {
            *now = case.wake_at().unwrap_or(*now).max(*now);
            Command::Wake
        }
        Step::Reply { leg, behind, sequence, kind, verdict } => {
            let Some(progress) = case.legs.get(usize::from(*leg)).map(|leg| &leg.progress) else {
                return case.clone();
            };
            let reply = Reply {
                // As far back as nothing at all: the department's own word.
                attempt: progress.attempt.saturating_sub(*behind),
                kind: kind.unwrap_or(progress.asked),
                sequence: *sequence,
                called: Some(*now),
                answered: Some(*now),
                verdict: verdict.clone(),
            };
            Command::Reply { leg: *leg, reply }
        }
    };
    let Ok(Decision { case: after, events }) = advance(case.clone(), policy, &command, actor(), *now) else {
        return case.clone();
    };
    assert_eq!(decide(case, policy, &command, actor(), *now).unwrap(), events, "decide is a function of its arguments");
    let mut folded = case.clone();
    for event in &events {
        assert_eq!(event.sequence, folded.last_event + 1, "no gap in the history");
        match &event.change {
            Change::Transaction { from, to, .. } => {
                assert_eq!(*from, Some(folded.state));
                assert!(folded.state.may_become(*to), "{from:?} -> {to:?} by {command:?}");
            }
            Change::Leg { leg, from, to, .. } => {
                assert_eq!(*from, folded.legs[usize::from(*leg)].state());
                assert!(from.may_become(*to), "leg {from:?} -> {to:?} by {command:?}");
            }
        }
        folded.evolve(event);
    }
    assert_eq!(folded, after, "the events say everything that changed");
    if let Command::Reply { .. } = command {
        let again = decide(&after, policy, &command, actor(), *now).unwrap();
        assert_eq!(again, [], "a reply applied twice changes nothing");
    }
    let waits = after.state.is_terminal()
        || after.state == TransactionState::Suspended
        || after.state.waits_for_customer()
        || after.legs.iter().any(|leg| leg.progress.held)
        || after.wake_at().is_some();
    assert!(waits, "stuck for ever: {after:?}");
    after
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn every_step_is_legal_complete_and_never_stuck(
        dependencies in prop::collection::vec(any::<u8>(), 1..5),
        policy in effects(),
        steps in steps(),
    ) {
        let mut now = START;
        let mut case = begin(&dependencies, &policy);
        for step in &steps {
            let before = case.clone();
            case = take(&case, &policy, step, &mut now);
            if before.state.is_terminal() {
                prop_assert_eq!(&case, &before, "nothing leaves a terminal state");
            }
        }
    }

    #[test]
    fn rolling_up_does_not_depend_on_the_order_of_replies(
        answers in prop::collection::vec(0..2u8, 1..5),
        order in Just((0..5usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let policy = policy(Effect::Idempotent, true);
        let finish = |order: &[usize]| {
            let mut case = begin(&vec![0; answers.len()], &policy);
            for index in order.iter().filter(|index| **index < answers.len()) {
                let verdict = if answers[*index] == 0 {
                    Verdict::Refused { code: "NO".into(), text: LocalizedText::default() }
                } else {
                    Verdict::Succeeded(Answer::default())
                };
                let leg = u16::try_from(*index).unwrap();
                let step = Step::Reply { leg, behind: 0, sequence: 1, kind: Some(RequestKind::Execute), verdict };
                case = take(&case, &policy, &step, &mut START.clone());
            }
            for leg in 0..u16::try_from(answers.len()).unwrap() {
                let verdict = Verdict::Succeeded(Answer::default());
                let step = Step::Reply { leg, behind: 0, sequence: 1, kind: Some(RequestKind::Compensate), verdict };
                case = take(&case, &policy, &step, &mut START.clone());
            }
            (case.state, case.legs.iter().map(Leg::state).collect::<Vec<_>>())
        };
        prop_assert_eq!(finish(&order), finish(&[0, 1, 2, 3, 4]));
    }
}

#[test]
fn every_state_is_reachable() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let run = (prop::collection::vec(any::<u8>(), 1..5), effects(), steps());
    let (mut transactions, mut legs) = (HashSet::from([TransactionState::Submitted]), HashSet::new());
    for _ in 0..4_000 {
        let (dependencies, policy, steps) = run.new_tree(&mut runner).unwrap().current();
        let mut now = START;
        let fresh = Case::new(plan(&dependencies), START, None);
        for event in decide(&fresh, &policy, &Command::Begin, actor(), START).unwrap() {
            if let Change::Transaction { to, .. } = event.change {
                transactions.insert(to);
            }
        }
        let mut case = begin(&dependencies, &policy);
        for step in &steps {
            transactions.insert(case.state);
            legs.extend(case.legs.iter().map(Leg::state));
            case = take(&case, &policy, step, &mut now);
        }
    }
    assert_eq!(
        TransactionState::ALL.iter().filter(|state| !transactions.contains(state)).collect::<Vec<_>>(),
        [&TransactionState::Submitted; 0]
    );
    assert_eq!(LegState::ALL.iter().filter(|state| !legs.contains(state)).collect::<Vec<_>>(), [&LegState::Planned; 0]);
}

#[test]
fn a_lookup_operation_is_never_executed_again_before_it_was_asked_for() {
    let policy = policy(Effect::Lookup, true);
    let mut now = START;
    let mut case = begin(&[0], &policy);
    let fault = Fault::new(FaultClass::Transient, "CUT");
    let certain_after = START.plus(Duration::from_secs(30));
    let reply = |kind, verdict| Step::Reply { leg: 0, behind: 0, sequence: 9, kind: Some(kind), verdict };
    case = take(&case, &policy, &reply(RequestKind::Execute, Verdict::InDoubt { certain_after, fault }), &mut now);
    // The clock that said so may be two seconds behind.
    let certainly = certain_after.plus(Duration::from_secs(2));
    assert_eq!((case.legs[0].state(), case.wake_at()), (LegState::InDoubt, Some(certainly)));
    case = take(&case, &policy, &Step::Sleep, &mut now);
    assert_eq!((case.legs[0].state(), case.legs[0].progress.asked), (LegState::InDoubt, RequestKind::Lookup));
    let nothing = Verdict::Failed(Fault::new(FaultClass::NotFound, "NOT_FOUND"));
    case = take(&case, &policy, &reply(RequestKind::Lookup, nothing), &mut now);
    assert_eq!((case.legs[0].state(), case.legs[0].progress.asked), (LegState::Dispatched, RequestKind::Execute));
    assert_eq!(case.legs[0].progress.attempt, 3);
}

#[test]
fn a_once_operation_in_doubt_waits_for_an_operator() {
    let policy = policy(Effect::Once, false);
    let mut now = START;
    let case = begin(&[0], &policy);
    let verdict = Verdict::InDoubt { certain_after: START, fault: Fault::new(FaultClass::Transient, "CUT") };
    let step = Step::Reply { leg: 0, behind: 0, sequence: 1, kind: Some(RequestKind::Execute), verdict };
    let case = take(&case, &policy, &step, &mut now);
    assert!(case.legs[0].progress.held);
    assert_eq!(case.wake_at(), None);
}

/// A request that is delivered again after its answer is answered with doubt by an adapter that does not know better.
#[test]
fn doubt_after_an_answer_takes_nothing_back() {
    let policy = policy(Effect::Once, false);
    let say =
        |verdict, sequence| Step::Reply { leg: 0, behind: 0, sequence, kind: Some(RequestKind::Execute), verdict };
    let doubt = || Verdict::InDoubt { certain_after: START, fault: Fault::new(FaultClass::Transient, "REDELIVERED") };
    let refused = Verdict::Refused { code: "NO".into(), text: LocalizedText::bilingual("مرفوض", "refused") };
    for (answer, state) in [
        (Verdict::Succeeded(Answer::default()), LegState::Succeeded),
        (refused, LegState::Refused),
        (Verdict::InProgress { note: LocalizedText::default() }, LegState::InProgress),
        (Verdict::InformationRequired { text: LocalizedText::default() }, LegState::InformationRequired),
        (Verdict::Failed(Fault::new(FaultClass::Transient, "BUSY")), LegState::Failed),
    ] {
        let mut now = START;
        let answered = take(&begin(&[0], &policy), &policy, &say(answer, 2), &mut now);
        assert_eq!(answered.legs[0].state(), state);
        assert_eq!(take(&answered, &policy, &say(doubt(), 2), &mut now), answered, "{state:?}");
        if state == LegState::InProgress {
            // Said later and by somebody who knows of the answer, it counts.
            let doubted = take(&answered, &policy, &say(doubt(), 3), &mut now);
            assert_eq!(doubted.legs[0].state(), LegState::InDoubt);
        }
    }
}

/// Of an undoing that was never answered nobody knows whether it happened, and some must not happen twice.
#[test]
fn an_unanswered_compensation_is_repeated_only_where_that_is_safe() {
    for (effect, held) in [(Effect::Once, true), (Effect::Idempotent, false)] {
        let policy = policy(effect, true);
        let mut now = START;
        let succeeded = Verdict::Succeeded(Answer::default());
        let kind = Some(RequestKind::Execute);
        let answer = Step::Reply { leg: 0, behind: 0, sequence: 2, kind, verdict: succeeded };
        let case = take(&begin(&[0, 1], &policy), &policy, &answer, &mut now);
        let case = take(&case, &policy, &Step::Command(Command::Cancel { note: LocalizedText::default() }), &mut now);
        assert_eq!(case.legs[0].state(), LegState::Compensating);
        let attempt = case.legs[0].progress.attempt;
        let case = take(&case, &policy, &Step::Sleep, &mut now);
        let leg = &case.legs[0].progress;
        assert_eq!((leg.state, leg.held, leg.attempt > attempt), (LegState::Compensating, held, !held), "{effect:?}");
    }
}

/// A request that was never heard of may have been carried out all the same: its acknowledgement may lie unread. So a
/// cancelled transaction does not end before somebody has said what became of it.
#[test]
fn what_was_never_acknowledged_is_not_declared_undone() {
    for (effect, compensable, state, asked, held) in [
        (Effect::Lookup, true, LegState::InDoubt, RequestKind::Lookup, false),
        (Effect::Lookup, false, LegState::InDoubt, RequestKind::Lookup, false),
        (Effect::Idempotent, true, LegState::Compensating, RequestKind::Compensate, false),
        (Effect::Idempotent, false, LegState::InDoubt, RequestKind::Execute, true),
        (Effect::Once, true, LegState::InDoubt, RequestKind::Execute, true),
    ] {
        let policy = policy(effect, compensable);
        let mut now = START;
        let case = begin(&[0], &policy);
        let case = take(&case, &policy, &Step::Command(Command::Cancel { note: LocalizedText::default() }), &mut now);
        assert_eq!((case.state, case.legs[0].state()), (TransactionState::Cancelling, LegState::Dispatched));
        let case = take(&case, &policy, &Step::Sleep, &mut now);
        let leg = &case.legs[0].progress;
        assert_eq!((leg.state, leg.asked, leg.held), (state, asked, held), "{effect:?} {compensable}");
        // What its answer says now ends it, whoever gives it.
        let (kind, verdict, end) = match asked {
            RequestKind::Lookup => (asked, Verdict::Failed(Fault::new(FaultClass::NotFound, "NO")), LegState::Skipped),
            RequestKind::Compensate => (asked, Verdict::Succeeded(Answer::default()), LegState::Compensated),
            RequestKind::Execute => {
                (asked, Verdict::Failed(Fault::new(FaultClass::Expired, "LATE")), LegState::Skipped)
            }
        };
        let reply = Step::Reply { leg: 0, behind: 0, sequence: 2, kind: Some(kind), verdict };
        let case = take(&case, &policy, &reply, &mut now);
        assert_eq!((case.state, case.legs[0].state()), (TransactionState::Cancelled, end), "{effect:?} {compensable}");
    }
}

/// Its adapter was away for longer than its fence, came back, and says that it never began.
#[test]
fn what_came_too_late_to_be_begun_is_sent_again_without_an_operator() {
    let policy = policy(Effect::Once, false);
    let mut now = START;
    let case = take(&begin(&[0], &policy), &policy, &Step::Sleep, &mut now);
    assert_eq!((case.legs[0].state(), case.legs[0].progress.held), (LegState::InDoubt, true));
    let verdict = Verdict::Failed(Fault::new(FaultClass::Expired, "EXPIRED"));
    let reply = Step::Reply { leg: 0, behind: 0, sequence: 1, kind: Some(RequestKind::Execute), verdict };
    let case = take(&case, &policy, &reply, &mut now);
    assert_eq!((case.legs[0].state(), case.legs[0].progress.attempt), (LegState::Dispatched, 2));
}

/// Answers that come by themselves find the leg whichever attempt is under way; an old question is not asked again.
#[test]
fn the_departments_own_word_counts_whichever_attempt_it_follows() {
    let policy = policy(Effect::Lookup, true);
    let say = |attempt, at, verdict| Command::Reply {
        leg: 0,
        reply: Reply { attempt, kind: RequestKind::Execute, sequence: 1, called: None, answered: at, verdict },
    };
    let give = |case: Case, command: &Command, now| advance(case, &policy, command, actor(), now).unwrap().case;
    let refused = Verdict::Refused { code: "NO".into(), text: LocalizedText::bilingual("مرفوض", "refused") };
    let ask = || Verdict::InformationRequired { text: LocalizedText::default() };
    let mut now = START;
    let taken = give(begin(&[0], &policy), &say(1, None, Verdict::InProgress { note: LocalizedText::default() }), now);
    // It was asked what became of it, and before that is answered the answer itself comes.
    let asked = take(&taken, &policy, &Step::Sleep, &mut now);
    assert_eq!((asked.legs[0].state(), asked.legs[0].progress.asked), (LegState::InDoubt, RequestKind::Lookup));
    for (verdict, state) in [
        (refused, LegState::Refused),
        (ask(), LegState::InformationRequired),
        (Verdict::Succeeded(Answer::default()), LegState::Succeeded),
    ] {
        assert_eq!(give(asked.clone(), &say(0, Some(now), verdict), now).legs[0].state(), state);
    }
    // The same question, brought again after the customer has answered it.
    let later = now.plus(Duration::from_secs(3600));
    let asking = give(taken, &say(0, Some(now), ask()), now);
    let answered = give(asking, &Command::ProvideInformation, later);
    assert_eq!(answered.legs[0].state(), LegState::Dispatched);
    assert_eq!(give(answered.clone(), &say(0, Some(now), ask()), later), answered);
    let again = give(answered, &say(0, Some(later), ask()), later);
    assert_eq!(again.legs[0].state(), LegState::InformationRequired);
}

/// An operator's word that it was not done ends what is not wanted any more; where that can be made certain, it is.
#[test]
fn a_redrive_of_what_is_cancelled_does_not_begin_it() {
    for (effect, compensable, state, asked) in [
        (Effect::Once, true, LegState::Skipped, RequestKind::Execute),
        (Effect::Idempotent, false, LegState::Skipped, RequestKind::Execute),
        (Effect::Idempotent, true, LegState::Compensating, RequestKind::Compensate),
        (Effect::Lookup, true, LegState::InDoubt, RequestKind::Lookup),
    ] {
        let policy = Policy { retry: Retry { attempts: 1, ..Policy::CAREFUL.retry }, ..policy(effect, compensable) };
        let mut now = START;
        let verdict = Verdict::InDoubt { certain_after: START, fault: Fault::new(FaultClass::Transient, "CUT") };
        let reply = Step::Reply { leg: 0, behind: 0, sequence: 1, kind: Some(RequestKind::Execute), verdict };
        let mut case = take(&begin(&[0], &policy), &policy, &reply, &mut now);
        let note = LocalizedText::default;
        for command in [Command::Cancel { note: note() }, Command::Redrive { leg: 0, note: note() }] {
            assert_eq!((case.legs[0].state(), case.legs[0].progress.held), (LegState::InDoubt, true));
            case = take(&case, &policy, &Step::Command(command), &mut now);
        }
        assert_eq!((case.legs[0].state(), case.legs[0].progress.asked), (state, asked), "{effect:?} {compensable}");
    }
}

/// What was in doubt, and was not done, is not done any more once it is not wanted.
#[test]
fn a_look_up_that_finds_nothing_does_not_begin_what_is_cancelled() {
    let policy = policy(Effect::Lookup, true);
    let mut now = START;
    let reply = |kind, verdict| Step::Reply { leg: 0, behind: 0, sequence: 2, kind: Some(kind), verdict };
    let fault = |class| Fault::new(class, "TEST");
    let doubt = Verdict::InDoubt { certain_after: START, fault: fault(FaultClass::Transient) };
    let mut case = begin(&[0], &policy);
    case = take(&case, &policy, &reply(RequestKind::Execute, doubt), &mut now);
    case = take(&case, &policy, &Step::Command(Command::Cancel { note: LocalizedText::default() }), &mut now);
    case = take(&case, &policy, &Step::Sleep, &mut now);
    let nothing = Verdict::Failed(fault(FaultClass::NotFound));
    case = take(&case, &policy, &reply(RequestKind::Lookup, nothing), &mut now);
    assert_eq!((case.state, case.legs[0].state()), (TransactionState::Cancelled, LegState::Skipped));
}

/// Two answers to one question that contradict each other: what says that there is something wins.
#[test]
fn what_was_found_in_hand_is_not_unknown() {
    for cancelled in [true, false] {
        let policy = policy(Effect::Lookup, false);
        let mut now = START;
        let reply = |kind, verdict| Step::Reply { leg: 0, behind: 0, sequence: 1, kind: Some(kind), verdict };
        let fault = |class| Fault::new(class, "TEST");
        let doubt = Verdict::InDoubt { certain_after: START, fault: fault(FaultClass::Transient) };
        let mut case = take(&begin(&[0], &policy), &policy, &reply(RequestKind::Execute, doubt), &mut now);
        if cancelled {
            let cancel = Step::Command(Command::Cancel { note: LocalizedText::default() });
            case = take(&case, &policy, &cancel, &mut now);
        }
        case = take(&case, &policy, &Step::Sleep, &mut now);
        let taken = Verdict::InProgress { note: LocalizedText::default() };
        case = take(&case, &policy, &reply(RequestKind::Lookup, taken), &mut now);
        assert_eq!(case.legs[0].state(), LegState::InProgress);
        let nothing = Verdict::Failed(fault(FaultClass::NotFound));
        let after = take(&case, &policy, &reply(RequestKind::Lookup, nothing), &mut now);
        assert_eq!((&after, after.wake_at().is_some()), (&case, true));
    }
}

/// An operator's second try says who wanted it and why, and has all its attempts again.
#[test]
fn a_redriven_leg_begins_anew_with_the_reason_on_record() {
    let policy = policy(Effect::Idempotent, true);
    let mut now = START;
    let fault = Fault::new(FaultClass::Permanent, "CREDENTIALS_EXPIRED");
    let step = Step::Reply {
        leg: 0,
        behind: 0,
        sequence: 1,
        kind: Some(RequestKind::Execute),
        verdict: Verdict::Failed(fault),
    };
    let case = take(&begin(&[0], &policy), &policy, &step, &mut now);
    assert_eq!(
        case.held().map(|(leg, held)| (leg, held.held_reason())).collect::<Vec<_>>(),
        [(0, "CREDENTIALS_EXPIRED".into())]
    );
    let note = LocalizedText::bilingual("جُدِّدت كلمة المرور", "password renewed");
    let operator = Actor::new(ActorKind::Operator, "m.rashid");
    let command = Command::Redrive { leg: 0, note: note.clone() };
    let Decision { case, events } = advance(case, &policy, &command, operator.clone(), now).unwrap();
    assert_eq!((events.len(), &events[0].actor, &events[0].note), (1, &operator, &note));
    assert_eq!(events[0].reason.as_deref(), Some("REDRIVEN"));
    let progress = &case.legs[0].progress;
    assert_eq!((progress.state, progress.attempt, progress.failures), (LegState::Dispatched, 2, 0));
    assert_eq!(case.held().count(), 0);
}
