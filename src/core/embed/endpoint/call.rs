//! One request to an endpoint, and what went wrong with it.

use std::time::Duration;

use serde::Serialize;
use ureq::http::{Response, header};
use ureq::{Agent, Body};

use super::address::Address;
use super::answer;
use super::{EmbedError, EndpointOptions, Secret};

/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a question may take: somebody waits for it, and an answer by words is better than a late one.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a batch of passages may take: a processor without an accelerator needs many seconds.
const PASSAGES_TIMEOUT: Duration = Duration::from_secs(60);

/// The longest answer that is read.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// How much of a refusal is repeated.
const REFUSAL_CHARS: usize = 200;

/// Who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody who asked.
    Question,
    /// The indexer.
    Passages,
}

/// What went wrong with a request.
#[derive(Debug)]
pub(super) enum Fault {
    /// It may go better next time.
    Passing { what: String, retry_after: Option<Duration> },
    /// It would be refused again.
    Refused { status: u16, what: String },
    /// The answer can't be used.
    Unusable { what: String },
}

impl Fault {
    pub(super) fn into_error(self, caller: &Caller) -> EmbedError {
        let url = caller.address.url().to_owned();
        match self {
            Self::Passing { what, .. } => EmbedError::Unreachable { url, what },
            Self::Refused { status, what } => EmbedError::Refused { url, status, what },
            Self::Unusable { what } => EmbedError::Answer { url, what },
        }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    input: &'a [&'a str],
    encoding_format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dimensions: Option<usize>,
}

/// Sends requests; keeps connections open between them.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) address: Address,
    agent: Agent,
    key: Option<Secret>,
    model: String,
    dimensions: Option<usize>,
}

impl Caller {
    pub(super) fn new(address: Address, options: &EndpointOptions) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect or a proxy would carry texts to where nobody configured them to go.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .user_agent(concat!("cairn/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        let (key, model) = (options.key.clone(), options.model.clone());
        Self { address, agent, key, model, dimensions: options.dimensions }
    }

    /// Asks for the vectors of some texts, once. They are finite, one long, and as long as `dimensions` says.
    pub(super) fn ask(
        &self,
        texts: &[&str],
        dimensions: Option<usize>,
        urgency: Urgency,
    ) -> Result<Vec<Vec<f32>>, Fault> {
        let request =
            Request { model: &self.model, input: texts, encoding_format: "float", dimensions: self.dimensions };
        let body = serde_json::to_vec(&request).map_err(|error| Fault::Unusable { what: error.to_string() })?;
        let timeout = match urgency {
            Urgency::Question => QUESTION_TIMEOUT,
            Urgency::Passages => PASSAGES_TIMEOUT,
        };
        let mut post = self.agent.post(self.address.url()).config().timeout_global(Some(timeout)).build();
        post = post.header(header::CONTENT_TYPE, "application/json").header(header::ACCEPT, "application/json");
        if let Some(Secret(key)) = &self.key {
            post = post.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let mut response = post.send(&body[..]).map_err(|error| passing(&error))?;
        let status = response.status().as_u16();
        if !(200..300).contains(&status) {
            return Err(self.refusal(status, &mut response));
        }
        let bytes = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_vec();
        let bytes = bytes.map_err(|error| passing(&error))?;
        answer::vectors(&bytes, texts.len(), dimensions).map_err(|what| Fault::Unusable { what })
    }

    /// What an answer that is none says. The endpoint may repeat our key or our texts in it: the key is taken out, and
    /// the rest is cut.
    fn refusal(&self, status: u16, response: &mut Response<Body>) -> Fault {
        let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = after.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
        if matches!(status, 408 | 425 | 429 | 500..=599) {
            return Fault::Passing { what: format!("status {status}"), retry_after };
        }
        if (300..400).contains(&status) {
            return Fault::Refused { status, what: "it redirects, write the address it redirects to".to_owned() };
        }
        let said = response.body_mut().with_config().limit(4 << 10).lossy_utf8(true).read_to_string();
        let mut said = answer::message(&said.unwrap_or_default());
        if let Some(Secret(key)) = &self.key {
            said = said.replace(key.as_str(), "…");
        }
        Fault::Refused { status, what: said.chars().take(REFUSAL_CHARS).collect() }
    }
}

fn passing(error: &ureq::Error) -> Fault {
    Fault::Passing { what: error.to_string(), retry_after: None }
}
