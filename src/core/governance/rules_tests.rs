//! Tests of rules together: what is allowed, what stands for what, what is never public, and how fast it goes.

use proptest::prelude::*;

use super::*;
use crate::access::{CollectionName, Visibility};
use crate::corpus::{SourceFile, SourcePath};
use crate::governance::{draft, is_withheld};

fn token() -> String {
    format!("ghp_{}", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8")
}

fn file(text: &str) -> SourceFile {
    let collection = CollectionName::parse("playbook").unwrap();
    SourceFile { collection, path: SourcePath::new("x.md"), bytes: text.as_bytes().to_vec(), modified_ns: 0 }
}

fn withheld(rules: &Rules, text: &str) -> Vec<(String, u32)> {
    let record = draft(rules, file(text), Visibility::Public).classify(Visibility::Public).into_parts().0;
    assert_eq!(is_withheld(&record), record.visibility() == Visibility::Private, "{text}");
    let secrets = record.findings.iter().filter(|finding| finding.level == Level::Secret);
    secrets.map(|finding| (finding.rule.to_string(), finding.line)).collect()
}

fn rules(options: RulesOptions) -> Rules {
    Rules::new(options).unwrap()
}

#[test]
fn a_page_with_a_secret_is_withheld_however_it_is_written() {
    let built_in = Rules::built_in();
    let expected = vec![("github-token".to_owned(), 3)];
    let token = token();
    for written in [
        token.clone(),
        format!("<!-- {token} -->"),
        token.replace('_', "\\_"),
        token.replace("B2", "**B2**"),
        token.replace("B2", "B\u{200b}2"),
        token.replace("B2", "B<!-- x -->2"),
        token.replace('_', "&#95;"),
    ] {
        assert_eq!(withheld(&built_in, &format!("# A\n\n{written}\n")), expected, "{written}");
    }
    let escaped = token.replace("ghp", "\\x67hp");
    assert_eq!(withheld(&built_in, &format!("---\ndescription: \"{escaped}\"\n---\n# A\n")).len(), 1);
    assert_eq!(withheld(&built_in, &format!("## {}\n", token.replace('_', "\\_"))).len(), 1, "in a heading");
    assert_eq!(withheld(&built_in, "# A\n\nNo secret.\n"), []);
}

#[test]
fn a_secret_is_allowed_by_its_digest_alone() {
    let (token, other) = (token(), token().replace('a', "b"));
    let marked = format!("{token} <!-- cairn:allow github-token -->\n");
    assert_eq!(withheld(&Rules::built_in(), &marked).len(), 1, "a mark on the line allows no secret");
    let allowed = |rule: &str| {
        let sha256 = Digest::of(token.as_bytes()).to_string();
        rules(RulesOptions { allow: vec![Allowed { rule: rule.to_owned(), sha256 }], ..RulesOptions::default() })
    };
    assert_eq!(withheld(&allowed("github-token"), &marked), []);
    assert_eq!(withheld(&allowed("npm-token"), &marked).len(), 1, "another rule");
    assert_eq!(withheld(&allowed("github-token"), &other).len(), 1, "another text");
    let bad = Allowed { rule: "x".to_owned(), sha256: "abc".to_owned() };
    assert!(Rules::new(RulesOptions { allow: vec![bad], ..RulesOptions::default() }).is_err());
}

#[test]
fn a_private_folder_is_not_looked_at_and_a_page_that_is_private_itself_hides_nothing() {
    let built_in = Rules::built_in();
    let record = draft(&built_in, file(&token()), Visibility::Private).classify(Visibility::Private).into_parts().0;
    assert!(record.findings.is_empty());
    assert!(!is_withheld(
        &draft(&built_in, file(&format!("---\nvisibility: private\n---\n{}\n", token())), Visibility::Public)
            .classify(Visibility::Public)
            .into_parts()
            .0
    ));
}

#[test]
fn what_the_configuration_keeps_private_is_kept() {
    let never = ["type:memory", "tag:inside", "path:playbook/old/**"].map(str::to_owned).to_vec();
    let rules = rules(RulesOptions { never_public: never, ..RulesOptions::default() });
    assert_eq!(withheld(&rules, "---\ntype: memory\n---\n# A\n"), [("never-public".to_owned(), 1)]);
    assert_eq!(withheld(&rules, "---\ntags: [Inside]\n---\n# A\n").len(), 1);
    assert_eq!(withheld(&rules, "# A\n"), []);
    let old = SourceFile { path: SourcePath::new("old/a.md"), ..file("# A\n") };
    assert!(is_withheld(&draft(&rules, old, Visibility::Public).classify(Visibility::Public).into_parts().0));
    let odd = RulesOptions { never_public: vec!["kind:x".to_owned()], ..RulesOptions::default() };
    assert!(Rules::new(odd).is_err());
}

#[test]
fn a_rule_file_withholds_as_built_in_rules_do_and_only_where_its_words_are() {
    let text = "[[rules]]\nid = 'engine'\nregex = 'engine-([0-9]{6})'\nkeywords = ['ENGINE-']\n[[rules]]\nid = 'path'\npath = 'nowhere'\n";
    let with = rules(RulesOptions { files: vec![RuleFile::parse("r.toml", text).unwrap()], ..RulesOptions::default() });
    assert_eq!(withheld(&with, "# A\n\nthe engine-123456 runs\n"), [("engine".to_owned(), 3)]);
    assert_eq!(withheld(&with, "# A\n\nthe engine runs\n"), []);
    assert_ne!(with.digest(), Rules::built_in().digest(), "other rules are known to be others");
}

#[test]
fn what_is_worse_stands_for_what_lies_in_it() {
    let names = NameList::default();
    let text = format!("postgres://app:{}@db.engines.corp/x and 10.1.2.3\n", "tr0ub4dor");
    let seen = Rules::built_in().sightings("playbook/x.md", text.as_bytes(), &names);
    let rules: Vec<&str> = seen.iter().map(|seen| &*seen.rule).collect();
    assert_eq!(rules, ["password-in-url", "internal-host", "private-address"]);
    let marked = "ask ada@engines.org <!-- cairn:allow email -->\nask ada@engines.org\n";
    let seen = Rules::built_in().sightings("playbook/x.md", marked.as_bytes(), &names);
    assert_eq!(seen.len(), 1, "the line that is marked is let pass");
}

proptest! {
    #[test]
    fn whatever_the_text_sightings_lie_in_it_between_characters_and_are_not_shown_whole(
        text in "([a-zA-Z0-9@:/._ -]{0,8}|ghp_|sk-|eyJ|-----BEGIN PRIVATE KEY-----|://|\u{20ac}|EUR |\\+4930|10\\.|\\.corp|DE12|\u{e4}\u{df}|\n){0,24}"
    ) {
        let rule = "[[rules]]\nid = 'odd'\nregex = '.[a-z]{2}.'\n";
        let files = vec![RuleFile::parse("r.toml", rule).unwrap()];
        let rules = Rules::new(RulesOptions { files, ..RulesOptions::default() }).unwrap();
        for seen in rules.sightings("playbook/x.md", text.as_bytes(), &NameList::default()) {
            let whole = text.get(seen.span.clone());
            prop_assert!(whole.is_some_and(|whole| !whole.is_empty()), "{seen:?}");
            let shown = seen.shown(text.as_bytes());
            prop_assert_ne!(shown.split('\u{2026}').next(), whole);
        }
    }
}
