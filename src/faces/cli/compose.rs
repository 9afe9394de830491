//! Puts a house together: lock, tokens, ledger, model, library.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use crate::access::Keyring;
use crate::ledger::{Keeper, LedgerSink, SystemClock, SystemRandomness};
use crate::library::{DataFolder, Library, Outside};
use crate::retrieval::Fusion;

use super::config::Settings;
use super::output;

/// How long a command that answers once waits for the history of lines.
const LINES_PATIENCE: Duration = Duration::from_secs(5);

/// What a process owns a data folder for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stay {
    /// To answer once.
    Once,
    /// To answer an agent until it leaves, or a server comes.
    Session,
    /// To serve.
    Server,
}

/// A data folder that this process owns, opened.
///
/// The folder is let go of last, when nobody here can write to it any more: it is the last field, and whoever takes a
/// house apart binds it first.
#[derive(Debug)]
pub(super) struct House {
    pub(super) library: Arc<Library>,
    pub(super) ledger: Arc<Keeper>,
    pub(super) keyring: Keyring,
    /// The model, in words.
    pub(super) embedder: String,
    pub(super) folder: DataFolder,
}

impl House {
    /// Opens everything in a data folder that was just claimed. Blocks: call it before anything is served.
    ///
    /// Who answers once need not watch.
    pub(super) fn open(settings: &Settings, folder: DataFolder, stay: Stay) -> anyhow::Result<Self> {
        let (clock, randomness) = (Arc::new(SystemClock), Arc::new(SystemRandomness));
        let mut keyring = Keyring::open(&settings.tokens())?;
        if let Some(secret) = &settings.token {
            keyring.lend_admin(secret);
        }
        let (ledger, opening) = Keeper::open(&settings.data.join("ledger"), settings.ledger_options())
            .with_context(|| format!("{}: ledger cannot be opened", settings.data.join("ledger").display()))?;
        if let Some(recovered) = &opening.recovered {
            tracing::warn!(
                ledger.segment = recovered.segment,
                ledger.cut_bytes = recovered.cut_bytes,
                ledger.kept = %recovered.kept,
                "ledger ended in a torn record, which was cut and kept beside it"
            );
        }
        if let Some(accepted) = &opening.accepted {
            tracing::warn!(
                ledger.lines = accepted.lines,
                ledger.kept = %accepted.kept,
                "ledger does not fit its last checkpoint, which was accepted and written down: {}",
                accepted.why
            );
        }
        let ledger = Arc::new(ledger);
        let embedder = settings.embedder.open(&settings.data)?;
        let shown = settings.embedder.shown(embedder.model().as_str());
        let fusion = Fusion::beside(embedder.kind());
        let outside = Outside { embedder, sink: Arc::clone(&ledger) as Arc<dyn LedgerSink>, clock, randomness };
        let mut options = settings.options();
        options.watch = stay != Stay::Once;
        options.progress = output::progress();
        options.fusion = fusion;
        let library = Arc::new(Library::open(options, outside)?);
        Ok(Self { library, ledger, keyring, embedder: shown, folder })
    }

    /// Waits until the index equals the disk, and for a while until citations name the commits of their own lines: in a
    /// long history that takes seconds, and until then they name their documents' last commits.
    pub(super) async fn ready(&self) {
        self.library.wait_ready().await;
        let _in_time = tokio::time::timeout(LINES_PATIENCE, self.library.wait_lines()).await.is_ok();
    }
}
