//! Rows of a ledger to leaves, each in the bucket of its place. One collector a thread; what they hold is put together
//! in [`crate::build`], and the order in which rows came leaves no trace.

use std::sync::Arc;

use crate::amounts::Signed;
use crate::derive::{Key, Secrets, asset_key};
use crate::document::check_asset;
use crate::error::{Code, Result, refuse};
use crate::faults::Faults;
use crate::hash::{self, BLOCK, Batch, START, bytes};
use crate::split::Rule;
use crate::verify::is_account_id;

/// Leaves are shared out by the first byte of their place, so that each bucket is sorted within the cache.
pub const BUCKETS: usize = 256;

/// Rows that are hashed together.
const ROWS: usize = 256;

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

/// A row that has been read: whose, which asset, how much, and its number in the ledger.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Number in [`Settings::assets`].
    pub asset: usize,
    /// The account id as typed.
    pub account_id: &'a [u8],
    /// Base units.
    pub amount: u128,
    /// 1-based, the header not counted.
    pub number: u64,
}

/// A leaf on its way into the tree. 72 bytes: halves instead of u128, whose alignment would cost 8 more.
#[derive(Clone, Copy)]
pub struct Leaf {
    place: [u64; 2],
    amount: [u64; 2],
    /// The leaf's hash.
    pub hash: [u8; 32],
    /// The ledger row it came from.
    pub row: u64,
}

impl Leaf {
    /// Where it stands.
    pub fn place(&self) -> u128 {
        join(self.place)
    }

    /// The first eight bytes of its place.
    pub fn prefix(&self) -> u64 {
        self.place[0]
    }

    /// Base units.
    pub fn amount(&self) -> u128 {
        join(self.amount)
    }
}

fn join([high, low]: [u64; 2]) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

fn halves(value: u128) -> [u64; 2] {
    [(value >> 64) as u64, value as u64]
}

/// A row that waits for others of its account; the id lies in the bucket's `ids`.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    pub place: u128,
    pub amount: u128,
    pub number: u64,
    pub id_at: usize,
    pub id_len: usize,
}

/// Leaves (or waiting rows) whose places share a first byte. Blocks of fixed size: nothing is copied on growth, and the
/// one being filled is held here, one jump nearer.
#[derive(Default)]
pub struct Bucket {
    last: Vec<Leaf>,
    full: Vec<Vec<Leaf>>,
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) ids: Vec<u8>,
}

impl Bucket {
    const SMALLEST: usize = 8;
    const LARGEST: usize = 1024;

    fn push(&mut self, leaf: Leaf) {
        if self.last.len() == self.last.capacity() {
            let room = (2 * self.last.len()).clamp(Self::SMALLEST, Self::LARGEST);
            let full = std::mem::replace(&mut self.last, Vec::with_capacity(room));
            if !full.is_empty() {
                self.full.push(full);
            }
        }
        self.last.push(leaf);
    }

    /// The leaves, in the order of their coming.
    pub fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        self.full.iter().flatten().chain(&self.last)
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        (self.full.iter().map(Vec::len).sum::<usize>() + self.last.len()) as u64
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }
}

/// What one asset has collected.
#[derive(Default)]
pub struct Shelf {
    /// Empty or [`BUCKETS`] many.
    pub buckets: Vec<Bucket>,
    /// The largest leaf, for the store's field width.
    pub largest: u128,
    /// Rows below zero that were left out.
    pub excluded_rows: u64,
    /// Their magnitude, base units.
    pub excluded_amount: u128,
}

impl Shelf {
    pub(crate) fn bucket(&mut self, place: u128) -> &mut Bucket {
        if self.buckets.is_empty() {
            self.buckets.resize_with(BUCKETS, Bucket::default);
        }
        &mut self.buckets[(place >> 120) as usize]
    }
}

/// One thread's part of the work.
pub struct Collector {
    settings: Arc<Settings>,
    /// One for each asset.
    pub shelves: Vec<Shelf>,
    /// What is wrong with the rows seen.
    pub faults: Faults,
    scratch: Scratch,
}

#[derive(Default)]
struct Scratch {
    batch: Batch,
    outer: Batch,
    pieces: Vec<u128>,
    secrets: Vec<Secrets>,
    jobs: Vec<(usize, u32, u128)>, // row within the batch, piece, amount
}

/// What is wrong with an amount that could not be read. The amount itself is not repeated: it is somebody's balance.
fn amount_fault(code: Code) -> &'static str {
    match code {
        Code::AmountNull => "no amount",
        Code::AmountTooFine => "the amount has more decimals than its asset",
        Code::AmountTooLarge => "the amount reaches 2^128 base units",
        Code::AmountMalformed => "the amount is not a plain number",
        _ => "the amount cannot be read",
    }
}

impl Collector {
    /// A collector without rows.
    pub fn new(settings: Arc<Settings>) -> Self {
        let shelves = settings.assets.iter().map(|_| Shelf::default()).collect();
        Self { settings, shelves, faults: Faults::default(), scratch: Scratch::default() }
    }

    /// Judge a row; None when it is left out or at fault.
    pub fn judge<'a>(
        &mut self,
        number: u64,
        account_id: &'a [u8],
        asset: Option<usize>,
        amount: std::result::Result<Signed, Code>,
    ) -> Option<Row<'a>> {
        let fault = if !is_account_id(account_id) {
            (Code::AccountIdMalformed, "the account id is not 1 to 255 printable ASCII characters without blanks")
        } else {
            match (asset, amount) {
                (None, _) => (Code::AssetUnknown, "the snapshot has no such asset"),
                (_, Err(code)) => (code, amount_fault(code)),
                (Some(asset), Ok(Signed { units, negative: false })) => {
                    return Some(Row { asset, account_id, amount: units, number });
                }
                (Some(asset), Ok(Signed { units, .. })) if self.settings.exclude_negative => {
                    let shelf = &mut self.shelves[asset];
                    shelf.excluded_rows += 1;
                    match shelf.excluded_amount.checked_add(units) {
                        Some(sum) => {
                            shelf.excluded_amount = sum;
                            return None;
                        }
                        None => (Code::SumOverflow, "the amounts left out reach 2^128"),
                    }
                }
                _ => (Code::AmountNegative, "the amount is below zero"),
            }
        };
        self.faults.add(fault.0, number, fault.1);
        None
    }

    /// Take rows in.
    pub fn push(&mut self, rows: &[Row<'_>]) {
        for rows in rows.chunks(ROWS) {
            if self.settings.sum_duplicates {
                self.wait(rows);
            } else {
                self.place(rows);
            }
        }
    }

    /// Rows to leaves in their buckets.
    pub(crate) fn place(&mut self, rows: &[Row<'_>]) {
        let Self { settings, shelves, scratch, .. } = self;
        let assets = &settings.assets;
        scratch.jobs.clear();
        for (i, row) in rows.iter().enumerate() {
            let asset = &assets[row.asset];
            if asset.rule.count(row.amount) == 1 {
                scratch.jobs.push((i, 0, row.amount));
            } else {
                asset.rule.split(&asset.key, row.account_id, row.amount, &mut scratch.pieces);
                scratch.jobs.extend((0..).zip(&scratch.pieces).map(|(piece, amount)| (i, piece, *amount)));
            }
        }
        let jobs = std::mem::take(&mut scratch.jobs);
        for jobs in jobs.chunks(ROWS) {
            scratch.find_secrets(
                jobs.iter().map(|(row, piece, _)| (&assets[rows[*row].asset].key, *piece, rows[*row].account_id)),
            );
            scratch.batch.clear();
            for ((row, _, amount), secrets) in jobs.iter().zip(&scratch.secrets) {
                scratch.batch.push(&START, 0, &hash::leaf_head(&secrets.nonce, *amount), rows[*row].account_id);
            }
            let states = scratch.batch.run();
            for (((row, _, amount), secrets), state) in jobs.iter().zip(&scratch.secrets).zip(states) {
                let shelf = &mut shelves[rows[*row].asset];
                shelf.largest = shelf.largest.max(*amount);
                shelf.bucket(secrets.place).push(Leaf {
                    place: halves(secrets.place),
                    amount: halves(*amount),
                    hash: bytes(state),
                    row: rows[*row].number,
                });
            }
        }
        scratch.jobs = jobs;
    }

    /// Keep rows until all of their account are there.
    fn wait(&mut self, rows: &[Row<'_>]) {
        let Self { settings, shelves, scratch, .. } = self;
        scratch.find_secrets(rows.iter().map(|row| (&settings.assets[row.asset].key, 0, row.account_id)));
        for (row, secrets) in rows.iter().zip(&scratch.secrets) {
            let bucket = shelves[row.asset].bucket(secrets.place);
            bucket.waiting.push(Waiting {
                place: secrets.place,
                amount: row.amount,
                number: row.number,
                id_at: bucket.ids.len(),
                id_len: row.account_id.len(),
            });
            bucket.ids.extend_from_slice(row.account_id);
        }
    }
}

impl Scratch {
    /// HMAC of many accounts at once, into `secrets`.
    fn find_secrets<'a>(&mut self, wanted: impl Iterator<Item = (&'a Key, u32, &'a [u8])> + Clone) {
        self.batch.clear();
        self.outer.clear();
        self.secrets.clear();
        for (key, piece, account_id) in wanted.clone() {
            self.batch.push(&key.inner, BLOCK as u64, &piece.to_be_bytes(), account_id);
        }
        for ((key, _, _), inner) in wanted.zip(self.batch.run()) {
            self.outer.push(&key.outer, BLOCK as u64, &bytes(inner), &[]);
        }
        self.secrets.extend(self.outer.run().iter().map(|state| Secrets::split(&bytes(state))));
    }
}
