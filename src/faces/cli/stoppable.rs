//! Long work that a signal ends in order: what was begun is taken down, and a scratch folder goes with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;

use super::error::{CliError, Outcome};

/// Does work on a thread of its own. A signal sets `stop`, and waits for the work to heed it.
pub(super) async fn until_signal(
    name: &'static str,
    stop: Arc<AtomicBool>,
    work: impl FnOnce() -> anyhow::Result<Outcome> + Send + 'static,
) -> anyhow::Result<Outcome> {
    let (done, told) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned());
    let thread =
        thread.spawn(move || drop(done.send(work()))).with_context(|| format!("thread {name} cannot be started"))?;
    let signals = super::serve::wait_for_signal()?;
    tokio::pin!(told);
    let result = tokio::select! {
        result = &mut told => result,
        () = signals => {
            stop.store(true, Ordering::Relaxed);
            let _ended = told.await.is_ok();
            return Err(CliError::Stopped.into());
        }
    };
    let _ended = thread.join().is_ok();
    result.with_context(|| format!("{name} ended without an answer"))?
}
