//! The seal: what must not compile, and beside it the public path that must.
//!
//! `public_path` is compiled into this test: it says with the same names what is allowed, so that a case below fails
//! for its own reason and not for a misspelt one. Each case in `tests/seal/` is one way to private text that the
//! compiler closes. Messages are written anew with `TRYBUILD=overwrite cargo test --test seal`.

#![cfg(test)]

#[path = "seal/public_path.rs"]
mod public_path;

#[test]
fn ways_to_private_text_do_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/seal/no_*.rs");
}

#[test]
fn the_public_path_is_open() {
    let document = public_path::a_public_document();
    assert_eq!(document.record().title, "Loop");
    assert_eq!(public_path::widened(&document).record().id.as_str(), "playbook/loop");
    assert_eq!(public_path::titles(&[document.clone(), document]), ["Loop", "Loop"]);
    assert!(public_path::grants_of_a_stranger().1.is_none());
}
