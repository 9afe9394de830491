//! What is no message, and why: for whoever sent it, through whichever door.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

/// The codes of JSON-RPC 2.0, section 5.1: what is not JSON, and JSON that is no message.
pub const NOT_JSON: i32 = -32_700;
/// JSON that is no message.
pub const NO_MESSAGE: i32 = -32_600;

/// The longest id that is repeated to whoever sent what is no message.
pub const ID_BYTES: usize = 256;

/// Whether a value is what a session takes as the id of a request: a string or a whole number, of 64 bits, or of 53 where it
/// is written as a fraction.
#[must_use]
pub fn is_id(value: &str) -> bool {
    let is_whole = |number: f64| number.fract() == 0.0 && number.abs() < 2_f64.powi(53);
    value.starts_with('"') || value.parse::<i64>().is_ok() || value.parse().is_ok_and(is_whole)
}

/// The error of JSON-RPC for what is no message.
#[derive(Debug, Serialize)]
pub struct NoMessage<'a> {
    jsonrpc: &'static str,
    /// That of the request, where it can be told; `null` otherwise, as section 5 of JSON-RPC 2.0 has it.
    id: Option<&'a RawValue>,
    error: Fault,
}

#[derive(Debug, Serialize)]
struct Fault {
    code: i32,
    message: String,
}

/// What a message has, as far as it is looked at. A member that is there twice is an error.
#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow, default, deserialize_with = "given")]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "given")]
    error: Option<&'a RawValue>,
}

/// Reads a member that is there, be it `null`.
fn given<'de: 'a, 'a, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> NoMessage<'a> {
    /// Finds out why `sent` was not understood. `why` is what was said of it, if anything was.
    #[must_use]
    pub fn of(sent: &'a [u8], why: &str) -> Self {
        let made = |code, id, message| Self { jsonrpc: "2.0", id, error: Fault { code, message } };
        let json = match serde_json::from_slice::<&RawValue>(sent) {
            Ok(json) => json.get(),
            Err(error) => return made(NOT_JSON, None, format!("message: is not JSON: {error}")),
        };
        let no_object = match json.as_bytes().first() {
            Some(b'{') => None,
            Some(b'[') => Some("message: is a batch; send one message at a time"),
            _ => Some("message: is no object; send one JSON-RPC request or notification"),
        };
        if let Some(what) = no_object {
            return made(NO_MESSAGE, None, what.to_owned());
        }
        match serde_json::from_str::<Members<'a>>(json) {
            Ok(members) => {
                let what = members.fault().map_or_else(|| not_understood(why), str::to_owned);
                made(NO_MESSAGE, members.asked(), what)
            }
            Err(error) => made(NO_MESSAGE, None, format!("message: {error}; send one message with each member once")),
        }
    }
}

impl<'a> Members<'a> {
    /// The id of a request that can be answered by it. An answer has an id of ours, which is not repeated.
    fn asked(&self) -> Option<&'a RawValue> {
        let asks = self.method.is_some() || self.result.is_none() && self.error.is_none();
        self.id.filter(|id| asks && id.get().len() <= ID_BYTES && is_id(id.get()))
    }

    /// What keeps them from being a message.
    fn fault(&self) -> Option<&'static str> {
        let answers = self.result.is_some() || self.error.is_some();
        if self.jsonrpc.and_then(text).as_deref() != Some("2.0") {
            return Some("jsonrpc: is not \"2.0\"; send \"jsonrpc\": \"2.0\" with each message");
        }
        match self.id {
            Some(id) if id.get() == "null" => {
                return Some("id: is null; send a number or a text, or leave it out for a notification");
            }
            Some(id) if !is_id(id.get()) => {
                return Some(
                    "id: is neither a text nor a whole number of 64 bits; send one, or leave it out for a notification",
                );
            }
            _ => {}
        }
        match self.method {
            None if !answers => Some("method: is missing; send one JSON-RPC request or notification"),
            Some(_) if answers => Some("message: has a method and an answer; send one or the other"),
            Some(method) if text(method).is_none() => Some("method: is no text; send the name of a method"),
            _ if !self.params.is_none_or(may_be_params) => {
                Some("params: are no object; send one with a member for each parameter, or leave them out")
            }
            _ => None,
        }
    }
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

fn may_be_params(params: &RawValue) -> bool {
    params.get().starts_with('{') || params.get() == "null"
}

fn not_understood(why: &str) -> String {
    let why = why.strip_prefix("fail to deserialize request body ").unwrap_or(why);
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    format!("message: is not understood{why}; send a request or notification in the form that MCP gives it")
}
