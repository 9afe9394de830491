//! `cairn eval`: how good the answers are, what changed them, and a gate for both.
//!
//! Never touches the data folder: the corpus is set aside and asked there, so that it works beside a server and in CI.
//! Only `--logged` reads the ledger, where it lies, and only `--record` has a line written into it, by its owner.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::access::{Grant, Private};
use crate::eval::{
    Beir, Bench, Bound, Causes, EVALSET, EvalError, Kind, Log, Measure, Names, Plateau, Rows, Scores, Set, Setting,
    causes, doubts, grid, leaks, mean_of, moves, read_document, read_file,
};
use crate::history::{Change, Repository};
use crate::ledger::{Clock as _, Errand, ErrandDone, Evaluation, Sequence, SystemClock};
use crate::library::{Aside, Means, Progress};
use crate::owner;
use crate::retrieval::Fusion;

use super::attach::run_errand;
use super::config::{Settings, scratch};
use super::error::{CliError, Outcome};
use super::eval_record;
use super::eval_report::{Against, LoggedReport, Report};
use super::flags::{EvalArguments, Place};
use super::output;
use super::stoppable::until_signal;
use super::when;

/// Where measures are cut when nobody says otherwise.
const CUTS: [usize; 2] = [5, 10];

pub(super) async fn run(place: Place, arguments: EvalArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&place)?;
    let stop = Arc::new(AtomicBool::new(false));
    let measured = Arc::new(OnceLock::new());
    let kept = Arc::clone(&measured);
    let work = Work { settings: settings.clone(), arguments, stop: Arc::clone(&stop), measured: kept, json };
    let outcome = until_signal("cairn-eval", stop, move || work.run()).await?;
    if let Some(evaluation) = measured.get() {
        let errand = Errand::Evaluation(Box::new(Evaluation::clone(evaluation)));
        let done = run_errand(&settings, "cairn eval", errand).await?;
        let ErrandDone::Seq(Sequence(place)) = done else { return Err(CliError::OtherDeed.into()) };
        output::note(&format!("written down as record {place}: `cairn log show {place}`"));
    }
    Ok(outcome)
}

/// Everything that a run needs.
struct Work {
    settings: Settings,
    arguments: EvalArguments,
    stop: Arc<AtomicBool>,
    /// What is to be written into the ledger, once it is known.
    measured: Arc<OnceLock<Evaluation>>,
    json: bool,
}

/// A corpus, set aside, and what it was before.
struct Shelves {
    now: Aside,
    before: Option<(Aside, Change, Repository)>,
}

impl Work {
    fn run(&self) -> anyhow::Result<Outcome> {
        let Some(owner) = owner::grant() else { return Ok(Outcome::Nothing) };
        if self.arguments.logged {
            return self.logged(&owner);
        }
        let report = match &self.arguments.beir {
            Some(folder) => self.beir(folder, &owner)?,
            None => self.corpus(&owner)?,
        };
        if self.json {
            output::json(&report.json())?;
        } else {
            output::text(&report.shown())?;
        }
        Ok(report.outcome())
    }

    fn means(&self) -> anyhow::Result<Means> {
        let apart = vec![EVALSET.to_owned()];
        let embedder = self.settings.embedder.open(&self.settings.data)?;
        let fusion = Fusion::beside(embedder.kind());
        Ok(Means { apart, fusion, stop: Arc::clone(&self.stop), ..Means::new(embedder, scratch()) })
    }

    /// Sets the corpus aside as it is on disk and, if asked, as it was at a revision, side by side.
    fn set_aside(&self) -> anyhow::Result<Shelves> {
        let (means, mut options) = (self.means()?, self.settings.options());
        let Some(revision) = self.arguments.against.as_deref() else {
            options.progress = output::progress();
            return Ok(Shelves { now: Aside::of_disk(&options, &means)?, before: None });
        };
        let root = self.settings.root.clone();
        let repository =
            Repository::discover(&root).map_err(EvalError::History)?.ok_or(EvalError::NoHistory { root })?;
        let earlier = (options.clone(), &means, &repository);
        options.progress = output::progress();
        std::thread::scope(|scope| {
            let before = scope.spawn(move || {
                let (options, means, repository) = earlier;
                let tree = repository.tree_at(revision).map_err(EvalError::History)?;
                anyhow::Ok((Aside::of_tree(&options, &tree, means)?, tree.commit()))
            });
            let now = Aside::of_disk(&options, &means);
            let (before, change) = before.join().map_err(|_| anyhow::anyhow!("{revision}: cannot be indexed"))??;
            Ok(Shelves { now: now?, before: Some((before, change, repository.clone())) })
        })
    }

    fn measures(&self) -> Vec<Measure> {
        let given: Vec<usize> = self.arguments.at.iter().map(|at| usize::from(*at)).collect();
        let cuts = if given.is_empty() { CUTS.to_vec() } else { given };
        let mut all: Vec<Measure> =
            Kind::ALL.into_iter().flat_map(|kind| cuts.iter().map(move |at| Measure { kind, at: *at })).collect();
        let bounds = self.arguments.fail_under.iter().chain(&self.arguments.max_drop);
        all.extend(bounds.filter_map(|bound: &Bound| bound.measure));
        all.push(self.arguments.measure);
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The questions that are asked: of the files that were named, or of the corpus' own documents.
    fn sets(&self, now: &Aside, owner: &Grant<Private>) -> Result<Vec<Set>, EvalError> {
        let sets: Vec<Set> = if self.arguments.files.is_empty() {
            let mut documents: Vec<_> = now.apart(owner).collect();
            documents.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
            let read = |(record, text): (&Arc<crate::corpus::Record>, &str)| {
                let file = self.settings.file(record.id.collection(), record.path.as_str());
                read_document(record.id.as_str(), &file, text)
            };
            documents.into_iter().map(read).collect::<Result<_, _>>()?
        } else {
            self.arguments.files.iter().map(|file| read_file(file)).collect::<Result<_, _>>()?
        };
        if sets.iter().all(|set| set.questions.is_empty()) {
            return Err(EvalError::Nothing);
        }
        Ok(sets)
    }

    fn corpus(&self, owner: &Grant<Private>) -> anyhow::Result<Report> {
        let shelves = self.set_aside()?;
        let sets = self.sets(&shelves.now, owner)?;
        let before = shelves.before.as_ref().map(|(before, ..)| before);
        let leaks = leaks(&sets, &shelves.now, before, owner);
        let doubts = doubts(&sets, &shelves.now, owner);
        let mut report = self.report(sets, &shelves.now, &Names::Ids, owner)?;
        (report.leaks, report.doubts) = (leaks, doubts);
        if let Some((before, change, repository)) = shelves.before {
            report.against = Some(self.against(&report, (&before, &shelves.now), change, &repository, owner)?);
        }
        self.rule(&mut report);
        if self.arguments.record {
            let measured = eval_record::evaluation(&self.settings, &report, &shelves.now, owner)?;
            let _once = self.measured.set(measured).is_ok();
        }
        Ok(report)
    }

    fn beir(&self, folder: &Path, owner: &Grant<Private>) -> anyhow::Result<Report> {
        let rows = if self.arguments.raw { Rows::Raw } else { Rows::Given };
        let Beir { aside, names, sets } = Beir::open(folder, rows, &self.means()?)?;
        if sets.iter().all(|set| set.questions.is_empty()) {
            return Err(EvalError::Nothing.into());
        }
        let mut report = self.report(sets, &aside, &names, owner)?;
        self.rule(&mut report);
        Ok(report)
    }

    fn report(
        &self,
        sets: Vec<Set>,
        aside: &Aside,
        names: &Names,
        owner: &Grant<Private>,
    ) -> Result<Report, EvalError> {
        let measures = self.measures();
        let fused = aside.fusion();
        let swept = if self.arguments.sweep { grid() } else { Vec::new() };
        let runs = 1 + if self.arguments.legs { 2 } else { 0 } + swept.len();
        let heard = self.counter(runs * sets.iter().map(|set| set.questions.len()).sum::<usize>());
        let score = |aside: &Aside| -> Result<Vec<Scores>, EvalError> {
            let bench = Bench { aside, owner, names, measures: &measures, stop: &self.stop };
            sets.iter().map(|set| bench.score(set, &*heard)).collect()
        };
        let leg = |weight| score(&aside.with_fusion(Fusion { lexical_weight: weight, ..fused }));
        let scores = score(aside)?;
        let legs = if self.arguments.legs { Some([leg(1.0)?, leg(0.0)?]) } else { None };
        let mut settings = Vec::with_capacity(swept.len());
        for fusion in swept {
            let scores = score(&aside.with_fusion(fusion))?;
            let values = scores.iter().flat_map(|scores| scores.values(self.arguments.measure)).collect();
            settings.push(Setting { fusion, values });
        }
        Ok(Report {
            measures,
            own: self.arguments.measure,
            each: self.arguments.queries,
            plateau: Plateau::of(&settings),
            sets,
            scores,
            legs,
            ..Report::default()
        })
    }

    fn against(
        &self,
        report: &Report,
        (before, now): (&Aside, &Aside),
        change: Change,
        repository: &Repository,
        owner: &Grant<Private>,
    ) -> Result<Against, EvalError> {
        let heard = self.counter(report.sets.iter().map(|set| set.questions.len()).sum());
        let bench = Bench { aside: before, owner, names: &Names::Ids, measures: &report.measures, stop: &self.stop };
        let scores = report.sets.iter().map(|set| bench.score(set, &*heard)).collect::<Result<Vec<_>, _>>()?;
        let moves = moves(&report.sets, &scores, &report.scores, report.own);
        let causes = self.causes(repository, moves.iter().flat_map(|moved| &moved.documents), (before, now), owner)?;
        Ok(Against { revision: self.revision().to_owned(), change, scores, moves, causes })
    }

    fn causes<'a>(
        &self,
        repository: &Repository,
        documents: impl Iterator<Item = &'a crate::corpus::DocumentId>,
        shelves: (&Aside, &Aside),
        owner: &Grant<Private>,
    ) -> Result<Causes, EvalError> {
        causes(repository, self.revision(), &documents.cloned().collect(), shelves, owner)
    }

    fn revision(&self) -> &str {
        self.arguments.against.as_deref().unwrap_or("HEAD")
    }

    fn rule(&self, report: &mut Report) {
        let floors = self.arguments.fail_under.iter();
        report.rulings.extend(
            floors.map(|bound| bound.floor(report.own, |measure| mean_of(&report.scores, measure))).collect::<Vec<_>>(),
        );
        if let Some(against) = &report.against {
            let means = |measure| (mean_of(&against.scores, measure), mean_of(&report.scores, measure));
            let drops = self.arguments.max_drop.iter().map(|bound| bound.drop(report.own, means));
            report.rulings.extend(drops.collect::<Vec<_>>());
        }
    }

    fn logged(&self, owner: &Grant<Private>) -> anyhow::Result<Outcome> {
        let since = when::past("since", &self.arguments.since, SystemClock.now())?;
        let log = Log::read(&self.settings.data.join("ledger"), since)?;
        let shelves = self.set_aside()?;
        let Some((before, change, repository)) = &shelves.before else { return Err(EvalError::Nothing.into()) };
        let heard = self.counter(log.questions.len());
        let shifts = log.shifts((before, &shelves.now), owner, &self.stop, &*heard)?;
        let documents = shifts.iter().flat_map(|shift| &shift.documents);
        let causes = self.causes(repository, documents, (before, &shelves.now), owner)?;
        let (revision, change) = (self.revision().to_owned(), change.clone());
        let report = LoggedReport { log, shifts, revision, change, since, causes };
        if self.json {
            output::json(&report.json())?;
        } else {
            output::text(&report.shown())?;
        }
        Ok(Outcome::Done)
    }

    /// Counts questions, on a terminal.
    fn counter(&self, total: usize) -> Box<dyn Fn()> {
        let (asked, shown) = (AtomicUsize::new(0), output::progress_of("asking", "questions"));
        Box::new(move || {
            let done = asked.fetch_add(1, Ordering::Relaxed) + 1;
            if let Some(shown) = &shown {
                shown(Progress { done, total });
            }
        })
    }
}
