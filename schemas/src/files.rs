//! Generated files, and how they differ from those that are there.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// Texts by their path below the root of the repository.
pub type Files = BTreeMap<PathBuf, String>;

/// Directories in which every file of this name ending is generated.
const OWNED: [(&str, &str); 5] = [
    ("schemas/resources", ".schema.json"),
    ("docs/resources", ".md"),
    ("docs/data-sources", ".md"),
    ("docs/actions", ".md"),
    ("docs/functions", ".md"),
];

/// A file that is not as it would be generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// It is not there.
    Missing(PathBuf),
    /// It has another text.
    Stale(PathBuf),
    /// It is there, and would not be generated.
    Superfluous(PathBuf),
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "missing: {}", path.display()),
            Self::Stale(path) => write!(f, "stale: {}", path.display()),
            Self::Superfluous(path) => write!(f, "superfluous: {}", path.display()),
        }
    }
}

/// Compares the files with those below `root`.
pub fn compare(root: &Path, files: &Files) -> io::Result<Vec<Discrepancy>> {
    let mut discrepancies = Vec::new();
    for (path, text) in files {
        match fs::read(root.join(path)) {
            Ok(present) if present == text.as_bytes() => {}
            Ok(_) => discrepancies.push(Discrepancy::Stale(path.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                discrepancies.push(Discrepancy::Missing(path.clone()));
            }
            Err(error) => return Err(error),
        }
    }
    for (directory, ending) in OWNED {
        let present = present(root, directory, ending)?;
        let superfluous = present.into_iter().filter(|path| !files.contains_key(path));
        discrepancies.extend(superfluous.map(Discrepancy::Superfluous));
    }
    Ok(discrepancies)
}

/// Brings the files below `root` in line, and says what had to be done.
pub fn write(root: &Path, files: &Files) -> io::Result<Vec<Discrepancy>> {
    let discrepancies = compare(root, files)?;
    for discrepancy in &discrepancies {
        match discrepancy {
            Discrepancy::Missing(path) | Discrepancy::Stale(path) => {
                let target = root.join(path);
                if let Some(directory) = target.parent() {
                    fs::create_dir_all(directory)?;
                }
                fs::write(target, &files[path])?;
            }
            Discrepancy::Superfluous(path) => fs::remove_file(root.join(path))?,
        }
    }
    Ok(discrepancies)
}

fn present(root: &Path, directory: &str, ending: &str) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(root.join(directory)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if name.to_string_lossy().ends_with(ending) {
            paths.push(Path::new(directory).join(name));
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> Files {
        let owned = |(path, text): &(&str, &str)| (PathBuf::from(path), (*text).to_owned());
        texts.iter().map(owned).collect()
    }

    #[test]
    fn every_file_that_differs_is_named_and_then_brought_in_line() {
        let root = tempfile::tempdir().unwrap();
        let before = files(&[
            ("docs/resources/a.md", "a"),
            ("docs/resources/old.md", "old"),
            ("docs/guides/by_hand.md", "by hand"),
        ]);
        write(root.path(), &before).unwrap();

        let after = files(&[("docs/resources/a.md", "changed"), ("schemas/provider.json", "{}")]);
        let expected = vec![
            Discrepancy::Stale("docs/resources/a.md".into()),
            Discrepancy::Missing("schemas/provider.json".into()),
            Discrepancy::Superfluous("docs/resources/old.md".into()),
        ];
        assert_eq!(compare(root.path(), &after).unwrap(), expected);
        assert_eq!(write(root.path(), &after).unwrap(), expected);
        assert_eq!(compare(root.path(), &after).unwrap(), []);
        assert!(root.path().join("docs/guides/by_hand.md").exists());
    }
}
