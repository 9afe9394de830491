//! What is read as names, and what is not.

use proptest::prelude::*;

use crate::access::CollectionName;
use crate::corpus::{Draft, SourceFile, SourcePath};

fn synonyms(path: &str, text: &str) -> Vec<Vec<String>> {
    let file = SourceFile {
        collection: CollectionName::parse("playbook").unwrap(),
        path: SourcePath::new(path),
        bytes: text.as_bytes().to_vec(),
        modified_ns: 0,
    };
    Draft::parse(file).classify(crate::access::Visibility::Public).into_parts().0.synonyms.clone()
}

fn check(text: &str, expected: &[&[&str]]) {
    assert_eq!(synonyms("glossary.md", text), expected, "{text:?}");
}

#[test]
fn a_document_about_one_term_has_title_aliases_and_synonyms() {
    let text =
        "---\ntype: term\naliases: [k8s, /old/path]\nsynonyms: kube, the cluster\n---\n# Kubernetes\n\nRuns things.\n";
    assert_eq!(synonyms("words/kubernetes.md", text), [["Kubernetes", "k8s", "kube", "the cluster"]]);
    assert!(synonyms("words/kubernetes.md", "---\naliases: k8s\n---\n# Kubernetes\n").is_empty(), "not a term");
}

#[test]
fn a_page_of_entries_is_read_in_each_of_its_forms() {
    check("# Glossary\n\nPR\n: Pull request, a change for review.\n", &[&["PR", "Pull request"]]);
    check("# Glossary\n\n**SLO**: Service level objective. A target.\n", &[&["SLO", "Service level objective"]]);
    check("# Glossary\n\n* **On-call (pager duty)** – who is woken up\n", &[&["On-call", "pager duty"]]);
    check(
        "# Glossary\n\n- __runbook__: also called playbook or recipe. Steps.\n",
        &[&["runbook", "playbook", "recipe"]],
    );
    check(
        "# Glossary\n\n| Term | Meaning |\n|---|---|\n| `CI` | Continuous integration |\n",
        &[&["CI", "Continuous integration"]],
    );
    check(
        "# Acronyms\n\n## ADR\n\nArchitecture decision record: why it is so.\n",
        &[&["ADR", "Architecture decision record"]],
    );
    check("# Glossary\n\n## Steward, owner\n\nKeeps a page true.\n", &[&["Steward", "owner"]]);
}

#[test]
fn what_merely_explains_gives_no_names() {
    check("# Glossary\n\n**Shelf**: everything that can be searched at one scope.\n", &[]);
    check("# Glossary\n\n```\n**PR**: Pull request\n```\n", &[]);
    check("# Glossary\n\nJust a text, with (brackets) and commas.\n", &[]);
}

proptest! {
    #[test]
    fn any_page_is_read(text in "(\\PC|\n|\\*\\*|: |\\||\\(|`){0,200}") {
        for names in synonyms("glossary.md", &format!("# Glossary\n\n{text}")) {
            prop_assert!(names.len() > 1);
        }
    }
}

#[test]
fn a_page_of_terms_gives_each_with_its_definition() {
    let text = "# Glossary\n\n**Shelf**: what is *searched*\nas one.\n\n- **Leg** – a [list](x.md)\n\n| Short | Long |\n\
                | --- | --- |\n| CI | Continuous integration |\n\nHarbour\n: Where boats lie\n\n```\n**Not**: this\n```\n";
    let terms: Vec<_> =
        super::listed_terms("Glossary", text).into_iter().map(|term| (term.name, term.definition)).collect();
    let expected = [
        ("Shelf", "what is searched as one."),
        ("Leg", "a list"),
        ("CI", "Continuous integration"),
        ("Harbour", "Where boats lie"),
    ];
    assert_eq!(terms, expected.map(|(name, definition)| (name.to_owned(), definition.to_owned())));
    assert_eq!(super::listed_terms("Harbour", text), [], "a document about one term lists none");
}
