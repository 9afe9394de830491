//! When each token was used last, to the minute: `DATA/token-uses.json`.
//!
//! A request notes its token in memory and goes on. One thread writes what is new: the first use at once, and after
//! that at most once a minute, and when the server ends. What is lost with the power is a minute of notes.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::token_file::private;

/// How long the thread waits between two writes.
const PAUSE: Duration = Duration::from_secs(60);

/// Seconds since 1970, UTC, at whole minutes, by a token's id.
type Minutes = BTreeMap<String, i64>;

fn file(tokens: &Path) -> PathBuf {
    tokens.with_file_name("token-uses.json")
}

/// Reads what is known beside the token file at `tokens`. Nothing depends on it: what can't be read is not known.
pub(super) fn read(tokens: &Path) -> Minutes {
    std::fs::read(file(tokens)).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

/// The notes of a running server.
#[derive(Debug)]
pub(super) struct Uses {
    shared: Arc<Shared>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    notes: Mutex<Notes>,
    /// Woken when there is something to write, or nothing will be any more.
    news: Condvar,
}

#[derive(Debug)]
struct Notes {
    minutes: Minutes,
    unwritten: bool,
    closed: bool,
}

impl Uses {
    /// Notes for the tokens of the file at `tokens`; `known` are the ids there are.
    pub(super) fn open<'a>(tokens: &Path, known: impl Iterator<Item = &'a str>) -> Self {
        let mut read = read(tokens);
        let minutes = known.filter_map(|id| read.remove_entry(id)).collect();
        let notes = Mutex::new(Notes { minutes, unwritten: false, closed: false });
        Self { shared: Arc::new(Shared { path: file(tokens), notes, news: Condvar::new() }), writer: Mutex::default() }
    }

    /// Notes that a token was used.
    pub(super) fn note(&self, id: &str, now_s: i64) {
        let minute_s = now_s - now_s.rem_euclid(60);
        let mut notes = self.shared.notes();
        match notes.minutes.get_mut(id) {
            Some(last_s) if *last_s >= minute_s => return,
            Some(last_s) => *last_s = minute_s,
            None => drop(notes.minutes.insert(id.to_owned(), minute_s)),
        }
        notes.unwritten = !notes.closed;
        drop(notes);
        self.shared.news.notify_one();
        self.start();
    }

    /// When a token was used last.
    pub(super) fn last_s(&self, id: &str) -> Option<i64> {
        self.shared.notes().minutes.get(id).copied()
    }

    /// Writes what is left, and ends. Blocks.
    pub(super) fn close(&self) {
        self.shared.notes().closed = true;
        self.shared.news.notify_one();
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A writer that panicked has said so.
        let _ended = writer.is_none_or(|writer| writer.join().is_ok());
    }

    /// Starts the thread with the first note: most processes have none.
    fn start(&self) {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.is_none() && !self.shared.notes().closed {
            let shared = Arc::clone(&self.shared);
            match std::thread::Builder::new().name("token-uses".to_owned()).spawn(move || shared.write_on()) {
                Ok(thread) => *writer = Some(thread),
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "no thread for notes of token uses; the next use tries again"
                ),
            }
        }
    }
}

impl Drop for Uses {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_on(&self) {
        let mut notes = self.notes();
        loop {
            let idle = |notes: &mut Notes| !notes.unwritten && !notes.closed;
            notes = self.news.wait_while(notes, idle).unwrap_or_else(PoisonError::into_inner);
            if notes.unwritten {
                notes.unwritten = false;
                let minutes = notes.minutes.clone();
                drop(notes);
                self.write(&minutes);
                notes = self.notes();
            }
            if notes.closed && !notes.unwritten {
                return;
            }
            let open = |notes: &mut Notes| !notes.closed;
            notes = self.news.wait_timeout_while(notes, PAUSE, open).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn write(&self, minutes: &Minutes) {
        let write = || -> std::io::Result<()> {
            let aside = self.path.with_extension("json.new");
            private().create(true).truncate(true).open(&aside)?.write_all(&serde_json::to_vec_pretty(minutes)?)?;
            std::fs::rename(&aside, &self.path)
        };
        if let Err(error) = write() {
            tracing::warn!(error = &error as &dyn std::error::Error, "last use of tokens cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Uses, read};

    #[test]
    fn a_use_is_kept_to_the_minute_and_written_when_the_server_ends() {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens.json");
        let uses = Uses::open(&tokens, ["tok_a"].into_iter());
        for (id, now_s) in [("tok_a", 119), ("tok_a", 61), ("tok_b", 3_600)] {
            uses.note(id, now_s);
        }
        assert_eq!((uses.last_s("tok_a"), uses.last_s("tok_b"), uses.last_s("tok_c")), (Some(60), Some(3_600), None));
        uses.note("tok_a", 180);
        uses.close();
        uses.note("tok_a", 999_999);
        let written: Vec<_> = read(&tokens).into_iter().collect();
        assert_eq!(written, [("tok_a".to_owned(), 180), ("tok_b".to_owned(), 3_600)]);
        let again = Uses::open(&tokens, ["tok_b"].into_iter());
        assert_eq!((again.last_s("tok_a"), again.last_s("tok_b")), (None, Some(3_600)), "who is gone is forgotten");
    }
}
