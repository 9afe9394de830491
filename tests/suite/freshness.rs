//! What is on disk is what is found, however it came there.

use std::time::Duration;

use crate::support::{Setting, TestHouse};

fn page(title: &str, word: &str) -> String {
    format!("# {title}\n\nThis page is about {word}, and about nothing else.\n")
}

#[tokio::test]
async fn a_saved_file_is_found_however_the_editor_saves() {
    let mut house = TestHouse::empty().await;
    house.write("playbook/loop.md", &page("Loop", "marmalade"));
    house.index().await;
    assert_eq!(house.stranger().finds("marmalade").await, ["playbook/loop"]);

    house.write("playbook/loop.md", &page("Loop", "turpentine"));
    house.index().await;
    assert_eq!(house.stranger().finds("turpentine").await, ["playbook/loop"], "in place");
    assert_eq!(house.stranger().finds("marmalade").await, [""; 0]);

    house.write_over("playbook/loop.md", &page("Loop", "gramophone"));
    house.index().await;
    assert_eq!(house.stranger().finds("gramophone").await, ["playbook/loop"], "renamed over");

    house.remove("playbook/loop.md");
    house.write("playbook/loop.md", &page("Loop", "candelabra"));
    house.index().await;
    assert_eq!(house.stranger().finds("candelabra").await, ["playbook/loop"], "deleted and created");
    assert_eq!(house.stranger().lists().await, ["playbook/loop"]);

    house.rename("playbook/loop.md", "playbook/ring.md");
    house.index().await;
    assert_eq!(house.stranger().finds("candelabra").await, ["playbook/ring"], "renamed");

    house.remove("playbook/ring.md");
    house.index().await;
    assert_eq!(house.stranger().lists().await, [""; 0]);
}

#[tokio::test]
async fn a_folder_that_moves_takes_its_files_with_it() {
    let mut house = TestHouse::of(&[("playbook/first.md", &page("First", "anvil"))]).await;
    for (name, word) in [("one", "bassoon"), ("deep/two", "clarinet")] {
        house.write(&format!("outside/music/{name}.md"), &page(name, word));
    }
    house.rename("outside/music", "playbook/music");
    house.index().await;
    assert_eq!(house.stranger().finds("clarinet").await, ["playbook/music/deep/two"]);
    assert_eq!(house.stranger().lists().await.len(), 3);

    house.write("playbook/music/deep/two.md", &page("two", "dulcimer"));
    house.index().await;
    assert_eq!(house.stranger().finds("dulcimer").await, ["playbook/music/deep/two"], "a moved folder is watched");

    house.rename("playbook/music", "journeys/sound");
    house.index().await;
    assert_eq!(house.stranger().finds("dulcimer").await, ["journeys/sound/deep/two"]);

    house.rename("journeys/sound", "outside/again");
    house.index().await;
    assert_eq!(house.stranger().lists().await, ["playbook/first"]);
}

#[tokio::test]
async fn a_storm_of_files_ends_in_what_is_on_disk_and_no_search_is_ever_empty() {
    let mut house = TestHouse::of(&[("playbook/rock.md", &page("Rock", "basalt"))]).await;
    let asker = house.stranger();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let asking = tokio::spawn(async move {
        let mut asked = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            assert_eq!(asker.finds("basalt").await.first().map(String::as_str), Some("playbook/rock"));
            asked += 1;
        }
        asked
    });
    tokio::task::yield_now().await;
    for at in 0..300 {
        house
            .write(&format!("playbook/{}/file-{at}.md", at % 7), &page(&format!("File {at}"), &format!("pebble{at}x")));
    }
    house.index().await;
    for at in (0..300).step_by(3) {
        house.remove(&format!("playbook/{}/file-{at}.md", at % 7));
    }
    for at in (1..300).step_by(3) {
        house.write_over(
            &format!("playbook/{}/file-{at}.md", at % 7),
            &page(&format!("File {at}"), &format!("gravel{at}x")),
        );
    }
    house.index().await;
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(asking.await.unwrap() > 0);
    assert_eq!(house.stranger().lists().await.len(), 201);
    assert_eq!(house.stranger().finds("gravel1x").await, ["playbook/1/file-1"]);
    assert_eq!(house.stranger().finds("pebble299x").await, ["playbook/5/file-299"]);
    assert_eq!(house.stranger().finds("pebble3x").await, [""; 0]);
}

#[tokio::test]
async fn what_no_event_told_is_found_by_comparing() {
    let setting = Setting { watch: false, ..Setting::default() };
    let mut house = TestHouse::with(setting, &[("playbook/kept.md", &page("Kept", "anchor"))]).await;
    house.write("playbook/new.md", &page("New", "bollard"));
    house.write("playbook/kept.md", &page("Kept", "capstan"));
    house.index().await;
    assert_eq!(house.stranger().finds("bollard").await, ["playbook/new"]);
    assert_eq!(house.stranger().finds("capstan").await, ["playbook/kept"]);
    house.remove("playbook/new.md");
    house.index().await;
    assert_eq!(house.stranger().lists().await, ["playbook/kept"]);
}

#[tokio::test]
async fn a_file_that_is_touched_by_hand_is_read_although_its_time_and_size_are_the_same() {
    let setting = Setting { watch: false, ..Setting::default() };
    let mut house = TestHouse::with(setting, &[("playbook/clock.md", &page("Clock", "pendulum"))]).await;
    let path = house.path("playbook/clock.md");
    let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
    house.write("playbook/clock.md", &page("Clock", "escapeme"));
    crate::support::set_modified(&path, modified);
    let by_hand = |library: &cairn::library::Library, mark: &std::path::Path| {
        library.touch(&path);
        library.touch(mark);
    };
    house.index_by(by_hand).await;
    assert_eq!(house.stranger().finds("escapeme").await, ["playbook/clock"]);
}

/// A small generator (Steele and others' `SplitMix64`): the same walk at every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % end
    }
}

#[tokio::test]
async fn edits_moves_and_deletions_end_in_the_same_index_as_a_fresh_build() {
    const WORDS: [&str; 8] = ["amber", "beryl", "citrine", "diamond", "emerald", "feldspar", "garnet", "heliodor"];
    let mut dice = Dice(7);
    let mut house = TestHouse::empty().await;
    let mut files: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    for step in 0..80 {
        let name = format!("playbook/{}/{}.md", dice.below(3), dice.below(6));
        match dice.below(4) {
            0 if files.contains_key(&name) => {
                house.remove(&name);
                files.remove(&name);
            }
            1 if files.contains_key(&name) => {
                let to = format!("playbook/{}/{}.md", dice.below(3), dice.below(6));
                if house.path(&to).parent().unwrap().is_dir() {
                    house.rename(&name, &to);
                    let text = files.remove(&name).unwrap();
                    files.insert(to, text);
                }
            }
            _ => {
                let (first, second) = (WORDS[dice.below(8)], WORDS[dice.below(8)]);
                let private = if dice.below(5) == 0 { "---\nvisibility: private\n---\n" } else { "" };
                let text = format!("{private}# {first}\n\nStep {step} of {first}.\n\n## More\n\nAlso {second}.\n");
                house.write(&name, &text);
                files.insert(name, text);
            }
        }
        if dice.below(10) == 0 {
            house.index().await;
        }
    }
    house.index().await;
    let listed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let fresh = TestHouse::of(&listed).await;
    for word in WORDS {
        let edited = house.stranger().asks(word).await;
        let built = fresh.stranger().asks(word).await;
        let seen = |answer: &cairn::library::wire::SearchAnswer| {
            let hits = answer.hits.iter();
            let mut seen: Vec<_> =
                hits.map(|hit| (hit.citation.document.clone(), hit.citation.sha256.clone())).collect();
            // Equal scores have no order of their own.
            seen.sort();
            seen
        };
        assert_eq!(seen(&edited), seen(&built), "{word}");
        for (one, other) in edited.hits.iter().zip(&built.hits) {
            assert!((one.score - other.score).abs() < 1e-4, "{word}: {} and {}", one.score, other.score);
        }
    }
    assert_eq!(house.stranger().lists().await, fresh.stranger().lists().await);
}

#[tokio::test]
async fn a_save_is_searchable_well_within_a_second() {
    let mut house = TestHouse::of(&[("playbook/slow.md", &page("Slow", "tortoise"))]).await;
    let mut fastest = Duration::MAX;
    for at in 0..5 {
        let started = std::time::Instant::now();
        house.write("playbook/slow.md", &page("Slow", &format!("tortoise{at}")));
        house.index().await;
        fastest = fastest.min(started.elapsed());
    }
    // The figure is the bench's; here only what would be wrong on any machine.
    assert!(fastest < Duration::from_secs(1), "{fastest:?}");
}
