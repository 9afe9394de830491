//! `cairn eval --record`: what was measured, as the ledger keeps it.
//!
//! Only when it is asked for: a measurement in CI has no ledger to write into, and most runs at a desk are trials.

use std::collections::BTreeMap;

use crate::access::{Grant, Private};
use crate::eval::{EvalError, Measure, Scores, mean_of};
use crate::history::Repository;
use crate::ledger::{EvaluatedSet, Evaluation};
use crate::library::Aside;
use crate::retrieval::RANKING;

use super::config::Settings;
use super::eval_report::Report;

/// What a run measured, of the corpus as it is on disk.
pub(super) fn evaluation(
    settings: &Settings,
    report: &Report,
    aside: &Aside,
    owner: &Grant<Private>,
) -> Result<Evaluation, EvalError> {
    let repository = Repository::discover(&settings.root).map_err(EvalError::History)?;
    let head = match &repository {
        Some(repository) => repository.head().map_err(EvalError::History)?.map(|head| (repository, head)),
        None => None,
    };
    let uncommitted = match &head {
        Some((repository, head)) => {
            let tree = repository.tree_at(&head.to_string()).map_err(EvalError::History)?;
            aside.uncommitted(owner, &tree).map_err(EvalError::History)?
        }
        None => 0,
    };
    let public = aside.public();
    let (mut documents, mut passages) = (public.documents().len(), public.passages());
    for shelf in aside.private(owner) {
        documents += shelf.documents().len();
        passages += shelf.passages();
    }
    let set = |scores: &Scores| EvaluatedSet {
        set: scores.name.clone(),
        questions: scores.judged() as u64,
        means: means(std::slice::from_ref(scores), &report.measures),
    };
    Ok(Evaluation {
        who: "local".to_owned(),
        commit: head.map(|(_, head)| head.to_string()),
        uncommitted: uncommitted as u64,
        embedder: public.model().to_owned(),
        ranking: RANKING.to_owned(),
        documents: documents as u64,
        passages,
        measure: report.own.to_string(),
        questions: report.scores.iter().map(Scores::judged).sum::<usize>() as u64,
        means: means(&report.scores, &report.measures),
        sets: report.scores.iter().map(set).collect(),
    })
}

/// The mean of each measure, to four places.
fn means(scores: &[Scores], measures: &[Measure]) -> BTreeMap<String, f64> {
    let mean = |measure: &Measure| (mean_of(scores, *measure) * 1e4).round() / 1e4;
    measures.iter().map(|measure| (measure.to_string(), mean(measure))).collect()
}
