//! `cairn promote`: private evidence becomes the draft of a public page, by making a new file and never by a flag.
//!
//! Order matters: the page is written beside its place, the ledger has its ancestry on the disk, and only then is the page
//! put into its place. Nobody finds a page whose ancestry was lost.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::access::{CollectionName, Visibility};
use crate::corpus::{Digest, DocumentId, EXTENSIONS, Level, SourceFile, SourcePath, may_be_document};
use crate::governance::{self, Consent, NameList, Promotion, Proposal, Target, is_leak, wants_consent};
use crate::ledger::{Errand, ErrandDone, Promoted};
use crate::library::{Evidence, Options, evidence, names, page_place};

use super::attach::run_errand;
use super::config::Settings;
use super::error::{CliError, Outcome};
use super::exposure::pieces;
use super::flags::{Place, PromoteArguments};
use super::output::{self, Style};

/// What was done, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Report {
    from: String,
    to: String,
    file: String,
    written: bool,
    /// The record in the ledger; absent when nothing was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<u64>,
    proposals: Vec<Row>,
    /// Links of the source that strangers could not follow, or not from there: line, link, what stands there now.
    links: Vec<(u32, String, String)>,
}

#[derive(Debug, Serialize)]
struct Row {
    line: u32,
    level: Level,
    rule: String,
    shown: String,
    placeholder: String,
    taken: bool,
}

/// A page and everything that is known before somebody is asked.
struct Page {
    evidence: Evidence,
    promotion: Promotion,
    id: DocumentId,
    collection: CollectionName,
    path: SourcePath,
    file: PathBuf,
    consent: Option<Consent>,
}

pub(super) async fn run(place: Place, arguments: PromoteArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&place)?;
    let options = settings.options();
    let names = names(&options);
    let page = prepare(&settings, &options, &arguments, &names)?;
    if !json {
        output::text(&told(&page))?;
    }
    let Some(taken) = decide(&page, &arguments)? else {
        report(&page, None, &[], json)?;
        return Ok(refusal(&page.promotion.proposals));
    };
    let text = page.promotion.page(&|at| taken.get(at).copied().unwrap_or(true));
    judge(&options, &page, &text)?;
    let ancestry = Promoted {
        who: "local".to_owned(),
        from: page.evidence.record.id.clone(),
        from_sha256: page.evidence.record.sha256,
        to: page.id.clone(),
        to_sha256: Digest::of(text.as_bytes()),
        replaced: replaced(&page.promotion.proposals, &taken),
        consent: page.consent.as_ref().map(|Consent { by, on, scope }| [by.clone(), on.clone(), scope.clone()]),
    };
    let beside = Beside::write(&page.file, &text)?;
    let done = run_errand(&settings, "cairn promote", Errand::Promoted(Box::new(ancestry))).await?;
    let ErrandDone::Seq(sequence) = done else { return Err(CliError::OtherDeed.into()) };
    beside.put(&page.file, arguments.force)?;
    report(&page, Some(sequence.0), &taken, json)?;
    Ok(Outcome::Done)
}

/// Reads the source, finds the place of the page, and makes it with nothing replaced yet.
fn prepare(
    settings: &Settings,
    options: &Options,
    arguments: &PromoteArguments,
    names: &NameList,
) -> anyhow::Result<Page> {
    let source = source_file(settings, &arguments.source);
    let evidence = std::fs::canonicalize(&source).ok().map(|source| evidence(options, &source)).transpose()?.flatten();
    let evidence = evidence.ok_or_else(|| CliError::NoEvidence { file: arguments.source.clone() })?;
    if evidence.record.visibility() == Visibility::Public {
        return Err(CliError::AlreadyPublic { file: arguments.source.clone() }.into());
    }
    let wanted = settings.root.join(&arguments.to);
    let (collection, path) =
        page_place(options, &wanted).ok_or_else(|| CliError::NoPublicPlace { file: arguments.to.clone() })?;
    if wanted.symlink_metadata().is_ok() && !arguments.force {
        return Err(CliError::PageThere { file: arguments.to.clone() }.into());
    }
    let whole = format!("{collection}/{path}");
    let target = Target { path: &whole, owner: arguments.owner.as_deref() };
    let fate = |link: &crate::corpus::Link| evidence.fate(link, &collection, &path);
    let promotion = Promotion::new(&options.rules, names, (&evidence.record, &evidence.text), target, &fate);
    if let Some((line, link)) = promotion.stuck.first() {
        let (line, link) = (*line, output::line(link));
        return Err(CliError::StuckLink { file: arguments.source.clone(), line, link }.into());
    }
    let id = DocumentId::of(&collection, &path);
    let consent = Consent::of(&evidence.record);
    let page = Page { evidence, promotion, id, collection, path, file: wanted, consent };
    let journey = drafted(options, &page, &page.promotion.page(&|_| true)).meta.kind == "journey";
    if page.consent.is_none() && wants_consent(&page.evidence.record, &page.evidence.text, journey, names) {
        return Err(CliError::NoConsent { file: arguments.source.clone() }.into());
    }
    Ok(page)
}

/// The file that is meant by a path or by a document's id.
fn source_file(settings: &Settings, text: &Path) -> PathBuf {
    let file = settings.root.join(text);
    let Some(id) = text.to_str().and_then(|text| DocumentId::parse(text).ok()).filter(|_| !file.is_file()) else {
        return file;
    };
    let named = |path: String| settings.root.join(settings.file(id.collection(), &path));
    let whole = Some(id.path().to_owned()).filter(|path| may_be_document(path));
    let paths = whole.into_iter().chain(EXTENSIONS.iter().map(|extension| format!("{}.{extension}", id.path())));
    paths.map(named).find(|file| file.is_file()).unwrap_or(file)
}

/// What the page would be as a document of its folder.
fn drafted(options: &Options, page: &Page, text: &str) -> std::sync::Arc<crate::corpus::Record> {
    let (collection, path) = (page.collection.clone(), page.path.clone());
    let file = SourceFile { collection, path, bytes: text.as_bytes().to_vec(), modified_ns: 0 };
    governance::draft(&options.rules, file, Visibility::Public).classify(Visibility::Public).into_parts().0
}

/// Makes sure that the page will be public where it is put: a page that is kept private there is no page.
fn judge(options: &Options, page: &Page, text: &str) -> Result<(), CliError> {
    let record = drafted(options, page, text);
    if record.visibility() == Visibility::Public {
        return Ok(());
    }
    let why = record.findings.iter().max_by_key(|finding| finding.level);
    let why = why.map_or_else(String::new, |finding| format!("line {}: {}", finding.line, finding.message));
    Err(CliError::PageNotPublic { id: page.id.to_string(), why: output::line(&why) })
}

fn replaced(proposals: &[Proposal], taken: &[bool]) -> Vec<String> {
    let taken = proposals.iter().zip(taken).filter(|(_, taken)| **taken);
    taken.map(|(proposal, _)| proposal.rule.clone()).collect()
}

/// How a command ends that was given no way to replace what must be replaced.
fn refusal(proposals: &[Proposal]) -> Outcome {
    let leak = |proposal: &Proposal| proposal.level == Level::Secret || is_leak(&proposal.rule);
    match proposals.iter().any(leak) {
        true => Outcome::Leak,
        false if proposals.is_empty() => Outcome::Done,
        false => Outcome::Nothing,
    }
}

/// Which proposals are taken; `None` when nothing is to be written.
fn decide(page: &Page, arguments: &PromoteArguments) -> anyhow::Result<Option<Vec<bool>>> {
    let proposals = &page.promotion.proposals;
    if arguments.dry_run || (arguments.yes && !arguments.redact && !proposals.is_empty()) {
        return Ok(None);
    }
    if arguments.redact || arguments.yes {
        return Ok(Some(vec![true; proposals.len()]));
    }
    if !std::io::stdin().is_terminal() {
        return Err(CliError::NobodyToAsk.into());
    }
    let Some(taken) = answered(proposals, &mut std::io::stdin().lock())? else { return Ok(None) };
    let wanted = asked(&format!("write {}? [y/N]: ", page.file.display()), &mut std::io::stdin().lock())?;
    Ok(matches!(wanted.as_str(), "y" | "yes").then_some(taken))
}

/// Asks for each proposal; `None` when whoever is asked leaves.
fn answered(proposals: &[Proposal], input: &mut impl std::io::BufRead) -> anyhow::Result<Option<Vec<bool>>> {
    let mut taken = Vec::with_capacity(proposals.len());
    while let Some(proposal) = proposals.get(taken.len()) {
        let question = format!(
            "line {}: {}: {} → {}? [Y]es, [n]o, [a]ll, [q]uit: ",
            proposal.line,
            proposal.rule,
            output::line(&proposal.shown),
            proposal.placeholder
        );
        match asked(&question, input)?.as_str() {
            "" | "y" | "yes" => taken.push(true),
            "a" | "all" => taken.resize(proposals.len(), true),
            // A page with a secret on it would not be public.
            "n" | "no" if proposal.level == Level::Secret => say("a secret is replaced, or the page is not written\n")?,
            "n" | "no" => taken.push(false),
            "q" | "quit" => return Ok(None),
            _ => say("y, n, a or q\n")?,
        }
    }
    Ok(Some(taken))
}

fn asked(question: &str, input: &mut impl std::io::BufRead) -> anyhow::Result<String> {
    say(question)?;
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Ok("q".to_owned());
    }
    Ok(line.trim().to_lowercase())
}

fn say(text: &str) -> anyhow::Result<()> {
    let mut to = std::io::stderr().lock();
    to.write_all(text.as_bytes())?;
    Ok(to.flush()?)
}

/// The page in short: its links, and the lines in which something is proposed.
fn told(page: &Page) -> String {
    let style = Style::of(&std::io::stdout());
    let Style { dim, strong, plain, .. } = style;
    let mut text = String::new();
    for (line, link, instead) in &page.promotion.links {
        let (link, instead) = (output::line(link), output::line(instead));
        let _ok = writeln!(text, "{dim}source line {line}:{plain} [-{link}-]{{+{instead}+}}").is_ok();
    }
    for (line, parts) in page.promotion.diff(&|_| true) {
        let _ok = writeln!(text, "{dim}page line {line}:{plain} {}", pieces(&parts, style)).is_ok();
    }
    let count = output::count(page.promotion.proposals.len(), "proposal");
    let (from, to) = (&page.evidence.record.id, &page.id);
    let _ok = writeln!(
        text,
        "{strong}{}{plain} → {strong}{}{plain}: {count}",
        output::line(from.as_str()),
        output::line(to.as_str())
    )
    .is_ok();
    text
}

fn report(page: &Page, record: Option<u64>, taken: &[bool], json: bool) -> anyhow::Result<()> {
    let row = |(at, proposal): (usize, &Proposal)| Row {
        line: proposal.line,
        level: proposal.level,
        rule: proposal.rule.clone(),
        shown: proposal.shown.clone(),
        placeholder: proposal.placeholder.clone(),
        taken: taken.get(at).copied().unwrap_or(false),
    };
    let file = page.file.display().to_string();
    if json {
        return output::json(&Report {
            from: page.evidence.record.id.to_string(),
            to: page.id.to_string(),
            file,
            written: record.is_some(),
            record,
            proposals: page.promotion.proposals.iter().enumerate().map(row).collect(),
            links: page.promotion.links.clone(),
        });
    }
    output::text(&match record {
        Some(record) => {
            format!("{file}: written, a draft to read and to commit; its ancestry is record {record} of the ledger\n")
        }
        None => "nothing was written; --redact takes every proposal\n".to_owned(),
    })
}

/// A page beside its place, under a name that no collection reads; gone unless it is put there.
struct Beside(Option<PathBuf>);

impl Beside {
    fn write(page: &Path, text: &str) -> Result<Self, CliError> {
        let failed = |source| CliError::Page { file: page.to_owned(), source };
        let folder = page.parent().unwrap_or(page);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let name = page.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".{name}.promoting-{}", std::process::id()));
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside).map_err(failed)?;
        let written = Self(Some(beside));
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(written)
    }

    fn put(mut self, page: &Path, force: bool) -> Result<(), CliError> {
        let failed = |source| CliError::Page { file: page.to_owned(), source };
        let Some(beside) = self.0.as_ref() else { return Ok(()) };
        if force {
            std::fs::rename(beside, page).map_err(failed)?;
            self.0 = None;
            return Ok(());
        }
        // A link is made only where nothing is: what came there meanwhile is not written over.
        let linked = match std::fs::hard_link(beside, page) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => copy_to_new(beside, page),
            linked => linked,
        };
        linked.map_err(failed)
    }
}

/// Copies a file to where nothing is, on a file system without links.
fn copy_to_new(from: &Path, to: &Path) -> std::io::Result<()> {
    let text = std::fs::read(from)?;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(to)?;
    file.write_all(&text)?;
    file.sync_all()
}

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(beside) = &self.0 {
            let _gone = std::fs::remove_file(beside).is_ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Draft;
    use crate::governance::{Fate, Rules};

    fn proposals(text: &str) -> Vec<Proposal> {
        let collection = CollectionName::parse("corpus").unwrap();
        let bytes = text.as_bytes().to_vec();
        let file = SourceFile { collection, path: SourcePath::new("x.md"), bytes, modified_ns: 0 };
        let (record, body) = Draft::parse(file).classify(Visibility::Private).into_parts();
        let target = Target { path: "playbook/x.md", owner: None };
        let (rules, names) = (Rules::built_in(), NameList::default());
        Promotion::new(&rules, &names, (&record, &body.text), target, &|_| Fate::Keep).proposals
    }

    #[test]
    fn each_proposal_is_asked_for_and_a_secret_cannot_be_kept() {
        let token = format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let proposals = proposals(&format!("# X\n\nada@engines.org {token} EUR 500\n"));
        assert_eq!(
            proposals.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(),
            ["email", "github-token", "amount"]
        );
        for (typed, expected) in [
            ("\ny\nyes\n", Some(vec![true, true, true])),
            ("n\nn\ny\nno\n", Some(vec![false, true, false])),
            ("n\na\n", Some(vec![false, true, true])),
            ("what\ny\nq\n", None),
            ("y\n", None),
        ] {
            assert_eq!(answered(&proposals, &mut typed.as_bytes()).unwrap(), expected, "{typed:?}");
        }
    }
}
