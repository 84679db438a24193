//! The class `Build`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use por_kernel_core::Code;
use por_kernel_core::build::{self, Means, Output, Tree};
use por_kernel_core::collect::{Collector, Tally};
use por_kernel_core::error::refuse;
use por_kernel_core::faults::Faults;
use por_kernel_core::parallel::Watch;
use por_kernel_core::settings::{Asset, Memory, Settings};
use por_kernel_core::spill::Disk;
use por_kernel_core::split::Rule;
use por_kernel_core::stock::Stock;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::error::{self, ToPython};
use crate::ingest::{self, Stop};
use crate::{files, stream};

/// How often Python hears of progress and is asked for signals.
const BEAT: Duration = Duration::from_millis(100);

/// An asset as Python gives it: code, decimals, pieces, split_above.
pub type AssetTuple = (String, u32, u32, u128);

/// Collects rows; sorts, sums and stores.
#[pyclass(module = "por_kernel")]
pub struct Build {
    settings: Arc<Settings>,
    decimal: bool,
    threads: usize,
    memory: Memory,
    disk: Option<Arc<dyn Disk>>,
    collectors: Option<Vec<Collector>>,
    stocks: Option<Vec<Stock>>,
    tallies: Vec<Tally>,
    rows: u64,
}

#[pymethods]
impl Build {
    #[new]
    #[pyo3(signature = (*, snapshot_key, assets, amounts, negative="refuse", sum_duplicates=false, threads=0,
                        memory=None, scratch=None))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn new(
        snapshot_key: &[u8],
        assets: Vec<AssetTuple>,
        amounts: &str,
        negative: &str,
        sum_duplicates: bool,
        threads: usize,
        memory: Option<u64>,
        scratch: Option<PathBuf>,
    ) -> PyResult<Self> {
        let decimal = choice("amounts", amounts, ["base-units", "decimal"])?;
        let exclude = choice("negative", negative, ["refuse", "exclude"])?;
        let settings = settings(&assets, snapshot_key, exclude, sum_duplicates)?;
        let asked = ingest::threads(threads).py()?;
        let threads = memory.map_or(asked, |memory| Memory::threads(memory, asked));
        let limits = memory.map_or(Memory::NONE, |memory| Memory::new(memory, threads, sum_duplicates));
        let disk: Option<Arc<dyn Disk>> = match (memory, scratch) {
            (None, None) => None,
            (Some(_), Some(folder)) => Some(Arc::new(files::Scratch::new(folder))),
            _ => return refuse(Code::ArgumentMalformed, "memory and scratch go together").py(),
        };
        let new = || Collector::new(settings.clone(), limits, disk.clone());
        let collectors = Some((0..threads).map(|_| new()).collect());
        Ok(Self {
            settings,
            decimal,
            threads,
            memory: limits,
            disk,
            collectors,
            stocks: None,
            tallies: Vec::new(),
            rows: 0,
        })
    }

    /// Read an Arrow stream; returns the rows read. What is wrong with rows is told by `finish`.
    #[pyo3(signature = (stream, progress=None))]
    fn ingest(&mut self, py: Python<'_>, stream: &Bound<'_, PyAny>, progress: Option<Py<PyAny>>) -> PyResult<u64> {
        let reader = stream::open(stream)?;
        let mut collectors = self.take()?;
        let mut heard = Beat::new(progress);
        let read = py.detach(|| {
            ingest::ingest(reader, &self.settings, self.decimal, &mut collectors, self.rows, |rows| heard.tell(rows))
        });
        match read {
            Ok(read) => {
                self.rows += read;
                self.collectors = Some(collectors);
                Ok(read)
            }
            Err(Stop::Refused(error)) => Err(error::to_python(error)),
            Err(Stop::Raised(error)) => Err(error),
        }
    }

    /// What has been read so far: rows and sums of each asset.
    fn tally<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let rows = PyList::empty(py);
        for (number, asset) in self.settings.assets.iter().enumerate() {
            let mut sum = self.tallies.get(number).copied().unwrap_or_default();
            let collectors = self.collectors.iter().flatten();
            collectors.for_each(|collector| sum.merge(&collector.shelves[number].tally));
            let row = PyDict::new(py);
            row.set_item("asset", &asset.code)?;
            row.set_item("rows", sum.rows)?;
            row.set_item("total", sum.total.0)?;
            row.set_item("excluded_rows", sum.excluded_rows)?;
            row.set_item("excluded_amount", sum.excluded_amount.0)?;
            rows.append(row)?;
        }
        Ok(rows)
    }

    /// Report every fault of the ledger together; returns the tally when there is none.
    fn settle<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let collectors = self.take()?;
        let mut tallies = vec![Tally::default(); self.settings.assets.len()];
        for collector in &collectors {
            tallies.iter_mut().zip(&collector.shelves).for_each(|(sum, shelf)| sum.merge(&shelf.tally));
        }
        self.tallies = tallies;
        let watch = Watch::default();
        let mut heard = Beat::new(None);
        let settled = py.detach(|| {
            watched(
                &watch,
                |_| heard.tell(0),
                || build::settle(&self.settings, collectors, Faults::default(), &self.means(&watch)),
            )
        });
        self.stocks = Some(settled?);
        self.tally(py)
    }

    /// Build the trees and write one store for each asset into `folder`; returns what the manifest says of each.
    #[pyo3(signature = (folder, progress=None))]
    fn finish<'py>(
        &mut self,
        py: Python<'py>,
        folder: Option<PathBuf>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        if self.stocks.is_none() {
            self.settle(py)?;
        }
        let stocks = self.stocks.take().unwrap_or_default();
        let watch = Watch::default();
        let mut heard = Beat::new(progress);
        let trees = py.detach(|| watched(&watch, |done| heard.tell(done), || self.raise(stocks, folder, &watch)))?;
        let rows = PyList::empty(py);
        for (asset, tree) in self.settings.assets.iter().zip(trees) {
            rows.append(show(py, asset, &tree)?)?;
        }
        Ok(rows)
    }
}

/// What the manifest says of an asset.
pub fn show<'py>(py: Python<'py>, asset: &Asset, tree: &Tree) -> PyResult<Bound<'py, PyDict>> {
    let row = PyDict::new(py);
    row.set_item("asset", &asset.code)?;
    row.set_item("decimals", asset.decimals)?;
    row.set_item("count", tree.count)?;
    row.set_item("total", tree.root.sum)?;
    row.set_item("root", PyBytes::new(py, &tree.root.hash))?;
    row.set_item("pieces", asset.rule.pieces)?;
    row.set_item("split_above", asset.rule.above)?;
    row.set_item("excluded_rows", tree.excluded_rows)?;
    row.set_item("excluded_amount", tree.excluded_amount)?;
    Ok(row)
}

/// Check the assets and derive their keys.
pub fn settings(
    assets: &[AssetTuple],
    snapshot_key: &[u8],
    exclude_negative: bool,
    sum_duplicates: bool,
) -> PyResult<Arc<Settings>> {
    let asset = |(code, decimals, pieces, above): &AssetTuple| {
        Asset::new(code, *decimals, Rule::new(*pieces, *above)?, snapshot_key)
    };
    let assets = assets.iter().map(asset).collect::<por_kernel_core::Result<Vec<_>>>().py()?;
    Ok(Arc::new(Settings::new(assets, exclude_negative, sum_duplicates).py()?))
}

impl Build {
    fn take(&mut self) -> PyResult<Vec<Collector>> {
        self.collectors.take().map_or_else(|| refuse(Code::BuildFinished, "this build has ended"), Ok).py()
    }

    fn means<'a>(&self, watch: &'a Watch) -> Means<'a> {
        Means { memory: self.memory, disk: self.disk.clone(), threads: self.threads, watch }
    }

    fn raise(&self, stocks: Vec<Stock>, folder: Option<PathBuf>, watch: &Watch) -> por_kernel_core::Result<Vec<Tree>> {
        let folder = folder.map(files::Folder::new);
        let output = folder.as_ref().map(|folder| folder as &dyn Output);
        let trees = build::raise(&self.settings, stocks, &self.means(watch), output);
        match (folder, trees) {
            (Some(folder), Ok(trees)) => folder.keep().map(|()| trees),
            (Some(folder), Err(error)) => {
                folder.discard();
                Err(error)
            }
            (None, trees) => trees,
        }
    }
}

/// Run `work` on another thread, while this one tells of progress and listens for signals. Detached from Python.
pub fn watched<T: Send>(
    watch: &Watch,
    mut tell: impl FnMut(u64) -> PyResult<()>,
    work: impl FnOnce() -> por_kernel_core::Result<T> + Send,
) -> PyResult<T> {
    let (sender, receiver) = channel::<()>();
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || {
            let done = work();
            drop(sender); // wakes the thread that waits
            done
        });
        let mut raised = None;
        while receiver.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
            if let (None, Err(error)) = (&raised, tell(watch.done())) {
                watch.halt();
                raised = Some(error);
            }
        }
        let done: por_kernel_core::Result<T> = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        raised.map_or_else(|| done.py(), Err)
    })
}

/// Calls a Python function now and then.
pub struct Beat {
    call: Option<Py<PyAny>>,
    last: Instant,
}

impl Beat {
    /// With a function or without: signals are listened for all the same.
    pub fn new(call: Option<Py<PyAny>>) -> Self {
        Self { call, last: Instant::now() }
    }

    /// Listen for signals, and pass `units` on if it is time to. Called detached from Python.
    pub fn tell(&mut self, units: u64) -> PyResult<()> {
        Python::attach(|py| {
            py.check_signals()?;
            match &self.call {
                Some(call) if self.last.elapsed() >= BEAT => {
                    self.last = Instant::now();
                    call.call1(py, (units,)).map(drop)
                }
                _ => Ok(()),
            }
        })
    }
}

/// Which of two words was given.
pub fn choice(name: &str, given: &str, [first, second]: [&str; 2]) -> PyResult<bool> {
    match given {
        _ if given == first => Ok(false),
        _ if given == second => Ok(true),
        _ => refuse(Code::ArgumentMalformed, format!("{name}: neither {first} nor {second}")).py(),
    }
}
