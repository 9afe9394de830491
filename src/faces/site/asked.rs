//! What somebody asks of the search page: a question, and by what the pages that may answer are narrowed.
//!
//! All of it stands in the address, so that an answer can be passed on, and what narrows it can be taken back.

use super::address::encoded;

/// By what pages are narrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Facet {
    Collection,
    Type,
    Tag,
    Fresh,
}

impl Facet {
    pub(super) const ALL: [Self; 4] = [Self::Collection, Self::Type, Self::Tag, Self::Fresh];

    /// What it is called in the address.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Type => "type",
            Self::Tag => "tag",
            Self::Fresh => "fresh",
        }
    }

    /// What it is called on the page.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Collection => "Collection",
            Self::Type => "Type",
            Self::Tag => "Tag",
            Self::Fresh => "Freshness",
        }
    }
}

/// How fresh a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    /// Somebody found it true, and no review is due.
    Verified,
    /// Changed in the last 30 days.
    Month,
    /// Changed in the last 365 days.
    Year,
    /// A review is due.
    Stale,
}

impl Freshness {
    pub(super) const ALL: [Self; 4] = [Self::Verified, Self::Month, Self::Year, Self::Stale];

    /// The word for it in the address, and in the ledger.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Month => "month",
            Self::Year => "year",
            Self::Stale => "stale",
        }
    }

    /// What it is called on the page.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Verified => "verified, no review due",
            Self::Month => "changed in 30 days",
            Self::Year => "changed in a year",
            Self::Stale => "review is due",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// A question, and what narrows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    text: String,
    /// What is chosen, in the order of the address.
    chosen: Vec<(Facet, String)>,
}

impl From<&str> for Asked {
    fn from(text: &str) -> Self {
        Self { text: text.trim().to_owned(), chosen: Vec::new() }
    }
}

impl Asked {
    /// Reads the parameters of an address, decoded: `q` once, and each facet as often as it is given. What is no parameter
    /// of ours and what is empty is left out.
    #[must_use]
    pub fn read(pairs: &[(String, String)]) -> Self {
        let text = pairs.iter().find(|(name, _)| name == "q").map_or("", |(_, text)| text);
        let mut asked = Self::from(text);
        for (name, value) in pairs {
            let facet = Facet::ALL.into_iter().find(|facet| facet.name() == name);
            let Some(one) = facet.map(|facet| (facet, value.trim().to_owned())) else { continue };
            if !one.1.is_empty() && !asked.chosen.contains(&one) {
                asked.chosen.push(one);
            }
        }
        asked
    }

    /// The question; empty when nothing but what is chosen is wanted.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is chosen.
    pub(super) fn chosen(&self) -> &[(Facet, String)] {
        &self.chosen
    }

    /// What is chosen of one facet.
    pub(super) fn of(&self, facet: Facet) -> impl Iterator<Item = &str> {
        self.chosen.iter().filter(move |(one, _)| *one == facet).map(|(_, value)| value.as_str())
    }

    /// The same without what is chosen of other facets than these.
    pub(super) fn only(&self, wanted: impl Fn(Facet) -> bool) -> Self {
        let chosen = self.chosen.iter().filter(|(facet, _)| wanted(*facet)).cloned().collect();
        Self { text: self.text.clone(), chosen }
    }

    /// The same with another choice, or without it when it is chosen already.
    pub(super) fn turned(&self, facet: Facet, value: &str) -> Self {
        let mut turned = self.clone();
        turned.chosen.retain(|(one, other)| (*one, other.as_str()) != (facet, value));
        if turned.chosen.len() == self.chosen.len() {
            // Of how fresh a page is one thing is asked at a time.
            turned.chosen.retain(|(one, _)| facet != Facet::Fresh || *one != Facet::Fresh);
            turned.chosen.push((facet, value.to_owned()));
        }
        turned
    }

    /// The same choices for another question.
    pub(super) fn with_text(&self, text: &str) -> Self {
        Self { text: text.to_owned(), chosen: self.chosen.clone() }
    }

    /// The address of the page that answers it.
    pub(super) fn address(&self) -> String {
        let text = (!self.text.is_empty()).then_some(("q", self.text.as_str()));
        let chosen = self.chosen.iter().map(|(facet, value)| (facet.name(), value.as_str()));
        let pairs: Vec<String> =
            text.into_iter().chain(chosen).map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        if pairs.is_empty() { "/search".to_owned() } else { format!("/search?{}", pairs.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Facet};

    fn read(pairs: &[(&str, &str)]) -> Asked {
        let owned: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked::read(&owned)
    }

    #[test]
    fn an_address_has_all_that_is_asked_and_each_choice_can_be_made_and_taken_back() {
        let asked = read(&[("tag", "a&b"), ("q", " why? "), ("q", "x"), ("tag", "a&b"), ("type", ""), ("page", "3")]);
        assert_eq!(asked.address(), "/search?q=why%3F&tag=a%26b");
        let more = asked.turned(Facet::Fresh, "stale").turned(Facet::Fresh, "verified");
        assert_eq!(more.address(), "/search?q=why%3F&tag=a%26b&fresh=verified");
        assert_eq!(more.turned(Facet::Fresh, "verified"), asked);
        assert_eq!(more.turned(Facet::Tag, "c").of(Facet::Tag).collect::<Vec<_>>(), ["a&b", "c"]);
        assert_eq!(more.only(|facet| facet == Facet::Fresh).address(), "/search?q=why%3F&fresh=verified");
        assert_eq!(read(&[]).address(), "/search");
    }
}
