//! By what a search can be narrowed, and how many pages each choice leaves: of the public pages that stand in lists, as they
//! are under everything else that is chosen. What the question finds among them is not counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::asked::{Asked, Facet, Freshness};
use super::edition::folder_words;
use super::front::View;
use super::tags;
use crate::access::CollectionName;
use crate::corpus::{DocumentId, Record};
use crate::ledger::Day;
use crate::library::{dated, due, verified};
use crate::retrieval::{Filters, Fresh, QueryError};

/// How many tags are offered, those that most pages have.
const TAGS: usize = 8;

/// One choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    /// What stands for it in the address.
    pub(super) value: String,
    /// What it is called.
    pub(super) title: String,
    /// How many pages it leaves.
    pub(super) pages: usize,
    /// Whether it is chosen.
    pub(super) chosen: bool,
}

/// The filters of what is chosen.
///
/// # Errors
/// Names a value that is none, or a list that is too long.
pub(super) fn filters(view: &View<'_>, asked: &Asked) -> Result<Filters, QueryError> {
    let collection = |name: &str| {
        CollectionName::parse(name).map_err(|_| QueryError::Collection { given: name.chars().take(100).collect() })
    };
    let fresh = |word: &str| {
        let freshness = Freshness::parse(word);
        freshness.ok_or_else(|| QueryError::Fresh { given: word.chars().take(100).collect() })
    };
    let mut filters = Filters {
        collections: asked.of(Facet::Collection).map(collection).collect::<Result<_, _>>()?,
        types: asked.of(Facet::Type).map(str::to_owned).collect(),
        tags: asked.of(Facet::Tag).map(str::to_owned).collect(),
        ..Filters::default()
    }
    .bounded()?;
    // However its pages write a tag, it is one.
    filters.tags = filters.tags.iter().flat_map(|tag| view.edition.tags().spellings(view.edition, tag)).collect();
    if let Some(freshness) = asked.of(Facet::Fresh).next().map(fresh).transpose()? {
        let all = view.edition.documents().iter().enumerate();
        let wanted = all.filter(|(at, document)| is(view, *at, document.record(), freshness));
        let documents: Arc<[DocumentId]> = wanted.map(|(_, document)| document.record().id.clone()).collect();
        filters.fresh = Some(Fresh::of(freshness.word(), documents));
    }
    Ok(filters)
}

/// Whether a page is as fresh as is asked.
fn is(view: &View<'_>, at: usize, record: &Record, freshness: Freshness) -> bool {
    let changed = view.edition.commit(view, at).map(|commit| commit.date.as_str());
    let stale = due(&record.meta, changed).is_some_and(|due| due < view.today);
    let within =
        |days: u16| dated(&record.meta, changed).is_some_and(|day| Day(day.0.saturating_add(days)) >= view.today);
    match freshness {
        Freshness::Verified => !stale && verified(&record.meta).is_some(),
        Freshness::Month => within(30),
        Freshness::Year => within(365),
        Freshness::Stale => stale,
    }
}

/// The choices of each facet that has some.
pub(super) fn choices(view: &View<'_>, asked: &Asked) -> Vec<(Facet, Vec<Choice>)> {
    Facet::ALL
        .into_iter()
        .filter_map(|facet| {
            // What is wrong with another facet is said elsewhere; nothing is left then.
            let others = filters(view, &asked.only(|one| one != facet)).ok()?;
            let (left, counts) = counts(view, facet, &others);
            let mut choices: Vec<Choice> = counts
                .into_iter()
                .map(|(value, (title, pages))| {
                    let is_it = |one: &str| if facet == Facet::Tag { tags::key(one) == value } else { one == value };
                    let chosen = asked.of(facet).any(is_it);
                    Choice { value, title, pages, chosen }
                })
                .collect();
            if facet == Facet::Tag {
                choices.sort_by_key(|choice| (!choice.chosen, std::cmp::Reverse(choice.pages)));
                choices.truncate(TAGS.max(asked.of(facet).count()));
            }
            // What every page has narrows nothing.
            let some = choices.iter().any(|choice| choice.chosen || choice.pages < left);
            some.then_some((facet, choices))
        })
        .collect()
}

/// How many pages pass, and the values of a facet among them: what each is called, and how many have it.
fn counts(view: &View<'_>, facet: Facet, others: &Filters) -> (usize, BTreeMap<String, (String, usize)>) {
    let mut left = 0;
    let mut counts: BTreeMap<String, (String, usize)> = BTreeMap::new();
    let mut count = |value: &str, title: &str| {
        counts.entry(value.to_owned()).or_insert_with(|| (title.to_owned(), 0)).1 += 1;
    };
    for (at, record) in view.edition.listed().filter(|(_, record)| others.pass(record)) {
        left += 1;
        match facet {
            Facet::Collection => count(record.id.collection(), &folder_words(record.id.collection())),
            Facet::Type => count(&record.meta.kind, &record.meta.kind),
            Facet::Tag => {
                for (key, name) in view.edition.tags().of(record) {
                    count(key, name);
                }
            }
            Facet::Fresh => {
                for one in Freshness::ALL.into_iter().filter(|one| is(view, at, record, *one)) {
                    count(one.word(), one.title());
                }
            }
        }
    }
    (left, counts)
}

/// The pages that pass what is chosen, what changed last first: where no question is asked.
///
/// # Errors
/// As [`filters`].
pub(super) fn pages(view: &View<'_>, asked: &Asked) -> Result<Vec<usize>, QueryError> {
    let filters = filters(view, asked)?;
    let edition = view.edition;
    let mut pages: Vec<_> = edition
        .listed()
        .filter(|(_, record)| filters.pass(record))
        .map(|(at, record)| {
            let changed = edition.commit(view, at).map(|commit| commit.date.as_str());
            (std::cmp::Reverse(dated(&record.meta, changed)), at)
        })
        .collect();
    pages.sort_unstable();
    Ok(pages.into_iter().map(|(_, at)| at).collect())
}

#[cfg(test)]
mod tests {
    use super::{Asked, Facet, choices, pages};
    use crate::site::fixture::drawn;

    const FILES: [(&str, &str); 6] = [
        (
            "playbook/a.md",
            "---\ntype: playbook\ntags: [Search Quality]\nverified: [{by: ada, at: 2026-11-01}]\n---\n# A\n",
        ),
        ("playbook/b.md", "---\ntype: decision\ntags: [search-quality, ops]\nstale_after: 2026-01-01\n---\n# B\n"),
        ("playbook/c.md", "---\ntype: playbook\nupdated: 2026-11-20\n---\n# C\n"),
        ("playbook/gone.md", "---\nstatus: retired\ntags: ops\n---\n# Gone\n"),
        ("playbook/secret.md", "---\nvisibility: private\ntags: [hush]\n---\n# Secret\n"),
        ("journeys/j.md", "---\ntype: journey\ntags: ops\n---\n# J\n"),
    ];

    fn asked(pairs: &[(&str, &str)]) -> Asked {
        Asked::read(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>())
    }

    fn told(pairs: &[(&str, &str)], facet: Facet) -> Vec<String> {
        let all = drawn(&FILES, |view| choices(view, &asked(pairs)));
        let of = all.into_iter().find(|(one, _)| *one == facet).map(|(_, choices)| choices).unwrap_or_default();
        of.iter().map(|one| format!("{}{} {}", if one.chosen { "*" } else { "" }, one.value, one.pages)).collect()
    }

    #[test]
    fn choices_are_counted_among_public_pages_under_everything_else_that_is_chosen() {
        assert_eq!(told(&[], Facet::Collection), ["journeys 1", "playbook 3"]);
        assert_eq!(told(&[], Facet::Tag), ["ops 2", "search-quality 2"]);
        assert_eq!(told(&[], Facet::Fresh), ["month 1", "stale 1", "verified 1", "year 4"]);
        assert_eq!(told(&[("tag", "ops")], Facet::Type), ["decision 1", "journey 1"]);
        assert_eq!(told(&[("tag", "ops")], Facet::Tag), ["*ops 2", "search-quality 2"], "other tags are alternatives");
        assert_eq!(told(&[("tag", "Search Quality")], Facet::Tag), ["*search-quality 2", "ops 2"]);
        assert_eq!(told(&[("collection", "journeys"), ("type", "playbook")], Facet::Type), Vec::<String>::new());
        assert_eq!(told(&[("tag", "hush")], Facet::Type), Vec::<String>::new());
    }

    #[test]
    fn pages_that_pass_are_listed_with_what_changed_last_first_and_a_tag_is_one_however_it_is_written() {
        let listed = |pairs: &[(&str, &str)]| {
            drawn(&FILES, |view| {
                let places = pages(view, &asked(pairs)).map_err(|error| error.to_string())?;
                Ok::<_, String>(places.into_iter().map(|at| view.edition.address(at).to_owned()).collect::<Vec<_>>())
            })
        };
        assert_eq!(listed(&[("tag", "search-quality")]).unwrap(), ["/playbook/a", "/playbook/b"]);
        assert_eq!(listed(&[("tag", "Search Quality"), ("fresh", "verified")]).unwrap(), ["/playbook/a"]);
        assert_eq!(listed(&[("collection", "playbook"), ("fresh", "month")]).unwrap(), ["/playbook/c"]);
        assert_eq!(listed(&[("collection", "playbook")]).unwrap()[0], "/playbook/c");
        assert!(listed(&[("fresh", "ripe")]).unwrap_err().contains("verified, month, year, stale"));
        assert!(listed(&[("collection", "No Such")]).unwrap_err().contains("not a collection name"));
    }
}
