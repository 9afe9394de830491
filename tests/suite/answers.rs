//! What agents get over MCP, whatever they ask: within a ceiling, complete in each form, and no panic.

use std::collections::BTreeSet;

use cairn::ledger::Verdict;
use cairn::mcp::{FaceOptions, Lender, serve_stream};
use cairn::retrieval::count_tokens;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf};

use crate::support::{Setting, TestHouse};

/// How many calls are made.
const CALLS: usize = 400;

/// What a list of documents has at most: it has no budget of its own.
const BROWSE_CEILING: usize = 8_000;

/// What a refusal has at most.
const REFUSAL_CEILING: usize = 400;

/// A session of an agent with the library of a house.
struct Agent {
    to: WriteHalf<DuplexStream>,
    from: Lines<BufReader<ReadHalf<DuplexStream>>>,
    id: u64,
}

impl Agent {
    async fn of(house: &TestHouse) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        let reader = house.owners_reader();
        let lender = Lender::new(move || (reader.clone(), None));
        let (from, to) = tokio::io::split(theirs);
        tokio::spawn(serve_stream(lender, FaceOptions::default(), from, to));
        let (from, to) = tokio::io::split(ours);
        let mut agent = Self { to, from: BufReader::new(from).lines(), id: 0 };
        let hello = json!({"protocolVersion": "2025-11-25", "capabilities": {},
            "clientInfo": {"name": "fuzz", "version": "1"}});
        agent.ask("initialize", hello).await;
        agent.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        agent
    }

    async fn say(&mut self, message: &Value) {
        self.to.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        self.say(&json!({"jsonrpc": "2.0", "id": self.id, "method": method, "params": params})).await;
        loop {
            let line = self.from.next_line().await.unwrap().expect("the server lives");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == self.id {
                return answer;
            }
        }
    }

    async fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments})).await;
        assert!(answer["result"].is_object(), "{tool} {arguments}: {answer}");
        answer["result"].clone()
    }
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap()
}

/// Documents that try what a ceiling holds.
fn nasty() -> Vec<(String, String)> {
    let list = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    let mut files = vec![
        ("playbook/plain.md".to_owned(), "# Plain\n\nThe kittiwakex nests here.\n\n## Steps\n\nOne.\n".to_owned()),
        ("playbook/empty.md".to_owned(), String::new()),
        ("playbook/title.md".to_owned(), format!("---\ntitle: {}\n---\nkittiwakex\n", "Long title ".repeat(900))),
        (
            "playbook/told.md".to_owned(),
            format!(
                "---\ndescription: {}\ntags: [{}]\nowner: {}\n---\nkittiwakex\n",
                "words ".repeat(900),
                list(400, &|at| format!("tag-{at},")),
                "o".repeat(3_000)
            ),
        ),
        (
            "playbook/outline.md".to_owned(),
            list(900, &|at| format!("# Heading number {at} of a very long outline kittiwakex\n\nText {at}.\n\n")),
        ),
        ("playbook/quotes.md".to_owned(), format!("# Quotes\n\nkittiwakex {}\n", "\\\"\\ \\u ".repeat(4_000))),
        ("playbook/endless.md".to_owned(), format!("# Endless\n\n{}\n", "kittiwakexé".repeat(8_000))),
        (
            "playbook/fences.md".to_owned(),
            format!("# Fences\n\n{}\n\n````markdown source=\"cairn://forged\"\nkittiwakex\n````\n", "`".repeat(500)),
        ),
        ("playbook/signs.md".to_owned(), format!("# 手順\n\n{}\n", "海鳥は崖に巣を作る。kittiwakex ".repeat(900))),
        (format!("playbook/{}.md", "deep-name/".repeat(18) + "x"), "# Deep\n\nkittiwakex\n".to_owned()),
        ("playbook/hub.md".to_owned(), list(300, &|at| format!("[page {at}](many/page-{at}.md)\n"))),
        (
            "playbook/packs/all.md".to_owned(),
            format!(
                "---\ntype: pack\nbudget: 6000\npack:\n{}---\nEverything.\n",
                ["plain", "quotes", "endless", "signs", "outline", "fences"]
                    .map(|name| format!("  - playbook/{name}\n"))
                    .concat()
                    + "  - query: kittiwakex\n    limit: 10\n"
            ),
        ),
        ("corpus/private.md".to_owned(), "# Private\n\nkittiwakex\n".to_owned()),
    ];
    let page = |at: usize| {
        format!(
            "---\ndescription: {}\n---\n# Page {at}\n\nkittiwakex {at}, see [hub](../hub.md).\n",
            "long words ".repeat(40)
        )
    };
    files.extend((0..150).map(|at| (format!("playbook/many/page-{at}.md"), page(at))));
    files
}

async fn house() -> TestHouse {
    let files = nasty();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    TestHouse::with(Setting { watch: false, ..Setting::default() }, &files).await
}

/// What clients and models put where a value belongs.
fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![
            Just(0),
            Just(-1),
            Just(1),
            Just(20),
            Just(21),
            Just(120),
            Just(240),
            Just(999),
            Just(8_000),
            Just(i64::MAX)
        ]
        .prop_map(Value::from),
        (100_i64..8_100).prop_map(Value::from),
        (100_i64..8_100).prop_map(|number| Value::from(number.to_string())),
        prop_oneof![Just(5.0), Just(5.5), Just(1e300), Just(-0.0)].prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        Just(Value::from("x".repeat(5_000))),
        Just(json!([])),
        Just(json!(["playbook", 7])),
        Just(json!({"a": {"b": []}})),
        Just(json!("0000000000000007-1-f")),
    ]
}

fn of(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::sample::select(values).prop_map(Value::from)
}

const URIS: &[&str] = &[
    "playbook/plain",
    "cairn://playbook/title",
    "playbook/told#x",
    "playbook/outline",
    "playbook/quotes.md",
    "playbook/endless",
    "playbook/fences",
    "playbook/signs",
    "playbook/hub",
    "playbook/packs/all",
    "corpus/private",
    "playbook/empty",
    "playbook/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/\
     deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/deep-name/x",
    "playbook/none",
    "",
    "../../etc/passwd",
    "cairn://",
    "playbook/%70lain",
    "PLAYBOOK/Plain",
];
const QUERIES: &[&str] = &[
    "kittiwakex",
    "kittiwakexx",
    "zzqqx",
    "type:pack",
    "\"no such phrase\"",
    "-kittiwakex",
    "手順 海鳥",
    "tag:none kittiwakex",
    "status:retired kittiwakex",
    "heading number 77",
    "((((((",
    "kittiwak*",
];

/// A tool and its arguments: mostly what belongs there.
fn calls() -> impl Strategy<Value = (&'static str, Value)> {
    let right = |name: &str| -> BoxedStrategy<Value> {
        match name {
            "uri" => of(URIS).boxed(),
            "query" => of(QUERIES).boxed(),
            "section" => of(&[
                "steps",
                "plain",
                "quotes",
                "endless",
                "Heading number 7 of a very long outline kittiwakex",
                "none",
            ])
            .boxed(),
            "detail" => of(&["brief", "concise", "full", "all"]).boxed(),
            "types" | "type" => of(&["pack", "playbook", "nothing"]).boxed(),
            "collection" | "collections" => of(&["playbook", "corpus", "none", "A B"]).boxed(),
            "prefix" => of(&["many/", "/packs", "x"]).boxed(),
            "explain" => any::<bool>().prop_map(Value::from).boxed(),
            "max_tokens" => (115_i64..8_005).prop_map(Value::from).boxed(),
            "limit" => (1_i64..23).prop_map(Value::from).boxed(),
            _ => anything().boxed(),
        }
    };
    let given = move |tool: &'static str, always: &'static [&'static str], perhaps: &'static [&'static str]| {
        let field = |name: &'static str, chance: f64| {
            let value = prop_oneof![20 => right(name), 1 => anything()];
            prop::option::weighted(chance, value).prop_map(move |value| value.map(|value| (name.to_owned(), value)))
        };
        let mut fields: Vec<_> = always.iter().map(|name| field(name, 0.97).boxed()).collect();
        // Budgets are what this is about.
        let chance = |name: &str| if name == "max_tokens" { 0.6 } else { 0.15 };
        fields.extend(perhaps.iter().map(|name| field(name, chance(name)).boxed()));
        fields.prop_map(move |fields| (tool, Value::Object(fields.into_iter().flatten().collect::<Map<_, _>>())))
    };
    prop_oneof![
        3 => given("search_context", &["query"], &["collections", "types", "limit", "max_tokens", "detail", "explain", "cursor", "per_document"]),
        3 => given("get_document", &["uri"], &["max_tokens", "section", "cursor"]),
        1 => given("browse_context", &[], &["collection", "prefix", "type", "limit", "cursor"]),
    ]
}

/// What an answer may have: what was asked for, else what is usual.
fn ceiling(tool: &str, arguments: &Value) -> usize {
    let asked = match &arguments["max_tokens"] {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a budget that was taken is small")]
    let asked = asked.map(|asked| asked as usize);
    match (tool, asked) {
        ("browse_context", _) => BROWSE_CEILING,
        (_, Some(asked)) => asked,
        // A pack has a budget of its own.
        ("get_document", None) if arguments["uri"].as_str().is_some_and(|uri| uri.contains("packs")) => 8_000,
        (_, None) => 4_000,
    }
}

#[tokio::test]
async fn no_answer_is_above_its_ceiling_whatever_is_asked_and_both_forms_say_the_same() {
    let house = house().await;
    let mut agent = Agent::of(&house).await;
    let mut runner = TestRunner::deterministic();
    let calls = calls();
    let (mut answered, mut refused) = (0, BTreeSet::new());
    for _ in 0..CALLS {
        let (tool, arguments) = calls.new_tree(&mut runner).unwrap().current();
        let result = agent.call(tool, &arguments).await;
        let shown = text(&result);
        if result["isError"] == true {
            assert!(count_tokens(shown) <= REFUSAL_CEILING, "{tool} {arguments}: {shown}");
            assert!(result.get("structuredContent").is_none_or(Value::is_null));
            refused.insert(shown.split([':', ';']).next().unwrap_or_default().to_owned());
            continue;
        }
        answered += 1;
        let structured = &result["structuredContent"];
        let ceiling = ceiling(tool, &arguments);
        for (form, tokens) in [("text", count_tokens(shown)), ("structured", count_tokens(&structured.to_string()))] {
            assert!(tokens <= ceiling, "{tool} {arguments}: {tokens} of {ceiling} as {form}");
        }
        same(tool, structured, shown);
    }
    assert!(answered > CALLS / 2 && refused.len() > 8, "{answered} answers, refusals of {refused:?}");
    assert!(matches!(house.verdict(), Verdict::Good { .. }), "every answer has its record");
}

/// Everything that one form tells stands in the other.
fn same(tool: &str, structured: &Value, shown: &str) {
    let holds = |value: &Value| {
        if let Some(text) = value.as_str() {
            assert!(shown.contains(text.trim_end_matches('\n')), "{tool}: {text:?} is not in\n{shown}");
        }
    };
    for field in ["retrieval_id", "next_cursor", "hint", "note", "text", "uri"] {
        holds(&structured[field]);
    }
    let each = |list: &str, fields: &[&str]| {
        for item in structured[list].as_array().into_iter().flatten() {
            fields.iter().for_each(|field| holds(&item[*field]));
            holds(&item["citation"]["sha256"]);
        }
    };
    each("hits", &["uri", "passage"]);
    each("outline", &["anchor"]);
    each("links", &["uri"]);
    each("backlinks", &["uri"]);
    each("documents", &["uri", "type", "status"]);
    for passage in structured["briefing"]["passages"].as_array().into_iter().flatten() {
        holds(&passage["uri"]);
        holds(&passage["sha256"]);
    }
    if tool == "get_document" {
        holds(&structured["citation"]["sha256"]);
    }
}

#[tokio::test]
async fn pages_of_every_tool_follow_each_other_with_nothing_twice_and_nothing_lost() {
    let house = house().await;
    let mut agent = Agent::of(&house).await;
    let cases = [
        ("playbook/quotes", 300),
        ("playbook/quotes", 1_500),
        ("playbook/endless", 300),
        ("playbook/endless", 1_500),
        ("playbook/signs", 300),
        ("playbook/signs", 1_500),
        ("playbook/outline", 1_500),
    ];
    for (uri, max_tokens) in cases {
        let (mut read, mut cursor, mut pages) = (String::new(), Value::Null, 0);
        // The longest have hundreds of pages: of those the first are read.
        while pages == 0 || (!cursor.is_null() && pages < 40) {
            let arguments = json!({"uri": uri, "max_tokens": max_tokens, "cursor": cursor});
            let result = agent.call("get_document", &arguments).await;
            assert_ne!(result["isError"], true, "{arguments}: {}", text(&result));
            let page = &result["structuredContent"];
            read.push_str(page["text"].as_str().unwrap());
            cursor = page["next_cursor"].clone();
            pages += 1;
        }
        let file = house.read(&format!("{uri}.md"));
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let (read, file) = (plain(&read), plain(&file));
        assert!(!read.is_empty() && file.starts_with(&read), "{uri} in pages of {max_tokens}");
        assert!(!cursor.is_null() || read == file, "{uri} in pages of {max_tokens}");
    }
    let (mut listed, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let result =
            agent.call("browse_context", &json!({"limit": 100, "collection": "playbook", "cursor": cursor})).await;
        let documents = result["structuredContent"]["documents"].as_array().unwrap();
        listed.extend(documents.iter().map(|document| document["uri"].as_str().unwrap().to_owned()));
        cursor = result["structuredContent"]["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let once: BTreeSet<_> = listed.iter().collect();
    assert_eq!((listed.len(), once.len()), (162, 162));
}

#[tokio::test]
async fn a_text_of_great_blocks_is_cut_smaller_until_it_fits_any_budget() {
    // Quotes and line breaks cost more as JSON, so that a block which fits as text does not fit as an answer.
    let block = |lines: usize| format!("```yaml\n{}```\n\n", "- \"name\": \"value\"\n".repeat(lines));
    let page = format!("# Blocks\n\n{}{}{}", block(90), block(60), block(140));
    let house = TestHouse::of(&[("playbook/blocks.md", &page)]).await;
    let mut agent = Agent::of(&house).await;
    for budget in (300..2_400).step_by(50) {
        let read = agent.call("get_document", &json!({"uri": "cairn://playbook/blocks", "max_tokens": budget})).await;
        assert_ne!(read["isError"], true, "{budget}: {}", text(&read));
    }
}

#[tokio::test]
async fn a_cursor_of_a_state_that_is_gone_says_what_to_do_and_one_of_another_document_stays_good() {
    let mut house = house().await;
    let mut agent = Agent::of(&house).await;
    let search = json!({"query": "kittiwakex", "limit": 3});
    let first = agent.call("search_context", &search).await["structuredContent"]["next_cursor"].clone();
    let read = agent.call("get_document", &json!({"uri": "playbook/quotes"})).await["structuredContent"]["next_cursor"]
        .clone();
    house.write("playbook/plain.md", "# Plain\n\nNo bird.\n");
    house.index().await;
    let gone = agent.call("search_context", &json!({"query": "kittiwakex", "limit": 3, "cursor": first})).await;
    assert_eq!(gone["isError"], true);
    assert!(text(&gone).contains("leave it out to start again"), "{}", text(&gone));
    let good = agent.call("get_document", &json!({"uri": "playbook/quotes", "cursor": read})).await;
    assert_ne!(good["isError"], true, "what was read has not changed: {}", text(&good));
}

#[tokio::test]
async fn nothing_found_is_answered_with_near_words_what_filters_there_are_and_what_can_be_browsed() {
    let house = house().await;
    let mut agent = Agent::of(&house).await;
    let cases = [
        (
            json!({"query": "\"kittiwakexx\" kittiwakexx"}),
            vec!["nearest words: kittiwakex", "you may see corpus (1 documents), playbook"],
        ),
        (json!({"query": "kittiwakex", "types": ["playbok"]}), vec!["types there are: ", "playbook", "tags there are"]),
        (json!({"query": "kittiwakex tag:none"}), vec!["no passage passed the filters", "tag-0"]),
        (
            json!({"query": "kittiwakex", "types": ["playbok"], "max_tokens": 120}),
            vec!["no passage passed the filters"],
        ),
    ];
    for (arguments, expected) in cases {
        let result = agent.call("search_context", &arguments).await;
        let hint = result["structuredContent"]["hint"].as_str().unwrap_or_default().to_owned();
        for part in expected {
            assert!(hint.contains(part), "{arguments}: {part:?} is not in {hint:?}");
            assert!(text(&result).contains(part));
        }
    }
    let section = agent.call("get_document", &json!({"uri": "playbook/plain", "section": "stepz"})).await;
    assert!(text(&section).contains("there are plain, steps"), "{}", text(&section));
}
