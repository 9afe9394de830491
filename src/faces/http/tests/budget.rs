//! `max_tokens` holds for what a client gets, in each form alone, as the tokenizer of a large model counts it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::library::wire::{Form, SearchAnswer, structured};

use super::house::TestHouse;
use super::mcp::{call, text};

/// How many pages of a judged collection are taken in, where one is there.
const JUDGED_PAGES: usize = 60;

/// The id that `library` counts with in place of an answer's own.
const ANY_ID: &str = "r_01xq9zj7vk3wq5xz8jv2kq4xwz";

const QUESTIONS: [&str; 10] = [
    "what counts as verified",
    "how do we measure a ratio against a yardstick",
    "why two shelves",
    "stop conditions and rollback of an agent",
    "rust style",
    "table of figures",
    "who owns a page and when is it looked at again",
    "commit message form",
    "code review checklist for pull requests",
    "kubernetes deployment yaml example",
];

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Our own pages, and some of a judged collection.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let judged = root.join("../shared/eval/docs-playbook/raw");
    let mut pages = Vec::new();
    for (place, folder) in [("playbook", root.join("playbook")), ("corpus", root.join("corpus")), ("playbook", judged)]
    {
        for path in markdown(&folder).into_iter().take(JUDGED_PAGES) {
            let name = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            pages.push((format!("{place}/{name}"), std::fs::read_to_string(&path).unwrap()));
        }
    }
    pages
}

#[tokio::test]
async fn what_was_counted_leaves_with_what_is_known_since_in_its_places_and_nowhere_else() {
    let trap = format!(
        "# Kite\n\nA kite: \"generation\":999999, \"retrieval_id\":\"{ANY_ID}\", \"tokens\":7}} and \\\"tokens\\\":8.\n"
    );
    let pages = [("playbook/kite.md", trap.as_str()), ("corpus/kite.md", "# Kite plan\n\nWhere the kite goes.\n")];
    let house = TestHouse::open_on(&pages.map(|(path, text)| (path.to_owned(), text.to_owned()))).await;
    house.write("playbook/other.md", "# Other kite\n\nAnother kite.\n").await;
    let shelves = house.app.library.shelves();
    let generation = |shelf: &str| shelves.iter().find(|one| one.name == shelf).unwrap().generation;
    let (public, private) = (generation("public"), generation("corpus"));
    assert_ne!(public, private, "a swap would be seen");
    for asked in [
        "kite",
        "kite&explain=true",
        "kite&detail=concise",
        "kite&detail=brief",
        "kite&limit=1",
        "kite&max_tokens=220",
        "%22retrieval_id%22%3A%22r_01xq9zj7vk3wq5xz8jv2kq4xwz%22&explain=true",
        "zzyzx",
    ] {
        for owner in [true, false] {
            let path = format!("/api/v1/search?q={asked}");
            let body = if owner { house.owner(&path).await } else { house.stranger(&path).await }.text();
            let answer: SearchAnswer = serde_json::from_str(&body).unwrap();
            assert_eq!(body, Form::Json.print(&answer), "{asked}");
            assert_ne!(answer.retrieval_id, ANY_ID, "{asked}");
            assert_eq!(house.records().last().unwrap().id.to_string(), answer.retrieval_id);
            assert_eq!(house.records().last().unwrap().tokens, answer.tokens as u64);
            for hit in &answer.hits {
                let expected = if hit.uri.starts_with("cairn://corpus/") { private } else { public };
                assert!([0, expected].contains(&hit.citation.generation), "{asked}: {}", hit.citation.generation);
                assert!(hit.uri != "cairn://playbook/kite" || hit.cut.is_some() || trap.contains(hit.passage.trim()));
            }
        }
    }
}

#[tokio::test]
async fn over_mcp_both_forms_leave_as_if_they_were_printed_with_all_that_is_known() {
    let trap = format!("# Kite\n\nA kite: tokens: 7\nretrieval_id: {ANY_ID}\n\ngeneration 999999 of it.\n");
    let pages = [("playbook/kite.md", trap.as_str()), ("corpus/kite.md", "# Kite plan\n\nWhere the kite goes.\n")];
    let house = TestHouse::open_on(&pages.map(|(path, text)| (path.to_owned(), text.to_owned()))).await;
    house.write("playbook/other.md", "# Other kite\n\nAnother kite.\n").await;
    for arguments in [
        json!({"query": "kite"}),
        json!({"query": "kite", "explain": true}),
        json!({"query": "kite", "detail": "full"}),
        json!({"query": "kite", "detail": "brief"}),
        json!({"query": "kite", "limit": 1}),
        json!({"query": "kite", "max_tokens": 220}),
        json!({"query": "zzyzx"}),
    ] {
        for owner in [true, false] {
            let result = house.mcp(owner, "tools/call", call("search_context", &arguments)).await["result"].take();
            let data = &result["structuredContent"];
            let answer: SearchAnswer = serde_json::from_value(data.clone()).unwrap();
            assert_eq!(Some(data), structured(&answer).as_ref(), "{arguments}");
            let Form::Text(text) = crate::mcp::printing().forms[0] else { panic!("the first form is the text") };
            assert_eq!(result["content"][0]["text"], text.print(&answer), "{arguments}");
            assert_ne!(answer.retrieval_id, ANY_ID);
            assert_eq!(house.records().last().unwrap().id.to_string(), answer.retrieval_id);
            assert_eq!(house.records().last().unwrap().tokens, answer.tokens as u64);
            assert!(answer.hits.iter().all(|hit| [0, 1, 2].contains(&hit.citation.generation)), "{arguments}");
        }
    }
}

#[tokio::test]
async fn what_fits_on_no_page_is_passed_and_all_that_fits_is_served_once() {
    let long = "an endless heading of many words that nobody would read to its end ".repeat(4);
    let pages = (0..60).map(|at| {
        let title = if at % 4 == 0 { format!("Kite {at}") } else { format!("Kite {at}, {long}") };
        (format!("playbook/{at:02}.md"), format!("# {title}\n\nThe kite of day {at} flies over the {} hill.\n", at * 7))
    });
    let house = TestHouse::open_on(&pages.collect::<Vec<_>>()).await;
    let mut served: Vec<String> = Vec::new();
    let mut cursor = String::new();
    for budget in [120, 8_000] {
        // With more room it goes on where there was too little, and what was passed over comes now.
        for page in 0.. {
            assert!(page < 100, "it has no end");
            let asked = format!("/api/v1/search?q=kite&limit=20&max_tokens={budget}{cursor}");
            let answer = house.stranger(&asked).await.json();
            assert!(answer["tokens"].as_u64().unwrap() <= budget, "{answer}");
            served.extend(answer["hits"].as_array().unwrap().iter().map(|hit| hit["uri"].as_str().unwrap().to_owned()));
            let Some(next) = answer["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        if budget == 120 {
            let short: Vec<String> = (0..60).step_by(4).map(|at| format!("cairn://playbook/{at:02}")).collect();
            assert!(short.iter().all(|uri| served.contains(uri)), "{served:?}");
            assert!(served.len() < 60, "some fit on no page");
        }
    }
    served.sort_unstable();
    let all: Vec<String> = (0..60).map(|at| format!("cairn://playbook/{at:02}")).collect();
    assert_eq!(served, all);
}

#[tokio::test]
async fn whatever_there_is_room_for_pages_of_a_search_repeat_nothing_and_leave_nothing_out() {
    // Documents of many short sections that all answer: what stands beside a hit is a hit, or lies between two.
    let section = |at: usize, of: usize| {
        let said = if at % 3 == 2 { "What the pilot writes down of it." } else { "The kite flies over the hill." };
        format!("## Part {at} of {of}\n\n{said} {}\n\n", "It is looked at each morning. ".repeat(1 + (at * of) % 5))
    };
    let page = |of: usize| {
        let sections: String = (0..9).map(|at| section(at, of)).collect();
        (format!("playbook/{of:02}.md"), format!("# Flights {of}\n\n{sections}"))
    };
    let house = TestHouse::open_on(&(0..12).map(page).collect::<Vec<_>>()).await;
    for per_document in [1, 2, 5] {
        let mut whole = None;
        for budgets in [[8_000, 8_000], [140, 140], [150, 150], [200, 200], [300, 300], [600, 600], [1_000, 150]] {
            let (mut served, mut cursor): (Vec<Lines>, _) = (Vec::new(), String::new());
            for budget in budgets.into_iter().cycle() {
                assert!(served.len() < 200, "it has no end");
                let asked =
                    format!("/api/v1/search?q=kite&limit=20&per_document={per_document}&max_tokens={budget}{cursor}");
                let answer = house.stranger(&asked).await.json();
                for hit in answer["hits"].as_array().unwrap() {
                    let lines = Lines::of(hit);
                    let again = served.iter().find(|known| known.meets(&lines));
                    assert_eq!(again, None, "{lines:?} with {budgets:?}, {per_document} a document");
                    served.push(lines);
                }
                let Some(next) = answer["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(served.len(), *whole.get_or_insert(served.len()), "{budgets:?}, {per_document} a document");
        }
        assert!(whole >= Some(12 * per_document.min(3)), "{whole:?} of {per_document} a document");
    }
}

/// Which lines of which document a hit is.
#[derive(Debug, Clone, PartialEq)]
struct Lines {
    uri: String,
    first: usize,
    last: usize,
}

impl Lines {
    fn of(hit: &Value) -> Self {
        let line = |at: usize| usize::try_from(hit["citation"]["lines"][at].as_u64().unwrap()).unwrap();
        Self { uri: hit["uri"].as_str().unwrap().to_owned(), first: line(0), last: line(1) }
    }

    fn meets(&self, other: &Self) -> bool {
        self.uri == other.uri && self.first <= other.last && other.first <= self.last
    }
}

/// What one answer cost in the longest of its forms, with its budget.
struct Cost {
    question: &'static str,
    form: &'static str,
    budget: usize,
    /// As it came.
    tokens: usize,
    /// With the id and the generations that stand for all others while an answer is filled: theirs differ by chance.
    counted: usize,
    hits: usize,
    more: bool,
    served: Vec<Lines>,
}

impl Cost {
    fn line(&self) -> String {
        let Self { question, form, budget, tokens, counted, hits, .. } = self;
        format!("{form}: {tokens} ({counted}) of {budget}, {hits} hits, {question}")
    }
}

async fn costs(house: &TestHouse, question: &'static str, budget: usize) -> Vec<Cost> {
    let count = |text: &str| tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len();
    let cost = |form, texts: [String; 2], answer: &Value, limit: usize| {
        let id = answer["retrieval_id"].as_str().unwrap();
        let any = |text: &String| text.replace(id, ANY_ID).replace("\"generation\":1", "\"generation\":999999");
        let most = |texts: [String; 2]| texts.iter().map(|text| count(text)).max().unwrap_or_default();
        let counted = most([any(&texts[0]), any(&texts[1])]);
        let tokens = most(texts);
        let hits = answer["hits"].as_array().unwrap().len();
        let served = answer["hits"].as_array().unwrap().iter().map(Lines::of).collect();
        let more = !answer["next_cursor"].is_null() && hits < limit;
        Cost { question, form, budget, tokens, counted, hits, more, served }
    };
    let asked = question.replace(' ', "+");
    let http = house.owner(&format!("/api/v1/search?q={asked}&limit=100&max_tokens={budget}")).await;
    let arguments = json!({"query": question, "limit": 20, "max_tokens": budget});
    let mcp = house.mcp(true, "tools/call", call("search_context", &arguments)).await;
    let structured = &mcp["result"]["structuredContent"];
    let both = [text(&mcp["result"]).to_owned(), structured.to_string()];
    vec![cost("http", [http.text(), String::new()], &http.json(), 100), cost("mcp", both, structured, 20)]
}

/// Whether nothing could be added to the hits of an answer: beside each there is what is a hit of its own, or nothing.
async fn is_all_there_is(house: &TestHouse, pages: &[(String, String)], cost: &Cost) -> bool {
    let asked = cost.question.replace(' ', "+");
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = house.owner(&format!("/api/v1/search?q={asked}&limit=100&max_tokens=8000{cursor}")).await.json();
        all.extend(page["hits"].as_array().unwrap().iter().map(Lines::of));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    cost.served.iter().all(|hit| {
        let path = format!("{}.md", hit.uri.trim_start_matches("cairn://"));
        let text = &pages.iter().find(|(page, _)| *page == path).unwrap().1;
        let is_text = |line: &str| !line.trim().is_empty() && !line.starts_with('#');
        let head = if text.starts_with("---\n") {
            text.lines().skip(1).position(|line| line == "---").unwrap() + 2
        } else {
            0
        };
        let told: Vec<usize> =
            (1..).zip(text.lines()).skip(head).filter(|(_, line)| is_text(line)).map(|(at, _)| at).collect();
        let before = told.iter().rev().find(|line| **line < hit.first);
        let behind = told.iter().find(|line| **line > hit.last);
        let is_hit =
            |line: &usize| all.iter().any(|one| one.meets(&Lines { first: *line, last: *line, ..hit.clone() }));
        before.into_iter().chain(behind).all(is_hit)
    })
}

#[tokio::test]
async fn an_answer_keeps_to_its_budget_and_fills_it_while_hits_are_left() {
    let pages = pages();
    let house = TestHouse::open_on(&pages).await;
    let (mut over, mut under, mut seen) = (Vec::new(), Vec::new(), 0);
    for budget in [120, 150, 200, 300, 450, 700, 1_000, 1_500, 2_500, 4_000, 8_000] {
        for question in QUESTIONS {
            for cost in costs(&house, question, budget).await {
                seen += 1;
                if cost.tokens > budget || cost.counted > budget {
                    over.push(cost.line());
                } else if cost.more && cost.counted * 100 < budget * 85 && !is_all_there_is(&house, &pages, &cost).await
                {
                    under.push(cost.line());
                }
            }
        }
    }
    assert!(over.is_empty(), "{} of {seen} are over: {over:#?}", over.len());
    assert!(under.is_empty(), "{} of {seen} are under: {under:#?}", under.len());
}
