//! What records are looked for, as a form sends it and as an address says it.

use serde::Serialize;

use crate::ledger::{Documents, Face, Filter, Sequence, Timestamp, Verb, Words, past};

/// How many records a page has.
pub const PAGE_LINES: usize = 50;

/// The longest value of a field that is looked at.
const VALUE_CHARS: usize = 300;

/// The verbs a form offers.
pub(super) const VERBS: [Verb; 6] = [Verb::Search, Verb::Read, Verb::Browse, Verb::Resource, Verb::List, Verb::Prompt];

/// The doors a form offers.
pub(super) const FACES: [Face; 5] = [Face::Http, Face::Mcp, Face::Stdio, Face::Cli, Face::Site];

/// The fields of the form; what is empty says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Words of the question.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// Who asked.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub who: String,
    /// A document, or a folder that ends in `/`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub document: String,
    /// From when on.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// Before when.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// A trace, or an id in it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub trace: String,
    /// What was asked for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub verb: String,
    /// Through which door.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub face: String,
    /// `on` for what served nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub empty: String,
    /// The place before which the page begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

impl Asked {
    /// Takes the fields of a query string; others are none of its business.
    #[must_use]
    pub fn of(pairs: &[(String, String)]) -> Self {
        let field = |name: &str| {
            let value = pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim());
            value.chars().filter(|c| !c.is_control()).take(VALUE_CHARS).collect::<String>()
        };
        Self {
            words: field("words"),
            who: field("who"),
            document: field("document"),
            since: field("since"),
            until: field("until"),
            trace: field("trace"),
            verb: field("verb"),
            face: field("face"),
            empty: field("empty"),
            before: field("before").parse().ok(),
        }
    }

    /// What is looked for, and the fields that say nothing that could be.
    #[must_use]
    pub fn filter(&self, now: Timestamp) -> (Filter, Vec<&'static str>) {
        let mut wrong = Vec::new();
        let said = |text: &String| (!text.is_empty()).then(|| text.clone());
        let mut moment = |name: &'static str, text: &str| {
            let at = if text.is_empty() { None } else { past(text, now) };
            wrong.extend((at.is_none() && !text.is_empty()).then_some(name));
            at
        };
        let (since, until) = (moment("From", &self.since), moment("Until", &self.until));
        let documents = if self.document.is_empty() { None } else { Documents::parse(&self.document).ok() };
        wrong.extend((documents.is_none() && !self.document.is_empty()).then_some("Document"));
        let filter = Filter {
            kinds: vec!["retrieval"],
            who: said(&self.who),
            documents,
            since,
            until,
            words: Words::new(&self.words),
            trace: said(&self.trace),
            verb: VERBS.into_iter().find(|verb| verb.as_str() == self.verb),
            face: FACES.into_iter().find(|face| face.as_str() == self.face),
            empty: !self.empty.is_empty(),
            before: self.before.map(Sequence),
            ..Filter::default()
        };
        (filter, wrong)
    }

    /// Whether something is looked for beside the page.
    pub(super) fn narrows(&self) -> bool {
        Self { before: None, ..self.clone() } != Self::default()
    }

    /// The address of the same search from before a place on.
    pub(super) fn page_before(&self, place: Option<u64>) -> String {
        let asked = Self { before: place, ..self.clone() };
        let query = serde_urlencoded::to_string(&asked).unwrap_or_default();
        if query.is_empty() { "/private/ledger".to_owned() } else { format!("/private/ledger?{query}") }
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;
    use crate::ledger::{Timestamp, Verb};

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        Asked::of(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn a_form_says_what_is_looked_for_and_which_fields_say_nothing() {
        let now = Timestamp::parse("2026-11-29T12:00:00Z").unwrap();
        let form = asked(&[("words", " plum "), ("since", "7d"), ("verb", "search"), ("empty", "on"), ("other", "x")]);
        let (filter, wrong) = form.filter(now);
        assert!(wrong.is_empty() && filter.empty && filter.words.are_in("a PLUM tree"));
        assert_eq!((filter.verb, filter.since), (Some(Verb::Search), Timestamp::parse("2026-11-22T12:00:00Z").ok()));
        let (filter, wrong) = asked(&[("since", "soon"), ("document", "a b"), ("verb", "fly")]).filter(now);
        assert_eq!((wrong, filter.verb), (vec!["From", "Document"], None));
        assert_eq!(form.page_before(Some(7)), "/private/ledger?words=plum&since=7d&verb=search&empty=on&before=7");
        assert!(!asked(&[("before", "7")]).narrows() && form.narrows());
        assert_eq!(asked(&[("words", "")]).page_before(None), "/private/ledger");
    }
}
