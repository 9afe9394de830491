//! `[ledger]` of `cairn.toml`: what happens to answers without a record, and how long texts are kept.

use serde::Deserialize;

use crate::ledger::{RUN_DAYS, TEXT_DAYS};
use crate::library::Records;

/// `[ledger]` of `cairn.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileLedger {
    /// What happens to an answer whose record can't be written: `required` or `best-effort`.
    pub(super) records: Records,
    /// How many days questions, and what is typed into feedback, gaps and outcomes, are kept; 0 writes none.
    pub(super) text_days: u32,
    /// How many days what is typed into runs is kept; 0 writes none.
    pub(super) run_days: u32,
}

impl Default for FileLedger {
    fn default() -> Self {
        Self { records: Records::default(), text_days: TEXT_DAYS, run_days: RUN_DAYS }
    }
}

#[cfg(test)]
mod tests {
    use super::FileLedger;
    use crate::library::Records;

    #[test]
    fn records_are_required_and_texts_kept_for_ninety_days_and_runs_for_a_year_unless_the_file_says_otherwise() {
        let read = |text: &str| toml::from_str::<FileLedger>(text);
        assert_eq!(read("").unwrap(), FileLedger { records: Records::Required, text_days: 90, run_days: 365 });
        let said = read("records = \"best-effort\"\ntext_days = 0\nrun_days = 3000").unwrap();
        assert_eq!(said, FileLedger { records: Records::BestEffort, text_days: 0, run_days: 3_000 });
        for bad in ["records = \"never\"", "text_days = -1", "days = 7"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
