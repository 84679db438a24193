//! The class `Store`, and proofs out of several of them.

use std::path::PathBuf;

use memmap2::Mmap;
use por_kernel_core::bulk::{Ids, Located, Scratch, TOGETHER};
use por_kernel_core::document::Piece;
use por_kernel_core::entries;
use por_kernel_core::error::refuse;
use por_kernel_core::parallel::{in_parallel, lock};
use por_kernel_core::{Code, prove};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString};

use crate::error::ToPython;
use crate::{files, ids, ingest, text};

/// One asset's tree, memory-mapped.
#[pyclass(frozen, module = "por_kernel")]
pub struct Store {
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

    /// Where each account's pieces stand, with their amounts and nonces: columns of the pieces found.
    #[pyo3(signature = (snapshot_key, account_ids, *, threads=0))]
    fn place_many<'py>(
        &self,
        py: Python<'py>,
        snapshot_key: &[u8],
        account_ids: &Bound<'_, PyAny>,
        threads: usize,
    ) -> PyResult<[Bound<'py, PyBytes>; 4]> {
        let ids = ids::read(account_ids)?;
        let threads = ingest::threads(threads).py()?;
        let lots = py.detach(|| self.locate(snapshot_key, &ids, threads)).py()?;
        let column = |bytes: fn(&Located, &mut Vec<u8>)| {
            let mut out = Vec::new();
            lots.iter().flatten().for_each(|located| bytes(located, &mut out));
            PyBytes::new(py, &out)
        };
        Ok([
            column(|located, out| out.extend((located.position as u32).to_le_bytes())),
            column(|located, out| out.extend(located.index.to_le_bytes())),
            column(|located, out| out.extend(located.amount.to_be_bytes())),
            column(|located, out| out.extend(located.nonce)),
        ])
    }

    /// Hash the whole tree again and compare it with everything that is stored.
    #[pyo3(signature = (threads=0))]
    fn check(&self, py: Python<'_>, threads: usize) -> PyResult<()> {
        let threads = ingest::threads(threads).py()?;
        py.detach(|| self.store.check(threads)).py()
    }

    /// Nodes of one level, 48 bytes each.
    fn nodes<'py>(&self, py: Python<'py>, level: u32, first: u64, count: u64) -> PyResult<Bound<'py, PyBytes>> {
        let nodes = py.detach(|| self.store.nodes(level, first, count)).py()?;
        Ok(PyBytes::new(py, &nodes))
    }
}

impl Store {
    fn locate(&self, snapshot_key: &[u8], ids: &Ids, threads: usize) -> por_kernel_core::Result<Vec<Vec<Located>>> {
        let key = self.store.key(snapshot_key)?;
        let lots: Vec<usize> = (0..ids.len().div_ceil(TOGETHER)).collect();
        let found = std::sync::Mutex::new(vec![Vec::new(); lots.len()]);
        in_parallel(threads, &lots, Scratch::default, |lot, scratch| {
            let positions = lot * TOGETHER..((lot + 1) * TOGETHER).min(ids.len());
            let mut located = Vec::new();
            self.store.locate(&key, ids, positions, scratch, &mut located)?;
            lock(&found)[*lot] = located;
            Ok(())
        })?;
        Ok(found.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// The `entries` of many accounts' proofs as JCS bytes, and where each begins.
#[pyfunction]
#[pyo3(signature = (stores, snapshot_key, account_ids, *, threads=0))]
pub fn prove_many<'py>(
    py: Python<'py>,
    stores: Vec<PyRef<'py, Store>>,
    snapshot_key: &[u8],
    account_ids: &Bound<'_, PyAny>,
    threads: usize,
) -> PyResult<(Bound<'py, PyBytes>, Vec<usize>)> {
    let ids = ids::read(account_ids)?;
    let threads = ingest::threads(threads).py()?;
    let mut stores: Vec<&prove::Store<Mmap>> = stores.iter().map(|store| &store.store).collect();
    stores.sort_by(|a, b| a.head().asset.cmp(&b.head().asset));
    if stores.windows(2).any(|pair| pair[0].head().asset == pair[1].head().asset) {
        return refuse(Code::ArgumentMalformed, "stores: an asset stands twice").py();
    }
    let lots = py.detach(|| entries::prove_many(&stores, snapshot_key, &ids, threads)).py()?;
    let mut offsets = Vec::with_capacity(ids.len() + 1);
    offsets.push(0);
    let mut size = 0;
    for lot in &lots {
        offsets.extend(lot.ends.iter().map(|end| size + end));
        size += lot.bytes.len();
    }
    let bytes = PyBytes::new_with(py, size, |mut out| {
        for lot in &lots {
            let (head, tail) = out.split_at_mut(lot.bytes.len());
            head.copy_from_slice(&lot.bytes);
            out = tail;
        }
        Ok(())
    })?;
    Ok((bytes, offsets))
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
