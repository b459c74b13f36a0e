//! Google's discovery documents, as far as they are needed: the paths,
//! parameters, permissions and schemas of what is simulated, without prose.
//! `groundcrew generate` writes the files in `simulator/data/discovery`.

use serde::Deserialize;
use std::{collections::BTreeMap, sync::OnceLock};

/// One version of one API.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "'de: 'static"))]
pub(crate) struct Document {
    /// By ID (`cloudkms.projects.locations.keyRings.create`).
    pub(crate) methods: BTreeMap<&'static str, Method>,
    pub(crate) schemas: BTreeMap<&'static str, Schema>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Method {
    pub(crate) http_method: &'static str,
    path: &'static str,
    flat_path: Option<&'static str>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<&'static str, Parameter>,
    /// Names of schemas.
    pub(crate) request: Option<&'static str>,
    pub(crate) response: Option<&'static str>,
    /// The permissions that the method requires, as far as they are published.
    #[serde(default)]
    pub(crate) permissions: Vec<&'static str>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) location: &'static str,
}

/// The schema of a value: a reference to another one, or a type.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Schema {
    #[serde(rename = "$ref")]
    pub(crate) reference: Option<&'static str>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<&'static str>,
    pub(crate) format: Option<&'static str>,
    pub(crate) properties: BTreeMap<&'static str, Self>,
    pub(crate) items: Option<Box<Self>>,
    pub(crate) additional_properties: Option<Box<Self>>,
    #[serde(rename = "enum")]
    pub(crate) values: Vec<&'static str>,
    pub(crate) read_only: bool,
    pub(crate) immutable: bool,
}

impl Method {
    /// The path with one parameter for each ID; it begins with a slash.
    pub(crate) fn template(&self) -> &'static str {
        self.flat_path.unwrap_or(self.path)
    }

    pub(crate) fn has_query(&self, name: &str) -> bool {
        self.has(name, "query")
    }

    /// Whether it has a parameter in the `path` or `query`.
    pub(crate) fn has(&self, name: &str, location: &str) -> bool {
        let parameter = self.parameters.get(name);
        parameter.is_some_and(|parameter| parameter.location == location)
    }
}

impl Document {
    /// The schema that `schema` refers to, or `schema` itself.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Schema) -> &'a Schema {
        match schema.reference {
            Some(name) => self.schema(name),
            None => schema,
        }
    }

    /// The schema with this name.
    pub(crate) fn schema(&self, name: &str) -> &Schema {
        let found = self.schemas.get(name);
        found.unwrap_or_else(|| panic!("schema {name} is missing: run `groundcrew generate`"))
    }
}

/// The files in `simulator/data/discovery`: names (`cloudkms.v1`) and texts.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/documents.rs"));

/// A document by name and version (`cloudkms.v1`). It is parsed once.
///
/// # Panics
/// If there is no such file, or it was not generated.
pub(crate) fn document(name: &str) -> &'static Document {
    static PARSED: [OnceLock<Document>; FILES.len()] = [const { OnceLock::new() }; FILES.len()];
    let found = FILES.iter().zip(&PARSED).find(|((of, _), _)| *of == name);
    let Some(((_, text), parsed)) = found else {
        panic!("{name} is not in simulator/data/discovery: run `groundcrew generate`")
    };
    parsed.get_or_init(|| serde_json::from_str(text).expect("a generated document"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_is_closed_under_references() {
        for (name, _) in FILES {
            let document = document(name);
            let methods = document.methods.values();
            for name in methods.flat_map(|m| m.request.into_iter().chain(m.response)) {
                visit(document, document.schema(name));
            }
            document.schemas.values().for_each(|s| visit(document, s));
        }
    }

    fn visit(document: &Document, schema: &Schema) {
        if let Some(name) = schema.reference {
            document.schema(name);
        }
        let inner = schema.items.iter().chain(&schema.additional_properties);
        inner.for_each(|inner| visit(document, inner));
        schema
            .properties
            .values()
            .for_each(|inner| visit(document, inner));
    }
}
