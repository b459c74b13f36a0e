//! An excerpt of a discovery document: methods and the schemas that they use.

use super::json::{Object, lines};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of a discovery document.
#[derive(Default)]
pub(super) struct Selection {
    /// IDs of methods.
    pub(super) methods: BTreeSet<&'static str>,
    /// Resources of which all methods are kept.
    pub(super) collections: Vec<&'static str>,
}

/// The excerpt of a discovery document, with the permissions of each method
/// that has an entry in `permissions`.
///
/// # Errors
/// `document` is not a discovery document, or lacks something selected.
pub(super) fn excerpt(
    document: &str,
    selection: &Selection,
    permissions: &BTreeMap<String, Vec<String>>,
) -> Result<String> {
    let mut document: Value = serde_json::from_str(document)?;
    document.sort_all_objects();
    let mut methods = BTreeMap::new();
    find(&document, selection, None, &mut methods);
    for id in &selection.methods {
        ensure!(methods.contains_key(id), "no method {id}");
    }
    for collection in &selection.collections {
        let path = format!("/resources/{}", collection.replace('.', "/resources/"));
        let found = document.pointer(&path).context(*collection)?;
        ensure!(found["methods"].is_object(), "no methods in {collection}");
    }
    let mut used = BTreeSet::new();
    for method in methods.values() {
        close(&method["request"], &document, &mut used)?;
        close(&method["response"], &document, &mut used)?;
    }
    let text = |field: &str| document[field].as_str().context(field.to_owned());
    let (name, version, revision) = (text("name")?, text("version")?, text("revision")?);
    let source = format!(
        "{name} {version}, revision {revision}, {}$discovery/rest?version={version}",
        text("rootUrl")?
    );
    let base = text("servicePath")?;
    let global: Vec<&String> = fields(&document["parameters"]).map(|(n, _)| n).collect();
    let methods = methods.iter().map(|(id, json)| {
        let permissions = permissions.get(*id).map(Vec::as_slice);
        (id, method(json, base, permissions))
    });
    let schemas = used
        .iter()
        .map(|name| (name, schema(&document["schemas"][name])));
    let excerpt = lines([
        ("source", Value::from(source).to_string()),
        ("parameters", serde_json::to_string(&global)?),
        ("methods", lines(methods)),
        ("schemas", lines(schemas)),
    ]);
    Ok(excerpt + "\n")
}

/// Collects the selected methods of the resource at this dotted path, and of
/// those in it.
fn find<'d>(
    resource: &'d Value,
    selection: &Selection,
    path: Option<&str>,
    found: &mut BTreeMap<&'d str, &'d Value>,
) {
    let whole = path.is_some_and(|path| selection.collections.contains(&path));
    for (_, method) in fields(&resource["methods"]) {
        let id = method["id"].as_str().unwrap_or_default();
        if whole || selection.methods.contains(id) {
            found.insert(id, method);
        }
    }
    for (name, inner) in fields(&resource["resources"]) {
        let inner_path = path.map_or_else(|| name.clone(), |path| format!("{path}.{name}"));
        find(inner, selection, Some(&inner_path), found);
    }
}

/// Adds the names of all schemas that `schema` refers to.
fn close<'d>(schema: &'d Value, document: &'d Value, used: &mut BTreeSet<&'d str>) -> Result<()> {
    if let Some(name) = schema["$ref"].as_str()
        && used.insert(name)
    {
        let referred = document["schemas"].get(name);
        close(referred.context(name.to_owned())?, document, used)?;
    }
    for (_, property) in fields(&schema["properties"]) {
        close(property, document, used)?;
    }
    for inner in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(inner) {
            close(inner, document, used)?;
        }
    }
    Ok(())
}

/// The fields of an object; none if `value` is not an object.
fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// A method on one line. Its paths include the service's; those of uploads
/// already do.
fn method(method: &Value, base: &str, permissions: Option<&[String]>) -> String {
    let mut kept = Object::default();
    kept.copy(method, &["httpMethod"]);
    let path = |name: &str| method[name].as_str();
    let full = |path: &str| Value::from(format!("/{base}{path}")).to_string();
    kept.add("path", full(path("path").unwrap_or_default()));
    if let Some(flat) = path("flatPath")
        && path("path") != Some(flat)
    {
        kept.add("flatPath", full(flat));
    }
    let mut parameters = Object::default();
    for (name, parameter) in fields(&method["parameters"]) {
        let mut facts = Object::default();
        let names = ["location", "required", "repeated", "type", "format", "enum"];
        facts.copy(parameter, &names);
        parameters.add(name, facts.line());
    }
    if !parameters.is_empty() {
        kept.add("parameters", parameters.line());
    }
    for name in ["request", "response"] {
        if let Some(schema) = method[name].get("$ref") {
            kept.add(name, schema.to_string());
        }
    }
    kept.copy(
        method,
        &[
            "mediaUpload",
            "supportsMediaDownload",
            "useMediaDownloadService",
        ],
    );
    if let Some(permissions) = permissions {
        kept.add("permissions", Value::from(permissions).to_string());
    }
    kept.line()
}

/// A schema on one line.
fn schema(json: &Value) -> String {
    let mut kept = Object::default();
    kept.copy(json, &["type", "format", "$ref"]);
    if let Some(items) = json.get("items") {
        kept.add("items", schema(items));
    }
    if json.get("properties").is_some() {
        let mut properties = Object::default();
        for (name, property) in fields(&json["properties"]) {
            properties.add(name, schema(property));
        }
        kept.add("properties", properties.line());
    }
    if let Some(values) = json.get("additionalProperties") {
        kept.add("additionalProperties", schema(values));
    }
    kept.copy(json, &["enum"]);
    let labels = labels(json["description"].as_str().unwrap_or_default());
    for (name, holds) in [
        (
            "readOnly",
            json["readOnly"] == true || labels.contains(&"output only"),
        ),
        ("immutable", labels.contains(&"immutable")),
        ("required", labels.contains(&"required")),
    ] {
        if holds {
            kept.add(name, "true");
        }
    }
    kept.line()
}

/// What Google writes before the description of a field, in any case and
/// combination: "Required. Immutable. …", "`[Output Only]` …". A sentence that
/// only begins with such words ("Required for each …") is no label.
const LABELS: &[&str] = &[
    "identifier",
    "immutable",
    "input only",
    "optional",
    "output only",
    "required",
];

/// The labels before a description.
fn labels(description: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut rest = description.to_lowercase();
    let ends = |c: char| ".:,;)]".contains(c);
    while let Some((label, after)) = LABELS.iter().find_map(|label| {
        let begin = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '[' || c == '(');
        let after = begin.strip_prefix(label)?;
        (after.is_empty() || after.starts_with(ends))
            .then(|| (*label, after.trim_start_matches(ends)))
    }) {
        found.insert(label);
        rest = after.to_owned();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_precede_a_description() {
        for (description, expected) in [
            (
                "Required. Immutable. The name.",
                &["immutable", "required"][..],
            ),
            ("[Output Only] A URL.", &["output only"]),
            (
                "Optional. Output only: a state",
                &["optional", "output only"],
            ),
            ("REQUIRED: The policy.", &["required"]),
            ("Immutable", &["immutable"]),
            ("Required for each disk. Output only.", &[]),
            ("Immutability is required.", &[]),
        ] {
            let found: Vec<_> = labels(description).into_iter().collect();
            assert_eq!(found, expected, "{description}");
        }
    }

    #[test]
    fn an_excerpt_has_what_is_selected_and_no_prose() {
        let document = r##"{"name":"x","version":"v1","revision":"7","description":"Prose.",
            "rootUrl":"https://x.googleapis.com/","servicePath":"x/v1/",
            "parameters":{"alt":{"type":"string"}},
            "schemas":{"A":{"id":"A","type":"object","properties":{
                "b":{"type":"array","items":{"$ref":"B"}},
                "n":{"type":"string","description":"Output only. Prose."}}},
              "B":{"id":"B","type":"string","enum":["Y","X"],"enumDescriptions":["Prose.",""]},
              "C":{"id":"C","type":"object"}},
            "resources":{"as":{"methods":{
                "get":{"id":"x.as.get","httpMethod":"GET","path":"{+n}","flatPath":"as/{a}",
                  "parameters":{"n":{"location":"path","required":true,"type":"string"}},
                  "response":{"$ref":"A"}},
                "list":{"id":"x.as.list","httpMethod":"GET","path":"as","flatPath":"as"}},
              "resources":{"cs":{"methods":{
                "get":{"id":"x.as.cs.get","httpMethod":"GET","path":"c","response":{"$ref":"C"}}}}}}}}"##;
        let permissions = BTreeMap::from([("x.as.get".to_owned(), vec!["x.as.read".to_owned()])]);
        let mut selection = Selection {
            collections: vec!["as"],
            ..Selection::default()
        };
        let excerpt = |selection: &Selection| excerpt(document, selection, &permissions);
        assert_eq!(
            excerpt(&selection).expect("all is there"),
            r##"{
"source": "x v1, revision 7, https://x.googleapis.com/$discovery/rest?version=v1",
"parameters": ["alt"],
"methods": {
"x.as.get": {"httpMethod":"GET","path":"/x/v1/{+n}","flatPath":"/x/v1/as/{a}","parameters":{"n":{"location":"path","required":true,"type":"string"}},"response":"A","permissions":["x.as.read"]},
"x.as.list": {"httpMethod":"GET","path":"/x/v1/as"}
},
"schemas": {
"A": {"type":"object","properties":{"b":{"type":"array","items":{"$ref":"B"}},"n":{"type":"string","readOnly":true}}},
"B": {"type":"string","enum":["Y","X"]}
}
}
"##
        );
        selection.methods.insert("x.as.cs.get");
        assert!(
            excerpt(&selection)
                .expect("all is there")
                .contains("\"C\": {")
        );
        selection.methods.insert("x.as.watch");
        let error = excerpt(&selection).expect_err("no such method");
        assert_eq!(error.to_string(), "no method x.as.watch");
    }
}
