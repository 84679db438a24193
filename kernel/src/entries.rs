//! The `entries` of many por-proof/1 documents, in the bytes of RFC 8785.

use std::io::Write;

use crate::bulk::{Ids, Located, Paths, Scratch, TOGETHER};
use crate::derive::Key;
use crate::error::Result;
use crate::parallel::{in_parallel, lock};
use crate::prove::Store;

/// The entries of neighbouring accounts: bytes of one after the other, and where each ends.
#[derive(Default, Clone)]
pub struct Lot {
    /// `[{"asset":…,"pieces":[…]},…]` of each account; `[]` where it has no leaf.
    pub bytes: Vec<u8>,
    /// One for each account.
    pub ends: Vec<usize>,
}

/// One store's share of a lot.
#[derive(Default)]
struct Share {
    found: Vec<Located>,
    paths: Paths,
    written: usize,
}

/// Prove every account in every store (ascending by asset); lots in the order of the accounts.
pub fn prove_many<B: AsRef<[u8]> + Sync>(
    stores: &[&Store<B>],
    snapshot_key: &[u8],
    ids: &Ids,
    threads: usize,
) -> Result<Vec<Lot>> {
    let keys: Vec<Key> = stores.iter().map(|store| store.key(snapshot_key)).collect::<Result<_>>()?;
    let lots: Vec<usize> = (0..ids.len().div_ceil(TOGETHER)).collect();
    let made = std::sync::Mutex::new(vec![Lot::default(); lots.len()]);
    let scratch = || (Scratch::default(), stores.iter().map(|_| Share::default()).collect::<Vec<_>>());
    in_parallel(threads, &lots, scratch, |lot, (scratch, shares)| {
        let positions = lot * TOGETHER..((lot + 1) * TOGETHER).min(ids.len());
        for ((store, key), share) in stores.iter().zip(&keys).zip(&mut *shares) {
            share.written = 0;
            store.locate(key, ids, positions.clone(), scratch, &mut share.found)?;
            store.paths(&share.found, scratch, &mut share.paths)?;
        }
        let mut out = Lot::default();
        for position in positions {
            out.bytes.push(b'[');
            for (store, share) in stores.iter().zip(&mut *shares) {
                share.entry(&store.head().asset, position, &mut out.bytes);
            }
            out.bytes.push(b']');
            out.ends.push(out.bytes.len());
        }
        lock(&made)[*lot] = out;
        Ok(())
    })?;
    Ok(made.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

impl Share {
    /// Write the entry of the account at `position`, if it has one.
    fn entry(&mut self, asset: &str, position: usize, out: &mut Vec<u8>) {
        let first = self.written;
        while let Some(located) = self.found.get(self.written).filter(|located| located.position == position) {
            if self.written > first {
                out.push(b',');
            } else {
                if out.last() != Some(&b'[') {
                    out.push(b',');
                }
                out.extend_from_slice(b"{\"asset\":\"");
                out.extend_from_slice(asset.as_bytes());
                out.extend_from_slice(b"\",\"pieces\":[");
            }
            out.extend_from_slice(b"{\"amount\":\"");
            decimal(located.amount, out);
            out.extend_from_slice(b"\",\"index\":");
            decimal(located.index.into(), out);
            out.extend_from_slice(b",\"nonce\":\"");
            hex(&located.nonce, out);
            out.extend_from_slice(b"\",\"path\":[");
            for (i, node) in self.paths.get(self.written).iter().enumerate() {
                out.extend_from_slice(if i == 0 { b"{\"hash\":\"" } else { b",{\"hash\":\"" });
                hex(&node.hash, out);
                out.extend_from_slice(b"\",\"sum\":\"");
                decimal(node.sum, out);
                out.extend_from_slice(b"\"}");
            }
            out.extend_from_slice(b"]}");
            self.written += 1;
        }
        if self.written > first {
            out.extend_from_slice(b"]}");
        }
    }
}

fn hex<const N: usize>(bytes: &[u8; N], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let start = out.len();
    out.resize(start + 2 * N, 0);
    for (pair, byte) in out[start..].chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

fn decimal(value: u128, out: &mut Vec<u8>) {
    // most sums fit 64 bits, which are shown several times faster; writing to a Vec cannot fail
    let _ = match u64::try_from(value) {
        Ok(small) => write!(out, "{small}"),
        Err(_) => write!(out, "{value}"),
    };
}
