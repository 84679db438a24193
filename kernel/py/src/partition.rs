//! The parts of a build as functions over Arrow streams and files.

use std::path::PathBuf;
use std::sync::Arc;

use por_kernel_core::Code;
use por_kernel_core::build::Sheet;
use por_kernel_core::collect::Collector;
use por_kernel_core::error::refuse;
use por_kernel_core::parallel::Watch;
use por_kernel_core::partition::{self, Input, Task};
use por_kernel_core::settings::{Asset, Memory, Settings};
use por_kernel_core::spill::Disk;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::build::{AssetTuple, Beat, choice, settings, show, watched};
use crate::error::{self, ToPython};
use crate::ingest::{self, Stop};
use crate::{files, stream};

/// Rows of one partition to files of placed leaves.
#[pyfunction]
#[pyo3(signature = (stream, *, snapshot_key, assets, amounts, folder, label, ranges, first_row=1, negative="refuse",
                    threads=0, memory=None))]
#[expect(clippy::too_many_arguments, reason = "Python's keywords")]
pub fn place_rows<'py>(
    py: Python<'py>,
    stream: &Bound<'_, PyAny>,
    snapshot_key: &[u8],
    assets: Vec<AssetTuple>,
    amounts: &str,
    folder: PathBuf,
    label: &str,
    ranges: usize,
    first_row: u64,
    negative: &str,
    threads: usize,
    memory: Option<u64>,
) -> PyResult<Bound<'py, PyDict>> {
    let decimal = choice("amounts", amounts, ["base-units", "decimal"])?;
    let settings = settings(&assets, snapshot_key, choice("negative", negative, ["refuse", "exclude"])?, false)?;
    let threads = ingest::threads(threads).py()?;
    if !(1..=256).contains(&ranges) || first_row == 0 || !is_label(label) {
        return refuse(Code::ArgumentMalformed, "ranges are 1 to 256, rows count from 1, labels are of a-z, 0-9, -")
            .py();
    }
    let reader = stream::open(stream)?;
    let limits = memory.map_or(Memory::NONE, |memory| Memory::new(memory, threads, false));
    let disk: Option<Arc<dyn Disk>> = memory.map(|_| Arc::new(files::Scratch::new(folder.clone())) as _);
    let mut collectors: Vec<Collector> =
        (0..threads).map(|_| Collector::new(settings.clone(), limits, disk.clone())).collect();
    let mut heard = Beat::new(None);
    let mut paths = Vec::new();
    let placed = py.detach(|| {
        let rows = ingest::ingest(reader, &settings, decimal, &mut collectors, first_row - 1, |rows| heard.tell(rows))?;
        let create: &mut partition::Create<'_> = &mut |asset, first, last| {
            let name = format!("{}.{first:03}-{last:03}.{label}.leaves", asset.replace(':', "_"));
            paths.push(folder.join(&name));
            Ok(Box::new(files::NewFile::create(folder.join(name))?))
        };
        let placed = partition::place(&settings, collectors, ranges, create).map_err(Stop::Refused)?;
        Ok((rows, placed))
    });
    let (rows, placed) = placed.map_err(|stop| match stop {
        Stop::Refused(error) => error::to_python(error),
        Stop::Raised(error) => error,
    })?;
    let (list, mut paths) = (PyList::empty(py), paths.into_iter());
    for (asset, (tally, heads)) in settings.assets.iter().zip(placed) {
        let files = PyList::empty(py);
        for head in heads {
            let file = PyDict::new(py);
            file.set_item("path", paths.next())?;
            file.set_item("first", head.span.0)?;
            file.set_item("counts", head.table.iter().map(|(count, _)| *count).collect::<Vec<_>>())?;
            file.set_item("largest", head.largest)?;
            files.append(file)?;
        }
        let row = PyDict::new(py);
        row.set_item("asset", &asset.code)?;
        row.set_item("rows", tally.rows)?;
        row.set_item("excluded_rows", tally.excluded_rows)?;
        row.set_item("excluded_amount", tally.excluded_amount.0)?;
        row.set_item("files", files)?;
        list.append(row)?;
    }
    let out = PyDict::new(py);
    out.set_item("rows", rows)?;
    out.set_item("assets", list)?;
    Ok(out)
}

/// Files of leaves to the piece of the store that a range of them makes; returns its leaves.
#[pyfunction]
#[pyo3(signature = (files, *, snapshot_key, asset, buckets, begin, count, largest, out, memory=None))]
#[expect(clippy::too_many_arguments, reason = "Python's keywords")]
pub fn reduce_range(
    py: Python<'_>,
    files: Vec<PathBuf>,
    snapshot_key: &[u8],
    asset: AssetTuple,
    buckets: (usize, usize),
    begin: u64,
    count: u64,
    largest: u128,
    out: PathBuf,
    memory: Option<u64>,
) -> PyResult<u64> {
    let settings = settings(&[asset], snapshot_key, false, false)?;
    let limits = memory.map_or(Memory::NONE, |memory| Memory::new(memory, 1, false));
    let task = Task { span: buckets, begin, count, largest };
    let watch = Watch::default();
    let mut heard = Beat::new(None);
    py.detach(|| {
        watched(
            &watch,
            |_| heard.tell(0),
            || {
                let sheet = files::NewFile::create(out)?;
                partition::reduce(only(&settings), task, &inputs(&files)?, limits, &sheet, &watch)
            },
        )
    })
}

/// All pieces of an asset to its tree, and to its store in `folder` unless None.
#[pyfunction]
#[pyo3(signature = (pieces, *, snapshot_key, asset, folder))]
pub fn merge_ranges<'py>(
    py: Python<'py>,
    pieces: Vec<PathBuf>,
    snapshot_key: &[u8],
    asset: AssetTuple,
    folder: Option<PathBuf>,
) -> PyResult<Bound<'py, PyDict>> {
    let settings = settings(&[asset], snapshot_key, false, false)?;
    let asset = only(&settings);
    let tree = py.detach(|| {
        partition::merge(asset, &inputs(&pieces)?, |size| {
            let Some(folder) = folder else { return Ok(None) };
            let path = folder.join(format!("{}.tree", asset.code.replace(':', "_")));
            Ok(Some(Box::new(files::NewFile::create(path)?.with_size(size)?) as Box<dyn Sheet>))
        })
    });
    show(py, asset, &tree.py()?)
}

fn inputs(paths: &[PathBuf]) -> por_kernel_core::Result<Vec<Input>> {
    paths.iter().map(|path| files::input(path)).collect()
}

fn only(settings: &Settings) -> &Asset {
    &settings.assets[0]
}

fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&label.len()) && label.bytes().all(fits)
}
