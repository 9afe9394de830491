//! Where a repository is found, and what was in it at a revision.

use std::sync::atomic::AtomicBool;

use gix_object::Kind;

use super::{Checkout, changes, made};
use crate::history::repository::unsupported_format;
use crate::history::revision::{Step, split};
use crate::history::{HistoryError, Repository, Request, blob_id};

#[test]
fn a_folder_below_the_top_sees_its_own_paths() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("docs/hand book/a.md", "a"), ("docs/hand book/in/b.md", "b"), ("docs/c.md", "c")]);
    house.check_out(first);
    std::fs::create_dir_all(house.root().join("docs/hand book")).unwrap();
    let repository = Repository::discover(&house.root().join("docs/hand book")).unwrap().unwrap();
    assert_eq!(repository.prefix(), "docs/hand book");
    let found = changes(&repository, None);
    assert_eq!([made(&found, "a.md"), made(&found, "in/b.md")], [first, first]);
    assert_eq!(found.len(), 2);
    let stop = AtomicBool::new(false);
    let request = Request { at: None, folders: &["in"], keep: &|_| true, previous: None, max_commits: 9, stop: &stop };
    assert_eq!(repository.last_changes(&request).unwrap().len(), 1);
    assert_eq!(repository.tree_at("HEAD").unwrap().files("in").unwrap().len(), 1);
}

#[test]
fn a_linked_worktree_has_its_own_head() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "a")]);
    let second = house.commit(&[first], &[("a.md", "b")]);
    house.check_out(second);
    let linked = tempfile::tempdir().unwrap();
    let private = house.git("worktrees/linked");
    std::fs::create_dir_all(&private).unwrap();
    std::fs::write(linked.path().join(".git"), format!("gitdir: {}\n", private.display())).unwrap();
    std::fs::write(private.join("gitdir"), format!("{}/.git\n", linked.path().display())).unwrap();
    std::fs::write(private.join("commondir"), "../..\n").unwrap();
    std::fs::write(private.join("HEAD"), "ref: refs/heads/side\n").unwrap();
    house.write("refs/heads/side", &format!("{first}\n"));
    let repository = Repository::discover(linked.path()).unwrap().unwrap();
    assert_eq!(repository.head().unwrap().unwrap().0, first);
    assert_eq!(made(&changes(&repository, None), "a.md"), first);
    assert_eq!(made(&house.changes(), "a.md"), second);
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let mut inner = Checkout::new();
    let first = inner.commit(&[], &[("a.md", "a")]);
    inner.check_out(first);
    let outer = Checkout::new();
    let folder = outer.root().join("parts/inner");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir_all(outer.git("modules")).unwrap();
    std::fs::rename(inner.git(""), outer.git("modules/inner")).unwrap();
    std::fs::write(folder.join(".git"), "gitdir: ../../.git/modules/inner\n").unwrap();
    let repository = Repository::discover(&folder).unwrap().unwrap();
    assert_eq!(made(&changes(&repository, None), "a.md"), first);
}

#[test]
fn no_repository_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Repository::discover(folder.path()).unwrap().is_none());
    let house = Checkout::new();
    assert!(Repository::discover(&house.git("objects")).unwrap().is_none(), "a git folder is nobody's corpus");
}

#[test]
fn a_branch_without_a_commit_has_no_head_and_no_changes() {
    let house = Checkout::new();
    let repository = house.repository();
    assert_eq!(repository.head().unwrap(), None);
    let changes = changes(&repository, None);
    assert!(changes.is_empty() && changes.head().is_none() && changes.gap().is_none());
    assert!(matches!(repository.tree_at("HEAD"), Err(HistoryError::Unborn)));
}

#[test]
fn formats_that_are_not_read_are_named() {
    let cases = [
        ("[core]\n\tbare = false\n", None),
        ("[extensions]\n\tobjectFormat = sha256\n", Some("object format sha256")),
        ("[Extensions]\n objectformat=\"SHA1\" # the old one\n refStorage = files\n", None),
        ("[extensions]\nrefstorage = reftable ; new\n", Some("ref storage reftable")),
        ("[extensions]\nworktreeConfig = true\n[remote \"x\"]\nobjectformat = sha256\n", None),
    ];
    for (config, want) in cases {
        assert_eq!(unsupported_format(config).as_deref(), want, "{config}");
    }
    let house = Checkout::new();
    house.write("config", "[extensions]\n\tobjectformat = sha256\n");
    let refused = Repository::discover(house.root()).unwrap_err();
    assert!(refused.to_string().contains("object format sha256"), "{refused}");
}

#[test]
fn head_is_found_in_packed_refs_and_when_it_is_detached() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "a")]);
    house.write("packed-refs", &format!("# pack-refs with: peeled fully-peeled sorted \n{first} refs/heads/main\n"));
    assert_eq!(house.repository().head().unwrap().unwrap().0, first);
    std::fs::remove_file(house.git("packed-refs")).unwrap();
    house.write("HEAD", &format!("{first}\n"));
    assert_eq!(house.repository().head().unwrap().unwrap().0, first);
}

#[test]
fn the_corpus_can_be_read_as_it_was() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "old"), ("gone/b.md", "b")]);
    let side = house.commit(&[first], &[("a.md", "side")]);
    let second = house.commit(&[first], &[("a.md", "new")]);
    let merge = house.commit(&[second, side], &[("a.md", "merged")]);
    house.check_out(merge);
    let tag = format!("object {first}\ntype commit\ntag v1\ntagger A <a@example.org> 1 +0000\n\nwords\n");
    let tag = house.object(Kind::Tag, tag.as_bytes());
    house.write("refs/tags/v1", &format!("{tag}\n"));
    let repository = house.repository();
    let (whole, short) = (first.to_string(), first.to_hex_with_len(12).to_string());
    for (revision, text) in [
        ("HEAD", "merged"),
        ("main", "merged"),
        ("@~", "new"),
        ("main~2", "old"),
        ("main^2", "side"),
        ("HEAD^2~1^0", "old"),
        ("v1", "old"),
        ("refs/tags/v1", "old"),
        (&whole, "old"),
        (&short, "old"),
    ] {
        let tree = repository.tree_at(revision).unwrap();
        let files = tree.files("").unwrap();
        assert_eq!(files[0].0, "a.md");
        assert_eq!(String::from_utf8(tree.read(files[0].1).unwrap()).unwrap(), text, "{revision}");
    }
    let old = repository.tree_at("v1").unwrap();
    assert_eq!(old.files("gone").unwrap(), [("gone/b.md".to_owned(), blob_id(b"b").unwrap())]);
    assert_eq!((old.commit().commit.0, old.commit().author.as_str()), (first, "The Author"));
    for unknown in
        ["", "nobody", "main~9", "main^3", "HEAD~x", "--all", "HEAD:a.md", "../x", "main~99999999999999999999"]
    {
        let error = repository.tree_at(unknown).unwrap_err();
        assert!(matches!(error, HistoryError::UnknownRevision { .. }), "{unknown}: {error:?}");
    }
}

#[test]
fn a_revision_is_a_name_and_steps() {
    assert_eq!(split("main~2^^2"), Some(("main", vec![Step::Back(2), Step::Parent(1), Step::Parent(2)])));
    assert_eq!(split("é~"), Some(("é", vec![Step::Back(1)])));
    assert_eq!(split("main~2x"), None);
}
