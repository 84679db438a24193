//! The three columns of a ledger, whatever Arrow types they have.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type};
use arrow_array::types::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray, RecordBatch};
use arrow_array::{Decimal128Array, Decimal256Array, Int64Array, UInt64Array};
use arrow_array::{LargeStringArray, StringArray, StringViewArray};
use arrow_schema::DataType;
use por_kernel_core::amounts::{self, Signed};
use por_kernel_core::error::refuse;
use por_kernel_core::{Code, Error, Result};

/// Text of any layout; None where the row has none.
pub enum Text {
    Small(StringArray),
    Large(LargeStringArray),
    View(StringViewArray),
    Dictionary(ArrayRef, Vec<usize>, Box<Text>),
}

impl Text {
    /// None where the column holds no text.
    pub fn new(column: &ArrayRef) -> Option<Self> {
        Some(match column.data_type() {
            DataType::Utf8 => Self::Small(column.as_string().clone()),
            DataType::LargeUtf8 => Self::Large(column.as_string().clone()),
            DataType::Utf8View => Self::View(column.as_string_view().clone()),
            DataType::Dictionary(_, _) => {
                let dictionary = column.as_any_dictionary();
                let values = Self::new(dictionary.values())?;
                let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
                Self::Dictionary(column.clone(), keys, Box::new(values))
            }
            _ => return None,
        })
    }

    /// The bytes of a row.
    pub fn get(&self, row: usize) -> Option<&[u8]> {
        match self {
            Self::Small(column) => column.is_valid(row).then(|| column.value(row).as_bytes()),
            Self::Large(column) => column.is_valid(row).then(|| column.value(row).as_bytes()),
            Self::View(column) => column.is_valid(row).then(|| column.value(row).as_bytes()),
            Self::Dictionary(column, keys, values) => {
                if column.is_null(row) {
                    None
                } else {
                    values.get(*keys.get(row)?)
                }
            }
        }
    }
}

/// Amounts of any exact type.
pub enum Amounts {
    Text(Text),
    Signed(Int64Array),
    Unsigned(UInt64Array),
    Decimal(Decimal128Array, u32),
    Wide(Decimal256Array, u32),
}

impl Amounts {
    fn new(column: &ArrayRef) -> Result<Self> {
        let scale = |scale: i8| {
            u32::try_from(scale).map_err(|_| Error::new(Code::ColumnType, "amount: a decimal of negative scale"))
        };
        if let Some(text) = Text::new(column) {
            return Ok(Self::Text(text));
        }
        Ok(match column.data_type() {
            DataType::Int8 => Self::Signed(widen::<Int8Type, _>(column)),
            DataType::Int16 => Self::Signed(widen::<Int16Type, _>(column)),
            DataType::Int32 => Self::Signed(widen::<Int32Type, _>(column)),
            DataType::Int64 => Self::Signed(widen::<Int64Type, _>(column)),
            DataType::UInt8 => Self::Unsigned(widen::<UInt8Type, _>(column)),
            DataType::UInt16 => Self::Unsigned(widen::<UInt16Type, _>(column)),
            DataType::UInt32 => Self::Unsigned(widen::<UInt32Type, _>(column)),
            DataType::UInt64 => Self::Unsigned(widen::<UInt64Type, _>(column)),
            DataType::Decimal32(_, s) => Self::Decimal(widen::<Decimal32Type, _>(column), scale(*s)?),
            DataType::Decimal64(_, s) => Self::Decimal(widen::<Decimal64Type, _>(column), scale(*s)?),
            DataType::Decimal128(_, s) => Self::Decimal(widen::<Decimal128Type, _>(column), scale(*s)?),
            DataType::Decimal256(_, s) => Self::Wide(column.as_primitive::<Decimal256Type>().clone(), scale(*s)?),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => {
                return refuse(Code::AmountFloat, "amount: the column holds floats");
            }
            other => return refuse(Code::ColumnType, format!("amount: the column holds {other}")),
        })
    }

    /// The amount of a row in base units; None where there is none. In units mode (`decimals` None) the numbers are
    /// base units themselves; else they are whole units of an asset with that many decimals.
    pub fn get(&self, row: usize, decimals: Option<u32>) -> Option<std::result::Result<Signed, Code>> {
        let exact = |magnitude: u128, negative: bool, scale: u32| match decimals {
            None if scale > 0 => amounts::rescale(magnitude, scale, 0).map(|units| Signed { units, negative }),
            None => Ok(Signed { units: magnitude, negative }),
            Some(decimals) => amounts::rescale(magnitude, scale, decimals).map(|units| Signed { units, negative }),
        };
        Some(match self {
            Self::Text(text) => match (text.get(row)?, decimals) {
                (text, None) => amounts::parse_units(text),
                (text, Some(decimals)) => amounts::parse_exact(text, decimals),
            },
            Self::Signed(column) => {
                let value = column.is_valid(row).then(|| column.value(row))?;
                exact(value.unsigned_abs().into(), value < 0, 0)
            }
            Self::Unsigned(column) => exact(column.is_valid(row).then(|| column.value(row))?.into(), false, 0),
            Self::Decimal(column, scale) => {
                let value = column.is_valid(row).then(|| column.value(row))?;
                exact(value.unsigned_abs(), value < 0, *scale)
            }
            Self::Wide(column, scale) => {
                let value = column.is_valid(row).then(|| column.value(row))?;
                // shown as decimal text, so that all 256 bits are judged by the same reader
                let negative = value.is_negative();
                let digits = value.to_string();
                wide(digits.trim_start_matches('-'), *scale, decimals.unwrap_or(0))
                    .map(|units| Signed { units, negative })
            }
        })
    }
}

/// The column with wider numbers, its nulls kept.
fn widen<From, To>(column: &ArrayRef) -> PrimitiveArray<To>
where
    From: ArrowPrimitiveType,
    To: ArrowPrimitiveType,
    From::Native: Into<To::Native>,
{
    column.as_primitive::<From>().unary(Into::into)
}

fn wide(digits: &str, scale: u32, decimals: u32) -> std::result::Result<u128, Code> {
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let text = if fraction.is_empty() { whole.to_string() } else { format!("{whole}.{fraction}") };
    amounts::parse_exact(text.as_bytes(), decimals).map(|amount| amount.units)
}

/// One batch of a ledger.
pub struct Columns {
    pub account_ids: Text,
    pub assets: Text,
    pub amounts: Amounts,
    pub rows: usize,
}

impl Columns {
    /// Find the columns by name and check their types.
    pub fn new(batch: &RecordBatch) -> Result<Self> {
        let text = |name: &str| {
            let column = find(batch, name)?;
            Text::new(column)
                .ok_or_else(|| Error::new(Code::ColumnType, format!("{name}: the column holds {}", column.data_type())))
        };
        Ok(Self {
            account_ids: text("account_id")?,
            assets: text("asset")?,
            amounts: Amounts::new(find(batch, "amount")?)?,
            rows: batch.num_rows(),
        })
    }
}

fn find<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef> {
    let missing = || Error::new(Code::ColumnMissing, format!("the ledger has no column {name}"));
    batch.column_by_name(name).ok_or_else(missing)
}
