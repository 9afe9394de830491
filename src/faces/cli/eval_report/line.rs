//! A line of a text for people.

/// Adds a line to a text. A String takes every write.
macro_rules! line {
    ($text:expr, $($part:tt)*) => {{ let _ok = writeln!($text, $($part)*).is_ok(); }};
}

pub(super) use line;
