//! The file of a month's texts, as the one who holds the tail of the ledger has it open.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::{Disk, DiskFile, write_all};
use super::error::Fault;
use super::text::{self, read_span};

/// The month that texts are added to.
#[derive(Debug)]
pub(super) struct Month {
    ledger: PathBuf,
    disk: Arc<dyn Disk>,
    open: Option<OpenFile>,
    /// What failed when a file was replaced: nobody can say which one a power cut would leave, so nothing is written.
    lost: Option<(PathBuf, &'static str, std::io::ErrorKind)>,
}

#[derive(Debug)]
struct OpenFile {
    name: String,
    path: PathBuf,
    file: Box<dyn DiskFile>,
    len_bytes: u64,
}

impl Month {
    pub(super) fn new(ledger: &Path, disk: Arc<dyn Disk>) -> Self {
        Self { ledger: ledger.to_owned(), disk, open: None, lost: None }
    }

    /// Whether another month's file is open.
    pub(super) fn is_over(&self, name: &str) -> bool {
        self.open.as_ref().is_some_and(|open| open.name != name)
    }

    /// Opens a month's file, if it is not open, and gives its length in bytes.
    pub(super) fn begin(&mut self, name: &str) -> Result<u64, Fault> {
        if let Some((path, what, kind)) = &self.lost {
            return Err(Fault::of(path, what)((*kind).into()));
        }
        if let Some(open) = self.open.as_ref().filter(|open| open.name == name) {
            return Ok(open.len_bytes);
        }
        let (folder, path) = (self.ledger.join(text::FOLDER), text::month(&self.ledger, name));
        let mut file = self.disk.append(&path).map_err(Fault::of(&path, "opened"))?;
        self.disk.sync_folder(&folder).map_err(Fault::of(&folder, "synced"))?;
        // A crash may have left half a line; a line feed keeps it from spoiling the next one.
        write_all(file.as_mut(), b"\n").map_err(Fault::of(&path, "written"))?;
        let len_bytes = std::fs::metadata(&path).map_err(Fault::of(&path, "read"))?.len();
        self.open = Some(OpenFile { name: name.to_owned(), path, file, len_bytes });
        Ok(len_bytes)
    }

    /// Adds lines to the open file. They survive a power cut once it is synced.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), Fault> {
        let Some(OpenFile { path, file, len_bytes, .. }) = &mut self.open else { return Ok(()) };
        write_all(file.as_mut(), lines).map_err(Fault::of(path, "written"))?;
        *len_bytes += lines.len() as u64;
        Ok(())
    }

    /// Returns when what was written survives a power cut.
    pub(super) fn sync(&mut self) -> Result<(), Fault> {
        let Some(OpenFile { path, file, .. }) = &mut self.open else { return Ok(()) };
        file.sync().map_err(Fault::of(path, "synced"))
    }

    /// Puts a draft into the place of its month's file, with what came to that since it was read. Appending goes on with
    /// the new file. Until the rename a failure leaves everything as it was.
    pub(super) fn replace(&mut self, draft: Draft) -> Result<(), Fault> {
        let Draft { month, aside, mut file, read_bytes, kept_bytes } = draft;
        let mut old = File::open(&month).map_err(Fault::of(&month, "opened"))?;
        let len = old.metadata().map_err(Fault::of(&month, "read"))?.len();
        let rest = read_span(&mut old, read_bytes, len).map_err(Fault::of(&month, "read"))?;
        if !rest.is_empty() {
            write_all(file.as_mut(), &rest).map_err(Fault::of(&aside, "written"))?;
            file.sync().map_err(Fault::of(&aside, "synced"))?;
        }
        let folder = self.ledger.join(text::FOLDER);
        let renamed = self.disk.rename(&aside, &month).map_err(Fault::of(&month, "renamed"));
        let done = renamed.and_then(|()| self.disk.sync_folder(&folder).map_err(Fault::of(&folder, "synced")));
        if let Err(fault) = done {
            self.lost = Some((fault.path.clone(), fault.what, fault.source.kind()));
            return Err(fault);
        }
        match &mut self.open {
            Some(open) if open.path == month => {
                (open.file, open.len_bytes) = (file, kept_bytes + rest.len() as u64);
            }
            // A month of which nothing is left, and that nobody writes to, needs no file.
            _ if kept_bytes == 0 && rest.iter().all(u8::is_ascii_whitespace) => {
                let _gone = std::fs::remove_file(&month).is_ok();
            }
            _ => {}
        }
        Ok(())
    }
}

/// A month's file written anew beside its place, as far as the old one was read.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) month: PathBuf,
    pub(super) aside: PathBuf,
    pub(super) file: Box<dyn DiskFile>,
    /// How much of the old file was read.
    pub(super) read_bytes: u64,
    /// How much of it was kept.
    pub(super) kept_bytes: u64,
}
