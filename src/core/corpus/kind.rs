//! What kind of document a file is, when it doesn't say.

use super::{Section, SourcePath, is_front_page, stem};

/// Kinds by the name of the folder a file is in; the innermost that is known counts.
const FOLDERS: [(&str, &str); 25] = [
    ("playbook", "playbook"),
    ("playbooks", "playbook"),
    ("standard", "standard"),
    ("standards", "standard"),
    ("decision", "decision"),
    ("decisions", "decision"),
    ("adr", "decision"),
    ("adrs", "decision"),
    ("journey", "journey"),
    ("journeys", "journey"),
    ("job", "job"),
    ("jobs", "job"),
    ("process", "process"),
    ("processes", "process"),
    ("memory", "memory"),
    ("memories", "memory"),
    ("glossary", "term"),
    ("term", "term"),
    ("terms", "term"),
    ("prompts", "prompt"),
    ("prompt", "prompt"),
    ("evalsets", "evalset"),
    ("evalset", "evalset"),
    ("skills", "skill"),
    ("packs", "pack"),
];

/// Reads a kind as front matter says it; `any` takes words that are not ours as well.
pub(super) fn said(text: &str, any: bool) -> Option<String> {
    let word = text.trim().to_lowercase();
    let known = match word.as_str() {
        "" => return None,
        "adr" | "madr" | "architecture decision record" => "decision",
        "doc" | "docs" | "documentation" | "article" => "page",
        "page" | "skill" | "evalset" | "prompt" | "pack" => word.as_str(),
        other => match FOLDERS.iter().find(|(name, kind)| name == &other && other == *kind) {
            Some((_, kind)) => kind,
            None if any => other,
            None => return None,
        },
    };
    Some(known.to_owned())
}

/// Infers a kind from the file's name, its folders and its headings.
pub(super) fn inferred(collection: &str, path: &SourcePath, sections: &[Section]) -> &'static str {
    let (folders, name) = path.as_str().rsplit_once('/').unwrap_or(("", path.as_str()));
    let stem = stem(name);
    if name.eq_ignore_ascii_case("SKILL.md") {
        return "skill";
    }
    if is_front_page(name) {
        return "page";
    }
    let digits = stem.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 4 && stem.as_bytes().get(4) == Some(&b'-') && !is_date(stem) {
        return "decision";
    }
    if stem.eq_ignore_ascii_case("glossary") {
        return "term";
    }
    let by_folder = folders.rsplit('/').chain([collection]).find_map(|folder| {
        let known = FOLDERS.iter().find(|(name, _)| folder.eq_ignore_ascii_case(name));
        known.map(|(_, kind)| *kind)
    });
    by_folder.unwrap_or(if is_decision(sections) { "decision" } else { "page" })
}

/// `2024-05-01-release` begins with a year, not with the number of a decision.
fn is_date(stem: &str) -> bool {
    let digits = |range| stem.get(range).is_some_and(|part: &str| part.bytes().all(|byte| byte.is_ascii_digit()));
    digits(5..7) && stem.as_bytes().get(7) == Some(&b'-') && digits(8..10)
}

/// The headings of MADR, or of a record in Nygard's form.
fn is_decision(sections: &[Section]) -> bool {
    let has = |title: &str| sections.iter().any(|section| section.title.eq_ignore_ascii_case(title));
    has("Decision Outcome")
        || has("Context and Problem Statement")
        || (has("Status") && has("Context") && has("Decision") && has("Consequences"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_inferred_from_name_folder_and_collection() {
        for (collection, path, expected) in [
            ("corpus", "x.md", "page"),
            ("playbook", "x.md", "playbook"),
            ("playbook", "README.md", "page"),
            ("playbook", "index.mdx", "page"),
            ("corpus", "decisions/x.md", "decision"),
            ("corpus", "docs/0012-use-rust.md", "decision"),
            ("corpus", "news/2024-05-01-release.md", "page"),
            ("corpus", "standards/deep/x.md", "standard"),
            ("corpus", "skills/a/SKILL.md", "skill"),
            ("corpus", "glossary.md", "term"),
            ("corpus", "glossary/shelf.md", "term"),
        ] {
            assert_eq!(inferred(collection, &SourcePath::new(path), &[]), expected, "{collection}/{path}");
        }
    }

    #[test]
    fn a_layout_is_a_kind_only_when_it_is_one_of_ours() {
        assert_eq!(said("default", false), None);
        assert_eq!(said("Playbook", false).as_deref(), Some("playbook"));
        assert_eq!(said("ADR", true).as_deref(), Some("decision"));
        assert_eq!(said("Recipe", true).as_deref(), Some("recipe"));
    }
}
