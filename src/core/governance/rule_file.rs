//! Rule files in gitleaks' form: TOML with `[[rules]]`, keywords, entropy and allowlists.
//!
//! Read are id, description, regex, path, secretGroup, entropy, keywords and the allowlists of a rule and of the file,
//! with paths, regexes, regexTarget, stopwords and condition. Commits are no part of a page and match nothing; what else
//! a file says (extend, tags) is passed over. Expressions are those of the `regex` crate with ASCII classes, which is
//! RE2's language but for rare signs.

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::GovernanceError;
use super::secret::entropy;
use super::sighting::{Sighting, line_around};
use crate::corpus::Level;

/// A rule file that was read.
#[derive(Debug, Clone)]
pub struct RuleFile {
    pub(super) rules: Vec<FileRule>,
    /// The bytes as they were read: another file is another judgement.
    pub(super) text: String,
}

/// A rule of a file.
#[derive(Debug, Clone)]
pub(super) struct FileRule {
    id: String,
    description: String,
    regex: Option<Regex>,
    path: Option<Regex>,
    secret_group: usize,
    entropy: f64,
    /// In lower case. A file without one of them is not looked at; none means every file.
    pub(super) keywords: Vec<String>,
    allowlists: Vec<Allowlist>,
}

/// What is no secret whatever the rule says.
#[derive(Debug, Clone)]
struct Allowlist {
    paths: Vec<Regex>,
    regexes: Vec<Regex>,
    stopwords: Vec<String>,
    target: Target,
    /// Whether all that it lists must hold, and not one of it.
    all: bool,
    /// Whether it lists commits.
    commits: bool,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Target {
    #[default]
    Secret,
    Match,
    Line,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawFile {
    rules: Vec<RawRule>,
    allowlist: Option<RawAllowlist>,
    allowlists: Vec<RawAllowlist>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawRule {
    id: String,
    description: String,
    regex: Option<String>,
    path: Option<String>,
    secret_group: usize,
    entropy: f64,
    keywords: Vec<String>,
    allowlist: Option<RawAllowlist>,
    allowlists: Vec<RawAllowlist>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawAllowlist {
    paths: Vec<String>,
    regexes: Vec<String>,
    stopwords: Vec<String>,
    regex_target: Target,
    condition: String,
    commits: Vec<String>,
    target_rules: Vec<String>,
}

impl RuleFile {
    /// Reads a rule file; `name` is what it is called in messages.
    ///
    /// # Errors
    /// Fails when it is no TOML of that form, when a rule looks for nothing, and when an expression can't be used.
    pub fn parse(name: &str, text: &str) -> Result<Self, GovernanceError> {
        let raw: RawFile = toml::from_str(text)
            .map_err(|source| GovernanceError::RuleFile { file: name.to_owned(), source: Box::new(source) })?;
        let shared: Vec<RawAllowlist> = raw.allowlist.into_iter().chain(raw.allowlists).collect();
        let mut rules = Vec::with_capacity(raw.rules.len());
        for rule in raw.rules {
            let id = rule.id.clone();
            let compile = |pattern: &str| {
                expression(pattern).map_err(|source| GovernanceError::Expression {
                    file: name.to_owned(),
                    rule: id.clone(),
                    source: Box::new(source),
                })
            };
            if rule.regex.is_none() && rule.path.is_none() {
                return Err(GovernanceError::Empty { file: name.to_owned(), rule: id });
            }
            let own = rule.allowlist.iter().chain(&rule.allowlists);
            let wide =
                shared.iter().filter(|list| list.target_rules.is_empty() || list.target_rules.contains(&rule.id));
            let allowlists: Result<_, _> = own.chain(wide).map(|list| Allowlist::of(list, &compile)).collect();
            rules.push(FileRule {
                regex: rule.regex.as_deref().map(&compile).transpose()?,
                path: rule.path.as_deref().map(&compile).transpose()?,
                secret_group: rule.secret_group,
                entropy: rule.entropy,
                keywords: rule.keywords.iter().map(|word| word.to_lowercase()).collect(),
                allowlists: allowlists?,
                description: rule.description,
                id: rule.id,
            });
        }
        Ok(Self { rules, text: text.to_owned() })
    }
}

fn expression(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

impl FileRule {
    /// Finds what the rule is about in a file, or in a text out of it.
    pub(super) fn find(&self, path: &str, text: &[u8], whole_file: bool, found: &mut Vec<Sighting>) {
        if self.path.as_ref().is_some_and(|wanted| !wanted.is_match(path.as_bytes())) {
            return;
        }
        let Some(regex) = &self.regex else {
            // A rule about paths alone is about the whole file; its first line stands for it.
            let first = 0..line_around(text, 0).len();
            return found.extend(whole_file.then(|| self.sighting(first)));
        };
        for groups in regex.captures_iter(text) {
            let Some(whole) = groups.get(0) else { continue };
            let named = match self.secret_group {
                0 => (1..groups.len()).filter_map(|at| groups.get(at)).find(|group| !group.is_empty()),
                group => groups.get(group),
            };
            let secret = named.unwrap_or(whole);
            let random = self.entropy <= 0.0 || entropy(secret.as_bytes()) > self.entropy;
            let line = line_around(text, whole.start());
            let allowed = |list: &Allowlist| list.holds(path, secret.as_bytes(), whole.as_bytes(), line);
            if random && !secret.is_empty() && !self.allowlists.iter().any(allowed) {
                found.push(self.sighting(secret.range()));
            }
        }
    }

    fn sighting(&self, span: std::ops::Range<usize>) -> Sighting {
        let what = if self.description.is_empty() { "a secret".to_owned() } else { one_line(&self.description) };
        Sighting { rule: self.id.clone().into(), level: Level::Secret, what: what.into(), span }
    }
}

/// A description as part of a sentence.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_end_matches('.').chars().take(160).collect()
}

impl Allowlist {
    fn of(
        raw: &RawAllowlist,
        compile: &impl Fn(&str) -> Result<Regex, GovernanceError>,
    ) -> Result<Self, GovernanceError> {
        let compiled = |patterns: &[String]| -> Result<Vec<Regex>, _> {
            patterns.iter().map(|pattern| compile(pattern)).collect()
        };
        Ok(Self {
            paths: compiled(&raw.paths)?,
            regexes: compiled(&raw.regexes)?,
            stopwords: raw.stopwords.iter().map(|word| word.to_lowercase()).collect(),
            target: raw.regex_target,
            all: raw.condition.eq_ignore_ascii_case("and"),
            commits: !raw.commits.is_empty(),
        })
    }

    fn holds(&self, path: &str, secret: &[u8], whole: &[u8], line: &[u8]) -> bool {
        let target = match self.target {
            Target::Secret => secret,
            Target::Match => whole,
            Target::Line => line,
        };
        let lower = String::from_utf8_lossy(secret).to_lowercase();
        let of_paths = (!self.paths.is_empty()).then(|| self.paths.iter().any(|regex| regex.is_match(path.as_bytes())));
        let of_regexes = (!self.regexes.is_empty()).then(|| self.regexes.iter().any(|regex| regex.is_match(target)));
        let of_words = (!self.stopwords.is_empty()).then(|| self.stopwords.iter().any(|word| lower.contains(word)));
        let of_commits = self.commits.then_some(false);
        let mut said = [of_paths, of_regexes, of_words, of_commits].into_iter().flatten().peekable();
        if self.all { said.peek().is_some() && said.all(|holds| holds) } else { said.any(|holds| holds) }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::string_slice, reason = "places come from searches in the same text")]

    use super::*;

    fn seen(rules: &str, path: &str, text: &str) -> Vec<String> {
        let file = RuleFile::parse("rules.toml", rules).unwrap();
        let mut found = Vec::new();
        file.rules.iter().for_each(|rule| rule.find(path, text.as_bytes(), true, &mut found));
        found.iter().map(|seen| format!("{} {}", seen.rule, &text[seen.span.clone()])).collect()
    }

    #[test]
    fn a_rule_takes_its_group_its_entropy_and_its_path() {
        let rules = "[[rules]]\nid = 'key'\nregex = '''(?i)engine[_-]key\\s*=\\s*\"([a-z0-9]{8,})\"'''\nentropy = 2.5\npath = '''\\.md$'''\n";
        assert_eq!(seen(rules, "a.md", "ENGINE_KEY = \"a1b2c3d4e5\""), ["key a1b2c3d4e5"]);
        assert_eq!(seen(rules, "a.md", "engine_key = \"aaaaaaaaaa\""), [""; 0], "too little entropy");
        assert_eq!(seen(rules, "a.txt", "engine_key = \"a1b2c3d4e5\""), [""; 0], "another path");
        let grouped = "[[rules]]\nid = 'two'\nregex = '(a+)-(b+)'\nsecretGroup = 2\n";
        assert_eq!(seen(grouped, "a.md", "aa-bbb"), ["two bbb"]);
        let path_only = "[[rules]]\nid = 'export'\npath = 'export'\n";
        assert_eq!(seen(path_only, "x/export.md", "first\nsecond"), ["export first"]);
    }

    #[test]
    fn allowlists_of_rule_and_file_let_pass_what_they_list() {
        let rule = "[[rules]]\nid = 'key'\nregex = 'key-([0-9a-z]+)'\n";
        let with = |lists: &str| format!("{rule}{lists}");
        assert_eq!(seen(&with(""), "a.md", "key-12"), ["key 12"]);
        for lists in [
            "[[rules.allowlists]]\nregexes = ['^12$']\n",
            "[rules.allowlist]\nregexTarget = 'match'\nregexes = ['^key-12$']\n",
            "[[rules.allowlists]]\nregexTarget = 'line'\nregexes = ['sample']\n",
            "[[rules.allowlists]]\nstopwords = ['12']\n",
            "[allowlist]\npaths = ['^a[.]md$']\n",
            "[[allowlists]]\ntargetRules = ['key']\nstopwords = ['12']\n",
            "[[rules.allowlists]]\ncondition = 'AND'\npaths = ['a']\nstopwords = ['12']\n",
        ] {
            assert_eq!(seen(&with(lists), "a.md", "a sample key-12"), [""; 0], "{lists}");
        }
        for lists in [
            "[[rules.allowlists]]\ncondition = 'AND'\npaths = ['b']\nstopwords = ['12']\n",
            "[[rules.allowlists]]\ncondition = 'AND'\nstopwords = ['12']\ncommits = ['abc']\n",
            "[[allowlists]]\ntargetRules = ['other']\nstopwords = ['12']\n",
            "[[rules.allowlists]]\n",
        ] {
            assert_eq!(seen(&with(lists), "a.md", "a sample key-12"), ["key 12"], "{lists}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_its_rule() {
        let error = |text: &str| RuleFile::parse("r.toml", text).unwrap_err().to_string();
        assert!(error("[[rules]]\nid = 'x'\nregex = '('\n").contains("r.toml: rule x"));
        assert!(error("[[rules]]\nid = 'x'\n").contains("neither regex nor path"));
        assert!(error("rules = 1").contains("r.toml"));
    }
}
