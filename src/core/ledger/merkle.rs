//! The tree over the lines of a ledger, as RFC 6962, section 2.1, defines it, kept at its growing edge only.
//!
//! A leaf is SHA-256 over the byte 0 and the bytes of a line as it stands in the file, without its line feed; a node is
//! SHA-256 over the byte 1 and the digests of its two children. Every line is a leaf, headers of segments among them, in
//! the order of `seq`: the first line of a ledger is leaf 0. What is kept is the root of each whole subtree that the
//! binary digits of the number of leaves name, so that a ledger of any length takes no more than 64 digests, and a line
//! one digest of its own and, all told, one more.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

use super::text;

/// The digest of a leaf, of a node, or of a whole tree: its root. Written as 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Root([u8; 32]);

impl Root {
    /// The root of no lines: SHA-256 of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self(Sha256::digest([]).into())
    }

    /// The leaf of a line, which has no line feed.
    pub(super) fn of_line(line: &[u8]) -> Self {
        Self(Sha256::new().chain_update([0]).chain_update(line).finalize().into())
    }

    fn of_children(left: Self, right: Self) -> Self {
        Self(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
    }

    fn parse(text: &str) -> Option<Self> {
        text::unhex(text).map(Self)
    }
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::hex(&self.0))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Root {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}

/// The growing edge of a tree: the roots of its whole subtrees, the largest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Frontier {
    leaves: u64,
    /// One for each binary digit 1 of `leaves`.
    peaks: Vec<Root>,
}

impl Frontier {
    /// The frontier of `leaves` lines whose subtrees have these roots, if there are as many as there must be.
    pub(super) fn of(leaves: u64, peaks: Vec<Root>) -> Option<Self> {
        (peaks.len() == leaves.count_ones() as usize).then_some(Self { leaves, peaks })
    }

    /// How many lines there are.
    pub(super) fn leaves(&self) -> u64 {
        self.leaves
    }

    /// The roots of the whole subtrees.
    pub(super) fn peaks(&self) -> &[Root] {
        &self.peaks
    }

    /// Adds a line, which has no line feed.
    pub(super) fn push(&mut self, line: &[u8]) {
        let mut node = Root::of_line(line);
        for _ in 0..self.leaves.trailing_ones() {
            // There is a subtree for each digit 1.
            let Some(left) = self.peaks.pop() else { break };
            node = Root::of_children(left, node);
        }
        self.peaks.push(node);
        self.leaves += 1;
    }

    /// The root of the tree.
    pub(super) fn root(&self) -> Root {
        let mut smaller_first = self.peaks.iter().rev();
        let Some(&last) = smaller_first.next() else { return Root::empty() };
        smaller_first.fold(last, |right, &left| Root::of_children(left, right))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// RFC 6962, section 2.1, word for word: no frontier, no bits.
    fn tree_hash(lines: &[Vec<u8>]) -> [u8; 32] {
        match lines {
            [] => Sha256::digest([]).into(),
            [line] => Sha256::digest([&[0], line.as_slice()].concat()).into(),
            _ => {
                let mut k = 1;
                while 2 * k < lines.len() {
                    k *= 2;
                }
                let (left, right) = (tree_hash(&lines[..k]), tree_hash(&lines[k..]));
                Sha256::digest([&[1], left.as_slice(), right.as_slice()].concat()).into()
            }
        }
    }

    #[test]
    fn the_roots_are_those_that_certificate_transparency_publishes() {
        // The reference data of the Certificate Transparency project's Merkle tree tests: eight leaves, a root for each size.
        let leaves: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        for (leaf, root) in leaves.into_iter().zip(roots) {
            frontier.push(leaf);
            assert_eq!(frontier.root().to_string(), root);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_frontier_has_the_root_of_the_definition_at_every_size_and_is_taken_up_anywhere(
            lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..90), stop in 0_usize..90,
        ) {
            let mut frontier = Frontier::default();
            for (n, line) in lines.iter().enumerate() {
                prop_assert_eq!(frontier.root(), Root(tree_hash(&lines[..n])));
                if n == stop {
                    frontier = Frontier::of(n as u64, frontier.peaks().to_vec()).unwrap();
                }
                frontier.push(line);
            }
            prop_assert_eq!(frontier.root(), Root(tree_hash(&lines)));
            prop_assert_eq!(frontier.leaves(), lines.len() as u64);
            prop_assert_eq!(frontier.peaks().len(), lines.len().count_ones() as usize);
        }
    }
}
