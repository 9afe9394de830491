//! The key that signs checkpoints: made at the first start, kept beside the ledger's folder for its owner alone.
//!
//! `DATA/ledger.key` has the 32 bytes of an Ed25519 key (RFC 8032) as hexadecimal digits, `DATA/ledger.pub` its public
//! half. The key is outside of the ledger's folder, so that a copy of the folder can be handed on. It is there whole or
//! not at all: a key that can't be read is an error, never a reason to make another.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use ed25519_compact::{KeyPair, PublicKey as Point, Seed, Signature as Proof};
use serde::{Deserialize, Serialize};

use super::LedgerError;
use super::clock::Randomness;
use super::disk::{Disk, write_all};
use super::error::Fault;
use super::text;

/// How a public key begins where it is written.
const ALGORITHM: &str = "ed25519:";

/// The public half of a ledger's key, as it is copied: `ed25519:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

/// A text that is not a public key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a public key, which is written as ed25519: and 64 hexadecimal digits")]
pub struct PublicKeyError;

impl PublicKey {
    /// Reads a key as it is written; blanks around it don't count.
    ///
    /// # Errors
    /// Fails when the text is not one.
    pub fn parse(text: &str) -> Result<Self, PublicKeyError> {
        text.trim().strip_prefix(ALGORITHM).and_then(text::unhex).map(Self).ok_or(PublicKeyError)
    }

    /// The public key of the ledger in `folder`, where its owner keeps it.
    ///
    /// # Errors
    /// Fails when the file can't be read or is not one.
    pub fn beside(folder: &Path) -> Result<Option<Self>, LedgerError> {
        let path = public_path(folder);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(Self::parse(&text).map_err(|_| LedgerError::Key { path })?)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Fault::of(&path, "read")(error).into()),
        }
    }

    /// Whether `signature` was made of `text` with the other half.
    pub(super) fn signed(&self, text: &str, signature: &Signature) -> bool {
        Point::new(self.0).verify(text, &Proof::new(signature.0)).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ALGORITHM}{}", text::hex(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = PublicKeyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        key.to_string()
    }
}

/// An Ed25519 signature: 128 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Signature([u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::hex(&self.0))
    }
}

/// A text that is not a signature.
#[derive(Debug, thiserror::Error)]
#[error("not a signature, which is 128 hexadecimal digits")]
pub(super) struct SignatureError;

impl TryFrom<String> for Signature {
    type Error = SignatureError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text::unhex(&text).map(Self).ok_or(SignatureError)
    }
}

impl From<Signature> for String {
    fn from(signature: Signature) -> Self {
        text::hex(&signature.0)
    }
}

/// The key itself.
#[derive(Clone)]
pub(super) struct Key(KeyPair);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.public())
    }
}

impl Key {
    /// Reads the key of the ledger in `folder`, or makes one.
    pub(super) fn open(folder: &Path, disk: &dyn Disk, randomness: &dyn Randomness) -> Result<Self, LedgerError> {
        let path = folder.with_extension("key");
        let key = match std::fs::read_to_string(&path) {
            Ok(text) => Self::of(text::unhex(text.trim()).ok_or_else(|| LedgerError::Key { path: path.clone() })?),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let mut seed = [0; 32];
                randomness.fill(&mut seed)?;
                keep(&path, disk, &text::hex(&seed))?;
                Self::of(seed)
            }
            Err(error) => return Err(Fault::of(&path, "read")(error).into()),
        };
        // The public half follows from the key: whatever else stands in its place is put right.
        let (public, path) = (key.public().to_string(), public_path(folder));
        if std::fs::read_to_string(&path).is_ok_and(|text| text.trim() == public) {
            return Ok(key);
        }
        keep(&path, disk, &public)?;
        Ok(key)
    }

    fn of(seed: [u8; 32]) -> Self {
        Self(KeyPair::from_seed(Seed::new(seed)))
    }

    pub(super) fn public(&self) -> PublicKey {
        PublicKey(*self.0.pk)
    }

    pub(super) fn sign(&self, text: &str) -> Signature {
        // Without noise a signature depends on the key and the text alone, as RFC 8032 has it.
        Signature(*self.0.sk.sign(text, None))
    }
}

fn public_path(folder: &Path) -> PathBuf {
    folder.with_extension("pub")
}

/// Writes a small file so that it is there whole or not at all.
fn keep(path: &Path, disk: &dyn Disk, text: &str) -> Result<(), Fault> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    let mut file = disk.create(&aside).map_err(Fault::of(&aside, "made"))?;
    write_all(file.as_mut(), format!("{text}\n").as_bytes()).map_err(Fault::of(&aside, "written"))?;
    file.sync().map_err(Fault::of(&aside, "synced"))?;
    disk.rename(&aside, path).map_err(Fault::of(path, "renamed"))?;
    let folder = path.parent().unwrap_or(path);
    disk.sync_folder(folder).map_err(Fault::of(folder, "synced"))
}
