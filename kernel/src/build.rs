//! Collected leaves to trees: buckets are sorted and reduced on all threads, their ranges merge in order.
//!
//! Neither threads nor batches leave a trace: the order of leaves is that of their places, and merging compact ranges
//! gives the same nodes however the leaves were shared out.

use std::sync::{Arc, Mutex};

use crate::collect::{Asset, BUCKETS, Bucket, Collector, Leaf, Row, Settings, Shelf};
use crate::compact::{Node, Placed, Range};
use crate::error::{Code, Error, Result};
use crate::faults::Faults;
use crate::hash::Batch;
use crate::parallel::{in_parallel, lock};
use crate::reduce::reduce;
use crate::store::{self, BUCKETED, Head, Layout};

/// Where stores go; the pure crate opens no files.
pub trait Output: Sync {
    /// A new sheet of `size` bytes for an asset.
    fn create(&self, asset: &str, size: u64) -> Result<Box<dyn Sheet>>;
}

/// A file, or whatever stands for one, that threads write different parts of.
pub trait Sheet: Send + Sync {
    /// Write `bytes` at an offset.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()>;
    /// Make it last.
    fn finish(&self) -> Result<()>;
}

/// What came out for one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Leaves.
    pub count: u64,
    /// Hash and total.
    pub root: Node,
    /// Rows below zero that were left out, and their magnitude.
    pub excluded_rows: u64,
    pub excluded_amount: u128,
}

/// One asset on its way: buckets waiting to be reduced, ranges waiting to be merged.
struct Job<'a> {
    asset: &'a Asset,
    layout: Layout,
    firsts: Vec<u64>,
    waiting: Vec<Mutex<Vec<Bucket>>>,
    done: Mutex<Vec<Option<Part>>>,
    sheet: Mutex<Option<Arc<dyn Sheet>>>,
    excluded: (u64, u128),
}

/// A bucket reduced.
struct Part {
    range: Range,
    digest: [u8; 32],
}

type Repeats = Mutex<Vec<(u64, u64)>>;

/// Sort, sum, hash and store what the collectors hold; one tree for each asset, in the settings' order.
pub fn build(
    settings: &Settings,
    collectors: Vec<Collector>,
    threads: usize,
    output: Option<&dyn Output>,
) -> Result<Vec<Tree>> {
    let jobs: Vec<Job> = gather(settings, collectors);
    let tasks: Vec<(usize, usize)> = jobs
        .iter()
        .enumerate()
        .flat_map(|(job, found)| (0..found.waiting.len()).map(move |part| (job, part)))
        .collect();
    let trees: Vec<Mutex<Option<Tree>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let repeats = Repeats::default();
    in_parallel(threads, &tasks, Scratch::default, |(job, part), scratch| {
        if let Some(parts) = jobs[*job].reduce(*part, scratch, output, &repeats)? {
            *lock(&trees[*job]) = Some(jobs[*job].close(parts, output)?);
        }
        Ok(())
    })?;
    let mut repeats = std::mem::take(&mut *lock(&repeats));
    repeats.sort_unstable();
    repeats.dedup_by_key(|(row, _)| *row); // a split balance repeats in each of its pieces
    let mut faults = Faults::default();
    for (row, earlier) in repeats {
        faults.add(Code::RowRepeated, row, &format!("the account and asset of row {earlier} again"));
    }
    match faults.into_error() {
        Some(error) => Err(error),
        None => Ok(trees.into_iter().filter_map(|tree| lock(&tree).take()).collect()),
    }
}

/// Bring together what the threads hold of each asset and bucket.
fn gather(settings: &Settings, collectors: Vec<Collector>) -> Vec<Job<'_>> {
    let mut shelves: Vec<Vec<Shelf>> = settings.assets.iter().map(|_| Vec::new()).collect();
    for collector in collectors {
        for (asset, shelf) in collector.shelves.into_iter().enumerate() {
            shelves[asset].push(shelf);
        }
    }
    settings.assets.iter().zip(shelves).map(|(asset, shelves)| Job::new(asset, shelves)).collect()
}

impl<'a> Job<'a> {
    fn new(asset: &'a Asset, shelves: Vec<Shelf>) -> Self {
        let mut excluded = (0, 0u128);
        let (mut largest, mut buckets) = (0, Vec::new());
        buckets.resize_with(BUCKETS, Vec::new);
        for shelf in shelves {
            excluded = (excluded.0 + shelf.excluded_rows, excluded.1.saturating_add(shelf.excluded_amount));
            largest = largest.max(shelf.largest);
            for (bucket, part) in shelf.buckets.into_iter().enumerate() {
                buckets[bucket].push(part);
            }
        }
        let size = |parts: &Vec<Bucket>| parts.iter().map(Bucket::len).sum::<u64>();
        let count = buckets.iter().map(size).sum();
        if count < BUCKETED {
            buckets = vec![buckets.into_iter().flatten().collect()];
        }
        let mut firsts = vec![0];
        for parts in &buckets {
            firsts.push(firsts[firsts.len() - 1] + size(parts));
        }
        Self {
            asset,
            layout: Layout::new(count, largest),
            done: Mutex::new(buckets.iter().map(|_| None).collect()),
            waiting: buckets.into_iter().map(Mutex::new).collect(),
            firsts,
            sheet: Mutex::new(None),
            excluded,
        }
    }

    /// The asset's sheet, made by whichever thread comes first.
    fn sheet(&self, output: Option<&dyn Output>) -> Result<Option<Arc<dyn Sheet>>> {
        let mut sheet = lock(&self.sheet);
        if let (None, Some(output)) = (&*sheet, output) {
            *sheet = Some(output.create(&self.asset.code, self.layout.size())?.into());
        }
        Ok(sheet.clone())
    }

    /// Sort and reduce one bucket; the thread that finishes the asset's last one gets all parts.
    fn reduce(
        &self,
        part: usize,
        scratch: &mut Scratch,
        output: Option<&dyn Output>,
        repeats: &Repeats,
    ) -> Result<Option<Vec<Part>>> {
        let sheet = self.sheet(output)?;
        let buckets = std::mem::take(&mut *lock(&self.waiting[part]));
        let first = self.firsts[part];
        scratch.sort(&buckets, repeats);
        drop(buckets);
        let layout = &self.layout;
        let digest = store::digest(&scratch.prefixes);
        if let Some(sheet) = &sheet {
            sheet.write(layout.prefix(first), &scratch.prefixes)?;
        }
        let Scratch { nodes, batch, bytes, .. } = scratch;
        let range = reduce(first, nodes, batch, &mut |level, first, nodes| match &sheet {
            Some(sheet) if level == 0 => write_leaves(layout, &**sheet, bytes, first, nodes),
            Some(sheet) if layout.stores(level) => {
                bytes.clear();
                nodes.iter().for_each(|node| bytes.extend_from_slice(&node.encode()));
                sheet.write(layout.node(level, first), bytes)
            }
            _ => Ok(()),
        });
        let range = range.map_err(|error| self.name(error))?;
        let mut done = lock(&self.done);
        done[part] = Some(Part { range, digest });
        Ok(done.iter().all(Option::is_some).then(|| done.drain(..).flatten().collect()))
    }

    /// Merge the ranges, write the nodes between them and the head.
    fn close(&self, parts: Vec<Part>, output: Option<&dyn Output>) -> Result<Tree> {
        let mut between: Vec<Placed> = Vec::new();
        let mut whole = Range::empty(0);
        for part in &parts {
            whole.merge(&part.range, &mut |placed| between.push(placed)).map_err(|error| self.name(error))?;
        }
        let root = whole.close(&mut |placed| between.push(placed)).map_err(|error| self.name(error))?;
        if let Some(sheet) = self.sheet(output)? {
            for Placed { level, index, node } in between {
                if self.layout.stores(level) {
                    sheet.write(self.layout.node(level, index), &node.encode())?;
                }
            }
            let digests = parts.iter().map(|part| part.digest).collect();
            let head = Head::new(self.asset, self.layout, root, self.firsts.clone(), digests);
            sheet.write(0, &head.encode())?;
            sheet.finish()?;
            *lock(&self.sheet) = None; // closes the file: a long tail of assets would run out of handles
        }
        let (excluded_rows, excluded_amount) = self.excluded;
        Ok(Tree { count: self.layout.count, root, excluded_rows, excluded_amount })
    }

    fn name(&self, error: Error) -> Error {
        Error { message: format!("{}: {}", self.asset.code, error.message), ..error }
    }
}

fn write_leaves(layout: &Layout, sheet: &dyn Sheet, bytes: &mut Vec<u8>, first: u64, leaves: &[Node]) -> Result<()> {
    bytes.clear();
    for leaf in leaves {
        bytes.extend_from_slice(&leaf.sum.to_be_bytes()[16 - layout.amount_width..]);
    }
    sheet.write(layout.amount(first), bytes)?;
    bytes.clear();
    leaves.iter().for_each(|leaf| bytes.extend_from_slice(&leaf.hash));
    sheet.write(layout.leaf(first), bytes)
}

/// A thread's memory, used again from bucket to bucket.
#[derive(Default)]
struct Scratch {
    prefixes: Vec<u8>,
    nodes: Vec<Node>,
    batch: Batch,
    bytes: Vec<u8>,
}

impl Scratch {
    /// Put a bucket's leaves in the order of their places.
    fn sort(&mut self, buckets: &[Bucket], repeats: &Repeats) {
        let leaves = || buckets.iter().flat_map(Bucket::leaves);
        let mut order: Vec<(u64, &Leaf)> = leaves().map(|leaf| (leaf.prefix(), leaf)).collect();
        order.sort_unstable_by(|(a, left), (b, right)| {
            a.cmp(b).then_with(|| (left.place(), left.row).cmp(&(right.place(), right.row)))
        });
        for pair in order.windows(2) {
            if pair[0].0 == pair[1].0 && pair[0].1.place() == pair[1].1.place() {
                lock(repeats).push((pair[1].1.row, pair[0].1.row));
            }
        }
        self.prefixes.clear();
        self.nodes.clear();
        for (prefix, leaf) in order {
            self.prefixes.extend_from_slice(&prefix.to_be_bytes());
            self.nodes.push(Node { hash: leaf.hash, sum: leaf.amount() });
        }
    }
}

/// Rows that waited for others of their account, added up and placed.
pub fn add_up(settings: &Arc<Settings>, collectors: Vec<Collector>, threads: usize) -> Result<Vec<Collector>> {
    if !settings.sum_duplicates {
        return Ok(collectors);
    }
    let mut shelves: Vec<Vec<Shelf>> = settings.assets.iter().map(|_| Vec::new()).collect();
    let mut tally = Collector::new(settings.clone()); // carries what was left out
    for collector in collectors {
        for (asset, shelf) in collector.shelves.into_iter().enumerate() {
            let sum = &mut tally.shelves[asset];
            sum.excluded_rows += shelf.excluded_rows;
            sum.excluded_amount = sum.excluded_amount.saturating_add(shelf.excluded_amount);
            shelves[asset].push(shelf);
        }
    }
    let tasks: Vec<(usize, usize)> =
        (0..shelves.len()).flat_map(|asset| (0..BUCKETS).map(move |bucket| (asset, bucket))).collect();
    let done = Mutex::new(vec![tally]);
    let idle: Mutex<Vec<Collector>> = Mutex::new(Vec::new());
    in_parallel(
        threads,
        &tasks,
        || (),
        |(asset, bucket), ()| {
            let mut collector = lock(&idle).pop().unwrap_or_else(|| Collector::new(settings.clone()));
            let parts: Vec<&Bucket> = shelves[*asset].iter().filter_map(|shelf| shelf.buckets.get(*bucket)).collect();
            add_up_bucket(*asset, &parts, &mut collector);
            lock(&idle).push(collector);
            Ok(())
        },
    )?;
    lock(&done).append(&mut lock(&idle));
    let mut collectors = std::mem::take(&mut *lock(&done));
    let mut faults = Faults::default();
    for collector in &mut collectors {
        faults.merge(std::mem::take(&mut collector.faults));
    }
    faults.into_error().map_or(Ok(collectors), Err)
}

fn add_up_bucket(asset: usize, parts: &[&Bucket], collector: &mut Collector) {
    let mut waiting: Vec<_> =
        parts.iter().flat_map(|part| part.waiting.iter().map(move |row| (row, &part.ids))).collect();
    waiting.sort_unstable_by_key(|(row, _)| (row.place, row.number));
    let mut rows = Vec::new();
    for same in waiting.chunk_by(|(a, _), (b, _)| a.place == b.place) {
        let (first, ids) = same[0];
        let sum = same.iter().try_fold(0u128, |sum, (row, _)| sum.checked_add(row.amount));
        match sum {
            None => collector.faults.add(Code::SumOverflow, first.number, "the rows of this account reach 2^128"),
            Some(amount) => {
                let account_id = &ids[first.id_at..first.id_at + first.id_len];
                rows.push(Row { asset, account_id, amount, number: first.number });
            }
        }
    }
    collector.place(&rows);
}
