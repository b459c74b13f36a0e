//! Bodies checked against the schemas of discovery, as Google parses JSON:
//! unknown fields and wrong types are errors, output-only fields are ignored,
//! numbers stand for enum values, and default values are the same as absence.
//!
//! The form of the messages is Google's; the name of the body in `at '…'`
//! differs between APIs and is unverified.

use super::dialect::Dialect;
use crate::{
    ApiError,
    camel_case::camel_case,
    discovery::{Document, Schema},
};
use serde_json::{Map, Value, json};

/// The body of a request, with the fields that a caller may set.
pub(super) fn read(
    document: &Document,
    schema: &Schema,
    dialect: Dialect,
    body: &Value,
) -> Result<Value, ApiError> {
    let reader = Reader { document, dialect };
    let read = reader.value(schema, body, "")?;
    Ok(if read.is_null() { json!({}) } else { read })
}

/// Spells a path of fields as the schema does (`create_time` as `createTime`);
/// keys of maps stay. Returns whether the schema has it.
pub(super) fn spell(document: &Document, schema: &Schema, path: &mut [String]) -> bool {
    let schema = document.resolve(schema);
    let Some((first, rest)) = path.split_first_mut() else {
        return true;
    };
    let camel = camel_case(first);
    match (
        schema.properties.get(&*camel),
        &schema.additional_properties,
    ) {
        (Some(property), _) => {
            *first = camel;
            spell(document, property, rest)
        }
        (None, Some(values)) => spell(document, values, rest),
        (None, None) => match &schema.items {
            Some(item) => spell(document, item, path),
            None => schema.kind == Some("any"),
        },
    }
}

struct Reader<'a> {
    document: &'a Document,
    dialect: Dialect,
}

impl Reader<'_> {
    fn value(&self, schema: &Schema, value: &Value, at: &str) -> Result<Value, ApiError> {
        let schema = self.document.resolve(schema);
        let mismatch = |expected: &str| Err(self.dialect.wrong_type(at, expected, value));
        match (schema.kind.unwrap_or("any"), value) {
            (_, Value::Null) => Ok(Value::Null),
            ("object", Value::Object(fields)) => self.object(schema, fields, at),
            ("object", _) => mismatch("TYPE_MESSAGE"),
            ("array", Value::Array(items)) => {
                let item = schema.items.as_deref().expect("arrays have items");
                let items = items.iter().enumerate();
                items
                    .map(|(index, value)| self.value(item, value, &format!("{at}[{index}]")))
                    .collect()
            }
            ("array", _) => mismatch("TYPE_ARRAY"),
            ("boolean", Value::Bool(_)) => Ok(value.clone()),
            ("boolean", Value::String(text)) => match text.as_str() {
                "true" => Ok(true.into()),
                "false" => Ok(false.into()),
                _ => mismatch("TYPE_BOOL"),
            },
            ("boolean", _) => mismatch("TYPE_BOOL"),
            ("integer" | "number", Value::Number(_)) => Ok(value.clone()),
            ("integer" | "number", Value::String(text)) => match text.parse::<f64>() {
                Ok(_) => Ok(serde_json::from_str(text).unwrap_or(Value::Null)),
                Err(_) => mismatch("TYPE_INT32"),
            },
            ("integer", _) => mismatch("TYPE_INT32"),
            ("number", _) => mismatch("TYPE_DOUBLE"),
            ("string", _) => self.text(schema, value, at),
            (_, value) => Ok(value.clone()),
        }
    }

    fn object(
        &self,
        schema: &Schema,
        fields: &Map<String, Value>,
        at: &str,
    ) -> Result<Value, ApiError> {
        let mut read = Map::new();
        for (name, value) in fields {
            let inner = match at {
                "" => name.clone(),
                at => format!("{at}.{name}"),
            };
            let camel = camel_case(name);
            let property = schema.properties.get_key_value(&*camel);
            let (name, property) = match (property, &schema.additional_properties) {
                (Some((name, property)), _) => ((*name).to_owned(), property),
                (None, Some(values)) => (name.clone(), &**values),
                (None, None) => return Err(self.dialect.unknown_field(name, at)),
            };
            let is_map = schema.additional_properties.is_some();
            let value = self.value(property, value, &inner)?;
            if property.read_only || value.is_null() {
                continue;
            }
            if is_map || self.dialect.keeps_defaults() || !is_default(property, &value) {
                read.insert(name, value);
            }
        }
        Ok(read.into())
    }

    /// A string, which may be an enum value, or a number in 64 bits.
    fn text(&self, schema: &Schema, value: &Value, at: &str) -> Result<Value, ApiError> {
        let wide = matches!(schema.format, Some("int64" | "uint64"));
        match value {
            Value::String(text) if schema.values.is_empty() => {
                if wide && text.parse::<i128>().is_err() {
                    return Err(self.dialect.wrong_type(at, "TYPE_INT64", value));
                }
                Ok(value.clone())
            }
            Value::String(text) if schema.values.contains(&text.as_str()) => Ok(value.clone()),
            Value::Number(number) if wide && !number.is_f64() => Ok(number.to_string().into()),
            Value::Number(number) if !schema.values.is_empty() => {
                let index = number.as_u64().and_then(|n| usize::try_from(n).ok());
                let known = index.and_then(|index| values(schema).get(index));
                match known {
                    Some(name) => Ok((*name).into()),
                    None => Err(self.dialect.wrong_type(at, "TYPE_ENUM", value)),
                }
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => {
                let expected = match (schema.values.is_empty(), wide) {
                    (false, _) => "TYPE_ENUM",
                    (true, true) => "TYPE_INT64",
                    (true, false) => "TYPE_STRING",
                };
                Err(self.dialect.wrong_type(at, expected, value))
            }
        }
    }
}

/// Enums whose numbers are not in the order of discovery. Source:
/// `google/cloud/kms/v1/resources.proto`.
const NUMBERED: [&[&str]; 1] = [&[
    "CRYPTO_KEY_VERSION_STATE_UNSPECIFIED",
    "ENABLED",
    "DISABLED",
    "DESTROYED",
    "DESTROY_SCHEDULED",
    "PENDING_GENERATION",
    "PENDING_IMPORT",
    "IMPORT_FAILED",
    "GENERATION_FAILED",
    "PENDING_EXTERNAL_DESTRUCTION",
    "EXTERNAL_DESTRUCTION_FAILED",
]];

/// The values of an enum, each at the place of its number. It is that in
/// discovery but for [`NUMBERED`], which is wrong for numbers with gaps.
fn values(schema: &Schema) -> &[&'static str] {
    let numbered = NUMBERED.iter();
    let mut numbered = numbered.filter(|values| values.first() == schema.values.first());
    numbered.next().map_or(&schema.values, |values| values)
}

/// Replaces enum values by their numbers, as official clients ask for with
/// `enum-encoding=int`.
pub(super) fn enums_as_numbers(document: &Document, schema: &Schema, value: &mut Value) {
    let schema = document.resolve(schema);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let property = schema.properties.get(name.as_str());
                if let Some(property) = property.or(schema.additional_properties.as_deref()) {
                    enums_as_numbers(document, property, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(item) = &schema.items {
                let each = |value| enums_as_numbers(document, item, value);
                items.iter_mut().for_each(each);
            }
        }
        Value::String(text) => {
            let index = values(schema).iter().position(|name| name == text);
            if let Some(index) = index {
                *value = index.into();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a value is the same as absence in proto3 JSON. The first value of an
/// enum is, if it says so (`MODE_UNSPECIFIED`).
fn is_default(schema: &Schema, value: &Value) -> bool {
    match value {
        Value::String(text) if schema.values.first() == Some(&text.as_str()) => {
            text.ends_with("_UNSPECIFIED")
        }
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0",
        Value::Array(items) => items.is_empty(),
        // A message that is present counts (`replication.automatic`).
        Value::Object(_) => false,
    }
}
