//! The one door from async faces to threads: bounded work, bounded waiting.
//!
//! As many questions run at once as there are cores; as many wait as the line is long; the next one is told to come
//! again. Inline on the runtime, a search starves health checks; unbounded, it gives long tails.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::ReadError;

/// How many questions may wait.
const LINE: usize = 512;

/// The door.
#[derive(Debug, Clone)]
pub(super) struct Offload {
    running: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// A place in the line; given back when dropped, also when the caller goes away.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Offload {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { running: Arc::new(Semaphore::new(cores)), waiting: Arc::new(AtomicUsize::new(0)) }
    }

    /// Runs `work` on a thread of its own.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<R, ReadError> + Send + 'static,
    ) -> Result<R, ReadError> {
        let busy = || ReadError::Busy { retry_after_s: 1 };
        let place = Place(Arc::clone(&self.waiting));
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= LINE {
            return Err(busy());
        }
        let permit = Arc::clone(&self.running).acquire_owned().await.map_err(|_| busy())?;
        #[expect(clippy::disallowed_methods, reason = "this is the door; the semaphore bounds it")]
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _place = place;
            work()
        });
        task.await.map_err(|error| ReadError::Index(Box::new(error)))?
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE, Offload};
    use crate::library::ReadError;
    use std::sync::atomic::Ordering;

    #[tokio::test]
    async fn a_full_line_answers_busy_and_a_panic_is_an_error() {
        let offload = Offload::new();
        offload.waiting.store(LINE, Ordering::Relaxed);
        assert!(matches!(offload.run(|| Ok(1)).await, Err(ReadError::Busy { .. })));
        offload.waiting.store(0, Ordering::Relaxed);
        let failed = offload.run(|| -> Result<(), _> { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(ReadError::Index(_))));
        assert_eq!(offload.run(|| Ok(1)).await.unwrap(), 1);
        assert_eq!(offload.waiting.load(Ordering::Relaxed), 0);
    }
}
