//! [`Contract`]: what a process document allows an agent, and where a run broke it.
//!
//! A contract is the front matter of a document of type `process`: `process_id`, `owner`, `status`, `tools`,
//! `policy_checks`, `risk_tier`, `escalation`. What it does not say is not checked, but for one: a tier that can't be
//! read needs a person, because nobody can say that it does not.

use std::fmt;

use crate::corpus::{Record, Status};

/// The kind of document that holds a contract.
const PROCESS: &str = "process";

/// The lowest risk tier in which a person decides.
const PERSON_DECIDES: u32 = 2;

/// What a process document allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    process_id: Option<String>,
    owner: Option<String>,
    status: Status,
    tools: Option<Vec<String>>,
    policy_checks: Vec<String>,
    risk_tier: Option<String>,
    escalation: Option<String>,
}

/// What an agent says of one run.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// What it called.
    pub tools: &'a [String],
    /// What was checked, and whether it was so, where somebody said.
    pub checks: &'a [(&'a str, Option<bool>)],
    /// Who answers for the process.
    pub owner: &'a str,
    /// Whether a person was asked.
    pub asked: bool,
    /// Who was asked.
    pub asked_whom: Option<&'a str>,
}

/// Where a run broke its contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach {
    /// The contract is not in force.
    NotInForce {
        /// How it stands.
        status: Status,
    },
    /// A tool was called that is not on the list.
    Tool {
        /// The tool.
        tool: String,
    },
    /// A check was not made.
    CheckMissing {
        /// The check.
        check: String,
    },
    /// A check failed, and no person was asked.
    CheckFailed {
        /// The check.
        check: String,
    },
    /// Somebody else is said to answer for the process.
    Owner {
        /// Who is said to.
        said: String,
        /// Who does.
        owner: String,
    },
    /// The tier needs a person, and none was asked.
    NoEscalation {
        /// The tier, as the contract has it.
        tier: String,
    },
    /// Another was asked than the contract names.
    Escalation {
        /// Who was asked.
        said: String,
        /// Whom the contract names.
        named: String,
    },
}

impl Breach {
    /// The word for the rule that was broken.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotInForce { .. } => "contract",
            Self::Tool { .. } => "tool",
            Self::CheckMissing { .. } => "check-missing",
            Self::CheckFailed { .. } => "check-failed",
            Self::Owner { .. } => "owner",
            Self::NoEscalation { .. } | Self::Escalation { .. } => "escalation",
        }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInForce { status } => write!(f, "the contract is {}", status.as_str()),
            Self::Tool { tool } => write!(f, "{tool} is not on the list of tools"),
            Self::CheckMissing { check } => write!(f, "{check} was not checked"),
            Self::CheckFailed { check } => write!(f, "{check} failed, and no person was asked"),
            Self::Owner { said, owner } => write!(f, "{said} is said to own it, {owner} does"),
            Self::NoEscalation { tier } => write!(f, "risk tier {tier} needs a person, and none was asked"),
            Self::Escalation { said, named } => write!(f, "{said} was asked, {named} has to be"),
        }
    }
}

impl Contract {
    /// Reads the contract of a document; `None` when it is no process document.
    #[must_use]
    pub fn of(record: &Record) -> Option<Self> {
        let meta = &record.meta;
        if meta.kind != PROCESS {
            return None;
        }
        let said = |name: &str| {
            meta.other.iter().find(|(key, _)| squashed(key) == name).map(|(_, value)| value.trim().to_owned())
        };
        // Lists stand here as one text, with commas between. One with nothing in it allows nothing.
        let list = |name: &str| {
            let items = |text: String| text.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>();
            said(name).map(|text| if text.is_empty() { Vec::new() } else { items(text) })
        };
        let word = |name: &str| said(name).filter(|text| !text.is_empty());
        Some(Self {
            process_id: word("processid"),
            owner: meta.owner.clone(),
            status: meta.status.unwrap_or_default(),
            tools: list("tools"),
            policy_checks: list("policychecks").unwrap_or_default(),
            risk_tier: word("risktier"),
            escalation: word("escalation"),
        })
    }

    /// What agents call the process.
    #[must_use]
    pub fn process_id(&self) -> Option<&str> {
        self.process_id.as_deref()
    }

    /// Where a run broke it, in the order of the rules.
    #[must_use]
    pub fn breaches(&self, run: Run<'_>) -> Vec<Breach> {
        let mut breaches = Vec::new();
        if self.status != Status::Accepted {
            breaches.push(Breach::NotInForce { status: self.status });
        }
        if let Some(tools) = &self.tools {
            let foreign = run.tools.iter().filter(|tool| !tools.contains(tool));
            breaches.extend(foreign.map(|tool| Breach::Tool { tool: tool.clone() }));
        }
        for check in &self.policy_checks {
            match run.checks.iter().find(|(name, _)| name == check) {
                None => breaches.push(Breach::CheckMissing { check: check.clone() }),
                Some((_, Some(false))) if !run.asked => breaches.push(Breach::CheckFailed { check: check.clone() }),
                Some(_) => {}
            }
        }
        if let Some(owner) = self.owner.as_deref().filter(|owner| !same(owner, run.owner)) {
            breaches.push(Breach::Owner { said: run.owner.to_owned(), owner: owner.to_owned() });
        }
        breaches.extend(self.escalation(run));
        breaches
    }

    fn escalation(&self, run: Run<'_>) -> Option<Breach> {
        if !run.asked {
            let tier = self.risk_tier.as_ref().filter(|tier| number(tier).is_none_or(|tier| tier >= PERSON_DECIDES))?;
            return Some(Breach::NoEscalation { tier: tier.clone() });
        }
        let (said, named) = (run.asked_whom?, self.escalation.as_deref()?);
        (!same(said, named)).then(|| Breach::Escalation { said: said.to_owned(), named: named.to_owned() })
    }
}

/// A tier as people write it: `2`, `tier 2`, `T2`.
fn number(tier: &str) -> Option<u32> {
    tier.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == ' ' || c == '-').trim().parse().ok()
}

/// A key without its separators: hyphen, underscore and camelCase are the same.
fn squashed(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

fn same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Contract, Run};
    use crate::access::{CollectionName, Visibility};
    use crate::corpus::{Draft, SourceFile, SourcePath};

    fn contract(text: &str) -> Option<Contract> {
        let collection = CollectionName::parse("corpus").unwrap();
        let (path, bytes) = (SourcePath::new("x.md"), text.as_bytes().to_vec());
        let file = SourceFile { collection, path, bytes, modified_ns: 0 };
        Contract::of(&Draft::parse(file).classify(Visibility::Private).into_parts().0)
    }

    const REFUNDS: &str = "---\ntype: process\nowner: billing-stewards\nprocess-id: refunds\nriskTier: 2\n\
                           escalation: billing-duty\ntools: [read_order, draft_reply]\n\
                           policy_checks:\n  - is-paid\n  - in-time\n---\n# Refunds\n";

    /// What is wrong with a run, as people read it.
    fn broken(text: &str, run: Run<'_>) -> Vec<String> {
        let breaches = contract(text).unwrap().breaches(run);
        breaches.iter().map(|breach| format!("{}: {breach}", breach.rule())).collect()
    }

    #[test]
    fn only_a_process_document_is_a_contract_and_its_keys_are_read_as_they_are_written() {
        assert_eq!(contract(REFUNDS).unwrap().process_id(), Some("refunds"));
        assert_eq!(contract("---\nprocess_id: refunds\n---\n# A page\n"), None);
    }

    #[test]
    fn a_run_that_keeps_to_its_contract_breaks_nothing_and_each_rule_is_broken_by_itself() {
        let tools = ["read_order", "send_money"].map(str::to_owned);
        let checks = [("is-paid", Some(true)), ("in-time", None)];
        let failed = [("is-paid", Some(false)), ("in-time", Some(true))];
        let good = Run {
            tools: &tools[..1],
            checks: &checks,
            owner: "Billing-stewards",
            asked: true,
            asked_whom: Some("billing-duty"),
        };
        let cases: [(Run<'_>, &[&str]); 8] = [
            (good, &[]),
            (Run { asked_whom: None, ..good }, &[]),
            (Run { tools: &tools, ..good }, &["tool: send_money is not on the list of tools"]),
            (Run { checks: &checks[..1], ..good }, &["check-missing: in-time was not checked"]),
            (Run { checks: &failed, ..good }, &[]),
            (Run { owner: "sales", ..good }, &["owner: sales is said to own it, billing-stewards does"]),
            (Run { asked_whom: Some("sales"), ..good }, &["escalation: sales was asked, billing-duty has to be"]),
            (
                Run { asked: false, checks: &failed, ..good },
                &[
                    "check-failed: is-paid failed, and no person was asked",
                    "escalation: risk tier 2 needs a person, and none was asked",
                ],
            ),
        ];
        for (run, expected) in cases {
            assert_eq!(broken(REFUNDS, run), expected, "{run:?}");
        }
    }

    #[test]
    fn what_a_contract_does_not_say_is_not_checked_and_a_tier_that_cannot_be_read_needs_a_person() {
        let tools = ["anything".to_owned()];
        let run = Run { tools: &tools, checks: &[], owner: "anybody", asked: false, asked_whom: None };
        assert_eq!(broken("---\ntype: process\n---\n", run), [""; 0]);
        for (tier, person) in [("0", false), ("tier 1", false), ("T2", true), ("3", true), ("very high", true)] {
            let text = format!("---\ntype: process\nrisk_tier: {tier}\n---\n");
            assert_eq!(broken(&text, run).len(), usize::from(person), "{tier}");
        }
        assert_eq!(broken("---\ntype: process\nstatus: retired\n---\n", run), ["contract: the contract is retired"]);
        let nothing = broken("---\ntype: process\ntools: []\n---\n", run);
        assert_eq!(nothing, ["tool: anything is not on the list of tools"], "an empty list allows nothing");
    }
}
