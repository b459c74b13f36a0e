//! The methods of Google's APIs: their names and paths, simulated or not.

use super::json::lines;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;

/// The file's JSON, from discovery documents by their names (`cloudkms.v1`).
///
/// # Errors
/// One is not a discovery document.
pub(super) fn table(documents: &BTreeMap<String, String>) -> Result<String> {
    let mut apis = Vec::new();
    for (name, text) in documents {
        let document: Value = serde_json::from_str(text).context(name.clone())?;
        let field = |field: &str| document[field].as_str().context(field.to_owned());
        let mut methods = BTreeMap::new();
        collect(&document, field("servicePath")?, &mut methods);
        let methods = methods
            .iter()
            .map(|(id, at)| (id, Value::from(at.as_str()).to_string()));
        let api = lines([
            ("revision", Value::from(field("revision")?).to_string()),
            ("methods", lines(methods)),
        ]);
        apis.push((name, api));
    }
    let source = "https://{api}.googleapis.com/$discovery/rest?version={version}";
    let table = lines([
        ("source", Value::from(source).to_string()),
        ("apis", lines(apis)),
    ]);
    Ok(table + "\n")
}

/// Collects `POST /v1/…` by ID, of a resource and all that is in it.
fn collect(resource: &Value, base: &str, found: &mut BTreeMap<String, String>) {
    let fields = |name: &str| resource[name].as_object().into_iter().flatten();
    for (_, method) in fields("methods") {
        let text = |name: &str| method[name].as_str().unwrap_or_default();
        let path = match text("flatPath") {
            "" => text("path"),
            flat => flat,
        };
        let at = format!("{} /{base}{path}", text("httpMethod"));
        found.insert(text("id").to_owned(), at);
    }
    for (_, inner) in fields("resources") {
        collect(inner, base, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_methods_are_listed_without_prose() {
        let document = r#"{"revision":"7","servicePath":"x/v1/","description":"Prose.",
            "methods":{"top":{"id":"x.top","httpMethod":"GET","path":"top"}},
            "resources":{"as":{"resources":{"bs":{"methods":{"get":{"id":"x.as.bs.get",
                "httpMethod":"GET","path":"{+n}","flatPath":"as/{a}/bs/{b}",
                "description":"Prose."}}}}}}}"#;
        let documents = BTreeMap::from([("x.v1".to_owned(), document.to_owned())]);
        assert_eq!(
            table(&documents).expect("a document"),
            r#"{
"source": "https://{api}.googleapis.com/$discovery/rest?version={version}",
"apis": {
"x.v1": {
"revision": "7",
"methods": {
"x.as.bs.get": "GET /x/v1/as/{a}/bs/{b}",
"x.top": "GET /x/v1/top"
}
}
}
}
"#
        );
    }
}
