//! Non-interference over generated pairs: `CAIRN_WALL_PAIRS` times `CAIRN_WALL_REQUESTS`, 50 times 300 unless they say
//! otherwise; `CAIRN_WALL_SEED` begins elsewhere.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::Method;
use cairn::http::ROUTES;
use cairn::library::Commits;

use super::canary::{found, named};
use super::corpus::{Pair, any_document, changed, narrowed};
use super::dice::Dice;
use super::git::{Files, Git};
use super::house::{Ask, House, Reply, folder, put};
use super::messages::CAPABILITIES;
use super::number;
use super::requests::Asker;

/// Every so many pairs one is asked everything there is.
const THOROUGH: u64 = 10;

/// When the public files were committed.
const COMMITTED_S: i64 = 1_700_000_000;

#[test]
fn servers_that_differ_in_private_things_only_tell_strangers_the_same_bytes() {
    let (pairs, requests) = (number("CAIRN_WALL_PAIRS", 50), number("CAIRN_WALL_REQUESTS", 300));
    let (first, next) = (number("CAIRN_WALL_SEED", 1), AtomicU64::new(0));
    let (failed, asked) = (Mutex::new(None), Mutex::new(BTreeSet::new()));
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        loop {
            let at = next.fetch_add(1, Ordering::SeqCst);
            if at >= pairs || failed.lock().unwrap().is_some() {
                return;
            }
            match runtime.block_on(ask_pair(first + at, requests, at.is_multiple_of(THOROUGH))) {
                Ok(more) => asked.lock().unwrap().extend(more),
                Err(fault) => drop(failed.lock().unwrap().get_or_insert(fault)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    if let Some(fault) = failed.into_inner().unwrap() {
        panic!("{fault}");
    }
    let asked = asked.into_inner().unwrap();
    for row in &ROUTES {
        for method in row.methods {
            assert!(asked.contains(&format!("{method} {}", row.path)), "{method} {} was not asked", row.path);
        }
    }
    println!("{pairs} pairs, {requests} requests each; asked: {} routes, messages and tools", asked.len());
}

/// Two houses that differ in private things only.
struct Two {
    houses: [House; 2],
    pair: Pair,
    /// Public pages that are still there.
    pages: Vec<String>,
    moment: i64,
}

async fn ask_pair(seed: u64, requests: u64, thorough: bool) -> Result<BTreeSet<String>, String> {
    let mut dice = Dice::new(seed);
    let mut two = Two::open(&mut dice).await;
    two.owners_ask(&mut dice).await;
    let mut asker = Asker::new(Dice::new(seed ^ 0xa5a5), &two.pair, thorough);
    // How often the private sides change while the pair is asked.
    let changes = if dice.chance(25) { 3 } else { 1 };
    let block = (requests / (changes + 1)).max(1);
    let mut done = 0;
    while done < requests || !asker.is_through() {
        if done > 0 && done.is_multiple_of(block) && done / block <= changes {
            two.change(&mut dice, done / block).await;
        }
        let ask = asker.next();
        let reply = two.compared(&ask).await.map_err(|fault| {
            format!("seed {seed}, request {done}: {fault}\nagain with CAIRN_WALL_SEED={seed} CAIRN_WALL_PAIRS=1")
        })?;
        asker.learn(&ask, &reply);
        done += 1;
    }
    Ok(asker.asked())
}

impl Two {
    async fn open(dice: &mut Dice) -> Self {
        let pair = Pair::new(dice);
        let mut houses = Vec::new();
        for side in 0..2 {
            let folder = folder();
            let mut all = pair.public.clone();
            all.extend(pair.private[side].clone());
            put(folder.path(), &all);
            commit(folder.path(), &pair.public, &pair.private[side], dice);
            houses.push(House::open(folder, &pair.own[side], Commits::Owner).await);
        }
        let houses = houses.try_into().unwrap_or_else(|_| panic!("two houses"));
        let pages =
            pair.public.keys().filter(|path| path.ends_with(".md") && !path.contains("pointing")).cloned().collect();
        Self { houses, pair, pages, moment: 1 }
    }

    /// Sends a request to both and compares what comes back.
    async fn compared(&mut self, ask: &Ask) -> Result<Reply, String> {
        self.moment += 1;
        let (left, right) =
            (self.houses[0].stranger(ask, self.moment).await, self.houses[1].stranger(ask, self.moment).await);
        let shown = || format!("{} {}\n{}", ask.method, ask.path, String::from_utf8_lossy(&ask.body));
        if left != right {
            return Err(format!("two servers tell them apart: {}\n{}", shown(), first_difference(&left, &right)));
        }
        let said = named(&format!("{} {:?}\n{}", ask.path, ask.headers, String::from_utf8_lossy(&ask.body)));
        match found(&left.bytes(), &said) {
            Some(form) => Err(format!("{form} is private and stands in an answer: {}\n{left:?}", shown())),
            None => Ok(left),
        }
    }

    /// What the owners ask: each something else, of what is private and of what is public.
    async fn owners_ask(&mut self, dice: &mut Dice) {
        for side in 0..2 {
            for _ in 0..2 {
                let mut asker = Asker::new(Dice::new(dice.roll()), &self.pair, false);
                let ask = asker.next();
                self.moment += 1;
                let told = self.houses[side].owner(&ask, self.moment).await;
                assert!(!told.status.is_server_error(), "{ask:?}: {told:?}");
                let ask = Ask::get(format!("/api/v1/search?q={}+deploy&limit=20", asker.cursor()));
                self.houses[side].owner(&ask, self.moment).await;
            }
        }
    }

    /// Changes what is private on both sides, differently; and something public, alike.
    async fn change(&mut self, dice: &mut Dice, round: u64) {
        let edited = self.pages.get(dice.below(self.pages.len())).cloned().filter(|_| dice.chance(60));
        let text = changed(dice, "Something");
        let page = self.pages.remove(dice.below(self.pages.len()));
        for side in 0..2 {
            let house = &mut self.houses[side];
            for _ in 0..1 + dice.below(3) {
                let (path, text) = any_document(dice, &self.pair.public);
                house.write(&Files::from([(path.clone(), text.clone())]));
                self.pair.private[side].insert(path, text);
            }
            if let Some(path) = self.pair.private[side].keys().find(|path| path.ends_with(".md")).cloned() {
                house.remove(&path);
                self.pair.private[side].remove(&path);
            }
            if let Some(path) = edited.clone().filter(|path| *path != page) {
                house.write(&Files::from([(path, text.clone())]));
            }
            leave(house, dice, &page, &self.pair.public, round + side as u64);
            house.index().await;
        }
        self.owners_ask(dice).await;
    }
}

/// Takes a public page away: narrowed where it is, moved among private ones, or deleted.
fn leave(house: &House, dice: &mut Dice, page: &str, public: &Files, how: u64) {
    match how % 3 {
        0 => house.write(&Files::from([(page.to_owned(), narrowed(dice, &public[page]))])),
        1 => {
            let to = format!("corpus/taken/{}", page.replace('/', "-"));
            house.write(&Files::from([(to, public[page].clone())]));
            house.remove(page);
        }
        _ => house.remove(page),
    }
}

/// Commits: the public files at one time, whatever private ones came before, with them and after.
fn commit(root: &std::path::Path, public: &Files, private: &Files, dice: &mut Dice) {
    let mut git = Git::in_folder(root);
    let mut known = Files::new();
    for (at, (path, text)) in (0..).zip(private) {
        if dice.chance(15) {
            known.insert(path.clone(), text.clone());
            git.commit(&known, COMMITTED_S - 1_000 + at, "private");
        }
    }
    // What became a public page was private before on one side, perhaps, or somewhere else; then it was public in other words.
    for (path, text) in public.iter().filter(|(path, _)| path.ends_with(".md")) {
        if dice.chance(30) {
            known.insert(path.clone(), narrowed(dice, text));
        } else if dice.chance(30) {
            known.insert(format!("corpus/{}", path.replace('/', "-")), text.clone());
        }
    }
    git.commit(&known, COMMITTED_S - 700, "private yet");
    known.retain(|path, _| !public.contains_key(path));
    let earlier = public.iter().filter(|(path, _)| path.ends_with(".md"));
    known.extend(earlier.map(|(path, text)| (path.clone(), [text.as_slice(), b"\nA last line.\n"].concat())));
    git.commit(&known, COMMITTED_S - 500, "public, in other words");
    known.extend(public.clone());
    git.commit(&known, COMMITTED_S, "public");
    known.extend(private.clone());
    if dice.chance(50) {
        git.commit(&known, COMMITTED_S + dice.below(1_000) as i64, "more that is private");
    }
}

/// Where two answers differ first, with what stands around.
fn first_difference(left: &Reply, right: &Reply) -> String {
    // A body of another length has another header, which says less.
    let whole = left.body == right.body;
    let part = |reply: &Reply| if whole { reply.bytes() } else { reply.body.clone() };
    let (left, right) = (part(left), part(right));
    let at = left.iter().zip(&right).position(|(a, b)| a != b).unwrap_or(left.len().min(right.len()));
    let around = |bytes: &[u8]| {
        let part = bytes.get(at.saturating_sub(80)..(at + 80).min(bytes.len())).unwrap_or_default();
        String::from_utf8_lossy(part).into_owned()
    };
    format!("at byte {at}:\n--- left\n{}\n--- right\n{}", around(&left), around(&right))
}

#[tokio::test]
async fn the_server_says_that_it_can_do_what_is_asked_of_it_here_and_no_more() {
    let mut two = Two::open(&mut Dice::new(7)).await;
    let hello = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"wall","version":"1"}}}"#;
    let ask = Ask { method: Method::POST, body: hello.into(), ..Ask::get("/mcp") };
    let ask = ask.with("content-type", "application/json").with("accept", "application/json, text/event-stream");
    let opened = two.compared(&ask).await.unwrap().json();
    let said: Vec<_> = opened["result"]["capabilities"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(said, CAPABILITIES, "another capability has methods of its own: add them to tests/wall/messages.rs");
}
