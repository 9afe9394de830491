//! Documents that somebody may use as prompts, by name.

use std::sync::Arc;
use std::time::Instant;

use crate::access::Scope;
use crate::corpus::{Argument, DocumentId, Record};
use crate::ledger::Verb;
use crate::retrieval::{Cursor, Directory};

use super::ask::identity_of;
use super::names::named;
use super::reader::directory;
use super::shelf::Shelves;
use super::{ReadError, Reader};

/// How many are listed at once.
const PAGE: usize = 100;

/// A document that is a prompt: one of type `prompt`, or a playbook that declares arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What it is asked for by: what its file is called.
    pub name: String,
    /// The document.
    pub id: DocumentId,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub description: Option<String>,
    /// What it is filled in with.
    pub arguments: Vec<Argument>,
}

/// Some prompts of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    /// By name.
    pub prompts: Vec<Prompt>,
    /// Where the list goes on.
    pub next: Option<Cursor>,
}

impl<S: Scope> Reader<S> {
    /// Lists the prompts this reader sees.
    ///
    /// # Errors
    /// See [`ReadError`]; without a ledger record there is no answer.
    pub(super) async fn prompts(&self, cursor: Option<Cursor>) -> Result<Prompts, ReadError> {
        let started = Instant::now();
        let (desk, shelves, caller) = (Arc::clone(self.desk()), self.shelves(), self.caller().clone());
        let union = self.union();
        let work = move || {
            let mut record = desk.begin(&caller, Verb::List, &shelves)?;
            let states: Vec<_> = shelves.states().collect();
            let of = identity_of(&format!("prompts {states:?}"));
            let offset = cursor.map_or(Ok(0), |cursor| cursor.offset_in(of))?;
            let mut prompts = all(&shelves, &directory(union.as_deref(), &shelves, &desk));
            prompts.sort_unstable_by(|a, b| a.name.cmp(&b.name));
            let end = (offset + PAGE).min(prompts.len());
            let next =
                (end < prompts.len()).then(|| Cursor { of, offset: u32::try_from(end).unwrap_or(u32::MAX), beyond: 0 });
            let prompts: Vec<_> = prompts.drain(offset.min(end)..end).collect();
            record.params.insert("type".to_owned(), "prompt".into());
            record.params.insert("offset".to_owned(), offset.into());
            record.served = u32::try_from(prompts.len()).unwrap_or(u32::MAX);
            record.truncated = next.is_some();
            Ok((Prompts { prompts, next }, desk.put(record, started)))
        };
        self.desk().answer(work).await.map(|(prompts, _)| prompts)
    }

    /// The prompt of a name, or the one that this document is. Gives no text, so that it leaves no record.
    ///
    /// # Errors
    /// `Busy` when too much is asked at once.
    pub(super) async fn prompt(&self, name: String) -> Result<Option<Prompt>, ReadError> {
        let (desk, shelves, union) = (Arc::clone(self.desk()), self.shelves(), self.union());
        let work = move || {
            let id = DocumentId::parse(&name).ok();
            let mut prompts = all(&shelves, &directory(union.as_deref(), &shelves, &desk)).into_iter();
            Ok(prompts.find(|prompt| prompt.name == name || Some(&prompt.id) == id.as_ref()))
        };
        self.desk().offload.run(work).await
    }
}

fn all<S: Scope>(shelves: &Shelves<S>, directory: &Directory) -> Vec<Prompt> {
    let prompts = named(shelves, directory, is_prompt, plain).into_iter().map(|(name, record)| Prompt {
        name,
        id: record.id.clone(),
        title: record.title.clone(),
        description: record.meta.description.clone(),
        arguments: record.meta.arguments.clone().unwrap_or_default(),
    });
    prompts.collect()
}

fn is_prompt(record: &Record) -> bool {
    match record.meta.kind.as_str() {
        "prompt" => true,
        // A corpus may be playbooks as a whole: those are prompts that say what they need.
        "playbook" => record.meta.arguments.is_some(),
        _ => false,
    }
}

/// Letters, digits, `_` and `-`: clients make a command of it.
fn plain(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || c == '_' => name.push(c),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
    }
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_can_be_typed_as_a_command() {
        for (text, name) in [
            ("on call", "on-call"),
            ("test_simple", "test_simple"),
            ("a  (b)/c!", "a-b-c"),
            ("Über", "Über"),
            ("!", ""),
        ] {
            assert_eq!(plain(text), name);
        }
    }
}
