//! The ledger as CSV (RFC 4180): a row for each passage that was served, and one for a retrieval that served none.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe in front: whoever may ask a question must not
//! be able to write formulas into somebody's table. Numbers are ours and stay as they are.

use std::io::{self, Write};

use crate::ledger::{Hit, Line, Retrieval};

/// The columns, in their order. Those from `rank` on are of the passage and empty where there is none.
const COLUMNS: [&str; 30] = [
    "seq",
    "ts",
    "id",
    "who",
    "role",
    "face",
    "verb",
    "client",
    "client_version",
    "trace",
    "process",
    "scope",
    "question",
    "params",
    "generation",
    "commit",
    "embedder",
    "served",
    "tokens",
    "truncated",
    "ms",
    "rank",
    "document",
    "anchor",
    "first_line",
    "last_line",
    "sha256",
    "score",
    "lexical_rank",
    "vector_rank",
];

/// How many columns are of the passage.
const OF_THE_PASSAGE: usize = 9;

pub(super) fn write_header(out: &mut impl Write) -> io::Result<()> {
    write!(out, "{}\r\n", COLUMNS.join(","))
}

/// Writes the rows of a retrieval.
pub(super) fn write(out: &mut impl Write, line: &Line, retrieval: &Retrieval) -> anyhow::Result<()> {
    let of_all = of_the_retrieval(line, retrieval)?.join(",");
    if retrieval.hits.is_empty() {
        write!(out, "{of_all}{}\r\n", ",".repeat(OF_THE_PASSAGE))?;
    }
    for hit in &retrieval.hits {
        write!(out, "{of_all},{}\r\n", of_the_passage(hit).join(","))?;
    }
    Ok(())
}

fn of_the_retrieval(line: &Line, retrieval: &Retrieval) -> anyhow::Result<[String; COLUMNS.len() - OF_THE_PASSAGE]> {
    let or_empty = |text: &Option<String>| text.as_deref().map(field).unwrap_or_default();
    let client = retrieval.client.as_ref();
    Ok([
        line.seq.0.to_string(),
        line.ts.to_string(),
        field(retrieval.id.as_str()),
        field(&retrieval.who),
        field(retrieval.role.as_str()),
        field(retrieval.face.as_str()),
        field(retrieval.verb.as_str()),
        client.map(|client| field(&client.name)).unwrap_or_default(),
        client.map(|client| or_empty(&client.version)).unwrap_or_default(),
        or_empty(&retrieval.trace),
        or_empty(&retrieval.process),
        field(&retrieval.scope.join(" ")),
        or_empty(&retrieval.query),
        field(&serde_json::to_string(&retrieval.params)?),
        field(&serde_json::to_string(&retrieval.generation)?),
        or_empty(&retrieval.commit),
        or_empty(&retrieval.embedder),
        retrieval.served.to_string(),
        retrieval.tokens.to_string(),
        retrieval.truncated.to_string(),
        retrieval.ms.to_string(),
    ])
}

fn of_the_passage(hit: &Hit) -> [String; OF_THE_PASSAGE] {
    let rank = |rank: Option<u32>| rank.map(|rank| rank.to_string()).unwrap_or_default();
    [
        hit.rank.to_string(),
        field(hit.doc.as_str()),
        field(&hit.anchor),
        hit.lines.first.to_string(),
        hit.lines.last.to_string(),
        hit.sha256.to_string(),
        hit.score.map(|score| score.to_string()).unwrap_or_default(),
        rank(hit.legs.lexical),
        rank(hit.legs.vector),
    ]
}

/// A text as a field: guarded if a spreadsheet would compute it, in quotes if it has a mark of the form.
fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_quoted_as_it_must_be_and_never_a_formula() {
        for (text, expected) in [
            ("", ""),
            ("plain words", "plain words"),
            ("one, two", "\"one, two\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            ("two\r\nlines", "\"two\r\nlines\""),
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-legacy rollback", "'-legacy rollback"),
            ("@who", "'@who"),
            ("=cmd(\"x\",1)", "\"'=cmd(\"\"x\"\",1)\""),
            ("\t=1", "'\t=1"),
            ("a-b=c", "a-b=c"),
        ] {
            assert_eq!(field(text), expected, "{text:?}");
        }
    }
}
