//! Which commit a line is said to come from, beside git's own answer.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::AtomicBool;

use gix_hash::ObjectId;
use proptest::prelude::*;

use super::Checkout;
use crate::history::{CommitId, Gap, HistoryError, LineRequest, Lineage, Origin, Repository, Stretch, blob_id};

static NEVER: AtomicBool = AtomicBool::new(false);

/// Every file is a document; those of `public/` are public.
fn request<'a>(previous: Option<&'a Lineage>, stop: &'a AtomicBool) -> LineRequest<'a> {
    let public = &|path: &str| path.starts_with("public/");
    LineRequest { at: None, folders: &[""], keep: &|_| true, only: None, public, previous, max_commits: 10_000, stop }
}

fn lineage(repository: &Repository, previous: Option<&Lineage>) -> Lineage {
    repository.lineage(&request(previous, &NEVER)).unwrap()
}

/// The commit of each line; null where it is not known.
fn of_lines(stretches: &[Stretch]) -> Vec<ObjectId> {
    let null = ObjectId::null(gix_hash::Kind::Sha1);
    let commit = |stretch: &Stretch| match &stretch.origin {
        Origin::Commit(change) => change.commit.0,
        Origin::Uncommitted | Origin::Unknown => null,
    };
    stretches.iter().flat_map(|stretch| vec![commit(stretch); (stretch.last + 1 - stretch.first) as usize]).collect()
}

/// What git says of each line of a file at HEAD.
fn git_blame(house: &Checkout, path: &str) -> Vec<ObjectId> {
    let mut git = Command::new("git");
    git.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("GIT_CONFIG_NOSYSTEM", "1");
    git.args(["-c", "safe.directory=*", "blame", "--line-porcelain", "HEAD", "--", path]);
    let output = git.current_dir(house.root()).output().expect("git is installed");
    let (text, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{complaint}");
    let header = |line: &str| {
        let (id, rest) = line.split_once(' ')?;
        let numbers = rest.split(' ').all(|number| number.parse::<u32>().is_ok());
        ObjectId::from_hex(id.as_bytes()).ok().filter(|_| numbers)
    };
    text.lines().filter_map(header).collect()
}

#[test]
fn a_line_belongs_to_the_commit_that_wrote_it_and_a_span_to_the_newest_of_its_lines() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "one\ntwo\nthree\n")]);
    let second = house.commit(&[first], &[("a.md", "one\ntwo\nthree\nfour\n")]);
    let third = house.commit(&[second], &[("a.md", "zero\none\ntwo\nthree\nfour\n")]);
    house.check_out(third);
    let lineage = lineage(&house.repository(), None);
    assert_eq!(of_lines(&lineage.stretches("a.md").unwrap()), [third, first, first, first, second]);
    let blob = blob_id(b"zero\none\ntwo\nthree\nfour\n").unwrap();
    let newest = |first, last| lineage.newest("a.md", blob, first, last).unwrap().commit.0;
    assert_eq!([newest(1, 1), newest(2, 4), newest(4, 5), newest(1, 5)], [third, first, second, third]);
    assert_eq!(lineage.newest("a.md", blob_id(b"other").unwrap(), 1, 1), None);
    assert_eq!((lineage.gap(), lineage.commits_walked()), (None, 3));
}

#[test]
fn a_line_that_was_put_back_belongs_to_the_commit_that_put_it_back() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "one\ntwo\n")]);
    let without = house.commit(&[first], &[("a.md", "one\n")]);
    let back = house.commit(&[without], &[("a.md", "one\ntwo\n")]);
    house.check_out(back);
    assert_eq!(of_lines(&lineage(&house.repository(), None).stretches("a.md").unwrap()), [first, back]);
}

#[test]
fn of_a_public_page_only_its_public_past_counts() {
    let text = "one\ntwo\nthree\nfour\n";
    let hidden = format!("---\nvisibility: private\n---\n{text}");
    for before in [("private/a.md", text), ("public/a.md", hidden.as_str())] {
        let mut house = Checkout::new();
        let first = house.commit(&[], &[before]);
        let second = house.commit(&[first], &[("public/a.md", text)]);
        let third = house.commit(&[second], &[("public/b.md", "one\ntwo\nthree\nfour\nfive\n")]);
        house.check_out(third);
        let repository = house.repository();
        let public = lineage(&repository, None);
        assert_eq!(of_lines(&public.stretches("public/b.md").unwrap()), [second, second, second, second, third]);
        let all = LineRequest { public: &|_| false, ..request(None, &NEVER) };
        let all = repository.lineage(&all).unwrap();
        assert_eq!(of_lines(&all.stretches("public/b.md").unwrap()), [first, first, first, first, third]);
    }
}

#[test]
fn lines_on_disk_that_no_commit_has_are_uncommitted() {
    let mut house = Checkout::new();
    let first = house.commit(&[], &[("a.md", "one\ntwo\n")]);
    house.check_out(first);
    let repository = house.repository();
    let (stretches, gap) = repository.lines_of("a.md", Some(b"one\nnew\ntwo\n"), &request(None, &NEVER)).unwrap();
    let origins: Vec<_> =
        stretches.iter().map(|stretch| (stretch.first, stretch.origin == Origin::Uncommitted)).collect();
    assert_eq!((origins, gap), (vec![(1, false), (2, true), (3, false)], None));
    let (stretches, _) = repository.lines_of("b.md", Some(b"one\n"), &request(None, &NEVER)).unwrap();
    assert_eq!(stretches, [Stretch { first: 1, last: 1, origin: Origin::Uncommitted }]);
}

#[test]
fn where_a_shallow_clone_or_the_walk_ends_lines_are_of_no_known_commit() {
    let mut house = Checkout::new();
    let left_out = ObjectId::from_hex(b"00000000000000000000000000000000000000aa").unwrap();
    let boundary = house.commit(&[left_out], &[("a.md", "one\n")]);
    let second = house.commit(&[boundary], &[("a.md", "one\ntwo\n")]);
    house.check_out(second);
    let null = ObjectId::null(gix_hash::Kind::Sha1);
    let limited = LineRequest { max_commits: 1, ..request(None, &NEVER) };
    let limited = house.repository().lineage(&limited).unwrap();
    assert_eq!(
        (of_lines(&limited.stretches("a.md").unwrap()), limited.gap()),
        (vec![null, second], Some(&Gap::TooOld))
    );
    house.write("shallow", &format!("{boundary}\n"));
    let shallow = lineage(&house.repository(), None);
    assert_eq!(
        (of_lines(&shallow.stretches("a.md").unwrap()), shallow.gap()),
        (vec![null, second], Some(&Gap::Shallow))
    );
    let blob = blob_id(b"one\ntwo\n").unwrap();
    assert_eq!(shallow.newest("a.md", blob, 1, 1), None);
    assert_eq!(shallow.newest("a.md", blob, 1, 2).unwrap().commit, CommitId(second));
    let stop = AtomicBool::new(true);
    assert!(matches!(house.repository().lineage(&request(None, &stop)), Err(HistoryError::Stopped)));
}

/// A file: its name, and its lines, which keep their order whatever is done to them.
type File = (String, BTreeSet<u32>);

fn text(lines: &BTreeSet<u32>) -> String {
    lines.iter().map(|line| format!("this is line {line} of the file\n")).collect()
}

/// What a commit does.
#[derive(Debug, Clone)]
enum Step {
    Edit { file: usize, add: Vec<u32>, remove: Vec<usize> },
    Rename { file: usize, add: Vec<u32> },
    Revert { file: usize, to: usize },
    Merge { other: usize, coins: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let lines = |most| prop::collection::vec(0_u32..100_000, 0..most);
    let edit = (0_usize..2, lines(5), prop::collection::vec(0_usize..50, 0..4));
    prop_oneof![
        4 => edit.prop_map(|(file, add, remove)| Step::Edit { file, add, remove }),
        1 => (0_usize..2, lines(2)).prop_map(|(file, add)| Step::Rename { file, add }),
        1 => (0_usize..2, any::<usize>()).prop_map(|(file, to)| Step::Revert { file, to }),
        3 => (any::<usize>(), any::<u64>()).prop_map(|(other, coins)| Step::Merge { other, coins }),
    ]
}

fn after(step: &Step, at: usize, near: usize, made: &[[File; 2]]) -> ([File; 2], Vec<usize>) {
    let (mut files, mut parents) = (made[near].clone(), vec![near]);
    match step {
        Step::Edit { file, add, remove } => {
            let lines = &mut files[*file].1;
            for place in remove {
                let line = lines.iter().nth(*place).copied();
                line.map(|line| lines.remove(&line));
            }
            lines.extend(add);
        }
        Step::Rename { file, add } => {
            files[*file].0 = format!("folder{}/{at}.md", at % 3);
            files[*file].1.extend(add);
        }
        Step::Revert { file, to } => files[*file].1 = made[to % made.len()][*file].1.clone(),
        Step::Merge { other, coins } => {
            let other = other % made.len();
            if other != near {
                parents.push(other);
                for (file, theirs) in files.iter_mut().zip(&made[other]) {
                    let apart: Vec<u32> = file.1.symmetric_difference(&theirs.1).copied().collect();
                    let kept = apart.iter().zip(0_u32..).filter(|(_, coin)| coins >> (coin % 64) & 1 == 1);
                    let kept: Vec<u32> = kept.map(|(line, _)| *line).collect();
                    file.1.retain(|line| !apart.contains(line));
                    file.1.extend(kept);
                }
            }
        }
    }
    (files, parents)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_line_has_the_commit_that_git_blame_gives_it(
        plan in prop::collection::vec((step(), 0_usize..3), 2..30),
        cut in any::<usize>(),
    ) {
        let mut house = Checkout::new();
        let first = [("a.md", 0..40_u32), ("folder0/b.md", 50..90)];
        let first = first.map(|(name, lines)| (name.to_owned(), lines.map(|line| line * 1_000).collect::<BTreeSet<_>>()));
        let (mut made, mut ids): (Vec<[File; 2]>, Vec<ObjectId>) = (Vec::new(), Vec::new());
        for at in 0..=plan.len() {
            let (files, parents) = match at.checked_sub(1) {
                None => (first.clone(), Vec::new()),
                Some(last) => {
                    let (step, back) = &plan[last];
                    after(step, at, (at - 1).saturating_sub(*back), &made)
                }
            };
            let texts = files.clone().map(|(name, lines)| (name, text(&lines)));
            let written = [(texts[0].0.as_str(), texts[0].1.as_str()), (texts[1].0.as_str(), texts[1].1.as_str())];
            let over: Vec<ObjectId> = parents.iter().map(|at| ids[*at]).collect();
            ids.push(house.commit(&over, &written));
            made.push(files);
        }
        let repository = house.repository();
        house.check_out(ids[cut % ids.len()]);
        let old = lineage(&repository, None);
        house.check_out(ids[ids.len() - 1]);
        let fresh = lineage(&repository, None);
        let continued = lineage(&repository, Some(&old));
        for (path, lines) in &made[made.len() - 1] {
            let found = of_lines(&fresh.stretches(path).unwrap());
            prop_assert_eq!(&of_lines(&continued.stretches(path).unwrap()), &found, "{}", path);
            let (alone, _) = repository.lines_of(path, None, &request(None, &NEVER)).unwrap();
            prop_assert_eq!(&of_lines(&alone), &found, "{}", path);
            if !lines.is_empty() {
                prop_assert_eq!(&found, &git_blame(&house, path), "{}", path);
            }
        }
    }
}
