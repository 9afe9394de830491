//! Names as numbers, so that a name is held once; no more of them than a bound.

use std::collections::HashMap;
use std::sync::Arc;

/// The number of all names that came when there was no room any more.
pub(super) const OTHERS: u32 = 0;

/// How long a name is kept; agents name their processes themselves.
const NAME_CHARS: usize = 200;

/// Names in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Names {
    numbers: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    most: usize,
}

impl Names {
    /// Room for `most` names.
    pub(super) fn new(most: usize) -> Self {
        Self { numbers: HashMap::new(), names: vec![Arc::from("(others)")], most }
    }

    /// The number of a name; [`OTHERS`] when there is no room for another one.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        let name = name.char_indices().nth(NAME_CHARS).map_or(name, |(end, _)| name.get(..end).unwrap_or(name));
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let Ok(number) = u32::try_from(self.names.len()) else { return OTHERS };
        if self.names.len() > self.most {
            return OTHERS;
        }
        let name: Arc<str> = Arc::from(name);
        self.names.push(Arc::clone(&name));
        self.numbers.insert(name, number);
        number
    }

    /// The name of a number.
    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }

    /// How many there are, the others aside.
    pub(super) fn len(&self) -> usize {
        self.names.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, OTHERS};

    #[test]
    fn a_name_has_one_number_and_what_is_over_the_bound_is_others() {
        let mut names = Names::new(2);
        let long = "é".repeat(500);
        let (a, b) = (names.number("a"), names.number(&long));
        assert_eq!((names.number("a"), names.number(&long), names.number("c")), (a, b, OTHERS));
        assert_eq!((names.name(a), names.name(b).chars().count(), names.name(OTHERS)), ("a", 200, "(others)"));
        assert_eq!(names.len(), 2);
    }
}
