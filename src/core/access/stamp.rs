//! How a file looks from the outside: enough to tell that it is another one, without reading it.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

/// Identity, size and times of a file. Two states of a file that is replaced whole have two stamps, because whoever
/// writes one sees to it that its time is later than that of the one before (see [`Stamp::after`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    size_bytes: u64,
    modified: Option<SystemTime>,
    /// Device, inode, and when either was changed last, seconds and nanoseconds.
    #[cfg(unix)]
    identity: (u64, u64, i64, i64),
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;
        Self {
            size_bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            identity: (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// A time that tells the next state of the file from this one, when the clock has not ticked between the two.
    pub(super) fn after(&self, next: Option<SystemTime>) -> Option<SystemTime> {
        let modified = self.modified?;
        next.is_none_or(|next| next <= modified).then(|| modified + Duration::from_nanos(1))
    }
}
