//! Tasks on several threads; the first error by task order is returned, and a halt ends them early.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::{Code, Error, Result, refuse};

/// What a caller on another thread may ask of work that goes on, and learn of it.
#[derive(Default)]
pub struct Watch {
    halted: AtomicBool,
    done: AtomicU64,
}

impl Watch {
    /// End the work at its next step; it then fails with `interrupted`.
    pub fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    /// Units of work done so far.
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// Count work; fails with `interrupted` where a halt was asked for.
    pub fn step(&self, units: u64) -> Result<()> {
        self.done.fetch_add(units, Ordering::Relaxed);
        if self.halted.load(Ordering::Relaxed) { refuse(Code::Interrupted, "interrupted") } else { Ok(()) }
    }
}

/// Work tasks off on `threads` threads, each with memory of its own made by `scratch`.
pub fn in_parallel<T: Sync, S>(
    threads: usize,
    tasks: &[T],
    scratch: impl Fn() -> S + Sync,
    work: impl Fn(&T, &mut S) -> Result<()> + Sync,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    let run = || {
        let mut scratch = scratch();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(task) = tasks.get(at) else { break };
            if lock(&failed).is_some() {
                break;
            }
            if let Err(error) = work(task, &mut scratch) {
                let mut failed = lock(&failed);
                if failed.as_ref().is_none_or(|(earlier, _)| at < *earlier) {
                    *failed = Some((at, error));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(tasks.len()) {
            scope.spawn(run);
        }
        run();
    });
    let failed = lock(&failed).take();
    failed.map_or(Ok(()), |(_, error)| Err(error))
}

/// A poisoned lock means that another thread panicked; the scope passes that panic on, so the value is not used.
pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_done_once_and_the_first_error_wins() {
        for threads in 1..=8 {
            let seen: Vec<AtomicU64> = (0..100).map(|_| AtomicU64::new(0)).collect();
            let tasks: Vec<usize> = (0..100).collect();
            let count = |task: &usize, _: &mut ()| {
                seen[*task].fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            in_parallel(threads, &tasks, || (), count).unwrap();
            assert!(seen.iter().all(|times| times.load(Ordering::Relaxed) == 1));
            let fail = |task: &usize, _: &mut ()| refuse(Code::StoreDamaged, format!("{task}"));
            assert_eq!(in_parallel(threads, &tasks, || (), fail).unwrap_err().message, "0");
        }
    }

    #[test]
    fn a_halt_ends_the_work() {
        let watch = Watch::default();
        watch.step(3).unwrap();
        watch.halt();
        assert_eq!(watch.step(4).unwrap_err().code, Code::Interrupted);
        assert_eq!(watch.done(), 7);
    }
}
