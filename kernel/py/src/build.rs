//! The class `Build`.

use std::path::PathBuf;
use std::sync::Arc;

use por_kernel_core::Code;
use por_kernel_core::build::{self, Output};
use por_kernel_core::collect::{Asset, Collector, Settings};
use por_kernel_core::error::refuse;
use por_kernel_core::faults::Faults;
use por_kernel_core::split::Rule;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use crate::error::{self, ToPython};
use crate::ingest::{self, Stop};
use crate::{files, stream};

/// Collects rows; sorts, sums and stores.
#[pyclass(module = "por_kernel")]
pub struct Build {
    settings: Arc<Settings>,
    decimal: bool,
    threads: usize,
    collectors: Option<Vec<Collector>>,
    rows: u64,
}

#[pymethods]
impl Build {
    #[new]
    #[pyo3(signature = (*, snapshot_key, assets, amounts, negative="refuse", sum_duplicates=false, threads=0))]
    fn new(
        snapshot_key: &[u8],
        assets: Vec<(String, u32, u32, u128)>,
        amounts: &str,
        negative: &str,
        sum_duplicates: bool,
        threads: usize,
    ) -> PyResult<Self> {
        let decimal = choice("amounts", amounts, ["base-units", "decimal"])?;
        let exclude = choice("negative", negative, ["refuse", "exclude"])?;
        let asset = |(code, decimals, pieces, above): &(String, u32, u32, u128)| {
            Asset::new(code, *decimals, Rule::new(*pieces, *above)?, snapshot_key)
        };
        let assets = assets.iter().map(asset).collect::<por_kernel_core::Result<Vec<_>>>().py()?;
        let settings = Arc::new(Settings::new(assets, exclude, sum_duplicates).py()?);
        let threads = ingest::threads(threads).py()?;
        let collectors = (0..threads).map(|_| Collector::new(settings.clone())).collect();
        Ok(Self { settings, decimal, threads, collectors: Some(collectors), rows: 0 })
    }

    /// Read an Arrow stream; returns the rows read.
    fn ingest(&mut self, py: Python<'_>, stream: &Bound<'_, PyAny>) -> PyResult<u64> {
        let reader = stream::open(stream)?;
        let mut collectors = self.take()?;
        let read = py.detach(|| {
            let read = ingest::ingest(reader, &self.settings, self.decimal, &mut collectors, self.rows)?;
            let mut faults = Faults::default();
            for collector in &mut collectors {
                faults.merge(std::mem::take(&mut collector.faults));
            }
            faults.into_error().map_or(Ok(read), |error| Err(Stop::Refused(error)))
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

    /// Build the trees and write one store for each asset into `folder`; returns what the manifest says of each.
    fn finish<'py>(&mut self, py: Python<'py>, folder: Option<PathBuf>) -> PyResult<Bound<'py, PyList>> {
        let collectors = self.take()?;
        let settings = self.settings.clone();
        let threads = self.threads;
        let trees = py.detach(|| {
            let folder = folder.map(files::Folder::new);
            let collectors = build::add_up(&settings, collectors, threads)?;
            let output = folder.as_ref().map(|folder| folder as &dyn Output);
            let trees = build::build(&settings, collectors, threads, output);
            match (folder, trees) {
                (Some(folder), Ok(trees)) => folder.keep().map(|()| trees),
                (Some(folder), Err(error)) => {
                    folder.discard();
                    Err(error)
                }
                (None, trees) => trees,
            }
        });
        let rows = PyList::empty(py);
        for (asset, tree) in self.settings.assets.iter().zip(trees.py()?) {
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
            rows.append(row)?;
        }
        Ok(rows)
    }
}

impl Build {
    fn take(&mut self) -> PyResult<Vec<Collector>> {
        self.collectors.take().map_or_else(|| refuse(Code::BuildFinished, "this build has ended"), Ok).py()
    }
}

fn choice(name: &str, given: &str, [first, second]: [&str; 2]) -> PyResult<bool> {
    match given {
        _ if given == first => Ok(false),
        _ if given == second => Ok(true),
        _ => refuse(Code::ArgumentMalformed, format!("{name}: neither {first} nor {second}")).py(),
    }
}
