//! Tests of where links lead.

use super::*;
use crate::access::Visibility;
use crate::corpus::{Draft, SourceFile};

fn record(id: &str, text: &str) -> Arc<Record> {
    let (collection, path) = id.split_once('/').unwrap();
    let file = SourceFile {
        collection: CollectionName::parse(collection).unwrap(),
        path: SourcePath::new(path),
        bytes: text.as_bytes().to_vec(),
        modified_ns: 0,
    };
    Draft::parse(file).classify(Visibility::Public).into_parts().0
}

fn house() -> Vec<Arc<Record>> {
    vec![
        record("playbook/README.md", "# Home\n"),
        record("playbook/how to/Write Well.md", "# Writing\n\n## Two Words\n\n<a name=\"old\"></a>\n"),
        record("playbook/how to/index.md", "# How to\n"),
        record("playbook/a/same.md", "# A\n"),
        record("playbook/b/same.md", "---\naliases: [Other Name]\n---\n# B\n"),
        record("playbook/release-1.2.md", "# Release\n"),
        record("corpus/x.md", "# X\n"),
        record("docs/guide.md", "# Guide\n"),
    ]
}

/// Where the one link of a text in `playbook/b/from.md` leads.
fn resolved(link: &str) -> String {
    let names = Names::new(&house()).with_folder(&CollectionName::parse("docs").unwrap(), "site/docs");
    let from = record("playbook/b/from.md", &format!("# From\n\n{link}\n"));
    match names.resolve(&from, &from.links[0]) {
        Destination::Document { id, anchor } => anchor.map_or(id.to_string(), |anchor| format!("{id}#{anchor}")),
        Destination::MissingAnchor { id, fragment } => format!("{id} lacks #{fragment}"),
        Destination::External(url) => format!("external {url}"),
        Destination::Asset { collection, path } => format!("asset {collection}/{path}"),
        Destination::Folder { collection, path } => format!("folder {collection}/{path}"),
        Destination::Outside(path) => format!("outside {path}"),
        Destination::Missing => "missing".to_owned(),
    }
}

#[test]
fn a_link_leads_where_a_reader_expects() {
    for (link, expected) in [
        ("[a](same.md)", "playbook/b/same"),
        ("[a](../a/same.md)", "playbook/a/same"),
        ("[a](<../how to/Write Well.md>)", "playbook/how to/Write Well"),
        ("[a](../how%20to/write%20well)", "playbook/how to/Write Well"),
        ("[a](../how%20to/)", "playbook/how to/index"),
        ("[a](../how%20to/Write%20Well.md#two-words)", "playbook/how to/Write Well#two-words"),
        ("[a](../how%20to/Write%20Well.md#Two-Words)", "playbook/how to/Write Well#two-words"),
        ("[a](../how%20to/Write%20Well.md#old)", "playbook/how to/Write Well#old"),
        ("[a](../how%20to/Write%20Well.md#gone)", "playbook/how to/Write Well lacks #gone"),
        ("[a](..)", "playbook/README"),
        ("[a](../a/)", "folder playbook/a"),
        ("[a](../release-1.2)", "playbook/release-1.2"),
        ("[a](/a/same)", "playbook/a/same"),
        ("[a](/corpus/x.md)", "corpus/x"),
        ("[a](../../corpus/x.md)", "corpus/x"),
        ("[a](../../site/docs/guide.html)", "docs/guide"),
        ("[a](cairn://corpus/x)", "corpus/x"),
        ("[a](cairn://corpus/y)", "missing"),
        ("[a](#from)", "playbook/b/from#from"),
        ("[a](#gone)", "playbook/b/from lacks #gone"),
        ("[a](gone.md)", "missing"),
        ("![a](../pics/a%20b.png)", "asset playbook/pics/a b.png"),
        ("![a](/pics/a.png)", "asset playbook/pics/a.png"),
        ("![a](/playbook/pics/a.png)", "asset playbook/pics/a.png"),
        ("![a](/site/docs/a.png)", "asset docs/a.png"),
        ("![a](../../corpus/a.png)", "asset corpus/a.png"),
        ("![a](../../pics/a.png)", "outside pics/a.png"),
        ("![[a.png]]", "asset playbook/b/a.png"),
        ("![[pics/a.png|200]]", "asset playbook/pics/a.png"),
        ("![[./pics/a.png]]", "asset playbook/b/pics/a.png"),
        ("<img src=\"../pics/a.png?raw=true\">", "asset playbook/pics/a.png"),
        ("[a](../../LICENSE)", "outside LICENSE"),
        ("[a](../../../issues/1)", "outside ../../../issues/1"),
        ("[a](https://e.org/x#y)", "external https://e.org/x#y"),
        ("<ada@example.org>", "external mailto:ada@example.org"),
        ("[a](//e.org)", "external //e.org"),
        ("[[same]]", "playbook/b/same"),
        ("[[a/same|text]]", "playbook/a/same"),
        ("[[Write Well#Two Words]]", "playbook/how to/Write Well#two-words"),
        ("[[Writing]]", "playbook/how to/Write Well"),
        ("[[other name]]", "playbook/b/same"),
        ("[[gone]]", "missing"),
        ("![[x]]", "corpus/x"),
        ("[[1]](https://e.org)", "external https://e.org"),
        ("[a]({{< ref \"x.md\" >}})", "corpus/x"),
        ("{{< relref \"guide\" >}}", "docs/guide"),
        ("<a href=\"same.md\">x</a>", "playbook/b/same"),
        ("[a][r]\n\n[r]: same.md", "playbook/b/same"),
    ] {
        assert_eq!(resolved(link), expected, "{link}");
    }
}

#[test]
fn what_a_reader_may_not_see_is_missing() {
    let all = house();
    let public = Names::new(all.iter().filter(|record| record.id.collection() != "corpus"));
    let from = record("playbook/from.md", "[a](../corpus/x.md) [[x]] [b](cairn://corpus/x)");
    assert_ne!(public.resolve(&from, &from.links[1]), Names::new(&all).resolve(&from, &from.links[1]));
    for link in [&from.links[1], &from.links[2]] {
        assert_eq!(public.resolve(&from, link), Destination::Missing);
    }
    // Whether there is a collection of that name is not told either: it is as if it were any other folder.
    assert_eq!(public.resolve(&from, &from.links[0]), Destination::Outside("corpus/x.md".to_owned()));
}
