//! The one conversion of the kernel's errors to Python.

use por_kernel_core::Error;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

pyo3::create_exception!(por_kernel, KernelError, PyException, "What the kernel refuses; see `code`.");

/// A `KernelError` with code, message, hint, row and faults.
pub fn to_python(error: Error) -> PyErr {
    Python::attach(|py| {
        let raised = KernelError::new_err(error.message.clone());
        let value = raised.value(py);
        let faults: Vec<(&str, u64, Vec<u64>, String)> =
            error.faults.into_iter().map(|kind| (kind.code.slug(), kind.count, kind.rows, kind.message)).collect();
        let set = value
            .setattr("code", error.code.slug())
            .and_then(|()| value.setattr("message", error.message))
            .and_then(|()| value.setattr("hint", error.code.hint()))
            .and_then(|()| value.setattr("row", error.row))
            .and_then(|()| value.setattr("faults", faults));
        set.map_or_else(|failed| failed, |()| raised)
    })
}

/// Shorthand at the border.
pub trait ToPython<T> {
    /// Turn a kernel result into a Python one.
    fn py(self) -> PyResult<T>;
}

impl<T> ToPython<T> for por_kernel_core::Result<T> {
    fn py(self) -> PyResult<T> {
        self.map_err(to_python)
    }
}
