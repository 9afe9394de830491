//! [`Person`]: somebody who asks, in the words a client would use.

use cairn::access::Scope;
use cairn::library::wire::{BrowseRequest, DocumentAnswer, ReadRequest, SearchAnswer, SearchRequest};
use cairn::library::{Answer, ReadError, Reader};

/// A reader with verbs.
pub(crate) struct Person<S: Scope>(pub(crate) Reader<S>);

impl<S: Scope> Person<S> {
    /// Asks and gets the typed answer.
    pub(crate) async fn answer(&self, request: &SearchRequest) -> Result<Answer<S>, ReadError> {
        self.0.search(request.parse(100)?).await
    }

    /// Asks and gets what a client sees.
    pub(crate) async fn search(&self, request: &SearchRequest) -> Result<SearchAnswer, ReadError> {
        Ok(SearchAnswer::of(self.answer(request).await?))
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
        Ok(DocumentAnswer::of(&self.0.read(request.parse()?).await?))
    }

    /// Every document in the catalogue.
    pub(crate) async fn lists(&self) -> Vec<String> {
        let (mut ids, mut cursor) = (Vec::new(), None);
        loop {
            let request = BrowseRequest { limit: Some(100), cursor, ..BrowseRequest::default() };
            let listing = self.0.browse(request.parse().unwrap()).await.unwrap();
            ids.extend(listing.documents.iter().map(|document| document.record().id.to_string()));
            match listing.next {
                Some(next) => cursor = Some(next.to_string()),
                None => return ids,
            }
        }
    }
}
