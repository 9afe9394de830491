//! Cursors: pages put together are the whole, once; a cursor of a state that is gone says so.

use cairn::library::ReadError;
use cairn::library::wire::{ReadRequest, SearchRequest};
use cairn::retrieval::CursorError;

use crate::support::TestHouse;

fn many() -> Vec<(String, String)> {
    let page =
        |at: usize| (format!("playbook/page-{at:02}.md"), format!("# Page {at}\n\nThe cormorantx of page {at}.\n"));
    (0..30).map(page).collect()
}

async fn house() -> TestHouse {
    let pages = many();
    let listed: Vec<_> = pages.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    TestHouse::of(&listed).await
}

fn request(limit: i64, cursor: Option<String>) -> SearchRequest {
    SearchRequest {
        query: "cormorantx".to_owned(),
        limit: Some(limit),
        max_tokens: Some(8_000),
        cursor,
        ..SearchRequest::default()
    }
}

#[tokio::test]
async fn pages_of_an_answer_are_the_whole_answer_once() {
    let house = house().await;
    let stranger = house.stranger();
    let whole: Vec<_> = stranger.search(&request(100, None)).await.unwrap().hits;
    let (mut pages, mut cursor, mut turns) = (Vec::new(), None, 0);
    loop {
        let page = stranger.search(&request(7, cursor)).await.unwrap();
        assert_eq!(page.truncated, page.next_cursor.is_some());
        pages.extend(page.hits);
        turns += 1;
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let names =
        |hits: &[cairn::library::wire::Hit]| hits.iter().map(|hit| hit.citation.document.clone()).collect::<Vec<_>>();
    assert_eq!(names(&pages), names(&whole));
    assert_eq!((pages.len(), turns), (30, 5));
}

#[tokio::test]
async fn a_cursor_of_a_generation_that_is_gone_says_so() {
    let mut house = house().await;
    let first = house.stranger().search(&request(7, None)).await.unwrap();
    house.write("playbook/page-03.md", "# Page 3\n\nNo bird any more.\n");
    house.index().await;
    let error = house.stranger().search(&request(7, first.next_cursor)).await.unwrap_err();
    assert!(matches!(error, ReadError::Cursor(CursorError::Gone)), "{error:?}");
    let error = house.stranger().search(&request(7, Some("page 2".to_owned()))).await.unwrap_err();
    assert!(matches!(error, ReadError::Cursor(CursorError::Malformed)), "{error:?}");
}

#[tokio::test]
async fn a_long_document_is_read_page_by_page_without_a_gap() {
    let long: String = (0..400).map(|at| format!("Paragraph {at} says that {at} is a number.\n\n")).collect();
    let text = format!("# Long\n\n{long}");
    let house = TestHouse::of(&[("playbook/long.md", &text)]).await;
    let (mut read, mut cursor) = (String::new(), None);
    loop {
        let request =
            ReadRequest { uri: "playbook/long".to_owned(), max_tokens: Some(300), cursor, ..Default::default() };
        let page = house.stranger().read(&request).await.unwrap();
        assert!(page.tokens <= 300, "{}", page.tokens);
        read.push_str(&page.text);
        read.push_str("\n\n");
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(read.split_whitespace().collect::<Vec<_>>(), text.split_whitespace().collect::<Vec<_>>());
}
