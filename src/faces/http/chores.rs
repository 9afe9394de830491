//! What the owner of a data folder does by the clock: writes down how often pages were looked at, and takes out the texts
//! of questions that are older than they are kept.

use std::sync::Arc;
use std::time::Duration;

use crate::ledger::{Haste, LedgerSink as _, PageViews, Record, Views};

use super::{App, Running, Shutdown};

/// How often views are written down, and looked whether texts are due.
const EVERY: Duration = Duration::from_secs(60 * 60);

/// How many pages one record names: with the longest paths there are, a record stays below its bound.
const PAGES_MAX: usize = 128;

/// Does what is due, again and again until `stopping` ends, and then once more. Whoever stops an [`App`] waits for this
/// before it is closed.
#[must_use]
pub fn tend(app: Arc<App>, mut stopping: Shutdown) -> Running<()> {
    Box::pin(async move {
        loop {
            app.retain_texts();
            tokio::select! {
                () = &mut stopping => break,
                () = tokio::time::sleep(EVERY) => app.record_views().await,
            }
        }
        app.record_views().await;
    })
}

impl App {
    /// Takes out old texts on a thread of its own: it may have to read much. Whoever closes the ledger waits for it.
    fn retain_texts(&self) {
        let ledger = Arc::clone(&self.ledger);
        let work = move || match ledger.retain() {
            Ok(Some(erasure)) if erasure.texts > 0 || erasure.unrecorded > 0 => {
                tracing::info!(ledger.texts = erasure.texts, "texts of old questions were erased");
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(ledger.error = %error, "texts of old questions cannot be erased yet");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("cairn-retention".to_owned()).spawn(work) {
            tracing::warn!(%error, "texts of old questions cannot be erased yet");
        }
    }

    /// Writes down how often pages were looked at since this was done last. Counts that the ledger does not take are
    /// lost, and the log says so: nobody waits for them.
    pub(super) async fn record_views(&self) {
        let (since, views) = self.site.take_views(self.clock.now());
        for part in views.chunks(PAGES_MAX) {
            let documents = part.iter().map(|(doc, views)| PageViews { doc: doc.clone(), views: *views }).collect();
            if let Err(error) = self.ledger.append_record(Record::Views(Views { since, documents }), Haste::Now).await {
                tracing::warn!(ledger.error = %error, "views of pages could not be written down");
                return;
            }
        }
    }
}
