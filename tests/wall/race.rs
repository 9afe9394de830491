//! Going private while strangers ask: once a withdrawal is acknowledged, not one byte of the page comes any more.
//!
//! A page alternates between public and private, each time with words of its own, in three ways: narrowed where it is,
//! moved among private files, deleted. `CAIRN_WALL_FLIPS` says how often.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::Router;
use axum::http::Method;
use cairn::ledger::{Record, Withdrawal};
use cairn::library::Commits;

use super::house::{Ask, House, folder, put, send};
use super::number;

const PAGE: &str = "playbook/flip.md";

/// A version of the page. Every part that a surface may show has the version's own word in it.
fn version(at: u64, front: &str) -> String {
    format!(
        "---\n{front}tags: [flip{at}q]\nowner: flip{at}q\ndescription: The ferryman of flip{at}q.\n---\n# Flip{at}q\n\n\
         The ferryman says flip{at}q at the quay.\n\n## Part of flip{at}q\n\nSee [the pier](pier.md), ferryman of flip{at}q.\n"
    )
}

/// The versions whose words stand in an answer.
fn versions(body: &[u8]) -> Vec<u64> {
    let text = String::from_utf8_lossy(body).to_lowercase();
    let number = |(at, _): (usize, &str)| {
        let rest = &text[at + "flip".len()..];
        rest.split_once('q').and_then(|(digits, _)| digits.parse().ok())
    };
    text.match_indices("flip").filter_map(number).collect()
}

/// What a stranger sees of the page, on every surface there is.
fn asks() -> Vec<Ask> {
    let json = |text: &str| {
        let ask = Ask { method: Method::POST, body: text.into(), ..Ask::get("/mcp") };
        let ask = ask.with("content-type", "application/json").with("accept", "application/json, text/event-stream");
        ask.with("mcp-protocol-version", "2025-11-25")
    };
    vec![
        Ask::get("/api/v1/search?q=ferryman+at+the+quay&limit=20"),
        Ask::get("/api/v1/documents"),
        Ask::get("/api/v1/documents/playbook/flip"),
        Ask::get("/api/v1/documents/playbook/pier"),
        Ask::get("/playbook/flip"),
        Ask::get("/playbook/pier"),
        Ask::get("/playbook"),
        Ask::get("/"),
        Ask::get("/search?q=ferryman"),
        json(r#"{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{}}"#),
        json(r#"{"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"cairn://playbook/flip"}}"#),
        json(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_context","arguments":{"query":"ferr*"}}}"#,
        ),
        json(
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_document","arguments":{"uri":"playbook/flip"}}}"#,
        ),
    ]
}

/// Asks on and on; gives how many answers showed the page, or what was shown that was gone.
async fn read(router: Router, from: usize, gone: Arc<AtomicU64>, over: Arc<AtomicBool>) -> Result<u64, String> {
    let asks = asks();
    let mut shown = 0;
    for at in from.. {
        if over.load(Ordering::SeqCst) {
            break;
        }
        let ask = &asks[at % asks.len()];
        let acknowledged = gone.load(Ordering::SeqCst);
        let reply = send(router.clone(), ask.request()).await;
        let seen = versions(&reply.bytes());
        if let Some(late) = seen.iter().find(|version| **version <= acknowledged) {
            return Err(format!("version {late} was gone ({acknowledged}), and {} shows it: {reply:?}", ask.path));
        }
        shown += u64::from(!seen.is_empty());
    }
    Ok(shown)
}

/// Tells the library of files that changed, and waits for the public generation without the page, or with it.
async fn swapped(house: &House, paths: &[&str]) {
    let (before, mut status) = (house.generation("public"), house.library.status());
    for path in paths {
        house.library.touch(&house.path(path));
    }
    while house.generation("public") == before {
        status.changed().await.expect("the indexer lives");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn not_one_byte_of_a_page_comes_when_its_withdrawal_is_acknowledged() {
    let flips = number("CAIRN_WALL_FLIPS", 40);
    let folder = folder();
    let pier = "# Pier\n\nThe pier is beside [the flip](flip.md). A ferryman knows it.\n";
    put(folder.path(), &[("playbook/pier.md".to_owned(), pier.into())].into());
    let house = House::open(folder, "z-tide", Commits::Owner).await;
    let (gone, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = [0, 5]
        .map(|from| tokio::spawn(read(house.router(), from, Arc::clone(&gone), Arc::clone(&over))))
        .into_iter()
        .collect();
    for at in 1..=flips {
        if readers.iter().any(|reader| reader.is_finished()) {
            break;
        }
        fs::write(house.path(PAGE), version(at, "")).unwrap();
        swapped(&house, &[PAGE]).await;
        let read = send(house.router(), Ask::get("/api/v1/documents/playbook/flip").request()).await;
        assert_eq!(versions(&read.body).first(), Some(&at), "{read:?}");
        let moved = format!("corpus/flip-{at}.md");
        match at % 3 {
            0 => fs::write(house.path(PAGE), version(at, "visibility: private\n")).unwrap(),
            1 => fs::rename(house.path(PAGE), house.path(&moved)).unwrap(),
            _ => fs::remove_file(house.path(PAGE)).unwrap(),
        }
        swapped(&house, &[&moved, PAGE]).await;
        gone.store(at, Ordering::SeqCst);
    }
    over.store(true, Ordering::SeqCst);
    let mut shown = 0;
    for reader in readers {
        shown += reader.await.unwrap().unwrap_or_else(|fault| panic!("{fault}"));
    }
    assert!(shown > 0, "nobody saw the page while it was public");
    for ask in asks() {
        assert_eq!(versions(&send(house.router(), ask.request()).await.bytes()), [0_u64; 0], "{ask:?}");
    }
    house.library.close();
    let records = house.ledger().into_iter().filter_map(|line| match line.record {
        Record::Withdrawn(withdrawn) => Some(withdrawn),
        _ => None,
    });
    let reasons: Vec<_> = records.map(|record| (record.documents.len(), record.documents[0].why)).collect();
    let why = |at: u64| if at.is_multiple_of(3) { Withdrawal::Narrowed } else { Withdrawal::Removed };
    assert_eq!(reasons, (1..=flips).map(|at| (1, why(at))).collect::<Vec<_>>(), "each one is in the ledger, once");
}
