//! Draws public documents as HTML; knows no network and no private type.
//!
//! Everything shown comes from a [`PublicLibrary`](crate::library::PublicLibrary): from one generation of the public
//! shelf, taken up once for a page. All HTML is made by `maud` templates, which escape; the one exception is a
//! document's body, which `body` writes escaped and sanitises. No page needs JavaScript, or anything from elsewhere.
//!
//! Ids of the page's own elements begin with `c:`, which no heading's anchor can.

mod address;
mod asked;
mod assets;
mod bodies;
mod body;
mod changes_page;
mod decisions_page;
mod difference;
mod drawing;
mod edition;
mod error;
mod export;
mod facets;
mod feed;
mod finder;
mod folder_page;
mod former;
mod front;
mod glossary_page;
mod history_page;
mod home_page;
mod layout;
mod linked;
mod links;
mod margin;
mod missing_page;
mod page;
mod plain_page;
mod preview_part;
mod proof;
mod proof_part;
mod search_page;
mod sitemap;
mod snippet;
mod surroundings;
mod tags;
mod tags_page;
mod terms;
mod tree;
mod trust;
mod twin;
mod views;
mod words;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod style_tests;
#[cfg(test)]
mod trial_tests;

pub use asked::Asked;
pub use assets::{Asset, preview_asset, tail_script};
pub use error::SiteError;
pub use export::{Exported, Still};
pub use front::{File, Found, Html, Representation, Site, SiteOptions, Stamp};
pub use margin::{Margin, Noted};
pub use plain_page::{Field, FieldKind, Form, Plain};
pub use preview_part::{EVENTS, FINDINGS};
pub use views::Viewed;
