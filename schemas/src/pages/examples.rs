//! Examples, as they lie in the Registry's layout.

use super::block;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The directory with the examples.
pub(super) struct Examples<'a> {
    root: &'a Path,
}

impl<'a> Examples<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root }
    }

    /// The text of one file, if it is there.
    pub(super) fn text(&self, directory: &str, file: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.root.join(directory).join(file)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The section with the main example `KIND.tf`, and the further ones `KIND-….tf`, each below its first comment.
    pub(super) fn section(&self, directory: &str, kind: &str) -> io::Result<String> {
        let Some(main) = self.text(directory, &format!("{kind}.tf"))? else {
            return Ok(String::new());
        };
        let mut section = format!("## Example Usage\n\n{}\n", block("terraform", &main));
        for path in self.further(directory, kind)? {
            let text = fs::read_to_string(path)?;
            let (title, example) = titled(&text);
            section += &format!("### {title}\n\n{}\n", block("terraform", example));
        }
        Ok(section)
    }

    fn further(&self, directory: &str, kind: &str) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(self.root.join(directory))? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&format!("{kind}-")) && name.ends_with(".tf") {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok(paths)
    }
}

/// The comment on the first line, which is the example's title, and the rest.
fn titled(text: &str) -> (&str, &str) {
    match text.split_once('\n') {
        Some((first, rest)) if first.starts_with('#') => (
            first.trim_start_matches('#').trim().trim_end_matches('.'),
            rest.trim_start_matches('\n'),
        ),
        _ => ("Another example", text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_main_example_comes_first_and_the_others_below_their_titles() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("resources/oceanbase_thing");
        fs::create_dir_all(&directory).unwrap();
        for (name, text) in [
            ("resource.tf", "resource \"oceanbase_thing\" \"a\" {}\n"),
            (
                "resource-b.tf",
                "# With a b.\n\n# Why.\nresource \"oceanbase_thing\" \"b\" {}\n",
            ),
            ("resources.txt", "not an example"),
            ("import.sh", "terraform import oceanbase_thing.a a\n"),
        ] {
            fs::write(directory.join(name), text).unwrap();
        }
        let examples = Examples::new(root.path());
        expect![[r##"
            ## Example Usage

            ```terraform
            resource "oceanbase_thing" "a" {}
            ```

            ### With a b

            ```terraform
            # Why.
            resource "oceanbase_thing" "b" {}
            ```

        "##]]
        .assert_eq(&examples.section("resources/oceanbase_thing", "resource").unwrap());
    }
}
