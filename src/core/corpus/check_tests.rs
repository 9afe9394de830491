//! Tests of judging links and titles between documents.

use std::sync::Arc;

use super::*;
use crate::access::{CollectionName, Visibility};
use crate::corpus::{Draft, SourceFile, SourcePath};

fn record(path: &str, text: &str) -> Arc<Record> {
    let file = SourceFile {
        collection: CollectionName::parse("playbook").unwrap(),
        path: SourcePath::new(path),
        bytes: text.as_bytes().to_vec(),
        modified_ns: 0,
    };
    Draft::parse(file).classify(Visibility::Public).into_parts().0
}

#[test]
fn a_bad_link_is_found_at_its_place() {
    let records = [
        record("a/same.md", "# One\n"),
        record("b/same.md", "# One\n"),
        record("from.md", "# From\n\ngood [x](a/same.md)\nbad [y](gone.md) [z](a/same.md#no)\n\n[[same]]\n"),
    ];
    let names = Names::new(&records);
    let found: Vec<(String, u32, u32)> = link_findings(&records[2], &names)
        .into_iter()
        .map(|finding| (finding.rule.into_owned(), finding.line, finding.column))
        .collect();
    let expected = [("link-broken", 4, 5), ("anchor-missing", 4, 18), ("link-ambiguous", 6, 1)];
    assert_eq!(found, expected.map(|(rule, line, column)| (rule.to_owned(), line, column)));
    let titles: Vec<String> = title_findings(&names).into_iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(titles, ["playbook/a/same", "playbook/b/same"]);
}
