//! What all collectors hold of each asset, bucket by bucket, in memory and written out.

use std::sync::Mutex;

use crate::collect::{BUCKETS, Collector, Tally};
use crate::error::{Code, Result};
use crate::faults::Faults;
use crate::leaf::{Bucket, Leaf};
use crate::parallel::{Watch, in_parallel, lock};
use crate::settings::{Memory, Settings};
use crate::spill::Segment;
use crate::store::BUCKETED;

/// Leaves that are sorted at a time however little memory there is: each part reads the whole pile again.
const LEAST: usize = 256;

/// One asset's leaves on their way into its tree.
pub struct Stock {
    /// Rows, sums, the largest leaf.
    pub tally: Tally,
    /// One pile for each bucket of the store; a small tree has one in all.
    pub piles: Vec<Mutex<Pile>>,
    /// First leaf of each pile, and the count at the end.
    pub firsts: Vec<u64>,
}

/// Leaves whose places lie in one span, in any order.
#[derive(Default)]
pub struct Pile {
    /// First bucket, and one past the last.
    pub span: (usize, usize),
    /// In memory, as the threads collected them.
    pub held: Vec<Bucket>,
    /// Written out.
    pub segments: Vec<Segment>,
}

impl Pile {
    /// How many leaves.
    pub fn len(&self) -> u64 {
        self.held.iter().map(Bucket::len).sum::<u64>() + self.segments.iter().map(|segment| segment.count).sum::<u64>()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In how many parts the pile is sorted so that each stays within the bound; `each` bytes are needed for a leaf.
    pub fn parts(&self, memory: Memory, each: usize) -> u64 {
        let at_once = (memory.sorted / each).max(LEAST) as u64;
        if self.segments.is_empty() { 1 } else { self.len().div_ceil(at_once).max(1) }
    }

    /// The prefixes of part `number` of `parts`: its first, and its last.
    pub fn part(&self, number: u64, parts: u64) -> (u64, u64) {
        part_of(self.span, number, parts)
    }

    /// Read the written leaves whose prefixes lie in `first..=last` into `loaded`.
    pub fn load(&self, (first, last): (u64, u64), bytes: &mut Vec<u8>, loaded: &mut Vec<Leaf>) -> Result<()> {
        loaded.clear();
        for segment in &self.segments {
            segment.leaves(bytes, |leaf| {
                if (first..=last).contains(&leaf.prefix()) {
                    loaded.push(leaf);
                }
            })?;
        }
        Ok(())
    }

    /// The leaves of one part, those held and those that were loaded for it.
    pub fn leaves<'a>(&'a self, (first, last): (u64, u64), loaded: &'a [Leaf]) -> impl Iterator<Item = &'a Leaf> {
        let held = self.held.iter().flat_map(Bucket::leaves);
        held.chain(loaded).filter(move |leaf| (first..=last).contains(&leaf.prefix()))
    }
}

/// The first and the last prefix of part `number` of `parts` of a span of buckets.
pub fn part_of(span: (usize, usize), number: u64, parts: u64) -> (u64, u64) {
    let (first, end) = ((span.0 as u128) << 56, (span.1 as u128) << 56);
    let at = |number: u64| first + (end - first) * u128::from(number) / u128::from(parts);
    (at(number) as u64, (at(number + 1) - 1) as u64)
}

/// Bring together what the collectors hold: one stock for each asset of the settings.
pub fn gather(settings: &Settings, collectors: Vec<Collector>) -> Result<Vec<Stock>> {
    Ok(piles(settings, collectors)?.into_iter().map(|(tally, piles)| Stock::new(tally, piles)).collect())
}

/// The same, always with a pile for each bucket.
pub fn piles(settings: &Settings, collectors: Vec<Collector>) -> Result<Vec<(Tally, Vec<Pile>)>> {
    let empty = |bucket| Pile { span: (bucket, bucket + 1), ..Pile::default() };
    let new = |_| (Tally::default(), (0..BUCKETS).map(empty).collect::<Vec<Pile>>());
    let mut found: Vec<(Tally, Vec<Pile>)> = settings.assets.iter().map(new).collect();
    for collector in collectors {
        for ((tally, piles), shelf) in found.iter_mut().zip(collector.finish()?) {
            tally.merge(&shelf.tally);
            for (pile, bucket) in piles.iter_mut().zip(shelf.buckets) {
                if !bucket.is_empty() {
                    pile.held.push(bucket);
                }
            }
            shelf.spilt.into_iter().for_each(|(bucket, segment)| piles[bucket].segments.push(segment));
        }
    }
    Ok(found)
}

impl Stock {
    fn new(tally: Tally, mut piles: Vec<Pile>) -> Self {
        if piles.iter().map(Pile::len).sum::<u64>() < BUCKETED {
            let mut whole = Pile { span: (0, BUCKETS), ..Pile::default() };
            for pile in piles {
                whole.held.extend(pile.held);
                whole.segments.extend(pile.segments);
            }
            piles = vec![whole];
        }
        let mut firsts = vec![0];
        for pile in &piles {
            firsts.push(firsts[firsts.len() - 1] + pile.len());
        }
        Self { tally, piles: piles.into_iter().map(Mutex::new).collect(), firsts }
    }

    /// Leaves of the tree.
    pub fn count(&self) -> u64 {
        self.firsts[self.firsts.len() - 1]
    }
}

/// Every pile of every stock, as (stock, pile).
pub fn tasks(stocks: &[Stock]) -> Vec<(usize, usize)> {
    let each = |(number, stock): (usize, &Stock)| (0..stock.piles.len()).map(move |pile| (number, pile)).collect();
    stocks.iter().enumerate().flat_map(each as fn((usize, &Stock)) -> Vec<_>).collect()
}

/// A thread's memory for looking for repeated rows.
#[derive(Default)]
pub struct Scratch {
    prefixes: Vec<u64>,
    loaded: Vec<Leaf>,
    bytes: Vec<u8>,
}

/// Add what only the whole ledger shows to its faults: repeated rows and sums that are too large. Nothing is used up.
pub fn inspect(
    settings: &Settings,
    stocks: &[Stock],
    memory: Memory,
    threads: usize,
    watch: &Watch,
    faults: &mut Faults,
) -> Result<()> {
    for (asset, Stock { tally, .. }) in settings.assets.iter().zip(stocks) {
        if tally.total.0.is_none() {
            faults.note(Code::SumOverflow, &format!("{}: a sum reaches 2^128", asset.code));
        }
        if tally.excluded_amount.0.is_none() {
            faults.note(Code::SumOverflow, &format!("{}: the amounts left out reach 2^128", asset.code));
        }
    }
    let found: Mutex<Faults> = Mutex::default();
    in_parallel(threads, &tasks(stocks), Scratch::default, |(stock, pile), scratch| {
        find_repeats(&lock(&stocks[*stock].piles[*pile]), memory, scratch, watch, &found)
    })?;
    faults.merge(std::mem::take(&mut *lock(&found)));
    Ok(())
}

/// Two leaves of one place can only come from a repeated row; note those of a pile.
pub fn find_repeats(
    pile: &Pile,
    memory: Memory,
    scratch: &mut Scratch,
    watch: &Watch,
    faults: &Mutex<Faults>,
) -> Result<()> {
    let parts = pile.parts(memory, size_of::<Leaf>() + size_of::<u64>());
    for part in (0..parts).map(|number| pile.part(number, parts)) {
        watch.step(0)?;
        scratch.find_repeats(pile, part, faults)?;
    }
    Ok(())
}

impl Scratch {
    /// Prefixes are compared first: they hardly ever agree.
    fn find_repeats(&mut self, pile: &Pile, part: (u64, u64), faults: &Mutex<Faults>) -> Result<()> {
        let Self { prefixes, loaded, bytes } = self;
        pile.load(part, bytes, loaded)?;
        prefixes.clear();
        prefixes.extend(pile.leaves(part, loaded).map(Leaf::prefix));
        prefixes.sort_unstable();
        if !prefixes.windows(2).any(|pair| pair[0] == pair[1]) {
            return Ok(());
        }
        let twice = |leaf: &&Leaf| {
            let at = prefixes.partition_point(|prefix| *prefix < leaf.prefix());
            prefixes.get(at + 1) == Some(&leaf.prefix())
        };
        let mut again: Vec<&Leaf> = pile.leaves(part, loaded).filter(twice).collect();
        again.sort_unstable_by_key(|leaf| (leaf.place(), leaf.row()));
        for same in again.chunk_by(|a, b| a.place() == b.place()) {
            for leaf in same.iter().skip(1).filter(|leaf| leaf.is_first_piece()) {
                lock(faults).add_repeated(leaf.row(), same[0].row());
            }
        }
        Ok(())
    }
}
