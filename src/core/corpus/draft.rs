//! Bytes → [`Draft`] → a document that is bound to its scope.
//!
//! [`Draft::parse`] takes any bytes and never fails; [`Draft::classify`] is the only place where a value becomes a
//! scope. The folder grants, the file may only narrow, and what can't be read or is unclear is private.

use std::borrow::Cow;
use std::sync::Arc;

use super::fields::{Fields, parse_status};
use super::front_matter::{self, Fence};
use super::parse::{Outline, parse};
use super::visible::Visible;
use super::{
    Digest, Document, DocumentId, Finding, Language, Level, Meta, Pack, Record, Section, SourceFile, SourcePath, chunk,
    glossary, hidden, is_front_page, kind, pack, stem,
};
use crate::access::{Private, Public, Visibility};

/// The texts of a document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// The visible text: what is served. Line n is the file's line n.
    pub text: String,
    /// The plain text of each chunk, without Markdown: what is indexed. Parts of a long section repeat the end of the
    /// part before.
    pub plain: Vec<String>,
}

/// A file that was read and parsed, and is not yet anybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    record: Record,
    body: Body,
    /// What the file says of itself: the widest it may be.
    narrowed: Option<Visibility>,
    /// The line on which the file says that it is public.
    claims_public: Option<u32>,
}

/// A document, bound to the scope it was classified into.
#[derive(Debug, Clone)]
pub enum Classified {
    /// For anybody.
    Public(Document<Public>, Body),
    /// For the holder of a grant.
    Private(Document<Private>, Body),
}

impl Draft {
    /// Parses a file. Takes any bytes; what is wrong with them is among the record's findings.
    #[must_use]
    pub fn parse(file: SourceFile) -> Self {
        let SourceFile { collection, path, bytes, modified_ns } = file;
        let Said { text, mut meta, title, narrowed, claims_public, pack, mut findings } = Said::of(&bytes);
        let mut outline = parse(&text);
        if outline.sections.is_empty() {
            outline.sections.push(Section {
                level: 0,
                title: String::new(),
                anchor: String::new(),
                parent: None,
                line: 1,
                span: 0..0,
                body: 0,
            });
            findings.push(Finding {
                level: Level::Note,
                rule: Cow::Borrowed("file-empty"),
                line: 1,
                column: 1,
                message: "there is no text in this file; write some or delete it".to_owned(),
            });
        }
        let (chunks, plain) = chunk::split(&text, &outline);
        findings.append(&mut outline.findings);
        findings.extend(chunk::torn(&chunks, &outline));
        if meta.kind.is_empty() {
            kind::inferred(collection.as_str(), &path, &outline.sections).clone_into(&mut meta.kind);
        }
        let pack = if meta.kind == "pack" { packed(pack, &mut findings) } else { None };
        if meta.kind == "decision" {
            status_of_decision(&mut meta, &text, &outline);
        }
        let title = title.unwrap_or_else(|| title_of(collection.as_str(), &path, &outline.sections));
        let record = Record {
            id: DocumentId::of(&collection, &path),
            synonyms: glossary::synonyms(&title, &meta, &outline.sections, &text),
            title,
            path,
            visibility: Visibility::Private,
            sha256: Digest::of(&bytes),
            size_bytes: bytes.len() as u64,
            modified_ns,
            git_blob: None,
            language: meta.language_in(None),
            meta,
            sections: outline.sections,
            chunks,
            links: outline.links,
            anchors: outline.anchors,
            pack,
            findings,
        };
        Self { record, body: Body { text, plain }, narrowed, claims_public }
    }

    /// Notes the language of the collection, for a document that names none.
    #[must_use]
    pub fn with_language(mut self, collection: Option<Language>) -> Self {
        self.record.language = self.record.meta.language_in(collection);
        self
    }

    /// Notes the name git has for the file's bytes, which says later which commit made them.
    #[must_use]
    pub fn with_git_blob(mut self, name: Option<[u8; 20]>) -> Self {
        self.record.git_blob = name;
        self
    }

    /// Takes the owner that the repository's CODEOWNERS file names, where the document itself names none.
    #[must_use]
    pub fn with_owner(mut self, owner: Option<&str>) -> Self {
        let meta = &mut self.record.meta;
        if let (None, Some(owner)) = (&meta.owner, owner) {
            meta.owner = Some(hidden::one_line(owner).0.into_owned());
            meta.owner_inferred = true;
        }
        self
    }

    /// What is known of the document so far.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The texts of the document.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Whether the file asks to be private itself, or can't be read.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        self.narrowed == Some(Visibility::Private)
    }

    /// Keeps the document private, whatever its folder grants, because of these findings.
    #[must_use]
    pub fn withhold(mut self, findings: Vec<Finding>) -> Self {
        self.narrowed = Some(Visibility::Private);
        self.record.findings.extend(findings);
        self
    }

    /// Binds the document to the scope its folder grants, or to the narrower one that it asks for itself.
    ///
    /// # Panics
    /// Never: what is not stamped public is stamped private.
    #[must_use]
    pub fn classify(self, folder: Visibility) -> Classified {
        let Self { mut record, body, narrowed, claims_public } = self;
        record.visibility = folder.narrowed_by(narrowed.unwrap_or(folder));
        if let Some(line) = claims_public.filter(|_| folder == Visibility::Private) {
            record.findings.push(Finding {
                level: Level::Warning,
                rule: Cow::Borrowed("visibility-cannot-widen"),
                line,
                column: 1,
                message: "visibility: public has no effect in a private folder; move the file to a public one"
                    .to_owned(),
            });
        }
        record.findings.sort_by_key(|finding| (finding.line, finding.column));
        let record = Arc::new(record);
        match Document::<Public>::open(Arc::clone(&record)) {
            Some(document) => Classified::Public(document, body),
            None => Classified::Private(Document::open(record).expect("what is not public is private"), body),
        }
    }
}

impl Classified {
    /// What is known of the document.
    #[must_use]
    pub fn record(&self) -> &Arc<Record> {
        match self {
            Self::Public(document, _) => document.record(),
            Self::Private(document, _) => document.record(),
        }
    }

    /// The texts.
    #[must_use]
    pub fn body(&self) -> &Body {
        match self {
            Self::Public(_, body) | Self::Private(_, body) => body,
        }
    }

    /// The record, which bears its scope, and the texts.
    #[must_use]
    pub fn into_parts(self) -> (Arc<Record>, Body) {
        match self {
            Self::Public(document, body) => (Arc::clone(document.record()), body),
            Self::Private(document, body) => (Arc::clone(document.record()), body),
        }
    }
}

/// Says whether a file's own words keep it private, or can't be read: whatever its folder grants, it is not public.
#[must_use]
pub fn keeps_private(bytes: &[u8]) -> bool {
    Said::of(bytes).narrowed == Some(Visibility::Private)
}

/// What a file says of itself, and the text that is left to be read.
struct Said {
    text: String,
    meta: Meta,
    title: Option<String>,
    narrowed: Option<Visibility>,
    claims_public: Option<u32>,
    pack: Option<(Pack, Vec<pack::Problem>)>,
    findings: Vec<Finding>,
}

impl Said {
    fn of(bytes: &[u8]) -> Self {
        let Visible { text, fence, unread, mut findings } = Visible::of(bytes);
        let (Fields { meta, title, mut narrowed, claims_public, pack, findings: unclear }, malformed) = fields(fence);
        findings.extend(unclear);
        findings.extend(malformed);
        if findings.iter().any(|finding| finding.rule == "front-matter-malformed") {
            narrowed = Some(Visibility::Private);
        }
        if let (None, Some((line, says))) = (narrowed, unread) {
            narrowed = Some(Visibility::Private);
            findings.push(misplaced(line, &says));
        }
        Self { text, meta, title, narrowed, claims_public, pack, findings }
    }
}

/// Reads the front matter, if there is any; what can't be read says nothing, and makes a finding.
fn fields(fence: Option<Fence>) -> (Fields, Option<Finding>) {
    let Some(fence) = fence else { return (Fields::default(), None) };
    match fence.inside.and_then(|inside| front_matter::read(&inside, fence.language)) {
        Ok(entries) => (Fields::of(entries), None),
        Err(malformed) => {
            let finding = Finding {
                level: Level::Error,
                rule: Cow::Borrowed("front-matter-malformed"),
                line: u32::try_from(malformed.line).unwrap_or(u32::MAX),
                column: u32::try_from(malformed.column).unwrap_or(u32::MAX),
                // The reader of YAML quotes what it could not read.
                message: format!(
                    "{}; the document is private until this is mended",
                    hidden::one_line(&malformed.what).0
                ),
            };
            (Fields::default(), Some(finding))
        }
    }
}

/// What a pack lists; what of it can't be read is among the findings.
fn packed(pack: Option<(Pack, Vec<pack::Problem>)>, findings: &mut Vec<Finding>) -> Option<Arc<Pack>> {
    let (pack, problems) = match pack {
        Some((pack, problems)) if pack.entries.is_empty() && problems.is_empty() => (Some(pack), vec![pack::empty()]),
        Some((pack, problems)) => (Some(pack), problems),
        None => (None, vec![pack::empty()]),
    };
    findings.extend(problems.into_iter().map(|(line, message)| Finding {
        level: Level::Warning,
        rule: Cow::Borrowed("pack-malformed"),
        line,
        column: 1,
        message,
    }));
    pack.map(Arc::new)
}

/// A line that says "private" outside of what is read as front matter.
fn misplaced(line: usize, says: &str) -> Finding {
    Finding {
        level: Level::Warning,
        rule: Cow::Borrowed("visibility-misplaced"),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: 1,
        message: format!(
            "{:?} is not read here, write it between `---` lines at the top or take it out; the document is private",
            hidden::one_line(says).0
        ),
    }
}

/// The first H1, else the first heading, else the file's name.
fn title_of(collection: &str, path: &SourcePath, sections: &[Section]) -> String {
    let heading = |level: u8| sections.iter().find(|section| section.level <= level && !section.title.is_empty());
    if let Some(section) = heading(1).or_else(|| heading(6)) {
        return section.title.clone();
    }
    let mut parts = stem(path.as_str()).rsplit('/');
    let name = parts.next().unwrap_or_default();
    let name = if is_front_page(path.as_str()) { parts.next().unwrap_or(collection) } else { name };
    let (readable, _) = hidden::one_line(name);
    let readable = readable.replace(['-', '_'], " ");
    let mut chars = readable.trim().chars();
    match (chars.next(), hidden::one_line(path.as_str()).0) {
        (Some(first), _) => first.to_uppercase().chain(chars).collect(),
        (None, path) if path.trim().is_empty() => collection.to_owned(),
        (None, path) => path.into_owned(),
    }
}

/// Finds the status a decision record states in its text: under `## Status`, or in MADR's `* Status: accepted`.
fn status_of_decision(meta: &mut Meta, text: &str, outline: &Outline) {
    if meta.status.is_some() {
        return;
    }
    let body = |section: &Section| text.get(section.body as usize..section.span.end as usize).unwrap_or_default();
    let under_heading = outline.sections.iter().find(|section| section.title.eq_ignore_ascii_case("status"));
    let stated = match under_heading {
        Some(section) => body(section).lines().find(|line| !line.trim().is_empty()),
        None => outline.sections.iter().take(2).flat_map(|section| body(section).lines()).find_map(|line| {
            let line = line.trim_start_matches([' ', '*', '-', '_']);
            let (key, value) = line.split_once(':')?;
            key.trim_end_matches(['*', '_', ' ']).eq_ignore_ascii_case("status").then_some(value)
        }),
    };
    if let Some((status, by)) = stated.and_then(|stated| parse_status(stated.trim_start_matches(['*', '-', '_', ' '])))
    {
        meta.status = Some(status);
        // Text may hold control characters; what is known of a document may not.
        let by = by.map(|by| hidden::one_line(&by).0.trim().to_owned());
        meta.superseded_by.extend(by.filter(|by| !by.is_empty()));
    }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
