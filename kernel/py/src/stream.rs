//! Arrow streams from Python: the PyCapsule of the Arrow C stream interface, taken over.

use arrow_array::RecordBatchReader;
use arrow_array::ffi_stream::{ArrowArrayStreamReader, FFI_ArrowArrayStream};
use por_kernel_core::error::refuse;
use por_kernel_core::{Code, Error};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use crate::error::{ToPython, to_python};

/// Move the stream out of an object that has `__arrow_c_stream__` (DuckDB, Polars, pyarrow, ADBC).
pub fn open(object: &Bound<'_, PyAny>) -> PyResult<Box<dyn RecordBatchReader + Send>> {
    let Some(export) = object.getattr_opt("__arrow_c_stream__")? else {
        return refuse(Code::ArgumentMalformed, "the rows come as no Arrow stream (__arrow_c_stream__)").py();
    };
    let capsule = export.call0()?.cast_into::<PyCapsule>()?;
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: a capsule of this name holds a pointer to such a stream (the Arrow PyCapsule interface), the capsule is
    // alive here, and taking the stream leaves an empty one behind, which the capsule's destructor then ignores.
    let reader = unsafe { ArrowArrayStreamReader::from_raw(pointer.as_ptr()) };
    match reader {
        Ok(reader) => Ok(Box::new(reader)),
        Err(error) => Err(to_python(Error::new(Code::StreamFailed, format!("the rows cannot be read: {error}")))),
    }
}
