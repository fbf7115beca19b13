//! Files and directories that are readable by their owner alone, whatever the umask.
use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// Makes a directory and what is missing above it, so that they survive a power cut.
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    if path.is_dir() || path == Path::new("") {
        return Ok(());
    }
    let parent = path.parent().unwrap_or(Path::new(""));
    create_directory(parent)?;
    match DirBuilder::new().mode(DIRECTORY_MODE).create(path) {
        Ok(()) => {
            // The umask may have taken away what the owner needs.
            fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE))?;
            sync_directory(parent)
        }
        // Another process made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes a file that was not there, for appending and reading.
pub(super) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create_new(true).mode(FILE_MODE).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    Ok(file)
}

/// Opens a file that is there, for appending and reading.
pub(super) fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).open(path)
}

/// Opens a file, and makes it where there is none.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    match open_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    match create_file(path) {
        // Another process made it meanwhile.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_file(path),
        created => created,
    }
}

/// Takes every right of others from a tree.
pub(super) fn close_to_others(path: &Path) -> io::Result<()> {
    let kind = fs::symlink_metadata(path)?;
    if kind.is_symlink() {
        return Ok(());
    }
    if !kind.is_dir() {
        return fs::set_permissions(
            path,
            Permissions::from_mode(kind.permissions().mode() & 0o700),
        );
    }
    fs::set_permissions(path, Permissions::from_mode(DIRECTORY_MODE))?;
    for entry in fs::read_dir(path)? {
        close_to_others(&entry?.path())?;
    }
    Ok(())
}

/// Makes sure that the names in a directory survive a power cut.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
