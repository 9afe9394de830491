//! Every passage can be read again from its citation, in the file it names.

use std::path::Path;

use cairn::corpus::Digest;
use cairn::library::wire::Hit;

use crate::support::{Person, TestHouse};

/// Copies this repository's own pages into a house.
fn own_pages(house: &TestHouse) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut copied = 0;
    for collection in ["playbook", "journeys", "corpus"] {
        let mut folders = vec![root.join(collection)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "md") {
                    let place = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    house.write(&place, &std::fs::read_to_string(&path).unwrap());
                    copied += 1;
                }
            }
        }
    }
    copied
}

/// What stands in the cited lines of the cited document, read page by page through the same door.
async fn visible(person: &Person, document: &str) -> Vec<(u32, String)> {
    let (mut lines, mut cursor) = (Vec::new(), None);
    loop {
        let request = cairn::library::wire::ReadRequest {
            uri: document.to_owned(),
            max_tokens: Some(8_000),
            cursor,
            ..Default::default()
        };
        let reading = person.read(&request).await.unwrap();
        if let Some(briefing) = &reading.briefing {
            // What is read of a pack is its briefing, of which the pack's own text is the first passage, line by line.
            let own = reading.text.split("````").nth(1).unwrap();
            let first = briefing.passages[0].lines[0];
            return (first..).zip(own.lines().skip(1).map(str::to_owned)).collect();
        }
        lines.extend((reading.citation.lines[0]..).zip(reading.text.lines().map(str::to_owned)));
        match reading.next_cursor {
            Some(next) => cursor = Some(next),
            None => return lines,
        }
    }
}

async fn check(house: &TestHouse, person: &Person, hit: &Hit) {
    let cite = &hit.citation;
    let document = hit.uri.strip_prefix("cairn://").unwrap();
    let [first, last] = cite.lines;
    let cited = |lines: Vec<(u32, String)>| {
        let inside = lines.into_iter().filter(|(line, _)| (first..=last).contains(line)).map(|(_, text)| text);
        inside.collect::<Vec<_>>().join("\n")
    };
    let digest = Digest::of(hit.passage.as_bytes()).to_string();
    assert!(digest.starts_with(&cite.sha256) && cite.sha256.len() >= 16, "{cite:?}");
    let read = cited(visible(person, document).await);
    assert!(read.contains(hit.passage.trim_end()), "{cite:?}\n--- lines\n{read}\n--- passage\n{}", hit.passage);
    // Not a line more than is needed.
    let passage_lines = hit.passage.trim_end().lines().count();
    assert_eq!(passage_lines, usize::try_from(last - first).unwrap() + 1, "{cite:?}\n{}", hit.passage);
    let path = format!("{document}.md");
    let file = house.read(&path);
    if !file.contains("<!--") {
        let disk = file.lines().map(str::to_owned).zip(1..).map(|(text, line)| (line, text)).collect();
        assert!(cited(disk).contains(hit.passage.trim_end()), "{path}: the file itself has other lines there");
    }
}

#[tokio::test]
async fn every_hit_reads_again_to_its_passage() {
    let mut house = TestHouse::shut(crate::support::Setting::default());
    let copied = own_pages(&house);
    house.write(
        "playbook/odd.md",
        "---\ntitle: Odd\ntags: [a]\n---\r\n# Odd\r\n\r\nA line with a carriage return, zanzibarx.\r\n\r\n\
         <!-- hidden -->\r\n- ünïcödé 漢字 zanzibarx\r\n- and more\r\n",
    );
    house.open().await;
    let owner = house.owner();
    assert!(owner.lists().await.len() > copied, "all pages are in the catalogue");
    let mut checked = 0;
    for query in [
        "zanzibarx",
        "what counts as verified",
        "how do we measure",
        "why two shelves",
        "stop conditions and rollback",
        "retrieval log",
        "table of figures",
        "rust style",
    ] {
        for hit in owner.asks(query).await.hits {
            check(&house, &owner, &hit).await;
            checked += 1;
        }
    }
    assert!(checked > 60, "{checked}");
}

#[tokio::test]
async fn a_passage_that_was_cut_to_the_budget_cites_what_is_left() {
    let mut house = TestHouse::shut(crate::support::Setting::default());
    own_pages(&house);
    house.open().await;
    let owner = house.owner();
    let mut cut = 0;
    for max_tokens in [120, 150, 200, 333] {
        for query in ["what counts as verified", "agent operated process with owner and rollback", "why a static model"]
        {
            let request = cairn::library::wire::SearchRequest {
                query: query.to_owned(),
                max_tokens: Some(max_tokens),
                ..Default::default()
            };
            let answer = owner.search(&request).await.unwrap();
            assert!(i64::try_from(answer.tokens).unwrap() <= max_tokens, "{} of {max_tokens}", answer.tokens);
            for hit in answer.hits {
                check(&house, &owner, &hit).await;
                cut += usize::from(hit.cut.is_some());
            }
        }
    }
    assert!(cut > 0, "no budget was small enough to cut");
}
