//! Tests of the built-in shapes: each sees its own and lets pass what only looks like it.
//!
//! Nothing here is a secret or looks like one in the source: what is tested is put together.

#![expect(clippy::string_slice, reason = "places come from searches in the same text")]

use super::*;

/// Characters that repeat too little to be a word.
fn random(alphabet: &str, length: usize) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let (mut state, mut text) = (7_u64, String::new());
    while text.len() < length {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(letters[usize::try_from(state >> 33).unwrap() % letters.len()]);
    }
    text
}

const ANY: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const HEX: &str = "0123456789abcdef";

fn seen(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    find(text.as_bytes(), &mut found);
    found.iter().map(|seen| (seen.rule.to_string(), text[seen.span.clone()].to_owned())).collect()
}

/// A secret is seen whole where it stands, and neither in a longer word nor without its randomness.
fn check(rule: &str, prefix: &str, alphabet: &str, length: usize) {
    let secret = format!("{prefix}{}", random(alphabet, length));
    for around in ["SECRET", "the key `SECRET`, they said", "KEY=SECRET\n", "(SECRET)"] {
        let expected = [(rule.to_owned(), secret.clone())];
        assert_eq!(seen(&around.replace("SECRET", &secret)), expected, "{rule} {prefix} in {around}");
    }
    let first = &alphabet[..1];
    for other in [
        format!("x{secret}"),
        format!("{prefix}{}", first.repeat(length)),
        prefix.to_owned(),
        format!("{prefix}{}", &random(alphabet, length)[..8]),
        format!("{prefix}{}", "<your token here>"),
    ] {
        assert_eq!(seen(&other), [], "{rule}: {other}");
    }
}

#[test]
fn tokens_of_services_are_seen_by_their_shape() {
    for key in ["AKIA", "ASIA", "ABIA"] {
        check("aws-access-key", key, BASE32, 16);
    }
    for prefix in ["ghp", "gho", "ghu", "ghs", "ghr"] {
        check("github-token", &format!("{prefix}_"), ANY, 36);
    }
    check("github-token", "github_pat_", ANY, 82);
    for prefix in ["glpat", "gldt", "glrt", "glptt"] {
        check("gitlab-token", &format!("{prefix}-"), ANY, 20);
    }
    for prefix in ["xoxb", "xoxp", "xoxa", "xoxr", "xoxs", "xapp"] {
        check("slack-token", &format!("{prefix}-"), ANY, 48);
    }
    for prefix in ["sk_live", "rk_live", "sk_test", "rk_test"] {
        check("stripe-key", &format!("{prefix}_"), ANY, 24);
    }
    check("stripe-key", &format!("{}_", "whsec"), ANY, 32);
    check("google-api-key", "AIza", ANY, 35);
    check("google-client-secret", "GOCSPX-", ANY, 28);
    check("openai-key", "sk-", ANY, 48);
    check("npm-token", "npm_", ANY, 36);
    check("pypi-token", "pypi-AgE", ANY, 80);
    check("huggingface-token", "hf_", ANY, 34);
    check("docker-token", "dckr_pat_", ANY, 27);
    check("digitalocean-token", "dop_v1_", HEX, 64);
    check("vault-token", "hvs.", ANY, 90);
    check("cairn-token", "cairn_", HEX, 64);
}

#[test]
fn a_name_that_begins_like_a_token_is_none() {
    for text in [
        "sk-fading-circle-with-a-rather-long-class-name-in-it",
        "cairn_serve and cairn_check",
        "npm_config_registry",
        concat!("AKIAIOSFODNN7", "EXAMPLE"),
        "a task-force",
        "SG.1",
        "https://engines.org/AIza",
    ] {
        assert_eq!(seen(text), [], "{text}");
    }
}

#[test]
fn a_key_of_two_parts_and_a_web_token_are_seen() {
    let key = format!("SG.{}.{}", random(ANY, 22), random(ANY, 43));
    assert_eq!(seen(&key), [("sendgrid-key".to_owned(), key.clone())]);
    assert_eq!(seen(&format!("SG.{}", random(ANY, 22))), []);
    let token = format!("eyJ{}.eyJ{}.{}", random(ANY, 20), random(ANY, 40), random(ANY, 43));
    assert_eq!(seen(&format!("Bearer {token}")), [("web-token".to_owned(), token.clone())]);
    for text in [token.replace('.', "-"), format!("eyJ{}", random(ANY, 40)), "eyJ.eyJ.x".to_owned()] {
        assert_eq!(seen(&text), [], "{text}");
    }
}

#[test]
fn a_private_key_is_seen_and_its_form_without_a_key_is_not() {
    let head = ["-----BEGIN OPENSSH", "PRIVATE KEY-----"].join(" ");
    let end = ["-----END OPENSSH", "PRIVATE KEY-----"].join(" ");
    let body = random(ANY, 64);
    for text in [format!("{head}\n{body}\n{body}\n{end}\n"), format!("\"{head}\\n{body}\\n{end}\"")] {
        let found = seen(&text);
        assert!(found.len() == 1 && found[0].0 == "private-key" && found[0].1.contains(&body), "{found:?}");
    }
    for text in [format!("{head}\n...\n{end}"), head.clone(), "the PRIVATE KEY is yours".to_owned()] {
        assert_eq!(seen(&text), [], "{text}");
    }
}

#[test]
fn a_password_in_a_connection_string_is_seen_and_a_place_for_one_is_not() {
    let with = |password: &str, host: &str| format!("postgres://app:{password}@{host}/db");
    let secret = with("tr0ub4dor", "db.engines.org:5432");
    assert_eq!(
        seen(&format!("at {secret}")),
        [("password-in-url".to_owned(), secret.replace("@db.engines.org:5432/db", ""))]
    );
    assert_eq!(seen(&format!("redis://:{}@cache.engines.org", "k9v2x7")).len(), 1, "without a user");
    for text in [
        with("password", "db.engines.org"),
        with("app", "db.engines.org"),
        with("$PASSWORD", "db.engines.org"),
        with("<password>", "db.engines.org"),
        with("tr0ub4dor", "localhost:5432"),
        with("tr0ub4dor", "db.example.com"),
        with("xxxxxx", "db.engines.org"),
        "amqp://[username][:password]@broker.engines.org".to_owned(),
        "https://engines.org:8080/a@b".to_owned(),
        "https://ada@engines.org".to_owned(),
    ] {
        assert_eq!(seen(&text), [], "{text}");
    }
}

#[test]
fn the_value_of_a_setting_is_seen_when_it_is_one() {
    let key = random(ANY, 40);
    for text in [format!("aws_secret_access_key = {key}"), format!("\"secretAccessKey\": \"{key}\"")] {
        assert_eq!(seen(&text), [("aws-secret-key".to_owned(), key.clone())], "{text}");
    }
    let azure = format!("{}==", random(ANY, 86));
    let found = seen(&format!("AccountName=x;AccountKey={azure};"));
    assert_eq!(found, [("azure-account-key".to_owned(), azure)]);
    for text in ["aws_secret_access_key = <yours>".to_owned(), format!("aws_secret_access_key {}", "x".repeat(40))] {
        assert_eq!(seen(&text), [], "{text}");
    }
}

#[test]
fn entropy_is_shannons() {
    assert!((entropy(b"aabb") - 1.0).abs() < 1e-9 && (entropy(b"abcd") - 2.0).abs() < 1e-9);
    assert!(entropy(b"aaaa").abs() < 1e-9 && entropy(b"").abs() < 1e-9);
}
