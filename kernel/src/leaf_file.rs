//! Placed leaves as a file that another process reduces: those of one asset whose places lie in one span of buckets.
//!
//! It is private to the exchange, like the store. Big-endian, records as in [`crate::leaf`].
//!
//! ```text
//!    0  8   "POR-LEAF"              80 16   key check value (derive.rs)
//!    8  4   version, 1              96 16   largest amount
//!   12  2   first bucket           112      table: for each bucket its count (8) and its records' checksum (8)
//!   14  2   one past the last           32  SHA-256 of everything before
//!   16  1   length of the code              then the records (72 bytes each), bucket by bucket
//!   17 63   asset code, zero-padded
//! ```

use std::sync::Arc;

use crate::collect::BUCKETS;
use crate::error::{Code, Error, Result, refuse};
use crate::hash;
use crate::leaf::Leaf;
use crate::settings::Asset;
use crate::sorted::Sheet;
use crate::spill::{Checksum, Scrap, Segment};
use crate::stock::Pile;
use crate::store::array;

const MAGIC: &[u8; 8] = b"POR-LEAF";
const VERSION: u32 = 1;
const FIXED: usize = 112;

/// Bytes that are written at a time.
const CHUNK: usize = 1 << 20;

/// What the file's head says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafHead {
    /// The asset's code.
    pub asset: String,
    /// First bucket, and one past the last.
    pub span: (usize, usize),
    /// Tells whose key placed them.
    pub key_check: [u8; 16],
    /// Largest amount.
    pub largest: u128,
    /// Leaves and checksum of each bucket.
    pub table: Vec<(u64, Checksum)>,
}

/// Write the leaves of neighbouring piles, one for each bucket of the span.
pub fn write_leaves(asset: &Asset, piles: &[Pile], sheet: &dyn Sheet) -> Result<LeafHead> {
    let span = (piles.first().map_or(0, |pile| pile.span.0), piles.last().map_or(0, |pile| pile.span.1));
    let mut head = LeafHead {
        asset: asset.code.clone(),
        span,
        key_check: asset.key.check_value(),
        largest: 0,
        table: vec![(0, Checksum::default()); piles.len()],
    };
    let (mut at, mut buffer, mut bytes, mut loaded) = (head.size(), Vec::new(), Vec::new(), Vec::new());
    for (pile, (count, checksum)) in piles.iter().zip(&mut head.table) {
        let all = pile.part(0, 1);
        pile.load(all, &mut bytes, &mut loaded)?;
        for leaf in pile.leaves(all, &loaded) {
            let start = buffer.len();
            leaf.write(&mut buffer);
            checksum.update(&buffer[start..]);
            *count += 1;
            head.largest = head.largest.max(leaf.amount());
            if buffer.len() >= CHUNK {
                sheet.write(at, &buffer)?;
                at += buffer.len() as u64;
                buffer.clear();
            }
        }
    }
    sheet.write(at, &buffer)?;
    sheet.write(0, &head.encode())?;
    sheet.finish()?;
    Ok(head)
}

impl LeafHead {
    /// How many leaves there are.
    pub fn count(&self) -> u64 {
        self.table.iter().map(|(count, _)| count).sum()
    }

    fn size(&self) -> u64 {
        (FIXED + 16 * self.table.len() + 32) as u64
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = vec![0; FIXED];
        out[..8].copy_from_slice(MAGIC);
        out[8..12].copy_from_slice(&VERSION.to_be_bytes());
        out[12..14].copy_from_slice(&(self.span.0 as u16).to_be_bytes());
        out[14..16].copy_from_slice(&(self.span.1 as u16).to_be_bytes());
        out[16] = self.asset.len() as u8;
        out[17..17 + self.asset.len()].copy_from_slice(self.asset.as_bytes());
        out[80..96].copy_from_slice(&self.key_check);
        out[96..112].copy_from_slice(&self.largest.to_be_bytes());
        for (count, Checksum(sum)) in &self.table {
            out.extend(count.to_be_bytes());
            out.extend(sum.to_be_bytes());
        }
        out.extend(hash::digest(&out));
        out
    }

    /// Read the head of a file of `size` bytes; what is cut short or changed is `file-damaged`.
    pub fn read(file: &dyn Scrap, size: u64) -> Result<Self> {
        let damaged = || Error::new(Code::FileDamaged, "the file of leaves is damaged or none of ours");
        let mut fixed = [0; FIXED];
        if size < FIXED as u64 {
            return Err(damaged());
        }
        file.read(0, &mut fixed)?;
        let number = |at: usize| usize::from(u16::from_be_bytes(array(&fixed[at..at + 2])));
        let span = (number(12), number(14));
        if &fixed[..8] != MAGIC || fixed[8..12] != VERSION.to_be_bytes() || span.0 > span.1 || span.1 > BUCKETS {
            return Err(damaged());
        }
        let code = fixed[17..80].get(..fixed[16].into()).and_then(|code| std::str::from_utf8(code).ok());
        let mut head = Self {
            asset: code.ok_or_else(damaged)?.to_string(),
            span,
            key_check: array(&fixed[80..96]),
            largest: u128::from_be_bytes(array(&fixed[96..112])),
            table: vec![(0, Checksum::default()); span.1 - span.0],
        };
        if head.size() > size {
            return Err(damaged());
        }
        let mut rest = vec![0; head.size() as usize - FIXED];
        file.read(FIXED as u64, &mut rest)?;
        for (entry, bytes) in head.table.iter_mut().zip(rest.chunks_exact(16)) {
            *entry = (u64::from_be_bytes(array(&bytes[..8])), Checksum(u64::from_be_bytes(array(&bytes[8..]))));
        }
        let records = head.table.iter().try_fold(0u64, |sum, (count, _)| sum.checked_add(*count));
        let records = records.and_then(|count| count.checked_mul(Leaf::SIZE as u64));
        if head.encode() != [&fixed[..], &rest].concat()
            || records.and_then(|bytes| bytes.checked_add(head.size())) != Some(size)
        {
            return Err(damaged());
        }
        Ok(head)
    }

    /// Check that the leaves were placed for `asset` with the same key.
    pub fn belongs_to(&self, asset: &Asset) -> Result<()> {
        if self.asset != asset.code {
            return refuse(Code::ArgumentMalformed, format!("leaves of {}, not of {}", self.asset, asset.code));
        }
        if self.key_check != asset.key.check_value() {
            return refuse(Code::KeyMismatch, format!("{}: leaves placed with another snapshot key", self.asset));
        }
        Ok(())
    }

    /// The records of one bucket in `file`, if the file's span has it.
    pub fn segment(&self, file: &Arc<dyn Scrap>, bucket: usize) -> Option<Segment> {
        let number = bucket.checked_sub(self.span.0)?;
        let (count, checksum) = *self.table.get(number)?;
        let before: u64 = self.table[..number].iter().map(|(count, _)| count).sum();
        let at = self.size() + before * Leaf::SIZE as u64;
        Some(Segment { file: file.clone(), at, bytes: count * Leaf::SIZE as u64, count, checksum })
    }
}
