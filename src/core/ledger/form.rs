//! How digests, roles and spans are written in a record: `#[serde(with = …)]` for types of other rooms.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::chain::Head;
use crate::access::Role;
use crate::corpus::{Digest, Lines};

pub(super) mod role_word {
    use super::{Deserialize, Deserializer, Role, Serializer};

    pub(in crate::ledger) fn serialize<S: Serializer>(role: &Role, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(role.as_str())
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Role, D::Error> {
        let word = String::deserialize(from)?;
        [Role::Anonymous, Role::Agent, Role::Owner]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| serde::de::Error::custom(format_args!("{word:?} is not a role")))
    }
}

pub(super) mod line_pair {
    use super::{Deserialize, Deserializer, Lines, Serialize as _, Serializer};

    pub(in crate::ledger) fn serialize<S: Serializer>(lines: &Lines, to: S) -> Result<S::Ok, S::Error> {
        [lines.first, lines.last].serialize(to)
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Lines, D::Error> {
        let [first, last] = Deserialize::deserialize(from)?;
        Ok(Lines { first, last })
    }
}

pub(super) mod hex_digest {
    use super::{Deserialize, Deserializer, Digest, Serializer};
    use serde::de::Error as _;
    use serde::de::value::SeqDeserializer;

    pub(in crate::ledger) fn serialize<S: Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(digest)
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(from)?;
        let bytes: Option<Vec<u8>> = text
            .as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        let bytes = bytes.filter(|bytes| bytes.len() == 32).ok_or_else(|| D::Error::custom("not a SHA-256 digest"))?;
        Digest::deserialize(SeqDeserializer::new(bytes.into_iter()))
    }
}

pub(super) mod head_text {
    use super::{Deserialize, Deserializer, Head, Serializer};

    pub(in crate::ledger) fn serialize<S: Serializer>(head: &Head, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(head.as_str())
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Head, D::Error> {
        let text = String::deserialize(from)?;
        Head::parse(text.as_bytes()).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}

pub(super) mod hex_digest_or_none {
    use super::{Deserialize, Deserializer, Digest, Serializer, hex_digest};

    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Hex(#[serde(with = "hex_digest")] Digest);

    pub(in crate::ledger) fn serialize<S: Serializer>(digest: &Option<Digest>, to: S) -> Result<S::Ok, S::Error> {
        match digest {
            Some(digest) => hex_digest::serialize(digest, to),
            None => to.serialize_none(),
        }
    }

    pub(in crate::ledger) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Digest>, D::Error> {
        Ok(Option::<Hex>::deserialize(from)?.map(|Hex(digest)| digest))
    }
}
