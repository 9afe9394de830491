//! Who may see what, as types.
//!
//! A value that is bound to a [`Scope`] can be made public in one place only (`corpus::Draft::classify`), and a
//! [`Grant`] can be made here only. Nothing in this room opens a document.

mod collection;
mod grant;
mod principal;
mod scope;
mod token;

pub use collection::{CollectionName, CollectionNameError};
pub use grant::Grant;
pub use principal::{Action, Principal, Role};
pub use scope::{Private, Public, Scope, UnknownVisibility, Visibility};
pub use token::{Keyring, KeyringError, TokenError};
