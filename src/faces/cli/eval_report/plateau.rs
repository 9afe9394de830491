//! Which fusion settings are within noise of the best, and whether the default is one of them.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::eval::{Measure, Plateau, Rated};
use crate::retrieval::Fusion;

use super::line::line;

pub(super) fn plateau_words(text: &mut String, plateau: &Plateau, own: Measure) {
    let Some(best) = plateau.rated.get(plateau.best) else { return };
    let (low, high) = plateau.weights;
    let depths: Vec<String> = plateau.depths.iter().map(ToString::to_string).collect();
    let Fusion { lexical_weight, depth } = best.fusion;
    line!(
        text,
        "plateau of {own}: lexical weight {low:.2} to {high:.2} at depth {}, within noise of the best ({:.4} ± {:.4} at {lexical_weight:.2}, depth {depth})",
        depths.join(", "),
        best.mean,
        plateau.error
    );
    let default = Fusion::default();
    let word = match default_holds(plateau) {
        Some(true) => "is on it",
        Some(false) => "is NOT on it",
        None => "was not tried",
    };
    line!(text, "the default (lexical weight {:.2}, depth {}) {word}", default.lexical_weight, default.depth);
    for rated in plateau.rated.iter().filter(|rated| rated.fusion.depth == depth) {
        let sign = if rated.level { "=" } else { " " };
        line!(text, "  {:.2}  {:.4} {sign}", rated.fusion.lexical_weight, rated.mean);
    }
}

pub(super) fn plateau_json(plateau: &Plateau, own: Measure) -> Value {
    let (low, high) = plateau.weights;
    let setting = |rated: &Rated| {
        json!({"lexical_weight": rated.fusion.lexical_weight, "depth": rated.fusion.depth, "mean": rated.mean,
            "within_noise": rated.level})
    };
    json!({
        "measure": own.to_string(),
        "best": plateau.rated.get(plateau.best).map(setting),
        "standard_error": plateau.error,
        "plateau": {"lexical_weight": [low, high], "depth": plateau.depths},
        "default_on_plateau": default_holds(plateau),
        "settings": plateau.rated.iter().map(setting).collect::<Vec<_>>(),
    })
}

/// Whether the default is on the plateau; `None` when it was not tried.
fn default_holds(plateau: &Plateau) -> Option<bool> {
    plateau.holds(Fusion::default())
}
