//! Which names this server answers to, and whose pages may call it.
//!
//! A page of a stranger can make a browser send requests to a server on the reader's own machine, and, by pointing a
//! name of its own at 127.0.0.1, even read the answers (DNS rebinding). Against it stand two lists: hosts that a
//! request may name, and origins that a page may have. Programs send no `Origin`, and pass.

use std::net::{IpAddr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, Uri, header};

use super::HttpError;

/// Names that only this machine itself has.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// A host, an origin or a public URL that can't be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum GateError {
    /// Not a host.
    #[error("{given:?}: not a host, write name or name:port")]
    Host {
        /// The text.
        given: String,
    },
    /// Not an origin.
    #[error("{given:?}: not an origin, write scheme://name, scheme://name:port or scheme://name:*")]
    Origin {
        /// The text.
        given: String,
    },
}

/// A host with the port it is bound to; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Host {
    name: String,
    port: Option<u16>,
}

/// An origin (RFC 6454) whose pages may call; `None` is any port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    name: String,
    port: Option<u16>,
}

/// The two lists.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    hosts: Vec<Host>,
    origins: Vec<Origin>,
}

impl Gate {
    pub(super) fn new(
        listen: Option<SocketAddr>,
        public_url: Option<&str>,
        hosts: &[String],
        origins: &[String],
    ) -> Result<Self, GateError> {
        let any_port = |name: &&str| Host { name: (*name).to_owned(), port: None };
        let mut gate = Self { hosts: LOOPBACK.iter().map(any_port).collect(), origins: Vec::new() };
        for scheme in ["http", "https"] {
            for name in LOOPBACK {
                gate.origins.push(Origin { scheme: scheme.to_owned(), name: name.to_owned(), port: None });
            }
        }
        if let Some(address) = listen.filter(|address| !address.ip().is_unspecified()) {
            let name = match address.ip() {
                IpAddr::V4(ip) => ip.to_string(),
                IpAddr::V6(ip) => format!("[{ip}]"),
            };
            gate.origins.push(Origin { scheme: "http".to_owned(), name: name.clone(), port: Some(address.port()) });
            gate.hosts.push(Host { name, port: Some(address.port()) });
        }
        if let Some(url) = public_url {
            let bad = || GateError::Origin { given: url.to_owned() };
            let url: Uri = url.parse().map_err(|_| bad())?;
            let authority = url.authority().ok_or_else(bad)?;
            let scheme = url.scheme_str().ok_or_else(bad)?.to_ascii_lowercase();
            let name = authority.host().to_ascii_lowercase();
            let port = authority.port_u16().or_else(|| default_port(&scheme));
            gate.hosts.push(Host { name: name.clone(), port: authority.port_u16() });
            gate.origins.push(Origin { scheme, name, port });
        }
        for given in hosts {
            gate.hosts.push(host(given).ok_or_else(|| GateError::Host { given: given.clone() })?);
        }
        for given in origins {
            gate.origins.push(Origin::parse(given)?);
        }
        Ok(gate)
    }

    /// Checks a request's `Host` and `Origin`.
    pub(super) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), HttpError> {
        let mut named = headers.get_all(header::HOST).iter();
        let host = match (named.next(), named.next()) {
            (Some(value), None) => value.to_str().ok().and_then(host),
            (None, _) => uri.authority().and_then(|authority| host(authority.as_str())),
            _ => None,
        };
        let host = host.ok_or(HttpError::Host)?;
        if !self.hosts.iter().any(|known| known.name == host.name && known.port.is_none_or(|_| known.port == host.port))
        {
            return Err(HttpError::Host);
        }
        for origin in headers.get_all(header::ORIGIN) {
            let origin = origin.to_str().ok().and_then(|text| Origin::parse(text).ok()).ok_or(HttpError::Origin)?;
            let same = |known: &Origin| {
                known.scheme == origin.scheme
                    && known.name == origin.name
                    && known.port.is_none_or(|port| Some(port) == origin.port)
            };
            if !self.origins.iter().any(same) {
                return Err(HttpError::Origin);
            }
        }
        Ok(())
    }
}

impl Origin {
    /// Parses `scheme://host`, `scheme://host:port` or `scheme://host:*`.
    ///
    /// # Errors
    /// Returns the text when it is not an origin; `null` is none.
    pub fn parse(given: &str) -> Result<Self, GateError> {
        let bad = || GateError::Origin { given: given.chars().take(200).collect() };
        let (scheme, rest) = given.split_once("://").ok_or_else(bad)?;
        let (rest, any) = rest.strip_suffix(":*").map_or((rest, false), |rest| (rest, true));
        let Host { name, port } = host(rest).ok_or_else(bad)?;
        let scheme = scheme.to_ascii_lowercase();
        let port = if any { None } else { port.or_else(|| default_port(&scheme)) };
        if scheme.is_empty() || (!any && port.is_none()) {
            return Err(bad());
        }
        Ok(Self { scheme, name, port })
    }
}

fn host(given: &str) -> Option<Host> {
    let authority: Authority = given.trim().parse().ok()?;
    let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
    // A port that is written but is none (`host:`, `host:99999`) is no host at all.
    let bare = authority.as_str().len() == authority.host().len();
    (plain && (bare || authority.port_u16().is_some()))
        .then(|| Host { name: authority.host().to_ascii_lowercase(), port: authority.port_u16() })
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;
    use axum::http::{HeaderMap, HeaderValue, Uri, header};

    fn passes(gate: &Gate, host: &str, origin: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
        }
        gate.check(&Uri::from_static("/mcp"), &headers).is_ok()
    }

    #[test]
    fn only_names_of_this_server_are_answered_and_only_pages_of_listed_origins() {
        let listen = Some("192.168.7.5:7171".parse().unwrap());
        let more = ["box.lan".to_owned()];
        let origins = ["https://app.example.net:*".to_owned()];
        let gate = Gate::new(listen, Some("https://Context.example.org"), &more, &origins).unwrap();
        let cases = [
            ("localhost:7171", None, true),
            ("LOCALHOST", None, true),
            ("127.0.0.1:1", None, true),
            ("[::1]:7171", None, true),
            ("192.168.7.5:7171", None, true),
            ("192.168.7.5:80", None, false),
            ("context.example.org", None, true),
            ("box.lan:99", None, true),
            ("evil.example", None, false),
            ("localhost.evil.example", None, false),
            ("evil@localhost", None, false),
            ("localhost:99999", None, false),
            ("localhost:7171", Some("http://localhost:3000"), true),
            ("localhost:7171", Some("https://evil.example"), false),
            ("localhost:7171", Some("null"), false),
            ("localhost:7171", Some("http://localhost.evil.example"), false),
            ("localhost:7171", Some("https://app.example.net:8443"), true),
            ("context.example.org", Some("https://context.example.org"), true),
            ("context.example.org", Some("https://context.example.org:443"), true),
            ("context.example.org", Some("http://context.example.org"), false),
            ("192.168.7.5:7171", Some("http://192.168.7.5:7171"), true),
            ("192.168.7.5:7171", Some("http://192.168.7.5:9999"), false),
        ];
        for (host, origin, expected) in cases {
            assert_eq!(passes(&gate, host, origin), expected, "{host} {origin:?}");
        }
    }

    #[test]
    fn a_request_without_a_host_or_with_two_is_refused() {
        let gate = Gate::new(None, None, &[], &[]).unwrap();
        let mut headers = HeaderMap::new();
        assert!(gate.check(&Uri::from_static("/mcp"), &headers).is_err());
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        headers.append(header::HOST, HeaderValue::from_static("localhost"));
        assert!(gate.check(&Uri::from_static("/mcp"), &headers).is_err());
    }
}
