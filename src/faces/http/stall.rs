//! A stream that does not wait for ever for its other end to take what is written.
//!
//! When nothing more can be written, the other end has so long to take it; for each KiB that it takes it has a second
//! more, but never more than it had at first. So somebody on a slow line gets the whole answer, and somebody who does not
//! read, or reads a byte now and then, gets a closed connection.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What has to be taken a second.
const BYTES_A_SECOND: f64 = 1_024.0;

/// A stream with a bound for how long a write may stall.
#[derive(Debug)]
pub(super) struct Unstalled<Stream> {
    stream: Stream,
    patience: Duration,
    /// When it is over, while something waits to be taken.
    end: Option<Pin<Box<Sleep>>>,
}

impl<Stream> Unstalled<Stream> {
    pub(super) fn new(stream: Stream, patience: Duration) -> Self {
        Self { stream, patience, end: None }
    }

    fn heed(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match (&written, &mut self.end) {
            (Poll::Ready(Ok(bytes)), Some(end)) => {
                let later = later(end.deadline(), *bytes, Instant::now(), self.patience);
                end.as_mut().reset(later);
                written
            }
            (Poll::Ready(_), _) => written,
            (Poll::Pending, end) => {
                let end = end.get_or_insert_with(|| Box::pin(tokio::time::sleep(self.patience)));
                ready!(end.as_mut().poll(cx));
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not take its answer")))
            }
        }
    }
}

/// The end after `bytes` were taken at `now`.
fn later(end: Instant, bytes: usize, now: Instant, patience: Duration) -> Instant {
    #[expect(clippy::cast_precision_loss, reason = "one write is far below 2^52 bytes")]
    let earned = Duration::from_secs_f64(bytes as f64 / BYTES_A_SECOND);
    (end + earned).min(now + patience)
}

impl<Stream: AsyncRead + Unpin> AsyncRead for Unstalled<Stream> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, into)
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for Unstalled<Stream> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.heed(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.heed(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Who writes flushes when all of it is written: nothing waits any more.
        let flushed = ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.end = None;
        Poll::Ready(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::{Unstalled, later};
    use std::io::ErrorKind;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    #[tokio::test]
    async fn who_reads_nothing_is_left_after_a_while_and_who_reads_gets_everything() {
        let (ours, theirs) = tokio::io::duplex(1_024);
        let mut stream = Unstalled::new(ours, Duration::from_millis(20));
        assert_eq!(stream.write_all(&[0; 100_000]).await.unwrap_err().kind(), ErrorKind::TimedOut);
        drop(theirs);

        let (ours, mut theirs) = tokio::io::duplex(1_024);
        let reader = tokio::spawn(async move { theirs.read_to_end(&mut Vec::new()).await });
        let mut stream = Unstalled::new(ours, Duration::from_secs(60));
        stream.write_all(&[0; 100_000]).await.unwrap();
        stream.flush().await.unwrap();
        assert!(stream.end.is_none(), "nothing waits any more");
        drop(stream);
        assert_eq!(reader.await.unwrap().unwrap(), 100_000);
    }

    #[test]
    fn a_byte_now_and_then_buys_no_time_and_a_slow_line_does() {
        let (start, patience) = (Instant::now(), Duration::from_secs(10));
        let lasts = |bytes: usize, pause: Duration| {
            let (mut now, mut end) = (start, start + patience);
            while now < end && now < start + Duration::from_secs(3_600) {
                now += pause;
                end = later(end, bytes, now, patience);
            }
            (now - start).as_secs()
        };
        assert_eq!(lasts(1, Duration::from_secs(1)), 11);
        assert_eq!(lasts(512, Duration::from_secs(1)), 20);
        assert_eq!(lasts(1_024, Duration::from_secs(1)), 3_600);
        assert_eq!(lasts(8_192, Duration::from_secs(9)), 90, "each pause costs a second more than it brings");
        assert_eq!(lasts(100, Duration::from_secs(11)), 11);
    }
}
