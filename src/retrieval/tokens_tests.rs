//! The counter against the tokenizer it counts for, and against counts that were written down.

use super::count_tokens;

#[test]
fn texts_cost_what_they_cost() {
    // Counted with another implementation of o200k_base.
    for (text, tokens) in [("", 0), ("hello", 1), ("The owner of the page answers.", 7)] {
        assert_eq!(count_tokens(text), tokens, "{text:?}");
    }
}
