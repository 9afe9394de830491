//! Front matter narrows and never widens, whatever is written.
//!
//! Each trap ends private or at its folder's visibility, with a finding where something is unclear. Then two laws: a
//! page that says "private" stays private when any one character of its front matter is damaged, and no text is public
//! of which another program would read that it is private.

use proptest::prelude::*;

use super::{Classified, Draft, Level, SourceFile, SourcePath};
use crate::access::{CollectionName, Visibility};

fn classified(bytes: &[u8], folder: Visibility) -> Classified {
    let file = SourceFile {
        collection: CollectionName::parse("playbook").unwrap(),
        path: SourcePath::new("page.md"),
        bytes: bytes.to_vec(),
        modified_ns: 0,
    };
    Draft::parse(file).classify(folder)
}

fn is_public(bytes: &[u8]) -> bool {
    matches!(classified(bytes, Visibility::Public), Classified::Public(..))
}

/// The rules of the findings that an editor must look at.
fn rules(bytes: &[u8]) -> Vec<String> {
    let classified = classified(bytes, Visibility::Public);
    let findings = classified.record().findings.iter().filter(|finding| finding.level > Level::Note);
    findings.map(|finding| finding.rule.to_string()).collect()
}

const MALFORMED: &str = "front-matter-malformed";
const MISPLACED: &str = "visibility-misplaced";
const MISSPELT: &str = "visibility-misspelt";
const UNKNOWN: &str = "visibility-unknown";

/// Ends private in a public folder, and why. An empty rule: it is said plainly, and there is nothing to find.
const PRIVATE: [(&str, &str); 108] = [
    // Said plainly.
    ("---\nvisibility: private\n---\n", ""),
    ("---\nvisibility: \"private\"\n---\n", ""),
    ("---\nvisibility: 'private'   \n---   \n", ""),
    ("---\nvisibility: private # until May\n---\n", ""),
    ("---\nvisibility : private\n---\n", ""),
    ("---\nvisibility:\tprivate\n---\n", ""),
    ("---\nvisibility:\n  private\n---\n", ""),
    ("---\nvisibility: |\n  private\n---\n", ""),
    ("---\nvisibility: [private]\n---\n", ""),
    ("---\n\"visi\\u0062ility\": private\n---\n", ""),
    ("---\n? visibility\n: private\n---\n", ""),
    ("---\nVisibility: Private\n---\n", ""),
    ("---\nVISIBILITY: PRIVATE\n---\n", ""),
    ("---\nvisiBility: private\n---\n", ""),
    ("---\nvisi_bility: private\n---\n", ""),
    ("---\nｖｉｓｉｂｉｌｉｔｙ: private\n---\n", ""),
    ("---\ndraft: true\n---\n", ""),
    ("---\ndraft: True\n---\n", ""),
    ("---\nisDraft: yes\n---\n", ""),
    ("---\npublish: off\n---\n", ""),
    ("---\npublished: 0\n---\n", ""),
    ("---\npublic: no\n---\n", ""),
    ("---\nunlisted: y\n---\n", ""),
    ("---\nvisibility: public\nprivate: true\n---\n", ""),
    ("---\nVisibility: public\nvisibility: private\n---\n", ""),
    ("---\r\nvisibility: private\r\n---\r\n", ""),
    ("---\rvisibility: private\r---\r", ""),
    ("---\n\nvisibility: private\n\n---\n", ""),
    ("---\nvisibility: private\n...\n", ""),
    ("---\u{A0}\nvisibility\u{A0}: private\u{A0}\n---\n", ""),
    ("\u{FEFF}---\nvisibility: private\n---\n", ""),
    ("+++\nvisibility = \"private\"\n+++\n", ""),
    ("+++\ndraft = true\n+++\n", ""),
    // Said with what nobody sees.
    ("\u{FEFF}\u{FEFF}---\nvisibility: private\n---\n", "hidden-characters"),
    ("---\nvisi\u{200B}bility: private\n---\n", "hidden-characters"),
    ("---\nvisibility: pri\u{AD}vate\n---\n", "hidden-characters"),
    // A value that is none.
    ("---\nvisibility: internal\n---\n", UNKNOWN),
    ("---\nvisibility: privat\n---\n", UNKNOWN),
    ("---\nvisibility: \u{440}ublic\n---\n", UNKNOWN),
    ("---\nvisibility: [public, private]\n---\n", UNKNOWN),
    ("---\nvisibility: {public: true}\n---\n", UNKNOWN),
    ("---\nvisibility: 0\n---\n", UNKNOWN),
    ("---\nvisibility: 1.5\n---\n", UNKNOWN),
    ("---\nvisibility: null\n---\n", UNKNOWN),
    ("---\nvisibility: ~\n---\n", UNKNOWN),
    ("---\nvisibility:\n---\n", UNKNOWN),
    ("---\nvisibility: true\n---\n", UNKNOWN),
    ("---\nvisibility: \"\"\n---\n", UNKNOWN),
    ("---\nvisibility: >-\n  priv\n  ate\n---\n", UNKNOWN),
    ("---\ndraft: perhaps\n---\n", UNKNOWN),
    ("---\npublish: [yes, no]\n---\n", UNKNOWN),
    ("---\npublished: never\n---\n", UNKNOWN),
    ("---\naccess: private\n---\n", UNKNOWN),
    ("---\nstatus: private\n---\n", UNKNOWN),
    ("+++\nvisibility = 3\n+++\n", UNKNOWN),
    ("+++\nvisibility = []\n+++\n", UNKNOWN),
    // A key that is nearly one.
    ("---\nv\u{456}sib\u{456}lity: private\n---\n", MISSPELT),
    ("---\nv\u{456}sibility: internal\n---\n", MISSPELT),
    ("---\nvisibility\u{3164}: private\n---\n", "hidden-characters"),
    ("---\nvisibil\u{8}ity: private\n---\n", "hidden-characters"),
    ("-\u{1B}--\nvisibility: private\n---\n", "hidden-characters"),
    ("---\nvisiblity: private\n---\n", MISSPELT),
    ("---\nvisibiltiy: private\n---\n", MISSPELT),
    ("---\nprivat: true\n---\n", MISSPELT),
    ("---\ndarft: true\n---\n", MISSPELT),
    // A key in the wrong place.
    ("---\nmeta: {visibility: private}\n---\n", MISPLACED),
    ("---\nmeta:\n  visibility: internal\n---\n", MISPLACED),
    ("---\npages:\n  - a: b\n    draft: true\n---\n", MISPLACED),
    ("+++\n[extra]\nvisibility = \"private\"\n+++\n", MISPLACED),
    ("---\nnote: |\n  visibility: private\n---\n", MISPLACED),
    ("---\ntitle: x\n---\n---\nvisibility: private\n---\n", MISPLACED),
    ("---\ntitle: x\n---\n\n---\nvisibility: private\n---\n", MISPLACED),
    ("---\n---\nvisibility: private\n---\n", MISPLACED),
    ("---\ntitle: x\n...\nvisibility: private\n---\n", MISPLACED),
    ("---\ntitle: >\n---\nvisibility: private\n---\n", MISPLACED),
    ("---\nvisibility private\n---\n", MALFORMED),
    ("---\nvisibility：private\n---\n", MALFORMED),
    ("visibility：private\n---\n", MISPLACED),
    ("---\u{2028}visibility: private\u{2028}---\n", MISPLACED),
    ("----\nvisibility: private\n----\n", MISPLACED),
    ("--\nvisibility: private\n--\n", MISPLACED),
    ("———\nvisibility: private\n———\n", MISPLACED),
    (";;;\nvisibility: private\n;;;\n", MISPLACED),
    ("%YAML 1.2\n---\nvisibility: private\n---\n", MISPLACED),
    ("<!-- licence -->\n---\nvisibility: private\n---\n", MISPLACED),
    ("<!--\nvisibility: private\n-->\n", MISPLACED),
    ("<div>\n\n---\nvisibility: private\n---\n", MISPLACED),
    ("# Title\n\n---\nvisibility: private\n---\n", MISPLACED),
    ("visibility: private\ntitle: x\n\n# Title\n", MISPLACED),
    ("title: x\nvisibility: private\n---\n", MISPLACED),
    // What can't be read.
    ("---\nvisibility: private\nvisibility: public\n---\n", MALFORMED),
    ("---\na: &x private\nvisibility: *x\n---\n", MALFORMED),
    ("---\na: {<<: {visibility: private}}\n---\n", MALFORMED),
    ("---\n<<: {visibility: private}\n---\n", MALFORMED),
    ("---\nvisibility: !!binary cHJpdmF0ZQ==\n---\n", MALFORMED),
    ("---\nvisibility: !private public\n---\n", MALFORMED),
    ("---\nvisi\0bility: private\n---\n", MALFORMED),
    ("---\ntitle: x\nvisibility:private\n---\n", MALFORMED),
    ("---\nvisibility = private\n---\n", MALFORMED),
    ("+++\nvisibility: private\n+++\n", MALFORMED),
    ("+++\nvisibility = private\n+++\n", MALFORMED),
    ("+++\nvisibility = \"private\"\nvisibility = \"public\"\n+++\n", MALFORMED),
    ("---json\n{\"visibility\": \"internal\"}\n---\n", MALFORMED),
    ("--- # settings\nvisibility: internal\n---\n", MALFORMED),
    ("{\n    \"visibility\": \"internal\"\n}\n", MALFORMED),
    ("\n---\nvisibility: internal\n---\n", MALFORMED),
    ("  ---\n  visibility: internal\n  ---\n", MALFORMED),
    ("---\n# settings\nvisibility: internal\n\n# Title\n", MALFORMED),
];

/// Stays at the folder's visibility, with this finding or none.
const PUBLIC: [(&str, &str); 22] = [
    ("", ""),
    ("# Title\n", ""),
    ("---\nvisibility: public\n---\n", ""),
    ("---\nvisibility: PUBLIC\n---\n", ""),
    ("---\nvisiblity: public\n---\n", ""),
    ("---\ndraft: false\nprivate: no\npublished: 2024-05-01\n---\n", ""),
    ("---\ndraft:\n---\n", ""),
    ("---\npublisher: A house\npublic_url: https://example.org\n---\n", ""),
    ("---\n# visibility: private\ntitle: x\n---\n", ""),
    ("---\nbuild: {draft: false}\n---\n", ""),
    ("---\ntags: [private, draft]\ntitle: Private\n---\n", ""),
    ("---\ncafe\u{301}: x\nколичество: private things\n---\n", ""),
    ("---\n\nA rule and prose.\n\n---\n", ""),
    ("{{< toc >}}\n\n# Title\n", ""),
    ("{name} is a placeholder\n", ""),
    ("# Fields\n\n```yaml\n---\nvisibility: private\n---\n```\n", ""),
    ("# Fields\n\n- `visibility: private` keeps a page back\n", ""),
    ("# Fields\n\n| visibility: | private |\n| --- | --- |\n", ""),
    ("# Fields\n\n    visibility: private\n", ""),
    ("The draft: true to its name, it is cold.\n", ""),
    ("a\0b\n", "nul-characters"),
    ("visibility of a page: private or public\n", ""),
];

#[test]
fn what_means_private_ends_private_and_what_is_unclear_is_found() {
    for (text, rule) in PRIVATE {
        assert!(!is_public(text.as_bytes()), "{text:?} is public");
        let rules = rules(text.as_bytes());
        let expected = if rule.is_empty() { rules.is_empty() } else { rules.iter().any(|found| found == rule) };
        assert!(expected, "{text:?}: {rules:?}, not {rule:?}");
    }
    for (bytes, rule) in [
        (&b"---\nvisi\xFFbility: private\n---\n"[..], MALFORMED),
        (b"---\ntitle: caf\xE9\n---\n", MALFORMED),
        (b"\xFF\xFE-\0-\0-\0\n\0v\0i\0s\0i\0b\0i\0l\0i\0t\0y\0:\0 \0p\0r\0i\0v\0a\0t\0e\0\n\0-\0-\0-\0\n\0", MALFORMED),
        (b"\xFE\xFF\0#\0 \0A", MALFORMED),
        (b"v\0i\0s\0i\0b\0i\0l\0i\0t\0y\0:\0p\0r\0i\0v\0a\0t\0e\0", MISPLACED),
    ] {
        assert!(!is_public(bytes), "{bytes:?} is public");
        assert!(rules(bytes).iter().any(|found| found == rule), "{bytes:?}: {:?}", rules(bytes));
    }
    let long = format!("---\ntitle: x\nnote: {}\nvisibility: internal\n---\n", "word ".repeat(3_500));
    let deep = format!("---\na: {}1{}\nvisibility: internal\n---\n", "[".repeat(40), "]".repeat(40));
    let late = format!("---\n{}visibility: private\ntext", "# a comment\n".repeat(900));
    for text in [long, deep, late] {
        assert!(!is_public(text.as_bytes()) && !rules(text.as_bytes()).is_empty());
    }
}

#[test]
fn what_means_nothing_stays_where_its_folder_is_and_a_private_folder_is_private_whatever_is_said() {
    for (text, rule) in PUBLIC {
        let found = rules(text.as_bytes());
        assert!(is_public(text.as_bytes()), "{text:?} is private: {found:?}");
        assert_eq!(found, Vec::from_iter((!rule.is_empty()).then(|| rule.to_owned())), "{text:?}");
    }
    for (text, _) in PRIVATE.iter().chain(&PUBLIC) {
        assert!(matches!(classified(text.as_bytes(), Visibility::Private), Classified::Private(..)), "{text:?}");
    }
    let claims = classified(b"---\nvisibility: public\n---\n", Visibility::Private);
    assert!(claims.record().findings.iter().any(|finding| finding.rule == "visibility-cannot-widen"));
}

/// Pages that say "private", each in another way.
const SAID: [&str; 6] = [
    "---\nvisibility: private\n---\n\n# Page\n",
    "---\ntitle: Page\nvisibility: private\ntags: [a]\n---\ntext\n",
    "---\ndraft: true\ntitle: Page\n---\ntext\n",
    "---\r\nowner: x\r\npublish: false\r\n---\r\ntext\r\n",
    "+++\ntitle = \"x\"\nvisibility = \"private\"\n+++\ntext\n",
    "---\nvisibility: \"private\"\nprivate_note: x\n---\n",
];

#[test]
fn a_page_that_says_private_stays_so_when_one_character_is_damaged() {
    let marks =
        ["\0", "\t", "\n", "\r", " ", "!", "\"", "%", "&", "'", "*", "+", ",", "-", ".", "/", "0", "9", ":", ";"];
    let others = ["<", "=", ">", "?", "@", "A", "[", "\\", "]", "^", "_", "`", "a", "z", "{", "|", "}", "~"];
    let wide = [
        "\u{85}", "\u{A0}", "\u{AD}", "é", "\u{301}", "\u{430}", "\u{200B}", "\u{2028}", "\u{202E}", "：", "\u{FEFF}",
        "😀",
    ];
    // `#` is left out: it makes a comment of the line, and who writes one takes the line back.
    let junk: Vec<&[u8]> = marks.iter().chain(&others).chain(&wide).map(|junk| junk.as_bytes()).collect();
    let broken: [&[u8]; 4] = [b"\xFF", b"\xC3", b"\xED\xA0\x80", b""];
    let mut tried = 0;
    for said in SAID {
        let bytes = said.as_bytes();
        let top = said.rfind("---").or_else(|| said.rfind("+++")).unwrap() + 4;
        for at in 0..top {
            for junk in junk.iter().chain(&broken) {
                for taken in [0, 1] {
                    let damaged = [&bytes[..at], junk, &bytes[at + taken..]].concat();
                    assert!(!is_public(&damaged), "{:?} is public", String::from_utf8_lossy(&damaged));
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 20_000, "{tried}");
}

/// What other programs make of the top of a file: key and value of each line that may be read.
fn as_others_read(text: &str) -> Vec<(String, String)> {
    let text = text.trim_start_matches('\u{FEFF}').replace("\r\n", "\n").replace('\r', "\n");
    let mut found = Vec::new();
    let mut read = |lines: &mut dyn Iterator<Item = &str>, sign: char| {
        for line in lines {
            if let Some((key, value)) = line.split_once(sign) {
                let bare =
                    |text: &str| text.trim().trim_end_matches(',').trim_matches(['"', '\'']).trim().to_lowercase();
                found.push((bare(key), bare(value)));
            }
        }
    };
    for (mark, sign) in [("---", ':'), ("+++", '='), (";;;", ':'), ("{", ':')] {
        // What begins at the first line or behind blank ones, up to the mark or to the end.
        if let Some(rest) = text.trim_start().strip_prefix(&format!("{mark}\n")) {
            read(&mut rest.lines().take_while(|line| *line != mark && *line != "..." && *line != "}"), sign);
        }
    }
    // Pairs up to the first line in which nobody sees anything, without a fence.
    let is_seen =
        |line: &&str| line.contains(|c: char| !c.is_whitespace() && !matches!(c, '\u{200B}' | '\u{FEFF}' | '\0'));
    read(&mut text.lines().take_while(is_seen), ':');
    found
}

fn narrows((key, value): &(String, String)) -> bool {
    match key.as_str() {
        "visibility" => value == "private",
        "draft" | "private" | "unlisted" => value == "true",
        "publish" | "published" | "public" => value == "false",
        _ => false,
    }
}

fn top() -> impl Strategy<Value = String> {
    let pieces = vec![
        "---\n",
        "---\n",
        "+++\n",
        ";;;\n",
        "{\n",
        "}\n",
        "...\n",
        "\n",
        "\u{FEFF}",
        "\r",
        "# a\n",
        "<!-- a -->\n",
        "text\n",
        "title: x\n",
        "title = \"x\"\n",
        "visibility: private\n",
        "visibility: public\n",
        "visibility = \"private\"\n",
        "\"visibility\": \"private\",\n",
        "draft: true\n",
        "draft: false\n",
        "public: \"false\"\n",
        "Private: True\n",
        "a: |\n",
        "  ",
        "- ",
        "&x ",
        "*x ",
        "\"",
        "'",
        "[",
        "]",
        "a: [\n",
        "\t",
        "---",
        ": ",
        "\u{200B}",
        "\0",
        "%a\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_public_has_no_front_matter_that_anybody_could_read_as_narrowing(text in top(), rest in "[a-z\n]{0,20}") {
        let text = format!("{text}{rest}");
        if is_public(text.as_bytes()) {
            let said: Vec<_> = as_others_read(&text).into_iter().filter(narrows).collect();
            prop_assert!(said.is_empty(), "{text:?} is public: {said:?}");
        }
        prop_assert!(matches!(classified(text.as_bytes(), Visibility::Private), Classified::Private(..)));
    }

    #[test]
    fn what_a_public_folder_keeps_back_is_said_plainly_or_found(text in top()) {
        // Case, blanks and marks leave a key what it is.
        let bare = |key: String| key.chars().filter(|c| c.is_alphanumeric()).collect();
        let mut said = as_others_read(&text).into_iter().map(|(key, value)| (bare(key), value));
        let plain = text.contains("---") && said.any(|pair| narrows(&pair));
        let toml = text.contains("+++");
        prop_assert!(is_public(text.as_bytes()) || plain || toml || !rules(text.as_bytes()).is_empty(), "{text:?}");
    }
}
