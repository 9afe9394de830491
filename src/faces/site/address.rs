//! Addresses of the site: paths that are ready for `href`.

use std::fmt::Write as _;

/// Percent-encodes a path; letters of ASCII, digits, `-._~`, `/` and `:` stay (RFC 3986).
pub(super) fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String can't fail.
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Percent-decodes a path; what is not valid stays as it is.
pub(super) fn decoded(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits =
            bytes.get(at + 1..at + 3).filter(|digits| byte == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        let value =
            digits.and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        plain.push(value.unwrap_or(byte));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| path.to_owned())
}

/// The folder of an id or a folder's path; empty at the top.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::{decoded, encoded};

    #[test]
    fn any_path_comes_back_from_its_address() {
        for path in ["playbook/über uns", "a%20b", "x\"><script>", "日本", "a?b#c"] {
            let address = encoded(path);
            assert!(!address.contains(['"', '<', '>', ' ', '?', '#']), "{address}");
            assert_eq!(decoded(&address), path);
        }
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%FF"), "%FF");
    }
}
