//! [`Consent`]: that a customer agreed to be told of, as the private source says it.
//!
//! `consent: {by, on, scope}` in front matter: who agreed, when, and to what. Without all three there is none.

use crate::corpus::Record;

use super::NameList;

/// A customer's agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Who agreed.
    pub by: String,
    /// When.
    pub on: String,
    /// To what.
    pub scope: String,
}

impl Consent {
    /// Reads what a document says of it; `None` when one of the three is not said.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let said = record.meta.other.iter().find(|(key, _)| key.eq_ignore_ascii_case("consent"))?;
        let part = |name: &str| {
            let parts = said.1.split(';').filter_map(|part| part.split_once(':'));
            let mut named = parts.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
            named.next().map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        Some(Self { by: part("by")?, on: part("on")?, scope: part("scope")? })
    }
}

/// Whether a page made of this document needs a customer's agreement: a journey about one.
#[must_use]
pub fn wants_consent(record: &Record, text: &str, journey: bool, names: &NameList) -> bool {
    let named = record.meta.other.keys().any(|key| key.to_lowercase().starts_with("customer"));
    let tagged = record.meta.tags.iter().any(|tag| tag.to_lowercase().starts_with("customer"));
    journey && (named || tagged || names.names_customer(text) || names.names_customer(&record.title))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{CollectionName, Visibility};
    use crate::corpus::{Draft, SourceFile, SourcePath};
    use std::sync::Arc;

    fn record(text: &str) -> Arc<Record> {
        let collection = CollectionName::parse("corpus").unwrap();
        let file =
            SourceFile { collection, path: SourcePath::new("x.md"), bytes: text.as_bytes().to_vec(), modified_ns: 0 };
        Draft::parse(file).classify(Visibility::Private).into_parts().0
    }

    #[test]
    fn consent_says_who_when_and_what() {
        let given =
            record("---\nconsent:\n  by: head of operations\n  on: 2026-10-01\n  scope: figures, not the name\n---\n");
        let consent = Consent::of(&given).unwrap();
        assert_eq!((consent.on.as_str(), consent.scope.as_str()), ("2026-10-01", "figures, not the name"));
        for text in ["---\nconsent: {by: them, on: 2026-10-01}\n---\n", "---\nconsent: yes\n---\n", "# None\n"] {
            assert_eq!(Consent::of(&record(text)), None, "{text}");
        }
    }

    #[test]
    fn only_a_journey_about_a_customer_wants_it() {
        let names = super::super::name_list::tests::of("---\ntype: customers\n---\n- Kelpwood\n");
        let plain = record("# A week\n");
        assert!(wants_consent(&plain, "with Kelpwood", true, &names));
        assert!(
            !wants_consent(&plain, "with Kelpwood", false, &names) && !wants_consent(&plain, "alone", true, &names)
        );
        assert!(wants_consent(&record("---\ncustomer: one of ours\n---\n"), "", true, &NameList::default()));
    }
}
