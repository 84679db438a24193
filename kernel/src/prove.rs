//! Proofs out of a store's bytes.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::compact::Node;
use crate::derive::{Key, asset_key};
use crate::document::{AssetRow, Piece};
use crate::error::{Code, Error, Result, refuse};
use crate::hash::{self, Batch};
use crate::reduce::reduce;
use crate::shape;
use crate::store::{self, Head, STORED_LEVEL, array};
use crate::verify;

/// A store over bytes that somebody else owns: a memory map, a buffer.
pub struct Store<B> {
    pub(crate) head: Head,
    bytes: B,
    /// Buckets whose prefixes have been seen to have the head's digest: absence is shown by the whole bucket.
    whole: Vec<AtomicBool>,
}

impl<B: AsRef<[u8]>> Store<B> {
    /// Read and check the head; the body is looked at only where a proof needs it.
    pub fn open(bytes: B) -> Result<Self> {
        let head = Head::decode(bytes.as_ref())?;
        let whole = head.digests.iter().map(|_| AtomicBool::new(false)).collect();
        Ok(Self { head, bytes, whole })
    }

    /// What the head says.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// All pieces of an account's balance with their paths, verified against the head's root; None when the account
    /// has no leaf. The wrong key is `key-mismatch`, a store that contradicts itself `store-damaged`.
    pub fn prove(&self, snapshot_key: &[u8], account_id: &[u8]) -> Result<Option<Vec<Piece>>> {
        verify::check_account_id(account_id)?;
        let Head { rule, .. } = &self.head;
        let key = self.key(snapshot_key)?;
        let Some(first) = self.find(&key, 0, account_id)? else {
            return Ok(None);
        };
        let mut pieces = vec![first];
        if rule.pieces > 1 {
            // whether it was split is told by the second piece; either way the pieces must be those of their sum
            for number in 1..rule.pieces {
                match self.find(&key, number, account_id)? {
                    Some(piece) => pieces.push(piece),
                    None if number == 1 => break,
                    None => return Err(self.damaged()),
                }
            }
        }
        let row = self.row();
        let balance = verify::check_shape(&pieces, &row).map_err(|_| self.damaged())?;
        let mut wanted = Vec::new();
        rule.split(&key, account_id, balance, &mut wanted);
        if !pieces.iter().map(|piece| piece.amount).eq(wanted) {
            return Err(self.damaged());
        }
        for piece in &pieces {
            verify::check_piece(piece, &row, account_id).map_err(|_| self.damaged())?;
        }
        Ok(Some(pieces))
    }

    /// The asset's key, if it is the one that the store was built with.
    pub fn key(&self, snapshot_key: &[u8]) -> Result<Key> {
        let code = &self.head.asset;
        let key = asset_key(snapshot_key, code)?;
        if key.check_value() != self.head.key_check {
            return refuse(Code::KeyMismatch, format!("{code}: the store was built with another snapshot key"));
        }
        Ok(key)
    }

    /// The statement's row for this tree.
    fn row(&self) -> AssetRow {
        let Head { asset, rule, layout, root, .. } = &self.head;
        AssetRow {
            asset: asset.clone(),
            count: layout.count,
            total: root.sum,
            root: root.hash,
            pieces: rule.pieces,
            split_above: rule.above,
        }
    }

    /// The leaf of one piece by its place; None when there is none, and the bucket's digest says so too.
    fn find(&self, key: &Key, piece: u32, account_id: &[u8]) -> Result<Option<Piece>> {
        let secrets = key.secrets(piece, account_id);
        let Some(index) = self.search((secrets.place >> 64) as u64)? else {
            return Ok(None);
        };
        let leaf = self.leaf(index);
        if leaf.hash != hash::leaf(&secrets.nonce, leaf.sum, account_id) {
            return Err(self.damaged());
        }
        let path = shape::path(index, self.head.layout.count)
            .map(|step| self.node(step.level, step.sibling))
            .collect::<Result<_>>()?;
        Ok(Some(Piece { amount: leaf.sum, nonce: secrets.nonce, index, path }))
    }

    /// The index of the leaf whose place begins with `prefix`; None when there is none, and the bucket's digest says
    /// so too.
    pub(crate) fn search(&self, prefix: u64) -> Result<Option<u64>> {
        let bucket = if self.whole.len() == 1 { 0 } else { (prefix >> 56) as usize };
        let prefixes = self.prefixes(bucket);
        let at = position(prefixes, prefix, if self.whole.len() == 1 { prefix } else { prefix << 8 });
        if prefixes[8 * at..].starts_with(&prefix.to_be_bytes()) {
            return Ok(Some(self.head.firsts[bucket] + at as u64));
        }
        self.check_prefixes(bucket)?;
        Ok(None)
    }

    /// The prefixes of a bucket, ascending.
    fn prefixes(&self, bucket: usize) -> &[u8] {
        let (first, end) = (self.head.firsts[bucket], self.head.firsts[bucket + 1]);
        self.slice(self.head.layout.prefix(first), 8 * (end - first) as usize)
    }

    /// Compare a bucket's prefixes with the head's digest; once is enough.
    pub(crate) fn check_prefixes(&self, bucket: usize) -> Result<()> {
        if !self.whole[bucket].load(Ordering::Relaxed) {
            if store::digest(self.prefixes(bucket)) != self.head.digests[bucket] {
                return Err(self.damaged());
            }
            self.whole[bucket].store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A leaf: its hash and its amount.
    pub(crate) fn leaf(&self, index: u64) -> Node {
        let Head { layout, .. } = &self.head;
        let amount = self.slice(layout.amount(index), layout.amount_width);
        let sum = amount.iter().fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        Node { hash: array(self.slice(layout.leaf(index), 32)), sum }
    }

    /// Any node of the tree.
    pub(crate) fn node(&self, level: u32, index: u64) -> Result<Node> {
        let layout = &self.head.layout;
        if level >= STORED_LEVEL {
            return Ok(Node::decode(&array(self.slice(layout.node(level, index), Node::SIZE))));
        }
        let span = index << level..((index + 1) << level).min(layout.count);
        let mut leaves = span.map(|index| self.leaf(index)).collect();
        let range = reduce(0, &mut leaves, &mut Batch::default(), &mut |_, _, _| Ok(()));
        range.and_then(|range| range.close(&mut |_| ())).map_err(|_| self.damaged())
    }

    /// Nodes of one level, [`Node::encode`]d one after the other; `argument-malformed` when the tree has no such.
    pub fn nodes(&self, level: u32, first: u64, count: u64) -> Result<Vec<u8>> {
        let layout = &self.head.layout;
        let width = if level > shape::height(layout.count) { 0 } else { shape::width(layout.count, level) };
        match first.checked_add(count) {
            Some(end) if end <= width => {}
            _ => return refuse(Code::ArgumentMalformed, "the tree has no such nodes"),
        }
        if count == 0 {
            return Ok(Vec::new());
        }
        if layout.stores(level) {
            return Ok(self.slice(layout.node(level, first), count as usize * Node::SIZE).to_vec());
        }
        if level >= STORED_LEVEL {
            return Ok(self.head.root.encode().to_vec());
        }
        let mut out = Vec::with_capacity(count as usize * Node::SIZE);
        for index in first..first + count {
            out.extend_from_slice(&self.node(level, index)?.encode());
        }
        Ok(out)
    }

    /// The head has fixed the length, so positions that come from the layout are inside.
    pub(crate) fn slice(&self, at: u64, length: usize) -> &[u8] {
        &self.bytes.as_ref()[at as usize..][..length]
    }

    pub(crate) fn damaged(&self) -> Error {
        Error::new(Code::StoreDamaged, format!("{}: the store contradicts itself", self.head.asset))
    }
}

/// How many of the ascending prefixes are less than the one wanted. Prefixes are spread evenly, so the search starts
/// where `spread` (the wanted one as a fraction of 2^64 of the bucket) points: few jumps, most within one page.
fn position(prefixes: &[u8], wanted: u64, spread: u64) -> usize {
    let count = prefixes.len() / 8;
    let less = |at: usize| u64::from_be_bytes(array(&prefixes[8 * at..8 * at + 8])) < wanted;
    let guess = ((spread as u128 * count as u128) >> 64) as usize;
    // low..high holds the answer: everything before low is less, nothing from high on is
    let (mut low, mut high) = (0, count);
    let mut step = 32;
    if guess < count && less(guess) {
        low = guess + 1;
        while low + step < high {
            if !less(low + step) {
                high = low + step;
                break;
            }
            low += step + 1;
            step *= 2;
        }
    } else if guess < count {
        high = guess;
        while step < high {
            if less(high - step) {
                low = high - step + 1;
                break;
            }
            high -= step;
            step *= 2;
        }
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if less(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_a_plain_search() {
        let mut seed = 1u64;
        for count in (0..200).chain([1000, 5000]) {
            let mut values: Vec<u64> = (0..count)
                .map(|i: u64| {
                    seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    if count % 3 == 0 { seed >> (i % 60) } else { seed }
                })
                .collect();
            values.sort_unstable();
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
            for wanted in values.iter().flat_map(|value| [value.saturating_sub(1), *value, value.saturating_add(1)]) {
                let expected = values.partition_point(|value| *value < wanted);
                for spread in [wanted, 0, u64::MAX, !wanted] {
                    assert_eq!(position(&bytes, wanted, spread), expected);
                }
            }
        }
    }
}
