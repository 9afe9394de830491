//! What a request says of where it comes from: the program, the protocol it speaks, its trace, its process.
//!
//! All of it is written into the ledger, so all of it is bounded and free of control characters, whoever wrote it. What
//! has not its form is as if it had not been said: no request fails for it.

use http::HeaderMap;
use http::request::Parts;
use rmcp::RoleServer;
use rmcp::model::Implementation;
use rmcp::service::RequestContext;

use crate::library::{Caller, Client, Face, Verbs};

/// The header that names the process on whose behalf is asked.
pub const PROCESS_HEADER: &str = "x-cairn-process";
/// The same in the `_meta` of a message of MCP.
const PROCESS_FIELD: &str = "cairn/process";
/// The header with the version of MCP.
const PROTOCOL_HEADER: &str = "mcp-protocol-version";

/// The most characters of a client's name or version that are kept.
const NAME_CHARS: usize = 64;
/// The longest name of a process, in characters.
const PROCESS_CHARS: usize = 200;
/// The longest `tracestate` that everybody hands on, in bytes, and the most entries (W3C Trace Context, section 3.3).
const TRACE_STATE_BYTES: usize = 512;
const TRACE_STATE_ENTRIES: usize = 32;
/// How long a `traceparent` is, as far as it is known, and what is known of its flags (section 3.2): sampled, random.
const TRACE_BYTES: usize = 55;
const TRACE_FLAGS: u8 = 3;
/// The longest version of a protocol.
const PROTOCOL_CHARS: usize = 20;

/// Makes a client's name out of what it calls itself.
#[must_use]
pub fn client_named(name: &str, version: Option<&str>) -> Option<Client> {
    let clean = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect() };
    let name = clean(name.trim());
    let version = version.map(|version| clean(version.trim())).filter(|version| !version.is_empty());
    (!name.is_empty()).then_some(Client { name, version })
}

/// Reads the name of a process: a document's id, or what the caller calls it. A long one is none.
#[must_use]
pub fn process_named(text: &str) -> Option<String> {
    let name = text.trim();
    let fits = !name.is_empty() && name.chars().take(PROCESS_CHARS + 1).count() <= PROCESS_CHARS;
    (fits && !name.chars().any(char::is_control)).then(|| name.to_owned())
}

/// Reads a W3C trace context (`traceparent`); anything else is none. Ids that are all zeros name nothing. A version to come
/// may have more behind what is known; it is gone on with as version 00, with the flags that there are in it.
#[must_use]
pub fn traceparent(text: &str) -> Option<String> {
    let (known, more) = text.split_at_checked(TRACE_BYTES)?;
    let mut parts = known.split('-');
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let mut next = |length: usize| parts.next().filter(|part| part.len() == length && part.bytes().all(is_hex));
    let (version, trace, parent, flags) = (next(2)?, next(32)?, next(16)?, next(2)?);
    let names_something = [trace, parent].into_iter().all(|id| id.bytes().any(|byte| byte != b'0'));
    let is_whole = if version == "00" { more.is_empty() } else { more.is_empty() || more.starts_with('-') };
    let flags = u8::from_str_radix(flags, 16).ok()? & TRACE_FLAGS;
    (version != "ff" && names_something && is_whole).then(|| format!("00-{trace}-{parent}-{flags:02x}"))
}

/// Reads the state of a trace (`tracestate`): entries `key=value`, separated by commas.
fn trace_state(text: &str) -> Option<String> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    let mut entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let whole = entries.clone().count() <= TRACE_STATE_ENTRIES
        && entries.all(|entry| entry.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !value.is_empty()));
    (!text.is_empty() && text.len() <= TRACE_STATE_BYTES && plain && whole).then(|| text.to_owned())
}

/// Reads the version of a protocol: a date.
fn protocol(text: &str) -> Option<String> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    (!text.is_empty() && text.len() <= PROTOCOL_CHARS && plain).then(|| text.to_owned())
}

/// Adds what the headers of a request say of its caller.
pub fn introduced_by(caller: &mut Caller, headers: &HeaderMap) {
    let one = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    caller.client = user_agent(headers);
    caller.process = one(PROCESS_HEADER).and_then(process_named);
    // Several headers of this name are one list (W3C Trace Context, section 3.3).
    let states: Vec<_> = headers.get_all("tracestate").iter().filter_map(|value| value.to_str().ok()).collect();
    set_trace(caller, one("traceparent"), Some(states.join(",").as_str()));
}

/// Without a trace there is no state of one (W3C Trace Context, section 4.3).
fn set_trace(caller: &mut Caller, parent: Option<&str>, state: Option<&str>) {
    caller.trace = parent.and_then(traceparent);
    caller.trace_state = state.filter(|_| caller.trace.is_some()).and_then(trace_state);
}

/// A reader that knows through which door, from which program, in which trace and for which process its request came.
pub(super) fn introduced(reader: &dyn Verbs, context: &RequestContext<RoleServer>) -> Box<dyn Verbs> {
    let mut caller = reader.caller().clone();
    let said = context.meta.client_info().and_then(|client| named(&client));
    if let Some(parts) = context.extensions.get::<Parts>() {
        caller.face = Face::Mcp;
        introduced_by(&mut caller, &parts.headers);
        caller.client = said.or(caller.client);
        let version = parts.headers.get(PROTOCOL_HEADER).and_then(|value| value.to_str().ok()).and_then(protocol);
        caller.protocol = context.meta.protocol_version().and_then(|version| protocol(version.as_str())).or(version);
    } else {
        // Only a stream has a session, whose `initialize` still holds; over HTTP the library makes a name up.
        caller.client = said.or_else(|| context.client_info().and_then(|client| named(&client)));
        caller.protocol = context.protocol_version().and_then(|version| protocol(version.as_str()));
    }
    // What the message itself says is nearer to the question than what its envelope says.
    if let Some(parent) = context.meta.get_traceparent().filter(|parent| traceparent(parent).is_some()) {
        set_trace(&mut caller, Some(parent), context.meta.get_tracestate());
    }
    let process = context.meta.get(PROCESS_FIELD).and_then(|name| name.as_str()).and_then(process_named);
    caller.process = process.or(caller.process);
    reader.for_caller(caller)
}

fn named(client: &Implementation) -> Option<Client> {
    client_named(&client.name, Some(&client.version))
}

/// The first product of a `User-Agent`: `name/version`.
fn user_agent(headers: &HeaderMap) -> Option<Client> {
    let product = headers.get(http::header::USER_AGENT)?.to_str().ok()?.split_whitespace().next()?;
    match product.split_once('/') {
        Some((name, version)) => client_named(name, Some(version)),
        None => client_named(product, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{client_named, introduced_by, process_named, trace_state, traceparent};
    use crate::access::Principal;
    use crate::library::{Caller, Face};
    use http::HeaderMap;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

    #[test]
    fn a_trace_context_is_kept_only_in_its_exact_form() {
        assert_eq!(traceparent(GOOD).as_deref(), Some(GOOD));
        let ids = GOOD.get(3..52).unwrap();
        for (given, kept) in [
            (format!("00-{ids}-ff"), format!("00-{ids}-03")),
            (format!("cc-{ids}-00"), format!("00-{ids}-00")),
            (format!("01-{ids}-01-more"), GOOD.to_owned()),
        ] {
            assert_eq!(traceparent(&given), Some(kept), "{given}");
        }
        for bad in [
            "01-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01more",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b-é1",
            "",
            "00",
            "00-0AF7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            &format!("{GOOD}-x"),
            GOOD.trim_end_matches('1'),
            "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        ] {
            assert_eq!(traceparent(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_state_of_a_trace_is_bounded_and_goes_with_a_trace_alone() {
        let long = format!("a={}", "x".repeat(600));
        let many = vec!["a=b"; 33].join(",");
        for (text, kept) in [
            ("rojo=00f067aa0ba902b7, congo=t61rcWkgMzE", true),
            ("a=b=c", true),
            ("", false),
            ("a", false),
            ("=b", false),
            ("a=\u{7f}", false),
            ("a=ü", false),
            (long.as_str(), false),
            (many.as_str(), false),
        ] {
            assert_eq!(trace_state(text).is_some(), kept, "{text}");
        }
        let mut headers = HeaderMap::new();
        headers.append("tracestate", "a=b".parse().unwrap());
        headers.append("tracestate", "c=d".parse().unwrap());
        let mut caller = Caller::new(Principal::anonymous(), Face::Http);
        introduced_by(&mut caller, &headers);
        assert_eq!((caller.trace.as_deref(), caller.trace_state.as_deref()), (None, None));
        headers.insert("traceparent", GOOD.parse().unwrap());
        introduced_by(&mut caller, &headers);
        assert_eq!((caller.trace.as_deref(), caller.trace_state.as_deref()), (Some(GOOD), Some("a=b,c=d")));
    }

    #[test]
    fn a_client_cannot_write_control_characters_or_essays_into_the_ledger() {
        let client = client_named(&format!("a\u{1b}[2J\n{}", "b".repeat(500)), Some(" ")).unwrap();
        assert!(client.name.starts_with("a[2Jbb") && client.name.chars().count() == 64);
        assert_eq!(client.version, None);
        assert_eq!(client_named(" \n", Some("1")), None);
        assert_eq!(process_named(" playbook/release ").as_deref(), Some("playbook/release"));
        for bad in ["", " ", "a\nb", &"x".repeat(201)] {
            assert_eq!(process_named(bad), None, "{bad}");
        }
    }
}
