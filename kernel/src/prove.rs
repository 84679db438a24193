//! Proofs out of a store's bytes.

use crate::collect::Asset;
use crate::compact::Node;
use crate::derive::asset_key;
use crate::document::{AssetRow, Piece};
use crate::error::{Code, Error, Result, refuse};
use crate::hash::{self, Batch};
use crate::reduce::reduce;
use crate::shape;
use crate::store::{self, Head, STORED_LEVEL, array};
use crate::verify;

/// A store over bytes that somebody else owns: a memory map, a buffer.
pub struct Store<B> {
    head: Head,
    bytes: B,
}

impl<B: AsRef<[u8]>> Store<B> {
    /// Read and check the head; the body is looked at only where a proof needs it.
    pub fn open(bytes: B) -> Result<Self> {
        Ok(Self { head: Head::decode(bytes.as_ref())?, bytes })
    }

    /// What the head says.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// All pieces of an account's balance with their paths, verified against the head's root; None when the account
    /// has no leaf. The wrong key is `key-mismatch`, a store that contradicts itself `store-damaged`.
    pub fn prove(&self, snapshot_key: &[u8], account_id: &[u8]) -> Result<Option<Vec<Piece>>> {
        verify::check_account_id(account_id)?;
        let Head { asset: code, rule, layout, root, .. } = &self.head;
        let asset = Asset { code: code.clone(), decimals: 0, rule: *rule, key: asset_key(snapshot_key, code)? };
        if asset.key.check_value() != self.head.key_check {
            return refuse(Code::KeyMismatch, format!("{code}: the store was built with another snapshot key"));
        }
        let Some(first) = self.find(&asset, 0, account_id)? else {
            return Ok(None);
        };
        let mut pieces = vec![first];
        if rule.pieces > 1 {
            // whether it was split is told by the second piece; either way the pieces must be those of their sum
            for number in 1..rule.pieces {
                match self.find(&asset, number, account_id)? {
                    Some(piece) => pieces.push(piece),
                    None if number == 1 => break,
                    None => return Err(self.damaged()),
                }
            }
        }
        let row = AssetRow {
            asset: code.clone(),
            count: layout.count,
            total: root.sum,
            root: root.hash,
            pieces: rule.pieces,
            split_above: rule.above,
        };
        let balance = verify::check_shape(&pieces, &row).map_err(|_| self.damaged())?;
        let mut wanted = Vec::new();
        rule.split(&asset.key, account_id, balance, &mut wanted);
        if !pieces.iter().map(|piece| piece.amount).eq(wanted) {
            return Err(self.damaged());
        }
        for piece in &pieces {
            verify::check_piece(piece, &row, account_id).map_err(|_| self.damaged())?;
        }
        Ok(Some(pieces))
    }

    /// The leaf of one piece by its place; None when there is none, and the bucket's digest says so too.
    fn find(&self, asset: &Asset, piece: u32, account_id: &[u8]) -> Result<Option<Piece>> {
        let secrets = asset.key.secrets(piece, account_id);
        let prefix = (secrets.place >> 64) as u64;
        let bucket = if self.head.digests.len() == 1 { 0 } else { (prefix >> 56) as usize };
        let (first, end) = (self.head.firsts[bucket], self.head.firsts[bucket + 1]);
        let layout = &self.head.layout;
        let prefixes = self.slice(layout.prefix(first), 8 * (end - first) as usize);
        let at = position(prefixes, prefix);
        if !prefixes[8 * at..].starts_with(&prefix.to_be_bytes()) {
            let whole = store::digest(prefixes) == self.head.digests[bucket];
            return if whole { Ok(None) } else { Err(self.damaged()) };
        }
        let index = first + at as u64;
        let leaf = self.leaf(index);
        if leaf.hash != hash::leaf(&secrets.nonce, leaf.sum, account_id) {
            return Err(self.damaged());
        }
        let path =
            shape::path(index, layout.count).map(|step| self.node(step.level, step.sibling)).collect::<Result<_>>()?;
        Ok(Some(Piece { amount: leaf.sum, nonce: secrets.nonce, index, path }))
    }

    fn leaf(&self, index: u64) -> Node {
        let Head { layout, .. } = &self.head;
        let amount = self.slice(layout.amount(index), layout.amount_width);
        let sum = amount.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        Node { hash: array(self.slice(layout.leaf(index), 32)), sum }
    }

    fn node(&self, level: u32, index: u64) -> Result<Node> {
        let layout = &self.head.layout;
        if level >= STORED_LEVEL {
            return Ok(Node::decode(&array(self.slice(layout.node(level, index), Node::SIZE))));
        }
        let span = index << level..((index + 1) << level).min(layout.count);
        let mut leaves = span.map(|index| self.leaf(index)).collect();
        let range = reduce(0, &mut leaves, &mut Batch::default(), &mut |_, _, _| Ok(()));
        range.and_then(|range| range.close(&mut |_| ())).map_err(|_| self.damaged())
    }

    /// The head has fixed the length, so positions that come from the layout are inside.
    fn slice(&self, at: u64, length: usize) -> &[u8] {
        &self.bytes.as_ref()[at as usize..][..length]
    }

    fn damaged(&self) -> Error {
        Error::new(Code::StoreDamaged, format!("{}: the store contradicts itself", self.head.asset))
    }
}

/// How many of the ascending prefixes are less than the one wanted.
fn position(prefixes: &[u8], wanted: u64) -> usize {
    let (mut low, mut high) = (0, prefixes.len() / 8);
    while low < high {
        let middle = low + (high - low) / 2;
        if u64::from_be_bytes(array(&prefixes[8 * middle..8 * middle + 8])) < wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
