//! From what a person writes (`main~2`, `v1.4`, `3f2c91a`) to a commit.

use std::collections::HashSet;

use gix_hash::{ObjectId, Prefix};
use gix_ref::file::ReferenceExt as _;

use super::objects::Objects;
use super::{CommitId, HistoryError, Repository};

/// How many steps `~N` may take: as far as a walk goes.
const MAX_STEPS: usize = super::MAX_COMMITS;

/// A step away from a commit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// `~N`: to the first parent, N times.
    Back(usize),
    /// `^N`: to the Nth parent; `^0` is the commit itself.
    Parent(usize),
}

/// Splits `main~2^2` into its name and its steps; `None` when what follows the name is not made of steps.
pub(super) fn split(revision: &str) -> Option<(&str, Vec<Step>)> {
    let (name, mut rest) = match revision.find(['~', '^']) {
        None => (revision, ""),
        Some(at) => revision.split_at_checked(at)?,
    };
    let mut steps = Vec::new();
    let mut letters = rest.chars();
    while let Some(sign) = letters.next() {
        rest = letters.as_str();
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let count = if digits.is_empty() { 1 } else { digits.parse().ok()? };
        letters = rest.strip_prefix(digits)?.chars();
        match sign {
            '~' if count <= MAX_STEPS => steps.push(Step::Back(count)),
            '^' => steps.push(Step::Parent(count)),
            _ => return None,
        }
    }
    Some((name, steps))
}

impl Repository {
    /// Finds the commit that a text names.
    pub(super) fn resolve(&self, objects: &Objects, revision: &str) -> Result<CommitId, HistoryError> {
        let unknown = || HistoryError::UnknownRevision { revision: revision.to_owned() };
        let (name, steps) = split(revision).ok_or_else(unknown)?;
        let mut buffer = Vec::new();
        let mut at = self.named(objects, name, revision)?;
        for step in steps {
            let (parent, times) = match step {
                Step::Back(times) => (1, times),
                Step::Parent(0) => continue,
                Step::Parent(parent) => (parent, 1),
            };
            for _ in 0..times {
                let commit = objects.commit(&at, &mut buffer)?;
                at = *commit.parents.get(parent - 1).ok_or_else(unknown)?;
            }
        }
        Ok(CommitId(at))
    }

    /// Finds the commit that a text names: as [`tree_at`](Self::tree_at) does.
    ///
    /// # Errors
    /// Fails when the text names no commit, and when an object can't be read.
    pub fn commit_named(&self, revision: &str) -> Result<CommitId, HistoryError> {
        self.resolve(&self.objects()?, revision)
    }

    /// Finds the last commit of the branch's own line (first parents, from HEAD) that entered it at a moment or before:
    /// seconds since 1970.
    ///
    /// # Errors
    /// Fails when an object can't be read.
    pub fn commit_before(&self, moment_s: i64) -> Result<Option<CommitId>, HistoryError> {
        let (objects, shallow, mut buffer) = (self.objects()?, self.shallow(), Vec::new());
        let mut at = self.head()?.map(|head| head.0);
        for _ in 0..MAX_STEPS {
            let Some(id) = at else { return Ok(None) };
            let commit = objects.commit(&id, &mut buffer)?;
            if commit.committed_s <= moment_s {
                return Ok(Some(CommitId(id)));
            }
            at = commit.parents.first().copied().filter(|_| !shallow.contains(&id));
        }
        Ok(None)
    }

    /// Whether a commit is HEAD or one before it: on no other branch, and not thrown away.
    ///
    /// # Errors
    /// Fails when an object can't be read.
    pub fn has_in_history(&self, commit: CommitId) -> Result<bool, HistoryError> {
        let (objects, shallow, mut buffer) = (self.objects()?, self.shallow(), Vec::new());
        let (mut seen, mut queue): (HashSet<ObjectId>, Vec<ObjectId>) = (HashSet::new(), Vec::new());
        queue.extend(self.head()?.map(|head| head.0));
        while let Some(id) = queue.pop() {
            if id == commit.0 {
                return Ok(true);
            }
            if seen.insert(id) && seen.len() <= MAX_STEPS && !shallow.contains(&id) {
                queue.extend(objects.commit(&id, &mut buffer)?.parents);
            }
        }
        Ok(false)
    }

    /// A name without steps: all 40 digits, then a ref, then the first digits.
    fn named(&self, objects: &Objects, name: &str, revision: &str) -> Result<ObjectId, HistoryError> {
        let unknown = || HistoryError::UnknownRevision { revision: revision.to_owned() };
        let mut buffer = Vec::new();
        if let Some(CommitId(id)) = CommitId::parse(name) {
            return objects.peel(id, &mut buffer);
        }
        if name == "HEAD" || name == "@" {
            return self.head()?.map(|id| id.0).ok_or(HistoryError::Unborn);
        }
        let refs = self.refs();
        // A text that can't be the name of a ref is no error: it may be digits, or it is not known.
        if let Ok(Some(mut reference)) = refs.try_find(name) {
            return reference
                .peel_to_id(&refs, objects.database())
                .map_err(|e| HistoryError::Ref { name: name.to_owned(), source: e.into() });
        }
        let prefix = Prefix::from_hex(name).map_err(|_| unknown())?;
        let found = objects
            .database()
            .lookup_prefix(prefix, None)
            .map_err(|e| HistoryError::Ref { name: name.to_owned(), source: e.into() })?;
        match found {
            None => Err(unknown()),
            Some(Err(())) => Err(HistoryError::AmbiguousRevision { revision: revision.to_owned() }),
            Some(Ok(id)) => objects.peel(id, &mut buffer),
        }
    }
}
