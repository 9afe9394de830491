//! What the rules between a ranking and an answer did to a passage, in a few bytes: `{"rule":"alike","others":2}`.

use serde::{Deserialize, Serialize};

use crate::corpus::{DocumentId, Lines, Status};

/// What a rule did to a passage. `docs/retrieval.md` tells of the rules, by these names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum Effect {
    /// What is in force came before it.
    Lifecycle {
        /// Where the document stood.
        status: Status,
        /// Behind how many more passages that were in force.
        behind: u32,
    },
    /// It came before the document whose place it takes.
    Successor {
        /// That document.
        of: DocumentId,
        /// Whether no leg had found it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        brought: bool,
    },
    /// It came first, because the question was its name.
    Exact {
        /// Which of its names: title, id, alias or heading.
        by: String,
    },
    /// It stands for others that say nearly the same.
    Alike {
        /// How many.
        others: u32,
    },
    /// It was joined of neighbouring passages, or took in more of its document to fill the budget.
    Adjacent {
        /// Of how many passages; 0 where it took in more.
        #[serde(default, skip_serializing_if = "is_zero")]
        joins: u32,
    },
    /// It was the last of its document in the answer.
    PerDocument {
        /// How many more were left out.
        left_out: u32,
    },
    /// A rule that this version does not know.
    #[serde(other)]
    Unknown,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Effect {
    /// The rule's name.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Lifecycle { .. } => "lifecycle",
            Self::Successor { .. } => "successor",
            Self::Exact { .. } => "exact",
            Self::Alike { .. } => "alike",
            Self::Adjacent { .. } => "adjacent",
            Self::PerDocument { .. } => "per_document",
            Self::Unknown => "unknown",
        }
    }

    /// What it did, in a few words; `lines` are those of the passage.
    #[must_use]
    pub fn told(&self, lines: Lines) -> String {
        match self {
            Self::Lifecycle { status, behind } => {
                format!("{}: behind {behind} more that are in force", status.as_str())
            }
            Self::Successor { of, brought } => {
                format!("before {of}, whose place it takes{}", if *brought { "; no leg found it" } else { "" })
            }
            Self::Exact { by } => format!("first: the question is its {by}"),
            Self::Alike { others } => format!("stands for {others} more that say nearly the same"),
            Self::Adjacent { joins: 0 } => {
                format!("widened to lines {} to {}, to fill the budget", lines.first, lines.last)
            }
            Self::Adjacent { joins } => format!("joins {joins} neighbouring passages"),
            Self::PerDocument { left_out } => format!("the last of this document: {left_out} more are left out"),
            Self::Unknown => "a rule of a newer version".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Effect;
    use crate::corpus::{DocumentId, Lines, Status};

    #[test]
    fn what_a_rule_did_is_a_few_bytes_that_say_it_again_and_a_new_rule_is_passed_over() {
        let of = DocumentId::parse("corpus/old").unwrap();
        for (effect, written, told) in [
            (
                Effect::Lifecycle { status: Status::Deprecated, behind: 3 },
                r#"{"rule":"lifecycle","status":"deprecated","behind":3}"#,
                "deprecated: behind 3 more that are in force",
            ),
            (
                Effect::Successor { of, brought: true },
                r#"{"rule":"successor","of":"corpus/old","brought":true}"#,
                "before corpus/old, whose place it takes; no leg found it",
            ),
            (Effect::Adjacent { joins: 0 }, r#"{"rule":"adjacent"}"#, "widened to lines 3 to 9, to fill the budget"),
            (
                Effect::PerDocument { left_out: 2 },
                r#"{"rule":"per_document","left_out":2}"#,
                "the last of this document: 2 more are left out",
            ),
        ] {
            assert_eq!(serde_json::to_string(&effect).unwrap(), written);
            assert_eq!(serde_json::from_str::<Effect>(written).unwrap(), effect);
            assert_eq!(effect.told(Lines { first: 3, last: 9 }), told);
        }
        assert_eq!(serde_json::from_str::<Effect>(r#"{"rule":"tides","height":7}"#).unwrap(), Effect::Unknown);
    }
}
