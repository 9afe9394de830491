//! Repositories that are not whole.

use gix_hash::ObjectId;
use gix_object::Kind;

use super::{Checkout, changes, loose, made};
use crate::history::{BlobId, Gap, HistoryError, Repository};

/// Overwrites an object; git makes them read-only.
fn spoil(house: &Checkout, id: ObjectId, bytes: &[u8]) {
    let path = loose(house, id);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_git_folder_that_is_no_repository_is_named() {
    for (name, text) in [(".git/HEAD", "ref: refs/heads/main\n"), (".git", "gitdir: /nowhere/at/all\n"), (".git", "?")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        let error = Repository::discover(folder.path()).unwrap_err();
        assert!(matches!(&error, HistoryError::Broken { path, .. } if path.ends_with(".git")), "{error:?}");
    }
}

#[test]
fn a_missing_or_damaged_commit_leaves_a_gap_and_nothing_else() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "0"), ("b.md", "0")]);
    let second = house.commit(&[first], &[("a.md", "1"), ("b.md", "0")]);
    let third = house.commit(&[second], &[("a.md", "1"), ("b.md", "0"), ("c.md", "0")]);
    house.check_out(third);
    spoil(&house, first, b"not an object");
    let found = house.changes();
    assert_eq!([made(&found, "c.md"), made(&found, "a.md")], [third, ObjectId::null(gix_hash::Kind::Sha1)]);
    assert!(matches!(found.gap(), Some(Gap::Unreadable { what }) if what.contains(&first.to_string())), "{found:?}");
    std::fs::remove_file(loose(&house, first)).unwrap();
    let found = house.changes();
    assert!(matches!(found.gap(), Some(Gap::Unreadable { what }) if what.ends_with("commit is missing")), "{found:?}");
    // Once the commit is there again, the last answer does not stand in the way.
    let same = house.commit_at(1_700_000_060, &[], &[("a.md", "0"), ("b.md", "0")]);
    assert_eq!(same, first);
    let whole = changes(&house.repository(), Some(&found));
    assert_eq!([made(&whole, "a.md"), made(&whole, "b.md")], [second, first]);
}

#[test]
fn damage_at_head_is_an_error() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "0")]);
    house.check_out(first);
    let tree = house.tree(&[("a.md", "0")]);
    let blob = house.object(Kind::Blob, b"0");
    spoil(&house, blob, b"");
    let repository = house.repository();
    assert!(repository.tree_at("HEAD").unwrap().read(BlobId(blob)).is_err());
    assert!(repository.tree_at("HEAD").unwrap().read(BlobId(tree)).is_err(), "a tree is no content");
    for id in [tree, first] {
        spoil(&house, id, b"x\x01\x02\x03");
        let error = repository.tree_at("HEAD").and_then(|tree| tree.files("")).unwrap_err();
        assert!(error.to_string().contains(&id.to_string()), "{error}");
    }
    house.write("refs/heads/main", "what is this?\n");
    assert!(matches!(repository.head(), Err(HistoryError::Ref { .. })));
    house.write("refs/heads/main", "ref: refs/heads/main\n");
    assert!(matches!(repository.head(), Err(HistoryError::Ref { .. })));
}

#[test]
fn objects_of_any_bytes_are_errors_and_no_panic() {
    let house = Checkout::new();
    let whole = house.commit_of(house.tree(&[("a.md", "0")]), 9, &[]);
    let tree = house.tree(&[("a.md", "0"), ("b/c.md", "0")]);
    let mut buffer = Vec::new();
    let bytes = |id: ObjectId, buffer: &mut Vec<u8>| {
        use gix_object::Find as _;
        house.objects.try_find(&id, buffer).unwrap().unwrap().data.to_vec()
    };
    let (commit, tree) = (bytes(whole, &mut buffer), bytes(tree, &mut buffer));
    for cut in 0..commit.len() {
        let id = house.object(Kind::Commit, &commit[..cut]);
        house.check_out(id);
        drop(house.repository().tree_at("HEAD").map(|tree| tree.files("")));
    }
    for at in 0..tree.len() {
        for change in [0, b' ', b'/', 0xff] {
            let mut bytes = tree.clone();
            bytes[at] = change;
            let child = house.commit_of(house.object(Kind::Tree, &bytes), 9, &[whole]);
            house.check_out(child);
            let repository = house.repository();
            drop(repository.tree_at("HEAD").map(|tree| tree.files("")));
            let stop = std::sync::atomic::AtomicBool::new(false);
            let request = super::Request {
                at: None,
                folders: &[""],
                keep: &|_| true,
                previous: None,
                max_commits: 9,
                stop: &stop,
            };
            drop(repository.last_changes(&request));
        }
    }
}

#[test]
fn folders_without_end_are_cut_off() {
    let house = Checkout::new();
    let path = "d/".repeat(200) + "deep.md";
    let first = house.commit_at(9, &[], &[(&path, "x"), ("a.md", "y")]);
    house.check_out(first);
    assert_eq!((house.changes().len(), made(&house.changes(), "a.md")), (1, first));
}
