//! Retrievals as spans, sent to a collector as they are written: OTLP over HTTP, as JSON, by what is here anyway.
//!
//! Only in a build with `--features otlp`, and only when `OTEL_EXPORTER_OTLP_ENDPOINT` says where to. What is sent is read
//! from the ledger, behind the answers: no question waits for it, and while the collector is away the ledger keeps what
//! is still to be sent, so that one batch is all that is held. Texts of questions are not sent.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use super::log::span;
use crate::ledger::{Follower, LedgerReader, Record};

/// The most spans that are sent at once.
const BATCH: usize = 256;
/// How often the ledger is looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How long a collector may take to answer, and how long one that does not is left alone at most.
const TIMEOUT: Duration = Duration::from_secs(10);
const AWAY: Duration = Duration::from_secs(60);

/// Where spans go, and what goes with them.
pub(super) struct Collector {
    /// The address for traces.
    pub(super) url: String,
    /// Headers, such as a key.
    pub(super) headers: Vec<(String, String)>,
}

/// A thread that sends until it is told to end.
pub(super) struct Exporter {
    stop: Arc<(Mutex<bool>, Condvar)>,
    thread: JoinHandle<()>,
}

impl Collector {
    /// Reads what OpenTelemetry's variables say (exporter specification, "Endpoint URLs for OTLP/HTTP"): an address for
    /// traces as it is, or one for everything, to which `v1/traces` is added; headers as `name=value,…`.
    pub(super) fn of(traces: Option<&str>, all: Option<&str>, headers: Option<&str>) -> Option<Self> {
        let below = |base: &str| format!("{}/v1/traces", base.trim_end_matches('/'));
        let given = |text: &&str| !text.trim().is_empty();
        let url = traces.filter(given).map(str::to_owned).or_else(|| all.filter(given).map(below))?;
        let pairs = headers.unwrap_or_default().split(',').filter_map(|pair| pair.split_once('='));
        let headers = pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        Some(Self { url, headers })
    }

    fn send(&self, agent: &Agent, spans: &[Value]) -> Sent {
        let of_service =
            [span::text("service.name", "cairn"), span::text("service.version", env!("CARGO_PKG_VERSION"))];
        let body = json!({"resourceSpans": [{
            "resource": {"attributes": of_service},
            "scopeSpans": [{"scope": {"name": "cairn.ledger"}, "spans": spans}],
        }]});
        let mut request = agent.post(&self.url).header("content-type", "application/json");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        match request.send(body.to_string()) {
            Ok(answer) => match answer.status().as_u16() {
                200..=299 => Sent::Taken,
                // Those that may go better (OTLP specification, "Failures").
                status @ (429 | 502 | 503 | 504) => Sent::Later(format!("it answers {status}")),
                status => Sent::Refused(status),
            },
            Err(error) => Sent::Later(error.to_string()),
        }
    }
}

/// What became of a batch.
enum Sent {
    Taken,
    Later(String),
    Refused(u16),
}

impl Exporter {
    /// Begins to send what is written from now on.
    ///
    /// # Errors
    /// Fails when the ledger can't be read or a thread can't be started.
    pub(super) fn begin(ledger: &Path, collector: Collector) -> anyhow::Result<Self> {
        let (_, follower) = LedgerReader::open(ledger)?.follow(0)?;
        let stop = Arc::new((Mutex::new(false), Condvar::new()));
        let own = Arc::clone(&stop);
        let work = move || run(follower, &collector, &own);
        let thread = std::thread::Builder::new().name("cairn-otlp".to_owned()).spawn(work)?;
        Ok(Self { stop, thread })
    }

    /// Sends what is written and not sent yet, once, and ends.
    pub(super) fn end(self) {
        *self.stop.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.1.notify_all();
        let _ended = self.thread.join().is_ok();
    }
}

fn run(mut follower: Follower, collector: &Collector, stop: &(Mutex<bool>, Condvar)) {
    let config = Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false).build();
    let agent = Agent::new_with_config(config);
    let (mut batch, mut pause, mut ending) = (Vec::new(), EVERY, false);
    loop {
        fill(&mut batch, &mut follower);
        let full = batch.len() == BATCH;
        match if batch.is_empty() { Sent::Taken } else { collector.send(&agent, &batch) } {
            Sent::Taken => {
                batch.clear();
                pause = EVERY;
            }
            Sent::Later(why) => {
                if pause == EVERY {
                    tracing::warn!(otlp.why = %why, "the collector takes no spans; what is in the ledger is sent later");
                }
                pause = (pause * 2).min(AWAY);
            }
            Sent::Refused(status) => {
                tracing::warn!(
                    otlp.status = status,
                    otlp.spans = batch.len(),
                    "the collector refused spans, which are left out"
                );
                batch.clear();
            }
        }
        if ending {
            return;
        }
        // Where there is more, it is sent at once.
        let wait = if full && batch.is_empty() { Duration::ZERO } else { pause };
        let stopping = stop.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = stop.1.wait_timeout_while(stopping, wait, |stopping| !*stopping);
        ending = *waited.unwrap_or_else(PoisonError::into_inner).0;
    }
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
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::net::TcpListener;
    use std::sync::mpsc;

    use serde_json::Value;

    use super::{Collector, Exporter};
    use crate::access::Principal;
    use crate::ledger::{
        Face, Keeper, LedgerSink as _, Options, Retrieval, RetrievalId, SystemClock, SystemRandomness, Verb,
    };

    /// A collector that answers with each status in turn, and then with 200; what it was sent.
    fn collector(statuses: &'static [u16]) -> (String, mpsc::Receiver<(String, Value)>) {
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
                let status = statuses.get(at).copied().unwrap_or(200);
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.get_mut().write_all(answer.as_bytes()).unwrap();
                if told.send((head, serde_json::from_slice(&body).unwrap())).is_err() {
                    return;
                }
            }
        });
        (format!("http://{address}"), sent)
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
        let (base, sent) = collector(&[503]);
        let collector = Collector::of(None, Some(&format!("{base}/")), Some("api-key=k1, x=y")).unwrap();
        let exporter = Exporter::begin(folder.path(), collector).unwrap();
        let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        ledger.append(retrieval(Some(parent))).wait().unwrap();
        let (head, refused) = sent.recv().unwrap();
        assert!(
            head.starts_with("POST /v1/traces HTTP/1.1") && head.to_ascii_lowercase().contains("api-key: k1"),
            "{head}"
        );
        ledger.append(retrieval(None)).wait().unwrap();
        exporter.end();
        let spans = |body: &Value| body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap().clone();
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
}
