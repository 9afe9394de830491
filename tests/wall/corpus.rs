//! Pairs of corpora: the same public files, and private ones that differ in every slot.
//!
//! Private files are made to get at the public ones by every road there is: they use their words, link to them, bear
//! their names, claim to take their place, give other names to the same things, and say nearly the same.

use super::canary::{canary, capital};
use super::dice::Dice;
use super::git::Files;

/// Words of public pages; private ones use them as well, and far more often.
pub(crate) const WORDS: [&str; 44] = [
    "release",
    "freeze",
    "captain",
    "deploy",
    "rollback",
    "incident",
    "pager",
    "rota",
    "review",
    "owner",
    "ledger",
    "shelf",
    "passage",
    "budget",
    "token",
    "grant",
    "signing",
    "key",
    "vault",
    "lease",
    "policy",
    "harbour",
    "pilot",
    "anchor",
    "beacon",
    "current",
    "tide",
    "ferry",
    "quay",
    "cargo",
    "manifest",
    "customs",
    "duty",
    "storm",
    "signal",
    "lantern",
    "rope",
    "winch",
    "crane",
    "dock",
    "ADR-0042",
    "checkBudget",
    "release-note",
    "C++",
];

/// Public pages by their path, with their titles.
const PAGES: [(&str, &str); 8] = [
    ("playbook/release.md", "Releasing"),
    ("playbook/on call.md", "On call"),
    ("playbook/guides/rotate.md", "Rotate the signing key"),
    ("playbook/guides/0042-keep-two.md", "ADR-0042: Keep two"),
    ("playbook/pointing.md", "Where things are"),
    ("journeys/first.md", "The first journey"),
    ("journeys/storm.md", "A storm"),
    ("playbook/short.md", "Short"),
];

/// Private files that public pages point at, whether they are there or not.
const POINTED_AT: [&str; 3] = ["corpus/plan.md", "playbook/hidden.md", "playbook/guides/next.md"];

/// Private files that stand beside a public one and differ from it in the extension only.
const BESIDE: [(&str, &str); 4] = [
    ("playbook/ways.md", "playbook/ways.markdown"),
    ("playbook/short.markdown", "playbook/short.md"),
    ("journeys/first.MD", "journeys/first.md"),
    ("playbook/guides/index.md", "playbook/guides/README.markdown"),
];

/// Two corpora.
pub(crate) struct Pair {
    pub(crate) public: Files,
    pub(crate) private: [Files; 2],
    /// The name of a private collection that the other does not have.
    pub(crate) own: [String; 2],
}

impl Pair {
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let public = public(dice);
        let own = [format!("a-{}", canary(dice)), format!("z-{}", canary(dice))];
        let private = own.each_ref().map(|own| {
            let mut files = private(dice, &public);
            if dice.chance(30) {
                let (path, text) = any_document(dice, &public);
                let name = path.rsplit('/').next().unwrap_or_default();
                files.insert(format!("{own}/{name}"), text);
            }
            files
        });
        Self { public, private, own }
    }

    /// Ids of the public documents.
    pub(crate) fn ids(&self) -> Vec<String> {
        ids(self.public.keys())
    }

    /// Ids of documents that are private on one side or the other.
    pub(crate) fn private_ids(&self) -> Vec<String> {
        ids(self.private.iter().flat_map(Files::keys))
    }
}

fn ids<'a>(paths: impl Iterator<Item = &'a String>) -> Vec<String> {
    let pages = paths.filter(|path| [".md", ".markdown", ".MD"].iter().any(|suffix| path.ends_with(suffix)));
    pages.map(|path| path.strip_suffix(".md").unwrap_or(path).to_owned()).collect()
}

fn sentence(dice: &mut Dice) -> String {
    let words: Vec<&str> = (0..3 + dice.below(7)).map(|_| *dice.pick(&WORDS)).collect();
    format!("The {}.", words.join(" "))
}

fn paragraphs(dice: &mut Dice, count: usize) -> String {
    let paragraph = |dice: &mut Dice| (0..1 + dice.below(3)).map(|_| sentence(dice)).collect::<Vec<_>>().join(" ");
    (0..count).map(|_| paragraph(dice) + "\n\n").collect()
}

fn link(dice: &mut Dice) -> String {
    let (path, title) = *dice.pick(&PAGES);
    match dice.below(4) {
        0 => format!("[{title}](/{})", path.replace(' ', "%20")),
        1 => format!("[[{title}]]"),
        2 => format!("[see](../{}#part-1)", path.replace(' ', "%20")),
        _ => format!("[there](cairn://{})", path.trim_end_matches(".md").replace(' ', "%20")),
    }
}

fn public(dice: &mut Dice) -> Files {
    let mut files = Files::new();
    for (path, title) in PAGES {
        if dice.chance(12) && !path.contains("pointing") {
            continue;
        }
        let mut front = String::new();
        for (line, often) in [
            ("tags: [harbour, ops]\n", 40),
            ("status: draft\n", 10),
            ("status: deprecated\n", 10),
            ("owner: ada\n", 30),
            ("aliases: [Grand Tour, old/place]\n", 20),
            ("description: How it is done here.\n", 40),
            ("updated: 2026-02-03\n", 20),
            ("supersedes: playbook/short\n", 10),
            ("arguments: [{name: topic, values: [release, rope]}]\n", 40),
            ("type: prompt\n", 20),
        ] {
            if dice.chance(often) {
                front.push_str(line);
            }
        }
        if path.contains("pointing") {
            front.push_str("superseded_by: playbook/hidden\n");
        }
        let mut text = format!("---\n{front}---\n# {title}\n\n{{{{topic}}}} {}", paragraphs(dice, 1));
        for part in 0..dice.below(3) {
            let count = 1 + dice.below(2);
            let body = paragraphs(dice, count);
            text.push_str(&format!("## Part {part}\n\n{} {body}", link(dice)));
        }
        if path.contains("pointing") {
            text.push_str(
                "## More\n\n[plan](../corpus/plan.md), [[Secret plan]], [[hidden]], [next](guides/next.md), \
                 ![map](img/open.png), [gone](gone.md), [ways](ways), [[ways]], [these](ways.md), [first](/journeys/first.MD), \
                 [guides](guides/).\n",
            );
        }
        files.insert(path.to_owned(), text.into_bytes());
    }
    for (path, title) in [("playbook/ways.markdown", "Ways"), ("playbook/guides/README.markdown", "Guides")] {
        let text = format!("---\nsupersedes: old-ways.md\n---\n# {title}\n\n{} {}", link(dice), paragraphs(dice, 2));
        files.insert(path.to_owned(), text.into());
    }
    let twin = format!("# Twins\n\n## Hosts\n\n{}", paragraphs(dice, 2));
    for place in ["playbook/v1/install.md", "playbook/v2/install.md"] {
        files.insert(place.to_owned(), twin.clone().into_bytes());
    }
    // Public, because a public page shows it.
    files.insert("playbook/img/open.png".to_owned(), b"\x89PNG\r\n\x1a\nopen".to_vec());
    let glossary = "# Glossary\n\n**Rota (duty list)**: who is on duty.\n\n**Pager**: also called beeper.\n";
    files.insert("playbook/glossary.md".to_owned(), glossary.into());
    let miles = *dice.pick(&[4, 4, 6, 20]);
    let long: String = (0..miles).map(|at| format!("## Mile {at}\n\n{}", paragraphs(dice, 1))).collect();
    files.insert("journeys/long.md".to_owned(), format!("# A long way\n\n{long}").into_bytes());
    if dice.chance(60) {
        files.insert("playbook/README.md".to_owned(), format!("# Playbook\n\n{} {}\n", link(dice), link(dice)).into());
    }
    files
}

/// One side's private files: documents of every kind, a picture, and who owns what.
fn private(dice: &mut Dice, public: &Files) -> Files {
    let mut files = Files::new();
    for kind in 0..KINDS {
        if dice.chance(35) {
            let (path, text) = document(dice, kind, public);
            files.insert(path, text);
        }
    }
    for path in POINTED_AT {
        if dice.chance(50) {
            let word = canary(dice);
            let narrow = if path.starts_with("corpus") { "" } else { "visibility: private\n" };
            let text = format!("---\n{narrow}title: Secret plan\n---\n# {word}\n\nThe {word} {}\n", sentence(dice));
            files.insert(path.to_owned(), text.into());
        }
    }
    for (path, public) in BESIDE {
        if dice.chance(50) {
            let word = canary(dice);
            let front = format!("visibility: private\naliases: [{public}, {word}]\nsuperseded_by: {public}\n");
            let text = format!("---\n{front}---\n# {word}\n\nThe {word} {} {}\n", sentence(dice), link(dice));
            files.insert(path.to_owned(), text.into());
        }
    }
    if dice.chance(60) {
        let word = canary(dice);
        files.insert("playbook/img/map.png".to_owned(), format!("\u{1}{word}").into());
        let shows = format!("---\nvisibility: private\n---\n# {word}\n\n![{word}](img/map.png)\n");
        files.insert(format!("playbook/{word}.md"), shows.into());
    }
    let rules = format!(
        "/corpus/ @{0}\n/playbook/ @stewards\n/playbook/guides/ @guides\n/journeys/ @stewards\n/corpus/{0}/ @{0}\n",
        canary(dice)
    );
    files.insert(".github/CODEOWNERS".to_owned(), rules.into());
    files
}

/// How many kinds of private documents there are.
const KINDS: usize = 13;

/// A private document of a kind, on a road of its own to the public ones.
pub(crate) fn document(dice: &mut Dice, kind: usize, public: &Files) -> (String, Vec<u8>) {
    let (name, word, other) = (canary(dice), canary(dice), canary(dice));
    let (target, title) = *dice.pick(&PAGES);
    let id = target.trim_end_matches(".md");
    let front = format!(
        "tags: [{word}, harbour]\nowner: {other}\ndescription: About {word}.\naliases: [{other}, {id}]\nupdated: 2027-01-01\n"
    );
    let body = format!("The {word} {} [{other}](/{target}) {}\n\n", sentence(dice), link(dice));
    let corpus = |path: &str| format!("corpus/{path}{name}.md");
    match kind {
        // Words: far more of them than the public pages have.
        0 => (corpus(""), format!("---\n{front}---\n# {}\n\n{body}{}", capital(&word), paragraphs(dice, 6)).into()),
        1 => {
            let flood = format!("{} ", dice.pick(&WORDS)).repeat(60);
            (corpus("deep/er/"), format!("# {} flood\n\n{flood}{word}\n\n{body}", capital(&word)).into())
        }
        // The place of a public page, and one before it.
        2 => (
            corpus("decisions/"),
            format!("---\n{front}supersedes: [{id}, {title}]\nstatus: accepted\n---\n# {word}\n\n{body}").into(),
        ),
        3 => {
            (corpus(""), format!("---\n{front}superseded_by: {id}\nstatus: superseded\n---\n# {word}\n\n{body}").into())
        }
        // The names of a public page, its headings and its path.
        4 => (
            corpus(""),
            format!("---\n{front}title: \"{title}\"\n---\n## Part 1\n\n{body}## {title}\n\n{other}\n").into(),
        ),
        5 => {
            let text = format!("---\n{front}visibility: private\ntitle: \"{title}\"\n---\n# {word}\n\n{body}");
            (format!("playbook/{name}/release.md"), text.into())
        }
        // Other names for public words.
        6 => {
            let entries = format!(
                "**Rota**: also called {word}.\n\n**Beacon ({other})**: a light.\n\n**{word}**: also called deploy.\n"
            );
            (corpus("terms/"), format!("---\ntype: term\n---\n# Terms of {word}\n\n{entries}").into())
        }
        // Nearly the same text.
        7 => {
            let same = public.get("playbook/v1/install.md").map(|text| String::from_utf8_lossy(text).into_owned());
            (corpus("v3/"), format!("---\n{front}---\n{}", same.unwrap_or_default()).into())
        }
        // Another language, and words near those that a question misspells.
        8 => (
            corpus(""),
            format!("---\n{front}language: de\n---\n# Häuser {word}\n\nrelaese freezze {word} harbuor {body}").into(),
        ),
        // Front matter that can't be read.
        9 => (
            format!("playbook/{name}.md"),
            format!("---\nvisibility: [\ntitle: {word}\n---\n# {title}\n\n{body}").into(),
        ),
        // Names that public pages use, in a list of names.
        10 => {
            let names = format!("- harbour\n- Releasing\n- {word}: the captain\n- {other}\n");
            (corpus("people/"), format!("---\ntype: customers\n---\n# {word}\n\n{names}").into())
        }
        // A prompt and a skill that is called as a public page is.
        11 => {
            let file = target.rsplit('/').next().unwrap_or_default();
            let asks = format!("type: prompt\narguments: [{{name: topic, values: [{word}]}}, {other}]\n");
            (
                format!("corpus/skills/{file}"),
                format!("---\n{front}{asks}---\n# {title}\n\n{{{{topic}}}} {body}").into(),
            )
        }
        // Judged questions.
        _ => (
            corpus(""),
            format!("---\ntype: evalset\n---\n# {word}\n\n```yaml\n- query: {word} deploy\n  relevant: {id}\n```\n")
                .into(),
        ),
    }
}

/// A private document of any kind.
pub(crate) fn any_document(dice: &mut Dice, public: &Files) -> (String, Vec<u8>) {
    let kind = dice.below(KINDS);
    document(dice, kind, public)
}

/// A public page that was changed.
pub(crate) fn changed(dice: &mut Dice, title: &str) -> Vec<u8> {
    let (body, link) = (paragraphs(dice, 3), link(dice));
    format!("---\ntags: [changed]\n---\n# {title} again\n\n{body}## Part 1\n\n{link}\n").into()
}

/// A page as it is when it turned private: with new text that nobody may see.
pub(crate) fn narrowed(dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let (word, text) = (canary(dice), String::from_utf8_lossy(text));
    let body = text.split_once("# ").map_or("", |(_, body)| body);
    format!("---\nvisibility: private\ntags: [{word}]\n---\n# {word} {body}\n\nThe {word}.\n").into()
}
