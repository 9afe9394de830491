//! The one door from async faces to threads: bounded work, bounded waiting.
//!
//! As many questions run at once as there are cores; as many wait as the line is long; the next one is told to come
//! again. Inline on the runtime, a search starves health checks; unbounded, it gives long tails.
//! A thread that has answered takes the next question from the line itself, so that no core waits for the runtime to
//! hand one over. Who asked is woken once: where an answer has to wait for something, as for its record, whoever ends
//! that sends it.

use std::collections::VecDeque;
use std::future::{Future, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use tokio::sync::oneshot;

use super::ReadError;

/// How many questions may wait.
const LINE: usize = 512;

/// A question's work panicked; the hook for panics has said where.
#[derive(Debug, thiserror::Error)]
#[error("the work on a question panicked")]
struct Panicked;

/// How many questions are at work and how many wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Threads at work on one.
    pub running: usize,
    /// Questions that wait for a thread.
    pub waiting: usize,
    /// As many may wait; the next one is told to come again.
    pub most: usize,
}

/// The door.
#[derive(Clone)]
pub(super) struct Offload(Arc<Door>);

struct Door {
    cores: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    /// How many threads are at work.
    running: usize,
    waiting: VecDeque<Box<dyn Job>>,
}

/// Work that somebody waits for.
trait Job: Send {
    /// Whether its caller is still there.
    fn is_wanted(&self) -> bool;

    fn run(self: Box<Self>);
}

struct Asked<W, R, E: Future> {
    work: W,
    answer: WayBack<R, E>,
}

/// The way back to whoever asked.
type WayBack<R, E> = oneshot::Sender<Result<(R, <E as Future>::Output), ReadError>>;

impl<W, R, E> Job for Asked<W, R, E>
where
    W: FnOnce() -> Result<(R, E), ReadError> + Send,
    R: Send + 'static,
    E: Future<Output: Send> + Unpin + Send + 'static,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn run(self: Box<Self>) {
        // Nobody sees what a panic left behind: the work owns all that it changes.
        match catch_unwind(AssertUnwindSafe(self.work)) {
            Ok(Ok((done, end))) => {
                let held = Held { done, end, answer: self.answer };
                Arc::new(Waiting(Mutex::new(Some(held)))).wake();
            }
            // Whoever asked may have gone meanwhile.
            Ok(Err(error)) => drop(self.answer.send(Err(error))),
            Err(_) => {}
        }
    }
}

/// What was done, until its end comes.
struct Held<R, E: Future> {
    done: R,
    end: E,
    answer: WayBack<R, E>,
}

/// Sends what was done as soon as its end has come: it is what that end wakes.
struct Waiting<R, E: Future>(Mutex<Option<Held<R, E>>>);

impl<R: Send + 'static, E: Future<Output: Send> + Unpin + Send + 'static> Wake for Waiting<R, E> {
    fn wake(self: Arc<Self>) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = waiting.as_mut() else { return };
        let waker = Waker::from(Arc::clone(&self));
        if let Poll::Ready(end) = Pin::new(&mut held.end).poll(&mut Context::from_waker(&waker))
            && let Some(Held { done, answer, .. }) = waiting.take()
        {
            drop(waiting);
            // Whoever asked may have gone meanwhile.
            drop(answer.send(Ok((done, end))));
        }
    }
}

impl Door {
    fn line(&self) -> std::sync::MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a job into the line. Gives it back if a thread is free for it, and `None` if the line is full.
    fn enter(&self, job: Box<dyn Job>) -> Option<Option<Box<dyn Job>>> {
        let mut line = self.line();
        if line.running < self.cores {
            line.running += 1;
            return Some(Some(job));
        }
        if line.waiting.len() >= LINE {
            line.waiting.retain(|job| job.is_wanted());
        }
        if line.waiting.len() >= LINE {
            return None;
        }
        line.waiting.push_back(job);
        Some(None)
    }

    /// The next job that somebody waits for; without one the thread is no longer counted.
    fn next(&self) -> Option<Box<dyn Job>> {
        let mut line = self.line();
        while let Some(job) = line.waiting.pop_front() {
            if job.is_wanted() {
                return Some(job);
            }
        }
        line.running -= 1;
        None
    }
}

impl Offload {
    pub(super) fn new() -> Self {
        Self::with_cores(std::thread::available_parallelism().map_or(2, usize::from))
    }

    fn with_cores(cores: usize) -> Self {
        Self(Arc::new(Door { cores, line: Mutex::default() }))
    }

    /// Whether each thread has another question to answer after its own.
    pub(super) fn is_crowded(&self) -> bool {
        self.0.line().waiting.len() >= self.0.cores
    }

    /// How the line stands.
    pub(super) fn queue(&self) -> Queue {
        let line = self.0.line();
        Queue { running: line.running, waiting: line.waiting.len(), most: LINE }
    }

    /// Runs `work` on a thread of its own. Work whose caller goes away before its turn is not done.
    pub(super) async fn run<R: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<R, ReadError> + Send + 'static,
    ) -> Result<R, ReadError> {
        self.run_to_end(move || Ok((work()?, ready(())))).await.map(|(done, ())| done)
    }

    /// The same for work that leaves behind something to be waited for. The thread does not wait, and the caller is
    /// woken when it has come.
    pub(super) async fn run_to_end<R: Send + 'static, E: Future<Output: Send> + Unpin + Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<(R, E), ReadError> + Send + 'static,
    ) -> Result<(R, E::Output), ReadError> {
        let (answer, answered) = oneshot::channel();
        self.begin(Box::new(Asked { work, answer }))?;
        answered.await.map_err(|_| ReadError::Index(Box::new(Panicked)))?
    }

    /// Gives a job to a thread, or a place in the line.
    fn begin(&self, job: Box<dyn Job>) -> Result<(), ReadError> {
        let job = self.0.enter(job).ok_or(ReadError::Busy { retry_after_s: 1 })?;
        if let Some(first) = job {
            let door = Arc::clone(&self.0);
            #[expect(clippy::disallowed_methods, reason = "this is the door; it counts its threads")]
            drop(tokio::task::spawn_blocking(move || {
                let mut job = Some(first);
                while let Some(next) = job {
                    next.run();
                    job = door.next();
                }
            }));
        }
        Ok(())
    }
}

impl std::fmt::Debug for Offload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let line = self.0.line();
        f.debug_struct("Offload").field("running", &line.running).field("waiting", &line.waiting.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::{LINE, Offload, Queue};
    use crate::library::ReadError;

    /// Keeps the only thread of a door at work until the sender is dropped.
    fn occupied(door: &Offload) -> (mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), ReadError>>) {
        let (hold, held) = mpsc::channel::<()>();
        let door = door.clone();
        let run = tokio::spawn(async move {
            let work = move || {
                let _released = held.recv();
                Ok(())
            };
            door.run(work).await
        });
        (hold, run)
    }

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_goes_on() {
        let door = Offload::with_cores(1);
        let failed = door.run(|| -> Result<(), _> { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(ReadError::Index(_))));
        assert_eq!(door.run(|| Ok(1)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn an_answer_that_waits_for_its_end_holds_no_thread_and_comes_with_it() {
        let door = Offload::with_cores(1);
        let (ends, end) = tokio::sync::oneshot::channel();
        let first = tokio::spawn({
            let door = door.clone();
            async move { door.run_to_end(move || Ok(("done", end))).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(door.run(|| Ok(2)).await.unwrap(), 2);
        assert!(!first.is_finished());
        ends.send("written").unwrap();
        assert_eq!(first.await.unwrap().unwrap(), ("done", Ok("written")));
    }

    #[tokio::test]
    async fn who_waits_is_answered_in_order_and_a_full_line_answers_busy() {
        let door = Offload::with_cores(1);
        let (hold, first) = occupied(&door);
        tokio::task::yield_now().await;
        let (said, heard) = mpsc::channel();
        let waiting: Vec<_> = (0..LINE)
            .map(|at| {
                let (door, said) = (door.clone(), said.clone());
                tokio::spawn(async move { door.run(move || Ok(said.send(at).is_ok())).await })
            })
            .collect();
        while door.0.line().waiting.len() < LINE {
            tokio::task::yield_now().await;
        }
        assert_eq!(door.queue(), Queue { running: 1, waiting: LINE, most: LINE });
        assert!(matches!(door.run(|| Ok(1)).await, Err(ReadError::Busy { .. })));
        drop(hold);
        first.await.unwrap().unwrap();
        for one in waiting {
            assert!(one.await.unwrap().unwrap());
        }
        drop(said);
        assert_eq!(heard.iter().collect::<Vec<_>>(), (0..LINE).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn who_goes_away_leaves_the_line_and_nothing_is_done_for_them() {
        let door = Offload::with_cores(1);
        let (hold, first) = occupied(&door);
        tokio::task::yield_now().await;
        let gone: Vec<_> = (0..LINE)
            .map(|_| {
                let door = door.clone();
                tokio::spawn(async move { door.run(|| -> Result<(), _> { panic!("nobody waits for this") }).await })
            })
            .collect();
        while door.0.line().waiting.len() < LINE {
            tokio::task::yield_now().await;
        }
        for one in gone {
            one.abort();
            assert!(one.await.unwrap_err().is_cancelled());
        }
        let late = tokio::spawn({
            let door = door.clone();
            async move { door.run(|| Ok(2)).await }
        });
        tokio::task::yield_now().await;
        assert_eq!(door.0.line().waiting.len(), 1);
        drop(hold);
        first.await.unwrap().unwrap();
        assert_eq!(late.await.unwrap().unwrap(), 2);
    }
}
