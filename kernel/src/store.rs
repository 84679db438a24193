//! The store: one asset's tree as bytes, out of which proofs are read without building anything again.
//!
//! It is private to the exchange (amounts of all customers) and is not part of the published formats. Big-endian.
//!
//! ```text
//!    0  8   "POR-TREE"                        104 16   total
//!    8  4   version, 1                        120 32   root
//!   12  1   bucket bits, 0 or 8               152 16   key check value (derive.rs)
//!   13  1   bytes of an amount, 8 or 16       168 24   zero
//!   14  2   pieces                            192      table: 2^bits + 1 first leaves (8 bytes each),
//!   16  1   length of the asset code                   2^bits digests of each bucket's prefixes
//!   17 63   asset code, zero-padded                 32 SHA-256 of everything before: the head
//!   80 16   split_above                                then the body, sections of `count` fields:
//!   96  8   count                                      prefixes (8), amounts, leaf hashes (32);
//!                                                      levels 4, 5, ... below the root: nodes (48)
//! ```
//!
//! A prefix is the first 8 bytes of a leaf's place; buckets go by its first `bits` bits. Levels 1 to 3 are hashed
//! again when a proof needs them. That makes 54 bytes a leaf for amounts below 2^64, and 62 for larger ones.
//!
//! Damage shows: the head by its digest, prefixes by their bucket's, and everything else because a proof is verified
//! against the head's root before it is given out ([`crate::prove`]).

use crate::compact::Node;
use crate::error::{Code, Error, Result, refuse};
use crate::hash::{self, Batch, START};
use crate::settings::Asset;
use crate::shape::{MAX_COUNT, height, width};
use crate::split::Rule;

const MAGIC: &[u8; 8] = b"POR-TREE";
const VERSION: u32 = 1;
const FIXED: usize = 192;

/// Lowest level whose nodes are stored; 16 leaves are hashed again in microseconds.
pub const STORED_LEVEL: u32 = 4;

/// From this many leaves on, prefixes are shared out over 256 buckets, so that absence is shown by one small digest.
pub const BUCKETED: u64 = 1 << 16;

/// Where everything lies, from the count, the largest amount and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Leaves.
    pub count: u64,
    /// Bytes of an amount.
    pub amount_width: usize,
}

impl Layout {
    /// The layout of a tree whose largest leaf is `largest`.
    pub fn new(count: u64, largest: u128) -> Self {
        Self { count, amount_width: if largest >> 64 == 0 { 8 } else { 16 } }
    }

    /// How many buckets the prefixes are shared out over.
    pub fn buckets(&self) -> usize {
        if self.count < BUCKETED { 1 } else { 256 }
    }

    fn head(&self) -> u64 {
        (FIXED + 8 * (self.buckets() + 1) + 32 * self.buckets() + 32) as u64
    }

    /// Where the prefix of leaf `index` lies.
    pub fn prefix(&self, index: u64) -> u64 {
        self.head() + 8 * index
    }

    /// Where the amount of leaf `index` lies.
    pub fn amount(&self, index: u64) -> u64 {
        self.prefix(self.count) + self.amount_width as u64 * index
    }

    /// Where the hash of leaf `index` lies.
    pub fn leaf(&self, index: u64) -> u64 {
        self.amount(self.count) + 32 * index
    }

    /// Whether nodes of this level are stored.
    pub fn stores(&self, level: u32) -> bool {
        (STORED_LEVEL..height(self.count)).contains(&level)
    }

    /// Where a node lies whose level is stored.
    pub fn node(&self, level: u32, index: u64) -> u64 {
        let below: u64 = (STORED_LEVEL..level).map(|level| width(self.count, level)).sum();
        self.leaf(self.count) + Node::SIZE as u64 * (below + index)
    }

    /// Bytes of the whole store.
    pub fn size(&self) -> u64 {
        self.node(height(self.count).max(STORED_LEVEL), 0)
    }
}

/// What the head says of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub asset: String,
    pub rule: Rule,
    pub layout: Layout,
    pub root: Node,
    pub key_check: [u8; 16],
    /// First leaf of each bucket, and the count at the end.
    pub firsts: Vec<u64>,
    /// Digest of each bucket's prefixes.
    pub digests: Vec<[u8; 32]>,
}

impl Head {
    /// The head of a tree just built.
    pub fn new(asset: &Asset, layout: Layout, root: Node, firsts: Vec<u64>, digests: Vec<[u8; 32]>) -> Self {
        let key_check = asset.key.check_value();
        Self { asset: asset.code.clone(), rule: asset.rule, layout, root, key_check, firsts, digests }
    }

    /// The bytes that stand before the body.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; FIXED];
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_be_bytes());
        out[12] = if self.layout.buckets() == 1 { 0 } else { 8 };
        out[13] = self.layout.amount_width as u8;
        out[14..16].copy_from_slice(&(self.rule.pieces as u16).to_be_bytes());
        out[16] = self.asset.len() as u8;
        out[17..17 + self.asset.len()].copy_from_slice(self.asset.as_bytes());
        out[80..96].copy_from_slice(&self.rule.above.to_be_bytes());
        out[96..104].copy_from_slice(&self.layout.count.to_be_bytes());
        out[104..120].copy_from_slice(&self.root.sum.to_be_bytes());
        out[120..152].copy_from_slice(&self.root.hash);
        out[152..168].copy_from_slice(&self.key_check);
        self.firsts.iter().for_each(|first| out.extend(first.to_be_bytes()));
        self.digests.iter().for_each(|digest| out.extend(digest));
        out.extend(hash::digest(&out));
        out
    }

    /// Read the head of a store; everything that is not as [`Head::encode`] writes it is refused.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::new(Code::StoreDamaged, "the store is damaged or none of ours");
        let fixed: &[u8; FIXED] = bytes.first_chunk().ok_or_else(damaged)?;
        if &fixed[..8] != MAGIC {
            return Err(damaged());
        }
        let version = u32::from_be_bytes(array(&fixed[8..12]));
        if version != VERSION {
            return refuse(Code::StoreVersion, format!("the store has version {version}, not {VERSION}"));
        }
        let layout = Layout { count: u64::from_be_bytes(array(&fixed[96..104])), amount_width: fixed[13].into() };
        if layout.count >= MAX_COUNT || ![8, 16].contains(&layout.amount_width) || layout.size() != bytes.len() as u64 {
            return Err(damaged());
        }
        let (table, digest) = bytes[..layout.head() as usize].split_at(layout.head() as usize - 32);
        if hash::digest(table) != digest {
            return Err(damaged());
        }
        let (firsts, digests) = table[FIXED..].split_at(8 * (layout.buckets() + 1));
        let firsts: Vec<u64> = firsts.chunks_exact(8).map(|first| u64::from_be_bytes(array(first))).collect();
        if firsts.first() != Some(&0) || firsts.last() != Some(&layout.count) || !firsts.is_sorted() {
            return Err(damaged());
        }
        let code = fixed[17..80].get(..fixed[16].into()).and_then(|code| std::str::from_utf8(code).ok());
        let rule = Rule {
            pieces: u16::from_be_bytes(array(&fixed[14..16])).into(),
            above: u128::from_be_bytes(array(&fixed[80..96])),
        };
        Ok(Self {
            asset: code.ok_or_else(damaged)?.to_string(),
            rule,
            layout,
            root: Node { hash: array(&fixed[120..152]), sum: u128::from_be_bytes(array(&fixed[104..120])) },
            key_check: array(&fixed[152..168]),
            firsts,
            digests: digests.chunks_exact(32).map(array).collect(),
        })
    }
}

/// Bytes of prefixes that one inner hash of [`digest`] covers: short, so that many are hashed together.
const CHUNK: usize = 1024;

/// The digest of a bucket's prefixes: SHA-256 over the SHA-256 of each 1024 bytes of them.
pub fn digest(prefixes: &[u8]) -> [u8; 32] {
    let mut digest = PrefixDigest::default();
    digest.update(prefixes);
    digest.finish()
}

/// The same for prefixes that come in parts.
#[derive(Default)]
pub struct PrefixDigest {
    rest: Vec<u8>,
    outer: Vec<u8>,
    batch: Batch,
}

impl PrefixDigest {
    /// Take in the prefixes that follow.
    pub fn update(&mut self, prefixes: &[u8]) {
        self.rest.extend_from_slice(prefixes);
        let whole = self.rest.len() / CHUNK * CHUNK;
        self.chunks(whole);
        self.rest.drain(..whole);
    }

    fn chunks(&mut self, length: usize) {
        for chunks in self.rest[..length].chunks(64 * CHUNK) {
            self.batch.clear();
            chunks.chunks(CHUNK).for_each(|chunk| self.batch.push(&START, 0, &[], chunk));
            self.batch.run().iter().for_each(|state| self.outer.extend(hash::bytes(state)));
        }
    }

    /// The digest of all of them.
    pub fn finish(mut self) -> [u8; 32] {
        self.chunks(self.rest.len());
        hash::digest(&self.outer)
    }
}

/// Copy a slice whose length is known to be `N`.
pub(crate) fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_below_72_bytes_a_leaf() {
        for (largest, most) in [(1 << 63, 54.1), (1 << 64, 62.1)] {
            let size = Layout::new(12_000_000, largest).size();
            assert!((size as f64) < most * 12e6, "{size}");
        }
    }

    #[test]
    fn prefixes_in_parts_have_the_digest_of_the_whole() {
        let prefixes: Vec<u8> = (0..5000u32).flat_map(|i| i.wrapping_mul(2_654_435_769).to_be_bytes()).collect();
        for size in [1, 7, 1023, 1024, 1025, 4096, 20_000] {
            let mut digest = PrefixDigest::default();
            prefixes.chunks(size).for_each(|part| digest.update(part));
            assert_eq!(digest.finish(), super::digest(&prefixes), "{size}");
        }
    }

    #[test]
    fn heads_are_read_back_and_any_changed_byte_is_seen() {
        let asset = Asset::new("BTC:lent", 8, Rule::new(3, 50).unwrap(), &[9; 32]).unwrap();
        let layout = Layout::new(0, 0);
        let head = Head::new(&asset, layout, Node::empty(), vec![0, 0], vec![digest(&[])]);
        let bytes = head.encode();
        assert_eq!(bytes.len() as u64, layout.size());
        assert_eq!(Head::decode(&bytes).unwrap(), head);
        for i in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[i] ^= 1;
            assert!(Head::decode(&changed).is_err(), "byte {i}");
            assert!(Head::decode(&bytes[..i]).is_err(), "length {i}");
        }
    }
}
