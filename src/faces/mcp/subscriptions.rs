//! Tells clients that documents changed: over the newer era's `subscriptions/listen`, and to sessions of the older one that
//! asked with `resources/subscribe`.
//!
//! What is told follows from what the caller saw before and sees now, and from nothing else: a document that it may not see
//! is one that is not there. A change waits a moment for those that come with it, always as long, so that a burst is told
//! once.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rmcp::ErrorData;
use rmcp::model::{ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::{Peer, RoleServer, SubscriptionContext};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::corpus::{Digest, DocumentId};
use crate::library::Standing;

use super::get_document::decoded;
use super::refusal::missing_resource;
use super::visitor::Lender;

/// The most documents that one client waits for at a time.
const SUBSCRIBED_MAX: usize = 256;
/// The longest address that is waited for, in bytes.
const URI_BYTES: usize = 2_048;
/// How long a change waits for those that come with it.
const TOGETHER: Duration = Duration::from_millis(150);

/// The documents that a session waits for.
#[derive(Debug, Default)]
pub(super) struct Subscribed {
    uris: Mutex<BTreeMap<String, Vec<DocumentId>>>,
    changed: Notify,
}

impl Subscribed {
    /// Waits for a document. Whether there is one is not looked at: it may come, and who may not see it learns nothing.
    pub(super) fn add(&self, uri: &str) -> Result<(), ErrorData> {
        let ids = ids(uri);
        if ids.is_empty() {
            return Err(missing_resource(uri));
        }
        let mut uris = self.lock();
        if uris.len() >= SUBSCRIBED_MAX && !uris.contains_key(uri) {
            let what = format!("{SUBSCRIBED_MAX} documents are waited for, which is the most; unsubscribe from some");
            return Err(ErrorData::invalid_params(what, None));
        }
        uris.insert(uri.to_owned(), ids);
        drop(uris);
        self.changed.notify_one();
        Ok(())
    }

    pub(super) fn remove(&self, uri: &str) {
        self.lock().remove(uri);
        self.changed.notify_one();
    }

    fn now(&self) -> BTreeMap<String, Vec<DocumentId>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<DocumentId>>> {
        // Plain data: who panicked with it left nothing half done.
        self.uris.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The documents an address may mean: as it stands, and with its percent-encoding undone; a `#` may be a part of a name.
fn ids(uri: &str) -> Vec<DocumentId> {
    if uri.len() > URI_BYTES {
        return Vec::new();
    }
    let plain = uri.split('#').next().unwrap_or_default();
    let whole = decoded(uri).or_else(|| Some(uri.to_owned())).filter(|whole| whole.contains('#'));
    let ids = [Some(plain.to_owned()), decoded(plain), whole].into_iter().flatten();
    let mut ids: Vec<_> = ids.filter_map(|id| DocumentId::parse(&id).ok()).collect();
    ids.dedup();
    ids
}

/// What of a filter is served: documents, and the list of them. Tools change with the binary alone, and prompts are
/// listed when they are looked for.
pub(super) fn accepted(requested: &SubscriptionFilter) -> SubscriptionFilter {
    let mut accepted = SubscriptionFilter::new();
    accepted.resources_list_changed = requested.resources_list_changed;
    accepted.resource_subscriptions = requested.resource_subscriptions.as_ref().map(|uris| {
        let known = uris.iter().filter(|uri| !ids(uri).is_empty());
        known.take(SUBSCRIBED_MAX).cloned().collect()
    });
    accepted
}

/// What a client is told.
enum Told {
    Updated(String),
    ListChanged,
}

/// Serves one `subscriptions/listen` until it is called off, the server stops, or its caller may not read any more.
pub(super) async fn listen(context: &SubscriptionContext, lender: &Lender, stopping: &CancellationToken) {
    let filter = context.accepted();
    let uris = filter.resource_subscriptions.iter().flatten().map(|uri| (uri.clone(), ids(uri)));
    let subscribed = Subscribed { uris: Mutex::new(uris.collect()), changed: Notify::new() };
    let lists = filter.resources_list_changed == Some(true);
    let sink = context.sink();
    let tell = async |told| match told {
        Told::Updated(uri) => sink.notify_resource_updated(uri).await.is_ok(),
        Told::ListChanged => sink.notify_resource_list_changed().await.is_ok(),
    };
    tokio::select! {
        () = follow(lender, &subscribed, lists, tell) => {}
        () = context.cancelled() => {}
        () = stopping.cancelled() => {}
    }
}

/// Tells a session of the older era, until it ends.
pub(super) async fn attend(lender: Lender, subscribed: &Subscribed, peer: Peer<RoleServer>, ended: CancellationToken) {
    let tell = async |told| match told {
        Told::Updated(uri) => peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await.is_ok(),
        Told::ListChanged => peer.notify_resource_list_changed().await.is_ok(),
    };
    tokio::select! {
        () = follow(&lender, subscribed, true, tell) => {}
        () = ended.cancelled() => {}
    }
}

/// Compares what the caller sees with what it saw, whenever a shelf that it opens has another generation.
async fn follow<T: Future<Output = bool>>(
    lender: &Lender,
    subscribed: &Subscribed,
    lists: bool,
    tell: impl Fn(Told) -> T,
) {
    let mut known: Option<Seen> = None;
    loop {
        // What they may see may have grown meanwhile, or ended.
        let Some(visitor) = lender.lend() else { return };
        let mut news = visitor.reader.news();
        let uris = subscribed.now();
        let ids: Vec<DocumentId> = uris.values().flatten().cloned().collect();
        let now = Seen::of(uris, visitor.reader.standing(&ids));
        if let Some(before) = known.replace(now.clone()) {
            for uri in now.updated_since(&before) {
                if !tell(Told::Updated(uri)).await {
                    return;
                }
            }
            if lists && now.listed != before.listed && !tell(Told::ListChanged).await {
                return;
            }
        }
        tokio::select! {
            more = news.next() => if !more { return },
            () = subscribed.changed.notified() => continue,
        }
        tokio::time::sleep(TOGETHER).await;
    }
}

/// What a client saw of what it waits for.
#[derive(Debug, Clone)]
struct Seen {
    documents: BTreeMap<String, Option<Digest>>,
    listed: u64,
}

impl Seen {
    /// Of the documents that an address may mean the first that is seen counts.
    fn of(uris: BTreeMap<String, Vec<DocumentId>>, standing: Standing) -> Self {
        let mut digests = standing.documents.into_iter();
        let documents = uris.into_iter().map(|(uri, ids)| {
            let seen: Vec<_> = digests.by_ref().take(ids.len()).flatten().collect();
            (uri, seen.first().copied())
        });
        Self { documents: documents.collect(), listed: standing.listed }
    }

    /// What changed; what is waited for only now did not.
    fn updated_since(&self, before: &Self) -> Vec<String> {
        let changed =
            self.documents.iter().filter(|(uri, now)| before.documents.get(*uri).is_some_and(|old| old != *now));
        changed.map(|(uri, _)| uri.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{SUBSCRIBED_MAX, Seen, Subscribed, accepted, ids};
    use crate::corpus::Digest;
    use crate::library::Standing;
    use rmcp::model::SubscriptionFilter;

    #[test]
    fn only_addresses_of_documents_are_waited_for_and_not_without_end() {
        let subscribed = Subscribed::default();
        for bad in ["", "test://x", "cairn://", &format!("cairn://playbook/{}", "x".repeat(3_000))] {
            assert!(subscribed.add(bad).is_err(), "{bad}");
        }
        for number in 0..SUBSCRIBED_MAX {
            subscribed.add(&format!("cairn://playbook/{number}")).unwrap();
        }
        subscribed.add("cairn://playbook/0").unwrap();
        assert!(subscribed.add("cairn://playbook/more").unwrap_err().message.starts_with("256 documents"));
        subscribed.remove("cairn://playbook/0");
        subscribed.add("cairn://playbook/more").unwrap();

        let uris = (0..400).map(|number| format!("cairn://playbook/{number}")).chain(["test://x".to_owned()]);
        let all = SubscriptionFilter::builder().tools_list_changed().resource_subscriptions(uris).build();
        let taken = accepted(&all);
        assert_eq!(taken.resource_subscriptions.unwrap().len(), SUBSCRIBED_MAX);
        assert_eq!((taken.tools_list_changed, taken.prompts_list_changed), (None, None));
    }

    #[test]
    fn an_encoded_address_means_its_document_and_what_comes_goes_or_changes_is_an_update() {
        assert_eq!(ids("cairn://playbook/on%20call#part").len(), 3);
        assert_eq!(ids("cairn://playbook/on%20call").len(), 2);
        let seen = |digest: Option<&str>| {
            let uris =
                [("a".to_owned(), ids("cairn://playbook/on%20call")), ("b".to_owned(), ids("cairn://playbook/b"))];
            let one = digest.map(|text| Digest::of(text.as_bytes()));
            Seen::of(uris.into(), Standing { documents: vec![None, one, None], listed: 0 })
        };
        for (before, after, updated) in [
            (None, Some("x"), true),
            (Some("x"), Some("y"), true),
            (Some("x"), None, true),
            (Some("x"), Some("x"), false),
        ] {
            let told = seen(after).updated_since(&seen(before));
            assert_eq!(told, if updated { vec!["a".to_owned()] } else { Vec::new() });
        }
        let mut fewer = seen(None);
        fewer.documents.remove("a");
        assert!(seen(Some("x")).updated_since(&fewer).is_empty(), "what is waited for only now has not changed");
    }
}
