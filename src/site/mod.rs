//! Draws public documents as HTML; knows no network and no private type.
//!
//! Everything shown comes from a [`PublicLibrary`](crate::library::PublicLibrary): from one generation of the public
//! shelf, taken up once for a page. All HTML is made by `maud` templates, which escape; the one exception is a
//! document's body, which `body` writes escaped and sanitises. No page needs JavaScript, or anything from elsewhere.
//!
//! Ids of the page's own elements begin with `c:`, which no heading's anchor can.

mod address;
mod assets;
mod bodies;
mod body;
mod edition;
mod error;
mod folder_page;
mod front;
mod home_page;
mod layout;
mod links;
mod missing_page;
mod page;
mod plain_page;
mod search_page;
mod snippet;
mod tree;
mod views;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod page_tests;

pub use assets::{Asset, tail_script};
pub use error::SiteError;
pub use front::{Found, Html, Site, SiteOptions};
pub use plain_page::{Field, FieldKind, Form, Plain};
