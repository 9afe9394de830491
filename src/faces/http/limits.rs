//! What one request, one connection and one principal may take of this server.
//!
//! Sizes are fixed, because clients are told them; times and rates can be chosen by who runs the server.

use std::time::Duration;

/// The most bytes a body may have.
pub(super) const BODY_BYTES: usize = 256 * 1024;
/// The most bytes an address may have, path and query together.
pub(super) const URI_BYTES: usize = 8 * 1024;

/// Times and rates. A rate is requests a minute; as many may come at once, and 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests a minute of one token, from wherever it is used but this machine.
    pub token_rate: u32,
    /// Requests a minute of one peer that sends no token.
    pub anonymous_rate: u32,
    /// Requests a minute of one token, or of everybody without one, from a loopback address.
    pub loopback_rate: u32,
    /// Refused credentials a minute of one peer, before it is told to wait.
    pub failure_rate: u32,
    /// Connections of one peer at a time. Peers on loopback addresses may have eight times as many.
    pub peer_connections: usize,
    /// How long a connection may take to send the head of a request, and how long it may idle.
    pub head: Duration,
    /// How long a body may take to come in.
    pub body: Duration,
    /// How long an answer may wait for a client that takes less than a KiB a second.
    pub stall: Duration,
    /// How long an answer may take to begin.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_rate: 1_200,
            anonymous_rate: 600,
            loopback_rate: 60_000,
            failure_rate: 10,
            peer_connections: 64,
            head: Duration::from_secs(30),
            body: Duration::from_secs(10),
            stall: Duration::from_secs(20),
            answer: Duration::from_secs(30),
        }
    }
}
