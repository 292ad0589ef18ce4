//! Departments that operators have paused.

use std::sync::Arc;

use jisr_core::text::LocalizedText;

use super::world::{at, name};
use crate::{Journal, Pause};

/// The first pause stands until it is lifted, with who, since when and why.
pub async fn a_department_is_paused_until_it_is_resumed(journal: Arc<dyn Journal>) {
    assert_eq!(journal.pauses().await.expect("pauses"), []);
    let pause = |department: &str, n: u64, reason| Pause {
        department: name(department),
        paused_by: "m.rashid".into(),
        since: at(n),
        reason,
    };
    let first = pause("municipality", 1, LocalizedText::bilingual("صيانة ليلية", "maintenance"));
    let other = pause("health", 2, LocalizedText::default());
    assert!(journal.put_pause(&first).await.expect("put"));
    assert!(journal.put_pause(&other).await.expect("put"));
    assert!(!journal.put_pause(&pause("municipality", 3, LocalizedText::default())).await.expect("put"));
    assert_eq!(journal.pauses().await.expect("pauses"), [other.clone(), first.clone()]);
    assert!(journal.remove_pause(&first.department).await.expect("remove"));
    assert!(!journal.remove_pause(&first.department).await.expect("remove"));
    assert_eq!(journal.pauses().await.expect("pauses"), [other]);
}
