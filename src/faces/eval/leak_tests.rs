//! What leaks and what does not.

use std::sync::Arc;

use super::leaks;
use crate::access::{CollectionName, Keyring, Visibility};
use crate::corpus::{SourceFile, SourcePath};
use crate::embed::StaticModel;
use crate::eval::read_document;
use crate::library::{Aside, Means};

const SECRET: &str = "# Margins\n\n## Floor\n\nThe floor of the margin is eleven parts in a hundred, and nobody outside may know.\n\n## Why\n\nBecause.\n";

fn aside(files: &[(&str, &str, &str)]) -> Aside {
    let scratch = tempfile::tempdir().unwrap();
    let files = files.iter().map(|(collection, path, text)| {
        let visibility = if *collection == "corpus" { Visibility::Private } else { Visibility::Public };
        let collection = CollectionName::parse(collection).unwrap();
        let (path, bytes) = (SourcePath::new(path), text.as_bytes().to_vec());
        (SourceFile { collection, path, bytes, modified_ns: 0 }, visibility)
    });
    let means = Means::new(Arc::new(StaticModel::new().unwrap()), scratch.path().to_owned());
    Aside::of_files(files, &means).unwrap()
}

fn found(must_not: &str, now: &Aside, before: Option<&Aside>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut keyring = Keyring::open(&folder.path().join("tokens.json")).unwrap();
    let secret = keyring.make_admin("test", 0).unwrap();
    let owner = keyring.verify(&secret, 0).unwrap().private().unwrap();
    let text = format!("```yaml\n- query: what margin\n  must_not: [{must_not}]\n```\n");
    let set = read_document("q", "q.md", &text).unwrap();
    let told = leaks(&[set], now, before, &owner);
    told.iter().map(|leak| format!("{} in {} {:?}", leak.name, leak.document, leak.lines.map(|l| l.first))).collect()
}

#[test]
fn a_private_document_that_stays_private_does_not_leak_and_its_copy_does() {
    let closed = aside(&[("corpus", "margins.md", SECRET), ("playbook", "prices.md", "# Prices\n\nAsk us.\n")]);
    assert!(found("corpus/margins, corpus/margins#floor, playbook/prices", &closed, None).is_empty());
    let copied = SECRET.replace("# Margins", "# Prices");
    let open = aside(&[("corpus", "margins.md", SECRET), ("playbook", "prices.md", &copied)]);
    assert_eq!(found("corpus/margins", &open, None), ["corpus/margins in playbook/prices Some(5)"]);
    assert_eq!(found("'corpus/margins#floor'", &open, None), ["corpus/margins#floor in playbook/prices Some(5)"]);
    assert!(found("'corpus/margins#why'", &open, None).is_empty(), "a word or two stand anywhere");
}

#[test]
fn a_document_that_was_private_or_is_said_to_be_leaks_when_it_is_on_the_public_shelf() {
    let hidden = format!("---\nprivate: true\n---\n{SECRET}");
    let before = aside(&[("playbook", "margins.md", &hidden)]);
    let now = aside(&[("playbook", "margins.md", SECRET)]);
    assert!(found("playbook/margins", &now, None).is_empty(), "nobody says that it is private");
    assert_eq!(found("playbook/margins", &now, Some(&before)), ["playbook/margins in playbook/margins None"]);
    let said = "{id: playbook/margins, private: true}";
    assert_eq!(found(said, &now, None), ["playbook/margins in playbook/margins None"]);
    let moved = aside(&[("playbook", "open.md", SECRET)]);
    assert_eq!(found("playbook/margins", &moved, Some(&before)), ["playbook/margins in playbook/open Some(5)"]);
}
