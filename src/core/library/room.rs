//! Fits a document into an answer: the budget holds for all that is printed, in each form alone.
//!
//! The text comes first. What is told beside it (outline, links, backlinks) has a quarter of the answer where not
//! everything fits. An answer always serves some text, so that reading on comes to an end, or says which budget would do.

use crate::access::Scope;
use crate::retrieval::{Detail, TokenBudget, count_tokens, cut_to_budget};

use super::source::BYTES_A_TOKEN;
use super::wire::{ANY_GENERATION, ANY_ID, DocumentAnswer};
use super::{Printing, ReadError, Reading};

/// Fewer tokens of text are no answer.
const TEXT_MIN: usize = 16;

/// How often a text is made shorter before it is given up.
const TURNS_MAX: usize = 24;

/// By how much a budget is raised that is still too small, and how often, until one is found that may be named.
const RAISED_BY: usize = 8;
const RAISES_MAX: usize = 8;

/// What an answer's own words and its cursor may cost more when they are known.
const SLACK: usize = 4;

/// Serves as much of `rest` as fits. `serve` puts so many bytes of it into the reading.
pub(super) fn fit<S: Scope>(
    reading: &mut Reading<S>,
    rest: &str,
    budget: TokenBudget,
    printing: Printing,
    serve: &dyn Fn(&mut Reading<S>, usize),
) -> Result<(), ReadError> {
    if budget == TokenBudget::WHOLE || printing.reading.is_empty() {
        serve(reading, cut_len(rest, budget.get()));
        return Ok(());
    }
    let most = budget.get();
    reading.detail = Detail::within(budget, Detail::Full);
    if rest.len() <= most.saturating_mul(BYTES_A_TOKEN) {
        serve(reading, rest.len());
        if printed(reading, printing) <= most {
            return Ok(());
        }
    }
    let begun = reading.clone();
    let Err(frame) = fill(reading, rest, budget, printing, serve) else { return Ok(()) };
    // Asked for again, a budget that is named serves some text: it was tried.
    let first = (frame + least(rest)).max(most + 1);
    let suffices = |tokens: &usize| {
        let raised = i64::try_from(*tokens).ok().and_then(|tokens| TokenBudget::parse(tokens).ok());
        raised.is_some_and(|raised| fill(&mut begun.clone(), rest, raised, printing, serve).is_ok())
    };
    let found = (first..).step_by(RAISED_BY).take(RAISES_MAX).find(suffices);
    let least = found.unwrap_or_else(|| (frame + 4 * TEXT_MIN).max(most + TEXT_MIN));
    Err(ReadError::NoRoom { given: most, least })
}

/// The fewest tokens of a text that are worth an answer: of a short rest all of it will do.
fn least(rest: &str) -> usize {
    if rest.len() > 16 * TEXT_MIN { TEXT_MIN } else { TEXT_MIN.min(count_tokens(rest)) }
}

/// Serves as much of `rest` as `budget` has room for. Where that is too little, says what the answer costs without text.
fn fill<S: Scope>(
    reading: &mut Reading<S>,
    rest: &str,
    budget: TokenBudget,
    printing: Printing,
    serve: &dyn Fn(&mut Reading<S>, usize),
) -> Result<(), usize> {
    let most = budget.get();
    reading.detail = Detail::within(budget, Detail::Full);
    serve(reading, 0);
    trim(reading, most / 4, printing);
    let frame = printed(reading, printing);
    let wanted = most.saturating_sub(frame);
    let mut room = wanted;
    let least = least(rest);
    for _ in 0..TURNS_MAX {
        if room < least {
            break;
        }
        serve(reading, cut_len(rest, room));
        let all = printed(reading, printing);
        if all <= most {
            return Ok(());
        }
        // A text costs more as JSON, by its quotes and line breaks: as much less is tried as it was too much.
        // What was served ends at a border, before the room did: less of that is tried, or the same text comes again.
        room = shorter(room, wanted, all.saturating_sub(frame)).min(reading.tokens.saturating_sub(1));
    }
    Err(frame)
}

/// Serves what is made to a budget: first to its `own`, then to what leaves room for the rest of the answer.
pub(super) fn fit_whole<S: Scope>(
    reading: &mut Reading<S>,
    asked: Option<TokenBudget>,
    own: usize,
    printing: Printing,
    serve: &dyn Fn(&mut Reading<S>, usize),
) -> Result<(), ReadError> {
    let asked = asked.filter(|asked| *asked != TokenBudget::WHOLE);
    let most = asked.map_or(TokenBudget::MAX, TokenBudget::get);
    reading.detail = asked.map_or(Detail::Full, |asked| Detail::within(asked, Detail::Full));
    serve(reading, own.min(most));
    if printing.reading.is_empty() || printed(reading, printing) <= most {
        return Ok(());
    }
    trim(reading, most / 8, printing);
    let mut room = own.min(most);
    for _ in 0..TURNS_MAX {
        serve(reading, room);
        let all = printed(reading, printing);
        if all <= most {
            return Ok(());
        }
        if room < TEXT_MIN {
            break;
        }
        room = shorter(room, most, all).min(reading.tokens.saturating_sub(1));
    }
    let frame = printed(reading, printing);
    Err(ReadError::NoRoom { given: most, least: frame.max(most) + 4 * TEXT_MIN })
}

/// What is tried next where `room` came to `all` in place of `wanted`.
fn shorter(room: usize, wanted: usize, all: usize) -> usize {
    (room * wanted / all.max(1)).min(room.saturating_sub(1))
}

/// How much of a text fits into so many tokens. What has no border at all (one endless line) is cut between characters,
/// so that reading on always comes to an end.
fn cut_len(rest: &str, budget: usize) -> usize {
    let (kept, _) = cut_to_budget(rest, budget);
    if !kept.trim().is_empty() || rest.trim().is_empty() {
        return kept.len();
    }
    let end = (0..=budget.min(rest.len())).rev().find(|&at| rest.is_char_boundary(at)).unwrap_or(0);
    end.max(rest.chars().next().map_or(0, char::len_utf8))
}

/// Tokens of a reading as it is printed, in the longest of its forms, whatever its id and its generation are.
fn printed<S: Scope>(reading: &Reading<S>, printing: Printing) -> usize {
    let mut wire = DocumentAnswer::of(reading);
    wire.retrieval_id = ANY_ID.to_owned();
    wire.recorded = false;
    if wire.citation.generation != 0 {
        wire.citation.generation = ANY_GENERATION;
    }
    let forms = printing.reading.iter().map(|form| count_tokens(&form(&wire)));
    forms.max().unwrap_or_default() + SLACK
}

/// Leaves out of what is told beside the text what costs more than `room`: backlinks first, then links, then headings.
fn trim<S: Scope>(reading: &mut Reading<S>, room: usize, printing: Printing) {
    let whole = (reading.headings, reading.links.clone(), reading.backlinks.clone(), reading.untold);
    let there = reading.headings + reading.links.len() + reading.backlinks.len();
    let mut tell = |keep: usize| {
        let headings = keep.min(whole.0);
        let links = (keep - headings).min(whole.1.len());
        let backlinks = keep - headings - links;
        (reading.headings, reading.untold) = (headings, whole.3 + there - keep);
        reading.links = whole.1.iter().take(links).cloned().collect();
        reading.backlinks = whole.2.iter().take(backlinks).cloned().collect();
        printed(reading, printing)
    };
    let bare = tell(0);
    let fits = |all: usize| all.saturating_sub(bare) <= room;
    if fits(tell(there)) {
        return;
    }
    let (mut few, mut many) = (0, there);
    while many - few > 1 {
        let middle = few + (many - few) / 2;
        if fits(tell(middle)) {
            few = middle;
        } else {
            many = middle;
        }
    }
    tell(few);
}

#[cfg(test)]
mod tests {
    use super::cut_len;

    #[test]
    fn what_has_no_border_is_still_read_to_its_end() {
        let endless = "é".repeat(1_000);
        let mut rest = endless.as_str();
        let mut steps = 0;
        while !rest.is_empty() {
            let part = cut_len(rest, 50);
            assert!(part > 0);
            rest = rest.get(part..).unwrap();
            steps += 1;
        }
        assert!(steps <= 50, "{steps}");
    }
}
