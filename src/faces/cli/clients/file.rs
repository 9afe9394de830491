//! A client's configuration file: read, shown as it would be, and written whole or not at all.
//!
//! A link is followed, so that a file that is kept elsewhere stays there. The new text stands beside the file, with its
//! owner and its mode and on the disk, before one rename puts it in its place. A file that may not be written is left,
//! and so is one that somebody else changed meanwhile.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::super::error::CliError;
use super::super::output::{self, Style};

/// The longest file that is read, in bytes.
const LIMIT_BYTES: u64 = 64 << 20;

/// How many lines are shown around what changes.
const AROUND: usize = 2;

/// What is said of a file that may not be written.
const READ_ONLY: &str =
    "it is read-only; allow writing to it (chmod u+w, as its owner), or paste what `cairn mcp config` prints";

/// A file as it was read.
#[derive(Debug)]
pub(super) struct ClientFile {
    /// Where it was looked for.
    pub(super) path: PathBuf,
    /// Where it really is.
    place: PathBuf,
    /// Its text; `None` while there is none.
    pub(super) text: Option<String>,
}

impl ClientFile {
    pub(super) fn read(path: PathBuf) -> Result<Self, CliError> {
        let failed = |source| CliError::ClientFile { path: path.clone(), what: "read", source };
        let place = match fs::canonicalize(&path) {
            Ok(place) => place,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => match fs::symlink_metadata(&path) {
                // A link that leads nowhere would be replaced by a file.
                Ok(_) => return Err(failed(error)),
                Err(_) => path.clone(),
            },
            Err(error) => return Err(failed(error)),
        };
        let text = match text_of(&place) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        Ok(Self { path, place, text })
    }

    /// Refuses a file that may not be written: the rename that replaces it would not ask.
    pub(super) fn may_be_written(&self) -> Result<(), CliError> {
        if self.text.is_none() {
            return Ok(());
        }
        may_write(&self.place).map_err(|source| self.unwritten(source))
    }

    /// Writes a new text in the file's place, if it still is as it was read.
    pub(super) fn write(&self, text: &str) -> Result<(), CliError> {
        self.may_be_written()?;
        let failed = |source| self.unwritten(source);
        let folder = self.place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        let name = self.place.file_name().unwrap_or_default().to_string_lossy();
        let beside = Beside(folder.join(format!(".{name}.cairn-{}", std::process::id())));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(&beside.0).map_err(failed)?;
        let replaces = self.text.is_some();
        let model = fs::metadata(if replaces { self.place.as_path() } else { folder }).map_err(failed)?;
        keep_owner(&file, &model, replaces).map_err(failed)?;
        if replaces {
            // Behind the owner: a change of owner may take bits of the mode away.
            file.set_permissions(model.permissions()).map_err(failed)?;
        }
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        let now = match text_of(&self.place) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(error)),
        };
        if now != self.text {
            return Err(CliError::ClientFileChanged { path: self.path.clone() });
        }
        fs::rename(&beside.0, &self.place).map_err(failed)?;
        // The rename itself is durable with its folder; where a folder can't be synced, the file is whole all the same.
        let _synced = fs::File::open(folder).and_then(|folder| folder.sync_all()).is_ok();
        Ok(())
    }

    fn unwritten(&self, source: std::io::Error) -> CliError {
        CliError::ClientFile { path: self.path.clone(), what: "written", source }
    }
}

/// Whether a file may be written, as the system says and as its mode says: that holds for root as well, whom the system
/// does not stop.
fn may_write(path: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    let opened = fs::OpenOptions::new().write(true).open(path).map(drop);
    let read_only = match &opened {
        Ok(()) => !owner_writes(&fs::metadata(path)?),
        Err(error) => matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem),
    };
    if read_only { Err(std::io::Error::new(PermissionDenied, READ_ONLY)) } else { opened }
}

#[cfg(unix)]
fn owner_writes(file: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(file) & 0o200 != 0
}

#[cfg(not(unix))]
fn owner_writes(_: &fs::Metadata) -> bool {
    true
}

/// Gives a new file the owner and the group of the one that it replaces, or of its folder where it replaces none. The
/// latter is for root alone: whoever else may write into a folder has files of their own in it.
#[cfg(unix)]
fn keep_owner(file: &fs::File, model: &fs::Metadata, replaces: bool) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    let (user, group) = (model.uid(), model.gid());
    let wanted = replaces || own.uid() == 0;
    if !wanted || (own.uid(), own.gid()) == (user, group) {
        return Ok(());
    }
    // What does not differ is not asked for: anybody may give a file to a group of theirs, and only root to a user.
    let differs = |own: u32, wanted: u32| (own != wanted).then_some(wanted);
    fchown(file, differs(own.uid(), user), differs(own.gid(), group)).map_err(|error| {
        let what = format!(
            "it would not stay with user {user} and group {group} ({error}); run this as that user, or paste what \
             `cairn mcp config` prints"
        );
        std::io::Error::new(error.kind(), what)
    })
}

#[cfg(not(unix))]
fn keep_owner(_: &fs::File, _: &fs::Metadata, _: bool) -> std::io::Result<()> {
    Ok(())
}

fn text_of(path: &Path) -> std::io::Result<String> {
    if fs::metadata(path)?.len() > LIMIT_BYTES {
        return Err(std::io::ErrorKind::FileTooLarge.into());
    }
    fs::read_to_string(path)
}

/// The new text beside its place; gone unless it was renamed.
struct Beside(PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.0).is_ok();
    }
}

/// Shows what changes between two texts: one run of lines, with some around it.
pub(super) fn diff(before: &str, after: &str, style: Style) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mut text = format!("{}@@ line {} @@{}\n", style.dim, head + 1, style.plain);
    let mut show = |sign: char, lines: &[&str], colour: &str| {
        for line in lines {
            text.push_str(&format!("{colour}{sign}{}{}\n", output::line(line), style.plain));
        }
    };
    show(' ', old.get(head.saturating_sub(AROUND)..head).unwrap_or_default(), style.dim);
    show('-', old.get(head..old.len() - tail).unwrap_or_default(), style.bad);
    show('+', new.get(head..new.len() - tail).unwrap_or_default(), style.strong);
    let behind = new.len() - tail;
    show(' ', new.get(behind..(behind + AROUND).min(new.len())).unwrap_or_default(), style.dim);
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};

    use super::*;

    #[test]
    fn a_file_keeps_its_mode_and_its_place_behind_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("dotfiles.json"), folder.path().join("mcp.json"));
        fs::write(&real, "{}").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&real, &link).unwrap();
        ClientFile::read(link.clone()).unwrap().write("{\"a\": 1}").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "{\"a\": 1}");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside it");
    }

    #[test]
    fn a_read_only_file_is_named_and_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mcp.json");
        fs::write(&path, "{}").unwrap();
        for mode in [0o444, 0o464] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = ClientFile::read(path.clone()).unwrap().write("{\"a\": 1}").unwrap_err();
            let refused = format!("{:#}", anyhow::Error::from(refused));
            for word in ["mcp.json", "read-only", "chmod u+w"] {
                assert!(refused.contains(word), "{mode:o}: {refused}");
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        }
    }

    #[test]
    fn root_leaves_a_file_to_its_owner_and_a_new_one_to_that_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (there, new) = (folder.path().join("mcp.json"), folder.path().join("new.json"));
        fs::write(&there, "{}").unwrap();
        fs::set_permissions(&there, fs::Permissions::from_mode(0o600)).unwrap();
        // Nobody but root has another user's file to try it on.
        if chown(&there, Some(1), Some(2)).is_err() {
            return;
        }
        let owner = |path: &Path| {
            let file = fs::metadata(path).unwrap();
            (file.uid(), file.gid(), file.mode() & 0o777)
        };
        ClientFile::read(there.clone()).unwrap().write("{\"a\": 1}").unwrap();
        assert_eq!((owner(&there), fs::read_to_string(&there).unwrap().as_str()), ((1, 2, 0o600), "{\"a\": 1}"));
        chown(folder.path(), Some(3), Some(4)).unwrap();
        ClientFile::read(new.clone()).unwrap().write("{}").unwrap();
        assert_eq!((owner(&new).0, owner(&new).1), (3, 4));
    }

    #[test]
    fn what_somebody_else_changed_meanwhile_is_left_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/settings.json");
        let missing = ClientFile::read(path.clone()).unwrap();
        assert_eq!(missing.text, None);
        missing.write("one").unwrap();
        let read = ClientFile::read(path.clone()).unwrap();
        fs::write(&path, "two").unwrap();
        assert!(matches!(read.write("three"), Err(CliError::ClientFileChanged { .. })));
        assert!(matches!(missing.write("three"), Err(CliError::ClientFileChanged { .. })), "it is there now");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        symlink(folder.path().join("nowhere"), folder.path().join("link")).unwrap();
        assert!(ClientFile::read(folder.path().join("link")).is_err());
    }

    #[test]
    fn a_difference_is_shown_with_what_is_around_it() {
        let shown = diff("a\nb\nc\nd\ne\n", "a\nb\nc\nx\ny\ne\n", Style::default());
        assert_eq!(shown, "@@ line 4 @@\n b\n c\n-d\n+x\n+y\n e\n");
        assert_eq!(diff("", "a\n", Style::default()), "@@ line 1 @@\n+a\n");
    }
}
