//! A writer that is killed at any moment loses nothing but the generation it was making.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::support::*;
use crate::engine::{Batch, SearchEngine};

const FOLDER: &str = "CAIRN_TEST_KILL_FOLDER";

fn name(generation: u64) -> String {
    format!("d{}", generation % 5)
}

fn body(generation: u64) -> String {
    format!("made in generation number{generation}")
}

/// What the child does: generation after generation, each said aloud once it stands.
#[test]
fn the_child_that_is_killed_applies_batches() {
    let Some(folder) = std::env::vars_os().find(|(key, _)| key == FOLDER).map(|(_, value)| value) else { return };
    let mut engine = open(std::path::Path::new(&folder));
    loop {
        let next = engine.searcher().generation() + 1;
        let counter = entry("counter", "Counter", &[&body(next)]);
        let batch = if next.is_multiple_of(3) {
            Batch { removed: vec![id(&name(next))], upserted: vec![counter] }
        } else {
            upsert(vec![counter, entry(&name(next), "Deploy", &[&body(next), "review", "owner"])])
        };
        let view = engine.apply(batch).unwrap();
        println!("\nstands {}", view.generation());
    }
}

#[test]
fn a_writer_killed_at_any_moment_loses_only_the_unfinished_generation() {
    let folder = tempfile::tempdir().unwrap();
    let mut stood = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "engine::tests::kill::the_child_that_is_killed_applies_batches", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut heard = |line: String| {
            if let Some(generation) = line.strip_prefix("stands ") {
                stood = generation.parse().unwrap();
            }
        };
        // The first words say that it works; then it is killed at a moment that is another one in each round.
        lines.by_ref().take_while(|line| !line.starts_with("stands ")).for_each(drop);
        std::thread::sleep(Duration::from_micros(7_919 * round * round % 150_000));
        child.kill().unwrap();
        child.wait().unwrap();
        lines.for_each(&mut heard);

        let view = open(folder.path()).searcher();
        let generation = view.generation();
        assert!(generation >= stood, "generation {stood} was acknowledged, {generation} stands");
        assert!(generation <= stood.max(1) + 2);
        assert_whole(&*view);
        let counter = view.catalogue().number(&id("counter")).unwrap();
        assert!(view.text(counter).unwrap().contains(&body(generation)));
        assert_eq!(
            words_of(&[&*view], &format!("number{generation}")).len(),
            2 - usize::from(generation.is_multiple_of(3))
        );
        stood = generation;
    }
}
