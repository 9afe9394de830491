//! Retrievals as spans, sent to a collector as they are written: OTLP over HTTP, as JSON, by what is here anyway.
//!
//! Only in a build with `--features otlp`, and only when OpenTelemetry's variables say where to. What is sent is read
//! from the ledger, behind the answers: no question waits for it, and while the collector is away the ledger keeps what
//! is still to be sent, so that one batch is all that is held. At the end all that is left is sent, within one bound of
//! time. Texts of questions are not sent.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use super::log::span;
use crate::ledger::{Follower, LedgerError, LedgerReader, Record};

/// The most spans that are sent at once.
const BATCH: usize = 256;
/// How often the ledger is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How long a collector may take to answer, and how long one that does not is left alone at most.
const TIMEOUT: Duration = Duration::from_secs(10);
const AWAY: Duration = Duration::from_secs(60);
/// How long the end may take. No shorter than `TIMEOUT`: a request may be under way when it comes.
const LAST: Duration = TIMEOUT;

/// The variables that headers come from: those for everything, and those for traces, which come before them.
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
pub(super) const TRACES_HEADERS: &str = "OTEL_EXPORTER_OTLP_TRACES_HEADERS";

/// Where spans go, and what goes with them.
pub(super) struct Collector {
    /// The address for traces.
    url: String,
    /// The variable that headers come from, such as a key, and what it says.
    headers: (&'static str, String),
}

/// A thread that sends until it is told to end.
pub(super) struct Exporter {
    stop: Arc<Stop>,
    thread: JoinHandle<()>,
}

/// Until when what is left may be sent, once the end has come.
type Stop = (Mutex<Option<Instant>>, Condvar);

impl Collector {
    /// Reads what OpenTelemetry's variables say (exporter specification, "Endpoint URLs for OTLP/HTTP"): an address for
    /// traces as it is, or one for everything, to which `v1/traces` is added; headers for everything.
    pub(super) fn of(traces: Option<&str>, all: Option<&str>, headers: Option<&str>) -> Option<Self> {
        let below = |base: &str| format!("{}/v1/traces", base.trim_end_matches('/'));
        let given = |text: &&str| !text.trim().is_empty();
        let url = traces.filter(given).map(str::to_owned).or_else(|| all.filter(given).map(below))?;
        Some(Self { url, headers: (HEADERS, headers.unwrap_or_default().to_owned()) })
    }

    /// Takes headers for traces, if there are any, in place of those for everything.
    pub(super) fn with_own_headers(self, traces: Option<&str>) -> Self {
        match traces.filter(|text| !text.trim().is_empty()) {
            Some(text) => Self { headers: (TRACES_HEADERS, text.to_owned()), ..self },
            None => self,
        }
    }
}

/// Why headers can't be sent. What is written there may be a key, and is not repeated.
#[derive(Debug, thiserror::Error)]
enum HeadersError {
    #[error("{variable}: header {place} is not `name=value` with a name that HTTP takes")]
    Name { variable: &'static str, place: usize },
    #[error("{variable}: the value of {name}, percent-decoded, is none that a header can have")]
    Value { variable: &'static str, name: HeaderName },
}

/// A member of a list of headers, which has W3C Baggage's form (exporter specification, "Specifying headers via
/// environment variables").
fn header(variable: &'static str, place: usize, member: &str) -> Result<(HeaderName, HeaderValue), HeadersError> {
    let malformed = || HeadersError::Name { variable, place };
    let (name, value) = member.split_once('=').ok_or_else(malformed)?;
    let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| malformed())?;
    let value: Vec<u8> = percent_decode_str(value.trim()).collect();
    match HeaderValue::from_bytes(&value) {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(HeadersError::Value { variable, name }),
    }
}

/// What brings spans to a collector.
struct Sender {
    agent: Agent,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Sender {
    fn of(collector: Collector) -> Result<Self, HeadersError> {
        let Collector { url, headers: (variable, text) } = collector;
        let members = text.split(',').map(str::trim).filter(|member| !member.is_empty());
        let headers = (1..).zip(members).map(|(place, member)| header(variable, place, member));
        let headers = headers.collect::<Result<Vec<_>, _>>()?;
        // A redirect would carry spans to where nobody configured them to go.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build();
        Ok(Self { agent: Agent::new_with_config(config), url, headers })
    }

    fn send(&self, spans: &[Value], timeout: Duration) -> Sent {
        let of_service =
            [span::text("service.name", "cairn"), span::text("service.version", env!("CARGO_PKG_VERSION"))];
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": of_service},
            "scopeSpans": [{"scope": {"name": "cairn.ledger"}, "spans": spans}],
        }]});
        let mut request = self.agent.post(&self.url).config().timeout_global(Some(timeout)).build();
        request = request.header("content-type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match request.send(body.to_string()) {
            Ok(answer) => match answer.status().as_u16() {
                200..=299 => Sent::Taken,
                // Those that may go better (OTLP specification, "Failures").
                status @ (429 | 502 | 503 | 504) => {
                    Sent::Later { why: format!("it answers {status}"), after: retry_after(answer.headers()) }
                }
                status => Sent::Refused(status),
            },
            Err(error) => Sent::Later { why: error.to_string(), after: None },
        }
    }
}

/// What became of a batch.
enum Sent {
    Taken,
    /// Why not now, and how long the collector wants to be left alone, if it says so.
    Later {
        why: String,
        after: Option<Duration>,
    },
    Refused(u16),
}

/// How long a collector wants to be left alone. A date is passed over: its clock need not be ours.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse::<u64>().ok()?;
    Some(Duration::from_secs(seconds).clamp(EVERY, AWAY))
}

impl Exporter {
    /// Begins to send what is written from now on.
    ///
    /// # Errors
    /// Fails when headers can't be sent, the ledger can't be read or a thread can't be started.
    pub(super) fn begin(ledger: &Path, collector: Collector) -> anyhow::Result<Self> {
        let sender = Sender::of(collector)?;
        let (_, follower) = LedgerReader::open(ledger)?.follow(0)?;
        let stop: Arc<Stop> = Arc::new((Mutex::new(None), Condvar::new()));
        let own = Arc::clone(&stop);
        let work = move || run(follower, &sender, &own);
        let thread = std::thread::Builder::new().name("cairn-otlp".to_owned()).spawn(work)?;
        Ok(Self { stop, thread })
    }

    /// Sends what is written and not sent yet, as far as `LAST` goes, and ends.
    pub(super) fn end(self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + LAST);
        self.stop.1.notify_all();
        let _ended = self.thread.join().is_ok();
    }
}

fn run(mut follower: Follower, sender: &Sender, stop: &Stop) {
    let (mut batch, mut pause) = (Vec::new(), EVERY);
    let until = loop {
        fill(&mut batch, &mut follower);
        let full = batch.len() == BATCH;
        let mut wait = None;
        match if batch.is_empty() { Sent::Taken } else { sender.send(&batch, TIMEOUT) } {
            Sent::Taken => {
                batch.clear();
                pause = EVERY;
            }
            Sent::Later { why, after } => {
                if pause == EVERY {
                    tracing::warn!(otlp.why = %why, "the collector takes no spans now; the ledger keeps them");
                }
                pause = (pause * 2).min(AWAY);
                wait = after;
            }
            Sent::Refused(status) => {
                leave_out(&mut batch, status);
                pause = EVERY;
            }
        }
        // Where there is more, it is sent at once.
        let wait = if full && batch.is_empty() { Duration::ZERO } else { wait.unwrap_or(pause) };
        let stopping = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = stop.1.wait_timeout_while(stopping, wait, |until| until.is_none());
        let until = *waited.unwrap_or_else(PoisonError::into_inner).0;
        if let Some(until) = until {
            break until;
        }
    };
    if let Err(why) = flush(&mut batch, &mut follower, sender, until) {
        let left = batch.len() + count(&mut follower);
        tracing::warn!(otlp.why = %why, otlp.spans = left, "the server stops, and spans that are left are not sent");
    }
}

/// Sends all that is left, or says why it could not. A collector that takes nothing now is not asked again: somebody
/// waits for the end.
fn flush(batch: &mut Vec<Value>, follower: &mut Follower, sender: &Sender, until: Instant) -> Result<(), String> {
    loop {
        fill(batch, follower);
        if batch.is_empty() {
            return Ok(());
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err("it took too long".to_owned());
        }
        match sender.send(batch, left) {
            Sent::Taken => batch.clear(),
            Sent::Later { why, .. } => return Err(why),
            Sent::Refused(status) => leave_out(batch, status),
        }
    }
}

/// Drops what would be refused again.
fn leave_out(batch: &mut Vec<Value>, status: u16) {
    tracing::warn!(otlp.status = status, otlp.spans = batch.len(), "the collector refused spans, which are left out");
    batch.clear();
}

/// Takes what is written into a batch, as far as it has room. A line that is no record is passed over.
fn fill(batch: &mut Vec<Value>, follower: &mut Follower) {
    while batch.len() < BATCH {
        match follower.next_line() {
            Ok(Some(line)) => {
                if let Record::Retrieval(retrieval) = &line.record {
                    batch.push(span::of(&line, retrieval));
                }
            }
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a line of the ledger is not sent to the collector"
                );
                // Behind a line that is none there are others; what can't be read is tried again later.
                if !matches!(error, LedgerError::Malformed { .. }) {
                    return;
                }
            }
        }
    }
}

/// How many retrievals are written behind where a follower stands.
fn count(follower: &mut Follower) -> usize {
    let mut retrievals = 0;
    loop {
        match follower.next_raw() {
            Ok(Some(line)) => retrievals += usize::from(line.kind == "retrieval"),
            Err(LedgerError::Malformed { .. }) => {}
            Ok(None) | Err(_) => return retrievals,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use serde_json::Value;
    use ureq::http::header::{HeaderValue, RETRY_AFTER};

    use super::{AWAY, BATCH, Collector, EVERY, Exporter, LAST, Sender, count, flush, retry_after};
    use crate::access::Principal;
    use crate::ledger::{
        Face, Keeper, LedgerReader, LedgerSink as _, Options, Retrieval, RetrievalId, SystemClock, SystemRandomness,
        Verb,
    };

    /// A collector that gives each answer in turn, a status and lines of a head, and then 200; what it was sent.
    fn collector(answers: &'static [(u16, &'static str)]) -> (String, mpsc::Receiver<(String, Value)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (told, sent) = mpsc::channel();
        std::thread::spawn(move || {
            for (at, stream) in listener.incoming().enumerate() {
                let mut stream = BufReader::new(stream.unwrap());
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    stream.read_line(&mut line).unwrap();
                    if line.trim().is_empty() {
                        break;
                    }
                    if let Some((_, value)) = line.to_ascii_lowercase().split_once("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    head.push_str(&line);
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).unwrap();
                let (status, lines) = answers.get(at).copied().unwrap_or((200, ""));
                let answer = format!("HTTP/1.1 {status} X\r\n{lines}content-length: 0\r\nconnection: close\r\n\r\n");
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
                if told.send((head, serde_json::from_slice(&body).unwrap())).is_err() {
                    return;
                }
            }
        });
        (format!("http://{address}"), sent)
    }

    fn spans(body: &Value) -> Vec<Value> {
        body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone()
    }

    fn retrieval(trace: Option<&str>) -> Retrieval {
        let id = RetrievalId::new(&SystemClock, &SystemRandomness).unwrap();
        let mut retrieval = Retrieval::new(id, &Principal::anonymous(), Face::Http, Verb::Search);
        retrieval.scope.push("public".to_owned());
        retrieval.query = Some("the secret question".to_owned());
        retrieval.trace = trace.map(str::to_owned);
        retrieval.ms = 2.5;
        retrieval
    }

    #[test]
    fn each_retrieval_is_sent_as_a_span_of_its_callers_trace_and_nothing_is_lost_while_the_collector_is_away() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Keeper::open(folder.path(), Options::default()).unwrap();
        ledger.append(retrieval(None)).wait().unwrap();
        let (base, sent) = collector(&[(503, "")]);
        let collector = Collector::of(None, Some(&format!("{base}/")), Some("api-key=k1, x=Basic%20abc")).unwrap();
        let exporter = Exporter::begin(folder.path(), collector).unwrap();
        let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        ledger.append(retrieval(Some(parent))).wait().unwrap();
        let (head, refused) = sent.recv().unwrap();
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        // Names of headers have no case.
        let held = |line: &str| head.lines().any(|had| had.eq_ignore_ascii_case(line));
        assert!(held("api-key: k1") && held("x: Basic abc"), "{head}");
        ledger.append(retrieval(None)).wait().unwrap();
        exporter.end();
        let mut all = Vec::new();
        while all.len() < 2 {
            all.extend(spans(&sent.recv().unwrap().1));
        }
        assert_eq!(spans(&refused)[0], all[0], "what was refused for now is sent again");
        let span = &all[0];
        assert_eq!(
            (&span["traceId"], &span["parentSpanId"]),
            (&"0af7651916cd43dd8448eb211c80319c".into(), &"00f067aa0ba902b7".into())
        );
        assert_eq!((&span["name"], &span["kind"]), (&"retrieval public".into(), &2.into()));
        let [began, ended] =
            ["startTimeUnixNano", "endTimeUnixNano"].map(|name| span[name].as_str().unwrap().parse::<u64>().unwrap());
        assert_eq!(ended - began, 2_500_000);
        assert!(all[1]["parentSpanId"].is_null() && all[1]["traceId"].as_str().unwrap().len() == 32, "{}", all[1]);
        assert_ne!(all[0]["spanId"], all[1]["spanId"]);
        let text = Value::from(all).to_string();
        assert!(text.contains("gen_ai.operation.name") && !text.contains("secret question"), "{text}");
        ledger.close();
    }

    #[test]
    fn the_address_is_that_of_opentelemetrys_variables() {
        let url = |traces, all| Collector::of(traces, all, None).map(|collector| collector.url);
        assert_eq!(url(None, Some("http://c:4318")).as_deref(), Some("http://c:4318/v1/traces"));
        assert_eq!(url(Some("http://c/t"), Some("http://c:4318")).as_deref(), Some("http://c/t"));
        assert_eq!((url(None, None), url(Some(""), Some(" "))), (None, None));
    }

    #[test]
    fn headers_for_traces_come_before_those_for_everything_and_values_are_percent_decoded() {
        let headers = |all: &str, traces: Option<&str>| {
            let collector = Collector::of(None, Some("http://c"), Some(all)).unwrap().with_own_headers(traces);
            let sender = Sender::of(collector).map_err(|error| error.to_string())?;
            let shown = sender.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
            Ok::<Vec<String>, String>(shown.collect())
        };
        let decoded = headers("Authorization=Basic%20abc, x = a%2Cb=c+d ,", None).unwrap();
        assert_eq!(decoded, ["authorization: Basic abc", "x: a,b=c+d"]);
        assert_eq!(headers("a=1,b=2", Some("c=3")).unwrap(), ["c: 3"]);
        assert_eq!(headers("a=1", Some(" ")).unwrap(), ["a: 1"]);
        assert_eq!(headers("a=%0A", Some("c=3")).unwrap(), ["c: 3"], "what is not taken is not read");
        for (all, traces, named) in [
            ("a=1,k=secret%0A", None, "OTEL_EXPORTER_OTLP_HEADERS: the value of k,"),
            ("k=1", Some("k=secret%00"), "OTEL_EXPORTER_OTLP_TRACES_HEADERS: the value of k,"),
            ("a=1,secret", None, "OTEL_EXPORTER_OTLP_HEADERS: header 2 "),
            ("k: secret==", None, "OTEL_EXPORTER_OTLP_HEADERS: header 1 "),
        ] {
            let told = headers(all, traces).unwrap_err();
            assert!(told.starts_with(named) && !told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn a_collector_is_left_alone_as_long_as_it_says() {
        let after = |value| retry_after(&[(RETRY_AFTER, HeaderValue::from_static(value))].into_iter().collect());
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!((after("0"), after("86400")), (Some(EVERY), Some(AWAY)));
        assert_eq!((after("Wed, 21 Oct 2026 07:28:00 GMT"), after("-1")), (None, None));
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Keeper::open(folder.path(), Options::default()).unwrap();
        let (base, sent) = collector(&[(429, "retry-after: 4\r\n")]);
        let exporter = Exporter::begin(folder.path(), Collector::of(None, Some(&base), None).unwrap()).unwrap();
        let began = Instant::now();
        ledger.append(retrieval(None)).wait().unwrap();
        let [refused, taken] = [(); 2].map(|()| sent.recv().unwrap().1);
        assert_eq!(refused, taken);
        assert!(began.elapsed() >= Duration::from_secs(4), "{:?}", began.elapsed());
        exporter.end();
        ledger.close();
    }

    #[test]
    fn all_that_is_written_is_sent_at_the_end_batch_after_batch() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Keeper::open(folder.path(), Options::default()).unwrap();
        let (base, sent) = collector(&[(503, "retry-after: 60\r\n")]);
        let exporter = Exporter::begin(folder.path(), Collector::of(None, Some(&base), None).unwrap()).unwrap();
        ledger.append(retrieval(None)).wait().unwrap();
        assert_eq!(spans(&sent.recv().unwrap().1).len(), 1);
        let receipts: Vec<_> = (0..2 * BATCH).map(|_| ledger.append(retrieval(None))).collect();
        for receipt in receipts {
            receipt.wait().unwrap();
        }
        exporter.end();
        let batches = [(); 3].map(|()| spans(&sent.recv_timeout(LAST).unwrap().1).len());
        assert_eq!(batches, [BATCH, BATCH, 1]);
        ledger.close();
    }

    #[test]
    fn what_is_left_when_time_is_up_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Keeper::open(folder.path(), Options::default()).unwrap();
        let (_, mut follower) = LedgerReader::open(folder.path()).unwrap().follow(0).unwrap();
        let receipts: Vec<_> = (0..BATCH + 3).map(|_| ledger.append(retrieval(None))).collect();
        for receipt in receipts {
            receipt.wait().unwrap();
        }
        // Connections to it are made, and nobody answers.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sender = Sender::of(Collector::of(Some(&url), None, None).unwrap()).unwrap();
        let (mut batch, began) = (Vec::new(), Instant::now());
        let sent = flush(&mut batch, &mut follower, &sender, began + Duration::from_millis(300));
        assert!(sent.is_err() && began.elapsed() < Duration::from_secs(5), "{sent:?} {:?}", began.elapsed());
        assert_eq!(batch.len() + count(&mut follower), BATCH + 3);
        ledger.close();
    }

    #[test]
    fn a_collector_that_hangs_holds_the_end_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, _) = Keeper::open(folder.path(), Options::default()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let exporter = Exporter::begin(folder.path(), Collector::of(Some(&url), None, None).unwrap()).unwrap();
        ledger.append(retrieval(None)).wait().unwrap();
        let _under_way = listener.accept().unwrap();
        let told = Instant::now();
        exporter.end();
        assert!(told.elapsed() < LAST + Duration::from_secs(5), "{:?}", told.elapsed());
        ledger.close();
    }
}
