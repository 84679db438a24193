//! Amounts as people and documents write them, read into whole base units without rounding.

use crate::error::Code;

/// Decimals of an asset: a uint256 has 78 digits, so more cannot be meant.
pub const MAX_DECIMALS: u32 = 77;

/// A ledger's amount before it is judged: the magnitude in base units and whether it stands for a debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Magnitude, base units.
    pub units: u128,
    /// Below zero.
    pub negative: bool,
}

/// A canonical base-unit string of a document: digits without sign or leading zero, below 2^128.
pub fn parse_canonical(text: &str) -> Result<u128, Code> {
    let digits = text.as_bytes();
    if !(1..=39).contains(&digits.len()) || !all_digits(digits) || (digits.len() > 1 && digits[0] == b'0') {
        return Err(Code::AmountNotCanonical);
    }
    number(digits).ok_or(Code::AmountTooLarge)
}

/// A ledger's text in base units: an optional minus, digits, no leading zero.
pub fn parse_units(text: &[u8]) -> Result<Signed, Code> {
    parse_decimal(text, 0, false)
}

/// A ledger's text in whole units ("0.5", "-12.30"), exact in the asset's decimals.
pub fn parse_exact(text: &[u8], decimals: u32) -> Result<Signed, Code> {
    parse_decimal(text, decimals, true)
}

fn parse_decimal(text: &[u8], decimals: u32, point: bool) -> Result<Signed, Code> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(at) if point && at + 1 < text.len() => (&text[..at], &text[at + 1..]),
        Some(_) => return Err(Code::AmountMalformed),
        None => (text, &text[text.len()..]),
    };
    let leading_zero = whole.len() > 1 && whole[0] == b'0';
    if whole.is_empty() || leading_zero || !all_digits(whole) || !all_digits(fraction) {
        return Err(Code::AmountMalformed);
    }
    let kept = fraction.len() - fraction.iter().rev().take_while(|byte| **byte == b'0').count();
    if kept > decimals as usize {
        return Err(Code::AmountTooFine);
    }
    let zero = whole == b"0" && kept == 0;
    if zero && negative {
        return Err(Code::AmountMalformed); // "-0" says that somebody's arithmetic is off
    }
    let units = number(whole)
        .and_then(|whole| scale_up(whole, kept as u32))
        .and_then(|whole| whole.checked_add(number(&fraction[..kept])?))
        .and_then(|units| scale_up(units, decimals - kept as u32))
        .ok_or(Code::AmountTooLarge)?;
    Ok(Signed { units, negative })
}

/// A magnitude with `scale` decimals of its own into base units of an asset with `decimals`.
pub fn rescale(magnitude: u128, scale: u32, decimals: u32) -> Result<u128, Code> {
    if scale <= decimals {
        return scale_up(magnitude, decimals - scale).ok_or(Code::AmountTooLarge);
    }
    let surplus = 10u128.checked_pow(scale - decimals);
    match surplus {
        Some(surplus) if magnitude % surplus == 0 => Ok(magnitude / surplus),
        None if magnitude == 0 => Ok(0),
        _ => Err(Code::AmountTooFine),
    }
}

fn scale_up(value: u128, digits: u32) -> Option<u128> {
    if value == 0 {
        return Some(0); // also where the power itself does not fit
    }
    value.checked_mul(10u128.checked_pow(digits)?)
}

fn all_digits(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_digit)
}

fn number(digits: &[u8]) -> Option<u128> {
    if digits.len() <= 19 {
        let small = digits.iter().fold(0u64, |sum, digit| sum * 10 + u64::from(digit - b'0'));
        return Some(small.into()); // 19 digits fit 64 bits; most amounts do
    }
    let add = |sum: u128, digit: &u8| sum.checked_mul(10)?.checked_add((digit - b'0').into());
    digits.iter().try_fold(0u128, add)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: &str = "340282366920938463463374607431768211455";

    #[test]
    fn canonical_strings() {
        assert_eq!(parse_canonical("0"), Ok(0));
        assert_eq!(parse_canonical("120"), Ok(120));
        assert_eq!(parse_canonical(MAX), Ok(u128::MAX));
        for text in ["", "-0", "+1", "01", "1.0", " 1", "1e3", "٣", &"1".repeat(40)] {
            assert_eq!(parse_canonical(text), Err(Code::AmountNotCanonical), "{text}");
        }
        assert_eq!(parse_canonical("340282366920938463463374607431768211456"), Err(Code::AmountTooLarge));
    }

    #[test]
    fn ledger_amounts_are_exact() {
        let read = |text: &str, decimals| parse_exact(text.as_bytes(), decimals).map(|a| (a.negative, a.units));
        assert_eq!(read("0.5", 8), Ok((false, 50_000_000)));
        assert_eq!(read("-1.10", 1), Ok((true, 11)));
        assert_eq!(read("3", 0), Ok((false, 3)));
        assert_eq!(read("0.000", 77), Ok((false, 0)));
        assert_eq!(read(MAX, 0), Ok((false, u128::MAX)));
        assert_eq!(read(MAX, 1), Err(Code::AmountTooLarge));
        assert_eq!(read("1", 39), Err(Code::AmountTooLarge));
        assert_eq!(read("0.123", 2), Err(Code::AmountTooFine));
        for text in ["", "-", ".5", "5.", "1.2.3", "00", "1,000", "+1", "-0", "-0.0", "1e3", "nan", " 1", "0x1"] {
            assert_eq!(read(text, 8), Err(Code::AmountMalformed), "{text}");
        }
        assert_eq!(parse_units(b"1.0"), Err(Code::AmountMalformed));
        assert_eq!(parse_units(b"-7"), Ok(Signed { units: 7, negative: true }));
    }

    #[test]
    fn decimals_of_columns_are_rescaled_exactly() {
        assert_eq!(rescale(15, 1, 8), Ok(150_000_000));
        assert_eq!(rescale(150, 2, 1), Ok(15));
        assert_eq!(rescale(155, 2, 1), Err(Code::AmountTooFine));
        assert_eq!(rescale(u128::MAX, 0, 1), Err(Code::AmountTooLarge));
        assert_eq!((rescale(0, 76, 0), rescale(0, 0, 77)), (Ok(0), Ok(0)));
    }
}
