//! What a record says of the way from a question to its passages: the legs' scales and weight, and for each passage its
//! shares and what the rules did to it.

use crate::access::Scope;
use crate::ledger::{Effect, Fusion, Hit, LegScale, Legs};
use crate::retrieval::{Note, OWN_SHARE, Passage, Ranking, Scale};

/// How the legs were joined; nothing for a list that no leg ranked.
pub(super) fn fusion(ranking: &Ranking) -> Option<Fusion> {
    let of = |scale: Scale| LegScale { floor: places(scale.floor), best: places(scale.best) };
    let (lexical, vector) = (ranking.scales.lexical.map(of), ranking.scales.vector.map(of));
    let asked = lexical.is_some() || vector.is_some();
    let (weight, own) = (places(ranking.fusion.lexical_weight), places(OWN_SHARE));
    asked.then_some(Fusion { weight, own, lexical, vector })
}

/// A passage as its record has it.
pub(super) fn hit<S: Scope>(passage: &Passage<S>, rank: u32) -> Hit {
    let (lexical, vector) = (passage.legs.lexical, passage.legs.vector);
    let share = |leg: Option<crate::retrieval::Leg>| leg.map_or(0.0, |leg| places(leg.share));
    Hit {
        doc: passage.citation.document.clone(),
        anchor: passage.citation.anchor.clone(),
        lines: passage.citation.lines,
        sha256: passage.citation.sha256,
        rank,
        score: Some(passage.score),
        legs: Legs {
            lexical: lexical.map(|leg| leg.rank),
            vector: vector.map(|leg| leg.rank),
            shares: [share(lexical), share(vector)],
        },
        evidence: places(passage.evidence),
        rules: passage.notes.iter().map(effect).collect(),
        uncommitted: passage.citation.uncommitted,
    }
}

/// What a rule did, as records have it.
pub(super) fn effect(note: &Note) -> Effect {
    match note {
        Note::Yields { status, behind } => Effect::Lifecycle { status: *status, behind: *behind },
        Note::TakesPlaceOf { document, brought } => Effect::Successor { of: document.clone(), brought: *brought },
        Note::Named { by } => Effect::Exact { by: (*by).to_owned() },
        Note::StandsFor { others } => Effect::Alike { others: *others },
        Note::Joins { passages } => Effect::Adjacent { joins: *passages },
        Note::Widened => Effect::Adjacent { joins: 0 },
        Note::LastOfDocument { left_out } => Effect::PerDocument { left_out: *left_out },
    }
}

/// To four places: what is further back says nothing, and takes room in each record.
fn places(value: f32) -> f32 {
    (value * 1e4).round() / 1e4
}
