//! The counter against another implementation of the tokenizer it counts for.

use std::path::Path;

use proptest::prelude::*;

use super::count_tokens;

fn exact(text: &str) -> usize {
    tiktoken_rs::o200k_base_singleton().encode_ordinary(text).len()
}

#[test]
fn our_own_pages_and_code_are_counted_exactly_but_for_long_runs_of_signs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut texts = 0;
    for folder in ["playbook", "corpus/decisions", "corpus/standards", "src/core/retrieval", "src/core/library"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let Ok(text) = std::fs::read_to_string(entry.unwrap().path()) else { continue };
            assert_eq!(count_tokens(&text), exact(&text), "{folder}");
            texts += 1;
        }
    }
    assert!(texts > 40, "{texts}");
    let rule = format!("|{}|", "-".repeat(500));
    assert!((exact(&rule)..exact(&rule) + 6).contains(&count_tokens(&rule)));
}

#[test]
fn what_looks_like_a_token_is_not_taken_for_one() {
    // With a digest of 22 bits this was one.
    assert_eq!(count_tokens("Ilbc"), exact("Ilbc"));
}

proptest! {
    #[test]
    fn no_text_is_counted_otherwise(text in r#"([a-zA-Z]{1,9}|[0-9]{1,6}|[ \n\t]{1,3}|[-=#/'"{}:.,]{1,4}|'(s|re|LL)|[éßÄλЖ漢字あ한🙂]{1,4}){0,30}"#) {
        prop_assert_eq!(count_tokens(&text), exact(&text), "{:?}", text);
        // What was counted a moment ago is remembered.
        prop_assert_eq!(count_tokens(&text), exact(&text), "{:?}, again", text);
    }

    #[test]
    fn stretches_cost_what_they_cost_together(text in r#"([a-z]{1,5} [a-z]|[a-z]{1,3}|[A-Z]|'(s|ll|x)|[-./\\"é漢\n]{1,2}|[0-9]{1,4}| ){0,60}"#) {
        prop_assert_eq!(count_tokens(&text), exact(&text), "{:?}", text);
    }
}
