//! Draws the ledger and its reports for those who may see them: pages for one person alone.
//!
//! Who calls it has read the ledger, and knows who looks: a [`Sight`] says which lines they may see, and what it hides is
//! drawn nowhere, not even as a gap. Everything shown is text that `maud` escapes. A chart has the table of its figures
//! beside it. No page needs JavaScript; the one that goes on by itself can be loaded again instead.

mod chart;
mod filter;
mod list;
mod report;
mod sheet;
mod sight;
mod tail;
mod trace;

pub use filter::{Asked, PAGE_LINES};
pub use list::{Listed, list};
pub use report::{report, reports};
pub use sheet::Sheet;
pub use sight::Sight;
pub use tail::{event, tail};
pub use trace::{Traced, trace};
