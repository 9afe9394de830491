//! The data folder: who owns it.
//!
//! One process holds `DATA/lock` for as long as it lives (the system lets go of it when the process dies, however).
//! The file says who holds it, for those who come second.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::LibraryError;

/// A data folder that this process owns.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    lock: File,
}

/// Who owns a data folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process.
    pub pid: u32,
    /// Where it answers: `http://…`, or what kind of process it is.
    pub address: String,
}

impl DataFolder {
    /// Takes the folder, making it (mode 0700) when it is missing.
    ///
    /// # Errors
    /// `Held` when another process owns it; `File` when it can't be made, read or locked.
    pub fn claim(path: &Path, address: &str) -> Result<Self, LibraryError> {
        let fail = |what: &'static str| move |source| LibraryError::File { path: path.to_owned(), what, source };
        Self::prepare(path)?;
        let mut lock = open_lock(&path.join("lock")).map_err(fail("locked"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = read_holder(&mut lock).unwrap_or(Holder { pid: 0, address: "starting".to_owned() });
                return Err(LibraryError::Held { data: path.to_owned(), pid: holder.pid, address: holder.address });
            }
            Err(TryLockError::Error(source)) => return Err(fail("locked")(source)),
        }
        let mut folder = Self { path: path.to_owned(), lock };
        folder.announce(address)?;
        Ok(folder)
    }

    /// Makes the folder (mode 0700) when it is missing, and owns nothing.
    ///
    /// # Errors
    /// Fails when it can't be made.
    pub fn prepare(path: &Path) -> Result<(), LibraryError> {
        let fail = |what: &'static str| move |source| LibraryError::File { path: path.to_owned(), what, source };
        make_private(path).map_err(fail("made"))?;
        // What is in the folder is never part of the corpus' own repository.
        let ignore = path.join(".gitignore");
        if !ignore.try_exists().map_err(fail("read"))? {
            std::fs::write(&ignore, "*\n").map_err(fail("written"))?;
        }
        Ok(())
    }

    /// Writes where this process answers into the lock.
    ///
    /// # Errors
    /// Fails when the file can't be written.
    pub fn announce(&mut self, address: &str) -> Result<(), LibraryError> {
        let line = format!("{} {address}\n", std::process::id());
        self.lock
            .set_len(0)
            .and_then(|()| self.lock.rewind())
            .and_then(|()| self.lock.write_all(line.as_bytes()))
            .map_err(|source| LibraryError::File { path: self.path.join("lock"), what: "written", source })
    }

    /// Says who owns the folder at `path`, if anybody does.
    #[must_use]
    pub fn holder(path: &Path) -> Option<Holder> {
        let mut lock = OpenOptions::new().read(true).write(true).open(path.join("lock")).ok()?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => read_holder(&mut lock),
            _ => None,
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The socket through which other processes attach to the owner.
    #[must_use]
    pub fn socket(path: &Path) -> PathBuf {
        path.join("socket")
    }
}

fn open_lock(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

fn read_holder(lock: &mut File) -> Option<Holder> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.take(4_096).read_to_string(&mut text).ok()?;
    let (pid, address) = text.trim_end().split_once(' ')?;
    Some(Holder { pid: pid.parse().ok()?, address: address.to_owned() })
}

fn make_private(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(test)]
mod tests {
    use super::{DataFolder, LibraryError};

    #[test]
    fn a_second_claim_is_told_who_holds_the_folder_and_a_freed_one_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("deep/data");
        let first = DataFolder::claim(&data, "http://127.0.0.1:7171").unwrap();
        let Err(LibraryError::Held { pid, address, .. }) = DataFolder::claim(&data, "x") else { panic!("not held") };
        assert_eq!((pid, address.as_str()), (std::process::id(), "http://127.0.0.1:7171"));
        assert_eq!(DataFolder::holder(&data).unwrap().pid, std::process::id());
        drop(first);
        assert_eq!(DataFolder::holder(&data), None);
        DataFolder::claim(&data, "y").unwrap();
        assert_eq!(std::fs::read_to_string(data.join(".gitignore")).unwrap(), "*\n");
    }
}
