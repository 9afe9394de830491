//! [`Rules`]: everything that is looked for, and what is allowed all the same.
//!
//! A finding below the level of a secret may be allowed on its own line. A secret may not: whoever writes a page, an
//! agent among them, could wave it through in the same breath. It is allowed in `cairn.toml` alone, by rule and by the
//! digest of what was seen, so that it is reviewed where configuration is and lets one text pass, not one line.

use std::collections::HashSet;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use super::sighting::is_allowed_inline;
use super::{GovernanceError, NameList, RuleFile, Sighting, amount, host, name_list, personal, secret};
use crate::corpus::{Digest, Level, Record};

/// A secret that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The rule that sees it.
    pub rule: String,
    /// SHA-256 of what it sees, 64 hexadecimal digits.
    pub sha256: String,
}

/// What rules are made of.
#[derive(Debug, Clone, Default)]
pub struct RulesOptions {
    /// Rule files beside the built-in shapes.
    pub files: Vec<RuleFile>,
    /// Domains that are internal, with or without a leading full stop.
    pub internal_hosts: Vec<String>,
    /// Secrets that are none.
    pub allow: Vec<Allowed>,
    /// What is never public: `type:NAME`, `tag:NAME`, `path:GLOB` (of `collection/path`).
    pub never_public: Vec<String>,
}

/// Everything that is looked for.
#[derive(Debug)]
pub struct Rules {
    files: Vec<RuleFile>,
    /// The keywords of all rules in `files`, and the rules by keyword: place of file, place of rule.
    keywords: Option<AhoCorasick>,
    by_keyword: Vec<(usize, usize)>,
    internal_hosts: Vec<String>,
    allow: HashSet<(String, String)>,
    never: Vec<Never>,
    digest: Digest,
}

/// A filter of what is never public.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Never {
    Type(String),
    Tag(String),
    Path(String),
}

impl Rules {
    /// The built-in rules and nothing else.
    #[must_use]
    pub fn built_in() -> Self {
        let mut rules = Self {
            files: Vec::new(),
            keywords: None,
            by_keyword: Vec::new(),
            internal_hosts: Vec::new(),
            allow: HashSet::new(),
            never: Vec::new(),
            digest: Digest::NONE,
        };
        rules.digest = rules.identity();
        rules
    }

    /// Makes rules ready to be used, beside the built-in ones.
    ///
    /// # Errors
    /// Fails when a digest or a filter can't be read, and when the keywords of the rule files are too many.
    pub fn new(options: RulesOptions) -> Result<Self, GovernanceError> {
        let mut rules = Self::built_in();
        for Allowed { rule, sha256 } in options.allow {
            let hexadecimal = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !hexadecimal {
                return Err(GovernanceError::Digest { rule });
            }
            rules.allow.insert((rule, sha256.to_ascii_lowercase()));
        }
        rules.never = options.never_public.iter().map(|filter| Never::parse(filter)).collect::<Result<_, _>>()?;
        let dotted = |host: &String| format!(".{}", host.trim().trim_start_matches(['.', '*']));
        rules.internal_hosts = options.internal_hosts.iter().map(dotted).collect();
        rules.files = options.files;
        let mut words = Vec::new();
        for (at, file) in rules.files.iter().enumerate() {
            for (number, rule) in file.rules.iter().enumerate() {
                for word in &rule.keywords {
                    words.push(word.clone());
                    rules.by_keyword.push((at, number));
                }
            }
        }
        if !words.is_empty() {
            let search = AhoCorasick::builder().ascii_case_insensitive(true).build(&words);
            rules.keywords = Some(search.map_err(|error| GovernanceError::Keywords(Box::new(error)))?);
        }
        rules.digest = rules.identity();
        Ok(rules)
    }

    /// What tells these rules from others: what was judged by other rules is judged again.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    fn identity(&self) -> Digest {
        // Built-in shapes change with the version.
        let mut text = format!("cairn {}\n", env!("CARGO_PKG_VERSION"));
        for file in &self.files {
            text.push_str(&format!("{}\n", Digest::of(file.text.as_bytes())));
        }
        let mut allow: Vec<_> = self.allow.iter().collect();
        allow.sort_unstable();
        text.push_str(&format!("{allow:?}\n{:?}", self.never));
        Digest::of(text.as_bytes())
    }

    /// Finds what must not be public in the bytes of a file; `path` is `collection/path.md`.
    #[must_use]
    pub fn secrets(&self, path: &str, text: &[u8]) -> Vec<Sighting> {
        self.secrets_in(path, text, true)
    }

    /// The same for a text that readers are shown of the file.
    pub(super) fn secrets_shown(&self, path: &str, text: &str) -> Vec<Sighting> {
        self.secrets_in(path, text.as_bytes(), false)
    }

    fn secrets_in(&self, path: &str, text: &[u8], whole_file: bool) -> Vec<Sighting> {
        let mut found = Vec::new();
        secret::find(text, &mut found);
        self.find_by_files(path, text, whole_file, &mut found);
        found.iter_mut().for_each(|seen| seen.span = whole_characters(text, seen.span.clone()));
        found.retain(|seen| !self.allows(seen, text));
        found
    }

    /// Finds everything in the bytes of a file, in order.
    #[must_use]
    pub fn sightings(&self, path: &str, text: &[u8], names: &NameList) -> Vec<Sighting> {
        let mut found = self.secrets(path, text);
        if let Ok(text) = std::str::from_utf8(text) {
            personal::find(text, &mut found);
            host::find(text, &self.internal_hosts, &mut found);
            amount::find(text, &mut found);
            names.find(text, &mut found);
        }
        found.retain(|seen| seen.level == Level::Secret || !is_allowed_inline(text, seen));
        // What is worse, and then what is longer, stands for what lies in it.
        found.sort_by(|a, b| {
            (a.span.start, std::cmp::Reverse((a.level, a.span.end)))
                .cmp(&(b.span.start, std::cmp::Reverse((b.level, b.span.end))))
        });
        let secrets: Vec<_> =
            found.iter().filter(|seen| seen.level == Level::Secret).map(|seen| seen.span.clone()).collect();
        found.retain(|seen| {
            seen.level == Level::Secret
                || !secrets.iter().any(|span| seen.span.start < span.end && span.start < seen.span.end)
        });
        let mut end = 0;
        found.retain(|seen| {
            let apart = seen.span.start >= end || seen.level == Level::Secret;
            end = end.max(if apart { seen.span.end } else { end });
            apart
        });
        found
    }

    fn find_by_files(&self, path: &str, text: &[u8], whole_file: bool, found: &mut Vec<Sighting>) {
        if self.files.is_empty() {
            return;
        }
        let mut wanted: HashSet<(usize, usize)> = HashSet::new();
        if let Some(keywords) = &self.keywords {
            wanted.extend(
                keywords.find_overlapping_iter(text).filter_map(|hit| self.by_keyword.get(hit.pattern().as_usize())),
            );
        }
        for (at, file) in self.files.iter().enumerate() {
            for (number, rule) in file.rules.iter().enumerate() {
                if rule.keywords.is_empty() || wanted.contains(&(at, number)) {
                    rule.find(path, text, whole_file, found);
                }
            }
        }
    }

    fn allows(&self, seen: &Sighting, text: &[u8]) -> bool {
        !self.allow.is_empty() && self.allow.contains(&(seen.rule.to_string(), seen.digest(text).to_string()))
    }

    /// The filter that says that a document is never public.
    #[must_use]
    pub fn never_public(&self, record: &Record) -> Option<String> {
        self.never.iter().find(|never| never.holds(record)).map(Never::shown)
    }
}

/// A span that begins and ends between characters: expressions of rule files are about bytes.
fn whole_characters(text: &[u8], span: Range<usize>) -> Range<usize> {
    let inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let start = (0..=span.start).rev().find(|at| !inside(*at)).unwrap_or(0);
    let end = (span.end..text.len()).find(|at| !inside(*at)).unwrap_or(text.len());
    start..end
}

/// Whether a finding is of something that a private list holds: on a public page it is a leak.
#[must_use]
pub fn is_leak(rule: &str) -> bool {
    rule == name_list::CUSTOMER
}

impl Never {
    fn parse(filter: &str) -> Result<Self, GovernanceError> {
        let (field, value) = filter.split_once(':').unwrap_or((filter, ""));
        let value = value.trim();
        match field.trim() {
            _ if value.is_empty() => Err(GovernanceError::Filter { filter: filter.to_owned() }),
            "type" => Ok(Self::Type(value.to_lowercase())),
            "tag" => Ok(Self::Tag(value.to_owned())),
            "path" => Ok(Self::Path(value.to_owned())),
            _ => Err(GovernanceError::Filter { filter: filter.to_owned() }),
        }
    }

    fn holds(&self, record: &Record) -> bool {
        match self {
            Self::Type(kind) => record.meta.kind == *kind,
            Self::Tag(tag) => record.meta.tags.iter().any(|other| other.eq_ignore_ascii_case(tag)),
            Self::Path(glob) => fast_glob::glob_match(glob, format!("{}/{}", record.id.collection(), record.path)),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Type(kind) => format!("type:{kind}"),
            Self::Tag(tag) => format!("tag:{tag}"),
            Self::Path(glob) => format!("path:{glob}"),
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
