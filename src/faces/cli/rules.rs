//! `[governance]` in `cairn.toml`: rule files, internal hosts, what is never public, and secrets that are none.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::governance::{Allowed, GovernanceError, RuleFile, Rules, RulesOptions};

use super::error::CliError;

/// The section as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileGovernance {
    /// Rule files in gitleaks' form, relative to the root.
    rule_files: Vec<PathBuf>,
    /// Domains that are internal.
    internal_hosts: Vec<String>,
    /// `type:NAME`, `tag:NAME`, `path:GLOB`.
    never_public: Vec<String>,
    /// Secrets that are none.
    allow: Vec<FileAllowed>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileAllowed {
    rule: String,
    sha256: String,
    /// Why it is none: for who reviews it.
    #[serde(default, rename = "why")]
    _why: String,
}

impl FileGovernance {
    /// Makes rules of it; `read` reads a file of configuration.
    pub(super) fn rules(self, root: &Path, read: impl Fn(&Path) -> std::io::Result<String>) -> Result<Rules, CliError> {
        let file = |path: &PathBuf| {
            let whole = root.join(path);
            let text = read(&whole).map_err(|source| CliError::ConfigUnreadable { path: whole, source })?;
            RuleFile::parse(&path.display().to_string(), &text).map_err(refused)
        };
        let files = self.rule_files.iter().map(file).collect::<Result<_, _>>()?;
        let allow = self.allow.into_iter().map(|FileAllowed { rule, sha256, .. }| Allowed { rule, sha256 }).collect();
        let options =
            RulesOptions { files, allow, internal_hosts: self.internal_hosts, never_public: self.never_public };
        Rules::new(options).map_err(refused)
    }
}

fn refused(source: GovernanceError) -> CliError {
    CliError::Rules { source: Box::new(source) }
}
