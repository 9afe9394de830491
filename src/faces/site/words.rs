//! The words of titles, headings and tags: what a reader is shown for a term of the index, and the nearest to a word that
//! nothing was found for.
//!
//! The index has stems, which nobody writes; people are told words that stand on pages.

use std::collections::BTreeMap;

use super::edition::Edition;

/// The fewest letters of a word that is corrected.
const LETTERS_MIN: usize = 4;
/// How many letters a word may have behind a stem.
const ENDING: usize = 4;

/// Words in small letters, with how often they stand there.
#[derive(Debug, Default)]
pub(super) struct Words(BTreeMap<String, usize>);

impl Words {
    /// Reads the words of an edition's listed documents.
    pub(super) fn of(edition: &Edition) -> Self {
        let mut words = Self::default();
        for (_, record) in edition.listed() {
            let headings = record.sections.iter().map(|section| section.title.as_str());
            let tags = record.meta.tags.iter().map(String::as_str);
            for text in std::iter::once(record.title.as_str()).chain(headings).chain(tags) {
                for word in split(text) {
                    *words.0.entry(word).or_default() += 1;
                }
            }
        }
        words
    }

    /// Whether a word stands there.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.contains_key(&word.to_lowercase())
    }

    /// The word that a term of the index stands for, as it stands most often among these words and in `others`.
    pub(super) fn written<'a>(&'a self, term: &str, others: &'a [String]) -> Option<&'a str> {
        // A stem may end in another letter than its words: `deploi` stands for `deploy`.
        let last = term.char_indices().next_back().map(|(at, _)| at).filter(|at| *at >= LETTERS_MIN - 1);
        let stem = last.and_then(|at| term.get(..at)).unwrap_or(term);
        let letters = term.chars().count();
        let fits = |word: &str| word.starts_with(stem) && word.chars().count() <= letters + ENDING;
        let known = self.0.range(stem.to_owned()..).take_while(|(word, _)| word.starts_with(stem));
        let known = known.filter(|(word, _)| fits(word)).map(|(word, count)| (*count, word.as_str()));
        let others = others.iter().map(String::as_str).filter(|word| fits(word)).map(|word| (1, word));
        known
            .chain(others)
            .max_by_key(|(count, word)| (*word == term, *count, std::cmp::Reverse(*word)))
            .map(|(_, word)| word)
    }

    /// The nearest words to one that is not among them: those that differ in one letter or two, and those that begin alike.
    pub(super) fn nearest(&self, word: &str, most: usize) -> Vec<&str> {
        let word = word.to_lowercase();
        let letters = word.chars().count();
        if letters < LETTERS_MIN || !word.chars().all(char::is_alphabetic) {
            return Vec::new();
        }
        let wrong = if letters < 2 * LETTERS_MIN { 1 } else { 2 };
        let begun: String = word.chars().take(letters.saturating_sub(2).max(LETTERS_MIN)).collect();
        let near = self.0.iter().filter_map(|(known, count)| {
            let distance = if known.chars().count().abs_diff(letters) > wrong {
                usize::MAX
            } else {
                strsim::osa_distance(known, &word)
            };
            let kept = distance <= wrong || known.starts_with(&begun);
            kept.then_some((distance.min(wrong + 1), std::cmp::Reverse(*count), known.as_str()))
        });
        let mut near: Vec<_> = near.filter(|(_, _, known)| *known != word).collect();
        near.sort_unstable();
        near.into_iter().take(most).map(|(_, _, known)| known).collect()
    }
}

/// The words of a text, in small letters, those of one letter left out.
pub(super) fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().nth(1).is_some()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::Words;
    use crate::site::fixture::edition;

    #[test]
    fn a_term_is_shown_as_pages_write_it_and_the_nearest_words_are_those_of_public_pages() {
        let edition = edition(&[
            ("playbook/a.md", "---\ntags: [deployments]\n---\n# Deploy a kite\n\n## The string\n"),
            ("playbook/b.md", "# Deploying\n\n## Deploying twice\n\n## Strings\n"),
            ("playbook/hush.md", "---\nvisibility: private\n---\n# Strung\n"),
        ]);
        let words = Words::of(&edition);
        assert_eq!(words.written("deploi", &[]), Some("deploying"));
        assert_eq!(words.written("string", &[]), Some("string"));
        assert_eq!(words.written("rudder", &["rudders".to_owned()]), Some("rudders"));
        assert_eq!(words.written("rudder", &[]), None);
        assert_eq!(words.nearest("strnig", 3), ["string"]);
        assert_eq!(words.nearest("deploymnet", 3), ["deployments"]);
        assert_eq!(words.nearest("strung", 3), ["string"], "what is private is not there");
        assert_eq!((words.nearest("kit", 3), words.nearest("x4711", 3)), (Vec::new(), Vec::new()));
        assert!(words.has("Kite") && !words.has("a"));
    }
}
