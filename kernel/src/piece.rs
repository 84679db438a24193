//! A piece of a store as a file: what one range of leaves writes, and what is needed to merge it with its neighbours.
//!
//! ```text
//!    0 16   "POR-PART", version (4), zero (4)
//!   16      writes: offset in the store (8), length (8), bytes
//!           tail: PieceTail's fields (below), SHA-256 of them (32), their length with the digest (8)
//! ```

use std::sync::Mutex;

use crate::compact::{Node, Placed, Range};
use crate::error::{Code, Error, Result};
use crate::hash;
use crate::parallel::lock;
use crate::shape::MAX_COUNT;
use crate::sorted::Sheet;
use crate::spill::{Checksum, Scrap};
use crate::store::{Layout, array};

const HEAD: [u8; 16] = *b"POR-PART\0\0\0\x01\0\0\0\0";

/// Bytes that are copied at a time: a multiple of the checksum's words.
const CHUNK: usize = 1 << 20;

/// Most nodes that a compact range can have: two for each level.
const MOST_NODES: u64 = 128;

/// What merging needs to know of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PieceTail {
    /// The asset's code.
    pub asset: String,
    /// Tells whose key placed the leaves.
    pub key_check: [u8; 16],
    /// Of the whole store.
    pub layout: Layout,
    /// First bucket, and one past the last.
    pub span: (u64, u64),
    /// The leaves as a compact range.
    pub range: Range,
    /// First leaf of each pile.
    pub firsts: Vec<u64>,
    /// Digest of each pile's prefixes.
    pub digests: Vec<[u8; 32]>,
    /// Where the writes end, and their checksum.
    pub writes: (u64, Checksum),
}

/// Takes the writes to a store down, to be done later.
pub struct Notes<'a> {
    file: &'a dyn Sheet,
    state: Mutex<(u64, Checksum)>,
}

impl<'a> Notes<'a> {
    /// Begin a piece in an empty file.
    pub fn new(file: &'a dyn Sheet) -> Result<Self> {
        file.write(0, &HEAD)?;
        Ok(Self { file, state: Mutex::new((HEAD.len() as u64, Checksum::default())) })
    }

    /// Where the writes end, and their checksum.
    pub fn end(&self) -> (u64, Checksum) {
        *lock(&self.state)
    }
}

impl Sheet for Notes<'_> {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        let mut state = lock(&self.state);
        let head = [at.to_be_bytes(), (bytes.len() as u64).to_be_bytes()].concat();
        self.file.write(state.0, &head)?;
        self.file.write(state.0 + 16, bytes)?;
        state.0 += 16 + bytes.len() as u64;
        state.1.update(&head);
        state.1.update(bytes);
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        self.file.finish()
    }
}

fn damaged() -> Error {
    Error::new(Code::FileDamaged, "the piece of a store is damaged or none of ours")
}

impl PieceTail {
    /// The bytes that stand after the writes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.asset.len() as u8];
        out.extend(self.asset.as_bytes());
        out.extend(self.key_check);
        let Range { begin, end, nodes } = &self.range;
        let (width, piles) = (self.layout.amount_width as u64, self.digests.len() as u64);
        for number in [self.layout.count, width, self.span.0, self.span.1, *begin, *end, nodes.len() as u64, piles] {
            out.extend(number.to_be_bytes());
        }
        for Placed { level, index, node } in nodes {
            out.extend(level.to_be_bytes());
            out.extend(index.to_be_bytes());
            out.extend(node.encode());
        }
        self.firsts.iter().for_each(|first| out.extend(first.to_be_bytes()));
        self.digests.iter().for_each(|digest| out.extend(digest));
        out.extend(self.writes.0.to_be_bytes());
        out.extend(self.writes.1.0.to_be_bytes());
        out.extend(hash::digest(&out));
        out.extend((out.len() as u64).to_be_bytes());
        out
    }

    /// Read the tail of a file of `size` bytes.
    pub fn read(file: &dyn Scrap, size: u64) -> Result<Self> {
        let mut head = [0; HEAD.len()];
        let mut length = [0; 8];
        if size < 24 {
            return Err(damaged());
        }
        file.read(0, &mut head)?;
        file.read(size - 8, &mut length)?;
        let length = u64::from_be_bytes(length);
        if head != HEAD || !(32..=1 << 20).contains(&length) || length > size - 24 {
            return Err(damaged());
        }
        let mut tail = vec![0; length as usize];
        file.read(size - 8 - length, &mut tail)?;
        let (fields, digest) = tail.split_at(tail.len() - 32);
        if hash::digest(fields) != digest {
            return Err(damaged());
        }
        let tail = Fields(fields).tail().ok_or_else(damaged)?;
        if tail.writes.0 != size - 8 - length {
            return Err(damaged());
        }
        Ok(tail)
    }

    /// Do the writes of `file` in a store of `size` bytes.
    pub fn apply(&self, file: &dyn Scrap, size: u64, sheet: &dyn Sheet) -> Result<()> {
        let (mut at, mut checksum, mut bytes) = (HEAD.len() as u64, Checksum::default(), Vec::new());
        while at < self.writes.0 {
            let mut head = [0; 16];
            file.read(at, &mut head)?;
            checksum.update(&head);
            let (to, length) = (u64::from_be_bytes(array(&head[..8])), u64::from_be_bytes(array(&head[8..])));
            let fits = to.checked_add(length).is_some_and(|end| end <= size) && length <= self.writes.0 - at - 16;
            if !fits {
                return Err(damaged());
            }
            for done in (0..length).step_by(CHUNK) {
                bytes.resize(CHUNK.min((length - done) as usize), 0);
                file.read(at + 16 + done, &mut bytes)?;
                checksum.update(&bytes);
                sheet.write(to + done, &bytes)?;
            }
            at += 16 + length;
        }
        if at == self.writes.0 && checksum == self.writes.1 { Ok(()) } else { Err(damaged()) }
    }
}

/// Reads fields one after the other; None when there are too few.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N).map(array)
    }

    fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    fn placed(&mut self) -> Option<Placed> {
        let level = u32::from_be_bytes(self.array()?);
        Some(Placed { level, index: self.number()?, node: Node::decode(&self.array()?) })
    }

    fn tail(mut self) -> Option<PieceTail> {
        let length = self.array::<1>()?[0];
        let asset = std::str::from_utf8(self.bytes(length.into())?).ok()?.to_string();
        let key_check = self.array()?;
        let (count, width, span) = (self.number()?, self.number()?, (self.number()?, self.number()?));
        let (begin, end, nodes, piles) = (self.number()?, self.number()?, self.number()?, self.number()?);
        if nodes > MOST_NODES || piles > 256 || count >= MAX_COUNT || ![8, 16].contains(&width) {
            return None;
        }
        let nodes = (0..nodes).map(|_| self.placed()).collect::<Option<_>>()?;
        let firsts = (0..piles).map(|_| self.number()).collect::<Option<_>>()?;
        let digests = (0..piles).map(|_| self.array()).collect::<Option<_>>()?;
        let writes = (self.number()?, Checksum(self.number()?));
        let layout = Layout { count, amount_width: width as usize };
        let range = Range { begin, end, nodes };
        self.0.is_empty().then_some(PieceTail { asset, key_check, layout, span, range, firsts, digests, writes })
    }
}
