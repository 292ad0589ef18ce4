//! Doing something within its time, and something else beside it. Nothing about requests is known here.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

/// Does both at once, and is done with the second: what the first has not done by then is not wanted any more.
pub(crate) async fn meanwhile<T>(aside: impl Future<Output = ()>, main: impl Future<Output = T>) -> T {
    let (mut aside, mut main) = (pin!(aside), pin!(main));
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            () = &mut aside, if open => open = false,
            done = &mut main => return done,
        }
    }
}

/// What a call answers within its time. A process that stood still for longer makes no further step of the call, as
/// `tokio::time::timeout` would: it could be the one that sends it.
pub(crate) async fn in_time<T>(limit: Duration, call: impl Future<Output = T>) -> Option<T> {
    let deadline = tokio::time::Instant::now() + limit;
    let (mut call, mut over) = (pin!(call), pin!(tokio::time::sleep_until(deadline)));
    poll_fn(|context| {
        if tokio::time::Instant::now() >= deadline {
            return Poll::Ready(None);
        }
        match call.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending => over.as_mut().poll(context).map(|()| None),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_goes_no_further_once_its_time_has_passed() {
        let mut further = false;
        let call = async {
            // The process stands still, and the call could go on at once.
            let began = std::time::Instant::now();
            while began.elapsed() < Duration::from_millis(60) {
                std::hint::spin_loop();
            }
            tokio::task::yield_now().await;
            further = true;
        };
        assert_eq!(in_time(Duration::from_millis(50), call).await, None);
        assert!(!further);
        assert_eq!(in_time(Duration::from_secs(60), async { 7 }).await, Some(7));
        assert_eq!(in_time(Duration::from_millis(10), std::future::pending::<()>()).await, None);
    }
}
