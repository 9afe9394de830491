//! Playbooks as skills: folders of files that an agent's host lists, loads and checks by digest (SEP-2640).
//!
//! A playbook is a skill of one file. A document called `SKILL.md` is a skill with every document below its folder. What
//! the list says of a file and what is read later is made by the same function, from the same text.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use crate::access::Scope;
use crate::corpus::{Digest, Record};
use crate::ledger::Verb;
use crate::retrieval::{Cursor, Directory, TokenBudget};

use super::ask::identity_of;
use super::desk::Put;
use super::names::{named, those};
use super::read::{self, Target};
use super::reader::directory;
use super::shelf::Shelves;
use super::{Printing, ReadError, Reader};

/// How many are listed at once: each costs the reading of its files.
const PAGE: usize = 50;
/// The most files of a skill (SEP-2640: 512 entries, 16 MiB).
const FILES_MAX: usize = 512;
const BYTES_MAX: u64 = 16 << 20;
/// The longest name and the longest description (Agent Skills).
const NAME_CHARS: usize = 64;
const DESCRIPTION_CHARS: usize = 1_024;
/// The file that every skill has.
const SKILL_MD: &str = "SKILL.md";

/// A skill, as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Small letters, digits and single `-`.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its files, `SKILL.md` first.
    pub files: Vec<SkillFile>,
}

/// A file of a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillFile {
    /// Its path in the skill.
    pub path: String,
    /// Of its bytes.
    pub sha256: Digest,
    /// How many bytes.
    pub bytes: u64,
}

/// Some skills of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skills {
    /// By name.
    pub skills: Vec<Skill>,
    /// Where the list goes on.
    pub next: Option<Cursor>,
}

/// A file of a skill, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillText {
    /// What it says.
    pub text: String,
    /// Names the retrieval in the ledger.
    pub retrieval: String,
    /// Whether the ledger has it.
    pub recorded: bool,
}

/// A skill before its files are read.
struct Plan {
    name: String,
    description: String,
    /// Paths in the skill with their documents, `SKILL.md` first.
    files: Vec<(String, Arc<Record>)>,
}

impl<S: Scope> Reader<S> {
    /// Lists the skills this reader sees.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub(super) async fn skills(&self, cursor: Option<Cursor>) -> Result<Skills, ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(self.desk()), self.shelves(), self.caller().clone());
        let union = self.union();
        let work = move || {
            let mut record = desk.begin(&caller, Verb::List, &shelves)?;
            let states: Vec<_> = shelves.states().collect();
            let of = identity_of(&format!("skills {states:?}"));
            let offset = cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?;
            let plans = plans(&shelves, &directory(union.as_deref(), &shelves, &desk));
            let end = (offset + PAGE).min(plans.len());
            let page = plans.get(offset.min(end)..end).unwrap_or_default();
            let skills = page.iter().map(|plan| plan.skill(&shelves)).collect::<Result<Vec<_>, _>>()?;
            let next =
                (end < plans.len()).then(|| Cursor { of, offset: u32::try_from(end).unwrap_or(u32::MAX), beyond: 0 });
            record.params.insert("type".to_owned(), "skill".into());
            record.params.insert("offset".to_owned(), offset.into());
            record.served = u32::try_from(skills.len()).unwrap_or(u32::MAX);
            record.truncated = next.is_some();
            Ok((Skills { skills, next }, desk.put(record, started)))
        };
        self.desk().answer(work).await.map(|(skills, _)| skills)
    }

    /// The skill of a name. Gives no text, so that it leaves no record.
    ///
    /// # Errors
    /// `Busy` when too much is asked at once; `Index` when a text can't be read.
    pub(super) async fn skill(&self, name: String) -> Result<Option<Skill>, ReadError> {
        let (desk, shelves, union) = (Arc::clone(self.desk()), self.shelves(), self.union());
        let work = move || {
            let plans = plans(&shelves, &directory(union.as_deref(), &shelves, &desk));
            match plans.into_iter().find(|plan| plan.name == name) {
                Some(plan) => Ok(Some(plan.skill(&shelves)?)),
                None => Ok(None),
            }
        };
        self.desk().offload.run(work).await
    }

    /// Reads a file of a skill, whole; `None` when this reader sees no such file.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub(super) async fn skill_text(&self, name: String, path: String) -> Result<Option<SkillText>, ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(self.desk()), self.shelves(), self.caller().clone());
        let union = self.union();
        let work = move || {
            let known = directory(union.as_deref(), &shelves, &desk);
            let Some(plan) = plans(&shelves, &known).into_iter().find(|plan| plan.name == name) else {
                return Ok((None, Put::NOTHING));
            };
            let Some((path, file)) = plan.files.iter().find(|(known, _)| *known == path) else {
                return Ok((None, Put::NOTHING));
            };
            let mut record = desk.begin(&caller, Verb::Resource, &shelves)?;
            let budget = Some(TokenBudget::WHOLE);
            let target =
                Target { id: file.id.clone(), section: None, budget, cursor: None, as_of: None, instead: Vec::new() };
            let directory = || Arc::clone(&known);
            let graph = shelves.public.graph();
            let known = read::Known { desk: &desk, shelves: &shelves, graph, directory: &directory };
            let reading = read::read(known, &target, Printing::UNPRINTED, &mut record)?;
            record.params.insert("skill".to_owned(), plan.name.clone().into());
            let (text, retrieval) = (plan.text(path, &reading.text), record.id.to_string());
            Ok((Some(SkillText { text, retrieval, recorded: true }), desk.put(record, started)))
        };
        let (text, recorded) = self.desk().answer(work).await?;
        Ok(text.map(|text| SkillText { recorded, ..text }))
    }
}

impl Plan {
    /// What a file says: a document's text, under the head of the skill for its first.
    fn text(&self, path: &str, text: &str) -> String {
        let text = text.trim_end();
        if path != SKILL_MD {
            return format!("{text}\n");
        }
        // What JSON writes as a text, YAML reads as one.
        let quoted = serde_json::Value::from(self.description.as_str());
        format!("---\nname: {}\ndescription: {quoted}\n---\n\n{text}\n", self.name)
    }

    fn skill<S: Scope>(&self, shelves: &Shelves<S>) -> Result<Skill, ReadError> {
        let mut files = Vec::with_capacity(self.files.len());
        let mut bytes = 0;
        for (path, record) in &self.files {
            let Some((shelf, number, _)) = shelves.find(&record.id) else { continue };
            let text = self.text(path, read::without_blank_lines(&shelves.text(shelf, number)?));
            bytes += text.len() as u64;
            if files.len() == FILES_MAX || bytes > BYTES_MAX {
                break;
            }
            let sha256 = Digest::of(text.as_bytes());
            files.push(SkillFile { path: path.clone(), sha256, bytes: text.len() as u64 });
        }
        Ok(Skill { name: self.name.clone(), description: self.description.clone(), files })
    }
}

/// Every skill, by name.
fn plans<S: Scope>(shelves: &Shelves<S>, directory: &Directory) -> Vec<Plan> {
    let wanted = |record: &Record| matches!(record.meta.kind.as_str(), "playbook" | "skill");
    let mut plans: Vec<Plan> = named(shelves, directory, wanted, plain)
        .into_iter()
        .map(|(name, record)| Plan {
            name,
            description: description(&record),
            files: std::iter::once((SKILL_MD.to_owned(), Arc::clone(&record)))
                .chain(beside(shelves, directory, &record))
                .collect(),
        })
        .collect();
    plans.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    plans
}

/// The documents below the folder of a `SKILL.md`, by their paths in it.
fn beside<S: Scope>(shelves: &Shelves<S>, directory: &Directory, skill: &Arc<Record>) -> Vec<(String, Arc<Record>)> {
    let path = skill.path.as_str();
    let Some((folder, _)) = path.rsplit_once('/').filter(|(_, file)| file.eq_ignore_ascii_case(SKILL_MD)) else {
        return Vec::new();
    };
    let below = |record: &Record| {
        record.id.collection() == skill.id.collection()
            && record.id != skill.id
            && record.path.as_str().strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let place = |record: &Record| record.path.as_str().get(folder.len() + 1..).unwrap_or_default().to_owned();
    let files = those(shelves, directory, below).into_iter().map(|record| (place(&record), record));
    files.take(FILES_MAX - 1).collect()
}

/// One line that says what it is for: a skill without one can't be found.
fn description(record: &Record) -> String {
    let said = record.meta.description.as_deref().filter(|said| !said.trim().is_empty());
    said.unwrap_or(&record.title).chars().take(DESCRIPTION_CHARS).collect()
}

/// A name as Agent Skills have it; letters that it can't hold make a number.
fn plain(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    name.truncate(NAME_CHARS);
    let name = name.trim_end_matches('-');
    if !name.is_empty() {
        return name.to_owned();
    }
    let mut number = "skill-".to_owned();
    for byte in Digest::of(text.as_bytes()).as_bytes().iter().take(4) {
        // A String takes every write.
        let _written = write!(number, "{byte:02x}").is_ok();
    }
    number
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_is_one_that_hosts_take() {
        for (text, name) in [("On Call", "on-call"), ("a__b", "a-b"), ("-x-", "x"), ("Über uns", "ber-uns")] {
            assert_eq!(plain(text), name);
        }
        assert!(plain("猫").starts_with("skill-") && plain("猫") != plain("犬"));
        assert_eq!(plain(&"x".repeat(100)).len(), 64);
        assert_eq!(plain(&format!("{}-x", "x".repeat(63))).len(), 63, "it does not end with a dash");
    }
}
