//! Reads Markdown and says what it is: draft, document, outline, chunk, links, and what is wrong with it.
//!
//! Bytes come in, values go out; nothing here opens a network or an index. Bad Markdown is a [`Finding`], never an error.

mod anchor;
mod argument;
mod check;
mod chunk;
mod codeowners;
mod comment;
mod dialect;
mod document;
mod draft;
mod fields;
mod file_name;
mod finding;
mod front_matter;
mod gist;
mod glossary;
mod hidden;
mod html;
mod id;
mod image;
mod kind;
mod language;
mod link;
mod link_span;
mod listing;
mod meta;
mod names;
mod narrowing;
mod outline;
mod pack;
mod parse;
mod place;
mod plain;
mod shortcode;
mod source;
mod visible;

#[cfg(test)]
mod trap_tests;

pub use anchor::slug;
pub use argument::{Argument, FillError, VALUE_CHARS, fill};
pub use check::{link_findings, title_findings};
pub use chunk::{Chunk, Lines};
pub use codeowners::Codeowners;
pub use dialect::dialect;
pub use document::{Document, Record};
pub use draft::{Body, Classified, Draft, keeps_private};
pub use file_name::{EXTENSIONS, is_front_page, may_be_document, stem};
pub use finding::{Finding, Level};
pub use gist::{Gist, mixed, shingle_digest, word_digests};
pub use glossary::{Term, listed_terms};
pub use html::is_html_element;
pub use id::{Digest, DocumentId, DocumentIdError, SourcePath};
pub use image::{IMAGE_LIMIT_BYTES, ImageType};
pub use language::{Language, LanguageError};
pub use link::{Link, LinkKind};
pub use link_span::{LinkSpan, link_spans};
pub use listing::{Listed, Listing, Skipped};
pub use meta::{Meta, Status, Verified};
pub use names::{Destination, Names, decoded};
pub use outline::Section;
pub use pack::{Pack, PackEntry, PackSource};
pub use parse::NESTING_LIMIT;
pub use source::{FILE_LIMIT_BYTES, Source, SourceFile};
