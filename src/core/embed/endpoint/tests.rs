//! An endpoint against a small server that answers as each test tells it to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Endpoint, EndpointOptions, Patience, Secret};
use crate::embed::{EmbedError, Embedder, PieceStatistics};

/// What was asked: the head, in lower case, and the body.
#[derive(Debug, Clone)]
struct Asked {
    head: String,
    body: serde_json::Value,
}

impl Asked {
    fn texts(&self) -> Vec<String> {
        self.body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    }
}

/// What the server does: a status line with headers, and a body; nothing closes the connection.
type Reply = Option<(String, String)>;

/// A server that asks a function what to answer to the n-th request.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    fn new(answer: impl Fn(usize, &Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (seen, answer, count) = (Arc::clone(&asked), Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, answer, count) = (Arc::clone(&seen), Arc::clone(&answer), Arc::clone(&count));
                std::thread::spawn(move || converse(stream.unwrap(), &seen, &count, answer.as_ref()));
            }
        });
        Self { url, asked }
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn open(&self, change: impl FnOnce(&mut EndpointOptions)) -> (Endpoint, Arc<Waits>) {
        let waits = Arc::new(Waits::default());
        let mut options = options(&self.url);
        change(&mut options);
        (Endpoint::open(options, |_| None, Arc::clone(&waits) as Arc<dyn Patience>).unwrap(), waits)
    }
}

fn converse(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Asked>>,
    count: &AtomicUsize,
    answer: &(dyn Fn(usize, &Asked) -> Reply + Send + Sync),
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = head.to_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let asked = Asked { head, body: serde_json::from_slice(&body).unwrap() };
        seen.lock().unwrap().push(asked.clone());
        let Some((status, body)) = answer(count.fetch_add(1, Ordering::SeqCst), &asked) else { return };
        let length = body.len();
        let sent = write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        if sent.is_err() {
            return;
        }
    }
}

/// Waits for nothing and remembers how long it should have been.
#[derive(Debug, Default)]
struct Waits(Mutex<Vec<Duration>>);

impl Patience for Waits {
    fn wait(&self, pause: Duration) {
        self.0.lock().unwrap().push(pause);
    }

    fn lot(&self) -> f64 {
        1.0
    }
}

impl Waits {
    fn taken(&self) -> Vec<Duration> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn options(url: &str) -> EndpointOptions {
    EndpointOptions {
        url: url.to_owned(),
        model: "small".to_owned(),
        dimensions: None,
        key: None,
        query_prefix: String::new(),
        passage_prefix: String::new(),
    }
}

/// A vector that says which text it is of: its length in bytes against one.
fn vector(text: &str) -> [f64; 3] {
    [f64::from(u32::try_from(text.len()).unwrap()), 1.0, 0.0]
}

/// The right answer, in the wrong order: an index is there to be heeded.
fn right(asked: &Asked) -> Reply {
    let mut data: Vec<_> = asked
        .texts()
        .iter()
        .enumerate()
        .map(|(index, text)| serde_json::json!({"object": "embedding", "index": index, "embedding": vector(text)}))
        .collect();
    data.reverse();
    Some(("200 OK".to_owned(), serde_json::json!({"object": "list", "data": data}).to_string()))
}

fn says(status: &str, body: &str) -> Reply {
    Some((status.to_owned(), body.to_owned()))
}

fn is_of(vector: &[f32], text: &str) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "short texts")]
    let length = text.len() as f32;
    (vector[0] / vector[1] - length).abs() < 1e-3 && (vector.iter().map(|n| n * n).sum::<f32>() - 1.0).abs() < 1e-5
}

fn none() -> PieceStatistics {
    PieceStatistics::default()
}

#[test]
fn passages_go_in_batches_and_come_back_in_order_one_long() {
    let server = Server::new(|_, asked| right(asked));
    let (endpoint, waits) = server.open(|_| ());
    assert_eq!(endpoint.dimensions(), 3, "learned from a first question");
    let texts: Vec<String> = (0..100).map(|n| "x".repeat(n + 1)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let embeddings = endpoint.passages(&texts).unwrap();
    assert_eq!(embeddings.len(), 100);
    assert!(embeddings.iter().zip(&texts).all(|(embedding, text)| is_of(&embedding.vector, text)));
    assert!(embeddings.iter().all(|embedding| embedding.pieces.is_empty()));
    assert_eq!(server.count(), 1 + 4, "a probe and batches of 32");
    let asked = server.asked.lock().unwrap().clone();
    assert!(asked[1].head.starts_with("post /v1/embeddings http/1.1"), "{}", asked[1].head);
    assert_eq!((asked[1].body["model"].as_str(), asked[1].body.get("dimensions")), (Some("small"), None));
    assert!(!asked[1].head.contains("authorization"));
    assert!(waits.taken().is_empty());
}

#[test]
fn prefixes_dimensions_and_the_key_are_sent_and_the_key_is_shown_nowhere() {
    let server = Server::new(|at, asked| match at {
        0..2 => right(asked),
        _ => says("401 Unauthorized", r#"{"error":{"message":"key hunter2 is wrong"}}"#),
    });
    let (endpoint, _) = server.open(|options| {
        options.dimensions = Some(3);
        options.key = Some(Secret::new("hunter2".to_owned()));
        (options.query_prefix, options.passage_prefix) = ("query: ".to_owned(), "passage: ".to_owned());
    });
    assert_eq!(server.count(), 0, "whoever says how long vectors are is not asked");
    assert!(is_of(&endpoint.query("who", &none()).unwrap(), "query: who"));
    assert!(is_of(&endpoint.passages(&["me"]).unwrap()[0].vector, "passage: me"));
    let error = endpoint.query("who", &none()).unwrap_err();
    assert!(matches!(error, EmbedError::Refused { status: 401, .. }), "{error}");
    let asked = server.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|asked| asked.head.contains("authorization: bearer hunter2")));
    assert_eq!(asked[0].body["dimensions"], 3);
    for shown in
        [error.to_string(), format!("{error:?}"), format!("{endpoint:?}"), endpoint.model().as_str().to_owned()]
    {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_busy_server_is_asked_again_after_growing_pauses_or_as_long_as_it_says() {
    let server = Server::new(|at, asked| match at {
        0 => right(asked),
        1 => says("429 Too Many Requests\r\nretry-after: 7", "{}"),
        2 => says("503 Service Unavailable", "busy"),
        3 => None,
        4 => says("429 Too Many Requests\r\nretry-after: 86400", "{}"),
        _ => right(asked),
    });
    let (endpoint, waits) = server.open(|_| ());
    assert!(is_of(&endpoint.passages(&["abc"]).unwrap()[0].vector, "abc"));
    let [first, second, third, fourth] = waits.taken()[..] else { panic!("four pauses") };
    assert_eq!(first, Duration::from_secs(7));
    assert_eq!((second, third), (Duration::from_millis(800), Duration::from_millis(1_600)));
    assert_eq!(fourth, Duration::from_secs(30), "nobody is left waiting for a day");
}

#[test]
fn a_dead_server_ends_the_attempts_and_is_left_alone_for_a_while() {
    let server = Server::new(|at, asked| if at == 0 { right(asked) } else { says("500 Internal Server Error", "") });
    let (endpoint, waits) = server.open(|_| ());
    let error = endpoint.passages(&["abc"]).unwrap_err();
    assert!(matches!(error, EmbedError::Unreachable { .. }), "{error}");
    assert_eq!((server.count(), waits.taken().len()), (1 + 5, 4));
    for _ in 0..50 {
        assert!(matches!(endpoint.query("q", &none()), Err(EmbedError::Resting { .. })));
        assert!(matches!(endpoint.passages(&["q"]), Err(EmbedError::Resting { .. })));
    }
    assert_eq!(server.count(), 1 + 5, "nobody was sent there");
}

#[test]
fn a_question_is_asked_once_and_waits_no_longer_than_two_seconds() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = Mutex::new(held);
    let server = Server::new(move |at, asked| {
        if at > 0 {
            // Answers when the test is over.
            let _over = held.lock().unwrap().recv();
        }
        right(asked)
    });
    let (endpoint, waits) = server.open(|_| ());
    let began = Instant::now();
    let error = endpoint.query("q", &none()).unwrap_err();
    assert!(matches!(error, EmbedError::Unreachable { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    assert!(waits.taken().is_empty());
    assert!(matches!(endpoint.query("q", &none()), Err(EmbedError::Resting { .. })), "the next one does not wait");
    drop(hold);
}

#[test]
fn an_answer_that_does_not_fit_the_question_is_an_error_and_not_asked_for_again() {
    for (body, why) in [
        (r#"{"data":[]}"#, "0 vectors for 1 texts"),
        (r#"{"data":[{"index":0,"embedding":[1,0]}]}"#, "2 numbers and not 3"),
        (r#"{"data":[{"index":0,"embedding":[0,0,0]}]}"#, "no direction"),
        ("garbage", "JSON"),
    ] {
        let server = Server::new(move |at, asked| if at == 0 { right(asked) } else { says("200 OK", body) });
        let (endpoint, _) = server.open(|_| ());
        let error = endpoint.passages(&["abc"]).unwrap_err();
        assert!(matches!(error, EmbedError::Answer { .. }) && error.to_string().contains(why), "{error}");
        assert_eq!(server.count(), 2);
    }
}

#[test]
fn a_text_that_is_too_long_for_the_model_is_found_and_cut() {
    let server = Server::new(|_, asked| {
        if asked.texts().iter().any(|text| text.len() > 1_000) {
            return says("400 Bad Request", r#"{"error":"input is longer than the context"}"#);
        }
        right(asked)
    });
    let (endpoint, _) = server.open(|_| ());
    let long = "é".repeat(1_500);
    let embeddings = endpoint.passages(&["a", "bb", &long, "dddd"]).unwrap();
    for (at, text) in [(0, "a"), (1, "bb"), (2, long.get(..750).unwrap()), (3, "dddd")] {
        assert!(is_of(&embeddings[at].vector, text), "{at}");
    }
    let (endpoint, _) =
        Server::new(|at, asked| if at == 0 { right(asked) } else { says("400 Bad Request", "no") }).open(|_| ());
    assert!(matches!(endpoint.passages(&["a", "b"]), Err(EmbedError::Refused { status: 400, .. })));
}

#[test]
fn a_redirect_is_not_followed_with_our_texts() {
    let elsewhere = Server::new(|_, asked| right(asked));
    let to = format!("308 Permanent Redirect\r\nlocation: {}/v1/embeddings", elsewhere.url);
    let server = Server::new(move |at, asked| if at == 0 { right(asked) } else { says(&to, "") });
    let (endpoint, _) = server.open(|_| ());
    let error = endpoint.passages(&["abc"]).unwrap_err();
    assert!(matches!(error, EmbedError::Refused { status: 308, .. }), "{error}");
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn a_server_that_is_away_at_the_start_is_taken_as_it_was_remembered() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let open = |remembered: Option<usize>| {
        let waits: Arc<dyn Patience> = Arc::new(Waits::default());
        Endpoint::open(options(&format!("http://{closed}")), |_| remembered, waits)
    };
    let error = open(None).unwrap_err();
    assert!(matches!(error, EmbedError::Unreachable { .. }), "{error}");
    assert_eq!(open(Some(384)).unwrap().dimensions(), 384);
}

#[test]
fn the_id_names_address_model_length_and_prefixes() {
    let server = Server::new(|_, asked| right(asked));
    let id = |change: fn(&mut EndpointOptions)| server.open(change).0.model().as_str().to_owned();
    let plain = id(|_| ());
    assert!(plain.contains("/v1/embeddings small@") && plain.ends_with("/3"), "{plain}");
    assert_eq!(plain, id(|_| ()));
    assert_eq!(plain, id(|options| options.key = Some(Secret::new("k".to_owned()))), "a key makes no other vectors");
    let others = [
        id(|options| options.model = "large".to_owned()),
        id(|options| options.query_prefix = "q: ".to_owned()),
        id(|options| options.passage_prefix = "q: ".to_owned()),
        id(|options| options.dimensions = Some(2)),
    ];
    let distinct: std::collections::HashSet<_> = others.iter().chain([&plain]).collect();
    assert_eq!(distinct.len(), 5, "{distinct:?}");
}
