//! Collected leaves to trees: piles are sorted and reduced on all threads, their ranges merge in order.
//!
//! Neither threads, batches nor memory leave a trace: the order of leaves is that of their places, and merging compact
//! ranges gives the same nodes however the leaves were shared out.

use std::sync::{Arc, Mutex};

use crate::addup::add_up;
use crate::collect::{Collector, Tally};
use crate::compact::{Node, Range};
use crate::error::{Error, Result};
use crate::faults::Faults;
use crate::parallel::{Watch, in_parallel, lock};
use crate::settings::{Asset, Memory, Settings};
use crate::sorted::{Part, Scratch, reduce_pile, write_nodes};
use crate::spill::Disk;
use crate::stock::{self, Stock};
use crate::store::{Head, Layout};

pub use crate::sorted::Sheet;

/// Where stores go; the pure crate opens no files.
pub trait Output: Sync {
    /// A new sheet of `size` bytes for an asset.
    fn create(&self, asset: &str, size: u64) -> Result<Box<dyn Sheet>>;
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

/// What a build works with.
pub struct Means<'a> {
    /// Bounds of memory.
    pub memory: Memory,
    /// Where rows go that do not fit.
    pub disk: Option<Arc<dyn Disk>>,
    /// Threads to use.
    pub threads: usize,
    /// Told of leaves that are done; may halt the work.
    pub watch: &'a Watch,
}

/// All that the collectors hold, ready to be sorted, or every fault of the ledger together, those of `faults` included.
pub fn settle(
    settings: &Arc<Settings>,
    collectors: Vec<Collector>,
    mut faults: Faults,
    means: &Means<'_>,
) -> Result<Vec<Stock>> {
    let Means { memory, threads, watch, .. } = *means;
    let mut collectors = add_up(settings, collectors, memory, means.disk.as_ref(), threads, watch)?;
    for collector in &mut collectors {
        faults.merge(std::mem::take(&mut collector.faults));
    }
    let stocks = stock::gather(settings, collectors)?;
    stock::inspect(settings, &stocks, memory, threads, watch, &mut faults)?;
    faults.into_error().map_or(Ok(stocks), Err)
}

/// One tree for each asset, in the settings' order, out of stocks without faults.
pub fn raise(
    settings: &Settings,
    stocks: Vec<Stock>,
    means: &Means<'_>,
    output: Option<&dyn Output>,
) -> Result<Vec<Tree>> {
    let Means { memory, threads, watch, .. } = *means;
    let tasks = stock::tasks(&stocks);
    let jobs: Vec<Job> = settings.assets.iter().zip(stocks).map(|(asset, stock)| Job::new(asset, stock)).collect();
    in_parallel(threads, &tasks, Scratch::default, |(job, pile), scratch| {
        jobs[*job].reduce(*pile, scratch, output, memory, watch)
    })?;
    Ok(jobs.into_iter().filter_map(|job| job.tree.into_inner().ok().flatten()).collect())
}

/// One asset on its way: piles waiting to be reduced, ranges waiting to be merged.
struct Job<'a> {
    asset: &'a Asset,
    layout: Layout,
    stock: Stock,
    done: Mutex<Vec<Option<Part>>>,
    sheet: Mutex<Option<Arc<dyn Sheet>>>,
    tree: Mutex<Option<Tree>>,
}

impl<'a> Job<'a> {
    fn new(asset: &'a Asset, stock: Stock) -> Self {
        Self {
            asset,
            layout: Layout::new(stock.count(), stock.tally.largest),
            done: Mutex::new(stock.piles.iter().map(|_| None).collect()),
            stock,
            sheet: Mutex::new(None),
            tree: Mutex::new(None),
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

    /// Reduce one pile; the thread that finishes the asset's last one closes the tree.
    fn reduce(
        &self,
        number: usize,
        scratch: &mut Scratch,
        output: Option<&dyn Output>,
        memory: Memory,
        watch: &Watch,
    ) -> Result<()> {
        let sheet = self.sheet(output)?;
        let pile = std::mem::take(&mut *lock(&self.stock.piles[number]));
        let first = self.stock.firsts[number];
        let part = reduce_pile(&pile, first, &self.layout, sheet.as_deref(), memory, scratch, watch);
        drop(pile);
        let mut done = lock(&self.done);
        done[number] = Some(part.map_err(|error| self.name(error))?);
        if done.iter().all(Option::is_some) {
            let parts: Vec<Part> = done.drain(..).flatten().collect();
            *lock(&self.tree) = Some(self.close(&parts, sheet.as_deref())?);
            *lock(&self.sheet) = None; // closes the file: a long tail of assets would run out of handles
        }
        Ok(())
    }

    /// Merge the ranges, write the nodes between them and the head.
    fn close(&self, parts: &[Part], sheet: Option<&dyn Sheet>) -> Result<Tree> {
        let ranges = parts.iter().map(|part| &part.range);
        let digests = parts.iter().map(|part| part.digest).collect();
        let firsts = self.stock.firsts.clone();
        let root = close(self.asset, self.layout, ranges, firsts, digests, sheet).map_err(|error| self.name(error))?;
        let Tally { excluded_rows, excluded_amount, .. } = self.stock.tally;
        let excluded_amount = excluded_amount.0.unwrap_or(u128::MAX); // None has been refused
        Ok(Tree { count: self.layout.count, root, excluded_rows, excluded_amount })
    }

    fn name(&self, error: Error) -> Error {
        Error { message: format!("{}: {}", self.asset.code, error.message), ..error }
    }
}

/// Neighbouring ranges from the first leaf to the last: their root; the nodes between them and the head are written.
pub fn close<'r>(
    asset: &Asset,
    layout: Layout,
    ranges: impl Iterator<Item = &'r Range>,
    firsts: Vec<u64>,
    digests: Vec<[u8; 32]>,
    sheet: Option<&dyn Sheet>,
) -> Result<Node> {
    let (mut between, mut whole) = (Vec::new(), Range::empty(0));
    for range in ranges {
        whole.merge(range, &mut |placed| between.push(placed))?;
    }
    let root = whole.close(&mut |placed| between.push(placed))?;
    write_nodes(&layout, sheet, &between)?;
    if let Some(sheet) = sheet {
        sheet.write(0, &Head::new(asset, layout, root, firsts, digests).encode())?;
        sheet.finish()?;
    }
    Ok(root)
}
