//! Rows of a ledger to leaves, each in the bucket of its place. One collector a thread; what they hold is put together
//! in [`crate::stock`], and the order in which rows came leaves no trace.

use std::sync::Arc;

use crate::amounts::Signed;
use crate::derive::{Draw, Key};
use crate::error::{Code, Error, Result};
use crate::faults::Faults;
use crate::hash::{self, Batch, START, bytes};
use crate::leaf::{Bucket, Leaf};
use crate::settings::{Memory, Settings};
use crate::spill::{Disk, Segment, Spill};
use crate::verify::is_account_id;

/// Leaves are shared out by the first byte of their place, so that each bucket is sorted within the cache.
pub const BUCKETS: usize = 256;

/// Places are pseudorandom, so buckets are about as full as each other. One that has more leaves than this beside four
/// times the usual has many of one place: rows that are repeated. They would not be sorted in parts, however little
/// memory there is, since no two parts share a place.
const SKEWED: u64 = 1024;

/// Rows that are hashed together.
const ROWS: usize = 256;

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

/// What one asset has collected.
#[derive(Default)]
pub struct Shelf {
    /// Empty or [`BUCKETS`] many.
    pub buckets: Vec<Bucket>,
    /// What was written out, by bucket.
    pub spilt: Vec<(usize, Segment)>,
    /// What is known of all of it.
    pub tally: Tally,
}

/// Counts and sums of one asset's rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that count.
    pub rows: u64,
    /// Their sum; None when it reaches 2^128.
    pub total: Total,
    /// The largest leaf, for the store's field width.
    pub largest: u128,
    /// Rows below zero that were left out.
    pub excluded_rows: u64,
    /// Their magnitude, base units.
    pub excluded_amount: Total,
}

/// A sum that remembers when it has left its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total(pub Option<u128>);

impl Default for Total {
    fn default() -> Self {
        Self(Some(0))
    }
}

impl Total {
    /// The sum with another one.
    pub fn plus(self, other: Total) -> Total {
        Total(self.0.zip(other.0).and_then(|(ours, theirs)| ours.checked_add(theirs)))
    }
}

impl Tally {
    /// What both have seen together.
    pub fn merge(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.total = self.total.plus(other.total);
        self.largest = self.largest.max(other.largest);
        self.excluded_rows += other.excluded_rows;
        self.excluded_amount = self.excluded_amount.plus(other.excluded_amount);
    }
}

impl Shelf {
    fn bucket(&mut self, place: u128) -> &mut Bucket {
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
    room: Room,
}

/// Memory that is taken, and where rows go when it is used up.
struct Room {
    taken: usize,
    bound: usize,
    disk: Option<Arc<dyn Disk>>,
    spill: Option<Spill>,
    failed: Option<Error>,
}

#[derive(Default)]
struct Scratch {
    batch: Batch,
    draw: Draw,
    pieces: Vec<u128>,
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
    /// A collector without rows, which writes rows to `disk` when they take more memory than the bound.
    pub fn new(settings: Arc<Settings>, memory: Memory, disk: Option<Arc<dyn Disk>>) -> Self {
        let shelves = settings.assets.iter().map(|_| Shelf::default()).collect();
        let room = Room { taken: 0, bound: memory.collected, disk, spill: None, failed: None };
        Self { settings, shelves, faults: Faults::default(), scratch: Scratch::default(), room }
    }

    /// Judge a row: cells are None where they are empty, an asset is Err where the snapshot has no such. None when the
    /// row is left out or nothing can be made of it; an amount at fault counts as zero, so that repeated rows are found
    /// whatever else is wrong.
    pub fn judge<'a>(
        &mut self,
        number: u64,
        account_id: Option<&'a [u8]>,
        asset: Option<std::result::Result<usize, &[u8]>>,
        amount: Option<std::result::Result<Signed, Code>>,
    ) -> Option<Row<'a>> {
        match account_id {
            None => self.faults.add(Code::AccountIdNull, number, "no account id"),
            Some(id) if is_account_id(id) => {}
            Some(_) => self.faults.add(Code::AccountIdMalformed, number, NOT_AN_ID),
        }
        match asset {
            None => self.faults.add(Code::AssetNull, number, "no asset"),
            Some(Err(code)) => self.faults.add_unknown(number, code),
            Some(Ok(_)) => {}
        }
        if amount.is_none() {
            self.faults.add(Code::AmountNull, number, "no amount");
        }
        let Some(Ok(asset)) = asset else { return None };
        let tally = &mut self.shelves[asset].tally;
        let units = match amount {
            None => 0,
            Some(Ok(Signed { units, negative: false })) => units,
            Some(Ok(Signed { units, .. })) if self.settings.exclude_negative => {
                tally.excluded_rows += 1;
                tally.excluded_amount = tally.excluded_amount.plus(Total(Some(units)));
                return None;
            }
            Some(Ok(_)) => {
                self.faults.add(Code::AmountNegative, number, "the amount is below zero");
                0
            }
            Some(Err(code)) => {
                self.faults.add(code, number, amount_fault(code));
                0
            }
        };
        tally.rows += 1;
        tally.total = tally.total.plus(Total(Some(units)));
        let account_id = account_id.filter(|id| is_account_id(id))?;
        Some(Row { asset, account_id, amount: units, number })
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
    pub fn place(&mut self, rows: &[Row<'_>]) {
        let Self { settings, shelves, scratch, room, .. } = self;
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
            let key = |row: usize| -> &Key { &assets[rows[row].asset].key };
            let wanted = jobs.iter().map(|(row, piece, _)| (key(*row), *piece, rows[*row].account_id));
            let all = scratch.draw.secrets(wanted);
            scratch.batch.clear();
            for ((row, _, amount), secrets) in jobs.iter().zip(all) {
                scratch.batch.push(&START, 0, &hash::leaf_head(&secrets.nonce, *amount), rows[*row].account_id);
            }
            let states = scratch.batch.run();
            for (((row, piece, amount), secrets), state) in jobs.iter().zip(all).zip(states) {
                let shelf = &mut shelves[rows[*row].asset];
                shelf.tally.largest = shelf.tally.largest.max(*amount);
                let leaf = Leaf::new(secrets.place, *amount, bytes(state), rows[*row].number, *piece);
                room.taken += shelf.bucket(secrets.place).push(leaf);
            }
        }
        scratch.jobs = jobs;
        self.make_room();
    }

    /// Keep rows until all of their account are there.
    fn wait(&mut self, rows: &[Row<'_>]) {
        let Self { settings, shelves, scratch, room, .. } = self;
        let all = scratch.draw.secrets(rows.iter().map(|row| (&settings.assets[row.asset].key, 0, row.account_id)));
        for (row, secrets) in rows.iter().zip(all) {
            let bucket = shelves[row.asset].bucket(secrets.place);
            room.taken += bucket.wait(secrets.place, row.amount, row.number, row.account_id);
        }
        self.make_room();
    }

    /// Write everything out when it takes more memory than it may.
    fn make_room(&mut self) {
        let Some(disk) = self.room.disk.clone().filter(|_| self.room.taken > self.room.bound) else { return };
        self.room.taken = 0;
        if self.room.failed.is_none() {
            self.room.failed = self.write_out(&*disk).err();
        }
        if self.room.failed.is_some() {
            self.shelves.iter_mut().for_each(|shelf| shelf.buckets.clear()); // the build has failed
        }
    }

    fn write_out(&mut self, disk: &dyn Disk) -> Result<()> {
        let spill = match &mut self.room.spill {
            Some(spill) => spill,
            none => none.insert(Spill::new(disk)?),
        };
        for (asset, shelf) in self.shelves.iter_mut().enumerate() {
            let usual = shelf.buckets.iter().map(Bucket::len).sum::<u64>() / BUCKETS as u64;
            for (number, bucket) in shelf.buckets.iter_mut().enumerate() {
                bucket.add_up();
                if bucket.len() > 4 * usual + SKEWED {
                    for (row, earlier) in bucket.leave_out_repeats() {
                        self.faults.add_repeated(row, earlier);
                    }
                }
                if !bucket.is_empty() || !bucket.waiting.is_empty() {
                    spill.take(asset, number, std::mem::take(bucket))?;
                }
            }
        }
        Ok(())
    }

    /// What went wrong with writing rows out; it ends the build.
    pub fn failure(&self) -> Result<()> {
        self.room.failed.clone().map_or(Ok(()), Err)
    }

    /// Everything collected: shelves with what was written out.
    pub fn finish(mut self) -> Result<Vec<Shelf>> {
        self.failure()?;
        if let Some(spill) = self.room.spill.take() {
            for (asset, bucket, segment) in spill.finish()? {
                self.shelves[asset].spilt.push((bucket, segment));
            }
        }
        Ok(self.shelves)
    }
}

const NOT_AN_ID: &str = "the account id is not 1 to 255 printable ASCII characters without blanks";
