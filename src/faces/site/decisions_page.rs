//! The decisions that are public, and which of them took whose place.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::drawing::{Node, chain};
use super::edition::Edition;
use super::front::{Html, View};
use super::layout::{self, Frame};
use crate::corpus::{DocumentId, Record, Status};

/// Draws the page; `None` when no decision is public.
pub(super) fn draw(view: &View<'_>) -> Option<Html> {
    let edition = view.edition;
    // What is retired belongs to the chain: one wants to see what was decided before.
    let all: Vec<usize> = (0..edition.documents().len()).filter(|&at| is_decision(edition, at)).collect();
    if all.is_empty() {
        return None;
    }
    let chains = chains(edition, &all);
    let main = html! {
        h1 { "Decisions" }
        p.lead { "What was decided, when, and what has taken whose place since." }
        @for (nodes, place) in chains.iter().zip(1..) {
            figure.chains {
                (chain(&format!("c:chain-{place}"), &title(nodes), nodes))
            }
        }
        div.table role="group" aria-label="All decisions" tabindex="0" {
            table {
                thead { tr { th scope="col" { "Decision" } th scope="col" { "Status" } th scope="col" { "Date" } th scope="col" { "Superseded by" } } }
                tbody { @for &at in &all { (row(edition, at)) } }
            }
        }
    };
    let frame = Frame { title: "Decisions", main, address: Some("/decisions"), wide: true, ..Frame::default() };
    Some(layout::draw(view, &frame))
}

fn is_decision(edition: &Edition, at: usize) -> bool {
    edition.document(at).is_some_and(|document| document.record().meta.kind == "decision")
}

fn row(edition: &Edition, at: usize) -> Markup {
    let later = |record: &Record| -> Vec<usize> {
        edition.directory().replaced_by(&record.id).filter_map(|id| edition.find(id)).collect()
    };
    html! {
        @if let Some(record) = edition.document(at).map(|document| document.record()) {
            tr {
                th scope="row" { a href=(edition.address(at)) { (record.title) } }
                @let status = status(edition, record).as_str();
                td { span class={ "status status-" (status) } { (status) } }
                td { @if let Some(date) = &record.meta.date { time { (date) } } }
                td {
                    @for later in later(record) {
                        @if let Some(document) = edition.document(later) { a href=(edition.address(later)) { (document.record().title) } " " }
                    }
                }
            }
        }
    }
}

fn status(edition: &Edition, record: &Record) -> Status {
    edition.directory().standing(record).0
}

fn title(nodes: &[Node]) -> String {
    let says = |node: &Node| {
        let later: Vec<&str> =
            node.next.iter().filter_map(|&at| nodes.get(at)).map(|next| next.title.as_str()).collect();
        (!later.is_empty()).then(|| format!("{} was superseded by {}", node.title, later.join(" and ")))
    };
    nodes.iter().filter_map(says).collect::<Vec<_>>().join("; ")
}

/// Decisions that took each other's place, each chain with its columns: a decision stands behind all it took the place of.
fn chains(edition: &Edition, all: &[usize]) -> Vec<Vec<Node>> {
    let mut later: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for &at in all {
        let Some(document) = edition.document(at) else { continue };
        let next =
            edition.directory().replaced_by(&document.record().id).filter_map(|id: &DocumentId| edition.find(id));
        later.entry(at).or_default().extend(next.filter(|next| all.contains(next)));
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for &at in all {
        let mut members = BTreeSet::new();
        gather(&later, at, &mut seen, &mut members);
        if members.len() > 1 {
            found.push(laid_out(edition, &later, &members));
        }
    }
    found
}

/// All that are joined to one, whichever way.
fn gather(
    later: &BTreeMap<usize, BTreeSet<usize>>,
    at: usize,
    seen: &mut BTreeSet<usize>,
    members: &mut BTreeSet<usize>,
) {
    let mut open = vec![at];
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        members.insert(at);
        open.extend(later.get(&at).into_iter().flatten());
        open.extend(later.iter().filter(|(_, next)| next.contains(&at)).map(|(earlier, _)| *earlier));
    }
}

fn laid_out(edition: &Edition, later: &BTreeMap<usize, BTreeSet<usize>>, members: &BTreeSet<usize>) -> Vec<Node> {
    let mut columns: BTreeMap<usize, u32> = members.iter().map(|&at| (at, 0)).collect();
    // As many rounds as there are members settle every chain; a circle is left as it is then.
    for _ in members {
        for &at in members {
            let column = columns.get(&at).copied().unwrap_or(0);
            for next in later.get(&at).into_iter().flatten() {
                let behind = columns.entry(*next).or_default();
                *behind = (*behind).max(column + 1).min(u32::try_from(members.len()).unwrap_or(u32::MAX));
            }
        }
    }
    let order: Vec<usize> = members.iter().copied().collect();
    let mut rows: BTreeMap<u32, u32> = BTreeMap::new();
    let node = |&at: &usize| {
        let record = edition.document(at)?.record();
        let column = columns.get(&at).copied().unwrap_or(0);
        let row = rows.entry(column).or_default();
        *row += 1;
        let next = later.get(&at).into_iter().flatten().filter_map(|next| order.iter().position(|one| one == next));
        let name = record.id.as_str().rsplit('/').next().unwrap_or_default();
        let number = name.split('-').next().unwrap_or(name);
        Some(Node {
            address: edition.address(at).to_owned(),
            name: number.to_owned(),
            title: record.title.clone(),
            status: status(edition, record).as_str(),
            strong: status(edition, record) == Status::Accepted,
            next: next.collect(),
            column,
            row: *row - 1,
        })
    };
    order.iter().filter_map(node).collect()
}

#[cfg(test)]
mod tests {
    use crate::site::fixture::{drawn, edition};

    const FILES: [(&str, &str); 5] = [
        ("records/0001-one.md", "---\nstatus: superseded\nsuperseded_by: 0003\n---\n# One\n"),
        ("records/0002-two.md", "---\nstatus: superseded by [three](0003-three.md)\n---\n# Two\n"),
        ("records/0003-three.md", "---\nstatus: accepted\n---\n# Three & <more>\n"),
        ("records/0004-four.md", "# Four\n"),
        ("records/0005-five.md", "---\nvisibility: private\nsupersedes: 0004\n---\n# Five\n"),
    ];

    #[test]
    fn a_chain_stands_in_columns_and_what_is_private_takes_nobodys_place() {
        let edition = edition(&FILES);
        let chains = super::chains(&edition, &[0, 1, 2, 3]);
        let all: Vec<Vec<_>> = chains
            .iter()
            .map(|nodes| {
                nodes.iter().map(|node| (node.name.as_str(), node.column, node.row, node.next.clone())).collect()
            })
            .collect();
        assert_eq!(all, [vec![("0001", 0, 0, vec![2]), ("0002", 0, 1, vec![2]), ("0003", 1, 0, vec![])]]);
    }

    #[test]
    fn circles_are_drawn_and_titles_are_text() {
        let html = drawn(&FILES, super::draw).unwrap().into_string();
        assert!(html.contains("<svg") && html.contains("Three &amp; &lt;more&gt;") && !html.contains("Five"), "{html}");
        let circle = [
            ("records/0001-one.md", "---\nsuperseded_by: 0002\n---\n# One\n"),
            ("records/0002-two.md", "---\nsuperseded_by: 0001\n---\n# Two\n"),
        ];
        assert!(drawn(&circle, super::draw).is_some());
        assert!(drawn(&[("playbook/a.md", "# A\n")], super::draw).is_none());
    }
}
