//! The native part of the Python module `por_kernel`: Arrow in, trees, stores and proofs out. What it does is in por-kernel-core; here are
//! only conversions, files and threads' entry.

mod columns;
mod error;
mod files;
mod ingest;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;

use error::{KernelError, ToPython};
use ingest::Stop;
use memmap2::Mmap;
use por_kernel_core::build::{self, Output};
use por_kernel_core::collect::{Asset, Collector, Settings};
use por_kernel_core::document::Piece;
use por_kernel_core::error::refuse;
use por_kernel_core::faults::Faults;
use por_kernel_core::prove;
use por_kernel_core::split::Rule;
use por_kernel_core::{Code, verify};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

/// Collects rows; sorts, sums and stores.
#[pyclass(module = "por_kernel")]
struct Build {
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

/// One asset's tree, memory-mapped.
#[pyclass(frozen, module = "por_kernel")]
struct Store {
    store: prove::Store<Mmap>,
}

#[pymethods]
impl Store {
    #[new]
    fn new(path: PathBuf) -> PyResult<Self> {
        let map = files::map(&path).py()?;
        let store = prove::Store::open(map).map_err(|error| {
            let message = format!("{}: {}", path.display(), error.message);
            por_kernel_core::Error { message, ..error }
        });
        Ok(Self { store: store.py()? })
    }

    #[getter]
    fn asset(&self) -> &str {
        &self.store.head().asset
    }

    #[getter]
    fn count(&self) -> u64 {
        self.store.head().layout.count
    }

    #[getter]
    fn total(&self) -> u128 {
        self.store.head().root.sum
    }

    #[getter]
    fn root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.store.head().root.hash)
    }

    /// All pieces of an account's balance with their paths; None when it has none.
    fn prove<'py>(
        &self,
        py: Python<'py>,
        snapshot_key: &[u8],
        account_id: &Bound<'_, PyString>,
    ) -> PyResult<Option<Bound<'py, PyList>>> {
        let account_id = text(account_id);
        let pieces = py.detach(|| self.store.prove(snapshot_key, account_id.as_bytes())).py()?;
        pieces
            .map(|pieces| PyList::new(py, pieces.iter().map(|piece| show(py, piece)).collect::<PyResult<Vec<_>>>()?))
            .transpose()
    }
}

/// An account id as UTF-8. What has none (lone surrogates) is as malformed as an empty one.
fn text<'a>(account_id: &'a Bound<'_, PyString>) -> &'a str {
    account_id.to_str().unwrap_or_default()
}

fn show<'py>(py: Python<'py>, piece: &Piece) -> PyResult<Bound<'py, PyDict>> {
    let path: Vec<_> = piece.path.iter().map(|node| (PyBytes::new(py, &node.hash), node.sum)).collect();
    let out = PyDict::new(py);
    out.set_item("amount", piece.amount)?;
    out.set_item("nonce", PyBytes::new(py, &piece.nonce))?;
    out.set_item("index", piece.index)?;
    out.set_item("path", path)?;
    Ok(out)
}

/// Check a proof's bytes against a statement's; returns (asset, amount) for each entry.
#[pyfunction]
#[pyo3(name = "verify")]
fn verify_proof(
    py: Python<'_>,
    proof: &[u8],
    statement: &[u8],
    account_id: &Bound<'_, PyString>,
) -> PyResult<Vec<(String, u128)>> {
    let account_id = text(account_id);
    let found = py.detach(|| verify::verify(proof, statement, account_id.as_bytes())).py()?;
    Ok(found.into_iter().map(|found| (found.asset, found.amount)).collect())
}

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("KernelError", module.py().get_type::<KernelError>())?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<Build>()?;
    module.add_class::<Store>()?;
    module.add_function(wrap_pyfunction!(verify_proof, module)?)
}
