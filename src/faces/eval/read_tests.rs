//! Sets as people write them, and what is said when they slip.

use super::{Asker, read_document, read_file};

const DOCUMENT: &str = "---\ntype: evalset\n---\n# Questions\n\nWhy they are here.\n\n```yaml\n- query: how long can it be sent back\n  relevant: playbook/refunds.md#period\n  must_not: [playbook/refunds-2024, {id: corpus/margins, private: true}]\n  tags: daily\n- id: graded\n  query: 404\n  relevant:\n    cairn://playbook/errors: 2\n    playbook/codes: 1\n  as: owner\n```\n\n```sh\nnot a question\n```\n\n~~~~jsonl\n{\"query\": \"error E-1042\", \"relevant\": [\"playbook/errors#e-1042\", {\"id\": \"playbook/codes\", \"grade\": 3}]}\n\n{\"query\": \"refund in shares\", \"must_not\": \"corpus/shares\"}\n~~~~\n";

#[test]
fn a_document_is_read_in_both_languages_with_the_line_of_each_question() {
    let set = read_document("corpus/questions", "corpus/questions.md", DOCUMENT).unwrap();
    let asked: Vec<_> = set.questions.iter().map(|question| (question.text.as_str(), question.place.line)).collect();
    assert_eq!(
        asked,
        [("how long can it be sent back", 9), ("404", 13), ("error E-1042", 26), ("refund in shares", 28)]
    );
    let [first, second, third, fourth] = &set.questions[..] else { panic!("four") };
    assert_eq!(first.relevant, [("playbook/refunds#period".to_owned(), 1)].into());
    assert_eq!(
        first.must_not.iter().map(|f| (f.name.as_str(), f.private)).collect::<Vec<_>>(),
        [("playbook/refunds-2024", false), ("corpus/margins", true)]
    );
    assert_eq!((first.tags.as_slice(), first.id.as_str()), (["daily".to_owned()].as_slice(), "1"));
    assert_eq!((second.id.as_str(), second.asker), ("graded", Some(Asker::Owner)));
    assert_eq!(second.relevant, [("playbook/errors".to_owned(), 2), ("playbook/codes".to_owned(), 1)].into());
    assert_eq!(third.relevant["playbook/codes"], 3);
    assert!(!fourth.is_judged() && fourth.must_not.len() == 1);
}

#[test]
fn a_slip_is_told_with_its_line_and_the_form() {
    let fence = |body: &str| format!("# Q\n\n```yaml\n{body}```\n");
    for (body, line, named) in [
        ("- query: a\n  relevant: p/a\n- query: b\n  relevent: p/a\n", 7, "relevent"),
        ("- query: a\n  relevant: p/a\n- relevant: p/a\n", 6, "query"),
        ("- query: ''\n  relevant: p/a\n", 4, "empty"),
        ("- query: a\n", 4, "nothing is judged"),
        ("- {query: a, relevant: p/a, id: x}\n- {query: b, relevant: p/a, id: x}\n", 5, "line 4"),
        ("- query: [a\n", 4, ""),
    ] {
        let error = read_document("q", "q.md", &fence(body)).unwrap_err().to_string();
        let place = error.split(": ").next().unwrap().to_owned();
        let found: u32 = place.trim_start_matches("q.md:").parse().unwrap_or_else(|_| panic!("{error}"));
        assert!(found.abs_diff(line) <= 1 && error.contains(named), "{body}: {error}, not {line}");
    }
    let error = read_document("q", "q.md", "```jsonl\n{\"query\":\"a\",\"relevant\":\"p/a\"}\n{\"query\":\n```\n");
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("q.md:3: ") && error.contains("column"), "{error}");
}

#[test]
fn a_file_is_read_by_its_extension_and_another_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let one = "{\"query\":\"a\",\"relevant\":\"p/a\"}\n";
    let set = read_file(&write("daily.jsonl", one)).unwrap();
    assert_eq!((set.name.as_str(), set.questions.len()), ("daily", 1));
    assert_eq!(read_file(&write("q.yml", "- {query: a, relevant: p/a}\n")).unwrap().questions[0].place.line, 1);
    assert_eq!(read_file(&write("q.md", DOCUMENT)).unwrap().questions.len(), 4);
    assert!(read_file(&write("q.csv", one)).unwrap_err().to_string().contains("rename it"));
    assert!(read_file(&folder.path().join("none.jsonl")).unwrap_err().to_string().contains("none.jsonl"));
}

#[test]
fn a_judged_document_may_be_told_by_its_id_or_its_file() {
    for (written, expected) in [
        ("p/a.md", "p/a"),
        ("p/a", "p/a"),
        ("cairn://p/a.md#x", "p/a#x"),
        ("p/a.markdown", "p/a.markdown"),
        ("p/a.txt.md", "p/a.txt.md"),
    ] {
        let text = format!("```jsonl\n{{\"query\": \"a\", \"relevant\": \"{written}\"}}\n```\n");
        let set = read_document("q", "q.md", &text).unwrap();
        assert_eq!(set.questions[0].relevant.keys().collect::<Vec<_>>(), [expected], "{written}");
    }
}
