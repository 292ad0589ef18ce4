//! What every journal must do, as one function for each rule. [`conformance!`](crate::conformance) makes a test of
//! each of them.
//!
//! The functions panic where the journal breaks the rule. Each wants a journal that is new and empty.

mod failure;
mod feed;
mod job;
mod list;
mod outbox;
mod pause;
mod request;
mod timer;
mod upkeep;
mod world;
mod write;

pub use failure::{failures_follow_their_case, failures_group_by_cause, failures_page_oldest_first_and_select};
pub use feed::{
    a_tailing_reader_misses_nothing_and_sees_nothing_twice, history_pages_by_sequence,
    the_feed_holds_every_commit_in_order, the_head_is_current_when_the_answer_arrives,
};
pub use job::{a_job_changes_only_from_the_version_that_was_read, jobs_list_newest_first_and_open_ones_apart};
pub use list::{
    filters_select_and_combine, pages_have_neither_gaps_nor_repeats_while_others_insert,
    state_filters_find_live_and_ended,
};
pub use outbox::{
    a_message_in_hand_does_not_wait, a_message_is_taken_by_one, departments_with_messages_waiting,
    messages_wait_in_order_until_cleared, positions_grow_over_an_emptied_outbox,
};
pub use pause::a_department_is_paused_until_it_is_resumed;
pub use request::{
    a_repeated_request_is_answered_by_the_same_transaction, a_request_id_belongs_to_its_caller_and_method,
    a_request_id_with_other_content_is_refused, an_update_may_answer_a_request_too,
    fifty_equal_requests_at_once_make_one_transaction, fifty_equal_requests_in_one_call_make_one_transaction,
};
pub use timer::{a_timer_follows_its_case, due_timers_come_earliest_first};
pub use upkeep::{
    adapters_keep_their_last_announcement, overview_counts_what_is_live, pruning_forgets_the_old_bounded,
};
pub use write::{
    a_refused_write_leaves_nothing, a_taken_id_or_reference_is_refused,
    arabic_and_large_content_come_back_as_they_were, each_write_of_a_call_stands_alone,
    only_the_version_that_was_read_is_changed, unknown_transactions_are_left_out,
};

/// A test for each rule of [`suite`](crate::suite), against journals that `$make` makes: an `async fn()` that returns
/// the journal as `Arc<dyn Journal>` and whatever must live as long as it does.
///
/// The crate that uses it needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! conformance {
    ($make:path) => {
        $crate::conformance! { $make =>
            a_department_is_paused_until_it_is_resumed
            a_job_changes_only_from_the_version_that_was_read
            a_message_in_hand_does_not_wait
            a_message_is_taken_by_one
            a_refused_write_leaves_nothing
            a_repeated_request_is_answered_by_the_same_transaction
            a_request_id_belongs_to_its_caller_and_method
            a_request_id_with_other_content_is_refused
            a_tailing_reader_misses_nothing_and_sees_nothing_twice
            a_taken_id_or_reference_is_refused
            a_timer_follows_its_case
            adapters_keep_their_last_announcement
            an_update_may_answer_a_request_too
            arabic_and_large_content_come_back_as_they_were
            departments_with_messages_waiting
            due_timers_come_earliest_first
            each_write_of_a_call_stands_alone
            failures_follow_their_case
            failures_group_by_cause
            failures_page_oldest_first_and_select
            fifty_equal_requests_at_once_make_one_transaction
            fifty_equal_requests_in_one_call_make_one_transaction
            filters_select_and_combine
            history_pages_by_sequence
            jobs_list_newest_first_and_open_ones_apart
            messages_wait_in_order_until_cleared
            only_the_version_that_was_read_is_changed
            overview_counts_what_is_live
            pages_have_neither_gaps_nor_repeats_while_others_insert
            positions_grow_over_an_emptied_outbox
            pruning_forgets_the_old_bounded
            state_filters_find_live_and_ended
            the_feed_holds_every_commit_in_order
            the_head_is_current_when_the_answer_arrives
            unknown_transactions_are_left_out
        }
    };
    ($make:path => $($rule:ident)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $rule() {
            let (journal, _alive) = $make().await;
            $crate::suite::$rule(journal).await;
        }
    )+};
}
