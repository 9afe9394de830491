//! What is wrong with rules as they are given.

/// Why rules can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum GovernanceError {
    /// A rule file is not TOML, or not of gitleaks' form.
    #[error("{file}: is not a rule file in gitleaks' form")]
    RuleFile {
        /// The file as it was named.
        file: String,
        /// The cause.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A regular expression can't be used.
    #[error("{file}: rule {rule} has a regular expression that can't be used; mend it or take the rule out")]
    Expression {
        /// The file as it was named.
        file: String,
        /// The rule's id.
        rule: String,
        /// The cause.
        #[source]
        source: Box<regex::Error>,
    },
    /// A rule of a rule file has neither a regular expression nor a path.
    #[error("{file}: rule {rule} has neither regex nor path; give it one of them")]
    Empty {
        /// The file as it was named.
        file: String,
        /// The rule's id.
        rule: String,
    },
    /// Something is allowed by what is no digest.
    #[error(
        "[[governance.allow]] {rule}: sha256 is not 64 hexadecimal digits; cairn check prints it beside the finding"
    )]
    Digest {
        /// The rule.
        rule: String,
    },
    /// A filter of what is never public can't be read.
    #[error("[governance] never_public: {filter:?} is none of type:NAME, tag:NAME and path:GLOB")]
    Filter {
        /// The text as it was given.
        filter: String,
    },
    /// The words to look for can't be made into one search.
    #[error("the words that rules look for are too many or too long")]
    Keywords(#[source] Box<aho_corasick::BuildError>),
}
