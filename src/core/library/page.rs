//! Fills a page of an answer: hits of a plan, as many as the limit and the budget let in.
//!
//! The budget holds for the whole answer, in each form a face prints. Hits are taken in order; one that does not fit is
//! passed over for a later one that does, and what would stay empty is filled with the beginning of a hit that was passed
//! over, or with more of the documents of those that are there. The cursor says exactly which hits were served, so that the
//! next page serves none of them again and passes none by for good. Nor does what was taken in beside a hit come again: a
//! hit reaches only as far as the plan lets it.

use std::collections::VecDeque;

use crate::access::{Role, Scope};
use crate::retrieval::{Cursor, Note, Passage, Plan, Planned, Texts, count_tokens, cut, least};

use super::desk::Desk;
use super::shelf::Shelves;
use super::source::{BYTES_A_TOKEN, Part, Source};
use super::wire::{ANY_GENERATION, ANY_ID, Counted, Form, Hit, SearchAnswer};
use super::{Answer, ReadError};

/// So many hits are thought to be served when what the cursor costs is reckoned with.
const REACHED: u32 = 12;

/// How many hits are passed over that do not fit beside others; those of which nothing fits on any page do not count.
const PASSED_MAX: usize = 6;

/// How often a page is filled anew that came to nothing.
const TRIES_MAX: usize = 4;

/// How much of a hit stays at least when it is cut beside others, in percent: the rest is served on no page.
const KEPT_PERCENT: usize = 50;

/// How full an answer is meant to be while there are hits left, in percent of the budget.
const FULL_PERCENT: usize = 86;

/// What an id and a cursor may cost less than those that are counted.
const FRAME_TOKENS: usize = 10;

/// Says whether something holds of a text.
type Holds<'a> = &'a dyn Fn(&str) -> bool;

/// How the answer is printed, and what bounds it.
#[derive(Clone, Copy)]
pub(super) struct Print<'a, S: Scope> {
    pub(super) desk: &'a Desk,
    pub(super) shelves: &'a Shelves<S>,
    /// What of the history may be told depends on it.
    pub(super) role: Role,
    pub(super) forms: &'static [Form],
    pub(super) limit: usize,
    pub(super) budget: usize,
}

/// A page that is being filled hit by hit.
struct Page<'a, S: Scope> {
    print: Print<'a, S>,
    /// The answer without hits, as it is printed.
    frame: SearchAnswer,
    /// Tokens of the frame, then of everything, in each form.
    empty: Vec<usize>,
    spent: Vec<usize>,
    hits: Vec<Candidate<S>>,
}

impl<S: Scope> Print<'_, S> {
    /// An answer as it is printed, with what is not known yet in its longest form.
    fn draft(&self, answer: &Answer<S>) -> SearchAnswer {
        let mut wire =
            SearchAnswer { tokens: self.budget, retrieval_id: ANY_ID.to_owned(), ..SearchAnswer::print(answer) };
        wire.hits.iter_mut().for_each(any_generation);
        wire
    }

    /// Counts the tokens of an answer in the longest of its forms. What was printed for that stays with it; what is
    /// printed nowhere has none.
    pub(super) fn count(&self, answer: &mut Answer<S>) {
        if self.forms.is_empty() {
            return;
        }
        let wire = self.draft(answer);
        let (counted, tokens) = Counted::of(wire, self.forms, count_tokens);
        answer.tokens = tokens;
        answer.counted = Some(counted);
    }
}

impl<S: Scope> Page<'_, S> {
    /// What a hit adds, in each form.
    fn cost(&self, mut hit: Hit) -> Vec<usize> {
        any_generation(&mut hit);
        let alone = SearchAnswer { hits: vec![hit], ..self.frame.clone() };
        let tokens = self.print.forms.iter().map(|form| count_tokens(&form.print(&alone)));
        tokens.zip(&self.empty).map(|(tokens, empty)| tokens.saturating_sub(*empty)).collect()
    }

    /// Whether the least part that a hit is cut to fits on a page of its own.
    fn may_hold(&self, hit: Hit, best: &str) -> bool {
        let cost = self.cost(Hit { passage: least(best).to_owned(), snippet: String::new(), why: None, ..hit });
        self.empty.iter().zip(cost).all(|(empty, cost)| empty + cost <= self.print.budget)
    }

    /// The fullest form, with so much more.
    fn with(&self, cost: &[usize]) -> usize {
        self.spent.iter().zip(cost).map(|(spent, cost)| spent + cost).max().unwrap_or_default()
    }

    fn tokens(&self) -> usize {
        self.spent.iter().copied().max().unwrap_or_default()
    }

    fn fits(&self, cost: &[usize]) -> bool {
        self.with(cost) <= self.print.budget
    }

    fn is_full(&self, tokens: usize) -> bool {
        tokens.saturating_sub(FRAME_TOKENS) * 100 >= self.print.budget.saturating_mul(FULL_PERCENT)
    }

    /// Makes a passage of the part of a document that `pick` takes, told which texts fit and which are enough, and says
    /// what it adds to the page, on which `there` stands already. What is printed beside a text is taken to be what was
    /// printed beside the last passage, and looked at once a part is taken: to make a passage costs more than to count it.
    fn fitted<'t>(
        &self,
        answer: &Answer<S>,
        last: &Passage<S>,
        there: Option<&Passage<S>>,
        pick: impl Fn(Holds<'_>, Holds<'_>) -> Option<Part<'t>>,
        make: impl Fn(Part<'t>) -> Passage<S>,
    ) -> Option<(Passage<S>, Vec<usize>)> {
        let known = there.map_or_else(|| vec![0; self.empty.len()], |there| self.cost(answer.hit(there)));
        let more = |hit: Hit| -> Vec<usize> {
            self.cost(hit).iter().zip(&known).map(|(cost, known)| cost.saturating_sub(*known)).collect()
        };
        let (mut beside, mut shorter_than) = (answer.hit(last), usize::MAX);
        loop {
            let tried = |text: &str| more(Hit { passage: text.to_owned(), ..beside.clone() });
            let fits = |text: &str| text.len() < shorter_than && self.fits(&tried(text));
            let enough = |text: &str| self.is_full(self.with(&tried(text)));
            let part = pick(&fits, &enough)?;
            let passage = make(part);
            let hit = answer.hit(&passage);
            let cost = more(hit.clone());
            if self.fits(&cost) {
                return Some((passage, cost));
            }
            (beside, shorter_than) = (hit, part.text.len());
        }
    }

    fn push(&mut self, hit: Candidate<S>, cost: &[usize]) {
        self.spend(cost);
        self.hits.push(hit);
    }

    /// Puts a longer passage in the place of a hit's, which costs so much more.
    fn lengthen(&mut self, at: usize, passage: Passage<S>, cost: &[usize]) {
        self.spend(cost);
        if let Some(hit) = self.hits.get_mut(at) {
            hit.passage = passage;
        }
    }

    fn spend(&mut self, cost: &[usize]) {
        for (spent, cost) in self.spent.iter_mut().zip(cost) {
            *spent += cost;
        }
    }
}

/// Takes a hit's generation for any; one that is not printed stays so.
fn any_generation(hit: &mut Hit) {
    if hit.citation.generation != 0 {
        hit.citation.generation = ANY_GENERATION;
    }
}

/// A hit that could be on the page.
struct Candidate<S: Scope> {
    /// Its place from the cursor on.
    at: u32,
    planned: Planned,
    passage: Passage<S>,
}

/// Gives the hits of a plan from a cursor's place on, but for those that an earlier page has served.
struct Candidates<'a, S: Scope> {
    print: Print<'a, S>,
    plan: Plan<'a>,
    texts: Texts<'a>,
    beyond: u128,
    seen: u32,
}

impl<S: Scope> Candidates<'_, S> {
    fn next(&mut self, answer: &Answer<S>) -> Result<Option<Candidate<S>>, ReadError> {
        while self.seen < Cursor::AHEAD {
            let Some(planned) = self.plan.next(&mut self.texts)? else { break };
            let at = self.seen;
            self.seen += 1;
            if self.beyond >> at & 1 == 1 {
                continue;
            }
            // A chunk of no document is nothing to serve here or on any later page.
            if let Some(source) = Source::open(self.print, &planned, &mut self.texts)? {
                let passage = source.passage(answer, &planned, source.whole());
                return Ok(Some(Candidate { at, planned, passage }));
            }
            self.beyond |= 1 << at;
        }
        Ok(None)
    }

    /// Passes by those that come next and were served, so that there is one left if the plan has one.
    fn pass_served(&mut self) -> Result<(), ReadError> {
        while self.seen < Cursor::AHEAD
            && self.beyond >> self.seen & 1 == 1
            && self.plan.next(&mut self.texts)?.is_some()
        {
            self.seen += 1;
        }
        Ok(())
    }

    /// Which candidates have been served with these hits, by their places.
    fn served(&self, hits: &[Candidate<S>]) -> u128 {
        hits.iter().fold(self.beyond, |bits, hit| bits | 1_u128 << hit.at)
    }

    /// Whether there are any that these hits leave out.
    fn are_left(&self, hits: &[Candidate<S>]) -> bool {
        let passed_over = self.served(hits).count_ones() < self.seen;
        passed_over || self.plan.has_more()
    }
}

/// Fills an answer with the hits of a plan from a cursor's place on.
pub(super) fn fill<S: Scope>(
    answer: &mut Answer<S>,
    print: Print<'_, S>,
    mut plan: Plan<'_>,
    mut texts: Texts<'_>,
    from: Cursor,
) -> Result<(), ReadError> {
    for _ in 0..from.offset {
        if plan.next(&mut texts)?.is_none() {
            return Ok(());
        }
    }
    let mut candidates = Candidates { print, plan, texts, beyond: from.beyond, seen: 0 };
    let (mut first, mut bytes) = (Vec::new(), 0);
    let may_fit = |bytes: usize| bytes <= print.budget.saturating_mul(BYTES_A_TOKEN);
    while first.len() < print.limit && may_fit(bytes) {
        let Some(candidate) = candidates.next(answer)? else { break };
        bytes += candidate.passage.text.len();
        first.push(candidate);
    }
    // Most pages have room for all, and then nothing is counted but the whole.
    if may_fit(bytes) {
        candidates.pass_served()?;
        put(answer, &first, &candidates, from);
        print.count(answer);
        if answer.tokens <= print.budget {
            return Ok(());
        }
    }
    let (mut waiting, mut beyond) = (VecDeque::from(first), from.beyond | dearest(REACHED));
    for _ in 0..TRIES_MAX {
        let hits = fitting(answer, (&mut waiting, beyond), &mut candidates, from)?;
        let over = finish(answer, hits, &candidates, from);
        if over.is_empty() || !answer.passages.is_empty() {
            break;
        }
        // The cursor that came of a hit was dearer than was reckoned with. It is tried once more beside the dearest there
        // can be; then what is behind it is.
        let most = from.beyond | dearest(candidates.seen);
        if beyond != most {
            beyond = most;
            for candidate in over {
                // As it was before it was cut or widened.
                if let Some(source) = Source::open(print, &candidate.planned, &mut candidates.texts)? {
                    let passage = source.passage(answer, &candidate.planned, source.whole());
                    waiting.push_front(Candidate { passage, ..candidate });
                }
            }
        }
        waiting.make_contiguous().sort_by_key(|candidate| candidate.at);
    }
    Ok(())
}

/// The dearest bits that a cursor can have that reaches so far.
fn dearest(reached: u32) -> u128 {
    u128::MAX.checked_shr(u128::BITS - reached).unwrap_or_default()
}

/// The hits that fit, taken in order, and the beginning of one that does not.
fn fitting<S: Scope>(
    answer: &mut Answer<S>,
    (waiting, beyond): (&mut VecDeque<Candidate<S>>, u128),
    candidates: &mut Candidates<'_, S>,
    from: Cursor,
) -> Result<Vec<Candidate<S>>, ReadError> {
    let print = candidates.print;
    // The frame as it is when there is more: a page without a next one is shorter.
    answer.passages = Vec::new();
    answer.truncated = true;
    answer.next = Some(Cursor { beyond, offset: from.offset.saturating_add(Cursor::AHEAD), ..from });
    let frame = print.draft(answer);
    let empty: Vec<usize> = print.forms.iter().map(|form| count_tokens(&form.print(&frame))).collect();
    let mut page = Page { print, frame, spent: empty.clone(), empty, hits: Vec::new() };
    // What is passed over stays for a later page. Where that leaves a page empty, what is behind it is looked at.
    let mut left = Vec::new();
    while page.hits.is_empty() {
        let mut passed = take(&mut page, answer, waiting, candidates)?;
        let is_last = passed.is_empty();
        if page.hits.len() < print.limit && !page.is_full(page.tokens()) {
            fill_up(&mut page, answer, &mut passed, &mut candidates.texts)?;
        }
        left.append(&mut passed);
        if is_last {
            break;
        }
    }
    left.into_iter().rev().for_each(|candidate| waiting.push_front(candidate));
    page.hits.sort_by_key(|hit| hit.at);
    candidates.pass_served()?;
    if candidates.are_left(&page.hits) {
        widen(&mut page, answer, candidates)?;
    }
    Ok(page.hits)
}

/// Takes hits in order onto the page, and gives those that were passed over and of which a part may fit.
fn take<S: Scope>(
    page: &mut Page<'_, S>,
    answer: &Answer<S>,
    waiting: &mut VecDeque<Candidate<S>>,
    candidates: &mut Candidates<'_, S>,
) -> Result<Vec<Candidate<S>>, ReadError> {
    let (mut passed, mut is_any) = (Vec::new(), false);
    while page.hits.len() < page.print.limit && passed.len() < PASSED_MAX {
        let next = match waiting.pop_front() {
            None => candidates.next(answer)?,
            known => known,
        };
        let Some(candidate) = next else { break };
        let hit = answer.hit(&candidate.passage);
        let cost = page.cost(hit.clone());
        if page.fits(&cost) {
            page.push(candidate, &cost);
        } else {
            is_any = true;
            let source = Source::open(page.print, &candidate.planned, &mut candidates.texts)?;
            if source.is_some_and(|source| page.may_hold(hit, source.best_part().text)) {
                passed.push(candidate);
                // It has more room on no page: it is cut here, or all that is shorter would come before it.
                if page.hits.is_empty() {
                    break;
                }
            }
        }
        if page.is_full(page.tokens()) && is_any {
            break;
        }
    }
    Ok(passed)
}

/// Serves the beginning of a hit that did not fit: the first of which enough does.
fn fill_up<S: Scope>(
    page: &mut Page<'_, S>,
    answer: &Answer<S>,
    passed: &mut Vec<Candidate<S>>,
    texts: &mut Texts<'_>,
) -> Result<(), ReadError> {
    for at in 0..passed.len() {
        let Some(Candidate { planned, .. }) = passed.get(at) else { continue };
        let Some(source) = Source::open(page.print, planned, texts)? else { continue };
        let of = |part: Part<'_>| source.passage(answer, planned, part);
        // What ranks best is what the beginning is kept of.
        let best = source.best_part();
        let beginning = |fits: Holds<'_>, enough: Holds<'_>| {
            let (text, border) = cut(best.text, fits, enough)?;
            Some(Part { text, cut: Some(border), ..best })
        };
        let fitted = page.fitted(answer, &of(best), None, beginning, of);
        let is_kept = |text: &str| text.len() * 100 >= source.whole().text.len() * KEPT_PERCENT;
        if let Some((passage, cost)) = fitted.filter(|(passage, _)| page.hits.is_empty() || is_kept(&passage.text)) {
            let candidate = passed.remove(at);
            page.push(Candidate { passage, ..candidate }, &cost);
            return Ok(());
        }
    }
    Ok(())
}

/// Where too little is left for another hit, those that are there take in more of their documents, the best first.
fn widen<S: Scope>(
    page: &mut Page<'_, S>,
    answer: &Answer<S>,
    candidates: &mut Candidates<'_, S>,
) -> Result<(), ReadError> {
    for at in 0..page.hits.len() {
        if page.is_full(page.tokens()) {
            break;
        }
        let Some(hit) = page.hits.get(at) else { continue };
        let reach = candidates.plan.reach(&hit.planned, &mut candidates.texts)?;
        let Some(source) = Source::open(page.print, &hit.planned, &mut candidates.texts)? else { continue };
        let of = |part: Part<'_>| {
            let mut passage = source.passage(answer, &hit.planned, part);
            passage.notes.push(Note::Widened);
            passage
        };
        let wider = |fits: Holds<'_>, enough: Holds<'_>| {
            // A beginning ends where more of it does not fit.
            let (now, onward) = match hit.passage.cut {
                None => (source.whole(), source.onward(*reach.end(), fits, enough, page.print.budget)),
                Some(_) => (source.beginning(&hit.passage), None),
            };
            if onward.is_some_and(|part| enough(part.text)) {
                return onward;
            }
            // What goes on to its end is begun earlier, too.
            let ends = onward.filter(|part| part.cut.is_none()).unwrap_or(now);
            let backward = source.backward(*reach.start(), ends, fits, enough);
            onward.into_iter().chain(backward).max_by_key(|part| part.text.len())
        };
        if let Some((passage, more)) = page.fitted(answer, &hit.passage, Some(&hit.passage), wider, of) {
            page.lengthen(at, passage, &more);
        }
    }
    Ok(())
}

/// Puts hits into the answer, and sees to it that what is printed keeps to the budget: gives those that were too many, the
/// last first.
fn finish<S: Scope>(
    answer: &mut Answer<S>,
    mut hits: Vec<Candidate<S>>,
    candidates: &Candidates<'_, S>,
    from: Cursor,
) -> Vec<Candidate<S>> {
    let mut over = Vec::new();
    loop {
        put(answer, &hits, candidates, from);
        candidates.print.count(answer);
        // Tokens of parts add up to those of the whole but for a few where they meet.
        if answer.tokens <= candidates.print.budget {
            return over;
        }
        match hits.pop() {
            Some(hit) => over.push(hit),
            None => return over,
        }
    }
}

/// Puts hits into the answer, with what is left behind them.
fn put<S: Scope>(answer: &mut Answer<S>, hits: &[Candidate<S>], candidates: &Candidates<'_, S>, from: Cursor) {
    let served = candidates.served(hits);
    let first = served.trailing_ones();
    answer.truncated = candidates.are_left(hits);
    let beyond = served.checked_shr(first).unwrap_or(0);
    let next = Cursor { offset: from.offset.saturating_add(first), beyond, ..from };
    answer.next = (answer.truncated && !hits.is_empty()).then_some(next);
    answer.passages = hits.iter().map(|hit| hit.passage.clone()).collect();
}
