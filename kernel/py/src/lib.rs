//! The native part of the Python module `por_kernel`: Arrow in, trees, stores and proofs out. What it does is in
//! por-kernel-core; here are only conversions, files and threads' entry.

mod build;
mod columns;
mod error;
mod files;
mod ids;
mod ingest;
mod partition;
mod store;
mod stream;

use error::{KernelError, ToPython};
use por_kernel_core::verify;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// An account id as UTF-8. What has none (lone surrogates) is as malformed as an empty one.
fn text<'a>(account_id: &'a Bound<'_, PyString>) -> &'a str {
    account_id.to_str().unwrap_or_default()
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
    module.add_class::<build::Build>()?;
    module.add_class::<store::Store>()?;
    module.add_function(wrap_pyfunction!(partition::place_rows, module)?)?;
    module.add_function(wrap_pyfunction!(partition::reduce_range, module)?)?;
    module.add_function(wrap_pyfunction!(partition::merge_ranges, module)?)?;
    module.add_function(wrap_pyfunction!(store::prove_many, module)?)?;
    module.add_function(wrap_pyfunction!(verify_proof, module)?)
}
