//! JSON as RFC 8785 (JCS) bytes, read strictly: what does not re-encode to the very same bytes is refused.
//!
//! The rules and their order are those of the Python reader (por/canonical.py): first `json-malformed` (not UTF-8, not
//! JSON, a key twice, a fraction or exponent, a number beyond 2^53, nested too deeply), then `json-not-canonical`.

use crate::error::{Code, Result, refuse};

/// How deep brackets may nest. Our deepest document nests 8 levels; a bound keeps a hostile one from exhausting the stack.
pub const MAX_DEPTH: u32 = 32;

/// Integers beyond this differ between readers (RFC 7493).
pub const INTEGER_LIMIT: i64 = 1 << 53;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// Parse JCS bytes.
pub fn decode(data: &[u8], place: &str) -> Result<Value> {
    let mut lone = false;
    let parsed = std::str::from_utf8(data).ok().and_then(|text| {
        let mut reader = Reader { rest: text.as_bytes(), lone_surrogate: false };
        let value = reader.value(1)?;
        reader.blank();
        lone = reader.lone_surrogate;
        reader.rest.is_empty().then_some(value)
    });
    let Some(value) = parsed else {
        return refuse(Code::JsonMalformed, format!("{place}: not JSON of the kind we write"));
    };
    let mut again = Vec::with_capacity(data.len());
    encode(&value, &mut again);
    if lone || again != data {
        return refuse(Code::JsonNotCanonical, format!("{place}: the JSON is not canonical (RFC 8785)"));
    }
    Ok(value)
}

/// Append the JCS bytes of a value.
pub fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Int(number) => out.extend(number.to_string().bytes()),
        Value::Text(text) => encode_text(text, out),
        Value::List(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                encode(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push(b'{');
            for (i, (key, item)) in sorted.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                encode_text(key, out);
                out.push(b':');
                encode(item, out);
            }
            out.push(b'}');
        }
    }
}

fn encode_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            0x08 => out.extend(b"\\b"),
            0x09 => out.extend(b"\\t"),
            0x0a => out.extend(b"\\n"),
            0x0c => out.extend(b"\\f"),
            0x0d => out.extend(b"\\r"),
            0..0x20 => out.extend(format!("\\u{byte:04x}").bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Every method returns None on what is not JSON.
struct Reader<'a> {
    rest: &'a [u8],
    lone_surrogate: bool,
}

impl Reader<'_> {
    fn blank(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    fn take(&mut self, text: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    fn value(&mut self, depth: u32) -> Option<Value> {
        self.blank();
        match self.rest.first()? {
            b'{' | b'[' if depth > MAX_DEPTH => None,
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.text().map(Value::Text),
            b't' => self.take(b"true").map(|()| Value::Bool(true)),
            b'f' => self.take(b"false").map(|()| Value::Bool(false)),
            b'n' => self.take(b"null").map(|()| Value::Null),
            _ => self.integer(),
        }
    }

    fn object(&mut self, depth: u32) -> Option<Value> {
        self.take(b"{")?;
        let mut members = Vec::new();
        let mut seen = std::collections::HashSet::new();
        self.blank();
        if self.take(b"}").is_some() {
            return Some(Value::Object(members));
        }
        loop {
            self.blank();
            let key = self.text()?;
            if !seen.insert(key.clone()) {
                return None;
            }
            self.blank();
            self.take(b":")?;
            members.push((key, self.value(depth + 1)?));
            self.blank();
            if self.take(b",").is_none() {
                return self.take(b"}").map(|()| Value::Object(members));
            }
        }
    }

    fn list(&mut self, depth: u32) -> Option<Value> {
        self.take(b"[")?;
        let mut items = Vec::new();
        self.blank();
        if self.take(b"]").is_some() {
            return Some(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blank();
            if self.take(b",").is_none() {
                return self.take(b"]").map(|()| Value::List(items));
            }
        }
    }

    fn integer(&mut self) -> Option<Value> {
        let negative = self.take(b"-").is_some();
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        let fraction = matches!(rest.first(), Some(b'.' | b'e' | b'E'));
        if digits == 0 || digits > 16 || fraction || (digits > 1 && number[0] == b'0') {
            return None;
        }
        self.rest = rest;
        let size = number.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        (size < INTEGER_LIMIT).then_some(Value::Int(if negative { -size } else { size }))
    }

    fn text(&mut self) -> Option<String> {
        self.take(b"\"")?;
        let mut out = Vec::new();
        loop {
            let plain = self.rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
            let (text, rest) = self.rest.split_at(plain);
            out.extend_from_slice(text);
            self.rest = rest;
            match self.rest {
                [b'"', rest @ ..] => {
                    self.rest = rest;
                    return String::from_utf8(out).ok();
                }
                [b'\\', escape, rest @ ..] => {
                    self.rest = rest;
                    match escape {
                        b'"' | b'\\' | b'/' => out.push(*escape),
                        b'b' => out.push(0x08),
                        b'f' => out.push(0x0c),
                        b'n' => out.push(b'\n'),
                        b'r' => out.push(b'\r'),
                        b't' => out.push(b'\t'),
                        b'u' => self.unicode(&mut out)?,
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    fn unicode(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let mut unit = self.four_digits()?;
        if let 0xd800..0xdc00 = unit {
            let before = self.rest;
            let low = self.take(b"\\u").and_then(|()| self.four_digits());
            match low {
                Some(low @ 0xdc00..0xe000) => unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00),
                _ => self.rest = before,
            }
        }
        match char::from_u32(unit) {
            Some(character) => out.extend(character.encode_utf8(&mut [0; 4]).bytes()),
            None => {
                self.lone_surrogate = true;
                out.extend(format!("\u{fffd}{unit:04x}").bytes()); // kept apart, so that two keys are not taken for one
            }
        }
        Some(())
    }

    fn four_digits(&mut self) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        let value = digits.iter().try_fold(0, |sum, digit| Some(sum << 4 | char::from(*digit).to_digit(16)?));
        self.rest = rest;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        decode(text.as_bytes(), "test").map_or_else(|error| error.code.slug(), |_| "ok")
    }

    #[test]
    fn canonical_text_is_read() {
        for text in ["{}", "[]", "0", "-1", "\"\"", r#"{"a":[1,null,true],"b":"\u001f\n\"\\é/"}"#, "9007199254740991"]
        {
            assert_eq!(code(text), "ok", "{text}");
        }
    }

    #[test]
    fn json_that_is_laid_out_otherwise_is_not_canonical() {
        for text in [
            " 0",
            "0\n",
            "[1, 2]",
            r#"{"b":1,"a":2}"#,
            r#""\u0041""#,
            r#""\/""#,
            "-0",
            r#""\u001F""#,
            r#""\ud800""#,
            r#"{"\ud83d\ude00":1}"#,
            "{\"\u{ff5e}\":1,\"\u{1f600}\":2}",
        ] {
            assert_eq!(code(text), "json-not-canonical", "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        let deep = "[".repeat(33) + &"]".repeat(33);
        for text in [
            "",
            "01",
            "-",
            "1.0",
            "1e3",
            "9007199254740992",
            "[1,]",
            "{\"a\":1,\"a\":2}",
            "{\"a\":1,\"\\u0061\":2}",
            "\"\n\"",
            "\"\\x\"",
            "nul",
            "NaN",
            "[1] 2",
            "\u{feff}1",
            "\"\\u12\"",
            "{1:2}",
            &deep,
        ] {
            assert_eq!(code(text), "json-malformed", "{text}");
        }
        assert_eq!(decode(b"\"\xff\"", "test").unwrap_err().code, Code::JsonMalformed);
        assert_eq!(code(&("[".repeat(32) + "1" + &"]".repeat(32))), "ok");
    }
}
