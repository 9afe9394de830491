//! What is marked, and that nothing of the text is lost.

use std::fmt::Write as _;

use proptest::prelude::{ProptestConfig, any, proptest};

use super::{LIMIT_BYTES, pieces, rules, tables};

/// Shows pieces as `class:text`, each in brackets; what is plain stands between.
fn shown(language: &str, text: &str) -> String {
    let mut shown = String::new();
    for (class, piece) in pieces(language, text).unwrap() {
        match class {
            Some(class) => write!(shown, "[{}:{piece}]", class.name()).unwrap(),
            None => shown.push_str(piece),
        }
    }
    shown
}

#[test]
fn the_parts_of_code_are_told_apart() {
    for (language, text, expected) in [
        (
            "rust",
            "let x: &'a str = \"é\\\"\"; // so\nfoo!(Vec::new('\\n', 1_0.5e3))",
            "[k:let] x: &[v:'a] str = [s:\"é\\\"\"]; [c:// so]\n[f:foo]!([t:Vec]::[f:new]([s:'\\n'], [n:1_0.5e3]))",
        ),
        ("rs", "r#\"a \" b\"# c", "[s:r#\"a \" b\"#] c"),
        ("python", "@x.y\ndef f(a):\n  \"\"\"b\nc\"\"\"", "[v:@x.y]\n[k:def] [f:f](a):\n  [s:\"\"\"b\nc\"\"\"]"),
        (
            "bash",
            "X=1 run --flag -f 'a\nb' | sort -k2 # so\nif ! [ -f x ]; then echo $? ${y} $z; fi",
            "[v:X]=[n:1] run [v:--flag] [v:-f] [s:'a\nb'] | [f:sort] [v:-k2] [c:# so]\n\
             [k:if] ! [ [v:-f] x ]; [k:then] [f:echo] [v:$?] [v:${y}] [v:$z]; [k:fi]",
        ),
        ("sh", "cairn search how do we \\\n  do it#x", "[f:cairn] search how do we \\\n  do it#x"),
        (
            "yaml",
            "- a: 'b' # c\n  d-e: [1, true, x]\n  run: |\n    f: g\n\n    h\n  i: &j k#l\nhttp://x: don't",
            "- [f:a]: [s:'b'] [c:# c]\n  [f:d-e]: [[n:1], [n:true], x]\n  [f:run]: |\n    f: g\n\n    h\n  [f:i]: [v:&j] k#l\n\
             [f:http://x]: don't",
        ),
        (
            "toml",
            "[[a.b]]\nc-d = \"e\" # f\ng = [\n  \"h = i\",\n]",
            "[k:[[a.b]]]\n[f:c-d] = [s:\"e\"] [c:# f]\n[f:g] = [\n  [s:\"h = i\"],\n]",
        ),
        ("json", "{\"a\" : \"b\", \"c\": [1e3, null]}", "{[f:\"a\"] : [s:\"b\"], [f:\"c\"]: [[n:1e3], [n:null]]}"),
        (
            "SQL",
            "SELECT count(*) FROM a -- b\nwhere c = 'd''e'",
            "[k:SELECT] [f:count](*) [k:FROM] a [c:-- b]\n[k:where] c = [s:'d'][s:'e']",
        ),
        (
            "ts",
            "const a: string = `b ${c}`; /* d\ne */ f()",
            "[k:const] a: [n:string] = [s:`b ${c}`]; [c:/* d\ne */] [f:f]()",
        ),
        (
            "html",
            "<!-- a --><p class=\"b\" c=d>e &amp; f</p>",
            "[c:<!-- a -->]<[f:p] [t:class]=[s:\"b\"] [t:c]=[s:d]>e [n:&amp;] f</[f:p]>",
        ),
        ("diff", "--- a\n+++ b\n@@ 1 @@\n-c\n+d\n e", "[k:--- a]\n[k:+++ b]\n[k:@@ 1 @@]\n[d:-c]\n[i:+d]\n e"),
        ("console", "$ cargo add \\\n  x\nif so: 1\n# ls", "[c:$ ][f:cargo] add \\\n  x\nif so: 1\n[c:# ][f:ls]"),
        ("console", "cargo add x", "[f:cargo] add x"),
        ("dockerfile", "FROM a:1 AS b\nRUN apt-get x # c", "[k:FROM] a:1 [k:AS] b\n[k:RUN] apt-get x [c:# c]"),
        ("make", "all: a\n\techo $(B) # c", "[f:all]: a\n\techo $(B) [c:# c]"),
        ("md", "# A\n`b` <!-- c -->\n```", "[k:# A]\n[s:`b`] [c:<!-- c -->]\n[c:```]"),
        ("css", "a:hover {\n  color: #fff; /* b */\n}", "a:hover {\n  [f:color]: #fff; [c:/* b */]\n}"),
    ] {
        assert_eq!(shown(language, text), expected, "{language}");
    }
}

#[test]
fn what_is_unknown_or_long_stays_plain() {
    assert_eq!(pieces("brainfuck", "+"), None);
    assert_eq!(pieces("text", "let x"), None);
    assert_eq!(pieces("", "let x"), None);
    assert_eq!(pieces("rust", &"1 ".repeat(LIMIT_BYTES)), None);
}

#[test]
fn no_name_means_two_languages_and_every_word_is_short() {
    let mut names: Vec<&str> = tables::ALL.iter().flat_map(|rules| rules.names.iter().copied()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(names.iter().all(|name| rules::of(name).is_some() && *name == name.to_lowercase()));
    for rules in tables::ALL {
        for word in rules.keywords.split_whitespace().chain(rules.values.split_whitespace()) {
            assert!(word.len() <= 24 && (!rules.folded || word == word.to_lowercase()), "{word}");
        }
    }
}

/// All languages, by one of their names.
fn languages() -> Vec<&'static str> {
    let lines = ["diff", "console", "html"];
    tables::ALL.iter().filter_map(|rules| rules.names.first().copied()).chain(lines).collect()
}

fn assert_whole(text: &str) {
    for language in languages() {
        if let Some(pieces) = pieces(language, text) {
            let whole: String = pieces.iter().map(|(_, piece)| *piece).collect();
            assert_eq!(whole, text, "{language}");
            assert!(pieces.iter().all(|(_, piece)| !piece.is_empty()), "{language}: {text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn colours_keep_the_text_byte_for_byte(text in any::<String>()) {
        assert_whole(&text);
    }

    #[test]
    fn colours_keep_text_that_looks_like_code(text in "([a-zA-Z_éλ]{1,4}|[0-9.]{1,3}|[\"'`#$@&<>/*!:=|+({\\[\\]})-]|\"\"\"|\\$\\{|r#\"|<!--|\\\\|\n| |\t){0,60}") {
        assert_whole(&text);
    }
}

#[test]
fn no_text_takes_more_than_its_length() {
    let shapes = [
        "\"", "'\\", "'\\'", "`", "\"\"\"", "/*", "<!--", "${", "$(", "r#\"", "[[", "<a b='", "a: |\n", "k =", "- ",
        "#", "\\", "é", "@x", "--[[", "{-", "&x",
    ];
    let started = std::time::Instant::now();
    for shape in shapes {
        assert_whole(&shape.repeat(LIMIT_BYTES / 2 / shape.len()));
    }
    // Unoptimised it is some seconds; looking at each byte once more for each other takes minutes.
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}
