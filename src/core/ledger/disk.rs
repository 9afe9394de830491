//! The few things the ledger asks of a disk, as a seam for faults.
//!
//! Every write, sync and rename of the ledger goes through [`Disk`], so that a test can make the n-th of them fail,
//! fall short or never return. Reading does not: what is read is checked against the chain.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// A file that is open for appending.
pub trait DiskFile: Send + fmt::Debug {
    /// Writes some of `bytes` at the end and returns how many.
    ///
    /// # Errors
    /// Fails as `write(2)` does.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    /// Returns when everything written so far survives a power cut.
    ///
    /// # Errors
    /// Fails as `fdatasync(2)` does. Nobody may try again on the same file: the system may have dropped the pages.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to `len_bytes`.
    ///
    /// # Errors
    /// Fails as `ftruncate(2)` does.
    fn cut(&mut self, len_bytes: u64) -> io::Result<()>;
}

/// A disk, as the ledger uses one.
pub trait Disk: Send + Sync + fmt::Debug {
    /// Opens a file for appending, made if it is not there, readable by its owner alone.
    ///
    /// # Errors
    /// Fails as `open(2)` does.
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Makes an empty file, in the place of one that may be there, readable by its owner alone.
    ///
    /// # Errors
    /// Fails as `open(2)` does.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Renames a file.
    ///
    /// # Errors
    /// Fails as `rename(2)` does.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Returns when the names in a folder survive a power cut.
    ///
    /// # Errors
    /// Fails as `fsync(2)` does.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
}

/// Writes all of `bytes`, however few a single write takes.
pub(super) fn write_all(file: &mut dyn DiskFile, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => bytes = bytes.get(taken..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The file system of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

#[derive(Debug)]
struct SystemFile(File);

impl DiskFile for SystemFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }

    fn cut(&mut self, len_bytes: u64) -> io::Result<()> {
        self.0.set_len(len_bytes)
    }
}

impl Disk for SystemDisk {
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(SystemFile(owner_only(OpenOptions::new().append(true).create(true)).open(path)?)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        // Appending and truncating exclude each other in `OpenOptions`; the file is cut once it is open, and only if it
        // was there: ext4 begins to write a file that was cut to nothing when it is closed.
        let file = owner_only(OpenOptions::new().append(true).create(true)).open(path)?;
        if file.metadata()?.len() > 0 {
            file.set_len(0)?;
        }
        Ok(Box::new(SystemFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // A folder can't be opened for syncing on Windows, and needs no sync there.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }
}

fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
