//! Secrets by their shape: the tokens of well-known services, private keys, and passwords in connection strings.
//!
//! A word that only such a secret begins with is looked for first, all of them in one pass; what follows it decides.
//! The shapes are written from the services' own descriptions. What repeats itself too much to be random, and what says
//! that it is an example, is none.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::sighting::{Sighting, is_word};
use crate::corpus::Level;

/// The longest secret that is followed to its end, in bytes.
const LONGEST: usize = 2_048;

/// Below so many bits a character nothing is random.
const RANDOM_BITS: f64 = 3.0;

/// Hexadecimal digits have four bits at most.
const RANDOM_HEX_BITS: f64 = 2.5;

/// How the key of Azure's storage emulator begins: everybody has it.
const EMULATOR_KEY: &[u8] = b"Eby8vdM02xNOcqFl";

/// A kind of secret.
struct Shape {
    rule: &'static str,
    what: &'static str,
    /// What it begins with, or what stands in it and nearly nowhere else.
    keyword: &'static str,
    form: Form,
}

/// What must stand at the keyword.
enum Form {
    /// So many characters of an alphabet follow it.
    Run(Alphabet, usize, usize),
    /// The same, in two parts with a full stop between them.
    Pair(usize, usize),
    /// A key for a key pair, with something in it.
    PrivateKey,
    /// A JSON web token (RFC 7519): header, claims, signature.
    WebToken,
    /// `scheme://user:password@host`.
    Connection,
    /// The name of a setting, and behind it so many characters in base 64.
    Setting(usize),
}

#[derive(Clone, Copy)]
enum Alphabet {
    Alphanumeric,
    /// Letters, digits, `_` and `-`.
    Url,
    /// Capital letters and 2 to 7 (RFC 4648).
    Base32,
    Hex,
}

const fn shape(rule: &'static str, what: &'static str, keyword: &'static str, form: Form) -> Shape {
    Shape { rule, what, keyword, form }
}

use Alphabet::{Alphanumeric, Base32, Hex, Url};
use Form::Run;

const AWS: &str = "an AWS access key";
const GITHUB: &str = "a GitHub token";
const GITLAB: &str = "a GitLab token";
const SLACK: &str = "a Slack token";
const STRIPE: &str = "a Stripe key";

/// Keywords are apart: none is in another.
const SHAPES: &[Shape] = &[
    shape("aws-access-key", AWS, "AKIA", Run(Base32, 16, 16)),
    shape("aws-access-key", AWS, "ASIA", Run(Base32, 16, 16)),
    shape("aws-access-key", AWS, "ABIA", Run(Base32, 16, 16)),
    shape("aws-secret-key", "an AWS secret key", "aws_secret_access_key", Form::Setting(40)),
    shape("aws-secret-key", "an AWS secret key", "AWS_SECRET_ACCESS_KEY", Form::Setting(40)),
    shape("aws-secret-key", "an AWS secret key", "secretAccessKey", Form::Setting(40)),
    shape("azure-account-key", "the key of an Azure account", "AccountKey", Form::Setting(80)),
    shape("cairn-token", "a token of Cairn", "cairn_", Run(Hex, 64, 64)),
    shape("digitalocean-token", "a DigitalOcean token", "dop_v1_", Run(Hex, 64, 64)),
    shape("docker-token", "a Docker Hub token", "dckr_pat_", Run(Url, 20, 64)),
    shape("github-token", GITHUB, "ghp_", Run(Alphanumeric, 36, 255)),
    shape("github-token", GITHUB, "gho_", Run(Alphanumeric, 36, 255)),
    shape("github-token", GITHUB, "ghu_", Run(Alphanumeric, 36, 255)),
    shape("github-token", GITHUB, "ghs_", Run(Alphanumeric, 36, 255)),
    shape("github-token", GITHUB, "ghr_", Run(Alphanumeric, 36, 255)),
    shape("github-token", GITHUB, "github_pat_", Run(Url, 50, 255)),
    shape("gitlab-token", GITLAB, "glpat-", Run(Url, 20, 300)),
    shape("gitlab-token", GITLAB, "gldt-", Run(Url, 20, 300)),
    shape("gitlab-token", GITLAB, "glrt-", Run(Url, 20, 300)),
    shape("gitlab-token", GITLAB, "glptt-", Run(Url, 20, 300)),
    shape("google-api-key", "a Google API key", "AIza", Run(Url, 35, 35)),
    shape("google-client-secret", "a Google client secret", "GOCSPX-", Run(Url, 28, 28)),
    shape("huggingface-token", "a Hugging Face token", "hf_", Run(Alphanumeric, 34, 40)),
    shape("npm-token", "an npm token", "npm_", Run(Alphanumeric, 36, 36)),
    shape("openai-key", "a key for a model's API", "sk-", Run(Url, 40, 300)),
    shape("password-in-url", "a password in a connection string", "://", Form::Connection),
    shape("private-key", "a private key", "PRIVATE KEY", Form::PrivateKey),
    shape("pypi-token", "a PyPI token", "pypi-AgE", Run(Url, 50, 300)),
    shape("sendgrid-key", "a SendGrid key", "SG.", Form::Pair(22, 43)),
    shape("slack-token", SLACK, "xoxb-", Run(Url, 20, 300)),
    shape("slack-token", SLACK, "xoxp-", Run(Url, 20, 300)),
    shape("slack-token", SLACK, "xoxa-", Run(Url, 20, 300)),
    shape("slack-token", SLACK, "xoxr-", Run(Url, 20, 300)),
    shape("slack-token", SLACK, "xoxs-", Run(Url, 20, 300)),
    shape("slack-token", SLACK, "xapp-", Run(Url, 20, 300)),
    shape("stripe-key", STRIPE, "sk_live_", Run(Alphanumeric, 16, 255)),
    shape("stripe-key", STRIPE, "rk_live_", Run(Alphanumeric, 16, 255)),
    shape("stripe-key", STRIPE, "sk_test_", Run(Alphanumeric, 16, 255)),
    shape("stripe-key", STRIPE, "rk_test_", Run(Alphanumeric, 16, 255)),
    shape("stripe-key", STRIPE, "whsec_", Run(Alphanumeric, 24, 255)),
    shape("vault-token", "a Vault token", "hvs.", Run(Url, 24, 300)),
    shape("web-token", "a JSON web token", "eyJ", Form::WebToken),
];

/// All keywords in one search. Leftmost-first has the vectorised search in front of it; the keywords are so far apart
/// that none is missed by it.
static KEYWORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(SHAPES.iter().map(|shape| shape.keyword))
        .expect("the keywords are few and short")
});

/// Finds secrets of the built-in shapes.
pub(super) fn find(text: &[u8], found: &mut Vec<Sighting>) {
    for hit in KEYWORDS.find_iter(text) {
        let Some(shape) = SHAPES.get(hit.pattern().as_usize()) else { continue };
        if let Some(span) = shape.at(text, hit.start()..hit.end()) {
            found.push(Sighting::new(shape.rule, Level::Secret, shape.what, span));
        }
    }
}

impl Shape {
    fn at(&self, text: &[u8], keyword: Range<usize>) -> Option<Range<usize>> {
        let begins_word = keyword.start.checked_sub(1).and_then(|at| text.get(at)).is_none_or(|byte| !is_word(*byte));
        match self.form {
            Form::Connection => connection(text, keyword),
            Form::PrivateKey => private_key(text, keyword),
            // These begin a word: `task-force` begins no key.
            _ if !begins_word => None,
            Run(alphabet, least, most) => run(text, keyword, alphabet, least, most),
            Form::Pair(first, second) => pair(text, keyword, first, second),
            Form::WebToken => web_token(text, keyword.start),
            Form::Setting(least) => setting(text, keyword.end, least),
        }
    }
}

impl Alphabet {
    fn holds(self, byte: u8) -> bool {
        match self {
            Alphanumeric => byte.is_ascii_alphanumeric(),
            Url => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Base32 => byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'7'),
            Hex => byte.is_ascii_hexdigit(),
        }
    }

    fn run(self, text: &[u8], from: usize) -> usize {
        text.iter().skip(from).take(LONGEST).take_while(|byte| self.holds(**byte)).count()
    }
}

fn run(text: &[u8], keyword: Range<usize>, alphabet: Alphabet, least: usize, most: usize) -> Option<Range<usize>> {
    let length = alphabet.run(text, keyword.end);
    let span = keyword.start..keyword.end + length;
    let body = text.get(keyword.end..span.end)?;
    let ends = text.get(span.end).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let bits = if matches!(alphabet, Hex) { RANDOM_HEX_BITS } else { RANDOM_BITS };
    // Words joined by hyphens are a name; a random text of this length has a digit.
    let named = matches!(alphabet, Url) && !body.iter().any(u8::is_ascii_digit);
    let fits = (least..=most).contains(&length) && ends && !named;
    (fits && entropy(body) >= bits && !says_example(body)).then_some(span)
}

fn pair(text: &[u8], keyword: Range<usize>, first: usize, second: usize) -> Option<Range<usize>> {
    let dot = keyword.end + Url.run(text, keyword.end);
    let end = dot + 1 + Url.run(text, dot + 1);
    let fits = dot - keyword.end == first && text.get(dot) == Some(&b'.') && end - dot - 1 == second;
    let body = text.get(keyword.end..end)?;
    (fits && entropy(body) >= RANDOM_BITS && !says_example(body)).then_some(keyword.start..end)
}

fn web_token(text: &[u8], start: usize) -> Option<Range<usize>> {
    let header = start + Url.run(text, start);
    let claims = header + 1 + Url.run(text, header + 1);
    let end = claims + 1 + Url.run(text, claims + 1);
    let dotted = text.get(header) == Some(&b'.') && text.get(claims) == Some(&b'.');
    let objects = text.get(header + 1..)?.starts_with(b"eyJ");
    let long = header - start >= 12 && claims - header > 12 && end - claims > 20;
    (dotted && objects && long).then_some(start..end)
}

/// `-----BEGIN … PRIVATE KEY-----` with a key behind it: a form without one is documentation.
fn private_key(text: &[u8], keyword: Range<usize>) -> Option<Range<usize>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const KEY_BYTES: usize = 40;
    let start = memchr::memmem::rfind(text.get(..keyword.start)?, BEGIN)?;
    let tail = text.get(keyword.end..)?;
    let tail = tail.strip_prefix(b" BLOCK").unwrap_or(tail).strip_prefix(b"-----")?;
    if keyword.start - start > BEGIN.len() + 16 {
        return None;
    }
    let (mut key, mut read) = (0, 0);
    // Within a quoted text line breaks are written as `\n`, and headers may stand before the key.
    for part in tail.split(|byte| matches!(byte, b'\n' | b'\r' | b'\\')).take(64) {
        if memchr::memmem::find(part, b"-----").is_some() {
            break;
        }
        read += part.len() + 1;
        let part = part.trim_ascii();
        if part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')) {
            key += part.len();
        }
    }
    let end = text.len() - tail.len() + read.min(tail.len());
    (key >= KEY_BYTES).then_some(start..end)
}

/// The password of `scheme://user:password@host`.
fn connection(text: &[u8], keyword: Range<usize>) -> Option<Range<usize>> {
    let scheme = text
        .get(..keyword.start)?
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'))
        .count();
    if scheme == 0 {
        return None;
    }
    let rest = text.get(keyword.end..)?.get(..512.min(text.len() - keyword.end))?;
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'|')
    };
    let authority = rest.get(..rest.iter().position(ends).unwrap_or(rest.len()))?;
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', authority.get(..at)?)?;
    let (user, password) = (authority.get(..colon)?, authority.get(colon + 1..at)?);
    let host = authority.get(at + 1..)?;
    let host = host.split(|byte| matches!(byte, b':' | b')' | b']' | b',' | b';')).next()?;
    let secret = !is_placeholder(password) && password != user && !is_no_host(host);
    secret.then_some(keyword.start - scheme..keyword.end + at)
}

/// What people write where a password would stand.
fn is_placeholder(password: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passwd",
        "pass",
        "pwd",
        "pw",
        "secret",
        "changeme",
        "change_me",
        "user",
        "username",
        "test",
        "token",
        "redacted",
        "hidden",
        "xxx",
    ];
    let Ok(text) = std::str::from_utf8(password) else { return false };
    let lower = text.to_ascii_lowercase();
    let marked = text.starts_with(['$', '%', '*', '(']) || text.contains(['[', ']', '{', '}', '<', '>']);
    let one = text.chars().next().is_none_or(|first| text.chars().all(|c| c == first));
    text.len() < 3
        || marked
        || one
        || WORDS.contains(&lower.as_str())
        || lower.starts_with("your")
        || says_example(password)
}

/// Hosts that stand for another, or for the reader's own machine.
fn is_no_host(host: &[u8]) -> bool {
    let host = String::from_utf8_lossy(host).to_ascii_lowercase();
    let last = host.rsplit('.').next().unwrap_or_default();
    host.is_empty()
        || matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]" | "host" | "hostname")
        || matches!(last, "example" | "test" | "invalid" | "localhost")
        || host.split('.').any(|label| label == "example")
        || host.starts_with(['$', '{', '<', '%'])
}

/// The name of a setting ends at `from`; its value stands behind `=` or `:`, in quotes or not.
fn setting(text: &[u8], from: usize, least: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let gap = rest
        .iter()
        .take(16)
        .take_while(|byte| matches!(byte, b' ' | b'=' | b':' | b'"' | b'\'' | b'`' | b'\t' | b'>'))
        .count();
    let sign = rest.get(..gap)?.iter().any(|byte| matches!(byte, b'=' | b':'));
    let value = rest.get(gap..)?;
    let length = value
        .iter()
        .take(LONGEST)
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        .count();
    let value = value.get(..length)?;
    let random = entropy(value) >= RANDOM_BITS && !says_example(value) && !value.starts_with(EMULATOR_KEY);
    (sign && (least..=least + 16).contains(&length) && random).then_some(from + gap..from + gap + length)
}

fn says_example(text: &[u8]) -> bool {
    text.windows(7).any(|window| window.eq_ignore_ascii_case(b"example"))
}

/// Shannon entropy of the bytes, in bits each: C. E. Shannon, "A Mathematical Theory of Communication", 1948.
pub(super) fn entropy(text: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    #[expect(clippy::cast_precision_loss, reason = "a file has less than 2^52 bytes")]
    let length = text.len().max(1) as f64;
    counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / length).map(|p| -p * p.log2()).sum()
}

#[cfg(test)]
#[path = "secret_tests.rs"]
mod tests;
