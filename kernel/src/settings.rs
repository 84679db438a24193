//! What a build is told before the first row: the assets with their keys and rules, and how to judge rows.

use crate::derive::{Key, asset_key};
use crate::document::check_asset;
use crate::error::{Code, Result, refuse};
use crate::split::Rule;

/// One asset of the snapshot.
#[derive(Clone)]
pub struct Asset {
    /// Its code, class included.
    pub code: String,
    /// Decimals of the ledger's amounts.
    pub decimals: u32,
    /// How its balances are split.
    pub rule: Rule,
    /// Its HMAC key of this snapshot.
    pub key: Key,
}

impl Asset {
    /// Check the code and the rule, and derive the key.
    pub fn new(code: &str, decimals: u32, rule: Rule, snapshot_key: &[u8]) -> Result<Self> {
        check_asset(code, "assets")?;
        if decimals > crate::amounts::MAX_DECIMALS {
            return refuse(Code::ArgumentMalformed, format!("{code}: more than 77 decimals"));
        }
        Ok(Self { code: code.to_string(), decimals, rule, key: asset_key(snapshot_key, code)? })
    }
}

/// What a build does with the ledger.
pub struct Settings {
    /// Ascending by code.
    pub assets: Vec<Asset>,
    /// Leave rows below zero out and count them, instead of refusing them.
    pub exclude_negative: bool,
    /// Add rows of one account and asset up, instead of refusing them.
    pub sum_duplicates: bool,
}

impl Settings {
    /// Sort the assets; each code once.
    pub fn new(mut assets: Vec<Asset>, exclude_negative: bool, sum_duplicates: bool) -> Result<Self> {
        assets.sort_by(|a, b| a.code.cmp(&b.code));
        if let Some(pair) = assets.windows(2).find(|pair| pair[0].code == pair[1].code) {
            return refuse(Code::ArgumentMalformed, format!("{} stands twice among the assets", pair[0].code));
        }
        Ok(Self { assets, exclude_negative, sum_duplicates })
    }

    /// The number of an asset by its code.
    pub fn find(&self, code: &[u8]) -> Option<usize> {
        self.assets.binary_search_by(|asset| asset.code.as_bytes().cmp(code)).ok()
    }
}

/// Bytes below which a thread is not worth having.
const EACH_THREAD: u64 = 16 << 20;

/// How much memory collected rows and the work on them may take, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Rows that a collector holds before it writes them out.
    pub collected: usize,
    /// Rows that a thread sorts at a time.
    pub sorted: usize,
}

impl Memory {
    /// No bound: everything stays in memory.
    pub const NONE: Self = Self { collected: usize::MAX, sorted: usize::MAX };

    /// How many of the threads asked for a bound of `memory` bytes suffices for: with less for each of them, rows are
    /// written out in scraps, and reading them again takes longer than the threads save.
    pub fn threads(memory: u64, asked: usize) -> usize {
        asked.min(usize::try_from(memory / EACH_THREAD).unwrap_or(usize::MAX)).max(1)
    }

    /// Share `memory` out over the threads: waiting rows (where rows are added up), leaves and sorting have equal parts.
    pub fn new(memory: u64, threads: usize, sum_duplicates: bool) -> Self {
        let parts = if sum_duplicates { 3 } else { 2 };
        let part = usize::try_from(memory).unwrap_or(usize::MAX) / parts / threads.max(1);
        Self { collected: part, sorted: part }
    }
}
