//! A disk that ends its own process at a step that was chosen, fails while it is told to, and writes down what it synced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use cairn::ledger::{Disk, DiskFile, SystemDisk};
use rustix::process::{Signal, getpid, kill_process};

/// What a disk is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Write,
    Sync,
    Rename,
    Folder,
}

impl Step {
    pub(crate) const ALL: [Self; 4] = [Self::Write, Self::Sync, Self::Rename, Self::Folder];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Rename => "rename",
            Self::Folder => "folder",
        }
    }
}

#[derive(Debug)]
struct Core {
    /// The step, and at which of its kind (from 1) the process ends.
    kill: Option<(Step, usize)>,
    counts: [AtomicUsize; 4],
    /// Where the failure stands that is wanted now: the word of a step, and the system's number of an error.
    fault: PathBuf,
    /// What was done that a power cut may undo, a line each.
    journal: Mutex<File>,
    /// Whether a sync is one in name only.
    broken: bool,
}

/// The disk. Cloned, it is the same one.
#[derive(Debug, Clone)]
pub(crate) struct KillDisk(Arc<Core>);

#[derive(Debug)]
struct KillFile {
    disk: KillDisk,
    path: PathBuf,
    len_bytes: u64,
    file: Box<dyn DiskFile>,
}

impl KillDisk {
    /// A disk for the ledger of `folder`, where it finds its fault and leaves its journal.
    pub(crate) fn new(folder: &Path, kill: Option<(Step, usize)>, broken: bool) -> Self {
        let journal = OpenOptions::new().append(true).create(true).open(folder.join("journal")).unwrap();
        let (fault, journal) = (folder.join("fault"), Mutex::new(journal));
        Self(Arc::new(Core { kill, counts: Default::default(), fault, journal, broken }))
    }

    /// Counts a step; ends the process if it is the one, after `dying`.
    fn step(&self, step: Step, dying: impl FnOnce()) -> io::Result<()> {
        let n = self.0.counts[step as usize].fetch_add(1, Ordering::SeqCst) + 1;
        if self.0.kill == Some((step, n)) {
            dying();
            kill_process(getpid(), Signal::KILL).unwrap();
        }
        let fault = fs::read_to_string(&self.0.fault).unwrap_or_default();
        match fault.split_once(' ') {
            Some((word, number)) if word == step.word() => Err(io::Error::from_raw_os_error(number.parse().unwrap())),
            _ => Ok(()),
        }
    }

    fn note(&self, what: char, path: &Path, rest: &str) {
        let line = format!("{what}\t{}\t{rest}\n", path.display());
        self.0.journal.lock().unwrap().write_all(line.as_bytes()).unwrap();
    }

    fn wrap(&self, path: &Path, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        let len_bytes = fs::metadata(path).unwrap().len();
        Box::new(KillFile { disk: self.clone(), path: path.to_owned(), len_bytes, file })
    }
}

impl DiskFile for KillFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // What a process was writing when it ended may be there in part.
        let half = &bytes[..bytes.len() / 2];
        let file = &mut self.file;
        let going_on = self.disk.step(Step::Write, || assert!(file.write(half).is_ok()));
        if let Err(error) = going_on {
            // A full disk takes what still fits.
            self.len_bytes += self.file.write(half)? as u64;
            return Err(error);
        }
        let taken = self.file.write(bytes)?;
        self.len_bytes += taken as u64;
        Ok(taken)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.step(Step::Sync, || {})?;
        if !self.disk.0.broken {
            self.disk.note('S', &self.path, &self.len_bytes.to_string());
        }
        Ok(())
    }

    fn cut(&mut self, len_bytes: u64) -> io::Result<()> {
        self.file.cut(len_bytes)?;
        self.len_bytes = len_bytes;
        self.disk.note('T', &self.path, &len_bytes.to_string());
        Ok(())
    }
}

impl Disk for KillDisk {
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = SystemDisk.append(path)?;
        self.note('A', path, "");
        Ok(self.wrap(path, file))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = SystemDisk.create(path)?;
        self.note('C', path, "");
        Ok(self.wrap(path, file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Step::Rename, || {})?;
        SystemDisk.rename(from, to)?;
        self.note('R', from, &to.display().to_string());
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step(Step::Folder, || {})?;
        if !self.0.broken {
            self.note('D', path, "");
        }
        Ok(())
    }
}
