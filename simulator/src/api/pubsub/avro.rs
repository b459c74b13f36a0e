//! Avro schemas (<https://avro.apache.org/docs/1.12.0/specification/>). Logical
//! types, defaults and aliases are not looked at.

use serde_json::Value;
use std::collections::BTreeMap;

/// A parsed schema.
#[derive(Debug)]
pub(super) struct AvroSchema {
    pub(super) root: AvroType,
    /// Records, enums and fixed types, by full name.
    pub(super) named: BTreeMap<String, NamedType>,
}

#[derive(Debug)]
pub(super) enum AvroType {
    Primitive(Primitive),
    Array(Box<Self>),
    Map(Box<Self>),
    Union(Vec<Self>),
    /// By full name.
    Named(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Primitive {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
}

#[derive(Debug)]
pub(super) enum NamedType {
    /// It is being read.
    Open,
    Record(Vec<(String, AvroType)>),
    Enum(Vec<String>),
    /// Its size in bytes.
    Fixed(usize),
}

const PRIMITIVES: [(&str, Primitive); 8] = [
    ("null", Primitive::Null),
    ("boolean", Primitive::Boolean),
    ("int", Primitive::Int),
    ("long", Primitive::Long),
    ("float", Primitive::Float),
    ("double", Primitive::Double),
    ("bytes", Primitive::Bytes),
    ("string", Primitive::String),
];

impl AvroSchema {
    /// # Errors
    /// What is wrong with the definition.
    pub(super) fn parse(definition: &str) -> Result<Self, String> {
        let json: Value = serde_json::from_str(definition).map_err(|e| e.to_string())?;
        let mut named = BTreeMap::new();
        let root = read(&json, "", &mut named)?;
        Ok(Self { root, named })
    }
}

/// The name of a branch of a union in JSON.
pub(super) fn branch_name(of: &AvroType) -> &str {
    match of {
        AvroType::Primitive(primitive) => {
            let mut all = PRIMITIVES.iter();
            all.find(|(_, one)| one == primitive)
                .map_or("", |(name, _)| name)
        }
        AvroType::Array(_) => "array",
        AvroType::Map(_) => "map",
        AvroType::Union(_) => "union",
        AvroType::Named(name) => name,
    }
}

fn is_name(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    let mut chars = text.chars();
    chars.next().is_some_and(letter) && chars.all(|c| letter(c) || c.is_ascii_digit())
}

/// A name with its namespace.
fn full_name(name: &str, namespace: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        _ if name.contains('.') => name.to_owned(),
        namespace => format!("{namespace}.{name}"),
    }
}

fn text<'v>(json: &'v Value, field: &str) -> Result<&'v str, String> {
    let value = json[field].as_str();
    value.ok_or_else(|| format!("A type lacks \"{field}\": {json}."))
}

fn list<'v>(json: &'v Value, field: &str) -> Result<&'v [Value], String> {
    let value = json[field].as_array();
    let value = value.ok_or_else(|| format!("A type lacks \"{field}\": {json}."))?;
    Ok(value)
}

fn read(
    json: &Value,
    namespace: &str,
    named: &mut BTreeMap<String, NamedType>,
) -> Result<AvroType, String> {
    match json {
        Value::String(name) => {
            let primitive = PRIMITIVES.iter().find(|(known, _)| known == name);
            if let Some((_, primitive)) = primitive {
                return Ok(AvroType::Primitive(*primitive));
            }
            let name = full_name(name, namespace);
            match named.contains_key(&name) {
                true => Ok(AvroType::Named(name)),
                false => Err(format!("\"{name}\" is no type.")),
            }
        }
        Value::Array(branches) => {
            let mut read_branches: Vec<AvroType> = Vec::new();
            for branch in branches {
                let branch = read(branch, namespace, named)?;
                let name = branch_name(&branch);
                let is_twice = read_branches.iter().any(|other| branch_name(other) == name);
                if is_twice || matches!(branch, AvroType::Union(_)) {
                    return Err(format!("A union has a union, or {name} twice."));
                }
                read_branches.push(branch);
            }
            Ok(AvroType::Union(read_branches))
        }
        Value::Object(_) => read_complex(json, namespace, named),
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(format!("{json} is no type.")),
    }
}

fn read_complex(
    json: &Value,
    namespace: &str,
    named: &mut BTreeMap<String, NamedType>,
) -> Result<AvroType, String> {
    match json["type"].as_str() {
        Some("array") => Ok(AvroType::Array(Box::new(read(
            &json["items"],
            namespace,
            named,
        )?))),
        Some("map") => Ok(AvroType::Map(Box::new(read(
            &json["values"],
            namespace,
            named,
        )?))),
        Some(kind @ ("record" | "enum" | "fixed")) => {
            let name = text(json, "name")?;
            let name = full_name(name, json["namespace"].as_str().unwrap_or(namespace));
            if !name.split('.').all(is_name) {
                return Err(format!("{name:?} is no name."));
            }
            if named.insert(name.clone(), NamedType::Open).is_some() {
                return Err(format!("{name} is defined twice."));
            }
            let namespace = name.rsplit_once('.').map_or("", |(namespace, _)| namespace);
            let read = match kind {
                "record" => NamedType::Record(read_fields(json, namespace, named)?),
                "enum" => {
                    let symbols = list(json, "symbols")?.iter();
                    let symbols = symbols.map(|s| s.as_str().filter(|s| is_name(s)));
                    let symbols: Option<Vec<_>> = symbols.map(|s| Some(s?.to_owned())).collect();
                    NamedType::Enum(symbols.ok_or("A symbol of an enum is no name.")?)
                }
                _ => {
                    let size = json["size"].as_u64().and_then(|n| usize::try_from(n).ok());
                    NamedType::Fixed(size.ok_or("A fixed type lacks its size.")?)
                }
            };
            named.insert(name.clone(), read);
            Ok(AvroType::Named(name))
        }
        // A type with attributes, such as `logicalType`.
        Some(_) | None if !json["type"].is_null() => read(&json["type"], namespace, named),
        Some(_) | None => Err(format!("A type lacks \"type\": {json}.")),
    }
}

fn read_fields(
    json: &Value,
    namespace: &str,
    named: &mut BTreeMap<String, NamedType>,
) -> Result<Vec<(String, AvroType)>, String> {
    let mut fields: Vec<(String, AvroType)> = Vec::new();
    for field in list(json, "fields")? {
        let name = text(field, "name")?;
        if !is_name(name) || fields.iter().any(|(other, _)| other == name) {
            return Err(format!(
                "{name:?} is no name of a field, or is there twice."
            ));
        }
        fields.push((name.to_owned(), read(&field["type"], namespace, named)?));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_definition_is_refused() {
        for definition in [
            "",
            "3",
            "\"Job\"",
            r#"{ "type": "record", "name": "A" }"#,
            r#"{ "type": "record", "fields": [] }"#,
            r#"{ "type": "record", "name": "A-B", "fields": [] }"#,
            r#"{ "type": "record", "name": "A", "fields": [{ "name": "a" }] }"#,
            r#"{ "type": "record", "name": "A", "fields": [{ "name": "a", "type": "B" }] }"#,
            r#"{ "type": "enum", "name": "A", "symbols": ["1"] }"#,
            r#"{ "type": "fixed", "name": "A" }"#,
            r#"["int", "int"]"#,
            r#"["int", ["null"]]"#,
            r#"{ "items": "int" }"#,
        ] {
            assert!(AvroSchema::parse(definition).is_err(), "{definition}");
        }
    }
}
