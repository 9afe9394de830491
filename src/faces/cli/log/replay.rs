//! `cairn log replay`: asks again what was asked, of the corpus as it was then or as it is now, and compares.
//!
//! The corpus is set aside and asked there, with the shelves, the role, the parameters and the form of the record, so that
//! no server is disturbed and no record is made: nobody is served but the owner of the files. What is public is judged by
//! today's rules.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::access::{Grant, Private};
use crate::cli::config::{Settings, scratch};
use crate::cli::error::{CliError, Outcome};
use crate::cli::output;
use crate::cli::stoppable::until_signal;
use crate::corpus::Digest;
use crate::history::{HistoryError, MAX_COMMITS, Repository, Touch, Tree};
use crate::ledger::{Face, Hit, LedgerReader, Record, Retrieval};
use crate::library::{AgainError, Aside, Means, Printing, ReadError};
use crate::mcp;
use crate::owner;
use crate::retrieval::{Fusion, RANKING};

use super::flags::ReplayArguments;
use super::replay_report::{Cause, Pair, Report, compare};

pub(super) async fn run(settings: Settings, arguments: ReplayArguments, json: bool) -> anyhow::Result<Outcome> {
    let stop = Arc::new(AtomicBool::new(false));
    let work = Work { settings, arguments, stop: Arc::clone(&stop) };
    until_signal("cairn-replay", stop, move || {
        let report = work.run()?;
        if json {
            output::json(&report.json())?;
        } else {
            output::text(&report.shown())?;
        }
        Ok(if report.same { Outcome::Done } else { Outcome::Nothing })
    })
    .await
}

/// Everything that a run needs.
struct Work {
    settings: Settings,
    arguments: ReplayArguments,
    stop: Arc<AtomicBool>,
}

/// The corpus as it was, and who may look at it.
struct Then<'a> {
    aside: &'a Aside,
    tree: &'a Tree,
    owner: &'a Grant<Private>,
}

impl Work {
    fn run(&self) -> anyhow::Result<Report> {
        let name = self.arguments.name.to_string();
        let asked = self.asked(&name)?;
        let root = self.settings.root.clone();
        let repository = Repository::discover(&root)?.ok_or(CliError::NoRepository { root })?;
        let commit = asked.commit.clone().ok_or_else(|| CliError::NoRecordedCommit { name: name.clone() })?;
        let tree = repository.tree_at(&commit).map_err(|source| match source {
            HistoryError::UnknownRevision { .. } | HistoryError::Missing { .. } => {
                anyhow::Error::from(CliError::CommitGone { name: name.clone(), commit: commit.clone(), source })
            }
            source => source.into(),
        })?;
        let owner = owner::grant().ok_or(AgainError::Read(ReadError::from(crate::ledger::LedgerError::Closed)))?;
        let means = self.means()?;
        let options = {
            let mut options = self.settings.options();
            options.progress = output::progress();
            options
        };
        let wants_then = !self.arguments.now || self.arguments.diff;
        let then = wants_then.then(|| Aside::of_tree(&options, &tree, &means)).transpose()?;
        let now = self.arguments.now.then(|| Aside::of_disk(&options, &means)).transpose()?;
        let at = match (&now, repository.head()?) {
            (Some(_), Some(head)) => head,
            _ => tree.commit().commit,
        };
        let Some(asked_of) = now.as_ref().or(then.as_ref()) else { return Err(CliError::Stopped.into()) };
        let asked_of = asked_of.with_commits(&options, &repository, at, &self.stop)?;
        let again = self.ask(&asked_of, &owner, &asked)?;
        let text = |aside: Option<&Aside>, hit: &Hit| lines_of(aside?, &owner, hit);
        let pairs = compare(&asked.hits, &again.hits).into_iter().map(|change| Pair {
            was: change.was.and_then(|hit| text(then.as_ref(), hit)),
            is: change.is.and_then(|hit| text(Some(&asked_of), hit)),
            change,
        });
        let same = served(&asked.hits) == served(&again.hits);
        let mut causes = Vec::new();
        if !same {
            causes = self.differences(&asked, &again);
            match (&then, self.arguments.now) {
                (Some(aside), false) => {
                    self.explain(&mut causes, &asked, &Then { aside, tree: &tree, owner: &owner })?
                }
                _ => causes.extend(self.commits(&repository, &commit, &asked, &again)?.into_iter().map(Cause::Commit)),
            }
        }
        let pairs: Vec<Pair<'_>> = pairs.collect();
        Ok(Report::of(&asked, &again, at.to_string(), (self.arguments.now, self.arguments.diff), same, causes, &pairs))
    }

    fn asked(&self, name: &str) -> anyhow::Result<Retrieval> {
        let line = LedgerReader::open(&self.settings.data.join("ledger"))?.find(&self.arguments.name)?;
        let line = line.ok_or_else(|| CliError::NoRecord { name: name.to_owned() })?;
        match line.record {
            Record::Retrieval(retrieval) => Ok(*retrieval),
            _ => Err(CliError::NoRetrieval { name: name.to_owned() }.into()),
        }
    }

    fn means(&self) -> anyhow::Result<Means> {
        let embedder = self.settings.embedder.open(&self.settings.data)?;
        let fusion = Fusion::beside(embedder.kind());
        Ok(Means { fusion, stop: Arc::clone(&self.stop), ..Means::new(embedder, scratch()) })
    }

    /// Asks again. A document that is not there any more serves nothing, which is an answer as well.
    fn ask(&self, aside: &Aside, owner: &Grant<Private>, asked: &Retrieval) -> Result<Retrieval, AgainError> {
        let printing = match asked.face {
            Face::Mcp | Face::Stdio => mcp::printing(),
            Face::Http | Face::Cli => Printing::JSON,
            Face::Site => Printing::UNPRINTED,
        };
        match aside.again(owner, asked, printing) {
            Err(AgainError::Read(ReadError::NoDocument { .. } | ReadError::NoSection { .. })) => {
                let mut nothing = asked.clone();
                (nothing.hits, nothing.served, nothing.ranking) = (Vec::new(), 0, Some(RANKING.to_owned()));
                Ok(nothing)
            }
            other => other,
        }
    }

    /// What was another then than it is today.
    fn differences(&self, asked: &Retrieval, again: &Retrieval) -> Vec<Cause> {
        let mut causes = Vec::new();
        if asked.embedder.is_some() && again.embedder.is_some() && asked.embedder != again.embedder {
            causes.push(Cause::Embedder { then: asked.embedder.clone(), now: again.embedder.clone() });
        }
        if asked.ranking != again.ranking {
            causes.push(Cause::Ranking { then: asked.ranking.clone(), now: again.ranking.clone() });
        }
        causes
    }

    /// Looks for the bytes of each passage that was served in the commit.
    fn explain(&self, causes: &mut Vec<Cause>, asked: &Retrieval, then: &Then<'_>) -> anyhow::Result<()> {
        for hit in &asked.hits {
            let document = hit.doc.clone();
            let text = lines_of(then.aside, then.owner, hit);
            let is_there = text.as_ref().is_some_and(|text| Digest::of(text.as_bytes()) == hit.sha256);
            if hit.uncommitted || text.is_some() && !is_there {
                causes.push(Cause::Uncommitted { document, lines: hit.lines });
            } else if text.is_none() {
                let place = self.settings.file(hit.doc.collection(), hit.doc.path());
                let in_tree = then.tree.files("")?.iter().any(|(path, _)| path.starts_with(&place));
                causes.push(if in_tree {
                    Cause::NotRead { document }
                } else {
                    Cause::Uncommitted { document, lines: hit.lines }
                });
            } else if asked.scope.iter().all(|name| name == "public")
                && then.aside.public().document(&hit.doc).is_none()
            {
                causes.push(Cause::Private { document });
            }
        }
        causes.dedup();
        if causes.is_empty() {
            causes.push(Cause::Elsewhere);
        }
        Ok(())
    }

    /// What was done since to the documents that were served then or would be now.
    fn commits(
        &self,
        repository: &Repository,
        since: &str,
        asked: &Retrieval,
        again: &Retrieval,
    ) -> anyhow::Result<Vec<Touch>> {
        let (old, new) = (served(&asked.hits), served(&again.hits));
        let apart = asked.hits.iter().filter(|hit| !new.contains(&(&hit.doc, hit.sha256)));
        let apart = apart.chain(again.hits.iter().filter(|hit| !old.contains(&(&hit.doc, hit.sha256))));
        let mut files: Vec<String> =
            apart.map(|hit| format!("{}.md", self.settings.file(hit.doc.collection(), hit.doc.path()))).collect();
        files.sort();
        files.dedup();
        Ok(repository.between(since, &files, MAX_COMMITS)?.commits)
    }
}

/// What says that two answers served the same: documents and digests, in order.
fn served(hits: &[Hit]) -> Vec<(&crate::corpus::DocumentId, Digest)> {
    hits.iter().map(|hit| (&hit.doc, hit.sha256)).collect()
}

/// The lines that a passage has, of the document as this corpus has it.
fn lines_of(aside: &Aside, owner: &Grant<Private>, hit: &Hit) -> Option<String> {
    let text = aside.text(owner, &hit.doc)?;
    let (first, last) = (hit.lines.first.saturating_sub(1) as usize, hit.lines.last as usize);
    let lines: Vec<&str> = text.lines().skip(first).take(last.saturating_sub(first)).collect();
    Some(lines.join("\n"))
}
