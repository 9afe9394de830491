//! Which model makes the vectors of which shelf.
//!
//! A model behind an endpoint gets the public shelf, and private shelves only by name: the others are embedded by the
//! built-in model, and nothing of them leaves the process. That holds for the narrowed documents of a public
//! collection, too: they are on a private shelf with the collection's name.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::access::CollectionName;
use crate::embed::{Absent, EmbedError, Embedder, ModelId, StaticModel};

use super::shelves::Home;

/// The model that was configured, the built-in one, and who may be sent out.
#[derive(Debug)]
pub(super) struct Models {
    chosen: Arc<dyn Embedder>,
    built_in: Mutex<Option<Arc<dyn Embedder>>>,
    sent_out: BTreeSet<CollectionName>,
}

impl Models {
    pub(super) fn new(chosen: Arc<dyn Embedder>, sent_out: impl IntoIterator<Item = CollectionName>) -> Self {
        Self { chosen, built_in: Mutex::default(), sent_out: sent_out.into_iter().collect() }
    }

    /// The model of a shelf.
    pub(super) fn of(&self, home: &Home) -> Result<Arc<dyn Embedder>, EmbedError> {
        match home {
            Home::Private(name) if self.chosen.is_remote() && !self.sent_out.contains(name) => self.built_in(),
            _ => Ok(Arc::clone(&self.chosen)),
        }
    }

    /// Who can be asked about a shelf that the model `id` made: that model, if it is the shelf's own or the built-in
    /// one. Never an endpoint that the shelf is no longer to be sent to.
    pub(super) fn asked_for(&self, home: &Home, id: &str, dimensions: usize) -> Arc<dyn Embedder> {
        let made = |model: &Arc<dyn Embedder>| model.model().as_str() == id && model.dimensions() == dimensions;
        let own = self.of(home).ok().filter(made);
        let found = own.or_else(|| self.built_in().ok().filter(made));
        found.unwrap_or_else(|| Arc::new(Absent::new(ModelId::new(id), dimensions)))
    }

    /// The built-in model, made when it is first needed.
    fn built_in(&self) -> Result<Arc<dyn Embedder>, EmbedError> {
        let mut kept = self.built_in.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = &*kept {
            return Ok(Arc::clone(model));
        }
        let model: Arc<dyn Embedder> = Arc::new(StaticModel::new()?);
        *kept = Some(Arc::clone(&model));
        Ok(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embed::{Embedding, PieceStatistics};

    #[derive(Debug)]
    struct Remote(ModelId);

    impl Embedder for Remote {
        fn model(&self) -> &ModelId {
            &self.0
        }

        fn dimensions(&self) -> usize {
            4
        }

        fn is_remote(&self) -> bool {
            true
        }

        fn passages(&self, _: &[&str]) -> Result<Vec<Embedding>, EmbedError> {
            Ok(Vec::new())
        }

        fn query(&self, _: &str, _: &PieceStatistics) -> Result<Vec<f32>, EmbedError> {
            Ok(vec![1.0; 4])
        }
    }

    #[test]
    fn what_an_endpoint_made_of_a_shelf_that_is_no_longer_sent_there_is_not_asked_for() {
        let name = |name| CollectionName::parse(name).unwrap();
        let models = Models::new(Arc::new(Remote(ModelId::new("remote"))), [name("memory")]);
        let asked = |home: &Home| models.asked_for(home, "remote", 4).query("q", &PieceStatistics::default());
        assert!(asked(&Home::Public).is_ok() && asked(&Home::Private(name("memory"))).is_ok());
        assert!(matches!(asked(&Home::Private(name("notes"))), Err(EmbedError::Absent { .. })));
        assert!(models.of(&Home::Private(name("notes"))).unwrap().model().as_str().starts_with("static-"));
        let other = models.asked_for(&Home::Public, "remote", 5);
        assert!(other.query("q", &PieceStatistics::default()).is_err(), "another length is another model");
    }
}
