//! Packs: what a briefing is made of, as the front matter of a document of type `pack` lists it.
//!
//! Read tolerantly, as everything else there: an entry may be a text or a mapping, and what can't be read is a finding
//! and leaves the other entries as they are. Whether an entry leads anywhere is judged elsewhere, against documents.

use serde::{Deserialize, Serialize};

use super::front_matter::{Entry, Value};

/// How many tokens a briefing may have: so many that what stands beside it fits into the longest answer as well.
const BUDGET: std::ops::RangeInclusive<u32> = 120..=6_000;

/// What it has where the pack says nothing.
const BUDGET_USUAL: u32 = 4_000;

/// The most entries of a pack, and how many of them may be questions.
const ENTRIES_MAX: usize = 50;
const QUERIES_MAX: usize = 10;

/// What an entry's priority may be: 1 stays longest.
const PRIORITIES: std::ops::RangeInclusive<u32> = 1..=9;
const PRIORITY_USUAL: u8 = 5;

/// How many passages a question may bring.
const LIMITS: std::ops::RangeInclusive<u32> = 1..=10;
const LIMIT_USUAL: u8 = 3;

/// The fewest tokens that an entry can be held to.
const LEAST: u32 = 60;

/// What a briefing is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// How many tokens the briefing may have.
    pub budget: u32,
    /// What it is made of, in order.
    pub entries: Vec<PackEntry>,
}

/// One entry of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackEntry {
    /// What is taken.
    pub source: PackSource,
    /// 1 to 9: where not everything fits, 1 stays longest.
    pub priority: u8,
    /// How many tokens of it at most.
    pub max_tokens: Option<u32>,
    /// Its line in the file; that of the list for an entry that is a text.
    pub line: u32,
}

/// What an entry takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PackSource {
    /// A document, or a section of it.
    Document {
        /// The document as written: an id, a URI, or a path from the pack's own folder.
        target: String,
        /// A heading's anchor or title.
        section: Option<String>,
    },
    /// What a question finds.
    Query {
        /// The question.
        text: String,
        /// How many passages at most.
        limit: u8,
    },
}

/// What can't be read of a pack: a line, and what to do.
pub(super) type Problem = (u32, String);

/// Reads a pack's list and its budget; `None` when `list` is no list.
pub(super) fn read(list: &Entry, budget: Option<&Entry>) -> Option<(Pack, Vec<Problem>)> {
    let Value::List(items) = &list.value else { return None };
    let line = line_of(list);
    let mut problems = Vec::new();
    let budget = budget.map_or(BUDGET_USUAL, |entry| match within(&entry.value, &BUDGET) {
        Ok(budget) => budget,
        Err(given) => {
            let what = format!(
                "budget {given} is not between {} and {}, so it is {BUDGET_USUAL}",
                BUDGET.start(),
                BUDGET.end()
            );
            problems.push((line_of(entry), what));
            BUDGET_USUAL
        }
    });
    let mut entries: Vec<PackEntry> = Vec::new();
    let mut queries = 0;
    for (item, number) in items.iter().zip(1..) {
        match entry(item, line) {
            Err((line, what)) => problems.push((line, format!("entry {number}: {what}"))),
            Ok(_) if entries.len() == ENTRIES_MAX => {
                problems.push((line, format!("has more than {ENTRIES_MAX} entries, the rest is not read")));
                break;
            }
            Ok(entry) => {
                queries += usize::from(matches!(entry.source, PackSource::Query { .. }));
                if queries > QUERIES_MAX && matches!(entry.source, PackSource::Query { .. }) {
                    problems.push((entry.line, format!("entry {number}: is one question more than {QUERIES_MAX}")));
                } else {
                    entries.push(entry);
                }
            }
        }
    }
    Some((Pack { budget, entries }, problems))
}

/// What a document of type `pack` is that lists nothing.
pub(super) fn empty() -> Problem {
    (1, "lists nothing; write `pack:` with entries such as `- playbook/loop#capture` or `- query: words`".to_owned())
}

fn line_of(entry: &Entry) -> u32 {
    u32::try_from(entry.line).unwrap_or(u32::MAX)
}

/// A whole number within bounds, or what was given instead.
fn within(value: &Value, bounds: &std::ops::RangeInclusive<u32>) -> Result<u32, String> {
    let text = value.to_text();
    let given = text.trim().replace('_', "");
    let number = given.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| format!("{:?}", text.chars().take(40).collect::<String>()))
}

fn entry(item: &Value, line: u32) -> Result<PackEntry, Problem> {
    let pairs = match item {
        Value::Text(text) if !text.trim().is_empty() => {
            let source = document(text, None);
            return Ok(PackEntry { source, priority: PRIORITY_USUAL, max_tokens: None, line });
        }
        Value::Map(pairs) => pairs,
        _ => return Err((line, "is neither a document nor a mapping; write `- collection/path`".to_owned())),
    };
    let line = pairs.first().map_or(line, line_of);
    let (mut target, mut section, mut query) = (None, None, None);
    let (mut priority, mut limit, mut max_tokens) = (PRIORITY_USUAL, LIMIT_USUAL, None);
    for pair in pairs {
        let number = |bounds: &std::ops::RangeInclusive<u32>| {
            within(&pair.value, bounds).map_err(|given| {
                (line_of(pair), format!("{} {given} is not between {} and {}", pair.key, bounds.start(), bounds.end()))
            })
        };
        let small = |bounds| number(bounds).map(|number| u8::try_from(number).unwrap_or(u8::MAX));
        let text = Some(pair.value.to_text()).filter(|text| !text.trim().is_empty());
        match pair.key.trim().to_lowercase().as_str() {
            "document" | "doc" | "uri" => target = text,
            "section" | "heading" => section = text,
            "query" | "search" => query = text,
            "priority" => priority = small(&PRIORITIES)?,
            "limit" => limit = small(&LIMITS)?,
            "max_tokens" | "max-tokens" | "budget" => max_tokens = Some(number(&(LEAST..=*BUDGET.end()))?),
            other => {
                let other: String = other.chars().take(40).collect();
                let known = "document, section, query, limit, priority and max_tokens";
                return Err((line_of(pair), format!("{other:?} is not read here; there are {known}")));
            }
        }
    }
    let source = match (target, query) {
        (Some(target), None) => document(&target, section),
        (None, Some(text)) if section.is_none() => PackSource::Query { text: text.trim().to_owned(), limit },
        (None, Some(_)) => return Err((line, "a question has no section; leave it out".to_owned())),
        (Some(_), Some(_)) => return Err((line, "is a document and a question; make two entries of it".to_owned())),
        (None, None) => return Err((line, "has neither `document` nor `query`".to_owned())),
    };
    Ok(PackEntry { source, priority, max_tokens, line })
}

/// A document with the section that stands behind its `#`, unless another one is named.
fn document(text: &str, section: Option<String>) -> PackSource {
    let (target, fragment) = match text.trim().split_once('#') {
        Some((target, fragment)) => (target, Some(fragment)),
        None => (text.trim(), None),
    };
    let fragment = fragment.map(str::trim).filter(|fragment| !fragment.is_empty()).map(str::to_owned);
    let section = section.map(|section| section.trim().trim_start_matches('#').to_owned()).or(fragment);
    PackSource::Document { target: target.trim().to_owned(), section }
}

#[cfg(test)]
mod tests {
    use super::PackSource;
    use crate::access::CollectionName;
    use crate::corpus::{Draft, SourceFile, SourcePath};

    fn draft(text: &str) -> Draft {
        let collection = CollectionName::parse("playbook").unwrap();
        let bytes = text.as_bytes().to_vec();
        Draft::parse(SourceFile { collection, path: SourcePath::new("x.md"), bytes, modified_ns: 0 })
    }

    #[test]
    fn entries_are_texts_or_mappings_in_the_order_written() {
        let draft = draft(
            "---\ntype: pack\nbudget: 2_000\npack:\n  - playbook/loop#capture\n  - document: ./x.md\n    section: \
             '#About'\n    priority: 1\n    max-tokens: 300\n  - query: who approves\n    limit: '2'\n---\nText.\n",
        );
        let pack = draft.record().pack.clone().unwrap();
        let shown: Vec<String> = pack
            .entries
            .iter()
            .map(|entry| match &entry.source {
                PackSource::Document { target, section } => {
                    format!("{target} {section:?} {} {:?} {}", entry.priority, entry.max_tokens, entry.line)
                }
                PackSource::Query { text, limit } => format!("? {text} {limit} {} {}", entry.priority, entry.line),
            })
            .collect();
        assert_eq!(pack.budget, 2_000);
        assert_eq!(
            shown,
            [
                "playbook/loop Some(\"capture\") 5 None 4",
                "./x.md Some(\"About\") 1 Some(300) 6",
                "? who approves 2 5 10"
            ]
        );
        assert_eq!(draft.record().findings, []);
    }

    #[test]
    fn what_cannot_be_read_is_a_finding_and_the_rest_is_read() {
        let text = "---\ntype: pack\nbudget: lots\npack:\n  - query: a\n    priority: 12\n  - {document: a/b, query: c}\n  - []\n  - \
                    {file: a/b}\n  - {priority: 1}\n  - a/b\n---\nText.\n";
        let draft = draft(text);
        assert_eq!(draft.record().pack.as_ref().unwrap().entries.len(), 1);
        let told: Vec<String> = draft
            .record()
            .findings
            .iter()
            .map(|found| format!("{}: {} [{}]", found.line, found.message, found.rule))
            .collect();
        expect_test::expect![[r#"
            3: budget "lots" is not between 120 and 6000, so it is 4000 [pack-malformed]
            6: entry 1: priority "12" is not between 1 and 9 [pack-malformed]
            7: entry 2: is a document and a question; make two entries of it [pack-malformed]
            4: entry 3: is neither a document nor a mapping; write `- collection/path` [pack-malformed]
            9: entry 4: "file" is not read here; there are document, section, query, limit, priority and max_tokens [pack-malformed]
            10: entry 5: has neither `document` nor `query` [pack-malformed]"#]]
        .assert_eq(&told.join("\n"));
    }

    #[test]
    fn only_a_pack_has_one_and_a_pack_without_entries_says_so() {
        assert_eq!(draft("---\ntype: page\npack: [a/b]\n---\nText.\n").record().pack, None);
        let empty = draft("---\ntype: pack\n---\nText.\n");
        assert_eq!(empty.record().findings[0].rule, "pack-malformed");
        assert_eq!(empty.record().pack, None);
        let hidden = draft("---\ntype: pack\npack: [\"play\u{202E}book/loop\"]\n---\nText.\n");
        let source = &hidden.record().pack.as_ref().unwrap().entries[0].source;
        assert_eq!(*source, PackSource::Document { target: "playbook/loop".to_owned(), section: None });
    }
}
