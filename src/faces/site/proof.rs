//! What a journey proves: from which state to which, by how much one number moved, who says so, and for which pages.
//!
//! It is read from front matter: `metric`, `baseline`, `result`, the figures behind them as `baseline_value` and
//! `result_value`, and `unit`; `before`, `after`, `quote` and `quote_by`. A figure that is not given apart is the number
//! that a text begins with. What somebody said is shown only where `consent` says who agreed, when and to what.

use std::collections::HashMap;

use super::edition::Edition;
use crate::corpus::Record;
use crate::library::Consent;

/// The kind of document that proves something.
const JOURNEY: &str = "journey";

/// One end of what was measured.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    /// In words.
    pub(super) text: String,
    /// The figure as it was written.
    pub(super) written: Option<String>,
    /// The figure.
    pub(super) value: Option<f64>,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Quote {
    /// Their words.
    pub(super) text: String,
    /// Who.
    pub(super) by: String,
    /// When they agreed to be quoted, and to what.
    pub(super) agreed: (String, String),
}

/// What a journey proves.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Proof {
    pub(super) metric: Option<String>,
    pub(super) unit: String,
    pub(super) baseline: Option<End>,
    pub(super) result: Option<End>,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) quote: Option<Quote>,
}

impl Proof {
    /// Reads what a document proves; `None` for one that is no journey.
    pub(super) fn of(record: &Record) -> Option<Self> {
        if record.meta.kind != JOURNEY {
            return None;
        }
        let end = |name: &str| {
            let text = said(record, name).map(str::to_owned);
            let apart = said(record, &format!("{name}_value"));
            let written = apart.or_else(|| leading(text.as_deref()?)).map(str::to_owned);
            let value = written.as_deref().and_then(number);
            (text.is_some() || value.is_some()).then(|| End {
                text: text.unwrap_or_default(),
                written: written.filter(|_| value.is_some()),
                value,
            })
        };
        let quote = said(record, "quote").and_then(|text| {
            let consent = Consent::of(record)?;
            let by = said(record, "quote_by").unwrap_or(&consent.by).to_owned();
            Some(Quote { text: text.to_owned(), by, agreed: (consent.on, consent.scope) })
        });
        let words = |name: &str| said(record, name).map(str::to_owned);
        Some(Self {
            metric: words("metric"),
            unit: words("unit").unwrap_or_default(),
            baseline: end("baseline"),
            result: end("result"),
            before: words("before"),
            after: words("after"),
            quote,
        })
    }

    /// The two figures, where both are there and can be drawn side by side.
    pub(super) fn figures(&self) -> Option<(f64, f64)> {
        let (baseline, result) = (self.baseline.as_ref()?.value?, self.result.as_ref()?.value?);
        (baseline >= 0.0 && result >= 0.0 && baseline.max(result) > 0.0).then_some((baseline, result))
    }

    /// By how much the figure moved: the difference in percent of the baseline, or how many times as much it is.
    pub(super) fn moved(&self) -> Option<String> {
        let (baseline, result) = self.figures()?;
        if baseline <= 0.0 {
            return None;
        }
        let times = result / baseline;
        Some(if times >= 3.0 {
            format!("{times:.1} ×")
        } else {
            let percent = (times - 1.0) * 100.0;
            let sign = if percent < 0.0 { "−" } else { "+" };
            format!("{sign}{:.1} %", percent.abs())
        })
    }
}

/// Which journeys prove which pages, by place.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    uses: HashMap<usize, Vec<usize>>,
    proved_by: HashMap<usize, Vec<usize>>,
    journeys: Vec<usize>,
}

impl Proofs {
    /// Takes the pages that journeys link to, but for other journeys and the front pages of their own collection.
    pub(super) fn of(edition: &Edition) -> Self {
        let mut proofs = Self::default();
        for (at, record) in edition.listed().filter(|(_, record)| record.meta.kind == JOURNEY) {
            proofs.journeys.push(at);
            for (id, _) in edition.graph.links(&record.id) {
                let page = edition.find(&id).and_then(|page| Some((page, edition.document(page)?.record())));
                let Some((page, used)) = page else { continue };
                if used.meta.kind != JOURNEY && used.id.collection() != record.id.collection() {
                    proofs.uses.entry(at).or_default().push(page);
                    proofs.proved_by.entry(page).or_default().push(at);
                }
            }
        }
        proofs
    }

    /// The pages that a journey used, by id.
    pub(super) fn uses(&self, journey: usize) -> &[usize] {
        self.uses.get(&journey).map_or(&[], Vec::as_slice)
    }

    /// The journeys that used a page, by id.
    pub(super) fn proved_by(&self, page: usize) -> &[usize] {
        self.proved_by.get(&page).map_or(&[], Vec::as_slice)
    }

    /// Every journey, by id.
    pub(super) fn journeys(&self) -> &[usize] {
        &self.journeys
    }
}

/// What front matter says under a name that is not one of ours: hyphen, underscore and capitals are the same.
pub(super) fn said<'a>(record: &'a Record, name: &str) -> Option<&'a str> {
    let folded =
        |key: &str| key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let wanted = folded(name);
    let found = record.meta.other.iter().find(|(key, _)| folded(key) == wanted);
    found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// The number that a text begins with, unless it is one of several: `25 of 25`.
fn leading(text: &str) -> Option<&str> {
    let end =
        text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+' | '−'))).unwrap_or(text.len());
    let (number, rest) = text.split_at_checked(end)?;
    let number = number.trim_end_matches(['.', ',']);
    let rest = rest.trim_start();
    let one = !rest.starts_with("of ") && !rest.starts_with("to ") && !rest.starts_with(['–', '/']);
    (one && number.chars().any(|c| c.is_ascii_digit())).then_some(number)
}

/// Reads a figure as people write it: `.799`, `1,204`, `−3`, `31 %`.
fn number(text: &str) -> Option<f64> {
    let plain: String = text.trim().trim_end_matches('%').trim().replace(',', "").replace('−', "-");
    let value: f64 = plain.parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::{Proof, leading, number};
    use crate::site::fixture::edition;

    fn proof(front: &str) -> Proof {
        let text = format!("---\n{front}\n---\n# It\n");
        let edition = edition(&[("journeys/it.md", text.as_str())]);
        Proof::of(edition.document(0).unwrap().record()).unwrap()
    }

    #[test]
    fn figures_are_read_as_people_write_them() {
        for (text, value) in [(".799", 0.799), ("1,204", 1_204.0), ("−3", -3.0), ("31 %", 31.0), (" 0.5 ", 0.5)] {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["", "x", "1e999", "NaN", "inf", "1.2.3"] {
            assert_eq!(number(text), None, "{text}");
        }
        assert_eq!(leading("31 ms at the median"), Some("31"));
        for text in ["p50 31 ms", "25 of 25", "1–3 days", "soon", ""] {
            assert_eq!(leading(text), None, "{text}");
        }
    }

    #[test]
    fn what_moved_is_told_against_the_baseline() {
        let moved = |baseline: &str, result: &str| {
            proof(&format!("baseline_value: \"{baseline}\"\nresultValue: \"{result}\"")).moved()
        };
        assert_eq!(moved(".799", ".866").as_deref(), Some("+8.4 %"));
        assert_eq!(moved("100", "31").as_deref(), Some("−69.0 %"));
        assert_eq!(moved("2", "9").as_deref(), Some("4.5 ×"));
        assert_eq!(moved("0", "9"), None);
        assert_eq!(moved("-1", "9"), None, "what lies below nothing is not drawn");
        assert_eq!(moved("soon", "9"), None);
    }

    #[test]
    fn a_quote_is_shown_only_with_consent() {
        let said = "quote: It saved a week.\nquote-by: head of operations";
        assert_eq!(proof(said).quote, None);
        assert_eq!(proof(&format!("{said}\nconsent: yes")).quote, None);
        let agreed =
            proof(&format!("{said}\nconsent: {{by: them, on: 2026-10-01, scope: these words}}")).quote.unwrap();
        assert_eq!((agreed.by.as_str(), agreed.agreed.0.as_str()), ("head of operations", "2026-10-01"));
    }

    #[test]
    fn pages_know_the_journeys_that_used_them() {
        let edition = edition(&[
            ("journeys/README.md", "# Journeys\n\n[a](a.md)\n"),
            ("journeys/a.md", "# A\n\n[b](b.md) [loop](../playbook/loop.md) [up](README.md)\n"),
            ("journeys/b.md", "# B\n"),
            ("playbook/loop.md", "# Loop\n"),
        ]);
        let proofs = edition.proofs();
        let of = |places: &[usize]| places.iter().map(|&at| edition.address(at).to_owned()).collect::<Vec<_>>();
        assert_eq!(of(proofs.journeys()), ["/journeys/a", "/journeys/b"]);
        assert_eq!(of(proofs.uses(1)), ["/playbook/loop"]);
        assert_eq!(of(proofs.proved_by(3)), ["/journeys/a"]);
    }
}
