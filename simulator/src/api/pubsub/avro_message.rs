//! Whether messages fit an Avro schema, in Avro's JSON and binary encodings.

use super::avro::{AvroSchema, AvroType, NamedType, Primitive, branch_name};
use serde_json::Value;

/// How deep values may be nested. A record that contains itself has no end.
const MAX_DEPTH: usize = 100;

impl AvroSchema {
    /// Whether a text is a value of this schema in Avro's JSON encoding.
    pub(super) fn fits_json(&self, text: &[u8]) -> bool {
        serde_json::from_slice(text).is_ok_and(|value| self.is_json(&self.root, &value))
    }

    /// Whether bytes are a value of this schema in Avro's binary encoding,
    /// without a header.
    pub(super) fn fits_binary(&self, mut bytes: &[u8]) -> bool {
        self.skip(&self.root, &mut bytes, MAX_DEPTH).is_some() && bytes.is_empty()
    }

    fn is_json(&self, of: &AvroType, value: &Value) -> bool {
        match of {
            AvroType::Primitive(primitive) => is_primitive(*primitive, value),
            AvroType::Array(item) => value
                .as_array()
                .is_some_and(|items| items.iter().all(|value| self.is_json(item, value))),
            AvroType::Map(item) => value
                .as_object()
                .is_some_and(|items| items.values().all(|value| self.is_json(item, value))),
            AvroType::Union(branches) => branches.iter().any(|branch| {
                if let AvroType::Primitive(Primitive::Null) = branch {
                    return value.is_null();
                }
                value.as_object().is_some_and(|fields| {
                    let value = fields.get(branch_name(branch));
                    fields.len() == 1 && value.is_some_and(|value| self.is_json(branch, value))
                })
            }),
            AvroType::Named(name) => match self.named.get(name) {
                Some(NamedType::Record(fields)) => value.as_object().is_some_and(|values| {
                    let fits = |(name, of): &(String, AvroType)| {
                        values
                            .get(name)
                            .is_some_and(|value| self.is_json(of, value))
                    };
                    values.len() == fields.len() && fields.iter().all(fits)
                }),
                Some(NamedType::Enum(symbols)) => value
                    .as_str()
                    .is_some_and(|text| symbols.iter().any(|symbol| symbol == text)),
                Some(NamedType::Fixed(size)) => bytes_in_json(value) == Some(*size),
                Some(NamedType::Open) | None => false,
            },
        }
    }

    /// Reads a value over; `None` if there is none.
    fn skip(&self, of: &AvroType, bytes: &mut &[u8], depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match of {
            AvroType::Primitive(primitive) => skip_primitive(*primitive, bytes),
            AvroType::Array(item) => skip_blocks(bytes, |bytes| self.skip(item, bytes, depth)),
            AvroType::Map(item) => skip_blocks(bytes, |bytes| {
                skip_primitive(Primitive::String, bytes)?;
                self.skip(item, bytes, depth)
            }),
            AvroType::Union(branches) => {
                let branch = usize::try_from(number(bytes)?).ok()?;
                self.skip(branches.get(branch)?, bytes, depth)
            }
            AvroType::Named(name) => match self.named.get(name)? {
                NamedType::Record(fields) => fields
                    .iter()
                    .try_for_each(|(_, of)| self.skip(of, bytes, depth)),
                NamedType::Enum(symbols) => {
                    let symbol = usize::try_from(number(bytes)?).ok()?;
                    symbols.get(symbol).map(drop)
                }
                NamedType::Fixed(size) => take(bytes, *size).map(drop),
                NamedType::Open => None,
            },
        }
    }
}

/// The length of bytes, which are characters up to U+00FF in JSON.
fn bytes_in_json(value: &Value) -> Option<usize> {
    let text = value.as_str()?;
    text.chars()
        .all(|c| u32::from(c) <= 0xFF)
        .then(|| text.chars().count())
}

fn is_primitive(primitive: Primitive, value: &Value) -> bool {
    match primitive {
        Primitive::Null => value.is_null(),
        Primitive::Boolean => value.is_boolean(),
        Primitive::Int => value.as_i64().is_some_and(|n| i32::try_from(n).is_ok()),
        Primitive::Long => value.as_i64().is_some(),
        Primitive::Float | Primitive::Double => value.is_number(),
        Primitive::Bytes => bytes_in_json(value).is_some(),
        Primitive::String => value.is_string(),
    }
}

fn take<'b>(bytes: &mut &'b [u8], size: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(size)?;
    *bytes = rest;
    Some(taken)
}

/// A variable-length, zig-zag number.
fn number(bytes: &mut &[u8]) -> Option<i64> {
    let mut value: u64 = 0;
    for shift in (0..64).step_by(7) {
        let byte = *take(bytes, 1)?.first()?;
        value |= u64::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
        }
    }
    None
}

fn skip_primitive(primitive: Primitive, bytes: &mut &[u8]) -> Option<()> {
    match primitive {
        Primitive::Null => Some(()),
        Primitive::Boolean => take(bytes, 1)?.first().filter(|b| **b < 2).map(drop),
        Primitive::Int => i32::try_from(number(bytes)?).ok().map(drop),
        Primitive::Long => number(bytes).map(drop),
        Primitive::Float => take(bytes, 4).map(drop),
        Primitive::Double => take(bytes, 8).map(drop),
        Primitive::Bytes | Primitive::String => {
            let size = usize::try_from(number(bytes)?).ok()?;
            let taken = take(bytes, size)?;
            (primitive == Primitive::Bytes || std::str::from_utf8(taken).is_ok()).then_some(())
        }
    }
}

/// Items in blocks, each with their number before it, up to an empty one. After
/// a negative number is the size of the block.
fn skip_blocks(bytes: &mut &[u8], mut skip: impl FnMut(&mut &[u8]) -> Option<()>) -> Option<()> {
    loop {
        let count = number(bytes)?;
        if count < 0 {
            number(bytes)?;
        }
        if count == 0 {
            return Some(());
        }
        for _ in 0..count.unsigned_abs() {
            let before = bytes.len();
            skip(bytes)?;
            // Items of no size are all alike.
            if bytes.len() == before {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFINITION: &str = r#"{ "type": "record", "name": "Job", "namespace": "a.b", "fields": [
        { "name": "id", "type": "string" },
        { "name": "size", "type": ["null", "int"], "default": null },
        { "name": "at", "type": { "type": "long", "logicalType": "timestamp-micros" } },
        { "name": "state", "type": { "type": "enum", "name": "State", "symbols": ["ON", "OFF"] } },
        { "name": "next", "type": ["null", "Job"] },
        { "name": "tags", "type": { "type": "array", "items": "bytes" } },
        { "name": "rates", "type": { "type": "map", "values": "double" } },
        { "name": "key", "type": { "type": "fixed", "name": "Key", "size": 2 } },
        { "name": "last", "type": "State" }
    ] }"#;

    fn schema() -> AvroSchema {
        AvroSchema::parse(DEFINITION).expect("a good schema")
    }

    #[test]
    fn json_fits_or_not() {
        let good = r#"{ "id": "x", "size": { "int": 3 }, "at": 7, "state": "ON", "next": null,
            "tags": ["ab"], "rates": { "a": 1.5 }, "key": "ÿa", "last": "OFF" }"#;
        assert!(schema().fits_json(good.as_bytes()));
        let nested = good.replace(
            "\"next\": null",
            &format!("\"next\": {{ \"a.b.Job\": {good} }}"),
        );
        assert!(schema().fits_json(nested.as_bytes()));
        for (part, other) in [
            ("\"id\": \"x\", ", ""),
            ("\"id\": \"x\"", "\"id\": 1"),
            ("{ \"int\": 3 }", "3"),
            ("{ \"int\": 3 }", "{ \"int\": 3000000000 }"),
            ("{ \"int\": 3 }", "{ \"long\": 3 }"),
            ("\"ON\"", "\"ONE\""),
            ("[\"ab\"]", "\"ab\""),
            ("1.5", "\"1.5\""),
            ("ÿa", "a"),
            ("ÿa", "Āa"),
            ("\"last\"", "\"more\": 1, \"last\""),
            ("{ \"id\"", "[ \"id\""),
        ] {
            let bad = good.replacen(part, other, 1);
            assert_ne!(bad, good);
            assert!(!schema().fits_json(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn bytes_fit_or_not() {
        let mut good = vec![2, b'x', 2, 6, 14, 0, 0];
        // Two items in one block, one in another of known size.
        good.extend([4, 2, b'a', 0, 1, 2, 0, 0]);
        good.extend([2, 2, b'k', 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        good.extend([9, 9, 2]);
        assert!(schema().fits_binary(&good));
        for (at, byte) in [(0, 0x7F), (2, 4), (5, 4), (7, 6)] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert!(!schema().fits_binary(&bad), "{at}");
        }
        assert!(!schema().fits_binary(&good[1..]));
        good.push(0);
        assert!(!schema().fits_binary(&good), "something is left");
        let endless =
            r#"{ "type": "record", "name": "A", "fields": [{ "name": "a", "type": "A" }] }"#;
        assert!(!AvroSchema::parse(endless).expect("parses").fits_binary(&[]));
        let nulls = AvroSchema::parse(r#"{ "type": "array", "items": "null" }"#).expect("parses");
        assert!(nulls.fits_binary(&[0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0]));
    }
}
