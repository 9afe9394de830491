//! Byte offset → line and column.

/// The lines of a text, and how far one has come on the last one asked about.
#[derive(Debug)]
pub(super) struct Places<'a> {
    text: &'a str,
    starts: Vec<usize>,
    /// An offset and its column: the next place asked for is nearly always behind it, on a line of any length.
    last: (usize, u32),
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
        Self { text, starts, last: (0, 1) }
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|&start| start <= at)).unwrap_or(u32::MAX)
    }

    /// Where the line of a byte begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        let line = self.starts.partition_point(|&start| start <= at);
        self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0)
    }

    /// Line and column of a byte, both from 1; the column in characters.
    pub(super) fn place(&mut self, at: usize) -> (u32, u32) {
        let start = self.line_start(at);
        let (from, column) = if self.last.0 >= start && self.last.0 <= at { self.last } else { (start, 1) };
        let between = self.text.get(from..at).unwrap_or_default().chars().count();
        self.last = (at, column.saturating_add(u32::try_from(between).unwrap_or(u32::MAX)));
        (self.line(at), self.last.1)
    }
}
