//! Rows that do not fit into memory: written out in runs, one segment for each asset and bucket, and read again
//! segment by segment. The files have no names and go with their last handle.

use std::sync::Arc;

use crate::error::{Code, Error, Result};
use crate::leaf::{Bucket, Leaf, Waiting};
use crate::store::array;

/// Where runs are written; the pure crate opens no files.
pub trait Disk: Send + Sync {
    /// A new file that nobody else sees.
    fn create(&self) -> Result<Box<dyn Scrap>>;
}

/// A file that is written once and read in parts.
pub trait Scrap: Send + Sync {
    /// Write at an offset.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()>;
    /// Fill `into` from an offset.
    fn read(&self, at: u64, into: &mut [u8]) -> Result<()>;
}

/// Bytes that are written or read at a time.
const CHUNK: usize = 1 << 20;

/// Tells damage to records (not malice: nobody else has these files). FNV-1a over words instead of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checksum(pub u64);

impl Default for Checksum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    /// Take in a whole record.
    pub fn update(&mut self, record: &[u8]) {
        let mut mix = |word: u64| self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
        let words = record.chunks_exact(8);
        let rest = words.remainder();
        words.for_each(|word| mix(u64::from_le_bytes(array(word))));
        rest.iter().for_each(|byte| mix(u64::from(*byte)));
    }
}

/// Records of one asset and bucket within a file.
#[derive(Clone)]
pub struct Segment {
    /// The file.
    pub file: Arc<dyn Scrap>,
    /// Where the records begin.
    pub at: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many records.
    pub count: u64,
    /// Over all of them.
    pub checksum: Checksum,
}

/// One thread's file of runs.
pub struct Spill {
    file: Arc<dyn Scrap>,
    end: u64,
    buffer: Vec<u8>,
    found: Vec<(usize, usize, Segment)>,
}

impl Spill {
    /// A spill without rows.
    pub fn new(disk: &dyn Disk) -> Result<Self> {
        Ok(Self { file: disk.create()?.into(), end: 0, buffer: Vec::new(), found: Vec::new() })
    }

    /// Write a bucket's rows out as a segment; the bucket is used up.
    pub fn take(&mut self, asset: usize, number: usize, bucket: Bucket) -> Result<()> {
        let at = self.end + self.buffer.len() as u64;
        let count = bucket.len() + bucket.waiting.len() as u64;
        let mut checksum = Checksum::default();
        for leaf in bucket.leaves() {
            let start = self.buffer.len();
            leaf.write(&mut self.buffer);
            checksum.update(&self.buffer[start..]);
            self.flush(CHUNK)?;
        }
        for row in &bucket.waiting {
            let start = self.buffer.len();
            row.write(&bucket.ids, &mut self.buffer);
            checksum.update(&self.buffer[start..]);
            self.flush(CHUNK)?;
        }
        let bytes = self.end + self.buffer.len() as u64 - at;
        self.found.push((asset, number, Segment { file: self.file.clone(), at, bytes, count, checksum }));
        Ok(())
    }

    /// Write the buffer out when it holds `enough`.
    fn flush(&mut self, enough: usize) -> Result<()> {
        if self.buffer.len() >= enough {
            self.file.write(self.end, &self.buffer)?;
            self.end += self.buffer.len() as u64;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Every segment with its asset and bucket.
    pub fn finish(mut self) -> Result<Vec<(usize, usize, Segment)>> {
        self.flush(1)?;
        Ok(self.found)
    }
}

impl Segment {
    /// Visit the leaves of a segment; `bytes` is memory to use. Damage is told after the visits.
    pub fn leaves(&self, bytes: &mut Vec<u8>, mut visit: impl FnMut(Leaf)) -> Result<()> {
        const WHOLE: usize = CHUNK / Leaf::SIZE * Leaf::SIZE;
        let (mut done, mut checksum) = (0, Checksum::default());
        while done < self.bytes {
            bytes.resize(WHOLE.min((self.bytes - done) as usize), 0);
            self.file.read(self.at + done, bytes)?;
            for record in bytes.chunks_exact(Leaf::SIZE) {
                checksum.update(record);
                visit(Leaf::read(&array(record)));
            }
            done += bytes.len() as u64;
        }
        self.compare(checksum, self.count * Leaf::SIZE as u64 == self.bytes)
    }

    /// Visit the waiting rows of a segment with their ids.
    pub fn waiting(&self, bytes: &mut Vec<u8>, mut visit: impl FnMut(Waiting, &[u8])) -> Result<()> {
        let (mut done, mut rest, mut id, mut checksum) = (0, 0, Vec::new(), Checksum::default());
        bytes.clear();
        while done < self.bytes {
            let now = CHUNK.min((self.bytes - done) as usize);
            bytes.resize(rest + now, 0);
            self.file.read(self.at + done, &mut bytes[rest..])?;
            done += now as u64;
            let mut at = 0;
            while let Some((row, length)) = Waiting::read(&bytes[at..], &mut id) {
                checksum.update(&bytes[at..at + length]);
                visit(row, &id[row.id_at..]);
                id.clear();
                at += length;
            }
            bytes.drain(..at);
            rest = bytes.len();
        }
        self.compare(checksum, rest == 0)
    }

    fn compare(&self, checksum: Checksum, whole: bool) -> Result<()> {
        if whole && checksum == self.checksum {
            return Ok(());
        }
        Err(Error::new(Code::FileDamaged, "rows that were written out do not come back as they were"))
    }
}
