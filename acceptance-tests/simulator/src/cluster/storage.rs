//! Where backups go: real directories under one root for `file://`, objects in memory for everything else.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::destination::Scheme;

/// A relative `file://` path is taken from the observer's working directory.
const OBSERVER_HOME: &str = "home/admin/oceanbase";

/// What can be wrong with a storage path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageFault {
    /// The key, or the owner of the directory, lacks every permission.
    PermissionDenied,
    /// Reading works, writing is not permitted.
    ReadOnly,
    /// The device or bucket is full; reading works.
    OutOfSpace,
    /// The server or mount does not answer.
    Unreachable,
}

/// What is about to be done to storage.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
}

impl StorageFault {
    fn strikes(self, access: Access) -> bool {
        match self {
            Self::PermissionDenied | Self::Unreachable => true,
            Self::ReadOnly | Self::OutOfSpace => access == Access::Write,
        }
    }
}

/// All storage that the cluster can reach. Paths carry their scheme; the host that a bucket is reached through does not
/// matter, since its objects are the same.
pub(crate) struct Storage {
    root: PathBuf,
    objects: BTreeMap<String, String>,
    faults: BTreeMap<String, StorageFault>,
}

impl Storage {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self {
            root,
            objects: BTreeMap::new(),
            faults: BTreeMap::new(),
        }
    }

    /// From now on, whatever lies under `path` fails in this way, or works again.
    pub(crate) fn set_fault(&mut self, path: &str, fault: Option<StorageFault>) {
        let path = path.trim_end_matches('/').to_owned();
        match fault {
            Some(fault) => self.faults.insert(path, fault),
            None => self.faults.remove(&path),
        };
    }

    /// Names directly under a directory; a missing directory has none.
    pub(crate) fn list(&self, directory: &str) -> Result<Vec<String>, StorageFault> {
        self.check(directory, Access::Read)?;
        match self.local(directory) {
            Some(local) => list_local(&local),
            None => Ok(self.list_objects(directory)),
        }
    }

    fn list_objects(&self, directory: &str) -> Vec<String> {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        let mut names: Vec<String> = self
            .objects
            .range(prefix.clone()..)
            .map_while(|(path, _)| path.strip_prefix(&prefix))
            .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
            .collect();
        names.dedup();
        names
    }

    /// The content of a file, if it exists.
    pub(crate) fn read(&self, file: &str) -> Result<Option<String>, StorageFault> {
        self.check(file, Access::Read)?;
        let Some(local) = self.local(file) else {
            return Ok(self.objects.get(file).cloned());
        };
        match fs::read(local) {
            Ok(content) => Ok(Some(String::from_utf8_lossy(&content).into_owned())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(fault(&error)),
        }
    }

    /// Whether anything could be written under a directory now.
    pub(crate) fn is_writable(&self, directory: &str) -> bool {
        self.check(directory, Access::Write).is_ok()
    }

    /// Writes a file, and creates the directories above it.
    pub(crate) fn write(&mut self, file: &str, content: &str) -> Result<(), StorageFault> {
        self.check(file, Access::Write)?;
        match self.local(file) {
            Some(local) => write_local(&local, content).map_err(|error| fault(&error)),
            None => {
                self.objects.insert(file.to_owned(), content.to_owned());
                Ok(())
            }
        }
    }

    /// Removes a file or everything in a directory; absence is no error.
    pub(crate) fn remove(&mut self, path: &str) -> Result<(), StorageFault> {
        self.check(path, Access::Write)?;
        match self.local(path) {
            Some(local) => remove_local(&local),
            None => {
                let inside = format!("{path}/");
                self.objects
                    .retain(|object, _| object != path && !object.starts_with(&inside));
                Ok(())
            }
        }
    }

    fn check(&self, path: &str, access: Access) -> Result<(), StorageFault> {
        let broken = self.faults.iter().find(|(under, fault)| {
            fault.strikes(access)
                && path
                    .strip_prefix(under.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        broken.map_or(Ok(()), |(_, fault)| Err(*fault))
    }

    /// The real place of a `file://` path; `..` never leads out of the root.
    fn local(&self, path: &str) -> Option<PathBuf> {
        let rest = path.strip_prefix(Scheme::File.prefix())?;
        let mut local = self.root.clone();
        if !rest.starts_with('/') {
            local.push(OBSERVER_HOME);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in rest.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                name => parts.push(name),
            }
        }
        local.extend(parts);
        Some(local)
    }
}

fn list_local(directory: &Path) -> Result<Vec<String>, StorageFault> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault(&error)),
    };
    entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(|error| fault(&error))
}

fn write_local(file: &Path, content: &str) -> io::Result<()> {
    if let Some(directory) = file.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(file, content)
}

fn remove_local(path: &Path) -> Result<(), StorageFault> {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if !is_absent(&error) => Err(fault(&error)),
        _ => Ok(()),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn fault(error: &io::Error) -> StorageFault {
    match error.kind() {
        io::ErrorKind::PermissionDenied => StorageFault::PermissionDenied,
        io::ErrorKind::ReadOnlyFilesystem => StorageFault::ReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageFault::OutOfSpace,
        _ => StorageFault::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_root() {
        let storage = Storage::new(PathBuf::from("/storage"));
        for (path, expected) in [
            ("file:///data/a", Some("/storage/data/a")),
            ("file:///../../etc", Some("/storage/etc")),
            ("file://../../../../etc", Some("/storage/home/admin/oceanbase/etc")),
            ("file://", Some("/storage/home/admin/oceanbase")),
            ("oss://bucket/a", None),
        ] {
            assert_eq!(storage.local(path), expected.map(PathBuf::from), "{path}");
        }
    }

    #[test]
    fn objects_and_files_behave_alike() -> Result<(), StorageFault> {
        let root = tempfile::tempdir().expect("a temporary directory");
        let mut storage = Storage::new(root.path().to_owned());
        for base in ["file:///a", "oss://bucket/a"] {
            assert_eq!(storage.list(base)?, Vec::<String>::new());
            storage.write(&format!("{base}/b/c"), "content")?;
            storage.write(&format!("{base}/b/d"), "content")?;
            assert_eq!(storage.list(base)?, ["b"]);
            assert_eq!(storage.read(&format!("{base}/b/c"))?.as_deref(), Some("content"));
            storage.remove(&format!("{base}/b/c"))?;
            assert_eq!(storage.read(&format!("{base}/b/c"))?, None);
            storage.set_fault(base, Some(StorageFault::Unreachable));
            assert_eq!(storage.list(&format!("{base}/b")), Err(StorageFault::Unreachable));
            assert_eq!(storage.list(&format!("{base}b")), Ok(Vec::new()));
            for fault in [StorageFault::OutOfSpace, StorageFault::ReadOnly] {
                storage.set_fault(base, Some(fault));
                assert_eq!(storage.list(base)?, ["b"]);
                assert_eq!(storage.write(&format!("{base}/b/e"), ""), Err(fault));
                assert_eq!(storage.remove(&format!("{base}/b/d")), Err(fault));
            }
            storage.set_fault(base, None);
            storage.remove(base)?;
            assert_eq!(storage.list(base)?, Vec::<String>::new());
        }
        Ok(())
    }

    #[test]
    fn a_file_in_the_way_of_a_directory_is_an_io_error() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let mut storage = Storage::new(root.path().to_owned());
        storage.write("file:///a", "a file").expect("a writable root");
        assert_eq!(storage.list("file:///a"), Err(StorageFault::Unreachable));
        assert!(storage.write("file:///a/b", "").is_err());
    }
}
