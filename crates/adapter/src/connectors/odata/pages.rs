//! Reading a set page by page: only links into the same service are followed, no page twice, and not without end.

use std::collections::HashSet;
use std::time::Duration;

use http::{HeaderMap, Uri};

use super::super::http::CallError;
use super::answer::{Entity, entity};
use super::client::ODataClient;
use super::error::ODataError;
use super::json::Json;

/// Bounds on how much is read in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// Most pages.
    pub pages: usize,
    /// Longest time for one page.
    pub page_within: Duration,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { pages: 20, page_within: Duration::from_secs(10) }
    }
}

/// The pages of one query, in order.
#[derive(Debug)]
pub struct Pages<'a> {
    client: &'a ODataClient,
    next: Option<Uri>,
    seen: HashSet<String>,
    limits: PageLimits,
}

impl<'a> Pages<'a> {
    pub(super) fn new(client: &'a ODataClient, first: Uri, limits: PageLimits) -> Self {
        Self { client, next: Some(first), seen: HashSet::new(), limits }
    }

    /// The next page's entities; nothing after the last one, or once as many pages were read as the limit allows.
    ///
    /// # Errors
    /// [`ODataError`]; there is no page after one.
    pub async fn next(&mut self) -> Result<Option<Vec<Entity>>, ODataError> {
        if self.seen.len() >= self.limits.pages {
            return Ok(None);
        }
        let Some(address) = self.next.take() else { return Ok(None) };
        self.seen.insert(address.to_string());
        let page = self.client.page(&address, self.limits.page_within).await?;
        if let Some(link) = page.get("@odata.nextLink").or_else(|| page.get("@nextLink")) {
            let Json::Text(link) = link else { return Err(CallError::garbage("a next link is no text").into()) };
            let next = self.client.root().linked(&address, link)?;
            if self.seen.contains(&next.to_string()) {
                return Err(CallError::garbage("a next link leads back").into());
            }
            self.next = Some(next);
        }
        match page {
            Json::Object(members) => members.into_iter().find(|(name, _)| name == "value").map(|(_, value)| value),
            _ => None,
        }
        .and_then(|value| match value {
            Json::List(values) => Some(values),
            _ => None,
        })
        .filter(|values| values.iter().all(|value| matches!(value, Json::Object(_))))
        .map(|values| Some(values.into_iter().map(|value| entity(value, &HeaderMap::new())).collect()))
        .ok_or_else(|| CallError::garbage("a page holds no list of entities").into())
    }

    /// Whether there are pages that were not read.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        self.next.is_some()
    }
}
