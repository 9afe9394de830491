//! Which commits between a revision and HEAD touched some files.

use super::Checkout;
use crate::history::{Between, MAX_COMMITS, blob_id};

fn between(house: &Checkout, revision: &str, paths: &[&str]) -> Between {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    house.repository().between(revision, &paths, MAX_COMMITS).unwrap()
}

fn touched(between: &Between) -> Vec<(String, String)> {
    between.commits.iter().map(|touch| (touch.change.commit.to_string(), touch.paths.join(" "))).collect()
}

#[test]
fn only_commits_that_touched_the_files_are_named_newest_first() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("docs/a.md", "a1"), ("docs/b.md", "b1")]);
    let second = house.commit(&[first], &[("docs/a.md", "a2"), ("docs/b.md", "b1")]);
    let third = house.commit(&[second], &[("docs/a.md", "a2"), ("docs/b.md", "b2")]);
    let fourth = house.commit(&[third], &[("docs/a.md", "a3"), ("docs/b.md", "b3"), ("docs/c.md", "c")]);
    house.check_out(fourth);
    let found = between(&house, &first.to_string(), &["docs/a.md", "docs/c.md", "docs/none.md"]);
    assert_eq!(
        touched(&found),
        [(fourth.to_string(), "docs/a.md docs/c.md".to_owned()), (second.to_string(), "docs/a.md".to_owned())]
    );
    assert!(found.whole && found.commits[0].subject == "words" && found.commits[0].change.author == "The Author");
    assert_eq!(found.at_head.get("docs/a.md").copied(), blob_id(b"a3"));
    assert_eq!(found.at_head.get("docs/none.md"), None);
    assert!(between(&house, "HEAD", &["docs/a.md"]).commits.is_empty());
}

#[test]
fn a_merge_is_not_named_for_what_a_side_did_and_the_other_branch_is_left_out() {
    let mut house = Checkout::new();
    let base = house.commit(&[], &[("a.md", "a1"), ("b.md", "b1")]);
    let side = house.commit(&[base], &[("a.md", "a2"), ("b.md", "b1")]);
    let main = house.commit(&[base], &[("a.md", "a1"), ("b.md", "b2")]);
    let merge = house.commit(&[main, side], &[("a.md", "a2"), ("b.md", "b2")]);
    house.check_out(merge);
    let since_base = between(&house, &base.to_string(), &["a.md", "b.md"]);
    assert_eq!(touched(&since_base), [(main.to_string(), "b.md".to_owned()), (side.to_string(), "a.md".to_owned())]);
    let since_side = between(&house, &side.to_string(), &["a.md", "b.md"]);
    assert_eq!(touched(&since_side), [(main.to_string(), "b.md".to_owned())]);
}

#[test]
fn a_walk_that_is_too_long_says_so() {
    let mut house = Checkout::new();
    let mut last = house.commit(&[], &[("a.md", "0")]);
    let first = last;
    for text in ["1", "2", "3", "4", "5", "6"] {
        last = house.commit(&[last], &[("a.md", text)]);
    }
    house.check_out(last);
    let found = house.repository().between(&first.to_string(), &["a.md".to_owned()], 4).unwrap();
    assert!(!found.whole && found.commits.len() < 6 && !found.commits.is_empty());
}
