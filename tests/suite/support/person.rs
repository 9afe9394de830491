//! [`Person`]: somebody who asks, in the words a client would use.

use cairn::ledger::Verb;
use cairn::library::wire::{BrowseRequest, DocumentAnswer, ReadRequest, SearchAnswer, SearchRequest};
use cairn::library::{Printing, ReadError, Verbs};

/// A reader with verbs.
pub(crate) struct Person(Box<dyn Verbs>);

impl Person {
    /// Somebody with a reader.
    pub(crate) fn with(reader: impl Verbs + 'static) -> Self {
        Self(Box::new(reader))
    }

    /// Asks and gets what a client sees.
    pub(crate) async fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, ReadError> {
        self.0.search(Verb::Search, request.parse(100)?, Printing::JSON).await
    }

    /// Asks with plenty of room.
    pub(crate) async fn asks(&self, query: &str) -> SearchAnswer {
        let request = SearchRequest {
            query: query.to_owned(),
            limit: Some(50),
            max_tokens: Some(8_000),
            ..SearchRequest::default()
        };
        self.search(&request).await.unwrap()
    }

    /// The documents of the passages that hold `word`, best first: what nearness alone brought is left out.
    pub(crate) async fn finds(&self, word: &str) -> Vec<String> {
        let hits = self.asks(word).await.hits;
        let mut found: Vec<String> = Vec::new();
        for hit in hits.iter().filter(|hit| hit.passage.contains(word)) {
            let id = hit.citation.document.clone();
            if !found.contains(&id) {
                found.push(id);
            }
        }
        found
    }

    /// Reads a document's first page.
    pub(crate) async fn reads(&self, id: &str) -> Result<DocumentAnswer, ReadError> {
        let request = ReadRequest { uri: id.to_owned(), max_tokens: Some(8_000), ..ReadRequest::default() };
        self.read(&request).await
    }

    /// Reads what is asked for.
    pub(crate) async fn read(&self, request: &ReadRequest) -> Result<DocumentAnswer, ReadError> {
        self.0.read(Verb::Read, request.parse()?, Printing::JSON).await
    }

    /// Every document in the catalogue.
    pub(crate) async fn lists(&self) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let request = BrowseRequest { limit: Some(100), cursor, ..BrowseRequest::default() };
            let listing = self.0.browse(Verb::Browse, request.parse().unwrap()).await.unwrap();
            ids.extend(listing.documents.into_iter().map(|document| document.uri.replacen("cairn://", "", 1)));
            match listing.next_cursor {
                Some(next) => cursor = Some(next),
                None => return ids,
            }
        }
    }
}
