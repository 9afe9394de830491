//! The socket in the data folder: how other processes reach the owner.

use std::fs::File;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use crate::library::DataFolder;

use super::error::CliError;

/// What the system allows for a socket's path, with room to spare.
const PATH_BYTES_MAX: usize = 100;

/// A socket's path that the system takes, and what must be kept open for it.
struct Place {
    path: PathBuf,
    _folder: Option<File>,
}

/// A long path is shortened through the open folder.
fn place(data: &Path) -> std::io::Result<Place> {
    let path = DataFolder::socket(data);
    if path.as_os_str().len() <= PATH_BYTES_MAX || !cfg!(target_os = "linux") {
        return Ok(Place { path, _folder: None });
    }
    let folder = File::open(data)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/socket", folder.as_raw_fd()));
    Ok(Place { path, _folder: Some(folder) })
}

/// Listens, as the owner of the folder. A socket that a dead owner left is taken away.
pub(super) fn listen(data: &Path) -> Result<UnixListener, CliError> {
    let fail = |source| CliError::Socket { path: DataFolder::socket(data), source };
    let place = place(data).map_err(fail)?;
    match std::fs::remove_file(&place.path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(fail(error)),
        _ => {}
    }
    let listener = UnixListener::bind(&place.path).map_err(fail)?;
    std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(0o600)).map_err(fail)?;
    Ok(listener)
}

/// Reaches the owner, if one listens.
pub(super) async fn connect(data: &Path) -> Option<UnixStream> {
    let place = place(data).ok()?;
    UnixStream::connect(&place.path).await.ok()
}
