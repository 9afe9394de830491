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

/// Where a link of `docs/from.md` leads, among documents of `docs` with these paths.
fn among(paths: &[&str], link: &str) -> Option<String> {
    let records: Vec<_> = paths.iter().map(|path| record(&format!("docs/{path}"), "text")).collect();
    let from = record("docs/from.md", link);
    match Names::new(&records).resolve(&from, &from.links[0]) {
        Destination::Document { id, .. } => Some(id.path().to_owned()),
        _ => None,
    }
}

#[test]
fn a_link_finds_a_file_whatever_its_extension_is() {
    for path in ["x.markdown", "x.mdx", "x.MD", "x.md"] {
        let id = DocumentId::path_of(path);
        for link in [
            "[a](x)",
            "[a](x.html)",
            "[a](x.md)",
            "[a](x.markdown)",
            "[a](X.mdx)",
            "[[x]]",
            "[[x.md]]",
            "[[docs/x.txt]]",
        ] {
            assert_eq!(among(&[path], link).as_deref(), Some(id), "{link} to {path}");
        }
        let link = format!("[a](cairn://docs/{path})");
        assert_eq!(among(&[path], &link).as_deref(), Some(id), "{link}");
    }
    for path in ["a/README.markdown", "a/index.mdx", "a/_index.md", "a/Index.MD"] {
        let id = DocumentId::path_of(path);
        for link in ["[a](a)", "[a](a/)", "[a](a/#)", &format!("[a]({path})")] {
            assert_eq!(among(&[path], link).as_deref(), Some(id), "{link} to {path}");
        }
    }
    for link in ["[a](y)", "[a](x.png)", "[a](x.md/)", "[a](xx)", "[[y]]"] {
        let expected = (link == "[a](x.md/)").then_some("x.mdx");
        assert_eq!(among(&["x.mdx"], link).as_deref(), expected, "{link}");
    }
}

#[test]
fn of_files_that_differ_in_their_extension_a_link_finds_the_one_it_writes() {
    let all = ["x.md", "x.markdown", "x.mdx", "x.MD", "y.txt", "y.markdown", "z.md", "z.md.md", "z.txt.md", "z.txt"];
    for (link, expected) in [
        ("[a](x.md)", "x"),
        ("[a](x.MD)", "x.MD"),
        ("[a](x.markdown)", "x.markdown"),
        ("[a](x.mdx)", "x.mdx"),
        ("[a](x)", "x"),
        ("[a](x.html)", "x"),
        ("[a](x.txt)", "x"),
        ("[[x]]", "x"),
        ("[[x.mdx]]", "x.mdx"),
        ("[[x.md]]", "x"),
        ("[a](y)", "y.markdown"),
        ("[a](y.md)", "y.markdown"),
        ("[a](y.txt)", "y.txt"),
        ("[a](z.md)", "z"),
        ("[a](z.md.md)", "z.md"),
        ("[a](cairn://docs/z.md)", "z.md"),
        ("[a](cairn://docs/z)", "z"),
        ("[a](z.txt)", "z.txt"),
        ("[a](z.txt.md)", "z.txt.md"),
    ] {
        assert_eq!(among(&all, link).as_deref(), Some(expected), "{link}");
        let turned: Vec<&str> = all.iter().rev().copied().collect();
        assert_eq!(among(&turned, link).as_deref(), Some(expected), "{link}, the other way round");
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
