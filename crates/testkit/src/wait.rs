//! Bounded, conditional waits: until something is so, or a clear failure.

use std::future::Future;
use std::time::{Duration, Instant};

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none within `limit`.
pub async fn until<T, F>(what: &str, limit: Duration, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let start = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(start.elapsed() < limit, "waited {limit:?} in vain: {what}");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(200));
    }
}
