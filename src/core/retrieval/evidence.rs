//! What the rest of a document says for one of its chunks.
//!
//! A section that answers a question seldom stands alone: the sections beside it speak of the same thing. So a chunk's
//! score is raised by what the best other sections of its document scored (Callan, "Passage-level evidence in document
//! retrieval", SIGIR 1994). Parts of one section are one piece of evidence, so that a long section is not its own witness.
//! A document's best chunk stays its best: what another gains of it is a part of what it has itself.

use std::hash::Hash;

use foldhash::{HashMap, HashMapExt as _};

/// How much the best other section of a document counts.
const SHARE: f32 = 0.2;
/// How much each further one counts beside the one before.
const DECAY: f32 = 0.5;
/// How many other sections count.
const SECTIONS: usize = 3;

/// The most a chunk with a score of 1 can gain.
const MOST: f32 = SHARE * (1.0 + DECAY + DECAY * DECAY);

/// What a chunk's own score is multiplied by, so that there is room for what it can gain.
pub const OWN_SHARE: f32 = 1.0 / (1.0 + MOST);

/// The best score of each section of one document, best first.
type Sections = Vec<(u32, f32)>;

/// Raises the scores of chunks, each given as document, section and score between 0 and 1; gives what each gained and
/// what it scores now, still between 0 and 1.
pub(super) fn with_evidence<D: Copy + Eq + Hash>(chunks: &[(D, u32, f32)]) -> Vec<(f32, f32)> {
    let mut documents: HashMap<D, Sections> = HashMap::new();
    for (document, section, score) in chunks {
        let sections = documents.entry(*document).or_default();
        match sections.iter_mut().find(|(known, _)| known == section) {
            Some((_, best)) => *best = best.max(*score),
            None => sections.push((*section, *score)),
        }
    }
    for sections in documents.values_mut() {
        sections.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    let raised = |(document, section, score): &(D, u32, f32)| {
        let sections = documents.get(document).map_or(&[][..], Vec::as_slice);
        let others = sections.iter().filter(|(other, _)| other != section).take(SECTIONS);
        let (gained, _) = others.fold((0.0, SHARE), |(sum, share), (_, score)| (sum + share * score, share * DECAY));
        (gained / (1.0 + MOST), (score + gained) / (1.0 + MOST))
    };
    chunks.iter().map(raised).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::with_evidence;

    #[test]
    fn a_section_whose_document_speaks_of_the_question_passes_one_that_stands_alone() {
        let chunks = [(1, 0, 0.80), (2, 0, 0.75), (2, 1, 0.70)];
        let scores: Vec<f32> = with_evidence(&chunks).into_iter().map(|(_, score)| score).collect();
        assert!(scores[1] > scores[0], "{scores:?}");
    }

    #[test]
    fn a_section_in_parts_is_not_its_own_witness() {
        let scores = with_evidence(&[(1, 0, 0.8), (1, 0, 0.7), (2, 0, 0.8)]);
        assert_eq!(scores[0], scores[2]);
        assert_eq!(scores[0].0, 0.0);
    }

    proptest! {
        #[test]
        fn scores_stay_between_0_and_1_and_a_documents_best_chunk_stays_its_best(
            chunks in proptest::collection::vec((0..4_u8, 0..5_u32, 0.0..=1.0_f32), 1..40)
        ) {
            let raised = with_evidence(&chunks);
            for document in 0..4 {
                let of_document = || chunks.iter().zip(&raised).filter(|(chunk, _)| chunk.0 == document);
                let best = of_document().max_by(|a, b| a.0.2.total_cmp(&b.0.2));
                let highest = of_document().map(|(_, raised)| raised.1).fold(0.0, f32::max);
                prop_assert!(best.is_none_or(|(_, raised)| raised.1 >= highest - 1e-6), "document {}", document);
            }
            prop_assert!(raised.iter().all(|(_, score)| (0.0..=1.0).contains(score)));
        }
    }
}
