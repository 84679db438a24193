//! Arrow batches to collected leaves, on all threads.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatchReader;
use por_kernel_core::collect::{Collector, Row};
use por_kernel_core::error::refuse;
use por_kernel_core::settings::Settings;
use por_kernel_core::{Code, Error, Result};

use crate::columns::Columns;

/// Rows that a thread takes at a time.
const TASK: usize = 8192;

struct Task {
    columns: Arc<Columns>,
    rows: Range<usize>,
    first_number: u64,
}

/// Why reading stopped early.
pub enum Stop {
    /// Something the kernel refuses.
    Refused(Error),
    /// A Python exception, such as KeyboardInterrupt.
    Raised(pyo3::PyErr),
}

/// Read all batches; returns the rows read. `collectors` are as many as threads; `tell` is called between batches and
/// may stop the work. Must be called detached from Python.
pub fn ingest(
    reader: Box<dyn RecordBatchReader + Send>,
    settings: &Settings,
    decimal: bool,
    collectors: &mut [Collector],
    rows_before: u64,
    mut tell: impl FnMut(u64) -> pyo3::PyResult<()>,
) -> std::result::Result<u64, Stop> {
    let (sender, receiver) = sync_channel::<Task>(4 * collectors.len());
    let receiver = Mutex::new(receiver);
    let failed = AtomicBool::new(false);
    let read = std::thread::scope(|scope| {
        for collector in &mut *collectors {
            let (receiver, failed) = (&receiver, &failed);
            scope.spawn(move || work(receiver, settings, decimal, collector, failed));
        }
        let mut rows = rows_before;
        for batch in reader {
            let refused = |error: arrow_schema::ArrowError| {
                Stop::Refused(Error::new(Code::StreamFailed, format!("the rows cannot be read: {error}")))
            };
            let columns = Arc::new(Columns::new(&batch.map_err(refused)?).map_err(Stop::Refused)?);
            let total = columns.rows;
            for start in (0..total).step_by(TASK) {
                let range = start..(start + TASK).min(total);
                let task = Task { columns: columns.clone(), rows: range, first_number: rows + 1 + start as u64 };
                if sender.send(task).is_err() {
                    break; // the workers are gone: one panicked, and the scope passes that on
                }
            }
            rows += total as u64;
            tell(rows).map_err(Stop::Raised)?;
            if failed.load(Ordering::Relaxed) {
                break;
            }
        }
        drop(sender);
        Ok(rows - rows_before)
    });
    collectors.iter().try_for_each(Collector::failure).map_err(Stop::Refused)?;
    read
}

fn work(
    tasks: &Mutex<Receiver<Task>>,
    settings: &Settings,
    decimal: bool,
    collector: &mut Collector,
    failed: &AtomicBool,
) {
    loop {
        let task = tasks.lock().map(|tasks| tasks.recv());
        let Ok(Ok(task)) = task else { return };
        take(&task, settings, decimal, collector);
        if collector.failure().is_err() {
            failed.store(true, Ordering::Relaxed); // tasks go on being taken, so that the reader is not left waiting
        }
    }
}

fn take(task: &Task, settings: &Settings, decimal: bool, collector: &mut Collector) {
    let Columns { account_ids, assets, amounts, .. } = &*task.columns;
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(task.rows.len());
    let mut last: (&[u8], Option<usize>) = (b"", None);
    for (row, number) in task.rows.clone().zip(task.first_number..) {
        let asset = assets.get(row);
        if let Some(code) = asset.filter(|code| *code != last.0) {
            last = (code, settings.find(code));
        }
        let known = asset.and(last.1);
        let decimals = known.filter(|_| decimal).map(|asset| settings.assets[asset].decimals);
        let amount = amounts.get(row, decimals);
        let asset = asset.map(|code| known.ok_or(code));
        rows.extend(collector.judge(number, account_ids.get(row), asset, amount));
    }
    collector.push(&rows);
}

/// The threads asked for; 0 is one for each core.
pub fn threads(asked: usize) -> Result<usize> {
    match asked {
        0 => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        1..=256 => Ok(asked),
        _ => refuse(Code::ArgumentMalformed, "threads: at most 256"),
    }
}
