//! Hosts that only the house knows: private addresses (RFC 1918), internal domains, and those that are configured.

use std::ops::Range;

use super::sighting::{Sighting, is_word};
use crate::corpus::Level;

/// Top-level domains that resolve inside of a network only.
const INTERNAL: &[&str] = &[".local", ".internal", ".corp", ".lan", ".intra", ".intranet", ".home.arpa"];

/// Names that every cluster and every container runtime has.
const EVERYWHERE: &[&str] = &["cluster.local", "host.docker.internal"];

/// What is called so and is no host: names in code.
const OWNERS: &[&str] = &["self", "this", "pkg", "super", "module", "env", "settings", "config", "example"];

/// Finds internal hosts; `suffixes` are configured, each with its leading full stop.
pub(super) fn find(text: &str, suffixes: &[String], found: &mut Vec<Sighting>) {
    let bytes = text.as_bytes();
    let configured = suffixes.iter().map(String::as_str);
    for suffix in INTERNAL.iter().copied().chain(configured) {
        let hosts = memchr::memmem::find_iter(bytes, suffix.as_bytes()).filter_map(|at| named(bytes, at, suffix));
        found.extend(hosts.map(|span| Sighting::new("internal-host", Level::Warning, "an internal host", span)));
    }
    for network in ["10.", "172.", "192.168."] {
        let addresses = memchr::memmem::find_iter(bytes, network.as_bytes()).filter_map(|at| private(bytes, at));
        found.extend(addresses.map(|span| Sighting::new("private-address", Level::Note, "a private address", span)));
    }
}

fn named(text: &[u8], at: usize, suffix: &str) -> Option<Range<usize>> {
    let end = at + suffix.len();
    // `settings.local.json` is a file, and `.localhost` another domain.
    let goes_on = match (text.get(end), text.get(end + 1)) {
        (Some(byte), _) if is_word(*byte) || matches!(byte, b'-' | b'(') => true,
        (Some(b'.'), Some(byte)) => is_word(*byte),
        _ => false,
    };
    let label = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let start = at - text.get(..at)?.iter().rev().take(253).take_while(|byte| label(byte)).count();
    let name = std::str::from_utf8(text.get(start..at)?).ok()?;
    let before = start.checked_sub(1).and_then(|before| text.get(before));
    let file = name.starts_with(['.', '-']) || name.is_empty() || before.is_some_and(|byte| is_word(*byte));
    let owner = OWNERS.contains(&name) || name.split('.').any(|label| label == "example");
    let whole = std::str::from_utf8(text.get(start..end)?).ok()?;
    let everywhere = EVERYWHERE.iter().any(|known| whole == *known || whole.ends_with(&format!(".{known}")));
    (!goes_on && !file && !owner && !everywhere).then_some(start..end)
}

fn private(text: &[u8], start: usize) -> Option<Range<usize>> {
    let before = start.checked_sub(1).and_then(|before| text.get(before));
    if before.is_some_and(|byte| is_word(*byte) || matches!(byte, b'.' | b'-')) {
        return None;
    }
    let length = text.get(start..)?.iter().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let written = std::str::from_utf8(text.get(start..start + length)?).ok()?.trim_end_matches('.');
    let address: std::net::Ipv4Addr = written.parse().ok()?;
    let after = text.get(start + written.len());
    // A network's own address (`10.0.0.0/8`) says nothing of anybody's.
    let network = after == Some(&b'/') && address.octets()[3] == 0;
    let ends = after.is_none_or(|byte| !is_word(*byte) && *byte != b'-');
    (address.is_private() && ends && !network).then_some(start..start + written.len())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::string_slice, reason = "places come from searches in the same text")]

    use super::*;

    fn seen(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        find(text, &[".engines.org".to_owned()], &mut found);
        found.iter().map(|seen| text[seen.span.clone()].to_owned()).collect()
    }

    #[test]
    fn an_internal_host_is_seen_and_a_file_or_a_field_is_not() {
        assert_eq!(seen("ssh build-7.eu.corp, then db.local."), ["db.local", "build-7.eu.corp"]);
        assert_eq!(seen("https://wiki.engines.org/x and engines.org"), ["wiki.engines.org"]);
        for text in [
            "redis.default.svc.cluster.local:6379",
            "http://host.docker.internal",
            ".env.local",
            "settings.local.json",
            "self.internal",
            "x.localhost",
            "a.internal()",
            "db.example.internal",
        ] {
            assert_eq!(seen(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_private_address_is_seen_and_a_version_or_a_network_is_not() {
        assert_eq!(seen("at 10.1.2.3:8080, 172.20.0.9 and 192.168.1.17."), ["10.1.2.3", "172.20.0.9", "192.168.1.17"]);
        for text in ["version 10.1.2", "10.0.0.0/8", "172.15.0.1", "8.8.8.8", "1.10.1.2.3", "10.1.2.3-rc1"] {
            assert_eq!(seen(text), [""; 0], "{text}");
        }
    }
}
