//! Lists of account ids, from Python or Arrow.

use por_kernel_core::bulk::Ids;
use por_kernel_core::error::refuse;
use por_kernel_core::{Code, Error};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::columns::Text;
use crate::error::{ToPython, to_python};
use crate::{stream, text};

/// Copy the ids out of an Arrow stream of one text column, or out of any iterable of str.
pub fn read(object: &Bound<'_, PyAny>) -> PyResult<Ids> {
    let mut ids = Ids::default();
    if !object.hasattr("__arrow_c_stream__")? {
        for account_id in object.try_iter()? {
            ids.push(text(account_id?.cast::<PyString>()?).as_bytes()).py()?;
        }
        return Ok(ids);
    }
    for batch in stream::open(object)? {
        let batch = batch.map_err(|error| {
            to_python(Error::new(Code::StreamFailed, format!("the account ids cannot be read: {error}")))
        })?;
        let column = match batch.columns() {
            [column] => Text::new(column),
            _ => None,
        };
        let Some(column) = column else {
            return refuse(Code::ColumnType, "account ids come as one column of text").py();
        };
        for row in 0..batch.num_rows() {
            ids.push(column.get(row).unwrap_or_default()).py()?;
        }
    }
    Ok(ids)
}
