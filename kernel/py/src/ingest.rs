//! Arrow batches to collected leaves, on all threads.

use std::ops::Range;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatchReader;
use por_kernel_core::amounts::Signed;
use por_kernel_core::collect::{Collector, Row, Settings};
use por_kernel_core::error::refuse;
use por_kernel_core::verify::is_account_id;
use por_kernel_core::{Code, Error, Result};
use pyo3::Python;

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

/// Read all batches; returns the rows read. `collectors` are as many as threads. Must be called detached from Python.
pub fn ingest(
    reader: Box<dyn RecordBatchReader + Send>,
    settings: &Settings,
    decimal: bool,
    collectors: &mut [Collector],
    rows_before: u64,
) -> std::result::Result<u64, Stop> {
    let (sender, receiver) = sync_channel::<Task>(4 * collectors.len());
    let receiver = Mutex::new(receiver);
    std::thread::scope(|scope| {
        for collector in collectors {
            let receiver = &receiver;
            scope.spawn(move || work(receiver, settings, decimal, collector));
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
            Python::attach(|py| py.check_signals()).map_err(Stop::Raised)?;
        }
        drop(sender);
        Ok(rows - rows_before)
    })
}

fn work(tasks: &Mutex<Receiver<Task>>, settings: &Settings, decimal: bool, collector: &mut Collector) {
    loop {
        let task = tasks.lock().map(|tasks| tasks.recv());
        let Ok(Ok(task)) = task else { return };
        take(&task, settings, decimal, collector);
    }
}

fn take(task: &Task, settings: &Settings, decimal: bool, collector: &mut Collector) {
    let Columns { account_ids, assets, amounts, .. } = &*task.columns;
    let mut rows: Vec<Row<'_>> = Vec::with_capacity(task.rows.len());
    let mut last: (&[u8], Option<usize>) = (b"", None);
    for (row, number) in task.rows.clone().zip(task.first_number..) {
        let null = |code, name| move |collector: &mut Collector| collector.faults.add(code, number, name);
        let Some(account_id) = account_ids.get(row) else {
            null(Code::AccountIdNull, "no account id")(collector);
            continue;
        };
        let Some(asset) = assets.get(row) else {
            null(Code::AssetNull, "no asset")(collector);
            continue;
        };
        if last.0 != asset {
            last = (asset, settings.find(asset));
        }
        if last.1.is_none() && is_account_id(account_id) {
            collector.faults.add(Code::AssetUnknown, number, &format!("the snapshot has no asset {}", shown(asset)));
            continue;
        }
        let decimals = last.1.filter(|_| decimal).map(|asset| settings.assets[asset].decimals);
        let amount = match (last.1, amounts.get(row, decimals)) {
            (None, _) => Ok(Signed { units: 0, negative: false }), // the asset is the fault that counts
            (Some(_), Some(amount)) => amount,
            (Some(_), None) => Err(Code::AmountNull),
        };
        rows.extend(collector.judge(number, account_id, last.1, amount));
    }
    collector.push(&rows);
}

/// An asset code as a message names it: short, in quotes, and with nothing in it that could drive a terminal.
fn shown(asset: &[u8]) -> String {
    let text = String::from_utf8_lossy(asset);
    format!("{:?}", text.chars().take(40).collect::<String>())
}

/// The threads asked for; 0 is one for each core.
pub fn threads(asked: usize) -> Result<usize> {
    match asked {
        0 => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        1..=256 => Ok(asked),
        _ => refuse(Code::ArgumentMalformed, "threads: at most 256"),
    }
}
