//! The place of a request in its caller's trace (W3C Trace Context): the answer and the log go on with it.
//!
//! A caller that names no trace gets none: nobody would look for it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::ledger::Randomness;
use crate::mcp::traceparent;

pub(super) const HEADER: HeaderName = HeaderName::from_static("traceparent");

/// A part of a caller's trace: the work on one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Continued {
    parent: String,
    /// What this part is called in the trace; never 0, which names nothing.
    span: u64,
}

impl Continued {
    /// Goes on with the trace that the headers name, if they name one.
    pub(super) fn of(headers: &HeaderMap, randomness: &dyn Randomness) -> Option<Self> {
        let parent = headers.get(&HEADER)?.to_str().ok().and_then(traceparent)?;
        let mut bytes = [0; 8];
        // Without randomness it is called 1, as every other part would be.
        let _filled = randomness.fill(&mut bytes).is_ok();
        Some(Self { parent, span: u64::from_be_bytes(bytes).max(1) })
    }

    /// The trace's id, 32 hexadecimal digits.
    pub(super) fn trace(&self) -> &str {
        self.parent.get(3..35).unwrap_or_default()
    }

    /// The place of this part, as the answer names it.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let flags = self.parent.get(53..55).unwrap_or("00");
        HeaderValue::try_from(format!("00-{}-{:016x}-{flags}", self.trace(), self.span)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Continued, HEADER};
    use crate::ledger::SystemRandomness;
    use axum::http::HeaderMap;

    #[test]
    fn the_trace_goes_on_under_a_name_of_its_own_and_what_is_no_trace_is_none() {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        let mut headers = HeaderMap::new();
        assert_eq!(Continued::of(&headers, &SystemRandomness), None);
        headers.insert(HEADER, parent.parse().unwrap());
        let continued = Continued::of(&headers, &SystemRandomness).unwrap();
        assert_eq!(continued.trace(), "0af7651916cd43dd8448eb211c80319c");
        let header = continued.header().unwrap();
        let header = header.to_str().unwrap();
        assert!(header.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && header.ends_with("-01"), "{header}");
        assert!(!header.contains("00f067aa0ba902b7") && header.len() == parent.len(), "{header}");
        headers.insert(HEADER, "00-00000000000000000000000000000000-00f067aa0ba902b7-01".parse().unwrap());
        assert_eq!(Continued::of(&headers, &SystemRandomness), None);
    }
}
