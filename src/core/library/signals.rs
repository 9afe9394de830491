//! What wakes the indexer: saves, lost events, the clock, the end.
//!
//! The watcher's callback only adds paths here. Past a bound the paths are forgotten and everything is compared: a
//! storm costs a reconcile, never memory.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many paths are told apart before everything is compared.
const PATH_LIMIT: usize = 10_000;

/// How long a stream of events without a pause may put off a generation.
const PATIENCE: Duration = Duration::from_millis(250);

/// Why the indexer wakes up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// These files or folders may have changed, since the moment given.
    Paths(HashSet<PathBuf>, Instant),
    /// Anything may have changed. `lost` says that events were lost, so that not even sizes and times can be relied on.
    Everything {
        /// Whether events were lost.
        lost: bool,
        /// What was named all the same.
        named: HashSet<PathBuf>,
    },
    /// The library is closed.
    Stop,
}

#[derive(Debug, Default)]
struct State {
    paths: HashSet<PathBuf>,
    everything: bool,
    lost: bool,
    stop: bool,
    first: Option<Instant>,
    last: Option<Instant>,
}

/// The indexer's doorbell.
#[derive(Debug, Default)]
pub(super) struct Signals {
    state: Mutex<State>,
    bell: Condvar,
}

impl Signals {
    /// Says that a file or folder may have changed.
    pub(super) fn path(&self, path: &Path) {
        let mut state = self.lock();
        if state.paths.len() < PATH_LIMIT {
            state.paths.insert(path.to_owned());
        } else {
            state.everything = true;
            state.lost = true;
            state.paths.clear();
        }
        state.ring();
        self.bell.notify_one();
    }

    /// Says that events were lost: anything may have changed.
    pub(super) fn everything(&self) {
        let mut state = self.lock();
        state.everything = true;
        state.lost = true;
        state.ring();
        self.bell.notify_one();
    }

    /// Ends the indexer.
    pub(super) fn stop(&self) {
        self.lock().stop = true;
        self.bell.notify_all();
    }

    /// Whether the indexer is to end; asked in the middle of long work.
    pub(super) fn stopped(&self) -> bool {
        self.lock().stop
    }

    /// How many changes wait.
    pub(super) fn pending(&self) -> usize {
        let state = self.lock();
        state.paths.len() + usize::from(state.everything)
    }

    /// Waits for changes to come to rest for `quiet`, but not longer than until `end`; then everything is compared.
    pub(super) fn wait(&self, quiet: Duration, end: Instant) -> Wake {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.stop {
                return Wake::Stop;
            }
            let until = match (state.first, state.last) {
                (Some(first), Some(last)) => (last + quiet).min(first + PATIENCE),
                _ => end,
            };
            if now >= until {
                return state.take();
            }
            state = self.bell.wait_timeout(state, until - now).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is plain data: a thread that panicked with it left nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn ring(&mut self) {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.last = Some(now);
    }

    fn take(&mut self) -> Wake {
        let taken = std::mem::take(self);
        match taken.first {
            Some(first) if !taken.everything => Wake::Paths(taken.paths, first),
            _ => Wake::Everything { lost: taken.lost, named: taken.paths },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PATH_LIMIT, Signals, Wake};
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};
    use std::time::{Duration, Instant};

    const QUIET: Duration = Duration::from_millis(1);

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    #[test]
    fn paths_come_together_and_once() {
        let signals = Signals::default();
        for path in ["a", "b", "a"] {
            signals.path(Path::new(path));
        }
        assert_eq!(signals.pending(), 2);
        let Wake::Paths(paths, _) = signals.wait(QUIET, later()) else { panic!("no paths") };
        assert_eq!(paths, [PathBuf::from("a"), PathBuf::from("b")].into());
        let clock = Wake::Everything { lost: false, named: HashSet::new() };
        assert_eq!(signals.wait(QUIET, Instant::now() + QUIET), clock, "the clock compares everything");
    }

    #[test]
    fn a_storm_or_lost_events_compare_everything_and_stop_comes_first() {
        let signals = Signals::default();
        for at in 0..=PATH_LIMIT {
            signals.path(Path::new(&at.to_string()));
        }
        let storm = Wake::Everything { lost: true, named: HashSet::new() };
        assert_eq!(signals.wait(QUIET, later()), storm);
        signals.everything();
        signals.path(Path::new("b"));
        let lost = Wake::Everything { lost: true, named: [PathBuf::from("b")].into() };
        assert_eq!(signals.wait(QUIET, later()), lost);
        signals.path(Path::new("a"));
        signals.stop();
        assert_eq!(signals.wait(QUIET, later()), Wake::Stop);
        assert!(signals.stopped());
    }
}
