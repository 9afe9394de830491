//! Which commit a file is said to come from.

use std::sync::atomic::AtomicBool;

use gix_hash::ObjectId;
use proptest::prelude::*;

use super::{Checkout, changes, made};
use crate::history::{Gap, HistoryError, Request, blob_id};

#[test]
fn a_file_belongs_to_the_newest_commit_that_changed_it() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "1"), ("b/c.md", "1"), ("b/d.md", "1")]);
    let second = house.commit(&[first], &[("a.md", "2"), ("b/c.md", "1"), ("b/d.md", "1")]);
    let third = house.commit(&[second], &[("a.md", "2"), ("b/c.md", "3"), ("b/d.md", "1")]);
    house.check_out(third);
    let changes = house.changes();
    assert_eq!([made(&changes, "a.md"), made(&changes, "b/c.md"), made(&changes, "b/d.md")], [second, third, first]);
    let change = changes.get("a.md").unwrap();
    assert_eq!(change.author, "The Author");
    assert_eq!((change.authored_s, change.date().as_str()), (1_700_000_120, "2023-11-14T22:15:20+00:00"));
    assert_eq!((changes.len(), changes.gap(), changes.head().unwrap().0), (3, None, third));
}

#[test]
fn a_merge_that_took_a_file_from_one_side_is_passed_over() {
    let mut house = Checkout::new();
    let base = house.commit(&[], &[("both.md", "0"), ("left.md", "0"), ("right.md", "0"), ("same.md", "0")]);
    let left = house.commit(&[base], &[("both.md", "l"), ("left.md", "l"), ("right.md", "0"), ("same.md", "0")]);
    let right = house.commit(&[base], &[("both.md", "r"), ("left.md", "0"), ("right.md", "r"), ("same.md", "0")]);
    let merge =
        house.commit(&[left, right], &[("both.md", "lr"), ("left.md", "l"), ("right.md", "r"), ("same.md", "0")]);
    house.check_out(merge);
    let changes = house.changes();
    let made = ["both.md", "left.md", "right.md", "same.md"].map(|path| made(&changes, path));
    assert_eq!(made, [merge, left, right, base]);
}

#[test]
fn clocks_that_run_backwards_change_nothing() {
    let house = Checkout::new();
    let base = house.commit_at(9_000, &[], &[("a.md", "0"), ("b.md", "0")]);
    let left = house.commit_at(1_000, &[base], &[("a.md", "l"), ("b.md", "0")]);
    let right = house.commit_at(500, &[base], &[("a.md", "0"), ("b.md", "r")]);
    let merge = house.commit_at(100, &[left, right], &[("a.md", "l"), ("b.md", "r")]);
    house.check_out(merge);
    let changes = house.changes();
    assert_eq!([made(&changes, "a.md"), made(&changes, "b.md")], [left, right]);
}

#[test]
fn a_rename_begins_a_new_history() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("old.md", "text"), ("folder/x.md", "x")]);
    let second = house.commit(&[first], &[("new.md", "text"), ("other/x.md", "x")]);
    house.check_out(second);
    let changes = house.changes();
    assert_eq!([made(&changes, "new.md"), made(&changes, "other/x.md")], [second, second]);
    assert_eq!(changes.get("old.md"), None);
}

#[test]
fn a_file_that_came_back_belongs_to_the_commit_that_brought_it_back() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "text"), ("b.md", "b")]);
    let without = house.commit(&[first], &[("b.md", "b")]);
    let back = house.commit(&[without], &[("a.md", "text"), ("b.md", "b")]);
    house.check_out(back);
    assert_eq!(made(&house.changes(), "a.md"), back);
}

#[test]
fn a_folder_that_was_a_file_and_a_change_of_mode_count_as_changes() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a", "file"), ("run", "plain")]);
    let second = house.commit(&[first], &[("a/x.md", "x"), ("run", "#!plain")]);
    house.check_out(second);
    let changes = house.changes();
    assert_eq!([made(&changes, "a/x.md"), made(&changes, "run")], [second, second]);
}

#[test]
fn bytes_that_are_not_committed_have_no_commit() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "text")]);
    house.check_out(first);
    let changes = house.changes();
    let committed = blob_id(b"text").unwrap();
    assert_eq!(changes.commit_of("a.md", committed).unwrap().commit.0, first);
    assert_eq!(changes.commit_of("a.md", blob_id(b"text, edited").unwrap()), None);
    assert_eq!(changes.commit_of("untracked.md", committed), None);
    assert_eq!(changes.blob("a.md"), Some(committed));
    assert_eq!(blob_id(b"").unwrap().to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

#[test]
fn only_the_files_that_are_wanted_are_followed() {
    let mut house = Checkout::new();
    let files = [("a/x.md", "1"), ("a/x.png", "1"), ("ab/y.md", "1"), ("b/c/z.md", "1"), ("b/d/z.md", "1")];
    let first = house.commit(&[], &files);
    house.check_out(first);
    let stop = AtomicBool::new(false);
    let keep = |path: &str| path.ends_with(".md");
    let request = Request {
        at: None,
        folders: &["a/", "./b/c", "gone"],
        keep: &keep,
        previous: None,
        max_commits: 9,
        stop: &stop,
    };
    let changes = house.repository().last_changes(&request).unwrap();
    let mut paths: Vec<_> = changes.iter().map(|(path, ..)| path).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["a/x.md", "b/c/z.md"]);
}

#[test]
fn a_walk_reads_only_what_is_newer_than_the_last_answer() {
    let mut house = Checkout::new();
    let mut tip = house.commit(&[], &[("a.md", "0"), ("b.md", "b")]);
    for round in 1..50 {
        tip = house.commit(&[tip], &[("a.md", &round.to_string()), ("b.md", "b")]);
    }
    house.check_out(tip);
    let repository = house.repository();
    let old = changes(&repository, None);
    assert!(!repository.head_changed_since(old.head()).unwrap());
    let next = house.commit(&[tip], &[("a.md", "new"), ("b.md", "b"), ("c.md", "c")]);
    let last = house.commit(&[next], &[("a.md", "new"), ("b.md", "b"), ("c.md", "cc")]);
    house.check_out(last);
    assert!(repository.head_changed_since(old.head()).unwrap());
    let new = changes(&repository, Some(&old));
    let made = ["a.md", "b.md", "c.md"].map(|path| made(&new, path));
    assert_eq!(made, [next, old.get("b.md").unwrap().commit.0, last]);
    assert_eq!((old.commits_walked(), new.commits_walked()), (50, 3));
}

#[test]
fn an_old_answer_of_a_rewritten_branch_misleads_nobody() {
    let mut house = Checkout::new();
    let base = house.commit(&[], &[("a.md", "0")]);
    let dropped = house.commit(&[base], &[("a.md", "1")]);
    house.check_out(dropped);
    let old = house.changes();
    let rewritten = house.commit(&[base], &[("a.md", "1")]);
    house.check_out(rewritten);
    assert_eq!(made(&changes(&house.repository(), Some(&old)), "a.md"), rewritten);
}

#[test]
fn a_walk_stops_when_asked_and_at_its_limit() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "0"), ("b.md", "0")]);
    let second = house.commit(&[first], &[("a.md", "1"), ("b.md", "0")]);
    house.check_out(second);
    let stop = AtomicBool::new(false);
    let request =
        |max_commits, stop| Request { at: None, folders: &[""], keep: &|_| true, previous: None, max_commits, stop };
    let changes = house.repository().last_changes(&request(1, &stop)).unwrap();
    assert_eq!((made(&changes, "a.md"), changes.get("b.md"), changes.gap()), (second, None, Some(&Gap::TooOld)));
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let stopped = house.repository().last_changes(&request(9, &stop));
    assert!(matches!(stopped, Err(HistoryError::Stopped)), "{stopped:?}");
}

#[test]
fn a_shallow_clone_does_not_call_its_oldest_commit_the_author_of_everything() {
    let mut house = Checkout::new();
    let left_out = ObjectId::from_hex(b"00000000000000000000000000000000000000aa").unwrap();
    let boundary = house.commit(&[left_out], &[("a.md", "0"), ("b.md", "0")]);
    let second = house.commit(&[boundary], &[("a.md", "1"), ("b.md", "0")]);
    house.check_out(second);
    house.write("shallow", &format!("{boundary}\n"));
    let changes = house.changes();
    assert_eq!((made(&changes, "a.md"), changes.get("b.md"), changes.gap()), (second, None, Some(&Gap::Shallow)));
}

/// Follows one file at a time, by the definition.
fn by_definition(commits: &[(Vec<usize>, Vec<u8>)], file: usize) -> usize {
    let mut at = commits.len() - 1;
    while let Some(parent) = commits[at].0.iter().find(|parent| commits[**parent].1[file] == commits[at].1[file]) {
        at = *parent;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn one_walk_for_all_files_finds_what_a_walk_for_each_file_finds(
        plan in prop::collection::vec((any::<u16>(), any::<u16>(), 0_usize..12, 0_u8..3, 0_i64..100), 2..40),
        cut in any::<u16>(),
    ) {
        let paths: Vec<String> = (0..12).map(|n| ["", "a/", "a/b/", "c.d/"][n % 4].to_owned() + &n.to_string()).collect();
        let house = Checkout::new();
        let mut commits: Vec<(Vec<usize>, Vec<u8>)> = Vec::new();
        let mut ids: Vec<ObjectId> = Vec::new();
        for (left, right, file, value, time_s) in plan {
            let (mut parents, mut values) = (Vec::new(), vec![0; 12]);
            if !commits.is_empty() {
                let near = commits.len().saturating_sub(1 + usize::from(left) % 2);
                parents.push(near);
                values.clone_from(&commits[near].1);
                let other = usize::from(right) % (commits.len() * 2);
                if other < commits.len() && other != near {
                    parents.push(other);
                    for (at, value) in values.iter_mut().enumerate().filter(|(at, _)| at % 3 == 0) {
                        *value = commits[other].1[at];
                    }
                }
            }
            values[file] = value;
            let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            let files: Vec<_> = paths.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
            let over: Vec<ObjectId> = parents.iter().map(|at| ids[*at]).collect();
            ids.push(house.commit_at(time_s, &over, &files));
            commits.push((parents, values));
        }
        let repository = house.repository();
        let cut = usize::from(cut) % ids.len();
        house.check_out(ids[cut]);
        let old = changes(&repository, None);
        house.check_out(ids[ids.len() - 1]);
        for found in [changes(&repository, None), changes(&repository, Some(&old))] {
            for (file, path) in paths.iter().enumerate() {
                prop_assert_eq!(made(&found, path), ids[by_definition(&commits, file)], "{}", path);
            }
        }
    }
}
