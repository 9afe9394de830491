//! Requests of strangers, over every route there is, with every name a stranger could guess.
//!
//! What there is to ask is read from the server: its list of routes, and the list of tools it gives out. A route or a
//! tool that nobody has written requests for stops the test.

use std::collections::BTreeSet;

use axum::http::Method;
use cairn::http::{ROUTES, Row};
use serde_json::{Value, json};

use super::canary::{canary, capital};
use super::corpus::{Pair, WORDS};
use super::dice::Dice;
use super::house::{Ask, Reply};
use super::messages;

/// Earlier states of the corpus, as they may be asked for: some that there are, and some that there are not.
pub(super) const STATES: [&str; 6] = ["HEAD", "HEAD~1", "1970-01-02", "2026-01-01", "main", "no-such-state"];

/// Methods that are tried on every route.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH];

/// Makes requests, and learns from answers what to ask next.
pub(crate) struct Asker {
    pub(super) dice: Dice,
    pub(super) ids: Vec<String>,
    pub(super) private_ids: Vec<String>,
    pub(super) cursors: Vec<String>,
    /// Requests that had a cursor in their answer, and the cursor.
    pages: Vec<(Ask, String)>,
    etags: Vec<(String, String)>,
    /// The tools that the server named, with their schemas.
    pub(super) tools: Vec<Value>,
    /// Revisions that pages named.
    revisions: BTreeSet<String>,
    /// What has still to be asked, whatever the dice say.
    pub(super) due: Vec<Ask>,
    /// What was asked: routes with methods, messages, tools.
    pub(super) asked: BTreeSet<String>,
}

impl Asker {
    /// An asker for a pair. One that is thorough asks everything there is once, in no order.
    pub(crate) fn new(dice: Dice, pair: &Pair, thorough: bool) -> Self {
        let mut asker = Self {
            dice,
            ids: pair.ids(),
            private_ids: pair.private_ids(),
            cursors: Vec::new(),
            pages: Vec::new(),
            etags: Vec::new(),
            tools: Vec::new(),
            revisions: BTreeSet::new(),
            due: Vec::new(),
            asked: BTreeSet::new(),
        };
        asker.due.push(messages::tools(false));
        if thorough {
            for row in &ROUTES {
                for method in METHODS {
                    let ask = asker.of_route(row, method);
                    asker.due.push(ask);
                }
            }
            let messages = messages::each(&mut asker);
            asker.due.extend(messages);
        }
        for at in (1..asker.due.len()).rev() {
            let with = 1 + asker.dice.below(at);
            asker.due.swap(at, with);
        }
        asker.due.reverse();
        asker
    }

    /// Whether everything that must be asked was.
    pub(crate) fn is_through(&self) -> bool {
        self.due.is_empty()
    }

    /// What was asked.
    pub(crate) fn asked(self) -> BTreeSet<String> {
        self.asked
    }

    /// The next request.
    pub(crate) fn next(&mut self) -> Ask {
        if let Some(due) = self.due.pop() {
            return due;
        }
        match self.dice.below(100) {
            0..8 if !self.pages.is_empty() => self.next_page(),
            8..14 if !self.etags.is_empty() => self.again(),
            14..38 => messages::any(self),
            38..44 => self.odd(),
            _ => {
                let row = &ROUTES[self.dice.below(ROUTES.len())];
                let usual = self.dice.chance(92);
                let method = if usual { self.dice.pick(row.methods) } else { self.dice.pick(&METHODS) }.clone();
                self.of_route(row, method)
            }
        }
    }

    /// Takes from an answer what can be asked with.
    pub(crate) fn learn(&mut self, ask: &Ask, reply: &Reply) {
        if let Some(etag) = reply.header("etag") {
            self.etags.push((ask.path.clone(), etag));
        }
        if ask.path.starts_with("/history/") {
            let page = String::from_utf8_lossy(&reply.body);
            let ranges = page.split("href=\"/compare/").skip(1).filter_map(|rest| rest.split('/').next());
            self.revisions.extend(ranges.flat_map(|range| range.split("..")).map(str::to_owned));
        }
        let body = reply.json();
        let answers = [&body, &body["result"], &body["result"]["structuredContent"]];
        let cursor = answers.iter().find_map(|answer| answer["next_cursor"].as_str().or(answer["nextCursor"].as_str()));
        let cursor = cursor.map(str::to_owned).or_else(|| reply.header("x-cairn-next-cursor"));
        if let Some(cursor) = cursor {
            self.cursors.push(cursor.clone());
            self.pages.push((ask.clone(), cursor));
        }
        if let Some(tools) = body["result"]["tools"].as_array()
            && self.tools.is_empty()
        {
            self.tools.clone_from(tools);
            for tool in tools {
                let name = tool["name"].as_str().unwrap().to_owned();
                let due = messages::tool(self, &name);
                self.due.push(due);
            }
        }
    }

    /// The search page, with a question or without, and narrowed or not.
    fn search_page(&mut self) -> String {
        let mut pairs = Vec::new();
        if self.dice.chance(75) {
            pairs.push(format!("q={}", encoded(&self.question())));
        }
        for (name, values) in [
            ("collection", ["playbook", "journeys", "corpus", "none"]),
            ("type", ["playbook", "decision", "memory", "term"]),
            ("tag", ["harbour", "Harbour", "ops", "none"]),
            ("fresh", ["verified", "month", "year", "stale"]),
        ] {
            if self.dice.chance(30) {
                pairs.push(format!("{name}={}", self.dice.pick(&values)));
            }
        }
        format!("/search?{}", pairs.join("&"))
    }

    /// A request to a route. The path, the query and the body are those that the route understands, and some it does not.
    #[expect(clippy::too_many_lines, reason = "one arm for each route")]
    fn of_route(&mut self, row: &Row, method: Method) -> Ask {
        self.asked.insert(format!("{method} {}", row.path));
        let path = match row.path {
            "/api/v1/search" => format!("/api/v1/search?{}", self.search()),
            "/api/v1/documents" => format!("/api/v1/documents?{}", self.browse()),
            "/api/v1/documents/{*id}" => self.document(),
            "/mcp" => return self.message(method),
            "/search" => self.search_page(),
            "/assets/{name}" => format!("/assets/{}", self.dice.pick(&["favicon.svg", "style.css", "x", "map.png"])),
            "/{*page}" => self.page(),
            "/tags" | "/changes" | "/glossary" | "/decisions" | "/sitemap.xml" | "/robots.txt" => row.path.to_owned(),
            "/tags/{*tag}" => {
                format!("/tags/{}", self.dice.pick(&["harbour", "ops", "changed", "Harbour", "none", "a/b"]))
            }
            "/history/{*id}" => format!("/history/{}", encoded_path(&self.id())),
            "/compare/{*range}" => {
                let named = |dice: &mut Dice, known: &BTreeSet<String>| {
                    let known: Vec<&String> = known.iter().collect();
                    if known.is_empty() || dice.chance(20) {
                        "0000000".to_owned()
                    } else {
                        (*dice.pick(&known)).clone()
                    }
                };
                let (from, to) = (named(&mut self.dice, &self.revisions), named(&mut self.dice, &self.revisions));
                format!("/compare/{from}..{to}/{}", encoded_path(&self.id()))
            }
            "/feeds/{*feed}" => {
                let feed =
                    self.dice.pick(&["changes", "in/playbook", "in/journeys", "in/corpus", "tagged/harbour", "x"]);
                format!("/feeds/{feed}.{}", self.dice.pick(&["atom", "json", "rss"]))
            }
            "/api/v1/reports/{name}" => {
                let name =
                    self.dice.pick(&["gaps", "stale", "unread", "repeats", "usage", "distribution", "health", "none"]);
                format!("/api/v1/reports/{name}{}", self.dice.pick(&["", "?since=7d", "?limit=0", "?x=1"]))
            }
            "/private/ledger/{id}" => {
                format!("/private/ledger/{}", self.dice.pick(&["r_00000000000000000000000000", "x", "tail"]))
            }
            "/private/reports/{name}" => format!("/private/reports/{}", self.dice.pick(&["gaps", "none"])),
            "/private/ledger" | "/private/ledger/tail" | "/private/ledger/events" | "/private/reports" => {
                row.path.to_owned()
            }
            "/docs/problems/{name}" => {
                format!("/docs/problems/{}", self.dice.pick(&["no-document", "internal", "none"]))
            }
            "/api/v1/events" | "/llms.txt" | "/llms-full.txt" => row.path.to_owned(),
            "/openapi.json" | "/docs/api" | "/docs/problems" => row.path.to_owned(),
            "/session" | "/session/end" | "/private" | "/api/v1/reports" => row.path.to_owned(),
            "/private/feedback" => format!("/private/feedback?retrieval=r_{}", "0".repeat(26)),
            "/api/v1/feedback" | "/api/v1/gaps" | "/api/v1/outcomes" | "/api/v1/changes" => row.path.to_owned(),
            "/healthz" | "/readyz" | "/metrics" | "/" | "/favicon.ico" => row.path.to_owned(),
            other => panic!("{other}: no requests are written for this route, add some to tests/wall/requests.rs"),
        };
        let mut ask = Ask { method, ..Ask::get(path) };
        if row.path == "/api/v1/search" && ask.method == Method::POST {
            let body = self.search_body();
            ask =
                Ask { body: body.to_string().into_bytes(), ..Ask { method: ask.method, ..Ask::get("/api/v1/search") } };
            ask = ask.with("content-type", "application/json");
        }
        if row.path.starts_with("/session") && ask.method == Method::POST {
            let secret = self.dice.pick(&["cairn_none", "", "zqxjvkw"]);
            ask.body = format!("form_key={}&token={secret}", "0".repeat(64)).into_bytes();
            ask = ask.with("content-type", "application/x-www-form-urlencoded");
            ask = ask.with("cookie", format!("__Host-cairn-form={}", "0".repeat(64)));
        }
        if ask.method == Method::POST && row.path == "/private/feedback" {
            ask.body = format!("form_key={}&verdict=bad&why={}", "0".repeat(64), canary(&mut self.dice)).into_bytes();
            ask = ask.with("content-type", "application/x-www-form-urlencoded");
        } else if ask.method == Method::POST && row.path.starts_with("/api/v1/") && row.path != "/api/v1/search" {
            ask.body = self.written().to_string().into_bytes();
            ask =
                ask.with("content-type", *self.dice.pick(&["application/json", "application/x-ndjson", "text/plain"]));
        }
        if (row.path.contains("documents") || row.path == "/{*page}") && self.dice.chance(20) {
            ask = ask.with("accept", "text/markdown");
        }
        if self.dice.chance(6) {
            ask = ask.with("accept-encoding", "gzip");
        }
        ask
    }

    fn message(&mut self, method: Method) -> Ask {
        let ask = messages::any(self);
        Ask { method, ..ask }
    }

    /// A name: of a public document, of a private one, of one that is nowhere.
    pub(super) fn id(&mut self) -> String {
        match self.dice.below(10) {
            0..5 => self.dice.pick(&self.ids).clone(),
            5..8 => self.dice.pick(&self.private_ids).clone(),
            8 => format!("corpus/{}", canary(&mut self.dice)),
            _ => (*self.dice.pick(&["nowhere/x", "playbook/none", "x", "../corpus/plan", "corpus", "playbook"]))
                .to_owned(),
        }
    }

    /// A question: in public words, in private ones, in names, in signs.
    pub(super) fn question(&mut self) -> String {
        let word = |dice: &mut Dice| (*dice.pick(&WORDS)).to_owned();
        let dice = &mut self.dice;
        let words: Vec<String> = (0..1 + dice.below(5)).map(|_| word(dice)).collect();
        let words = words.join(" ");
        match dice.below(16) {
            0 => format!("\"{} {}\"", word(dice), word(dice)),
            1 => format!("{words} -{}", word(dice)),
            2 => words.chars().take(words.len() - 1).collect::<String>() + "*",
            3 => format!("{}*", &word(dice)[..1]),
            4 => (*dice.pick(&["relaese freze", "harbuor pilto", "relase", "beecon of the habour", "duty list"]))
                .to_owned(),
            5 => format!(
                "{} {words}",
                dice.pick(&[
                    "type:term",
                    "tag:harbour",
                    "-tag:ops",
                    "status:draft",
                    "owner:ada",
                    "collection:corpus",
                    "path:guides/*"
                ])
            ),
            6 => (*dice.pick(&["tag:harbour", "type:evalset", "-type:none", "collection:corpus", "owner:@stewards"]))
                .to_owned(),
            7 => canary(dice),
            8 => format!("{words} {}", capital(&canary(dice))),
            9 => {
                (*dice.pick(&["Secret plan", "Releasing", "Part 1", "0042", "Grand Tour", "Twins", "hidden", "Häuser"]))
                    .to_owned()
            }
            10 | 11 => {
                let id = self.id();
                if self.dice.chance(50) { id } else { id.rsplit('/').next().unwrap_or_default().to_owned() }
            }
            12 => (*dice.pick(&["", "\"", "-", "((((", "\u{202e}", "the of and", "猫", "?"])).to_owned(),
            _ => words,
        }
    }

    fn search(&mut self) -> String {
        let mut query = format!("q={}", encoded(&self.question()));
        for (name, values, often) in [
            ("limit", &["1", "3", "5", "20", "0", "many"][..], 40),
            ("max_tokens", &["120", "300", "1000", "8000", "1"], 20),
            ("explain", &["true", "1", "maybe"], 40),
            ("detail", &["brief", "concise", "full", "none"], 25),
            ("per_document", &["1", "5", "0"], 10),
            ("collections", &["playbook", "corpus", "corpus,playbook", "nowhere", "A"], 12),
            ("types", &["term", "evalset", "decision"], 8),
            ("tags", &["harbour", "changed"], 8),
            ("status", &["draft", "superseded", "new"], 8),
            ("as_of", &STATES, 10),
            ("colour", &["red"], 1),
        ] {
            if self.dice.chance(often) {
                query.push_str(&format!("&{name}={}", self.dice.pick(values)));
            }
        }
        if self.dice.chance(5) {
            query.push_str(&format!("&cursor={}", self.cursor()));
        }
        query
    }

    pub(super) fn search_body(&mut self) -> Value {
        let mut body = json!({"query": self.question()});
        if self.dice.chance(40) {
            body["limit"] = json!(self.dice.pick(&[1, 5, 20, 21]));
        }
        if self.dice.chance(40) {
            body["max_tokens"] = json!(self.dice.pick(&[120, 500, 4_000]));
        }
        if self.dice.chance(40) {
            body["explain"] = json!(true);
        }
        if self.dice.chance(20) {
            body["collections"] = json!([self.dice.pick(&["corpus", "playbook"])]);
        }
        if self.dice.chance(20) {
            body["detail"] = json!(self.dice.pick(&["full", "brief"]));
        }
        if self.dice.chance(10) {
            body["as_of"] = json!(self.dice.pick(&STATES));
        }
        body
    }

    /// What somebody may write who may write.
    pub(super) fn written(&mut self) -> Value {
        let retrieval = format!("r_{}", "0".repeat(26));
        match self.dice.below(4) {
            0 => json!({"retrieval_id": retrieval, "verdict": "bad", "why": self.question(), "uri": self.id()}),
            1 => json!({"need": self.question(), "tried": canary(&mut self.dice)}),
            2 => json!({"outcome": "reply", "uri": self.id()}),
            _ => json!({"process_id": self.id(), "decision": self.question(), "retrievals": [retrieval]}),
        }
    }

    pub(super) fn cursor(&mut self) -> String {
        if self.cursors.is_empty() || self.dice.chance(30) {
            return (*self.dice.pick(&["123456789012345-1", "x", "123456789012345-1-15"])).to_owned();
        }
        self.dice.pick(&self.cursors).clone()
    }

    fn browse(&mut self) -> String {
        let mut query = Vec::new();
        for (name, values, often) in [
            ("limit", &["1", "2", "100", "0"][..], 60),
            ("collection", &["playbook", "corpus", "journeys", "nowhere"], 40),
            ("prefix", &["guides/", "g", "p", "z"], 25),
            ("type", &["term", "playbook", "decision"], 20),
        ] {
            if self.dice.chance(often) {
                query.push(format!("{name}={}", self.dice.pick(values)));
            }
        }
        if self.dice.chance(10) {
            query.push(format!("cursor={}", self.cursor()));
        }
        query.join("&")
    }

    fn document(&mut self) -> String {
        let id = encoded_path(&self.id());
        let suffix = *self.dice.pick(&["", "", ".md", ".markdown", ".html"]);
        let query = *self.dice.pick(&[
            "",
            "",
            "?section=part-1",
            "?section=none",
            "?max_tokens=200",
            "?max_tokens=1",
            "?x=1",
            "?as_of=HEAD~1",
            "?as_of=1970-01-02",
        ]);
        format!("/api/v1/documents/{id}{suffix}{query}")
    }

    fn page(&mut self) -> String {
        let id = encoded_path(&self.id());
        match self.dice.below(8) {
            0..3 => format!("/{id}"),
            3 => format!("/{id}{}", self.dice.pick(&[".md", ".json", ".markdown", ".html", "/", "/index.html"])),
            4 => format!("/{}", id.rsplit_once('/').map_or("", |(folder, _)| folder)),
            5 => (*self.dice.pick(&[
                "/playbook",
                "/journeys",
                "/corpus",
                "/playbook/guides",
                "/playbook/img/map.png",
                "/playbook/img/open.png",
            ]))
            .to_owned(),
            _ => (*self.dice.pick(&[
                "/robots.txt",
                "/sitemap.xml",
                "/feed.xml",
                "/.git/HEAD",
                "/.cairn/tokens.json",
                "//x",
                "/cairn.toml",
                "/favicon.svg",
                "/api",
                "/api/v2/x",
                "/mcp/x",
            ]))
            .to_owned(),
        }
    }

    /// The page behind one that was had.
    fn next_page(&mut self) -> Ask {
        let (ask, cursor) = self.dice.pick(&self.pages).clone();
        if let Ok(Value::Object(mut body)) = serde_json::from_slice::<Value>(&ask.body) {
            match body.get_mut("params").and_then(Value::as_object_mut) {
                Some(params) => match params.get_mut("arguments").and_then(Value::as_object_mut) {
                    Some(arguments) => drop(arguments.insert("cursor".to_owned(), json!(cursor))),
                    None => drop(params.insert("cursor".to_owned(), json!(cursor))),
                },
                None => drop(body.insert("cursor".to_owned(), json!(cursor))),
            }
            return Ask { body: Value::Object(body).to_string().into_bytes(), ..ask };
        }
        let joint = if ask.path.contains('?') { '&' } else { '?' };
        Ask { path: format!("{}{joint}cursor={cursor}", ask.path), ..ask }
    }

    /// A page that the reader has already.
    fn again(&mut self) -> Ask {
        let (path, etag) = self.dice.pick(&self.etags).clone();
        let (_, other) = self.dice.pick(&self.etags).clone();
        Ask::get(path).with("if-none-match", if self.dice.chance(80) { etag } else { other })
    }

    /// What nobody should send.
    fn odd(&mut self) -> Ask {
        let question = encoded(&self.question());
        let post = |body: Vec<u8>, media: &str| {
            let ask = Ask { method: Method::POST, body, ..Ask::get("/api/v1/search") };
            ask.with("content-type", media)
        };
        match self.dice.below(12) {
            0 => Ask::get(format!("/api/v1/search?q={}", "x".repeat(9_000))),
            1 => post(vec![b'x'; 300_000], "application/json"),
            2 => post(b"{".to_vec(), "application/json"),
            3 => post(b"{\"query\":\"deploy\"}".to_vec(), "text/plain"),
            4 => Ask::get(format!("/api/v1/search?q={question}")).with("host", "evil.example"),
            5 => Ask::get(format!("/api/v1/search?q={question}")).with("origin", "https://evil.example"),
            6 => Ask::get(format!("/api/v1/search?q={question}")).with("authorization", "Bearer cairn_none"),
            7 => Ask::get(format!("/api/v1/search?q={question}&token=x")),
            8 => Ask::get("/api/v1/documents/%ff%fe"),
            9 => post(json!({"query": "x", "limit": []}).to_string().into_bytes(), "application/json"),
            10 => Ask::get(format!("/search?q={question}")).with("x-request-id", "my-own-id_7"),
            _ => Ask { method: Method::from_bytes(b"PROPFIND").unwrap(), ..Ask::get("/playbook") },
        }
    }
}

/// Percent-encodes everything but letters and digits.
pub(super) fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn encoded_path(text: &str) -> String {
    text.split('/').map(encoded).collect::<Vec<_>>().join("/")
}
