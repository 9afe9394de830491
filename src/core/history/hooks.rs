//! Where the hooks of a checkout lie: `core.hooksPath` where one is set, else `hooks` in the repository's folder.
//!
//! A person's configuration files are read only when the caller names them. Files that these include are not read.

use std::path::{Path, PathBuf};

use super::Repository;

/// The most that is read of a configuration.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

impl Repository {
    /// The folder in which git looks for hooks when something is committed here. `personal` are configuration files that
    /// hold for more than this repository, the widest first; `home` is what `~` stands for.
    #[must_use]
    pub fn hooks_folder(&self, personal: &[PathBuf], home: Option<&Path>) -> PathBuf {
        let own = [self.common_dir().join("config"), self.git_dir().join("config.worktree")];
        // What is said later, and nearer, counts.
        let said = own.iter().rev().chain(personal.iter().rev()).find_map(|path| hooks_path(&read(path)?));
        match said.as_deref() {
            None => self.common_dir().join("hooks"),
            Some(path) => match (path.strip_prefix("~/"), home) {
                (Some(rest), Some(home)) => home.join(rest),
                // A relative path is seen from where hooks are run: the top of the checkout.
                _ => self.work_dir().join(path),
            },
        }
    }
}

fn read(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(MAX_CONFIG_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last `hooksPath` of the section `[core]`.
fn hooks_path(config: &str) -> Option<String> {
    let (mut in_core, mut found) = (false, None);
    for line in config.lines().map(str::trim) {
        let line = match line.strip_prefix('[') {
            Some(section) => {
                let (name, rest) = section.split_once(']').unwrap_or((section, ""));
                in_core = name.trim().eq_ignore_ascii_case("core");
                rest.trim()
            }
            None => line,
        };
        if let (true, Some((key, value))) = (in_core, line.split_once('='))
            && key.trim().eq_ignore_ascii_case("hookspath")
        {
            found = Some(unquoted(value.trim()));
        }
    }
    found.filter(|path| !path.is_empty())
}

/// A value without quotes, escapes and a comment behind it.
fn unquoted(value: &str) -> String {
    let (mut text, mut quoted, mut letters) = (String::new(), false, value.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' => text.extend(letters.next()),
            '#' | ';' if !quoted => break,
            letter => text.push(letter),
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::hooks_path;

    #[test]
    fn the_last_path_of_the_core_section_counts() {
        for (config, expected) in [
            ("[core]\n\thooksPath = .hooks\n", Some(".hooks")),
            ("[Core] hookspath = a\n[core]\nhooksPath = \"b c\" ; why\n", Some("b c")),
            ("[core \"x\"]\nhooksPath = a\n", None),
            ("[other]\nhooksPath = a\n", None),
            ("[core]\nhooksPath =\n", None),
            ("", None),
        ] {
            assert_eq!(hooks_path(config).as_deref(), expected, "{config}");
        }
    }
}
