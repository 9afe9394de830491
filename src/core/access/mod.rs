//! Who may see what, as types.
//!
//! A value that is bound to a [`Scope`] can be made public in one place only (`corpus::Draft::classify`), and a
//! [`Grant`] can be made here only. Nothing in this room opens a document.

mod action;
mod collection;
mod grant;
mod keyring;
mod live;
mod principal;
mod scope;
mod secret;
mod session;
mod stamp;
mod token;
mod token_file;
mod uses;

pub use action::{Action, UnknownAction};
pub use collection::{CollectionName, CollectionNameError};
pub use grant::Grant;
pub use keyring::{Keyring, Made, NewToken, Rotation, TokenError};
pub use live::LiveKeyring;
pub use principal::{Principal, Role};
pub use scope::{Private, Public, Scope, UnknownVisibility, Visibility};
pub use session::{Begun, SessionError, Sessions, SignedIn, form_key};
pub use token::{Standing, Token, TokenName, TokenNameError};
pub use token_file::KeyringError;
