//! What is set aside answers as readers do, sees nobody's private text without a grant, and leaves nothing behind.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Aside, Means};
use crate::access::{CollectionName, Principal, Visibility};
use crate::corpus::{SourceFile, SourcePath};
use crate::embed::StaticModel;
use crate::library::LibraryError;
use crate::library::wire::SearchRequest;

fn means(scratch: &Path) -> Means {
    Means::new(Arc::new(StaticModel::new().unwrap()), scratch.to_owned())
}

fn file(collection: &str, path: &str, text: &str, visibility: Visibility) -> (SourceFile, Visibility) {
    let collection = CollectionName::parse(collection).unwrap();
    let file = SourceFile { collection, path: SourcePath::new(path), bytes: text.as_bytes().to_vec(), modified_ns: 0 };
    (file, visibility)
}

fn files() -> Vec<(SourceFile, Visibility)> {
    vec![
        file("playbook", "kite.md", "# Kite\n\nThe kite rises against the wind.\n", Visibility::Public),
        file("playbook", "hidden.md", "---\nprivate: true\n---\n# Hidden kite\n\nA kite for us.\n", Visibility::Public),
        file("corpus", "plan.md", "# Plan\n\nThe plan for the kite.\n", Visibility::Private),
        file("corpus", "evalset/q.md", "# Questions\n\nWhere is the kite?\n", Visibility::Private),
    ]
}

#[test]
fn a_stranger_gets_the_public_shelf_and_the_owner_all_of_them_and_nothing_is_left_on_disk() {
    let scratch = tempfile::tempdir().unwrap();
    let means = Means { apart: vec!["evalset".to_owned()], ..means(scratch.path()) };
    let aside = Aside::of_files(files(), &means).unwrap();
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0, "only open files hold it");

    let query = SearchRequest { query: "kite".to_owned(), ..SearchRequest::default() }.parse(100).unwrap();
    let public = aside.search_public(&query).unwrap();
    let ids: Vec<_> = public.passages.iter().map(|passage| passage.citation.document.to_string()).collect();
    assert_eq!(ids, ["playbook/kite"]);
    assert!(public.passages[0].text.contains("against the wind"));

    let owner = Principal::local_owner().private().unwrap();
    let ids = |only: Option<&[String]>| {
        let answer = aside.search_private(&owner, only, &query).unwrap();
        let mut ids: Vec<_> = answer.passages.iter().map(|passage| passage.citation.document.to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(None), ["corpus/plan", "playbook/hidden", "playbook/kite"]);
    assert_eq!(ids(Some(&["corpus".to_owned()])), ["corpus/plan", "playbook/kite"]);
    let apart: Vec<_> = aside.apart(&owner).map(|(record, text)| (record.id.as_str(), text.len())).collect();
    assert_eq!(apart, [("corpus/evalset/q", 32)]);
}

#[test]
fn a_build_that_is_stopped_or_fails_leaves_nothing_behind() {
    let scratch = tempfile::tempdir().unwrap();
    let means = means(scratch.path());
    means.stop.store(true, Ordering::Relaxed);
    assert!(matches!(Aside::of_files(files(), &means), Err(LibraryError::Stopped)));
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    let nowhere = Means { scratch: scratch.path().join("none"), ..means };
    assert!(matches!(Aside::of_files(files(), &nowhere), Err(LibraryError::File { .. })));
}
